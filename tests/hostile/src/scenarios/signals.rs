//! Calls from signal handlers, at any instruction of what they interrupt.

use core::ffi::{c_int, c_long, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use outlive::{Ended, IncidentKind};

use super::checks::{holds, refused, reported, returns};
use super::hosts::{Single, WAIT, counting, disorder, joined};
use super::survives;
use super::way::Way;
use crate::binding::{Host, Shared};
use crate::drops::Drops;
use crate::need::Need;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::keeper_table;

pub const SCENARIOS: &[Scenario] = &[
    survives("signal_calls_inside", "G6", "C's timer handler calls a table all the time", timer)
        .needing(&[Need::Signals]),
    survives(
        "signal_calls_during_closes",
        "G5 G6",
        "C's timer handler calls, live and late, while tables are held, ended and released",
        during_closes,
    )
    .needing(&[Need::Signals]),
    survives(
        "signal_on_another_stack",
        "G1 G6",
        "C's handler, on a stack of its own, ends the table that it interrupts",
        other_stack,
    )
    .needing(&[Need::Signals]),
    survives(
        "stepped_call",
        "G6",
        "C's handler calls after each instruction of a call into the same table",
        stepped,
    )
    .needing(&[Need::SingleSteps]),
    survives(
        "stepped_first_call",
        "G6 G8",
        "C's handler calls after each instruction of a thread's first call",
        stepped_first,
    )
    .needing(&[Need::SingleSteps]),
    survives(
        "stepped_exclusive_call",
        "G6 G8",
        "C's handler calls after each instruction of a call that is to be alone",
        stepped_exclusive,
    )
    .needing(&[Need::SingleSteps]),
    survives(
        "stepped_late_call",
        "G5 G6",
        "C's handler calls late after each instruction of a late call",
        stepped_late,
    )
    .needing(&[Need::SingleSteps]),
    survives(
        "stepped_call_that_ends_the_table",
        "G1 G6",
        "C's handler calls after each instruction of a call that ends the table",
        stepped_ending,
    )
    .needing(&[Need::SingleSteps]),
    survives(
        "stepped_end",
        "G4 G6",
        "C's handler calls after each instruction of the end of the table",
        stepped_end,
    )
    .needing(&[Need::SingleSteps]),
];

/// What a handler's calls returned.
#[repr(C)]
struct Seen {
    served: c_long,
    refused: c_long,
    other: c_long,
    changes: c_long,
    last: c_int,
    stranger: c_int,
}

unsafe extern "C" {
    fn signals_watch(table: *const keeper_table, arg: *mut c_void, value: c_int, expected: c_int);
    safe fn signals_watch_nothing();
    safe fn signals_take_seen() -> Seen;
    safe fn signals_call_after(skipped: c_long, calls: c_long);
    safe fn signals_start_timer(microseconds: c_long);
    safe fn signals_stop_timer();
    safe fn signals_can_step() -> c_int;
    safe fn signals_begin_steps();
    safe fn signals_end_steps();
    fn signals_step_call(table: *const keeper_table, arg: *mut c_void, value: c_int) -> c_int;
    fn signals_call_on_other_stack(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
    ) -> c_int;
}

/// The handlers call this from here on.
fn watch(way: &Way, value: c_int, expected: c_int) {
    // SAFETY: STATIC-TABLE.
    unsafe { signals_watch(way.raw(), way.arg(), value, expected) };
}

impl Seen {
    /// What was seen since the last time, of which nothing is strange.
    fn take() -> Result<Self, Failure> {
        let seen = signals_take_seen();
        if seen.other == 0 {
            return Ok(seen);
        }
        let detail = format!("{} of the handler's calls: {}", seen.other, seen.stranger);
        Err(if seen.stranger >= 1000 {
            Failure::misdirected(detail)
        } else {
            Failure::wrong(detail)
        })
    }
}

/// A tool that runs the program may have no single steps, on a processor that has them.
fn can_step() -> Verdict {
    if signals_can_step() != 0 {
        Ok(())
    } else {
        Err(Failure::skipped("valgrind has no trap flag"))
    }
}

/// Steps were made. A release build has some ninety for a call.
fn stepped_enough(steps: c_long) -> Verdict {
    holds(steps > 40, &format!("a call has more than {steps} steps"))
}

fn step_call(way: &Way, value: c_int) -> c_int {
    // SAFETY: STATIC-TABLE.
    unsafe { signals_step_call(way.raw(), way.arg(), value) }
}

/// Runs `f` until the handlers have called so often, or time is up.
fn until_seen(times: usize, calls: &AtomicUsize, mut f: impl FnMut() -> Verdict) -> Verdict {
    let begun = Instant::now();
    while calls.load(Ordering::SeqCst) < times && begun.elapsed() < Duration::from_secs(5) {
        f()?;
    }
    Ok(())
}

fn timer(stage: &Stage) -> Verdict {
    let (drops, mine, handlers) = (Drops::default(), Arc::default(), Arc::default());
    let table = stage.binding.events(by_value(1000, &mine, &handlers).counted(&drops));
    let way = Way::to(&*table);
    watch(&way, HANDLER, 1000 + HANDLER);
    signals_start_timer(50);
    let mut calls = 0;
    let live = until_seen(300, &handlers, || {
        calls += 1;
        returns(way.call(7), 1007)
    });
    let ended = table.revoke();
    drop(table);
    let _newcomers = stage.reuse();
    let mut late = 0;
    let begun = Instant::now();
    let mut ends = Ok(());
    while ends.is_ok() && late < 500 && begun.elapsed() < Duration::from_secs(2) {
        late += 1;
        ends = refused(way.call(7));
    }
    signals_stop_timer();
    let seen = Seen::take()?;
    live?;
    ends?;
    holds(ended == Ended::Now && drops.count() == 1, "the host value was dropped once")?;
    holds(mine.load(Ordering::SeqCst) == calls, "each of the thread's calls was served")?;
    let handlers = handlers.load(Ordering::SeqCst);
    holds(seen.served as usize == handlers, "each of the handler's calls was served")?;
    holds(handlers > 0 && seen.changes <= 1, "all were served, and then all refused")?;
    reported(stage, IncidentKind::LateCall, late + seen.refused as usize)
}

/// The value that the handlers pass.
const HANDLER: c_int = 5;

/// Counts the calls of the handlers, and the others.
fn by_value(id: c_int, others: &Arc<AtomicUsize>, handlers: &Arc<AtomicUsize>) -> Host {
    let (others, handlers) = (Arc::clone(others), Arc::clone(handlers));
    Host::doing(id, move |_, value| {
        let counter = if value == HANDLER { &handlers } else { &others };
        counter.fetch_add(1, Ordering::SeqCst);
        id + value
    })
}

fn during_closes(stage: &Stage) -> Verdict {
    let (drops, mine, handlers) = (Drops::default(), Arc::default(), Arc::default());
    signals_start_timer(50);
    let mut held = 0;
    let verdict = until_seen(100, &handlers, || {
        held += 1;
        let table = stage.binding.events(by_value(1000, &mine, &handlers).counted(&drops));
        let way = Way::to(&*table);
        watch(&way, HANDLER, 1000 + HANDLER);
        let other = stage.binding.events(Host::new(2000));
        returns(way.call(7), 1007)?;
        other.release();
        match held % 3 {
            0 => drop(table),
            1 => table.release(),
            _ => holds(table.revoke() == Ended::Now, "nobody is inside")?,
        }
        refused(way.call(7))
    });
    signals_stop_timer();
    let _newcomers = stage.reuse();
    Seen::take()?;
    verdict?;
    holds(handlers.load(Ordering::SeqCst) > 0, "the handler has called")?;
    holds(drops.count() == held, "each host value was dropped once")
}

fn other_stack(stage: &Stage) -> Verdict {
    let (drops, way, disorder) = (Drops::default(), Way::default(), disorder(stage));
    let nested = Arc::new(AtomicI32::new(0));
    let (own, noted, count, id) = (way.clone(), Arc::clone(&nested), drops.clone(), Box::new(1000));
    let host = Host::doing(1000, move |inside, value| {
        if value == WAIT {
            // SAFETY: STATIC-TABLE.
            let result = unsafe { signals_call_on_other_stack(own.raw(), own.arg(), 7) };
            noted.store(result, Ordering::SeqCst);
            return if count.count() == 0 { *id } else { -5 };
        }
        inside.revoke();
        disorder();
        *id + value
    });
    let table = stage.binding.events(host.counted(&drops));
    way.lead_to(&*table);
    returns(way.call(WAIT), 1000)?;
    returns(nested.load(Ordering::SeqCst), 1007)?;
    holds(drops.count() == 1, "the host value ended when both calls had left")?;
    refused(way.call(7))?;
    // SAFETY: STATIC-TABLE.
    refused(unsafe { signals_call_on_other_stack(way.raw(), way.arg(), 7) })?;
    reported(stage, IncidentKind::LateCall, 2)
}

fn stepped(stage: &Stage) -> Verdict {
    can_step()?;
    let (drops, mine, handlers) = (Drops::default(), Arc::default(), Arc::default());
    let table = stage.binding.events(by_value(1000, &mine, &handlers).counted(&drops));
    let way = Way::to(&*table);
    returns(way.call(7), 1007)?;
    watch(&way, HANDLER, 1000 + HANDLER);
    let result = step_call(&way, 7);
    signals_watch_nothing();
    let seen = Seen::take()?;
    returns(result, 1007)?;
    holds(seen.refused == 0, "none was refused")?;
    holds(handlers.load(Ordering::SeqCst) == seen.served as usize, "each was served once")?;
    stepped_enough(seen.served)?;
    // Nothing of all that is left in the gate.
    holds(table.revoke() == Ended::Now && drops.count() == 1, "nobody is inside")?;
    let _newcomers = stage.reuse();
    refused(way.call(7))
}

/// The thread has no record when its first call begins; the handler's first call comes in between.
fn stepped_first(stage: &Stage) -> Verdict {
    can_step()?;
    let drops = Drops::default();
    let table = stage.binding.events(Host::new(1000).counted(&drops));
    let way = Way::to(&*table);
    watch(&way, HANDLER, 1000 + HANDLER);
    let mut calls = 0;
    // Each thread is interrupted later than the one before.
    for n in 0..30 {
        let way = way.clone();
        let thread = std::thread::spawn(move || {
            signals_call_after(2 * n * n, 3);
            step_call(&way, 7)
        });
        returns(joined(thread)?, 1007)?;
        let seen = Seen::take()?;
        holds(seen.refused == 0, "none was refused")?;
        calls += seen.served;
    }
    signals_watch_nothing();
    holds(calls >= 10, "the handler has called")?;
    holds(table.revoke() == Ended::Now && drops.count() == 1, "nobody is inside")?;
    let _newcomers = stage.reuse();
    refused(way.call(7))
}

fn stepped_exclusive(stage: &Stage) -> Verdict {
    can_step()?;
    let (single, drops) = (Single::default(), Drops::default());
    let host = Host::doing(1000, move |_, value| single.alone(|| 1000 + value));
    let table = stage.binding.exclusive(host.counted(&drops));
    let way = Way::to(&*table);
    returns(way.call(7), 1007)?;
    watch(&way, HANDLER, 1000 + HANDLER);
    let result = step_call(&way, 7);
    signals_watch_nothing();
    let seen = Seen::take()?;
    returns(result, 1007)?;
    stepped_enough(seen.served + seen.refused)?;
    let so = seen.served > 0 && seen.refused > 0 && seen.changes == 2;
    holds(so, "served before, refused inside, served after")?;
    reported(stage, IncidentKind::ConcurrentCall, seen.refused as usize)?;
    returns(way.call(7), 1007)?;
    holds(table.revoke() == Ended::Now && drops.count() == 1, "nobody is inside")?;
    let _newcomers = stage.reuse();
    refused(way.call(7))
}

fn stepped_late(stage: &Stage) -> Verdict {
    can_step()?;
    let drops = Drops::default();
    let table = stage.binding.events(Host::new(1000).counted(&drops));
    let way = Way::to(&*table);
    drop(table);
    let _newcomers = stage.reuse();
    watch(&way, HANDLER, 1000 + HANDLER);
    let result = step_call(&way, 7);
    signals_watch_nothing();
    let seen = Seen::take()?;
    refused(result)?;
    holds(seen.served == 0, "none was served")?;
    stepped_enough(seen.refused)?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, seen.refused as usize + 1)
}

