//! A method cannot ask for its host value for longer than the call.
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

struct Keeper<'k>(std::cell::Cell<Option<&'k Keeper<'k>>>);

#[callbacks(Table, state = arg)]
impl<'k> Keeper<'k> {
    fn stop(&'k self) {
        self.0.set(Some(self));
    }
}

fn main() {}
