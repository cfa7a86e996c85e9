//! Takes effects back on a copy of the documents.

use super::super::assignment::check_shift;
use super::super::cells::complete;
use super::super::event::check_facts;
use super::super::lookup::{
    Event, check_place, helper as find_helper, not_found, refuse_archived_helper, view,
};
use super::super::person::{check_hours_row, coordinates};
use super::super::staffing::refuse_full;
use super::super::time_off;
use super::effect::{Cells, Effect, RowEffect, differing, is_made_by_cells};
use super::group::{Group, goes};
use crate::change::{Change, ChangeKind, Kept, Replaced};
use crate::ids::{DocId, Id};
use crate::ordered::OrdMap;
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{self, Field, Table};
use crate::value::Value;
use crate::view::{DocView, Row, World};
use std::sync::Arc;

pub(super) struct TakeBack<'a> {
    world: Scratch<'a>,
    plans: bool,
    also_changed: bool,
    pub changes: Vec<Change>,
    pub kept: Vec<Kept>,
    pub replaced: Vec<Replaced>,
}

/// The world with what was taken back already.
struct Scratch<'a> {
    base: &'a dyn World,
    docs: OrdMap<DocId, DocView>,
}

impl World for Scratch<'_> {
    fn doc(&self, doc: &DocId) -> Option<&DocView> {
        self.docs.get(doc).or_else(|| self.base.doc(doc))
    }
}

