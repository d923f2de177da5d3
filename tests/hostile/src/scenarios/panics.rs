//! The host panics, wherever it can.

use core::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use outlive::{Ended, IncidentKind};
use outlive_child::Signal;

use super::checks::{holds, refused, reported, returns};
use super::{dies, survives};
use crate::binding::{Host, REFUSED, Table};
use crate::drops::{Drops, Witness};
use crate::keeper::Keeper;
use crate::need::Need;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::keeper_table;

pub const SCENARIOS: &[Scenario] = &[
    survives("panic_in_a_callback", "G7", "a callback panics, and C calls on", callback)
        .needing(&[Need::Unwinding]),
    survives(
        "panic_in_a_nested_callback",
        "G7",
        "a callback panics that C calls in a callback",
        nested,
    )
    .needing(&[Need::Unwinding]),
    survives(
        "panic_at_every_depth",
        "G7",
        "callbacks inside of callbacks panic one by one",
        depths,
    )
    .needing(&[Need::Unwinding]),
    survives(
        "panic_while_c_holds_a_lock",
        "G7",
        "a callback panics that C calls under a lock",
        locked,
    )
    .needing(&[Need::Unwinding]),
    survives("panic_on_a_c_thread", "G7 G8", "a callback panics on a thread that C made", c_thread)
        .needing(&[Need::Unwinding]),
    survives(
        "panic_at_thread_exit",
        "G7 G8",
        "a callback panics while its thread is torn down",
        thread_exit,
    )
    .needing(&[Need::Unwinding]),
    survives("panic_in_a_signal_handler", "G7", "a callback panics in C's signal handler", handler)
        .needing(&[Need::Unwinding]),
    #[cfg(unix)]
    survives(
        "panic_in_a_forked_child",
        "G7 G8",
        "a callback panics in a child that C forked",
        child,
    )
    .needing(&[Need::Unwinding, Need::Fork]),
    survives("panic_at_exit", "G7 G8", "a callback panics in C's atexit handler", at_exit)
        .needing(&[Need::Unwinding]),
    survives(
        "panic_in_an_exclusive_table",
        "G7 G8",
        "a callback panics that bars others",
        exclusive,
    )
    .needing(&[Need::Unwinding]),
    survives("panic_with_a_live_payload", "G7", "a payload panics when it is dropped", payload)
        .needing(&[Need::Unwinding]),
    survives(
        "panic_in_a_host_destructor",
        "G7 G10",
        "C destroys a value whose end panics",
        destructor,
    )
    .needing(&[Need::Unwinding]),
    survives(
        "panic_in_a_destructor_at_the_last_way_out",
        "G6 G7",
        "a table ends from inside, and its value's end panics under C's call",
        last_way_out,
    )
    .needing(&[Need::Unwinding]),
    survives("panic_in_with", "G7", "the host panics in its own access while C calls", in_with)
        .needing(&[Need::Unwinding]),
    survives("panic_in_the_incident_hook", "G7 G12", "the hook panics inside of a callback", hook)
        .needing(&[Need::Unwinding]),
    survives("hook_that_c_calls_late_in", "G12", "C calls late whenever the hook runs", late_hook),
    survives(
        "hook_that_works_with_tables",
        "G12",
        "C calls late whenever the hook runs, which holds tables",
        busy_hook,
    ),
    survives(
        "panic_resumed",
        "G7",
        "a panic waits while C cleans up, and goes on in Rust",
        resumed,
    )
    .needing(&[Need::Unwinding]),
    survives(
        "panic_resumed_from_a_c_thread",
        "G7 G8",
        "a panic on C's thread goes on in Rust",
        from_thread,
    )
    .needing(&[Need::Unwinding]),
    survives("panic_never_resumed", "G7", "nobody asks for the panics that wait", never_taken)
        .needing(&[Need::Unwinding]),
    dies(
        "panic_that_aborts",
        "G7",
        "a callback of a table that asks to abort panics",
        (Signal::Abort, "keeper_table.on_event panicked"),
        aborting,
    )
    .needing(&[Need::Unwinding]),
    dies(
        "panic_while_unwinding",
        "G7",
        "a local's destructor panics while a panic passes it",
        (Signal::Abort, "panic in a destructor during cleanup"),
        double,
    )
    .needing(&[Need::Unwinding]),
];

unsafe extern "C" {
    fn panics_call_locked(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
        result: *mut c_int,
    ) -> c_int;
    fn panics_call_from_handler(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
    ) -> c_int;
}

