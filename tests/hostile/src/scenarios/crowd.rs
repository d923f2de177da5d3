//! `c/crowd.h`.

use core::ffi::{c_int, c_long, c_void};

use super::way::Way;
use crate::sys::keeper_table;
use crate::warm::warm_up;

#[repr(C)]
struct crowd_member(());
#[repr(C)]
struct crowd_stream(());

const ROUNDS: usize = 4;

unsafe extern "C" {
    safe fn crowd_hire(stack: usize) -> *mut crowd_member;
    fn crowd_send(
        member: *mut crowd_member,
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
    );
    fn crowd_await(member: *mut crowd_member) -> c_int;
    fn crowd_dismiss(member: *mut crowd_member);
    fn crowd_call_once_each(
        table: *const keeper_table,
        arg: *mut c_void,
        count: c_long,
        value: c_int,
        expected: c_int,
    ) -> c_long;
    fn crowd_call_in_exit_rounds(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
        results: *mut [c_int; ROUNDS],
    );
    fn crowd_call_when_cancelled(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
    ) -> c_int;
    fn crowd_stream_start(
        table: *const keeper_table,
        arg: *mut c_void,
        sources: c_int,
    ) -> *mut crowd_stream;
    fn crowd_stream_made(stream: *mut crowd_stream) -> c_long;
    fn crowd_stream_stop(stream: *mut crowd_stream) -> c_long;
    fn crowd_detach(table: *const keeper_table, arg: *mut c_void, threads: c_int);
    pub safe fn crowd_detached_calls() -> c_long;
    pub safe fn crowd_detached_are_late();
    pub safe fn crowd_detached_not_refused() -> c_long;
    pub safe fn crowd_detached_at_exit();
}

/// A thread of C that waits for orders. One that is not dismissed stays.
pub struct Member(*mut crowd_member);

// SAFETY: its orders have a lock.
unsafe impl Send for Member {}

impl Member {
    pub fn hire() -> Self {
        Member::with_stack(0)
    }

    /// With a stack of so many bytes; 0 is the usual one.
    pub fn with_stack(bytes: usize) -> Self {
        warm_up();
        Member(crowd_hire(bytes))
    }

    /// It calls; nobody waits.
    pub fn send(&self, way: &Way, value: c_int) {
        // SAFETY: it is not dismissed yet; STATIC-TABLE.
        unsafe { crowd_send(self.0, way.raw(), way.arg(), value) };
    }

    /// The result of that call.
    pub fn wait(&self) -> c_int {
        // SAFETY: as above.
        unsafe { crowd_await(self.0) }
    }

    /// It calls.
    pub fn call(&self, way: &Way, value: c_int) -> c_int {
        self.send(way, value);
        self.wait()
    }

    /// It ends.
    pub fn dismiss(self) {
        // SAFETY: it is dismissed once.
        unsafe { crowd_dismiss(self.0) };
    }
}

/// So many of them.
pub fn hire(count: usize) -> Vec<Member> {
    (0..count).map(|_| Member::hire()).collect()
}

/// A thread of C that makes one call and ends.
pub fn call_from_a_thread(way: &Way, value: c_int) -> c_int {
    let member = Member::hire();
    let result = member.call(way, value);
    member.dismiss();
    result
}

/// Threads that each call once; how many results were as expected.
pub fn call_once_each(way: &Way, count: c_long, value: c_int, expected: c_int) -> c_long {
    // SAFETY: STATIC-TABLE.
    unsafe { crowd_call_once_each(way.raw(), way.arg(), count, value, expected) }
}

/// A thread that calls, and again in each round of its keys' destructors.
pub fn call_in_exit_rounds(way: &Way, value: c_int) -> [c_int; ROUNDS] {
    let mut results = [0; ROUNDS];
    // SAFETY: STATIC-TABLE; there is room for the results.
    unsafe { crowd_call_in_exit_rounds(way.raw(), way.arg(), value, &raw mut results) };
    results
}

/// A thread that has been cancelled already calls.
pub fn call_when_cancelled(way: &Way, value: c_int) -> c_int {
    // SAFETY: STATIC-TABLE.
    unsafe { crowd_call_when_cancelled(way.raw(), way.arg(), value) }
}

/// Threads that call for ever, and that nobody joins.
pub fn detach(way: &Way, threads: c_int) {
    // SAFETY: STATIC-TABLE.
    unsafe { crowd_detach(way.raw(), way.arg(), threads) };
}

/// Threads that make threads that call once.
pub struct Stream(*mut crowd_stream);

impl Stream {
    pub fn start(way: &Way, sources: c_int) -> Self {
        // SAFETY: STATIC-TABLE.
        Stream(unsafe { crowd_stream_start(way.raw(), way.arg(), sources) })
    }

    /// Returns when so many more threads have come and gone.
    pub fn await_threads(&self, count: c_long) {
        // SAFETY: it is not stopped yet.
        let made = || unsafe { crowd_stream_made(self.0) };
        let begun = made();
        crate::wait::until(|| made() >= begun + count);
    }

    /// Ends; how many calls were not refused.
    pub fn stop(self) -> usize {
        // SAFETY: it is stopped once.
        unsafe { crowd_stream_stop(self.0) as usize }
    }
}
