//! A string of C's is neither a `String`, nor a `CString`, nor a `&str`.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_char, c_void};
use std::ffi::CString;

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub owned: Option<unsafe extern "C" fn(*const c_char, *mut c_void)>,
    pub of_c: Option<unsafe extern "C" fn(*const c_char, *mut c_void)>,
    pub text: Option<unsafe extern "C" fn(*const c_char, *mut c_void)>,
}

struct Host;

#[callbacks(Table, state = arg, unsafe(borrow))]
impl Host {
    fn owned(&self, name: String) {}

    fn of_c(&self, name: CString) {}

    fn text(&self, name: &str) {}
}

fn main() {}
