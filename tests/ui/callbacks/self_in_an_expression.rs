//! What C gets for a refused call is found without the host value, which may have ended.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub start: Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>,
    pub stop: Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>,
    pub fine: Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>,
}

const NONE: c_int = -3;

struct Host(c_int);

impl Host {
    const NONE: c_int = -2;
}

#[callbacks(Table, state = arg)]
impl Host {
    #[callback(fallback = self.0, errno = { self.0 })]
    fn start(&self, id: c_int) -> c_int {
        id
    }

    #[callback(fallback = -1, late = [self.0][0], panicked = f(|| self.0))]
    fn stop(&self, id: c_int) -> c_int {
        id
    }

    #[callback(fallback = Self::NONE, late = self::NONE)]
    fn fine(&self, id: c_int) -> c_int {
        id
    }
}

fn main() {}
