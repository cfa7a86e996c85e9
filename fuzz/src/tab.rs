//! One tab of the owner's, driven against a real room: its store in memory, a network that can be cut, and somebody on
//! the line who can say anything.

use crate::hub::{Content, Hub, NOW, id, owner};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wedsync_core::engine::effect::{Answer, Effect, LockEffect};
use wedsync_core::engine::event::{Event, TabEvent};
use wedsync_core::engine::{Engine, FOLD_LOG_AT, Mode, Options};
use wedsync_core::ports::memory::MemoryStore;
use wedsync_core::ports::{ReadTx, Space, Store, TransportEvent};
use wedsync_core::record::{OutboxRow, unpack};
use wedsync_core::storage::perform;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, Id};
use wedsync_hub::room::{Caller, Move};
use wedsync_hub::store::Generation;
use wedsync_protocol::{Frame, VERSION, Welcome, decode, encode};

/// Longer than any wait of the engine.
const LONG_MS: u64 = 11 * 60_000;

pub struct Tab {
    pub engine: Engine,
    pub store: MemoryStore,
    pub hub: Hub,
    pub now: u64,
    pub opened: Option<bool>,
    /// The hub's frames do not arrive, and connections are not opened.
    pub offline: bool,
    /// The hub's last messages, as they were sent.
    pub heard: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
    client: Option<Id>,
    subscribed: bool,
    made: u64,
    /// What was submitted and called saved.
    pub saved: BTreeSet<Uuid>,
}

impl Tab {
    pub fn open(hub: Hub, store: MemoryStore) -> Tab {
        let options = Options {
            mode: Mode::Page,
            org: id("org"),
            actor: owner(),
            seed: 7,
            fold_log_at: FOLD_LOG_AT,
            version: "fuzz".into(),
        };
        let mut tab = Tab {
            engine: Engine::new(options, NOW),
            store,
            hub,
            now: NOW,
            opened: None,
            offline: false,
            heard: VecDeque::new(),
            events: VecDeque::from([Event::Tick]),
            client: None,
            subscribed: false,
            made: 0,
            saved: BTreeSet::new(),
        };
        tab.run();
        tab
    }

    pub fn event(&mut self, event: Event) {
        self.events.push_back(event);
        self.run();
    }

    pub fn submit(&mut self, command: &str) {
        self.made += 1;
        // Nobody can guess it: only the hub, which was told, speaks of it.
        let random: [u8; 10] = Id::derived(&["edit", &self.made.to_string()]).as_str().as_bytes()[..10]
            .try_into()
            .expect("ten bytes");
        let uuid = Uuid::v7(self.now, random);
        self.event(Event::Submit { request: self.made, uuid, command: command.as_bytes().to_vec() });
    }

    pub fn say(&mut self, message: Vec<u8>) {
        self.event(Event::Transport(TransportEvent::Received(message)));
    }

    pub fn hang_up(&mut self) {
        if self.client.take().is_some() {
            self.subscribed = false;
            self.event(Event::Transport(TransportEvent::Closed { reached: true }));
        }
    }

    /// Time passes.
    pub fn advance(&mut self, ms: u64) {
        let end = self.now.saturating_add(ms);
        for _ in 0..5_000 {
            let Some(next) = self.engine.deadline().filter(|at| *at <= end) else { break };
            self.now = self.now.max(next);
            self.event(Event::Tick);
        }
        self.now = end;
        self.event(Event::Tick);
    }

    /// The line is good again, and somebody wants to sync.
    pub fn recover(&mut self) {
        self.hang_up();
        self.offline = false;
        self.event(Event::SyncNow);
        self.advance(LONG_MS);
    }

