//! Canonical documents: what the hub committed, and nothing else.

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;
use std::sync::Arc;
use wedsync_domain::ordered::{OrdMap, OrdSet};

use wedsync_domain::document::RowNames;
use wedsync_domain::ids::Uuid;
use wedsync_domain::project::EventSummary;
use wedsync_domain::{Actor, DocId, DocView, document, guard};
use wedsync_protocol::{Body, DocUpdate, Head, Update};
use yrs::Doc;

use super::Engine;
use crate::record::{PackedEvent, PackedView, Position, Snapshot, unpack};
use crate::storage::{LoadedDoc, Op, StoredDoc};

/// Updates that belong together: one commit, or one catch-up.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub docs: Vec<DocUpdate>,
    pub uuids: Vec<Uuid>,
    /// Written by another tab: apply it, do not store it.
    pub stored: bool,
    /// It brings the replica up to date.
    pub caught_up: bool,
}

impl Batch {
    pub fn add(&mut self, update: Update) {
        self.docs.extend(update.docs);
        self.uuids.extend(update.uuids);
    }
}

/// A document's rows; of an event, until they change, also what a page shows.
struct View {
    /// `None` where the packed rows do not read.
    rows: OnceCell<Option<Arc<DocView>>>,
    /// What the rows are unpacked from when somebody looks at them first.
    packed: RefCell<Vec<u8>>,
    summary: Option<EventSummary>,
    /// Until a page has them.
    shifts: RefCell<Option<String>>,
}

impl View {
    fn of(rows: Arc<DocView>) -> View {
        let (packed, summary, shifts) = Default::default();
        View { rows: OnceCell::from(Some(rows)), packed, summary, shifts }
    }

    fn empty() -> View {
        View::of(Arc::default())
    }

    fn packed(view: PackedView) -> View {
        let (summary, shifts) = view.event.map(|PackedEvent { summary, shifts }| (summary, shifts)).unzip();
        View { rows: OnceCell::new(), packed: RefCell::new(view.rows), summary, shifts: RefCell::new(shifts) }
    }

    fn rows(&self) -> Option<&Arc<DocView>> {
        let unpacked = || unpack::<DocView>(&self.packed.take(), "view").ok().map(Arc::new);
        self.rows.get_or_init(unpacked).as_ref()
    }

    /// Where somebody looked at them: rows that did not change stay the same ones.
    fn into_shown_rows(self) -> Option<Arc<DocView>> {
        self.rows.into_inner()?
    }
}

/// What moved in a document since its view was read.
enum Unread {
    Rows(RowNames),
    All,
}

impl Unread {
    const NOTHING: Unread = Unread::Rows(RowNames::new());

    fn add(&mut self, rows: RowNames) {
        if let Unread::Rows(before) = self {
            before.extend(rows);
        }
    }
}

struct Canonical {
    at: Position,
    view: View,
    unread: Unread,
    /// Unpacked only when it must be.
    doc: Option<Doc>,
    /// Updates since the snapshot, where known.
    log: usize,
    /// Whether the stored packed view is behind.
    view_stale: bool,
}

impl fmt::Debug for Canonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.at, if self.doc.is_some() { "open" } else { "packed" })
    }
}

#[derive(Debug, Default)]
pub struct Replica {
    docs: OrdMap<DocId, Canonical>,
    /// Held once, and of no use any more: the next subscription asks for them from nothing.
    lost: OrdSet<DocId>,
    /// Rows were looked at and did not read.
    damaged: Cell<bool>,
}

/// What became of one document's update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Applied {
    Moved,
    /// It is in already.
    Known,
    /// It does not fit what is here; ask for the document anew.
    Desync,
}

