//! The store in memory passes the suite of all stores.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "tests")]

mod conformance;

use wedsync_core::ports::memory::{Fault, MemoryStore};
use wedsync_core::ports::{Durability, ReadTx, Space, Store, StoreError, WriteTx};

macro_rules! run {
    ($check:ident) => {
        #[test]
        fn $check() {
            let store = MemoryStore::default();
            pollster::block_on(conformance::$check(&store, &store.clone()));
        }
    };
}
conformance::each_check!(run);

#[test]
fn a_failed_commit_changes_nothing() {
    pollster::block_on(async {
        let store = MemoryStore::default();
        for (fault, error) in [(Fault::Quota, StoreError::Quota), (Fault::Closed, StoreError::Closed)] {
            store.fail_next_commit(fault);
            let tx = store.write(Durability::Strict).await.unwrap();
            tx.put(Space::Meta, "client", b"1").await.unwrap();
            assert_eq!(tx.commit().await, Err(error));
        }
        assert_eq!(store.read().await.unwrap().get(Space::Meta, "client").await.unwrap(), None);
        // The fault is over.
        let tx = store.write(Durability::Strict).await.unwrap();
        tx.put(Space::Meta, "client", b"1").await.unwrap();
        tx.commit().await.unwrap();
        assert!(store.read().await.unwrap().get(Space::Meta, "client").await.unwrap().is_some());
    });
}

#[test]
fn a_duplicate_shares_nothing() {
    pollster::block_on(async {
        let store = MemoryStore::default();
        let copy = store.duplicate();
        let tx = copy.write(Durability::Strict).await.unwrap();
        tx.put(Space::Meta, "client", b"1").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.read().await.unwrap().get(Space::Meta, "client").await.unwrap(), None);
    });
}
