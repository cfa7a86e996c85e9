//! Filling the gaps of an event: as many places as can be, never with a hard conflict, and taken back in one step.
#![allow(clippy::unwrap_used)]

#[path = "support/plan.rs"]
mod plan;
mod support;

use plan::{assign, festival, helper, hours, limits, on, random, ready, season, shift, wedding};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use support::record::{Recording, undo};
use support::{World, act, apply, coordinator, doc, id};
use wedsync_domain::command::{COMMAND_MAX, ENTRIES_MAX, Post};
use wedsync_domain::schedule::fill::{Fill, FillOptions, FillPlan};
use wedsync_domain::schedule::{Conflict, ConflictKind, Reason, Score, Season, Severity};
use wedsync_domain::{Command, Field, Table, decide};

fn fill(w: &World, options: FillOptions) -> FillPlan {
    fill_in(w, "e1", options, 1000)
}

fn fill_in(w: &World, event: &str, options: FillOptions, slice: usize) -> FillPlan {
    let mut fill = Fill::new(&season(w), &id(event), options);
    let mut done = 0;
    while !fill.is_done() {
        let progress = fill.step(slice);
        assert!(
            done <= progress.done && progress.done <= progress.total && progress.placed <= progress.places
        );
        done = progress.done;
    }
    assert_eq!(fill.progress().done, fill.progress().total);
    fill.plan()
}

fn known() -> FillOptions {
    FillOptions::default()
}

fn give(w: &mut World, command: Option<Command>) {
    let decision = decide(&*w, &coordinator(), &command.unwrap()).unwrap();
    apply(w, &decision);
}

fn posts(plan: &FillPlan) -> Vec<(&str, &str)> {
    plan.assign.iter().map(|post| (post.assignment.as_str(), post.helper.as_str())).collect()
}

#[test]
fn who_alone_can_do_something_is_kept_for_it() {
    let mut w = wedding();
    shift(&mut w, "bar", "18T10:00", "18T14:00", json!({}));
    shift(&mut w, "till", "18T10:00", "18T14:00", json!({"skills": ["till"]}));
    ready(&mut w, "anna", json!({"skills": ["till"]}));
    ready(&mut w, "ben", json!({}));
    let plan = fill(&w, known());
    assert_eq!(posts(&plan), [("bar", "ben"), ("till", "anna")]);
    assert_eq!((plan.before, plan.after), (Score { hard: 0, medium: 480, soft: 0 }, Score::default()));
    give(&mut w, plan.command());
    assert_eq!(season(&w).conflicts(), Vec::<&Conflict>::new());
    assert_eq!(fill(&w, known()).command(), None);
}

/// Two critical shifts, and a third one that only Anna can do, all at the same time.
fn chain() -> World {
    let mut w = wedding();
    for (id, skills) in [("first", "a"), ("second", "b"), ("third", "c")] {
        let critical = id != "third";
        shift(
            &mut w,
            id,
            "18T10:00",
            "18T14:00",
            json!({"role": id, "skills": [skills], "critical": critical}),
        );
    }
    ready(&mut w, "anna", json!({"skills": ["a", "c"]}));
    ready(&mut w, "ben", json!({"skills": ["a", "b"]}));
    ready(&mut w, "cleo", json!({"skills": ["b"]}));
    limits(&mut w, "anna", json!({"likes": ["first"]}));
    limits(&mut w, "ben", json!({"likes": ["second"]}));
    w
}

#[test]
fn helpers_move_up_so_that_nobody_is_missing() {
    // Anna begins on the first shift and Ben on the second, as they like them; the third needs Anna, and so Ben, and so Cleo.
    let plan = fill(&chain(), known());
    assert_eq!(posts(&plan), [("first", "ben"), ("second", "cleo"), ("third", "anna")]);
    assert_eq!(plan.open, []);
}

#[test]
fn what_stays_open_says_why() {
    let mut w = wedding();
    let fields = json!({"skills": ["till"], "helpers_min": 3, "helpers_max": 3});
    shift(&mut w, "bar", "18T10:00", "18T14:00", fields);
    shift(&mut w, "gate", "18T12:00", "18T13:00", json!({}));
    ready(&mut w, "anna", json!({"skills": ["till"]}));
    ready(&mut w, "ben", json!({}));
    ready(&mut w, "cleo", json!({"skills": ["till"]}));
    assign(&mut w, "gate", "cleo");
    helper(&mut w, "silent", json!({"skills": ["till"]}));
    let plan = fill(&w, known());
    assert_eq!(posts(&plan), [("bar", "anna")]);
    let open = &plan.open[0];
    assert_eq!((open.assignment.as_str(), open.missing, open.unknown), ("bar", 2, 1));
    assert_eq!(
        open.text,
        "Bar, Sat 18 Jul 10:00: 2 places stay open; 1 on another shift then, 1 without the skill or not known as \
         an adult, 1 to be asked."
    );
}