impl Replica {
    /// Takes what the store holds; documents whose bytes do not decode are lost. What stands where it stood stays as it
    /// is, rows and all. Answers with the others, and with those that are gone.
    pub fn load(&mut self, docs: Vec<(DocId, LoadedDoc)>) -> OrdSet<DocId> {
        let mut before = std::mem::take(&mut self.docs);
        self.lost.clear();
        let mut moved = OrdSet::new();
        for (id, loaded) in docs {
            let at = loaded.at();
            let canonical = match loaded {
                LoadedDoc::View(view) => {
                    let (at, view) = (view.at, View::packed(view));
                    Some(Canonical {
                        at,
                        view,
                        unread: Unread::NOTHING,
                        doc: None,
                        log: 0,
                        view_stale: false,
                    })
                }
                // Also where it is held: what is stored has to show whether it reads.
                LoadedDoc::Stored(stored) => open(&stored),
                LoadedDoc::Damaged => None,
            };
            let held = before.remove(&id).filter(|held| Some(held.at) == at);
            if let (Some(held), Some(stored)) = (held, &canonical) {
                self.docs.insert(id, Canonical { view_stale: stored.view_stale, ..held });
                continue;
            }
            moved.insert(id.clone());
            match canonical {
                Some(canonical) => {
                    self.docs.insert(id.clone(), canonical);
                    self.refresh(&id);
                }
                None => {
                    self.lost.insert(id);
                }
            }
        }
        moved.extend(before.into_keys());
        moved
    }

    pub fn docs(&self) -> OrdSet<DocId> {
        self.docs.keys().cloned().collect()
    }

    /// Its rows, unpacked where they are not.
    pub fn view(&self, doc: &DocId) -> Option<&Arc<DocView>> {
        let rows = self.docs.get(doc)?.view.rows();
        if rows.is_none() {
            self.damaged.set(true);
        }
        rows
    }

    /// An event's summary, as it was packed; `None` where there is none.
    pub fn packed_summary(&self, doc: &DocId) -> Option<EventSummary> {
        self.docs.get(doc)?.view.summary.clone()
    }

    /// An event's shifts as JSON, as they were packed; once, and only while they are as they were.
    pub fn take_packed_shifts(&self, doc: &DocId) -> Option<String> {
        self.docs.get(doc)?.view.shifts.take()
    }

    /// Documents whose rows turned out not to read; they are lost.
    pub fn take_damaged(&mut self) -> Vec<DocId> {
        if !self.damaged.take() {
            return Vec::new();
        }
        let unread = |c: &Canonical| matches!(c.view.rows.get(), Some(None));
        let damaged: Vec<DocId> =
            self.docs.iter().filter(|(_, c)| unread(c)).map(|(id, _)| id.clone()).collect();
        for doc in &damaged {
            self.lose(doc);
        }
        damaged
    }

    pub fn heads(&self) -> Vec<Head> {
        self.docs.iter().map(|(doc, c)| Head { doc: doc.clone(), epoch: c.at.epoch, seq: c.at.seq }).collect()
    }

    /// What [`wedsync_protocol::bugs::Bug::CursorMovedByAck`] does.
    pub fn skip_to(&mut self, heads: &[Head]) {
        for head in heads {
            if let Some(canonical) = self.docs.get_mut(&head.doc) {
                canonical.at.seq = canonical.at.seq.max(head.seq);
            }
        }
    }

    /// Whether canonical holds all these commits.
    pub fn covers(&self, heads: &[Head], actor: &Actor) -> bool {
        heads.iter().all(|h| match self.docs.get(&h.doc) {
            // It was deleted.
            held if h.epoch == 0 => held.is_none(),
            Some(c) => (c.at.epoch, c.at.seq) >= (h.epoch, h.seq),
            // What this person may not read will never come; what they may, is still on its way.
            None => !actor.may_read(&h.doc),
        })
    }

    pub fn holds(&self, doc: &DocId) -> bool {
        self.docs.contains_key(doc)
    }

    /// Whether it is there with its Yjs document packed.
    pub fn is_packed(&self, doc: &DocId) -> bool {
        self.docs.get(doc).is_some_and(|c| c.doc.is_none())
    }

    /// Where a document stands, and its Yjs document, unpacked.
    pub fn open_doc(&self, doc: &DocId) -> Option<(Position, &Doc)> {
        let canonical = self.docs.get(doc)?;
        Some((canonical.at, canonical.doc.as_ref()?))
    }

    /// What is here of a document is of no use; answers whether it was held.
    fn lose(&mut self, doc: &DocId) -> bool {
        let Some(held) = self.docs.remove(doc) else { return false };
        if let Some(doc) = held.doc {
            guard::discard(doc);
        }
        self.lost.insert(doc.clone());
        true
    }

