//! What must hold at every step. The numbers are those of the statements in PROOF.md.

use std::collections::{BTreeMap, BTreeSet};

use wedsync_core::record::{OutboxRow, Receipt, Verdict};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Actor, ChangeKind, Command, DocId, Id, RefusalCode, Role};
use wedsync_hub::membership::Membership;
use wedsync_hub::store::{Batch, MembershipWrite, MemoryStore, OrgState, Outcome};
use wedsync_protocol::{Body, DocUpdate, Frame, Mutate, decode};

use crate::world::id;

/// Commands of the simulation that only coordinators and owners may give.
const PLANNING: [&str; 11] = [
    "create_event",
    "create_assignment",
    "update_assignment",
    "move_assignment",
    "cancel_assignment",
    "assign",
    "unassign",
    "reassign",
    "add_helper",
    "update_helper",
    "delete_event",
];

/// What the hub has made durable, in order.
#[derive(Clone, Debug, Default)]
pub struct Record {
    seen: usize,
    stored: BTreeSet<Uuid>,
    refused: BTreeSet<Uuid>,
    /// By an earlier generation of the hub: what devices hear of late, or keep.
    stored_before: BTreeSet<Uuid>,
    pub refused_before: BTreeSet<Uuid>,
    deleted: BTreeSet<DocId>,
    /// Every commit of every document, and the mutation that it came of.
    moved: BTreeMap<(Uuid, DocId), u64>,
    heads: BTreeMap<DocId, (u32, u64)>,
    team: Membership,
    /// Who could read what when a mutation was committed.
    readers: BTreeMap<Uuid, BTreeMap<Id, Actor>>,
}

impl Record {
    /// Another generation of the hub begins, from a backup that this is the record of.
    pub fn restored(&mut self, before: &Record, state: OrgState) {
        self.stored_before = before.stored.union(&before.stored_before).copied().collect();
        self.refused_before = before.refused.union(&before.refused_before).copied().collect();
        self.heads = state.docs.iter().map(|(doc, head)| (doc.clone(), (head.epoch, head.seq))).collect();
        self.team = state.membership;
    }

    pub fn judged(&self) -> BTreeSet<Uuid> {
        self.stored.union(&self.refused).copied().collect()
    }

    /// By this generation of the hub or one before.
    pub fn ever_judged(&self) -> BTreeSet<Uuid> {
        let before = self.stored_before.union(&self.refused_before);
        self.judged().iter().chain(before).copied().collect()
    }

    /// Takes in what was committed, up to so many batches.
    pub fn advance(&mut self, tables: &MemoryStore, upto: usize, oracle: &mut Oracle) {
        for batch in tables.journal(self.seen).into_iter().take(upto.saturating_sub(self.seen)) {
            self.seen += 1;
            self.take(&batch, oracle);
        }
    }

    fn take(&mut self, batch: &Batch, oracle: &mut Oracle) {
        for verdict in &batch.verdicts {
            match &verdict.outcome {
                Outcome::Stored { heads, replaced, .. } => {
                    // Known under another number: the old verdict is given again.
                    if !self.stored.insert(verdict.uuid) {
                        continue;
                    }
                    // 9: what counts is the role at commit.
                    let role =
                        self.team.actor(&verdict.user, verdict.device.as_ref()).map(|actor| actor.role);
                    let needed = if PLANNING.contains(&verdict.kind.as_str()) {
                        Role::Coordinator
                    } else {
                        Role::Helper
                    };
                    if role.is_none_or(|role| role < needed) {
                        let (kind, user) = (&verdict.kind, &verdict.user);
                        oracle
                            .fail(format!("{kind} {} was stored for {user}, who is {role:?}", verdict.uuid));
                    }
                    let changes = batch.history.iter().filter(|h| h.uuid == verdict.uuid);
                    oracle.not_void(verdict.uuid, heads.is_empty(), replaced, changes);
                }
                Outcome::Refused(_) => drop(self.refused.insert(verdict.uuid)),
            }
        }
        for row in &batch.log {
            // A deleted document never comes back.
            if self.deleted.contains(&row.doc) {
                oracle.fail(format!("{} was deleted, and moved again", row.doc));
            }
            // 3: a mutation moves a document once.
            if self.moved.insert((row.uuid, row.doc.clone()), row.seq).is_some() {
                oracle.fail(format!("{} was applied twice to {}", row.uuid, row.doc));
            }
        }
        for (doc, head) in &batch.heads {
            if head.deleted {
                self.deleted.insert(doc.clone());
            }
            let before = self.heads.insert(doc.clone(), (head.epoch, head.seq));
            if before.is_some_and(|before| before > (head.epoch, head.seq)) {
                oracle.fail(format!("{doc} went back from {before:?} to {head:?}"));
            }
        }
        for write in &batch.membership {
            self.team.apply(write);
            // A role may be written in the batch of the verdicts that were judged before it, never after.
            if matches!(write, MembershipWrite::Member(_) | MembershipWrite::RemoveMember(_))
                && !batch.verdicts.is_empty()
            {
                oracle.fail("a role and verdicts in one commit: the order is lost".into());
            }
        }
        let actors: BTreeMap<Id, Actor> =
            self.team.members.values().map(|member| (member.user.clone(), member.actor())).collect();
        for row in &batch.log {
            self.readers.insert(row.uuid, actors.clone());
        }
    }
}

