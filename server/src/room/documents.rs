//! The canonical documents in memory, opened when first needed.

use super::{DocMove, How, merge};
use crate::store::{Batch, DocHead, Generation, Snapshot, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wedsync_domain::ids::Uuid;
use wedsync_domain::note::{self, Inspection, Outline};
use wedsync_domain::ordered::OrdMap;
use wedsync_domain::schema::{DOCUMENT_MAX, Table};
use wedsync_domain::view::{Recalled, World};
use wedsync_domain::{
    Change, ChangeKind, DocId, DocView, Id, Recorded, Refusal, RefusalCode, document, guard,
};
use wedsync_protocol::bugs::{Bug, bug};
use yrs::{Doc, ReadTxn, Transact};

/// When history is folded.
#[derive(Clone, Copy, Debug)]
pub struct Folding {
    /// The log is folded into a snapshot when it is longer than this ...
    pub at: u64,
    /// ... and this much of it stays for devices that were away for a while.
    pub keep: u64,
    /// A snapshot of more bytes than this ...
    pub compact_over: usize,
    /// ... and so many times what its rows need is mostly history: the document is written anew.
    pub compact_ratio: usize,
}

impl Default for Folding {
    fn default() -> Folding {
        Folding { at: 512, keep: 256, compact_over: 64 * 1024, compact_ratio: 4 }
    }
}

struct Open {
    doc: Doc,
    view: DocView,
    /// Of a note.
    outline: Outline,
}

impl Open {
    fn new(doc: Doc, view: DocView) -> Open {
        Open { doc, view, outline: Outline::default() }
    }
}

struct Entry {
    head: DocHead,
    open: Option<Open>,
    /// The log makes it seem too big: fold it at the next write.
    fold: bool,
}

impl Entry {
    fn new(epoch: u32) -> Entry {
        let head = DocHead { epoch, seq: 0, snapshot_seq: 0, log_base: 0, size: 0, deleted: false };
        Entry { head, open: None, fold: false }
    }
}

/// Changes that are in the open document, and not in its head yet.
#[derive(Clone)]
pub(super) struct Written {
    pub doc: DocId,
    pub seq: u64,
    pub bytes: Arc<[u8]>,
}

pub(super) struct Documents {
    entries: BTreeMap<DocId, Entry>,
    yjs_client: u64,
    folding: Folding,
    /// Of new documents: above what any had before the hub was restored, or a device would take a new one for one of
    /// the same name that was lost.
    first_epoch: u32,
    /// The mutation that the next undo is about.
    recalled: Option<(Uuid, Recorded)>,
    /// Helpers with an account, as far as an undo has to know.
    pub linked: BTreeSet<Id>,
}

impl World for Documents {
    fn doc(&self, doc: &DocId) -> Option<&DocView> {
        self.entries.get(doc)?.open.as_ref().map(|open| &open.view)
    }

    fn is_deleted(&self, doc: &DocId) -> bool {
        self.entries.get(doc).is_some_and(|entry| entry.head.deleted) && !bug(Bug::DeletionForgotten)
    }

    fn recall(&self, _by: Option<&Id>, mutation: Uuid) -> Recalled<'_> {
        match &self.recalled {
            Some((uuid, recorded)) if *uuid == mutation => Recalled::Known(recorded),
            _ => Recalled::Never,
        }
    }

    fn events(&self) -> Vec<DocId> {
        let events =
            self.entries.iter().filter(|(doc, entry)| matches!(doc, DocId::Event(_)) && !entry.head.deleted);
        events.map(|(doc, _)| doc.clone()).collect()
    }

    fn has_note(&self, note: &DocId) -> bool {
        self.head(note).is_some_and(|head| head.seq > 0 && !head.deleted)
    }

    fn is_linked(&self, helper: &Id) -> bool {
        self.linked.contains(helper)
    }
}

impl Documents {
    pub fn new(
        heads: BTreeMap<DocId, DocHead>,
        yjs_client: u64,
        folding: Folding,
        generation: Generation,
    ) -> Documents {
        let highest = heads.values().map(|head| head.epoch).max().unwrap_or(1);
        let first_epoch = highest.max(u32::try_from(generation.number / 1000).unwrap_or(u32::MAX));
        let entry = |(doc, head)| (doc, Entry { head, open: None, fold: false });
        let entries = heads.into_iter().map(entry).collect();
        Documents { entries, yjs_client, folding, first_epoch, recalled: None, linked: BTreeSet::new() }
    }

