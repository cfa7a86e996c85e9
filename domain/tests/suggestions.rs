//! What could be done about a conflict: commands that the hub accepts, and that make the plan better as they say.
#![allow(clippy::unwrap_used)]

#[path = "support/plan.rs"]
mod plan;
mod support;

use plan::{assign, helper, hours, limits, on, random, ready, season, shift, wedding};
use proptest::prelude::*;
use serde_json::json;
use support::{World, act, apply, coordinator, import_busy};
use wedsync_domain::schedule::{Conflict, ConflictKind, Score, Season, Suggestion, SuggestionKind as Kind};
use wedsync_domain::{Command, decide};

const NONE: Score = Score { hard: 0, medium: 0, soft: 0 };

/// The one conflict of a kind, and what could be done about it.
fn suggestions(w: &World, kind: ConflictKind) -> Vec<Suggestion> {
    let season = season(w);
    let all: Vec<&Conflict> = season.conflicts().into_iter().filter(|c| c.kind == kind).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    season.suggestions(&all[0].id)
}

fn give(w: &mut World, command: &Command) {
    let decision = decide(&*w, &coordinator(), command).unwrap();
    apply(w, &decision);
}

fn texts(all: &[Suggestion]) -> Vec<&str> {
    all.iter().map(|s| s.text.as_str()).collect()
}

fn kinds(all: &[Suggestion]) -> Vec<Kind> {
    all.iter().map(|s| s.kind).collect()
}

fn of(all: &[Suggestion], kind: Kind) -> &Suggestion {
    all.iter().find(|s| s.kind == kind).unwrap_or_else(|| panic!("{kind:?} in {all:?}"))
}

/// Anna at the bar from 14 to 18, and in the kitchen from 16 to 20, on Saturday.
fn double() -> World {
    let mut w = wedding();
    shift(&mut w, "bar", "18T14:00", "18T18:00", json!({"role": "Bar"}));
    shift(&mut w, "kitchen", "18T16:00", "18T20:00", json!({}));
    ready(&mut w, "anna", json!({}));
    assign(&mut w, "bar", "anna");
    assign(&mut w, "kitchen", "anna");
    w
}

#[test]
fn somebody_free_takes_her_place() {
    let mut w = double();
    ready(&mut w, "ben", json!({}));
    limits(&mut w, "ben", json!({"likes": ["Bar"]}));
    let all = suggestions(&w, ConflictKind::Overlap);
    assert_eq!(
        texts(&all),
        [
            "Put Ben in Anna’s place on Bar, Sat 18 Jul 14:00: free, likes Bar.",
            "Put Ben in Anna’s place on Kitchen, Sat 18 Jul 16:00: free.",
            "Move Bar, Sat 18 Jul 14:00 to Sat 18 Jul 12:00.",
            "Move Kitchen, Sat 18 Jul 16:00 to Sat 18 Jul 18:00.",
            "Take Anna off Bar, Sat 18 Jul 14:00: 0 of 1 helpers are left then.",
        ]
    );
    assert_eq!((all[0].before, all[0].after), (Score { hard: 120, ..NONE }, NONE));
    assert_eq!((all[0].ask, &all[0].new), (false, &vec![]));
    // An empty bar is less bad than nobody knowing where Anna is; the suggestion says what it would bring.
    assert_eq!(all[4].after, Score { hard: 0, medium: 240, soft: 0 });
    assert_eq!(all[4].new[0].kind, ConflictKind::Understaffed);
    give(&mut w, all[0].command.as_ref().unwrap());
    assert_eq!((on(&w, "bar"), on(&w, "kitchen")), (vec!["ben".to_owned()], vec!["anna".to_owned()]));
    assert_eq!(season(&w).conflicts(), Vec::<&Conflict>::new());
}

