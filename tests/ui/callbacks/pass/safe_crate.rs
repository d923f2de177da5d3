//! A crate that forbids `unsafe` and asks for documentation may use the attribute, through a macro of its own
//! too.
#![forbid(unsafe_code)]
#![deny(missing_docs, warnings)]

use core::ffi::{c_char, c_int, c_void};

use outlive::{Held, Token, callbacks};

/// A table.
#[repr(C)]
pub struct Table {
    /// A callback.
    pub start: Option<unsafe extern "C" fn(c_int, *const c_char, *mut c_void) -> c_int>,
}

/// A host.
#[derive(Debug)]
pub struct Host;

#[callbacks(Table, state = arg)]
impl Host {
    /// Starts.
    #[callback(fallback = -1, errno = 5)]
    pub fn start(&self, id: c_int, name: Token) -> c_int {
        id + c_int::from(name.is_null())
    }
}

macro_rules! host {
    ($name:ident, $state:ident) => {
        /// A host that a macro made.
        #[derive(Debug)]
        pub struct $name;

        #[callbacks(Table, state = $state)]
        impl $name {
            /// Starts.
            #[callback(fallback = -1)]
            pub fn start(&self, id: c_int, name: *const c_char, data: *mut c_void) -> c_int {
                id + c_int::from(name.is_null() && data.is_null())
            }
        }
    };
}

macro_rules! host_with_user_data {
    ($name:ident) => {
        /// A host that a macro made.
        #[derive(Debug)]
        pub struct $name;

        #[callbacks(Table, state = arg)]
        impl $name {
            /// Starts.
            #[callback(fallback = -1)]
            pub fn start(&self, id: c_int, name: *const c_char) -> c_int {
                id + c_int::from(name.is_null())
            }
        }
    };
}

host!(ContextFree, none);
host_with_user_data!(ByMacro);

fn main() {
    assert_eq!(Host.start(1, Token::from_ptr(core::ptr::null())), 2);
    assert!(Held::new(Host).is_ok());
    assert!(Held::new(ContextFree).is_ok());
    assert!(Held::new(ByMacro).is_ok());
}
