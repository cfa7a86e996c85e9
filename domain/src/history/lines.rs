//! Changes as lines: what it is of, what it was, what it became.

use super::HistoryLine;
use super::cells::{RowChanges, by_row};
use super::restore::restore;
use crate::change::{Change, ChangeKind};
use crate::ids::DocId;
use crate::project::Names;
use crate::project::words::{civil, label, on, span, step, value};
use crate::role::Actor;
use crate::schema::{Field, Table};
use crate::view::World;

pub(super) fn lines(changes: &[Change], world: &dyn World, actor: &Actor) -> Vec<HistoryLine> {
    let names = Names { world };
    let mut lines = Vec::new();
    for row in by_row(changes) {
        for together in groups(&row) {
            lines.extend(line(&together, &names, world, actor));
        }
    }
    lines
}

/// Fields that make one value only together.
const TOGETHER: [&[Field]; 2] = [&[Field::Start, Field::End], &[Field::Latitude, Field::Longitude]];

/// The changes of a row, those that make one line together.
fn groups(row: &[Change]) -> Vec<Vec<Change>> {
    if row.first().is_some_and(|change| change.table == Table::Hours) {
        return vec![row.to_vec()];
    }
    let field = |change: &Change| match change.kind {
        ChangeKind::Set { field, .. } => Some(field),
        ChangeKind::Insert { .. } | ChangeKind::Remove { .. } => None,
    };
    let mut groups: Vec<Vec<Change>> = Vec::new();
    for change in row {
        let set = TOGETHER.iter().find(|set| field(change).is_some_and(|f| set.contains(&f)));
        let is_part = |group: &Vec<Change>| {
            set.is_some_and(|set| group.iter().all(|c| field(c).is_some_and(|f| set.contains(&f))))
        };
        match groups.iter_mut().find(|group| is_part(group)) {
            Some(group) => group.push(change.clone()),
            None => groups.push(vec![change.clone()]),
        }
    }
    groups
}

fn line(changes: &[Change], names: &Names, world: &dyn World, actor: &Actor) -> Option<HistoryLine> {
    let first = changes.first()?;
    let row = RowChanges { doc: &first.doc, table: first.table, row: &first.row, changes };
    let (label, before, after) = match (&first.kind, first.table) {
        (_, Table::Assigned) => post(&first.row, &first.kind, names)?,
        (ChangeKind::Insert { .. }, table) => (format!("new {}", thing(table)), None, Some(row_words(&row))),
        (ChangeKind::Remove { .. }, table) => (thing(table).to_owned(), Some(row_words(&row)), None),
        (ChangeKind::Set { .. }, _) => cells(&row, names),
    };
    // A row that came or went says its own name.
    let has_name = row.whole().is_some()
        && matches!(
            first.table,
            Table::Assignments | Table::Facts | Table::Helpers | Table::Places | Table::Calendars
        );
    let about = if has_name { String::new() } else { about(&row, names) };
    Some(HistoryLine { about, label, before, after, restore: restore(changes, world, actor) })
}

type Words = (String, Option<String>, Option<String>);

/// A helper on a shift.
fn post(row: &str, kind: &ChangeKind, names: &Names) -> Option<Words> {
    let (_, helper) = row.split_once('.')?;
    let status = |text: &str| Some(step(text));
    let off = || Some("not on it".to_owned());
    let (before, after) = match kind {
        ChangeKind::Insert { cells } => (off(), status(cells.text(Field::Status))),
        ChangeKind::Remove { cells } => (status(cells.text(Field::Status)), off()),
        ChangeKind::Set { before, after, .. } => {
            (before.text().and_then(status), after.text().and_then(status))
        }
    };
    Some((names.helper(&helper.parse().ok()?), before, after))
}

