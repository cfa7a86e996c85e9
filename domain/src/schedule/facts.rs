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
use crate::ordered::OrdMap;
use crate::schema::{self, Field, Table};
use crate::time;
use crate::value::Value;
use crate::view::{DocView, Row};
use crate::zone::{Instant, Resolved, Standing, Zones};
use std::sync::Arc;

/// Minutes of rest, where nobody says how many are due.
pub const REST: i64 = 480;
/// Minutes to spare on a way, where nobody says how many.
pub const MARGIN: i64 = 10;
/// Days that an imported calendar is believed, where nobody says how many.
pub const STALE_AFTER: i64 = 7;
/// Seconds after which a shift is not followed any further. Those that people can plan are much shorter.
const LONGEST: i64 = 366 * 86_400;

/// A shift that takes place. Its texts stay in its row: a season has many shifts.
#[derive(Clone, Debug)]
pub struct Shift {
    pub key: ShiftRef,
    pub start: Instant,
    pub end: Instant,
    /// Where an end comes twice or never, and nobody said which is meant: start, end.
    pub unclear: [Option<Standing>; 2],
    /// `None` where its zone is unknown: then `start` and `end` are those of UTC.
    pub clock: Option<Clock>,
    /// Minutes.
    pub preparation: i64,
    pub tear_down: i64,
    pub needed: i64,
    pub most: i64,
    pub adults_only: bool,
    pub critical: bool,
    pub tentative: bool,
    row: Arc<Row>,
    /// The event's facts.
    facts: Arc<Row>,
}

/// What a check looks at: a row has other cells too.
impl PartialEq for Shift {
    fn eq(&self, other: &Shift) -> bool {
        let times = |s: &Shift| (s.start, s.end, s.unclear, s.preparation, s.tear_down);
        let needs = |s: &Shift| (s.needed, s.most, s.adults_only, s.critical, s.tentative);
        self.key == other.key
            && times(self) == times(other)
            && needs(self) == needs(other)
            && [self.zone_name(), self.team(), self.role()] == [other.zone_name(), other.team(), other.role()]
            && self.skills() == other.skills()
            && self.place() == other.place()
            && self.clock == other.clock
    }
}

impl Shift {
    /// `None` for one that does not take place, or that cannot be read. `facts`: the event's, at whose place a shift is
    /// that has none of its own.
    pub fn read(
        event: &Arc<str>,
        id: &str,
        facts: &Arc<Row>,
        row: &Arc<Row>,
        zones: &mut ZoneCache,
    ) -> Option<Shift> {
        if row.text(Field::Status) == "cancelled" {
            return None;
        }
        let start = time::parse_civil(row.text(Field::Start))?;
        let end = time::parse_civil(row.text(Field::End)).filter(|end| *end > start)?;
        let clock = zones.clock(row.text(Field::Zone));
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
        let int = |field: Field| int(Table::Assignments, row, field);
        Some(Shift {
            key: ShiftRef { event: event.clone(), assignment: id.into() },
            start: from,
            end: to.min(from + LONGEST),
            unclear: [from_unclear, to_unclear],
            clock,
            preparation: int(Field::Preparation).unwrap_or(0),
            tear_down: int(Field::TearDown).unwrap_or(0),
            needed: int(Field::HelpersMin).unwrap_or(1),
            most: int(Field::HelpersMax).unwrap_or(1),
            adults_only: truth(row, Field::AdultsOnly),
            critical: truth(row, Field::Critical),
            tentative: truth(row, Field::Tentative),
            row: row.clone(),
            facts: facts.clone(),
        })
    }

    /// The same shift, if anybody could be on it.
    pub fn for_anybody(&self) -> Shift {
        let mut row = self.row.as_ref().clone();
        for field in [Field::Skills, Field::Team, Field::Role] {
            row.set(field, Value::Null);
        }
        Shift { row: Arc::new(row), adults_only: false, ..self.clone() }
    }

    pub fn zone_name(&self) -> &str {
        self.row.text(Field::Zone)
    }

    /// Its own place, or that of its event.
    pub fn place(&self) -> Option<&str> {
        self.row.cell(Field::Place).text().or_else(|| self.facts.cell(Field::Place).text())
    }

    pub fn skills(&self) -> &[String] {
        self.row.cell(Field::Skills).words()
    }

    pub fn team(&self) -> &str {
        self.row.text(Field::Team)
    }

    pub fn role(&self) -> &str {
        self.row.text(Field::Role)
    }

    /// Its role, or else its team, if these words have it.
    pub fn role_or_team_in(&self, words: &[String]) -> Option<&str> {
        [self.role(), self.team()].into_iter().find(|name| words.iter().any(|word| word == name))
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
    found: OrdMap<String, Option<Clock>>,
}

impl ZoneCache {
    pub fn new(zones: Zones) -> ZoneCache {
        ZoneCache { zones, found: OrdMap::new() }
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
