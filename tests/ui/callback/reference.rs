//! A typedef with a reference, which C does not have.

use std::ffi::c_void;

use outlive::Callback;

type Event = Option<unsafe extern "C" fn(name: &u8, user: *mut c_void)>;

fn main() {
    let _ = Callback::<Event>::new(|_| {});
}
