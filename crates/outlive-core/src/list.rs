//! A list that only grows, for what lives as long as the process and is few.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

struct Node<T> {
    value: T,
    next: *const Node<T>,
}

/// A list whose elements are never changed or freed. Nobody locks, so that a forked child finds it whole.
///
/// INVARIANT: NULL, or the newest of a chain of `Node`s that were leaked and are never written again.
pub(crate) struct List<T: 'static>(AtomicPtr<Node<T>>);

impl<T> core::fmt::Debug for List<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("List").finish_non_exhaustive()
    }
}

// SAFETY: an element is reached by shared reference, from any thread, and never dropped.
unsafe impl<T: Send + Sync> Sync for List<T> {}

impl<T> List<T> {
    pub(crate) const fn new() -> Self {
        List(AtomicPtr::new(ptr::null_mut()))
    }

    /// The element that `is_it` knows.
    pub(crate) fn find(&self, is_it: impl Fn(&T) -> bool) -> Option<&'static T> {
        // Acquire pairs with the AcqRel of `find_or_add`.
        find(self.0.load(Ordering::Acquire), &is_it)
    }

    /// Adds an element.
    pub(crate) fn add(&self, value: T) -> &'static T {
        let mut newest = self.0.load(Ordering::Relaxed);
        let new = Box::into_raw(Box::new(Node { value, next: newest }));
        // Release pairs with the Acquire of `find`.
        while let Err(seen) =
            self.0.compare_exchange(newest, new, Ordering::AcqRel, Ordering::Relaxed)
        {
            newest = seen;
            // SAFETY: nobody else has it yet.
            unsafe { (*new).next = newest };
        }
        // SAFETY: the INVARIANT: it is leaked from here on.
        unsafe { &(*new).value }
    }

    /// The element that `is_it` knows, or else `value`, which is added. Two threads that look for one element
    /// get the same; what the slower one brought is dropped.
    pub(crate) fn find_or_add(&self, is_it: impl Fn(&T) -> bool, value: T) -> &'static T {
        let mut newest = self.0.load(Ordering::Acquire);
        let new = Box::into_raw(Box::new(Node { value, next: newest }));
        loop {
            if let Some(found) = find(newest, &is_it) {
                // SAFETY: nobody else has it, and nobody will.
                drop(unsafe { Box::from_raw(new) });
                return found;
            }
            // SAFETY: nobody else has it yet.
            unsafe { (*new).next = newest };
            match self.0.compare_exchange(newest, new, Ordering::AcqRel, Ordering::Acquire) {
                // SAFETY: the INVARIANT: it is leaked from here on.
                Ok(_) => return unsafe { &(*new).value },
                Err(seen) => newest = seen,
            }
        }
    }
}

fn find<T>(newest: *const Node<T>, is_it: impl Fn(&T) -> bool) -> Option<&'static T> {
    let mut next = newest;
    loop {
        // SAFETY: the INVARIANT of `List`.
        let node: &'static Node<T> = unsafe { next.as_ref() }?;
        if is_it(&node.value) {
            return Some(&node.value);
        }
        next = node.next;
    }
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;

    #[test]
    fn threads_that_look_for_one_element_get_the_same() {
        static LIST: List<usize> = List::new();
        let find_all = || (0..100).map(|n| LIST.find_or_add(|it| *it == n, n)).collect();
        let found: Vec<Vec<&usize>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(find_all)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for other in &found[1..] {
            assert!(found[0].iter().zip(other).all(|(a, b)| ptr::eq(*a, *b)));
        }
    }
}
