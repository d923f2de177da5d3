//! Nor does it make the promise through a macro, whether that has the word or is given it.
#![forbid(unsafe_code)]
#![allow(dead_code)]

use core::ffi::{CStr, c_char, c_int, c_void};

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub start: Option<unsafe extern "C" fn(c_int, *const c_char, *mut c_void) -> c_int>,
}

macro_rules! host {
    ($name:ident $($option:tt)*) => {
        struct $name;

        #[callbacks(Table, state = arg, $($option)*)]
        impl $name {
            #[callback(fallback = -1)]
            fn start(&self, id: c_int, name: &CStr) -> c_int {
                id + name.count_bytes() as c_int
            }
        }
    };
}

macro_rules! promising_host {
    ($name:ident) => {
        struct $name;

        #[callbacks(Table, state = arg, unsafe(borrow))]
        impl $name {
            #[callback(fallback = -1)]
            fn start(&self, id: c_int, name: &CStr) -> c_int {
                id + name.count_bytes() as c_int
            }
        }
    };
}

host!(Given unsafe(borrow));
promising_host!(Promised);

fn main() {}
