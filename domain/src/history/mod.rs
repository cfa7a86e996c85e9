//! Who changed what: what the hub recorded of edits, as entries that people read, and the way back to a value.

use crate::change::{Change, ChangeKind};
use crate::ids::{DocId, Id};
use crate::schema::Table;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most changes of an edit that come with it unasked.
pub const CHANGES_SHOWN: usize = 20;

/// What a person looks at; everything where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    #[serde(default)]
    pub event: Option<Id>,
    /// A shift of `event`, and who is on it.
    #[serde(default)]
    pub assignment: Option<Id>,
    /// A helper's own facts, and the shifts they are on.
    #[serde(default)]
    pub helper: Option<Id>,
}

impl Subject {
    pub fn concerns(&self, change: &Change) -> bool {
        let post = || change.row.split_once('.').filter(|_| change.table == Table::Assigned);
        let of_event = |event: &Id| change.doc == DocId::Event(event.clone());
        let of_shift = |shift: &Id| {
            change.table == Table::Assignments && change.row == shift.as_str()
                || post().is_some_and(|(on, _)| on == shift.as_str())
        };
        let of_helper = |helper: &Id| {
            change.doc == DocId::Person(helper.clone())
                || change.table == Table::Helpers && change.row == helper.as_str()
                || post().is_some_and(|(_, who)| who == helper.as_str())
        };
        self.event.as_ref().is_none_or(of_event)
            && self.assignment.as_ref().is_none_or(of_shift)
            && self.helper.as_ref().is_none_or(of_helper)
    }
}

/// One edit, as the hub recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub uuid: String,
    pub user: Id,
    /// That person's name; `None` once they left the team.
    pub name: Option<String>,
    /// The name of the device, for those who may know it.
    pub device: Option<String>,
    /// The type of its command.
    pub kind: String,
    /// The device's clock and the hub's, in milliseconds since 1970.
    pub made_ms: u64,
    pub at_ms: u64,
    /// All of a small edit; of a large one those that were asked about, and not more than [`CHANGES_SHOWN`].
    pub changes: Vec<Change>,
    /// The rows of all that it changed.
    pub rows: RowCounts,
}

/// How many rows came, went and were changed, by table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    pub inserted: BTreeMap<Table, u32>,
    pub removed: BTreeMap<Table, u32>,
    pub set: BTreeMap<Table, u32>,
    /// Changes in all, those of each cell by itself.
    pub changes: u32,
}

impl RowCounts {
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> RowCounts {
        let mut counts = RowCounts::default();
        let mut set = BTreeSet::new();
        for change in changes {
            counts.changes += 1;
            match change.kind {
                ChangeKind::Insert { .. } => *counts.inserted.entry(change.table).or_default() += 1,
                ChangeKind::Remove { .. } => *counts.removed.entry(change.table).or_default() += 1,
                ChangeKind::Set { .. } => {
                    if set.insert((&change.doc, change.table, &change.row)) {
                        *counts.set.entry(change.table).or_default() += 1;
                    }
                }
            }
        }
        counts
    }
}
