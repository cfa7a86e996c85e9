//! The plain objects that cross into JavaScript.

use std::sync::Arc;
use wedsync_domain::ordered::OrdMap;
use wedsync_domain::ordered::{sort, sort_by};

use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wedsync_domain::ids::Uuid;
use wedsync_domain::project::AssignmentChanges;
use wedsync_domain::{
    Command, DocId, DocView, Field, Id, Kept, RefusalCode, Replaced, Role, Row, Table, project,
};

use crate::engine::Engine;
use crate::engine::effect::Failure;
use crate::engine::notes::{Note, NoteEdit};
use crate::engine::session::Connection;
use crate::engine::steps::Undoable;
use crate::ports::Link;
use crate::record::{OutboxRow, Receipt, Verdict};

/// By way of JSON: a browser reads a text faster than it is told each value, and one serializer is less to download.
pub fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, JsValue> {
    parse(&serde_json::to_string(value).map_err(|e| thrown("trapped", &e.to_string(), None))?)
}

pub fn parse(json: &str) -> Result<JsValue, JsValue> {
    JSON::parse(json)
}

#[derive(Serialize)]
struct Thrown<'a> {
    code: &'a str,
    message: &'a str,
    field: Option<&'a str>,
}

/// `{code, message, field}`: what the package turns into a `WedSyncError`.
pub fn thrown(code: &str, message: &str, field: Option<&str>) -> JsValue {
    let json = serde_json::to_string(&Thrown { code, message, field }).unwrap_or_default();
    JSON::parse(&json).unwrap_or_else(|_| JsValue::from_str(message))
}

pub fn failure(failure: &Failure) -> JsValue {
    match failure {
        Failure::Refused(refusal) => to_js(refusal).unwrap_or_else(|e| e),
        Failure::Storage(error) => thrown(error.code(), &error.to_string(), None),
    }
}

#[derive(Serialize)]
pub struct Drained {
    pub left: usize,
    pub reason: &'static str,
}

#[derive(Serialize)]
pub struct Status {
    connection: Connection,
    network: &'static str,
    transport: Option<&'static str>,
    pending: usize,
    refused: usize,
    storage: Option<Fault>,
    role: Role,
    helper: Option<Id>,
    synced_at: Option<u64>,
    fresh: bool,
}

#[derive(Serialize)]
struct Fault {
    code: &'static str,
    message: String,
}

pub fn status(engine: &Engine) -> Status {
    let (connection, link) = engine.connection();
    let actor = engine.actor();
    Status {
        connection,
        network: if engine.does_network() { "here" } else { "other_tab" },
        transport: link.map(|link| match link {
            Link::WebSocket => "websocket",
            Link::Http | Link::Poll => "http",
        }),
        pending: engine.waiting(),
        refused: engine.refused(),
        storage: engine.storage_error().map(|e| Fault { code: e.code(), message: e.to_string() }),
        role: actor.role,
        helper: actor.helper.clone(),
        synced_at: engine.synced_ms(),
        fresh: engine.is_fresh(),
    }
}

#[derive(Serialize)]
pub struct ReceiptShape {
    uuid: String,
    title: String,
    event: Option<Id>,
    state: &'static str,
    made_at: u64,
    settled_at: Option<u64>,
    code: Option<RefusalCode>,
    message: Option<String>,
    replaced: Vec<Replaced>,
    kept: Vec<Kept>,
    command: serde_json::Value,
    /// What was typed, where an edit of a note was refused.
    text: Option<String>,
    /// The Yjs client id it was typed under: the refused edits of one lineage belong together.
    lineage: Option<u64>,
}

fn waiting(engine: &Engine, row: &OutboxRow) -> ReceiptShape {
    let event = Command::from_json(&row.command).ok().and_then(|c| {
        c.docs(&engine.world()).into_iter().find_map(|doc| match doc {
            DocId::Event(id) => Some(id),
            _ => None,
        })
    });
    ReceiptShape {
        uuid: row.uuid.to_string(),
        title: row.title.clone(),
        event,
        state: "saved",
        made_at: row.at_ms,
        settled_at: None,
        code: None,
        message: None,
        replaced: Vec::new(),
        kept: engine.kept(&row.uuid).to_vec(),
        command: serde_json::from_slice(&row.command).unwrap_or_default(),
        text: None,
        lineage: None,
    }
}

