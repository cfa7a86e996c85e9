//! The documents as what a check asks for: instants, limits, skills, ways.

use super::conflict::ShiftRef;
use crate::calendar::{Length, Override, Rule, Series};
use crate::schema::{DEGREE, Field, Table, WEEKDAYS};
use crate::time;
use crate::value::Value;
use crate::view::{DocView, Row};
use crate::zone::{Instant, Standing, Zones, interval};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// Minutes of rest, where nobody says how many are due.
pub const REST: i64 = 480;
/// Minutes to spare on a way, where nobody says how many.
pub const MARGIN: i64 = 10;
/// Days that an imported calendar is believed, where nobody says how many.
pub const STALE_AFTER: i64 = 7;

/// A shift that takes place.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    pub key: ShiftRef,
    pub start: Instant,
    pub end: Instant,
    /// Where an end comes twice or never, and nobody said which is meant: start, end.
    pub unclear: [Option<Standing>; 2],
    /// `None` where its zone is unknown: then `start` and `end` are those of UTC.
    pub zone: Option<TimeZone>,
    pub zone_name: String,
    pub place: Option<String>,
    /// Minutes.
    pub preparation: i64,
    pub tear_down: i64,
    pub needed: i64,
    pub most: i64,
    pub skills: Vec<String>,
    pub adults_only: bool,
    pub critical: bool,
    pub tentative: bool,
    pub team: String,
    pub role: String,
}

impl Shift {
    /// `None` for one that does not take place, or that cannot be read.
    pub fn read(event: &str, id: &str, row: &Row, zones: &mut ZoneCache) -> Option<Shift> {
        if row.text(Field::Status) == "cancelled" {
            return None;
        }
        let start = time::parse_civil(row.text(Field::Start))?;
        let end = time::parse_civil(row.text(Field::End)).filter(|end| *end > start)?;
        let zone_name = row.text(Field::Zone);
        let zone = zones.zone(zone_name);
        let span = interval(start, end, zone.as_ref().unwrap_or(&TimeZone::UTC));
        let fold = row.text(Field::Fold);
        let settle = |resolved: crate::zone::Resolved, is_later: bool| match resolved.standing {
            Standing::Once => (resolved.at, None),
            Standing::Twice { later } if is_later => (later, None),
            Standing::Twice { .. } | Standing::Never => (resolved.at, Some(resolved.standing)),
        };
        let (from, from_unclear) = settle(span.start, matches!(fold, "start" | "both"));
        let (mut to, to_unclear) = settle(span.end, matches!(fold, "end" | "both"));
        if to <= from {
            // The later of two starts, with the earlier of two ends.
            to = from + end.duration_since(start).as_secs();
        }
        Some(Shift {
            key: ShiftRef { event: event.to_owned(), assignment: id.to_owned() },
            start: from,
            end: to,
            unclear: [from_unclear, to_unclear],
            zone,
            zone_name: zone_name.to_owned(),
            place: row.cell(Field::Place).text().map(str::to_owned),
            preparation: row.cell(Field::Preparation).int().unwrap_or(0),
            tear_down: row.cell(Field::TearDown).int().unwrap_or(0),
            needed: row.cell(Field::HelpersMin).int().unwrap_or(1),
            most: row.cell(Field::HelpersMax).int().unwrap_or(1),
            skills: row.cell(Field::Skills).words().to_vec(),
            adults_only: truth(row, Field::AdultsOnly),
            critical: truth(row, Field::Critical),
            tentative: truth(row, Field::Tentative),
            team: row.text(Field::Team).to_owned(),
            role: row.text(Field::Role).to_owned(),
        })
    }

    pub fn minutes(&self) -> i64 {
        (self.end - self.start) / 60
    }
}

/// A helper as the roster and their own document have them.
#[derive(Clone, Debug, Default)]
pub struct Helper {
    pub skills: Vec<String>,
    pub is_adult: bool,
    /// Not in the roster, or archived.
    pub is_gone: bool,
    /// `None` where it may not be read here.
    pub person: Option<Person>,
}

