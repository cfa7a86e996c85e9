//! The hub: the real organisation, its disk, and the deaths that it dies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};
use wedsync_domain::{DocId, Role, schema};
use wedsync_hub::membership::{Device, Edit, ManageError, Member};
use wedsync_hub::organisation::{Organisation, Outside, Request};
use wedsync_hub::outgoing::{Next, Outgoing};
use wedsync_hub::room::{Caller, Folding};
use wedsync_hub::store::{Batch, MembershipWrite, MemoryStore, Store as _};
use wedsync_protocol::Frame;

use crate::case::Fault;
use crate::disk::{Disk, Trouble};
use crate::oracle::Record;
use crate::rng::Rng;
use crate::world::{Happening, PEOPLE, World, id};

/// The longest from a command's judging to its commit, in milliseconds.
const COMMIT_MS: u64 = 15;
/// The longest that the hub is down.
const DOWN_MS: u64 = 20_000;
/// A session's queue is small, so that it overflows in earnest.
const QUEUE: usize = 12;

/// A cell that only a newer version knows.
pub const FUTURE: &str = "of_the_future";

/// What sessions take from their queues while the hub's thread is in a commit, with how much was committed then.
type Early = Vec<(usize, Next, usize)>;

#[derive(Debug, Default)]
struct Wires {
    outgoing: BTreeMap<usize, Arc<Outgoing>>,
    early: Early,
}

#[derive(Debug)]
struct Running {
    organisation: Organisation<Disk>,
    disk: Disk,
}

#[derive(Debug)]
pub struct Hub {
    /// What is on its disk.
    pub tables: MemoryStore,
    running: Option<Running>,
    wires: Arc<Mutex<Wires>>,
    clock: Arc<AtomicU64>,
    rng: Rng,
    commit_due: bool,
    /// Copies of its disk, with what was on them.
    backups: Vec<(MemoryStore, Record)>,
    /// Documents that a newer version has written.
    pub future: BTreeSet<DocId>,
    /// What the hub has committed, as the oracle wrote it down.
    pub record: Record,
}

impl Hub {
    pub fn new(seed: u64) -> Hub {
        let mut tables = MemoryStore::default();
        let mut batch = Batch::default();
        for (user, role, helper) in PEOPLE {
            let member = Member { user: id(user), name: user.into(), role, helper: helper.map(id) };
            batch.membership.push(MembershipWrite::Member(member));
        }
        tables.commit(&batch).expect("a memory store that was not told to fail");
        Hub {
            tables,
            running: None,
            wires: Arc::default(),
            clock: Arc::default(),
            rng: Rng::new(seed),
            commit_due: false,
            backups: Vec::new(),
            future: BTreeSet::new(),
            record: Record::default(),
        }
    }

    pub fn is_up(&self) -> bool {
        self.running.is_some()
    }

    fn wires(&self) -> MutexGuard<'_, Wires> {
        self.wires.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The socket's end of a session runs beside the hub's thread: it takes what is queued, also during a commit.
fn meanwhile(wires: &Mutex<Wires>, tables: &MemoryStore) {
    let mut wires = wires.lock().unwrap_or_else(PoisonError::into_inner);
    let committed = tables.committed();
    let Wires { outgoing, early } = &mut *wires;
    for (at, outgoing) in outgoing {
        while let Some(next) = outgoing.try_next() {
            let ends = matches!(next, Next::Fault(..) | Next::Done);
            early.push((*at, next, committed));
            if ends {
                break;
            }
        }
    }
}

impl World {
    pub fn hub_starts(&mut self) {
        if self.hub.is_up() {
            return;
        }
        let (wires, tables) = (self.hub.wires.clone(), self.hub.tables.clone());
        let disk = Disk::new(tables.clone(), move || meanwhile(&wires, &tables));
        let (clock, opened) = (self.hub.clock.clone(), disk.clone());
        let mut rng = Rng::new(self.hub.rng.word());
        let outside = Outside {
            org: id("org"),
            open: Box::new(move || Ok(opened.clone())),
            clock: Box::new(move || clock.load(Ordering::Relaxed)),
            yjs_client: Box::new(move || rng.word() >> 11),
            // Small, so that it happens.
            folding: Folding { at: 8, keep: 3, compact_over: 2_000, compact_ratio: 2 },
        };
        let organisation = Organisation::open(outside, watch::channel(None).0);
        self.hub.running = Some(Running { organisation, disk });
    }

