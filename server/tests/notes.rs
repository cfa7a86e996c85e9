#![allow(clippy::unwrap_used)]
//! Notes in the room: lineages, refusals, limits, and bytes that are meant to do harm.

mod notes {
    pub mod editing;
    pub mod hostile;
    pub mod support;
}

use notes::support::*;
use wedsync_domain::RefusalCode::*;
use wedsync_domain::{Role, note};
use wedsync_hub::room::{Folding, Room};
use wedsync_hub::store::{MemoryStore, SqliteStore, Store, prepare};
use wedsync_protocol::Frame;

#[test]
fn what_one_writes_the_others_get() {
    let mut hub = Hub::new(MemoryStore::default());
    let mut anna = Editor::new(100);
    let first = anna.insert(0, "Bring the ladder 🪜");
    let ack = stored(hub.send("anna", &first));
    assert_eq!(ack.heads.len(), 1);
    assert_eq!((ack.heads[0].doc.to_string().as_str(), ack.heads[0].seq), ("notes/e/a", 1));
    let mut ben = Editor::new(200);
    ben.take(&hub.whole("ben"));
    assert_eq!(ben.text(), "Bring the ladder 🪜");
    stored(hub.send("ben", &ben.insert(0, "שלום ")));
    stored(hub.send("anna", &anna.delete(0, 6)));
    for who in ["olga", "vera"] {
        let reader = Editor::new(300);
        reader.take(&hub.whole(who));
        assert_eq!(reader.text(), "שלום the ladder 🪜", "{who}");
    }
    // What was fanned out makes the same document as catching up.
    let follower = Editor::new(301);
    for bytes in hub.fanned_out() {
        follower.take(bytes);
    }
    assert_eq!(follower.state(), Editor::from(&hub.whole("ben")).state());
    let audit: Vec<String> = hub.store.verdicts().into_iter().map(|v| v.kind).collect();
    assert_eq!(audit.iter().filter(|kind| *kind == "edit_note").count(), 3);
}

#[test]
fn tiptap_content_goes_through_whole_and_in_parts() {
    let mut hub = Hub::new(MemoryStore::default());
    stored(hub.send("anna", &fixture("rich")[0]));
    stored(hub.send("anna", &fixture("rich_edited")[0]));
    stored(hub.send("ben", &fixture("typed")[0]));
    let there = Editor::from(&hub.whole("vera"));
    let expected = Editor::from(&fixture("whole")[0]);
    assert_eq!(there.xml(), expected.xml());
    assert!(there.xml().contains("orderedList") && there.xml().contains("href"), "{}", there.xml());
    // The first sync of a stock editor sends all that it has back: nothing in it is new.
    let ack = stored(hub.send("olga", &fixture("whole")[0]));
    assert!(ack.heads.is_empty() && ack.replaced.is_empty());
    stored(hub.send("olga", &[0, 0]));
    assert_eq!(hub.head("notes/e/a"), 3, "neither made a commit");
}

#[test]
fn a_viewer_changes_nothing_and_a_refusal_closes_the_lineage() {
    let mut hub = Hub::new(MemoryStore::default());
    let mut anna = Editor::new(100);
    stored(hub.send("anna", &anna.insert(0, "stays")));
    hub.set_role("anna", Role::Viewer);
    let not = anna.insert(5, " not");
    assert_eq!(refused(hub.send("anna", &not)), Forbidden);
    assert_eq!(refused(hub.send("anna", &anna.delete(0, 5))), Forbidden, "a deletion alone as well");
    hub.set_role("anna", Role::Helper);
    // The same again, what builds on it, and after a restart.
    assert_eq!(refused(hub.send("anna", &not)), LineageClosed);
    let later = anna.insert(0, "x");
    assert_eq!(refused(hub.send("anna", &later)), LineageClosed);
    hub.restart();
    assert_eq!(refused(hub.send("anna", &not)), LineageClosed);
    assert_eq!(refused(hub.send("anna", &anna.insert(0, "y"))), LineageClosed);
    assert_eq!(Editor::from(&hub.whole("ben")).text(), "stays");
    // A fresh lineage is welcome.
    let mut anew = Editor::new(101);
    anew.take(&hub.whole("anna"));
    stored(hub.send("anna", &anew.insert(5, "!")));
    // Closing one note's lineage says nothing about another note.
    stored(hub.send_to("a2", "anna", &Editor::new(100).insert(0, "other")));
    assert_eq!(Editor::from(&hub.whole("ben")).text(), "stays!");
}

#[test]
fn a_lineage_is_closed_before_its_note_exists_and_within_one_batch() {
    let mut hub = Hub::new(MemoryStore::default());
    let mut vera = Editor::new(100);
    let mut ben = Editor::new(200);
    let mine = vera.insert(0, "mine");
    let mutations = [("vera", mine.clone()), ("ben", ben.insert(0, "ok"))];
    for (who, update) in &mutations {
        hub.judge(who, update);
    }
    hub.set_role("vera", Role::Helper);
    hub.judge("vera", &mine);
    let answers = hub.commit();
    assert_eq!(refused(answers[0].clone()), Forbidden);
    stored(answers[1].clone());
    assert_eq!(refused(answers[2].clone()), LineageClosed);
    assert_eq!(Editor::from(&hub.whole("ben")).text(), "ok");
}

