//! One organisation: its room, and the sessions that talk to it. Takes requests one after the other and orders
//! everything; what it says goes into the sessions' queues. Synchronous and deterministic: what it needs of the world
//! comes in through [`Outside`].

use crate::membership::{Edit, ManageError, Membership};
use crate::outgoing::{Encoded, Outgoing, encoded};
use crate::presence::{Presence, Who};
use crate::room::{Caller, Committed, DocMove, Folding, Move, Room, RoomError};
use crate::store::{Generation, Store, StoreError};
use crate::yjs::Close;
use crate::yjs::awareness::Speaker;
use crate::yjs::peers::{Ask, Peers};
use crate::yjs::protocol::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::{oneshot, watch};
use wedsync_domain::presence::PresenceState;
use wedsync_domain::{Actor, DocId, Id};
use wedsync_protocol::bugs::{Bug, bug};
use wedsync_protocol::{FaultCode, Frame, Head, Mutate, VERSION, Welcome};

pub type EditFn = Box<dyn FnOnce(&mut Edit) -> Result<serde_json::Value, ManageError> + Send>;

#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error(transparent)]
    Manage(#[from] ManageError),
    #[error("the hub's store is not available; try again later")]
    TryLater,
}

pub enum Request {
    Attach {
        session: u64,
        caller: Caller,
        outgoing: Arc<Outgoing>,
        done: oneshot::Sender<Result<(), FaultCode>>,
    },
    Detach(u64),
    Mutate(u64, Mutate),
    /// What a session shows; it was checked.
    Presence(u64, Vec<PresenceState>),
    /// Answered, by a word or by dropping it, once its cut is in the session's queue.
    Subscribe(u64, Vec<Head>, oneshot::Sender<()>),
    /// The session has drained its queue and lacks what was dropped.
    CatchUp(u64),
    /// Everything asked so far is answered: end the conversation.
    Finish(u64),
    /// Of a stock Yjs client.
    Yjs(Ask),
    /// Who is connected and hears of the plan.
    Connected(oneshot::Sender<Vec<Connected>>),
    Edit(EditFn, oneshot::Sender<Result<serde_json::Value, EditError>>),
    Stop(oneshot::Sender<()>),
}

/// A session that hears of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    pub user: Id,
    /// The device whose key signs; none with the token of an identity provider.
    pub device: Option<Id>,
    /// It has not taken all there was for it yet.
    pub behind: bool,
}

/// What some people see of a commit, and the heads that this part builds on: a slow reader is told later what became
/// of each of them, so there is none of a document that is hidden from it.
type Part = (Encoded, Arc<[Head]>);

struct Session {
    caller: Caller,
    actor: Actor,
    outgoing: Arc<Outgoing>,
    subscribed: bool,
}

/// What an organisation takes from outside: everything else is deterministic.
pub struct Outside<S> {
    pub org: Id,
    /// Opens the store, at the start and again after it failed.
    pub open: Box<dyn FnMut() -> Result<S, StoreError> + Send>,
    /// Milliseconds since 1970.
    pub clock: Box<dyn FnMut() -> u64 + Send>,
    /// A fresh Yjs client id: 53 random bits.
    pub yjs_client: Box<dyn FnMut() -> u64 + Send>,
    pub folding: Folding,
}

pub struct Organisation<S> {
    outside: Outside<S>,
    room: Option<Room<S>>,
    sessions: BTreeMap<u64, Session>,
    /// How many sessions heard of what was committed since [`Organisation::take_told`].
    told: usize,
    presence: Presence,
    /// The sessions of stock Yjs clients.
    peers: Peers,
    membership: watch::Sender<Option<Arc<Membership>>>,
}

impl<S: Store> Organisation<S> {
    /// Loads it; `membership` hears of the team as it is durably, `None` until it is loaded.
    pub fn open(outside: Outside<S>, membership: watch::Sender<Option<Arc<Membership>>>) -> Organisation<S> {
        let (sessions, presence, peers) = Default::default();
        let mut organisation =
            Organisation { outside, room: None, sessions, told: 0, presence, peers, membership };
        organisation.ensure_room();
        organisation
    }

    /// Whether its room is open; a failed store closes it, and the next request opens it again.
    pub fn is_loaded(&self) -> bool {
        self.room.is_some()
    }

    /// Takes a request. What it judges is answered with the next [`Organisation::commit`].
    pub fn take(&mut self, request: Request) {
        self.guarded(|organisation| organisation.handle(request));
    }

