//! Random commands, mostly sensible.

use super::actor;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use wedsync_domain::schema::ASSIGNED_STATUS;
use wedsync_domain::{Field, Role};

fn one_of(ids: &'static [&'static str]) -> impl Strategy<Value = Json> + Clone {
    prop::sample::select(ids).prop_map(|id| json!(id))
}

/// Mostly values that fit their field, so that sequences get somewhere.
fn fitting(field: Field) -> BoxedStrategy<Json> {
    match field {
        Field::Title | Field::Name | Field::Team | Field::Role | Field::Note | Field::Reason => {
            prop_oneof![one_of(&["Bar", "Küche 🍺", "", "Gate"]), Just(Json::Null)].boxed()
        }
        Field::Start => one_of(&["2026-07-18T10:00", "2026-07-18T12:00"]).boxed(),
        Field::End => one_of(&["2026-07-18T13:00", "2026-07-18T15:00", "2026-07-18T11:00"]).boxed(),
        Field::FirstDay | Field::LastDay => one_of(&["2026-07-18", "2026-07-19"]).boxed(),
        Field::Zone => one_of(&["UTC", "Europe/London"]).boxed(),
        Field::HelpersMin | Field::HelpersMax | Field::Preparation => {
            (0..4i64).prop_map(|n| json!(n)).boxed()
        }
        Field::Place => one_of(&["p1", "p2", "p3"]).boxed(),
        Field::Skills => {
            prop_oneof![Just(json!(["b", "a", "b"])), Just(json!([])), Just(json!(["a"]))].boxed()
        }
        Field::Repeat => one_of(&["FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2", ""]).boxed(),
        Field::Except => {
            prop_oneof![Just(json!(["2026-07-25T10:00"])), Just(json!([])), Just(json!(["x"]))].boxed()
        }
        Field::Series => prop_oneof![4 => Just(Json::Null), 1 => one_of(&["t1", "t2"])].boxed(),
        Field::Instance => prop_oneof![4 => Just(Json::Null), 1 => one_of(&["2026-07-25T10:00"])].boxed(),
        Field::Latitude | Field::Longitude => {
            prop_oneof![Just(json!(49_954_210)), Just(json!(180_000_001)), Just(Json::Null)].boxed()
        }
        Field::DayMax | Field::WeekLegal | Field::Rest | Field::DaysInRow | Field::StaleAfter => {
            prop_oneof![(0..600i64).prop_map(|n| json!(n)), Just(Json::Null)].boxed()
        }
        Field::Likes | Field::Avoids => prop_oneof![Just(json!(["Bar"])), Just(json!([]))].boxed(),
        Field::TravelMode => one_of(&["walk", "car", "sledge"]).boxed(),
        Field::Fold => one_of(&["start", "end", "both", "neither"]).boxed(),
        Field::At => (0..3i64).prop_map(|n| json!(n)).boxed(),
        Field::Critical | Field::Tentative | Field::Adult | Field::Truncated => {
            any::<bool>().prop_map(|b| json!(b)).boxed()
        }
        Field::Archived | Field::AdultsOnly => any::<bool>().prop_map(|b| json!(b)).boxed(),
        _ => any_value().boxed(),
    }
}

fn any_value() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(|b| json!(b)),
        any::<i64>().prop_map(|n| json!(n)),
        "\\PC{0,8}".prop_map(|s| json!(s)),
        prop::collection::vec("[a-c ]{0,3}", 0..3).prop_map(|w| json!(w)),
        prop::sample::select(ASSIGNED_STATUS).prop_map(|s| json!(s)),
    ]
}

fn some_fields(of: &'static [Field], whole: bool) -> BoxedStrategy<Json> {
    let each = of.iter().map(|f| fitting(*f)).collect::<Vec<_>>();
    let keep = prop::collection::vec(if whole { 0.85 } else { 0.3 }.prop_map_bool(), of.len());
    (each, keep)
        .prop_map(|(values, keep)| {
            let cells = of.iter().zip(values).zip(keep).filter(|(_, keep)| *keep);
            Json::Object(cells.map(|((f, v), _)| (f.name().to_owned(), v)).collect::<Map<String, Json>>())
        })
        .boxed()
}

trait Chance {
    fn prop_map_bool(self) -> BoxedStrategy<bool>;
}

impl Chance for f64 {
    fn prop_map_bool(self) -> BoxedStrategy<bool> {
        prop::bool::weighted(self).boxed()
    }
}

