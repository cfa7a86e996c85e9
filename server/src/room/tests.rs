use super::documents::{Documents, Written};
use super::*;
use crate::membership::Member;
use crate::store::{DocHead, MemoryStore};
use wedsync_domain::{Role, Table, World, document};
use wedsync_protocol::{Body, Update};

fn id(s: &str) -> Id {
    s.parse().unwrap()
}

fn caller(user: &str, client: &str) -> Caller {
    Caller { user: id(user), device: None, client: id(client) }
}

fn uuid(n: u64) -> Uuid {
    Uuid::v7(n, [7; 10])
}

fn mutate(n: u64, u: u64, command: &str) -> Mutate {
    Mutate { n, uuid: uuid(u), at_ms: 5, command: command.as_bytes().to_vec() }
}

fn room(store: &MemoryStore, yjs_client: u64) -> Room<MemoryStore> {
    Room::open(store.clone(), yjs_client).unwrap()
}

/// A room with an owner, two helpers and a viewer, an event and one shift with one place; everybody attached.
fn party() -> (MemoryStore, Room<MemoryStore>) {
    let store = MemoryStore::default();
    let mut room = room(&store, 11);
    room.edit(1, |team| {
        team.create_org("Party");
        for (user, role, helper) in [
            ("olga", Role::Owner, None),
            ("anna", Role::Helper, Some("anna")),
            ("ben", Role::Helper, Some("ben")),
            ("vera", Role::Viewer, None),
        ] {
            team.put_member(Member {
                user: id(user),
                name: user.to_uppercase(),
                role,
                helper: helper.map(id),
            });
        }
        Ok(())
    })
    .unwrap();
    for user in ["olga", "anna", "ben", "vera"] {
        room.attach(&caller(user, &format!("c-{user}")), 1).unwrap();
    }
    for (i, command) in [
        r#"{"type":"add_helper","helper":"anna","fields":{"name":"Anna"},"contact":{"email":"a@example.org"}}"#,
        r#"{"type":"add_helper","helper":"ben","fields":{"name":"Ben"},"contact":{"email":"b@example.org"}}"#,
        r#"{"type":"create_event","event":"e","fields":{"title":"E","first_day":"2026-07-15","last_day":"2026-07-16","zone":"Europe/London"}}"#,
        r#"{"type":"create_assignment","event":"e","assignment":"a","fields":{"title":"Bar","start":"2026-07-15T10:00","end":"2026-07-15T12:00","helpers_max":1}}"#,
    ]
    .iter()
    .enumerate()
    {
        let n = i as u64 + 1;
        room.judge(0, &caller("olga", "c-olga"), 2, &mutate(n, n, command)).unwrap();
    }
    let committed = room.commit().unwrap();
    assert!(committed.answers.iter().all(|(_, f)| matches!(f, Frame::Ack(_))), "{:?}", committed.answers);
    (store, room)
}

fn one(room: &mut Room<MemoryStore>, who: &Caller, m: &Mutate) -> Frame {
    room.judge(9, who, 3, m).unwrap();
    room.commit().unwrap().answers.pop().unwrap().1
}

fn refusal(frame: &Frame) -> RefusalCode {
    match frame {
        Frame::Nack(nack) => nack.refusal.code,
        other => panic!("not a refusal: {other:?}"),
    }
}

fn title(n: u64, u: u64, title: &str) -> Mutate {
    let saw = r#""saw":{"title":"Bar"}"#;
    mutate(
        n,
        u,
        &format!(
            r#"{{"type":"update_assignment","event":"e","assignment":"a","set":{{"title":"{title}"}},{saw}}}"#
        ),
    )
}

const CLAIM: &str = r#"{"type":"claim","event":"e","assignment":"a"}"#;

#[test]
fn a_mutation_sent_again_is_answered_and_not_run_again() {
    let (store, mut room) = party();
    let olga = caller("olga", "c-olga");
    let first = one(&mut room, &olga, &title(5, 5, "One"));
    assert!(matches!(first, Frame::Ack(_)));
    assert_eq!(one(&mut room, &olga, &title(5, 5, "One")), first, "the same answer");
    // Also to a hub that started anew, and within one batch.
    let mut room = self::room(&store, 12);
    assert_eq!(one(&mut room, &olga, &title(5, 5, "One")), first);
    room.judge(1, &olga, 3, &title(6, 6, "Two")).unwrap();
    room.judge(2, &olga, 3, &title(6, 6, "Two")).unwrap();
    let committed = room.commit().unwrap();
    assert_eq!(committed.answers[0].1, committed.answers[1].1);
    assert_eq!(committed.moves.len(), 1);
    assert_eq!(store.verdicts().iter().filter(|v| v.uuid == uuid(5)).count(), 1);
}

