//! Functions that safe code could call, with any argument, are not lent to it.
#![allow(dead_code, non_camel_case_types, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::{Held, callbacks, functions};

type start_cb = Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>;

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Table {
    pub start: start_cb,
}

struct Host;

#[callbacks(state = arg)]
impl Host {
    #[callback(type = extern "C" fn(*const c_int, *mut c_void) -> c_int, fallback = -1)]
    fn start(&self, id: Option<c_int>) -> c_int {
        id.unwrap_or(0)
    }
}

fn main() {
    let held = Held::new(Host).unwrap();
    (held.functions().start)(8 as *const c_int, held.user_data());
    let _ = functions::<Host>();
}
