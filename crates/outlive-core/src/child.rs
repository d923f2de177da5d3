//! Whether this process is a child that has not been looked after yet.
//!
//! A word in memory that the kernel wipes in children says so, however the child was made: `fork`, `_Fork`, or
//! the system call. Where there is no such memory, the system's number of the process does, which a child in
//! another namespace may share with its parent. (`vfork`, and `clone` with `CLONE_VM`, make a child in the parent's
//! memory, which may only exec.)

use crate::platform::{Platform, System};
use crate::primitive::{AtomicPtr, AtomicU32, Ordering, per_process, yield_now};

/// What stands in the word's lowest bits; above them is the number of the process ([`process`]), once it is used.
const FRESH: u32 = 0;
/// A thread that the child has made has seen that it is one; the first thread has not.
const NOTICED: u32 = 1;
/// The first thread takes over what the parent's threads have left, and nobody else may count.
const ADOPTING: u32 = 2;
const KNOWN: u32 = 3;
const STATE: u32 = 3;
const STATE_BITS: u32 = 2;

per_process! {
    /// The word, or NULL.
    static WORD: AtomicPtr<AtomicU32> = AtomicPtr::new(core::ptr::null_mut());
}
per_process! {
    /// The highest number that this process or one before it has used; where there is no word, the number of the
    /// process that is known. 0 before the first registration.
    static PROCESS: AtomicU32 = AtomicU32::new(0);
}

/// This process is no child from here on. It is called before the first registration, and later changes nothing.
pub(crate) fn begin() {
    if PROCESS.swap(System::process(), Ordering::Relaxed) != 0 {
        return;
    }
    if let Some(word) = System::word_wiped_in_children() {
        word.store(KNOWN | System::process() << STATE_BITS, Ordering::Relaxed);
        // Release pairs with the Acquire of `word`.
        WORD.store(core::ptr::from_ref(word).cast_mut(), Ordering::Release);
    }
}

fn word() -> Option<&'static AtomicU32> {
    // SAFETY: it is NULL, or what `word_wiped_in_children` gave for good.
    unsafe { WORD.load(Ordering::Acquire).as_ref() }
}

/// A number that tells this process from those that it descends from, known or not.
///
/// It is noted in memory that children get a copy of before anybody uses it, so that a child's is higher.
pub(crate) fn process() -> u32 {
    let Some(word) = word() else { return System::process() };
    let number = match word.load(Ordering::Relaxed) >> STATE_BITS {
        0 => choose_number(word),
        number => number,
    };
    let higher = |last: u32| (last < number).then_some(number);
    let _ = PROCESS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, higher);
    number
}

fn choose_number(word: &AtomicU32) -> u32 {
    let next = PROCESS.load(Ordering::Relaxed).wrapping_add(1);
    let new = FRESH | next << STATE_BITS;
    match word.compare_exchange(FRESH, new, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => next,
        Err(seen) => seen >> STATE_BITS,
    }
}

/// Whether the process is a child, and its first thread has not taken over yet.
pub(crate) fn is_unknown() -> bool {
    // Acquire pairs with the Release of `known`: what is counted from here on is counted after the first thread has
    // stored its zeros.
    match word() {
        Some(word) => word.load(Ordering::Acquire) & STATE != KNOWN,
        None => {
            let known = PROCESS.load(Ordering::Acquire);
            known != 0 && known != System::process()
        }
    }
}

/// What the calling thread is to do in a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It takes over what the parent's threads have left, and calls [`known`]; `alone` if no other thread of the
    /// child has used the library yet, or does before that.
    Heir { alone: bool },
    /// Another thread will.
    Bystander,
}

/// Says what the calling thread is to do, in a process that [`is_unknown`].
pub(crate) fn role() -> Role {
    if !System::is_first_thread() {
        stand_by();
        return Role::Bystander;
    }
    let number = process() << STATE_BITS;
    let Some(word) = word() else { return Role::Heir { alone: false } };
    if word.load(Ordering::Relaxed) & STATE == ADOPTING {
        // This is a signal handler that interrupted it.
        return Role::Bystander;
    }
    let seen = word.swap(ADOPTING | number, Ordering::Relaxed) & STATE;
    Role::Heir { alone: seen == FRESH }
}

/// Whether the calling thread is not the first one of a child, and that one has not taken over.
pub(crate) fn is_bystander() -> bool {
    is_unknown() && !System::is_first_thread()
}

/// Whoever is not a child's first thread calls this before it counts anywhere: it says so, or waits until what
/// the parent's threads have counted is forgotten.
pub(crate) fn stand_by() {
    if !is_bystander() {
        return;
    }
    let Some(word) = word() else { return };
    let number = process() << STATE_BITS;
    let (fresh, noticed) = (FRESH | number, NOTICED | number);
    let _ = word.compare_exchange(fresh, noticed, Ordering::Relaxed, Ordering::Relaxed);
    // Acquire pairs with the Release of `known`, as in `is_unknown`.
    while word.load(Ordering::Acquire) & STATE == ADOPTING {
        yield_now();
    }
}

/// The first thread of a child has taken over.
pub(crate) fn known() {
    let number = process();
    let Some(word) = word() else { return PROCESS.store(number, Ordering::Release) };
    let (adopting, known) = (ADOPTING | number << STATE_BITS, KNOWN | number << STATE_BITS);
    // It is something else in a child of a signal handler's that interrupted the first thread.
    let _ = word.compare_exchange(adopting, known, Ordering::Release, Ordering::Relaxed);
}
