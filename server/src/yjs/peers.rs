//! The sessions of stock Yjs clients in one organisation, note by note. Part of [`crate::organisation`]: synchronous,
//! and time comes in as an argument.

use super::Close;
use super::awareness::{Awareness, Speaker};
use super::protocol::{self, Message, State};
use super::queue::Queue;
use crate::membership::Membership;
use crate::room::{Caller, How, Move, Room, RoomError};
use crate::store::{Store, StoreError};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::oneshot;
use wedsync_domain::presence::{self, NoteCursor, PresenceState};
use wedsync_domain::{DocId, Id};
use wedsync_protocol::Frame;

/// What a session asks of its organisation.
pub enum Ask {
    Join(Join),
    /// Answered, by a word or by dropping it, when the session may say the next thing.
    Say(u64, Message, oneshot::Sender<()>),
    Leave(u64),
}

pub struct Join {
    pub session: u64,
    pub caller: Caller,
    pub event: Id,
    pub assignment: Id,
    pub queue: Arc<Queue>,
    pub done: oneshot::Sender<Result<(), Close>>,
}

struct Session {
    caller: Caller,
    queue: Arc<Queue>,
    /// What it said last waits for a commit.
    waiting: Option<oneshot::Sender<()>>,
}

#[derive(Default)]
struct Note {
    sessions: BTreeMap<u64, Session>,
    awareness: Awareness,
}

/// Who shows what.
pub type Shown = (Caller, Vec<PresenceState>);

/// Event and assignment.
type Name = (Id, Id);

#[derive(Default)]
pub struct Peers {
    notes: BTreeMap<Name, Note>,
    sessions: BTreeMap<u64, Name>,
    /// Sessions that show something else now.
    changed: BTreeSet<u64>,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is said is people's data.
        f.write_str(match self {
            Ask::Join(_) => "Join",
            Ask::Say(..) => "Say",
            Ask::Leave(_) => "Leave",
        })
    }
}

impl std::fmt::Debug for Join {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Join").field("session", &self.session).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Peers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peers").field("sessions", &self.sessions.len()).finish_non_exhaustive()
    }
}

fn doc((event, assignment): &Name) -> DocId {
    DocId::Notes { event: event.clone(), assignment: assignment.clone() }
}

impl Note {
    fn tell(&self, except: Option<u64>, message: &Bytes) {
        for (_, session) in self.sessions.iter().filter(|(id, _)| Some(**id) != except) {
            session.queue.push(message.clone());
        }
    }
}

