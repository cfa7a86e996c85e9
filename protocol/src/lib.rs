//! Frames between the client core and the hub: one connection carries many documents.
//!
//! Each message is one frame: a WebSocket binary message, or length-prefixed in an HTTP body ([`pack`]).
//! The encoding is postcard (<https://postcard.jamesmunns.com/wire-format>), the enum's position first;
//! golden-byte tests pin it. A frame over [`FRAME_MAX`] is cut into [`Frame::Part`]s by [`encode`] and put
//! together again by [`Assembler`].
//!
//! The conversation:
//! 1. client: `Hello`; hub: `Welcome` and `Permissions`, or `Fault` and close.
//! 2. client: `Subscribe` with the heads it has; hub: `Update`s up to now, the last with `more: false`, which
//!    together are one consistent cut of all documents the person may read.
//! 3. client: `Mutate`s in the order of `n`; hub: for each an `Ack` or `Nack` once it is durable, and an
//!    `Update` to everybody who may read what it touched. Acks never move heads, updates do.
//! 4. client: `Presence` where it changes; hub: `Peers`, gathered, to every subscriber. Not kept, and not ordered with
//!    the rest.
//!
//! Over HTTP, `POST /v1/sync` takes `Hello`, any `Mutate`s and at most one `Subscribe`, answers with what they
//! would have got, and ends. `POST /v1/stream` takes `Hello` and `Subscribe` and answers with server-sent events
//! (WHATWG HTML, section 9.2), each `data:` the base64 of one frame. `Presence` needs a WebSocket: over HTTP one sees the
//! others, and is not seen.

use serde::{Deserialize, Serialize};
use wedsync_domain::ids::Uuid;
use wedsync_domain::presence::{LastSeen, Peer, PresenceState};
use wedsync_domain::{Actor, DocId, Id, Kept, Refusal, Replaced};

pub mod bugs;
mod codec;
pub use codec::{Assembler, DecodeError, decode, encode, pack, unpack};

/// Version of the protocol. A hub serves [`VERSION_MIN`]..=[`VERSION`]; else `Fault::UnsupportedVersion`.
pub const VERSION: u16 = 3;
pub const VERSION_MIN: u16 = 3;
/// Largest frame on the wire, in bytes.
pub const FRAME_MAX: usize = 1024 * 1024;
/// Largest message put together from parts, in bytes; parts come from the hub only.
pub const MESSAGE_MAX: usize = 64 * 1024 * 1024;
/// Most rows and bytes that a client has unanswered on one connection, and sends in one HTTP batch: what others wait for
/// behind it.
pub const WINDOW_ROWS: usize = 200;
pub const WINDOW_BYTES: usize = 256 * 1024;

/// As in the awareness protocol of y-protocols: renewed every 15 seconds, gone after 30.
pub const PRESENCE_RENEW_MS: u64 = 15_000;
pub const PRESENCE_EXPIRES_MS: u64 = 30_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame {
    /// First frame of the client.
    Hello(Hello),
    Welcome(Welcome),
    /// The actor as the hub sees it now; sent after `Welcome` and whenever it changes.
    Permissions(Actor),
    /// What the client has. The hub answers with everything after it that the person may read.
    Subscribe {
        heads: Vec<Head>,
    },
    Update(Update),
    Mutate(Mutate),
    Ack(Ack),
    Nack(Nack),
    /// Slow down: nothing was judged since; send again from the first unanswered row after this time.
    Busy {
        retry_after_ms: u32,
    },
    /// The last frame before the hub closes.
    Fault {
        code: FaultCode,
        message: String,
    },
    Ping {
        token: u64,
    },
    Pong {
        token: u64,
    },
    /// A piece of a message over [`FRAME_MAX`].
    Part {
        last: bool,
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// What the people at this connection look at, all of it; none when they look away. Said again every
    /// [`PRESENCE_RENEW_MS`], or the hub takes them for gone after [`PRESENCE_EXPIRES_MS`].
    Presence {
        states: Vec<PresenceState>,
    },
    /// Who is here now: what changed since the last one.
    Peers(Peers),
    /// These states were too big or made no sense; nobody saw them, and the conversation goes on.
    PresenceRefused(Refusal),
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub version: u16,
    /// A JWT: of the identity provider, or signed by a registered device key (RFC 7523 style, ES256).
    pub token: String,
    /// This installation.
    pub client: Id,
    /// The version of the core, for the hub's logs.
    pub core: String,
}

impl std::fmt::Debug for Hello {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token is a secret: it never reaches a log.
        write!(f, "Hello {{ version: {}, client: {}, core: {:?} }}", self.version, self.client, self.core)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    pub version: u16,
    pub org: Id,
    /// The last `n` of this client that the hub has a verdict on; 0 where it has none.
    pub last_n: u64,
    /// The hub's clock, in milliseconds since 1970.
    pub now_ms: u64,
    /// Changes whenever the hub was restored from a backup; 0 where it never was. What was stored under another
    /// generation may be lost.
    pub generation: u64,
    /// After a restore: whether devices send again what they were told was stored.
    pub send_again: bool,
}

/// Where a replica of a document stands: the number of the last commit it holds. Epochs rise when history is
/// compacted away or a backup restored; heads of another epoch are worth nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub doc: DocId,
    pub epoch: u32,
    pub seq: u64,
}

