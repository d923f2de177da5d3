//! The event loop, and the ready-made handler that runs a VDE hub on it.

use core::cell::RefCell;
use core::ffi::{c_char, c_int};
use core::time::Duration;
use std::io;
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::outlive_loop::{Loop, Remote};
use libc::size_t;
use outlive::__private::hold_local_by_number;
use outlive::{Token, Tokens};
use outlive_core::Place;
use outlive_vde::LoopHandler;

use crate::c::{give, guard, is_usable, place};
use crate::held::{held_of, outlive_held};
use crate::status::*;

/// An event loop. It belongs to the thread that made it, and ends with that thread. It is not an address but a
/// number.
pub struct outlive_loop(());

/// A loop on its own thread.
struct Entry {
    event_loop: Rc<Loop>,
    number: usize,
}

impl Drop for Entry {
    fn drop(&mut self) {
        remotes().retain(|(number, _)| *number != self.number);
    }
}

std::thread_local! {
    static LOOPS: RefCell<Tokens<Entry>> = RefCell::new(Tokens::made_at("outlive_loop", Place::caller()));
}

/// What other threads may do with the loops there are, by their numbers.
static REMOTES: Mutex<Vec<(usize, Remote)>> = Mutex::new(Vec::new());

/// Makes *loop, which belongs to the calling thread: all other functions must be called there, but for
/// outlive_loop_stop. A language whose threads are not the system's ties itself to one first
/// (runtime.LockOSThread).
///
/// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_SYSTEM (the loop needs two descriptors).
///
/// # Safety
///
/// `loop` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_loop_new(r#loop: *mut *mut outlive_loop) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        if !is_usable(r#loop) {
            return OUTLIVE_BAD_ARGUMENT;
        }
        match Loop::new() {
            Ok(made) => {
                // SAFETY: the caller's promise.
                unsafe { give(r#loop, keep(made).as_ptr().cast()) };
                OUTLIVE_OK
            }
            Err(error) => of_io(&error),
        }
    })
}

/// Runs the loop until outlive_loop_stop, also when there is nothing to watch.
///
/// Errors: OUTLIVE_NOT_HELD, OUTLIVE_WRONG_THREAD, OUTLIVE_SYSTEM; OUTLIVE_RUNNING where it is called from
/// inside one of the loop's own callbacks.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_loop_run(r#loop: *mut outlive_loop) -> c_int {
    guard(OUTLIVE_INTERNAL, || match own(r#loop) {
        Ok(own) => own.run().map_or_else(|error| of_io(&error), |()| OUTLIVE_OK),
        Err(status) => status,
    })
}

/// Waits for something to do, at most so many nanoseconds (negative: without end), does one turn of it, and puts
/// into *calls, which may be NULL, how many callbacks ran. Zero means that the time has passed, that the loop
/// was stopped, or that a signal arrived.
///
/// Errors: those of outlive_loop_run.
///
/// # Safety
///
/// `calls` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_loop_run_once(
    r#loop: *mut outlive_loop,
    nanoseconds: i64,
    calls: *mut size_t,
) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        let own = match own(r#loop) {
            Ok(own) => own,
            Err(status) => return status,
        };
        let limit = u64::try_from(nanoseconds).ok().map(Duration::from_nanos);
        match own.run_once(limit) {
            Ok(count) => {
                // SAFETY: the caller's promise.
                unsafe { give(calls, count) };
                OUTLIVE_OK
            }
            Err(error) => of_io(&error),
        }
    })
}

/// Has outlive_loop_run return after the callback that it is in, or at once when it is called next. Any thread
/// may call this.
///
/// Errors: OUTLIVE_NOT_HELD.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_loop_stop(r#loop: *mut outlive_loop) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        let remote = remotes().iter().find(|(number, _)| *number == r#loop.addr()).cloned();
        remote.map_or(OUTLIVE_NOT_HELD, |(_, remote)| {
            remote.stop();
            OUTLIVE_OK
        })
    })
}

