//! How a model is run.

use std::cell::Cell;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once};

use loom::model::Builder;

use crate::checker;
use crate::host::{Expected, World, begin};

std::thread_local! {
    static HAS_PANICKED: Cell<bool> = const { Cell::new(false) };
    static FEWER_PREEMPTIONS: Cell<usize> = const { Cell::new(0) };
}

/// Runs a model in every interleaving, of two preemptions unless `LOOM_MAX_PREEMPTIONS` says more. There
/// must be more than one: loom tries another order only where it has seen two steps that depend on each other.
pub(crate) fn explore(model: impl Fn() + Send + Sync + 'static) {
    explore_in(World::Asymmetric, model);
}

/// As [`explore`], in another world.
pub(crate) fn explore_in(world: World, model: impl Fn() + Send + Sync + 'static) {
    assert!(orders_of(world, model) > 1, "loom has found one order only");
}

/// As [`explore`], in interleavings of fewer preemptions, for models of many threads and steps.
pub(crate) fn explore_widely(model: impl Fn() + Send + Sync + 'static) {
    FEWER_PREEMPTIONS.set(1);
    explore(model);
    FEWER_PREEMPTIONS.set(0);
}

/// As [`explore`], of threads that may have nothing to do with each other.
pub(crate) fn explore_all(model: impl Fn() + Send + Sync + 'static) {
    orders_of(World::Asymmetric, model);
}

/// As [`explore`], where only the heavy side fences: for models whose threads are ordered otherwise.
pub(crate) fn explore_without_light_fences(model: impl Fn() + Send + Sync + 'static) {
    checker::without_light_fences(|| explore(model));
}

/// Runs a model that has one thread.
pub(crate) fn run(model: impl Fn() + Send + Sync + 'static) {
    assert_eq!(orders_of(World::Asymmetric, model), 1);
}

fn orders_of(world: World, model: impl Fn() + Send + Sync + 'static) -> usize {
    notice_panics();
    let mut builder = Builder::new();
    let preemptions = builder.preemption_bound.get_or_insert(2);
    *preemptions = preemptions.saturating_sub(FEWER_PREEMPTIONS.get()).max(1);
    builder.max_branches = 20_000;
    let orders = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&orders);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        begin(world);
        model();
        // The engine catches panics of host values, and loom's with them.
        assert!(!HAS_PANICKED.replace(false), "a panic was caught: its message is above");
    });
    let orders = orders.load(Ordering::Relaxed);
    if std::env::var_os("OUTLIVE_ORDERS").is_some() {
        eprintln!("{}: {orders} orders", std::thread::current().name().unwrap_or_default());
    }
    orders
}

/// Takes note of each panic, but for those that a model asks for.
fn notice_panics() {
    static NOTICED: Once = Once::new();
    NOTICED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if !info.payload().is::<Expected>() {
                HAS_PANICKED.set(true);
                before(info);
            }
        }));
    });
    HAS_PANICKED.set(false);
}
