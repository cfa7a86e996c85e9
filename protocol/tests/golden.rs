//! The bytes of every frame, pinned: a change here is a change of the wire, and needs a new `VERSION`.
#![allow(clippy::unwrap_used)]

use wedsync_domain::ids::Uuid;
use wedsync_domain::presence::{LastSeen, NoteCursor, Peer, PresenceState};
use wedsync_domain::{Actor, Field, Kept, Refusal, RefusalCode, Replaced, Role, Table, Value};
use wedsync_protocol::{
    Ack, Body, DocUpdate, FaultCode, Frame, Head, Hello, Mutate, Nack, Peers, Update, VERSION, Welcome,
    decode, encode,
};

fn head() -> Head {
    Head { doc: "event/e1".parse().unwrap(), epoch: 1, seq: 300 }
}

fn uuid() -> Uuid {
    Uuid([0x0a; 16])
}

/// One of every frame, and of every body of an update, with its bytes in hex.
fn frames() -> Vec<(Frame, &'static str)> {
    let update = |body| DocUpdate { doc: "roster".parse().unwrap(), epoch: 1, seq: 2, body };
    let replaced = Replaced {
        doc: "event/e1".parse().unwrap(),
        table: Table::Assignments,
        row: "a1".into(),
        field: Field::Title,
        value: Value::from("Tea"),
        by: Some("u2".parse().unwrap()),
        by_name: Some("Olivia".into()),
    };
    let kept = Kept {
        doc: "event/e1".parse().unwrap(),
        table: Table::Assignments,
        row: "a1".into(),
        field: Field::End,
        value: Value::Null,
        why: Some("Gone.".into()),
        by: Some("u2".parse().unwrap()),
        by_name: None,
    };
    let hello =
        Hello { version: VERSION, token: "t".into(), client: "c1".parse().unwrap(), core: "0.1".into() };
    let actor =
        Actor { user: "u1".parse().unwrap(), role: Role::Helper, helper: Some("h1".parse().unwrap()) };
    let docs = vec![
        update(Body::Delta { base: 1, bytes: vec![7, 8] }),
        update(Body::Snapshot { bytes: vec![9] }),
        update(Body::Gone),
    ];
    let refusal = Refusal::new(RefusalCode::AlreadyTaken, "Taken.");
    let state = PresenceState {
        event: "e1".parse().unwrap(),
        assignment: Some("a1".parse().unwrap()),
        field: Some("title".into()),
        cursor: Some(NoteCursor { client: 300, clock: 1, state: "{}".into() }),
    };
    let peer = Peer {
        id: 4,
        user: "u1".parse().unwrap(),
        name: "Anna".into(),
        role: Role::Coordinator,
        helper: None,
        device: Some("d1".parse().unwrap()),
        at_ms: 5,
        states: vec![state.clone()],
    };
    let left =
        LastSeen { event: "e1".parse().unwrap(), user: "u2".parse().unwrap(), name: "Ben".into(), at_ms: 6 };
    let peers = Peers { you: 9, changed: vec![peer], gone: vec![7], left: vec![left] };
    vec![
        (Frame::Hello(hello), "0003017402633103302e31"),
        (
            Frame::Welcome(Welcome {
                version: VERSION,
                org: "o1".parse().unwrap(),
                last_n: 128,
                now_ms: 1,
                generation: 200,
                send_again: true,
            }),
            "0103026f31800101c80101",
        ),
        (Frame::Permissions(actor), "020275310101026831"),
        (Frame::Subscribe { heads: vec![head()] }, "0301086576656e742f653101ac02"),
        (
            Frame::Update(Update { docs, uuids: vec![uuid()], more: false }),
            "040306726f737465720102000102070806726f73746572010201010906726f73746572010202010a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a00",
        ),
        (
            Frame::Mutate(Mutate { n: 1, uuid: uuid(), at_ms: 2, command: b"{}".to_vec() }),
            "05010a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a02027b7d",
        ),
        (
            Frame::Ack(Ack {
                n: 1,
                uuid: uuid(),
                heads: vec![head()],
                replaced: vec![replaced],
                kept: vec![kept],
            }),
            "06010a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a01086576656e742f653101ac0201086576656e742f6531070261310203035465610102753201064f6c6976696101086576656e742f6531070261310d000105476f6e652e0102753200",
        ),
        (
            Frame::Nack(Nack { n: 1, uuid: uuid(), refusal }),
            "07010a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a060654616b656e2e00",
        ),
        (Frame::Busy { retry_after_ms: 500 }, "08f403"),
        (Frame::Fault { code: FaultCode::Revoked, message: "Gone.".into() }, "090205476f6e652e"),
        (Frame::Ping { token: 7 }, "0a07"),
        (Frame::Pong { token: 7 }, "0b07"),
        (Frame::Part { last: true, bytes: vec![1] }, "0c010101"),
        (Frame::Presence { states: vec![state] }, "0d010265310102613101057469746c6501ac0201027b7d"),
        (
            Frame::Peers(peers),
            "0e09010402753104416e6e6102000102643105010265310102613101057469746c6501ac0201027b7d0107010265310275320342656e06",
        ),
        (Frame::PresenceRefused(Refusal::new(RefusalCode::TooLarge, "Big.")), "0f03044269672e00"),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn every_frame_has_the_bytes_it_always_had() {
    assert_eq!(VERSION, 3, "the bytes below are those of version 3");
    let positions: Vec<u8> = frames().iter().map(|(frame, _)| encode(frame)[0][0]).collect();
    assert_eq!(positions, (0..16).collect::<Vec<u8>>(), "one of each, in the order of the enum");
    for (frame, golden) in frames() {
        let bytes = encode(&frame).remove(0);
        assert_eq!(hex(&bytes), golden, "{frame:?}");
        assert_eq!(decode(&bytes).unwrap(), frame);
    }
}

/// Faults travel by their position.
#[test]
fn codes_keep_their_positions() {
    for (position, code) in FaultCode::ALL.into_iter().enumerate() {
        let bytes = encode(&Frame::Fault { code, message: String::new() }).remove(0);
        assert_eq!(bytes, [9, position as u8, 0], "{code:?}");
    }
}

#[test]
fn a_frame_cut_short_or_with_a_tail_is_no_frame() {
    for (frame, _) in frames() {
        let bytes = encode(&frame).remove(0);
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "{frame:?} cut at {end}");
        }
        assert!(decode(&[bytes, vec![0]].concat()).is_err(), "{frame:?} with a tail");
    }
}
