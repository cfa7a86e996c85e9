//! A helper's shifts beside what they said of their time: working hours, time off, other calendars.

use super::Check;
use crate::ordered::sort;
use crate::schedule::clock::Clock;
use crate::schedule::conflict::{Confidence, ConflictKind as Kind, Fact, Gap, Severity};
use crate::schedule::facts::{Busy, Person, Shift, TimeOff, latest};
use crate::zone::Instant;
use jiff::civil::Date;
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
        let clock = person.clock.clone().unwrap_or_else(|| self.clock.clone());
        for shift in self.shifts {
            let mut date = clock.date(shift.start);
            let mut from = shift.start;
            let mut outside = 0;
            while from < shift.end {
                let Ok(next) = date.tomorrow() else { break };
                let to = clock.midnight(next).min(shift.end);
                // A day that the zone leaves out has no minutes.
                if to > from {
                    if person.hours(date).is_some() {
                        outside += not_covered(person, date, &clock, (from, to));
                    }
                    from = to;
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
        let (Some(first), Some(last)) = (self.shifts.first(), self.latest.last()) else { return };
        // Two days more on each side: longer than any two clocks are apart.
        let (from, to) = (off.clock.civil(first.start - 2 * 86_400), off.clock.civil(last + 2 * 86_400));
        let instances = off.series.within(from, to, off.clock.zone());
        let text = crate::time::written;
        for span in &instances.spans {
            if self.is_full(Kind::TimeOff) {
                break;
            }
            let resolved = off.clock.interval(span.start, span.end);
            let (start, end) = (resolved.start.at, latest(resolved.end));
            let is_approved = off.is_approved(span.moved_from);
            let severity = if is_approved { Severity::Hard } else { Severity::Medium };
            for shift in self.touching(start, end) {
                let common = (shift.end.min(end) - shift.start.max(start)) / 60;
                let facts = vec![Fact::TimeOff {
                    id: off.id.clone(),
                    start: text(span.start),
                    end: text(span.end),
                    zone: off.zone_name.clone(),
                    approved: is_approved,
                }];
                let about = format!("{} {}", off.id, text(span.moved_from.unwrap_or(span.start)));
                self.add((Kind::TimeOff, severity), common, Confidence::Confirmed, &[shift], &about, facts);
            }
        }
        if instances.bounded || off.is_unclear {
            // An instance that lies otherwise says nothing of how far the rule was followed.
            let known = instances.spans.iter().rfind(|span| span.moved_from.is_none());
            let known = known.filter(|_| !off.is_unclear).map(|span| off.clock.resolve(span.start).at);
            let open: Vec<Arc<Shift>> =
                self.shifts.iter().filter(|s| known.is_none_or(|known| s.end > known)).cloned().collect();
            let fact = Fact::TimeOff {
                id: off.id.clone(),
                start: text(off.series.first),
                end: String::new(),
                zone: off.zone_name.clone(),
                approved: off.is_approved(None),
            };
            self.unknown(&open, Confidence::Unknown, &off.id, fact);
        }
    }

    /// A shift and a busy time of a calendar in common, counted with the minutes in common. Hard where it is busy or out
    /// of office, medium where it is tentative or work elsewhere; free is none. A shift of this plan that the calendar
    /// shows again is no conflict, and said as such. What is busy in an unknown zone may be in common.
    fn busy(&mut self, person: &Person) {
        for busy in &person.busy {
            let (kind, severity) = match busy.kind.as_str() {
                "free" => continue,
                _ if busy.mirrors.is_some() => (Kind::DuplicateMirror, Severity::Info),
                _ if busy.is_unclear => (Kind::StaleOrUnknown, Severity::Medium),
                "busy" | "out_of_office" => (Kind::ExternalBusy, Severity::Hard),
                _ => (Kind::ExternalBusy, Severity::Medium),
            };
            let is_stale = || person.calendars.get(&busy.calendar).is_none_or(|c| self.is_stale(c.at));
            let sure = match kind {
                Kind::StaleOrUnknown => Confidence::Unknown,
                Kind::ExternalBusy if is_stale() => Confidence::Stale,
                _ => Confidence::Confirmed,
            };
            if self.is_full(kind) {
                continue;
            }
            for shift in self.touching(busy.start, busy.end) {
                // Another shift of this plan is counted as itself, not by its reflection.
                if busy.mirrors.as_ref().is_some_and(|mirrored| *mirrored != shift.key) {
                    continue;
                }
                let common = (shift.end.min(busy.end) - shift.start.max(busy.start)) / 60;
                let score = if kind == Kind::DuplicateMirror { 0 } else { common };
                self.add((kind, severity), score, sure, &[shift], &about(busy), vec![busy_fact(busy)]);
            }
        }
    }

    /// Shifts of which a calendar says nothing that can be believed: it was read too long ago, only in part, or not for
    /// their days. One conflict a calendar and reason, with all minutes of the shifts. Medium.
    fn calendars(&mut self, person: &Person) {
        for (id, calendar) in &person.calendars {
            let outside = |s: &Shift| {
                let (first, last) = (self.clock.date(s.start), self.clock.date(s.end - 1));
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
        self.now.saturating_sub(at) > self.rules.stale_after * DAY_MS
    }

    fn unknown(&mut self, shifts: &[Arc<Shift>], sure: Confidence, about: &str, fact: Fact) {
        if shifts.is_empty() {
            return;
        }
        let minutes = shifts.iter().map(|s| s.minutes()).sum();
        self.add_about((Kind::StaleOrUnknown, Severity::Medium), minutes, sure, shifts, about, vec![fact]);
    }
}

/// Minutes of `[from, to)`, which lies on `date`, in no working hours of it or the day before.
fn not_covered(person: &Person, date: Date, clock: &Clock, (from, to): (Instant, Instant)) -> i64 {
    let window = |date: Date| {
        let (open, close) = person.hours(date)??;
        Some((clock.minute_of(date, open), clock.minute_of(date, close)))
    };
    let mut windows = [date.yesterday().ok().and_then(window), window(date)];
    sort(&mut windows);
    let mut covered = 0;
    let mut at = from;
    for (open, close) in windows.into_iter().flatten() {
        let (open, close) = (open.max(at), close.min(to));
        if close > open {
            covered += close - open;
            at = close;
        }
    }
    (to - from - covered) / 60
}

/// A busy time by itself: another read of the calendar numbers it otherwise.
fn about(busy: &Busy) -> String {
    let (start, end) = &busy.civil;
    format!("{} {start} {end} {} {}", busy.calendar, busy.zone_name, busy.kind)
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
