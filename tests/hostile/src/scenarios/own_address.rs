//! C calls with the address of a table that ended, of another one, of none, and with one that it made up.

use core::ffi::c_int;
use core::ptr::{null_mut, without_provenance_mut};
use std::sync::{Arc, Mutex, PoisonError};

use outlive::IncidentKind;

use super::checks::{holds, refused, reported, returns};
use super::hosts::{WAIT, waiting};
use super::survives;
use crate::binding::{CLOSE, Host, Shared, Table};
use crate::door::Door;
use crate::drops::Drops;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::{
    filter, filter_call, filter_drop, filter_drop_at_once, filter_drop_on_thread, filter_feed,
    filter_feed_as, filter_feed_copy, filter_feed_often, filter_feed_on_thread, filter_keep,
    filter_mix, filter_node, filter_push, filter_underrun, filter_visit, filter_walk,
};
use crate::warm::warm_up;

pub const SCENARIOS: &[Scenario] = &[
    survives("address_late", "G1 G5", "C calls with the address of a table that ended", late),
    survives(
        "address_released",
        "G5",
        "C calls with the address of a table that was released",
        released,
    ),
    survives("address_invented", "G5", "C calls with addresses that it made up", invented),
    survives(
        "address_of_another_type",
        "G5",
        "C calls with the address of another struct's table",
        of_another,
    ),
    survives("address_of_a_copy", "G5", "C copies a table, and calls with the copy", of_a_copy),
    survives(
        "address_and_pointer_kept",
        "G1 G5",
        "C keeps a function pointer and an address, and no more",
        kept,
    ),
    survives(
        "address_ended_while_called",
        "G4",
        "four threads of C call with an address while the host ends the table",
        while_called,
    ),
    survives(
        "address_ended_while_inside",
        "G1 G4",
        "C is in a table found by its address whose handle is dropped",
        while_inside,
    ),
    survives(
        "address_exclusive_inside",
        "G6 G8",
        "C calls again in a call, where one may be",
        exclusive,
    ),
    survives("address_elsewhere", "G8", "C calls a thread's table on another", elsewhere),
    survives("address_dropped_twice", "G5 G10", "C drops a table three times", dropped_twice),
    survives(
        "address_dropped_at_once",
        "G10",
        "two threads drop a table at the same time",
        at_once,
    ),
    survives("address_dropped_inside", "G6 G10", "C drops a table while it is in it", inside),
    survives("address_many", "G10 G13", "C takes and drops thousands of tables", many),
    survives(
        "address_of_a_part",
        "G2 G3",
        "C links tables by a part, and calls with that",
        of_a_part,
    ),
    survives("address_underrun", "G3 G5", "C writes before a table that it may write", underrun),
];

/// What C has of a filter.
#[derive(Clone, Copy)]
struct Given(*mut filter);

// SAFETY: C may use the table on any thread.
unsafe impl Send for Given {}
// SAFETY: as above.
unsafe impl Sync for Given {}

impl Given {
    fn of(table: &dyn Table<filter>) -> Self {
        Given(table.raw())
    }

    fn feed(self, value: c_int) -> c_int {
        warm_up();
        // SAFETY: the memory of a table is never unmapped; the control breaks that, in the scenario's process.
        unsafe { filter_feed(self.0, value) }
    }

    fn feed_as(self, address: usize) -> c_int {
        // SAFETY: as above; the address may be anything.
        unsafe { filter_feed_as(self.0, without_provenance_mut(address), 7) }
    }

    fn drop(self) -> c_int {
        warm_up();
        // SAFETY: as above.
        unsafe { filter_drop(self.0) }
    }
}

/// C takes the table for good.
fn give(table: Shared<filter>) -> Given {
    let given = Given::of(&*table);
    table.hand_over(&mut || true);
    given
}

fn others(stage: &Stage) -> Vec<Shared<filter>> {
    (6000..6200).map(|n| stage.binding.filter(Host::new(n * 1000))).collect()
}

fn are_served(others: &[Shared<filter>]) -> Verdict {
    (6000..)
        .zip(others)
        .try_for_each(|(n, other)| returns(Given::of(&**other).feed(7), n * 1000 + 7))
}

fn late(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.filter(Host::new(1000).counted(&drops));
    let given = Given::of(&*table);
    returns(given.feed(7), 1007)?;
    drop(table);
    holds(drops.count() == 1, "the host value was dropped once")?;
    let (others, _newcomers) = (others(stage), stage.reuse());
    refused(given.feed(8))?;
    // SAFETY: as for `Given::feed`.
    refused(unsafe { filter_mix(given.0, 1, 2) })?;
    // SAFETY: as above.
    refused(unsafe { filter_feed_on_thread(given.0, 8) })?;
    reported(stage, IncidentKind::LateCall, 3)?;
    are_served(&others)
}

