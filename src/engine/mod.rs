//! The client as a state machine, without I/O: events in, effects out. Time, randomness and storage come in as
//! arguments; the same events give the same effects.
//!
//! - [`event`], [`effect`]: what goes in and comes out
//! - [`outbox`]: edits on their way, and what became of them
//! - [`replica`]: canonical documents, as the hub committed them
//! - [`notes`]: documents written with Yjs editors: canonical, the waiting updates, closed lineages
//! - [`speculation`]: what people see: canonical with the pending edits run again on top
//! - [`steps`]: what can be taken back, and done again
//! - [`session`]: the conversation with the hub
//! - [`presence`]: who is here
//! - [`tabs`]: which tab does the network; what tabs tell each other
//! - [`backoff`]: when to try again

pub mod backoff;
pub mod effect;
pub mod event;
pub mod notes;
pub mod outbox;
pub mod presence;
pub mod replica;
pub mod session;
pub mod speculation;
pub mod steps;
pub mod tabs;

use std::collections::VecDeque;

use wedsync_domain::ordered::OrdSet;

use wedsync_domain::ids::Uuid;
use wedsync_domain::{Actor, DocId, Id};
use wedsync_protocol::bugs::{Bug, bug};

use crate::ports::StoreError;
use crate::storage::{Done, Loaded, Op};
use effect::{Answer, Effect, Publish};
use event::{Event, Hint};
use notes::Notes;
use outbox::Outbox;
use presence::Presence;
use replica::{Batch, Replica};
use session::Session;
use speculation::Speculation;
use tabs::{Network, TabMessage};

/// Views are read again at most this often while updates stream in, in milliseconds: about a frame.
const FRAME_MS: u64 = 16;
/// With each reading the pending edits are run again, about 40 in a millisecond: where many wait, it happens less often, by
/// a millisecond for so many, and the rest of the time is for what else there is to do.
const RERUN_PER_MS: u64 = 10;
/// Where more edits wait than this, a page is told what changed once a frame: it would look again at each of the answers.
const PUBLISH_MANY: usize = 64;
/// Packed views are written this long after the last change, and at the latest so long after the first, in milliseconds.
const VIEWS_AFTER_MS: u64 = 500;
const VIEWS_LATEST_MS: u64 = 10_000;
/// Views that are packed in one go, which nobody should notice on a phone.
const VIEWS_AT_ONCE: usize = 16;
/// After a storage fault the replica is loaded again after this time, in milliseconds.
const RELOAD_AFTER_MS: u64 = 3_000;
/// Updates of one document after which its log is folded into a snapshot.
pub const FOLD_LOG_AT: usize = 128;

/// Where the core runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A tab: stays connected.
    Page,
    /// The service worker: sends what waits, then ends.
    Worker,
}

#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    pub org: Id,
    /// The person, as they were when they signed in; the hub's word replaces it.
    pub actor: Actor,
    /// Client number for a new replica, and then for each time one is needed.
    pub seed: u64,
    /// See [`FOLD_LOG_AT`].
    pub fold_log_at: usize,
    /// Version of the core, for the hub's logs.
    pub version: String,
}

#[derive(Debug)]
pub struct Engine {
    options: Options,
    now_ms: u64,
    out: Vec<Effect>,
    loaded: bool,
    loading: bool,
    fresh: bool,
    client: Id,
    /// The number before the client's first row: the hub counts from 1.
    base: u64,
    actor: Actor,
    /// Whether the store has a role: offline, at the next start, nobody else says.
    role_is_stored: bool,
    /// The generation of the hub whose answers are here; `None` before the first.
    generation: Option<u64>,
    synced_ms: Option<u64>,
    /// The number of the last commit to the store that this tab has taken in.
    commits: u64,
    outbox: Outbox,
    replica: Replica,
    notes: Notes,
    speculation: Speculation,
    session: Session,
    network: Network,
    presence: Presence,
    visible: bool,
    storage: Option<StoreError>,
    reload_at: Option<u64>,
    /// The store is about to take a new client number.
    renewing: bool,
    views_at: Option<u64>,
    views_latest: Option<u64>,
    /// Documents whose canonical state moved since views were last read.
    dirty: OrdSet<DocId>,
    dirty_at: u64,
    last_settle_ms: u64,
    publish: Publish,
    /// Not to be told before this.
    publish_at: u64,
    /// Documents that unsaved edits touched: shown once the edits are committed.
    publish_later: OrdSet<DocId>,
    /// Batches of updates that wait for documents to be read.
    batches: VecDeque<Batch>,
    reading: bool,
    commit_in_flight: bool,
    /// What other tabs said while the store was being read: it may or may not be in what was read.
    heard_while_loading: Vec<TabMessage>,
    /// Refusals that a person dismissed and the store did not let go yet.
    undismissed: Vec<Uuid>,
    next_client: u64,
}

