//! The two stores of the hub: what is committed is read back, and the store in memory and the one on SQLite say the same.
#![allow(clippy::unwrap_used)]

use wedsync_domain::ids::Uuid;
use wedsync_domain::{
    Change, ChangeKind, DocId, Field, Id, Refusal, RefusalCode, Replaced, Role, Row, Table, Value,
};
use wedsync_hub::membership::{Device, Invite, Member, Membership};
use wedsync_hub::store::{
    Batch, ClientRow, DocHead, Generation, HistoryRow, Lineage, LogRow, MembershipWrite, MemoryStore,
    Outcome, Snapshot, SqliteStore, Store, Verdict, prepare,
};
use wedsync_protocol::Head;

fn id(s: &str) -> Id {
    s.parse().unwrap()
}

fn event(s: &str) -> DocId {
    DocId::Event(id(s))
}

fn uuid(n: u8) -> Uuid {
    Uuid([n; 16])
}

/// Runs a test on each store, empty.
fn on_both(test: impl Fn(&mut dyn Store)) {
    test(&mut MemoryStore::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.sqlite");
    prepare(&path).unwrap();
    test(&mut SqliteStore::open(&path, &id("party")).unwrap());
}

fn head(seq: u64, snapshot_seq: u64, log_base: u64) -> DocHead {
    DocHead { epoch: 3, seq, snapshot_seq, log_base, size: 77, deleted: false }
}

fn log(doc: &DocId, seq: u64) -> LogRow {
    LogRow { doc: doc.clone(), seq, uuid: uuid(seq as u8), bytes: vec![seq as u8; 3] }
}

fn verdict(client: &str, n: u64, user: &str, of: u8, outcome: Outcome) -> Verdict {
    let (user, device, kind) = (id(user), Some(id("phone")), "claim".into());
    let (made_ms, at_ms, content) = (11, 12 + n, [of; 32]);
    Verdict { client: id(client), n, user, uuid: uuid(of), content, outcome, device, kind, made_ms, at_ms }
}

fn team() -> Membership {
    let anna =
        Member { user: id("anna"), name: "Anna".into(), role: Role::Helper, helper: Some(id("anna-h")) };
    let phone = Device {
        id: id("phone"),
        user: id("anna"),
        name: "Phone".into(),
        x: "x".into(),
        y: "y".into(),
        created_ms: 5,
        last_seen_ms: 6,
        revoked: true,
    };
    let invite = Invite {
        hash: "hash".into(),
        user: Some(id("anna")),
        role: Role::Viewer,
        name: "New".into(),
        helper: Some(id("h")),
        expires_ms: 9,
        single_use: true,
        by: Some(id("anna")),
        used_by: Some(id("phone")),
    };
    Membership {
        name: "Party".into(),
        members: [(id("anna"), anna)].into(),
        devices: [(id("phone"), phone)].into(),
        invites: [("hash".into(), invite)].into(),
    }
}

#[test]
fn the_team_comes_back_as_it_was_written() {
    on_both(|store| {
        assert_eq!(store.load().unwrap().membership, Membership::default());
        let Membership { name, members, devices, invites } = team();
        let ben = Member { user: id("ben"), name: "Ben".into(), role: Role::Owner, helper: None };
        let spare = Invite { hash: "spare".into(), ..invites["hash"].clone() };
        let mut membership = vec![MembershipWrite::Org { name }];
        membership.extend(members.into_values().chain([ben]).map(MembershipWrite::Member));
        membership.extend(devices.into_values().map(MembershipWrite::Device));
        membership.extend(invites.into_values().chain([spare]).map(MembershipWrite::Invite));
        membership.push(MembershipWrite::RemoveMember(id("ben")));
        membership.push(MembershipWrite::RemoveInvite("spare".into()));
        store.commit(&Batch { membership, ..Batch::default() }).unwrap();
        let state = store.load().unwrap();
        assert_eq!(state.membership, team());
        assert_eq!(state.generation, Generation::default());
        store.checkpoint().unwrap();
    });
}

#[test]
fn a_document_is_its_snapshot_and_the_log_after_it() {
    on_both(|store| {
        let (e, f) = (event("e"), event("f"));
        assert_eq!(store.document(&e).unwrap(), (None, vec![]));
        let heads = [(e.clone(), head(3, 0, 0)), (f.clone(), head(1, 0, 0))].into();
        let rows = vec![log(&e, 1), log(&e, 2), log(&e, 3), log(&f, 1)];
        store.commit(&Batch { heads, log: rows, ..Batch::default() }).unwrap();
        assert_eq!(store.document(&e).unwrap(), (None, vec![log(&e, 1), log(&e, 2), log(&e, 3)]));
        assert_eq!(store.log(&e, 1).unwrap(), [log(&e, 2), log(&e, 3)]);
        let snapshot = Snapshot { doc: e.clone(), seq: 4, log_base: 2, bytes: vec![9, 9] };
        let heads = [(e.clone(), head(5, 4, 2))].into();
        let rows = vec![log(&e, 4), log(&e, 5)];
        store.commit(&Batch { heads, log: rows, snapshots: vec![snapshot], ..Batch::default() }).unwrap();
        assert_eq!(store.document(&e).unwrap(), (Some(vec![9, 9]), vec![log(&e, 5)]));
        assert_eq!(store.log(&e, 0).unwrap(), [log(&e, 3), log(&e, 4), log(&e, 5)]);
        assert_eq!(store.log(&f, 0).unwrap(), [log(&f, 1)], "another document keeps its own");
        assert_eq!(
            store.load().unwrap().docs,
            [(e.clone(), head(5, 4, 2)), (f.clone(), head(1, 0, 0))].into()
        );
        // Deleted, nothing is left but its head.
        let mine = Lineage { user: id("anna"), closed: true };
        let lineages = [((e.clone(), 7), mine.clone()), ((f.clone(), 7), mine.clone())].into();
        store.commit(&Batch { lineages, ..Batch::default() }).unwrap();
        let gone = DocHead { deleted: true, size: 0, ..head(6, 6, 6) };
        let heads = [(e.clone(), gone.clone())].into();
        store.commit(&Batch { heads, ..Batch::default() }).unwrap();
        assert_eq!(store.document(&e).unwrap(), (None, vec![]));
        assert_eq!(store.log(&e, 0).unwrap(), []);
        assert_eq!(store.lineage(&e, 7).unwrap(), None);
        assert_eq!(store.load().unwrap().docs[&e], gone);
        assert_eq!(store.document(&f).unwrap(), (None, vec![log(&f, 1)]));
        assert_eq!(store.lineage(&f, 7).unwrap(), Some(mine));
    });
}

#[test]
fn client_numbers_and_lineages_keep_whose_they_are() {
    on_both(|store| {
        let note = DocId::Notes { event: id("e"), assignment: id("a") };
        assert_eq!(store.client(&id("c1")).unwrap(), None);
        assert_eq!(store.lineage(&note, 7).unwrap(), None);
        for (last_n, closed) in [(1, false), (9, true)] {
            let row = ClientRow { user: id("anna"), last_n };
            let lineage = Lineage { user: id("anna"), closed };
            let batch = Batch {
                clients: [(id("c1"), row.clone())].into(),
                lineages: [((note.clone(), 7), lineage.clone())].into(),
                ..Batch::default()
            };
            store.commit(&batch).unwrap();
            assert_eq!(store.client(&id("c1")).unwrap(), Some(row));
            assert_eq!(store.lineage(&note, 7).unwrap(), Some(lineage));
        }
        assert_eq!(store.client(&id("c2")).unwrap(), None);
        assert_eq!(store.lineage(&note, 8).unwrap(), None);
    });
}

#[test]
fn a_verdict_is_found_by_its_number_and_the_first_of_a_mutation_by_its_identity() {
    on_both(|store| {
        let heads = vec![Head { doc: event("e"), epoch: 3, seq: 5 }];
        let replaced = Replaced {
            doc: event("e"),
            table: Table::Assignments,
            row: "a".into(),
            field: Field::Title,
            value: Value::from("Bar"),
            by: Some(id("ben")),
            by_name: Some("Ben".into()),
        };
        let stored = Outcome::Stored { heads, replaced: vec![replaced], kept: vec![] };
        let refused = Outcome::Refused(Refusal::new(RefusalCode::AlreadyTaken, "taken"));
        let verdicts = vec![
            verdict("z", 1, "anna", 1, stored.clone()),
            verdict("z", 2, "anna", 2, refused),
            verdict("c", 1, "anna", 1, stored.clone()),
            verdict("b", 1, "ben", 1, stored),
        ];
        store.commit(&Batch { verdicts: verdicts.clone(), ..Batch::default() }).unwrap();
        for v in &verdicts {
            assert_eq!(store.verdict(&v.client, v.n).unwrap().as_ref(), Some(v));
        }
        assert_eq!(store.verdict(&id("z"), 3).unwrap(), None);
        assert_eq!(store.verdict_by_uuid(&id("anna"), uuid(1)).unwrap().as_ref(), Some(&verdicts[0]));
        assert_eq!(store.verdict_by_uuid(&id("ben"), uuid(1)).unwrap().as_ref(), Some(&verdicts[3]));
        assert_eq!(store.verdict_by_uuid(&id("ben"), uuid(2)).unwrap(), None);
    });
}

#[test]
fn who_wrote_a_cell_last_is_who_set_it_or_made_or_removed_its_row() {
    on_both(|store| {
        let set = |field| ChangeKind::Set { field, before: Value::Null, after: Value::from("x") };
        let wrote = |user: &str, doc: &DocId, table, row: &str, kind| HistoryRow {
            uuid: uuid(1),
            user: id(user),
            seq: 1,
            change: Change { doc: doc.clone(), table, row: row.into(), kind },
        };
        let (e, f) = (event("e"), event("f"));
        let (shifts, note) = (Table::Assignments, Field::Note);
        let history = vec![
            wrote("anna", &e, shifts, "a", ChangeKind::Insert { cells: Row::default() }),
            wrote("ben", &e, shifts, "a", set(Field::Title)),
            wrote("carl", &f, shifts, "a", set(Field::Title)),
            wrote("carl", &e, Table::Meta, "a", set(Field::Title)),
            wrote("carl", &e, shifts, "b", set(Field::Title)),
            wrote("dora", &e, shifts, "a", set(note)),
        ];
        store.commit(&Batch { history, verdicts: vec![], ..Batch::default() }).unwrap();
        let mut by = |row, field| store.last_writer(&e, shifts, row, field).unwrap();
        assert_eq!(by("a", Field::Title), Some(id("ben")));
        assert_eq!(by("a", note), Some(id("dora")));
        assert_eq!(by("a", Field::HelpersMax), Some(id("anna")), "it came with its row");
        assert_eq!(by("c", Field::Title), None);
        let history = vec![wrote("emil", &e, shifts, "a", ChangeKind::Remove { cells: Row::default() })];
        store.commit(&Batch { history, ..Batch::default() }).unwrap();
        assert_eq!(store.last_writer(&e, shifts, "a", Field::Title).unwrap(), Some(id("emil")));
    });
}

#[test]
fn a_commit_that_fails_leaves_nothing() {
    on_both(|store| {
        let e = event("e");
        let heads = [(e.clone(), head(1, 0, 0))].into();
        store.commit(&Batch { heads, log: vec![log(&e, 1)], ..Batch::default() }).unwrap();
        let heads = [(e.clone(), head(2, 0, 0))].into();
        let outcome = Outcome::Refused(Refusal::new(RefusalCode::Invalid, "no"));
        let verdicts = vec![verdict("c", 1, "anna", 1, outcome)];
        // A commit number that is there already.
        let twice = Batch { heads, log: vec![log(&e, 1)], verdicts, ..Batch::default() };
        let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| store.commit(&twice)));
        assert!(!matches!(failed, Ok(Ok(()))));
        assert_eq!(store.verdict(&id("c"), 1).unwrap(), None);
    });
}