#[test]
fn who_is_not_known_to_have_time_is_asked_last_and_only_if_wanted() {
    let mut w = wedding();
    shift(&mut w, "bar", "18T10:00", "18T14:00", json!({"helpers_min": 2, "helpers_max": 2}));
    helper(&mut w, "aaron", json!({}));
    ready(&mut w, "zoe", json!({}));
    assert_eq!(posts(&fill(&w, known())), [("bar", "zoe")]);
    let ask = FillOptions { ask_unknown: true, ..known() };
    assert_eq!(posts(&fill(&w, ask)), [("bar", "aaron"), ("bar", "zoe")]);
    // With one place only, it goes to who is known to be free.
    act(
        &mut w,
        json!({"type": "update_assignment", "event": "e1", "assignment": "bar", "set": {"helpers_min": 1}}),
    );
    assert_eq!(posts(&fill(&w, ask)), [("bar", "zoe")]);
}

#[test]
fn medium_conflicts_only_if_accepted_and_hard_ones_never() {
    let mut w = wedding();
    shift(&mut w, "bar", "18T10:00", "18T14:00", json!({"helpers_min": 2, "helpers_max": 3}));
    ready(&mut w, "late", json!({}));
    hours(&mut w, "late", "sa", "12:00", "20:00");
    ready(&mut w, "away", json!({}));
    act(
        &mut w,
        json!({"type": "add_time_off", "helper": "away", "time_off": "t", "fields":
            {"start": "2026-07-18T13:00", "end": "2026-07-19T00:00", "zone": "Europe/London"}}),
    );
    assert_eq!(posts(&fill(&w, known())), []);
    let plan = fill(&w, FillOptions { accept_medium: true, ..known() });
    assert_eq!(posts(&plan), [("bar", "late")]);
    assert_eq!(plan.after, Score { hard: 0, medium: 240 + 120, soft: 0 });
}

#[test]
fn a_limit_that_only_several_shifts_break_is_kept() {
    let mut w = wedding();
    for (shift_id, start, end) in [("one", "18T08:00", "18T11:00"), ("two", "18T12:00", "18T15:00")] {
        shift(&mut w, shift_id, start, end, json!({}));
    }
    ready(&mut w, "anna", json!({}));
    limits(&mut w, "anna", json!({"day_max": 300}));
    let plan = fill(&w, known());
    assert_eq!(plan.assign.len(), 1);
    assert_eq!(plan.open[0].why[0].kind, ConflictKind::MaxHours);
}

#[test]
fn who_is_on_it_stays_and_who_said_no_is_not_asked_again() {
    let mut w = wedding();
    shift(&mut w, "bar", "18T10:00", "18T14:00", json!({"helpers_min": 2, "helpers_max": 3}));
    for id in ["anna", "ben", "cleo"] {
        ready(&mut w, id, json!({}));
    }
    assign(&mut w, "bar", "cleo");
    assign(&mut w, "bar", "anna");
    act(&mut w, json!({"type": "decline", "event": "e1", "assignment": "bar", "helper": "anna"}));
    assert_eq!(posts(&fill(&w, known())), [("bar", "ben")]);
    // To the most there can be: nobody is left.
    let plan = fill(&w, FillOptions { to_most: true, ..known() });
    assert_eq!((posts(&plan), plan.open[0].missing), (vec![("bar", "ben")], 1));
}

#[test]
fn the_work_is_spread() {
    let mut w = wedding();
    for i in 0..12 {
        let (day, hour) = (17 + i % 3, 8 + i / 3 * 3);
        shift(
            &mut w,
            &format!("s{i}"),
            &format!("{day}T{hour:02}:00"),
            &format!("{day}T{:02}:00", hour + 2),
            json!({}),
        );
    }
    for id in ["anna", "ben", "cleo", "dora"] {
        ready(&mut w, id, json!({}));
    }
    let mut count: BTreeMap<String, u32> = BTreeMap::new();
    for post in fill(&w, known()).assign {
        *count.entry(post.helper.to_string()).or_default() += 1;
    }
    assert_eq!(count.into_values().collect::<Vec<_>>(), [3, 3, 3, 3]);
}

