//! How many helpers a role needs and has, hour by hour.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::json;
use std::sync::Arc;
use support::{World, act};
use wedsync_domain::schedule::Season;
use wedsync_domain::schedule::coverage::HourCoverage;
use wedsync_domain::zone::Zones;

fn world(zone: &str) -> World {
    let mut w = World::new();
    for helper in ["anna", "ben"] {
        act(&mut w, json!({"type": "add_helper", "helper": helper, "fields": {"name": helper}}));
    }
    let fields = json!({"title": "Fair", "first_day": "2026-03-28", "last_day": "2026-10-25", "zone": zone});
    act(&mut w, json!({"type": "create_event", "event": "e", "fields": fields}));
    w
}

fn shift(w: &mut World, id: &str, role: &str, start: &str, end: &str, (min, max): (i64, i64), on: &[&str]) {
    let fields = json!({"title": role, "team": "crew", "role": role, "start": start, "end": end, "helpers_min": min,
        "helpers_max": max});
    act(w, json!({"type": "create_assignment", "event": "e", "assignment": id, "fields": fields}));
    for helper in on {
        act(w, json!({"type": "assign", "event": "e", "assignment": id, "helper": helper}));
    }
}

fn hours(w: &World, role: &str) -> Vec<HourCoverage> {
    let mut season = Season::new(0, Zones::default());
    season.update(w.iter().map(|(doc, view)| (doc.clone(), Some(Arc::new(view.clone())))));
    season.coverage("e").into_iter().find(|c| c.role == role).map(|c| c.hours).unwrap_or_default()
}

fn hour(start: &str, needed: u32, most: u32, there: u32, missing: u32) -> HourCoverage {
    HourCoverage { start: start.to_owned(), needed, most, there, missing }
}

#[test]
fn each_hour_tells_of_its_worst_moment() {
    let mut w = world("Europe/London");
    // The second crew comes a quarter of an hour before the first one goes.
    shift(&mut w, "a", "Bar", "2026-07-15T10:00", "2026-07-15T12:15", (2, 3), &["anna"]);
    shift(&mut w, "b", "Bar", "2026-07-15T12:00", "2026-07-15T13:00", (1, 2), &["ben"]);
    shift(&mut w, "c", "Gate", "2026-07-15T12:30", "2026-07-15T13:30", (1, 1), &[]);
    let expected = [
        hour("2026-07-15T10:00", 2, 3, 1, 1),
        hour("2026-07-15T11:00", 2, 3, 1, 1),
        hour("2026-07-15T12:00", 3, 5, 2, 1),
    ];
    assert_eq!(hours(&w, "Bar"), expected);
    let expected = [hour("2026-07-15T12:00", 1, 1, 0, 1), hour("2026-07-15T13:00", 1, 1, 0, 1)];
    assert_eq!(hours(&w, "Gate"), expected);
}

#[test]
fn one_too_many_on_one_shift_fills_no_place_of_another() {
    let mut w = world("Europe/London");
    shift(&mut w, "a", "Bar", "2026-07-15T10:00", "2026-07-15T11:00", (1, 2), &["anna", "ben"]);
    shift(&mut w, "b", "Bar", "2026-07-15T10:00", "2026-07-15T11:00", (1, 1), &[]);
    assert_eq!(hours(&w, "Bar"), [hour("2026-07-15T10:00", 2, 3, 2, 1)]);
}

#[test]
fn hours_without_a_shift_and_cancelled_ones_are_left_out() {
    let mut w = world("Europe/London");
    shift(&mut w, "a", "Bar", "2026-07-15T10:00", "2026-07-15T11:00", (1, 1), &[]);
    shift(&mut w, "b", "Bar", "2026-07-15T14:00", "2026-07-15T15:00", (1, 1), &["anna"]);
    shift(&mut w, "c", "Bar", "2026-07-15T12:00", "2026-07-15T13:00", (1, 1), &[]);
    act(&mut w, json!({"type": "cancel_assignment", "event": "e", "assignment": "c", "cancelled": true}));
    assert_eq!(
        hours(&w, "Bar"),
        [hour("2026-07-15T10:00", 1, 1, 0, 1), hour("2026-07-15T14:00", 1, 1, 1, 0)]
    );
    assert!(hours(&w, "Kitchen").is_empty());
}

#[test]
fn over_a_clock_change_hours_are_those_of_the_wall_clock() {
    let mut w = world("Europe/Berlin");
    shift(&mut w, "a", "Night", "2026-03-29T01:00", "2026-03-29T04:00", (1, 1), &[]);
    shift(&mut w, "b", "Late", "2026-10-25T01:00", "2026-10-25T04:00", (1, 1), &[]);
    let starts = |role: &str| -> Vec<String> {
        hours(&w, role).into_iter().map(|h| h.start[11..].to_owned()).collect()
    };
    assert_eq!(starts("Night"), ["01:00", "03:00"]);
    assert_eq!(starts("Late"), ["01:00", "02:00", "03:00"]);
    // Half of this hour is there.
    let mut w = world("Australia/Lord_Howe");
    shift(&mut w, "a", "Night", "2026-10-04T01:30", "2026-10-04T03:00", (1, 1), &[]);
    let starts: Vec<String> = hours(&w, "Night").into_iter().map(|h| h.start[11..].to_owned()).collect();
    assert_eq!(starts, ["01:00", "02:00"]);
}

/// Half past: an hour of the event's zone, though the shift's zone is half an hour off.
#[test]
fn a_shift_of_another_zone_counts_in_the_hours_of_the_events() {
    let mut w = world("Asia/Kolkata");
    let fields = json!({"title": "Call", "role": "Call", "start": "2026-07-15T06:00", "end": "2026-07-15T07:00",
        "zone": "UTC"});
    act(&mut w, json!({"type": "create_assignment", "event": "e", "assignment": "a", "fields": fields}));
    assert_eq!(
        hours(&w, "Call"),
        [hour("2026-07-15T11:00", 1, 1, 0, 1), hour("2026-07-15T12:00", 1, 1, 0, 1)]
    );
}
