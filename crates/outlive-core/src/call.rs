//! What every trampoline does.

use core::any::{Any, TypeId};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use crate::account::incident_of;
use crate::close::{self, Reached};
use crate::end::Purpose;
use crate::ended::Ended;
use crate::enter::{Key, Pass, Refusal, Site, admit, enter_lightly};
use crate::gate::Way;
use crate::handle::Handle;
use crate::hook::drop_payload;
use crate::incident::{Detail, IncidentKind};
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
    /// type's; or the user data is none, or could not be found; or no table begins at the address.
    Refused,
    /// An argument of C's was refused.
    BadArgument,
    /// The host's code panicked, perhaps half-way.
    Panicked,
}

impl From<Refusal> for Unserved {
    fn from(refusal: Refusal) -> Self {
        if refusal == Refusal::Late { Unserved::Late } else { Unserved::Refused }
    }
}

/// The running call. A method that takes `&Call` can name its own table and end it from inside.
///
/// ```
/// # use std::ffi::c_void;
/// use outlive::{Call, Ended, Held, callbacks};
///
/// #[repr(C)]
/// pub struct events {
///     pub on_event: Option<unsafe extern "C" fn(arg: *mut c_void)>,
/// }
///
/// struct Once;
///
/// #[callbacks(events, state = arg)]
/// impl Once {
///     fn on_event(&self, call: &Call) {
///         println!("{}.{} of table {:#x}", call.table(), call.callback(), call.id());
///         assert_eq!(call.revoke(), Ended::Later); // this call is inside
///     }
/// }
///
/// let held = Held::new(Once).unwrap();
/// // What C does:
/// unsafe { (*held.as_ptr()).on_event.unwrap()(held.user_data()) };
/// assert_eq!(held.revoke(), Ended::Now); // it is over
/// ```
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
    #[inline]
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

    /// The table that the running call came by, as the handle's `as_ptr` gives it: for a function of C's that asks for the
    /// object which the callbacks are of.
    ///
    /// ```
    /// # use std::ffi::{c_int, c_void};
    /// use outlive::{Call, Held, callbacks};
    ///
    /// #[repr(C)]
    /// pub struct backend {
    ///     pub read: Option<unsafe extern "C" fn(this: *mut backend) -> *mut c_void>,
    /// }
    /// # unsafe fn backend_alloc(of: *mut backend, _: usize) -> *mut c_void { of.cast() }
    ///
    /// struct Store;
    ///
    /// #[callbacks(backend, state = table)]
    /// impl Store {
    ///     fn read(&self, call: &Call) -> *mut c_void {
    ///         unsafe { backend_alloc(call.as_ptr().cast(), 64) }
    ///     }
    /// }
    ///
    /// let held = Held::new(Store).unwrap();
    /// // What C does:
    /// let memory = unsafe { (*held.as_ptr()).read.unwrap()(held.as_ptr()) };
    /// assert_eq!(memory, held.as_ptr().cast());
    /// ```
    pub fn as_ptr(&self) -> *mut c_void {
        // SAFETY: GUARDED (a): this call is inside.
        unsafe { self.slot.details().registration() }.table.as_ptr().cast()
    }

    /// The user data of the running call's registration, as the handle's `user_data` gives it: for a function of C's that
    /// takes further callbacks of the same value. Where C passes no user data, nothing comes of it.
    ///
    /// ```
    /// # use std::ffi::c_void;
    /// use outlive::{Call, Held, callbacks, functions};
    ///
    /// type send_cb = Option<unsafe extern "C" fn(user: *mut c_void)>;
    /// type new_cb = Option<unsafe extern "C" fn(client: *mut c_void, user: *mut c_void)>;
    /// # unsafe fn add_on_send(_: *mut c_void, send: send_cb, user: *mut c_void) { unsafe { send.unwrap()(user) } }
    ///
    /// struct Interceptor;
    ///
    /// #[callbacks(state = arg)]
    /// impl Interceptor {
    ///     #[callback(type = new_cb)]
    ///     fn on_new(&self, call: &Call, client: *mut c_void) {
    ///         unsafe { add_on_send(client, functions::<Interceptor>().on_send, call.user_data()) };
    ///     }
    ///
    ///     #[callback(type = send_cb)]
    ///     fn on_send(&self) {}
    /// }
    /// # let held = Held::new(Interceptor).unwrap();
    /// # unsafe { held.functions().on_new.unwrap()(std::ptr::null_mut(), held.user_data()) };
    /// ```
    pub fn user_data(&self) -> *mut c_void {
        ptr::without_provenance_mut(self.handle.user_data())
    }

    /// Ends the running call's own table: no new call is admitted, this one goes on. The host value
    /// is dropped when the last call inside has left, so this returns [`Ended::Later`]. The slot
    /// stays reserved until the handle releases it.
    #[track_caller]
    pub fn revoke(&self) -> Ended {
        self.slot.details().note_end(Place::caller());
        // SAFETY: GUARDED (a): this call is inside.
        unsafe { close::close(self.reached(), Wait::Never, Purpose::End) }.into()
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
        abort_for_panic(self.site)
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

/// A C to host call: passes the gate with the user data that C gave (`usize`), and evaluates `body` with the host value and the
/// running [`Call`], to a `Result<_, BadArgument>`. `unserved` is what C gets otherwise; it is evaluated inside, or, where the
/// call was refused, as what has a call of C's below it.
///
/// Called on whatever thread C calls on. Nothing unwinds out of `body`; `errno` is left as `body` left it.
///
/// It is a macro, for each function that a trampoline is made of has to be compiled for each callback.
///
/// # Safety
///
/// `body` takes its pointer for that of a host value of the type `host`, and uses it only until it is evaluated. `site`, a
/// `&'static Site`, is of that type.
#[macro_export]
macro_rules! call_from_c {
    ($user_data:expr, $host:expr, $site:expr, |$value:pat_param, $call:pat_param| $body:expr, |$why:pat_param| $unserved:expr) => {
        match $crate::Entered::by($user_data, $host, $site) {
            ::core::result::Result::Ok(entered) => {
                let call = entered.call();
                let value = entered.value($host);
                let result = ::std::panic::catch_unwind(::core::panic::AssertUnwindSafe(|| {
                    let ($value, $call) = (value, &call);
                    let inside = $crate::Inside::of($site);
                    let result = $body;
                    ::core::mem::forget(inside);
                    result
                }));
                match entered.served(result) {
                    ::core::result::Result::Ok(result) => {
                        entered.leave();
                        result
                    }
                    ::core::result::Result::Err(failure) => {
                        let $why = entered.fail(failure);
                        let result = $unserved;
                        entered.leave_late();
                        result
                    }
                }
            }
            ::core::result::Result::Err($why) => {
                let _above = $crate::AboveC::begin();
                $unserved
            }
        }
    };
}

/// A call of C's that was admitted.
#[derive(Clone, Copy, Debug)]
pub struct Entered {
    handle: Handle,
    pass: Pass,
    site: &'static Site,
}

impl Entered {
    /// Admits a call with this user data, or refuses it, and reports that.
    ///
    /// # Errors
    ///
    /// Why it was refused.
    #[inline]
    pub fn by(user_data: usize, host: HostType, site: &'static Site) -> Result<Self, Unserved> {
        let handle = Handle::from_user_data(user_data);
        let pass = enter_call(handle, host.key, site).outcome()?;
        Ok(Entered { handle, pass, site })
    }

    /// The running call.
    #[inline]
    pub fn call(&self) -> Call<'_> {
        // SAFETY: the pass is left after the call's lifetime, for that borrows this.
        unsafe { Call::of(self.handle, &self.pass, self.site) }
    }

    /// The host value.
    #[inline]
    pub fn value(&self, host: HostType) -> NonNull<()> {
        if host.in_slot { self.pass.value_in_room() } else { self.pass.value() }
    }

    /// What the body came to.
    ///
    /// # Errors
    ///
    /// Why it has no result.
    #[inline]
    pub fn served<R>(
        &self,
        result: Result<Result<R, BadArgument>, Box<dyn Any + Send>>,
    ) -> Result<R, Failure> {
        if self.site.info.count {
            self.pass.slot.details().counts.served.fetch_add(1, Ordering::Relaxed);
        }
        match result {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(bad)) => Err(Failure::BadArgument(bad)),
            Err(payload) => Err(Failure::Panic(payload)),
        }
    }

    /// Reports what went wrong, and says what it is to C.
    #[inline]
    pub fn fail(&self, failure: Failure) -> Unserved {
        fail(self.handle, self.pass, self.site, failure)
    }

    /// Leaves, and ends the host value where that was left to the last call out.
    ///
    /// # Safety
    ///
    /// It was not left before, and nothing that came of it is used any more.
    #[inline]
    pub unsafe fn leave(self) {
        // SAFETY: it was entered by this handle; the rest is the caller's promise.
        unsafe { self.pass.leave(self.handle) }
    }

    /// As [`Entered::leave`], where nobody hurries.
    ///
    /// # Safety
    ///
    /// As for [`Entered::leave`].
    #[inline]
    pub unsafe fn leave_late(self) {
        // SAFETY: the caller's promise.
        unsafe { leave_late(self.handle, self.pass) }
    }
}