    /// For the undo that is judged next.
    pub fn remember(&mut self, mutation: Uuid, recorded: Option<Recorded>) {
        self.recalled = recorded.map(|recorded| (mutation, recorded));
    }

    pub fn heads(&self) -> impl Iterator<Item = (&DocId, &DocHead)> {
        self.entries.iter().map(|(doc, entry)| (doc, &entry.head))
    }

    pub fn head(&self, doc: &DocId) -> Option<&DocHead> {
        self.entries.get(doc).map(|e| &e.head)
    }

    /// Reads a document into memory: what is stored, and what waits in the batch. One that does not exist stays so.
    pub fn open(&mut self, store: &mut impl Store, batch: &Batch, id: &DocId) -> Result<(), StoreError> {
        let Some(entry) = self.entries.get_mut(id) else { return Ok(()) };
        if entry.open.is_some() || entry.head.deleted {
            return Ok(());
        }
        let doc = document::new_doc(self.yjs_client);
        // A snapshot that waits may be of another epoch than what is stored.
        let (snapshot, seq, log) = match batch.snapshots.iter().rev().find(|s| s.doc == *id) {
            Some(waiting) => (Some(waiting.bytes.clone()), waiting.seq, Vec::new()),
            None => {
                let (snapshot, log) = store.document(id)?;
                (snapshot, 0, log)
            }
        };
        let waiting = batch.log.iter().filter(|row| row.doc == *id && row.seq > seq).map(|row| &row.bytes);
        let is_note = matches!(id, DocId::Notes { .. });
        let mut outline = Outline::default();
        for bytes in snapshot.iter().chain(log.iter().map(|row| &row.bytes)).chain(waiting) {
            let damaged =
                |e: &dyn std::fmt::Display| StoreError(format!("the document {id} is damaged: {e}"));
            if let Err(e) = document::apply_update(&doc, bytes) {
                guard::discard(doc);
                return Err(damaged(&e));
            }
            if is_note {
                outline.load(bytes).map_err(|e| damaged(&e))?;
            }
        }
        // A note has no tables, and looking for them would make them.
        let view = if is_note { DocView::default() } else { document::read(&doc, id) };
        entry.open = Some(Open { doc, view, outline });
        Ok(())
    }

    /// Throws away what is in memory of one document; it is read again when needed.
    pub fn close(&mut self, id: &DocId) {
        if let Some(open) = self.entries.get_mut(id).and_then(|entry| entry.open.take()) {
            guard::discard(open.doc);
        }
    }

    /// Throws away what is in memory; it is read again when needed.
    pub fn close_all(&mut self) {
        self.entries.retain(|_, entry| entry.head.seq > 0);
        for entry in self.entries.values_mut() {
            entry.open = None;
        }
    }

    /// Refuses what would make a document too large. What shrinks it always passes.
    pub fn check_size(&mut self, id: &DocId, changes: &[Change]) -> Result<(), Refusal> {
        let Some(entry) = self.entries.get_mut(id) else { return Ok(()) };
        let growth = changes.iter().map(size_of).sum::<u64>();
        if entry.head.size + growth <= DOCUMENT_MAX as u64 || changes.iter().all(shrinks) {
            return Ok(());
        }
        // The log repeats itself; what counts is the document folded.
        let folded = entry.open.as_ref().map_or(entry.head.size, |o| document::snapshot(&o.doc).len() as u64);
        if folded + growth > DOCUMENT_MAX as u64 {
            let message = format!("'{id}' would be over {} MiB; archive or split it", DOCUMENT_MAX >> 20);
            return Err(Refusal::new(RefusalCode::TooLarge, message));
        }
        entry.fold = true;
        Ok(())
    }

    pub fn yjs_client(&self) -> u64 {
        self.yjs_client
    }

    /// Whether there is such a shift, of an event that the last command named. Where its judging panicked, no document
    /// is open: then the event's head must do.
    pub fn may_have_note(&self, event: &Id, assignment: &Id) -> bool {
        let event = DocId::Event(event.clone());
        let exists = self.head(&event).is_some_and(|head| !head.deleted);
        let shift = |view: &DocView| view.row(Table::Assignments, assignment.as_str()).is_some();
        exists && self.doc(&event).is_none_or(shift)
    }

