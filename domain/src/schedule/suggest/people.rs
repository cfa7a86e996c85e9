//! Other helpers on the shifts of a conflict.

use super::{Idea, SuggestionKind as Kind};
use crate::command::{Command, Post};
use crate::ids::Id;
use crate::ordered::sort_by_key;
use crate::ordered::{OrdMap, OrdSet};
use crate::schedule::candidates::{Candidate, Standing};
use crate::schedule::clock::Clock;
use crate::schedule::conflict::{Conflict, Fact};
use crate::schedule::facts::Shift;
use crate::schedule::score::{Score, added};
use crate::schedule::{Season, come, leave};
use crate::schema::Field;
use jiff::civil::Date;
use std::sync::Arc;

/// Most shifts of a conflict that others are sought for, and most helpers tried for each.
const SHIFTS_MAX: usize = 4;
const TRIED_MAX: usize = 3;
/// Most pairs of helpers that are tried for an exchange of one shift.
const EXCHANGES_MAX: usize = 200;
/// Most shifts of a day that are given to others to make it a day off.
const DAY_SHIFTS_MAX: usize = 3;

impl Season {
    /// For a free place: who could take it.
    pub(super) fn more_people(&self, conflict: &Conflict) -> Vec<Idea> {
        let mut ideas = Vec::new();
        for shift in self.shifts_in(conflict) {
            for candidate in self.able(&shift, super::SUGGESTIONS_MAX) {
                ideas.extend(self.assign_idea(&shift, &candidate));
            }
        }
        ideas
    }

    fn assign_idea(&self, shift: &Shift, candidate: &Candidate) -> Option<Idea> {
        let (event, assignment) = keys(shift)?;
        let helper = candidate.helper.parse().ok()?;
        let text = self.say_assign(shift, candidate);
        let command = Some(Command::Assign { event, assignment, helper });
        Some(Idea { kind: Kind::Assign, command, ask: candidate.standing == Standing::Unknown, text })
    }

    /// Somebody else in the helper's place, an exchange, or the helper off the shift.
    pub(super) fn other_people(&self, conflict: &Conflict) -> Vec<Idea> {
        let Some(helper) = &conflict.helper else { return Vec::new() };
        let mut substitutes = Vec::new();
        let mut exchanges = Vec::new();
        let mut unassigns = Vec::new();
        for shift in self.to_hand_over(conflict, helper) {
            let Some((event, assignment)) = keys(&shift) else { continue };
            let Ok(from) = helper.parse::<Id>() else { continue };
            for candidate in self.able(&shift, TRIED_MAX) {
                let Ok(to) = candidate.helper.parse() else { continue };
                let (event, assignment, from) = (event.clone(), assignment.clone(), from.clone());
                let text = self.say_substitute(&shift, helper, &candidate);
                let command = Some(Command::Substitute { event, assignment, from, to });
                let ask = candidate.standing == Standing::Unknown;
                substitutes.push(Idea { kind: Kind::Substitute, command, ask, text });
            }
            exchanges.extend(self.exchange(helper, &shift));
            let text = self.say_unassign(&shift, helper);
            let command = Some(Command::Unassign { event, assignment, helper: from });
            unassigns.push(Idea { kind: Kind::Unassign, command, ask: false, text });
        }
        substitutes.into_iter().chain(exchanges).chain(unassigns).collect()
    }

    /// Candidates with nothing hard against them, for a shift that need not be in the plan.
    pub(super) fn able(&self, shift: &Arc<Shift>, limit: usize) -> Vec<Candidate> {
        let mut all = self.candidates_for(shift, limit);
        all.retain(|c| c.score.hard == 0 && !c.reasons.contains(&super::super::Reason::Declined));
        all
    }

    /// The shifts of a conflict that its helper has yet to begin, those first that are about as long as what is wrong.
    fn to_hand_over(&self, conflict: &Conflict, helper: &str) -> Vec<Arc<Shift>> {
        let mut shifts = match conflict.facts.first() {
            Some(Fact::Share { event, .. }) => {
                self.shifts_of(helper).iter().filter(|s| *s.key.event == **event).cloned().collect()
            }
            _ => self.shifts_in(conflict),
        };
        shifts.retain(|shift| self.is_to_come(helper, shift));
        let wrong = i64::from(conflict.score);
        sort_by_key(&mut shifts, |s| ((s.minutes() - wrong).abs(), s.start, s.key.clone()));
        shifts.truncate(SHIFTS_MAX);
        shifts
    }

    /// Whether a helper is on a shift, and has not checked in.
    fn is_to_come(&self, helper: &str, shift: &Shift) -> bool {
        let status = self.answer(helper, shift).map(|row| row.text(Field::Status));
        matches!(status, Some("assigned" | "accepted"))
    }

