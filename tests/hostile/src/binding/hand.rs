//! The control: what programs write by hand. Each trampoline trusts C with everything.

use core::any::Any;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::offset_of;
use core::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::time::Duration;

use outlive::Ended;

use super::owed::{Owed, Watching, put_owed, put_watching};
use super::{
    Binding, CLOSE, Functions, Host, Inside, Local, Lone, NOT_LENT, OPEN, PANICS, REFUSED, Shared,
    Table, Together,
};
use crate::sys::{
    asker_changed, asker_done, asker_free, asker_table, carrier, carrier_event, carrier_table,
    carrier_user_data, cursor, cursor_module, filter, filter_link, filter_node, keeper_linked,
    keeper_mode, keeper_object, keeper_plain, keeper_point, keeper_table, lender_table,
    store_table, stream_done, stream_hooks, stream_table,
};

/// Hand-written trampolines.
#[derive(Debug)]
pub struct Hand;

/// What the user data points to: the host, and the table for an end from inside.
struct State {
    host: Host,
    end: Box<dyn Fn() + Send + Sync>,
}

struct Running(NonNull<State>);

impl Inside for Running {
    fn revoke(&self) {
        // SAFETY: none: the control trusts that nobody has ended it before.
        let end = unsafe { &self.0.as_ref().end };
        // It frees the state, and so itself.
        end();
    }
}

/// Trusts the user data, as such code does.
fn call(arg: *mut c_void, f: impl FnOnce(&Host, &Running) -> c_int) -> c_int {
    let state = arg.cast::<State>();
    // SAFETY: none: that C's pointer is still valid is what the scenarios break.
    let host = unsafe { &(*state).host };
    // SAFETY: as above.
    f(host, &Running(unsafe { NonNull::new_unchecked(state) }))
}

extern "C" fn on_event(value: c_int, arg: *mut c_void) -> c_int {
    call(arg, |host, inside| host.on_event(inside, value))
}

extern "C" fn on_tick(arg: *mut c_void) {
    call(arg, |host, inside| host.on_event(inside, 0));
}

extern "C" fn on_text(text: *const c_char, arg: *mut c_void) -> c_int {
    // SAFETY: C's word is trusted.
    let text = unsafe { CStr::from_ptr(text) };
    call(arg, |host, inside| host.on_event(inside, text.count_bytes() as c_int))
}

extern "C" fn on_point(point: *const keeper_point, arg: *mut c_void) -> *mut c_void {
    // SAFETY: C's word is trusted.
    let point = unsafe { &*point };
    let x = point.x;
    if call(arg, |host, inside| host.on_event(inside, x)) < 0 { null_mut() } else { arg }
}

extern "C" fn on_mode(mode: keeper_mode, arg: *mut c_void) -> c_int {
    let names = ["idle", "busy"];
    // SAFETY: C's word is trusted: an enum of two, as the header says.
    let name: &str = unsafe { names.get_unchecked(mode as usize) };
    call(arg, |host, inside| host.on_event(inside, name.len() as c_int))
}

extern "C" fn user_data_first(arg: *mut c_void, value: c_int) -> c_int {
    on_event(value, arg)
}

extern "C" fn user_data_between(left: c_int, arg: *mut c_void, right: c_int) -> c_int {
    on_event(left + right, arg)
}

extern "C" fn open(value: c_int, _arg: *mut c_void) -> *mut c_void {
    Box::into_raw(Box::new(value)).cast()
}

extern "C" fn read(handle: *mut c_void, arg: *mut c_void) -> c_int {
    // SAFETY: C's word is trusted.
    let value = unsafe { handle.cast::<c_int>().read() };
    on_event(value, arg)
}

extern "C" fn close(handle: *mut c_void, arg: *mut c_void) -> c_int {
    // SAFETY: C's word is trusted.
    let value = *unsafe { Box::from_raw(handle.cast::<c_int>()) };
    on_event(value, arg)
}

unsafe extern "C" fn destroy(arg: *mut c_void) {
    // SAFETY: C's word is trusted.
    drop(unsafe { Box::from_raw(arg.cast::<State>()) });
}

extern "C" fn stream_read(file: *mut c_void, value: c_int) -> c_int {
    on_event(value, file)
}

