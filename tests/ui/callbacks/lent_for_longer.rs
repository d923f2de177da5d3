//! What C lends for the call cannot be asked for longer, by a type of another name either.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::{Buffer, callbacks};

#[repr(C)]
pub struct Table {
    pub slice: Option<unsafe extern "C" fn(*const u8, c_int, *mut c_void)>,
    pub buffer: Option<unsafe extern "C" fn(*mut u8, c_int, *mut c_void)>,
}

type Bytes = &'static [u8];
type Memory = Buffer<'static>;

struct Host;

#[callbacks(Table, state = arg, unsafe(borrow))]
impl Host {
    fn slice(&self, #[len(size)] data: Bytes, size: c_int) {}

    fn buffer(&self, #[len(size)] into: Memory, size: c_int) {}
}

fn main() {}