#[test]
fn a_number_with_other_content_is_a_fork_and_a_gap_is_out_of_order() {
    let (_, mut room) = party();
    let olga = caller("olga", "c-olga");
    one(&mut room, &olga, &title(5, 5, "One"));
    assert_eq!(refusal(&one(&mut room, &olga, &title(5, 5, "Other"))), RefusalCode::ClientForked);
    assert_eq!(refusal(&one(&mut room, &olga, &title(5, 50, "One"))), RefusalCode::ClientForked);
    assert_eq!(refusal(&one(&mut room, &olga, &title(7, 7, "Far"))), RefusalCode::OutOfOrder);
    assert!(
        matches!(one(&mut room, &olga, &title(6, 6, "Next")), Frame::Ack(_)),
        "neither consumed a number"
    );
}

#[test]
fn a_refusal_consumes_its_number_and_is_answered_again() {
    let (store, mut room) = party();
    let vera = caller("vera", "c-vera");
    let first = one(&mut room, &vera, &title(1, 30, "Mine"));
    assert_eq!(refusal(&first), RefusalCode::Forbidden);
    assert_eq!(one(&mut room, &vera, &title(1, 30, "Mine")), first);
    assert_eq!(room.attach(&vera, 4).unwrap().1, 1);
    assert_eq!(store.history().iter().filter(|h| h.user == id("vera")).count(), 0);
    assert_eq!(refusal(&one(&mut room, &vera, &mutate(2, 31, "{not json"))), RefusalCode::Invalid);
}

#[test]
fn a_double_under_another_client_number_gets_the_stored_verdict() {
    let (store, mut room) = party();
    let olga = caller("olga", "c-olga");
    let clone = caller("olga", "c-clone");
    let Frame::Ack(first) = one(&mut room, &olga, &title(5, 5, "One")) else { panic!() };
    room.attach(&clone, 3).unwrap();
    let Frame::Ack(again) = one(&mut room, &clone, &title(1, 5, "One")) else { panic!() };
    assert_eq!((again.n, again.uuid, &again.heads), (1, first.uuid, &first.heads));
    assert_eq!(room.attach(&clone, 3).unwrap().1, 1, "it consumed the new number");
    assert_eq!(store.history().iter().filter(|h| h.uuid == uuid(5)).count(), 1);
    // Somebody else's uuid is nobody's business.
    assert_eq!(
        refusal(&one(&mut room, &caller("vera", "c-vera"), &title(1, 5, "One"))),
        RefusalCode::Forbidden
    );
}

#[test]
fn a_client_number_belongs_to_who_came_first() {
    let (_, mut room) = party();
    let thief = caller("anna", "c-olga");
    assert!(matches!(room.attach(&thief, 3), Err(RoomError::ClientTaken)));
    assert!(matches!(room.judge(0, &thief, 3, &title(5, 5, "x")), Err(RoomError::ClientTaken)));
    assert!(matches!(room.attach(&caller("nobody", "c-new"), 3), Err(RoomError::Revoked)));
}

#[test]
fn of_two_claims_on_the_last_place_the_first_stands() {
    let (_, mut room) = party();
    room.judge(1, &caller("anna", "c-anna"), 3, &mutate(1, 41, CLAIM)).unwrap();
    room.judge(2, &caller("ben", "c-ben"), 3, &mutate(1, 42, CLAIM)).unwrap();
    let answers = room.commit().unwrap().answers;
    assert!(matches!(&answers[0], (1, Frame::Ack(_))));
    assert_eq!((answers[1].0, refusal(&answers[1].1)), (2, RefusalCode::AlreadyTaken));
}

#[test]
fn what_was_replaced_is_told_with_its_author() {
    let (_, mut room) = party();
    room.judge(1, &caller("olga", "c-olga"), 3, &title(5, 5, "Hers")).unwrap();
    room.edit(3, |team| team.set_role(&id("olga"), &id("ben"), Role::Coordinator)).unwrap();
    // In the same batch, and after a commit.
    room.judge(2, &caller("ben", "c-ben"), 3, &title(1, 61, "His")).unwrap();
    let Frame::Ack(ack) = room.commit().unwrap().answers.remove(1).1 else { panic!() };
    assert_eq!((ack.replaced[0].by.clone(), ack.replaced[0].value.text()), (Some(id("olga")), Some("Hers")));
    let Frame::Ack(ack) = one(&mut room, &caller("olga", "c-olga"), &title(6, 6, "Again")) else { panic!() };
    assert_eq!(ack.replaced[0].by, Some(id("ben")));
    assert_eq!(ack.replaced[0].by_name.as_deref(), Some("BEN"), "by name too: few may look an id up");
}

#[test]
fn nothing_is_told_when_the_commit_fails_and_all_of_it_can_come_again() {
    let (store, mut room) = party();
    let olga = caller("olga", "c-olga");
    store.fail_commits(1);
    room.judge(1, &olga, 3, &title(5, 5, "Lost")).unwrap();
    assert!(room.commit().is_err());
    let mut room = self::room(&store, 13);
    assert_eq!(room.attach(&olga, 3).unwrap().1, 4);
    assert!(matches!(one(&mut room, &olga, &title(5, 5, "Lost")), Frame::Ack(_)));
}

