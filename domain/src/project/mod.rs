//! Rows as the plain objects a UI shows.

mod describe;
pub(crate) mod words;

pub(crate) use describe::Names;
pub use describe::describe;

use crate::ordered::OrdMap;
use crate::ordered::sort_by_cached_key;
use crate::schema::{DEGREE, Field, Table};
use crate::value::Value;
use crate::view::{DocView, Row};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EventSummary {
    pub id: String,
    pub title: String,
    /// Dates like `2026-07-15`; both days belong to the event.
    pub first_day: String,
    pub last_day: String,
    /// The IANA zone of its times.
    pub zone: String,
    /// The id of a place.
    pub place: Option<String>,
    pub note: String,
    pub archived: bool,
    /// Shifts that are not cancelled.
    pub shifts: u32,
    /// Helpers that these still need, to have their least number.
    pub open_places: u32,
    /// Places of these that are taken.
    pub taken: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Assignment {
    pub id: String,
    pub title: String,
    pub team: String,
    pub role: String,
    /// The id of a place.
    pub place: Option<String>,
    /// Civil times like `2026-07-15T07:30`, in `zone`.
    pub start: String,
    pub end: String,
    pub zone: String,
    pub helpers_min: u32,
    pub helpers_max: u32,
    /// Minutes before the start and after the end.
    pub preparation: u32,
    pub tear_down: u32,
    /// Skills that a helper needs.
    pub skills: Vec<String>,
    pub adults_only: bool,
    /// Too few helpers are no small matter.
    pub critical: bool,
    /// It may not take place.
    pub tentative: bool,
    /// Which of its ends is meant the second time, where the clock goes back.
    #[cfg_attr(feature = "ts", ts(type = "\"start\" | \"end\" | \"both\" | null"))]
    pub fold: Option<String>,
    pub note: String,
    #[cfg_attr(feature = "ts", ts(type = "\"open\" | \"cancelled\""))]
    pub status: String,
    /// Who is on it, and who declined.
    pub assigned: Vec<Assigned>,
    /// Places that are taken: all of `assigned` but who declined.
    pub taken: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Assigned {
    pub helper: String,
    #[cfg_attr(
        feature = "ts",
        ts(type = "\"assigned\" | \"accepted\" | \"declined\" | \"checked_in\" | \"completed\"")
    )]
    pub status: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Helper {
    pub id: String,
    pub name: String,
    pub skills: Vec<String>,
    /// False also where nobody said so.
    pub adult: bool,
    pub archived: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Place {
    pub id: String,
    pub name: String,
    /// Degrees (WGS 84).
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    /// Places with the same one are in one house: nobody travels between them.
    pub venue: String,
    pub archived: bool,
}

/// What counts for everybody, in minutes and days; null where nobody said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RuleSet {
    pub rest: Option<u32>,
    pub rest_legal: Option<u32>,
    pub day_legal: Option<u32>,
    pub week_legal: Option<u32>,
    pub rolling_legal: Option<u32>,
    pub days_in_row: Option<u32>,
    pub margin: Option<u32>,
    pub stale_after: Option<u32>,
}

/// How long one needs from a place to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Journey {
    pub from: String,
    pub to: String,
    pub minutes: u32,
}

/// What only the person and those who plan may know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Person {
    pub helper: String,
    pub email: String,
    pub phone: String,
    pub note: String,
    pub hours: Vec<WorkingHours>,
    pub time_off: Vec<TimeOff>,
    pub limits: Limits,
    pub calendars: Vec<CalendarInfo>,
}

/// How a helper may be planned: minutes and days, null where nobody said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Limits {
    /// The zone of their working hours and days.
    pub zone: Option<String>,
    /// Home, in degrees (WGS 84).
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    #[cfg_attr(feature = "ts", ts(type = "\"walk\" | \"bicycle\" | \"transit\" | \"car\" | null"))]
    pub travel_mode: Option<String>,
    pub day_max: Option<u32>,
    pub week_max: Option<u32>,
    pub week_target: Option<u32>,
    /// In seven days on end.
    pub rolling_max: Option<u32>,
    pub rest: Option<u32>,
    pub days_in_row: Option<u32>,
    /// Teams and roles.
    pub likes: Vec<String>,
    pub avoids: Vec<String>,
}

/// A calendar whose busy times were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CalendarInfo {
    pub id: String,
    pub name: String,
    /// When it was read, in milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub at: i64,
    /// What of it was read; both days belong to it.
    pub first_day: String,
    pub last_day: String,
    /// It had more than could be taken.
    pub truncated: bool,
    pub busy: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct WorkingHours {
    /// A weekday (`mo` to `su`), or one date.
    pub day: String,
    /// Empty on a day off. `to` before `from` is on the next day.
    pub from: String,
    pub to: String,
    pub off: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TimeOff {
    pub id: String,
    pub start: String,
    pub end: String,
    pub zone: String,
    pub reason: String,
    /// An RFC 5545 recurrence rule.
    pub repeat: String,
    /// Starts that the rule gives and that are none.
    pub except: Vec<String>,
    /// Of which time off this is an instance that lies otherwise, and the start that the rule gives.
    pub series: Option<String>,
    pub instance: Option<String>,
    #[cfg_attr(feature = "ts", ts(type = "\"requested\" | \"approved\" | \"rejected\""))]
    pub status: String,
}

/// Shifts that are new or changed, and the ids of all in the order to show them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AssignmentChanges {
    pub upsert: Vec<Assignment>,
    pub order: Vec<String>,
}

