//! Recurrence rules (RFC 5545, 3.3.10) as typed values. What cannot be kept to exactly is refused by name.

use crate::ordered::OrdSet;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};

/// A recurrence rule by days, weeks, months or years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub frequency: Frequency,
    /// Every so many days, weeks, months or years; 1 or more.
    pub interval: u32,
    pub limit: Limit,
    pub by_month: OrdSet<i8>,
    /// From the end of the month where negative.
    pub by_month_day: OrdSet<i8>,
    pub by_day: Vec<ByDay>,
    /// Which of the days of a period, in order; from its end where negative.
    pub by_set_pos: OrdSet<i16>,
    pub week_start: Weekday,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// Where the rule ends; never goes on as far as one asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Never,
    /// So many occurrences, the first included.
    Count(u32),
    Until(Until),
}

/// The last moment at which an occurrence may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    Utc(Timestamp),
    Civil(DateTime),
    Date(Date),
}

/// A weekday; with an ordinal, only that one of its month or year, from the end where negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByDay {
    pub ordinal: Option<i8>,
    pub weekday: Weekday,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    #[error("the rule part {0:?} is not written NAME=VALUE")]
    Malformed(String),
    #[error("the rule has {0} twice; keep one")]
    Twice(&'static str),
    #[error("the rule part {0:?} is not one of RFC 5545")]
    Unknown(String),
    #[error("{0} in a rule is not supported; use FREQ from DAILY to YEARLY with BYDAY, BYMONTHDAY, BYMONTH")]
    Unsupported(String),
    #[error("the rule part {part} cannot be {value:?}: {hint}")]
    Invalid { part: &'static str, value: String, hint: &'static str },
    #[error("the rule has no FREQ; it needs DAILY, WEEKLY, MONTHLY or YEARLY")]
    NoFrequency,
    #[error("the rule has both COUNT and UNTIL; keep one")]
    CountAndUntil,
}

const PARTS: &[&str] =
    &["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"];
const UNSUPPORTED: &[&str] = &["BYSECOND", "BYMINUTE", "BYHOUR", "BYYEARDAY", "BYWEEKNO", "RSCALE", "SKIP"];

impl Rule {
    pub fn parse(text: &str) -> Result<Rule, RuleError> {
        let parts = Parts::split(text)?;
        let frequency = match parts.get("FREQ") {
            None => return Err(RuleError::NoFrequency),
            Some("DAILY") => Frequency::Daily,
            Some("WEEKLY") => Frequency::Weekly,
            Some("MONTHLY") => Frequency::Monthly,
            Some("YEARLY") => Frequency::Yearly,
            Some(finer @ ("HOURLY" | "MINUTELY" | "SECONDLY")) => {
                return Err(RuleError::Unsupported(format!("FREQ={finer}")));
            }
            Some(_) => return Err(parts.invalid("FREQ", "it is DAILY, WEEKLY, MONTHLY or YEARLY")),
        };
        let limit = match (parts.number("COUNT")?, parts.get("UNTIL")) {
            (Some(_), Some(_)) => return Err(RuleError::CountAndUntil),
            (Some(count), None) => Limit::Count(count),
            (None, Some(text)) => {
                let hint = "it is a date such as 20260715 or a time such as 20260715T073000Z";
                Limit::Until(Until::parse(text).ok_or_else(|| parts.invalid("UNTIL", hint))?)
            }
            (None, None) => Limit::Never,
        };
        let rule = Rule {
            frequency,
            interval: parts.number("INTERVAL")?.unwrap_or(1),
            limit,
            by_month: parts.list("BYMONTH", 1..=12, false)?.into_iter().map(|n| n as i8).collect(),
            by_month_day: parts.list("BYMONTHDAY", 1..=31, true)?.into_iter().map(|n| n as i8).collect(),
            by_day: parts.by_day()?,
            by_set_pos: parts.list("BYSETPOS", 1..=366, true)?,
            week_start: match parts.get("WKST") {
                None => Weekday::Monday,
                Some(day) => weekday(day).ok_or_else(|| parts.invalid("WKST", "it is a day such as MO"))?,
            },
        };
        rule.check(&parts)?;
        Ok(rule)
    }