extern "C" fn stream_close(file: *mut c_void, _error: *mut *const c_char) -> c_int {
    // SAFETY: C's word is trusted.
    let state = unsafe { Box::from_raw(file.cast::<State>()) };
    state.host.on_event(&Running(NonNull::from(&*state)), CLOSE)
}

extern "C" fn lend(value: c_int, user: *mut c_void) -> *mut c_int {
    let mut lent = null_mut();
    call(user, |host, inside| {
        lent = host.lend(inside, value);
        0
    });
    lent
}

extern "C" fn take_back(lent: *mut c_int, user: *mut c_void) -> c_int {
    let result = call(user, |host, inside| host.take_back(inside, lent));
    if result == NOT_LENT {
        // SAFETY: C's word is trusted.
        drop(unsafe { Box::from_raw(lent) });
    }
    result
}

extern "C" fn done(user: *mut c_void) -> c_int {
    stream_close(user, null_mut())
}

extern "C" fn complete(status: c_int, user: *mut c_void) -> c_int {
    // SAFETY: C's word is trusted.
    let state = unsafe { Box::from_raw(user.cast::<State>()) };
    state.host.on_event(&Running(NonNull::from(&*state)), status)
}

/// The state that stands behind a table: what its own address leads to.
fn behind<R>(table: *const R) -> *mut c_void {
    // SAFETY: none: that C passes a table is what the scenarios break.
    unsafe { (*table.cast::<Whole<R>>()).state }
}

extern "C" fn filter_feed(filter: *mut filter, value: c_int) -> c_int {
    on_event(value, behind(filter))
}

extern "C" fn filter_mix(left: c_int, table: *const c_void, right: c_int) -> c_int {
    on_event(left + right, behind(table.cast::<filter>()))
}

extern "C" fn filter_drop(filter: *mut filter) -> c_int {
    // SAFETY: C's word is trusted.
    let whole = unsafe { Box::from_raw(filter.cast::<Whole<filter>>()) };
    stream_close(whole.state, null_mut())
}

extern "C" fn visit(link: *mut filter_link, value: c_int) -> c_int {
    let node = link.wrapping_byte_sub(offset_of!(filter_node, link)).cast::<filter_node>();
    on_event(value, behind(node))
}

/// Trusts what is found, too.
fn found(user_data: *mut c_void, value: c_int) -> *mut c_void {
    assert_ne!(value, PANICS, "nothing is found");
    user_data
}

extern "C" fn on_member(carrier: *mut carrier, value: c_int) -> c_int {
    // SAFETY: C's word is trusted.
    on_event(value, found(unsafe { (*carrier).user_data }, value))
}

extern "C" fn on_accessor(carrier: *const carrier, value: c_int) -> c_int {
    // SAFETY: C's word is trusted.
    on_event(value, found(unsafe { carrier_user_data(carrier) }, value))
}

extern "C" fn on_struct(event: carrier_event) -> c_int {
    on_event(event.value, core::ptr::with_exposed_provenance_mut(event.user_data as usize))
}

extern "C" fn on_indirect(at: *mut *mut c_void, value: c_int) -> c_int {
    // SAFETY: C's word is trusted.
    on_event(value, unsafe { *at })
}

extern "C" fn on_number(user_data: u64, value: c_int) -> c_int {
    on_event(value, core::ptr::with_exposed_provenance_mut(user_data as usize))
}

extern "C" fn on_signed(value: c_int, user_data: i64) -> c_int {
    on_event(value, core::ptr::with_exposed_provenance_mut(user_data as usize))
}

extern "C" fn seek(carrier: *mut carrier, offset: i64) -> c_int {
    on_member(carrier, offset as c_int)
}

extern "C" fn open_cursor(module: *mut c_void, cursor: *mut cursor) -> c_int {
    let module = module.cast::<State>();
    // SAFETY: C's word is trusted.
    let Some(host) = (unsafe { &(*module).host }).open() else { return REFUSED };
    let state = Box::new(State { host, end: Box::new(|| {}) });
    let opened = on_event(OPEN, module.cast());
    if opened < 0 {
        return opened;
    }
    // SAFETY: C lends the object that it is about to have opened.
    unsafe { (*cursor).user_data = Box::into_raw(state).cast() };
    0
}

extern "C" fn next(cursor: *mut cursor, step: c_int) -> c_int {
    // SAFETY: C's word is trusted.
    on_event(step, unsafe { (*cursor).user_data })
}

