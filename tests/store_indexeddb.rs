//! The store in IndexedDB passes the suite of all stores, and tells each of the browser's faults apart.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod conformance;

use base64::Engine;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use wedsync_core::ports::{Durability, ReadTx, Space, Store, StoreError, WriteTx};
use wedsync_core::web::{IndexedDb, time};

wasm_bindgen_test_configure!(run_in_browser);

macro_rules! run {
    ($check:ident) => {
        #[wasm_bindgen_test]
        async fn $check() {
            let name = fresh_name();
            let (a, b) = (IndexedDb::open(&name).await.unwrap(), IndexedDb::open(&name).await.unwrap());
            conformance::$check(&a, &b).await;
        }
    };
}
conformance::each_check!(run);

#[wasm_bindgen_test]
async fn clones_share_a_connection_that_behaves_the_same() {
    let store = IndexedDb::open(&fresh_name()).await.unwrap();
    conformance::writers_of_two_handles_run_one_after_the_other(&store, &store.clone()).await;
}

#[wasm_bindgen_test]
async fn durability_is_what_was_asked_for() {
    let store = IndexedDb::open(&fresh_name()).await.unwrap();
    for (asked, granted) in [(Durability::Strict, "strict"), (Durability::Relaxed, "relaxed")] {
        let tx = store.write(asked).await.unwrap();
        assert_eq!(tx.durability().as_deref(), Some(granted));
        tx.commit().await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn data_is_there_after_opening_again() {
    let name = fresh_name();
    let store = IndexedDb::open(&name).await.unwrap();
    put(&store, "client", b"1").await.unwrap();
    store.close();
    assert_eq!(put(&store, "client", b"2").await, Err(StoreError::Closed));
    let store = IndexedDb::open(&name).await.unwrap();
    assert_eq!(get(&store, "client").await, Ok(Some(b"1".to_vec())));
}

/// Makes a database as an earlier version had it.
async fn make(version: u32, rows: &BTreeMap<String, BTreeMap<String, Vec<u8>>>) -> String {
    let name = fresh_name();
    let stores: Vec<&str> = rows.keys().map(String::as_str).collect();
    let builder = rexie::Rexie::builder(&name).version(version);
    let builder = stores
        .iter()
        .fold(builder, |builder, store| builder.add_object_store(rexie::ObjectStore::new(store)));
    let db = builder.build().await.unwrap();
    let tx = db.transaction(&stores, rexie::TransactionMode::ReadWrite).unwrap();
    for (store, rows) in rows {
        for (key, value) in rows {
            let value = js_sys::Uint8Array::from(value.as_slice());
            tx.store(store).unwrap().put(&value, Some(&JsValue::from_str(key))).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    db.close();
    name
}

#[wasm_bindgen_test]
async fn a_database_of_an_earlier_version_opens_with_every_row() {
    let version_1: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(include_str!("fixtures/indexeddb-v1.json")).unwrap();
    let decode = |text: String| base64::prelude::BASE64_STANDARD.decode(text).unwrap();
    let version_1 = version_1
        .into_iter()
        .map(|(store, rows)| (store, rows.into_iter().map(|(key, value)| (key, decode(value))).collect()));
    let empty_then = [
        vec![Space::Queue, Space::Steps, Space::History],
        vec![Space::Queue, Space::Snapshots, Space::History],
    ];
    let versions = [(1, version_1.collect()), (2, conformance::version_2())];
    for ((version, rows), empty) in versions.into_iter().zip(empty_then) {
        let opened = IndexedDb::open(&make(version, &rows).await).await.unwrap();
        let tx = opened.read().await.unwrap();
        for space in Space::ALL {
            let before = rows.get(space.name()).into_iter().flatten();
            let expected: Vec<_> = before.map(|(key, value)| (key.clone(), value.clone())).collect();
            assert_eq!(expected.is_empty(), empty.contains(&space), "{space:?} of version {version}");
            assert_eq!(tx.scan(space, "").await.unwrap(), expected, "{space:?} of version {version}");
        }
        drop(tx);
        for space in Space::ALL {
            let tx = opened.write(Durability::Strict).await.unwrap();
            tx.put(space, "new", b"1").await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(opened.read().await.unwrap().get(space, "new").await.unwrap(), Some(b"1".to_vec()));
        }
    }
}

#[wasm_bindgen_test]
async fn rows_of_a_database_of_version_2_are_numbered() {
    let opened = IndexedDb::open(&make(2, &conformance::version_2()).await).await.unwrap();
    conformance::numbers_the_rows_of_version_2(&opened).await;
}

#[wasm_bindgen_test]
async fn a_database_of_a_newer_version_is_told_and_left_alone() {
    let name = fresh_name();
    open_version_4(&name).await.close();
    assert_eq!(IndexedDb::open(&name).await.err(), Some(StoreError::Newer));
    assert_eq!(open_version_4(&name).await.store_names(), ["of version 4"]);
}

#[wasm_bindgen_test]
async fn a_tab_of_a_newer_version_takes_the_database_over() {
    let name = fresh_name();
    let store = IndexedDb::open(&name).await.unwrap();
    let faults = faults_of(&store);
    let newer = time::within(2_000, open_version_4(&name)).await.expect("the older tab lets go");
    assert_eq!(*faults.borrow(), [StoreError::Newer]);
    assert_eq!(get(&store, "client").await, Err(StoreError::Newer));
    newer.close();
}

#[wasm_bindgen_test]
async fn an_open_that_others_block_ends_with_an_error() {
    let name = fresh_name();
    IndexedDb::open(&name).await.unwrap().close();
    // A connection that does not close when asked to, and a deletion that waits for it.
    let holder = js(
        "const open = indexedDB.open(name);
        await new Promise((ok, no) => { open.onsuccess = ok; open.onerror = no; });
        globalThis.deletion = indexedDB.deleteDatabase(name);
        return open.result;",
        &name,
    );
    let holder: web_sys::IdbDatabase = holder.await.unchecked_into();
    let started = js_sys::Date::now();
    assert_eq!(IndexedDb::open(&name).await.err(), Some(StoreError::Blocked));
    let waited = js_sys::Date::now() - started;
    assert!((4_500.0..8_000.0).contains(&waited), "{waited} ms");
    holder.close();
    // The open that came too late does not hold the database either.
    let store = IndexedDb::open(&name).await.unwrap();
    assert_eq!(get(&store, "client").await, Ok(None));
    time::within(2_000, delete(&name)).await.expect("nobody else holds the database");
}

#[wasm_bindgen_test]
async fn a_database_deleted_under_the_page_is_told_and_never_replaced_by_an_empty_one() {
    let name = fresh_name();
    let store = IndexedDb::open(&name).await.unwrap();
    let faults = faults_of(&store);
    put(&store, "client", b"1").await.unwrap();
    time::within(2_000, delete(&name)).await.expect("the store lets go");
    assert_eq!(*faults.borrow(), [StoreError::Deleted]);
    for _ in 0..2 {
        assert_eq!(get(&store, "client").await, Err(StoreError::Deleted));
        assert_eq!(put(&store, "client", b"2").await, Err(StoreError::Deleted));
    }
    assert!(!exists(&name).await);
}

/// What clearing the site's data does: no `versionchange`, the data gone, then `close`.
#[wasm_bindgen_test]
async fn a_database_cleared_under_the_page_is_told_at_once() {
    let name = fresh_name();
    let store = IndexedDb::open(&name).await.unwrap();
    let faults = faults_of(&store);
    let db = connection_of(&store).await;
    let handler = db.onversionchange();
    db.set_onversionchange(None);
    db.close();
    delete(&name).await;
    db.set_onversionchange(handler.as_ref());
    db.dispatch_event(&web_sys::Event::new("close").unwrap()).unwrap();
    time::sleep(300).await;
    assert_eq!(*faults.borrow(), [StoreError::Deleted]);
    assert_eq!(get(&store, "client").await, Err(StoreError::Deleted));
    assert!(!exists(&name).await);
}

#[wasm_bindgen_test]
async fn a_connection_that_the_browser_closed_is_opened_again() {
    let name = fresh_name();
    let store = IndexedDb::open(&name).await.unwrap();
    let faults = faults_of(&store);
    put(&store, "client", b"1").await.unwrap();
    // Found out by a transaction that cannot begin, by several at once.
    connection_of(&store).await.close();
    let (client, none, written) =
        futures::join!(get(&store, "client"), get(&store, "base"), put(&store, "actor", b"2"));
    assert_eq!((client, none, written), (Ok(Some(b"1".to_vec())), Ok(None), Ok(())));
    // Told by the event.
    let db = connection_of(&store).await;
    db.close();
    db.dispatch_event(&web_sys::Event::new("close").unwrap()).unwrap();
    assert_eq!(get(&store, "actor").await, Ok(Some(b"2".to_vec())));
    time::sleep(100).await;
    assert_eq!(get(&store, "actor").await, Ok(Some(b"2".to_vec())));
    assert_eq!(*faults.borrow(), []);
    // None of the connections was forgotten: one would hold this up.
    time::within(2_000, delete(&name)).await.expect("nobody else holds the database");
}

#[wasm_bindgen_test]
async fn an_abort_is_never_taken_for_success() {
    let store = IndexedDb::open(&fresh_name()).await.unwrap();
    for (name, expected) in [("QuotaExceededError", StoreError::Quota), ("UnknownError", StoreError::Closed)]
    {
        // The browser's way when the disk is full: the requests succeed, then the transaction aborts.
        js(
            "const commit = IDBTransaction.prototype.commit;
            IDBTransaction.prototype.commit = function () {
                IDBTransaction.prototype.commit = commit;
                Object.defineProperty(this, 'error', { value: new DOMException('told by the test', name) });
                this.abort();
            };",
            name,
        )
        .await;
        assert_eq!(put(&store, "client", b"1").await, Err(expected));
    }
    assert_eq!(get(&store, "client").await, Ok(None));
    assert_eq!(put(&store, "client", b"1").await, Ok(()));
}

#[wasm_bindgen_test]
async fn a_transaction_that_ended_too_early_takes_no_more_writes() {
    let store = IndexedDb::open(&fresh_name()).await.unwrap();
    let tx = store.write(Durability::Strict).await.unwrap();
    time::sleep(50).await;
    let late = tx.put(Space::Meta, "client", b"1").await;
    assert!(matches!(late, Err(StoreError::Aborted(_))), "{late:?}");
    // It must not hang either.
    let _ = time::within(2_000, tx.commit()).await.expect("a commit ends");
    assert_eq!(get(&store, "client").await, Ok(None));
}

#[wasm_bindgen_test]
async fn a_value_that_is_not_bytes_is_damage() {
    let name = fresh_name();
    let store = IndexedDb::open(&name).await.unwrap();
    let db = connection_of(&store).await;
    let tx = db.transaction_with_str_and_mode("meta", web_sys::IdbTransactionMode::Readwrite).unwrap();
    tx.object_store("meta").unwrap().put_with_key(&"text".into(), &"client".into()).unwrap();
    assert!(matches!(get(&store, "client").await, Err(StoreError::Damaged(_))));
}

#[wasm_bindgen_test]
async fn a_browser_without_storage_is_told() {
    for getter in ["return undefined;", "throw new DOMException('not here', 'SecurityError');"] {
        js("Object.defineProperty(globalThis, 'indexedDB', { get: new Function(name), configurable: true });", getter)
            .await;
        let opened = IndexedDb::open("never").await.err();
        js("delete globalThis.indexedDB;", "").await;
        assert!(matches!(opened, Some(StoreError::Unavailable(_))), "{opened:?}");
    }
}

fn fresh_name() -> String {
    format!("test-{:016x}", time::random_u64())
}

async fn put(store: &IndexedDb, key: &str, value: &[u8]) -> Result<(), StoreError> {
    let tx = store.write(Durability::Strict).await?;
    tx.put(Space::Meta, key, value).await?;
    tx.commit().await
}

async fn get(store: &IndexedDb, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    store.read().await?.get(Space::Meta, key).await
}

fn faults_of(store: &IndexedDb) -> Rc<RefCell<Vec<StoreError>>> {
    let faults = Rc::new(RefCell::new(Vec::new()));
    let seen = faults.clone();
    store.on_fault(Box::new(move |fault| seen.borrow_mut().push(fault)));
    faults
}

async fn open_version_4(name: &str) -> rexie::Rexie {
    let store = rexie::ObjectStore::new("of version 4");
    rexie::Rexie::builder(name).version(4).add_object_store(store).build().await.unwrap()
}

async fn delete(name: &str) {
    rexie::Rexie::delete(name).await.unwrap();
}

async fn exists(name: &str) -> bool {
    js("return (await indexedDB.databases()).some((database) => database.name === name);", name)
        .await
        .is_truthy()
}

/// The browser's own object below the store.
async fn connection_of(store: &IndexedDb) -> web_sys::IdbDatabase {
    js(
        "const transaction = IDBDatabase.prototype.transaction;
        IDBDatabase.prototype.transaction = function (...given) {
            IDBDatabase.prototype.transaction = transaction;
            globalThis.connection = this;
            return transaction.apply(this, given);
        };",
        "",
    )
    .await;
    get(store, "client").await.unwrap();
    js("return globalThis.connection;", "").await.unchecked_into()
}

/// Runs JavaScript with one argument called `name`.
async fn js(body: &str, name: &str) -> JsValue {
    let function = js_sys::Function::new_with_args("name", &format!("return (async () => {{ {body} }})();"));
    let promise = function.call1(&JsValue::NULL, &name.into()).unwrap();
    wasm_bindgen_futures::JsFuture::from(js_sys::Promise::from(promise)).await.unwrap()
}
