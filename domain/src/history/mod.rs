//! Who changed what: what the hub recorded of edits, as entries that people read, and the way back to a value.

mod cells;
mod lines;
mod restore;
mod sentence;
pub use restore::restore;

use crate::change::{Change, ChangeKind};
use crate::command::Command;
use crate::ids::{DocId, Id};
use crate::ordered::{OrdMap, OrdSet};
use crate::role::Actor;
use crate::schema::Table;
use crate::view::World;
use serde::{Deserialize, Serialize};

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

/// A page of records, as the hub answers `GET /v1/history`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub entries: Vec<Record>,
    /// The cursor of the next page, for `before`. A page can be short, even empty, where there is more.
    pub next: Option<String>,
    /// The hub's clock, in milliseconds since 1970.
    pub at_ms: u64,
}

/// How many rows came, went and were changed, by table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    pub inserted: OrdMap<Table, u32>,
    pub removed: OrdMap<Table, u32>,
    pub set: OrdMap<Table, u32>,
    /// Changes in all, those of each cell by itself.
    pub changes: u32,
}

impl RowCounts {
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> RowCounts {
        let mut counts = RowCounts::default();
        let mut set = OrdSet::new();
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

/// An edit, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct HistoryEntry {
    pub uuid: String,
    /// When the hub stored it, in milliseconds since 1970; when it was made, where it waits.
    pub at: u64,
    /// When it was made, by the clock of its device.
    pub made_at: u64,
    /// A member, and their name; null once they left the team.
    pub by: Id,
    pub name: Option<String>,
    /// The device it was made on, for its author and for planners.
    pub device: Option<String>,
    /// `saved`: on this device, and not at the hub yet.
    #[cfg_attr(feature = "ts", ts(type = "\"saved\" | \"stored\""))]
    pub state: String,
    /// Such as "Anna moved Bar from 14:00–16:00 to 15:00–17:00"; of one's own edit, "You moved …".
    pub title: String,
    pub lines: Vec<HistoryLine>,
    /// Changes that are not among the lines.
    pub more: u32,
}

/// What became of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct HistoryLine {
    /// What it is of, such as "Bar, Sat 18 Jul 14:00".
    pub about: String,
    /// Such as "title"; the name of the helper, where one came or went.
    pub label: String,
    /// Null where there was nothing.
    pub before: Option<String>,
    pub after: Option<String>,
    /// Brings back what was before; null where nothing does, or it is so already.
    pub restore: Option<Command>,
}

/// A record in words, of what this person may read; `None` where that is nothing.
pub fn entry(record: &Record, state: &str, world: &dyn World, actor: &Actor) -> Option<HistoryEntry> {
    let may_see = |change: &&Change| actor.may_read(&change.doc) && !world.is_deleted(&change.doc);
    let changes: Vec<Change> = record.changes.iter().filter(may_see).cloned().collect();
    if changes.is_empty() {
        return None;
    }
    let name = match &record.name {
        _ if record.user == actor.user => "You",
        Some(name) => name,
        None => "Someone who left the team",
    };
    let title = format!("{name} {}", sentence::sentence(record, &changes, world, actor));
    Some(HistoryEntry {
        uuid: record.uuid.clone(),
        at: record.at_ms,
        made_at: record.made_ms,
        by: record.user.clone(),
        name: record.name.clone(),
        device: record.device.clone(),
        state: state.to_owned(),
        title,
        lines: lines::lines(&changes, world, actor),
        more: record.rows.changes.saturating_sub(u32::try_from(changes.len()).unwrap_or(u32::MAX)),
    })
}
