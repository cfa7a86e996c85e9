//! Undo and redo on devices: offline, after a reload, in every tab, and among edits of others.
#![allow(clippy::unwrap_used)]
#![cfg(not(target_arch = "wasm32"))]

mod harness;

use harness::{World, event, id, say};
use wedsync_core::engine::effect::Failure;
use wedsync_core::engine::steps::STEPS_MAX;
use wedsync_core::ports::memory::MemoryStore;
use wedsync_core::record::Verdict;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Field, RefusalCode, Role, Table};

fn text(world: &World, tab: usize, field: Field) -> String {
    let view = world.tabs[tab].engine.view(&event("e1")).unwrap();
    view.row(Table::Assignments, "s1").unwrap().text(field).to_owned()
}

fn titles(world: &World, tab: usize) -> (Option<String>, Option<String>) {
    let undoable = world.tabs[tab].engine.undoable();
    (undoable.undo.map(|(_, title)| title), undoable.redo.map(|(_, title)| title))
}

fn some(undo: &str) -> Option<String> {
    Some(undo.to_owned())
}

fn undo_of(uuid: Uuid, also_changed: bool) -> String {
    format!(r#"{{"type":"undo","mutation":"{uuid}","also_changed":{also_changed}}}"#)
}

fn undo(world: &mut World, tab: usize) -> Uuid {
    let (uuid, _) = world.tabs[tab].engine.undoable().undo.unwrap();
    world.submit(tab, &undo_of(uuid, false)).unwrap()
}

fn redo(world: &mut World, tab: usize) -> Uuid {
    let (uuid, _) = world.tabs[tab].engine.undoable().redo.unwrap();
    world.submit(tab, &undo_of(uuid, false)).unwrap()
}

/// Olivia in browser 0, with an event and a shift for two, and helpers.
fn planned() -> (World, usize, MemoryStore) {
    let mut world = World::new();
    let store = MemoryStore::default();
    let a = world.open(0, "olivia", &store);
    for command in
        [say::helper("hanna-h"), say::helper("hugo-h"), say::event("e1"), say::shift("e1", "s1", 2)]
    {
        world.submit(a, &command).unwrap();
    }
    world.advance(1_000);
    (world, a, store)
}

#[test]
fn an_edit_that_the_hub_has_is_taken_back_offline_after_a_reload_and_done_again() {
    let (mut world, a, store) = planned();
    world.submit(a, &say::title("e1", "s1", "Late bar")).unwrap();
    world.advance(1_000);
    assert_eq!(world.tabs[a].engine.waiting(), 0);
    world.go_offline(0);
    world.kill(a);

    let a = world.open(0, "olivia", &store);
    world.advance(1_000);
    assert_eq!(titles(&world, a), (some("Change title of Bar s1, Wed 15 Jul 18:00"), None));
    undo(&mut world, a);
    assert_eq!(text(&world, a, Field::Title), "Bar s1");
    assert_eq!(titles(&world, a).1, some("Change title of Bar s1, Wed 15 Jul 18:00"));
    // The undo waits, and is taken back as any edit that waits.
    world.kill(a);
    let a = world.open(0, "olivia", &store);
    world.advance(1_000);
    assert_eq!(text(&world, a, Field::Title), "Bar s1");
    redo(&mut world, a);
    assert_eq!(text(&world, a, Field::Title), "Late bar");
    undo(&mut world, a);
    assert_eq!(text(&world, a, Field::Title), "Bar s1");

    world.go_online(0);
    let b = world.open(1, "carl", &MemoryStore::default());
    world.advance(1_000);
    assert_eq!(world.tabs[a].engine.refused(), 0);
    assert_eq!(text(&world, b, Field::Title), "Bar s1", "others see it, too");
    redo(&mut world, a);
    world.advance(1_000);
    assert_eq!(text(&world, b, Field::Title), "Late bar");
    assert_eq!(titles(&world, a).1, None);
}

#[test]
fn edits_are_taken_back_from_the_last_one_to_the_first_and_a_new_one_ends_redoing() {
    let (mut world, a, _) = planned();
    world.go_offline(0);
    for title in ["One", "Two", "Three"] {
        world.submit(a, &say::title("e1", "s1", title)).unwrap();
    }
    undo(&mut world, a);
    undo(&mut world, a);
    assert_eq!(text(&world, a, Field::Title), "One");
    redo(&mut world, a);
    assert_eq!(text(&world, a, Field::Title), "Two");
    world.submit(a, &say::title("e1", "s1", "Four")).unwrap();
    assert_eq!(titles(&world, a).1, None, "a new edit ends it");
    for expected in ["Two", "One", "Bar s1"] {
        undo(&mut world, a);
        assert_eq!(text(&world, a, Field::Title), expected);
    }
    world.go_online(0);
    world.advance(1_000);
    assert_eq!(world.tabs[a].engine.refused(), 0);
    assert_eq!(text(&world, a, Field::Title), "Bar s1");
    for expected in ["One", "Two", "Four"] {
        redo(&mut world, a);
        world.advance(100);
        assert_eq!(text(&world, a, Field::Title), expected);
    }
}

#[test]
fn every_tab_offers_the_same() {
    let (mut world, a, store) = planned();
    let other = world.open(0, "olivia", &store);
    world.advance(1_000);
    let offers = |world: &World| {
        let [first, second] = [a, other].map(|tab| world.tabs[tab].engine.undoable());
        assert_eq!(first, second);
        first
    };
    world.submit(other, &say::title("e1", "s1", "Late bar")).unwrap();
    world.run();
    assert!(offers(&world).undo.is_some_and(|(_, title)| title.starts_with("Change title")));
    world.advance(1_000);
    offers(&world);
    undo(&mut world, a);
    world.advance(1_000);
    assert!(offers(&world).redo.is_some());
    assert_eq!(text(&world, other, Field::Title), "Bar s1");
    redo(&mut world, other);
    world.advance(1_000);
    assert_eq!(offers(&world).redo, None);
    assert_eq!(text(&world, a, Field::Title), "Late bar");
}

#[test]
fn what_somebody_changed_since_stays_and_is_named_until_it_is_taken_back_too() {
    let (mut world, a, _) = planned();
    let b = world.open(1, "carl", &MemoryStore::default());
    world.advance(1_000);
    let moved = r#"{"type":"move_assignment","event":"e1","assignment":"s1","set":{"start":"2026-07-15T19:00","end":"2026-07-15T23:00"}}"#;
    let edit = world.submit(a, moved).unwrap();
    world.advance(1_000);
    let later =
        r#"{"type":"update_assignment","event":"e1","assignment":"s1","set":{"end":"2026-07-16T01:00"}}"#;
    world.submit(b, later).unwrap();
    world.advance(1_000);
    world.go_offline(0);
    let first = undo(&mut world, a);
    let engine = &world.tabs[a].engine;
    assert_eq!(engine.kept(&first).len(), 1, "known before the hub answers");
    world.go_online(0);
    assert_eq!(
        (text(&world, b, Field::Start), text(&world, b, Field::End)),
        ("2026-07-15T18:00".to_owned(), "2026-07-16T01:00".to_owned())
    );
    let receipt = world.tabs[a].engine.outbox().receipt(&first).unwrap();
    let Verdict::Stored { kept, .. } = &receipt.verdict else { panic!("{receipt:?}") };
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].field, kept[0].by.clone(), kept[0].why.clone()),
        (Field::End, Some(id("carl")), None)
    );

    let second = world.submit(a, &undo_of(edit, true)).unwrap();
    world.advance(1_000);
    assert_eq!(text(&world, b, Field::End), "2026-07-15T20:00");
    let receipt = world.tabs[a].engine.outbox().receipt(&second).unwrap();
    let Verdict::Stored { kept, replaced, .. } = &receipt.verdict else { panic!("{receipt:?}") };
    assert_eq!((kept.len(), replaced.len()), (0, 1));
    // That is a step of its own, and goes first.
    undo(&mut world, a);
    world.advance(1_000);
    assert_eq!(text(&world, b, Field::End), "2026-07-16T01:00");
}

