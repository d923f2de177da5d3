//! Giving a table to libgit2, which frees it.

use core::ffi::c_int;

use outlive::{Callbacks, Group, Held, Revocable, Threads};

use crate::error::{Error, check};

/// Gives a value to libgit2 by `register`, which returns what libgit2 says. It ends with the group, and is libgit2's until
/// its `free` is called; where libgit2 refuses it, it is dropped at once.
///
/// # Safety
///
/// What `register` calls keeps the table exactly where it succeeds.
pub(crate) unsafe fn give<T: Callbacks + Send + Sync + 'static>(
    value: T,
    group: &Group,
    register: impl FnOnce(&Held<T>) -> c_int,
) -> Result<(), Error> {
    let held = joined(Held::new(value).map_err(Error::told)?, group)?;
    held.hand_over(|held| check(register(held))).map(drop).map_err(|refused| {
        let (error, held) = refused.into_held();
        if let Some(held) = held {
            // SAFETY: libgit2 does not keep what it refuses.
            let _ = unsafe { held.release() };
        }
        error
    })
}

/// A table that libgit2 has not seen yet, in the group; where that has ended, the value is dropped.
pub(crate) fn joined<T: Callbacks + 'static, K: Threads>(
    held: Held<T, K>,
    group: &Group,
) -> Result<Held<T, K>, Error>
where
    Held<T, K>: Revocable,
{
    group.join(held).map_err(|refused| {
        // SAFETY: nobody else has seen the table.
        let _ = unsafe { refused.into_handle().release() };
        Error::new("the stores have been taken away from libgit2")
    })
}
