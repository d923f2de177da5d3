//! A handle has 64 bits: what an expression finds in 32 is refused at the expression.
#![allow(dead_code, unused_imports, unused_variables)]

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
    #[callback(fallback = -1, user_data = unsafe { (*object).id })]
    fn start(&self, object: *mut Object) -> c_int {
        let _ = self;
        todo!()
    }
}

fn main() {}
