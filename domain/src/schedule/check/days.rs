//! A helper's work by time: when they work at all, and how long on which civil day.

use super::Check;
use crate::schedule::facts::Shift;
use crate::zone::Instant;
use jiff::civil::Date;
use std::sync::Arc;

/// A civil day with work.
#[derive(Debug)]
pub(super) struct Day {
    pub date: Date,
    /// Of its ISO week.
    pub monday: Date,
    pub start: Instant,
    pub end: Instant,
    /// Minutes that elapse at work.
    pub minutes: i64,
}

/// The times at which somebody works on these shifts, in order, those that touch or overlap made one.
pub(super) fn work(shifts: &[Arc<Shift>]) -> Vec<(Instant, Instant)> {
    let mut work: Vec<(Instant, Instant)> = Vec::new();
    for shift in shifts {
        match work.last_mut() {
            Some((_, end)) if shift.start <= *end => *end = shift.end.max(*end),
            _ => work.push((shift.start, shift.end)),
        }
    }
    work
}

impl Check<'_> {
    /// The civil days of the helper's zone on which they work, in order.
    pub(super) fn days(&self) -> Vec<Day> {
        let mut days: Vec<Day> = Vec::new();
        for (start, end) in &self.work {
            let mut from = *start;
            while from < *end {
                if days.last().is_none_or(|day| day.end <= from) {
                    let Some(day) = self.day_of(from) else { break };
                    days.push(day);
                }
                let Some(day) = days.last_mut() else { break };
                let to = day.end.min(*end);
                day.minutes += (to - from) / 60;
                from = to;
            }
        }
        days
    }

    /// `None` at the end of the calendar's years.
    fn day_of(&self, at: Instant) -> Option<Day> {
        let date = self.clock.date(at);
        let (start, end) = (self.clock.midnight(date), self.clock.midnight(date.tomorrow().ok()?));
        (end > at).then_some(Day { date, monday: monday(date), start, end, minutes: 0 })
    }
}

fn monday(date: Date) -> Date {
    date.saturating_sub(jiff::Span::new().days(date.weekday().to_monday_zero_offset()))
}
