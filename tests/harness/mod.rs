//! A small world for engines: real rooms of the hub, browsers with tabs that share a store, and a network that can
//! be cut. Everything happens in one thread, in an order that the test decides.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use wedsync_core::engine::effect::{Answer, Effect, Failure, LockEffect, Publish};
use wedsync_core::engine::event::{Event, TabEvent};
use wedsync_core::engine::{Engine, FOLD_LOG_AT, Mode, Options};
use wedsync_core::ports::memory::MemoryStore;
use wedsync_core::ports::{Link, ReadTx, Space, Store, TransportEvent};
use wedsync_core::record::row_key;
use wedsync_core::storage;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Actor, DocId, Id, Role};
use wedsync_hub::membership::Member;
use wedsync_hub::presence::{Presence, Who};
use wedsync_hub::room::{Caller, Move, Room};
use wedsync_hub::store::MemoryStore as HubStore;
use wedsync_hub::store::{Batch, Generation, MembershipWrite, Store as _};
use wedsync_protocol::{FaultCode, Frame, Peers, VERSION, Welcome, decode, encode};

pub fn id(s: &str) -> Id {
    s.parse().unwrap()
}

pub fn event(s: &str) -> DocId {
    DocId::Event(id(s))
}

struct Session {
    caller: Caller,
    actor: Actor,
    subscribed: bool,
    link: Link,
}

pub struct Tab {
    pub engine: Engine,
    pub store: MemoryStore,
    pub browser: usize,
    pub alive: bool,
    /// Frozen tabs get nothing and do nothing; what comes queues up.
    pub frozen: bool,
    events: VecDeque<Event>,
    pub answers: BTreeMap<u64, Result<Uuid, Failure>>,
    pub opened: Option<bool>,
    pub links: Vec<Link>,
    pub appends: usize,
    /// Documents that were published since the test last looked.
    pub published: BTreeSet<DocId>,
    session: Option<Session>,
    next_request: u64,
}

#[derive(Default)]
struct Browser {
    holder: Option<usize>,
    queue: VecDeque<usize>,
}

pub struct World {
    pub now: u64,
    pub room: Room<HubStore>,
    pub hub: HubStore,
    pub tabs: Vec<Tab>,
    browsers: BTreeMap<usize, Browser>,
    /// Browsers without a network.
    pub offline: Vec<usize>,
    /// Frames from the hub to these browsers are lost.
    pub deaf: Vec<usize>,
    /// Updates from the hub to these browsers are lost, everything else arrives.
    pub no_updates: Vec<usize>,
    /// A tab whose lock is stolen does not hear of it.
    pub silent_steal: bool,
    /// Browsers behind something that lets no WebSocket pass.
    pub no_websocket: Vec<usize>,
    pub hub_refuses_version: bool,
    /// The role that a sender is given right before the row of this number is judged.
    pub roles: BTreeMap<u64, Role>,
    /// So many rows are judged; the hub hears of no more.
    pub answers_left: Option<usize>,
    presence: Presence,
    /// How often devices told the hub what they show.
    pub shown: usize,
    seed: u64,
}

impl World {
    /// A hub with an owner `olivia`, a coordinator `carl`, helpers `hanna` and `hugo` (linked), a viewer `vera`.
    pub fn new() -> World {
        let mut hub = HubStore::default();
        let people = [
            ("olivia", Role::Owner, None),
            ("carl", Role::Coordinator, None),
            ("hanna", Role::Helper, Some("hanna-h")),
            ("hugo", Role::Helper, Some("hugo-h")),
            ("vera", Role::Viewer, None),
        ];
        let mut batch = Batch::default();
        for (user, role, helper) in people {
            let member = Member { user: id(user), name: user.into(), role, helper: helper.map(id) };
            batch.membership.push(MembershipWrite::Member(member));
        }
        hub.commit(&batch).unwrap();
        let room = Room::open(hub.clone(), 1001).unwrap();
        World {
            now: 1_800_000_000_000,
            room,
            hub,
            tabs: Vec::new(),
            browsers: BTreeMap::new(),
            offline: Vec::new(),
            deaf: Vec::new(),
            no_updates: Vec::new(),
            silent_steal: false,
            no_websocket: Vec::new(),
            hub_refuses_version: false,
            roles: BTreeMap::new(),
            answers_left: None,
            presence: Presence::default(),
            shown: 0,
            seed: 7,
        }
    }

    pub fn set_role(&mut self, user: &str, role: Role) {
        self.change_role(&id(user), role);
        self.run();
    }

