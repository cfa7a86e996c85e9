//! Commands on a person's contact, limits and working hours.

use super::Judge;
use super::cells::{checked, with};
use super::lookup::{helper as find_helper, refuse_archived_helper, view};
use crate::command::{Fields, Hours};
use crate::ids::{DocId, Id};
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Field, Table, WEEKDAYS, single_row};
use crate::time;
use crate::value::Value;
use crate::view::Row;
use std::sync::Arc;

pub(super) const CONTACT_FIELDS: &[Field] = &[Field::Email, Field::Phone, Field::Note];
const HOURS_FIELDS: &[Field] = &[Field::From, Field::To, Field::Off];
const LIMITS_FIELDS: &[Field] = &[
    Field::Zone,
    Field::Latitude,
    Field::Longitude,
    Field::TravelMode,
    Field::DayMax,
    Field::WeekMax,
    Field::RollingMax,
    Field::WeekTarget,
    Field::Rest,
    Field::DaysInRow,
    Field::Likes,
    Field::Avoids,
];

/// Allowed for an archived helper too: their facts must be erasable.
pub(super) fn update_contact(j: &mut Judge, helper: &Id, set: &Fields, saw: &Fields) -> Result<(), Refusal> {
    find_helper(j.world, helper)?;
    let set = checked(Table::Contact, set, CONTACT_FIELDS)?;
    let doc = DocId::Person(helper.clone());
    let now = view(j.world, &doc).single(Table::Contact).map(Arc::as_ref);
    j.upsert(&doc, Table::Contact, single_row(Table::Contact), now, &set, saw);
    Ok(())
}

/// Allowed for an archived helper too, as is [`update_contact`].
pub(super) fn update_limits(j: &mut Judge, helper: &Id, set: &Fields, saw: &Fields) -> Result<(), Refusal> {
    find_helper(j.world, helper)?;
    let set = checked(Table::Limits, set, LIMITS_FIELDS)?;
    let doc = DocId::Person(helper.clone());
    let now = view(j.world, &doc).single(Table::Limits).map(Arc::as_ref);
    coordinates(&with(now.unwrap_or(&Row::default()), &set))?;
    j.upsert(&doc, Table::Limits, single_row(Table::Limits), now, &set, saw);
    Ok(())
}

pub(super) fn set_hours(j: &mut Judge, helper: &Id, day: &str, hours: Option<&Hours>) -> Result<(), Refusal> {
    let helper_row = find_helper(j.world, helper)?;
    check_day(day)?;
    let doc = DocId::Person(helper.clone());
    let now = view(j.world, &doc).row(Table::Hours, day).map(Arc::as_ref);
    match (hours, now) {
        (Some(hours), now) => {
            refuse_archived_helper(helper_row)?;
            let set = Fields::from([
                (Field::From, Value::from(hours.from.as_str())),
                (Field::To, Value::from(hours.to.as_str())),
                (Field::Off, Value::Null),
            ]);
            let set = checked(Table::Hours, &set, HOURS_FIELDS)?;
            check_hours(hours)?;
            j.upsert(&doc, Table::Hours, day, now, &set, &Fields::new());
        }
        (None, Some(now)) => j.remove(&doc, Table::Hours, day, now.clone()),
        (None, None) => {}
    }
    Ok(())
}

pub(super) fn set_day_off(j: &mut Judge, helper: &Id, day: &str) -> Result<(), Refusal> {
    refuse_archived_helper(find_helper(j.world, helper)?)?;
    check_day(day)?;
    let doc = DocId::Person(helper.clone());
    let now = view(j.world, &doc).row(Table::Hours, day).map(Arc::as_ref);
    let set =
        Fields::from([(Field::From, Value::Null), (Field::To, Value::Null), (Field::Off, Value::Bool(true))]);
    j.upsert(&doc, Table::Hours, day, now, &set, &Fields::new());
    Ok(())
}

fn check_day(day: &str) -> Result<(), Refusal> {
    if WEEKDAYS.contains(&day) || time::parse_date(day).is_some() {
        return Ok(());
    }
    let message = "'day' must be a weekday (mo, tu, we, th, fr, sa, su) or a date like 2026-07-15";
    let field = Some("day".to_owned());
    Err(Refusal { code: RefusalCode::Invalid, message: message.to_owned(), field })
}

/// An end before the beginning is on the next day; one at the beginning says nothing.
fn check_hours(hours: &Hours) -> Result<(), Refusal> {
    if hours.from == "24:00" {
        return Err(Refusal::invalid(Field::From, "'from' must be before 24:00"));
    }
    if hours.from == hours.to {
        return Err(Refusal::invalid(
            Field::To,
            "'to' must differ from 'from'; a whole day is 00:00 to 24:00",
        ));
    }
    Ok(())
}

/// The same of a row: hours or a day off.
pub(super) fn check_hours_row(row: &Row) -> Result<(), Refusal> {
    let has = |field: Field| !row.cell(field).is_null();
    if has(Field::From) != has(Field::To) || has(Field::From) == has(Field::Off) {
        return Err(Refusal::invalid(Field::Off, "'off' takes the place of 'from' and 'to'"));
    }
    if has(Field::Off) {
        return Ok(());
    }
    check_hours(&Hours { from: row.text(Field::From).to_owned(), to: row.text(Field::To).to_owned() })
}

/// A place on the globe has both or neither.
pub(super) fn coordinates(row: &Row) -> Result<(), Refusal> {
    match (row.cell(Field::Latitude).is_null(), row.cell(Field::Longitude).is_null()) {
        (false, true) => Err(Refusal::invalid(Field::Longitude, "'longitude' is missing beside 'latitude'")),
        (true, false) => Err(Refusal::invalid(Field::Latitude, "'latitude' is missing beside 'longitude'")),
        _ => Ok(()),
    }
}
