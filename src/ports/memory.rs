//! The store in memory: for tests and the simulation. It passes the same conformance suite as IndexedDB.

use super::store::{Durability, ReadTx, Result, Space, Store, StoreError, WriteTx};
use crate::record::{row_key, row_number};
use futures::lock::{Mutex, OwnedMutexGuard};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

type Writes = BTreeMap<(Space, String), Option<Vec<u8>>>;

#[derive(Clone, Debug, Default)]
struct Data {
    values: BTreeMap<(Space, String), Vec<u8>>,
    /// The highest number that ever was a key of the queue.
    number: u64,
}

impl Data {
    fn put(&mut self, at: (Space, String), value: Vec<u8>) {
        if let (Space::Queue, Some(n)) = (at.0, row_number(&at.1)) {
            self.number = self.number.max(n);
        }
        self.values.insert(at, value);
    }
}

/// Clones share the data, as the tabs of one browser do.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    /// Replaced, not changed, while a reader holds it: a transaction sees one state throughout.
    data: Rc<RefCell<Rc<Data>>>,
    /// What was there at the last strict commit.
    strict: Rc<RefCell<Rc<Data>>>,
    /// Write transactions run one after the other, those of clones too.
    turn: Arc<Mutex<()>>,
    fail_next_commit: Rc<Cell<Option<Fault>>>,
    /// Gives way once before each step, so that a test decides what happens in between.
    pauses: bool,
}

/// A fault to come, for tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Quota,
    Closed,
}

impl MemoryStore {
    /// One whose every step gives way once, and that remembers what a power cut would leave.
    pub fn pausing() -> MemoryStore {
        MemoryStore { pauses: true, ..MemoryStore::default() }
    }

    async fn pause(&self) {
        let mut paused = !self.pauses;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// The next commit fails, and changes nothing.
    pub fn fail_next_commit(&self, fault: Fault) {
        self.fail_next_commit.set(Some(fault));
    }

    /// A copy that shares nothing, as a backup or a cloned profile is.
    pub fn duplicate(&self) -> MemoryStore {
        let data = self.data.borrow().clone();
        MemoryStore {
            strict: Rc::new(RefCell::new(data.clone())),
            data: Rc::new(RefCell::new(data)),
            pauses: self.pauses,
            ..MemoryStore::default()
        }
    }

    /// The machine loses power: relaxed commits since the last strict one are gone. For a [`MemoryStore::pausing`] one.
    pub fn cut_power(&self) {
        let strict = self.strict.borrow().clone();
        *self.data.borrow_mut() = strict;
    }

    /// Somebody deletes the database while it is open.
    pub fn wipe(&self) {
        *self.data.borrow_mut() = Rc::default();
        *self.strict.borrow_mut() = Rc::default();
    }

    fn begin(&self, durability: Durability, turn: Option<OwnedMutexGuard<()>>) -> MemoryTx {
        MemoryTx {
            store: self.clone(),
            durability,
            seen: self.data.borrow().clone(),
            _turn: turn,
            writes: RefCell::default(),
        }
    }
}

#[derive(Debug)]
pub struct MemoryTx {
    store: MemoryStore,
    durability: Durability,
    seen: Rc<Data>,
    _turn: Option<OwnedMutexGuard<()>>,
    /// None is a deletion.
    writes: RefCell<Writes>,
}

impl Store for MemoryStore {
    type Read = MemoryTx;
    type Write = MemoryTx;

    async fn read(&self) -> Result<MemoryTx> {
        self.pause().await;
        Ok(self.begin(Durability::Relaxed, None))
    }

    async fn write(&self, durability: Durability) -> Result<MemoryTx> {
        self.pause().await;
        let turn = self.turn.clone().lock_owned().await;
        Ok(self.begin(durability, Some(turn)))
    }

    async fn append(&self, values: &[Vec<u8>]) -> Result<u64> {
        let tx = self.write(Durability::Strict).await?;
        let first = tx.seen.number + 1;
        for (n, value) in (first..).zip(values) {
            tx.put(Space::Queue, &row_key(n), value).await?;
        }
        tx.commit().await?;
        Ok(first)
    }

    async fn delete_all(&self) -> Result<()> {
        let _turn = self.turn.lock().await;
        self.wipe();
        Ok(())
    }
}

impl ReadTx for MemoryTx {
    async fn get(&self, space: Space, key: &str) -> Result<Option<Vec<u8>>> {
        let at = (space, key.to_owned());
        if let Some(written) = self.writes.borrow().get(&at) {
            return Ok(written.clone());
        }
        Ok(self.seen.values.get(&at).cloned())
    }

    async fn get_all(&self, space: Space, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let mut values = Vec::new();
        for key in keys {
            values.push(self.get(space, key).await?);
        }
        Ok(values)
    }

    async fn scan(&self, space: Space, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        Ok(self.take_while(space, prefix, |key| key.starts_with(prefix)))
    }

    async fn scan_range(&self, space: Space, first: &str, last: &str) -> Result<Vec<(String, Vec<u8>)>> {
        Ok(self.take_while(space, first, |key| key <= last))
    }
}

impl MemoryTx {
    fn take_while(&self, space: Space, from: &str, go_on: impl Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
        let from = (space, from.to_owned());
        let inside = |at: &(Space, String)| at.0 == space && go_on(&at.1);
        let mut found: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (at, value) in self.seen.values.range(from.clone()..).take_while(|(at, _)| inside(at)) {
            found.insert(at.1.clone(), value.clone());
        }
        for (at, value) in self.writes.borrow().range(from..).take_while(|(at, _)| inside(at)) {
            match value {
                Some(value) => found.insert(at.1.clone(), value.clone()),
                None => found.remove(&at.1),
            };
        }
        found.into_iter().collect()
    }
}

impl WriteTx for MemoryTx {
    async fn put(&self, space: Space, key: &str, value: &[u8]) -> Result<()> {
        self.writes.borrow_mut().insert((space, key.to_owned()), Some(value.to_vec()));
        Ok(())
    }

    async fn delete(&self, space: Space, key: &str) -> Result<()> {
        self.writes.borrow_mut().insert((space, key.to_owned()), None);
        Ok(())
    }

    async fn delete_range(&self, space: Space, first: &str, last: &str) -> Result<()> {
        for (key, _) in self.scan_range(space, first, last).await? {
            self.delete(space, &key).await?;
        }
        Ok(())
    }

    async fn delete_prefix(&self, space: Space, prefix: &str) -> Result<()> {
        for (key, _) in self.scan(space, prefix).await? {
            self.delete(space, &key).await?;
        }
        Ok(())
    }

    async fn commit(self) -> Result<()> {
        self.store.pause().await;
        match self.store.fail_next_commit.take() {
            Some(Fault::Quota) => return Err(StoreError::Quota),
            Some(Fault::Closed) => return Err(StoreError::Closed),
            None => {}
        }
        drop(self.seen);
        let mut data = self.store.data.borrow_mut();
        let written = Rc::make_mut(&mut data);
        for (at, value) in self.writes.into_inner() {
            match value {
                Some(value) => written.put(at, value),
                None => drop(written.values.remove(&at)),
            }
        }
        // Kept only where somebody may ask: the next write has to copy everything then.
        if self.store.pauses && self.durability == Durability::Strict {
            *self.store.strict.borrow_mut() = data.clone();
        }
        Ok(())
    }
}
