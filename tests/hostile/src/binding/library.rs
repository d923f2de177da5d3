//! The library's own tables.

use core::any::Any;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::offset_of;
use core::ptr::null_mut;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use outlive::{
    AnyThread as Sent, Arg, CClosure, Call, Callback, Callbacks, Completion, Ended, Exclusive,
    Held, IntoInnerError, MemberState, Revocable, Shared as AnyThread, Threads, Token, Tokens,
    callbacks, functions,
};

use super::owed::{Owed, Watching, put_owed, put_watching};
use super::{
    Binding, CLOSE, Functions, Host, Inside, Local, Lone, OPEN, PANICS, REFUSED, Shared, Table,
    Together, Unnamed,
};
use crate::sys::{
    asker_changed, asker_done, asker_free, asker_table, carrier, carrier_event, carrier_read_cb,
    carrier_seek_cb, carrier_table, carrier_user_data, cursor, cursor_module, filter, filter_node,
    keeper_linked, keeper_mode, keeper_object, keeper_plain, keeper_point, keeper_table,
    lender_table, store_table, stream_done, stream_hooks, stream_table,
};

/// Tables of the library.
#[derive(Debug)]
pub struct Library;

impl Inside for Call<'_> {
    fn revoke(&self) {
        let _ = Call::revoke(self);
    }
}

/// The host of a `keeper_table`.
#[derive(Debug)]
pub struct Events(pub Host);

enum Mode {
    Idle,
    Busy,
}

impl TryFrom<keeper_mode> for Mode {
    type Error = ();

    fn try_from(mode: keeper_mode) -> Result<Self, ()> {
        match mode {
            0 => Ok(Mode::Idle),
            1 => Ok(Mode::Busy),
            _ => Err(()),
        }
    }
}

#[callbacks(keeper_table, state = arg, unsafe(borrow))]
impl Events {
    #[callback(fallback = REFUSED)]
    fn on_event(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }

    fn on_tick(&self, call: &Call<'_>) {
        self.0.on_event(call, 0);
    }

    #[callback(fallback = REFUSED)]
    fn on_text(&self, call: &Call<'_>, text: &CStr) -> c_int {
        self.0.on_event(call, text.count_bytes() as c_int)
    }

    fn on_point(&self, call: &Call<'_>, point: &keeper_point) -> *mut c_void {
        if self.0.on_event(call, point.x) < 0 { null_mut() } else { call.id() as *mut c_void }
    }

    #[callback(fallback = REFUSED)]
    fn on_mode(&self, call: &Call<'_>, #[try_from] mode: Mode) -> c_int {
        let name = match mode {
            Mode::Idle => "idle",
            Mode::Busy => "busy",
        };
        self.0.on_event(call, name.len() as c_int)
    }

    #[callback(fallback = REFUSED, user_data = first)]
    fn user_data_first(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }

    #[callback(fallback = REFUSED, user_data = 1)]
    fn user_data_between(&self, call: &Call<'_>, left: c_int, right: c_int) -> c_int {
        self.0.on_event(call, left + right)
    }
}

/// The host of a `keeper_table` whose panics go on at the host's side.
#[derive(Debug)]
pub struct Resuming(pub Host);

#[callbacks(keeper_table, state = arg, panic = resume)]
impl Resuming {
    #[callback(fallback = REFUSED)]
    fn on_event(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }
}

/// The host of a `keeper_table` whose panics end the process.
#[derive(Debug)]
pub struct Aborting(pub Host);

#[callbacks(keeper_table, state = arg, panic = abort)]
impl Aborting {
    #[callback(fallback = REFUSED)]
    fn on_event(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }
}

/// The host of a `keeper_plain`.
#[derive(Debug)]
pub struct Plain {
    host: Host,
    handles: Mutex<Tokens<c_int>>,
}

#[callbacks(keeper_plain, state = none, instances = 64)]
impl Plain {
    #[callback(fallback = REFUSED)]
    fn on_event(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.host.on_event(call, value)
    }

    fn open(&self, value: c_int) -> Token {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner).insert(value)
    }

    fn close(&self, call: &Call<'_>, handle: Token) {
        if let Some(value) =
            self.handles.lock().unwrap_or_else(PoisonError::into_inner).take(handle)
        {
            self.host.on_event(call, value);
        }
    }
}

