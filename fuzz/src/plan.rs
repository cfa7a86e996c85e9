//! Sessions of commands that parse: the input chooses people, types, ids, fields and values.

use crate::hub::{Hub, PEOPLE};
use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};
use wedsync_domain::ids::Uuid;
use wedsync_domain::schema::TEXT_MAX;
use wedsync_domain::{Command, Field};
use wedsync_protocol::{Frame, Head};

const STEPS_MAX: usize = 40;

const TYPES: [&str; 38] = [
    "create_event",
    "update_event",
    "archive_event",
    "create_assignment",
    "update_assignment",
    "move_assignment",
    "cancel_assignment",
    "assign",
    "reassign",
    "substitute",
    "unassign",
    "claim",
    "accept",
    "decline",
    "check_in",
    "complete",
    "add_helper",
    "update_helper",
    "update_contact",
    "add_place",
    "update_place",
    "set_working_hours",
    "add_time_off",
    "decide_time_off",
    "remove_time_off",
    "import_shifts",
    "edit_note",
    "delete_event",
    "staff",
    "update_limits",
    "set_travel",
    "update_rules",
    "set_day_off",
    "update_time_off",
    "import_busy",
    "remove_calendar",
    "split_assignment",
    "undo",
];
const EVENTS: [&str; 4] = ["e1", "e2", "e3", "event"];
const SHIFTS: [&str; 6] = ["a1", "a2", "a3", "a4", "a5", "doc"];
const HELPERS: [&str; 6] = ["anna", "ben", "cleo", "dora", "emil", "doc"];
const PLACES: [&str; 4] = ["p1", "p2", "p3", "doc"];
const DAYS: [&str; 8] = ["mo", "su", "2026-07-18", "2026-02-29", "9999-12-31", "", "doc", "-9999-01-01"];
const TEXTS: [&str; 40] = [
    "",
    " ",
    "Bar",
    "Küche 🍺",
    "\u{0}",
    "\u{202e}\u{feff}",
    "open",
    "cancelled",
    "assigned",
    "declined",
    "completed",
    "2026-07-18",
    "2026-07-19",
    "2026-02-29",
    "0000-00-00",
    "-9999-01-01",
    "9999-12-31",
    "2026-07-18T14:00",
    "2026-07-18T18:00",
    "2026-03-29T01:30",
    "2026-10-25T01:30",
    "9999-12-31T23:59",
    "-9999-01-01T00:00",
    "24:00",
    "00:00",
    "23:59",
    "Europe/London",
    "UTC",
    "Pacific/Kiritimati",
    "../../etc/passwd",
    "a2",
    "p1",
    "anna",
    "[1]",
    "busy",
    "car",
    "both",
    "t1",
    "FREQ=WEEKLY",
    "FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20261231T000000Z",
];
const NUMBERS: [i64; 14] = [
    0,
    1,
    2,
    3,
    -1,
    200,
    10_000,
    90_000_000,
    -180_000_001,
    1 << 31,
    1 << 53,
    (1 << 53) + 1,
    i64::MAX,
    i64::MIN,
];

pub fn run(data: &[u8]) {
    let mut hub = Hub::default();
    let mut u = Unstructured::new(data);
    for _ in 0..STEPS_MAX {
        if u.is_empty() || step(&mut hub, &mut u).is_err() {
            break;
        }
    }
    hub.check();
}

fn step(hub: &mut Hub, u: &mut Unstructured) -> Result<()> {
    match u.int_in_range(0..=20)? {
        0 => hub.restart(),
        1 => heads(hub, u)?,
        _ => {
            let user = *u.choose(&PEOPLE)?;
            let json = command(&hub.edits(), u)?.to_string().into_bytes();
            if let Ok(command) = Command::from_json(&json) {
                assert_eq!(Command::from_json(&command.to_json()).as_ref(), Ok(&command));
            }
            let m = hub.next(user, json);
            hub.mutate(user, &m);
        }
    }
    Ok(())
}

/// Whatever a device says it has, it gets what makes it whole, and nothing of what it may not read.
fn heads(hub: &mut Hub, u: &mut Unstructured) -> Result<()> {
    let mut heads = Vec::new();
    for _ in 0..u.int_in_range(0..=4)? {
        let name = match u.int_in_range(0..=3)? {
            0 => "roster".to_owned(),
            1 => format!("event/{}", u.choose(&EVENTS)?),
            2 => format!("person/{}", u.choose(&HELPERS)?),
            _ => format!("notes/{}/{}", u.choose(&EVENTS)?, u.choose(&SHIFTS)?),
        };
        let doc = name.parse().expect("a document's name");
        heads.push(Head {
            doc,
            epoch: *u.choose(&[0, 1, 2, u32::MAX])?,
            seq: *u.choose(&[0, 1, 2, 3, 9, u64::MAX])?,
        });
    }
    let actors: Vec<_> = hub.room.membership().members.values().map(|m| m.actor()).collect();
    let actor = u.choose(&actors)?;
    for frame in hub.room.catch_up(actor, &heads).expect("the store in memory does not fail") {
        let Frame::Update(update) = frame else { panic!("a catch-up holds {frame:?}") };
        for doc in update.docs {
            let gone = matches!(doc.body, wedsync_protocol::Body::Gone);
            assert!(gone || actor.may_read(&doc.doc), "{:?} is sent {}", actor.role, doc.doc);
        }
    }
    Ok(())
}

