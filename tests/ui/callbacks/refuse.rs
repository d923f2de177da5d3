//! How a call is refused, where C cannot survive it.
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
    #[callback(refuse = quietly)]
    fn start(&self, id: c_int) -> c_int {
        id
    }

    #[callback(refuse = abort, fallback = -1)]
    fn stop(&self) -> c_int {
        0
    }
}

fn main() {}
