//! Who is on a shift: places, steps, and the last place.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::json;
use support::{
    World, act, actor, apply, claim, code, coordinator, doc, judge, on, refusal, staff, substitute, update,
    world,
};
use wedsync_domain::{Decision, Field, RefusalCode as Code, Role, Table};

fn status(w: &World, assignment: &str, helper: &str) -> String {
    let row = format!("{assignment}.{helper}");
    w[&doc("event/e1")].row(Table::Assigned, &row).map_or("-", |r| r.text(Field::Status)).to_owned()
}

#[test]
fn the_last_place_goes_to_the_first() {
    let mut w = world();
    let first = judge(&w, &actor(Role::Helper, Some("ben")), claim("a2")).unwrap();
    apply(&mut w, &first);
    assert_eq!(status(&w, "a2", "ben"), "accepted");
    let second = refusal(&w, &actor(Role::Helper, Some("cleo")), claim("a2"));
    assert_eq!(
        (second.code, second.message.as_str()),
        (Code::AlreadyTaken, "The only place of “Kitchen” is taken: Ben.")
    );
    act(&mut w, on("assign", "a1", "ben"));
    let r = refusal(&w, &coordinator(), on("assign", "a1", "cleo"));
    assert_eq!(r.message, "All 2 places of “Bar” are taken: Anna, Ben.");
    // Who is on it already hears no refusal, and nothing changes.
    assert_eq!(judge(&w, &actor(Role::Helper, Some("ben")), claim("a2")), Ok(Decision::default()));
    // A place that is given back is free.
    act(&mut w, on("decline", "a1", "ben"));
    act(&mut w, on("assign", "a1", "cleo"));
    assert_eq!(
        code(&w, on("accept", "a1", "ben")),
        Code::AlreadyTaken,
        "who declined has to wait for a place"
    );
    // Fewer places than people throws nobody off.
    act(&mut w, update(json!({"helpers_max": 1}), json!({})));
    assert_eq!(w[&doc("event/e1")].taken("a1"), 2);
    assert_eq!(code(&w, on("accept", "a1", "ben")), Code::AlreadyTaken);
}

/// A status, the steps that lead to it, and what each of the four steps from there comes to.
type Steps = (&'static str, &'static [&'static str], [Result<&'static str, Code>; 4]);

#[test]
fn steps_on_a_shift() {
    use Code::WrongState;
    // From each status: accept, decline, check_in, complete.
    let table: [Steps; 6] = [
        ("-", &[], [Err(Code::NotAssigned); 4]),
        ("assigned", &["assign"], [Ok("accepted"), Ok("declined"), Ok("checked_in"), Err(WrongState)]),
        (
            "accepted",
            &["assign", "accept"],
            [Ok("accepted"), Ok("declined"), Ok("checked_in"), Err(WrongState)],
        ),
        (
            "declined",
            &["assign", "decline"],
            [Ok("accepted"), Ok("declined"), Err(WrongState), Err(WrongState)],
        ),
        (
            "checked_in",
            &["assign", "check_in"],
            [Ok("checked_in"), Err(WrongState), Ok("checked_in"), Ok("completed")],
        ),
        (
            "completed",
            &["assign", "check_in", "complete"],
            [Ok("completed"), Err(WrongState), Err(WrongState), Ok("completed")],
        ),
    ];
    for (from, steps, outcomes) in table {
        let mut before = world();
        for step in steps {
            act(&mut before, on(step, "a2", "ben"));
        }
        assert_eq!(status(&before, "a2", "ben"), from);
        for (step, outcome) in ["accept", "decline", "check_in", "complete"].iter().zip(outcomes) {
            let mut w = before.clone();
            match (judge(&w, &actor(Role::Helper, Some("ben")), on(step, "a2", "ben")), outcome) {
                (Ok(decision), Ok(to)) => {
                    apply(&mut w, &decision);
                    assert_eq!(status(&w, "a2", "ben"), to, "{step} from {from}");
                }
                (Err(r), Err(code)) => assert_eq!(r.code, code, "{step} from {from}: {r}"),
                (got, want) => panic!("{step} from {from}: {got:?}, not {want:?}"),
            }
        }
    }
}

