//! Who is here and what they look at: in memory only, and gone with the hub. Pure: the time comes in as an argument.
//!
//! Changes are gathered into batches, at most one in [`BATCH_MS`]; a renewal that says nothing new is nobody's
//! business. Who is not renewed is taken for gone, as in the awareness protocol of y-protocols.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wedsync_domain::presence::{LastSeen, Peer, PresenceState};
use wedsync_domain::{Actor, DocId, Id};
use wedsync_protocol::PRESENCE_EXPIRES_MS;

/// Ten batches a second are as live as people can see.
const BATCH_MS: u64 = 100;
/// How long, and of how many, it is remembered when they left.
const LAST_SEEN_MS: u64 = 24 * 3600 * 1000;
const LAST_SEEN_MAX: usize = 1000;

/// Who shows something: of the session, not of what it sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    pub actor: Actor,
    pub name: String,
    pub device: Option<Id>,
}

#[derive(Debug)]
struct Present {
    peer: Arc<Peer>,
    heard: u64,
}

/// What some people are told: the latest of each peer, `None` of one that is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    pub peers: BTreeMap<u64, Option<Arc<Peer>>>,
    pub left: BTreeMap<(Id, Id), LastSeen>,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty() && self.left.is_empty()
    }

    /// The events that it tells of.
    pub fn events(&self) -> BTreeSet<DocId> {
        let states = self.peers.values().flatten().flat_map(|peer| &peer.states);
        let left = self.left.keys().map(|(event, _)| event);
        states.map(|state| &state.event).chain(left).map(|event| DocId::Event(event.clone())).collect()
    }

    /// What `actor` may know of it: states in events that they may read.
    pub fn seen_by(&self, actor: &Actor) -> Batch {
        let may_read = |event: &Id| actor.may_read(&DocId::Event(event.clone()));
        let peers = self.peers.iter().map(|(id, peer)| {
            let peer = peer.as_ref().and_then(|peer| {
                if peer.states.iter().all(|state| may_read(&state.event)) {
                    return Some(peer.clone());
                }
                let states: Vec<_> = peer.states.iter().filter(|s| may_read(&s.event)).cloned().collect();
                (!states.is_empty()).then(|| Arc::new(Peer { states, ..(**peer).clone() }))
            });
            (*id, peer)
        });
        let left = self.left.iter().filter(|((event, _), _)| may_read(event));
        Batch { peers: peers.collect(), left: left.map(|(k, v)| (k.clone(), v.clone())).collect() }
    }

    /// The latest state wins: a slow reader's batch does not grow with what it missed.
    pub fn add(&mut self, later: &Batch) {
        self.peers.extend(later.peers.iter().map(|(id, peer)| (*id, peer.clone())));
        self.left.extend(later.left.iter().map(|(key, seen)| (key.clone(), seen.clone())));
    }
}

#[derive(Debug, Default)]
pub struct Presence {
    /// Milliseconds that never go back, whatever the clock does.
    time: u64,
    clock_ms: u64,
    peers: BTreeMap<u64, Present>,
    /// By event and person.
    left: BTreeMap<(Id, Id), LastSeen>,
    changed: BTreeSet<u64>,
    just_left: BTreeSet<(Id, Id)>,
    next_batch: u64,
}

impl Presence {
    /// What a session shows from now on; nothing where `states` is empty.
    pub fn show(&mut self, session: u64, who: &Who, states: Vec<PresenceState>, now_ms: u64) {
        self.tick(now_ms);
        if states.is_empty() {
            return self.leave(session, now_ms);
        }
        if let Some(present) = self.peers.get_mut(&session)
            && present.peer.states == states
            && is_stamped(&present.peer, who)
        {
            present.heard = self.time;
            return;
        }
        let peer = Peer {
            id: session,
            user: who.actor.user.clone(),
            name: who.name.clone(),
            role: who.actor.role,
            helper: who.actor.helper.clone(),
            device: who.device.clone(),
            at_ms: now_ms,
            states,
        };
        self.replace(session, Some(Present { peer: Arc::new(peer), heard: self.time }), now_ms);
    }

    pub fn leave(&mut self, session: u64, now_ms: u64) {
        self.tick(now_ms);
        self.replace(session, None, now_ms);
    }

    /// The team changed: who is here is called what they are called now.
    pub fn rename(&mut self, session: u64, who: &Who, now_ms: u64) {
        let states = self.peers.get(&session).map(|present| present.peer.states.clone());
        if let Some(states) = states {
            self.show(session, who, states, now_ms);
        }
    }

