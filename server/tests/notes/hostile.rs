//! Updates that were valid once and had bytes changed: whatever is refused leaves no trace, and nothing panics out.

use super::editing::Rng;
use super::support::*;
use wedsync_hub::store::MemoryStore;
use wedsync_protocol::Frame;

/// Changes a few bytes, cuts, doubles or joins.
fn mutate(rng: &mut Rng, update: &[u8], other: &[u8]) -> Vec<u8> {
    let mut out = update.to_vec();
    for _ in 0..=rng.below(3) {
        let at = rng.below(out.len());
        match rng.below(8) {
            0 => out[at] = rng.below(256) as u8,
            1 => out[at] ^= 1 << rng.below(8),
            2 => out[at] = out[at].wrapping_add(1),
            3 => out[at] = out[at].wrapping_sub(1),
            4 => drop(out.remove(at)),
            5 => out.insert(at, rng.below(256) as u8),
            6 => {
                let from = rng.below(other.len());
                let length = rng.below(12).min(other.len() - from).min(out.len() - at);
                out[at..at + length].copy_from_slice(&other[from..from + length]);
            }
            _ => {
                let length = rng.below(8).min(out.len() - at);
                let part = out[at..at + length].to_vec();
                out.splice(at..at, part);
            }
        }
        if out.is_empty() {
            out.push(0);
        }
    }
    out
}

#[test]
fn mutated_updates_harm_nobody() {
    let mut rng = Rng(0x5eed);
    let base = [fixture("rich"), fixture("rich_edited"), fixture("typed"), fixture("plain")].concat();
    let (mut stored, mut refused) = (0, 0);
    for round in 0..60 {
        let mut hub = Hub::new(MemoryStore::default());
        // The twin sees only what the hub fanned out.
        let twin = Editor::new(1);
        let mut fanned = 0;
        for step in 0..80 {
            let (one, other) = (rng.below(base.len()), rng.below(base.len()));
            let update = if rng.below(4) == 0 {
                base[one].clone()
            } else {
                mutate(&mut rng, &base[one], &base[other])
            };
            let before = Editor::from(&hub.whole("vera"));
            match hub.send(["anna", "ben", "olga"][rng.below(3)], &update) {
                Frame::Ack(_) => stored += 1,
                Frame::Nack(_) => {
                    refused += 1;
                    let after = Editor::from(&hub.whole("vera"));
                    assert!(after.state() == before.state(), "round {round} step {step}");
                    assert_eq!(after.content(), before.content(), "round {round} step {step}");
                }
                answer => panic!("{answer:?}"),
            }
            for bytes in &hub.fanned_out()[fanned..] {
                twin.take(bytes);
            }
            fanned = hub.fanned_out().len();
            let there = Editor::from(&hub.whole("vera"));
            assert!(there.state() == twin.state(), "round {round} step {step}");
            assert_eq!(there.content(), twin.content(), "round {round} step {step}");
        }
        hub.restart();
        assert!(Editor::from(&hub.whole("vera")).state() == twin.state(), "round {round}");
        // People can go on writing.
        let mut anna = Editor::from(&hub.whole("anna")).with_client(77_000 + round);
        super::support::stored(hub.send("anna", &anna.insert(0, "still here")));
    }
    assert!(stored > 300 && refused > 3_000, "{stored} {refused}");
}
