//! Other times: of a shift, of what is done around it, of a helper's day.

use super::people::keys;
use super::{Idea, SuggestionKind as Kind};
use crate::command::{Command, Fields, Hours};
use crate::ordered::sort_by_key;
use crate::schedule::Season;
use crate::schedule::clock::Clock;
use crate::schedule::conflict::{Conflict, End, Fact, ShiftRef};
use crate::schedule::facts::Shift;
use crate::schedule::score::{Score, added};
use crate::schedule::{come, leave};
use crate::schema::{Field, Table};
use crate::time;
use crate::time::written;
use crate::value::Value;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use std::sync::Arc;

/// Quarters of an hour that a shift is moved at most, to either side.
const QUARTERS_MAX: i64 = 48;
/// With more helpers on it, a shift is not moved for one of them.
const HELPERS_MAX: usize = 30;

impl Season {
    /// Each shift of a conflict at the nearest time at which its helper has it no more and nobody on it has more.
    pub(super) fn other_times(&self, conflict: &Conflict) -> Vec<Idea> {
        self.shifts_in(conflict).iter().filter_map(|shift| self.other_time(conflict, shift)).collect()
    }

    fn other_time(&self, conflict: &Conflict, shift: &Arc<Shift>) -> Option<Idea> {
        let view = &self.events.get(&shift.key.event)?.view;
        let row = view.row(Table::Assignments, &shift.key.assignment)?;
        let facts = view.single(Table::Facts)?;
        let day = |field: Field| time::parse_date(facts.text(field));
        let (first, last) = (day(Field::FirstDay)?, day(Field::LastDay)?);
        let on = view.assigned(&shift.key.assignment).filter(|r| r.text(Field::Status) != "declined");
        let on: Vec<&str> = on.map(|r| r.text(Field::Helper)).collect();
        if on.len() > HELPERS_MAX {
            return None;
        }
        let (start, end) =
            (time::parse_civil(row.text(Field::Start))?, time::parse_civil(row.text(Field::End))?);
        let length = end.duration_since(start);
        let mut zones = self.zones.clone();
        for from in quarters(start).filter(|from| first <= from.date() && from.date() <= last) {
            let Ok(to) = from.checked_add(length) else { continue };
            // A shift that ended in time for the event's last night still does.
            if to.date() > last && to.date() > end.date() {
                continue;
            }
            let set = Fields::from([
                (Field::Start, Value::from(written(from))),
                (Field::End, Value::from(written(to))),
            ]);
            let mut moved = row.clone();
            for (field, value) in &set {
                Arc::make_mut(&mut moved).set(*field, value.clone());
            }
            let ShiftRef { event, assignment } = &shift.key;
            let Some(moved) = Shift::read(event, assignment, facts, &moved, &mut zones) else { continue };
            let moved = Arc::new(moved);
            if !on.iter().all(|helper| self.is_no_worse(helper, shift, &moved, conflict)) {
                continue;
            }
            let (event, assignment) = keys(shift)?;
            let text = self.say_move(shift, from);
            let command = Command::MoveAssignment { event, assignment, set, saw: Fields::new() };
            return Some(Idea { kind: Kind::Move, command: Some(command), ask: false, text });
        }
        None
    }

    fn is_no_worse(&self, helper: &str, from: &Shift, to: &Arc<Shift>, conflict: &Conflict) -> bool {
        let mut shifts = self.shifts_of(helper).to_vec();
        leave(&mut shifts, from);
        come(&mut shifts, to.clone());
        let after = self.check_helper(helper, &shifts);
        after.iter().all(|c| c.id != conflict.id)
            && added(self.conflicts_with(helper), after).1 == Score::default()
    }

    /// Less preparation of the second shift, or less tearing down of the first.
    pub(super) fn trim(&self, conflict: &Conflict) -> Vec<Idea> {
        let shifts = self.shifts_in(conflict);
        let [first, second] = shifts.as_slice() else { return Vec::new() };
        let lack = i64::from(conflict.score);
        let both =
            [(second, Field::Preparation, second.preparation), (first, Field::TearDown, first.tear_down)];
        let trimmed = |(shift, field, now): (&Arc<Shift>, Field, i64)| {
            let (event, assignment) = keys(shift)?;
            let left = now - lack;
            let set = Fields::from([(field, Value::Int(left))]);
            let text = self.say_trim(shift, field, left, now);
            let command = Some(Command::UpdateAssignment { event, assignment, set, saw: Fields::new() });
            (left >= 0).then_some(Idea { kind: Kind::Trim, command, ask: false, text })
        };
        both.into_iter().filter_map(trimmed).collect()
    }

