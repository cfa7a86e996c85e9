//! The conversation with the hub.

use wedsync_domain::ordered::{OrdMap, OrdSet};

use serde::{Deserialize, Serialize};
use wedsync_domain::RefusalCode;
use wedsync_protocol::{
    Ack, Assembler, FaultCode, Frame, Hello, Mutate, Nack, VERSION, WINDOW_BYTES, WINDOW_ROWS, Welcome,
    encode,
};

use super::backoff::Backoff;
use super::effect::Effect;
use super::event::CredentialError;
use super::outbox::Pending;
use super::replica::Batch;
use super::{Engine, Mode};
use crate::ports::{Link, TransportEvent};
use crate::record::{OutboxRow, Receipt, Verdict};
use crate::storage::{Commit, Op, Restored};
use wedsync_domain::{Actor, DocId};
use wedsync_protocol::bugs::{Bug, bug};
use wedsync_protocol::{DocUpdate, Head};

/// Opening, greeting and credentials take at most this long, in milliseconds.
const PATIENCE_MS: u64 = 15_000;
/// After this much silence the other end is asked whether it is there, and after as much again given up.
const QUIET_MS: u64 = 15_000;
/// Rows under way once the hub has said that it is busy: what is over its limit it throws away, and has it sent again.
const NARROW_ROWS: usize = 50;
/// WebSockets that fail this often in a row, before anything was heard, are taken to be blocked.
const WEBSOCKET_TRIES: u32 = 2;
/// A refused credential is tried again after this long, or when a person asks.
const SIGNED_OUT_MS: u64 = 300_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    #[default]
    Offline,
    Connecting,
    Online,
    SignedOut,
    Unsupported,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    Credential,
    Opening,
    Greeting,
    Live,
}

#[derive(Debug, Default)]
pub struct Session {
    phase: Phase,
    link: Option<Link>,
    /// The next try, the end of patience, or the next question, as the phase has it.
    at: Option<u64>,
    asked: bool,
    heard_ms: u64,
    backoff: Backoff,
    websocket_failures: u32,
    /// WebSockets fail where HTTP passes: one more was tried since.
    blocked: bool,
    unauthorized: u32,
    stopped: Option<Connection>,
    token: String,
    assembler: Assembler,
    assembling: Batch,
    /// The hub was told where the replica stands.
    subscribed: bool,
    caught_up: bool,
    /// Rows that were sent on this connection and not answered, with their size.
    in_flight: OrdMap<u64, usize>,
    next_n: u64,
    paused_until: Option<u64>,
    /// The hub was busy: the window is narrow on this connection.
    narrow: bool,
    pub(super) commit: Commit,
    landed: Vec<Pending>,
}

impl Session {
    /// `seed` spreads the attempts of many clients.
    pub fn new(seed: u64) -> Session {
        Session { backoff: Backoff::new(seed), ..Session::default() }
    }

    pub fn deadline(&self) -> Option<u64> {
        [self.at, self.paused_until].into_iter().flatten().min()
    }

    pub(super) fn clock_set_back(&mut self, by_ms: u64) {
        for at in [&mut self.at, &mut self.paused_until] {
            *at = at.map(|at| at.saturating_sub(by_ms));
        }
        self.heard_ms = self.heard_ms.saturating_sub(by_ms);
    }

    /// Whether the hub can be told who is here: over HTTP one sees, and is not seen.
    pub(super) fn can_be_seen(&self) -> bool {
        self.phase == Phase::Live && self.link == Some(Link::WebSocket)
    }

    /// Another network may let WebSockets pass; without one, all of them failed.
    pub(super) fn forget_blocked(&mut self) {
        self.websocket_failures = 0;
        self.blocked = false;
    }

    pub fn is_caught_up(&self) -> bool {
        self.phase == Phase::Live && self.caught_up
    }
}

impl Engine {
    /// How things stand, for the status and for the other tabs.
    pub fn connection(&self) -> (Connection, Option<Link>) {
        if self.network.epoch().is_none()
            && let Some(elsewhere) = self.network.elsewhere
        {
            return elsewhere;
        }
        let connection = match (self.session.stopped, &self.session.phase) {
            (Some(stopped), _) => stopped,
            (None, Phase::Live) if self.session.caught_up => Connection::Online,
            (None, Phase::Idle) => Connection::Offline,
            (None, _) if self.session.backoff.failures() > 0 && self.session.phase != Phase::Live => {
                Connection::Offline
            }
            (None, _) => Connection::Connecting,
        };
        (connection, self.session.link)
    }

