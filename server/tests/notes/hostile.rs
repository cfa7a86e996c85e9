//! Updates that were valid once and had bytes changed: whatever is refused leaves no trace, and nothing panics out.

use super::editing::Rng;
use super::support::*;
use wedsync_domain::RefusalCode;
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
    // A note is either blocks or plain text.
    let bases = [
        [fixture("rich"), fixture("rich_edited"), fixture("typed")].concat(),
        [fixture("plain"), fixture("quill"), fixture("deleted")].concat(),
    ];
    let (mut stored, mut refused) = (0, 0);
    for round in 0..60 {
        let mut hub = Hub::new(MemoryStore::default());
        let base = &bases[round % 2];
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
        let mut anna = Editor::from(&hub.whole("anna")).with_client(77_000);
        let more = if round % 2 == 0 { anna.paragraph() } else { anna.insert(0, "still here") };
        super::support::stored(hub.send("anna", &more));
    }
    assert!(stored > 300 && refused > 3_000, "{stored} {refused}");
}

/// A number below 128 * 128 as lib0 writes it.
fn uint(n: u32) -> Vec<u8> {
    if n < 0x80 { vec![n as u8] } else { vec![n as u8 | 0x80, (n >> 7) as u8] }
}

/// Structs of lineage 5 from a clock on, and no deletions.
fn forged(clock: u32, structs: &[Vec<u8>]) -> Vec<u8> {
    [vec![1], uint(structs.len() as u32), vec![5], uint(clock), structs.concat(), vec![0]].concat()
}

const PARAGRAPH: &[u8] = b"\x03\x09paragraph";

#[test]
fn no_nesting_is_deep_enough_to_exhaust_a_stack() {
    let quotes = |from: u32, count: u32| {
        let quote = |i: u32| match i {
            0 => [b"\x07\x01\x04note".as_slice(), b"\x03\x0ablockquote"].concat(),
            i => [vec![7, 0, 5], uint(i - 1), b"\x03\x0ablockquote".to_vec()].concat(),
        };
        forged(from, &(from..from + count).map(quote).collect::<Vec<_>>())
    };
    let mut hub = Hub::new(MemoryStore::default());
    assert_eq!(refused(hub.send("anna", &quotes(0, 9_000))), RefusalCode::Invalid);
    // Nor in small steps.
    let mut hub = Hub::new(MemoryStore::default());
    for step in 0..4 {
        stored(hub.send("anna", &quotes(step * 12, 12)));
    }
    hub.restart();
    assert_eq!(refused(hub.send("anna", &quotes(48, 1))), RefusalCode::Invalid);
    stored(hub.send("ben", &[0, 1, 5, 1, 0, 1]));
    assert_eq!(Editor::from(&hub.whole("ben")).xml(), Editor::new(1).xml());
}

#[test]
fn content_that_would_break_editors_is_refused() {
    let paragraph = [b"\x07\x01\x04note".as_slice(), PARAGRAPH].concat();
    let text = |parent: u8| vec![7, 0, 5, parent, 6];
    let letter_in = |parent: u8| vec![4, 0, 5, parent, 1, b'a'];
    let level = |parent: u8| [vec![0x28, 0, 5, parent], b"\x05level\x01\x7d\x01".to_vec()].concat();
    let ok = [paragraph.clone(), text(0), letter_in(1), level(0)];
    stored(Hub::new(MemoryStore::default()).send("anna", &forged(0, &ok)));
    let bad: [(&str, Vec<Vec<u8>>); 11] = [
        ("letters in a paragraph", vec![paragraph.clone(), letter_in(0)]),
        ("letters among blocks", vec![paragraph.clone(), vec![0x84, 5, 0, 1, b'a']]),
        (
            "a block among letters",
            vec![b"\x04\x01\x04note\x01a".to_vec(), [b"\x87\x05\x00".as_slice(), PARAGRAPH].concat()],
        ),
        (
            "a block in text",
            vec![paragraph.clone(), text(0), [b"\x07\x00\x05\x01".as_slice(), PARAGRAPH].concat()],
        ),
        ("text at the root", vec![b"\x07\x01\x04note\x06".to_vec()]),
        ("an attribute of text", vec![paragraph.clone(), text(0), level(1)]),
        ("an attribute at the root", vec![b"\x28\x01\x04note\x05level\x01\x7d\x01".to_vec()]),
        (
            "a value among letters",
            vec![paragraph.clone(), text(0), letter_in(1), b"\xa8\x05\x02\x01\x7d\x01".to_vec()],
        ),
        ("a letter as an attribute", vec![paragraph.clone(), level(0), vec![0x84, 5, 1, 1, b'a']]),
        ("something in a letter", vec![paragraph.clone(), text(0), letter_in(1), letter_in(2)]),
        (
            "between two that are not neighbours",
            vec![
                paragraph.clone(),
                text(0),
                letter_in(1),
                [b"\x87\x05\x00".as_slice(), PARAGRAPH].concat(),
                text(3),
                letter_in(4),
                vec![0xc4, 5, 2, 5, 5, 1, b'x'],
            ],
        ),
    ];
    for (what, structs) in bad {
        let mut hub = Hub::new(MemoryStore::default());
        assert_eq!(refused(hub.send("anna", &forged(0, &structs))), RefusalCode::Invalid, "{what}");
        assert_eq!(hub.head("notes/e/a"), 0, "{what}");
    }
}

#[test]
fn what_would_read_differently_elsewhere_is_refused() {
    let mut hub = Hub::new(MemoryStore::default());
    stored(hub.send("anna", &forged(0, &[b"\x04\x01\x04note\x09abcdefghi".to_vec()])));
    // After 'h' and before 'b'.
    let backwards = forged(9, &[vec![0xc4, 5, 7, 5, 1, 1, b'X']]);
    assert_eq!(refused(hub.send("anna", &backwards)), RefusalCode::Invalid);
    assert_eq!(Editor::from(&hub.whole("ben")).text(), "abcdefghi");
    // Two at the same place by different people, then one between the two: nobody's order is known, and it is fine.
    let mut hub = Hub::new(MemoryStore::default());
    let mut anna = Editor::new(100);
    stored(hub.send("anna", &anna.insert(0, "()")));
    let mut ben = Editor::from(&hub.whole("ben")).with_client(200);
    stored(hub.send("anna", &anna.insert(1, "a")));
    stored(hub.send("ben", &ben.insert(1, "b")));
    let mut olga = Editor::from(&hub.whole("olga")).with_client(300);
    let middle = olga.text();
    stored(hub.send("olga", &olga.insert(2, "|")));
    assert_eq!(Editor::from(&hub.whole("ben")).text(), format!("{}|{}", &middle[..2], &middle[2..]));
}
