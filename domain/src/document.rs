//! Structured documents as Yjs documents (<https://docs.yjs.dev/api/internals>): a root `Y.Map` for each table, in it
//! a `Y.Map` for each row, in it a value for each cell. Any stock Yjs client can read them; only the hub writes.

use crate::change::{Change, ChangeKind};
use crate::guard;
use crate::ids::DocId;
use crate::ordered::OrdSet;
use crate::schema::{self, Field, SCHEMA, Table};
use crate::value::Value;
use crate::view::{DocView, Row};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use yrs::encoding::read::{Cursor, Read};
use yrs::types::{Event, PathSegment};
use yrs::updates::decoder::Decode;
use yrs::{
    Any, DeepObservable, Doc, Map, MapPrelim, MapRef, Number, OffsetKind, Options, Out, ReadTxn, StateVector,
    Transact, TransactionMut, Update,
};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    #[error("not a Yjs update")]
    Malformed,
    #[error("an update is missing in between")]
    Gap,
}

/// An empty Yjs document. All of them are made here: both sides must use the same options.
/// `client` is the Yjs client id (53 bits), new for every live replica that writes.
pub fn new_doc(client: u64) -> Doc {
    // with_guid_and_client_id, because with_client_id turns formatting clean-up on, which makes replicas differ.
    let mut options = Options::with_guid_and_client_id("".into(), yrs::ClientID::new(client));
    options.offset_kind = OffsetKind::Utf16;
    Doc::with_options(options)
}

/// Applies one V1 update in a transaction of its own. After an error the document may be spoilt: [`guard::discard`] it.
pub fn apply_update(doc: &Doc, bytes: &[u8]) -> Result<(), DocumentError> {
    let update = guard::attempt(|| Update::decode_v1(bytes)).and_then(Result::ok);
    let update = update.ok_or(DocumentError::Malformed)?;
    let from = update.state_vector_lower();
    // A client that comes twice has clocks out of order, and yrs then reads memory that is not its own.
    let clients = Cursor::new(bytes).read_var::<u32>().map_err(|_| DocumentError::Malformed)?;
    if clients as usize != from.len() {
        return Err(DocumentError::Malformed);
    }
    guard::transact(doc, |txn| integrate(txn, update, &from)).unwrap_or(Err(DocumentError::Malformed))
}

/// Rows of a document, by table and name.
pub type RowNames = OrdSet<(Table, String)>;

/// Like [`apply_update`]; answers with the rows that may read otherwise now, for [`read_rows`].
pub fn apply_delta(doc: &Doc, id: &DocId, bytes: &[u8]) -> Result<RowNames, DocumentError> {
    const OBSERVER: &str = "rows";
    let touched: Rc<RefCell<RowNames>> = Rc::default();
    let roots = roots(doc, id);
    for (table, root) in &roots {
        let (table, touched) = (*table, touched.clone());
        root.observe_deep(OBSERVER, move |txn, events| {
            let mut touched = touched.borrow_mut();
            for event in events.iter() {
                match (event.path().front(), event) {
                    (Some(PathSegment::Key(row)), _) => drop(touched.insert((table, row.to_string()))),
                    (None, Event::Map(rows)) => {
                        touched.extend(rows.keys(txn).keys().map(|row| (table, row.to_string())));
                    }
                    _ => {}
                }
            }
        });
    }
    let applied = apply_update(doc, bytes);
    for (_, root) in &roots {
        root.unobserve_deep(OBSERVER);
    }
    applied.map(|()| touched.take())
}

fn integrate(txn: &mut TransactionMut, update: Update, from: &StateVector) -> Result<(), DocumentError> {
    // yrs answers Ok for an update that it parks, or shows behind a hole; only where it begins tells.
    let state = txn.state_vector();
    if from.iter().any(|(client, clock)| state.get(client) < *clock) {
        return Err(DocumentError::Gap);
    }
    txn.apply_update(update).map_err(|_| DocumentError::Malformed)?;
    if txn.has_missing_updates() { Err(DocumentError::Gap) } else { Ok(()) }
}

