//! What JavaScript calls: convert, call, convert. Plain objects with snake_case keys cross here, ids and bytes.

mod calendar;
mod fill;
mod history;
mod outside;
mod schedule;
mod shape;

use std::cell::RefCell;
use std::rc::Rc;
use wedsync_domain::ordered::OrdMap;
use wedsync_domain::ordered::sort_by;

use futures::channel::oneshot;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use wedsync_domain::presence::{self, PresenceState};
use wedsync_domain::view::EMPTY;
use wedsync_domain::{Actor, DocId, Id, Role, export, import, note, project};
use yrs::StateVector;
use yrs::updates::decoder::Decode;

use crate::driver::Driver;
use crate::engine::effect::Failure;
use crate::engine::event::{Event, Hint};
use crate::engine::session::Connection;
use crate::engine::{Engine, FOLD_LOG_AT, Mode, Options};
use crate::ports::{Store, StoreError};
use crate::web::tabs::Tabs;
use crate::web::transport::WebTransport;
use crate::web::{IndexedDb, time};
use outside::Browser;
use schedule::Planner;
use shape::{Shown, failure, parse, thrown, to_js};

/// A drain gives up after so many attempts: the browser calls again, and a tab may want the network.
const DRAIN_ATTEMPTS: u32 = 3;
/// How often a drain looks whether it is done, in milliseconds.
const DRAIN_LOOK_MS: u32 = 20;

/// A replica, open.
#[wasm_bindgen]
pub struct Core {
    driver: Rc<Driver<WebTransport, Browser>>,
    store: IndexedDb,
    org: Id,
    user: Id,
    ended: RefCell<Option<oneshot::Receiver<()>>>,
    shown: RefCell<OrdMap<String, Shown>>,
    planner: RefCell<Planner>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").field("org", &self.org).field("user", &self.user).finish_non_exhaustive()
    }
}

#[derive(serde::Deserialize)]
struct OpenOptions {
    db: String,
    hub: String,
    org: String,
    user: String,
    role: Role,
    helper: Option<String>,
    version: String,
    mode: String,
}

