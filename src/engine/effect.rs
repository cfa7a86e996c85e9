//! What the engine wants done.

use wedsync_domain::ordered::OrdSet;

use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, Refusal};

use crate::ports::{Link, StoreError};
use crate::storage::Op;

#[derive(Clone, Debug)]
pub enum Effect {
    /// Performed one after the other, in order; answered by `Event::Stored` or `Event::StoreFailed`.
    Store(Op),
    /// Ask the host for a token; answered by `Event::Credential`.
    Credential,
    Open(Link),
    Send(Vec<Vec<u8>>),
    Disconnect,
    Lock(LockEffect),
    /// To all other tabs and the worker.
    Tell(Vec<u8>),
    Answer(Answer),
    Publish(Publish),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockEffect {
    /// Wait in the queue.
    Request,
    /// Only if it is free now.
    Try,
    /// Take it from its holder.
    Steal,
    /// Gives it back, and leaves the queue. Nothing that was granted or lost before is heard of after this.
    Release,
}

#[derive(Clone, Debug)]
pub enum Answer {
    /// The first load.
    Opened(Result<(), StoreError>),
    /// A submitted command: committed under this uuid, or not written at all.
    Saved { request: u64, result: Result<Uuid, Failure> },
}

/// Why a command was not saved. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Storage(#[from] StoreError),
}

/// What a UI has to look at again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publish {
    pub docs: OrdSet<DocId>,
    pub receipts: bool,
    /// Edits that the hub has answered: somebody may wait for its verdict.
    pub settled: Vec<Uuid>,
    pub status: bool,
    /// Who is here.
    pub presence: bool,
}

impl Publish {
    pub fn is_empty(&self) -> bool {
        self.docs.is_empty() && !self.receipts && self.settled.is_empty() && !self.status && !self.presence
    }
}
