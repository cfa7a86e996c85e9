//! The rules of a shift's cells, for who prepares a command and wants to know row by row.

use super::assignment::{self, check_shift};
use super::cells::{checked, with};
use super::roster;
use crate::command::Fields;
use crate::refusal::Refusal;
use crate::schema::{Field, Table};
use crate::view::{DocView, Row};

/// Whether a new shift with these fields could stand in an event, its place aside.
pub(crate) fn check_new(event: &DocView, fields: &Fields) -> Result<(), Refusal> {
    let facts = event.single(Table::Facts).cloned().unwrap_or_default();
    assignment::new_row(&facts, checked(Table::Assignments, fields, &import_fields())?).map(|_| ())
}

/// Whether a shift could be set so, its place aside.
pub(crate) fn check_update(now: &Row, set: &Fields) -> Result<(), Refusal> {
    check_shift(&with(now, &checked(Table::Assignments, set, &import_fields())?))
}

pub(crate) fn check_place(fields: &Fields) -> Result<(), Refusal> {
    roster::new_row(Table::Places, fields, roster::NEW_PLACE).map(|_| ())
}

pub(super) fn import_fields() -> Vec<Field> {
    [assignment::FIELDS, &[Field::Key]].concat()
}
