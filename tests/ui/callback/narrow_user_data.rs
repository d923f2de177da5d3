//! 32 bits of user data, in which there is no room for a handle.

use std::ffi::c_int;

use outlive::Callback;

type Event = Option<unsafe extern "C" fn(value: c_int, user: u32)>;

fn main() {
    let _ = Callback::<Event>::new(|_| {});
}
