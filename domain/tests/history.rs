//! History in words, and the way back to a value.
#![allow(clippy::unwrap_used)]

use serde_json::{Value as Json, json};
use support::{
    World, act, act_as, anna, apply, busy, coordinator, doc, id, import_busy, judge, on, staff, world,
};
use wedsync_domain::history::{HistoryEntry, HistoryLine, Record, RowCounts, Subject, entry, restore};
use wedsync_domain::{Actor, Change, ChangeKind, Field, Role, Table, Value};

mod support;

/// What the hub would have recorded of an edit by Olga.
fn record(kind: &str, changes: &[Change]) -> Record {
    Record {
        uuid: "01900000-0001-7fff-bfff-ffffffffffff".into(),
        user: id("olga"),
        name: Some("Olga".into()),
        device: Some("Phone".into()),
        kind: kind.into(),
        made_ms: 1,
        at_ms: 2,
        changes: changes.to_vec(),
        rows: RowCounts::of(changes),
    }
}

/// Does it as a coordinator, and tells it.
fn told(w: &mut World, command: Json) -> HistoryEntry {
    let decision = act(w, command.clone());
    let record = record(command["type"].as_str().unwrap(), &decision.changes);
    entry(&record, "stored", w, &coordinator()).unwrap()
}

fn title(w: &mut World, command: Json) -> String {
    told(w, command).title
}

fn update(shift: &str, set: Json) -> Json {
    json!({"type": "update_assignment", "event": "e1", "assignment": shift, "set": set})
}

#[test]
fn what_was_done_to_a_shift_reads_as_a_person_would_say_it() {
    let w = &mut world();
    for (command, expected) in [
        (
            update("a1", json!({"start": "2026-07-18T15:00", "end": "2026-07-18T19:00"})),
            "Olga moved Bar from 14:00–18:00 to 15:00–19:00",
        ),
        (
            json!({"type": "move_assignment", "event": "e1", "assignment": "a1", "set": {"start": "2026-07-19T22:00", "end": "2026-07-20T02:00", "place": "p1"}}),
            "Olga moved Bar from Sat 18 Jul 15:00–19:00 to Sun 19 Jul 22:00–Mon 20 Jul 02:00, Place p1",
        ),
        (update("a1", json!({"place": "p3"})), "Olga moved Bar from Place p1 to Place p3"),
        (update("a2", json!({"place": "p3"})), "Olga moved Kitchen to Place p3"),
        (
            update("a2", json!({"title": "Grill"})),
            "Olga changed title of Grill, Sat 18 Jul 14:00 from Kitchen to Grill",
        ),
        (
            update("a2", json!({"helpers_max": 4, "helpers_min": 2})),
            "Olga changed least helpers and most helpers of Grill, Sat 18 Jul 14:00",
        ),
        (
            update("a2", json!({"critical": true})),
            "Olga changed critical of Grill, Sat 18 Jul 14:00 from no to yes",
        ),
        (
            update("a2", json!({"note": "Bring gloves.\nAnd a hat."})),
            "Olga changed note of Grill, Sat 18 Jul 14:00",
        ),
        (
            json!({"type": "cancel_assignment", "event": "e1", "assignment": "a2", "cancelled": true}),
            "Olga cancelled Grill, Sat 18 Jul 14:00",
        ),
        (
            json!({"type": "cancel_assignment", "event": "e1", "assignment": "a2", "cancelled": false}),
            "Olga brought back Grill, Sat 18 Jul 14:00",
        ),
        (
            json!({"type": "split_assignment", "event": "e1", "assignment": "a2", "second": "a9", "at": "2026-07-18T16:00"}),
            "Olga split Grill, Sat 18 Jul 14:00, at 16:00",
        ),
        (
            json!({"type": "create_assignment", "event": "e1", "assignment": "n", "fields": {"title": "Bins", "start": "2026-07-18T20:00", "end": "2026-07-18T21:00"}}),
            "Olga created Bins, Sat 18 Jul 20:00",
        ),
        (
            json!({"type": "update_event", "event": "e1", "set": {"title": "The wedding"}}),
            "Olga changed title of The wedding from Wedding to The wedding",
        ),
        (json!({"type": "archive_event", "event": "e1", "archived": true}), "Olga archived The wedding"),
        (json!({"type": "archive_event", "event": "e1", "archived": false}), "Olga brought back The wedding"),
    ] {
        assert_eq!(title(w, command.clone()), expected, "{command}");
    }
}

