//! What every trampoline does.

use core::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::callbacks::{Callbacks, PanicPolicy, TableInfo};
use super::close::{self, Closed, Purpose, Wait};
use super::enter::{Pass, enter, enter_lightly};
use super::gate::Way;
use super::handle::Handle;
use super::incident::{Detail, Report, abort_process};
use super::place::Place;
use super::slot::Slot;
use crate::ended::Ended;
use crate::incident::IncidentKind;
use crate::primitive::Ordering;

/// Why a call's arguments were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadArgument {
    /// C's argument, counted from 0 without the user data.
    pub argument: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// The running call. A method that takes `&Call` can name its own table and end it from inside.
#[derive(Debug)]
pub struct Call<'a> {
    handle: Handle,
    slot: &'static Slot,
    info: &'a TableInfo,
    callback: usize,
}

impl<'a> Call<'a> {
    pub(crate) fn of(
        handle: Handle,
        slot: &'static Slot,
        info: &'a TableInfo,
        callback: usize,
    ) -> Self {
        Call { handle, slot, info, callback }
    }
}

impl Call<'_> {
    /// The table's number in the [ledger](crate::ledger()).
    pub fn id(&self) -> u64 {
        self.handle.bits()
    }

    /// The C struct's name.
    pub fn table(&self) -> &str {
        self.info.table
    }

    /// The callback's name: the member of the C struct.
    pub fn callback(&self) -> &str {
        self.name()
    }

    /// Ends the running call's own table: no new call is admitted, this one goes on. The host value
    /// is dropped when the last call inside has left, so this returns [`Ended::Later`]. The slot
    /// stays reserved until the handle releases it.
    #[track_caller]
    pub fn revoke(&self) -> Ended {
        close::note_end(self.slot, Place::caller());
        // SAFETY: this call is inside.
        let closed = unsafe { close::close(self.handle, self.slot, Wait::Never, Purpose::End) };
        if closed == Closed::Later { Ended::Later } else { Ended::Now }
    }

    fn name(&self) -> &'static str {
        self.info.callback_name(self.callback)
    }

    /// Reports an argument of C's.
    pub(crate) fn note_argument(&self, argument: usize, reason: &str) {
        let detail = Detail::of(format_args!("argument {argument}: {reason}"));
        self.report(IncidentKind::BadArgument, detail);
    }

    /// Counts and reports a panic.
    pub(crate) fn note_panic(&self, message: &str) {
        self.slot.counts.panicked.fetch_add(1, Ordering::Relaxed);
        self.report(IncidentKind::Panic, Detail::of(format_args!("{message}")));
    }

    /// What [`PanicPolicy::Abort`] says.
    pub(crate) fn abort(&self) -> ! {
        let (table, name) = (self.info.table, self.name());
        abort_process(&format_args!("{table}.{name} panicked, and its table asks to abort"));
    }

    fn report_panic(&self, payload: Box<dyn Any + Send>) {
        self.note_panic(message(&*payload));
        match self.info.panic {
            PanicPolicy::Fallback => drop_payload(payload),
            PanicPolicy::Abort => self.abort(),
            PanicPolicy::Resume => {
                if let Err(payload) = self.slot.stash.put(payload) {
                    drop_payload(payload);
                }
            }
        }
    }

    fn report(&self, kind: IncidentKind, detail: Detail) {
        // SAFETY: GUARDED (a): this call is inside.
        unsafe { Report::of(kind, self.handle, self.slot, self.name(), detail) }.file();
    }
}

/// An admitted call that has no result: it was reported, and has left.
#[derive(Clone, Copy, Debug)]
pub struct Failed;

