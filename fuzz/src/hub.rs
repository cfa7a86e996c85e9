//! A real room over the store in memory, with a small plan, and what must hold after every step.

use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Actor, DocId, DocView, Id, RefusalCode, Role, document};
use wedsync_hub::membership::Member;
use wedsync_hub::room::{Caller, How, Move, Room};
use wedsync_hub::store::{Batch, MembershipWrite, MemoryStore, Store};
use wedsync_protocol::{Body, Frame, Mutate};
use yrs::{Doc, ReadTxn, Transact};

pub const NOW: u64 = 1_800_000_000_000;
/// The people: who is in the team, as what, and as which helper; Sam is not in it.
const TEAM: [(&str, Role, Option<&str>); 4] = [
    ("olga", Role::Owner, None),
    ("cora", Role::Coordinator, None),
    ("anna", Role::Helper, Some("anna")),
    ("vera", Role::Viewer, None),
];
pub const PEOPLE: [&str; 5] = ["olga", "cora", "anna", "vera", "sam"];

pub fn id(text: &str) -> Id {
    text.parse().expect("an id")
}

pub fn owner() -> Actor {
    Actor { user: id("olga"), role: Role::Owner, helper: None }
}

/// Event e1 with shifts a1 (two places, Anna has one), a2 and a3 (cancelled); an event e2, archived; helpers anna, ben
/// and cleo (archived); places p1 and p2 (archived); a time off t1.
fn plan() -> Vec<Value> {
    let helper = |id: &str, name: &str| json!({"type": "add_helper", "helper": id, "fields": {"name": name}});
    let place =
        |id: &str| json!({"type": "add_place", "place": id, "fields": {"name": format!("Place {id}")}});
    let event = |id: &str| {
        json!({"type": "create_event", "event": id, "fields": {"title": "Wedding", "first_day": "2026-07-18",
            "last_day": "2026-07-19", "zone": "Europe/London"}})
    };
    let shift = |id: &str, title: &str, max: u32| {
        json!({"type": "create_assignment", "event": "e1", "assignment": id, "fields": {"title": title,
            "start": "2026-07-18T14:00", "end": "2026-07-18T18:00", "helpers_max": max}})
    };
    vec![
        helper("anna", "Anna"),
        helper("ben", "Ben"),
        helper("cleo", "Cleo"),
        json!({"type": "update_helper", "helper": "cleo", "set": {"archived": true}}),
        place("p1"),
        place("p2"),
        json!({"type": "update_place", "place": "p2", "set": {"archived": true}}),
        event("e1"),
        event("e2"),
        shift("a1", "Bar", 2),
        shift("a2", "Kitchen", 1),
        shift("a3", "Gate", 1),
        json!({"type": "assign", "event": "e1", "assignment": "a1", "helper": "anna"}),
        json!({"type": "cancel_assignment", "event": "e1", "assignment": "a3", "cancelled": true}),
        json!({"type": "add_time_off", "helper": "anna", "time_off": "t1", "fields":
            {"start": "2026-07-18T08:00", "end": "2026-07-18T10:00", "zone": "Europe/London"}}),
        json!({"type": "archive_event", "event": "e2", "archived": true}),
    ]
}

/// All documents as their Yjs content and their view.
pub type Content = BTreeMap<DocId, (yrs::Snapshot, DocView)>;

/// An accepted mutation, to be given to the twin.
struct Accepted {
    user: Id,
    uuid: Uuid,
    command: Vec<u8>,
}

pub struct Hub {
    pub store: MemoryStore,
    pub room: Room<MemoryStore>,
    opened: u64,
    /// What a device that hears every move holds.
    replica: BTreeMap<DocId, Doc>,
    accepted: Vec<Accepted>,
    made: u64,
}

thread_local! {
    static TEMPLATE: RefCell<Option<MemoryStore>> = const { RefCell::new(None) };
}

impl Default for Hub {
    fn default() -> Hub {
        let store = TEMPLATE.with(|kept| kept.borrow_mut().get_or_insert_with(template).duplicate());
        Hub::over(store, 2000)
    }
}

