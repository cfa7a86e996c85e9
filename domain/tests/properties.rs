//! Random plans: views and documents stay equal, and every change can be taken back.
#![allow(clippy::unwrap_used)]

mod support;

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use support::{World, actor};
use wedsync_domain::document::{apply_update, new_doc, read, write};
use wedsync_domain::schema::{self, ASSIGNED_STATUS};
use wedsync_domain::{Change, Command, DocId, DocView, Field, Role, Row, Table, decide};

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

fn commands() -> impl Strategy<Value = Json> {
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
fn arbitrary_json() -> impl Strategy<Value = Json> {
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

fn who(n: u8) -> wedsync_domain::Actor {
    match n {
        0 => actor(Role::Helper, Some("h1")),
        1 => actor(Role::Helper, Some("h2")),
        2 => actor(Role::Viewer, Some("h1")),
        3 => actor(Role::Owner, Some("h3")),
        _ => actor(Role::Coordinator, Some("h3")),
    }
}

/// The rows of a document, without its schema version and tables that are empty.
fn rows(view: &DocView) -> BTreeMap<Table, wedsync_domain::view::Rows> {
    let tables = Table::ALL.iter().filter(|t| **t != Table::Meta && !view.rows(**t).is_empty());
    tables.map(|t| (*t, view.rows(*t).clone())).collect()
}

fn apply_all<'a>(world: &mut World, changes: impl IntoIterator<Item = &'a Change>) {
    for change in changes {
        let view = world.entry(change.doc.clone()).or_default();
        assert!(view.apply(change), "{change:?} does not fit");
    }
}

fn all_rows(world: &World) -> BTreeMap<DocId, BTreeMap<Table, wedsync_domain::view::Rows>> {
    world.iter().map(|(d, v)| (d.clone(), rows(v))).filter(|(_, r)| !r.is_empty()).collect()
}

/// What must hold between the rows of any plan, however it came about.
fn check_plan(world: &World) {
    for (doc, view) in world {
        for table in schema::tables(doc) {
            for (name, row) in view.rows(*table) {
                for (field, value) in row.cells() {
                    schema::check(*table, field, value).unwrap_or_else(|r| panic!("{doc} {name}: {r}"));
                }
                for (field, _, required) in schema::fields(*table) {
                    assert!(!required || !row.cell(*field).is_null(), "{doc} {name} lacks {}", field.name());
                }
                if matches!(table, Table::Assignments | Table::TimeOff | Table::Busy) {
                    assert!(row.text(Field::Start) < row.text(Field::End));
                }
                check_person_row(view, *table, name, row);
            }
        }
        for name in view.rows(Table::Assigned).keys() {
            let (assignment, _) = name.split_once('.').unwrap();
            assert!(view.row(Table::Assignments, assignment).is_some(), "{name} is on no shift");
        }
    }
}

fn check_person_row(view: &DocView, table: Table, name: &str, row: &Row) {
    let has = |field: Field| !row.cell(field).is_null();
    match table {
        Table::Hours => {
            assert_eq!(has(Field::From), has(Field::To), "{name}");
            assert_ne!(has(Field::From), has(Field::Off), "{name} has hours, or is off");
        }
        Table::Limits => assert_eq!(has(Field::Latitude), has(Field::Longitude)),
        Table::TimeOff if has(Field::Series) => {
            assert!(has(Field::Instance) && !has(Field::Repeat), "{name}");
            assert!(view.row(Table::TimeOff, row.text(Field::Series)).is_some(), "{name} is of no series");
        }
        Table::Busy => {
            let calendar = row.text(Field::Calendar);
            assert!(view.row(Table::Calendars, calendar).is_some(), "{name} is of no calendar");
            assert!(name.starts_with(&format!("{calendar}.")), "{name}");
        }
        _ => {}
    }
}

/// No command puts more people on a shift than it has places; fewer places throw nobody off.
fn check_places(before: &World, after: &World) {
    for (doc, view) in after {
        for (shift, row) in view.rows(Table::Assignments) {
            let places = row.cell(Field::HelpersMax).int().unwrap_or(1) as usize;
            let were_on = before.get(doc).map_or(0, |view| view.taken(shift));
            assert!(view.taken(shift) <= places.max(were_on), "{doc} {shift}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn views_and_documents_agree_and_changes_can_be_taken_back(
        steps in prop::collection::vec((commands(), 0u8..12), 1..60)
    ) {
        let mut world = World::new();
        let mut docs: BTreeMap<DocId, (yrs::Doc, yrs::Doc)> = BTreeMap::new();
        for (i, (json, n)) in steps.iter().enumerate() {
            let Ok(command) = serde_json::from_value::<Command>(json.clone()) else { continue };
            prop_assert_eq!(&Command::from_json(&command.to_json()).unwrap(), &command);
            let before = world.clone();
            let Ok(decision) = decide(&world, &who(*n), &command) else { continue };
            prop_assert_eq!(&decide(&world, &who(*n), &command), &Ok(decision.clone()), "the same answer again");
            apply_all(&mut world, &decision.changes);
            check_plan(&world);
            check_places(&before, &world);
            prop_assert!(decision.changes.iter().all(|c| command.docs().contains(&c.doc)));

            // As the hub does: one transaction a document. A replica gets the updates only.
            for doc in decision.changes.iter().map(|c| &c.doc).collect::<std::collections::BTreeSet<_>>() {
                let changes: Vec<Change> = decision.changes.iter().filter(|c| c.doc == *doc).cloned().collect();
                let (hub, replica) = docs.entry(doc.clone()).or_insert_with(|| (new_doc(1), new_doc(100 + i as u64)));
                let update = write(hub, &changes);
                apply_update(replica, &update).unwrap();
                prop_assert_eq!(rows(&read(hub, doc)), rows(&world[doc]));
                prop_assert_eq!(read(replica, doc), read(hub, doc));
            }

            let mut undone = world.clone();
            let inverses: Vec<Change> = decision.changes.iter().rev().map(Change::inverse).collect();
            apply_all(&mut undone, &inverses);
            prop_assert_eq!(all_rows(&undone), all_rows(&before));

            // Judged again after it stood: what sets a state finds it set already.
            if let Ok(again) = decide(&world, &who(*n), &command) {
                prop_assert_eq!(again.changes, vec![], "{}", json);
            }
        }
    }

    #[test]
    fn no_command_makes_decide_panic(jsons in prop::collection::vec((arbitrary_json(), 0u8..6), 1..30)) {
        let mut world = support::world();
        for (json, n) in jsons {
            let Ok(command) = serde_json::from_value::<Command>(json) else { continue };
            if let Ok(decision) = decide(&world, &who(n), &command) {
                apply_all(&mut world, &decision.changes);
                check_plan(&world);
            }
            wedsync_domain::project::describe(&command, &world);
        }
    }
}
