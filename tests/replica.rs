//! What a device holds of the hub's documents, what it asks for, and what it reads from its own store for that.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod drive;

use std::collections::BTreeSet;
use std::sync::Arc;

use drive::{START, Watch, welcome};
use wedsync_core::engine::Mode;
use wedsync_core::engine::effect::{Answer, Effect, Failure};
use wedsync_core::engine::event::{Event, Hint, TabEvent};
use wedsync_core::engine::replica::Replica;
use wedsync_core::engine::tabs::TabMessage;
use wedsync_core::ports::TransportEvent;
use wedsync_core::ports::memory::MemoryStore;
use wedsync_core::ports::{Durability, ReadTx, Space, Store, StoreError, WriteTx};
use wedsync_core::record::{PackedView, Position, VIEW_CODE, log_key, pack, unpack};
use wedsync_core::storage::{LoadedDoc, Op, StoredDoc};
use wedsync_domain::ids::Uuid;
use wedsync_domain::ordered::OrdSet;
use wedsync_domain::project::{self, AssignmentChanges};
use wedsync_domain::schema::single_row;
use wedsync_domain::{
    Actor, Change, ChangeKind, DocId, DocView, Field, Id, Role, Row, Table, Value, document, note,
};
use wedsync_protocol::{Ack, Body, DocUpdate, Frame, Head, Update, decode};
use yrs::{Text, Transact};

type Device = drive::Device<Seen>;

#[derive(Default)]
struct Seen {
    sent: Vec<Frame>,
    shown: BTreeSet<DocId>,
    /// What it told the other tabs that it has committed.
    committed: Vec<TabMessage>,
    /// What the store was asked to read.
    reads: Vec<Op>,
    /// Why edits were not saved.
    failures: Vec<Failure>,
}

impl Watch for Seen {
    fn see(&mut self, _: u64, effect: &Effect) -> Option<Event> {
        match effect {
            Effect::Store(op @ (Op::Load { .. } | Op::ReadDocs(_))) => self.reads.push(op.clone()),
            Effect::Send(messages) => self.sent.extend(messages.iter().map(|m| decode(m).unwrap())),
            Effect::Publish(publish) => self.shown.extend(publish.docs.iter().cloned()),
            Effect::Answer(Answer::Saved { result: Err(failure), .. }) => self.failures.push(failure.clone()),
            Effect::Tell(bytes) => {
                let message: TabMessage = postcard::from_bytes(bytes).unwrap();
                if matches!(message, TabMessage::Committed { .. }) {
                    self.committed.push(message);
                }
            }
            _ => {}
        }
        None
    }
}

impl Device {
    fn on(store: &MemoryStore) -> Device {
        Device::start(Mode::Page, store.clone(), Seen::default())
    }

    /// Does the network, and has heard these.
    fn online(updates: &[DocUpdate]) -> Device {
        let mut device = Device::on(&MemoryStore::default());
        device.give(Event::Tab(TabEvent::LockGranted));
        device.greet(welcome(0, 0));
        device.hear_updates(&[]);
        for update in updates {
            device.hear_updates(std::slice::from_ref(update));
        }
        device.begin();
        device
    }

    fn hear_updates(&mut self, docs: &[DocUpdate]) {
        self.hear(Frame::Update(Update { docs: docs.to_vec(), uuids: Vec::new(), more: false }));
    }

    /// A frame later, views are read again.
    fn pass_a_frame(&mut self) {
        self.now += 100;
        self.give(Event::Tick);
    }

    fn begin(&mut self) {
        self.pass_a_frame();
        self.seen.sent.clear();
        self.seen.shown.clear();
        self.seen.reads.clear();
    }

    /// With which heads it asked, since the last call.
    fn subscribed(&mut self) -> Vec<Vec<Head>> {
        let heads = std::mem::take(&mut self.seen.sent).into_iter().filter_map(|frame| match frame {
            Frame::Subscribe { heads } => Some(heads),
            _ => None,
        });
        heads.collect()
    }

