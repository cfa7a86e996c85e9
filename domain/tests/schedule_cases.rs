//! Cases of scheduling that are easily got wrong, each with its values written out.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value as Json, json};
use std::sync::Arc;
use support::{World, act, busy, coordinator, doc, import_busy, judge};
use wedsync_domain::schedule::{Confidence, Conflict, ConflictKind as Kind, Fact, Season, Severity};
use wedsync_domain::zone::Zones;
use wedsync_domain::{Field, Row, Table};

/// 2026-07-01T00:00Z.
const NOW: i64 = 1_782_864_000_000;

/// Anna, Ben and an event `e1` in this zone, with no rules but those that a case makes.
fn plan(zone: &str) -> World {
    let mut w = World::new();
    act(&mut w, json!({"type": "add_helper", "helper": "anna", "fields": {"name": "Anna"}}));
    act(&mut w, json!({"type": "add_helper", "helper": "ben", "fields": {"name": "Ben"}}));
    act(&mut w, json!({"type": "update_rules", "set": {"rest": 0}}));
    event(&mut w, "e1", zone);
    w
}

fn event(w: &mut World, id: &str, zone: &str) {
    let fields =
        json!({"title": "Festival", "first_day": "2026-07-18", "last_day": "2026-07-19", "zone": zone});
    act(w, json!({"type": "create_event", "event": id, "fields": fields}));
}

/// A shift of `e1` with Anna on it.
fn anna_on(w: &mut World, id: &str, start: &str, end: &str, more: Json) {
    anna_on_in(w, "e1", id, start, end, more);
}

fn anna_on_in(w: &mut World, event: &str, id: &str, start: &str, end: &str, more: Json) {
    let mut fields = json!({"title": id, "start": start, "end": end, "helpers_max": 2});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    act(w, json!({"type": "create_assignment", "event": event, "assignment": id, "fields": fields}));
    act(w, json!({"type": "assign", "event": event, "assignment": id, "helper": "anna"}));
}

fn place(w: &mut World, id: &str, latitude: i64, venue: Json) {
    let mut fields = json!({"name": id, "latitude": latitude, "longitude": 8_000_000});
    if !venue.is_null() {
        fields["venue"] = venue;
    }
    act(w, json!({"type": "add_place", "place": id, "fields": fields}));
}

fn limits(w: &mut World, set: Json) {
    act(w, json!({"type": "update_limits", "helper": "anna", "set": set}));
}

fn rules(w: &mut World, set: Json) {
    act(w, json!({"type": "update_rules", "set": set}));
}

fn season(w: &World) -> Season {
    let mut season = Season::new(NOW, Zones::default());
    season.update(w.iter().map(|(doc, view)| (doc.clone(), Some(Arc::new(view.clone())))));
    season
}

fn conflicts(w: &World) -> Vec<Conflict> {
    season(w).conflicts().into_iter().cloned().collect()
}

/// Of each conflict its kind, severity and score.
fn found(w: &World) -> Vec<(Kind, Severity, u32)> {
    conflicts(w).iter().map(|c| (c.kind, c.severity, c.score)).collect()
}

use Severity::{Hard, Info, Medium, Soft};

#[test]
fn case_01_a_start_in_the_spring_gap_is_an_hour_on_and_said() {
    let mut w = plan("Europe/Berlin");
    anna_on(&mut w, "night", "2026-03-29T02:30", "2026-03-29T05:00", json!({}));
    anna_on(&mut w, "early", "2026-03-29T03:00", "2026-03-29T05:00", json!({}));
    // From 03:30 to 05:00, not from 02:30.
    assert_eq!(found(&w), [(Kind::DoubleRole, Hard, 90), (Kind::DstAmbiguous, Info, 0)]);
}

