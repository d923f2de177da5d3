//! A stack to which any thread adds, and of which any thread takes all. Nobody locks.
//!
//! COUNTED: the stack has one of the counts of each of its elements, and each is in one stack at most, once. What is taken
//! is taken as a whole, so that no link of it changes while it is followed.

use core::ptr;
use std::sync::Arc;

use crate::primitive::{AtomicPtr, Ordering, const_fn};

/// What can be in a stack.
pub(crate) trait Linked: Sized {
    /// The element below it, or NULL. The stack alone touches it.
    fn below(&self) -> &AtomicPtr<Self>;
}

/// INVARIANT: COUNTED.
pub(crate) struct Stack<T>(AtomicPtr<T>);

impl<T: Linked> Stack<T> {
    const_fn! {
        pub(crate) fn empty() -> Self {
            Stack(AtomicPtr::new(ptr::null_mut()))
        }
    }

    /// Adds an element that is in no stack.
    pub(crate) fn push(&self, element: Arc<T>) {
        let added = Arc::into_raw(element).cast_mut();
        let mut top = self.0.load(Ordering::Relaxed);
        loop {
            // SAFETY: COUNTED: it is there until it is taken.
            unsafe { &*added }.below().store(top, Ordering::Relaxed);
            // Release pairs with the Acquire of `take_all`.
            match self.0.compare_exchange(top, added, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(seen) => top = seen,
            }
        }
    }

    /// Takes all elements, the one that came last first.
    pub(crate) fn take_all(&self) -> Vec<Arc<T>> {
        let mut next = self.0.swap(ptr::null_mut(), Ordering::Acquire);
        let mut taken = Vec::new();
        while !next.is_null() {
            // SAFETY: COUNTED.
            let element = unsafe { Arc::from_raw(next) };
            next = element.below().load(Ordering::Relaxed);
            taken.push(element);
        }
        taken
    }
}
