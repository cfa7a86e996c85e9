//! How an engine opens, and what it does by itself, to the millisecond: views, beats, the question for the network, a store
//! that is read again.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod drive;

use drive::{Device, START, Watch, welcome};
use wedsync_core::engine::Mode;
use wedsync_core::engine::effect::{Answer, Effect};
use wedsync_core::engine::event::{Event, Hint, TabEvent};
use wedsync_core::engine::session::Connection;
use wedsync_core::engine::tabs::TabMessage;
use wedsync_core::ports::memory::{Fault, MemoryStore};
use wedsync_core::ports::{Link, StoreError, TransportEvent};
use wedsync_core::record::pack;
use wedsync_core::storage::{Done, Op};
use wedsync_domain::{Change, ChangeKind, DocId, Field, Row, Table, Value, document};
use wedsync_protocol::{Body, DocUpdate, Frame, Update};

const DAY: u64 = 86_400_000;

type Tab = Device<Log>;

/// What it did, and when.
struct Log {
    /// Since when times are told.
    from: u64,
    did: Vec<(u64, String)>,
}

impl Watch for Log {
    fn see(&mut self, now: u64, effect: &Effect) -> Option<Event> {
        let what = match effect {
            Effect::Store(op) => word(op),
            Effect::Lock(lock) => format!("{lock:?}"),
            Effect::Tell(bytes) => word(&postcard::from_bytes::<TabMessage>(bytes).unwrap()),
            Effect::Credential => "Connect".into(),
            Effect::Disconnect => "Disconnect".into(),
            Effect::Answer(Answer::Opened(Ok(_))) => "Opened".into(),
            Effect::Answer(Answer::Opened(Err(_))) => "Unopened".into(),
            Effect::Publish(publish) if !publish.docs.is_empty() => "Show".into(),
            _ => return None,
        };
        self.did.push((now - self.from, what));
        None
    }
}

impl Tab {
    fn open(mode: Mode) -> Tab {
        Tab::on(mode, MemoryStore::default())
    }

    fn on(mode: Mode, store: MemoryStore) -> Tab {
        Device::start(mode, store, Log { from: START, did: Vec::new() })
    }

    /// Does the network, and is up to date.
    fn online() -> Tab {
        let mut tab = Tab::open(Mode::Page);
        tab.go_online();
        tab
    }

    fn go_online(&mut self) {
        self.give(Event::Tab(TabEvent::LockGranted));
        self.greet(welcome(0, 0));
        self.hear(update(None));
        assert_eq!(self.engine.connection(), (Connection::Online, Some(Link::WebSocket)));
        self.begin();
    }

    /// Another tab says this.
    fn told(&mut self, message: &TabMessage) {
        self.give(Event::Tab(TabEvent::Message(pack(message))));
    }

    /// From here on, times are told anew.
    fn begin(&mut self) {
        self.seen.from = self.now;
        self.seen.did.clear();
    }

    /// What it did since the last call, and when: of these words only.
    fn did(&mut self, words: &[&str]) -> Vec<(u64, String)> {
        let mut did = std::mem::take(&mut self.seen.did);
        did.retain(|(_, word)| words.contains(&word.as_str()));
        did
    }
}

/// The name of what it is.
fn word(what: &impl std::fmt::Debug) -> String {
    let shown = format!("{what:?}");
    shown.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned()
}

fn at(times: &[(u64, &str)]) -> Vec<(u64, String)> {
    times.iter().map(|(ms, word)| (*ms, (*word).to_owned())).collect()
}

/// The `n`th update of the roster, or none of anything.
fn update(n: Option<u64>) -> Frame {
    let roster = |n: u64| {
        let doc = document::new_doc(9);
        let add = |n: u64| {
            let cells = Row::from_iter([(Field::Name, Value::from("Anna"))]);
            let kind = ChangeKind::Insert { cells };
            Change { doc: DocId::Roster, table: Table::Helpers, row: format!("h{n}"), kind }
        };
        (1..n).for_each(|n| drop(document::write(&doc, &[add(n)])));
        let bytes = document::write(&doc, &[add(n)]);
        DocUpdate { doc: DocId::Roster, epoch: 1, seq: n, body: Body::Delta { base: n - 1, bytes } }
    };
    Frame::Update(Update { docs: n.map(roster).into_iter().collect(), uuids: Vec::new(), more: false })
}