/// The whole document as one V1 update.
pub fn snapshot(doc: &Doc) -> Vec<u8> {
    diff(doc, &StateVector::default())
}

/// What is in the document beyond `known`, as one V1 update; all that was deleted is in it every time.
pub fn diff(doc: &Doc, known: &StateVector) -> Vec<u8> {
    doc.transact().encode_state_as_update_v1(known)
}

/// Writes changes in one transaction and returns them as a V1 update. A new document gets its schema version first.
pub fn write(doc: &Doc, changes: &[Change]) -> Vec<u8> {
    let tables: Vec<(Table, MapRef)> =
        Table::ALL.iter().map(|t| (*t, doc.get_or_insert_map(t.name()))).collect();
    let root = |table: Table| &tables[table as usize].1;
    let mut txn = doc.transact_mut();
    let meta_row = schema::single_row(Table::Meta);
    if root(Table::Meta).get(&txn, meta_row).is_none() {
        let row = Row::from_iter([(Field::Schema, Value::Int(SCHEMA))]);
        insert_row(&mut txn, root(Table::Meta), meta_row, &row);
    }
    for change in changes {
        let rows = root(change.table);
        match &change.kind {
            ChangeKind::Insert { cells } => insert_row(&mut txn, rows, &change.row, cells),
            ChangeKind::Remove { .. } => {
                rows.remove(&mut txn, &change.row);
            }
            ChangeKind::Set { field, after, .. } => {
                if let Some(Out::YMap(row)) = rows.get(&txn, &change.row) {
                    if after.is_null() {
                        row.remove(&mut txn, field.name());
                    } else {
                        row.insert(&mut txn, field.name(), to_any(after));
                    }
                }
            }
        }
    }
    txn.encode_update_v1()
}

fn insert_row(txn: &mut TransactionMut, rows: &MapRef, name: &str, cells: &Row) {
    // One by one: a filled prelim is a HashMap, and the same row would not always give the same bytes.
    let row = rows.insert(txn, name, MapPrelim::default());
    for (field, value) in cells.cells() {
        row.insert(txn, field.name(), to_any(value));
    }
}

/// The same rows in a fresh document, without their history; `None` where the document holds anything else, such as
/// what a newer version wrote.
pub fn rewrite(doc: &Doc, id: &DocId, client: u64) -> Option<Doc> {
    let view = read(doc, id);
    if view.schema() != SCHEMA || !is_all_known(doc, id) {
        return None;
    }
    let fresh = new_doc(client);
    let mut changes = Vec::new();
    for table in schema::tables(id) {
        changes.extend(view.rows(*table).iter().map(|(row, cells)| Change {
            doc: id.clone(),
            table: *table,
            row: row.clone(),
            kind: ChangeKind::Insert { cells: cells.as_ref().clone() },
        }));
    }
    write(&fresh, &changes);
    (read(&fresh, id) == view).then_some(fresh)
}

/// Whether a structured document holds nothing but rows and cells of this schema.
fn is_all_known(doc: &Doc, id: &DocId) -> bool {
    let tables = schema::tables(id);
    let mine = |table: Table| table == Table::Meta || tables.contains(&table);
    let names: Option<Vec<Table>> = doc.transact().root_refs().map(|(name, _)| Table::parse(name)).collect();
    let Some(names) = names.filter(|_| !tables.is_empty()) else { return false };
    let roots: Vec<(Table, MapRef)> =
        names.into_iter().map(|table| (table, doc.get_or_insert_map(table.name()))).collect();
    let txn = doc.transact();
    let known = |(field, cell): (&str, Out)| match cell {
        Out::Any(any) => Field::parse(field).is_some() && from_any(&any).is_some(),
        _ => false,
    };
    roots.iter().all(|(table, rows)| match mine(*table) {
        true => rows.iter(&txn).all(|(_, row)| match row {
            Out::YMap(cells) => cells.iter(&txn).all(known),
            _ => false,
        }),
        // Writing a document names every table, also those it has no rows in.
        false => rows.len(&txn) == 0,
    })
}

