//! Commands on an event's facts.

use super::Judge;
use super::cells::{checked, complete, differing, with};
use super::lookup::{Event, already_exists, check_place, view};
use crate::command::Fields;
use crate::ids::{DocId, Id};
use crate::refusal::Refusal;
use crate::schema::{Field, Table, single_row};
use crate::value::Value;
use crate::view::Row;

const FIELDS: &[Field] =
    &[Field::Title, Field::FirstDay, Field::LastDay, Field::Zone, Field::Place, Field::Note];

pub(super) fn create(j: &mut Judge, event: &Id, fields: &Fields) -> Result<(), Refusal> {
    let doc = DocId::Event(event.clone());
    if let Some(row) = view(j.world, &doc).single(Table::Facts) {
        return Err(already_exists("event", row.text(Field::Title)));
    }
    let row: Row = checked(Table::Facts, fields, FIELDS)?.into_iter().collect();
    check_facts(&row)?;
    check_place(j.world, Some(row.cell(Field::Place)))?;
    j.insert(&doc, Table::Facts, single_row(Table::Facts), row);
    Ok(())
}

pub(super) fn update(j: &mut Judge, event: &Id, set: &Fields, saw: &Fields) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    event.refuse_archived()?;
    let set = differing(event.facts, checked(Table::Facts, set, FIELDS)?);
    check_facts(&with(event.facts, &set))?;
    check_place(j.world, set.get(&Field::Place))?;
    j.set(&event.doc, Table::Facts, single_row(Table::Facts), event.facts, &set, saw);
    Ok(())
}

pub(super) fn archive(j: &mut Judge, event: &Id, archived: bool) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    let value = if archived { Value::Bool(true) } else { Value::Null };
    j.set_one(&event.doc, Table::Facts, single_row(Table::Facts), event.facts, Field::Archived, value);
    Ok(())
}

pub(super) fn delete(j: &mut Judge, event: &Id) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    j.out.deleted.push(event.doc);
    Ok(())
}

pub(super) fn check_facts(row: &Row) -> Result<(), Refusal> {
    complete(Table::Facts, row)?;
    if row.text(Field::LastDay) < row.text(Field::FirstDay) {
        return Err(Refusal::invalid(Field::LastDay, "'last_day' must not be before 'first_day'"));
    }
    Ok(())
}
