//! Who is here, over real sockets: seen by those in the team, stamped by the hub, gone when they are.
#![allow(clippy::unwrap_used)]

use common::{Peer, Server, id, token};
use serde_json::json;
use wedsync_domain::presence::{NoteCursor, PresenceState, STATES_BYTES};
use wedsync_domain::{RefusalCode, Role};
use wedsync_protocol::{Frame, Peers};

mod common;

fn at(assignment: &str, field: Option<&str>) -> PresenceState {
    let (assignment, field) = (Some(id(assignment)), field.map(str::to_owned));
    PresenceState { event: id("e"), assignment, field, cursor: None }
}

async fn show(peer: &mut Peer, states: &[PresenceState]) {
    peer.send(&Frame::Presence { states: states.to_vec() }).await;
}

async fn peers(peer: &mut Peer) -> Peers {
    match peer.until(|frame| matches!(frame, Frame::Peers(_))).await {
        Frame::Peers(peers) => peers,
        other => panic!("{other:?}"),
    }
}

async fn joined(server: &Server, user: &str) -> Peer {
    let mut peer = server.peer(user).await;
    peer.subscribe().await;
    peer
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_each_other_as_the_hub_knows_them_until_they_leave() {
    let server = Server::start().await;
    let (mut olga, mut vera) = (joined(&server, "olga").await, joined(&server, "vera").await);
    show(&mut vera, &[at("bar", Some("title"))]).await;
    let seen = peers(&mut olga).await;
    let [shown] = &seen.changed[..] else { panic!("{seen:?}") };
    assert_eq!((shown.user.as_str(), shown.name.as_str(), shown.role), ("vera", "vera", Role::Viewer));
    assert_eq!(shown.states, [at("bar", Some("title"))]);
    assert!(shown.at_ms > 1_700_000_000_000, "the hub's clock");
    let echo = peers(&mut vera).await;
    assert_eq!(
        (echo.you, echo.changed.len()),
        (shown.id, 1),
        "she is among them, and knows which one she is"
    );

    let mut anna = joined(&server, "anna").await;
    assert_eq!(peers(&mut anna).await.changed, std::slice::from_ref(shown), "all there is, at once");

    let role = Some(json!({ "role": "coordinator" }));
    assert_eq!(server.call("PATCH", "/v1/members/vera", &token("olga"), role).await.0, 200);
    let renamed = peers(&mut anna).await;
    assert_eq!((renamed.changed[0].id, renamed.changed[0].role), (shown.id, Role::Coordinator));

    drop(vera);
    let left = peers(&mut anna).await;
    assert_eq!((&left.gone[..], left.changed.len()), (&[shown.id][..], 0));
    assert_eq!((left.left[0].event.as_str(), left.left[0].name.as_str()), ("e", "vera"));
    let mut ben = joined(&server, "ben").await;
    assert_eq!(peers(&mut ben).await.left, left.left, "who comes later hears of it too");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_from_the_team_is_not_here_any_more() {
    let server = Server::start().await;
    let (mut olga, mut anna) = (joined(&server, "olga").await, joined(&server, "anna").await);
    show(&mut anna, &[at("bar", None)]).await;
    let shown = peers(&mut olga).await.changed.remove(0);
    assert_eq!(server.call("DELETE", "/v1/members/anna", &token("olga"), None).await.0, 200);
    assert_eq!(peers(&mut olga).await.gone, [shown.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_that_is_too_big_or_makes_no_sense_is_refused_to_its_sender_only() {
    let server = Server::start().await;
    let (mut olga, mut anna) = (joined(&server, "olga").await, joined(&server, "anna").await);
    let cursor = |state: String| PresenceState {
        cursor: Some(NoteCursor { client: 1, clock: 1, state }),
        ..at("bar", None)
    };
    for (bad, code, field) in [
        (cursor(format!("{{\"a\":\"{}\"}}", "x".repeat(STATES_BYTES))), RefusalCode::TooLarge, "presence"),
        (cursor(format!("{{\"a\":{}", "[".repeat(9_000))), RefusalCode::Invalid, "cursor"),
        (at("bar", Some(&"f".repeat(65))), RefusalCode::TooLong, "field"),
    ] {
        show(&mut anna, &[bad]).await;
        let answer = anna.next().await;
        let Frame::PresenceRefused(refusal) = answer else { panic!("{answer:?}") };
        assert_eq!((refusal.code, refusal.field.as_deref()), (code, Some(field)));
    }
    show(&mut anna, &[at("bar", None)]).await;
    let first = olga.next().await;
    let Frame::Peers(first) = first else { panic!("{first:?}") };
    assert_eq!(first.changed[0].states, [at("bar", None)], "the session goes on, and nobody saw the others");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_devices_of_one_person_are_several_peers_of_one_user() {
    let server = Server::start().await;
    let mut olga = joined(&server, "olga").await;
    let (mut phone, mut laptop) = (server.peer("anna").await, server.peer("anna").await);
    show(&mut phone, &[at("bar", None)]).await;
    let first = peers(&mut olga).await.changed.remove(0);
    show(&mut laptop, &[at("tent", None), at("bar", None)]).await;
    let second = peers(&mut olga).await.changed.remove(0);
    assert_eq!((&first.user, first.id == second.id), (&second.user, false));
    drop(laptop);
    let gone = peers(&mut olga).await;
    assert_eq!((gone.gone, gone.left.len()), (vec![second.id], 0), "anna is here with her phone");
    show(&mut phone, &[]).await;
    assert_eq!(peers(&mut olga).await.left[0].user, id("anna"));
}
