//! What every store must do, written once: the memory store and IndexedDB pass the same checks.
//!
//! Each check gets two handles on one empty database, as two tabs have.

#![allow(clippy::unwrap_used, reason = "tests")]

use futures::future::join_all;
use std::collections::BTreeMap;
use wedsync_core::ports::{Durability, ReadTx, Space, Store, StoreError, WriteTx};
use wedsync_core::record::{OutboxRow, row_key};
use wedsync_core::storage::{Done, Loaded, Op, perform};
use wedsync_domain::ids::Uuid;

/// Calls `$run!(check)` for each check.
macro_rules! each_check {
    ($run:ident) => {
        $run!(a_commit_is_seen_by_the_other_handle);
        $run!(a_transaction_is_seen_whole_or_not_at_all);
        $run!(a_transaction_sees_its_own_writes);
        $run!(dropping_without_commit_changes_nothing);
        $run!(spaces_are_apart);
        $run!(get_all_gives_each_key_its_value);
        $run!(scan_gives_keys_in_order);
        $run!(scan_gives_exactly_the_prefix);
        $run!(a_range_is_from_its_first_to_its_last_key);
        $run!(delete_prefix_deletes_exactly_the_prefix);
        $run!(empty_keys_and_values_are_kept);
        $run!(a_mebibyte_comes_back_equal);
        $run!(ten_thousand_keys_come_back_in_order);
        $run!(writers_of_two_handles_run_one_after_the_other);
        $run!(writers_run_in_the_order_in_which_they_began);
        $run!(a_reader_sees_one_state_throughout);
        $run!(rows_get_numbers_that_rise_and_are_never_given_twice);
        $run!(an_emptied_replica_loses_no_edit_that_came_after);
        $run!(delete_all_leaves_nothing);
    };
}
pub(crate) use each_check;

async fn put<S: Store>(store: &S, space: Space, key: &str, value: &[u8]) {
    let tx = store.write(Durability::Strict).await.unwrap();
    tx.put(space, key, value).await.unwrap();
    tx.commit().await.unwrap();
}

async fn get<S: Store>(store: &S, space: Space, key: &str) -> Option<Vec<u8>> {
    store.read().await.unwrap().get(space, key).await.unwrap()
}

async fn keys<S: Store>(store: &S, space: Space, prefix: &str) -> Vec<String> {
    let rows = store.read().await.unwrap().scan(space, prefix).await.unwrap();
    rows.into_iter().map(|(key, _)| key).collect()
}

pub async fn a_commit_is_seen_by_the_other_handle<S: Store>(a: &S, b: &S) {
    for durability in [Durability::Strict, Durability::Relaxed] {
        let value = format!("{durability:?}").into_bytes();
        let tx = a.write(durability).await.unwrap();
        tx.put(Space::Meta, "client", &value).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(get(b, Space::Meta, "client").await, Some(value));
    }
    let tx = b.write(Durability::Strict).await.unwrap();
    tx.delete(Space::Meta, "client").await.unwrap();
    tx.delete(Space::Meta, "never there").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(get(a, Space::Meta, "client").await, None);
}

pub async fn a_transaction_is_seen_whole_or_not_at_all<S: Store>(a: &S, b: &S) {
    put(a, Space::Log, "old", b"1").await;
    let write = async {
        let tx = a.write(Durability::Strict).await.unwrap();
        for space in Space::ALL {
            tx.put(space, "row", b"new").await.unwrap();
            assert_eq!(tx.get(space, "row").await.unwrap(), Some(b"new".to_vec()));
        }
        tx.delete(Space::Log, "old").await.unwrap();
        tx.commit().await.unwrap();
    };
    let look = async {
        for _ in 0..5 {
            let tx = b.read().await.unwrap();
            let old = tx.get(Space::Log, "old").await.unwrap().is_some();
            for space in Space::ALL {
                assert_eq!(tx.get(space, "row").await.unwrap().is_none(), old, "torn in {space:?}");
            }
        }
    };
    futures::join!(look, write);
    assert_eq!(get(b, Space::Log, "old").await, None);
    for space in Space::ALL {
        assert_eq!(get(b, space, "row").await, Some(b"new".to_vec()));
    }
}

