//! The expansion takes no name of the user's, whatever these are called.
#![deny(warnings)]
#![allow(non_camel_case_types)]

mod sys {
    #[repr(C)]
    pub struct table {
        pub r#type: Option<extern "C" fn(i32, *mut core::ffi::c_void) -> i32>,
        pub builder: i32,
        pub r#move: Option<extern "C" fn(i32, *mut core::ffi::c_void) -> i32>,
        hidden: u8,
    }
}

mod core_like {
    pub struct Option;
    pub struct Result;
    pub struct Instance;
}
use core_like::*;

struct Self_;
const _: (Option, Result, Instance) = (Option, Result, Instance);

impl Self_ {
    const BUILT: i32 = 3;
}

#[::outlive::callbacks(sys::table, state = arg, constant(builder = Self::BUILT), required(r#type))]
impl Self_ {
    #[callback(fallback = scratch + host)]
    fn r#type(&self, mut scratch: i32) -> i32 {
        scratch += 1;
        scratch
    }

    #[callback]
    #[callback(member = r#move, fallback = r#in + 1)]
    fn r#loop(&self, r#in: i32) -> i32 {
        r#in
    }
}

#[allow(non_upper_case_globals)]
const host: i32 = 4;

fn main() {
    let held = ::outlive::Held::new(Self_).expect("a table");
    let table = held.as_ptr();
    let call = unsafe { (*table).r#type }.expect("a callback");
    assert_eq!(call(1, held.user_data()), 2);
    let _ = held.revoke();
    assert_eq!(call(1, held.user_data()), 5);
    assert_eq!(unsafe { (*table).builder }, 3);
    assert_eq!(unsafe { (*table).r#move }.expect("a callback")(1, held.user_data()), 2);
}
