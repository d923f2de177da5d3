//! What keeps a slot for the host's calls into C, and when it may make none any more.
//!
//! RELEASED: `publish; full fence; ask whether it is released` pairs with `release; full fence; scan`: the call is refused, or
//! the release sees it and waits for it. When the call leaves, `withdraw; full fence; ask` pairs with the same: the release
//! does not find the call any more, or is woken.

use crate::primitive::{AtomicU64, Ordering, const_fn, fence};

/// How many hosts' functions of C's are tied to a registration (`outgoing.rs`), with [`RELEASED`].
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Ties(AtomicU64);

/// The host has released the registration: C is not called any more. No count reaches this bit.
const RELEASED: u64 = 1 << 63;

impl Ties {
    const_fn! {
        pub(crate) fn new() -> Self {
            Ties(AtomicU64::new(0))
        }
    }

    /// A new registration begins, which nothing is tied to.
    pub(crate) fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Relaxed: a call is inside, and its leave comes before whatever asks.
    pub(crate) fn tie(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Whoever has untied sees to it that the slot is freed, if that was left to it.
    pub(crate) fn untie(&self) {
        // Release pairs with the Acquire of `is_none`: what was done by the tie comes before.
        self.0.fetch_sub(1, Ordering::Release);
        fence(Ordering::SeqCst); // READERS (`slot.rs`)
    }

    /// Whether nothing is tied.
    pub(crate) fn is_none(&self) -> bool {
        self.0.load(Ordering::Acquire) & !RELEASED == 0
    }

    /// Refuses the host's calls into C from here on.
    pub(crate) fn release(&self) {
        self.0.fetch_or(RELEASED, Ordering::Relaxed);
        fence(Ordering::SeqCst); // RELEASED
    }

    /// Whether the calls are refused. The caller has published, or withdrawn, a call.
    pub(crate) fn is_released(&self) -> bool {
        fence(Ordering::SeqCst); // RELEASED
        self.0.load(Ordering::Relaxed) & RELEASED != 0
    }
}