    /// What it read, since the last call.
    fn read(&mut self) -> Vec<String> {
        let name = |op| match op {
            Op::ReadDocs(docs) => docs.iter().map(DocId::to_string).collect::<Vec<_>>().join(" "),
            _ => "all".to_owned(),
        };
        std::mem::take(&mut self.seen.reads).into_iter().map(name).collect()
    }

    fn helpers(&self) -> Option<usize> {
        Some(self.engine.view(&DocId::Roster)?.rows(Table::Helpers).len())
    }
}

/// The update that adds the `n`th helper to the roster; all by one Yjs client.
fn helper(n: u64) -> DocUpdate {
    let doc = document::new_doc(9);
    let write = |n: u64| {
        let cells = Row::from_iter([(Field::Name, Value::from("Anna"))]);
        let kind = ChangeKind::Insert { cells };
        document::write(
            &doc,
            &[Change { doc: DocId::Roster, table: Table::Helpers, row: format!("h{n}"), kind }],
        )
    };
    (1..n).for_each(|n| drop(write(n)));
    let bytes = write(n);
    DocUpdate { doc: DocId::Roster, epoch: 1, seq: n, body: Body::Delta { base: n - 1, bytes } }
}

fn note_of(shift: &str) -> DocId {
    DocId::Notes { event: "e".parse().unwrap(), assignment: shift.parse().unwrap() }
}

fn first_of(shift: &str) -> DocUpdate {
    let doc = document::new_doc(10);
    let root = doc.get_or_insert_text(note::ROOT);
    let mut txn = doc.transact_mut();
    root.insert(&mut txn, 0, "Bring the keys");
    let body = Body::Delta { base: 0, bytes: txn.encode_update_v1() };
    DocUpdate { doc: note_of(shift), epoch: 1, seq: 1, body }
}

/// A device that has two notes, packed.
fn with_two_packed_notes() -> Device {
    let mut before = Device::online(&[first_of("a"), first_of("b")]);
    before.give(Event::Hint(Hint::Hidden));
    let mut device = Device::on(&before.store);
    device.begin();
    device
}

fn head(doc: DocId, epoch: u32, seq: u64) -> Head {
    Head { doc, epoch, seq }
}

#[test]
fn it_asks_once_for_each_document_it_holds_and_for_those_that_were_stored_and_have_not_come() {
    let mut device = Device::online(&[helper(1)]);
    let uuid = Uuid([7; 16]);
    let command = br#"{"type":"add_helper","helper":"x","fields":{"name":"X"}}"#.to_vec();
    device.give(Event::Submit { request: 1, uuid, command });
    let event = DocId::Event("e".parse().unwrap());
    let heads = vec![head(DocId::Roster, 1, 3), head(event.clone(), 1, 1)];
    device.hear(Frame::Ack(Ack { n: 1, uuid, heads, replaced: Vec::new(), kept: Vec::new() }));
    device.give(Event::Transport(TransportEvent::Closed { reached: true }));
    device.give(Event::SyncNow);
    device.seen.sent.clear();
    device.greet(welcome(0, 0));
    assert_eq!(device.subscribed(), [[head(DocId::Roster, 1, 1), head(event, 0, 0)]]);
}

#[test]
fn what_the_store_holds_is_listed_and_shown_and_what_it_holds_no_more_is_not() {
    let before = Device::online(&[helper(1)]);
    let mut device = Device::on(&before.store);
    assert_eq!(device.engine.docs(), OrdSet::from([DocId::Roster]));
    assert!(device.seen.shown.contains(&DocId::Roster));
    device.begin();
    device.store.wipe();
    device.give(Event::Hint(Hint::Resumed));
    assert_eq!(device.engine.docs(), OrdSet::new());
    assert!(device.seen.shown.contains(&DocId::Roster), "it looks different now");
}

