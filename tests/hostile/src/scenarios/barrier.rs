//! The kernel forbids membarrier(2), as a sandbox may.

use core::ffi::c_int;

use outlive::{Ended, IncidentKind};

use super::checks::{holds, refused, reported, returns};
use super::survives;
use super::way::Way;
use crate::binding::{Host, Shared};
use crate::door::Door;
use crate::drops::Drops;
use crate::keeper::Keeper;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::keeper_table;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "membarrier_forbidden_before",
        "G4",
        "a sandbox forbids membarrier before the first table",
        before,
    ),
    survives("membarrier_forbidden_after", "G4 G5", "a sandbox forbids membarrier later", after),
    survives(
        "membarrier_forbidden_while_inside",
        "G4 G5",
        "a sandbox forbids membarrier while a table ends that C is inside of",
        while_inside,
    ),
];

unsafe extern "C" {
    safe fn exits_forbid_membarrier() -> c_int;
}

/// Forbids it for the whole process.
fn forbid() -> Verdict {
    if exits_forbid_membarrier() != 0 {
        return Ok(());
    }
    let refusal = std::io::Error::last_os_error();
    Err(Failure::skipped(format!("the system refuses seccomp: {refusal}")))
}

/// Whether closes use it at all.
fn is_in_use() -> bool {
    const PRIVATE_EXPEDITED: libc::c_long = 1 << 3;
    // SAFETY: membarrier(2) takes integers; this asks for what there is.
    let commands = unsafe { libc::syscall(libc::SYS_membarrier, 0, 0, 0) };
    std::env::var_os("OUTLIVE_GATE").is_none() && commands > 0 && commands & PRIVATE_EXPEDITED != 0
}

/// Fences take its place: a close waits as ever.
fn before(stage: &Stage) -> Verdict {
    forbid()?;
    let (drops, door) = (Drops::default(), Door::new());
    let slow = stage.binding.events(
        Host::doing(1000, move |_, value| {
            door.enter();
            1000 + value
        })
        .counted(&drops),
    );
    let keeper = Keeper::of(&*slow);
    let job = keeper.start(7);
    door.wait_for(1);
    let closer = std::thread::spawn(move || slow.revoke());
    // It is at its wait, or before it: the value lives either way.
    let _newcomers = stage.reuse();
    std::thread::yield_now();
    let early = drops.count();
    door.open();
    let (result, ended) = (job.join(), closer.join());
    returns(result, 1007)?;
    holds(early == 0 && drops.count() == 1, "the host value ends when the call has left")?;
    holds(ended.is_ok_and(|ended| ended == Ended::Now), "the close has waited")?;
    refused(keeper.call(7))?;
    reported(stage, IncidentKind::LateCall, 1)?;
    many(stage)
}

/// Tables come and go under fire.
fn many(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    for _ in 0..20 {
        let table = stage.binding.events(Host::new(1000).counted(&drops));
        let keeper = Keeper::of(&*table);
        let hammer = keeper.hammer(2);
        hammer.await_calls(5);
        let ended = table.revoke();
        hammer.stop();
        holds(ended == Ended::Now, "nobody is inside")?;
    }
    holds(drops.count() == 20, "each host value was dropped once")
}

/// Nobody can know any more who is inside: the value is kept, and calls are refused.
fn after(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(Host::new(1000).counted(&drops));
    let used = is_in_use();
    forbid()?;
    let way = Way::to(&*table);
    returns(way.call(7), 1007)?;
    let ended = table.revoke();
    let dropped = drops.count();
    if used {
        reported(stage, IncidentKind::BarrierLost, 1)?;
    }
    let _newcomers = newcomers(stage);
    refused(way.call(7))?;
    reported(stage, IncidentKind::LateCall, 1)?;
    if !used {
        return holds(ended == Ended::Now && dropped == 1, "fences take its place");
    }
    holds(ended == Ended::Later && dropped == 0, "the host value is kept")?;
    let next = stage.binding.events(Host::new(2000).counted(&drops));
    let way = Way::to(&*next);
    returns(way.call(7), 2007)?;
    drop(next);
    reported(stage, IncidentKind::BarrierLost, 1)?;
    refused(way.call(7))?;
    holds(drops.count() == 0, "this one is kept too")
}

/// Tables that take the place of what has ended. None of them ends, for each would be kept for good.
fn newcomers(stage: &Stage) -> Vec<Shared<keeper_table>> {
    let count = if stage.reuse { 200 } else { 0 };
    (0..count).map(|n| stage.binding.events(Host::new(5_000_000 + n * 1000))).collect()
}

fn while_inside(stage: &Stage) -> Verdict {
    let (drops, door) = (Drops::default(), Door::new());
    let table = stage.binding.events(
        Host::doing(1000, move |inside, value| {
            inside.revoke();
            door.enter();
            1000 + value
        })
        .counted(&drops),
    );
    let keeper = Keeper::of(&*table);
    let job = keeper.start(7);
    door.wait_for(1);
    // The end is left to the last call out. It finds nobody inside without a barrier of its own.
    forbid()?;
    door.open();
    let result = job.join();
    let _newcomers = newcomers(stage);
    refused(keeper.call(7))?;
    returns(result, 1007)?;
    holds(drops.count() == 1, "the host value was dropped by the last call out")?;
    drop(table);
    holds(drops.count() == 1, "the host value was dropped once")
}
