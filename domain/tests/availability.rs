//! When and how people may be planned: limits, rules, hours and time off.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value as Json, json};
use support::{
    World, act, act_as, actor, anna, code, coordinator, doc, import_busy, invalid, judge, person, refusal,
    refused, update, world,
};
use wedsync_domain::{Decision, RefusalCode as Code, Role, Table, Value, project};

fn limits(set: Json) -> Json {
    json!({"type": "update_limits", "helper": "anna", "set": set})
}

fn rules(set: Json) -> Json {
    json!({"type": "update_rules", "set": set})
}

fn hours(day: &str, from: &str, to: &str) -> Json {
    json!({"type": "set_working_hours", "helper": "anna", "day": day, "hours": {"from": from, "to": to}})
}

fn day_off(day: &str) -> Json {
    json!({"type": "set_day_off", "helper": "anna", "day": day})
}

fn travel(from: &str, to: &str, minutes: Json) -> Json {
    json!({"type": "set_travel", "from": from, "to": to, "minutes": minutes})
}

/// A new time off on Friday 3 July 2026, 18:00 to 22:00, with more fields or other ones.
fn time_off(id: &str, more: Json) -> Json {
    let mut fields = json!({"start": "2026-07-03T18:00", "end": "2026-07-03T22:00", "zone": "Europe/London"});
    for (key, value) in more.as_object().unwrap() {
        fields[key] = value.clone();
    }
    json!({"type": "add_time_off", "helper": "anna", "time_off": id, "fields": fields})
}

fn update_time_off(id: &str, set: Json) -> Json {
    json!({"type": "update_time_off", "helper": "anna", "time_off": id, "set": set})
}

#[test]
fn limits_round_trip_and_empty_again() {
    let mut w = world();
    let set = json!({"zone": "Europe/London", "latitude": 49_954_210, "longitude": 7_918_340, "travel_mode": "bicycle",
        "day_max": 480, "week_max": 2400, "rolling_max": 2880, "week_target": 1200, "rest": 660, "days_in_row": 6,
        "likes": ["Bar", "Kitchen", "Bar"], "avoids": ["Parking"]});
    act_as(&mut w, &anna(), limits(set));
    let now = person(&w, "anna").limits;
    assert_eq!(
        serde_json::to_value(&now).unwrap(),
        json!({"zone": "Europe/London", "latitude": 49.95421, "longitude": 7.91834, "travel_mode": "bicycle",
            "day_max": 480, "week_max": 2400, "rolling_max": 2880, "week_target": 1200, "rest": 660, "days_in_row": 6,
            "likes": ["Bar", "Kitchen"], "avoids": ["Parking"]})
    );
    // A coordinator who saw another value overwrites it, and hears of it.
    let late = json!({"type": "update_limits", "helper": "anna", "set": {"day_max": 600, "rest": 660}, "saw": {"day_max": 300}});
    let decision = act(&mut w, late);
    assert_eq!((decision.changes.len(), &decision.replaced[0].value), (1, &Value::Int(480)));
    act(&mut w, limits(json!({"day_max": null, "latitude": null, "longitude": null, "likes": []})));
    let now = person(&w, "anna").limits;
    assert_eq!((now.day_max, now.latitude, now.longitude, now.likes.len()), (None, None, None, 0));
    assert_eq!(now.rest, Some(660));
}

#[test]
fn limits_have_bounds() {
    let mut w = world();
    for (field, low, high) in [
        ("day_max", 1, 1440),
        ("week_max", 1, 10_080),
        ("rolling_max", 1, 10_080),
        ("week_target", 1, 10_080),
        ("rest", 0, 2880),
        ("days_in_row", 1, 31),
    ] {
        for fits in [low, high] {
            act(&mut w, limits(json!({ field: fits })));
        }
        for odd in [json!(low - 1), json!(high + 1), json!("8 h")] {
            assert_eq!(refused(&w, limits(json!({ field: odd }))), invalid(field));
        }
    }
    for zone in ["Europe/Atlantis", "CEST", "europe/london", "Romance Standard Time"] {
        let r = refusal(&w, &coordinator(), limits(json!({"zone": zone})));
        assert_eq!((r.code, r.field.as_deref()), (Code::Invalid, Some("zone")));
        assert!(r.message.contains("Europe/London"), "{r}");
    }
    assert_eq!(refused(&w, limits(json!({"travel_mode": "sledge"}))), invalid("travel_mode"));
    assert_eq!(refused(&w, limits(json!({"likes": "Bar"}))), invalid("likes"));
    assert_eq!(
        refused(&w, limits(json!({"likes": ["x".repeat(61)]}))),
        (Code::TooLong, Some("likes".into()))
    );
    assert_eq!(refused(&w, limits(json!({"avoids": [" "]}))), invalid("avoids"));
    assert_eq!(
        refused(&w, limits(json!({"day_legal": 600}))),
        invalid("day_legal"),
        "that is a rule for all"
    );
}

