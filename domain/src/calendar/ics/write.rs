//! A helper's shifts as a calendar file (RFC 5545), for calendars that subscribe to it or import it.

use super::Own;
use crate::ids::Id;
use crate::ordered::OrdMap;
use crate::zone::Zones;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// A shift of the helper whose calendar is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnShift {
    pub event: Id,
    pub assignment: Id,
    pub title: String,
    /// Civil times in `zone`.
    pub start: DateTime,
    pub end: DateTime,
    /// An IANA name.
    pub zone: String,
    pub place_name: Option<String>,
    pub note: Option<String>,
}

/// A file with these shifts, `stamp` being when it is written. A zone that `zones` does not have is named all the same:
/// who reads the file may know it.
pub fn write(shifts: &[OwnShift], stamp: Timestamp, zones: &Zones) -> String {
    let mut out = Writer(String::new());
    out.line("BEGIN:VCALENDAR");
    out.line("VERSION:2.0");
    out.line("PRODID:-//WedSync//WedSync core//EN");
    out.line("CALSCALE:GREGORIAN");
    out.line("METHOD:PUBLISH");
    let mut years = OrdMap::<&str, (i16, i16)>::new();
    for shift in shifts {
        let (first, last) = (shift.start.year(), shift.end.year());
        let range = years.entry(&shift.zone).or_insert((first, last));
        *range = (range.0.min(first), range.1.max(last));
    }
    for (name, years) in years {
        if let Some(zone) = zones.zone(name) {
            out.zone(name, &zone, years);
        }
    }
    for shift in shifts {
        out.shift(shift, stamp);
    }
    out.line("END:VCALENDAR");
    out.0
}

/// Octets of a line, without its end.
const LINE_MAX: usize = 75;

struct Writer(String);

