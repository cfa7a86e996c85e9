//! One shift made two.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value as Json, json};
use support::{World, act, code, coordinator, on, refusal, world};
use wedsync_domain::{DocId, Field, RefusalCode, Table};

/// a1, the bar, from 14:00 to 18:00 with two places, made two.
fn split(at: &str, unassign: Json, assign: Json) -> Json {
    json!({"type": "split_assignment", "event": "e1", "assignment": "a1", "second": "a1b", "at": at,
        "unassign": unassign, "assign": assign})
}

fn post(assignment: &str, helper: &str) -> Json {
    json!([{"assignment": assignment, "helper": helper}])
}

fn cell(w: &World, assignment: &str, field: Field) -> String {
    let view = &w[&"event/e1".parse::<DocId>().unwrap()];
    match view.row(Table::Assignments, assignment).unwrap().cell(field) {
        wedsync_domain::Value::Int(i) => i.to_string(),
        value => value.text().unwrap_or("").to_owned(),
    }
}

/// Who is on a shift, and how.
fn people(w: &World, assignment: &str) -> Vec<(String, String)> {
    let view = &w[&"event/e1".parse::<DocId>().unwrap()];
    let row = |r: &wedsync_domain::Row| (r.text(Field::Helper).to_owned(), r.text(Field::Status).to_owned());
    view.assigned(assignment).map(|r| row(r)).collect()
}

fn who(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(helper, status)| ((*helper).to_owned(), (*status).to_owned())).collect()
}

#[test]
fn both_parts_have_the_people_and_each_its_end_of_the_work() {
    let mut w = world();
    let set = json!({"preparation": 30, "tear_down": 45, "team": "Drinks", "note": "Ice!"});
    act(&mut w, json!({"type": "update_assignment", "event": "e1", "assignment": "a1", "set": set}));
    act(&mut w, on("assign", "a1", "ben"));
    act(&mut w, on("accept", "a1", "anna"));
    act(&mut w, on("check_in", "a1", "anna"));
    act(&mut w, on("decline", "a1", "ben"));
    act(&mut w, split("2026-07-18T16:00", json!([]), json!([])));
    let cells = |id: &str| -> Vec<String> {
        let fields =
            [Field::Start, Field::End, Field::Preparation, Field::TearDown, Field::Team, Field::Note];
        fields.iter().map(|f| cell(&w, id, *f)).collect()
    };
    assert_eq!(cells("a1"), ["2026-07-18T14:00", "2026-07-18T16:00", "30", "", "Drinks", "Ice!"]);
    assert_eq!(cells("a1b"), ["2026-07-18T16:00", "2026-07-18T18:00", "", "45", "Drinks", "Ice!"]);
    assert_eq!(people(&w, "a1"), who(&[("anna", "checked_in"), ("ben", "declined")]));
    assert_eq!(people(&w, "a1b"), who(&[("anna", "accepted")]));
}

#[test]
fn somebody_else_takes_one_of_the_parts() {
    let mut w = world();
    act(&mut w, split("2026-07-18T16:00", post("a1b", "anna"), post("a1b", "ben")));
    assert_eq!(people(&w, "a1"), who(&[("anna", "assigned")]));
    assert_eq!(people(&w, "a1b"), who(&[("ben", "assigned")]));

    let mut w = world();
    act(&mut w, split("2026-07-18T16:00", post("a1", "anna"), post("a1", "ben")));
    assert_eq!(people(&w, "a1"), who(&[("ben", "assigned")]));
    assert_eq!(people(&w, "a1b"), who(&[("anna", "assigned")]));
}

/// Else importing the file again would find two rows for one.
#[test]
fn the_row_of_a_file_stays_the_first_part() {
    let mut w = world();
    let event = w.get_mut(&"event/e1".parse::<DocId>().unwrap()).unwrap();
    let mut row = event.row(Table::Assignments, "a1").unwrap().as_ref().clone();
    row.set(Field::Key, wedsync_domain::Value::from("row 7"));
    event.insert(Table::Assignments, "a1", row);
    act(&mut w, split("2026-07-18T16:00", json!([]), json!([])));
    assert_eq!((cell(&w, "a1", Field::Key), cell(&w, "a1b", Field::Key)), ("row 7".into(), String::new()));
}

#[test]
fn which_time_is_meant_goes_with_the_end_it_is_said_of() {
    for (fold, first, second) in [("start", "start", ""), ("end", "", "end"), ("both", "start", "end")] {
        let mut w = world();
        let set = json!({"fold": fold});
        act(&mut w, json!({"type": "update_assignment", "event": "e1", "assignment": "a1", "set": set}));
        act(&mut w, split("2026-07-18T16:00", json!([]), json!([])));
        assert_eq!(
            (cell(&w, "a1", Field::Fold).as_str(), cell(&w, "a1b", Field::Fold).as_str()),
            (first, second)
        );
    }
}

#[test]
fn what_cannot_be_split_is_refused_with_the_reason() {
    let w = world();
    for at in ["2026-07-18T14:00", "2026-07-18T18:00", "2026-07-19T16:00", "16:00", ""] {
        let refused = refusal(&w, &coordinator(), split(at, json!([]), json!([])));
        assert_eq!((refused.code, refused.field.as_deref()), (RefusalCode::Invalid, Some("at")), "{at}");
    }
    let mut there = split("2026-07-18T16:00", json!([]), json!([]));
    there["second"] = json!("a2");
    assert_eq!(code(&w, there), RefusalCode::AlreadyExists);
    let mut cancelled = split("2026-07-18T16:00", json!([]), json!([]));
    cancelled["assignment"] = json!("a3");
    assert_eq!(code(&w, cancelled), RefusalCode::Cancelled);
    let mut archived = split("2026-07-18T16:00", json!([]), json!([]));
    archived["event"] = json!("e2");
    archived["assignment"] = json!("b1");
    assert_eq!(code(&w, archived), RefusalCode::Archived);
    let none = json!([]);
    let at = "2026-07-18T16:00";
    assert_eq!(code(&w, split(at, post("a1b", "ben"), none.clone())), RefusalCode::NotAssigned);
    assert_eq!(code(&w, split(at, post("a1", "ben"), none.clone())), RefusalCode::NotAssigned);
    assert_eq!(code(&w, split(at, none.clone(), post("a2", "ben"))), RefusalCode::Invalid);
    assert_eq!(code(&w, split(at, post("a2", "ben"), none.clone())), RefusalCode::Invalid);
    assert_eq!(code(&w, split(at, none.clone(), post("a1b", "dora"))), RefusalCode::Archived);
    assert_eq!(code(&w, split(at, post("a1b", "anna"), post("a1b", "anna"))), RefusalCode::Invalid);
    let too_many = json!([{"assignment": "a1b", "helper": "ben"}, {"assignment": "a1b", "helper": "cleo"}]);
    assert_eq!(code(&w, split(at, none.clone(), too_many)), RefusalCode::AlreadyTaken);
    let helper = support::actor(wedsync_domain::Role::Helper, Some("anna"));
    assert_eq!(refusal(&w, &helper, split(at, none.clone(), none)).code, RefusalCode::Forbidden);
}
