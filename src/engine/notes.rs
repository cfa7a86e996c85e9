//! Notes: documents that people write with Yjs editors. An edit of a note is a Yjs update (V1): it waits in the outbox
//! like any other and has a verdict of its own, but it is merged into a copy of the note, not decided into a view.
//!
//! Yjs cannot take back: what an editor writes after a refused update builds on it. So a refusal closes the lineages
//! (Yjs client ids) in it, and an editor goes on with a fresh document under a fresh id.

use wedsync_domain::ordered::{OrdMap, OrdSet};

use wedsync_domain::command::Command;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, Refusal, RefusalCode, document, note};
use yrs::{Doc, StateVector};

use super::Engine;
use super::effect::Failure;
use crate::record::{Position, Receipt};
use crate::storage::Op;

/// What was typed in these edits together: what a later one took back is not in it.
pub fn typed(edits: &[NoteEdit]) -> String {
    let updates: Vec<&[u8]> = edits.iter().map(|edit| edit.update.as_slice()).collect();
    let merged = yrs::merge_updates_v1(updates).ok().and_then(|bytes| note::inspect(&bytes).ok());
    // Edits that do not build on each other leave holes, and do not merge.
    merged.map_or_else(|| edits.iter().map(|edit| edit.text.as_str()).collect(), |merged| merged.text)
}

/// What an `edit_note` command does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteEdit {
    pub doc: DocId,
    pub update: Vec<u8>,
    pub lineages: OrdSet<u64>,
    /// What was typed.
    pub text: String,
}

impl NoteEdit {
    /// `None` for all other commands, and for an update that this version does not understand.
    pub fn of(command: &Command) -> Option<NoteEdit> {
        let Command::EditNote { event, assignment, update } = command else { return None };
        let update = note::decode(update).ok()?;
        let inspection = note::inspect(&update).ok()?;
        Some(NoteEdit {
            doc: DocId::Notes { event: event.clone(), assignment: assignment.clone() },
            update,
            lineages: inspection.lineages.into_keys().collect(),
            text: inspection.text,
        })
    }
}

#[derive(Debug, Default)]
pub struct Notes {
    /// Editors are open on these: their Yjs documents stay unpacked.
    open: OrdSet<DocId>,
    /// Kept when the refusal is dismissed: a lineage that the hub closed stays closed.
    closed: OrdMap<DocId, OrdSet<u64>>,
}

impl Notes {
    fn is_closed(&self, edit: &NoteEdit) -> bool {
        self.closed.get(&edit.doc).is_some_and(|closed| !closed.is_disjoint(&edit.lineages))
    }

    /// A refused edit closes its lineages; answers with the note.
    fn close(&mut self, receipt: &Receipt) -> Option<DocId> {
        if !receipt.is_refused() {
            return None;
        }
        let edit = NoteEdit::of(&Command::from_json(&receipt.row.command).ok()?)?;
        self.closed.entry(edit.doc.clone()).or_default().extend(edit.lineages);
        Some(edit.doc)
    }
}

/// A note as an editor needs it: `canonical` with the updates of `pending` on top.
#[derive(Debug)]
pub struct Note<'a> {
    /// Where canonical stands; `None` while the hub has sent nothing of the note. In another epoch it is another
    /// document: nothing of the one before belongs to it.
    pub at: Option<Position>,
    /// The waiting edits of this device, in order, without those of closed lineages.
    pub pending: Vec<(Uuid, &'a [u8])>,
    /// Lineages in which nothing can be written any more.
    pub closed: OrdSet<u64>,
    doc: Option<&'a Doc>,
}

impl Note<'_> {
    /// What the hub committed beyond what the editor's document knows, as a Yjs update (V1).
    pub fn canonical(&self, known: &StateVector) -> Vec<u8> {
        // The empty update: no structs, nothing deleted.
        self.doc.map_or_else(|| vec![0, 0], |doc| document::diff(doc, known))
    }
}

impl Engine {
    /// An editor was opened on a note: [`Engine::note`] has it once `Publish` names it.
    pub(super) fn open_note(&mut self, doc: DocId) {
        if matches!(doc, DocId::Notes { .. }) && self.notes.open.insert(doc.clone()) {
            self.publish.docs.insert(doc);
            self.unpack_notes();
        }
    }

    /// Asks for the open notes that are packed.
    pub(super) fn unpack_notes(&mut self) {
        if self.reading || self.loading {
            return;
        }
        let packed: Vec<DocId> =
            self.notes.open.iter().filter(|doc| self.replica.is_packed(doc)).cloned().collect();
        if !packed.is_empty() {
            self.reading = true;
            self.store(Op::ReadDocs(packed));
        }
    }

    /// A note that was opened; `None` until it was read, or has come again where what is stored of it is damaged.
    pub fn note(&self, doc: &DocId) -> Option<Note<'_>> {
        let is_there = !self.replica.is_packed(doc) && !self.replica.is_lost(doc);
        if !self.loaded || !self.notes.open.contains(doc) || !is_there {
            return None;
        }
        let edits = self.outbox.note_edits(doc).filter(|(_, edit)| !self.notes.is_closed(edit));
        let (at, canonical) = self.replica.open_doc(doc).unzip();
        Some(Note {
            at,
            pending: edits.map(|(uuid, edit)| (*uuid, edit.update.as_slice())).collect(),
            closed: self.notes.closed.get(doc).cloned().unwrap_or_default(),
            doc: canonical,
        })
    }

    /// What was typed in these edits of a note, refused or waiting, in order.
    pub fn typed(&self, uuids: &[Uuid]) -> String {
        let row = |uuid| self.outbox.receipt(uuid).map(|r| &r.row).or_else(|| self.outbox.row(uuid));
        let commands = uuids.iter().filter_map(|uuid| Command::from_json(&row(uuid)?.command).ok());
        let edits: Vec<NoteEdit> = commands.filter_map(|command| NoteEdit::of(&command)).collect();
        typed(&edits)
    }

    /// The store was read.
    pub(super) fn notes_loaded(&mut self) {
        for receipt in self.outbox.receipts() {
            self.notes.close(receipt);
        }
        self.publish.docs.extend(self.notes.open.iter().cloned());
        self.unpack_notes();
    }

    /// A verdict has come.
    pub(super) fn close_lineages(&mut self, receipt: &Receipt) {
        let doc = self.notes.close(receipt);
        self.publish.docs.extend(doc);
    }

    /// Nothing is written in a closed lineage: the hub would refuse it.
    pub(super) fn check_lineages(&self, edit: Option<&NoteEdit>) -> Result<(), Failure> {
        if edit.is_none_or(|edit| !self.notes.is_closed(edit)) {
            return Ok(());
        }
        let message = "an earlier edit of this note was refused, and this one builds on it; write it again";
        Err(Refusal::new(RefusalCode::LineageClosed, message).into())
    }
}
