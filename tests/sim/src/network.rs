//! Frames on their way, and the hub's end of them: the real room over a store that survives the hub's deaths.

use wedsync_core::engine::event::Event;
use wedsync_core::ports::{Link, TransportEvent};
use wedsync_domain::{Actor, DocId, Role};
use wedsync_hub::membership::Member;
use wedsync_hub::room::{Caller, Committed, Room};
use wedsync_hub::store::{Generation, MembershipWrite, MemoryStore as HubStore};
use wedsync_protocol::{Frame, VERSION, Welcome, decode, encode};

use crate::oracle::Record;
use crate::world::{Happening, World, id, is_http, unreachable};

const FRAME_MS: u64 = 60;
const COMMIT_MS: u64 = 15;
const DOWN_MS: u64 = 20_000;
const HTTP_PATIENCE_MS: u64 = 40_000;

#[derive(Debug)]
pub struct Session {
    caller: Caller,
    actor: Actor,
    subscribed: bool,
}

#[derive(Debug)]
pub struct Connection {
    pub tab: usize,
    link: Link,
    /// Nothing arrives any more, either way, and nobody is told.
    pub half_open: bool,
    session: Option<Session>,
    last_up: u64,
    last_down: u64,
}

#[derive(Debug)]
pub struct Hub {
    /// What is on the hub's disk.
    pub store: HubStore,
    room: Option<Room<HubStore>>,
    commit_due: bool,
    /// What the hub has committed, as the oracle wrote it down.
    pub record: Record,
}

impl Hub {
    pub fn new(store: HubStore, room: Room<HubStore>) -> Hub {
        Hub { store, room: Some(room), commit_due: false, record: Record::default() }
    }

    pub fn is_up(&self) -> bool {
        self.room.is_some()
    }

    pub fn room(&mut self) -> Option<&mut Room<HubStore>> {
        self.room.as_mut()
    }
}

impl World {
    pub fn connect(&mut self, tab: usize, link: Link) {
        let browser = &self.browsers[self.tabs[tab].browser];
        let blocked = link == Link::WebSocket && !browser.websockets;
        let wait = self.rng.delay(FRAME_MS);
        if !browser.online || blocked || !self.hub.is_up() {
            return self.happen_in(wait, Happening::Event(tab, unreachable()));
        }
        let connection = Connection { tab, link, half_open: false, session: None, last_up: 0, last_down: 0 };
        self.connections.push(connection);
        let at = self.connections.len() - 1;
        self.tabs[tab].connection = Some(at);
        self.happen_in(wait, Happening::Opened(at));
    }

    /// Ends a connection; the tab hears of it, unless the connection just goes dead.
    pub fn cut(&mut self, connection: usize, silently: bool) {
        self.connections[connection].session = None;
        if silently {
            self.connections[connection].half_open = true;
            if is_http(self.connections[connection].link) {
                // The transport ends a request that is silent for so long; a WebSocket is the engine's to doubt.
                self.happen_in(HTTP_PATIENCE_MS, Happening::Closed(connection));
            }
        } else {
            let wait = self.rng.delay(FRAME_MS);
            self.happen_in(wait, Happening::Closed(connection));
        }
    }

    fn is_current(&self, connection: usize) -> bool {
        let tab = self.connections[connection].tab;
        self.tabs[tab].alive && self.tabs[tab].connection == Some(connection)
    }

    pub fn tab_hears(&mut self, connection: usize, event: TransportEvent) {
        let closes = matches!(event, TransportEvent::Closed { .. });
        if self.is_current(connection) && (closes || !self.connections[connection].half_open) {
            let tab = self.connections[connection].tab;
            if closes {
                self.tabs[tab].connection = None;
            }
            self.deliver(tab, Event::Transport(event));
        }
    }

    pub fn tab_sends(&mut self, tab: usize, messages: Vec<Vec<u8>>) {
        let Some(at) = self.tabs[tab].connection else { return };
        for message in messages {
            if !self.healing && self.rng.one_in(150) {
                self.faults += 1;
                let silently = self.rng.one_in(2);
                return self.cut(at, silently);
            }
            let wait = self.rng.delay(FRAME_MS);
            let due = self.connections[at].last_up.max(self.now + wait);
            self.connections[at].last_up = due;
            // A request whose answer was lost may have been sent again by something in between.
            if !self.healing && is_http(self.connections[at].link) && self.rng.one_in(50) {
                self.faults += 1;
                self.happen_at(due, Happening::Up(at, message.clone()));
            }
            self.happen_at(due, Happening::Up(at, message));
        }
    }

    fn hub_sends(&mut self, at: usize, frame: &Frame) {
        let Some(session) = &self.connections[at].session else { return };
        self.oracle.may_hear(&session.actor, frame);
        for message in encode(frame) {
            if !self.healing && self.rng.one_in(200) {
                self.faults += 1;
                let silently = self.rng.one_in(2);
                return self.cut(at, silently);
            }
            let wait = self.rng.delay(FRAME_MS);
            let connection = &mut self.connections[at];
            // Over HTTP answers come by one request and updates by another: they overtake each other.
            let overtakes = is_http(connection.link) && matches!(frame, Frame::Ack(_) | Frame::Nack(_));
            let due = if overtakes { self.now + wait } else { connection.last_down.max(self.now + wait) };
            connection.last_down = connection.last_down.max(due);
            self.happen_at(due, Happening::Down(at, message));
        }
    }

