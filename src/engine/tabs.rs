//! Tabs of one browser: every tab writes its own edits, one does the network.
//!
//! The holder of the Web Lock does the network, and beats. The network epoch, raised by each new holder and checked
//! in every transaction of the network role, fences a holder that was frozen and does not know that it lost the lock.
//! A tab that people look at asks a hidden holder to yield, and steals the lock of one that answers no more.

use serde::{Deserialize, Serialize};
use wedsync_domain::ids::Uuid;
use wedsync_domain::presence::PresenceState;
use wedsync_domain::{Actor, Id};
use wedsync_protocol::bugs::{Bug, bug};
use wedsync_protocol::{DocUpdate, Peers};

use super::effect::{Effect, LockEffect};
use super::event::TabEvent;
use super::presence::Here;
use super::replica::Batch;
use super::session::Connection;
use super::{Engine, Mode};
use crate::ports::Link;
use crate::record::{OutboxRow, Receipt, Step};
use crate::storage::{Commit, Op};

const BEAT_MS: u64 = 2_000;
/// A holder that was silent for this long may lose the lock to a visible tab.
const SILENCE_MS: u64 = 10_000;
const ASK_AGAIN_MS: u64 = 3_000;

/// What tabs tell each other, after it was committed. Losing a message delays a tab; it never misleads it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum TabMessage {
    Appended {
        client: Id,
        rows: Vec<OutboxRow>,
    },
    Committed {
        number: u64,
        verdicts: Vec<Receipt>,
        docs: Vec<DocUpdate>,
        landed: Vec<Uuid>,
        news: News,
    },
    Dismissed(Vec<Uuid>),
    /// Read everything again.
    Reload,
    /// From the holder, every two seconds and whenever its connection changes.
    Beat {
        visible: bool,
        connection: Connection,
        link: Option<Link>,
        synced_ms: Option<u64>,
    },
    /// To a hidden holder, from a visible tab.
    Yield,
    /// A new tab asks how things stand.
    Hello,
    /// What a tab without the network shows of where its person is.
    Presence {
        tab: u64,
        states: Vec<PresenceState>,
    },
    /// From the holder: changes of who is here.
    Peers(Peers),
    /// From the holder: everybody who is here.
    Here(Here),
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct News {
    pub prune: Vec<Uuid>,
    pub steps: Vec<Step>,
    pub forget_steps: Vec<String>,
    pub actor: Option<Actor>,
    pub synced_ms: Option<u64>,
}

#[derive(Debug, Default)]
enum Role {
    /// The lock is somebody else's.
    #[default]
    Waiting,
    /// The lock is ours, the epoch not yet; `asked` unless the store failed.
    Taking {
        asked: bool,
    },
    Holding {
        epoch: u64,
    },
    /// The worker found it taken, and asks whether anybody is there.
    Asking,
    /// A living tab does the network; the worker leaves it to that.
    Elsewhere,
}

#[derive(Debug, Default)]
pub struct Network {
    role: Role,
    /// When the holder was last heard, and what it said.
    heard_ms: u64,
    holder_visible: bool,
    pub(super) elsewhere: Option<(Connection, Option<Link>)>,
    next_beat: Option<u64>,
    next_ask: Option<u64>,
}

impl Network {
    pub fn epoch(&self) -> Option<u64> {
        match self.role {
            Role::Holding { epoch } => Some(epoch),
            _ => None,
        }
    }

    pub(super) fn clock_set_back(&mut self, by_ms: u64) {
        for at in [&mut self.next_beat, &mut self.next_ask] {
            *at = at.map(|at| at.saturating_sub(by_ms));
        }
        self.heard_ms = self.heard_ms.saturating_sub(by_ms);
    }

    pub fn is_elsewhere(&self) -> bool {
        matches!(self.role, Role::Elsewhere)
    }

    pub fn deadline(&self) -> Option<u64> {
        [self.next_beat, self.next_ask].into_iter().flatten().min()
    }
}

impl Engine {
    pub(super) fn start_tabs(&mut self) {
        self.network.heard_ms = self.now_ms;
        let lock = match self.options.mode {
            Mode::Page => LockEffect::Request,
            Mode::Worker => LockEffect::Try,
        };
        self.out.push(Effect::Lock(lock));
        self.tell(TabMessage::Hello);
        self.network.next_ask = (self.options.mode == Mode::Page).then_some(self.now_ms + ASK_AGAIN_MS);
    }