#[test]
fn what_is_in_already_changes_nothing_and_what_overlaps_is_taken() {
    let mut device = Device::online(&[helper(1), helper(2)]);
    for n in [1, 2] {
        device.hear_updates(&[helper(n)]);
        device.pass_a_frame();
        assert_eq!(device.helpers(), Some(2));
        assert_eq!(device.engine.view(&DocId::Roster), device.engine.canonical(&DocId::Roster));
    }
    assert_eq!(device.seen.shown, BTreeSet::new());
    let DocUpdate { body: Body::Delta { bytes, .. }, .. } = helper(3) else { panic!() };
    let of_two = DocUpdate { body: Body::Delta { base: 1, bytes }, ..helper(3) };
    device.hear_updates(&[of_two]);
    device.pass_a_frame();
    assert_eq!(device.helpers(), Some(3));
    device.hear_updates(&[helper(4)]);
    device.pass_a_frame();
    assert_eq!((device.helpers(), device.subscribed()), (Some(4), vec![]), "nothing was asked for");
}

#[test]
fn what_does_not_fit_is_asked_for_from_nothing() {
    let other_epoch = |n| DocUpdate { epoch: 2, ..helper(n) };
    let Body::Delta { base, .. } = helper(2).body else { panic!() };
    let rubbish =
        DocUpdate { body: Body::Delta { base, bytes: b"\x01\x01\x0brubbish".to_vec() }, ..helper(2) };
    for update in [helper(3), other_epoch(1), other_epoch(2), rubbish] {
        let mut device = Device::online(&[helper(1)]);
        device.hear_updates(&[update]);
        device.pass_a_frame();
        assert_eq!(device.subscribed(), [[head(DocId::Roster, 0, 0)]]);
        assert_eq!(device.helpers(), None);
        assert_eq!(device.engine.synced_ms(), Some(START), "it is not up to date");
        device.hear_updates(&[helper(1), helper(2)]);
        device.pass_a_frame();
        assert_eq!(device.helpers(), Some(2));
        assert_eq!(device.engine.synced_ms(), Some(device.now - 100));
    }
}

#[test]
fn where_another_tab_stored_what_does_not_fit_here_the_store_is_read_again() {
    let mut holder = Device::online(&[helper(1)]);
    let mut device = Device::on(&holder.store);
    device.begin();
    holder.hear_updates(&[helper(2)]);
    let Some(TabMessage::Committed { number, verdicts, docs, landed, news }) = holder.seen.committed.pop()
    else {
        panic!()
    };
    let mut told = |number, docs| {
        let (verdicts, landed, news) = (verdicts.clone(), landed.clone(), news.clone());
        let message = TabMessage::Committed { number, verdicts, docs, landed, news };
        device.give(Event::Tab(TabEvent::Message(pack(&message))));
        device.pass_a_frame();
        (device.helpers(), device.read(), device.subscribed())
    };
    assert_eq!(told(number, docs), (Some(2), vec![], vec![]));
    holder.hear_updates(&[helper(3)]);
    assert_eq!(told(number + 1, vec![helper(4)]), (Some(3), vec!["all".to_owned()], vec![]));
}

#[test]
fn what_comes_while_a_document_is_read_waits_and_is_taken_in_order() {
    let mut before = Device::online(&[helper(1)]);
    before.give(Event::Hint(Hint::Hidden));
    let mut device = Device::on(&before.store);
    device.give(Event::Tab(TabEvent::LockGranted));
    device.greet(welcome(0, 0));
    device.begin();
    device.hold();
    device.hear_updates(&[helper(2)]);
    device.hear_updates(&[first_of("a")]);
    device.hear_updates(&[helper(3)]);
    device.pass_a_frame();
    assert_eq!((device.helpers(), device.engine.docs().len()), (Some(1), 1));
    assert_eq!(device.read(), ["roster"], "once");
    device.release();
    device.pass_a_frame();
    assert_eq!((device.helpers(), device.engine.docs().len()), (Some(3), 2));
    assert_eq!((device.read(), device.subscribed()), (vec![], vec![]));
}

#[test]
fn what_comes_while_all_is_read_is_not_shown_and_is_asked_for_again() {
    let mut device = Device::online(&[helper(1)]);
    device.hold();
    device.give(Event::Hint(Hint::Resumed));
    device.hear_updates(&[helper(2)]);
    device.pass_a_frame();
    assert_eq!(device.helpers(), Some(1));
    assert_eq!(device.subscribed(), Vec::<Vec<Head>>::new());
    device.release();
    assert_eq!(device.subscribed(), [[head(DocId::Roster, 1, 1)]]);
    assert_eq!(device.helpers(), Some(1));
}