    pub fn is_lost(&self, doc: &DocId) -> bool {
        self.lost.contains(doc)
    }

    pub fn lost(&self) -> impl Iterator<Item = &DocId> {
        self.lost.iter()
    }

    /// Documents that have to be unpacked before this batch can be applied.
    fn packed(&self, batch: &Batch) -> Vec<DocId> {
        let deltas = batch.docs.iter().filter(|u| matches!(u.body, Body::Delta { .. }));
        let packed: OrdSet<DocId> = deltas
            .filter(|u| self.docs.get(&u.doc).is_some_and(|c| c.doc.is_none()))
            .map(|u| u.doc.clone())
            .collect();
        packed.into_iter().collect()
    }

    fn apply(&mut self, update: &DocUpdate) -> Applied {
        let at = Position { epoch: update.epoch, seq: update.seq };
        match &update.body {
            Body::Gone => {
                let (held, lost) = (self.docs.remove(&update.doc).is_some(), self.lost.remove(&update.doc));
                if held || lost { Applied::Moved } else { Applied::Known }
            }
            Body::Snapshot { bytes } => {
                let doc = document::new_doc(READER);
                if document::apply_update(&doc, bytes).is_err() {
                    guard::discard(doc);
                    return Applied::Desync;
                }
                // The view of before serves until it is read again; rows keep their identity.
                let view = self.docs.remove(&update.doc).map_or_else(View::empty, |c| c.view);
                let (unread, doc) = (Unread::All, Some(doc));
                let canonical = Canonical { at, view, unread, doc, log: 0, view_stale: true };
                self.docs.insert(update.doc.clone(), canonical);
                self.lost.remove(&update.doc);
                Applied::Moved
            }
            Body::Delta { base, bytes } => {
                if *base == 0 && !self.docs.contains_key(&update.doc) {
                    let doc = Some(document::new_doc(READER));
                    let at = Position { epoch: update.epoch, seq: 0 };
                    let (view, unread) = (View::empty(), Unread::All);
                    let fresh = Canonical { at, view, unread, doc, log: 0, view_stale: true };
                    self.docs.insert(update.doc.clone(), fresh);
                }
                let Some(canonical) = self.docs.get_mut(&update.doc) else { return Applied::Desync };
                if canonical.at.epoch == update.epoch && update.seq <= canonical.at.seq {
                    return Applied::Known;
                }
                if canonical.at.epoch != update.epoch || *base > canonical.at.seq {
                    return Applied::Desync;
                }
                let Some(doc) = &canonical.doc else { return Applied::Desync };
                let merged = match &mut canonical.unread {
                    Unread::All => document::apply_update(doc, bytes),
                    rows => document::apply_delta(doc, &update.doc, bytes).map(|touched| rows.add(touched)),
                };
                if merged.is_err() {
                    return Applied::Desync;
                }
                canonical.at = at;
                canonical.log += 1;
                canonical.view_stale = true;
                self.lost.remove(&update.doc);
                Applied::Moved
            }
        }
    }

    /// Brings a document's view up to date, keeping the identity of rows that did not change.
    pub fn refresh(&mut self, id: &DocId) {
        let Some(canonical) = self.docs.get_mut(id) else { return };
        let Some(doc) = &canonical.doc else { return };
        let unread = std::mem::replace(&mut canonical.unread, Unread::NOTHING);
        if matches!(&unread, Unread::Rows(rows) if rows.is_empty()) {
            return;
        }
        let before = std::mem::replace(&mut canonical.view, View::empty()).into_shown_rows();
        let rows = match (unread, before) {
            (Unread::Rows(names), Some(mut rows)) => {
                document::read_rows(doc, id, &names, Arc::make_mut(&mut rows));
                debug_assert_eq!(*rows, document::read(doc, id), "{id} was read in part");
                rows
            }
            (_, before) => {
                let mut rows = document::read(doc, id);
                if let Some(before) = before {
                    rows.share_rows(&before);
                }
                Arc::new(rows)
            }
        };
        canonical.view = View::of(rows);
    }

    pub fn stale_views(&self) -> Vec<&DocId> {
        self.docs.iter().filter(|(_, c)| c.view_stale).map(|(id, _)| id).collect()
    }

