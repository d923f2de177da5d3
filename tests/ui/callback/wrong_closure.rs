//! A closure with other arguments than C's.

use std::ffi::{c_int, c_void};

use outlive::Callback;

type Event = Option<unsafe extern "C" fn(value: c_int, user: *mut c_void)>;

fn main() {
    let _ = Callback::<Event>::new(|_, _| {});
    let _ = Callback::<Event>::new(|value: u64| drop(value));
}
