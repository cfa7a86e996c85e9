//! The steps of the search. Each is small, and does the same whatever slices they come in.

use super::board::{Able, Board, Cost, Trial};
use crate::ordered::{OrdMap, OrdSet};
use crate::ordered::{sort, sort_by_key};
use crate::schedule::come;
use crate::schedule::conflict::ConflictKind;
use crate::schedule::score::added;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A chain of moves has at most this many helpers beside the one who ends it.
const CHAIN: usize = 2;
/// Checks for one beginning of a chain, for all chains of a phase, which shifts get in equal parts, and for a fairer spread.
const CHAIN_CHECKS: usize = 300;
const REPAIR_CHECKS: usize = 40_000;
const IMPROVE_CHECKS: usize = 60_000;
/// Rounds over all places that were filled, and helpers tried in the place of each.
const ROUNDS: usize = 8;
const OTHERS: usize = 6;
/// Minutes of work that make no difference between two helpers, where one likes the shift.
const ALIKE: i64 = 120;

#[derive(Clone, Copy, Debug)]
pub(super) struct Tier {
    pub unknown: bool,
    pub medium: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    /// Who could be on what.
    Pairs,
    Place(Tier),
    Repair(Tier),
    Improve,
    /// Why places stay open.
    Explain,
}

/// Where a phase is.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    queue: Option<Vec<usize>>,
    at: usize,
    /// A helper within the step, or a place.
    part: usize,
    round: usize,
    changed: bool,
    began: usize,
}

type Key = (Cost, i64, bool, i64, usize);

impl Phase {
    pub fn weight(self) -> u32 {
        match self {
            Phase::Pairs => 400,
            Phase::Place(_) => 200,
            Phase::Repair(_) => 100,
            Phase::Improve => 250,
            Phase::Explain => 50,
        }
    }
}

impl Tier {
    fn allows(self, trial: &Trial) -> bool {
        (self.medium || !trial.is_medium) && (self.unknown || !trial.is_unknown)
    }

    fn takes(self, able: &Able) -> bool {
        (self.medium || able.cost[0] == 0) && (self.unknown || able.cost[1] == 0)
    }
}

impl Cursor {
    /// How much of its phase is done.
    pub fn percent(&self, phase: Phase) -> u32 {
        let Some(queue) = &self.queue else { return 0 };
        let rounds = if matches!(phase, Phase::Improve) { ROUNDS } else { 1 };
        let done = (self.round.min(rounds) * queue.len() + self.at) * 100 / (rounds * queue.len()).max(1);
        u32::try_from(done).unwrap_or(100).min(100)
    }

    /// A step of a phase; false where there is nothing left to do.
    pub fn step(&mut self, phase: Phase, board: &mut Board) -> bool {
        if self.queue.is_none() {
            self.began = board.checks;
            self.queue = Some(queue(phase, board));
        }
        let Some(gap) = self.queue.as_ref().and_then(|queue| queue.get(self.at)).copied() else {
            return self.next_round(phase);
        };
        match phase {
            Phase::Pairs => {
                // Who has time is the same for all shifts of the same time.
                let gaps = &board.gaps;
                let alike = (gap..gaps.len()).filter(|other| gaps[*other].time() == gaps[gap].time());
                let alike: Vec<usize> = alike.collect();
                let free = board.free_for(gap);
                for gap in alike {
                    board.gaps[gap].able = board.able(gap, &free);
                }
                self.at += 1;
            }
            Phase::Place(tier) => {
                let is_placed = board.is_full() || board.place(gap, tier, usize::MAX);
                // Where nobody is found for one place, nobody is for the others.
                let alike = |queue: &Vec<usize>| queue[self.at..].iter().take_while(|g| **g == gap).count();
                self.at += if is_placed { 1 } else { self.queue.as_ref().map_or(1, alike) };
            }
            Phase::Repair(tier) => {
                let lacks = board.gaps[gap].placed.len() < board.gaps[gap].least;
                let shifts = self.queue.as_ref().map_or(1, Vec::len);
                let has_time = board.checks - self.began < REPAIR_CHECKS * (self.at + 1) / shifts;
                let able = board.gaps[gap].able.get(self.part).copied();
                match able.filter(|_| lacks && has_time && !board.is_full()) {
                    Some(able) => {
                        if tier.takes(&able) {
                            board.chain(gap, able.worker, tier);
                        }
                        self.part += 1;
                    }
                    None => (self.at, self.part) = (self.at + 1, 0),
                }
            }
            Phase::Improve => {
                let has_time = board.checks - self.began < IMPROVE_CHECKS;
                match board.gaps[gap].placed.get(self.part).copied().filter(|_| has_time) {
                    Some(worker) => {
                        self.changed |= board.improve(gap, worker);
                        self.part += 1;
                    }
                    None => (self.at, self.part) = (self.at + 1, 0),
                }
            }
            Phase::Explain => {
                board.explain(gap);
                self.at += 1;
            }
        }
        true
    }

