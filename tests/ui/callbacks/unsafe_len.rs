//! A length is ordinary code: `unsafe(borrow)` makes nothing else `unsafe` there.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::c_void;

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub start: Option<unsafe extern "C" fn(*const u8, *const usize, *mut c_void)>,
}

struct Host;

#[callbacks(Table, state = arg, unsafe(borrow))]
impl Host {
    fn start(&self, #[len(*size)] data: &[u8], size: *const usize) {}
}

fn main() {}
