//! What of an update a note does not have yet. A stock Yjs client hands over all that it knows, other people's
//! writing included: that is no edit of theirs.

use super::reader::Writer;
use super::{Deleted, Inspector, Refusal, Source, invalid};
use std::collections::BTreeMap;

/// The part of an update that a note of this state vector lacks, with what it deletes that is not deleted; `None`
/// where there is nothing. Judge what comes out as an edit: it is read here only as far as it must be to be cut.
pub fn lacking(
    update: &[u8],
    state: &BTreeMap<u64, u32>,
    deleted: &Deleted,
) -> Result<Option<Vec<u8>>, Refusal> {
    let mut inspector = Inspector::new(update, Source::Replica);
    let (mut clients, mut out) = (0, Writer::default());
    for _ in 0..inspector.reader.count()? {
        let structs = inspector.reader.count()?;
        let client = inspector.reader.uint()?;
        let mut clock = inspector.reader.clock()?;
        let have = state.get(&client).copied().unwrap_or(0);
        // Clocks rise, so all that is kept stands at the end.
        let (mut kept, mut first, mut tail) = (0, clock, inspector.reader.rest());
        for _ in 0..structs {
            let before = inspector.reader.rest();
            let length = inspector.item(client, clock)?;
            let end = clock.checked_add(length).ok_or_else(|| invalid("a clock is out of range"))?;
            if end > have {
                if kept == 0 {
                    (first, tail) = (clock, before);
                }
                kept += 1;
            }
            clock = end;
        }
        if kept > 0 {
            clients += 1;
            out.uint(kept);
            out.uint(client);
            out.uint(first.into());
            out.raw(&tail[..tail.len() - inspector.reader.rest().len()]);
        }
    }
    let deletes = undone(inspector.deletes()?, deleted);
    if !inspector.reader.is_empty() {
        return Err(invalid("something follows its end"));
    }
    if clients == 0 && deletes.is_empty() {
        return Ok(None);
    }
    let mut whole = Writer::default();
    whole.uint(clients);
    whole.raw(&out.done());
    whole.uint(deletes.len() as u64);
    for (client, ranges) in deletes {
        whole.uint(client);
        whole.uint(ranges.len() as u64);
        for range in ranges {
            whole.uint(range.start.into());
            whole.uint((range.end - range.start).into());
        }
    }
    Ok(Some(whole.done()))
}

/// What is to be deleted and is not. `deleted` is in order and does not overlap.
fn undone(mut wanted: Deleted, deleted: &Deleted) -> Deleted {
    for (client, ranges) in &mut wanted {
        let there = deleted.get(client).map(Vec::as_slice).unwrap_or_default();
        let cut = |range: std::ops::Range<u32>| {
            let (mut rest, mut at) = (Vec::new(), range.start);
            let first = there.partition_point(|gone| gone.end <= range.start);
            for gone in there[first..].iter().take_while(|gone| gone.start < range.end) {
                if at < gone.start {
                    rest.push(at..gone.start);
                }
                at = at.max(gone.end);
            }
            if at < range.end {
                rest.push(at..range.end);
            }
            rest
        };
        *ranges = std::mem::take(ranges).into_iter().flat_map(cut).collect();
    }
    wanted.retain(|_, ranges| !ranges.is_empty());
    wanted
}
