//! How much a helper works, and how they rest.

use super::days::Day;
use super::{Check, minutes};
use crate::schedule::conflict::{Cap, ConflictKind as Kind, Fact, Period, Severity};
use crate::schedule::facts::Shift;
use crate::zone::Instant;
use std::sync::Arc;

/// Shorter pauses than this many minutes are part of a duty.
pub const PAUSE: i64 = 120;
const SEVEN_DAYS: i64 = 7 * 24 * 3600;

/// Limits, the strictest first.
type Caps = [(Option<i64>, Cap); 3];

/// Shifts with no pause of [`PAUSE`] between them, by their positions.
struct Duty {
    first: usize,
    start: Instant,
    /// The shift that ends last, and when.
    last: usize,
    end: Instant,
}

impl Check<'_> {
    /// Rest between duties that begin on different civil days must be as long as is due; a duty must leave that much rest
    /// within 24 hours of its start. Hard below what the law asks for, else medium below what the helper, or the rule for
    /// everybody, asks for. Counted with the minutes that lack.
    pub(super) fn duties(&mut self) {
        let own = self.helper.person.as_ref().and_then(|p| p.rest).unwrap_or(self.rules.rest);
        let legal = self.rules.rest_legal.unwrap_or(0);
        let due = own.max(legal);
        if due == 0 || self.shifts.is_empty() {
            return;
        }
        let (shifts, duties) = (self.shifts, self.split());
        let day = |duty: &Duty, check: &Self| check.clock.date(duty.start);
        let sure = self.confidence();
        // A duty of more than a day leaves less than no rest, which no law need ask for.
        let breaks_law = |rest: i64| legal > 0 && rest < legal;
        let severity = |rest: i64| if breaks_law(rest) { Severity::Hard } else { Severity::Medium };
        for (i, duty) in duties.iter().enumerate() {
            let length = (duty.end - duty.start) / 60;
            let rest = 1440 - length;
            let (first, last) = (&shifts[duty.first], &shifts[duty.last]);
            if rest < due {
                let most = minutes(1440 - due);
                let facts = vec![Fact::Duty { minutes: minutes(length), most, legal: breaks_law(rest) }];
                let both: &[&Shift] = if duty.first == duty.last { &[first] } else { &[first, last] };
                self.add((Kind::Rest, severity(rest)), due - rest, sure, both, "duty", facts);
            }
            let Some(next) = duties.get(i + 1).filter(|next| day(next, self) != day(duty, self)) else {
                continue;
            };
            let rest = (next.start - duty.end) / 60;
            if rest < due {
                let facts =
                    vec![Fact::Rest { minutes: minutes(rest), due: minutes(due), legal: breaks_law(rest) }];
                let both: [&Shift; 2] = [last, &shifts[next.first]];
                self.add((Kind::Rest, severity(rest)), due - rest, sure, &both, "", facts);
            }
        }
    }

    fn split(&self) -> Vec<Duty> {
        let mut duties: Vec<Duty> = Vec::new();
        for (i, shift) in self.shifts.iter().enumerate() {
            match duties.last_mut() {
                Some(duty) if shift.start - duty.end < PAUSE * 60 => {
                    if shift.end > duty.end {
                        (duty.last, duty.end) = (i, shift.end);
                    }
                }
                _ => duties.push(Duty { first: i, start: shift.start, last: i, end: shift.end }),
            }
        }
        duties
    }

    /// Minutes that elapse in a civil day, in an ISO week (both in the helper's zone) and in seven times 24 hours from the
    /// start of a work on; time on two shifts at once counts once. Hard over what the law permits, medium over what the
    /// helper does, soft over what they wish for. One conflict a period, of the worst severity, with the minutes over.
    pub(super) fn hours(&mut self, days: &[Day]) {
        let person = self.helper.person.as_ref();
        let caps = |legal: Option<i64>, own: Option<i64>, target: Option<i64>| {
            [(legal, Cap::Legal), (own, Cap::Own), (target, Cap::Target)]
        };
        let day = caps(self.rules.day_legal, person.and_then(|p| p.day_max), None);
        let week =
            caps(self.rules.week_legal, person.and_then(|p| p.week_max), person.and_then(|p| p.week_target));
        let rolling = caps(self.rules.rolling_legal, person.and_then(|p| p.rolling_max), None);
        for one in days {
            self.over(&day, one.minutes, (one.start, one.end), || Period::Day { date: one.date.to_string() });
        }
        for week_of in days.chunk_by(|a, b| a.monday == b.monday) {
            let minutes = week_of.iter().map(|day| day.minutes).sum();
            let span = (week_of[0].start, week_of[week_of.len() - 1].end);
            self.over(&week, minutes, span, || Period::Week { monday: week_of[0].monday.to_string() });
        }
        if let Some(least) = rolling.iter().filter_map(|(cap, _)| *cap).min() {
            self.rolling(&rolling, least);
        }
    }

    /// Of the windows that begin less than seven days after the first that is over, only the worst, the earliest of them.
    fn rolling(&mut self, caps: &Caps, least: i64) {
        let inside = self.in_seven_days();
        let start = |i: usize| self.work[i].0;
        let mut worst = Vec::new();
        let mut i = 0;
        while i < inside.len() {
            if inside[i] <= least {
                i += 1;
                continue;
            }
            let next = self.work.partition_point(|(s, _)| *s < start(i) + SEVEN_DAYS);
            let most = inside[i..next].iter().max().copied().unwrap_or(0);
            worst.extend((i..next).find(|at| inside[*at] == most).map(|at| (start(at), most)));
            i = next;
        }
        for (start, worked) in worst {
            let from = crate::time::written(self.clock.civil(start));
            self.over(caps, worked, (start, start + SEVEN_DAYS), || Period::Rolling { start: from });
        }
    }

    /// Minutes of work within seven days from the start of each work on.
    fn in_seven_days(&self) -> Vec<i64> {
        let (mut next, mut whole) = (0, 0);
        let mut all = Vec::with_capacity(self.work.len());
        for (start, end) in &self.work {
            let until = start + SEVEN_DAYS;
            // `whole` are the seconds of all works from this one on that begin in time.
            while let Some((s, e)) = self.work.get(next).filter(|(s, _)| *s < until) {
                whole += e - s;
                next += 1;
            }
            let over = self.work.get(next.saturating_sub(1)).map_or(0, |(_, e)| (e - until).max(0));
            all.push((whole - over) / 60);
            whole -= end - start;
        }
        all
    }

    fn over(&mut self, caps: &Caps, worked: i64, span: (Instant, Instant), period: impl FnOnce() -> Period) {
        let broken = caps.iter().find_map(|(cap, by)| cap.filter(|cap| worked > *cap).map(|cap| (cap, *by)));
        let Some((most, by)) = broken else { return };
        let severity = match by {
            Cap::Legal => Severity::Hard,
            Cap::Own => Severity::Medium,
            Cap::Target => Severity::Soft,
        };
        let period = period();
        let about = match &period {
            Period::Day { date } => format!("day {date}"),
            Period::Week { monday } => format!("week {monday}"),
            Period::Rolling { start } => format!("rolling {start}"),
        };
        let shifts: Vec<Arc<Shift>> = self.touching(span.0, span.1).cloned().collect();
        let facts = vec![Fact::Hours { period, minutes: minutes(worked), most: minutes(most), by }];
        let sure = self.confidence();
        self.add_about((Kind::MaxHours, severity), worked - most, sure, &shifts, &about, facts);
    }

    /// More civil days in a row with work than may be. Counted with the minutes worked on those too many. Medium.
    pub(super) fn days_in_row(&mut self, days: &[Day]) {
        let own = self.helper.person.as_ref().and_then(|p| p.days_in_row);
        let Some(most) = own.into_iter().chain(self.rules.days_in_row).min() else { return };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        for run in days.chunk_by(|a, b| a.date.tomorrow().ok() == Some(b.date)) {
            if run.len() <= most {
                continue;
            }
            let over: i64 = run[most..].iter().map(|day| day.minutes).sum();
            let (first, last) = (&run[0], &run[run.len() - 1]);
            let shifts: Vec<Arc<Shift>> = self.touching(first.start, last.end).cloned().collect();
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let facts = vec![Fact::Days {
                first: first.date.to_string(),
                last: last.date.to_string(),
                days: count(run.len()),
                most: count(most),
            }];
            let about = format!("days {}", first.date);
            let sure = self.confidence();
            self.add_about((Kind::ConsecutiveDays, Severity::Medium), over, sure, &shifts, &about, facts);
        }
    }
}
