//! Calls on stacks of their own, which C leaves in the middle and resumes in another order, or on
//! another thread, or never.

use core::ffi::{c_int, c_void};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use outlive::{Ended, Incident, IncidentKind};

use super::checks::{holds, refused, reported, returns};
use super::crowd::{Member, call_once_each, hire};
use super::hosts::{Shelf, WAIT, disorder, joined, waiting};
use super::survives;
use super::way::Way;
use crate::binding::Host;
use crate::door::Door;
use crate::drops::Drops;
use crate::need::Need;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::keeper_table;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "fibers_interleave",
        "G1 G6",
        "C enters two tables on one thread's fibers, and leaves the first one first",
        interleaved,
    )
    .needing(&[Need::Fibers]),
    survives(
        "fiber_left_inside",
        "G4 G5",
        "C leaves a fiber inside a table for good, and frees its stack",
        left_inside,
    )
    .needing(&[Need::Fibers]),
    survives(
        "fiber_leaves_on_another_thread",
        "G1 G8",
        "C enters on a thread that then ends, and leaves on another",
        elsewhere,
    )
    .needing(&[Need::Fibers]),
    survives(
        "fibers_deeper_than_a_record",
        "G1 G8",
        "C has forty fibers inside one table, from one thread, and resumes them on others",
        deep,
    )
    .needing(&[Need::Fibers]),
    survives(
        "end_where_fibers_came_from",
        "G4 G8",
        "C enters on a thread's fibers, leaves on another, and the first thread ends a table",
        where_they_came_from,
    )
    .needing(&[Need::Fibers]),
    survives(
        "end_where_fibers_went",
        "G4 G6",
        "C leaves another thread's fibers inside a callback that then ends its table",
        where_they_went,
    )
    .needing(&[Need::Fibers]),
    survives(
        "fiber_ends_the_table_of_another",
        "G6",
        "C's fiber ends a table that another fiber of the same thread is inside of",
        fiber_ends,
    )
    .needing(&[Need::Fibers]),
    survives(
        "fiber_leaves_after_it_was_given_up",
        "G1 G4 G8",
        "C enters on a thread that ends, the table's end gives that up, and C leaves on another",
        given_up,
    )
    .needing(&[Need::Fibers]),
];

#[repr(C)]
struct fiber_t(());

unsafe extern "C" {
    fn fiber_new(table: *const keeper_table, arg: *mut c_void, value: c_int) -> *mut fiber_t;
    fn fiber_run(fiber: *mut fiber_t) -> c_int;
    fn fiber_run_on_thread(fiber: *mut fiber_t) -> c_int;
    safe fn fiber_pause();
    fn fiber_result(fiber: *const fiber_t) -> c_int;
    fn fiber_free(fiber: *mut fiber_t);
}

/// A call on a stack of its own.
struct Fiber(*mut fiber_t);

// SAFETY: one thread at a time runs it, as for any value that moves.
unsafe impl Send for Fiber {}

impl Fiber {
    fn calling(way: &Way, value: c_int) -> Self {
        // SAFETY: STATIC-TABLE.
        Fiber(unsafe { fiber_new(way.raw(), way.arg(), value) })
    }

    /// Runs until it pauses; whether it is done.
    fn run(&mut self) -> bool {
        // SAFETY: it is not done, and not freed.
        unsafe { fiber_run(self.0) != 0 }
    }

    /// The same on a thread that ends then.
    fn run_on_thread(&mut self) -> bool {
        // SAFETY: as above.
        unsafe { fiber_run_on_thread(self.0) != 0 }
    }

    fn result(&self) -> c_int {
        // SAFETY: it is not freed.
        unsafe { fiber_result(self.0) }
    }

    /// Overwrites its stack and frees it, with whatever is still on it.
    fn free(self) {
        // SAFETY: it is freed once, and nobody runs it.
        unsafe { fiber_free(self.0) };
    }
}

/// A host whose call pauses its fiber for [`WAIT`], and reads the value when it goes on.
fn pausing(id: c_int) -> Host {
    let own = Box::new(id);
    Host::doing(id, move |_, value| {
        if value == WAIT {
            fiber_pause();
        }
        *own + value
    })
}

/// It goes on, and leaves with this.
fn leaves(mut fiber: Fiber, expected: c_int) -> Verdict {
    holds(fiber.run(), "the fiber comes to its end")?;
    let result = fiber.result();
    fiber.free();
    returns(result, expected)
}

fn interleaved(stage: &Stage) -> Verdict {
    let (first_drops, drops) = (Drops::default(), Drops::default());
    let first = stage.binding.events(pausing(1000).counted(&first_drops));
    let second = stage.binding.events(pausing(2000).counted(&drops));
    let ways = (Way::to(&*first), Way::to(&*second));
    let mut fibers = (Fiber::calling(&ways.0, WAIT), Fiber::calling(&ways.1, WAIT));
    holds(!fibers.0.run() && !fibers.1.run(), "both are inside")?;
    // The first leaves first; the second must not leave with it.
    leaves(fibers.0, 1000)?;
    holds(first.revoke_timeout(Duration::ZERO) == Ended::Now, "nobody is inside the first")?;
    drop(second);
    let _newcomers = stage.reuse();
    let (early, late) = (drops.count(), ways.1.call(7));
    leaves(fibers.1, 2000)?;
    holds(early == 0, "somebody was inside the second")?;
    refused(late)?;
    holds(drops.count() == 1 && first_drops.count() == 1, "each host value was dropped once")?;
    refused(ways.0.call(7))?;
    refused(ways.1.call(7))?;
    reported(stage, IncidentKind::LateCall, 3)
}

