//! Every kind of conflict as a sentence.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value as Json, json};
use std::sync::Arc;
use support::{World, act, actor, apply, busy, doc, import_busy, judge};
use wedsync_domain::schedule::{Season, explain};
use wedsync_domain::zone::Zones;
use wedsync_domain::{Role, Table};

/// 2026-07-01T00:00Z.
const NOW: i64 = 1_782_864_000_000;

/// Anna, and a festival in Berlin with a chapel and a barn.
fn plan() -> World {
    let mut w = World::new();
    act(&mut w, json!({"type": "add_helper", "helper": "anna", "fields": {"name": "Anna"}}));
    act(&mut w, json!({"type": "update_rules", "set": {"rest": 0}}));
    let fields = json!({"title": "Festival", "first_day": "2026-07-18", "last_day": "2026-07-19", "zone": "Europe/Berlin"});
    act(&mut w, json!({"type": "create_event", "event": "e1", "fields": fields}));
    for place in ["the chapel", "the barn"] {
        act(
            &mut w,
            json!({"type": "add_place", "place": place.replace(' ', "-"), "fields": {"name": place}}),
        );
    }
    w
}

fn shift(w: &mut World, title: &str, start: &str, end: &str, more: Json) {
    let mut fields = json!({"title": title, "start": start, "end": end});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    act(w, json!({"type": "create_assignment", "event": "e1", "assignment": title, "fields": fields}));
    act(w, json!({"type": "assign", "event": "e1", "assignment": title, "helper": "anna"}));
}

/// A shift on Saturday.
fn on_saturday(w: &mut World, title: &str, start: &str, end: &str, more: Json) {
    shift(w, title, &format!("2026-07-18T{start}"), &format!("2026-07-18T{end}"), more);
}

fn limits(w: &mut World, set: Json) {
    act(w, json!({"type": "update_limits", "helper": "anna", "set": set}));
}

fn rules(w: &mut World, set: Json) {
    act(w, json!({"type": "update_rules", "set": set}));
}

fn said(w: &World) -> Vec<String> {
    let mut season = Season::new(NOW, Zones::default());
    season.update(w.iter().map(|(doc, view)| (doc.clone(), Some(Arc::new(view.clone())))));
    season.conflicts().iter().map(|c| explain(c, w)).collect()
}

#[test]
fn two_at_the_same_time() {
    let mut w = plan();
    on_saturday(&mut w, "Bar", "14:00", "18:00", json!({}));
    on_saturday(&mut w, "Kitchen", "16:00", "20:00", json!({}));
    assert_eq!(said(&w), ["Anna is on Bar (14:00–18:00) and Kitchen (16:00–20:00) at the same time: 2 h."]);
    let set = json!({"end": "2026-07-18T17:30"});
    act(&mut w, json!({"type": "update_assignment", "event": "e1", "assignment": "Kitchen", "set": set}));
    assert_eq!(
        said(&w),
        ["Anna has two roles at once, Bar (14:00–18:00) and Kitchen (16:00–17:30): 1 h 30 min."]
    );
}

#[test]
fn times_of_another_day_carry_the_weekday_and_those_of_another_zone_its_name() {
    let mut w = plan();
    on_saturday(&mut w, "Bar", "22:00", "23:30", json!({}));
    let london = json!({"zone": "Europe/London"});
    shift(&mut w, "Night", "2026-07-18T22:00", "2026-07-19T04:00", london);
    assert_eq!(
        said(&w),
        ["Anna is on Bar (22:00–23:30) and Night (22:00–Sun 04:00 Europe/London) at the same time: 30 min."]
    );
}