impl Writer {
    /// Adds a line, folded between characters.
    fn line(&mut self, text: &str) {
        let mut length = 0;
        for c in text.chars() {
            if length + c.len_utf8() > LINE_MAX {
                self.0.push_str("\r\n ");
                length = 1;
            }
            self.0.push(c);
            length += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    fn text(&mut self, name: &str, value: &str) {
        let mut escaped = String::new();
        for c in value.replace("\r\n", "\n").chars() {
            match c {
                '\\' | ';' | ',' => escaped.extend(['\\', c]),
                '\n' => escaped.push_str("\\n"),
                c if c.is_control() => escaped.push(' '),
                c => escaped.push(c),
            }
        }
        self.line(&format!("{name}:{escaped}"));
    }

    fn shift(&mut self, shift: &OwnShift, stamp: Timestamp) {
        self.line("BEGIN:VEVENT");
        self.line(&format!("UID:{}", Own::uid(&shift.event, &shift.assignment)));
        self.line(&format!("DTSTAMP:{}Z", basic(TimeZone::UTC.to_datetime(stamp))));
        if shift.zone == "UTC" {
            self.line(&format!("DTSTART:{}Z", basic(shift.start)));
            self.line(&format!("DTEND:{}Z", basic(shift.end)));
        } else {
            self.line(&format!("DTSTART;TZID={}:{}", shift.zone, basic(shift.start)));
            self.line(&format!("DTEND;TZID={}:{}", shift.zone, basic(shift.end)));
        }
        self.text("SUMMARY", &shift.title);
        if let Some(place) = &shift.place_name {
            self.text("LOCATION", place);
        }
        if let Some(note) = &shift.note {
            self.text("DESCRIPTION", note);
        }
        self.line("END:VEVENT");
    }

    /// The clock changes of a zone from a year before the first of these years: as a yearly rule where they follow one,
    /// which is all that Outlook reads, else each by itself.
    fn zone(&mut self, name: &str, zone: &TimeZone, years: (i16, i16)) {
        if name == "UTC" {
            return;
        }
        let changes = changes(zone, years);
        self.line("BEGIN:VTIMEZONE");
        self.line(&format!("TZID:{name}"));
        let (daylight, standard): (Vec<&Change>, Vec<&Change>) =
            changes.iter().partition(|change| change.daylight);
        match (yearly(&daylight, years), yearly(&standard, years)) {
            (Some(to_daylight), Some(to_standard)) => {
                self.observance(daylight[0], Some(&to_daylight));
                self.observance(standard[0], Some(&to_standard));
            }
            _ => {
                self.observance(&Change::none(zone, years), None);
                changes.iter().for_each(|change| self.observance(change, None));
            }
        }
        self.line("END:VTIMEZONE");
    }

    fn observance(&mut self, change: &Change, rule: Option<&str>) {
        let kind = if change.daylight { "DAYLIGHT" } else { "STANDARD" };
        self.line(&format!("BEGIN:{kind}"));
        self.line(&format!("DTSTART:{}", basic(change.onset)));
        self.line(&format!("TZOFFSETFROM:{}", offset(change.from)));
        self.line(&format!("TZOFFSETTO:{}", offset(change.to)));
        self.line(&format!("TZNAME:{}", change.name));
        if let Some(rule) = rule {
            self.line(&format!("RRULE:{rule}"));
        }
        self.line(&format!("END:{kind}"));
    }
}

/// A clock change.
struct Change {
    /// On the wall clock that is in use until then.
    onset: DateTime,
    from: Offset,
    to: Offset,
    daylight: bool,
    name: String,
}

impl Change {
    /// What is in use when the years begin.
    fn none(zone: &TimeZone, years: (i16, i16)) -> Change {
        let start = start_of(zone, years.0);
        let info = zone.to_offset_info(start);
        Change {
            onset: zone.to_datetime(start),
            from: info.offset(),
            to: info.offset(),
            daylight: info.dst().is_dst(),
            name: info.abbreviation().to_owned(),
        }
    }
}

/// The start of the year before.
fn start_of(zone: &TimeZone, year: i16) -> Timestamp {
    let day = Date::new(year - 1, 1, 1).unwrap_or(Date::MIN);
    zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible().unwrap_or(Timestamp::MIN)
}

fn changes(zone: &TimeZone, years: (i16, i16)) -> Vec<Change> {
    let second = SignedDuration::from_secs(1);
    let after =
        |change: &jiff::tz::TimeZoneTransition| zone.to_datetime(change.timestamp()).year() <= years.1 + 1;
    let changes = zone.following(start_of(zone, years.0)).take_while(after).filter_map(|change| {
        let from = zone.to_offset(change.timestamp().checked_sub(second).ok()?);
        Some(Change {
            onset: from.to_datetime(change.timestamp()),
            from,
            to: change.offset(),
            daylight: change.dst().is_dst(),
            name: change.abbreviation().to_owned(),
        })
    });
    changes.collect()
}

/// The rule of changes that come on the same weekday of the same month every year, at the same time.
fn yearly(changes: &[&Change], years: (i16, i16)) -> Option<String> {
    let first = changes.first()?;
    let every_year = (years.0 - 1..=years.1 + 1).eq(changes.iter().map(|change| change.onset.year()));
    let alike = |change: &&Change| {
        (change.onset.month(), change.onset.weekday(), change.onset.time(), change.from, change.to)
            == (first.onset.month(), first.onset.weekday(), first.onset.time(), first.from, first.to)
    };
    if !every_year || !changes.iter().all(alike) {
        return None;
    }
    let day =
        ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][first.onset.weekday().to_monday_zero_offset() as usize];
    let last = |change: &&Change| change.onset.day() + 7 > change.onset.date().days_in_month();
    let nth = |change: &Change| (change.onset.day() - 1) / 7 + 1;
    let ordinal = if changes.iter().all(last) { -1 } else { nth(first) };
    let holds = ordinal == -1 || changes.iter().all(|change| nth(change) == ordinal);
    holds.then(|| format!("FREQ=YEARLY;BYMONTH={};BYDAY={ordinal}{day}", first.onset.month()))
}

/// `20260715T073000`
fn basic(civil: DateTime) -> String {
    civil.to_string().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect()
}

/// `+0100`, with seconds where there are any.
fn offset(offset: Offset) -> String {
    let (sign, seconds) = (if offset.seconds() < 0 { '-' } else { '+' }, offset.seconds().abs());
    let text = format!("{sign}{:02}{:02}", seconds / 3_600, seconds / 60 % 60);
    if seconds % 60 == 0 { text } else { format!("{text}{:02}", seconds % 60) }
}
