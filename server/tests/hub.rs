//! The hub as its clients meet it: a real server on a port, real sockets.
#![allow(clippy::unwrap_used)]

use common::{
    Peer, SECRET, Server, assertion, connect, event, fresh, hello, helper, key_pair, mutate, retitle, shift,
    signed, token,
};
use futures_util::{SinkExt, StreamExt};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;
use wedsync_domain::{Field, RefusalCode, Role, Table};
use wedsync_hub::auth::Auth;
use wedsync_hub::hub::now_ms;
use wedsync_protocol::{Body, FaultCode, Frame, Head, Update, encode, pack, unpack};

mod common;

fn refusal(frame: &Frame) -> RefusalCode {
    match frame {
        Frame::Nack(nack) => nack.refusal.code,
        other => panic!("not a refusal: {other:?}"),
    }
}

/// How the hub answers a greeting: the fault and the close code.
async fn turned_away(server: &Server, token: &str) -> (FaultCode, u16) {
    let mut peer = Peer::silent(&server.address).await;
    peer.send(&hello(token, fresh())).await;
    peer.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn invited_joined_edited_and_seen_by_the_other() {
    let server = Server::start().await;
    let mut olga = server.peer("olga").await;
    olga.subscribe().await;
    let owner = token("olga");
    let invite = json!({ "role": "coordinator", "name": "Nina" });
    let (status, invite) = server.call("POST", "/v1/invites", &owner, Some(invite)).await;
    assert_eq!(status, 200, "{invite}");
    assert_eq!(invite["path"], format!("/#join={}", invite["code"].as_str().unwrap()));

    let (jwk, key) = key_pair(3);
    let join = |device: &str| json!({ "code": invite["code"], "device": { "id": device, "name": "Phone", "public_key": jwk } });
    let (status, me) = server.call("POST", "/v1/join", "", Some(join("nina-phone"))).await;
    assert_eq!((status, &me["role"], &me["org_name"]), (200, &json!("coordinator"), &json!("Party")));
    let (status, used) = server.call("POST", "/v1/join", "", Some(join("second"))).await;
    assert_eq!((status, &used["code"]), (409, &json!("code_used")));

    let user = me["user"].as_str().unwrap();
    let nina_token = assertion(&key, "nina-phone", user, |_| {});
    let mut nina = Peer::greet(&server.address, &nina_token, fresh()).await;
    nina.subscribe().await;
    nina.stored(&event()).await;
    nina.stored(&shift("a")).await;
    nina.until(|f| matches!(f, Frame::Update(u) if u.docs.iter().any(|d| d.seq == 2))).await;
    olga.until(|f| matches!(f, Frame::Update(u) if u.docs.iter().any(|d| d.seq == 2))).await;
    assert_eq!(olga.view("event/e"), nina.view("event/e"));
    assert_eq!(olga.view("event/e").row(Table::Assignments, "a").unwrap().text(Field::Title), "Bar");
    assert_eq!(olga.held, nina.held);

    let (_, devices) = server.call("GET", "/v1/devices", &nina_token, None).await;
    assert_eq!((&devices[0]["id"], &devices[0]["current"]), (&json!("nina-phone"), &json!(true)));
    let (_, members) = server.call("GET", "/v1/members", &nina_token, None).await;
    assert_eq!(members.as_array().unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_whose_answer_was_lost_is_stored_once() {
    let server = Server::start().await;
    let mut olga = server.peer("olga").await;
    olga.stored(&event()).await;
    let m = mutate(2, &shift("a"));
    olga.send(&Frame::Mutate(m.clone())).await;
    let client = olga.client.clone();
    drop(olga);
    let mut again = Peer::greet(&server.address, &token("olga"), client).await;
    again.send(&Frame::Mutate(m.clone())).await;
    let Frame::Ack(ack) = again.next().await else { panic!() };
    assert_eq!((ack.n, ack.heads[0].seq), (2, 2));
    // Nor by a clone of the device, under another number.
    let mut clone = server.peer("olga").await;
    clone.send(&Frame::Mutate(wedsync_protocol::Mutate { n: 1, ..m })).await;
    let Frame::Ack(copy) = clone.next().await else { panic!() };
    assert_eq!((copy.n, &copy.heads), (1, &ack.heads));
    clone.last_n = 1;
    clone.subscribe().await;
    assert_eq!(clone.view("event/e").rows(Table::Assignments).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_place_goes_once_and_a_viewer_writes_nothing() {
    let server = Server::start().await;
    let mut olga = server.peer("olga").await;
    for command in [helper("anna"), helper("ben"), event(), shift("a")] {
        olga.stored(&command).await;
    }
    let claim = json!({ "type": "claim", "event": "e", "assignment": "a" });
    let (mut anna, mut ben) = (server.peer("anna").await, server.peer("ben").await);
    let (one, two) = tokio::join!(anna.act(&claim), ben.act(&claim));
    let lost: Vec<_> = [&one, &two].into_iter().filter(|f| matches!(f, Frame::Nack(_))).collect();
    assert_eq!(lost.len(), 1, "{one:?} {two:?}");
    assert_eq!(refusal(lost[0]), RefusalCode::AlreadyTaken);

    let mut vera = server.peer("vera").await;
    assert_eq!(refusal(&vera.act(&retitle("a", "Mine")).await), RefusalCode::Forbidden);
    vera.subscribe().await;
    assert_eq!(vera.view("event/e").row(Table::Assignments, "a").unwrap().text(Field::Title), "Bar");
    anna.subscribe().await;
    assert_eq!(anna.view("event/e"), vera.view("event/e"));
    assert!(
        vera.docs.keys().all(|d| !d.to_string().starts_with("person/")),
        "a viewer reads nobody's contact"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_good_tokens_get_in() {
    let dalek = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
    let server = Server::with(|data| {
        use ed25519_dalek::pkcs8::EncodePublicKey;
        let pem = data.join("key.pem");
        let text = dalek.verifying_key().to_public_key_pem(Default::default()).unwrap();
        std::fs::write(&pem, text).unwrap();
        Auth::new(Some(SECRET.into()), Some(pem), None).unwrap()
    })
    .await;
    let now = now_ms() / 1000;
    let claims = json!({ "sub": "olga", "org": "party", "exp": now + 600 });
    let unauthorized = (FaultCode::Unauthorized, 4401);

    let ed = {
        use ed25519_dalek::pkcs8::EncodePrivateKey;
        EncodingKey::from_ed_der(dalek.to_pkcs8_der().unwrap().as_bytes())
    };
    let eddsa = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &ed).unwrap();
    Peer::greet(&server.address, &eddsa, fresh()).await;

    // A public key taken for a secret.
    let pem = std::fs::read(server.data.path().join("key.pem")).unwrap();
    let confused =
        jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(&pem)).unwrap();
    assert_eq!(turned_away(&server, &confused).await, unauthorized);
    let forged =
        jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(b"other")).unwrap();
    assert_eq!(turned_away(&server, &forged).await, unauthorized);
    let other_alg = jsonwebtoken::encode(
        &Header::new(Algorithm::HS512),
        &claims,
        &EncodingKey::from_secret(SECRET.as_bytes()),
    );
    assert_eq!(turned_away(&server, &other_alg.unwrap()).await, unauthorized);
    // "alg": "none"
    let body = eddsa.split('.').nth(1).unwrap();
    assert_eq!(turned_away(&server, &format!("eyJhbGciOiJub25lIn0.{body}.")).await, unauthorized);
    assert_eq!(turned_away(&server, "rubbish").await, unauthorized);
    let expired = signed(json!({ "sub": "olga", "org": "party", "exp": now - 120 }));
    assert_eq!(turned_away(&server, &expired).await, (FaultCode::TokenExpired, 4401));
    let stranger = signed(json!({ "sub": "nobody", "org": "party", "exp": now + 600 }));
    assert_eq!(turned_away(&server, &stranger).await, (FaultCode::Revoked, 4403));
    let nowhere = signed(json!({ "sub": "olga", "org": "nowhere", "exp": now + 600 }));
    assert_eq!(turned_away(&server, &nowhere).await, unauthorized);

    for (token, code) in [(forged.as_str(), "unauthorized"), (expired.as_str(), "token_expired")] {
        let (status, body) = server.call("GET", "/v1/me", token, None).await;
        assert_eq!((status, &body["code"]), (401, &json!(code)));
        let hello = pack(encode(&hello(token, fresh())).iter().map(Vec::as_slice));
        let response = reqwest::Client::new().post(server.url("/v1/sync")).body(hello).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 401);
    }

    // Device assertions: the right key, the right audience, now.
    let (_, code) = server.call("POST", "/v1/device-invites", &token("olga"), None).await;
    let (jwk, key) = key_pair(4);
    let join = json!({ "code": code["code"], "device": { "id": "d1", "name": "Phone", "public_key": jwk } });
    assert_eq!(server.call("POST", "/v1/join", "", Some(join)).await.0, 200);
    Peer::greet(&server.address, &assertion(&key, "d1", "olga", |_| {}), fresh()).await;
    let bad = [
        assertion(&key_pair(9).1, "d1", "olga", |_| {}),
        assertion(&key, "d1", "olga", |c| c["aud"] = json!("elsewhere")),
        assertion(&key, "d1", "anna", |_| {}),
        assertion(&key, "d1", "olga", |c| c["iss"] = json!("d2")),
        assertion(&key, "d1", "olga", |c| c["org"] = json!("other")),
    ];
    for token in bad {
        assert_eq!(turned_away(&server, &token).await, unauthorized);
    }
    let stale = assertion(&key, "d1", "olga", |c| c["iat"] = json!(now - 200));
    assert_eq!(turned_away(&server, &stale).await, (FaultCode::TokenExpired, 4401));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_session_ends_with_its_token() {
    let server = Server::start().await;
    let short = signed(json!({ "sub": "olga", "org": "party", "exp": now_ms() / 1000 + 2 }));
    let mut olga = Peer::greet(&server.address, &short, fresh()).await;
    assert_eq!(olga.end().await, (FaultCode::TokenExpired, 4401));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organisations_document_is_not_there() {
    let server = Server::start().await;
    let other = signed(json!({ "sub": "olga", "org": "other", "exp": now_ms() / 1000 + 600 }));
    let mut elsewhere = Peer::greet(&server.address, &other, fresh()).await;
    elsewhere.stored(&event()).await;
    let mut olga = server.peer("olga").await;
    let heads = vec![Head { doc: "event/e".parse().unwrap(), epoch: 1, seq: 0 }];
    olga.send(&Frame::Subscribe { heads }).await;
    let Frame::Update(Update { docs, .. }) = olga.next().await else { panic!() };
    assert!(matches!(&docs[..], [only] if only.body == Body::Gone), "{docs:?}");
    let answer = olga.act(&retitle("a", "x")).await;
    assert_eq!(refusal(&answer), RefusalCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bytes_close_their_own_connection_only() {
    let server = Server::start().await;
    let mut olga = server.peer("olga").await;
    for bytes in [vec![0xff; 40], vec![], vec![3, 255, 255, 255, 255, 255], (0..=255).collect()] {
        let mut peer = Peer::silent(&server.address).await;
        peer.socket.send(Message::Binary(bytes.clone().into())).await.unwrap();
        assert_eq!(peer.end().await, (FaultCode::Malformed, 4400));
        let mut peer = server.peer("anna").await;
        peer.socket.send(Message::Binary(bytes.into())).await.unwrap();
        assert_eq!(peer.end().await, (FaultCode::Malformed, 4400));
    }
    let mut text = server.peer("anna").await;
    text.socket.send(Message::Text("hello".into())).await.unwrap();
    assert_eq!(text.end().await, (FaultCode::Malformed, 4400));
    let mut twice = server.peer("anna").await;
    twice.send(&hello(&token("anna"), fresh())).await;
    assert_eq!(twice.end().await, (FaultCode::Malformed, 4400));

    let (mut sink, mut source) = connect(&server.address).await.split();
    let big = tokio::spawn(async move { sink.send(Message::Binary(vec![0; 50 << 20].into())).await });
    let code = loop {
        match tokio::time::timeout(Duration::from_secs(10), source.next()).await.unwrap() {
            Some(Ok(Message::Close(Some(close)))) => break u16::from(close.code),
            Some(Ok(_)) => {}
            other => panic!("closed without a code: {other:?}"),
        }
    };
    assert_eq!(code, 1009);
    big.abort();
    let too_much = reqwest::Client::new().post(server.url("/v1/sync")).body(vec![0; 3 << 20]).send().await;
    assert!(too_much.is_err() || too_much.unwrap().status() == 413);
    let rubbish = reqwest::Client::new().post(server.url("/v1/sync")).body("rubbish!").send().await.unwrap();
    assert!([400, 413].contains(&rubbish.status().as_u16()));
    olga.stored(&event()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_removals_reach_open_sessions_within_a_second() {
    let server = Server::start().await;
    let (mut olga, mut anna) = (server.peer("olga").await, server.peer("anna").await);
    for command in [helper("anna"), helper("ben"), event()] {
        olga.stored(&command).await;
    }
    anna.subscribe().await;
    assert!(!anna.docs.contains_key(&"person/ben".parse().unwrap()));
    let role = |role: &str| Some(json!({ "role": role }));
    let asked = Instant::now();
    assert_eq!(server.call("PATCH", "/v1/members/anna", &token("olga"), role("coordinator")).await.0, 200);
    let told = anna.until(|f| matches!(f, Frame::Permissions(_))).await;
    assert!(matches!(told, Frame::Permissions(a) if a.role == Role::Coordinator));
    anna.until(|f| matches!(f, Frame::Update(_))).await;
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert!(anna.docs.contains_key(&"person/ben".parse().unwrap()), "now readable");
    anna.stored(&shift("a")).await;

    assert_eq!(server.call("PATCH", "/v1/members/anna", &token("olga"), role("helper")).await.0, 200);
    anna.until(|f| matches!(f, Frame::Update(u) if u.docs.iter().any(|d| d.body == Body::Gone))).await;
    assert!(!anna.docs.contains_key(&"person/ben".parse().unwrap()));
    assert_eq!(refusal(&anna.act(&shift("b")).await), RefusalCode::Forbidden);

    let asked = Instant::now();
    assert_eq!(server.call("DELETE", "/v1/members/anna", &token("olga"), None).await.0, 200);
    assert_eq!(anna.end().await, (FaultCode::Revoked, 4403));
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert_eq!(turned_away(&server, &token("anna")).await, (FaultCode::Revoked, 4403));
    assert_eq!(server.call("GET", "/v1/me", &token("anna"), None).await.0, 403);
    let (status, last) = server.call("DELETE", "/v1/members/olga", &token("olga"), None).await;
    assert_eq!((status, &last["code"]), (409, &json!("last_owner")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_out_at_once() {
    let server = Server::start().await;
    let (_, code) = server.call("POST", "/v1/device-invites", &token("ben"), None).await;
    let (jwk, key) = key_pair(6);
    let join =
        json!({ "code": code["code"], "device": { "id": "phone", "name": "Phone", "public_key": jwk } });
    assert_eq!(server.call("POST", "/v1/join", "", Some(join)).await.0, 200);
    let assert = || assertion(&key, "phone", "ben", |_| {});
    let mut phone = Peer::greet(&server.address, &assert(), fresh()).await;
    assert_eq!(server.call("DELETE", "/v1/devices/phone", &token("anna"), None).await.0, 404, "not hers");
    assert_eq!(server.call("DELETE", "/v1/devices/phone", &token("ben"), None).await.0, 200);
    assert_eq!(phone.end().await, (FaultCode::Revoked, 4403));
    assert_eq!(turned_away(&server, &assert()).await, (FaultCode::Revoked, 4403));
    server.peer("ben").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_costs_nobody_and_misses_nothing() {
    let server = Server::start().await;
    let mut olga = server.peer("olga").await;
    olga.stored(&event()).await;
    olga.stored(&shift("a")).await;
    let mut slow = server.peer("vera").await;
    slow.subscribe().await;
    let mut ben = server.peer("ben").await;
    ben.subscribe().await;
    // Far more than the queue and the sockets' buffers hold, and more rows than the log retains.
    let mut worst = Duration::ZERO;
    for n in 0..4000 {
        let note = format!("{n} {}", "x".repeat(4000));
        let command =
            json!({ "type": "update_assignment", "event": "e", "assignment": "a", "set": { "note": note } });
        let asked = Instant::now();
        olga.stored(&command).await;
        worst = worst.max(asked.elapsed());
        if n % 100 == 0 {
            let text = note.clone();
            let mut seen = String::new();
            while seen != text {
                ben.until(|f| matches!(f, Frame::Update(_))).await;
                seen = ben.view("event/e").row(Table::Assignments, "a").unwrap().text(Field::Note).to_owned();
            }
        }
    }
    assert!(worst < Duration::from_secs(5), "{worst:?}");
    // The slow one reads now: one catch-up, and it has the same plan.
    let mut catch_up = 0;
    while slow.view("event/e").row(Table::Assignments, "a").unwrap().text(Field::Note).get(..4)
        != Some("3999")
    {
        if let Frame::Update(u) = slow.next().await {
            catch_up += usize::from(
                u.docs.iter().any(|d| matches!(d.body, Body::Snapshot { .. })) || u.uuids.len() > 1,
            );
        }
    }
    assert!(catch_up >= 1, "it was caught up, not fed every single update");
    olga.subscribe().await;
    assert_eq!(slow.view("event/e"), olga.view("event/e"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_by_post_and_server_sent_events() {
    use base64::Engine;
    let server = Server::start().await;
    let body = |frames: &[Frame]| {
        let messages: Vec<Vec<u8>> = frames.iter().flat_map(encode).collect();
        pack(messages.iter().map(Vec::as_slice))
    };
    let post = |path: &str, body: Vec<u8>| reqwest::Client::new().post(server.url(path)).body(body).send();
    let stream = [hello(&token("vera"), fresh()), Frame::Subscribe { heads: vec![] }];
    let response = post("/v1/stream", body(&stream)).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.bytes_stream();

    let client = fresh();
    let batch = [
        hello(&token("olga"), client.clone()),
        Frame::Mutate(mutate(1, &event())),
        Frame::Mutate(mutate(2, &shift("a"))),
        Frame::Mutate(mutate(3, &json!({ "type": "no_such_thing" }))),
        Frame::Subscribe { heads: vec![] },
    ];
    let response = post("/v1/sync", body(&batch)).await.unwrap();
    assert_eq!(response.status(), 200);
    let bytes = response.bytes().await.unwrap();
    let answers: Vec<Frame> =
        unpack(&bytes).unwrap().iter().map(|m| wedsync_protocol::decode(m).unwrap()).collect();
    let kinds: Vec<&str> = answers
        .iter()
        .map(|f| match f {
            Frame::Welcome(_) => "welcome",
            Frame::Permissions(_) => "permissions",
            Frame::Ack(_) => "ack",
            Frame::Nack(_) => "nack",
            Frame::Update(u) if !u.more => "update",
            _ => "?",
        })
        .collect();
    assert_eq!(kinds, ["welcome", "permissions", "ack", "ack", "nack", "update"]);
    // Sent again, the same answers.
    let again = post("/v1/sync", body(&batch)).await.unwrap().bytes().await.unwrap();
    let again: Vec<Frame> =
        unpack(&again).unwrap().iter().map(|m| wedsync_protocol::decode(m).unwrap()).collect();
    assert_eq!(again[2..5], answers[2..5]);

    let mut text = String::new();
    let mut seen = Vec::new();
    while !seen.iter().any(|f| matches!(f, Frame::Update(u) if u.docs.iter().any(|d| d.seq == 2))) {
        let chunk =
            tokio::time::timeout(Duration::from_secs(10), events.next()).await.unwrap().unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        seen = text
            .split("\n\n")
            .filter_map(|event| event.strip_prefix("data: "))
            .filter_map(|data| base64::engine::general_purpose::STANDARD.decode(data).ok())
            .filter_map(|bytes| wedsync_protocol::decode(&bytes).ok())
            .collect();
    }
    assert!(matches!(seen[0], Frame::Welcome(_)));

    let out_of_turn = post("/v1/sync", body(&[Frame::Mutate(mutate(1, &event()))])).await.unwrap();
    assert_eq!(out_of_turn.status(), 400);
    let taken = post("/v1/sync", body(&[hello(&token("anna"), client)])).await.unwrap();
    assert_eq!(taken.status(), 409);
    let mut old = hello(&token("anna"), fresh());
    if let Frame::Hello(h) = &mut old {
        h.version = 99;
    }
    assert_eq!(post("/v1/sync", body(&[old])).await.unwrap().status(), 426);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_too_fast_is_told_to_wait_and_loses_nothing() {
    let server = Server::limited(200.0, 50.0).await;
    let mut olga = server.peer("olga").await;
    let mut outbox = vec![mutate(1, &event()), mutate(2, &shift("a"))];
    outbox.extend((3..=150).map(|n| mutate(n, &retitle("a", &format!("T{n}")))));
    let (mut acked, mut busy) = (0, 0);
    while acked < outbox.len() {
        for m in &outbox[acked..] {
            olga.send(&Frame::Mutate(m.clone())).await;
        }
        loop {
            match olga.next().await {
                Frame::Ack(ack) => acked = ack.n as usize,
                Frame::Busy { retry_after_ms } => {
                    busy += 1;
                    // The answers to what came before it may still be on their way.
                    let retry = Duration::from_millis(u64::from(retry_after_ms));
                    while let Ok(frame) = tokio::time::timeout(retry, olga.next()).await {
                        let Frame::Ack(ack) = frame else { panic!("{frame:?}") };
                        acked = ack.n as usize;
                    }
                    break;
                }
                other => panic!("{other:?}"),
            }
            if acked == outbox.len() {
                break;
            }
        }
    }
    assert!(busy > 0);
    olga.subscribe().await;
    assert_eq!(olga.view("event/e").row(Table::Assignments, "a").unwrap().text(Field::Title), "T150");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_jwks_file_are_found_by_their_id() {
    let (jwk, key) = key_pair(7);
    let server = Server::with(|data| {
        let path = data.join("jwks.json");
        let public = json!({ "kty": "EC", "crv": "P-256", "x": jwk["x"], "y": jwk["y"], "kid": "k1", "alg": "ES256" });
        let shared = json!({ "kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "k2", "alg": "HS256" });
        std::fs::write(&path, json!({ "keys": [public, shared] }).to_string()).unwrap();
        Auth::new(None, None, Some(path)).unwrap()
    })
    .await;
    let claims = json!({ "sub": "olga", "org": "party", "exp": now_ms() / 1000 + 600 });
    let sign = |alg, kid: &str, key: &EncodingKey| {
        let header = Header { kid: Some(kid.into()), ..Header::new(alg) };
        jsonwebtoken::encode(&header, &claims, key).unwrap()
    };
    Peer::greet(&server.address, &sign(Algorithm::ES256, "k1", &key), fresh()).await;
    let unauthorized = (FaultCode::Unauthorized, 4401);
    assert_eq!(turned_away(&server, &sign(Algorithm::ES256, "k9", &key)).await, unauthorized);
    assert_eq!(turned_away(&server, &sign(Algorithm::ES256, "k1", &key_pair(8).1)).await, unauthorized);
    let shared = EncodingKey::from_secret(b"secret-secret-secret-secret-secret");
    assert_eq!(turned_away(&server, &sign(Algorithm::HS256, "k2", &shared)).await, unauthorized);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_are_turned_away() {
    let server = Server::start().await;
    let ask =
        |origin: String| reqwest::Client::new().get(server.url("/health")).header("origin", origin).send();
    assert_eq!(ask("https://evil.example".into()).await.unwrap().status(), 403);
    assert_eq!(ask(format!("http://{}", server.address)).await.unwrap().status(), 200);
    let allowed = ask("https://app.example".into()).await.unwrap();
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://app.example");
    let mut request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(
        format!("ws://{}/v1/socket", server.address),
    )
    .unwrap();
    request.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    assert!(tokio_tungstenite::connect_async(request).await.is_err());
}
