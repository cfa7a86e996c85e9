//! The ways between a helper's shifts.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::json;
use std::sync::Arc;
use support::{World, act, id, on, world};
use wedsync_domain::schedule::Season;
use wedsync_domain::zone::Zones;

fn season(w: &World) -> Season {
    let mut season = Season::new(0, Zones::default());
    season.update(w.iter().map(|(doc, view)| (doc.clone(), Some(Arc::new(view.clone())))));
    season
}

/// A shift of e1 with anna on it.
fn shift(w: &mut World, name: &str, place: Option<&str>, start: &str, end: &str) {
    let fields = json!({"title": name, "start": start, "end": end, "place": place.map(id)});
    act(w, json!({"type": "create_assignment", "event": "e1", "assignment": name, "fields": fields}));
    act(w, on("assign", name, "anna"));
}

#[test]
fn a_helper_has_a_way_between_shifts_at_different_places_that_follow_each_other_on_a_day() {
    let mut w = world();
    act(&mut w, on("unassign", "a1", "anna"));
    act(&mut w, json!({"type": "set_travel", "from": "p1", "to": "p3", "minutes": 25}));
    shift(&mut w, "s1", Some("p1"), "2026-07-18T08:00", "2026-07-18T10:00");
    shift(&mut w, "s2", Some("p3"), "2026-07-18T10:40", "2026-07-18T12:00");
    shift(&mut w, "s3", Some("p3"), "2026-07-18T13:00", "2026-07-18T14:00");
    shift(&mut w, "s4", None, "2026-07-18T15:00", "2026-07-18T16:00");
    shift(&mut w, "s5", Some("p1"), "2026-07-19T08:00", "2026-07-19T10:00");

    let legs = season(&w).legs("e1");
    let told: Vec<_> = legs
        .iter()
        .map(|leg| (&*leg.from.assignment, &*leg.to.assignment, leg.gap, leg.minutes, leg.is_known))
        .collect();
    // Not from s2 to s3, which are at one place, nor to s4, which has none, nor to the next day's.
    assert_eq!(told, [("s1", "s2", 40, 25, true)]);
    assert_eq!(legs[0].helper, "anna");
    assert_eq!(season(&w).legs("e2"), []);
}
