//! What an undo takes back, what it leaves, and why.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value as Json, json};
use support::record::{Recording, undo, undo_all_the_same, user};
use support::{anna, coordinator, doc, on, staff, substitute, world};
use wedsync_domain::{DocView, Field, Kept, RefusalCode, Table, Value};

fn plan() -> Recording {
    Recording::of(world())
}

fn e1(plan: &Recording) -> &DocView {
    &plan.plan[&doc("event/e1")]
}

fn cell(plan: &Recording, shift: &str, field: Field) -> Option<Value> {
    e1(plan).row(Table::Assignments, shift).map(|row| row.cell(field).clone())
}

/// Helpers on a shift of e1, and how they stand to it.
fn posts(plan: &Recording, shift: &str) -> Vec<(String, String)> {
    let posts = e1(plan).posts(shift);
    posts.map(|(helper, row)| (helper.to_owned(), row.text(Field::Status).to_owned())).collect()
}

fn list(posts: &[(&str, &str)]) -> Vec<(String, String)> {
    posts.iter().map(|(helper, status)| ((*helper).to_owned(), (*status).to_owned())).collect()
}

/// Row, field and value of what was kept.
fn of(kept: &[Kept]) -> Vec<(&str, Field, &Value)> {
    kept.iter().map(|k| (k.row.as_str(), k.field, &k.value)).collect()
}

fn moved(start: &str, end: &str) -> Json {
    let set = json!({"start": format!("2026-07-18T{start}"), "end": format!("2026-07-18T{end}")});
    json!({"type": "move_assignment", "event": "e1", "assignment": "a1", "set": set})
}

fn set(values: Json) -> Json {
    json!({"type": "update_assignment", "event": "e1", "assignment": "a1", "set": values})
}

#[test]
fn a_field_that_somebody_changed_since_stays_and_the_others_go_back() {
    let mut plan = plan();
    plan.edit(1, &coordinator(), moved("15:00", "19:00"));
    plan.edit(2, &user("u2", coordinator()), set(json!({"end": "2026-07-18T20:00"})));
    let back = plan.edit(3, &coordinator(), undo(1));
    assert_eq!(of(&back.kept), [("a1", Field::End, &"2026-07-18T20:00".into())]);
    assert_eq!(back.kept[0].why, None);
    assert_eq!(cell(&plan, "a1", Field::Start), Some("2026-07-18T14:00".into()));

    let also = plan.edit(4, &coordinator(), undo_all_the_same(1));
    assert_eq!(also.kept, []);
    assert_eq!(also.replaced.len(), 1, "the receipt says whose value it was");
    assert_eq!(cell(&plan, "a1", Field::End), Some("2026-07-18T18:00".into()));
}

#[test]
fn times_that_would_not_fit_together_stay() {
    let mut plan = plan();
    plan.edit(1, &coordinator(), set(json!({"end": "2026-07-18T23:00"})));
    plan.edit(2, &user("u2", coordinator()), set(json!({"start": "2026-07-18T21:00"})));
    let back = plan.edit(3, &coordinator(), undo(1));
    assert_eq!(back.changes, []);
    assert_eq!(of(&back.kept), [("a1", Field::End, &"2026-07-18T23:00".into())]);
    assert_eq!(back.kept[0].why.as_deref(), Some("'end' must be after 'start'"));
}

#[test]
fn filling_the_gaps_is_taken_back_but_for_who_has_answered() {
    let mut plan = plan();
    plan.edit(1, &coordinator(), staff(&[], &[("a1", "ben"), ("a2", "cleo")]));
    plan.edit(2, &user("u2", coordinator()), on("accept", "a2", "cleo"));
    let back = plan.edit(3, &coordinator(), undo(1));
    assert_eq!(of(&back.kept), [("a2.cleo", Field::Status, &"accepted".into())]);
    assert_eq!(
        (posts(&plan, "a1"), posts(&plan, "a2")),
        (list(&[("anna", "assigned")]), list(&[("cleo", "accepted")]))
    );
    plan.edit(4, &coordinator(), undo(3));
    assert_eq!(posts(&plan, "a1"), list(&[("anna", "assigned"), ("ben", "assigned")]), "done again");
}

