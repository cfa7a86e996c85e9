//! Deterministic simulation: real engines on devices, a real room of the hub, and a world between them that loses,
//! delays, doubles, freezes and kills, all from one seed.
//!
//! - [`rng`]: the one source of chance
//! - [`world`]: browsers, tabs, connections, the hub, and the queue of what happens next
//! - [`network`]: frames on their way, and the hub's end of them
//! - [`actions`]: what people and misfortune do
//! - [`oracle`]: what must hold, at every step and at the end
//!
//! A seed gives one trace: its hash is printed, and running the seed again must give the same.

pub mod actions;
pub mod network;
pub mod oracle;
pub mod rng;
pub mod world;

use world::World;

/// How much is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub devices: usize,
    pub steps: usize,
    /// Says on standard error what happens.
    pub tells: bool,
}

impl Default for Size {
    fn default() -> Size {
        Size { devices: 4, steps: 200, tells: false }
    }
}

/// What a seed came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Hash over everything that happened, in order.
    pub trace: u64,
    /// What did not hold; empty if all did.
    pub failures: Vec<String>,
    /// Edits that people were told were saved, and faults that were injected.
    pub saved: usize,
    pub faults: usize,
}

/// Runs one seed: so many steps of people and misfortune, then everything heals, comes to rest, and is compared.
pub fn run(seed: u64, size: Size) -> Outcome {
    let mut world = World::new(seed, size.devices, size.tells);
    for _ in 0..size.steps {
        world.act();
        if world.oracle.has_failed() {
            break;
        }
    }
    world.heal();
    world.compare();
    world.outcome()
}
