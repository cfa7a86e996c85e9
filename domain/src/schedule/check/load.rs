//! How much a helper works, and how they rest.

use super::{Check, minutes};
use crate::schedule::conflict::{Cap, Confidence, ConflictKind as Kind, Fact, Period, Severity};
use crate::schedule::facts::{Shift, civil};
use crate::zone::{Instant, resolve};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Shorter pauses than this many minutes are part of a duty.
pub const PAUSE: i64 = 120;
const SEVEN_DAYS: i64 = 7 * 24 * 3600;

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
        let duties = self.split();
        let zone = self.zone.clone();
        let day = |duty: &Duty| civil(duty.start, &zone).date();
        let severity = |rest: i64| if rest < legal { Severity::Hard } else { Severity::Medium };
        for (i, duty) in duties.iter().enumerate() {
            let length = (duty.end - duty.start) / 60;
            let rest = 1440 - length;
            let (first, last) = (self.shifts[duty.first].clone(), self.shifts[duty.last].clone());
            if rest < due {
                let legal = rest < legal;
                let most = minutes(1440 - due);
                let facts = vec![Fact::Duty { minutes: minutes(length), most, legal }];
                let shifts: &[&Shift] = if duty.first == duty.last { &[&first] } else { &[&first, &last] };
                self.add(
                    (Kind::Rest, severity(rest)),
                    due - rest,
                    Confidence::Confirmed,
                    shifts,
                    "duty",
                    facts,
                );
            }
            let Some(next) = duties.get(i + 1).filter(|next| day(next) != day(duty)) else { continue };
            let rest = (next.start - duty.end) / 60;
            if rest < due {
                let facts =
                    vec![Fact::Rest { minutes: minutes(rest), due: minutes(due), legal: rest < legal }];
                let next = self.shifts[next.first].clone();
                let shifts = [&*last, &*next];
                self.add((Kind::Rest, severity(rest)), due - rest, Confidence::Confirmed, &shifts, "", facts);
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
    pub(super) fn hours(&mut self) {
        let person = self.helper.person.as_ref();
        let caps = |legal: Option<i64>, own: Option<i64>, target: Option<i64>| {
            [(legal, Cap::Legal), (own, Cap::Own), (target, Cap::Target)]
        };
        let day = caps(self.rules.day_legal, person.and_then(|p| p.day_max), None);
        let week =
            caps(self.rules.week_legal, person.and_then(|p| p.week_max), person.and_then(|p| p.week_target));
        let rolling = caps(self.rules.rolling_legal, person.and_then(|p| p.rolling_max), None);
        let any = |caps: &[(Option<i64>, Cap); 3]| caps.iter().any(|(cap, _)| cap.is_some());
        if any(&day) || any(&week) {
            let by_day = self.by_day();
            let mut by_week: BTreeMap<Date, i64> = BTreeMap::new();
            for (date, minutes) in &by_day {
                *by_week.entry(monday(*date)).or_default() += minutes;
            }
            for (date, minutes) in &by_day {
                let period = Period::Day { date: date.to_string() };
                self.over(&day, *minutes, period, (midnight(*date, 0, self), midnight(*date, 1, self)));
            }
            for (date, minutes) in &by_week {
                let period = Period::Week { monday: date.to_string() };
                self.over(&week, *minutes, period, (midnight(*date, 0, self), midnight(*date, 7, self)));
            }
        }
        if any(&rolling) {
            self.rolling(&rolling);
        }
    }

    /// Of the windows that begin less than seven days after the first that is over, only the worst, the earliest of them.
    fn rolling(&mut self, caps: &[(Option<i64>, Cap); 3]) {
        let work = self.work();
        let least = caps.iter().filter_map(|(cap, _)| *cap).min().unwrap_or(i64::MAX);
        let inside = |from: usize| {
            let (start, _) = work[from];
            let end = start + SEVEN_DAYS;
            let within = work.iter().skip(from).take_while(|(s, _)| *s < end);
            within.map(|(s, e)| e.min(&end) - s).sum::<i64>() / 60
        };
        let mut i = 0;
        while i < work.len() {
            if inside(i) <= least {
                i += 1;
                continue;
            }
            let until = work[i].0 + SEVEN_DAYS;
            let mut worst = (i, inside(i));
            while i < work.len() && work[i].0 < until {
                if inside(i) > worst.1 {
                    worst = (i, inside(i));
                }
                i += 1;
            }
            let start = work[worst.0].0;
            let from = civil(start, &self.zone).strftime("%Y-%m-%dT%H:%M").to_string();
            self.over(caps, worst.1, Period::Rolling { start: from }, (start, start + SEVEN_DAYS));
        }
    }

    fn over(
        &mut self,
        caps: &[(Option<i64>, Cap); 3],
        worked: i64,
        period: Period,
        span: (Instant, Instant),
    ) {
        let broken = caps.iter().find_map(|(cap, by)| cap.filter(|cap| worked > *cap).map(|cap| (cap, *by)));
        let Some((most, by)) = broken else { return };
        let severity = match by {
            Cap::Legal => Severity::Hard,
            Cap::Own => Severity::Medium,
            Cap::Target => Severity::Soft,
        };
        let about = match &period {
            Period::Day { date } => format!("day {date}"),
            Period::Week { monday } => format!("week {monday}"),
            Period::Rolling { start } => format!("rolling {start}"),
        };
        let shifts = self.within(span);
        let facts = vec![Fact::Hours { period, minutes: minutes(worked), most: minutes(most), by }];
        let sure = self.confidence();
        self.add_about((Kind::MaxHours, severity), worked - most, sure, &shifts, &about, facts);
    }

    fn within(&self, (from, to): (Instant, Instant)) -> Vec<Arc<Shift>> {
        self.shifts.iter().filter(|s| s.start < to && s.end > from).cloned().collect()
    }

    /// Whoever may not read a helper's limits knows only those for everybody.
    fn confidence(&self) -> Confidence {
        if self.helper.person.is_some() { Confidence::Confirmed } else { Confidence::Unknown }
    }

    /// More civil days in a row with work than may be. Counted with the minutes worked on those too many. Medium.
    pub(super) fn days_in_row(&mut self) {
        let own = self.helper.person.as_ref().and_then(|p| p.days_in_row);
        let Some(most) = own.into_iter().chain(self.rules.days_in_row).min() else { return };
        let by_day: Vec<(Date, i64)> = self.by_day().into_iter().collect();
        let mut from = 0;
        for i in 0..by_day.len() {
            let goes_on = by_day.get(i + 1).is_some_and(|next| by_day[i].0.tomorrow().ok() == Some(next.0));
            if goes_on {
                continue;
            }
            let run = &by_day[from..=i];
            from = i + 1;
            let days = i64::try_from(run.len()).unwrap_or(i64::MAX);
            let Some(first_over) = usize::try_from(most).ok().filter(|most| run.len() > *most) else {
                continue;
            };
            let over: i64 = run[first_over..].iter().map(|(_, minutes)| minutes).sum();
            let (first, last) = (run[0].0, run[run.len() - 1].0);
            let span = (midnight(first, 0, self), midnight(last, 1, self));
            let shifts = self.within(span);
            let facts = vec![Fact::Days {
                first: first.to_string(),
                last: last.to_string(),
                days: minutes(days),
                most: minutes(most),
            }];
            let about = format!("days {first}");
            let sure = self.confidence();
            self.add_about((Kind::ConsecutiveDays, Severity::Medium), over, sure, &shifts, &about, facts);
        }
    }
}

pub(super) fn monday(date: Date) -> Date {
    date.saturating_sub(jiff::Span::new().days(date.weekday().to_monday_zero_offset()))
}

/// The beginning of a civil day that is so many days on.
fn midnight(date: Date, days: i64, check: &Check) -> Instant {
    let date = date.saturating_add(jiff::Span::new().days(days));
    resolve(date.to_datetime(jiff::civil::Time::midnight()), &check.zone).at
}
