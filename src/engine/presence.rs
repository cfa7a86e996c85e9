//! Who is here: what this tab and the others of its browser show, and whom the hub tells of. In memory only.
//!
//! Every tab tells the others what it shows, and says it again while it lives; the tab with the network tells the hub
//! for all of them, and tells the tabs who is here. Without a connection nobody is known to be here.

use wedsync_domain::ordered::OrdMap;
use wedsync_domain::ordered::sort_by;

use serde::{Deserialize, Serialize};
use wedsync_domain::Id;
use wedsync_domain::presence::{self, LastSeen, Peer, PersonHere, PresenceState};
use wedsync_protocol::{Frame, PRESENCE_RENEW_MS, Peers, encode};

use super::effect::Effect;
use super::tabs::TabMessage;
use super::{Engine, Mode};

/// The hub hears of a change at most this often, in milliseconds; the latest wins.
const THROTTLE_MS: u64 = 100;
/// A tab says again what it shows, and is taken for dead when it does not.
const TAB_RENEW_MS: u64 = 5_000;
const TAB_EXPIRES_MS: u64 = 15_000;

/// Everybody who is here, as far as this tab was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here {
    peers: OrdMap<u64, Peer>,
    left: Vec<LastSeen>,
}

impl Here {
    fn is_empty(&self) -> bool {
        self.peers.is_empty() && self.left.is_empty()
    }

    fn take(&mut self, news: Peers) {
        for id in &news.gone {
            self.peers.remove(id);
        }
        self.peers.extend(news.changed.into_iter().map(|peer| (peer.id, peer)));
        let same = |a: &LastSeen, b: &LastSeen| a.event == b.event && a.user == b.user;
        self.left.retain(|old| !news.left.iter().any(|new| same(old, new)));
        self.left.extend(news.left);
        let peers = &self.peers;
        let is_in = |event: &Id, peer: &Peer| peer.states.iter().any(|state| state.event == *event);
        self.left.retain(|seen| !peers.values().any(|p| p.user == seen.user && is_in(&seen.event, p)));
    }
}

#[derive(Debug)]
struct Tab {
    states: Vec<PresenceState>,
    heard_ms: u64,
}

#[derive(Debug, Default)]
pub struct Presence {
    own: Vec<PresenceState>,
    /// The other tabs that people look at.
    tabs: OrdMap<u64, Tab>,
    /// What the hub was told last on this connection, and when.
    told: Vec<PresenceState>,
    told_ms: Option<u64>,
    tell_hub_at: Option<u64>,
    tell_tabs_at: Option<u64>,
    here: Here,
}

impl Presence {
    pub fn deadline(&self) -> Option<u64> {
        let expiry = self.tabs.values().map(|tab| tab.heard_ms + TAB_EXPIRES_MS).min();
        [expiry, self.tell_hub_at, self.tell_tabs_at].into_iter().flatten().min()
    }

    pub(super) fn clock_set_back(&mut self, by_ms: u64) {
        for at in [&mut self.told_ms, &mut self.tell_hub_at, &mut self.tell_tabs_at] {
            *at = at.map(|at| at.saturating_sub(by_ms));
        }
        for tab in self.tabs.values_mut() {
            tab.heard_ms = tab.heard_ms.saturating_sub(by_ms);
        }
    }
}

impl Engine {
    /// What this tab shows from now on; it was checked.
    pub(super) fn set_presence(&mut self, states: Vec<PresenceState>) {
        if self.presence.own != states {
            self.presence.own = states;
            self.presence_moved();
        }
    }

    /// What this tab shows may be another thing now: to the other tabs, and to the hub.
    pub(super) fn presence_moved(&mut self) {
        self.tell_tabs_presence();
        self.tell_hub_presence();
    }

    /// A tab that nobody looks at shows nothing.
    fn shown(&self) -> &[PresenceState] {
        if self.visible { &self.presence.own } else { &[] }
    }

    pub(super) fn tell_tabs_presence(&mut self) {
        self.presence.tell_tabs_at = None;
        // The tab with the network needs nobody to speak for it, and has none to vouch for it when it dies.
        if self.network.epoch().is_some() || self.options.mode == Mode::Worker {
            return;
        }
        let states = self.shown().to_vec();
        if !states.is_empty() {
            self.presence.tell_tabs_at = Some(self.now_ms + TAB_RENEW_MS);
        }
        self.tell(TabMessage::Presence { tab: self.options.seed, states });
    }

