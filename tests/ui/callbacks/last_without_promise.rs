//! Without user data nothing tells a call that comes after the last one.
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

#[callbacks(Hooks, state = none)]
impl Host {
    #[callback(last, fallback = -1)]
    fn stop(&self) -> c_int {
        0
    }
}

fn main() {}
