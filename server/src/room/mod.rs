//! The judging of one organisation: synchronous and deterministic. Time and randomness come in as arguments.
//!
//! Commands are judged in the order they come and gather in a batch; [`Room::commit`] makes the batch durable and only
//! then hands out the answers and the updates. After an error the room is of no more use: drop it and open another.

use crate::membership::{Device, Edit, ManageError, Membership};
use crate::store::{
    Batch, ClientRow, Generation, HistoryRow, LogRow, MembershipWrite, Outcome, Store, StoreError, Verdict,
};
pub use documents::Folding;
use documents::{Documents, Written};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use wedsync_domain::ids::Uuid;
use wedsync_domain::view::World;
use wedsync_domain::{
    Actor, Change, ChangeKind, Command, DocId, Field, Id, Kept, Recorded, RecordedKind, Refusal, RefusalCode,
    Replaced, Table, decide,
};
use wedsync_protocol::bugs::{Bug, bug};
use wedsync_protocol::{Ack, Frame, Head, Mutate, Nack};

mod catch_up;
mod documents;
mod merge;
mod notes;
#[cfg(test)]
mod tests;
mod yjs;

/// A device's "last seen" is renewed no more often than this.
const LAST_SEEN_MS: u64 = 60_000;
/// Longest message of a refusal that quotes its sender, in characters.
const MESSAGE_MAX: usize = 300;

/// Who sends: as the token said and the session was bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub user: Id,
    pub device: Option<Id>,
    pub client: Id,
}

#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    #[error("this person or device is not welcome any more")]
    Revoked,
    #[error("this client number belongs to somebody else")]
    ClientTaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One mutation's way into the documents that it touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub uuid: Uuid,
    pub docs: Vec<DocMove>,
}

/// A document's new head, and what brings a replica there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocMove {
    pub doc: DocId,
    pub epoch: u32,
    pub seq: u64,
    pub how: How,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// On top of the commit before, of the same epoch.
    Delta(Arc<[u8]>),
    /// The document was written anew: the whole of it.
    Whole(Arc<[u8]>),
    Deleted,
}

impl DocMove {
    /// A head before it; of no epoch where what was before is worth nothing.
    pub fn base(&self) -> Head {
        match self.how {
            How::Delta(_) => Head { doc: self.doc.clone(), epoch: self.epoch, seq: self.seq - 1 },
            How::Whole(_) | How::Deleted => Head { doc: self.doc.clone(), epoch: 0, seq: 0 },
        }
    }

    /// As an answer names it.
    fn head(&self) -> Head {
        match self.how {
            How::Deleted => Head { doc: self.doc.clone(), epoch: 0, seq: 0 },
            _ => Head { doc: self.doc.clone(), epoch: self.epoch, seq: self.seq },
        }
    }
}

/// What became durable: answers by the token given with each command, in order, and what to fan out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    pub answers: Vec<(u64, Frame)>,
    pub moves: Vec<Move>,
}

pub struct Room<S> {
    store: S,
    membership: Arc<Membership>,
    documents: Documents,
    generation: Generation,
    batch: Batch,
    committed: Committed,
    /// By note.
    seen: BTreeMap<DocId, yjs::Seen>,
}

impl<S> std::fmt::Debug for Room<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not its content: that is people's data.
        f.debug_struct("Room").finish_non_exhaustive()
    }
}

/// A mutation that stands, before it is written down.
#[derive(Default)]
struct Applied {
    written: Vec<Written>,
    deleted: Vec<DocId>,
    history: Vec<(u64, Change)>,
    replaced: Vec<Replaced>,
    kept: Vec<Kept>,
}

impl<S: Store> Room<S> {
    /// `yjs_client` is the Yjs client id under which this room writes: 53 random bits, new at every start.
    pub fn open(store: S, yjs_client: u64) -> Result<Room<S>, StoreError> {
        Room::open_with(store, yjs_client, Folding::default())
    }

