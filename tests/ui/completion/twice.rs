//! An answer that is given twice.

use std::ffi::{c_int, c_void};

use outlive::Completion;

type Done = Option<unsafe extern "C" fn(status: c_int, cookie: *mut c_void)>;

fn answers(owed: Completion<Done>) {
    let _ = owed.complete(0);
    let _ = owed.complete(1);
}

fn main() {}
