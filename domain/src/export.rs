//! A plan as CSV or JSON, in a stable order.
//!
//! The CSV has the columns of the import, and after them [`crate::import::EXPORT_ONLY`]. Importing it again changes
//! nothing. Spreadsheet programs run a cell that begins with `=`, `+`, `-` or `@` as a formula, so a text that begins
//! so gets an apostrophe in front, which the import takes away again; see `guard` in `import/cell.rs`.

use crate::import::{COLUMNS, EXPORT_ONLY, ID_KEY, TRAINING, by_key, format_degrees, format_words, guard};
use crate::ordered::OrdMap;
use crate::project::{self, Assignment, EventSummary, Place};
use crate::schema::{Field, Table};
use crate::view::{DocView, Row};
use serde::Serialize;

/// An event's shifts as CSV (RFC 4180, UTF-8, no byte-order mark).
pub fn csv(event: &DocView, roster: &DocView) -> String {
    let keys = by_key(event);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let header = COLUMNS.iter().chain(EXPORT_ONLY);
    // Writing to memory cannot fail, and all records are of the header's length.
    let _ = writer.write_record(header.clone());
    for assignment in project::assignments(event) {
        let Some(row) = event.row(Table::Assignments, &assignment.id) else { continue };
        let record = Record { assignment: &assignment, row, roster, keys: &keys };
        let _ = writer.write_record(header.clone().map(|column| record.field(column)));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

struct Record<'a> {
    assignment: &'a Assignment,
    row: &'a Row,
    roster: &'a DocView,
    keys: &'a OrdMap<&'a str, &'a str>,
}

impl Record<'_> {
    fn field(&self, column: &str) -> String {
        let a = self.assignment;
        let int = |field: Field| self.row.cell(field).int().map(|i| i.to_string()).unwrap_or_default();
        match column {
            "team" => guard(&a.team),
            "role" => guard(&a.role),
            "title" => guard(&a.title),
            "place" => guard(self.place().map_or("", |p| p.text(Field::Name))),
            "latitude" => self.degrees(Field::Latitude),
            "longitude" => self.degrees(Field::Longitude),
            "start" => a.start.clone(),
            "end" => a.end.clone(),
            "zone" => a.zone.clone(),
            "helpers_min" => int(Field::HelpersMin),
            "helpers_max" => int(Field::HelpersMax),
            "needs_training" => flag(a.skills.iter().any(|s| s == TRAINING)),
            "adults_only" => flag(a.adults_only),
            "preparation" => int(Field::Preparation),
            "tear_down" => int(Field::TearDown),
            "skills" => guard(&format_words(a.skills.iter().map(String::as_str).filter(|s| *s != TRAINING))),
            "note" => guard(&a.note),
            "key" => guard(&self.key()),
            "status" => a.status.clone(),
            "helpers" => guard(&self.helpers().join("; ")),
            _ => String::new(),
        }
    }

    /// The key of an import; a shift made by hand is named by its id.
    fn key(&self) -> String {
        let id = self.assignment.id.as_str();
        match self.row.cell(Field::Key).text() {
            Some(key) if self.keys.get(key) == Some(&id) && key == key.trim() => key.to_owned(),
            _ => format!("{ID_KEY}{id}"),
        }
    }

    fn place(&self) -> Option<&Row> {
        let place = self.assignment.place.as_deref()?;
        self.roster.row(Table::Places, place).map(|row| row.as_ref())
    }

    fn degrees(&self, field: Field) -> String {
        self.place().and_then(|p| p.cell(field).int()).map(format_degrees).unwrap_or_default()
    }

    /// Who is on the shift; not who declined.
    fn helpers(&self) -> Vec<String> {
        let on_it = self.assignment.assigned.iter().filter(|a| a.status != "declined");
        on_it.map(|a| helper_name(self.roster, &a.helper)).collect()
    }
}

fn flag(yes: bool) -> String {
    if yes { "1" } else { "0" }.to_owned()
}

fn helper_name(roster: &DocView, helper: &str) -> String {
    roster
        .row(Table::Helpers, helper)
        .map_or_else(|| helper.to_owned(), |row| row.text(Field::Name).to_owned())
}

/// What the JSON export holds: the names and places that the event's shifts use, and no others.
#[derive(Debug, Serialize)]
struct Plan {
    format: &'static str,
    event: EventSummary,
    assignments: Vec<Assignment>,
    /// Names by id.
    helpers: OrdMap<String, String>,
    places: Vec<Place>,
}

/// An event as JSON, indented; empty where the event's facts are not known.
pub fn json(id: &str, event: &DocView, roster: &DocView) -> String {
    let Some(summary) = project::event_summary(id, event) else { return String::new() };
    let assignments = project::assignments(event);
    let ids = assignments.iter().flat_map(|a| &a.assigned).map(|a| a.helper.clone());
    let helpers = ids.map(|id| (id.clone(), helper_name(roster, &id))).collect();
    let used = |place: &Place| {
        let is_it = |id: &Option<String>| id.as_deref() == Some(place.id.as_str());
        is_it(&summary.place) || assignments.iter().any(|a| is_it(&a.place))
    };
    let places = project::places(roster).into_iter().filter(used).collect();
    let plan = Plan { format: "wedsync.event.1", event: summary, assignments, helpers, places };
    // Structs and maps with text keys always have a JSON form.
    serde_json::to_string_pretty(&plan).unwrap_or_default()
}
