//! The store in IndexedDB.
//!
//! rexie keeps its connection private, and with it durability hints, the close event and the reason of an abort.
//! So this stands on idb, the crate that rexie wraps, and goes below it in [`super::idb_sys`].
//!
//! Inside a transaction only its own requests may be awaited: IndexedDB commits a transaction as soon as it has
//! nothing to do.

use super::idb_sys::{self, End, EndWatch};
use super::{migrations, time};
use crate::ports::store::{Durability, ReadTx, Result, Space, Store, StoreError, WriteTx};
use crate::record::{row_key, row_number};
use futures::channel::oneshot;
use js_sys::{Array, Uint8Array};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    IdbDatabase, IdbKeyRange, IdbObjectStore, IdbTransaction, IdbTransactionMode, IdbVersionChangeEvent,
};

/// An open or a deletion that other tabs block waits for ever; nobody should.
const OPEN_LIMIT_MS: u32 = 5_000;

/// Clones share one connection.
#[derive(Clone)]
pub struct IndexedDb {
    shared: Rc<Shared>,
}

struct Shared {
    name: String,
    state: RefCell<State>,
    on_fault: RefCell<Option<FaultSink>>,
}

type FaultSink = Rc<dyn Fn(StoreError)>;

enum State {
    Open(Connection),
    /// The browser closed the connection; the next transaction opens it again.
    Lost,
    /// For good: the error that every call answers.
    Gone(StoreError),
}

struct Connection {
    db: IdbDatabase,
    _on_version_change: Closure<dyn FnMut(IdbVersionChangeEvent)>,
    _on_close: Closure<dyn FnMut(web_sys::Event)>,
}

impl IndexedDb {
    /// Opens the database, creating or upgrading it where needed.
    pub async fn open(name: &str) -> Result<IndexedDb> {
        let opening = migrations::schema(name).build();
        let opened = detached(opening, |late| {
            if let Ok(db) = late {
                db.close();
            }
        });
        let db = match opened.await {
            Some(Ok(db)) => IdbDatabase::from(db),
            Some(Err(error)) => return Err(open_error(error)),
            None => return Err(StoreError::Blocked),
        };
        let shared = Rc::new(Shared {
            name: name.to_owned(),
            state: RefCell::new(State::Lost),
            on_fault: RefCell::default(),
        });
        shared.install(db);
        Ok(IndexedDb { shared })
    }

    /// Called at once when the database is lost for good, not only at the next transaction.
    pub fn on_fault(&self, callback: Box<dyn Fn(StoreError)>) {
        *self.shared.on_fault.borrow_mut() = Some(callback.into());
    }

    /// Closes the connection of all clones; later calls answer `Closed`.
    pub fn close(&self) {
        self.shared.leave(State::Gone(StoreError::Closed));
    }
}

impl fmt::Debug for IndexedDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexedDb").field("name", &self.shared.name).finish_non_exhaustive()
    }
}

impl Store for IndexedDb {
    type Read = ReadTransaction;
    type Write = WriteTransaction;

    async fn read(&self) -> Result<ReadTransaction> {
        let tx = self.shared.begin(&Space::ALL, None).await?;
        Ok(ReadTransaction { tx, shared: self.shared.clone() })
    }

    async fn write(&self, durability: Durability) -> Result<WriteTransaction> {
        self.shared.write(&Space::ALL, durability).await
    }

    /// The database numbers the rows itself, so that nothing need be read before they are written.
    async fn append(&self, values: &[Vec<u8>]) -> Result<u64> {
        let tx = self.shared.write(&[Space::Queue], Durability::Strict).await?;
        let queue = tx.reads.store(Space::Queue)?;
        let mut first = None;
        for value in values {
            let put =
                queue.put(&Uint8Array::from(value.as_slice())).map_err(|error| tx.reads.failure(error))?;
            first.get_or_insert(put);
        }
        tx.commit().await?;
        let number = first.and_then(|first| first.result().ok()?.as_f64());
        number.map(|number| number as u64).ok_or_else(|| unreadable(Space::Queue, "no number"))
    }

