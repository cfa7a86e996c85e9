//! Shifts from CSV (RFC 4180, UTF-8): what importing a file would do, and the one command that does it.
//!
//! Columns are found by name, in any order; [`COLUMNS`] lists them. `role` or `title`, `start` and `end` are needed.
//! A row is the same row in a corrected file if it has the same key: the `key` column, else its team, role, place
//! and start, and a count of those that are alike in all four.

mod cell;
mod rows;
mod table;

pub(crate) use cell::{format_degrees, format_words, guard};

use crate::command::{COMMAND_MAX, Command};
use crate::ids::{DocId, Id};
use crate::ordered::OrdMap;
use crate::refusal::Refusal;
use crate::refusal::RefusalCode;
use crate::role::{Actor, Role};
use crate::schema::{Field, Table};
use crate::view::{DocView, EMPTY, World};
use serde::{Deserialize, Serialize};

/// Largest file, in bytes.
pub const FILE_MAX: usize = 5 * 1024 * 1024;
/// Most errors, and most warnings, that a preview lists.
pub const ERRORS_MAX: usize = 100;
/// The skill that the column `needs_training` stands for.
pub const TRAINING: &str = "training";
/// The columns that are read.
pub const COLUMNS: &[&str] = &[
    "team",
    "role",
    "title",
    "place",
    "latitude",
    "longitude",
    "start",
    "end",
    "zone",
    "helpers_min",
    "helpers_max",
    "needs_training",
    "adults_only",
    "preparation",
    "tear_down",
    "skills",
    "note",
    "key",
];
/// Columns that an export has and an import leaves alone.
pub const EXPORT_ONLY: &[&str] = &["status", "helpers"];

/// What importing a file would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Preview {
    pub rows: Vec<PreviewRow>,
    /// While there are any, nothing can be imported. At most [`ERRORS_MAX`]; `more_errors` counts the rest.
    pub errors: Vec<RowError>,
    pub more_errors: u32,
    /// What was passed over, such as unknown columns.
    pub warnings: Vec<RowError>,
    /// Shifts of an earlier import that this file no longer has. They are kept.
    pub missing: Vec<MissingShift>,
    /// The import, where there are no errors and something to do.
    pub command: Option<Command>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PreviewRow {
    /// In the file, from 1.
    pub line: u32,
    pub action: Action,
    pub title: String,
    pub start: String,
    pub end: String,
    /// The place's name.
    pub place: Option<String>,
    /// The fields that would change, where the action is `update`.
    pub changed: Vec<Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Action {
    Create,
    Update,
    Unchanged,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RowError {
    /// In the file, from 1; 1 where it is about the whole file.
    pub line: u32,
    pub column: Option<String>,
    pub code: RowErrorCode,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum RowErrorCode {
    /// The file, or the command it makes, is over its limit.
    TooLarge,
    NotUtf8,
    /// No header, or no row after it.
    Empty,
    DuplicateColumn,
    MissingColumn,
    /// A warning: the column is passed over.
    UnknownColumn,
    /// A row with more or fewer fields than the header.
    FieldCount,
    Invalid,
    TooLong,
    DuplicateKey,
    /// A warning: a place has other coordinates already, which are kept.
    CoordinatesKept,
    NotFound,
    Archived,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MissingShift {
    pub assignment: Id,
    pub title: String,
    pub start: String,
    pub end: String,
}

/// Reads a file and says what importing it into an event would do. Changes nothing.
pub fn preview(csv: &[u8], event: &Id, world: &dyn World) -> Preview {
    let mut preview = Preview::default();
    let Some(view) = world.doc(&DocId::Event(event.clone())).filter(|v| v.single(Table::Facts).is_some())
    else {
        preview.error(1, None, RowErrorCode::NotFound, "The event is not there (any more).");
        return preview;
    };
    let Some(table) = table::read(csv, &mut preview) else { return preview };
    let roster = world.doc(&DocId::Roster).unwrap_or(&EMPTY);
    let (places, shifts) = rows::read(&table, event, view, roster, &mut preview);
    if preview.errors.is_empty() && !shifts.is_empty() {
        preview.command = Some(Command::ImportShifts { event: event.clone(), places, shifts });
        preview.check_command(world);
    }
    preview
}

/// The shifts of an event by their key; of two with the same key, the first.
pub(crate) fn by_key(view: &DocView) -> OrdMap<&str, &str> {
    let mut out = OrdMap::new();
    for (id, row) in view.rows(Table::Assignments) {
        if let Some(key) = row.cell(Field::Key).text() {
            out.entry(key).or_insert(id.as_str());
        }
    }
    out
}

/// The key that an export writes for a shift which has none of its own.
pub(crate) const ID_KEY: &str = "id:";

impl Preview {
    fn error(&mut self, line: u32, column: Option<&str>, code: RowErrorCode, message: impl Into<String>) {
        if self.errors.len() < ERRORS_MAX {
            let column = column.map(str::to_owned);
            self.errors.push(RowError { line, column, code, message: message.into() });
        } else {
            self.more_errors += 1;
        }
    }

    fn warn(&mut self, line: u32, column: Option<&str>, code: RowErrorCode, message: impl Into<String>) {
        if self.warnings.len() < ERRORS_MAX {
            let column = column.map(str::to_owned);
            self.warnings.push(RowError { line, column, code, message: message.into() });
        }
    }

    fn refused(&mut self, line: u32, refusal: Refusal) {
        let code = match refusal.code {
            RefusalCode::TooLong => RowErrorCode::TooLong,
            RefusalCode::NotFound => RowErrorCode::NotFound,
            RefusalCode::Archived => RowErrorCode::Archived,
            _ => RowErrorCode::Invalid,
        };
        self.error(line, refusal.field.as_deref(), code, refusal.message);
    }

    /// Takes the command away again where it is too large, or would be refused as it stands.
    fn check_command(&mut self, world: &dyn World) {
        let Some(command) = &self.command else { return };
        let size = command.to_json().len();
        // What is checked here is the plan's state, not who imports: that is judged when the command is given.
        let owner = Actor { user: Id::derived(&["preview"]), role: Role::Owner, helper: None };
        if size > COMMAND_MAX {
            let message = format!(
                "The file makes an import of {} kB; the limit is {} kB. Split it into several files, by day for example.",
                size.div_ceil(1024),
                COMMAND_MAX / 1024
            );
            self.error(1, None, RowErrorCode::TooLarge, message);
        } else if let Err(refusal) = crate::decide(world, &owner, command) {
            self.refused(1, refusal);
        }
        if !self.errors.is_empty() {
            self.command = None;
        }
    }
}
