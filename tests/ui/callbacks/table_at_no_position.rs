//! The table is one of the arguments that C passes.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};
use core::mem::offset_of;

use outlive::{Held, callbacks};

#[repr(C)]
pub struct stream {
    pub version: c_int,
    pub read: Option<unsafe extern "C" fn(stream: *mut stream, count: c_int) -> c_int>,
    pub close: Option<unsafe extern "C" fn(stream: *mut stream)>,
    pub opaque: *mut c_void,
}

struct Host;

#[callbacks(stream, state = table, table = 2)]
impl Host {
    #[callback(fallback = -1)]
    fn read(&self, count: c_int) -> c_int {
        count
    }

    #[callback(table = middle)]
    fn close(&self) {}
}

fn main() {}
