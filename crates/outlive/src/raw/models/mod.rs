//! The gate, the records, the slots and the closes, model-checked: loom runs each model in every
//! interleaving of up to two preemptions, and with every value that the memory model lets a load
//! see. The code is the real one, but for what `primitive.rs` replaces.
//!
//! Build with `--cfg outlive_loom` (`ci/models.sh`). `ci/mutants.sh` weakens one ordering, fence or
//! step after the other and expects a model to fail.

mod barriers;
mod calls;
mod closes;
mod forks;
mod instances;
mod notices;
mod owners;
mod records;
mod ring;
mod slots;

use core::alloc::Layout;
use core::any::TypeId;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::model::Builder;

use super::callbacks::{Arg, Callbacks, HostName, MemberInfo, MemberKind, PanicPolicy, TableInfo};
use super::close::{self, Closed, Purpose, Wait};
use super::enter::{Pass, enter, enter_lightly};
use super::handle::{Handle, Kind};
use super::instance::Instance;
use super::place::Place;
use super::slot::{Memory, Registration, SLOTS, Slot};
use super::thread::{RECORDS, number};
use crate::primitive::{allow_barriers, without_light_fences};

/// A host value that tells loom who reads and who ends it.
pub(super) struct Watched {
    value: UnsafeCell<()>,
    /// Not loom's: it is read where the order is known.
    ended: AtomicUsize,
    /// The number of the thread that ended it last.
    ended_on: AtomicU64,
}

// SAFETY: loom checks every access to `value`, which holds nothing.
unsafe impl Sync for Watched {}

static INFO: TableInfo = TableInfo {
    table: "watched",
    host: HostName::Given("Watched"),
    layout: Layout::new::<()>(),
    members: &[MemberInfo { name: "call", kind: MemberKind::Callback, offset: 0, size: 8 }],
    panic: PanicPolicy::Fallback,
    count: false,
    user_data: None,
    written_by_c: false,
};

// SAFETY: TRUE-TABLE: the table has no member at all, and no C calls it.
unsafe impl Callbacks for Watched {
    type Table = ();
    type State = Arg;
    type Key = Watched;
    const INFO: &'static TableInfo = &INFO;
    const TABLES: &'static [&'static ()] = &[&()];
    const SHARED: &'static [*const ()] = &[];

    fn instances() -> &'static [Instance] {
        &[]
    }
}

impl Watched {
    /// What a method does.
    fn touch(&self) {
        self.value.with(|_| ());
    }

    /// What a method does that is alone inside.
    fn change(&self) {
        self.value.with_mut(|_| ());
    }

    /// How often the value was ended without a race.
    fn ended(&self) -> usize {
        self.ended.load(Ordering::Relaxed)
    }

    fn ended_on(&self) -> u64 {
        self.ended_on.load(Ordering::Relaxed)
    }
}

/// Ends a value. A race is a panic that the close catches: then the value does not count as ended.
///
/// # Safety
///
/// `value` is a `Watched`.
unsafe fn end(value: NonNull<()>) {
    // SAFETY: the caller's promise; the model keeps it until its end.
    let host: &Watched = unsafe { value.cast().as_ref() };
    host.change();
    host.ended.fetch_add(1, Ordering::Relaxed);
    host.ended_on.store(number(), Ordering::Relaxed);
}

/// A registration in a model.
#[derive(Clone)]
pub(super) struct Table {
    host: Arc<Watched>,
    handle: Handle,
    slot: &'static Slot,
}

impl Table {
    fn new(kind: Kind) -> Self {
        Table::with_instance(kind, None)
    }

