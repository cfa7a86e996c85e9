//! A room with an event and two shifts, and editors of notes as yrs documents.

use std::collections::BTreeMap;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Actor, DocId, Id, RefusalCode, Role, document, note};
use wedsync_hub::membership::Member;
use wedsync_hub::room::{Caller, How, Room};
use wedsync_hub::store::{MemoryStore, Store};
use wedsync_protocol::{Ack, Body, Frame, Mutate};
use yrs::{
    Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, TransactionMut,
    XmlElementPrelim, XmlFragment,
};

/// The Yjs client id of the first room; each restart takes the next.
pub const HUB: u64 = 11;

pub fn id(s: &str) -> Id {
    s.parse().unwrap()
}

pub fn caller(user: &str) -> Caller {
    Caller { user: id(user), device: None, client: id(&format!("c-{user}")) }
}

/// Updates that Yjs editors wrote.
pub fn fixture(name: &str) -> Vec<Vec<u8>> {
    let all = include_str!("../../../domain/tests/fixtures/notes.txt");
    let line = all.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    let hex =
        |t: &str| (0..t.len() / 2).map(|i| u8::from_str_radix(&t[i * 2..i * 2 + 2], 16).unwrap()).collect();
    line.split(' ').map(hex).collect()
}

pub fn stored(answer: Frame) -> Ack {
    match answer {
        Frame::Ack(ack) => ack,
        other => panic!("not stored: {other:?}"),
    }
}

