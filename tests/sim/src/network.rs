//! Connections between tabs and the hub: frames on their way, late, lost, doubled, or behind a reader that stands still.

use std::sync::Arc;

use wedsync_core::engine::event::Event;
use wedsync_core::ports::{Link, TransportEvent};
use wedsync_hub::outgoing::{Next, Outgoing};
use wedsync_protocol::{Frame, decode, encode};

use crate::case::Fault;
use crate::world::{Happening, World};

/// The longest a frame takes, in milliseconds.
pub const FRAME_MS: u64 = 60;
/// A request over HTTP that is silent for so long is ended by the transport.
const HTTP_PATIENCE_MS: u64 = 40_000;
/// The hub notices a dead connection after so long.
const HUB_PATIENCE_MS: u64 = 30_000;
/// A reader stands still for at most this long.
const STALL_MS: u64 = 120_000;

#[derive(Debug)]
pub struct Connection {
    pub tab: usize,
    pub link: Link,
    /// Nothing arrives any more, either way, and nobody is told.
    half_open: bool,
    /// The hub's end, while it has one.
    pub outgoing: Option<Arc<Outgoing>>,
    /// The reader takes nothing until then.
    stalled_until: u64,
    last_up: u64,
    last_down: u64,
}

/// How HTTP differs: answers and updates travel apart.
fn is_http(link: Link) -> bool {
    link != Link::WebSocket
}

impl World {
    pub fn connect(&mut self, tab: usize, link: Link) {
        let browser = &self.browsers[self.tabs[tab].browser];
        let blocked = link == Link::WebSocket && !browser.websockets;
        let reachable = browser.online && !blocked && self.hub.is_up();
        let wait = self.rng.delay(FRAME_MS);
        if !reachable {
            let closed = Event::Transport(TransportEvent::Closed { reached: false });
            return self.happen_in(wait, Happening::Event(tab, closed));
        }
        self.connections.push(Connection {
            tab,
            link,
            half_open: false,
            outgoing: None,
            stalled_until: 0,
            last_up: 0,
            last_down: 0,
        });
        let at = self.connections.len() - 1;
        self.tabs[tab].connection = Some(at);
        self.happen_in(wait, Happening::Opened(at));
    }

    /// A connection breaks; the tab hears of it, unless it just goes dead.
    pub fn cut(&mut self, at: usize, silently: bool) {
        if silently {
            self.connections[at].half_open = true;
            self.happen_in(HUB_PATIENCE_MS, Happening::Detach(at));
            if is_http(self.connections[at].link) {
                // A WebSocket is the engine's to doubt.
                self.happen_in(HTTP_PATIENCE_MS, Happening::Closed(at));
            }
        } else {
            let (there, here) = (self.rng.delay(FRAME_MS), self.rng.delay(FRAME_MS));
            self.happen_in(there, Happening::Detach(at));
            self.happen_in(here, Happening::Closed(at));
        }
    }

    /// The tab lets go of its connection: what it sent before may still arrive.
    pub fn leave(&mut self, tab: usize) {
        if let Some(at) = self.tabs[tab].connection.take() {
            let online = self.browsers[self.tabs[tab].browser].online && !self.connections[at].half_open;
            let wait = if online { self.rng.delay(FRAME_MS) } else { HUB_PATIENCE_MS };
            let due = self.connections[at].last_up.max(self.now + wait);
            self.happen_at(due, Happening::Detach(at));
        }
    }

    fn is_current(&self, at: usize) -> bool {
        let tab = self.connections[at].tab;
        self.tabs[tab].alive && self.tabs[tab].connection == Some(at)
    }

    pub fn tab_hears(&mut self, at: usize, event: TransportEvent) {
        let closes = matches!(event, TransportEvent::Closed { .. });
        if self.is_current(at) && (closes || !self.connections[at].half_open) {
            let tab = self.connections[at].tab;
            if closes {
                self.tabs[tab].connection = None;
            }
            self.deliver(tab, Event::Transport(event));
        }
    }

