//! Notes for stock Yjs clients: what they lack, and what they write, judged as `edit_note`.

use super::{Caller, Room, RoomError};
use crate::store::{Store, StoreError};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use wedsync_domain::ids::Uuid;
use wedsync_domain::note::lacking;
use wedsync_domain::ordered::OrdMap;
use wedsync_domain::{Command, DocId, Id, note};
use wedsync_protocol::Mutate;

/// Most Yjs client ids of one note that are kept for who was seen with them first.
const KEPT_MAX: usize = 1024;

/// Yjs client ids that were seen in a note and have written nothing there yet, and whose they are. Everybody who is in
/// the note knows them: nobody may write under somebody else's before them.
#[derive(Debug, Default)]
pub(super) struct Seen {
    users: BTreeMap<u64, Id>,
    order: VecDeque<u64>,
}

impl Seen {
    pub fn user(&self, yjs_client: u64) -> Option<&Id> {
        self.users.get(&yjs_client)
    }

    fn keep(&mut self, yjs_client: u64, user: &Id) -> bool {
        if let Some(owner) = self.users.get(&yjs_client) {
            return owner == user;
        }
        if self.order.len() >= KEPT_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.users.remove(&oldest);
        }
        self.users.insert(yjs_client, user.clone());
        self.order.push_back(yjs_client);
        true
    }
}

impl<S: Store> Room<S> {
    /// Whether the person may read this note, and there is such a shift.
    pub fn may_join(&mut self, caller: &Caller, event: &Id, assignment: &Id) -> Result<bool, RoomError> {
        let actor = self.welcome(caller)?;
        let whole = DocId::Event(event.clone());
        self.documents.open(&mut self.store, &self.batch, &whole)?;
        let doc = DocId::Notes { event: event.clone(), assignment: assignment.clone() };
        Ok(actor.may_read(&doc) && self.documents.may_have_note(event, assignment))
    }

    /// The state vector of a note. Commit first: it is told.
    pub fn note_state(&mut self, doc: &DocId) -> Result<OrdMap<u64, u32>, StoreError> {
        debug_assert!(self.batch.is_empty(), "what is not durable must not be sent");
        self.documents.open(&mut self.store, &self.batch, doc)?;
        Ok(self.documents.state(doc))
    }

    /// What somebody with this state vector lacks of a note. Commit first.
    pub fn note_since(&mut self, doc: &DocId, state: &OrdMap<u64, u32>) -> Result<Vec<u8>, StoreError> {
        debug_assert!(self.batch.is_empty(), "what is not durable must not be sent");
        self.documents.open(&mut self.store, &self.batch, doc)?;
        Ok(self.documents.since(doc, state))
    }

    /// Judges what a stock client wrote, under the next number of its connection. `false` where the note has all of it
    /// already; else its answer comes out of the next [`Room::commit`] under `token`.
    pub fn judge_update(
        &mut self,
        token: u64,
        caller: &Caller,
        now_ms: u64,
        (event, assignment): (&Id, &Id),
        update: &[u8],
    ) -> Result<bool, RoomError> {
        let actor = self.welcome(caller)?;
        let doc = DocId::Notes { event: event.clone(), assignment: assignment.clone() };
        self.documents.open(&mut self.store, &self.batch, &doc)?;
        let written = match lacking(update, &self.documents.state(&doc), &self.documents.deleted(&doc)) {
            Ok(None) => return Ok(false),
            Ok(Some(written)) => written,
            // The judging reads it more strictly, refuses it, and records that.
            Err(_) => update.to_vec(),
        };
        let (_, last_n) = self.attach(caller, now_ms)?;
        let n = last_n + 1;
        let command = Command::EditNote {
            event: event.clone(),
            assignment: assignment.clone(),
            update: note::encode(&written),
        };
        let m = Mutate { n, uuid: uuid(&caller.client, n), at_ms: now_ms, command: written };
        let outcome = self.settle(&actor, &m, &command)?;
        self.tell(token, caller, now_ms, &m, "edit_note".to_owned(), outcome);
        Ok(true)
    }

    /// Whether a person may be known by this Yjs client id in a note. At first sight it becomes theirs.
    pub fn keep_yjs_client(&mut self, doc: &DocId, yjs_client: u64, user: &Id) -> Result<bool, StoreError> {
        let row = match self.batch.lineages.get(&(doc.clone(), yjs_client)) {
            Some(row) => Some(row.clone()),
            None => self.store.lineage(doc, yjs_client)?,
        };
        Ok(match row {
            Some(row) => row.user == *user,
            None => self.seen.entry(doc.clone()).or_default().keep(yjs_client, user),
        })
    }
}

/// The identity of a connection's nth edit.
fn uuid(client: &Id, n: u64) -> Uuid {
    let digest = Sha256::digest(format!("yjs/{client}/{n}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid(bytes)
}
