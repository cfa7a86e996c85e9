//! Notes: what an editor is given, and what becomes of refused edits of a note.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "the other test file uses the rest")]
mod harness;

use harness::{World, id, say};
use wedsync_core::engine::effect::Failure;
use wedsync_core::engine::event::{Event, Hint};
use wedsync_core::ports::memory::{Fault, MemoryStore};
use wedsync_core::ports::{Durability, ReadTx, Space, Store, WriteTx};
use wedsync_core::record::{Position, Snapshot, Verdict, pack};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, RefusalCode, Role, document, note};
use yrs::{Doc, GetString, ReadTxn, StateVector, Text, Transact};

fn of_s1() -> DocId {
    DocId::Notes { event: id("e1"), assignment: id("s1") }
}

/// An event with a shift, and two tabs of the helper hanna, open on its note.
fn two_tabs_of_hanna() -> (World, MemoryStore, usize, usize) {
    let mut world = World::new();
    let owner = world.open(0, "olivia", &MemoryStore::default());
    for command in [say::event("e1"), say::shift("e1", "s1", 1)] {
        world.submit(owner, &command).unwrap();
    }
    let store = MemoryStore::default();
    let (a, b) = (open(&mut world, 1, "hanna", &store), open(&mut world, 1, "hanna", &store));
    world.advance(100);
    (world, store, a, b)
}

fn open(world: &mut World, browser: usize, user: &str, store: &MemoryStore) -> usize {
    let tab = world.open(browser, user, store);
    world.event(tab, Event::OpenNote(of_s1()));
    world.run();
    tab
}

/// What somebody types into: as a Yjs editor, it sends each change as an update.
struct Editor(Doc);

impl Editor {
    fn new(lineage: u64) -> Editor {
        Editor(document::new_doc(lineage))
    }

    fn insert(&self, at: u32, text: &str) -> String {
        let root = self.0.get_or_insert_text(note::ROOT);
        let mut txn = self.0.transact_mut();
        root.insert(&mut txn, at, text);
        edit_note(&txn.encode_update_v1())
    }

    fn delete(&self, at: u32, len: u32) -> String {
        let root = self.0.get_or_insert_text(note::ROOT);
        let mut txn = self.0.transact_mut();
        root.remove_range(&mut txn, at, len);
        edit_note(&txn.encode_update_v1())
    }
}

