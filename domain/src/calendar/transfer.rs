//! Between a plan and calendar files: a helper's shifts to write, and what was read as a command.

use super::ics::{self, BusyKind, Calendar, OwnShift};
use crate::command::{Busy, Command, Fields};
use crate::ids::Id;
use crate::schema::{Field, Table};
use crate::time;
use crate::value::Value;
use crate::view::DocView;
use crate::zone::Zones;
use jiff::Timestamp;
use jiff::civil::Date;

/// The shifts that a helper is on, in one event; none where the event is archived.
pub fn shifts_of(helper: &str, event: &Id, view: &DocView, roster: &DocView) -> Vec<OwnShift> {
    let Some(facts) = view.single(Table::Facts) else { return Vec::new() };
    if facts.cell(Field::Archived) == &Value::Bool(true) {
        return Vec::new();
    }
    let is_on = |id: &str| {
        let mut assigned = view.assigned(id);
        assigned.any(|row| row.text(Field::Helper) == helper && row.text(Field::Status) != "declined")
    };
    let mut shifts = Vec::new();
    for (id, row) in view.rows(Table::Assignments) {
        if row.text(Field::Status) == "cancelled" || !is_on(id) {
            continue;
        }
        let (Some(start), Some(end), Ok(assignment)) =
            (time::parse_civil(row.text(Field::Start)), time::parse_civil(row.text(Field::End)), id.parse())
        else {
            continue;
        };
        let place = row.cell(Field::Place).text().and_then(|id| roster.row(Table::Places, id));
        shifts.push(OwnShift {
            event: event.clone(),
            assignment,
            title: format!("{}, {}", row.text(Field::Title), facts.text(Field::Title)),
            start,
            end,
            zone: row.text(Field::Zone).to_owned(),
            place_name: place.map(|row| row.text(Field::Name).to_owned()),
            note: row.cell(Field::Note).text().map(str::to_owned),
        });
    }
    shifts
}

/// A calendar file with these shifts, written at this time, in milliseconds since 1970.
pub fn write(shifts: &[OwnShift], at: i64) -> String {
    let stamp = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    ics::write(shifts, stamp, &Zones::default())
}

/// The command that gives a helper the busy times of a calendar. Its id comes from its name: reading the calendar again
/// takes the place of what it brought before. What the entries are about stays where they were read.
///
/// `last` is the last day that was read; `at` is in milliseconds since 1970.
pub fn import(helper: &Id, name: &str, read: &Calendar, first: Date, last: Date, at: i64) -> Command {
    let fields = Fields::from([
        (Field::Name, Value::from(name)),
        (Field::At, Value::Int(at)),
        (Field::FirstDay, Value::from(first.to_string())),
        (Field::LastDay, Value::from(last.to_string())),
        (Field::Truncated, Value::Bool(read.truncated)),
    ]);
    // Free times say nothing that counts.
    let busy = read.busy.iter().filter(|one| one.kind != BusyKind::Free);
    let busy = busy.map(|one| Busy {
        start: one.start.clone(),
        end: one.end.clone(),
        zone: one.zone.clone(),
        kind: kind(one.kind).to_owned(),
        event: one.own.as_ref().map(|own| own.event.clone()),
        assignment: one.own.as_ref().map(|own| own.assignment.clone()),
    });
    let calendar = Id::derived(&["calendar", helper.as_str(), name]);
    Command::ImportBusy { helper: helper.clone(), calendar, fields, busy: busy.collect() }
}

/// As the schema spells it.
fn kind(kind: BusyKind) -> &'static str {
    match kind {
        BusyKind::Busy => "busy",
        BusyKind::Tentative => "tentative",
        BusyKind::OutOfOffice => "out_of_office",
        BusyKind::Elsewhere => "elsewhere",
        BusyKind::Free => "free",
    }
}
