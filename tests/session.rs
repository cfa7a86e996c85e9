//! One engine and a hub that says exactly what the test lets it say: when the engine tries, waits, asks and gives up.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod drive;

use drive::{Watch, welcome};
use wedsync_core::engine::Mode;
use wedsync_core::engine::effect::{Effect, LockEffect};
use wedsync_core::engine::event::{CredentialError, Event, Hint, TabEvent};
use wedsync_core::engine::session::Connection;
use wedsync_core::engine::tabs::TabMessage;
use wedsync_core::ports::memory::{Fault, MemoryStore};
use wedsync_core::ports::{Durability, Link, Space, Store, TransportEvent, WriteTx};
use wedsync_core::record::{OutboxRow, PackedView, Position, Receipt, Verdict, pack};
use wedsync_core::storage::{Commit, Done, Loaded, Op, perform};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Actor, DocId, DocView, Refusal, RefusalCode, Role};
use wedsync_protocol::{
    Ack, Body, DocUpdate, FaultCode, Frame, Head, Nack, Update, WINDOW_BYTES, WINDOW_ROWS, Welcome, decode,
};

const PATIENCE_MS: u64 = 15_000;
const QUIET_MS: u64 = 15_000;

#[derive(Debug, PartialEq)]
enum Did {
    Asked,
    Opened(Link),
    Sent(Frame),
    Disconnected,
}

type Device = drive::Device<Log>;

/// What it did, how many edits it said were answered, and how often it said anything.
#[derive(Default)]
struct Log(Vec<Did>, usize, usize);

impl Watch for Log {
    /// It has the lock as soon as it asks.
    fn see(&mut self, _: u64, effect: &Effect) -> Option<Event> {
        match effect {
            Effect::Lock(LockEffect::Request | LockEffect::Try | LockEffect::Steal) => {
                return Some(Event::Tab(TabEvent::LockGranted));
            }
            Effect::Credential => self.0.push(Did::Asked),
            Effect::Open(link) => self.0.push(Did::Opened(*link)),
            Effect::Send(messages) => self.0.extend(messages.iter().map(|m| Did::Sent(decode(m).unwrap()))),
            Effect::Disconnect => self.0.push(Did::Disconnected),
            Effect::Publish(publish) => (self.1, self.2) = (self.1 + publish.settled.len(), self.2 + 1),
            _ => {}
        }
        None
    }
}

impl Device {
    fn new(mode: Mode, rows: &[usize]) -> Device {
        Device::with(mode, rows, |_| {})
    }

    /// With more in the store than its rows.
    fn with(mode: Mode, rows: &[usize], fill: impl FnOnce(&MemoryStore)) -> Device {
        let store = MemoryStore::default();
        let load = Op::Load { fresh_client: "c1".parse().unwrap() };
        pollster::block_on(perform(&store, load)).unwrap();
        pollster::block_on(perform(&store, Op::Append(rows_of(1, rows)))).unwrap();
        fill(&store);
        Device::start(mode, store, Log::default())
    }

    /// A page that was greeted, and knows all there is to know.
    fn online(rows: &[usize]) -> Device {
        let mut device = Device::new(Mode::Page, rows);
        device.connect();
        device.hear(Frame::Update(update()));
        assert_eq!(device.engine.connection(), (Connection::Online, Some(Link::WebSocket)));
        device
    }

    fn connect(&mut self) {
        self.greet(welcome(0, 0));
    }

    fn close(&mut self) {
        self.give(Event::Transport(TransportEvent::Closed { reached: false }));
    }

    /// What it did since the last call.
    fn did(&mut self) -> Vec<Did> {
        std::mem::take(&mut self.seen.0)
    }

    /// The numbers of the rows that it sent since the last call.
    fn sent(&mut self) -> Vec<u64> {
        let row = |did| match did {
            Did::Sent(Frame::Mutate(mutate)) => Some(mutate.n),
            _ => None,
        };
        self.did().into_iter().filter_map(row).collect()
    }

    /// Lets it fail until it tries again, and says after how long that was.
    fn waits(&mut self) -> u64 {
        self.did();
        let from = self.now;
        while !self.seen.0.contains(&Did::Asked) {
            self.pass(1);
            assert!(self.now - from < 1_000_000, "it never tries again");
        }
        self.did();
        self.now - from
    }

