//! Commands on a person's time off.

use super::Judge;
use super::cells::{after, checked, complete, differing, with};
use super::lookup::{helper as find_helper, not_found, refuse_archived_helper, view};
use super::roster::new_row;
use crate::calendar::Rule;
use crate::command::Fields;
use crate::ids::{DocId, Id};
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Field, Table};
use crate::time;
use crate::value::Value;
use crate::view::Row;

const FIELDS: &[Field] =
    &[Field::Start, Field::End, Field::Zone, Field::Reason, Field::Repeat, Field::Except];
/// Only of a new one: which instance of a series it is.
const INSTANCE: &[Field] = &[Field::Series, Field::Instance];

/// A coordinator's is approved at once, a helper's is a request.
pub(super) fn add(
    j: &mut Judge,
    helper: &Id,
    time_off: &Id,
    fields: &Fields,
    approved: bool,
) -> Result<(), Refusal> {
    let helper_row = find_helper(j.world, helper)?;
    let doc = DocId::Person(helper.clone());
    if view(j.world, &doc).row(Table::TimeOff, time_off.as_str()).is_some() {
        return Err(Refusal::new(RefusalCode::AlreadyExists, "This time off is there already."));
    }
    refuse_archived_helper(helper_row)?;
    let given = [FIELDS, INSTANCE].concat();
    let mut set = checked(Table::TimeOff, fields, &given)?;
    set.insert(Field::Status, status(approved));
    let all = [&given[..], &[Field::Status]].concat();
    let row = new_row(Table::TimeOff, &set, &all)?;
    check(&row)?;
    if let Some(series) = row.cell(Field::Series).text().map(str::parse::<Id>).and_then(Result::ok) {
        let (_, series) = find(j, helper, &series)?;
        if series.cell(Field::Repeat).is_null() {
            return Err(Refusal::invalid(Field::Series, "'series' must be a time off that repeats"));
        }
    }
    j.insert(&doc, Table::TimeOff, time_off.as_str(), row);
    Ok(())
}

/// What was approved is a request again when its helper changes it.
pub(super) fn update(
    j: &mut Judge,
    helper: &Id,
    time_off: &Id,
    set: &Fields,
    saw: &Fields,
    approved: bool,
) -> Result<(), Refusal> {
    let (doc, row) = find(j, helper, time_off)?;
    refuse_archived_helper(find_helper(j.world, helper)?)?;
    let mut set = differing(row, checked(Table::TimeOff, set, FIELDS)?);
    if set.keys().any(|field| *field != Field::Reason) {
        set.insert(Field::Status, status(approved));
    }
    let row_after = with(row, &set);
    complete(Table::TimeOff, &row_after)?;
    check(&row_after)?;
    j.set(&doc, Table::TimeOff, time_off.as_str(), row, &set, saw);
    Ok(())
}

pub(super) fn decide(j: &mut Judge, helper: &Id, time_off: &Id, approved: bool) -> Result<(), Refusal> {
    let (doc, row) = find(j, helper, time_off)?;
    let status = Value::from(if approved { "approved" } else { "rejected" });
    j.set_one(&doc, Table::TimeOff, time_off.as_str(), row, Field::Status, status);
    Ok(())
}

/// With a series go its instances that lie otherwise.
pub(super) fn remove(j: &mut Judge, helper: &Id, time_off: &Id) -> Result<(), Refusal> {
    let (doc, row) = find(j, helper, time_off)?;
    j.remove(&doc, Table::TimeOff, time_off.as_str(), row.clone());
    for (id, row) in view(j.world, &doc).rows(Table::TimeOff) {
        if row.text(Field::Series) == time_off.as_str() && id != time_off.as_str() {
            j.remove(&doc, Table::TimeOff, id.as_str(), row.as_ref().clone());
        }
    }
    Ok(())
}

fn status(approved: bool) -> Value {
    Value::from(if approved { "approved" } else { "requested" })
}

/// What must hold between the cells of a time off.
pub(super) fn check(row: &Row) -> Result<(), Refusal> {
    after(row, Field::Start, Field::End)?;
    if let Some(rule) = row.cell(Field::Repeat).text() {
        Rule::parse(rule).map_err(|e| Refusal::invalid(Field::Repeat, e.to_string()))?;
    }
    for start in row.cell(Field::Except).words() {
        if time::parse_civil(start).is_none() {
            let message = format!("'except' must be starts like 2026-07-15T07:30; '{start}' is none");
            return Err(Refusal::invalid(Field::Except, message));
        }
    }
    if row.cell(Field::Series).is_null() != row.cell(Field::Instance).is_null() {
        return Err(Refusal::invalid(Field::Instance, "'series' and 'instance' belong together"));
    }
    if !row.cell(Field::Series).is_null() && !row.cell(Field::Repeat).is_null() {
        return Err(Refusal::invalid(Field::Repeat, "an instance of a series does not repeat itself"));
    }
    Ok(())
}

fn find<'a>(j: &Judge<'a>, helper: &Id, time_off: &Id) -> Result<(DocId, &'a Row), Refusal> {
    find_helper(j.world, helper)?;
    let doc = DocId::Person(helper.clone());
    match view(j.world, &doc).row(Table::TimeOff, time_off.as_str()) {
        Some(row) => Ok((doc, row)),
        None => Err(not_found("time off")),
    }
}
