//! Scenarios that are too long for loom: three or four threads, many steps, random interleavings. The
//! code is the real one, from `Held` to the slots, but for what `primitive.rs` replaces; calls come
//! as the trampolines make them. Shuttle knows sequentially consistent atomics only: orderings are
//! the matter of `raw/models`.
//!
//! Build with `--cfg outlive_shuttle` (`ci/shuttle.sh`). `ci/mutants.sh` takes one mechanism out after
//! the other and expects a scenario to fail.

mod calls;
mod closes;
mod reuse;

use core::alloc::Layout;
use core::ffi::c_void;
use std::env;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::thread::{self, JoinHandle, yield_now};
use shuttle::{Config, MaxSteps, Runner};

use super::call::{Call, Failed, call, call_lightly};
use super::callbacks::{
    Arg, Callbacks, HostName, MemberInfo, MemberKind, NoState, PanicPolicy, TableInfo,
};
use super::instance::Instance;
use crate::Held;
use crate::primitive::{allow_barriers, per_process};

/// What is known of one host value, also after its end.
#[derive(Debug, Default)]
pub(super) struct Watch {
    inside: AtomicUsize,
    served: AtomicUsize,
    ended: AtomicUsize,
    broken: AtomicBool,
}

impl Watch {
    pub(super) fn served(&self) -> usize {
        self.served.load(Ordering::Relaxed)
    }

    /// How often the value was ended.
    pub(super) fn ended(&self) -> usize {
        self.ended.load(Ordering::Relaxed)
    }

    /// The value has ended, once, and was never used when it should not be.
    pub(super) fn assert_ended(&self) {
        self.assert_sound();
        assert_eq!(self.ended(), 1, "ended more or less than once");
        assert_eq!(self.inside.load(Ordering::Relaxed), 0, "a call is inside after the end");
    }

    pub(super) fn assert_sound(&self) {
        assert!(!self.broken.load(Ordering::Relaxed), "a value was used while it must not be");
    }

    fn expect(&self, sound: bool) {
        self.broken.fetch_or(!sound, Ordering::Relaxed);
    }
}

/// A host value. `Key` tells the two types of table apart.
#[derive(Debug)]
pub(super) struct Host<S> {
    pub(super) watch: Arc<Watch>,
    _state: core::marker::PhantomData<fn() -> S>,
}

impl<S> Host<S> {
    pub(super) fn new() -> (Self, Arc<Watch>) {
        let watch = Arc::new(Watch::default());
        (Host { watch: watch.clone(), _state: core::marker::PhantomData }, watch)
    }

    /// What a method does: it runs for a while, and other threads with it.
    pub(super) fn visit(&self) {
        let watch = self.watch.clone();
        watch.inside.fetch_add(1, Ordering::Relaxed);
        for _ in 0..2 {
            watch.expect(watch.ended() == 0);
            yield_now();
        }
        watch.expect(watch.ended() == 0);
        watch.served.fetch_add(1, Ordering::Relaxed);
        watch.inside.fetch_sub(1, Ordering::Relaxed);
    }

    /// As [`Host::visit`], where nobody else may be inside.
    pub(super) fn visit_alone(&self) {
        self.watch.expect(self.watch.inside.load(Ordering::Relaxed) == 0);
        self.visit();
    }
}

impl<S> Drop for Host<S> {
    fn drop(&mut self) {
        self.watch.expect(self.watch.inside.load(Ordering::Relaxed) == 0);
        self.watch.ended.fetch_add(1, Ordering::Relaxed);
        // An end takes its time too.
        yield_now();
    }
}

const fn info(table: &'static str) -> TableInfo {
    TableInfo {
        table,
        host: HostName::Given("Host"),
        layout: Layout::new::<Struct>(),
        members: &[MemberInfo { name: "call", kind: MemberKind::Callback, offset: 0, size: 8 }],
        panic: PanicPolicy::Fallback,
        count: false,
        user_data: None,
        written_by_c: false,
    }
}

static ARG: TableInfo = info("arg");
static NONE: TableInfo = info("none");

/// A C struct with one function pointer, which is NULL.
type Struct = usize;