#[derive(Debug, Default)]
pub struct Oracle {
    failures: Vec<String>,
    /// Edits that a person was told were saved, and on which browsers.
    pub saved: BTreeMap<Uuid, BTreeSet<usize>>,
    saved_ever: usize,
    cursors: BTreeMap<(usize, DocId), (u32, u64)>,
    clients: BTreeMap<usize, Id>,
    written: BTreeSet<(Uuid, usize)>,
    gone: BTreeSet<(Uuid, usize)>,
    forgotten: BTreeSet<Uuid>,
    pub dismissed: BTreeSet<(usize, Uuid)>,
    /// What was typed in edits of notes.
    pub typed: BTreeMap<Uuid, String>,
    /// Commands as they were sent.
    commands: BTreeMap<Uuid, Vec<u8>>,
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

    /// The hub was restored to forget these.
    pub fn forgotten<'a>(&mut self, uuids: impl Iterator<Item = &'a Uuid>) {
        self.forgotten.extend(uuids);
        self.saved.retain(|uuid, _| !self.forgotten.contains(uuid));
    }

    /// Rows are in a browser's store.
    pub fn written(&mut self, browser: usize, rows: &[OutboxRow]) {
        self.written.extend(rows.iter().map(|row| (row.uuid, browser)));
    }

    /// The cursors in a browser's store only move on: whoever writes them back holds the network no more.
    pub fn cursors(&mut self, browser: usize, docs: &[DocUpdate]) {
        for update in docs {
            let (at, now) = ((browser, update.doc.clone()), (update.epoch, update.seq));
            if update.body == Body::Gone {
                self.cursors.remove(&at);
            } else if self.cursors.insert(at, now).is_some_and(|before| before > now) {
                self.fail(format!("browser {browser}: {} was written back to {now:?}", update.doc));
            }
        }
    }

    /// A browser's client number stays the same until it takes another: numbers are given out under it.
    pub fn client(&mut self, browser: usize, client: &Id) {
        let before = self.clients.insert(browser, client.clone());
        if before.is_some_and(|before| before != *client) {
            self.fail(format!("browser {browser} lost its client number to another"));
        }
    }

    pub fn client_unknown(&mut self, browser: usize) {
        self.clients.remove(&browser);
    }

    /// Its storage was taken from it, or its power.
    pub fn store_unknown(&mut self, browser: usize) {
        self.cursors.retain(|(of, _), _| *of != browser);
        self.client_unknown(browser);
    }

    /// A person is told so.
    pub fn saved(&mut self, uuid: Uuid, browser: usize) {
        self.saved_ever += 1;
        // Gone again, with the storage or the hub's past, before its frozen tab heard of either: that comes next.
        if self.gone.contains(&(uuid, browser)) || self.forgotten.contains(&uuid) {
            return;
        }
        self.saved.entry(uuid).or_default().insert(browser);
    }

    pub fn saved_count(&self) -> usize {
        self.saved_ever
    }

    /// What waited on this browser is gone with its storage, and it says so.
    pub fn wiped(&mut self, browser: usize) {
        self.gone.extend(self.written.iter().filter(|(_, b)| *b == browser));
        self.saved.values_mut().for_each(|browsers| {
            browsers.remove(&browser);
        });
        self.saved.retain(|_, browsers| !browsers.is_empty());
    }

    pub fn dismissed(&mut self, browser: usize, uuids: &[Uuid]) {
        self.dismissed.extend(uuids.iter().map(|uuid| (browser, *uuid)));
    }

    pub fn sent(&mut self, mutate: &Mutate) {
        self.commands.entry(mutate.uuid).or_insert_with(|| mutate.command.clone());
    }

    /// 8: a receipt never says more than is true: what a device calls stored, or refused, the hub has recorded as such.
    pub fn told(&mut self, browser: usize, verdicts: &[Receipt], record: &Record) {
        for receipt in verdicts {
            let uuid = receipt.row.uuid;
            match &receipt.verdict {
                Verdict::Stored { .. }
                    if !record.stored.contains(&uuid) && !record.stored_before.contains(&uuid) =>
                {
                    self.fail(format!("browser {browser} calls {uuid} stored, and it is not"));
                }
                Verdict::Refused(refusal)
                    if !record.refused.contains(&uuid) && !record.refused_before.contains(&uuid) =>
                {
                    let why = &refusal.message;
                    self.fail(format!("browser {browser} calls {uuid} refused ({why}), and it was not"));
                }
                _ => {}
            }
        }
    }

    /// A frame on its way from the hub: nothing in it is ahead of the disk, nothing of it is for other eyes.
    /// A reader that stood still may get what was meant for a role that they had then.
    pub fn hears(&mut self, user: &str, stalled: bool, bytes: &[u8], record: &Record) {
        let user = id(user);
        let Ok(frame) = decode(bytes) else { return self.fail("the hub sent what does not decode".into()) };
        match frame {
            // 1: durable before it is said.
            Frame::Ack(ack) if !record.stored.contains(&ack.uuid) => {
                self.fail(format!("{} was acknowledged, and is not on the disk", ack.uuid));
            }
            Frame::Nack(nack) => {
                let unrecorded = [RefusalCode::ClientForked, RefusalCode::OutOfOrder];
                if !unrecorded.contains(&nack.refusal.code) && !record.refused.contains(&nack.uuid) {
                    self.fail(format!("{} was refused, and the disk does not say so", nack.uuid));
                }
            }
            Frame::Update(update) => {
                for doc in &update.docs {
                    let gone = matches!(doc.body, Body::Gone);
                    // 2: nothing is seen before it is committed.
                    let committed = record.heads.get(&doc.doc).is_some_and(|h| *h >= (doc.epoch, doc.seq));
                    if !gone && !committed {
                        self.fail(format!("{} at {} was sent ahead of the disk", doc.doc, doc.seq));
                    }
                    // 10: no bytes reach whoever may not read them, now or when they were committed.
                    let then = update.uuids.iter().filter_map(|uuid| record.readers.get(uuid)?.get(&user));
                    let now = record.team.members.get(&user).map(|member| member.actor());
                    let may = then.chain(&now).any(|actor| actor.may_read(&doc.doc));
                    if !gone && !may && !stalled {
                        self.fail(format!("{} was sent to {user}", doc.doc));
                    }
                }
            }
            _ => {}
        }
    }

    /// 6: what is stored had its effect, and says whose value it replaced.
    fn not_void<'a>(
        &mut self,
        uuid: Uuid,
        nothing_moved: bool,
        replaced: &[wedsync_domain::Replaced],
        changes: impl Iterator<Item = &'a wedsync_hub::store::HistoryRow>,
    ) {
        let Some(command) = self.commands.get(&uuid).and_then(|json| Command::from_json(json).ok()) else {
            return;
        };
        let changes: Vec<_> = changes.collect();
        if nothing_moved != changes.is_empty()
            && !matches!(command, Command::EditNote { .. } | Command::DeleteEvent { .. })
        {
            self.fail(format!("{uuid} moved documents, or changed something, but not both"));
        }
        let (set, saw) = match &command {
            Command::UpdateAssignment { set, saw, .. }
            | Command::MoveAssignment { set, saw, .. }
            | Command::UpdateHelper { set, saw, .. }
            | Command::UpdateContact { set, saw, .. } => (set, saw),
            _ => return,
        };
        for row in changes {
            let ChangeKind::Set { field, before, after } = &row.change.kind else { continue };
            if set.get(field).is_some_and(|value| value != after) {
                self.fail(format!("{uuid} was stored with another value of {}", field.name()));
            }
            let unseen = saw.get(field).is_some_and(|value| value != before);
            if unseen && !replaced.iter().any(|r| r.field == *field && r.row == row.change.row) {
                self.fail(format!(
                    "{uuid} replaced a {} that its author had not seen, silently",
                    field.name()
                ));
            }
        }
    }
}
