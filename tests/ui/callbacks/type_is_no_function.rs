//! The type of a function is one that C can call.
#![allow(dead_code, non_camel_case_types, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::{Held, callbacks};

type start_cb = Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>;

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Table {
    pub start: start_cb,
}

struct Host;

#[callbacks(state = arg)]
impl Host {
    #[callback(type = *mut c_void, fallback = -1)]
    fn start(&self, id: c_int) -> c_int {
        id
    }
}

fn main() {}
