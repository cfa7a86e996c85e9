//! Updates that were forged: yrs panics over some or worse, and nobody else does.
#![allow(clippy::unwrap_used)]

use wedsync_domain::document::{DocumentError, apply_update, new_doc};
use wedsync_domain::guard;

/// An input of the fuzz target `document`: updates follow the first byte, each after its length in two.
fn updates(input: &[u8]) -> Vec<&[u8]> {
    let mut updates = Vec::new();
    let mut rest = &input[1..];
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (update, after) = after.split_at(usize::from(u16::from_be_bytes(*length)).min(after.len()));
        updates.push(update);
        rest = after;
    }
    updates
}

#[test]
fn what_yrs_cannot_take_is_an_error() {
    let inputs = [
        include_bytes!("../../fuzz/crashes/document/crash-division-in-yrs").as_slice(),
        include_bytes!("../../fuzz/crashes/document/crash-client-that-comes-twice"),
    ];
    for input in inputs {
        let doc = new_doc(1);
        let outcomes: Vec<_> = updates(input).iter().map(|update| apply_update(&doc, update)).collect();
        guard::discard(doc);
        assert_eq!(outcomes.last(), Some(&Err(DocumentError::Malformed)), "{outcomes:?}");
    }
}

#[test]
fn a_client_comes_once_in_an_update() {
    // A map entry of client 1 at clock 0, `a`: 1.
    let section = [1, 1, 0, 0x28, 1, 1, b'm', 1, b'a', 1, 0x7d, 1];
    let update = |sections: usize| [&[sections as u8][..], &section.repeat(sections), &[0]].concat();
    assert_eq!(apply_update(&new_doc(2), &update(1)), Ok(()));
    assert_eq!(apply_update(&new_doc(2), &update(2)), Err(DocumentError::Malformed));
}

#[test]
fn a_panic_within_a_transaction_is_no_answer() {
    let doc = new_doc(1);
    assert_eq!(guard::transact(&doc, |_| 7), Some(7));
    assert_eq!(guard::transact(&doc, |_| -> u8 { panic!("as yrs does") }), None);
    guard::discard(doc);
}
