//! What must hold of any plan, however it came about.

use super::World;
use std::collections::BTreeMap;
use wedsync_domain::{Change, DocId, DocView, Field, Row, Table, schema};

/// The rows of a document, without its schema version and tables that are empty.
pub fn rows(view: &DocView) -> BTreeMap<Table, wedsync_domain::view::Rows> {
    let tables = Table::ALL.iter().filter(|t| **t != Table::Meta && !view.rows(**t).is_empty());
    tables.map(|t| (*t, view.rows(*t).clone())).collect()
}

pub fn apply_all<'a>(world: &mut World, changes: impl IntoIterator<Item = &'a Change>) {
    for change in changes {
        let view = world.entry(change.doc.clone()).or_default();
        assert!(view.apply(change), "{change:?} does not fit");
    }
}

pub fn all_rows(world: &World) -> BTreeMap<DocId, BTreeMap<Table, wedsync_domain::view::Rows>> {
    world.iter().map(|(d, v)| (d.clone(), rows(v))).filter(|(_, r)| !r.is_empty()).collect()
}

/// What must hold between the rows of any plan, however it came about.
pub fn check_plan(world: &World) {
    for (doc, view) in world {
        for table in schema::tables(doc) {
            for (name, row) in view.rows(*table) {
                for (field, value) in row.cells() {
                    schema::check(*table, field, value).unwrap_or_else(|r| panic!("{doc} {name}: {r}"));
                }
                for (field, _, required) in schema::fields(*table) {
                    assert!(!required || !row.cell(*field).is_null(), "{doc} {name} lacks {}", field.name());
                }
                if matches!(table, Table::Assignments | Table::TimeOff | Table::Busy) {
                    assert!(row.text(Field::Start) < row.text(Field::End));
                }
                check_person_row(view, *table, name, row);
            }
        }
        for name in view.rows(Table::Assigned).keys() {
            let (assignment, _) = name.split_once('.').unwrap();
            assert!(view.row(Table::Assignments, assignment).is_some(), "{name} is on no shift");
        }
    }
}

fn check_person_row(view: &DocView, table: Table, name: &str, row: &Row) {
    let has = |field: Field| !row.cell(field).is_null();
    match table {
        Table::Hours => {
            assert_eq!(has(Field::From), has(Field::To), "{name}");
            assert_ne!(has(Field::From), has(Field::Off), "{name} has hours, or is off");
        }
        Table::Limits => assert_eq!(has(Field::Latitude), has(Field::Longitude)),
        Table::TimeOff if has(Field::Series) => {
            assert!(has(Field::Instance) && !has(Field::Repeat), "{name}");
            assert!(view.row(Table::TimeOff, row.text(Field::Series)).is_some(), "{name} is of no series");
        }
        Table::Busy => {
            let calendar = row.text(Field::Calendar);
            assert!(view.row(Table::Calendars, calendar).is_some(), "{name} is of no calendar");
            assert!(name.starts_with(&format!("{calendar}.")), "{name}");
        }
        _ => {}
    }
}

/// No command puts more people on a shift than it has places; fewer places throw nobody off.
pub fn check_places(before: &World, after: &World) {
    for (doc, view) in after {
        for (shift, row) in view.rows(Table::Assignments) {
            let places = row.cell(Field::HelpersMax).int().unwrap_or(1) as usize;
            let were_on = before.get(doc).map_or(0, |view| view.taken(shift));
            assert!(view.taken(shift) <= places.max(were_on), "{doc} {shift}");
        }
    }
}