    /// All there is, for somebody who comes.
    pub fn all(&self) -> Batch {
        let peers = self.peers.iter().map(|(id, present)| (*id, Some(present.peer.clone()))).collect();
        Batch { peers, left: self.left.clone() }
    }

    /// What is to be told now, if it is time to.
    pub fn batch(&mut self, now_ms: u64) -> Option<Batch> {
        self.tick(now_ms);
        self.expire(now_ms);
        let is_news = !self.changed.is_empty() || !self.just_left.is_empty();
        if !is_news || self.time < self.next_batch {
            return None;
        }
        self.next_batch = self.time + BATCH_MS;
        let peers = std::mem::take(&mut self.changed).into_iter();
        let peers = peers.map(|id| (id, self.peers.get(&id).map(|present| present.peer.clone()))).collect();
        let left = std::mem::take(&mut self.just_left).into_iter();
        let left = left.filter_map(|key| self.left.get(&key).cloned().map(|seen| (key, seen))).collect();
        Some(Batch { peers, left })
    }

    /// In how many milliseconds [`Presence::batch`] may have something to tell.
    pub fn wait_ms(&self) -> Option<u64> {
        let batch = (!self.changed.is_empty() || !self.just_left.is_empty()).then_some(self.next_batch);
        let expiry = self.peers.values().map(|present| present.heard + PRESENCE_EXPIRES_MS).min();
        let at = batch.into_iter().chain(expiry).min()?;
        Some(at.saturating_sub(self.time))
    }

    fn tick(&mut self, now_ms: u64) {
        self.time += now_ms.saturating_sub(self.clock_ms);
        self.clock_ms = now_ms;
    }

    fn expire(&mut self, now_ms: u64) {
        let late = |present: &Present| self.time.saturating_sub(present.heard) >= PRESENCE_EXPIRES_MS;
        let gone: Vec<(u64, u64)> =
            self.peers.iter().filter(|(_, p)| late(p)).map(|(id, p)| (*id, self.time - p.heard)).collect();
        for (id, silent_ms) in gone {
            // They left when they were last heard of.
            self.replace(id, None, now_ms.saturating_sub(silent_ms));
        }
    }

    /// Puts one in another's place, and notes in which events its person is not any more.
    fn replace(&mut self, session: u64, present: Option<Present>, at_ms: u64) {
        let now = present.as_ref().map(|present| present.peer.clone());
        let before = match present {
            Some(present) => self.peers.insert(session, present),
            None => self.peers.remove(&session),
        };
        if before.is_none() && now.is_none() {
            return;
        }
        self.changed.insert(session);
        if let Some(now) = now {
            for state in &now.states {
                let key = (state.event.clone(), now.user.clone());
                self.left.remove(&key);
                self.just_left.remove(&key);
            }
        }
        if let Some(before) = before {
            self.note_left(&before.peer, at_ms);
        }
    }

    fn note_left(&mut self, before: &Peer, at_ms: u64) {
        let own = self.peers.values().filter(|present| present.peer.user == before.user);
        let still: BTreeSet<&Id> = own.flat_map(|p| &p.peer.states).map(|state| &state.event).collect();
        let events: BTreeSet<&Id> = before.states.iter().map(|state| &state.event).collect();
        let gone: Vec<Id> = events.difference(&still).map(|event| (*event).clone()).collect();
        for event in gone {
            let key = (event.clone(), before.user.clone());
            let (user, name) = (before.user.clone(), before.name.clone());
            self.left.insert(key.clone(), LastSeen { event, user, name, at_ms });
            self.just_left.insert(key);
        }
        self.left.retain(|_, seen| seen.at_ms + LAST_SEEN_MS > at_ms);
        while self.left.len() > LAST_SEEN_MAX {
            let oldest = self.left.iter().min_by_key(|(_, seen)| seen.at_ms).map(|(key, _)| key.clone());
            if let Some(key) = oldest {
                self.left.remove(&key);
            }
        }
    }
}

fn is_stamped(peer: &Peer, who: &Who) -> bool {
    peer.user == who.actor.user
        && peer.role == who.actor.role
        && peer.helper == who.actor.helper
        && peer.name == who.name
        && peer.device == who.device
}

#[cfg(test)]
#[path = "presence_tests.rs"]
mod tests;
