//! What is decided: every command for every role, every refusal, and what overwriting tells.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use support::{
    World, act, actor, apply, claim, command, coordinator, doc, import_busy, judge, on, refusal, staff,
    substitute, update, world,
};
use wedsync_domain::{
    Change, ChangeKind, Decision, DocId, DocView, Field, RefusalCode as Code, Role, Row, Table, Value,
};

fn times() -> Json {
    json!({"start": "2026-07-18T14:00", "end": "2026-07-18T16:00"})
}

fn with(mut base: Json, more: Json) -> Json {
    for (key, value) in more.as_object().unwrap() {
        base[key] = value.clone();
    }
    base
}

/// One valid command of every type, and who may give it: (viewer, anna herself, another helper, helper without link).
/// Coordinators and owners may give all but `claim`, which needs a helper.
fn all_commands() -> Vec<(Json, [bool; 4])> {
    const PLAN: [bool; 4] = [false; 4];
    const OWN: [bool; 4] = [false, true, false, false];
    const CLAIM: [bool; 4] = [false, true, true, false];
    let fields = json!({"title": "T", "first_day": "2026-07-18", "last_day": "2026-07-18", "zone": "UTC"});
    let shift = with(times(), json!({"title": "T"}));
    let off = with(times(), json!({"zone": "UTC"}));
    vec![
        (json!({"type": "create_event", "event": "new", "fields": fields}), PLAN),
        (json!({"type": "update_event", "event": "e1", "set": {"note": "n"}}), PLAN),
        (json!({"type": "archive_event", "event": "e1", "archived": true}), PLAN),
        (json!({"type": "create_assignment", "event": "e1", "assignment": "new", "fields": shift}), PLAN),
        (update(json!({"note": "n"}), json!({})), PLAN),
        (
            json!({"type": "move_assignment", "event": "e1", "assignment": "a1", "set": {"end": "2026-07-18T19:00"}}),
            PLAN,
        ),
        (json!({"type": "cancel_assignment", "event": "e1", "assignment": "a1", "cancelled": true}), PLAN),
        (on("assign", "a2", "ben"), PLAN),
        (json!({"type": "reassign", "event": "e1", "from": "a1", "to": "a2", "helper": "anna"}), PLAN),
        (substitute("a1", "anna", "ben"), PLAN),
        (staff(&[("a1", "anna")], &[("a2", "ben")]), PLAN),
        (on("unassign", "a1", "anna"), PLAN),
        (claim("a2"), CLAIM),
        (on("accept", "a1", "anna"), OWN),
        (on("decline", "a1", "anna"), OWN),
        (on("check_in", "a1", "anna"), OWN),
        (on("complete", "a2", "anna"), OWN),
        (json!({"type": "add_helper", "helper": "new", "fields": {"name": "N"}}), PLAN),
        (json!({"type": "update_helper", "helper": "anna", "set": {"name": "N"}}), PLAN),
        (json!({"type": "update_contact", "helper": "anna", "set": {"phone": "1"}}), OWN),
        (json!({"type": "update_limits", "helper": "anna", "set": {"day_max": 480}}), OWN),
        (json!({"type": "set_travel", "from": "p1", "to": "p3", "minutes": 20}), PLAN),
        (json!({"type": "update_rules", "set": {"rest": 660}}), PLAN),
        (json!({"type": "set_day_off", "helper": "anna", "day": "su"}), OWN),
        (
            json!({"type": "update_time_off", "helper": "anna", "time_off": "t1", "set": {"end": "2026-07-18T11:00"}}),
            OWN,
        ),
        (import_busy("anna", "c2", json!([])), OWN),
        (json!({"type": "remove_calendar", "helper": "anna", "calendar": "c1"}), OWN),
        (json!({"type": "add_place", "place": "new", "fields": {"name": "N"}}), PLAN),
        (json!({"type": "update_place", "place": "p1", "set": {"name": "N"}}), PLAN),
        (
            json!({"type": "set_working_hours", "helper": "anna", "day": "mo", "hours": {"from": "08:00", "to": "24:00"}}),
            OWN,
        ),
        (json!({"type": "add_time_off", "helper": "anna", "time_off": "new", "fields": off}), OWN),
        (json!({"type": "decide_time_off", "helper": "anna", "time_off": "t1", "approved": false}), PLAN),
        (json!({"type": "remove_time_off", "helper": "anna", "time_off": "t1"}), OWN),
        (
            json!({"type": "import_shifts", "event": "e1", "places": [], "shifts": [{"assignment": "new", "fields": shift}]}),
            PLAN,
        ),
        (edit_note("e1", "a1"), [false, true, true, true]),
    ]
}