/// A device as the protocol has it: heads and Yjs documents, fed with update frames.
#[derive(Default)]
struct Replica(BTreeMap<DocId, (u32, u64, yrs::Doc)>);

impl Replica {
    /// A new device of this person, with all there is.
    fn of(room: &mut Room<MemoryStore>, actor: &Actor) -> Replica {
        let mut replica = Replica::default();
        replica.take(&room.catch_up(actor, &[]).unwrap());
        replica
    }

    fn heads(&self) -> Vec<Head> {
        self.0
            .iter()
            .map(|(doc, (epoch, seq, _))| Head { doc: doc.clone(), epoch: *epoch, seq: *seq })
            .collect()
    }

    fn take(&mut self, frames: &[Frame]) -> Vec<Uuid> {
        let mut uuids = Vec::new();
        for frame in frames {
            let Frame::Update(Update { docs, uuids: held, .. }) = frame else { panic!("{frame:?}") };
            uuids.extend(held);
            for doc in docs {
                match &doc.body {
                    Body::Delta { base, bytes } => {
                        let entry = self
                            .0
                            .entry(doc.doc.clone())
                            .or_insert_with(|| (doc.epoch, 0, document::new_doc(99)));
                        assert_eq!((doc.epoch, *base), (entry.0, entry.1), "a delta on another head");
                        document::apply_update(&entry.2, bytes).unwrap();
                        entry.1 = doc.seq;
                    }
                    Body::Snapshot { bytes } => {
                        let fresh = document::new_doc(99);
                        document::apply_update(&fresh, bytes).unwrap();
                        self.0.insert(doc.doc.clone(), (doc.epoch, doc.seq, fresh));
                    }
                    Body::Gone => drop(self.0.remove(&doc.doc)),
                }
            }
        }
        uuids
    }

    fn view(&self, doc: &DocId) -> wedsync_domain::DocView {
        document::read(&self.0[doc].2, doc)
    }

    fn title(&self) -> String {
        let view = self.view(&DocId::Event(id("e")));
        view.row(Table::Assignments, "a").unwrap().text(wedsync_domain::Field::Title).to_owned()
    }
}

#[test]
fn a_replica_catches_up_by_nothing_delta_or_snapshot() {
    let (store, mut room) = party();
    let olga = caller("olga", "c-olga");
    let actor = room.attach(&olga, 3).unwrap().0;
    let mut replica = Replica::of(&mut room, &actor);
    assert_eq!(replica.0.len(), 4, "roster, event and two persons");

    let nothing = room.catch_up(&actor, &replica.heads()).unwrap();
    assert_eq!(nothing, [Frame::Update(Update { docs: vec![], uuids: vec![], more: false })]);

    for n in 5..8 {
        one(&mut room, &olga, &title(n, n, &format!("T{n}")));
    }
    let frames = room.catch_up(&actor, &replica.heads()).unwrap();
    let Frame::Update(update) = &frames[0] else { panic!() };
    assert!(matches!(&update.docs[..], [only] if matches!(only.body, Body::Delta { .. })));
    assert_eq!(replica.take(&frames), [uuid(5), uuid(6), uuid(7)]);
    assert_eq!(replica.title(), "T7");

    // Beyond the retained log it is a snapshot, and the store's compacted state is the same plan.
    let old = replica.heads();
    for n in 8..800 {
        room.judge(0, &olga, 3, &title(n, n, &format!("T{n}"))).unwrap();
    }
    room.commit().unwrap();
    let frames = room.catch_up(&actor, &old).unwrap();
    let Frame::Update(update) = &frames[0] else { panic!() };
    assert!(matches!(&update.docs[..], [only] if matches!(only.body, Body::Snapshot { .. })));
    replica.take(&frames);
    assert_eq!(replica.title(), "T799");
    let mut room = self::room(&store, 14);
    let mut fresh = Replica::of(&mut room, &actor);
    assert_eq!(fresh.title(), "T799");
    one(&mut room, &olga, &title(800, 800, "T800"));
    fresh.take(&room.catch_up(&actor, &fresh.heads()).unwrap());
    assert_eq!(fresh.title(), "T800");

    // A replica ahead of a restored hub, or of another epoch, is worth nothing.
    for wrong in
        [Head { seq: 5000, ..fresh.heads()[0].clone() }, Head { epoch: 9, ..fresh.heads()[0].clone() }]
    {
        let frames = room.catch_up_some(&actor, &[wrong]).unwrap();
        let Frame::Update(update) = &frames[0] else { panic!() };
        assert!(matches!(update.docs[0].body, Body::Snapshot { .. }));
    }
}

