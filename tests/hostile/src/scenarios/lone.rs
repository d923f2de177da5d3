//! C calls lone functions late, with the wrong user data and from anywhere, and completes what it completed.

use core::ffi::{c_int, c_void};
use core::ptr::without_provenance_mut;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use outlive::IncidentKind;

use super::checks::{holds, refused, reported, returns};
use super::hosts::{counting, noting, this_thread, waiting};
use super::survives;
use crate::binding::{Host, Lone};
use crate::door::Door;
use crate::drops::Drops;
use crate::need::Need;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::{
    stream_complete, stream_complete_at_once, stream_complete_often, stream_complete_on_thread,
    stream_done,
};
use crate::warm::warm_up;

pub const SCENARIOS: &[Scenario] = &[
    survives("lone_late", "G5", "C calls a lone function after its end", late),
    survives("lone_released", "G5", "C calls a lone function after its release", released),
    survives(
        "lone_invented",
        "G5",
        "C calls a lone function with user data that it made up",
        invented,
    ),
    survives("lone_of_another", "G5", "C mixes two functions' user data up", of_another),
    survives(
        "lone_ended_while_called",
        "G4",
        "four threads of C call a lone function while the host ends it",
        while_called,
    ),
    survives(
        "lone_while_inside",
        "G1 G4",
        "C is in a lone function whose handle is dropped",
        while_inside,
    ),
    survives("lone_at_once", "G8", "four threads of C call a closure that changes", exclusive),
    survives("lone_destroyed", "G10", "C destroys a lone function's user data twice", destroyed),
    survives("lone_panics", "G7", "a closure panics, and is called again", panics)
        .needing(&[Need::Unwinding]),
    survives("once_twice", "G5 G10", "C completes one request three times", twice),
    survives("once_at_once", "G8 G10", "two threads of C complete one request", at_once),
    survives(
        "once_inside_itself",
        "G6 G10",
        "C completes a request in its completion",
        inside_itself,
    ),
    survives("once_elsewhere", "G8 G10", "C completes a thread's request on another", elsewhere),
    survives("once_never", "G1 G5", "C completes a request that the host gave up", never),
    survives("once_many", "G10 G13", "C completes thousands of requests", many),
];

/// What C has of a lone function.
#[derive(Clone, Copy)]
struct Given {
    function: stream_done,
    arg: *mut c_void,
}

// SAFETY: C may call on any thread, and user data is a number.
unsafe impl Send for Given {}
// SAFETY: as above.
unsafe impl Sync for Given {}

impl Given {
    fn of(lone: &dyn Lone) -> Self {
        Given { function: lone.function(), arg: lone.arg() }
    }

    fn call(self, status: c_int) -> c_int {
        warm_up();
        // SAFETY: the function takes any user data.
        unsafe { stream_complete(self.function, status, self.arg) }
    }

    fn call_on_thread(self, status: c_int) -> c_int {
        // SAFETY: as above.
        unsafe { stream_complete_on_thread(self.function, status, self.arg) }
    }

    /// How many calls were refused.
    fn call_often(self, threads: c_int, calls: c_int) -> c_int {
        // SAFETY: as above.
        unsafe { stream_complete_often(self.function, 7, self.arg, threads, calls) }
    }
}

/// C takes it for good.
fn give(lone: Box<dyn Lone>) -> Given {
    let given = Given::of(&*lone);
    lone.hand_over();
    given
}

fn dropped_once(drops: &Drops) -> Verdict {
    holds(drops.count() == 1, "the closure was dropped once")
}

fn late(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let lone = stage.binding.lone(Host::new(1000).counted(&drops));
    let given = Given::of(&*lone);
    returns(given.call(7), 1007)?;
    let _ = lone.revoke();
    dropped_once(&drops)?;
    let _newcomers = stage.reuse();
    refused(given.call(8))?;
    refused(given.call_on_thread(8))?;
    reported(stage, IncidentKind::LateCall, 2)
}