    fn change_role(&mut self, user: &Id, role: Role) {
        let helper = self.room.membership().members[user].helper.clone();
        let member = Member { user: user.clone(), name: user.to_string(), role, helper };
        self.room
            .edit(self.now, |edit| {
                edit.membership.apply(&MembershipWrite::Member(member.clone()));
                edit.writes.push(MembershipWrite::Member(member));
                Ok(())
            })
            .unwrap();
        self.room.commit().unwrap();
        for at in 0..self.tabs.len() {
            let Some(session) = self.tabs[at].session.as_mut().filter(|s| s.caller.user == *user) else {
                continue;
            };
            session.actor.role = role;
            let actor = session.actor.clone();
            self.deliver(at, &Frame::Permissions(actor));
        }
    }

    /// The hub goes down and comes up again on what it stored.
    pub fn restart_hub(&mut self, store: HubStore) {
        self.seed += 1;
        self.hub = store.clone();
        self.room = Room::open(store, 1001 + self.seed).unwrap();
        for at in 0..self.tabs.len() {
            self.drop_session(at);
        }
        self.run();
    }

    pub fn open(&mut self, browser: usize, user: &str, store: &MemoryStore) -> usize {
        self.open_mode(browser, user, store, Mode::Page)
    }

    pub fn open_mode(&mut self, browser: usize, user: &str, store: &MemoryStore, mode: Mode) -> usize {
        self.seed += 1;
        let member = &self.room.membership().members[&id(user)];
        let options = Options {
            mode,
            org: id("org"),
            actor: member.actor(),
            seed: self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            fold_log_at: FOLD_LOG_AT,
            version: "test".into(),
        };
        self.tabs.push(Tab {
            engine: Engine::new(options, self.now),
            store: store.clone(),
            browser,
            alive: true,
            frozen: false,
            events: VecDeque::from([Event::Tick]),
            answers: BTreeMap::new(),
            opened: None,
            links: Vec::new(),
            appends: 0,
            published: BTreeSet::new(),
            session: None,
            next_request: 1,
        });
        self.run();
        self.tabs.len() - 1
    }

    /// The tab is gone without a word, as after SIGKILL.
    pub fn kill(&mut self, at: usize) {
        self.tabs[at].alive = false;
        self.end_session(at);
        self.tabs[at].events.clear();
        self.release(at);
        self.run();
    }

    pub fn go_offline(&mut self, browser: usize) {
        self.offline.push(browser);
        for at in 0..self.tabs.len() {
            if self.tabs[at].browser == browser {
                self.drop_session(at);
            }
        }
        self.run();
    }

    pub fn go_online(&mut self, browser: usize) {
        self.offline.retain(|b| *b != browser);
        self.advance(40_000);
    }

    pub fn event(&mut self, at: usize, event: Event) {
        self.tabs[at].events.push_back(event);
    }

    /// Submits a command and says how that ended.
    pub fn submit(&mut self, at: usize, command: &str) -> Result<Uuid, Failure> {
        let request = self.submit_only(at, command);
        self.run();
        self.tabs[at].answers.remove(&request).expect("an answer")
    }