pub fn refused(answer: Frame) -> RefusalCode {
    match answer {
        Frame::Nack(nack) => nack.refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}

pub struct Hub<S> {
    pub room: Room<S>,
    pub store: MemoryStore,
    numbers: BTreeMap<String, u64>,
    moves: Vec<Vec<u8>>,
    starts: u64,
}

impl Hub<MemoryStore> {
    pub fn new(store: MemoryStore) -> Self {
        let mut hub = Hub::over(store.clone());
        hub.store = store;
        hub
    }

    pub fn restart(&mut self) {
        self.reopen(self.store.clone());
    }
}

impl<S: Store> Hub<S> {
    pub fn over(store: S) -> Self {
        let room = Room::open(store, HUB).unwrap();
        let numbers = BTreeMap::new();
        let mut hub = Hub { room, store: MemoryStore::default(), numbers, moves: Vec::new(), starts: 0 };
        let team = [
            ("olga", Role::Owner),
            ("anna", Role::Helper),
            ("ben", Role::Coordinator),
            ("vera", Role::Viewer),
        ];
        hub.room
            .edit(1, |edit| {
                edit.create_org("Party");
                for (user, role) in team {
                    edit.put_member(Member { user: id(user), name: user.to_uppercase(), role, helper: None });
                }
                Ok(())
            })
            .unwrap();
        for (user, _) in team {
            hub.room.attach(&caller(user), 1).unwrap();
        }
        hub.command("olga", r#"{"type":"create_event","event":"e","fields":{"title":"E","first_day":"2026-07-15","last_day":"2026-07-16","zone":"Europe/London"}}"#);
        for shift in ["a", "a2"] {
            let fields = r#"{"title":"Bar","start":"2026-07-15T10:00","end":"2026-07-15T12:00"}"#;
            hub.command(
                "olga",
                &format!(
                    r#"{{"type":"create_assignment","event":"e","assignment":"{shift}","fields":{fields}}}"#
                ),
            );
        }
        hub
    }

    pub fn reopen(&mut self, store: S) {
        self.starts += 1;
        self.room = Room::open(store, HUB + self.starts).unwrap();
        // What was judged and not committed comes again under the same number.
        for (user, n) in &mut self.numbers {
            *n = self.room.attach(&caller(user), 1).unwrap().1;
        }
    }

    pub fn set_role(&mut self, user: &str, role: Role) {
        self.room.edit(2, |edit| edit.set_role(&id("olga"), &id(user), role)).unwrap();
    }

    pub fn actor(&mut self, user: &str) -> Actor {
        self.room.attach(&caller(user), 1).unwrap().0
    }

    fn mutation(&self, user: &str, n: u64, command: &str) -> Mutate {
        let user: u8 = user.bytes().fold(0, u8::wrapping_add);
        Mutate { n, uuid: Uuid::v7(n, [user; 10]), at_ms: 5, command: command.into() }
    }

    fn judge_command(&mut self, user: &str, command: &str) {
        let n = self.numbers.entry(user.to_owned()).or_default();
        *n += 1;
        let mutation = self.mutation(user, self.numbers[user], command);
        self.room.judge(0, &caller(user), 3, &mutation).unwrap();
    }

    pub fn commit(&mut self) -> Vec<Frame> {
        let committed = self.room.commit().unwrap();
        self.moves.extend(
            committed
                .moves
                .iter()
                .flat_map(|m| &m.docs)
                .filter(|moved| matches!(moved.doc, DocId::Notes { .. }))
                .filter_map(|moved| match &moved.how {
                    How::Delta(bytes) | How::Whole(bytes) => Some(bytes.to_vec()),
                    How::Deleted => None,
                }),
        );
        committed.answers.into_iter().map(|(_, answer)| answer).collect()
    }

    pub fn command(&mut self, user: &str, command: &str) {
        self.judge_command(user, command);
        self.commit().into_iter().for_each(|answer| drop(stored(answer)));
    }

    pub fn judge(&mut self, user: &str, update: &[u8]) {
        self.judge_to("a", user, update);
    }

    pub fn judge_to(&mut self, shift: &str, user: &str, update: &[u8]) {
        self.judge_command(user, &edit_note(shift, update));
    }

    /// One edit of the note of shift `a`, committed, and its answer.
    pub fn send(&mut self, user: &str, update: &[u8]) -> Frame {
        self.send_to("a", user, update)
    }

    pub fn send_to(&mut self, shift: &str, user: &str, update: &[u8]) -> Frame {
        self.judge_command(user, &edit_note(shift, update));
        self.commit().pop().unwrap()
    }

    /// The last edit of a person once more.
    pub fn again(&mut self, user: &str, update: &[u8]) -> Frame {
        let mutation = self.mutation(user, self.numbers[user], &edit_note("a", update));
        self.room.judge(0, &caller(user), 3, &mutation).unwrap();
        self.commit().pop().unwrap()
    }

    /// Everything that was fanned out of notes, in order.
    pub fn fanned_out(&self) -> &[Vec<u8>] {
        &self.moves
    }

    /// The note of shift `a`, as somebody new to it gets it; empty where there is none.
    pub fn whole(&mut self, user: &str) -> Vec<u8> {
        self.update_of(user).map_or_else(|| vec![0, 0], |(_, bytes)| bytes)
    }

    pub fn head(&mut self, doc: &str) -> u64 {
        assert_eq!(doc, "notes/e/a");
        self.update_of("olga").map_or(0, |(seq, _)| seq)
    }

    fn update_of(&mut self, user: &str) -> Option<(u64, Vec<u8>)> {
        let actor = self.actor(user);
        self.commit();
        let frames = self.room.catch_up(&actor, &[]).unwrap();
        let docs = frames.into_iter().flat_map(|frame| match frame {
            Frame::Update(update) => update.docs,
            other => panic!("not an update: {other:?}"),
        });
        let note = docs.into_iter().find(|d| d.doc.to_string() == "notes/e/a")?;
        match note.body {
            Body::Snapshot { bytes } | Body::Delta { bytes, .. } => Some((note.seq, bytes)),
            Body::Gone => None,
        }
    }
}

fn edit_note(shift: &str, update: &[u8]) -> String {
    let update = note::encode(update);
    format!(r#"{{"type":"edit_note","event":"e","assignment":"{shift}","update":"{update}"}}"#)
}

/// An editor of plain or formatted text, which keeps what was deleted, as the package's provider asks for.
pub struct Editor {
    pub doc: Doc,
    sent: StateVector,
}

impl Clone for Editor {
    fn clone(&self) -> Editor {
        let editor = Editor::new(self.doc.client_id().get());
        editor.take(&self.whole());
        editor
    }
}

impl Editor {
    pub fn new(client: u64) -> Editor {
        let mut options = Options::with_guid_and_client_id("".into(), yrs::ClientID::new(client));
        options.offset_kind = OffsetKind::Utf16;
        options.skip_gc = true;
        Editor { doc: Doc::with_options(options), sent: StateVector::default() }
    }

    /// A reader of a whole note.
    pub fn from(bytes: &[u8]) -> Editor {
        Editor::new(999).with(bytes)
    }

    fn with(self, bytes: &[u8]) -> Editor {
        self.take(bytes);
        self
    }

    pub fn with_client(self, client: u64) -> Editor {
        Editor::new(client).with(&self.whole())
    }

    pub fn take(&self, bytes: &[u8]) {
        document::apply_update(&self.doc, bytes).unwrap();
    }

    /// What a change made, as its update event has it.
    pub fn change(&mut self, change: impl FnOnce(&yrs::TextRef, &mut TransactionMut)) -> Vec<u8> {
        let text = self.doc.get_or_insert_text(note::ROOT);
        let mut txn = self.doc.transact_mut();
        self.sent = txn.state_vector();
        change(&text, &mut txn);
        txn.encode_update_v1()
    }

    pub fn insert(&mut self, at: u32, what: &str) -> Vec<u8> {
        self.change(|text, txn| text.insert(txn, at, what))
    }

    /// Another paragraph at the end of a note of blocks.
    pub fn paragraph(&mut self) -> Vec<u8> {
        let root = self.doc.get_or_insert_xml_fragment(note::ROOT);
        let mut txn = self.doc.transact_mut();
        root.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
        txn.encode_update_v1()
    }

    pub fn delete(&mut self, at: u32, length: u32) -> Vec<u8> {
        self.change(|text, txn| text.remove_range(txn, at, length))
    }

    pub fn text(&self) -> String {
        let text = self.doc.get_or_insert_text(note::ROOT);
        text.get_string(&self.doc.transact())
    }

    pub fn xml(&self) -> String {
        let root = self.doc.get_or_insert_xml_fragment(note::ROOT);
        sort_attributes(&root.get_string(&self.doc.transact()))
    }

    /// Its text, or else its elements.
    pub fn content(&self) -> String {
        let text = self.text();
        if text.is_empty() { self.xml() } else { text }
    }

    pub fn whole(&self) -> Vec<u8> {
        document::snapshot(&self.doc)
    }

    /// What the last change made, once more.
    pub fn since_last(&self) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(&self.sent)
    }

    /// State vector and delete set.
    pub fn state(&self) -> yrs::Snapshot {
        self.doc.transact().snapshot()
    }
}

/// yrs prints attributes in the order of a hash map.
fn sort_attributes(xml: &str) -> String {
    let tag = |tag: &str| {
        let (inside, after) = tag.rsplit_once('>').unwrap_or((tag, ""));
        let mut parts: Vec<&str> = inside.split("\" ").map(|part| part.trim_end_matches('"')).collect();
        if let Some((name, first)) = parts[0].split_once(' ') {
            parts.splice(..1, [name, first]);
        }
        parts[1..].sort_unstable();
        format!("{}>{after}", parts.join(" "))
    };
    xml.split('<').map(tag).collect()
}
