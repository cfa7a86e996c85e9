//! A plan whose hub remembers what each edit changed.

use super::{World, apply, command, id};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use wedsync_domain::ids::Uuid;
use wedsync_domain::view::Recalled;
use wedsync_domain::{Actor, Decision, DocId, DocView, Id, Recorded, RecordedKind, Refusal, decide};

#[derive(Clone, Debug, Default)]
pub struct Recording {
    pub plan: World,
    pub edits: BTreeMap<Uuid, Recorded>,
    pub notes: BTreeSet<DocId>,
    pub linked: BTreeSet<Id>,
}

impl wedsync_domain::World for Recording {
    fn doc(&self, doc: &DocId) -> Option<&DocView> {
        self.plan.get(doc)
    }

    fn recall(&self, by: Option<&Id>, mutation: Uuid) -> Recalled<'_> {
        match self.edits.get(&mutation) {
            Some(edit) if by.is_none_or(|by| *by == edit.user) => Recalled::Known(edit),
            _ => Recalled::Never,
        }
    }

    fn events(&self) -> Vec<DocId> {
        self.plan.events()
    }

    fn has_note(&self, note: &DocId) -> bool {
        self.notes.contains(note)
    }

    fn is_linked(&self, helper: &Id) -> bool {
        self.linked.contains(helper)
    }
}

pub fn uuid(n: u8) -> Uuid {
    Uuid([n; 16])
}

/// The undo of the n-th edit.
pub fn undo(n: u8) -> Json {
    json!({"type": "undo", "mutation": uuid(n).to_string()})
}

pub fn undo_all_the_same(n: u8) -> Json {
    json!({"type": "undo", "mutation": uuid(n).to_string(), "also_changed": true})
}

impl Recording {
    pub fn of(plan: World) -> Recording {
        Recording { plan, ..Recording::default() }
    }

    pub fn try_edit(&mut self, n: u8, who: &Actor, json: Json) -> Result<Decision, Refusal> {
        let command = command(json.clone());
        let decision = decide(self, who, &command)?;
        apply(&mut self.plan, &decision);
        let kind = if decision.deleted.is_empty() { RecordedKind::Plan } else { RecordedKind::Deletion };
        let title = wedsync_domain::project::describe(&command, self);
        let recorded = Recorded { user: who.user.clone(), kind, title, changes: decision.changes.clone() };
        self.edits.insert(uuid(n), recorded);
        Ok(decision)
    }

    pub fn edit(&mut self, n: u8, who: &Actor, json: Json) -> Decision {
        self.try_edit(n, who, json.clone()).unwrap_or_else(|r| panic!("{json}: {r:?}"))
    }
}

pub fn user(name: &str, mut actor: Actor) -> Actor {
    actor.user = id(name);
    actor
}
