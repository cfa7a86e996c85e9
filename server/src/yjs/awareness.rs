//! Who is in a note, as y-protocols has it: by Yjs client id a clock and a state. The hub says who is who: a client id
//! is its person's, and the name in a state is that of the member.

use super::Close;
use super::protocol::{self, State};
use bytes::Bytes;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use wedsync_domain::Id;

/// Longest state, in bytes of its JSON.
pub const STATE_MAX: usize = 16 * 1024;
/// Most Yjs client ids that one session speaks for: a browser's tabs speak for one another.
pub const CLIENTS_MAX: usize = 16;
/// A state that is not renewed for so long is outdated (y-protocols renews every 15 s).
pub const OUTDATED_MS: u64 = 30_000;

/// Who speaks.
#[derive(Clone, Copy, Debug)]
pub struct Speaker<'a> {
    pub session: u64,
    pub user: &'a Id,
    pub name: &'a str,
}

#[derive(Debug)]
struct Entry {
    session: u64,
    user: Id,
    clock: u64,
    /// `None` where it has left.
    state: Option<String>,
    at_ms: u64,
}

#[derive(Debug, Default)]
pub struct Awareness {
    entries: BTreeMap<u64, Entry>,
}

impl Awareness {
    /// Takes what a session says; answers with the client ids that changed. `may_use` is asked about an id at first sight.
    /// What is said of other people's ids is passed over: a stock client repeats all that it hears.
    pub fn take<E>(
        &mut self,
        speaker: Speaker,
        said: &[State],
        now_ms: u64,
        mut may_use: impl FnMut(u64) -> Result<bool, E>,
    ) -> Result<Result<Vec<u64>, Close>, E> {
        self.expire(now_ms);
        let mut changed = Vec::new();
        for State { client, clock, state } in said {
            let known = match self.entries.get(client) {
                Some(entry) if entry.user != *speaker.user => continue,
                Some(entry) => {
                    let left = state.is_none() && entry.state.is_some() && entry.session == speaker.session;
                    let back = state.is_some() && entry.state.is_none();
                    if *clock < entry.clock || *clock == entry.clock && !left && !back {
                        continue;
                    }
                    entry.session == speaker.session
                }
                None if state.is_none() || !may_use(*client)? => continue,
                None => false,
            };
            if !known && self.of(speaker.session).count() >= CLIENTS_MAX {
                return Ok(Err(Close::malformed("one connection speaks for too many editors")));
            }
            let state = match state.as_deref().map(|state| stamped(state, speaker.name)).transpose() {
                Ok(state) => state,
                Err(close) => return Ok(Err(close)),
            };
            let (session, user) = (speaker.session, speaker.user.clone());
            self.entries.insert(*client, Entry { session, user, clock: *clock, state, at_ms: now_ms });
            changed.push(*client);
        }
        Ok(Ok(changed))
    }

    fn of(&self, session: u64) -> impl Iterator<Item = u64> {
        let entries = self.entries.iter().filter(move |(_, e)| e.session == session && e.state.is_some());
        entries.map(|(client, _)| *client)
    }

    /// A session has ended, or speaks only for those in `kept` any more: the others that it spoke for have left.
    pub fn leave(&mut self, session: u64, kept: &[u64], now_ms: u64) -> Vec<u64> {
        let left: Vec<u64> = self.of(session).filter(|client| !kept.contains(client)).collect();
        for client in &left {
            if let Some(entry) = self.entries.get_mut(client) {
                (entry.state, entry.at_ms) = (None, now_ms);
            }
        }
        left
    }

    pub fn clock(&self, client: u64) -> Option<u64> {
        self.entries.get(&client).map(|entry| entry.clock)
    }

    /// What a session says of those that it speaks for.
    pub fn said_by(&self, session: u64) -> Vec<State> {
        let said = self.of(session).filter_map(|client| {
            let entry = self.entries.get(&client)?;
            Some(State { client, clock: entry.clock, state: entry.state.clone() })
        });
        said.collect()
    }

