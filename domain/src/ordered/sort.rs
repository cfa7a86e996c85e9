//! Stable sorting with one copy of the algorithm, however many types are sorted.

use std::cmp::Ordering;

pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

pub fn sort_by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Asks for each key once.
pub fn sort_by_cached_key<T, K: Ord>(items: &mut [T], key: impl FnMut(&T) -> K) {
    let keys: Vec<K> = items.iter().map(key).collect();
    arrange(items, &places(keys.len(), &mut |a, b| keys[a].cmp(&keys[b])));
}

pub fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    if items.is_sorted_by(|a, b| compare(a, b).is_le()) {
        return;
    }
    let order = places(items.len(), &mut |a, b| compare(&items[a], &items[b]));
    arrange(items, &order);
}

fn arrange<T>(items: &mut [T], order: &[usize]) {
    for place in 0..order.len() {
        // What was there has moved to where that came from, and on.
        let mut from = order[place];
        while from < place {
            from = order[from];
        }
        items.swap(place, from);
    }
}

/// Which item belongs in each place.
#[inline(never)]
fn places(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}
