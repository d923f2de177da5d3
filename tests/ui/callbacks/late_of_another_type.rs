//! What a late call and one that panicked return has C's type, and does not stand for a fallback.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub start: Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>,
    pub stop: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
}

struct Host;

#[callbacks(Table, state = arg)]
impl Host {
    #[callback(late = "late", fallback = -1)]
    fn start(&self, id: c_int) -> c_int {
        id
    }

    #[callback(late = -1, panicked = -2)]
    fn stop(&self) -> c_int {
        0
    }
}

fn main() {}
