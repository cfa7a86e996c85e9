//! Updates that were forged: yrs panics over some, and nobody else does.
#![allow(clippy::unwrap_used)]

use wedsync_domain::document::{DocumentError, apply_update, new_doc};
use wedsync_domain::guard;

/// An input of the fuzz target `document`: updates follow the first byte, each after its length in two.
fn updates(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut updates = Vec::new();
    rest = &rest[1..];
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (update, after) = after.split_at(usize::from(u16::from_be_bytes(*length)).min(after.len()));
        updates.push(update);
        rest = after;
    }
    updates
}

#[test]
fn a_panic_of_yrs_is_an_error() {
    let input = include_bytes!("../../fuzz/crashes/document/crash-division-in-yrs");
    let doc = new_doc(1);
    let outcomes: Vec<_> = updates(input).iter().map(|update| apply_update(&doc, update)).collect();
    guard::discard(doc);
    assert_eq!(outcomes.last(), Some(&Err(DocumentError::Malformed)), "{outcomes:?}");
}