    /// Forgets what is outdated. The clients do the same by themselves.
    pub fn expire(&mut self, now_ms: u64) {
        self.entries.retain(|_, entry| entry.at_ms + OUTDATED_MS > now_ms);
    }

    /// These as a message.
    pub fn message(&self, clients: &[u64]) -> Bytes {
        let known: Vec<_> = clients.iter().filter_map(|client| self.entries.get_key_value(client)).collect();
        protocol::awareness(known.into_iter().map(|(client, e)| (*client, e.clock, e.state.as_deref())))
    }

    /// All who are there.
    pub fn present(&self) -> Vec<u64> {
        self.entries.iter().filter(|(_, entry)| entry.state.is_some()).map(|(client, _)| *client).collect()
    }
}

/// The state with its author's name in it.
fn stamped(state: &str, name: &str) -> Result<String, Close> {
    if state.len() > STATE_MAX {
        return Err(Close::too_big("An awareness state is over the limit of 16 KiB."));
    }
    let mut state: Map<String, Json> = serde_json::from_str(state)
        .map_err(|_| Close::malformed("an awareness state is not a JSON object"))?;
    match state.entry("user").or_insert_with(|| Json::Object(Map::new())) {
        Json::Object(user) => drop(user.insert("name".into(), name.into())),
        user => *user = Json::Object(Map::from_iter([("name".to_owned(), name.into())])),
    }
    Ok(Json::Object(state).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    const NOBODY: [u64; 0] = [];

    struct Room {
        awareness: Awareness,
        now_ms: u64,
        /// Client ids that are somebody else's.
        taken: Vec<u64>,
    }

    impl Room {
        fn new() -> Room {
            Room { awareness: Awareness::default(), now_ms: 1000, taken: Vec::new() }
        }

        fn say(
            &mut self,
            session: u64,
            user: &str,
            said: &[(u64, u64, Option<&str>)],
        ) -> Result<Vec<u64>, Close> {
            let state = |(client, clock, state): &(u64, u64, Option<&str>)| State {
                client: *client,
                clock: *clock,
                state: state.map(str::to_owned),
            };
            let said: Vec<State> = said.iter().map(state).collect();
            let user: Id = user.parse().unwrap();
            let name = user.as_str().to_uppercase();
            let speaker = Speaker { session, user: &user, name: &name };
            let may_use = |client| Ok::<_, Infallible>(!self.taken.contains(&client));
            self.awareness.take(speaker, &said, self.now_ms, may_use).unwrap()
        }

        fn present(&self) -> Vec<(u64, u64, String)> {
            let message = protocol::decode(&self.awareness.message(&self.awareness.present())).unwrap();
            let protocol::Message::Awareness(states) = message else { panic!("{message:?}") };
            states.into_iter().map(|s| (s.client, s.clock, s.state.unwrap())).collect()
        }
    }

    fn anna(extra: &str) -> String {
        format!(r#"{{{extra}"user":{{"name":"ANNA"}}}}"#)
    }

    #[test]
    fn a_state_bears_the_name_of_its_author() {
        let mut room = Room::new();
        assert_eq!(room.say(1, "anna", &[(7, 0, Some("{}"))]).unwrap(), [7]);
        assert_eq!(room.present(), [(7, 0, anna(""))]);
        room.say(1, "anna", &[(7, 1, Some(r##"{"user":{"name":"Olga","color":"#f00"},"cursor":null}"##))])
            .unwrap();
        let stamped = r##"{"cursor":null,"user":{"color":"#f00","name":"ANNA"}}"##;
        assert_eq!(room.present(), [(7, 1, stamped.to_owned())]);
        room.say(1, "anna", &[(7, 2, Some(r#"{"user":"Olga"}"#))]).unwrap();
        assert_eq!(room.present(), [(7, 2, anna(""))]);
    }

    #[test]
    fn nobody_speaks_for_somebody_elses_editor() {
        let mut room = Room::new();
        room.taken = vec![9];
        room.say(1, "anna", &[(7, 3, Some("{}"))]).unwrap();
        // What everybody repeats of the others, what claims to be newer, and what says that she has left.
        for said in [(7, 3, Some("{}")), (7, 4, Some(r#"{"a":1}"#)), (7, 3, None), (7, 9, None)] {
            assert_eq!(room.say(2, "ben", &[said]).unwrap(), NOBODY, "{said:?}");
        }
        assert_eq!(room.say(2, "ben", &[(9, 1, Some("{}"))]).unwrap(), NOBODY, "it writes under that id");
        assert_eq!(room.present(), [(7, 3, anna(""))]);
        // Her other tab may.
        assert_eq!(room.say(3, "anna", &[(7, 3, Some(r#"{"a":1}"#))]).unwrap(), NOBODY, "it repeats");
        assert_eq!(room.say(3, "anna", &[(7, 4, Some(r#"{"a":1}"#))]).unwrap(), [7]);
    }

    #[test]
    fn clocks_do_not_go_back() {
        let mut room = Room::new();
        room.say(1, "anna", &[(7, 5, Some("{}"))]).unwrap();
        for clock in [4, 5] {
            assert_eq!(room.say(1, "anna", &[(7, clock, Some(r#"{"a":1}"#))]).unwrap(), NOBODY);
        }
        assert_eq!(room.say(1, "anna", &[(7, 4, None)]).unwrap(), NOBODY);
        assert_eq!(
            room.say(1, "anna", &[(7, 5, None)]).unwrap(),
            [7],
            "who leaves may do so under the same clock"
        );
        assert!(room.present().is_empty());
        assert_eq!(room.say(1, "anna", &[(7, 5, Some("{}"))]).unwrap(), [7], "and so may who comes back");
    }

    #[test]
    fn who_ends_leaves_and_who_is_silent_is_outdated() {
        let mut room = Room::new();
        room.say(1, "anna", &[(7, 1, Some("{}")), (8, 1, Some("{}"))]).unwrap();
        room.say(2, "ben", &[(9, 1, Some("{}"))]).unwrap();
        assert_eq!(room.awareness.leave(1, &[], room.now_ms), [7, 8]);
        assert_eq!(room.awareness.leave(1, &[], room.now_ms), NOBODY);
        let left = protocol::awareness([(7, 1, None), (8, 1, None)].into_iter());
        assert_eq!(room.awareness.message(&[7, 8]), left);
        assert_eq!(room.awareness.present(), [9]);
        room.awareness.expire(1000 + OUTDATED_MS - 1);
        assert_eq!(room.awareness.present(), [9]);
        room.awareness.expire(1000 + OUTDATED_MS);
        assert_eq!(room.awareness.present(), NOBODY);
        assert!(room.awareness.entries.is_empty());
    }

    #[test]
    fn states_are_bounded_objects() {
        let mut room = Room::new();
        let of = |length: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
        assert_eq!(room.say(1, "anna", &[(7, 1, Some(&of(STATE_MAX)))]).unwrap(), [7]);
        let big = room.say(1, "anna", &[(7, 2, Some(&of(STATE_MAX + 1)))]).unwrap_err();
        assert_eq!(big.code, Close::TOO_BIG);
        let deep = "[".repeat(8000) + &"]".repeat(8000);
        let deep = format!(r#"{{"a":{deep}}}"#);
        for bad in ["1", "[]", "{", "{}x", "", &deep] {
            assert_eq!(room.say(1, "anna", &[(7, 3, Some(bad))]).unwrap_err().code, 4400, "{bad:.20}");
        }
        assert_eq!(room.present()[0].1, 1);
        for client in 10..10 + CLIENTS_MAX as u64 - 1 {
            assert_eq!(room.say(1, "anna", &[(client, 1, Some("{}"))]).unwrap(), [client]);
        }
        assert_eq!(room.say(1, "anna", &[(99, 1, Some("{}"))]).unwrap_err().code, 4400);
    }
}
