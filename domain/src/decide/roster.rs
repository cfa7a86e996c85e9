//! Commands on helpers, places and the rules for all.

use super::Judge;
use super::cells::{checked, complete};
use super::lookup::{already_exists, helper as find_helper, not_found, view};
use super::person::CONTACT_FIELDS;
use crate::command::Fields;
use crate::ids::{DocId, Id};
use crate::refusal::Refusal;
use crate::schema::{Field, Table, fields, single_row, travel_row};
use crate::value::Value;
use crate::view::Row;
use std::sync::Arc;

const NEW_HELPER: &[Field] = &[Field::Name, Field::Skills, Field::Adult];
const HELPER: &[Field] = &[Field::Name, Field::Skills, Field::Adult, Field::Archived];
pub(super) const NEW_PLACE: &[Field] = &[Field::Name, Field::Latitude, Field::Longitude, Field::Venue];
const PLACE: &[Field] = &[Field::Name, Field::Latitude, Field::Longitude, Field::Venue, Field::Archived];

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

pub(super) fn set_travel(j: &mut Judge, from: &Id, to: &Id, minutes: Option<u16>) -> Result<(), Refusal> {
    let roster = view(j.world, &DocId::Roster);
    for place in [from, to] {
        roster.row(Table::Places, place.as_str()).ok_or_else(|| not_found("place"))?;
    }
    if from == to {
        return Err(Refusal::invalid(Field::To, "'to' must be another place than 'from'"));
    }
    let name = travel_row(from, to);
    let now = roster.row(Table::Travel, &name).map(Arc::as_ref);
    match (minutes, now) {
        (Some(minutes), now) => {
            let set = Fields::from([
                (Field::From, Value::from(from)),
                (Field::To, Value::from(to)),
                (Field::Minutes, Value::Int(minutes.into())),
            ]);
            let set = checked(Table::Travel, &set, &[Field::From, Field::To, Field::Minutes])?;
            j.upsert(&DocId::Roster, Table::Travel, &name, now, &set, &Fields::new());
        }
        (None, Some(now)) => j.remove(&DocId::Roster, Table::Travel, name, now.clone()),
        (None, None) => {}
    }
    Ok(())
}

pub(super) fn update_rules(j: &mut Judge, set: &Fields, saw: &Fields) -> Result<(), Refusal> {
    let all: Vec<Field> = fields(Table::Rules).iter().map(|(field, _, _)| *field).collect();
    let set = checked(Table::Rules, set, &all)?;
    let now = view(j.world, &DocId::Roster).single(Table::Rules).map(Arc::as_ref);
    j.upsert(&DocId::Roster, Table::Rules, single_row(Table::Rules), now, &set, saw);
    Ok(())
}

pub(super) fn new_row(table: Table, fields: &Fields, allowed: &[Field]) -> Result<Row, Refusal> {
    let row: Row = checked(table, fields, allowed)?.into_iter().collect();
    complete(table, &row)?;
    Ok(row)
}