impl Helper {
    pub fn read(roster: &DocView, id: &str, person: Option<&DocView>, zones: &mut ZoneCache) -> Helper {
        let Some(row) = roster.row(Table::Helpers, id) else {
            return Helper { is_gone: true, ..Helper::default() };
        };
        Helper {
            skills: row.cell(Field::Skills).words().to_vec(),
            is_adult: truth(row, Field::Adult),
            is_gone: truth(row, Field::Archived),
            person: person.map(|view| Person::read(view, zones)),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Person {
    pub zone: Option<TimeZone>,
    pub travel_mode: Option<Mode>,
    /// Millionths of a degree.
    pub home: Option<(i64, i64)>,
    pub day_max: Option<i64>,
    pub week_max: Option<i64>,
    pub week_target: Option<i64>,
    pub rolling_max: Option<i64>,
    pub rest: Option<i64>,
    pub days_in_row: Option<i64>,
    pub likes: Vec<String>,
    pub avoids: Vec<String>,
    weekdays: [Option<Hours>; 7],
    dates: BTreeMap<Date, Hours>,
    pub time_off: Vec<TimeOff>,
    pub calendars: BTreeMap<String, Calendar>,
    pub busy: Vec<Busy>,
}

/// Working hours of a day, in minutes from its midnight; `None` on a day off. The end may lie on the next day.
pub type Hours = Option<(i64, i64)>;

/// A time off that was not rejected, with those of its instances that lie otherwise.
#[derive(Clone, Debug)]
pub struct TimeOff {
    pub id: String,
    pub series: Series,
    pub zone: TimeZone,
    pub zone_name: String,
    pub is_approved: bool,
    /// Its rule or its zone cannot be read here.
    pub is_unclear: bool,
}

#[derive(Clone, Debug)]
pub struct Calendar {
    /// Milliseconds since 1970.
    pub at: i64,
    pub first: Date,
    pub last: Date,
    pub is_truncated: bool,
}

#[derive(Clone, Debug)]
pub struct Busy {
    pub id: String,
    pub calendar: String,
    pub start: Instant,
    pub end: Instant,
    pub civil: (String, String),
    pub zone_name: String,
    pub kind: String,
    /// The shift of this plan that it mirrors.
    pub mirrors: Option<ShiftRef>,
}

impl Person {
    pub fn read(view: &DocView, zones: &mut ZoneCache) -> Person {
        let none = Row::default();
        let row = view.single(Table::Limits).map_or(&none, |row| row.as_ref());
        let int = |field: Field| row.cell(field).int();
        let hours = |row: &Row| -> Option<Hours> {
            if truth(row, Field::Off) {
                return Some(None);
            }
            let from = i64::from(time::parse_clock(row.text(Field::From))?);
            let to = i64::from(time::parse_clock(row.text(Field::To))?);
            Some(Some((from, if to <= from { to + 1440 } else { to })))
        };
        let rows = view.rows(Table::Hours);
        let dates = rows.iter().filter_map(|(day, row)| Some((time::parse_date(day)?, hours(row)?)));
        Person {
            zone: row.cell(Field::Zone).text().and_then(|name| zones.zone(name)),
            travel_mode: row.cell(Field::TravelMode).text().and_then(Mode::parse),
            home: int(Field::Latitude).zip(int(Field::Longitude)),
            day_max: int(Field::DayMax),
            week_max: int(Field::WeekMax),
            week_target: int(Field::WeekTarget),
            rolling_max: int(Field::RollingMax),
            rest: int(Field::Rest),
            days_in_row: int(Field::DaysInRow),
            likes: row.cell(Field::Likes).words().to_vec(),
            avoids: row.cell(Field::Avoids).words().to_vec(),
            weekdays: WEEKDAYS.map(|day| rows.get(day).and_then(|row| hours(row))),
            dates: dates.collect(),
            time_off: time_off(view, zones),
            calendars: calendars(view),
            busy: busy(view, zones),
        }
    }

    /// The working hours of a date; `None` where nobody was asked about it.
    pub fn hours(&self, date: Date) -> Option<Hours> {
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        self.dates.get(&date).copied().or_else(|| self.weekdays.get(weekday).copied().flatten())
    }

    pub fn has_hours(&self) -> bool {
        !self.dates.is_empty() || self.weekdays.iter().any(Option::is_some)
    }
}

fn time_off(view: &DocView, zones: &mut ZoneCache) -> Vec<TimeOff> {
    let rows = view.rows(Table::TimeOff);
    let of_series = |row: &Row| rows.get(row.text(Field::Series));
    let mut all = Vec::new();
    for (id, row) in rows {
        if row.text(Field::Status) == "rejected" || of_series(row).is_some() {
            continue;
        }
        let Some((first, end)) = span(row) else { continue };
        let repeat = row.cell(Field::Repeat).text();
        let rule = repeat.and_then(|text| Rule::parse(text).ok());
        let zone_name = row.text(Field::Zone);
        let zone = zones.zone(zone_name);
        let moved = rows.values().filter(|part| part.text(Field::Series) == id);
        all.push(TimeOff {
            id: id.clone(),
            is_approved: row.text(Field::Status) == "approved",
            is_unclear: zone.is_none() || repeat.is_some() && rule.is_none(),
            zone: zone.unwrap_or(TimeZone::UTC),
            zone_name: zone_name.to_owned(),
            series: Series {
                first,
                length: Length::Until(end),
                rule,
                extra: BTreeSet::new(),
                except: row.cell(Field::Except).words().iter().filter_map(|t| time::parse_civil(t)).collect(),
                overrides: moved.filter_map(|part| moved_instance(part)).collect(),
            },
        });
    }
    all
}

/// An instance that lies otherwise; a rejected one is not taken off at all.
fn moved_instance(row: &Row) -> Option<(DateTime, Override)> {
    let original = time::parse_civil(row.text(Field::Instance))?;
    let (start, end) = span(row)?;
    let is_rejected = row.text(Field::Status) == "rejected";
    Some((original, if is_rejected { Override::Cancelled } else { Override::Moved { start, end } }))
}

fn span(row: &Row) -> Option<(DateTime, DateTime)> {
    let start = time::parse_civil(row.text(Field::Start))?;
    time::parse_civil(row.text(Field::End)).filter(|end| *end > start).map(|end| (start, end))
}

fn calendars(view: &DocView) -> BTreeMap<String, Calendar> {
    let calendar = |row: &Row| {
        Some(Calendar {
            at: row.cell(Field::At).int()?,
            first: time::parse_date(row.text(Field::FirstDay))?,
            last: time::parse_date(row.text(Field::LastDay))?,
            is_truncated: truth(row, Field::Truncated),
        })
    };
    view.rows(Table::Calendars).iter().filter_map(|(id, row)| Some((id.clone(), calendar(row)?))).collect()
}

/// By start.
fn busy(view: &DocView, zones: &mut ZoneCache) -> Vec<Busy> {
    let mut all: Vec<Busy> = Vec::new();
    for (id, row) in view.rows(Table::Busy) {
        let (start, end) = (row.text(Field::Start), row.text(Field::End));
        let (Some(from), Some(to)) = (time::parse_civil(start), time::parse_civil(end)) else { continue };
        let zone = zones.zone(row.text(Field::Zone)).unwrap_or(TimeZone::UTC);
        let span = interval(from, to, &zone);
        let mirrored = row.cell(Field::Event).text().zip(row.cell(Field::Assignment).text());
        all.push(Busy {
            id: id.clone(),
            calendar: row.text(Field::Calendar).to_owned(),
            start: span.start.at,
            // Of two ends the later: busy for longer rather than free too soon.
            end: match span.end.standing {
                Standing::Twice { later } => later,
                Standing::Once | Standing::Never => span.end.at,
            },
            civil: (start.to_owned(), end.to_owned()),
            zone_name: row.text(Field::Zone).to_owned(),
            kind: row.text(Field::Kind).to_owned(),
            mirrors: mirrored
                .map(|(event, id)| ShiftRef { event: event.to_owned(), assignment: id.to_owned() }),
        });
    }
    all.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    all
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Walk,
    Bicycle,
    Transit,
    Car,
}

impl Mode {
    fn parse(name: &str) -> Option<Mode> {
        match name {
            "walk" => Some(Mode::Walk),
            "bicycle" => Some(Mode::Bicycle),
            "transit" => Some(Mode::Transit),
            "car" => Some(Mode::Car),
            _ => None,
        }
    }
}

/// What counts for everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub rest: i64,
    pub rest_legal: Option<i64>,
    pub day_legal: Option<i64>,
    pub week_legal: Option<i64>,
    pub rolling_legal: Option<i64>,
    pub days_in_row: Option<i64>,
    pub margin: i64,
    pub stale_after: i64,
}

impl Rules {
    pub fn read(roster: &DocView) -> Rules {
        let none = Row::default();
        let row = roster.single(Table::Rules).map_or(&none, |row| row.as_ref());
        let int = |field: Field| row.cell(field).int();
        Rules {
            rest: int(Field::Rest).unwrap_or(REST),
            rest_legal: int(Field::RestLegal),
            day_legal: int(Field::DayLegal),
            week_legal: int(Field::WeekLegal),
            rolling_legal: int(Field::RollingLegal),
            days_in_row: int(Field::DaysInRow),
            margin: int(Field::Margin).unwrap_or(MARGIN),
            stale_after: int(Field::StaleAfter).unwrap_or(STALE_AFTER),
        }
    }
}

/// Where places are, and how long the ways between them are said to be.
#[derive(Clone, Debug, Default)]
pub struct Places {
    places: BTreeMap<String, Place>,
    minutes: BTreeMap<String, BTreeMap<String, i64>>,
}

#[derive(Clone, Debug)]
struct Place {
    /// Radians.
    location: Option<(f64, f64)>,
    venue: Option<String>,
}

/// Minutes from one place to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// At the very least, and as expected. `is_known`: somebody said so, or how this helper travels.
    Takes { shortest: i64, expected: i64, is_known: bool },
    /// One of the shifts has no place.
    Nowhere,
    /// Nobody knows where the places are: the first of which that is so.
    Unknown { is_second: bool },
}

/// Ways are longer than the straight line by this factor (a usual value of the "detour index" of roads).
const DETOUR: f64 = 1.3;
/// Up to this many metres one walks, where nobody says how a helper travels.
const WALKED: f64 = 1000.0;
const EARTH: f64 = 6_371_008.8;

impl Places {
    pub fn read(roster: &DocView) -> Places {
        let mut places = Places::default();
        for (id, row) in roster.rows(Table::Places) {
            let degrees =
                |field: Field| row.cell(field).int().map(|i| (i as f64 / DEGREE as f64).to_radians());
            places.places.insert(
                id.clone(),
                Place {
                    location: degrees(Field::Latitude).zip(degrees(Field::Longitude)),
                    venue: row.cell(Field::Venue).text().map(str::to_owned),
                },
            );
        }
        for row in roster.rows(Table::Travel).values() {
            if let Some(minutes) = row.cell(Field::Minutes).int() {
                let to = places.minutes.entry(row.text(Field::From).to_owned()).or_default();
                to.insert(row.text(Field::To).to_owned(), minutes);
            }
        }
        places
    }

