//! A command in one short English sentence, for receipts and history.

use super::words::{self, civil, on, when};
use crate::command::{Command, Fields};
use crate::ids::{DocId, Id};
use crate::schema::{Field, Table};
use crate::time;
use crate::value::Value;
use crate::view::{Recalled, World};

/// Such as "Put Anna on Bar, Sat 18 Jul 14:00". Names that this side does not know are circumscribed.
pub fn describe(command: &Command, world: &dyn World) -> String {
    use Command as C;
    let names = Names { world };
    match command {
        C::CreateEvent { fields, .. } => {
            format!("Create the event {}", given(fields, Field::Title, "(no title)"))
        }
        C::UpdateEvent { event, set, .. } => format!("Change {} of {}", list(set), names.event(event)),
        C::ArchiveEvent { event, archived: true } => format!("Archive {}", names.event(event)),
        C::ArchiveEvent { event, archived: false } => format!("Bring back {}", names.event(event)),

        C::DeleteEvent { event } => format!("Delete {}", names.event(event)),

        C::CreateAssignment { fields, .. } => {
            let title = given(fields, Field::Title, "a shift");
            format!("Create {title}{}", when(given(fields, Field::Start, "")))
        }
        C::UpdateAssignment { event, assignment, set, .. } => {
            format!("Change {} of {}", list(set), names.shift(event, assignment))
        }
        C::MoveAssignment { event, assignment, set, .. } => names.moved(event, assignment, set),
        C::SplitAssignment { event, assignment, at, .. } => {
            format!("Split {}{}", names.shift(event, assignment), at_clock(at))
        }
        C::CancelAssignment { event, assignment, cancelled: true } => {
            format!("Cancel {}", names.shift(event, assignment))
        }
        C::CancelAssignment { event, assignment, cancelled: false } => {
            format!("Bring back {}", names.shift(event, assignment))
        }

        C::Assign { event, assignment, helper } => {
            format!("Put {} on {}", names.helper(helper), names.shift(event, assignment))
        }
        C::Reassign { event, from, to, helper } => {
            let (from, to) = (names.title(event, from), names.shift(event, to));
            format!("Move {} from {from} to {to}", names.helper(helper))
        }
        C::Substitute { event, assignment, from, to } => {
            let (from, to) = (names.helper(from), names.helper(to));
            format!("Replace {from} by {to} on {}", names.shift(event, assignment))
        }
        C::Unassign { event, assignment, helper } => {
            format!("Take {} off {}", names.helper(helper), names.shift(event, assignment))
        }
        C::Staff { unassign, assign, .. } => staffed(unassign.len(), assign.len()),
        C::Claim { event, assignment } => format!("Take a place on {}", names.shift(event, assignment)),
        C::Accept { event, assignment, helper } => names.step("Accept", event, assignment, helper),
        C::Decline { event, assignment, helper } => names.step("Decline", event, assignment, helper),
        C::CheckIn { event, assignment, helper } => {
            format!("Check in {} to {}", names.helper(helper), names.shift(event, assignment))
        }
        C::Complete { event, assignment, helper } => names.step("Complete", event, assignment, helper),

        C::AddHelper { fields, .. } => format!("Add {}", given(fields, Field::Name, "a helper")),
        C::UpdateHelper { helper, set, .. } => match set.get(&Field::Archived).map(Value::bool) {
            Some(Some(true)) => format!("Archive {}", names.helper(helper)),
            Some(_) => format!("Bring back {}", names.helper(helper)),
            None => format!("Change {} of {}", list(set), names.helper(helper)),
        },
        C::UpdateContact { helper, set, .. } => format!("Change {} of {}", list(set), names.helper(helper)),

        C::AddPlace { fields, .. } => format!("Add the place {}", given(fields, Field::Name, "(no name)")),
        C::UpdatePlace { place, set, .. } => match set.get(&Field::Archived).map(Value::bool) {
            Some(Some(true)) => format!("Archive the place {}", names.place(place)),
            Some(_) => format!("Bring back the place {}", names.place(place)),
            None => format!("Change {} of the place {}", list(set), names.place(place)),
        },

        C::SetTravel { from, to, .. } => {
            format!("Change the way from {} to {}", names.place(from), names.place(to))
        }
        C::UpdateRules { set, .. } => format!("Change {} for everybody", list(set)),
        C::UpdateLimits { helper, set, .. } => format!("Change {} of {}", list(set), names.helper(helper)),

        C::SetWorkingHours { helper, day, hours: Some(hours) } => {
            format!("Set hours of {} on {} to {}–{}", names.helper(helper), on(day), hours.from, hours.to)
        }
        C::SetWorkingHours { helper, day, hours: None } => {
            format!("Remove hours of {} on {}", names.helper(helper), on(day))
        }
        C::SetDayOff { helper, day } => format!("{} off for {}", on(day), names.helper(helper)),
        C::UpdateTimeOff { helper, time_off, .. } => {
            format!("Change time off of {}", names.time_off(helper, time_off))
        }
        C::ImportBusy { helper, fields, .. } => {
            let name = given(fields, Field::Name, "a calendar");
            format!("Read {name} for {}", names.helper(helper))
        }
        C::RemoveCalendar { helper, .. } => format!("Forget a calendar of {}", names.helper(helper)),
        C::AddTimeOff { helper, fields, .. } => {
            format!("Time off for {}{}", names.helper(helper), when(given(fields, Field::Start, "")))
        }
        C::DecideTimeOff { helper, time_off, approved } => {
            let verb = if *approved { "Approve" } else { "Reject" };
            format!("{verb} time off of {}", names.time_off(helper, time_off))
        }
        C::RemoveTimeOff { helper, time_off } => {
            format!("Remove time off of {}", names.time_off(helper, time_off))
        }

        C::ImportShifts { shifts, .. } if shifts.len() == 1 => "Import 1 shift".to_owned(),
        C::ImportShifts { shifts, .. } => format!("Import {} shifts", shifts.len()),

        C::Undo { mutation, by, .. } => match world.recall(by.as_ref(), *mutation) {
            Recalled::Known(recorded) if !recorded.title.is_empty() => again(&recorded.title),
            _ => "Take back an edit".to_owned(),
        },

        C::EditNote { event, assignment, .. } => {
            format!("Write in the note of {}", names.shift(event, assignment))
        }
    }
}

