//! The engine against the hub's real rooms: what must hold whatever is lost, doubled, or killed.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod harness;

use harness::{World, event, id, say};
use wedsync_core::engine::Mode;
use wedsync_core::engine::effect::Failure;
use wedsync_core::engine::event::{Event, Hint};
use wedsync_core::engine::session::Connection;
use wedsync_core::ports::memory::{Fault, MemoryStore};
use wedsync_core::ports::{Link, ReadTx, Space, Store, StoreError};
use wedsync_core::record::Verdict;
use wedsync_core::storage::{Commit, Done, Op, perform};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, Field, RefusalCode, Role, Table};
use wedsync_hub::store::Outcome;

/// An event `e1` with a shift `s1` of one place, and the helpers, all committed by olivia on browser 0.
fn planned() -> (World, usize, MemoryStore) {
    let mut world = World::new();
    let store = MemoryStore::default();
    let tab = world.open(0, "olivia", &store);
    for command in
        [say::event("e1"), say::shift("e1", "s1", 1), say::helper("hanna-h"), say::helper("hugo-h")]
    {
        world.submit(tab, &command).unwrap();
    }
    world.advance(100);
    assert_eq!(world.tabs[tab].engine.waiting(), 0);
    (world, tab, store)
}

fn title(world: &World, tab: usize, shift: &str) -> Option<String> {
    let view = world.tabs[tab].engine.view(&event("e1"))?;
    Some(view.row(Table::Assignments, shift)?.text(Field::Title).to_owned())
}

fn on_shift(world: &World, tab: usize) -> Vec<String> {
    let view = world.tabs[tab].engine.view(&event("e1")).unwrap();
    view.assigned("s1").map(|row| row.text(Field::Helper).to_owned()).collect()
}

fn verdict(world: &World, tab: usize, uuid: &Uuid) -> Option<Verdict> {
    world.tabs[tab].engine.outbox().receipt(uuid).map(|r| r.verdict.clone())
}

fn is_stored(world: &World, tab: usize, uuid: &Uuid) -> bool {
    matches!(verdict(world, tab, uuid), Some(Verdict::Stored { .. }))
}

fn stored_keys(store: &MemoryStore, space: Space) -> Vec<String> {
    let tx = pollster::block_on(store.read()).unwrap();
    pollster::block_on(tx.scan(space, "")).unwrap().into_iter().map(|(key, _)| key).collect()
}

/// How often the hub recorded this mutation as done.
fn times_stored(world: &World, uuid: &Uuid) -> usize {
    let mine =
        |v: &&wedsync_hub::store::Verdict| v.uuid == *uuid && matches!(v.outcome, Outcome::Stored { .. });
    world.hub.verdicts().iter().filter(mine).count()
}

/// In how many documents the mutation changed something.
fn times_changed(world: &World, uuid: &Uuid) -> usize {
    let history = world.hub.history();
    let changes: Vec<_> = history.iter().filter(|h| h.uuid == *uuid).map(|h| &h.change).collect();
    assert!((1..changes.len()).all(|i| !changes[..i].contains(&changes[i])), "{uuid} was run twice");
    changes.len()
}

/// After quiescence all replicas show the same, and nothing is speculative any more.
fn assert_converged(world: &World, tabs: &[usize]) {
    for &tab in tabs {
        let engine = &world.tabs[tab].engine;
        assert_eq!(engine.waiting(), 0, "tab {tab} still waits");
        for doc in engine.docs() {
            assert_eq!(engine.view(&doc), engine.canonical(&doc), "tab {tab}: {doc} is speculative");
            assert_eq!(engine.view(&doc), world.tabs[tabs[0]].engine.view(&doc), "tab {tab}: {doc} differs");
        }
    }
}

#[test]
fn an_edit_is_saved_then_stored_and_everyone_sees_it() {
    let (mut world, a, _) = planned();
    let b = world.open(1, "carl", &MemoryStore::default());
    world.advance(100);
    let uuid = world.submit(a, &say::title("e1", "s1", "Tea")).unwrap();
    world.advance(100);
    assert!(is_stored(&world, a, &uuid));
    assert_eq!(title(&world, b, "s1").as_deref(), Some("Tea"));
    assert_converged(&world, &[a, b]);
}

#[test]
fn offline_edits_outlive_the_tab_and_drain_in_order() {
    let (mut world, a, store) = planned();
    let b = world.open(1, "carl", &MemoryStore::default());
    world.go_offline(0);
    let uuids: Vec<Uuid> =
        (0..25).map(|i| world.submit(a, &say::title("e1", "s1", &format!("T{i}"))).unwrap()).collect();
    assert_eq!(title(&world, a, "s1").as_deref(), Some("T24"));
    assert_eq!(world.tabs[a].engine.waiting(), 25);
    world.kill(a);
    let again = world.open(0, "olivia", &store);
    assert_eq!(title(&world, again, "s1").as_deref(), Some("T24"), "shown at once, offline");
    assert_eq!(world.tabs[again].engine.waiting(), 25);
    assert_eq!(title(&world, b, "s1").as_deref(), Some("Bar s1"));
    world.go_online(0);
    assert!(uuids.iter().all(|u| is_stored(&world, again, u)));
    let order: Vec<Uuid> =
        world.hub.verdicts().iter().map(|v| v.uuid).filter(|u| uuids.contains(u)).collect();
    assert_eq!(order, uuids);
    assert_eq!(title(&world, b, "s1").as_deref(), Some("T24"));
    assert_converged(&world, &[again, b]);
    assert_eq!(stored_keys(&store, Space::Queue), Vec::<String>::new(), "the outbox is empty on disk too");
}

