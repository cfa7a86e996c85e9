//! Conflicts in a plan: found on the device, offline, while a person drags a shift, and by the same code at the hub.
//!
//! # Layout
//! - [`facts`]: the documents as what a check asks for
//! - [`clock`]: civil times and instants of a zone
//! - [`conflict`]: what a check finds
//! - [`check`]: one helper's shifts, kind by kind, each with its definition
//! - [`explain()`]: a conflict as a sentence
//! - `diff`: what a changed event document means
//! - [`demand`]: one shift by itself, and the spread of an event's work
//! - [`coverage`]: what each role needs and has, hour by hour
//! - [`score`]: how bad a plan is, and what a change adds
//! - [`candidates`]: who could take a shift
//! - `trial`: what a command would mean
//! - [`suggest`]: what could be done about a conflict
//! - [`journeys`]: the ways between a helper's shifts, as a timeline draws them
//! - [`fill`]: helpers for the free places of an event
//!
//! A [`Season`] holds all plans that this side may see. Conflicts of a helper come from that helper's shifts alone, those of
//! a shift from the shift alone: after an edit only they are checked again, and the result is that of a full check.

pub mod candidates;
pub mod check;
pub mod clock;
pub mod conflict;
pub mod coverage;
pub mod demand;
mod diff;
mod explain;
pub mod facts;
pub mod fill;
pub mod journeys;
pub mod score;
pub mod suggest;
mod trial;

pub use candidates::{Approach, Candidate, Reason, Standing};
pub use conflict::{Cap, Confidence, Conflict, ConflictKind, End, Fact, Gap, Period, Severity, ShiftRef};
pub use explain::explain;
pub use score::Score;
pub use suggest::{Suggestion, SuggestionKind};

use crate::ids::DocId;
use crate::ordered::sort_by;
use crate::ordered::{OrdMap, OrdSet};
use crate::schema::Table;
use crate::view::DocView;
use crate::zone::Zones;
use diff::differing;
use facts::{Helper, Places, Rules, Shift, ZoneCache};
use std::cmp::Ordering;
use std::sync::Arc;

/// All plans that this side may see, checked.
#[derive(Clone, Debug)]
pub struct Season {
    zones: ZoneCache,
    pub(crate) now: i64,
    pub(crate) rules: Rules,
    pub(crate) places: Places,
    roster: Arc<DocView>,
    people: OrdMap<String, Arc<DocView>>,
    pub(crate) helpers: OrdMap<String, Helper>,
    pub(crate) events: OrdMap<Arc<str>, Plan>,
    /// Each helper's shifts, by start, end, event and id.
    pub(crate) rota: OrdMap<String, Vec<Arc<Shift>>>,
    found: OrdMap<String, Vec<Conflict>>,
}

/// An event's shifts that take place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    view: Arc<DocView>,
    pub(crate) shifts: OrdMap<Arc<str>, Arc<Shift>>,
    /// Minutes of each helper in it.
    minutes: OrdMap<String, i64>,
    found: OrdMap<String, Vec<Conflict>>,
    spread: Vec<Conflict>,
}

/// The conflicts of the helpers, shifts and events that an edit concerns: all other conflicts stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    pub before: Vec<Conflict>,
    pub after: Vec<Conflict>,
}

impl Season {
    /// Nothing yet. `now`: milliseconds since 1970; only the age of imported calendars depends on it.
    pub fn new(now: i64, zones: Zones) -> Season {
        let roster = Arc::new(DocView::default());
        Season {
            zones: ZoneCache::new(zones),
            now,
            rules: Rules::read(&roster),
            places: Places::default(),
            roster,
            people: OrdMap::new(),
            helpers: OrdMap::new(),
            events: OrdMap::new(),
            rota: OrdMap::new(),
            found: OrdMap::new(),
        }
    }

