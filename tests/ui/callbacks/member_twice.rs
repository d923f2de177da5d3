//! A member is a method or a constant, not both.
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

#[callbacks(Table, state = arg, constant(stop = None))]
impl Host {
    fn stop(&self) {}
}

fn main() {}
