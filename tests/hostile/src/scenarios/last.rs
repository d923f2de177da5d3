//! C makes its last call twice, early, late, from anywhere, and calls on.

use core::ffi::{c_int, c_void};
use core::ptr::without_provenance_mut;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use outlive::IncidentKind;

use super::checks::{holds, refused, reported, returns};
use super::hosts::{noting, this_thread, waiting};
use super::survives;
use crate::binding::{CLOSE, Host, Shared, Table};
use crate::door::Door;
use crate::drops::Drops;
use crate::need::Need;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::{
    stream_close, stream_close_at_once, stream_close_on_thread, stream_hooks, stream_note,
    stream_read, stream_shutdown, stream_table,
};
use crate::warm::warm_up;

pub const SCENARIOS: &[Scenario] = &[
    survives("closed_twice", "G5 G10", "C makes its last call three times", twice),
    survives("closed_then_read", "G5 G10", "C calls on after its last call", then_read),
    survives(
        "closed_on_a_thread",
        "G8 G10",
        "C makes its last call on a thread of its own",
        on_thread,
    ),
    survives("closed_at_once", "G10", "two threads make the last call at the same time", at_once),
    survives("closed_inside", "G6 G10", "C makes its last call in another callback", inside),
    survives(
        "closed_while_inside",
        "G4 G10",
        "C makes its last call while its thread is in another callback",
        while_inside,
    ),
    survives("closed_after_the_end", "G10", "C closes what the host has ended", after_the_end),
    survives("closed_by_both", "G4 G10", "the host ends the table while C closes it", by_both),
    survives(
        "closed_exclusive_inside",
        "G8 G10",
        "C makes the last call of a table for one call at a time in another callback of it",
        exclusive,
    ),
    survives("closed_local", "G8 G10", "C's thread closes a value bound to another", local),
    survives("closed_invented", "G5 G10", "C closes user data that it made up", invented),
    survives("closed_another_type", "G10", "C closes with another struct's user data", other_type),
    survives("closed_taken_out", "G10", "C closes what the host took the value of", taken_out),
    survives("closed_panics", "G7 G10", "the last call panics", panics).needing(&[Need::Unwinding]),
    survives(
        "shut_down",
        "G10",
        "C shuts tables without user data down, thousands of times",
        shut_down,
    ),
];

/// What C has of a stream.
#[derive(Clone, Copy)]
struct Given {
    table: *const stream_table,
    file: *mut c_void,
}

// SAFETY: C may use the table on any thread, and user data is a number.
unsafe impl Send for Given {}
// SAFETY: as above.
unsafe impl Sync for Given {}

impl Given {
    fn of(table: &dyn Table<stream_table>) -> Self {
        Given { table: table.raw(), file: table.arg() }
    }

    fn read(self, value: c_int) -> c_int {
        warm_up();
        // SAFETY: STATIC-TABLE (`keeper.rs`) holds for a `stream_table` too.
        unsafe { stream_read(self.table, self.file, value) }
    }

    fn close(self) -> c_int {
        warm_up();
        // SAFETY: as above.
        unsafe { stream_close(self.table, self.file) }
    }
}

/// C takes the table for good.
fn give(table: Shared<stream_table>) -> Given {
    let given = Given::of(&*table);
    table.hand_over(&mut || true);
    given
}

fn stream(stage: &Stage, drops: &Drops) -> Shared<stream_table> {
    stage.binding.stream(Host::new(1000).counted(drops))
}

fn once(drops: &Drops) -> Verdict {
    holds(drops.count() == 1, "the host value was dropped once")
}

const CLOSED: c_int = 1000 + CLOSE;

fn twice(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let given = give(stream(stage, &drops));
    returns(given.close(), CLOSED)?;
    let _newcomers = stage.reuse();
    refused(given.close())?;
    refused(given.close())?;
    once(&drops)?;
    reported(stage, IncidentKind::LateCall, 2)
}

