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

    /// A session has ended: those that it spoke for have left.
    pub fn leave(&mut self, session: u64, now_ms: u64) -> Vec<u64> {
        let left: Vec<u64> = self.of(session).collect();
        for client in &left {
            if let Some(entry) = self.entries.get_mut(client) {
                (entry.state, entry.at_ms) = (None, now_ms);
            }
        }
        left
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
