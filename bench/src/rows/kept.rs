//! Our own rows: host values held as tables.

use core::any::Any;
use core::ffi::c_void;
use std::sync::Arc;

use outlive::{Arg, Callback, Callbacks, Held, Threads, callbacks};

use super::peers::{Carrier, Seeded};
use super::{MANY, ONE, Row, Way};
use crate::c::{bench_free_table, bench_table, bench_tally, on_event};
use crate::callee::Callee;
use crate::held::hold;
use crate::work::work;

/// The host value; it is not empty, so that it has an address of its own.
#[derive(Default)]
struct Host {
    _seed: u64,
}

#[callbacks(bench_table, state = arg)]
impl Host {
    #[callback(fallback = -1)]
    fn on_event(&self, tally: *mut bench_tally, value: i64) -> i64 {
        // SAFETY: C passes the calling thread's own tally.
        unsafe { work(core::ptr::from_ref(self).addr(), tally, value) }
    }
}

#[derive(Default)]
struct CountedHost {
    _seed: u64,
}

#[callbacks(bench_table, state = arg, count = true)]
impl CountedHost {
    #[callback(fallback = -1)]
    fn on_event(&self, tally: *mut bench_tally, value: i64) -> i64 {
        // SAFETY: C passes the calling thread's own tally.
        unsafe { work(core::ptr::from_ref(self).addr(), tally, value) }
    }
}

#[derive(Default)]
struct FreeHost {
    _seed: u64,
}

#[callbacks(bench_free_table, state = none)]
impl FreeHost {
    #[callback(fallback = -1)]
    fn on_event(&self, tally: *mut bench_tally, value: i64) -> i64 {
        // SAFETY: C passes the calling thread's own tally.
        unsafe { work(core::ptr::from_ref(self).addr(), tally, value) }
    }
}

#[derive(Default)]
struct TableHost {
    _seed: u64,
}

#[callbacks(bench_table, state = table, table = last)]
impl TableHost {
    #[callback(fallback = -1)]
    fn on_event(&self, tally: *mut bench_tally, value: i64) -> i64 {
        // SAFETY: C passes the calling thread's own tally.
        unsafe { work(core::ptr::from_ref(self).addr(), tally, value) }
    }
}

#[derive(Default)]
struct MemberHost {
    _seed: u64,
}

#[callbacks(
    bench_table,
    state = arg,
    user_data = unsafe { (*carrier.cast::<Carrier>()).user_data }
)]
impl MemberHost {
    #[callback(fallback = -1)]
    fn on_event(&self, tally: *mut bench_tally, value: i64, carrier: *mut c_void) -> i64 {
        // SAFETY: C passes the calling thread's own tally.
        unsafe { work(core::ptr::from_ref(self).addr(), tally, value) }
    }
}

/// Its callback calls C, which calls `inner` as often as the value says: the row's time is that of
/// the inner calls, one outer call among thousands of them.
struct OuterHost {
    inner: Arc<Held<Host>>,
}

#[callbacks(bench_table, state = arg)]
impl OuterHost {
    #[callback(fallback = -1)]
    fn on_event(&self, tally: *mut bench_tally, value: i64) -> i64 {
        // SAFETY: this host value keeps the table; the tally is C's.
        unsafe { Callee::of(&*self.inner).call(tally, 0, value) }
    }
}

#[callbacks(bench_table, state = arg)]
impl Seeded {
    #[callback(fallback = -1)]
    fn on_event(&self, tally: *mut bench_tally, value: i64) -> i64 {
        // SAFETY: C passes the calling thread's own tally.
        unsafe { work(self.0, tally, value) }
    }
}

/// A table that only C calls: the thread that makes it has not been inside.
pub fn called_by_c(name: &'static str) -> Result<Row, String> {
    const SEED: usize = 0x5eed;
    let held = hold(Seeded(SEED))?;
    let way = Way::Table(Callee::of(&held));
    Ok(Row { name, threads: ONE, way, host: SEED, _kept: keep(held) })
}