impl<'a> TakeBack<'a> {
    pub fn new(base: &'a dyn World, plans: bool, also_changed: bool) -> TakeBack<'a> {
        let world = Scratch { base, docs: OrdMap::new() };
        TakeBack { world, plans, also_changed, changes: Vec::new(), kept: Vec::new(), replaced: Vec::new() }
    }

    pub fn take_back(&mut self, group: &Group) {
        let mut changed = Vec::new();
        let mut left = Vec::new();
        let mut standing = Vec::new();
        for effect in &group.effects {
            let found = self.look(effect, group);
            standing.extend(found.standing);
            if self.also_changed {
                let (fixed, open) =
                    found.changed.into_iter().partition::<Vec<_>, _>(|kept| kept.why.is_some());
                left.extend(fixed);
                changed.extend(open);
            } else {
                left.extend(found.changed);
            }
        }
        if group.whole && !left.is_empty() {
            return self.kept.extend(left);
        }
        self.kept.extend(left);
        let before = self.changes.len();
        for phase in 0..4 {
            for effect in standing.iter().filter(|effect| phase_of(effect) == phase) {
                if let Err(refusal) = self.revert(effect) {
                    self.roll_back(before);
                    return self.kept.push(self.cannot(effect, refusal));
                }
            }
        }
        self.replaced.extend(changed.into_iter().map(|kept| {
            let Kept { doc, table, row, field, value, by, by_name, .. } = kept;
            Replaced { doc, table, row, field, value, by, by_name }
        }));
    }

    fn roll_back(&mut self, to: usize) {
        for change in self.changes.split_off(to).iter().rev() {
            self.world.docs.entry(change.doc.clone()).or_default().apply(&change.inverse());
        }
    }

    /// What of an effect is to be taken back, and which cells somebody changed since.
    fn look(&self, effect: &RowEffect, group: &Group) -> Found {
        let row = view(&self.world, &effect.doc).row(effect.table, &effect.row);
        let mut found = Found { standing: None, changed: Vec::new() };
        let all = |effect: &RowEffect| Some(effect.clone());
        match (&effect.effect, row) {
            (Effect::Came(_), None) => {}
            (Effect::Came(cells), Some(now)) => {
                found.changed = self.differing(effect, cells, now);
                found.changed.extend(self.built_on(effect, group));
                found.standing = all(effect);
            }
            (Effect::Went(_), None) => found.standing = all(effect),
            (Effect::Went(cells), Some(now)) => {
                found.changed = self.differing(effect, cells, now);
                let cells = differing(cells, now);
                found.standing =
                    Some(RowEffect { effect: Effect::Set { cells, came: false }, ..effect.clone() });
            }
            (Effect::Set { cells, .. }, None) if !is_made_by_cells(effect.table) => {
                let why = not_found(noun(effect.table)).message;
                let gone = |field: &Field| kept(effect, *field, Value::Null, Some(why.clone()));
                found.changed = cells.keys().map(gone).collect();
            }
            (Effect::Set { cells, came }, row) => {
                let none = Row::default();
                let now = row.map_or(&none, |row| row.as_ref());
                let mut standing = Cells::new();
                for (field, (before, after)) in cells {
                    let is = now.cell(*field);
                    // Whether it is approved is not for its helper to say.
                    let not_theirs = !self.plans && effect.table == Table::TimeOff && *field == Field::Status;
                    if is == before || not_theirs {
                        continue;
                    }
                    if is != after {
                        found.changed.push(kept(effect, *field, is.clone(), self.fixed(effect)));
                    }
                    if is == after || self.also_changed {
                        standing.insert(*field, (before.clone(), after.clone()));
                    }
                }
                if !standing.is_empty() {
                    let effect_now = Effect::Set { cells: standing, came: *came };
                    found.standing = Some(RowEffect { effect: effect_now, ..effect.clone() });
                }
            }
        }
        found
    }

    fn differing(&self, effect: &RowEffect, cells: &Row, now: &Row) -> Vec<Kept> {
        let cell = |(field, (_, now))| kept(effect, field, now, self.fixed(effect));
        differing(cells, now).into_iter().map(cell).collect()
    }

    /// Why what was changed since stays, whoever asks for it.
    fn fixed(&self, effect: &RowEffect) -> Option<String> {
        match effect.table {
            Table::Calendars | Table::Busy => Some("The calendar was read again since.".to_owned()),
            Table::Assigned if !self.plans => Some("Only a coordinator can change that.".to_owned()),
            _ => None,
        }
    }

    /// What others built on a row that came.
    fn built_on(&self, effect: &RowEffect, group: &Group) -> Vec<Kept> {
        let view = view(&self.world, &effect.doc);
        let came_too =
            |table: Table, row: &str| group.effects.iter().any(|e| e.table == table && e.row == row);
        let rows: Vec<(Table, String, Field, &Arc<Row>)> = match effect.table {
            Table::Assignments => {
                let name = |helper: &str| format!("{}.{helper}", effect.row);
                let post = |(helper, row)| (Table::Assigned, name(helper), Field::Status, row);
                view.posts(&effect.row).map(post).collect()
            }
            Table::TimeOff => {
                let rows = view.rows(Table::TimeOff).iter();
                let instances = rows.filter(|(_, row)| row.text(Field::Series) == effect.row);
                instances.map(|(id, row)| (Table::TimeOff, id.clone(), Field::Start, row)).collect()
            }
            _ => Vec::new(),
        };
        let others = rows.into_iter().filter(|(table, row, ..)| !came_too(*table, row));
        let built = others.map(|(table, row, field, cells)| Kept {
            doc: effect.doc.clone(),
            table,
            row,
            field,
            value: cells.cell(field).clone(),
            why: None,
            by: None,
            by_name: None,
        });
        built.collect()
    }

    fn revert(&mut self, effect: &RowEffect) -> Result<(), Refusal> {
        match &effect.effect {
            Effect::Came(_) => self.take_out(effect),
            Effect::Went(cells) => self.put_in(effect, cells),
            Effect::Set { cells, came } => self.set_back(effect, cells, *came),
        }
    }

    fn take_out(&mut self, effect: &RowEffect) -> Result<(), Refusal> {
        let doc = &effect.doc;
        match effect.table {
            Table::Assignments => {
                self.refuse_note(effect)?;
                let posts: Vec<String> = view(&self.world, doc)
                    .posts(&effect.row)
                    .map(|(helper, _)| format!("{}.{helper}", effect.row))
                    .collect();
                posts.iter().for_each(|post| self.remove(doc, Table::Assigned, post));
            }
            Table::TimeOff => {
                let rows = view(&self.world, doc).rows(Table::TimeOff).iter();
                let instances = rows.filter(|(_, row)| row.text(Field::Series) == effect.row);
                let instances: Vec<String> = instances.map(|(id, _)| id.clone()).collect();
                instances.iter().for_each(|id| self.remove(doc, Table::TimeOff, id));
            }
            Table::Facts | Table::Helpers | Table::Places => self.refuse_in_use(effect)?,
            _ => {}
        }
        self.remove(doc, effect.table, &effect.row);
        Ok(())
    }

    fn refuse_note(&self, effect: &RowEffect) -> Result<(), Refusal> {
        let (DocId::Event(event), Ok(assignment)) = (&effect.doc, effect.row.parse()) else { return Ok(()) };
        if !self.world.base.has_note(&DocId::Notes { event: event.clone(), assignment }) {
            return Ok(());
        }
        let message = "Somebody wrote in the note of this shift. Cancel it instead.";
        Err(Refusal::new(RefusalCode::WrongState, message))
    }

    /// Events, helpers and places that others refer to stay.
    fn refuse_in_use(&self, effect: &RowEffect) -> Result<(), Refusal> {
        let events = || {
            let mut docs = self.world.base.events();
            docs.extend(self.world.docs.keys().filter(|doc| matches!(doc, DocId::Event(_))).cloned());
            docs.into_iter().map(|doc| view(&self.world, &doc))
        };
        let names = |table: Table, field: Field| {
            let is = move |row: &Arc<Row>| row.text(field) == effect.row;
            events().any(|view| view.rows(table).values().any(is))
        };
        let message = match effect.table {
            Table::Facts => {
                let view = view(&self.world, &effect.doc);
                let empty = view.rows(Table::Assignments).is_empty() && view.rows(Table::Assigned).is_empty();
                if empty { return Ok(()) } else { "There are shifts in this event. Archive it instead." }
            }
            Table::Places => {
                let travel = view(&self.world, &DocId::Roster).rows(Table::Travel).values();
                let mut ways = travel.flat_map(|row| [row.text(Field::From), row.text(Field::To)]);
                let used = names(Table::Assignments, Field::Place)
                    || names(Table::Facts, Field::Place)
                    || ways.any(|place| place == effect.row);
                if !used { return Ok(()) } else { "This place is in use. Archive it instead." }
            }
            _ => {
                let Ok(helper) = effect.row.parse::<Id>() else { return Ok(()) };
                let doc = DocId::Person(helper.clone());
                let known = view(&self.world, &doc);
                let empty = schema::tables(&doc).iter().all(|table| known.rows(*table).is_empty());
                let used =
                    !empty || names(Table::Assigned, Field::Helper) || self.world.base.is_linked(&helper);
                if !used {
                    return Ok(());
                } else {
                    "This helper is part of the plan by now. Archive them instead."
                }
            }
        };
        Err(Refusal::new(RefusalCode::WrongState, message))
    }

    fn put_in(&mut self, effect: &RowEffect, cells: &Row) -> Result<(), Refusal> {
        self.check_owner(effect)?;
        match (effect.table, &effect.doc, effect.post()) {
            (Table::Assigned, DocId::Event(event), Some((assignment, helper))) => {
                let event = Event::find(&self.world, event)?;
                let shift = event.shift(&assignment)?;
                refuse_archived_helper(find_helper(&self.world, &helper)?)?;
                shift.refuse_cancelled()?;
                if cells.text(Field::Status) != "declined" {
                    self.check_place_on(&effect.doc, &assignment)?;
                }
            }
            (Table::Assignments, DocId::Event(event), _) => {
                Event::find(&self.world, event)?;
                check_place(&self.world, Some(cells.cell(Field::Place)))?;
            }
            (Table::Facts, ..) => check_place(&self.world, Some(cells.cell(Field::Place)))?,
            (Table::TimeOff, ..) if !cells.cell(Field::Series).is_null() => {
                let series = view(&self.world, &effect.doc).row(Table::TimeOff, cells.text(Field::Series));
                if series.is_none_or(|row| row.cell(Field::Repeat).is_null()) {
                    return Err(not_found("time off"));
                }
            }
            (Table::Travel, ..) => {
                for place in [cells.text(Field::From), cells.text(Field::To)] {
                    let there = view(&self.world, &DocId::Roster).row(Table::Places, place);
                    there.ok_or_else(|| not_found("place"))?;
                }
            }
            _ => {}
        }
        self.push(&effect.doc, effect.table, &effect.row, ChangeKind::Insert { cells: cells.clone() });
        Ok(())
    }

    fn set_back(&mut self, effect: &RowEffect, cells: &Cells, came: bool) -> Result<(), Refusal> {
        self.check_owner(effect)?;
        let (doc, table, name) = (&effect.doc, effect.table, effect.row.as_str());
        if let (DocId::Event(event), Some((assignment, _))) = (doc, effect.post()) {
            let event = Event::find(&self.world, event)?;
            event.shift(&assignment)?.refuse_cancelled()?;
            let declined = |row: &Row| row.text(Field::Status) == "declined";
            if event.assigned(name).is_some_and(declined) && !cells.is_empty() {
                self.check_place_on(doc, &assignment)?;
            }
        }
        match view(&self.world, doc).row(table, name).cloned() {
            None => {
                let row = Row::from_iter(cells.iter().map(|(field, (before, _))| (*field, before.clone())));
                self.push(doc, table, name, ChangeKind::Insert { cells: row });
            }
            Some(now) => {
                for (field, (before, _)) in cells {
                    self.set(effect, &now, *field, before.clone());
                }
            }
        }
        if let Some((place, _)) = cells.get(&Field::Place) {
            check_place(&self.world, Some(place))?;
        }
        let theirs = !self.plans && table == Table::TimeOff && cells.keys().any(|f| *f != Field::Reason);
        let now = view(&self.world, doc).row(table, name).cloned().unwrap_or_default();
        if theirs {
            self.set(effect, &now, Field::Status, Value::from("requested"));
        }
        if came && now.cells().next().is_none() {
            self.remove(doc, table, name);
            return Ok(());
        }
        check_row(table, &now)
    }

    /// What is known of a helper goes with them.
    fn check_owner(&self, effect: &RowEffect) -> Result<(), Refusal> {
        let DocId::Person(helper) = &effect.doc else { return Ok(()) };
        // That of a helper who is being taken out again is emptied before.
        find_helper(&self.world, helper).map(|_| ())
    }

    /// Refuses where all places are taken. A shift that had too many already may keep as many.
    fn check_place_on(&self, doc: &DocId, assignment: &Id) -> Result<(), Refusal> {
        let DocId::Event(id) = doc else { return Ok(()) };
        let came_back = view(self.world.base, doc).row(Table::Assignments, assignment.as_str()).is_none();
        let had = view(self.world.base, doc).taken(assignment.as_str());
        if came_back || view(&self.world, doc).taken(assignment.as_str()) < had {
            return Ok(());
        }
        let event = Event::find(&self.world, id)?;
        let shift = event.shift(assignment)?;
        refuse_full(&self.world, &event, &shift, 0)
    }

    fn set(&mut self, effect: &RowEffect, now: &Row, field: Field, after: Value) {
        let before = now.cell(field).clone();
        if before != after {
            self.push(&effect.doc, effect.table, &effect.row, ChangeKind::Set { field, before, after });
        }
    }

    fn remove(&mut self, doc: &DocId, table: Table, row: &str) {
        if let Some(cells) = view(&self.world, doc).row(table, row).map(|row| row.as_ref().clone()) {
            self.push(doc, table, row, ChangeKind::Remove { cells });
        }
    }

    fn push(&mut self, doc: &DocId, table: Table, row: &str, kind: ChangeKind) {
        let change = Change { doc: doc.clone(), table, row: row.to_owned(), kind };
        let base = self.world.base;
        let copy = || base.doc(doc).cloned().unwrap_or_default();
        self.world.docs.entry(doc.clone()).or_insert_with(copy).apply(&change);
        self.changes.push(change);
    }

    fn cannot(&self, effect: &RowEffect, refusal: Refusal) -> Kept {
        let named = refusal.field.as_deref().and_then(Field::parse);
        let first = schema::fields(effect.table).first().map_or(Field::Name, |(field, _, _)| *field);
        let set = match &effect.effect {
            Effect::Set { cells, .. } => cells.keys().next().copied(),
            Effect::Came(_) | Effect::Went(_) => None,
        };
        let field = named.or(set).unwrap_or(first);
        let row = view(&self.world, &effect.doc).row(effect.table, &effect.row);
        let value = row.map(|row| row.cell(field).clone()).unwrap_or_default();
        kept(effect, field, value, Some(refusal.message))
    }
}

struct Found {
    standing: Option<RowEffect>,
    changed: Vec<Kept>,
}

/// Places are given back before others are taken, and a row goes after what is built on it.
fn phase_of(effect: &RowEffect) -> u8 {
    match (effect.table, &effect.effect) {
        (Table::Assigned, Effect::Came(_)) => 0,
        (Table::Assigned, Effect::Set { .. }) if !goes(effect) => 0,
        (Table::Assigned, _) => 2,
        (Table::TimeOff, Effect::Went(row)) if !row.cell(Field::Series).is_null() => 2,
        (_, Effect::Came(_)) => 3,
        _ => 1,
    }
}

fn kept(effect: &RowEffect, field: Field, value: Value, why: Option<String>) -> Kept {
    let RowEffect { doc, table, row, .. } = effect.clone();
    Kept { doc, table, row, field, value, why, by: None, by_name: None }
}

/// What must hold between the cells of a row, whoever set them.
fn check_row(table: Table, row: &Row) -> Result<(), Refusal> {
    complete(table, row)?;
    match table {
        Table::Assignments => check_shift(row),
        Table::Facts => check_facts(row),
        Table::TimeOff => time_off::check(row),
        Table::Limits => coordinates(row),
        Table::Hours => check_hours_row(row),
        _ => Ok(()),
    }
}

fn noun(table: Table) -> &'static str {
    match table {
        Table::Helpers => "helper",
        Table::Places => "place",
        Table::Facts => "event",
        Table::Assignments => "shift",
        Table::Assigned => "place on the shift",
        Table::TimeOff => "time off",
        Table::Hours => "working time",
        Table::Calendars | Table::Busy => "calendar",
        Table::Travel => "journey",
        Table::Meta | Table::Contact | Table::Limits | Table::Rules => "entry",
    }
}
