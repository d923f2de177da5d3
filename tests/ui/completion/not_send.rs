//! An answer that goes to another thread without the word that C lets any thread answer.

use std::ffi::{c_int, c_void};
use std::thread;

use outlive::{CClosure, Completion};

type Done = Option<unsafe extern "C" fn(status: c_int, cookie: *mut c_void)>;

fn answer(owed: Completion<Done>) {
    thread::spawn(move || owed.complete(0));
}

fn call(closure: CClosure<Done>) {
    thread::spawn(move || closure.call(0));
}

fn main() {}
