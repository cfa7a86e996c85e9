//! The driver's outside, in the browser.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wedsync_domain::ordered::OrdMap;

use futures::channel::oneshot;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use wedsync_domain::ids::Uuid;

use super::shape::to_js;
use crate::driver::{Driver, Outside};
use crate::engine::effect::{Answer, Failure, LockEffect, Publish};
use crate::engine::event::{CredentialError, Event, TabEvent};
use crate::ports::StoreError;
use crate::web::tabs::{Tabs, TabsEvent};
use crate::web::time::{self, Timeout};
use crate::web::transport::WebTransport;

type Saved = Result<Uuid, Failure>;
type BrowserDriver = Driver<WebTransport, Browser>;

pub struct Browser {
    host: JsValue,
    driver: RefCell<Weak<BrowserDriver>>,
    tabs: RefCell<Option<Tabs>>,
    opened: Cell<Option<oneshot::Sender<Result<(), StoreError>>>>,
    answers: RefCell<OrdMap<u64, oneshot::Sender<Saved>>>,
    next_request: Cell<u64>,
    wake: RefCell<Option<(u64, Timeout)>>,
    /// Random bytes for uuids, fetched ahead.
    random: RefCell<Vec<u8>>,
}

/// Random bytes of a uuid, and how many are fetched at once.
const UUID_RANDOM: usize = 10;
const RANDOM_AHEAD: usize = 64 * UUID_RANDOM;

/// A submitted edit's answer to come.
pub struct Expected {
    pub request: u64,
    pub uuid: Uuid,
    pub answer: oneshot::Receiver<Saved>,
}

impl Browser {
    pub fn new(host: JsValue, opened: oneshot::Sender<Result<(), StoreError>>) -> Browser {
        Browser {
            host,
            driver: RefCell::new(Weak::new()),
            tabs: RefCell::new(None),
            opened: Cell::new(Some(opened)),
            answers: RefCell::default(),
            next_request: Cell::new(1),
            wake: RefCell::new(None),
            random: RefCell::default(),
        }
    }

    /// Lets what happens in the browser reach the driver.
    pub fn attach(&self, driver: &Rc<BrowserDriver>, open_tabs: impl FnOnce(Box<dyn Fn(TabsEvent)>) -> Tabs) {
        *self.driver.borrow_mut() = Rc::downgrade(driver);
        let weak = Rc::downgrade(driver);
        let tabs = open_tabs(Box::new(move |event| {
            let event = match event {
                TabsEvent::Message(bytes) => TabEvent::Message(bytes),
                TabsEvent::LockGranted => TabEvent::LockGranted,
                TabsEvent::LockBusy => TabEvent::LockBusy,
                TabsEvent::LockLost => TabEvent::LockLost,
            };
            if let Some(driver) = weak.upgrade() {
                driver.dispatch(Event::Tab(event));
            }
        }));
        *self.tabs.borrow_mut() = Some(tabs);
    }

    pub fn expect_answer(&self) -> Expected {
        let request = self.next_request.get();
        self.next_request.set(request + 1);
        let (sender, answer) = oneshot::channel();
        self.answers.borrow_mut().insert(request, sender);
        Expected { request, uuid: Uuid::v7(time::now_ms(), self.random_bytes()), answer }
    }

    fn random_bytes(&self) -> [u8; UUID_RANDOM] {
        let mut ahead = self.random.borrow_mut();
        if ahead.is_empty() {
            ahead.resize(RANDOM_AHEAD, 0);
            time::fill_with_random(&mut ahead);
        }
        let rest = ahead.len() - UUID_RANDOM;
        let mut bytes = [0; UUID_RANDOM];
        bytes.copy_from_slice(&ahead.split_off(rest));
        bytes
    }

    pub fn close(&self) {
        self.wake.borrow_mut().take();
        // Whoever still waits for an answer hears that it is closed.
        self.answers.borrow_mut().clear();
        if let Some(tabs) = self.tabs.borrow_mut().take() {
            tabs.close();
        }
    }
}

