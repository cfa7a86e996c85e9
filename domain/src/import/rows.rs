//! Records as shifts and places, compared with what is there.

use super::cell::{parse_bool, parse_civil, parse_degrees, parse_words, unguard};
use super::table::{CsvTable, Record};
use super::{Action, ID_KEY, MissingShift, Preview, PreviewRow, RowErrorCode as Code, TRAINING, by_key};
use crate::command::{Fields, ImportPlace, ImportShift};
use crate::decide::shift_rules;
use crate::ids::Id;
use crate::ordered::{OrdMap, OrdSet};
use crate::refusal::Refusal;
use crate::schema::{Field, Table};
use crate::value::Value;
use crate::view::{DocView, Row};
use std::sync::Arc;

/// Reads every record. Answers with the places and shifts that are new or changed.
pub(super) fn read(
    table: &CsvTable,
    event: &Id,
    view: &DocView,
    roster: &DocView,
    preview: &mut Preview,
) -> (Vec<ImportPlace>, Vec<ImportShift>) {
    let keys = by_key(view);
    let mut reader = Reader {
        table,
        event,
        view,
        roster,
        keys,
        alike: OrdMap::new(),
        lines: OrdMap::new(),
        places: OrdMap::new(),
        preview,
    };
    let mut shifts = Vec::new();
    for record in &table.records {
        shifts.extend(reader.shift(record));
    }
    let used: OrdSet<&Value> = shifts.iter().filter_map(|s| s.fields.get(&Field::Place)).collect();
    let places = reader.places.into_values().filter(|p| p.is_new && used.contains(&Value::from(&p.id)));
    let places = places.map(|p| ImportPlace { place: p.id, fields: p.fields }).collect();
    let lines = reader.lines;
    preview.missing = missing(view, &lines);
    (places, shifts)
}

fn missing(view: &DocView, in_file: &OrdMap<Id, u32>) -> Vec<MissingShift> {
    let ids: OrdSet<&str> = in_file.keys().map(Id::as_str).collect();
    let rows = view.rows(Table::Assignments).iter();
    rows.filter(|(id, row)| {
        !row.cell(Field::Key).is_null()
            && row.text(Field::Status) != "cancelled"
            && !ids.contains(id.as_str())
    })
    .filter_map(|(id, row)| {
        let text = |field: Field| row.text(field).to_owned();
        let assignment = id.parse().ok()?;
        Some(MissingShift {
            assignment,
            title: text(Field::Title),
            start: text(Field::Start),
            end: text(Field::End),
        })
    })
    .collect()
}

struct Reader<'a> {
    table: &'a CsvTable,
    event: &'a Id,
    view: &'a DocView,
    roster: &'a DocView,
    keys: OrdMap<&'a str, &'a str>,
    /// How many rows so far are alike in team, role, place and start.
    alike: OrdMap<String, u32>,
    /// The line of each shift so far.
    lines: OrdMap<Id, u32>,
    /// The places named so far.
    places: OrdMap<String, NamedPlace>,
    preview: &'a mut Preview,
}

struct NamedPlace {
    id: Id,
    is_new: bool,
    fields: Fields,
}

impl<'a> Reader<'a> {
    /// The shift of a record, if it is new or changed; errors go to the preview.
    fn shift(&mut self, record: &Record) -> Option<ImportShift> {
        let errors_before = self.preview.errors.len() as u32 + self.preview.more_errors;
        let mut fields = self.plain_fields(record);
        let (key, id) = self.key(record)?;
        let now = self.view.row(Table::Assignments, id.as_str());
        self.training(record, now, &mut fields);
        self.place(record, now, &mut fields);
        self.title(record, now, &mut fields);
        let set = match now {
            None => {
                fields.insert(Field::Key, Value::from(key));
                fields
            }
            Some(now) => changed(now, fields),
        };
        if let Err(refusal) = self.check(now, &set) {
            self.preview.refused(record.line, refusal);
        }
        if self.preview.errors.len() as u32 + self.preview.more_errors > errors_before {
            return None;
        }
        self.preview.rows.push(self.row(record, now, &set));
        if now.is_some() && set.is_empty() {
            return None;
        }
        let saw = now.map(|row| set.keys().map(|f| (*f, row.cell(*f).clone())).collect()).unwrap_or_default();
        Some(ImportShift { assignment: id, fields: set, saw })
    }

