//! Arrays that grow, in the place of the core's: all elements are made before there are threads, for those of a
//! checker cannot be made of zeros.

use core::cell::Cell;

use crate::record::Record;
use crate::slot::{Details, Slot};

/// # Safety
///
/// As in the core.
pub(crate) unsafe trait Zeroed: Sync {}

/// What all-zero bytes are in the core.
pub(crate) trait Unused {
    fn unused() -> Self;
}

impl Unused for Record {
    fn unused() -> Self {
        Record::unused()
    }
}

impl Unused for Slot {
    fn unused() -> Self {
        Slot::unused()
    }
}

impl Unused for Details {
    fn unused() -> Self {
        Details::unused()
    }
}

pub(crate) struct Region<T, const LIMIT: u32, const CHUNK: u32> {
    elements: Vec<T>,
    ready: Cell<u32>,
}

// SAFETY: a checker runs one thread at a time, and making an element is no step of its.
unsafe impl<T: Sync, const LIMIT: u32, const CHUNK: u32> Sync for Region<T, LIMIT, CHUNK> {}
// SAFETY: as above.
unsafe impl<T: Sync, const LIMIT: u32, const CHUNK: u32> Send for Region<T, LIMIT, CHUNK> {}

impl<T: Zeroed + Unused, const LIMIT: u32, const CHUNK: u32> Region<T, LIMIT, CHUNK> {
    pub(crate) fn new() -> Self {
        Region { elements: (0..LIMIT).map(|_| T::unused()).collect(), ready: Cell::new(0) }
    }

    pub(crate) fn get_lightly(&self, index: u32) -> Option<&T> {
        self.get(index)
    }

    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        self.elements.get(index as usize).filter(|_| index < self.ready.get())
    }

    pub(crate) fn make(&self, index: u32) -> bool {
        let is_one = index < LIMIT;
        if is_one {
            self.ready.set(self.ready.get().max((index / CHUNK + 1) * CHUNK));
        }
        is_one
    }
}
