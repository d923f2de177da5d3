//! The C library, for tests that are not about its pointers.
//!
//! STATIC-TABLE: a `keeper_table` or `keeper_plain` of the hosts here is a static of the program, since
//! neither carries user data of its own nor is written by C. So the pointer is valid even after a
//! release, and C may call through it at any time. The methods take what `keeper.h` passes.

use core::ffi::{c_int, c_long, c_void};
use core::ptr::NonNull;

use outlive::{Arg, Callbacks, ContextFree, Held, Scoped, Threads};

use crate::binding::Table;
use crate::sys;
use crate::warm::warm_up;

/// What leads C to a host value: a table with its user data.
pub trait Kept {
    /// The table. STATIC-TABLE holds for it.
    fn table(&self) -> *mut sys::keeper_table;
    /// The user data.
    fn arg(&self) -> *mut c_void;
}

impl<T, K: Threads> Kept for Held<T, K>
where
    T: Callbacks<Table = sys::keeper_table, Locator = Arg> + 'static,
{
    fn table(&self) -> *mut sys::keeper_table {
        self.as_ptr()
    }

    fn arg(&self) -> *mut c_void {
        self.user_data()
    }
}

/// The control breaks STATIC-TABLE, in the process of a scenario: that is what it is for.
impl<'a> Kept for dyn Table<sys::keeper_table> + 'a {
    fn table(&self) -> *mut sys::keeper_table {
        self.raw()
    }

    fn arg(&self) -> *mut c_void {
        Table::arg(self)
    }
}

/// As above.
impl<'a> Kept for dyn Table<sys::keeper_table> + Send + Sync + 'a {
    fn table(&self) -> *mut sys::keeper_table {
        self.raw()
    }

    fn arg(&self) -> *mut c_void {
        Table::arg(self)
    }
}

impl<T: Callbacks<Table = sys::keeper_table, Locator = Arg>> Kept for Scoped<'_, T> {
    fn table(&self) -> *mut sys::keeper_table {
        self.as_ptr()
    }

    fn arg(&self) -> *mut c_void {
        self.user_data()
    }
}

/// The C library with one table in its keeping. It knows nothing of the table's life.
///
/// INVARIANT: OWN-KEEPER: the pointer came from `keeper_new` and is freed on drop.
#[derive(Debug)]
pub struct Keeper(NonNull<sys::keeper>);

// SAFETY: the C library reads the table, and its only changing member is atomic.
unsafe impl Send for Keeper {}
// SAFETY: as above.
unsafe impl Sync for Keeper {}

impl Keeper {
    /// Gives the table to C, which keeps the pointer.
    pub fn of(kept: &(impl Kept + ?Sized)) -> Self {
        warm_up();
        // SAFETY: STATIC-TABLE.
        let keeper = unsafe { sys::keeper_new(kept.table(), kept.arg()) };
        Keeper(NonNull::new(keeper).unwrap())
    }

    /// Has C use other user data, in running threads too.
    #[expect(
        clippy::not_unsafe_ptr_arg_deref,
        reason = "user data is a number: nothing reads through it"
    )]
    pub fn set_arg(&self, arg: *mut c_void) {
        // SAFETY: OWN-KEEPER.
        unsafe { sys::keeper_set_arg(self.0.as_ptr(), arg) };
    }

    /// C calls `on_event`.
    pub fn call(&self, value: c_int) -> c_int {
        warm_up();
        // SAFETY: OWN-KEEPER, STATIC-TABLE.
        unsafe { sys::keeper_call(self.0.as_ptr(), value) }
    }

    /// C sets `errno`, calls, and looks at `errno`: the result and what it saw.
    pub fn call_errno(&self, value: c_int, before: c_int) -> (c_int, c_int) {
        let mut after = 0;
        // SAFETY: OWN-KEEPER, STATIC-TABLE.
        let result =
            unsafe { sys::keeper_call_errno(self.0.as_ptr(), value, before, &raw mut after) };
        (result, after)
    }

    /// C calls through a copy of the table on its stack.
    pub fn call_copy(&self, value: c_int) -> c_int {
        // SAFETY: OWN-KEEPER, STATIC-TABLE.
        unsafe { sys::keeper_call_copy(self.0.as_ptr(), value) }
    }

    /// C calls each of the seven callbacks; the host fills them all.
    pub fn call_each(&self) -> c_int {
        // SAFETY: OWN-KEEPER, STATIC-TABLE.
        unsafe { sys::keeper_call_each(self.0.as_ptr()) }
    }

    /// C makes a thread that calls, and joins it.
    pub fn call_from_thread(&self, value: c_int) -> c_int {
        // SAFETY: OWN-KEEPER, STATIC-TABLE.
        unsafe { sys::keeper_call_from_thread(self.0.as_ptr(), value) }
    }

    /// As [`call_from_thread`](Keeper::call_from_thread), `count` times; how often `value` came back.
    pub fn call_from_threads(&self, count: c_long, value: c_int) -> c_long {
        // SAFETY: OWN-KEEPER, STATIC-TABLE.
        unsafe { sys::keeper_call_from_threads(self.0.as_ptr(), count, value) }
    }

    /// C calls from the destructor of a key of a thread that ends.
    pub fn call_at_thread_exit(&self, value: c_int) -> c_int {
        // SAFETY: OWN-KEEPER, STATIC-TABLE.
        unsafe { sys::keeper_call_at_thread_exit(self.0.as_ptr(), value) }
    }

    #[cfg(unix)]
    /// C calls in a forked child, which exits with the result; the status of `waitpid`.
    pub fn call_in_child(&self, value: c_int) -> c_int {
        // SAFETY: OWN-KEEPER, STATIC-TABLE.
        unsafe { sys::keeper_call_in_child(self.0.as_ptr(), value) }
    }

    /// C calls when the process exits. The keeper stays for that.
    pub fn call_at_exit(self, value: c_int) {
        // SAFETY: OWN-KEEPER, STATIC-TABLE; it is never freed.
        unsafe { sys::keeper_call_at_exit(self.0.as_ptr(), value) };
        core::mem::forget(self);
    }

    /// C calls on a thread of its own while the host goes on.
    pub fn start(&self, value: c_int) -> Job<'_> {
        // SAFETY: OWN-KEEPER, STATIC-TABLE; the job borrows the keeper.
        Job(unsafe { sys::keeper_start(self.0.as_ptr(), value) }, self)
    }

    /// C calls from several threads as fast as it can.
    pub fn hammer(&self, threads: c_int) -> Hammer<'_> {
        // SAFETY: OWN-KEEPER, STATIC-TABLE; the hammer borrows the keeper.
        Hammer(unsafe { sys::keeper_hammer_start(self.0.as_ptr(), threads) }, self)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // SAFETY: OWN-KEEPER.
        unsafe { sys::keeper_free(self.0.as_ptr()) };
    }
}

