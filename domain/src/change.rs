//! What a command does to documents, as row and cell changes with before and after.

use crate::ids::DocId;
use crate::schema::{Field, Table};
use crate::value::Value;
use crate::view::Row;
use serde::{Deserialize, Serialize};

/// One change to one row of one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub doc: DocId,
    pub table: Table,
    pub row: String,
    pub kind: ChangeKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeKind {
    Insert { cells: Row },
    Remove { cells: Row },
    Set { field: Field, before: Value, after: Value },
}

impl Change {
    /// The change that takes this one back.
    pub fn inverse(&self) -> Change {
        let kind = match &self.kind {
            ChangeKind::Insert { cells } => ChangeKind::Remove { cells: cells.clone() },
            ChangeKind::Remove { cells } => ChangeKind::Insert { cells: cells.clone() },
            ChangeKind::Set { field, before, after } => {
                ChangeKind::Set { field: *field, before: after.clone(), after: before.clone() }
            }
        };
        Change { doc: self.doc.clone(), table: self.table, row: self.row.clone(), kind }
    }
}

/// A cell whose value was not the one the author saw, and was overwritten all the same.
/// The receipt carries it, so that both people can see it and take it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Replaced {
    pub doc: DocId,
    pub table: Table,
    pub row: String,
    pub field: Field,
    /// The value that was replaced: not the one the author saw.
    pub value: Value,
    /// Who had written it, where the hub knows; `decide` leaves it empty.
    pub by: Option<crate::Id>,
    /// That person's name at the time, for whoever may not look it up or has no network.
    #[serde(default)]
    pub by_name: Option<String>,
}

/// A cell that an undo left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Kept {
    pub doc: DocId,
    pub table: Table,
    pub row: String,
    pub field: Field,
    /// The value that stays; null also where the row is gone.
    pub value: Value,
    /// Why it cannot be taken back, as a sentence; none where somebody changed it since, and `also_changed` takes it back.
    pub why: Option<String>,
    /// Who changed it, where the hub knows; `decide` leaves it empty.
    pub by: Option<crate::Id>,
    /// That person's name at the time.
    pub by_name: Option<String>,
}

/// Most of [`Decision::kept`]: an import may leave thousands, and nobody reads them.
pub const KEPT_MAX: usize = 100;

/// What is known of an earlier mutation: enough to take it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    pub user: crate::Id,
    pub kind: RecordedKind,
    /// The edit as a sentence; empty at the hub, which does not need it.
    pub title: String,
    /// In the order in which they were made.
    pub changes: Vec<Change>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordedKind {
    /// Rows and cells.
    #[default]
    Plan,
    /// The text of a note, which its editor takes back.
    Note,
    /// A document was deleted for good.
    Deletion,
}

/// What `decide` answers for a command that stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// In the order to apply them. Empty where all was already so.
    pub changes: Vec<Change>,
    pub replaced: Vec<Replaced>,
    /// What an undo left; at most [`KEPT_MAX`].
    pub kept: Vec<Kept>,
    /// Documents that are gone for good, each with those that are part of it ([`DocId::is_part_of`]).
    pub deleted: Vec<DocId>,
}