    async fn delete_all(&self) -> Result<()> {
        // Emptied first: another tab may hold up the deletion of the database, but not this.
        let tx = self.write(Durability::Strict).await?;
        for space in Space::ALL {
            tx.delete_prefix(space, "").await?;
        }
        tx.commit().await?;
        self.shared.leave(State::Gone(StoreError::Deleted));
        let name = self.shared.name.clone();
        let deleting = async move { rexie::Rexie::delete(&name).await };
        match detached(deleting, |_| {}).await {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(StoreError::Aborted(error.to_string())),
            None => Err(StoreError::Blocked),
        }
    }
}

impl Shared {
    async fn write(self: &Rc<Self>, spaces: &[Space], durability: Durability) -> Result<WriteTransaction> {
        let tx = self.begin(spaces, Some(durability)).await?;
        let end = EndWatch::new(&tx);
        let reads = ReadTransaction { tx, shared: self.clone() };
        Ok(WriteTransaction { reads, end, left_to_commit: Cell::new(false) })
    }

    /// A transaction over these spaces; read-only for None.
    async fn begin(self: &Rc<Self>, spaces: &[Space], write: Option<Durability>) -> Result<IdbTransaction> {
        if let Some(tx) = self.try_begin(spaces, write)? {
            return Ok(tx);
        }
        self.reopen().await?;
        self.try_begin(spaces, write)?.ok_or(StoreError::Closed)
    }

    /// None where the connection turns out to be lost.
    fn try_begin(&self, spaces: &[Space], write: Option<Durability>) -> Result<Option<IdbTransaction>> {
        let begun = match &*self.state.borrow() {
            State::Open(connection) => begin_on(&connection.db, spaces, write),
            State::Lost => return Ok(None),
            State::Gone(error) => return Err(error.clone()),
        };
        match begun {
            Ok(tx) => {
                check_durability(&tx, write)?;
                Ok(Some(tx))
            }
            Err(error) => match store_error(&error) {
                StoreError::Closed => {
                    self.leave(State::Lost);
                    Ok(None)
                }
                error => Err(error),
            },
        }
    }

    /// Opens a connection again, unless the database is not there any more: an empty one in its place would pass
    /// for an empty plan.
    async fn reopen(self: &Rc<Self>) -> Result<()> {
        let name = self.name.clone();
        let opening = async move { idb_sys::open_existing(&name, migrations::VERSION).await };
        let opened = detached(opening, |late| {
            if let Ok(Some(db)) = late {
                db.close();
            }
        });
        let fault = match opened.await {
            None => return Err(StoreError::Blocked),
            Some(Ok(Some(db))) => return self.install_if_lost(db),
            Some(Ok(None)) => StoreError::Deleted,
            Some(Err(error)) => match store_error(&error) {
                StoreError::Newer => StoreError::Newer,
                _ => return Err(StoreError::Closed),
            },
        };
        self.fail(fault.clone());
        Err(fault)
    }

    fn install_if_lost(self: &Rc<Self>, db: IdbDatabase) -> Result<()> {
        match &*self.state.borrow() {
            State::Lost => {}
            State::Open(_) => {
                db.close();
                return Ok(());
            }
            State::Gone(error) => {
                db.close();
                return Err(error.clone());
            }
        }
        self.install(db);
        Ok(())
    }

    fn install(self: &Rc<Self>, db: IdbDatabase) {
        let on_version_change = {
            let shared = Rc::downgrade(self);
            Closure::<dyn FnMut(IdbVersionChangeEvent)>::new(move |event: IdbVersionChangeEvent| {
                let Some(shared) = Weak::upgrade(&shared) else { return };
                match event.new_version() {
                    None => shared.fail(StoreError::Deleted),
                    Some(_) => shared.fail(StoreError::Newer),
                }
            })
        };
        let on_close = {
            let shared = Rc::downgrade(self);
            Closure::<dyn FnMut(web_sys::Event)>::new(move |_| {
                let Some(shared) = Weak::upgrade(&shared) else { return };
                shared.leave(State::Lost);
                spawn_local(async move {
                    if let Err(error @ StoreError::Closed) = shared.reopen().await {
                        shared.report(error);
                    }
                });
            })
        };
        db.set_onversionchange(Some(on_version_change.as_ref().unchecked_ref()));
        db.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        let connection = Connection { db, _on_version_change: on_version_change, _on_close: on_close };
        *self.state.borrow_mut() = State::Open(connection);
    }

