//! What a replica lacks, taken at one point of the commit order.

use super::{DocMove, How, Move, Room};
use crate::store::{DocHead, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Actor, DocId, guard};
use wedsync_protocol::{Body, DocUpdate, Frame, Head, Update};

/// A frame of updates is closed when it holds this much.
const FRAME_FILL: usize = 512 * 1024;
/// What a document's update has besides its bytes, about.
const HEADER: usize = 100;

#[derive(Default)]
struct Cut {
    docs: Vec<DocUpdate>,
    uuids: BTreeSet<Uuid>,
}

impl<S: Store> Room<S> {
    /// Everything after these heads that the person may read. Commit first: it sees only what is durable.
    pub fn catch_up(&mut self, actor: &Actor, heads: &[Head]) -> Result<Vec<Frame>, StoreError> {
        debug_assert!(self.batch.is_empty(), "what is not durable must not be sent");
        let known: BTreeMap<&DocId, &Head> = heads.iter().map(|h| (&h.doc, h)).collect();
        let mut cut = Cut::default();
        let readable: Vec<(DocId, DocHead)> = self
            .documents
            .heads()
            .filter(|(doc, head)| !head.deleted && actor.may_read(doc))
            .map(|(doc, head)| (doc.clone(), head.clone()))
            .collect();
        for (doc, head) in &readable {
            self.bring(&mut cut, doc, head, known.get(doc).copied())?;
        }
        let readable: BTreeSet<&DocId> = readable.iter().map(|(doc, _)| doc).collect();
        // The same answer for what is hidden, deleted, or never was: nobody learns which.
        cut.docs.extend(known.keys().filter(|doc| !readable.contains(*doc)).map(|doc| gone(doc)));
        Ok(frames(cut))
    }

    /// What the person lacks of these documents only; the others are up to date.
    pub fn catch_up_some(&mut self, actor: &Actor, heads: &[Head]) -> Result<Vec<Frame>, StoreError> {
        let mut cut = Cut::default();
        for known in heads {
            match self.documents.head(&known.doc).cloned() {
                Some(head) if !head.deleted && actor.may_read(&known.doc) => {
                    self.bring(&mut cut, &known.doc, &head, Some(known))?;
                }
                _ => cut.docs.push(gone(&known.doc)),
            }
        }
        Ok(frames(cut))
    }

    /// What changes for a person whose role changed: documents they may read now, and those they may not any more.
    pub fn permission_change(&mut self, before: &Actor, after: &Actor) -> Result<Vec<Frame>, StoreError> {
        let mut cut = Cut::default();
        let heads: Vec<(DocId, DocHead)> =
            self.documents.heads().map(|(doc, head)| (doc.clone(), head.clone())).collect();
        for (doc, head) in heads {
            match (before.may_read(&doc), after.may_read(&doc)) {
                _ if head.deleted => {}
                (false, true) => self.bring(&mut cut, &doc, &head, None)?,
                (true, false) => cut.docs.push(gone(&doc)),
                _ => {}
            }
        }
        Ok(if cut.docs.is_empty() { Vec::new() } else { frames(cut) })
    }

    fn bring(
        &mut self,
        cut: &mut Cut,
        doc: &DocId,
        head: &DocHead,
        known: Option<&Head>,
    ) -> Result<(), StoreError> {
        let known = known.filter(|k| k.epoch == head.epoch && k.seq <= head.seq && k.seq >= head.log_base);
        if known.is_some_and(|k| k.seq == head.seq) {
            return Ok(());
        }
        let base = known.map(|k| k.seq).filter(|seq| *seq > 0);
        let log = self.store.log(doc, base.unwrap_or(head.log_base))?;
        cut.uuids.extend(log.iter().map(|row| row.uuid));
        let delta = base.and_then(|base| {
            let whole = log.len() as u64 == head.seq - base;
            let bytes = || as_one(log.iter().map(|row| row.bytes.as_slice()));
            whole.then(bytes).flatten().map(|bytes| Body::Delta { base, bytes })
        });
        let body = match delta {
            Some(delta) => delta,
            None => Body::Snapshot { bytes: self.documents.snapshot(&mut self.store, doc)? },
        };
        cut.docs.push(DocUpdate { doc: doc.clone(), epoch: head.epoch, seq: head.seq, body });
        Ok(())
    }
}