fn beat(visible: bool) -> TabMessage {
    TabMessage::Beat { visible, connection: Connection::Online, link: None, synced_ms: None }
}

const LOCKS: [&str; 4] = ["Request", "Try", "Steal", "Release"];
const EPOCH: [&str; 4] = ["Load", "TakeNetwork", "Beat", "Release"];
const TABS: [&str; 8] = ["Request", "Try", "Steal", "Release", "Hello", "Yield", "Beat", "Reload"];

#[test]
fn a_visible_tab_asks_a_hidden_holder_every_three_seconds_and_steals_after_ten_of_silence() {
    let mut tab = Tab::open(Mode::Page);
    assert_eq!(tab.did(&TABS), at(&[(0, "Request"), (0, "Hello")]));
    tab.pass(500);
    tab.told(&beat(false));
    tab.pass(9_999);
    assert_eq!(tab.did(&TABS), at(&[(3_000, "Yield"), (6_000, "Yield"), (9_000, "Yield")]));
    tab.pass(1_501);
    assert_eq!(tab.did(&TABS), at(&[(12_000, "Steal")]), "silent for 11.5 seconds");
    tab.pass(10_000);
    assert_eq!(tab.did(&TABS), at(&[(15_000, "Yield"), (18_000, "Yield"), (21_000, "Yield")]));
}

#[test]
fn a_holder_that_beats_in_time_or_is_looked_at_is_left_alone() {
    let mut tab = Tab::open(Mode::Page);
    tab.begin();
    tab.told(&beat(true));
    tab.pass(8_999);
    tab.told(&beat(true));
    tab.pass(9_000);
    assert_eq!(tab.did(&TABS), []);
    let mut exact = Tab::open(Mode::Page);
    exact.begin();
    exact.pass(2_000);
    exact.told(&beat(true));
    exact.pass(10_000);
    assert_eq!(exact.did(&TABS), at(&[(12_000, "Steal")]), "ten seconds and not one less");
    let mut hidden = Tab::open(Mode::Page);
    hidden.give(Event::Hint(Hint::Hidden));
    hidden.told(&beat(false));
    hidden.begin();
    hidden.pass(60_000);
    assert_eq!(hidden.did(&TABS), [], "nobody looks at it");
    hidden.begin();
    hidden.give(Event::Hint(Hint::Visible));
    hidden.pass(300);
    assert_eq!(hidden.did(&TABS), at(&[(0, "Hello"), (300, "Steal")]));
}

#[test]
fn a_tab_that_comes_to_the_front_gives_the_holder_three_tenths_of_a_second_to_say_how_it_is() {
    let mut tab = Tab::open(Mode::Page);
    tab.told(&beat(false));
    tab.pass(1_000);
    tab.begin();
    tab.give(Event::Hint(Hint::Visible));
    tab.pass(3_300);
    assert_eq!(tab.did(&TABS), at(&[(0, "Hello"), (300, "Yield"), (3_300, "Yield")]));
    let mut worker = Tab::open(Mode::Worker);
    worker.begin();
    worker.give(Event::Hint(Hint::Visible));
    worker.pass(60_000);
    assert_eq!(worker.did(&TABS), [], "a worker has no front");
}