    /// The row that the hub counts as the client's `n`th.
    fn row_number(&self, n: u64) -> u64 {
        self.base.saturating_add(n)
    }

    fn may_connect(&self) -> bool {
        // After a fault the tab knows of verdicts that were not written: first it reads again what was.
        // Nor under a client number that is about to be replaced.
        let read = self.loaded && !self.loading && self.reload_at.is_none() && !self.renewing;
        read && self.storage.is_none() && self.network.epoch().is_some()
    }

    /// Connects if the network is ours and nothing is under way.
    pub(super) fn reconnect(&mut self) {
        if self.session.subscribed {
            // The replica was read again, and may be behind what the hub was told.
            self.resubscribe();
            return self.pump();
        }
        if self.may_connect() && self.session.phase == Phase::Idle && self.session.at.is_none() {
            self.connect();
        }
    }

    /// A person, or the browser, has reason to think that it would work now.
    pub(super) fn sync_now(&mut self) {
        match self.session.phase {
            Phase::Idle => {
                self.session.stopped = None;
                self.session.at = None;
                self.session.unauthorized = 0;
                if self.may_connect() {
                    self.connect();
                }
            }
            _ => self.check_connection(),
        }
    }

    fn connect(&mut self) {
        self.session.phase = Phase::Credential;
        self.session.at = Some(self.now_ms + PATIENCE_MS);
        self.out.push(Effect::Credential);
        self.connection_changed();
    }

    pub(super) fn credential(&mut self, result: Result<String, CredentialError>) {
        if self.session.phase != Phase::Credential {
            return;
        }
        match result {
            Ok(token) => {
                let link = match self.options.mode {
                    Mode::Worker => Link::Poll,
                    Mode::Page if self.session.websocket_failures >= WEBSOCKET_TRIES => Link::Http,
                    Mode::Page => Link::WebSocket,
                };
                self.session.token = token;
                self.session.link = Some(link);
                self.session.phase = Phase::Opening;
                self.session.at = Some(self.now_ms + PATIENCE_MS);
                self.out.push(Effect::Open(link));
            }
            Err(CredentialError::NotSignedIn(_)) => self.stop(Connection::SignedOut),
            Err(CredentialError::Unreachable(_)) => self.retry_later(),
        }
    }

    pub(super) fn transport(&mut self, event: TransportEvent) {
        match (event, &self.session.phase) {
            (_, Phase::Idle | Phase::Credential) => {}
            (TransportEvent::Opened, Phase::Opening) => self.greet(),
            (TransportEvent::Opened, _) => {}
            (TransportEvent::Received(bytes), _) => {
                self.session.heard_ms = self.now_ms;
                self.session.asked = false;
                match self.session.assembler.push(&bytes) {
                    Ok(Some(frame)) => self.receive(frame),
                    Ok(None) => {}
                    Err(_) => self.retry_later(),
                }
                self.reconsider_http();
            }
            (TransportEvent::Closed { .. }, phase) => {
                if bug(Bug::ReceiptAdvancedOnFailure) {
                    self.settle_unanswered();
                    return self.retry_later();
                }
                // Closed before a word: a proxy in between may not let WebSockets pass.
                let silent = matches!(phase, Phase::Opening | Phase::Greeting);
                match self.session.link {
                    Some(Link::WebSocket) if silent => self.session.websocket_failures += 1,
                    // HTTP does no better: WebSockets are not what is wrong.
                    Some(Link::Http) if silent => self.session.forget_blocked(),
                    _ => {}
                }
                self.retry_later();
            }
        }
    }

    fn greet(&mut self) {
        let hello = Hello {
            version: VERSION,
            token: std::mem::take(&mut self.session.token),
            client: self.client.clone(),
            core: self.options.version.clone(),
        };
        self.session.phase = Phase::Greeting;
        self.session.at = Some(self.now_ms + PATIENCE_MS);
        self.session.heard_ms = self.now_ms;
        let messages = encode(&Frame::Hello(hello));
        self.out.push(Effect::Send(messages));
        if self.session.link != Some(Link::WebSocket) {
            // Over HTTP the hub answers only a whole request.
            self.subscribe();
        }
    }

