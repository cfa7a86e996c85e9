//! The way back to a value: an ordinary command, judged like any.

use super::cells::RowChanges;
use crate::change::{Change, ChangeKind};
use crate::command::{Command, Fields, Hours};
use crate::decide;
use crate::ids::{DocId, Id};
use crate::role::Actor;
use crate::schema::{Field, Table};
use crate::value::Value;
use crate::view::{Row, World};

/// The command that brings back what stood before these changes of one row; `None` where there is none, where it would
/// not stand now, or would change nothing. What its author sees is left to be filled in.
pub fn restore(changes: &[Change], world: &dyn World, actor: &Actor) -> Option<Command> {
    let command = command(changes, world)?;
    let decision = decide(world, actor, &command).ok()?;
    (!decision.changes.is_empty()).then_some(command)
}

fn command(changes: &[Change], world: &dyn World) -> Option<Command> {
    let first = changes.first()?;
    let row = RowChanges { doc: &first.doc, table: first.table, row: &first.row, changes };
    let before = row.before();
    let saw = Fields::new();
    let id = || first.row.parse::<Id>().ok();
    let flag = |field: Field| before.get(&field).map(|value| value.bool() == Some(true));
    match (&first.doc, first.table) {
        (DocId::Event(event), Table::Facts) => {
            let event = event.clone();
            match flag(Field::Archived) {
                Some(archived) => Some(Command::ArchiveEvent { event, archived }),
                None => set(before).map(|set| Command::UpdateEvent { event, set, saw }),
            }
        }
        (DocId::Event(event), Table::Assignments) => {
            let (event, assignment) = (event.clone(), id()?);
            match before.get(&Field::Status).and_then(Value::text) {
                Some(status) => {
                    let cancelled = status == "cancelled";
                    Some(Command::CancelAssignment { event, assignment, cancelled })
                }
                None => set(before).map(|set| Command::UpdateAssignment { event, assignment, set, saw }),
            }
        }
        (DocId::Event(event), Table::Assigned) => {
            let (assignment, helper) = first.row.split_once('.')?;
            post(event.clone(), assignment.parse().ok()?, helper.parse().ok()?, &first.kind)
        }
        (DocId::Roster, Table::Helpers) => {
            set(before).and_then(|set| Some(Command::UpdateHelper { helper: id()?, set, saw }))
        }
        (DocId::Roster, Table::Places) => {
            set(before).and_then(|set| Some(Command::UpdatePlace { place: id()?, set, saw }))
        }
        (DocId::Roster, Table::Rules) => set(before).map(|set| Command::UpdateRules { set, saw }),
        (DocId::Roster, Table::Travel) => {
            let (from, to) = first.row.split_once('.')?;
            let minutes = before.get(&Field::Minutes)?.int().map(u16::try_from).transpose().ok()?;
            Some(Command::SetTravel { from: from.parse().ok()?, to: to.parse().ok()?, minutes })
        }
        (DocId::Person(helper), Table::Contact) => {
            set(before).map(|set| Command::UpdateContact { helper: helper.clone(), set, saw })
        }
        (DocId::Person(helper), Table::Limits) => {
            set(before).map(|set| Command::UpdateLimits { helper: helper.clone(), set, saw })
        }
        (DocId::Person(helper), Table::Hours) => {
            let now = world.doc(&first.doc).and_then(|view| view.row(Table::Hours, &first.row));
            let mut then = now.map(|row| row.as_ref().clone()).unwrap_or_default();
            for (field, value) in before {
                then.set(field, value);
            }
            Some(hours(helper.clone(), first.row.clone(), &then))
        }
        (DocId::Person(helper), Table::TimeOff) => time_off(helper.clone(), id()?, &first.kind, before),
        _ => None,
    }
}

/// Nothing to set: the row came or went as a whole.
fn set(before: Fields) -> Option<Fields> {
    (!before.is_empty()).then_some(before)
}

fn post(event: Id, assignment: Id, helper: Id, kind: &ChangeKind) -> Option<Command> {
    match kind {
        ChangeKind::Insert { .. } => Some(Command::Unassign { event, assignment, helper }),
        ChangeKind::Remove { .. } => Some(Command::Assign { event, assignment, helper }),
        ChangeKind::Set { before, .. } => match before.text()? {
            "accepted" => Some(Command::Accept { event, assignment, helper }),
            "declined" => Some(Command::Decline { event, assignment, helper }),
            "checked_in" => Some(Command::CheckIn { event, assignment, helper }),
            "completed" => Some(Command::Complete { event, assignment, helper }),
            _ => None,
        },
    }
}

fn hours(helper: Id, day: String, then: &Row) -> Command {
    if then.cell(Field::Off).bool() == Some(true) {
        return Command::SetDayOff { helper, day };
    }
    let (from, to) = (then.text(Field::From).to_owned(), then.text(Field::To).to_owned());
    let hours = (!from.is_empty() && !to.is_empty()).then_some(Hours { from, to });
    Command::SetWorkingHours { helper, day, hours }
}

fn time_off(helper: Id, time_off: Id, kind: &ChangeKind, mut before: Fields) -> Option<Command> {
    match kind {
        ChangeKind::Insert { .. } => Some(Command::RemoveTimeOff { helper, time_off }),
        ChangeKind::Remove { cells } => {
            let fields = cells.cells().filter(|(field, _)| *field != Field::Status);
            let fields = fields.map(|(field, value)| (field, value.clone())).collect();
            Some(Command::AddTimeOff { helper, time_off, fields })
        }
        ChangeKind::Set { .. } => {
            let status = before.remove(&Field::Status);
            match (before.is_empty(), status.as_ref().and_then(Value::text)) {
                (false, _) => {
                    Some(Command::UpdateTimeOff { helper, time_off, set: before, saw: Fields::new() })
                }
                (true, Some("approved")) => Some(Command::DecideTimeOff { helper, time_off, approved: true }),
                (true, Some("rejected")) => {
                    Some(Command::DecideTimeOff { helper, time_off, approved: false })
                }
                (true, _) => None,
            }
        }
    }
}