    pub fn submit_only(&mut self, at: usize, command: &str) -> u64 {
        self.seed += 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.seed.to_be_bytes());
        let uuid = Uuid::v7(self.now, random);
        let request = self.tabs[at].next_request;
        self.tabs[at].next_request += 1;
        self.event(at, Event::Submit { request, uuid, command: command.as_bytes().to_vec() });
        request
    }

    pub fn advance(&mut self, ms: u64) {
        let end = self.now + ms;
        loop {
            self.run();
            let alive = self.tabs.iter().filter(|t| t.alive && !t.frozen);
            let hub = self.presence.wait_ms().map(|wait| self.now + wait);
            let next = alive.filter_map(|t| t.engine.deadline()).chain(hub).min().unwrap_or(u64::MAX);
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            for tab in self.tabs.iter_mut().filter(|t| t.alive && !t.frozen) {
                if tab.engine.deadline().is_some_and(|at| at <= self.now) {
                    tab.events.push_back(Event::Tick);
                }
            }
        }
        self.now = end;
        self.run();
    }

    /// Until nothing is left to do at this moment.
    pub fn run(&mut self) {
        for _ in 0..100_000 {
            let ready = |t: &Tab| t.alive && !t.frozen && !t.events.is_empty();
            let Some(at) = self.tabs.iter().position(ready) else {
                if self.tell_presence() {
                    continue;
                }
                return;
            };
            let tab = &mut self.tabs[at];
            let event = tab.events.pop_front().unwrap();
            tab.engine.handle(self.now, event);
            let effects = tab.engine.effects();
            for effect in effects {
                self.perform(at, effect);
            }
        }
        panic!("the world does not come to rest");
    }

    fn perform(&mut self, at: usize, effect: Effect) {
        match effect {
            Effect::Store(op) => {
                self.tabs[at].appends += usize::from(matches!(op, storage::Op::Append(_)));
                let result = pollster::block_on(storage::perform(&self.tabs[at].store, op.clone()));
                let event = match result {
                    Ok(done) => Event::Stored(done),
                    Err(error) => Event::StoreFailed { op, error },
                };
                self.event(at, event);
            }
            Effect::Credential => self.event(at, Event::Credential(Ok("token".into()))),
            Effect::Open(link) => {
                self.tabs[at].links.push(link);
                let browser = self.tabs[at].browser;
                let blocked = link == Link::WebSocket && self.no_websocket.contains(&browser);
                if self.offline.contains(&browser) || blocked {
                    self.event(at, Event::Transport(TransportEvent::Closed { reached: false }));
                } else {
                    self.event(at, Event::Transport(TransportEvent::Opened));
                }
            }
            Effect::Send(messages) => self.send(at, messages),
            Effect::Disconnect => {
                self.end_session(at);
            }
            Effect::Lock(lock) => self.lock(at, lock),
            Effect::Tell(message) => {
                let browser = self.tabs[at].browser;
                for other in 0..self.tabs.len() {
                    if other != at && self.tabs[other].browser == browser && self.tabs[other].alive {
                        self.event(other, Event::Tab(TabEvent::Message(message.clone())));
                    }
                }
            }
            Effect::Answer(Answer::Opened(result)) => self.tabs[at].opened = Some(result.is_ok()),
            Effect::Answer(Answer::Saved { request, result }) => {
                if let Ok(uuid) = &result {
                    assert!(self.is_on_disk(at, uuid), "an edit is called saved that is not");
                }
                let before = self.tabs[at].answers.insert(request, result);
                assert!(before.is_none(), "a request is answered once");
            }
            Effect::Publish(Publish { docs, .. }) => self.tabs[at].published.extend(docs),
        }
    }

    fn is_on_disk(&self, at: usize, uuid: &Uuid) -> bool {
        let tab = &self.tabs[at];
        let Some(row) = tab.engine.outbox().row(uuid) else { return false };
        let tx = pollster::block_on(tab.store.read()).unwrap();
        pollster::block_on(tx.get(Space::Queue, &row_key(row.n))).unwrap().is_some()
    }

    fn lock(&mut self, at: usize, lock: LockEffect) {
        let browser = self.browsers.entry(self.tabs[at].browser).or_default();
        match lock {
            LockEffect::Request if browser.holder.is_some() => browser.queue.push_back(at),
            LockEffect::Try if browser.holder.is_some() => self.event(at, Event::Tab(TabEvent::LockBusy)),
            LockEffect::Request | LockEffect::Try => {
                browser.holder = Some(at);
                self.event(at, Event::Tab(TabEvent::LockGranted));
            }
            LockEffect::Steal => {
                browser.queue.retain(|t| *t != at);
                let from = browser.holder.replace(at);
                if let Some(from) = from.filter(|_| !self.silent_steal) {
                    self.event(from, Event::Tab(TabEvent::LockLost));
                }
                self.event(at, Event::Tab(TabEvent::LockGranted));
            }
            LockEffect::Release => self.release(at),
        }
    }

    fn release(&mut self, at: usize) {
        let browser = self.browsers.entry(self.tabs[at].browser).or_default();
        browser.queue.retain(|t| *t != at);
        if browser.holder == Some(at) {
            browser.holder = browser.queue.pop_front();
            if let Some(next) = browser.holder {
                self.event(next, Event::Tab(TabEvent::LockGranted));
            }
        }
    }

    fn end_session(&mut self, at: usize) -> bool {
        self.presence.leave(at as u64, self.now);
        self.tabs[at].session.take().is_some()
    }

    fn tell_presence(&mut self) -> bool {
        let Some(batch) = self.presence.batch(self.now) else { return false };
        for at in 0..self.tabs.len() {
            self.deliver_peers(at, &batch);
        }
        true
    }

    fn deliver_peers(&mut self, at: usize, batch: &wedsync_hub::presence::Batch) {
        let Some(session) = self.tabs[at].session.as_ref().filter(|s| s.subscribed) else { return };
        let batch = batch.seen_by(&session.actor);
        let gone = batch.peers.iter().filter(|(_, peer)| peer.is_none()).map(|(id, _)| *id).collect();
        let changed = batch.peers.values().flatten().map(|peer| (**peer).clone()).collect();
        let left = batch.left.into_values().collect();
        self.deliver(at, &Frame::Peers(Peers { you: at as u64, changed, gone, left }));
    }

    fn drop_session(&mut self, at: usize) {
        if self.end_session(at) {
            self.event(at, Event::Transport(TransportEvent::Closed { reached: true }));
        }
    }

    fn deliver(&mut self, at: usize, frame: &Frame) {
        let browser = self.tabs[at].browser;
        let lost = self.no_updates.contains(&browser) && matches!(frame, Frame::Update(_));
        if !lost && !self.deaf.contains(&browser) {
            for message in encode(frame) {
                self.event(at, Event::Transport(TransportEvent::Received(message)));
            }
        }
    }

    fn send(&mut self, at: usize, messages: Vec<Vec<u8>>) {
        for message in messages {
            if self.offline.contains(&self.tabs[at].browser) {
                return self.drop_session(at);
            }
            match decode(&message).unwrap() {
                Frame::Hello(_) if self.hub_refuses_version => {
                    let code = FaultCode::UnsupportedVersion;
                    self.deliver(at, &Frame::Fault { code, message: "update the app".into() });
                }
                Frame::Hello(hello) => {
                    let user = self.tabs[at].engine.actor().user.clone();
                    let caller = Caller { user, device: None, client: hello.client };
                    let (actor, last_n) = self.room.attach(&caller, self.now).unwrap();
                    self.room.commit().unwrap();
                    let link = *self.tabs[at].links.last().unwrap();
                    let session = Session { caller, actor: actor.clone(), subscribed: false, link };
                    self.tabs[at].session = Some(session);
                    let Generation { number: generation, send_again } = self.room.generation();
                    let (version, org, now_ms) = (VERSION, id("org"), self.now);
                    let welcome = Welcome { version, org, last_n, now_ms, generation, send_again };
                    self.deliver(at, &Frame::Welcome(welcome));
                    self.deliver(at, &Frame::Permissions(actor));
                }
                Frame::Subscribe { heads } => {
                    let Some(session) = self.tabs[at].session.as_mut() else { continue };
                    session.subscribed = session.link != Link::Poll;
                    let actor = session.actor.clone();
                    for frame in self.room.catch_up(&actor, &heads).unwrap() {
                        self.deliver(at, &frame);
                    }
                    self.deliver_peers(at, &self.presence.all());
                }
                Frame::Mutate(mutate) => {
                    let Some(session) = &self.tabs[at].session else { continue };
                    let caller = session.caller.clone();
                    match &mut self.answers_left {
                        Some(0) => continue,
                        Some(left) => *left -= 1,
                        None => {}
                    }
                    if let Some(role) = self.roles.remove(&mutate.n) {
                        self.change_role(&caller.user, role);
                    }
                    self.room.judge(at as u64, &caller, self.now, &mutate).unwrap();
                    self.commit();
                }
                Frame::Presence { states } => {
                    let Some(session) = &self.tabs[at].session else { continue };
                    let name = session.caller.user.to_string();
                    let who = Who { actor: session.actor.clone(), name, device: None };
                    self.shown += 1;
                    self.presence.show(at as u64, &who, states, self.now);
                }
                Frame::Ping { token } => self.deliver(at, &Frame::Pong { token }),
                frame => panic!("a device sent {frame:?}"),
            }
        }
    }

    fn commit(&mut self) {
        let committed = self.room.commit().unwrap();
        for (token, frame) in committed.answers {
            self.deliver(token as usize, &frame);
        }
        for part in Move::in_frames(&committed.moves) {
            for at in 0..self.tabs.len() {
                let Some(session) = self.tabs[at].session.as_ref().filter(|s| s.subscribed) else { continue };
                let actor = session.actor.clone();
                if let Some(frame) = Move::frame(part, |doc| actor.may_read(doc)) {
                    self.deliver(at, &frame);
                }
            }
        }
    }
}

