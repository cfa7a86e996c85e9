//! Edits on their way, and what became of them.

use std::collections::{BTreeMap, BTreeSet};
use wedsync_domain::ordered::OrdSet;
use wedsync_domain::ordered::sort;

use wedsync_domain::command::Command;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, Id, Refusal, RefusalCode, World, project};
use wedsync_protocol::Head;
use wedsync_protocol::bugs::{Bug, bug};

use super::Engine;
use super::effect::{Answer, Effect, Failure};
use super::notes::NoteEdit;
use super::tabs::TabMessage;
use crate::ports::StoreError;
use crate::record::{OutboxRow, Receipt, Verdict};
use crate::storage::Op;

/// Most rows that may wait.
pub const OUTBOX_MAX: usize = 50_000;
/// Stored receipts that are kept for people to look at.
const STORED_KEPT: usize = 300;
const STORED_SLACK: usize = 100;

/// A saved row with its command parsed; `None` where it was written by another version and does not parse here.
#[derive(Debug)]
pub struct Pending {
    pub row: OutboxRow,
    pub command: Option<Command>,
    /// Where the command is an edit of a note.
    pub note: Option<NoteEdit>,
    /// The commits it became, once the hub has answered.
    pub stored: Option<Vec<Head>>,
}

impl Pending {
    /// The documents that look different without it.
    pub fn touches(&self, world: &dyn World) -> OrdSet<DocId> {
        match (&self.note, &self.command) {
            (Some(edit), _) => OrdSet::from([edit.doc.clone()]),
            (None, Some(command)) => command.docs(world),
            (None, None) => OrdSet::new(),
        }
    }
}

/// An edit to run on top of canonical.
#[derive(Clone, Copy, Debug)]
pub struct Proposed<'a> {
    pub uuid: Uuid,
    pub title: &'a str,
    pub command: &'a Command,
}

impl<'a> Proposed<'a> {
    fn of(row: &'a OutboxRow, command: &'a Command) -> Proposed<'a> {
        Proposed { uuid: row.uuid, title: &row.title, command }
    }
}

/// A submitted command that is not committed yet.
#[derive(Debug)]
struct Unsaved {
    request: u64,
    row: OutboxRow,
    command: Command,
    note: Option<NoteEdit>,
}

#[derive(Debug, Default)]
pub struct Outbox {
    rows: BTreeMap<u64, Pending>,
    /// Rows below this that are not here are gone for good.
    loaded_to: u64,
    by_uuid: BTreeMap<Uuid, u64>,
    /// Rows that the hub has stored and whose effect canonical does not hold yet.
    stored: BTreeSet<u64>,
    receipts: BTreeMap<Uuid, Receipt>,
    /// In the order they were submitted; the first `in_flight` of them are being committed.
    unsaved: Vec<Unsaved>,
    in_flight: usize,
}

impl Outbox {
    pub fn load(&mut self, next_n: u64, rows: Vec<OutboxRow>, receipts: Vec<Receipt>) {
        self.loaded_to = next_n;
        self.receipts = receipts.into_iter().map(|r| (r.row.uuid, r)).collect();
        self.rows.clear();
        self.by_uuid.clear();
        self.stored.clear();
        for row in rows {
            self.insert(row);
        }
    }

    fn insert(&mut self, row: OutboxRow) {
        let stored = match self.receipts.get(&row.uuid).map(|r| &r.verdict) {
            Some(Verdict::Stored { heads, .. }) => Some(heads.clone()),
            Some(Verdict::Refused(_)) => return,
            None => None,
        };
        let command = Command::from_json(&row.command).ok();
        let note = command.as_ref().and_then(NoteEdit::of);
        if stored.is_some() {
            self.stored.insert(row.n);
        }
        self.by_uuid.insert(row.uuid, row.n);
        self.rows.insert(row.n, Pending { row, command, note, stored });
    }

    fn remove(&mut self, n: u64) -> Option<Pending> {
        let pending = self.rows.remove(&n)?;
        self.by_uuid.remove(&pending.row.uuid);
        self.stored.remove(&n);
        Some(pending)
    }

