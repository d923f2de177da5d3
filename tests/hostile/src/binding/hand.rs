//! The control: what programs write by hand. Each trampoline trusts C with everything.

use core::any::Any;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::offset_of;
use core::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::time::Duration;

use outlive::Ended;

use super::{Binding, CLOSE, Host, Inside, Local, Lone, Shared, Table};
use crate::sys::{
    filter, filter_link, filter_node, keeper_linked, keeper_mode, keeper_object, keeper_plain,
    keeper_point, keeper_table, store_table, stream_done, stream_hooks, stream_table,
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
