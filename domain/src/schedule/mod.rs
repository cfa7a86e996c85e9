//! Conflicts in a plan: found on the device, offline, while a person drags a shift, and by the same code at the hub.
//!
//! # Layout
//! - [`facts`]: the documents as what a check asks for
//! - [`clock`]: civil times and instants of a zone
//! - [`conflict`]: what a check finds
//! - [`check`]: one helper's shifts, kind by kind, each with its definition
//! - [`explain()`]: a conflict as a sentence
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
use crate::schema::{Field, Table};
use crate::value::Value;
use crate::view::{DocView, EMPTY, Rows};
use crate::zone::Zones;
use facts::{Helper, Places, Rules, Shift, ZoneCache};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All plans that this side may see, checked.
#[derive(Clone, Debug)]
pub struct Season {
    zones: ZoneCache,
    pub(crate) now: i64,
    pub(crate) rules: Rules,
    pub(crate) places: Places,
    roster: Arc<DocView>,
    people: BTreeMap<String, Arc<DocView>>,
    pub(crate) helpers: BTreeMap<String, Helper>,
    pub(crate) events: BTreeMap<String, Plan>,
    /// Each helper's shifts, by start, end, event and id.
    pub(crate) rota: BTreeMap<String, Vec<Arc<Shift>>>,
    found: BTreeMap<String, Vec<Conflict>>,
}

/// An event's shifts that take place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    view: Arc<DocView>,
    pub(crate) shifts: BTreeMap<String, Arc<Shift>>,
    /// Minutes of each helper in it.
    minutes: BTreeMap<String, i64>,
    found: BTreeMap<String, Vec<Conflict>>,
    spread: Vec<Conflict>,
}