/// A command with every key that any type has: each takes its own.
fn command(edits: &[Uuid], u: &mut Unstructured) -> Result<Value> {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| drop(out.insert(key.to_owned(), value));
    put("type", json!(u.choose(&TYPES)?));
    put("event", json!(u.choose(&EVENTS)?));
    put("assignment", json!(u.choose(&SHIFTS)?));
    put("helper", json!(u.choose(&HELPERS)?));
    put("place", json!(u.choose(&PLACES)?));
    // Shifts, helpers or places, as the type has it.
    let ends = *u.choose(&[&SHIFTS[..], &HELPERS[..], &PLACES[..]])?;
    for key in ["from", "to"] {
        put(key, json!(u.choose(ends)?));
    }
    put("minutes", json!(u.choose(&[0, 1, 1440, 1441, 65_535])?));
    put("calendar", json!(u.choose(&["c1", "c1-2", "doc"])?));
    put("time_off", json!(u.choose(&["t1", "t2", "doc"])?));
    put("update", json!(u.choose(&["", "AAA=", "AQFkAAQBBG5vdGUBeAA=", "!"])?));
    put("day", json!(u.choose(&DAYS)?));
    put(
        "hours",
        if u.arbitrary()? {
            json!({"from": u.choose(&TEXTS)?, "to": u.choose(&TEXTS)?})
        } else {
            Value::Null
        },
    );
    put("second", json!(u.choose(&SHIFTS)?));
    put("at", json!(u.choose(&["2026-07-18T16:00", "2026-07-18T14:00", "doc"])?));
    put("mutation", json!(u.choose(edits)?.to_string()));
    put("by", if u.arbitrary()? { json!(u.choose(&PEOPLE)?) } else { Value::Null });
    for key in ["archived", "cancelled", "approved", "also_changed"] {
        put(key, json!(u.arbitrary::<bool>()?));
    }
    for key in ["fields", "set", "saw", "contact"] {
        put(key, fields(u)?);
    }
    let mut places = Vec::new();
    let mut shifts = Vec::new();
    for _ in 0..u.int_in_range(0..=3)? {
        places.push(json!({"place": u.choose(&PLACES)?, "fields": fields(u)?}));
        shifts.push(json!({"assignment": u.choose(&SHIFTS)?, "fields": fields(u)?, "saw": fields(u)?}));
    }
    put("places", json!(places));
    put("shifts", json!(shifts));
    for key in ["unassign", "assign"] {
        let mut posts = Vec::new();
        for _ in 0..u.int_in_range(0..=3)? {
            posts.push(json!({"assignment": u.choose(&SHIFTS)?, "helper": u.choose(&HELPERS)?}));
        }
        put(key, json!(posts));
    }
    let mut busy = Vec::new();
    for _ in 0..u.int_in_range(0..=3)? {
        busy.push(
            json!({"start": u.choose(&TEXTS)?, "end": u.choose(&TEXTS)?, "zone": "UTC", "kind": "busy"}),
        );
    }
    put("busy", json!(busy));
    Ok(Value::Object(out))
}

fn fields(u: &mut Unstructured) -> Result<Value> {
    let mut out = Map::new();
    // What most rows need, so that not nearly all are refused for want of it.
    if u.arbitrary()? {
        for (name, value) in [
            ("title", "Bar"),
            ("name", "Bar"),
            ("zone", "UTC"),
            ("first_day", "2026-07-18"),
            ("last_day", "2026-07-19"),
            ("start", "2026-07-18T14:00"),
            ("end", "2026-07-18T18:00"),
        ] {
            if u.ratio(9, 10)? {
                out.insert(name.to_owned(), json!(value));
            }
        }
    }
    for _ in 0..u.int_in_range(0..=4)? {
        let name = u.choose(Field::ALL)?.name();
        out.insert(name.to_owned(), value(u)?);
    }
    Ok(Value::Object(out))
}

fn value(u: &mut Unstructured) -> Result<Value> {
    Ok(match u.int_in_range(0..=7)? {
        0 => Value::Null,
        1 => json!(u.arbitrary::<bool>()?),
        2 => json!(u.choose(&NUMBERS)?),
        3 => json!(u.arbitrary::<i64>()?),
        4 => json!([u.choose(&TEXTS)?, u.choose(&TEXTS)?]),
        5 => json!("x".repeat(TEXT_MAX + u.int_in_range(0..=1)?)),
        _ => json!(u.choose(&TEXTS)?),
    })
}
