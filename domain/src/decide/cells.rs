//! Checking and setting the cells of a row.

use super::Judge;
use crate::change::{ChangeKind, Replaced};
use crate::command::Fields;
use crate::ids::DocId;
use crate::refusal::Refusal;
use crate::schema::{self, Field, Table};
use crate::value::Value;
use crate::view::Row;

/// The one spelling of a value: `false`, empty text and an empty list of words are stored as absent, so that
/// rows that mean the same are the same.
pub(super) fn canonical(value: &Value) -> Value {
    match value {
        Value::Bool(false) => Value::Null,
        Value::Text(t) if t.is_empty() => Value::Null,
        Value::Words(w) if w.is_empty() => Value::Null,
        Value::Words(w) => Value::from(w.clone()),
        other => other.clone(),
    }
}

/// The fields in their one spelling, each known to the table, allowed here, and of its type.
pub(super) fn checked(table: Table, fields: &Fields, allowed: &[Field]) -> Result<Fields, Refusal> {
    let mut out = Fields::new();
    for (field, value) in fields {
        schema::spec(table, *field)?;
        if !allowed.contains(field) {
            return Err(Refusal::invalid(
                *field,
                format!("'{}' cannot be set by this command", field.name()),
            ));
        }
        let value = canonical(value);
        schema::check(table, *field, &value)?;
        out.insert(*field, value);
    }
    Ok(out)
}

/// Refuses a row that lacks a cell its table requires.
pub(super) fn complete(table: Table, row: &Row) -> Result<(), Refusal> {
    for (field, _, required) in schema::fields(table) {
        if *required && row.cell(*field).is_null() {
            return Err(Refusal::invalid(*field, format!("'{}' is missing", field.name())));
        }
    }
    Ok(())
}

/// The row as it will be once `set` is applied.
pub(super) fn with(row: &Row, set: &Fields) -> Row {
    let mut row = row.clone();
    for (field, value) in set {
        row.set(*field, value.clone());
    }
    row
}

/// What `set` changes in `row`, without what is so already.
pub(super) fn differing(row: &Row, set: Fields) -> Fields {
    set.into_iter().filter(|(field, value)| row.cell(*field) != value).collect()
}

/// Refuses `later` where it does not come after `earlier`. Both are civil, in the same zone and shape, which
/// order as text.
pub(super) fn after(row: &Row, earlier: Field, later: Field) -> Result<(), Refusal> {
    if row.text(later) > row.text(earlier) {
        return Ok(());
    }
    Err(Refusal::invalid(later, format!("'{}' must be after '{}'", later.name(), earlier.name())))
}

impl Judge<'_> {
    /// Sets the cells that differ. Where the author saw a value that is not the present one, the present one is
    /// replaced, and the receipt will say so.
    pub(super) fn set(
        &mut self,
        doc: &DocId,
        table: Table,
        row: &str,
        now: &Row,
        set: &Fields,
        saw: &Fields,
    ) {
        for (field, after) in set {
            let before = now.cell(*field).clone();
            if before == *after {
                continue;
            }
            if saw.get(field).is_some_and(|seen| canonical(seen) != before) {
                self.out.replaced.push(Replaced {
                    doc: doc.clone(),
                    table,
                    row: row.to_owned(),
                    field: *field,
                    value: before.clone(),
                    by: None,
                    by_name: None,
                });
            }
            let kind = ChangeKind::Set { field: *field, before, after: after.clone() };
            self.push(doc, table, row.to_owned(), kind);
        }
    }

    pub(super) fn set_one(
        &mut self,
        doc: &DocId,
        table: Table,
        row: &str,
        now: &Row,
        field: Field,
        to: Value,
    ) {
        self.set(doc, table, row, now, &Fields::from([(field, to)]), &Fields::new());
    }

    /// As [`Judge::set`], for a row that may not be there yet.
    pub(super) fn upsert(
        &mut self,
        doc: &DocId,
        table: Table,
        row: &str,
        now: Option<&Row>,
        set: &Fields,
        saw: &Fields,
    ) {
        match now {
            Some(now) => self.set(doc, table, row, now, set, saw),
            None => {
                let cells: Row = set.clone().into_iter().collect();
                if cells.cells().next().is_some() {
                    self.insert(doc, table, row, cells);
                }
            }
        }
    }
}
