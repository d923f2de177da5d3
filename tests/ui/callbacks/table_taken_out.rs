//! An expression of the user's can name what the expansion builds, and gets no function out of it that C only may call.
#![forbid(unsafe_code)]

use core::ffi::{c_int, c_void};

use outlive::{Callbacks, callbacks};

#[repr(C)]
pub struct Table {
    // C's header says that `from` is valid. A safe program that calls this need not pass what is.
    pub read: Option<extern "C" fn(from: *const u64, context: *mut c_void) -> c_int>,
    pub other: Option<extern "C" fn()>,
}

struct Host;

#[callbacks(Table, state = arg, constant(other = {
    fn taken() -> Table {
        <Host as Callbacks>::TEMPLATE.0
    }
    fn built() -> Table {
        <Host as __OutliveTable>::BUILT.template().into_table()
    }
    None
}))]
impl Host {
    #[callback(fallback = -1)]
    fn read(&self, from: Option<u64>) -> c_int {
        from.map_or(0, |_| 1)
    }
}

fn main() {}
