//! C gets a number back, and nothing says what a refused call returns.

use std::ffi::{c_int, c_void};

use outlive::Callback;

type Event = Option<unsafe extern "C" fn(value: c_int, user: *mut c_void) -> c_int>;

fn main() {
    let _ = Callback::<Event>::new(|value| value);
}
