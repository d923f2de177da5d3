//! Functions that may unwind, of either ABI.

use std::ffi::{c_int, c_void};

use outlive::Callback;

fn main() {
    let _ = Callback::<unsafe extern "C-unwind" fn(value: c_int, user: *mut c_void)>::new(|_| {});
    let _ = Callback::<extern "system-unwind" fn(value: c_int, user: *mut c_void)>::new(|_| {});
}