    fn receive(&mut self, frame: Frame) {
        match frame {
            Frame::Welcome(welcome) => self.welcome(&welcome),
            Frame::Permissions(actor) => self.permissions(actor),
            Frame::Update(update) => {
                let more = update.more;
                self.session.assembling.add(update);
                if !more {
                    let mut batch = std::mem::take(&mut self.session.assembling);
                    batch.caught_up = true;
                    self.receive_batch(batch);
                }
            }
            Frame::Ack(ack) => self.ack(ack),
            Frame::Nack(nack) => self.nack(nack),
            Frame::Busy { retry_after_ms } => {
                self.session.in_flight.clear();
                self.session.next_n = 0;
                self.session.narrow = true;
                self.session.paused_until = Some(self.now_ms + u64::from(retry_after_ms.clamp(10, 60_000)));
            }
            Frame::Fault { code, .. } => self.fault(code),
            Frame::Ping { token } => self.out.push(Effect::Send(encode(&Frame::Pong { token }))),
            Frame::Peers(news) => self.peers_from_hub(news),
            // Presence is checked before it is sent: what the hub still refuses is not worth a word to anybody.
            Frame::Pong { .. } | Frame::PresenceRefused(_) => {}
            Frame::Hello(_)
            | Frame::Subscribe { .. }
            | Frame::Mutate(_)
            | Frame::Part { .. }
            | Frame::Presence { .. } => self.retry_later(),
        }
    }

    fn welcome(&mut self, welcome: &Welcome) {
        if self.session.phase != Phase::Greeting {
            return;
        }
        if welcome.org != self.options.org {
            return self.stop(Connection::SignedOut);
        }
        self.session.phase = Phase::Live;
        self.session.at = Some(self.now_ms + QUIET_MS);
        self.session.unauthorized = 0;
        if self.is_of_another_hub(welcome.generation) {
            let Welcome { generation, send_again, .. } = *welcome;
            return self.renew_client(Some(Restored { generation, send_again }));
        }
        if self.generation.is_none() {
            self.generation = Some(welcome.generation);
            self.session.commit.generation = self.generation;
            self.flush_commit();
        }
        // Numbers that the hub has not seen and this device no longer has.
        let first = self.outbox.unanswered(0).next().map(|row| row.n);
        if first.is_some_and(|n| n > self.row_number(welcome.last_n).saturating_add(1)) {
            return self.renew_client(None);
        }
        if self.session.link == Some(Link::WebSocket) {
            self.subscribe();
        }
        self.tell_hub_presence();
        self.connection_changed();
        self.pump();
    }

    /// The network may have come back between the last WebSocket and the HTTP that passes: one more is tried before it stays
    /// so, at once where HTTP had failed too, or else when nothing waits for this connection.
    fn reconsider_http(&mut self) {
        let passes = self.session.phase == Phase::Live && self.session.link == Some(Link::Http);
        let was_out = self.session.backoff.failures() > WEBSOCKET_TRIES;
        let idle = self.session.caught_up && self.outbox.waiting() == 0;
        if passes && !self.session.blocked && (was_out || idle) {
            self.session.blocked = true;
            self.session.websocket_failures = WEBSOCKET_TRIES - 1;
            self.session.backoff.reset();
            self.drop_connection();
            self.reconnect();
        }
    }

    /// Whether what is called stored here was stored by a hub of another generation. Receipts without a known one are
    /// of a hub that was never restored.
    fn is_of_another_hub(&self, generation: u64) -> bool {
        match self.generation {
            Some(known) => known != generation,
            None => generation != 0 && self.outbox.receipts().next().is_some(),
        }
    }

    fn subscribe(&mut self) {
        self.session.caught_up = false;
        self.session.subscribed = true;
        let mut heads = self.replica.heads();
        // Documents that were stored and have not come, or are lost: if they were deleted meanwhile, the hub says so only
        // when asked.
        let awaited: OrdSet<&DocId> = self.outbox.awaited().map(|head| &head.doc).collect();
        let missing: OrdSet<&DocId> =
            awaited.into_iter().filter(|doc| !self.replica.holds(doc)).chain(self.replica.lost()).collect();
        heads.extend(missing.into_iter().map(|doc| Head { doc: doc.clone(), epoch: 0, seq: 0 }));
        self.out.push(Effect::Send(encode(&Frame::Subscribe { heads })));
    }

