//! What a mutation did to each row, all in all.

use crate::change::{Change, ChangeKind};
use crate::ids::{DocId, Id};
use crate::ordered::{OrdMap, OrdSet};
use crate::schema::{Field, Table};
use crate::value::Value;
use crate::view::Row;

/// Each with what was before, and what came in its place.
pub(super) type Cells = OrdMap<Field, (Value, Value)>;

#[derive(Clone, Debug)]
pub(super) enum Effect {
    Came(Row),
    Went(Row),
    /// `came`: the row was made by it, and goes again when it is left without a cell.
    Set {
        cells: Cells,
        came: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) struct RowEffect {
    pub doc: DocId,
    pub table: Table,
    pub row: String,
    pub effect: Effect,
}

impl RowEffect {
    /// Of a row of [`Table::Assigned`]: the shift and the helper.
    pub fn post(&self) -> Option<(Id, Id)> {
        if self.table != Table::Assigned {
            return None;
        }
        let (assignment, helper) = self.row.split_once('.')?;
        Some((assignment.parse().ok()?, helper.parse().ok()?))
    }

    /// The values of a field before it and after it; none where it was not touched.
    pub fn cell(&self, field: Field) -> Option<(&Value, &Value)> {
        match &self.effect {
            Effect::Set { cells, .. } => cells.get(&field).map(|(before, after)| (before, after)),
            Effect::Came(_) | Effect::Went(_) => None,
        }
    }
}

/// In the order of documents, tables and rows.
pub(super) fn effects(changes: &[Change]) -> Vec<RowEffect> {
    let mut rows: OrdMap<(&DocId, Table, &str), Option<Effect>> = OrdMap::new();
    for change in changes {
        let row = rows.entry((&change.doc, change.table, &change.row)).or_default();
        *row = after(row.take(), &change.kind);
    }
    let effects = rows.into_iter().filter_map(|((doc, table, row), effect)| {
        let effect = by_cell(table, effect?);
        Some(RowEffect { doc: doc.clone(), table, row: row.to_owned(), effect })
    });
    effects.collect()
}

fn after(effect: Option<Effect>, change: &ChangeKind) -> Option<Effect> {
    let effect = match (effect, change) {
        (None, ChangeKind::Insert { cells }) => Effect::Came(cells.clone()),
        (None, ChangeKind::Remove { cells }) => Effect::Went(cells.clone()),
        (None, ChangeKind::Set { field, before, after }) => {
            Effect::Set { cells: Cells::from([(*field, (before.clone(), after.clone()))]), came: false }
        }
        (Some(Effect::Came(_)), ChangeKind::Remove { .. }) => return None,
        (Some(Effect::Came(mut row)), ChangeKind::Set { field, after, .. }) => {
            row.set(*field, after.clone());
            Effect::Came(row)
        }
        (Some(Effect::Went(before)), ChangeKind::Insert { cells }) => {
            Effect::Set { cells: differing(&before, cells), came: false }
        }
        (Some(Effect::Set { cells, .. }), ChangeKind::Remove { cells: last }) => {
            let mut row = last.clone();
            for (field, (before, _)) in cells {
                row.set(field, before);
            }
            Effect::Went(row)
        }
        (Some(Effect::Set { mut cells, came }), ChangeKind::Set { field, before, after }) => {
            let first = cells.remove(field).map_or_else(|| before.clone(), |(first, _)| first);
            cells.insert(*field, (first, after.clone()));
            Effect::Set { cells, came }
        }
        // A row that is there does not come, and one that is gone is not set.
        (Some(effect), _) => effect,
    };
    Some(effect)
}

pub(super) fn differing(before: &Row, after: &Row) -> Cells {
    let fields: OrdSet<Field> = before.cells().chain(after.cells()).map(|(field, _)| field).collect();
    let cells = fields.into_iter().map(|f| (f, (before.cell(f).clone(), after.cell(f).clone())));
    cells.filter(|(_, (before, after))| before != after).collect()
}

/// Of tables whose one row comes with its first cell, cells count and not the row.
fn by_cell(table: Table, effect: Effect) -> Effect {
    if !is_made_by_cells(table) {
        return effect;
    }
    match effect {
        Effect::Came(row) => Effect::Set { cells: differing(&Row::default(), &row), came: true },
        Effect::Went(row) => Effect::Set { cells: differing(&row, &Row::default()), came: false },
        set @ Effect::Set { .. } => set,
    }
}

pub(super) fn is_made_by_cells(table: Table) -> bool {
    matches!(table, Table::Contact | Table::Limits | Table::Rules)
}
