//! C calls destructors twice, from anywhere, and after registrations that fail.

use core::ffi::{c_int, c_void};
use core::ptr::{null, null_mut, without_provenance_mut};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;

use outlive::IncidentKind;

use super::checks::{holds, refused, reported, returns};
use super::survives;
use super::way::Way;
use crate::binding::{Host, Shared, Table};
use crate::door::Door;
use crate::drops::Drops;
use crate::keeper::{Keeper, call_with};
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::{
    keeper_call_object, store_close, store_destroy, store_open, store_register, store_table,
    store_unregister, store_unregister_on_thread,
};

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "destroyed_then_called",
        "G5 G10",
        "C destroys the user data, then calls",
        then_called,
    ),
    survives("destroyed_twice", "G10", "C calls the destructor three times", twice),
    survives(
        "destroyed_on_a_thread",
        "G10",
        "C calls the destructor on a thread of its own",
        on_thread,
    ),
    survives("destroyed_at_once", "G10", "two threads of C call the destructor", at_once),
    survives("destroyed_inside", "G6 G10", "C calls the destructor in a callback", inside),
    survives(
        "destroyed_while_inside",
        "G4 G10",
        "C calls the destructor while its thread is in a callback",
        while_inside,
    ),
    survives("destroyed_after_the_end", "G10", "C destroys what the host has ended", after_the_end),
    survives(
        "destroyed_table_called_late",
        "G1 G10",
        "C destroys the data that a table carries, and calls through that table",
        carried,
    ),
    survives(
        "destructor_calls_back",
        "G5 G10",
        "the host value's destructor calls C, which calls the callback",
        calls_back,
    ),
    survives("destroyed_local", "G8 G10", "C's thread destroys a value bound to another", local),
    survives("destroyed_invented", "G10", "C destroys user data that it made up", invented),
    survives(
        "destroyed_another_type",
        "G10",
        "C calls a destructor with another struct's data",
        other,
    ),
    survives(
        "registration_fails_destroying",
        "G10",
        "C does not take it, and destroys it",
        fail_both,
    ),
    survives("registration_fails", "G10", "C does not take it, and leaves it to the host", fail),
    survives(
        "registration_destroys_and_succeeds",
        "G10",
        "C takes it, and destroys it before it says so",
        early,
    ),
];

unsafe extern "C" {
    fn memory_destroy_at_once(destroy: Destroy, arg: *mut c_void);
}

type Destroy = unsafe extern "C" fn(*mut c_void);

fn store(stage: &Stage, drops: &Drops) -> Shared<store_table> {
    stage.binding.store(Host::new(1000).counted(drops))
}

/// What C has of a table that is its own.
struct Given {
    table: *const store_table,
    arg: *mut c_void,
    destroy: Destroy,
    registered: *mut crate::sys::store,
}

/// C takes the table for good.
fn give<R: 'static>(table: Box<dyn Table<R> + Send + Sync>) -> Given {
    let (raw, arg, destroy) = (table.raw().cast_const().cast(), table.arg(), table.notify());
    let mut registered = null_mut();
    table.hand_over(&mut || {
        // SAFETY: C keeps its arguments, and reads nothing through them yet.
        registered = unsafe { store_register(raw, arg, destroy, 0, 0) };
        !registered.is_null()
    });
    Given { table: raw, arg, destroy, registered }
}

impl Given {
    /// C gives up what it has, and calls the destructor so many times.
    fn unregister(&self, times: c_int) {
        // SAFETY: it was registered, and is unregistered once; the destructor takes any number.
        unsafe { store_unregister(self.registered, times) };
    }

    fn destroy(&self) {
        // SAFETY: the destructor takes any number.
        unsafe { (self.destroy)(self.arg) };
    }

    fn open_and_close(&self) -> c_int {
        // SAFETY: STATIC-TABLE (`keeper.rs`) holds for a `store_table` too.
        let handle = unsafe { store_open(self.table, self.arg, 5) };
        // SAFETY: as above.
        unsafe { store_close(self.table, self.arg, handle) }
    }
}

fn once(drops: &Drops) -> Verdict {
    holds(drops.count() == 1, "the host value was dropped once")
}

fn then_called(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let given = give(store(stage, &drops));
    returns(given.open_and_close(), 1005)?;
    holds(drops.count() == 0, "the host value lives while C has it")?;
    given.unregister(1);
    once(&drops)?;
    let _newcomers = stage.reuse();
    refused(given.open_and_close())?;
    reported(stage, IncidentKind::LateCall, 2)?;
    once(&drops)
}

