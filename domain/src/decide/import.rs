//! A file of shifts as one step: all of it or nothing.

use super::Judge;
use super::assignment::{self, check_shift};
use super::cells::{checked, differing, with};
use super::lookup::{Event, check_place, view};
use super::roster;
use super::shift_rules::import_fields;
use crate::command::{Fields, ImportPlace, ImportShift};
use crate::ids::{DocId, Id};
use crate::ordered::OrdSet;
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Field, Table};
use crate::value::Value;

/// New rows are inserted and known ones corrected. Nothing is removed, brought back from cancelled, or taken
/// from a helper who is on it.
pub(super) fn import_shifts(
    j: &mut Judge,
    event: &Id,
    places: &[ImportPlace],
    shifts: &[ImportShift],
) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    event.refuse_archived()?;
    let new_places = import_places(j, places)?;
    let allowed = import_fields();
    let mut seen = OrdSet::new();
    for shift in shifts {
        if !seen.insert(&shift.assignment) {
            let twice = Refusal::new(RefusalCode::Invalid, "this shift is in the import twice");
            return Err(in_row(&event, shift, twice));
        }
        import_shift(j, &event, shift, &allowed, &new_places).map_err(|r| in_row(&event, shift, r))?;
    }
    Ok(())
}

/// Inserts the places that are not there. One that is there keeps what the team made of it.
fn import_places<'a>(j: &mut Judge, places: &'a [ImportPlace]) -> Result<OrdSet<&'a str>, Refusal> {
    let mut new = OrdSet::new();
    for place in places {
        let row =
            roster::new_row(Table::Places, &place.fields, roster::NEW_PLACE).map_err(|mut refusal| {
                let name = place.fields.get(&Field::Name).and_then(Value::text).unwrap_or("(no name)");
                refusal.message = format!("Place “{}”: {}", shorten(name), refusal.message);
                refusal
            })?;
        let id = place.place.as_str();
        if view(j.world, &DocId::Roster).row(Table::Places, id).is_none() && new.insert(id) {
            j.insert(&DocId::Roster, Table::Places, id, row);
        }
    }
    Ok(new)
}

fn import_shift(
    j: &mut Judge,
    event: &Event,
    shift: &ImportShift,
    allowed: &[Field],
    new_places: &OrdSet<&str>,
) -> Result<(), Refusal> {
    let id = shift.assignment.as_str();
    let fields = checked(Table::Assignments, &shift.fields, allowed)?;
    let known_place = |j: &Judge, fields: &Fields| match fields.get(&Field::Place) {
        Some(Value::Text(place)) if new_places.contains(place.as_str()) => Ok(()),
        place => check_place(j.world, place),
    };
    match event.view.row(Table::Assignments, id) {
        None => {
            known_place(j, &fields)?;
            let row = assignment::new_row(event.facts, fields)?;
            j.insert(&event.doc, Table::Assignments, id, row);
        }
        Some(now) => {
            let set = differing(now, fields);
            known_place(j, &set)?;
            check_shift(&with(now, &set))?;
            j.set(&event.doc, Table::Assignments, id, now, &set, &shift.saw);
        }
    }
    Ok(())
}

/// Names the row that a refusal is about.
fn in_row(event: &Event, shift: &ImportShift, mut refusal: Refusal) -> Refusal {
    let now = event.view.row(Table::Assignments, shift.assignment.as_str());
    let text = |field: Field| {
        let value = shift.fields.get(&field).or_else(|| now.map(|row| row.cell(field)));
        shorten(value.and_then(Value::text).unwrap_or("?"))
    };
    refusal.message = format!("“{}”, {}: {}", text(Field::Title), text(Field::Start), refusal.message);
    refusal
}

fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}
