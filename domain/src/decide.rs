//! Judges a command. The same function runs on the device, for what people see at once, and on the hub, at commit.

use crate::change::Decision;
use crate::command::Command;
use crate::refusal::Refusal;
use crate::role::Actor;
use crate::view::World;

/// Judges a command against the world as it stands. Pure: the same arguments give the same answer.
pub fn decide(_world: &dyn World, _actor: &Actor, _command: &Command) -> Result<Decision, Refusal> {
    unimplemented!()
}