    fn connection(&self) -> Connection {
        self.engine.connection().0
    }

    fn is_connected(&mut self) -> bool {
        !self.did().contains(&Did::Disconnected)
    }
}

fn uuid(n: u64) -> Uuid {
    Uuid([n as u8; 16])
}

/// Rows whose commands are so long, and mean nothing.
fn rows_of(first: u64, sizes: &[usize]) -> Vec<OutboxRow> {
    let row = |(n, size): (u64, &usize)| OutboxRow {
        n: 0,
        uuid: uuid(n),
        at_ms: 1,
        title: String::new(),
        command: vec![b'x'; *size],
    };
    (first..).zip(sizes).map(row).collect()
}

fn update() -> Update {
    Update { docs: Vec::new(), uuids: Vec::new(), more: false }
}

fn ack(n: u64) -> Frame {
    Frame::Ack(Ack { n, uuid: uuid(n), heads: Vec::new(), replaced: Vec::new(), kept: Vec::new() })
}

fn nack(n: u64, code: RefusalCode) -> Frame {
    Frame::Nack(Nack { n, uuid: uuid(n), refusal: Refusal::new(code, "no") })
}

fn fault(code: FaultCode) -> Frame {
    Frame::Fault { code, message: String::new() }
}

#[test]
fn credentials_opening_and_greeting_each_have_fifteen_seconds() {
    let mut device = Device::new(Mode::Page, &[]);
    assert_eq!(device.did(), [Did::Asked]);
    device.pass(PATIENCE_MS - 1);
    device.give(Event::Credential(Ok("token".into())));
    device.pass(PATIENCE_MS - 1);
    device.give(Event::Transport(TransportEvent::Opened));
    device.pass(PATIENCE_MS - 1);
    assert!(device.is_connected());
    device.pass(1);
    assert!(!device.is_connected(), "no word of the hub");
    device.waits();
    device.give(Event::Credential(Ok("token".into())));
    device.pass(PATIENCE_MS - 1);
    assert!(device.is_connected());
    device.pass(1);
    assert!(!device.is_connected(), "it does not open");
    device.waits();
    device.pass(PATIENCE_MS - 1);
    assert!(device.is_connected());
    device.pass(1);
    assert!(!device.is_connected(), "no credential");
}

#[test]
fn it_says_how_things_stand() {
    let mut device = Device::new(Mode::Page, &[]);
    assert_eq!(device.engine.connection(), (Connection::Connecting, None));
    device.connect();
    assert_eq!(device.connection(), Connection::Connecting, "greeted, and not up to date");
    assert!(!device.engine.is_drained());
    device.hear(Frame::Update(Update { more: true, ..update() }));
    assert_eq!(device.connection(), Connection::Connecting, "in the middle of a cut");
    device.hear(Frame::Update(update()));
    assert_eq!(device.connection(), Connection::Online);
    assert!(device.engine.is_drained());
    device.close();
    assert_eq!(device.connection(), Connection::Offline);
    assert!(!device.engine.is_drained());
    device.waits();
    assert_eq!(device.connection(), Connection::Offline, "trying again is not news");
    device.connect();
    assert_eq!(device.connection(), Connection::Connecting, "the hub has answered");
}

#[test]
fn attempts_are_spread_further_and_further_until_it_is_up_to_date() {
    let mut device = Device::new(Mode::Page, &[]);
    let mut waits = Vec::new();
    for _ in 0..8 {
        device.close();
        device.give(Event::Credential(Err(CredentialError::Unreachable(String::new()))));
        waits.push(device.waits());
    }
    assert!((250..=500).contains(&waits[0]) && (15_000..=30_000).contains(&waits[7]), "{waits:?}");
    assert_eq!(device.engine.failed_attempts(), 8);
    device.connect();
    assert_eq!(device.engine.failed_attempts(), 8, "a hub that greets and drops everybody is not up");
    device.hear(Frame::Update(update()));
    assert_eq!(device.engine.failed_attempts(), 0);
}