    /// The state vector of a note that is open: clocks by Yjs client id.
    pub fn state(&self, id: &DocId) -> OrdMap<u64, u32> {
        let Some(open) = self.entries.get(id).and_then(|entry| entry.open.as_ref()) else {
            return OrdMap::new();
        };
        open.doc.transact().state_vector().iter().map(|(client, clock)| (client.get(), *clock)).collect()
    }

    /// What is deleted in a note that is open.
    pub fn deleted(&self, id: &DocId) -> note::Deleted {
        let Some(open) = self.entries.get(id).and_then(|entry| entry.open.as_ref()) else {
            return note::Deleted::new();
        };
        let deleted = open.doc.transact().snapshot().delete_set;
        deleted.iter().map(|(client, ranges)| (client.get(), ranges.iter().cloned().collect())).collect()
    }

    /// What somebody with this state vector lacks of a note that is open.
    pub fn since(&self, id: &DocId, state: &OrdMap<u64, u32>) -> Vec<u8> {
        let Some(open) = self.entries.get(id).and_then(|entry| entry.open.as_ref()) else {
            return note::NOTHING.to_vec();
        };
        let state = state.iter().map(|(client, clock)| (yrs::ClientID::new(*client), *clock)).collect();
        // A state vector from outside may end between the halves of a character, which yrs does not take.
        guard::attempt(|| open.doc.transact().encode_state_as_update_v1(&state))
            .unwrap_or_else(|| document::snapshot(&open.doc))
    }

    /// Refuses what would make a note too large. Deletions pass, as long as what remembers them is not larger still.
    pub fn check_note_size(&mut self, id: &DocId, update: usize, adds: bool) -> Result<(), Refusal> {
        let Some(entry) = self.entries.get_mut(id) else { return Ok(()) };
        let max = if adds { note::NOTE_MAX } else { 2 * note::NOTE_MAX } as u64;
        let update = update as u64;
        if entry.head.size + update <= max {
            return Ok(());
        }
        let folded = entry.open.as_ref().map_or(entry.head.size, |o| document::snapshot(&o.doc).len() as u64);
        if folded + update > max {
            let message =
                format!("The note would be over {} MiB; delete something in it first.", note::NOTE_MAX >> 20);
            return Err(Refusal::new(RefusalCode::TooLarge, message));
        }
        entry.fold = true;
        Ok(())
    }

