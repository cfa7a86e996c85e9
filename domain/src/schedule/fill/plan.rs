//! What filling the gaps came to.

use super::board::{Board, Gap};
use crate::command::{Command, Post};
use crate::ids::Id;
use crate::ordered::sort;
use crate::project::Names;
use crate::schedule::conflict::ConflictKind as Kind;
use crate::schedule::score::Score;
use serde::{Deserialize, Serialize};

/// Who is to be put on what, as one step, and what stays open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FillPlan {
    pub event: Id,
    /// By the start of their shifts.
    pub assign: Vec<Post>,
    pub open: Vec<OpenPlaces>,
    /// Of the helpers and shifts that it concerns, and of the spread of work.
    pub before: Score,
    pub after: Score,
}

/// Places of a shift for which nobody was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OpenPlaces {
    pub assignment: Id,
    pub missing: u32,
    /// What keeps how many helpers from it, most of them first.
    pub why: Vec<Obstacle>,
    /// How many would have to be asked.
    pub unknown: u32,
    /// In a sentence.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Obstacle {
    pub kind: Kind,
    pub helpers: u32,
}

impl FillPlan {
    /// The command that does it; `None` where there is nothing to do.
    pub fn command(&self) -> Option<Command> {
        let (event, assign) = (self.event.clone(), self.assign.clone());
        (!assign.is_empty()).then_some(Command::Staff { event, unassign: vec![], assign })
    }
}

pub(super) fn plan(board: &Board) -> FillPlan {
    let mut assign = Vec::new();
    for gap in &board.gaps {
        let mut helpers: Vec<&Id> = gap.placed.iter().map(|worker| &board.workers[*worker].id).collect();
        sort(&mut helpers);
        let posts = helpers.into_iter().map(|id| Post { assignment: gap.id.clone(), helper: id.clone() });
        assign.extend(posts);
    }
    let open = board.gaps.iter().filter(|gap| gap.placed.len() < gap.places);
    let open = open.map(|gap| open_places(board, gap)).collect();
    let (before, after) = board.scores();
    FillPlan { event: board.event.clone(), assign, open, before, after }
}

fn open_places(board: &Board, gap: &Gap) -> OpenPlaces {
    let missing = gap.places - gap.placed.len();
    let why: Vec<Obstacle> =
        gap.why.iter().map(|(kind, helpers)| Obstacle { kind: *kind, helpers: *helpers }).collect();
    let mut parts: Vec<String> = why.iter().map(|o| format!("{} {}", o.helpers, words(o.kind))).collect();
    if gap.unknown > 0 {
        parts.push(format!("{} to be asked", gap.unknown));
    }
    let title = Names { world: &board.season }.shift(&board.event, &gap.id);
    let stay =
        if missing == 1 { "1 place stays open".to_owned() } else { format!("{missing} places stay open") };
    let parts = if parts.is_empty() { "there are no other helpers".to_owned() } else { parts.join(", ") };
    OpenPlaces {
        assignment: gap.id.clone(),
        missing: u32::try_from(missing).unwrap_or(u32::MAX),
        why,
        unknown: gap.unknown,
        text: format!("{title}: {stay}; {parts}."),
    }
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Overlap | Kind::DoubleRole => "on another shift then",
        Kind::ExternalBusy => "busy",
        Kind::TimeOff => "off",
        Kind::OutsideHours => "not working then",
        Kind::TravelInfeasible => "too far away",
        Kind::Preparation => "without time to prepare",
        Kind::Rest => "with too little rest",
        Kind::MaxHours => "with too many hours",
        Kind::ConsecutiveDays => "with too many days in a row",
        Kind::Skill => "without the skill or not known as an adult",
        Kind::Understaffed | Kind::DuplicateMirror | Kind::StaleOrUnknown => "unclear",
        Kind::DstAmbiguous | Kind::Preference | Kind::Fairness => "unclear",
    }
}
