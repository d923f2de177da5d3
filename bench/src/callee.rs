//! What C is given to call.

use core::ffi::c_void;

use outlive::{Arg, Callbacks, Held, Threads};

use crate::c::{bench_calls, bench_table, bench_tally};

/// A table and its user data.
#[derive(Clone, Copy, Debug)]
pub struct Callee {
    table: *const bench_table,
    user_data: *mut c_void,
}

// SAFETY: these are addresses; whoever has C call them promises that they are valid.
unsafe impl Send for Callee {}
// SAFETY: a callee is read only.
unsafe impl Sync for Callee {}

impl Callee {
    pub fn new(table: *const bench_table, user_data: *mut c_void) -> Self {
        Callee { table, user_data }
    }

    pub fn of<T, K>(held: &Held<T, K>) -> Self
    where
        T: Callbacks<Table = bench_table, Locator = Arg> + 'static,
        K: Threads,
    {
        Callee::new(held.as_ptr(), held.user_data())
    }

    /// Has C call it with `n` values from `first` on, and returns the sum of the results.
    ///
    /// # Safety
    ///
    /// The table and the user data are valid until this returns, and may be called on this thread;
    /// `tally` is what the table's callback wants.
    pub unsafe fn call(self, tally: *mut bench_tally, first: i64, n: i64) -> i64 {
        // SAFETY: the caller's promise.
        unsafe { bench_calls(self.table, self.user_data, tally, first, n) }
    }
}