/// The tables that a document of this kind has.
fn roots(doc: &Doc, id: &DocId) -> Vec<(Table, MapRef)> {
    let all = std::iter::once(Table::Meta).chain(schema::tables(id).iter().copied());
    all.map(|t| (t, doc.get_or_insert_map(t.name()))).collect()
}

/// Reads a document as rows. What this schema does not know is left out of the view and kept in the document.
pub fn read(doc: &Doc, id: &DocId) -> DocView {
    let mut view = DocView::default();
    let roots = roots(doc, id);
    let txn = doc.transact();
    for (table, root) in roots {
        for (name, out) in root.iter(&txn) {
            let Out::YMap(map) = out else { continue };
            view.insert(table, name, read_row(&txn, &map));
        }
    }
    view
}

/// Brings a view that was read of a document before these rows were touched up to date; rows that read as they did stay the
/// same objects.
pub fn read_rows(doc: &Doc, id: &DocId, names: &RowNames, view: &mut DocView) {
    let roots = roots(doc, id);
    let txn = doc.transact();
    for (table, name) in names {
        let Some((_, root)) = roots.iter().find(|(of, _)| of == table) else { continue };
        match root.get(&txn, name) {
            Some(Out::YMap(map)) => {
                let cells = read_row(&txn, &map);
                if view.row(*table, name).is_none_or(|row| **row != cells) {
                    view.insert(*table, name.as_str(), cells);
                }
            }
            _ => view.remove(*table, name),
        }
    }
}

fn read_row<T: ReadTxn>(txn: &T, map: &MapRef) -> Row {
    map.iter(txn)
        .filter_map(|(key, out)| match out {
            Out::Any(any) => Some((Field::parse(key)?, from_any(&any)?)),
            _ => None,
        })
        .collect()
}

fn to_any(value: &Value) -> Any {
    match value {
        Value::Null => Any::Null,
        Value::Bool(b) => Any::Bool(*b),
        Value::Int(i) => Any::Number(Number::Int(*i)),
        Value::Text(t) => Any::String(t.as_str().into()),
        Value::Words(w) => {
            Any::Array(w.iter().map(|w| Any::String(w.as_str().into())).collect::<Arc<[Any]>>())
        }
    }
}