    fn run(&mut self) {
        let mut steps = 0;
        loop {
            for effect in self.engine.effects() {
                self.perform(effect);
            }
            let Some(event) = self.events.pop_front() else { return };
            self.engine.handle(self.now, event);
            steps += 1;
            assert!(steps < 10_000, "the engine does not come to rest");
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Store(op) => {
                let event = match pollster::block_on(perform(&self.store, op.clone())) {
                    Ok(done) => Event::Stored(done),
                    Err(error) => Event::StoreFailed { op, error },
                };
                self.events.push_back(event);
            }
            Effect::Credential => self.events.push_back(Event::Credential(Ok("token".into()))),
            Effect::Open(_) => self.transport(match self.offline {
                true => TransportEvent::Closed { reached: false },
                false => TransportEvent::Opened,
            }),
            Effect::Send(messages) => messages.iter().for_each(|m| self.send(m)),
            Effect::Disconnect => {
                self.client = None;
                self.subscribed = false;
                // What was on its way does not arrive any more.
                self.events.retain(|e| !matches!(e, Event::Transport(_)));
            }
            Effect::Lock(LockEffect::Request | LockEffect::Try | LockEffect::Steal) => {
                self.events.push_back(Event::Tab(TabEvent::LockGranted));
            }
            Effect::Lock(LockEffect::Release) | Effect::Tell(_) | Effect::Publish(_) => {}
            Effect::Answer(Answer::Opened(result)) => self.opened = Some(result.is_ok()),
            Effect::Answer(Answer::Saved { result: Ok(uuid), .. }) => drop(self.saved.insert(uuid)),
            Effect::Answer(Answer::Saved { .. }) => {}
        }
    }

    fn transport(&mut self, event: TransportEvent) {
        self.events.push_back(Event::Transport(event));
    }

    fn deliver(&mut self, frame: &Frame) {
        for message in encode(frame) {
            self.heard.truncate(30);
            self.heard.push_front(message.clone());
            if !self.offline {
                self.transport(TransportEvent::Received(message));
            }
        }
    }

    fn send(&mut self, message: &[u8]) {
        if self.offline {
            return;
        }
        let frame = decode(message).expect("a device sends frames");
        match (frame, self.client.clone()) {
            (Frame::Hello(hello), _) => {
                let caller = Caller { user: id("olga"), device: None, client: hello.client.clone() };
                let (actor, last_n) = self.hub.room.attach(&caller, self.now).expect("the owner is welcome");
                self.hub.room.commit().expect("the store in memory does not fail");
                self.client = Some(hello.client);
                let Generation { number: generation, send_again } = self.hub.room.generation();
                let (org, now_ms) = (id("org"), self.now);
                let welcome = Welcome { version: VERSION, org, last_n, now_ms, generation, send_again };
                self.deliver(&Frame::Welcome(welcome));
                self.deliver(&Frame::Permissions(actor));
            }
            (Frame::Subscribe { heads }, Some(_)) => {
                self.subscribed = true;
                for frame in
                    self.hub.room.catch_up(&owner(), &heads).expect("the store in memory does not fail")
                {
                    self.deliver(&frame);
                }
            }
            (Frame::Mutate(mutate), Some(client)) => {
                let caller = Caller { user: id("olga"), device: None, client };
                self.hub.room.judge(1, &caller, self.now, &mutate).expect("the owner is welcome");
                let committed = self.hub.room.commit().expect("the store in memory does not fail");
                self.hub.hear(&committed.moves);
                for (_, answer) in &committed.answers {
                    self.deliver(answer);
                }
                if let Some(frame) = Move::frame(&committed.moves, |_| true).filter(|_| self.subscribed) {
                    self.deliver(&frame);
                }
            }
            (Frame::Ping { token }, Some(_)) => self.deliver(&Frame::Pong { token }),
            (Frame::Pong { .. }, _) | (_, None) => {}
            (frame, Some(_)) => panic!("a device sent {frame:?}"),
        }
    }

    pub fn stored_rows(&self) -> BTreeMap<Uuid, OutboxRow> {
        rows(&self.store)
    }

    /// The edits that the hub has a verdict on.
    pub fn judged(&self) -> BTreeSet<Uuid> {
        self.hub.store.verdicts().iter().map(|v| v.uuid).collect()
    }

    /// After quiet, the device shows what the hub committed of these documents.
    pub fn shows(&self, content: &Content, except: &BTreeSet<DocId>) {
        for (doc, (_, view)) in content.iter().filter(|(doc, _)| !except.contains(doc)) {
            let shown = self.engine.canonical(doc);
            assert_eq!(shown.map(|view| view.as_ref()), Some(view), "{doc} is not what the hub committed");
        }
    }
}

/// The queue as it is stored, by identity, without the numbers; what does not read is left out.
pub fn rows(store: &MemoryStore) -> BTreeMap<Uuid, OutboxRow> {
    let tx = pollster::block_on(store.read()).expect("the store in memory does not fail");
    let rows = pollster::block_on(tx.scan(Space::Queue, "")).expect("the store in memory does not fail");
    let rows = rows.iter().filter_map(|(_, bytes)| unpack::<OutboxRow>(bytes, "row").ok());
    rows.map(|row| (row.uuid, row)).collect()
}