pub async fn a_transaction_sees_its_own_writes<S: Store>(a: &S, _: &S) {
    put(a, Space::Outbox, "a1", b"old").await;
    put(a, Space::Outbox, "a2", b"old").await;
    let tx = a.write(Durability::Relaxed).await.unwrap();
    tx.put(Space::Outbox, "a1", b"new").await.unwrap();
    tx.delete(Space::Outbox, "a2").await.unwrap();
    tx.put(Space::Outbox, "a3", b"new").await.unwrap();
    assert_eq!(tx.get(Space::Outbox, "a1").await.unwrap(), Some(b"new".to_vec()));
    assert_eq!(tx.get(Space::Outbox, "a2").await.unwrap(), None);
    let rows = tx.scan(Space::Outbox, "a").await.unwrap();
    assert_eq!(rows, [("a1".to_owned(), b"new".to_vec()), ("a3".to_owned(), b"new".to_vec())]);
    tx.delete_prefix(Space::Outbox, "a").await.unwrap();
    assert_eq!(tx.scan(Space::Outbox, "").await.unwrap(), []);
    tx.put(Space::Outbox, "a2", b"again").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(keys(a, Space::Outbox, "").await, ["a2"]);
}

pub async fn dropping_without_commit_changes_nothing<S: Store>(a: &S, b: &S) {
    put(a, Space::Outbox, "kept", b"1").await;
    let tx = a.write(Durability::Strict).await.unwrap();
    tx.put(Space::Outbox, "dropped", b"1").await.unwrap();
    tx.delete_prefix(Space::Outbox, "kept").await.unwrap();
    assert_eq!(tx.get(Space::Outbox, "kept").await.unwrap(), None);
    drop(tx);
    // Once more with nothing awaited between the write and the drop.
    let tx = a.write(Durability::Strict).await.unwrap();
    tx.put(Space::Outbox, "dropped", b"1").await.unwrap();
    drop(tx);
    assert_eq!(keys(b, Space::Outbox, "").await, ["kept"]);
    put(b, Space::Outbox, "next", b"1").await;
    assert_eq!(keys(a, Space::Outbox, "").await, ["kept", "next"]);
}

pub async fn spaces_are_apart<S: Store>(a: &S, _: &S) {
    for space in Space::ALL {
        put(a, space, "same key", space.name().as_bytes()).await;
    }
    for space in Space::ALL {
        assert_eq!(get(a, space, "same key").await, Some(space.name().as_bytes().to_vec()));
        assert_eq!(keys(a, space, "").await, ["same key"]);
    }
}

pub async fn get_all_gives_each_key_its_value<S: Store>(a: &S, b: &S) {
    let keys = ["b", "gone", "a", "new", "never", "b", ""].map(String::from);
    for key in ["a", "b", "gone"] {
        put(a, Space::Log, key, key.as_bytes()).await;
    }
    put(a, Space::Heads, "never", b"elsewhere").await;
    let tx = a.write(Durability::Strict).await.unwrap();
    tx.put(Space::Log, "new", b"new").await.unwrap();
    tx.delete(Space::Log, "gone").await.unwrap();
    let values = ["b", "", "a", "new", "", "b", ""].map(|v| (!v.is_empty()).then(|| v.as_bytes().to_vec()));
    assert_eq!(tx.get_all(Space::Log, &keys).await.unwrap(), values);
    assert_eq!(tx.get_all(Space::Log, &[]).await.unwrap(), []);
    tx.commit().await.unwrap();
    assert_eq!(b.read().await.unwrap().get_all(Space::Log, &keys).await.unwrap(), values);
}

pub async fn scan_gives_keys_in_order<S: Store>(a: &S, _: &S) {
    let mut names = ["b", "a", "~", "A", "0", "a/", "a0", "Z", "a-", "10", "9", "_", " "];
    for name in names {
        put(a, Space::Log, name, name.as_bytes()).await;
    }
    names.sort_unstable();
    let rows = a.read().await.unwrap().scan(Space::Log, "").await.unwrap();
    let expected: Vec<_> = names.iter().map(|name| (name.to_string(), name.as_bytes().to_vec())).collect();
    assert_eq!(rows, expected);
}

const PREFIXED: [&str; 8] = ["event", "event/", "event/1", "event/1/2", "event0", "even", "f", "event~"];