#[test]
fn a_holder_beats_every_two_seconds_and_when_asked() {
    let mut tab = Tab::open(Mode::Page);
    tab.begin();
    tab.give(Event::Tab(TabEvent::LockGranted));
    let first = tab.did(&TABS);
    assert_eq!(first[..2], at(&[(0, "Beat"), (0, "Reload")]));
    tab.begin();
    tab.pass(4_500);
    assert_eq!(tab.did(&TABS), at(&[(2_000, "Beat"), (4_000, "Beat")]));
    tab.told(&TabMessage::Hello);
    tab.give(Event::Hint(Hint::Visible));
    tab.pass(2_000);
    assert_eq!(tab.did(&TABS), at(&[(4_500, "Beat"), (4_500, "Beat"), (6_500, "Beat")]));
    tab.now -= DAY;
    tab.give(Event::Tick);
    tab.begin();
    tab.pass(2_000);
    assert_eq!(tab.did(&TABS), at(&[(2_000, "Beat")]), "also where the clock was set back");
}

#[test]
fn what_came_is_told_to_the_other_tabs_once_it_is_written() {
    let mut tab = Tab::online();
    tab.hold();
    tab.hear(update(Some(1)));
    assert_eq!(tab.did(&["Commit", "Committed"]), at(&[(0, "Commit")]));
    let mut tab = Tab::online();
    tab.hear(update(Some(1)));
    assert_eq!(tab.did(&["Commit", "Committed"]), at(&[(0, "Commit"), (0, "Committed")]));
}

#[test]
fn only_a_hidden_page_yields_and_queues_again() {
    let mut tab = Tab::online();
    tab.told(&TabMessage::Yield);
    assert_eq!(tab.did(&LOCKS), []);
    tab.give(Event::Hint(Hint::Hidden));
    tab.begin();
    tab.told(&TabMessage::Yield);
    assert_eq!(tab.did(&LOCKS), at(&[(0, "Release"), (0, "Request")]));
    assert!(!tab.engine.does_network());
    tab.told(&TabMessage::Yield);
    tab.give(Event::Hint(Hint::Visible));
    tab.begin();
    tab.told(&beat(false));
    tab.pass(3_300);
    assert_eq!(tab.did(&TABS), at(&[(300, "Yield"), (3_300, "Yield")]), "it is a holder no more");
    let mut worker = Tab::open(Mode::Worker);
    worker.give(Event::Tab(TabEvent::LockGranted));
    worker.give(Event::Hint(Hint::Hidden));
    worker.begin();
    worker.told(&TabMessage::Yield);
    assert_eq!(worker.did(&LOCKS), []);
}

#[test]
fn who_loses_the_lock_queues_again_unless_it_is_the_worker_and_asks_after_three_seconds() {
    for (mode, locks) in
        [(Mode::Page, &[(0, "Release"), (0, "Request")][..]), (Mode::Worker, &[(0, "Release")])]
    {
        let mut tab = Tab::open(mode);
        tab.give(Event::Tab(TabEvent::LockGranted));
        tab.pass(20_500);
        tab.begin();
        tab.give(Event::Tab(TabEvent::LockLost));
        assert_eq!(tab.did(&TABS), at(locks));
        assert!(!tab.engine.does_network());
        tab.pass(9_000);
        let yields = [(3_000, "Yield"), (6_000, "Yield"), (9_000, "Yield")];
        assert_eq!(tab.did(&TABS), at(&yields), "the one before is given its ten seconds");
    }
}

#[test]
fn the_worker_gives_whoever_has_the_lock_three_seconds_to_be_alive() {
    let mut worker = Tab::open(Mode::Worker);
    assert_eq!(worker.did(&TABS), at(&[(0, "Try"), (0, "Hello")]));
    worker.pass(60_000);
    assert_eq!(worker.did(&TABS), []);
    worker.begin();
    worker.give(Event::Tab(TabEvent::LockBusy));
    assert!(!worker.engine.network_is_elsewhere());
    worker.pass(2_999);
    assert_eq!(worker.did(&TABS), at(&[(0, "Hello")]));
    worker.pass(60_000);
    assert_eq!(worker.did(&TABS), at(&[(3_000, "Steal")]));
    worker.give(Event::Tab(TabEvent::LockBusy));
    worker.told(&beat(false));
    assert!(worker.engine.network_is_elsewhere());
    worker.begin();
    worker.pass(60_000);
    assert_eq!(worker.did(&TABS), []);
}

