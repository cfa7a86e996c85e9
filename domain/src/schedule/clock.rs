//! Civil times and instants of one zone. Its clock changes are looked up once, for the years that plans are about: a check
//! asks for them all the time.

use crate::zone::{Instant, Interval, Resolved, Standing, resolve};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// 2000-01-01 and 2060-01-01. The zone itself is asked about times outside of these.
const FROM: Instant = 946_684_800;
const UNTIL: Instant = 2_840_140_800;
/// Longer than any two clocks are apart.
const TWO_DAYS: Instant = 2 * 86_400;

#[derive(Clone, Debug)]
pub struct Clock(Arc<Changes>);

#[derive(Debug)]
struct Changes {
    zone: TimeZone,
    /// From when on there is which offset from UTC, in seconds; the first from [`FROM`] on.
    offsets: Vec<(Instant, Offset)>,
}

impl PartialEq for Clock {
    fn eq(&self, other: &Clock) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.zone == other.0.zone
    }
}

impl Clock {
    pub fn new(zone: TimeZone) -> Clock {
        let from = timestamp(FROM);
        let mut offsets = vec![(FROM, zone.to_offset(from))];
        let changes = zone.following(from).map(|change| (change.timestamp().as_second(), change.offset()));
        offsets.extend(changes.take_while(|(at, _)| *at < UNTIL));
        // A change of the name alone is none of the clock.
        offsets.dedup_by_key(|(_, offset)| *offset);
        Clock(Arc::new(Changes { zone, offsets }))
    }

    pub fn utc() -> Clock {
        Clock::new(TimeZone::UTC)
    }

    pub fn zone(&self) -> &TimeZone {
        &self.0.zone
    }

    /// The civil time of an instant; of those outside of the calendar's years, the first or last.
    pub fn civil(&self, at: Instant) -> DateTime {
        let timestamp = timestamp(at);
        if !(FROM..UNTIL).contains(&at) {
            return self.0.zone.to_datetime(timestamp);
        }
        let after = self.0.offsets.partition_point(|(from, _)| *from <= at);
        self.0.offsets[after.saturating_sub(1)].1.to_datetime(timestamp)
    }

    pub fn date(&self, at: Instant) -> Date {
        self.civil(at).date()
    }

    /// The beginning of a civil day.
    pub fn midnight(&self, date: Date) -> Instant {
        self.resolve(date.to_datetime(Time::midnight())).at
    }

    /// So many minutes on the wall clock after the midnight that a civil day begins with, which may be on the next day.
    pub fn minute_of(&self, date: Date, minute: i64) -> Instant {
        let midnight = date.to_datetime(Time::midnight());
        self.find(seconds(midnight).saturating_add(minute * 60)).map_or_else(
            || self.resolve(midnight.saturating_add(SignedDuration::from_mins(minute))).at,
            |found| found.at,
        )
    }

    /// As [`resolve`].
    pub fn resolve(&self, civil: DateTime) -> Resolved {
        self.find(seconds(civil)).unwrap_or_else(|| resolve(civil, &self.0.zone))
    }

    /// A civil time, in seconds as if it were UTC; `None` outside of the years that were looked up.
    fn find(&self, local: i64) -> Option<Resolved> {
        if !(FROM + TWO_DAYS..UNTIL - TWO_DAYS).contains(&local) {
            return None;
        }
        let offsets = &self.0.offsets;
        let near = offsets.partition_point(|(from, _)| *from <= local);
        let (from, offset) = offsets[near.saturating_sub(1)];
        let until = offsets.get(near).map_or(Instant::MAX, |(until, _)| *until);
        // Most times are far from any change.
        if (from + TWO_DAYS..until - TWO_DAYS).contains(&local) {
            return Some(Resolved { at: local - i64::from(offset.seconds()), standing: Standing::Once });
        }
        let (mut first, mut before) = (None, None);
        for i in near.saturating_sub(2)..offsets.len().min(near + 1) {
            let (from, offset) = offsets[i];
            let at = local - i64::from(offset.seconds());
            let until = offsets.get(i + 1).map_or(Instant::MAX, |(until, _)| *until);
            if at >= until {
                before = Some(at);
            } else if at >= from {
                match first {
                    None => first = Some(at),
                    Some(first) => {
                        return Some(Resolved { at: first, standing: Standing::Twice { later: at } });
                    }
                }
            }
        }
        let once = first.map(|at| Resolved { at, standing: Standing::Once });
        once.or(before.map(|at| Resolved { at, standing: Standing::Never }))
    }

    /// As [`crate::zone::interval`].
    pub fn interval(&self, start: DateTime, end: DateTime) -> Interval {
        let (from, mut to) = (self.resolve(start), self.resolve(end));
        if to.at <= from.at && end > start {
            to.at = from.at + end.duration_since(start).as_secs();
        }
        Interval { start: from, end: to }
    }
}

/// A civil time as if it were UTC.
fn seconds(civil: DateTime) -> i64 {
    Offset::UTC.to_timestamp(civil).map_or(Instant::MIN, |t| t.as_second())
}

fn timestamp(at: Instant) -> Timestamp {
    let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(at.clamp(first, last)).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::{Zones, interval};

    /// Around every change of every zone, and at the ends of what was looked up, it says what the zone says.
    #[test]
    fn it_says_what_the_zone_says() {
        let mut asked = 0;
        for name in crate::zone::names() {
            let zone = Zones::default().zone(name).unwrap();
            let clock = Clock::new(zone.clone());
            let changes = clock.0.offsets.iter().map(|(at, _)| *at);
            let ends = [FROM, UNTIL, 0, Timestamp::MIN.as_second(), Timestamp::MAX.as_second()];
            for change in changes.step_by(3).chain(ends) {
                for minutes in [-3000, -1441, -61, -60, -30, -1, 0, 1, 29, 30, 59, 60, 61, 120, 1500] {
                    let at = change.saturating_add(minutes * 60);
                    let civil = zone.to_datetime(timestamp(at));
                    assert_eq!(clock.civil(at), civil, "{} {at}", name);
                    assert_eq!(clock.resolve(civil), resolve(civil, &zone), "{} {civil}", name);
                    let gap = civil.saturating_add(SignedDuration::from_mins(30));
                    assert_eq!(clock.resolve(gap), resolve(gap, &zone), "{} {gap}", name);
                    let midnight = gap.date().to_datetime(Time::midnight());
                    let minute = gap.duration_since(midnight).as_mins();
                    let whole = midnight.saturating_add(SignedDuration::from_mins(minute));
                    let found = clock.minute_of(gap.date(), minute);
                    assert_eq!(found, resolve(whole, &zone).at, "{} {gap}", name);
                    assert_eq!(clock.interval(civil, gap), interval(civil, gap, &zone));
                    asked += 1;
                }
            }
        }
        assert!(asked > 100_000, "{asked}");
    }
}
