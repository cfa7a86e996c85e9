//! HTTP where WebSockets are blocked, and in the service worker: `POST /v1/sync` up, `/v1/stream` down.
//!
//! The engine sees one conversation: the Hello is repeated with each request, and the greeting of each answer but the
//! first is swallowed.

use super::fetch::{self, Answer, Failed};
use super::sse::Parser;
use super::time;
use super::transport::Events;
use crate::ports::transport::{Link, TransportEvent};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;
use wedsync_protocol::{Frame, WINDOW_ROWS, decode, pack, unpack};

const POST_LIMIT_MS: u32 = 20_000;
/// The hub sends a comment every 15 s.
const SILENCE_LIMIT_MS: u32 = 40_000;
/// Most bytes of messages in one body; one message alone may be bigger.
const BODY_MAX: usize = 250_000;

pub(super) struct HttpConnection {
    shared: Rc<Shared>,
}

struct Shared {
    hub: String,
    link: Link,
    events: Rc<Events>,
    hello: RefCell<Option<Vec<u8>>>,
    queue: RefCell<VecDeque<Vec<u8>>>,
    /// A request to `/v1/sync` is under way, or about to be.
    posting: Cell<bool>,
    stream: RefCell<Option<Rc<AbortController>>>,
    /// Aborts the requests to `/v1/sync`.
    abort: Option<AbortController>,
    /// Anything has answered at all.
    reached: Cell<bool>,
    welcomed: Cell<bool>,
    permissions: RefCell<Vec<u8>>,
}

/// Where an answer comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Sync,
    Stream,
}

impl HttpConnection {
    pub fn open(hub: &str, link: Link, events: Rc<Events>) -> HttpConnection {
        let shared = Rc::new(Shared {
            hub: hub.to_owned(),
            link,
            events: events.clone(),
            hello: RefCell::default(),
            queue: RefCell::default(),
            posting: Cell::new(false),
            stream: RefCell::default(),
            abort: AbortController::new().ok(),
            reached: Cell::new(false),
            welcomed: Cell::new(false),
            permissions: RefCell::default(),
        });
        spawn_local(async move { events.emit(TransportEvent::Opened) });
        HttpConnection { shared }
    }

    pub fn send(&self, messages: Vec<Vec<u8>>) {
        for message in messages {
            match decode(&message) {
                Ok(Frame::Hello(_)) => *self.shared.hello.borrow_mut() = Some(message),
                Ok(Frame::Subscribe { .. }) if self.shared.link == Link::Http => {
                    self.shared.start_stream(message);
                }
                // The hub takes none of these here: each request shows by itself who is alive.
                Ok(Frame::Ping { .. } | Frame::Pong { .. }) => {}
                _ => self.shared.queue.borrow_mut().push_back(message),
            }
        }
        self.shared.start_posting();
    }

    pub fn close(&self) {
        self.shared.events.mute();
        self.shared.abort_all();
    }
}

impl Drop for HttpConnection {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    /// One request at a time; what is queued meanwhile goes into the next.
    fn start_posting(self: &Rc<Self>) {
        if self.posting.replace(true) {
            return;
        }
        let shared = self.clone();
        spawn_local(async move {
            while let Some(body) = shared.next_body() {
                shared.post(body).await;
            }
            shared.posting.set(false);
        });
    }

    fn next_body(&self) -> Option<Vec<u8>> {
        if !self.events.live() {
            return None;
        }
        let hello = self.hello.borrow();
        let hello = hello.as_ref()?;
        let mut queue = self.queue.borrow_mut();
        if queue.is_empty() {
            return None;
        }
        let mut batch: Vec<Vec<u8>> = Vec::new();
        let mut bytes = 0;
        while let Some(message) = queue.front() {
            bytes += message.len() + 4;
            if !batch.is_empty() && (bytes > BODY_MAX || batch.len() == WINDOW_ROWS) {
                break;
            }
            batch.extend(queue.pop_front());
        }
        Some(pack(std::iter::once(hello).chain(&batch).map(Vec::as_slice)))
    }