#[test]
fn case_02_a_start_that_comes_twice_is_the_first_and_said_until_somebody_says_which() {
    let mut w = plan("Europe/Berlin");
    anna_on(&mut w, "night", "2026-10-25T02:30", "2026-10-25T04:00", json!({}));
    anna_on(&mut w, "late", "2026-10-24T22:00", "2026-10-25T03:00", json!({}));
    // From the first 02:30 until 03:00 there are 90 minutes, from the second 30.
    assert_eq!(found(&w), [(Kind::Overlap, Hard, 90), (Kind::DstAmbiguous, Info, 0)]);
    act(
        &mut w,
        json!({"type": "move_assignment", "event": "e1", "assignment": "night", "set": {"fold": "start"}}),
    );
    assert_eq!(found(&w), [(Kind::Overlap, Hard, 30)]);
}

/// Away for longer rather than back too soon.
#[test]
fn a_time_off_that_ends_at_a_time_that_comes_twice_lasts_until_the_second() {
    let mut w = plan("Europe/Berlin");
    let fields = json!({"start": "2026-10-24T18:00", "end": "2026-10-25T02:30", "zone": "Europe/Berlin"});
    act(&mut w, json!({"type": "add_time_off", "helper": "anna", "time_off": "t", "fields": fields}));
    anna_on(&mut w, "night", "2026-10-25T01:00", "2026-10-25T05:00", json!({}));
    assert_eq!(found(&w), [(Kind::TimeOff, Hard, 150)]);
}

#[test]
fn case_03_a_night_is_seven_hours_in_spring_and_nine_in_autumn() {
    for (start, end, over) in [
        ("2026-03-28T22:00", "2026-03-29T06:00", 420),
        ("2026-10-24T22:00", "2026-10-25T06:00", 540),
        ("2026-07-18T22:00", "2026-07-19T06:00", 480),
    ] {
        let mut w = plan("Europe/Berlin");
        rules(&mut w, json!({"week_legal": 1}));
        limits(&mut w, json!({"zone": "Asia/Kathmandu"}));
        anna_on(&mut w, "night", start, end, json!({}));
        // From a Saturday to a Sunday, all of it in one week.
        assert_eq!(found(&w), [(Kind::MaxHours, Hard, over - 1)], "{start}");
    }
}

#[test]
fn case_04_an_hour_over_the_change_is_never_nothing_and_never_two_without_a_word() {
    for (start, end, minutes) in
        [("2026-03-29T02:30", "2026-03-29T03:30", 60), ("2026-10-25T02:30", "2026-10-25T03:30", 120)]
    {
        let mut w = plan("Europe/Berlin");
        act(
            &mut w,
            json!({"type": "create_assignment", "event": "e1", "assignment": "a", "fields":
            {"title": "Bar", "start": start, "end": end}}),
        );
        let ends = [(Kind::Understaffed, Medium, minutes), (Kind::DstAmbiguous, Info, 0)];
        assert_eq!(found(&w), ends, "{start}");
    }
}

/// A time off that repeats at 02:30 for five days is not there on the day without 02:30, and goes on a day longer.
#[test]
fn case_05_a_recurrence_over_the_gap_leaves_that_day_out_and_does_not_count_it() {
    let mut w = plan("Europe/Berlin");
    act(
        &mut w,
        json!({"type": "add_time_off", "helper": "anna", "time_off": "t", "fields": {"start": "2026-03-27T02:30",
        "end": "2026-03-27T04:00", "zone": "Europe/Berlin", "repeat": "FREQ=DAILY;COUNT=5"}}),
    );
    for day in 27..=31 {
        let night = format!("2026-03-{day}T01:00");
        anna_on(&mut w, &format!("d{day}"), &night, &night.replace("T01:00", "T05:00"), json!({}));
    }
    anna_on(&mut w, "d01", "2026-04-01T01:00", "2026-04-01T05:00", json!({}));
    anna_on(&mut w, "d02", "2026-04-02T01:00", "2026-04-02T05:00", json!({}));
    let shifts: Vec<String> = conflicts(&w)
        .iter()
        .filter(|c| c.kind == Kind::TimeOff)
        .map(|c| c.shifts[0].assignment.to_string())
        .collect();
    assert_eq!(shifts, ["d01", "d27", "d28", "d30", "d31"]);
}