#[wasm_bindgen]
impl Core {
    /// Opens the replica of one person. `host` has `credential()` and `publish(change)`.
    pub async fn open(options: JsValue, host: JsValue) -> Result<Core, JsValue> {
        let options: OpenOptions =
            serde_wasm_bindgen::from_value(options).map_err(|e| invalid("options", &e))?;
        let id = |name: &str, value: &str| value.parse::<Id>().map_err(|e| invalid(name, &e));
        let (org, user) = (id("org", &options.org)?, id("user", &options.user)?);
        let helper = options.helper.as_deref().map(|h| id("helper", h)).transpose()?;
        let store = IndexedDb::open(&options.db).await.map_err(|e| failure(&e.into()))?;
        let engine = Engine::new(
            Options {
                mode: if options.mode == "worker" { Mode::Worker } else { Mode::Page },
                org: org.clone(),
                actor: Actor { user: user.clone(), role: options.role, helper },
                seed: time::random_u64(),
                fold_log_at: FOLD_LOG_AT,
                version: options.version,
            },
            time::now_ms(),
        );
        let (opened_tx, opened) = oneshot::channel();
        let browser = Browser::new(host, opened_tx);
        let transport = WebTransport::new(&options.hub);
        let (driver, work) = Driver::new(engine, store.clone(), transport, browser);
        driver.outside().attach(&driver, |sink| Tabs::open(&options.db, sink));
        let weak = Rc::downgrade(&driver);
        store.on_fault(Box::new(move |error| {
            if let Some(driver) = weak.upgrade() {
                driver.dispatch(Event::Storage(error));
            }
        }));
        let (end, ended) = oneshot::channel();
        spawn_local(async move {
            work.await;
            let _ = end.send(());
        });
        driver.dispatch(Event::Tick);
        match opened.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                driver.dispatch(Event::Close);
                store.close();
                return Err(failure(&error.into()));
            }
            Err(_) => return Err(failure(&StoreError::Closed.into())),
        }
        let ended = RefCell::new(Some(ended));
        Ok(Core { driver, store, org, user, ended, shown: RefCell::default(), planner: RefCell::default() })
    }

    /// Saves an edit; resolves with its uuid and its sentence once it is committed.
    pub async fn submit(&self, command_json: String) -> Result<Vec<String>, JsValue> {
        let saved = self.driver.outside().expect_answer();
        let (request, uuid) = (saved.request, saved.uuid);
        self.driver.dispatch(Event::Submit { request, uuid, command: command_json.into_bytes() });
        match saved.answer.await {
            Ok(Ok(uuid)) => {
                let title = self.driver.with(|engine| engine.outbox().title(&uuid).to_owned());
                Ok(vec![uuid.to_string(), title])
            }
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(failure(&StoreError::Closed.into())),
        }
    }

    pub async fn dismiss(&self, uuids: Vec<String>) -> Result<(), JsValue> {
        let uuids = uuids.iter().map(|u| u.parse()).collect::<Result<_, _>>();
        self.driver.dispatch(Event::Dismiss(uuids.map_err(|e| invalid("uuids", &e))?));
        Ok(())
    }

    pub fn sync_now(&self) {
        self.driver.dispatch(Event::SyncNow);
    }

    pub fn hint(&self, kind: &str) {
        let hint = match kind {
            "online" => Hint::Online,
            "offline" => Hint::Offline,
            "visible" => Hint::Visible,
            "hidden" => Hint::Hidden,
            _ => Hint::Resumed,
        };
        self.driver.dispatch(Event::Hint(hint));
    }

    pub fn status(&self) -> Result<JsValue, JsValue> {
        self.driver.with(|engine| to_js(&shape::status(engine)))
    }

    /// All receipts, the newest first.
    pub fn receipts(&self) -> Result<JsValue, JsValue> {
        self.driver.with(|engine| to_js(&shape::receipts(engine)))
    }

    /// What the next undo and redo are about.
    pub fn undoable(&self) -> Result<JsValue, JsValue> {
        self.driver.with(|engine| to_js(&shape::undoable(engine)))
    }

    pub fn receipt(&self, uuid: &str) -> Result<JsValue, JsValue> {
        let uuid = uuid.parse().map_err(|e| invalid("uuid", &e))?;
        self.driver.with(|engine| match shape::receipt(engine, &uuid) {
            Some(receipt) => to_js(&receipt),
            None => Ok(JsValue::UNDEFINED),
        })
    }

    /// Summaries of all events, sorted by first day and title.
    pub fn events(&self) -> Result<JsValue, JsValue> {
        self.driver.with(|engine| {
            let mut events: Vec<project::EventSummary> = engine
                .docs()
                .iter()
                .filter_map(|doc| match doc {
                    DocId::Event(id) => engine.event_summary(id),
                    _ => None,
                })
                .collect();
            sort_by(&mut events, |a, b| {
                (&a.first_day, &a.title, &a.id).cmp(&(&b.first_day, &b.title, &b.id))
            });
            to_js(&events)
        })
    }

    pub fn event(&self, id: &str) -> Result<JsValue, JsValue> {
        let id = event_id(id)?;
        self.driver.with(|engine| match engine.event_summary(&id) {
            Some(summary) => to_js(&summary),
            None => Ok(JsValue::UNDEFINED),
        })
    }

    pub fn helpers(&self) -> Result<JsValue, JsValue> {
        self.driver.with(|engine| {
            let helpers = engine.view(&DocId::Roster).map(|v| project::helpers(v));
            to_js(&helpers.unwrap_or_default())
        })
    }

    pub fn places(&self) -> Result<JsValue, JsValue> {
        self.driver.with(|engine| {
            let places = engine.view(&DocId::Roster).map(|v| project::places(v));
            to_js(&places.unwrap_or_default())
        })
    }

    /// What counts for everybody.
    pub fn rules(&self) -> Result<JsValue, JsValue> {
        self.driver.with(|engine| {
            let rules = engine.view(&DocId::Roster).map(|v| project::rules(v));
            to_js(&rules.unwrap_or_default())
        })
    }

    pub fn journeys(&self) -> Result<JsValue, JsValue> {
        self.driver.with(|engine| {
            let journeys = engine.view(&DocId::Roster).map(|v| project::journeys(v));
            to_js(&journeys.unwrap_or_default())
        })
    }

    /// What is known of a helper, for those who may read it.
    pub fn person(&self, helper: &str) -> Result<JsValue, JsValue> {
        let id: Id = helper.parse().map_err(|e| invalid("helper", &e))?;
        self.driver.with(|engine| match engine.view(&DocId::Person(id)) {
            Some(view) => to_js(&project::person(helper, view)),
            None => Ok(JsValue::UNDEFINED),
        })
    }

    /// The shifts of an event that changed since the last call, and the ids of all in order.
    pub fn assignments(&self, event: &str) -> Result<JsValue, JsValue> {
        let id = event_id(event)?;
        let mut shown = self.shown.borrow_mut();
        if !shown.contains_key(event)
            && let Some(all) = self.driver.with(|engine| engine.take_packed_shifts(&id))
            && let Ok(all) = parse(&all)
        {
            return Ok(all);
        }
        let doc = DocId::Event(id);
        let shown = shown.entry(event.to_owned()).or_default();
        // Of an event that is gone there is nothing: here, too, or nothing would be told when it comes back.
        let changes = self.driver.with(|engine| shown.update(engine.view(&doc).map_or(&EMPTY, |view| view)));
        to_js(&changes)
    }

    /// What this page shows of where its person is, all of it: a list of states as JSON.
    pub fn set_presence(&self, states_json: &str) -> Result<(), JsValue> {
        let states: Vec<PresenceState> =
            serde_json::from_str(states_json).map_err(|e| invalid("presence", &e))?;
        presence::check(&states).map_err(|refusal| failure(&refusal.into()))?;
        self.driver.dispatch(Event::Presence(states));
        Ok(())
    }

    /// Who is in an event, or in any.
    pub fn people_here(&self, event: Option<String>) -> Result<JsValue, JsValue> {
        let event: Option<Id> =
            event.map(|event| event.parse().map_err(|e| invalid("event", &e))).transpose()?;
        self.driver.with(|engine| to_js(&engine.people_here(event.as_ref())))
    }

    /// Who was in an event and is not now.
    pub fn last_seen(&self, event: &str) -> Result<JsValue, JsValue> {
        let event: Id = event.parse().map_err(|e| invalid("event", &e))?;
        self.driver.with(|engine| to_js(&engine.last_seen(&event)))
    }

    /// An editor was opened on a shift's note; `publish` names the note once [`Core::note`] has it.
    pub fn open_note(&self, event: &str, assignment: &str) -> Result<(), JsValue> {
        self.driver.dispatch(Event::OpenNote(note_doc(event, assignment)?));
        Ok(())
    }

    /// Where an open note stands, without its bytes; undefined until it was read.
    pub fn note(&self, event: &str, assignment: &str) -> Result<JsValue, JsValue> {
        let doc = note_doc(event, assignment)?;
        self.driver.with(|engine| match engine.note(&doc) {
            Some(note) => to_js(&shape::note(&note)),
            None => Ok(JsValue::UNDEFINED),
        })
    }

    /// What the hub committed of an open note beyond the state vector `known`, as a Yjs update.
    pub fn note_canonical(
        &self,
        event: &str,
        assignment: &str,
        known: &[u8],
    ) -> Result<Option<Vec<u8>>, JsValue> {
        let doc = note_doc(event, assignment)?;
        let known = StateVector::decode_v1(known).map_err(|e| invalid("known", &e))?;
        Ok(self.driver.with(|engine| engine.note(&doc).map(|note| note.canonical(&known))))
    }

    /// The Yjs update of an edit that waits.
    pub fn note_edit(&self, uuid: &str) -> Result<Option<Vec<u8>>, JsValue> {
        let uuid = uuid.parse().map_err(|e| invalid("uuid", &e))?;
        Ok(self.driver.with(|engine| engine.outbox().note_edit(&uuid).map(|edit| edit.update.clone())))
    }

    /// What was typed in these edits of a note, in order.
    pub fn typed(&self, uuids: Vec<String>) -> Result<String, JsValue> {
        let uuids: Result<Vec<_>, _> = uuids.iter().map(|u| u.parse()).collect();
        let uuids = uuids.map_err(|e| invalid("uuids", &e))?;
        Ok(self.driver.with(|engine| engine.typed(&uuids)))
    }

    /// What was typed in a Yjs update of a note.
    pub fn note_text(&self, update: &[u8]) -> String {
        note::inspect(update).map(|inspection| inspection.text).unwrap_or_default()
    }

    /// What importing this CSV file would do. Changes nothing.
    pub fn preview_import(&self, event: &str, csv: &[u8]) -> Result<JsValue, JsValue> {
        let id: Id = event.parse().map_err(|e| invalid("event", &e))?;
        self.driver.with(|engine| to_js(&import::preview(csv, &id, &engine.world())))
    }

    /// An event as CSV or JSON text.
    pub fn export_event(&self, event: &str, format: &str) -> Result<String, JsValue> {
        let doc = event_doc(event)?;
        self.driver.with(|engine| {
            let (empty_event, empty_roster) = Default::default();
            let view = engine.view(&doc).unwrap_or(&empty_event);
            let roster = engine.view(&DocId::Roster).unwrap_or(&empty_roster);
            match format {
                "csv" => Ok(export::csv(view, roster)),
                "json" => Ok(export::json(event, view, roster)),
                other => Err(thrown(
                    "invalid",
                    &format!("'{other}' is not a format; use csv or json"),
                    Some("format"),
                )),
            }
        })
    }

    /// Waiting and refused edits as JSON text, for a file.
    pub fn export_waiting(&self) -> String {
        self.driver.with(|engine| shape::export_waiting(engine, &self.org, &self.user))
    }

    /// In the worker: sends what waits; resolves once nothing does, or why it cannot go on.
    pub async fn drain(&self, timeout_ms: u32) -> Result<JsValue, JsValue> {
        let end = time::now_ms() + u64::from(timeout_ms);
        loop {
            let (drained, elsewhere, connection, failures, left) = self.driver.with(|e| {
                let (connection, _) = e.connection();
                (e.is_drained(), e.network_is_elsewhere(), connection, e.failed_attempts(), e.waiting())
            });
            let reason = if drained {
                "drained"
            } else if elsewhere {
                "other_tab"
            } else if connection == Connection::SignedOut {
                "signed_out"
            } else if connection == Connection::Unsupported {
                "unsupported"
            } else if failures >= DRAIN_ATTEMPTS {
                "offline"
            } else if time::now_ms() >= end {
                "timeout"
            } else {
                time::sleep(DRAIN_LOOK_MS).await;
                continue;
            };
            return to_js(&shape::Drained { left, reason });
        }
    }

    /// Closes the connection and the database once what is under way is written.
    pub async fn close(&self) {
        self.driver.dispatch(Event::Close);
        let ended = self.ended.borrow_mut().take();
        if let Some(ended) = ended {
            let _ = ended.await;
        }
        self.driver.outside().close();
        self.store.close();
    }

    /// Closes, and deletes the replica with all edits that wait.
    pub async fn delete_all(&self) -> Result<(), JsValue> {
        self.driver.dispatch(Event::Close);
        let ended = self.ended.borrow_mut().take();
        if let Some(ended) = ended {
            let _ = ended.await;
        }
        self.driver.outside().close();
        let deleted = self.store.delete_all().await;
        self.store.close();
        deleted.map_err(|e| failure(&Failure::Storage(e)))
    }
}

fn event_id(id: &str) -> Result<Id, JsValue> {
    id.parse().map_err(|e| invalid("event", &e))
}

fn event_doc(id: &str) -> Result<DocId, JsValue> {
    event_id(id).map(DocId::Event)
}

fn note_doc(event: &str, assignment: &str) -> Result<DocId, JsValue> {
    let event = event.parse().map_err(|e| invalid("event", &e))?;
    let assignment = assignment.parse().map_err(|e| invalid("assignment", &e))?;
    Ok(DocId::Notes { event, assignment })
}

fn invalid(field: &str, error: &dyn std::fmt::Display) -> JsValue {
    thrown("invalid", &error.to_string(), Some(field))
}
