//! `unsafe(borrow)` is a promise, which a crate without `unsafe` does not make.
#![forbid(unsafe_code)]
#![allow(dead_code)]

use core::ffi::{CStr, c_char, c_int, c_void};

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub start: Option<unsafe extern "C" fn(c_int, *const c_char, *mut c_void) -> c_int>,
}

struct Host;

#[callbacks(Table, state = arg, unsafe(borrow))]
impl Host {
    #[callback(fallback = -1)]
    fn start(&self, id: c_int, name: &CStr) -> c_int {
        id + name.count_bytes() as c_int
    }
}

fn main() {}
