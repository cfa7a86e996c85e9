//! People's text editors on notes: Yjs documents that take in what the engine has, and hand it what is typed. As the
//! package's provider does it (src/npm/notes.ts).

use std::collections::{BTreeMap, BTreeSet};

use wedsync_core::engine::event::Event;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, note};
use wedsync_hub::store::Store as _;
use yrs::updates::decoder::Decode;
use yrs::{ClientID, Doc, GetString, OffsetKind, Options, ReadTxn, Text, TextRef, Transact, Update};

use crate::rng::Rng;
use crate::world::{World, id};

#[derive(Debug)]
pub struct Editor {
    doc: Doc,
    text: TextRef,
    epoch: Option<u32>,
    /// Edits that are in it, and were not known to be committed when it was last looked.
    waiting: BTreeSet<Uuid>,
    /// Submissions that are being saved.
    saving: BTreeMap<u64, Uuid>,
    /// For the Yjs client ids of the documents that follow this one.
    rng: Rng,
}

impl Editor {
    fn new(mut rng: Rng) -> Editor {
        let (doc, text) = document_of_editor(rng.word() >> 11);
        Editor { doc, text, epoch: None, waiting: BTreeSet::new(), saving: BTreeMap::new(), rng }
    }

    fn start_over(&mut self) {
        *self = Editor::new(self.rng.clone());
    }

    fn take(&self, update: &[u8]) -> bool {
        let Ok(update) = Update::decode_v1(update) else { return false };
        self.doc.transact_mut().apply_update(update).is_ok()
    }

    fn shows(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }
}

/// An editor's document, and the text in it.
pub fn document_of_editor(client: u64) -> (Doc, TextRef) {
    let mut options = Options::with_guid_and_client_id("".into(), ClientID::new(client));
    options.offset_kind = OffsetKind::Utf16;
    // Collected, a deletion leaves a hole that the hub does not take.
    options.skip_gc = true;
    let doc = Doc::with_options(options);
    let text = doc.get_or_insert_text(note::ROOT);
    (doc, text)
}

pub fn edit_note(event: &str, shift: &str, update: &[u8]) -> String {
    let update = note::encode(update);
    format!(r#"{{"type":"edit_note","event":"{event}","assignment":"{shift}","update":"{update}"}}"#)
}

impl World {
    /// Somebody types a word into a note, or deletes a few letters.
    pub fn write_note(&mut self, tab: usize) {
        let (event, shift) = (*self.dice.pick(&["e1", "e2"]), *self.dice.pick(&["s1", "s2"]));
        let note = DocId::Notes { event: id(event), assignment: id(shift) };
        let (seed, place, word) = (self.dice.word(), self.dice.word() as usize, self.dice.below(1_000));
        let deletes = self.dice.one_in(4);
        if self.tabs[tab].frozen {
            return;
        }
        self.tabs[tab].editors.entry(note.clone()).or_insert_with(|| Editor::new(Rng::new(seed)));
        self.deliver(tab, Event::OpenNote(note.clone()));
        self.editor_hears(tab, &note);
        if self.tabs[tab].engine.note(&note).is_none() {
            return;
        }
        let request = self.tabs[tab].submitted + 1;
        let editor = self.tabs[tab].editors.get_mut(&note).expect("it was opened above");
        let length = editor.shows().encode_utf16().count();
        let word = format!("w{word} ");
        let typed = !deletes || length < 4;
        let update = {
            let mut txn = editor.doc.transact_mut();
            if typed {
                editor.text.insert(&mut txn, (place % (length + 1)) as u32, &word);
            } else {
                editor.text.remove_range(&mut txn, (place % (length - 3)) as u32, 3);
            }
            txn.encode_update_v1()
        };
        let edit = edit_note(event, shift, &update);
        let uuid = self.uuid();
        if typed {
            self.oracle.typed.insert(uuid, word);
        }
        self.tabs[tab].editors.get_mut(&note).expect("it was opened above").saving.insert(request, uuid);
        self.submit_as(tab, uuid, edit);
    }

    /// The engine has saved an edit, or has not: then the editor holds what is nowhere else, and starts afresh.
    pub fn answered(&mut self, tab: usize, request: u64, saved: bool) {
        let editors = &mut self.tabs[tab].editors;
        let Some((note, editor)) = editors.iter_mut().find(|(_, e)| e.saving.contains_key(&request)) else {
            return;
        };
        match editor.saving.remove(&request) {
            Some(uuid) if saved => drop(editor.waiting.insert(uuid)),
            _ => editor.start_over(),
        }
        let note = note.clone();
        self.editor_hears(tab, &note);
    }

    /// Something about a note has changed.
    pub fn editor_hears(&mut self, tab: usize, note: &DocId) {
        let tab = &mut self.tabs[tab];
        let (engine, editors) = (&tab.engine, &mut tab.editors);
        let (Some(editor), Some(state)) = (editors.get_mut(note), engine.note(note)) else { return };
        let outbox = engine.outbox();
        let pending: BTreeSet<Uuid> = state.pending.iter().map(|(uuid, _)| *uuid).collect();
        let is_stored = |uuid: &Uuid| outbox.receipt(uuid).is_some_and(|r| !r.is_refused());
        let lost = editor.waiting.iter().any(|uuid| !pending.contains(uuid) && !is_stored(uuid));
        editor.waiting.retain(|uuid| pending.contains(uuid));
        let epoch = state.at.map(|at| at.epoch);
        let replaced = editor.epoch.is_some() && epoch.is_some() && editor.epoch != epoch;
        if lost || replaced || state.closed.contains(&editor.doc.client_id().get()) {
            editor.start_over();
        }
        editor.epoch = epoch.or(editor.epoch);
        let known = editor.doc.transact().state_vector();
        let mut fits = editor.take(&state.canonical(&known));
        for (uuid, update) in &state.pending {
            if editor.waiting.insert(*uuid) {
                fits &= editor.take(update);
            }
        }
        if !fits {
            self.oracle.fail(format!("an editor cannot take in what the engine has of {note}"));
        }
    }

    /// 7, for notes: what every editor shows is what the hub committed.
    pub fn compare_editors(&mut self) {
        for at in (0..self.tabs.len()).filter(|at| self.tabs[*at].alive).collect::<Vec<_>>() {
            for note in self.tabs[at].editors.keys().cloned().collect::<Vec<DocId>>() {
                let head = self.hub.tables.load().ok().and_then(|state| state.docs.get(&note).cloned());
                if head.is_none_or(|head| head.deleted) || self.tabs[at].engine.note(&note).is_none() {
                    continue;
                }
                let Some(committed) = self.hub_document(&note, 1) else { continue };
                let shown = self.tabs[at].editors[&note].shows();
                let stored = committed.get_or_insert_text(note::ROOT).get_string(&committed.transact());
                if shown != stored {
                    let what = format!("the editor of {note} shows {shown:?}, stored is {stored:?}");
                    self.oracle.fail(format!("tab {at}: {what}"));
                }
            }
        }
    }
}