fn released(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let lone = stage.binding.lone(Host::new(1000).counted(&drops));
    let given = Given::of(&*lone);
    lone.release();
    let others: Vec<_> = (2..20).map(|n| stage.binding.lone(Host::new(n * 1000))).collect();
    let _newcomers = stage.reuse();
    refused(given.call(8))?;
    dropped_once(&drops)?;
    reported(stage, IncidentKind::LateCall, 1)?;
    for (n, other) in (2..).zip(&others) {
        returns(Given::of(&**other).call(7), n * 1000 + 7)?;
    }
    Ok(())
}

fn invented(stage: &Stage) -> Verdict {
    let lone = stage.binding.lone(Host::new(1000));
    let good = Given::of(&*lone);
    let word = good.arg.addr();
    for bad in [0, 8, usize::MAX, word ^ 1 << 32, word ^ 1 << 33, word as u32 as usize] {
        refused(Given { arg: without_provenance_mut(bad), ..good }.call(7))?;
    }
    reported(stage, IncidentKind::BadArgument, 6)?;
    returns(good.call(7), 1007)
}

fn of_another(stage: &Stage) -> Verdict {
    let lone = stage.binding.lone(Host::new(1000));
    let once = stage.binding.once(Host::new(2000));
    let (one, other) = (Given::of(&*lone), Given::of(&*once));
    refused(Given { arg: one.arg, ..other }.call(7))?;
    refused(Given { arg: other.arg, ..one }.call(7))?;
    reported(stage, IncidentKind::BadArgument, 2)?;
    returns(one.call(7), 1007)?;
    returns(other.call(7), 2007)
}

fn while_called(stage: &Stage) -> Verdict {
    for _ in 0..20 {
        let (drops, calls) = (Drops::default(), Arc::new(AtomicUsize::new(0)));
        let lone = stage.binding.lone(counting(1000, &calls).counted(&drops));
        let given = Given::of(&*lone);
        let callers = std::thread::spawn(move || { given }.call_often(4, 2000));
        while calls.load(Ordering::SeqCst) == 0 {
            std::hint::spin_loop();
        }
        let _ = lone.revoke();
        let served = calls.load(Ordering::SeqCst);
        dropped_once(&drops)?;
        let refusals = callers.join().unwrap_or(-7);
        holds(calls.load(Ordering::SeqCst) == served, "none was served after the end")?;
        holds(served + refusals as usize == 4 * 2000, "each call was served or refused")?;
    }
    let _ = outlive::take_incidents();
    Ok(())
}

fn while_inside(stage: &Stage) -> Verdict {
    let (drops, door) = (Drops::default(), Door::new());
    let lone = stage.binding.lone(waiting(1000, door).counted(&drops));
    let given = Given::of(&*lone);
    let caller = std::thread::spawn(move || { given }.call(0));
    door.wait_for(1);
    drop(lone);
    let early = drops.count();
    let _newcomers = stage.reuse();
    door.open();
    returns(caller.join().unwrap_or(-7), 1000)?;
    holds(early == 0, "the closure outlives the call inside")?;
    dropped_once(&drops)
}

fn exclusive(stage: &Stage) -> Verdict {
    let calls = Arc::new(AtomicUsize::new(0));
    let lone = stage.binding.exclusive_lone(counting(1000, &calls));
    let given = Given::of(&*lone);
    let refusals = given.call_often(4, 5000);
    let _ = outlive::take_incidents();
    let served = calls.load(Ordering::SeqCst);
    holds(served + refusals as usize == 4 * 5000, "none overlapped, and each was served or refused")
}