    /// Takes documents as they are now (`None`: gone, or not to be seen), and checks again what they concern.
    pub fn update(&mut self, docs: impl IntoIterator<Item = (DocId, Option<Arc<DocView>>)>) {
        let mut helpers = OrdSet::new();
        for (doc, view) in docs {
            match doc {
                DocId::Roster => self.set_roster(view.unwrap_or_default(), &mut helpers),
                DocId::Person(id) => {
                    let id = id.as_str().to_owned();
                    match view {
                        Some(view) => drop(self.people.insert(id.clone(), view)),
                        None => drop(self.people.remove(&id)),
                    }
                    self.helpers.remove(&id);
                    helpers.insert(id);
                }
                DocId::Event(id) => self.set_event(id.as_str(), view.unwrap_or_default(), &mut helpers),
                DocId::Notes { .. } | DocId::Inbox(_) => {}
            }
        }
        for id in helpers {
            self.recheck(&id);
        }
    }

    /// Another time: imported calendars may be too old now.
    pub fn set_now(&mut self, now: i64) {
        self.now = now;
        let all: Vec<String> = self.people.keys().cloned().collect();
        for id in all {
            self.recheck(&id);
        }
    }

    /// All conflicts, those that cannot be first, and of these the greatest.
    pub fn conflicts(&self) -> Vec<&Conflict> {
        let of_events = self.events.values().flat_map(|p| p.found.values().flatten().chain(&p.spread));
        let mut all: Vec<&Conflict> = self.found.values().flatten().chain(of_events).collect();
        sort_by(&mut all, |a, b| rank(a).cmp(&rank(b)));
        all
    }

    /// Those that concern a shift of this event, in the order of [`Season::conflicts`].
    pub fn conflicts_of(&self, event: &str) -> Vec<&Conflict> {
        let concerns = |c: &&Conflict| c.shifts.iter().any(|s| *s.event == *event);
        let Some(plan) = self.events.get(event) else { return Vec::new() };
        let helpers = plan.minutes.keys().filter_map(|id| self.found.get(id)).flatten().filter(concerns);
        let mut all: Vec<&Conflict> =
            helpers.chain(plan.found.values().flatten()).chain(&plan.spread).collect();
        sort_by(&mut all, |a, b| rank(a).cmp(&rank(b)));
        all
    }

    /// What an event would be like with this document, without taking it.
    pub fn preview(&self, event: &str, view: &DocView) -> Preview {
        let none = Plan::default();
        let plan = self.events.get(event).unwrap_or(&none);
        let mut zones = self.zones.clone();
        let diff = plan.diff(event, &plan.view, view, &mut zones);
        let mut preview = Preview::default();
        for id in diff.helpers().collect::<OrdSet<_>>() {
            preview.before.extend(self.found.get(id).into_iter().flatten().cloned());
            let mut shifts = self.rota.get(id).cloned().unwrap_or_default();
            for (_, shift) in diff.leave.iter().filter(|(helper, _)| *helper == id) {
                leave(&mut shifts, shift);
            }
            for (_, shift) in diff.come.iter().filter(|(helper, _)| *helper == id) {
                come(&mut shifts, shift.clone());
            }
            preview.after.extend(self.check_helper(id, &shifts));
        }
        for (id, taken) in &diff.taken {
            preview.before.extend(plan.found.get(*id).into_iter().flatten().cloned());
            let shift = match diff.shifts.get(id) {
                Some(shift) => shift.as_ref(),
                None => plan.shifts.get(*id),
            };
            if let Some(shift) = shift {
                preview.after.extend(demand::check(shift, *taken));
            }
        }
        preview.before.extend(plan.spread.iter().cloned());
        let mut minutes = plan.minutes.clone();
        diff.count(&mut minutes);
        preview.after.extend(demand::spread(event, &minutes));
        preview
    }

    /// The conflicts of a helper with these shifts instead of their own, which are in order.
    pub(crate) fn check_helper(&self, id: &str, shifts: &[Arc<Shift>]) -> Vec<Conflict> {
        match self.helpers.get(id) {
            Some(helper) => check::check(self, id, helper, shifts),
            None => {
                let gone = Helper { is_gone: true, ..Helper::default() };
                check::check(self, id, &gone, shifts)
            }
        }
    }

