//! The queue of what happens next, and all there is: browsers, tabs, connections, the hub.

use std::collections::BTreeMap;

use wedsync_core::engine::event::{Event, Hint, TabEvent};
use wedsync_core::engine::session::Connection as Status;
use wedsync_core::engine::{Engine, Mode};
use wedsync_core::ports::TransportEvent;
use wedsync_core::ports::memory::MemoryStore;
use wedsync_domain::{Id, Role};

use crate::browser::{Browser, Tab};
use crate::case::{Case, Fault};
use crate::hub::Hub;
use crate::network::Connection;
use crate::oracle::Oracle;
use crate::rng::Rng;
use crate::stock::StockEditor;

/// Who there is, with which role, and as which helper of the roster.
pub const PEOPLE: [(&str, Role, Option<&str>); 5] = [
    ("olivia", Role::Owner, None),
    ("carl", Role::Coordinator, None),
    ("hanna", Role::Helper, Some("hanna-h")),
    ("hugo", Role::Helper, Some("hugo-h")),
    ("vera", Role::Viewer, None),
];

/// When everything starts, in milliseconds since 1970.
pub const START_MS: u64 = 1_800_000_000_000;
/// Everything must have come to rest this long after it healed.
const REST_MS: u64 = 30 * 60 * 1000;

pub fn id(s: &str) -> Id {
    s.parse().expect("the simulation names things by ids")
}

pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3))
}

#[derive(Debug)]
pub enum Happening {
    Event(usize, Event),
    /// About the lock, as of this term of the tab.
    Lock(usize, u32, TabEvent),
    StoreRun(usize),
    StoreDone(usize, Event),
    Tick(usize, u64),
    Up(usize, Vec<u8>),
    Down(usize, Vec<u8>),
    Opened(usize),
    Closed(usize),
    /// A reader that stood still reads on.
    Drain(usize),
    /// Somebody types as soon as the page is there.
    Types(usize),
    /// The hub notices that a connection is gone.
    Detach(usize),
    HubCommit,
    HubStart,
}

#[derive(Debug)]
pub struct World {
    pub case: Case,
    /// How long things take, and whether they go wrong by themselves.
    pub rng: Rng,
    /// What people do, and what is done to them: a stream of its own for each step.
    pub dice: Rng,
    pub now: u64,
    order: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    pub browsers: Vec<Browser>,
    pub tabs: Vec<Tab>,
    pub connections: Vec<Connection>,
    pub hub: Hub,
    pub oracle: Oracle,
    pub stock: BTreeMap<&'static str, StockEditor>,
    trace: u64,
    pub faults: usize,
    pub healing: bool,
    /// Says on standard error what happens, shortened.
    pub tells: bool,
}

impl World {
    pub fn new(case: &Case, tells: bool) -> World {
        let mut rng = Rng::new(case.seed);
        let hub = Hub::new(rng.word());
        let mut world = World {
            case: case.clone(),
            rng,
            dice: Rng::of_step(case.seed, usize::MAX - 1),
            now: START_MS,
            order: 0,
            queue: BTreeMap::new(),
            browsers: Vec::new(),
            tabs: Vec::new(),
            connections: Vec::new(),
            hub,
            oracle: Oracle::default(),
            stock: BTreeMap::new(),
            trace: 0xcbf2_9ce4_8422_2325,
            faults: 0,
            // The plan that all start from is made in peace.
            healing: true,
            tells,
        };
        world.hub_starts();
        for device in 0..case.devices {
            // The first device plans; the others are anybody's.
            let user = if device == 0 { "olivia" } else { PEOPLE[world.dice.below(PEOPLE.len())].0 };
            world.add_browser(user, MemoryStore::pausing());
            world.open_tab(device, Mode::Page);
        }
        world.plan();
        world.healing = false;
        world
    }

    /// Whether misfortune of this kind strikes now, once in so many times.
    pub fn strikes(&mut self, fault: Fault, once_in: usize) -> bool {
        // Drawn first: leaving a kind out changes nothing else.
        let strikes = self.rng.one_in(once_in);
        let strikes = strikes && !self.healing && !self.case.without.contains(&fault);
        self.faults += usize::from(strikes);
        strikes
    }

    pub fn clock(&self, browser: usize) -> u64 {
        self.now.saturating_add_signed(self.browsers[browser].clock_ms)
    }

    pub fn happen_in(&mut self, ms: u64, happening: Happening) {
        self.happen_at(self.now + ms, happening);
    }