/// The host of a `keeper_object`.
#[derive(Debug)]
pub struct Object(pub Host);

#[callbacks(keeper_object, state = arg, user_data_member = opaque)]
impl Object {
    #[callback(fallback = REFUSED)]
    fn on_event(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }
}

/// The host of a `keeper_linked`.
#[derive(Debug)]
pub struct Linked(pub Host);

#[callbacks(
    keeper_linked,
    state = arg,
    constant(version = 1, size = size_of::<keeper_linked>()),
    written_by_c(next, seen)
)]
impl Linked {
    #[callback(fallback = REFUSED)]
    fn on_event(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }
}

/// The host of a `store_table`.
#[derive(Debug)]
pub struct Store {
    host: Host,
    handles: Mutex<Tokens<c_int>>,
}

#[callbacks(store_table, state = arg, destroy = destroy)]
impl Store {
    fn open(&self, value: c_int) -> Token {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner).insert(value)
    }

    #[callback(fallback = REFUSED)]
    fn read(&self, call: &Call<'_>, handle: Token) -> c_int {
        let value =
            self.handles.lock().unwrap_or_else(PoisonError::into_inner).get(handle).copied();
        value.map_or(REFUSED, |value| self.host.on_event(call, value))
    }

    #[callback(fallback = REFUSED)]
    fn close(&self, call: &Call<'_>, handle: Token) -> c_int {
        let value = self.handles.lock().unwrap_or_else(PoisonError::into_inner).take(handle);
        value.map_or(REFUSED, |value| self.host.on_event(call, value))
    }
}

/// The host of a `stream_table`.
#[derive(Debug)]
pub struct Stream(pub Host);

#[callbacks(stream_table, state = arg, user_data = first)]
impl Stream {
    #[callback(fallback = REFUSED)]
    fn read(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }

    #[callback(last, fallback = REFUSED)]
    fn close(&self, call: &Call<'_>, _error: *mut *const c_char) -> c_int {
        self.0.on_event(call, CLOSE)
    }
}

/// The host of a `stream_hooks`.
#[derive(Debug)]
pub struct Hooks(pub Host);

#[callbacks(stream_hooks, state = none, instances = 64)]
impl Hooks {
    #[callback(fallback = REFUSED)]
    fn note(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }

    #[callback(unsafe(last), fallback = REFUSED)]
    fn shutdown(&self, call: &Call<'_>) -> c_int {
        self.0.on_event(call, CLOSE)
    }
}

/// The host of a `filter`.
#[derive(Debug)]
pub struct Filter(pub Host);

#[callbacks(filter, state = table, constant(version = 1))]
impl Filter {
    #[callback(fallback = REFUSED)]
    fn feed(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }

    #[callback(fallback = REFUSED, table = 1)]
    fn mix(&self, call: &Call<'_>, left: c_int, right: c_int) -> c_int {
        self.0.on_event(call, left + right)
    }

    #[callback(unsafe(last), fallback = REFUSED)]
    fn drop(&self, call: &Call<'_>) -> c_int {
        self.0.on_event(call, CLOSE)
    }
}

/// The host of a `carrier_table`.
#[derive(Debug)]
pub struct Carried(pub Host);

/// What is found, but for [`PANICS`].
fn found<U>(user_data: U, value: c_int) -> U {
    assert_ne!(value, PANICS, "nothing is found");
    user_data
}

