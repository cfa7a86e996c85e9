//! Judges a command. The same function runs on the device, for what people see at once, and on the hub, at commit.
//!
//! Every command is checked in one order: role, existence, archived or cancelled, state, values.

mod assignment;
mod busy;
mod cells;
mod event;
mod import;
mod lookup;
mod note;
mod permit;
mod person;
mod roster;
pub(crate) mod shift_rules;
mod split;
mod staffing;
mod time_off;
mod undo;

use crate::change::{Change, ChangeKind, Decision};
use crate::command::Command;
use crate::ids::DocId;
use crate::refusal::{Refusal, RefusalCode};
use crate::role::Actor;
use crate::schema::{SCHEMA, Table};
use crate::view::{Row, World};

/// Judges a command against the world as it stands. Pure: the same arguments give the same answer.
pub fn decide(world: &dyn World, actor: &Actor, command: &Command) -> Result<Decision, Refusal> {
    use Command as C;
    permit::permit(actor, command)?;
    refuse_deleted(world, command)?;
    refuse_newer_schema(world, command)?;
    let mut judge = Judge { world, out: Decision::default() };
    let j = &mut judge;
    match command {
        C::CreateEvent { event, fields } => event::create(j, event, fields),
        C::UpdateEvent { event, set, saw } => event::update(j, event, set, saw),
        C::ArchiveEvent { event, archived } => event::archive(j, event, *archived),
        C::DeleteEvent { event } => event::delete(j, event),

        C::CreateAssignment { event, assignment, fields } => assignment::create(j, event, assignment, fields),
        C::UpdateAssignment { event, assignment, set, saw } => {
            assignment::update(j, event, assignment, set, saw)
        }
        C::MoveAssignment { event, assignment, set, saw } => {
            assignment::shift(j, event, assignment, set, saw)
        }
        C::SplitAssignment { event, assignment, second, at, unassign, assign } => {
            split::split(j, event, (assignment, second), at, unassign, assign)
        }
        C::CancelAssignment { event, assignment, cancelled } => {
            assignment::cancel(j, event, assignment, *cancelled)
        }

        C::Assign { event, assignment, helper } => staffing::assign(j, event, assignment, helper),
        C::Reassign { event, from, to, helper } => staffing::reassign(j, event, from, to, helper),
        C::Substitute { event, assignment, from, to } => staffing::substitute(j, event, assignment, from, to),
        C::Unassign { event, assignment, helper } => staffing::unassign(j, event, assignment, helper),
        C::Staff { event, unassign, assign } => staffing::staff(j, event, unassign, assign),
        C::Claim { event, assignment } => staffing::claim(j, event, assignment, permit::own_helper(actor)?),
        C::Accept { event, assignment, helper } => staffing::accept(j, event, assignment, helper),
        C::Decline { event, assignment, helper } => staffing::decline(j, event, assignment, helper),
        C::CheckIn { event, assignment, helper } => staffing::check_in(j, event, assignment, helper),
        C::Complete { event, assignment, helper } => staffing::complete(j, event, assignment, helper),

        C::AddHelper { helper, fields, contact } => roster::add_helper(j, helper, fields, contact),
        C::UpdateHelper { helper, set, saw } => roster::update_helper(j, helper, set, saw),
        C::AddPlace { place, fields } => roster::add_place(j, place, fields),
        C::UpdatePlace { place, set, saw } => roster::update_place(j, place, set, saw),

        C::SetTravel { from, to, minutes } => roster::set_travel(j, from, to, *minutes),
        C::UpdateRules { set, saw } => roster::update_rules(j, set, saw),

        C::UpdateLimits { helper, set, saw } => person::update_limits(j, helper, set, saw),
        C::UpdateContact { helper, set, saw } => person::update_contact(j, helper, set, saw),
        C::SetWorkingHours { helper, day, hours } => person::set_hours(j, helper, day, hours.as_ref()),
        C::SetDayOff { helper, day } => person::set_day_off(j, helper, day),
        C::AddTimeOff { helper, time_off, fields } => {
            time_off::add(j, helper, time_off, fields, actor.role.plans())
        }
        C::UpdateTimeOff { helper, time_off, set, saw } => {
            time_off::update(j, helper, time_off, set, saw, actor.role.plans())
        }
        C::DecideTimeOff { helper, time_off, approved } => time_off::decide(j, helper, time_off, *approved),
        C::RemoveTimeOff { helper, time_off } => time_off::remove(j, helper, time_off),
        C::ImportBusy { helper, calendar, fields, busy } => busy::import(j, helper, calendar, fields, busy),
        C::RemoveCalendar { helper, calendar } => busy::remove(j, helper, calendar),

        C::ImportShifts { event, places, shifts } => import::import_shifts(j, event, places, shifts),

        C::EditNote { event, assignment, update } => note::edit(j, event, assignment, update),

        C::Undo { mutation, by, also_changed } => undo::undo(j, actor, by.as_ref(), *mutation, *also_changed),
    }?;
    Ok(judge.out)
}

fn refuse_deleted(world: &dyn World, command: &Command) -> Result<(), Refusal> {
    if command.docs(world).iter().any(|d| world.is_deleted(d)) {
        return Err(Refusal::new(RefusalCode::Deleted, "This event was deleted."));
    }
    Ok(())
}

fn refuse_newer_schema(world: &dyn World, command: &Command) -> Result<(), Refusal> {
    let newer = command.docs(world).iter().any(|d| world.doc(d).is_some_and(|v| v.schema() > SCHEMA));
    if newer {
        let message = "This plan was written by a newer version of the app. Update the app to change it.";
        return Err(Refusal::new(RefusalCode::NewerSchema, message));
    }
    Ok(())
}

/// The judging of one command: the world before it, and what it has changed so far.
struct Judge<'a> {
    world: &'a dyn World,
    out: Decision,
}

impl Judge<'_> {
    fn insert(&mut self, doc: &DocId, table: Table, row: impl Into<String>, cells: Row) {
        self.push(doc, table, row.into(), ChangeKind::Insert { cells });
    }

    fn remove(&mut self, doc: &DocId, table: Table, row: impl Into<String>, cells: Row) {
        self.push(doc, table, row.into(), ChangeKind::Remove { cells });
    }

    fn push(&mut self, doc: &DocId, table: Table, row: String, kind: ChangeKind) {
        self.out.changes.push(Change { doc: doc.clone(), table, row, kind });
    }
}
