//! Each operation against what the standard library makes of it, on random input.

use std::collections::{BTreeMap, BTreeSet};

use super::{OrdMap, OrdSet, sort_by, sort_by_cached_key, sort_by_key};

/// Xorshift (Marsaglia, 2003): the same numbers on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn same(ours: &OrdMap<u64, u64>, std: &BTreeMap<u64, u64>) {
    assert!(ours.iter().eq(std.iter()), "{ours:?} is not {std:?}");
    assert!(ours.iter().rev().eq(std.iter().rev()));
    assert!(ours.keys().eq(std.keys()) && ours.values().eq(std.values()));
    assert_eq!((ours.len(), ours.is_empty()), (std.len(), std.is_empty()));
    assert_eq!(
        (ours.first_key_value(), ours.last_key_value()),
        (std.first_key_value(), std.last_key_value())
    );
}

#[test]
fn a_map_does_what_a_btree_map_does() {
    for seed in 1..300 {
        let mut numbers = Numbers(seed);
        let (mut ours, mut std) = (OrdMap::new(), BTreeMap::new());
        for _ in 0..60 {
            let (key, value) = (numbers.below(20), numbers.below(1000));
            match numbers.below(9) {
                0 | 1 => assert_eq!(ours.insert(key, value), std.insert(key, value)),
                2 => assert_eq!(ours.remove(&key), std.remove(&key)),
                3 => assert_eq!(ours.entry(key).or_insert(value), std.entry(key).or_insert(value)),
                4 => assert_eq!(ours.get_mut(&key), std.get_mut(&key)),
                5 => {
                    let more: Vec<(u64, u64)> = (0..5).map(|i| (numbers.below(20), value + i)).collect();
                    ours.extend(more.clone());
                    std.extend(more);
                }
                6 => {
                    ours.retain(|k, v| !(*k + *v).is_multiple_of(3));
                    std.retain(|k, v| !(*k + *v).is_multiple_of(3));
                }
                7 => assert_eq!(ours.pop_first(), std.pop_first()),
                _ => {
                    let end = key + numbers.below(5);
                    assert!(ours.range(key..end).eq(std.range(key..end)));
                    assert!(ours.range(key..=end).eq(std.range(key..=end)));
                    assert!(ours.range(..key).eq(std.range(..key)) && ours.range(key..).eq(std.range(key..)));
                    use std::ops::Bound::{Excluded, Unbounded};
                    assert!(ours.range((Excluded(key), Unbounded)).eq(std.range((Excluded(key), Unbounded))));
                }
            }
            assert_eq!((ours.get(&key), ours.contains_key(&key)), (std.get(&key), std.contains_key(&key)));
            same(&ours, &std);
        }
    }
}

#[test]
fn of_entries_with_one_key_the_last_counts() {
    let entries = [(2, "a"), (1, "b"), (2, "c"), (1, "d"), (3, "e"), (2, "f")];
    let std: Vec<_> = BTreeMap::from(entries).into_iter().collect();
    assert_eq!(OrdMap::from(entries).into_iter().collect::<Vec<_>>(), std);
    assert_eq!(std, [(1, "d"), (2, "f"), (3, "e")]);
}

#[test]
fn a_set_does_what_a_btree_set_does() {
    for seed in 1..100 {
        let mut numbers = Numbers(seed);
        let (mut ours, mut std) = (OrdSet::new(), BTreeSet::new());
        for _ in 0..60 {
            let item = numbers.below(20);
            match numbers.below(4) {
                0 => assert_eq!(ours.remove(&item), std.remove(&item)),
                1 => {
                    let other = [item, numbers.below(20)];
                    let (a, b) = (OrdSet::from(other), BTreeSet::from(other));
                    assert!(ours.difference(&a).eq(std.difference(&b)));
                    assert_eq!(ours.is_disjoint(&a), std.is_disjoint(&b));
                }
                _ => assert_eq!(ours.insert(item), std.insert(item)),
            }
            assert_eq!(ours.contains(&item), std.contains(&item));
            assert!(ours.iter().eq(std.iter()) && ours.range(item..).eq(std.range(item..)));
            assert_eq!((ours.first(), ours.last()), (std.first(), std.last()));
        }
    }
}

#[test]
fn sorting_is_stable_and_sorts() {
    for seed in 1..300 {
        let mut numbers = Numbers(seed);
        let items: Vec<(u64, usize)> =
            (0..numbers.below(80) as usize).map(|i| (numbers.below(12), i)).collect();
        let (mut ours, mut std) = (items.clone(), items);
        sort_by_key(&mut ours, |(key, _)| *key);
        std.sort_by_key(|(key, _)| *key);
        assert_eq!(ours, std);
        sort_by(&mut ours, |a, b| (b.0 % 3).cmp(&(a.0 % 3)));
        std.sort_by_key(|(key, _)| std::cmp::Reverse(key % 3));
        assert_eq!(ours, std);
        sort_by_cached_key(&mut ours, |(key, _)| key.to_string());
        std.sort_by_cached_key(|(key, _)| key.to_string());
        assert_eq!(ours, std);
    }
}

#[test]
fn in_every_format_it_is_as_a_btree_map() {
    let entries = [("b".to_owned(), 2), ("a".to_owned(), 1)];
    let (ours, std) = (OrdMap::from(entries.clone()), BTreeMap::from(entries));
    let json = serde_json::to_string(&ours).unwrap();
    assert_eq!(json, serde_json::to_string(&std).unwrap());
    assert_eq!(serde_json::from_str::<OrdMap<String, i32>>(r#"{"b":2,"a":7,"a":1}"#).unwrap(), ours);
    let packed = postcard::to_stdvec(&std).unwrap();
    assert_eq!(postcard::to_stdvec(&ours).unwrap(), packed);
    assert_eq!(postcard::from_bytes::<OrdMap<String, i32>>(&packed).unwrap(), ours);
    // A length that is a lie is an error, not memory.
    assert!(postcard::from_bytes::<OrdMap<String, i32>>(&[0xff, 0xff, 0xff, 0xff, 0x0f]).is_err());
}