fn released(stage: &Stage) -> Verdict {
    let neighbour = stage.binding.filter(Host::new(2000));
    let table = stage.binding.filter(Host::new(1000));
    let given = Given::of(&*table);
    table.release();
    let (others, _newcomers) = (others(stage), stage.reuse());
    for _ in 0..100 {
        refused(given.feed(8))?;
    }
    reported(stage, IncidentKind::LateCall, 100)?;
    returns(Given::of(&*neighbour).feed(7), 2007)?;
    are_served(&others)
}

fn invented(stage: &Stage) -> Verdict {
    let table = stage.binding.filter(Host::new(1000));
    let good = Given::of(&*table);
    let (address, local) = (good.0.addr(), 0_u64);
    let near = [1, 4, 8, 16, 4096, 1 << 16, 1 << 30].map(|distance| address.wrapping_add(distance));
    let far = [0, 8, usize::MAX, usize::MAX / 2, &raw const local as usize];
    for bad in near.into_iter().chain(far) {
        refused(good.feed_as(bad))?;
    }
    reported(stage, IncidentKind::BadArgument, 12)?;
    returns(good.feed(7), 1007)
}

fn of_another(stage: &Stage) -> Verdict {
    let table = stage.binding.filter(Host::new(1000));
    let (node, object) =
        (stage.binding.node(Host::new(2000)), stage.binding.object(Host::new(3000)));
    let given = Given::of(&*table);
    refused(given.feed_as(node.raw().addr()))?;
    refused(given.feed_as(object.raw().addr()))?;
    reported(stage, IncidentKind::BadArgument, 2)?;
    returns(given.feed(7), 1007)
}

fn of_a_copy(stage: &Stage) -> Verdict {
    let table = stage.binding.filter(Host::new(1000));
    // SAFETY: the table lives.
    refused(unsafe { filter_feed_copy(table.raw(), 7) })?;
    reported(stage, IncidentKind::BadArgument, 1)?;
    returns(Given::of(&*table).feed(7), 1007)
}

fn kept(stage: &Stage) -> Verdict {
    let table = stage.binding.filter(Host::new(1000));
    let given = Given::of(&*table);
    // SAFETY: the table lives.
    let feed = unsafe { filter_keep(given.0) };
    // SAFETY: code is never unmapped; the rest as for `Given::feed`.
    let call = || unsafe { filter_call(feed, given.0, 7) };
    returns(call(), 1007)?;
    table.release();
    let (_others, _newcomers) = (others(stage), stage.reuse());
    refused(call())?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn while_called(stage: &Stage) -> Verdict {
    for _ in 0..30 {
        let drops = Drops::default();
        let table = stage.binding.filter(Host::new(1000).counted(&drops));
        let given = Given::of(&*table);
        // SAFETY: as for `Given::feed`.
        let calls =
            std::thread::spawn(move || unsafe { filter_feed_often({ given }.0, 7, 4, 200) });
        let _ = table.revoke();
        holds(drops.count() == 1, "the host value was dropped once")?;
        let count = calls.join().unwrap_or(-1);
        holds((0..=4).contains(&count), "each thread was refused once, or was done before")?;
    }
    Ok(())
}

fn while_inside(stage: &Stage) -> Verdict {
    let (door, drops) = (Door::new(), Drops::default());
    let table = stage.binding.filter(waiting(1000, door).counted(&drops));
    let given = Given::of(&*table);
    let call = std::thread::spawn(move || given.feed(WAIT));
    door.wait_for(1);
    drop(table);
    let early = drops.count();
    let (_others, _newcomers) = (others(stage), stage.reuse());
    let late = given.feed(8);
    door.open();
    returns(call.join().unwrap_or(-7), 1000)?;
    holds(early == 0, "the value lives while C is inside")?;
    refused(late)?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 1)
}

/// A host that calls its own table for the value 0, as C would.
fn calling_itself(own: &Arc<Mutex<Option<Given>>>, then: fn(Given) -> c_int) -> Host {
    let own = Arc::clone(own);
    Host::doing(1000, move |_, value| {
        let given = *own.lock().unwrap_or_else(PoisonError::into_inner);
        if value == 0 { given.map_or(0, then) } else { 1000 + value }
    })
}

