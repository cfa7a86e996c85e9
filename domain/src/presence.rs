//! Who is here, and what they look at: told while it lasts, and never kept.

use crate::ordered::sort_by;
use crate::ordered::{OrdMap, OrdSet};
use crate::{Id, Refusal, RefusalCode, Role};
use serde::{Deserialize, Serialize};

/// Most states of one connection: one for each tab that is looked at, and one for each note under a cursor.
pub const STATES_MAX: usize = 16;
/// Most bytes of all states of one connection together.
pub const STATES_BYTES: usize = 16 * 1024;
/// Longest name of a field that is edited, in bytes.
pub const FIELD_BYTES: usize = 64;
/// Deepest nesting of a cursor's state.
const DEPTH_MAX: usize = 16;
/// Yjs client ids and clocks are whole numbers in JavaScript.
const WHOLE_MAX: u64 = (1 << 53) - 1;

/// What somebody looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PresenceState {
    pub event: Id,
    /// The shift, where it is one.
    pub assignment: Option<Id>,
    /// The field that they are editing, by the name that the app has for it.
    pub field: Option<String>,
    pub cursor: Option<NoteCursor>,
}

/// A cursor in the note of that shift, as the awareness protocol of y-protocols has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct NoteCursor {
    /// The Yjs client id.
    pub client: u64,
    pub clock: u64,
    /// The awareness state: a JSON object as text.
    pub state: String,
}

/// One connection of a person, as the hub stamped it: who it is comes from the session, never from what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Of this connection, as long as the hub runs.
    pub id: u64,
    pub user: Id,
    pub name: String,
    pub role: Role,
    pub helper: Option<Id>,
    pub device: Option<Id>,
    /// When it last changed, by the hub's clock, in milliseconds since 1970.
    pub at_ms: u64,
    pub states: Vec<PresenceState>,
}

/// Somebody who was in an event and is not any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LastSeen {
    pub event: Id,
    pub user: Id,
    pub name: String,
    /// When they left, by the hub's clock, in milliseconds since 1970.
    pub at_ms: u64,
}

/// A person who is here, with all their devices and tabs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(rename = "Peer"))]
pub struct PersonHere {
    pub user: Id,
    pub name: String,
    pub role: Role,
    pub helper: Option<Id>,
    /// Whether it is oneself: here, or on another device.
    #[serde(rename = "self")]
    pub is_self: bool,
    /// When what they show last changed, by the hub's clock, in milliseconds since 1970.
    pub at_ms: u64,
    /// What they look at, each once, in an order that does not jump.
    pub states: Vec<PresenceState>,
}

/// Connections as people: who is in an event, or anywhere; `me` first, then by name.
pub fn people<'a>(peers: impl Iterator<Item = &'a Peer>, event: Option<&Id>, me: &Id) -> Vec<PersonHere> {
    let mut people: OrdMap<&Id, PersonHere> = OrdMap::new();
    for peer in peers {
        let states = peer.states.iter().filter(|state| event.is_none_or(|event| state.event == *event));
        for state in states {
            let person = people.entry(&peer.user).or_insert_with(|| PersonHere {
                user: peer.user.clone(),
                name: peer.name.clone(),
                role: peer.role,
                helper: peer.helper.clone(),
                is_self: peer.user == *me,
                at_ms: 0,
                states: Vec::new(),
            });
            person.at_ms = person.at_ms.max(peer.at_ms);
            if let Err(place) = person.states.binary_search(state) {
                person.states.insert(place, state.clone());
            }
        }
    }
    let mut people: Vec<PersonHere> = people.into_values().collect();
    sort_by(&mut people, |a, b| (!a.is_self, &a.name, &a.user).cmp(&(!b.is_self, &b.name, &b.user)));
    people
}

/// Whether a connection may show these states. Refused whole, or taken whole.
pub fn check(states: &[PresenceState]) -> Result<(), Refusal> {
    if states.len() > STATES_MAX {
        let message = format!("presence has {} states, over the limit of {STATES_MAX}", states.len());
        return Err(refused(RefusalCode::TooLarge, "presence", message));
    }
    let bytes: usize = states.iter().map(size).sum();
    if bytes > STATES_BYTES {
        let message = format!("presence of {bytes} bytes is over the limit of {STATES_BYTES}");
        return Err(refused(RefusalCode::TooLarge, "presence", message));
    }
    let mut clients = OrdSet::new();
    for state in states {
        if let Some(field) = &state.field
            && (field.is_empty() || field.len() > FIELD_BYTES || field.chars().any(char::is_control))
        {
            let message = format!("the field's name must be one line of 1 to {FIELD_BYTES} bytes");
            return Err(refused(RefusalCode::TooLong, "field", message));
        }
        if let Some(cursor) = &state.cursor {
            check_cursor(state, cursor)?;
            if !clients.insert(cursor.client) {
                return Err(invalid_cursor("two cursors of one Yjs client id"));
            }
        }
    }
    Ok(())
}

/// The bytes that count for [`STATES_BYTES`].
pub fn size(state: &PresenceState) -> usize {
    let id = |id: &Id| id.as_str().len();
    id(&state.event)
        + state.assignment.as_ref().map_or(0, id)
        + state.field.as_ref().map_or(0, String::len)
        + state.cursor.as_ref().map_or(0, |cursor| cursor.state.len())
}