extern "C" fn close_cursor(cursor: *mut cursor) -> c_int {
    // SAFETY: C's word is trusted.
    complete(CLOSE, unsafe { (*cursor).user_data })
}

/// What C waits for, as a pair. Nobody answers for one that is dropped.
struct Asking(asker_done, *mut c_void);

// SAFETY: C lets any thread answer.
unsafe impl Send for Asking {}

impl Owed for Asking {
    fn answer(self: Box<Self>, status: c_int) -> bool {
        if let Some(done) = self.0 {
            // SAFETY: none: nothing says whether C still waits.
            unsafe { done(status, self.1) };
        }
        true
    }
}

/// What C lets the host call.
struct Changing(asker_changed, *mut c_void, asker_free);

// SAFETY: C lets any thread call.
unsafe impl Send for Changing {}

impl Watching for Changing {
    fn call(&self, value: c_int) -> bool {
        if let Some(changed) = self.0 {
            // SAFETY: none: nothing says whether C still has it.
            unsafe { changed(value, self.1) };
        }
        true
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        if let Some(free) = self.2 {
            // SAFETY: as above.
            unsafe { free(self.1) };
        }
    }
}

extern "C" fn request(
    value: c_int,
    done: asker_done,
    cookie: *mut c_void,
    arg: *mut c_void,
) -> c_int {
    let result = on_event(value, arg);
    put_owed(Box::new(Asking(done, cookie)));
    result
}

extern "C" fn watch(
    value: c_int,
    changed: asker_changed,
    data: *mut c_void,
    free: asker_free,
    arg: *mut c_void,
) -> c_int {
    let result = on_event(value, arg);
    put_watching(Box::new(Changing(changed, data, free)));
    result
}

extern "C" fn asker_close(arg: *mut c_void) {
    stream_close(arg, null_mut());
}

/// The one host of the context-free table: there is nowhere else to look.
static CURRENT: AtomicPtr<c_void> = AtomicPtr::new(null_mut());

extern "C" fn plain_on_event(value: c_int) -> c_int {
    on_event(value, CURRENT.load(Ordering::SeqCst))
}

extern "C" fn shutdown() -> c_int {
    stream_close(CURRENT.load(Ordering::SeqCst), null_mut())
}

extern "C" fn plain_open(value: c_int) -> *mut c_void {
    open(value, CURRENT.load(Ordering::SeqCst))
}

extern "C" fn plain_close(handle: *mut c_void) {
    close(handle, CURRENT.load(Ordering::SeqCst));
}

/// A table, and behind it where its state is.
#[repr(C)]
struct Whole<R> {
    table: R,
    state: *mut c_void,
}

/// A table and its state, on the heap.
struct Made<R> {
    raw: NonNull<Whole<R>>,
    state: NonNull<State>,
    freed: AtomicBool,
}

// SAFETY: as sound as the pointers' users, which is what the control is about.
unsafe impl<R> Send for Made<R> {}
// SAFETY: as above.
unsafe impl<R> Sync for Made<R> {}

impl<R: 'static> Made<R> {
    fn new(host: Host, table: impl FnOnce(*mut c_void) -> R) -> Box<Self> {
        let state = Box::new(State { host, end: Box::new(|| {}) });
        let state = NonNull::from(Box::leak(state));
        let arg = state.as_ptr().cast();
        let raw = NonNull::from(Box::leak(Box::new(Whole { table: table(arg), state: arg })));
        let (raw_address, state_address) = (raw.as_ptr().addr(), state.as_ptr().addr());
        let end = move || {
            // SAFETY: none: see `Running::revoke`.
            drop(unsafe {
                Box::from_raw(core::ptr::with_exposed_provenance_mut::<Whole<R>>(raw_address))
            });
            let state = core::ptr::with_exposed_provenance_mut::<State>(state_address);
            // SAFETY: as above.
            drop(unsafe { Box::from_raw(state) });
        };
        raw.as_ptr().expose_provenance();
        state.as_ptr().expose_provenance();
        // SAFETY: nobody else has it yet.
        unsafe { (*state.as_ptr()).end = Box::new(end) };
        CURRENT.store(state.as_ptr().cast(), Ordering::SeqCst);
        Box::new(Made { raw, state, freed: AtomicBool::new(false) })
    }
}

