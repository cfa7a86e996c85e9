//! A shift made two, and a seat in a car.

use super::people::keys;
use super::{Idea, SuggestionKind as Kind};
use crate::command::{Command, Post};
use crate::ids::Id;
use crate::schedule::Season;
use crate::schedule::candidates::{Candidate, Standing};
use crate::schedule::conflict::{Conflict, Fact};
use crate::schedule::facts::{Mode, Shift, Way};
use crate::time;
use crate::zone::{Instant, resolve};
use std::sync::Arc;

/// Shorter parts than this many minutes are no shift.
const PART_MIN: i64 = 30;
/// Most helpers tried for a part.
const TRIED_MAX: usize = 2;

impl Season {
    /// Each shift of a conflict that nobody else could take whole, made two where what is in its way begins or ends, with
    /// somebody else on the part in common.
    pub(super) fn split(&self, conflict: &Conflict) -> Vec<Idea> {
        let Some(helper) = &conflict.helper else { return Vec::new() };
        let shifts = self.shifts_in(conflict);
        let Some(first) = shifts.first() else { return Vec::new() };
        let pairs = match shifts.get(1) {
            Some(second) => {
                vec![(first, (second.start, second.end)), (second, (first.start, first.end))]
            }
            None => self.elsewhere(conflict).map(|span| (first, span)).into_iter().collect(),
        };
        let mut ideas = Vec::new();
        for (shift, (from, to)) in pairs {
            if from > shift.start && to >= shift.end {
                ideas.extend(self.split_at(helper, shift, from, false));
            } else if from <= shift.start && to < shift.end {
                ideas.extend(self.split_at(helper, shift, to, true));
            }
        }
        ideas
    }

    /// When the helper is off or busy.
    fn elsewhere(&self, conflict: &Conflict) -> Option<(Instant, Instant)> {
        let (start, end, zone) = match conflict.facts.first()? {
            Fact::TimeOff { start, end, zone, .. } | Fact::Busy { start, end, zone, .. } => {
                (start, end, zone)
            }
            _ => return None,
        };
        let clock = self.zones.clone().clock(zone)?;
        let at = |text: &str| Some(resolve(time::parse_civil(text)?, clock.zone()).at);
        Some((at(start)?, at(end)?))
    }

    fn split_at(&self, helper: &str, shift: &Arc<Shift>, at: Instant, is_first: bool) -> Vec<Idea> {
        let (first, second) = ((at - shift.start) / 60, (shift.end - at) / 60);
        if first < PART_MIN || second < PART_MIN || !self.able(shift, 1).is_empty() {
            return Vec::new();
        }
        let idea = |candidate: &Candidate| {
            let (event, assignment) = keys(shift)?;
            let civil = shift.clock.as_ref()?.civil(at);
            let (leaving, coming): (Id, Id) = (helper.parse().ok()?, candidate.helper.parse().ok()?);
            let written = crate::time::written(civil);
            // The same for all who split this shift here: only the first of them can.
            let new = Id::derived(&["split", event.as_str(), assignment.as_str(), &written]);
            let part = if is_first { &assignment } else { &new };
            let post = |helper: Id| vec![Post { assignment: part.clone(), helper }];
            let (unassign, assign) = (post(leaving), post(coming));
            let text = self.say_split(shift, civil, is_first, candidate);
            let command = Command::SplitAssignment {
                event,
                second: new.clone(),
                at: written,
                unassign,
                assign,
                assignment: assignment.clone(),
            };
            let ask = candidate.standing == Standing::Unknown;
            Some(Idea { kind: Kind::Split, command: Some(command), ask, text })
        };
        let mut part = shift.as_ref().clone();
        if is_first {
            part.end = at;
        } else {
            part.start = at;
        }
        self.able(&Arc::new(part), TRIED_MAX).iter().filter_map(idea).collect()
    }

    /// For a way that is too long without a car: who else could drive it, being on the second shift or one beside it.
    pub(super) fn share_car(&self, conflict: &Conflict) -> Vec<Idea> {
        let idea = || {
            let helper = conflict.helper.as_deref()?;
            let mode = |id: &str| self.helpers.get(id)?.person.as_ref()?.travel_mode;
            let shifts = self.shifts_in(conflict);
            let [from, to] = shifts.as_slice() else { return None };
            let way = self.places.way(from.place(), to.place(), Some(Mode::Car));
            let Way::Takes { expected, .. } = way else { return None };
            if mode(helper) == Some(Mode::Car) || (to.start - from.end) / 60 < expected {
                return None;
            }
            let drives = |(id, shifts): (&String, &Vec<Arc<Shift>>)| {
                let goes = shifts.iter().any(|s| s.place() == from.place() && s.end <= to.start)
                    && shifts.iter().any(|s| s.key == to.key);
                (id != helper && goes && mode(id) == Some(Mode::Car)).then(|| id.clone())
            };
            let driver = self.rota.iter().find_map(drives);
            let text = self.say_share_car(conflict, driver.as_deref(), expected);
            Some(Idea { kind: Kind::ShareCar, command: None, ask: true, text })
        };
        idea().into_iter().collect()
    }
}
