//! What people see: the canonical view with the pending edits run again on top.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wedsync_domain::command::Command;
use wedsync_domain::history::{Record, RowCounts};
use wedsync_domain::{Actor, Decision, DocId, DocView, World, decide};

use super::Engine;
use super::outbox::Pending;
use super::replica::Replica;

#[derive(Debug, Default)]
pub struct Speculation {
    /// Only documents that pending edits change; `None` where they delete one.
    overlay: BTreeMap<DocId, Option<Arc<DocView>>>,
}

/// The speculative world.
#[derive(Debug)]
pub struct Speculative<'a> {
    speculation: &'a Speculation,
    replica: &'a Replica,
}

impl World for Speculative<'_> {
    fn doc(&self, doc: &DocId) -> Option<&DocView> {
        self.speculation.view(self.replica, doc).map(Arc::as_ref)
    }

    fn is_deleted(&self, doc: &DocId) -> bool {
        self.speculation.is_deleted(doc)
    }
}

impl Speculation {
    pub fn world<'a>(&'a self, replica: &'a Replica) -> Speculative<'a> {
        Speculative { speculation: self, replica }
    }

    fn is_deleted(&self, doc: &DocId) -> bool {
        matches!(self.overlay.get(&doc.whole()), Some(None))
    }

    pub fn view<'a>(&'a self, replica: &'a Replica, doc: &DocId) -> Option<&'a Arc<DocView>> {
        match self.overlay.get(doc) {
            Some(view) => view.as_ref(),
            None => replica.view(doc).filter(|_| !self.is_deleted(doc)),
        }
    }

    pub fn docs(&self, replica: &Replica) -> BTreeSet<DocId> {
        let mut docs = replica.docs();
        docs.extend(self.overlay.keys().cloned());
        docs.retain(|doc| !self.is_deleted(doc));
        docs
    }

    /// Shows what was decided; answers with the documents that look different now.
    pub fn apply(&mut self, replica: &Replica, decision: &Decision) -> BTreeSet<DocId> {
        let mut touched = BTreeSet::new();
        for change in &decision.changes {
            let now =
                self.overlay.entry(change.doc.clone()).or_insert_with(|| replica.view(&change.doc).cloned());
            Arc::make_mut(now.get_or_insert_default()).apply(change);
            touched.insert(change.doc.clone());
        }
        for whole in &decision.deleted {
            touched.extend(self.docs(replica).into_iter().filter(|doc| doc.is_part_of(whole)));
            self.overlay.insert(whole.clone(), None);
        }
        touched
    }

    /// Runs commands in order; one that cannot stand is passed over: the hub will refuse it, and say why.
    fn run<'a>(&mut self, replica: &Replica, actor: &Actor, commands: impl Iterator<Item = &'a Command>) {
        for command in commands {
            if let Ok(decision) = decide(&self.world(replica), actor, command) {
                self.apply(replica, &decision);
            }
        }
    }
}

impl Engine {
    /// Runs pending edits again after these documents moved.
    pub(super) fn rerun(&mut self, moved: &BTreeSet<DocId>) {
        let roster = DocId::Roster;
        // Every command reads the roster: where that moves or is itself speculative, order matters across documents.
        if moved.contains(&roster) || self.speculation.overlay.contains_key(&roster) {
            return self.rerun_all();
        }
        for doc in moved {
            if let Some(None) = self.speculation.overlay.remove(doc) {
                // It may come back, and what belongs to it.
                let all = self.replica.docs().into_iter();
                self.publish.docs.extend(all.filter(|part| part.is_part_of(doc)));
            }
        }
        let touches = |c: &&Command| c.docs().iter().any(|d| moved.contains(d));
        self.speculation.run(&self.replica, &self.actor, self.outbox.commands().filter(touches));
    }

    /// These rows are no longer speculative: what they touched is run again, soon.
    pub(super) fn run_without(&mut self, rows: &[Pending]) {
        let touched: BTreeSet<DocId> = rows.iter().flat_map(Pending::touches).collect();
        for doc in touched {
            self.mark_dirty(doc);
        }
    }

    pub(super) fn rerun_all(&mut self) {
        let before = std::mem::take(&mut self.speculation.overlay);
        self.speculation.run(&self.replica, &self.actor, self.outbox.commands());
        self.publish.docs.extend(before.into_keys());
        self.publish.docs.extend(self.speculation.overlay.keys().cloned());
    }

    /// The edits of this device that canonical does not hold yet, as history tells of them, the newest first; and whether
    /// each is `saved` here or `stored` at the hub.
    pub fn unlanded_history(&self) -> Vec<(Record, &'static str)> {
        let mut world = Speculation::default();
        let mut records = Vec::new();
        for pending in self.outbox.pending().filter(|p| p.note.is_none()) {
            let Some(command) = &pending.command else { continue };
            let Ok(decision) = decide(&world.world(&self.replica), &self.actor, command) else { continue };
            world.apply(&self.replica, &decision);
            let kind =
                serde_json::to_value(command).ok().and_then(|json| Some(json["type"].as_str()?.to_owned()));
            let record = Record {
                uuid: pending.row.uuid.to_string(),
                user: self.actor.user.clone(),
                name: None,
                device: None,
                kind: kind.unwrap_or_default(),
                made_ms: pending.row.at_ms,
                at_ms: pending.row.at_ms,
                rows: RowCounts::of(&decision.changes),
                changes: decision.changes,
            };
            records.push((record, if pending.stored.is_some() { "stored" } else { "saved" }));
        }
        records.reverse();
        records
    }

    /// What the person sees.
    pub fn world(&self) -> Speculative<'_> {
        self.speculation.world(&self.replica)
    }

    pub fn view(&self, doc: &DocId) -> Option<&Arc<DocView>> {
        self.speculation.view(&self.replica, doc)
    }

    /// Every document there is something of.
    pub fn docs(&self) -> BTreeSet<DocId> {
        self.speculation.docs(&self.replica)
    }

    /// What the hub committed, as this device knows it.
    pub fn canonical(&self, doc: &DocId) -> Option<&Arc<DocView>> {
        self.replica.view(doc)
    }
}
