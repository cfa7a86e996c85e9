//! Reading what was recorded, edit by edit, the newest first.

use super::{Result, Verdict};
use wedsync_domain::history::{CHANGES_SHOWN, RowCounts, Subject};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Change, DocId, Id};

/// Rows that are looked at for one page: bounds its time, whatever the filter and the size of the edits.
const LOOK_AT_MAX: usize = 5000;

/// Which edits to read. What says nothing filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    pub subject: Subject,
    pub by: Option<Id>,
    /// The type of the command.
    pub kind: Option<String>,
    /// The hub's clock, in milliseconds since 1970: from here on, and before then.
    pub since_ms: Option<u64>,
    pub until_ms: Option<u64>,
    /// Only this edit, with all its changes.
    pub edit: Option<Uuid>,
    /// Only what was committed before this: [`HistoryPage::next`] of the page before.
    pub below: Option<u64>,
    pub limit: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryPage {
    /// Can be fewer than asked for where there is more: then `next` says where to go on.
    pub edits: Vec<RecordedEdit>,
    pub next: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEdit {
    pub verdict: Verdict,
    /// As in [`wedsync_domain::history::Record`].
    pub changes: Vec<Change>,
    pub rows: RowCounts,
}

/// The rows as a store keeps them, numbered in the order they were committed. Those of one edit are neighbours.
pub(super) trait HistoryRows {
    /// The newest row below this number that may belong to an answer: its number, and whose which edit it is of.
    fn newest(&self, query: &HistoryQuery, below: u64) -> Result<Option<(u64, Id, Uuid)>>;
    /// An edit's rows, in order.
    fn of_edit(&self, user: &Id, uuid: Uuid) -> Result<Vec<(u64, Change)>>;
    fn verdict_on(&self, user: &Id, uuid: Uuid) -> Result<Option<Verdict>>;
    fn is_deleted(&self, doc: &DocId) -> Result<bool>;
}

pub(super) fn page(
    rows: &impl HistoryRows,
    query: &HistoryQuery,
    may_read: &dyn Fn(&DocId) -> bool,
) -> Result<HistoryPage> {
    let mut below = query.below.unwrap_or(i64::MAX as u64);
    let mut edits = Vec::new();
    let mut looked_at = 0;
    while let Some((id, user, uuid)) = rows.newest(query, below)? {
        if edits.len() == query.limit || looked_at >= LOOK_AT_MAX {
            return Ok(HistoryPage { edits, next: Some(below) });
        }
        let found = rows.of_edit(&user, uuid)?;
        looked_at += found.len().max(1);
        below = found.first().map_or(id, |(first, _)| *first);
        let Some(verdict) = rows.verdict_on(&user, uuid)? else { continue };
        if query.since_ms.is_some_and(|since| verdict.at_ms < since) {
            break;
        }
        let wanted = query.kind.as_ref().is_none_or(|kind| *kind == verdict.kind)
            && query.by.as_ref().is_none_or(|by| *by == verdict.user)
            && query.until_ms.is_none_or(|until| verdict.at_ms < until);
        if !wanted {
            continue;
        }
        let mut changes = Vec::new();
        for (_, change) in found {
            if may_read(&change.doc) && !rows.is_deleted(&change.doc)? {
                changes.push(change);
            }
        }
        edits.extend(recorded(query, verdict, changes));
    }
    Ok(HistoryPage { edits, next: None })
}

fn recorded(query: &HistoryQuery, verdict: Verdict, mut changes: Vec<Change>) -> Option<RecordedEdit> {
    if !changes.iter().any(|change| query.subject.concerns(change)) {
        return None;
    }
    let rows = RowCounts::of(&changes);
    if changes.len() > CHANGES_SHOWN && query.edit.is_none() {
        changes.retain(|change| query.subject.concerns(change));
        changes.truncate(CHANGES_SHOWN);
    }
    Some(RecordedEdit { verdict, changes, rows })
}