#[test]
fn who_is_not_known_to_be_free_is_asked_and_who_is_not_able_is_not_named() {
    let mut w = double();
    helper(&mut w, "silent", json!({}));
    ready(&mut w, "away", json!({}));
    act(
        &mut w,
        json!({"type": "add_time_off", "helper": "away", "time_off": "t", "fields":
            {"start": "2026-07-18T16:30", "end": "2026-07-18T17:30", "zone": "Europe/London"}}),
    );
    let all = suggestions(&w, ConflictKind::Overlap);
    let substitutes: Vec<&Suggestion> = all.iter().filter(|s| s.kind == Kind::Substitute).collect();
    assert_eq!(substitutes.len(), 2);
    assert!(substitutes.iter().all(|s| s.ask && s.text.contains("Put Silent in Anna’s place")));
    assert!(substitutes[0].text.ends_with(": to be asked."));
    // What needs nobody to be asked comes first.
    assert_eq!(all[0].kind, Kind::Move);
    assert!(!all.iter().any(|s| s.text.contains("Away")));
}

/// Nobody has time for the whole of a shift, but Ben for the part that is wrong.
#[test]
fn a_shift_is_split_where_the_other_one_begins() {
    let mut w = double();
    ready(&mut w, "ben", json!({}));
    // Ben is busy at the times to which either shift could move, and for half of each.
    shift(&mut w, "gate", "18T08:00", "18T16:00", json!({"helpers_max": 9}));
    shift(&mut w, "tent", "18T18:00", "19T00:00", json!({"helpers_max": 9}));
    assign(&mut w, "gate", "ben");
    assign(&mut w, "tent", "ben");
    let all = suggestions(&w, ConflictKind::Overlap);
    let split = of(&all, Kind::Split);
    assert!(
        split.text.starts_with("Split Bar, Sat 18 Jul 14:00, at 16:00: Ben takes the second part"),
        "{}",
        split.text
    );
    assert_eq!((split.before.hard, split.after.hard), (120, 0));
    give(&mut w, split.command.as_ref().unwrap());
    assert_eq!(on(&w, "bar"), ["anna"]);
    let Some(Command::SplitAssignment { second, .. }) = &split.command else { panic!() };
    assert_eq!(on(&w, second.as_str()), ["ben"]);
    assert!(season(&w).conflicts().iter().all(|c| c.kind != ConflictKind::Overlap));
}

/// Two kilometres in 15 minutes: too far on foot, and Ben drives there too.
#[test]
fn a_seat_in_the_car_of_somebody_who_goes_the_same_way() {
    let mut w = wedding();
    for (place, latitude) in [("chapel", 51_500_000), ("barn", 51_518_000)] {
        let fields = json!({"name": place, "latitude": latitude, "longitude": 0});
        act(&mut w, json!({"type": "add_place", "place": place, "fields": fields}));
    }
    shift(&mut w, "service", "18T10:00", "18T12:00", json!({"place": "chapel", "helpers_max": 2}));
    shift(&mut w, "lunch", "18T12:15", "18T14:00", json!({"place": "barn", "helpers_max": 2}));
    for (id, mode) in [("anna", "walk"), ("ben", "car")] {
        ready(&mut w, id, json!({}));
        limits(&mut w, id, json!({"travel_mode": mode}));
        assign(&mut w, "service", id);
        assign(&mut w, "lunch", id);
    }
    let season = season(&w);
    let conflict = season
        .conflicts()
        .into_iter()
        .find(|c| c.kind == ConflictKind::TravelInfeasible && c.helper.as_deref() == Some("anna"))
        .unwrap();
    let all = season.suggestions(&conflict.id);
    let share = of(&all, Kind::ShareCar);
    assert_eq!(share.text, "Anna could go with Ben, by car: about 9 min.");
    assert_eq!((share.command.as_ref(), share.before), (None, share.after));
}

