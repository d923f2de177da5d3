//! Threads that are gone: they ended inside a callback or a destructor, and nothing unwound.

use core::ffi::{c_int, c_uint, c_void};
use core::ptr::{null, null_mut, without_provenance_mut};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use outlive::{Ended, Held, Incident, IncidentKind, TableState, callbacks};

use super::checks::{holds, refused, returns};
use super::children::exit_or_abort;
use super::crowd::call_once_each;
use super::hosts::{WAIT, ending, joined, noting, this_thread};
use super::survives;
use super::way::Way;
use crate::binding::{Binding, Host, REFUSED, Shared, Table};
use crate::door::Door;
use crate::drops::{Drops, Witness};
use crate::keeper::Kept;
use crate::need::Need;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::{
    keeper_call_with, keeper_door, keeper_table, store_register, store_unregister_on_thread,
};

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
    )
    .needing(&[Need::PlacesOfTheGone]),
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
    // As bindings declare them, which know nothing of the unwinding that glibc does.
    safe fn usleep(microseconds: c_uint) -> c_int;
    safe fn pthread_exit(result: *mut c_void) -> !;
}

/// What a call of a [`Thread`] returns that did not.
const NOTHING: c_int = -9;

/// A thread of C that calls.
struct Thread(*mut gone_thread);

impl Thread {
    fn calling(way: &Way, value: c_int) -> Self {
        // SAFETY: STATIC-TABLE.
        Thread(unsafe { gone_start(way.raw(), way.arg(), value, null_mut()) })
    }

    /// It then waits at the door, and ends by the system call.
    fn ending_after(way: &Way, value: c_int, door: Door) -> Self {
        // SAFETY: STATIC-TABLE; a door is never freed.
        Thread(unsafe { gone_start(way.raw(), way.arg(), value, door.raw()) })
    }

    fn cancel(&self) {
        // SAFETY: it is not joined yet.
        unsafe { gone_cancel(self.0) };
    }

    fn join(self) -> c_int {
        // SAFETY: it is joined once.
        unsafe { gone_join(self.0) }
    }
}

/// How long a close may take that gives a thread up.
const PROMPTLY: Duration = Duration::from_secs(8);

/// An end from outside that gives a thread up, in time.
fn gives_up(end: impl FnOnce() -> Ended) -> Verdict {
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
fn others_go_on(stage: &Stage, other: Shared<keeper_table>) -> Verdict {
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

/// Threads, one after the other, that bind values of their own: the system gives each the place of the last.
fn later_threads(stage: &Stage) -> Verdict {
    for n in 0..40 {
        let binding = stage.binding;
        let later = std::thread::spawn(move || {
            let table = binding.local(Host::new(4000));
            let result = Way::to(&*table).call(n);
            let ended = table.revoke();
            (result, ended)
        });
        let (result, ended) = joined(later)?;
        returns(result, 4000 + n)?;
        holds(ended == Ended::Now, "a later thread's own value ends")?;
    }
    Ok(())
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
