//! Occurrences of a rule, in civil time. Nothing is without bounds: every day looked at costs a step of a budget.

use super::rule::{Frequency, Limit, Rule, Until};
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// Days that expanding one rule may look at: a daily rule with a COUNT over five centuries.
pub const STEPS_MAX: u32 = 200_000;
/// Most occurrences that come out for one window.
pub const OCCURRENCES_MAX: usize = 10_000;

/// When a rule's occurrences start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occurrences {
    /// In order, each once.
    pub starts: Vec<DateTime>,
    /// A limit was met: after the last of `starts` there may be more, and nothing is known to be free.
    pub bounded: bool,
}

/// Steps that are left, for one rule or for all of a file.
#[derive(Clone, Debug)]
pub struct Budget(u32);

impl Budget {
    pub fn new(steps: u32) -> Budget {
        Budget(steps)
    }

    fn take(&mut self, steps: u32) -> bool {
        let left = self.0.checked_sub(steps);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

impl Default for Budget {
    fn default() -> Budget {
        Budget(STEPS_MAX)
    }
}

impl Rule {
    /// The occurrences that start in `[window.0, window.1)`. `first` is always the first of them, whether or not the
    /// rule would give it; a start that a clock change of `zone` leaves out is no occurrence and is not counted.
    pub fn occurrences(&self, first: DateTime, zone: &TimeZone, window: (DateTime, DateTime)) -> Occurrences {
        self.occurrences_within(first, zone, window, &mut Budget::default())
    }

    /// The same, at the cost of a budget that others use too.
    pub fn occurrences_within(
        &self,
        first: DateTime,
        zone: &TimeZone,
        window: (DateTime, DateTime),
        budget: &mut Budget,
    ) -> Occurrences {
        let mut out = Occurrences::default();
        if (window.0..window.1).contains(&first) {
            out.starts.push(first);
        }
        let mut counted = 1;
        for number in self.first_period(first, window.0).. {
            let Some(period) = self.period(first.date(), number) else { break };
            if period.start.to_datetime(first.time()) >= window.1 || self.is_full(counted) {
                break;
            }
            if !budget.take(1 + u32::from(period.days)) {
                out.bounded = true;
                break;
            }
            for day in self.days(&period, first.date()) {
                let at = day.to_datetime(first.time());
                if at <= first {
                    continue;
                }
                if at >= window.1 || self.is_full(counted) || self.is_past(at, zone) {
                    return out;
                }
                if !exists(at, zone) {
                    continue;
                }
                counted += 1;
                if at < window.0 {
                    continue;
                }
                if out.starts.len() == OCCURRENCES_MAX {
                    out.bounded = true;
                    return out;
                }
                out.starts.push(at);
            }
        }
        out
    }

    fn is_full(&self, counted: u32) -> bool {
        matches!(self.limit, Limit::Count(count) if counted >= count)
    }

    fn is_past(&self, at: DateTime, zone: &TimeZone) -> bool {
        match self.limit {
            Limit::Until(Until::Utc(last)) => {
                zone.to_ambiguous_timestamp(at).compatible().map_or(true, |at| at > last)
            }
            Limit::Until(Until::Civil(last)) => at > last,
            Limit::Until(Until::Date(last)) => at.date() > last,
            Limit::Never | Limit::Count(_) => false,
        }
    }

    /// The number of the first period that matters. Only a COUNT needs those before the window.
    fn first_period(&self, first: DateTime, from: DateTime) -> i64 {
        if matches!(self.limit, Limit::Count(_)) || from <= first {
            return 0;
        }
        let (first, from) = (first.date(), from.date());
        let periods = match self.frequency {
            Frequency::Daily => days_between(first, from),
            Frequency::Weekly => days_between(first, from) / 7,
            Frequency::Monthly => month_number(from) - month_number(first),
            Frequency::Yearly => i64::from(from.year()) - i64::from(first.year()),
        };
        (periods / i64::from(self.interval) - 1).max(0)
    }

    /// The period `number` intervals after that of `first`; `None` beyond the years of the calendar.
    fn period(&self, first: Date, number: i64) -> Option<Period> {
        let steps = number.checked_mul(i64::from(self.interval))?;
        match self.frequency {
            Frequency::Daily => Some(Period { start: plus_days(first, steps)?, days: 1 }),
            Frequency::Weekly => {
                let into_week = i64::from(first.weekday().since(self.week_start));
                let start = plus_days(first, steps.checked_mul(7)?.checked_sub(into_week)?)?;
                Some(Period { start, days: 7 })
            }
            Frequency::Monthly => {
                let month = month_number(first).checked_add(steps)?;
                let year = i16::try_from(month.div_euclid(12)).ok()?;
                let start = Date::new(year, month.rem_euclid(12) as i8 + 1, 1).ok()?;
                Some(Period { start, days: start.days_in_month() as u16 })
            }
            Frequency::Yearly => {
                let year = i16::try_from(i64::from(first.year()).checked_add(steps)?).ok()?;
                let start = Date::new(year, 1, 1).ok()?;
                let days = match self.by_month.len() {
                    0 => start.days_in_year() as u16,
                    months => 31 * months as u16,
                };
                Some(Period { start, days })
            }
        }
    }

    /// The days of a period that the rule has, in order.
    fn days(&self, period: &Period, first: Date) -> Vec<Date> {
        let days: Vec<Date> = if self.frequency == Frequency::Yearly && !self.by_month.is_empty() {
            let months = self.by_month.iter().flat_map(|month| {
                (1..=31).filter_map(|day| Date::new(period.start.year(), *month, day).ok())
            });
            months.filter(|day| self.has(*day, first)).collect()
        } else {
            let all = (0..i64::from(period.days)).filter_map(|n| plus_days(period.start, n));
            all.filter(|day| self.has(*day, first)).collect()
        };
        if self.by_set_pos.is_empty() {
            return days;
        }
        let chosen = |index: usize| {
            let from_start = index as i16 + 1;
            let from_end = index as i16 - days.len() as i16;
            self.by_set_pos.contains(&from_start) || self.by_set_pos.contains(&from_end)
        };
        days.iter().enumerate().filter(|(index, _)| chosen(*index)).map(|(_, day)| *day).collect()
    }

    fn has(&self, day: Date, first: Date) -> bool {
        if !self.by_month.is_empty() && !self.by_month.contains(&day.month()) {
            return false;
        }
        if !self.by_month_day.is_empty() {
            let from_end = day.day() - day.days_in_month() - 1;
            if !self.by_month_day.contains(&day.day()) && !self.by_month_day.contains(&from_end) {
                return false;
            }
        }
        if !self.by_day.is_empty() {
            return self.has_weekday(day);
        }
        if !self.by_month_day.is_empty() {
            return true;
        }
        // Nothing names the day: it is the first one's.
        match self.frequency {
            Frequency::Daily => true,
            Frequency::Weekly => day.weekday() == first.weekday(),
            Frequency::Monthly => day.day() == first.day(),
            Frequency::Yearly => {
                day.day() == first.day() && (!self.by_month.is_empty() || day.month() == first.month())
            }
        }
    }

    fn has_weekday(&self, day: Date) -> bool {
        let of_year = self.frequency == Frequency::Yearly && self.by_month.is_empty();
        let (position, length) = if of_year {
            (day.day_of_year(), day.days_in_year())
        } else {
            (i16::from(day.day()), i16::from(day.days_in_month()))
        };
        let from_start = (position - 1) / 7 + 1;
        let from_end = -((length - position) / 7 + 1);
        self.by_day.iter().filter(|by| by.weekday == day.weekday()).any(|by| match by.ordinal {
            None => true,
            Some(n) => i16::from(n) == from_start || i16::from(n) == from_end,
        })
    }
}

struct Period {
    start: Date,
    /// How many are looked at.
    days: u16,
}

fn plus_days(day: Date, days: i64) -> Option<Date> {
    day.checked_add(SignedDuration::from_secs(days.checked_mul(86_400)?)).ok()
}

fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_secs() / 86_400
}

/// Months since the year 0.
fn month_number(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

fn exists(at: DateTime, zone: &TimeZone) -> bool {
    !matches!(zone.to_ambiguous_timestamp(at).offset(), AmbiguousOffset::Gap { .. })
}