    /// Asks for what is missing, on a connection that stands.
    pub(super) fn resubscribe(&mut self) {
        match self.session.link {
            Some(Link::WebSocket) if self.session.phase == Phase::Live => self.subscribe(),
            // An HTTP subscription belongs to its request.
            _ => self.retry_later(),
        }
    }

    fn permissions(&mut self, actor: Actor) {
        let is_news = self.actor != actor;
        if is_news {
            self.actor = actor.clone();
            self.rerun_all();
            self.publish.status = true;
        }
        if is_news || !self.role_is_stored {
            self.session.commit.actor = Some(actor);
            self.flush_commit();
        }
    }

    /// Sends waiting rows in order, as far as the window allows.
    pub(super) fn pump(&mut self) {
        if self.session.phase != Phase::Live || self.session.paused_until.is_some() {
            return;
        }
        let window = if self.session.narrow { NARROW_ROWS } else { WINDOW_ROWS };
        let mut bytes: usize = self.session.in_flight.values().sum();
        let mut messages = Vec::new();
        let from = self.session.next_n;
        for row in self.outbox.unanswered(from) {
            let size = row.command.len() + 64;
            let rows = self.session.in_flight.len();
            if rows >= window || (rows > 0 && bytes + size > WINDOW_BYTES) {
                break;
            }
            bytes += size;
            self.session.in_flight.insert(row.n, size);
            self.session.next_n = row.n + 1;
            let OutboxRow { n, uuid, at_ms, command, .. } = row.clone();
            let n = n.saturating_sub(self.base);
            messages.extend(encode(&Frame::Mutate(Mutate { n, uuid, at_ms, command })));
        }
        if !messages.is_empty() {
            self.out.push(Effect::Send(messages));
            self.publish.status = true;
        }
    }

    fn ack(&mut self, ack: Ack) {
        self.session.in_flight.remove(&self.row_number(ack.n));
        if bug(Bug::CursorMovedByAck) {
            self.replica.skip_to(&ack.heads);
        }
        if let Some(row) = self.outbox.row(&ack.uuid).cloned() {
            let verdict = Verdict::Stored { heads: ack.heads, replaced: ack.replaced, kept: ack.kept };
            self.verdict(Receipt { row, settled_ms: self.now_ms, verdict });
            // Of no other row does this say anything: with hundreds of answers, looking at all would take long.
            let landed = self.outbox.land_if(&ack.uuid, |heads| self.replica.covers(heads, &self.actor));
            let landed: Vec<Pending> = landed.into_iter().collect();
            self.run_without(&landed);
            self.keep_steps(&landed);
            self.session.landed.extend(landed);
        }
        self.flush_commit();
        self.pump();
    }

    fn nack(&mut self, nack: Nack) {
        match nack.refusal.code {
            RefusalCode::ClientForked => return self.renew_client(None),
            RefusalCode::OutOfOrder => {
                self.session.in_flight.clear();
                self.session.next_n = 0;
                return self.retry_later();
            }
            _ => {}
        }
        self.session.in_flight.remove(&self.row_number(nack.n));
        if let Some(row) = self.outbox.row(&nack.uuid).cloned() {
            let verdict = Verdict::Refused(nack.refusal);
            self.verdict(Receipt { row, settled_ms: self.now_ms, verdict });
        }
        self.flush_commit();
        self.pump();
    }

    fn verdict(&mut self, receipt: Receipt) {
        self.session.commit.verdicts.push(receipt.clone());
        self.publish.settled.push(receipt.row.uuid);
        self.close_lineages(&receipt);
        if let Some(refused) = self.outbox.settle(receipt) {
            self.run_without(&[refused]);
        }
        self.publish.receipts = true;
        self.publish.status = true;
    }

