//! Deterministic simulation: real engines on devices, the real organisation of the hub, and a world between them that
//! loses, delays, doubles, freezes and kills, all from one seed.
//!
//! - [`case`]: what is simulated: a seed, how much of it, and what is left out
//! - [`world`]: the queue of what happens next
//! - [`steps`], [`people`]: what is done, by people and by misfortune
//! - [`week`]: seven days without a network on one device
//! - [`browser`]: tabs with their engines, and the browser that they share
//! - [`editors`]: people's text editors on notes
//! - [`stock`]: editors that know nothing of refusals, and send all they have each time
//! - [`network`]: frames on their way
//! - [`hub`], [`disk`]: the hub, the deaths that it dies, and what survives them
//! - [`oracle`]: what must hold at every step; [`compare`]: what must hold at the end
//! - [`shrink`]: makes a failing case small
//!
//! A case gives one trace: its hash is printed, and running the case again must give the same.

pub mod browser;
pub mod case;
pub mod compare;
pub mod disk;
pub mod editors;
pub mod hub;
pub mod network;
pub mod oracle;
pub mod people;
pub mod rng;
pub mod shrink;
pub mod steps;
pub mod stock;
pub mod week;
pub mod world;

use case::Case;
use world::World;

/// What a case came to.
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

/// Runs one case: its steps of people and misfortune, then everything heals, comes to rest, and is compared. `tells` says
/// on standard error what happens.
pub fn run(case: &Case, tells: bool) -> Outcome {
    let mut world = World::new(case, tells);
    if case.queued > 0 {
        world.week(case.queued);
    }
    for step in 0..case.steps {
        world.step(step);
        if world.oracle.has_failed() {
            break;
        }
    }
    world.heal();
    world.compare();
    Outcome {
        trace: world.trace(),
        failures: world.oracle.failures().to_vec(),
        saved: world.oracle.saved_count(),
        faults: world.faults,
    }
}

/// As [`run`]; a panic is a failure of the case.
pub fn attempt(case: &Case, tells: bool) -> Outcome {
    std::panic::catch_unwind(|| run(case, tells)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        let failures = vec![format!("panicked: {}", text.unwrap_or_default())];
        Outcome { trace: 0, failures, saved: 0, faults: 0 }
    })
}
