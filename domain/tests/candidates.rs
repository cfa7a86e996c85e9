//! Who could take a shift: free, not known, or with which conflicts, and in which order.
#![allow(clippy::unwrap_used)]

#[path = "support/plan.rs"]
mod plan;
mod support;

use plan::{assign, helper, hours, limits, ready, season, shift, wedding};
use serde_json::json;
use support::{World, act, import_busy};
use wedsync_domain::schedule::{
    Approach, Candidate, ConflictKind, Reason, Score, Season, Severity, Standing,
};

fn candidates(w: &World, assignment: &str) -> Vec<Candidate> {
    season(w).candidates("e1", assignment, 100)
}

fn order(all: &[Candidate]) -> Vec<(&str, Standing)> {
    all.iter().map(|c| (c.helper.as_str(), c.standing)).collect()
}

fn one<'a>(all: &'a [Candidate], helper: &str) -> &'a Candidate {
    all.iter().find(|c| c.helper == helper).unwrap()
}

/// A bar in the evening of Saturday, 18 July, with two places.
fn bar() -> World {
    let mut w = wedding();
    shift(&mut w, "bar", "18T18:00", "18T22:00", json!({"role": "Bar", "helpers_min": 2, "helpers_max": 2}));
    w
}

#[test]
fn free_then_unknown_then_with_conflicts() {
    let mut w = bar();
    ready(&mut w, "anna", json!({}));
    ready(&mut w, "on", json!({}));
    assign(&mut w, "bar", "on");
    ready(&mut w, "gone", json!({}));
    act(&mut w, json!({"type": "update_helper", "helper": "gone", "set": {"archived": true}}));
    helper(&mut w, "silent", json!({}));
    // Only Fridays were asked about.
    helper(&mut w, "friday", json!({}));
    hours(&mut w, "friday", "fr", "08:00", "20:00");
    // An hour outside of the hours, and a time off.
    ready(&mut w, "early", json!({}));
    hours(&mut w, "early", "sa", "08:00", "21:00");
    ready(&mut w, "away", json!({}));
    act(
        &mut w,
        json!({"type": "add_time_off", "helper": "away", "time_off": "t", "fields":
            {"start": "2026-07-18T00:00", "end": "2026-07-19T00:00", "zone": "Europe/London"}}),
    );
    let all = candidates(&w, "bar");
    use Standing::{Conflicts, Free, Unknown};
    assert_eq!(
        order(&all),
        [("anna", Free), ("friday", Unknown), ("silent", Unknown), ("early", Conflicts), ("away", Conflicts)]
    );
    assert_eq!(one(&all, "friday").reasons, [Reason::NotAsked { date: "2026-07-18".into() }]);
    assert_eq!(one(&all, "silent").reasons, [Reason::NotReadable]);
    let early = one(&all, "early");
    assert_eq!(early.score, Score { hard: 0, medium: 60, soft: 0 });
    assert_eq!(
        early.new.iter().map(|c| (c.kind, c.severity, c.score)).collect::<Vec<_>>(),
        [(ConflictKind::OutsideHours, Severity::Medium, 60)]
    );
    assert_eq!(one(&all, "away").score, Score { hard: 240, medium: 0, soft: 0 });
    assert_eq!(season(&w).candidates("e1", "bar", 2).len(), 2);
    assert_eq!(season(&w).candidates("e1", "nothing", 2), []);
}

#[test]
fn who_may_not_be_read_is_unknown_to_this_side() {
    let mut w = bar();
    ready(&mut w, "anna", json!({}));
    assert_eq!(order(&candidates(&w, "bar")), [("anna", Standing::Free)]);
    w.remove(&support::doc("person/anna"));
    assert_eq!(order(&candidates(&w, "bar")), [("anna", Standing::Unknown)]);
}

#[test]
fn a_calendar_says_when_somebody_is_free_while_it_can_be_believed() {
    let mut w = bar();
    helper(&mut w, "anna", json!({}));
    let mut import = import_busy("anna", "c1", json!([]));
    import["fields"]["at"] = json!(plan::NOW - 24 * 3_600_000);
    act(&mut w, import.clone());
    assert_eq!(order(&candidates(&w, "bar")), [("anna", Standing::Free)]);
    // Eight days later it is too old.
    let later: Season = plan::season_at(&w, plan::NOW + 8 * 24 * 3_600_000);
    assert_eq!(order(&later.candidates("e1", "bar", 9)), [("anna", Standing::Unknown)]);
    // It ends before the shift: nobody knows.
    import["fields"]["last_day"] = json!("2026-07-17");
    act(&mut w, import);
    let short = candidates(&w, "bar");
    assert_eq!(order(&short), [("anna", Standing::Unknown)]);
    assert_eq!(short[0].new[0].kind, ConflictKind::StaleOrUnknown);
}

