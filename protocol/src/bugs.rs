//! Defects that the simulation switches on, one at a time, to show that its checks can fail. Without the feature
//! `bugs`, which only the simulation asks for, [`bug`] is always false and nothing of this is left; with it, all are off
//! until one is switched on.

/// The classic ways to lose, double, leak or invent an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// The hub answers and tells before its store has written.
    AckBeforeCommit,
    /// The hub tells others before its store has written, and answers after.
    FanOutBeforeCommit,
    /// The hub forgets what it refused, and judges it anew when it comes again.
    RefusalNotRecorded,
    /// The hub does not look whether it knows a mutation under another client number.
    CloneAppliedTwice,
    /// A role change is written, and takes effect when the hub starts again.
    RoleTakenLate,
    /// The hub tells everybody everything.
    FanOutToAll,
    /// The hub drops an update for a reader whose queue is full, and remembers nothing of it.
    DroppedOnFullQueue,
    /// The hub answers a number that it knows without looking whether it is the same edit.
    NumberTrusted,
    /// The device says "saved" before the transaction has completed.
    SavedBeforeCommit,
    /// The device takes the next number from the rows that wait, not from the count of all there were.
    NumberReused,
    /// Two tabs that open a new replica at once each write their own client number.
    CheckAwaitInsert,
    /// The holder of the network does not look whether it still is.
    NetworkEpochUnchecked,
    /// What came while a transaction ran is taken for written when it completes.
    FlagClearedAfterAwait,
    /// A failed request settles the receipts of what it carried.
    ReceiptAdvancedOnFailure,
    /// An ack moves the cursor of the documents that it names.
    CursorMovedByAck,
    /// A packed view is shown whatever position it was packed at.
    StaleViewOverlaid,
    /// A refused row stays in the outbox, and on the screen.
    RefusedRowKept,
    /// A refusal is remembered by the tab that heard it, and not written down.
    RefusalNotKept,
    /// A silent connection is believed for ever.
    HalfOpenBelieved,
    /// A thawed tab goes on from what it remembers.
    ThawedTabBelieved,
    /// A refused edit of a note leaves its lineage open.
    LineageLeftOpen,
    /// A deleted document can be made again.
    DeletionForgotten,
    /// A restored hub goes on in the epochs of before.
    EpochKept,
    /// A device does not send again what a restored hub has lost.
    NotSentAgain,
}

impl Bug {
    pub const ALL: [Bug; 24] = [
        Bug::AckBeforeCommit,
        Bug::FanOutBeforeCommit,
        Bug::RefusalNotRecorded,
        Bug::CloneAppliedTwice,
        Bug::RoleTakenLate,
        Bug::FanOutToAll,
        Bug::DroppedOnFullQueue,
        Bug::NumberTrusted,
        Bug::SavedBeforeCommit,
        Bug::NumberReused,
        Bug::CheckAwaitInsert,
        Bug::NetworkEpochUnchecked,
        Bug::FlagClearedAfterAwait,
        Bug::ReceiptAdvancedOnFailure,
        Bug::CursorMovedByAck,
        Bug::StaleViewOverlaid,
        Bug::RefusedRowKept,
        Bug::RefusalNotKept,
        Bug::HalfOpenBelieved,
        Bug::ThawedTabBelieved,
        Bug::LineageLeftOpen,
        Bug::DeletionForgotten,
        Bug::EpochKept,
        Bug::NotSentAgain,
    ];

    /// Such as `ack_before_commit`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
        }
        name
    }

    pub fn parse(name: &str) -> Option<Bug> {
        Bug::ALL.into_iter().find(|bug| bug.name() == name)
    }
}

/// Whether this defect is switched on.
#[cfg(not(feature = "bugs"))]
#[inline(always)]
pub const fn bug(_: Bug) -> bool {
    false
}

#[cfg(feature = "bugs")]
pub use switch::{bug, switch};

#[cfg(feature = "bugs")]
mod switch {
    use super::Bug;
    use std::sync::atomic::{AtomicU8, Ordering};

    const NONE: u8 = u8::MAX;
    static ON: AtomicU8 = AtomicU8::new(NONE);

    pub fn bug(which: Bug) -> bool {
        ON.load(Ordering::Relaxed) == which as u8
    }

    /// Switches one on, for the whole process.
    pub fn switch(bug: Option<Bug>) {
        ON.store(bug.map_or(NONE, |bug| bug as u8), Ordering::Relaxed);
    }
}
