//! Changes by row, and the cells of a row as they were and became.

use crate::change::{Change, ChangeKind};
use crate::command::Fields;
use crate::ids::DocId;
use crate::ordered::OrdMap;
use crate::schema::{Field, Table};
use crate::value::Value;

/// The changes of one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowChanges<'a> {
    pub doc: &'a DocId,
    pub table: Table,
    pub row: &'a str,
    pub changes: &'a [Change],
}

impl RowChanges<'_> {
    /// The cells that were set, as they were before.
    pub fn before(&self) -> Fields {
        self.fields(|before, _| before)
    }

    pub fn after(&self) -> Fields {
        self.fields(|_, after| after)
    }

    fn fields<'a>(&'a self, pick: impl Fn(&'a Value, &'a Value) -> &'a Value) -> Fields {
        let cell = |change: &'a Change| match &change.kind {
            ChangeKind::Set { field, before, after } => Some((*field, pick(before, after).clone())),
            ChangeKind::Insert { .. } | ChangeKind::Remove { .. } => None,
        };
        self.changes.iter().filter_map(cell).collect()
    }

    /// The one change, where the row came or went as a whole.
    pub fn whole(&self) -> Option<&ChangeKind> {
        self.changes.iter().map(|change| &change.kind).find(|kind| !matches!(kind, ChangeKind::Set { .. }))
    }

    /// A cell of the row as it came or went.
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.whole()? {
            ChangeKind::Insert { cells } | ChangeKind::Remove { cells } => cells.cell(field).text(),
            ChangeKind::Set { .. } => None,
        }
    }
}

/// Rows that people see as a form that is always there: that such a row came or went means that its cells were set.
fn is_form(table: Table) -> bool {
    matches!(table, Table::Contact | Table::Limits | Table::Rules | Table::Hours | Table::Travel)
}

/// The changes sorted by row, in the order in which each row came first; without the cells that nobody sees.
pub(super) fn by_row(changes: &[Change]) -> Vec<Vec<Change>> {
    let mut rows: Vec<Vec<Change>> = Vec::new();
    let mut places: OrdMap<(&DocId, Table, &str), usize> = OrdMap::new();
    for change in changes {
        let place = *places.entry((&change.doc, change.table, &change.row)).or_insert_with(|| {
            rows.push(Vec::new());
            rows.len() - 1
        });
        rows[place].extend(seen(change));
    }
    rows.retain(|row| !row.is_empty());
    rows
}

fn seen(change: &Change) -> Vec<Change> {
    let set = |field: Field, before: Value, after: Value| Change {
        kind: ChangeKind::Set { field, before, after },
        ..change.clone()
    };
    // The ends of a way are in its row's name.
    let is_end = |field: Field| change.table == Table::Travel && field != Field::Minutes;
    let is_hidden = |field: Field| matches!(field, Field::Key | Field::Schema) || is_end(field);
    match &change.kind {
        ChangeKind::Set { field, .. } if is_hidden(*field) => Vec::new(),
        ChangeKind::Insert { cells } if is_form(change.table) => {
            let cells = cells.cells().filter(|(field, _)| !is_hidden(*field));
            cells.map(|(field, value)| set(field, Value::Null, value.clone())).collect()
        }
        ChangeKind::Remove { cells } if is_form(change.table) => {
            let cells = cells.cells().filter(|(field, _)| !is_hidden(*field));
            cells.map(|(field, value)| set(field, value.clone(), Value::Null)).collect()
        }
        _ => vec![change.clone()],
    }
}
