//! With `state = table` there is no user data, no number of instances and no destroy notify.
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

#[callbacks(stream, state = table, user_data = last, user_data_member = opaque, instances = 3, destroy = close)]
impl Host {
    #[callback(fallback = -1, user_data = first)]
    fn read(&self, count: c_int) -> c_int {
        count
    }
}

fn main() {}
