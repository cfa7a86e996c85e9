//! One shift made two.

use super::Judge;
use super::assignment::check_shift;
use super::lookup::{Event, Shift, already_exists, helper as find_helper, refuse_archived_helper};
use super::staffing::{on_shift, post_row, refuse_odd};
use crate::command::{Fields, Post};
use crate::ids::Id;
use crate::ordered::OrdMap;
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Field, Table, assigned_row};
use crate::time;
use crate::value::Value;
use crate::view::Row;

pub(super) fn split(
    j: &mut Judge,
    event: &Id,
    (first, second): (&Id, &Id),
    at: &str,
    unassign: &[Post],
    assign: &[Post],
) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    let shift = event.shift(first)?;
    if let Some(row) = event.view.row(Table::Assignments, second.as_str()) {
        return Err(already_exists("shift", row.text(Field::Title)));
    }
    event.refuse_archived()?;
    shift.refuse_cancelled()?;
    let [before, after] = parts(shift.row, at)?;
    check_shift(&before)?;
    check_shift(&after)?;
    refuse_odd(unassign, assign)?;

    let people = event.view.assigned(first.as_str()).filter(|row| row.text(Field::Status) != "declined");
    let mut on_second: OrdMap<String, Row> = OrdMap::new();
    for row in people {
        let Ok(helper) = row.text(Field::Helper).parse::<Id>() else { continue };
        // Who has begun is there; the second shift is still to come.
        let status = if row.text(Field::Status) == "assigned" { "assigned" } else { "accepted" };
        on_second.insert(assigned_row(second, &helper), post_row(second, &helper, status));
    }
    let mut on_first = i64::try_from(on_second.len()).unwrap_or(i64::MAX);
    let were = on_first;
    let mut changed = Vec::new();
    for gone in unassign {
        if gone.assignment == *second {
            let row = on_second.remove(&assigned_row(second, &gone.helper));
            row.ok_or_else(|| not_on(&shift))?;
        } else if gone.assignment == *first {
            let (name, row) = on_shift(j.world, &event, &shift, &gone.helper)?;
            if row.text(Field::Status) != "declined" {
                on_first -= 1;
            }
            changed.push((name, Some(row.clone()), None));
        } else {
            return Err(elsewhere());
        }
    }
    for come in assign {
        refuse_archived_helper(find_helper(j.world, &come.helper)?)?;
        let name = assigned_row(&come.assignment, &come.helper);
        if come.assignment == *second {
            on_second.entry(name).or_insert_with(|| post_row(second, &come.helper, "assigned"));
        } else if come.assignment == *first {
            let now = event.assigned(&name).cloned();
            if now.as_ref().is_some_and(|row| row.text(Field::Status) != "declined") {
                continue;
            }
            on_first += 1;
            changed.push((name, now, Some(post_row(first, &come.helper, "assigned"))));
        } else {
            return Err(elsewhere());
        }
    }
    // A shift that had too many already may keep as many.
    let most = shift.row.cell(Field::HelpersMax).int().unwrap_or(1).max(were);
    if on_first > most || i64::try_from(on_second.len()).unwrap_or(i64::MAX) > most {
        let message = format!("“{}” has only {most} places.", shift.title());
        return Err(Refusal::new(RefusalCode::AlreadyTaken, message));
    }

    let set: Fields = [Field::End, Field::TearDown, Field::Fold]
        .into_iter()
        .map(|field| (field, before.cell(field).clone()))
        .collect();
    j.set(&event.doc, Table::Assignments, first.as_str(), shift.row, &set, &Fields::new());
    j.insert(&event.doc, Table::Assignments, second.as_str(), after);
    for (name, old, new) in changed {
        if let Some(old) = old {
            j.remove(&event.doc, Table::Assigned, name.as_str(), old);
        }
        if let Some(new) = new {
            j.insert(&event.doc, Table::Assigned, name, new);
        }
    }
    for (name, row) in on_second {
        j.insert(&event.doc, Table::Assigned, name, row);
    }
    Ok(())
}

/// The cells of both parts.
fn parts(row: &Row, at: &str) -> Result<[Row; 2], Refusal> {
    let refuse = |message: String| {
        let field = Some("at".to_owned());
        Err(Refusal { code: RefusalCode::Invalid, message, field })
    };
    if time::parse_civil(at).is_none() {
        return refuse("'at' must be a date and time like 2026-07-15T07:30".to_owned());
    }
    let (start, end) = (row.text(Field::Start), row.text(Field::End));
    if at <= start || at >= end {
        return refuse(format!("'at' must be between the shift's start, {start}, and its end, {end}"));
    }
    let (mut before, mut after) = (row.clone(), row.clone());
    before.set(Field::End, Value::from(at));
    before.set(Field::TearDown, Value::Null);
    after.set(Field::Start, Value::from(at));
    after.set(Field::Preparation, Value::Null);
    // The row of a file is the first part.
    after.set(Field::Key, Value::Null);
    let fold = row.text(Field::Fold);
    let keep = |own: &str| if fold == own || fold == "both" { Value::from(own) } else { Value::Null };
    before.set(Field::Fold, keep("start"));
    after.set(Field::Fold, keep("end"));
    Ok([before, after])
}

fn not_on(shift: &Shift) -> Refusal {
    Refusal::new(RefusalCode::NotAssigned, format!("This helper is not on “{}”.", shift.title()))
}

fn elsewhere() -> Refusal {
    Refusal::new(RefusalCode::Invalid, "'assign' and 'unassign' can only name the two parts of the shift")
}