impl Engine {
    pub fn new(options: Options, now_ms: u64) -> Engine {
        let (actor, seed) = (options.actor.clone(), options.seed);
        let mut engine = Engine {
            client: client_id(options.seed, 0),
            base: 0,
            next_client: 0,
            options,
            now_ms,
            out: Vec::new(),
            loaded: false,
            loading: false,
            fresh: false,
            actor,
            role_is_stored: false,
            generation: None,
            synced_ms: None,
            commits: 0,
            outbox: Outbox::default(),
            replica: Replica::default(),
            notes: Notes::default(),
            speculation: Speculation::default(),
            session: Session::new(seed),
            network: Network::default(),
            presence: Presence::default(),
            visible: true,
            storage: None,
            reload_at: None,
            renewing: false,
            views_at: None,
            views_latest: None,
            dirty: OrdSet::new(),
            dirty_at: 0,
            last_settle_ms: 0,
            publish: Publish::default(),
            publish_at: 0,
            publish_later: OrdSet::new(),
            batches: VecDeque::new(),
            reading: false,
            commit_in_flight: false,
            heard_while_loading: Vec::new(),
            undismissed: Vec::new(),
        };
        engine.load();
        engine.start_tabs();
        engine
    }

    /// Takes one event at a time; `effects` tells what to do about it.
    pub fn handle(&mut self, now_ms: u64, event: Event) {
        if now_ms < self.now_ms {
            self.clock_set_back(self.now_ms - now_ms);
        }
        self.now_ms = now_ms;
        match event {
            Event::Submit { request, uuid, command } => self.submit(request, uuid, &command),
            Event::Dismiss(uuids) => self.store(Op::Dismiss(uuids)),
            Event::Presence(states) => self.set_presence(states),
            Event::OpenNote(doc) => self.open_note(doc),
            Event::SyncNow => self.sync_now(),
            Event::Hint(hint) => self.hint(hint),
            Event::Stored(done) => self.stored(done),
            Event::StoreFailed { op, error } => self.store_failed(op, error),
            Event::Storage(error) => self.storage_fault(error),
            Event::Tab(event) => self.tab_event(event),
            Event::Credential(result) => self.credential(result),
            Event::Transport(event) => self.transport(event),
            Event::Tick => {}
            Event::Close => self.close(),
        }
        self.due();
    }

    /// The effects since the last call, in the order to perform them. Reads views again where that is due.
    pub fn effects(&mut self) -> Vec<Effect> {
        if !self.dirty.is_empty() && self.now_ms >= self.dirty_at {
            self.settle();
        }
        if !self.publish.is_empty() && self.now_ms >= self.publish_at {
            if self.outbox.waiting() > PUBLISH_MANY {
                self.publish_at = self.now_ms + FRAME_MS;
            }
            let publish = std::mem::take(&mut self.publish);
            self.out.push(Effect::Publish(publish));
        }
        std::mem::take(&mut self.out)
    }

    /// When to send [`Event::Tick`], in milliseconds since 1970.
    pub fn deadline(&self) -> Option<u64> {
        let dirty = (!self.dirty.is_empty()).then_some(self.dirty_at);
        let publish = (!self.publish.is_empty()).then_some(self.publish_at);
        let parts = [self.session.deadline(), self.network.deadline(), self.presence.deadline()];
        [dirty, publish, self.views_at, self.reload_at].into_iter().chain(parts).flatten().min()
    }

    /// Deadlines are moved along, or a clock set back by a day would keep the engine waiting for a day.
    fn clock_set_back(&mut self, by_ms: u64) {
        let back = |at: &mut Option<u64>| *at = at.map(|at| at.saturating_sub(by_ms));
        back(&mut self.reload_at);
        back(&mut self.views_at);
        back(&mut self.views_latest);
        self.dirty_at = self.dirty_at.saturating_sub(by_ms);
        self.last_settle_ms = self.last_settle_ms.saturating_sub(by_ms);
        self.publish_at = self.publish_at.saturating_sub(by_ms);
        self.session.clock_set_back(by_ms);
        self.network.clock_set_back(by_ms);
        self.presence.clock_set_back(by_ms);
    }

