//! A closure that may not leave its thread, and one that borrows.

use std::ffi::{c_int, c_void};
use std::rc::Rc;

use outlive::Callback;

type Event = Option<unsafe extern "C" fn(value: c_int, user: *mut c_void)>;

fn main() {
    let name = Rc::new(String::new());
    let _ = Callback::<Event>::exclusive(move |_| drop(name.clone()));
    let borrowed = String::new();
    let _ = Callback::<Event>::local(|_| drop(borrowed.clone()));
}
