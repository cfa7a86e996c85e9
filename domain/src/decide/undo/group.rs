//! Which effects are taken back together or not at all.

use super::effect::{Effect, RowEffect};
use crate::ids::{DocId, Id};
use crate::ordered::OrdMap;
use crate::ordered::sort_by_key;
use crate::schema::{Field, Table};

pub(super) struct Group {
    pub effects: Vec<RowEffect>,
    /// All or nothing; else each cell for itself.
    pub whole: bool,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    Shift(DocId, String),
    /// A helper's posts in one event.
    Posts(DocId, Id),
    Calendar(DocId, String),
    Series(DocId, String),
    Helper(Id),
}

/// In the order in which to take them back: what others build on comes first, and goes last.
pub(super) fn groups(effects: Vec<RowEffect>) -> Vec<Group> {
    let mut ties: OrdMap<Tie, Vec<usize>> = OrdMap::new();
    for (i, effect) in effects.iter().enumerate() {
        for tie in ties_of(effect) {
            ties.entry(tie).or_default().push(i);
        }
    }
    let mut joined = Joined::new(effects.len());
    for (tie, members) in &ties {
        if holds(tie, members, &effects) {
            members.windows(2).for_each(|pair| joined.join(pair[0], pair[1]));
        }
    }
    for (first, second) in splits(&effects) {
        joined.join(first, second);
    }
    let mut groups: OrdMap<usize, Vec<RowEffect>> = OrdMap::new();
    for (i, effect) in effects.into_iter().enumerate() {
        groups.entry(joined.root(i)).or_default().push(effect);
    }
    let group = |effects: Vec<RowEffect>| {
        // Hours are from one time to another: half of them says something else.
        let by_cell = |e: &RowEffect| matches!(e.effect, Effect::Set { .. }) && e.table != Table::Hours;
        let whole = effects.len() > 1 || !effects.iter().all(by_cell);
        Group { effects, whole }
    };
    let mut groups: Vec<Group> = groups.into_values().map(group).collect();
    sort_by_key(&mut groups, |group| group.effects.iter().map(rank).max());
    groups
}

fn ties_of(effect: &RowEffect) -> Vec<Tie> {
    let doc = || effect.doc.clone();
    let text = |field: Field| match &effect.effect {
        Effect::Came(row) | Effect::Went(row) => Some(row.text(field).to_owned()).filter(|t| !t.is_empty()),
        Effect::Set { .. } => None,
    };
    let mut ties = Vec::new();
    if let DocId::Person(helper) = &effect.doc {
        ties.push(Tie::Helper(helper.clone()));
    }
    match (effect.table, effect.post()) {
        (_, Some((assignment, helper))) => {
            ties.push(Tie::Shift(doc(), assignment.as_str().to_owned()));
            ties.push(Tie::Posts(doc(), helper));
        }
        (Table::Assignments, _) => ties.push(Tie::Shift(doc(), effect.row.clone())),
        (Table::Helpers, _) => ties.extend(effect.row.parse().map(Tie::Helper)),
        (Table::Calendars, _) => ties.push(Tie::Calendar(doc(), effect.row.clone())),
        (Table::Busy, _) => {
            let calendar = effect.row.split_once('.').map_or("", |(calendar, _)| calendar);
            ties.push(Tie::Calendar(doc(), calendar.to_owned()));
        }
        (Table::TimeOff, _) => {
            ties.push(Tie::Series(doc(), text(Field::Series).unwrap_or_else(|| effect.row.clone())));
        }
        _ => {}
    }
    ties
}

/// Filling the gaps ties nobody to anybody: helpers only come. Where one comes in the place of another, or leaves one
/// shift for another, neither goes without the other; and a shift comes and goes with who is on it.
fn holds(tie: &Tie, members: &[usize], effects: &[RowEffect]) -> bool {
    let any = |is: fn(&RowEffect) -> bool| members.iter().any(|i| is(&effects[*i]));
    let row = |effect: &RowEffect| !matches!(effect.effect, Effect::Set { .. });
    match tie {
        Tie::Calendar(..) | Tie::Series(..) => true,
        Tie::Helper(_) => members.iter().any(|i| effects[*i].table == Table::Helpers && row(&effects[*i])),
        Tie::Shift(..) | Tie::Posts(..) => {
            let shift = |i: &usize| effects[*i].table == Table::Assignments && row(&effects[*i]);
            members.iter().any(shift) || (any(comes) && any(goes))
        }
    }
}

/// Takes a place of a shift.
fn comes(effect: &RowEffect) -> bool {
    let is_post = effect.table == Table::Assigned;
    is_post && (matches!(effect.effect, Effect::Came(_)) || declined(effect, |before, _| before))
}

/// Gives a place of a shift back.
pub(super) fn goes(effect: &RowEffect) -> bool {
    let is_post = effect.table == Table::Assigned;
    is_post && (matches!(effect.effect, Effect::Went(_)) || declined(effect, |_, after| after))
}

fn declined(effect: &RowEffect, which: fn(bool, bool) -> bool) -> bool {
    let is = |value: &crate::Value| value.text() == Some("declined");
    effect.cell(Field::Status).is_some_and(|(before, after)| which(is(before), is(after)))
}

/// The two parts of a split, or of its undo: one ends where the other begins, and ended where the other ends.
fn splits(effects: &[RowEffect]) -> Vec<(usize, usize)> {
    let mut second = OrdMap::new();
    for (i, effect) in effects.iter().enumerate().filter(|(_, e)| e.table == Table::Assignments) {
        let (Effect::Came(row) | Effect::Went(row)) = &effect.effect else { continue };
        second.insert((&effect.doc, row.text(Field::Start), row.text(Field::End)), i);
    }
    let mut pairs = Vec::new();
    for (i, effect) in effects.iter().enumerate().filter(|(_, e)| e.table == Table::Assignments) {
        let Some((before, after)) = effect.cell(Field::End) else { continue };
        let (before, after) = (before.text().unwrap_or(""), after.text().unwrap_or(""));
        let found = second.get(&(&effect.doc, after, before)).or(second.get(&(&effect.doc, before, after)));
        pairs.extend(found.map(|second| (i, *second)));
    }
    pairs
}

fn rank(effect: &RowEffect) -> u8 {
    match (effect.table, &effect.effect) {
        (Table::Helpers | Table::Places | Table::Facts, Effect::Went(_)) => 0,
        (Table::Assignments, Effect::Came(_)) => 2,
        (Table::Facts, Effect::Came(_)) => 3,
        (Table::Helpers | Table::Places, Effect::Came(_)) => 4,
        _ => 1,
    }
}

/// Which belong together, each to the first of its group.
struct Joined(Vec<usize>);

impl Joined {
    fn new(count: usize) -> Joined {
        Joined((0..count).collect())
    }

    fn root(&self, mut i: usize) -> usize {
        while self.0[i] != i {
            i = self.0[i];
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
