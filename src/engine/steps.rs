//! What this person can take back on this device, and do again: offline too, in every tab, and after a reload.
//!
//! An edit that waits is in the outbox, and what it changes is worked out with it ([`super::speculation`]). When it leaves
//! the outbox, in that same transaction, what it changed is kept as a step.

use std::collections::{BTreeMap, BTreeSet};

use wedsync_domain::ids::Uuid;
use wedsync_domain::{Change, ChangeKind, Command, DocId, Id, Kept, Recorded, Replaced, World};

use super::Engine;
use super::outbox::{Pending, Proposed};
use crate::record::{Step, Verdict, pack, step_key};

/// Steps that are kept, and the bytes of all but the newest.
pub const STEPS_MAX: usize = 200;
const STEPS_BYTES: usize = 2 * 1024 * 1024;

#[derive(Debug, Default)]
pub struct Steps {
    /// By the key in the store, the oldest first; each with its size there.
    kept: BTreeMap<String, (Step, usize)>,
    /// Landed, and not in the store yet.
    landing: Vec<Step>,
}

/// What the next undo and redo are about: the edit to take back, and what it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undoable {
    pub undo: Option<(Uuid, String)>,
    pub redo: Option<(Uuid, String)>,
}

impl Steps {
    fn load(&mut self, steps: Vec<(String, Step)>) {
        self.landing.clear();
        self.kept = steps.into_iter().map(|(key, step)| (key, sized(step))).collect();
    }

    pub fn find(&self, uuid: Uuid) -> Option<&Recorded> {
        self.all().rev().find(|step| step.uuid == uuid).map(|step| &step.recorded)
    }

    fn all(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.kept.values().map(|(step, _)| step).chain(&self.landing)
    }

    /// They are in the store now, or these are those of another tab.
    fn committed(&mut self, number: u64, steps: &[Step], forget: &[String]) {
        self.landing.retain(|landing| steps.iter().all(|step| step.uuid != landing.uuid));
        for (i, step) in steps.iter().enumerate() {
            self.kept.insert(step_key(number, i), sized(step.clone()));
        }
        for key in forget {
            self.kept.remove(key);
        }
    }

    /// The keys of steps beyond those that are kept: the oldest ones, in order.
    fn to_forget(&self) -> Vec<String> {
        let (mut count, mut bytes) = (0, 0);
        let fits = |(_, (_, size)): &(&String, &(Step, usize))| {
            count += 1;
            bytes += size;
            count <= STEPS_MAX && (count == 1 || bytes <= STEPS_BYTES)
        };
        let kept = self.kept.iter().rev().take_while(fits).count();
        self.kept.keys().take(self.kept.len() - kept).cloned().collect()
    }
}

fn sized(step: Step) -> (Step, usize) {
    let size = pack(&step).len();
    (step, size)
}

/// An edit in the order they were made.
struct Made<'a> {
    uuid: Uuid,
    undoes: Option<Uuid>,
    recorded: &'a Recorded,
}

/// On a stack: the edit to take back, under the title of the first edit of all.
struct Entry<'a> {
    uuid: Uuid,
    title: &'a str,
    recorded: &'a Recorded,
}

/// What stood there before was not what this device thought.
fn correct(changes: &mut [Change], replaced: &[Replaced]) {
    for cell in replaced {
        let same_row = |c: &&mut Change| (&c.doc, c.table, &c.row) == (&cell.doc, cell.table, &cell.row);
        for change in changes.iter_mut().filter(same_row) {
            if let ChangeKind::Set { field, before, .. } = &mut change.kind
                && *field == cell.field
            {
                before.clone_from(&cell.value);
            }
        }
    }
}

/// The own edit that a command takes back.
fn undoes(command: &Command, user: &Id) -> Option<Uuid> {
    match command {
        Command::Undo { mutation, by, .. } if by.as_ref().is_none_or(|by| by == user) => Some(*mutation),
        _ => None,
    }
}

impl Engine {
    pub(super) fn load_steps(&mut self, steps: Vec<(String, Step)>) {
        self.speculation.steps.load(steps);
    }

