//! A member of a type of Rust's own cannot be zero.
#![allow(dead_code)]

use core::ffi::c_void;

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub start: Option<unsafe extern "C" fn(*mut c_void)>,
    pub name: String,
}

struct Host;

#[callbacks(Table, state = arg)]
impl Host {
    fn start(&self) {}
}

fn main() {}