    /// Makes durable what was judged, then answers it and tells everybody; also who is here.
    pub fn commit(&mut self) {
        self.guarded(|organisation| {
            organisation.flush()?;
            organisation.show_peers();
            organisation.tell_presence();
            Ok(())
        });
    }

    /// How many sessions heard of commits since the last call.
    pub fn take_told(&mut self) -> usize {
        std::mem::take(&mut self.told)
    }

    /// When to call [`Organisation::commit`] though nothing was asked, in milliseconds from now.
    pub fn wait_ms(&self) -> Option<u64> {
        self.presence.wait_ms()
    }

    /// A step whose failure costs what was judged since the last commit. A panic is one: the organisation's thread
    /// must outlive it.
    fn guarded(&mut self, step: impl FnOnce(&mut Self) -> Result<(), StoreError>) {
        match catch_unwind(AssertUnwindSafe(|| step(self))) {
            Ok(Ok(())) => {}
            Ok(Err(e)) => self.fail(&e),
            Err(_) => self.fail(&StoreError("a panic outside the judging".into())),
        }
    }

    /// Commits, tells every session, and folds the write-ahead log.
    pub fn stop(&mut self) {
        self.guarded(Organisation::flush);
        for session in self.sessions.values() {
            session.outgoing.fault(FaultCode::TryLater, "the hub is going down; it will be back");
        }
        self.peers.close_all(&Close::try_later("the hub is going down; it will be back"));
        if let Some(room) = &mut self.room
            && let Err(e) = room.store().checkpoint()
        {
            tracing::warn!(error = %e, "the write-ahead log was not folded; nothing is lost");
        }
    }

    fn ensure_room(&mut self) -> bool {
        if self.room.is_none() {
            let opened = (self.outside.open)()
                .and_then(|store| Room::open_with(store, (self.outside.yjs_client)(), self.outside.folding));
            match opened {
                Ok(room) => {
                    self.membership.send_replace(Some(room.membership().clone()));
                    self.room = Some(room);
                }
                Err(e) => tracing::error!(error = %e, "an organisation could not be loaded"),
            }
        }
        self.room.is_some()
    }

    /// Nothing judged since the last commit counts: everybody starts again from what is durable.
    fn fail(&mut self, e: &StoreError) {
        tracing::error!(error = %e, sessions = self.sessions.len(), "the store failed; the organisation is loaded again");
        self.room = None;
        let now_ms = (self.outside.clock)();
        for id in self.sessions.keys() {
            self.presence.leave(*id, now_ms);
        }
        for session in std::mem::take(&mut self.sessions).into_values() {
            session.outgoing.fault(
                FaultCode::TryLater,
                "the hub's store failed; what was not acknowledged is sent again",
            );
        }
        self.peers.close_all(&Close::try_later("the hub's store failed; try again later"));
    }

    fn handle(&mut self, request: Request) -> Result<(), StoreError> {
        if !self.ensure_room() {
            self.turn_away(request);
            return Ok(());
        }
        match request {
            Request::Mutate(id, mutate) => self.mutate(id, &mutate),
            Request::Attach { session, caller, outgoing, done } => {
                let attached = self.attach(session, caller, outgoing)?;
                let _ = done.send(attached);
                Ok(())
            }
            Request::Detach(id) => {
                self.forget(id);
                Ok(())
            }
            Request::Presence(id, states) => {
                let now_ms = (self.outside.clock)();
                if let (Some(room), Some(session)) = (self.room.as_mut(), self.sessions.get(&id)) {
                    let who = who(session, room.membership());
                    let speaker = Speaker { session: id, user: &who.actor.user, name: &who.name };
                    self.peers.show(room, speaker, &states, now_ms)?;
                    self.presence.show(id, &who, states, now_ms);
                }
                Ok(())
            }
            Request::Connected(done) => {
                let here = self.sessions.values().filter(|s| s.subscribed && !s.outgoing.is_closed());
                let connected = here.map(|s| Connected {
                    user: s.caller.user.clone(),
                    device: s.caller.device.clone(),
                    behind: s.outgoing.is_behind(),
                });
                let _ = done.send(connected.collect());
                Ok(())
            }
            Request::Subscribe(id, mut heads, done) => {
                self.bring(id, |room, session| {
                    session.subscribed = true;
                    // A document that was deleted meanwhile is named, or the peer would keep it.
                    let dropped = session.outgoing.start_over().into_iter();
                    let unknown = dropped.filter(|doc| heads.iter().all(|head| head.doc != *doc));
                    let unknown: Vec<Head> = unknown.map(|doc| Head { doc, epoch: 0, seq: 0 }).collect();
                    heads.extend(unknown);
                    room.catch_up(&session.actor, &heads)
                })?;
                if let Some(session) = self.sessions.get(&id) {
                    session.outgoing.peers(id, Arc::new(self.presence.all().seen_by(&session.actor)));
                }
                let _ = done.send(());
                Ok(())
            }
            Request::CatchUp(id) => self.bring(id, |room, session| {
                let heads = session.outgoing.take_lag();
                room.catch_up_some(&session.actor, &heads)
            }),
            Request::Finish(id) => {
                self.flush()?;
                if let Some(session) = self.sessions.get(&id) {
                    session.outgoing.finish();
                }
                Ok(())
            }
            Request::Yjs(ask) => self.ask(ask),
            Request::Edit(change, done) => {
                let answer = self.edit(change)?;
                let _ = done.send(answer.map_err(EditError::from));
                Ok(())
            }
            // Taken out of the queue before; dropping the sender tells the asker all the same.
            Request::Stop(_) => Ok(()),
        }
    }

