//! Threads that are gone: they ended inside a callback or a destructor, and nothing unwound.

use core::ffi::{c_int, c_void};
use core::ptr::{null, null_mut, without_provenance_mut};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::time::{Duration, Instant};

use outlive::{Ended, Incident, IncidentKind, TableState};

use super::checks::{holds, refused, returns};
use super::crowd::call_once_each;
use super::hosts::{WAIT, ending, joined, noting};
use super::survives;
use super::way::Way;
use crate::binding::{Binding, Host, Shared, Table};
use crate::door::Door;
use crate::drops::Drops;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::{
    keeper_call_with, keeper_door, keeper_table, store_register, store_unregister_on_thread,
};
use crate::system::this_thread;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "thread_ends_by_system_call_inside",
        "G4 G8 G12",
        "C's thread ends inside a callback by the bare system call, and the table ends",
        inside,
    ),
    survives(
        "thread_ends_by_system_call_deep_inside",
        "G4 G8 G12",
        "C's thread ends by the bare system call twenty calls deep, and the table ends",
        deep_inside,
    ),
    survives(
        "thread_ends_by_system_call_in_a_destructor",
        "G4 G8",
        "C's thread ends in the destructor of a host value, while others end the table",
        in_a_destructor,
    ),
    survives(
        "local_value_ends_with_its_thread",
        "G8 G10",
        "C destroys a value bound to a thread that never uses the library again, and ends",
        local,
    ),
    survives(
        "local_value_of_a_thread_that_is_gone",
        "G8 G10",
        "C destroys a value bound to a thread that ends, or has ended, by the bare system call",
        local_gone,
    ),
];

#[repr(C)]
struct gone_thread(());

unsafe extern "C" {
    safe fn gone_exit() -> !;
    safe fn gone_last() -> c_int;
    fn gone_start(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
        door: *mut keeper_door,
    ) -> *mut gone_thread;
    fn gone_cancel(thread: *mut gone_thread);
    fn gone_join(thread: *mut gone_thread) -> c_int;
}

/// What a call of a [`Thread`] returns that did not.
pub(super) const NOTHING: c_int = -9;

/// A thread of C that calls.
pub(super) struct Thread(*mut gone_thread);

impl Thread {
    pub(super) fn calling(way: &Way, value: c_int) -> Self {
        // SAFETY: STATIC-TABLE.
        Thread(unsafe { gone_start(way.raw(), way.arg(), value, null_mut()) })
    }

    /// It then waits at the door, and ends by the system call.
    fn ending_after(way: &Way, value: c_int, door: Door) -> Self {
        // SAFETY: STATIC-TABLE; a door is never freed.
        Thread(unsafe { gone_start(way.raw(), way.arg(), value, door.raw()) })
    }

    pub(super) fn cancel(&self) {
        // SAFETY: it is not joined yet.
        unsafe { gone_cancel(self.0) };
    }

    pub(super) fn join(self) -> c_int {
        // SAFETY: it is joined once.
        unsafe { gone_join(self.0) }
    }
}

/// How long a close may take that gives a thread up.
const PROMPTLY: Duration = Duration::from_secs(8);

/// An end from outside that gives a thread up, in time.
pub(super) fn gives_up(end: impl FnOnce() -> Ended) -> Verdict {
    let begun = Instant::now();
    let ended = end();
    holds(ended == Ended::Later, "the end says that a call is inside")?;
    holds(begun.elapsed() < PROMPTLY, "it has not waited for long")
}

/// Where the tables report what happens to them: this one has said which thread is gone.
fn has_named_the_thread(stage: &Stage, arg: *mut c_void) -> Verdict {
    let thread = format!("thread {} ", gone_last());
    let is_it = |incident: &Incident| {
        incident.kind() == IncidentKind::ThreadGone
            && incident.id() == Some(arg.addr() as u64)
            && incident.detail().contains(&thread)
    };
    let named = outlive::take_incidents().iter().any(is_it);
    holds(named || !stage.binding.is_library(), "an incident of the table names the thread")
}

