//! Editors that know nothing of refusals: a stock Yjs document goes on after one, and its next update holds everything
//! that it ever wrote. What was refused must not come in by that door.

use std::sync::Arc;

use tokio::sync::oneshot;
use wedsync_domain::note;
use wedsync_hub::organisation::Request;
use wedsync_hub::outgoing::{Next, Outgoing};
use wedsync_hub::room::Caller;
use wedsync_protocol::{Frame, Mutate, decode};
use yrs::{Doc, GetString, ReadTxn, StateVector, Text, TextRef, Transact};

use crate::editors::{document_of_editor, edit_note};
use crate::world::{World, id};

/// Its session is none of a browser's.
const SESSION: u64 = 1 << 40;
const NOTE: (&str, &str) = ("e1", "s3");

#[derive(Debug)]
pub struct StockEditor {
    doc: Doc,
    text: TextRef,
    refused: Vec<String>,
}

impl StockEditor {
    fn new(client: u64, refused: Vec<String>) -> StockEditor {
        let (doc, text) = document_of_editor(client);
        StockEditor { doc, text, refused }
    }
}

impl World {
    /// Somebody's stock editor writes a word, and sends all that it has.
    pub fn stock_editor_writes(&mut self) {
        let user = *self.dice.pick(&["carl", "hanna", "hugo"]);
        let (client, word) = (self.dice.word() >> 11, format!("x{:x} ", self.dice.word()));
        let (anew, uuid) = (self.dice.one_in(4), self.uuid());
        if !self.hub.is_up() {
            return;
        }
        let editor = self.stock.entry(user).or_insert_with(|| StockEditor::new(client, Vec::new()));
        if anew {
            *editor = StockEditor::new(client, std::mem::take(&mut editor.refused));
        }
        let update = {
            let mut txn = editor.doc.transact_mut();
            editor.text.insert(&mut txn, 0, &word);
            txn.encode_state_as_update_v1(&StateVector::default())
        };
        let (event, shift) = NOTE;
        let command = edit_note(event, shift, &update);
        let outgoing = Arc::new(Outgoing::default());
        let caller = Caller { user: id(user), device: None, client: id(&format!("stock-{user}")) };
        let (done, _) = oneshot::channel();
        let attach = Request::Attach { session: SESSION, caller, outgoing: outgoing.clone(), done };
        self.hub_takes(|hub| hub.take(attach));
        let Some(Frame::Welcome(welcome)) = answer(&outgoing) else { return };
        let mutate = Mutate { n: welcome.last_n + 1, uuid, at_ms: self.now, command: command.into_bytes() };
        self.oracle.sent(&mutate);
        self.hub_takes(|hub| {
            hub.take(Request::Mutate(SESSION, mutate));
            hub.commit();
        });
        loop {
            match answer(&outgoing) {
                Some(Frame::Nack(_)) => {
                    let editor = self.stock.get_mut(user).expect("it was made above");
                    editor.refused.push(word);
                    break;
                }
                Some(Frame::Permissions(_)) => {}
                _ => break,
            }
        }
        self.hub_takes(|hub| hub.take(Request::Detach(SESSION)));
    }

    /// 4, for notes: what was refused is nowhere, whatever its author's editor sent later.
    pub fn compare_stock_editors(&mut self) {
        let (event, shift) = NOTE;
        let doc = format!("notes/{event}/{shift}").parse().expect("a document");
        let Some(committed) = self.hub_document(&doc, 1) else { return };
        let stored = committed.get_or_insert_text(note::ROOT).get_string(&committed.transact());
        for (user, editor) in &self.stock {
            for word in editor.refused.iter().filter(|word| stored.contains(word.as_str())) {
                self.oracle.fail(format!("{word:?} of {user} was refused, and is in {doc}"));
            }
        }
    }
}

fn answer(outgoing: &Outgoing) -> Option<Frame> {
    match outgoing.try_next() {
        Some(Next::Send(bytes)) => decode(&bytes).ok(),
        _ => None,
    }
}