    pub fn pack_views(&mut self, at_most: usize) -> Vec<(DocId, PackedView)> {
        let stale = self.docs.iter_mut().filter(|(_, c)| c.view_stale).take(at_most);
        let packed = stale.filter_map(|(id, c)| {
            c.view_stale = false;
            Some((id.clone(), PackedView::of(id, c.at, c.view.rows()?)))
        });
        packed.collect()
    }

    /// A document whose log is long, folded.
    pub fn worth_compacting(&mut self, log_max: usize) -> Option<(DocId, Snapshot)> {
        let (id, canonical) = self.docs.iter_mut().find(|(_, c)| c.log >= log_max && c.doc.is_some())?;
        let doc = canonical.doc.as_ref()?;
        canonical.log = 0;
        Some((id.clone(), Snapshot { at: canonical.at, bytes: document::snapshot(doc) }))
    }
}

/// Replicas on devices only read, so one Yjs client id serves them all.
const READER: u64 = 1;

fn open(stored: &StoredDoc) -> Option<Canonical> {
    let doc = document::new_doc(READER);
    for bytes in stored.snapshot.iter().chain(&stored.log) {
        if document::apply_update(&doc, bytes).is_err() {
            guard::discard(doc);
            return None;
        }
    }
    let (view, unread) = (View::empty(), Unread::All);
    Some(Canonical { at: stored.at, view, unread, doc: Some(doc), log: stored.log.len(), view_stale: true })
}

impl Engine {
    pub(super) fn receive_batch(&mut self, batch: Batch) {
        self.batches.push_back(batch);
        self.process_batches();
    }

    /// Applies waiting batches in order, as far as the documents they need are unpacked.
    pub(super) fn process_batches(&mut self) {
        while !self.reading && self.loaded && !self.loading {
            let Some(batch) = self.batches.front() else { return };
            let packed = self.replica.packed(batch);
            if !packed.is_empty() {
                self.reading = true;
                self.store(Op::ReadDocs(packed));
                return;
            }
            if let Some(batch) = self.batches.pop_front() {
                self.apply_batch(batch);
            }
        }
    }

    pub(super) fn docs_read(&mut self, docs: Vec<(DocId, Option<StoredDoc>)>) {
        self.reading = false;
        let mut damaged = Vec::new();
        for (id, stored) in docs {
            match stored.as_ref().and_then(open) {
                Some(mut canonical) => {
                    // The view of before serves until it is read again; rows keep their identity. A packed one may be damaged
                    // and still read: the document is what counts.
                    if let Some(old) = self.replica.docs.remove(&id) {
                        canonical.view = old.view;
                    }
                    self.replica.docs.insert(id.clone(), canonical);
                }
                None => {
                    if self.replica.lose(&id) {
                        damaged.push(id.clone());
                    }
                }
            }
            self.mark_dirty(id);
        }
        self.lose_views(damaged);
        self.process_batches();
        self.unpack_notes();
    }

    fn apply_batch(&mut self, batch: Batch) {
        let mut moved = Vec::new();
        let mut gone = OrdSet::new();
        let mut desync = false;
        for update in batch.docs {
            if update.body == Body::Gone {
                gone.insert(update.doc.clone());
            }
            match self.replica.apply(&update) {
                Applied::Moved => {
                    self.mark_dirty(update.doc.clone());
                    moved.push(update);
                }
                Applied::Known => {}
                Applied::Desync => {
                    self.replica.lose(&update.doc);
                    self.mark_dirty(update.doc);
                    desync = true;
                }
            }
        }
        if desync && batch.stored {
            // Another tab has stored what does not fit here: read it all again.
            return self.load();
        }
        let (replica, actor) = (&self.replica, &self.actor);
        let covers =
            |head: &Head| gone.contains(&head.doc) || replica.covers(std::slice::from_ref(head), actor);
        let landed = self.outbox.land(&batch.uuids, |heads| heads.iter().all(covers));
        self.run_without(&landed);
        if !batch.stored {
            self.commit_landed(landed, moved, batch.caught_up && !desync);
            if desync {
                self.resubscribe();
            }
        }
        self.publish.receipts = true;
        self.publish.status = true;
    }
}