    fn with_instance(kind: Kind, instance: Option<&'static Instance>) -> Self {
        let host = Arc::new(Watched {
            value: UnsafeCell::new(()),
            ended: AtomicUsize::new(0),
            ended_on: AtomicU64::new(0),
        });
        let vacant = SLOTS.take(kind).unwrap();
        let handle = vacant.handle();
        let slot = vacant.open(Registration {
            value: NonNull::from(&*host).cast(),
            key: TypeId::of::<Watched>(),
            info: &INFO,
            drop_value: Some(end),
            created: Place::caller(),
            instance,
            table: core::ptr::null(),
            template: core::ptr::null(),
            memory: Memory::Static,
        });
        Table { host, handle, slot }
    }

    fn shared() -> Self {
        Table::new(Kind::Shared)
    }

    /// A call as the trampolines make it. Whether it reached the host value.
    fn call(&self) -> bool {
        call(self.handle, |_, host| host.touch())
    }

    /// As [`Table::call`], ending its own table from inside.
    fn call_that_revokes(&self) -> bool {
        call(self.handle, |pass, host| {
            // SAFETY: inside.
            unsafe { close::close(pass.handle(), pass.slot(), Wait::Never, Purpose::End) };
            host.touch();
        })
    }

    /// A call that waits to be left, on this thread or on another.
    fn enter(&self) -> Inside {
        let Ok(pass) = enter::<Watched>(self.handle) else { panic!("refused") };
        Inside(pass)
    }

    /// Ends the table, as its handle does.
    fn close(&self, wait: Wait, purpose: Purpose) -> Closed {
        // SAFETY: the model owns the registration.
        unsafe { close::close(self.handle, self.slot, wait, purpose) }
    }

    fn release(&self, wait: Wait) {
        close::release(self.handle, self.slot, wait);
    }

    /// Ends and releases it from outside, and gives the host value's memory to whoever is next.
    fn close_and_release(&self) {
        assert_eq!(self.close(Wait::Forever, Purpose::End), Closed::Now);
        self.release(Wait::Forever);
    }
}

/// The way of `raw/call.rs` through the gate.
fn call(handle: Handle, body: impl FnOnce(&Pass, &Watched)) -> bool {
    if let Some(pass) = enter_lightly::<Watched>(handle) {
        // SAFETY: entered for `Watched`; the reference ends before the pass is left.
        body(&pass, unsafe { pass.host::<Watched>() });
        pass.leave_lightly(());
        return true;
    }
    match enter::<Watched>(handle) {
        Ok(pass) => {
            // SAFETY: as above.
            body(&pass, unsafe { pass.host::<Watched>() });
            pass.leave();
            true
        }
        Err(refused) => {
            refused.report(&INFO, 0);
            false
        }
    }
}

/// A call that is inside.
struct Inside(Pass);

// SAFETY: a fiber may leave on another thread than it came in on (OWN-CELL).
unsafe impl Send for Inside {}

impl Inside {
    fn leave(self) {
        // SAFETY: entered for `Watched`; the reference ends before the pass is left.
        unsafe { self.0.host::<Watched>() }.touch();
        self.0.leave();
    }
}

/// Runs a model in every interleaving, of two preemptions unless `LOOM_MAX_PREEMPTIONS` says more. There
/// must be two: loom tries another order only where it has seen two steps that depend on each other.
fn explore(model: impl Fn() + Send + Sync + 'static) {
    assert!(orders_of(model) > 1, "loom has found one order only");
}

/// Runs a model that has one thread.
fn run(model: impl Fn() + Send + Sync + 'static) {
    assert_eq!(orders_of(model), 1);
}

fn orders_of(model: impl Fn() + Send + Sync + 'static) -> usize {
    let mut builder = Builder::new();
    builder.preemption_bound.get_or_insert(2);
    let orders = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&orders);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        allow_barriers(None);
        // The statics are there before the first thread, as they are in a process.
        close::sweep();
        RECORDS.iter().for_each(drop);
        model();
    });
    orders.load(Ordering::Relaxed)
}

/// As [`explore`], where only the heavy side fences: for models whose threads are ordered otherwise.
fn explore_without_light_fences(model: impl Fn() + Send + Sync + 'static) {
    without_light_fences(|| explore(model));
}
