//! Rows that no command would store: another version's, or a damaged document's. Nothing panics, nothing is taken for free
//! that is not known, and too much is bounded.
#![allow(clippy::unwrap_used)]

use serde_json::{Value as Json, json};
use std::sync::Arc;
use wedsync_domain::schedule::{Confidence, Conflict, ConflictKind as Kind, Fact, Season, Severity, explain};
use wedsync_domain::schema::{Table, single_row};
use wedsync_domain::view::World as _;
use wedsync_domain::zone::Zones;
use wedsync_domain::{DocId, DocView, Row};

/// Most conflicts of a kind that are listed for one helper.
const MOST: usize = 200;

fn row(json: Json) -> Row {
    serde_json::from_value(json).unwrap()
}

fn doc(name: &str) -> DocId {
    name.parse().unwrap()
}

/// Anna, with this in her own document and on all of these shifts.
fn season(person: DocView, shifts: impl IntoIterator<Item = Json>) -> Season {
    let mut roster = DocView::default();
    roster.insert(Table::Helpers, "anna", row(json!({"name": "Anna"})));
    roster.insert(Table::Rules, single_row(Table::Rules), row(json!({"rest": 0})));
    season_with(roster, person, shifts)
}

fn season_with(roster: DocView, person: DocView, shifts: impl IntoIterator<Item = Json>) -> Season {
    let mut event = DocView::default();
    event.insert(
        Table::Facts,
        single_row(Table::Facts),
        row(json!({"title": "Festival", "zone": "Europe/Berlin"})),
    );
    for (i, shift) in shifts.into_iter().enumerate() {
        let mut cells = json!({"title": "Bar", "zone": "Europe/Berlin", "helpers_min": 1, "helpers_max": 1, "status": "open"});
        cells.as_object_mut().unwrap().extend(shift.as_object().unwrap().clone());
        event.insert(Table::Assignments, format!("a{i:05}"), row(cells));
        let on = json!({"assignment": format!("a{i:05}"), "helper": "anna", "status": "accepted"});
        event.insert(Table::Assigned, format!("a{i:05}.anna"), row(on));
    }
    let mut season = Season::new(0, Zones::default());
    let docs = [("roster", roster), ("person/anna", person), ("event/e1", event)];
    season.update(docs.into_iter().map(|(name, view)| (doc(name), Some(Arc::new(view)))));
    // Whatever it is, it can be said, and an edit of it can be tried.
    for conflict in season.conflicts() {
        assert!(!explain(conflict, &season).is_empty());
    }
    let event = season.doc(&doc("event/e1")).unwrap().clone();
    assert_eq!(season.preview("e1", &DocView::default()).after.len(), 0);
    season.preview("e1", &event);
    season
}

fn at(start: &str, end: &str) -> Json {
    json!({"start": start, "end": end})
}

fn found(season: &Season) -> Vec<(Kind, Severity, u32)> {
    season.conflicts().iter().map(|c| (c.kind, c.severity, c.score)).collect()
}

fn of_kind(season: &Season, kind: Kind) -> Vec<Conflict> {
    season.conflicts().into_iter().filter(|c| c.kind == kind).cloned().collect()
}

/// Limits of all sorts, hours and a calendar, so that every check has something to do.
fn busy_person() -> DocView {
    let mut person = DocView::default();
    let limits =
        json!({"zone": "Europe/Berlin", "day_max": 60, "week_max": 60, "rolling_max": 60, "days_in_row": 1});
    person.insert(Table::Limits, single_row(Table::Limits), row(limits));
    person.insert(Table::Hours, "mo", row(json!({"from": "20:00", "to": "06:00"})));
    person.insert(Table::Hours, "tu", row(json!({"off": true})));
    let off = json!({"start": "0001-01-01T00:00", "end": "0001-01-01T01:00", "zone": "Europe/Berlin",
        "repeat": "FREQ=WEEKLY", "status": "approved"});
    person.insert(Table::TimeOff, "t", row(off));
    let calendar = json!({"name": "Work", "at": 0, "first_day": "2026-01-01", "last_day": "2026-12-31"});
    person.insert(Table::Calendars, "c", row(calendar));
    person
}

#[test]
fn times_that_are_none() {
    for (start, end) in [
        ("2026-07-18T14:00", "2026-07-18T12:00"),
        ("2026-07-18T14:00", "2026-07-18T14:00"),
        ("2026-02-30T14:00", "2026-07-18T14:00"),
        ("", ""),
        ("tomorrow", "2026-07-18T14:00"),
    ] {
        assert_eq!(found(&season(busy_person(), [at(start, end)])), [], "{start}");
    }
}