#[test]
fn a_clock_set_back_makes_no_tab_wait_longer_for_the_network() {
    let mut tab = Tab::open(Mode::Page);
    tab.told(&beat(true));
    tab.now -= DAY;
    tab.give(Event::Tick);
    tab.begin();
    tab.pass(12_000);
    assert_eq!(tab.did(&TABS), at(&[(12_000, "Steal")]));
}

#[test]
fn views_are_read_once_a_frame_and_packed_half_a_second_later() {
    let mut tab = Tab::online();
    tab.pass(100);
    tab.begin();
    tab.hear(update(Some(1)));
    assert_eq!(tab.did(&["Show"]), at(&[(0, "Show")]), "nothing was shown for a frame");
    tab.pass(6);
    tab.hear(update(Some(2)));
    tab.pass(4);
    tab.hear(update(Some(3)));
    assert_eq!(tab.engine.view(&DocId::Roster).unwrap().rows(Table::Helpers).len(), 1);
    tab.pass(505);
    assert_eq!(tab.did(&["Show", "PutViews"]), at(&[(16, "Show")]));
    assert_eq!(tab.engine.view(&DocId::Roster).unwrap().rows(Table::Helpers).len(), 3);
    tab.pass(1);
    assert_eq!(tab.did(&["PutViews"]), at(&[(516, "PutViews")]));
    tab.pass(10_000);
    assert_eq!(tab.did(&["Show", "PutViews"]), []);
    // The clock is set back: a frame is a frame.
    tab.hear(update(Some(4)));
    tab.now -= DAY;
    tab.give(Event::Tick);
    tab.begin();
    tab.hear(update(Some(5)));
    tab.pass(516);
    assert_eq!(tab.did(&["Show", "PutViews"]), at(&[(16, "Show"), (516, "PutViews")]));
    // Where they stream in, after ten seconds.
    tab.begin();
    for n in 6..36 {
        tab.hear(update(Some(n)));
        tab.pass(400);
    }
    assert_eq!(tab.did(&["PutViews"]), at(&[(10_000, "PutViews")]));
    tab.pass(116);
    assert_eq!(tab.did(&["PutViews"]), at(&[(12_100, "PutViews")]));
}

#[test]
fn views_are_packed_at_once_where_the_tab_is_hidden_or_closed() {
    for last in [Event::Hint(Hint::Hidden), Event::Close] {
        let mut tab = Tab::online();
        tab.hear(update(Some(1)));
        tab.begin();
        tab.pass(1);
        tab.hear(update(Some(2)));
        tab.give(last);
        assert_eq!(tab.did(&["PutViews"]), at(&[(1, "PutViews")]));
        let reopened = Tab::on(Mode::Page, tab.store.clone());
        assert_eq!(reopened.engine.view(&DocId::Roster).unwrap().rows(Table::Helpers).len(), 2);
        tab.pass(1_000);
        assert_eq!(tab.did(&["PutViews"]), []);
    }
    let mut tab = Tab::online();
    tab.give(Event::Hint(Hint::Hidden));
    assert_eq!(tab.did(&["PutViews"]), [], "there is nothing to pack");
}

#[test]
fn what_was_found_without_a_packed_view_is_packed_half_a_second_later() {
    let mut before = Tab::online();
    before.hear(update(Some(1)));
    let mut tab = Tab::on(Mode::Page, before.store.clone());
    tab.begin();
    tab.pass(10_000);
    assert_eq!(tab.did(&["PutViews"]), at(&[(500, "PutViews")]));
    let mut again = Tab::on(Mode::Page, before.store.clone());
    again.pass(10_000);
    assert_eq!(again.did(&["PutViews"]), []);
}