#[test]
fn nobody_gets_a_byte_of_what_they_may_not_read() {
    let (_, mut room) = party();
    let person = |h: &str| DocId::Person(id(h));
    let ben = room.attach(&caller("ben", "c-ben"), 3).unwrap().0;
    let asked = [
        Head { doc: person("anna"), epoch: 1, seq: 0 },
        Head { doc: DocId::Event(id("elsewhere")), epoch: 1, seq: 3 },
    ];
    let frames = room.catch_up(&ben, &asked).unwrap();
    let Frame::Update(update) = &frames[0] else { panic!() };
    let told: BTreeMap<&DocId, &Body> = update.docs.iter().map(|d| (&d.doc, &d.body)).collect();
    assert_eq!(told[&person("anna")], &Body::Gone);
    assert_eq!(told[&DocId::Event(id("elsewhere"))], &Body::Gone);
    assert!(matches!(told[&person("ben")], Body::Snapshot { .. }));

    let contact = r#"{"type":"update_contact","helper":"anna","set":{"phone":"123"},"saw":{}}"#;
    room.judge(0, &caller("olga", "c-olga"), 3, &mutate(5, 5, contact)).unwrap();
    let moves = room.commit().unwrap().moves;
    assert_eq!(Move::frame(&moves[..1], |doc| ben.may_read(doc)), None);

    let mut coordinator = ben.clone();
    coordinator.role = Role::Coordinator;
    let gained = room.permission_change(&ben, &coordinator).unwrap();
    assert!(
        matches!(&gained[..], [Frame::Update(u)] if u.docs.len() == 1 && u.docs[0].doc == person("anna"))
    );
    let lost = room.permission_change(&coordinator, &ben).unwrap();
    assert!(matches!(&lost[..], [Frame::Update(u)] if u.docs[0].body == Body::Gone));
}

