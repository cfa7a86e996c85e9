//! Who is on what while gaps are filled. Every change is checked on the helper's whole schedule before it is made.

use super::FillOptions;
use crate::command::ENTRIES_MAX;
use crate::ids::Id;
use crate::ordered::{sort_by, sort_by_key};
use crate::schedule::candidates::{is_against, likes};
use crate::schedule::conflict::{Conflict, ConflictKind, Severity};
use crate::schedule::facts::Shift;
use crate::schedule::score::{Score, added};
use crate::schedule::{Season, come, leave};
use crate::zone::Instant;
use std::sync::Arc;

/// What is wrong with a helper's schedule, hard conflicts aside: minutes of medium conflicts, minutes in which nobody knows
/// whether they have time, minutes of soft conflicts. Compared in this order.
pub(super) type Cost = [i64; 3];

#[derive(Debug)]
pub(super) struct Board {
    pub season: Season,
    pub event: Id,
    pub options: FillOptions,
    /// Shifts with places to fill, by start and id.
    pub gaps: Vec<Gap>,
    /// All who are not archived, by id.
    pub workers: Vec<Worker>,
    /// How many schedules were checked.
    pub checks: usize,
}

#[derive(Debug)]
pub(super) struct Gap {
    pub id: Id,
    pub shift: Arc<Shift>,
    /// Who was on it before.
    pub taken: usize,
    /// Places to fill so that it has its least number, and all places to fill.
    pub least: usize,
    pub places: usize,
    /// Who was put on it, as positions in `workers`.
    pub placed: Vec<usize>,
    /// Who could be on it if they had nothing else to do, the best first.
    pub able: Vec<Able>,
    pub why: Vec<(ConflictKind, u32)>,
    pub unknown: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Able {
    pub worker: usize,
    pub cost: Cost,
    pub likes: bool,
}

#[derive(Debug)]
pub(super) struct Worker {
    pub id: Id,
    pub now: Schedule,
    /// Minutes in the event.
    pub minutes: i64,
    /// What they were put on, as positions in `gaps`.
    pub posts: Vec<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub shifts: Vec<Arc<Shift>>,
    pub found: Vec<Conflict>,
    pub cost: Cost,
}

/// A schedule that was tried.
pub(super) struct Trial {
    pub schedule: Schedule,
    /// How the cost changes.
    pub change: Cost,
    /// Whether it has a medium conflict that was not there before.
    pub is_medium: bool,
    pub is_unknown: bool,
}

impl Gap {
    /// What decides who has time for it.
    pub fn time(&self) -> (Instant, Instant, &str) {
        (self.shift.start, self.shift.end, self.shift.zone_name())
    }
}

impl Board {
    pub fn new(season: Season, event: &Id, options: FillOptions) -> Board {
        let mut gaps = Vec::new();
        if let Some(plan) = season.events.get(event.as_str()) {
            for (id, shift) in &plan.shifts {
                let taken = plan.view.taken(id);
                let lack = |wanted: i64| usize::try_from(wanted).unwrap_or(0).saturating_sub(taken);
                let least = lack(shift.needed);
                let places = if options.to_most { lack(shift.most.max(shift.needed)) } else { least };
                let Some(id) = id.parse().ok().filter(|_| places > 0) else { continue };
                let shift = shift.clone();
                gaps.push(Gap {
                    id,
                    shift,
                    taken,
                    least,
                    places,
                    placed: vec![],
                    able: vec![],
                    why: vec![],
                    unknown: 0,
                });
            }
        }
        sort_by(&mut gaps, |a, b| (a.shift.start, &a.id).cmp(&(b.shift.start, &b.id)));
        let present = season.helpers.iter().filter(|(_, helper)| !helper.is_gone);
        let workers = present.filter_map(|(id, _)| {
            let found = season.conflicts_with(id).to_vec();
            let cost = cost(&found);
            Some(Worker {
                id: id.parse().ok()?,
                now: Schedule { shifts: season.shifts_of(id).to_vec(), found, cost },
                minutes: i64::from(season.minutes_in(event.as_str(), id)),
                posts: vec![],
            })
        });
        let workers = workers.collect();
        Board { season, event: event.clone(), options, gaps, workers, checks: 0 }
    }

    /// Places that are filled, and all.
    pub fn placed(&self) -> (u32, u32) {
        let sum = |of: fn(&Gap) -> usize| self.gaps.iter().map(of).sum::<usize>();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (count(sum(|gap| gap.placed.len())), count(sum(|gap| gap.places)))
    }

    /// One command takes no more.
    pub fn is_full(&self) -> bool {
        self.gaps.iter().map(|gap| gap.placed.len()).sum::<usize>() >= ENTRIES_MAX
    }

    /// Who has time for a shift like this one, and at what cost, if they had nothing else to do.
    pub fn free_for(&mut self, gap: usize) -> Vec<(usize, Cost)> {
        let plain = Arc::new(self.gaps[gap].shift.for_anybody());
        let mut free = Vec::new();
        for worker in 0..self.workers.len() {
            let id = self.workers[worker].id.as_str();
            let found = self.season.check_helper(id, std::slice::from_ref(&plain));
            self.checks += 1;
            let mut cost = cost(&found);
            cost[1] += self.unknown_minutes(worker, gap);
            let is_free = found.iter().all(|c| c.severity != Severity::Hard)
                && (self.options.accept_medium || cost[0] == 0)
                && (self.options.ask_unknown || cost[1] == 0);
            free.extend(is_free.then_some((worker, cost)));
        }
        free
    }