#[test]
fn case_06_a_weekly_time_off_stays_at_its_hour_and_until_is_inclusive() {
    let mut w = plan("Europe/Berlin");
    // 07:00Z is 09:00 in summer.
    act(
        &mut w,
        json!({"type": "add_time_off", "helper": "anna", "time_off": "t", "fields": {"start": "2026-03-26T09:00",
        "end": "2026-03-26T10:00", "zone": "Europe/Berlin", "repeat": "FREQ=WEEKLY;UNTIL=20260409T070000Z"}}),
    );
    for day in ["2026-03-26", "2026-04-02", "2026-04-09", "2026-04-16"] {
        let (start, end) = (format!("{day}T08:00"), format!("{day}T09:30"));
        anna_on(&mut w, &day[5..], &start, &end, json!({}));
    }
    assert_eq!(found(&w), [(Kind::TimeOff, Hard, 30); 3]);
}

#[test]
fn case_07_the_day_in_cairo_begins_at_one() {
    let mut w = plan("Africa/Cairo");
    limits(&mut w, json!({"zone": "Africa/Cairo", "day_max": 60}));
    anna_on(&mut w, "night", "2026-04-23T22:00", "2026-04-24T03:00", json!({}));
    // Two hours until midnight and two from one to three.
    assert_eq!(found(&w), [(Kind::MaxHours, Medium, 60), (Kind::MaxHours, Medium, 60)]);
}

#[test]
fn case_08_a_day_on_lord_howe_has_1410_minutes() {
    let mut w = plan("Australia/Lord_Howe");
    limits(&mut w, json!({"zone": "Australia/Lord_Howe", "day_max": 1}));
    anna_on(&mut w, "day", "2026-10-04T00:00", "2026-10-05T00:00", json!({}));
    assert_eq!(found(&w), [(Kind::MaxHours, Medium, 1409)]);
}

#[test]
fn case_09_offsets_of_half_and_quarter_hours() {
    let mut w = plan("Asia/Kolkata");
    anna_on(&mut w, "here", "2026-07-18T12:00", "2026-07-18T14:00", json!({}));
    anna_on(&mut w, "there", "2026-07-18T14:00", "2026-07-18T16:00", json!({"zone": "Asia/Kathmandu"}));
    // 14:00 in Kathmandu is 13:45 in Kolkata.
    assert_eq!(found(&w), [(Kind::Overlap, Hard, 15)]);
}

#[test]
fn case_10_apia_had_no_30th_of_december_2011() {
    let mut w = plan("Pacific/Apia");
    limits(&mut w, json!({"zone": "Pacific/Apia", "day_max": 60, "days_in_row": 1}));
    anna_on(&mut w, "eve", "2011-12-29T22:00", "2011-12-31T02:00", json!({}));
    // Four hours on two civil days, between which there is one that was none: not in a row.
    assert_eq!(found(&w), [(Kind::MaxHours, Medium, 60), (Kind::MaxHours, Medium, 60)]);
}

#[test]
fn case_11_back_to_back_is_no_overlap() {
    let mut w = plan("Europe/Berlin");
    anna_on(&mut w, "a", "2026-07-18T14:00", "2026-07-18T16:00", json!({}));
    anna_on(&mut w, "b", "2026-07-18T16:00", "2026-07-18T18:00", json!({}));
    assert_eq!(found(&w), []);
}

/// 179,860 millionths of a degree of latitude are 20.0 km: 12 minutes by car at best, 39 and five to park as expected.
#[test]
fn case_12_back_to_back_twenty_kilometres_apart_is_a_matter_of_travel_only() {
    let mut w = plan("Europe/Berlin");
    place(&mut w, "here", 50_000_000, Json::Null);
    place(&mut w, "there", 50_179_860, Json::Null);
    limits(&mut w, json!({"travel_mode": "car"}));
    anna_on(&mut w, "a", "2026-07-18T14:00", "2026-07-18T16:00", json!({"place": "here"}));
    anna_on(&mut w, "b", "2026-07-18T16:00", "2026-07-18T18:00", json!({"place": "there"}));
    assert_eq!(found(&w), [(Kind::TravelInfeasible, Hard, 44)]);
    let facts = conflicts(&w)[0].facts.clone();
    assert_eq!(facts, [Fact::Way { gap: 0, shortest: 12, expected: 44 }]);
    // 20 minutes between them are more than the way takes at best, and less than it takes with the margin of ten.
    act(
        &mut w,
        json!({"type": "move_assignment", "event": "e1", "assignment": "b", "set": {"start": "2026-07-18T16:20"}}),
    );
    assert_eq!(found(&w), [(Kind::TravelInfeasible, Medium, 34)]);
    act(
        &mut w,
        json!({"type": "move_assignment", "event": "e1", "assignment": "b", "set": {"start": "2026-07-18T16:54"}}),
    );
    assert_eq!(found(&w), []);
}

