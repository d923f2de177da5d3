//! A bare member cannot be NULL: for a generic host the error comes where it is held.
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

#[repr(C)]
pub struct Bare {
    pub first: extern "C" fn(*mut c_void),
    pub second: extern "C" fn(*mut c_void),
}

struct Generic<T>(T);

#[callbacks(Bare, state = arg)]
impl<T: 'static> Generic<T> {
    fn first(&self) {}
}

fn main() {
    let _ = outlive::Held::new(Generic(1_u8));
}
