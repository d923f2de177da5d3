//! What the host's own side knows of one value.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};

/// The book of one host value, which outlives it.
#[derive(Debug, Default)]
pub struct Tally {
    /// Method bodies that began.
    pub begun: AtomicI64,
    /// Method bodies that ran to their end.
    pub served: AtomicI64,
    /// Method bodies that panicked.
    pub panicked: AtomicI64,
    /// Method bodies that run.
    pub inside: AtomicI64,
    /// How often the value was dropped.
    pub drops: AtomicU32,
    /// Its destructor panicked, inside of the library.
    pub destructor_panicked: AtomicBool,
    /// Tokens that were opened and not closed when the value was dropped, against `opened`.
    pub kept: AtomicI64,
    pub opened: AtomicI64,
    pub closed: AtomicI64,
    /// What was owed to C: answers that were given, refused because C had forgotten them, and dropped.
    pub answered: AtomicI64,
    pub forgotten: AtomicI64,
    pub let_go: AtomicI64,
    /// A close was asked for.
    pub asked_to_end: AtomicBool,
    /// A body began after the value was dropped, beside another in an exclusive table, or on the wrong
    /// thread.
    pub trespasses: AtomicU32,
}

/// One more of a count.
pub fn count(counter: &AtomicI64) {
    counter.fetch_add(1, Ordering::SeqCst);
}

/// A count's number.
pub fn get(counter: &AtomicI64) -> i64 {
    counter.load(Ordering::SeqCst)
}