#[test]
fn who_was_silent_for_fifteen_seconds_is_asked_and_given_five_to_answer() {
    let mut device = Device::online(&[]);
    device.did();
    device.pass(QUIET_MS - 1);
    assert_eq!(device.did(), []);
    device.hear(Frame::Pong { token: 1 });
    device.pass(QUIET_MS - 1);
    assert_eq!(device.did(), [], "counted from the last word");
    device.pass(1);
    assert_eq!(device.did(), [Did::Sent(Frame::Ping { token: device.now })]);
    device.pass(QUIET_MS / 3 - 1);
    device.hear(Frame::Pong { token: 1 });
    device.pass(1);
    assert_eq!(device.did(), []);
    device.pass(QUIET_MS - 1);
    assert!(matches!(device.did()[..], [Did::Sent(Frame::Ping { .. })]));
    device.pass(QUIET_MS / 3 - 1);
    assert!(device.is_connected());
    device.pass(1);
    assert!(!device.is_connected());
}

#[test]
fn a_hint_that_the_network_changed_asks_once_and_no_link_but_a_websocket() {
    let mut device = Device::online(&[]);
    device.did();
    device.give(Event::Hint(Hint::Offline));
    device.give(Event::Hint(Hint::Online));
    assert_eq!(device.did(), [Did::Sent(Frame::Ping { token: device.now })]);
    let mut worker = Device::new(Mode::Worker, &[]);
    worker.give(Event::Credential(Ok("token".into())));
    worker.give(Event::Hint(Hint::Offline));
    worker.give(Event::Transport(TransportEvent::Opened));
    worker.hear(welcome(0, 0));
    worker.did();
    worker.give(Event::Hint(Hint::Offline));
    worker.pass(10 * QUIET_MS);
    assert_eq!(worker.did(), [], "a request is no conversation");
}

#[test]
fn a_ping_is_answered() {
    let mut device = Device::online(&[]);
    device.did();
    device.hear(Frame::Ping { token: 9 });
    assert_eq!(device.did(), [Did::Sent(Frame::Pong { token: 9 })]);
}

#[test]
fn a_frame_that_no_hub_says_or_that_does_not_decode_ends_the_connection() {
    let mut device = Device::online(&[]);
    device.did();
    device.hear(ack(77));
    assert!(device.is_connected(), "an answer to a row that is gone is old news");
    device.hear(Frame::Subscribe { heads: Vec::new() });
    assert!(!device.is_connected());
    let mut device = Device::online(&[]);
    device.did();
    device.give(Event::Transport(TransportEvent::Received(vec![0xff; 3])));
    assert!(!device.is_connected());
}

#[test]
fn where_two_websockets_in_a_row_say_nothing_http_is_tried_and_where_http_says_nothing_websockets_again() {
    let mut device = Device::online(&[]);
    let open = |device: &mut Device| {
        device.waits();
        device.give(Event::Credential(Ok("token".into())));
        let opened = device.did();
        let [Did::Opened(link)] = opened[..] else { panic!("{opened:?}") };
        link
    };
    device.close();
    assert_eq!(open(&mut device), Link::WebSocket, "it was alive: that does not count");
    device.close();
    assert_eq!(open(&mut device), Link::WebSocket);
    device.give(Event::Transport(TransportEvent::Opened));
    device.close();
    assert_eq!(open(&mut device), Link::Http);
    device.give(Event::Transport(TransportEvent::Opened));
    let hello = device.did();
    assert!(matches!(hello[..], [Did::Sent(Frame::Hello(_)), Did::Sent(Frame::Subscribe { .. })]));
    // The network may have been out until now.
    device.hear(welcome(0, 0));
    assert_eq!(device.did(), [Did::Disconnected, Did::Asked]);
    device.give(Event::Credential(Ok("token".into())));
    assert_eq!(device.did(), [Did::Opened(Link::WebSocket)]);
    device.close();
    assert_eq!(open(&mut device), Link::Http);
    device.give(Event::Transport(TransportEvent::Opened));
    device.did();
    device.hear(welcome(0, 0));
    assert_eq!(device.did(), [], "a request asks once");
    device.hear(Frame::Update(update()));
    device.close();
    assert_eq!(open(&mut device), Link::Http, "what works is kept");
    device.close();
    assert_eq!(open(&mut device), Link::WebSocket);
    device.close();
    assert_eq!(open(&mut device), Link::WebSocket);
    device.close();
    device.give(Event::Hint(Hint::Online));
    device.did();
    device.give(Event::Credential(Ok("token".into())));
    assert_eq!(device.did(), [Did::Opened(Link::WebSocket)], "without a network nothing is blocked");
}

