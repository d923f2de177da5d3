//! A bare member cannot be NULL: it needs a method.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_char, c_int, c_void};

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub version: c_int,
    pub start: Option<unsafe extern "C" fn(c_int, *const c_char, *mut c_void) -> c_int>,
    pub stop: Option<unsafe extern "C" fn(*mut c_void)>,
}

struct Host;

#[repr(C)]
pub struct Bare {
    pub first: extern "C" fn(*mut c_void),
    pub second: extern "C" fn(*mut c_void),
}

#[callbacks(Bare, state = none)]
impl Host {
    fn first(&self, data: *mut c_void) {
        let _ = data;
    }
}

fn main() {}