#[test]
fn the_organisations_of_a_file_are_apart_and_a_code_says_which_it_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.sqlite");
    prepare(&path).unwrap();
    assert_eq!(SqliteStore::orgs(&path).unwrap(), []);
    for org in ["party", "club"] {
        let mut store = SqliteStore::open(&path, &id(org)).unwrap();
        let invite = Invite { hash: format!("hash of {org}"), ..team().invites["hash"].clone() };
        let membership =
            vec![MembershipWrite::Org { name: org.to_uppercase() }, MembershipWrite::Invite(invite)];
        store.commit(&Batch { membership, ..Batch::default() }).unwrap();
        let team = store.load().unwrap().membership;
        assert_eq!((team.name, team.invites.len()), (org.to_uppercase(), 1));
    }
    assert_eq!(SqliteStore::orgs(&path).unwrap(), [id("club"), id("party")]);
    let of = |hash: &str| SqliteStore::org_of_invite(&path, hash).unwrap();
    assert_eq!(
        (of("hash of club"), of("hash of party"), of("hash")),
        (Some(id("club")), Some(id("party")), None)
    );
}

#[test]
fn a_store_says_what_went_wrong_and_keeps_what_was_restored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.sqlite");
    prepare(&path).unwrap();
    let mut store = SqliteStore::open(&path, &id("party")).unwrap();
    let membership = vec![MembershipWrite::Org { name: "Party".into() }];
    store.commit(&Batch { membership, ..Batch::default() }).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute("UPDATE orgs SET generation = 8, send_again = 1", []).unwrap();
    assert_eq!(store.load().unwrap().generation, Generation { number: 8, send_again: true });
    store.checkpoint().unwrap();
    let waiting = std::fs::metadata(folder.path().join("hub.sqlite-wal")).unwrap().len();
    assert_eq!(waiting, 0, "all is in the file itself");
    other.execute("INSERT INTO members VALUES ('party', 'x', 'X', 'emperor', NULL)", []).unwrap();
    assert!(store.load().unwrap_err().to_string().contains("emperor"));
    other.execute("DROP TABLE members", []).unwrap();
    assert!(store.load().unwrap_err().to_string().contains("members"));
}

