//! A value that borrows is not held: it may be lent to C for the time of a call.
#![allow(dead_code, unused_imports, unused_variables)]

use core::cell::Cell;
use core::ffi::c_void;

use outlive::{Callback, Held, callbacks};

#[repr(C)]
pub struct Table {
    pub start: Option<unsafe extern "C" fn(*mut c_void)>,
}

struct Host<'h>(&'h Cell<i32>);

#[callbacks(Table, state = arg)]
impl Host<'_> {
    fn start(&self) {
        self.0.set(1);
    }
}

fn main() {
    let count = Cell::new(0);
    let held = Held::local(Host(&count)).unwrap();
    let callback = Callback::<unsafe extern "C" fn(*mut c_void)>::local(|| count.set(1)).unwrap();
}
