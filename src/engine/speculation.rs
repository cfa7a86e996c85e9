//! What people see: the canonical view with the pending edits run again on top.

use std::collections::BTreeMap;
use std::sync::Arc;
use wedsync_domain::ordered::{OrdMap, OrdSet};

use wedsync_domain::history::{Record, RowCounts};
use wedsync_domain::ids::Uuid;
use wedsync_domain::project::{self, EventSummary};
use wedsync_domain::view::Recalled;
use wedsync_domain::{Actor, Decision, DocId, DocView, Id, Kept, Recorded, RecordedKind, World, decide};

use super::Engine;
use super::outbox::{Pending, Proposed};
use super::replica::Replica;
use super::steps::Steps;

#[derive(Debug, Default)]
pub struct Speculation {
    /// Only documents that pending edits change; `None` where they delete one.
    overlay: OrdMap<DocId, Option<Arc<DocView>>>,
    /// What pending edits change.
    edits: BTreeMap<Uuid, Edit>,
    pub(super) steps: Steps,
}

/// A pending edit as it was last run.
#[derive(Debug)]
struct Edit {
    recorded: Recorded,
    kept: Vec<Kept>,
    /// Whether it could stand.
    stands: bool,
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

    fn recall(&self, by: Option<&Id>, mutation: Uuid) -> Recalled<'_> {
        let edit = self.speculation.edits.get(&mutation).map(|edit| &edit.recorded);
        match edit.or_else(|| self.speculation.steps.find(mutation)) {
            Some(recorded) if by.is_none_or(|by| *by == recorded.user) => Recalled::Known(recorded),
            _ => Recalled::Elsewhere,
        }
    }

    fn events(&self) -> Vec<DocId> {
        let docs = self.speculation.docs(self.replica).into_iter();
        docs.filter(|doc| matches!(doc, DocId::Event(_))).collect()
    }

    fn has_note(&self, note: &DocId) -> bool {
        self.replica.holds(note)
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

    /// Whether people see canonical, and nothing else, of a document.
    fn is_plain(&self, doc: &DocId) -> bool {
        !self.overlay.contains_key(doc) && !self.is_deleted(doc)
    }

    pub fn docs(&self, replica: &Replica) -> OrdSet<DocId> {
        let mut docs = replica.docs();
        docs.extend(self.overlay.keys().cloned());
        docs.retain(|doc| !self.is_deleted(doc));
        docs
    }

    /// Shows what was decided; answers with the documents that look different now.
    fn apply(&mut self, replica: &Replica, decision: &Decision) -> OrdSet<DocId> {
        let mut touched = OrdSet::new();
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

    /// Runs edits in order; one that cannot stand is passed over: the hub will refuse it, and say why.
    fn run<'a>(&mut self, replica: &Replica, actor: &Actor, edits: impl Iterator<Item = Proposed<'a>>) {
        for edit in edits {
            match decide(&self.world(replica), actor, edit.command) {
                Ok(decision) => {
                    self.show(replica, actor, edit.uuid, edit.title, decision);
                }
                Err(_) => {
                    if let Some(edit) = self.edits.get_mut(&edit.uuid) {
                        edit.stands = false;
                    }
                }
            }
        }
    }

    /// Shows what was decided on an edit, and remembers it for its undo; answers with the documents that look different.
    pub fn show(
        &mut self,
        replica: &Replica,
        actor: &Actor,
        uuid: Uuid,
        title: &str,
        decision: Decision,
    ) -> OrdSet<DocId> {
        let touched = self.apply(replica, &decision);
        let before = self.edits.remove(&uuid).map(|edit| edit.recorded);
        let recorded = match before {
            // Canonical holds its effect already, and it waits only for the hub's answer.
            Some(recorded) if decision.changes.is_empty() && !recorded.changes.is_empty() => recorded,
            _ => {
                let deletes = !decision.deleted.is_empty();
                let kind = if deletes { RecordedKind::Deletion } else { RecordedKind::Plan };
                let (user, title) = (actor.user.clone(), title.to_owned());
                Recorded { user, kind, title, changes: decision.changes }
            }
        };
        self.edits.insert(uuid, Edit { recorded, kept: decision.kept, stands: true });
        touched
    }

    /// What a pending edit changes, where it stands.
    pub fn standing(&self, uuid: Uuid) -> Option<&Recorded> {
        self.edits.get(&uuid).filter(|edit| edit.stands).map(|edit| &edit.recorded)
    }

    /// What a pending undo leaves as it is.
    pub fn kept(&self, uuid: Uuid) -> &[Kept] {
        self.edits.get(&uuid).map_or(&[], |edit| &edit.kept)
    }

    /// The edit is no longer pending.
    pub fn take(&mut self, uuid: Uuid) -> Option<Recorded> {
        self.edits.remove(&uuid).map(|edit| edit.recorded)
    }
}