    /// Gives the hub something to do, and sees what came of it.
    pub fn hub_takes(&mut self, work: impl FnOnce(&mut Organisation<Disk>)) {
        self.hub.clock.store(self.now, Ordering::Relaxed);
        let trouble = if self.strikes(Fault::HubKilled, 400) {
            Some(*self.rng.pick(&[Trouble::DiesBefore, Trouble::DiesAfter]))
        } else if self.strikes(Fault::HubDisk, 800) {
            Some(Trouble::Refused)
        } else {
            None
        };
        let Some(running) = self.hub.running.as_mut() else { return };
        running.disk.trouble(trouble);
        // A failure of the disk closed it before, and nothing was asked since.
        let was_loaded = running.organisation.is_loaded();
        work(&mut running.organisation);
        running.disk.trouble(None);
        let dead = running.disk.is_dead();
        if trouble.is_none() && was_loaded && !running.organisation.is_loaded() {
            self.oracle.fail("the hub gave up its room by itself".into());
        }
        let early = std::mem::take(&mut self.hub.wires().early);
        for (at, next, committed) in early {
            self.hub.record.advance(&self.hub.tables, committed, &mut self.oracle);
            // What comes of the process's end is its connections breaking, not a last word.
            if !(dead && matches!(next, Next::Fault(..) | Next::Done)) {
                self.pass_on(at, next);
            }
        }
        self.hub.record.advance(&self.hub.tables, usize::MAX, &mut self.oracle);
        if dead {
            return self.hub_dies();
        }
        let sessions: Vec<usize> = self.hub.wires().outgoing.keys().copied().collect();
        for at in sessions {
            if self.strikes(Fault::HubKilled, 4_000) {
                // In the middle of telling.
                return self.hub_dies();
            }
            self.drain(at);
        }
    }

    pub fn hub_hears(&mut self, at: usize, frame: Frame) {
        let known = self.connections[at].outgoing.is_some();
        match frame {
            Frame::Hello(hello) if !known => {
                let browser = &self.browsers[self.tabs[self.connections[at].tab].browser];
                let (user, device) = (id(browser.user), Some(id(&browser.device)));
                let caller = Caller { user, device, client: hello.client };
                let outgoing = Arc::new(Outgoing::with_room_for(QUEUE));
                let (done, attached) = oneshot::channel();
                self.connections[at].outgoing = Some(outgoing.clone());
                self.hub.wires().outgoing.insert(at, outgoing.clone());
                let request =
                    Request::Attach { session: at as u64, caller, outgoing: outgoing.clone(), done };
                self.hub_takes(|organisation| organisation.take(request));
                let mut attached = attached;
                if let Ok(Err(code)) = attached.try_recv() {
                    outgoing.fault(code, "not attached");
                    self.drain(at);
                }
            }
            Frame::Subscribe { heads } if known => {
                let (done, _) = oneshot::channel();
                self.hub_takes(|o| o.take(Request::Subscribe(at as u64, heads, done)));
            }
            Frame::Mutate(mutate) if known => {
                self.oracle.sent(&mutate);
                self.hub_takes(|o| o.take(Request::Mutate(at as u64, mutate)));
                if self.hub.is_up() && !self.hub.commit_due {
                    self.hub.commit_due = true;
                    let wait = self.rng.delay(COMMIT_MS);
                    self.happen_in(wait, Happening::HubCommit);
                }
            }
            Frame::Ping { token } if known => {
                if let Some(outgoing) = &self.connections[at].outgoing {
                    outgoing.answer(&Frame::Pong { token });
                }
                self.drain(at);
            }
            // Out of turn: of a connection that the hub has forgotten, or a request that came twice.
            Frame::Hello(_) | Frame::Subscribe { .. } | Frame::Mutate(_) | Frame::Ping { .. } => {}
            Frame::Pong { .. } => {}
            other => self.oracle.fail(format!("a device sent {other:?}")),
        }
    }

    pub fn hub_catches_up(&mut self, at: usize) {
        self.hub_takes(|o| o.take(Request::CatchUp(at as u64)));
    }

    pub fn hub_commits(&mut self) {
        self.hub.commit_due = false;
        self.hub_takes(Organisation::commit);
    }

    /// The hub's end of a connection is gone.
    pub fn detach(&mut self, at: usize) {
        if let Some(outgoing) = self.connections[at].outgoing.take() {
            outgoing.close();
            self.hub.wires().outgoing.remove(&at);
            self.hub_takes(|o| o.take(Request::Detach(at as u64)));
        }
    }

    pub fn hub_dies(&mut self) {
        if self.hub.running.take().is_some() {
            self.tell_of("the hub", &"dies");
            self.hub.commit_due = false;
            let sessions: Vec<usize> = std::mem::take(&mut self.hub.wires().outgoing).into_keys().collect();
            for at in sessions {
                self.connections[at].outgoing = None;
                let silently = self.rng.one_in(4);
                self.cut(at, silently);
            }
            let wait = self.rng.delay(DOWN_MS);
            self.happen_in(wait, Happening::HubStart);
        }
    }

    pub fn back_up(&mut self) {
        self.hub.backups.push((self.hub.tables.duplicate(), self.hub.record.clone()));
    }

