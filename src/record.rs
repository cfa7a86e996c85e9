//! What the store holds, as bytes: postcard, one type a space.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wedsync_domain::ids::Uuid;
use wedsync_domain::project::{self, AssignmentChanges, EventSummary};
use wedsync_domain::{DocId, DocView, Kept, Recorded, Refusal, Replaced, schema};
use wedsync_protocol::Head;

use crate::ports::StoreError;

/// Version of the code that packs views; raise it when a packed view of before would be wrong. `tests/replica.rs` notices.
pub const VIEW_CODE: u32 = 2;

/// An edit on its way. Its content never changes; `n` only when the installation takes a new client number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Rises, and no two rows of a queue have ever had the same. There it is the key, and 0 in the record.
    pub n: u64,
    pub uuid: Uuid,
    /// The device's clock when it was made, in milliseconds since 1970.
    pub at_ms: u64,
    /// The edit as a sentence, as it read when it was made.
    pub title: String,
    /// The command as JSON.
    #[serde(with = "serde_bytes")]
    pub command: Vec<u8>,
}

/// What became of an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub row: OutboxRow,
    pub settled_ms: u64,
    pub verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Durable at the hub, as these commits.
    Stored {
        heads: Vec<Head>,
        replaced: Vec<Replaced>,
        /// What an undo left as it is.
        kept: Vec<Kept>,
    },
    Refused(Refusal),
}

impl Receipt {
    pub fn is_refused(&self) -> bool {
        matches!(self.verdict, Verdict::Refused(_))
    }
}

/// What an edit of this person on this device changed: enough to take it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub uuid: Uuid,
    /// The own edit that it took back, where it is an undo.
    pub undoes: Option<Uuid>,
    pub recorded: Recorded,
}

/// Where a document stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub epoch: u32,
    pub seq: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub at: Position,
    /// The whole document as a Yjs update (V1).
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// A view that is good only for exactly this schema, code and position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedView {
    pub schema: i64,
    pub code: u32,
    pub at: Position,
    /// The rows, packed.
    #[serde(with = "serde_bytes")]
    pub rows: Vec<u8>,
    /// Where it is an event whose facts are known.
    pub event: Option<PackedEvent>,
}

/// What a page shows of an event, ready made: opening a season need not unpack the rows of all its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedEvent {
    pub summary: EventSummary,
    /// All its shifts: [`AssignmentChanges`] as JSON.
    pub shifts: String,
}

impl PackedView {
    pub fn of(doc: &DocId, at: Position, view: &DocView) -> PackedView {
        let summary = match doc {
            DocId::Event(id) => project::event_summary(id.as_str(), view),
            _ => None,
        };
        // Text and numbers: nothing that JSON cannot say.
        let shifts = || serde_json::to_string(&AssignmentChanges::all(view)).unwrap_or_default();
        let event = summary.map(|summary| PackedEvent { summary, shifts: shifts() });
        PackedView { schema: schema::SCHEMA, code: VIEW_CODE, at, rows: pack(view), event }
    }
}

pub fn pack<T: Serialize>(value: &T) -> Vec<u8> {
    // Only types without a known length fail; none of ours is.
    postcard::to_allocvec(value).unwrap_or_default()
}

pub fn unpack<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, StoreError> {
    postcard::from_bytes(bytes).map_err(|e| StoreError::Damaged(format!("{what}: {e}")))
}

pub fn row_key(n: u64) -> String {
    format!("{n:016x}")
}

/// What [`row_key`] made this of; `None` for any other key.
pub fn row_number(key: &str) -> Option<u64> {
    let n = u64::from_str_radix(key, 16).ok()?;
    (row_key(n) == key).then_some(n)
}

/// The steps of a commit, in order.
pub fn step_key(commit: u64, index: usize) -> String {
    format!("{commit:016x}{index:04x}")
}

/// All log keys of a document start with this; document names hold no `|`.
pub fn log_prefix(doc: &DocId) -> String {
    format!("{doc}|")
}

pub fn log_key(doc: &DocId, seq: u64) -> String {
    format!("{doc}|{seq:016x}")
}
