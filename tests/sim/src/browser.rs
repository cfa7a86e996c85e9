//! Browsers and their tabs: each tab a real engine, with the store, the lock and the messages of its browser.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use wedsync_core::engine::effect::{Answer, Effect, LockEffect};
use wedsync_core::engine::event::{Event, TabEvent};
use wedsync_core::engine::{Engine, Mode, Options};
use wedsync_core::ports::StoreError;
use wedsync_core::ports::memory::{Fault as StoreFault, MemoryStore};
use wedsync_core::storage::{self, Done, Op};
use wedsync_domain::{Actor, DocId};

use crate::case::Fault;
use crate::editors::Editor;
use crate::world::{Happening, PEOPLE, World, id};

/// The longest a store operation and a message between tabs take, in milliseconds.
const STORE_MS: u64 = 20;
/// The longest that a transaction stands still between two of its steps; where the disk is busy, longer.
const STEP_MS: u64 = 3;
const SLOW_STEP_MS: u64 = 200;
const TAB_MS: u64 = 5;

#[derive(Debug)]
pub struct Browser {
    pub user: &'static str,
    /// The key that it signs in with; a copied browser has the same.
    pub device: String,
    pub store: MemoryStore,
    pub online: bool,
    pub websockets: bool,
    /// How far its clock is off, in milliseconds.
    pub clock_ms: i64,
    holder: Option<usize>,
    waiting: VecDeque<usize>,
}

struct Transaction {
    op: Op,
    future: Pin<Box<dyn Future<Output = Result<Done, StoreError>>>>,
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.op.fmt(f)
    }
}

#[derive(Debug)]
pub struct Tab {
    pub engine: Engine,
    pub browser: usize,
    pub mode: Mode,
    pub alive: bool,
    pub frozen: bool,
    /// Frozen, and what other tabs tell it is lost.
    pub deaf: bool,
    pub visible: bool,
    /// What came while it was frozen.
    inbox: Vec<(Option<u32>, Event)>,
    /// Raised by each release: what was granted or lost before is not heard of any more.
    term: u32,
    store_queue: VecDeque<Op>,
    /// The operation under way. Dropped with the tab, it leaves nothing.
    transaction: Option<Transaction>,
    store_busy: bool,
    tick_at: Option<u64>,
    pub connection: Option<usize>,
    pub submitted: u64,
    pub editors: BTreeMap<DocId, Editor>,
}

/// Polls until it is done: nothing comes in between.
pub fn complete<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}

impl World {
    pub fn add_browser(&mut self, user: &'static str, store: MemoryStore) -> usize {
        let at = self.browsers.len();
        self.browsers.push(Browser {
            user,
            device: format!("device-{at}"),
            store,
            online: true,
            websockets: true,
            clock_ms: 0,
            holder: None,
            waiting: VecDeque::new(),
        });
        self.register(at);
        at
    }

    pub fn open_tab(&mut self, browser: usize, mode: Mode) -> usize {
        let (user, role, helper) =
            *PEOPLE.iter().find(|p| p.0 == self.browsers[browser].user).expect("one of the people");
        let options = Options {
            mode,
            org: id("org"),
            actor: Actor { user: id(user), role, helper: helper.map(id) },
            seed: self.dice.word(),
            // Short, so that it happens.
            fold_log_at: 6,
            version: "sim".into(),
        };
        self.tabs.push(Tab {
            engine: Engine::new(options, self.clock(browser)),
            browser,
            mode,
            alive: true,
            frozen: false,
            deaf: false,
            visible: true,
            inbox: Vec::new(),
            term: 0,
            store_queue: VecDeque::new(),
            transaction: None,
            store_busy: false,
            tick_at: None,
            connection: None,
            submitted: 0,
            editors: BTreeMap::new(),
        });
        let tab = self.tabs.len() - 1;
        self.happen_in(0, Happening::Event(tab, Event::Tick));
        tab
    }

    pub fn living(&self, browser: usize) -> Vec<usize> {
        (0..self.tabs.len()).filter(|t| self.tabs[*t].alive && self.tabs[*t].browser == browser).collect()
    }

    /// Hands a tab an event, and does what the engine wants.
    pub fn deliver(&mut self, at: usize, event: Event) {
        self.deliver_if(at, None, event);
    }