fn destroyed(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let lone = stage.binding.lone(Host::new(1000).counted(&drops));
    let destroy = lone.notify();
    let given = give(lone);
    returns(given.call(7), 1007)?;
    for times in 1..3 {
        // SAFETY: the destructor takes any number.
        unsafe { destroy(given.arg) };
        let _newcomers = stage.reuse();
        dropped_once(&drops)?;
        reported(stage, IncidentKind::LateCall, times - 1)?;
    }
    refused(given.call(7))?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn panics(stage: &Stage) -> Verdict {
    let lone = stage.binding.lone(Host::doing(1000, |_, value| match value {
        0 => panic!("in a closure"),
        value => 1000 + value,
    }));
    let given = Given::of(&*lone);
    refused(given.call(0))?;
    refused(given.call_on_thread(0))?;
    returns(given.call(7), 1007)?;
    reported(stage, IncidentKind::Panic, 2)
}

fn twice(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let given = give(stage.binding.once(Host::new(1000).counted(&drops)));
    returns(given.call(7), 1007)?;
    dropped_once(&drops)?;
    let _newcomers = stage.reuse();
    refused(given.call(7))?;
    refused(given.call_on_thread(7))?;
    reported(stage, IncidentKind::LateCall, 2)
}

fn at_once(stage: &Stage) -> Verdict {
    for _ in 0..200 {
        let (drops, calls) = (Drops::default(), Arc::new(AtomicUsize::new(0)));
        let given = give(stage.binding.once(counting(1000, &calls).counted(&drops)));
        // SAFETY: the function takes any user data.
        let refusals = unsafe { stream_complete_at_once(given.function, 7, given.arg) };
        let served = calls.load(Ordering::SeqCst);
        holds((refusals, served) == (1, 1), "one completion was served, and one was refused")?;
        dropped_once(&drops)?;
    }
    let _ = outlive::take_incidents();
    Ok(())
}

fn inside_itself(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let own = Arc::new(OnceLock::<Given>::new());
    let again = Arc::clone(&own);
    let lone = stage.binding.local_once(
        Host::doing(1000, move |_, value| {
            let again = again.get().map_or(-7, |given| given.call(500));
            1000 + value + again
        })
        .counted(&drops),
    );
    let given = give(lone);
    let _ = own.set(given);
    returns(given.call(7), 1006)?;
    dropped_once(&drops)?;
    let _newcomers = stage.reuse();
    refused(given.call(7))?;
    let _ = outlive::take_incidents();
    Ok(())
}

fn elsewhere(stage: &Stage) -> Verdict {
    let (drops, thread) = (Drops::default(), Arc::new(AtomicI32::new(0)));
    let given = give(stage.binding.local_once(noting(1000, &thread).counted(&drops)));
    refused(given.call_on_thread(7))?;
    holds(drops.count() == 0, "C's thread does not drop a closure of another")?;
    reported(stage, IncidentKind::WrongThread, 1)?;
    drop(stage.binding.events(Host::new(2000)));
    dropped_once(&drops)?;
    holds(thread.load(Ordering::SeqCst) == this_thread(), "its own thread drops it")?;
    let _newcomers = stage.reuse();
    refused(given.call(7))?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn never(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let lone = stage.binding.once(Host::new(1000).counted(&drops));
    let given = Given::of(&*lone);
    drop(lone);
    dropped_once(&drops)?;
    let _newcomers = stage.reuse();
    refused(given.call(7))?;
    refused(given.call(7))?;
    // The first is what C owes.
    reported(stage, IncidentKind::LateCall, 1)
}

fn many(stage: &Stage) -> Verdict {
    warm_up();
    let given: Vec<Given> =
        (1..5000).map(|n| give(stage.binding.once(Host::new(n * 1000)))).collect();
    let before = outlive::ledger().tables.len();
    for (n, one) in (1..).zip(&given) {
        returns(one.call(7), n * 1000 + 7)?;
    }
    let left = outlive::ledger().tables.len();
    holds(!stage.binding.is_library() || before - left == given.len(), "all was given back")?;
    reported(stage, IncidentKind::LateCall, 0)
}
