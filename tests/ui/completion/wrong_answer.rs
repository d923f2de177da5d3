//! Answers of other types than C's.

use std::ffi::{c_int, c_void};

use outlive::{Call, Completion};

type Done = Option<unsafe extern "C" fn(status: c_int, size: usize, cookie: *mut c_void)>;

fn answers(call: &Call<'_>, done: Done, cookie: *mut c_void) {
    let _ = unsafe { Completion::of(call, done, cookie, 0) };
    let owed = unsafe { Completion::of(call, done, cookie, (0, 0)) };
    let _ = owed.complete((0, c_int::MAX));
}

fn main() {}