#[test]
fn nobody_writes_in_another_persons_lineage() {
    let mut hub = Hub::new(MemoryStore::default());
    let mut anna = Editor::new(100);
    stored(hub.send("anna", &anna.insert(0, "a")));
    assert_eq!(refused(hub.send("ben", &anna.clone().insert(1, "forged"))), Forbidden);
    stored(hub.send("anna", &anna.insert(1, "b")));
    assert_eq!(refused(hub.send("ben", &Editor::new(HUB).insert(0, "x"))), Forbidden, "the hub's own");
    hub.restart();
    assert_eq!(refused(hub.send("ben", &anna.clone().insert(1, "forged"))), Forbidden);
    // A person's lineages are theirs on all their devices.
    assert_eq!(Editor::from(&hub.whole("ben")).text(), "ab");
    // Of several lineages in one refused update, those of others stay open.
    let mut ben = Editor::from(&hub.whole("ben")).with_client(201);
    ben.insert(2, "c");
    anna.insert(2, "!");
    ben.take(&anna.whole());
    assert_eq!(refused(hub.send("ben", &ben.whole())), Forbidden);
    stored(hub.send("anna", &anna.since_last()));
    assert_eq!(refused(hub.send("ben", &ben.insert(0, "d"))), LineageClosed);
    assert_eq!(Editor::from(&hub.whole("ben")).text(), "ab!");
}

#[test]
fn what_builds_on_something_missing_is_refused() {
    let mut hub = Hub::new(MemoryStore::default());
    let mut anna = Editor::new(100);
    let lost = anna.insert(0, "lost");
    assert_eq!(refused(hub.send("anna", &anna.clone().insert(4, "gap"))), LineageClosed);
    assert_eq!(refused(hub.send("anna", &lost)), LineageClosed, "the gap closed it");
    // Under a lineage of its own, but inside text that never came.
    let mut ben = Editor::new(200);
    ben.take(&anna.whole());
    assert_eq!(refused(hub.send("ben", &ben.insert(2, "x"))), LineageClosed);
    // A deletion of what never came.
    let mut olga = Editor::new(300);
    olga.take(&anna.whole());
    assert_eq!(refused(hub.send("olga", &olga.delete(0, 2))), LineageClosed);
    assert_eq!(hub.head("notes/e/a"), 0);
    stored(hub.send("olga", &Editor::new(301).insert(0, "fine")));
    assert_eq!(Editor::from(&hub.whole("ben")).text(), "fine");
}

#[test]
fn an_edit_sent_again_is_answered_and_not_merged_again() {
    let mut hub = Hub::new(MemoryStore::default());
    let update = Editor::new(100).insert(0, "once");
    let first = hub.send("anna", &update);
    assert_eq!(hub.again("anna", &update), first);
    hub.restart();
    assert_eq!(hub.again("anna", &update), first);
    assert_eq!(hub.head("notes/e/a"), 1);
}

#[test]
fn an_update_may_begin_with_what_is_there_already() {
    let mut hub = Hub::new(MemoryStore::default());
    let mut anna = Editor::new(100);
    stored(hub.send("anna", &anna.insert(0, "some ")));
    anna.insert(5, "more");
    stored(hub.send("anna", &anna.whole()));
    assert_eq!(Editor::from(&hub.whole("ben")).text(), "some more");
}

#[test]
fn a_copy_that_was_spoilt_is_read_again_with_what_waits_in_the_batch() {
    for at in [0, 512] {
        let mut hub = Hub::new(MemoryStore::default());
        let folding = Folding { at, ..Folding::default() };
        hub.room = Room::open_with(hub.store.clone(), HUB + 1, folding).unwrap();
        let mut anna = Editor::new(100);
        hub.judge("anna", &anna.insert(0, "one "));
        hub.judge_to("a2", "olga", &Editor::new(300).insert(0, "other "));
        let mut ben = Editor::new(200);
        ben.take(&Editor::new(201).insert(0, "never came"));
        hub.judge("ben", &ben.insert(2, "x"));
        hub.judge("anna", &anna.insert(4, "two"));
        let answers = hub.commit();
        assert_eq!(refused(answers[2].clone()), LineageClosed);
        assert!([0, 1, 3].iter().all(|n| matches!(answers[*n], Frame::Ack(_))), "{answers:?}");
        assert_eq!(Editor::from(&hub.whole("ben")).text(), "one two", "folded at {at}");
        hub.restart();
        assert_eq!(Editor::from(&hub.whole("ben")).text(), "one two", "folded at {at}");
    }
}