    fn text<'r>(&self, record: &'r Record, column: &str) -> Option<&'r str> {
        self.table.field(record, column).map(|t| unguard(t).trim())
    }

    /// The cells that stand in one column. Where a required cell is blank, it keeps its value or its default.
    fn plain_fields(&mut self, record: &Record) -> Fields {
        let mut fields = Fields::new();
        for field in [Field::Team, Field::Role, Field::Note] {
            if let Some(text) = self.text(record, field.name()) {
                fields.insert(field, if text.is_empty() { Value::Null } else { Value::from(text) });
            }
        }
        if let Some(zone) = self.text(record, "zone").filter(|z| !z.is_empty()) {
            fields.insert(Field::Zone, Value::from(zone));
        }
        for field in [Field::Start, Field::End] {
            let text = self.text(record, field.name()).unwrap_or("");
            match parse_civil(text) {
                Some(civil) => drop(fields.insert(field, Value::from(civil))),
                None => self.bad(record, field.name(), text, "a date and time like 2026-07-15T07:30"),
            }
        }
        let numbers = [
            (Field::HelpersMin, true),
            (Field::HelpersMax, true),
            (Field::Preparation, false),
            (Field::TearDown, false),
        ];
        for (field, required) in numbers {
            let Some(text) = self.text(record, field.name()) else { continue };
            match text.parse::<i64>() {
                Ok(number) => drop(fields.insert(field, Value::Int(number))),
                Err(_) if text.is_empty() && required => {}
                Err(_) if text.is_empty() => drop(fields.insert(field, Value::Null)),
                Err(_) => self.bad(record, field.name(), text, "a whole number"),
            }
        }
        if let Some(text) = self.text(record, "adults_only") {
            match parse_bool(text) {
                Some(yes) => drop(fields.insert(Field::AdultsOnly, truth(yes))),
                None => self.bad(record, "adults_only", text, "1 or 0"),
            }
        }
        if let Some(text) = self.text(record, "skills") {
            fields.insert(Field::Skills, Value::from(parse_words(text)));
        }
        fields
    }

    fn bad(&mut self, record: &Record, column: &str, text: &str, must: &str) {
        let text: String = text.chars().take(40).collect();
        let message = if text.is_empty() {
            format!("“{column}” is missing.")
        } else {
            format!("“{column}” must be {must}, not “{text}”.")
        };
        self.preview.error(record.line, Some(column), Code::Invalid, message);
    }

    /// The key that makes a row the same row in a corrected file, and the shift it stands for.
    fn key(&mut self, record: &Record) -> Option<(String, Id)> {
        let text = |column: &str| self.text(record, column).unwrap_or("");
        let key = match text("key") {
            "" => {
                let role = if text("role").is_empty() { text("title") } else { text("role") };
                let start = parse_civil(text("start")).unwrap_or_else(|| text("start").to_owned());
                let alike = [text("team"), role, text("place"), &start].join("|");
                let count = self.alike.entry(alike.clone()).or_insert(0);
                *count += 1;
                format!("{alike}#{count}")
            }
            key => key.to_owned(),
        };
        let by_id = key.strip_prefix(ID_KEY).filter(|id| self.view.row(Table::Assignments, id).is_some());
        let known = by_id.or_else(|| self.keys.get(key.as_str()).copied()).and_then(|id| id.parse().ok());
        let id = known.unwrap_or_else(|| Id::derived(&["shift", self.event.as_str(), &key]));
        if let Some(first) = self.lines.insert(id.clone(), record.line) {
            let message = format!("This row has the same key as line {first}: “{key}”.");
            self.preview.error(record.line, Some("key"), Code::DuplicateKey, message);
            self.lines.insert(id, first);
            return None;
        }
        Some((key, id))
    }

    /// `needs_training` adds a word to the skills; without a column `skills`, the others stay as they are.
    fn training(&mut self, record: &Record, now: Option<&Arc<Row>>, fields: &mut Fields) {
        let Some(text) = self.text(record, "needs_training") else { return };
        let Some(yes) = parse_bool(text) else { return self.bad(record, "needs_training", text, "1 or 0") };
        let listed = fields.get(&Field::Skills);
        let skills =
            listed.or_else(|| now.map(|row| row.cell(Field::Skills))).map(Value::words).unwrap_or(&[]);
        let keep_training = yes || listed.is_some();
        let mut words: Vec<String> =
            skills.iter().filter(|w| keep_training || *w != TRAINING).cloned().collect();
        words.extend(yes.then(|| TRAINING.to_owned()));
        fields.insert(Field::Skills, Value::from(words));
    }

    /// Without a column `title`, a shift is called by its role; one that was given another title keeps it.
    fn title(&mut self, record: &Record, now: Option<&Arc<Row>>, fields: &mut Fields) {
        let role = self.text(record, "role").unwrap_or("");
        let title = self.text(record, "title").filter(|t| !t.is_empty());
        match (title, now) {
            (Some(title), _) => drop(fields.insert(Field::Title, Value::from(title))),
            (None, Some(now)) if now.text(Field::Role).trim() == role => {}
            (None, _) if role.is_empty() => {
                let column = if self.table.has("title") { "title" } else { "role" };
                self.bad(record, column, "", "");
            }
            (None, _) => drop(fields.insert(Field::Title, Value::from(role))),
        }
    }

    fn place(&mut self, record: &Record, now: Option<&Arc<Row>>, fields: &mut Fields) {
        let coordinates = self.coordinates(record);
        let Some(name) = self.text(record, "place") else { return };
        let current = now.and_then(|row| row.cell(Field::Place).text());
        if let Some(current) = current
            && place_name(self.roster, current).trim() == name
        {
            self.compare_coordinates(record, current, &coordinates);
            return;
        }
        if name.is_empty() {
            fields.insert(Field::Place, Value::Null);
            return;
        }
        let roster = self.roster;
        let place = self.places.entry(name.to_owned()).or_insert_with(|| named_place(roster, name));
        let id = place.id.clone();
        fields.insert(Field::Place, Value::from(&id));
        if !place.is_new {
            return self.compare_coordinates(record, id.as_str(), &coordinates);
        }
        let known: Vec<Field> = place.fields.keys().copied().collect();
        let other = coordinates.iter().any(|(f, v)| place.fields.get(f).is_some_and(|p| p != v));
        place.fields.extend(coordinates.into_iter().filter(|(f, _)| !known.contains(f)));
        let checked = shift_rules::check_place(&place.fields);
        if other {
            self.warn_kept(record, name);
        }
        if let Err(refusal) = checked {
            self.preview.refused(record.line, refusal);
        }
    }

    fn coordinates(&mut self, record: &Record) -> Fields {
        let mut fields = Fields::new();
        for field in [Field::Latitude, Field::Longitude] {
            let text = self.text(record, field.name()).unwrap_or("");
            match parse_degrees(text, self.table.decimal_comma) {
                Some(degrees) => drop(fields.insert(field, Value::Int(degrees))),
                None if text.is_empty() => {}
                None => self.bad(record, field.name(), text, "decimal degrees like 52.042232"),
            }
        }
        fields
    }

    fn compare_coordinates(&mut self, record: &Record, place: &str, coordinates: &Fields) {
        let Some(row) = self.roster.row(Table::Places, place) else { return };
        if coordinates.iter().any(|(field, value)| row.cell(*field) != value) {
            self.warn_kept(record, row.text(Field::Name));
        }
    }

    fn warn_kept(&mut self, record: &Record, name: &str) {
        let again = |w: &super::RowError| w.code == Code::CoordinatesKept && w.message.contains(name);
        if !self.preview.warnings.iter().any(again) {
            let message = format!("“{name}” has other coordinates already, which are kept.");
            self.preview.warn(record.line, Some("place"), Code::CoordinatesKept, message);
        }
    }

    fn check(&self, now: Option<&Arc<Row>>, set: &Fields) -> Result<(), Refusal> {
        match now {
            None => shift_rules::check_new(self.view, set),
            Some(now) => shift_rules::check_update(now, set),
        }
    }

    fn row(&self, record: &Record, now: Option<&Arc<Row>>, set: &Fields) -> PreviewRow {
        let text = |field: Field| {
            let value = set.get(&field).or_else(|| now.map(|row| row.cell(field)));
            value.and_then(Value::text).unwrap_or("").to_owned()
        };
        let action = match now {
            None => Action::Create,
            Some(_) if set.is_empty() => Action::Unchanged,
            Some(_) => Action::Update,
        };
        let changed = if now.is_some() { set.keys().copied().collect() } else { Vec::new() };
        PreviewRow {
            line: record.line,
            action,
            title: text(Field::Title),
            start: text(Field::Start),
            end: text(Field::End),
            place: self.text(record, "place").filter(|p| !p.is_empty()).map(str::to_owned),
            changed,
        }
    }
}