/// A host that panics at 0.
fn careful(id: c_int) -> Host {
    Host::doing(id, move |_, value| {
        assert!(value != 0, "zero");
        id + value
    })
}

/// The table serves on, and nobody is inside.
fn serves_on(table: &(dyn Table<keeper_table> + Send + Sync), id: c_int) -> Verdict {
    returns(Keeper::of(table).call(7), id + 7)?;
    holds(table.revoke() == Ended::Now, "nobody is inside")
}

fn callback(stage: &Stage) -> Verdict {
    let table = stage.binding.events(careful(1000));
    let keeper = Keeper::of(&*table);
    for _ in 0..10 {
        refused(keeper.call(0))?;
        returns(keeper.call(7), 1007)?;
    }
    reported(stage, IncidentKind::Panic, 10)?;
    serves_on(&*table, 1000)
}

fn nested(stage: &Stage) -> Verdict {
    let inner = stage.binding.events(careful(1000));
    let keeper = Keeper::of(&*inner);
    let outer = stage.binding.events(Host::doing(2000, move |_, _| {
        let result = keeper.call(0);
        2000 + if result == REFUSED { keeper.call(7) } else { 0 }
    }));
    returns(Keeper::of(&*outer).call(1), 3007)?;
    reported(stage, IncidentKind::Panic, 1)?;
    holds(outer.revoke() == Ended::Now, "nobody is inside the outer table")?;
    serves_on(&*inner, 1000)
}

/// Deeper than the calls that have a place of their own in the thread's record.
fn depths(stage: &Stage) -> Verdict {
    let way = Arc::new(OnceLock::<Keeper>::new());
    let back = Arc::clone(&way);
    let table = stage.binding.events(Host::doing(1000, move |_, depth| {
        if let Some(keeper) = back.get().filter(|_| depth > 0 && depth < 100) {
            assert_eq!(keeper.call(depth - 1), REFUSED);
        }
        assert!(depth >= 100, "at depth {depth}");
        1000 + depth
    }));
    let keeper = way.get_or_init(|| Keeper::of(&*table));
    refused(keeper.call(19))?;
    reported(stage, IncidentKind::Panic, 20)?;
    returns(keeper.call(100), 1100)?;
    holds(table.revoke() == Ended::Now, "nobody is inside")
}

fn locked(stage: &Stage) -> Verdict {
    let table = stage.binding.events(careful(1000));
    let mut result = 0;
    // SAFETY: STATIC-TABLE; there is room for the result.
    let free = unsafe { panics_call_locked(table.raw(), Table::arg(&*table), 0, &raw mut result) };
    refused(result)?;
    holds(free != 0, "C gave its lock back")?;
    reported(stage, IncidentKind::Panic, 1)?;
    serves_on(&*table, 1000)
}

fn c_thread(stage: &Stage) -> Verdict {
    let table = stage.binding.events(careful(1000));
    refused(Keeper::of(&*table).call_from_thread(0))?;
    reported(stage, IncidentKind::Panic, 1)?;
    serves_on(&*table, 1000)
}

fn thread_exit(stage: &Stage) -> Verdict {
    let table = stage.binding.events(careful(1000));
    refused(Keeper::of(&*table).call_at_thread_exit(0))?;
    reported(stage, IncidentKind::Panic, 1)?;
    serves_on(&*table, 1000)
}

fn handler(stage: &Stage) -> Verdict {
    let inner = stage.binding.events(careful(1000));
    let (raw, arg) = (inner.raw().addr(), Table::arg(&*inner).addr());
    // The signal comes while the thread is inside a callback.
    let outer = stage.binding.events(Host::doing(2000, move |_, value| {
        let table = core::ptr::with_exposed_provenance(raw);
        let arg = core::ptr::with_exposed_provenance_mut(arg);
        // SAFETY: STATIC-TABLE.
        2000 + unsafe { panics_call_from_handler(table, arg, value) }
    }));
    inner.raw().expose_provenance();
    Table::arg(&*inner).expose_provenance();
    returns(Keeper::of(&*outer).call(0), 1999)?;
    returns(Keeper::of(&*outer).call(7), 3007)?;
    reported(stage, IncidentKind::Panic, 1)?;
    holds(outer.revoke() == Ended::Now, "nobody is inside the outer table")?;
    serves_on(&*inner, 1000)
}