    /// What to run on top of canonical, in order: saved rows, then those being saved. Edits of notes are not among
    /// them: they change no view.
    pub fn edits(&self) -> impl DoubleEndedIterator<Item = Proposed<'_>> {
        let saved = self.rows.values().filter(|p| p.note.is_none());
        let saved = saved.filter_map(|p| Some(Proposed::of(&p.row, p.command.as_ref()?)));
        let unsaved = self.unsaved.iter().filter(|u| u.note.is_none());
        saved.chain(unsaved.map(|u| Proposed::of(&u.row, &u.command)))
    }

    /// Whether it is saved, or being saved, and neither refused nor in canonical.
    pub fn has(&self, uuid: &Uuid) -> bool {
        self.by_uuid.contains_key(uuid) || self.unsaved.iter().any(|u| u.row.uuid == *uuid)
    }

    /// Saved rows whose effect canonical does not hold, in order.
    pub fn pending(&self) -> impl Iterator<Item = &Pending> {
        self.rows.values()
    }

    /// The saved edits of a note that canonical does not hold, in order.
    pub fn note_edits(&self, doc: &DocId) -> impl Iterator<Item = (&Uuid, &NoteEdit)> {
        let edits = self.rows.values().filter_map(|p| Some((&p.row.uuid, p.note.as_ref()?)));
        edits.filter(move |(_, edit)| edit.doc == *doc)
    }

    /// A saved edit of a note.
    pub fn note_edit(&self, uuid: &Uuid) -> Option<&NoteEdit> {
        self.rows.get(self.by_uuid.get(uuid)?)?.note.as_ref()
    }

    /// Saved rows without a verdict, from `n` on, in order.
    pub fn unanswered(&self, from: u64) -> impl Iterator<Item = &OutboxRow> {
        self.rows.range(from..).map(|(_, p)| p).filter(|p| p.stored.is_none()).map(|p| &p.row)
    }

    /// The commits that canonical does not hold yet.
    pub fn awaited(&self) -> impl Iterator<Item = &Head> {
        self.stored.iter().filter_map(|n| self.rows.get(n)?.stored.as_ref()).flatten()
    }

    pub fn waiting(&self) -> usize {
        self.rows.len() - self.stored.len()
    }

    pub fn refused(&self) -> usize {
        self.receipts.values().filter(|r| r.is_refused()).count()
    }

    /// Rows without a verdict, in order.
    pub fn waiting_rows(&self) -> impl Iterator<Item = &OutboxRow> {
        self.unanswered(0)
    }

    pub fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        self.receipts.values()
    }

    pub fn receipt(&self, uuid: &Uuid) -> Option<&Receipt> {
        self.receipts.get(uuid)
    }

    pub fn row(&self, uuid: &Uuid) -> Option<&OutboxRow> {
        self.by_uuid.get(uuid).and_then(|n| self.rows.get(n)).map(|p| &p.row)
    }

    /// The sentence of an edit that is known here, or nothing.
    pub fn title(&self, uuid: &Uuid) -> &str {
        let row = self.row(uuid).or_else(|| self.receipts.get(uuid).map(|receipt| &receipt.row));
        row.map_or("", |row| &row.title)
    }

    /// Rows of these uuids, and rows whose commits `covered` says canonical holds: they leave the outbox.
    pub fn land(&mut self, uuids: &[Uuid], covered: impl Fn(&[Head]) -> bool) -> Vec<Pending> {
        let mut gone: BTreeSet<u64> = uuids.iter().filter_map(|u| self.by_uuid.get(u).copied()).collect();
        let covers = |n: &&u64| self.rows.get(n).and_then(|p| p.stored.as_ref()).is_some_and(|h| covered(h));
        gone.extend(self.stored.iter().filter(covers));
        gone.into_iter().filter_map(|n| self.remove(n)).collect()
    }

    /// One row, if it is stored and `covered` says that canonical holds it: it leaves the outbox.
    pub fn land_if(&mut self, uuid: &Uuid, covered: impl Fn(&[Head]) -> bool) -> Option<Pending> {
        let n = *self.by_uuid.get(uuid)?;
        let heads = self.rows.get(&n)?.stored.as_ref()?;
        if covered(heads) { self.remove(n) } else { None }
    }

    /// Records a verdict; a refused row leaves the outbox, and is the answer.
    pub fn settle(&mut self, receipt: Receipt) -> Option<Pending> {
        let uuid = receipt.row.uuid;
        let n = self.by_uuid.get(&uuid).copied();
        let refused = match &receipt.verdict {
            Verdict::Refused(_) if bug(Bug::RefusedRowKept) => None,
            Verdict::Refused(_) => n.and_then(|n| self.remove(n)),
            Verdict::Stored { heads, .. } => {
                if let Some(pending) = n.and_then(|n| self.rows.get_mut(&n)) {
                    pending.stored = Some(heads.clone());
                    self.stored.insert(pending.row.n);
                }
                None
            }
        };
        self.receipts.insert(uuid, receipt);
        refused
    }

    /// Stored receipts beyond those that are kept, the oldest ones, in runs that have no other receipt among them.
    /// Those of `just` now are not among them: somebody may be about to look.
    pub fn to_prune(&self, just: &[Receipt]) -> Vec<Vec<Uuid>> {
        // Sorting them out is worth it only once in a while.
        if self.receipts.len() <= STORED_KEPT + STORED_SLACK + self.stored.len() + just.len() {
            return Vec::new();
        }
        let just: BTreeSet<Uuid> = just.iter().map(|receipt| receipt.row.uuid).collect();
        let mut stored: Vec<(u64, Uuid)> = self
            .receipts
            .values()
            .filter(|r| {
                !r.is_refused() && !self.by_uuid.contains_key(&r.row.uuid) && !just.contains(&r.row.uuid)
            })
            .map(|r| (r.settled_ms, r.row.uuid))
            .collect();
        sort(&mut stored);
        stored.truncate(stored.len().saturating_sub(STORED_KEPT));
        let old: BTreeSet<Uuid> = stored.into_iter().map(|(_, uuid)| uuid).collect();
        let all: Vec<Uuid> = self.receipts.keys().copied().collect();
        let runs = all.chunk_by(|a, b| old.contains(a) == old.contains(b));
        runs.filter(|run| run.first().is_some_and(|uuid| old.contains(uuid))).map(<[Uuid]>::to_vec).collect()
    }

    pub fn forget<'a>(&mut self, uuids: impl IntoIterator<Item = &'a Uuid>) {
        for uuid in uuids {
            self.receipts.remove(uuid);
        }
    }
}

