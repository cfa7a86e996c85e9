//! What the idb crate does not offer: durability, requests that may be dropped, a transaction's true end, and
//! opening without creating.

use futures::channel::oneshot;
use js_sys::{Array, Object, Reflect};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use wasm_bindgen::prelude::*;
use web_sys::{Event, IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbRequest, IdbTransaction};

#[wasm_bindgen]
extern "C" {
    /// `IDBDatabase.transaction` with options: web-sys has it only behind its unstable flag.
    #[wasm_bindgen(extends = IdbDatabase)]
    type IdbDatabaseWithOptions;

    #[wasm_bindgen(method, structural, catch, js_name = transaction)]
    fn transaction_with_options(
        this: &IdbDatabaseWithOptions,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

/// The name of a DOMException, or "" for anything else.
pub fn error_name(error: &JsValue) -> String {
    property(error, "name").as_string().unwrap_or_default()
}

pub fn error_message(error: &JsValue) -> String {
    match (error_name(error).as_str(), property(error, "message").as_string()) {
        ("", None) => format!("{error:?}"),
        ("", Some(message)) => message,
        (name, message) => format!("{name}: {}", message.unwrap_or_default()),
    }
}

fn property(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// `indexedDB`; Err where the browser has none or forbids it.
pub fn factory() -> Result<IdbFactory, JsValue> {
    Reflect::get(&js_sys::global(), &JsValue::from_str("indexedDB"))?.dyn_into()
}

pub fn read_write(db: &IdbDatabase, stores: &Array, durability: &str) -> Result<IdbTransaction, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &JsValue::from_str("durability"), &JsValue::from_str(durability))?;
    db.unchecked_ref::<IdbDatabaseWithOptions>().transaction_with_options(stores, "readwrite", &options)
}

/// What the browser granted; None where it knows no durability hints.
pub fn durability(tx: &IdbTransaction) -> Option<String> {
    property(tx, "durability").as_string()
}

type Handler = Closure<dyn FnMut(Event)>;

/// A request's outcome. Dropping it takes the handlers off; the request itself runs on.
pub struct RequestFuture {
    request: IdbRequest,
    settled: oneshot::Receiver<()>,
    _on_settled: Handler,
}

pub fn outcome_of(request: IdbRequest) -> RequestFuture {
    let (settle, settled) = oneshot::channel();
    let on_settled = handler_once(settle);
    request.set_onsuccess(Some(on_settled.as_ref().unchecked_ref()));
    request.set_onerror(Some(on_settled.as_ref().unchecked_ref()));
    RequestFuture { request, settled, _on_settled: on_settled }
}

impl Future for RequestFuture {
    type Output = Result<JsValue, JsValue>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if Pin::new(&mut self.settled).poll(context).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(match self.request.error() {
            Ok(Some(error)) => Err(error.into()),
            Ok(None) => self.request.result(),
            Err(error) => Err(error),
        })
    }
}

impl Drop for RequestFuture {
    fn drop(&mut self) {
        self.request.set_onsuccess(None);
        self.request.set_onerror(None);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Completed,
    Aborted,
}

/// Watches a transaction from its first moment, so that its end cannot be missed.
pub struct EndWatch {
    tx: IdbTransaction,
    end: Rc<Cell<Option<End>>>,
    ended: RefCell<oneshot::Receiver<()>>,
    _on_complete: Handler,
    _on_abort: Handler,
}

impl EndWatch {
    pub fn new(tx: &IdbTransaction) -> EndWatch {
        let (done, ended) = oneshot::channel();
        let end = Rc::new(Cell::new(None));
        let done = Rc::new(Cell::new(Some(done)));
        let handler = |which: End| {
            let (end, done) = (end.clone(), done.clone());
            Handler::new(move |_| {
                end.set(Some(which));
                if let Some(done) = done.take() {
                    let _ = done.send(());
                }
            })
        };
        let (on_complete, on_abort) = (handler(End::Completed), handler(End::Aborted));
        tx.set_oncomplete(Some(on_complete.as_ref().unchecked_ref()));
        tx.set_onabort(Some(on_abort.as_ref().unchecked_ref()));
        EndWatch {
            tx: tx.clone(),
            end,
            ended: RefCell::new(ended),
            _on_complete: on_complete,
            _on_abort: on_abort,
        }
    }

    pub fn end(&self) -> Option<End> {
        self.end.get()
    }

    pub async fn wait(&self) -> End {
        let ended = self.ended.replace(oneshot::channel().1);
        if self.end.get().is_none() {
            let _ = ended.await;
        }
        self.end.get().unwrap_or(End::Aborted)
    }
}

impl Drop for EndWatch {
    fn drop(&mut self) {
        self.tx.set_oncomplete(None);
        self.tx.set_onabort(None);
    }
}

/// A connection to a database that already exists in this version; None, and nothing is created, where it does not.
pub async fn open_existing(name: &str, version: u32) -> Result<Option<IdbDatabase>, JsValue> {
    let request = factory()?.open_with_u32(name, version)?;
    let missing = Rc::new(Cell::new(false));
    let on_upgrade = {
        let (missing, request) = (missing.clone(), request.clone());
        Handler::new(move |_| {
            missing.set(true);
            if let Some(tx) = request.transaction() {
                let _ = tx.abort();
            }
        })
    };
    request.set_onupgradeneeded(Some(on_upgrade.as_ref().unchecked_ref()));
    let _cleanup = OnDrop(request.clone());
    match outcome_of(request.into()).await {
        _ if missing.get() => Ok(None),
        Ok(db) => db.dyn_into().map(Some),
        Err(error) => Err(error),
    }
}

struct OnDrop(IdbOpenDbRequest);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.set_onupgradeneeded(None);
    }
}

fn handler_once(settle: oneshot::Sender<()>) -> Handler {
    let mut settle = Some(settle);
    Handler::new(move |_| {
        if let Some(settle) = settle.take() {
            let _ = settle.send(());
        }
    })
}