#[test]
fn case_13_in_one_house_nobody_travels_but_preparing_takes_time() {
    let mut w = plan("Europe/Berlin");
    place(&mut w, "hall", 50_000_000, json!("Castle"));
    place(&mut w, "cellar", 50_179_860, json!("Castle"));
    anna_on(&mut w, "a", "2026-07-18T14:00", "2026-07-18T16:00", json!({"place": "hall"}));
    anna_on(
        &mut w,
        "b",
        "2026-07-18T16:10",
        "2026-07-18T18:00",
        json!({"place": "cellar", "preparation": 30}),
    );
    assert_eq!(found(&w), [(Kind::Preparation, Medium, 20)]);
}

#[test]
fn case_14_tearing_down_and_preparing_add_up() {
    let mut w = plan("Europe/Berlin");
    anna_on(&mut w, "a", "2026-07-18T14:00", "2026-07-18T16:00", json!({"tear_down": 20}));
    anna_on(&mut w, "b", "2026-07-18T16:30", "2026-07-18T18:00", json!({"preparation": 20}));
    assert_eq!(found(&w), [(Kind::Preparation, Soft, 10)]);
}

#[test]
fn case_15_travel_over_a_zone_border_is_by_what_elapses() {
    let mut w = plan("Europe/Berlin");
    place(&mut w, "here", 50_000_000, Json::Null);
    place(&mut w, "there", 50_100_000, Json::Null);
    act(&mut w, json!({"type": "set_travel", "from": "here", "to": "there", "minutes": 45}));
    anna_on(&mut w, "a", "2026-07-18T14:00", "2026-07-18T16:00", json!({"place": "here"}));
    // On the clocks it begins as the other ends; an hour elapses between them.
    let there = json!({"place": "there", "zone": "Europe/London"});
    anna_on(&mut w, "b", "2026-07-18T16:00", "2026-07-18T18:00", there);
    assert_eq!(found(&w), []);
    let set = json!({"start": "2026-07-18T15:30"});
    act(&mut w, json!({"type": "move_assignment", "event": "e1", "assignment": "b", "set": set}));
    assert_eq!(found(&w), [(Kind::TravelInfeasible, Hard, 15)]);
}

/// An event of a calendar that lasts whole days comes as a busy time from midnight to midnight.
#[test]
fn case_16_an_all_day_event_is_of_its_zone_and_ends_before_the_next_day() {
    let mut w = plan("Europe/Berlin");
    let all_day = json!({"start": "2026-07-18T00:00", "end": "2026-07-19T00:00", "zone": "Europe/London", "kind": "busy"});
    act(&mut w, import_busy("anna", "c1", json!([all_day])));
    // It ends at 01:00 in Berlin.
    anna_on(&mut w, "a", "2026-07-19T00:30", "2026-07-19T03:00", json!({}));
    anna_on(&mut w, "b", "2026-07-19T03:00", "2026-07-19T04:00", json!({}));
    assert_eq!(found(&w), [(Kind::ExternalBusy, Hard, 30)]);
}

#[test]
fn case_17_what_began_long_before_still_counts() {
    let mut w = plan("Europe/Berlin");
    act(&mut w, import_busy("anna", "c1", json!([busy("2026-07-02T09:00", "2026-07-18T15:00")])));
    act(
        &mut w,
        json!({"type": "add_time_off", "helper": "anna", "time_off": "t", "fields": {"start": "2026-06-01T09:00",
        "end": "2026-07-18T14:10", "zone": "Europe/Berlin"}}),
    );
    anna_on(&mut w, "a", "2026-07-18T14:00", "2026-07-18T18:00", json!({}));
    // 15:00 in London is 16:00 here.
    assert_eq!(found(&w), [(Kind::ExternalBusy, Hard, 120), (Kind::TimeOff, Hard, 10)]);
}

