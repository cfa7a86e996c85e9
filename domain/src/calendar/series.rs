//! An event that recurs, with what was added, taken out and moved.

use super::expand::{Budget, OCCURRENCES_MAX};
use super::rule::Rule;
use crate::ordered::sort;
use crate::ordered::{OrdMap, OrdSet};
use crate::zone;
use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// An event and its repetitions, in the civil time of one zone. Without a rule it is `first` and `extra`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    pub first: DateTime,
    pub length: Length,
    pub rule: Option<Rule>,
    /// Starts besides those of the rule (RDATE).
    pub extra: OrdSet<DateTime>,
    /// Starts that are taken out (EXDATE). They still count towards COUNT.
    pub except: OrdSet<DateTime>,
    /// Instances that differ, by the start that they had.
    pub overrides: OrdMap<DateTime, Override>,
}

/// How long each instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// As long on the wall clock as from the first start to this end: 22:00 to 06:00 stays that over a clock change.
    Until(DateTime),
    /// Days on the wall clock, then seconds that elapse (RFC 5545, 3.3.6).
    Lasting { days: i64, seconds: i64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Override {
    Cancelled,
    Moved { start: DateTime, end: DateTime },
}

/// One instance, `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub start: DateTime,
    pub end: DateTime,
    /// The start it had, where it is an override.
    pub moved_from: Option<DateTime>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instances {
    /// By their start.
    pub spans: Vec<Span>,
    /// A limit was met: there may be more, and nothing after the last span is known to be free.
    pub bounded: bool,
}

impl Series {
    /// The instances that touch `[from, to)`, those included that began before it.
    pub fn within(&self, from: DateTime, to: DateTime, zone: &TimeZone) -> Instances {
        self.within_budget(from, to, zone, &mut Budget::default())
    }

    /// The same, at the cost of a budget that others use too.
    pub fn within_budget(
        &self,
        from: DateTime,
        to: DateTime,
        zone: &TimeZone,
        budget: &mut Budget,
    ) -> Instances {
        let earliest = from.saturating_sub(self.reach());
        let mut out = Instances::default();
        let mut starts: OrdSet<DateTime> = self.extra.range(earliest..to.max(earliest)).copied().collect();
        match &self.rule {
            Some(rule) => {
                let found = rule.occurrences_within(self.first, zone, (earliest, to), budget);
                out.bounded = found.bounded;
                starts.extend(found.starts);
            }
            None => {
                starts.insert(self.first);
            }
        }
        let regular = starts
            .into_iter()
            .filter(|start| !self.except.contains(start) && !self.overrides.contains_key(start))
            .map(|start| Span { start, end: self.length.end(self.first, start, zone), moved_from: None });
        let moved = self.overrides.iter().filter_map(|(original, change)| match *change {
            Override::Cancelled => None,
            Override::Moved { start, end } => Some(Span { start, end, moved_from: Some(*original) }),
        });
        out.spans = regular.chain(moved).filter(|span| span.touches(from, to)).collect();
        sort(&mut out.spans);
        if out.spans.len() > OCCURRENCES_MAX {
            out.spans.truncate(OCCURRENCES_MAX);
            out.bounded = true;
        }
        out
    }

    /// How far before its end an instance can start. A day more than the seconds that elapse covers any clock change.
    fn reach(&self) -> SignedDuration {
        match self.length {
            Length::Until(end) => end.duration_since(self.first),
            Length::Lasting { days, seconds } => {
                let seconds = days.saturating_add(1).saturating_mul(86_400).saturating_add(seconds);
                SignedDuration::from_secs(seconds)
            }
        }
        .max(SignedDuration::ZERO)
    }
}

impl Length {
    /// The end of the instance that starts at `start`, of the series that starts at `first`.
    pub fn end(self, first: DateTime, start: DateTime, zone: &TimeZone) -> DateTime {
        match self {
            Length::Until(end) => start.saturating_add(end.duration_since(first)),
            Length::Lasting { days, seconds } => {
                let day = start.saturating_add(SignedDuration::from_secs(days.saturating_mul(86_400)));
                if seconds == 0 {
                    return day;
                }
                let end = zone::resolve(day, zone).at.saturating_add(seconds);
                civil_end(end, zone).unwrap_or(DateTime::MAX)
            }
        }
    }
}

impl Span {
    fn touches(&self, from: DateTime, to: DateTime) -> bool {
        let zero_length_inside = self.start == self.end && (from..to).contains(&self.start);
        (self.start < to && self.end > from) || zero_length_inside
    }
}

/// The civil time of an instant, as an end. Of a time that comes twice a civil time names the first: an end in the
/// second becomes the end of both, for too long is noticed where too short is not.
pub(super) fn civil_end(at: zone::Instant, zone: &TimeZone) -> Option<DateTime> {
    let instant = Timestamp::from_second(at).ok()?;
    let civil = zone.to_datetime(instant);
    if zone::resolve(civil, zone).at >= at {
        return Some(civil);
    }
    let second = SignedDuration::from_secs(1);
    let change = zone.preceding(instant.checked_add(second).ok()?).next()?.timestamp();
    Some(zone.to_offset(change.checked_sub(second).ok()?).to_datetime(change))
}
