//! Undo at the hub: judged on what its database recorded, after a restart as in the same batch.
#![allow(clippy::unwrap_used)]

use wedsync_domain::ids::Uuid;
use wedsync_domain::view::World;
use wedsync_domain::{DocId, Field, Id, RefusalCode, Role, Table};
use wedsync_hub::membership::Member;
use wedsync_hub::room::{Caller, Room};
use wedsync_hub::store::{SqliteStore, prepare};
use wedsync_protocol::{Ack, Frame, Mutate};

fn id(s: &str) -> Id {
    s.parse().unwrap()
}

fn caller(user: &str) -> Caller {
    Caller { user: id(user), device: None, client: id(&format!("c-{user}")) }
}

fn uuid(n: u64) -> Uuid {
    Uuid::v7(n, [7; 10])
}

/// A hub on a database in a folder.
struct Hub {
    folder: tempfile::TempDir,
    room: Room<SqliteStore>,
    next: std::collections::BTreeMap<String, u64>,
}

fn open(folder: &tempfile::TempDir) -> Room<SqliteStore> {
    Room::open(SqliteStore::open(&folder.path().join("hub.sqlite"), &id("party")).unwrap(), 12).unwrap()
}

fn event(e: &str) -> String {
    format!(
        r#"{{"type":"create_event","event":"{e}","fields":{{"title":"E","first_day":"2026-07-15","last_day":"2026-07-16","zone":"UTC"}}}}"#
    )
}

fn shift(e: &str, places: u32) -> String {
    format!(
        r#"{{"type":"create_assignment","event":"{e}","assignment":"a","fields":{{"title":"Bar","start":"2026-07-15T10:00","end":"2026-07-15T12:00","helpers_max":{places}}}}}"#
    )
}