    fn turn_away(&self, request: Request) {
        match request {
            Request::Attach { done, .. } => drop(done.send(Err(FaultCode::TryLater))),
            Request::Edit(_, done) => drop(done.send(Err(EditError::TryLater))),
            // Where one was in a note, the failure ended it.
            Request::Yjs(Ask::Join(join)) => {
                let later = Close::try_later("the hub's store is not available; try again later");
                let _ = join.done.send(Err(later));
            }
            _ => {}
        }
    }

    fn ask(&mut self, ask: Ask) -> Result<(), StoreError> {
        // What is there is told only once it is durable.
        if matches!(ask, Ask::Join(_) | Ask::Say(_, Message::Step1(_), _)) {
            self.flush()?;
        }
        let now_ms = (self.outside.clock)();
        let Some(room) = self.room.as_mut() else { return Ok(()) };
        match ask {
            Ask::Join(join) => {
                self.peers.join(room, join, now_ms)?;
                let here = self.presence.all().peers.into_iter();
                for peer in here.filter_map(|(id, peer)| peer.filter(|_| self.sessions.contains_key(&id))) {
                    let speaker = Speaker { session: peer.id, user: &peer.user, name: &peer.name };
                    self.peers.show(room, speaker, &peer.states, now_ms)?;
                }
            }
            Ask::Say(id, message, done) => self.peers.say(room, id, &message, done, now_ms)?,
            Ask::Leave(id) => self.peers.leave(id, now_ms),
        }
        Ok(())
    }

    /// Stock clients of notes are people who are here, like all others.
    fn show_peers(&mut self) {
        let changed = self.peers.take_changed();
        let now_ms = (self.outside.clock)();
        for (id, shown) in changed {
            let team = self.room.as_ref().map(|room| room.membership().clone());
            let stamped = shown.zip(team).and_then(|((caller, states), team)| {
                let actor = team.actor(&caller.user, caller.device.as_ref())?;
                let name = team.members.get(&caller.user).map(|member| member.name.clone());
                Some((Who { actor, name: name.unwrap_or_default(), device: caller.device }, states))
            });
            match stamped {
                Some((who, states)) => self.presence.show(id, &who, states, now_ms),
                None => self.presence.leave(id, now_ms),
            }
        }
    }

    fn mutate(&mut self, id: u64, mutate: &Mutate) -> Result<(), StoreError> {
        let (Some(room), Some(session)) = (self.room.as_mut(), self.sessions.get(&id)) else { return Ok(()) };
        let now_ms = (self.outside.clock)();
        match room.judge(id, &session.caller, now_ms, mutate) {
            Ok(()) => Ok(()),
            Err(RoomError::Store(e)) => Err(e),
            Err(e) => {
                // What it sent before is answered first.
                self.flush()?;
                self.dismiss(id, &e);
                Ok(())
            }
        }
    }

    /// Its session is over, and so is its presence; its device was here until now.
    fn forget(&mut self, id: u64) -> Option<Session> {
        let now_ms = (self.outside.clock)();
        self.presence.leave(id, now_ms);
        self.peers.hide(id, now_ms);
        let session = self.sessions.remove(&id);
        if let (Some(room), Some(session)) = (self.room.as_mut(), session.as_ref().filter(|s| s.subscribed)) {
            room.saw(&session.caller, now_ms);
        }
        session
    }