#[test]
fn a_home_is_a_place_on_the_globe() {
    let mut w = world();
    assert_eq!(refused(&w, limits(json!({"latitude": 49_954_210}))), invalid("longitude"));
    assert_eq!(refused(&w, limits(json!({"longitude": 7_918_340}))), invalid("latitude"));
    assert_eq!(refused(&w, limits(json!({"latitude": 90_000_001, "longitude": 0}))), invalid("latitude"));
    assert_eq!(refused(&w, limits(json!({"latitude": 0, "longitude": -180_000_001}))), invalid("longitude"));
    act(&mut w, limits(json!({"latitude": -90_000_000, "longitude": 180_000_000})));
    assert_eq!(refused(&w, limits(json!({"latitude": null}))), invalid("latitude"), "half of it cannot go");
    act(&mut w, limits(json!({"latitude": 0})));
    assert_eq!(
        (person(&w, "anna").limits.latitude, person(&w, "anna").limits.longitude),
        (Some(0.0), Some(180.0))
    );
}

#[test]
fn people_write_their_own_and_planners_everybodys() {
    let w = world();
    let cleo = actor(Role::Helper, Some("cleo"));
    for json in [
        limits(json!({"rest": 600})),
        hours("mo", "22:00", "06:00"),
        day_off("tu"),
        time_off("n", json!({})),
        update_time_off("t1", json!({"reason": "Dentist"})),
        import_busy("anna", "c1", json!([])),
        json!({"type": "remove_calendar", "helper": "anna", "calendar": "c1"}),
    ] {
        for may in [anna(), coordinator(), actor(Role::Owner, None)] {
            assert!(judge(&w, &may, json.clone()).is_ok(), "{:?} {json}", may.role);
        }
        for may_not in [cleo.clone(), actor(Role::Viewer, Some("anna")), actor(Role::Helper, None)] {
            assert_eq!(refusal(&w, &may_not, json.clone()).code, Code::Forbidden, "{json}");
        }
    }
    for json in
        [rules(json!({"rest": 600})), travel("p1", "p3", json!(9)), support::staff(&[("a1", "anna")], &[])]
    {
        assert_eq!(refusal(&w, &anna(), json).code, Code::Forbidden);
    }
}

#[test]
fn of_a_helper_who_is_gone_nothing_is_planned_but_facts_stay_erasable() {
    let mut w = world();
    let of = |mut json: Json, helper: &str| {
        json["helper"] = helper.into();
        json
    };
    let all = [
        limits(json!({"rest": 600})),
        day_off("mo"),
        time_off("n", json!({})),
        update_time_off("t1", json!({})),
        import_busy("anna", "c1", json!([])),
        json!({"type": "remove_calendar", "helper": "anna", "calendar": "c1"}),
    ];
    for json in all {
        assert_eq!(code(&w, of(json.clone(), "nobody")), Code::NotFound, "{json}");
    }
    act(&mut w, json!({"type": "update_helper", "helper": "anna", "set": {"archived": true}}));
    for json in [
        day_off("mo"),
        time_off("n", json!({})),
        update_time_off("t1", json!({"reason": "x"})),
        import_busy("anna", "c1", json!([])),
    ] {
        assert_eq!(code(&w, json.clone()), Code::Archived, "{json}");
    }
    act(&mut w, limits(json!({"rest": null})));
    act(&mut w, json!({"type": "remove_calendar", "helper": "anna", "calendar": "c1"}));
    assert!(w[&doc("person/anna")].rows(Table::Busy).is_empty());
}

#[test]
fn rules_count_for_everybody_and_have_bounds() {
    let mut w = world();
    let set = json!({"rest": 600, "rest_legal": 660, "day_legal": 600, "week_legal": 2880, "rolling_legal": 3600,
        "days_in_row": 6, "margin": 15, "stale_after": 7});
    act(&mut w, rules(set.clone()));
    assert_eq!(serde_json::to_value(project::rules(&w[&doc("roster")])).unwrap(), set);
    act(&mut w, rules(json!({"rest": null})));
    assert_eq!(project::rules(&w[&doc("roster")]).rest, None);
    for (field, low, high) in [
        ("rest", 0, 2880),
        ("rest_legal", 0, 2880),
        ("day_legal", 1, 1440),
        ("week_legal", 1, 10_080),
        ("rolling_legal", 1, 10_080),
        ("days_in_row", 1, 31),
        ("margin", 0, 1440),
        ("stale_after", 1, 365),
    ] {
        for odd in [low - 1, high + 1] {
            assert_eq!(refused(&w, rules(json!({ field: odd }))), invalid(field));
        }
        for fits in [low, high] {
            act(&mut w, rules(json!({ field: fits })));
        }
    }
    assert_eq!(refused(&w, rules(json!({"day_max": 480}))), invalid("day_max"));
}

