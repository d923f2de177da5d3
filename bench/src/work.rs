//! The body that every row runs.
//!
//! It writes only the tally that the calling thread passes in as an argument, so that no row pays
//! for, or saves, a thread-local. The host value is used by its address, so that each row has to
//! find it and none reads memory that another row's counter may have in the same line. It can
//! panic (on a NULL tally, which never comes), so that no compiler takes out a `catch_unwind`.

use core::ffi::{c_long, c_ulong};

use crate::c::bench_tally;

/// The body. `host` is the address of the host value, or a number in it.
///
/// # Safety
///
/// `tally` is NULL or valid, and the calling thread's alone.
#[inline(never)]
pub unsafe fn work(host: usize, tally: *mut bench_tally, value: c_long) -> c_long {
    // SAFETY: the caller's promise.
    let tally = unsafe { tally.as_mut() }.expect("a tally for each call");
    tally.calls = tally.calls.wrapping_add(1);
    tally.sum = tally.sum.wrapping_add((value as c_ulong).wrapping_add(host as c_ulong));
    value
}

/// What a tally and the sum of the results are after `n` calls, with values from 0 on, that reached
/// the host value at `host`.
pub fn expected(host: usize, n: c_long) -> (bench_tally, c_long) {
    let values = n * (n - 1) / 2;
    let hosts = (host as c_ulong).wrapping_mul(n as c_ulong);
    (bench_tally { calls: n as c_ulong, sum: hosts.wrapping_add(values as c_ulong) }, values)
}