/// Documents moving on. Everything up to and with the first `more: false` is applied in one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    pub docs: Vec<DocUpdate>,
    /// The mutations, of any client, that this holds completely. A device deletes its outbox rows of these.
    pub uuids: Vec<Uuid>,
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocUpdate {
    pub doc: DocId,
    pub epoch: u32,
    /// The head after it.
    pub seq: u64,
    pub body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// A Yjs update (V1) on top of the head `base` of the same epoch.
    Delta {
        base: u64,
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// The whole document as a Yjs update (V1): throw away what you have.
    Snapshot {
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// The document was deleted, or may not be read any more: throw away what you have.
    Gone,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutate {
    /// Consecutive number of this client, from 1.
    pub n: u64,
    pub uuid: Uuid,
    /// The device's clock when it was made, in milliseconds since 1970; for history, never for judging.
    pub at_ms: u64,
    /// A command as JSON; its bytes never change, they are the content that `client_forked` compares.
    #[serde(with = "serde_bytes")]
    pub command: Vec<u8>,
}

/// Durable at the hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    pub n: u64,
    pub uuid: Uuid,
    /// The commit's number in each document it touched, epoch and number 0 for one it deleted; empty where all was
    /// already so.
    pub heads: Vec<Head>,
    pub replaced: Vec<Replaced>,
    /// What an undo left as it is.
    pub kept: Vec<Kept>,
}

/// Refused, and recorded as such. `client_forked` and `out_of_order` are not recorded: they consume no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nack {
    pub n: u64,
    pub uuid: Uuid,
    pub refusal: Refusal,
}

/// Changes of who is here, in the documents that the reader may read. The first after a `Subscribe` has all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peers {
    /// The reader's own connection, which is among the peers like any other.
    pub you: u64,
    pub changed: Vec<Peer>,
    /// Peers that are not here any more.
    pub gone: Vec<u64>,
    /// People who are not in an event any more.
    pub left: Vec<LastSeen>,
}

/// Why the hub ends a conversation. WebSocket close codes are in brackets, HTTP statuses after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultCode {
    /// The token does not verify (4401, 401).
    Unauthorized,
    /// The token was good once; get a new one and come back (4401, 401).
    TokenExpired,
    /// This person or device was removed; do not come back with it (4403, 403).
    Revoked,
    /// A frame that does not decode, or is out of turn (4400, 400).
    Malformed,
    /// A frame over its limit (1009, 413).
    TooBig,
    /// The hub does not speak this version; update the app, nothing is lost (4406, 426).
    UnsupportedVersion,
    /// The client number belongs to somebody else (4409, 409).
    ClientTaken,
    /// Too many frames (4429, 429).
    RateLimited,
    /// The hub is going down, or its store failed; come back later (1013, 503).
    TryLater,
}

impl FaultCode {
    pub const ALL: [FaultCode; 9] = [
        FaultCode::Unauthorized,
        FaultCode::TokenExpired,
        FaultCode::Revoked,
        FaultCode::Malformed,
        FaultCode::TooBig,
        FaultCode::UnsupportedVersion,
        FaultCode::ClientTaken,
        FaultCode::RateLimited,
        FaultCode::TryLater,
    ];

    /// The WebSocket close code (RFC 6455 section 7.4).
    pub fn close_code(self) -> u16 {
        match self {
            FaultCode::Unauthorized | FaultCode::TokenExpired => 4401,
            FaultCode::Revoked => 4403,
            FaultCode::Malformed => 4400,
            FaultCode::TooBig => 1009,
            FaultCode::UnsupportedVersion => 4406,
            FaultCode::ClientTaken => 4409,
            FaultCode::RateLimited => 4429,
            FaultCode::TryLater => 1013,
        }
    }

    /// The HTTP status (RFC 9110).
    pub fn status(self) -> u16 {
        match self {
            FaultCode::Unauthorized | FaultCode::TokenExpired => 401,
            FaultCode::Revoked => 403,
            FaultCode::Malformed => 400,
            FaultCode::TooBig => 413,
            FaultCode::UnsupportedVersion => 426,
            FaultCode::ClientTaken => 409,
            FaultCode::RateLimited => 429,
            FaultCode::TryLater => 503,
        }
    }

    /// The stable name, in snake case.
    pub fn name(self) -> &'static str {
        match self {
            FaultCode::Unauthorized => "unauthorized",
            FaultCode::TokenExpired => "token_expired",
            FaultCode::Revoked => "revoked",
            FaultCode::Malformed => "malformed",
            FaultCode::TooBig => "too_big",
            FaultCode::UnsupportedVersion => "unsupported_version",
            FaultCode::ClientTaken => "client_taken",
            FaultCode::RateLimited => "rate_limited",
            FaultCode::TryLater => "try_later",
        }
    }
}
