//! One yrs document, driven by lines: the peer of Yjs in tests/e2e/interop.test.mjs. Each line is a JSON array, and is
//! answered with a line of JSON.
//!
//! `["insert", at, text, attributes]`, `["delete", at, length]` and `["format", at, length, attributes]` answer with
//! the update as base64, `["apply", update]` with null, `["diff", state vector]` with an update, and `["state"]` with
//! the text, its delta and the state vector.
#![allow(clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use std::io::{BufRead, Write};
use wedsync_domain::{document, note};
use yrs::types::Attrs;
use yrs::types::text::YChange;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Any, Doc, GetString, Out, ReadTxn, StateVector, Text, Transact};

fn main() {
    let client = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).expect("a Yjs client id");
    let doc = document::new_doc(client);
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let ask: Vec<Json> = serde_json::from_str(&line.unwrap()).unwrap();
        writeln!(out, "{}", answer(&doc, &ask)).unwrap();
        out.flush().unwrap();
    }
}

fn answer(doc: &Doc, ask: &[Json]) -> Json {
    let number = |i: usize| ask[i].as_u64().unwrap() as u32;
    let bytes = |i: usize| STANDARD.decode(ask[i].as_str().unwrap()).unwrap();
    let text = doc.get_or_insert_text(note::ROOT);
    match ask[0].as_str().unwrap() {
        "apply" => {
            document::apply_update(doc, &bytes(1)).unwrap();
            return Json::Null;
        }
        "diff" => {
            let state = StateVector::decode_v1(&bytes(1)).unwrap();
            return STANDARD.encode(doc.transact().encode_state_as_update_v1(&state)).into();
        }
        "state" => {
            let txn = doc.transact();
            let state = STANDARD.encode(txn.state_vector().encode_v1());
            return json!({ "text": text.get_string(&txn), "delta": delta(&text, &txn), "state": state });
        }
        _ => {}
    }
    let mut txn = doc.transact_mut();
    match ask[0].as_str().unwrap() {
        "insert" => {
            text.insert_with_attributes(&mut txn, number(1), ask[2].as_str().unwrap(), attrs(&ask[3]))
        }
        "delete" => text.remove_range(&mut txn, number(1), number(2)),
        "format" => text.format(&mut txn, number(1), number(2), attrs(&ask[3])),
        other => panic!("{other}"),
    }
    STANDARD.encode(txn.encode_update_v1()).into()
}

fn any(value: &Json) -> Any {
    Any::from_json(&value.to_string()).unwrap()
}

fn attrs(value: &Json) -> Attrs {
    value.as_object().unwrap().iter().map(|(name, value)| (name.as_str().into(), any(value))).collect()
}

fn json_of(any: &Any) -> Json {
    let mut text = String::new();
    any.to_json(&mut text);
    serde_json::from_str(&text).unwrap()
}

/// As `Y.Text.toDelta()` has it.
fn delta(text: &yrs::TextRef, txn: &impl ReadTxn) -> Vec<Json> {
    let part = |part: yrs::types::text::Diff<YChange>| {
        let insert = match &part.insert {
            Out::Any(any) => json_of(any),
            other => panic!("{other:?}"),
        };
        let attributes: serde_json::Map<String, Json> =
            part.attributes.iter().flat_map(|a| a.iter()).map(|(k, v)| (k.to_string(), json_of(v))).collect();
        if attributes.is_empty() {
            json!({ "insert": insert })
        } else {
            json!({ "insert": insert, "attributes": attributes })
        }
    };
    text.diff(txn, YChange::identity).into_iter().map(part).collect()
}
