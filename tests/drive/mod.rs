//! One engine on a store in memory, given its events one by one: what the tests of its times, its session and its replica
//! share. Each test says what it looks at of what the engine does.
// Each test uses its part of this.
#![allow(dead_code)]

use wedsync_core::engine::effect::Effect;
use wedsync_core::engine::event::Event;
use wedsync_core::engine::{Engine, FOLD_LOG_AT, Mode, Options};
use wedsync_core::ports::TransportEvent;
use wedsync_core::ports::memory::MemoryStore;
use wedsync_core::storage::{Op, perform};
use wedsync_domain::{Actor, Role};
use wedsync_protocol::{Frame, VERSION, Welcome, encode};

pub const START: u64 = 1_800_000_000_000;

/// What a test looks at.
pub trait Watch {
    /// Sees what the engine does; what it returns happens to the engine at once.
    fn see(&mut self, now: u64, effect: &Effect) -> Option<Event>;
}

pub struct Device<W> {
    pub engine: Engine,
    pub store: MemoryStore,
    pub now: u64,
    /// What the store was asked for and has not begun, while it is slow.
    pub held: Option<Vec<Op>>,
    pub seen: W,
}

impl<W: Watch> Device<W> {
    /// An owner's, at [`START`].
    pub fn start(mode: Mode, store: MemoryStore, seen: W) -> Device<W> {
        let options = Options {
            mode,
            org: "org".parse().unwrap(),
            actor: Actor { user: "olivia".parse().unwrap(), role: Role::Owner, helper: None },
            seed: 5,
            version: "test".into(),
            fold_log_at: FOLD_LOG_AT,
        };
        let engine = Engine::new(options, START);
        let mut device = Device { engine, store, now: START, held: None, seen };
        device.perform();
        device
    }

    pub fn give(&mut self, event: Event) {
        self.engine.handle(self.now, event);
        self.perform();
    }

    pub fn hear(&mut self, frame: Frame) {
        for message in encode(&frame) {
            self.give(Event::Transport(TransportEvent::Received(message)));
        }
    }

    /// Connects, up to the hub's first word.
    pub fn greet(&mut self, welcome: Frame) {
        self.give(Event::Credential(Ok("token".into())));
        self.give(Event::Transport(TransportEvent::Opened));
        self.hear(welcome);
    }

    /// From now on the store is slow.
    pub fn hold(&mut self) {
        self.held = Some(Vec::new());
    }

    /// The store does what it was asked for while it was slow.
    pub fn release(&mut self) {
        for op in self.held.take().unwrap_or_default() {
            self.store(op);
        }
        self.perform();
    }

    /// Lets time pass; the engine is woken when it asked for it, and never otherwise.
    pub fn pass(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(at) = self.engine.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.give(Event::Tick);
        }
        self.now = end;
    }

    pub fn store(&mut self, op: Op) {
        let event = match pollster::block_on(perform(&self.store, op.clone())) {
            Ok(done) => Event::Stored(done),
            Err(error) => Event::StoreFailed { op, error },
        };
        self.engine.handle(self.now, event);
    }

    pub fn perform(&mut self) {
        loop {
            let effects = self.engine.effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                if let Some(event) = self.seen.see(self.now, &effect) {
                    self.engine.handle(self.now, event);
                }
                match (effect, &mut self.held) {
                    (Effect::Store(op), Some(held)) => held.push(op),
                    (Effect::Store(op), None) => self.store(op),
                    _ => {}
                }
            }
        }
    }
}

pub fn welcome(generation: u64, last_n: u64) -> Frame {
    let org = "org".parse().unwrap();
    Frame::Welcome(Welcome { version: VERSION, org, last_n, now_ms: 1, generation, send_again: false })
}
