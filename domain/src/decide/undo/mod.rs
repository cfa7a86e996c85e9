//! Taking back what an earlier mutation did, as far as it still stands.
//!
//! Its changes are folded into one effect for each row ([`effect`]). Effects that make sense only together are one group
//! ([`group`]): a swap, a split, a calendar. Group by group they are taken back on a copy of the documents
//! ([`take_back`]), where the rules of all commands hold; what breaks one, or was changed since, stays and is named.

mod effect;
mod group;
mod take_back;

use super::Judge;
use super::lookup::{Event, view};
use super::permit::{planner, self_or_planner};
use crate::change::{KEPT_MAX, RecordedKind};
use crate::ids::{DocId, Id, Uuid};
use crate::refusal::{Refusal, RefusalCode};
use crate::role::Actor;
use crate::schema::{Field, Table};
use crate::view::{Recalled, World};
use effect::{Effect, RowEffect};
use take_back::TakeBack;

pub(super) fn undo(
    j: &mut Judge,
    actor: &Actor,
    by: Option<&Id>,
    mutation: Uuid,
    also_changed: bool,
) -> Result<(), Refusal> {
    let recorded = match j.world.recall(by, mutation) {
        Recalled::Known(recorded) => recorded,
        Recalled::Elsewhere => return Ok(()),
        Recalled::Never => {
            let message = "The hub does not have this edit (any more), so it cannot be taken back.";
            return Err(Refusal::new(RefusalCode::NotFound, message));
        }
    };
    refuse_kind(recorded.kind)?;
    if recorded.user != actor.user {
        planner(actor)?;
    }
    let effects = effect::effects(&recorded.changes);
    for effect in &effects {
        permit(actor, effect)?;
        refuse_archived(j.world, effect)?;
    }
    let mut work = TakeBack::new(j.world, actor.role.plans(), also_changed);
    for group in group::groups(effects) {
        work.take_back(&group);
    }
    work.kept.truncate(KEPT_MAX);
    j.out.changes = work.changes;
    j.out.kept = work.kept;
    j.out.replaced = work.replaced;
    Ok(())
}

fn refuse_kind(kind: RecordedKind) -> Result<(), Refusal> {
    let message = match kind {
        RecordedKind::Plan => return Ok(()),
        RecordedKind::Note => "What was written in a note is taken back in its editor.",
        RecordedKind::Deletion => "The event was deleted for good.",
    };
    Err(Refusal::new(RefusalCode::NotUndoable, message))
}

/// One may take back what one may do, with the role of now.
fn permit(actor: &Actor, effect: &RowEffect) -> Result<(), Refusal> {
    match (&effect.doc, effect.post()) {
        (DocId::Person(helper), _) => self_or_planner(actor, helper),
        (_, Some((_, helper))) => self_or_planner(actor, &helper),
        _ => planner(actor),
    }
}

/// An archived event takes nothing but being brought back.
fn refuse_archived(world: &dyn World, effect: &RowEffect) -> Result<(), Refusal> {
    let DocId::Event(id) = &effect.doc else { return Ok(()) };
    if let Effect::Set { cells, .. } = &effect.effect
        && effect.table == Table::Facts
        && cells.keys().all(|field| *field == Field::Archived)
    {
        return Ok(());
    }
    match view(world, &effect.doc).single(Table::Facts) {
        Some(_) => Event::find(world, id)?.refuse_archived(),
        None => Ok(()),
    }
}
