//! Who could take a shift, and what it would mean for each.

use super::clock::Clock;
use super::conflict::{Conflict, ConflictKind, ShiftRef};
use super::facts::{Helper, Person, Shift, Way, estimate};
use super::score::{Score, added};
use super::{Season, come};
use crate::ordered::sort_by;
use crate::schema::{Field, Table, assigned_row};
use crate::view::Row;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// Seconds between two shifts with which one comes to the second from the first, not from home.
const FROM_SHIFT: i64 = 4 * 3600;

/// A helper who is not on a shift, as one who could be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Candidate {
    pub helper: String,
    pub standing: Standing,
    /// Conflicts that they would have then and have not now, or not as bad.
    pub new: Vec<Conflict>,
    /// The minutes of these that are more than now.
    pub score: Score,
    /// What they work in this event already.
    pub minutes_in_event: u32,
    /// How they come there; `None` where nobody knows.
    pub way: Option<Approach>,
    pub reasons: Vec<Reason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Standing {
    /// They have said that they have time, and nothing more than small matters speaks against it.
    Free,
    /// Nobody knows whether they have time: to be asked.
    Unknown,
    /// Something hard or medium speaks against it.
    Conflicts,
}

/// From where a helper comes to a shift, and in how many minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Approach {
    Home { minutes: u32 },
    Shift { shift: ShiftRef, minutes: u32 },
}

/// What speaks for a helper, and what is not known of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Reason {
    /// A team or role of the shift that they like.
    Likes { what: String },
    /// The skills that it needs.
    Skills { has: Vec<String> },
    /// They have this role on other shifts of the event.
    KnowsRole { role: String },
    /// They declined this very shift.
    Declined,
    /// What they said of their time may not be read here, or they said nothing.
    NotReadable,
    /// They said nothing of this date.
    NotAsked { date: String },
}

impl Season {
    /// All helpers who could be put on a shift, the best first, at most `limit`: who is not archived and not on it.
    /// Who is free comes before who is not known to be, and they before who has conflicts; then what has least
    /// conflicts, is liked, has worked less in this event, and is nearer.
    pub fn candidates(&self, event: &str, assignment: &str, limit: usize) -> Vec<Candidate> {
        let shift = self.events.get(event).and_then(|plan| plan.shifts.get(assignment));
        shift.map(|shift| self.candidates_for(shift, limit)).unwrap_or_default()
    }

    /// The same for a shift that need not be in the plan.
    pub(super) fn candidates_for(&self, shift: &std::sync::Arc<Shift>, limit: usize) -> Vec<Candidate> {
        let free = self.helpers.iter().filter(|(id, helper)| !helper.is_gone && !self.is_on(id, shift));
        let mut all: Vec<Candidate> = free.map(|(id, helper)| self.candidate(id, helper, shift)).collect();
        sort_by(&mut all, |a, b| self.rank_of(a).cmp(&self.rank_of(b)));
        all.truncate(limit);
        all
    }

    fn candidate(&self, id: &str, helper: &Helper, shift: &std::sync::Arc<Shift>) -> Candidate {
        let mut shifts = self.shifts_of(id).to_vec();
        come(&mut shifts, shift.clone());
        let (new, score) = added(self.conflicts_with(id), self.check_helper(id, &shifts));
        let mut reasons = self.merits(id, helper, shift);
        let has_declined = self.answer(id, shift).is_some_and(|row| row.text(Field::Status) == "declined");
        reasons.extend(has_declined.then_some(Reason::Declined));
        let unknown = self.unknown(helper, shift);
        let standing = if has_declined || new.iter().any(is_against) {
            Standing::Conflicts
        } else if unknown.is_some() || new.iter().any(|c| c.kind == ConflictKind::StaleOrUnknown) {
            Standing::Unknown
        } else {
            Standing::Free
        };
        reasons.extend(unknown);
        Candidate {
            helper: id.to_owned(),
            standing,
            new,
            score,
            minutes_in_event: self.minutes_in(&shift.key.event, id),
            way: self.approach(helper, self.shifts_of(id), shift),
            reasons,
        }
    }

    /// Compares as said at [`Season::candidates`].
    fn rank_of<'a>(&'a self, c: &'a Candidate) -> impl Ord + use<'a> {
        let has = |reason: fn(&Reason) -> bool| c.reasons.iter().any(reason);
        let declined = has(|r| *r == Reason::Declined);
        let likes = has(|r| matches!(r, Reason::Likes { .. }));
        let minutes = c.way.as_ref().map_or(u32::MAX, |way| match way {
            Approach::Home { minutes } | Approach::Shift { minutes, .. } => *minutes,
        });
        let name = self.roster.row(Table::Helpers, &c.helper).map_or("", |row| row.text(Field::Name));
        (declined, c.standing, c.score, Reverse(likes), c.minutes_in_event, minutes, name, &c.helper)
    }

