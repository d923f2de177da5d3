//! A variadic function, and one that is not C's.

use std::ffi::{c_int, c_void};

use outlive::Callback;

fn main() {
    let _ = Callback::<unsafe extern "C" fn(user: *mut c_void, count: c_int, ...)>::new(|_| {});
    let _ = Callback::<fn(value: c_int, user: *mut c_void)>::new(|_| {});
}