fn stepped_ending(stage: &Stage) -> Verdict {
    can_step()?;
    let drops = Drops::default();
    let own = Box::new(1000);
    let host = Host::doing(1000, move |inside, value| {
        if value == WAIT {
            inside.revoke();
        }
        *own + value
    });
    let table = stage.binding.events(host.counted(&drops));
    let way = Way::to(&*table);
    returns(way.call(7), 1007)?;
    watch(&way, HANDLER, 1000 + HANDLER);
    let result = step_call(&way, WAIT);
    signals_watch_nothing();
    let _newcomers = stage.reuse();
    let seen = Seen::take()?;
    returns(result, 1000)?;
    stepped_enough(seen.served + seen.refused)?;
    holds(seen.changes <= 1, "all were served, and then all refused")?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    refused(way.call(7))?;
    reported(stage, IncidentKind::LateCall, seen.refused as usize + 1)
}

fn stepped_end(stage: &Stage) -> Verdict {
    can_step()?;
    let (drops, calls) = (Drops::default(), Arc::new(AtomicUsize::new(0)));
    let table: Shared<keeper_table> = stage.binding.events(counting(1000, &calls).counted(&drops));
    let way = Way::to(&*table);
    returns(way.call(7), 1007)?;
    watch(&way, HANDLER, 1000 + HANDLER);
    signals_begin_steps();
    let ended = table.revoke();
    signals_end_steps();
    signals_watch_nothing();
    let _newcomers = stage.reuse();
    let seen = Seen::take()?;
    holds(ended == Ended::Now && drops.count() == 1, "nobody was inside for long")?;
    stepped_enough(seen.served + seen.refused)?;
    holds(seen.changes <= 1, "all were served, and then all refused")?;
    holds(calls.load(Ordering::SeqCst) == seen.served as usize + 1, "each was served once")?;
    refused(way.call(7))?;
    reported(stage, IncidentKind::LateCall, seen.refused as usize + 1)
}