    /// The latest backup takes the place of the disk. Without `send_again` what came after it is to be forgotten.
    pub fn restore(&mut self, send_again: bool) {
        let Some((backup, record)) = self.hub.backups.last().cloned() else { return };
        self.hub_dies();
        self.tell_of("the hub", &"is restored");
        let mut tables = backup.restored(&self.hub.tables, self.now, send_again);
        let before = std::mem::replace(&mut self.hub.record, record);
        let state = tables.load().unwrap_or_default();
        self.hub.record.restored(&before, state);
        if !send_again {
            self.oracle.forgotten(before.ever_judged().difference(&self.hub.record.judged()));
        }
        self.hub.tables = tables;
        self.hub.future.clear();
        // What was refused since the backup is not known any more.
        self.stock.clear();
    }

    /// Changes the team, as its owner does.
    fn edit_team(&mut self, change: impl FnOnce(&mut Edit) -> Result<(), ManageError> + Send + 'static) {
        let (done, _) = oneshot::channel();
        let change = move |edit: &mut Edit| change(edit).map(|()| serde_json::Value::Null);
        self.hub_takes(|o| o.take(Request::Edit(Box::new(change), done)));
    }

    pub fn set_role(&mut self, user: &'static str, role: Role) {
        self.edit_team(move |edit| edit.set_role(&id("olivia"), &id(user), role).map(drop));
    }

    /// A browser signs in: its key is registered.
    pub fn register(&mut self, browser: usize) {
        let Browser { user, device } = self.named(browser);
        self.edit_team(move |edit| {
            let now_ms = edit.now_ms;
            let device = Device {
                id: id(&device),
                user: id(user),
                name: device,
                x: String::new(),
                y: String::new(),
                created_ms: now_ms,
                last_seen_ms: now_ms,
                revoked: false,
            };
            let write = MembershipWrite::Device(device);
            edit.membership.apply(&write);
            edit.writes.push(write);
            Ok(())
        });
    }

    fn named(&self, browser: usize) -> Browser {
        let browser = &self.browsers[browser];
        Browser { user: browser.user, device: browser.device.clone() }
    }

    /// A person, or one device, is sent away.
    pub fn revoke(&mut self, browser: usize, person: bool) {
        let Browser { user, device } = self.named(browser);
        self.edit_team(move |edit| {
            if person {
                edit.remove_member(&id("olivia"), &id(user))
            } else {
                edit.revoke_device(&id(user), &id(&device))
            }
        });
    }

    /// Whoever was sent away is let in again, with the role that they had first.
    pub fn let_everybody_in(&mut self) {
        let team = self.hub.tables.load().map(|state| state.membership).unwrap_or_default();
        for (user, role, helper) in PEOPLE {
            if !team.members.contains_key(&id(user)) {
                let member = Member { user: id(user), name: user.into(), role, helper: helper.map(id) };
                self.edit_team(move |edit| edit.add_member(&id("olivia"), member));
            }
        }
        for browser in 0..self.browsers.len() {
            let device = id(&self.browsers[browser].device);
            if team.devices.get(&device).is_none_or(|device| device.revoked) {
                self.register(browser);
            }
        }
    }

    /// The hub was newer for a while: it has written an event in a schema that nobody here knows.
    pub fn newer_hub_writes(&mut self, event: &str) {
        use yrs::{Map, Transact};
        self.hub_dies();
        let doc = event.parse().expect("a document");
        let mut tables = self.hub.tables.clone();
        let state = tables.load().unwrap_or_default();
        let Some(mut head) = state.docs.get(&doc).filter(|head| !head.deleted).cloned() else { return };
        let yjs_client = self.hub.rng.word() >> 11;
        let Some(yjs) = self.hub_document(&doc, yjs_client) else { return };
        let meta = yjs.get_or_insert_map(wedsync_domain::Table::Meta.name());
        let bytes = {
            let mut txn = yjs.transact_mut();
            let row = schema::single_row(wedsync_domain::Table::Meta);
            if let Some(yrs::Out::YMap(row)) = meta.get(&txn, row) {
                row.insert(&mut txn, wedsync_domain::Field::Schema.name(), schema::SCHEMA + 1);
                row.insert(&mut txn, FUTURE, "kept");
            }
            txn.encode_update_v1()
        };
        head.seq += 1;
        head.size += bytes.len() as u64;
        let uuid = wedsync_domain::ids::Uuid::v7(self.now, [7; 10]);
        let mut batch = Batch::default();
        batch.log.push(wedsync_hub::store::LogRow { doc: doc.clone(), seq: head.seq, uuid, bytes });
        batch.heads.insert(doc.clone(), head);
        self.hub.future.insert(doc);
        if tables.commit(&batch).is_err() {
            self.oracle.fail("the newer hub could not write".into());
        }
        self.hub.record.advance(&self.hub.tables, usize::MAX, &mut self.oracle);
    }
}

/// A browser by name.
struct Browser {
    user: &'static str,
    device: String,
}