pub fn rows() -> Vec<Row> {
    vec![
        by_user_data("outlive-arg", MANY, Held::new(Host::default()).expect("a slot is free")),
        free(),
        by_table(),
        by_member(),
        nested(),
        by_user_data(
            "outlive-count",
            MANY,
            Held::new(CountedHost::default()).expect("a slot is free"),
        ),
        by_user_data(
            "outlive-exclusive",
            ONE,
            Held::exclusive(Host::default()).expect("a slot is free"),
        ),
        by_user_data("outlive-local", ONE, Held::local(Host::default()).expect("a slot is free")),
        lone(),
    ]
}

/// A closure, with its state in itself.
fn lone() -> Row {
    let seed = core::hint::black_box(0x10e);
    // SAFETY: C passes the calling thread's own tally.
    let closure = move |tally, value| unsafe { work(seed, tally, value) };
    let callback = Callback::<on_event>::new_or(-1, closure).expect("a slot is free");
    let table = Box::new(bench_table { on_event: Some(callback.function()) });
    let way = Way::Table(Callee::new(&*table, callback.user_data()));
    let kept = Box::new((table, callback));
    Row { name: "outlive-lone", threads: MANY, way, host: seed, _kept: kept }
}

fn by_user_data<T, K>(name: &'static str, threads: &'static [usize], held: Held<T, K>) -> Row
where
    T: Callbacks<Table = bench_table, Locator = Arg> + 'static,
    K: Threads + 'static,
{
    let way = Way::Table(Callee::of(&held));
    Row { name, threads, way, host: address(&held), _kept: keep(held) }
}

fn free() -> Row {
    let held = Held::new(FreeHost::default()).expect("an instance is free");
    let way = Way::Free(held.as_ptr());
    Row { name: "outlive-none", threads: MANY, way, host: address(&held), _kept: keep(held) }
}

/// C passes the table itself, where others have user data.
fn by_table() -> Row {
    let held = Held::new(TableHost::default()).expect("a slot is free");
    let way = Way::Table(Callee::new(held.as_ptr(), held.as_ptr().cast()));
    Row { name: "outlive-table", threads: MANY, way, host: address(&held), _kept: keep(held) }
}

/// C passes what has the user data in a member.
fn by_member() -> Row {
    let held = Held::new(MemberHost::default()).expect("a slot is free");
    let carrier = Box::leak(Box::new(Carrier { user_data: held.user_data() }));
    let way = Way::Table(Callee::new(held.as_ptr(), core::ptr::from_mut(carrier).cast()));
    Row { name: "outlive-member", threads: MANY, way, host: address(&held), _kept: keep(held) }
}

fn nested() -> Row {
    let inner = Arc::new(Held::new(Host::default()).expect("a slot is free"));
    let host = address(&inner);
    let held = Held::new(OuterHost { inner: inner.clone() }).expect("a slot is free");
    let way = Way::Nested(Callee::of(&held));
    // In this order: the inner table is released when the outer one's host value is gone.
    let kept = Box::new((keep(held), Kept(Some(inner))));
    Row { name: "outlive-nested", threads: ONE, way, host, _kept: kept }
}

fn address<T: Callbacks + 'static, K: Threads>(held: &Held<T, K>) -> usize {
    held.with(|host| core::ptr::from_ref(host).addr()).expect("the table is live")
}

/// Keeps a table until its row is dropped. C's loops have returned then, and they keep nothing.
fn keep<T: Callbacks + 'static, K: Threads + 'static>(held: Held<T, K>) -> Box<dyn Any> {
    Box::new(Kept(Some(held.into())))
}

/// The last one to have a table releases it.
struct Kept<T: Callbacks + 'static, K: Threads>(Option<Arc<Held<T, K>>>);

impl<T: Callbacks + 'static, K: Threads> Drop for Kept<T, K> {
    fn drop(&mut self) {
        if let Some(held) = self.0.take().and_then(Arc::into_inner) {
            // SAFETY: the row's own pointers go with it, and C has no others.
            let _ = unsafe { held.release() };
        }
    }
}
