//! A borrowed argument cannot have a lifetime of the host type.
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

struct Keeper<'k>(std::cell::Cell<Option<&'k core::ffi::CStr>>);

#[callbacks(Table, state = arg, unsafe(borrow))]
impl<'k> Keeper<'k> {
    #[callback(fallback = -1)]
    fn start(&self, id: c_int, name: Option<&'k core::ffi::CStr>) -> c_int {
        self.0.set(name);
        id
    }
}

fn main() {}