#[test]
fn the_way_between() {
    let mut w = plan();
    act(&mut w, json!({"type": "set_travel", "from": "the-chapel", "to": "the-barn", "minutes": 25}));
    // Without a place of its own a shift is at that of the event.
    act(&mut w, json!({"type": "update_event", "event": "e1", "set": {"place": "the-chapel"}}));
    on_saturday(&mut w, "Vows", "14:00", "15:00", json!({}));
    on_saturday(&mut w, "Dinner", "15:10", "18:00", json!({"place": "the-barn"}));
    let between = "between Vows (14:00–15:00) and Dinner (15:10–18:00).";
    let way = "From the chapel to the barn takes about 25 min;";
    assert_eq!(said(&w), [format!("{way} there are 10 min {between}")]);
    let move_to = |w: &mut World, start: &str| {
        let set = json!({"start": start});
        act(w, json!({"type": "move_assignment", "event": "e1", "assignment": "Dinner", "set": set}));
    };
    move_to(&mut w, "2026-07-18T15:00");
    let between = "between Vows (14:00–15:00) and Dinner (15:00–18:00).";
    assert_eq!(said(&w), [format!("{way} there is no time {between}")]);
    move_to(&mut w, "2026-07-18T15:30");
    assert_eq!(
        said(&w),
        [format!("{way} with 30 min between Vows (14:00–15:00) and Dinner (15:30–18:00) that is tight.")]
    );
    act(&mut w, json!({"type": "set_travel", "from": "the-chapel", "to": "the-barn", "minutes": null}));
    move_to(&mut w, "2026-07-18T15:05");
    assert_eq!(
        said(&w),
        [
            "Nobody knows where the chapel is; there are 5 min between Vows (14:00–15:00) and Dinner (15:05–18:00)."
        ]
    );
}

#[test]
fn work_between() {
    let mut w = plan();
    on_saturday(&mut w, "Vows", "14:00", "15:00", json!({"tear_down": 20}));
    on_saturday(&mut w, "Dinner", "15:10", "18:00", json!({"preparation": 30}));
    assert_eq!(
        said(&w),
        [
            "Between Vows (14:00–15:00) and Dinner (15:10–18:00) 40 min are missing to tear down (20 min) and prepare (30 min)."
        ]
    );
    act(
        &mut w,
        json!({"type": "update_assignment", "event": "e1", "assignment": "Vows", "set": {"tear_down": 0}}),
    );
    assert_eq!(
        said(&w),
        ["Between Vows (14:00–15:00) and Dinner (15:10–18:00) 20 min are missing to prepare (30 min)."]
    );
}

#[test]
fn rest_and_duty() {
    let mut w = plan();
    rules(&mut w, json!({"rest": 480}));
    on_saturday(&mut w, "Clean-up", "20:00", "23:30", json!({}));
    shift(&mut w, "Breakfast", "2026-07-19T06:00", "2026-07-19T10:00", json!({}));
    let rest = "Anna has only 6 h 30 min of rest between Clean-up (20:00–23:30) and Breakfast (Sun 06:00–Sun 10:00); 8 h are due";
    assert_eq!(said(&w), [format!("{rest}.")]);
    rules(&mut w, json!({"rest_legal": 480}));
    assert_eq!(said(&w), [format!("{rest} by law.")]);
    let mut w = plan();
    rules(&mut w, json!({"rest": 660}));
    on_saturday(&mut w, "Day", "06:00", "15:00", json!({}));
    on_saturday(&mut w, "Evening", "15:00", "20:00", json!({}));
    assert_eq!(
        said(&w),
        [
            "Anna is on duty for 14 h without a rest, from Day (06:00–15:00) to Evening (15:00–20:00); 13 h are the most."
        ]
    );
}

#[test]
fn hours_and_days() {
    let mut w = plan();
    shift(&mut w, "Build", "2026-07-17T08:00", "2026-07-17T14:00", json!({}));
    on_saturday(&mut w, "Bar", "14:00", "20:00", json!({}));
    let one = |w: &mut World, set: Json| {
        let mut w = w.clone();
        limits(&mut w, set);
        said(&w).join(" ")
    };
    assert_eq!(
        one(&mut w, json!({"day_max": 330})),
        "Anna works 6 h on Fri 17 Jul; 5 h 30 min are the most they want. \
         Anna works 6 h on Sat 18 Jul; 5 h 30 min are the most they want."
    );
    assert_eq!(
        one(&mut w, json!({"week_target": 600})),
        "Anna works 12 h in the week from Mon 13 Jul; 10 h are what they wish for."
    );
    assert_eq!(
        one(&mut w, json!({"rolling_max": 600})),
        "Anna works 12 h in the seven days from Fri 17 Jul 08:00; 10 h are the most they want."
    );
    assert_eq!(
        one(&mut w, json!({"days_in_row": 1})),
        "Anna works on 2 days in a row, Fri 17 Jul to Sat 18 Jul; 1 is the most."
    );
    rules(&mut w, json!({"week_legal": 660}));
    assert_eq!(said(&w), ["Anna works 12 h in the week from Mon 13 Jul; 11 h are the most by law."]);
}