#[test]
fn the_first_and_the_last_year() {
    for (start, end) in [
        ("0000-01-01T00:00", "0000-01-02T00:00"),
        ("0001-01-01T00:00", "0001-01-03T12:00"),
        ("9999-12-30T00:00", "9999-12-31T23:59"),
        ("9999-12-31T00:00", "9999-12-31T23:59"),
        ("0001-01-01T00:00", "9999-12-31T23:59"),
    ] {
        for zone in ["Europe/Berlin", "Pacific/Apia", "America/Anchorage", "UTC", "Nowhere"] {
            let shift = json!({"start": start, "end": end, "zone": zone});
            let season =
                season(busy_person(), [shift, at(start, "2026-07-18T14:00"), at("2026-07-18T12:00", end)]);
            assert!(!of_kind(&season, Kind::MaxHours).is_empty(), "{start} {zone}");
        }
    }
}

#[test]
fn numbers_that_do_not_fit_count_as_none() {
    let mut roster = DocView::default();
    roster.insert(Table::Helpers, "anna", row(json!({"name": "Anna"})));
    for odd in [i64::MIN, -1_000_000_000, i64::MAX] {
        let rules = json!({"rest": odd, "rest_legal": odd, "day_legal": odd, "week_legal": odd, "rolling_legal": odd,
            "days_in_row": odd, "margin": odd, "stale_after": odd});
        roster.insert(Table::Rules, single_row(Table::Rules), row(rules));
        for place in ["p", "q"] {
            let cells = json!({"name": place, "latitude": odd, "longitude": odd});
            roster.insert(Table::Places, place, row(cells));
        }
        roster.insert(Table::Travel, "p.q", row(json!({"from": "p", "to": "q", "minutes": odd})));
        let mut person = DocView::default();
        let limits = json!({"day_max": odd, "week_max": odd, "week_target": odd, "rolling_max": odd, "rest": odd,
            "days_in_row": odd, "latitude": odd, "longitude": odd});
        person.insert(Table::Limits, single_row(Table::Limits), row(limits));
        let calendar =
            json!({"name": "Work", "at": odd, "first_day": "2026-01-01", "last_day": "2026-12-31"});
        person.insert(Table::Calendars, "c", row(calendar));
        let shift = |start: &str, end: &str, place: &str| json!({"start": start, "end": end, "place": place, "preparation": odd, "tear_down": odd, "helpers_min": odd});
        let shifts = [
            shift("2026-07-18T14:00", "2026-07-18T16:00", "p"),
            shift("2026-07-18T16:05", "2026-07-18T18:00", "q"),
        ];
        let season = season_with(roster.clone(), person, shifts);
        // Five minutes between two places of which nobody knows where they are.
        let lost = (Kind::TravelInfeasible, Severity::Medium, 5);
        let read_in_1970 =
            found(&season).into_iter().filter(|c| c.0 != Kind::StaleOrUnknown).collect::<Vec<_>>();
        assert_eq!(read_in_1970, [lost], "{odd}");
    }
}

#[test]
fn a_helper_who_is_gone_is_said_and_nothing_of_theirs_is_taken_for_free() {
    let shifts = || [at("2026-07-18T14:00", "2026-07-18T16:00"), at("2026-07-18T15:00", "2026-07-18T18:00")];
    let gone = season_with(DocView::default(), busy_person(), shifts());
    let expected = [
        (Kind::Overlap, Severity::Hard, 60),
        (Kind::StaleOrUnknown, Severity::Medium, 180),
        (Kind::StaleOrUnknown, Severity::Medium, 120),
    ];
    assert_eq!(found(&gone), expected);
    assert_eq!(gone.conflicts()[1].facts, [Fact::Gone]);
}