#[test]
fn where_only_websockets_failed_one_more_is_tried_once_nothing_waits_for_http() {
    let mut device = Device::new(Mode::Page, &[10]);
    let by_http = |device: &mut Device| {
        device.give(Event::Credential(Ok("token".into())));
        assert_eq!(device.seen.0.last(), Some(&Did::Opened(Link::Http)));
        device.give(Event::Transport(TransportEvent::Opened));
        device.hear(welcome(0, 0));
        device.hear(Frame::Update(update()));
        assert!(device.is_connected());
    };
    for _ in 0..2 {
        device.give(Event::Credential(Ok("token".into())));
        device.close();
        device.waits();
    }
    by_http(&mut device);
    device.hear(ack(1));
    assert_eq!(device.did(), [Did::Disconnected, Did::Asked]);
    device.give(Event::Credential(Ok("token".into())));
    assert_eq!(device.did(), [Did::Opened(Link::WebSocket)]);
    device.close();
    device.waits();
    by_http(&mut device);
    device.pass(14_000);
    assert!(device.is_connected(), "once is enough");
}

#[test]
fn a_websocket_that_works_counts_as_one() {
    let mut device = Device::new(Mode::Page, &[]);
    for _ in 0..3 {
        device.give(Event::Credential(Ok("token".into())));
        assert_eq!(device.seen.0.last(), Some(&Did::Opened(Link::WebSocket)));
        device.close();
        device.waits();
        device.connect();
        device.hear(Frame::Update(update()));
        device.close();
        device.waits();
    }
}

#[test]
fn who_is_not_signed_in_is_asked_again_after_five_minutes_or_by_hand() {
    let mut device = Device::new(Mode::Page, &[]);
    let no = || Event::Credential(Err(CredentialError::NotSignedIn(String::new())));
    device.give(no());
    assert_eq!(device.connection(), Connection::SignedOut);
    assert_eq!(device.waits(), 300_000);
    assert_ne!(device.connection(), Connection::SignedOut);
    device.give(no());
    device.did();
    device.give(Event::SyncNow);
    assert_eq!(device.did(), [Did::Asked]);
    assert_ne!(device.connection(), Connection::SignedOut);
    device.connect();
    let elsewhere = "other".parse().unwrap();
    device.close();
    device.waits();
    device.give(Event::Credential(Ok("token".into())));
    device.give(Event::Transport(TransportEvent::Opened));
    let Frame::Welcome(welcome) = welcome(0, 0) else { panic!() };
    device.hear(Frame::Welcome(Welcome { org: elsewhere, ..welcome }));
    assert_eq!(device.connection(), Connection::SignedOut, "a hub of somebody else");
}

#[test]
fn a_token_that_is_refused_is_renewed_twice_and_then_the_person_is_asked() {
    let mut device = Device::new(Mode::Page, &[]);
    let refuse = |device: &mut Device, code| {
        device.give(Event::Credential(Ok("token".into())));
        device.give(Event::Transport(TransportEvent::Opened));
        device.hear(fault(code));
        device.connection()
    };
    for _ in 0..2 {
        assert_eq!(refuse(&mut device, FaultCode::Unauthorized), Connection::Offline);
        device.waits();
        assert_eq!(refuse(&mut device, FaultCode::TokenExpired), Connection::Offline);
        device.waits();
        device.connect();
        device.close();
        device.waits();
    }
    refuse(&mut device, FaultCode::Unauthorized);
    device.waits();
    refuse(&mut device, FaultCode::Unauthorized);
    device.waits();
    assert_eq!(refuse(&mut device, FaultCode::Unauthorized), Connection::SignedOut);
    device.give(Event::SyncNow);
    assert_eq!(refuse(&mut device, FaultCode::Unauthorized), Connection::Offline, "counted from the start");
}

