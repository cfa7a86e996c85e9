//! The room's memory: what it looks up in a batch that is not committed, and what it writes down.
#![allow(clippy::unwrap_used)]

use wedsync_domain::ids::Uuid;
use wedsync_domain::{Field, Id, RefusalCode, Role, Table, document};
use wedsync_hub::membership::{Member, NewDevice, code_hash};
use wedsync_hub::room::{Caller, Room};
use wedsync_hub::store::{Generation, MemoryStore, Outcome};
use wedsync_protocol::{Ack, Body, Frame, Mutate, Update};

fn id(s: &str) -> Id {
    s.parse().unwrap()
}

struct Party {
    store: MemoryStore,
    room: Room<MemoryStore>,
}

fn caller(user: &str) -> Caller {
    Caller { user: id(user), device: None, client: id(&format!("c-{user}")) }
}

fn mutate(n: u64, uuid: u64, command: &str) -> Mutate {
    Mutate { n, uuid: Uuid::v7(uuid, [7; 10]), at_ms: 5, command: command.as_bytes().to_vec() }
}

fn title(n: u64, event: &str, shift: &str, title: &str) -> Mutate {
    update(n, event, shift, &format!(r#""title":"{title}""#), r#""title":"Bar""#)
}

fn update(n: u64, event: &str, shift: &str, set: &str, saw: &str) -> Mutate {
    let command = format!(
        r#"{{"type":"update_assignment","event":"{event}","assignment":"{shift}","set":{{{set}}},"saw":{{{saw}}}}}"#
    );
    mutate(n, 1_000 + n, &command)
}

/// Three who plan, and the events `e` and `f` with a shift `a` each, and `b` in `e`. Olga has made seven edits.
fn party() -> Party {
    let store = MemoryStore::default();
    let mut room = Room::open(store.clone(), 11).unwrap();
    for (user, role) in [("olga", Role::Owner), ("ben", Role::Coordinator), ("carl", Role::Coordinator)] {
        let member = Member { user: id(user), name: user.to_uppercase(), role, helper: None };
        room.edit(1, |team| {
            team.put_member(member);
            Ok(())
        })
        .unwrap();
        room.attach(&caller(user), 1).unwrap();
    }
    let event = |e: &str| {
        format!(
            r#"{{"type":"create_event","event":"{e}","fields":{{"title":"E","first_day":"2026-07-15","last_day":"2026-07-16","zone":"Europe/London"}}}}"#
        )
    };
    let shift = |e: &str, shift: &str| {
        format!(
            r#"{{"type":"create_assignment","event":"{e}","assignment":"{shift}","fields":{{"title":"Bar","start":"2026-07-15T10:00","end":"2026-07-15T12:00"}}}}"#
        )
    };
    let commands = [event("e"), event("f"), shift("e", "a"), shift("e", "b"), shift("f", "a")];
    let mut party = Party { store, room };
    for (n, command) in (1..).zip(&commands) {
        party.judge("olga", &mutate(n, n, command));
    }
    assert!(party.commit().iter().all(|frame| matches!(frame, Frame::Ack(_))));
    party
}

impl Party {
    fn judge(&mut self, user: &str, m: &Mutate) {
        self.room.judge(1, &caller(user), 3, m).unwrap();
    }

    fn commit(&mut self) -> Vec<Frame> {
        self.room.commit().unwrap().answers.into_iter().map(|(_, frame)| frame).collect()
    }

    fn one(&mut self, user: &str, m: &Mutate) -> Frame {
        self.judge(user, m);
        self.commit().pop().unwrap()
    }

    /// The title of a shift, as a hub that starts now reads it from its store.
    fn stored_title(&self, event: &str, shift: &str) -> String {
        let mut room = Room::open(self.store.clone(), 12).unwrap();
        let (actor, _) = room.attach(&caller("olga"), 9).unwrap();
        let frames = room.catch_up(&actor, &[]).unwrap();
        let docs = frames.into_iter().flat_map(|frame| match frame {
            Frame::Update(Update { docs, .. }) => docs,
            other => panic!("{other:?}"),
        });
        let of_event = docs.into_iter().find(|d| d.doc == wedsync_domain::DocId::Event(id(event))).unwrap();
        let Body::Snapshot { bytes } = of_event.body else { panic!("{:?}", of_event.body) };
        let doc = document::new_doc(99);
        document::apply_update(&doc, &bytes).unwrap();
        let view = document::read(&doc, &of_event.doc);
        view.row(Table::Assignments, shift).unwrap().text(Field::Title).to_owned()
    }
}

fn ack(frame: &Frame) -> &Ack {
    match frame {
        Frame::Ack(ack) => ack,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_wrote_a_value_is_found_in_the_batch_whatever_else_was_written_since() {
    let mut party = party();
    party.judge("olga", &title(6, "e", "a", "Hers"));
    // The same cell elsewhere, another cell of the row, another table of the document.
    party.judge("ben", &title(1, "f", "a", "His"));
    party.judge("ben", &title(2, "e", "b", "His"));
    party.judge("ben", &update(3, "e", "a", r#""note":"n""#, ""));
    party.judge("ben", &mutate(4, 14, r#"{"type":"update_event","event":"e","set":{"title":"His"}}"#));
    party.judge("carl", &title(1, "e", "a", "Third"));
    let answers = party.commit();
    let replaced = &ack(&answers[5]).replaced;
    assert_eq!(replaced.len(), 1);
    assert_eq!((replaced[0].by.clone(), replaced[0].by_name.as_deref()), (Some(id("olga")), Some("OLGA")));
    // A row that was made in the batch was written by who made it.
    let new = r#"{"type":"create_assignment","event":"e","assignment":"n","fields":{"title":"New","start":"2026-07-15T10:00","end":"2026-07-15T12:00"}}"#;
    party.judge("ben", &mutate(5, 15, new));
    party.judge("carl", &title(2, "e", "n", "Other"));
    assert_eq!(ack(&party.commit()[1]).replaced[0].by, Some(id("ben")));
}

#[test]
fn what_is_sent_again_in_one_batch_is_known_by_its_client_and_number() {
    let mut party = party();
    let edits = [("ben", 1, "One"), ("carl", 1, "Two"), ("carl", 2, "Three")];
    for (user, n, new) in edits.into_iter().chain(edits) {
        party.judge(
            user,
            &Mutate { uuid: Uuid::v7(40 + n, [user.len() as u8; 10]), ..title(n, "e", "b", new) },
        );
    }
    let answers = party.commit();
    assert_eq!(answers[..3], answers[3..]);
    assert!(answers.iter().all(|answer| matches!(answer, Frame::Ack(_))));
    // A uuid is one person's: somebody else's edit under it is another edit.
    party.judge("ben", &Mutate { uuid: Uuid::v7(60, [1; 10]), ..title(2, "e", "b", "His") });
    party.judge("carl", &Mutate { uuid: Uuid::v7(60, [1; 10]), ..title(3, "e", "b", "Hers") });
    let answers = party.commit();
    assert_eq!(ack(&answers[0]).heads[0].seq + 1, ack(&answers[1]).heads[0].seq);
}

#[test]
fn an_answer_that_wrote_nothing_waits_for_the_commit_too() {
    let mut party = party();
    assert!(!party.room.is_dirty());
    party.judge("olga", &title(9, "e", "a", "Far"));
    assert!(party.room.is_dirty());
    let answers = party.commit();
    assert!(
        matches!(&answers[..], [Frame::Nack(nack)] if nack.refusal.code == RefusalCode::OutOfOrder
            && nack.refusal.message.ends_with(" 6")),
        "{answers:?}"
    );
    assert!(!party.room.is_dirty());
    let before = party.room.attach(&caller("olga"), 3).unwrap();
    assert!(!party.room.is_dirty(), "greeting again writes nothing");
    assert_eq!(before.1, 5);
}

#[test]
fn deleting_one_event_takes_nothing_else_out_of_the_batch() {
    let mut party = party();
    party.judge("olga", &title(6, "f", "a", "Kept"));
    party.judge("olga", &title(7, "e", "a", "Gone"));
    party.judge("olga", &mutate(8, 8, r#"{"type":"delete_event","event":"e"}"#));
    party.commit();
    assert_eq!(party.stored_title("f", "a"), "Kept");
    let kept = party.store.verdicts().pop().unwrap().outcome;
    let Outcome::Stored { heads, .. } = kept else { panic!("{kept:?}") };
    assert_eq!((heads.len(), heads[0].epoch, heads[0].seq), (1, 0, 0), "what is kept names no head of it");
    // What was stored in the deleted one is told as gone: nobody waits for it.
    let Ack { heads, .. } = ack(&party.one("olga", &title(7, "e", "a", "Gone"))).clone();
    assert_eq!((heads.len(), heads[0].epoch, heads[0].seq), (1, 0, 0));
    let Ack { heads, .. } = ack(&party.one("olga", &title(6, "f", "a", "Kept"))).clone();
    assert!(heads[0].epoch > 0 && heads[0].seq > 0);
}

#[test]
fn an_edit_of_what_was_deleted_hears_that_it_was() {
    let mut party = party();
    party.one("olga", &mutate(6, 6, r#"{"type":"delete_event","event":"e"}"#));
    let Frame::Nack(nack) = party.one("olga", &title(7, "e", "a", "Late")) else { panic!() };
    assert_eq!(nack.refusal.code, RefusalCode::Deleted);
}

#[test]
fn a_verdict_names_the_kind_of_its_command_and_quotes_no_more_than_a_screenful() {
    let mut party = party();
    party.one("olga", &title(6, "e", "a", "New"));
    assert_eq!(party.store.verdicts().last().unwrap().kind, "update_assignment");
    let long = "ä".repeat(1_000);
    let long = format!(r#"{{"type":"update_event","event":"e","set":{{"{long}":1}}}}"#);
    let Frame::Nack(nack) = party.one("olga", &mutate(7, 7, &long)) else { panic!() };
    assert_eq!(nack.refusal.message.chars().count(), 301);
    assert!(nack.refusal.message.ends_with('…'));
    assert_eq!(party.store.verdicts().last().unwrap().kind, "");
}

#[test]
fn a_device_is_seen_at_most_once_a_minute() {
    let mut party = party();
    let (hash, phone) = (code_hash("CODE"), id("phone"));
    party.room.edit(10, |team| team.invite(&id("olga"), hash.clone(), Role::Helper, "Nina", None)).unwrap();
    let device = NewDevice { id: phone.clone(), name: "Phone".into(), x: "x".into(), y: "y".into() };
    let nina = party.room.edit(1_000, |team| team.join(&hash, device, id("nina"))).unwrap();
    let caller = Caller { user: nina.user, device: Some(phone.clone()), client: id("c-nina") };
    // To join is not yet to come with the plan: the first time counts at once.
    for (now_ms, seen_ms) in [(2_000, 2_000), (61_999, 2_000), (62_000, 62_000), (63_000, 62_000)] {
        party.room.attach(&caller, now_ms).unwrap();
        assert_eq!(party.room.membership().devices[&phone].last_seen_ms, seen_ms, "at {now_ms}");
    }
    party.room.commit().unwrap();
    let room = Room::open(party.store.clone(), 13).unwrap();
    assert_eq!(room.membership().devices[&phone].last_seen_ms, 62_000, "it is written down");
}

#[test]
fn what_moved_names_the_head_that_it_builds_on() {
    let mut party = party();
    let (actor, _) = party.room.attach(&caller("olga"), 3).unwrap();
    let head = party.room.catch_up(&actor, &[]).unwrap();
    let Frame::Update(update) = &head[0] else { panic!("{head:?}") };
    let of_f = update.docs.iter().find(|d| d.doc == wedsync_domain::DocId::Event(id("f"))).unwrap();
    party.judge("olga", &title(6, "f", "a", "New"));
    let moves = party.room.commit().unwrap().moves;
    let base = moves[0].docs[0].base();
    assert_eq!((base.doc, base.epoch, base.seq), (of_f.doc.clone(), of_f.epoch, of_f.seq));
}

#[test]
fn a_room_on_a_restored_store_is_of_its_generation() {
    let party = party();
    assert_eq!(party.room.generation(), Generation::default());
    let restored = party.store.restored(&party.store, 5_000, true);
    let room = Room::open(restored, 13).unwrap();
    assert_eq!(room.generation(), Generation { number: 5_000, send_again: true });
}

#[test]
fn an_edit_under_the_identity_of_another_one_is_refused_and_changes_nothing() {
    let mut party = party();
    let under_one_identity =
        |n: u64, new: &str| Mutate { uuid: Uuid::v7(70, [1; 10]), ..title(n, "e", "a", new) };
    party.judge("olga", &under_one_identity(6, "First"));
    party.judge("olga", &under_one_identity(7, "Second"));
    let mut answers = party.commit();
    answers.push(party.one("olga", &under_one_identity(8, "Third")));
    assert!(matches!(answers[0], Frame::Ack(_)));
    for answer in &answers[1..] {
        let Frame::Nack(nack) = answer else { panic!("{answer:?}") };
        assert_eq!(nack.refusal.code, RefusalCode::Invalid);
    }
    assert_eq!(party.stored_title("e", "a"), "First");
}

#[test]
fn who_says_to_have_the_beginning_of_a_document_gets_the_whole_of_it() {
    let mut party = party();
    let (actor, _) = party.room.attach(&caller("olga"), 3).unwrap();
    let head = wedsync_protocol::Head { doc: wedsync_domain::DocId::Event(id("e")), epoch: 1, seq: 0 };
    let frames = party.room.catch_up_some(&actor, &[head]).unwrap();
    let [Frame::Update(update)] = &frames[..] else { panic!("{frames:?}") };
    assert!(matches!(update.docs[0].body, Body::Snapshot { .. }), "{:?}", update.docs[0].body);
}