pub async fn scan_gives_exactly_the_prefix<S: Store>(a: &S, _: &S) {
    for key in PREFIXED {
        put(a, Space::Log, key, b"").await;
    }
    assert_eq!(keys(a, Space::Log, "event/").await, ["event/", "event/1", "event/1/2"]);
    assert_eq!(keys(a, Space::Log, "event/1").await, ["event/1", "event/1/2"]);
    assert_eq!(keys(a, Space::Log, "event~").await, ["event~"]);
    assert_eq!(keys(a, Space::Log, "g").await, [""; 0]);
    assert_eq!(keys(a, Space::Views, "event").await, [""; 0]);
}

pub async fn a_range_is_from_its_first_to_its_last_key<S: Store>(a: &S, b: &S) {
    let all = ["a", "b", "b0", "c", "d"];
    for key in all {
        put(a, Space::Log, key, key.as_bytes()).await;
        put(a, Space::Views, key, b"elsewhere").await;
    }
    for (first, last, inside) in
        [("b", "c", &all[1..4]), ("aa", "b", &all[1..2]), ("b1", "b2", &[]), ("", "~", &all), ("c", "b", &[])]
    {
        let tx = a.write(Durability::Strict).await.unwrap();
        let expected: Vec<_> = inside.iter().map(|k| (k.to_string(), k.as_bytes().to_vec())).collect();
        assert_eq!(tx.scan_range(Space::Log, first, last).await.unwrap(), expected);
        tx.delete_range(Space::Log, first, last).await.unwrap();
        assert_eq!(tx.scan_range(Space::Log, first, last).await.unwrap(), []);
        let left: Vec<_> = tx.scan(Space::Log, "").await.unwrap().into_iter().map(|(key, _)| key).collect();
        assert_eq!(left, all.into_iter().filter(|key| !inside.contains(key)).collect::<Vec<_>>());
    }
    let tx = a.write(Durability::Strict).await.unwrap();
    tx.put(Space::Log, "b00", b"new").await.unwrap();
    tx.delete_range(Space::Log, "b", "c").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(keys(b, Space::Log, "").await, ["a", "d"]);
    assert_eq!(keys(b, Space::Views, "").await, all);
}

pub async fn delete_prefix_deletes_exactly_the_prefix<S: Store>(a: &S, b: &S) {
    for key in PREFIXED {
        put(a, Space::Log, key, b"").await;
        put(a, Space::Views, key, b"").await;
    }
    let tx = a.write(Durability::Relaxed).await.unwrap();
    tx.delete_prefix(Space::Log, "event/").await.unwrap();
    tx.delete_prefix(Space::Views, "").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(keys(b, Space::Log, "").await, ["even", "event", "event0", "event~", "f"]);
    assert_eq!(keys(b, Space::Views, "").await, [""; 0]);
}

pub async fn empty_keys_and_values_are_kept<S: Store>(a: &S, b: &S) {
    put(a, Space::Meta, "", b"of no name").await;
    put(a, Space::Meta, "empty", b"").await;
    assert_eq!(get(b, Space::Meta, "").await, Some(b"of no name".to_vec()));
    assert_eq!(get(b, Space::Meta, "empty").await, Some(Vec::new()));
    assert_eq!(keys(b, Space::Meta, "").await, ["", "empty"]);
}

