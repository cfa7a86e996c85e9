//! Ordered maps and sets on sorted vectors, and sorting, for code that a phone downloads: each use of
//! `std::collections::BTreeMap` with types of its own is about 12 kB of WebAssembly, each `slice::sort` 6 kB; these are
//! a tenth of that. They read as fast; putting an entry between others moves those behind it, so what holds tens of
//! thousands and changes in the middle or at the front stays a `BTreeMap`.

mod map;
mod serde;
mod set;
mod sort;
#[cfg(feature = "ts")]
mod ts;

pub use map::{Entry, Iter, OrdMap};
pub use set::OrdSet;
pub use sort::{sort, sort_by, sort_by_cached_key, sort_by_key};

#[cfg(test)]
mod tests;
