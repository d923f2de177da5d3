//! What a refused call returns is returned on any thread: a pointer is not declared, but NULL.
#![allow(dead_code, unused_imports, unused_variables)]

use core::cell::Cell;
use core::ffi::c_void;

use outlive::Callback;

fn main() {
    let cell: &'static Cell<u64> = Box::leak(Box::default());
    let callback =
        Callback::<extern "C" fn(*mut c_void) -> &'static Cell<u64>>::new_or(cell, || todo!());
}
