//! Commands on helpers and places.

use super::Judge;
use super::cells::{checked, complete};
use super::lookup::{already_exists, helper as find_helper, not_found, view};
use super::person::CONTACT_FIELDS;
use crate::command::Fields;
use crate::ids::{DocId, Id};
use crate::refusal::Refusal;
use crate::schema::{Field, Table, single_row};
use crate::view::Row;
use std::sync::Arc;

const NEW_HELPER: &[Field] = &[Field::Name, Field::Skills];
const HELPER: &[Field] = &[Field::Name, Field::Skills, Field::Archived];
pub(super) const NEW_PLACE: &[Field] = &[Field::Name, Field::Latitude, Field::Longitude];
const PLACE: &[Field] = &[Field::Name, Field::Latitude, Field::Longitude, Field::Archived];

pub(super) fn add_helper(j: &mut Judge, id: &Id, fields: &Fields, contact: &Fields) -> Result<(), Refusal> {
    if let Some(row) = view(j.world, &DocId::Roster).row(Table::Helpers, id.as_str()) {
        return Err(already_exists("helper", row.text(Field::Name)));
    }
    let row = new_row(Table::Helpers, fields, NEW_HELPER)?;
    let contact = checked(Table::Contact, contact, CONTACT_FIELDS)?;
    j.insert(&DocId::Roster, Table::Helpers, id.as_str(), row);
    let person = DocId::Person(id.clone());
    let now = view(j.world, &person).single(Table::Contact).map(Arc::as_ref);
    j.upsert(&person, Table::Contact, single_row(Table::Contact), now, &contact, &Fields::new());
    Ok(())
}

pub(super) fn update_helper(j: &mut Judge, id: &Id, set: &Fields, saw: &Fields) -> Result<(), Refusal> {
    let row = find_helper(j.world, id)?;
    let set = checked(Table::Helpers, set, HELPER)?;
    j.set(&DocId::Roster, Table::Helpers, id.as_str(), row, &set, saw);
    Ok(())
}

pub(super) fn add_place(j: &mut Judge, id: &Id, fields: &Fields) -> Result<(), Refusal> {
    if let Some(row) = view(j.world, &DocId::Roster).row(Table::Places, id.as_str()) {
        return Err(already_exists("place", row.text(Field::Name)));
    }
    let row = new_row(Table::Places, fields, NEW_PLACE)?;
    j.insert(&DocId::Roster, Table::Places, id.as_str(), row);
    Ok(())
}

pub(super) fn update_place(j: &mut Judge, id: &Id, set: &Fields, saw: &Fields) -> Result<(), Refusal> {
    let roster = view(j.world, &DocId::Roster);
    let row = roster.row(Table::Places, id.as_str()).ok_or_else(|| not_found("place"))?;
    let set = checked(Table::Places, set, PLACE)?;
    j.set(&DocId::Roster, Table::Places, id.as_str(), row, &set, saw);
    Ok(())
}

pub(super) fn new_row(table: Table, fields: &Fields, allowed: &[Field]) -> Result<Row, Refusal> {
    let row: Row = checked(table, fields, allowed)?.into_iter().collect();
    complete(table, &row)?;
    Ok(row)
}