/// An update that holds nothing, in the note of a shift.
fn edit_note(event: &str, assignment: &str) -> Json {
    json!({"type": "edit_note", "event": event, "assignment": assignment, "update": "AAA="})
}

#[test]
fn a_note_is_of_a_shift_that_is_there_and_its_update_is_read() {
    let mut w = world();
    assert_eq!(
        judge(&w, &coordinator(), edit_note("e1", "a3")),
        Ok(Decision::default()),
        "of a cancelled shift too"
    );
    assert_eq!(support::code(&w, edit_note("gone", "a1")), Code::NotFound);
    assert_eq!(support::code(&w, edit_note("e1", "gone")), Code::NotFound);
    assert_eq!(support::code(&w, edit_note("e2", "b1")), Code::Archived);
    for bad in ["", "AAA", "AA==", "AAAA", "!"] {
        let mut edit = edit_note("e1", "a1");
        edit["update"] = bad.into();
        assert_eq!(support::code(&w, edit), Code::Invalid, "{bad:?}");
    }
    act(&mut w, json!({"type": "archive_event", "event": "e1", "archived": true}));
    assert_eq!(support::code(&w, edit_note("e1", "a1")), Code::Archived);
}

#[test]
fn every_command_for_every_role() {
    let mut w = world();
    for (kind, shift) in [("assign", "a2"), ("check_in", "a2")] {
        act(&mut w, on(kind, shift, "anna"));
    }
    act(
        &mut w,
        json!({"type": "update_assignment", "event": "e1", "assignment": "a2", "set": {"helpers_max": 9}}),
    );
    let people = [
        actor(Role::Viewer, Some("anna")),
        actor(Role::Helper, Some("anna")),
        actor(Role::Helper, Some("cleo")),
        actor(Role::Helper, None),
    ];
    let all = all_commands();
    let kinds: BTreeSet<String> = all.iter().map(|(c, _)| c["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        kinds.len(),
        35,
        "every type of command but delete_event, which is an owner's, is in the table"
    );
    for (json, allowed) in all {
        for (who, allowed) in people.iter().zip(allowed) {
            match judge(&w, who, json.clone()) {
                Ok(_) => assert!(allowed, "{:?} may not {json}", who.role),
                Err(r) => {
                    assert!(!allowed, "{:?} {:?} may {json}: {r}", who.role, who.helper);
                    assert_eq!(r.code, Code::Forbidden, "{json}: {r}");
                    assert!(r.message.contains("role") || r.message.contains("linked"), "{r}");
                }
            }
        }
        for role in [Role::Coordinator, Role::Owner] {
            let who = actor(role, (json["type"] == "claim").then_some("cleo"));
            let decision = judge(&w, &who, json.clone()).unwrap_or_else(|r| panic!("{json}: {r}"));
            let rows = json["type"] != "edit_note";
            assert_eq!(!decision.changes.is_empty(), rows, "{json}");
        }
    }
    let r = refusal(&w, &coordinator(), claim("a2"));
    assert_eq!(r.code, Code::Forbidden);
}

#[test]
fn an_owner_deletes_an_event_and_then_nothing_touches_it() {
    /// A world in which the event e1 was deleted.
    struct Without<'a>(&'a World);
    impl wedsync_domain::World for Without<'_> {
        fn doc(&self, doc: &DocId) -> Option<&DocView> {
            self.0.doc(doc).filter(|_| !self.is_deleted(doc))
        }
        fn is_deleted(&self, doc: &DocId) -> bool {
            *doc == support::doc("event/e1")
        }
    }
    let w = world();
    let delete = |event: &str| json!({"type": "delete_event", "event": event});
    let owner = actor(Role::Owner, None);
    for role in [Role::Viewer, Role::Helper, Role::Coordinator] {
        assert_eq!(refusal(&w, &actor(role, Some("anna")), delete("e1")).code, Code::Forbidden);
    }
    assert_eq!(refusal(&w, &owner, delete("e9")).code, Code::NotFound);
    for event in ["e1", "e2"] {
        let decision = judge(&w, &owner, delete(event)).unwrap();
        assert_eq!(decision.deleted, [doc(&format!("event/{event}"))], "archived or not");
        assert!(decision.changes.is_empty());
    }
    let create = json!({"type": "create_event", "event": "e1", "fields": {"title": "T", "first_day": "2026-07-18",
        "last_day": "2026-07-18", "zone": "UTC"}});
    for json in [create, delete("e1"), on("assign", "a2", "ben"), update(json!({"note": "n"}), json!({}))] {
        let refused = wedsync_domain::decide(&Without(&w), &owner, &command(json.clone())).unwrap_err();
        assert_eq!(refused.code, Code::Deleted, "{json}");
    }
}