    pub fn tab_sends(&mut self, tab: usize, messages: Vec<Vec<u8>>) {
        let Some(at) = self.tabs[tab].connection else { return };
        for message in messages {
            if self.strikes(Fault::Cut, 150) {
                let silently = self.rng.one_in(2);
                return self.cut(at, silently);
            }
            let wait = self.rng.delay(FRAME_MS);
            let due = self.connections[at].last_up.max(self.now + wait);
            self.connections[at].last_up = due;
            // A request whose answer was lost may have been sent again by something in between.
            if is_http(self.connections[at].link) && self.strikes(Fault::Doubled, 50) {
                self.happen_at(due, Happening::Up(at, message.clone()));
            }
            self.happen_at(due, Happening::Up(at, message));
        }
    }

    /// A frame of a tab arrives.
    pub fn hub_receives(&mut self, at: usize, bytes: &[u8]) {
        if self.connections[at].half_open || !self.hub.is_up() {
            return;
        }
        match decode(bytes) {
            Ok(frame) => self.hub_hears(at, frame),
            Err(e) => self.oracle.fail(format!("a device sent what does not decode: {e}")),
        }
    }

    /// Sends a tab what waits for it at the hub, as far as it reads.
    pub fn drain(&mut self, at: usize) {
        if self.strikes(Fault::Stalled, 1_000) {
            let wait = self.rng.delay(STALL_MS);
            self.connections[at].stalled_until = self.now + wait;
            self.happen_in(wait, Happening::Drain(at));
        }
        while self.connections[at].stalled_until <= self.now {
            let Some(next) = self.connections[at].outgoing.as_ref().and_then(|o| o.try_next()) else {
                return;
            };
            self.pass_on(at, next);
        }
    }

    /// Readers that stand still read on.
    pub fn read_on(&mut self) {
        for at in 0..self.connections.len() {
            if self.connections[at].stalled_until > self.now {
                self.connections[at].stalled_until = self.now;
                self.drain(at);
            }
        }
    }

    /// What the hub's end of a connection says next.
    pub fn pass_on(&mut self, at: usize, next: Next) {
        match next {
            Next::Send(bytes) => {
                let connection = &self.connections[at];
                let user = self.browsers[self.tabs[connection.tab].browser].user;
                let stalled = connection.stalled_until > 0;
                self.oracle.hears(user, stalled, &bytes, &self.hub.record);
                self.hub_sends(at, bytes.to_vec());
            }
            Next::CatchUp => self.hub_catches_up(at),
            Next::Fault(code, message) => {
                for bytes in encode(&Frame::Fault { code, message }) {
                    self.hub_sends(at, bytes);
                }
                self.hub_closes(at);
            }
            Next::Done => self.hub_closes(at),
        }
    }

    fn hub_closes(&mut self, at: usize) {
        self.detach(at);
        let due = self.connections[at].last_down.max(self.now) + 1;
        self.happen_at(due, Happening::Closed(at));
    }

    fn hub_sends(&mut self, at: usize, message: Vec<u8>) {
        if self.connections[at].half_open {
            return;
        }
        if self.strikes(Fault::Cut, 200) {
            let silently = self.rng.one_in(2);
            return self.cut(at, silently);
        }
        let wait = self.rng.delay(FRAME_MS);
        let connection = &mut self.connections[at];
        // Over HTTP answers come by one request and updates by another: they overtake each other.
        let answers = || matches!(decode(&message), Ok(Frame::Ack(_) | Frame::Nack(_)));
        let overtakes = is_http(connection.link) && answers();
        let due = if overtakes { self.now + wait } else { connection.last_down.max(self.now + wait) };
        connection.last_down = connection.last_down.max(due);
        self.happen_at(due, Happening::Down(at, message));
    }

    pub fn toggle_network(&mut self, browser: usize) {
        use wedsync_core::engine::event::Hint;
        let online = !self.browsers[browser].online;
        self.browsers[browser].online = online;
        for tab in self.living(browser) {
            if let (false, Some(at)) = (online, self.tabs[tab].connection) {
                let silently = self.dice.one_in(2);
                self.cut(at, silently);
            }
            let hint = if online { Hint::Online } else { Hint::Offline };
            self.deliver(tab, Event::Hint(hint));
        }
    }
}
