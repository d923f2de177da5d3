//! Plain imports that unwind: what a binding takes for a C function that returns.

use core::ffi::{c_int, c_uint, c_void};
use core::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};

use outlive::{Ended, Held, callbacks};

use super::checks::{holds, refused, returns};
use super::children::exit_or_abort;
use super::gone::{NOTHING, Thread, gives_up, others_go_on};
use super::survives;
use super::way::Way;
use crate::binding::{Host, REFUSED};
use crate::drops::{Drops, Witness};
use crate::keeper::Kept;
use crate::need::Need;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::keeper_table;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "pthread_exit_by_a_plain_import",
        "G4 G8",
        "a callback ends its thread by a pthread_exit that it takes for a plain C function",
        exit_by_a_plain_import,
    )
    .needing(&[Need::Fork]),
    survives(
        "pthread_cancel_in_a_plain_import",
        "G4 G8",
        "C cancels its thread while the callback sleeps in a plain C function",
        cancel_in_a_plain_import,
    )
    .needing(&[Need::Fork]),
];

unsafe extern "C" {
    // As bindings declare them, which know nothing of the unwinding that glibc does.
    safe fn usleep(microseconds: c_uint) -> c_int;
    safe fn pthread_exit(result: *mut c_void) -> !;
}

/// A host whose own method calls plain C functions that may unwind. Its compiler takes it that they do not.
struct Leaves(#[expect(dead_code, reason = "its drop counts")] Witness);

/// Set by a callback that is about to sleep.
static SLEEPS: AtomicBool = AtomicBool::new(false);

const EXIT: c_int = 0;
const EXIT_WITH_A_LOCAL: c_int = 1;
const SLEEP: c_int = 2;
const SLEEP_WITH_A_LOCAL: c_int = 3;

fn sleep() {
    SLEEPS.store(true, Ordering::SeqCst);
    for _ in 0..1000 {
        usleep(10_000);
    }
}

fn leave(value: c_int) -> c_int {
    match value {
        EXIT => pthread_exit(null_mut()),
        SLEEP => sleep(),
        _ => {
            let local = String::from("a local of the callback");
            if value == EXIT_WITH_A_LOCAL {
                pthread_exit(null_mut());
            }
            sleep();
            drop(local);
        }
    }
    NOTHING
}

#[callbacks(keeper_table, state = arg)]
impl Leaves {
    #[callback(fallback = REFUSED)]
    fn on_event(&self, value: c_int) -> c_int {
        if value < 7 { leave(value) } else { 1000 + value }
    }
}

/// C's thread is ended inside by an unwinding of which the callback's compiler does not know. What Rust makes of
/// that depends on the build: it aborts, or the thread is gone.
fn unwound(
    stage: &Stage,
    value: c_int,
    table: &(impl Kept + ?Sized),
    end: impl Fn() -> Ended,
) -> Verdict {
    let (other, way) = (stage.binding.events(Host::new(2000)), Way::to(table));
    exit_or_abort(|| {
        let thread = Thread::calling(&way, value);
        if value >= SLEEP {
            crate::wait::until(|| SLEEPS.load(Ordering::SeqCst));
            thread.cancel();
        }
        returns(thread.join(), NOTHING)?;
        gives_up(end)?;
        let _newcomers = stage.reuse();
        refused(way.call(7))?;
        others_go_on(stage, other)
    })?;
    // The parent has seen nothing of it.
    returns(way.call(7), 1007)
}

/// The callback is one of these, called by a method of the host's or by a closure that it does not know.
fn unwound_by_each(stage: &Stage, values: [c_int; 2]) -> Verdict {
    for value in values {
        let drops = Drops::default();
        let host =
            Host::doing(1000, |_, value| if value < 7 { leave(value) } else { 1000 + value });
        let table = stage.binding.events(host.counted(&drops));
        let ends = || kept_if(table.revoke(), &drops);
        unwound(stage, value, &*table, ends)?;
        holds(table.revoke() == Ended::Now && drops.count() == 1, "the parent's table ends")?;
    }
    if !stage.binding.is_library() {
        return Ok(());
    }
    for value in values {
        let drops = Drops::default();
        let held = Held::new(Leaves(drops.witness()));
        let held = held.map_err(|error| Failure::wrong(error.to_string()))?;
        unwound(stage, value, &held, || kept_if(held.revoke(), &drops))?;
        holds(held.revoke() == Ended::Now && drops.count() == 1, "the parent's table ends")?;
    }
    Ok(())
}

/// What an end came to. One that says that a call is inside, and has dropped the value, says nothing true.
fn kept_if(ended: Ended, drops: &Drops) -> Ended {
    if drops.count() == 0 { ended } else { Ended::Now }
}

fn exit_by_a_plain_import(stage: &Stage) -> Verdict {
    unwound_by_each(stage, [EXIT, EXIT_WITH_A_LOCAL])
}

fn cancel_in_a_plain_import(stage: &Stage) -> Verdict {
    unwound_by_each(stage, [SLEEP, SLEEP_WITH_A_LOCAL])
}