#[test]
fn what_one_commit_did_to_a_document_is_told_as_one_delta() {
    let (_, mut room) = party();
    let olga = caller("olga", "c-olga");
    let actor = room.attach(&olga, 3).unwrap().0;
    let mut replica = Replica::of(&mut room, &actor);
    let before = replica.heads();
    let phone = |n: u64| {
        let phone =
            format!(r#"{{"type":"update_contact","helper":"anna","set":{{"phone":"{n}"}},"saw":{{}}}}"#);
        mutate(n, n, &phone)
    };
    for m in [title(5, 5, "T5"), phone(6), title(7, 7, "T7"), phone(8), title(9, 9, "T9")] {
        room.judge(0, &olga, 3, &m).unwrap();
    }
    let moves = room.commit().unwrap().moves;
    let frame = Move::frame(&moves, |_| true).unwrap();
    let Frame::Update(update) = &frame else { panic!("{frame:?}") };
    let told: Vec<(&DocId, u64, u64)> = update
        .docs
        .iter()
        .map(|d| match d.body {
            Body::Delta { base, .. } => (&d.doc, base, d.seq),
            _ => panic!("{d:?}"),
        })
        .collect();
    let (event, person) = (DocId::Event(id("e")), DocId::Person(id("anna")));
    let at = |doc: &DocId| before.iter().find(|head| head.doc == *doc).unwrap().seq;
    assert_eq!(told, [(&person, at(&person), at(&person) + 2), (&event, at(&event), at(&event) + 3)]);
    assert_eq!(replica.take(std::slice::from_ref(&frame)), [5, 6, 7, 8, 9].map(uuid));
    assert_eq!(replica.title(), "T9");
    let fresh = Replica::of(&mut room, &actor);
    assert_eq!(replica.heads(), fresh.heads());
    for doc in [&event, &person] {
        assert_eq!(replica.view(doc), fresh.view(doc));
    }
    // Who may not read one of the two hears of the other, and of its edits only.
    let Some(Frame::Update(part)) = Move::frame(&moves, |doc| *doc == event) else { panic!() };
    assert_eq!((part.docs.len(), part.uuids), (1, [5, 7, 9].map(uuid).to_vec()));
}

#[test]
fn a_full_document_refuses_growth_but_not_cancelling() {
    let (_, mut room) = party();
    let olga = caller("olga", "c-olga");
    let note = "x".repeat(4000);
    let long_id = "z".repeat(64);
    let first = format!(
        r#"{{"type":"create_assignment","event":"e","assignment":"{long_id}","fields":{{"title":"B","start":"2026-07-15T10:00","end":"2026-07-15T12:00"}}}}"#
    );
    one(&mut room, &olga, &mutate(5, 5, &first));
    let mut n = 5;
    let refused = loop {
        n += 1;
        let command = format!(
            r#"{{"type":"create_assignment","event":"e","assignment":"a{n}","fields":{{"title":"B","start":"2026-07-15T10:00","end":"2026-07-15T12:00","note":"{note}"}}}}"#
        );
        room.judge(n, &olga, 3, &mutate(n, n, &command)).unwrap();
        if n % 100 == 0
            && let Some((_, nack)) =
                room.commit().unwrap().answers.iter().find(|(_, f)| matches!(f, Frame::Nack(_)))
        {
            break refusal(nack);
        }
        assert!(n < 2000, "it never filled up");
    };
    assert_eq!(refused, RefusalCode::TooLarge);
    // To the brim, by edits smaller than what cancelling writes.
    let longer = "a title of 25 letters ....";
    let full = (6..n).find(|row| {
        let set = format!(
            r#"{{"type":"update_assignment","event":"e","assignment":"a{row}","set":{{"title":"{longer}"}}}}"#
        );
        matches!(one(&mut room, &olga, &mutate(n + row - 5, 5000 + row, &set)), Frame::Nack(_))
    });
    let next = n + full.expect("it is full") - 4;
    let cancel =
        format!(r#"{{"type":"cancel_assignment","event":"e","assignment":"{long_id}","cancelled":true}}"#);
    let answer = one(&mut room, &olga, &mutate(next, 9999, &cancel));
    assert!(matches!(answer, Frame::Ack(_)), "{answer:?}");
}

#[test]
fn the_team_keeps_an_owner_and_codes_work_once() {
    use crate::membership::{ManageError, NewDevice, code_hash};
    let (_, mut room) = party();
    let olga = id("olga");
    let demote = room.edit(3, |t| t.set_role(&olga, &olga, Role::Helper));
    assert_eq!(demote.unwrap_err(), ManageError::LastOwner);
    assert_eq!(room.edit(3, |t| t.remove_member(&olga, &olga)).unwrap_err(), ManageError::LastOwner);
    let forbidden = room.edit(3, |t| t.invite(&id("anna"), "h".into(), Role::Helper, "X", None));
    assert_eq!(forbidden.unwrap_err(), ManageError::Forbidden);

    let hash = code_hash("CODE");
    room.edit(3, |t| t.invite(&olga, hash.clone(), Role::Helper, "Nina", None)).unwrap();
    let device =
        |name: &str, x: &str| NewDevice { id: id(name), name: "Phone".into(), x: x.into(), y: "y".into() };
    let join =
        |room: &mut Room<MemoryStore>, now, device| room.edit(now, |t| t.join(&hash, device, id("nina")));
    let late = join(&mut room, crate::membership::INVITE_MS + 4, device("d1", "x"));
    assert_eq!(late.unwrap_err(), ManageError::CodeExpired);
    let nina = join(&mut room, 4, device("d1", "x")).unwrap();
    assert_eq!((nina.user.as_str(), nina.role), ("nina", Role::Helper));
    assert_eq!(join(&mut room, 5, device("d2", "x")).unwrap_err(), ManageError::CodeUsed);
    assert_eq!(join(&mut room, 5, device("d1", "z")).unwrap_err(), ManageError::CodeUsed);
    assert_eq!(join(&mut room, 5, device("d1", "x")).unwrap(), nina, "its first answer may have been lost");
}

#[test]
fn a_revoked_device_commits_nothing_more() {
    let (_, mut room) = party();
    room.edit(3, |t| t.remove_member(&id("olga"), &id("anna"))).unwrap();
    let judged = room.judge(0, &caller("anna", "c-anna"), 3, &mutate(1, 41, CLAIM));
    assert!(matches!(judged, Err(RoomError::Revoked)));
}

#[test]
fn a_defect_refuses_one_command_and_harms_nothing() {
    let (store, mut room) = party();
    let olga = caller("olga", "c-olga");
    room.judge(1, &olga, 3, &title(5, 5, "Kept")).unwrap();
    one(&mut room, &olga, &mutate(6, 6, r#"{"type":"add_helper","helper":"x","fields":{"name":"X"}}"#));
    store.panic_reads(true);
    // The first waits for its commit when the second panics.
    let place = r#"{"type":"add_place","place":"p","fields":{"name":"P"}}"#;
    room.judge(1, &olga, 3, &mutate(7, 7, place)).unwrap();
    room.judge(2, &olga, 3, &title(8, 8, "Lost")).unwrap();
    store.panic_reads(false);
    room.judge(3, &olga, 3, &title(9, 9, "After")).unwrap();
    let answers = room.commit().unwrap().answers;
    assert!(matches!((&answers[0].1, &answers[2].1), (Frame::Ack(_), Frame::Ack(_))), "{answers:?}");
    assert_eq!(refusal(&answers[1].1), RefusalCode::Internal);
    let actor = room.attach(&olga, 3).unwrap().0;
    let (here, stored) = (Replica::of(&mut room, &actor), Replica::of(&mut self::room(&store, 15), &actor));
    assert_eq!((here.title(), stored.title()), ("After".into(), "After".into()));
    let roster = stored.view(&DocId::Roster);
    assert!(roster.row(Table::Places, "p").is_some());
}

/// A way to hear what is committed, as a session does.
fn live(room: &mut Room<MemoryStore>, replica: &mut Replica) -> Vec<Frame> {
    let Committed { answers, moves } = room.commit().unwrap();
    let frames = Move::in_frames(&moves).into_iter().filter_map(|part| Move::frame(part, |_| true));
    let frames: Vec<Frame> = frames.collect();
    replica.take(&frames);
    answers.into_iter().map(|(_, frame)| frame).collect()
}

#[test]
fn a_deleted_event_is_gone_for_everybody_and_nothing_brings_it_back() {
    let (store, mut room) = party();
    let (olga, anna) = (caller("olga", "c-olga"), caller("anna", "c-anna"));
    let actor = room.attach(&olga, 3).unwrap().0;
    let (event, delete) = (DocId::Event(id("e")), r#"{"type":"delete_event","event":"e"}"#);
    let (mut hears, away) = (Replica::of(&mut room, &actor), Replica::of(&mut room, &actor));
    assert_eq!(refusal(&one(&mut room, &anna, &mutate(1, 40, delete))), RefusalCode::Forbidden);
    // In one batch with an edit before it and one after it.
    room.judge(1, &olga, 3, &title(5, 5, "Last words")).unwrap();
    room.judge(2, &olga, 3, &mutate(6, 6, delete)).unwrap();
    room.judge(3, &anna, 3, &mutate(2, 41, CLAIM)).unwrap();
    let answers = live(&mut room, &mut hears);
    let Frame::Ack(ack) = &answers[1] else { panic!("{answers:?}") };
    assert_eq!(ack.heads, [Head { doc: event.clone(), epoch: 0, seq: 0 }]);
    assert_eq!(refusal(&answers[2]), RefusalCode::Deleted);
    assert!(!hears.0.contains_key(&event), "told live");

    // Nothing of it is stored, and its id stays spent, also for a hub that started anew.
    for started_anew in [false, true] {
        if started_anew {
            room = self::room(&store, 12);
        }
        let n = room.attach(&olga, 3).unwrap().1 + 1;
        let create = r#"{"type":"create_event","event":"e","fields":{"title":"E","first_day":"2026-07-15","last_day":"2026-07-16","zone":"Europe/London"}}"#;
        assert_eq!(refusal(&one(&mut room, &olga, &mutate(n, n, create))), RefusalCode::Deleted);
        let known = away.heads().into_iter().find(|h| h.doc == event).unwrap();
        for head in [known.clone(), Head { epoch: 7, ..known.clone() }, Head { epoch: 2, seq: 900, ..known }]
        {
            let told = |frames: &[Frame]| {
                let Frame::Update(update) = &frames[0] else { panic!("{frames:?}") };
                update.docs.iter().filter(|d| d.doc == event).map(|d| d.body.clone()).collect::<Vec<_>>()
            };
            assert_eq!(told(&room.catch_up(&actor, std::slice::from_ref(&head)).unwrap()), [Body::Gone]);
            assert_eq!(told(&room.catch_up_some(&actor, &[head]).unwrap()), [Body::Gone]);
            assert_eq!(
                told(&room.catch_up(&actor, &[]).unwrap()),
                [],
                "who never had it hears nothing of it"
            );
        }
        assert_eq!(room.store().document(&event).unwrap(), (None, vec![]));
        let head = &room.store().load().unwrap().docs[&event];
        assert_eq!((head.deleted, head.epoch, head.size), (true, 2, 0));
    }
}

#[test]
fn a_document_that_is_mostly_history_is_written_anew_under_another_epoch() {
    const TOGGLES: u64 = 20_000;
    const BOUND: usize = 160 * 1024;
    let (store, mut room) = party();
    let olga = caller("olga", "c-olga");
    let actor = room.attach(&olga, 3).unwrap().0;
    let event = DocId::Event(id("e"));
    let more = r#"{"type":"update_assignment","event":"e","assignment":"a","set":{"helpers_max":2}}"#;
    let on = |kind: &str, who: &str| {
        format!(r#"{{"type":"{kind}","event":"e","assignment":"a","helper":"{who}"}}"#)
    };
    for (n, command) in [(5, more.to_owned()), (6, on("assign", "anna")), (7, on("assign", "ben"))] {
        assert!(matches!(one(&mut room, &olga, &mutate(n, n, &command)), Frame::Ack(_)));
    }
    let (mut hears, mut away) = (Replica::of(&mut room, &actor), Replica::of(&mut room, &actor));
    let epoch = |replica: &Replica| replica.0[&event].0;
    let mut largest = 0;
    for i in 0..TOGGLES {
        // Two helpers change their minds in turn: a cell that is written twice in a row folds by itself.
        let kind = if (i / 2) % 2 == 0 { "accept" } else { "decline" };
        let n = i + 8;
        room.judge(1, &olga, 3, &mutate(n, n, &on(kind, ["anna", "ben"][i as usize % 2]))).unwrap();
        if i % 100 == 99 {
            let answers = live(&mut room, &mut hears);
            assert!(answers.iter().all(|a| matches!(a, Frame::Ack(_))), "{answers:?}");
            largest = largest.max(document::snapshot(&hears.0[&event].2).len());
        }
    }
    assert!((64 * 1024..BOUND).contains(&largest), "the largest was {largest} bytes");
    assert!(epoch(&hears) > 1, "it was never written anew");
    assert!((store.clone().load().unwrap().docs[&event].size as usize) < BOUND);

    // Whoever was away, comes new, or the hub started anew: all have the same plan, and go on with it.
    assert_eq!(epoch(&away), 1);
    away.take(&room.catch_up(&actor, &away.heads()).unwrap());
    let mut room = self::room(&store, 12);
    let n = TOGGLES + 8;
    room.judge(1, &olga, 3, &title(n, n, "After")).unwrap();
    live(&mut room, &mut hears);
    away.take(&room.catch_up(&actor, &away.heads()).unwrap());
    let fresh = Replica::of(&mut room, &actor);
    for replica in [&hears, &away, &fresh] {
        assert_eq!(replica.heads(), fresh.heads());
        assert_eq!(replica.view(&event), fresh.view(&event));
        assert_eq!(replica.title(), "After");
    }
}

/// The documents of the party, with its event open.
fn event_open() -> (MemoryStore, Room<MemoryStore>, DocId) {
    let (mut store, mut room) = party();
    let event: DocId = "event/e".parse().unwrap();
    // As it is read, not as it came to be.
    room.documents.close(&event);
    room.documents.open(&mut store, &Batch::default(), &event).unwrap();
    (store, room, event)
}

/// A change of so many bytes as JSON, which is how growth is counted.
fn change_of(doc: &DocId, bytes: usize) -> wedsync_domain::Change {
    let empty = serde_json::to_vec(&titled(doc, "")).unwrap().len();
    titled(doc, &"x".repeat(bytes - empty))
}

fn titled(doc: &DocId, title: &str) -> wedsync_domain::Change {
    use wedsync_domain::{Change, ChangeKind, Field, Value};
    let kind = ChangeKind::Set { field: Field::Title, before: Value::Null, after: Value::from(title) };
    Change { doc: doc.clone(), table: Table::Assignments, row: "a".to_owned(), kind }
}

#[test]
fn a_document_is_read_with_all_that_waits_to_be_committed() {
    let (mut store, mut room, event) = event_open();
    let docs = &mut room.documents;
    let title_of = |docs: &Documents| {
        let view = docs.doc(&event).unwrap();
        view.row(Table::Assignments, "a").unwrap().text(wedsync_domain::Field::Title).to_owned()
    };
    let row = |written: &Written| {
        let Written { doc, seq, bytes } = written;
        LogRow { doc: doc.clone(), seq: *seq, uuid: uuid(1), bytes: bytes.to_vec() }
    };
    let mut batch = Batch::default();

    let first = docs.write(&event, &[titled(&event, "first")]);
    docs.open(&mut store, &batch, &event).unwrap();
    assert_eq!(title_of(docs), "first", "one that is open is not read again");
    batch.log.push(row(&first));
    docs.close(&event);
    docs.open(&mut store, &batch, &event).unwrap();
    assert_eq!(title_of(docs), "first", "a waiting row");

    let bytes = docs.snapshot(&mut store, &event).unwrap();
    batch.snapshots.push(crate::store::Snapshot { doc: event.clone(), seq: first.seq, log_base: 0, bytes });
    let second = docs.write(&event, &[titled(&event, "second")]);
    batch.log.push(LogRow { seq: first.seq + 1, ..row(&second) });
    docs.close(&event);
    docs.open(&mut store, &batch, &event).unwrap();
    assert_eq!(title_of(docs), "second", "a row on top of a waiting snapshot");

    docs.delete(&event);
    docs.open(&mut store, &batch, &event).unwrap();
    assert_eq!(docs.doc(&event), None, "nothing is left of one that was deleted");
}

#[test]
fn what_a_judging_that_panicked_left_in_memory_is_gone() {
    let (mut store, mut room, event) = event_open();
    let docs = &mut room.documents;
    let before = docs.doc(&event).unwrap().clone();
    let fresh: DocId = "event/new".parse().unwrap();
    docs.write(&event, &[change_of(&event, 200)]);
    assert_ne!(*docs.doc(&event).unwrap(), before);
    docs.write(&fresh, &[]);
    assert!(docs.head(&fresh).is_some());

    docs.close_all();
    assert!(docs.head(&fresh).is_none(), "it was never committed");
    assert!(docs.head(&event).is_some());
    docs.open(&mut store, &Batch::default(), &event).unwrap();
    assert_eq!(*docs.doc(&event).unwrap(), before);
}

#[test]
fn a_document_may_grow_to_the_byte_that_is_allowed_once_its_log_is_folded() {
    use wedsync_domain::schema::DOCUMENT_MAX;
    let (mut store, mut room, event) = event_open();
    let docs = &mut room.documents;
    let size = usize::try_from(docs.head(&event).unwrap().size).unwrap();
    let folded = docs.snapshot(&mut store, &event).unwrap().len();
    assert!(folded < size, "the log repeats itself: {folded}, {size}");
    let mut folds_after = |grow: usize| {
        docs.check_size(&event, &[change_of(&event, grow)]).map(|()| {
            let written = docs.write(&event, &[]);
            docs.advance(written).2.is_some()
        })
    };
    assert_eq!(folds_after(DOCUMENT_MAX - folded + 1).unwrap_err().code, RefusalCode::TooLarge);
    assert_eq!(folds_after(DOCUMENT_MAX - size), Ok(false));
    // Writing nothing has moved the head by some bytes: what fits folded no more fits as it is.
    assert_eq!(folds_after(DOCUMENT_MAX - folded), Ok(true));
}

#[test]
fn a_note_may_grow_to_the_byte_that_is_allowed_and_deletions_to_twice_that() {
    use wedsync_domain::note::NOTE_MAX;
    let (mut store, mut room, event) = event_open();
    let docs = &mut room.documents;
    let folded = docs.snapshot(&mut store, &event).unwrap().len();
    let size = usize::try_from(docs.head(&event).unwrap().size).unwrap();
    for (adds, max) in [(true, NOTE_MAX), (false, 2 * NOTE_MAX)] {
        assert_eq!(docs.check_note_size(&event, max - size, adds), Ok(()));
        assert_eq!(docs.check_note_size(&event, max - folded, adds), Ok(()));
        let refused = docs.check_note_size(&event, max - folded + 1, adds).unwrap_err();
        assert_eq!(refused.code, RefusalCode::TooLarge);
    }
}

#[test]
fn a_deleted_document_keeps_nothing_but_a_head_that_went_on() {
    let (_, mut room, event) = event_open();
    let docs = &mut room.documents;
    let before = docs.head(&event).unwrap().clone();
    let (head, moved) = docs.delete(&event);
    let (epoch, seq) = (before.epoch + 1, before.seq + 1);
    assert_eq!(head, DocHead { epoch, seq, snapshot_seq: seq, log_base: seq, size: 0, deleted: true });
    assert_eq!((moved.epoch, moved.seq, docs.doc(&event)), (epoch, seq, None));
}

#[test]
fn a_command_is_judged_against_events_and_notes_that_are_there_and_not_deleted() {
    let head = |seq, deleted| DocHead { epoch: 1, seq, snapshot_seq: 0, log_base: 0, size: 0, deleted };
    let event = |name| DocId::Event(id(name));
    let note = |name| DocId::Notes { event: id("e"), assignment: id(name) };
    let heads = BTreeMap::from([
        (event("e"), head(3, false)),
        (event("gone"), head(4, true)),
        (DocId::Roster, head(2, false)),
        (note("written"), head(2, false)),
        (note("empty"), head(0, false)),
        (note("gone"), head(5, true)),
    ]);
    let mut docs = Documents::new(heads, 1, Folding::default(), Generation::default());
    assert_eq!(docs.events(), [event("e")]);
    let named = ["written", "empty", "gone", "unknown"].map(|name| docs.has_note(&note(name)));
    assert_eq!(named, [true, false, false, false]);
    let first = |docs: &mut Documents, bytes| docs.check_note_size(&note("empty"), bytes, true).is_ok();
    let max = wedsync_domain::note::NOTE_MAX;
    assert_eq!((first(&mut docs, max), first(&mut docs, max + 1)), (true, false));
}

#[test]
fn a_deletion_that_a_note_has_already_is_no_edit_of_a_stock_client() {
    use yrs::{Text, Transact};
    let (_, mut room) = party();
    let stock = document::new_doc(77);
    let root = stock.get_or_insert_text(wedsync_domain::note::ROOT);
    root.insert(&mut stock.transact_mut(), 0, "Bring the keys");
    root.remove_range(&mut stock.transact_mut(), 0, 6);
    let olga = caller("olga", "stock");
    let says = |room: &mut Room<MemoryStore>| {
        let all = document::snapshot(&stock);
        let judged = room.judge_update(1, &olga, 1, (&id("e"), &id("a")), &all).unwrap();
        (judged, room.commit().unwrap().moves.len())
    };
    assert_eq!(says(&mut room), (true, 1));
    assert_eq!(says(&mut room), (false, 0));
}
