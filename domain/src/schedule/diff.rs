//! What a changed document of an event means: which shifts are other, and who leaves or comes.

use super::Plan;
use super::facts::{Shift, ZoneCache};
use crate::ordered::OrdMap;
use crate::schema::{Field, Table};
use crate::value::Value;
use crate::view::{DocView, EMPTY, Row, Rows};
use std::cmp::Ordering;
use std::sync::Arc;

/// In names of the document before and after.
#[derive(Debug, Default)]
pub(super) struct Diff<'a> {
    /// Shifts that are other than before, as they are now.
    pub shifts: OrdMap<&'a str, Option<Arc<Shift>>>,
    /// How many are on them, and on those that are not other but have others on them.
    pub taken: OrdMap<&'a str, usize>,
    pub leave: Vec<(&'a str, Arc<Shift>)>,
    pub come: Vec<(&'a str, Arc<Shift>)>,
}

impl<'a> Diff<'a> {
    /// Those who leave or come, each as often as they do.
    pub fn helpers(&self) -> impl Iterator<Item = &'a str> {
        self.leave.iter().chain(&self.come).map(|(helper, _)| *helper)
    }

    /// Makes the minutes of each helper in the event what they are after it.
    pub fn count(&self, minutes: &mut OrdMap<String, i64>) {
        let mut add = |helper: &str, more: i64| match minutes.get_mut(helper) {
            Some(minutes) => *minutes += more,
            None => drop(minutes.insert(helper.to_owned(), more)),
        };
        self.leave.iter().for_each(|(helper, shift)| add(helper, -shift.minutes()));
        self.come.iter().for_each(|(helper, shift)| add(helper, shift.minutes()));
        minutes.retain(|_, minutes| *minutes > 0);
    }
}

impl Plan {
    /// What is other in `new` than in `old`, the document that the plan was read from.
    pub(super) fn diff<'a>(
        &self,
        event: &str,
        old: &'a DocView,
        new: &'a DocView,
        zones: &mut ZoneCache,
    ) -> Diff<'a> {
        let archived = |view: &DocView| {
            view.single(Table::Facts).is_none_or(|row| row.cell(Field::Archived) == &Value::Bool(true))
        };
        // Nothing of an archived event takes place.
        let old = if archived(old) { &EMPTY } else { old };
        let new = if archived(new) { &EMPTY } else { new };
        let facts = |view: &DocView| view.single(Table::Facts).cloned().unwrap_or_default();
        let (old_facts, new_facts) = (facts(old), facts(new));
        let is_elsewhere = old_facts.cell(Field::Place) != new_facts.cell(Field::Place);
        let rows = pairs(old.rows(Table::Assignments), new.rows(Table::Assignments));
        let event: Arc<str> = event.into();
        let changed = rows.filter(|pair| is_elsewhere || is_other(pair)).filter_map(|(id, _, row)| {
            let shift = row.and_then(|row| Shift::read(&event, id, &new_facts, row, zones)).map(Arc::new);
            (shift.as_ref() != self.shifts.get(id)).then_some((id, shift))
        });
        let mut diff = Diff { shifts: changed.collect(), ..Diff::default() };
        for (id, shift) in &diff.shifts {
            if let Some(shift) = self.shifts.get(*id) {
                diff.leave.extend(on(old, id).map(|helper| (helper, shift.clone())));
            }
            let came = diff.come.len();
            if let Some(shift) = shift {
                diff.come.extend(on(new, id).map(|helper| (helper, shift.clone())));
            }
            diff.taken.insert(id, diff.come.len() - came);
        }
        for (name, before, after) in differing(old.rows(Table::Assigned), new.rows(Table::Assigned)) {
            let (was_on, is_on) = (before.is_some_and(is_on), after.is_some_and(is_on));
            let Some((id, helper)) = name.split_once('.').filter(|_| was_on != is_on) else { continue };
            if diff.shifts.contains_key(id) {
                continue;
            }
            diff.taken.entry(id).or_insert_with(|| new.taken(id));
            let list = if is_on { &mut diff.come } else { &mut diff.leave };
            list.extend(self.shifts.get(id).map(|shift| (helper, shift.clone())));
        }
        diff
    }
}

/// Who is on a shift, by the names of the rows.
fn on<'a>(view: &'a DocView, id: &str) -> impl Iterator<Item = &'a str> {
    view.posts(id).filter(|(_, row)| is_on(row)).map(|(helper, _)| helper)
}

fn is_on(post: &Arc<Row>) -> bool {
    post.text(Field::Status) != "declined"
}

/// A row's name, and the row before and after.
type Pair<'a> = (&'a str, Option<&'a Arc<Row>>, Option<&'a Arc<Row>>);

/// The rows that are not the same in both, by name.
pub(super) fn differing<'a>(old: &'a Rows, new: &'a Rows) -> impl Iterator<Item = Pair<'a>> {
    pairs(old, new).filter(is_other)
}

/// Equal rows are mostly one object.
fn is_other((_, before, after): &Pair) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => !Arc::ptr_eq(before, after) && before != after,
        _ => true,
    }
}

/// All rows of both, by name.
fn pairs<'a>(old: &'a Rows, new: &'a Rows) -> impl Iterator<Item = Pair<'a>> {
    let (mut olds, mut news) = (old.iter().peekable(), new.iter().peekable());
    std::iter::from_fn(move || {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let before = if order.is_le() { olds.next() } else { None };
        let after = if order.is_ge() { news.next() } else { None };
        let (name, _) = before.or(after)?;
        Some((name.as_str(), before.map(|(_, row)| row), after.map(|(_, row)| row)))
    })
}
