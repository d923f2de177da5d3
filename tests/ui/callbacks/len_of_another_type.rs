//! What C passes does not suit the slice or the buffer, or the length is none.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::{Buffer, Out, callbacks};

#[repr(C)]
pub struct Table {
    pub other: Option<unsafe extern "C" fn(*const u16, c_int, *mut c_void)>,
    pub to_read: Option<unsafe extern "C" fn(*const u8, c_int, *mut c_void)>,
    pub value: Option<unsafe extern "C" fn(*mut u8, c_int, *mut c_void)>,
    pub out: Option<unsafe extern "C" fn(*const c_int, *mut c_void)>,
    pub unknown: Option<unsafe extern "C" fn(*const u8, c_int, *mut c_void)>,
    pub no_number: Option<unsafe extern "C" fn(*const u8, f64, *mut c_void)>,
}

struct Host;

#[callbacks(Table, state = arg, unsafe(borrow))]
impl Host {
    fn other(&self, #[len(size)] data: &[u8], size: c_int) {}

    fn to_read(&self, #[len(size)] into: Buffer<'_>, size: c_int) {}

    fn value(&self, #[len(size)] into: *mut u8, size: c_int) {}

    fn out(&self, out: Out<'_, c_int>) {}

    fn unknown(&self, #[len(sise)] data: &[u8], size: c_int) {}

    fn no_number(&self, #[len(size)] data: &[u8], size: f64) {}
}

fn main() {}
