//! Who is on a shift, and how they stand to it.

use super::Judge;
use super::lookup::{Event, Shift, helper as find_helper, refuse_archived_helper, view};
use crate::command::{ENTRIES_MAX, Post};
use crate::ids::{DocId, Id};
use crate::ordered::sort;
use crate::ordered::{OrdMap, OrdSet};
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Field, Table, assigned_row};
use crate::value::Value;
use crate::view::{Row, World};

/// Most names in a refusal.
const NAMES_MAX: usize = 10;

pub(super) fn assign(j: &mut Judge, event: &Id, assignment: &Id, helper: &Id) -> Result<(), Refusal> {
    put(j, event, assignment, helper, "assigned")
}

pub(super) fn claim(j: &mut Judge, event: &Id, assignment: &Id, helper: &Id) -> Result<(), Refusal> {
    put(j, event, assignment, helper, "accepted")
}

fn put(j: &mut Judge, event: &Id, assignment: &Id, helper: &Id, status: &str) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    let shift = event.shift(assignment)?;
    let helper_row = find_helper(j.world, helper)?;
    event.refuse_archived()?;
    refuse_archived_helper(helper_row)?;
    shift.refuse_cancelled()?;
    take_place(j, &event, &shift, helper, status)
}

pub(super) fn reassign(j: &mut Judge, event: &Id, from: &Id, to: &Id, helper: &Id) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    let left = event.shift(from)?;
    let taken = event.shift(to)?;
    let helper_row = find_helper(j.world, helper)?;
    event.refuse_archived()?;
    refuse_archived_helper(helper_row)?;
    taken.refuse_cancelled()?;
    let (name, row) = on_shift(j.world, &event, &left, helper)?;
    if from == to {
        return Ok(());
    }
    j.remove(&event.doc, Table::Assigned, name, row.clone());
    take_place(j, &event, &taken, helper, "assigned")
}

/// Whoever comes takes the very place of whoever leaves, also on a shift with more people than places. Who had
/// declined held no place: then a free one is needed.
pub(super) fn substitute(
    j: &mut Judge,
    event: &Id,
    assignment: &Id,
    from: &Id,
    to: &Id,
) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    let shift = event.shift(assignment)?;
    let to_row = find_helper(j.world, to)?;
    event.refuse_archived()?;
    refuse_archived_helper(to_row)?;
    shift.refuse_cancelled()?;
    let (leaving, row) = on_shift(j.world, &event, &shift, from)?;
    if from == to {
        return Ok(());
    }
    let now = event.assigned(&assigned_row(shift.id, to));
    if now.is_some_and(|row| row.text(Field::Status) != "declined") {
        let message = format!("{} is on “{}” already.", to_row.text(Field::Name), shift.title());
        return Err(Refusal::new(RefusalCode::WrongState, message));
    }
    if row.text(Field::Status) == "declined" {
        refuse_full(j.world, &event, &shift, 0)?;
    }
    j.remove(&event.doc, Table::Assigned, leaving, row.clone());
    put_row(j, &event, &shift, to, "assigned");
    Ok(())
}

/// Takes a place for a helper, if there is one. Who has a place already keeps it; a claim also says yes.
fn take_place(j: &mut Judge, event: &Event, shift: &Shift, helper: &Id, status: &str) -> Result<(), Refusal> {
    let name = assigned_row(shift.id, helper);
    let now = event.assigned(&name);
    match now.map(|row| row.text(Field::Status)) {
        None | Some("declined") => refuse_full(j.world, event, shift, 0)?,
        Some("assigned") => {}
        Some(_) => return Ok(()),
    }
    put_row(j, event, shift, helper, status);
    Ok(())
}

fn put_row(j: &mut Judge, event: &Event, shift: &Shift, helper: &Id, status: &str) {
    let name = assigned_row(shift.id, helper);
    if let Some(row) = event.assigned(&name) {
        return j.set_one(&event.doc, Table::Assigned, &name, row, Field::Status, Value::from(status));
    }
    j.insert(&event.doc, Table::Assigned, name, post_row(shift.id, helper, status));
}

/// The row of a helper on a shift.
pub(super) fn post_row(assignment: &Id, helper: &Id, status: &str) -> Row {
    Row::from_iter([
        (Field::Assignment, Value::from(assignment)),
        (Field::Helper, Value::from(helper)),
        (Field::Status, Value::from(status)),
    ])
}

/// First all leave who are to leave, then all come; whoever has a place already keeps it.
pub(super) fn staff(j: &mut Judge, event: &Id, unassign: &[Post], assign: &[Post]) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    event.refuse_archived()?;
    refuse_odd(unassign, assign)?;
    // How many more hold a place of a shift than the world says.
    let mut more: OrdMap<&Id, i64> = OrdMap::new();
    for post in unassign {
        let shift = event.shift(&post.assignment)?;
        let (name, row) = on_shift(j.world, &event, &shift, &post.helper)?;
        if row.text(Field::Status) != "declined" {
            *more.entry(&post.assignment).or_default() -= 1;
        }
        j.remove(&event.doc, Table::Assigned, name, row.clone());
    }
    for post in assign {
        let shift = event.shift(&post.assignment)?;
        refuse_archived_helper(find_helper(j.world, &post.helper)?)?;
        shift.refuse_cancelled()?;
        let now = event.assigned(&assigned_row(shift.id, &post.helper));
        if now.is_some_and(|row| row.text(Field::Status) != "declined") {
            continue;
        }
        let more = more.entry(&post.assignment).or_default();
        refuse_full(j.world, &event, &shift, *more)?;
        *more += 1;
        put_row(j, &event, &shift, &post.helper, "assigned");
    }
    Ok(())
}

