//! What every trampoline does.

use core::any::{Any, TypeId};
use core::ptr::NonNull;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::account::incident_of;
use crate::close::{self, Reached};
use crate::end::{Closed, Purpose};
use crate::ended::Ended;
use crate::enter::{Key, Pass, Refusal, Site, admit, enter_lightly};
use crate::handle::Handle;
use crate::hook::drop_payload;
use crate::incident::{Detail, IncidentKind};
use crate::notify::after_last_call;
use crate::place::Place;
use crate::primitive::Ordering;
use crate::report::abort_process;
use crate::result::KeptResult;
use crate::slot::{Reader, Slot};
use crate::table::{PanicPolicy, TableInfo};
use crate::table_type::TableType;
use crate::thread;
use crate::wait::Wait;

/// Why a call's arguments were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadArgument {
    /// C's argument, counted from 0, the user data included.
    pub argument: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Why C gets another result than the host's. It has been reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unserved {
    /// The registration has ended, or is ending.
    Late,
    /// The registration does not admit this call: it is bound to another thread, has a call inside, or is another
    /// type's; or the user data is none.
    Refused,
    /// An argument of C's was refused.
    BadArgument,
    /// The host's code panicked, perhaps half-way.
    Panicked,
}

/// The running call. A method that takes `&Call` can name its own table and end it from inside.
#[derive(Debug)]
pub struct Call<'a> {
    handle: Handle,
    slot: &'static Slot,
    site: &'a Site,
}

impl<'a> Call<'a> {
    /// The call that a pass is of.
    ///
    /// # Safety
    ///
    /// The pass was entered by this handle, and is not left before the call is dropped.
    #[inline(always)]
    pub(crate) unsafe fn of(handle: Handle, pass: &Pass, site: &'a Site) -> Self {
        Call { handle, slot: pass.slot, site }
    }

    /// The table's number in the [ledger](crate::ledger()).
    pub fn id(&self) -> u64 {
        self.handle.bits()
    }

    /// The C struct's name.
    pub fn table(&self) -> &str {
        self.site.info.table
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
        self.slot.details().note_end(Place::caller());
        // SAFETY: GUARDED (a): this call is inside.
        let closed = unsafe { close::close(self.reached(), Wait::Never, Purpose::End) };
        if closed == Closed::Later { Ended::Later } else { Ended::Now }
    }

    /// The registration, while the call is inside (GUARDED (a)).
    pub(crate) fn reached(&self) -> Reached {
        Reached { handle: self.handle, slot: self.slot }
    }

    fn name(&self) -> &'static str {
        self.site.info.callback_name(self.site.callback)
    }

    /// Reports an argument of C's.
    pub(crate) fn note_argument(&self, argument: usize, reason: &str) {
        let detail = Detail::of(format_args!("argument {argument}: {reason}"));
        self.report(IncidentKind::BadArgument, detail);
    }

    /// Counts and reports a panic.
    pub(crate) fn note_panic(&self, message: &str) {
        self.slot.details().counts.panicked.fetch_add(1, Ordering::Relaxed);
        self.report(IncidentKind::Panic, Detail::of(format_args!("{message}")));
    }

    /// Ends the process, as [`PanicPolicy::Abort`] asks for.
    pub(crate) fn abort(&self) -> ! {
        let (table, name) = (self.site.info.table, self.name());
        abort_process(&format_args!("{table}.{name} panicked, and its table asks to abort"));
    }

    fn report_panic(&self, payload: Box<dyn Any + Send>) {
        self.note_panic(message(&*payload));
        match self.site.info.panic {
            PanicPolicy::Fallback => drop_payload(payload),
            PanicPolicy::Abort => self.abort(),
            PanicPolicy::Resume => {
                if let Err(payload) = self.slot.details().stash.put(payload) {
                    drop_payload(payload);
                }
            }
        }
    }

    fn report(&self, kind: IncidentKind, detail: Detail) {
        // SAFETY: GUARDED (a): this call is inside.
        unsafe { incident_of(self.handle, self.slot, kind, self.name(), detail) }.file();
    }
}

/// A Rust type whose values are held.
#[derive(Clone, Copy, Debug)]
pub struct HostType {
    /// The type under `'static`.
    pub key: TypeId,
    /// Whether its values stand in their slots, but for those that are borrowed.
    pub in_slot: bool,
}

