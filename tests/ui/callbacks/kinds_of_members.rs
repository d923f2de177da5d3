//! Members that no method can stand behind: each says so, and not that the number of arguments is wrong.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub of_rust: Option<fn(c_int, *mut c_void)>,
    pub variadic: Option<unsafe extern "C" fn(c_int, *mut c_void, ...)>,
    pub number: c_int,
    pub two: Option<unsafe extern "C" fn(c_int, *mut c_void)>,
}

struct Host;

#[callbacks(Table, state = arg)]
impl Host {
    fn of_rust(&self, id: c_int) {}

    fn variadic(&self, id: c_int) {}

    fn number(&self, id: c_int) {}

    fn two(&self, id: c_int, user_data: *mut c_void) {}
}

fn main() {}
