//! What happens to the engine.

use wedsync_domain::DocId;
use wedsync_domain::ids::Uuid;
use wedsync_domain::presence::PresenceState;

use crate::ports::{StoreError, TransportEvent};
use crate::storage::{Done, Op};

#[derive(Clone, Debug)]
pub enum Event {
    /// A person asks for something: a command as JSON.
    Submit {
        request: u64,
        uuid: Uuid,
        command: Vec<u8>,
    },
    /// A person has seen these refusals.
    Dismiss(Vec<Uuid>),
    /// What this tab shows of where its person is; it was checked. None where they look away.
    Presence(Vec<PresenceState>),
    /// An editor was opened on a note.
    OpenNote(DocId),
    SyncNow,
    Hint(Hint),
    /// A store effect was performed.
    Stored(Done),
    /// A store effect failed; nothing of it happened.
    StoreFailed {
        op: Op,
        error: StoreError,
    },
    /// The store failed by itself, with no effect under way.
    Storage(StoreError),
    Tab(TabEvent),
    /// The answer to [`super::effect::Effect::Credential`].
    Credential(Result<String, CredentialError>),
    Transport(TransportEvent),
    /// A deadline passed.
    Tick,
    Close,
}

/// What the browser says of the page. Hints only: the engine believes what it sees on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    Online,
    Offline,
    Visible,
    Hidden,
    /// Thawed, or back from the back/forward cache.
    Resumed,
}

#[derive(Clone, Debug)]
pub enum TabEvent {
    Message(Vec<u8>),
    LockGranted,
    LockBusy,
    LockLost,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialError {
    /// Nobody is signed in here.
    NotSignedIn(String),
    /// It could not be had just now.
    Unreachable(String),
}