#[cfg(unix)]
fn child(stage: &Stage) -> Verdict {
    let table = stage.binding.events(careful(1000));
    let status = Keeper::of(&*table).call_in_child(0);
    if libc::WIFSIGNALED(status) {
        return Err(crate::scenario::Failure {
            outcome: crate::scenario::Outcome::Crashed,
            detail: "the child was killed".into(),
        });
    }
    holds(libc::WEXITSTATUS(status) == 255, "the child got -1")?;
    reported(stage, IncidentKind::Panic, 0)?;
    serves_on(&*table, 1000)
}

fn at_exit(stage: &Stage) -> Verdict {
    let table = stage.binding.events(careful(1000));
    let keeper = Keeper::of(&*table);
    returns(keeper.call(7), 1007)?;
    keeper.call_at_exit(0);
    core::mem::forget(table);
    Ok(())
}

fn exclusive(stage: &Stage) -> Verdict {
    let table = stage.binding.exclusive(careful(1000));
    let keeper = Keeper::of(&*table);
    refused(keeper.call_from_thread(0))?;
    refused(keeper.call(0))?;
    reported(stage, IncidentKind::Panic, 2)?;
    returns(keeper.call_from_thread(7), 1007)
}

struct Grenade(#[expect(dead_code, reason = "its drop counts")] Witness);

impl Drop for Grenade {
    fn drop(&mut self) {
        panic!("the end of the payload");
    }
}

fn payload(stage: &Stage) -> Verdict {
    let (drops, thrown) = (Drops::default(), Drops::default());
    let seen = thrown.clone();
    let table = stage.binding.events(Host::doing(1000, move |_, value| {
        if value == 0 {
            panic_any(Grenade(seen.witness()));
        }
        1000 + value
    }));
    refused(Keeper::of(&*table).call(0))?;
    reported(stage, IncidentKind::Panic, 1)?;
    holds(thrown.count() == 1 && drops.count() == 0, "the payload was dropped")?;
    serves_on(&*table, 1000)
}

/// A host value whose end panics.
fn grumpy(drops: &Drops, body: impl Fn(c_int) -> c_int + Send + Sync + 'static) -> Host {
    let (grenade, end) = (Grenade(drops.witness()), drops.clone());
    Host::doing(1000, move |inside, value| {
        let _captured = (&grenade, &end);
        if value == 0 {
            inside.revoke();
        }
        body(value)
    })
}

fn destructor(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(grumpy(&drops, |value| 1000 + value));
    let (raw, arg, destroy) = (table.raw(), Table::arg(&*table), table.notify());
    table.hand_over(&mut || true);
    // SAFETY: the destructor takes any number.
    unsafe { destroy(arg) };
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::Panic, 1)?;
    let _newcomers = stage.reuse();
    // SAFETY: STATIC-TABLE.
    refused(unsafe { crate::sys::keeper_call_with(raw, 7, arg) })?;
    // The same, where the host ends it.
    drop(stage.binding.events(grumpy(&drops, |value| value)));
    holds(drops.count() == 2, "the host value was dropped once")
}

fn last_way_out(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(grumpy(&drops, |value| 1000 + value));
    let keeper = Keeper::of(&*table);
    returns(keeper.call(0), 1000)?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::Panic, 1)?;
    refused(keeper.call(7))?;
    drop(table);
    holds(drops.count() == 1, "the host value was dropped once")
}

/// A panic of the host's own goes where the host called, and leaves the gate.
fn in_with(stage: &Stage) -> Verdict {
    let table = stage.binding.events(careful(1000));
    let keeper = Keeper::of(&*table);
    let hammer = keeper.hammer(1);
    hammer.await_calls(5);
    let panicked = catch_unwind(AssertUnwindSafe(|| table.with(&mut |_| panic!("in with"))));
    holds(panicked.is_err(), "the panic came to the host")?;
    let ended = table.revoke();
    let _newcomers = stage.reuse();
    hammer.await_calls(5);
    hammer.stop();
    holds(ended == Ended::Now, "nobody is inside")?;
    refused(keeper.call(7))
}

