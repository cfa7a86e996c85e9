//! What a member or a stranger of ill will can try, and what it must not cost the others.
#![allow(clippy::unwrap_used)]

use common::{
    HEAD_WITHIN, Peer, SECRET, Server, event, fresh, hello, helper, mutate, retitle, shift, signed, token,
    uuid,
};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wedsync_domain::{RefusalCode, Role};
use wedsync_hub::auth::Auth;
use wedsync_hub::hub::now_ms;
use wedsync_protocol::{FaultCode, Frame, Mutate};

mod common;

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_is_not_quoted_at_length() {
    let server = Server::start().await;
    let mut vera = server.peer("vera").await;
    let long = "ü".repeat(150_000);
    for (command, code) in [
        (json!({ "type": long }), RefusalCode::UnknownCommand),
        (json!({ "type": "archive_event", "event": "e", "archived": long }), RefusalCode::Invalid),
        (
            json!({ "type": "create_event", "event": "e", "fields": { (long.clone()): 1 } }),
            RefusalCode::Invalid,
        ),
    ] {
        let Frame::Nack(nack) = vera.act(&command).await else { panic!() };
        assert_eq!(nack.refusal.code, code);
        assert!(nack.refusal.message.len() < 1_000, "{} bytes are kept", nack.refusal.message.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_json_is_refused_and_the_session_goes_on() {
    let server = Server::start().await;
    let mut olga = server.peer("olga").await;
    olga.stored(&event()).await;
    olga.stored(&shift("a")).await;
    let set = |value: &str| {
        format!(
            r#"{{"type":"update_assignment","event":"e","assignment":"a","set":{{"helpers_max":{value}}}}}"#
        )
    };
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    for json in [
        set("9223372036854775808"),
        set("-1"),
        set("1.5"),
        set("3.0"),
        set("1e400"),
        set("NaN"),
        set(&deep),
        set("\"3\""),
        set("{\"a\":1}"),
        r#"{"type":"create_event","type":"archive_event","event":"e","archived":true}"#.into(),
        r#"{"type":"update_assignment","event":"e","assignment":"a","set":{"title":"\ud800"}}"#.into(),
        r#"{"type":"update_assignment","event":"e","assignment":"a","set":{"title":"a\u0000b"}}"#.into(),
        r#"{"type":"update_assignment","event":"e","assignment":"a","set":{"key":"mine"}}"#.into(),
        r#"{"type":"update_assignment","event":"../e","assignment":"a","set":{}}"#.into(),
        "\u{feff}{}".into(),
        String::new(),
    ] {
        olga.last_n += 1;
        let m = Mutate { n: olga.last_n, uuid: uuid(), at_ms: u64::MAX, command: json.clone().into_bytes() };
        olga.send(&Frame::Mutate(m)).await;
        let answer = olga.until(|f| matches!(f, Frame::Ack(_) | Frame::Nack(_))).await;
        let shown: String = json.chars().take(120).collect();
        assert!(matches!(answer, Frame::Nack(_)), "{shown}: {answer:?}");
    }
    olga.stored(&retitle("a", "Still here")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_in_a_row_are_answered_one_at_a_time() {
    let server = Server::start().await;
    let mut olga = server.peer("olga").await;
    olga.stored(&event()).await;
    // About 2 MB that every subscription brings again.
    for i in 0..500 {
        let mut shift = shift(&format!("s{i}"));
        shift["fields"]["note"] = json!("x".repeat(4_000));
        olga.stored(&shift).await;
    }
    let mut vera = server.peer("vera").await;
    for _ in 0..200 {
        let subscribe = Frame::Subscribe { heads: vec![] };
        let sending = vera.send(&subscribe);
        if tokio::time::timeout(Duration::from_millis(200), sending).await.is_err() {
            break;
        }
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    // Its turn comes after the subscriptions that were taken.
    olga.stored(&retitle("s1", "Meanwhile")).await;
    let rss = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        rss.lines().find_map(|l| l.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    assert!(peak.unwrap_or(0) < 250_000, "{peak:?} kB");
}

/// A device joins with each of these codes; answers with the statuses.
async fn join_each(server: &Server, codes: &[String]) -> Vec<u16> {
    let key = json!({ "kty": "EC", "crv": "P-256", "x": "A".repeat(43), "y": "A".repeat(43) });
    let mut statuses = Vec::new();
    for (i, code) in codes.iter().enumerate() {
        let device = json!({ "id": format!("d{i}"), "name": "Phone", "public_key": key });
        let body = json!({ "code": code, "device": device });
        statuses.push(server.call("POST", "/v1/join", "", Some(body)).await.0);
    }
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_invite_any_more_lets_nobody_in() {
    let server = Server::start().await;
    let owner = token("olga");
    for (user, role) in [("otto", "owner"), ("cora", "coordinator")] {
        let member = json!({ "user": user, "role": role, "name": user });
        assert_eq!(server.call("POST", "/v1/members", &owner, Some(member)).await.0, 200);
    }
    let mut codes = Vec::new();
    for (by, role) in [("otto", "owner"), ("otto", "helper"), ("cora", "viewer"), ("olga", "viewer")] {
        let invite = json!({ "role": role, "name": "Back door" });
        let (status, answer) = server.call("POST", "/v1/invites", &token(by), Some(invite)).await;
        assert_eq!(status, 200, "{answer}");
        codes.push(answer["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(server.call("DELETE", "/v1/members/otto", &owner, None).await.0, 200);
    let demoted = json!({ "role": "helper" });
    assert_eq!(server.call("PATCH", "/v1/members/cora", &owner, Some(demoted)).await.0, 200);
    let statuses = join_each(&server, &codes).await;
    assert_eq!(statuses, [404, 404, 404, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_edits_and_greetings_use_up_the_rate() {
    let server = Server::limited(10.0, 300.0).await;
    let mut vera = server.peer("vera").await;
    let long = json!({ "type": "x".repeat(200_000) });
    assert!(matches!(vera.act(&long).await, Frame::Nack(_)));
    let m = mutate(2, &long);
    vera.send(&Frame::Mutate(m)).await;
    assert!(matches!(vera.next().await, Frame::Busy { .. }));
    let mut ended = None;
    for _ in 0..20 {
        let mut peer = Peer::silent(&server.address).await;
        peer.send(&hello(&token("vera"), fresh())).await;
        if let Ok(Frame::Fault { code, .. }) = peer.try_next().await {
            ended = Some(code);
            break;
        }
    }
    assert_eq!(ended, Some(FaultCode::RateLimited));
    server.peer("anna").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_ends_a_request_is_hung_up_on() {
    let server = Server::start().await;
    let mut silent = TcpStream::connect(&server.address).await.unwrap();
    let mut slow = TcpStream::connect(&server.address).await.unwrap();
    let mut idle = TcpStream::connect(&server.address).await.unwrap();
    slow.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nX-").await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    for stream in [&mut silent, &mut slow, &mut idle] {
        let mut answer = Vec::new();
        let ended = tokio::time::timeout(HEAD_WITHIN * 3, stream.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "held open after {:?}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_comes_after_a_demotion() {
    let server = Server::start().await;
    let owner = token("olga");
    let member = json!({ "user": "cora", "role": "coordinator", "name": "Cora", "helper": "cora" });
    assert_eq!(server.call("POST", "/v1/members", &owner, Some(member)).await.0, 200);
    let mut olga = server.peer("olga").await;
    for name in ["cora", "anna"] {
        olga.stored(&helper(name)).await;
    }
    let mut cora = server.peer("cora").await;
    cora.subscribe().await;
    assert!(cora.docs.keys().any(|d| d.to_string() == "person/anna"));
    let secrets = tokio::spawn(async move {
        for i in 0..400 {
            let phone =
                json!({ "type": "update_contact", "helper": "anna", "set": { "phone": format!("{i}") } });
            olga.stored(&phone).await;
        }
        olga
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let demoted = json!({ "role": "helper" });
    assert_eq!(server.call("PATCH", "/v1/members/cora", &owner, Some(demoted)).await.0, 200);
    let mut olga = secrets.await.unwrap();
    olga.stored(&event()).await;
    cora.until(|f| matches!(f, Frame::Permissions(a) if a.role == Role::Helper)).await;
    loop {
        let Frame::Update(update) = cora.next().await else { continue };
        for doc in &update.docs {
            let own =
                matches!(doc.body, wedsync_protocol::Body::Gone) || doc.doc.to_string() != "person/anna";
            assert!(own, "a demoted coordinator was sent {}", doc.doc);
        }
        if update.docs.iter().any(|d| d.doc.to_string() == "event/e") {
            break;
        }
    }
    assert!(!cora.docs.keys().any(|d| d.to_string() == "person/anna"));
    let peek = json!({ "type": "update_contact", "helper": "anna", "set": { "phone": "1" }, "saw": { "phone": "0" } });
    let Frame::Nack(nack) = cora.act(&peek).await else { panic!() };
    assert_eq!(nack.refusal.code, RefusalCode::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_another_application_is_turned_away() {
    let server = Server::with(|_| {
        Auth::new(Some(SECRET.into()), None, None).unwrap().for_audience(Some("plan".into()))
    })
    .await;
    let made_for = |aud: serde_json::Value| {
        let mut claims = json!({ "sub": "olga", "org": "party", "exp": now_ms() / 1000 + 600 });
        if !aud.is_null() {
            claims["aud"] = aud;
        }
        signed(claims)
    };
    for aud in [json!("plan"), json!(["shop", "plan"])] {
        Peer::greet(&server.address, &made_for(aud), fresh()).await;
    }
    for aud in [json!("shop"), json!(null), json!(["shop"]), json!("")] {
        let (status, body) = server.call("GET", "/v1/me", &made_for(aud), None).await;
        assert_eq!((status, &body["code"]), (401, &json!("unauthorized")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn device_codes_do_not_pile_up() {
    let server = Server::start().await;
    let mut codes = Vec::new();
    for _ in 0..25 {
        let (status, answer) = server.call("POST", "/v1/device-invites", &token("vera"), None).await;
        assert_eq!(status, 200, "{answer}");
        codes.push(answer["code"].as_str().unwrap().to_owned());
    }
    let statuses = join_each(&server, &codes).await;
    assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 20, "{statuses:?}");
    assert_eq!(statuses[24], 200, "the latest works");
}