#[test]
fn notes_are_read_one_after_the_other_and_not_while_all_is_read() {
    let (a, b) = (note_of("a"), note_of("b"));
    let mut device = with_two_packed_notes();
    device.hold();
    device.give(Event::OpenNote(a.clone()));
    device.give(Event::OpenNote(b.clone()));
    assert_eq!(device.read(), [a.to_string()]);
    device.release();
    assert_eq!(device.read(), [b.to_string()]);
    assert!(device.engine.note(&a).is_some() && device.engine.note(&b).is_some());

    let mut device = with_two_packed_notes();
    device.hold();
    device.give(Event::Hint(Hint::Resumed));
    device.give(Event::OpenNote(a.clone()));
    assert_eq!(device.read(), ["all"]);
    assert!(device.engine.note(&a).is_none());
    device.release();
    assert_eq!(device.read(), [a.to_string()]);
    assert!(device.engine.note(&a).is_some());
}

#[test]
fn where_the_roster_moves_a_pending_edit_of_another_document_is_judged_again() {
    let mut device = Device::online(&[helper(1)]);
    for (n, command) in (1..).zip([
        r#"{"type":"create_event","event":"e","fields":{"title":"E","first_day":"2026-07-15","last_day":"2026-07-16","zone":"Europe/London"}}"#,
        r#"{"type":"create_assignment","event":"e","assignment":"s","fields":{"title":"Bar","start":"2026-07-15T18:00","end":"2026-07-15T20:00"}}"#,
        r#"{"type":"assign","event":"e","assignment":"s","helper":"h1"}"#,
    ]) {
        device.give(Event::Submit { request: n, uuid: Uuid([n as u8; 16]), command: command.into() });
    }
    let on_shift = |device: &Device| {
        let view = device.engine.view(&DocId::Event("e".parse().unwrap())).unwrap();
        view.assigned("s").count()
    };
    assert_eq!((device.engine.waiting(), on_shift(&device)), (3, 1));
    device.hear_updates(&[DocUpdate { doc: DocId::Roster, epoch: 2, seq: 2, body: Body::Gone }]);
    device.pass_a_frame();
    assert_eq!(on_shift(&device), 0, "there is no such helper any more");
}

#[test]
fn a_log_is_folded_once_it_is_so_long_and_not_where_the_document_is_packed() {
    let log: Vec<Vec<u8>> = (1..=3)
        .map(|n| match helper(n).body {
            Body::Delta { bytes, .. } => bytes,
            body => panic!("{body:?}"),
        })
        .collect();
    let at = Position { epoch: 1, seq: 3 };
    let mut replica = Replica::default();
    replica.load(vec![(DocId::Roster, LoadedDoc::Stored(StoredDoc { at, snapshot: None, log }))]);
    assert!(replica.worth_compacting(4).is_none());
    let (doc, snapshot) = replica.worth_compacting(3).unwrap();
    assert_eq!((doc, snapshot.at), (DocId::Roster, at));
    assert!(replica.worth_compacting(1).is_none(), "it is short now");
    let view = replica.pack_views(1).remove(0).1;
    assert!(replica.stale_views().is_empty() && replica.pack_views(1).is_empty());
    let mut replica = Replica::default();
    replica.load(vec![(DocId::Roster, LoadedDoc::View(view))]);
    assert_eq!(replica.view(&DocId::Roster).unwrap().rows(Table::Helpers).len(), 3);
    assert!(replica.worth_compacting(0).is_none());
}