#[test]
fn after_a_fault_the_store_is_read_again_in_three_seconds_and_then_it_connects() {
    let mut tab = Tab::online();
    tab.give(Event::Storage(StoreError::Closed));
    assert_eq!(tab.engine.storage_error(), Some(&StoreError::Closed));
    assert!(!tab.engine.is_settled());
    tab.pass(2_999);
    assert_eq!(tab.did(&["Load", "Connect", "Disconnect"]), at(&[(0, "Disconnect")]));
    tab.pass(10_000);
    assert_eq!(tab.did(&["Load", "Connect"]), at(&[(3_000, "Load"), (3_000, "Connect")]));
    assert_eq!(tab.engine.storage_error(), None);
    tab.store.fail_next_commit(Fault::Quota);
    tab.greet(welcome(0, 0));
    tab.hear(update(Some(1)));
    tab.now -= DAY;
    tab.give(Event::Tick);
    tab.begin();
    tab.pass(3_000);
    assert_eq!(tab.did(&["Load"]), at(&[(3_000, "Load")]), "also where the clock was set back");
}

#[test]
fn after_a_fault_it_connects_only_when_the_store_was_read_though_it_works_again() {
    let mut tab = Tab::online();
    tab.give(Event::Storage(StoreError::Closed));
    // What was asked for before the fault is answered after it.
    tab.give(Event::Stored(Done::Docs(Vec::new())));
    assert_eq!(tab.engine.storage_error(), None);
    tab.begin();
    tab.give(Event::SyncNow);
    tab.pass(3_000);
    assert_eq!(tab.did(&["Load", "Connect"]), at(&[(3_000, "Load"), (3_000, "Connect")]));
}

#[test]
fn the_other_tabs_are_told_of_each_change_of_the_connection() {
    let mut tab = Tab::open(Mode::Page);
    tab.give(Event::Tab(TabEvent::LockGranted));
    tab.pass(100);
    tab.begin();
    tab.greet(welcome(0, 0));
    assert_eq!(tab.did(&["Beat"]), at(&[(0, "Beat")]), "it is greeted");
    tab.hear(update(None));
    assert_eq!(tab.did(&["Beat"]), at(&[(0, "Beat")]), "it is up to date");
    tab.give(Event::Transport(TransportEvent::Closed { reached: true }));
    assert_eq!(tab.did(&["Beat"]), at(&[(0, "Beat")]), "it is offline");
}

#[test]
fn an_epoch_that_could_not_be_taken_or_is_gone_with_its_store_is_taken_again() {
    let mut tab = Tab::open(Mode::Page);
    tab.store.fail_next_commit(Fault::Quota);
    tab.begin();
    tab.give(Event::Tab(TabEvent::LockGranted));
    assert!(!tab.engine.does_network());
    tab.pass(3_000);
    let again = [(0, "TakeNetwork"), (3_000, "Load"), (3_000, "TakeNetwork"), (3_000, "Beat")];
    assert_eq!(tab.did(&EPOCH)[..4], at(&again));
    assert!(tab.engine.does_network());
    tab.begin();
    let op = Op::PutViews(Vec::new());
    tab.give(Event::StoreFailed { op, error: StoreError::Deleted });
    assert!(!tab.engine.does_network());
    tab.pass(3_000);
    assert_eq!(tab.did(&EPOCH)[..3], at(&again[1..]), "it has the lock all the time");
    assert!(tab.engine.does_network());
}

#[test]
fn who_closes_gives_the_lock_back_and_is_heard_of_no_more() {
    for mut tab in [Tab::online(), Tab::open(Mode::Page)] {
        tab.begin();
        tab.give(Event::Close);
        assert_eq!(tab.did(&LOCKS), at(&[(0, "Release")]));
        tab.pass(60_000);
        assert_eq!(tab.did(&TABS), []);
        assert!(!tab.engine.does_network());
    }
}

#[test]
fn a_store_that_is_being_read_is_not_asked_again() {
    let mut tab = Tab::online();
    tab.hold();
    tab.give(Event::Hint(Hint::Resumed));
    tab.give(Event::Hint(Hint::Resumed));
    tab.told(&TabMessage::Reload);
    assert_eq!(tab.did(&["Load"]), at(&[(0, "Load")]));
    assert!(!tab.engine.is_settled());
}

