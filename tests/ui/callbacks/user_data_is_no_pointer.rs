//! User data at a position where C has no pointer is refused at the method.
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
    #[callback(fallback = -1, user_data = 0)]
    fn start(&self, name: *const c_char, rest: *mut c_void) -> c_int {
        let _ = self;
        todo!()
    }
}

fn main() {}