fn cells(row: &RowChanges, names: &Names) -> Words {
    let (before, after) = (row.before(), row.after());
    let text = |fields: &crate::command::Fields, field: Field| {
        fields.get(&field).and_then(|v| value(row.table, field, v, names))
    };
    let raw = |fields: &crate::command::Fields, field: Field| {
        fields.get(&field).and_then(crate::Value::text).unwrap_or_default().to_owned()
    };
    let has = |field: Field| before.contains_key(&field);
    if row.table == Table::Hours {
        let hours = |fields| match (text(fields, Field::From), text(fields, Field::To)) {
            (Some(from), Some(to)) => Some(format!("{from}–{to}")),
            (Some(from), None) => Some(format!("from {from}")),
            (None, Some(to)) => Some(format!("until {to}")),
            (None, None) => text(fields, Field::Off).filter(|off| off == "yes").map(|_| "day off".to_owned()),
        };
        return ("hours".to_owned(), hours(&before), hours(&after));
    }
    if has(Field::Start) && has(Field::End) {
        let span = |fields| Some(span(&raw(fields, Field::Start), &raw(fields, Field::End), true));
        return ("time".to_owned(), span(&before), span(&after));
    }
    if has(Field::Latitude) && has(Field::Longitude) {
        let position =
            |fields| Some(format!("{}, {}", text(fields, Field::Latitude)?, text(fields, Field::Longitude)?));
        return ("position".to_owned(), position(&before), position(&after));
    }
    let field = before.keys().next().copied().unwrap_or(Field::Note);
    (label(field), text(&before, field), text(&after, field))
}

fn thing(table: Table) -> &'static str {
    match table {
        Table::Facts => "event",
        Table::Assignments => "shift",
        Table::Helpers => "helper",
        Table::Places => "place",
        Table::TimeOff => "time off",
        Table::Calendars => "calendar",
        Table::Busy => "busy time",
        other => other.name(),
    }
}

/// A row that came or went, in a few words.
fn row_words(row: &RowChanges) -> String {
    let text = |field| row.text(field).unwrap_or_default();
    match row.table {
        Table::Facts => text(Field::Title).to_owned(),
        Table::Assignments => {
            format!("{}, {}", text(Field::Title), span(text(Field::Start), text(Field::End), true))
        }
        Table::TimeOff | Table::Busy => span(text(Field::Start), text(Field::End), true),
        _ => text(Field::Name).to_owned(),
    }
}

/// What a row is, as people know it now; as it was, where it is not there.
pub(super) fn about(row: &RowChanges, names: &Names) -> String {
    let id = || row.row.parse().ok();
    let name = match (row.doc, row.table) {
        (DocId::Event(event), Table::Facts) => Some(names.event(event)),
        (DocId::Event(event), Table::Assignments) => id().map(|shift| match row.whole() {
            Some(_) => row_about(row),
            None => names.shift(event, &shift),
        }),
        (DocId::Event(event), Table::Assigned) => {
            let shift = row.row.split_once('.').and_then(|(shift, _)| shift.parse().ok());
            shift.map(|shift| names.shift(event, &shift))
        }
        (DocId::Roster, Table::Helpers) => id().map(|helper| names.helper(&helper)),
        (DocId::Roster, Table::Places) => id().map(|place| names.place(&place)),
        (DocId::Roster, Table::Travel) => way(row.row, names),
        (DocId::Roster, Table::Rules) => Some("everybody".to_owned()),
        (DocId::Person(helper), Table::Hours) => Some(format!("{}, {}", names.helper(helper), on(row.row))),
        (DocId::Person(helper), Table::TimeOff) => id().map(|time_off| match row.whole() {
            Some(_) => names.helper(helper),
            None => names.time_off(helper, &time_off),
        }),
        (DocId::Person(helper), _) => Some(names.helper(helper)),
        _ => None,
    };
    name.unwrap_or_default()
}

/// "Bar, Sat 18 Jul 14:00", of a shift that came or went.
fn row_about(row: &RowChanges) -> String {
    let start = row.text(Field::Start).and_then(civil);
    let title = row.text(Field::Title).unwrap_or("a shift");
    start.map_or_else(|| title.to_owned(), |start| format!("{title}, {start}"))
}

/// "the barn to the church"
pub(super) fn way(row: &str, names: &Names) -> Option<String> {
    let (from, to) = row.split_once('.')?;
    Some(format!("{} to {}", names.place(&from.parse().ok()?), names.place(&to.parse().ok()?)))
}