#[test]
fn nobody_is_left_without_a_shift_or_on_two_by_half_an_undo() {
    let mut plan = plan();
    plan.edit(1, &user("u2", anna()), on("accept", "a1", "anna"));
    let swap = json!({"type": "reassign", "event": "e1", "from": "a1", "to": "a2", "helper": "anna"});
    plan.edit(2, &coordinator(), swap);
    // Somebody else took a1 and it is full.
    plan.edit(3, &coordinator(), staff(&[], &[("a1", "ben"), ("a1", "cleo")]));
    let back = plan.edit(4, &coordinator(), undo(2));
    assert_eq!(back.changes, []);
    assert_eq!(back.kept[0].why.as_deref(), Some("All 2 places of “Bar” are taken: Ben, Cleo."));
    assert_eq!(posts(&plan, "a2"), list(&[("anna", "assigned")]));
    plan.edit(5, &coordinator(), on("unassign", "a1", "ben"));
    plan.edit(6, &coordinator(), undo(2));
    assert_eq!(posts(&plan, "a1"), list(&[("anna", "accepted"), ("cleo", "assigned")]), "accepted as before");
    assert_eq!(posts(&plan, "a2"), []);
}

#[test]
fn a_swap_stays_whole_where_one_of_both_has_answered() {
    let mut plan = plan();
    plan.edit(1, &coordinator(), on("assign", "a2", "ben"));
    plan.edit(2, &coordinator(), staff(&[("a1", "anna"), ("a2", "ben")], &[("a1", "ben"), ("a2", "anna")]));
    plan.edit(3, &user("u2", coordinator()), on("accept", "a1", "ben"));
    let back = plan.edit(4, &coordinator(), undo(2));
    assert_eq!(back.changes, []);
    assert_eq!(of(&back.kept), [("a1.ben", Field::Status, &"accepted".into())]);
    plan.edit(5, &coordinator(), undo_all_the_same(2));
    assert_eq!(
        (posts(&plan, "a1"), posts(&plan, "a2")),
        (list(&[("anna", "assigned")]), list(&[("ben", "assigned")]))
    );
}

#[test]
fn a_substitute_goes_only_if_the_one_of_before_comes() {
    let mut plan = plan();
    plan.edit(1, &coordinator(), substitute("a1", "anna", "ben"));
    plan.edit(
        2,
        &coordinator(),
        json!({"type": "update_helper", "helper": "anna", "set": {"archived": true}}),
    );
    let back = plan.edit(3, &coordinator(), undo(1));
    assert_eq!(back.changes, []);
    assert_eq!(back.kept[0].why.as_deref(), Some("Anna is archived. Bring them back first."));
}

#[test]
fn a_split_is_taken_back_whole_or_not_at_all() {
    let mut plan = plan();
    let split = json!({"type": "split_assignment", "event": "e1", "assignment": "a1", "second": "a9",
        "at": "2026-07-18T16:00", "unassign": [], "assign": []});
    let before = plan.plan.clone();
    plan.edit(1, &coordinator(), split);
    let mut other = plan.clone();
    plan.edit(2, &coordinator(), undo(1));
    assert_eq!(plan.plan, before);
    plan.edit(3, &coordinator(), undo(2));
    assert_eq!(cell(&plan, "a9", Field::End), Some("2026-07-18T18:00".into()));

    other.edit(2, &user("u2", coordinator()), on("assign", "a9", "ben"));
    let back = other.edit(3, &coordinator(), undo(1));
    assert_eq!(back.changes, []);
    assert_eq!(of(&back.kept), [("a9.ben", Field::Status, &"assigned".into())]);
    other.edit(4, &coordinator(), undo_all_the_same(1));
    assert_eq!(cell(&other, "a9", Field::End), None);
    assert_eq!(posts(&other, "a9"), []);
}