/// Other tables and later threads are as they were.
pub(super) fn others_go_on(stage: &Stage, other: Shared<keeper_table>) -> Verdict {
    let way = Way::to(&*other);
    holds(call_once_each(&way, 400, 7, 2007) == 400, "later threads call")?;
    holds(other.revoke() == Ended::Now, "another table ends")?;
    let next = stage.binding.events(Host::new(3000));
    holds(call_once_each(&Way::to(&*next), 80, 7, 3007) == 80, "a new table serves")?;
    holds(next.revoke() == Ended::Now, "and ends")
}

/// C's thread has ended in a call of `value`, and the table is ended from outside.
fn given_up(stage: &Stage, host: Host, way: &Way, value: c_int) -> Verdict {
    let drops = Drops::default();
    let (table, other) =
        (stage.binding.events(host.counted(&drops)), stage.binding.events(Host::new(2000)));
    way.lead_to(&*table);
    returns(Thread::calling(way, value).join(), NOTHING)?;
    gives_up(|| table.revoke())?;
    has_named_the_thread(stage, way.arg())?;
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    others_go_on(stage, other)?;
    gives_up(|| table.revoke())?;
    drop(table);
    refused(way.call(7))?;
    holds(drops.count() == 0, "nobody knows what the thread still uses: the value is kept")
}

fn inside(stage: &Stage) -> Verdict {
    let host = Host::doing(1000, |_, value| if value == WAIT { gone_exit() } else { 1000 + value });
    given_up(stage, host, &Way::default(), WAIT)
}

/// Deeper than a thread's record has cells.
fn deep_inside(stage: &Stage) -> Verdict {
    let way = Way::default();
    let down = way.clone();
    let host = Host::doing(
        1000,
        move |_, depth| {
            if depth == 0 { gone_exit() } else { down.call(depth - 1) }
        },
    );
    given_up(stage, host, &way, 20)
}

/// The value is half-way in its destructor for good.
fn in_a_destructor(stage: &Stage) -> Verdict {
    let (drops, has_run) = (Drops::default(), AtomicBool::new(false));
    let last = move || {
        if !has_run.swap(true, Ordering::SeqCst) {
            gone_exit();
        }
    };
    let table = stage.binding.events(ending(1000, last).counted(&drops));
    let (way, other) = (Way::to(&*table), stage.binding.events(Host::new(2000)));
    returns(Thread::calling(&way, WAIT).join(), NOTHING)?;
    let closers = std::thread::scope(|scope| {
        let closers = [(); 2].map(|()| scope.spawn(|| gives_up(|| table.revoke())));
        closers.map(|closer| closer.join().unwrap_or_else(|_| holds(false, "no panic")))
    });
    gives_up(|| table.revoke())?;
    closers.into_iter().collect::<Verdict>()?;
    has_named_the_thread(stage, way.arg())?;
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    table.release();
    others_go_on(stage, other)?;
    refused(way.call(7))?;
    holds(drops.count() == 0, "the destructor is not run again")
}

type Destroy = unsafe extern "C" fn(*mut c_void);

/// What C has of a value that is bound to a thread.
#[derive(Clone, Copy)]
struct Given {
    table: *const keeper_table,
    arg: usize,
    destroy: Destroy,
}

// SAFETY: C may use the table on any thread (STATIC-TABLE), and user data is a number.
unsafe impl Send for Given {}

impl Given {
    /// Binds a value to the calling thread, and gives it to C.
    fn local(binding: &dyn Binding, host: Host) -> Self {
        let table = binding.local(host);
        let given =
            Given { table: table.raw(), arg: Table::arg(&*table).addr(), destroy: table.notify() };
        table.hand_over(&mut || true);
        given
    }

    fn arg(&self) -> *mut c_void {
        without_provenance_mut(self.arg)
    }

    fn call(&self) -> c_int {
        // SAFETY: STATIC-TABLE.
        unsafe { keeper_call_with(self.table, 7, self.arg()) }
    }

