//! Objects of libgit2's that are freed when they are dropped.

use core::ffi::c_int;
use core::ptr::{NonNull, null_mut};

use crate::error::{Error, check};

/// An object of libgit2's, and the function that frees it.
pub(crate) struct Handle<T> {
    raw: NonNull<T>,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Handle<T> {
    /// What `make` leaves in its out parameter, where it succeeds.
    pub fn made(
        free: unsafe extern "C" fn(*mut T),
        make: impl FnOnce(*mut *mut T) -> c_int,
    ) -> Result<Self, Error> {
        let mut raw = null_mut();
        check(make(&raw mut raw))?;
        let raw = NonNull::new(raw).ok_or_else(|| Error::new("libgit2 has made nothing"))?;
        Ok(Handle { raw, free })
    }

    pub fn as_ptr(&self) -> *mut T {
        self.raw.as_ptr()
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        // SAFETY: OWNED.
        unsafe { (self.free)(self.raw.as_ptr()) };
    }
}
