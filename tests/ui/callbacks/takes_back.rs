//! What C takes back by, and how long a value is kept.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::{Held, callbacks};

#[repr(C)]
pub struct Table {
    pub lend: Option<unsafe extern "C" fn(*mut c_void) -> *mut c_int>,
    pub take_back: Option<unsafe extern "C" fn(*mut c_int, *mut c_void)>,
}

struct NotKept;

#[callbacks(Table, state = arg)]
impl NotKept {
    #[callback(takes_back)]
    fn take_back(&self, lent: *mut c_int) {}
}

struct KeptForLonger;

#[callbacks(Table, state = arg, keep = forever)]
impl KeptForLonger {
    fn lend(&self) -> *mut c_int {
        core::ptr::null_mut()
    }
}

struct Both;

#[callbacks(Table, state = arg, keep = release)]
impl Both {
    #[callback(takes_back, last)]
    fn take_back(&self, lent: *mut c_int) {}
}

fn main() {}
