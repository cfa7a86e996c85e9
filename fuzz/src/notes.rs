//! Updates of notes: what editors make, mutated, and bytes of any kind. What the strict reader lets through yrs takes
//! whole and hands on; what the room refuses leaves the note equal to its twin's.

use crate::hub::{Hub, PEOPLE};
use arbitrary::{Result, Unstructured};
use serde_json::json;
use std::collections::BTreeMap;
use wedsync_domain::{document, note};
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Doc, ReadTxn, Text, TextRef, Transact, Update, XmlElementPrelim, XmlFragment, XmlFragmentRef,
    XmlTextPrelim,
};

const STEPS_MAX: usize = 24;
const SHIFTS: [&str; 4] = ["a1", "a2", "a3", "gone"];
const WORDS: [&str; 6] = ["a", "Bring the keys. ", "\n", "ü🍺", "\u{0}", "end"];
/// Every person has an editor for each root type that a note may have.
pub type Editors = BTreeMap<(usize, bool), Doc>;

const MARKS: [&str; 5] = ["bold", "italic", "link", "style", "x"];

pub fn run(data: &[u8]) {
    let mut hub = Hub::default();
    let mut editors = Editors::new();
    let mut u = Unstructured::new(data);
    for _ in 0..STEPS_MAX {
        if u.is_empty() || step(&mut hub, &mut editors, &mut u).is_err() {
            break;
        }
    }
    hub.check();
}

fn step(hub: &mut Hub, editors: &mut Editors, u: &mut Unstructured) -> Result<()> {
    let who = u.int_in_range(0..=PEOPLE.len() - 1)?;
    let mut update = if u.ratio(1, 4)? {
        let length = u.int_in_range(0..=120)?.min(u.len());
        u.bytes(length)?.to_vec()
    } else {
        let rich = u.arbitrary()?;
        let editor = editors.entry((who, rich)).or_insert_with(|| document::new_doc(100 + who as u64));
        edit(editor, rich, u)?
    };
    if u.ratio(1, 2)? {
        disturb(&mut update, u)?;
    }
    inspected(&update);
    if u.ratio(1, 16)? {
        hub.restart();
    }
    let command = json!({"type": "edit_note", "event": "e1", "assignment": u.choose(&SHIFTS)?, "update": note::encode(&update)});
    let m = hub.next(PEOPLE[who], command.to_string().into_bytes());
    hub.mutate(PEOPLE[who], &m);
    Ok(())
}

/// Some bytes become others, or more.
pub fn disturb(bytes: &mut Vec<u8>, u: &mut Unstructured) -> Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    for _ in 0..u.int_in_range(1..=3)? {
        let at = u.int_in_range(0..=bytes.len() - 1)?;
        match u.int_in_range(0..=2)? {
            0 => bytes[at] = u.arbitrary()?,
            1 => bytes.insert(at, u.arbitrary()?),
            _ => drop(bytes.splice(at..at + 1, [0xff, 0xff, 0xff, 0xff, 0x0f])),
        }
    }
    Ok(())
}

/// One edit as a stock editor makes it.
pub fn edit(editor: &Doc, rich: bool, u: &mut Unstructured) -> Result<Vec<u8>> {
    let words = *u.choose(&WORDS)?;
    let (at, length) = (u.arbitrary::<u32>()?, u.int_in_range(1..=3)?);
    let mark = yrs::types::Attrs::from([((*u.choose(&MARKS)?).into(), Any::Bool(u.arbitrary()?))]);
    let kind = u.int_in_range(0..=3)?;
    let flat: Option<TextRef> = (!rich).then(|| editor.get_or_insert_text(note::ROOT));
    let blocks: Option<XmlFragmentRef> = rich.then(|| editor.get_or_insert_xml_fragment(note::ROOT));
    let mut txn = editor.transact_mut();
    if let Some(blocks) = blocks {
        let count = blocks.len(&txn);
        if kind == 0 && count > 0 {
            blocks.remove_range(&mut txn, at % count, 1);
        } else {
            let name = *u.choose(&["paragraph", "heading", "script"])?;
            let block = blocks.insert(&mut txn, at % (count + 1), XmlElementPrelim::empty(name));
            block.insert(&mut txn, 0, XmlTextPrelim::new(words));
        }
    } else if let Some(text) = flat {
        let count = text.len(&txn);
        match kind {
            0 if count > 0 => text.remove_range(&mut txn, at % count, length.min(count - at % count)),
            1 if count > 0 => text.format(&mut txn, at % count, length.min(count - at % count), mark),
            // In front of all or behind: between the halves of a character yrs panics, and editors do not write there.
            _ => text.insert(&mut txn, if at % 2 == 0 { 0 } else { count }, words),
        }
    }
    Ok(txn.encode_update_v1())
}

/// What the strict reader understood, yrs reads the same way, and its document can be handed on.
fn inspected(update: &[u8]) {
    let Ok(inspection) = note::inspect(update) else { return };
    let decoded = Update::decode_v1(update).expect("what was inspected decodes");
    let (starts, ends) = (decoded.state_vector_lower(), decoded.state_vector());
    for (client, clocks) in &inspection.lineages {
        let client = yrs::ClientID::new(*client);
        assert_eq!(starts.get(&client), clocks.start, "a clock of {client:?} is read differently");
        // yrs says where an author ends only where it begins at the beginning.
        assert!(
            clocks.start > 0 || ends.get(&client) == clocks.end,
            "a clock of {client:?} is read differently"
        );
    }
    let doc = document::new_doc(1);
    if document::apply_update(&doc, update).is_ok() {
        let copy = document::new_doc(2);
        document::apply_update(&copy, &document::snapshot(&doc)).expect("what was taken can be handed on");
        assert_eq!(copy.transact().state_vector(), doc.transact().state_vector());
    }
}