#[test]
fn who_is_on_it() {
    let mut w = plan();
    on_saturday(
        &mut w,
        "Bar",
        "14:00",
        "18:00",
        json!({"skills": ["till", "lift"], "adults_only": true, "team": "Parking"}),
    );
    limits(&mut w, json!({"avoids": ["Parking"]}));
    assert_eq!(
        said(&w),
        [
            "Anna lacks what Bar (14:00–18:00) needs: lift, till.",
            "Bar (14:00–18:00) is for adults, and nobody said that Anna is one.",
            "Anna would rather avoid Parking, which Bar (14:00–18:00) is.",
        ]
    );
    act(&mut w, json!({"type": "update_helper", "helper": "anna", "set": {"archived": true}}));
    assert_eq!(said(&w)[0], "Anna is on Bar (14:00–18:00), and not among the helpers any more.");
}

#[test]
fn how_many_are_on_it() {
    let mut w = plan();
    on_saturday(&mut w, "Bar", "14:00", "18:00", json!({"helpers_min": 3}));
    assert_eq!(said(&w), ["1 of 3 helpers for Bar (14:00–18:00); 2 are missing."]);
    act(
        &mut w,
        json!({"type": "update_assignment", "event": "e1", "assignment": "Bar", "set": {"helpers_min": 2}}),
    );
    assert_eq!(said(&w), ["1 of 2 helpers for Bar (14:00–18:00); 1 is missing."]);
}

#[test]
fn how_the_work_is_spread() {
    let mut w = plan();
    for (i, helper) in ["ben", "cleo"].iter().enumerate() {
        act(&mut w, json!({"type": "add_helper", "helper": helper, "fields": {"name": helper}}));
        on_saturday(&mut w, &format!("s{i}"), "14:00", "16:00", json!({}));
        act(
            &mut w,
            json!({"type": "substitute", "event": "e1", "assignment": format!("s{i}"), "from": "anna", "to": helper}),
        );
    }
    on_saturday(&mut w, "Bar", "08:00", "22:00", json!({}));
    assert_eq!(said(&w), ["Anna works 14 h in Festival, where a helper works 6 h on average."]);
}

#[test]
fn time_off_and_hours() {
    let mut w = plan();
    on_saturday(&mut w, "Bar", "14:00", "18:00", json!({}));
    let off = |id: &str, start: &str, end: &str, repeat: Json| {
        json!({"type": "add_time_off", "helper": "anna", "time_off": id, "fields":
            {"start": start, "end": end, "zone": "Europe/Berlin", "repeat": repeat}})
    };
    let mut one = w.clone();
    act(&mut one, off("t", "2026-07-18T16:00", "2026-07-19T16:00", Json::Null));
    assert_eq!(said(&one), ["Anna is off from 16:00 to Sun 16:00, during Bar (14:00–18:00): 2 h."]);
    let mut one = w.clone();
    let asked = judge(
        &one,
        &actor(Role::Helper, Some("anna")),
        off("t", "2026-07-01T16:00", "2026-07-18T15:00", Json::Null),
    );
    apply(&mut one, &asked.unwrap());
    assert_eq!(
        said(&one),
        ["Anna asked to be off from Wed 1 Jul 16:00 to Sat 18 Jul 15:00, during Bar (14:00–18:00): 1 h."]
    );
    let mut one = w.clone();
    act(&mut one, off("t", "0001-07-01T16:00", "0001-07-01T17:00", json!("FREQ=DAILY;COUNT=900000")));
    assert_eq!(
        said(&one),
        [
            "Nobody can tell whether Anna is off during Bar (14:00–18:00): the time off from Sun 1 Jul 16:00 cannot be followed so far."
        ]
    );
    act(&mut w, json!({"type": "set_day_off", "helper": "anna", "day": "2026-07-18"}));
    assert_eq!(said(&w), ["Bar (14:00–18:00) is 4 h outside of the working hours of Anna."]);
}