impl Engine {
    pub(super) fn submit(&mut self, request: u64, uuid: Uuid, json: &[u8]) {
        match self.prepare(uuid, json) {
            Ok((row, command, note)) => {
                if bug(Bug::SavedBeforeCommit) {
                    self.answer(request, Ok(uuid));
                }
                self.outbox.unsaved.push(Unsaved { request, row, command, note });
                self.append();
            }
            Err(failure) => self.answer(request, Err(failure)),
        }
    }

    /// Judges a command on what the person sees, and applies it there.
    fn prepare(
        &mut self,
        uuid: Uuid,
        json: &[u8],
    ) -> Result<(OutboxRow, Command, Option<NoteEdit>), Failure> {
        if !self.loaded {
            return Err(self.storage.clone().unwrap_or(StoreError::Closed).into());
        }
        if let Some(error) = &self.storage {
            return Err(error.clone().into());
        }
        if self.outbox.rows.len() + self.outbox.unsaved.len() >= OUTBOX_MAX {
            let message = format!("{OUTBOX_MAX} edits wait on this device; connect to send them first");
            return Err(Refusal::new(RefusalCode::TooLarge, message).into());
        }
        if !self.dirty.is_empty() {
            self.settle();
        }
        let mut command = Command::from_json(json)?;
        let world = self.speculation.world(&self.replica);
        command.fill_saw(&world);
        let decision = match wedsync_domain::decide(&world, &self.actor, &command) {
            Ok(decision) => decision,
            Err(refusal) => {
                let damaged = self.replica.take_damaged();
                if damaged.is_empty() {
                    return Err(refusal.into());
                }
                // It was judged without what does not read.
                let names: Vec<String> = damaged.iter().map(ToString::to_string).collect();
                self.lose_views(damaged);
                return Err(StoreError::Damaged(names.join(", ")).into());
            }
        };
        let note = NoteEdit::of(&command);
        self.check_lineages(note.as_ref())?;
        let title = project::describe(&command, &world);
        let json = command.to_json();
        if json.len() > wedsync_domain::command::COMMAND_MAX {
            return Err(Command::from_json(&json).err().map_or(StoreError::Quota.into(), Failure::from));
        }
        let row = OutboxRow { n: 0, uuid, at_ms: self.now_ms, title, command: json };
        let touched = self.speculation.show(&self.replica, &self.actor, uuid, &row.title, decision);
        self.publish_later.extend(touched);
        self.publish_later.extend(note.as_ref().map(|edit| edit.doc.clone()));
        Ok((row, command, note))
    }

