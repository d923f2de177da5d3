//! The instances of a context-free table.
//!
//! SUPPLIES: an instance holds [`RESERVED`], or the handle of the one registration that uses it until that is
//! released, or else an even number, which is no handle: 0, or twice the ticket that it drew when it was given
//! back. A trampoline that reads a handle here passes the gate like any other, so that a stale one is refused.
//!
//! An instance is all that C has: a call that comes after the release, against the promise, reaches
//! whoever has the instance then. So the one that was given back last is the last of all to be used again.

use crate::handle::Handle;
use crate::primitive::{AtomicUsize, Ordering, const_fn, per_process};

/// Taken, but without a registration yet. No handle is even, and no ticket comes so far.
const RESERVED: usize = usize::MAX - 1;

per_process! {
    /// The next ticket, of all types.
    static TICKETS: AtomicUsize = AtomicUsize::new(1);
}

/// One of the numbered instances of a context-free table: it supplies the user data that C does
/// not pass.
#[derive(Debug)]
pub struct Instance(AtomicUsize);

impl Instance {
    const_fn! {
        /// An instance that no registration uses.
        #[expect(clippy::new_without_default, reason = "made in statics only")]
        pub fn new() -> Self {
            Instance(AtomicUsize::new(0))
        }
    }

    /// The user data of the registration that uses this instance, or what is none.
    #[inline(always)]
    pub fn user_data(&self) -> usize {
        // Acquire pairs with the Release of `supply`.
        self.0.load(Ordering::Acquire)
    }

    /// Takes the free instance that was given back first, with its number.
    pub(crate) fn reserve(instances: &'static [Instance]) -> Option<(usize, &'static Instance)> {
        loop {
            let free = instances.iter().enumerate().filter_map(|(number, instance)| {
                let seen = instance.0.load(Ordering::Relaxed);
                (seen % 2 == 0 && seen != RESERVED).then_some((seen, number, instance))
            });
            let (seen, number, instance) = free.min_by_key(|(seen, number, _)| (*seen, *number))?;
            // Relaxed: nothing but the instance itself is given over.
            let reserved =
                instance.0.compare_exchange(seen, RESERVED, Ordering::Relaxed, Ordering::Relaxed);
            if reserved.is_ok() {
                return Some((number, instance));
            }
        }
    }

    /// Lets calls through the instance reach `handle`.
    pub(crate) fn supply(&self, handle: Handle) {
        self.0.store(handle.user_data(), Ordering::Release);
    }

    /// Lets the instance be taken again, after all that are free now.
    pub(crate) fn give_back(&self) {
        let ticket = TICKETS.fetch_add(1, Ordering::Relaxed);
        self.0.store(2 * ticket, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;

    #[test]
    fn instances_are_used_again_in_the_order_in_which_they_were_given_back() {
        static INSTANCES: [Instance; 3] = [const { Instance::new() }; 3];
        let reserve = || Instance::reserve(&INSTANCES).map(|(number, _)| number);
        assert_eq!([reserve(), reserve(), reserve(), reserve()], [Some(0), Some(1), Some(2), None]);
        INSTANCES[2].give_back();
        INSTANCES[0].give_back();
        assert_eq!(reserve(), Some(2));
        INSTANCES[2].give_back();
        assert_eq!([reserve(), reserve(), reserve()], [Some(0), Some(2), None]);
    }
}