#[test]
fn refusals_by_code() {
    let w = world();
    let shift = |more: Json| json!({"type": "create_assignment", "event": "e1", "assignment": "n", "fields": with(with(times(), json!({"title": "T"})), more)});
    let event = |more: Json| {
        let base = json!({"title": "T", "first_day": "2026-07-18", "last_day": "2026-07-18", "zone": "UTC"});
        json!({"type": "create_event", "event": "n", "fields": with(base, more)})
    };
    let off = |more: Json| {
        let fields = with(with(times(), json!({"zone": "UTC"})), more);
        json!({"type": "add_time_off", "helper": "anna", "time_off": "n", "fields": fields})
    };
    let hours = |day: &str, from: &str, to: &str| json!({"type": "set_working_hours", "helper": "anna", "day": day, "hours": {"from": from, "to": to}});
    let cases: Vec<(Json, Code, Option<&str>)> = vec![
        // values
        (shift(json!({"title": ""})), Code::Invalid, Some("title")),
        (shift(json!({"title": " "})), Code::Invalid, Some("title")),
        (shift(json!({"title": null})), Code::Invalid, Some("title")),
        (shift(json!({"title": "t".repeat(201)})), Code::TooLong, Some("title")),
        (shift(json!({"note": "t".repeat(4097)})), Code::TooLong, Some("note")),
        (shift(json!({"skills": ["s".repeat(61)]})), Code::TooLong, Some("skills")),
        (shift(json!({"skills": "cook"})), Code::Invalid, Some("skills")),
        (shift(json!({"start": "2026-02-30T10:00"})), Code::Invalid, Some("start")),
        (shift(json!({"end": "2026-07-18T14:00"})), Code::Invalid, Some("end")),
        (shift(json!({"end": "2026-07-25T14:01"})), Code::Invalid, Some("end")),
        (shift(json!({"zone": "BST"})), Code::Invalid, Some("zone")),
        (shift(json!({"helpers_min": 3, "helpers_max": 2})), Code::Invalid, Some("helpers_max")),
        (shift(json!({"helpers_max": 0})), Code::Invalid, Some("helpers_max")),
        (shift(json!({"status": "open"})), Code::Invalid, Some("status")),
        (shift(json!({"key": "k"})), Code::Invalid, Some("key")),
        (shift(json!({"email": "x"})), Code::Invalid, Some("email")),
        (shift(json!({"place": "nowhere"})), Code::NotFound, Some("place")),
        (shift(json!({"place": "p2"})), Code::Archived, Some("place")),
        (update(json!({"status": "cancelled"}), json!({})), Code::Invalid, Some("status")),
        (update(json!({"place": "nowhere"}), json!({})), Code::NotFound, Some("place")),
        (update(json!({"place": "p2"}), json!({})), Code::Archived, Some("place")),
        (update(json!({"helpers_min": 3}), json!({})), Code::Invalid, Some("helpers_max")),
        (update(json!({"start": "2026-07-18T18:00"}), json!({})), Code::Invalid, Some("end")),
        (
            json!({"type": "move_assignment", "event": "e1", "assignment": "a1", "set": {"title": "x"}}),
            Code::Invalid,
            Some("title"),
        ),
        (event(json!({"last_day": "2026-07-17"})), Code::Invalid, Some("last_day")),
        (event(json!({"first_day": null})), Code::Invalid, Some("first_day")),
        (event(json!({"archived": true})), Code::Invalid, Some("archived")),
        (event(json!({"place": "nowhere"})), Code::NotFound, Some("place")),
        (
            json!({"type": "update_event", "event": "e1", "set": {"archived": true}}),
            Code::Invalid,
            Some("archived"),
        ),
        (json!({"type": "add_helper", "helper": "n", "fields": {}}), Code::Invalid, Some("name")),
        (
            json!({"type": "add_helper", "helper": "n", "fields": {"name": "N"}, "contact": {"name": "N"}}),
            Code::Invalid,
            Some("name"),
        ),
        (
            json!({"type": "add_place", "place": "n", "fields": {"name": "N", "latitude": 90_000_001}}),
            Code::Invalid,
            Some("latitude"),
        ),
        (off(json!({"end": "2026-07-18T13:00"})), Code::Invalid, Some("end")),
        (off(json!({"zone": null})), Code::Invalid, Some("zone")),
        (off(json!({"status": "approved"})), Code::Invalid, Some("status")),
        (hours("monday", "08:00", "09:00"), Code::Invalid, Some("day")),
        (hours("2026-02-30", "08:00", "09:00"), Code::Invalid, Some("day")),
        (hours("mo", "8:00", "09:00"), Code::Invalid, Some("from")),
        (hours("mo", "09:00", "09:00"), Code::Invalid, Some("to")),
        // existence
        (with(shift(json!({})), json!({"event": "nowhere"})), Code::NotFound, None),
        (on("assign", "nowhere", "anna"), Code::NotFound, None),
        (on("assign", "a1", "nobody"), Code::NotFound, None),
        (substitute("a1", "anna", "nobody"), Code::NotFound, None),
        (substitute("nowhere", "anna", "ben"), Code::NotFound, None),
        (on("accept", "nowhere", "anna"), Code::NotFound, None),
        (json!({"type": "update_helper", "helper": "nobody", "set": {}}), Code::NotFound, None),
        (json!({"type": "update_place", "place": "nowhere", "set": {}}), Code::NotFound, None),
        (json!({"type": "update_contact", "helper": "nobody", "set": {}}), Code::NotFound, None),
        (json!({"type": "remove_time_off", "helper": "anna", "time_off": "x"}), Code::NotFound, None),
        (
            json!({"type": "decide_time_off", "helper": "anna", "time_off": "x", "approved": true}),
            Code::NotFound,
            None,
        ),
        (with(shift(json!({})), json!({"assignment": "a1"})), Code::AlreadyExists, None),
        (with(event(json!({})), json!({"event": "e1"})), Code::AlreadyExists, None),
        (json!({"type": "add_helper", "helper": "anna", "fields": {"name": "N"}}), Code::AlreadyExists, None),
        (json!({"type": "add_place", "place": "p1", "fields": {"name": "N"}}), Code::AlreadyExists, None),
        (with(off(json!({})), json!({"time_off": "t1"})), Code::AlreadyExists, None),
        // archived and cancelled
        (json!({"type": "claim", "event": "e2", "assignment": "b1"}), Code::Forbidden, None),
        (json!({"type": "update_event", "event": "e2", "set": {}}), Code::Archived, None),
        (json!({"type": "import_shifts", "event": "e2", "places": [], "shifts": []}), Code::Archived, None),
        (on("assign", "a1", "dora"), Code::Archived, None),
        (substitute("a1", "anna", "dora"), Code::Archived, None),
        (substitute("a3", "anna", "ben"), Code::Cancelled, None),
        (with(off(json!({})), json!({"helper": "dora"})), Code::Archived, None),
        (with(hours("mo", "08:00", "09:00"), json!({"helper": "dora"})), Code::Archived, None),
        (on("assign", "a3", "ben"), Code::Cancelled, None),
        (on("accept", "a3", "anna"), Code::Cancelled, None),
        (
            json!({"type": "reassign", "event": "e1", "from": "a1", "to": "a3", "helper": "anna"}),
            Code::Cancelled,
            None,
        ),
        // state
        (on("unassign", "a1", "ben"), Code::NotAssigned, None),
        (substitute("a1", "ben", "cleo"), Code::NotAssigned, None),
        (on("check_in", "a1", "ben"), Code::NotAssigned, None),
        (
            json!({"type": "reassign", "event": "e1", "from": "a2", "to": "a1", "helper": "anna"}),
            Code::NotAssigned,
            None,
        ),
        (on("complete", "a1", "anna"), Code::WrongState, None),
    ];
    for (json, code, field) in cases {
        let r = refusal(&w, &coordinator(), json.clone());
        assert_eq!((r.code, r.field.as_deref()), (code, field), "{json}: {r}");
    }
    // The longest shift stands.
    assert!(judge(&w, &coordinator(), shift(json!({"end": "2026-07-25T14:00"}))).is_ok());
}

