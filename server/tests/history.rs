//! History: what was recorded is read back page by page, the same from both stores, and over HTTP only by who may.
#![allow(clippy::unwrap_used)]

use common::{Server, event, helper, id, retitle, shift, signed, token};
use serde_json::{Value as Json, json};
use wedsync_domain::history::Subject;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Change, ChangeKind, DocId, Field, Table, Value};
use wedsync_hub::hub::now_ms;
use wedsync_hub::store::{
    Batch, DocHead, HistoryQuery, HistoryRow, MemoryStore, Outcome, SqliteStore, Store, Verdict, prepare,
};

mod common;

fn on_both(test: impl Fn(&mut dyn Store)) {
    test(&mut MemoryStore::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.sqlite");
    prepare(&path).unwrap();
    test(&mut SqliteStore::open(&path, &id("party")).unwrap());
}

fn uuid(n: u16) -> Uuid {
    let mut bytes = [7; 16];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    Uuid(bytes)
}

fn set(doc: &str, table: Table, row: &str) -> Change {
    let kind = ChangeKind::Set { field: Field::Note, before: Value::Null, after: Value::from("x") };
    Change { doc: doc.parse().unwrap(), table, row: row.into(), kind }
}

/// One stored edit: number `n`, at the time `n`.
fn edit(n: u16, user: &str, kind: &str, changes: Vec<Change>) -> Batch {
    let verdict = Verdict {
        client: id("c"),
        n: u64::from(n),
        user: id(user),
        uuid: uuid(n),
        content: [0; 32],
        outcome: Outcome::Stored { heads: vec![], replaced: vec![], kept: vec![] },
        device: None,
        kind: kind.into(),
        made_ms: 1,
        at_ms: u64::from(n),
    };
    let row = |change| HistoryRow { uuid: uuid(n), user: id(user), seq: 1, change };
    let history = changes.into_iter().map(row).collect();
    Batch { verdicts: vec![verdict], history, ..Batch::default() }
}

fn fill(store: &mut dyn Store) {
    let (shifts, posts) = (Table::Assignments, Table::Assigned);
    for batch in [
        edit(1, "olga", "create_event", vec![set("event/e", Table::Facts, "event")]),
        edit(2, "olga", "update_assignment", vec![set("event/e", shifts, "a"), set("event/e", shifts, "a")]),
        edit(3, "nina", "update_assignment", vec![set("event/e", shifts, "ab")]),
        edit(4, "nina", "staff", vec![set("event/e", posts, "a.anna"), set("event/e", posts, "ab.ben")]),
        edit(5, "anna", "update_contact", vec![set("person/anna", Table::Contact, "contact")]),
        edit(6, "olga", "update_helper", vec![set("roster", Table::Helpers, "anna")]),
        edit(7, "olga", "assign", vec![set("event/f", posts, "z.anna")]),
        edit(8, "nina", "update_event", vec![set("event/f", Table::Facts, "event")]),
    ] {
        store.commit(&batch).unwrap();
    }
}

/// The numbers of the edits on a page, and whether there is more.
fn numbers(store: &mut dyn Store, query: &HistoryQuery) -> (Vec<u64>, Option<u64>) {
    let page = store.history_page(query, &|_| true).unwrap();
    (page.edits.iter().map(|e| e.verdict.n).collect(), page.next)
}

fn all(subject: (&str, &str, &str), by: &str) -> HistoryQuery {
    let some = |text: &str| Some(text).filter(|t| !t.is_empty()).map(id);
    let subject = Subject { event: some(subject.0), assignment: some(subject.1), helper: some(subject.2) };
    HistoryQuery { subject, by: some(by), limit: 100, ..HistoryQuery::default() }
}

#[test]
fn each_filter_finds_its_edits_the_newest_first() {
    on_both(|store| {
        fill(store);
        for (subject, by, expected) in [
            (("", "", ""), "", vec![8, 7, 6, 5, 4, 3, 2, 1]),
            (("e", "", ""), "", vec![4, 3, 2, 1]),
            (("e", "a", ""), "", vec![4, 2]),
            (("e", "ab", ""), "", vec![4, 3]),
            (("e", "b", ""), "", vec![]),
            (("", "", "anna"), "", vec![7, 6, 5, 4]),
            (("e", "", "anna"), "", vec![4]),
            (("e", "ab", "ben"), "", vec![4]),
            (("e", "a", "ben"), "", vec![]),
            (("", "", ""), "olga", vec![7, 6, 2, 1]),
            (("e", "", ""), "nina", vec![4, 3]),
            (("", "", "anna"), "olga", vec![7, 6]),
            (("", "", ""), "ghost", vec![]),
        ] {
            assert_eq!(numbers(store, &all(subject, by)), (expected, None), "{subject:?} by {by:?}");
        }
        let everything = all(("", "", ""), "");
        let kind = HistoryQuery { kind: Some("update_assignment".into()), ..everything.clone() };
        assert_eq!(numbers(store, &kind).0, [3, 2]);
        let time = HistoryQuery { since_ms: Some(3), until_ms: Some(6), ..everything.clone() };
        assert_eq!(numbers(store, &time).0, [5, 4, 3]);
        let one = HistoryQuery { edit: Some(uuid(4)), ..everything.clone() };
        assert_eq!(numbers(store, &one).0, [4]);
        let of_another = HistoryQuery { edit: Some(uuid(4)), by: Some(id("olga")), ..everything };
        assert_eq!(numbers(store, &of_another).0, [0; 0]);
    });
}

#[test]
fn pages_follow_each_other_without_a_gap_or_a_double() {
    on_both(|store| {
        fill(store);
        let mut meanwhile = 100;
        for limit in 1..=9 {
            let mut query = HistoryQuery { limit, ..all(("", "", ""), "") };
            let mut seen = Vec::new();
            loop {
                let (page, next) = numbers(store, &query);
                assert!(page.len() <= limit);
                seen.extend(page);
                // What comes in meanwhile is above, and moves nothing.
                meanwhile += 1;
                store
                    .commit(&edit(meanwhile, "olga", "assign", vec![set("event/g", Table::Facts, "event")]))
                    .unwrap();
                query.below = next;
                if next.is_none() {
                    break;
                }
            }
            seen.retain(|n| *n < 100);
            assert_eq!(seen, [8, 7, 6, 5, 4, 3, 2, 1], "in pages of {limit}");
        }
    });
}

#[test]
fn what_one_may_not_read_and_what_was_deleted_is_not_there() {
    on_both(|store| {
        fill(store);
        let query = all(("", "", ""), "");
        let hidden = |doc: &DocId| !matches!(doc, DocId::Person(_) | DocId::Roster);
        let page = store.history_page(&query, &hidden).unwrap();
        assert_eq!(page.edits.iter().map(|e| e.verdict.n).collect::<Vec<_>>(), [8, 7, 4, 3, 2, 1]);
        let head = DocHead { epoch: 1, seq: 9, snapshot_seq: 9, log_base: 9, size: 0, deleted: true };
        let heads = [("event/e".parse().unwrap(), head)].into();
        store.commit(&Batch { heads, ..Batch::default() }).unwrap();
        assert_eq!(numbers(store, &query).0, [8, 7, 6, 5]);
        assert_eq!(numbers(store, &all(("e", "", ""), "")).0, [0; 0]);
    });
}

#[test]
fn of_a_large_edit_comes_what_was_asked_about_and_how_much_there_is() {
    on_both(|store| {
        let row = |i: u32| set("event/e", Table::Assignments, &format!("s{i}"));
        let mut changes: Vec<Change> = (0..626).map(row).collect();
        changes.push(set("roster", Table::Places, "p"));
        store.commit(&edit(1, "olga", "import_shifts", changes)).unwrap();
        let query = all(("e", "s400", ""), "");
        let page = store.history_page(&query, &|_| true).unwrap();
        assert_eq!(page.edits[0].changes, [row(400)]);
        assert_eq!(page.edits[0].rows.set, [(Table::Assignments, 626), (Table::Places, 1)].into());
        assert_eq!(page.edits[0].rows.changes, 627);
        let page = store.history_page(&all(("e", "", ""), ""), &|_| true).unwrap();
        assert_eq!(page.edits[0].changes, (0..20).map(row).collect::<Vec<_>>());
        let whole = HistoryQuery { edit: Some(uuid(1)), ..all(("", "", ""), "") };
        assert_eq!(store.history_page(&whole, &|_| true).unwrap().edits[0].changes.len(), 627);
        // What may not be read is not counted either.
        let page = store.history_page(&whole, &|doc| *doc != DocId::Roster).unwrap();
        assert_eq!(page.edits[0].rows.changes, 626);
    });
}

#[test]
fn a_page_ends_early_rather_than_read_for_long_and_says_where_to_go_on() {
    on_both(|store| {
        let row = |i: u32| set("event/e", Table::Assignments, &format!("s{i}"));
        for n in 1..=5 {
            store.commit(&edit(n, "olga", "import_shifts", (0..2000).map(row).collect())).unwrap();
        }
        let query = HistoryQuery { kind: Some("assign".into()), ..all(("e", "", ""), "") };
        let (found, next) = numbers(store, &query);
        assert_eq!(found, [0; 0]);
        let rest = HistoryQuery { below: next, ..query.clone() };
        assert!(next.is_some());
        assert_eq!(numbers(store, &rest), (vec![], None));
        let (found, next) = numbers(store, &all(("e", "", ""), ""));
        assert_eq!(found, [5, 4, 3]);
        assert_eq!(
            numbers(store, &HistoryQuery { below: next, ..all(("e", "", ""), "") }),
            (vec![2, 1], None)
        );
    });
}

async fn plan() -> Server {
    let server = Server::start().await;
    let mut olga = server.peer("olga").await;
    for command in [helper("anna"), helper("ben"), event(), shift("a"), retitle("a", "Wine")] {
        olga.stored(&command).await;
    }
    let contact =
        json!({ "type": "update_contact", "helper": "anna", "set": { "email": "anna@example.org" } });
    server.peer("anna").await.stored(&contact).await;
    server
}

async fn kinds(server: &Server, who: &str, query: &str) -> Vec<String> {
    let (status, answer) = server.call("GET", &format!("/v1/history{query}"), &token(who), None).await;
    assert_eq!(status, 200, "{answer}");
    let kind = |e: &Json| e["kind"].as_str().unwrap().to_owned();
    answer["entries"].as_array().unwrap().iter().map(kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changed_what_with_before_and_after() {
    let server = plan().await;
    let (status, answer) = server.call("GET", "/v1/history?event=e&limit=1", &token("vera"), None).await;
    assert_eq!(status, 200, "{answer}");
    let entry = &answer["entries"][0];
    assert_eq!(
        (&entry["user"], &entry["name"], &entry["kind"]),
        (&json!("olga"), &json!("olga"), &json!("update_assignment"))
    );
    let change = json!({ "doc": "event/e", "table": "assignments", "row": "a",
        "kind": { "Set": { "field": "title", "before": "Bar", "after": "Wine" } } });
    assert_eq!(entry["changes"], json!([change]));
    assert!(entry["at_ms"].as_u64().unwrap() <= answer["at_ms"].as_u64().unwrap());
    let next = answer["next"].as_str().unwrap();
    assert_eq!(
        kinds(&server, "vera", &format!("?event=e&limit=2&before={next}")).await,
        ["create_assignment", "create_event"]
    );
    assert_eq!(kinds(&server, "olga", "?by=anna").await, ["update_contact"]);
    let none = server.call("GET", "/v1/history", "", None).await;
    assert_eq!((none.0, &none.1["code"]), (401, &json!("unauthorized")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_own_facts_are_in_the_history_of_who_may_read_them() {
    let server = plan().await;
    for (who, expected) in [
        ("olga", vec!["update_contact", "add_helper"]),
        ("anna", vec!["update_contact", "add_helper"]),
        ("ben", vec!["add_helper"]),
        ("vera", vec!["add_helper"]),
    ] {
        assert_eq!(kinds(&server, who, "?helper=anna").await, expected, "{who}");
        let (_, answer) = server.call("GET", "/v1/history", &token(who), None).await;
        let text = answer.to_string();
        assert_eq!(text.contains("anna@example.org"), expected.len() == 2, "{who}");
        assert_eq!(text.contains("person/ben"), who == "olga" || who == "ben", "{who}");
    }
    // Of the event that is deleted nothing is left, not even for the owner.
    let mut olga = server.peer("olga").await;
    olga.stored(&json!({ "type": "delete_event", "event": "e" })).await;
    assert_eq!(kinds(&server, "olga", "?event=e").await, [""; 0]);
    assert_eq!(kinds(&server, "olga", "").await, ["update_contact", "add_helper", "add_helper"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_makes_no_sense_is_told_which_part() {
    let server = plan().await;
    let stranger = signed(json!({ "sub": "olga", "org": "other", "exp": now_ms() / 1000 + 600 }));
    let (_, page) = server.call("GET", "/v1/history?limit=1", &token("olga"), None).await;
    let next = page["next"].as_str().unwrap().to_owned();
    for (token, query, field) in [
        (&stranger, format!("limit=1&before={next}"), "before"),
        (&token("olga"), format!("event=e&before={next}"), "before"),
        (&token("olga"), "before=1".into(), "before"),
        (&token("olga"), "before=-1.x".into(), "before"),
        (&token("olga"), "limit=0".into(), "limit"),
        (&token("olga"), "limit=1000000000".into(), "limit"),
        (&token("olga"), "limit=ten".into(), "limit"),
        (&token("olga"), "colour=red".into(), "colour"),
        (&token("olga"), "event=a%20b".into(), "event"),
        (&token("olga"), "event=e&event=f".into(), "event"),
        (&token("olga"), "assignment=a".into(), "assignment"),
        (&token("olga"), "kind=%27%20OR%201".into(), "kind"),
        (&token("olga"), "edit=7".into(), "edit"),
        (&token("olga"), "since=yesterday".into(), "since"),
    ] {
        let (status, answer) = server.call("GET", &format!("/v1/history?{query}"), token, None).await;
        assert_eq!(
            (status, &answer["code"], &answer["field"]),
            (400, &json!("invalid"), &json!(field)),
            "{query}: {answer}"
        );
        assert!(answer["message"].as_str().unwrap().starts_with(&format!("'{field}' ")), "{answer}");
    }
    assert_eq!(kinds(&server, "olga", &format!("?limit=1&before={next}")).await, ["update_assignment"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_is_slowed_down() {
    let server = Server::limited(0.001, 100.0).await;
    for expected in [200, 200, 429] {
        let (status, answer) = server.call("GET", "/v1/history", &token("olga"), None).await;
        assert_eq!(status, expected, "{answer}");
    }
}
