#![allow(clippy::unwrap_used)]
//! What `inspect` takes and refuses, with updates recorded from Yjs and updates made by hand.

use wedsync_domain::RefusalCode::{self, Invalid, TooLarge};
use wedsync_domain::note::{UPDATE_MAX, decode, encode, inspect, inspect_merged};

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[i * 2..i * 2 + 2], 16).unwrap()).collect()
}

/// The recorded updates of a name.
fn recorded(name: &str) -> Vec<Vec<u8>> {
    let all = include_str!("fixtures/notes.txt");
    let line = all.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    line.split(' ').map(hex).collect()
}

fn one(name: &str) -> Vec<u8> {
    let mut all = recorded(name);
    assert_eq!(all.len(), 1, "{name}");
    all.remove(0)
}

fn refused(update: &[u8]) -> (RefusalCode, String) {
    let refusal = inspect(update).expect_err("is taken");
    (refusal.code, refusal.message)
}

/// A number as lib0 writes it.
fn uint(mut n: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
    out
}

fn string(text: &str) -> Vec<u8> {
    [uint(text.len() as u64), text.as_bytes().to_vec()].concat()
}

/// One lineage of structs, and no deletions.
fn update(client: u64, clock: u64, structs: &[Vec<u8>]) -> Vec<u8> {
    let head = [uint(1), uint(structs.len() as u64), uint(client), uint(clock)].concat();
    [head, structs.concat(), uint(0)].concat()
}

fn typed(text: &str) -> Vec<u8> {
    [vec![4, 1], string("note"), string(text)].concat()
}

#[test]
fn what_tiptap_writes_is_taken_and_its_text_found() {
    let rich = inspect(&one("rich")).unwrap();
    assert_eq!(
        rich.text,
        "Aufbau 🎪\nBring bold and both, see map שלום\nxyz\none\ndeep\ntwo\ndone\nquoted\nfn main() {}\n"
    );
    assert_eq!(rich.lineages.keys().copied().collect::<Vec<_>>(), [1001]);
    assert_eq!(rich.lineages[&1001].start, 0);
    assert!(!rich.deletes && rich.structs > 60);
    let edited = inspect(&one("rich_edited")).unwrap();
    assert_eq!((edited.text.trim(), edited.deletes), ("Please b", true));
    assert_eq!(edited.lineages[&1001].start, rich.lineages[&1001].end);
    let whole = inspect(&one("rich_whole")).unwrap();
    assert_eq!(whole.lineages[&1001], 0..edited.lineages[&1001].end);
    assert!(whole.text.contains("Please b") && !whole.text.contains("quoted"), "{}", whole.text);
}

#[test]
fn what_was_typed_and_deleted_again_is_not_in_the_text() {
    let typed = inspect(&one("typed")).unwrap();
    assert_eq!(typed.text, "hello👍🏽← ");
    assert!(typed.deletes);
    let plain: Vec<String> = recorded("plain").iter().map(|u| inspect(u).unwrap().text).collect();
    assert_eq!(plain, ["Hello wörld 👋", ",", "", "h"]);
    let counted = inspect(&recorded("plain")[0]).unwrap();
    assert_eq!(counted.lineages[&3003], 0..14, "in UTF-16 units");
    assert_eq!(inspect(&one("quill")).unwrap().text, "Title\ngo\n");
    assert_eq!(inspect(&one("deleted")).unwrap().text, "aef");
    assert_eq!(inspect(&one("deleted")).unwrap().lineages[&9], 0..6);
}

#[test]
fn what_is_no_note_is_refused() {
    for (name, why) in [
        ("other_root", "outside the note"),
        ("root_map", "no attribute \"x\""),
        ("array", "something else"),
        ("nested_map", "blocks and text"),
        ("subdoc", "something else"),
        ("binary", "something else"),
        ("embed", "something else"),
        ("script", "no block \"script\""),
        ("image", "no block \"image\""),
        ("hook", "blocks and text"),
        ("onclick", "no attribute \"onclick\""),
        ("js_href", "a link goes to"),
        ("js_link", "a link goes to"),
        ("data_link", "a link goes to"),
        ("style_mark", "no format \"textStyle\""),
        ("link_extra", "no attribute \"onclick\""),
        ("nested_attr", "type that notes do not have"),
        ("replaced_value", "a link goes to"),
        ("gc", "garbage collection"),
        ("skip", "garbage collection"),
    ] {
        let (code, message) = refused(&one(name));
        assert!(code == Invalid && message.contains(why), "{name}: {message}");
    }
    assert!(inspect_merged(&one("gc")).is_ok(), "the hub itself collects garbage");
    assert!(inspect_merged(&one("skip")).is_err());
}