#[test]
fn a_new_shift_stays_where_others_built_on_it() {
    let new = json!({"type": "create_assignment", "event": "e1", "assignment": "n", "fields":
        {"title": "Tea", "start": "2026-07-18T10:00", "end": "2026-07-18T11:00"}});
    let mut plan = plan();
    plan.edit(1, &coordinator(), new);
    let (mut noted, mut retitled) = (plan.clone(), plan.clone());
    noted.notes.insert(doc("notes/e1/n"));
    let back = noted.edit(2, &coordinator(), undo_all_the_same(1));
    assert_eq!(back.changes, []);
    assert!(back.kept[0].why.as_deref().unwrap().contains("note"));
    retitled.edit(
        2,
        &user("u2", coordinator()),
        json!({"type": "update_assignment", "event": "e1", "assignment": "n", "set": {"title": "Coffee"}}),
    );
    assert_eq!(of(&retitled.edit(3, &coordinator(), undo(1)).kept), [("n", Field::Title, &"Coffee".into())]);
    plan.edit(2, &coordinator(), undo(1));
    assert_eq!(cell(&plan, "n", Field::Title), None);
}

#[test]
fn helpers_and_places_in_use_stay() {
    let mut plan = plan();
    plan.edit(1, &coordinator(), json!({"type": "add_helper", "helper": "eve", "fields": {"name": "Eve"}, "contact": {"email": "e@x.org"}}));
    plan.edit(2, &coordinator(), json!({"type": "add_place", "place": "p9", "fields": {"name": "Tent"}}));
    let mut used = plan.clone();
    used.edit(3, &coordinator(), on("assign", "a1", "eve"));
    used.edit(4, &coordinator(), set(json!({"place": "p9"})));
    for n in [1, 2] {
        let back = used.edit(5, &coordinator(), undo_all_the_same(n));
        assert_eq!((back.changes.len(), back.kept.len()), (0, 1), "{n}");
    }
    let mut linked = plan.clone();
    linked.linked.insert("eve".parse().unwrap());
    assert_eq!(linked.edit(3, &coordinator(), undo(1)).changes, []);
    for n in [1, 2] {
        assert_eq!(plan.edit(5, &coordinator(), undo(n)).kept, []);
    }
    assert!(plan.plan[&doc("roster")].row(Table::Helpers, "eve").is_none());
    assert!(plan.plan[&doc("roster")].row(Table::Places, "p9").is_none());
}

#[test]
fn a_helper_takes_back_only_their_own_and_only_what_they_may_still_do() {
    let mut plan = plan();
    let own = user("anna", anna());
    plan.edit(1, &coordinator(), set(json!({"title": "Tea"})));
    assert_eq!(plan.try_edit(9, &own, undo(1)).unwrap_err().code, RefusalCode::Forbidden);
    // What she did as a coordinator, she may not take back as a helper.
    plan.edit(2, &user("anna", coordinator()), set(json!({"note": "n"})));
    assert_eq!(plan.try_edit(9, &own, undo(2)).unwrap_err().code, RefusalCode::Forbidden);
    plan.edit(3, &own, json!({"type": "decline", "event": "e1", "assignment": "a1", "helper": "anna"}));
    plan.edit(4, &own, undo(3));
    assert_eq!(posts(&plan, "a1"), list(&[("anna", "assigned")]));
    let viewer = user("anna", support::actor(wedsync_domain::Role::Viewer, Some("anna")));
    assert_eq!(plan.try_edit(9, &viewer, undo(3)).unwrap_err().code, RefusalCode::Forbidden);
}

