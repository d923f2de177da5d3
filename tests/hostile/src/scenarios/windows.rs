//! What threads do on Windows alone.

use core::ffi::{c_int, c_long, c_void};
use std::time::{Duration, Instant};

use outlive::Ended;

use super::checks::{holds, refused, returns};
use super::gone::{NOTHING, Thread, gives_up, others_go_on};
use super::hosts::{WAIT, waiting};
use super::survives;
use super::way::Way;
use crate::binding::Host;
use crate::door::Door;
use crate::drops::Drops;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::keeper_table;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "exit_thread_inside",
        "G4 G8 G12",
        "C's thread ends inside a callback by ExitThread, and the table ends",
        exit_inside,
    ),
    survives(
        "terminate_thread_inside",
        "G4 G8 G12",
        "C ends its thread from outside by TerminateThread, inside a callback, and the table ends",
        terminated_inside,
    ),
    survives(
        "terminate_threads_that_call",
        "G4 G8",
        "C ends threads by TerminateThread wherever they are, and the table ends",
        terminated_anywhere,
    ),
    survives(
        "suspended_thread",
        "G4 G8",
        "C suspends its thread wherever it is, others call, and the table ends when it goes on",
        suspended,
    ),
    survives(
        "call_in_an_apc",
        "G6 G8",
        "C calls, live and late, from an asynchronous procedure call",
        |stage| live_and_late(stage, windows_call_in_apc),
    ),
    survives(
        "apc_inside",
        "G6",
        "a thread that waits inside a callback is made to call by an asynchronous procedure call",
        apc_inside,
    ),
    survives(
        "apc_ends_the_table_inside",
        "G4 G6",
        "an asynchronous procedure call ends the table inside which its thread waits",
        apc_ends,
    ),
    survives(
        "call_on_the_systems_pool",
        "G5 G8",
        "C calls, live and late, from a thread of the system's pool",
        |stage| live_and_late(stage, windows_call_in_pool),
    ),
    survives(
        "call_on_a_timer_queue",
        "G5 G8",
        "C calls, live and late, from a timer queue",
        |stage| live_and_late(stage, windows_call_in_timer),
    ),
    survives(
        "call_when_fiber_storage_goes",
        "G5 G8",
        "C calls, live and late, when a thread's fiber-local storage is freed at its end",
        |stage| live_and_late(stage, windows_call_at_thread_end),
    ),
];

#[repr(C)]
struct windows_thread(());

type Call = unsafe extern "C" fn(*const keeper_table, *mut c_void, c_int) -> c_int;

unsafe extern "C" {
    safe fn windows_exit_thread() -> !;
    fn windows_call_in_apc(table: *const keeper_table, arg: *mut c_void, value: c_int) -> c_int;
    fn windows_call_in_pool(table: *const keeper_table, arg: *mut c_void, value: c_int) -> c_int;
    fn windows_call_in_timer(table: *const keeper_table, arg: *mut c_void, value: c_int) -> c_int;
    fn windows_call_at_thread_end(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
    ) -> c_int;
    fn windows_start(table: *const keeper_table, arg: *mut c_void) -> *mut windows_thread;
    fn windows_suspend(thread: *mut windows_thread);
    fn windows_resume(thread: *mut windows_thread);
    fn windows_terminate(thread: *mut windows_thread) -> c_long;
    fn windows_stop(thread: *mut windows_thread) -> c_long;
}

/// Calls by this way of C's.
fn call(way: &Way, value: c_int, call: Call) -> c_int {
    // SAFETY: STATIC-TABLE.
    unsafe { call(way.raw(), way.arg(), value) }
}

/// A thread of C that calls as fast as it can.
struct Caller(*mut windows_thread);

impl Caller {
    fn of(way: &Way) -> Self {
        // SAFETY: STATIC-TABLE.
        Caller(unsafe { windows_start(way.raw(), way.arg()) })
    }

    fn suspend(&self) {
        // SAFETY: it runs.
        unsafe { windows_suspend(self.0) };
    }

    fn resume(&self) {
        // SAFETY: it was suspended.
        unsafe { windows_resume(self.0) };
    }

    fn terminate(self) -> c_long {
        // SAFETY: it is ended once.
        unsafe { windows_terminate(self.0) }
    }

    fn stop(self) -> c_long {
        // SAFETY: it is ended once.
        unsafe { windows_stop(self.0) }
    }
}