fn template() -> MemoryStore {
    let mut store = MemoryStore::default();
    let mut batch = Batch::default();
    for (user, role, helper) in TEAM {
        let member = Member { user: id(user), name: user.into(), role, helper: helper.map(id) };
        batch.membership.push(MembershipWrite::Member(member));
    }
    store.commit(&batch).expect("the store in memory does not fail");
    let mut hub = Hub::over(store.clone(), 1000);
    for command in plan() {
        let m = hub.next("olga", command.to_string().into_bytes());
        let answer = hub.mutate("olga", &m);
        assert!(matches!(answer, Some(Frame::Ack(_))), "{command}: {answer:?}");
    }
    store
}

/// Everybody has one installation.
pub fn caller(user: &str) -> Caller {
    Caller { user: id(user), device: None, client: id(&format!("c-{user}")) }
}

impl Hub {
    /// A hub on what is stored. Every room that writes to a store has a Yjs client of its own.
    pub fn over(store: MemoryStore, opened: u64) -> Hub {
        let mut hub = Hub {
            room: Room::open(store.clone(), opened).expect("a room opens"),
            store,
            opened,
            replica: BTreeMap::new(),
            accepted: Vec::new(),
            made: 0,
        };
        for (user, ..) in TEAM {
            hub.room.attach(&caller(user), NOW).expect("a member is welcome");
        }
        hub.room.commit().expect("the store in memory does not fail");
        hub.replica = hub.documents();
        hub
    }

