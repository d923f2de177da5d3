//! Calls that nobody waits for.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{CStr, c_char, c_int, c_void};

use outlive::{Held, callbacks};

#[repr(C)]
pub struct Table {
    pub number: Option<unsafe extern "C" fn(c_int, *mut c_void)>,
    pub text: Option<unsafe extern "C" fn(*const c_char, *mut c_void)>,
    pub raw: Option<unsafe extern "C" fn(*mut c_int, *mut c_void)>,
    pub result: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
}

struct NotDelivered;

#[callbacks(Table, state = arg)]
impl NotDelivered {
    #[callback(posted)]
    fn number(&self, number: c_int) {}
}

struct Borrowed;

#[callbacks(Table, state = arg, deliver = true, unsafe(borrow))]
impl Borrowed {
    #[callback(posted)]
    fn text(&self, text: &CStr) {}
}

struct Pointer;

#[callbacks(Table, state = arg, deliver = true)]
impl Pointer {
    #[callback(posted)]
    fn raw(&self, raw: *mut c_int) {}
}

struct WithResult;

#[callbacks(Table, state = arg, deliver = true)]
impl WithResult {
    #[callback(posted, fallback = 0)]
    fn result(&self) -> c_int {
        0
    }
}

struct LastWord;

#[callbacks(Table, state = arg, deliver = true)]
impl LastWord {
    #[callback(posted, last)]
    fn number(&self, number: c_int) {}
}

struct Found;

#[callbacks(Table, state = arg, user_data = user_data, deliver = true)]
impl Found {
    #[callback(posted)]
    fn number(&self, number: c_int, user_data: *mut c_void) {}
}

fn main() {}
