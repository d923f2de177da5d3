//! A struct that does not fit into a chunk is refused at its block.
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

#[repr(C)]
pub struct large {
    pub read: Option<unsafe extern "C" fn(large: *mut large) -> c_int>,
    pub rest: [u8; 65536],
}

#[callbacks(large, state = table)]
impl Host {
    #[callback(fallback = -1)]
    fn read(&self) -> c_int {
        0
    }
}

fn main() {}
