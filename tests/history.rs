//! History on the device: the pages that are kept, and the edits that wait on top of them.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use harness::{World, id, say};
use wedsync_core::history::{PAGE_MAX, keep, kept};
use wedsync_core::ports::memory::MemoryStore;
use wedsync_core::ports::{Durability, ReadTx, Space, Store, StoreError, WriteTx};
use wedsync_core::storage::{Op, perform};
use wedsync_domain::history::{Page, Record, RowCounts, Subject, entry};
use wedsync_domain::{Change, ChangeKind, Field, Table, Value};

#[allow(dead_code, reason = "other test files use the rest")]
mod harness;

fn of(event: &str, shift: Option<&str>) -> Subject {
    Subject { event: Some(id(event)), assignment: shift.map(id), helper: None }
}

fn set(shift: &str, text: &str) -> Change {
    let kind = ChangeKind::Set { field: Field::Note, before: Value::Null, after: Value::from(text) };
    Change { doc: "event/e".parse().unwrap(), table: Table::Assignments, row: shift.into(), kind }
}

fn record(uuid: &str, changes: Vec<Change>) -> Record {
    let (name, kind) = (Some("Olga".into()), "update_assignment".into());
    let rows = RowCounts::of(&changes);
    Record {
        uuid: uuid.into(),
        user: id("olga"),
        name,
        device: None,
        kind,
        made_ms: 1,
        at_ms: 2,
        changes,
        rows,
    }
}

fn page(at_ms: u64, entries: Vec<Record>) -> Page {
    Page { entries, next: Some("5.x".into()), at_ms }
}

async fn replica() -> MemoryStore {
    let store = MemoryStore::default();
    perform(&store, Op::Load { fresh_client: id("c") }).await.unwrap();
    store
}

#[test]
fn a_page_is_read_back_as_it_was_kept_and_a_newer_one_takes_its_place() {
    pollster::block_on(async {
        let store = replica().await;
        assert_eq!(kept(&store, &of("e", None)).await.unwrap(), None);
        for at in [7, 9] {
            let seen = page(at, vec![record("u1", vec![set("a", "x")])]);
            keep(&store, &of("e", None), seen.clone()).await.unwrap();
            assert_eq!(kept(&store, &of("e", None)).await.unwrap(), Some(seen));
        }
        assert_eq!(store.read().await.unwrap().scan(Space::History, "").await.unwrap().len(), 1);
        assert_eq!(kept(&store, &of("f", None)).await.unwrap(), None);
    });
}

#[test]
fn of_a_shift_that_nobody_looked_at_its_events_page_tells() {
    pollster::block_on(async {
        let store = replica().await;
        let (a, b) = (record("u1", vec![set("a", "x")]), record("u2", vec![set("b", "x")]));
        keep(&store, &of("e", None), page(7, vec![b, a.clone()])).await.unwrap();
        let seen = Page { entries: vec![a], next: None, at_ms: 7 };
        assert_eq!(kept(&store, &of("e", Some("a"))).await.unwrap(), Some(seen));
        let own = page(8, vec![]);
        keep(&store, &of("e", Some("a")), own.clone()).await.unwrap();
        assert_eq!(kept(&store, &of("e", Some("a"))).await.unwrap(), Some(own));
    });
}

#[test]
fn only_so_many_pages_are_kept_and_only_the_latest_of_a_large_one() {
    pollster::block_on(async {
        let store = replica().await;
        for n in 1..=30 {
            keep(&store, &of(&format!("e{n}"), None), page(n, vec![])).await.unwrap();
        }
        assert_eq!(store.read().await.unwrap().scan(Space::History, "").await.unwrap().len(), 24);
        assert_eq!(kept(&store, &of("e6", None)).await.unwrap(), None);
        assert!(kept(&store, &of("e7", None)).await.unwrap().is_some());
        let large = |n: u32| record(&format!("u{n}"), vec![set("a", &"x".repeat(3000))]);
        keep(&store, &of("e", None), page(31, (0..50).map(large).collect())).await.unwrap();
        let cut = kept(&store, &of("e", None)).await.unwrap().unwrap();
        assert_eq!((cut.entries.len(), cut.entries[0].uuid.as_str(), cut.next), (12, "u0", None));
        let pages = store.read().await.unwrap().scan(Space::History, "").await.unwrap();
        assert!(pages.iter().all(|(_, bytes)| bytes.len() <= PAGE_MAX));
    });
}

#[test]
fn what_does_not_read_is_no_page_and_a_deleted_replica_gets_none() {
    pollster::block_on(async {
        let store = replica().await;
        let tx = store.write(Durability::Strict).await.unwrap();
        tx.put(Space::History, "e..", b"\xff\xff").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kept(&store, &of("e", None)).await.unwrap(), None);
        keep(&store, &of("e", None), page(1, vec![])).await.unwrap();
        assert!(kept(&store, &of("e", None)).await.unwrap().is_some());
        let fresh = MemoryStore::default();
        assert_eq!(keep(&fresh, &of("e", None), page(1, vec![])).await, Err(StoreError::Deleted));
    });
}

#[test]
fn edits_that_wait_are_told_in_the_order_they_were_made_each_from_what_stood_then() {
    let mut world = World::new();
    let store = MemoryStore::default();
    let tab = world.open(1, "olivia", &store);
    world.submit(tab, &say::event("e")).unwrap();
    world.submit(tab, &say::shift("e", "a", 1)).unwrap();
    world.run();
    assert_eq!(world.tabs[tab].engine.unlanded_history(), []);
    world.go_offline(1);
    for title in ["Tap", "Wine"] {
        world.submit(tab, &say::title("e", "a", title)).unwrap();
    }
    let engine = &world.tabs[tab].engine;
    let told: Vec<(String, &str)> = engine
        .unlanded_history()
        .iter()
        .map(|(record, state)| (entry(record, state, &engine.world(), engine.actor()).unwrap().title, *state))
        .collect();
    let shift = "Wine, Wed 15 Jul 18:00";
    assert_eq!(
        told,
        [
            (format!("You changed title of {shift} from Tap to Wine"), "saved"),
            (format!("You changed title of {shift} from Bar a to Tap"), "saved"),
        ]
    );
    world.go_online(1);
    world.advance(120_000);
    assert_eq!(world.tabs[tab].engine.unlanded_history(), []);
}