/// In registers, so that the common way has nothing to store for this.
#[cold]
#[inline(never)]
fn fail(handle: Handle, pass: Pass, site: &'static Site, failure: Failure) -> Unserved {
    // SAFETY: the pass is left later.
    let call = unsafe { Call::of(handle, &pass, site) };
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

/// As [`Pass::leave`], in registers.
///
/// # Safety
///
/// As for [`Pass::leave`].
#[cold]
#[inline(never)]
unsafe fn leave_late(handle: Handle, pass: Pass) {
    // SAFETY: the caller's promise.
    unsafe { pass.leave(handle) }
}

/// What stands in for a refused call runs meanwhile, and has a call of C's below it.
pub struct AboveC(PhantomData<*const ()>);

impl AboveC {
    /// It begins on the calling thread, and ends where this is dropped.
    #[inline]
    pub fn begin() -> Self {
        begin_above_c();
        AboveC(PhantomData)
    }
}

impl Drop for AboveC {
    #[inline]
    fn drop(&mut self) {
        end_above_c();
    }
}

/// Of the ABI `C`, as [`left_unwinding`] is.
#[cold]
#[inline(never)]
extern "C" fn begin_above_c() {
    thread::begin_above_c();
}

#[cold]
#[inline(never)]
extern "C" fn end_above_c() {
    thread::end_above_c();
}

/// [`call_from_c`] as a function.
///
/// # Safety
///
/// As for [`call_from_c`].
#[inline]
pub unsafe fn call<R>(
    user_data: usize,
    host: HostType,
    site: &'static Site,
    body: impl FnOnce(NonNull<()>, &Call<'_>) -> Result<R, BadArgument>,
    unserved: impl Fn(Unserved) -> R,
) -> R {
    // SAFETY: the caller's promise.
    unsafe {
        call_from_c!(user_data, host, site, |value, call| body(value, call), |why| unserved(why))
    }
}

/// Admits a call of C's, or refuses it. It is no part of the trampolines, which are many.
#[inline(never)]
fn enter_call(handle: Handle, key: TypeId, site: &Site) -> Admission {
    let pass = enter_lightly(handle, |subject| subject.key == key);
    pass.map_or_else(|| enter_otherwise(handle, key, site), Admission::of)
}

/// Stands apart, so that the common way has no key to keep.
#[cold]
#[inline(never)]
fn enter_otherwise(handle: Handle, key: TypeId, site: &Site) -> Admission {
    match admit(handle, Key::Host(key), site).map_err(Unserved::from) {
        Ok(pass) => Admission::of(pass),
        Err(Unserved::Late) => Admission { slot: None, word: LATE },
        Err(_) => Admission { slot: None, word: REFUSED },
    }
}

/// A pass, or why there is none, in two registers.
///
/// INVARIANT: ADMISSION: where there is a slot, the word is the way of a pass into it; else it is [`LATE`] or [`REFUSED`].
#[derive(Clone, Copy)]
struct Admission {
    slot: Option<&'static Slot>,
    word: NonNull<()>,
}

const LATE: NonNull<()> = NonNull::new(ptr::without_provenance_mut(1)).unwrap();
const REFUSED: NonNull<()> = NonNull::new(ptr::without_provenance_mut(usize::MAX)).unwrap();

impl Admission {
    #[inline]
    fn of(pass: Pass) -> Self {
        Admission { slot: Some(pass.slot), word: pass.way.into_raw() }
    }

    #[inline]
    fn outcome(self) -> Result<Pass, Unserved> {
        match self.slot {
            // SAFETY: ADMISSION: it is a way, which is valid for good.
            Some(slot) => Ok(Pass { slot, way: unsafe { Way::from_raw(self.word) } }),
            None if self.word == LATE => Err(Unserved::Late),
            None => Err(Unserved::Refused),
        }
    }
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
#[derive(Debug)]
pub enum Failure {
    /// An argument of C's was refused.
    BadArgument(BadArgument),
    /// The body panicked, with this payload.
    Panic(Box<dyn Any + Send>),
}

/// Stands on the stack while the host's code runs: it is dropped only if the stack is unwound.
#[derive(Debug)]
pub struct Inside {
    info: &'static TableInfo,
    callback: usize,
}

impl Inside {
    /// The host's code runs from here on.
    #[inline]
    pub fn of(site: &Site) -> Self {
        Inside { info: site.info, callback: site.callback }
    }
}

impl Drop for Inside {
    /// In registers, so that the common way has nothing to store.
    #[inline]
    fn drop(&mut self) {
        left_unwinding(self.info, self.callback);
    }
}

/// A panic is caught behind this. `pthread_exit(3)`, `pthread_cancel(3)` and the exceptions of other
/// languages are not ours to catch, and may not go on through C: where they come by here, they end by name.
///
/// Of the ABI `C`, so that trampolines need no landing pad for it.
#[cold]
#[inline(never)]
extern "C" fn left_unwinding(info: &'static TableInfo, callback: usize) {
    if std::thread::panicking() {
        return;
    }
    let (table, name) = (info.table, info.callback_name(callback));
    abort_process(&format_args!(
        "{table}.{name}: left by pthread_exit, pthread_cancel or a foreign exception: aborting"
    ));
}

/// Reports a call that reached a host value which serves one call only, and has served it.
#[cold]
pub fn note_used_up(call: &Call<'_>) {
    call.slot.details().counts.refused.fetch_add(1, Ordering::Relaxed);
    call.report(IncidentKind::LateCall, Detail::of(format_args!("it serves one call only")));
}

/// Ends the process, as [`PanicPolicy::Abort`] asks for.
pub(crate) fn abort_for_panic(site: &Site) -> ! {
    let (table, name) = (site.info.table, site.info.callback_name(site.callback));
    abort_process(&format_args!("{table}.{name} panicked, and its table asks to abort"))
}

/// What a panic says.
pub(crate) fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