    async fn post(&self, body: Vec<u8>) {
        let signal = self.abort.as_ref().map(AbortController::signal);
        let url = format!("{}/v1/sync", self.hub);
        let asked = fetch::post(&url, &body, signal.as_ref());
        let answered = match time::within(POST_LIMIT_MS, asked).await {
            Some(Ok(answer)) => self.receive(answer, Source::Sync).await,
            Some(Err(Failed)) | None => Err(Failed),
        };
        if answered.is_err() {
            self.fail();
        }
    }

    /// A whole answer. With an error status it holds what was done until then, and the hub's reason; a proxy's holds
    /// neither.
    async fn receive(&self, answer: Answer, source: Source) -> Result<(), Failed> {
        self.reached.set(true);
        let ok = answer.ok();
        let mut body = Vec::new();
        if let Some(mut chunks) = answer.chunks() {
            loop {
                // A big answer over a slow network may take its time, as long as it moves.
                match time::within(POST_LIMIT_MS, chunks.next()).await {
                    Some(Ok(Some(chunk))) => body.extend(chunk),
                    Some(Ok(None)) => break,
                    Some(Err(Failed)) | None => return Err(Failed),
                }
            }
        }
        let messages = unpack(&body);
        let whole = messages.is_ok();
        for message in messages.unwrap_or_default() {
            self.deliver(message, source);
        }
        if ok && whole { Ok(()) } else { Err(Failed) }
    }

    fn start_stream(self: &Rc<Self>, subscribe: Vec<u8>) {
        let Ok(abort) = AbortController::new().map(Rc::new) else { return self.fail() };
        if let Some(replaced) = self.stream.replace(Some(abort.clone())) {
            replaced.abort();
        }
        let shared = self.clone();
        spawn_local(async move {
            let current = || shared.stream.borrow().as_ref().is_some_and(|stream| Rc::ptr_eq(stream, &abort));
            shared.run_stream(subscribe, &abort, &current).await;
            // A stream that another one replaced ends without a word.
            if current() {
                shared.fail();
            }
        });
    }

    /// Returns when the stream has ended, for whatever reason.
    async fn run_stream(&self, subscribe: Vec<u8>, abort: &AbortController, current: &dyn Fn() -> bool) {
        let Some(hello) = self.hello.borrow().clone() else { return };
        let body = pack([hello.as_slice(), subscribe.as_slice()]);
        let url = format!("{}/v1/stream", self.hub);
        let signal = abort.signal();
        let asked = fetch::post(&url, &body, Some(&signal));
        let Some(Ok(answer)) = time::within(POST_LIMIT_MS, asked).await else { return };
        self.reached.set(true);
        if !answer.ok() {
            let _ = self.receive(answer, Source::Stream).await;
            return;
        }
        let Some(mut chunks) = answer.chunks() else { return };
        let mut parser = Parser::default();
        while let Some(Ok(Some(chunk))) = time::within(SILENCE_LIMIT_MS, chunks.next()).await {
            if !current() {
                return;
            }
            let Ok(frames) = parser.push(&chunk) else { return };
            for frame in frames {
                self.deliver(&frame, Source::Stream);
            }
        }
    }

    fn deliver(&self, message: &[u8], source: Source) {
        let news = match decode(message) {
            Ok(Frame::Welcome(_)) => !self.welcomed.replace(true),
            // The stream alone hears of changes in their order.
            Ok(Frame::Permissions(_)) if source == Source::Sync && self.stream.borrow().is_some() => false,
            Ok(Frame::Permissions(_)) => self.permissions.replace(message.to_vec()) != message,
            _ => true,
        };
        if news {
            self.events.emit(TransportEvent::Received(message.to_vec()));
        }
    }

    fn fail(&self) {
        self.abort_all();
        self.events.closed(self.reached.get());
    }

    fn abort_all(&self) {
        if let Some(abort) = &self.abort {
            abort.abort();
        }
        let stream = self.stream.take();
        if let Some(stream) = stream {
            stream.abort();
        }
    }
}