    pub(super) fn presence_of_tab(&mut self, tab: u64, states: Vec<PresenceState>) {
        if states.is_empty() {
            self.presence.tabs.remove(&tab);
        } else {
            self.presence.tabs.insert(tab, Tab { states, heard_ms: self.now_ms });
        }
        self.tell_hub_presence();
    }

    /// Tells the hub, for all tabs, what changed or must be renewed.
    pub(super) fn tell_hub_presence(&mut self) {
        self.presence.tell_hub_at = None;
        if self.network.epoch().is_none() || !self.session.can_be_seen() {
            return;
        }
        let states = self.shown_by_all_tabs();
        let changed = states != self.presence.told;
        if !changed && states.is_empty() {
            return;
        }
        let wait = if changed { THROTTLE_MS } else { PRESENCE_RENEW_MS };
        let at = self.presence.told_ms.map_or(self.now_ms, |told| told + wait);
        if self.now_ms < at {
            self.presence.tell_hub_at = Some(at);
            return;
        }
        if !states.is_empty() {
            self.presence.tell_hub_at = Some(self.now_ms + PRESENCE_RENEW_MS);
        }
        self.presence.told = states.clone();
        self.presence.told_ms = Some(self.now_ms);
        self.out.push(Effect::Send(encode(&Frame::Presence { states })));
    }

    /// As much as the hub takes: this tab's first.
    fn shown_by_all_tabs(&self) -> Vec<PresenceState> {
        let mut all: Vec<PresenceState> = Vec::new();
        let others = self.presence.tabs.values().flat_map(|tab| &tab.states);
        for state in self.shown().iter().chain(others) {
            if !all.contains(state) {
                all.push(state.clone());
                if presence::check(&all).is_err() {
                    all.pop();
                }
            }
        }
        all
    }

    pub(super) fn presence_due(&mut self) {
        let now_ms = self.now_ms;
        let before = self.presence.tabs.len();
        self.presence.tabs.retain(|_, tab| now_ms < tab.heard_ms + TAB_EXPIRES_MS);
        let is_due = |at: Option<u64>| at.is_some_and(|at| now_ms >= at);
        if is_due(self.presence.tell_tabs_at) {
            self.tell_tabs_presence();
        }
        if is_due(self.presence.tell_hub_at) || self.presence.tabs.len() < before {
            self.tell_hub_presence();
        }
    }

    /// The hub says who is here.
    pub(super) fn peers_from_hub(&mut self, news: Peers) {
        self.presence.here.take(news.clone());
        self.publish.presence = true;
        self.tell(TabMessage::Peers(news));
    }

    pub(super) fn peers_from_tab(&mut self, news: Peers) {
        if self.network.epoch().is_none() {
            self.presence.here.take(news);
            self.publish.presence = true;
        }
    }

    /// All who are here, as the tab with the network knows.
    pub(super) fn here_from_tab(&mut self, here: Here) {
        if self.network.epoch().is_none() && self.presence.here != here {
            self.presence.here = here;
            self.publish.presence = true;
        }
    }

    pub(super) fn tell_here(&mut self) {
        if self.network.epoch().is_some() {
            self.tell(TabMessage::Here(self.presence.here.clone()));
        }
    }

    /// Without a connection nobody is known to be here, and the hub knows nothing of this device.
    pub(super) fn forget_here(&mut self) {
        self.presence.told = Vec::new();
        self.presence.told_ms = None;
        self.presence.tell_hub_at = None;
        if !self.presence.here.is_empty() {
            self.presence.here = Here::default();
            self.publish.presence = true;
            self.tell_here();
        }
    }

    /// The people who are here: in an event, or anywhere.
    pub fn people_here(&self, event: Option<&Id>) -> Vec<PersonHere> {
        presence::people(self.presence.here.peers.values(), event, &self.actor.user)
    }

    /// Who was in an event and is not now; the last to leave first.
    pub fn last_seen(&self, event: &Id) -> Vec<LastSeen> {
        let left = self.presence.here.left.iter().filter(|seen| seen.event == *event);
        let mut left: Vec<LastSeen> = left.cloned().collect();
        sort_by(&mut left, |a, b| (b.at_ms, &a.name, &a.user).cmp(&(a.at_ms, &b.name, &b.user)));
        left
    }
}
