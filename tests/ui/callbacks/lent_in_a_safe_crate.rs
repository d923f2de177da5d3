//! Slices, buffers and out parameters are promises, which a crate without `unsafe` does not make, through a macro or not.
#![forbid(unsafe_code)]
#![allow(dead_code, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::{Buffer, Out, callbacks};

#[repr(C)]
pub struct Slice {
    pub start: Option<unsafe extern "C" fn(*const u8, c_int, *mut c_void)>,
}

#[repr(C)]
pub struct Memory {
    pub start: Option<unsafe extern "C" fn(*mut c_int, c_int, *mut c_void)>,
}

struct Host;

#[callbacks(Slice, state = arg, unsafe(borrow))]
impl Host {
    fn start(&self, #[len(size)] data: &[u8], size: c_int) {
        let _ = (data, size);
    }
}

macro_rules! host {
    ($name:ident, $table:ident, ($($argument:tt)*), $($option:tt)*) => {
        struct $name;

        #[callbacks($table, state = arg, $($option)*)]
        impl $name {
            fn start(&self, $($argument)*, size: c_int) {}
        }
    };
}

macro_rules! promising_host {
    ($name:ident, $($argument:tt)*) => {
        struct $name;

        #[callbacks(Memory, state = arg, unsafe(borrow))]
        impl $name {
            fn start(&self, $($argument)*, size: c_int) {}
        }
    };
}

host!(Given, Memory, (#[len(1)] _into: Buffer<'_, c_int>), unsafe(borrow));
promising_host!(Promised, _into: Out<'_, c_int>);

fn main() {}