    pub(super) fn tell(&mut self, message: TabMessage) {
        self.out.push(Effect::Tell(crate::record::pack(&message)));
    }

    pub(super) fn tab_event(&mut self, event: TabEvent) {
        match event {
            TabEvent::LockGranted => {
                self.network.role = Role::Taking { asked: false };
                self.take_network();
            }
            TabEvent::LockBusy => {
                self.network.role = Role::Asking;
                self.tell(TabMessage::Hello);
                self.network.next_ask = Some(self.now_ms + ASK_AGAIN_MS);
            }
            TabEvent::LockLost => {
                self.lose_network();
                self.load();
            }
            // A message that does not decode is of a tab with another version of the code.
            TabEvent::Message(bytes) => match postcard::from_bytes::<TabMessage>(&bytes) {
                Ok(message) => self.tab_message(message),
                Err(_) => self.load(),
            },
        }
    }

    /// Where the lock is ours and the epoch is not, takes it.
    pub(super) fn take_network(&mut self) {
        if matches!(self.network.role, Role::Taking { asked: false }) {
            self.network.role = Role::Taking { asked: true };
            self.store(Op::TakeNetwork);
        }
    }

    pub(super) fn network_not_taken(&mut self) {
        if matches!(self.network.role, Role::Taking { .. }) {
            self.network.role = Role::Taking { asked: false };
        }
    }

    /// The store that knew the epoch is gone: the next one gives another.
    pub(super) fn network_unknown(&mut self) {
        if matches!(self.network.role, Role::Holding { .. } | Role::Taking { .. }) {
            self.network.role = Role::Taking { asked: false };
            self.network.next_beat = None;
            self.forget_uncommitted();
        }
    }

    pub(super) fn network_taken(&mut self, epoch: u64) {
        if matches!(self.network.role, Role::Taking { .. }) {
            self.network.role = Role::Holding { epoch };
            self.network.elsewhere = None;
            self.network.next_ask = None;
            // The holder before knew them.
            self.forget_here();
            self.beat();
            self.publish.status = true;
            // The holder before may have died between its last transaction and telling of it.
            self.tell(TabMessage::Reload);
            self.load();
        }
    }

    /// The lock is gone: stop the network and queue for it again.
    pub(super) fn lose_network(&mut self) {
        if matches!(self.network.role, Role::Holding { .. } | Role::Taking { .. }) {
            self.give_up_network();
            // Fenced, it may still hold the lock, or be about to hear that it does not.
            self.out.push(Effect::Lock(LockEffect::Release));
            if self.options.mode == Mode::Page {
                self.out.push(Effect::Lock(LockEffect::Request));
            }
        }
    }

    fn give_up_network(&mut self) {
        self.network.role = Role::Waiting;
        self.network.next_beat = None;
        self.network.heard_ms = self.now_ms;
        self.network.next_ask = Some(self.now_ms + ASK_AGAIN_MS);
        self.drop_connection();
        self.tell_tabs_presence();
        self.forget_uncommitted();
        self.batches.clear();
        self.publish.status = true;
    }

    pub(super) fn leave_tabs(&mut self) {
        self.network.role = Role::Waiting;
        self.network.next_beat = None;
        self.network.next_ask = None;
        self.out.push(Effect::Lock(LockEffect::Release));
    }

    pub(super) fn beat(&mut self) {
        if self.network.epoch().is_some() {
            self.network.next_beat = Some(self.now_ms + BEAT_MS);
            let (connection, link) = self.connection();
            let synced_ms = self.synced_ms;
            self.tell(TabMessage::Beat { visible: self.visible, connection, link, synced_ms });
        }
    }

    pub(super) fn tabs_due(&mut self) {
        if self.network.next_beat.is_some_and(|at| self.now_ms >= at) {
            self.beat();
        }
        if self.network.next_ask.is_some_and(|at| self.now_ms >= at)
            && matches!(self.network.role, Role::Asking)
        {
            // Frozen, the holder cannot send anything itself.
            self.network.role = Role::Waiting;
            self.network.next_ask = None;
            self.out.push(Effect::Lock(LockEffect::Steal));
        }
        if self.network.next_ask.is_some_and(|at| self.now_ms >= at) {
            self.network.next_ask = Some(self.now_ms + ASK_AGAIN_MS);
            self.ask_for_network();
        }
    }

