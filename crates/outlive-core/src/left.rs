//! Values that were left to the only thread that may end them: a list for each thread, in its record.
//!
//! A slot is put on a list by the one whose event moved its registration to Left, and leaves Left only when it
//! has been taken from the list (ONE-LIST, `life.rs`). Only the record's owner takes from its list, one slot at a
//! time, so that a destructor finds there what its own thread has yet to end. The list is closed when its thread
//! ends. A thread that has the record later finds what was put there for the one before.

use crate::handle::Handle;
use crate::primitive::Ordering;
use crate::record::{CLOSED, RECORDS_OF_THREADS, Record};
use crate::slot::{ALL_SLOTS, Slot};

/// Puts a slot on the list of the thread that its registration is bound to; `false` where that is gone.
pub(crate) fn put(handle: Handle, slot: &'static Slot) -> bool {
    let details = slot.details();
    let number = details.thread_record.load(Ordering::Relaxed);
    let Some(record) = RECORDS_OF_THREADS.at(number) else { return false };
    if record.number() != slot.thread() || !record.is_running() {
        return false;
    }
    let mut first = record.left.load(Ordering::Relaxed);
    loop {
        if first == CLOSED {
            return false;
        }
        details.next.store(first, Ordering::Relaxed);
        let new = handle.index() + 1;
        // Release pairs with the Acquire of `take`, which follows `next`.
        match record.left.compare_exchange(first, new, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(seen) => first = seen,
        }
    }
}

/// Takes a slot from a record's list, with its number. The caller owns the record. (A head that came back would
/// be of a slot that was taken and put there again meanwhile, which only the caller could have done.)
pub(crate) fn take(record: &Record) -> Option<(u32, &'static Slot)> {
    loop {
        let first = record.left.load(Ordering::Acquire);
        let (index, slot) = at(first)?;
        let next = slot.details().next.load(Ordering::Relaxed);
        let taken = record.left.compare_exchange(first, next, Ordering::Relaxed, Ordering::Relaxed);
        if taken.is_ok() {
            return Some((index, slot));
        }
    }
}

/// Has an empty list take nothing more. The caller owns the record.
pub(crate) fn close(record: &Record) -> bool {
    let closed = record.left.compare_exchange(0, CLOSED, Ordering::Relaxed, Ordering::Relaxed);
    matches!(closed, Ok(_) | Err(CLOSED))
}

/// Whether the slot of this number is on a record's list, in a child. The caller owns the record.
pub(crate) fn lists(record: &Record, index: u32) -> bool {
    // Relaxed: the fork comes after all that threads did that there are not, and others put nothing there (BYSTANDERS).
    let mut next = record.left.load(Ordering::Relaxed);
    let mut listed = core::iter::from_fn(|| {
        let (index, slot) = at(next)?;
        next = slot.details().next.load(Ordering::Relaxed);
        Some(index)
    });
    listed.any(|listed| listed == index)
}

/// The slot that a link of a list leads to, with its number.
fn at(link: u32) -> Option<(u32, &'static Slot)> {
    let index = link.checked_sub(1).filter(|_| link != CLOSED)?;
    Some((index, ALL_SLOTS.at(index)?))
}