    pub(super) fn minutes_in(&self, event: &str, helper: &str) -> u32 {
        let minutes = self.events.get(event).and_then(|plan| plan.minutes.get(helper));
        minutes.map_or(0, |minutes| super::check::minutes(*minutes))
    }

    /// A helper's row on a shift, whatever they answered.
    pub(super) fn answer(&self, helper: &str, shift: &Shift) -> Option<&Row> {
        let (assignment, helper) = (shift.key.assignment.parse().ok()?, helper.parse().ok()?);
        let view = &self.events.get(&shift.key.event)?.view;
        view.row(Table::Assigned, &assigned_row(&assignment, &helper)).map(AsRef::as_ref)
    }

    pub(super) fn is_on(&self, helper: &str, shift: &Shift) -> bool {
        self.answer(helper, shift).is_some_and(|row| row.text(Field::Status) != "declined")
    }

    fn merits(&self, id: &str, helper: &Helper, shift: &Shift) -> Vec<Reason> {
        let mut out: Vec<Reason> =
            likes(helper, shift).map(|what| Reason::Likes { what }).into_iter().collect();
        let skills = shift.skills();
        if !skills.is_empty() && skills.iter().all(|skill| helper.skills.contains(skill)) {
            out.push(Reason::Skills { has: skills.to_vec() });
        }
        let same = |s: &Shift| {
            s.key.event == shift.key.event && (s.team(), s.role()) == (shift.team(), shift.role())
        };
        if !shift.role().is_empty() && self.shifts_of(id).iter().any(|s| same(s)) {
            out.push(Reason::KnowsRole { role: shift.role().to_owned() });
        }
        out
    }

    /// Why nobody knows whether a helper has time for a shift; `None` where they said so for all of its days, by their
    /// hours or by a calendar.
    pub(super) fn unknown(&self, helper: &Helper, shift: &Shift) -> Option<Reason> {
        let Some(person) = &helper.person else { return Some(Reason::NotReadable) };
        let Some(own) = person.clock.as_ref().or(shift.clock.as_ref()) else {
            return Some(Reason::NotReadable);
        };
        // A calendar that does not speak of these days, or cannot be believed, is a conflict of its own.
        let has_calendar = !person.calendars.is_empty();
        let open = dates(shift, own).find(|date| !has_calendar && !is_asked(person, *date, shift, own))?;
        let said_nothing = !person.has_hours();
        Some(if said_nothing { Reason::NotReadable } else { Reason::NotAsked { date: open.to_string() } })
    }

    fn approach(&self, helper: &Helper, shifts: &[std::sync::Arc<Shift>], to: &Shift) -> Option<Approach> {
        let place = to.place()?;
        let mode = helper.person.as_ref().and_then(|person| person.travel_mode);
        let minutes = |way: Way| match way {
            Way::Takes { expected, .. } => Some(super::check::minutes(expected)),
            Way::Nowhere | Way::Unknown { .. } => None,
        };
        let before = shifts.iter().filter(|s| s.end <= to.start && to.start - s.end <= FROM_SHIFT);
        if let Some(last) = before.max_by_key(|s| s.end) {
            let minutes = minutes(self.places.way(last.place(), Some(place), mode))?;
            return Some(Approach::Shift { shift: last.key.clone(), minutes });
        }
        let home = helper.person.as_ref()?.home?;
        let metres = self.places.metres_from(home, place)?;
        Some(Approach::Home { minutes: minutes(estimate(metres, mode))? })
    }
}

/// Whether a new conflict is more than a small matter or something that nobody knows.
pub(super) fn is_against(conflict: &Conflict) -> bool {
    use super::conflict::Severity::{Hard, Medium};
    matches!(conflict.severity, Hard | Medium) && conflict.kind != ConflictKind::StaleOrUnknown
}

/// The team or role of a shift that a helper likes.
pub(super) fn likes(helper: &Helper, shift: &Shift) -> Option<String> {
    let person = helper.person.as_ref()?;
    shift.role_or_team_in(&person.likes).map(str::to_owned)
}

/// The civil dates that a shift touches.
fn dates(shift: &Shift, clock: &Clock) -> impl Iterator<Item = Date> + use<> {
    let last = clock.date(shift.end - 1);
    let mut next = Some(clock.date(shift.start));
    std::iter::from_fn(move || {
        let date = next.filter(|date| *date <= last)?;
        next = date.tomorrow().ok();
        Some(date)
    })
}

/// Whether a helper's hours speak of a date, or those of the day before last until the shift ends on it.
fn is_asked(person: &Person, date: Date, shift: &Shift, clock: &Clock) -> bool {
    if person.hours(date).is_some() {
        return true;
    }
    let end = clock.civil(shift.end);
    let minute = if end.date() == date { i64::from(end.hour()) * 60 + i64::from(end.minute()) } else { 1440 };
    let before = date.yesterday().ok().and_then(|day| person.hours(day)).flatten();
    before.is_some_and(|(_, to)| to - 1440 >= minute)
}