    pub fn open_with(mut store: S, yjs_client: u64, folding: Folding) -> Result<Room<S>, StoreError> {
        let state = store.load()?;
        Ok(Room {
            store,
            membership: Arc::new(state.membership),
            documents: Documents::new(state.docs, yjs_client, folding, state.generation),
            generation: state.generation,
            batch: Batch::default(),
            committed: Committed::default(),
            seen: BTreeMap::new(),
        })
    }

    pub fn membership(&self) -> &Arc<Membership> {
        &self.membership
    }

    pub fn generation(&self) -> Generation {
        self.generation
    }

    pub fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// Binds a client number to the person who comes with it first. Answers the last number judged.
    pub fn attach(&mut self, caller: &Caller, now_ms: u64) -> Result<(Actor, u64), RoomError> {
        let actor = self.welcome(caller)?;
        let last_n = match self.client(&caller.client)? {
            Some(row) if row.user != caller.user => return Err(RoomError::ClientTaken),
            Some(row) => row.last_n,
            None => {
                let row = ClientRow { user: caller.user.clone(), last_n: 0 };
                self.batch.clients.insert(caller.client.clone(), row);
                0
            }
        };
        self.saw(caller, now_ms);
        Ok((actor, last_n))
    }

    /// A device came, or went after it had been here for a while.
    pub fn saw(&mut self, caller: &Caller, now_ms: u64) {
        let device = caller.device.as_ref().and_then(|d| self.membership.devices.get(d));
        let is_due = |d: &&Device| !d.came() || d.last_seen_ms + LAST_SEEN_MS <= now_ms;
        if let Some(device) = device.filter(is_due) {
            let mut device = device.clone();
            device.last_seen_ms = now_ms.max(device.created_ms + 1);
            let write = MembershipWrite::Device(device);
            Arc::make_mut(&mut self.membership).apply(&write);
            self.batch.membership.push(write);
        }
    }

    fn welcome(&self, caller: &Caller) -> Result<Actor, RoomError> {
        self.membership.actor(&caller.user, caller.device.as_ref()).ok_or(RoomError::Revoked)
    }

    /// Judges one mutation. Its answer comes out of the next [`Room::commit`] under `token`.
    pub fn judge(&mut self, token: u64, caller: &Caller, now_ms: u64, m: &Mutate) -> Result<(), RoomError> {
        let actor = self.welcome(caller)?;
        let last_n = match self.client(&caller.client)? {
            Some(row) if row.user == caller.user => row.last_n,
            _ => return Err(RoomError::ClientTaken),
        };
        let content = content(m);
        if m.n <= last_n {
            let answer = match self.verdict(&caller.client, m.n)? {
                Some(v) if v.uuid == m.uuid && v.content == content || bug(Bug::NumberTrusted) => {
                    self.answer(m, &v.outcome)
                }
                _ => nack(
                    m,
                    RefusalCode::ClientForked,
                    "this installation was copied: take a new client number",
                ),
            };
            self.committed.answers.push((token, answer));
            return Ok(());
        }
        if m.n > last_n + 1 {
            let answer = nack(m, RefusalCode::OutOfOrder, &format!("send again from {}", last_n + 1));
            self.committed.answers.push((token, answer));
            return Ok(());
        }
        let mut kind = String::new();
        let outcome = match self.verdict_by_uuid(&caller.user, m.uuid)? {
            Some(v) if v.content == content => v.outcome,
            Some(_) => {
                let message = "another edit has this identity already; make the edit again";
                Outcome::Refused(Refusal::new(RefusalCode::Invalid, message))
            }
            None => self.run(&actor, m, &mut kind)?,
        };
        self.tell(token, caller, now_ms, m, kind, outcome);
        Ok(())
    }

    /// Answers a mutation, and records its verdict for good.
    fn tell(&mut self, token: u64, caller: &Caller, now_ms: u64, m: &Mutate, kind: String, outcome: Outcome) {
        let told = self.answer(m, &outcome);
        self.committed.answers.push((token, told));
        self.record(Verdict {
            client: caller.client.clone(),
            n: m.n,
            user: caller.user.clone(),
            uuid: m.uuid,
            content: content(m),
            outcome,
            device: caller.device.clone(),
            kind,
            made_ms: m.at_ms,
            at_ms: now_ms,
        });
    }