#[test]
fn calendars() {
    let mut w = plan();
    on_saturday(&mut w, "Bar", "14:00", "18:00", json!({}));
    for (kind, verb) in [
        ("busy", "is busy"),
        ("tentative", "may be busy"),
        ("out_of_office", "is out of office"),
        ("elsewhere", "works elsewhere"),
    ] {
        let mut one = w.clone();
        let mut time = busy("2026-07-18T13:30", "2026-07-18T20:00");
        (time["zone"], time["kind"]) = (json!("Europe/Berlin"), json!(kind));
        act(&mut one, import_busy("anna", "c1", json!([time])));
        let when = "from 13:30 to 20:00, by the calendar Work, during Bar (14:00–18:00): 4 h.";
        assert_eq!(said(&one), [format!("Anna {verb} {when}")]);
    }
    let mut one = w.clone();
    let mut mirror = busy("2026-07-18T13:00", "2026-07-18T17:00");
    (mirror["event"], mirror["assignment"]) = (json!("e1"), json!("Bar"));
    act(&mut one, import_busy("anna", "c1", json!([mirror])));
    assert_eq!(said(&one), ["The calendar Work shows Bar (14:00–18:00) again; it counts once."]);

    let read = |w: &World, set: Json| {
        let mut w = w.clone();
        let mut import = import_busy("anna", "c1", json!([]));
        import["fields"].as_object_mut().unwrap().extend(set.as_object().unwrap().clone());
        act(&mut w, import);
        said(&w).join(" ")
    };
    let whether = "nobody can tell whether Anna is free for Bar (14:00–18:00).";
    assert_eq!(
        read(&w, json!({"last_day": "2026-07-17"})),
        format!("The calendar Work was not read for these days: {whether}")
    );
    assert_eq!(
        read(&w, json!({"truncated": true})),
        format!("The calendar Work was read only in part: {whether}")
    );
    assert_eq!(read(&w, json!({"at": 0})), format!("The calendar Work was read too long ago: {whether}"));
    shift(&mut w, "Build", "2026-07-17T08:00", "2026-07-17T14:00", json!({}));
    assert_eq!(
        read(&w, json!({"at": 0})),
        "The calendar Work was read too long ago: nobody can tell whether Anna is free for 2 shifts."
    );
}

#[test]
fn clock_changes_and_zones() {
    let mut w = plan();
    shift(&mut w, "Night", "2026-10-25T02:30", "2026-10-25T05:00", json!({}));
    shift(&mut w, "Owl", "2026-03-28T23:00", "2026-03-29T02:30", json!({}));
    assert_eq!(
        said(&w),
        [
            "Night starts Sun 25 Oct 02:30, a time that comes twice; say which is meant.",
            "Owl ends Sun 29 Mar 02:30, a time that the clock leaves out.",
        ]
    );
    let event = w.get_mut(&doc("event/e1")).unwrap();
    let mut cells = event.row(Table::Assignments, "Night").unwrap().as_ref().clone();
    cells.set(wedsync_domain::Field::Zone, "Europe/Atlantis".into());
    event.insert(Table::Assignments, "Night", cells);
    assert_eq!(said(&w)[0], "Nobody knows when Night is: its time zone, Europe/Atlantis, is unknown.");
}

/// What this side does not know it does not say.
#[test]
fn names_that_are_not_known_are_circumscribed() {
    let mut w = plan();
    on_saturday(&mut w, "Bar", "14:00", "18:00", json!({}));
    act(&mut w, import_busy("anna", "c1", json!([busy("2026-07-18T13:00", "2026-07-18T17:00")])));
    let mut season = Season::new(NOW, Zones::default());
    season.update(w.iter().map(|(doc, view)| (doc.clone(), Some(Arc::new(view.clone())))));
    let conflict = season.conflicts()[0].clone();
    let sentence =
        "a helper is busy from 2026-07-18T13:00 to 2026-07-18T17:00, by a calendar, during a shift: 4 h.";
    assert_eq!(explain(&conflict, &World::new()).replace("Sat 18 Jul ", "2026-07-18T"), sentence);
}
