//! A method keeps neither a slice, nor a buffer, nor an out parameter.
#![allow(dead_code, unused_imports, unused_variables)]

use core::cell::Cell;
use core::ffi::{c_int, c_void};

use outlive::{Buffer, Out, callbacks};

#[repr(C)]
pub struct Table {
    pub slice: Option<unsafe extern "C" fn(*const u8, c_int, *mut c_void)>,
    pub buffer: Option<unsafe extern "C" fn(*mut u8, c_int, *mut c_void)>,
    pub out: Option<unsafe extern "C" fn(*mut c_int, *mut c_void)>,
}

struct Keeper<'k> {
    slice: Cell<&'k [u8]>,
    buffer: Cell<Option<Buffer<'k>>>,
    out: Cell<Option<Out<'k, c_int>>>,
}

#[callbacks(Table, state = arg, unsafe(borrow))]
impl Keeper<'_> {
    fn slice(&self, #[len(size)] data: &[u8], size: c_int) {
        self.slice.set(data);
    }

    fn buffer(&self, #[len(size)] into: Buffer<'_>, size: c_int) {
        self.buffer.set(Some(into));
    }

    fn out(&self, out: Out<'_, c_int>) {
        self.out.set(Some(out));
    }
}

fn main() {}