    /// Which of those who are free could be on a shift. Only a guess: whoever is put on it is checked before.
    pub fn able(&self, gap: usize, free: &[(usize, Cost)]) -> Vec<Able> {
        let shift = &self.gaps[gap].shift;
        let able = |(worker, cost): &(usize, Cost)| {
            let id = self.workers[*worker].id.as_str();
            let helper = self.season.helpers.get(id)?;
            let is_skilled = shift.skills().iter().all(|skill| helper.skills.contains(skill));
            let is_old_enough = helper.is_adult || !shift.adults_only;
            // Who is on it, or said no to it.
            let has_answered = self.season.answer(id, shift).is_some();
            let (worker, cost, likes) = (*worker, *cost, likes(helper, shift).is_some());
            (is_skilled && is_old_enough && !has_answered).then_some(Able { worker, cost, likes })
        };
        let mut able: Vec<Able> = free.iter().filter_map(able).collect();
        sort_by_key(&mut able, |able| (able.cost, able.worker));
        able
    }

    /// The minutes of a shift, where nobody knows whether this worker has time.
    fn unknown_minutes(&self, worker: usize, gap: usize) -> i64 {
        let shift = &self.gaps[gap].shift;
        let helper = self.season.helpers.get(self.workers[worker].id.as_str());
        let is_known =
            shift.clock.is_some() && helper.is_some_and(|h| self.season.unknown(h, shift).is_none());
        if is_known { 0 } else { shift.minutes() }
    }

    /// A worker's schedule with a shift more, or less. `None` where that has a hard conflict which was not there.
    pub fn trial(&mut self, worker: usize, add: Option<usize>, remove: Option<usize>) -> Option<Trial> {
        let now = &self.workers[worker].now;
        let mut shifts = now.shifts.clone();
        let mut change = [0; 3];
        let mut is_unknown = false;
        if let Some(gap) = remove {
            leave(&mut shifts, &self.gaps[gap].shift);
            change[1] -= self.unknown_minutes(worker, gap);
        }
        if let Some(gap) = add {
            let shift = &self.gaps[gap].shift;
            // The check would say the same, at more length.
            if shifts
                .iter()
                .any(|s| s.start < shift.end && shift.start < s.end && !s.tentative && !shift.tentative)
            {
                return None;
            }
            let minutes = self.unknown_minutes(worker, gap);
            change[1] += minutes;
            is_unknown = minutes > 0;
            come(&mut shifts, shift.clone());
        }
        let found = self.season.check_helper(self.workers[worker].id.as_str(), &shifts);
        self.checks += 1;
        let (new, more) = added(&now.found, found.clone());
        if more.hard > 0 {
            return None;
        }
        let is_medium = new.iter().any(is_against);
        let is_unknown = is_unknown || new.iter().any(|c| c.kind == ConflictKind::StaleOrUnknown);
        let cost = cost(&found);
        for (i, change) in change.iter_mut().enumerate() {
            *change += cost[i] - now.cost[i];
        }
        Some(Trial { schedule: Schedule { shifts, found, cost }, change, is_medium, is_unknown })
    }

    /// Makes a tried change.
    pub fn commit(&mut self, worker: usize, trial: Trial, add: Option<usize>, remove: Option<usize>) {
        let of = &mut self.workers[worker];
        of.now = trial.schedule;
        if let Some(gap) = remove {
            of.posts.retain(|post| *post != gap);
            of.minutes -= self.gaps[gap].shift.minutes();
            self.gaps[gap].placed.retain(|placed| *placed != worker);
        }
        if let Some(gap) = add {
            of.posts.push(gap);
            of.minutes += self.gaps[gap].shift.minutes();
            self.gaps[gap].placed.push(worker);
        }
    }

    /// Takes back a change that was made.
    pub fn revert(&mut self, worker: usize, was: Schedule, add: Option<usize>, remove: Option<usize>) {
        let trial = Trial { schedule: was, change: [0; 3], is_medium: false, is_unknown: false };
        self.commit(worker, trial, remove, add);
    }

    /// Of the helpers and shifts that are filled, before and after.
    pub fn scores(&self) -> (Score, Score) {
        let event = self.event.as_str();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let plan = self.season.events.get(event);
        let mut minutes = plan.map(|plan| plan.minutes.clone()).unwrap_or_default();
        for worker in self.workers.iter().filter(|worker| !worker.posts.is_empty()) {
            before.extend(self.season.conflicts_with(worker.id.as_str()).iter().cloned());
            after.extend(worker.now.found.iter().cloned());
            minutes.insert(worker.id.as_str().to_owned(), worker.minutes);
        }
        for gap in self.gaps.iter().filter(|gap| !gap.placed.is_empty()) {
            before.extend(crate::schedule::demand::check(&gap.shift, gap.taken));
            after.extend(crate::schedule::demand::check(&gap.shift, gap.taken + gap.placed.len()));
        }
        before.extend(plan.into_iter().flat_map(|plan| plan.spread.iter().cloned()));
        after.extend(crate::schedule::demand::spread(event, &minutes));
        (Score::of(&before), Score::of(&after))
    }
}

fn cost(found: &[Conflict]) -> Cost {
    let sum = |is: &dyn Fn(&&Conflict) -> bool| found.iter().filter(is).map(|c| i64::from(c.score)).sum();
    let unknown = |c: &&Conflict| c.kind == ConflictKind::StaleOrUnknown;
    [
        sum(&|c| c.severity == Severity::Medium && !unknown(c)),
        sum(&unknown),
        sum(&|c| c.severity == Severity::Soft),
    ]
}
