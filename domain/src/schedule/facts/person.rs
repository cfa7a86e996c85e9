//! What a helper said of their time: limits, working hours, time off, calendars.

use super::super::clock::Clock;
use super::super::conflict::ShiftRef;
use super::places::Mode;
use super::{ZoneCache, int, truth};
use crate::calendar::{Length, Override, Rule, Series};
use crate::ordered::sort;
use crate::ordered::{OrdMap, OrdSet};
use crate::schema::{Field, Table, WEEKDAYS};
use crate::time;
use crate::view::{DocView, Row};
use crate::zone::{Instant, Resolved, Standing};
use jiff::civil::{Date, DateTime};

/// An unknown zone is taken for UTC: no clock is further from it, in seconds behind and ahead.
const BEHIND: Instant = 12 * 3600;
const AHEAD: Instant = 14 * 3600;

#[derive(Clone, Debug, Default)]
pub struct Person {
    pub clock: Option<Clock>,
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
    dates: OrdMap<Date, Hours>,
    pub time_off: Vec<TimeOff>,
    pub calendars: OrdMap<String, Calendar>,
    pub busy: Vec<Busy>,
}

/// Working hours of a day, in minutes from its midnight; `None` on a day off. The end may lie on the next day.
pub type Hours = Option<(i64, i64)>;

/// A time off that was not rejected, with those of its instances that lie otherwise.
#[derive(Clone, Debug)]
pub struct TimeOff {
    pub id: String,
    pub series: Series,
    pub clock: Clock,
    pub zone_name: String,
    is_approved: bool,
    /// Whether the instances that lie otherwise were approved, by the start that they had.
    approved: OrdMap<DateTime, bool>,
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

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Busy {
    pub start: Instant,
    pub end: Instant,
    pub calendar: String,
    pub civil: (String, String),
    pub zone_name: String,
    /// Nobody knows its zone: it is somewhere between `start` and `end`.
    pub is_unclear: bool,
    pub kind: String,
    /// The shift of this plan that it mirrors.
    pub mirrors: Option<ShiftRef>,
}

impl Person {
    pub fn read(view: &DocView, zones: &mut ZoneCache) -> Person {
        let none = Row::default();
        let row = view.single(Table::Limits).map_or(&none, |row| row.as_ref());
        let int = |field: Field| int(Table::Limits, row, field);
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
            clock: row.cell(Field::Zone).text().and_then(|name| zones.clock(name)),
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

impl TimeOff {
    /// `moved_from`: the start that an instance had which lies otherwise.
    pub fn is_approved(&self, moved_from: Option<DateTime>) -> bool {
        moved_from.and_then(|start| self.approved.get(&start).copied()).unwrap_or(self.is_approved)
    }
}

fn time_off(view: &DocView, zones: &mut ZoneCache) -> Vec<TimeOff> {
    let rows = view.rows(Table::TimeOff);
    let of_series = |row: &Row| rows.get(row.text(Field::Series));
    let is_approved = |row: &Row| row.text(Field::Status) == "approved";
    let mut all = Vec::new();
    for (id, row) in rows {
        if row.text(Field::Status) == "rejected" || of_series(row).is_some() {
            continue;
        }
        let Some((first, end)) = span(row) else { continue };
        let repeat = row.cell(Field::Repeat).text();
        let rule = repeat.and_then(|text| Rule::parse(text).ok());
        let zone_name = row.text(Field::Zone);
        let clock = zones.clock(zone_name);
        let moved = rows.values().filter(|part| part.text(Field::Series) == id);
        let moved: Vec<_> =
            moved.filter_map(|part| Some((moved_instance(part)?, is_approved(part)))).collect();
        all.push(TimeOff {
            id: id.clone(),
            is_approved: is_approved(row),
            approved: moved.iter().map(|((original, _), approved)| (*original, *approved)).collect(),
            is_unclear: clock.is_none() || repeat.is_some() && rule.is_none(),
            clock: clock.unwrap_or_else(Clock::utc),
            zone_name: zone_name.to_owned(),
            series: Series {
                first,
                length: Length::Until(end),
                rule,
                extra: OrdSet::new(),
                except: row.cell(Field::Except).words().iter().filter_map(|t| time::parse_civil(t)).collect(),
                overrides: moved.into_iter().map(|(instance, _)| instance).collect(),
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

fn calendars(view: &DocView) -> OrdMap<String, Calendar> {
    let calendar = |row: &Row| {
        Some(Calendar {
            at: int(Table::Calendars, row, Field::At)?,
            first: time::parse_date(row.text(Field::FirstDay))?,
            last: time::parse_date(row.text(Field::LastDay))?,
            is_truncated: truth(row, Field::Truncated),
        })
    };
    view.rows(Table::Calendars).iter().filter_map(|(id, row)| Some((id.clone(), calendar(row)?))).collect()
}

/// By start; alike times of one calendar once.
fn busy(view: &DocView, zones: &mut ZoneCache) -> Vec<Busy> {
    let mut all: Vec<Busy> = Vec::new();
    for row in view.rows(Table::Busy).values() {
        let (start, end, zone_name) = (row.text(Field::Start), row.text(Field::End), row.text(Field::Zone));
        let (Some(from), Some(to)) = (time::parse_civil(start), time::parse_civil(end)) else { continue };
        let clock = zones.clock(zone_name);
        let (behind, ahead) = if clock.is_some() { (0, 0) } else { (BEHIND, AHEAD) };
        let span = clock.clone().unwrap_or_else(Clock::utc).interval(from, to);
        let mirrored = row.cell(Field::Event).text().zip(row.cell(Field::Assignment).text());
        all.push(Busy {
            calendar: row.text(Field::Calendar).to_owned(),
            start: span.start.at - ahead,
            end: latest(span.end) + behind,
            civil: (start.to_owned(), end.to_owned()),
            zone_name: zone_name.to_owned(),
            is_unclear: clock.is_none(),
            kind: row.text(Field::Kind).to_owned(),
            mirrors: mirrored.map(|(event, id)| ShiftRef { event: event.into(), assignment: id.into() }),
        });
    }
    sort(&mut all);
    all.dedup();
    all
}

/// Of two ends the later: away for longer rather than back too soon.
pub(crate) fn latest(end: Resolved) -> Instant {
    match end.standing {
        Standing::Twice { later } => later,
        Standing::Once | Standing::Never => end.at,
    }
}
