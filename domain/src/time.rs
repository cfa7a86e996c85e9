//! Civil time: what the clock on the wall says, in a named zone. Instants are derived from it, never stored.

use jiff::civil::{Date, DateTime};

/// A civil date-time as `2026-07-15T07:30` (ISO 8601, to the minute).
pub fn parse_civil(s: &str) -> Option<DateTime> {
    if !is_shaped(s, "0000-00-00T00:00") {
        return None;
    }
    let year = s[..4].parse::<i16>().ok()?;
    let small = |at: usize| s[at..at + 2].parse::<i8>().ok();
    DateTime::new(year, small(5)?, small(8)?, small(11)?, small(14)?, 0, 0).ok()
}

/// A civil date as `2026-07-15`.
pub fn parse_date(s: &str) -> Option<Date> {
    if !is_shaped(s, "0000-00-00") {
        return None;
    }
    let small = |at: usize| s[at..at + 2].parse::<i8>().ok();
    Date::new(s[..4].parse::<i16>().ok()?, small(5)?, small(8)?).ok()
}

/// `2026-07-15T07:30`
pub fn written(at: DateTime) -> String {
    let date = at.date();
    format!("{:04}-{:02}-{:02}T{}", date.year(), date.month(), date.day(), clock(at))
}

/// `14:00`
pub fn clock(at: DateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `Sat`
pub fn weekday(date: Date) -> &'static str {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    NAMES[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs()) % 7]
}

/// `Sat 18 Jul`
pub fn day(date: Date) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS[usize::from(date.month().unsigned_abs()).saturating_sub(1) % 12];
    format!("{} {} {month}", weekday(date), date.day())
}

/// `Sat 18 Jul 14:00`
pub fn day_clock(at: DateTime) -> String {
    format!("{} {}", day(at.date()), clock(at))
}

/// Whether `s` has digits where `shape` has `0`, and else the same characters. jiff alone would also take
/// `2026-07-15T07+01`; with one spelling, civil times order as text.
fn is_shaped(s: &str, shape: &str) -> bool {
    s.len() == shape.len()
        && s.bytes().zip(shape.bytes()).all(|(b, p)| if p == b'0' { b.is_ascii_digit() } else { b == p })
}

/// A time of day as `07:30`, in minutes after midnight; `24:00` is the end of the day.
pub fn parse_clock(s: &str) -> Option<u16> {
    let (h, m) = s.split_once(':')?;
    if h.len() != 2 || m.len() != 2 || !s.bytes().all(|b| b.is_ascii_digit() || b == b':') {
        return None;
    }
    let (h, m) = (h.parse::<u16>().ok()?, m.parse::<u16>().ok()?);
    let ok = m < 60 && (h < 24 || (h == 24 && m == 0));
    ok.then_some(h * 60 + m)
}

/// Whether this has the shape of an IANA time zone name, such as `Europe/London` or `UTC`.
pub fn is_zone_name(s: &str) -> bool {
    let part_ok = |part: &str| {
        part.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
    };
    let parts: Vec<&str> = s.split('/').collect();
    let known_short = matches!(s, "UTC" | "GMT");
    s.len() <= 64 && (known_short || (parts.len() >= 2 && parts.len() <= 3)) && parts.into_iter().all(part_ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every day of five years: as jiff writes them.
    #[test]
    fn times_are_written_as_people_read_them() {
        let start = parse_civil("2023-12-31T09:05").unwrap();
        for days in 0..1826 {
            let at = start.saturating_add(jiff::Span::new().days(days).minutes(7 * days));
            let jiff = |format: &str| at.strftime(format).to_string();
            assert_eq!(written(at), jiff("%Y-%m-%dT%H:%M"));
            assert_eq!((clock(at), day(at.date())), (jiff("%H:%M"), jiff("%a %-d %b")));
            assert_eq!(day_clock(at), jiff("%a %-d %b %H:%M"));
            assert_eq!(parse_civil(&written(at)), Some(at));
            assert_eq!(parse_date(&jiff("%Y-%m-%d")), Some(at.date()));
        }
    }

    #[test]
    fn civil_times_are_exact_in_shape_and_calendar() {
        assert!(parse_civil("2026-07-15T07:30").is_some());
        assert!(parse_civil("2024-02-29T00:00").is_some());
        for bad in [
            "2026-02-29T00:00",
            "2026-07-15 07:30",
            "2026-07-15T24:00",
            "2026-07-15T07:30:00",
            "",
            "2026-7-15T07:300",
            "2026-07-15T07+01",
        ] {
            assert!(parse_civil(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn clocks_and_zones() {
        assert_eq!(parse_clock("24:00"), Some(1440));
        assert_eq!(parse_clock("7:30"), None);
        assert_eq!(parse_clock("23:60"), None);
        assert!(
            is_zone_name("Europe/London") && is_zone_name("UTC") && is_zone_name("America/Argentina/Salta")
        );
        assert!(
            !is_zone_name("Romance Standard Time")
                && !is_zone_name("")
                && !is_zone_name("BST")
                && !is_zone_name("/x")
        );
    }
}
