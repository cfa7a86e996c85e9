//! The busy times of imported calendars.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value as Json, json};
use support::{
    World, act_as, anna, busy, code, coordinator, doc, import_busy, invalid, judge, person, refused, world,
};
use wedsync_domain::{Decision, Field, RefusalCode as Code, Table};

#[test]
fn a_calendar_read_again_replaces_its_busy_times_and_keeps_those_that_are_alike() {
    let mut w = world();
    let (early, late) =
        (busy("2026-07-20T09:00", "2026-07-20T10:00"), busy("2026-07-21T09:00", "2026-07-21T10:00"));
    act_as(&mut w, &anna(), import_busy("anna", "c1", json!([early, late])));
    // Ids that begin alike.
    act_as(&mut w, &anna(), import_busy("anna", "c1-2", json!([late])));
    let rows = |w: &World| {
        let all = w[&doc("person/anna")].rows(Table::Busy).clone();
        all.iter().map(|(id, row)| format!("{id} {}", row.text(Field::Start))).collect::<Vec<_>>()
    };
    assert_eq!(
        rows(&w),
        ["c1-2.00000 2026-07-21T09:00", "c1.00000 2026-07-20T09:00", "c1.00001 2026-07-21T09:00"]
    );
    assert_eq!(
        judge(&w, &anna(), import_busy("anna", "c1", json!([early, late]))),
        Ok(Decision::default()),
        "the same again changes nothing"
    );
    let later = busy("2026-07-22T09:00", "2026-07-22T10:00");
    let decision = act_as(&mut w, &anna(), import_busy("anna", "c1", json!([early, later])));
    assert_eq!(decision.changes.len(), 2, "one row goes, one comes: {decision:?}");
    act_as(&mut w, &anna(), import_busy("anna", "c1", json!([])));
    assert_eq!(rows(&w), ["c1-2.00000 2026-07-21T09:00"]);
    let known = person(&w, "anna").calendars;
    assert_eq!(known.iter().map(|c| (c.id.as_str(), c.busy)).collect::<Vec<_>>(), [("c1", 0), ("c1-2", 1)]);
    assert_eq!((known[0].name.as_str(), known[0].at, known[0].truncated), ("Work", 1_795_338_509_420, false));

    let remove = json!({"type": "remove_calendar", "helper": "anna", "calendar": "c1-2"});
    act_as(&mut w, &anna(), remove.clone());
    assert_eq!((rows(&w).len(), person(&w, "anna").calendars.len()), (0, 1));
    assert_eq!(code(&w, remove), Code::NotFound);
}

#[test]
fn a_calendar_is_refused_as_a_whole() {
    let w = world();
    let good = busy("2026-07-20T09:00", "2026-07-20T10:00");
    let with = |key: &str, value: Json| {
        let mut odd = good.clone();
        odd[key] = value;
        import_busy("anna", "c1", json!([good, odd]))
    };
    assert_eq!(refused(&w, with("kind", json!("asleep"))), invalid("kind"));
    assert_eq!(refused(&w, with("zone", json!("Mars/Base"))), invalid("zone"));
    assert_eq!(refused(&w, with("zone", json!(""))), invalid("zone"));
    assert_eq!(refused(&w, with("start", json!("2026-07-20"))), invalid("start"));
    assert_eq!(refused(&w, with("end", json!("2026-07-20T08:00"))), invalid("end"));
    assert_eq!(refused(&w, with("end", json!("2026-07-20T09:00"))), invalid("end"), "no length at all");
    let facts = |key: &str, value: Json| {
        let mut command = import_busy("anna", "c1", json!([]));
        command["fields"][key] = value;
        command
    };
    assert_eq!(refused(&w, facts("name", Json::Null)), invalid("name"));
    assert_eq!(refused(&w, facts("at", json!(-1))), invalid("at"));
    assert_eq!(refused(&w, facts("last_day", json!("2026-06-30"))), invalid("last_day"));
    assert!(judge(&w, &anna(), facts("last_day", json!("2026-07-01"))).is_ok(), "one day is a span");

    let many = |n: usize| import_busy("anna", "c1", json!(vec![good.clone(); n]));
    assert_eq!(code(&w, many(3001)), Code::TooLarge);
    assert!(judge(&w, &coordinator(), many(3000)).is_ok());
}