#[test]
fn a_view_that_was_packed_before_the_last_update_is_not_shown() {
    let (mut world, a, store) = planned();
    let b = world.open(1, "carl", &MemoryStore::default());
    world.advance(5_000);
    assert!(!stored_keys(&store, Space::Views).is_empty());
    world.submit(b, &say::title("e1", "s1", "Fresh")).unwrap();
    world.advance(50);
    world.kill(a);
    world.go_offline(0);
    let again = world.open(0, "olivia", &store);
    assert_eq!(title(&world, again, "s1").as_deref(), Some("Fresh"));
}

#[test]
fn the_worker_sends_what_waits_and_the_page_shows_it_as_stored() {
    let (mut world, a, store) = planned();
    world.go_offline(0);
    let uuid = world.submit(a, &say::title("e1", "s1", "Tea")).unwrap();
    world.kill(a);
    world.offline.clear();
    let worker = world.open_mode(0, "olivia", &store, Mode::Worker);
    world.advance(1_000);
    assert!(world.tabs[worker].engine.is_drained());
    assert_eq!(world.tabs[worker].links, [Link::Poll]);
    world.event(worker, Event::Close);
    world.run();
    world.kill(worker);
    let again = world.open(0, "olivia", &store);
    world.advance(100);
    assert!(is_stored(&world, again, &uuid));
    assert_converged(&world, &[again]);
}

#[test]
fn the_worker_leaves_the_network_to_an_open_tab() {
    let (mut world, _, store) = planned();
    let worker = world.open_mode(0, "olivia", &store, Mode::Worker);
    world.advance(5_000);
    assert!(world.tabs[worker].engine.network_is_elsewhere());
    assert_eq!(world.tabs[worker].links, []);
}

#[test]
fn the_worker_takes_the_network_from_a_frozen_tab() {
    let (mut world, a, store) = planned();
    world.go_offline(0);
    let uuid = world.submit(a, &say::title("e1", "s1", "Tea")).unwrap();
    world.tabs[a].frozen = true;
    world.offline.clear();
    let worker = world.open_mode(0, "olivia", &store, Mode::Worker);
    world.advance(5_000);
    assert!(world.tabs[worker].engine.is_drained());
    world.event(worker, Event::Close);
    world.run();
    world.kill(worker);
    world.tabs[a].frozen = false;
    world.event(a, Event::Hint(Hint::Resumed));
    world.advance(1_000);
    assert!(is_stored(&world, a, &uuid));
    assert!(world.tabs[a].engine.does_network(), "it queued for the lock again");
    assert_converged(&world, &[a]);
}

#[test]
fn a_mutation_whose_answer_was_lost_is_applied_once() {
    let (mut world, a, store) = planned();
    world.deaf.push(0);
    let uuid = world.submit(a, &say::title("e1", "s1", "Tea")).unwrap();
    world.advance(100);
    assert_eq!(times_stored(&world, &uuid), 1);
    assert!(!is_stored(&world, a, &uuid), "a receipt never says more than is known");
    assert_eq!(world.tabs[a].engine.waiting(), 1);
    world.kill(a);
    world.deaf.clear();
    let again = world.open(0, "olivia", &store);
    world.advance(40_000);
    assert!(is_stored(&world, again, &uuid));
    assert_eq!(times_stored(&world, &uuid), 1);
    assert_converged(&world, &[again]);
}

#[test]
fn an_acked_edit_stays_on_screen_until_its_update_has_come() {
    let (mut world, a, store) = planned();
    world.no_updates.push(0);
    let uuid = world.submit(a, &say::title("e1", "s1", "Tea")).unwrap();
    world.advance(100);
    assert!(is_stored(&world, a, &uuid));
    assert_eq!(world.tabs[a].engine.waiting(), 0);
    assert_eq!(title(&world, a, "s1").as_deref(), Some("Tea"));
    world.kill(a);
    world.go_offline(0);
    let again = world.open(0, "olivia", &store);
    assert_eq!(title(&world, again, "s1").as_deref(), Some("Tea"), "after a restart too");
    world.no_updates.clear();
    world.go_online(0);
    assert!(is_stored(&world, again, &uuid));
    assert_converged(&world, &[again]);
}

#[test]
fn a_new_event_stays_on_screen_between_its_ack_and_its_update() {
    let (mut world, a, store) = planned();
    world.no_updates.push(0);
    let uuid = world.submit(a, &say::event("e2")).unwrap();
    world.advance(100);
    assert!(is_stored(&world, a, &uuid));
    assert!(world.tabs[a].engine.view(&event("e2")).is_some());
    world.kill(a);
    world.go_offline(0);
    let again = world.open(0, "olivia", &store);
    assert!(world.tabs[again].engine.view(&event("e2")).is_some(), "after a restart too");
    world.no_updates.clear();
    world.go_online(0);
    assert_converged(&world, &[again]);
}

