//! A callback in a union, in an array or in a struct within is refused, with the way round.
#![allow(dead_code, unused_imports, unused_variables)]

use core::ffi::{c_int, c_void};

use outlive::callbacks;

type Function = Option<unsafe extern "C" fn(c_int, *mut c_void)>;

#[repr(C)]
#[derive(Clone, Copy)]
pub union Either {
    pub one: Function,
    pub two: usize,
}

#[repr(C)]
pub struct Table {
    pub either: Either,
    pub many: [Function; 4],
}

struct ByPath;

#[callbacks(Table, state = arg)]
impl ByPath {
    #[callback(member = either.one)]
    fn one(&self, id: c_int) {}

    #[callback(member = many[0])]
    fn first(&self, id: c_int) {}
}

struct ByName;

#[callbacks(Table, state = arg)]
impl ByName {
    fn either(&self, id: c_int) {}

    fn many(&self, id: c_int) {}
}

fn main() {}
