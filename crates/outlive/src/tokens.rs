//! The `void *` a host returns to C and gets back.

use core::ffi::c_void;
use core::fmt;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many serial numbers a [`Tokens`] takes from the process-wide counter at a time.
const BLOCK: u64 = 1024;

/// The next serial number that no [`Tokens`] has taken yet.
static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);

/// An opaque value that a callback returns to C as a `void *` and that C hands back.
///
/// A token is a serial number, unique in the process and never used twice; it is odd, so never
/// NULL, and it is never an address. A `Token` that came from C may be anything: only
/// [`Tokens`] says whether it names a live entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Token(usize);

impl Token {
    /// Reads a token from the pointer that C handed back. Any pointer will do; it is not read.
    pub fn from_ptr(pointer: *const c_void) -> Self {
        Token(pointer.addr())
    }

    /// The pointer to hand to C. It must not be dereferenced.
    pub fn as_ptr(self) -> *mut c_void {
        core::ptr::without_provenance_mut(self.0)
    }

    /// Whether this is NULL, which no live token is.
    pub fn is_null(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:#x})", self.0)
    }
}
