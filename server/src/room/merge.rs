//! Bytes from outside, merged into the standing copy of a note by yrs. After an error the copy is spoilt.

use wedsync_domain::note::{self, Inspection, Outline};
use wedsync_domain::{Refusal, document, guard};
use yrs::types::text::YChange;
use yrs::updates::decoder::Decode;
use yrs::{Any, Doc, GetString, Out, ReadTxn, Text, Transact, TransactionMut, Update, XmlFragment, XmlOut};

/// Merges an inspected update. Answers what yrs made of it; `None` where it adds and deletes nothing.
pub(super) fn merge(
    doc: &Doc,
    outline: &mut Outline,
    update: &[u8],
    inspection: &Inspection,
) -> Result<Option<Vec<u8>>, Refusal> {
    let placement = outline.place(update)?;
    let certain = placement.certain;
    let bytes = guard::transact(doc, |txn| integrate(txn, update, inspection)).unwrap_or_else(|| {
        tracing::warn!("yrs panicked over an update of a note; its copy is read again");
        Err(note::invalid("it contradicts itself"))
    })?;
    outline.add(placement);
    if !certain && !reads_the_same(doc, outline.is_text()) {
        return Err(note::invalid("a part stands between two in the wrong order"));
    }
    Ok(bytes)
}

fn integrate(
    txn: &mut TransactionMut,
    update: &[u8],
    inspection: &Inspection,
) -> Result<Option<Vec<u8>>, Refusal> {
    let update = Update::decode_v1(update).map_err(|_| note::invalid("it cannot be read"))?;
    let mut expected = txn.before_state().clone();
    txn.apply_update(update).map_err(|_| note::invalid("it cannot be merged"))?;
    if txn.has_missing_updates() {
        return Err(note::builds_on_missing());
    }
    // The state moved as the update said, and nobody else's.
    for (lineage, clocks) in &inspection.lineages {
        expected.set_max(yrs::ClientID::new(*lineage), clocks.end);
    }
    if txn.state_vector() != expected {
        return Err(note::invalid("it contradicts itself"));
    }
    if !txn.has_changes() {
        return Ok(None);
    }
    let bytes = txn.encode_update_v1();
    note::inspect_merged(&bytes)?;
    Ok(Some(bytes))
}

/// Whether somebody who gets the whole note reads what stands here. What honest editors wrote merges into the same in
/// any order; what was forged may not.
fn reads_the_same(doc: &Doc, is_text: bool) -> bool {
    let other = document::new_doc(0);
    let same = guard::attempt(|| {
        document::apply_update(&other, &document::snapshot(doc)).is_ok()
            && content(doc, is_text) == content(&other, is_text)
    });
    guard::discard(other);
    same.unwrap_or(false)
}

/// The text of a note, and its elements, in order.
fn content(doc: &Doc, is_text: bool) -> String {
    if is_text {
        let root = doc.get_or_insert_text(note::ROOT);
        return root.get_string(&doc.transact());
    }
    let root = doc.get_or_insert_xml_fragment(note::ROOT);
    let txn = doc.transact();
    let mut out = String::new();
    for node in root.successors(&txn) {
        match node {
            XmlOut::Element(element) => out.push_str(&format!("<{}>", element.tag())),
            XmlOut::Text(text) => {
                let parts = text.diff(&txn, YChange::identity).into_iter().map(|part| part.insert);
                out.extend(parts.filter_map(|part| match part {
                    Out::Any(Any::String(text)) => Some(text.to_string()),
                    _ => None,
                }));
            }
            XmlOut::Fragment(_) => {}
        }
    }
    out
}