impl AssignmentChanges {
    /// All of an event.
    pub fn all(view: &DocView) -> AssignmentChanges {
        let upsert = assignments(view);
        let order = upsert.iter().map(|a| a.id.clone()).collect();
        AssignmentChanges { upsert, order }
    }
}

/// An event; `None` while its facts are not known.
pub fn event_summary(id: &str, view: &DocView) -> Option<EventSummary> {
    let facts = view.single(Table::Facts)?;
    let (mut shifts, mut open_places, mut taken) = (0, 0, 0);
    for (assignment, row) in view.rows(Table::Assignments) {
        if row.text(Field::Status) == "cancelled" {
            continue;
        }
        let on_it = count(view.taken(assignment));
        shifts += 1;
        taken += on_it;
        open_places += number(row, Field::HelpersMin).saturating_sub(on_it);
    }
    Some(EventSummary {
        id: id.to_owned(),
        title: text(facts, Field::Title),
        first_day: text(facts, Field::FirstDay),
        last_day: text(facts, Field::LastDay),
        zone: text(facts, Field::Zone),
        place: facts.cell(Field::Place).text().map(str::to_owned),
        note: text(facts, Field::Note),
        archived: truth(facts, Field::Archived),
        shifts,
        open_places,
        taken,
    })
}

/// A shift; `None` where the event has none of this id.
pub fn assignment(id: &str, view: &DocView) -> Option<Assignment> {
    view.row(Table::Assignments, id).map(|row| assignment_of(id, row, view))
}

/// An event's shifts, by start, end, title and id.
pub fn assignments(view: &DocView) -> Vec<Assignment> {
    let rows = view.rows(Table::Assignments).iter();
    let mut all: Vec<Assignment> = rows.map(|(id, row)| assignment_of(id, row, view)).collect();
    let key = |a: &Assignment| (a.start.clone(), a.end.clone(), a.title.clone(), a.id.clone());
    sort_by_cached_key(&mut all, key);
    all
}

fn assignment_of(id: &str, row: &Row, view: &DocView) -> Assignment {
    let assigned = view
        .assigned(id)
        .map(|r| Assigned { helper: text(r, Field::Helper), status: text(r, Field::Status) });
    Assignment {
        id: id.to_owned(),
        title: text(row, Field::Title),
        team: text(row, Field::Team),
        role: text(row, Field::Role),
        place: row.cell(Field::Place).text().map(str::to_owned),
        start: text(row, Field::Start),
        end: text(row, Field::End),
        zone: text(row, Field::Zone),
        helpers_min: number(row, Field::HelpersMin),
        helpers_max: number(row, Field::HelpersMax),
        preparation: number(row, Field::Preparation),
        tear_down: number(row, Field::TearDown),
        skills: row.cell(Field::Skills).words().to_vec(),
        adults_only: truth(row, Field::AdultsOnly),
        critical: truth(row, Field::Critical),
        tentative: truth(row, Field::Tentative),
        fold: row.cell(Field::Fold).text().map(str::to_owned),
        note: text(row, Field::Note),
        status: text(row, Field::Status),
        assigned: assigned.collect(),
        taken: count(view.taken(id)),
    }
}

/// The roster's helpers, by name and id.
pub fn helpers(roster: &DocView) -> Vec<Helper> {
    let rows = roster.rows(Table::Helpers).iter();
    let mut all: Vec<Helper> = rows
        .map(|(id, row)| Helper {
            id: id.clone(),
            name: text(row, Field::Name),
            skills: row.cell(Field::Skills).words().to_vec(),
            adult: truth(row, Field::Adult),
            archived: truth(row, Field::Archived),
        })
        .collect();
    sort_by_cached_key(&mut all, |h| (h.name.to_lowercase(), h.id.clone()));
    all
}

/// The roster's places, by name and id.
pub fn places(roster: &DocView) -> Vec<Place> {
    let rows = roster.rows(Table::Places).iter();
    let mut all: Vec<Place> = rows
        .map(|(id, row)| Place {
            id: id.clone(),
            name: text(row, Field::Name),
            latitude: degrees(row, Field::Latitude),
            longitude: degrees(row, Field::Longitude),
            venue: text(row, Field::Venue),
            archived: truth(row, Field::Archived),
        })
        .collect();
    sort_by_cached_key(&mut all, |p| (p.name.to_lowercase(), p.id.clone()));
    all
}