    fn due(&mut self) {
        if self.reload_at.is_some_and(|at| self.now_ms >= at) {
            self.reload_at = None;
            self.load();
        }
        if self.views_at.is_some_and(|at| self.now_ms >= at) {
            (self.views_at, self.views_latest) = (None, None);
            self.put_views(VIEWS_AT_ONCE);
            if !self.replica.stale_views().is_empty() {
                self.views_at = Some(self.now_ms + FRAME_MS);
            }
        }
        let damaged = self.replica.take_damaged();
        self.lose_views(damaged);
        self.tabs_due();
        self.session_due();
        self.presence_due();
    }

    fn store(&mut self, op: Op) {
        self.out.push(Effect::Store(op));
    }

    fn load(&mut self) {
        if !self.loading {
            self.loading = true;
            // Another one each time: a database may be deleted, and made again, more than once.
            let fresh_client = self.fresh_client();
            self.store(Op::Load { fresh_client });
        }
    }

    fn fresh_client(&mut self) -> Id {
        let client = client_id(self.options.seed, self.next_client);
        self.next_client += 1;
        client
    }

    fn stored(&mut self, done: Done) {
        if self.storage.is_some() && !matches!(done, Done::Nothing) {
            self.storage = None;
            self.publish.status = true;
        }
        match done {
            Done::Loaded(loaded) => self.on_loaded(*loaded),
            Done::Appended(rows) => self.appended(rows),
            Done::NetworkTaken { epoch } => self.network_taken(epoch),
            Done::Committed(commit) => self.committed(*commit),
            Done::Docs(docs) => self.docs_read(docs),
            Done::Nothing => {}
            Done::Dismissed(uuids) => {
                self.tell(TabMessage::Dismissed(uuids.clone()));
                self.dismissed(&uuids);
            }
            done @ (Done::ClientTaken | Done::ViewsDropped) => {
                self.renewing &= !matches!(done, Done::ClientTaken);
                self.tell(TabMessage::Reload);
                self.load();
            }
        }
    }

    fn store_failed(&mut self, op: Op, error: StoreError) {
        match op {
            Op::Append(rows) => self.append_failed(rows, &error),
            Op::Load { .. } => {
                self.loading = false;
                if !self.loaded {
                    self.out.push(Effect::Answer(Answer::Opened(Err(error.clone()))));
                }
            }
            Op::Commit(commit) => self.commit_failed(*commit),
            Op::ReadDocs(_) => self.reading = false,
            Op::TakeNetwork => self.network_not_taken(),
            Op::Dismiss(uuids) => self.undismissed.extend(uuids),
            Op::NewClient { .. } => self.renewing = false,
            Op::PutViews(_) | Op::DropViews(_) | Op::Compact { .. } => {}
        }
        if error == StoreError::Fenced {
            self.lose_network();
            self.load();
        } else {
            if error == StoreError::Deleted {
                self.network_unknown();
            }
            self.storage_fault(error);
        }
    }

    /// Says so, and tries again from what the store holds.
    fn storage_fault(&mut self, error: StoreError) {
        self.drop_connection();
        self.batches.clear();
        self.reload_at = Some(self.now_ms + RELOAD_AFTER_MS);
        self.storage = Some(error);
        self.publish.status = true;
    }

    fn on_loaded(&mut self, loaded: Loaded) {
        self.loading = false;
        self.reload_at = None;
        self.fresh |= loaded.fresh;
        self.client = loaded.client;
        self.base = loaded.base;
        let news = self.discard_uncommitted();
        self.role_is_stored = loaded.actor.is_some();
        self.actor = news.or(loaded.actor).unwrap_or_else(|| self.options.actor.clone());
        self.generation = loaded.generation.or(self.session.commit.generation);
        self.synced_ms = loaded.synced_ms;
        self.commits = loaded.commits;
        // What did not move stays as it is, so it must be as it should be.
        self.read_dirty();
        self.publish.docs.extend(std::mem::take(&mut self.dirty));
        self.publish.docs.extend(self.replica.load(loaded.docs));
        self.outbox.load(loaded.next_n, loaded.rows, loaded.receipts);
        self.load_steps(loaded.steps);
        self.batches.clear();
        self.commit_in_flight = false;
        self.rerun_all();
        // Before the first time nobody waits for a verdict.
        if self.loaded {
            self.publish.settled.extend(self.outbox.receipts().map(|receipt| receipt.row.uuid));
        }
        self.publish.receipts = true;
        self.publish.status = true;
        if !self.replica.stale_views().is_empty() {
            self.views_at = Some(self.now_ms + VIEWS_AFTER_MS);
        }
        let first = !self.loaded;
        self.loaded = true;
        if first {
            self.out.push(Effect::Answer(Answer::Opened(Ok(()))));
        }
        self.notes_loaded();
        for message in std::mem::take(&mut self.heard_while_loading) {
            self.tab_message(message);
        }
        let undismissed = std::mem::take(&mut self.undismissed);
        if !undismissed.is_empty() {
            self.store(Op::Dismiss(undismissed));
        }
        self.take_network();
        self.reconnect();
    }

