//! All mistakes of a block are reported at once, and uses of the host add none.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_char, c_int, c_void};

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub version: c_int,
    pub start: Option<unsafe extern "C" fn(c_int, *const c_char, *mut c_void) -> c_int>,
    pub stop: Option<unsafe extern "C" fn(*mut c_void)>,
}

struct Host;

#[callbacks(Table, state = arg, colour = red, panic = explode, instances = 4, required(start, halt))]
impl Host {
    const KIND: u8 = 0;
    fn stop(&mut self, (a, b): (u8, u8)) {}
    async unsafe extern "C" fn start<T>(self, name: &mut T) {}
}

fn hold() {
    let _ = outlive::Held::new(Host);
}

fn main() {
    hold();
}