/// A person's facts. Weekdays come first, Monday to Sunday, then dates; time off by start and id.
pub fn person(helper: &str, view: &DocView) -> Person {
    let contact = view.single(Table::Contact).map(|row| row.as_ref().clone()).unwrap_or_default();
    let weekday: OrdMap<&str, usize> =
        crate::schema::WEEKDAYS.iter().enumerate().map(|(i, day)| (*day, i)).collect();
    let mut hours: Vec<WorkingHours> = view
        .rows(Table::Hours)
        .iter()
        .map(|(day, row)| WorkingHours {
            day: day.clone(),
            from: text(row, Field::From),
            to: text(row, Field::To),
            off: truth(row, Field::Off),
        })
        .collect();
    sort_by_cached_key(&mut hours, |h| (weekday.get(h.day.as_str()).copied().unwrap_or(7), h.day.clone()));
    let mut time_off: Vec<TimeOff> = view
        .rows(Table::TimeOff)
        .iter()
        .map(|(id, row)| TimeOff {
            id: id.clone(),
            start: text(row, Field::Start),
            end: text(row, Field::End),
            zone: text(row, Field::Zone),
            reason: text(row, Field::Reason),
            repeat: text(row, Field::Repeat),
            except: row.cell(Field::Except).words().to_vec(),
            series: row.cell(Field::Series).text().map(str::to_owned),
            instance: row.cell(Field::Instance).text().map(str::to_owned),
            status: text(row, Field::Status),
        })
        .collect();
    sort_by_cached_key(&mut time_off, |t| (t.start.clone(), t.id.clone()));
    Person {
        helper: helper.to_owned(),
        email: text(&contact, Field::Email),
        phone: text(&contact, Field::Phone),
        note: text(&contact, Field::Note),
        hours,
        time_off,
        limits: view.single(Table::Limits).map(|row| limits(row)).unwrap_or_default(),
        calendars: calendars(view),
    }
}

fn limits(row: &Row) -> Limits {
    Limits {
        zone: row.cell(Field::Zone).text().map(str::to_owned),
        latitude: degrees(row, Field::Latitude),
        longitude: degrees(row, Field::Longitude),
        travel_mode: row.cell(Field::TravelMode).text().map(str::to_owned),
        day_max: maybe(row, Field::DayMax),
        week_max: maybe(row, Field::WeekMax),
        week_target: maybe(row, Field::WeekTarget),
        rolling_max: maybe(row, Field::RollingMax),
        rest: maybe(row, Field::Rest),
        days_in_row: maybe(row, Field::DaysInRow),
        likes: row.cell(Field::Likes).words().to_vec(),
        avoids: row.cell(Field::Avoids).words().to_vec(),
    }
}

/// By name and id.
fn calendars(view: &DocView) -> Vec<CalendarInfo> {
    let busy = |id: &str| view.rows(Table::Busy).values().filter(|r| r.text(Field::Calendar) == id).count();
    let rows = view.rows(Table::Calendars).iter();
    let mut all: Vec<CalendarInfo> = rows
        .map(|(id, row)| CalendarInfo {
            id: id.clone(),
            name: text(row, Field::Name),
            at: row.cell(Field::At).int().unwrap_or(0),
            first_day: text(row, Field::FirstDay),
            last_day: text(row, Field::LastDay),
            truncated: truth(row, Field::Truncated),
            busy: count(busy(id)),
        })
        .collect();
    sort_by_cached_key(&mut all, |c| (c.name.to_lowercase(), c.id.clone()));
    all
}

/// What counts for everybody.
pub fn rules(roster: &DocView) -> RuleSet {
    let row = roster.single(Table::Rules).map(|row| row.as_ref().clone()).unwrap_or_default();
    RuleSet {
        rest: maybe(&row, Field::Rest),
        rest_legal: maybe(&row, Field::RestLegal),
        day_legal: maybe(&row, Field::DayLegal),
        week_legal: maybe(&row, Field::WeekLegal),
        rolling_legal: maybe(&row, Field::RollingLegal),
        days_in_row: maybe(&row, Field::DaysInRow),
        margin: maybe(&row, Field::Margin),
        stale_after: maybe(&row, Field::StaleAfter),
    }
}

/// The journeys whose time somebody said.
pub fn journeys(roster: &DocView) -> Vec<Journey> {
    let rows = roster.rows(Table::Travel).values();
    let journey = |row: &std::sync::Arc<Row>| Journey {
        from: text(row, Field::From),
        to: text(row, Field::To),
        minutes: number(row, Field::Minutes),
    };
    rows.map(journey).collect()
}

fn degrees(row: &Row, field: Field) -> Option<f64> {
    row.cell(field).int().map(|i| i as f64 / DEGREE as f64)
}

fn maybe(row: &Row, field: Field) -> Option<u32> {
    row.cell(field).int().and_then(|i| u32::try_from(i).ok())
}

fn text(row: &Row, field: Field) -> String {
    row.text(field).to_owned()
}

fn number(row: &Row, field: Field) -> u32 {
    row.cell(field).int().and_then(|i| u32::try_from(i).ok()).unwrap_or(0)
}

fn truth(row: &Row, field: Field) -> bool {
    row.cell(field) == &Value::Bool(true)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