    /// Commits all that was submitted since the last commit, in one transaction.
    fn append(&mut self) {
        if self.outbox.in_flight == 0 && !self.outbox.unsaved.is_empty() {
            self.outbox.in_flight = self.outbox.unsaved.len();
            let rows = self.outbox.unsaved.iter().map(|u| u.row.clone()).collect();
            self.store(Op::Append(rows));
        }
    }

    pub(super) fn appended(&mut self, rows: Vec<OutboxRow>) {
        let saved: Vec<Unsaved> = self.outbox.unsaved.drain(..self.outbox.in_flight).collect();
        self.outbox.in_flight = 0;
        for (unsaved, row) in saved.into_iter().zip(&rows) {
            let uuid = row.uuid;
            self.outbox.by_uuid.insert(uuid, row.n);
            let Unsaved { request, command, note, .. } = unsaved;
            let pending = Pending { row: row.clone(), command: Some(command), note, stored: None };
            self.outbox.rows.insert(row.n, pending);
            self.answer(request, Ok(uuid));
        }
        let docs = std::mem::take(&mut self.publish_later);
        self.publish.docs.extend(docs);
        self.publish.receipts = true;
        self.publish.status = true;
        self.append();
        self.pump();
        self.tell(TabMessage::Appended { client: self.client.clone(), rows });
    }

    pub(super) fn append_failed(&mut self, rows: Vec<OutboxRow>, error: &StoreError) {
        let failed: Vec<Unsaved> = self.outbox.unsaved.drain(..rows.len()).collect();
        self.outbox.in_flight = 0;
        for unsaved in failed {
            self.answer(unsaved.request, Err(error.clone().into()));
        }
        // The view showed them for a moment: take them out again.
        self.rerun_all();
        self.append();
    }

    /// Rows that another tab has saved under this client number. What was in the store when it was last read is
    /// known, and what was no longer in it is gone: a message may have waited long in a frozen tab.
    pub(super) fn rows_of_another_tab(&mut self, client: &Id, rows: Vec<OutboxRow>) {
        if *client != self.client {
            return self.load();
        }
        let mut docs = OrdSet::new();
        for row in rows {
            let n = row.n;
            if n >= self.outbox.loaded_to && !self.outbox.rows.contains_key(&n) {
                self.outbox.insert(row);
                let world = self.speculation.world(&self.replica);
                docs.extend(self.outbox.rows.get(&n).into_iter().flat_map(|row| row.touches(&world)));
            }
        }
        self.rerun(&docs);
        self.publish.docs.extend(docs);
        self.publish.receipts = true;
        self.publish.status = true;
        self.pump();
    }

    pub(super) fn dismissed(&mut self, uuids: &[Uuid]) {
        self.outbox.forget(uuids);
        self.publish.receipts = true;
        self.publish.status = true;
    }

    fn answer(&mut self, request: u64, result: Result<Uuid, Failure>) {
        self.out.push(Effect::Answer(Answer::Saved { request, result }));
    }
}