/// The hook runs where the host works with tables: inside of a callback too.
fn hook(stage: &Stage) -> Verdict {
    outlive::on_incident(|_| panic!("the hook"));
    let ended = stage.binding.events(Host::new(1000));
    let keeper = Keeper::of(&*ended);
    drop(ended);
    let (binding, drops) = (stage.binding, Drops::default());
    let inner = drops.clone();
    let working = binding.events(Host::doing(2000, move |_, value| {
        refused_in_c(&keeper);
        drop(binding.events(Host::new(3000).counted(&inner)));
        2000 + value
    }));
    holds(Keeper::of(&*working).call(7) == 2007, "the hook's panic is not the callback's")?;
    let delivered = catch_unwind(outlive::deliver_incidents);
    holds(delivered.is_ok(), "the hook's panic stays in the library")?;
    outlive::on_incident(|_| ());
    holds(working.revoke() == Ended::Now, "nobody is inside")?;
    holds(drops.count() == 1, "the host value that was held meanwhile was dropped")
}

/// The incidents that a hook makes by itself must not keep it busy for ever. Where they would, it
/// stops at so many runs.
const ENOUGH: usize = 100;

/// One late call, and then one more in each run of a hook that also does `work`.
fn with_late_hook(stage: &Stage, work: impl Fn() + Send + Sync + 'static) -> Verdict {
    let ended = stage.binding.events(Host::new(1000));
    let keeper = Keeper::of(&*ended);
    drop(ended);
    let _newcomers = stage.reuse();
    refused(keeper.call(7))?;
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    outlive::on_incident(move |_| {
        if counted.fetch_add(1, Ordering::SeqCst) < ENOUGH {
            refused_in_c(&keeper);
            work();
        }
    });
    drop(stage.binding.events(Host::new(2000)));
    outlive::on_incident(|_| ());
    let runs = runs.load(Ordering::SeqCst);
    holds(runs < ENOUGH, "the hook comes to an end")
}

fn late_hook(stage: &Stage) -> Verdict {
    with_late_hook(stage, || ())
}

fn busy_hook(stage: &Stage) -> Verdict {
    let binding = stage.binding;
    with_late_hook(stage, move || drop(binding.events(Host::new(3000))))
}

fn refused_in_c(keeper: &Keeper) {
    assert_eq!(keeper.call(7), REFUSED);
}

fn resumed(stage: &Stage) -> Verdict {
    let table = stage.binding.resuming(careful(1000));
    let mut after = (0, 0);
    let run = || {
        table.calling(&mut || {
            // SAFETY: STATIC-TABLE; there is room for the result.
            after.1 = unsafe {
                panics_call_locked(table.raw(), Table::arg(&*table), 0, &raw mut after.0)
            };
        });
    };
    let panic = catch_unwind(AssertUnwindSafe(run));
    let text = panic.err().and_then(|payload| payload.downcast_ref::<&str>().copied());
    holds(text == Some("zero"), "the panic goes on in Rust")?;
    refused(after.0)?;
    holds(after.1 != 0, "C gave its lock back")?;
    reported(stage, IncidentKind::Panic, 1)?;
    table.calling(&mut || ());
    serves_on(&*table, 1000)
}

fn from_thread(stage: &Stage) -> Verdict {
    let table = stage.binding.resuming(careful(1000));
    let keeper = Keeper::of(&*table);
    refused(keeper.call_from_thread(0))?;
    refused(keeper.call_from_thread(0))?;
    let with = || table.with(&mut |_| ());
    holds(catch_unwind(AssertUnwindSafe(with)).is_err(), "the first panic goes on in Rust")?;
    holds(with(), "there is but one")?;
    reported(stage, IncidentKind::Panic, 2)?;
    serves_on(&*table, 1000)
}

fn never_taken(stage: &Stage) -> Verdict {
    let thrown = Drops::default();
    let seen = thrown.clone();
    let table = stage.binding.resuming(Host::doing(1000, move |_, _| panic_any(seen.witness())));
    let keeper = Keeper::of(&*table);
    for _ in 0..3 {
        refused(keeper.call(0))?;
    }
    holds(thrown.count() == 2, "one panic waits")?;
    drop(table);
    let _newcomers = stage.reuse();
    holds(thrown.count() == 3, "it ends with the handle")?;
    refused(keeper.call(0))?;
    holds(thrown.count() == 3, "nothing is dropped twice")
}

fn aborting(stage: &Stage) -> Verdict {
    let table = stage.binding.aborting(careful(1000));
    let keeper = Keeper::of(&*table);
    returns(keeper.call(7), 1007)?;
    keeper.call(0);
    Ok(())
}

/// Rust itself ends the process.
fn double(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(Host::doing(1000, move |_, _| {
        let _local = Grenade(drops.witness());
        panic!("the first one");
    }));
    Keeper::of(&*table).call(0);
    Ok(())
}