fn settled(engine: &Engine, receipt: &Receipt) -> ReceiptShape {
    let mut shape = waiting(engine, &receipt.row);
    shape.settled_at = Some(receipt.settled_ms);
    match &receipt.verdict {
        Verdict::Stored { replaced, kept, .. } => {
            shape.kept.clone_from(kept);
            shape.state = "stored";
            shape.replaced.clone_from(replaced);
        }
        Verdict::Refused(refusal) => {
            shape.state = "refused";
            shape.code = Some(refusal.code);
            shape.message = Some(refusal.message.clone());
            let command = Command::from_json(&receipt.row.command).ok();
            if let Some(edit) = command.as_ref().and_then(NoteEdit::of) {
                shape.lineage = edit.lineages.first().copied();
                shape.text = Some(edit.text);
            }
        }
    }
    shape
}

/// All receipts, the newest first.
pub fn receipts(engine: &Engine) -> Vec<ReceiptShape> {
    let outbox = engine.outbox();
    let mut all: Vec<ReceiptShape> = outbox.waiting_rows().map(|row| waiting(engine, row)).collect();
    all.extend(outbox.receipts().map(|receipt| settled(engine, receipt)));
    sort_by(&mut all, |a, b| (b.made_at, &b.uuid).cmp(&(a.made_at, &a.uuid)));
    all
}

pub fn receipt(engine: &Engine, uuid: &Uuid) -> Option<ReceiptShape> {
    let outbox = engine.outbox();
    outbox
        .receipt(uuid)
        .map(|receipt| settled(engine, receipt))
        .or_else(|| outbox.row(uuid).map(|row| waiting(engine, row)))
}

#[derive(Serialize)]
pub struct UndoableShape {
    undo: Option<UndoableEdit>,
    redo: Option<UndoableEdit>,
}

#[derive(Serialize)]
struct UndoableEdit {
    uuid: String,
    title: String,
}

pub fn undoable(engine: &Engine) -> UndoableShape {
    let edit = |(uuid, title): (Uuid, String)| UndoableEdit { uuid: uuid.to_string(), title };
    let Undoable { undo, redo } = engine.undoable();
    UndoableShape { undo: undo.map(edit), redo: redo.map(edit) }
}

#[derive(Serialize)]
pub struct NoteShape {
    epoch: Option<u32>,
    /// Changes with canonical; nothing else is to be read from it.
    version: String,
    pending: Vec<String>,
    closed: Vec<u64>,
}

pub fn note(note: &Note<'_>) -> NoteShape {
    NoteShape {
        epoch: note.at.map(|at| at.epoch),
        version: note.at.map(|at| format!("{}.{}", at.epoch, at.seq)).unwrap_or_default(),
        pending: note.pending.iter().map(|(uuid, _)| uuid.to_string()).collect(),
        closed: note.closed.iter().copied().collect(),
    }
}

#[derive(Serialize)]
struct WaitingFile<'a> {
    format: &'static str,
    version: u32,
    org: &'a Id,
    user: &'a Id,
    edits: Vec<ReceiptShape>,
}

pub fn export_waiting(engine: &Engine, org: &Id, user: &Id) -> String {
    let edits = receipts(engine).into_iter().filter(|r| r.state != "stored").collect();
    let file = WaitingFile { format: "wedsync-waiting-edits", version: 1, org, user, edits };
    serde_json::to_string_pretty(&file).unwrap_or_default()
}

/// The rows of an event that JavaScript has.
#[derive(Debug, Default)]
pub struct Shown {
    rows: OrdMap<String, (Arc<Row>, Vec<Arc<Row>>)>,
}

impl Shown {
    pub fn update(&mut self, view: &DocView) -> AssignmentChanges {
        let mut rows = OrdMap::new();
        let mut upsert = Vec::new();
        let mut keys = Vec::new();
        for (id, row) in view.rows(Table::Assignments) {
            let assigned: Vec<Arc<Row>> = view.assigned(id).cloned().collect();
            let known = self.rows.get(id).is_some_and(|(old_row, old_assigned)| {
                same(old_row, row)
                    && old_assigned.len() == assigned.len()
                    && old_assigned.iter().zip(&assigned).all(|(a, b)| same(a, b))
            });
            if !known {
                upsert.extend(project::assignment(id, view));
            }
            keys.push((row.text(Field::Start), row.text(Field::End), row.text(Field::Title), id));
            rows.insert(id.clone(), (row.clone(), assigned));
        }
        sort(&mut keys);
        let order = keys.into_iter().map(|(_, _, _, id)| id.clone()).collect();
        self.rows = rows;
        AssignmentChanges { upsert, order }
    }
}

fn same(a: &Arc<Row>, b: &Arc<Row>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}