/// An event with two shifts, as `helper` makes helpers.
fn festival() -> DocUpdate {
    let doc = DocId::Event("e".parse().unwrap());
    let row = |table, row: &str, cells: &[(Field, &str)]| {
        let cells = Row::from_iter(cells.iter().map(|(field, text)| (*field, Value::from(*text))));
        Change { doc: doc.clone(), table, row: row.into(), kind: ChangeKind::Insert { cells } }
    };
    let (start, title) = (Field::Start, Field::Title);
    let days = [(Field::FirstDay, "2026-07-15"), (Field::LastDay, "2026-07-16")];
    let facts = [&days[..], &[(title, "Festival"), (Field::Zone, "Europe/London")]].concat();
    let rows = [
        row(Table::Facts, single_row(Table::Facts), &facts),
        row(Table::Assignments, "a", &[(title, "Bar"), (start, "2026-07-15T18:00")]),
        row(Table::Assignments, "b", &[(title, "Gate"), (start, "2026-07-15T08:00")]),
    ];
    let bytes = document::write(&document::new_doc(11), &rows);
    DocUpdate { doc, epoch: 1, seq: 1, body: Body::Delta { base: 0, bytes } }
}

/// The festival with a third shift, `c`; and the update that adds it.
fn festival_and_a_shift(title: &str) -> (yrs::Doc, Vec<u8>) {
    let doc = document::new_doc(12);
    let Body::Delta { bytes, .. } = festival().body else { panic!() };
    document::apply_update(&doc, &bytes).unwrap();
    let kind = ChangeKind::Insert { cells: Row::from_iter([(Field::Title, Value::from(title))]) };
    let update = document::write(
        &doc,
        &[Change { doc: festival().doc, table: Table::Assignments, row: "c".into(), kind }],
    );
    (doc, update)
}

/// A device with the festival, packed; and its id.
fn with_a_packed_festival() -> (Device, Id) {
    let mut before = Device::online(&[festival()]);
    before.give(Event::Hint(Hint::Hidden));
    let mut device = Device::on(&before.store);
    device.begin();
    (device, "e".parse().unwrap())
}

#[test]
fn what_a_page_shows_of_an_event_is_stored_ready_made_and_given_out_once() {
    let (device, id) = with_a_packed_festival();
    let doc = DocId::Event(id.clone());
    let summary = device.engine.event_summary(&id).unwrap();
    assert_eq!((summary.title.as_str(), summary.shifts), ("Festival", 2));
    let shifts: serde_json::Value =
        serde_json::from_str(&device.engine.take_packed_shifts(&id).unwrap()).unwrap();
    assert_eq!(shifts["order"], serde_json::json!(["b", "a"]), "by start");
    let view = device.engine.view(&doc).unwrap();
    assert_eq!(shifts, serde_json::to_value(AssignmentChanges::all(view)).unwrap());
    assert_eq!(summary, project::event_summary("e", view).unwrap());
    assert_eq!(device.engine.take_packed_shifts(&id), None);
    assert_eq!(device.engine.event_summary(&id), Some(summary));
}

#[test]
fn an_event_that_changed_is_not_shown_as_it_was_packed() {
    let edit = |device: &mut Device| {
        let command = r#"{"type":"create_assignment","event":"e","assignment":"c","fields":{"title":"Bar","start":"2026-07-15T18:00","end":"2026-07-15T20:00"}}"#;
        device.give(Event::Submit { request: 1, uuid: Uuid([1; 16]), command: command.into() });
    };
    let deletion = |device: &mut Device| {
        let command = r#"{"type":"delete_event","event":"e"}"#.into();
        device.give(Event::Submit { request: 1, uuid: Uuid([1; 16]), command });
    };
    let update = |device: &mut Device| {
        device.give(Event::Tab(TabEvent::LockGranted));
        device.greet(welcome(0, 0));
        let (doc, _) = festival_and_a_shift("Stage");
        device.hear_updates(&[DocUpdate {
            seq: 2,
            body: Body::Snapshot { bytes: document::snapshot(&doc) },
            ..festival()
        }]);
        device.pass_a_frame();
    };
    let changes: [&dyn Fn(&mut Device); 3] = [&edit, &deletion, &update];
    for (change, shifts) in changes.into_iter().zip([Some(3), None, Some(3)]) {
        let (mut device, id) = with_a_packed_festival();
        change(&mut device);
        assert_eq!(device.engine.take_packed_shifts(&id), None);
        assert_eq!(device.engine.event_summary(&id).map(|summary| summary.shifts), shifts);
    }
}