#[test]
fn a_failed_commit_takes_lineages_back_too() {
    let mut hub = Hub::new(MemoryStore::default());
    let mut anna = Editor::new(100);
    let update = anna.insert(0, "once");
    hub.store.fail_commits(1);
    hub.judge("vera", &update);
    assert!(hub.room.commit().is_err());
    hub.restart();
    // Nobody heard that it was closed, or whose it is.
    stored(hub.send("anna", &update));
}

#[test]
fn a_full_note_refuses_text_but_not_deletion() {
    let mut hub = Hub::new(MemoryStore::default());
    let mut anna = Editor::new(100);
    let part = "x".repeat(200 * 1024);
    for _ in 0..5 {
        stored(hub.send("anna", &anna.insert(0, &part)));
    }
    let mut full = anna.clone();
    assert_eq!(refused(hub.send("anna", &full.insert(0, &part))), TooLarge);
    let mut ben = Editor::from(&hub.whole("ben")).with_client(200);
    stored(hub.send("ben", &ben.delete(0, 900 * 1024)));
    stored(hub.send("ben", &ben.insert(0, &part)));
    assert!(hub.whole("ben").len() < note::NOTE_MAX);
}

#[test]
fn a_long_log_is_folded_and_read_again() {
    let mut hub = Hub::new(MemoryStore::default());
    let mut anna = Editor::new(100);
    for i in 0..700 {
        let update = if i % 7 == 6 { anna.delete(0, 3) } else { anna.insert(i % 5, "ab") };
        stored(hub.send("anna", &update));
    }
    assert_eq!(hub.head("notes/e/a"), 700);
    hub.restart();
    stored(hub.send("anna", &anna.insert(0, "end")));
    assert_eq!(Editor::from(&hub.whole("ben")).text(), anna.text());
}

#[test]
fn an_event_that_is_deleted_takes_its_own_lineages_out_of_the_batch_and_no_others() {
    let event = r#"{"type":"create_event","event":"f","fields":{"title":"F","first_day":"2026-07-15","last_day":"2026-07-16","zone":"Europe/London"}}"#;
    for (deleted, kept) in [("e", false), ("f", true)] {
        let mut hub = Hub::new(MemoryStore::default());
        hub.command("olga", event);
        hub.judge("anna", &Editor::new(100).insert(0, "x"));
        hub.command("olga", &format!(r#"{{"type":"delete_event","event":"{deleted}"}}"#));
        let lineage = hub.store.lineage(&"notes/e/a".parse().unwrap(), 100).unwrap();
        assert_eq!(lineage.is_some(), kept);
    }
}

#[test]
fn an_update_begins_at_most_sixty_four_lineages() {
    let editors = |ids: std::ops::Range<u64>| {
        let updates: Vec<Vec<u8>> = ids.map(|id| Editor::new(id).insert(0, "x")).collect();
        yrs::merge_updates_v1(&updates).unwrap()
    };
    let mut hub = Hub::new(MemoryStore::default());
    assert_eq!(refused(hub.send("anna", &editors(1_000..1_065))), TooLarge);
    stored(hub.send("anna", &editors(2_000..2_064)));
    // Those that are there already count no more.
    stored(hub.send("anna", &editors(2_000..2_128)));
    assert_eq!(refused(hub.send("anna", &editors(2_100..2_193))), TooLarge);
    // A refusal closes no more than that either.
    stored(hub.send("anna", &editors(2_192..2_193)));
}

#[test]
fn archived_or_unknown_shifts_take_no_note() {
    let mut hub = Hub::new(MemoryStore::default());
    let mut anna = Editor::new(100);
    let update = anna.insert(0, "x");
    assert_eq!(refused(hub.send_to("gone", "anna", &update)), NotFound);
    assert_eq!(refused(hub.send_to("gone", "vera", &update)), Forbidden);
    let kept = hub.store.journal(0).iter().any(|batch| !batch.lineages.is_empty());
    assert!(!kept, "nothing is kept of what cannot be");
    hub.command("olga", r#"{"type":"archive_event","event":"e","archived":true}"#);
    assert_eq!(refused(hub.send("anna", &update)), Archived);
    hub.command("olga", r#"{"type":"archive_event","event":"e","archived":false}"#);
    assert_eq!(refused(hub.send("anna", &update)), LineageClosed);
}

#[test]
fn the_database_keeps_lineages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.sqlite");
    prepare(&path).unwrap();
    let open = || SqliteStore::open(&path, &id("org")).unwrap();
    let mut hub = Hub::over(open());
    let mut anna = Editor::new(100);
    let mut vera = Editor::new(400);
    stored(hub.send("anna", &anna.insert(0, "kept")));
    let x = vera.insert(0, "x");
    assert_eq!(refused(hub.send("vera", &x)), Forbidden);
    hub.set_role("vera", Role::Helper);
    hub.commit();
    hub.reopen(open());
    assert_eq!(refused(hub.send("vera", &x)), LineageClosed);
    assert_eq!(refused(hub.send("ben", &anna.clone().insert(0, "z"))), Forbidden);
    stored(hub.send("anna", &anna.insert(4, "!")));
    assert_eq!(Editor::from(&hub.whole("ben")).text(), "kept!");
}