    pub(super) fn became_visible(&mut self) {
        if self.network.epoch().is_some() {
            self.beat();
        } else if self.options.mode == Mode::Page {
            self.tell(TabMessage::Hello);
            self.network.next_ask = Some(self.now_ms + ASK_AGAIN_MS / 10);
        }
    }

    /// A tab that was frozen missed what the holder said.
    pub(super) fn ask_how_things_stand(&mut self) {
        if self.network.epoch().is_none() {
            self.tell(TabMessage::Hello);
        }
    }

    fn ask_for_network(&mut self) {
        if !self.visible || !matches!(self.network.role, Role::Waiting) {
            return;
        }
        if self.now_ms.saturating_sub(self.network.heard_ms) >= SILENCE_MS {
            self.network.heard_ms = self.now_ms;
            self.out.push(Effect::Lock(LockEffect::Steal));
        } else if !self.network.holder_visible {
            self.tell(TabMessage::Yield);
        }
    }

    pub(super) fn tab_message(&mut self, message: TabMessage) {
        let about_data = matches!(
            message,
            TabMessage::Appended { .. } | TabMessage::Committed { .. } | TabMessage::Dismissed(_)
        );
        if about_data && self.loading {
            return self.heard_while_loading.push(message);
        }
        match message {
            TabMessage::Appended { client, rows } => self.rows_of_another_tab(&client, rows),
            // Taken in already: a message may have waited long in a frozen tab.
            TabMessage::Committed { number, .. } if number <= self.commits => {}
            TabMessage::Committed { number, .. }
                if number > self.commits + 1 && !bug(Bug::ThawedTabBelieved) =>
            {
                self.load()
            }
            TabMessage::Committed { number, verdicts, docs, landed, news } => {
                self.commits = number;
                let mut rerun = false;
                for receipt in verdicts {
                    self.publish.settled.push(receipt.row.uuid);
                    self.close_lineages(&receipt);
                    rerun |= self.outbox.settle(receipt).is_some();
                }
                self.outbox.forget(&news.prune);
                self.steps_committed(number, &news.steps, &news.forget_steps);
                if let Some(actor) = news.actor {
                    self.actor = actor;
                    rerun = true;
                }
                self.synced_ms = news.synced_ms.or(self.synced_ms);
                self.receive_batch(Batch { docs, uuids: landed, stored: true, caught_up: false });
                if rerun {
                    self.rerun_all();
                }
                self.publish.receipts = true;
                self.publish.status = true;
            }
            TabMessage::Dismissed(uuids) => self.dismissed(&uuids),
            TabMessage::Reload => self.load(),
            TabMessage::Beat { visible, connection, link, synced_ms } => {
                self.network.heard_ms = self.now_ms;
                self.network.holder_visible = visible;
                if matches!(self.network.role, Role::Asking) {
                    self.network.role = Role::Elsewhere;
                    self.network.next_ask = None;
                }
                self.synced_ms = synced_ms.or(self.synced_ms);
                if self.network.epoch().is_none() {
                    self.network.elsewhere = Some((connection, link));
                    self.publish.status = true;
                }
            }
            TabMessage::Yield => {
                let hidden_page = !self.visible && self.options.mode == Mode::Page;
                if hidden_page && self.network.epoch().is_some() {
                    self.give_up_network();
                    self.out.push(Effect::Lock(LockEffect::Release));
                    self.out.push(Effect::Lock(LockEffect::Request));
                }
            }
            TabMessage::Hello => {
                self.beat();
                self.tell_here();
            }
            TabMessage::Presence { tab, states } => self.presence_of_tab(tab, states),
            TabMessage::Peers(news) => self.peers_from_tab(news),
            TabMessage::Here(here) => self.here_from_tab(here),
        }
    }

    /// Tells the other tabs what was committed.
    pub(super) fn tell_committed(&mut self, commit: &Commit, landed: Vec<Uuid>) {
        let news = News {
            prune: commit.prune.concat(),
            steps: commit.steps.clone(),
            forget_steps: commit.forget_steps.clone(),
            actor: commit.actor.clone(),
            synced_ms: commit.synced_ms,
        };
        let (number, verdicts, docs) = (commit.number, commit.verdicts.clone(), commit.docs.clone());
        self.tell(TabMessage::Committed { number, verdicts, docs, landed, news });
    }
}