#[test]
fn rows_that_do_not_read_when_somebody_looks_are_asked_for_again() {
    let (device, id) = with_a_packed_festival();
    let doc = DocId::Event(id);
    let spoil = async |device: &Device| {
        let tx = device.store.write(Durability::Strict).await.unwrap();
        let stored = tx.get(Space::Views, &doc.to_string()).await.unwrap().unwrap();
        let view = PackedView { rows: vec![255; 9], ..unpack(&stored, "view").unwrap() };
        tx.put(Space::Views, &doc.to_string(), &pack(&view)).await.unwrap();
        tx.commit().await.unwrap();
    };
    pollster::block_on(spoil(&device));
    let mut editing = Device::on(&device.store);
    let command = r#"{"type":"update_assignment","event":"e","assignment":"a","set":{"note":"Ice"}}"#;
    editing.give(Event::Submit { request: 1, uuid: Uuid([1; 16]), command: command.into() });
    assert!(
        matches!(&editing.seen.failures[..], [Failure::Storage(StoreError::Damaged(_))]),
        "it is no refusal"
    );

    editing.give(Event::Hint(Hint::Hidden));
    pollster::block_on(spoil(&device));
    let mut device = Device::on(&device.store);
    device.begin();
    assert_eq!(device.read(), [""; 0]);
    assert!(device.engine.view(&doc).is_none());
    device.give(Event::Tick);
    assert_eq!(device.read(), ["all"]);
    assert_eq!(
        device.engine.view(&doc).unwrap().rows(Table::Assignments).len(),
        2,
        "from the document itself"
    );
}

#[test]
fn what_is_stored_of_an_open_document_has_to_read_too_when_the_store_is_read_again() {
    let mut device = Device::online(&[helper(1)]);
    pollster::block_on(async {
        let tx = device.store.write(Durability::Strict).await.unwrap();
        tx.delete(Space::Views, "roster").await.unwrap();
        tx.put(Space::Log, &log_key(&DocId::Roster, 1), &[1, 1, 11, 114, 117, 98]).await.unwrap();
        tx.commit().await.unwrap();
    });
    device.give(Event::Tab(TabEvent::Message(pack(&TabMessage::Reload))));
    assert_eq!(device.helpers(), None);
    assert_eq!(device.subscribed(), [vec![head(DocId::Roster, 0, 0)]], "the hub is asked for it");
}

#[test]
fn an_edit_that_landed_is_seen_when_others_are_run_again_before_the_views_are_read() {
    let mut device = Device::online(&[festival()]);
    let place = |device: &Device| {
        let view = device.engine.view(&festival().doc).unwrap();
        view.row(Table::Assignments, "c").is_some()
    };
    let mine = Uuid([1; 16]);
    let command = r#"{"type":"create_assignment","event":"e","assignment":"c","fields":{"title":"Bar","start":"2026-07-15T18:00","end":"2026-07-15T20:00"}}"#;
    device.give(Event::Submit { request: 1, uuid: mine, command: command.into() });
    let (_, bytes) = festival_and_a_shift("Bar");
    let docs = vec![DocUpdate { seq: 2, body: Body::Delta { base: 1, bytes }, ..festival() }];
    // Views were read in this very frame: the next time is the next frame.
    device.hear_updates(&[helper(1)]);
    device.hear(Frame::Update(Update { docs, uuids: vec![mine], more: false }));
    assert!(place(&device));
    // What comes from another tab, or a new role, has pending edits run again at once.
    let actor = Actor { user: "olivia".parse().unwrap(), role: Role::Coordinator, helper: None };
    device.hear(Frame::Permissions(actor));
    assert!(place(&device));
}

