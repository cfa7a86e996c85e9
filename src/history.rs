//! What of the history stays on the device: the latest page of what was looked at, for when there is no network.

use serde::{Deserialize, Serialize};
use wedsync_domain::history::{Page, Subject};
use wedsync_domain::ordered::sort;

use crate::ports::{Durability, ReadTx, Space, Store, StoreError, WriteTx};
use crate::record::{pack, unpack};
use crate::storage::CLIENT;

/// Version of what a kept page means; raise it when one of before would be read wrong.
const CODE: u32 = 1;
const PAGES_MAX: usize = 24;
/// Largest kept page, in bytes: of a larger one its latest entries.
pub const PAGE_MAX: usize = 64 * 1024;

#[derive(Serialize, Deserialize)]
struct KeptPage {
    code: u32,
    page: Page,
}

/// Keeps the first page of a subject, in the place of the one before; the pages that are oldest go.
pub async fn keep<S: Store>(store: &S, subject: &Subject, page: Page) -> Result<(), StoreError> {
    let mut kept = KeptPage { code: CODE, page };
    let mut bytes = pack(&kept);
    while bytes.len() > PAGE_MAX && !kept.page.entries.is_empty() {
        // What is cut off is not where the cursor goes on.
        kept.page.next = None;
        kept.page.entries.truncate(kept.page.entries.len() / 2);
        bytes = pack(&kept);
    }
    let tx = store.write(Durability::Relaxed).await?;
    // Deleted by signing out, in another tab perhaps: nothing of it is to be written again.
    tx.get(Space::Meta, CLIENT).await?.ok_or(StoreError::Deleted)?;
    let mut pages: Vec<(u64, String)> = Vec::new();
    for (key, bytes) in tx.scan(Space::History, "").await? {
        pages.push((read(&bytes).map_or(0, |page| page.at_ms), key));
    }
    pages.retain(|(_, other)| *other != key(subject));
    sort(&mut pages);
    for (_, oldest) in pages.iter().take((pages.len() + 1).saturating_sub(PAGES_MAX)) {
        tx.delete(Space::History, oldest).await?;
    }
    tx.put(Space::History, &key(subject), &bytes).await?;
    tx.commit().await
}

/// The kept page of a subject; of a shift, else what its event's page says of it.
pub async fn kept<S: Store>(store: &S, subject: &Subject) -> Result<Option<Page>, StoreError> {
    let tx = store.read().await?;
    let page = tx.get(Space::History, &key(subject)).await?.and_then(|bytes| read(&bytes));
    if page.is_some() || subject.assignment.is_none() {
        return Ok(page);
    }
    let event = Subject { event: subject.event.clone(), ..Subject::default() };
    let page = tx.get(Space::History, &key(&event)).await?.and_then(|bytes| read(&bytes));
    Ok(page.map(|mut page| {
        page.entries.retain(|record| record.changes.iter().any(|change| subject.concerns(change)));
        page.next = None;
        page
    }))
}

/// A page that does not read is none: it is only a copy.
fn read(bytes: &[u8]) -> Option<Page> {
    unpack::<KeptPage>(bytes, "history").ok().filter(|kept| kept.code == CODE).map(|kept| kept.page)
}

/// Ids hold no `.`.
fn key(subject: &Subject) -> String {
    let part = |id: &Option<wedsync_domain::Id>| id.as_ref().map(ToString::to_string).unwrap_or_default();
    [part(&subject.event), part(&subject.assignment), part(&subject.helper)].join(".")
}