#[callbacks(carrier_table, state = arg)]
impl Carried {
    #[callback(fallback = REFUSED, user_data = found(unsafe { (*carrier).user_data }, value))]
    fn on_member(&self, call: &Call<'_>, carrier: *mut carrier, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }

    #[callback(fallback = REFUSED, user_data = found(unsafe { carrier_user_data(carrier) }, value))]
    fn on_accessor(&self, call: &Call<'_>, carrier: *const carrier, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }

    #[callback(fallback = REFUSED, user_data = event.user_data)]
    fn on_event(&self, call: &Call<'_>, event: carrier_event) -> c_int {
        self.0.on_event(call, event.value)
    }

    #[callback(fallback = REFUSED, user_data = unsafe { *at })]
    fn on_indirect(&self, call: &Call<'_>, at: *mut *mut c_void, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }

    #[callback(fallback = REFUSED, user_data = first)]
    fn on_number(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }

    #[callback(fallback = REFUSED)]
    fn on_signed(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }
}

/// The host of a module, the first half of a `cursor_module`.
#[derive(Debug)]
pub struct Module(pub Host);

#[callbacks(
    cursor_module,
    state = arg,
    user_data = first,
    constant(next = functions::<Cursor>().next, close = functions::<Cursor>().close)
)]
impl Module {
    #[callback(fallback = REFUSED)]
    fn open(&self, call: &Call<'_>, cursor: *mut cursor) -> c_int {
        let Some(Ok(held)) = self.0.open().map(|host| Held::new(Cursor(host))) else {
            return REFUSED;
        };
        let opened = self.0.on_event(call, OPEN);
        if opened < 0 {
            return opened;
        }
        // SAFETY: C lends the object that it is about to have opened.
        unsafe { (*cursor).user_data = held.into_user_data() };
        0
    }
}

/// The host of a module's object, the second half of a `cursor_module`.
#[derive(Debug)]
pub struct Cursor(pub Host);

#[callbacks(cursor_module, state = arg, user_data = unsafe { (*cursor).user_data })]
impl Cursor {
    #[callback(fallback = REFUSED)]
    fn next(&self, call: &Call<'_>, cursor: *mut cursor, step: c_int) -> c_int {
        self.0.on_event(call, step)
    }

    #[callback(last, fallback = REFUSED)]
    fn close(&self, call: &Call<'_>, cursor: *mut cursor) -> c_int {
        self.0.on_event(call, CLOSE)
    }
}

/// The host of a `filter_node`.
#[derive(Debug)]
pub struct Node(pub Host);

#[callbacks(
    filter_node,
    state = table,
    table_offset = -offset_of!(filter_node, link),
    written_by_c(link)
)]
impl Node {
    #[callback(fallback = REFUSED)]
    fn visit(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }
}

/// The host of a `lender_table`.
#[derive(Debug)]
pub struct Lender(pub Host);

#[callbacks(lender_table, state = arg, keep = release)]
impl Lender {
    fn lend(&self, call: &Call<'_>, value: c_int) -> *mut c_int {
        self.0.lend(call, value)
    }

    #[callback(takes_back, fallback = REFUSED)]
    fn take_back(&self, call: &Call<'_>, lent: *mut c_int) -> c_int {
        self.0.take_back(call, lent)
    }

    #[callback(last, fallback = REFUSED)]
    fn done(&self, call: &Call<'_>) -> c_int {
        self.0.on_event(call, CLOSE)
    }
}

/// The host of lone functions that share it.
#[derive(Debug)]
pub struct File(pub Host);

#[callbacks(state = arg)]
impl File {
    #[callback(type = carrier_read_cb, user_data = first, fallback = REFUSED)]
    fn read(&self, call: &Call<'_>, value: c_int) -> c_int {
        self.0.on_event(call, value)
    }

    #[callback(type = carrier_seek_cb, user_data = unsafe { (*carrier).user_data }, fallback = REFUSED)]
    fn seek(&self, call: &Call<'_>, carrier: *mut carrier, offset: i64) -> c_int {
        self.0.on_event(call, offset as c_int)
    }

    #[callback(type = stream_done, last, fallback = REFUSED)]
    fn done(&self, call: &Call<'_>, status: c_int) -> c_int {
        self.0.on_event(call, status)
    }
}

impl Together for Held<File> {
    fn functions(&self) -> Functions {
        let functions = Held::functions(self);
        Functions { read: functions.read, seek: functions.seek, done: functions.done }
    }

    fn arg(&self) -> *mut c_void {
        self.user_data()
    }

    fn hand_over(self: Box<Self>) {
        let _ = (*self).into_user_data();
    }
}

/// The host of an `asker_table`.
#[derive(Debug)]
pub struct Asked(Host);

#[callbacks(asker_table, state = arg)]
impl Asked {
    #[callback(fallback = answered(done, cookie), panicked = REFUSED)]
    fn request(
        &self,
        call: &Call<'_>,
        value: c_int,
        done: asker_done,
        cookie: *mut c_void,
    ) -> c_int {
        // SAFETY: `asker.h`: it is answered once, now or later.
        let owed = unsafe { Completion::of(call, done, cookie, REFUSED) };
        // SAFETY: `asker.h`: on any thread.
        let owed = unsafe { owed.assume_send() };
        let result = self.0.on_event(call, value);
        put_owed(Box::new(owed));
        result
    }