    /// What RFC 5545 says about parts together.
    fn check(&self, parts: &Parts) -> Result<(), RuleError> {
        use Frequency::{Daily, Monthly, Weekly, Yearly};
        if matches!(self.frequency, Daily | Weekly) && self.by_day.iter().any(|day| day.ordinal.is_some()) {
            return Err(parts.invalid("BYDAY", "an ordinal needs FREQ=MONTHLY or YEARLY"));
        }
        let in_month = self.frequency == Monthly || (self.frequency == Yearly && !self.by_month.is_empty());
        if in_month && self.by_day.iter().any(|day| day.ordinal.is_some_and(|n| n.abs() > 5)) {
            return Err(parts.invalid("BYDAY", "a month has five of a weekday at most"));
        }
        if self.frequency == Weekly && !self.by_month_day.is_empty() {
            return Err(parts.invalid("BYMONTHDAY", "it does not go with FREQ=WEEKLY"));
        }
        let alone = self.by_month.is_empty() && self.by_month_day.is_empty() && self.by_day.is_empty();
        if !self.by_set_pos.is_empty() && alone {
            return Err(parts.invalid("BYSETPOS", "it chooses among the days of another BY part"));
        }
        Ok(())
    }
}

impl Until {
    fn parse(text: &str) -> Option<Until> {
        if let Some(utc) = text.strip_suffix('Z') {
            let at = basic_date_time(utc)?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            return Some(Until::Utc(at.timestamp()));
        }
        basic_date(text).map(Until::Date).or_else(|| basic_date_time(text).map(Until::Civil))
    }
}

/// A date as `20260715`.
pub(super) fn basic_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

/// A date and time as `20260715T073000`; a leap second is the second before, and seconds may be left out.
pub(super) fn basic_date_time(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(['T', 't'])?;
    if !matches!(time.len(), 4 | 6) || !time.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hour, minute) = (time[..2].parse().ok()?, time[2..4].parse().ok()?);
    let second: i8 = if time.len() == 6 { time[4..].parse().ok()? } else { 0 };
    let second = if second == 60 { 59 } else { second };
    Some(basic_date(date)?.to_datetime(jiff::civil::Time::new(hour, minute, second, 0).ok()?))
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

/// A rule's parts by name, in upper case.
struct Parts(Vec<(&'static str, String)>);

impl Parts {
    fn split(text: &str) -> Result<Parts, RuleError> {
        let mut parts = Vec::<(&'static str, String)>::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| RuleError::Malformed(short(part)))?;
            let name = name.trim().to_ascii_uppercase();
            if UNSUPPORTED.contains(&name.as_str()) {
                return Err(RuleError::Unsupported(name));
            }
            let Some(name) = PARTS.iter().find(|known| **known == name) else {
                return Err(RuleError::Unknown(short(&name)));
            };
            if parts.iter().any(|(other, _)| other == name) {
                return Err(RuleError::Twice(name));
            }
            parts.push((name, value.trim().to_ascii_uppercase()));
        }
        Ok(Parts(parts))
    }

    fn get(&self, part: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == part).map(|(_, value)| value.as_str())
    }

    fn invalid(&self, part: &'static str, hint: &'static str) -> RuleError {
        RuleError::Invalid { part, value: short(self.get(part).unwrap_or("")), hint }
    }

    fn number(&self, part: &'static str) -> Result<Option<u32>, RuleError> {
        let Some(text) = self.get(part) else { return Ok(None) };
        match text.parse::<u32>() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(self.invalid(part, "it is a whole number from 1")),
        }
    }

    fn list(
        &self,
        part: &'static str,
        range: std::ops::RangeInclusive<i16>,
        from_end: bool,
    ) -> Result<OrdSet<i16>, RuleError> {
        let Some(text) = self.get(part) else { return Ok(OrdSet::new()) };
        let read = |item: &str| {
            let number = item.trim().parse::<i16>().ok()?;
            let size = if from_end { number.checked_abs()? } else { number };
            range.contains(&size).then_some(number)
        };
        text.split(',').map(read).collect::<Option<_>>().ok_or_else(|| {
            self.invalid(part, "it is a list of whole numbers in their range, such as 1,15 or -1")
        })
    }

    fn by_day(&self) -> Result<Vec<ByDay>, RuleError> {
        let Some(text) = self.get("BYDAY") else { return Ok(Vec::new()) };
        let mut days = Vec::new();
        for item in text.split(',').map(str::trim) {
            let at = item.len().saturating_sub(2);
            let (ordinal, name) = item.split_at_checked(at).unwrap_or(("", ""));
            let ordinal = match ordinal {
                "" => Some(None),
                n => n.parse::<i8>().ok().filter(|n| (1..=53).contains(&n.unsigned_abs())).map(Some),
            };
            let (Some(ordinal), Some(weekday)) = (ordinal, weekday(name)) else {
                return Err(self.invalid("BYDAY", "it is a list of days such as MO,WE or -1SU"));
            };
            let day = ByDay { ordinal, weekday };
            if !days.contains(&day) {
                days.push(day);
            }
        }
        Ok(days)
    }
}

/// As much of `text` as fits in a message.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