fn exit_inside(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let host = Host::doing(
        1000,
        |_, value| if value == WAIT { windows_exit_thread() } else { 1000 + value },
    );
    let table = stage.binding.events(host.counted(&drops));
    let (way, other) = (Way::to(&*table), stage.binding.events(Host::new(2000)));
    returns(Thread::calling(&way, WAIT).join(), NOTHING)?;
    gives_up(|| table.revoke())?;
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    others_go_on(stage, other)?;
    holds(drops.count() == 0, "nobody knows what the thread still uses: the value is kept")
}

fn terminated_inside(stage: &Stage) -> Verdict {
    let (drops, door) = (Drops::default(), Door::new());
    let table = stage.binding.events(waiting(1000, door).counted(&drops));
    let (way, other) = (Way::to(&*table), stage.binding.events(Host::new(2000)));
    let thread = Thread::calling(&way, WAIT);
    door.wait_for(1);
    thread.cancel();
    returns(thread.join(), NOTHING)?;
    gives_up(|| table.revoke())?;
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    others_go_on(stage, other)?;
    holds(drops.count() == 0, "nobody knows what the thread still uses: the value is kept")
}

/// Each is somewhere on its way in, inside, or on its way out.
fn terminated_anywhere(stage: &Stage) -> Verdict {
    for _ in 0..20 {
        let drops = Drops::default();
        let table = stage.binding.events(Host::new(1000).counted(&drops));
        let (way, other) = (Way::to(&*table), stage.binding.events(Host::new(2000)));
        let callers = [(); 3].map(|()| Caller::of(&way));
        let served = callers.map(Caller::terminate);
        holds(served.iter().all(|served| *served >= 100), "they have called")?;
        returns(way.call(7), 1007)?;
        let begun = Instant::now();
        let ended = table.revoke();
        holds(begun.elapsed() < Duration::from_secs(10), "the end does not wait for long")?;
        refused(way.call(7))?;
        holds(drops.count() == usize::from(ended == Ended::Now), "the value goes, or is kept")?;
        returns(Way::to(&*other).call(7), 2007)?;
        holds(other.revoke() == Ended::Now, "another table ends")?;
    }
    Ok(())
}

fn suspended(stage: &Stage) -> Verdict {
    for _ in 0..20 {
        let drops = Drops::default();
        let table = stage.binding.events(Host::new(1000).counted(&drops));
        let (way, other) = (Way::to(&*table), stage.binding.events(Host::new(2000)));
        let caller = Caller::of(&way);
        caller.suspend();
        returns(way.call(7), 1007)?;
        returns(Way::to(&*other).call(7), 2007)?;
        holds(other.revoke() == Ended::Now, "another table ends")?;
        let _ = table.revoke_timeout(Duration::from_millis(2));
        refused(way.call(7))?;
        caller.resume();
        holds(table.revoke() == Ended::Now, "the thread goes on, and leaves")?;
        holds(caller.stop() >= 100 && drops.count() == 1, "the value was dropped once")?;
    }
    Ok(())
}

/// C calls a table that lives, and again after its end.
fn live_and_late(stage: &Stage, by: Call) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(Host::new(1000).counted(&drops));
    let way = Way::to(&*table);
    for _ in 0..50 {
        returns(call(&way, 7, by), 1007)?;
    }
    let ended = table.revoke();
    holds(ended == Ended::Now && drops.count() == 1, "the host value was dropped once")?;
    drop(table);
    let _newcomers = stage.reuse();
    for _ in 0..50 {
        refused(call(&way, 7, by))?;
    }
    Ok(())
}

fn apc_inside(stage: &Stage) -> Verdict {
    let way = Way::default();
    let down = way.clone();
    let table = stage.binding.events(Host::doing(1000, move |_, depth| match depth {
        0 => 1000,
        _ => call(&down, depth - 1, windows_call_in_apc) + 1,
    }));
    way.lead_to(&*table);
    returns(way.call(20), 1020)?;
    holds(table.revoke() == Ended::Now, "nobody is inside")?;
    refused(way.call(20))
}

fn apc_ends(stage: &Stage) -> Verdict {
    let (way, drops) = (Way::default(), Drops::default());
    let down = way.clone();
    let table = stage.binding.events(
        Host::doing(1000, move |inside, value| {
            if value == WAIT {
                inside.revoke();
                return 1000;
            }
            call(&down, WAIT, windows_call_in_apc) + value
        })
        .counted(&drops),
    );
    way.lead_to(&*table);
    returns(way.call(7), 1007)?;
    holds(drops.count() == 1, "the last call out has dropped the value")?;
    let _newcomers = stage.reuse();
    refused(way.call(7))
}