#[test]
fn what_was_given_out_first_is_given_to_others_where_that_is_fairer() {
    let mut w = wedding();
    for (id, hour) in [("a", 8), ("b", 10), ("c", 12), ("d", 14)] {
        shift(&mut w, id, &format!("18T{hour:02}:00"), &format!("18T{:02}:00", hour + 1), json!({}));
    }
    shift(&mut w, "long", "18T16:00", "18T22:00", json!({}));
    for id in ["anna", "ben"] {
        ready(&mut w, id, json!({}));
    }
    let mut minutes: BTreeMap<String, u32> = BTreeMap::new();
    for post in fill(&w, known()).assign {
        let length = if post.assignment.as_str() == "long" { 360 } else { 60 };
        *minutes.entry(post.helper.to_string()).or_default() += length;
    }
    let mut minutes: Vec<u32> = minutes.into_values().collect();
    minutes.sort_unstable();
    assert_eq!(minutes, [240, 360]);
}

#[test]
fn nobody_is_known_to_have_time_at_a_time_that_nobody_knows() {
    let mut w = wedding();
    shift(&mut w, "bar", "18T10:00", "18T14:00", json!({}));
    ready(&mut w, "anna", json!({}));
    limits(&mut w, "anna", json!({"zone": "Europe/London"}));
    assert_eq!(fill(&w, known()).assign.len(), 1);
    let view = w.get_mut(&doc("event/e1")).unwrap();
    let mut row = view.row(Table::Assignments, "bar").unwrap().as_ref().clone();
    row.set(Field::Zone, "Europe/Atlantis".into());
    view.insert(Table::Assignments, "bar", row);
    assert_eq!(fill(&w, known()).assign, []);
}

#[test]
fn taking_it_back_leaves_the_rows_as_before_and_what_others_did_since() {
    let mut w = chain();
    shift(&mut w, "late", "18T16:00", "18T18:00", json!({"helpers_min": 3, "helpers_max": 3}));
    assign(&mut w, "late", "ben");
    let before = w.clone();
    let plan = fill(&w, known());
    let command = serde_json::to_value(plan.command().unwrap()).unwrap();
    let mut filled = Recording::of(w);
    filled.edit(1, &coordinator(), command);
    let mut empty = filled.clone();
    assert_eq!(empty.edit(2, &coordinator(), undo(1)).kept, []);
    assert_eq!(empty.plan, before);

    let mut w = filled;
    act(&mut w.plan, json!({"type": "unassign", "event": "e1", "assignment": "first", "helper": "ben"}));
    act(&mut w.plan, json!({"type": "accept", "event": "e1", "assignment": "late", "helper": "anna"}));
    w.edit(2, &coordinator(), undo(1));
    let left = |shift: &str| on(&w.plan, shift);
    assert_eq!((left("first"), left("second"), left("third")), (vec![], vec![], vec![]));
    assert_eq!(left("late"), ["anna", "ben"], "Anna has said yes, and Ben was there before");
    assert_eq!(w.edit(3, &coordinator(), undo(1)).changes, []);
}

#[test]
fn a_plan_of_any_size_is_one_command() {
    let post = |i: usize| Post { assignment: id(&format!("{i:064}")), helper: id(&"h".repeat(64)) };
    let assign: Vec<Post> = (0..ENTRIES_MAX).map(post).collect();
    let json = Command::Staff { event: id(&"e".repeat(64)), unassign: vec![], assign }.to_json();
    assert!(json.len() < COMMAND_MAX, "{}", json.len());
}

