//! Commands on the calendars that a person had read.

use super::Judge;
use super::cells::{after, canonical};
use super::lookup::{helper as find_helper, not_found, refuse_archived_helper, view};
use super::roster::new_row;
use crate::command::{Busy, ENTRIES_MAX, Fields};
use crate::ids::{DocId, Id};
use crate::ordered::OrdMap;
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{self, Field, Table};
use crate::value::Value;
use crate::view::Row;
use std::sync::Arc;

const CALENDAR: &[Field] = &[Field::Name, Field::At, Field::FirstDay, Field::LastDay, Field::Truncated];

/// The rows of this calendar become those of the file; those that are alike stay.
pub(super) fn import(
    j: &mut Judge,
    helper: &Id,
    calendar: &Id,
    fields: &Fields,
    busy: &[Busy],
) -> Result<(), Refusal> {
    refuse_archived_helper(find_helper(j.world, helper)?)?;
    if busy.len() > ENTRIES_MAX {
        let message =
            format!("a calendar brings at most {ENTRIES_MAX} busy times; take a shorter span of it");
        return Err(Refusal::new(RefusalCode::TooLarge, message));
    }
    let facts = new_row(Table::Calendars, fields, CALENDAR)?;
    if facts.text(Field::LastDay) < facts.text(Field::FirstDay) {
        return Err(Refusal::invalid(Field::LastDay, "'last_day' must not be before 'first_day'"));
    }
    let mut rows = OrdMap::new();
    for (i, busy) in busy.iter().enumerate() {
        rows.insert(format!("{calendar}.{i:05}"), row(calendar, busy)?);
    }
    let doc = DocId::Person(helper.clone());
    let now = view(j.world, &doc);
    let set: Fields = CALENDAR.iter().map(|f| (*f, facts.cell(*f).clone())).collect();
    let old = now.row(Table::Calendars, calendar.as_str()).map(Arc::as_ref);
    j.upsert(&doc, Table::Calendars, calendar.as_str(), old, &set, &Fields::new());
    for (id, old) in rows_of(now, calendar) {
        match rows.remove(id) {
            Some(new) if new == **old => {}
            Some(new) => {
                j.remove(&doc, Table::Busy, id.as_str(), old.as_ref().clone());
                j.insert(&doc, Table::Busy, id.as_str(), new);
            }
            None => j.remove(&doc, Table::Busy, id.as_str(), old.as_ref().clone()),
        }
    }
    for (id, new) in rows {
        j.insert(&doc, Table::Busy, id, new);
    }
    Ok(())
}

/// Allowed for an archived helper too: their facts must be erasable.
pub(super) fn remove(j: &mut Judge, helper: &Id, calendar: &Id) -> Result<(), Refusal> {
    find_helper(j.world, helper)?;
    let doc = DocId::Person(helper.clone());
    let now = view(j.world, &doc);
    let row = now.row(Table::Calendars, calendar.as_str()).ok_or_else(|| not_found("calendar"))?;
    j.remove(&doc, Table::Calendars, calendar.as_str(), row.as_ref().clone());
    for (id, row) in rows_of(now, calendar) {
        j.remove(&doc, Table::Busy, id.as_str(), row.as_ref().clone());
    }
    Ok(())
}

fn rows_of<'a>(
    view: &'a crate::DocView,
    calendar: &Id,
) -> impl Iterator<Item = (&'a String, &'a Arc<Row>)> + use<'a> {
    // '/' follows '.', the separator, in ASCII; ids hold neither.
    view.rows(Table::Busy).range(format!("{calendar}.")..format!("{calendar}/"))
}

fn row(calendar: &Id, busy: &Busy) -> Result<Row, Refusal> {
    let cells = [
        (Field::Calendar, Value::from(calendar)),
        (Field::Start, Value::from(busy.start.as_str())),
        (Field::End, Value::from(busy.end.as_str())),
        (Field::Zone, Value::from(busy.zone.as_str())),
        (Field::Kind, Value::from(busy.kind.as_str())),
        (Field::Event, Value::from(busy.event.as_ref().map(Value::from))),
        (Field::Assignment, Value::from(busy.assignment.as_ref().map(Value::from))),
    ];
    for (field, value) in &cells {
        schema::check(Table::Busy, *field, &canonical(value))?;
    }
    let row = Row::from_iter(cells);
    after(&row, Field::Start, Field::End)?;
    Ok(row)
}
