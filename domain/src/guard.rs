//! yrs on bytes from outside: what it does not check makes it panic. Here a panic becomes an answer, where panics unwind.

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use yrs::{Doc, Transact, TransactionMut};

/// Answers `None` where yrs panics.
pub fn attempt<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}

/// Runs one transaction. After `None` the document is spoilt: [`discard`] it.
pub fn transact<T>(doc: &Doc, run: impl FnOnce(&mut TransactionMut) -> T) -> Option<T> {
    let mut txn = ManuallyDrop::new(attempt(|| doc.transact_mut())?);
    let out = attempt(|| run(&mut txn));
    // It commits where it is dropped. Apart from the rest: a panic while another one unwinds would abort the process.
    attempt(|| drop(ManuallyDrop::into_inner(txn))).and(out)
}

/// Drops a document that may be spoilt: that can panic too.
pub fn discard(doc: Doc) {
    let _ = attempt(|| drop(doc));
}