fn gone(doc: &DocId) -> DocUpdate {
    DocUpdate { doc: doc.clone(), epoch: 0, seq: 0, body: Body::Gone }
}

fn length(body: &Body) -> usize {
    match body {
        Body::Delta { bytes, .. } | Body::Snapshot { bytes } => bytes.len() + HEADER,
        Body::Gone => HEADER,
    }
}

/// One cut in frames of a handy size: always at least one, and the last says that it is the last.
fn frames(cut: Cut) -> Vec<Frame> {
    let mut out: Vec<Update> = vec![Update { docs: Vec::new(), uuids: Vec::new(), more: true }];
    let mut filled = 0;
    for doc in cut.docs {
        let size = length(&doc.body);
        if filled > 0 && filled + size > FRAME_FILL {
            out.push(Update { docs: Vec::new(), uuids: Vec::new(), more: true });
            filled = 0;
        }
        filled += size;
        if let Some(last) = out.last_mut() {
            last.docs.push(doc);
        }
    }
    if let Some(last) = out.last_mut() {
        // The parts are applied as one, so the last may speak for all.
        last.uuids = cut.uuids.into_iter().collect();
        last.more = false;
    }
    out.into_iter().map(Frame::Update).collect()
}

impl Move {
    /// The part of these that a person may read, as one update: of each document in order, its deltas as one. `None`
    /// where that is nothing.
    pub fn frame(moves: &[Move], may_read: impl Fn(&DocId) -> bool) -> Option<Frame> {
        let mut moved: BTreeMap<&DocId, Vec<&DocMove>> = BTreeMap::new();
        let mut uuids = Vec::new();
        for Move { uuid, docs } in moves {
            let readable: Vec<&DocMove> = docs.iter().filter(|d| may_read(&d.doc)).collect();
            if !readable.is_empty() {
                uuids.push(*uuid);
            }
            for doc in readable {
                moved.entry(&doc.doc).or_default().push(doc);
            }
        }
        let docs: Vec<DocUpdate> = moved.values().flat_map(|moves| merged(moves)).collect();
        (!docs.is_empty()).then_some(Frame::Update(Update { docs, uuids, more: false }))
    }

    /// Bytes that it is on the wire, about.
    fn length(&self) -> usize {
        let bytes = |doc: &DocMove| match &doc.how {
            How::Delta(bytes) | How::Whole(bytes) => bytes.len(),
            How::Deleted => 0,
        };
        self.docs.iter().map(|doc| bytes(doc) + HEADER).sum()
    }

    /// Those of one commit in parts that are a frame of a handy size each.
    pub fn in_frames(moves: &[Move]) -> Vec<&[Move]> {
        let mut parts = Vec::new();
        let (mut from, mut filled) = (0, 0);
        for (at, moved) in moves.iter().enumerate() {
            if at > from && filled + moved.length() > FRAME_FILL {
                parts.push(&moves[from..at]);
                (from, filled) = (at, 0);
            }
            filled += moved.length();
        }
        parts.extend(moves.get(from..).filter(|rest| !rest.is_empty()));
        parts
    }
}

/// One document's moves in order, each run of deltas as one: a device has one to merge and to write.
fn merged(moves: &[&DocMove]) -> Vec<DocUpdate> {
    let runs = moves.chunk_by(|a, b| matches!((&a.how, &b.how), (How::Delta(_), How::Delta(_))));
    let merge = |run: &[&DocMove]| {
        let (first, last) = (run.first()?, run.last()?);
        let bytes = as_one(run.iter().filter_map(|moved| match &moved.how {
            How::Delta(bytes) => Some(&**bytes),
            How::Whole(_) | How::Deleted => None,
        }))?;
        let body = Body::Delta { base: first.seq - 1, bytes };
        Some(DocUpdate { doc: last.doc.clone(), epoch: last.epoch, seq: last.seq, body })
    };
    let each = |run: &[&DocMove]| run.iter().map(|moved| moved.update()).collect();
    runs.flat_map(|run| merge(run).map_or_else(|| each(run), |one| vec![one])).collect()
}