    /// What a verdict says, as of now: who never had a document that was deleted since must not wait for it.
    fn answer(&self, m: &Mutate, outcome: &Outcome) -> Frame {
        match outcome {
            Outcome::Stored { heads, replaced, kept } => {
                let gone = |head: &Head| self.documents.head(&head.doc).is_some_and(|now| now.deleted);
                let now = |head: &Head| {
                    if gone(head) { Head { epoch: 0, seq: 0, ..head.clone() } } else { head.clone() }
                };
                let heads = heads.iter().map(now).collect();
                Frame::Ack(Ack {
                    n: m.n,
                    uuid: m.uuid,
                    heads,
                    replaced: replaced.clone(),
                    kept: kept.clone(),
                })
            }
            Outcome::Refused(refusal) => Frame::Nack(Nack { n: m.n, uuid: m.uuid, refusal: refusal.clone() }),
        }
    }

    fn record(&mut self, verdict: Verdict) {
        let row = ClientRow { user: verdict.user.clone(), last_n: verdict.n };
        self.batch.clients.insert(verdict.client.clone(), row);
        if bug(Bug::RefusalNotRecorded) && matches!(verdict.outcome, Outcome::Refused(_)) {
            return;
        }
        self.batch.verdicts.push(verdict);
    }

    fn run(&mut self, actor: &Actor, m: &Mutate, kind: &mut String) -> Result<Outcome, StoreError> {
        let command = match Command::from_json(&m.command) {
            Ok(command) => command,
            Err(refusal) => return Ok(Outcome::Refused(brief(refusal))),
        };
        *kind = kind_of(&m.command);
        self.settle(actor, m, &command)
    }

    fn settle(&mut self, actor: &Actor, m: &Mutate, command: &Command) -> Result<Outcome, StoreError> {
        let outcome = self.attempt(actor, m, command)?;
        if let (Outcome::Refused(_), Command::EditNote { event, assignment, update }) = (&outcome, command)
            && self.documents.may_have_note(event, assignment)
        {
            let doc = DocId::Notes { event: event.clone(), assignment: assignment.clone() };
            self.close_lineages(actor, &doc, update)?;
        }
        Ok(outcome)
    }

    fn attempt(&mut self, actor: &Actor, m: &Mutate, command: &Command) -> Result<Outcome, StoreError> {
        let applied = match catch_unwind(AssertUnwindSafe(|| self.apply(actor, command))) {
            Ok(Ok(Ok(applied))) => applied,
            Ok(Ok(Err(refusal))) => return Ok(Outcome::Refused(refusal)),
            Ok(Err(e)) => return Err(e),
            Err(_) => {
                tracing::error!(kind = %kind_of(&m.command), "judging panicked; the documents are read again");
                self.documents.close_all();
                let message = "the hub could not judge this; nothing was changed";
                return Ok(Outcome::Refused(Refusal::new(RefusalCode::Internal, message)));
            }
        };
        Ok(self.note(actor, m, applied))
    }