/// What people call things. Ids that this side does not know are circumscribed.
pub(crate) struct Names<'a> {
    pub world: &'a dyn World,
}

impl Names<'_> {
    fn cell(&self, doc: &DocId, table: Table, row: &str, field: Field) -> Option<String> {
        let row = self.world.doc(doc)?.row(table, row)?;
        row.cell(field).text().map(str::to_owned)
    }

    pub fn event(&self, event: &Id) -> String {
        let row = crate::schema::single_row(Table::Facts);
        let title = self.cell(&DocId::Event(event.clone()), Table::Facts, row, Field::Title);
        title.unwrap_or_else(|| "an event".to_owned())
    }

    pub fn title(&self, event: &Id, assignment: &Id) -> String {
        let doc = DocId::Event(event.clone());
        let title = self.cell(&doc, Table::Assignments, assignment.as_str(), Field::Title);
        title.unwrap_or_else(|| "a shift".to_owned())
    }

    /// "Bar, Sat 18 Jul 14:00"
    pub fn shift(&self, event: &Id, assignment: &Id) -> String {
        let doc = DocId::Event(event.clone());
        let start = self.cell(&doc, Table::Assignments, assignment.as_str(), Field::Start);
        format!("{}{}", self.title(event, assignment), when(&start.unwrap_or_default()))
    }

    fn moved(&self, event: &Id, assignment: &Id, set: &Fields) -> String {
        let title = self.title(event, assignment);
        let start = civil(given(set, Field::Start, ""));
        let place = set.get(&Field::Place).and_then(Value::text).and_then(|p| p.parse().ok());
        match (start, place.map(|p| self.place(&p))) {
            (Some(start), Some(place)) => format!("Move {title} to {start}, {place}"),
            (Some(start), None) => format!("Move {title} to {start}"),
            (None, Some(place)) => format!("Move {title} to {place}"),
            (None, None) => format!("Change {} of {title}", list(set)),
        }
    }

    /// "Accept Bar, Sat 18 Jul 14:00, for Anna"
    fn step(&self, verb: &str, event: &Id, assignment: &Id, helper: &Id) -> String {
        format!("{verb} {}, for {}", self.shift(event, assignment), self.helper(helper))
    }

    pub fn helper(&self, helper: &Id) -> String {
        let name = self.cell(&DocId::Roster, Table::Helpers, helper.as_str(), Field::Name);
        name.unwrap_or_else(|| "a helper".to_owned())
    }

    pub fn place(&self, place: &Id) -> String {
        let name = self.cell(&DocId::Roster, Table::Places, place.as_str(), Field::Name);
        name.unwrap_or_else(|| "a place".to_owned())
    }

    pub fn time_off(&self, helper: &Id, time_off: &Id) -> String {
        let doc = DocId::Person(helper.clone());
        let start = self.cell(&doc, Table::TimeOff, time_off.as_str(), Field::Start);
        format!("{}{}", self.helper(helper), when(&start.unwrap_or_default()))
    }
}

const TAKE_BACK: &str = "Take back: ";
const AGAIN: &str = "Do again: ";

/// The undo of an edit with this title. That of an undo is the edit once more.
fn again(title: &str) -> String {
    match (title.strip_prefix(TAKE_BACK), title.strip_prefix(AGAIN)) {
        (Some(of), _) => format!("{AGAIN}{of}"),
        (None, Some(of)) => format!("{TAKE_BACK}{of}"),
        (None, None) => format!("{TAKE_BACK}{title}"),
    }
}

/// ", at 16:00"
fn at_clock(at: &str) -> String {
    time::parse_civil(at).map_or_else(String::new, |at| format!(", at {}", time::clock(at)))
}

fn staffed(leave: usize, come: usize) -> String {
    match (leave, come) {
        (0, come) => format!("Fill {come} places"),
        (leave, 0) => format!("Empty {leave} places"),
        (leave, come) => format!("Empty {leave} places and fill {come}"),
    }
}

fn given<'a>(fields: &'a Fields, field: Field, otherwise: &'a str) -> &'a str {
    fields.get(&field).and_then(Value::text).unwrap_or(otherwise)
}

fn list(set: &Fields) -> String {
    words::list(set.keys().map(|field| words::label(*field)).collect())
}