/// A C to host call: passes the gate with the user data that C gave, runs `body` on the host value,
/// and returns `fallback`'s value where the call is refused, an argument is bad, or `body` panics.
///
/// `callback` is the index of the callback in `H::INFO.members`. Called on whatever thread C calls
/// on. Nothing unwinds out of `body`; `errno` is left as `body`, or `fallback`, left it.
#[inline(always)]
pub fn call<H: Callbacks, R>(
    user_data: usize,
    callback: usize,
    fallback: impl FnOnce() -> R,
    body: impl FnOnce(&H, &Call<'_>) -> Result<R, BadArgument>,
) -> R {
    let pass = match enter::<H>(Handle::from_user_data(user_data)) {
        Ok(pass) => pass,
        Err(refused) => {
            refused.report(H::INFO, callback);
            return fallback();
        }
    };
    // SAFETY: entered for `H`.
    match unsafe { serve(&pass, callback, body) } {
        Ok(value) => {
            pass.leave();
            value
        }
        Err(failure) => {
            fail::<H>(pass.handle(), pass.slot(), pass.way(), callback, failure);
            fallback()
        }
    }
}

/// As [`call`], but only for an outermost call into a live shared table. `None` says that this is
/// another one, of which nothing was done yet.
///
/// It stands apart from [`call`] so that it needs few registers and no stack.
#[inline(always)]
pub fn call_lightly<H: Callbacks, R>(
    user_data: usize,
    callback: usize,
    body: impl FnOnce(&H, &Call<'_>) -> Result<R, BadArgument>,
) -> Option<Result<R, Failed>> {
    let pass = enter_lightly::<H>(Handle::from_user_data(user_data))?;
    // SAFETY: entered for `H`.
    match unsafe { serve(&pass, callback, body) } {
        Ok(value) => Some(Ok(pass.leave_lightly(value))),
        Err(failure) => {
            fail::<H>(pass.handle(), pass.slot(), pass.way(), callback, failure);
            Some(Err(Failed))
        }
    }
}

/// Why an admitted call has no result.
enum Failure {
    BadArgument(BadArgument),
    Panic(Box<dyn Any + Send>),
}

/// Runs `body` on the host value.
///
/// # Safety
///
/// `pass` was entered for `H`.
#[inline(always)]
unsafe fn serve<H: Callbacks, R>(
    pass: &Pass,
    callback: usize,
    body: impl FnOnce(&H, &Call<'_>) -> Result<R, BadArgument>,
) -> Result<R, Failure> {
    let (handle, slot) = (pass.handle(), pass.slot());
    let call = Call { handle, slot, info: H::INFO, callback };
    // SAFETY: the caller's promise; the reference ends with `body`, before the pass is left.
    let host = unsafe { pass.host::<H>() };
    let result = catch_unwind(AssertUnwindSafe(|| {
        let inside = Inside { info: H::INFO, callback };
        let result = body(host, &call);
        core::mem::forget(inside);
        result
    }));
    if H::INFO.count {
        slot.counts.served.fetch_add(1, Ordering::Relaxed);
    }
    match result {
        Ok(result) => result.map_err(Failure::BadArgument),
        Err(payload) => Err(Failure::Panic(payload)),
    }
}

/// Stands on the stack while a method runs: it is dropped only if the stack is unwound.
struct Inside {
    info: &'static TableInfo,
    callback: usize,
}

impl Drop for Inside {
    /// In registers, so that the common way has nothing to store.
    #[inline(always)]
    fn drop(&mut self) {
        left_unwinding(self.info, self.callback);
    }
}

/// A panic is caught behind this. `pthread_exit(3)`, `pthread_cancel(3)` and the exceptions of other
/// languages are not ours to catch, and may not go on through C: they end here, by name.
#[cold]
#[inline(never)]
fn left_unwinding(info: &'static TableInfo, callback: usize) {
    if std::thread::panicking() {
        return;
    }
    let (table, name) = (info.table, info.callback_name(callback));
    abort_process(&format_args!(
        "{table}.{name}: left by pthread_exit, pthread_cancel or a foreign exception: aborting"
    ));
}

/// Reports what went wrong in an admitted call, and leaves. It takes the parts of the pass, which
/// therefore needs no memory on the way there.
#[cold]
#[inline(never)]
fn fail<H: Callbacks>(
    handle: Handle,
    slot: &'static Slot,
    way: Way<'static>,
    callback: usize,
    failure: Failure,
) {
    let call = Call { handle, slot, info: H::INFO, callback };
    match failure {
        Failure::BadArgument(bad) => call.note_argument(bad.argument, bad.reason),
        Failure::Panic(payload) => call.report_panic(payload),
    }
    Pass::from_parts(handle, slot, way).leave();
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// Drops a panic's payload. A payload that panics in turn is forgotten with its second one.
pub(crate) fn drop_payload(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        core::mem::forget(second);
    }
}