    #[callback(fallback = freed(free, data), panicked = REFUSED)]
    fn watch(
        &self,
        call: &Call<'_>,
        value: c_int,
        changed: asker_changed,
        data: *mut c_void,
        free: asker_free,
    ) -> c_int {
        // SAFETY: `asker.h`: it may be called until it is freed.
        let watching = unsafe { CClosure::of(call, changed, data, free) };
        // SAFETY: `asker.h`: on any thread.
        let watching = unsafe { watching.assume_send() };
        let result = self.0.on_event(call, value);
        put_watching(Box::new(watching));
        result
    }

    #[callback(last)]
    fn close(&self, call: &Call<'_>) {
        self.0.on_event(call, CLOSE);
    }
}

/// What a request comes to that is refused.
fn answered(done: asker_done, cookie: *mut c_void) -> c_int {
    if let Some(done) = done {
        // SAFETY: C's function with its cookie.
        unsafe { done(REFUSED, cookie) };
    }
    REFUSED
}

/// What watching comes to that is refused.
fn freed(free: asker_free, data: *mut c_void) -> c_int {
    if let Some(free) = free {
        // SAFETY: C's function with its data.
        unsafe { free(data) };
    }
    REFUSED
}

impl Owed for Sent<Completion<asker_done>> {
    fn answer(self: Box<Self>, status: c_int) -> bool {
        self.into_inner().complete(status).is_ok()
    }
}

impl Watching for Sent<CClosure<asker_changed>> {
    fn call(&self, value: c_int) -> bool {
        CClosure::call(self, value).is_ok()
    }
}

/// A host type that has a [`Host`].
trait Hosting: Callbacks + 'static {
    fn host(&self) -> &Host;
    /// Takes the host out. The handle comes back where that cannot be now, if the value is there.
    fn take_out<K: Threads>(held: Held<Self, K>) -> Result<Host, Option<Held<Self, K>>>;
}

macro_rules! hosting {
    ($($type:ty: $member:tt, $taken:pat => $value:expr),* $(,)?) => {$(
        impl Hosting for $type {
            fn host(&self) -> &Host {
                &self.$member
            }

            fn take_out<K: Threads>(held: Held<Self, K>) -> Result<Host, Option<Held<Self, K>>> {
                match held.into_inner() {
                    Ok($taken) => Ok($value.$member),
                    Err(IntoInnerError::StillInside(held)) => Err(Some(held)),
                    Err(IntoInnerError::Ended(_)) => Err(None),
                }
            }
        }
    )*};
}

hosting! {
    Events: 0, taken => taken,
    Resuming: 0, taken => taken,
    Aborting: 0, taken => taken,
    Object: 0, taken => taken,
    Linked: 0, taken => taken,
    Store: host, taken => taken,
    Stream: 0, taken => taken,
    Filter: 0, taken => taken,
    Node: 0, taken => taken,
    Carried: 0, taken => taken,
    Module: 0, taken => taken,
    Asked: 0, taken => taken,
    Hooks: 0, (taken, _remainder) => taken,
    // C may call the instance late: it stays reserved.
    Plain: host, (taken, _remainder) => taken,
}

impl Hosting for Lender {
    fn host(&self) -> &Host {
        &self.0
    }

    /// What is lent is not taken out.
    fn take_out<K: Threads>(held: Held<Self, K>) -> Result<Host, Option<Held<Self, K>>> {
        Err(Some(held))
    }
}

/// A held table, and what of it depends on its shape.
struct Kept<T: Hosting, K: Threads> {
    held: Held<T, K>,
    arg: *mut c_void,
    notify: unsafe extern "C" fn(*mut c_void),
}

// SAFETY: the handle may go to other threads where it is a shared or an exclusive one, and the
// user data is a number.
unsafe impl<T: Hosting> Send for Kept<T, AnyThread> {}
// SAFETY: as above.
unsafe impl<T: Hosting> Sync for Kept<T, AnyThread> {}
// SAFETY: as above.
unsafe impl<T: Hosting> Send for Kept<T, Exclusive> {}
// SAFETY: as above.
unsafe impl<T: Hosting> Sync for Kept<T, Exclusive> {}