pub async fn a_mebibyte_comes_back_equal<S: Store>(a: &S, b: &S) {
    let big: Vec<u8> = (0..1024 * 1024_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    put(a, Space::Snapshots, "big", &big).await;
    assert!(get(b, Space::Snapshots, "big").await.as_ref() == Some(&big), "the bytes differ");
}

pub async fn ten_thousand_keys_come_back_in_order<S: Store>(a: &S, b: &S) {
    let tx = a.write(Durability::Strict).await.unwrap();
    for n in (0..10_000_u32).rev() {
        tx.put(Space::Outbox, &format!("{n:016}"), &n.to_le_bytes()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let rows = b.read().await.unwrap().scan(Space::Outbox, "").await.unwrap();
    assert_eq!(rows.len(), 10_000);
    for (n, (key, value)) in rows.iter().enumerate() {
        assert_eq!(
            (key.as_str(), value.as_slice()),
            (format!("{n:016}").as_str(), &(n as u32).to_le_bytes()[..])
        );
    }
}

/// Yields once, within the microtask: an IndexedDB transaction stays alive over it.
async fn let_others_run() {
    let mut yielded = false;
    futures::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

async fn increment<S: Store>(store: &S) {
    let tx = store.write(Durability::Relaxed).await.unwrap();
    let before = tx.get(Space::Meta, "counter").await.unwrap().map_or(0, |bytes| bytes[0]);
    let_others_run().await;
    tx.put(Space::Meta, "counter", &[before + 1]).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn writers_of_two_handles_run_one_after_the_other<S: Store>(a: &S, b: &S) {
    join_all((0..50).map(|i| increment(if i % 2 == 0 { a } else { b }))).await;
    assert_eq!(get(a, Space::Meta, "counter").await, Some(vec![50]));
}

pub async fn writers_run_in_the_order_in_which_they_began<S: Store>(a: &S, b: &S) {
    let (begun, first_has_begun) = futures::channel::oneshot::channel::<()>();
    let first = async {
        let tx = a.write(Durability::Strict).await.unwrap();
        tx.put(Space::Meta, "n", b"1").await.unwrap();
        begun.send(()).unwrap();
        let_others_run().await;
        assert_eq!(tx.get(Space::Meta, "seen").await.unwrap(), None);
        tx.put(Space::Meta, "seen", b"first").await.unwrap();
        tx.commit().await.unwrap();
    };
    let second = async {
        first_has_begun.await.unwrap();
        let tx = b.write(Durability::Strict).await.unwrap();
        assert_eq!(tx.get(Space::Meta, "seen").await.unwrap(), Some(b"first".to_vec()));
        tx.put(Space::Meta, "seen", b"second").await.unwrap();
        tx.commit().await.unwrap();
    };
    futures::join!(second, first);
    assert_eq!(get(a, Space::Meta, "seen").await, Some(b"second".to_vec()));
}

pub async fn a_reader_sees_one_state_throughout<S: Store>(a: &S, b: &S) {
    put(a, Space::Heads, "doc", b"old").await;
    put(a, Space::Views, "doc", b"old").await;
    let reader = a.read().await.unwrap();
    assert_eq!(reader.get(Space::Heads, "doc").await.unwrap(), Some(b"old".to_vec()));
    let write = async {
        let tx = b.write(Durability::Strict).await.unwrap();
        tx.put(Space::Heads, "doc", b"new").await.unwrap();
        tx.put(Space::Views, "doc", b"new").await.unwrap();
        tx.commit().await.unwrap();
    };
    let ((), view) = futures::join!(write, async {
        let view = reader.get(Space::Views, "doc").await.unwrap();
        drop(reader);
        view
    });
    assert_eq!(view, Some(b"old".to_vec()));
    assert_eq!(get(a, Space::Views, "doc").await, Some(b"new".to_vec()));
}

pub async fn rows_get_numbers_that_rise_and_are_never_given_twice<S: Store>(a: &S, b: &S) {
    let two = [b"one".to_vec(), b"two".to_vec()];
    assert_eq!(a.append(&two).await, Ok(1));
    assert_eq!(b.append(&two[..1]).await, Ok(3));
    let rows = a.read().await.unwrap().scan(Space::Queue, "").await.unwrap();
    let values = [(1, b"one"), (2, b"two"), (3, b"one")];
    assert_eq!(rows, values.map(|(n, value)| (row_key(n), value.to_vec())));

    let tx = a.write(Durability::Strict).await.unwrap();
    tx.delete_range(Space::Queue, &row_key(2), &row_key(3)).await.unwrap();
    assert_eq!(tx.get(Space::Queue, &row_key(1)).await.unwrap(), Some(b"one".to_vec()));
    tx.commit().await.unwrap();
    assert_eq!(b.append(&two).await, Ok(4), "a deletion frees no number");
    let tx = b.write(Durability::Strict).await.unwrap();
    tx.delete_prefix(Space::Queue, "").await.unwrap();
    tx.put(Space::Queue, &row_key(255), b"put").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(a.append(&two[..1]).await, Ok(256), "a row that was put counts, too");
    let tx = a.write(Durability::Strict).await.unwrap();
    tx.put(Space::Queue, &row_key(4096), b"dropped").await.unwrap();
    assert!(tx.get(Space::Queue, &row_key(4096)).await.unwrap().is_some());
    drop(tx);
    let all = join_all((0..20).map(|i| if i % 2 == 0 { a } else { b }.append(&two))).await;
    let mut firsts: Vec<u64> = all.into_iter().map(Result::unwrap).collect();
    firsts.sort_unstable();
    let expected: Vec<u64> = (0..20).map(|i| 257 + 2 * i).collect();
    assert_eq!(firsts, expected, "a transaction that failed took none");
    assert_eq!(keys(b, Space::Queue, "").await.len(), 42);
}

async fn loaded<S: Store>(store: &S, fresh_client: &str) -> Loaded {
    match perform(store, Op::Load { fresh_client: fresh_client.parse().unwrap() }).await {
        Ok(Done::Loaded(loaded)) => *loaded,
        other => panic!("{other:?}"),
    }
}

async fn appended<S: Store>(store: &S, title: &str) -> Result<Vec<OutboxRow>, StoreError> {
    let row = OutboxRow { n: 0, uuid: Uuid([7; 16]), at_ms: 1, title: title.into(), command: b"{}".to_vec() };
    match perform(store, Op::Append(vec![row])).await {
        Ok(Done::Appended(rows)) => Ok(rows),
        Err(error) => Err(error),
        other => panic!("{other:?}"),
    }
}

/// As a tab finds it whose replica another one is deleting: emptied, and still there.
pub async fn an_emptied_replica_loses_no_edit_that_came_after<S: Store>(a: &S, b: &S) {
    loaded(a, "c1").await;
    assert_eq!(appended(b, "Before").await.unwrap()[0].n, 1);
    let tx = a.write(Durability::Strict).await.unwrap();
    for space in Space::ALL {
        tx.delete_prefix(space, "").await.unwrap();
    }
    tx.commit().await.unwrap();
    let late = appended(b, "Late").await.unwrap();
    let fresh = loaded(a, "c2").await;
    assert_eq!((fresh.fresh, &fresh.rows), (true, &late));
    assert_eq!(fresh.base + 1, late[0].n, "it is the first row of the new client");
    appended(b, "After").await.unwrap();
    let titles: Vec<String> = loaded(a, "c3").await.rows.into_iter().map(|row| row.title).collect();
    assert_eq!(titles, ["Late", "After"]);
}

/// What was in a database of version 2, by store and key: four edits stored under one client number, one under the next,
/// and two that wait.
pub fn version_2() -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
    let all: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(include_str!("../fixtures/indexeddb-v2.json")).unwrap();
    let byte = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
    let bytes = |hex: String| hex.as_bytes().chunks(2).map(byte).collect();
    let rows =
        |rows: BTreeMap<String, String>| rows.into_iter().map(|(key, hex)| (key, bytes(hex))).collect();
    all.into_iter().map(|(store, of)| (store, rows(of))).collect()
}

/// Its rows get numbers of one sequence, in the order in which they were made, and the hub is told the same ones as before.
pub async fn numbers_the_rows_of_version_2<S: Store>(store: &S) {
    let first = loaded(store, "not-taken").await;
    for opened in [first, loaded(store, "not-taken").await] {
        let waiting: Vec<(u64, &str)> = opened.rows.iter().map(|row| (row.n, row.title.as_str())).collect();
        assert_eq!(opened.client.as_str(), "c-second");
        assert_eq!((opened.base, opened.next_n), (4, 8));
        assert!(matches!(waiting[..], [(6, _), (7, _)]), "{waiting:?}");
        let commands = opened.rows.iter().map(|row| String::from_utf8_lossy(&row.command).into_owned());
        let commands: Vec<String> = commands.collect();
        assert!(commands[0].contains("\"Waits\"") && commands[1].contains("\"Waits, too\""), "{commands:?}");
        // A uuid begins with the time.
        let mut receipts: Vec<(Uuid, u64)> = opened.receipts.iter().map(|r| (r.row.uuid, r.row.n)).collect();
        receipts.sort_unstable();
        let numbers: Vec<u64> = receipts.into_iter().map(|(_, n)| n).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
    }
    assert_eq!(keys(store, Space::Outbox, "").await, Vec::<String>::new());
    assert_eq!(appended(store, "Next").await.unwrap()[0].n, 8);
}

pub async fn delete_all_leaves_nothing<S: Store>(a: &S, b: &S) {
    for space in Space::ALL {
        put(a, space, "row", b"1").await;
    }
    a.delete_all().await.unwrap();
    // A handle may go on with an empty database, or say that it was deleted.
    for store in [a, b] {
        match store.read().await {
            Ok(tx) => assert_eq!(tx.scan(Space::Queue, "").await.unwrap(), []),
            Err(error) => assert_eq!(error, StoreError::Deleted),
        }
    }
}
