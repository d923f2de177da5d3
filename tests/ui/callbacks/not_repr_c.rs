//! A struct whose layout is not C's is told by the lint that knows layouts.
#![deny(warnings)]
#![allow(dead_code)]

use core::ffi::{c_int, c_void};

use outlive::callbacks;

pub struct Table {
    pub version: c_int,
    pub start: Option<unsafe extern "C" fn(*mut c_void)>,
}

struct Host;

#[callbacks(Table, state = arg)]
impl Host {
    fn start(&self) {}
}

fn main() {}