#[test]
fn a_store_that_cannot_be_read_is_said_once_and_tried_again() {
    let store = MemoryStore::default();
    store.fail_next_commit(Fault::Quota);
    let mut tab = Tab::on(Mode::Page, store.clone());
    assert_eq!(tab.engine.storage_error(), Some(&StoreError::Quota));
    tab.pass(3_000);
    assert_eq!(tab.did(&["Opened", "Unopened"]), at(&[(0, "Unopened"), (3_000, "Opened")]));
    // Later, opening is no question any more.
    store.wipe();
    store.fail_next_commit(Fault::Quota);
    tab.give(Event::Hint(Hint::Resumed));
    assert_eq!(tab.engine.storage_error(), Some(&StoreError::Quota));
    tab.pass(3_000);
    assert_eq!(tab.engine.storage_error(), None);
    assert_eq!(tab.did(&["Opened", "Unopened"]), []);
}

#[test]
fn a_replica_is_fresh_until_it_has_heard_from_the_hub() {
    let mut tab = Tab::open(Mode::Page);
    assert!(tab.engine.is_fresh());
    assert_eq!(tab.engine.synced_ms(), None);
    tab.give(Event::Tab(TabEvent::LockGranted));
    assert!(tab.engine.is_fresh(), "the store was read again, and there is nothing in it yet");
    tab.greet(welcome(0, 0));
    tab.hear(update(None));
    assert!(!tab.engine.is_fresh());
    assert_eq!(tab.engine.synced_ms(), Some(tab.now));
    let mut later = Tab::on(Mode::Page, tab.store.clone());
    assert!(!later.engine.is_fresh());
    assert_eq!(later.engine.synced_ms(), Some(tab.now));
    let (visible, connection, link) = (true, Connection::Online, None);
    later.told(&TabMessage::Beat { visible, connection, link, synced_ms: Some(tab.now + 9) });
    later.told(&beat(true));
    assert_eq!(later.engine.synced_ms(), Some(tab.now + 9));
    assert_eq!(later.engine.connection(), (Connection::Online, None), "as the holder says");
}

#[test]
fn quiet_hours_do_not_make_the_plan_older() {
    let mut tab = Tab::open(Mode::Page);
    tab.give(Event::Tab(TabEvent::LockGranted));
    tab.greet(welcome(0, 0));
    tab.hear(update(None));
    let updated = tab.now;
    for _ in 0..8 {
        tab.pass(15_000);
        tab.hear(Frame::Pong { token: 0 });
    }
    let heard = tab.now;
    tab.pass(4_000);
    tab.give(Event::Transport(TransportEvent::Closed { reached: true }));
    assert_eq!(heard, updated + 120_000);
    assert_eq!(tab.engine.synced_ms(), Some(heard), "the hub had nothing new until then");
    tab.pass(500);
    assert_eq!(Tab::on(Mode::Page, tab.store.clone()).engine.synced_ms(), Some(heard), "after a reload too");
}

#[test]
fn it_is_settled_when_nothing_is_read_or_written_and_the_store_works() {
    let mut tab = Tab::online();
    assert!(tab.engine.is_settled());
    tab.give(Event::Storage(StoreError::Closed));
    assert!(!tab.engine.is_settled());
    let reads: fn(&mut Tab) = |tab| tab.give(Event::Hint(Hint::Resumed));
    let writes: fn(&mut Tab) = |tab| tab.hear(update(None));
    for unsettle in [reads, writes] {
        let mut tab = Tab::online();
        tab.hold();
        unsettle(&mut tab);
        assert!(!tab.engine.is_settled());
    }
    // A document that is packed is read before a delta can be applied.
    let mut before = Tab::online();
    before.hear(update(Some(1)));
    before.give(Event::Hint(Hint::Hidden));
    let mut tab = Tab::on(Mode::Page, before.store.clone());
    tab.go_online();
    assert!(tab.engine.is_settled());
    tab.hold();
    tab.hear(update(Some(2)));
    assert!(!tab.engine.is_settled());
}