// SAFETY: TRUE-TABLE: the table's only member is NULL.
unsafe impl Callbacks for Host<Arg> {
    type Table = Struct;
    type State = Arg;
    type Key = Host<Arg>;
    const INFO: &'static TableInfo = &ARG;
    const TABLES: &'static [&'static Struct] = &[&0];
    const SHARED: &'static [*const ()] = &[];

    fn instances() -> &'static [Instance] {
        &[]
    }
}

per_process! { pub(super) static INSTANCES: [Instance; 2] = [Instance::new(), Instance::new()]; }

// SAFETY: as above; there is an element for each instance.
unsafe impl Callbacks for Host<NoState> {
    type Table = Struct;
    type State = NoState;
    type Key = Host<NoState>;
    const INFO: &'static TableInfo = &NONE;
    const TABLES: &'static [&'static Struct] = &[&0, &0];
    const SHARED: &'static [*const ()] = &[];

    fn instances() -> &'static [Instance] {
        &*INSTANCES
    }
}

/// A call as a trampoline makes it. Whether it was admitted.
pub(super) fn call_from_c<H: Callbacks>(user_data: usize, method: impl Fn(&H, &Call<'_>)) -> bool {
    let body = |host: &H, call: &Call<'_>| {
        method(host, call);
        Ok(true)
    };
    match call_lightly::<H, _>(user_data, 0, body) {
        Some(result) => result.unwrap_or_else(|Failed| panic!("no method fails here")),
        None => call::<H, _>(user_data, 0, || false, body),
    }
}

/// A table with its host value's watch, as several threads share it.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) held: Arc<Held<Host<Arg>>>,
    pub(super) watch: Arc<Watch>,
}

impl Table {
    pub(super) fn new() -> Self {
        let (host, watch) = Host::new();
        Table { held: Arc::new(Held::new(host).unwrap()), watch }
    }

    pub(super) fn user_data(&self) -> usize {
        self.held.user_data().addr()
    }

    /// Whether a call was admitted.
    pub(super) fn call(&self) -> bool {
        self.call_and(|_| ())
    }

    /// As [`Table::call`]; inside, C does something else too.
    pub(super) fn call_and(&self, then: impl Fn(&Call<'_>)) -> bool {
        call_from_c::<Host<Arg>>(self.user_data(), |host, call| {
            host.visit();
            then(call);
            host.visit();
        })
    }

    /// Gives the table's slot back. C calls on.
    pub(super) fn release(self) -> crate::Ended {
        let held = Arc::into_inner(self.held).expect("one thread has the handle");
        // SAFETY: C has nothing but a number, which names no other registration.
        unsafe { held.release() }
    }
}

/// Runs a thread of C's.
pub(super) fn c_thread(body: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    thread::spawn(body)
}

pub(super) fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// What C was given, the last one at the end.
#[derive(Clone, Default)]
pub(super) struct Given(Arc<Mutex<Vec<Passed>>>);

/// User data, with the watch of the value that it leads to.
type Passed = (usize, Arc<Watch>);

impl Given {
    pub(super) fn give(&self, user_data: *mut c_void, watch: &Arc<Watch>) {
        self.0.lock().unwrap().push((user_data.addr(), watch.clone()));
    }

    /// The one that was given `back` times before the last.
    pub(super) fn get(&self, back: usize) -> Option<Passed> {
        self.0.lock().unwrap().iter().rev().nth(back).cloned()
    }
}

/// Runs a scenario in random interleavings, then in those that preempt at few but arbitrary steps.
/// `OUTLIVE_RUNS` says how many of each.
pub(super) fn explore(scenario: impl Fn() + Send + Sync + 'static) {
    let runs = env::var("OUTLIVE_RUNS").map_or(3000, |runs| runs.parse().unwrap());
    let scenario = Arc::new(move || {
        allow_barriers(None);
        scenario();
    });
    let mut config = Config::new();
    config.stack_size = 0x20000;
    config.max_steps = MaxSteps::FailAfter(50_000);
    config.silence_warnings = true;
    let random = scenario.clone();
    Runner::new(RandomScheduler::new(runs), config.clone()).run(move || random());
    for depth in [2, 4] {
        let preempting = scenario.clone();
        Runner::new(PctScheduler::new(depth, runs), config.clone()).run(move || preempting());
    }
}