#[test]
fn who_was_put_where_reads_so_too() {
    let w = &mut world();
    for (command, expected) in [
        (on("assign", "a1", "ben"), "Olga put Ben on Bar, Sat 18 Jul 14:00"),
        (on("accept", "a1", "ben"), "Olga accepted Bar, Sat 18 Jul 14:00, for Ben"),
        (on("check_in", "a1", "ben"), "Olga checked in Ben to Bar, Sat 18 Jul 14:00"),
        (support::substitute("a1", "anna", "cleo"), "Olga replaced Anna by Cleo on Bar, Sat 18 Jul 14:00"),
        (
            json!({"type": "reassign", "event": "e1", "from": "a1", "to": "a2", "helper": "cleo"}),
            "Olga moved Cleo from Bar to Kitchen, Sat 18 Jul 14:00",
        ),
        (on("unassign", "a1", "ben"), "Olga took Ben off Bar, Sat 18 Jul 14:00"),
        (
            staff(&[("a2", "cleo")], &[("a1", "anna"), ("a1", "ben")]),
            "Olga filled 2 places and emptied 1 place",
        ),
    ] {
        assert_eq!(title(w, command.clone()), expected, "{command}");
    }
    // People answer for themselves.
    let decision = act_as(w, &anna(), on("decline", "a1", "anna"));
    let own = Record { name: Some("Anna".into()), ..record("decline", &decision.changes) };
    assert_eq!(entry(&own, "stored", w, &anna()).unwrap().title, "Anna declined Bar, Sat 18 Jul 14:00");
    let left = Record { name: None, ..own };
    assert_eq!(
        entry(&left, "stored", w, &anna()).unwrap().title,
        "Someone who left the team declined Bar, Sat 18 Jul 14:00, for Anna"
    );
    let decision = act_as(w, &anna(), support::claim("a1"));
    let claim = Record { name: Some("Anna".into()), ..record("claim", &decision.changes) };
    assert_eq!(
        entry(&claim, "stored", w, &anna()).unwrap().title,
        "Anna took a place on Bar, Sat 18 Jul 14:00"
    );
}

#[test]
fn what_was_done_to_people_places_and_rules() {
    let w = &mut world();
    for (command, expected) in [
        (
            json!({"type": "add_helper", "helper": "finn", "fields": {"name": "Finn"}, "contact": {"phone": "1"}}),
            "Olga added Finn",
        ),
        (
            json!({"type": "update_helper", "helper": "finn", "set": {"skills": ["bar", "till"]}}),
            "Olga changed skills of Finn from nothing to bar, till",
        ),
        (json!({"type": "update_helper", "helper": "finn", "set": {"archived": true}}), "Olga archived Finn"),
        (
            json!({"type": "update_helper", "helper": "finn", "set": {"archived": false}}),
            "Olga brought back Finn",
        ),
        (
            json!({"type": "update_contact", "helper": "finn", "set": {"phone": "2", "email": "f@example.org"}}),
            "Olga changed email and phone of Finn",
        ),
        (
            json!({"type": "update_limits", "helper": "finn", "set": {"week_max": 1230}}),
            "Olga changed most in a week of Finn from nothing to 20 h 30 min",
        ),
        (
            json!({"type": "set_working_hours", "helper": "finn", "day": "mo", "hours": {"from": "09:00", "to": "17:00"}}),
            "Olga set hours of Finn on Mondays to 09:00–17:00",
        ),
        (json!({"type": "set_day_off", "helper": "finn", "day": "mo"}), "Olga gave Finn Mondays off"),
        (
            json!({"type": "set_working_hours", "helper": "finn", "day": "mo", "hours": null}),
            "Olga removed hours of Finn on Mondays",
        ),
        (
            json!({"type": "add_time_off", "helper": "finn", "time_off": "t9", "fields": {"start": "2026-07-18T08:00", "end": "2026-07-18T10:00", "zone": "Europe/London"}}),
            "Olga entered time off of Finn, Sat 18 Jul 08:00",
        ),
        (
            json!({"type": "decide_time_off", "helper": "finn", "time_off": "t9", "approved": false}),
            "Olga rejected time off of Finn, Sat 18 Jul 08:00",
        ),
        (
            json!({"type": "remove_time_off", "helper": "finn", "time_off": "t9"}),
            "Olga removed time off of Finn, Sat 18 Jul 08:00",
        ),
        (
            import_busy(
                "finn",
                "c9",
                json!([
                    busy("2026-07-18T09:00", "2026-07-18T11:00"),
                    busy("2026-07-19T09:00", "2026-07-19T11:00")
                ]),
            ),
            "Olga read Work for Finn",
        ),
        (
            json!({"type": "add_place", "place": "p9", "fields": {"name": "Barn"}}),
            "Olga added the place Barn",
        ),
        (
            json!({"type": "update_place", "place": "p9", "set": {"name": "Old barn"}}),
            "Olga changed name of the place Old barn from Barn to Old barn",
        ),
        (
            json!({"type": "set_travel", "from": "p9", "to": "p1", "minutes": 25}),
            "Olga changed the way from Old barn to Place p1 from nothing to 25 min",
        ),
        (
            json!({"type": "update_rules", "set": {"rest": 660}}),
            "Olga changed rest for everybody from nothing to 11 h",
        ),
        (
            json!({"type": "update_rules", "set": {"rest": 600}}),
            "Olga changed rest for everybody from 11 h to 10 h",
        ),
    ] {
        assert_eq!(title(w, command.clone()), expected, "{command}");
    }
}

