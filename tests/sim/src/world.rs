//! Browsers, tabs, connections, the hub, and the queue of what happens next.

use std::collections::{BTreeMap, VecDeque};

use wedsync_core::engine::effect::{Answer, Effect, LockEffect};
use wedsync_core::engine::event::{Event, TabEvent};
use wedsync_core::engine::{Engine, Mode, Options};
use wedsync_core::ports::memory::{Fault, MemoryStore};
use wedsync_core::ports::{Link, TransportEvent};
use wedsync_core::storage::{self, Op};
use wedsync_domain::{Id, Role};
use wedsync_hub::membership::Member;
use wedsync_hub::room::Room;
use wedsync_hub::store::{Batch, MembershipWrite, MemoryStore as HubStore, Store as _};

use crate::Outcome;
use crate::network::{Connection, Hub};
use crate::oracle::Oracle;
use crate::rng::Rng;

pub const PEOPLE: [(&str, Role, Option<&str>); 5] = [
    ("olivia", Role::Owner, None),
    ("carl", Role::Coordinator, None),
    ("hanna", Role::Helper, Some("hanna-h")),
    ("hugo", Role::Helper, Some("hugo-h")),
    ("vera", Role::Viewer, None),
];

/// The longest a store operation, a message between tabs, and a frame take, in milliseconds.
const STORE_MS: u64 = 20;
const TAB_MS: u64 = 5;
const START_MS: u64 = 1_800_000_000_000;
/// Everything must have come to rest this long after it healed.
const REST_MS: u64 = 30 * 60 * 1000;

pub fn id(s: &str) -> Id {
    s.parse().expect("the simulation names things by ids")
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
    HubCommit,
    HubStart,
}

#[derive(Debug)]
pub struct Tab {
    pub engine: Engine,
    pub browser: usize,
    pub mode: Mode,
    pub alive: bool,
    pub frozen: bool,
    pub visible: bool,
    /// What came while it was frozen.
    inbox: Vec<(Option<u32>, Event)>,
    /// Raised by each release: what was granted or lost before is not heard of any more.
    term: u32,
    store_queue: VecDeque<Op>,
    store_busy: bool,
    tick_at: Option<u64>,
    pub connection: Option<usize>,
    pub submitted: u64,
}

#[derive(Debug)]
pub struct Browser {
    pub user: &'static str,
    pub store: MemoryStore,
    pub online: bool,
    pub websockets: bool,
    /// How far its clock is off, in milliseconds.
    pub clock_ms: i64,
    holder: Option<usize>,
    waiting: VecDeque<usize>,
}

#[derive(Debug)]
pub struct World {
    pub rng: Rng,
    pub now: u64,
    order: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    pub browsers: Vec<Browser>,
    pub tabs: Vec<Tab>,
    pub connections: Vec<Connection>,
    pub hub: Hub,
    pub oracle: Oracle,
    trace: u64,
    pub faults: usize,
    pub healing: bool,
    /// Says on standard error what happens, shortened.
    pub tells: bool,
}

impl World {
    pub fn new(seed: u64, devices: usize, tells: bool) -> World {
        let mut rng = Rng::new(seed);
        let mut store = HubStore::default();
        let mut batch = Batch::default();
        for (user, role, helper) in PEOPLE {
            let member = Member { user: id(user), name: user.into(), role, helper: helper.map(id) };
            batch.membership.push(MembershipWrite::Member(member));
        }
        store.commit(&batch).expect("a memory store that was not told to fail");
        let room = Room::open(store.clone(), rng.word() >> 11).expect("an empty store opens");
        let mut world = World {
            rng,
            now: START_MS,
            order: 0,
            queue: BTreeMap::new(),
            browsers: Vec::new(),
            tabs: Vec::new(),
            connections: Vec::new(),
            hub: Hub::new(store, room),
            oracle: Oracle::default(),
            trace: 0xcbf2_9ce4_8422_2325,
            faults: 0,
            healing: false,
            tells,
        };
        for device in 0..devices {
            // The first device plans; the others are anybody's.
            let user = if device == 0 { "olivia" } else { PEOPLE[world.rng.below(4)].0 };
            world.add_browser(user, MemoryStore::default());
            world.open_tab(device, Mode::Page);
        }
        world.plan();
        world
    }

