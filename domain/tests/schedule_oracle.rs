//! The check of a season against an oracle that counts minutes (support/oracle.rs), on random seasons around clock changes.
#![allow(clippy::unwrap_used)]

#[path = "support/oracle.rs"]
mod oracle;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Span};
use oracle::{Found, World};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use wedsync_domain::schedule::{Conflict, Season};
use wedsync_domain::schema::{Table, single_row};
use wedsync_domain::zone::Zones;
use wedsync_domain::{DocId, DocView, Row};

/// Days around which a season lies, each with a clock change of the zone, and one without.
const BASES: &[(Date, &str)] = &[
    (date(2026, 3, 29), "Europe/Berlin"),
    (date(2026, 10, 25), "Europe/Berlin"),
    (date(2026, 4, 24), "Africa/Cairo"),
    (date(2026, 10, 30), "Africa/Cairo"),
    (date(2026, 10, 4), "Australia/Lord_Howe"),
    (date(2026, 4, 5), "Australia/Lord_Howe"),
    (date(2026, 7, 15), "Asia/Kathmandu"),
];
const HELPERS: &[&str] = &["anna", "ben", "cleo", "dora"];
const EVENTS: &[&str] = &["e1", "e2", "e3"];
const PLACES: &[&str] = &["p1", "p2", "p3", "p4", "p5"];

/// A season: where in time it lies, when it is checked, and its documents.
#[derive(Clone, Debug)]
struct Plan {
    base: Date,
    now: i64,
    world: World,
}

impl Plan {
    fn season(&self) -> Season {
        let mut season = Season::new(self.now, Zones::default());
        season.update(self.world.iter().map(|(doc, view)| (doc.clone(), Some(view.clone()))));
        season
    }

    fn oracle(&self) -> Found {
        oracle::conflicts(self.base, self.now, &self.world)
    }
}

fn row(json: Json) -> Row {
    let cells: BTreeMap<String, Json> = serde_json::from_value(json).unwrap();
    let cells: BTreeMap<String, Json> = cells.into_iter().filter(|(_, value)| !value.is_null()).collect();
    serde_json::from_value(json!(cells)).unwrap()
}

fn maybe<T: Clone + std::fmt::Debug + Into<Json> + 'static>(
    some: u32,
    values: &'static [T],
) -> impl Strategy<Value = Json> + Clone {
    prop_oneof![4 => Just(Json::Null), some => select(values).prop_map(Into::into)]
}

fn yes(weight: u32) -> impl Strategy<Value = Json> + Clone {
    prop_oneof![9 => Just(Json::Null), weight => Just(json!(true))]
}

fn word() -> impl Strategy<Value = Json> + Clone {
    prop_oneof![3 => Just(Json::Null), 1 => Just(json!(["till"])), 1 => Just(json!(["lift", "till"]))]
}

/// A start and an end near the base, mostly at full hours and often just where others end.
fn times(base: Date, days: i64) -> impl Strategy<Value = (String, String)> {
    let start = prop_oneof![
        4 => (0..24i64).prop_map(|hour| hour * 60),
        2 => (0..96i64).prop_map(|quarter| quarter * 15),
        1 => (0..20i64).prop_map(|minute| 100 + minute * 5),
    ];
    let length = select(&[15, 30, 60, 120, 180, 240, 240, 360, 480, 480, 660, 720, 990, 1440, 2000][..]);
    let day = prop_oneof![1 => Just(0), 2 => -days..=days];
    (day, start, length).prop_map(move |(day, minute, length)| {
        let start = (base + Span::new().days(day)).at(0, 0, 0, 0) + SignedDuration::from_mins(minute);
        let text = |t: jiff::civil::DateTime| t.strftime("%Y-%m-%dT%H:%M").to_string();
        (text(start), text(start + SignedDuration::from_mins(length)))
    })
}