    /// Merges an inspected update into a note; `None` where it adds and deletes nothing. What is logged and fanned
    /// out is what yrs made of it. After a refusal the copy is spoilt: close it.
    pub fn merge(
        &mut self,
        id: &DocId,
        update: &[u8],
        inspection: &Inspection,
    ) -> Result<Option<Written>, Refusal> {
        let mut new = None;
        let open = match self.entries.get_mut(id).and_then(|entry| entry.open.as_mut()) {
            Some(open) => open,
            None => new.insert(Open::new(document::new_doc(self.yjs_client), DocView::default())),
        };
        let bytes = match merge::merge(&open.doc, &mut open.outline, update, inspection) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(None),
            Err(refusal) => {
                if let Some(spoilt) = new {
                    guard::discard(spoilt.doc);
                }
                return Err(refusal);
            }
        };
        let entry = self.entries.entry(id.clone()).or_insert_with(|| Entry::new(self.first_epoch));
        if new.is_some() {
            entry.open = new;
        }
        Ok(Some(Written { doc: id.clone(), seq: entry.head.seq + 1, bytes: bytes.into() }))
    }

    /// Writes changes into an open document, or into a new one. The head moves only with [`Documents::advance`].
    pub fn write(&mut self, id: &DocId, changes: &[Change]) -> Written {
        let entry = self.entries.entry(id.clone()).or_insert_with(|| Entry::new(self.first_epoch));
        let client = self.yjs_client;
        let open = entry.open.get_or_insert_with(|| {
            let doc = document::new_doc(client);
            let view = document::read(&doc, id);
            Open::new(doc, view)
        });
        let bytes = document::write(&open.doc, changes);
        for change in changes {
            let fits = open.view.apply(change);
            // The caller catches it and refuses the command: view and document must never part.
            assert!(fits, "a change does not fit the view it was decided on");
        }
        Written { doc: id.clone(), seq: entry.head.seq + 1, bytes: bytes.into() }
    }

    /// Moves the head after a write. Folds the log where it has become long, and writes the document anew, under
    /// another epoch, where it is mostly history.
    pub fn advance(&mut self, written: Written) -> (DocHead, DocMove, Option<Snapshot>) {
        let Written { doc: id, seq, bytes } = written;
        let Some(entry) = self.entries.get_mut(&id) else {
            unreachable!("a document moves only after it was written");
        };
        let head = &mut entry.head;
        head.seq = seq;
        head.size += bytes.len() as u64;
        let long = seq - head.snapshot_seq > self.folding.at;
        let fold = long || std::mem::take(&mut entry.fold);
        let Some(open) = entry.open.as_mut().filter(|_| fold) else {
            let moved = DocMove { doc: id, epoch: head.epoch, seq, how: How::Delta(bytes) };
            return (head.clone(), moved, None);
        };
        let mut folded = document::snapshot(&open.doc);
        let mut how = How::Delta(bytes);
        let mut log_base = head.log_base.max(seq.saturating_sub(self.folding.keep));
        // A note is written anew by nobody: its text is in people's own lineages.
        if folded.len() > self.folding.compact_over
            && !matches!(id, DocId::Notes { .. })
            && let Some(anew) = document::rewrite(&open.doc, &id, self.yjs_client)
            && let bytes = document::snapshot(&anew)
            && folded.len() >= self.folding.compact_ratio * bytes.len()
        {
            tracing::info!(from = folded.len(), to = bytes.len(), "a document was compacted");
            how = How::Whole(bytes.as_slice().into());
            (open.doc, folded, log_base) = (anew, bytes, seq);
            head.epoch += 1;
        }
        (head.snapshot_seq, head.log_base, head.size) = (seq, log_base, folded.len() as u64);
        let moved = DocMove { doc: id.clone(), epoch: head.epoch, seq, how };
        (head.clone(), moved, Some(Snapshot { doc: id, seq, log_base, bytes: folded }))
    }

    /// All documents there are that are, or belong to, one of these.
    pub fn parts_of(&self, wholes: &[DocId]) -> Vec<DocId> {
        let part = |doc: &DocId| wholes.iter().any(|whole| doc.is_part_of(whole));
        self.entries
            .iter()
            .filter(|(doc, e)| part(doc) && !e.head.deleted)
            .map(|(doc, _)| doc.clone())
            .collect()
    }

    /// Leaves nothing of a document but its head.
    pub fn delete(&mut self, id: &DocId) -> (DocHead, DocMove) {
        let Some(entry) = self.entries.get_mut(id) else {
            unreachable!("only documents that are there are deleted");
        };
        entry.open = None;
        let (epoch, seq) = (entry.head.epoch + 1, entry.head.seq + 1);
        entry.head = DocHead { epoch, seq, snapshot_seq: seq, log_base: seq, size: 0, deleted: true };
        (entry.head.clone(), DocMove { doc: id.clone(), epoch, seq, how: How::Deleted })
    }

    /// The whole document as one update.
    pub fn snapshot(&mut self, store: &mut impl Store, id: &DocId) -> Result<Vec<u8>, StoreError> {
        if self.entries.get(id).is_none_or(|e| e.open.is_none()) {
            let (snapshot, log) = store.document(id)?;
            if let (Some(bytes), []) = (snapshot, log.as_slice()) {
                return Ok(bytes);
            }
            self.open(store, &Batch::default(), id)?;
        }
        let open = self.entries.get(id).and_then(|e| e.open.as_ref());
        Ok(open.map(|o| document::snapshot(&o.doc)).unwrap_or_default())
    }
}

/// About how many bytes a change adds to a document.
fn size_of(change: &Change) -> u64 {
    serde_json::to_vec(change).map_or(0, |json| json.len() as u64)
}

fn shrinks(change: &Change) -> bool {
    // A status or flag of a few bytes may come in place of another: cancelling and archiving always pass.
    const FLAG: u64 = 24;
    let length = |v| serde_json::to_vec(v).map_or(0, |json| json.len() as u64);
    match &change.kind {
        ChangeKind::Insert { .. } => false,
        ChangeKind::Remove { .. } => true,
        ChangeKind::Set { before, after, .. } => length(after) <= length(before).max(FLAG),
    }
}
