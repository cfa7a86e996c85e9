//! The store in memory passes the suite of all stores.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "tests")]

mod conformance;

use wedsync_core::ports::memory::{Fault, MemoryStore};
use wedsync_core::ports::{Durability, ReadTx, Space, Store, StoreError, WriteTx};
use wedsync_core::record::{OutboxRow, PackedView, Position, VIEW_CODE, pack};
use wedsync_core::storage::{Commit, Done, Loaded, LoadedDoc, Op, Restored, perform};
use wedsync_domain::ids::Uuid;
use wedsync_domain::schema::SCHEMA;

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

#[test]
fn what_does_not_read_costs_a_document_or_a_receipt_and_no_edit() {
    let store = MemoryStore::default();
    load(&store).unwrap();
    let row =
        OutboxRow { n: 0, uuid: Uuid([7; 16]), at_ms: 1, title: "An edit".into(), command: b"{}".to_vec() };
    pollster::block_on(perform(&store, Op::Append(vec![row]))).unwrap();
    put(&store, Space::Heads, "event/a", b"\xff");
    put(&store, Space::Heads, "no document", &pack(&Position { epoch: 1, seq: 1 }));
    put(&store, Space::Heads, "event/b", &pack(&Position { epoch: 1, seq: 1 }));
    put(&store, Space::Snapshots, "event/b", b"\xff");
    put(&store, Space::Receipts, "r", b"\xff");
    let loaded = load(&store).unwrap();
    let damaged = loaded.docs.iter().filter(|(_, doc)| matches!(doc, LoadedDoc::Damaged));
    assert_eq!((damaged.count(), loaded.docs.len()), (2, 2), "{:?}", loaded.docs);
    assert_eq!((loaded.rows.len(), loaded.receipts.len()), (1, 0));
    let docs = ["event/a", "event/b"].map(|doc| doc.parse().unwrap());
    let read = pollster::block_on(perform(&store, Op::ReadDocs(docs.to_vec())));
    assert!(matches!(read, Ok(Done::Docs(found)) if found.iter().all(|(_, doc)| doc.is_none())));
    let Ok(Done::NetworkTaken { epoch }) = pollster::block_on(perform(&store, Op::TakeNetwork)) else {
        panic!()
    };
    for restored in [None, Some(Restored { generation: 1, send_again: true })] {
        let renew = Op::NewClient { network_epoch: epoch, client: "c2".parse().unwrap(), restored };
        assert!(matches!(pollster::block_on(perform(&store, renew)), Ok(Done::ClientTaken)));
        assert_eq!(load(&store).unwrap().rows.len(), 1, "{restored:?}");
    }
    // An edit that does not read is said, not passed over.
    put(&store, Space::Queue, "0000000000000001", b"\xff");
    assert!(matches!(load(&store), Err(StoreError::Damaged(_))));
}

fn load(store: &MemoryStore) -> Result<Loaded, StoreError> {
    let op = Op::Load { fresh_client: "c1".parse().unwrap() };
    match pollster::block_on(perform(store, op)) {
        Ok(Done::Loaded(loaded)) => Ok(*loaded),
        Err(e) => Err(e),
        Ok(other) => panic!("{other:?}"),
    }
}

fn put(store: &MemoryStore, space: Space, key: &str, value: &[u8]) {
    pollster::block_on(async {
        let tx = store.write(Durability::Strict).await.unwrap();
        tx.put(space, key, value).await.unwrap();
        tx.commit().await.unwrap();
    });
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let store = MemoryStore::default();
    assert_eq!(load(&store).unwrap().client.as_str(), "c1");
    put(&store, Space::Meta, "format", &pack(&3u32));
    assert!(matches!(load(&store), Err(StoreError::Newer)));
}

#[test]
fn rows_of_a_database_of_version_2_are_numbered() {
    let store = MemoryStore::default();
    for (name, rows) in conformance::version_2() {
        let space = Space::ALL.into_iter().find(|space| space.name() == name).unwrap();
        rows.iter().for_each(|(key, value)| put(&store, space, key, value));
    }
    pollster::block_on(conformance::numbers_the_rows_of_version_2(&store));
}

#[test]
fn a_packed_view_is_good_for_its_schema_code_and_position_only() {
    let at = Position { epoch: 2, seq: 7 };
    let good = PackedView { schema: SCHEMA, code: VIEW_CODE, at, rows: b"packed".to_vec(), event: None };
    let cases = [
        (good.clone(), true),
        (PackedView { schema: SCHEMA - 1, ..good.clone() }, false),
        (PackedView { code: VIEW_CODE + 1, ..good.clone() }, false),
        (PackedView { at: Position { epoch: 1, seq: 7 }, ..good.clone() }, false),
        (PackedView { at: Position { epoch: 2, seq: 6 }, ..good }, false),
    ];
    for (view, is_used) in cases {
        let store = MemoryStore::default();
        load(&store).unwrap();
        put(&store, Space::Heads, "roster", &pack(&at));
        put(&store, Space::Views, "roster", &pack(&view));
        let docs = load(&store).unwrap().docs;
        let [(_, loaded)] = &docs[..] else { panic!("{docs:?}") };
        assert_eq!(matches!(loaded, LoadedDoc::View(_)), is_used, "{view:?}");
    }
}

#[test]
fn each_replica_counts_its_holders_and_commits_from_somewhere_else_and_up() {
    let mut begun = std::collections::BTreeSet::new();
    for seed in 0..1_000u64 {
        let store = MemoryStore::default();
        let fresh_client = format!("c{:016x}-0", seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).parse().unwrap();
        pollster::block_on(perform(&store, Op::Load { fresh_client })).unwrap();
        let take = || match pollster::block_on(perform(&store, Op::TakeNetwork)) {
            Ok(Done::NetworkTaken { epoch }) => epoch,
            other => panic!("{other:?}"),
        };
        let (first, second) = (take(), take());
        assert_eq!(second, first + 1);
        assert!(begun.insert(first), "two replicas begin at {first}");
        // Far from where counting up would end.
        assert!(first < 1 << 50);
        let commit = |network_epoch| {
            let op = Op::Commit(Box::new(Commit { network_epoch, ..Commit::default() }));
            match pollster::block_on(perform(&store, op)) {
                Ok(Done::Committed(commit)) => Ok(commit.number),
                Ok(other) => panic!("{other:?}"),
                Err(e) => Err(e),
            }
        };
        assert_eq!((commit(second), commit(second)), (Ok(first), Ok(first + 1)));
        assert_eq!(commit(first), Err(StoreError::Fenced));
        assert_eq!(load(&store).unwrap().commits, first + 1);
    }
}
