//! A member that is called as a keyword is.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::c_void;

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub r#type: Option<unsafe extern "C" fn(*mut c_void)>,
}

struct Host;

#[callbacks(Table, state = arg, required(type))]
impl Host {
    #[callback(member = type)]
    fn kind(&self) {}
}

fn main() {}