/// The name of a place; empty where the roster does not have it.
fn place_name<'a>(roster: &'a DocView, place: &str) -> &'a str {
    roster.row(Table::Places, place).map_or("", |row| row.text(Field::Name))
}

/// The place of a name that is in use, or a new one.
fn named_place(roster: &DocView, name: &str) -> NamedPlace {
    let places = roster.rows(Table::Places);
    let in_use = places.iter().find(|(_, row)| {
        row.text(Field::Name).trim() == name && row.cell(Field::Archived) != &Value::Bool(true)
    });
    let fields = Fields::from([(Field::Name, Value::from(name))]);
    if let Some(id) = in_use.and_then(|(id, _)| id.parse().ok()) {
        return NamedPlace { id, is_new: false, fields };
    }
    // The id of the name may be taken by a place that was archived or got another name.
    let mut id = Id::derived(&["place", name]);
    while places.contains_key(id.as_str()) {
        id = Id::derived(&["place", name, id.as_str()]);
    }
    NamedPlace { id, is_new: true, fields }
}

/// What the file changes in a row. Blanks around a text are no difference.
fn changed(now: &Row, fields: Fields) -> Fields {
    let same = |a: &Value, b: &Value| match (a, b) {
        (Value::Null, Value::Text(b)) => b.trim().is_empty(),
        (Value::Text(a), Value::Text(b)) => a == b.trim(),
        (Value::Words(a), b) => {
            let trimmed: OrdSet<&str> = b.words().iter().map(|w| w.trim()).collect();
            a.iter().map(String::as_str).collect::<OrdSet<&str>>() == trimmed
        }
        (a, b) => a == b,
    };
    fields.into_iter().filter(|(field, value)| !same(value, now.cell(*field))).collect()
}

fn truth(yes: bool) -> Value {
    if yes { Value::Bool(true) } else { Value::Null }
}