    /// Working hours for the date of the shift that have room for it.
    pub(super) fn extend_hours(&self, conflict: &Conflict) -> Vec<Idea> {
        let idea = || {
            let id = conflict.helper.as_deref()?;
            let person = self.helpers.get(id)?.person.as_ref()?;
            let shifts = self.shifts_in(conflict);
            let shift = shifts.first()?;
            let first = self.shifts_of(id).iter().find_map(|s| s.clock.clone());
            let local = person.clock.clone().or(first).unwrap_or_else(Clock::utc);
            let (start, end) = (local.civil(shift.start), local.civil(shift.end));
            let from = i64::from(start.hour()) * 60 + i64::from(start.minute());
            let to = from + end.duration_since(start).as_mins();
            let (from, to) = match person.hours(start.date()).flatten() {
                Some((open, close)) => (from.min(open), to.max(close)),
                None => (from, to),
            };
            // Hours last less than a day; or from midnight to midnight.
            let fits = to - from < 1440 || (from, to) == (0, 1440);
            let hours = Hours { from: clock(from), to: clock(if to > 1440 { to - 1440 } else { to }) };
            let text = self.say_extend(id, start.date(), &hours);
            let (helper, day) = (id.parse().ok()?, start.date().to_string());
            let command = Some(Command::SetWorkingHours { helper, day, hours: Some(hours) });
            fits.then_some(Idea { kind: Kind::ExtendHours, command, ask: true, text })
        };
        idea().into_iter().collect()
    }

    /// Which of two times is meant; or the time on the clock, for one that it leaves out.
    pub(super) fn choose_time(&self, conflict: &Conflict) -> Vec<Idea> {
        let idea = || {
            let shifts = self.shifts_in(conflict);
            let shift = shifts.first()?;
            let Some(Fact::Clock { end, twice }) = conflict.facts.first() else { return None };
            let (event, assignment) = keys(shift)?;
            let at = if *end == End::Start { shift.start } else { shift.end };
            let time = shift.clock.as_ref()?.civil(at);
            let (field, name) = match end {
                End::Start => (Field::Start, "start"),
                End::End => (Field::End, "end"),
            };
            let text = self.say_time(shift, *end, *twice, time);
            let command = if *twice {
                // The other end may have been chosen already.
                let chosen = self.row(shift)?.text(Field::Fold);
                let fold = if chosen.is_empty() || chosen == name { name } else { "both" };
                let set = Fields::from([(Field::Fold, Value::from(fold))]);
                Command::UpdateAssignment { event, assignment, set, saw: Fields::new() }
            } else {
                let set = Fields::from([(field, Value::from(written(time)))]);
                Command::MoveAssignment { event, assignment, set, saw: Fields::new() }
            };
            Some(Idea { kind: Kind::ChooseTime, command: Some(command), ask: true, text })
        };
        idea().into_iter().collect()
    }

    /// Advice where only people can know.
    pub(super) fn ask(&self, conflict: &Conflict) -> Vec<Idea> {
        let advice = |kind: Kind, text: String| Idea { kind, command: None, ask: true, text };
        let helper = conflict.helper.as_deref().unwrap_or_default();
        match conflict.facts.first() {
            Some(Fact::Calendar { calendar, .. }) => vec![
                advice(Kind::ReadCalendar, self.say_read_calendar(helper, calendar)),
                advice(Kind::AskHelper, self.say_ask(helper)),
            ],
            Some(Fact::NoZone { zone }) => vec![advice(Kind::CorrectZone, self.say_zone(conflict, zone))],
            Some(Fact::Busy { .. } | Fact::TimeOff { .. }) => {
                vec![advice(Kind::AskHelper, self.say_ask(helper))]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn locate(&self, conflict: &Conflict) -> Vec<Idea> {
        let Some(Fact::NoLocation { place, .. }) = conflict.facts.first() else { return Vec::new() };
        let text = self.say_locate(place);
        vec![Idea { kind: Kind::LocatePlace, command: None, ask: false, text }]
    }

    fn row(&self, shift: &Shift) -> Option<&crate::view::Row> {
        let view = &self.events.get(&shift.key.event)?.view;
        view.row(Table::Assignments, &shift.key.assignment).map(AsRef::as_ref)
    }
}

/// The quarters of an hour around a time, the nearest first, of two as near the later.
fn quarters(start: DateTime) -> impl Iterator<Item = DateTime> {
    let past = i64::from(start.minute()) % 15;
    let mut offsets: Vec<i64> =
        (-QUARTERS_MAX..=QUARTERS_MAX).map(|q| q * 15 - past).filter(|o| *o != 0).collect();
    sort_by_key(&mut offsets, |offset| (offset.abs(), *offset < 0));
    offsets.into_iter().filter_map(move |offset| start.checked_add(SignedDuration::from_mins(offset)).ok())
}

fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
