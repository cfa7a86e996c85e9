//! The command on a note. It changes no rows: the update itself is what is written.

use super::Judge;
use super::lookup::Event;
use crate::ids::Id;
use crate::note;
use crate::refusal::Refusal;

pub(super) fn edit(j: &mut Judge, event: &Id, assignment: &Id, update: &str) -> Result<(), Refusal> {
    let event = Event::find(j.world, event)?;
    event.shift(assignment)?;
    event.refuse_archived()?;
    note::inspect(&note::decode(update)?)?;
    Ok(())
}
