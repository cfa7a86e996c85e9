//! Durable storage of one replica: a few ordered spaces of keys and bytes, with transactions over all of them.
//!
//! Atomicity: a write transaction is seen whole or not at all, by every tab and the worker. Write transactions run
//! one after the other; what a transaction read has not changed when it commits. Order: commits become visible and
//! durable in the order in which they were begun. Durability: after `commit` of a [`Durability::Strict`]
//! transaction returned Ok, the data survives a crash of the browser and of the machine; a relaxed one survives the
//! browser's. Failure: every method can fail; a failed transaction has changed nothing.

#![allow(async_fn_in_trait, reason = "single-threaded: the browser's futures are not Send")]

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// Facts about the replica: `client` and its `base`, `gone_to`, `commits`, `network_epoch`, `actor`, `synced_at`,
    /// `format`, and the hub's `generation`.
    Meta,
    /// The rows of format 1, which were numbered anew for each client number; empty since.
    Outbox,
    /// Rows that the hub has not confirmed and sent back yet, by the number that [`Store::append`] gave them.
    Queue,
    /// Verdicts on rows, by uuid: refused until dismissed, stored for a while.
    Receipts,
    /// Where each document stands, by document.
    Heads,
    /// The folded history of a document, by document.
    Snapshots,
    /// Canonical updates since the snapshot, by document and seq.
    Log,
    /// Packed views, by document.
    Views,
    /// What this person's recent edits on this device changed, for taking them back; by commit.
    Steps,
    /// Pages of the history that were looked at.
    History,
}

impl Space {
    pub const ALL: [Space; 10] = [
        Space::Meta,
        Space::Outbox,
        Space::Queue,
        Space::Receipts,
        Space::Heads,
        Space::Snapshots,
        Space::Log,
        Space::Views,
        Space::Steps,
        Space::History,
    ];

    /// The name of the object store.
    pub fn name(self) -> &'static str {
        match self {
            Space::Meta => "meta",
            Space::Outbox => "outbox",
            Space::Queue => "queue",
            Space::Receipts => "receipts",
            Space::Heads => "heads",
            Space::Snapshots => "snapshots",
            Space::Log => "log",
            Space::Views => "views",
            Space::Steps => "steps",
            Space::History => "history",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    Strict,
    Relaxed,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("this device has no room left; free some space, nothing that was saved is lost")]
    Quota,
    #[error("the browser closed the database; reload the page")]
    Closed,
    #[error("another tab keeps an older version of the database open; close the other tabs")]
    Blocked,
    #[error("the database was deleted while it was open; reload the page")]
    Deleted,
    #[error("this browser gives no storage (private mode, or switched off): {0}")]
    Unavailable(String),
    #[error("the database was written by a newer version of the app; update the app")]
    Newer,
    #[error("the database holds something unreadable: {0}")]
    Damaged(String),
    #[error("another tab has taken over the network")]
    Fenced,
    #[error("the browser aborted the transaction: {0}")]
    Aborted(String),
}

impl StoreError {
    /// The stable code of `WedSyncError`.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Quota => "quota_exceeded",
            StoreError::Closed | StoreError::Aborted(_) | StoreError::Fenced => "storage_closed",
            StoreError::Blocked => "storage_blocked",
            StoreError::Deleted => "storage_deleted",
            StoreError::Unavailable(_) => "storage_unavailable",
            StoreError::Newer => "storage_newer",
            StoreError::Damaged(_) => "storage_damaged",
        }
    }
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// Keys are ASCII, ordered bytewise.
pub trait Store {
    type Read: ReadTx;
    type Write: WriteTx;
    async fn read(&self) -> Result<Self::Read>;
    async fn write(&self, durability: Durability) -> Result<Self::Write>;
    /// Puts values under the next numbers of [`Space::Queue`] (keys as [`row_key`] writes them), strictly and all or
    /// none, and answers with the first of the numbers. The next number is one above the highest that ever was a key: a
    /// deletion frees none, and a transaction that failed has taken none. There is at least one value.
    ///
    /// It reads nothing, so it does not know of a replica that another tab is deleting: what is appended until that is gone
    /// goes with it.
    ///
    /// [`row_key`]: crate::record::row_key
    async fn append(&self, values: &[Vec<u8>]) -> Result<u64>;
    /// Deletes the whole replica, outbox included. Only for signing out.
    async fn delete_all(&self) -> Result<()>;
}

pub trait ReadTx {
    async fn get(&self, space: Space, key: &str) -> Result<Option<Vec<u8>>>;
    /// What is under each of these keys, in their order: for the time of one answer, not of one for each.
    async fn get_all(&self, space: Space, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>>;
    /// All keys that start with `prefix`, and their values, in order; every key for "".
    async fn scan(&self, space: Space, prefix: &str) -> Result<Vec<(String, Vec<u8>)>>;
    /// All keys from `first` to `last`, both with it, and their values, in order.
    async fn scan_range(&self, space: Space, first: &str, last: &str) -> Result<Vec<(String, Vec<u8>)>>;
}

/// Reads see the transaction's own writes. Dropping it without `commit` aborts it.
pub trait WriteTx: ReadTx {
    async fn put(&self, space: Space, key: &str, value: &[u8]) -> Result<()>;
    async fn delete(&self, space: Space, key: &str) -> Result<()>;
    /// Deletes all keys from `first` to `last`, both with it; nothing where they are the wrong way round.
    async fn delete_range(&self, space: Space, first: &str, last: &str) -> Result<()>;
    /// Deletes all keys that start with `prefix`.
    async fn delete_prefix(&self, space: Space, prefix: &str) -> Result<()>;
    /// Ok only when the transaction has completed, not merely when its requests have.
    async fn commit(self) -> Result<()>;
}
