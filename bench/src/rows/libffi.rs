//! A closure that libffi makes code for at run time.

use core::ffi::c_void;

use libffi::low::ffi_cif;
use libffi::middle::{Cif, Closure, Type};

use super::{ONE, Row, Way};
use crate::c::{bench_table, bench_tally, on_event};
use crate::callee::Callee;
use crate::work::work;

struct Host {
    _seed: u64,
}

/// C's arguments, as libffi passes them: the address of each.
#[repr(C)]
struct Arguments {
    tally: *const *mut bench_tally,
    value: *const i64,
}

/// Called by libffi for each call of the measured loop, on its thread; libffi owns `arguments`.
unsafe extern "C" fn call(
    _cif: &ffi_cif,
    result: &mut i64,
    arguments: *const *const c_void,
    host: &Host,
) {
    // SAFETY: libffi passes one address for each argument of the closure's type, two at least.
    let arguments = unsafe { &*arguments.cast::<Arguments>() };
    // SAFETY: the first one is the tally.
    let tally = unsafe { *arguments.tally };
    // SAFETY: the second one is the value.
    let value = unsafe { *arguments.value };
    // SAFETY: C passes the calling thread's own tally.
    *result = unsafe { work(core::ptr::from_ref(host).addr(), tally, value) };
}

pub fn row() -> Row {
    let host = Box::leak(Box::new(Host { _seed: 0 }));
    let long = Type::i64();
    let cif = Cif::new([Type::pointer(), long.clone(), Type::pointer()], long);
    let closure = Box::leak(Box::new(Closure::new(cif, call, host)));
    // SAFETY: the closure was made for this very type of function, and it is leaked.
    let code = unsafe { *closure.instantiate_code_ptr::<on_event>() };
    let table = Box::leak(Box::new(bench_table { on_event: Some(code) }));
    let way = Way::Table(Callee::new(table, core::ptr::null_mut()));
    Row {
        name: "libffi",
        threads: ONE,
        way,
        host: core::ptr::from_ref(host).addr(),
        _kept: Box::new(()),
    }
}