#[test]
fn two_exchange_their_shifts() {
    let mut w = wedding();
    shift(&mut w, "gate", "18T10:00", "18T14:00", json!({}));
    shift(&mut w, "bar", "18T18:00", "18T22:00", json!({}));
    for id in ["anna", "ben"] {
        ready(&mut w, id, json!({}));
    }
    assign(&mut w, "gate", "anna");
    assign(&mut w, "bar", "ben");
    act(
        &mut w,
        json!({"type": "add_time_off", "helper": "anna", "time_off": "t", "fields":
            {"start": "2026-07-18T08:00", "end": "2026-07-18T16:00", "zone": "Europe/London"}}),
    );
    // Ben has another shift beside the gate's, so that he cannot just take it over.
    shift(&mut w, "tent", "19T10:00", "19T14:00", json!({}));
    assign(&mut w, "tent", "ben");
    limits(&mut w, "ben", json!({"week_max": 480}));
    let all = suggestions(&w, ConflictKind::TimeOff);
    let mut begun = w.clone();
    act(&mut begun, json!({"type": "check_in", "event": "e1", "assignment": "bar", "helper": "ben"}));
    let then = suggestions(&begun, ConflictKind::TimeOff);
    assert_eq!(
        of(&then, Kind::Exchange).text,
        "Anna and Ben exchange Gate, Sat 18 Jul 10:00 and Tent, Sun 19 Jul 10:00."
    );
    let exchange = of(&all, Kind::Exchange);
    assert_eq!(exchange.text, "Anna and Ben exchange Gate, Sat 18 Jul 10:00 and Bar, Sat 18 Jul 18:00.");
    assert_eq!((exchange.before, exchange.after), (Score { hard: 240, ..NONE }, NONE));
    give(&mut w, exchange.command.as_ref().unwrap());
    assert_eq!((on(&w, "bar"), on(&w, "gate")), (vec!["anna".to_owned()], vec!["ben".to_owned()]));
    assert_eq!(kinds(&all).last(), Some(&Kind::AskHelper));
}

#[test]
fn a_move_hurts_nobody_else_on_the_shift() {
    let mut w = wedding();
    shift(&mut w, "bar", "18T14:10", "18T18:10", json!({"helpers_max": 2}));
    shift(&mut w, "gate", "18T18:20", "18T19:00", json!({}));
    shift(&mut w, "tent", "18T12:00", "18T15:00", json!({}));
    for id in ["anna", "ben"] {
        ready(&mut w, id, json!({}));
        assign(&mut w, "bar", id);
    }
    assign(&mut w, "tent", "anna");
    // The bar could begin at three; but Ben is at the gate soon after.
    let before: Vec<Suggestion> = suggestions(&w, ConflictKind::Overlap);
    assert!(before.iter().any(|s| s.text == "Move Bar, Sat 18 Jul 14:10 to Sat 18 Jul 15:00."), "{before:?}");
    assign(&mut w, "gate", "ben");
    let after = suggestions(&w, ConflictKind::Overlap);
    assert!(!after.iter().any(|s| s.text.starts_with("Move Bar, Sat 18 Jul 14:10 to Sat 18 Jul 15:00")));
    assert!(after.iter().any(|s| s.text == "Move Tent, Sat 18 Jul 12:00 to Sat 18 Jul 11:00."), "{after:?}");
}

#[test]
fn longer_hours_for_that_date_are_asked_for() {
    let mut w = wedding();
    shift(&mut w, "bar", "18T18:00", "19T01:00", json!({}));
    ready(&mut w, "anna", json!({}));
    hours(&mut w, "anna", "sa", "19:00", "22:00");
    hours(&mut w, "anna", "su", "10:00", "22:00");
    assign(&mut w, "bar", "anna");
    let all = suggestions(&w, ConflictKind::OutsideHours);
    let extend = of(&all, Kind::ExtendHours);
    assert_eq!(extend.text, "Ask Anna to work from 18:00 to 01:00 on Sat 18 Jul.");
    assert_eq!((extend.ask, extend.before, extend.after), (true, Score { medium: 240, ..NONE }, NONE));
    give(&mut w, extend.command.as_ref().unwrap());
    assert_eq!(season(&w).conflicts(), Vec::<&Conflict>::new());
}

#[test]
fn preparation_is_trimmed() {
    let mut w = wedding();
    shift(&mut w, "gate", "18T10:00", "18T14:00", json!({}));
    shift(&mut w, "bar", "18T14:30", "18T18:00", json!({"preparation": 50}));
    ready(&mut w, "anna", json!({}));
    assign(&mut w, "gate", "anna");
    assign(&mut w, "bar", "anna");
    let all = suggestions(&w, ConflictKind::Preparation);
    let trim = of(&all, Kind::Trim);
    assert_eq!(trim.text, "Prepare Bar, Sat 18 Jul 14:30 in 30 min instead of 50.");
    assert_eq!((trim.before, trim.after), (Score { medium: 20, ..NONE }, NONE));
}

