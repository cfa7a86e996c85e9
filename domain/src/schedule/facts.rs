//! The documents as what a check asks for: instants, limits, skills, ways. A cell that does not fit the schema counts as
//! empty.

mod person;
mod places;

pub(super) use person::latest;
pub use person::{Busy, Calendar, Hours, Person, TimeOff};
pub(super) use places::estimate;
pub use places::{Mode, Places, Way};

use super::clock::Clock;
use super::conflict::ShiftRef;
use crate::schema::{self, Field, Table};
use crate::time;
use crate::value::Value;
use crate::view::{DocView, Row};
use crate::zone::{Instant, Resolved, Standing, Zones};
use std::collections::BTreeMap;

/// Minutes of rest, where nobody says how many are due.
pub const REST: i64 = 480;
/// Minutes to spare on a way, where nobody says how many.
pub const MARGIN: i64 = 10;
/// Days that an imported calendar is believed, where nobody says how many.
pub const STALE_AFTER: i64 = 7;
/// Seconds after which a shift is not followed any further. Those that people can plan are much shorter.
const LONGEST: i64 = 366 * 86_400;

/// A shift that takes place.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    pub key: ShiftRef,
    pub start: Instant,
    pub end: Instant,
    /// Where an end comes twice or never, and nobody said which is meant: start, end.
    pub unclear: [Option<Standing>; 2],
    /// `None` where its zone is unknown: then `start` and `end` are those of UTC.
    pub clock: Option<Clock>,
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
    /// `None` for one that does not take place, or that cannot be read. `facts`: the event's, at whose place a shift is
    /// that has none of its own.
    pub fn read(event: &str, id: &str, facts: &Row, row: &Row, zones: &mut ZoneCache) -> Option<Shift> {
        if row.text(Field::Status) == "cancelled" {
            return None;
        }
        let start = time::parse_civil(row.text(Field::Start))?;
        let end = time::parse_civil(row.text(Field::End)).filter(|end| *end > start)?;
        let zone_name = row.text(Field::Zone);
        let clock = zones.clock(zone_name);
        let span = clock.clone().unwrap_or_else(Clock::utc).interval(start, end);
        let fold = row.text(Field::Fold);
        let settle = |resolved: Resolved, is_later: bool| match resolved.standing {
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
        let place = row.cell(Field::Place).text().or_else(|| facts.cell(Field::Place).text());
        let int = |field: Field| int(Table::Assignments, row, field);
        Some(Shift {
            key: ShiftRef { event: event.to_owned(), assignment: id.to_owned() },
            start: from,
            end: to.min(from + LONGEST),
            unclear: [from_unclear, to_unclear],
            clock,
            zone_name: zone_name.to_owned(),
            place: place.map(str::to_owned),
            preparation: int(Field::Preparation).unwrap_or(0),
            tear_down: int(Field::TearDown).unwrap_or(0),
            needed: int(Field::HelpersMin).unwrap_or(1),
            most: int(Field::HelpersMax).unwrap_or(1),
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
        let int = |field: Field| int(Table::Rules, row, field);
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

/// Zones by name, each looked up once.
#[derive(Clone, Debug, Default)]
pub struct ZoneCache {
    zones: Zones,
    found: BTreeMap<String, Option<Clock>>,
}

impl ZoneCache {
    pub fn new(zones: Zones) -> ZoneCache {
        ZoneCache { zones, found: BTreeMap::new() }
    }

    pub fn clock(&mut self, name: &str) -> Option<Clock> {
        if let Some(found) = self.found.get(name) {
            return found.clone();
        }
        let clock = self.zones.zone(name).map(Clock::new);
        self.found.insert(name.to_owned(), clock.clone());
        clock
    }
}

fn truth(row: &Row, field: Field) -> bool {
    row.cell(field) == &Value::Bool(true)
}

/// A number within the bounds that the schema has for it, so that sums of them stay small.
fn int(table: Table, row: &Row, field: Field) -> Option<i64> {
    let value = row.cell(field);
    value.int().filter(|_| schema::check(table, field, value).is_ok())
}