impl Peers {
    /// Lets a session into a note. Commit first: it is told what is there.
    pub fn join<S: Store>(&mut self, room: &mut Room<S>, join: Join, now_ms: u64) -> Result<(), StoreError> {
        let Join { session, caller, event, assignment, queue, done } = join;
        let admitted = match room.may_join(&caller, &event, &assignment) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Close::not_found()),
            Err(RoomError::Store(e)) => return Err(e),
            Err(e) => Err(Close::forbidden(&e.to_string())),
        };
        if admitted.is_ok() {
            let name = (event, assignment);
            queue.push(protocol::step_1(&room.note_state(&doc(&name))?));
            let note = self.notes.entry(name.clone()).or_default();
            note.awareness.expire(now_ms);
            let present = note.awareness.present();
            if !present.is_empty() {
                queue.push(note.awareness.message(&present));
            }
            note.sessions.insert(session, Session { caller, queue, waiting: None });
            self.sessions.insert(session, name);
        }
        let _ = done.send(admitted);
        Ok(())
    }

    /// Takes a message. Commit before a first step: it is told what is there.
    pub fn say<S: Store>(
        &mut self,
        room: &mut Room<S>,
        id: u64,
        message: &Message,
        done: oneshot::Sender<()>,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let Some(name) = self.sessions.get(&id).cloned() else { return Ok(()) };
        let Some(note) = self.notes.get_mut(&name) else { return Ok(()) };
        let Some(session) = note.sessions.get_mut(&id) else { return Ok(()) };
        match message {
            Message::Step1(state) => {
                session.queue.push(protocol::step_2(&room.note_since(&doc(&name), state)?));
            }
            Message::Update(update) => {
                match room.judge_update(id, &session.caller, now_ms, (&name.0, &name.1), update) {
                    Ok(true) => {
                        session.waiting = Some(done);
                        return Ok(());
                    }
                    Ok(false) => {}
                    Err(RoomError::Store(e)) => return Err(e),
                    Err(e) => self.dismiss(id, Close::forbidden(&e.to_string()), now_ms),
                }
            }
            Message::QueryAwareness => {
                note.awareness.expire(now_ms);
                session.queue.push(note.awareness.message(&note.awareness.present()));
            }
            Message::Awareness(said) => {
                let user = &session.caller.user;
                let named = room.membership().members.get(user).map_or("", |member| &member.name).to_owned();
                let speaker = Speaker { session: id, user, name: &named };
                let may_use = |client| room.keep_yjs_client(&doc(&name), client, user);
                match note.awareness.take(speaker, said, now_ms, may_use)? {
                    Ok(changed) if changed.is_empty() => {}
                    Ok(changed) => {
                        note.tell(Some(id), &note.awareness.message(&changed));
                        self.changed.insert(id);
                    }
                    Err(close) => self.dismiss(id, close, now_ms),
                }
            }
        }
        let _ = done.send(());
        Ok(())
    }

    /// What one of our own clients shows: stock clients see its cursors in their notes. It renews its presence under the
    /// same clock, and theirs rise with each renewal: the hub counts on.
    pub fn show<S: Store>(
        &mut self,
        room: &mut Room<S>,
        speaker: Speaker,
        states: &[PresenceState],
        now_ms: u64,
    ) -> Result<(), StoreError> {
        for (name, note) in &mut self.notes {
            let here =
                |state: &&PresenceState| state.event == name.0 && state.assignment.as_ref() == Some(&name.1);
            let cursors = states.iter().filter(here).filter_map(|state| state.cursor.as_ref());
            let said: Vec<State> = cursors
                .map(|cursor| State {
                    client: cursor.client,
                    clock: note.awareness.clock(cursor.client).map_or(cursor.clock.max(1), |clock| clock + 1),
                    state: Some(cursor.state.clone()),
                })
                .collect();
            let kept: Vec<u64> = said.iter().map(|state| state.client).collect();
            let mut changed = note.awareness.leave(speaker.session, &kept, now_ms);
            let may_use = |client| room.keep_yjs_client(&doc(name), client, speaker.user);
            changed.extend(note.awareness.take(speaker, &said, now_ms, may_use)?.unwrap_or_default());
            if !changed.is_empty() {
                note.tell(None, &note.awareness.message(&changed));
            }
        }
        Ok(())
    }

    /// One of our own clients has ended.
    pub fn hide(&mut self, session: u64, now_ms: u64) {
        for note in self.notes.values_mut() {
            let left = note.awareness.leave(session, &[], now_ms);
            if !left.is_empty() {
                note.tell(None, &note.awareness.message(&left));
            }
        }
    }

    /// Sessions that show something else since the last look, for our own clients; `None` of those that have ended.
    pub fn take_changed(&mut self) -> Vec<(u64, Option<Shown>)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|id| (id, self.shown(id))).collect()
    }

    fn shown(&self, id: u64) -> Option<Shown> {
        let name = self.sessions.get(&id)?;
        let note = self.notes.get(name)?;
        let caller = note.sessions.get(&id)?.caller.clone();
        let here = |cursor| PresenceState {
            event: name.0.clone(),
            assignment: Some(name.1.clone()),
            field: None,
            cursor,
        };
        let cursors = note.awareness.said_by(id).into_iter().filter_map(|State { client, clock, state }| {
            state.map(|state| here(Some(NoteCursor { client, clock, state })))
        });
        let states: Vec<PresenceState> = cursors.collect();
        // Whose cursors are more than presence holds is shown without them.
        let fits = presence::check(&states).is_ok();
        Some((caller, if fits { states } else { vec![here(None)] }))
    }

    /// What became of a session's edit; `false` where the session is none of these.
    pub fn answer(&mut self, id: u64, verdict: &Frame, now_ms: u64) -> bool {
        let Some(name) = self.sessions.get(&id) else { return false };
        let session = self.notes.get_mut(name).and_then(|note| note.sessions.get_mut(&id));
        if let Some(done) = session.and_then(|session| session.waiting.take()) {
            let _ = done.send(());
        }
        if let Frame::Nack(nack) = verdict {
            self.dismiss(id, Close::forbidden(&nack.refusal.message), now_ms);
        }
        true
    }

    /// Tells all who are in a note what was committed of it.
    pub fn fan_out(&mut self, moved: &Move, now_ms: u64) {
        if self.sessions.is_empty() {
            return;
        }
        self.sweep(now_ms);
        for moved in &moved.docs {
            match &moved.how {
                How::Deleted => self.close_where(now_ms, |name, _| {
                    let doc = doc(name);
                    (doc == moved.doc || doc.is_part_of(&moved.doc)).then(Close::not_found)
                }),
                How::Delta(bytes) | How::Whole(bytes) => {
                    if let DocId::Notes { event, assignment } = &moved.doc
                        && let Some(note) = self.notes.get(&(event.clone(), assignment.clone()))
                    {
                        note.tell(None, &protocol::update(bytes));
                    }
                }
            }
        }
    }

    /// The team changed: who may not read any more goes.
    pub fn refresh(&mut self, team: &Membership, now_ms: u64) {
        self.close_where(now_ms, |name, caller| {
            let actor = team.actor(&caller.user, caller.device.as_ref());
            let may_read = actor.is_some_and(|actor| actor.may_read(&doc(name)));
            (!may_read).then(|| Close::forbidden(&RoomError::Revoked.to_string()))
        });
    }

    pub fn close_all(&mut self, why: &Close) {
        for session in self.notes.values().flat_map(|note| note.sessions.values()) {
            session.queue.close(why.clone());
        }
        self.changed.extend(self.sessions.keys());
        (self.notes, self.sessions) = Default::default();
    }

    /// A session has ended: the others see it leave.
    pub fn leave(&mut self, id: u64, now_ms: u64) {
        let Some(name) = self.sessions.remove(&id) else { return };
        let Some(note) = self.notes.get_mut(&name) else { return };
        note.sessions.remove(&id);
        self.changed.insert(id);
        let left = note.awareness.leave(id, &[], now_ms);
        if note.sessions.is_empty() {
            self.notes.remove(&name);
        } else if !left.is_empty() {
            note.tell(None, &note.awareness.message(&left));
        }
    }

    fn dismiss(&mut self, id: u64, why: Close, now_ms: u64) {
        let note = self.sessions.get(&id).and_then(|name| self.notes.get(name));
        if let Some(session) = note.and_then(|note| note.sessions.get(&id)) {
            session.queue.close(why);
        }
        self.leave(id, now_ms);
    }

    fn close_where(&mut self, now_ms: u64, why: impl Fn(&Name, &Caller) -> Option<Close>) {
        let mut gone = Vec::new();
        for (name, note) in &self.notes {
            for (id, session) in &note.sessions {
                gone.extend(why(name, &session.caller).map(|why| (*id, why)));
            }
        }
        for (id, why) in gone {
            self.dismiss(id, why, now_ms);
        }
    }

    /// Those whose leaving could not be said because too much waited, and those who do not read.
    fn sweep(&mut self, now_ms: u64) {
        let over = |(id, session): (&u64, &Session)| session.queue.is_over().then_some(*id);
        let sessions = self.notes.values().flat_map(|note| note.sessions.iter());
        for id in sessions.filter_map(over).collect::<Vec<_>>() {
            self.leave(id, now_ms);
        }
    }
}