#[test]
fn a_journey_is_between_two_places_and_can_be_left_to_an_estimate() {
    let mut w = world();
    act(&mut w, travel("p1", "p3", json!(25)));
    // A place that is archived still has its ways.
    act(&mut w, travel("p3", "p2", json!(0)));
    act(&mut w, travel("p1", "p3", json!(30)));
    let said = |w: &World| {
        let all = project::journeys(&w[&doc("roster")]);
        all.iter().map(|j| format!("{} {} {}", j.from, j.to, j.minutes)).collect::<Vec<_>>()
    };
    assert_eq!(said(&w), ["p1 p3 30", "p3 p2 0"]);
    act(&mut w, travel("p1", "p3", Json::Null));
    assert_eq!(said(&w), ["p3 p2 0"]);
    assert_eq!(judge(&w, &coordinator(), travel("p1", "p3", Json::Null)), Ok(Decision::default()));
    assert_eq!(refused(&w, travel("p1", "p1", json!(5))), invalid("to"));
    assert_eq!(refused(&w, travel("p1", "p3", json!(1441))), invalid("minutes"));
    for (from, to) in [("p1", "gone"), ("gone", "p1")] {
        assert_eq!(code(&w, travel(from, to, json!(5))), Code::NotFound);
    }
}

#[test]
fn a_venue_and_what_a_shift_says_about_itself() {
    let mut w = world();
    act(&mut w, json!({"type": "update_place", "place": "p1", "set": {"venue": "Castle"}}));
    assert_eq!(project::places(&w[&doc("roster")])[0].venue, "Castle");
    let blank = json!({"type": "update_place", "place": "p1", "set": {"venue": " "}});
    assert_eq!(refused(&w, blank), invalid("venue"));
    act(&mut w, update(json!({"critical": true, "tentative": true, "fold": "end"}), json!({})));
    let bar = project::assignment("a1", &w[&doc("event/e1")]).unwrap();
    assert_eq!((bar.critical, bar.tentative, bar.fold.as_deref()), (true, true, Some("end")));
    assert_eq!(refused(&w, update(json!({"fold": "later"}), json!({}))), invalid("fold"));
    assert_eq!(refused(&w, update(json!({"critical": "yes"}), json!({}))), invalid("critical"));
    act(&mut w, json!({"type": "update_helper", "helper": "anna", "set": {"adult": true}}));
    assert!(project::helpers(&w[&doc("roster")])[0].adult);
}

#[test]
fn hours_may_end_on_the_next_day_and_a_day_may_be_off() {
    let mut w = world();
    act_as(&mut w, &anna(), hours("fr", "22:00", "06:00"));
    act_as(&mut w, &anna(), hours("sa", "18:00", "00:00"));
    act_as(&mut w, &anna(), day_off("su"));
    act_as(&mut w, &anna(), day_off("2026-07-18"));
    let said = |w: &World| {
        let all = person(w, "anna").hours;
        all.iter().map(|h| format!("{} {}-{} {}", h.day, h.from, h.to, h.off)).collect::<Vec<_>>()
    };
    assert_eq!(said(&w), ["fr 22:00-06:00 false", "sa 18:00-00:00 false", "su - true", "2026-07-18 - true"]);
    // Hours take the place of a day off, a day off that of hours; null takes either away.
    act(&mut w, hours("su", "10:00", "24:00"));
    act(&mut w, day_off("fr"));
    assert_eq!(judge(&w, &coordinator(), day_off("fr")), Ok(Decision::default()));
    let none = json!({"type": "set_working_hours", "helper": "anna", "day": "2026-07-18", "hours": null});
    act(&mut w, none);
    assert_eq!(said(&w), ["fr - true", "sa 18:00-00:00 false", "su 10:00-24:00 false"]);

    assert_eq!(refused(&w, hours("mo", "24:00", "06:00")), invalid("from"));
    assert_eq!(refused(&w, hours("mo", "08:00", "08:00")), invalid("to"));
    assert_eq!(refused(&w, hours("mo", "08:00", "24:30")), invalid("to"));
    for day in ["", "monday", "2026-02-29", "2026-7-18"] {
        assert_eq!(refused(&w, day_off(day)), invalid("day"));
        assert_eq!(refused(&w, hours(day, "08:00", "09:00")), invalid("day"));
    }
}