fn line(
    about: &str,
    label: &str,
    before: Option<&str>,
    after: Option<&str>,
    restore: Option<Json>,
) -> HistoryLine {
    HistoryLine {
        about: about.into(),
        label: label.into(),
        before: before.map(Into::into),
        after: after.map(Into::into),
        restore: restore.map(|json| serde_json::from_value(json).unwrap()),
    }
}

#[test]
fn each_line_has_its_before_its_after_and_the_way_back() {
    let w = &mut world();
    let shift = "Bar, Sat 18 Jul 15:00";
    let set = json!({"start": "2026-07-18T15:00", "end": "2026-07-18T19:00", "title": "Bar", "team": "Drinks", "tear_down": 90});
    assert_eq!(
        told(w, update("a1", set)).lines,
        [
            line(
                shift,
                "time",
                Some("Sat 18 Jul 14:00–18:00"),
                Some("Sat 18 Jul 15:00–19:00"),
                Some(update("a1", json!({"start": "2026-07-18T14:00", "end": "2026-07-18T18:00"}))),
            ),
            line(shift, "team", None, Some("Drinks"), Some(update("a1", json!({"team": null})))),
            line(
                shift,
                "tear-down",
                None,
                Some("1 h 30 min"),
                Some(update("a1", json!({"tear_down": null})))
            ),
        ]
    );
    assert_eq!(
        told(w, on("assign", "a2", "ben")).lines,
        [line(
            "Kitchen, Sat 18 Jul 14:00",
            "Ben",
            Some("not on it"),
            Some("asked"),
            Some(on("unassign", "a2", "ben"))
        )]
    );
    assert_eq!(
        told(w, on("decline", "a2", "ben")).lines,
        // There is no command that asks again who declined.
        [line("Kitchen, Sat 18 Jul 14:00", "Ben", Some("asked"), Some("declined"), None)]
    );
    let hours = |from: &str, to: &str| json!({"type": "set_working_hours", "helper": "ben", "day": "mo", "hours": {"from": from, "to": to}});
    told(w, hours("09:00", "17:00"));
    assert_eq!(
        told(w, hours("10:00", "16:00")).lines,
        [line(
            "Ben, Mondays",
            "hours",
            Some("09:00–17:00"),
            Some("10:00–16:00"),
            Some(hours("09:00", "17:00"))
        )]
    );
    let off = json!({"type": "set_day_off", "helper": "ben", "day": "mo"});
    assert_eq!(
        told(w, off.clone()).lines,
        [line("Ben, Mondays", "hours", Some("10:00–16:00"), Some("day off"), Some(hours("10:00", "16:00")))]
    );
    assert_eq!(
        told(w, hours("10:00", "16:00")).lines,
        [line("Ben, Mondays", "hours", Some("day off"), Some("10:00–16:00"), Some(off))]
    );
}