#[test]
fn reassign_is_both_or_neither() {
    let mut w = world();
    let reassign = json!({"type": "reassign", "event": "e1", "from": "a1", "to": "a2", "helper": "anna"});
    let mut full = w.clone();
    act(&mut full, on("assign", "a2", "ben"));
    assert_eq!(code(&full, reassign.clone()), Code::AlreadyTaken);
    act(&mut w, on("accept", "a1", "anna"));
    act(&mut w, reassign);
    assert_eq!((status(&w, "a1", "anna"), status(&w, "a2", "anna")), ("-".to_owned(), "assigned".to_owned()));
    let same = json!({"type": "reassign", "event": "e1", "from": "a2", "to": "a2", "helper": "anna"});
    assert_eq!(judge(&w, &coordinator(), same), Ok(Decision::default()));
    // Off a cancelled shift: allowed.
    act(&mut w, json!({"type": "reassign", "event": "e1", "from": "a3", "to": "a1", "helper": "anna"}));
    assert_eq!(status(&w, "a3", "anna"), "-");
}

#[test]
fn a_substitute_takes_the_very_place_of_who_leaves() {
    let mut w = world();
    for step in ["assign", "accept"] {
        act(&mut w, on(step, "a2", "ben"));
    }
    // The only place of the shift, and one decision.
    let decision = act(&mut w, substitute("a2", "ben", "cleo"));
    assert_eq!(decision.changes.len(), 2);
    assert_eq!((status(&w, "a2", "ben"), status(&w, "a2", "cleo")), ("-".to_owned(), "assigned".to_owned()));
    assert_eq!(code(&w, substitute("a2", "ben", "cleo")), Code::NotAssigned, "given twice, it stands once");
    assert_eq!(judge(&w, &coordinator(), substitute("a2", "cleo", "cleo")), Ok(Decision::default()));

    // More people than places: still one for one.
    act(&mut w, on("assign", "a1", "ben"));
    act(&mut w, update(json!({"helpers_max": 1}), json!({})));
    act(&mut w, substitute("a1", "anna", "cleo"));
    assert_eq!(w[&doc("event/e1")].taken("a1"), 2);

    let r = refusal(&w, &coordinator(), substitute("a1", "ben", "cleo"));
    assert_eq!((r.code, r.message.as_str()), (Code::WrongState, "Cleo is on “Bar” already."));
}

#[test]
fn who_declined_can_come_back_as_a_substitute_and_leaves_no_place_to_one() {
    let mut w = world();
    for step in ["assign", "decline"] {
        act(&mut w, on(step, "a1", "ben"));
    }
    act(&mut w, substitute("a1", "anna", "ben"));
    assert_eq!((status(&w, "a1", "anna"), status(&w, "a1", "ben")), ("-".to_owned(), "assigned".to_owned()));

    // Ben declined and Anna has the only place: there is none for Cleo.
    act(&mut w, on("decline", "a1", "ben"));
    act(&mut w, on("assign", "a1", "anna"));
    act(&mut w, update(json!({"helpers_max": 1}), json!({})));
    assert_eq!(code(&w, substitute("a1", "ben", "cleo")), Code::AlreadyTaken);
    act(&mut w, update(json!({"helpers_max": 2}), json!({})));
    act(&mut w, substitute("a1", "ben", "cleo"));
    assert_eq!((status(&w, "a1", "ben"), status(&w, "a1", "cleo")), ("-".to_owned(), "assigned".to_owned()));
}

#[test]
fn cancelling_keeps_who_was_on_it_and_unassigning_stays_possible() {
    let mut w = world();
    act(&mut w, json!({"type": "cancel_assignment", "event": "e1", "assignment": "a1", "cancelled": true}));
    assert_eq!(status(&w, "a1", "anna"), "assigned");
    act(&mut w, on("unassign", "a1", "anna"));
    act(&mut w, json!({"type": "cancel_assignment", "event": "e1", "assignment": "a1", "cancelled": false}));
    act(&mut w, on("assign", "a1", "anna"));
}

/// What `staff` refuses: code, field and message.
fn refused(w: &World, unassign: &[(&str, &str)], assign: &[(&str, &str)]) -> (Code, String) {
    let r = refusal(w, &coordinator(), staff(unassign, assign));
    assert_eq!(r.field, None);
    (r.code, r.message)
}

#[test]
fn staffing_is_one_step_and_exchanging_its_lists_takes_it_back() {
    let mut w = world();
    let before = w.clone();
    let decision = act(&mut w, staff(&[("a1", "anna")], &[("a1", "ben"), ("a1", "cleo"), ("a2", "anna")]));
    assert_eq!(decision.changes.len(), 4);
    assert_eq!(
        [
            status(&w, "a1", "anna"),
            status(&w, "a1", "ben"),
            status(&w, "a1", "cleo"),
            status(&w, "a2", "anna")
        ],
        ["-", "assigned", "assigned", "assigned"]
    );
    act(&mut w, staff(&[("a1", "ben"), ("a1", "cleo"), ("a2", "anna")], &[("a1", "anna")]));
    assert_eq!(w, before);
    assert_eq!(judge(&w, &coordinator(), staff(&[], &[])), Ok(Decision::default()));
}

