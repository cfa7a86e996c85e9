//! What a command would mean for the conflicts, without giving it.

use super::check;
use super::facts::Helper;
use super::{Preview, Season};
use crate::command::Command;
use crate::decide;
use crate::ids::{DocId, Id};
use crate::ordered::OrdMap;
use crate::refusal::Refusal;
use crate::role::{Actor, Role};
use crate::view::{DocView, World};
use std::sync::Arc;

impl World for Season {
    fn doc(&self, doc: &DocId) -> Option<&DocView> {
        match doc {
            DocId::Roster => Some(&self.roster),
            DocId::Person(id) => self.people.get(id.as_str()).map(Arc::as_ref),
            DocId::Event(id) => self.events.get(id.as_str()).map(|plan| plan.view.as_ref()),
            DocId::Notes { .. } | DocId::Inbox(_) => None,
        }
    }
}

impl Season {
    /// The documents that a coordinator's command changes, as it would leave them; or why it could not stand.
    pub fn apply_to(&self, command: &Command) -> Result<OrdMap<DocId, DocView>, Refusal> {
        let actor = Actor { user: Id::derived(&["coordinator"]), role: Role::Coordinator, helper: None };
        let mut docs = OrdMap::new();
        for change in decide(self, &actor, command)?.changes {
            let now = || self.doc(&change.doc).cloned().unwrap_or_default();
            docs.entry(change.doc.clone()).or_insert_with(now).apply(&change);
        }
        Ok(docs)
    }

    /// The conflicts of the helpers and shifts that a coordinator's command concerns, before and after it, and
    /// those of how an event's work is spread.
    pub fn preview_command(&self, command: &Command) -> Result<Preview, Refusal> {
        let docs = self.apply_to(command)?;
        let mut preview = Preview::default();
        for (doc, view) in &docs {
            match doc {
                DocId::Event(event) => {
                    let part = self.preview(event.as_str(), view);
                    preview.before.extend(part.before);
                    preview.after.extend(part.after);
                }
                DocId::Person(id) => {
                    let id = id.as_str();
                    let helper = Helper::read(&self.roster, id, Some(view), &mut self.zones.clone());
                    preview.before.extend(self.conflicts_with(id).iter().cloned());
                    if !self.shifts_of(id).is_empty() {
                        preview.after.extend(check::check(self, id, &helper, self.shifts_of(id)));
                    }
                }
                // It may concern everybody.
                DocId::Roster => return Ok(self.preview_all(docs)),
                DocId::Notes { .. } | DocId::Inbox(_) => {}
            }
        }
        Ok(preview)
    }

    fn preview_all(&self, docs: OrdMap<DocId, DocView>) -> Preview {
        let mut season = self.clone();
        season.update(docs.into_iter().map(|(doc, view)| (doc, Some(Arc::new(view)))));
        let all = |season: &Season| season.conflicts().into_iter().cloned().collect();
        Preview { before: all(self), after: all(&season) }
    }
}