    /// The best exchange of a helper's shift with somebody on another shift of the event, the nearest in time tried first.
    fn exchange(&self, helper: &str, shift: &Arc<Shift>) -> Option<Idea> {
        let plan = self.events.get(&shift.key.event)?;
        let mut others: Vec<&Arc<Shift>> = plan.shifts.values().filter(|s| s.key != shift.key).collect();
        sort_by_key(&mut others, |s| ((s.start - shift.start).abs(), &s.key));
        let mut best: Option<([i64; 3], &Arc<Shift>, &str)> = None;
        let mut tries = 0;
        for other in others.into_iter().filter(|other| !self.is_on(helper, other)) {
            for on in plan.view.assigned(&other.key.assignment) {
                let with = on.text(Field::Helper);
                if self.is_on(with, shift) || !self.is_to_come(with, other) {
                    continue;
                }
                if tries == EXCHANGES_MAX {
                    break;
                }
                tries += 1;
                let Some(change) = self.exchanged((helper, shift), (with, other)) else { continue };
                if change < best.as_ref().map_or([0, 0, 0], |(change, ..)| *change) {
                    best = Some((change, other, with));
                }
            }
        }
        let (_, other, with) = best?;
        let (event, first) = keys(shift)?;
        let (_, second) = keys(other)?;
        let (a, b): (Id, Id) = (helper.parse().ok()?, with.parse().ok()?);
        let post =
            |assignment: &Id, helper: &Id| Post { assignment: assignment.clone(), helper: helper.clone() };
        let command = Command::Staff {
            event,
            unassign: vec![post(&first, &a), post(&second, &b)],
            assign: vec![post(&first, &b), post(&second, &a)],
        };
        let text = self.say_exchange((helper, shift), (with, other));
        Some(Idea { kind: Kind::Exchange, command: Some(command), ask: false, text })
    }

    /// How the minutes that are wrong change for both; `None` where one of them would have a new hard conflict.
    fn exchanged(&self, a: (&str, &Arc<Shift>), b: (&str, &Arc<Shift>)) -> Option<[i64; 3]> {
        let one = |helper: &str, from: &Arc<Shift>, to: &Arc<Shift>| {
            let mut shifts = self.shifts_of(helper).to_vec();
            leave(&mut shifts, from);
            come(&mut shifts, to.clone());
            let (before, after) = (self.conflicts_with(helper), self.check_helper(helper, &shifts));
            let change = Score::of(before).change(Score::of(&after));
            (added(before, after).1.hard == 0).then_some(change)
        };
        let (first, second) = (one(a.0, a.1, b.1)?, one(b.0, b.1, a.1)?);
        Some([first[0] + second[0], first[1] + second[1], first[2] + second[2]])
    }

    /// For too many days in a row: others on all shifts of one of the days between.
    pub(super) fn rest_day(&self, conflict: &Conflict) -> Vec<Idea> {
        let Some(helper) = &conflict.helper else { return Vec::new() };
        let shifts = self.shifts_in(conflict);
        let own = self.helpers.get(helper).and_then(|h| h.person.as_ref()?.clock.clone());
        let first = self.shifts_of(helper).iter().find_map(|s| s.clock.clone());
        let clock = own.or(first).unwrap_or_else(Clock::utc);
        let mut days: OrdMap<Date, Vec<&Arc<Shift>>> = OrdMap::new();
        for shift in &shifts {
            let (from, to) = (clock.date(shift.start), clock.date(shift.end - 1));
            for date in [from, to].into_iter().collect::<OrdSet<_>>() {
                days.entry(date).or_default().push(shift);
            }
        }
        let day = |(date, shifts): (&Date, &Vec<&Arc<Shift>>)| self.day_off(helper, *date, shifts);
        // With one shift only it is a substitute.
        let many = days.iter().filter(|(_, shifts)| (2..=DAY_SHIFTS_MAX).contains(&shifts.len()));
        many.filter_map(day).collect()
    }

    fn day_off(&self, helper: &str, date: Date, shifts: &[&Arc<Shift>]) -> Option<Idea> {
        let (event, _) = keys(shifts.first()?)?;
        let leaving: Id = helper.parse().ok()?;
        let (mut unassign, mut assign, mut ask) = (Vec::new(), Vec::new(), false);
        let mut taken: OrdSet<String> = OrdSet::new();
        for shift in shifts {
            if *shift.key.event != *event.as_str() || !self.is_to_come(helper, shift) {
                return None;
            }
            let (_, assignment) = keys(shift)?;
            let able = self.able(shift, TRIED_MAX);
            let other = able.into_iter().find(|c| !taken.contains(&c.helper))?;
            ask |= other.standing == Standing::Unknown;
            unassign.push(Post { assignment: assignment.clone(), helper: leaving.clone() });
            assign.push(Post { assignment, helper: other.helper.parse().ok()? });
            taken.insert(other.helper);
        }
        let text = self.say_rest_day(helper, date, &assign, shifts);
        let command = Some(Command::Staff { event, unassign, assign });
        Some(Idea { kind: Kind::RestDay, command, ask, text })
    }
}

pub(super) fn keys(shift: &Shift) -> Option<(Id, Id)> {
    Some((shift.key.event.parse().ok()?, shift.key.assignment.parse().ok()?))
}
