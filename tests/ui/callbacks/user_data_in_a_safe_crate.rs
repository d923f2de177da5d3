//! A crate that forbids unsafe code cannot read the user data out of C's memory.
#![allow(dead_code, unused_imports, unused_variables)]
#![forbid(unsafe_code)]

use core::ffi::{c_char, c_int, c_void};

use outlive::callbacks;

#[repr(C)]
pub struct Object {
    pub id: u32,
    pub data: *mut c_void,
}

#[repr(C)]
pub struct Table {
    pub version: c_int,
    pub start: Option<unsafe extern "C" fn(*mut Object) -> c_int>,
}

struct Host;

#[callbacks(Table, state = arg)]
impl Host {
    #[callback(fallback = -1, user_data = unsafe { (*object).data })]
    fn start(&self, object: *mut Object) -> c_int {
        let _ = self;
        todo!()
    }
}

fn main() {}
