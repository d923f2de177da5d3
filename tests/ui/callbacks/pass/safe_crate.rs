//! A crate that forbids `unsafe` and asks for documentation may use the attribute.
#![forbid(unsafe_code)]
#![deny(missing_docs, warnings)]

use core::ffi::{CStr, c_char, c_int, c_void};

use outlive::{Held, callbacks};

/// A table.
#[repr(C)]
pub struct Table {
    /// A callback.
    pub start: Option<unsafe extern "C" fn(c_int, *const c_char, *mut c_void) -> c_int>,
}

/// A host.
#[derive(Debug)]
pub struct Host;

#[callbacks(Table, state = arg, unsafe(borrow))]
impl Host {
    /// Starts.
    #[callback(fallback = -1, errno = 5)]
    pub fn start(&self, id: c_int, name: Option<&CStr>) -> c_int {
        id + name.map_or(0, |name| name.count_bytes() as c_int)
    }
}

fn main() {
    assert_eq!(Host.start(1, Some(c"ab")), 3);
    assert!(Held::new(Host).is_ok());
}