fn zone(own: &'static str) -> impl Strategy<Value = &'static str> {
    prop_oneof![
        6 => Just(own), 1 => Just("UTC"), 1 => Just("Asia/Kathmandu"), 1 => Just("Europe/Berlin"),
        1 => Just("Australia/Lord_Howe")
    ]
}

fn shift(base: Date, own: &'static str) -> impl Strategy<Value = Row> {
    let when = (times(base, 4), zone(own), maybe(2, &["start", "end", "both"]));
    let zone = prop_oneof![20 => Just(false), 1 => Just(true)];
    let work = (maybe(3, &[0, 10, 30, 45]), maybe(3, &[0, 15, 40]), 0..4i64, maybe(6, PLACES));
    let words = (select(&["Bar", "Gate", "Clean"][..]), select(&["Lead", "Help"][..]), word());
    let flags = (yes(1), yes(2), yes(2), prop_oneof![8 => Just("open"), 1 => Just("cancelled")]);
    (when, zone, work, words, flags).prop_map(|(((start, end), zone, fold), unknown, work, words, flags)| {
        let zone = if unknown { "Europe/Atlantis" } else { zone };
        row(json!({"title": "Shift", "start": start, "end": end, "zone": zone, "fold": fold,
            "preparation": work.0, "tear_down": work.1, "helpers_min": work.2, "helpers_max": 5, "place": work.3,
            "team": words.0, "role": words.1, "skills": words.2, "adults_only": flags.0, "critical": flags.1,
            "tentative": flags.2, "status": flags.3}))
    })
}

fn event(base: Date, own: &'static str) -> impl Strategy<Value = DocView> {
    let status = select(&["accepted", "assigned", "assigned", "declined", "checked_in"][..]);
    let shifts = prop::collection::vec(shift(base, own), 0..7);
    let posts = prop::collection::vec((any::<Index>(), select(HELPERS), status), 0..14);
    (shifts, posts, maybe(2, PLACES), yes(1), prop::bool::weighted(0.97)).prop_map(
        move |(shifts, posts, place, archived, has_facts)| {
            let mut view = DocView::default();
            let facts = json!({"title": "Event", "zone": own, "place": place, "archived": archived});
            if has_facts {
                view.insert(Table::Facts, single_row(Table::Facts), row(facts));
            }
            for (i, shift) in shifts.iter().enumerate() {
                view.insert(Table::Assignments, format!("a{i}"), shift.clone());
            }
            for (of, helper, status) in posts.iter().filter(|_| !shifts.is_empty()) {
                let id = format!("a{}", of.index(shifts.len()));
                let cells = json!({"assignment": id, "helper": helper, "status": status});
                view.insert(Table::Assigned, format!("{id}.{helper}"), row(cells));
            }
            view
        },
    )
}

fn roster() -> impl Strategy<Value = DocView> {
    let helpers = prop::collection::vec((prop::bool::weighted(0.95), word(), yes(20), yes(1)), HELPERS.len());
    // About a kilometre, ten, and some hundred; one is nowhere.
    let points =
        [(50_000_000, 8_000_000), (50_007_300, 8_000_000), (50_080_500, 8_031_000), (52_517_000, 13_389_000)];
    let venues = prop::collection::vec(maybe(2, &["Castle", "Barn"]), PLACES.len());
    let travel = prop::collection::vec((select(PLACES), select(PLACES), select(&[0, 7, 25, 90][..])), 0..4);
    let rules =
        (maybe(4, &[0, 480, 660]), maybe(3, &[540, 660]), maybe(3, &[480, 600]), maybe(3, &[1200, 2400]));
    let more = (maybe(3, &[1500, 2880]), maybe(3, &[2, 4]), maybe(3, &[0, 20]), maybe(3, &[1, 30]));
    (helpers, venues, travel, rules, more).prop_map(move |(helpers, venues, travel, rules, more)| {
        let mut view = DocView::default();
        for (helper, (is_there, skills, adult, archived)) in HELPERS.iter().zip(helpers) {
            if is_there {
                let cells = json!({"name": helper, "skills": skills, "adult": adult, "archived": archived});
                view.insert(Table::Helpers, *helper, row(cells));
            }
        }
        for (i, (place, venue)) in PLACES.iter().zip(venues).enumerate() {
            let point = points.get(i);
            let cells = json!({"name": place, "latitude": point.map(|p| p.0), "longitude": point.map(|p| p.1), "venue": venue});
            view.insert(Table::Places, *place, row(cells));
        }
        for (from, to, minutes) in travel.into_iter().filter(|(from, to, _)| from != to) {
            view.insert(Table::Travel, format!("{from}.{to}"), row(json!({"from": from, "to": to, "minutes": minutes})));
        }
        let cells = json!({"rest": rules.0, "rest_legal": rules.1, "day_legal": rules.2, "week_legal": rules.3,
            "rolling_legal": more.0, "days_in_row": more.1, "margin": more.2, "stale_after": more.3});
        view.insert(Table::Rules, single_row(Table::Rules), row(cells));
        view
    })
}

fn hours(base: Date) -> impl Strategy<Value = Vec<(String, Row)>> {
    let day = prop_oneof![
        select(&["mo", "tu", "we", "th", "fr", "sa", "su"][..]).prop_map(str::to_owned),
        (-3..4i64).prop_map(move |day| (base + Span::new().days(day)).to_string()),
    ];
    let hours = prop_oneof![
        1 => Just(json!({"off": true})),
        4 => select(&[("08:00", "18:00"), ("20:00", "06:30"), ("00:00", "24:00"), ("02:30", "02:45"), ("12:00", "12:00")][..])
            .prop_map(|(from, to)| json!({"from": from, "to": to})),
    ];
    prop::collection::vec((day, hours.prop_map(row)), 0..8)
}

fn time_off(base: Date, own: &'static str) -> impl Strategy<Value = Vec<(String, Row)>> {
    const RULES: &[&str] = &[
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=2;COUNT=4",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=SA,SU,MO",
        "FREQ=DAILY;COUNT=9",
    ];
    let status = || select(&["approved", "requested", "rejected"][..]);
    let part = (times(base, 4), 0..5i64, status());
    let one = (times(base, 6), zone(own), maybe(4, RULES), status(), prop::bool::ANY, prop::option::of(part));
    prop::collection::vec(one, 0..3).prop_map(move |all| {
        let mut rows = Vec::new();
        for (i, ((start, end), zone, repeat, status, except, part)) in all.into_iter().enumerate() {
            let id = format!("t{i}");
            let first: jiff::civil::DateTime = start.parse().unwrap();
            let instance = |days: i64| (first + SignedDuration::from_hours(24 * days)).strftime("%Y-%m-%dT%H:%M").to_string();
            let except = (except && !repeat.is_null()).then(|| vec![instance(3)]);
            let repeats = !repeat.is_null();
            let cells = json!({"start": start, "end": end, "zone": zone, "repeat": repeat, "status": status, "except": except});
            rows.push((id.clone(), row(cells)));
            if let Some(((start, end), days, status)) = part.filter(|_| repeats) {
                let cells = json!({"start": start, "end": end, "zone": zone, "status": status, "series": id,
                    "instance": instance(days)});
                rows.push((format!("{id}x"), row(cells)));
            }
        }
        rows
    })
}

fn person(base: Date, own: &'static str) -> impl Strategy<Value = DocView> {
    let words = prop_oneof![3 => Just(Json::Null), 1 => Just(json!(["Bar"])), 1 => Just(json!(["Help"]))];
    let limits = (
        maybe(4, &["Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo"]),
        maybe(4, &["walk", "bicycle", "transit", "car"]),
        (maybe(4, &[300, 480]), maybe(4, &[900, 1500]), maybe(4, &[600]), maybe(4, &[900, 2000])),
        (maybe(4, &[0, 600, 720]), maybe(3, &[1, 3]), words),
    );
    let at = (0..30i64, -20..5i64, 0..20i64, yes(2));
    let calendars = prop::collection::vec(at, 0..3);
    let kinds = select(&["busy", "tentative", "out_of_office", "elsewhere", "free"][..]);
    let mirror = prop::option::weighted(0.3, (select(EVENTS), 0..5usize));
    let busy = prop::collection::vec((0..3usize, times(base, 4), zone(own), kinds, mirror), 0..6);
    (limits, hours(base), time_off(base, own), calendars, busy).prop_map(move |(limits, hours, off, calendars, busy)| {
        let mut view = DocView::default();
        let (zone, mode, caps, (rest, days, avoids)) = limits;
        let cells = json!({"zone": zone, "travel_mode": mode, "day_max": caps.0, "week_max": caps.1, "week_target": caps.2,
            "rolling_max": caps.3, "rest": rest, "days_in_row": days, "avoids": avoids});
        view.insert(Table::Limits, single_row(Table::Limits), row(cells));
        hours.into_iter().for_each(|(day, row)| view.insert(Table::Hours, day, row));
        off.into_iter().for_each(|(id, row)| view.insert(Table::TimeOff, id, row));
        for (i, (age, first, days, truncated)) in calendars.into_iter().enumerate() {
            let first = base + Span::new().days(first);
            let cells = json!({"name": "Work", "at": now(base) - age * 43_200_000, "first_day": first.to_string(),
                "last_day": (first + Span::new().days(days)).to_string(), "truncated": truncated});
            view.insert(Table::Calendars, format!("c{i}"), row(cells));
        }
        for (i, (calendar, (start, end), zone, kind, mirror)) in busy.into_iter().enumerate() {
            let mirror = mirror.map(|(event, i)| (event, format!("a{i}"))).unzip();
            let cells = json!({"calendar": format!("c{calendar}"), "start": start, "end": end, "zone": zone, "kind": kind,
                "event": mirror.0, "assignment": mirror.1});
            view.insert(Table::Busy, format!("c{calendar}.{i:05}"), row(cells));
        }
        view
    })
}

fn now(base: Date) -> i64 {
    base.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_millisecond()
}

fn plan_at(base: Date, own: &'static str) -> impl Strategy<Value = Plan> {
    let events = prop::collection::vec(event(base, own), EVENTS.len());
    let people = prop::collection::vec(prop::option::weighted(0.8, person(base, own)), HELPERS.len());
    (roster(), events, people).prop_map(move |(roster, events, people)| {
        let mut world = World::from([(DocId::Roster, Arc::new(roster))]);
        for (event, view) in EVENTS.iter().zip(events) {
            world.insert(DocId::Event(event.parse().unwrap()), Arc::new(view));
        }
        for (helper, view) in HELPERS.iter().zip(people) {
            world.extend(view.map(|view| (DocId::Person(helper.parse().unwrap()), Arc::new(view))));
        }
        Plan { base, now: now(base), world }
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    select(BASES).prop_flat_map(|(base, own)| plan_at(base, own))
}

/// Two seasons of the same time.
fn two_plans() -> impl Strategy<Value = (Plan, Plan)> {
    select(BASES).prop_flat_map(|(base, own)| (plan_at(base, own), plan_at(base, own)))
}

fn found(season: &Season) -> Found {
    oracle::of(&season.conflicts())
}

/// What only one of them has.
fn difference(ours: &Found, oracle: &Found) -> String {
    let list = |a: &Found, b: &Found| a.difference(b).map(|c| format!("\n    {c:?}")).collect::<String>();
    format!("\n  only the check has:{}\n  only the oracle has:{}", list(ours, oracle), list(oracle, ours))
}

/// Between two documents: some of the tables, rows and cells of the one, the others of the other.
fn mixed(a: &DocView, b: &DocView, choices: &[bool]) -> DocView {
    let mut choices = choices.iter().cycle();
    let mut view = DocView::default();
    for table in Table::ALL {
        let names = a.rows(*table).keys().chain(b.rows(*table).keys());
        for name in names.collect::<std::collections::BTreeSet<_>>() {
            let of = if *choices.next().unwrap() { a } else { b };
            if let Some(row) = of.row(*table, name) {
                view.insert(*table, name.clone(), row.as_ref().clone());
            }
        }
    }
    view
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_check_finds_what_the_oracle_counts(plan in plan()) {
        let season = plan.season();
        let (ours, oracle) = (found(&season), plan.oracle());
        prop_assert!(ours == oracle, "{}", difference(&ours, &oracle));
        prop_assert_eq!(season.conflicts().len(), ours.len(), "no id stands for two conflicts");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// From one season to another, document by document, by halves, in any order: the same as a full check at each step.
    #[test]
    fn a_check_after_each_edit_is_the_full_check(
        (from, to) in two_plans(),
        order in prop::collection::vec((any::<Index>(), prop::collection::vec(any::<bool>(), 1..40)), 1..6),
    ) {
        let mut season = from.season();
        let mut now = from.clone();
        let docs: Vec<DocId> = from.world.keys().chain(to.world.keys()).cloned().collect();
        let halves = order.iter().map(|(index, choices)| (index.get(&docs).clone(), Some(choices)));
        for (doc, choices) in halves.chain(docs.iter().rev().map(|doc| (doc.clone(), None))) {
            let view = match (choices, now.world.get(&doc), to.world.get(&doc)) {
                (Some(choices), Some(a), Some(b)) => Some(Arc::new(mixed(a, b, choices))),
                (_, _, whole) => whole.cloned(),
            };
            let preview = match (&doc, &view) {
                (DocId::Event(event), Some(view)) => Some(season.preview(event.as_str(), view)),
                _ => None,
            };
            let before = found(&season);
            season.update([(doc.clone(), view.clone())]);
            match view {
                Some(view) => drop(now.world.insert(doc.clone(), view)),
                None => drop(now.world.remove(&doc)),
            }
            let ours = found(&season);
            let full = found(&now.season());
            prop_assert!(ours == full, "after {doc}{}", difference(&ours, &full));
            if let Some(preview) = preview {
                let [was, will] = [&preview.before, &preview.after]
                    .map(|list| oracle::of(&list.iter().collect::<Vec<&Conflict>>()));
                prop_assert!(was.is_subset(&before), "{}", difference(&was, &before));
                let expected: Found = before.difference(&was).chain(&will).cloned().collect();
                prop_assert!(expected == ours, "the preview of {doc}{}", difference(&expected, &ours));
                prop_assert_eq!(was.len(), preview.before.len());
                prop_assert_eq!(will.len(), preview.after.len());
            }
        }
        let (ours, oracle) = (found(&season), to.oracle());
        prop_assert!(ours == oracle, "{}", difference(&ours, &oracle));
    }

    /// Days later: only what is believed of calendars changes, as a new check would have it.
    #[test]
    fn at_another_time_it_is_the_check_of_that_time(plan in plan(), days in 0..40i64) {
        let mut season = plan.season();
        let later = Plan { now: plan.now + days * 86_400_000, ..plan };
        season.set_now(later.now);
        let (ours, oracle) = (found(&season), later.oracle());
        prop_assert!(ours == oracle, "{}", difference(&ours, &oracle));
    }
}
