//! A helper's shifts beside what they said of their time: working hours, time off, other calendars.

use super::Check;
use crate::schedule::conflict::{Confidence, ConflictKind as Kind, Fact, Gap, Severity};
use crate::schedule::facts::{Busy, Person, Shift, TimeOff, civil};
use crate::zone::{Instant, interval, resolve};
use jiff::civil::{Date, Time};
use std::sync::Arc;

/// Under this many minutes outside of the working hours are a small matter.
const SMALL: i64 = 30;
const DAY_MS: i64 = 24 * 3600 * 1000;

impl Check<'_> {
    pub(super) fn availability(&mut self) {
        let helper = self.helper;
        let Some(person) = &helper.person else { return };
        self.outside_hours(person);
        for time_off in &person.time_off {
            self.time_off(time_off);
        }
        self.busy(person);
        self.calendars(person);
    }

    /// The minutes of a shift on days with working hours, or off, that lie in no working hours, those of the day before
    /// included, which may last until morning. A day that nobody was asked about counts neither way. Medium; soft under
    /// [`SMALL`] minutes.
    fn outside_hours(&mut self, person: &Person) {
        if !person.has_hours() {
            return;
        }
        let zone = person.zone.clone().unwrap_or_else(|| self.zone.clone());
        for shift in self.shifts {
            let first = civil(shift.start, &zone).date();
            let mut outside = 0;
            let mut date = first;
            while let Ok(next) = date.tomorrow() {
                let (from, to) =
                    (midnight(date, &zone).max(shift.start), midnight(next, &zone).min(shift.end));
                if from >= shift.end {
                    break;
                }
                if from < to && person.hours(date).is_some() {
                    outside += not_covered(person, date, &zone, (from, to));
                }
                date = next;
            }
            if outside > 0 {
                let severity = if outside < SMALL { Severity::Soft } else { Severity::Medium };
                let facts = vec![Fact::Outside { minutes: super::minutes(outside) }];
                self.add((Kind::OutsideHours, severity), outside, Confidence::Confirmed, &[shift], "", facts);
            }
        }
    }

    /// A shift and an instance of a time off in common, counted with the minutes in common: hard where it was approved,
    /// medium where it was asked for. A rule that cannot be followed to its end leaves it open whether there are more.
    fn time_off(&mut self, off: &TimeOff) {
        let (Some(first), Some(last)) = (self.shifts.first(), self.shifts.iter().map(|s| s.end).max()) else {
            return;
        };
        // A day more on each side than any zone is away from another.
        let (from, to) = (civil(first.start - 2 * 86_400, &off.zone), civil(last + 2 * 86_400, &off.zone));
        let instances = off.series.within(from, to, &off.zone);
        let severity = if off.is_approved { Severity::Hard } else { Severity::Medium };
        let text = |t: jiff::civil::DateTime| t.strftime("%Y-%m-%dT%H:%M").to_string();
        for span in &instances.spans {
            let resolved = interval(span.start, span.end, &off.zone);
            let (start, end) = (resolved.start.at, resolved.end.at);
            for shift in touching(self.shifts, start, end) {
                let common = (shift.end.min(end) - shift.start.max(start)) / 60;
                let facts = vec![Fact::TimeOff {
                    id: off.id.clone(),
                    start: text(span.start),
                    end: text(span.end),
                    zone: off.zone_name.clone(),
                    approved: off.is_approved,
                }];
                let about = format!("{} {}", off.id, text(span.moved_from.unwrap_or(span.start)));
                self.add((Kind::TimeOff, severity), common, Confidence::Confirmed, &[&shift], &about, facts);
            }
        }
        if instances.bounded || off.is_unclear {
            let known = instances.spans.last().map_or(i64::MIN, |s| resolve(s.start, &off.zone).at);
            let from = if off.is_unclear { i64::MIN } else { known };
            let open: Vec<Arc<Shift>> = self.shifts.iter().filter(|s| s.end > from).cloned().collect();
            let fact = Fact::TimeOff {
                id: off.id.clone(),
                start: text(off.series.first),
                end: String::new(),
                zone: off.zone_name.clone(),
                approved: off.is_approved,
            };
            self.unknown(&open, Confidence::Unknown, &off.id, fact);
        }
    }

    /// A shift and a busy time of a calendar in common, counted with the minutes in common. Hard where it is busy or out
    /// of office, medium where it is tentative or work elsewhere; free is none. A shift of this plan that the calendar
    /// shows again is no conflict, and said as such.
    fn busy(&mut self, person: &Person) {
        for busy in &person.busy {
            let severity = match busy.kind.as_str() {
                "free" => continue,
                "busy" | "out_of_office" => Severity::Hard,
                _ => Severity::Medium,
            };
            for shift in touching(self.shifts, busy.start, busy.end) {
                let common = (shift.end.min(busy.end) - shift.start.max(busy.start)) / 60;
                let facts = vec![busy_fact(busy)];
                if let Some(mirrored) = &busy.mirrors {
                    if *mirrored == shift.key {
                        let sure = Confidence::Confirmed;
                        self.add(
                            (Kind::DuplicateMirror, Severity::Info),
                            0,
                            sure,
                            &[&shift],
                            &busy.calendar,
                            facts,
                        );
                    }
                    // Another shift of this plan is counted as itself, not by its reflection.
                    continue;
                }
                let stale = person.calendars.get(&busy.calendar).is_none_or(|c| self.is_stale(c.at));
                let sure = if stale { Confidence::Stale } else { Confidence::Confirmed };
                // By its time: another read of the calendar numbers it otherwise.
                let about = format!("{} {} {}", busy.calendar, busy.civil.0, busy.civil.1);
                self.add((Kind::ExternalBusy, severity), common, sure, &[&shift], &about, facts);
            }
        }
    }

    /// Shifts of which a calendar says nothing that can be believed: it was read too long ago, only in part, or not for
    /// their days. One conflict a calendar and reason, with all minutes of the shifts. Medium.
    fn calendars(&mut self, person: &Person) {
        for (id, calendar) in &person.calendars {
            let outside = |s: &Shift| {
                let (first, last) = (civil(s.start, &self.zone).date(), civil(s.end - 1, &self.zone).date());
                first < calendar.first || last > calendar.last
            };
            let (beyond, within): (Vec<Arc<Shift>>, Vec<Arc<Shift>>) =
                self.shifts.iter().cloned().partition(|s| outside(s));
            let later: Vec<Arc<Shift>> =
                within.iter().filter(|s| s.end > calendar.at / 1000).cloned().collect();
            let reason = |why| Fact::Calendar { calendar: id.clone(), why };
            self.unknown(&beyond, Confidence::Unknown, &format!("{id} span"), reason(Gap::OutsideSpan));
            if calendar.is_truncated {
                self.unknown(&within, Confidence::Unknown, &format!("{id} part"), reason(Gap::Truncated));
            }
            if self.is_stale(calendar.at) {
                self.unknown(&later, Confidence::Stale, &format!("{id} stale"), reason(Gap::Stale));
            }
        }
    }

    fn is_stale(&self, at: i64) -> bool {
        self.now - at > self.rules.stale_after * DAY_MS
    }

    fn unknown(&mut self, shifts: &[Arc<Shift>], sure: Confidence, about: &str, fact: Fact) {
        if shifts.is_empty() {
            return;
        }
        let minutes = shifts.iter().map(|s| s.minutes()).sum();
        self.add_about((Kind::StaleOrUnknown, Severity::Medium), minutes, sure, shifts, about, vec![fact]);
    }
}