/// Deltas that follow one another as one; `None` where there is none, or yrs cannot merge them: it can panic on what editors
/// wrote in a note.
fn as_one<'a>(deltas: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    match deltas.collect::<Vec<_>>().as_slice() {
        [] => None,
        [one] => Some(one.to_vec()),
        all => guard::attempt(|| yrs::merge_updates_v1(all)).and_then(Result::ok),
    }
}

impl DocMove {
    fn update(&self) -> DocUpdate {
        let body = match &self.how {
            How::Deleted => return gone(&self.doc),
            How::Delta(bytes) => Body::Delta { base: self.seq - 1, bytes: bytes.to_vec() },
            How::Whole(bytes) => Body::Snapshot { bytes: bytes.to_vec() },
        };
        DocUpdate { doc: self.doc.clone(), epoch: self.epoch, seq: self.seq, body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many documents of these sizes each frame holds.
    fn packed(sizes: &[usize]) -> Vec<usize> {
        let doc = |size: &usize| {
            let body = Body::Snapshot { bytes: vec![0; *size - 100] };
            DocUpdate { doc: DocId::Roster, epoch: 1, seq: 1, body }
        };
        let uuids = [Uuid([1; 16])].into();
        let frames = frames(Cut { docs: sizes.iter().map(doc).collect(), uuids });
        let updates: Vec<&Update> =
            frames.iter().map(|f| if let Frame::Update(u) = f { u } else { panic!("{f:?}") }).collect();
        let last = updates.len() - 1;
        for (at, update) in updates.iter().enumerate() {
            assert_eq!((update.more, update.uuids.len()), (at < last, usize::from(at == last)));
        }
        updates.iter().map(|update| update.docs.len()).collect()
    }

    #[test]
    fn a_frame_holds_half_a_megabyte_or_one_document() {
        const FULL: usize = 524_288;
        assert_eq!(packed(&[]), [0]);
        assert_eq!(packed(&[FULL + 1]), [1]);
        assert_eq!(packed(&[200, FULL - 200]), [2]);
        assert_eq!(packed(&[201, FULL - 200]), [1, 1]);
        assert_eq!(packed(&[FULL, 200, FULL - 200, 100]), [1, 2, 1]);
        let (gone, delta) = (Body::Gone, Body::Delta { base: 1, bytes: vec![0; 7] });
        assert_eq!((length(&gone), length(&delta)), (100, 107));
    }

    #[test]
    fn a_commit_is_told_in_frames_of_half_a_megabyte_or_one_edit() {
        const FULL: usize = 524_288;
        let frames = |sizes: &[usize]| -> Vec<usize> {
            let moved = |size: &usize| {
                let how = How::Delta(vec![0; *size - 100].into());
                let docs = vec![DocMove { doc: DocId::Roster, epoch: 1, seq: 1, how }];
                Move { uuid: Uuid([1; 16]), docs }
            };
            let moves: Vec<Move> = sizes.iter().map(moved).collect();
            Move::in_frames(&moves).iter().map(|part| part.len()).collect()
        };
        assert_eq!(frames(&[]), [0; 0]);
        assert_eq!(frames(&[FULL + 1]), [1]);
        assert_eq!(frames(&[200, FULL - 200]), [2]);
        assert_eq!(frames(&[201, FULL - 200]), [1, 1]);
        assert_eq!(frames(&[FULL, 200, FULL - 200, 100]), [1, 2, 1]);
        let gone = DocMove { doc: DocId::Roster, epoch: 0, seq: 0, how: How::Deleted };
        assert_eq!(Move { uuid: Uuid([1; 16]), docs: vec![gone.clone(), gone] }.length(), 200);
    }
}