/// Too much at once, or a helper named twice on one shift.
pub(super) fn refuse_odd(unassign: &[Post], assign: &[Post]) -> Result<(), Refusal> {
    let count = unassign.len() + assign.len();
    if count > ENTRIES_MAX {
        let message = format!("at most {ENTRIES_MAX} helpers can be put on shifts or taken off at once");
        return Err(Refusal::new(RefusalCode::TooLarge, message));
    }
    let all: OrdSet<&Post> = unassign.iter().chain(assign).collect();
    if all.len() == count {
        return Ok(());
    }
    Err(Refusal::new(RefusalCode::Invalid, "a helper is named twice for one shift"))
}

/// Allowed on a cancelled shift, and for a helper who is not in the roster any more.
pub(super) fn unassign(j: &mut Judge, event: &Id, assignment: &Id, helper: &Id) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    let shift = event.shift(assignment)?;
    event.refuse_archived()?;
    let (name, row) = on_shift(j.world, &event, &shift, helper)?;
    j.remove(&event.doc, Table::Assigned, name, row.clone());
    Ok(())
}

pub(super) fn accept(j: &mut Judge, event: &Id, assignment: &Id, helper: &Id) -> Result<(), Refusal> {
    step(j, event, assignment, helper, "accepted")
}

pub(super) fn decline(j: &mut Judge, event: &Id, assignment: &Id, helper: &Id) -> Result<(), Refusal> {
    step(j, event, assignment, helper, "declined")
}

pub(super) fn check_in(j: &mut Judge, event: &Id, assignment: &Id, helper: &Id) -> Result<(), Refusal> {
    step(j, event, assignment, helper, "checked_in")
}

pub(super) fn complete(j: &mut Judge, event: &Id, assignment: &Id, helper: &Id) -> Result<(), Refusal> {
    step(j, event, assignment, helper, "completed")
}

/// A helper's next step on a shift that they are on.
fn step(j: &mut Judge, event: &Id, assignment: &Id, helper: &Id, to: &str) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    let shift = event.shift(assignment)?;
    event.refuse_archived()?;
    shift.refuse_cancelled()?;
    let (name, row) = on_shift(j.world, &event, &shift, helper)?;
    let from = row.text(Field::Status);
    match (from, to) {
        ("assigned", "accepted" | "declined" | "checked_in") => {}
        ("accepted", "declined" | "checked_in") => {}
        ("declined", "accepted") => refuse_full(j.world, &event, &shift, 0)?,
        ("checked_in", "completed") => {}
        (from, to) if from == to => {}
        // Who checked in has said yes.
        ("checked_in" | "completed", "accepted") => return Ok(()),
        _ => return Err(wrong_state(j.world, &shift, helper, from, to)),
    }
    j.set_one(&event.doc, Table::Assigned, &name, row, Field::Status, Value::from(to));
    Ok(())
}

pub(super) fn on_shift<'a>(
    world: &dyn World,
    event: &Event<'a>,
    shift: &Shift,
    helper: &Id,
) -> Result<(String, &'a Row), Refusal> {
    let name = assigned_row(shift.id, helper);
    match event.assigned(&name) {
        Some(row) => Ok((name, row)),
        None => {
            let message = format!("{} is not on “{}”.", helper_name(world, helper.as_str()), shift.title());
            Err(Refusal::new(RefusalCode::NotAssigned, message))
        }
    }
}

/// `more` of its places are taken than the world says.
pub(super) fn refuse_full(world: &dyn World, event: &Event, shift: &Shift, more: i64) -> Result<(), Refusal> {
    let places = shift.row.cell(Field::HelpersMax).int().unwrap_or(1);
    let rows = event.view.assigned(shift.id.as_str());
    let taken: Vec<&str> =
        rows.filter(|r| r.text(Field::Status) != "declined").map(|r| r.text(Field::Helper)).collect();
    if (taken.len() as i64) + more < places {
        return Ok(());
    }
    let title = shift.title();
    if more > 0 {
        // Those who came before in the same command hold some of the places: it asks for too many.
        let message = match places {
            1 => format!("“{title}” has only 1 place."),
            _ => format!("“{title}” has only {places} places."),
        };
        return Err(Refusal::new(RefusalCode::AlreadyTaken, message));
    }
    let mut names: Vec<String> = taken.iter().map(|helper| helper_name(world, helper)).collect();
    sort(&mut names);
    if names.len() > NAMES_MAX {
        let more = names.len() - NAMES_MAX;
        names.truncate(NAMES_MAX);
        names.push(format!("and {more} more"));
    }
    let names = names.join(", ");
    let message = match places {
        1 => format!("The only place of “{title}” is taken: {names}."),
        _ => format!("All {places} places of “{title}” are taken: {names}."),
    };
    Err(Refusal::new(RefusalCode::AlreadyTaken, message))
}

fn wrong_state(world: &dyn World, shift: &Shift, helper: &Id, from: &str, to: &str) -> Refusal {
    let name = helper_name(world, helper.as_str());
    let title = shift.title();
    let message = match (from, to) {
        ("declined", _) => format!("{name} declined “{title}”, and has to accept it first."),
        (_, "completed") => format!("{name} has not checked in to “{title}” yet."),
        ("completed", _) => format!("{name} has completed “{title}” already."),
        _ => format!("{name} has checked in to “{title}” already."),
    };
    Refusal::new(RefusalCode::WrongState, message)
}

fn helper_name(world: &dyn World, helper: &str) -> String {
    let row = view(world, &DocId::Roster).row(Table::Helpers, helper);
    row.map_or_else(|| "Somebody".to_owned(), |row| row.text(Field::Name).to_owned())
}