/// Conflicts of a severity that are not there before, or not as bad.
fn worse(before: &Season, after: &Season, severity: Severity) -> Vec<Conflict> {
    let old: BTreeMap<String, Conflict> =
        before.conflicts().into_iter().map(|c| (c.id.clone(), c.clone())).collect();
    let is_worse = |c: &&&Conflict| {
        let old = old.get(&c.id).filter(|old| old.severity <= c.severity);
        c.severity == severity && old.is_none_or(|old| old.severity == c.severity && old.score < c.score)
    };
    after.conflicts().iter().filter(is_worse).map(|c| (*c).clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_season_nothing_hard_is_added(
        seed in any::<u64>(), ask_unknown in any::<bool>(), accept_medium in any::<bool>(), to_most in any::<bool>(),
    ) {
        let w = random(seed);
        let options = FillOptions { ask_unknown, accept_medium, to_most };
        let plan = fill_in(&w, "e1", options, 1000);
        prop_assert_eq!(&fill_in(&w, "e1", options, 1), &plan, "in other slices");
        let Some(command) = plan.command() else { return Ok(()) };
        let before = season(&w);
        let preview = before.preview_command(&command).unwrap();
        prop_assert_eq!((plan.before, plan.after), (Score::of(&preview.before), Score::of(&preview.after)));
        let mut filled = w.clone();
        apply(&mut filled, &decide(&w, &coordinator(), &command).unwrap());
        let after = season(&filled);
        prop_assert_eq!(worse(&before, &after, Severity::Hard), vec![]);
        let medium = worse(&before, &after, Severity::Medium);
        for conflict in &medium {
            let is_unknown = conflict.kind == ConflictKind::StaleOrUnknown;
            prop_assert!(if is_unknown { ask_unknown } else { accept_medium }, "{:?}", conflict);
        }
        for post in plan.assign.iter().filter(|_| !ask_unknown) {
            let all = before.candidates("e1", post.assignment.as_str(), 100);
            let reasons = &all.iter().find(|c| c.helper == post.helper.as_str()).unwrap().reasons;
            let is_known = |r: &Reason| !matches!(r, Reason::NotReadable | Reason::NotAsked { .. } | Reason::Declined);
            prop_assert!(reasons.iter().all(is_known), "{:?} {:?}", post, reasons);
        }
        let mut recording = Recording::of(w.clone());
        recording.edit(1, &coordinator(), serde_json::to_value(&command).unwrap());
        recording.edit(2, &coordinator(), undo(1));
        let filled = recording.plan;
        let rows = |w: &World| w[&doc("event/e1")].rows(Table::Assigned).clone();
        prop_assert_eq!(rows(&filled), rows(&w));
    }
}

/// A shift of the festival as the bound sees it: from, to, places, and who could be on it if they did nothing else.
struct Slot {
    start: String,
    end: String,
    places: usize,
    able: Vec<usize>,
}

/// At each instant a helper is on one shift. So of the places at one instant, no more are filled than can be matched with
/// helpers; and where no shift spans two instants, what stays open at both stays open.
fn bound(slots: &[Slot]) -> usize {
    let mut times: Vec<&String> = slots.iter().map(|s| &s.start).collect();
    times.sort_unstable();
    times.dedup();
    // The most that must stay open of all that begins up to each time, and what lies wholly before it.
    let mut open = vec![0; times.len() + 1];
    for (i, now) in times.iter().enumerate() {
        let active: Vec<&Slot> = slots.iter().filter(|s| s.start <= **now && **now < s.end).collect();
        let first = active.iter().map(|s| &s.start).min().unwrap();
        let before = times.partition_point(|time| *time < first);
        let places: usize = active.iter().map(|s| s.places).sum();
        open[i + 1] = open[i].max(open[before] + places - matched(&active));
    }
    slots.iter().map(|s| s.places).sum::<usize>() - open[times.len()]
}

/// How many places can have a helper each, by augmenting paths.
fn matched(slots: &[&Slot]) -> usize {
    fn seek(
        slots: &[&Slot],
        slot: usize,
        seen: &mut BTreeSet<usize>,
        on: &mut BTreeMap<usize, usize>,
    ) -> bool {
        for helper in &slots[slot].able {
            if !seen.insert(*helper) {
                continue;
            }
            if !on.contains_key(helper) || seek(slots, on[helper], seen, on) {
                on.insert(*helper, slot);
                return true;
            }
        }
        false
    }
    let mut on = BTreeMap::new();
    let all = slots.iter().enumerate().flat_map(|(i, slot)| std::iter::repeat_n(i, slot.places));
    all.filter(|slot| seek(slots, *slot, &mut BTreeSet::new(), &mut on)).count()
}

fn slots(w: &World, season: &Season) -> Vec<Slot> {
    let event = &w[&doc("event/emf")];
    let roster = &w[&doc("roster")];
    let helpers: Vec<&String> = roster.rows(Table::Helpers).keys().collect();
    // Whether they have time does not depend on the shift, but for what it needs.
    let mut free: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    let mut slots = Vec::new();
    for (shift, row) in event.rows(Table::Assignments) {
        let (start, end) = (row.text(Field::Start).to_owned(), row.text(Field::End).to_owned());
        let has_time = |c: &wedsync_domain::schedule::Candidate| {
            let is_known =
                !c.reasons.iter().any(|r| matches!(r, Reason::NotReadable | Reason::NotAsked { .. }));
            let fits = |c: &Conflict| c.kind == ConflictKind::Skill || c.severity >= Severity::Soft;
            is_known && c.new.iter().all(fits)
        };
        let free = free.entry((start.clone(), end.clone())).or_insert_with(|| {
            let all = season.candidates("emf", shift, usize::MAX);
            all.iter().filter(|c| has_time(c)).map(|c| helpers.binary_search(&&c.helper).unwrap()).collect()
        });
        let is_able = |helper: &&usize| {
            let helper = roster.row(Table::Helpers, helpers[**helper]).unwrap();
            let skills = helper.cell(Field::Skills).words();
            let is_adult = helper.cell(Field::Adult).bool() == Some(true);
            row.cell(Field::Skills).words().iter().all(|s| skills.contains(s))
                && (is_adult || row.cell(Field::AdultsOnly).bool() != Some(true))
        };
        let places = usize::try_from(row.cell(Field::HelpersMin).int().unwrap()).unwrap();
        slots.push(Slot { start, end, places, able: free.iter().filter(is_able).copied().collect() });
    }
    slots
}

#[test]
fn the_festival_is_filled_as_far_as_it_can_be() {
    let mut w = festival(400);
    let before = season(&w);
    let began = std::time::Instant::now();
    let plan = fill_in(&w, "emf", known(), 2000);
    let took = began.elapsed();
    let most = bound(&slots(&w, &before));
    println!("{} of 993 places filled, {most} at most, in {took:?}", plan.assign.len());
    assert_eq!((plan.assign.len(), most), (990, 990));
    assert_eq!(plan.open.iter().map(|o| o.missing).sum::<u32>(), 3);
    let command = plan.command();
    assert!(command.as_ref().unwrap().to_json().len() < COMMAND_MAX);
    give(&mut w, command);
    let after = season(&w);
    assert_eq!(worse(&before, &after, Severity::Hard), []);
    assert_eq!(worse(&before, &after, Severity::Medium), []);
    let spread: Vec<&Conflict> =
        after.conflicts().into_iter().filter(|c| c.kind == ConflictKind::Fairness).collect();
    assert_eq!(spread, Vec::<&Conflict>::new());
}

/// So few helpers that the hours they set themselves are used up before the places are filled.
#[test]
fn few_helpers_work_nearly_as_much_as_they_can() {
    let w = festival(60);
    let plan = fill_in(&w, "emf", known(), 2000);
    let most: i64 = people(&w).map(|row| row.cell(Field::WeekMax).int().unwrap()).sum();
    let event = &w[&doc("event/emf")];
    let minutes = |post: &Post| {
        let row = event.row(Table::Assignments, post.assignment.as_str()).unwrap();
        let civil = |field: Field| wedsync_domain::time::parse_civil(row.text(field)).unwrap();
        // The last day is in another week.
        let is_counted = row.text(Field::Start) < "2026-07-20";
        if is_counted { civil(Field::End).duration_since(civil(Field::Start)).as_mins() } else { 0 }
    };
    let worked: i64 = plan.assign.iter().map(minutes).sum();
    println!("{} of 993 places filled; {worked} of {most} minutes", plan.assign.len());
    assert!(worked <= most && worked * 100 > most * 90, "{worked} of {most}");
}

fn people(w: &World) -> impl Iterator<Item = &std::sync::Arc<wedsync_domain::Row>> {
    w.values().filter_map(|view| view.single(Table::Limits))
}

#[test]
fn nothing_to_fill() {
    let w = wedding();
    assert_eq!(fill(&w, known()).command(), None);
    assert_eq!(fill_in(&w, "nothing", known(), 10).assign, []);
    let mut all = Fill::new(&season(&chain()), &id("e1"), known());
    assert_eq!(all.step(usize::MAX).placed, 3);
    let json: Json = serde_json::to_value(all.plan()).unwrap();
    assert_eq!(serde_json::from_value::<FillPlan>(json).unwrap(), all.plan());
}
