//! The actor on a store that fails.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Id, Role};
use wedsync_hub::actor::{Handle, start};
use wedsync_hub::membership::Member;
use wedsync_hub::organisation::{Outside, Request};
use wedsync_hub::outgoing::{Next, Outgoing};
use wedsync_hub::room::{Caller, Folding, Room};
use wedsync_hub::store::MemoryStore;
use wedsync_protocol::{FaultCode, Frame, Mutate, decode};

fn id(s: &str) -> Id {
    s.parse().unwrap()
}

async fn attach(handle: &Handle, session: u64) -> Arc<Outgoing> {
    let outgoing = Arc::new(Outgoing::default());
    let caller = Caller { user: id("olga"), device: None, client: id("c1") };
    let (done, attached) = oneshot::channel();
    handle
        .requests
        .send(Request::Attach { session, caller, outgoing: outgoing.clone(), done })
        .await
        .unwrap();
    attached.await.unwrap().unwrap();
    outgoing
}

async fn next(outgoing: &Outgoing) -> Result<Frame, FaultCode> {
    match tokio::time::timeout(Duration::from_secs(10), outgoing.next()).await.unwrap() {
        Next::Send(bytes) => Ok(decode(&bytes).unwrap()),
        Next::Fault(code, _) => Err(code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_fails_is_never_acknowledged_nor_seen_and_the_hub_goes_on() {
    let store = MemoryStore::default();
    let mut room = Room::open(store.clone(), 1).unwrap();
    let olga = Member { user: id("olga"), name: "Olga".into(), role: Role::Owner, helper: None };
    room.edit(0, |team| {
        team.put_member(olga);
        Ok(())
    })
    .unwrap();
    room.commit().unwrap();

    let (opened, mut yjs) = (store.clone(), 1);
    let handle = start(Outside {
        org: id("party"),
        open: Box::new(move || Ok(opened.clone())),
        clock: Box::new(|| 1),
        folding: Folding::default(),
        yjs_client: Box::new(move || {
            yjs += 1;
            yjs
        }),
    })
    .unwrap();
    let first = attach(&handle, 1).await;
    for _ in 0..2 {
        next(&first).await.unwrap();
    }
    let (done, _) = tokio::sync::oneshot::channel();
    handle.requests.send(Request::Subscribe(1, vec![], done)).await.unwrap();
    assert!(matches!(next(&first).await, Ok(Frame::Update(_))));
    let command = br#"{"type":"add_place","place":"p","fields":{"name":"P"}}"#.to_vec();
    let place = Mutate { n: 1, uuid: Uuid::v7(1, [1; 10]), at_ms: 1, command };
    store.fail_commits(1);
    handle.requests.send(Request::Mutate(1, place.clone())).await.unwrap();
    assert_eq!(next(&first).await, Err(FaultCode::TryLater), "no ack and no update before it");
    assert!(store.verdicts().is_empty());

    let again = attach(&handle, 2).await;
    assert!(matches!(next(&again).await, Ok(Frame::Welcome(w)) if w.last_n == 0));
    next(&again).await.unwrap();
    handle.requests.send(Request::Mutate(2, place)).await.unwrap();
    assert!(matches!(next(&again).await, Ok(Frame::Ack(ack)) if ack.n == 1));
    assert_eq!(store.verdicts().len(), 1);

    // A defect outside the judging costs the sessions, not the organisation.
    let (done, failed) = oneshot::channel();
    handle.requests.send(Request::Edit(Box::new(|_| panic!("a defect")), done)).await.unwrap();
    assert!(failed.await.is_err());
    assert_eq!(next(&again).await, Err(FaultCode::TryLater));
    let third = attach(&handle, 3).await;
    assert!(matches!(next(&third).await, Ok(Frame::Welcome(w)) if w.last_n == 1));
}
