//! What is left of a context-free table whose value was taken out.

use outlive_core::{Ended, Owned, Place};

/// What is left of a context-free table whose value was taken out by
/// [`into_inner`](crate::Held::into_inner): the instance that C may still call, late.
///
/// Dropping it leaves the instance reserved for good.
///
/// ```
#[doc = include_str!("guide/hooks.md")]
/// let (clock, remainder) = Held::new(Clock(1)).unwrap().into_inner().unwrap();
/// assert_eq!(clock.0, 1);
/// // When C has forgotten the table:
/// unsafe { remainder.release() };
/// assert!(Held::new(clock).is_ok()); // the instance is there again
/// ```
#[must_use = "the instance stays reserved until this is released"]
#[derive(Debug)]
pub struct Remainder(Owned);

// SAFETY: there is no host value any more, and the registration is reached through atomics only.
unsafe impl Send for Remainder {}
// SAFETY: there is nothing that a shared reference can do.
unsafe impl Sync for Remainder {}

impl Remainder {
    pub(crate) fn new(owned: Owned) -> Self {
        Remainder(owned)
    }

    /// Gives the instance and the slot back.
    ///
    /// # Safety
    ///
    /// C has forgotten the table: it is not read or called any more, by any thread.
    #[track_caller]
    pub unsafe fn release(self) {
        // SAFETY: the caller's promise.
        let _: Ended = unsafe { self.0.release(Place::caller()) };
    }
}
