//! A crate that calls itself `core`: what the expansion makes does not depend on what it finds there.
#![forbid(unsafe_code)]

extern crate self as core;

pub use std::{any, ffi, fmt, mem, ptr};

use outlive::{Held, callbacks};

pub mod alloc {
    pub struct Layout;

    impl Layout {
        /// For a table: a struct of one byte.
        #[allow(clippy::new_ret_no_self)]
        pub const fn new<T>() -> std::alloc::Layout {
            std::alloc::Layout::new::<u8>()
        }
    }
}

#[repr(C)]
pub struct Table {
    pub start: Option<unsafe extern "C" fn(i32, *mut std::ffi::c_void) -> i32>,
    pub large: [u64; 1 << 12],
}

struct Host;

#[callbacks(Table, state = arg, constant(large = [1; 1 << 12]))]
impl Host {
    #[callback(fallback = -1)]
    fn start(&self, id: i32) -> i32 {
        id
    }
}

fn main() {
    let held = [(); 100].map(|()| Held::new(Host).unwrap());
    assert!(held.iter().all(|held| held.as_ptr().align_offset(8) == 0));
}