    pub fn way(&self, from: Option<&str>, to: Option<&str>, mode: Option<Mode>) -> Way {
        let (Some(from), Some(to)) = (from, to) else { return Way::Nowhere };
        let none = Way::Takes { shortest: 0, expected: 0, is_known: true };
        if from == to {
            return none;
        }
        let said = |a: &str, b: &str| self.minutes.get(a).and_then(|to| to.get(b)).copied();
        if let Some(minutes) = said(from, to).or_else(|| said(to, from)) {
            return Way::Takes { shortest: minutes, expected: minutes, is_known: true };
        }
        let (a, b) = (self.places.get(from), self.places.get(to));
        let venue = |place: Option<&Place>| place.and_then(|p| p.venue.clone());
        if venue(a).is_some() && venue(a) == venue(b) {
            return none;
        }
        let location = |place: Option<&Place>| place.and_then(|p| p.location);
        match (location(a), location(b)) {
            (Some(a), Some(b)) => estimate(metres(a, b), mode),
            (None, _) => Way::Unknown { is_second: false },
            (_, None) => Way::Unknown { is_second: true },
        }
    }

    /// Metres from a home, in millionths of a degree, to a place.
    pub fn metres_from(&self, home: (i64, i64), place: &str) -> Option<f64> {
        let degrees = |i: i64| (i as f64 / DEGREE as f64).to_radians();
        let to = self.places.get(place)?.location?;
        Some(metres((degrees(home.0), degrees(home.1)), to))
    }
}

/// Along a great circle, by the haversine formula.
fn metres((lat_a, lon_a): (f64, f64), (lat_b, lon_b): (f64, f64)) -> f64 {
    let half = |x: f64| (x / 2.0).sin().powi(2);
    let h = half(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * half(lon_b - lon_a);
    2.0 * EARTH * h.sqrt().min(1.0).asin()
}

/// Whole minutes, rounded up, from usual speeds in towns.
pub(super) fn estimate(metres: f64, mode: Option<Mode>) -> Way {
    let assumed = if metres <= WALKED { Mode::Walk } else { Mode::Car };
    // Kilometres an hour at best and usually, and minutes to park or to wait.
    let (best, usual, extra) = match mode.unwrap_or(assumed) {
        Mode::Walk => (6.0, 4.5, 0.0),
        Mode::Bicycle => (25.0, 14.0, 1.0),
        Mode::Transit => (60.0, 20.0, 5.0),
        Mode::Car => (100.0, 40.0, 5.0),
    };
    let minutes = |metres: f64, speed: f64| metres / 1000.0 / speed * 60.0;
    Way::Takes {
        shortest: minutes(metres, best).ceil() as i64,
        expected: (minutes(metres * DETOUR, usual) + extra).ceil() as i64,
        is_known: mode.is_some() || metres <= WALKED,
    }
}

/// Zones by name, each looked up once.
#[derive(Clone, Debug, Default)]
pub struct ZoneCache {
    zones: Zones,
    found: BTreeMap<String, Option<TimeZone>>,
}

impl ZoneCache {
    pub fn new(zones: Zones) -> ZoneCache {
        ZoneCache { zones, found: BTreeMap::new() }
    }

    pub fn zone(&mut self, name: &str) -> Option<TimeZone> {
        if let Some(found) = self.found.get(name) {
            return found.clone();
        }
        let zone = self.zones.zone(name);
        self.found.insert(name.to_owned(), zone.clone());
        zone
    }
}

/// A civil time of an instant, in a zone.
pub fn civil(at: Instant, zone: &TimeZone) -> DateTime {
    let timestamp = jiff::Timestamp::from_second(at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    zone.to_datetime(timestamp)
}

fn truth(row: &Row, field: Field) -> bool {
    row.cell(field) == &Value::Bool(true)
}
