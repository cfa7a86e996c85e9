//! One organisation and its sessions, step by step: what each is told, and when.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{oneshot, watch};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, Id, Role};
use wedsync_hub::membership::{Edit, ManageError, Member, Membership};
use wedsync_hub::organisation::{EditError, Organisation, Outside, Request};
use wedsync_hub::outgoing::{Next, Outgoing};
use wedsync_hub::room::{Caller, Folding, Room};
use wedsync_hub::store::{MemoryStore, StoreError};
use wedsync_protocol::{FaultCode, Frame, Mutate, Update, decode};

fn id(s: &str) -> Id {
    s.parse().unwrap()
}

struct Party {
    organisation: Organisation<MemoryStore>,
    store: MemoryStore,
    team: watch::Receiver<Option<Arc<Membership>>>,
    /// Whether the store can be opened.
    opens: Arc<AtomicBool>,
}

#[derive(Debug, PartialEq)]
enum Said {
    Frame(Frame),
    Fault(FaultCode),
    Done,
}

/// An owner, two helpers and a viewer.
fn party() -> Party {
    let store = MemoryStore::default();
    let mut room = Room::open(store.clone(), 1).unwrap();
    let people = [
        ("olga", Role::Owner, None),
        ("anna", Role::Helper, Some("anna")),
        ("ben", Role::Helper, Some("ben")),
        ("vera", Role::Viewer, None),
    ];
    for (user, role, helper) in people {
        let member = Member { user: id(user), name: user.into(), role, helper: helper.map(id) };
        room.edit(0, |team| {
            team.put_member(member);
            Ok(())
        })
        .unwrap();
    }
    room.commit().unwrap();
    let (told, team) = watch::channel(None);
    let opens = Arc::new(AtomicBool::new(true));
    let (opened, may_open, mut yjs) = (store.clone(), opens.clone(), 1);
    let outside = Outside {
        org: id("party"),
        open: Box::new(move || match may_open.load(Ordering::Relaxed) {
            true => Ok(opened.clone()),
            false => Err(StoreError("no such disk".into())),
        }),
        clock: Box::new(|| 7),
        yjs_client: Box::new(move || {
            yjs += 1;
            yjs
        }),
        folding: Folding::default(),
    };
    Party { organisation: Organisation::open(outside, told), store, team, opens }
}

impl Party {
    fn try_attach(&mut self, session: u64, user: &str, client: &str) -> Result<Arc<Outgoing>, FaultCode> {
        let outgoing = Arc::new(Outgoing::default());
        let caller = Caller { user: id(user), device: None, client: id(client) };
        let (done, mut attached) = oneshot::channel();
        self.organisation.take(Request::Attach { session, caller, outgoing: outgoing.clone(), done });
        attached.try_recv().expect("an answer at once").map(|()| outgoing)
    }

    /// Greeted, subscribed, and told all there is.
    fn join(&mut self, session: u64, user: &str) -> Arc<Outgoing> {
        let outgoing = self.try_attach(session, user, &format!("c-{user}")).unwrap();
        let (done, mut subscribed) = oneshot::channel();
        self.organisation.take(Request::Subscribe(session, Vec::new(), done));
        assert_eq!(subscribed.try_recv(), Ok(()));
        said(&outgoing);
        outgoing
    }

    fn mutate(&mut self, session: u64, n: u64, command: &str) {
        let mut uuid = [session as u8; 16];
        uuid[0] = n as u8;
        let mutate = Mutate { n, uuid: Uuid(uuid), at_ms: 1, command: command.as_bytes().to_vec() };
        self.organisation.take(Request::Mutate(session, mutate));
    }

    fn edit(
        &mut self,
        change: impl FnOnce(&mut Edit) -> Result<(), ManageError> + Send + 'static,
    ) -> Result<Result<serde_json::Value, EditError>, oneshot::error::TryRecvError> {
        let (done, mut edited) = oneshot::channel();
        let change = |team: &mut Edit| change(team).map(|()| "done".into());
        self.organisation.take(Request::Edit(Box::new(change), done));
        edited.try_recv()
    }

    fn role(&mut self, user: &'static str, role: Role) {
        let answer = self.edit(move |team| team.set_role(&id("olga"), &id(user), role).map(drop)).unwrap();
        assert_eq!(answer.unwrap(), "done");
    }
}

