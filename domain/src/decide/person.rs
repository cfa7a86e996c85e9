//! Commands on a person's contact, working hours and time off.

use super::Judge;
use super::cells::{after, checked};
use super::lookup::{helper as find_helper, not_found, refuse_archived_helper, view};
use super::roster::new_row;
use crate::command::{Fields, Hours};
use crate::ids::{DocId, Id};
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Field, Table, WEEKDAYS, single_row};
use crate::time;
use crate::value::Value;
use crate::view::Row;
use std::sync::Arc;

pub(super) const CONTACT_FIELDS: &[Field] = &[Field::Email, Field::Phone, Field::Note];
const HOURS_FIELDS: &[Field] = &[Field::From, Field::To];
const TIME_OFF_FIELDS: &[Field] = &[Field::Start, Field::End, Field::Zone, Field::Reason];

/// Allowed for an archived helper too: their facts must be erasable.
pub(super) fn update_contact(j: &mut Judge, helper: &Id, set: &Fields, saw: &Fields) -> Result<(), Refusal> {
    find_helper(j.world, helper)?;
    let set = checked(Table::Contact, set, CONTACT_FIELDS)?;
    let doc = DocId::Person(helper.clone());
    let now = view(j.world, &doc).single(Table::Contact).map(Arc::as_ref);
    j.upsert(&doc, Table::Contact, single_row(Table::Contact), now, &set, saw);
    Ok(())
}

pub(super) fn set_hours(j: &mut Judge, helper: &Id, day: &str, hours: Option<&Hours>) -> Result<(), Refusal> {
    let helper_row = find_helper(j.world, helper)?;
    if !WEEKDAYS.contains(&day) && time::parse_date(day).is_none() {
        let message = "'day' must be a weekday (mo, tu, we, th, fr, sa, su) or a date like 2026-07-15";
        let field = Some("day".to_owned());
        return Err(Refusal { code: RefusalCode::Invalid, message: message.to_owned(), field });
    }
    let doc = DocId::Person(helper.clone());
    let now = view(j.world, &doc).row(Table::Hours, day).map(Arc::as_ref);
    match (hours, now) {
        (Some(hours), now) => {
            refuse_archived_helper(helper_row)?;
            let set = Fields::from([
                (Field::From, Value::from(hours.from.as_str())),
                (Field::To, Value::from(hours.to.as_str())),
            ]);
            let set = checked(Table::Hours, &set, HOURS_FIELDS)?;
            after(&set.clone().into_iter().collect::<Row>(), Field::From, Field::To)?;
            j.upsert(&doc, Table::Hours, day, now, &set, &Fields::new());
        }
        (None, Some(now)) => j.remove(&doc, Table::Hours, day, now.clone()),
        (None, None) => {}
    }
    Ok(())
}

/// A coordinator's is approved at once, a helper's is a request.
pub(super) fn add_time_off(
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
    let mut set = checked(Table::TimeOff, fields, TIME_OFF_FIELDS)?;
    set.insert(Field::Status, Value::from(if approved { "approved" } else { "requested" }));
    let all = [TIME_OFF_FIELDS, &[Field::Status]].concat();
    let row = new_row(Table::TimeOff, &set, &all)?;
    after(&row, Field::Start, Field::End)?;
    j.insert(&doc, Table::TimeOff, time_off.as_str(), row);
    Ok(())
}

pub(super) fn decide_time_off(
    j: &mut Judge,
    helper: &Id,
    time_off: &Id,
    approved: bool,
) -> Result<(), Refusal> {
    let (doc, row) = find_time_off(j, helper, time_off)?;
    let status = Value::from(if approved { "approved" } else { "rejected" });
    j.set_one(&doc, Table::TimeOff, time_off.as_str(), row, Field::Status, status);
    Ok(())
}

pub(super) fn remove_time_off(j: &mut Judge, helper: &Id, time_off: &Id) -> Result<(), Refusal> {
    let (doc, row) = find_time_off(j, helper, time_off)?;
    j.remove(&doc, Table::TimeOff, time_off.as_str(), row.clone());
    Ok(())
}

fn find_time_off<'a>(j: &Judge<'a>, helper: &Id, time_off: &Id) -> Result<(DocId, &'a Row), Refusal> {
    find_helper(j.world, helper)?;
    let doc = DocId::Person(helper.clone());
    match view(j.world, &doc).row(Table::TimeOff, time_off.as_str()) {
        Some(row) => Ok((doc, row)),
        None => Err(not_found("time off")),
    }
}