#[test]
fn nobody_approves_their_own_time_off_by_an_undo() {
    let mut plan = plan();
    let own = user("anna", anna());
    let until = |end: &str| json!({"type": "update_time_off", "helper": "anna", "time_off": "t1", "set": {"end": end}});
    let from = |start: &str| json!({"type": "update_time_off", "helper": "anna", "time_off": "t1", "set": {"start": start}});
    plan.edit(1, &own, until("2026-07-18T12:00"));
    plan.edit(2, &own, from("2026-07-18T06:00"));
    plan.edit(3, &own, undo(1));
    let row = plan.plan[&doc("person/anna")].row(Table::TimeOff, "t1").unwrap().clone();
    assert_eq!((row.text(Field::End), row.text(Field::Status)), ("2026-07-18T10:00", "requested"));
    // Not where a coordinator approved in between, either.
    plan.edit(
        4,
        &coordinator(),
        json!({"type": "decide_time_off", "helper": "anna", "time_off": "t1", "approved": true}),
    );
    plan.edit(5, &own, undo(2));
    let row = plan.plan[&doc("person/anna")].row(Table::TimeOff, "t1").unwrap().clone();
    assert_eq!((row.text(Field::Start), row.text(Field::Status)), ("2026-07-18T08:00", "requested"));
}

#[test]
fn an_archived_event_and_a_cancelled_shift_are_as_for_any_edit() {
    let mut plan = plan();
    plan.edit(1, &coordinator(), on("unassign", "a1", "anna"));
    plan.edit(
        2,
        &coordinator(),
        json!({"type": "cancel_assignment", "event": "e1", "assignment": "a1", "cancelled": true}),
    );
    let back = plan.edit(3, &coordinator(), undo(1));
    assert_eq!(back.kept[0].why.as_deref(), Some("“Bar” was cancelled."));
    plan.edit(4, &coordinator(), json!({"type": "archive_event", "event": "e1", "archived": true}));
    assert_eq!(plan.try_edit(9, &coordinator(), undo(2)).unwrap_err().code, RefusalCode::Archived);
    plan.edit(5, &coordinator(), undo(4));
    plan.edit(6, &coordinator(), undo(2));
    plan.edit(7, &coordinator(), undo(1));
    assert_eq!(posts(&plan, "a1"), list(&[("anna", "assigned")]));
}

#[test]
fn titles_say_what_is_taken_back_and_what_is_done_again() {
    let mut plan = plan();
    plan.edit(1, &coordinator(), on("assign", "a1", "ben"));
    plan.edit(2, &coordinator(), undo(1));
    plan.edit(3, &coordinator(), undo(2));
    plan.edit(4, &coordinator(), undo(3));
    let titles: Vec<&str> = plan.edits.values().map(|edit| edit.title.as_str()).collect();
    let post = "Put Ben on Bar, Sat 18 Jul 14:00";
    assert_eq!(
        titles,
        [post, &format!("Take back: {post}"), &format!("Do again: {post}"), &format!("Take back: {post}")]
    );
}

#[test]
fn an_import_is_taken_back_row_by_row() {
    let mut plan = plan();
    let row = |id: &str, title: &str| json!({"assignment": id, "fields": {"title": title, "start": "2026-07-18T10:00", "end": "2026-07-18T11:00", "place": "t"}});
    plan.edit(1, &coordinator(), json!({"type": "import_shifts", "event": "e1",
        "places": [{"place": "t", "fields": {"name": "Tent"}}], "shifts": [row("i1", "One"), row("i2", "Two")]}));
    plan.edit(2, &user("u2", coordinator()), on("assign", "i2", "ben"));
    let back = plan.edit(3, &coordinator(), undo(1));
    assert_eq!(cell(&plan, "i1", Field::Title), None);
    assert_eq!(cell(&plan, "i2", Field::Title), Some("Two".into()));
    let kept: Vec<(&str, bool)> = back.kept.iter().map(|k| (k.row.as_str(), k.why.is_some())).collect();
    assert_eq!(kept, [("i2.ben", false), ("t", true)], "and the place that it needs");
}