fn set(title: &str) -> String {
    format!(r#"{{"type":"update_assignment","event":"e","assignment":"a","set":{{"title":"{title}"}}}}"#)
}

fn on(kind: &str, helper: &str) -> String {
    format!(r#"{{"type":"{kind}","event":"e","assignment":"a","helper":"{helper}"}}"#)
}

fn undo(of: u64) -> String {
    format!(r#"{{"type":"undo","mutation":"{}"}}"#, uuid(of))
}

fn undo_by(of: u64, by: &str) -> String {
    format!(r#"{{"type":"undo","mutation":"{}","by":"{by}"}}"#, uuid(of))
}

impl Hub {
    fn new() -> Hub {
        let folder = tempfile::tempdir().unwrap();
        prepare(&folder.path().join("hub.sqlite")).unwrap();
        let mut hub = Hub { room: open(&folder), folder, next: Default::default() };
        let people = [
            ("olga", Role::Owner, None),
            ("ben", Role::Coordinator, None),
            ("anna", Role::Helper, Some("anna")),
        ];
        for (user, role, helper) in people {
            let member = Member { user: id(user), name: user.to_uppercase(), role, helper: helper.map(id) };
            hub.room
                .edit(1, |team| {
                    team.put_member(member);
                    Ok(())
                })
                .unwrap();
            hub.room.attach(&caller(user), 1).unwrap();
        }
        let anna = r#"{"type":"add_helper","helper":"anna","fields":{"name":"Anna"}}"#;
        let dan = r#"{"type":"add_helper","helper":"dan","fields":{"name":"Dan"}}"#;
        for (n, command) in (1..).zip([event("e"), shift("e", 2), anna.into(), dan.into()]) {
            hub.stored("olga", n, &command);
        }
        hub
    }

    fn restart(&mut self) {
        self.room = open(&self.folder);
    }

    /// The edit of this uuid, judged and not committed.
    fn judge(&mut self, user: &str, of: u64, command: &str) -> Mutate {
        let n = self.next.entry(user.to_owned()).or_insert(1);
        let m = Mutate { n: *n, uuid: uuid(of), at_ms: 5, command: command.as_bytes().to_vec() };
        *n += 1;
        self.room.judge(1, &caller(user), 3, &m).unwrap();
        m
    }

    fn commit(&mut self) -> Vec<Frame> {
        self.room.commit().unwrap().answers.into_iter().map(|(_, frame)| frame).collect()
    }

    fn send(&mut self, user: &str, of: u64, command: &str) -> Frame {
        self.judge(user, of, command);
        self.commit().pop().unwrap()
    }

    fn stored(&mut self, user: &str, of: u64, command: &str) -> Ack {
        match self.send(user, of, command) {
            Frame::Ack(ack) => ack,
            other => panic!("{command}: {other:?}"),
        }
    }

    fn refused(&mut self, user: &str, of: u64, command: &str) -> RefusalCode {
        match self.send(user, of, command) {
            Frame::Nack(nack) => nack.refusal.code,
            other => panic!("{command}: {other:?}"),
        }
    }

    fn title(&mut self) -> String {
        let view = self.event();
        view.row(Table::Assignments, "a").map_or(String::new(), |row| row.text(Field::Title).to_owned())
    }

    /// As a hub that starts now reads it.
    fn event(&mut self) -> wedsync_domain::DocView {
        self.restart();
        let (actor, _) = self.room.attach(&caller("olga"), 9).unwrap();
        let mut world = std::collections::BTreeMap::new();
        for frame in self.room.catch_up(&actor, &[]).unwrap() {
            let Frame::Update(update) = frame else { continue };
            for doc in update.docs {
                let wedsync_protocol::Body::Snapshot { bytes } = doc.body else { continue };
                let yjs = wedsync_domain::document::new_doc(99);
                wedsync_domain::document::apply_update(&yjs, &bytes).unwrap();
                world.insert(doc.doc.clone(), wedsync_domain::document::read(&yjs, &doc.doc));
            }
        }
        world.doc(&DocId::Event(id("e"))).cloned().unwrap_or_default()
    }
}

#[test]
fn an_edit_is_taken_back_after_a_restart_and_done_again() {
    let mut hub = Hub::new();
    hub.stored("olga", 10, &set("Late bar"));
    hub.restart();
    let ack = hub.stored("olga", 11, &undo(10));
    assert_eq!((ack.heads.len(), ack.kept.len()), (1, 0));
    assert_eq!(hub.title(), "Bar");
    hub.stored("olga", 12, &undo(11));
    assert_eq!(hub.title(), "Late bar");
}

#[test]
fn an_edit_of_the_same_batch_is_taken_back_too() {
    let mut hub = Hub::new();
    hub.judge("olga", 10, &set("Late bar"));
    hub.judge("olga", 11, &undo(10));
    hub.judge("olga", 12, &undo(11));
    hub.judge("olga", 13, &undo(12));
    assert_eq!(hub.commit().iter().filter(|frame| matches!(frame, Frame::Ack(_))).count(), 4);
    assert_eq!(hub.title(), "Bar");
}

#[test]
fn what_is_sent_twice_happens_once_and_is_answered_alike() {
    let mut hub = Hub::new();
    hub.stored("olga", 10, &set("Late bar"));
    hub.stored("ben", 20, &set("Night bar"));
    let m = hub.judge("olga", 11, &undo(10));
    let first = hub.commit().pop().unwrap();
    let Frame::Ack(ack) = &first else { panic!("{first:?}") };
    assert_eq!(ack.heads, []);
    let kept = &ack.kept[0];
    assert_eq!(
        (kept.field, kept.value.text(), kept.by_name.as_deref()),
        (Field::Title, Some("Night bar"), Some("BEN"))
    );
    hub.restart();
    hub.room.judge(1, &caller("olga"), 3, &m).unwrap();
    assert_eq!(hub.commit(), [first]);
    assert_eq!(hub.title(), "Night bar");
}

#[test]
fn who_plans_takes_back_what_others_did_and_a_helper_only_their_own() {
    let mut hub = Hub::new();
    hub.stored("olga", 10, &set("Late bar"));
    assert_eq!(hub.refused("anna", 30, &undo_by(10, "olga")), RefusalCode::Forbidden);
    assert_eq!(hub.refused("ben", 20, &undo(10)), RefusalCode::NotFound, "it is not his");
    hub.stored("ben", 21, &undo_by(10, "olga"));
    assert_eq!(hub.title(), "Bar");
    // Anna claims, and thinks again.
    hub.stored("anna", 31, r#"{"type":"claim","event":"e","assignment":"a"}"#);
    hub.stored("anna", 32, &undo(31));
    assert_eq!(hub.event().taken("a"), 0);
}

#[test]
fn somebody_elses_edit_under_the_same_uuid_is_another_one() {
    let mut hub = Hub::new();
    hub.stored("olga", 10, &set("Late bar"));
    hub.stored("anna", 10, r#"{"type":"claim","event":"e","assignment":"a"}"#);
    hub.stored("olga", 11, &undo(10));
    assert_eq!((hub.title(), hub.event().taken("a")), ("Bar".to_owned(), 1));
    hub.stored("olga", 12, &undo_by(10, "anna"));
    assert_eq!(hub.event().taken("a"), 0);
}

#[test]
fn a_yes_that_was_taken_away_is_a_yes_again() {
    let mut hub = Hub::new();
    hub.stored("olga", 10, &on("assign", "anna"));
    hub.stored("anna", 30, &on("accept", "anna"));
    let swap = r#"{"type":"staff","event":"e","unassign":[{"assignment":"a","helper":"anna"}],"assign":[{"assignment":"a","helper":"dan"}]}"#;
    hub.stored("olga", 11, swap);
    hub.stored("olga", 12, &undo(11));
    let view = hub.event();
    let posts: Vec<(&str, &str)> =
        view.posts("a").map(|(helper, row)| (helper, row.text(Field::Status))).collect();
    assert_eq!(posts, [("anna", "accepted")]);
}

#[test]
fn what_cannot_be_taken_back_says_why() {
    let mut hub = Hub::new();
    assert_eq!(hub.refused("olga", 50, &undo(49)), RefusalCode::NotFound);
    let nobody = r#"{"type":"update_assignment","event":"e","assignment":"zz","set":{"title":"x"}}"#;
    assert_eq!(hub.refused("olga", 51, nobody), RefusalCode::NotFound);
    assert_eq!(hub.refused("olga", 52, &undo(51)), RefusalCode::NotFound, "a refused edit changed nothing");
    // Anna has an account: she stays; Dan goes, until somebody needs him.
    let ack = hub.stored("olga", 53, &undo(3));
    assert_eq!((ack.heads.len(), ack.kept.len()), (0, 1));
    assert_eq!(hub.stored("olga", 54, &undo(4)).kept, []);
    hub.stored("olga", 55, &undo(54));
    hub.stored("olga", 56, &on("assign", "dan"));
    hub.restart();
    let kept = hub.stored("olga", 57, &undo(4)).kept;
    assert_eq!(kept[0].why.as_deref(), Some("This helper is part of the plan by now. Archive them instead."));

    hub.stored("olga", 60, r#"{"type":"delete_event","event":"e"}"#);
    assert_eq!(hub.refused("olga", 61, &undo(2)), RefusalCode::Deleted);
    assert_eq!(hub.refused("olga", 62, &undo(60)), RefusalCode::NotUndoable);
}