const FACTS: &[Field] = &[Field::Title, Field::FirstDay, Field::LastDay, Field::Zone, Field::Note];
const SHIFT: &[Field] =
    &[Field::Title, Field::Start, Field::End, Field::HelpersMax, Field::Skills, Field::AdultsOnly];
const MORE: &[Field] = &[
    Field::Title,
    Field::Place,
    Field::HelpersMin,
    Field::Critical,
    Field::Fold,
    Field::Team,
    Field::Status,
];
const HELPER: &[Field] = &[Field::Name, Field::Skills];
const HELPER_SET: &[Field] = &[Field::Name, Field::Adult, Field::Archived];
const CONTACT: &[Field] = &[Field::Note];
const MOVE: &[Field] = &[Field::Start, Field::End, Field::Zone, Field::Fold];
const OFF: &[Field] = &[Field::Start, Field::End, Field::Zone, Field::Reason, Field::Repeat, Field::Except];
const NEW_OFF: &[Field] =
    &[Field::Start, Field::End, Field::Zone, Field::Repeat, Field::Series, Field::Instance];
const LIMITS: &[Field] = &[
    Field::Zone,
    Field::Latitude,
    Field::Longitude,
    Field::TravelMode,
    Field::DayMax,
    Field::Rest,
    Field::Likes,
    Field::Avoids,
];
const RULES: &[Field] = &[Field::Rest, Field::WeekLegal, Field::DaysInRow, Field::StaleAfter];
const CALENDAR: &[Field] = &[Field::Name, Field::At, Field::FirstDay, Field::LastDay, Field::Truncated];

pub fn commands() -> impl Strategy<Value = Json> {
    let e = || one_of(&["e1", "e2"]);
    let a = || one_of(&["a1", "a2", "a3"]);
    let h = || one_of(&["h1", "h2", "h3"]);
    let p = || one_of(&["p1", "p2"]);
    let step = prop::sample::select(
        &["assign", "assign", "unassign", "accept", "decline", "check_in", "complete", "claim"][..],
    );
    prop_oneof![
        2 => (e(), some_fields(FACTS, true)).prop_map(|(e, f)| json!({"type": "create_event", "event": e, "fields": f})),
        1 => (e(), some_fields(FACTS, false), some_fields(FACTS, false))
            .prop_map(|(e, f, s)| json!({"type": "update_event", "event": e, "set": f, "saw": s})),
        1 => (e(), prop::bool::weighted(0.3)).prop_map(|(e, b)| json!({"type": "archive_event", "event": e, "archived": b})),
        3 => (e(), a(), some_fields(SHIFT, true))
            .prop_map(|(e, a, f)| json!({"type": "create_assignment", "event": e, "assignment": a, "fields": f})),
        3 => (e(), a(), some_fields(MORE, false), some_fields(MORE, false))
            .prop_map(|(e, a, f, s)| json!({"type": "update_assignment", "event": e, "assignment": a, "set": f, "saw": s})),
        1 => (e(), a(), some_fields(MOVE, false))
            .prop_map(|(e, a, f)| json!({"type": "move_assignment", "event": e, "assignment": a, "set": f})),
        1 => (e(), a(), prop::bool::weighted(0.3))
            .prop_map(|(e, a, b)| json!({"type": "cancel_assignment", "event": e, "assignment": a, "cancelled": b})),
        8 => (step, e(), a(), h()).prop_map(|(t, e, a, h)| json!({"type": t, "event": e, "assignment": a, "helper": h})),
        1 => (e(), a(), a(), h())
            .prop_map(|(e, f, t, h)| json!({"type": "reassign", "event": e, "from": f, "to": t, "helper": h})),
        2 => (e(), a(), h(), h())
            .prop_map(|(e, a, f, t)| json!({"type": "substitute", "event": e, "assignment": a, "from": f, "to": t})),
        2 => (h(), some_fields(HELPER, true), some_fields(CONTACT, true))
            .prop_map(|(h, f, c)| json!({"type": "add_helper", "helper": h, "fields": f, "contact": c})),
        1 => (h(), some_fields(HELPER_SET, false)).prop_map(|(h, f)| json!({"type": "update_helper", "helper": h, "set": f})),
        1 => (h(), some_fields(CONTACT, true), some_fields(CONTACT, false))
            .prop_map(|(h, f, s)| json!({"type": "update_contact", "helper": h, "set": f, "saw": s})),
        1 => (p(), some_fields(HELPER, true)).prop_map(|(p, f)| json!({"type": "add_place", "place": p, "fields": {"name": f["name"]}})),
        1 => (p(), any::<bool>()).prop_map(|(p, b)| json!({"type": "update_place", "place": p, "set": {"archived": b}})),
        1 => (h(), one_of(&["mo", "2026-07-18", "x"]), any::<bool>()).prop_map(|(h, d, b)| json!({"type": "set_working_hours",
            "helper": h, "day": d, "hours": b.then(|| json!({"from": "08:00", "to": "24:00"}))})),
        3 => (e(), posts(), posts())
            .prop_map(|(e, off, on)| json!({"type": "staff", "event": e, "unassign": off, "assign": on})),
        1 => (h(), some_fields(LIMITS, false), some_fields(LIMITS, false))
            .prop_map(|(h, f, s)| json!({"type": "update_limits", "helper": h, "set": f, "saw": s})),
        1 => (p(), p(), prop::option::of(0..2000u16))
            .prop_map(|(f, t, m)| json!({"type": "set_travel", "from": f, "to": t, "minutes": m})),
        1 => some_fields(RULES, false).prop_map(|f| json!({"type": "update_rules", "set": f})),
        1 => (h(), one_of(&["mo", "2026-07-18", "x"])).prop_map(|(h, d)| json!({"type": "set_day_off", "helper": h, "day": d})),
        2 => (h(), one_of(&["t1", "t2", "t3"]), prop_oneof![some_fields(OFF, true), some_fields(NEW_OFF, true)])
            .prop_map(|(h, t, f)| json!({"type": "add_time_off", "helper": h, "time_off": t, "fields": f})),
        1 => (h(), one_of(&["t1", "t2", "t3"]), some_fields(OFF, false), some_fields(OFF, false))
            .prop_map(|(h, t, f, s)| json!({"type": "update_time_off", "helper": h, "time_off": t, "set": f, "saw": s})),
        2 => (h(), one_of(&["c1", "c1-2"]), some_fields(CALENDAR, true), prop::collection::vec(busy(), 0..4))
            .prop_map(|(h, c, f, b)| json!({"type": "import_busy", "helper": h, "calendar": c, "fields": f, "busy": b})),
        1 => (h(), one_of(&["c1", "c1-2"])).prop_map(|(h, c)| json!({"type": "remove_calendar", "helper": h, "calendar": c})),
        1 => (h(), one_of(&["t1", "t2"]), any::<bool>())
            .prop_map(|(h, t, b)| json!({"type": "decide_time_off", "helper": h, "time_off": t, "approved": b})),
        1 => (h(), one_of(&["t1", "t2"])).prop_map(|(h, t)| json!({"type": "remove_time_off", "helper": h, "time_off": t})),
        1 => (e(), a(), a(), some_fields(SHIFT, true), some_fields(MORE, false)).prop_map(|(e, a, b, f, g)| json!({
            "type": "import_shifts", "event": e, "places": [{"place": "p3", "fields": {"name": "Tent"}}],
            "shifts": [{"assignment": a, "fields": f}, {"assignment": b, "fields": g}]})),
    ]
}

