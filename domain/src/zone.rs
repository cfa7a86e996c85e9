//! Time zones, and civil times as instants.
//!
//! The truth is the civil time and the name of its zone; an instant is derived where times of two zones meet, and never
//! stored. The rules come with the code, so that page, worker and hub agree offline: the IANA database
//! (<https://www.iana.org/time-zones>) from 1990 on, which is a quarter of it. Earlier times have the offset of then.

use crate::ordered::OrdMap;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use std::sync::{LazyLock, Mutex, PoisonError};

/// Before this instant, 1990-01-01T00:00Z, no clock change is known.
pub const KEPT_FROM: Instant = 631_152_000;

/// The files of the zones (TZif, RFC 8536), each behind its length, then the names, each with the number of its file.
/// Made by `domain/tests/zones.rs`.
static FILE: &[u8] = include_bytes!("../data/zones.bin");

/// By name. Not the system's zones, which differ from machine to machine.
static ZONES: LazyLock<OrdMap<&str, &[u8]>> = LazyLock::new(|| read(FILE).unwrap_or_default());

/// Those that were asked for, ready to use.
static READ: Mutex<OrdMap<String, TimeZone>> = Mutex::new(OrdMap::new());

fn read(mut rest: &'static [u8]) -> Option<OrdMap<&'static str, &'static [u8]>> {
    let mut take = |bytes: usize| {
        let (taken, after) = rest.split_at_checked(bytes)?;
        rest = after;
        Some(taken)
    };
    let number = |bytes: &[u8]| Some(usize::from(u16::from_be_bytes(bytes.try_into().ok()?)));
    let count = number(take(2)?)?;
    let mut files = Vec::with_capacity(count);
    for _ in 0..count {
        let length = number(take(2)?)?;
        files.push(take(length)?);
    }
    let mut zones = Vec::new();
    while let Some(length) = take(1) {
        let name = std::str::from_utf8(take(length[0].into())?).ok()?;
        zones.push((name, *files.get(number(take(2)?)?)?));
    }
    Some(OrdMap::from(zones))
}

/// The names of all zones, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ZONES.keys().copied()
}

/// Seconds since 1970-01-01T00:00Z.
pub type Instant = i64;

/// Zones by their IANA names.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    /// Other rules than those that come with the code.
    own: OrdMap<String, TimeZone>,
}

/// How a civil time stands to the clock changes of its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Once,
    /// It comes twice: the clock goes back. `later` is its second time.
    Twice {
        later: Instant,
    },
    /// It never comes: the clock goes forward over it.
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Where it comes twice, the first time. Where it never comes, as far after the change as it would have been after
    /// the hour before: 02:30 in a spring gap of an hour is 03:30 (RFC 5545, 3.3.5).
    pub at: Instant,
    pub standing: Standing,
}

/// Start and end of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub start: Resolved,
    pub end: Resolved,
}

impl Zones {
    /// The zone of this exact IANA name, such as `Europe/London`.
    pub fn zone(&self, name: &str) -> Option<TimeZone> {
        if let Some(zone) = self.own.get(name) {
            return Some(zone.clone());
        }
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = read.get(name) {
            return Some(zone.clone());
        }
        let zone = TimeZone::tzif(name, ZONES.get(name)?).ok()?;
        read.insert(name.to_owned(), zone.clone());
        Some(zone)
    }

    /// Uses these rules for a name, instead of those that come with the code.
    pub fn insert(&mut self, name: &str, zone: TimeZone) {
        self.own.insert(name.to_owned(), zone);
    }
}

/// Whether there is a zone of this exact name.
pub fn is_known(name: &str) -> bool {
    ZONES.contains_key(name)
}

pub fn resolve(civil: DateTime, zone: &TimeZone) -> Resolved {
    let seconds = |offset: jiff::tz::Offset| {
        // Out of jiff's years only at their very ends, which the schema's shape lets through.
        let end = if civil.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
        offset.to_timestamp(civil).unwrap_or(end).as_second()
    };
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => Resolved { at: seconds(offset), standing: Standing::Once },
        AmbiguousOffset::Fold { before, after } => {
            Resolved { at: seconds(before), standing: Standing::Twice { later: seconds(after) } }
        }
        AmbiguousOffset::Gap { before, .. } => Resolved { at: seconds(before), standing: Standing::Never },
    }
}