    fn dismiss(&mut self, id: u64, why: &RoomError) {
        if let Some(session) = self.forget(id) {
            session.outgoing.fault(fault_code(why), &why.to_string());
        }
    }

    fn attach(
        &mut self,
        id: u64,
        caller: Caller,
        outgoing: Arc<Outgoing>,
    ) -> Result<Result<(), FaultCode>, StoreError> {
        let now_ms = (self.outside.clock)();
        let Some(room) = self.room.as_mut() else { return Ok(Err(FaultCode::TryLater)) };
        let (actor, _) = match room.attach(&caller, now_ms) {
            Ok(attached) => attached,
            Err(RoomError::Store(e)) => return Err(e),
            Err(e) => return Ok(Err(fault_code(&e))),
        };
        self.flush()?;
        // Only now: numbers judged in the same batch are durable.
        let Some(room) = self.room.as_mut() else { return Ok(Err(FaultCode::TryLater)) };
        let last_n = match room.attach(&caller, now_ms) {
            Ok((_, last_n)) => last_n,
            Err(RoomError::Store(e)) => return Err(e),
            Err(e) => return Ok(Err(fault_code(&e))),
        };
        let Generation { number: generation, send_again } = room.generation();
        outgoing.answer(&Frame::Welcome(Welcome {
            version: VERSION,
            org: self.outside.org.clone(),
            last_n,
            now_ms,
            generation,
            send_again,
        }));
        outgoing.answer(&Frame::Permissions(actor.clone()));
        self.sessions.insert(id, Session { caller, actor, outgoing, subscribed: false });
        Ok(Ok(()))
    }

    /// Sends a session what `cut` takes, at this point of the commit order.
    fn bring(
        &mut self,
        id: u64,
        cut: impl FnOnce(&mut Room<S>, &mut Session) -> Result<Vec<Frame>, StoreError>,
    ) -> Result<(), StoreError> {
        self.flush()?;
        if let (Some(room), Some(session)) = (self.room.as_mut(), self.sessions.get_mut(&id)) {
            let frames = cut(room, session)?;
            session.outgoing.cut(&frames);
        }
        Ok(())
    }

    fn edit(&mut self, change: EditFn) -> Result<Result<serde_json::Value, ManageError>, StoreError> {
        self.flush()?;
        let now_ms = (self.outside.clock)();
        let Some(room) = self.room.as_mut() else { return Err(StoreError("the room is closed".into())) };
        let answer = room.edit(now_ms, change);
        self.flush()?;
        Ok(answer)
    }

    /// Commits what was judged, then answers and fans out.
    fn flush(&mut self) -> Result<(), StoreError> {
        let Some(room) = self.room.as_mut() else { return Ok(()) };
        if room.is_dirty() {
            let early = (bug(Bug::AckBeforeCommit), bug(Bug::FanOutBeforeCommit));
            let judged = (early.0 || early.1).then(|| room.judged().clone());
            if let Some(Committed { answers, moves }) = judged {
                self.answer(if early.0 { &answers } else { &[] });
                self.fan_out(if early.1 { &moves } else { &[] });
            }
            let Some(room) = self.room.as_mut() else { return Ok(()) };
            let Committed { answers, moves } = room.commit()?;
            self.answer(&answers);
            self.fan_out(&moves);
        }
        self.refresh()
    }

    fn answer(&mut self, answers: &[(u64, Frame)]) {
        for (id, frame) in answers {
            if self.peers.answer(*id, frame, (self.outside.clock)()) {
                continue;
            }
            if let Some(session) = self.sessions.get(id) {
                session.outgoing.answer(frame);
            }
        }
    }

    /// Tells everybody of a commit, in few frames: each costs a session, and a device a transaction.
    fn fan_out(&mut self, moves: &[Move]) {
        for moved in moves {
            self.peers.fan_out(moved, (self.outside.clock)());
        }
        for part in Move::in_frames(moves) {
            self.tell(part);
        }
    }

