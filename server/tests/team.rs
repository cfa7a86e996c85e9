//! Whose devices have the plan: what planners are told of the team, and what nobody is.
#![allow(clippy::unwrap_used)]

use common::{Peer, Server, assertion, fresh, id, key_pair, token};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{oneshot, watch};
use wedsync_domain::Role;
use wedsync_hub::membership::{Invite, Member, NewDevice};
use wedsync_hub::organisation::{Connected, Organisation, Outside, Request};
use wedsync_hub::outgoing::Outgoing;
use wedsync_hub::room::{Caller, Folding, Room};
use wedsync_hub::store::MemoryStore;

mod common;

fn of<'a>(team: &'a Value, user: &str) -> &'a Value {
    team["members"].as_array().unwrap().iter().find(|m| m["user"] == user).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn planners_see_who_is_here_and_who_is_not_and_others_see_nothing() {
    let server = Server::start().await;
    for user in ["anna", "vera"] {
        let (status, answer) = server.call("GET", "/v1/team", &token(user), None).await;
        assert_eq!((status, &answer["code"]), (403, &json!("forbidden")));
    }
    let (_, code) = server.call("POST", "/v1/device-invites", &token("ben"), None).await;
    let (jwk, key) = key_pair(6);
    let device = json!({ "id": "ben-phone", "name": "Ben's phone", "public_key": jwk });
    let join = json!({ "code": code["code"], "device": device });
    assert_eq!(server.call("POST", "/v1/join", "", Some(join)).await.0, 200);

    let (status, before) = server.call("GET", "/v1/team", &token("olga"), None).await;
    assert_eq!(status, 200);
    assert_eq!(before["members"].as_array().unwrap().len(), 4);
    assert_eq!(
        of(&before, "vera"),
        &json!({ "user": "vera", "name": "vera", "role": "viewer", "helper": null, "here": false, "devices": [] })
    );
    assert_eq!(
        of(&before, "ben")["devices"],
        json!([{ "name": "Ben's phone", "here": false, "behind": false, "last_seen_ms": null }])
    );

    // Greeting is not enough: only who asked for the plan has it.
    let mut phone = Peer::greet(&server.address, &assertion(&key, "ben-phone", "ben", |_| {}), fresh()).await;
    let (_, greeted) = server.call("GET", "/v1/team", &token("olga"), None).await;
    assert_eq!(of(&greeted, "ben")["here"], false);
    phone.subscribe().await;
    let mut anna = server.peer("anna").await;
    anna.subscribe().await;
    let (_, now) = server.call("GET", "/v1/team", &token("olga"), None).await;
    assert_eq!(of(&now, "ben")["here"], true);
    let device = &of(&now, "ben")["devices"][0];
    assert_eq!((&device["here"], &device["last_seen_ms"]), (&json!(true), &now["now_ms"]));
    // With a token of an identity provider there is no device.
    assert_eq!((&of(&now, "anna")["here"], &of(&now, "anna")["devices"]), (&json!(true), &json!([])));

    assert_eq!(server.call("DELETE", "/v1/devices/ben-phone", &token("ben"), None).await.0, 200);
    let (_, revoked) = server.call("GET", "/v1/team", &token("olga"), None).await;
    assert_eq!(of(&revoked, "ben")["devices"], json!([]), "a revoked device is nobody's concern");
}

/// A tab of the phone comes and asks for the plan.
fn attach(organisation: &mut Organisation<MemoryStore>, session: u64) -> Arc<Outgoing> {
    let outgoing = Arc::new(Outgoing::default());
    let caller = Caller { user: id("anna"), device: Some(id("phone")), client: id("c") };
    let (done, _attached) = oneshot::channel();
    organisation.take(Request::Attach { session, caller, outgoing: outgoing.clone(), done });
    let (done, _subscribed) = oneshot::channel();
    organisation.take(Request::Subscribe(session, Vec::new(), done));
    organisation.commit();
    outgoing
}

#[test]
fn a_device_that_goes_was_last_seen_then_and_a_slow_one_is_behind() {
    let store = MemoryStore::default();
    let mut room = Room::open(store.clone(), 1).unwrap();
    room.edit(0, |team| {
        let member =
            Member { user: id("anna"), name: "Anna".into(), role: Role::Helper, helper: Some(id("anna")) };
        team.put_member(member);
        team.put_invite(Invite {
            hash: "code".into(),
            user: Some(id("anna")),
            role: Role::Helper,
            name: "Anna".into(),
            helper: None,
            expires_ms: 1_000,
            single_use: true,
            by: None,
            used_by: None,
        });
        let device = NewDevice { id: id("phone"), name: "Phone".into(), x: String::new(), y: String::new() };
        team.join("code", device, id("nobody")).map(drop)
    })
    .unwrap();
    room.commit().unwrap();

    let (clock, (told, team)) = (Arc::new(AtomicU64::new(1_000)), watch::channel(None));
    let (now, opened) = (clock.clone(), store.clone());
    let mut organisation = Organisation::open(
        Outside {
            org: id("party"),
            open: Box::new(move || Ok(opened.clone())),
            clock: Box::new(move || now.load(Ordering::Relaxed)),
            yjs_client: Box::new(|| 2),
            folding: Folding::default(),
        },
        told,
    );
    let seen = || team.borrow().as_ref().unwrap().devices[&id("phone")].last_seen_ms;

    let outgoing = attach(&mut organisation, 1);
    assert_eq!(seen(), 1_000, "it came");

    let connected = |organisation: &mut Organisation<MemoryStore>| {
        let (done, mut answer) = oneshot::channel();
        organisation.take(Request::Connected(done));
        answer.try_recv().unwrap()
    };
    let phone = |behind| Connected { user: id("anna"), device: Some(id("phone")), behind };
    assert_eq!(connected(&mut organisation), [phone(true)], "its greeting waits");
    while outgoing.try_next().is_some() {}
    assert_eq!(connected(&mut organisation), [phone(false)]);

    clock.store(30_000, Ordering::Relaxed);
    attach(&mut organisation, 2);
    assert_eq!(seen(), 1_000, "within a minute it is not written again");
    clock.store(3 * 3_600_000, Ordering::Relaxed);
    organisation.take(Request::Detach(1));
    organisation.commit();
    assert_eq!(seen(), 3 * 3_600_000, "it was here until it went");
}