    /// Rows whose effect canonical holds now, with the updates that brought it.
    pub(super) fn commit_landed(&mut self, landed: Vec<Pending>, docs: Vec<DocUpdate>, caught_up: bool) {
        self.keep_steps(&landed);
        for pending in &landed {
            // The update came before the ack, or the ack was lost: being in canonical is being stored.
            if pending.stored.is_none() {
                let verdict = Verdict::Stored { heads: Vec::new(), replaced: Vec::new(), kept: Vec::new() };
                let receipt = Receipt { row: pending.row.clone(), settled_ms: self.now_ms, verdict };
                self.session.in_flight.remove(&pending.row.n);
                self.verdict(receipt);
            }
        }
        self.session.landed.extend(landed);
        self.session.commit.docs.extend(docs);
        if caught_up {
            self.session.commit.synced_ms = Some(self.now_ms);
            self.synced_ms = Some(self.now_ms);
            self.fresh = false;
            if !self.session.caught_up && self.session.phase == Phase::Live {
                self.session.caught_up = true;
                self.session.backoff.reset();
                if self.session.link == Some(Link::WebSocket) {
                    self.session.forget_blocked();
                }
                self.connection_changed();
            }
        }
        self.flush_commit();
        self.pump();
    }

    /// Writes what came from the hub; one transaction at a time, with all that came since the last.
    fn flush_commit(&mut self) {
        let Some(network_epoch) = self.network.epoch() else { return };
        if self.commit_in_flight || self.loading {
            return;
        }
        let mut commit = std::mem::take(&mut self.session.commit);
        let landed = std::mem::take(&mut self.session.landed);
        if commit.verdicts.is_empty()
            && commit.docs.is_empty()
            && landed.is_empty()
            && commit.actor.is_none()
            && commit.generation.is_none()
            && commit.synced_ms.is_none()
        {
            return;
        }
        commit.network_epoch = network_epoch;
        commit.landed = landed.iter().map(|p| (p.row.n, p.row.uuid)).collect();
        commit.prune = self.outbox.to_prune(&commit.verdicts);
        commit.forget_steps = self.steps_to_forget();
        self.commit_in_flight = true;
        self.store(Op::Commit(Box::new(commit)));
    }

    /// The network is somebody else's: so is what the hub said last.
    pub(super) fn forget_uncommitted(&mut self) {
        self.session.commit = Commit::default();
        self.session.landed.clear();
    }

    /// The store was read again: what came from the hub and is not in it will be asked for again. The role that
    /// the hub named last stands all the same.
    pub(super) fn discard_uncommitted(&mut self) -> Option<Actor> {
        let Commit { actor, generation, .. } = std::mem::take(&mut self.session.commit);
        self.session.commit = Commit { actor: actor.clone(), generation, ..Commit::default() };
        self.session.landed.clear();
        self.session.in_flight.clear();
        self.session.next_n = 0;
        actor
    }

    /// The hub will say all of it again, but for the role and its generation: those it says only once.
    pub(super) fn commit_failed(&mut self, commit: Commit) {
        self.commit_in_flight = false;
        let still_ours = self.network.epoch() == Some(commit.network_epoch);
        if still_ours {
            let next = &mut self.session.commit;
            next.actor = next.actor.take().or(commit.actor);
            next.generation = next.generation.or(commit.generation);
        }
    }

    pub(super) fn committed(&mut self, commit: Commit) {
        self.commit_in_flight = false;
        if bug(Bug::FlagClearedAfterAwait) {
            self.forget_uncommitted();
        }
        self.commits = commit.number;
        self.role_is_stored |= commit.actor.is_some();
        self.outbox.forget(commit.prune.iter().flatten());
        self.steps_committed(commit.number, &commit.steps, &commit.forget_steps);
        let uuids = commit.landed.iter().map(|(_, uuid)| *uuid).collect();
        self.tell_committed(&commit, uuids);
        self.flush_commit();
        self.publish.receipts = true;
        self.publish.status = true;
    }

    /// What [`Bug::ReceiptAdvancedOnFailure`] does.
    fn settle_unanswered(&mut self) {
        let rows: Vec<OutboxRow> = self
            .session
            .in_flight
            .keys()
            .filter_map(|n| self.outbox.unanswered(*n).next().cloned())
            .collect();
        for row in rows {
            let verdict = Verdict::Stored { heads: Vec::new(), replaced: Vec::new(), kept: Vec::new() };
            self.verdict(Receipt { row, settled_ms: self.now_ms, verdict });
        }
        self.flush_commit();
    }

    fn renew_client(&mut self, restored: Option<Restored>) {
        let Some(network_epoch) = self.network.epoch() else { return };
        // Their rows are about to get other numbers; and verdicts of a hub as it was must not be written over what waits
        // again. The hub tells all of it once more.
        self.discard_uncommitted();
        if restored.is_some() {
            self.session.commit.generation = None;
        }
        self.batches.clear();
        self.renewing = true;
        let client = self.fresh_client();
        self.drop_connection();
        self.store(Op::NewClient { network_epoch, client, restored });
    }