fn left_inside(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(pausing(1000).counted(&drops));
    let way = Way::to(&*table);
    let mut fiber = Fiber::calling(&way, WAIT);
    holds(!fiber.run(), "the fiber is inside")?;
    let closer = std::thread::spawn(move || {
        let ended = table.revoke_timeout(Duration::from_millis(20));
        drop(table);
        ended
    });
    let ended = joined(closer)?;
    fiber.free();
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    holds(ended == Ended::Later && drops.count() == 0, "the host value is kept")?;
    // The thread itself goes on.
    let other = stage.binding.events(Host::new(2000));
    returns(Way::to(&*other).call(7), 2007)?;
    holds(other.revoke() == Ended::Now, "nobody is inside another table")?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn elsewhere(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(pausing(1000).counted(&drops));
    let way = Way::to(&*table);
    let mut fiber = Fiber::calling(&way, WAIT);
    holds(!fiber.run_on_thread(), "the fiber is inside, and its thread is dead")?;
    // Others take the dead thread's place.
    let others = stage.binding.events(Host::new(2000));
    let inside = call_once_each(&Way::to(&*others), 80, 7, 2007);
    holds(inside == 80, "each call was served")?;
    let ended = table.revoke_timeout(Duration::from_millis(5));
    let early = drops.count();
    let _newcomers = stage.reuse();
    let late = way.call(7);
    let done = fiber.run_on_thread();
    let result = fiber.result();
    fiber.free();
    refused(late)?;
    holds(done, "the fiber comes to its end")?;
    returns(result, 1000)?;
    holds(ended == Ended::Later && early == 0, "the fiber was inside all the time")?;
    holds(table.revoke() == Ended::Now && drops.count() == 1, "the host value was dropped once")
}

fn deep(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(pausing(1000).counted(&drops));
    let way = Way::to(&*table);
    let enters = way.clone();
    let enter = std::thread::spawn(move || {
        let mut fibers: Vec<Fiber> = (0..40).map(|_| Fiber::calling(&enters, WAIT)).collect();
        let inside = fibers.iter_mut().all(|fiber| !fiber.run());
        (fibers, inside)
    });
    let (fibers, inside) = joined(enter)?;
    holds(inside, "all are inside")?;
    let ended = table.revoke_timeout(Duration::from_millis(5));
    let early = drops.count();
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    // Every third one leaves here, and the others on another thread.
    let mut others = Vec::new();
    for (n, fiber) in fibers.into_iter().enumerate() {
        if n % 3 == 0 { leaves(fiber, 1000)? } else { others.push(fiber) }
    }
    let almost = drops.count();
    let leave = std::thread::spawn(move || {
        others.into_iter().rev().try_for_each(|fiber| leaves(fiber, 1000))
    });
    joined(leave)??;
    holds(ended == Ended::Later && early + almost == 0, "some were inside all the time")?;
    holds(drops.count() == 1, "the last one out has dropped the host value")?;
    holds(table.revoke() == Ended::Now, "nobody is inside")
}

/// More fibers inside than a thread's record has cells.
fn many_inside(way: &Way) -> Vec<Fiber> {
    let mut fibers: Vec<Fiber> = (0..20).map(|_| Fiber::calling(way, WAIT)).collect();
    fibers.iter_mut().for_each(|fiber| {
        fiber.run();
    });
    fibers
}

/// A thread whose fibers have all left is inside nothing: its close waits as any other.
fn where_they_came_from(stage: &Stage) -> Verdict {
    let (door, drops) = (Door::new(), Drops::default());
    let table = stage.binding.events(pausing(1000));
    let busy = stage.binding.events(waiting(2000, door).counted(&drops));
    let (way, busy_way, member) = (Way::to(&*table), Way::to(&*busy), Member::hire());
    let fibers = many_inside(&way);
    let leave =
        std::thread::spawn(move || fibers.into_iter().try_for_each(|fiber| leaves(fiber, 1000)));
    joined(leave)??;
    member.send(&busy_way, WAIT);
    door.wait_for(1);
    let opens = std::thread::spawn(move || {
        // The close is at its wait by then, or comes later: both are well.
        std::thread::sleep(Duration::from_millis(20));
        door.open();
    });
    let ended = busy.revoke();
    let dropped = drops.count();
    joined(opens)?;
    let _newcomers = stage.reuse();
    returns(member.wait(), 2000)?;
    member.dismiss();
    holds(ended == Ended::Now && dropped == 1, "the close has waited")?;
    holds(table.revoke() == Ended::Now, "nobody is inside the fibers' table")
}

/// A callback whose thread has let another thread's fiber out is still inside: its close does not wait.
fn where_they_went(stage: &Stage) -> Verdict {
    let (drops, shelf, door) = (Drops::default(), Shelf::default(), Door::new());
    let crowded = stage.binding.events(waiting(9000, door));
    let pauses = stage.binding.events(pausing(1000));
    let (sends, receives) = sync_channel::<Fiber>(1);
    let (receives, from, disorder) = (Mutex::new(receives), shelf.clone(), disorder(stage));
    let own = Box::new(2000);
    let host = Host::doing(2000, move |_, value| {
        let received = receives.lock().map(|channel| channel.recv());
        let left = received.is_ok_and(|fiber| fiber.is_ok_and(|fiber| leaves(fiber, 1000).is_ok()));
        if let Some(table) = from.take() {
            let _ = table.revoke();
        }
        disorder();
        if left { *own + value } else { -9 }
    });
    let ending = stage.binding.events(host.counted(&drops));
    let (way, pauses_way) = (Way::to(&*ending), Way::to(&*pauses));
    drop(shelf.put(ending));
    // So many threads are inside that the next ones have no record.
    let (crowd, crowd_way) = (hire(100), Way::to(&*crowded));
    crowd.iter().for_each(|member| member.send(&crowd_way, WAIT));
    door.wait_for(100);
    let enter = std::thread::spawn(move || {
        let mut paused = Fiber::calling(&pauses_way, WAIT);
        (!paused.run(), paused)
    });
    let (is_inside, paused) = joined(enter)?;
    let member = Member::hire();
    member.send(&way, 7);
    let sent = sends.send(paused);
    let result = member.wait();
    member.dismiss();
    door.open();
    for member in crowd {
        returns(member.wait(), 9000)?;
        member.dismiss();
    }
    holds(is_inside && sent.is_ok(), "the callback has got the fiber")?;
    returns(result, 2007)?;
    refused(way.call(7))?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    holds(pauses.revoke() == Ended::Now, "the fiber has left")
}

fn fiber_ends(stage: &Stage) -> Verdict {
    let (drops, shelf) = (Drops::default(), Shelf::default());
    let table = stage.binding.events(pausing(1000).counted(&drops));
    let (way, from) = (Way::to(&*table), shelf.clone());
    drop(shelf.put(table));
    let disorder = disorder(stage);
    let ended = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&ended);
    let ends = stage.binding.events(Host::doing(2000, move |_, value| {
        // The other fiber's frames are on this thread: to wait for them is to wait for ever.
        let ended = from.take().map(|table| table.revoke());
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = ended;
        disorder();
        2000 + value
    }));
    let ends_way = Way::to(&*ends);
    let mut inside = Fiber::calling(&way, WAIT);
    holds(!inside.run(), "the fiber is inside")?;
    leaves(Fiber::calling(&ends_way, 7), 2007)?;
    let early = drops.count();
    let late = way.call(7);
    leaves(inside, 1000)?;
    refused(late)?;
    let ended = *ended.lock().unwrap_or_else(PoisonError::into_inner);
    holds(ended == Some(Ended::Later), "the end did not wait")?;
    holds(early == 0 && drops.count() == 1, "the host value ended when the call had left")
}