fn posts() -> impl Strategy<Value = Vec<Json>> {
    let post = (one_of(&["a1", "a2", "a3"]), one_of(&["h1", "h2", "h3"]));
    prop::collection::vec(post.prop_map(|(a, h)| json!({"assignment": a, "helper": h})), 0..3)
}

fn busy() -> impl Strategy<Value = Json> {
    let kind = one_of(&["busy", "busy", "tentative", "free", "asleep"]);
    (fitting(Field::Start), fitting(Field::End), kind)
        .prop_map(|(start, end, kind)| json!({"start": start, "end": end, "zone": "UTC", "kind": kind}))
}

/// Any JSON under the name of a command; some of it parses.
pub fn arbitrary_json() -> impl Strategy<Value = Json> {
    let names: Vec<&str> = Field::ALL.iter().map(|f| f.name()).chain(["event", "set", "helper"]).collect();
    let fields = prop::collection::btree_map(prop::sample::select(names), any_value(), 0..6)
        .prop_map(|m| Json::Object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>()));
    (
        commands(),
        fields,
        prop::sample::select(&["set", "saw", "fields", "contact", "event", "day", "helper"][..]),
    )
        .prop_map(|(mut command, fields, key)| {
            command[key] = if matches!(key, "event" | "day" | "helper") { json!("zz") } else { fields };
            command
        })
}

pub fn who(n: u8) -> wedsync_domain::Actor {
    match n {
        0 => actor(Role::Helper, Some("h1")),
        1 => actor(Role::Helper, Some("h2")),
        2 => actor(Role::Viewer, Some("h1")),
        3 => actor(Role::Owner, Some("h3")),
        _ => actor(Role::Coordinator, Some("h3")),
    }
}