#[test]
fn hours_that_last_into_the_night_speak_of_it() {
    let mut w = wedding();
    shift(&mut w, "night", "18T22:00", "19T02:00", json!({}));
    helper(&mut w, "anna", json!({}));
    hours(&mut w, "anna", "sa", "18:00", "02:00");
    assert_eq!(order(&candidates(&w, "night")), [("anna", Standing::Free)]);
    hours(&mut w, "anna", "sa", "18:00", "01:45");
    assert_eq!(
        one(&candidates(&w, "night"), "anna").reasons,
        [Reason::NotAsked { date: "2026-07-19".into() }]
    );
}

#[test]
fn only_what_is_added_counts() {
    let mut w = bar();
    shift(&mut w, "gate", "18T10:00", "18T14:00", json!({}));
    shift(&mut w, "door", "18T12:00", "18T16:00", json!({}));
    ready(&mut w, "anna", json!({}));
    assign(&mut w, "gate", "anna");
    assign(&mut w, "door", "anna");
    limits(&mut w, "anna", json!({"day_max": 300}));
    // She is on two shifts at once and an hour over her limit; the bar adds but its four hours over the limit.
    let all = candidates(&w, "bar");
    assert_eq!(all[0].new.iter().map(|c| c.kind).collect::<Vec<_>>(), [ConflictKind::MaxHours]);
    assert_eq!((all[0].new[0].score, all[0].score), (300, Score { hard: 0, medium: 240, soft: 0 }));
}

#[test]
fn wishes_then_less_work_then_the_nearer() {
    let mut w = bar();
    for (place, latitude) in [("here", 51_500_000), ("there", 51_600_000)] {
        let fields = json!({"name": place, "latitude": latitude, "longitude": 0});
        act(&mut w, json!({"type": "add_place", "place": place, "fields": fields}));
    }
    act(
        &mut w,
        json!({"type": "update_assignment", "event": "e1", "assignment": "bar", "set": {"place": "here"}}),
    );
    shift(&mut w, "gate", "17T10:00", "17T12:00", json!({"role": "Bar"}));
    shift(&mut w, "tent", "18T14:00", "18T17:00", json!({"place": "here", "helpers_max": 2}));
    for id in ["busy", "far", "liking", "near", "zoe"] {
        ready(&mut w, id, json!({}));
    }
    limits(&mut w, "liking", json!({"likes": ["Bar"]}));
    limits(&mut w, "far", json!({"latitude": 51_600_000, "longitude": 0, "travel_mode": "car"}));
    limits(&mut w, "near", json!({"latitude": 51_501_000, "longitude": 0, "travel_mode": "walk"}));
    assign(&mut w, "gate", "busy");
    assign(&mut w, "tent", "liking");
    let all = candidates(&w, "bar");
    assert_eq!(
        all.iter().map(|c| c.helper.as_str()).collect::<Vec<_>>(),
        ["liking", "near", "far", "zoe", "busy"]
    );
    assert!(all.iter().all(|c| c.standing == Standing::Free));
    assert_eq!(one(&all, "liking").reasons, [Reason::Likes { what: "Bar".into() }]);
    assert_eq!(one(&all, "busy").reasons, [Reason::KnowsRole { role: "Bar".into() }]);
    assert_eq!(one(&all, "busy").minutes_in_event, 120);
    let Some(Approach::Shift { shift, minutes: 0 }) = &one(&all, "liking").way else { panic!() };
    assert_eq!(&*shift.assignment, "tent");
    // 111 m in a straight line, 145 m on foot.
    assert_eq!(one(&all, "near").way, Some(Approach::Home { minutes: 2 }));
    // 11.1 km in a straight line, 14.5 km by car at 40 km/h, and 5 minutes to park.
    assert_eq!(one(&all, "far").way, Some(Approach::Home { minutes: 27 }));
    assert_eq!(one(&all, "zoe").way, None);
}

#[test]
fn skills_are_needed_and_a_refusal_is_heard() {
    let mut w = wedding();
    shift(&mut w, "bar", "18T18:00", "18T22:00", json!({"skills": ["till"], "adults_only": true}));
    ready(&mut w, "anna", json!({"skills": ["till"], "adult": true}));
    ready(&mut w, "young", json!({"skills": ["till"]}));
    ready(&mut w, "new", json!({"adult": true}));
    ready(&mut w, "ben", json!({"skills": ["till"], "adult": true}));
    assign(&mut w, "bar", "ben");
    act(&mut w, json!({"type": "decline", "event": "e1", "assignment": "bar", "helper": "ben"}));
    let all = candidates(&w, "bar");
    use Standing::{Conflicts, Free};
    assert_eq!(order(&all), [("anna", Free), ("new", Conflicts), ("young", Conflicts), ("ben", Conflicts)]);
    assert_eq!(one(&all, "anna").reasons, [Reason::Skills { has: vec!["till".into()] }]);
    assert_eq!(one(&all, "ben").reasons, [Reason::Skills { has: vec!["till".into()] }, Reason::Declined]);
    assert_eq!(one(&all, "ben").new, []);
}
