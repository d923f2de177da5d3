//! The expansion's `unsafe` does not reach into a fallback.
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

#[callbacks(Table, state = arg)]
impl Host {
    #[callback(fallback = c_int::from(*name))]
    fn start(&self, id: c_int, name: *const c_char) -> c_int {
        let _ = self;
        todo!()
    }
}

fn main() {}
