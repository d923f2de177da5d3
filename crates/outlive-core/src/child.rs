//! Whether this process is a child that has not been looked after yet.
//!
//! A word in memory that the kernel wipes in children says so, however the child was made: `fork`, `_Fork`, or
//! the system call. Where there is no such memory, the system's number of the process does, which a child in
//! another namespace may share with its parent. (`vfork`, and `clone` with `CLONE_VM`, make a child in the parent's
//! memory, which may only exec.)

use crate::platform::{Platform, System};
use crate::primitive::{AtomicPtr, AtomicU32, Ordering, per_process, yield_now};

/// What stands in the word's lowest bits; above them is the number of the process ([`process`]), once it is said.
const FRESH: u32 = 0;
/// A thread that the child has made has seen that it is one; the first thread has not.
const NOTICED: u32 = 1;
/// The first thread forgets what is counted, and nobody else may count.
const COUNTING: u32 = 2;
/// The first thread takes over what the parent's threads have left.
const ADOPTING: u32 = 3;
const KNOWN: u32 = 4;
const STATE: u32 = 7;
const STATE_BITS: u32 = 3;

per_process! {
    /// The word, or NULL.
    static WORD: AtomicPtr<AtomicU32> = AtomicPtr::new(core::ptr::null_mut());
}
per_process! {
    /// The number of the process that was known last; 0 before the first registration.
    static PROCESS: AtomicU32 = AtomicU32::new(0);
}
per_process! {
    /// 1: some slots count calls of threads that this process does not have, and nobody knows how many.
    static COUNTS_ARE_LOST: AtomicU32 = AtomicU32::new(0);
}

/// This process is no child from here on. It is called before the first registration, and later changes nothing.
pub(crate) fn begin() {
    if PROCESS.swap(System::process(), Ordering::SeqCst) != 0 {
        return;
    }
    if let Some(word) = System::word_wiped_in_children() {
        word.store(KNOWN | System::process() << STATE_BITS, Ordering::SeqCst);
        WORD.store(core::ptr::from_ref(word).cast_mut(), Ordering::SeqCst);
    }
}

fn word() -> Option<&'static AtomicU32> {
    // SAFETY: it is NULL, or what `word_wiped_in_children` gave for good.
    unsafe { WORD.load(Ordering::Acquire).as_ref() }
}

/// A number that tells this process from its parent and from its children, known or not.
pub(crate) fn process() -> u32 {
    // Before the word: when the first thread of a child changes this, the word has the number already.
    let last = PROCESS.load(Ordering::Acquire);
    match word().map(|word| word.load(Ordering::Acquire) >> STATE_BITS) {
        None => System::process(),
        Some(0) => last.wrapping_add(1),
        Some(number) => number,
    }
}

/// Whether the process is a child, and its first thread has not taken over yet.
pub(crate) fn is_unknown() -> bool {
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
    /// It takes over what the parent's threads have left; `alone` if no other thread of the child has used the
    /// library yet, or does before it calls [`counted`]. It calls [`known`] afterwards.
    Heir { alone: bool },
    /// Another thread will, or is doing it.
    Bystander,
}

/// Says what the calling thread is to do, in a process that [`is_unknown`].
pub(crate) fn role() -> Role {
    let number = process() << STATE_BITS;
    let Some(word) = word() else {
        let is_first = System::is_first_thread();
        return if is_first { Role::Heir { alone: false } } else { Role::Bystander };
    };
    if !System::is_first_thread() {
        let noticed = NOTICED | number;
        let _ = word.compare_exchange(FRESH, noticed, Ordering::SeqCst, Ordering::SeqCst);
        while word.load(Ordering::Acquire) & STATE == COUNTING {
            yield_now();
        }
        return Role::Bystander;
    }
    if matches!(word.load(Ordering::Relaxed) & STATE, COUNTING | ADOPTING) {
        // This is a signal handler that interrupted it.
        return Role::Bystander;
    }
    let seen = word.swap(COUNTING | number, Ordering::SeqCst) & STATE;
    Role::Heir { alone: seen == FRESH }
}

/// The first thread of a child has forgotten what was counted: others may count.
pub(crate) fn counted() {
    if let Some(word) = word() {
        word.store(ADOPTING | process() << STATE_BITS, Ordering::SeqCst);
    }
}

/// Some slots count calls of threads that this process does not have.
pub(crate) fn lose_counts() {
    COUNTS_ARE_LOST.store(1, Ordering::SeqCst);
}

/// The first thread of a child has taken over.
pub(crate) fn known() {
    let number = process();
    PROCESS.store(number, Ordering::SeqCst);
    if let Some(word) = word() {
        word.store(KNOWN | number << STATE_BITS, Ordering::SeqCst);
    }
}

/// Whether a slot's count of callers may be of threads that there are not.
pub(crate) fn are_counts_lost() -> bool {
    COUNTS_ARE_LOST.load(Ordering::Relaxed) != 0
}
