//! Commands on a shift: what, when and where.

use super::Judge;
use super::cells::{after, checked, complete, differing, with};
use super::lookup::{Event, already_exists, check_place};
use crate::command::Fields;
use crate::ids::Id;
use crate::refusal::Refusal;
use crate::schema::{Field, Table};
use crate::time;
use crate::value::Value;
use crate::view::Row;

pub(super) const FIELDS: &[Field] = &[
    Field::Title,
    Field::Team,
    Field::Role,
    Field::Place,
    Field::Start,
    Field::End,
    Field::Zone,
    Field::HelpersMin,
    Field::HelpersMax,
    Field::Preparation,
    Field::TearDown,
    Field::Skills,
    Field::AdultsOnly,
    Field::Critical,
    Field::Tentative,
    Field::Fold,
    Field::Note,
];
const MOVE_FIELDS: &[Field] = &[Field::Start, Field::End, Field::Zone, Field::Fold, Field::Place];
/// Longest shift, in days. A longer one is a slip in the date.
const SHIFT_DAYS_MAX: i64 = 7;

pub(super) fn create(j: &mut Judge, event: &Id, assignment: &Id, fields: &Fields) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    if let Some(row) = event.view.row(Table::Assignments, assignment.as_str()) {
        return Err(already_exists("shift", row.text(Field::Title)));
    }
    event.refuse_archived()?;
    let row = new_row(event.facts, checked(Table::Assignments, fields, FIELDS)?)?;
    check_place(j.world, Some(row.cell(Field::Place)))?;
    j.insert(&event.doc, Table::Assignments, assignment.as_str(), row);
    Ok(())
}

pub(super) fn update(j: &mut Judge, event: &Id, id: &Id, set: &Fields, saw: &Fields) -> Result<(), Refusal> {
    set_cells(j, event, id, set, saw, FIELDS)
}

pub(super) fn shift(j: &mut Judge, event: &Id, id: &Id, set: &Fields, saw: &Fields) -> Result<(), Refusal> {
    set_cells(j, event, id, set, saw, MOVE_FIELDS)
}

/// A cancelled shift can still be corrected: it may come back.
fn set_cells(
    j: &mut Judge,
    event: &Id,
    id: &Id,
    set: &Fields,
    saw: &Fields,
    allowed: &[Field],
) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    let shift = event.shift(id)?;
    event.refuse_archived()?;
    let set = differing(shift.row, checked(Table::Assignments, set, allowed)?);
    check_shift(&with(shift.row, &set))?;
    check_place(j.world, set.get(&Field::Place))?;
    j.set(&event.doc, Table::Assignments, id.as_str(), shift.row, &set, saw);
    Ok(())
}

pub(super) fn cancel(j: &mut Judge, event: &Id, id: &Id, cancelled: bool) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    let shift = event.shift(id)?;
    event.refuse_archived()?;
    let status = Value::from(if cancelled { "cancelled" } else { "open" });
    j.set_one(&event.doc, Table::Assignments, id.as_str(), shift.row, Field::Status, status);
    Ok(())
}

/// A new shift's row: what was given, and the defaults.
pub(super) fn new_row(facts: &Row, fields: Fields) -> Result<Row, Refusal> {
    let mut row: Row = fields.into_iter().collect();
    let mut default = |field: Field, value: Value| {
        if row.cell(field).is_null() {
            row.set(field, value);
        }
    };
    default(Field::Zone, facts.cell(Field::Zone).clone());
    default(Field::HelpersMin, Value::Int(1));
    default(Field::Status, Value::from("open"));
    let least = row.cell(Field::HelpersMin).int().unwrap_or(1);
    if row.cell(Field::HelpersMax).is_null() {
        row.set(Field::HelpersMax, Value::Int(least.max(1)));
    }
    check_shift(&row)?;
    Ok(row)
}

/// What must hold between the cells of a shift.
pub(super) fn check_shift(row: &Row) -> Result<(), Refusal> {
    complete(Table::Assignments, row)?;
    after(row, Field::Start, Field::End)?;
    if days_between(row.text(Field::Start), row.text(Field::End)) > SHIFT_DAYS_MAX {
        let message =
            format!("a shift must not be longer than {SHIFT_DAYS_MAX} days; is the date of 'end' right?");
        return Err(Refusal::invalid(Field::End, message));
    }
    if row.cell(Field::HelpersMin).int() > row.cell(Field::HelpersMax).int() {
        return Err(Refusal::invalid(Field::HelpersMax, "'helpers_max' must not be less than 'helpers_min'"));
    }
    Ok(())
}

/// Whole days from start to end, rounded up.
fn days_between(start: &str, end: &str) -> i64 {
    let (Some(start), Some(end)) = (time::parse_civil(start), time::parse_civil(end)) else { return 0 };
    let minutes = end.duration_since(start).as_mins();
    minutes.div_euclid(1440) + i64::from(minutes.rem_euclid(1440) > 0)
}
