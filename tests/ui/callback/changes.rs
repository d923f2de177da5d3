//! A closure that changes what it has, which any number of threads may call at the same time.

use std::ffi::{c_int, c_void};

use outlive::Callback;

type Event = Option<unsafe extern "C" fn(value: c_int, user: *mut c_void)>;

fn main() {
    let mut calls = 0;
    let _ = Callback::<Event>::new(move |_| calls += 1);
}