/// C calls `on_event` with user data of its own choice.
#[expect(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "user data is a number: nothing reads through it"
)]
pub fn call_with(kept: &(impl Kept + ?Sized), value: c_int, arg: *mut c_void) -> c_int {
    warm_up();
    // SAFETY: STATIC-TABLE.
    unsafe { sys::keeper_call_with(kept.table(), value, arg) }
}

/// A call that C makes in the background. A job that is not joined leaks its thread.
#[derive(Debug)]
pub struct Job<'a>(*mut sys::keeper_job, #[expect(dead_code, reason = "borrowed")] &'a Keeper);

impl Job<'_> {
    /// Waits for the call; its result.
    pub fn join(self) -> c_int {
        // SAFETY: `keeper_start` made it, and it is joined once.
        unsafe { sys::keeper_join(self.0) }
    }
}

/// Threads of C that call as fast as they can. A hammer that is not stopped leaks them.
#[derive(Debug)]
pub struct Hammer<'a>(
    *mut sys::keeper_hammer,
    #[expect(dead_code, reason = "borrowed")] &'a Keeper,
);

/// What the threads of a [`Hammer`] did.
#[derive(Clone, Copy, Debug)]
pub struct Hammered {
    /// The calls that C made.
    pub calls: u64,
    /// The calls whose result was not negative.
    pub served: u64,
}

impl Hammer<'_> {
    /// Returns when C has begun `count` more calls.
    pub fn await_calls(&self, count: c_long) {
        // SAFETY: `keeper_hammer_start` made it, and it is not stopped yet.
        let calls = || unsafe { sys::keeper_hammer_calls(self.0) };
        let begun = calls();
        crate::wait::until(|| calls() >= begun + count);
    }

    /// Stops the threads and joins them.
    pub fn stop(self) -> Hammered {
        let mut calls = 0;
        // SAFETY: `keeper_hammer_start` made it, and it is stopped once.
        let served = unsafe { sys::keeper_hammer_stop(self.0, &raw mut calls) };
        Hammered { calls: calls as u64, served: served as u64 }
    }
}

/// A context-free table in C's keeping.
#[derive(Clone, Copy, Debug)]
pub struct Plain(*const sys::keeper_plain);

// SAFETY: STATIC-TABLE, and nobody writes it.
unsafe impl Send for Plain {}

impl Plain {
    /// Gives the table to C.
    pub fn of<T, K: Threads>(held: &Held<T, K>) -> Self
    where
        T: Callbacks<Table = sys::keeper_plain, Locator = ContextFree> + 'static,
    {
        warm_up();
        Plain(held.as_ptr())
    }

    /// C calls `on_event`.
    pub fn call(self, value: c_int) -> c_int {
        warm_up();
        // SAFETY: STATIC-TABLE.
        unsafe { sys::keeper_call_plain(self.0, value) }
    }

    /// C makes a thread that calls, and joins it.
    pub fn call_from_thread(self, value: c_int) -> c_int {
        // SAFETY: STATIC-TABLE.
        unsafe { sys::keeper_call_plain_from_thread(self.0, value) }
    }

    /// Where the table stands.
    pub fn address(self) -> usize {
        self.0.addr()
    }
}