    /// The database is lost for good.
    fn fail(&self, fault: StoreError) {
        if !matches!(&*self.state.borrow(), State::Gone(_)) {
            self.leave(State::Gone(fault.clone()));
            self.report(fault);
        }
    }

    fn report(&self, fault: StoreError) {
        let callback = self.on_fault.borrow().clone();
        if let Some(callback) = callback {
            callback(fault);
        }
    }

    fn leave(&self, next: State) {
        if let State::Open(connection) = self.state.replace(next) {
            connection.db.close();
            // One of its closures may be what is running now.
            spawn_local(async move { drop(connection) });
        }
    }

    /// Why a request or a transaction failed, the deeper cause first.
    fn cause(&self, tx: &IdbTransaction, error: Option<JsValue>) -> StoreError {
        if let State::Gone(gone) = &*self.state.borrow() {
            return gone.clone();
        }
        let ended = |error: &JsValue| idb_sys::error_name(error) == "InvalidStateError";
        match (tx.error(), error) {
            (Some(error), _) => store_error(&error),
            (None, Some(error)) if ended(&error) => StoreError::Aborted("it had already ended".into()),
            (None, Some(error)) => store_error(&error),
            _ if matches!(&*self.state.borrow(), State::Lost) => StoreError::Closed,
            _ => StoreError::Aborted("no reason given".into()),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.db.set_onversionchange(None);
        self.db.set_onclose(None);
        self.db.close();
    }
}

pub struct ReadTransaction {
    tx: IdbTransaction,
    shared: Rc<Shared>,
}

impl ReadTransaction {
    fn store(&self, space: Space) -> Result<IdbObjectStore> {
        self.tx.object_store(space.name()).map_err(|error| self.failure(error))
    }

    async fn finish(&self, request: std::result::Result<web_sys::IdbRequest, JsValue>) -> Result<JsValue> {
        let request = request.map_err(|error| self.failure(error))?;
        idb_sys::outcome_of(request).await.map_err(|error| self.failure(error))
    }

    fn failure(&self, error: JsValue) -> StoreError {
        self.shared.cause(&self.tx, Some(error))
    }
}

impl fmt::Debug for ReadTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadTransaction").finish_non_exhaustive()
    }
}

impl ReadTx for ReadTransaction {
    async fn get(&self, space: Space, key: &str) -> Result<Option<Vec<u8>>> {
        let value = self.finish(self.store(space)?.get(&js_key(space, key))).await?;
        bytes_if_any(space, key, value)
    }

    async fn get_all(&self, space: Space, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let store = self.store(space)?;
        let asked = keys.iter().map(|key| store.get(&js_key(space, key)));
        let asked = asked.collect::<std::result::Result<Vec<_>, _>>().map_err(|error| self.failure(error))?;
        // A transaction answers in order: with the last one all are answered.
        if let Some(last) = asked.last() {
            self.finish(Ok(last.clone())).await?;
        }
        let answer = |(key, request): (&String, &web_sys::IdbRequest)| {
            let value = request.result().map_err(|error| self.failure(error))?;
            bytes_if_any(space, key, value)
        };
        keys.iter().zip(&asked).map(answer).collect()
    }

    async fn scan(&self, space: Space, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let range = range_of(prefix).map_err(|error| self.failure(error))?;
        self.rows_in(space, range).await
    }

    async fn scan_range(&self, space: Space, first: &str, last: &str) -> Result<Vec<(String, Vec<u8>)>> {
        if first > last {
            return Ok(Vec::new());
        }
        let range = range_between(space, first, last).map_err(|error| self.failure(error))?;
        self.rows_in(space, Some(range)).await
    }
}

