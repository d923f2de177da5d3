//! `crate = path` may lead to any names; what the table is made of comes from `outlive` all the same.
#![forbid(unsafe_code)]

use core::ffi::{c_int, c_void};

use outlive::callbacks;

#[repr(C)]
pub struct Table {
    pub start: Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>,
}

mod mine {
    pub use outlive::*;
    pub mod __private {
        use core::marker::PhantomData;

        pub use outlive::__private::*;

        /// Takes the place of `outlive`'s own.
        pub struct TableBuilder<H, const K: usize>(PhantomData<H>);

        impl<H: outlive::Callbacks<Table = crate::Table>, const K: usize> TableBuilder<H, K> {
            pub const fn new() -> Self {
                TableBuilder(PhantomData)
            }

            pub const fn callback<const N: usize, const INDEX: usize, M, L: Copy, B: Copy, F: Copy>(
                &mut self,
                _: &'static str,
                _: Field<H::Table, M>,
                _: L,
                _: B,
                _: F,
            ) where
                L: Fn((core::ffi::c_int, *mut core::ffi::c_void)) -> Option<usize>,
                B: for<'a> Fn(
                    &'a H,
                    &'a outlive::Call<'a>,
                    Returns<core::ffi::c_int>,
                    (Raw<'a, core::ffi::c_int>, Raw<'a, *mut core::ffi::c_void>),
                ) -> Result<core::ffi::c_int, outlive_core::BadArgument>,
                F: Fn((core::ffi::c_int, *mut core::ffi::c_void)) -> core::ffi::c_int,
            {
            }

            pub const fn members(&self) -> [MemberInfo; K] {
                [const { MemberInfo { name: "far", kind: outlive::MemberKind::UserData, offset: 1 << 40, size: 8 } }; K]
            }

            pub const fn shared(&self) -> [*const (); K] {
                [core::ptr::null(); K]
            }

            pub const fn has_safe_functions(&self) -> bool {
                false
            }

            pub const fn template(self) -> crate::Table {
                crate::Table { start: None }
            }
        }
    }
}

struct Host;

#[callbacks(Table, state = arg, crate = mine)]
impl Host {
    #[callback(fallback = -1)]
    fn start(&self, id: c_int) -> c_int {
        id
    }
}

fn main() {}
