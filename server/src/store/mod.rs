//! What the hub keeps for good, organisation by organisation.

use crate::membership::{Device, Invite, Member, Membership};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Change, DocId, Field, Id, Kept, Refusal, Replaced, Table};
use wedsync_protocol::Head;

mod backup;
mod history;
mod memory;
mod restore;
mod sqlite;
mod sqlite_history;
mod start;
mod write;
pub use backup::{Backup, BackupError, backup};
pub use history::{HistoryPage, HistoryQuery, RecordedEdit};
pub use memory::MemoryStore;
pub use restore::{RestoreError, Restored, restore};
use restore::{epoch_after, generation_after};
pub use sqlite::SqliteStore;
pub use start::{StartError, prepare, take};

#[derive(Debug, Clone, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct StoreError(pub String);

pub type Result<T> = std::result::Result<T, StoreError>;

/// Where a document stands, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocHead {
    pub epoch: u32,
    pub seq: u64,
    /// The commit that the stored snapshot holds; 0 where there is none.
    pub snapshot_seq: u64,
    /// The log holds every commit after this one.
    pub log_base: u64,
    /// Bytes of the snapshot and of the log after it.
    pub size: u64,
    /// Gone for good; only its head is left.
    pub deleted: bool,
}

/// Which history of the organisation this is. A restore from a backup begins another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Generation {
    /// When it was restored, in milliseconds since 1970; 0 where it never was.
    pub number: u64,
    /// Whether devices send again what an earlier generation told them was stored.
    pub send_again: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRow {
    pub user: Id,
    pub last_n: u64,
}

/// A Yjs client id in a note: whose it is, and whether it takes no more because an update of it was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    pub user: Id,
    pub closed: bool,
}

/// All that an organisation needs in memory at the start of its actor.
#[derive(Clone, Debug, Default)]
pub struct OrgState {
    pub membership: Membership,
    pub docs: BTreeMap<DocId, DocHead>,
    pub generation: Generation,
}

/// One commit of one document: a Yjs update (V1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    pub doc: DocId,
    pub seq: u64,
    pub uuid: Uuid,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Stored {
        heads: Vec<Head>,
        replaced: Vec<Replaced>,
        /// What an undo left as it is.
        #[serde(default)]
        kept: Vec<Kept>,
    },
    Refused(Refusal),
}

/// What the hub said about one mutation, for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub client: Id,
    pub n: u64,
    pub user: Id,
    pub uuid: Uuid,
    /// SHA-256 of the command's bytes.
    pub content: [u8; 32],
    pub outcome: Outcome,
    pub device: Option<Id>,
    /// The command's type, for the audit; empty where it could not be parsed.
    pub kind: String,
    /// The device's clock and the hub's, in milliseconds since 1970.
    pub made_ms: u64,
    pub at_ms: u64,
}

/// One change of a stored mutation. Its author and time are in the verdict of the same uuid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    pub uuid: Uuid,
    pub user: Id,
    pub seq: u64,
    pub change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    pub at_ms: u64,
    pub user: Id,
    pub action: &'static str,
    pub subject: String,
}

/// A document's history up to `seq` in one update; the log keeps what comes after `log_base`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub doc: DocId,
    pub seq: u64,
    pub log_base: u64,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MembershipWrite {
    Org { name: String },
    Member(Member),
    RemoveMember(Id),
    Device(Device),
    Invite(Invite),
    RemoveInvite(String),
}

/// What becomes durable together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// A head that is `deleted` takes the document's snapshot and log with it.
    pub heads: BTreeMap<DocId, DocHead>,
    pub log: Vec<LogRow>,
    pub snapshots: Vec<Snapshot>,
    pub clients: BTreeMap<Id, ClientRow>,
    /// By note and Yjs client id.
    pub lineages: BTreeMap<(DocId, u64), Lineage>,
    pub verdicts: Vec<Verdict>,
    pub history: Vec<HistoryRow>,
    pub membership: Vec<MembershipWrite>,
    pub audit: Vec<AuditRow>,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.log.is_empty()
            && self.snapshots.is_empty()
            && self.clients.is_empty()
            && self.lineages.is_empty()
            && self.verdicts.is_empty()
            && self.membership.is_empty()
            && self.audit.is_empty()
    }
}

/// The durable side of one organisation. It has one writer.
///
/// [`Store::commit`] is atomic and durable: after `Ok` the whole batch survives a power cut, after `Err` none of it
/// is there. Reads see every committed batch. Every method can fail; after a failure the caller drops what it
/// knows and loads again.
pub trait Store {
    fn load(&mut self) -> Result<OrgState>;
    /// The snapshot of a document, and the log after it, in order.
    fn document(&mut self, doc: &DocId) -> Result<(Option<Vec<u8>>, Vec<LogRow>)>;
    /// The retained log after a commit, in order.
    fn log(&mut self, doc: &DocId, after: u64) -> Result<Vec<LogRow>>;
    fn verdict(&mut self, client: &Id, n: u64) -> Result<Option<Verdict>>;
    /// The first verdict on this mutation, under whichever client number it came.
    fn verdict_by_uuid(&mut self, user: &Id, uuid: Uuid) -> Result<Option<Verdict>>;
    /// What a stored mutation changed, in order.
    fn changes_of(&mut self, user: &Id, uuid: Uuid) -> Result<Vec<Change>>;
    /// Who last wrote a cell: set it, or inserted or removed its row.
    fn last_writer(&mut self, doc: &DocId, table: Table, row: &str, field: Field) -> Result<Option<Id>>;
    /// Stored edits, the newest first, with what they changed in documents that one may read and that are not deleted.
    fn history_page(
        &mut self,
        query: &HistoryQuery,
        may_read: &dyn Fn(&DocId) -> bool,
    ) -> Result<HistoryPage>;
    fn client(&mut self, client: &Id) -> Result<Option<ClientRow>>;
    /// Whose a lineage of a note is, by Yjs client id.
    fn lineage(&mut self, doc: &DocId, yjs_client: u64) -> Result<Option<Lineage>>;
    fn commit(&mut self, batch: &Batch) -> Result<()>;
    /// Folds the write-ahead log away before a clean exit.
    fn checkpoint(&mut self) -> Result<()> {
        Ok(())
    }
}