    fn tell(&mut self, moves: &[Move]) {
        let docs: BTreeSet<&DocId> = moves.iter().flat_map(|moved| &moved.docs).map(|d| &d.doc).collect();
        // Nearly all see the same part of it: encoded once for each part that somebody sees.
        let mut parts: BTreeMap<Vec<bool>, Option<Part>> = BTreeMap::new();
        self.forget_closed();
        let mut told = 0;
        for session in self.sessions.values().filter(|s| s.subscribed) {
            let may_read = |doc: &DocId| session.actor.may_read(doc) || bug(Bug::FanOutToAll);
            let seen: Vec<bool> = docs.iter().map(|doc| may_read(doc)).collect();
            let part = parts.entry(seen).or_insert_with(|| {
                let frame = encoded(&Move::frame(moves, may_read)?);
                let readable = moves.iter().flat_map(|moved| &moved.docs).filter(|d| may_read(&d.doc));
                Some((frame, readable.map(DocMove::base).collect()))
            });
            if let Some((frame, bases)) = part {
                session.outgoing.update(frame, bases);
                told += 1;
            }
        }
        self.told = self.told.max(told);
    }

    fn forget_closed(&mut self) {
        let closed = self.sessions.iter().filter(|(_, session)| session.outgoing.is_closed());
        for id in closed.map(|(id, _)| *id).collect::<Vec<u64>>() {
            self.forget(id);
        }
    }

    fn tell_presence(&mut self) {
        let now_ms = (self.outside.clock)();
        let Some(batch) = self.presence.batch(now_ms).map(Arc::new) else { return };
        let events = batch.events();
        for (id, session) in self.sessions.iter().filter(|(_, session)| session.subscribed) {
            // Nearly all may read all of it: one batch for all of them.
            let sees_all = events.iter().all(|event| session.actor.may_read(event));
            let seen = if sees_all { batch.clone() } else { Arc::new(batch.seen_by(&session.actor)) };
            session.outgoing.peers(*id, seen);
        }
    }

    /// Tells open sessions when the team changed: a new role at once, an end to who was removed.
    fn refresh(&mut self) -> Result<(), StoreError> {
        let Some(room) = self.room.as_mut() else { return Ok(()) };
        let now = room.membership().clone();
        if self.membership.borrow().as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &now)) {
            return Ok(());
        }
        self.membership.send_replace(Some(now.clone()));
        let now_ms = (self.outside.clock)();
        self.peers.refresh(&now, now_ms);
        let mut gone = Vec::new();
        for (id, session) in &mut self.sessions {
            match now.actor(&session.caller.user, session.caller.device.as_ref()) {
                None => gone.push(*id),
                Some(actor) if actor != session.actor => {
                    session.outgoing.answer(&Frame::Permissions(actor.clone()));
                    if session.subscribed {
                        let frames = room.permission_change(&session.actor, &actor)?;
                        session.outgoing.cut(&frames);
                    }
                    session.actor = actor;
                    if session.subscribed {
                        session.outgoing.peers(*id, Arc::new(self.presence.all().seen_by(&session.actor)));
                    }
                }
                Some(_) => {}
            }
            self.presence.rename(*id, &who(session, &now), now_ms);
        }
        for id in gone {
            self.dismiss(id, &RoomError::Revoked);
        }
        Ok(())
    }
}

/// How a session's presence is stamped.
fn who(session: &Session, team: &Membership) -> Who {
    let name = team.members.get(&session.caller.user).map(|member| member.name.clone()).unwrap_or_default();
    Who { actor: session.actor.clone(), name, device: session.caller.device.clone() }
}

fn fault_code(e: &RoomError) -> FaultCode {
    match e {
        RoomError::Revoked => FaultCode::Revoked,
        RoomError::ClientTaken => FaultCode::ClientTaken,
        RoomError::Store(_) => FaultCode::TryLater,
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Their content is people's data.
        f.write_str(match self {
            Request::Attach { .. } => "Attach",
            Request::Detach(_) => "Detach",
            Request::Mutate(..) => "Mutate",
            Request::Presence(..) => "Presence",
            Request::Subscribe(..) => "Subscribe",
            Request::CatchUp(_) => "CatchUp",
            Request::Finish(_) => "Finish",
            Request::Yjs(_) => "Yjs",
            Request::Connected(_) => "Connected",
            Request::Edit(..) => "Edit",
            Request::Stop(_) => "Stop",
        })
    }
}

impl<S> std::fmt::Debug for Outside<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").field("org", &self.org).finish_non_exhaustive()
    }
}

impl<S> std::fmt::Debug for Organisation<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Organisation").field("outside", &self.outside).finish_non_exhaustive()
    }
}