fn from_any(any: &Any) -> Option<Value> {
    match any {
        Any::Null | Any::Undefined => Some(Value::Null),
        Any::Bool(b) => Some(Value::Bool(*b)),
        Any::Number(Number::Int(i)) => Some(Value::Int(*i)),
        Any::Number(Number::Float(n)) if n.fract() == 0.0 && n.abs() < 9e15 => Some(Value::Int(*n as i64)),
        Any::String(s) => Some(Value::Text(s.to_string())),
        Any::Array(items) => {
            let words: Option<Vec<String>> = items
                .iter()
                .map(|item| match item {
                    Any::String(s) => Some(s.to_string()),
                    _ => None,
                })
                .collect();
            words.map(Value::from)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc_id() -> DocId {
        "event/e1".parse().unwrap()
    }

    fn change(row: &str, kind: ChangeKind) -> Change {
        Change { doc: doc_id(), table: Table::Assignments, row: row.into(), kind }
    }

    #[test]
    fn changes_written_read_back_as_the_view_they_make() {
        let doc = new_doc(7);
        let other = new_doc(8);
        let cells = Row::from_iter([
            (Field::Title, Value::from("Bar 🍺 für alle")),
            (Field::HelpersMax, Value::Int(4)),
            (Field::AdultsOnly, Value::Bool(true)),
            (Field::Skills, Value::from(vec!["till".to_owned(), "bar".to_owned()])),
        ]);
        let steps = [
            change("a1", ChangeKind::Insert { cells: cells.clone() }),
            change("a2", ChangeKind::Insert { cells: cells.clone() }),
            change(
                "a1",
                ChangeKind::Set { field: Field::HelpersMax, before: Value::Int(4), after: Value::Int(6) },
            ),
            change(
                "a1",
                ChangeKind::Set { field: Field::AdultsOnly, before: Value::Bool(true), after: Value::Null },
            ),
            change("a2", ChangeKind::Remove { cells }),
        ];
        let mut view = DocView::default();
        for step in &steps {
            let bytes = write(&doc, std::slice::from_ref(step));
            assert!(view.apply(step));
            apply_update(&other, &bytes).unwrap();
        }
        let read_here = read(&doc, &doc_id());
        assert_eq!(read_here.rows(Table::Assignments), view.rows(Table::Assignments));
        assert_eq!(read_here.schema(), SCHEMA);
        assert_eq!(read(&other, &doc_id()), read_here, "a replica that got only the updates");
        let fresh = new_doc(9);
        apply_update(&fresh, &snapshot(&doc)).unwrap();
        assert_eq!(read(&fresh, &doc_id()), read_here, "a replica that got the snapshot");
    }

    /// Rows that come and go, change, and change back, several in one update and many updates as one; each view that is brought
    /// along is the one that is read anew.
    #[test]
    fn a_view_that_is_brought_along_is_the_one_that_is_read() {
        let (doc, follower) = (new_doc(7), new_doc(8));
        let mut view = DocView::default();
        let mut random = 1u64;
        let mut pick = |n: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % n
        };
        let mut waiting: Vec<Vec<u8>> = Vec::new();
        let (mut kept, mut gone) = (0, 0);
        for _ in 0..600 {
            let mut changes = Vec::new();
            let here = read(&doc, &doc_id());
            for _ in 0..=pick(3) {
                let table = [Table::Assignments, Table::Assigned][pick(2) as usize];
                let row = format!("r{}", pick(6));
                let title = Value::from(format!("T{}", pick(3)));
                let kind = match (here.row(table, &row), pick(4)) {
                    (None, _) => ChangeKind::Insert { cells: Row::from_iter([(Field::Title, title)]) },
                    (Some(cells), 0) => ChangeKind::Remove { cells: cells.as_ref().clone() },
                    (Some(_), 1) => {
                        ChangeKind::Insert { cells: Row::from_iter([(Field::HelpersMax, 1.into())]) }
                    }
                    (Some(_), 2) => {
                        ChangeKind::Set { field: Field::Title, before: Value::Null, after: Value::Null }
                    }
                    (Some(_), _) => {
                        ChangeKind::Set { field: Field::Title, before: Value::Null, after: title }
                    }
                };
                changes.push(Change { doc: doc_id(), table, row, kind });
            }
            waiting.push(write(&doc, &changes));
            if pick(3) == 0 {
                continue;
            }
            let before = view.clone();
            let update = yrs::merge_updates_v1(std::mem::take(&mut waiting)).unwrap();
            let names = apply_delta(&follower, &doc_id(), &update).unwrap();
            read_rows(&follower, &doc_id(), &names, &mut view);
            assert_eq!(view, read(&follower, &doc_id()));
            let rows = |view: &DocView| view.rows(Table::Assignments).clone();
            kept += rows(&view)
                .iter()
                .filter(|(id, row)| {
                    before.row(Table::Assignments, id).is_some_and(|old| Arc::ptr_eq(old, row))
                })
                .count();
            gone += usize::from(rows(&view).len() < rows(&before).len());
        }
        assert!(kept > 100 && gone > 10, "rows stayed the same object {kept} times, and went {gone} times");
        // Known already: nothing reads otherwise.
        let whole = snapshot(&doc);
        apply_delta(&follower, &doc_id(), &whole).unwrap();
        assert_eq!(apply_delta(&follower, &doc_id(), &whole), Ok(RowNames::new()));
    }

    #[test]
    fn written_anew_it_has_the_same_rows_and_none_of_its_history() {
        let doc = new_doc(7);
        let cells = Row::from_iter([(Field::Title, Value::from("Bar")), (Field::HelpersMax, Value::Int(2))]);
        for row in ["a1", "a2"] {
            write(&doc, &[change(row, ChangeKind::Insert { cells: cells.clone() })]);
        }
        for i in 0..200 {
            let after = Value::from(format!("Bar {i}"));
            let set = ChangeKind::Set { field: Field::Title, before: Value::Null, after };
            write(&doc, &[change(if i % 2 == 0 { "a1" } else { "a2" }, set)]);
        }
        let anew = rewrite(&doc, &doc_id(), 8).unwrap();
        assert_eq!(read(&anew, &doc_id()), read(&doc, &doc_id()));
        assert!(snapshot(&anew).len() * 2 < snapshot(&doc).len());
    }

    /// What a newer version wrote would be lost.
    #[test]
    fn what_this_schema_does_not_know_is_never_written_anew() {
        type Spoil = fn(&Doc);
        let spoils: [Spoil; 6] = [
            |doc| {
                let root = doc.get_or_insert_map("a table of tomorrow");
                root.insert(&mut doc.transact_mut(), "x", 1);
            },
            |doc| {
                let root = doc.get_or_insert_map(Table::Helpers.name());
                root.insert(&mut doc.transact_mut(), "h1", MapPrelim::default());
            },
            |doc| {
                let root = doc.get_or_insert_map(Table::Assignments.name());
                let mut txn = doc.transact_mut();
                let row: MapRef = root.insert(&mut txn, "a9", MapPrelim::default());
                row.insert(&mut txn, "a field of tomorrow", true);
            },
            |doc| {
                let root = doc.get_or_insert_map(Table::Assignments.name());
                let mut txn = doc.transact_mut();
                let row: MapRef = root.insert(&mut txn, "a9", MapPrelim::default());
                row.insert(&mut txn, "title", MapPrelim::default());
            },
            |doc| {
                let root = doc.get_or_insert_map(Table::Assignments.name());
                root.insert(&mut doc.transact_mut(), "a9", "not a row");
            },
            |doc| {
                let root = doc.get_or_insert_map(Table::Meta.name());
                let mut txn = doc.transact_mut();
                let row: MapRef = root.insert(&mut txn, "doc", MapPrelim::default());
                row.insert(&mut txn, "schema", SCHEMA + 1);
            },
        ];
        for (i, spoil) in spoils.into_iter().enumerate() {
            let doc = new_doc(7);
            let cells = Row::from_iter([(Field::Title, Value::from("Bar"))]);
            write(&doc, &[change("a1", ChangeKind::Insert { cells })]);
            assert!(rewrite(&doc, &doc_id(), 8).is_some());
            spoil(&doc);
            assert!(rewrite(&doc, &doc_id(), 8).is_none(), "case {i}");
        }
        assert!(rewrite(&new_doc(7), &"notes/e/a".parse().unwrap(), 8).is_none());
    }

    #[test]
    fn a_gap_is_an_error_not_a_silent_wait() {
        let doc = new_doc(1);
        let other = new_doc(2);
        let insert = ChangeKind::Insert { cells: Row::from_iter([(Field::Title, Value::from("x"))]) };
        write(&doc, &[change("a1", insert.clone())]);
        let second = write(&doc, &[change("a2", insert)]);
        assert_eq!(apply_update(&other, &second), Err(DocumentError::Gap));
        assert_eq!(apply_update(&other, b"\x01\x99rubbish"), Err(DocumentError::Malformed));
    }
}