fn edit_note(update: &[u8]) -> String {
    let update = note::encode(update);
    format!(r#"{{"type":"edit_note","event":"e1","assignment":"s1","update":"{update}"}}"#)
}

/// What an editor on this tab shows.
fn text(world: &World, tab: usize) -> String {
    let note = world.tabs[tab].engine.note(&of_s1()).expect("the note is read");
    let doc = document::new_doc(99);
    let root = doc.get_or_insert_text(note::ROOT);
    document::apply_update(&doc, &note.canonical(&StateVector::default())).unwrap();
    for (_, update) in note.pending {
        document::apply_update(&doc, update).unwrap();
    }
    root.get_string(&doc.transact())
}

fn closed(world: &World, tab: usize) -> Vec<u64> {
    world.tabs[tab].engine.note(&of_s1()).unwrap().closed.into_iter().collect()
}

fn refused(world: &World, tab: usize, uuid: &Uuid) -> Option<RefusalCode> {
    match &world.tabs[tab].engine.outbox().receipt(uuid)?.verdict {
        Verdict::Refused(refusal) => Some(refusal.code),
        Verdict::Stored { .. } => None,
    }
}

fn is_published(world: &mut World, tab: usize) -> bool {
    std::mem::take(&mut world.tabs[tab].published).contains(&of_s1())
}

#[test]
fn what_is_typed_offline_shows_in_both_tabs_and_outlives_them() {
    let (mut world, store, a, b) = two_tabs_of_hanna();
    world.go_offline(1);
    let (mine, other) = (Editor::new(11), Editor::new(12));
    let wrong = edit_note(b"\x01\x01\x0brubbish");
    assert!(matches!(world.submit(a, &wrong), Err(Failure::Refused(_))));
    assert!(is_published(&mut world, a) && is_published(&mut world, b), "as it was opened");
    world.submit(a, &mine.insert(0, "Bring")).unwrap();
    assert!(is_published(&mut world, a) && is_published(&mut world, b));
    let edit = world.submit(a, &mine.insert(5, " the keys 🔑")).unwrap();
    let waiting = world.tabs[b].engine.outbox().note_edit(&edit).unwrap();
    assert_eq!((&waiting.doc, waiting.text.as_str()), (&of_s1(), " the keys 🔑"));
    world.submit(a, &mine.delete(5, 4)).unwrap();
    assert_eq!((text(&world, a), text(&world, b)), ("Bring keys 🔑".into(), "Bring keys 🔑".into()));
    world.submit(b, &other.insert(0, "(")).unwrap();
    let both = text(&world, a);
    assert_eq!((both.len(), text(&world, b)), ("Bring keys 🔑(".len(), both.clone()));
    world.kill(a);
    world.kill(b);
    let again = world.open(1, "hanna", &store);
    world.advance(100);
    assert!(world.tabs[again].engine.note(&of_s1()).is_none(), "nobody has opened it");
    world.event(again, Event::OpenNote(of_s1()));
    world.run();
    assert_eq!(text(&world, again), both);
    assert_eq!(closed(&world, again), [0u64; 0]);
}

#[test]
fn a_refused_edit_closes_its_lineage_in_both_tabs_and_the_later_ones_hear_so_themselves() {
    let (mut world, store, a, b) = two_tabs_of_hanna();
    world.go_offline(1);
    let (mine, other) = (Editor::new(11), Editor::new(12));
    let kept = world.submit(b, &other.insert(0, "kept")).unwrap();
    let first = world.submit(a, &mine.insert(0, "one ")).unwrap();
    let second = world.submit(a, &mine.insert(4, "two ")).unwrap();
    let erasure = world.submit(a, &mine.delete(0, 4)).unwrap();
    // Of the four rows the second is judged while she is a viewer.
    world.roles.extend([(2, Role::Viewer), (3, Role::Helper)]);
    world.tabs[a].published.clear();
    world.tabs[b].published.clear();
    world.go_online(1);
    assert!(is_published(&mut world, a) && is_published(&mut world, b));
    for tab in [a, b] {
        assert_eq!(refused(&world, tab, &kept), None);
        assert_eq!(refused(&world, tab, &first), Some(RefusalCode::Forbidden));
        assert_eq!(refused(&world, tab, &second), Some(RefusalCode::LineageClosed));
        assert!(world.tabs[tab].engine.outbox().receipt(&erasure).is_some());
        assert_eq!(closed(&world, tab), [11]);
        assert_eq!(text(&world, tab), "kept");
        assert_eq!(world.tabs[tab].engine.waiting(), 0);
    }

    let typed = world.tabs[b].engine.typed(&[first, second, erasure]);
    assert_eq!(typed, "two ", "what was taken back is not handed back");
    assert_eq!(world.tabs[b].engine.typed(&[first, second]), "one two ");
    assert_eq!(world.tabs[b].engine.typed(&[first, erasure, first]), "", "in whatever order");

    let Err(Failure::Refused(refusal)) = world.submit(b, &mine.insert(4, "three")) else { panic!() };
    assert_eq!(refusal.code, RefusalCode::LineageClosed, "at once, before anything is written");
    let fresh = Editor::new(13);
    let written = world.submit(a, &fresh.insert(0, "again")).unwrap();
    world.advance(100);
    assert_eq!(refused(&world, a, &written), None);

    world.kill(a);
    world.kill(b);
    let again = open(&mut world, 1, "hanna", &store);
    world.advance(100);
    assert_eq!(closed(&world, again), [11], "after a restart too");
    assert_eq!(refused(&world, again, &second), Some(RefusalCode::LineageClosed));
    world.event(again, Event::Dismiss(vec![first, second, erasure]));
    world.advance(100);
    assert_eq!(world.tabs[again].engine.refused(), 0);
    assert_eq!(closed(&world, again), [11], "dismissed, it is closed all the same");
}

#[test]
fn rows_of_a_closed_lineage_that_still_wait_leave_the_note_at_once() {
    let (mut world, _, a, b) = two_tabs_of_hanna();
    world.go_offline(1);
    let mine = Editor::new(11);
    let first = world.submit(a, &mine.insert(0, "one ")).unwrap();
    let later: Vec<Uuid> = (0..2).map(|_| world.submit(a, &mine.insert(4, "more ")).unwrap()).collect();
    world.roles.insert(1, Role::Viewer);
    world.answers_left = Some(1);
    world.offline.clear();
    world.event(a, Event::SyncNow);
    world.advance(1_000);
    assert_eq!(refused(&world, a, &first), Some(RefusalCode::Forbidden));
    world.go_offline(1);
    assert_eq!(world.tabs[a].engine.waiting(), 2, "numbers are consecutive: they are sent all the same");
    for tab in [a, b] {
        assert_eq!((text(&world, tab), closed(&world, tab)), (String::new(), vec![11]));
    }
    world.event(b, Event::Dismiss(vec![first]));
    world.run();
    for tab in [a, b] {
        assert_eq!(text(&world, tab), "", "nothing comes back when the refusal is dismissed");
    }
    world.answers_left = None;
    world.set_role("hanna", Role::Helper);
    world.go_online(1);
    for uuid in &later {
        assert_eq!(refused(&world, b, uuid), Some(RefusalCode::LineageClosed));
    }
    assert_eq!(world.tabs[a].engine.waiting(), 0);
}

#[test]
fn two_people_write_in_one_note_and_both_see_all_of_it() {
    let (mut world, store, a, b) = two_tabs_of_hanna();
    let carl = open(&mut world, 2, "carl", &MemoryStore::default());
    world.submit(a, &Editor::new(11).insert(0, "Hanna ")).unwrap();
    world.advance(100);
    assert_eq!(text(&world, carl), "Hanna ");
    let at = world.tabs[carl].engine.note(&of_s1()).unwrap().at;
    assert!(at.is_some());
    world.go_offline(1);
    world.go_offline(2);
    let (mine, his) = (Editor::new(12), Editor::new(13));
    for editor in [&mine, &his] {
        let canonical = world.tabs[carl].engine.note(&of_s1()).unwrap().canonical(&StateVector::default());
        document::apply_update(&editor.0, &canonical).unwrap();
    }
    world.submit(b, &mine.insert(6, "b")).unwrap();
    world.submit(carl, &his.insert(0, "carl ")).unwrap();
    world.submit(carl, &his.delete(5, 6)).unwrap();
    assert_eq!((text(&world, a), text(&world, carl)), ("Hanna b".into(), "carl ".into()));
    world.go_online(1);
    world.go_online(2);
    world.advance(1_000);
    for tab in [a, b, carl] {
        assert_eq!(text(&world, tab), "carl b", "tab {tab}");
        assert!(world.tabs[tab].engine.note(&of_s1()).unwrap().pending.is_empty());
    }

    // An editor that is open hears what it does not have.
    let note = world.tabs[carl].engine.note(&of_s1()).unwrap();
    let rest = note.canonical(&mine.0.transact().state_vector());
    assert!(rest.len() < note.canonical(&StateVector::default()).len());
    document::apply_update(&mine.0, &rest).unwrap();
    let root = mine.0.get_or_insert_text(note::ROOT);
    assert_eq!(root.get_string(&mine.0.transact()), "carl b");

    // Packed by now, the document is read when an editor is opened on it, and updates find it there.
    world.kill(a);
    world.kill(b);
    let again = world.open(1, "hanna", &store);
    world.advance(1_000);
    world.event(again, Event::OpenNote(of_s1()));
    world.run();
    assert_eq!(text(&world, again), "carl b");
    world.submit(carl, &his.insert(0, "Dear ")).unwrap();
    world.advance(1_000);
    assert_eq!(text(&world, again), "Dear carl b");

    // What was read again for whatever reason is unpacked again.
    world.event(again, Event::Hint(Hint::Resumed));
    world.advance(1_000);
    assert_eq!(text(&world, again), "Dear carl b");
    store.fail_next_commit(Fault::Closed);
    world.submit(carl, &his.insert(0, "My ")).unwrap();
    world.advance(20_000);
    assert_eq!(text(&world, again), "My Dear carl b");
}

#[test]
fn a_note_whose_stored_bytes_are_damaged_is_asked_for_and_never_shown_empty() {
    let at = Position { epoch: 1, seq: 1 };
    let rubbish = pack(&Snapshot { at, bytes: b"\x01\x01\x0brubbish".to_vec() });
    // What holds the network opens the note, or the other tab does.
    for (opener, bytes) in [(0, rubbish.clone()), (1, rubbish), (0, vec![0xff]), (1, vec![0xff])] {
        let (mut world, store, a, b) = two_tabs_of_hanna();
        world.submit(a, &Editor::new(11).insert(0, "Bring the keys")).unwrap();
        world.advance(20_000);
        world.kill(a);
        world.kill(b);
        assert!(get(&store, Space::Views).is_some(), "it is loaded packed");
        put(&store, Space::Snapshots, &bytes);
        let tabs = [0, 1].map(|_| world.open(1, "hanna", &store));
        world.advance(1_000);
        world.event(tabs[opener], Event::OpenNote(of_s1()));
        world.advance(1_000);
        assert_eq!(text(&world, tabs[opener]), "Bring the keys", "the hub is asked at once");
        world.advance(20_000);
        tabs.into_iter().for_each(|tab| world.kill(tab));

        put(&store, Space::Snapshots, &bytes);
        world.go_offline(1);
        let tabs = [0, 1].map(|_| world.open(1, "hanna", &store));
        for _ in 0..2 {
            world.event(tabs[opener], Event::OpenNote(of_s1()));
            world.advance(1_000);
            assert!(world.tabs[tabs[opener]].engine.note(&of_s1()).is_none(), "nobody can be asked");
            world.event(tabs[opener], Event::Hint(Hint::Resumed));
        }
        is_published(&mut world, tabs[opener]);
        world.go_online(1);
        assert!(is_published(&mut world, tabs[opener]));
        assert_eq!(text(&world, tabs[opener]), "Bring the keys");
        tabs.into_iter().for_each(|tab| world.kill(tab));
        world.go_offline(1);
        let again = open(&mut world, 1, "hanna", &store);
        assert_eq!(text(&world, again), "Bring the keys", "what came is stored");
    }
}

#[test]
fn a_damaged_note_that_was_deleted_meanwhile_is_gone() {
    let (mut world, store, a, b) = two_tabs_of_hanna();
    world.submit(a, &Editor::new(11).insert(0, "Bring the keys")).unwrap();
    world.advance(20_000);
    world.kill(a);
    world.kill(b);
    put(&store, Space::Snapshots, b"\xff");
    world.submit(0, &say::delete("e1")).unwrap();
    world.go_offline(1);
    let again = open(&mut world, 1, "hanna", &store);
    assert!(world.tabs[again].engine.note(&of_s1()).is_none());
    is_published(&mut world, again);
    world.go_online(1);
    assert!(is_published(&mut world, again));
    assert_eq!(world.tabs[again].engine.note(&of_s1()).unwrap().at, None);
    assert_eq!(get(&store, Space::Heads), None);
}

fn get(store: &MemoryStore, space: Space) -> Option<Vec<u8>> {
    pollster::block_on(async { store.read().await.unwrap().get(space, &of_s1().to_string()).await.unwrap() })
}

fn put(store: &MemoryStore, space: Space, value: &[u8]) {
    pollster::block_on(async {
        let tx = store.write(Durability::Strict).await.unwrap();
        tx.put(space, &of_s1().to_string(), value).await.unwrap();
        tx.commit().await.unwrap();
    });
}
