//! Parsed identifiers. An id in hand is a valid one.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The identifier of a person, helper, place, event, assignment and so on:
/// 1 to 64 characters of `A-Z a-z 0-9 _ -`.
///
/// Ids made on a device are UUIDv7 (RFC 9562), so two devices never make the same one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

/// Longest id, in characters.
pub const ID_MAX: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: {0:?} (1 to 64 letters, digits, '_' or '-')")]
pub struct InvalidId(pub String);

impl Id {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A stable id derived from what it names, for rows that come back with every import of a file.
    pub fn derived(parts: &[&str]) -> Id {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let hex: String = digest.iter().take(16).map(|b| format!("{b:02x}")).collect();
        Id(hex)
    }
}

impl FromStr for Id {
    type Err = InvalidId;
    fn from_str(s: &str) -> Result<Self, InvalidId> {
        let ok = !s.is_empty()
            && s.len() <= ID_MAX
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if ok { Ok(Id(s.to_owned())) } else { Err(InvalidId(s.chars().take(80).collect())) }
    }
}

impl TryFrom<String> for Id {
    type Error = InvalidId;
    fn try_from(s: String) -> Result<Self, InvalidId> {
        s.parse()
    }
}

impl From<Id> for String {
    fn from(id: Id) -> String {
        id.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// The name of a document: `roster`, `person/{helper}`, `event/{event}`,
/// `notes/{event}/{assignment}` or `inbox/{user}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DocId {
    Roster,
    Person(Id),
    Event(Id),
    Notes { event: Id, assignment: Id },
    Inbox(Id),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a document name: {0:?}")]
pub struct InvalidDocId(pub String);

impl DocId {
    /// What it goes with when that is deleted: notes with their event, any other document with itself.
    pub fn whole(&self) -> DocId {
        match self {
            DocId::Notes { event, .. } => DocId::Event(event.clone()),
            _ => self.clone(),
        }
    }

    pub fn is_part_of(&self, whole: &DocId) -> bool {
        self == whole || self.whole() == *whole
    }
}

impl FromStr for DocId {
    type Err = InvalidDocId;
    fn from_str(s: &str) -> Result<Self, InvalidDocId> {
        let bad = || InvalidDocId(s.chars().take(160).collect());
        let id = |part: &str| part.parse::<Id>().map_err(|_| bad());
        let mut parts = s.split('/');
        let doc = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("roster"), None, None, None) => DocId::Roster,
            (Some("person"), Some(helper), None, None) => DocId::Person(id(helper)?),
            (Some("event"), Some(event), None, None) => DocId::Event(id(event)?),
            (Some("inbox"), Some(user), None, None) => DocId::Inbox(id(user)?),
            (Some("notes"), Some(event), Some(assignment), None) => {
                DocId::Notes { event: id(event)?, assignment: id(assignment)? }
            }
            _ => return Err(bad()),
        };
        Ok(doc)
    }
}

impl TryFrom<String> for DocId {
    type Error = InvalidDocId;
    fn try_from(s: String) -> Result<Self, InvalidDocId> {
        s.parse()
    }
}

impl From<DocId> for String {
    fn from(doc: DocId) -> String {
        doc.to_string()
    }
}

impl fmt::Display for DocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DocId::Roster => f.write_str("roster"),
            DocId::Person(helper) => write!(f, "person/{helper}"),
            DocId::Event(event) => write!(f, "event/{event}"),
            DocId::Notes { event, assignment } => write!(f, "notes/{event}/{assignment}"),
            DocId::Inbox(user) => write!(f, "inbox/{user}"),
        }
    }
}

/// The identity of a mutation: a UUID (RFC 9562), as its 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uuid(pub [u8; 16]);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID: {0:?}")]
pub struct InvalidUuid(pub String);