    fn set_roster(&mut self, roster: Arc<DocView>, touched: &mut OrdSet<String>) {
        let (old, new) = (self.roster.rows(Table::Helpers), roster.rows(Table::Helpers));
        for (id, ..) in differing(old, new) {
            self.helpers.remove(id);
            touched.insert(id.to_owned());
        }
        let same = |table: Table| differing(self.roster.rows(table), roster.rows(table)).next().is_none();
        if !same(Table::Places) || !same(Table::Travel) || !same(Table::Rules) {
            self.rules = Rules::read(&roster);
            self.places = Places::read(&roster);
            touched.extend(self.rota.keys().cloned());
        }
        self.roster = roster;
    }

    fn set_event(&mut self, event: &str, view: Arc<DocView>, touched: &mut OrdSet<String>) {
        let plan = self.events.entry(event.into()).or_default();
        let before = std::mem::replace(&mut plan.view, view.clone());
        let diff = plan.diff(event, &before, &view, &mut self.zones);
        diff.count(&mut plan.minutes);
        for (id, shift) in &diff.leave {
            if let Some(shifts) = self.rota.get_mut(*id) {
                leave(shifts, shift);
            }
        }
        for (id, shift) in &diff.come {
            match self.rota.get_mut(*id) {
                Some(shifts) => come(shifts, shift.clone()),
                None => drop(self.rota.insert((*id).to_owned(), vec![shift.clone()])),
            }
        }
        for id in diff.helpers() {
            if !touched.contains(id) {
                touched.insert(id.to_owned());
            }
        }
        for (id, shift) in &diff.shifts {
            match shift {
                Some(shift) => drop(plan.shifts.insert(shift.key.assignment.clone(), shift.clone())),
                None => drop(plan.shifts.remove(*id)),
            }
        }
        for (id, taken) in &diff.taken {
            let found = plan.shifts.get(*id).map(|s| demand::check(s, *taken)).unwrap_or_default();
            if found.is_empty() {
                plan.found.remove(*id);
            } else {
                plan.found.insert((*id).to_owned(), found);
            }
        }
        plan.spread = demand::spread(event, &plan.minutes);
        if plan.shifts.is_empty() && plan.view.single(Table::Facts).is_none() {
            self.events.remove(event);
        }
    }

    fn recheck(&mut self, id: &str) {
        if !self.helpers.contains_key(id) {
            let person = self.people.get(id).map(Arc::as_ref);
            let helper = Helper::read(&self.roster, id, person, &mut self.zones);
            self.helpers.insert(id.to_owned(), helper);
        }
        let shifts = self.rota.get(id).map_or(&[][..], Vec::as_slice);
        let found = if shifts.is_empty() { Vec::new() } else { self.check_helper(id, shifts) };
        if found.is_empty() {
            self.found.remove(id);
        } else {
            self.found.insert(id.to_owned(), found);
        }
        if self.rota.get(id).is_some_and(Vec::is_empty) {
            self.rota.remove(id);
        }
    }
}

fn order(a: &Shift, b: &Shift) -> Ordering {
    (a.start, a.end, &a.key).cmp(&(b.start, b.end, &b.key))
}

/// Takes a shift out of a helper's.
pub(crate) fn leave(shifts: &mut Vec<Arc<Shift>>, shift: &Shift) {
    if let Ok(at) = shifts.binary_search_by(|s| order(s, shift)) {
        shifts.remove(at);
    }
}

/// Puts a shift among a helper's.
pub(crate) fn come(shifts: &mut Vec<Arc<Shift>>, shift: Arc<Shift>) {
    if let Err(at) = shifts.binary_search_by(|s| order(s, &shift)) {
        shifts.insert(at, shift);
    }
}

fn rank(c: &Conflict) -> (Severity, std::cmp::Reverse<u32>, &str) {
    (c.severity, std::cmp::Reverse(c.score), &c.id)
}