#[test]
fn each_fault_has_its_consequence() {
    for code in FaultCode::ALL {
        let mut device = Device::online(&[]);
        let client = hello_client(&mut device);
        device.hear(fault(code));
        assert!(!device.is_connected(), "{code:?}");
        let expected = match code {
            FaultCode::Revoked => Connection::SignedOut,
            FaultCode::UnsupportedVersion => Connection::Unsupported,
            // It takes a new number, and tries at once.
            FaultCode::ClientTaken => Connection::Connecting,
            _ => Connection::Offline,
        };
        assert_eq!(device.connection(), expected, "{code:?}");
        device.give(Event::SyncNow);
        device.connect();
        assert_eq!(hello_client(&mut device) == client, code != FaultCode::ClientTaken, "{code:?}");
    }
}

/// The client number that it greeted with last.
fn hello_client(device: &mut Device) -> Option<String> {
    device.did().into_iter().rev().find_map(|did| match did {
        Did::Sent(Frame::Hello(hello)) => Some(hello.client.to_string()),
        _ => None,
    })
}

#[test]
fn a_busy_hub_is_left_alone_for_as_long_as_it_says_within_reason() {
    for (says, waits) in [(0, 10), (2_000, 2_000), (900_000, 60_000)] {
        let mut device = Device::online(&[10, 10]);
        assert_eq!(device.sent(), [1, 2]);
        device.hear(ack(1));
        device.hear(Frame::Busy { retry_after_ms: says });
        device.give(Event::Hint(Hint::Online));
        // Pings are answered meanwhile.
        let until = device.now + waits;
        while until - device.now > 4_000 {
            device.pass(4_000);
            device.hear(Frame::Pong { token: 0 });
        }
        device.pass(until - device.now - 1);
        assert_eq!(device.sent(), [0; 0], "after {says}");
        device.pass(1);
        assert_eq!(device.sent(), [2], "after {says}");
    }
}

#[test]
fn no_more_rows_are_under_way_than_the_window_holds() {
    let mut device = Device::online(&vec![10; WINDOW_ROWS + 2]);
    let window = WINDOW_ROWS as u64;
    assert_eq!(device.sent(), (1..=window).collect::<Vec<_>>());
    device.hear(ack(1));
    assert_eq!(device.sent(), [window + 1]);
    device.hear(nack(2, RefusalCode::Forbidden));
    assert_eq!(device.sent(), [window + 2]);
    assert_eq!(device.engine.waiting(), WINDOW_ROWS);
    assert_eq!(device.engine.refused(), 1);
}

#[test]
fn no_more_bytes_are_under_way_than_the_window_holds_but_one_row_always_is() {
    let quarter = WINDOW_BYTES / 4 - 64;
    assert_eq!(Device::online(&[quarter; 5]).sent(), [1, 2, 3, 4]);
    assert_eq!(Device::online(&[quarter, quarter, quarter, quarter + 1]).sent(), [1, 2, 3]);
    let mut device = Device::online(&[WINDOW_BYTES + 1, 10]);
    assert_eq!(device.sent(), [1]);
    device.hear(ack(1));
    assert_eq!(device.sent(), [2]);
    let mut device = Device::online(&[10, WINDOW_BYTES + 1]);
    assert_eq!(device.sent(), [1]);
    device.hear(ack(1));
    assert_eq!(device.sent(), [2]);
}

#[test]
fn a_hub_that_was_busy_gets_few_rows_at_once_on_this_connection() {
    let mut device = Device::online(&[10; 120]);
    assert_eq!(device.sent().len(), 120);
    device.hear(Frame::Busy { retry_after_ms: 100 });
    device.pass(100);
    assert_eq!(device.sent(), (1..=50).collect::<Vec<_>>());
    device.close();
    device.waits();
    device.connect();
    assert_eq!(device.sent().len(), 120);
}

#[test]
fn rows_out_of_order_are_sent_again_on_another_connection() {
    let mut device = Device::online(&[10, 10]);
    assert_eq!(device.sent(), [1, 2]);
    device.hear(nack(2, RefusalCode::OutOfOrder));
    assert!(!device.is_connected());
    assert_eq!((device.engine.waiting(), device.engine.refused()), (2, 0));
    device.waits();
    device.connect();
    assert_eq!(device.sent(), [1, 2]);
}