impl<T: Hosting + Callbacks<Locator = Arg>, K: Threads> Kept<T, K> {
    fn of(held: Held<T, K>) -> Box<Self> {
        let (arg, notify) = (held.user_data(), held.destroy_notify());
        Box::new(Kept { held, arg, notify })
    }
}

impl<T: Hosting, K: Threads> Kept<T, K> {
    /// A table that C passes no user data to has no destroy notify either: what stands for it here is
    /// never called.
    fn plain(held: Held<T, K>) -> Box<Self> {
        unsafe extern "C" fn none(_: *mut c_void) {}
        Box::new(Kept { held, arg: null_mut(), notify: none })
    }
}

impl<K: Threads + 'static> Lone for Callback<stream_done, K> {
    fn function(&self) -> stream_done {
        Callback::function(self)
    }

    fn arg(&self) -> *mut c_void {
        self.user_data()
    }

    fn revoke(&self) -> Ended {
        Callback::revoke(self)
    }

    fn release(self: Box<Self>) {
        // SAFETY: as for a table.
        let _ = unsafe { Callback::release(*self) };
    }

    fn hand_over(self: Box<Self>) {
        drop(Callback::hand_over(*self, |_| Ok::<_, ()>(())));
    }

    fn notify(&self) -> unsafe extern "C" fn(*mut c_void) {
        self.destroy_notify()
    }
}

/// A closure that runs the host.
fn running(host: Host) -> impl Fn(c_int) -> c_int + Send + Sync {
    move |status| host.on_event(&Unnamed, status)
}

fn held<T>(result: Result<T, impl core::fmt::Display>) -> T {
    result.unwrap_or_else(|error| panic!("cannot hold a table: {error}"))
}

fn handles() -> Mutex<Tokens<c_int>> {
    Mutex::new(Tokens::new("store handle"))
}

impl Binding for Library {
    fn is_library(&self) -> bool {
        true
    }

    fn events(&self, host: Host) -> Shared<keeper_table> {
        Kept::of(held(Held::new(Events(host))))
    }

    fn resuming(&self, host: Host) -> Shared<keeper_table> {
        Kept::of(held(Held::new(Resuming(host))))
    }

    fn aborting(&self, host: Host) -> Shared<keeper_table> {
        Kept::of(held(Held::new(Aborting(host))))
    }

    fn exclusive(&self, host: Host) -> Shared<keeper_table> {
        Kept::of(held(Held::exclusive(Events(host.one_at_a_time()))))
    }

    fn local(&self, host: Host) -> Local<keeper_table> {
        Kept::of(held(Held::local(Events(host))))
    }

    fn plain(&self, host: Host) -> Shared<keeper_plain> {
        Kept::plain(held(Held::new(Plain { host, handles: handles() })))
    }

    fn object(&self, host: Host) -> Shared<keeper_object> {
        Kept::of(held(Held::new(Object(host))))
    }

    fn linked(&self, host: Host) -> Shared<keeper_linked> {
        Kept::of(held(Held::new(Linked(host))))
    }

    fn store(&self, host: Host) -> Shared<store_table> {
        Kept::of(held(Held::new(Store { host, handles: handles() })))
    }

    fn stream(&self, host: Host) -> Shared<stream_table> {
        Kept::of(held(Held::new(Stream(host))))
    }

    fn exclusive_stream(&self, host: Host) -> Shared<stream_table> {
        Kept::of(held(Held::exclusive(Stream(host.one_at_a_time()))))
    }

    fn local_stream(&self, host: Host) -> Local<stream_table> {
        Kept::of(held(Held::local(Stream(host))))
    }

    fn hooks(&self, host: Host) -> Shared<stream_hooks> {
        Kept::plain(held(Held::new(Hooks(host))))
    }

    fn filter(&self, host: Host) -> Shared<filter> {
        Kept::plain(held(Held::new(Filter(host))))
    }

    fn exclusive_filter(&self, host: Host) -> Shared<filter> {
        Kept::plain(held(Held::exclusive(Filter(host.one_at_a_time()))))
    }

    fn local_filter(&self, host: Host) -> Local<filter> {
        Kept::plain(held(Held::local(Filter(host))))
    }