/// Does a command, restores every line of it, and compares with what was before.
#[test]
fn restoring_every_line_of_an_edit_brings_back_what_was() {
    let travel = |minutes: Json| json!({"type": "set_travel", "from": "p1", "to": "p3", "minutes": minutes});
    let first = &mut world();
    act(first, json!({"type": "update_rules", "set": {"rest": 600}}));
    act(
        first,
        json!({"type": "update_limits", "helper": "anna", "set": {"latitude": 51_000_000, "longitude": 0}}),
    );
    act(first, json!({"type": "update_contact", "helper": "anna", "set": {"phone": "1"}}));
    act(first, travel(json!(10)));
    act(
        first,
        json!({"type": "add_time_off", "helper": "anna", "time_off": "t2", "fields":
        {"start": "2026-07-20T08:00", "end": "2026-07-20T10:00", "zone": "Europe/London", "reason": "Dentist"}}),
    );
    for command in [
        update(
            "a1",
            json!({"title": "Tap", "team": "Drinks", "start": "2026-07-19T14:00", "end": "2026-07-19T18:00", "helpers_max": 5, "adults_only": true, "skills": ["bar"]}),
        ),
        json!({"type": "cancel_assignment", "event": "e1", "assignment": "a1", "cancelled": true}),
        json!({"type": "update_event", "event": "e1", "set": {"title": "Party", "last_day": "2026-07-25", "note": "x"}}),
        json!({"type": "archive_event", "event": "e1", "archived": true}),
        on("assign", "a1", "ben"),
        on("unassign", "a1", "anna"),
        json!({"type": "update_helper", "helper": "anna", "set": {"name": "Ann", "adult": true, "archived": true}}),
        json!({"type": "update_contact", "helper": "anna", "set": {"phone": "2"}}),
        json!({"type": "update_limits", "helper": "anna", "set": {"latitude": 52_000_000, "longitude": 1, "week_max": 600}}),
        json!({"type": "update_rules", "set": {"rest": 660, "margin": 5}}),
        json!({"type": "update_place", "place": "p1", "set": {"name": "Barn", "archived": true}}),
        travel(json!(20)),
        travel(json!(null)),
        json!({"type": "update_time_off", "helper": "anna", "time_off": "t1", "set": {"start": "2026-07-18T09:00", "reason": "x"}}),
        json!({"type": "decide_time_off", "helper": "anna", "time_off": "t1", "approved": false}),
        json!({"type": "remove_time_off", "helper": "anna", "time_off": "t2"}),
        json!({"type": "add_time_off", "helper": "anna", "time_off": "t3", "fields": {"start": "2026-07-21T08:00", "end": "2026-07-21T10:00", "zone": "Europe/London"}}),
    ] {
        let mut w = first.clone();
        let entry = told(&mut w, command.clone());
        assert!(!entry.lines.is_empty(), "{command}");
        for line in &entry.lines {
            let restore = line.restore.as_ref().unwrap_or_else(|| panic!("no way back from {line:?}"));
            let decision = judge(&w, &coordinator(), serde_json::to_value(restore).unwrap()).unwrap();
            apply(&mut w, &decision);
        }
        assert_eq!(w, *first, "{command}");
        // It is so already: there is nothing to restore any more.
        let changes = act(&mut w.clone(), command).changes;
        assert!(
            changes.iter().all(|change| restore(std::slice::from_ref(change), &w, &coordinator()).is_none())
        );
    }
}

#[test]
fn a_way_back_is_offered_only_where_it_works() {
    let w = &mut world();
    let changes = act(w, update("a1", json!({"title": "Tap"}))).changes;
    let helper = support::actor(Role::Helper, Some("anna"));
    assert!(restore(&changes, w, &coordinator()).is_some());
    assert_eq!(restore(&changes, w, &helper), None, "a helper does not plan");
    act(w, json!({"type": "archive_event", "event": "e1", "archived": true}));
    assert_eq!(restore(&changes, w, &coordinator()), None, "an archived event takes no edit");
    let place = act(w, json!({"type": "add_place", "place": "p8", "fields": {"name": "Hut"}})).changes;
    assert_eq!(restore(&place, w, &coordinator()), None, "no command takes a place away");
    // The place it was given to is taken by now.
    let w = &mut world();
    act(w, on("assign", "a2", "ben"));
    let off = act(w, on("unassign", "a2", "ben")).changes;
    assert!(restore(&off, w, &coordinator()).is_some());
    act(w, on("assign", "a2", "cleo"));
    assert_eq!(restore(&off, w, &coordinator()), None);
}