    /// Improving goes on while it changes something.
    fn next_round(&mut self, phase: Phase) -> bool {
        let goes_on = matches!(phase, Phase::Improve) && self.changed && self.round + 1 < ROUNDS;
        (self.at, self.part, self.changed) = (0, 0, false);
        self.round += 1;
        goes_on
    }
}

/// What a phase goes through, as positions of gaps.
fn queue(phase: Phase, board: &Board) -> Vec<usize> {
    let gaps = &board.gaps;
    let all = 0..gaps.len();
    match phase {
        Phase::Pairs => {
            let mut seen = OrdSet::new();
            all.filter(|gap| seen.insert(gaps[*gap].time())).collect()
        }
        Phase::Improve => all.collect(),
        Phase::Explain => all.filter(|gap| gaps[*gap].placed.len() < gaps[*gap].places).collect(),
        Phase::Place(_) | Phase::Repair(_) => {
            // Critical shifts first, then those for which there are fewest helpers for each place.
            let mut order: Vec<usize> =
                all.filter(|gap| gaps[*gap].placed.len() < gaps[*gap].places).collect();
            sort_by_key(&mut order, |gap| {
                let gap = &gaps[*gap];
                (!gap.shift.critical, gap.able.len() * 1000 / gap.places, gap.shift.start, gap.id.clone())
            });
            if matches!(phase, Phase::Repair(_)) {
                return order;
            }
            let many = |gap: usize, places: usize| std::iter::repeat_n(gap, places);
            let least = order
                .iter()
                .flat_map(|gap| many(*gap, gaps[*gap].least.saturating_sub(gaps[*gap].placed.len())));
            let more = order.iter().flat_map(|gap| {
                let filled = gaps[*gap].placed.len().max(gaps[*gap].least);
                many(*gap, gaps[*gap].places - filled)
            });
            least.chain(more).collect()
        }
    }
}

impl Board {
    /// In which order helpers are taken for a shift: what it costs, then who has worked less, likes it, and a turn for all.
    fn key(&self, gap: usize, able: &Able, cost: Cost) -> Key {
        let minutes = self.workers[able.worker].minutes;
        let turn = (able.worker + gap * 7) % self.workers.len();
        (cost, minutes / ALIKE, !able.likes, minutes, turn)
    }

    /// Puts the best helper on a shift. The cost of being on it alone is a good guess of what it costs with all else they do:
    /// only those are checked who could be the best. False where there is none, or not after so many checks.
    fn place(&mut self, gap: usize, tier: Tier, checks: usize) -> bool {
        let end = self.checks.saturating_add(checks);
        let able = std::mem::take(&mut self.gaps[gap].able);
        let possible =
            able.iter().enumerate().filter(|(_, able)| tier.takes(able) && !self.is_placed(gap, able.worker));
        let mut heap: BinaryHeap<Reverse<(Key, usize)>> =
            possible.map(|(i, able)| Reverse((self.key(gap, able, able.cost), i))).collect();
        let mut is_placed = false;
        while let Some(Reverse((_, i))) = heap.pop() {
            if self.checks >= end {
                break;
            }
            let Some(trial) = self.trial(able[i].worker, Some(gap), None).filter(|t| tier.allows(t)) else {
                continue;
            };
            let key = self.key(gap, &able[i], trial.change);
            if heap.peek().is_some_and(|Reverse((next, _))| *next < key) {
                heap.push(Reverse((key, i)));
                continue;
            }
            self.commit(able[i].worker, trial, Some(gap), None);
            is_placed = true;
            break;
        }
        self.gaps[gap].able = able;
        is_placed
    }

    fn is_placed(&self, gap: usize, worker: usize) -> bool {
        self.gaps[gap].placed.contains(&worker)
    }

    /// Puts a helper on a shift who leaves another one for it, whose place somebody else takes, and so on.
    fn chain(&mut self, gap: usize, worker: usize, tier: Tier) -> bool {
        let end = self.checks + CHAIN_CHECKS;
        self.link(gap, worker, tier, &mut vec![gap], end)
    }