#[test]
fn what_stands_where_it_stood_stays_the_same_when_the_store_is_read_again() {
    let mut device = Device::online(&[helper(1), festival()]);
    let row = |device: &Device| {
        device.engine.view(&festival().doc).unwrap().row(Table::Assignments, "a").unwrap().clone()
    };
    let before = row(&device);
    // Another tab has written meanwhile, and one update is not read yet here.
    device.hear_updates(&[helper(2)]);
    pollster::block_on(async {
        let tx = device.store.write(Durability::Strict).await.unwrap();
        let Body::Delta { bytes, .. } = first_of("a").body else { panic!() };
        tx.put(Space::Log, &log_key(&note_of("a"), 1), &bytes).await.unwrap();
        tx.put(Space::Heads, &note_of("a").to_string(), &pack(&Position { epoch: 1, seq: 1 })).await.unwrap();
        tx.commit().await.unwrap();
    });
    device.seen.shown.clear();
    device.give(Event::Tab(TabEvent::Message(pack(&TabMessage::Reload))));
    assert!(Arc::ptr_eq(&row(&device), &before));
    assert_eq!(device.helpers(), Some(2));
    assert_eq!(device.seen.shown, BTreeSet::from([DocId::Roster, note_of("a")]));
}

#[test]
fn a_packed_view_that_is_made_in_another_way_has_another_code() {
    let event = festival().doc;
    let rows = |doc: &DocId, rows: &[(Table, &str, Row)]| {
        let mut view = DocView::default();
        rows.iter().for_each(|(table, row, cells)| view.insert(*table, *row, cells.clone()));
        crc32(&pack(&PackedView { code: 0, ..PackedView::of(doc, Position { epoch: 1, seq: 1 }, &view) }))
    };
    let cells = |cells: &[(Field, Value)]| cells.iter().cloned().collect::<Row>();
    let text = |field, text: &str| (field, Value::from(text));
    let on = |helper, status| cells(&[text(Field::Helper, helper), text(Field::Status, status)]);
    let facts = [
        text(Field::Title, "Festival"),
        text(Field::FirstDay, "2026-07-15"),
        text(Field::LastDay, "2026-07-16"),
        text(Field::Zone, "Europe/London"),
        text(Field::Place, "barn"),
        text(Field::Note, "Wellingtons"),
        (Field::Archived, Value::Bool(true)),
    ];
    let bar = [
        text(Field::Title, "Bar"),
        text(Field::Team, "Drinks"),
        text(Field::Role, "Barkeeper"),
        text(Field::Place, "barn"),
        text(Field::Start, "2026-07-15T18:00"),
        text(Field::End, "2026-07-15T20:00"),
        text(Field::Zone, "Europe/Paris"),
        text(Field::Fold, "end"),
        text(Field::Note, "Ice"),
        text(Field::Status, "open"),
        (Field::HelpersMin, Value::Int(3)),
        (Field::HelpersMax, Value::Int(4)),
        (Field::Preparation, Value::Int(15)),
        (Field::TearDown, Value::Int(20)),
        (Field::Skills, Value::Words(vec!["first_aid".into(), "till".into()])),
        (Field::AdultsOnly, Value::Bool(true)),
        (Field::Critical, Value::Bool(true)),
        (Field::Tentative, Value::Bool(true)),
    ];
    let gate =
        [text(Field::Title, "Gate"), text(Field::Status, "cancelled"), (Field::HelpersMin, Value::Int(9))];
    let festival = [
        (Table::Facts, single_row(Table::Facts), cells(&facts)),
        (Table::Assignments, "b", cells(&bar)),
        (Table::Assignments, "g", cells(&gate)),
        (Table::Assigned, "b.anna", on("anna", "accepted")),
        (Table::Assigned, "b.ben", on("ben", "declined")),
        (Table::Assigned, "g.anna", on("anna", "assigned")),
    ];
    let roster =
        [(Table::Helpers, "anna", cells(&[text(Field::Name, "Anna"), (Field::Adult, Value::Bool(true))]))];
    // Where this fails, raise VIEW_CODE, and write down what they are now: a device must not believe what it packed before.
    assert_eq!(
        (VIEW_CODE, rows(&event, &festival), rows(&DocId::Roster, &roster)),
        (2, 2_229_358_562, 1_682_962_168)
    );
}

/// CRC-32 as zip has it (ISO-HDLC): bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
