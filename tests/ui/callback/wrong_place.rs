//! User data that is not the last argument.

use std::ffi::{c_int, c_void};

use outlive::Callback;

type Event = Option<unsafe extern "C" fn(user: *mut c_void, value: c_int)>;

fn main() {
    let _ = Callback::<Event>::new(|_| {});
}
