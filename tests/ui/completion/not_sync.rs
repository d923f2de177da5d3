//! A closure of C's that two threads share: the word is for one thread at a time.

use std::ffi::{c_int, c_void};
use std::thread;

use outlive::{AnyThread, CClosure};

type Changed = Option<unsafe extern "C" fn(value: c_int, data: *mut c_void)>;

fn call(closure: &AnyThread<CClosure<Changed>>) {
    thread::scope(|scope| {
        scope.spawn(|| closure.call(0));
    });
}

fn main() {}