fn weekly(w: &mut World) {
    act(
        w,
        json!({"type": "add_time_off", "helper": "anna", "time_off": "t", "fields": {"start": "2026-07-04T14:00",
        "end": "2026-07-04T16:00", "zone": "Europe/Berlin", "repeat": "FREQ=WEEKLY"}}),
    );
}

#[test]
fn case_18_an_instance_moved_to_another_day_and_onto_its_sibling() {
    let mut w = plan("Europe/Berlin");
    weekly(&mut w);
    anna_on(&mut w, "sat", "2026-07-18T14:00", "2026-07-18T18:00", json!({}));
    anna_on(&mut w, "sun", "2026-07-19T14:00", "2026-07-19T18:00", json!({}));
    anna_on(&mut w, "next", "2026-07-25T14:00", "2026-07-25T18:00", json!({}));
    let at = |w: &World| {
        let off = conflicts(w).into_iter().filter(|c| c.kind == Kind::TimeOff);
        off.map(|c| (c.shifts[0].assignment.to_string(), c.severity, c.score)).collect::<Vec<_>>()
    };
    assert_eq!(at(&w), [("next".into(), Hard, 120), ("sat".into(), Hard, 120)]);
    let moved = |start: &str, end: &str| {
        json!({"type": "add_time_off", "helper": "anna", "time_off": "x", "fields": {"start": start, "end": end,
            "zone": "Europe/Berlin", "series": "t", "instance": "2026-07-18T14:00"}})
    };
    let mut on_sunday = w.clone();
    act(&mut on_sunday, moved("2026-07-19T15:00", "2026-07-19T16:00"));
    assert_eq!(at(&on_sunday), [("next".into(), Hard, 120), ("sun".into(), Hard, 60)]);
    // Onto that of the next week: both are there, each with an id of its own.
    act(&mut w, moved("2026-07-25T14:00", "2026-07-25T16:00"));
    assert_eq!(at(&w), [("next".into(), Hard, 120), ("next".into(), Hard, 120)]);
    assert_ne!(conflicts(&w)[0].id, conflicts(&w)[1].id);
}

#[test]
fn a_move_of_one_instance_that_is_only_asked_for_is_no_hard_conflict() {
    let mut w = plan("Europe/Berlin");
    weekly(&mut w);
    anna_on(&mut w, "sun", "2026-07-19T14:00", "2026-07-19T18:00", json!({}));
    let ask = json!({"type": "add_time_off", "helper": "anna", "time_off": "x", "fields": {"start": "2026-07-19T15:00",
        "end": "2026-07-19T16:00", "zone": "Europe/Berlin", "series": "t", "instance": "2026-07-18T14:00"}});
    let anna = support::actor(wedsync_domain::Role::Helper, Some("anna"));
    let asked = judge(&w, &anna, ask).unwrap();
    support::apply(&mut w, &asked);
    assert_eq!(found(&w), [(Kind::TimeOff, Medium, 60)]);
    act(&mut w, json!({"type": "decide_time_off", "helper": "anna", "time_off": "x", "approved": true}));
    assert_eq!(found(&w), [(Kind::TimeOff, Hard, 60)]);
}

#[test]
fn case_19_an_instance_left_out_then_the_series_deleted() {
    let mut w = plan("Europe/Berlin");
    weekly(&mut w);
    anna_on(&mut w, "sat", "2026-07-18T14:00", "2026-07-18T18:00", json!({}));
    anna_on(&mut w, "next", "2026-07-25T14:00", "2026-07-25T18:00", json!({}));
    assert_eq!(found(&w).len(), 2);
    act(
        &mut w,
        json!({"type": "update_time_off", "helper": "anna", "time_off": "t", "set": {"except": ["2026-07-18T14:00"]}}),
    );
    assert_eq!(conflicts(&w).iter().map(|c| &*c.shifts[0].assignment).collect::<Vec<_>>(), ["next"]);
    act(&mut w, json!({"type": "remove_time_off", "helper": "anna", "time_off": "t"}));
    assert_eq!(found(&w), []);
}

