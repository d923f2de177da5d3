//! A table that C writes is not lent.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::{Held, callbacks};

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Table {
    pub start: Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>,
    pub next: *mut Table,
}

struct Host;

#[callbacks(Table, state = arg, written_by_c(next))]
impl Host {
    #[callback(fallback = -1)]
    fn start(&self, id: c_int) -> c_int {
        id
    }
}

fn main() {
    let held = Held::new(Host).unwrap();
    let start = held.table().start;
}