    /// C destroys it on a thread of its own.
    fn destroy_on_a_thread(self) {
        // SAFETY: C keeps its arguments, and calls no more than the destructor.
        let registered = unsafe { store_register(null(), self.arg(), self.destroy, 0, 0) };
        // SAFETY: it was registered just now; the destructor takes any number.
        unsafe { store_unregister_on_thread(registered, 1) };
    }
}

/// The last thing that the thread does with tables is to hold this one.
fn local(stage: &Stage) -> Verdict {
    let (drops, dropped_on) = (Drops::default(), Arc::new(AtomicI32::new(0)));
    let (host, binding) = (noting(1000, &dropped_on).counted(&drops), stage.binding);
    let ((sends, receives), (go, waits)) = (channel(), channel::<()>());
    let owner = std::thread::spawn(move || {
        let _ = sends.send(Given::local(binding, host));
        let _ = waits.recv();
        this_thread()
    });
    let given = receives.recv().map_err(|_| Failure::wrong("no table"))?;
    given.destroy_on_a_thread();
    let early = drops.count();
    let _newcomers = stage.reuse();
    refused(given.call())?;
    drop(go);
    let owner = joined(owner)?;
    holds(early == 0, "C's thread does not drop a value bound to another")?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    holds(dropped_on.load(Ordering::SeqCst) == owner, "its own thread has dropped it")
}

/// Threads that bind values of their own: one after the other, to each of which the system may give the place of the
/// last, and so many at once that the library looks for threads that are gone.
fn later_threads(stage: &Stage) -> Verdict {
    const AT_ONCE: usize = 40;
    let start = |n: usize, all: &Arc<Barrier>| {
        let (binding, all) = (stage.binding, Arc::clone(all));
        std::thread::spawn(move || bind_and_call(binding, n as c_int, &all))
    };
    for n in 0..AT_ONCE {
        joined(start(n, &Arc::new(Barrier::new(1))))??;
    }
    let all = Arc::new(Barrier::new(AT_ONCE));
    let later: Vec<_> = (0..AT_ONCE).map(|n| start(n, &all)).collect();
    later.into_iter().try_for_each(|later| joined(later)?)
}

/// A value of the calling thread's own is called and ended, when all have made theirs.
fn bind_and_call(binding: &dyn Binding, n: c_int, all: &Barrier) -> Verdict {
    let table = binding.local(Host::new(4000));
    all.wait();
    returns(Way::to(&*table).call(n), 4000 + n)?;
    holds(table.revoke() == Ended::Now, "a later thread's own value ends")
}

/// The value's thread has no last moment.
fn local_gone(stage: &Stage) -> Verdict {
    for is_destroyed_first in [true, false] {
        let (drops, door) = (Drops::default(), Door::new());
        let given = Arc::new(Mutex::new(None));
        let (binding, noted, counted) = (stage.binding, Arc::clone(&given), drops.clone());
        let opens = stage.binding.events(Host::doing(3000, move |_, value| {
            let local = Given::local(binding, Host::new(1000).counted(&counted));
            *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(local);
            3000 + value
        }));
        let thread = Thread::ending_after(&Way::to(&*opens), 7, door);
        door.wait_for(1);
        let given = given.lock().unwrap_or_else(PoisonError::into_inner).take();
        let given = given.ok_or_else(|| Failure::wrong("no table"))?;
        if is_destroyed_first {
            given.destroy_on_a_thread();
        }
        door.open();
        returns(thread.join(), 3007)?;
        if !is_destroyed_first {
            given.destroy_on_a_thread();
        }
        later_threads(stage)?;
        let _newcomers = stage.reuse();
        refused(given.call())?;
        holds(drops.count() == 0, "no other thread drops the value")?;
        if stage.binding.is_library() {
            let tables = outlive::ledger().tables;
            let entry = tables.iter().find(|entry| entry.id == given.arg as u64);
            holds(entry.is_some_and(|entry| entry.state == TableState::Kept), "it is kept")?;
        }
    }
    Ok(())
}