fn check_cursor(state: &PresenceState, cursor: &NoteCursor) -> Result<(), Refusal> {
    if state.assignment.is_none() {
        return Err(invalid_cursor("a cursor is in the note of a shift; name the shift"));
    }
    if cursor.client > WHOLE_MAX || cursor.clock > WHOLE_MAX {
        return Err(invalid_cursor("a Yjs client id or clock is over 53 bits"));
    }
    if depth(&cursor.state) > DEPTH_MAX {
        return Err(invalid_cursor("the cursor's state is nested too deeply"));
    }
    // Read as a map first: anything else in its place is refused by name.
    match serde_json::from_str::<crate::ordered::OrdMap<String, serde::de::IgnoredAny>>(&cursor.state) {
        Ok(_) => Ok(()),
        Err(_) => Err(invalid_cursor("the cursor's state is not a JSON object")),
    }
}

/// How deep JSON text is nested, counted before anything recurses into it.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn invalid_cursor(message: &str) -> Refusal {
    refused(RefusalCode::Invalid, "cursor", message.to_owned())
}

fn refused(code: RefusalCode, field: &str, message: String) -> Refusal {
    Refusal { code, message, field: Some(field.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(assignment: Option<&str>) -> PresenceState {
        let assignment = assignment.map(|a| a.parse().unwrap());
        PresenceState { event: "e1".parse().unwrap(), assignment, field: None, cursor: None }
    }

    fn cursor(client: u64, state: &str) -> PresenceState {
        let cursor = NoteCursor { client, clock: 1, state: state.to_owned() };
        PresenceState { cursor: Some(cursor), ..at(Some("a1")) }
    }

    fn refusal(states: &[PresenceState]) -> (RefusalCode, String) {
        let refusal = check(states).unwrap_err();
        (refusal.code, refusal.field.unwrap())
    }

    fn padded(bytes: usize) -> PresenceState {
        // Event and shift are two bytes each.
        let state = format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 4 - 8));
        cursor(1, &state)
    }

    #[test]
    fn the_devices_of_a_person_are_one_person() {
        let peer = |id, user: &str, at_ms, states: &[PresenceState]| Peer {
            id,
            user: user.parse().unwrap(),
            name: user.to_uppercase(),
            role: Role::Helper,
            helper: None,
            device: None,
            at_ms,
            states: states.to_vec(),
        };
        let other = PresenceState { event: "e2".parse().unwrap(), ..at(None) };
        let peers = [
            peer(1, "zoe", 5, &[at(Some("b")), at(Some("a"))]),
            peer(2, "anna", 6, &[at(None)]),
            peer(3, "zoe", 7, &[at(Some("a")), other.clone()]),
            peer(4, "ben", 8, &[other]),
        ];
        let (me, e1) = ("zoe".parse().unwrap(), "e1".parse().unwrap());
        let here = people(peers.iter(), Some(&e1), &me);
        let names: Vec<_> = here.iter().map(|p| (p.name.as_str(), p.is_self, p.at_ms)).collect();
        assert_eq!(names, [("ZOE", true, 7), ("ANNA", false, 6)]);
        assert_eq!(here[0].states, [at(Some("a")), at(Some("b"))]);
        assert_eq!(people(peers.iter(), None, &me).len(), 3);
    }

    #[test]
    fn sixteen_kilobytes_fit_and_not_a_byte_more() {
        assert_eq!(check(&[padded(STATES_BYTES)]), Ok(()));
        assert_eq!(refusal(&[padded(STATES_BYTES + 1)]), (RefusalCode::TooLarge, "presence".into()));
        assert_eq!(refusal(&[padded(STATES_BYTES), at(None)]), (RefusalCode::TooLarge, "presence".into()));
        assert_eq!(check(&vec![at(None); STATES_MAX]), Ok(()));
        assert_eq!(refusal(&vec![at(None); STATES_MAX + 1]), (RefusalCode::TooLarge, "presence".into()));
    }

    #[test]
    fn a_field_is_one_short_line() {
        let field = |name: &str| PresenceState { field: Some(name.to_owned()), ..at(Some("a1")) };
        assert_eq!(check(&[field(&"f".repeat(FIELD_BYTES))]), Ok(()));
        for bad in ["", "a\nb", &"f".repeat(FIELD_BYTES + 1)] {
            assert_eq!(refusal(&[field(bad)]), (RefusalCode::TooLong, "field".into()), "{bad:?}");
        }
    }

    #[test]
    fn a_cursor_is_a_json_object_in_a_note() {
        let nested = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert_eq!(check(&[cursor(1, "{}"), cursor(2, r#"{"b":"]]]]{{{{\"[["}"#)]), Ok(()));
        assert_eq!(check(&[cursor(1, &nested(DEPTH_MAX))]), Ok(()));
        let outside = PresenceState { assignment: None, ..cursor(1, "{}") };
        for bad in [
            vec![outside],
            vec![cursor(1, "null")],
            vec![cursor(1, "[]")],
            vec![cursor(1, "{")],
            vec![cursor(1, &nested(DEPTH_MAX + 1))],
            vec![cursor(1, &"[".repeat(10_000))],
            vec![cursor(1 << 53, "{}")],
            vec![cursor(1, "{}"), cursor(1, "{}")],
        ] {
            assert_eq!(refusal(&bad), (RefusalCode::Invalid, "cursor".into()), "{bad:?}");
        }
    }
}
