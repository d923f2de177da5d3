//! The body that every row runs.
//!
//! It writes only the tally that the calling thread passes in as an argument, so that no row pays
//! for, or saves, a thread-local. The host value is used by its address, so that each row has to
//! find it and none reads memory that another row's counter may have in the same line. It can
//! panic (on a NULL tally, which never comes), so that no compiler takes out a `catch_unwind`.

use crate::c::bench_tally;

/// The body. `host` is the address of the host value, or a number in it.
///
/// # Safety
///
/// `tally` is NULL or valid, and the calling thread's alone.
#[inline(never)]
pub unsafe fn work(host: usize, tally: *mut bench_tally, value: i64) -> i64 {
    // SAFETY: the caller's promise.
    let tally = unsafe { tally.as_mut() }.expect("a tally for each call");
    tally.calls = tally.calls.wrapping_add(1);
    tally.sum = tally.sum.wrapping_add((value as u64).wrapping_add(host as u64));
    value
}

/// What a tally and the sum of the results are after `n` calls, with values from 0 on, that reached
/// the host value at `host`.
pub fn expected(host: usize, n: i64) -> (bench_tally, i64) {
    let values = n * (n - 1) / 2;
    let hosts = (host as u64).wrapping_mul(n as u64);
    (bench_tally { calls: n as u64, sum: hosts.wrapping_add(values as u64) }, values)
}