#[test]
fn a_silent_connection_is_given_up_and_made_again() {
    let (mut world, a, _) = planned();
    world.deaf.push(0);
    world.submit(a, &say::title("e1", "s1", "Tea")).unwrap();
    world.advance(60_000);
    assert_ne!(world.tabs[a].engine.connection().0, Connection::Online);
    world.deaf.clear();
    world.advance(60_000);
    assert_eq!(world.tabs[a].engine.connection().0, Connection::Online);
    assert_converged(&world, &[a]);
}

#[test]
fn of_two_claims_for_the_last_place_the_second_is_refused_everywhere_until_dismissed() {
    let (mut world, a, _) = planned();
    let (hanna_store, hugo_store) = (MemoryStore::default(), MemoryStore::default());
    let hanna = world.open(1, "hanna", &hanna_store);
    let hugo = world.open(2, "hugo", &hugo_store);
    let hugo_second = world.open(2, "hugo", &hugo_store);
    world.go_offline(1);
    world.go_offline(2);
    let first = world.submit(hanna, &say::claim("e1", "s1")).unwrap();
    let second = world.submit(hugo, &say::claim("e1", "s1")).unwrap();
    assert_eq!(on_shift(&world, hugo), ["hugo-h"], "what hugo sees, for now");
    let after =
        world.submit(hugo, r#"{"type":"update_contact","helper":"hugo-h","set":{"phone":"1"}}"#).unwrap();
    world.go_online(1);
    world.go_online(2);
    assert!(is_stored(&world, hanna, &first));
    assert!(is_stored(&world, hugo, &after), "the edit after a refused one has a verdict of its own");
    for tab in [hugo, hugo_second] {
        let Some(Verdict::Refused(refusal)) = verdict(&world, tab, &second) else { panic!("tab {tab}") };
        assert_eq!(refusal.code, RefusalCode::AlreadyTaken);
        assert_eq!(on_shift(&world, tab), ["hanna-h"]);
    }
    world.kill(hugo);
    world.kill(hugo_second);
    let again = world.open(2, "hugo", &hugo_store);
    world.advance(100);
    assert!(matches!(verdict(&world, again, &second), Some(Verdict::Refused(_))), "after a restart too");
    let other = world.open(2, "hugo", &hugo_store);
    world.event(other, Event::Dismiss(vec![second]));
    world.advance(100);
    assert_eq!(verdict(&world, again, &second), None);
    assert_eq!((world.tabs[again].engine.refused(), world.tabs[other].engine.refused()), (0, 0));
    world.kill(again);
    world.kill(other);
    let last = world.open(2, "hugo", &hugo_store);
    world.advance(100);
    assert_eq!(world.tabs[last].engine.waiting(), 0, "a dismissed refusal does not come back as an edit");
    for tab in [a, hanna, last] {
        assert_eq!(on_shift(&world, tab), ["hanna-h"]);
    }
}

#[test]
fn a_dismissal_that_the_store_refused_is_done_once_it_can_be() {
    let (mut world, a, _) = planned();
    let store = MemoryStore::default();
    let hugo = world.open(2, "hugo", &store);
    world.go_offline(2);
    let refused = world.submit(hugo, &say::claim("e1", "s1")).unwrap();
    world
        .submit(a, r#"{"type":"cancel_assignment","event":"e1","assignment":"s1","cancelled":true}"#)
        .unwrap();
    world.go_online(2);
    assert_eq!(world.tabs[hugo].engine.refused(), 1);
    world.advance(1_000);
    store.fail_next_commit(Fault::Closed);
    world.event(hugo, Event::Dismiss(vec![refused]));
    world.run();
    assert_eq!(world.tabs[hugo].engine.refused(), 1, "it is there as long as the store has it");
    world.advance(10_000);
    assert_eq!(world.tabs[hugo].engine.refused(), 0);
    world.kill(hugo);
    let again = world.open(2, "hugo", &store);
    world.advance(100);
    assert_eq!(world.tabs[again].engine.refused(), 0, "and gone for good");
}

#[test]
fn a_value_that_somebody_else_wrote_meanwhile_is_replaced_and_named() {
    let (mut world, a, _) = planned();
    let b = world.open(1, "carl", &MemoryStore::default());
    world.advance(100);
    world.go_offline(1);
    let uuid = world.submit(b, &say::title("e1", "s1", "Carl's")).unwrap();
    world.submit(a, &say::title("e1", "s1", "Olivia's")).unwrap();
    world.go_online(1);
    let Some(Verdict::Stored { replaced, .. }) = verdict(&world, b, &uuid) else { panic!() };
    assert_eq!(replaced.len(), 1);
    assert_eq!(replaced[0].value, "Olivia's".into());
    assert_eq!(replaced[0].by, Some(id("olivia")));
    assert_converged(&world, &[a, b]);
}

#[test]
fn an_edit_is_made_on_what_has_come_though_the_screen_does_not_show_it_yet() {
    let (mut world, a, _) = planned();
    let b = world.open(1, "carl", &MemoryStore::default());
    world.advance(100);
    for new in ["One", "Two"] {
        world.submit(b, &say::title("e1", "s1", new)).unwrap();
    }
    assert_eq!(title(&world, a, "s1").as_deref(), Some("One"), "updates are shown once a frame");
    let uuid = world.submit(a, &say::title("e1", "s1", "Three")).unwrap();
    world.advance(100);
    let Some(Verdict::Stored { replaced, .. }) = verdict(&world, a, &uuid) else { panic!() };
    assert_eq!(replaced, []);
}

#[test]
fn tabs_see_each_others_edits_offline_and_one_does_the_network() {
    let (mut world, a, store) = planned();
    let second = world.open(0, "olivia", &store);
    world.advance(100);
    assert!(world.tabs[a].engine.does_network() && !world.tabs[second].engine.does_network());
    assert_eq!(world.tabs[second].engine.connection().0, Connection::Online, "as the holder says");
    world.go_offline(0);
    let one = world.submit(second, &say::title("e1", "s1", "Two")).unwrap();
    let two = world.submit(a, &say::title("e1", "s1", "Three")).unwrap();
    for tab in [a, second] {
        assert_eq!(title(&world, tab, "s1").as_deref(), Some("Three"));
        assert_eq!(world.tabs[tab].engine.waiting(), 2);
    }
    world.go_online(0);
    for tab in [a, second] {
        assert!(is_stored(&world, tab, &one) && is_stored(&world, tab, &two));
    }
    assert_eq!(world.tabs[second].links, []);
    world.kill(a);
    world.advance(1_000);
    assert!(world.tabs[second].engine.does_network(), "the next in line takes over");
    let three = world.submit(second, &say::title("e1", "s1", "Four")).unwrap();
    world.advance(1_000);
    assert!(is_stored(&world, second, &three));
    assert_converged(&world, &[second]);
}

#[test]
fn a_frozen_holder_loses_the_lock_and_cannot_write_when_it_thaws() {
    let (mut world, a, store) = planned();
    let second = world.open(0, "olivia", &store);
    world.tabs[a].frozen = true;
    let uuid = world.submit(second, &say::title("e1", "s1", "Tea")).unwrap();
    world.advance(30_000);
    assert!(world.tabs[second].engine.does_network(), "stolen after missed heartbeats");
    assert!(is_stored(&world, second, &uuid));
    // The thawed tab gets its old connection's updates before it hears that it lost the lock.
    world.tabs[a].frozen = false;
    world.event(a, Event::Hint(Hint::Resumed));
    world.advance(5_000);
    assert!(!world.tabs[a].engine.does_network());
    assert_converged(&world, &[second, a]);
}

#[test]
fn a_holder_that_does_not_know_that_it_lost_the_lock_is_fenced() {
    let (mut world, a, store) = planned();
    let second = world.open(0, "olivia", &store);
    world.tabs[a].frozen = true;
    world.silent_steal = true;
    world.advance(30_000);
    assert!(world.tabs[second].engine.does_network());
    world.tabs[a].frozen = false;
    assert!(world.tabs[a].engine.does_network(), "it still thinks so");
    let carl = world.open(1, "carl", &MemoryStore::default());
    world.advance(100);
    world.submit(carl, &say::title("e1", "s1", "Tea")).unwrap();
    world.advance(100);
    assert!(!world.tabs[a].engine.does_network(), "its next transaction failed");
    world.advance(5_000);
    assert_converged(&world, &[second, a, carl]);
}

#[test]
fn a_hidden_holder_yields_to_a_visible_tab() {
    let (mut world, a, store) = planned();
    world.event(a, Event::Hint(Hint::Hidden));
    world.run();
    let second = world.open(0, "olivia", &store);
    world.advance(10_000);
    assert!(world.tabs[second].engine.does_network());
    assert!(!world.tabs[a].engine.does_network());
    assert_converged(&world, &[second, a]);
}

#[test]
fn a_full_disk_is_said_and_nothing_half_done() {
    let (mut world, a, store) = planned();
    world.go_offline(0);
    let kept = world.submit(a, &say::title("e1", "s1", "Kept")).unwrap();
    store.fail_next_commit(Fault::Quota);
    let failed = world.submit(a, &say::title("e1", "s1", "Lost?"));
    assert_eq!(failed, Err(Failure::Storage(StoreError::Quota)));
    assert_eq!(world.tabs[a].engine.storage_error(), Some(&StoreError::Quota));
    assert_eq!(title(&world, a, "s1").as_deref(), Some("Kept"), "the screen shows what is saved");
    world.advance(5_000);
    assert_eq!(world.tabs[a].engine.storage_error(), None, "it recovers by itself");
    world.submit(a, &say::title("e1", "s1", "Works")).unwrap();
    world.go_online(0);
    assert!(is_stored(&world, a, &kept));
    assert_converged(&world, &[a]);
}

#[test]
fn a_store_that_fails_under_an_update_loses_no_edit_and_no_update() {
    let (mut world, a, store) = planned();
    let b = world.open(1, "carl", &MemoryStore::default());
    world.advance(100);
    store.fail_next_commit(Fault::Closed);
    world.submit(b, &say::title("e1", "s1", "Carl's")).unwrap();
    world.advance(20_000);
    assert_eq!(title(&world, a, "s1").as_deref(), Some("Carl's"));
    assert_converged(&world, &[a, b]);
}

#[test]
fn a_cloned_device_takes_a_new_number_and_nothing_is_applied_twice() {
    let (mut world, a, store) = planned();
    world.go_offline(0);
    let shared = world.submit(a, &say::title("e1", "s1", "Shared")).unwrap();
    let clone_store = store.duplicate();
    let own = world.submit(a, &say::title("e1", "s1", "Original")).unwrap();
    let clone = world.open(5, "olivia", &clone_store);
    world.offline.push(5);
    world.go_offline(5);
    let cloned = world.submit(clone, &say::shift("e1", "s2", 3)).unwrap();
    world.go_online(0);
    world.go_online(5);
    let changed = |v: &&wedsync_hub::store::HistoryRow| v.uuid == shared;
    assert_eq!(world.hub.history().iter().filter(changed).count(), 1, "it changed one cell once");
    assert!(
        is_stored(&world, a, &own) && is_stored(&world, clone, &cloned) && is_stored(&world, clone, &shared)
    );
    world.advance(1_000);
    assert_eq!(title(&world, a, "s1").as_deref(), Some("Original"), "the doubled edit was not run again");
    assert_converged(&world, &[a, clone]);
}

/// The hub is lost, and restored from `backup`.
fn restore_hub(world: &mut World, backup: &wedsync_hub::store::MemoryStore, send_again: bool) {
    let restored = backup.restored(&world.hub, world.now, send_again);
    world.restart_hub(restored);
    world.advance(60_000);
}

#[test]
fn a_hub_whose_file_was_put_back_by_hand_gets_everything_that_still_waits() {
    let (mut world, a, _) = planned();
    let backup = world.hub.duplicate();
    world.submit(a, &say::title("e1", "s1", "After the backup")).unwrap();
    world.advance(100);
    world.restart_hub(backup);
    world.go_offline(0);
    let uuid = world.submit(a, &say::shift("e1", "s9", 2)).unwrap();
    world.go_online(0);
    world.advance(60_000);
    assert!(is_stored(&world, a, &uuid));
    assert_converged(&world, &[a]);
}

#[test]
fn what_a_restored_hub_lost_is_sent_again_in_order_and_once() {
    let (mut world, a, store) = planned();
    let (carl, hanna) = (MemoryStore::default(), MemoryStore::default());
    let b = world.open(1, "carl", &carl);
    let h = world.open(2, "hanna", &hanna);
    world.advance(100);
    let before = world.submit(a, &say::title("e1", "s1", "Before")).unwrap();
    world.advance(100);
    let backup = world.hub.duplicate();
    // Of two claims on the one place the hub stores the first and refuses the second; all this is lost.
    let claimed = world.submit(h, &say::claim("e1", "s1")).unwrap();
    world.advance(100);
    let mut after: Vec<Uuid> = Vec::new();
    for i in 0..12 {
        after.push(world.submit(a, &say::shift("e1", &format!("t{i}"), 1)).unwrap());
        after.push(world.submit(a, &say::title("e1", &format!("t{i}"), &format!("T{i}"))).unwrap());
    }
    // The device was copied: the copy goes on under its number, so it takes a new one in the middle.
    let clone = world.open(4, "olivia", &store.duplicate());
    world.advance(100);
    after.push(world.submit(clone, &say::title("e1", "t3", "By the clone")).unwrap());
    world.advance(100);
    after.push(world.submit(a, &say::title("e1", "t5", "By the original")).unwrap());
    world.advance(40_000);
    assert!(after.iter().all(|u| is_stored(&world, a, u) || is_stored(&world, clone, u)));
    world.go_offline(0);
    let waits = world.submit(a, &say::title("e1", "t0", "Waited")).unwrap();
    world.go_offline(2);
    world.go_offline(4);

    restore_hub(&mut world, &backup, true);
    assert_eq!(title(&world, b, "s1").as_deref(), Some("Before"));
    world.go_online(2);
    world.go_online(0);
    assert_eq!(
        title(&world, b, "t5").as_deref(),
        Some("By the original"),
        "in the order of both its numbers"
    );
    world.go_online(4);
    world.advance(60_000);
    assert_converged(&world, &[a, b, clone, h]);
    for uuid in after.iter().chain([&before, &claimed, &waits]) {
        assert_eq!(times_changed(&world, uuid), 1, "{uuid}");
        assert!([a, h, clone].iter().any(|tab| is_stored(&world, *tab, uuid)), "{uuid}");
    }
    assert_eq!(on_shift(&world, a), ["hanna-h"]);
    assert_eq!(title(&world, b, "t0").as_deref(), Some("Waited"), "what waited came after what was stored");
    assert_eq!(title(&world, b, "t3").as_deref(), Some("By the clone"));
    assert!(
        (1..12)
            .filter(|i| ![3, 5].contains(i))
            .all(|i| title(&world, a, &format!("t{i}")) == Some(format!("T{i}")))
    );
    for store in [&store, &carl, &hanna] {
        assert_eq!(stored_keys(store, Space::Queue), Vec::<String>::new());
    }
    // Once more, without anything new: nothing changes, and a device that was told already does nothing.
    let history = world.hub.history().len();
    let again = world.hub.duplicate();
    restore_hub(&mut world, &again, true);
    world.advance(60_000);
    assert_converged(&world, &[a, b, clone, h]);
    assert_eq!(world.hub.history().len(), history);
}

#[test]
fn a_restored_hub_that_forgets_is_not_sent_anything_again_and_no_receipt_says_stored() {
    let (mut world, a, store) = planned();
    let b = world.open(1, "carl", &MemoryStore::default());
    world.advance(100);
    world.go_offline(1);
    let refused = world.submit(b, &say::title("e1", "s1", "Refused")).unwrap();
    world.set_role("carl", Role::Viewer);
    world.go_online(1);
    let backup = world.hub.duplicate();
    let lost = world.submit(a, &say::title("e1", "s1", "Lost")).unwrap();
    world.advance(100);
    world.go_offline(0);
    let waits = world.submit(a, &say::shift("e1", "s2", 1)).unwrap();
    restore_hub(&mut world, &backup, false);
    world.go_online(0);
    world.advance(60_000);
    assert_eq!(verdict(&world, a, &lost), None, "it is not called stored any more");
    assert!(stored_keys(&store, Space::Receipts).iter().all(|key| *key == waits.to_string()));
    assert!(is_stored(&world, a, &waits), "what was never answered is sent all the same");
    assert!(
        matches!(verdict(&world, b, &refused), Some(Verdict::Refused(_))),
        "a refusal stays until dismissed"
    );
    assert_eq!(title(&world, a, "s1").as_deref(), Some("Bar s1"));
    assert_converged(&world, &[a, b]);
}

#[test]
fn both_tabs_hear_of_a_restore_and_who_comes_for_the_first_time_only_notes_the_generation() {
    let (mut world, a, store) = planned();
    let backup = world.hub.duplicate();
    let second = world.open(0, "olivia", &store);
    let lost = world.submit(a, &say::title("e1", "s1", "Told, and lost")).unwrap();
    restore_hub(&mut world, &backup, true);
    assert!(is_stored(&world, a, &lost) && is_stored(&world, second, &lost));
    assert_eq!(times_stored(&world, &lost), 1);
    world.kill(a);
    world.kill(second);
    let again = world.open(0, "olivia", &store);
    world.advance(1_000);
    assert_eq!(title(&world, again, "s1").as_deref(), Some("Told, and lost"));
    // A device that comes for the first time, and one whose storage was taken, only write the generation down.
    let fresh = world.open(7, "carl", &MemoryStore::default());
    world.advance(1_000);
    let first = world.submit(fresh, &say::title("e1", "s1", "First")).unwrap();
    world.advance(1_000);
    assert!(is_stored(&world, fresh, &first));
    assert_eq!(world.hub.verdicts().iter().find(|v| v.uuid == first).map(|v| v.n), Some(1));
    assert_converged(&world, &[again, fresh]);
}

#[test]
fn a_role_taken_away_while_edits_wait_refuses_them() {
    let (mut world, a, _) = planned();
    let store = MemoryStore::default();
    let b = world.open(1, "carl", &store);
    world.advance(100);
    world.go_offline(1);
    let uuid = world.submit(b, &say::title("e1", "s1", "Carl's")).unwrap();
    world.set_role("carl", Role::Viewer);
    world.go_online(1);
    let Some(Verdict::Refused(refusal)) = verdict(&world, b, &uuid) else { panic!() };
    assert_eq!(refusal.code, RefusalCode::Forbidden);
    assert_eq!(world.tabs[b].engine.actor().role, Role::Viewer);
    let now = world.submit(b, &say::title("e1", "s1", "x"));
    assert!(matches!(now, Err(Failure::Refused(r)) if r.code == RefusalCode::Forbidden));
    assert_converged(&world, &[a, b]);
}

#[test]
fn person_documents_reach_only_who_may_read_them() {
    let (mut world, a, _) = planned();
    let hanna = world.open(1, "hanna", &MemoryStore::default());
    let vera = world.open(2, "vera", &MemoryStore::default());
    world.submit(a, r#"{"type":"update_contact","helper":"hanna-h","set":{"phone":"1"}}"#).unwrap();
    world.submit(a, r#"{"type":"update_contact","helper":"hugo-h","set":{"phone":"2"}}"#).unwrap();
    world.advance(100);
    let holds = |tab: usize, helper: &str| world.tabs[tab].engine.view(&DocId::Person(id(helper))).is_some();
    assert!(holds(a, "hanna-h") && holds(a, "hugo-h"));
    assert!(holds(hanna, "hanna-h") && !holds(hanna, "hugo-h"));
    assert!(!holds(vera, "hanna-h") && !holds(vera, "hugo-h"));
}

#[test]
fn bad_commands_are_refused_at_once_and_not_queued() {
    let (mut world, a, _) = planned();
    for (command, code) in [
        ("{", RefusalCode::Invalid),
        (r#"{"type":"fly"}"#, RefusalCode::UnknownCommand),
        (&say::title("e1", "nope", "x"), RefusalCode::NotFound),
        (&say::title("e1", "s1", &"x".repeat(5000)), RefusalCode::TooLong),
    ] {
        let Err(Failure::Refused(refusal)) = world.submit(a, command) else { panic!("{command}") };
        assert_eq!(refusal.code, code, "{command}");
    }
    assert_eq!(world.tabs[a].engine.waiting(), 0);
}

#[test]
fn a_burst_is_committed_in_two_transactions() {
    let (mut world, a, _) = planned();
    let before = world.tabs[a].appends;
    let requests: Vec<u64> =
        (0..1000).map(|i| world.submit_only(a, &say::title("e1", "s1", &format!("T{i}")))).collect();
    world.run();
    assert!(requests.iter().all(|r| world.tabs[a].answers[r].is_ok()));
    assert!(world.tabs[a].appends - before <= 2, "{}", world.tabs[a].appends - before);
    world.advance(2_000);
    assert_converged(&world, &[a]);
}

#[test]
fn where_websockets_are_blocked_http_takes_over() {
    let (mut world, a, _) = planned();
    world.no_websocket.push(1);
    let b = world.open(1, "carl", &MemoryStore::default());
    world.advance(10_000);
    assert_eq!(world.tabs[b].engine.connection(), (Connection::Online, Some(Link::Http)));
    let uuid = world.submit(b, &say::title("e1", "s1", "By post")).unwrap();
    world.advance(1_000);
    assert!(is_stored(&world, b, &uuid));
    assert_converged(&world, &[a, b]);
}

#[test]
fn a_hub_that_refuses_the_version_loses_nothing() {
    let (mut world, a, _) = planned();
    world.hub_refuses_version = true;
    world.go_offline(0);
    let uuid = world.submit(a, &say::title("e1", "s1", "Old app")).unwrap();
    world.offline.clear();
    world.advance(40_000);
    assert_eq!(world.tabs[a].engine.connection().0, Connection::Unsupported);
    assert_eq!(world.tabs[a].engine.waiting(), 1, "kept, and exportable");
    world.hub_refuses_version = false;
    world.event(a, Event::SyncNow);
    world.advance(1_000);
    assert!(is_stored(&world, a, &uuid));
}

#[test]
fn a_long_log_is_folded_and_the_replica_opens_as_it_was() {
    let (mut world, a, store) = planned();
    for i in 0..300 {
        world.submit(a, &say::title("e1", "s1", &format!("T{i}"))).unwrap();
    }
    world.advance(10_000);
    let log = stored_keys(&store, Space::Log).iter().filter(|k| k.starts_with("event/e1|")).count();
    assert!(log < 300, "{log} updates in the log");
    world.kill(a);
    world.go_offline(0);
    let again = world.open(0, "olivia", &store);
    assert_eq!(title(&world, again, "s1").as_deref(), Some("T299"));
    world.go_online(0);
    world.submit(again, &say::title("e1", "s1", "Last")).unwrap();
    world.advance(1_000);
    assert_converged(&world, &[again]);
}

#[test]
fn seven_days_offline_with_ten_thousand_edits_replay_exactly_once() {
    let (mut world, a, store) = planned();
    world.go_offline(0);
    let mut uuids = Vec::new();
    for i in 0..10_000 {
        uuids.push(world.submit(a, &say::title("e1", "s1", &format!("T{i}"))).unwrap());
        world.now += 60_480;
    }
    world.kill(a);
    let again = world.open(0, "olivia", &store);
    assert_eq!(world.tabs[again].engine.waiting(), 10_000);
    world.go_online(0);
    world.advance(5_000);
    let order: Vec<Uuid> =
        world.hub.verdicts().iter().map(|v| v.uuid).filter(|u| uuids.contains(u)).collect();
    assert_eq!(order.len(), 10_000);
    assert_eq!(order, uuids);
    assert_converged(&world, &[again]);
}

#[test]
fn a_deleted_event_leaves_the_screen_at_once_and_comes_back_if_that_is_refused() {
    let (mut world, a, store) = planned();
    let b = world.open(1, "carl", &MemoryStore::default());
    let c = world.open(2, "olivia", &MemoryStore::default());
    world.advance(100);
    world.go_offline(0);
    world.go_offline(2);
    // Two devices of the owner; on one of them an edit waits before it, and one is tried after it.
    let before = world.submit(a, &say::title("e1", "s1", "Before")).unwrap();
    let deleted = world.submit(a, &say::delete("e1")).unwrap();
    let again = world.submit(c, &say::delete("e1")).unwrap();
    for command in [say::title("e1", "s1", "After"), say::event("e1")] {
        let Err(Failure::Refused(refusal)) = world.submit(a, &command) else { panic!("{command}") };
        assert_eq!(refusal.code, RefusalCode::Deleted);
    }
    let gone = |world: &World, tab: usize| {
        let engine = &world.tabs[tab].engine;
        engine.view(&event("e1")).is_none() && !engine.docs().contains(&event("e1"))
    };
    assert!(gone(&world, a) && gone(&world, c));
    assert!(title(&world, b, "s1").is_some(), "nothing is seen by others before it is committed");
    world.kill(a);
    let a = world.open(0, "olivia", &store);
    assert!(gone(&world, a), "also after a restart");

    // Meanwhile the owner became a helper: it is refused, and the event comes back.
    world.set_role("olivia", Role::Helper);
    world.go_online(0);
    assert!(
        matches!(verdict(&world, a, &deleted), Some(Verdict::Refused(r)) if r.code == RefusalCode::Forbidden)
    );
    assert!(verdict(&world, a, &before).is_some());
    assert_eq!(title(&world, a, "s1").as_deref(), Some("Bar s1"));

    world.set_role("olivia", Role::Owner);
    let late = world.submit(b, &say::title("e1", "s1", "Late")).unwrap();
    world.go_offline(1);
    let waits = world.submit(b, &say::title("e1", "s1", "Too late")).unwrap();
    world.go_online(2);
    assert!(is_stored(&world, b, &late) && is_stored(&world, c, &again));
    world.go_online(1);
    assert!(
        matches!(verdict(&world, b, &waits), Some(Verdict::Refused(r)) if r.code == RefusalCode::Deleted)
    );
    assert!([a, b, c].iter().all(|tab| gone(&world, *tab)));
    assert_converged(&world, &[a, b, c]);
    for store in [&store, &world.tabs[b].store, &world.tabs[c].store] {
        assert_eq!(
            stored_keys(store, Space::Queue),
            Vec::<String>::new(),
            "no row waits for what never comes"
        );
        assert!(!stored_keys(store, Space::Heads).contains(&"event/e1".to_owned()));
    }
}

#[test]
fn a_deletion_whose_answer_was_lost_is_done_once_and_leaves_no_row_behind() {
    let (mut world, a, store) = planned();
    world.deaf.push(0);
    let uuid = world.submit(a, &say::delete("e1")).unwrap();
    world.advance(100);
    world.kill(a);
    world.deaf.clear();
    let again = world.open(0, "olivia", &store);
    world.advance(40_000);
    assert!(is_stored(&world, again, &uuid));
    assert_eq!(times_stored(&world, &uuid), 1);
    assert_eq!(stored_keys(&store, Space::Queue), Vec::<String>::new());
    // Where the updates are late, it stays off the screen after the answer too.
    world.submit(again, &say::event("e2")).unwrap();
    world.advance(100);
    world.no_updates.push(0);
    let uuid = world.submit(again, &say::delete("e2")).unwrap();
    world.advance(100);
    assert!(is_stored(&world, again, &uuid));
    assert!(world.tabs[again].engine.canonical(&event("e2")).is_some());
    assert!(world.tabs[again].engine.view(&event("e2")).is_none());
    assert_eq!(stored_keys(&store, Space::Queue).len(), 1);
}

#[test]
fn of_an_event_that_was_made_and_deleted_nothing_stays_on_a_device_that_never_had_it() {
    let (mut world, a, store) = planned();
    world.go_offline(0);
    let event = event("e9");
    let made = world.submit(a, &say::event("e9")).unwrap();
    let shift = world.submit(a, &say::shift("e9", "s9", 1)).unwrap();
    let deleted = world.submit(a, &say::delete("e9")).unwrap();
    let before = store.duplicate();
    world.go_online(0);
    assert!(is_stored(&world, a, &deleted));
    // The answers did not reach the disk: it sends all of it again, and hears of an event that is no more.
    world.kill(a);
    let a = world.open(0, "olivia", &before);
    world.advance(5_000);
    for uuid in [made, shift, deleted] {
        assert!(is_stored(&world, a, &uuid));
    }
    assert!(!world.tabs[a].engine.docs().contains(&event), "no ghost of it");
    assert_eq!(stored_keys(&before, Space::Queue), Vec::<String>::new());
    assert_converged(&world, &[a]);
}

#[test]
fn an_event_that_was_deleted_before_its_maker_heard_of_it_is_asked_for_and_gone() {
    let (mut world, a, store) = planned();
    let c = world.open(2, "olivia", &MemoryStore::default());
    world.go_offline(0);
    let made = world.submit(a, &say::event("e9")).unwrap();
    let before = store.duplicate();
    world.go_online(0);
    // The ack reached this copy of the disk, and the document did not.
    let receipt = world.tabs[a].engine.outbox().receipt(&made).unwrap().clone();
    let Done::NetworkTaken { epoch } = pollster::block_on(perform(&before, Op::TakeNetwork)).unwrap() else {
        panic!()
    };
    let commit = Commit { network_epoch: epoch, verdicts: vec![receipt], ..Commit::default() };
    pollster::block_on(perform(&before, Op::Commit(Box::new(commit)))).unwrap();
    world.kill(a);
    world.submit(c, &say::delete("e9")).unwrap();

    let a = world.open(0, "olivia", &before);
    world.advance(5_000);
    assert!(is_stored(&world, a, &made));
    assert!(!world.tabs[a].engine.docs().contains(&event("e9")), "no ghost of it");
    assert_eq!(stored_keys(&before, Space::Queue), Vec::<String>::new());
    assert_converged(&world, &[a, c]);
}