    pub fn add_browser(&mut self, user: &'static str, store: MemoryStore) -> usize {
        self.browsers.push(Browser {
            user,
            store,
            online: true,
            websockets: true,
            clock_ms: 0,
            holder: None,
            waiting: VecDeque::new(),
        });
        self.browsers.len() - 1
    }

    pub fn open_tab(&mut self, browser: usize, mode: Mode) -> usize {
        let (user, role, helper) =
            *PEOPLE.iter().find(|p| p.0 == self.browsers[browser].user).expect("one of the people");
        let options = Options {
            mode,
            org: id("org"),
            actor: wedsync_domain::Actor { user: id(user), role, helper: helper.map(id) },
            seed: self.rng.word(),
            version: "sim".into(),
        };
        self.tabs.push(Tab {
            engine: Engine::new(options, self.clock(browser)),
            browser,
            mode,
            alive: true,
            frozen: false,
            visible: true,
            inbox: Vec::new(),
            term: 0,
            store_queue: VecDeque::new(),
            store_busy: false,
            tick_at: None,
            connection: None,
            submitted: 0,
        });
        let tab = self.tabs.len() - 1;
        self.happen_in(0, Happening::Event(tab, Event::Tick));
        tab
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
            Happening::Lock(tab, ..) => (11, *tab, 0),
            Happening::StoreRun(tab) => (2, *tab, 0),
            Happening::StoreDone(tab, _) => (3, *tab, 0),
            Happening::Tick(tab, _) => (4, *tab, 0),
            Happening::Up(connection, bytes) => (5, *connection, hash(bytes)),
            Happening::Down(connection, bytes) => (6, *connection, hash(bytes)),
            Happening::Opened(connection) => (7, *connection, 0),
            Happening::Closed(connection) => (8, *connection, 0),
            Happening::HubCommit => (9, 0, 0),
            Happening::HubStart => (10, 0, 0),
        };
        for word in [self.now, kind, who as u64, size] {
            self.trace = (self.trace ^ word).wrapping_mul(0x100_0000_01b3).rotate_left(5);
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Event(tab, event) => self.deliver(tab, event),
            Happening::Lock(tab, term, event) => self.deliver_if(tab, Some(term), Event::Tab(event)),
            Happening::StoreRun(tab) => self.store_run(tab),
            Happening::StoreDone(tab, event) => {
                self.deliver(tab, event);
                self.tabs[tab].store_busy = false;
                self.store_next(tab);
            }
            Happening::Tick(tab, at) => {
                if self.tabs[tab].tick_at == Some(at) {
                    self.tabs[tab].tick_at = None;
                    if !self.tabs[tab].frozen {
                        self.deliver(tab, Event::Tick);
                    }
                }
            }
            Happening::Up(connection, bytes) => self.hub_receives(connection, &bytes),
            Happening::Down(connection, bytes) => {
                self.tab_hears(connection, TransportEvent::Received(bytes));
            }
            Happening::Opened(connection) => self.tab_hears(connection, TransportEvent::Opened),
            Happening::Closed(connection) => {
                self.tab_hears(connection, TransportEvent::Closed { reached: true });
            }
            Happening::HubCommit => self.hub_commits(),
            Happening::HubStart => self.hub_starts(),
        }
    }

    /// Hands a tab an event, and does what the engine wants.
    pub fn deliver(&mut self, at: usize, event: Event) {
        self.deliver_if(at, None, event);
    }

    fn deliver_if(&mut self, at: usize, term: Option<u32>, event: Event) {
        if !self.tabs[at].alive {
            return;
        }
        if self.tabs[at].frozen {
            return self.tabs[at].inbox.push((term, event));
        }
        if term.is_some_and(|term| term != self.tabs[at].term) {
            return;
        }
        self.tell_of(at, "<-", &event);
        let now = self.clock(self.tabs[at].browser);
        self.tabs[at].engine.handle(now, event);
        for effect in self.tabs[at].engine.effects() {
            self.perform(at, effect);
        }
        if let Some(deadline) = self.tabs[at].engine.deadline() {
            let clock_ms = self.browsers[self.tabs[at].browser].clock_ms;
            // The driver looks at the clock again at least once a minute.
            let due = deadline.saturating_add_signed(-clock_ms).clamp(self.now + 1, self.now + 60_000);
            if self.tabs[at].tick_at.is_none_or(|set| due < set || set <= self.now) {
                self.tabs[at].tick_at = Some(due);
                self.happen_at(due, Happening::Tick(at, due));
            }
        }
    }

    fn tell_of(&self, at: usize, what: &str, it: &dyn std::fmt::Debug) {
        if self.tells {
            let text: String = format!("{it:?}").chars().take(400).collect();
            eprintln!("{:>9} browser {} tab {at} {what} {text}", self.now - START_MS, self.tabs[at].browser);
        }
    }

    pub fn thaw(&mut self, at: usize) {
        self.tabs[at].frozen = false;
        for (term, event) in std::mem::take(&mut self.tabs[at].inbox) {
            self.deliver_if(at, term, event);
        }
        self.deliver(at, Event::Tick);
    }

    fn perform(&mut self, at: usize, effect: Effect) {
        match effect {
            Effect::Store(op) => {
                if let Op::Commit(commit) = &op {
                    self.oracle.verdicts_told(&commit.verdicts, &self.hub.record);
                }
                self.tabs[at].store_queue.push_back(op);
                self.store_next(at);
            }
            Effect::Credential => {
                let wait = self.rng.delay(10);
                self.happen_in(wait, Happening::Event(at, Event::Credential(Ok("token".into()))));
            }
            Effect::Open(link) => self.connect(at, link),
            Effect::Send(messages) => self.tab_sends(at, messages),
            Effect::Disconnect => self.tabs[at].connection = None,
            Effect::Lock(lock) => self.lock(at, lock),
            Effect::Tell(message) => {
                let browser = self.tabs[at].browser;
                let wait = self.rng.delay(TAB_MS);
                for other in 0..self.tabs.len() {
                    if other != at && self.tabs[other].browser == browser && self.tabs[other].alive {
                        let event = Event::Tab(TabEvent::Message(message.clone()));
                        self.happen_in(wait, Happening::Event(other, event));
                    }
                }
            }
            Effect::Answer(Answer::Saved { result: Ok(uuid), .. }) => {
                self.oracle.saved(uuid, self.tabs[at].browser);
            }
            Effect::Answer(_) | Effect::Publish(_) => {}
        }
    }

    fn store_next(&mut self, at: usize) {
        if !self.tabs[at].store_busy && !self.tabs[at].store_queue.is_empty() && self.tabs[at].alive {
            self.tabs[at].store_busy = true;
            let wait = self.rng.delay(STORE_MS);
            self.happen_in(wait, Happening::StoreRun(at));
        }
    }

    /// The transaction happens; its completion is another thing.
    fn store_run(&mut self, at: usize) {
        if !self.tabs[at].alive {
            return;
        }
        let Some(op) = self.tabs[at].store_queue.pop_front() else { return };
        let store = self.browsers[self.tabs[at].browser].store.clone();
        if !self.healing && self.rng.one_in(200) {
            self.faults += 1;
            store.fail_next_commit(*self.rng.pick(&[Fault::Quota, Fault::Closed]));
        }
        self.tell_of(at, "store", &op);
        let event = match pollster::block_on(storage::perform(&store, op.clone())) {
            Ok(done) => Event::Stored(done),
            Err(error) => Event::StoreFailed { op, error },
        };
        let wait = self.rng.delay(STORE_MS);
        self.happen_in(wait, Happening::StoreDone(at, event));
    }

    fn lock(&mut self, at: usize, lock: LockEffect) {
        let browser = self.tabs[at].browser;
        match lock {
            LockEffect::Request if self.browsers[browser].holder.is_some() => {
                self.browsers[browser].waiting.push_back(at);
            }
            LockEffect::Try if self.browsers[browser].holder.is_some() => {
                let term = self.tabs[at].term;
                self.happen_in(0, Happening::Lock(at, term, TabEvent::LockBusy));
            }
            LockEffect::Request | LockEffect::Try => self.grant(at),
            LockEffect::Steal => {
                self.browsers[browser].waiting.retain(|t| *t != at);
                if let Some(from) = self.browsers[browser].holder.take() {
                    let (wait, term) = (self.rng.delay(TAB_MS), self.tabs[from].term);
                    self.happen_in(wait, Happening::Lock(from, term, TabEvent::LockLost));
                }
                self.grant(at);
            }
            LockEffect::Release => {
                self.tabs[at].term += 1;
                self.release(at);
            }
        }
    }

    fn grant(&mut self, at: usize) {
        self.browsers[self.tabs[at].browser].holder = Some(at);
        let (wait, term) = (self.rng.delay(TAB_MS), self.tabs[at].term);
        self.happen_in(wait, Happening::Lock(at, term, TabEvent::LockGranted));
    }

    pub fn release(&mut self, at: usize) {
        let browser = &mut self.browsers[self.tabs[at].browser];
        browser.waiting.retain(|t| *t != at);
        if browser.holder == Some(at) {
            browser.holder = None;
            if let Some(next) = browser.waiting.pop_front() {
                self.grant(next);
            }
        }
    }

    pub fn kill_tab(&mut self, at: usize) {
        self.tabs[at].alive = false;
        self.tabs[at].connection = None;
        self.release(at);
    }

    pub fn living(&self, browser: usize) -> Vec<usize> {
        (0..self.tabs.len()).filter(|t| self.tabs[*t].alive && self.tabs[*t].browser == browser).collect()
    }

    /// Ends all faults and waits until nothing moves any more.
    pub fn heal(&mut self) {
        self.healing = true;
        if !self.hub.is_up() {
            self.hub_starts();
        }
        for browser in 0..self.browsers.len() {
            self.browsers[browser].online = true;
            self.browsers[browser].websockets = true;
            self.browsers[browser].clock_ms = 0;
            let living = self.living(browser);
            for tab in &living {
                // What is half open stays so: the engine has to find out.
                if self.tabs[*tab].mode == Mode::Worker {
                    self.kill_tab(*tab);
                } else if self.tabs[*tab].frozen {
                    self.thaw(*tab);
                    self.deliver(*tab, Event::Hint(wedsync_core::engine::event::Hint::Resumed));
                }
            }
            if !living.iter().any(|t| self.tabs[*t].alive) {
                self.open_tab(browser, Mode::Page);
            }
        }
        let end = self.now + REST_MS;
        while self.now < end && !self.oracle.has_failed() {
            self.run_for(60_000);
            let living = self.tabs.iter().filter(|t| t.alive);
            let quiet = living.clone().all(|t| t.engine.waiting() == 0 && t.engine.is_settled());
            if quiet {
                break;
            }
        }
        self.run_for(10_000);
    }

    pub fn outcome(&self) -> Outcome {
        Outcome {
            trace: self.trace,
            failures: self.oracle.failures().to_vec(),
            saved: self.oracle.saved_count(),
            faults: self.faults,
        }
    }
}

pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3))
}

/// A connection attempt that cannot work.
pub fn unreachable() -> Event {
    Event::Transport(TransportEvent::Closed { reached: false })
}

/// How HTTP differs: answers and updates travel apart.
pub fn is_http(link: Link) -> bool {
    link != Link::WebSocket
}