fn then_read(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let given = give(stream(stage, &drops));
    returns(given.read(7), 1007)?;
    returns(given.close(), CLOSED)?;
    let _newcomers = stage.reuse();
    let others: Vec<_> = (2..20).map(|n| stage.binding.stream(Host::new(n * 1000))).collect();
    refused(given.read(8))?;
    once(&drops)?;
    holds(others.iter().all(|other| Given::of(&**other).read(1) > 2000), "others are served")?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn on_thread(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let given = give(stream(stage, &drops));
    // SAFETY: as for `Given::close`.
    let close = || unsafe { stream_close_on_thread(given.table, given.file) };
    returns(close(), CLOSED)?;
    once(&drops)?;
    let _newcomers = stage.reuse();
    refused(close())?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn at_once(stage: &Stage) -> Verdict {
    for _ in 0..200 {
        let drops = Drops::default();
        let given = give(stream(stage, &drops));
        // SAFETY: as for `Given::close`.
        let count = unsafe { stream_close_at_once(given.table, given.file) };
        // Both may be served, where neither had left when the other came.
        holds((0..=1).contains(&count), "one close at least was served")?;
        once(&drops)?;
    }
    Ok(())
}

fn inside(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let given = Arc::new(Mutex::new(None::<Given>));
    let (own, seen) = (Arc::clone(&given), drops.clone());
    let host = Host::doing(1000, move |_, value| {
        let closing = own.lock().unwrap_or_else(PoisonError::into_inner).take();
        let closed = closing.map_or(0, Given::close);
        if seen.count() == 0 { 1000 + value + closed } else { -7 }
    });
    let own = give(stage.binding.stream(host.counted(&drops)));
    *given.lock().unwrap_or_else(PoisonError::into_inner) = Some(own);
    returns(own.read(1), 1001 + CLOSED)?;
    once(&drops)?;
    let _newcomers = stage.reuse();
    refused(own.read(1))?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn while_inside(stage: &Stage) -> Verdict {
    let (drops, door) = (Drops::default(), Door::new());
    let given = give(stage.binding.stream(waiting(1000, door).counted(&drops)));
    let reader = std::thread::spawn(move || { given }.read(0));
    door.wait_for(1);
    returns(given.close(), CLOSED)?;
    let early = drops.count();
    let _newcomers = stage.reuse();
    refused(given.read(8))?;
    door.open();
    returns(reader.join().unwrap_or(-7), 1000)?;
    holds(early == 0, "the host value outlives the call inside")?;
    once(&drops)?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn after_the_end(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stream(stage, &drops);
    let given = Given::of(&*table);
    drop(table);
    let _newcomers = stage.reuse();
    refused(given.close())?;
    refused(given.close())?;
    once(&drops)?;
    // The first is what C owes.
    reported(stage, IncidentKind::LateCall, 1)
}

fn by_both(stage: &Stage) -> Verdict {
    for _ in 0..200 {
        let drops = Drops::default();
        let table = stream(stage, &drops);
        let given = Given::of(&*table);
        let closer = std::thread::spawn(move || { given }.close());
        let _ = table.revoke();
        let early = drops.count();
        let closed = closer.join().unwrap_or(-7);
        if closed != CLOSED {
            refused(closed)?;
        }
        holds(early == 1, "the revoke waited for the last call")?;
        drop(table);
        once(&drops)?;
    }
    Ok(())
}

fn exclusive(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let given = Arc::new(Mutex::new(None::<Given>));
    let own = Arc::clone(&given);
    let host = Host::doing(1000, move |_, value| {
        let closing = own.lock().unwrap_or_else(PoisonError::into_inner).take();
        1000 + value + closing.map_or(0, Given::close)
    });
    let own = give(stage.binding.exclusive_stream(host.counted(&drops)));
    *given.lock().unwrap_or_else(PoisonError::into_inner) = Some(own);
    // The refused close is C's word all the same.
    returns(own.read(7), 1006)?;
    once(&drops)?;
    reported(stage, IncidentKind::ConcurrentCall, 1)?;
    let _newcomers = stage.reuse();
    refused(own.read(7))?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn local(stage: &Stage) -> Verdict {
    let (drops, thread) = (Drops::default(), Arc::new(AtomicI32::new(0)));
    let table = stage.binding.local_stream(noting(1000, &thread).counted(&drops));
    let given = Given::of(&*table);
    table.hand_over(&mut || true);
    // SAFETY: as for `Given::close`.
    refused(unsafe { stream_close_on_thread(given.table, given.file) })?;
    holds(drops.count() == 0, "C's thread does not drop a value bound to another")?;
    reported(stage, IncidentKind::WrongThread, 1)?;
    // The next thing that its own thread does with tables.
    drop(stage.binding.events(Host::new(2000)));
    once(&drops)?;
    holds(thread.load(Ordering::SeqCst) == this_thread(), "its own thread drops it")?;
    let _newcomers = stage.reuse();
    refused(given.read(7))?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn invented(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stream(stage, &drops);
    let good = table.arg().addr();
    for word in [0, 8, usize::MAX, good ^ 1 << 32, good ^ 1 << 33, good as u32 as usize] {
        refused(Given { file: without_provenance_mut(word), ..Given::of(&*table) }.close())?;
    }
    reported(stage, IncidentKind::BadArgument, 6)?;
    let _newcomers = stage.reuse();
    holds(drops.count() == 0, "the table lives")?;
    returns(Given::of(&*table).read(7), 1007)
}

fn other_type(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stream(stage, &drops);
    let events = stage.binding.events(Host::new(2000).counted(&drops));
    let wrong = Given { file: Table::arg(&*events), ..Given::of(&*table) };
    refused(wrong.close())?;
    let _newcomers = stage.reuse();
    refused(wrong.close())?;
    holds(drops.count() == 0, "no host value was dropped")?;
    reported(stage, IncidentKind::BadArgument, 2)?;
    returns(Given::of(&*table).close(), CLOSED)
}

fn taken_out(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stream(stage, &drops);
    let given = Given::of(&*table);
    let host = table.into_inner();
    let _newcomers = stage.reuse();
    refused(given.close())?;
    holds(host.is_ok() && drops.count() == 0, "the value is the host's")?;
    drop(host);
    once(&drops)?;
    refused(given.close())?;
    // The first is what C owes.
    reported(stage, IncidentKind::LateCall, 1)
}

fn panics(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let host = Host::doing(1000, |_, _| panic!("in the last call"));
    let given = give(stage.binding.stream(host.counted(&drops)));
    refused(given.close())?;
    once(&drops)?;
    reported(stage, IncidentKind::Panic, 1)?;
    let _newcomers = stage.reuse();
    refused(given.close())?;
    reported(stage, IncidentKind::LateCall, 1)
}

/// Many more than there are instances: each is given back by its last call.
fn shut_down(stage: &Stage) -> Verdict {
    for n in 0..5000 {
        let drops = Drops::default();
        let table = stage.binding.hooks(Host::new(1000 + n * 1000).counted(&drops));
        let hooks: *const stream_hooks = table.raw();
        table.hand_over(&mut || true);
        // SAFETY: STATIC-TABLE holds for `stream_hooks` too.
        returns(unsafe { stream_note(hooks, 7) }, 1007 + n * 1000)?;
        // SAFETY: as above.
        returns(unsafe { stream_shutdown(hooks) }, 1000 + n * 1000 + CLOSE)?;
        once(&drops)?;
    }
    reported(stage, IncidentKind::LateCall, 0)
}
