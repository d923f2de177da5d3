//! What is missing, or cannot be, where a method wants C's memory.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::{Buffer, Call, Out, callbacks};

#[repr(C)]
pub struct Table {
    pub slice: Option<unsafe extern "C" fn(*const u8, c_int, *mut c_void)>,
    pub buffer: Option<unsafe extern "C" fn(*mut u8, c_int, *mut c_void)>,
    pub change: Option<unsafe extern "C" fn(*mut u8, c_int, *mut c_void)>,
    pub empty: Option<unsafe extern "C" fn(*mut u8, c_int, *mut c_void)>,
    pub twice: Option<unsafe extern "C" fn(*mut u8, c_int, *mut c_void)>,
    pub longer: Option<unsafe extern "C" fn(*mut c_int, *mut c_void)>,
    pub call: Option<unsafe extern "C" fn(*mut c_void)>,
    pub out: Option<unsafe extern "C" fn(*mut c_int, *mut c_void)>,
}

struct Host;

#[callbacks(Table, state = arg, unsafe(borrow))]
impl Host {
    fn slice(&self, data: Option<&[u8]>, size: c_int) {}

    fn buffer(&self, into: Buffer<'_>, size: c_int) {}

    fn change(&self, #[len(size)] data: &mut [u8], size: c_int) {}

    fn empty(&self, #[len] data: &[u8], size: c_int) {}

    fn twice(&self, #[len(size)] #[len(2)] data: &[u8], size: c_int) {}

    fn own(&self, #[len(self.size)] data: &[u8], size: c_int) {}

    fn longer(&self, out: Out<'static, c_int>) {}

    fn call(&self, call: &mut Call) {}
}

struct Other;

#[callbacks(Table, state = arg)]
impl Other {
    fn slice(&self, #[len(size)] data: &[u8], size: c_int) {}

    fn buffer(&self, #[len(size)] into: Buffer<'_>, size: c_int) {}

    fn out(&self, out: Option<Out<'_, c_int>>) {}
}

fn main() {}