/// The shifts that have `[start, end)` in common with it. A time without length is none.
fn touching(shifts: &[Arc<Shift>], start: Instant, end: Instant) -> Vec<Arc<Shift>> {
    let before_end = shifts.partition_point(|s| s.start < end);
    shifts[..before_end].iter().filter(|s| s.end > start && end > start).cloned().collect()
}

/// Minutes of `[from, to)`, which lies on `date`, in no working hours of it or the day before.
fn not_covered(
    person: &Person,
    date: Date,
    zone: &jiff::tz::TimeZone,
    (from, to): (Instant, Instant),
) -> i64 {
    let window = |date: Date| {
        let (open, close) = person.hours(date)??;
        Some((minute_of(date, open, zone), minute_of(date, close, zone)))
    };
    let mut windows: Vec<(Instant, Instant)> =
        [date.yesterday().ok(), Some(date)].into_iter().flatten().filter_map(window).collect();
    windows.sort_unstable();
    let mut covered = 0;
    let mut at = from;
    for (open, close) in windows {
        let (open, close) = (open.max(at), close.min(to));
        if close > open {
            covered += close - open;
            at = close;
        }
    }
    (to - from - covered) / 60
}

/// So many minutes on the wall clock after midnight, which may be on the next day.
fn minute_of(date: Date, minute: i64, zone: &jiff::tz::TimeZone) -> Instant {
    let midnight = date.to_datetime(Time::midnight());
    resolve(midnight.saturating_add(jiff::SignedDuration::from_mins(minute)), zone).at
}

fn midnight(date: Date, zone: &jiff::tz::TimeZone) -> Instant {
    minute_of(date, 0, zone)
}

fn busy_fact(busy: &Busy) -> Fact {
    Fact::Busy {
        calendar: busy.calendar.clone(),
        start: busy.civil.0.clone(),
        end: busy.civil.1.clone(),
        zone: busy.zone_name.clone(),
        kind: busy.kind.clone(),
    }
}
