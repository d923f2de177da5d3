//! A result that C does not expect is refused at its type.
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
    #[callback(fallback = -1)]
    fn start(&self, id: c_int, name: *const c_char) -> i64 {
        let _ = self;
        todo!()
    }
}

fn main() {}
