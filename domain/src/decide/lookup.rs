//! Finding what a command speaks of, or refusing because it is not there.

use crate::ids::{DocId, Id};
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Field, Table, single_row};
use crate::value::Value;
use crate::view::{DocView, EMPTY, Row, World};
use std::sync::Arc;

/// A document's view; empty where it is not there yet, or this side may not hold it.
pub(super) fn view<'a>(world: &'a dyn World, doc: &DocId) -> &'a DocView {
    world.doc(doc).unwrap_or(&EMPTY)
}

pub(super) fn not_found(what: &str) -> Refusal {
    Refusal::new(RefusalCode::NotFound, format!("This {what} is not there (any more)."))
}

pub(super) fn already_exists(what: &str, name: &str) -> Refusal {
    Refusal::new(RefusalCode::AlreadyExists, format!("There is a {what} with this id already: “{name}”."))
}

pub(super) fn is_archived(row: &Row) -> bool {
    row.cell(Field::Archived) == &Value::Bool(true)
}

/// An event that is there.
pub(super) struct Event<'a> {
    pub doc: DocId,
    pub view: &'a DocView,
    pub facts: &'a Row,
}

/// A shift that is there.
pub(super) struct Shift<'a> {
    pub id: &'a Id,
    pub row: &'a Row,
}

impl<'a> Event<'a> {
    pub fn find(world: &'a dyn World, id: &Id) -> Result<Event<'a>, Refusal> {
        let doc = DocId::Event(id.clone());
        let view = view(world, &doc);
        let facts = view.row(Table::Facts, single_row(Table::Facts)).ok_or_else(|| not_found("event"))?;
        Ok(Event { doc, view, facts })
    }

    pub fn shift(&self, id: &'a Id) -> Result<Shift<'a>, Refusal> {
        let row = self.view.row(Table::Assignments, id.as_str()).ok_or_else(|| not_found("shift"))?;
        Ok(Shift { id, row })
    }

    pub fn assigned(&self, row: &str) -> Option<&'a Row> {
        self.view.row(Table::Assigned, row).map(Arc::as_ref)
    }

    pub fn refuse_archived(&self) -> Result<(), Refusal> {
        if !is_archived(self.facts) {
            return Ok(());
        }
        let message = format!("“{}” is archived. Bring it back to change it.", self.facts.text(Field::Title));
        Err(Refusal::new(RefusalCode::Archived, message))
    }
}

impl Shift<'_> {
    pub fn title(&self) -> &str {
        self.row.text(Field::Title)
    }

    pub fn refuse_cancelled(&self) -> Result<(), Refusal> {
        if self.row.text(Field::Status) != "cancelled" {
            return Ok(());
        }
        Err(Refusal::new(RefusalCode::Cancelled, format!("“{}” was cancelled.", self.title())))
    }
}

/// A helper's row in the roster.
pub(super) fn helper<'a>(world: &'a dyn World, id: &Id) -> Result<&'a Row, Refusal> {
    let row = view(world, &DocId::Roster).row(Table::Helpers, id.as_str());
    row.map(Arc::as_ref).ok_or_else(|| not_found("helper"))
}

pub(super) fn refuse_archived_helper(row: &Row) -> Result<(), Refusal> {
    if !is_archived(row) {
        return Ok(());
    }
    let message = format!("{} is archived. Bring them back first.", row.text(Field::Name));
    Err(Refusal::new(RefusalCode::Archived, message))
}

/// Refuses a cell that names a place which is not in the roster, or archived.
pub(super) fn check_place(world: &dyn World, value: Option<&Value>) -> Result<(), Refusal> {
    let Some(id) = value.and_then(Value::text) else { return Ok(()) };
    let about = |mut refusal: Refusal| {
        refusal.field = Some(Field::Place.name().to_owned());
        refusal
    };
    match view(world, &DocId::Roster).row(Table::Places, id) {
        None => Err(about(not_found("place"))),
        Some(row) if is_archived(row) => {
            let message = format!("The place “{}” is archived. Choose another one.", row.text(Field::Name));
            Err(about(Refusal::new(RefusalCode::Archived, message)))
        }
        Some(_) => Ok(()),
    }
}
