//! Who may give which command.

use crate::command::Command;
use crate::ids::Id;
use crate::refusal::{Refusal, RefusalCode};
use crate::role::{Actor, Role};

/// Refuses with `forbidden` what the actor's role does not permit.
pub(super) fn permit(actor: &Actor, command: &Command) -> Result<(), Refusal> {
    use Command as C;
    match command {
        C::CreateEvent { .. }
        | C::UpdateEvent { .. }
        | C::ArchiveEvent { .. }
        | C::CreateAssignment { .. }
        | C::UpdateAssignment { .. }
        | C::MoveAssignment { .. }
        | C::SplitAssignment { .. }
        | C::CancelAssignment { .. }
        | C::Assign { .. }
        | C::Reassign { .. }
        | C::Substitute { .. }
        | C::Unassign { .. }
        | C::Staff { .. }
        | C::AddHelper { .. }
        | C::UpdateHelper { .. }
        | C::AddPlace { .. }
        | C::UpdatePlace { .. }
        | C::SetTravel { .. }
        | C::UpdateRules { .. }
        | C::DecideTimeOff { .. }
        | C::ImportShifts { .. } => planner(actor),

        C::Claim { .. } => own_helper(actor).map(|_| ()),
        C::EditNote { .. } => helper(actor),
        // Whose edit it is, and what it touches, is known when it was looked up.
        C::Undo { .. } => undoing(actor),

        C::Accept { helper, .. }
        | C::Decline { helper, .. }
        | C::CheckIn { helper, .. }
        | C::Complete { helper, .. }
        | C::UpdateContact { helper, .. }
        | C::UpdateLimits { helper, .. }
        | C::SetWorkingHours { helper, .. }
        | C::SetDayOff { helper, .. }
        | C::AddTimeOff { helper, .. }
        | C::UpdateTimeOff { helper, .. }
        | C::ImportBusy { helper, .. }
        | C::RemoveCalendar { helper, .. }
        | C::RemoveTimeOff { helper, .. } => self_or_planner(actor, helper),

        C::DeleteEvent { .. } => owner(actor),
    }
}

/// The helper that the actor is.
pub(super) fn own_helper(actor: &Actor) -> Result<&Id, Refusal> {
    if actor.role < Role::Helper {
        return Err(forbidden(actor, "a helper, a coordinator or an owner can take a shift"));
    }
    actor.helper.as_ref().ok_or_else(|| {
        let message = "Your account is not linked to a helper, so you cannot take a shift yourself. \
                       Ask a coordinator to link it.";
        Refusal::new(RefusalCode::Forbidden, message)
    })
}

fn helper(actor: &Actor) -> Result<(), Refusal> {
    let who = "a helper, a coordinator or an owner can write notes";
    if actor.role >= Role::Helper { Ok(()) } else { Err(forbidden(actor, who)) }
}

fn undoing(actor: &Actor) -> Result<(), Refusal> {
    let who = "a helper, a coordinator or an owner can take an edit back";
    if actor.role >= Role::Helper { Ok(()) } else { Err(forbidden(actor, who)) }
}

pub(super) fn planner(actor: &Actor) -> Result<(), Refusal> {
    if actor.role.plans() { Ok(()) } else { Err(forbidden(actor, "a coordinator or an owner can do this")) }
}

fn owner(actor: &Actor) -> Result<(), Refusal> {
    if actor.role == Role::Owner { Ok(()) } else { Err(forbidden(actor, "an owner can do this")) }
}

pub(super) fn self_or_planner(actor: &Actor, helper: &Id) -> Result<(), Refusal> {
    if actor.role.plans() || actor.is_helper(helper) {
        return Ok(());
    }
    Err(forbidden(actor, "the helper themself, a coordinator or an owner can do this"))
}

fn forbidden(actor: &Actor, who: &str) -> Refusal {
    let message = format!("Only {who}; your role is {}.", actor.role.name());
    Refusal::new(RefusalCode::Forbidden, message)
}