impl ReadTransaction {
    /// All rows where there is no range.
    async fn rows_in(&self, space: Space, range: Option<IdbKeyRange>) -> Result<Vec<(String, Vec<u8>)>> {
        let store = self.store(space)?;
        let (keys, values) = match range {
            Some(range) => (store.get_all_keys_with_key(&range), store.get_all_with_key(&range)),
            None => (store.get_all_keys(), store.get_all()),
        };
        let (keys, values) = futures::try_join!(self.finish(keys), self.finish(values))?;
        let (keys, values) = (Array::from(&keys), Array::from(&values));
        keys.iter()
            .zip(values.iter())
            .map(|(key, value)| {
                let number = key.as_f64().filter(|_| space == Space::Queue).map(|n| row_key(n as u64));
                let key = number.or_else(|| key.as_string());
                let key = key.ok_or_else(|| unreadable(space, "a key that is not text"))?;
                let value = bytes_of(space, &key, value)?;
                Ok((key, value))
            })
            .collect()
    }
}

/// Writes are not awaited one by one: a failed one aborts the transaction, and `commit` tells.
pub struct WriteTransaction {
    reads: ReadTransaction,
    end: EndWatch,
    left_to_commit: Cell<bool>,
}

impl WriteTransaction {
    /// What the browser granted: "strict", "relaxed" or "default"; None where it knows no such thing.
    pub fn durability(&self) -> Option<String> {
        idb_sys::durability(&self.reads.tx)
    }
}

impl fmt::Debug for WriteTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteTransaction").finish_non_exhaustive()
    }
}

impl ReadTx for WriteTransaction {
    async fn get(&self, space: Space, key: &str) -> Result<Option<Vec<u8>>> {
        self.reads.get(space, key).await
    }

    async fn get_all(&self, space: Space, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        self.reads.get_all(space, keys).await
    }

    async fn scan(&self, space: Space, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        self.reads.scan(space, prefix).await
    }

    async fn scan_range(&self, space: Space, first: &str, last: &str) -> Result<Vec<(String, Vec<u8>)>> {
        self.reads.scan_range(space, first, last).await
    }
}

impl WriteTx for WriteTransaction {
    async fn put(&self, space: Space, key: &str, value: &[u8]) -> Result<()> {
        // A copy of its own: a view would clone the whole WASM memory into the database.
        let value = Uint8Array::from(value);
        let put = self.reads.store(space)?.put_with_key(&value, &js_key(space, key));
        put.map(drop).map_err(|error| self.reads.failure(error))
    }

    async fn delete(&self, space: Space, key: &str) -> Result<()> {
        let deleted = self.reads.store(space)?.delete(&js_key(space, key));
        deleted.map(drop).map_err(|error| self.reads.failure(error))
    }

    async fn delete_range(&self, space: Space, first: &str, last: &str) -> Result<()> {
        if first > last {
            return Ok(());
        }
        let range = range_between(space, first, last).map_err(|error| self.reads.failure(error))?;
        let deleted = self.reads.store(space)?.delete(&range);
        deleted.map(drop).map_err(|error| self.reads.failure(error))
    }

    async fn delete_prefix(&self, space: Space, prefix: &str) -> Result<()> {
        let store = self.reads.store(space)?;
        let range = range_of(prefix).map_err(|error| self.reads.failure(error))?;
        let deleted = range.map_or_else(|| store.clear(), |range| store.delete(&range));
        deleted.map(drop).map_err(|error| self.reads.failure(error))
    }

    async fn commit(self) -> Result<()> {
        self.left_to_commit.set(true);
        // Throws when the transaction has already ended; how it ended, `end` knows.
        #[allow(deprecated, reason = "deprecated by web-sys only: it was taken out of an older draft")]
        let _ = self.reads.tx.commit();
        match self.end.wait().await {
            End::Completed => Ok(()),
            End::Aborted => Err(self.reads.shared.cause(&self.reads.tx, None)),
        }
    }
}

impl Drop for WriteTransaction {
    fn drop(&mut self) {
        if !self.left_to_commit.get() && self.end.end().is_none() {
            let _ = self.reads.tx.abort();
        }
    }
}

