//! The instances of a context-free table.
//!
//! SUPPLIES: an instance holds 0, [`RESERVED`], or the handle of the one registration that uses it,
//! until that is released. A trampoline that reads a handle here passes the gate like any other,
//! so that a stale one is refused.

use super::handle::Handle;
use crate::primitive::{AtomicUsize, Ordering, const_fn};

/// Taken, but without a registration yet: no handle is 2, for handles are odd.
const RESERVED: usize = 2;

/// One of the numbered instances of a context-free table: it supplies the user data that C does
/// not pass.
#[derive(Debug)]
pub struct Instance {
    user_data: AtomicUsize,
}

impl Instance {
    const_fn! {
        /// An instance that no registration uses.
        #[expect(clippy::new_without_default, reason = "made in statics only")]
        pub fn new() -> Self {
            Instance { user_data: AtomicUsize::new(0) }
        }
    }

    /// The user data of the registration that uses this instance, or 0.
    #[inline(always)]
    pub fn user_data(&self) -> usize {
        // Acquire pairs with the Release of `supply`.
        self.user_data.load(Ordering::Acquire)
    }

    /// Takes the instance, if it is free.
    pub(crate) fn reserve(&self) -> bool {
        self.user_data.compare_exchange(0, RESERVED, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Lets calls through the instance reach `handle`.
    pub(crate) fn supply(&self, handle: Handle) {
        self.user_data.store(handle.bits() as usize, Ordering::Release);
    }

    /// Lets the instance be taken again.
    pub(crate) fn give_back(&self) {
        self.user_data.store(0, Ordering::Release);
    }
}
