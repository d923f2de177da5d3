//! The loop of this project behind the table: a held `LoopHandler`, as a C library would have it.

use core::ffi::c_int;
use std::cell::RefCell;
use std::rc::Rc;

use outlive::Held;
use outlive_loop::Loop;
use outlive_vde::LoopHandler;

use super::c::bench_loop;

thread_local! {
    /// The loop that the table's run and stop are about.
    static CURRENT: RefCell<Option<Rc<Loop>>> = const { RefCell::new(None) };
}

fn current() -> Option<Rc<Loop>> {
    CURRENT.with(|current| current.borrow().clone())
}

unsafe extern "C" fn begin() -> c_int {
    0
}

unsafe extern "C" fn end() {}

/// Called by C on the thread of the measurement, outside of any callback.
unsafe extern "C" fn run() {
    if let Some(events) = current() {
        // C notices that events are missing.
        let _ = events.run();
    }
}

/// Called by C on the thread of the measurement, from inside a callback.
unsafe extern "C" fn stop() {
    if let Some(events) = current() {
        events.stop();
    }
}

/// Passes on a table whose loop is there as long as the closure runs.
pub fn with<T>(f: impl FnOnce(&bench_loop) -> T) -> Result<T, String> {
    let events = Rc::new(Loop::new().map_err(|error| error.to_string())?);
    let held = Held::local(LoopHandler::new(events.clone())).map_err(|error| error.to_string())?;
    // SAFETY: the table is valid until the release.
    let table = unsafe { *held.as_ptr() };
    let table = bench_loop {
        event_add: table.event_add,
        event_del: table.event_del,
        timeout_add: table.timeout_add,
        timeout_del: table.timeout_del,
        begin: Some(begin),
        end: Some(end),
        run: Some(run),
        stop: Some(stop),
    };
    CURRENT.set(Some(events));
    let result = f(&table);
    CURRENT.set(None);
    // SAFETY: C keeps nothing of the table after a sample.
    let _ = unsafe { held.release() };
    Ok(result)
}
