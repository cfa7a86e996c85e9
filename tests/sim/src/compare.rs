//! What must hold once everything has healed and come to rest.

use std::collections::{BTreeMap, BTreeSet};

use wedsync_core::engine::Mode;
use wedsync_core::record::Verdict;
use wedsync_core::storage::{self, Done, Op};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, DocView, document};
use wedsync_hub::store::{Outcome, Store as _};
use yrs::{Doc, ReadTxn, Snapshot, Transact};

use crate::browser::complete;
use crate::hub::FUTURE;
use crate::world::World;

/// What became of a mutation at the hub: refused, stored, or both, which must not be.
type Judged = BTreeMap<Uuid, BTreeSet<bool>>;

/// A document as the hub's disk has it.
struct Committed {
    view: DocView,
    /// State vector and delete set.
    state: Snapshot,
}

impl World {
    /// Compares everything with the hub's disk, and again after every device was started anew without a network.
    pub fn compare(&mut self) {
        if self.oracle.has_failed() {
            return;
        }
        let judged = self.judged();
        self.compare_verdicts(&judged);
        self.compare_future();
        self.compare_editors();
        self.compare_stock_editors();
        self.compare_replicas(&judged);
        if self.oracle.has_failed() {
            return;
        }
        for browser in 0..self.browsers.len() {
            self.kill_browser(browser, false);
            self.browsers[browser].online = false;
            self.open_tab(browser, Mode::Page);
        }
        self.run_for(5_000);
        self.compare_replicas(&judged);
    }

    fn judged(&mut self) -> Judged {
        let mut judged = Judged::new();
        for verdict in self.hub.tables.verdicts() {
            let stored = matches!(verdict.outcome, Outcome::Stored { .. });
            judged.entry(verdict.uuid).or_default().insert(stored);
        }
        judged
    }

    fn compare_verdicts(&mut self, judged: &Judged) {
        for (uuid, outcomes) in judged {
            if outcomes.len() > 1 {
                self.oracle.fail(format!("{uuid} was both stored and refused"));
            }
        }
        // 8: what was saved reaches the hub, unless its device lost its storage.
        let before = &self.hub.record.refused_before;
        let arrived = |uuid: &Uuid| judged.contains_key(uuid) || before.contains(uuid);
        let lost: Vec<Uuid> = self.oracle.saved.keys().filter(|uuid| !arrived(uuid)).copied().collect();
        for uuid in lost {
            let browsers = &self.oracle.saved[&uuid];
            self.oracle.fail(format!("{uuid}, saved on browsers {browsers:?}, never reached the hub"));
        }
        // 4: a refused edit changed nothing.
        let history: BTreeSet<Uuid> = self.hub.tables.history().iter().map(|h| h.uuid).collect();
        for (uuid, outcomes) in judged {
            if outcomes.contains(&false) && history.contains(uuid) {
                self.oracle.fail(format!("{uuid} was refused and changed something"));
            }
        }
    }

    /// 7: all replicas hold and show what the hub committed and nothing else, as far as the person may read it.
    fn compare_replicas(&mut self, judged: &Judged) {
        let committed = self.committed();
        let mut failures = Vec::new();
        for (at, tab) in self.tabs.iter().enumerate().filter(|(_, t)| t.alive) {
            let (engine, browser) = (&tab.engine, tab.browser);
            let user = self.browsers[browser].user;
            let who = format!("tab {at} ({user}, browser {browser})");
            let promised = |uuid: &Uuid| self.oracle.saved.contains_key(uuid);
            if engine.waiting() > 0 && !engine.outbox().waiting_rows().any(|row| promised(&row.uuid)) {
                // Written by a tab that died before it could say so: sent when somebody finds it, which is now.
                continue;
            }
            if engine.waiting() > 0 {
                let (waiting, connection) = (engine.waiting(), engine.connection());
                failures.push(format!("{who}: {waiting} edits still wait, {connection:?}"));
                continue;
            }
            let may_read = |doc: &DocId| engine.actor().may_read(doc);
            let mine: BTreeMap<&DocId, &Committed> =
                committed.iter().filter(|(doc, _)| may_read(doc)).collect();
            let stored = read_store(&self.browsers[browser].store, &engine.docs());
            for doc in engine.docs().iter().filter(|doc| !mine.contains_key(doc)) {
                failures.push(format!("{who}: holds {doc}, which the hub does not have for them"));
            }
            for (doc, committed) in mine {
                if engine.view(doc).map(AsRef::as_ref) != Some(&committed.view) {
                    failures.push(format!("{who}: {doc} differs from what the hub committed"));
                }
                if stored.get(doc) != Some(&committed.state) {
                    failures.push(format!("{who}: {doc} is stored as another state than the hub's"));
                }
            }
            for receipt in engine.outbox().receipts() {
                let stored = matches!(receipt.verdict, Verdict::Stored { .. });
                let uuid = receipt.row.uuid;
                let before = !stored && self.hub.record.refused_before.contains(&uuid);
                if !before && !judged.get(&uuid).is_some_and(|o| o.contains(&stored)) {
                    failures.push(format!("{who}: the receipt of {uuid} is not what the hub judged"));
                }
            }
            // 5: a refusal is there until it is dismissed.
            for (uuid, browsers) in &self.oracle.saved {
                let refused = judged.get(uuid).is_some_and(|o| o.contains(&false));
                let dismissed = self.oracle.dismissed.contains(&(browser, *uuid));
                if refused
                    && browsers.contains(&browser)
                    && !dismissed
                    && engine.outbox().receipt(uuid).is_none()
                {
                    failures.push(format!("{who}: {uuid} was refused, and they do not hear of it"));
                }
                let typed = self.oracle.typed.get(uuid).filter(|_| engine.outbox().receipt(uuid).is_some());
                if refused && typed.is_some_and(|typed| !engine.typed(&[*uuid]).contains(typed)) {
                    failures.push(format!("{who}: what was typed in {uuid} is not handed back"));
                }
            }
        }
        for failure in failures {
            self.oracle.fail(failure);
        }
    }