/// What a changed document means for an event.
#[derive(Debug, Default)]
struct Diff {
    /// Shifts that are other than before, as they are now.
    shifts: BTreeMap<String, Option<Arc<Shift>>>,
    leave: Vec<(String, Arc<Shift>)>,
    come: Vec<(String, Arc<Shift>)>,
    /// Shifts with others on them.
    staffed: BTreeSet<String>,
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
            people: BTreeMap::new(),
            helpers: BTreeMap::new(),
            events: BTreeMap::new(),
            rota: BTreeMap::new(),
            found: BTreeMap::new(),
        }
    }

    /// Takes documents as they are now (`None`: gone, or not to be seen), and checks again what they concern.
    pub fn update(&mut self, docs: impl IntoIterator<Item = (DocId, Option<Arc<DocView>>)>) {
        let mut helpers = BTreeSet::new();
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
        all.sort_by(|a, b| rank(a).cmp(&rank(b)));
        all
    }

    /// Those that concern a shift of this event, in the order of [`Season::conflicts`].
    pub fn conflicts_of(&self, event: &str) -> Vec<&Conflict> {
        let concerns = |c: &&Conflict| c.shifts.iter().any(|s| s.event == event);
        let Some(plan) = self.events.get(event) else { return Vec::new() };
        let helpers = plan.minutes.keys().filter_map(|id| self.found.get(id)).flatten().filter(concerns);
        let mut all: Vec<&Conflict> =
            helpers.chain(plan.found.values().flatten()).chain(&plan.spread).collect();
        all.sort_by(|a, b| rank(a).cmp(&rank(b)));
        all
    }

    /// What an event would be like with this document, without taking it.
    pub fn preview(&self, event: &str, view: &DocView) -> Preview {
        let none = Plan::default();
        let plan = self.events.get(event).unwrap_or(&none);
        let mut zones = self.zones.clone();
        let diff = plan.diff(event, view, &mut zones);
        let mut preview = Preview::default();
        let touched: BTreeSet<&String> = diff.leave.iter().chain(&diff.come).map(|(id, _)| id).collect();
        for id in touched {
            preview.before.extend(self.found.get(id).into_iter().flatten().cloned());
            let mut shifts = self.rota.get(id).cloned().unwrap_or_default();
            for (_, shift) in diff.leave.iter().filter(|(helper, _)| helper == id) {
                leave(&mut shifts, shift);
            }
            for (_, shift) in diff.come.iter().filter(|(helper, _)| helper == id) {
                come(&mut shifts, shift.clone());
            }
            preview.after.extend(self.check_helper(id, &shifts));
        }
        for id in diff.shifts.keys().chain(&diff.staffed).collect::<BTreeSet<_>>() {
            preview.before.extend(plan.found.get(id).into_iter().flatten().cloned());
            let shift = match diff.shifts.get(id) {
                Some(shift) => shift.as_ref(),
                None => plan.shifts.get(id),
            };
            if let Some(shift) = shift {
                preview.after.extend(demand::check(shift, view.taken(id)));
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

    fn set_roster(&mut self, roster: Arc<DocView>, touched: &mut BTreeSet<String>) {
        let (old, new) = (self.roster.rows(Table::Helpers), roster.rows(Table::Helpers));
        for id in differing(old, new) {
            self.helpers.remove(id);
            touched.insert(id.to_owned());
        }
        let same = |table: Table| differing(self.roster.rows(table), roster.rows(table)).is_empty();
        if !same(Table::Places) || !same(Table::Travel) || !same(Table::Rules) {
            self.rules = Rules::read(&roster);
            self.places = Places::read(&roster);
            touched.extend(self.rota.keys().cloned());
        }
        self.roster = roster;
    }

    fn set_event(&mut self, event: &str, view: Arc<DocView>, touched: &mut BTreeSet<String>) {
        let plan = self.events.entry(event.to_owned()).or_default();
        let diff = plan.diff(event, &view, &mut self.zones);
        plan.view = view;
        diff.count(&mut plan.minutes);
        for (id, shift) in &diff.leave {
            if let Some(shifts) = self.rota.get_mut(id) {
                leave(shifts, shift);
            }
        }
        for (id, shift) in &diff.come {
            come(self.rota.entry(id.clone()).or_default(), shift.clone());
        }
        touched.extend(diff.leave.into_iter().chain(diff.come).map(|(id, _)| id));
        let mut recheck: BTreeSet<String> = diff.staffed;
        for (id, shift) in diff.shifts {
            match shift {
                Some(shift) => drop(plan.shifts.insert(id.clone(), shift)),
                None => drop(plan.shifts.remove(&id)),
            }
            recheck.insert(id);
        }
        for id in recheck {
            let shift = plan.shifts.get(&id);
            let found = shift.map(|s| demand::check(s, plan.view.taken(&id))).unwrap_or_default();
            if found.is_empty() {
                plan.found.remove(&id);
            } else {
                plan.found.insert(id, found);
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

impl Diff {
    /// Makes the minutes of each helper in the event what they are after it.
    fn count(&self, minutes: &mut BTreeMap<String, i64>) {
        for (id, shift) in &self.leave {
            *minutes.entry(id.clone()).or_default() -= shift.minutes();
        }
        for (id, shift) in &self.come {
            *minutes.entry(id.clone()).or_default() += shift.minutes();
        }
        minutes.retain(|_, minutes| *minutes > 0);
    }
}

impl Plan {
    /// What is other in `view` than in the document that the plan was read from.
    fn diff(&self, event: &str, view: &DocView, zones: &mut ZoneCache) -> Diff {
        let mut diff = Diff::default();
        let archived = |view: &DocView| {
            view.single(Table::Facts).is_none_or(|row| row.cell(Field::Archived) == &Value::Bool(true))
        };
        // Nothing of an archived event takes place.
        let old = if archived(&self.view) { &EMPTY } else { self.view.as_ref() };
        let new = if archived(view) { &EMPTY } else { view };
        let facts = |view: &DocView| view.single(Table::Facts).cloned().unwrap_or_default();
        let (old_facts, new_facts) = (facts(old), facts(new));
        let (old_rows, new_rows) = (old.rows(Table::Assignments), new.rows(Table::Assignments));
        let changed = if old_facts.cell(Field::Place) == new_facts.cell(Field::Place) {
            differing(old_rows, new_rows)
        } else {
            old_rows.keys().chain(new_rows.keys()).map(String::as_str).collect()
        };
        for id in changed {
            let row = new_rows.get(id);
            let shift = row.and_then(|row| Shift::read(event, id, &new_facts, row, zones)).map(Arc::new);
            if shift.as_ref() != self.shifts.get(id) {
                diff.shifts.insert(id.to_owned(), shift);
            }
        }
        for (id, shift) in &diff.shifts {
            if let Some(shift) = self.shifts.get(id) {
                diff.leave.extend(on(old, id).map(|helper| (helper.to_owned(), shift.clone())));
            }
            if let Some(shift) = shift {
                diff.come.extend(on(new, id).map(|helper| (helper.to_owned(), shift.clone())));
            }
        }
        let (before, after) = (old.rows(Table::Assigned), new.rows(Table::Assigned));
        for row in differing(before, after) {
            let is_on = |rows: &Rows| rows.get(row).is_some_and(|row| row.text(Field::Status) != "declined");
            let (was_on, is_on) = (is_on(before), is_on(after));
            let Some((id, helper)) = row.split_once('.').filter(|_| was_on != is_on) else { continue };
            diff.staffed.insert(id.to_owned());
            if diff.shifts.contains_key(id) {
                continue;
            }
            let list = if is_on { &mut diff.come } else { &mut diff.leave };
            list.extend(self.shifts.get(id).cloned().map(|shift| (helper.to_owned(), shift)));
        }
        diff
    }
}

/// Who is on a shift, by the names of the rows.
fn on<'a>(view: &'a DocView, id: &str) -> impl Iterator<Item = &'a str> {
    let on = view.posts(id).filter(|(_, row)| row.text(Field::Status) != "declined");
    on.map(|(helper, _)| helper)
}

/// The rows that are not the same in both. Equal rows are mostly one object.
fn differing<'a>(old: &'a Rows, new: &'a Rows) -> Vec<&'a str> {
    let (mut olds, mut news) = (old.iter().peekable(), new.iter().peekable());
    let mut out = Vec::new();
    loop {
        match (olds.peek(), news.peek()) {
            (None, None) => return out,
            (Some((id, _)), None) => {
                out.push(id.as_str());
                olds.next();
            }
            (None, Some((id, _))) => {
                out.push(id.as_str());
                news.next();
            }
            (Some((a, before)), Some((b, after))) => match a.cmp(b) {
                std::cmp::Ordering::Less => {
                    out.push(a.as_str());
                    olds.next();
                }
                std::cmp::Ordering::Greater => {
                    out.push(b.as_str());
                    news.next();
                }
                std::cmp::Ordering::Equal => {
                    if !Arc::ptr_eq(before, after) && before != after {
                        out.push(a.as_str());
                    }
                    olds.next();
                    news.next();
                }
            },
        }
    }
}

fn order(a: &Shift, b: &Shift) -> std::cmp::Ordering {
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