/// Gives the loop back. It is freed when the handlers that use it have gone too, and when it has returned.
///
/// Errors: OUTLIVE_NOT_HELD, OUTLIVE_WRONG_THREAD.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_loop_free(r#loop: *mut outlive_loop) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        if let Err(status) = own(r#loop) {
            return status;
        }
        let token = Token::from_ptr(r#loop.cast());
        // Not dropped while the list is borrowed.
        let freed = LOOPS.with(|loops| loops.borrow_mut().take(token));
        drop(freed);
        OUTLIVE_OK
    })
}

/// Holds the ready-made event handler that runs a VDE hub on a loop, and puts its owner into *held: its
/// outlive_table is a struct vde_event_handler (vde_hub.h), context-free. Events then never come to the host.
/// It is OUTLIVE_LOCAL to the loop's thread, which is the one that calls this; what ends a table ends it. Its end is
/// OUTLIVE_ENDED_SERVING: the hub watches nothing more, and gives back until the release what it watches.
///
/// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_NOT_HELD, OUTLIVE_WRONG_THREAD, and those of outlive_hold. There are
/// 64 instances.
///
/// # Safety
///
/// `file` is NULL or ends with a NUL. `held` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_vde_handler_new(
    r#loop: *mut outlive_loop,
    file: *const c_char,
    line: u32,
    held: *mut *mut outlive_held,
) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        if !is_usable(held) {
            return OUTLIVE_BAD_ARGUMENT;
        }
        let own = match own(r#loop) {
            Ok(own) => own,
            Err(status) => return status,
        };
        // SAFETY: the caller's promise.
        let created = unsafe { place(file, line) };
        // SAFETY: the program gets it, which owns it from here on.
        match unsafe { hold_local_by_number(LoopHandler::new(own), created) } {
            Ok(number) => {
                // SAFETY: the caller's promise.
                unsafe { give(held, held_of(number)) };
                OUTLIVE_OK
            }
            Err(error) => of_hold(error),
        }
    })
}

fn keep(made: Loop) -> Token {
    let remote = made.remote();
    LOOPS.with(|loops| {
        let mut loops = loops.borrow_mut();
        let token = loops.insert(Entry { event_loop: Rc::new(made), number: 0 });
        let number = token.as_ptr().addr();
        if let Some(entry) = loops.get_mut(token) {
            entry.number = number;
        }
        remotes().push((number, remote));
        token
    })
}

/// The loop, on its own thread.
fn own(r#loop: *mut outlive_loop) -> Result<Rc<Loop>, c_int> {
    let token = Token::from_ptr(r#loop.cast());
    let own = LOOPS.try_with(|loops| {
        let loops = loops.borrow();
        let entry = loops.contains(token).then(|| loops.get(token)).flatten();
        entry.map(|entry| entry.event_loop.clone())
    });
    if let Ok(Some(own)) = own {
        return Ok(own);
    }
    let exists = remotes().iter().any(|(number, _)| *number == r#loop.addr());
    Err(if exists { OUTLIVE_WRONG_THREAD } else { OUTLIVE_NOT_HELD })
}

fn remotes() -> MutexGuard<'static, Vec<(usize, Remote)>> {
    REMOTES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn of_io(error: &io::Error) -> c_int {
    if error.kind() == io::ErrorKind::ResourceBusy && error.raw_os_error().is_none() {
        return OUTLIVE_RUNNING;
    }
    let code = error.raw_os_error().unwrap_or(libc::EIO);
    // On Windows the system's errors are no errno's.
    #[cfg(windows)]
    {
        // SAFETY: it takes an integer.
        unsafe { windows_sys::Win32::Foundation::SetLastError(code as u32) };
    }
    outlive_core::set_errno(if cfg!(windows) { libc::EIO } else { code });
    OUTLIVE_SYSTEM
}