    /// `path`: shifts that the chain has touched.
    fn link(&mut self, gap: usize, worker: usize, tier: Tier, path: &mut Vec<usize>, end: usize) -> bool {
        if self.is_placed(gap, worker) {
            return false;
        }
        for left in self.workers[worker].posts.clone() {
            if self.checks >= end {
                return false;
            }
            if path.contains(&left) {
                continue;
            }
            let Some(trial) = self.trial(worker, Some(gap), Some(left)).filter(|t| tier.allows(t)) else {
                continue;
            };
            let was = self.workers[worker].now.clone();
            self.commit(worker, trial, Some(gap), Some(left));
            path.push(left);
            let rest = end.saturating_sub(self.checks);
            if self.place(left, tier, rest)
                || path.len() <= CHAIN && self.links(left, worker, tier, path, end)
            {
                return true;
            }
            path.pop();
            self.revert(worker, was, Some(gap), Some(left));
        }
        false
    }

    fn links(&mut self, gap: usize, not: usize, tier: Tier, path: &mut Vec<usize>, end: usize) -> bool {
        let able: Vec<Able> =
            self.gaps[gap].able.iter().filter(|a| a.worker != not && tier.takes(a)).copied().collect();
        able.into_iter().any(|able| self.checks < end && self.link(gap, able.worker, tier, path, end))
    }

    /// Somebody else in the place of a helper who was put on a shift, where that costs less, or spreads the work better.
    fn improve(&mut self, gap: usize, worker: usize) -> bool {
        let minutes = self.gaps[gap].shift.minutes();
        let tier = Tier { unknown: self.options.ask_unknown, medium: self.options.accept_medium };
        let without = self.trial(worker, None, Some(gap)).filter(|t| tier.allows(t));
        let Some(without) = without else { return false };
        let much = self.workers[worker].minutes;
        let is_costly = without.change < [0; 3];
        let able = std::mem::take(&mut self.gaps[gap].able);
        let mut others: Vec<(Key, usize)> = Vec::new();
        for (i, able) in able.iter().enumerate() {
            let fairer = self.workers[able.worker].minutes + minutes < much;
            if able.worker != worker && (fairer || is_costly) && !self.is_placed(gap, able.worker) {
                others.push((self.key(gap, able, able.cost), i));
            }
        }
        sort(&mut others);
        let mut better = None;
        for (_, i) in others.into_iter().take(OTHERS) {
            let other = able[i].worker;
            let Some(with) = self.trial(other, Some(gap), None).filter(|t| tier.allows(t)) else { continue };
            let less = self.workers[other].minutes;
            let squares = (much - minutes).pow(2) + (less + minutes).pow(2) - much.pow(2) - less.pow(2);
            let change = |part: usize| without.change[part] + with.change[part];
            if (change(0), change(1), change(2), squares) < (0, 0, 0, 0) {
                better = Some((other, with));
                break;
            }
        }
        self.gaps[gap].able = able;
        let Some((other, with)) = better else { return false };
        self.commit(worker, without, None, Some(gap));
        self.commit(other, with, Some(gap), None);
        true
    }

    /// What keeps each helper from a shift, by the worst of it.
    fn explain(&mut self, gap: usize) {
        let mut why: OrdMap<ConflictKind, u32> = OrdMap::new();
        let mut unknown = 0;
        let shift = self.gaps[gap].shift.clone();
        for worker in 0..self.workers.len() {
            let id = self.workers[worker].id.as_str();
            if self.is_placed(gap, worker) || self.season.answer(id, &shift).is_some() {
                continue;
            }
            let mut shifts = self.workers[worker].now.shifts.clone();
            come(&mut shifts, shift.clone());
            let found = self.season.check_helper(id, &shifts);
            let (new, _) = added(&self.workers[worker].now.found, found);
            self.checks += 1;
            let worst = new.iter().filter(|c| c.kind != ConflictKind::StaleOrUnknown);
            match worst.min_by_key(|c| (c.severity, Reverse(c.score), c.kind)) {
                Some(c) if crate::schedule::candidates::is_against(c) => *why.entry(c.kind).or_default() += 1,
                _ => unknown += 1,
            }
        }
        let mut why: Vec<(ConflictKind, u32)> = why.into_iter().collect();
        sort_by_key(&mut why, |(kind, helpers)| (Reverse(*helpers), *kind));
        self.gaps[gap].why = why;
        self.gaps[gap].unknown = unknown;
    }
}
