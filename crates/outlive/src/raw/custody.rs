//! Who answers for a registration: its handle, or C, which will call its destroy notify.
//!
//! NOTICE: of the hand-over and the notices, the first two decide. A notice that finds the
//! registration handed over releases it; a hand-over that finds that the notice has come does; every
//! later notice is one too many.

use crate::primitive::{AtomicU32, Ordering, const_fn};

const HANDLE: u32 = 0;
const C: u32 = 1;
const NOTIFIED: u32 = 2;

/// Who answers for a registration.
#[derive(Debug)]
pub(crate) struct Custody(AtomicU32);

/// What a notice came upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The handle still answers, and releases.
    First,
    /// C answered: whoever got this releases.
    Last,
    /// It was not the first one.
    Again,
}

impl Custody {
    const_fn! {
        pub(crate) fn new() -> Self {
            Custody(AtomicU32::new(HANDLE))
        }
    }

    /// A new registration is its handle's. The gate's OPEN publishes this.
    pub(crate) fn reset(&self) {
        self.0.store(HANDLE, Ordering::Relaxed);
    }

    /// C answers from here on; `false` if its notice has come already.
    pub(crate) fn hand_over(&self) -> bool {
        // AcqRel pairs with that of `notify`: each sees what the other did before.
        self.0.compare_exchange(HANDLE, C, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// C's notice has come.
    pub(crate) fn notify(&self) -> Notice {
        match self.0.swap(NOTIFIED, Ordering::AcqRel) {
            HANDLE => Notice::First,
            C => Notice::Last,
            _ => Notice::Again,
        }
    }

    /// Whether C's notice has come.
    pub(crate) fn is_notified(&self) -> bool {
        self.0.load(Ordering::Acquire) == NOTIFIED
    }
}

#[cfg(all(test, not(any(outlive_loom, outlive_shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_hand_over_and_notice_releases() {
        let custody = Custody::new();
        assert!(custody.hand_over());
        assert_eq!(custody.notify(), Notice::Last);
        assert_eq!(custody.notify(), Notice::Again);
        custody.reset();
        assert_eq!(custody.notify(), Notice::First);
        assert!(!custody.hand_over());
        assert_eq!(custody.notify(), Notice::Again);
    }
}
