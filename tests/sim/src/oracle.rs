//! What must hold, at every step and at the end.

use std::collections::{BTreeMap, BTreeSet};

use wedsync_core::record::{Receipt, Verdict};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Actor, DocId, DocView, document, schema};
use wedsync_hub::room::Committed;
use wedsync_hub::store::{Outcome as Judged, Store as _};
use wedsync_protocol::{Body, Frame};

use crate::world::World;

/// What the hub has made durable.
#[derive(Debug, Default)]
pub struct Record {
    stored: BTreeSet<Uuid>,
    refused: BTreeSet<Uuid>,
    moved: BTreeSet<Uuid>,
}

impl Record {
    /// Writes down a commit, before anybody is told of it.
    pub fn write(&mut self, committed: &Committed, oracle: &mut Oracle) {
        for (_, frame) in &committed.answers {
            match frame {
                Frame::Ack(ack) => drop(self.stored.insert(ack.uuid)),
                Frame::Nack(nack) => drop(self.refused.insert(nack.uuid)),
                _ => {}
            }
        }
        for moved in &committed.moves {
            self.stored.insert(moved.uuid);
            if !self.moved.insert(moved.uuid) {
                oracle.fail(format!("{} was applied twice", moved.uuid));
            }
        }
    }
}

#[derive(Debug, Default)]
pub struct Oracle {
    failures: Vec<String>,
    /// Edits that a person was told were saved, and on which browser.
    saved: BTreeMap<Uuid, usize>,
    /// Browsers whose storage was taken from them: what waited there is gone, and they say so.
    pub wiped: BTreeSet<usize>,
}

impl Oracle {
    pub fn fail(&mut self, what: String) {
        if self.failures.len() < 5 {
            self.failures.push(what);
        }
    }

    pub fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    pub fn failures(&self) -> &[String] {
        &self.failures
    }

    pub fn saved(&mut self, uuid: Uuid, browser: usize) {
        self.saved.insert(uuid, browser);
    }

    pub fn saved_count(&self) -> usize {
        self.saved.len()
    }

    /// A receipt never says more than is true: what a device calls stored, or refused, the hub has recorded as such.
    pub fn verdicts_told(&mut self, verdicts: &[Receipt], record: &Record) {
        for receipt in verdicts {
            let uuid = receipt.row.uuid;
            match &receipt.verdict {
                Verdict::Stored { .. } if !record.stored.contains(&uuid) => {
                    self.fail(format!("{uuid} is called stored, and is not"));
                }
                Verdict::Refused(refusal) if !record.refused.contains(&uuid) => {
                    self.fail(format!("{uuid} is called refused ({}), and was not", refusal.message));
                }
                _ => {}
            }
        }
    }

    /// No document's bytes reach a person who may not read it.
    pub fn may_hear(&mut self, actor: &Actor, frame: &Frame) {
        let Frame::Update(update) = frame else { return };
        for doc in update.docs.iter().filter(|d| !matches!(d.body, Body::Gone)) {
            if !actor.may_read(&doc.doc) {
                self.fail(format!("{} was sent to {actor:?}", doc.doc));
            }
        }
    }
}

impl World {
    /// After everything healed and came to rest.
    pub fn compare(&mut self) {
        if self.oracle.has_failed() {
            return;
        }
        let verdicts = self.hub.store.verdicts();
        let mut judged: BTreeMap<Uuid, BTreeSet<bool>> = BTreeMap::new();
        for verdict in &verdicts {
            let stored = matches!(verdict.outcome, Judged::Stored { .. });
            judged.entry(verdict.uuid).or_default().insert(stored);
        }
        for (uuid, outcomes) in &judged {
            if outcomes.len() > 1 {
                self.oracle.fail(format!("{uuid} was both stored and refused"));
            }
        }
        let saved: Vec<(Uuid, usize)> = self.oracle.saved.iter().map(|(u, b)| (*u, *b)).collect();
        for (uuid, browser) in saved {
            if !judged.contains_key(&uuid) && !self.oracle.wiped.contains(&browser) {
                self.oracle.fail(format!("{uuid}, saved on browser {browser}, never reached the hub"));
            }
        }
        let history: BTreeSet<Uuid> = self.hub.store.history().iter().map(|h| h.uuid).collect();
        for (uuid, outcomes) in &judged {
            if outcomes.contains(&false) && history.contains(uuid) {
                self.oracle.fail(format!("{uuid} was refused and changed something"));
            }
        }
        self.compare_replicas(&judged);
    }

    /// All replicas show what the hub committed and nothing else, as far as the person may read it.
    fn compare_replicas(&mut self, judged: &BTreeMap<Uuid, BTreeSet<bool>>) {
        let committed = self.committed_views();
        let mut failures = Vec::new();
        for (at, tab) in self.tabs.iter().enumerate().filter(|(_, t)| t.alive) {
            let (engine, user) = (&tab.engine, self.browsers[tab.browser].user);
            let who = format!("tab {at} ({user}, browser {})", tab.browser);
            if engine.waiting() > 0 {
                failures.push(format!(
                    "{who}: {} edits still wait, {:?}",
                    engine.waiting(),
                    engine.connection()
                ));
                continue;
            }
            let mine: BTreeMap<&DocId, &DocView> =
                committed.iter().filter(|(doc, _)| engine.actor().may_read(doc)).collect();
            let held = engine.docs();
            for doc in held.iter().filter(|d| !mine.contains_key(d)) {
                failures.push(format!("{who}: holds {doc}, which the hub does not have for them"));
            }
            for (doc, view) in mine {
                if engine.view(doc).map(AsRef::as_ref) != Some(view) {
                    failures.push(format!("{who}: {doc} differs from what the hub committed"));
                }
            }
            for receipt in engine.outbox().receipts() {
                let stored = matches!(receipt.verdict, Verdict::Stored { .. });
                if !judged.get(&receipt.row.uuid).is_some_and(|o| o.contains(&stored)) {
                    failures.push(format!(
                        "{who}: the receipt of {} is not what the hub judged",
                        receipt.row.uuid
                    ));
                }
            }
        }
        for failure in failures {
            self.oracle.fail(failure);
        }
    }

    /// The documents as they are on the hub's disk, read by a replica that knows nothing else.
    fn committed_views(&mut self) -> BTreeMap<DocId, DocView> {
        let mut store = self.hub.store.clone();
        let mut views = BTreeMap::new();
        let heads = store.load().map(|s| s.docs).unwrap_or_default();
        let docs = heads.into_iter().filter(|(_, head)| !head.deleted).map(|(doc, _)| doc);
        for doc in docs.filter(|d| !schema::tables(d).is_empty()) {
            let Ok((snapshot, log)) = store.document(&doc) else { continue };
            let replica = document::new_doc(1);
            for bytes in snapshot.iter().map(Vec::as_slice).chain(log.iter().map(|row| row.bytes.as_ref())) {
                if document::apply_update(&replica, bytes).is_err() {
                    self.oracle.fail(format!("the hub's own bytes of {doc} do not apply"));
                }
            }
            views.insert(doc.clone(), document::read(&replica, &doc));
        }
        views
    }
}