#[test]
fn an_import_is_summarised_and_a_large_edit_says_how_much_more_there_is() {
    let w = &mut world();
    let shift = |i: u32| json!({"assignment": format!("i{i}"), "fields": {"title": format!("Shift {i}"), "start": "2026-07-18T14:00", "end": "2026-07-18T18:00", "key": format!("k{i}")}});
    let shifts: Vec<Json> = (0..626).map(shift).collect();
    let place = json!([{"place": "new", "fields": {"name": "Field"}}]);
    let import = json!({"type": "import_shifts", "event": "e1", "places": place, "shifts": shifts});
    let changes = act(w, import).changes;
    let whole = record("import_shifts", &changes);
    let cut = Record { changes: changes[..20].to_vec(), ..whole };
    let entry = entry(&cut, "stored", w, &coordinator()).unwrap();
    assert_eq!(entry.title, "Olga imported 626 shifts");
    assert_eq!((entry.lines.len(), entry.more), (20, 607));
    let shift = |l: &&HistoryLine| l.label == "new shift";
    assert_eq!(
        entry.lines.iter().find(shift).unwrap(),
        &line("", "new shift", None, Some("Shift 0, Sat 18 Jul 14:00–18:00"), None)
    );
}

#[test]
fn what_was_taken_back_is_named_as_it_was_done() {
    let w = &mut world();
    for (command, expected) in [
        (
            update("a1", json!({"start": "2026-07-18T15:00", "end": "2026-07-18T19:00"})),
            "Olga took back: moved Bar from 14:00–18:00 to 15:00–19:00",
        ),
        (on("assign", "a2", "ben"), "Olga took back: put Ben on Kitchen, Sat 18 Jul 14:00"),
        (
            json!({"type": "create_assignment", "event": "e1", "assignment": "n", "fields": {"title": "Bins", "start": "2026-07-18T20:00", "end": "2026-07-18T21:00"}}),
            "Olga took back: created Bins, Sat 18 Jul 20:00",
        ),
        (staff(&[], &[("a1", "ben"), ("a2", "cleo")]), "Olga took back: filled 2 places"),
    ] {
        let mut done = w.clone();
        let changes: Vec<Change> =
            act(&mut done, command).changes.iter().rev().map(Change::inverse).collect();
        assert_eq!(entry(&record("undo", &changes), "stored", w, &coordinator()).unwrap().title, expected);
    }
}

#[test]
fn nobody_reads_what_they_may_not() {
    let w = &mut world();
    let decision = act(w, json!({"type": "update_contact", "helper": "anna", "set": {"phone": "2"}}));
    let record = record("update_contact", &decision.changes);
    let ben: Actor = support::actor(Role::Helper, Some("ben"));
    assert_eq!(entry(&record, "stored", w, &ben), None);
    assert!(entry(&record, "stored", w, &anna()).is_some());
}

#[test]
fn a_subject_is_an_event_a_shift_of_it_a_helper_or_all_of_these() {
    let change = |doc_name: &str, table: Table, row: &str| Change {
        doc: doc(doc_name),
        table,
        row: row.into(),
        kind: ChangeKind::Set { field: Field::Note, before: Value::Null, after: Value::Null },
    };
    let some = |text: &str| Some(id(text));
    let event = Subject { event: some("e"), ..Subject::default() };
    let shift = Subject { assignment: some("a"), ..event.clone() };
    let helper = Subject { helper: some("h"), ..Subject::default() };
    let post = Subject { helper: some("h"), ..shift.clone() };
    for (change, concerned) in [
        (change("event/e", Table::Facts, "event"), [true, false, false, false]),
        (change("event/e", Table::Assignments, "a"), [true, true, false, false]),
        (change("event/e", Table::Assigned, "a.h"), [true, true, true, true]),
        (change("event/e", Table::Assigned, "ab.h"), [true, false, true, false]),
        (change("event/f", Table::Assigned, "a.h"), [false, false, true, false]),
        (change("person/h", Table::Contact, "contact"), [false, false, true, false]),
        (change("roster", Table::Helpers, "h"), [false, false, true, false]),
        (change("roster", Table::Places, "h"), [false, false, false, false]),
    ] {
        assert_eq!([&event, &shift, &helper, &post].map(|s| s.concerns(&change)), concerned, "{change:?}");
        assert!(Subject::default().concerns(&change));
    }
}

#[test]
fn ones_own_edits_say_you() {
    let w = &mut world();
    let decision = act_as(w, &anna(), on("accept", "a1", "anna"));
    let own = Record { user: anna().user, name: None, ..record("accept", &decision.changes) };
    let told = entry(&own, "saved", w, &anna()).unwrap();
    assert_eq!((told.title.as_str(), told.state.as_str()), ("You accepted Bar, Sat 18 Jul 14:00", "saved"));
}