impl Engine {
    /// Runs pending edits again after these documents moved.
    pub(super) fn rerun(&mut self, moved: &OrdSet<DocId>) {
        let roster = DocId::Roster;
        // Every command reads the roster: where that moves or is itself speculative, order matters across documents.
        if moved.contains(&roster) || self.speculation.overlay.contains_key(&roster) {
            return self.rerun_all();
        }
        self.read_dirty();
        for doc in moved {
            if let Some(None) = self.speculation.overlay.remove(doc) {
                // It may come back, and what belongs to it.
                let all = self.replica.docs().into_iter();
                self.publish.docs.extend(all.filter(|part| part.is_part_of(doc)));
            }
        }
        let world = self.speculation.world(&self.replica);
        let touches = |edit: &Proposed<'_>| edit.command.docs(&world).iter().any(|d| moved.contains(d));
        let edits: Vec<Proposed<'_>> = self.outbox.edits().filter(touches).collect();
        self.speculation.run(&self.replica, &self.actor, edits.into_iter());
    }

    /// These rows are no longer speculative: what they touched is run again, soon.
    pub(super) fn run_without(&mut self, rows: &[Pending]) {
        let world = self.world();
        let touched: OrdSet<DocId> = rows.iter().flat_map(|row| row.touches(&world)).collect();
        for doc in touched {
            self.mark_dirty(doc);
        }
    }

    pub(super) fn rerun_all(&mut self) {
        self.read_dirty();
        let before = std::mem::take(&mut self.speculation.overlay);
        self.speculation.edits.retain(|uuid, _| self.outbox.has(uuid));
        self.speculation.run(&self.replica, &self.actor, self.outbox.edits());
        self.publish.docs.extend(before.into_keys());
        self.publish.docs.extend(self.speculation.overlay.keys().cloned());
    }

    /// The edits of this device that canonical does not hold yet, as history tells of them, the newest first; and whether
    /// each is `saved` here or `stored` at the hub.
    pub fn unlanded_history(&self) -> Vec<(Record, &'static str)> {
        let mut records = Vec::new();
        for pending in self.outbox.pending().filter(|p| p.note.is_none()) {
            let Some(recorded) = self.speculation.standing(pending.row.uuid) else { continue };
            let command: serde_json::Value = serde_json::from_slice(&pending.row.command).unwrap_or_default();
            let record = Record {
                uuid: pending.row.uuid.to_string(),
                user: self.actor.user.clone(),
                name: None,
                device: None,
                kind: command["type"].as_str().unwrap_or_default().to_owned(),
                made_ms: pending.row.at_ms,
                at_ms: pending.row.at_ms,
                rows: RowCounts::of(&recorded.changes),
                changes: recorded.changes.clone(),
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

    /// What a list of events shows of one; `None` where there is none, or its facts are not known.
    pub fn event_summary(&self, event: &Id) -> Option<EventSummary> {
        let doc = DocId::Event(event.clone());
        let packed = if self.speculation.is_plain(&doc) { self.replica.packed_summary(&doc) } else { None };
        packed.or_else(|| project::event_summary(event.as_str(), self.view(&doc)?))
    }

    /// All shifts of an event as JSON ([`project::AssignmentChanges`]), where they were stored so and nobody asked yet.
    pub fn take_packed_shifts(&self, event: &Id) -> Option<String> {
        let doc = DocId::Event(event.clone());
        if self.speculation.is_plain(&doc) { self.replica.take_packed_shifts(&doc) } else { None }
    }

    /// Every document there is something of.
    pub fn docs(&self) -> OrdSet<DocId> {
        self.speculation.docs(&self.replica)
    }

    /// What the hub committed, as this device knows it.
    pub fn canonical(&self, doc: &DocId) -> Option<&Arc<DocView>> {
        self.replica.view(doc)
    }
}
