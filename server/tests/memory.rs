//! A hub under a flood of frames of ill will: its memory stays flat, and who behaves well is served.
#![allow(clippy::unwrap_used)]

use common::process::{Running, start};
use common::{Peer, add_members, create_org, event, fresh, hello, mutate, retitle, shift, token, uuid};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;
use wedsync_protocol::{Frame, Head, Mutate, encode, pack};

mod common;

/// Frames after the warm-up. `WEDSYNC_HOSTILE_FRAMES=200000 cargo test -p wedsync-hub --test memory` for longer.
const FRAMES: usize = 20_000;
/// Peers of ill will. Each is a person, with a rate of its own.
const MALLORIES: usize = 12;
/// How much more the hub may hold after the flood than after the warm-up.
const GROWTH_KB: u64 = 16 * 1024;
/// The longest that a well-behaved peer may wait for an ack meanwhile, in a debug build on a busy machine.
const ACK_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn hostile_frames_do_not_fill_the_memory() {
    let frames = std::env::var("WEDSYNC_HOSTILE_FRAMES").map_or(FRAMES, |n| n.parse().unwrap());
    let data = tempfile::tempdir().unwrap();
    create_org(data.path(), "party");
    let names: Vec<String> = (0..MALLORIES).map(|i| format!("mallory-{i}")).collect();
    add_members(data.path(), "party", &names);
    let hub = start(data.path());
    let mut olga = Peer::greet(&hub.address, &token("olga"), fresh()).await;
    olga.stored(&event()).await;
    olga.stored(&shift("a")).await;

    flood(&hub, &mut olga, &names, frames.min(20_000)).await;
    let warm = hub.rss_kb();
    flood(&hub, &mut olga, &names, frames).await;
    let after = hub.rss_kb();
    println!("{frames} frames: {warm} kB before, {after} kB after");
    assert!(after < warm + GROWTH_KB, "{frames} frames grew the hub from {warm} kB to {after} kB");
}

/// Everybody of ill will at once, and an edit of Olga's every now and then.
async fn flood(hub: &Running, olga: &mut Peer, names: &[String], frames: usize) {
    let each = frames.div_ceil(names.len());
    let floods = names.iter().enumerate().map(|(i, name)| {
        let (address, name) = (hub.address.clone(), name.clone());
        tokio::spawn(async move { Mallory::new(address, name, i as u64).send(each).await })
    });
    let floods: Vec<_> = floods.collect();
    while !floods.iter().all(|flood| flood.is_finished()) {
        let started = Instant::now();
        olga.stored(&retitle("a", &format!("Edit {}", olga.last_n))).await;
        assert!(started.elapsed() < ACK_WITHIN, "an ack took {:?}", started.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for flood in floods {
        flood.await.unwrap();
    }
}

struct Mallory {
    address: String,
    user: String,
    random: u64,
}

impl Mallory {
    fn new(address: String, user: String, seed: u64) -> Mallory {
        Mallory { address, user, random: (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) }
    }

    /// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
    fn word(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.word() as u8).collect()
    }

    async fn send(&mut self, frames: usize) {
        let http = reqwest::Client::new();
        let mut sent = 0;
        while sent < frames {
            sent += match self.word() % 10 {
                0..=2 => self.bodies(&http).await,
                3..=4 => self.strangers().await,
                _ => self.edits().await,
            };
        }
    }

    /// Requests whose messages are random, claim to be huge, or come in parts without end.
    async fn bodies(&mut self, http: &reqwest::Client) -> usize {
        let greeting = encode(&hello(&token(&self.user), fresh())).concat();
        let mut messages: Vec<Vec<u8>> = match self.word() % 3 {
            0 => (0..100).map(|i| self.bytes(i)).collect(),
            1 => (0..100)
                .map(|_| encode(&Frame::Part { last: false, bytes: vec![0; 8_000] }).concat())
                .collect(),
            _ => (0..10).map(|_| [&[12, 0][..], &[0xff, 0xff, 0xff, 0xff, 0x0f]].concat()).collect(),
        };
        if self.word().is_multiple_of(8) {
            messages.insert(0, greeting);
        }
        let mut body = pack(messages.iter().map(Vec::as_slice));
        if self.word().is_multiple_of(4) {
            body.extend([0xff; 4]);
        }
        let answer = http.post(format!("http://{}/v1/sync", self.address)).body(body).send().await.unwrap();
        assert!(!answer.status().is_success(), "{}", answer.status());
        messages.len()
    }

    /// A connection that never says Hello, and one whose Hello is mutated.
    async fn strangers(&mut self) -> usize {
        let mut hello = encode(&hello(&token(&self.user), fresh())).concat();
        let at = self.word() as usize % hello.len();
        hello[at] ^= 1 + (self.word() % 255) as u8;
        for message in [self.bytes(50), hello] {
            let mut peer = Peer::silent(&self.address).await;
            use futures_util::SinkExt;
            let _ = peer.socket.send(Message::Binary(message.into())).await;
            let _ = tokio::time::timeout(Duration::from_secs(1), peer.try_next()).await;
        }
        2
    }

    /// A greeting under a number of its own, and edits that are refused: not JSON, no command, a note's update that is
    /// none, out of order, under a number that was used.
    async fn edits(&mut self) -> usize {
        let mut peer = Peer::silent(&self.address).await;
        peer.send(&hello(&token(&self.user), fresh())).await;
        if !matches!(peer.try_next().await, Ok(Frame::Welcome(_))) {
            // Too many greetings: the others go on.
            tokio::time::sleep(Duration::from_millis(200)).await;
            return 1;
        }
        let mut n = 0;
        for _ in 0..100 {
            let update = base64(&self.bytes(40));
            let command = match self.word() % 4 {
                0 => self.bytes(60),
                1 => json!({ "type": "x".repeat(200) }).to_string().into_bytes(),
                2 => json!({ "type": "claim", "event": "e", "assignment": "gone" }).to_string().into_bytes(),
                _ => json!({ "type": "edit_note", "event": "e", "assignment": "a", "update": update })
                    .to_string()
                    .into_bytes(),
            };
            let mutate = match self.word() % 8 {
                0 => Mutate { n: n + 1 + self.word() % 1_000, ..mutate(0, &json!({})) },
                1 => Mutate { n, ..mutate(0, &json!({})) },
                _ => {
                    n += 1;
                    Mutate { n, uuid: uuid(), at_ms: self.word(), command }
                }
            };
            peer.send(&Frame::Mutate(mutate)).await;
        }
        let answers = async {
            for _ in 0..101 {
                match peer.try_next().await {
                    Ok(Frame::Ack(ack)) => panic!("a hostile edit was stored: {ack:?}"),
                    Ok(Frame::Busy { .. }) | Err(_) => return,
                    Ok(_) => {}
                }
            }
        };
        answers.await;
        if self.word().is_multiple_of(4) {
            // Documents that are not there, as many as fit.
            let of = |i: u64| Head { doc: format!("event/{i}").parse().unwrap(), epoch: 1, seq: i };
            peer.send(&Frame::Subscribe { heads: (0..20_000).map(of).collect() }).await;
            let _ = tokio::time::timeout(Duration::from_secs(5), peer.try_next()).await;
        }
        100
    }
}

fn base64(bytes: &[u8]) -> String {
    wedsync_domain::note::encode(bytes)
}