#[test]
fn staffing_swaps_two_helpers_of_full_shifts() {
    let mut w = world();
    act(&mut w, update(json!({"helpers_max": 1}), json!({})));
    act(&mut w, on("assign", "a2", "ben"));
    let swap = staff(&[("a1", "anna"), ("a2", "ben")], &[("a1", "ben"), ("a2", "anna")]);
    act(&mut w, swap);
    assert_eq!((status(&w, "a1", "ben"), status(&w, "a2", "anna")), ("assigned".into(), "assigned".into()));
    assert_eq!((status(&w, "a1", "anna"), status(&w, "a2", "ben")), ("-".into(), "-".into()));
}

#[test]
fn places_are_counted_within_the_command() {
    let mut w = world();
    assert_eq!(
        refused(&w, &[], &[("a2", "ben"), ("a2", "cleo")]),
        (Code::AlreadyTaken, "“Kitchen” has only 1 place.".to_owned())
    );
    // Anna has one of the two places of a1.
    assert_eq!(refused(&w, &[], &[("a1", "ben"), ("a1", "cleo")]).0, Code::AlreadyTaken);
    act(&mut w, staff(&[], &[("a1", "ben")]));
    assert_eq!(refused(&w, &[], &[("a1", "cleo")]).0, Code::AlreadyTaken);
    // Who declined holds no place: taking them off frees none.
    act(&mut w, on("decline", "a1", "ben"));
    act(&mut w, on("assign", "a1", "cleo"));
    act(&mut w, json!({"type": "add_helper", "helper": "emil", "fields": {"name": "Emil"}}));
    assert_eq!(refused(&w, &[("a1", "ben")], &[("a1", "emil")]).0, Code::AlreadyTaken);
    act(&mut w, staff(&[("a1", "cleo")], &[("a1", "ben")]));
    assert_eq!(status(&w, "a1", "ben"), "assigned", "who declined is asked again");
}

#[test]
fn who_is_on_a_shift_keeps_the_place_and_their_answer() {
    let mut w = world();
    act(&mut w, on("accept", "a1", "anna"));
    act(&mut w, staff(&[], &[("a1", "anna"), ("a1", "ben")]));
    assert_eq!((status(&w, "a1", "anna"), status(&w, "a1", "ben")), ("accepted".into(), "assigned".into()));
    assert_eq!(
        judge(&w, &coordinator(), staff(&[], &[("a1", "anna"), ("a1", "ben")])),
        Ok(Decision::default())
    );
}

#[test]
fn staffing_is_all_or_nothing() {
    let mut w = world();
    let (anna, ben) = (("a1", "anna"), ("a2", "ben"));
    let named_twice = (Code::Invalid, "a helper is named twice for one shift".to_owned());
    assert_eq!(refused(&w, &[], &[ben, ben]), named_twice);
    assert_eq!(refused(&w, &[anna], &[anna]), named_twice);
    for (unassign, assign, code) in [
        (vec![], vec![ben, ("a1", "dora")], Code::Archived),
        (vec![], vec![ben, ("a1", "nobody")], Code::NotFound),
        (vec![], vec![ben, ("a3", "ben")], Code::Cancelled),
        (vec![], vec![ben, ("gone", "ben")], Code::NotFound),
        (vec![("a1", "ben")], vec![ben], Code::NotAssigned),
        (vec![("gone", "ben")], vec![ben], Code::NotFound),
    ] {
        assert_eq!(refused(&w, &unassign, &assign).0, code, "{unassign:?} {assign:?}");
    }
    // Off a cancelled shift: allowed.
    act(&mut w, staff(&[("a3", "anna")], &[ben]));
    assert_eq!((status(&w, "a3", "anna"), status(&w, "a2", "ben")), ("-".into(), "assigned".into()));
}

#[test]
fn so_much_is_staffed_at_once_and_no_more() {
    let mut w = world();
    act(&mut w, update(json!({"helpers_max": 1000}), json!({})));
    let names: Vec<String> = (0..3001).map(|n| format!("h{n}")).collect();
    let posts: Vec<(&str, &str)> = names.iter().map(|name| ("a1", name.as_str())).collect();
    let (code, message) = refused(&w, &[], &posts);
    assert_eq!((code, message.contains("3000")), (Code::TooLarge, true), "{message}");
    assert_eq!(refused(&w, &[], &posts[..3000]).0, Code::NotFound, "nobody of them is in the roster");
}