/// A calendar ends the series and begins another: the next read replaces all of its busy times.
#[test]
fn case_20_this_and_all_following_changed_comes_as_another_series() {
    let mut w = plan("Europe/Berlin");
    let weeks = |hours: [&str; 3]| {
        let days = ["2026-07-11", "2026-07-18", "2026-07-25"].iter().zip(hours);
        json!(
            days.map(|(day, hour)| busy(&format!("{day}T{hour}:00"), &format!("{day}T{hour}:30")))
                .collect::<Vec<_>>()
        )
    };
    anna_on(&mut w, "sat", "2026-07-18T14:00", "2026-07-18T18:00", json!({}));
    act(&mut w, import_busy("anna", "c1", weeks(["13", "13", "13"])));
    assert_eq!(found(&w), [(Kind::ExternalBusy, Hard, 30)]);
    let before = conflicts(&w)[0].id.clone();
    act(&mut w, import_busy("anna", "c1", weeks(["13", "16", "16"])));
    assert_eq!(found(&w), [(Kind::ExternalBusy, Hard, 30)]);
    assert_ne!(conflicts(&w)[0].id, before);
    act(&mut w, import_busy("anna", "c1", weeks(["13", "19", "19"])));
    assert_eq!(found(&w), []);
}

#[test]
fn case_21_how_busy_a_busy_time_is() {
    for (kind, expected) in [
        ("busy", Some(Hard)),
        ("out_of_office", Some(Hard)),
        ("tentative", Some(Medium)),
        ("elsewhere", Some(Medium)),
        // Declined invitations are read as free.
        ("free", None),
    ] {
        let mut w = plan("Europe/London");
        let mut time = busy("2026-07-18T13:00", "2026-07-18T15:00");
        time["kind"] = json!(kind);
        act(&mut w, import_busy("anna", "c1", json!([time])));
        anna_on(&mut w, "a", "2026-07-18T14:00", "2026-07-18T18:00", json!({}));
        let expected: Vec<_> =
            expected.map(|severity| (Kind::ExternalBusy, severity, 60)).into_iter().collect();
        assert_eq!(found(&w), expected, "{kind}");
    }
}

#[test]
fn case_22_no_length_is_no_conflict_and_an_end_before_the_start_is_refused() {
    let mut w = plan("Europe/London");
    anna_on(&mut w, "a", "2026-07-18T14:00", "2026-07-18T18:00", json!({}));
    for at in ["2026-07-18T14:00", "2026-07-18T16:00", "2026-07-18T18:00"] {
        let fields = json!({"title": "None", "start": at, "end": at});
        let none =
            json!({"type": "create_assignment", "event": "e1", "assignment": "none", "fields": fields});
        assert_eq!(judge(&w, &coordinator(), none).unwrap_err().field.as_deref(), Some("end"));
        // As an older version may have stored it.
        let mut cells = Row::default();
        for (field, value) in [
            (Field::Calendar, "c1"),
            (Field::Start, at),
            (Field::End, at),
            (Field::Zone, "Europe/London"),
            (Field::Kind, "busy"),
        ] {
            cells.set(field, value.into());
        }
        w.entry(doc("person/anna")).or_default().insert(Table::Busy, format!("c1.{at}"), cells);
    }
    assert_eq!(found(&w), []);
}

#[test]
fn case_23_a_shift_over_midnight_counts_on_both_days_and_in_both_weeks() {
    let mut w = plan("Europe/Berlin");
    // From Sunday 20:00 to Monday 06:00.
    anna_on(&mut w, "a", "2026-07-19T20:00", "2026-07-20T06:00", json!({}));
    limits(&mut w, json!({"zone": "Europe/Berlin", "day_max": 300}));
    assert_eq!(found(&w), [(Kind::MaxHours, Medium, 60)]);
    limits(&mut w, json!({"day_max": null, "week_max": 200}));
    assert_eq!(found(&w), [(Kind::MaxHours, Medium, 160), (Kind::MaxHours, Medium, 40)]);
    // In London all of it is an hour earlier.
    limits(&mut w, json!({"zone": "Europe/London"}));
    assert_eq!(found(&w), [(Kind::MaxHours, Medium, 100), (Kind::MaxHours, Medium, 100)]);
}

