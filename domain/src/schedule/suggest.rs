//! What could be done about a conflict: each suggestion is a command that the hub would accept, tried on the whole plan of
//! all whom it concerns, or advice where no command helps.

mod people;
mod split;
mod text;
mod times;

use super::Season;
use super::conflict::{Conflict, ConflictKind as Kind, Fact, Severity};
use super::facts::Shift;
use super::score::{Score, added};
use crate::command::Command;
use crate::ordered::sort_by_key;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Most suggestions for a conflict.
pub const SUGGESTIONS_MAX: usize = 5;
/// Most of one kind, so that there is a choice. Candidates for a free place are all of one kind.
const ALIKE_MAX: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Suggestion {
    pub kind: SuggestionKind,
    /// `None` for advice.
    pub command: Option<Command>,
    /// Of all helpers and shifts that the command concerns; of the conflict, for advice.
    pub before: Score,
    pub after: Score,
    /// Conflicts that it would bring, or make worse.
    pub new: Vec<Conflict>,
    /// Somebody should be asked first.
    pub ask: bool,
    /// In a sentence.
    pub text: String,
}

/// In the order in which they are offered, where they mend as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum SuggestionKind {
    /// A helper on a free place.
    Assign,
    /// A helper in the place of another.
    Substitute,
    /// Two helpers take each other's shifts.
    Exchange,
    /// Others take all shifts of one day.
    RestDay,
    /// The shift at another time.
    Move,
    /// The shift made two, with somebody else on the part that is wrong.
    Split,
    /// Less time for preparation or tearing down.
    Trim,
    /// A helper off a shift.
    Unassign,
    /// Other working hours on one date.
    ExtendHours,
    /// Which time is meant, where the clock changes.
    ChooseTime,
    AskHelper,
    ReadCalendar,
    CorrectZone,
    LocatePlace,
    ShareCar,
}

/// A suggestion that has not been tried yet.
#[derive(Clone)]
struct Idea {
    kind: SuggestionKind,
    command: Option<Command>,
    ask: bool,
    text: String,
}

impl Season {
    /// What could be done about the conflict with this id, the best first. Each command mends it, or makes it smaller,
    /// brings nothing hard, and leaves those whom it concerns with less that is wrong.
    pub fn suggestions(&self, id: &str) -> Vec<Suggestion> {
        let Some(conflict) = self.all().find(|c| c.id == id) else { return Vec::new() };
        let ideas = self.ideas(conflict);
        let mut tried: Vec<Suggestion> = ideas.into_iter().filter_map(|i| self.tried(conflict, i)).collect();
        // Ideas come in the order of their candidates, which stays where they mend as much.
        sort_by_key(&mut tried, |s| (s.command.is_none(), s.before.change(s.after), s.ask, s.kind));
        let mut out: Vec<Suggestion> = Vec::new();
        for suggestion in tried {
            let alike = out.iter().filter(|s| s.kind == suggestion.kind).count();
            let is_new = out.iter().all(|s| s.text != suggestion.text);
            if is_new && (alike < ALIKE_MAX || suggestion.kind == SuggestionKind::Assign) {
                out.push(suggestion);
            }
        }
        out.truncate(SUGGESTIONS_MAX);
        out
    }

    fn all(&self) -> impl Iterator<Item = &Conflict> {
        let of_events = self.events.values().flat_map(|p| p.found.values().flatten().chain(&p.spread));
        self.found.values().flatten().chain(of_events)
    }

    fn ideas(&self, conflict: &Conflict) -> Vec<Idea> {
        match conflict.kind {
            Kind::Overlap | Kind::DoubleRole => {
                [self.other_people(conflict), self.other_times(conflict), self.split(conflict)].concat()
            }
            Kind::Rest => [self.other_people(conflict), self.other_times(conflict)].concat(),
            Kind::TravelInfeasible => {
                let advice = [self.share_car(conflict), self.locate(conflict)].concat();
                [self.other_people(conflict), self.other_times(conflict), advice].concat()
            }
            Kind::Preparation => {
                [self.trim(conflict), self.other_people(conflict), self.other_times(conflict)].concat()
            }
            Kind::ExternalBusy | Kind::TimeOff => {
                let people = [self.other_people(conflict), self.split(conflict)].concat();
                [people, self.other_times(conflict), self.ask(conflict)].concat()
            }
            Kind::OutsideHours => {
                let hours = self.extend_hours(conflict);
                [self.other_people(conflict), self.other_times(conflict), hours].concat()
            }
            Kind::ConsecutiveDays => [self.rest_day(conflict), self.other_people(conflict)].concat(),
            Kind::MaxHours | Kind::Skill | Kind::Preference | Kind::Fairness => self.other_people(conflict),
            Kind::Understaffed => self.more_people(conflict),
            Kind::DstAmbiguous => self.choose_time(conflict),
            Kind::StaleOrUnknown if conflict.facts.contains(&Fact::Gone) => self.other_people(conflict),
            Kind::StaleOrUnknown => self.ask(conflict),
            Kind::DuplicateMirror => Vec::new(),
        }
    }

    fn tried(&self, conflict: &Conflict, idea: Idea) -> Option<Suggestion> {
        let Idea { kind, command, ask, text } = idea;
        let Some(command) = command else {
            let score = Score::of([conflict]);
            let (before, after, new) = (score, score, Vec::new());
            return Some(Suggestion { kind, command: None, before, after, new, ask, text });
        };
        let preview = self.preview_command(&command).ok()?;
        let left = preview.after.iter().find(|c| c.id == conflict.id);
        let is_less = |c: &Conflict| {
            c.severity > conflict.severity || c.severity == conflict.severity && c.score < conflict.score
        };
        let is_mended = left.is_none_or(is_less);
        let (before, after) = (Score::of(&preview.before), Score::of(&preview.after));
        let is_better = after < before || conflict.severity == Severity::Info && after == before;
        let (new, _) = added(&preview.before, preview.after);
        let is_hard = new.iter().any(|c| c.severity == Severity::Hard);
        let command = Some(command);
        (is_mended && is_better && !is_hard).then_some(Suggestion {
            kind,
            command,
            before,
            after,
            new,
            ask,
            text,
        })
    }

    /// The shifts of a conflict that take place.
    fn shifts_in(&self, conflict: &Conflict) -> Vec<Arc<Shift>> {
        let find = |key: &super::ShiftRef| self.events.get(&key.event)?.shifts.get(&key.assignment).cloned();
        conflict.shifts.iter().filter_map(find).collect()
    }
}
