//! Damaged rows in a device's store: an edit that is whole stays or is sent, and documents come anew from the hub.

use crate::hub::Hub;
use crate::tab::{Tab, rows};
use arbitrary::{Result, Unstructured};
use std::cell::RefCell;
use std::collections::BTreeSet;
use wedsync_core::ports::memory::MemoryStore;
use wedsync_core::ports::{Durability, ReadTx, Space, Store, WriteTx};
use wedsync_core::record::OutboxRow;
use wedsync_hub::store::MemoryStore as HubStore;

const STEPS_MAX: usize = 12;

thread_local! {
    static TEMPLATE: RefCell<Option<(HubStore, MemoryStore)>> = const { RefCell::new(None) };
}

/// A device with a plan, a stored and a refused edit, and three that wait.
fn template() -> (HubStore, MemoryStore) {
    let mut tab = Tab::open(Hub::default(), MemoryStore::default());
    tab.advance(2_000);
    let title = |n: u32| {
        format!(
            r#"{{"type":"update_assignment","event":"e1","assignment":"a1","set":{{"title":"Bar {n}"}}}}"#
        )
    };
    tab.submit(&title(1));
    tab.offline = true;
    tab.hang_up();
    tab.submit(r#"{"type":"update_assignment","event":"e1","assignment":"a2","set":{"title":"Archived"}}"#);
    for archived in [true, false] {
        let command = format!(r#"{{"type":"archive_event","event":"e1","archived":{archived}}}"#);
        let m = tab.hub.next("olga", command.into_bytes());
        tab.hub.mutate("olga", &m);
        tab.recover();
    }
    tab.offline = true;
    tab.hang_up();
    (2..5).for_each(|n| tab.submit(&title(n)));
    tab.advance(2_000);
    assert_eq!((tab.engine.refused(), tab.engine.waiting()), (1, 3), "the device is not as it should be");
    (tab.hub.store.duplicate(), tab.store)
}

pub fn run(data: &[u8]) {
    let (hub, store) = TEMPLATE.with(|kept| {
        let mut kept = kept.borrow_mut();
        let (hub, store) = kept.get_or_insert_with(template);
        (hub.duplicate(), store.duplicate())
    });
    let mut touched = BTreeSet::new();
    let mut u = Unstructured::new(data);
    for _ in 0..STEPS_MAX {
        if u.is_empty() {
            break;
        }
        match pollster::block_on(damage(&store, &mut u)) {
            Ok(space) => touched.insert(space),
            Err(_) => break,
        };
    }
    let whole: Vec<OutboxRow> = rows(&store).into_values().collect();
    let mut tab = Tab::open(Hub::over(hub, 3000), store);
    tab.recover();
    let (stored, judged) = (tab.stored_rows(), tab.judged());
    for row in &whole {
        let known = stored.contains_key(&row.uuid) || judged.contains(&row.uuid);
        let answered = tab.engine.outbox().receipt(&row.uuid).is_some();
        assert!(known || answered, "an edit that was whole is gone");
    }
    if touched.iter().all(|s| !matches!(s, Space::Meta | Space::Queue | Space::Receipts)) {
        assert_eq!(
            (tab.opened, tab.engine.storage_error()),
            (Some(true), None),
            "damaged documents come anew"
        );
        assert_eq!(
            tab.engine.waiting(),
            0,
            "edits wait, and the hub is there: {:?}",
            tab.engine.connection()
        );
        assert!(tab.engine.is_settled());
    } else if tab.engine.storage_error().is_none() {
        assert!(tab.engine.is_settled(), "neither a fault nor at rest: {:?}", tab.engine.connection());
    }
}

async fn damage(store: &MemoryStore, u: &mut Unstructured<'_>) -> Result<Space> {
    let space = *u.choose(&Space::ALL)?;
    let tx = store.write(Durability::Strict).await.expect("the store in memory does not fail");
    let rows = tx.scan(space, "").await.expect("the store in memory does not fail");
    let (key, mut bytes) = match rows.len() {
        0 => (String::new(), Vec::new()),
        n => rows[u.int_in_range(0..=n - 1)?].clone(),
    };
    let at = u.int_in_range(0..=bytes.len().saturating_sub(1))?;
    let mut to = key.clone();
    match u.int_in_range(0..=6)? {
        0 => bytes.truncate(at),
        1 | 2 => bytes.get_mut(at).into_iter().for_each(|b| *b = b.wrapping_add(1 + (at % 255) as u8)),
        3 => bytes.insert(at.min(bytes.len()), u.arbitrary()?),
        4 => {
            let length = u.int_in_range(0..=60)?.min(u.len());
            bytes = u.bytes(length)?.to_vec();
        }
        5 => {
            to = (*u.choose(&[
                "",
                "x",
                "event/e1",
                "event/",
                "roster|0000000000000001",
                "0000000000000003",
                "gone_to",
                "base",
            ])?)
            .into()
        }
        _ => {
            tx.delete(space, &key).await.expect("the store in memory does not fail");
            tx.commit().await.expect("the store in memory does not fail");
            return Ok(space);
        }
    }
    tx.put(space, &to, &bytes).await.expect("the store in memory does not fail");
    tx.commit().await.expect("the store in memory does not fail");
    Ok(space)
}