#[test]
fn case_24_seven_days_on_end_do_not_depend_on_a_zone() {
    let mut w = plan("Europe/Berlin");
    limits(&mut w, json!({"zone": "Europe/Berlin", "rolling_max": 600}));
    anna_on(&mut w, "thu", "2026-07-16T10:00", "2026-07-16T16:00", json!({}));
    let there = json!({"zone": "Asia/Kathmandu"});
    anna_on(&mut w, "wed", "2026-07-22T10:00", "2026-07-22T16:00", there.clone());
    // In two weeks, but within seven days.
    assert_eq!(found(&w), [(Kind::MaxHours, Medium, 120)]);
    limits(&mut w, json!({"zone": "Asia/Kathmandu"}));
    assert_eq!(found(&w), [(Kind::MaxHours, Medium, 120)]);
    // It begins two hours before the seven days end.
    let set = json!({"start": "2026-07-23T11:45", "end": "2026-07-23T17:45"});
    act(&mut w, json!({"type": "move_assignment", "event": "e1", "assignment": "wed", "set": set}));
    limits(&mut w, json!({"rolling_max": 400}));
    assert_eq!(found(&w), [(Kind::MaxHours, Medium, 80)]);
}

#[test]
fn case_25_rest_over_the_fold_is_by_what_elapses() {
    let mut w = plan("Europe/Berlin");
    rules(&mut w, json!({"rest": 660, "rest_legal": 600}));
    anna_on(&mut w, "late", "2026-10-24T16:00", "2026-10-24T21:00", json!({}));
    anna_on(&mut w, "early", "2026-10-25T07:00", "2026-10-25T10:00", json!({}));
    // Ten hours on the clock are eleven.
    assert_eq!(found(&w), []);
    let set = json!({"start": "2026-10-25T06:59"});
    act(&mut w, json!({"type": "move_assignment", "event": "e1", "assignment": "early", "set": set}));
    assert_eq!(found(&w), [(Kind::Rest, Medium, 1)]);
    assert_eq!(conflicts(&w)[0].facts, [Fact::Rest { minutes: 659, due: 660, legal: false }]);
    let set = json!({"start": "2026-10-25T05:59"});
    act(&mut w, json!({"type": "move_assignment", "event": "e1", "assignment": "early", "set": set}));
    assert_eq!(found(&w), [(Kind::Rest, Hard, 61)]);
}

#[test]
fn case_26_the_same_shift_seen_through_two_calendars_counts_once() {
    let mut w = plan("Europe/London");
    anna_on(&mut w, "a", "2026-07-18T14:00", "2026-07-18T18:00", json!({}));
    anna_on(&mut w, "b", "2026-07-18T18:00", "2026-07-18T19:00", json!({}));
    let mut mirror = busy("2026-07-18T14:00", "2026-07-18T18:30");
    (mirror["event"], mirror["assignment"]) = (json!("e1"), json!("a"));
    for calendar in ["c1", "c2"] {
        act(&mut w, import_busy("anna", calendar, json!([mirror])));
    }
    // For information once a calendar; that it also lies over the next shift is no matter.
    assert_eq!(found(&w), [(Kind::DuplicateMirror, Info, 0), (Kind::DuplicateMirror, Info, 0)]);
}

#[test]
fn case_27_outside_of_what_was_read_of_a_calendar_nothing_is_known_to_be_free() {
    let mut w = plan("Europe/London");
    act(&mut w, import_busy("anna", "c1", json!([busy("2026-07-18T15:00", "2026-07-18T16:00")])));
    anna_on(&mut w, "a", "2026-08-01T14:00", "2026-08-01T18:00", json!({}));
    let unknown = conflicts(&w);
    assert_eq!(found(&w), [(Kind::StaleOrUnknown, Medium, 240)]);
    assert_eq!(unknown[0].confidence, Confidence::Unknown);
    // The busy time was moved out of July, and is gone: still nothing is said of August.
    act(&mut w, import_busy("anna", "c1", json!([])));
    assert_eq!(conflicts(&w), unknown);
}

