//! Notes: raw Yjs updates, judged by whose lineages they continue, and merged into a standing copy.
//!
//! A lineage is the run of structs under one Yjs client id. It belongs to the person who used it first in that note;
//! after a refusal it is closed, because whatever comes later in it builds on what was refused.

use super::{Applied, Room};
use crate::store::{Batch, Lineage, Store, StoreError};
use std::collections::BTreeMap;
use wedsync_domain::note::{self, Inspection};
use wedsync_domain::ordered::OrdMap;
use wedsync_domain::{Actor, DocId, Id, Refusal, RefusalCode};
use wedsync_protocol::bugs::{Bug, bug};

/// Most lineages that one update may begin. A session begins one.
const NEW_LINEAGES_MAX: usize = 64;

/// Binds lineages to a person. Those of others stay as they are.
fn bind(
    mut known: BTreeMap<u64, Lineage>,
    batch: &mut Batch,
    doc: &DocId,
    user: &Id,
    lineages: impl Iterator<Item = u64>,
    closed: bool,
) {
    for lineage in lineages {
        let row = known.entry(lineage).or_insert_with(|| Lineage { user: user.clone(), closed: false });
        if row.user == *user {
            row.closed |= closed;
            batch.lineages.insert((doc.clone(), lineage), row.clone());
        }
    }
}

impl<S: Store> Room<S> {
    /// Merges one update that `decide` let pass. `Err` leaves the note as it was.
    pub(super) fn write_note(
        &mut self,
        actor: &Actor,
        doc: &DocId,
        update: &str,
    ) -> Result<Result<Applied, Refusal>, StoreError> {
        let read = note::decode(update).and_then(|bytes| Ok((note::inspect(&bytes)?, bytes)));
        let (inspection, bytes) = match read {
            Ok(read) => read,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let known = self.lineages(doc, &inspection)?;
        let state = self.documents.state(doc);
        let new = match fresh(&inspection, &state, &known, &actor.user, self.documents.yjs_client()) {
            Ok(new) if new.iter().any(|lineage| self.is_seen_with_other(doc, *lineage, &actor.user)) => {
                return Ok(Err(somebody_elses()));
            }
            Ok(new) => new,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Err(refusal) = self.documents.check_note_size(doc, bytes.len(), !new.is_empty()) {
            return Ok(Err(refusal));
        }
        let written = match self.documents.merge(doc, &bytes, &inspection) {
            Ok(written) => written,
            Err(refusal) => {
                self.documents.close(doc);
                return Ok(Err(refusal));
            }
        };
        bind(known, &mut self.batch, doc, &actor.user, new.into_iter(), false);
        Ok(Ok(Applied { written: written.into_iter().collect(), ..Applied::default() }))
    }

    /// Whether somebody else was seen in the note with this Yjs client id before anybody wrote under it.
    fn is_seen_with_other(&self, doc: &DocId, lineage: u64, user: &Id) -> bool {
        self.seen.get(doc).and_then(|seen| seen.user(lineage)).is_some_and(|owner| owner != user)
    }

    /// After a refusal: all lineages in the update that are the sender's, or nobody's yet, take no more. Not of notes that
    /// cannot be: nothing ever removes those rows.
    pub(super) fn close_lineages(
        &mut self,
        actor: &Actor,
        doc: &DocId,
        update: &str,
    ) -> Result<(), StoreError> {
        let Ok(inspection) = note::decode(update).and_then(|bytes| note::inspect(&bytes)) else {
            return Ok(());
        };
        if bug(Bug::LineageLeftOpen) {
            return Ok(());
        }
        let known = self.lineages(doc, &inspection)?;
        let hub = self.documents.yjs_client();
        // No update with more of them stands, so there is none to build on; and a refusal must not cost much to keep.
        let lineages =
            inspection.lineages.into_keys().filter(|lineage| *lineage != hub).take(NEW_LINEAGES_MAX);
        let lineages: Vec<u64> =
            lineages.filter(|lineage| !self.is_seen_with_other(doc, *lineage, &actor.user)).collect();
        bind(known, &mut self.batch, doc, &actor.user, lineages.into_iter(), true);
        Ok(())
    }

    /// The lineages of an update that are somebody's. Looked up each time: whoever writes can make up ids, and memory
    /// must not grow with them.
    fn lineages(
        &mut self,
        doc: &DocId,
        inspection: &Inspection,
    ) -> Result<BTreeMap<u64, Lineage>, StoreError> {
        let mut known = BTreeMap::new();
        for lineage in inspection.lineages.keys() {
            let row = match self.batch.lineages.get(&(doc.clone(), *lineage)) {
                Some(row) => Some(row.clone()),
                None => self.store.lineage(doc, *lineage)?,
            };
            known.extend(row.map(|row| (*lineage, row)));
        }
        Ok(known)
    }
}

/// The lineages in which the update has structs that the note does not have, if all of them may be continued.
fn fresh(
    inspection: &Inspection,
    state: &OrdMap<u64, u32>,
    known: &BTreeMap<u64, Lineage>,
    user: &Id,
    hub: u64,
) -> Result<Vec<u64>, Refusal> {
    let mut new = Vec::new();
    let mut begun = 0;
    for (lineage, clocks) in &inspection.lineages {
        let have = state.get(lineage).copied().unwrap_or(0);
        if clocks.end <= have {
            continue;
        }
        match known.get(lineage) {
            Some(row) if row.user != *user => return Err(somebody_elses()),
            None if *lineage == hub || have > 0 => return Err(somebody_elses()),
            Some(row) if row.closed => return Err(note::builds_on_missing()),
            Some(_) => {}
            None => begun += 1,
        }
        if clocks.start > have {
            return Err(note::builds_on_missing());
        }
        new.push(*lineage);
    }
    if begun > NEW_LINEAGES_MAX {
        let message = "The edit of the note comes from too many editors at once.";
        return Err(Refusal::new(RefusalCode::TooLarge, message));
    }
    Ok(new)
}

fn somebody_elses() -> Refusal {
    Refusal::new(RefusalCode::Forbidden, "The edit of the note speaks for somebody else's editor.")
}
