//! Who is here, between engines, their tabs and the hub.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use harness::{World, id};
use wedsync_core::engine::event::{Event, Hint};
use wedsync_core::ports::Link;
use wedsync_core::ports::memory::MemoryStore;
use wedsync_domain::presence::PresenceState;

#[allow(dead_code)]
mod harness;

fn at(assignment: &str) -> PresenceState {
    PresenceState { event: id("e"), assignment: Some(id(assignment)), field: None, cursor: None }
}

fn show(world: &mut World, tab: usize, states: &[PresenceState]) {
    world.event(tab, Event::Presence(states.to_vec()));
    world.advance(200);
}

/// Who a tab says is in the event, and on which shifts.
fn seen(world: &World, tab: usize) -> Vec<String> {
    let people = world.tabs[tab].engine.people_here(Some(&id("e")));
    let shifts = |states: &[PresenceState]| {
        states.iter().filter_map(|s| Some(s.assignment.as_ref()?.to_string())).collect::<Vec<_>>().join("+")
    };
    people.iter().map(|person| format!("{} {}", person.name, shifts(&person.states))).collect()
}

/// Olivia with two tabs, the first of which has the network, and Carl with one.
fn three_tabs() -> (World, [usize; 3]) {
    let mut world = World::new();
    let (olivia, carl) = (MemoryStore::default(), MemoryStore::default());
    let tabs =
        [world.open(1, "olivia", &olivia), world.open(1, "olivia", &olivia), world.open(2, "carl", &carl)];
    world.advance(1_000);
    (world, tabs)
}

#[test]
fn every_tab_counts_whichever_has_the_network() {
    let (mut world, [first, second, carl]) = three_tabs();
    assert!(world.tabs[first].engine.does_network());
    show(&mut world, first, &[at("a")]);
    show(&mut world, second, &[at("b")]);
    show(&mut world, carl, &[at("c")]);
    assert_eq!(seen(&world, carl), ["carl c", "olivia a+b"]);
    for tab in [first, second] {
        assert_eq!(seen(&world, tab), ["olivia a+b", "carl c"]);
    }
    show(&mut world, second, &[]);
    assert_eq!(seen(&world, carl), ["carl c", "olivia a"]);
}

#[test]
fn a_tab_that_nobody_looks_at_shows_nothing() {
    let (mut world, [first, second, carl]) = three_tabs();
    show(&mut world, first, &[at("a")]);
    show(&mut world, second, &[at("b")]);
    world.event(second, Event::Hint(Hint::Hidden));
    world.advance(200);
    assert_eq!(seen(&world, carl), ["olivia a"]);
    world.event(first, Event::Hint(Hint::Hidden));
    world.advance(200);
    assert!(seen(&world, carl).is_empty());
    world.event(second, Event::Hint(Hint::Visible));
    world.advance(2_000);
    assert_eq!(seen(&world, carl), ["olivia b"], "from whichever tab now has the network");
}

#[test]
fn a_killed_tab_is_gone_and_the_others_stay() {
    let (mut world, [first, second, carl]) = three_tabs();
    let third = {
        let store = world.tabs[first].store.clone();
        world.open(1, "olivia", &store)
    };
    for (tab, shift) in [(first, "a"), (second, "b"), (third, "c")] {
        show(&mut world, tab, &[at(shift)]);
    }
    assert_eq!(seen(&world, carl), ["olivia a+b+c"]);
    world.kill(second);
    world.advance(15_000);
    assert_eq!(seen(&world, carl), ["olivia a+c"]);
    // The one with the network takes its connection along.
    world.kill(first);
    world.advance(2_000);
    assert_eq!(seen(&world, carl), ["olivia c"]);
    assert_eq!(seen(&world, third), ["olivia c"]);
}

#[test]
fn it_is_renewed_while_it_lasts_and_told_once_while_it_changes_fast() {
    let (mut world, [first, _, carl]) = three_tabs();
    show(&mut world, first, &[at("a")]);
    world.shown = 0;
    world.advance(300_000);
    assert_eq!(seen(&world, carl), ["olivia a"], "as long as it lasts");
    assert_eq!(world.shown, 20, "every 15 seconds for five minutes");
    world.shown = 0;
    for n in 0..50 {
        world.event(first, Event::Presence(vec![at(&format!("s{n}"))]));
        world.advance(10);
    }
    world.advance(200);
    assert!((5..=6).contains(&world.shown), "{} times in half a second", world.shown);
    assert_eq!(seen(&world, carl), ["olivia s49"]);
}

#[test]
fn a_frozen_device_is_gone_and_back_when_it_thaws() {
    let (mut world, [first, second, carl]) = three_tabs();
    show(&mut world, carl, &[at("c")]);
    show(&mut world, first, &[at("a")]);
    world.tabs[carl].frozen = true;
    world.advance(31_000);
    assert_eq!(seen(&world, second), ["olivia a"]);
    let left = world.tabs[second].engine.last_seen(&id("e"));
    assert_eq!(left.iter().map(|seen| seen.name.as_str()).collect::<Vec<_>>(), ["carl"]);
    world.tabs[carl].frozen = false;
    world.event(carl, Event::Hint(Hint::Resumed));
    world.advance(1_000);
    assert_eq!(seen(&world, second), ["olivia a", "carl c"]);
    assert!(world.tabs[second].engine.last_seen(&id("e")).is_empty());
    // A frozen tab missed who came and went.
    world.tabs[second].frozen = true;
    show(&mut world, carl, &[]);
    world.tabs[second].frozen = false;
    world.event(second, Event::Hint(Hint::Resumed));
    world.advance(1_000);
    assert_eq!(seen(&world, second), ["olivia a"]);
}

#[test]
fn without_a_connection_nobody_is_known_to_be_here() {
    let (mut world, [first, second, carl]) = three_tabs();
    show(&mut world, first, &[at("a")]);
    show(&mut world, carl, &[at("c")]);
    world.go_offline(1);
    for tab in [first, second] {
        assert!(seen(&world, tab).is_empty());
    }
    assert_eq!(seen(&world, carl), ["carl c"], "the hub saw the connection end");
    world.go_online(1);
    assert_eq!(seen(&world, carl), ["carl c", "olivia a"]);
    for tab in [first, second] {
        assert_eq!(seen(&world, tab), ["olivia a", "carl c"]);
    }
}

#[test]
fn over_http_one_sees_and_is_not_seen() {
    let mut world = World::new();
    world.no_websocket.push(1);
    let (behind, carl) = (MemoryStore::default(), MemoryStore::default());
    let (behind, carl) = (world.open(1, "olivia", &behind), world.open(2, "carl", &carl));
    world.advance(60_000);
    assert_eq!(world.tabs[behind].links.last(), Some(&Link::Http));
    show(&mut world, behind, &[at("a")]);
    show(&mut world, carl, &[at("c")]);
    assert_eq!(seen(&world, behind), ["carl c"]);
    assert_eq!(seen(&world, carl), ["carl c"]);
}

#[test]
fn closing_a_tab_ends_it_at_once() {
    let (mut world, [first, second, carl]) = three_tabs();
    show(&mut world, first, &[at("a")]);
    show(&mut world, second, &[at("b")]);
    world.event(second, Event::Close);
    world.advance(200);
    assert_eq!(seen(&world, carl), ["olivia a"]);
    world.event(first, Event::Close);
    world.advance(200);
    assert!(seen(&world, carl).is_empty());
}