/// Commands as JSON, for tests that care about where they go.
pub mod say {
    pub fn event(id: &str) -> String {
        format!(
            r#"{{"type":"create_event","event":"{id}","fields":{{"title":"Wedding {id}","first_day":"2026-07-15",
            "last_day":"2026-07-16","zone":"Europe/London"}}}}"#
        )
    }

    pub fn shift(event: &str, id: &str, places: u32) -> String {
        format!(
            r#"{{"type":"create_assignment","event":"{event}","assignment":"{id}","fields":{{"title":"Bar {id}",
            "start":"2026-07-15T18:00","end":"2026-07-15T20:00","helpers_max":{places}}}}}"#
        )
    }

    pub fn helper(id: &str) -> String {
        format!(r#"{{"type":"add_helper","helper":"{id}","fields":{{"name":"{id}"}}}}"#)
    }

    pub fn claim(event: &str, assignment: &str) -> String {
        format!(r#"{{"type":"claim","event":"{event}","assignment":"{assignment}"}}"#)
    }

    pub fn delete(event: &str) -> String {
        format!(r#"{{"type":"delete_event","event":"{event}"}}"#)
    }

    pub fn title(event: &str, assignment: &str, title: &str) -> String {
        format!(
            r#"{{"type":"update_assignment","event":"{event}","assignment":"{assignment}","set":{{"title":"{title}"}}}}"#
        )
    }
}