#[test]
fn the_store_in_memory_fails_as_often_as_it_is_told_and_shows_what_it_took() {
    let mut store = MemoryStore::default();
    store.commit(&Batch::default()).unwrap();
    store.fail_commits(2);
    let outcome = Outcome::Refused(Refusal::new(RefusalCode::Invalid, "no"));
    let batch = Batch { verdicts: vec![verdict("c", 1, "anna", 1, outcome)], ..Batch::default() };
    let outcomes: Vec<bool> = (0..3).map(|_| store.commit(&batch).is_ok()).collect();
    assert_eq!(outcomes, [false, false, true]);
    assert_eq!((store.committed(), store.verdicts()), (2, batch.verdicts.clone()));
    let [last] = &store.journal(1)[..] else { panic!("{:?}", store.journal(1)) };
    assert_eq!(last.verdicts, batch.verdicts);
}

#[test]
fn a_restored_store_is_the_copy_in_another_generation_with_the_team_of_now() {
    let mut store = MemoryStore::default();
    let member = |user: &str| {
        let member = Member { user: id(user), name: user.into(), role: Role::Owner, helper: None };
        vec![MembershipWrite::Member(member)]
    };
    let heads = [(event("e"), head(1, 0, 0))].into();
    store.commit(&Batch { heads, membership: member("anna"), ..Batch::default() }).unwrap();
    let copy = store.duplicate();
    let heads = [(event("f"), DocHead { epoch: 8, ..head(1, 0, 0) })].into();
    store.commit(&Batch { heads, membership: member("ben"), ..Batch::default() }).unwrap();
    let restored = copy.restored(&store, 5_000, true).load().unwrap();
    assert_eq!(restored.generation, Generation { number: 5_000, send_again: true });
    assert_eq!(restored.docs, [(event("e"), DocHead { epoch: 9, ..head(1, 0, 0) })].into());
    assert_eq!(restored.membership, store.load().unwrap().membership);
    assert_eq!(copy.clone().load().unwrap().membership.members.len(), 1, "a copy shares nothing");
}