    fn fault(&mut self, code: FaultCode) {
        match code {
            FaultCode::Unauthorized | FaultCode::TokenExpired => {
                self.session.unauthorized += 1;
                if self.session.unauthorized >= 3 {
                    self.stop(Connection::SignedOut);
                } else {
                    self.retry_later();
                }
            }
            FaultCode::Revoked => self.stop(Connection::SignedOut),
            FaultCode::UnsupportedVersion => self.stop(Connection::Unsupported),
            FaultCode::ClientTaken => self.renew_client(None),
            FaultCode::Malformed | FaultCode::TooBig | FaultCode::RateLimited | FaultCode::TryLater => {
                self.retry_later();
            }
        }
    }

    /// No use in trying soon: people have to do something.
    fn stop(&mut self, why: Connection) {
        self.drop_connection();
        self.session.stopped = Some(why);
        self.session.at = Some(self.now_ms + SIGNED_OUT_MS);
        self.connection_changed();
    }

    /// The connection is gone, or the other end is silent or makes no sense.
    fn retry_later(&mut self) {
        self.was_synced();
        self.drop_connection();
        let wait = self.session.backoff.fail();
        self.session.at = Some(self.now_ms + wait);
        self.connection_changed();
    }

    /// Who was up to date had all there was when the hub was last heard: quiet hours do not make the plan older.
    fn was_synced(&mut self) {
        let heard = Some(self.session.heard_ms);
        let is_whole = self.session.is_caught_up() && self.session.assembling.docs.is_empty();
        if is_whole && heard > self.synced_ms {
            self.synced_ms = heard;
            self.session.commit.synced_ms = heard;
            self.flush_commit();
        }
    }

    pub(super) fn drop_connection(&mut self) {
        if self.session.phase != Phase::Idle {
            self.out.push(Effect::Disconnect);
            self.publish.status = true;
        }
        self.forget_here();
        let session = &mut self.session;
        session.phase = Phase::Idle;
        session.at = None;
        session.subscribed = false;
        session.caught_up = false;
        session.asked = false;
        session.token.clear();
        session.assembler = Assembler::default();
        session.assembling = Batch::default();
        session.in_flight.clear();
        session.next_n = 0;
        session.paused_until = None;
        session.narrow = false;
    }

    /// Asks the other end whether it is there. A request over HTTP ends by itself.
    pub(super) fn check_connection(&mut self) {
        if self.session.phase == Phase::Live
            && !self.session.asked
            && self.session.link == Some(Link::WebSocket)
        {
            self.session.asked = true;
            self.session.at = Some(self.now_ms + QUIET_MS / 3);
            self.out.push(Effect::Send(encode(&Frame::Ping { token: self.now_ms })));
        }
    }

    pub(super) fn session_due(&mut self) {
        if self.session.paused_until.is_some_and(|at| self.now_ms >= at) {
            self.session.paused_until = None;
            self.pump();
        }
        if self.session.at.is_none_or(|at| self.now_ms < at) {
            return;
        }
        self.session.at = None;
        match self.session.phase {
            Phase::Idle => {
                self.session.stopped = None;
                if self.may_connect() {
                    self.connect();
                }
            }
            Phase::Credential | Phase::Opening | Phase::Greeting => self.retry_later(),
            Phase::Live if bug(Bug::HalfOpenBelieved) => {}
            Phase::Live => {
                let quiet = self.now_ms.saturating_sub(self.session.heard_ms);
                if self.session.asked {
                    self.retry_later();
                } else if quiet >= QUIET_MS {
                    self.check_connection();
                } else {
                    self.session.at = Some(self.now_ms + QUIET_MS - quiet);
                }
            }
        }
    }

    fn connection_changed(&mut self) {
        self.publish.status = true;
        self.beat();
    }

    /// Attempts in a row that came to nothing.
    pub fn failed_attempts(&self) -> u32 {
        self.session.backoff.failures()
    }

    /// Whether the worker has nothing more to do.
    pub fn is_drained(&self) -> bool {
        self.session.is_caught_up() && self.outbox.waiting() == 0 && !self.commit_in_flight
    }
}