#[test]
fn a_time_off_repeats_leaves_dates_out_and_has_instances() {
    let mut w = world();
    let fields = json!({"repeat": "FREQ=WEEKLY", "except": ["2026-07-17T18:00", "2026-07-10T18:00"]});
    act_as(&mut w, &anna(), time_off("choir", fields));
    let moved = json!({"start": "2026-07-25T18:00", "end": "2026-07-25T20:00", "series": "choir", "instance": "2026-07-24T18:00"});
    act_as(&mut w, &anna(), time_off("moved", moved.clone()));
    let all = person(&w, "anna").time_off;
    assert_eq!(all.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["choir", "t1", "moved"]);
    assert_eq!((all[0].repeat.as_str(), all[0].status.as_str()), ("FREQ=WEEKLY", "requested"));
    assert_eq!(all[0].except, ["2026-07-10T18:00", "2026-07-17T18:00"]);
    assert_eq!(all[2].series.as_deref(), Some("choir"));
    assert_eq!(all[2].instance.as_deref(), Some("2026-07-24T18:00"));

    let with = |more: Json| {
        let mut fields = moved.clone();
        for (key, value) in more.as_object().unwrap() {
            fields[key] = value.clone();
        }
        time_off("n", fields)
    };
    assert_eq!(refused(&w, time_off("n", json!({"end": "2026-07-03T18:00"}))), invalid("end"));
    assert_eq!(refused(&w, time_off("n", json!({"except": ["2026-07-10"]}))), invalid("except"));
    assert_eq!(refused(&w, time_off("n", json!({"zone": "BST"}))), invalid("zone"));
    assert_eq!(
        refused(&w, time_off("n", json!({"repeat": "R".repeat(201)}))),
        (Code::TooLong, Some("repeat".into()))
    );
    assert_eq!(refused(&w, with(json!({"instance": null}))), invalid("instance"));
    assert_eq!(refused(&w, with(json!({"series": null}))), invalid("instance"));
    assert_eq!(refused(&w, with(json!({"repeat": "FREQ=DAILY"}))), invalid("repeat"));
    assert_eq!(
        refused(&w, with(json!({"series": "moved"}))),
        invalid("series"),
        "an instance has no instances"
    );
    assert_eq!(code(&w, with(json!({"series": "gone"}))), Code::NotFound);

    // With a series go its instances, and nothing else.
    act_as(&mut w, &anna(), json!({"type": "remove_time_off", "helper": "anna", "time_off": "choir"}));
    assert_eq!(person(&w, "anna").time_off.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["t1"]);
}

#[test]
fn what_a_helper_changes_is_a_request_again() {
    let mut w = world();
    let status = |w: &World| person(w, "anna").time_off[0].status.clone();
    assert_eq!(status(&w), "approved");
    act_as(&mut w, &anna(), update_time_off("t1", json!({"reason": "Dentist"})));
    assert_eq!(status(&w), "approved", "the reason changes no plan");
    let same = json!({"start": "2026-07-18T08:00", "reason": "Dentist"});
    assert_eq!(judge(&w, &anna(), update_time_off("t1", same)), Ok(Decision::default()));
    act_as(&mut w, &anna(), update_time_off("t1", json!({"repeat": "FREQ=WEEKLY"})));
    assert_eq!(status(&w), "requested");
    act(&mut w, json!({"type": "decide_time_off", "helper": "anna", "time_off": "t1", "approved": true}));
    act_as(&mut w, &anna(), update_time_off("t1", json!({"except": ["2026-07-25T08:00"]})));
    assert_eq!(status(&w), "requested");
    // A coordinator's change is approved at once.
    act(&mut w, update_time_off("t1", json!({"end": "2026-07-18T11:00"})));
    assert_eq!(status(&w), "approved");

    assert_eq!(refused(&w, update_time_off("t1", json!({"end": "2026-07-18T07:00"}))), invalid("end"));
    assert_eq!(refused(&w, update_time_off("t1", json!({"zone": null}))), invalid("zone"));
    assert_eq!(refused(&w, update_time_off("t1", json!({"except": ["soon"]}))), invalid("except"));
    for field in ["status", "series", "instance"] {
        assert_eq!(refused(&w, update_time_off("t1", json!({field: "approved"}))), invalid(field));
    }
    assert_eq!(code(&w, update_time_off("gone", json!({}))), Code::NotFound);
}
