//! Suggestions in sentences.

use super::people::keys;
use crate::command::{Hours, Post};
use crate::project::Names;
use crate::schedule::Season;
use crate::schedule::candidates::{Candidate, Reason, Standing, is_against};
use crate::schedule::conflict::{Conflict, End};
use crate::schedule::facts::Shift;
use crate::schema::{Field, Table};
use crate::time;
use jiff::civil::{Date, DateTime};
use std::sync::Arc;

impl Season {
    fn names(&self) -> Names<'_> {
        Names { world: self }
    }

    fn name(&self, helper: &str) -> String {
        helper.parse().map_or_else(|_| "a helper".to_owned(), |id| self.names().helper(&id))
    }

    fn title(&self, shift: &Shift) -> String {
        keys(shift).map_or_else(|| "a shift".to_owned(), |(e, a)| self.names().title(&e, &a))
    }

    /// "Bar, Sat 18 Jul 14:00"
    fn when(&self, shift: &Shift) -> String {
        keys(shift).map_or_else(|| "a shift".to_owned(), |(e, a)| self.names().shift(&e, &a))
    }

    /// "Put Ben on Bar, Sat 18 Jul 14:00: free, likes Bar."
    pub(super) fn say_assign(&self, shift: &Shift, c: &Candidate) -> String {
        format!("Put {} on {}: {}.", self.name(&c.helper), self.when(shift), standing(c))
    }

    pub(super) fn say_substitute(&self, shift: &Shift, helper: &str, c: &Candidate) -> String {
        let (name, from) = (self.name(&c.helper), self.name(helper));
        format!("Put {name} in {from}’s place on {}: {}.", self.when(shift), standing(c))
    }

    pub(super) fn say_unassign(&self, shift: &Shift, helper: &str) -> String {
        let taken = self.events.get(&shift.key.event).map_or(0, |p| p.view.taken(&shift.key.assignment));
        let left = i64::try_from(taken).unwrap_or(i64::MAX) - 1;
        let (name, when) = (self.name(helper), self.when(shift));
        if left >= shift.needed {
            return format!("Take {name} off {when}: enough others are on it.");
        }
        format!("Take {name} off {when}: {left} of {} helpers are left then.", shift.needed)
    }

    pub(super) fn say_exchange(&self, a: (&str, &Shift), b: (&str, &Shift)) -> String {
        let (one, other) = (self.name(a.0), self.name(b.0));
        format!("{one} and {other} exchange {} and {}.", self.when(a.1), self.when(b.1))
    }

    pub(super) fn say_rest_day(
        &self,
        helper: &str,
        date: Date,
        assign: &[Post],
        shifts: &[&Arc<Shift>],
    ) -> String {
        let takes = |(post, shift): (&Post, &&Arc<Shift>)| {
            format!("{} takes {}", self.names().helper(&post.helper), self.title(shift))
        };
        let others: Vec<String> = assign.iter().zip(shifts).map(takes).collect();
        let day = time::day(date);
        format!("Give {} {day} off: {}.", self.name(helper), others.join(", "))
    }

    pub(super) fn say_move(&self, shift: &Shift, to: DateTime) -> String {
        format!("Move {} to {}.", self.when(shift), time::day_clock(to))
    }

    pub(super) fn say_split(&self, shift: &Shift, at: DateTime, is_first: bool, c: &Candidate) -> String {
        let part = if is_first { "the first part" } else { "the second part" };
        let (when, name, clock) = (self.when(shift), self.name(&c.helper), time::clock(at));
        format!("Split {when}, at {clock}: {name} takes {part}, {}.", standing(c))
    }

    pub(super) fn say_share_car(&self, conflict: &Conflict, with: Option<&str>, minutes: i64) -> String {
        let name = self.name(conflict.helper.as_deref().unwrap_or_default());
        match with {
            Some(with) => {
                format!("{name} could go with {}, by car: about {minutes} min.", self.name(with))
            }
            None => format!("Find {name} a seat in a car: about {minutes} min."),
        }
    }

    pub(super) fn say_trim(&self, shift: &Shift, field: Field, left: i64, now: i64) -> String {
        let what = if field == Field::Preparation { "Prepare" } else { "Tear down" };
        format!("{what} {} in {left} min instead of {now}.", self.when(shift))
    }

    pub(super) fn say_extend(&self, helper: &str, date: Date, hours: &Hours) -> String {
        let day = time::day(date);
        format!("Ask {} to work from {} to {} on {day}.", self.name(helper), hours.from, hours.to)
    }

    pub(super) fn say_time(&self, shift: &Shift, end: End, is_twice: bool, at: DateTime) -> String {
        let verb = if end == End::Start { "begins" } else { "ends" };
        let (title, time) = (self.title(shift), time::clock(at));
        if is_twice {
            return format!("{title} {verb} the second time that it is {time}, after the clock went back.");
        }
        format!("{title} {verb} at {time}: the clock leaves out the time that stands there.")
    }

    pub(super) fn say_ask(&self, helper: &str) -> String {
        format!("Ask {} whether they can.", self.name(helper))
    }

    pub(super) fn say_read_calendar(&self, helper: &str, calendar: &str) -> String {
        let person = self.people.get(helper).and_then(|view| view.row(Table::Calendars, calendar));
        let calendar = person.map_or("a calendar", |row| row.text(Field::Name));
        format!("Read {calendar} of {} again.", self.name(helper))
    }

    pub(super) fn say_zone(&self, conflict: &Conflict, zone: &str) -> String {
        let shifts = self.shifts_in(conflict);
        let title = shifts.first().map_or_else(|| "a shift".to_owned(), |shift| self.when(shift));
        format!("Correct the time zone of {title}: nobody knows “{zone}”.")
    }

    pub(super) fn say_locate(&self, place: &str) -> String {
        let name = place.parse().map_or_else(|_| "a place".to_owned(), |id| self.names().place(&id));
        format!("Say where {name} is, or how long the way takes.")
    }
}

/// "free, knows Bar, likes Bar"
fn standing(c: &Candidate) -> String {
    let mut words = vec![match c.standing {
        Standing::Free => "free".to_owned(),
        Standing::Unknown => "to be asked".to_owned(),
        Standing::Conflicts => {
            let kinds =
                c.new.iter().filter(|new| is_against(new)).map(|new| new.kind.name().replace('_', " "));
            let kinds: crate::ordered::OrdSet<String> = kinds.collect();
            format!("not without {}", kinds.into_iter().collect::<Vec<_>>().join(", "))
        }
    }];
    for reason in &c.reasons {
        match reason {
            Reason::Likes { what } => words.push(format!("likes {what}")),
            Reason::Skills { has } => words.push(format!("has {}", has.join(", "))),
            Reason::KnowsRole { role } => words.push(format!("knows {role}")),
            Reason::NotAsked { .. } | Reason::NotReadable | Reason::Declined => {}
        }
    }
    words.join(", ")
}
