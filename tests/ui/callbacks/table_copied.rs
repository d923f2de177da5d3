//! A copy in C's memory has another address, and would lead nowhere.
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

#[callbacks(stream, state = table)]
impl Host {
    #[callback(fallback = -1)]
    fn read(&self, count: c_int) -> c_int {
        count
    }
}

fn main() {
    let held = Held::new(Host).unwrap();
    let _ = held.to_malloc();
}