    /// These rows leave the outbox: what they changed is kept with the next commit.
    pub(super) fn keep_steps(&mut self, landed: &[Pending]) {
        for Pending { row, command, stored, .. } in landed {
            let (Some(mut recorded), Some(command)) = (self.speculation.take(row.uuid), command) else {
                continue;
            };
            if stored.as_ref().is_some_and(Vec::is_empty) {
                // Without a commit it changed nothing at the hub.
                recorded.changes.clear();
            }
            if let Some(Verdict::Stored { replaced, .. }) = self.outbox.receipt(&row.uuid).map(|r| &r.verdict)
            {
                correct(&mut recorded.changes, replaced);
            }
            let undoes = undoes(command, &self.actor.user);
            if recorded.changes.is_empty() && undoes.is_none() {
                continue;
            }
            let step = Step { uuid: row.uuid, undoes, recorded };
            self.speculation.steps.landing.push(step.clone());
            self.session.commit.steps.push(step);
            if self.session.commit.steps.len() > STEPS_MAX {
                // It would be written only to go.
                let gone = self.session.commit.steps.remove(0);
                self.speculation.steps.landing.retain(|landing| landing.uuid != gone.uuid);
            }
        }
    }

    /// What an undo that waits leaves as it is.
    pub fn kept(&self, uuid: &Uuid) -> &[Kept] {
        self.speculation.kept(*uuid)
    }

    pub(super) fn steps_to_forget(&self) -> Vec<String> {
        self.speculation.steps.to_forget()
    }

    pub(super) fn steps_committed(&mut self, number: u64, steps: &[Step], forget: &[String]) {
        self.speculation.steps.committed(number, steps, forget);
    }

    fn made(&self) -> impl Iterator<Item = Made<'_>> {
        let steps = self.speculation.steps.all();
        let steps = steps.map(|step| Made { uuid: step.uuid, undoes: step.undoes, recorded: &step.recorded });
        let waiting = self.outbox.edits().filter_map(|Proposed { uuid, command, .. }| {
            let recorded = self.speculation.standing(uuid)?;
            Some(Made { uuid, undoes: undoes(command, &self.actor.user), recorded })
        });
        steps.chain(waiting)
    }

    /// What the next undo and the next redo take back. An edit that changed nothing is passed over, and one in an event
    /// that is gone.
    pub fn undoable(&self) -> Undoable {
        let (mut undo, mut redo): (Vec<Entry<'_>>, Vec<Entry<'_>>) = Default::default();
        let mut taken_back = BTreeSet::new();
        let find = |stack: &[Entry<'_>], uuid| stack.iter().rposition(|entry| entry.uuid == uuid);
        for Made { uuid, undoes, recorded } in self.made() {
            let empty = recorded.changes.is_empty();
            let entry = |title| Entry { uuid, title, recorded };
            // One of an edit that is not known any more: neither of both is on a stack.
            let is_odd = undoes.is_some_and(|of| !taken_back.contains(&of));
            taken_back.extend(undoes);
            if let Some(at) = undoes.and_then(|of| find(&undo, of)) {
                let of = undo.remove(at);
                redo.extend((!empty).then(|| entry(of.title)));
            } else if let Some(at) = undoes.and_then(|of| find(&redo, of)) {
                let of = redo.remove(at);
                undo.extend((!empty).then(|| entry(of.title)));
            } else if !empty && !is_odd {
                undo.push(entry(&recorded.title));
                // What was kept of an undo and is taken back after all is part of that undo.
                if undoes.is_none() {
                    redo.clear();
                }
            }
        }
        let top = |stack: Vec<Entry<'_>>| {
            let entry = stack.into_iter().rfind(|entry| !self.is_gone(entry.recorded))?;
            Some((entry.uuid, entry.title.to_owned()))
        };
        Undoable { undo: top(undo), redo: top(redo) }
    }

    fn is_gone(&self, recorded: &Recorded) -> bool {
        let world = self.world();
        let gone = |doc: &DocId| matches!(doc, DocId::Event(_)) && world.doc(doc).is_none();
        recorded.changes.iter().any(|change| gone(&change.doc))
    }
}