    /// Decides and writes the documents in memory. Nothing outside the open documents has changed when it panics.
    fn apply(&mut self, actor: &Actor, command: &Command) -> Result<Result<Applied, Refusal>, StoreError> {
        if let Command::Undo { mutation, by, .. } = command {
            self.recall(by.as_ref().unwrap_or(&actor.user), *mutation)?;
        }
        for doc in command.docs(&self.documents) {
            self.documents.open(&mut self.store, &self.batch, &doc)?;
        }
        let decision = match decide(&self.documents, actor, command) {
            Ok(decision) => decision,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Command::Undo { mutation, .. } = command {
            self.documents.remember(*mutation, None);
        }
        if let Command::EditNote { event, assignment, update } = command {
            let doc = DocId::Notes { event: event.clone(), assignment: assignment.clone() };
            return self.write_note(actor, &doc, update);
        }
        let mut by_doc: BTreeMap<DocId, Vec<Change>> = BTreeMap::new();
        for change in decision.changes {
            by_doc.entry(change.doc.clone()).or_default().push(change);
        }
        for (doc, changes) in &by_doc {
            self.documents.open(&mut self.store, &self.batch, doc)?;
            if let Err(refusal) = self.documents.check_size(doc, changes) {
                return Ok(Err(refusal));
            }
        }
        let (mut replaced, mut kept) = (decision.replaced, decision.kept);
        for cell in &mut replaced {
            (cell.by, cell.by_name) = self.last_writer(&cell.doc, cell.table, &cell.row, cell.field)?;
        }
        for cell in &mut kept {
            (cell.by, cell.by_name) = self.last_writer(&cell.doc, cell.table, &cell.row, cell.field)?;
        }
        let deleted = self.documents.parts_of(&decision.deleted);
        let mut applied = Applied { written: Vec::new(), deleted, history: Vec::new(), replaced, kept };
        for (doc, changes) in by_doc {
            let written = self.documents.write(&doc, &changes);
            applied.history.extend(changes.into_iter().map(|change| (written.seq, change)));
            applied.written.push(written);
        }
        Ok(Ok(applied))
    }

    /// Moves the heads and puts everything into the batch.
    fn note(&mut self, actor: &Actor, m: &Mutate, applied: Applied) -> Outcome {
        let mut docs = Vec::new();
        for written in applied.written {
            let Written { doc, seq, bytes } = written.clone();
            self.batch.log.push(LogRow { doc: doc.clone(), seq, uuid: m.uuid, bytes: bytes.to_vec() });
            let (head, moved, snapshot) = self.documents.advance(written);
            self.batch.heads.insert(doc, head);
            self.batch.snapshots.extend(snapshot);
            docs.push(moved);
        }
        for doc in applied.deleted {
            let (head, moved) = self.documents.delete(&doc);
            self.batch.log.retain(|row| row.doc != doc);
            self.batch.snapshots.retain(|s| s.doc != doc);
            self.batch.lineages.retain(|(note, _), _| *note != doc);
            self.seen.remove(&doc);
            self.batch.heads.insert(doc, head);
            docs.push(moved);
        }
        let heads = docs.iter().map(DocMove::head).collect();
        let user = &actor.user;
        self.batch.history.extend(applied.history.into_iter().map(|(seq, change)| HistoryRow {
            uuid: m.uuid,
            user: user.clone(),
            seq,
            change,
        }));
        if !docs.is_empty() {
            self.committed.moves.push(Move { uuid: m.uuid, docs });
        }
        Outcome::Stored { heads, replaced: applied.replaced, kept: applied.kept }
    }

    /// Looked up each time: whoever greets can make up numbers, and memory must not grow with them.
    fn client(&mut self, client: &Id) -> Result<Option<ClientRow>, StoreError> {
        match self.batch.clients.get(client) {
            Some(row) => Ok(Some(row.clone())),
            None => self.store.client(client),
        }
    }

    fn verdict(&mut self, client: &Id, n: u64) -> Result<Option<Verdict>, StoreError> {
        let pending = self.batch.verdicts.iter().find(|v| v.n == n && v.client == *client);
        match pending {
            Some(v) => Ok(Some(v.clone())),
            None => self.store.verdict(client, n),
        }
    }

    fn verdict_by_uuid(&mut self, user: &Id, uuid: Uuid) -> Result<Option<Verdict>, StoreError> {
        if bug(Bug::CloneAppliedTwice) {
            return Ok(None);
        }
        let pending = self.batch.verdicts.iter().find(|v| v.uuid == uuid && v.user == *user);
        match pending {
            Some(v) => Ok(Some(v.clone())),
            None => self.store.verdict_by_uuid(user, uuid),
        }
    }

    fn last_writer(
        &mut self,
        doc: &DocId,
        table: Table,
        row: &str,
        cell: Field,
    ) -> Result<(Option<Id>, Option<String>), StoreError> {
        use wedsync_domain::ChangeKind::Set;
        let wrote = |c: &Change| {
            c.doc == *doc
                && c.table == table
                && c.row == row
                && !matches!(&c.kind, Set { field, .. } if *field != cell)
        };
        let user = match self.batch.history.iter().rev().find(|h| wrote(&h.change)) {
            Some(h) => Some(h.user.clone()),
            None => self.store.last_writer(doc, table, row, cell)?,
        };
        let name = user.as_ref().and_then(|user| self.membership.members.get(user)).map(|m| m.name.clone());
        Ok((user, name))
    }

    /// Looks up what a mutation did, for the undo that is judged next; two people may have used one uuid.
    fn recall(&mut self, user: &Id, mutation: Uuid) -> Result<(), StoreError> {
        let verdict = self.verdict_by_uuid(user, mutation)?;
        let Some(Verdict { kind, outcome: Outcome::Stored { .. }, .. }) = verdict else {
            self.documents.remember(mutation, None);
            return Ok(());
        };
        let waiting = self.batch.history.iter().filter(|h| h.uuid == mutation && h.user == *user);
        let mut changes: Vec<Change> = waiting.map(|h| h.change.clone()).collect();
        if changes.is_empty() {
            changes = self.store.changes_of(user, mutation)?;
        }
        let brought = |c: &Change| {
            matches!(c.table, Table::Helpers | Table::Places) && matches!(c.kind, ChangeKind::Insert { .. })
        };
        if changes.iter().any(brought) {
            // Any event may refer to them.
            for event in self.documents.events() {
                self.documents.open(&mut self.store, &self.batch, &event)?;
            }
            self.documents.linked = self.membership.linked_helpers().cloned().collect();
        }
        let kind = match kind.as_str() {
            "edit_note" => RecordedKind::Note,
            "delete_event" => RecordedKind::Deletion,
            _ => RecordedKind::Plan,
        };
        let recorded = Recorded { user: user.clone(), kind, title: String::new(), changes };
        self.documents.remember(mutation, Some(recorded));
        Ok(())
    }

    /// Changes the team. Becomes durable, and visible in sessions, with the next commit.
    pub fn edit<T>(
        &mut self,
        now_ms: u64,
        change: impl FnOnce(&mut Edit) -> Result<T, ManageError>,
    ) -> Result<T, ManageError> {
        let mut edit = Edit::new(&self.membership, now_ms);
        let answer = change(&mut edit)?;
        if !bug(Bug::RoleTakenLate) {
            self.membership = Arc::new(edit.membership);
        }
        self.batch.membership.extend(edit.writes);
        self.batch.audit.extend(edit.audit);
        Ok(answer)
    }

    /// What the next commit will hand out. Not to be told to anybody before it.
    pub fn judged(&self) -> &Committed {
        &self.committed
    }

    /// Whether something waits for a commit.
    pub fn is_dirty(&self) -> bool {
        !self.batch.is_empty() || !self.committed.answers.is_empty()
    }

    /// Makes the batch durable. Only what this returns may be told to anybody.
    pub fn commit(&mut self) -> Result<Committed, StoreError> {
        if !self.batch.is_empty() {
            self.store.commit(&self.batch)?;
            self.batch = Batch::default();
        }
        Ok(std::mem::take(&mut self.committed))
    }
}

/// What a mutation says, as a digest.
fn content(m: &Mutate) -> [u8; 32] {
    Sha256::digest(&m.command).into()
}

fn nack(m: &Mutate, code: RefusalCode, message: &str) -> Frame {
    Frame::Nack(Nack { n: m.n, uuid: m.uuid, refusal: Refusal::new(code, message) })
}

/// A parser's message quotes what it could not read, and a refusal is kept for good.
fn brief(mut refusal: Refusal) -> Refusal {
    if let Some((end, _)) = refusal.message.char_indices().nth(MESSAGE_MAX) {
        refusal.message.truncate(end);
        refusal.message.push('…');
    }
    refusal
}

/// The type of a command that parsed.
fn kind_of(json: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Kind {
        r#type: String,
    }
    serde_json::from_slice::<Kind>(json).map(|k| k.r#type).unwrap_or_default()
}
