//! Prints what a hub's database holds of one organisation, as JSON: what tests compare with the devices.
//!
//!     cargo run -p wedsync-hub --example dump -- data/hub.sqlite demo

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use wedsync_domain::{DocId, DocView, Id, document, note, project};
use wedsync_hub::membership::{Member, hex};
use wedsync_hub::store::{SqliteStore, Store};
use yrs::{Doc, GetString, Transact};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(database), Some(org)) = (args.next(), args.next()) else {
        return Err("usage: dump DATABASE ORGANISATION".into());
    };
    println!("{}", dump(Path::new(&database), &org.parse()?)?);
    Ok(())
}

fn dump(database: &Path, org: &Id) -> Result<Value> {
    // Checked before the store opens: what is damaged must not be written to.
    let db = Connection::open(database)?;
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    let integrity: String = db.query_row("PRAGMA integrity_check", [], |r| r.get(0))?;
    let mut store = SqliteStore::open(database, org)?;
    let state = store.load()?;
    let mut views = BTreeMap::new();
    let mut notes = BTreeMap::new();
    for (doc, _) in state.docs.iter().filter(|(_, head)| !head.deleted) {
        let replica = replica(&mut store, doc)?;
        match doc {
            DocId::Notes { event, assignment } => {
                let root = replica.get_or_insert_xml_fragment(note::ROOT);
                notes.insert(format!("{event}/{assignment}"), root.get_string(&replica.transact()));
            }
            _ => drop(views.insert(doc.clone(), document::read(&replica, doc))),
        }
    }
    let rows = |sql: &str| rows(&db, sql, org);
    Ok(json!({
        "integrity": integrity,
        "plan": plan(&views),
        "notes": notes,
        "members": state.membership.members.values().map(|m| member(m, views.keys())).collect::<Vec<_>>(),
        "docs": rows("SELECT doc, epoch, seq, snapshot_seq, log_base FROM docs WHERE org = ?1 ORDER BY doc")?,
        "clients": rows("SELECT client, user, last_n FROM clients WHERE org = ?1")?,
        "verdicts": rows("SELECT client, n, user, uuid, outcome, kind FROM verdicts WHERE org = ?1")?,
        "updates": rows("SELECT doc, seq, uuid FROM updates WHERE org = ?1 ORDER BY doc, seq")?,
        "history": rows("SELECT id, doc, seq, uuid, user, tbl, row, field FROM history WHERE org = ?1 ORDER BY id")?,
        "audit": rows("SELECT id, at_ms, user, action, subject FROM audit WHERE org = ?1 ORDER BY id")?,
    }))
}

/// Read into a Yjs document of its own, as a device does.
fn replica(store: &mut SqliteStore, id: &DocId) -> Result<Doc> {
    let doc = document::new_doc(1);
    let (snapshot, log) = store.document(id)?;
    for bytes in snapshot.iter().chain(log.iter().map(|row| &row.bytes)) {
        document::apply_update(&doc, bytes)?;
    }
    Ok(doc)
}

/// The rows that the package shows to somebody who may read everything.
fn plan(views: &BTreeMap<DocId, DocView>) -> Value {
    let (mut events, mut assignments, mut people) = (Vec::new(), Map::new(), Map::new());
    for (doc, view) in views {
        match doc {
            DocId::Event(id) => {
                if let Some(summary) = project::event_summary(id.as_str(), view) {
                    assignments.insert(id.to_string(), json!(project::assignments(view)));
                    events.push(summary);
                }
            }
            DocId::Person(id) => {
                people.insert(id.to_string(), json!(project::person(id.as_str(), view)));
            }
            DocId::Roster | DocId::Notes { .. } | DocId::Inbox(_) => {}
        }
    }
    events.sort_by(|a, b| (&a.first_day, &a.title, &a.id).cmp(&(&b.first_day, &b.title, &b.id)));
    let roster = views.get(&DocId::Roster);
    json!({
        "events": events,
        "assignments": assignments,
        "people": people,
        "helpers": roster.map(project::helpers).unwrap_or_default(),
        "places": roster.map(project::places).unwrap_or_default(),
    })
}

fn member<'a>(member: &Member, docs: impl Iterator<Item = &'a DocId>) -> Value {
    let actor = member.actor();
    let reads: Vec<&DocId> = docs.filter(|doc| actor.may_read(doc)).collect();
    json!({ "user": member.user, "role": member.role, "helper": member.helper, "reads": reads })
}

/// Rows as objects; bytes in hex.
fn rows(db: &Connection, sql: &str, org: &Id) -> Result<Vec<Value>> {
    let mut query = db.prepare(sql)?;
    let names: Vec<String> = query.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = query.query([org.as_str()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut object = Map::new();
        for (i, name) in names.iter().enumerate() {
            let value = match row.get_ref(i)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(n) => json!(n),
                ValueRef::Real(n) => json!(n),
                ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
                ValueRef::Blob(bytes) => json!(hex(bytes)),
            };
            object.insert(name.clone(), value);
        }
        all.push(Value::Object(object));
    }
    Ok(all)
}
