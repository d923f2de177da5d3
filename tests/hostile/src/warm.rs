//! Threads that have called before: the library lets their calls in by its short way, and the first call of a
//! thread by another. What is tested is to hold for both.
//!
//! Each thread, C's and the host's, begins with a call into a table that lives for good. `OUTLIVE_TEST_THREADS=cold`
//! leaves that out.

use core::cell::Cell;
use core::ffi::c_int;
use std::sync::OnceLock;

use outlive::{Held, callbacks};

use crate::sys::{self, keeper_table};

struct Warm;

#[callbacks(keeper_table, state = arg)]
impl Warm {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        value
    }
}

/// The table of the first call, and its user data.
static TABLE: OnceLock<(usize, usize)> = OnceLock::new();

std::thread_local! { static IS_WARM: Cell<bool> = const { Cell::new(false) }; }

/// Whether threads are to be warm: said once, by a scenario's variant or by the environment.
static ARE_WARM: OnceLock<bool> = OnceLock::new();

/// Says whether all threads begin with a call. Only the first word counts.
pub fn threads_are_warm(are_warm: bool) {
    ARE_WARM.get_or_init(|| are_warm);
}

/// Makes the calling thread one that has called before, unless it is to be left as it is.
pub fn warm_up() {
    let are_warm = *ARE_WARM.get_or_init(|| {
        std::env::var_os("OUTLIVE_TEST_THREADS").is_none_or(|threads| threads != "cold")
    });
    if are_warm && !IS_WARM.replace(true) {
        TABLE.get_or_init(table);
        call();
        // SAFETY: the hook may be called on any thread.
        unsafe { sys::keeper_warm_threads(Some(call)) };
    }
}

fn table() -> (usize, usize) {
    let held = Held::new(Warm).expect("the first table of the process");
    let made = (held.as_ptr().expose_provenance(), held.user_data().addr());
    let _: &Warm = held.leak().expect("it has not ended");
    made
}

extern "C" fn call() {
    let Some(&(table, arg)) = TABLE.get() else { return };
    let table = core::ptr::with_exposed_provenance(table);
    // SAFETY: the table was leaked, and is a static of the program.
    let result = unsafe { sys::keeper_call_with(table, 7, core::ptr::without_provenance_mut(arg)) };
    assert_eq!(result, 7, "a table that lives for good");
}
