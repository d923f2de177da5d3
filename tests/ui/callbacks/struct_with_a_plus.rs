//! The struct's type ends before a plus.
#![allow(dead_code)]

use core::ffi::c_void;

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub stop: Option<unsafe extern "C" fn(*mut c_void)>,
}

struct Host;

#[callbacks(Table + Send, state = arg)]
impl Host {
    fn stop(&self) {}
}

fn main() {}