#[test]
fn a_refused_edit_is_not_there_to_take_back() {
    let (mut world, a, _) = planned();
    let hugo = world.open(2, "hugo", &MemoryStore::default());
    world.advance(1_000);
    world.go_offline(2);
    world.submit(hugo, &say::claim("e1", "s1")).unwrap();
    assert!(titles(&world, hugo).0.is_some());
    let cancel = r#"{"type":"cancel_assignment","event":"e1","assignment":"s1","cancelled":true}"#;
    world.submit(a, cancel).unwrap();
    world.go_online(2);
    assert_eq!(world.tabs[hugo].engine.refused(), 1);
    assert_eq!(titles(&world, hugo), (None, None));
    // Nor is one in an event that was deleted.
    world.submit(a, &say::delete("e1")).unwrap();
    world.advance(1_000);
    assert_eq!(titles(&world, a).0, some("Add hugo-h"));
}

#[test]
fn a_helper_takes_a_claim_back_and_another_persons_edit_only_who_plans() {
    let (mut world, a, _) = planned();
    let hugo = world.open(2, "hugo", &MemoryStore::default());
    world.advance(1_000);
    let claim = world.submit(hugo, &say::claim("e1", "s1")).unwrap();
    let edit = world.submit(a, &say::title("e1", "s1", "Late bar")).unwrap();
    world.advance(1_000);
    let others = format!(r#"{{"type":"undo","mutation":"{edit}","by":"olivia"}}"#);
    world.submit(hugo, &others).unwrap();
    world.advance(1_000);
    assert_eq!(world.tabs[hugo].engine.refused(), 1);
    assert_eq!(text(&world, a, Field::Title), "Late bar");
    world.submit(a, &format!(r#"{{"type":"undo","mutation":"{claim}","by":"hugo"}}"#)).unwrap();
    world.advance(1_000);
    assert_eq!(world.tabs[hugo].engine.view(&event("e1")).unwrap().taken("s1"), 0);
    undo(&mut world, hugo);
    world.advance(1_000);
    assert_eq!(world.tabs[hugo].engine.refused(), 1, "nothing is left of it, and nothing is refused");
    world.set_role("olivia", Role::Helper);
    let failure = world.submit(a, &undo_of(edit, false)).unwrap_err();
    assert!(matches!(failure, Failure::Refused(refusal) if refusal.code == RefusalCode::Forbidden));
}

#[test]
fn the_last_hundred_steps_are_kept() {
    let (mut world, a, store) = planned();
    for n in 0..STEPS_MAX + 20 {
        world.submit(a, &say::title("e1", "s1", &format!("Bar {n}"))).unwrap();
        world.advance(20);
    }
    world.advance(1_000);
    world.go_offline(0);
    world.kill(a);
    let a = world.open(0, "olivia", &store);
    world.advance(1_000);
    let mut taken_back = 0;
    while world.tabs[a].engine.undoable().undo.is_some() {
        undo(&mut world, a);
        taken_back += 1;
    }
    assert!((STEPS_MAX..STEPS_MAX + 20).contains(&taken_back), "{taken_back}");
    assert_eq!(text(&world, a, Field::Title), format!("Bar {}", STEPS_MAX + 19 - taken_back));
}

#[test]
fn a_restored_hub_is_not_asked_for_what_it_does_not_have() {
    let (mut world, a, _) = planned();
    let backup = world.hub.duplicate();
    world.submit(a, &say::title("e1", "s1", "Late bar")).unwrap();
    world.advance(1_000);
    let restored = backup.restored(&world.hub.clone(), world.now, false);
    world.restart_hub(restored);
    world.advance(60_000);
    assert_eq!(text(&world, a, Field::Title), "Bar s1");
    assert_eq!(titles(&world, a), (None, None));
}