    pub fn hub_receives(&mut self, at: usize, bytes: &[u8]) {
        let connection = &self.connections[at];
        if connection.half_open || !self.hub.is_up() || !self.is_current(at) {
            return;
        }
        let frame = match decode(bytes) {
            Ok(frame) => frame,
            Err(e) => return self.oracle.fail(format!("a device sent what does not decode: {e}")),
        };
        let now = self.now;
        match frame {
            Frame::Hello(hello) => {
                let user = id(self.browsers[self.tabs[connection.tab].browser].user);
                let caller = Caller { user, device: None, client: hello.client };
                // What was judged is made durable before anything is said about it.
                self.hub_commits();
                let Some(room) = self.hub.room() else { return };
                let Ok((actor, last_n)) = room.attach(&caller, now) else {
                    return self.oracle.fail("a client number of somebody else".into());
                };
                self.hub_commits();
                if !self.hub.is_up() {
                    return;
                }
                self.connections[at].session =
                    Some(Session { caller, actor: actor.clone(), subscribed: false });
                let Some(Generation { number: generation, send_again }) =
                    self.hub.room().map(|r| r.generation())
                else {
                    return;
                };
                let (version, org, now_ms) = (VERSION, id("org"), now);
                let welcome = Welcome { version, org, last_n, now_ms, generation, send_again };
                self.hub_sends(at, &Frame::Welcome(welcome));
                self.hub_sends(at, &Frame::Permissions(actor));
            }
            Frame::Subscribe { heads } => {
                self.hub_commits();
                let link = self.connections[at].link;
                let Some(session) = self.connections[at].session.as_mut() else { return };
                session.subscribed = link != Link::Poll;
                let actor = session.actor.clone();
                let Some(room) = self.hub.room() else { return };
                let frames = room.catch_up(&actor, &heads).unwrap_or_default();
                for frame in frames {
                    self.hub_sends(at, &frame);
                }
            }
            Frame::Mutate(mutate) => {
                let Some(session) = &self.connections[at].session else { return };
                let caller = session.caller.clone();
                let Some(room) = self.hub.room.as_mut() else { return };
                if let Err(e) = room.judge(at as u64, &caller, now, &mutate) {
                    return self.oracle.fail(format!("the room could not judge: {e}"));
                }
                if !self.hub.commit_due {
                    self.hub.commit_due = true;
                    let wait = self.rng.delay(COMMIT_MS);
                    self.happen_in(wait, Happening::HubCommit);
                }
            }
            Frame::Ping { token } => self.hub_sends(at, &Frame::Pong { token }),
            Frame::Pong { .. } => {}
            other => self.oracle.fail(format!("a device sent {other:?}")),
        }
    }

    /// The hub may die before, right after, or in the middle of what follows a commit.
    pub fn hub_commits(&mut self) {
        self.hub.commit_due = false;
        let dies = !self.healing && self.rng.one_in(150);
        let step = self.rng.below(3);
        if dies && step == 0 {
            return self.hub_dies();
        }
        let Some(room) = self.hub.room.as_mut() else { return };
        if !room.is_dirty() {
            return;
        }
        let committed = match room.commit() {
            Ok(committed) => committed,
            Err(_) => return self.hub_dies(),
        };
        self.hub.record.write(&committed, &mut self.oracle);
        if dies && step == 1 {
            return self.hub_dies();
        }
        self.tell(committed);
        if dies {
            self.hub_dies();
        }
    }

    fn tell(&mut self, committed: Committed) {
        for (token, frame) in committed.answers {
            if self.connections[token as usize].session.is_some() {
                self.hub_sends(token as usize, &frame);
            }
        }
        for moved in committed.moves {
            for at in 0..self.connections.len() {
                let Some(session) = self.connections[at].session.as_ref().filter(|s| s.subscribed) else {
                    continue;
                };
                let actor = session.actor.clone();
                if !self.is_current(at) {
                    self.connections[at].session = None;
                } else if let Some(frame) = moved.frame(|doc: &DocId| actor.may_read(doc)) {
                    self.hub_sends(at, &frame);
                }
            }
        }
    }

    pub fn hub_dies(&mut self) {
        if self.hub.room.take().is_some() {
            self.faults += 1;
            self.hub.commit_due = false;
            for at in 0..self.connections.len() {
                if self.connections[at].session.is_some() {
                    let silently = self.rng.one_in(4);
                    self.cut(at, silently);
                }
            }
            let wait = self.rng.delay(DOWN_MS);
            self.happen_in(wait, Happening::HubStart);
        }
    }

    pub fn hub_starts(&mut self) {
        if !self.hub.is_up() {
            match Room::open(self.hub.store.clone(), self.rng.word() >> 11) {
                Ok(room) => self.hub.room = Some(room),
                Err(e) => self.oracle.fail(format!("the hub does not start again: {e}")),
            }
        }
    }

    /// An owner gives somebody another role; open sessions hear of it.
    pub fn set_role(&mut self, user: &str, role: Role) {
        self.hub_commits();
        let now = self.now;
        let Some(room) = self.hub.room() else { return };
        let helper = room.membership().members[&id(user)].helper.clone();
        let member = Member { user: id(user), name: user.into(), role, helper };
        let after = member.actor();
        let changed = room.edit(now, |edit| {
            let write = MembershipWrite::Member(member);
            edit.membership.apply(&write);
            edit.writes.push(write);
            Ok(())
        });
        if changed.is_err() {
            return self.oracle.fail("a role could not be given".into());
        }
        self.hub_commits();
        for at in 0..self.connections.len() {
            let Some(session) = self.connections[at].session.as_mut() else { continue };
            if session.caller.user != id(user) {
                continue;
            }
            let before = std::mem::replace(&mut session.actor, after.clone());
            let subscribed = session.subscribed;
            let Some(room) = self.hub.room() else { return };
            let frames = if subscribed { room.permission_change(&before, &after) } else { Ok(Vec::new()) };
            self.hub_sends(at, &Frame::Permissions(after.clone()));
            for frame in frames.unwrap_or_default() {
                self.hub_sends(at, &frame);
            }
        }
    }
}