    fn node(&self, host: Host) -> Shared<filter_node> {
        Kept::plain(held(Held::new(Node(host))))
    }

    fn carried(&self, host: Host) -> Shared<carrier_table> {
        Kept::of(held(Held::new(Carried(host))))
    }

    fn module(&self, host: Host) -> Shared<cursor_module> {
        Kept::of(held(Held::new(Module(host))))
    }

    fn together(&self, host: Host) -> Box<dyn Together> {
        Box::new(held(Held::new(File(host))))
    }

    fn asked(&self, host: Host) -> Shared<asker_table> {
        Kept::of(held(Held::new(Asked(host))))
    }

    fn lender(&self, host: Host) -> Shared<lender_table> {
        Kept::of(held(Held::new(Lender(host))))
    }

    fn exclusive_lender(&self, host: Host) -> Shared<lender_table> {
        Kept::of(held(Held::exclusive(Lender(host.one_at_a_time()))))
    }

    fn local_lender(&self, host: Host) -> Local<lender_table> {
        Kept::of(held(Held::local(Lender(host))))
    }

    fn lone(&self, host: Host) -> Box<dyn Lone> {
        Box::new(held(Callback::<stream_done>::new_or(REFUSED, running(host))))
    }

    fn exclusive_lone(&self, host: Host) -> Box<dyn Lone> {
        let running = running(host.one_at_a_time());
        Box::new(held(Callback::<stream_done>::exclusive_or(REFUSED, running)))
    }

    fn once(&self, host: Host) -> Box<dyn Lone> {
        Box::new(held(Callback::<stream_done>::once_or(REFUSED, running(host))))
    }

    fn local_once(&self, host: Host) -> Box<dyn Lone> {
        Box::new(held(Callback::<stream_done>::local_once_or(REFUSED, running(host))))
    }

    fn in_c_memory(&self, table: &dyn Table<keeper_table>) -> *mut keeper_table {
        let copy = table.as_any().downcast_ref::<Held<Events>>().and_then(Held::to_malloc);
        copy.map_or(null_mut(), outlive::MallocTable::into_raw)
    }

    fn revoke_all(&self, tables: &[Shared<keeper_table>]) -> Ended {
        let entries = tables.iter().map(|table| table.as_any().downcast_ref::<Held<Events>>());
        let held: Vec<_> = entries.flatten().map(|held| held as &dyn Revocable).collect();
        outlive::revoke_all(&held)
    }
}

impl<T: Hosting, K: Threads + 'static> Table<T::Table> for Kept<T, K> {
    fn raw(&self) -> *mut T::Table {
        self.held.as_ptr()
    }

    fn arg(&self) -> *mut c_void {
        self.arg
    }

    fn revoke(&self) -> Ended {
        self.held.revoke()
    }

    fn revoke_timeout(&self, limit: Duration) -> Ended {
        self.held.revoke_timeout(limit)
    }

    fn with(&self, f: &mut dyn FnMut(&Host)) -> bool {
        self.held.with(|host| f(host.host())).is_ok()
    }

    fn release(self: Box<Self>) {
        // SAFETY: C may not have forgotten it: that is what a scenario tries. Its tables are statics
        // where it calls late.
        let _ = unsafe { self.held.release() };
    }

    fn into_inner(self: Box<Self>) -> Result<Host, Option<Local<T::Table>>> {
        let Kept { held, arg, notify } = *self;
        let kept = |held| -> Local<T::Table> { Box::new(Kept { held, arg, notify }) };
        T::take_out(held).map_err(|held| held.map(kept))
    }

    fn hand_over(self: Box<Self>, register: &mut dyn FnMut() -> bool) {
        // What C did not take ends with the error.
        drop(self.held.hand_over(|_| if register() { Ok(()) } else { Err(()) }));
    }

    fn calling(&self, f: &mut dyn FnMut()) {
        self.held.calling(f);
    }

    fn altered(&self) -> Option<usize> {
        let inspection = self.held.inspect();
        Some(inspection.members.iter().filter(|m| m.state == MemberState::Altered).count())
    }

    fn notify(&self) -> unsafe extern "C" fn(*mut c_void) {
        self.notify
    }

    fn as_any(&self) -> &dyn Any {
        &self.held
    }
}
