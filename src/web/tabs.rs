//! The tabs of one replica: messages between them, and the lock of the one that does the network.
//!
//! W3C Web Locks and BroadcastChannel; they work across pages and the worker. Where the browser has none of them, this is
//! taken for the only tab.

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, BroadcastChannel, MessageEvent};

#[wasm_bindgen]
extern "C" {
    /// `navigator.locks`: web-sys has it only behind its unstable flag.
    #[derive(Clone)]
    type LockManager;

    #[wasm_bindgen(method, structural, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        granted: &Function,
    ) -> Result<Promise, JsValue>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TabsEvent {
    /// From another tab, never one's own.
    Message(Vec<u8>),
    LockGranted,
    /// The answer to `try_lock` where another holds the lock.
    LockBusy,
    /// Another tab has stolen the lock.
    LockLost,
}

pub struct Tabs {
    shared: Rc<Shared>,
    on_message: Option<Closure<dyn FnMut(MessageEvent)>>,
}

struct Shared {
    lock_name: String,
    locks: Option<LockManager>,
    channel: Option<BroadcastChannel>,
    sink: Box<dyn Fn(TabsEvent)>,
    live: Cell<bool>,
    held: RefCell<Option<Held>>,
    /// The request that stands in the queue, if any.
    waiting: RefCell<Option<AbortController>>,
    /// Counts releases: what was asked for before one is not granted after it.
    term: Cell<u32>,
}

struct Held {
    /// Resolves the promise that holds the lock; None where there are no locks.
    release: Option<Function>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    InTurn,
    IfFree,
    Steal,
}

impl Tabs {
    pub fn open(name: &str, sink: Box<dyn Fn(TabsEvent)>) -> Tabs {
        let shared = Rc::new(Shared {
            lock_name: format!("wedsync:{name}:network"),
            locks: lock_manager(),
            channel: BroadcastChannel::new(&format!("wedsync:{name}")).ok(),
            sink,
            live: Cell::new(true),
            held: RefCell::default(),
            waiting: RefCell::default(),
            term: Cell::new(0),
        });
        let on_message = shared.channel.as_ref().map(|channel| {
            let shared = Rc::downgrade(&shared);
            let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let (Some(shared), Ok(bytes)) = (shared.upgrade(), event.data().dyn_into::<Uint8Array>()) {
                    shared.emit(TabsEvent::Message(bytes.to_vec()));
                }
            });
            channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
            on_message
        });
        Tabs { shared, on_message }
    }

    /// To all other tabs, and the worker if it runs.
    pub fn post(&self, bytes: &[u8]) {
        if let Some(channel) = &self.shared.channel {
            // Only a closed channel throws.
            let _ = channel.post_message(&Uint8Array::from(bytes));
        }
    }

    /// Waits in the queue for the lock.
    pub fn request_lock(&self) {
        self.shared.ask(Ask::InTurn);
    }

    /// Takes the lock if it is free, else answers `LockBusy`.
    pub fn try_lock(&self) {
        self.shared.ask(Ask::IfFree);
    }

    /// Takes the lock from whoever has it.
    pub fn steal_lock(&self) {
        self.shared.ask(Ask::Steal);
    }

    /// Gives the lock back, and leaves the queue.
    pub fn release_lock(&self) {
        self.shared.release();
    }

    pub fn close(&self) {
        self.shared.live.set(false);
        self.shared.release();
        if let Some(channel) = &self.shared.channel {
            channel.set_onmessage(None);
            channel.close();
        }
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.close();
        // The closure may be what is running now.
        let on_message = self.on_message.take();
        spawn_local(async move { drop(on_message) });
    }
}

impl fmt::Debug for Tabs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tabs").field("lock", &self.shared.lock_name).finish_non_exhaustive()
    }
}

impl Shared {
    fn emit(&self, event: TabsEvent) {
        if self.live.get() {
            (self.sink)(event);
        }
    }

    fn ask(self: &Rc<Self>, how: Ask) {
        let already = self.held.borrow().is_some() || (how == Ask::InTurn && self.waiting.borrow().is_some());
        if already || !self.live.get() {
            return;
        }
        let (shared, term) = (self.clone(), self.term.get());
        match &self.locks {
            Some(locks) => {
                let locks = locks.clone();
                let options = self.options(how);
                spawn_local(async move { shared.ask_browser(&locks, how, options, term).await });
            }
            None => spawn_local(async move {
                if shared.term.get() == term && shared.held.borrow().is_none() {
                    shared.grant(None);
                }
            }),
        }
    }

    fn options(&self, how: Ask) -> Object {
        let options = Object::new();
        let set = |name: &str, value: &JsValue| {
            let _ = Reflect::set(&options, &JsValue::from_str(name), value);
        };
        match how {
            Ask::IfFree => set("ifAvailable", &JsValue::TRUE),
            Ask::Steal => set("steal", &JsValue::TRUE),
            Ask::InTurn => {
                if let Ok(abort) = AbortController::new() {
                    set("signal", &abort.signal());
                    self.waiting.replace(Some(abort));
                }
            }
        }
        options
    }

    /// Ends when the lock is given back, stolen, or was not to be had.
    async fn ask_browser(self: Rc<Self>, locks: &LockManager, how: Ask, options: Object, term: u32) {
        let holds = Rc::new(Cell::new(false));
        let granted = {
            let (shared, holds) = (self.clone(), holds.clone());
            Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |lock: JsValue| {
                if shared.term.get() != term || shared.held.borrow().is_some() {
                    return JsValue::UNDEFINED;
                }
                if lock.is_null() {
                    shared.emit(TabsEvent::LockBusy);
                    return JsValue::UNDEFINED;
                }
                let mut release = None;
                let held = Promise::new(&mut |resolve, _| release = Some(resolve));
                holds.set(true);
                if how == Ask::InTurn {
                    shared.waiting.replace(None);
                }
                shared.grant(release);
                held.into()
            })
        };
        let asked = locks.request(&self.lock_name, &options, granted.as_ref().unchecked_ref());
        let outcome = match asked {
            Ok(promise) => JsFuture::from(promise).await.map(drop),
            Err(error) => Err(error),
        };
        match outcome {
            // Still ours as far as we knew: somebody stole it.
            Err(_) if holds.get() && self.term.get() == term => {
                self.held.replace(None);
                self.term.set(term.wrapping_add(1));
                self.emit(TabsEvent::LockLost);
            }
            // Forbidden here, as in a sandboxed frame.
            Err(_) if !holds.get() && self.term.get() == term && self.held.borrow().is_none() => {
                self.waiting.replace(None);
                self.emit(TabsEvent::LockBusy);
            }
            _ => {}
        }
    }

    fn grant(&self, release: Option<Function>) {
        self.held.replace(Some(Held { release }));
        // A place in the queue is not needed any more.
        if let Some(waiting) = self.waiting.take() {
            waiting.abort();
        }
        self.emit(TabsEvent::LockGranted);
    }

    fn release(&self) {
        self.term.set(self.term.get().wrapping_add(1));
        if let Some(waiting) = self.waiting.take() {
            waiting.abort();
        }
        if let Some(Held { release: Some(release) }) = self.held.take() {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

fn lock_manager() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &JsValue::from_str("navigator")).ok()?;
    let locks = Reflect::get(&navigator, &JsValue::from_str("locks")).ok()?;
    locks.is_object().then(|| locks.unchecked_into())
}