#[test]
fn a_day_off_in_a_long_row() {
    let mut w = wedding();
    act(&mut w, json!({"type": "update_rules", "set": {"days_in_row": 2}}));
    for id in ["anna", "ben"] {
        ready(&mut w, id, json!({}));
    }
    for (id, start, end) in [
        ("fri", "17T10:00", "17T12:00"),
        ("noon", "18T12:00", "18T14:00"),
        ("late", "18T16:00", "18T17:00"),
        ("sun", "19T10:00", "19T15:00"),
    ] {
        shift(&mut w, id, start, end, json!({}));
        assign(&mut w, id, "anna");
    }
    let all = suggestions(&w, ConflictKind::ConsecutiveDays);
    let rest = of(&all, Kind::Substitute);
    assert!(rest.text.starts_with("Put Ben in Anna’s place on"), "{rest:?}");
    // With one helper for both shifts of Saturday there is none for the second.
    assert!(!kinds(&all).contains(&Kind::RestDay));
    ready(&mut w, "cleo", json!({}));
    let all = suggestions(&w, ConflictKind::ConsecutiveDays);
    let rest = of(&all, Kind::RestDay);
    assert_eq!(rest.text, "Give Anna Sat 18 Jul off: Ben takes Noon, Cleo takes Late.");
    give(&mut w, rest.command.as_ref().unwrap());
    let left: Vec<ConflictKind> = season(&w).conflicts().iter().map(|c| c.kind).collect();
    assert_eq!(left, []);
}

#[test]
fn candidates_for_a_free_place() {
    let mut w = wedding();
    shift(&mut w, "bar", "18T14:00", "18T18:00", json!({"role": "Bar", "helpers_min": 2, "helpers_max": 3}));
    shift(&mut w, "gate", "17T14:00", "17T15:00", json!({"role": "Bar"}));
    for id in ["anna", "ben"] {
        ready(&mut w, id, json!({}));
    }
    helper(&mut w, "silent", json!({}));
    assign(&mut w, "gate", "ben");
    let all = suggestions(&w, ConflictKind::Understaffed);
    assert_eq!(
        texts(&all),
        [
            "Put Anna on Bar, Sat 18 Jul 14:00: free.",
            "Put Ben on Bar, Sat 18 Jul 14:00: free, knows Bar.",
            "Put Silent on Bar, Sat 18 Jul 14:00: to be asked.",
        ]
    );
    assert_eq!((all[0].before, all[0].after), (Score { medium: 480, ..NONE }, Score { medium: 240, ..NONE }));
}

#[test]
fn which_time_is_meant_where_the_clock_changes() {
    let mut w = wedding();
    let fold = |w: &mut World, id: &str, start: &str, end: &str| {
        let fields = json!({"title": id, "start": start, "end": end, "zone": "Europe/London"});
        act(w, json!({"type": "create_assignment", "event": "e1", "assignment": id, "fields": fields}));
        ready(w, &format!("{id}-helper"), json!({}));
        hours(w, &format!("{id}-helper"), "su", "00:00", "24:00");
        assign(w, id, &format!("{id}-helper"));
    };
    fold(&mut w, "Autumn", "2026-10-25T01:30", "2026-10-25T05:00");
    let all = suggestions(&w, ConflictKind::DstAmbiguous);
    assert_eq!(texts(&all), ["Autumn begins the second time that it is 01:30, after the clock went back."]);
    give(&mut w, all[0].command.as_ref().unwrap());
    fold(&mut w, "Spring", "2026-03-29T01:30", "2026-03-29T05:00");
    let all = suggestions(&w, ConflictKind::DstAmbiguous);
    assert_eq!(texts(&all), ["Spring begins at 02:30: the clock leaves out the time that stands there."]);
    give(&mut w, all[0].command.as_ref().unwrap());
    assert_eq!(season(&w).conflicts(), Vec::<&Conflict>::new());
    // Both ends come twice.
    fold(&mut w, "Both", "2026-10-25T01:10", "2026-10-25T01:50");
    for left in [2, 1] {
        let now = season(&w);
        let unclear: Vec<&Conflict> =
            now.conflicts().into_iter().filter(|c| c.kind == ConflictKind::DstAmbiguous).collect();
        assert_eq!(unclear.len(), left);
        let all = now.suggestions(&unclear[0].id);
        give(&mut w, all[0].command.as_ref().unwrap());
    }
    assert_eq!(season(&w).conflicts(), Vec::<&Conflict>::new());
}