/// Of the first row.
fn stored_receipt() -> Receipt {
    let verdict = Verdict::Stored { heads: Vec::new(), replaced: Vec::new(), kept: Vec::new() };
    let row = rows_of(1, &[10]).remove(0);
    Receipt { row: OutboxRow { n: 1, ..row }, settled_ms: 1, verdict }
}

#[test]
fn who_waits_for_a_verdict_is_told_to_look_when_one_came_whichever_way_and_not_else() {
    let landed = |uuids| Frame::Update(Update { uuids, ..update() });
    let from_another_tab = |device: &mut Device| {
        let load = Op::Load { fresh_client: "c".parse().unwrap() };
        let Ok(Done::Loaded(loaded)) = pollster::block_on(perform(&device.store, load)) else { panic!() };
        let verdict = Verdict::Refused(Refusal::new(RefusalCode::Forbidden, "no"));
        let receipt = Receipt { row: loaded.rows[0].clone(), settled_ms: 1, verdict };
        let (number, (docs, landed, news)) = (loaded.commits + 1, Default::default());
        let told = TabMessage::Committed { number, verdicts: vec![receipt], docs, landed, news };
        device.give(Event::Tab(TabEvent::Message(pack(&told))));
    };
    let written_by_another_tab = |device: &mut Device| {
        let Ok(Done::NetworkTaken { epoch: network_epoch }) =
            pollster::block_on(perform(&device.store, Op::TakeNetwork))
        else {
            panic!()
        };
        let verdicts = vec![stored_receipt()];
        let commit = Commit { network_epoch, verdicts, ..Commit::default() };
        pollster::block_on(perform(&device.store, Op::Commit(Box::new(commit)))).unwrap();
        device.give(Event::Tab(TabEvent::Message(pack(&TabMessage::Reload))));
    };
    let ways: [&dyn Fn(&mut Device); 5] = [
        &|device| device.hear(ack(1)),
        &|device| device.hear(nack(1, RefusalCode::Forbidden)),
        // The ack was lost, or comes later.
        &|device| device.hear(landed(vec![uuid(1)])),
        &written_by_another_tab,
        &from_another_tab,
    ];
    for (at, verdict_comes) in ways.into_iter().enumerate() {
        let mut device = Device::online(&[10, 10]);
        device.seen.1 = 0;
        device.hear(landed(Vec::new()));
        let command = r#"{"type":"add_place","place":"p","fields":{"name":"P"}}"#.into();
        device.give(Event::Submit { request: 1, uuid: Uuid([77; 16]), command });
        device.pass(1_000);
        assert_eq!(device.seen.1, 0);
        verdict_comes(&mut device);
        assert!(device.seen.1 > 0, "way {at}");
    }
}

#[test]
fn where_many_edits_wait_a_page_hears_of_answers_once_a_frame() {
    for (rows, times) in [(64 + 20, 3), (64, 20)] {
        let mut device = Device::online(&vec![10; rows]);
        device.pass(100);
        device.hold();
        (device.seen.1, device.seen.2) = (0, 0);
        for n in 1..=20 {
            device.hear(ack(n));
            device.pass(1);
        }
        // Of those after the last frame it hears when that is over.
        assert_eq!((device.seen.2, device.seen.1 == 20), (times - usize::from(rows > 64), rows == 64));
        device.pass(16);
        assert_eq!((device.seen.2, device.seen.1), (times, 20));
    }
}

#[test]
fn a_hub_that_knows_less_than_is_gone_here_gets_another_client_number() {
    for (last_n, renewed) in [(1, false), (0, true)] {
        let mut device = Device::online(&[10, 10]);
        device.hear(ack(1));
        device.hear(Frame::Update(Update { uuids: vec![uuid(1)], ..update() }));
        let before = hello_client(&mut device);
        device.close();
        device.waits();
        device.give(Event::Credential(Ok("token".into())));
        device.give(Event::Transport(TransportEvent::Opened));
        assert_eq!(hello_client(&mut device), before);
        device.hear(welcome(0, last_n));
        assert_eq!(device.is_connected(), !renewed);
        if renewed {
            device.connect();
            assert_ne!(hello_client(&mut device), before);
        }
        assert_eq!(device.engine.waiting(), 1);
    }
}

