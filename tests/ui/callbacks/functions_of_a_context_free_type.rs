//! Functions without user data are those of an instance, which a constant has not.
#![allow(dead_code, non_camel_case_types, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::{Held, callbacks, functions};

type start_cb = Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>;

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Table {
    pub start: start_cb,
}

struct Host;

#[callbacks(state = none)]
impl Host {
    #[callback(type = start_cb, fallback = -1)]
    fn start(&self, id: c_int, other: *mut c_void) -> c_int {
        id
    }
}

fn main() {
    let _ = functions::<Host>();
}