#[test]
fn advice_where_only_people_can_know() {
    let mut w = wedding();
    shift(&mut w, "bar", "18T14:00", "18T18:00", json!({}));
    ready(&mut w, "anna", json!({}));
    let mut import = import_busy("anna", "c1", json!([]));
    import["fields"]["at"] = json!(plan::NOW - 30 * 86_400_000_i64);
    act(&mut w, import);
    assign(&mut w, "bar", "anna");
    let all = suggestions(&w, ConflictKind::StaleOrUnknown);
    assert_eq!(texts(&all), ["Ask Anna whether they can.", "Read Work of Anna again."]);
    assert!(all.iter().all(|s| s.command.is_none() && s.before == Score { medium: 240, ..NONE }));
}

#[test]
fn work_is_given_to_those_who_have_less() {
    let mut w = wedding();
    for (i, day) in ["17", "18", "19"].into_iter().enumerate() {
        shift(&mut w, &format!("s{i}"), &format!("{day}T10:00"), &format!("{day}T16:00"), json!({}));
        shift(&mut w, &format!("t{i}"), &format!("{day}T17:00"), &format!("{day}T18:00"), json!({}));
    }
    for id in ["anna", "ben", "cleo"] {
        ready(&mut w, id, json!({}));
    }
    for i in 0..3 {
        assign(&mut w, &format!("s{i}"), "anna");
    }
    assign(&mut w, "t0", "ben");
    assign(&mut w, "t1", "cleo");
    let all = suggestions(&w, ConflictKind::Fairness);
    let best = &all[0];
    assert_eq!(best.kind, Kind::Substitute, "{all:?}");
    assert_eq!(best.before.soft, 18 * 60 - 20 * 60 / 3);
    give(&mut w, best.command.as_ref().unwrap());
    let spread = |s: &Season| {
        s.conflicts().iter().filter(|c| c.kind == ConflictKind::Fairness).map(|c| c.score).sum::<u32>()
    };
    assert_eq!(spread(&season(&w)), best.after.soft);
}

#[test]
fn nothing_is_said_of_what_is_not_there() {
    assert_eq!(season(&double()).suggestions("overlap:nobody:e1/bar:"), []);
}

fn total(season: &Season) -> Score {
    Score::of(season.conflicts())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_suggestion_stands_and_gives_what_it_says(seed in any::<u64>()) {
        let w = random(seed);
        let before = season(&w);
        for conflict in before.conflicts() {
            let all = before.suggestions(&conflict.id);
            prop_assert!(all.len() <= 5);
            for suggestion in all {
                let Some(command) = &suggestion.command else { continue };
                let mut after = w.clone();
                let decision = decide(&w, &coordinator(), command);
                prop_assert!(decision.is_ok(), "{suggestion:?}: {decision:?}");
                apply(&mut after, &decision.unwrap());
                let after = season(&after);
                let change = |a: u32, b: u32| i64::from(b) - i64::from(a);
                let (now, then) = (total(&before), total(&after));
                prop_assert_eq!(
                    [change(now.hard, then.hard), change(now.medium, then.medium), change(now.soft, then.soft)],
                    [
                        change(suggestion.before.hard, suggestion.after.hard),
                        change(suggestion.before.medium, suggestion.after.medium),
                        change(suggestion.before.soft, suggestion.after.soft),
                    ],
                    "{:?}", suggestion
                );
                prop_assert!(then <= now, "{:?}", suggestion);
                let left = after.conflicts().into_iter().find(|c| c.id == conflict.id);
                prop_assert!(left.is_none_or(|c| c.severity > conflict.severity || c.score < conflict.score));
                for new in &suggestion.new {
                    prop_assert!(new.severity != wedsync_domain::schedule::Severity::Hard, "{:?}", suggestion);
                    prop_assert!(after.conflicts().contains(&new), "{:?}", new);
                }
            }
        }
    }
}
