//! Values of properties: dates, times and durations.

use super::lines::Line;
use crate::calendar::Length;
use crate::calendar::rule::{basic_date, basic_date_time};
use jiff::civil::DateTime;

/// A date or time, in a zone that is yet to be looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    /// Of the line it stands in.
    pub line: u32,
    /// Midnight for a date.
    pub civil: DateTime,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A date without a time.
    Day,
    Utc,
    /// No zone: the reader's.
    Floating,
    Zone(String),
}

impl Moment {
    /// One value of a line.
    pub fn parse(line: &Line, text: &str) -> Option<Moment> {
        let text = text.trim();
        if let Some(date) = basic_date(text) {
            let civil = date.at(0, 0, 0, 0);
            return Some(Moment { line: line.number, civil, place: Place::Day });
        }
        let (text, place) = match (text.strip_suffix(['Z', 'z']), line.param("TZID")) {
            (Some(text), _) => (text, Place::Utc),
            (None, Some(name)) if !name.is_empty() => (text, Place::Zone(name.to_owned())),
            (None, _) => (text, Place::Floating),
        };
        let civil = basic_date_time(text)?;
        Some(Moment { line: line.number, civil, place })
    }
}

/// Longest DURATION, in days.
const DAYS_MAX: i64 = 3_660;

/// A duration such as `P1DT2H` or `P2W` (RFC 5545, 3.3.6); not negative.
pub(super) fn parse_duration(text: &str) -> Option<Length> {
    let text = text.trim().to_ascii_uppercase();
    let mut rest = text.strip_prefix('+').unwrap_or(&text).strip_prefix('P')?;
    let (mut days, mut seconds, mut in_time) = (0i64, 0i64, false);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            (rest, in_time) = (time, true);
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse::<u32>().map(i64::from).ok()?;
        match (rest.as_bytes().get(digits)?, in_time) {
            (b'W', false) => days += number * 7,
            (b'D', false) => days += number,
            (b'H', true) => seconds += number * 3_600,
            (b'M', true) => seconds += number * 60,
            (b'S', true) => seconds += number,
            _ => return None,
        }
        rest = &rest[digits + 1..];
        if days > DAYS_MAX || seconds > DAYS_MAX * 86_400 {
            return None;
        }
    }
    Some(Length::Lasting { days, seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let lasting = |days, seconds| Some(Length::Lasting { days, seconds });
        assert_eq!(parse_duration("P1DT2H30M"), lasting(1, 9_000));
        assert_eq!(parse_duration("+P2W"), lasting(14, 0));
        assert_eq!(parse_duration("pt90s"), lasting(0, 90));
        for bad in ["", "P", "1D", "-PT1H", "PT1D", "P1H", "P99999999999D", "P9999D", "PTéM"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }
}