fn exclusive(stage: &Stage) -> Verdict {
    let own = Arc::new(Mutex::new(None));
    let host = calling_itself(&own, |given| given.feed(7));
    let table = stage.binding.exclusive_filter(host);
    let given = Given::of(&*table);
    *own.lock().unwrap_or_else(PoisonError::into_inner) = Some(given);
    refused(given.feed(0))?;
    reported(stage, IncidentKind::ConcurrentCall, 1)?;
    returns(given.feed(7), 1007)
}

fn elsewhere(stage: &Stage) -> Verdict {
    let table = stage.binding.local_filter(Host::new(1000));
    let given = Given::of(&*table);
    returns(given.feed(7), 1007)?;
    // SAFETY: as for `Given::feed`.
    refused(unsafe { filter_feed_on_thread(given.0, 7) })?;
    reported(stage, IncidentKind::WrongThread, 1)
}

const DROPPED: c_int = 1000 + CLOSE;

fn dropped_twice(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let given = give(stage.binding.filter(Host::new(1000).counted(&drops)));
    returns(given.drop(), DROPPED)?;
    let (others, _newcomers) = (others(stage), stage.reuse());
    refused(given.drop())?;
    // SAFETY: as for `Given::feed`.
    refused(unsafe { filter_drop_on_thread(given.0) })?;
    refused(given.feed(7))?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 3)?;
    are_served(&others)
}

fn at_once(stage: &Stage) -> Verdict {
    for _ in 0..100 {
        let drops = Drops::default();
        let given = give(stage.binding.filter(Host::new(1000).counted(&drops)));
        // SAFETY: as for `Given::feed`.
        let count = unsafe { filter_drop_at_once(given.0) };
        // Both may be served, where neither had left when the other came.
        holds((0..=1).contains(&count), "one call at least was served")?;
        holds(drops.count() == 1, "the host value was dropped once")?;
    }
    Ok(())
}

fn inside(stage: &Stage) -> Verdict {
    let (own, drops) = (Arc::new(Mutex::new(None)), Drops::default());
    let host = calling_itself(&own, |given| given.drop() + 1);
    let given = give(stage.binding.filter(host.counted(&drops)));
    *own.lock().unwrap_or_else(PoisonError::into_inner) = Some(given);
    returns(given.feed(0), DROPPED + 1)?;
    let _newcomers = stage.reuse();
    refused(given.feed(7))?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn many(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    for n in 0..5000 {
        let given = give(stage.binding.filter(Host::new(1000).counted(&drops)));
        returns(given.feed(7), 1007)?;
        returns(given.drop(), DROPPED)?;
        holds(drops.count() == n + 1, "each host value was dropped once")?;
    }
    reported(stage, IncidentKind::LateCall, 0)
}

fn of_a_part(stage: &Stage) -> Verdict {
    let mut nodes: Vec<_> = (1..=3).map(|n| stage.binding.node(Host::new(n * 1000))).collect();
    let mut list = null_mut();
    for node in &nodes {
        // SAFETY: the nodes live, and C may write their links.
        list = unsafe { filter_push(node.raw(), list) };
    }
    // SAFETY: as above.
    returns(unsafe { filter_walk(list, 7) }, 6021)?;
    // The one in the middle ends, and C has not unlinked it.
    drop(nodes.remove(1));
    let _newcomers = stage.reuse();
    let others: Vec<_> = (6..200).map(|n| stage.binding.node(Host::new(n * 1000))).collect();
    // SAFETY: an ended table stays until it is released.
    returns(unsafe { filter_walk(list, 7) }, 4014 - 1)?;
    reported(stage, IncidentKind::LateCall, 1)?;
    for node in &others {
        // SAFETY: the table lives, and C is not writing.
        holds(unsafe { (*node.raw()).link.seen } == 0, "C wrote into no other table")?;
    }
    holds(nodes.iter().all(|node| node.altered().is_none_or(|count| count == 0)), "all are intact")
}

/// What stands before a table is a number that is checked, as user data is.
fn underrun(stage: &Stage) -> Verdict {
    let (node, other) = (stage.binding.node(Host::new(1000)), stage.binding.node(Host::new(2000)));
    let visit = |node: &Shared<filter_node>| {
        warm_up();
        // SAFETY: the table lives.
        unsafe { filter_visit(node.raw(), 7) }
    };
    // SAFETY: as above, and there is memory before it.
    let write = |word| unsafe { filter_underrun(node.raw(), word) };
    let before = write(0x4141_4141_4141_4141);
    refused(visit(&node))?;
    write(before ^ 1 << 32);
    refused(visit(&node))?;
    returns(visit(&other), 2007)?;
    reported(stage, IncidentKind::BadArgument, 2)?;
    write(before);
    returns(visit(&node), 1007)
}
