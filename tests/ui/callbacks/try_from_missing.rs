//! `#[try_from]` needs the conversion.
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

struct Mode;

#[callbacks(Table, state = arg)]
impl Host {
    #[callback(fallback = -1)]
    fn start(&self, #[try_from] mode: Mode, name: *const c_char) -> c_int {
        let _ = self;
        todo!()
    }
}

fn main() {}
