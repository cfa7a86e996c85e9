//! What of an update a note does not have yet. A stock Yjs client hands over all that it knows, other people's
//! writing included: that is no edit of theirs.

use super::reader::Writer;
use super::{Deleted, Inspector, Refusal, Source, invalid};
use crate::ordered::OrdMap;

/// The part of an update that a note of this state vector lacks, with what it deletes that is not deleted; `None`
/// where there is nothing. Judge what comes out as an edit: it is read here only as far as it must be to be cut.
pub fn lacking(
    update: &[u8],
    state: &OrdMap<u64, u32>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{builds_on_missing, inspect};

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[i * 2..i * 2 + 2], 16).unwrap()).collect()
    }

    fn of_7(clock: u32) -> OrdMap<u64, u32> {
        [(7, clock)].into()
    }

    /// Two paragraphs, one of them with text, as Yjs wrote them under the client id 7; then the deletion of that one.
    const BOTH: &str = "010407000701046e6f74650309706172616772617068870700030970617261677261706807000700060400070204676f6e6500";
    const DELETION: &str = "0001070200010205";
    /// The same after garbage collection, with a heading that came later.
    const COLLECTED: &str =
        "010407000101046e6f74650187070003097061726167726170680005470700030768656164696e6701070200010205";

    #[test]
    fn a_note_lacks_all_of_what_it_never_saw_and_nothing_of_what_it_has() {
        let (both, none) = (hex(BOTH), Deleted::new());
        assert_eq!(lacking(&both, &OrdMap::new(), &none).unwrap(), Some(both.clone()));
        assert_eq!(lacking(&both, &of_7(7), &none).unwrap(), None);
        // A struct of which the note has the beginning is kept whole.
        let rest = lacking(&both, &of_7(5), &none).unwrap().unwrap();
        assert_eq!(rest, hex("010107030400070204676f6e6500"));
        assert_eq!(inspect(&rest).unwrap().lineages, [(7, 3..7)].into());
        assert_eq!(lacking(&hex("0000"), &OrdMap::new(), &none).unwrap(), None);
    }

    #[test]
    fn what_is_deleted_already_is_no_deletion() {
        let deletion = hex(DELETION);
        assert_eq!(lacking(&deletion, &of_7(7), &Deleted::new()).unwrap(), Some(deletion.clone()));
        let all: Deleted = [(7, vec![0..1, 2..7])].into();
        assert_eq!(lacking(&deletion, &of_7(7), &all).unwrap(), None);
        let some: Deleted = [(7, vec![0..1, 3..5])].into();
        assert_eq!(lacking(&deletion, &of_7(7), &some).unwrap(), Some(hex("0001070202010502")));
    }

    #[test]
    fn the_garbage_of_a_replica_is_passed_over_where_the_note_has_what_it_was() {
        let collected = hex(COLLECTED);
        assert!(inspect(&collected).unwrap_err().message.contains("garbage collection"));
        let deleted: Deleted = [(7, vec![0..1, 2..7])].into();
        let heading = lacking(&collected, &of_7(7), &deleted).unwrap().unwrap();
        assert_eq!(heading, hex("01010707470700030768656164696e6700"));
        // Where the note lacks it, it is refused.
        let garbage = lacking(&collected, &of_7(6), &deleted).unwrap().unwrap();
        assert!(inspect(&garbage).unwrap_err().message.contains("garbage collection"));
        // A hole (10) in what is known, before what is new.
        let hole = hex("010207000a07470700030768656164696e6700");
        assert_eq!(lacking(&hole, &of_7(7), &deleted).unwrap(), Some(heading));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let both = hex(BOTH);
        for end in 0..both.len() {
            assert!(lacking(&both[..end], &of_7(7), &Deleted::new()).is_err(), "{end}");
        }
        assert!(lacking(&[both, vec![0]].concat(), &of_7(7), &Deleted::new()).is_err());
        // A sub-document (9), even where the note has that clock.
        let sub = hex("010107000901046e6f7465017800");
        assert_ne!(lacking(&sub, &of_7(7), &Deleted::new()).unwrap_err(), builds_on_missing());
    }

    #[test]
    fn whatever_is_cut_out_of_whatever_bytes_is_lacking_still() {
        let mut state = 7u64;
        let mut below = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % n
        };
        let deleted: Deleted = [(7, vec![0..1, 2..4])].into();
        let bases = [hex(BOTH), hex(COLLECTED), hex(DELETION)];
        let (mut some, mut none, mut refused) = (0, 0, 0);
        for _ in 0..50_000 {
            let mut bytes = bases[below(3)].clone();
            for _ in 0..=below(2) {
                let at = below(bytes.len());
                match below(3) {
                    0 => bytes[at] = below(256) as u8,
                    1 => bytes[at] = bytes[at].wrapping_add(1),
                    _ => drop(bytes.remove(at)),
                }
            }
            let have = of_7(below(9) as u32);
            match lacking(&bytes, &have, &deleted) {
                Ok(Some(part)) => {
                    assert_eq!(lacking(&part, &have, &deleted), Ok(Some(part.clone())), "{bytes:?} {have:?}");
                    some += 1;
                }
                Ok(None) => none += 1,
                Err(_) => refused += 1,
            }
        }
        assert!(some > 5_000 && none > 100 && refused > 5_000, "{some} {none} {refused}");
    }
}
