//! Yjs updates of others into a structured document: it takes one whole, or says that it does not.

use crate::hub::Hub;
use std::cell::RefCell;
use wedsync_domain::{DocId, document, guard};
use yrs::Doc;

thread_local! {
    static EVENT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

fn event() -> DocId {
    "event/e1".parse().expect("a document's name")
}

/// An event as the hub wrote it.
fn written() -> Doc {
    let bytes = EVENT.with(|kept| kept.borrow_mut().get_or_insert_with(write).clone());
    let doc = document::new_doc(1);
    document::apply_update(&doc, &bytes).expect("a snapshot applies");
    doc
}

fn write() -> Vec<u8> {
    let hub = &mut Hub::default();
    let frames = hub.room.catch_up(&crate::hub::owner(), &[]).expect("the store in memory does not fail");
    let docs = frames.into_iter().flat_map(|f| match f {
        wedsync_protocol::Frame::Update(update) => update.docs,
        _ => Vec::new(),
    });
    let body = docs.into_iter().find(|d| d.doc == event()).map(|d| d.body);
    let Some(wedsync_protocol::Body::Snapshot { bytes }) = body else { panic!("no event") };
    bytes
}

/// The input's first byte says whether there is something already; updates follow, each after its length in two bytes.
pub fn run(data: &[u8]) {
    let Some((first, mut rest)) = data.split_first() else { return };
    let doc = if first % 2 == 0 { document::new_doc(1) } else { written() };
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (update, after) = after.split_at(usize::from(u16::from_be_bytes(*length)).min(after.len()));
        rest = after;
        if document::apply_update(&doc, update).is_err() {
            return guard::discard(doc);
        }
    }
    let view = document::read(&doc, &event());
    let copy = document::new_doc(2);
    if document::apply_update(&copy, &document::snapshot(&doc)).is_err() {
        // yrs takes some content that it cannot write again, such as structs of no length. No document of the hub has it
        // (notes are read strictly), and a device that stored it finds it unreadable and asks for it anew.
        return guard::discard(copy);
    }
    assert_eq!(document::read(&copy, &event()), view, "a copy shows the same");
    // The clocks may differ: yrs counts forged skips one way in the document and another in its copy.
}