/// What lies between two civil times of a zone. An end that a clock change would put at or before the start keeps its
/// civil distance from it: 02:30 to 03:30 over a spring gap is the hour from 03:30.
pub fn interval(start: DateTime, end: DateTime, zone: &TimeZone) -> Interval {
    let (from, mut to) = (resolve(start, zone), resolve(end, zone));
    if to.at <= from.at && end > start {
        to.at = from.at + end.duration_since(start).as_secs();
    }
    Interval { start: from, end: to }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, civil: &str) -> Resolved {
        resolve(civil.parse().unwrap(), &Zones::default().zone(zone).unwrap())
    }

    fn minutes(zone: &str, start: &str, end: &str) -> i64 {
        let zone = Zones::default().zone(zone).unwrap();
        let span = interval(start.parse().unwrap(), end.parse().unwrap(), &zone);
        (span.end.at - span.start.at) / 60
    }

    fn utc(text: &str) -> Instant {
        text.parse::<jiff::Timestamp>().unwrap().as_second()
    }

    #[test]
    fn a_time_that_does_not_exist_in_berlin_is_an_hour_on() {
        let half_past_two = at("Europe/Berlin", "2026-03-29T02:30");
        assert_eq!(
            half_past_two,
            Resolved { at: utc("2026-03-29T03:30:00+02:00"), standing: Standing::Never }
        );
    }

    #[test]
    fn a_time_that_comes_twice_in_berlin_is_the_first_and_says_so() {
        let half_past_two = at("Europe/Berlin", "2026-10-25T02:30");
        assert_eq!(half_past_two.at, utc("2026-10-25T02:30:00+02:00"));
        assert_eq!(half_past_two.standing, Standing::Twice { later: utc("2026-10-25T02:30:00+01:00") });
    }

    #[test]
    fn a_night_is_seven_hours_in_spring_and_nine_in_autumn() {
        assert_eq!(minutes("Europe/Berlin", "2026-03-28T22:00", "2026-03-29T06:00"), 420);
        assert_eq!(minutes("Europe/Berlin", "2026-10-24T22:00", "2026-10-25T06:00"), 540);
    }

    #[test]
    fn an_hour_over_the_change_is_never_nothing() {
        assert_eq!(minutes("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:30"), 60);
        // From the first 02:30: two hours, and both ends say how they stand.
        assert_eq!(minutes("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T03:30"), 120);
        assert!(matches!(at("Europe/Berlin", "2026-10-25T02:30").standing, Standing::Twice { .. }));
        assert_eq!(at("Europe/Berlin", "2026-10-25T03:30").standing, Standing::Once);
    }

    #[test]
    fn the_day_in_cairo_begins_at_one() {
        let midnight = at("Africa/Cairo", "2026-04-24T00:00");
        assert_eq!(midnight.standing, Standing::Never);
        assert_eq!(midnight.at, at("Africa/Cairo", "2026-04-24T01:00").at);
        assert_eq!(minutes("Africa/Cairo", "2026-04-24T00:00", "2026-04-25T00:00"), 23 * 60);
    }

    #[test]
    fn a_day_on_lord_howe_has_1410_minutes() {
        assert_eq!(minutes("Australia/Lord_Howe", "2026-10-04T00:00", "2026-10-05T00:00"), 1410);
    }

    #[test]
    fn offsets_of_half_and_quarter_hours() {
        assert_eq!(at("Asia/Kolkata", "2026-07-15T12:00").at, utc("2026-07-15T06:30:00Z"));
        assert_eq!(at("Asia/Kathmandu", "2026-07-15T12:00").at, utc("2026-07-15T06:15:00Z"));
    }

    #[test]
    fn apia_had_no_30th_of_december_2011() {
        assert_eq!(at("Pacific/Apia", "2011-12-30T12:00").standing, Standing::Never);
        assert_eq!(minutes("Pacific/Apia", "2011-12-29T00:00", "2011-12-31T00:00"), 1440);
    }

    #[test]
    fn names_are_known_in_one_spelling_only() {
        assert!(is_known("Europe/London") && is_known("America/Argentina/Salta") && is_known("UTC"));
        for name in ["europe/london", "Europe/Atlantis", "Romance Standard Time", "", "CEST", "../etc/passwd"]
        {
            assert!(!is_known(name), "{name}");
        }
    }

    /// A device whose zone data is older than the hub's.
    #[test]
    fn with_other_rules_the_civil_time_stays_and_the_instant_differs() {
        let mut older = Zones::default();
        older.insert("Africa/Cairo", TimeZone::posix("EET-2").unwrap());
        let noon: DateTime = "2026-07-15T12:00".parse().unwrap();
        let here = resolve(noon, &older.zone("Africa/Cairo").unwrap());
        assert_eq!(here.at, utc("2026-07-15T10:00:00Z"));
        assert_eq!(at("Africa/Cairo", "2026-07-15T12:00").at, utc("2026-07-15T09:00:00Z"));
    }
}