#[test]
fn a_clock_set_back_makes_nobody_wait_longer() {
    let day = 86_400_000;
    let mut device = Device::online(&[10]);
    device.did();
    device.hear(Frame::Busy { retry_after_ms: 1_000 });
    device.now -= day;
    device.give(Event::Tick);
    device.pass(1_000);
    assert_eq!(device.sent(), [1]);
    device.pass(QUIET_MS - 1_000);
    assert!(matches!(device.did()[..], [Did::Sent(Frame::Ping { .. })]));
    device.now -= day;
    device.give(Event::Tick);
    device.pass(QUIET_MS / 3);
    assert!(!device.is_connected());
    device.now -= day;
    device.give(Event::Tick);
    assert!(device.waits() <= 500);
}

#[test]
fn each_new_client_number_is_another() {
    let mut device = Device::online(&[]);
    let mut clients = vec![hello_client(&mut device)];
    for _ in 0..3 {
        device.hear(fault(FaultCode::ClientTaken));
        device.connect();
        clients.push(hello_client(&mut device));
    }
    clients.sort();
    clients.dedup();
    assert_eq!(clients.len(), 4);
}

#[test]
fn nobody_connects_under_a_client_number_that_is_about_to_be_replaced() {
    let mut device = Device::online(&[10, 10]);
    let before = hello_client(&mut device);
    device.hold();
    device.hear(nack(1, RefusalCode::ClientForked));
    device.did();
    device.give(Event::SyncNow);
    device.give(Event::Hint(Hint::Visible));
    assert!(!device.did().contains(&Did::Asked));
    device.release();
    device.give(Event::Credential(Ok("token".into())));
    device.give(Event::Transport(TransportEvent::Opened));
    let hello = hello_client(&mut device);
    assert!(hello.is_some() && hello != before);
    device.hear(welcome(0, 0));
    assert_eq!(device.sent(), [1, 2], "the hub counts from 1 again");
}

#[test]
fn a_hub_that_was_restored_before_its_generation_was_known_here_is_another_if_it_stored_something() {
    for (receipts, generation, renewed) in [(0, 3, false), (1, 0, false), (1, 3, true)] {
        let verdicts = vec![stored_receipt(); receipts];
        let mut device = Device::with(Mode::Page, &[10], |store| {
            let taken = pollster::block_on(perform(store, Op::TakeNetwork));
            let Ok(Done::NetworkTaken { epoch: network_epoch }) = taken else { panic!("{taken:?}") };
            let landed = vec![(1, uuid(1))];
            let commit = Commit { network_epoch, landed, verdicts, ..Commit::default() };
            pollster::block_on(perform(store, Op::Commit(Box::new(commit)))).unwrap();
        });
        device.greet(welcome(generation, 1));
        assert_eq!(device.is_connected(), !renewed, "{receipts} receipts, generation {generation}");
    }
}

#[test]
fn what_the_hub_as_it_was_has_said_last_is_not_written_over_what_waits_for_the_restored_one() {
    let mut device = Device::online(&[10, 10]);
    device.hold();
    device.hear(nack(1, RefusalCode::Forbidden));
    device.hear(nack(2, RefusalCode::Forbidden));
    device.close();
    device.waits();
    device.greet(welcome(3, 2));
    device.release();
    assert_eq!((device.engine.waiting(), device.engine.refused()), (1, 1));
}

#[test]
fn what_comes_while_a_transaction_runs_is_written_in_the_next_one() {
    let mut device = Device::online(&[10, 10, 10]);
    let committed = |device: &Device| {
        let verdicts = |op: &Op| match op {
            Op::Commit(commit) => Some(commit.verdicts.len()),
            _ => None,
        };
        device.held.iter().flatten().filter_map(verdicts).collect::<Vec<_>>()
    };
    device.hold();
    (1..=3).for_each(|n| device.hear(nack(n, RefusalCode::Forbidden)));
    assert_eq!(committed(&device), [1]);
    let first = device.held.take().unwrap().remove(0);
    device.hold();
    device.store(first);
    device.perform();
    assert_eq!(committed(&device), [2]);
}

