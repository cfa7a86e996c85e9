//! The messages of y-websocket, in lib0's encoding: a type, and what belongs to it, to the last byte.

use super::Close;
use bytes::Bytes;
use std::collections::BTreeMap;
use wedsync_domain::note::{Reader, Writer};

/// Largest message of a client, in bytes.
pub const MESSAGE_MAX: usize = 1024 * 1024;
/// Longest text of a state in a message. What the hub itself passes on comes back in the echo of its readers.
const STATE_READ_MAX: usize = 32 * 1024;
/// Most authors in a state vector, and most states in a message.
const AUTHORS_MAX: usize = 65_536;
const STATES_MAX: usize = 1024;

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
const STEP_1: u64 = 0;
const STEP_2: u64 = 1;
const UPDATE: u64 = 2;
const PERMISSION_DENIED: u64 = 0;

/// Clocks by Yjs client id.
pub type StateVector = BTreeMap<u64, u32>;

/// What one Yjs client id says of itself; `None` where it has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub client: u64,
    pub clock: u64,
    /// JSON.
    pub state: Option<String>,
}

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// What it has; it wants the rest.
    Step1(StateVector),
    /// What the hub may not have: in answer to its own first step, or just written.
    Update(Vec<u8>),
    Awareness(Vec<State>),
    QueryAwareness,
}

pub fn decode(bytes: &[u8]) -> Result<Message, Close> {
    if bytes.len() > MESSAGE_MAX {
        return Err(Close::too_big("A message is over the limit of 1 MiB."));
    }
    let mut reader = Reader::new(bytes);
    let message = match uint(&mut reader)? {
        SYNC => match uint(&mut reader)? {
            STEP_1 => Message::Step1(state_vector(part(&mut reader)?)?),
            STEP_2 | UPDATE => Message::Update(part(&mut reader)?.to_vec()),
            _ => return Err(Close::malformed("a sync message of an unknown type")),
        },
        AWARENESS => Message::Awareness(states(part(&mut reader)?)?),
        QUERY_AWARENESS => Message::QueryAwareness,
        AUTH => return Err(Close::malformed("only the hub denies permission")),
        _ => return Err(Close::malformed("a message of an unknown type")),
    };
    if reader.is_empty() { Ok(message) } else { Err(Close::malformed("something follows its end")) }
}

fn truncated<E>(_: E) -> Close {
    Close::malformed("it ends too early, or a number in it is out of range")
}

fn uint(reader: &mut Reader) -> Result<u64, Close> {
    reader.uint().map_err(truncated)
}

fn part<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Close> {
    reader.bytes().map_err(truncated)
}

fn state_vector(bytes: &[u8]) -> Result<StateVector, Close> {
    let mut reader = Reader::new(bytes);
    let count = reader.count().map_err(truncated)?;
    if count > AUTHORS_MAX {
        return Err(Close::malformed("a state vector of too many authors"));
    }
    let mut vector = StateVector::new();
    for _ in 0..count {
        let client = uint(&mut reader)?;
        if vector.insert(client, reader.clock().map_err(truncated)?).is_some() {
            return Err(Close::malformed("a state vector has an author twice"));
        }
    }
    if reader.is_empty() { Ok(vector) } else { Err(Close::malformed("something follows a state vector")) }
}

fn states(bytes: &[u8]) -> Result<Vec<State>, Close> {
    let mut reader = Reader::new(bytes);
    let count = reader.count().map_err(truncated)?;
    if count > STATES_MAX {
        return Err(Close::malformed("too many awareness states at once"));
    }
    let mut states = Vec::new();
    for _ in 0..count {
        let (client, clock) = (uint(&mut reader)?, uint(&mut reader)?);
        let text = reader.string().map_err(truncated)?;
        if text.len() > STATE_READ_MAX {
            return Err(Close::too_big("An awareness state is over the limit of 16 KiB."));
        }
        states.push(State { client, clock, state: (text != "null").then(|| text.to_owned()) });
    }
    if reader.is_empty() { Ok(states) } else { Err(Close::malformed("something follows the awareness")) }
}

fn message(kinds: &[u64], part: &[u8]) -> Bytes {
    let mut out = Writer::default();
    kinds.iter().for_each(|kind| out.uint(*kind));
    out.bytes(part);
    out.done().into()
}

/// What the hub has; it wants the rest.
pub fn step_1(have: &StateVector) -> Bytes {
    let mut vector = Writer::default();
    vector.uint(have.len() as u64);
    for (client, clock) in have {
        vector.uint(*client);
        vector.uint((*clock).into());
    }
    message(&[SYNC, STEP_1], &vector.done())
}

/// What a client lacks.
pub fn step_2(update: &[u8]) -> Bytes {
    message(&[SYNC, STEP_2], update)
}

pub fn update(update: &[u8]) -> Bytes {
    message(&[SYNC, UPDATE], update)
}

/// Without a state, one says that its client has left.
pub fn awareness<'a>(states: impl ExactSizeIterator<Item = (u64, u64, Option<&'a str>)>) -> Bytes {
    let mut out = Writer::default();
    out.uint(states.len() as u64);
    for (client, clock, state) in states {
        out.uint(client);
        out.uint(clock);
        out.bytes(state.unwrap_or("null").as_bytes());
    }
    message(&[AWARENESS], &out.done())
}

pub fn permission_denied(reason: &str) -> Bytes {
    message(&[AUTH, PERMISSION_DENIED], reason.as_bytes())
}