/// A rule that gives no day until the bound is met, in the century before the shift.
#[test]
fn a_rule_that_meets_its_bound_is_unknown_and_never_free() {
    let off = |repeat: &str| {
        let mut person = DocView::default();
        let cells = json!({"start": "0001-01-01T14:00", "end": "0001-01-01T15:00", "zone": "Europe/Berlin",
            "repeat": repeat, "status": "approved"});
        person.insert(Table::TimeOff, "t", row(cells));
        person
    };
    let shift = || [at("2026-07-18T14:00", "2026-07-18T18:00"), at("2026-07-20T14:00", "2026-07-20T18:00")];
    let bounded = season(off("FREQ=DAILY;COUNT=900000"), shift());
    assert_eq!(found(&bounded), [(Kind::StaleOrUnknown, Severity::Medium, 480)]);
    assert_eq!(bounded.conflicts()[0].confidence, Confidence::Unknown);
    assert_eq!(bounded.conflicts()[0].shifts.len(), 2);
    // An instance that was moved to the day between says nothing of the others.
    let mut person = off("FREQ=DAILY;COUNT=900000");
    let moved = json!({"start": "2026-07-19T14:00", "end": "2026-07-19T15:00", "zone": "Europe/Berlin", "series": "t",
        "instance": "2026-07-17T14:00", "status": "approved"});
    person.insert(Table::TimeOff, "x", row(moved));
    assert_eq!(found(&season(person, shift())), [(Kind::StaleOrUnknown, Severity::Medium, 480)]);
    // A rule that nobody can read.
    let unread = season(off("FREQ=SOMETIMES"), shift());
    assert_eq!(found(&unread), [(Kind::StaleOrUnknown, Severity::Medium, 480)]);
    // One that can be followed.
    let followed = season(off("FREQ=DAILY"), shift());
    assert_eq!(found(&followed), [(Kind::TimeOff, Severity::Hard, 60); 2]);
}

fn is_more(season: &Season, of: Kind) -> bool {
    let unknown = of_kind(season, Kind::StaleOrUnknown);
    unknown.iter().any(|c| {
        c.facts == [Fact::More { of }] && c.id == format!("stale_or_unknown:anna::more {}", of.name())
    })
}

#[test]
fn ten_thousand_shifts_at_once_are_bounded_and_said() {
    let same = (0..10_000).map(|_| at("2026-07-18T14:00", "2026-07-18T18:00"));
    let season = season(busy_person(), same);
    let overlaps = of_kind(&season, Kind::DoubleRole).len() + of_kind(&season, Kind::Overlap).len();
    assert_eq!(overlaps, MOST);
    assert!(is_more(&season, Kind::Overlap));
    assert_eq!(of_kind(&season, Kind::MaxHours).len(), 3, "a day, a week and seven days on end");
    assert!(season.conflicts_of("e1").iter().any(|c| c.facts == [Fact::More { of: Kind::Overlap }]));
}

/// Half of them follow on the other half: without a bound there would be 25 million ways.
#[test]
fn thousands_that_follow_on_thousands_are_bounded() {
    let half = |start: &'static str, end: &'static str| (0..5000).map(move |_| at(start, end));
    let shifts =
        half("2026-07-18T14:00", "2026-07-18T15:00").chain(half("2026-07-18T15:00", "2026-07-18T16:00"));
    let mut shifts: Vec<Json> = shifts.collect();
    shifts.iter_mut().for_each(|shift| shift["preparation"] = json!(30));
    let season = season(busy_person(), shifts);
    assert_eq!(of_kind(&season, Kind::Preparation).len(), MOST);
    assert!(is_more(&season, Kind::Preparation));
}

/// One behind the other over a year: each is a conflict of its own, and only the first are listed.
#[test]
fn thousands_one_after_the_other_are_bounded() {
    let first: jiff::civil::DateTime = "2026-01-01T00:00".parse().unwrap();
    let text = |hours: i64| {
        first.saturating_add(jiff::SignedDuration::from_hours(hours)).strftime("%Y-%m-%dT%H:%M").to_string()
    };
    let mut person = busy_person();
    for i in 0..3000 {
        let cells = json!({"calendar": "c", "start": text(2 * i), "end": text(2 * i + 1), "zone": "UTC", "kind": "busy"});
        person.insert(Table::Busy, format!("c.{i:05}"), row(cells));
    }
    // And one over all of it, which every busy time touches.
    let shifts = (0..4000).map(|i| at(&text(2 * i), &text(2 * i + 1))).chain([at(&text(0), &text(8000))]);
    let season = season(person, shifts);
    for kind in [Kind::ExternalBusy, Kind::MaxHours, Kind::DoubleRole] {
        assert_eq!(of_kind(&season, kind).len(), MOST, "{kind:?}");
    }
    assert!(is_more(&season, Kind::ExternalBusy) && is_more(&season, Kind::MaxHours));
}
