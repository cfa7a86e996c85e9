//! When the log of a document is folded into a snapshot, and when the document is written anew.
#![allow(clippy::unwrap_used)]

use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, Id, Role};
use wedsync_hub::membership::Member;
use wedsync_hub::room::{Caller, Folding, How, Room};
use wedsync_hub::store::{DocHead, MemoryStore, Store};
use wedsync_protocol::{Frame, Mutate};

fn id(s: &str) -> Id {
    s.parse().unwrap()
}

fn event() -> DocId {
    DocId::Event(id("e"))
}

const NEVER: usize = usize::MAX;

fn caller() -> Caller {
    Caller { user: id("olga"), device: None, client: id("c") }
}

fn room(store: &MemoryStore, folding: Folding) -> Room<MemoryStore> {
    let mut room = Room::open_with(store.clone(), 11, folding).unwrap();
    let olga = Member { user: id("olga"), name: "Olga".into(), role: Role::Owner, helper: None };
    room.edit(1, |team| {
        team.put_member(olga);
        Ok(())
    })
    .unwrap();
    room.attach(&caller(), 1).unwrap();
    room
}

fn judge(room: &mut Room<MemoryStore>, n: u64, command: &str) {
    let m = Mutate { n, uuid: Uuid::v7(n, [7; 10]), at_ms: 1, command: command.as_bytes().to_vec() };
    room.judge(1, &caller(), 1, &m).unwrap();
}

const CREATE: &str = r#"{"type":"create_event","event":"e","fields":{"title":"E","first_day":"2026-07-15","last_day":"2026-07-16","zone":"Europe/London"}}"#;

/// What became of the event with each of ten edits: its head, and whether all of it was sent.
fn ten_edits(folding: Folding) -> (MemoryStore, Vec<(DocHead, bool)>) {
    let mut store = MemoryStore::default();
    let mut room = room(&store, folding);
    let mut heads = Vec::new();
    for n in 1..=10 {
        let command = match n {
            1 => CREATE.to_owned(),
            n => format!(r#"{{"type":"update_event","event":"e","set":{{"title":"Wedding {n}"}}}}"#),
        };
        judge(&mut room, n, &command);
        let committed = room.commit().unwrap();
        assert!(matches!(committed.answers[..], [(1, Frame::Ack(_))]), "{committed:?}");
        let moved = committed.moves[0].docs.iter().find(|d| d.doc == event()).unwrap();
        let head = store.load().unwrap().docs[&event()].clone();
        assert_eq!((moved.epoch, moved.seq), (head.epoch, head.seq));
        heads.push((head, matches!(moved.how, How::Whole(_))));
    }
    (store, heads)
}

fn seqs(heads: &[(DocHead, bool)]) -> Vec<(u64, u64, u64)> {
    heads.iter().map(|(head, _)| (head.seq, head.snapshot_seq, head.log_base)).collect()
}

#[test]
fn a_log_of_more_than_so_many_commits_is_folded_and_the_newest_are_kept() {
    let (mut store, heads) = ten_edits(Folding { at: 4, keep: 2, compact_over: NEVER, compact_ratio: 1 });
    let base = |n| match n {
        ..5 => (0, 0),
        5..10 => (5, 3),
        _ => (10, 8),
    };
    assert_eq!(seqs(&heads), (1..=10).map(|n| (n, base(n).0, base(n).1)).collect::<Vec<_>>());
    assert_eq!(store.log(&event(), 0).unwrap().len(), 2);
    assert!(heads.iter().all(|(head, whole)| head.epoch == 1 && !whole));
    let (_, heads) = ten_edits(Folding { at: 4, keep: 100, compact_over: NEVER, compact_ratio: 1 });
    assert_eq!((heads[9].0.snapshot_seq, heads[9].0.log_base), (10, 0));
}

#[test]
fn its_size_is_that_of_the_snapshot_and_of_the_log_after_it() {
    let (mut store, heads) = ten_edits(Folding { at: 4, keep: 10, compact_over: NEVER, compact_ratio: 1 });
    let log = store.log(&event(), 0).unwrap();
    let length = |n: usize| log[n - 1].bytes.len() as u64;
    let mut size = 0;
    for (n, (head, _)) in (1..).zip(&heads) {
        size = if n % 5 == 0 { head.size } else { size + length(n) };
        assert_eq!(head.size, size, "after {n}");
    }
    let (snapshot, _) = store.document(&event()).unwrap();
    assert_eq!(heads[9].0.size, snapshot.unwrap().len() as u64);
}

#[test]
fn a_document_is_written_anew_where_it_is_large_and_so_many_times_what_its_rows_need() {
    let folding = |compact_over, compact_ratio| Folding { at: 4, keep: 2, compact_over, compact_ratio };
    let fifth = |folding| {
        let (_, heads) = ten_edits(folding);
        let (head, whole) = heads[4].clone();
        assert_eq!(whole, head.epoch == 2, "{head:?}");
        if whole {
            assert_eq!(head.log_base, 5, "nothing of the epoch before");
        }
        (whole, head.size as usize)
    };
    let (whole, folded) = fifth(folding(NEVER, 1));
    assert!(!whole);
    let (whole, rows) = fifth(folding(0, 1));
    assert!(whole);
    let ratio = folded / rows;
    assert!(folded > rows + ratio + 1, "{folded} bytes, {rows} of them rows");
    assert!(fifth(folding(folded - 1, 1)).0);
    assert!(!fifth(folding(folded, 1)).0, "it is not larger than that");
    assert!(fifth(folding(0, ratio)).0);
    assert!(!fifth(folding(0, ratio + 1)).0);
}

#[test]
fn a_document_that_is_deleted_in_its_own_batch_leaves_no_snapshot_and_takes_no_other() {
    let mut store = MemoryStore::default();
    let mut room = room(&store, Folding { at: 0, keep: 0, compact_over: NEVER, compact_ratio: 1 });
    judge(&mut room, 1, CREATE);
    judge(&mut room, 2, &CREATE.replace(r#""event":"e""#, r#""event":"f""#));
    judge(&mut room, 3, r#"{"type":"delete_event","event":"e"}"#);
    room.commit().unwrap();
    assert_eq!(store.document(&event()).unwrap(), (None, vec![]));
    let (snapshot, log) = store.document(&DocId::Event(id("f"))).unwrap();
    assert_eq!((snapshot.is_some(), log), (true, vec![]));
}