    /// A mutation under the next number of a person's installation.
    pub fn next(&mut self, user: &str, command: Vec<u8>) -> Mutate {
        self.made += 1;
        let row = self.store.client(&caller(user).client).expect("the store in memory does not fail");
        let n = row.map_or(0, |row| row.last_n) + 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.made.to_be_bytes());
        Mutate { n, uuid: Uuid::v7(NOW + n, random), at_ms: NOW, command }
    }

    /// All mutations, to be taken back; some were refused.
    pub fn edits(&self) -> Vec<Uuid> {
        self.store.verdicts().iter().map(|verdict| verdict.uuid).collect()
    }

    /// Judges and commits one mutation. No answer: its sender is not welcome.
    pub fn mutate(&mut self, user: &str, m: &Mutate) -> Option<Frame> {
        const TOKEN: u64 = 7;
        let caller = caller(user);
        let before = self.store.load().expect("the store in memory does not fail");
        let history = self.store.history().len();
        let judged = self.room.judge(TOKEN, &caller, NOW, m);
        let committed = self.room.commit().expect("the store in memory does not fail");
        if judged.is_err() {
            assert!(
                !before.membership.members.contains_key(&caller.user),
                "a member is turned away: {judged:?}"
            );
            assert!(committed.answers.is_empty() && committed.moves.is_empty());
            return None;
        }
        let [(TOKEN, answer)] = committed.answers.as_slice() else { panic!("not one answer: {committed:?}") };
        let after = self.store.load().expect("the store in memory does not fail");
        match answer {
            Frame::Ack(ack) => {
                assert_eq!((ack.n, ack.uuid), (m.n, m.uuid));
                let known = self.accepted.iter().any(|a| a.uuid == m.uuid && a.user == caller.user);
                assert!(!known || committed.moves.is_empty(), "one edit is applied twice");
                if !known {
                    let accepted =
                        Accepted { user: caller.user.clone(), uuid: m.uuid, command: m.command.clone() };
                    self.accepted.push(accepted);
                }
                for moved in committed.moves.iter().flat_map(|m| &m.docs) {
                    let head = after.docs.get(&moved.doc).map(|head| (head.epoch, head.seq));
                    assert_eq!(head, Some((moved.epoch, moved.seq)), "the head is where the move ends");
                }
                self.hear(&committed.moves);
            }
            Frame::Nack(nack) => {
                assert_eq!((nack.n, nack.uuid), (m.n, m.uuid));
                assert_ne!(
                    nack.refusal.code,
                    RefusalCode::Internal,
                    "the judging panicked: {}",
                    nack.refusal.message
                );
                assert!(nack.refusal.message.chars().count() <= 400, "{}", nack.refusal.message);
                assert!(committed.moves.is_empty(), "a refused edit is sent to others");
                assert_eq!(before.docs, after.docs, "a refused edit moved a head");
                assert_eq!(history, self.store.history().len(), "a refused edit is in the history");
            }
            other => panic!("no verdict: {other:?}"),
        }
        Some(answer.clone())
    }

    /// Moves reach the replica that hears all of them.
    pub fn hear(&mut self, moves: &[Move]) {
        for moved in moves.iter().flat_map(|m| &m.docs) {
            let bytes = match &moved.how {
                How::Delta(bytes) => bytes,
                How::Whole(bytes) => {
                    self.replica.remove(&moved.doc);
                    bytes
                }
                How::Deleted => {
                    self.replica.remove(&moved.doc);
                    continue;
                }
            };
            let doc = self.replica.entry(moved.doc.clone()).or_insert_with(|| document::new_doc(1));
            document::apply_update(doc, bytes).expect("a move applies to what was there before it");
        }
    }

    /// The hub comes back on what is stored, under another Yjs client.
    pub fn restart(&mut self) {
        self.opened += 1;
        self.room = Room::open(self.store.clone(), self.opened).expect("what was stored opens");
    }

    /// An edit that nothing stands against is stored, whatever came before it.
    pub fn good_edit_stands(&mut self) {
        let event = format!("good-{}", self.made);
        let command = json!({"type": "create_event", "event": event, "fields": {"title": "Good",
            "first_day": "2026-07-18", "last_day": "2026-07-18", "zone": "UTC"}});
        let m = self.next("olga", command.to_string().into_bytes());
        let answer = self.mutate("olga", &m);
        assert!(matches!(answer, Some(Frame::Ack(_))), "{answer:?}");
    }

    fn documents(&mut self) -> BTreeMap<DocId, Doc> {
        let frames = self.room.catch_up(&owner(), &[]).expect("the store in memory does not fail");
        let updates = frames.into_iter().flat_map(|f| match f {
            Frame::Update(update) => update.docs,
            other => panic!("a catch-up holds {other:?}"),
        });
        updates
            .map(|update| {
                let Body::Snapshot { bytes } = update.body else { panic!("{} is not whole", update.doc) };
                let doc = document::new_doc(1);
                document::apply_update(&doc, &bytes).expect("a snapshot applies");
                (update.doc, doc)
            })
            .collect()
    }

    /// What the room shows of everything.
    pub fn content(&mut self) -> Content {
        content(&self.documents())
    }

    /// The room, the store, and a replica that heard every move: all equal.
    pub fn agree(&mut self) -> Content {
        self.good_edit_stands();
        let here = self.content();
        assert_same(
            "the store",
            &content(&Hub::over(self.store.duplicate(), self.opened + 1).replica),
            &here,
        );
        assert_same("a replica", &content(&self.replica), &here);
        here
    }

    /// They agree, and so does a twin that was given only what was accepted.
    pub fn check(&mut self) {
        let here = self.agree();
        let mut twin = Hub::default();
        for a in &self.accepted {
            let user = a.user.to_string();
            let mut m = twin.next(&user, a.command.clone());
            m.uuid = a.uuid;
            let answer = twin.mutate(&user, &m);
            assert!(matches!(answer, Some(Frame::Ack(_))), "the twin refused what was accepted: {answer:?}");
        }
        for (doc, (_, view)) in &twin.content() {
            assert_eq!(
                here.get(doc).map(|(_, v)| v),
                Some(view),
                "{doc}: a refused edit left something behind"
            );
        }
        assert_eq!(self.store.history(), twin.store.history(), "a refused edit is in the history");
    }
}

fn content(docs: &BTreeMap<DocId, Doc>) -> Content {
    let read = |(id, doc): (&DocId, &Doc)| {
        // A statement of its own: reading opens transactions too.
        let yjs = doc.transact().snapshot();
        (id.clone(), (yjs, document::read(doc, id)))
    };
    docs.iter().map(read).collect()
}

pub fn assert_same(what: &str, there: &Content, here: &Content) {
    assert_eq!(
        there.keys().collect::<Vec<_>>(),
        here.keys().collect::<Vec<_>>(),
        "{what} holds other documents"
    );
    for (doc, (yjs, view)) in there {
        assert_eq!(view, &here[doc].1, "{doc}: {what} shows something else");
        assert!(*yjs == here[doc].0, "{doc}: {what} holds other Yjs content");
    }
}