/// A thread that is gone is not waited for; what came in on it may leave all the same.
fn given_up(stage: &Stage) -> Verdict {
    // One, and more than a thread's record has cells.
    for count in [1, 20] {
        let drops = Drops::default();
        let table = stage.binding.events(pausing(1000).counted(&drops));
        let (way, others) = (Way::to(&*table), stage.binding.events(Host::new(2000)));
        let enters = way.clone();
        let enter = std::thread::spawn(move || {
            let mut fibers: Vec<Fiber> =
                (0..count).map(|_| Fiber::calling(&enters, WAIT)).collect();
            let inside = fibers.iter_mut().all(|fiber| !fiber.run());
            (fibers, inside)
        });
        let (fibers, inside) = joined(enter)?;
        let ended = table.revoke();
        let early = drops.count();
        let calls = call_once_each(&Way::to(&*others), 80, 7, 2007);
        let _newcomers = stage.reuse();
        let late = way.call(7);
        let leave = std::thread::spawn(move || {
            fibers.into_iter().rev().try_for_each(|fiber| leaves(fiber, 1000))
        });
        joined(leave)??;
        refused(late)?;
        holds(inside && calls == 80, "the fibers are inside, and later threads call")?;
        holds(ended == Ended::Later && early == 0, "the end did not take them for out")?;
        holds(drops.count() == 1, "the last one out has dropped the host value")?;
        holds(table.revoke() == Ended::Now, "nobody is inside")?;
    }
    if stage.binding.is_library() {
        let gone = |incident: &Incident| incident.kind() == IncidentKind::ThreadGone;
        let told = outlive::take_incidents().iter().filter(|incident| gone(incident)).count();
        holds(told >= 2, "each end has said that it gave a thread up")?;
    }
    Ok(())
}