fn begin_on(
    db: &IdbDatabase,
    spaces: &[Space],
    write: Option<Durability>,
) -> std::result::Result<IdbTransaction, JsValue> {
    let stores: Array = spaces.iter().map(|space| JsValue::from_str(space.name())).collect();
    match write {
        None => db.transaction_with_str_sequence_and_mode(&stores, IdbTransactionMode::Readonly),
        Some(Durability::Strict) => idb_sys::read_write(db, &stores, "strict"),
        Some(Durability::Relaxed) => idb_sys::read_write(db, &stores, "relaxed"),
    }
}

/// A browser that knows durability hints must honour them; one that knows none writes as it always did.
fn check_durability(tx: &IdbTransaction, write: Option<Durability>) -> Result<()> {
    match (write, idb_sys::durability(tx)) {
        (Some(Durability::Strict), Some(granted)) if granted != "strict" => {
            let _ = tx.abort();
            Err(StoreError::Unavailable(format!("it grants {granted} durability where strict is needed")))
        }
        _ => Ok(()),
    }
}

/// Keys that start with `prefix`: up to the prefix with its last character one higher. None is all keys.
fn range_of(prefix: &str) -> std::result::Result<Option<IdbKeyRange>, JsValue> {
    let mut end = prefix.to_owned();
    let Some(last) = end.pop() else { return Ok(None) };
    end.push(char::from_u32(last as u32 + 1).unwrap_or(char::MAX));
    let (from, to) = (JsValue::from_str(prefix), JsValue::from_str(&end));
    IdbKeyRange::bound_with_lower_open_and_upper_open(&from, &to, false, true).map(Some)
}

/// IndexedDB throws where `first` is after `last`.
fn range_between(space: Space, first: &str, last: &str) -> std::result::Result<IdbKeyRange, JsValue> {
    IdbKeyRange::bound(&js_key(space, first), &js_key(space, last))
}

/// The queue's keys are numbers, which the database gives itself.
fn js_key(space: Space, key: &str) -> JsValue {
    match row_number(key).filter(|_| space == Space::Queue) {
        Some(n) => JsValue::from_f64(n as f64),
        None => JsValue::from_str(key),
    }
}

fn bytes_if_any(space: Space, key: &str, value: JsValue) -> Result<Option<Vec<u8>>> {
    if value.is_undefined() { Ok(None) } else { bytes_of(space, key, value).map(Some) }
}

fn bytes_of(space: Space, key: &str, value: JsValue) -> Result<Vec<u8>> {
    match value.dyn_into::<Uint8Array>() {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(_) => Err(unreadable(space, key)),
    }
}

fn unreadable(space: Space, what: &str) -> StoreError {
    StoreError::Damaged(format!("{}: {what}", space.name()))
}

fn store_error(error: &JsValue) -> StoreError {
    match idb_sys::error_name(error).as_str() {
        "QuotaExceededError" => StoreError::Quota,
        "InvalidStateError" | "UnknownError" => StoreError::Closed,
        "VersionError" => StoreError::Newer,
        "NotFoundError" | "DataError" => StoreError::Damaged(idb_sys::error_message(error)),
        _ => StoreError::Aborted(idb_sys::error_message(error)),
    }
}

fn open_error(error: idb::Error) -> StoreError {
    let cause: JsValue = match error {
        idb::Error::DomException(error) => error.into(),
        idb::Error::IndexedDbNotFound(error) | idb::Error::IndexedDbOpenFailed(error) => error,
        other => return StoreError::Unavailable(other.to_string()),
    };
    match store_error(&cause) {
        known @ (StoreError::Quota | StoreError::Newer) => known,
        aborted @ StoreError::Aborted(_) if idb_sys::error_name(&cause) == "AbortError" => aborted,
        _ => StoreError::Unavailable(idb_sys::error_message(&cause)),
    }
}

/// Runs a future to its end whatever happens, and waits for it within the limit: an open that is dropped half-way
/// would leave a connection that nobody closes.
async fn detached<T: 'static>(
    future: impl Future<Output = T> + 'static,
    discard: impl FnOnce(T) + 'static,
) -> Option<T> {
    let (send, receive) = oneshot::channel();
    spawn_local(async move {
        if let Err(late) = send.send(future.await) {
            discard(late);
        }
    });
    time::within(OPEN_LIMIT_MS, receive).await?.ok()
}
