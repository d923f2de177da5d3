//! Memory that a host lends to C.

use core::ffi::c_int;
use core::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The ints that C was lent. What it has not given back is freed with the pool.
#[derive(Debug, Default)]
pub struct Pool(Mutex<Vec<Lent>>);

/// A box that C has, too.
#[derive(Debug, PartialEq)]
struct Lent(NonNull<c_int>);

// SAFETY: it is a box, whoever has it.
unsafe impl Send for Lent {}

impl Drop for Lent {
    fn drop(&mut self) {
        // SAFETY: `lend` leaked it, and the pool drops it once.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl Pool {
    /// Lends an int.
    pub fn lend(&self, value: c_int) -> *mut c_int {
        let lent = NonNull::from(Box::leak(Box::new(value)));
        self.all().push(Lent(lent));
        lent.as_ptr()
    }

    /// Frees what C gives back; `false` for what C does not have.
    pub fn take_back(&self, lent: *mut c_int) -> bool {
        let mut all = self.all();
        let at = all.iter().position(|one| one.0.as_ptr() == lent);
        at.map(|at| all.swap_remove(at)).is_some()
    }

    fn all(&self) -> MutexGuard<'_, Vec<Lent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