#[test]
fn case_28_an_unknown_zone_is_not_taken_for_any_time() {
    let mut w = plan("Europe/London");
    anna_on(&mut w, "a", "2026-07-18T14:00", "2026-07-18T18:00", json!({}));
    for zone in ["Europe/Atlantis", "Romance Standard Time", ""] {
        let mut w = w.clone();
        // No command would store these; another version's data could have them.
        let event = w.get_mut(&doc("event/e1")).unwrap();
        let mut cells = event.row(Table::Assignments, "a").unwrap().as_ref().clone();
        cells.set(Field::Zone, zone.into());
        event.insert(Table::Assignments, "a", cells);
        assert_eq!(found(&w), [(Kind::StaleOrUnknown, Medium, 240)], "{zone}");
        assert_eq!(conflicts(&w)[0].facts, [Fact::NoZone { zone: zone.into() }]);
    }
    // A busy time of which nobody knows the zone may be at any hour of that day.
    let mut cells = Row::default();
    let times = [(Field::Start, "2026-07-18T04:00"), (Field::End, "2026-07-18T05:00")];
    for (field, value) in
        times.into_iter().chain([(Field::Calendar, "c1"), (Field::Zone, "Local"), (Field::Kind, "busy")])
    {
        cells.set(field, value.into());
    }
    w.entry(doc("person/anna")).or_default().insert(Table::Busy, "c1.00000", cells);
    // It may end at 17:00Z, twelve hours behind UTC; the shift is from 13:00Z to 17:00Z.
    assert_eq!(found(&w), [(Kind::StaleOrUnknown, Medium, 240)]);
    assert_eq!(conflicts(&w)[0].confidence, Confidence::Unknown);
}

#[test]
fn case_29_two_coordinators_put_one_helper_on_two_shifts_while_offline() {
    let mut hub = plan("Europe/Berlin");
    event(&mut hub, "e2", "Europe/Berlin");
    for event in ["e1", "e2"] {
        let fields = json!({"title": "Bar", "start": "2026-07-18T14:00", "end": "2026-07-18T18:00"});
        act(
            &mut hub,
            json!({"type": "create_assignment", "event": event, "assignment": "bar", "fields": fields}),
        );
    }
    let (one, other) = (hub.clone(), hub.clone());
    let assign =
        |event: &str| json!({"type": "assign", "event": event, "assignment": "bar", "helper": "anna"});
    // Each sees no conflict in what they do.
    for (mut device, event) in [(one, "e1"), (other, "e2")] {
        act(&mut device, assign(event));
        assert_eq!(found(&device), [(Kind::Understaffed, Medium, 240)]);
    }
    // The hub accepts both, in either order, and both devices see the conflict.
    act(&mut hub, assign("e1"));
    act(&mut hub, assign("e2"));
    assert_eq!(found(&hub), [(Kind::Overlap, Hard, 240)]);
    assert_eq!(conflicts(&hub)[0].id, "overlap:anna:e1/bar+e2/bar:");
}

#[test]
fn case_30_with_other_zone_data_the_conflict_differs_and_the_plan_does_not() {
    let mut w = plan("Africa/Cairo");
    anna_on(&mut w, "a", "2026-07-18T14:00", "2026-07-18T18:00", json!({}));
    anna_on(&mut w, "b", "2026-07-18T14:00", "2026-07-18T17:00", json!({"zone": "Europe/London"}));
    // In summer Cairo is two hours ahead of London, by older rules one.
    assert_eq!(found(&w), [(Kind::Overlap, Hard, 120)]);
    let mut older = Zones::default();
    older.insert("Africa/Cairo", jiff::tz::TimeZone::posix("EET-2").unwrap());
    let mut season = Season::new(NOW, older);
    season.update(w.iter().map(|(doc, view)| (doc.clone(), Some(Arc::new(view.clone())))));
    let found: Vec<_> = season.conflicts().iter().map(|c| (c.kind, c.score)).collect();
    assert_eq!(found, [(Kind::DoubleRole, 180)]);
}