    /// The documents as they are on the hub's disk, read by a replica that knows nothing else.
    fn committed(&mut self) -> BTreeMap<DocId, Committed> {
        let heads = self.hub.tables.load().map(|s| s.docs).unwrap_or_default();
        let mut found = BTreeMap::new();
        for (id, _) in heads.into_iter().filter(|(_, head)| !head.deleted) {
            let Some(doc) = self.hub_document(&id, 1) else { continue };
            let note = matches!(id, DocId::Notes { .. });
            let view = if note { DocView::default() } else { document::read(&doc, &id) };
            let state = doc.transact().snapshot();
            found.insert(id, Committed { view, state });
        }
        found
    }

    /// A document as it is on the hub's disk, read by a replica that knows nothing else.
    pub fn hub_document(&mut self, id: &DocId, yjs_client: u64) -> Option<Doc> {
        let (snapshot, log) = self.hub.tables.document(id).ok()?;
        let doc = replica(yjs_client, snapshot.iter().chain(log.iter().map(|row| &row.bytes)));
        if doc.is_none() {
            self.oracle.fail(format!("the hub's own bytes of {id} do not apply"));
        }
        doc
    }

    /// A document that a newer version wrote still holds what nobody here knows.
    fn compare_future(&mut self) {
        for doc in self.hub.future.clone() {
            let mut tables = self.hub.tables.clone();
            let deleted = tables.load().is_ok_and(|s| s.docs.get(&doc).is_none_or(|head| head.deleted));
            let Ok((snapshot, log)) = tables.document(&doc) else { continue };
            let mut bytes = snapshot.unwrap_or_default();
            log.iter().for_each(|row| bytes.extend(&row.bytes));
            if !deleted && !bytes.windows(FUTURE.len()).any(|window| window == FUTURE.as_bytes()) {
                self.oracle.fail(format!("{doc} lost what a newer version wrote"));
            }
        }
    }
}

fn replica<'a>(yjs_client: u64, updates: impl Iterator<Item = &'a Vec<u8>>) -> Option<Doc> {
    let doc = document::new_doc(yjs_client);
    for bytes in updates {
        document::apply_update(&doc, bytes).ok()?;
    }
    Some(doc)
}

/// What a device's store holds, whatever its tabs believe.
fn read_store(
    store: &wedsync_core::ports::memory::MemoryStore,
    docs: &wedsync_domain::ordered::OrdSet<DocId>,
) -> BTreeMap<DocId, Snapshot> {
    let read = complete(storage::perform(store, Op::ReadDocs(docs.iter().cloned().collect())));
    let Ok(Done::Docs(docs)) = read else { return BTreeMap::new() };
    let state = |stored: &storage::StoredDoc| {
        replica(1, stored.snapshot.iter().chain(&stored.log)).map(|doc| doc.transact().snapshot())
    };
    docs.into_iter().filter_map(|(doc, stored)| Some((doc, state(stored.as_ref()?)?))).collect()
}