impl Outside for Browser {
    fn now_ms(&self) -> u64 {
        time::now_ms()
    }

    fn credential(&self) {
        let driver = self.driver.borrow().clone();
        let host = self.host.clone();
        spawn_local(async move {
            let result = credential(&host).await;
            if let Some(driver) = driver.upgrade() {
                driver.dispatch(Event::Credential(result));
            }
        });
    }

    fn lock(&self, lock: LockEffect) {
        if let Some(tabs) = self.tabs.borrow().as_ref() {
            match lock {
                LockEffect::Request => tabs.request_lock(),
                LockEffect::Try => tabs.try_lock(),
                LockEffect::Steal => tabs.steal_lock(),
                LockEffect::Release => tabs.release_lock(),
            }
        }
    }

    fn tell(&self, message: &[u8]) {
        if let Some(tabs) = self.tabs.borrow().as_ref() {
            tabs.post(message);
        }
    }

    fn answer(&self, answer: Answer) {
        match answer {
            Answer::Opened(result) => {
                if let Some(opened) = self.opened.take() {
                    let _ = opened.send(result);
                }
            }
            Answer::Saved { request, result } => {
                let waiting = self.answers.borrow_mut().remove(&request);
                if let Some(waiting) = waiting {
                    let _ = waiting.send(result);
                }
            }
        }
    }

    fn publish(&self, publish: Publish) {
        let host = self.host.clone();
        let docs: Vec<String> = publish.docs.iter().map(ToString::to_string).collect();
        let settled: Vec<String> = publish.settled.iter().map(ToString::to_string).collect();
        let Publish { receipts, status, presence, .. } = publish;
        let change = PublishShape { docs, receipts, settled, status, presence };
        // After this turn: the host reads the core when it hears of a change.
        spawn_local(async move {
            if let (Ok(change), Ok(function)) = (to_js(&change), method(&host, "publish")) {
                // What a listener throws is the listener's.
                let _ = function.call1(&host, &change);
            }
        });
    }

    fn wake_at(&self, at_ms: Option<u64>) {
        let mut wake = self.wake.borrow_mut();
        match at_ms {
            None => *wake = None,
            // Woken too early it looks again: cheaper than a timer for each edit.
            Some(at) if wake.as_ref().is_some_and(|(set, _)| *set <= at) => {}
            Some(at) => {
                let driver = self.driver.borrow().clone();
                let wait = at.saturating_sub(time::now_ms()).min(60_000);
                let timeout = Timeout::new(wait as u32, move || {
                    if let Some(driver) = driver.upgrade() {
                        driver.outside().wake.borrow_mut().take();
                        driver.dispatch(Event::Tick);
                    }
                });
                *wake = Some((at, timeout));
            }
        }
    }
}

#[derive(serde::Serialize)]
struct PublishShape {
    docs: Vec<String>,
    receipts: bool,
    settled: Vec<String>,
    status: bool,
    presence: bool,
}

fn method(host: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(host, &name.into())?.dyn_into()
}

/// `host.credential()`; an error with the code `not_signed_in` says that trying again is of no use.
async fn credential(host: &JsValue) -> Result<String, CredentialError> {
    let asked = method(host, "credential").and_then(|f| f.call0(host));
    let answer = match asked {
        Ok(value) => JsFuture::from(Promise::resolve(&value)).await,
        Err(error) => Err(error),
    };
    let text = |value: &JsValue, key: &str| Reflect::get(value, &key.into()).ok().and_then(|v| v.as_string());
    match answer {
        Ok(token) => {
            token.as_string().ok_or_else(|| CredentialError::NotSignedIn("the token is not a string".into()))
        }
        Err(error) => {
            let message = text(&error, "message").unwrap_or_default();
            match text(&error, "code").as_deref() {
                Some("not_signed_in" | "unauthorized" | "revoked") => {
                    Err(CredentialError::NotSignedIn(message))
                }
                _ => Err(CredentialError::Unreachable(message)),
            }
        }
    }
}