/// A C to host call: passes the gate with the user data that C gave, and runs `body` on the host value. `unserved` is
/// what C gets otherwise; it runs inside, or, where the call was refused, as what has a call of C's below it.
///
/// Called on whatever thread C calls on. Nothing unwinds out of `body`; `errno` is left as `body` left it.
///
/// # Safety
///
/// `body` takes its pointer for that of a host value of the type `host`, and uses it only until
/// it returns. `site` is of that type.
#[inline(always)]
pub unsafe fn call<R>(
    user_data: usize,
    host: HostType,
    site: &'static Site,
    body: impl FnOnce(NonNull<()>, &Call<'_>) -> Result<R, BadArgument>,
    unserved: impl FnOnce(Unserved) -> R,
) -> R {
    let handle = Handle::from_user_data(user_data);
    let key = host.key;
    let pass = match enter_lightly(handle, |subject| subject.key == key) {
        Some(pass) => pass,
        None => match enter_otherwise(handle, key, site) {
            Ok(pass) => pass,
            Err(why) => return thread::above_c(|| unserved(why)),
        },
    };
    // SAFETY: the pass is left below.
    let call = unsafe { Call::of(handle, &pass, site) };
    let value = if host.in_slot { pass.value_in_room() } else { pass.value() };
    let result = catch_unwind(AssertUnwindSafe(|| {
        let inside = Inside { info: site.info, callback: site.callback };
        let result = body(value, &call);
        core::mem::forget(inside);
        result
    }));
    if site.info.count {
        pass.slot.details().counts.served.fetch_add(1, Ordering::Relaxed);
    }
    let failure = match result {
        Ok(Ok(value)) => {
            // SAFETY: it was entered by this handle, and the body is over.
            unsafe { pass.leave(handle) };
            return value;
        }
        Ok(Err(bad)) => Failure::BadArgument(bad),
        Err(payload) => Failure::Panic(payload),
    };
    let value = unserved(fail(&call, failure));
    // SAFETY: as above.
    unsafe { pass.leave(handle) };
    value
}

/// As [`call`], for a callback after which C uses neither the table nor the user data any more. However the call goes,
/// C's claim is over then: the host value ends here, or by the last call out, or by its own thread.
///
/// # Safety
///
/// As for [`call`] and [`notify`](crate::notify()).
pub unsafe fn last_call<R>(
    user_data: usize,
    host: HostType,
    site: &'static Site,
    body: impl FnOnce(NonNull<()>, &Call<'_>) -> Result<R, BadArgument>,
    unserved: impl FnOnce(Unserved) -> R,
) -> R {
    let mut is_served = true;
    let unserved = |why| {
        is_served = false;
        unserved(why)
    };
    // SAFETY: the caller's promise.
    let result = unsafe { call(user_data, host, site, body, unserved) };
    // SAFETY: the caller's promise.
    unsafe { after_last_call(user_data, Key::Host(host.key), site, is_served) };
    result
}

/// Stands apart, so that the common way has no key to keep.
#[inline(never)]
fn enter_otherwise(handle: Handle, key: TypeId, site: &Site) -> Result<Pass, Unserved> {
    admit(handle, Key::Host(key), site).map_err(|refusal| match refusal {
        Refusal::Late => Unserved::Late,
        Refusal::Unknown | Refusal::WrongThread | Refusal::Concurrent | Refusal::OtherType => {
            Unserved::Refused
        }
    })
}

/// What a call returns that was refused, or that came when its registration was over, where the host gave results for
/// the type of this key ([`TableType::keep_result`]). `None` where it gave none.
#[cold]
pub fn kept_result(user_data: usize, key: TypeId) -> Option<&'static KeptResult> {
    let own = Reader::of(Handle::from_user_data(user_data)).and_then(|reader| {
        // SAFETY: GUARDED (b).
        let is_it = unsafe { reader.slot.subject() }.key == key;
        // SAFETY: as above.
        unsafe { reader.slot.details().registration() }.result.filter(|_| is_it)
    });
    own.or_else(|| TableType::known(key)?.any_result())
}

/// Why an admitted call has no result.
enum Failure {
    BadArgument(BadArgument),
    Panic(Box<dyn Any + Send>),
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
/// languages are not ours to catch, and may not go on through C: where they come by here, they end by name.
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

/// Reports what went wrong in an admitted call, and says what it is to C.
#[cold]
#[inline(never)]
fn fail(call: &Call<'_>, failure: Failure) -> Unserved {
    match failure {
        Failure::BadArgument(bad) => {
            call.note_argument(bad.argument, bad.reason);
            Unserved::BadArgument
        }
        Failure::Panic(payload) => {
            call.report_panic(payload);
            Unserved::Panicked
        }
    }
}

/// Reports a call that reached a host value which serves one call only, and has served it.
#[cold]
pub fn note_used_up(call: &Call<'_>) {
    call.slot.details().counts.refused.fetch_add(1, Ordering::Relaxed);
    call.report(IncidentKind::LateCall, Detail::of(format_args!("it serves one call only")));
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
