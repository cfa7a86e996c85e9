//! A helper's work by time: when they work at all, and how long on which civil day.

use super::Check;
use crate::schedule::facts::civil;
use crate::zone::{Instant, resolve};
use jiff::civil::{Date, Time};
use std::collections::BTreeMap;

impl Check<'_> {
    /// The times at which the helper works, in order, those that touch or overlap made one.
    pub(super) fn work(&self) -> Vec<(Instant, Instant)> {
        let mut work: Vec<(Instant, Instant)> = Vec::new();
        for shift in self.shifts {
            match work.last_mut() {
                Some((_, end)) if shift.start <= *end => *end = shift.end.max(*end),
                _ => work.push((shift.start, shift.end)),
            }
        }
        work
    }

    /// Minutes that elapse at work on each civil day of the helper's zone.
    pub(super) fn by_day(&self) -> BTreeMap<Date, i64> {
        let mut days = BTreeMap::new();
        for (start, end) in self.work() {
            let mut from = start;
            let mut date = civil(start, &self.zone).date();
            while from < end {
                let Ok(next) = date.tomorrow() else { break };
                let to = resolve(next.to_datetime(Time::midnight()), &self.zone).at.min(end);
                // A day that the zone leaves out has no minutes.
                if to > from {
                    *days.entry(date).or_default() += (to - from) / 60;
                    from = to;
                }
                date = next;
            }
        }
        days
    }
}