    pub fn deliver_if(&mut self, at: usize, term: Option<u32>, event: Event) {
        if !self.tabs[at].alive {
            return;
        }
        if self.tabs[at].frozen {
            return self.tabs[at].inbox.push((term, event));
        }
        if term.is_some_and(|term| term != self.tabs[at].term) {
            return;
        }
        self.tell_of(&self.name(at, "<-"), &event);
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

    fn name(&self, at: usize, what: &str) -> String {
        if !self.tells {
            return String::new();
        }
        format!("browser {} tab {at} {what}", self.tabs[at].browser)
    }

    pub fn tick(&mut self, at: usize, set: u64) {
        if self.tabs[at].tick_at == Some(set) {
            self.tabs[at].tick_at = None;
            if !self.tabs[at].frozen {
                self.deliver(at, Event::Tick);
            }
        }
    }

    pub fn thaw(&mut self, at: usize) {
        (self.tabs[at].frozen, self.tabs[at].deaf) = (false, false);
        for (term, event) in std::mem::take(&mut self.tabs[at].inbox) {
            self.deliver_if(at, term, event);
        }
        self.deliver(at, Event::Tick);
    }

    pub fn kill_tab(&mut self, at: usize) {
        self.tabs[at].alive = false;
        self.tabs[at].transaction = None;
        self.leave(at);
        self.release(at);
    }

    fn perform(&mut self, at: usize, effect: Effect) {
        let browser = self.tabs[at].browser;
        match effect {
            Effect::Store(op) => {
                if let Op::Commit(commit) = &op {
                    self.oracle.told(browser, &commit.verdicts, &self.hub.record);
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
            Effect::Disconnect => self.leave(at),
            Effect::Lock(lock) => self.lock(at, lock),
            Effect::Tell(message) => {
                let wait = self.rng.delay(TAB_MS);
                for other in self.living(browser).into_iter().filter(|other| *other != at) {
                    // A tab that sleeps deeply hears nothing, and is told when it wakes that it did not.
                    if self.tabs[other].deaf {
                        continue;
                    }
                    let event = Event::Tab(TabEvent::Message(message.clone()));
                    self.happen_in(wait, Happening::Event(other, event));
                }
            }
            Effect::Answer(Answer::Saved { request, result }) => {
                if let Ok(uuid) = &result {
                    self.oracle.saved(*uuid, browser);
                }
                self.answered(at, request, result.is_ok());
            }
            Effect::Publish(publish) => {
                for doc in publish.docs {
                    self.editor_hears(at, &doc);
                }
            }
            Effect::Answer(Answer::Opened(_)) => {
                // Some know what they want to write before the page is there.
                if !self.healing && self.rng.one_in(3) {
                    self.happen_in(0, Happening::Types(at));
                }
            }
        }
    }

    fn store_next(&mut self, at: usize) {
        if !self.tabs[at].store_busy && !self.tabs[at].store_queue.is_empty() && self.tabs[at].alive {
            self.tabs[at].store_busy = true;
            let wait = self.rng.delay(STORE_MS);
            self.happen_in(wait, Happening::StoreRun(at));
        }
    }

    /// An operation goes on by one step; other tabs come in between. Its completion is another thing.
    pub fn store_run(&mut self, at: usize) {
        if !self.tabs[at].alive {
            return;
        }
        let browser = self.tabs[at].browser;
        let store = self.browsers[browser].store.clone();
        if self.tabs[at].transaction.is_none() {
            let Some(op) = self.tabs[at].store_queue.pop_front() else { return };
            self.tell_of(&self.name(at, "store"), &op);
            let (work, store) = (op.clone(), store.clone());
            let future = Box::pin(async move { storage::perform(&store, work).await });
            self.tabs[at].transaction = Some(Transaction { op, future });
        }
        if self.strikes(Fault::Storage, 200) {
            store.fail_next_commit(*self.rng.pick(&[StoreFault::Quota, StoreFault::Closed]));
        }
        let Some(mut transaction) = self.tabs[at].transaction.take() else { return };
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(result) = transaction.future.as_mut().poll(&mut context) else {
            self.tabs[at].transaction = Some(transaction);
            let most = if self.rng.one_in(12) { SLOW_STEP_MS } else { STEP_MS };
            let wait = self.rng.delay(most);
            return self.happen_in(wait, Happening::StoreRun(at));
        };
        let op = transaction.op;
        let event = match result {
            Ok(done) => {
                match &done {
                    Done::Dismissed(uuids) => self.oracle.dismissed(browser, uuids),
                    Done::Appended(rows) => self.oracle.written(browser, rows),
                    Done::Loaded(loaded) => self.oracle.client(browser, &loaded.client),
                    Done::ClientTaken => self.oracle.client_unknown(browser),
                    Done::Committed(commit) => self.oracle.cursors(browser, &commit.docs),
                    _ => {}
                }
                Event::Stored(done)
            }
            Err(error) => Event::StoreFailed { op, error },
        };
        let wait = self.rng.delay(STORE_MS);
        self.happen_in(wait, Happening::StoreDone(at, event));
    }

    pub fn store_done(&mut self, at: usize, event: Event) {
        self.deliver(at, event);
        self.tabs[at].store_busy = false;
        self.store_next(at);
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

    fn release(&mut self, at: usize) {
        let browser = &mut self.browsers[self.tabs[at].browser];
        browser.waiting.retain(|t| *t != at);
        if browser.holder == Some(at) {
            browser.holder = None;
            if let Some(next) = browser.waiting.pop_front() {
                self.grant(next);
            }
        }
    }

    /// All tabs at once; what was written stays, or with the power what was written strictly.
    pub fn kill_browser(&mut self, browser: usize, power: bool) {
        for tab in self.living(browser) {
            self.kill_tab(tab);
        }
        if power {
            self.browsers[browser].store.cut_power();
            self.oracle.store_unknown(browser);
        }
    }

    /// The device's profile is copied, as a backup that is restored on a second device is.
    pub fn clone_browser(&mut self, browser: usize) {
        let (user, store) = (self.browsers[browser].user, self.browsers[browser].store.duplicate());
        let clone = self.add_browser(user, store);
        self.browsers[clone].device = self.browsers[browser].device.clone();
        self.open_tab(clone, Mode::Page);
    }

    /// Its storage is taken from it: while it is closed, or under open tabs.
    pub fn wipe(&mut self, browser: usize, open: bool) {
        if open {
            self.browsers[browser].store.wipe();
            for tab in self.living(browser) {
                if let Some(Transaction { op, .. }) = self.tabs[tab].transaction.take() {
                    let event = Event::StoreFailed { op, error: StoreError::Closed };
                    self.happen_in(0, Happening::StoreDone(tab, event));
                }
                self.happen_in(0, Happening::Event(tab, Event::Storage(StoreError::Deleted)));
            }
        } else {
            self.kill_browser(browser, false);
            self.browsers[browser].store = MemoryStore::pausing();
            self.open_tab(browser, Mode::Page);
            // Two at once, as a browser opens them that was closed with two.
            self.open_tab(browser, Mode::Page);
        }
        self.oracle.wiped(browser);
        self.oracle.store_unknown(browser);
    }
}
