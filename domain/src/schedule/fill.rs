//! "Fill the gaps" of an event: helpers for its free places, without a hard conflict, as one command.
//!
//! Own search and no solver: the rules of rest, limits and ways depend on a helper's whole schedule, and the check that
//! judges an edit judges each step here. What there is in Rust is C++ inside (HiGHS), linear (microlp: 250,000 yes-or-no
//! variables for 626 shifts and 400 helpers), or 32,000 lines to download (pumpkin-solver).
//!
//! # Layout
//! - `board`: who is on what at this moment, and what another place would mean
//! - `search`: the steps: place by place the scarcest first, chains of moves where nobody is left, then a fairer spread
//! - `plan`: what comes out, and taking it back

mod board;
mod plan;
mod search;

pub use plan::{FillPlan, Obstacle, OpenPlaces};

use super::Season;
use crate::ids::Id;
use board::Board;
use search::{Phase, Tier};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FillOptions {
    /// Also with helpers of whom nobody knows whether they have time, where nobody else is left. They are to be asked.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<bool>", optional))]
    pub ask_unknown: bool,
    /// Also where that is a conflict of medium severity, where nobody else is left.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<bool>", optional))]
    pub accept_medium: bool,
    /// Also places beyond the least number of helpers.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<bool>", optional))]
    pub to_most: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FillProgress {
    /// Of `total`. It never goes back.
    pub done: u32,
    pub total: u32,
    /// Places filled so far, of `places`.
    pub placed: u32,
    pub places: u32,
}

/// The search, in slices. Dropping it cancels it. The same season and options give the same plan, whatever the slices.
#[derive(Debug)]
pub struct Fill {
    board: Board,
    phases: Vec<Phase>,
    /// The phase at work, what it has done and what is before it.
    phase: usize,
    cursor: search::Cursor,
}

impl Fill {
    pub fn new(season: &Season, event: &Id, options: FillOptions) -> Fill {
        let known = Tier { unknown: false, medium: false };
        let mut tiers = vec![known];
        if options.ask_unknown {
            tiers.push(Tier { unknown: true, medium: false });
        }
        if options.accept_medium {
            tiers.push(Tier { unknown: options.ask_unknown, medium: true });
        }
        let mut phases = vec![Phase::Pairs];
        phases.extend(tiers.iter().flat_map(|tier| [Phase::Place(*tier), Phase::Repair(*tier)]));
        phases.extend([Phase::Improve, Phase::Explain]);
        let board = Board::new(season.clone(), event, options);
        Fill { board, phases, phase: 0, cursor: search::Cursor::default() }
    }

    /// Goes on for about so many checks of a helper's schedule, each some microseconds.
    pub fn step(&mut self, budget: usize) -> FillProgress {
        let end = self.board.checks.saturating_add(budget);
        while self.board.checks < end && !self.is_done() {
            let phase = self.phases[self.phase];
            // Steps without a check count too, so that a slice ends.
            self.board.checks += 1;
            if !self.cursor.step(phase, &mut self.board) {
                self.phase += 1;
                self.cursor = search::Cursor::default();
            }
        }
        self.progress()
    }

    pub fn is_done(&self) -> bool {
        self.phase == self.phases.len()
    }

    pub fn progress(&self) -> FillProgress {
        let weights = self.phases.iter().map(|phase| phase.weight());
        let before: u32 = weights.clone().take(self.phase).sum();
        let now =
            self.phases.get(self.phase).map_or(0, |phase| phase.weight() * self.cursor.percent(*phase) / 100);
        let (placed, places) = self.board.placed();
        FillProgress { done: before + now, total: weights.sum(), placed, places }
    }

    /// What was found so far; all of it once [`Fill::is_done`].
    pub fn plan(&self) -> FillPlan {
        plan::plan(&self.board)
    }
}
