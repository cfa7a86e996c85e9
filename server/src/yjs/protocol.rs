//! The messages of y-websocket, in lib0's encoding: a type, and what belongs to it, to the last byte.

use super::Close;
use bytes::Bytes;
use wedsync_domain::note::{Reader, Writer};
use wedsync_domain::ordered::OrdMap;

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
pub type StateVector = OrdMap<u64, u32>;

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

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[i * 2..i * 2 + 2], 16).unwrap()).collect()
    }

    const AUTHOR: u64 = 5_000_000_001;
    /// As y-protocols 1.0.7 writes them, of a text by that author.
    const STEP_1_HEX: &str = "0000070181e497d01203";
    const STEP_2_HEX: &str = "000117010181e497d012000401046e6f746506c3bcf09f8dba00";
    const UPDATE_HEX: &str = "000217010181e497d012000401046e6f746506c3bcf09f8dba00";
    const AWARENESS_HEX: &str = "011a0181e497d01201127b22637572736f72223a7b2261223a317d7d";
    const LEFT_HEX: &str = "010c0181e497d01201046e756c6c";
    const DENIED_HEX: &str = "0200056e6f20c3bc";
    const CURSOR: &str = r#"{"cursor":{"a":1}}"#;

    #[test]
    fn what_stock_clients_write_is_read() {
        assert_eq!(decode(&hex("00000100")).unwrap(), Message::Step1(StateVector::new()));
        assert_eq!(decode(&hex(STEP_1_HEX)).unwrap(), Message::Step1([(AUTHOR, 3)].into()));
        let written = hex(&UPDATE_HEX[6..]);
        assert_eq!(decode(&hex(STEP_2_HEX)).unwrap(), Message::Update(written.clone()));
        assert_eq!(decode(&hex(UPDATE_HEX)).unwrap(), Message::Update(written));
        let says = |state: Option<&str>| {
            Message::Awareness(vec![State { client: AUTHOR, clock: 1, state: state.map(str::to_owned) }])
        };
        assert_eq!(decode(&hex(AWARENESS_HEX)).unwrap(), says(Some(CURSOR)));
        assert_eq!(decode(&hex(LEFT_HEX)).unwrap(), says(None));
        assert_eq!(decode(&[3]).unwrap(), Message::QueryAwareness);
    }

    #[test]
    fn what_the_hub_writes_is_what_y_protocols_would() {
        assert_eq!(step_1(&[(AUTHOR, 3)].into()), hex(STEP_1_HEX));
        assert_eq!(step_2(&hex(&UPDATE_HEX[6..])), hex(STEP_2_HEX));
        assert_eq!(update(&hex(&UPDATE_HEX[6..])), hex(UPDATE_HEX));
        assert_eq!(awareness([(AUTHOR, 1, Some(CURSOR))].into_iter()), hex(AWARENESS_HEX));
        assert_eq!(awareness([(AUTHOR, 1, None)].into_iter()), hex(LEFT_HEX));
        assert_eq!(awareness([].into_iter()), hex("010100"));
        assert_eq!(permission_denied("no ü"), hex(DENIED_HEX));
    }

    fn refused(bytes: &[u8]) -> (u16, String) {
        let close = decode(bytes).unwrap_err();
        (close.code, close.reason)
    }

    #[test]
    fn a_message_is_read_to_its_last_byte_and_no_further() {
        for whole in [STEP_1_HEX, STEP_2_HEX, UPDATE_HEX, AWARENESS_HEX, LEFT_HEX, "03"] {
            let whole = hex(whole);
            for end in 0..whole.len() {
                assert_eq!(refused(&whole[..end]).0, 4400, "{end} bytes of {whole:?}");
            }
            assert!(refused(&[whole, vec![0]].concat()).1.contains("follows its end"));
        }
    }

    #[test]
    fn what_is_no_message_of_a_client_is_refused_by_name() {
        for (bytes, name) in [
            ("00", "too early"),
            ("0003", "sync message of an unknown type"),
            (DENIED_HEX, "only the hub denies"),
            ("04", "unknown type"),
            ("7f", "unknown type"),
            ("ff80", "too early"),
            ("0000050205010502", "author twice"),
            ("000003000000", "follows a state vector"),
            ("01020000", "follows the awareness"),
            // Not UTF-8.
            ("010501050101ff", "too early"),
        ] {
            let (code, reason) = refused(&hex(bytes));
            assert_eq!(code, 4400, "{bytes}");
            assert!(reason.contains(name), "{bytes}: {reason}");
        }
    }

    #[test]
    fn promises_are_not_believed() {
        let promised = |kinds: &[u64], count: u64| {
            let mut part = Writer::default();
            part.uint(count);
            decode(&message(kinds, &part.done())).unwrap_err().code
        };
        for count in [1, 1 << 20, (1 << 53) - 1] {
            assert_eq!(promised(&[SYNC, STEP_1], count), 4400);
            assert_eq!(promised(&[AWARENESS], count), 4400);
        }
        assert_eq!(refused(&vec![0; MESSAGE_MAX + 1]).0, Close::TOO_BIG);
        let long = "x".repeat(STATE_READ_MAX + 1);
        let big = decode(&awareness([(1, 1, Some(long.as_str()))].into_iter())).unwrap_err();
        assert_eq!(big.code, Close::TOO_BIG);
        let fits = awareness([(1, 1, Some(&long[1..]))].into_iter());
        assert!(matches!(decode(&fits), Ok(Message::Awareness(states)) if states.len() == 1));
        let all: Vec<_> = (0..=STATES_MAX as u64).map(|client| (client, 1, None)).collect();
        assert_eq!(decode(&awareness(all.iter().copied())).unwrap_err().code, 4400);
        assert!(decode(&awareness(all[1..].iter().copied())).is_ok());
    }
}