impl<R> Made<R> {
    fn free(&self) {
        if self.freed.swap(true, Ordering::SeqCst) {
            return;
        }
        // SAFETY: `new` leaked both, and this handle frees them once. C may have, too.
        drop(unsafe { Box::from_raw(self.raw.as_ptr()) });
        // SAFETY: as above.
        drop(unsafe { Box::from_raw(self.state.as_ptr()) });
    }
}

impl<R> Drop for Made<R> {
    fn drop(&mut self) {
        self.free();
    }
}

impl<R: 'static> Table<R> for Made<R> {
    fn raw(&self) -> *mut R {
        self.raw.as_ptr().cast()
    }

    fn arg(&self) -> *mut c_void {
        self.state.as_ptr().cast()
    }

    fn revoke(&self) -> Ended {
        self.free();
        Ended::Now
    }

    fn revoke_timeout(&self, _limit: Duration) -> Ended {
        self.revoke()
    }

    fn with(&self, f: &mut dyn FnMut(&Host)) -> bool {
        // SAFETY: none: nothing says whether it has ended.
        f(unsafe { &self.state.as_ref().host });
        true
    }

    fn release(self: Box<Self>) {}

    fn into_inner(self: Box<Self>) -> Result<Host, Option<Local<R>>> {
        self.freed.store(true, Ordering::SeqCst);
        // SAFETY: `new` leaked both, and this handle frees them once.
        drop(unsafe { Box::from_raw(self.raw.as_ptr()) });
        // SAFETY: as above.
        Ok(unsafe { Box::from_raw(self.state.as_ptr()) }.host)
    }

    fn hand_over(self: Box<Self>, register: &mut dyn FnMut() -> bool) {
        if register() {
            core::mem::forget(self);
        }
    }

    fn calling(&self, f: &mut dyn FnMut()) {
        f();
    }

    fn altered(&self) -> Option<usize> {
        None
    }

    fn notify(&self) -> unsafe extern "C" fn(*mut c_void) {
        destroy
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Together for Made<Functions> {
    fn functions(&self) -> Functions {
        // SAFETY: none: it is there until the handle ends it.
        unsafe { self.raw.cast().read() }
    }

    fn arg(&self) -> *mut c_void {
        Table::arg(self)
    }

    fn hand_over(self: Box<Self>) {
        core::mem::forget(self);
    }
}

impl Lone for Made<stream_done> {
    fn function(&self) -> stream_done {
        // SAFETY: none: it is there until the handle ends it.
        unsafe { (*self.raw.as_ptr()).table }
    }

    fn arg(&self) -> *mut c_void {
        Table::arg(self)
    }

    fn revoke(&self) -> Ended {
        Table::revoke(self)
    }

    fn release(self: Box<Self>) {}

    fn hand_over(self: Box<Self>) {
        core::mem::forget(self);
    }

    fn notify(&self) -> unsafe extern "C" fn(*mut c_void) {
        destroy
    }
}

fn stream(_: *mut c_void) -> stream_table {
    stream_table { read: Some(stream_read), close: Some(stream_close) }
}

fn filter_table(_: *mut c_void) -> filter {
    filter { version: 1, feed: Some(filter_feed), mix: Some(filter_mix), drop: Some(filter_drop) }
}

fn lender(_: *mut c_void) -> lender_table {
    lender_table { lend: Some(lend), take_back: Some(take_back), done: Some(done) }
}

fn events(_: *mut c_void) -> keeper_table {
    keeper_table {
        on_event: Some(on_event),
        on_tick: Some(on_tick),
        on_text: Some(on_text),
        on_point: Some(on_point),
        on_mode: Some(on_mode),
        user_data_first: Some(user_data_first),
        user_data_between: Some(user_data_between),
    }
}

impl Binding for Hand {
    fn is_library(&self) -> bool {
        false
    }

    fn events(&self, host: Host) -> Shared<keeper_table> {
        Made::new(host, events)
    }

    fn resuming(&self, host: Host) -> Shared<keeper_table> {
        Made::new(host, events)
    }

    fn aborting(&self, host: Host) -> Shared<keeper_table> {
        Made::new(host, events)
    }

    fn exclusive(&self, host: Host) -> Shared<keeper_table> {
        Made::new(host.one_at_a_time(), events)
    }

    fn local(&self, host: Host) -> Local<keeper_table> {
        Made::new(host, events)
    }

    fn plain(&self, host: Host) -> Shared<keeper_plain> {
        let table = keeper_plain {
            on_event: Some(plain_on_event),
            open: Some(plain_open),
            close: Some(plain_close),
        };
        Made::new(host, |_| table)
    }

    fn object(&self, host: Host) -> Shared<keeper_object> {
        Made::new(host, |opaque| keeper_object { on_event: Some(on_event), opaque })
    }

    fn linked(&self, host: Host) -> Shared<keeper_linked> {
        Made::new(host, |_| keeper_linked {
            version: 1,
            size: size_of::<keeper_linked>(),
            on_event: Some(on_event),
            next: null_mut(),
            seen: 0,
        })
    }

    fn store(&self, host: Host) -> Shared<store_table> {
        Made::new(host, |_| store_table {
            open: Some(open),
            read: Some(read),
            close: Some(close),
            destroy: Some(destroy),
        })
    }

    fn stream(&self, host: Host) -> Shared<stream_table> {
        Made::new(host, stream)
    }

    fn exclusive_stream(&self, host: Host) -> Shared<stream_table> {
        Made::new(host.one_at_a_time(), stream)
    }

    fn local_stream(&self, host: Host) -> Local<stream_table> {
        Made::new(host, stream)
    }

    fn hooks(&self, host: Host) -> Shared<stream_hooks> {
        let table = stream_hooks { note: Some(plain_on_event), shutdown: Some(shutdown) };
        Made::new(host, |_| table)
    }

    fn filter(&self, host: Host) -> Shared<filter> {
        Made::new(host, filter_table)
    }

    fn exclusive_filter(&self, host: Host) -> Shared<filter> {
        Made::new(host.one_at_a_time(), filter_table)
    }

    fn local_filter(&self, host: Host) -> Local<filter> {
        Made::new(host, filter_table)
    }

    fn node(&self, host: Host) -> Shared<filter_node> {
        let link = filter_link { next: null_mut(), seen: 0 };
        Made::new(host, |_| filter_node { visit: Some(visit), link })
    }

    fn carried(&self, host: Host) -> Shared<carrier_table> {
        let table = carrier_table {
            on_member: Some(on_member),
            on_accessor: Some(on_accessor),
            on_event: Some(on_struct),
            on_indirect: Some(on_indirect),
            on_number: Some(on_number),
            on_signed: Some(on_signed),
            on_id: None,
        };
        Made::new(host, |_| table)
    }

    fn module(&self, host: Host) -> Shared<cursor_module> {
        let table =
            cursor_module { open: Some(open_cursor), next: Some(next), close: Some(close_cursor) };
        Made::new(host, |_| table)
    }

    fn together(&self, host: Host) -> Box<dyn Together> {
        let functions =
            Functions { read: Some(stream_read), seek: Some(seek), done: Some(complete) };
        Made::new(host, |_| functions)
    }

    fn asked(&self, host: Host) -> Shared<asker_table> {
        Made::new(host, |_| asker_table {
            request: Some(request),
            watch: Some(watch),
            close: Some(asker_close),
        })
    }

    fn lender(&self, host: Host) -> Shared<lender_table> {
        Made::new(host, lender)
    }

    fn exclusive_lender(&self, host: Host) -> Shared<lender_table> {
        Made::new(host.one_at_a_time(), lender)
    }

    fn local_lender(&self, host: Host) -> Local<lender_table> {
        Made::new(host, lender)
    }

    fn lone(&self, host: Host) -> Box<dyn Lone> {
        Made::<stream_done>::new(host, |_| Some(on_event))
    }

    fn exclusive_lone(&self, host: Host) -> Box<dyn Lone> {
        Made::<stream_done>::new(host.one_at_a_time(), |_| Some(on_event))
    }

    fn once(&self, host: Host) -> Box<dyn Lone> {
        Made::<stream_done>::new(host, |_| Some(complete))
    }

    fn local_once(&self, host: Host) -> Box<dyn Lone> {
        Made::<stream_done>::new(host, |_| Some(complete))
    }

    fn in_c_memory(&self, table: &dyn Table<keeper_table>) -> *mut keeper_table {
        // C frees the table itself, which the handle frees too.
        table.raw()
    }

    fn revoke_all(&self, tables: &[Shared<keeper_table>]) -> Ended {
        for table in tables {
            let _ = table.revoke();
        }
        Ended::Now
    }
}
