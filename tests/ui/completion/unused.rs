//! An answer that is dropped at once, and one of which nobody asks whether C got it.

#![deny(unused_must_use)]

use std::ffi::{c_int, c_void};

use outlive::{Call, Completion};

type Done = Option<unsafe extern "C" fn(status: c_int, cookie: *mut c_void)>;

fn drops(call: &Call<'_>, done: Done, cookie: *mut c_void) {
    unsafe { Completion::of(call, done, cookie, 0) };
}

fn asks_nothing(owed: Completion<Done>) {
    owed.complete(0);
}

fn main() {}