#[test]
fn everything_on_an_archived_event_is_refused_but_bringing_it_back() {
    let mut w = world();
    act(&mut w, json!({"type": "archive_event", "event": "e1", "archived": true}));
    for (json, _) in all_commands() {
        let kind = json["type"].as_str().unwrap().to_owned();
        if json["event"] == "e1" && kind != "archive_event" {
            let who = actor(Role::Coordinator, Some("cleo"));
            assert_eq!(refusal(&w, &who, json).code, Code::Archived, "{kind}");
        }
    }
    act(&mut w, json!({"type": "archive_event", "event": "e1", "archived": false}));
    act(&mut w, on("assign", "a2", "ben"));
}

#[test]
fn unknown_commands_large_commands_and_newer_documents() {
    let code = |json: &[u8]| wedsync_domain::Command::from_json(json).unwrap_err().code;
    assert_eq!(code(br#"{"type": "teleport"}"#), Code::UnknownCommand);
    assert_eq!(code(br#"{"type": "assign"}"#), Code::Invalid);
    assert_eq!(code(&vec![b' '; 512 * 1024 + 1]), Code::TooLarge);
    let mut w = world();
    let mut newer = DocView::default();
    newer.insert(Table::Meta, "doc", Row::from_iter([(Field::Schema, Value::Int(2))]));
    w.insert(doc("event/e1"), newer);
    assert_eq!(refusal(&w, &coordinator(), on("assign", "a1", "ben")).code, Code::NewerSchema);
}

/// By the types that are written from the Rust side: whoever adds a command cannot forget to read it.
#[test]
fn every_command_is_read_by_its_name() {
    let types = include_str!("../../src/npm/generated/domain.ts");
    let commands = types.split("export type Command =").nth(1).unwrap().split(";\n").next().unwrap();
    let names: Vec<&str> =
        commands.split("\"type\": \"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(names.len() > 35, "{names:?}");
    for name in names {
        let refusal =
            wedsync_domain::Command::from_json(json!({ "type": name }).to_string().as_bytes()).err();
        assert!(refusal.is_none_or(|r| r.code == Code::Invalid), "{name}");
    }
}

#[test]
fn what_is_wrong_with_a_command_is_said_by_name() {
    let message =
        |json: Json| wedsync_domain::Command::from_json(json.to_string().as_bytes()).unwrap_err().message;
    let on = |assignment: Json| json!({ "type": "assign", "event": "e1", "assignment": assignment, "helper": "ben" });
    assert_eq!(
        message(json!({ "type": "claim", "event": "e1" })),
        "not a command: claim: `assignment` is missing"
    );
    assert!(message(on(json!("a b"))).starts_with("not a command: assign: `assignment` is not an id"));
    assert_eq!(message(on(json!(7))), "not a command: assign: `assignment` is not a text");
    let set = json!({ "type": "update_event", "event": "e1", "set": { "titel": "x" } });
    assert_eq!(message(set), "not a command: update_event: `set` has the unknown field `titel`");
    let staff = json!({ "type": "staff", "event": "e1", "assign": [{ "assignment": "a1" }] });
    assert_eq!(message(staff), "not a command: staff: `assign` [0] `helper` is missing");
    let twice =
        wedsync_domain::Command::from_json(br#"{"type":"claim","event":"a","event":"b"}"#).unwrap_err();
    assert!(
        twice.message.starts_with("not a command: `event` stands twice in one object"),
        "{}",
        twice.message
    );
}

#[test]
fn a_field_overwritten_unseen_is_reported_and_others_are_left_alone() {
    let mut w = world();
    act(&mut w, update(json!({"title": "Night bar"}), json!({"title": "Bar"})));
    let late = act(
        &mut w,
        update(json!({"title": "Long bar", "note": "Ice"}), json!({"title": "Bar", "note": null})),
    );
    assert_eq!(late.changes.len(), 2);
    assert_eq!(late.replaced.len(), 1);
    let replaced = &late.replaced[0];
    assert_eq!((replaced.field, &replaced.value), (Field::Title, &Value::from("Night bar")));
    assert_eq!((replaced.doc.to_string().as_str(), replaced.row.as_str()), ("event/e1", "a1"));
    assert_eq!((&replaced.by, &replaced.by_name), (&None, &None), "the hub knows who it was");
    // The same value again: nothing to do, nothing replaced.
    let same = act(&mut w, update(json!({"title": "Long bar"}), json!({"title": "Bar"})));
    assert_eq!(same, Decision::default());
    // Not seen, not compared.
    assert!(act(&mut w, update(json!({"title": "Bar"}), json!({}))).replaced.is_empty());
    // Unset and false are one value.
    let unset = act(&mut w, update(json!({"adults_only": false, "skills": [], "team": ""}), json!({})));
    assert_eq!(unset, Decision::default());
}

#[test]
fn defaults_of_a_new_shift() {
    let mut w = world();
    let create = |fields: Json| json!({"type": "create_assignment", "event": "e1", "assignment": "n", "fields": with(times(), fields)});
    let made = act(&mut w, create(json!({"title": "T", "helpers_min": 3})));
    let ChangeKind::Insert { cells } = &made.changes[0].kind else { panic!("{made:?}") };
    assert_eq!(cells.text(Field::Zone), "Europe/London");
    assert_eq!(
        (cells.cell(Field::HelpersMin), cells.cell(Field::HelpersMax)),
        (&Value::Int(3), &Value::Int(3))
    );
    assert_eq!(cells.text(Field::Status), "open");
    let nobody = judge(&world(), &coordinator(), create(json!({"title": "T", "helpers_min": 0}))).unwrap();
    let ChangeKind::Insert { cells } = &nobody.changes[0].kind else { panic!("{nobody:?}") };
    assert_eq!(cells.cell(Field::HelpersMax), &Value::Int(1));
}

#[test]
fn people_keep_their_own_document() {
    let mut w = world();
    let me = actor(Role::Helper, Some("ben"));
    let off = json!({"type": "add_time_off", "helper": "ben", "time_off": "t", "fields": with(times(), json!({"zone": "UTC"}))});
    for json in [
        off,
        json!({"type": "update_contact", "helper": "ben", "set": {"phone": "1"}}),
        json!({"type": "set_working_hours", "helper": "ben", "day": "sa", "hours": {"from": "08:00", "to": "12:00"}}),
        json!({"type": "set_working_hours", "helper": "ben", "day": "2026-07-18", "hours": {"from": "08:00", "to": "24:00"}}),
    ] {
        let decision = judge(&w, &me, json).unwrap();
        assert!(decision.changes.iter().all(|c| c.doc == doc("person/ben")));
        apply(&mut w, &decision);
    }
    let person = wedsync_domain::project::person("ben", &w[&doc("person/ben")]);
    assert_eq!((person.time_off[0].status.as_str(), person.phone.as_str()), ("requested", "1"));
    assert_eq!(person.hours.iter().map(|h| h.day.as_str()).collect::<Vec<_>>(), ["sa", "2026-07-18"]);
    assert_eq!(
        wedsync_domain::project::person("anna", &w[&doc("person/anna")]).time_off[0].status,
        "approved"
    );
    act(&mut w, json!({"type": "decide_time_off", "helper": "ben", "time_off": "t", "approved": true}));
    let hours = json!({"type": "set_working_hours", "helper": "ben", "day": "sa", "hours": null});
    let removed = judge(&w, &me, hours.clone()).unwrap();
    apply(&mut w, &removed);
    assert_eq!(judge(&w, &me, hours), Ok(Decision::default()), "taken away already");
    // An archived person's facts stay erasable.
    act(&mut w, json!({"type": "update_contact", "helper": "dora", "set": {"phone": "1"}}));
    act(&mut w, json!({"type": "update_contact", "helper": "dora", "set": {"phone": null}}));
}

#[test]
fn commands_read_and_write_only_what_docs_names() {
    let w = world();
    for (json, _) in all_commands() {
        let docs = command(json.clone()).docs(&w);
        let who = actor(Role::Owner, Some("cleo"));
        let Ok(decision) = judge(&w, &who, json.clone()) else { continue };
        assert!(decision.changes.iter().all(|c: &Change| docs.contains(&c.doc)), "{json}");
        let only: World =
            w.iter().filter(|(d, _)| docs.contains(d)).map(|(d, v)| (d.clone(), v.clone())).collect();
        assert_eq!(judge(&only, &who, json.clone()), Ok(decision), "{json}");
    }
}

#[test]
fn commands_in_a_sentence() {
    let w = world();
    let say = |json: Json| wedsync_domain::project::describe(&command(json), &w);
    assert_eq!(say(on("assign", "a1", "anna")), "Put Anna on Bar, Sat 18 Jul 14:00");
    assert_eq!(say(on("assign", "gone", "gone")), "Put a helper on a shift");
    assert_eq!(
        say(update(json!({"title": "x", "note": "y"}), json!({}))),
        "Change title and note of Bar, Sat 18 Jul 14:00"
    );
    assert_eq!(
        say(json!({"type": "import_shifts", "event": "e1", "places": [], "shifts": []})),
        "Import 0 shifts"
    );
    let sentences: BTreeSet<String> = all_commands().into_iter().map(|(c, _)| say(c)).collect();
    assert_eq!(sentences.len(), 35, "{sentences:#?}");
    assert!(
        sentences.iter().all(|s| s.len() < 80 && !s.contains("  ") && !s.contains('?')),
        "{sentences:#?}"
    );
}