    pub fn happen_at(&mut self, at: u64, happening: Happening) {
        self.order += 1;
        self.queue.insert((at.max(self.now), self.order), happening);
    }

    /// Lets time pass.
    pub fn run_for(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(entry) = self.queue.first_entry() {
            let at = entry.key().0;
            if at > end || self.oracle.has_failed() {
                break;
            }
            let happening = entry.remove();
            self.now = at;
            self.note(&happening);
            self.happen(happening);
        }
        self.now = end;
    }

    /// Into the trace.
    fn note(&mut self, happening: &Happening) {
        let (kind, who, size) = match happening {
            Happening::Event(tab, _) => (1, *tab, 0),
            Happening::StoreRun(tab) => (2, *tab, 0),
            Happening::StoreDone(tab, _) => (3, *tab, 0),
            Happening::Tick(tab, _) => (4, *tab, 0),
            Happening::Up(connection, bytes) => (5, *connection, hash(bytes)),
            Happening::Down(connection, bytes) => (6, *connection, hash(bytes)),
            Happening::Opened(connection) => (7, *connection, 0),
            Happening::Closed(connection) => (8, *connection, 0),
            Happening::HubCommit => (9, 0, 0),
            Happening::HubStart => (10, 0, 0),
            Happening::Lock(tab, ..) => (11, *tab, 0),
            Happening::Drain(connection) => (12, *connection, 0),
            Happening::Types(tab) => (14, *tab, 0),
            Happening::Detach(connection) => (13, *connection, 0),
        };
        for word in [self.now, kind, who as u64, size] {
            self.trace = (self.trace ^ word).wrapping_mul(0x100_0000_01b3).rotate_left(5);
        }
    }

    pub fn trace(&self) -> u64 {
        self.trace
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Event(tab, event) => self.deliver(tab, event),
            Happening::Lock(tab, term, event) => self.deliver_if(tab, Some(term), Event::Tab(event)),
            Happening::StoreRun(tab) => self.store_run(tab),
            Happening::StoreDone(tab, event) => self.store_done(tab, event),
            Happening::Tick(tab, at) => self.tick(tab, at),
            Happening::Up(connection, bytes) => self.hub_receives(connection, &bytes),
            Happening::Down(connection, bytes) => {
                self.tab_hears(connection, TransportEvent::Received(bytes));
            }
            Happening::Opened(connection) => self.tab_hears(connection, TransportEvent::Opened),
            Happening::Closed(connection) => {
                self.tab_hears(connection, TransportEvent::Closed { reached: true });
            }
            Happening::Drain(connection) => self.drain(connection),
            Happening::Types(tab) => {
                let command = self.command();
                self.submit(tab, command);
            }
            Happening::Detach(connection) => self.detach(connection),
            Happening::HubCommit => self.hub_commits(),
            Happening::HubStart => self.hub_starts(),
        }
    }

    pub fn tell_of(&self, who: &str, what: &dyn std::fmt::Debug) {
        if self.tells {
            let text: String = format!("{what:?}").chars().take(400).collect();
            eprintln!("{:>9} {who} {text}", self.now - START_MS);
        }
    }

    /// Ends all faults and waits until nothing moves any more.
    pub fn heal(&mut self) {
        self.healing = true;
        self.hub_starts();
        self.let_everybody_in();
        self.read_on();
        for browser in 0..self.browsers.len() {
            self.browsers[browser].online = true;
            self.browsers[browser].websockets = true;
            self.browsers[browser].clock_ms = 0;
            for tab in self.living(browser) {
                // What is half open stays so: the engine has to find out.
                if self.tabs[tab].mode == Mode::Worker {
                    self.kill_tab(tab);
                } else if self.tabs[tab].frozen {
                    self.thaw(tab);
                    self.deliver(tab, Event::Hint(Hint::Resumed));
                }
            }
            if self.living(browser).is_empty() {
                self.open_tab(browser, Mode::Page);
            }
        }
        self.rest();
    }

    /// Waits until nothing waits and nothing is being written.
    pub fn rest(&mut self) {
        let end = self.now + REST_MS;
        while self.now < end && !self.oracle.has_failed() {
            self.run_for(60_000);
            let mut living = self.tabs.iter().filter(|t| t.alive);
            let at_rest = |engine: &Engine| {
                engine.waiting() == 0 && engine.is_settled() && engine.connection().0 == Status::Online
            };
            if living.all(|t| at_rest(&t.engine)) {
                break;
            }
        }
        self.run_for(10_000);
    }
}
