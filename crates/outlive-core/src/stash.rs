//! A panic on its way from a callback to the host's side.

use core::any::Any;
use core::ptr;

use crate::primitive::{AtomicPtr, Ordering, const_fn};

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Room for one panic, until the host's side takes it.
///
/// INVARIANT: NULL, CLOSED, or a pointer from `Box::into_raw` that nobody else has.
#[derive(Debug)]
pub(crate) struct Stash(AtomicPtr<Payload>);

/// Nobody will ask any more.
const CLOSED: *mut Payload = ptr::without_provenance_mut(align_of::<Payload>());

impl Stash {
    const_fn! {
        pub(crate) fn new() -> Self {
            Stash(AtomicPtr::new(ptr::null_mut()))
        }
    }

    /// Makes room for the panics of a new registration.
    pub(crate) fn reopen(&self) {
        self.0.store(ptr::null_mut(), Ordering::Relaxed);
    }

    /// Keeps a panic for the host's side, or gives it back where one waits there already or nobody
    /// will ask.
    pub(crate) fn put(&self, payload: Payload) -> Result<(), Payload> {
        let new = Box::into_raw(Box::new(payload));
        // Release pairs with the Acquire of `take` and `close`.
        let put =
            self.0.compare_exchange(ptr::null_mut(), new, Ordering::Release, Ordering::Relaxed);
        // SAFETY: the INVARIANT: it was not put, so it is still ours.
        put.map(drop).map_err(|_| *unsafe { Box::from_raw(new) })
    }

    /// The panic that waits here.
    pub(crate) fn take(&self) -> Option<Payload> {
        let seen = self.0.load(Ordering::Relaxed);
        if seen.is_null() || seen == CLOSED {
            return None;
        }
        // No swap: it would open what another thread closes meanwhile.
        let none = ptr::null_mut();
        self.0.compare_exchange(seen, none, Ordering::Acquire, Ordering::Relaxed).ok()?;
        // SAFETY: the INVARIANT: the exchange made it ours.
        Some(*unsafe { Box::from_raw(seen) })
    }

    /// The panic that waits here; later ones find no room.
    pub(crate) fn close(&self) -> Option<Payload> {
        let seen = self.0.swap(CLOSED, Ordering::Acquire);
        if seen.is_null() || seen == CLOSED {
            return None;
        }
        // SAFETY: the INVARIANT: the swap made it ours.
        Some(*unsafe { Box::from_raw(seen) })
    }
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;

    fn payload(text: &'static str) -> Payload {
        Box::new(text)
    }

    fn text(payload: Option<Payload>) -> Option<&'static str> {
        payload.map(|payload| *payload.downcast::<&'static str>().unwrap())
    }

    #[test]
    fn the_first_panic_waits_and_the_second_is_given_back() {
        let stash = Stash::new();
        stash.reopen();
        assert!(stash.put(payload("first")).is_ok());
        assert_eq!(text(stash.put(payload("second")).err()), Some("second"));
        assert_eq!(text(stash.take()), Some("first"));
        assert_eq!(text(stash.take()), None);
        assert!(stash.put(payload("third")).is_ok());
        assert_eq!(text(stash.close()), Some("third"));
        assert_eq!(text(stash.put(payload("fourth")).err()), Some("fourth"));
        assert_eq!(text(stash.close()), None);
    }
}
