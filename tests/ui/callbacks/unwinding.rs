//! Functions that may unwind, of either ABI: each error says how to declare them.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub c: Option<unsafe extern "C-unwind" fn(c_int, *mut c_void)>,
    pub system: Option<unsafe extern "system-unwind" fn(c_int, *mut c_void)>,
}

struct Host;

#[callbacks(Table, state = arg)]
impl Host {
    fn c(&self, id: c_int) {}

    fn system(&self, id: c_int) {}
}

fn main() {}
