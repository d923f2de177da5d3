//! The options of a callback that are promises.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub start: Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>,
    pub stop: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
}

#[repr(C)]
pub struct Hooks {
    pub stop: Option<unsafe extern "C" fn() -> c_int>,
}

struct Host;

#[callbacks(Table, state = arg)]
impl Host {
    #[callback(last = true, fallback = -1)]
    fn start(&self, id: c_int) -> c_int {
        id
    }

    #[callback(unsafe(borrow), fallback = -1)]
    fn stop(&self) -> c_int {
        0
    }
}

fn main() {}
