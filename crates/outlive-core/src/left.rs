//! Values that were left to the only thread that may end them: a list for each thread, in its record.
//!
//! A slot is put on a list by the one whose event moved its registration to Left (`life.rs`), and leaves Left
//! only when it has been taken from the list; so it is on one list at most. The list is closed when its
//! thread ends. A thread that has the record later finds what was put there for the one before.

use crate::handle::Handle;
use crate::primitive::Ordering;
use crate::record::{CLOSED, RECORDS_OF_THREADS, Record};
use crate::slot::{ALL_SLOTS, Slot};

/// Puts a slot on the list of the thread that its registration is bound to; `false` where that is gone.
pub(crate) fn put(handle: Handle, slot: &'static Slot) -> bool {
    let details = slot.details();
    let number = details.thread_record.load(Ordering::Relaxed);
    let Some(record) = RECORDS_OF_THREADS.at(number) else { return false };
    if record.number() != slot.thread() {
        return false;
    }
    let mut first = record.left.load(Ordering::Relaxed);
    loop {
        if first == CLOSED {
            return false;
        }
        details.next.store(first, Ordering::Relaxed);
        let new = handle.index() + 1;
        // Release pairs with the Acquire of `take_all`.
        match record.left.compare_exchange(first, new, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(seen) => first = seen,
        }
    }
}

/// Takes all slots from a record's list, and leaves `then` there: 0, or [`CLOSED`]. The caller owns the record.
pub(crate) fn take_all(record: &Record, then: u32) -> impl Iterator<Item = (u32, &'static Slot)> {
    let first = match record.left.load(Ordering::Relaxed) {
        seen if seen == then || seen == CLOSED => 0,
        _ => record.left.swap(then, Ordering::AcqRel),
    };
    chain(first)
}

/// Whether the slot of this number is on a record's list. The caller owns the record.
pub(crate) fn lists(record: &Record, index: u32) -> bool {
    let first = record.left.load(Ordering::Acquire);
    first != CLOSED && chain(first).any(|(listed, _)| listed == index)
}

/// The slots of a list.
fn chain(first: u32) -> impl Iterator<Item = (u32, &'static Slot)> {
    let mut next = first;
    core::iter::from_fn(move || {
        let index = next.checked_sub(1)?;
        let slot = ALL_SLOTS.at(index)?;
        // Before the caller does anything with the slot.
        next = slot.details().next.load(Ordering::Relaxed);
        Some((index, slot))
    })
}