/// All that waits for a session.
fn said(outgoing: &Outgoing) -> Vec<Said> {
    let mut all = Vec::new();
    while let Some(next) = outgoing.try_next() {
        all.push(match next {
            Next::Send(bytes) => Said::Frame(decode(&bytes).unwrap()),
            Next::Fault(code, _) => Said::Fault(code),
            Next::Done => Said::Done,
            Next::CatchUp => panic!("nobody is slow"),
        });
        if !matches!(all.last(), Some(Said::Frame(_))) {
            break;
        }
    }
    all
}

/// The documents of the one update that waits.
fn updated(outgoing: &Outgoing) -> Vec<DocId> {
    match &said(outgoing)[..] {
        [Said::Frame(Frame::Update(Update { docs, .. }))] => docs.iter().map(|d| d.doc.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

const ADD_CARL: &str =
    r#"{"type":"add_helper","helper":"carl","fields":{"name":"Carl"},"contact":{"email":"c@example.org"}}"#;
const ADD_PLACE: &str = r#"{"type":"add_place","place":"p","fields":{"name":"P"}}"#;

#[test]
fn who_attaches_is_welcomed_with_the_number_up_to_which_all_is_durable() {
    let mut party = party();
    assert_eq!(party.team.borrow().as_ref().unwrap().members.len(), 4, "as soon as it is loaded");
    let olga = party.try_attach(1, "olga", "c-olga").unwrap();
    let [Said::Frame(Frame::Welcome(welcome)), Said::Frame(Frame::Permissions(actor))] = &said(&olga)[..]
    else {
        panic!()
    };
    assert_eq!((welcome.org.as_str(), welcome.last_n, welcome.now_ms), ("party", 0, 7));
    assert_eq!(actor.role, Role::Owner);
    party.mutate(1, 1, ADD_PLACE);
    assert_eq!(said(&olga), [], "not before it is committed");
    let again = party.try_attach(2, "olga", "c-olga").unwrap();
    assert!(matches!(&said(&again)[0], Said::Frame(Frame::Welcome(welcome)) if welcome.last_n == 1));
    assert!(matches!(&said(&olga)[..], [Said::Frame(Frame::Ack(_))]), "attaching commits");
    assert_eq!(party.try_attach(3, "anna", "c-olga").unwrap_err(), FaultCode::ClientTaken);
    assert_eq!(party.try_attach(4, "nobody", "c-new").unwrap_err(), FaultCode::Revoked);
}

#[test]
fn a_commit_is_told_to_all_who_subscribed_each_what_they_may_read() {
    let mut party = party();
    let olga = party.join(1, "olga");
    let others = [party.join(2, "anna"), party.join(3, "ben"), party.join(4, "vera")];
    let deaf = party.try_attach(5, "vera", "c-deaf").unwrap();
    said(&deaf);
    let owner = party.join(6, "olga");
    party.mutate(1, 1, ADD_CARL);
    assert!(others.iter().all(|other| said(other).is_empty()), "nothing before the commit");
    party.organisation.commit();
    let heard = said(&olga);
    let [Said::Frame(Frame::Ack(_)), Said::Frame(Frame::Update(update))] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert_eq!(update.docs.len(), 2);
    assert_eq!(updated(&owner), [DocId::Roster, DocId::Person(id("carl"))]);
    for other in &others {
        assert_eq!(updated(other), [DocId::Roster]);
    }
    assert_eq!(said(&deaf), [], "it did not subscribe");
    // Who has gone, by word or without one, is forgotten.
    party.organisation.take(Request::Detach(2));
    others[1].close();
    party.mutate(1, 2, ADD_PLACE);
    party.organisation.commit();
    assert_eq!(said(&others[0]), []);
    assert_eq!(said(&others[1]), [Said::Done]);
    assert_eq!(updated(&others[2]), [DocId::Roster]);
}

#[test]
fn what_is_committed_together_is_told_together_each_what_they_may_read() {
    let mut party = party();
    let olga = party.join(1, "olga");
    let (owner, vera) = (party.join(2, "olga"), party.join(3, "vera"));
    party.mutate(1, 1, ADD_CARL);
    party.mutate(1, 2, r#"{"type":"update_contact","helper":"carl","set":{"phone":"+44 20 7946 0000"}}"#);
    party.mutate(1, 3, ADD_PLACE);
    party.organisation.commit();
    let update = |frames: Vec<Said>| match &frames[..] {
        [Said::Frame(Frame::Update(update))] => update.clone(),
        _ => panic!("{frames:?}"),
    };
    let numbers = |update: &Update| update.docs.iter().map(|d| (d.doc.clone(), d.seq)).collect::<Vec<_>>();
    let (all, some) = (update(said(&owner)), update(said(&vera)));
    let carl = DocId::Person(id("carl"));
    // Each document once, where it stands after all of it.
    assert_eq!(numbers(&all), [(DocId::Roster, 2), (carl, 2)]);
    assert_eq!(numbers(&some), [(DocId::Roster, 2)]);
    assert_eq!((all.uuids.len(), some.uuids.len()), (3, 2), "of the phone number she hears nothing");
    assert_eq!(some.uuids, [all.uuids[0], all.uuids[2]]);
    assert_eq!(said(&olga).len(), 4, "three answers, and the update");
}

#[test]
fn a_role_that_changes_is_told_at_once_with_what_may_be_read_now() {
    let mut party = party();
    let olga = party.join(1, "olga");
    party.mutate(1, 1, ADD_CARL);
    let (ben, vera) = (party.join(2, "ben"), party.join(3, "vera"));
    let deaf = party.try_attach(4, "ben", "c-deaf").unwrap();
    said(&deaf);
    said(&olga);
    party.role("ben", Role::Coordinator);
    let heard = said(&ben);
    let [Said::Frame(Frame::Permissions(actor)), Said::Frame(Frame::Update(gained))] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert_eq!(actor.role, Role::Coordinator);
    assert_eq!(gained.docs.iter().map(|d| &d.doc).collect::<Vec<_>>(), [&DocId::Person(id("carl"))]);
    assert!(matches!(&said(&deaf)[..], [Said::Frame(Frame::Permissions(_))]));
    assert_eq!((said(&olga), said(&vera)), (vec![], vec![]), "it is nobody else's business");
    assert_eq!(party.team.borrow().as_ref().unwrap().members[&id("ben")].role, Role::Coordinator);
    // The session goes on with it.
    party.mutate(1, 2, r#"{"type":"update_contact","helper":"carl","set":{"phone":"1"}}"#);
    party.organisation.commit();
    assert_eq!(updated(&ben), [DocId::Person(id("carl"))]);
    assert_eq!(said(&vera), []);
}

#[test]
fn who_is_removed_hears_so_and_nothing_after() {
    let mut party = party();
    let (olga, ben) = (party.join(1, "olga"), party.join(2, "ben"));
    let answer = party.edit(|team| team.remove_member(&id("olga"), &id("ben")));
    assert_eq!(answer.unwrap().unwrap(), "done");
    assert_eq!(said(&ben), [Said::Fault(FaultCode::Revoked)]);
    party.mutate(2, 1, ADD_PLACE);
    party.organisation.commit();
    assert_eq!((said(&olga), party.store.verdicts().len()), (vec![], 0));
    assert_eq!(party.try_attach(3, "ben", "c-ben").unwrap_err(), FaultCode::Revoked);
    let refused = party.edit(|team| team.remove_member(&id("vera"), &id("olga"))).unwrap();
    assert!(matches!(refused, Err(EditError::Manage(ManageError::Forbidden))), "{refused:?}");
}

#[test]
fn a_commit_that_fails_is_told_to_nobody_and_everybody_comes_again() {
    let mut party = party();
    let (olga, vera) = (party.join(1, "olga"), party.join(2, "vera"));
    party.store.fail_commits(1);
    party.mutate(1, 1, ADD_PLACE);
    party.organisation.commit();
    assert_eq!(said(&olga), [Said::Fault(FaultCode::TryLater)]);
    assert_eq!(said(&vera), [Said::Fault(FaultCode::TryLater)]);
    assert_eq!(party.store.verdicts().len(), 0);
    party.opens.store(false, Ordering::Relaxed);
    assert_eq!(party.try_attach(3, "olga", "c-olga").unwrap_err(), FaultCode::TryLater);
    assert!(matches!(party.edit(|_| Ok(())), Ok(Err(EditError::TryLater))));
    assert!(!party.organisation.is_loaded());
    party.opens.store(true, Ordering::Relaxed);
    let olga = party.join(4, "olga");
    assert!(party.organisation.is_loaded());
    party.mutate(4, 1, ADD_PLACE);
    party.organisation.commit();
    assert!(matches!(&said(&olga)[..], [Said::Frame(Frame::Ack(_)), Said::Frame(Frame::Update(_))]));
    assert_eq!(party.store.verdicts().len(), 1);
    // A defect costs the sessions, not the organisation.
    assert!(party.edit(|_| panic!("a defect")).is_err());
    assert_eq!(said(&olga), [Said::Fault(FaultCode::TryLater)]);
    assert!(party.try_attach(5, "olga", "c-olga").is_ok());
}

#[test]
fn finishing_and_stopping_answer_what_was_asked_before() {
    let mut party = party();
    let (olga, vera) = (party.join(1, "olga"), party.join(2, "vera"));
    party.mutate(1, 1, ADD_PLACE);
    party.organisation.take(Request::Finish(1));
    let heard = said(&olga);
    assert!(matches!(&heard[..], [Said::Frame(Frame::Ack(_)), Said::Frame(Frame::Update(_)), Said::Done]));
    assert_eq!(updated(&vera), [DocId::Roster]);
    let anna = party.join(3, "anna");
    party.mutate(3, 1, ADD_PLACE);
    party.organisation.stop();
    let heard = said(&anna);
    assert!(
        matches!(&heard[..], [Said::Frame(Frame::Nack(_)), Said::Fault(FaultCode::TryLater)]),
        "{heard:?}"
    );
    assert_eq!(said(&vera), [Said::Fault(FaultCode::TryLater)]);
    assert_eq!(party.store.verdicts().len(), 2);
}

#[test]
fn a_defect_while_stopping_costs_what_was_judged_and_no_more() {
    let mut party = party();
    let olga = party.join(1, "olga");
    party.mutate(1, 1, ADD_PLACE);
    // Somebody else wrote the same number: the store panics.
    let mut other = Room::open(party.store.clone(), 9).unwrap();
    let mutate = Mutate { n: 1, uuid: Uuid([9; 16]), at_ms: 1, command: ADD_PLACE.into() };
    let caller = Caller { user: id("olga"), device: None, client: id("c-olga") };
    other.judge(0, &caller, 7, &mutate).unwrap();
    other.commit().unwrap();
    party.organisation.stop();
    assert_eq!(said(&olga), [Said::Fault(FaultCode::TryLater)]);
    assert!(!party.organisation.is_loaded());
}

/// With an owner as session 1, and a viewer as session 2 whose queue holds one update.
fn slow_vera() -> (Party, Arc<Outgoing>) {
    let mut party = party();
    party.join(1, "olga");
    let slow = Arc::new(Outgoing::with_room_for(1));
    let caller = Caller { user: id("vera"), device: None, client: id("c-vera") };
    let (done, _) = oneshot::channel();
    party.organisation.take(Request::Attach { session: 2, caller, outgoing: slow.clone(), done });
    let (done, _) = oneshot::channel();
    party.organisation.take(Request::Subscribe(2, Vec::new(), done));
    said(&slow);
    (party, slow)
}

#[test]
fn a_slow_reader_gets_what_was_dropped_and_then_updates_again() {
    let (mut party, slow) = slow_vera();
    for (n, place) in [(1, "p"), (2, "q")] {
        let command = format!(r#"{{"type":"add_place","place":"{place}","fields":{{"name":"P"}}}}"#);
        party.mutate(1, n, &command);
        party.organisation.commit();
    }
    assert_eq!(slow.try_next(), Some(Next::CatchUp));
    party.organisation.take(Request::CatchUp(2));
    let heard = said(&slow);
    let [Said::Frame(Frame::Update(update))] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((update.docs.len(), update.docs[0].seq, update.uuids.len()), (1, 2, 2));
}

#[test]
fn a_slow_reader_hears_nothing_of_documents_hidden_from_it() {
    let (mut party, slow) = slow_vera();
    for (n, command) in [(1, ADD_CARL), (2, ADD_PLACE)] {
        party.mutate(1, n, command);
        party.organisation.commit();
    }
    assert_eq!(slow.try_next(), Some(Next::CatchUp));
    party.organisation.take(Request::CatchUp(2));
    assert_eq!(updated(&slow), [DocId::Roster], "nor the name of Carl's own");
}

#[test]
fn it_counts_how_many_were_told_of_a_commit() {
    let mut party = party();
    let (_olga, _anna) = (party.join(1, "olga"), party.join(2, "anna"));
    let _greeted_only = party.try_attach(3, "ben", "c-ben").unwrap();
    party.organisation.commit();
    assert_eq!(party.organisation.take_told(), 0, "nothing was committed");
    party.mutate(1, 1, r#"{"type":"add_place","place":"barn","fields":{"name":"Barn"}}"#);
    party.mutate(1, 2, r#"{"type":"add_place","place":"tent","fields":{"name":"Tent"}}"#);
    party.organisation.commit();
    assert_eq!(party.organisation.take_told(), 2);
    assert_eq!(party.organisation.take_told(), 0);
}
