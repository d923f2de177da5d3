//! A bounded queue that neither allocates nor waits, after D. Vyukov's: each entry's turn says who
//! may touch it.
//!
//! TURN: the entry `i` holds a value while its turn is `position + 1`, and is free for the push at
//! `position` while its turn equals it; only the one who moved `tail` (or `head`) past that position
//! touches the value, between the two.

use core::mem::MaybeUninit;

use crate::primitive::{AtomicUsize, Guarded, Ordering, const_fn, each};

/// A queue of `N` entries, at least two.
pub(crate) struct Ring<T, const N: usize> {
    entries: [Entry<T>; N],
    head: AtomicUsize,
    tail: AtomicUsize,
}

struct Entry<T> {
    /// The turn, less the entry's own index, so that all zero is an empty ring.
    turn: AtomicUsize,
    value: Guarded<MaybeUninit<T>>,
}

impl<T> Entry<T> {
    const_fn! {
        fn new() -> Self {
            Entry { turn: AtomicUsize::new(0), value: Guarded::new(MaybeUninit::uninit()) }
        }
    }
}

// SAFETY: TURN: one thread at a time touches an entry's value, and it may be any thread.
unsafe impl<T: Send, const N: usize> Sync for Ring<T, N> {}

impl<T, const N: usize> Ring<T, N> {
    const_fn! {
        pub(crate) fn new() -> Self {
            Ring {
                entries: each!(Entry::new(); N),
                head: AtomicUsize::new(0),
                tail: AtomicUsize::new(0),
            }
        }
    }

    fn entry(&self, position: usize) -> (&Entry<T>, usize) {
        let index = position % N;
        (&self.entries[index], position - index)
    }

    /// `false` where the ring is full.
    pub(crate) fn push(&self, value: T) -> bool {
        let mut position = self.tail.load(Ordering::Relaxed);
        loop {
            let (entry, turn) = self.entry(position);
            // Acquire pairs with the Release of the `pop` one round before.
            let seen = entry.turn.load(Ordering::Acquire);
            if seen == turn {
                match self.tail.compare_exchange_weak(
                    position,
                    position + 1,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                ) {
                    Ok(_) => {
                        // SAFETY: TURN: `tail` was moved past this position by us.
                        unsafe { entry.value.write().cast::<T>().write(value) };
                        entry.turn.store(turn + 1, Ordering::Release);
                        return true;
                    }
                    Err(other) => position = other,
                }
            } else if seen < turn {
                return false;
            } else {
                position = self.tail.load(Ordering::Relaxed);
            }
        }
    }

    /// Empties it, whatever a thread that is gone was about to do with it. Nobody else uses it meanwhile.
    pub(crate) fn reset(&self) {
        self.entries.iter().for_each(|entry| entry.turn.store(0, Ordering::Relaxed));
        self.head.store(0, Ordering::Relaxed);
        self.tail.store(0, Ordering::Relaxed);
    }

    /// How many values wait, about: others push and pop meanwhile.
    pub(crate) fn len(&self) -> usize {
        let head = self.head.load(Ordering::Relaxed);
        self.tail.load(Ordering::Relaxed).saturating_sub(head)
    }

    pub(crate) fn pop(&self) -> Option<T> {
        let mut position = self.head.load(Ordering::Relaxed);
        loop {
            let (entry, turn) = self.entry(position);
            // Acquire pairs with the Release of the `push` at this position.
            let seen = entry.turn.load(Ordering::Acquire);
            if seen == turn + 1 {
                match self.head.compare_exchange_weak(
                    position,
                    position + 1,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                ) {
                    Ok(_) => {
                        // SAFETY: TURN: `head` was moved past this position by us.
                        let value = unsafe { entry.value.write().cast::<T>().read() };
                        entry.turn.store(turn + N, Ordering::Release);
                        return Some(value);
                    }
                    Err(other) => position = other,
                }
            } else if seen <= turn {
                return None;
            } else {
                position = self.head.load(Ordering::Relaxed);
            }
        }
    }
}