/// A roster that is packed here, and an update for it that does not fit.
fn packed_roster() -> (Device, Frame) {
    let at = Position { epoch: 1, seq: 4 };
    let fill = |store: &MemoryStore| {
        let view = PackedView::of(&DocId::Roster, at, &DocView::default());
        pollster::block_on(async {
            let tx = store.write(Durability::Strict).await.unwrap();
            tx.put(Space::Heads, "roster", &pack(&at)).await.unwrap();
            tx.put(Space::Views, "roster", &pack(&view)).await.unwrap();
            tx.commit().await.unwrap();
        });
    };
    let mut device = Device::with(Mode::Page, &[], fill);
    device.connect();
    let body = Body::Delta { base: 8, bytes: vec![0, 0] };
    let docs = vec![DocUpdate { doc: DocId::Roster, epoch: 1, seq: 9, body }];
    (device, Frame::Update(Update { docs, ..update() }))
}

#[test]
fn an_update_that_does_not_fit_is_asked_for_from_nothing_on_a_connection_that_stands() {
    let (mut device, update) = packed_roster();
    device.did();
    device.hear(update.clone());
    let heads = vec![Head { doc: DocId::Roster, epoch: 0, seq: 0 }];
    assert_eq!(device.did(), [Did::Sent(Frame::Subscribe { heads })]);
    assert_eq!(device.connection(), Connection::Connecting, "not up to date");
    // The connection is gone before the document was read: there is nobody to ask.
    let (mut device, update) = packed_roster();
    device.hold();
    device.hear(update);
    device.close();
    device.did();
    device.release();
    assert_eq!(device.did(), []);
    assert_eq!(device.connection(), Connection::Offline);
}

#[test]
fn a_cut_that_is_read_after_its_connection_is_gone_is_no_success() {
    let (mut device, _) = packed_roster();
    device.hold();
    let body = Body::Delta { base: 3, bytes: vec![0, 0] };
    let docs = vec![DocUpdate { doc: DocId::Roster, epoch: 1, seq: 4, body }];
    device.hear(Frame::Update(Update { docs, ..update() }));
    device.close();
    assert_eq!(device.engine.failed_attempts(), 1);
    device.release();
    assert_eq!(device.engine.failed_attempts(), 1);
}

#[test]
fn what_the_hub_says_only_once_is_kept_until_it_is_written() {
    let mut device = Device::online(&[]);
    let helper = Actor { role: Role::Helper, ..device.engine.actor().clone() };
    device.store.fail_next_commit(Fault::Closed);
    device.hear(Frame::Permissions(helper.clone()));
    assert_eq!(device.engine.actor(), &helper);
    device.waits();
    assert_eq!(device.engine.actor(), &helper, "the store was read again, and does not know");
    device.connect();
    device.hear(Frame::Update(update()));
    let loaded = loaded(&device);
    assert_eq!((loaded.actor, loaded.generation), (Some(helper), Some(0)));
}

/// The page may have asked the hub for the role itself; offline, at the next start, it does not know.
#[test]
fn a_role_is_kept_though_the_page_was_told_the_same() {
    let mut device = Device::online(&[]);
    let owner = device.engine.actor().clone();
    assert_eq!(loaded(&device).actor, None);
    device.hear(Frame::Permissions(owner.clone()));
    assert_eq!(loaded(&device).actor, Some(owner));
}

#[test]
fn a_generation_that_is_told_while_the_store_is_read_is_written_after() {
    let mut device = Device::new(Mode::Page, &[]);
    device.hold();
    device.give(Event::Hint(Hint::Resumed));
    device.greet(welcome(3, 0));
    device.release();
    device.hear(Frame::Update(update()));
    assert_eq!(loaded(&device).generation, Some(3));
}

/// What the store holds.
fn loaded(device: &Device) -> Loaded {
    let load = Op::Load { fresh_client: "c9".parse().unwrap() };
    match pollster::block_on(perform(&device.store, load)) {
        Ok(Done::Loaded(loaded)) => *loaded,
        other => panic!("{other:?}"),
    }
}