    /// Reads what moved and runs the pending edits again on top.
    fn settle(&mut self) {
        self.read_dirty();
        let moved = std::mem::take(&mut self.dirty);
        self.last_settle_ms = self.now_ms;
        self.rerun(&moved);
        self.publish.docs.extend(moved);
        let latest = *self.views_latest.get_or_insert(self.now_ms + VIEWS_LATEST_MS);
        self.views_at = Some(latest.min(self.now_ms + VIEWS_AFTER_MS));
    }

    /// What pending edits are run on top of must hold those that landed: they are not run again.
    fn read_dirty(&mut self) {
        for doc in &self.dirty {
            self.replica.refresh(doc);
        }
    }

    fn mark_dirty(&mut self, doc: DocId) {
        if self.dirty.is_empty() {
            let rerun_ms = self.outbox.waiting() as u64 / RERUN_PER_MS;
            self.dirty_at = self.now_ms.max(self.last_settle_ms + FRAME_MS + rerun_ms);
        }
        self.dirty.insert(doc);
    }

    fn put_views(&mut self, at_most: usize) {
        if !self.dirty.is_empty() {
            self.settle();
        }
        let views = self.replica.pack_views(at_most);
        if !views.is_empty() && self.loaded {
            self.store(Op::PutViews(views));
        }
        if let (Some(epoch), Some((doc, snapshot))) =
            (self.network.epoch(), self.replica.worth_compacting(self.options.fold_log_at))
        {
            self.store(Op::Compact { network_epoch: epoch, doc, snapshot });
        }
    }

    fn hint(&mut self, hint: Hint) {
        match hint {
            Hint::Visible => {
                self.visible = true;
                self.became_visible();
                self.presence_moved();
                self.sync_now();
            }
            Hint::Hidden => {
                self.visible = false;
                self.presence_moved();
                // The browser may end a hidden tab at any moment: leave the views packed.
                self.views_latest = None;
                if self.views_at.take().is_some() {
                    self.put_views(usize::MAX);
                }
            }
            Hint::Online => {
                self.session.forget_blocked();
                self.sync_now();
            }
            Hint::Offline => self.check_connection(),
            Hint::Resumed => {
                // Frozen, it missed what other tabs did.
                if !bug(Bug::ThawedTabBelieved) {
                    self.load();
                }
                self.ask_how_things_stand();
                self.check_connection();
            }
        }
    }

    /// Documents that are held no more, because what is stored of them does not read.
    fn lose_views(&mut self, damaged: Vec<DocId>) {
        if !damaged.is_empty() {
            damaged.iter().for_each(|doc| self.mark_dirty(doc.clone()));
            // Then all tabs read the store again, and the one that does the network asks for what is damaged.
            self.store(Op::DropViews(damaged));
        }
    }

    fn close(&mut self) {
        // It is the last time.
        self.publish_at = 0;
        self.put_views(usize::MAX);
        self.set_presence(Vec::new());
        self.drop_connection();
        self.leave_tabs();
    }
}

/// What a UI reads.
impl Engine {
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Edits saved here that the hub has not answered.
    pub fn waiting(&self) -> usize {
        self.outbox.waiting()
    }

    /// Refusals that were not dismissed.
    pub fn refused(&self) -> usize {
        self.outbox.refused()
    }

    pub fn storage_error(&self) -> Option<&StoreError> {
        self.storage.as_ref()
    }

    /// When the replica was last known to be up to date.
    pub fn synced_ms(&self) -> Option<u64> {
        self.synced_ms
    }

    /// Whether the replica was empty when opened, and nothing has come from the hub since.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Whether nothing is being written, and nothing that came is unapplied.
    pub fn is_settled(&self) -> bool {
        // Batches wait only while the store is read.
        !self.commit_in_flight && !self.loading && !self.reading && self.storage.is_none()
    }

    pub fn does_network(&self) -> bool {
        self.network.epoch().is_some()
    }

    pub fn network_is_elsewhere(&self) -> bool {
        self.network.is_elsewhere()
    }
}

/// A client number that no other installation has: 64 random bits and a counter.
fn client_id(seed: u64, counter: u64) -> Id {
    let name = format!("c{seed:016x}-{counter}");
    // Letters, digits and '-' make an id.
    name.parse().unwrap_or_else(|_| Id::derived(&[&name]))
}