fn twice(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let given = give(store(stage, &drops));
    let other = store(stage, &Drops::default());
    given.unregister(3);
    let _newcomers = stage.reuse();
    given.destroy();
    once(&drops)?;
    reported(stage, IncidentKind::LateCall, 3)?;
    holds(other.with(&mut |_| ()), "another table lives")
}

fn on_thread(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let given = give(store(stage, &drops));
    // SAFETY: as for `unregister`.
    unsafe { store_unregister_on_thread(given.registered, 2) };
    once(&drops)?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn at_once(stage: &Stage) -> Verdict {
    for _ in 0..20 {
        let drops = Drops::default();
        let given = give(store(stage, &drops));
        // SAFETY: the destructor takes any number.
        unsafe { memory_destroy_at_once(given.destroy, given.arg) };
        given.unregister(0);
        once(&drops)?;
    }
    reported(stage, IncidentKind::LateCall, 20)
}

/// C ends a table in its own callback: the callback goes on, and its captures with it.
fn inside(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let destroy = Arc::new(Mutex::new(None::<(Destroy, usize)>));
    let reuse = stage.reuse.then_some(stage.binding);
    let (own, seen) = (Arc::clone(&destroy), drops.clone());
    let text = String::from("of the host value");
    let host = Host::doing(1000, move |_, value| {
        let notify = own.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((destroy, arg)) = notify {
            // SAFETY: the destructor takes any number.
            unsafe { destroy(without_provenance_mut(arg)) };
            let _newcomers = reuse.map(super::checks::newcomers);
        }
        if seen.count() != 0 || text != "of the host value" {
            return -7;
        }
        1000 + value
    });
    let table = stage.binding.events(host.counted(&drops));
    let (raw, arg) = (table.raw(), Table::arg(&*table));
    let given = give(table);
    *destroy.lock().unwrap_or_else(PoisonError::into_inner) = Some((given.destroy, arg.addr()));
    // SAFETY: STATIC-TABLE.
    let call = || unsafe { crate::sys::keeper_call_with(raw, 7, arg) };
    returns(call(), 1007)?;
    once(&drops)?;
    given.unregister(0);
    refused(call())?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn while_inside(stage: &Stage) -> Verdict {
    let (drops, door) = (Drops::default(), Door::new());
    let host = Host::doing(1000, move |_, value| {
        door.enter();
        1000 + value
    });
    let table = stage.binding.events(host.counted(&drops));
    let keeper = Keeper::of(&*table);
    let given = give(table);
    let job = keeper.start(7);
    door.wait_for(1);
    given.destroy();
    let _newcomers = stage.reuse();
    let early = drops.count();
    refused(keeper.call(8))?;
    door.open();
    returns(job.join(), 1007)?;
    given.unregister(0);
    holds(early == 0, "the host value outlives the call inside")?;
    once(&drops)?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn after_the_end(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = store(stage, &drops);
    let (arg, destroy) = (table.arg(), table.notify());
    drop(table);
    let _newcomers = stage.reuse();
    // SAFETY: the destructor takes any number.
    unsafe { destroy(arg) };
    once(&drops)?;
    // The first notice is what C owes; the next one is not.
    reported(stage, IncidentKind::LateCall, 0)?;
    // SAFETY: as above.
    unsafe { destroy(arg) };
    once(&drops)?;
    reported(stage, IncidentKind::LateCall, 1)
}

/// The table's memory stays, for C reads the user data there.
fn carried(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.object(Host::new(1000).counted(&drops));
    let raw = table.raw();
    let given = give(table);
    // SAFETY: a table with user data of its own stays until it is released.
    let call = || unsafe { keeper_call_object(raw, 7) };
    returns(call(), 1007)?;
    given.unregister(1);
    let _newcomers = stage.reuse();
    let others: Vec<_> = (6..20).map(|n| stage.binding.object(Host::new(n * 1000))).collect();
    refused(call())?;
    once(&drops)?;
    reported(stage, IncidentKind::LateCall, 1)?;
    holds(others.iter().all(|other| other.raw() != raw), "nobody else has the table's memory")
}

/// A capture that has C call when it is dropped.
struct Caller(Way, Arc<AtomicI32>);

impl Drop for Caller {
    fn drop(&mut self) {
        self.1.store(self.0.call(7), Ordering::SeqCst);
    }
}

fn calls_back(stage: &Stage) -> Verdict {
    let (drops, way, result) = (Drops::default(), Way::default(), Arc::new(AtomicI32::new(0)));
    let caller = Caller(way.clone(), Arc::clone(&result));
    let text = String::from("of the host value");
    let table = stage.binding.events(
        Host::doing(1000, move |_, value| {
            let _captured = &caller;
            if text == "of the host value" { 1000 + value } else { -7 }
        })
        .counted(&drops),
    );
    way.lead_to(&*table);
    returns(way.call(7), 1007)?;
    let given = give(table);
    given.unregister(2);
    refused(result.load(Ordering::SeqCst))?;
    once(&drops)?;
    // The destructor's own call, and the second notice.
    reported(stage, IncidentKind::LateCall, 2)
}

/// A capture that notes which thread drops it.
struct Dropped(Arc<Mutex<Option<ThreadId>>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let mut thread = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *thread = Some(std::thread::current().id());
    }
}

fn local(stage: &Stage) -> Verdict {
    let thread = Arc::new(Mutex::new(None));
    let (drops, capture) = (Drops::default(), Dropped(Arc::clone(&thread)));
    let host = Host::doing(1000, move |_, value| {
        let _captured = &capture;
        1000 + value
    });
    let table = stage.binding.local(host.counted(&drops));
    let (raw, arg, destroy) = (table.raw(), Table::arg(&*table), table.notify());
    let mut registered = null_mut();
    table.hand_over(&mut || {
        // SAFETY: C keeps its arguments, and calls no more than the destructor.
        registered = unsafe { store_register(null(), arg, destroy, 0, 0) };
        true
    });
    // SAFETY: it was registered; the destructor takes any number.
    unsafe { store_unregister_on_thread(registered, 1) };
    let dropper = || *thread.lock().unwrap_or_else(PoisonError::into_inner);
    holds(dropper().is_none(), "C's thread does not drop a value bound to another")?;
    // SAFETY: STATIC-TABLE.
    refused(unsafe { crate::sys::keeper_call_with(raw, 7, arg) })?;
    // The next thing that its own thread does with tables.
    drop(stage.binding.events(Host::new(2000)));
    holds(dropper() == Some(std::thread::current().id()), "its own thread drops it")?;
    once(&drops)?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn invented(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = store(stage, &drops);
    let good = table.arg().addr();
    for word in [0, 8, usize::MAX, good ^ 1 << 32, good ^ 1 << 33, good as u32 as usize] {
        // SAFETY: the destructor takes any number, and so does the table's own member.
        unsafe { (table.notify())(without_provenance_mut(word)) };
        // SAFETY: as above; STATIC-TABLE.
        unsafe { store_destroy(table.raw(), without_provenance_mut(word)) };
    }
    reported(stage, IncidentKind::BadArgument, 12)?;
    holds(drops.count() == 0 && table.with(&mut |_| ()), "the table lives")
}

fn other(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = store(stage, &drops);
    let events = stage.binding.events(Host::new(2000).counted(&drops));
    let object = stage.binding.object(Host::new(3000).counted(&drops));
    for arg in [Table::arg(&*events), object.arg()] {
        // SAFETY: the destructor takes any number.
        unsafe { (table.notify())(arg) };
    }
    let _newcomers = stage.reuse();
    holds(drops.count() == 0, "no host value was dropped")?;
    reported(stage, IncidentKind::BadArgument, 2)?;
    returns(call_with(&*events, 7, Table::arg(&*events)), 2007)
}

/// C takes nothing; with or without the destructor's call, the value goes once.
fn not_taken(stage: &Stage, destroys: c_int) -> Verdict {
    let drops = Drops::default();
    let table = store(stage, &drops);
    let (raw, arg, destroy) = (table.raw(), table.arg(), table.notify());
    table.hand_over(&mut || {
        // SAFETY: C takes nothing, and calls the destructor at most.
        !unsafe { store_register(raw, arg, destroy, 1, destroys) }.is_null()
    });
    let _newcomers = stage.reuse();
    once(&drops)?;
    reported(stage, IncidentKind::LateCall, 0)
}

fn fail_both(stage: &Stage) -> Verdict {
    not_taken(stage, 1)
}

fn fail(stage: &Stage) -> Verdict {
    not_taken(stage, 0)
}

fn early(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = store(stage, &drops);
    let (raw, arg, destroy) = (table.raw(), table.arg(), table.notify());
    table.hand_over(&mut || {
        // SAFETY: the destructor takes any number.
        unsafe { destroy(arg) };
        true
    });
    let _newcomers = stage.reuse();
    once(&drops)?;
    // SAFETY: STATIC-TABLE; the call is refused.
    holds(unsafe { store_open(raw, arg, 5) }.is_null(), "an ended table opens nothing")?;
    reported(stage, IncidentKind::LateCall, 1)
}
