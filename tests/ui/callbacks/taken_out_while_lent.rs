//! A value that is lent to C until the release is not taken out before.
#![allow(dead_code)]

use core::ffi::c_void;

use outlive::{Held, callbacks};

#[repr(C)]
pub struct Table {
    pub lend: Option<unsafe extern "C" fn(*mut c_void) -> *mut c_void>,
}

struct Host;

#[callbacks(Table, state = arg, keep = release)]
impl Host {
    fn lend(&self) -> *mut c_void {
        core::ptr::null_mut()
    }
}

fn main() {
    let held = Held::new(Host).unwrap();
    let _ = held.into_inner();
}