impl Uuid {
    /// A UUIDv7 (RFC 9562 section 5.7) of a time in milliseconds since 1970 and ten random bytes.
    pub fn v7(unix_ms: u64, random: [u8; 10]) -> Uuid {
        let mut b = [0u8; 16];
        b[..6].copy_from_slice(&unix_ms.to_be_bytes()[2..]);
        b[6..].copy_from_slice(&random);
        b[6] = (b[6] & 0x0f) | 0x70;
        b[8] = (b[8] & 0x3f) | 0x80;
        Uuid(b)
    }

    /// The same UUID as an [`Id`].
    pub fn id(&self) -> Id {
        Id(self.to_string())
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By hand: each edit is written so several times, and `{:02x}` takes many times as long.
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let places = (0..36).filter(|at| !matches!(at, 8 | 13 | 18 | 23));
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        for (at, digit) in places.zip(digits) {
            text[at] = DIGITS[usize::from(digit)];
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Uuid {
    type Err = InvalidUuid;
    fn from_str(s: &str) -> Result<Self, InvalidUuid> {
        let bad = || InvalidUuid(s.chars().take(80).collect());
        let groups: Vec<&str> = s.split('-').collect();
        let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
        let hex = groups.concat();
        if lengths != [8, 4, 4, 4, 12] || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad());
        }
        let mut out = [0u8; 16];
        for (i, byte) in out.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[i * 2..i * 2 + 2], 16).map_err(|_| bad())?;
        }
        Ok(Uuid(out))
    }
}

/// A UUID in the JSON of a command: as text.
pub(crate) fn uuid_as_text<S: serde::Serializer>(uuid: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(uuid)
}

/// To JavaScript, ids are strings.
#[cfg(feature = "ts")]
mod typescript {
    macro_rules! string {
        ($type:ty) => {
            impl ts_rs::TS for $type {
                type WithoutGenerics = Self;
                type OptionInnerType = Self;
                fn name(_: &ts_rs::Config) -> String {
                    "string".to_owned()
                }
                fn inline(_: &ts_rs::Config) -> String {
                    "string".to_owned()
                }
            }
        };
    }
    string!(super::Id);
    string!(super::DocId);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_parse_and_print_the_same() {
        for name in ["roster", "person/h1", "event/e-1", "notes/e/a", "inbox/u_1"] {
            assert_eq!(name.parse::<DocId>().unwrap().to_string(), name);
        }
        for name in ["", "roster/x", "event/", "event/a/b", "event/../x", "notes/e", "other/x"] {
            assert!(name.parse::<DocId>().is_err(), "{name}");
        }
    }

    #[test]
    fn notes_are_part_of_their_event() {
        let doc = |name: &str| name.parse::<DocId>().unwrap();
        for (part, whole, is) in [
            ("notes/e/a", "event/e", true),
            ("event/e", "event/e", true),
            ("notes/f/a", "event/e", false),
            ("event/e", "notes/e/a", false),
            ("roster", "event/e", false),
        ] {
            assert_eq!(doc(part).is_part_of(&doc(whole)), is, "{part} of {whole}");
        }
    }

    #[test]
    fn ids_refuse_what_could_escape_a_path_or_a_key() {
        for bad in ["", "a b", "a/b", "ä", "a.b", "a|b", &"x".repeat(65)] {
            assert!(bad.parse::<Id>().is_err(), "{bad}");
        }
    }

    #[test]
    fn uuid_v7_carries_time_and_round_trips() {
        let u = Uuid::v7(0x0190_0000_0001, [0xff; 10]);
        assert_eq!(u.to_string(), "01900000-0001-7fff-bfff-ffffffffffff");
        assert_eq!(u.to_string().parse::<Uuid>().unwrap(), u);
        assert!("01900000".parse::<Uuid>().is_err());
    }

    #[test]
    fn derived_ids_depend_on_every_part() {
        assert_eq!(Id::derived(&["a", "b"]), Id::derived(&["a", "b"]));
        assert_ne!(Id::derived(&["a", "b"]), Id::derived(&["ab", ""]));
    }
}