#[test]
fn every_end_too_early_and_every_byte_too_many_is_refused() {
    for name in ["rich", "typed", "deleted", "quill"] {
        let bytes = one(name);
        for end in 0..bytes.len() {
            assert_eq!(refused(&bytes[..end]).0, Invalid, "{name} up to {end}");
        }
        assert!(refused(&[bytes, vec![0]].concat()).1.contains("follows"));
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    let max = u64::from(u32::MAX);
    assert!(inspect(&update(7, 0, &[typed("a")])).is_ok());
    assert!(inspect(&update((1 << 53) - 1, max - 1, &[typed("a")])).is_ok());
    assert!(refused(&update(1 << 53, 0, &[typed("a")])).1.contains("number"), "a Yjs client id of 54 bits");
    assert!(refused(&update(7, max, &[typed("a")])).1.contains("clock"), "the clock after it overflows");
    assert!(refused(&update(7, max + 1, &[typed("a")])).1.contains("clock"));
    assert!(refused(&[0x80, 0]).1.contains("number"), "not the shortest form");
    assert!(refused(&[0xff; 12]).1.contains("number"));
    assert!(refused(&[vec![0, 1, 7, 1], uint(max), uint(1)].concat()).1.contains("deletion"));
    assert!(refused(&[0, 1, 7, 1, 3, 0]).1.contains("deletion"), "of nothing");
    assert!(inspect(&[0, 1, 7, 1, 3, 1]).unwrap().deletes);
}

#[test]
fn structs_that_make_no_sense_are_refused() {
    let invalid = |structs: &[Vec<u8>], why: &str| {
        let (code, message) = refused(&update(7, 5, structs));
        assert!(code == Invalid && message.contains(why), "{message}");
    };
    invalid(&[typed("")], "empty");
    invalid(&[[vec![1, 1], string("note"), uint(0)].concat()], "empty");
    invalid(&[[vec![0x28, 1], string("note"), string("class"), uint(0)].concat()], "empty");
    invalid(&[[vec![0x84, 7, 5], string("a")].concat()], "itself");
    invalid(&[[vec![0x44, 7, 9], string("a")].concat()], "itself");
    invalid(&[[vec![4, 0, 7, 5], string("a")].concat()], "itself");
    invalid(&[[vec![4, 2], string("note"), string("a")].concat()], "parent");
    invalid(&[vec![4, 1, 4, b'n', b'o', b't', b'e', 1, 0xff]], "UTF-8");
    invalid(&[[vec![6, 1], string("note"), string("bold"), string("{")].concat()], "JSON");
    invalid(&[[vec![0x24, 1], string("note"), string("class"), string("a")].concat()], "something else");
    invalid(&[], "order");
    let twice = [vec![2, 1, 7, 0], typed("a"), vec![1, 7, 1], typed("b"), vec![0]].concat();
    assert!(refused(&twice).1.contains("order"), "one lineage twice");
    // Only an earlier struct may be built on.
    assert!(inspect(&update(7, 5, &[[vec![0x84, 7, 4], string("a")].concat()])).is_ok());
}

#[test]
fn limits_are_named_and_nothing_is_allocated_for_a_promise() {
    assert_eq!(refused(&vec![0; UPDATE_MAX + 1]).0, TooLarge);
    assert_eq!(refused(&uint((1 << 53) - 1)).0, Invalid, "more authors than bytes");
    let long = vec![[vec![1, 1], string("note"), uint(u64::from(u32::MAX) - 9)].concat()];
    assert_eq!(refused(&update(7, 0, &long)).0, TooLarge, "a clock far away");
    let many = vec![vec![0x84, 1, 1, 1, b'a']; 51_000];
    assert_eq!(refused(&update(7, 9, &many)).0, TooLarge);
    let authors: Vec<u8> =
        (0..5_000).flat_map(|i| [uint(1), uint(i), uint(9), typed("a")].concat()).collect();
    assert_eq!(refused(&[uint(5_000), authors, vec![0]].concat()).0, TooLarge);
    let ranges: Vec<u8> = (0..60_000).flat_map(|i| [uint(i % 100), uint(1)].concat()).collect();
    assert_eq!(refused(&[vec![0, 1, 7], uint(60_000), ranges].concat()).0, TooLarge);
    let class = |length: usize| {
        let value = [vec![119], string(&"x".repeat(length))].concat();
        update(7, 0, &[[vec![0x28, 1], string("note"), string("class"), uint(1), value].concat()])
    };
    assert!(inspect(&class(2048)).is_ok());
    assert!(refused(&class(2049)).1.contains("too long"));
}

#[test]
fn links_go_where_links_may_go() {
    let link = |href: &str| {
        let mark = format!(r#"{{"href":{}}}"#, serde_json::to_string(href).unwrap());
        inspect(&update(7, 0, &[[vec![6, 1], string("note"), string("link"), string(&mark)].concat()]))
            .is_ok()
    };
    for good in ["https://example.org", "HTTP://example.org/?a:b", "mailto:a@example.org", "tel:+441234"] {
        assert!(link(good), "{good}");
    }
    for bad in [
        "javascript:alert(1)",
        " https://a",
        "java\tscript:x",
        "data:x",
        "//a",
        "a.org",
        "\u{1}https://a",
        "",
    ] {
        assert!(!link(bad), "{bad:?}");
    }
}

#[test]
fn base64_has_one_spelling() {
    let bytes = one("rich");
    assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
    for bad in ["A", "AAA", "AA=", "AB==", "AA==\n", "-_8="] {
        assert_eq!(decode(bad).unwrap_err().code, Invalid, "{bad:?}");
    }
}
