//! A small plan to judge commands against.
#![allow(dead_code)]

pub mod invariants;
pub mod random;
pub mod record;

use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use wedsync_domain::{Actor, Command, Decision, DocId, DocView, Id, Refusal, RefusalCode, Role, decide};

pub type World = BTreeMap<DocId, DocView>;

pub fn id(text: &str) -> Id {
    text.parse().unwrap()
}

pub fn doc(name: &str) -> DocId {
    name.parse().unwrap()
}

pub fn actor(role: Role, helper: Option<&str>) -> Actor {
    Actor { user: id("u1"), role, helper: helper.map(id) }
}

pub fn coordinator() -> Actor {
    actor(Role::Coordinator, None)
}

pub fn command(json: Json) -> Command {
    serde_json::from_value(json.clone()).unwrap_or_else(|e| panic!("{json}: {e}"))
}

pub fn judge(world: &World, actor: &Actor, json: Json) -> Result<Decision, Refusal> {
    decide(world, actor, &command(json))
}

pub fn apply(world: &mut World, decision: &Decision) {
    for change in &decision.changes {
        assert!(world.entry(change.doc.clone()).or_default().apply(change), "{change:?} does not fit");
    }
}

/// Judges as a coordinator and applies; panics where it is refused.
pub fn act(world: &mut World, json: Json) -> Decision {
    let decision = judge(world, &coordinator(), json.clone()).unwrap_or_else(|r| panic!("{json}: {r:?}"));
    apply(world, &decision);
    decision
}

/// Event e1 with shifts a1 (Bar, 2 places), a2 (Kitchen, 1 place) and a3 (cancelled); helpers anna, ben and cleo,
/// and dora, archived; places p1, p3 and p2, archived; anna is on a1, has the time off t1 and the calendar c1; an event
/// e2, archived, with a shift b1.
pub fn world() -> World {
    let mut w = World::new();
    for (helper, name) in [("anna", "Anna"), ("ben", "Ben"), ("cleo", "Cleo"), ("dora", "Dora")] {
        act(&mut w, json!({"type": "add_helper", "helper": helper, "fields": {"name": name}}));
    }
    act(&mut w, json!({"type": "update_helper", "helper": "dora", "set": {"archived": true}}));
    for place in ["p1", "p2", "p3"] {
        act(
            &mut w,
            json!({"type": "add_place", "place": place, "fields": {"name": format!("Place {place}")}}),
        );
    }
    act(&mut w, json!({"type": "update_place", "place": "p2", "set": {"archived": true}}));
    for event in ["e1", "e2"] {
        act(
            &mut w,
            json!({"type": "create_event", "event": event, "fields":
                {"title": "Wedding", "first_day": "2026-07-18", "last_day": "2026-07-19", "zone": "Europe/London"}}),
        );
    }
    for (event, shift, title, max) in
        [("e1", "a1", "Bar", 2), ("e1", "a2", "Kitchen", 1), ("e1", "a3", "Gate", 1), ("e2", "b1", "Bar", 1)]
    {
        act(
            &mut w,
            json!({"type": "create_assignment", "event": event, "assignment": shift, "fields":
                {"title": title, "start": "2026-07-18T14:00", "end": "2026-07-18T18:00", "helpers_max": max}}),
        );
    }
    act(&mut w, json!({"type": "assign", "event": "e1", "assignment": "a1", "helper": "anna"}));
    act(&mut w, json!({"type": "assign", "event": "e1", "assignment": "a3", "helper": "anna"}));
    act(&mut w, json!({"type": "cancel_assignment", "event": "e1", "assignment": "a3", "cancelled": true}));
    act(
        &mut w,
        json!({"type": "add_time_off", "helper": "anna", "time_off": "t1", "fields":
            {"start": "2026-07-18T08:00", "end": "2026-07-18T10:00", "zone": "Europe/London"}}),
    );
    act(&mut w, import_busy("anna", "c1", json!([busy("2026-07-18T09:00", "2026-07-18T11:00")])));
    act(&mut w, json!({"type": "archive_event", "event": "e2", "archived": true}));
    w
}

/// The busy times of a calendar of a helper, read for July 2026.
pub fn import_busy(helper: &str, calendar: &str, busy: Json) -> Json {
    let fields = json!({"name": "Work", "at": 1_795_338_509_420_i64, "first_day": "2026-07-01", "last_day": "2026-07-31"});
    json!({"type": "import_busy", "helper": helper, "calendar": calendar, "fields": fields, "busy": busy})
}

pub fn busy(start: &str, end: &str) -> Json {
    json!({"start": start, "end": end, "zone": "Europe/London", "kind": "busy"})
}

/// A step of a helper on a shift of e1.
pub fn on(kind: &str, assignment: &str, helper: &str) -> Json {
    json!({"type": kind, "event": "e1", "assignment": assignment, "helper": helper})
}

/// One helper in the place of another on a shift of e1.
pub fn substitute(assignment: &str, from: &str, to: &str) -> Json {
    json!({"type": "substitute", "event": "e1", "assignment": assignment, "from": from, "to": to})
}

/// Helpers taken off shifts of e1, and put on; both as (shift, helper).
pub fn staff(unassign: &[(&str, &str)], assign: &[(&str, &str)]) -> Json {
    let posts = |all: &[(&str, &str)]| {
        all.iter().map(|(a, h)| json!({"assignment": a, "helper": h})).collect::<Vec<_>>()
    };
    json!({"type": "staff", "event": "e1", "unassign": posts(unassign), "assign": posts(assign)})
}

pub fn claim(assignment: &str) -> Json {
    json!({"type": "claim", "event": "e1", "assignment": assignment})
}

pub fn update(set: Json, saw: Json) -> Json {
    json!({"type": "update_assignment", "event": "e1", "assignment": "a1", "set": set, "saw": saw})
}

pub fn refusal(w: &World, who: &Actor, json: Json) -> Refusal {
    match judge(w, who, json.clone()) {
        Err(refusal) => refusal,
        Ok(decision) => panic!("{json} stands: {decision:?}"),
    }
}

pub fn code(w: &World, json: Json) -> RefusalCode {
    refusal(w, &coordinator(), json).code
}

/// Anna herself.
pub fn anna() -> Actor {
    actor(Role::Helper, Some("anna"))
}

/// Judges as this person and applies.
pub fn act_as(w: &mut World, who: &Actor, json: Json) -> Decision {
    let decision = judge(w, who, json.clone()).unwrap_or_else(|r| panic!("{json}: {r}"));
    apply(w, &decision);
    decision
}

pub fn person(w: &World, helper: &str) -> wedsync_domain::project::Person {
    wedsync_domain::project::person(helper, &w[&doc(&format!("person/{helper}"))])
}

/// Code and field of the refusal.
pub fn refused(w: &World, json: Json) -> (RefusalCode, Option<String>) {
    let r = refusal(w, &coordinator(), json);
    (r.code, r.field)
}

pub fn invalid(field: &str) -> (RefusalCode, Option<String>) {
    (RefusalCode::Invalid, Some(field.to_owned()))
}
