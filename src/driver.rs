//! Awaits events and performs effects in order.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc;

use crate::engine::Engine;
use crate::engine::effect::{Answer, Effect, LockEffect, Publish};
use crate::engine::event::Event;
use crate::ports::{Store, Transport, TransportEvent};
use crate::storage::{self, Op};

/// What the driver needs besides a store and a transport. None of these may call back before it returns.
pub trait Outside {
    fn now_ms(&self) -> u64;
    /// Asks for a token; the answer is dispatched as `Event::Credential`.
    fn credential(&self);
    fn lock(&self, lock: LockEffect);
    /// To the other tabs.
    fn tell(&self, message: &[u8]);
    fn answer(&self, answer: Answer);
    fn publish(&self, publish: Publish);
    /// Dispatch `Event::Tick` at this time at the latest; one too early does no harm.
    fn wake_at(&self, at_ms: Option<u64>);
}

pub struct Driver<T, O> {
    engine: RefCell<Engine>,
    transport: T,
    outside: O,
    ops: mpsc::UnboundedSender<Op>,
    events: RefCell<VecDeque<Event>>,
    running: Cell<bool>,
    closed: Cell<bool>,
}

impl<T, O> fmt::Debug for Driver<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl<T: Transport + 'static, O: Outside + 'static> Driver<T, O> {
    /// The driver, and the future that performs its store effects one after the other; spawn that.
    pub fn new<S: Store + 'static>(
        engine: Engine,
        store: S,
        transport: T,
        outside: O,
    ) -> (Rc<Driver<T, O>>, impl Future<Output = ()>) {
        let (ops, mut queue) = mpsc::unbounded::<Op>();
        let driver = Rc::new(Driver {
            engine: RefCell::new(engine),
            transport,
            outside,
            ops,
            events: RefCell::default(),
            running: Cell::new(false),
            closed: Cell::new(false),
        });
        let weak = Rc::downgrade(&driver);
        let work = async move {
            while let Some(op) = queue.next().await {
                let result = storage::perform(&store, op.clone()).await;
                let Some(driver) = weak.upgrade() else { return };
                driver.dispatch(match result {
                    Ok(done) => Event::Stored(done),
                    Err(error) => Event::StoreFailed { op, error },
                });
            }
        };
        (driver, work)
    }

    /// Reads the engine. Not from within an effect.
    pub fn with<R>(&self, read: impl FnOnce(&Engine) -> R) -> R {
        read(&self.engine.borrow())
    }

    pub fn outside(&self) -> &O {
        &self.outside
    }

    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// Hands an event to the engine and performs what it wants. Events that come meanwhile queue up.
    pub fn dispatch(self: &Rc<Self>, event: Event) {
        self.events.borrow_mut().push_back(event);
        if self.running.replace(true) {
            return;
        }
        loop {
            let event = self.events.borrow_mut().pop_front();
            let Some(event) = event else { break };
            if self.closed.get() {
                continue;
            }
            let closing = matches!(event, Event::Close);
            let effects = {
                let mut engine = self.engine.borrow_mut();
                engine.handle(self.outside.now_ms(), event);
                engine.effects()
            };
            for effect in effects {
                self.perform(effect);
            }
            if closing {
                self.closed.set(true);
                self.ops.close_channel();
            }
        }
        let deadline = if self.closed.get() { None } else { self.engine.borrow().deadline() };
        self.outside.wake_at(deadline);
        self.running.set(false);
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Store(op) => {
                // The queue ends only after Close, when nobody waits for an answer any more.
                let _ = self.ops.unbounded_send(op);
            }
            Effect::Credential => self.outside.credential(),
            Effect::Open(link) => {
                let weak = Rc::downgrade(self);
                let sink = move |event: TransportEvent| {
                    if let Some(driver) = weak.upgrade() {
                        driver.dispatch(Event::Transport(event));
                    }
                };
                self.transport.open(link, Box::new(sink));
            }
            Effect::Send(messages) => self.transport.send(messages),
            Effect::Disconnect => self.transport.close(),
            Effect::Lock(lock) => self.outside.lock(lock),
            Effect::Tell(message) => self.outside.tell(&message),
            Effect::Answer(answer) => self.outside.answer(answer),
            Effect::Publish(publish) => self.outside.publish(publish),
        }
    }
}
