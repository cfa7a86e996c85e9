//! Putting a backup in the place of the database.

/// An epoch above all that were ever used: devices of the lost time line then get a snapshot. The time covers epochs
/// of a database that nobody can read any more.
pub(super) fn epoch_after(highest: u32, now_ms: u64) -> u32 {
    let seconds = u32::try_from(now_ms / 1000).unwrap_or(u32::MAX);
    highest.saturating_add(1).max(seconds)
}

pub(super) fn generation_after(last: u64, now_ms: u64) -> u64 {
    now_ms.max(last + 1)
}
