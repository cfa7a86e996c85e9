//! A structured document as rows, and the world that a command is judged against.

use crate::change::{Change, ChangeKind, Recorded};
use crate::ids::{DocId, Id, Uuid};
use crate::ordered::OrdMap;
use crate::schema::{self, Field, Table};
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::ops::Bound;
use std::sync::Arc;

/// A row: its cells, none of them null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Row(OrdMap<Field, Value>);

static NULL: Value = Value::Null;

impl Row {
    pub fn cell(&self, field: Field) -> &Value {
        self.0.get(&field).unwrap_or(&NULL)
    }

    pub fn text(&self, field: Field) -> &str {
        self.cell(field).text().unwrap_or("")
    }

    /// Sets a cell; null removes it. Returns what stood there.
    pub fn set(&mut self, field: Field, value: Value) -> Value {
        let before = if value.is_null() { self.0.remove(&field) } else { self.0.insert(field, value) };
        before.unwrap_or_default()
    }

    pub fn cells(&self) -> impl Iterator<Item = (Field, &Value)> {
        self.0.iter().map(|(f, v)| (*f, v))
    }
}

impl FromIterator<(Field, Value)> for Row {
    fn from_iter<T: IntoIterator<Item = (Field, Value)>>(cells: T) -> Row {
        Row(cells.into_iter().filter(|(_, v)| !v.is_null()).collect())
    }
}

pub type Rows = OrdMap<String, Arc<Row>>;

/// A structured document as tables of rows. Cloning is cheap where it matters: rows are shared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocView {
    tables: OrdMap<Table, Rows>,
}

static NO_ROWS: Rows = Rows::new();

/// A document with nothing in it.
pub static EMPTY: DocView = DocView { tables: OrdMap::new() };

impl DocView {
    pub fn rows(&self, table: Table) -> &Rows {
        self.tables.get(&table).unwrap_or(&NO_ROWS)
    }

    pub fn row(&self, table: Table, row: &str) -> Option<&Arc<Row>> {
        self.rows(table).get(row)
    }

    /// The one row of a table that has but one.
    pub fn single(&self, table: Table) -> Option<&Arc<Row>> {
        self.row(table, schema::single_row(table))
    }

    pub fn insert(&mut self, table: Table, row: impl Into<String>, cells: Row) {
        self.tables.entry(table).or_default().insert(row.into(), Arc::new(cells));
    }

    /// Of a table whose last row goes nothing stays, as if it never had one.
    pub fn remove(&mut self, table: Table, row: &str) {
        if let Some(rows) = self.tables.get_mut(&table) {
            rows.remove(row);
            if rows.is_empty() {
                self.tables.remove(&table);
            }
        }
    }

    /// The rows of [`Table::Assigned`] that belong to one assignment.
    pub fn assigned(&self, assignment: &str) -> impl Iterator<Item = &Arc<Row>> {
        self.posts(assignment).map(|(_, row)| row)
    }

    /// The same, each with the helper that its name says.
    pub fn posts(&self, assignment: &str) -> impl Iterator<Item = (&str, &Arc<Row>)> {
        // Ids do not hold '.', the separator.
        let prefix = [assignment, "."].concat();
        let from =
            self.rows(Table::Assigned).range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
        from.map_while(move |(name, row)| Some((name.strip_prefix(prefix.as_str())?, row)))
    }

    /// How many places of an assignment are taken: all who are on it and did not decline.
    pub fn taken(&self, assignment: &str) -> usize {
        self.assigned(assignment).filter(|row| row.text(Field::Status) != "declined").count()
    }

    /// The schema version the document was written under; none yet in a new one.
    pub fn schema(&self) -> i64 {
        self.single(Table::Meta).and_then(|r| r.cell(Field::Schema).int()).unwrap_or(schema::SCHEMA)
    }

    /// Takes over the rows of `before` that are equal, so that an unchanged row is the same object as before.
    pub fn share_rows(&mut self, before: &DocView) {
        for (table, rows) in &mut self.tables {
            let Some(old) = before.tables.get(table) else { continue };
            for (id, row) in rows {
                if let Some(same) = old.get(id).filter(|old| *old == row) {
                    *row = Arc::clone(same);
                }
            }
        }
    }

    /// Applies one change. A change that does not fit (its row is gone) is passed over and reported as `false`;
    /// on the hub, where changes come straight from `decide` on this view, that cannot happen.
    pub fn apply(&mut self, change: &Change) -> bool {
        let rows = self.tables.entry(change.table).or_default();
        match &change.kind {
            ChangeKind::Insert { cells } => {
                rows.insert(change.row.clone(), Arc::new(cells.clone()));
                true
            }
            ChangeKind::Remove { .. } => rows.remove(&change.row).is_some(),
            ChangeKind::Set { field, after, .. } => match rows.get_mut(&change.row) {
                Some(row) => {
                    Arc::make_mut(row).set(*field, after.clone());
                    true
                }
                None => false,
            },
        }
    }
}

/// What a command is judged against: the documents as they stand at this moment.
pub trait World {
    /// A document's view; `None` where it does not exist, or this side does not hold it.
    fn doc(&self, doc: &DocId) -> Option<&DocView>;

    /// Whether it was deleted for good, as far as this side knows.
    fn is_deleted(&self, _doc: &DocId) -> bool {
        false
    }

    /// What an earlier mutation did. `by` is who made it, `None` the actor.
    fn recall(&self, _by: Option<&Id>, _mutation: Uuid) -> Recalled<'_> {
        Recalled::Never
    }

    /// The events that there are, for [`Recalled::Known`] ones that brought helpers or places.
    fn events(&self) -> Vec<DocId> {
        Vec::new()
    }

    /// Whether anything was written in a note, as far as this side knows.
    fn has_note(&self, _note: &DocId) -> bool {
        false
    }

    /// Whether somebody's account is linked to a helper, as far as this side knows.
    fn is_linked(&self, _helper: &Id) -> bool {
        false
    }
}

/// What one side knows of an earlier mutation.
#[derive(Clone, Copy, Debug)]
pub enum Recalled<'a> {
    Known(&'a Recorded),
    /// This side does not have it, the hub may.
    Elsewhere,
    /// There is none, or it was refused.
    Never,
}

impl World for std::collections::BTreeMap<DocId, DocView> {
    fn doc(&self, doc: &DocId) -> Option<&DocView> {
        self.get(doc)
    }

    fn events(&self) -> Vec<DocId> {
        self.keys().filter(|doc| matches!(doc, DocId::Event(_))).cloned().collect()
    }
}

impl World for std::collections::BTreeMap<DocId, Arc<DocView>> {
    fn doc(&self, doc: &DocId) -> Option<&DocView> {
        self.get(doc).map(Arc::as_ref)
    }

    fn events(&self) -> Vec<DocId> {
        self.keys().filter(|doc| matches!(doc, DocId::Event(_))).cloned().collect()
    }
}
