//! C calls on threads of its own.

use core::ffi::c_int;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use outlive::{Ended, IncidentKind};

use super::checks::{holds, refused, reported, returns};
use super::crowd::{self, Member, Stream, call_from_a_thread, call_in_exit_rounds, call_once_each};
use super::hosts::{Single, WAIT, counting, disorder, joined, waiting};
use super::survives;
use super::way::Way;
use crate::binding::{Host, REFUSED};
use crate::door::Door;
use crate::drops::Drops;
use crate::keeper::Keeper;
use crate::scenario::{Failure, Scenario, Stage, Verdict};

pub const SCENARIOS: &[Scenario] = &[
    survives("thread_calls_after_the_end", "G5 G8", "C's thread calls on, late", after_the_end),
    survives(
        "thread_whose_first_call_is_late",
        "G5 G8",
        "C's threads call for the first time when the table has ended",
        first_is_late,
    ),
    survives(
        "threads_call_through_a_close",
        "G4 G8",
        "C's threads call as fast as they can while the table ends",
        through_a_close,
    ),
    survives(
        "short_lived_threads",
        "G5 G8",
        "thousands of C's threads come, call once and go",
        short_lived,
    ),
    survives(
        "short_lived_threads_through_closes",
        "G4 G8",
        "C's threads come, call once and go while tables end",
        stream,
    ),
    survives(
        "call_at_thread_exit",
        "G6 G8",
        "C calls from the destructors of a thread, over and over, and the table ends there",
        at_thread_exit,
    ),
    survives(
        "cancelled_thread_calls",
        "G5 G8",
        "C's thread calls, live and late, with a cancellation pending",
        when_cancelled,
    ),
    survives(
        "thread_calls_a_local_table",
        "G8",
        "C's thread calls a table that is another thread's",
        local,
    ),
    survives(
        "threads_call_an_exclusive_table_at_once",
        "G8",
        "C's threads call a table at once that is for one at a time",
        exclusive_at_once,
    ),
    survives(
        "exclusive_table_reentered",
        "G6 G8",
        "C calls a table that is for one at a time from inside of it",
        exclusive_reentered,
    ),
    survives(
        "exclusive_table_from_hand_to_hand",
        "G2 G8",
        "C's threads call in turn while the handle goes from thread to thread",
        from_hand_to_hand,
    ),
    survives(
        "more_threads_inside_than_records",
        "G4 G8",
        "C is inside a table on two hundred threads while it ends",
        crowd_inside,
    ),
    survives(
        "detached_threads_call_at_exit",
        "G5 G8",
        "C's detached threads call on while the table ends and the process exits",
        detached,
    ),
];

fn after_the_end(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(Host::new(1000).counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    returns(member.call(&way, 7), 1007)?;
    let ended = table.revoke();
    holds(ended == Ended::Now && drops.count() == 1, "the host value has ended")?;
    drop(table);
    let _newcomers = stage.reuse();
    refused(member.call(&way, 7))?;
    member.dismiss();
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn first_is_late(stage: &Stage) -> Verdict {
    let (door, other) = (Door::new(), Door::new());
    let table = stage.binding.events(Host::new(1000));
    let way = Way::to(&*table);
    let members: Vec<Member> = (0..60).map(|_| Member::hire()).collect();
    drop(table);
    let _newcomers = stage.reuse();
    for member in &members {
        refused(member.call(&way, 7))?;
    }
    reported(stage, IncidentKind::LateCall, 60)?;
    // Their late calls have left nothing behind that a close would stumble over, or overlook.
    let next = stage.binding.events(waiting(2000, door));
    let idle = stage.binding.events(waiting(3000, other));
    let way = Way::to(&*next);
    members.iter().for_each(|member| member.send(&way, WAIT));
    door.wait_for(60);
    holds(idle.revoke() == Ended::Now, "nobody is inside the third")?;
    holds(next.revoke_timeout(Duration::ZERO) == Ended::Later, "all are inside the second")?;
    door.open();
    for member in members {
        returns(member.wait(), 2000)?;
        member.dismiss();
    }
    holds(next.revoke() == Ended::Now, "all have left")
}

fn through_a_close(stage: &Stage) -> Verdict {
    let (drops, calls) = (Drops::default(), Arc::new(AtomicUsize::new(0)));
    let table = stage.binding.events(counting(1000, &calls).counted(&drops));
    let keeper = Keeper::of(&*table);
    let hammer = keeper.hammer(3);
    hammer.await_calls(200);
    let ended = table.revoke();
    let (at_end, dropped) = (calls.load(Ordering::SeqCst), drops.count());
    let _newcomers = stage.reuse();
    hammer.await_calls(200);
    let hammered = hammer.stop();
    holds(ended == Ended::Now && dropped == 1, "the close has waited")?;
    holds(calls.load(Ordering::SeqCst) == at_end, "no callback ran after the end")?;
    served_by_the_host(hammered.served as usize, at_end)?;
    let late = (hammered.calls - hammered.served) as usize;
    reported(stage, IncidentKind::LateCall, late)
}

/// Each call that was served was served by the host.
fn served_by_the_host(served: usize, by_the_host: usize) -> Verdict {
    if served > by_the_host {
        let strange = served - by_the_host;
        return Err(Failure::misdirected(format!("{strange} calls were served by another")));
    }
    holds(served == by_the_host, "C has the result of each call that the host served")
}

fn short_lived(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let way = Way::to(&*table);
    holds(call_once_each(&way, 1000, 7, 1007) == 1000, "each call was served")?;
    drop(table);
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    holds(call_once_each(&way, 1000, 7, REFUSED) == 1000, "each late call was refused")?;
    reported(stage, IncidentKind::LateCall, 1001)
}

/// A thread that dies between two calls leaves its name to the next, while a close looks at who is
/// inside.
fn stream(stage: &Stage) -> Verdict {
    let (door, drops) = (Door::new(), Drops::default());
    let quiet = stage.binding.events(waiting(9000, door));
    let (way, member) = (Way::to(&*quiet), Member::hire());
    member.send(&way, WAIT);
    door.wait_for(1);
    for _ in 0..20 {
        let calls = Arc::new(AtomicUsize::new(0));
        let table = stage.binding.events(counting(1000, &calls).counted(&drops));
        let stream = Stream::start(&Way::to(&*table), 2);
        stream.await_threads(3);
        let ended = table.revoke();
        let at_end = calls.load(Ordering::SeqCst);
        table.release();
        stream.await_threads(3);
        let served = stream.stop();
        holds(ended == Ended::Now, "nobody is inside")?;
        holds(calls.load(Ordering::SeqCst) == at_end, "no callback ran after the end")?;
        served_by_the_host(served, at_end)?;
    }
    let _newcomers = stage.reuse();
    holds(drops.count() == 20, "each host value was dropped once")?;
    holds(quiet.revoke_timeout(Duration::ZERO) == Ended::Later, "one call is inside all the time")?;
    door.open();
    returns(member.wait(), 9000)?;
    member.dismiss();
    holds(quiet.revoke() == Ended::Now, "it has left")
}

fn at_thread_exit(stage: &Stage) -> Verdict {
    let (drops, calls) = (Drops::default(), AtomicUsize::new(0));
    let disorder = disorder(stage);
    let host = Host::doing(1000, move |inside, value| {
        // The third call comes from the second round of destructors.
        let last = calls.fetch_add(1, Ordering::SeqCst) == 2;
        if last {
            let disorder = disorder;
            inside.revoke();
            disorder();
        }
        1000 + value
    });
    let table = stage.binding.events(host.counted(&drops));
    let way = Way::to(&*table);
    let results = call_in_exit_rounds(&way, 7);
    for result in &results[..3] {
        returns(*result, 1007)?;
    }
    refused(results[3])?;
    holds(drops.count() == 1, "the host value was dropped by the thread that was torn down")?;
    reported(stage, IncidentKind::LateCall, 1)?;
    drop(table);
    refused(call_in_exit_rounds(&way, 7)[3])?;
    holds(drops.count() == 1, "the host value was dropped once")
}

fn when_cancelled(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(Host::new(1000).counted(&drops));
    let way = Way::to(&*table);
    returns(crowd::call_when_cancelled(&way, 7), 1007)?;
    holds(table.revoke() == Ended::Now, "the thread has left")?;
    drop(table);
    let _newcomers = stage.reuse();
    refused(crowd::call_when_cancelled(&way, 7))?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 1)
}

/// Has C call the host's own table, from inside of it.
fn while_alone(single: &Single, value: c_int, f: impl FnOnce()) -> c_int {
    single.alone(|| {
        if value == WAIT {
            f();
        }
        1000 + value
    })
}

fn local(stage: &Stage) -> Verdict {
    let (single, way, seen) = (Single::default(), Way::default(), Arc::new(AtomicI32::new(0)));
    let (own, noted) = (way.clone(), Arc::clone(&seen));
    let host = Host::doing(1000, move |_, value| {
        while_alone(&single, value, || {
            noted.store(call_from_a_thread(&own, 7), Ordering::SeqCst);
        })
    });
    let table = stage.binding.local(host);
    way.lead_to(&*table);
    returns(way.call(WAIT), 1000)?;
    refused(seen.load(Ordering::SeqCst))?;
    refused(call_from_a_thread(&way, 7))?;
    returns(way.call(7), 1007)?;
    reported(stage, IncidentKind::WrongThread, 2)?;
    drop(table);
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    refused(call_from_a_thread(&way, 7))?;
    reported(stage, IncidentKind::LateCall, 2)
}

fn exclusive_at_once(stage: &Stage) -> Verdict {
    let (single, door, drops) = (Single::default(), Door::new(), Drops::default());
    let host = Host::doing(1000, move |_, value| while_alone(&single, value, || door.enter()));
    let table = stage.binding.exclusive(host.counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    member.send(&way, WAIT);
    door.wait_for(1);
    refused(way.call(7))?;
    holds(call_once_each(&way, 40, 7, REFUSED) == 40, "nobody overlaps")?;
    holds(!table.with(&mut |_| ()), "the host waits its turn too")?;
    door.open();
    returns(member.wait(), 1000)?;
    returns(way.call(7), 1007)?;
    returns(member.call(&way, 7), 1007)?;
    reported(stage, IncidentKind::ConcurrentCall, 41)?;
    holds(table.revoke() == Ended::Now && drops.count() == 1, "the host value has ended")?;
    let _newcomers = stage.reuse();
    refused(member.call(&way, 7))?;
    member.dismiss();
    Ok(())
}

fn exclusive_reentered(stage: &Stage) -> Verdict {
    let results = Arc::new(Mutex::new(Vec::new()));
    let (way, through) = (Way::default(), Way::default());
    let (own, other, noted) = (way.clone(), through.clone(), Arc::clone(&results));
    let single = Single::default();
    let table = stage.binding.exclusive(Host::doing(1000, move |_, value| {
        while_alone(&single, value, || {
            let seen = [own.call(7), other.call(7)];
            noted.lock().unwrap_or_else(PoisonError::into_inner).extend(seen);
        })
    }));
    way.lead_to(&*table);
    let back = way.clone();
    let between = stage.binding.events(Host::doing(2000, move |_, value| back.call(value)));
    through.lead_to(&*between);
    returns(way.call(WAIT), 1000)?;
    for result in results.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        refused(*result)?;
    }
    reported(stage, IncidentKind::ConcurrentCall, 2)?;
    // Both ways are open again from outside.
    returns(way.call(7), 1007)?;
    returns(through.call(7), 1007)?;
    drop(table);
    let _newcomers = stage.reuse();
    refused(through.call(7))?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn from_hand_to_hand(stage: &Stage) -> Verdict {
    let (single, drops) = (Single::default(), Drops::default());
    let host = Host::doing(1000, move |_, value| single.alone(|| 1000 + value));
    let mut table = stage.binding.exclusive(host.counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    for value in 0..50 {
        returns(member.call(&way, value), 1000 + value)?;
        let own = way.clone();
        let next = std::thread::spawn(move || (own.call(value), table));
        let (result, handed_on) = joined(next)?;
        returns(result, 1000 + value)?;
        table = handed_on;
    }
    joined(std::thread::spawn(move || drop(table)))?;
    let _newcomers = stage.reuse();
    refused(member.call(&way, 7))?;
    member.dismiss();
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn crowd_inside(stage: &Stage) -> Verdict {
    let (door, drops) = (Door::new(), Drops::default());
    let table = stage.binding.events(waiting(1000, door).counted(&drops));
    let way = Way::to(&*table);
    let members: Vec<Member> = (0..200).map(|_| Member::hire()).collect();
    members.iter().for_each(|member| member.send(&way, WAIT));
    door.wait_for(200);
    let ended = table.revoke_timeout(Duration::from_millis(5));
    let dropped = drops.count();
    let _newcomers = stage.reuse();
    let late = way.call(7);
    door.open();
    let results: Vec<c_int> = members.iter().map(Member::wait).collect();
    members.into_iter().for_each(Member::dismiss);
    for result in results {
        returns(result, 1000)?;
    }
    refused(late)?;
    holds(ended == Ended::Later && dropped == 0, "two hundred calls are inside")?;
    holds(table.revoke() == Ended::Now && drops.count() == 1, "the host value has ended")
}

fn detached(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(Host::new(1000).counted(&drops));
    crowd::detach(&Way::to(&*table), 4);
    let await_calls = |count| {
        let begun = crowd::crowd_detached_calls();
        crate::wait::until(|| crowd::crowd_detached_calls() >= begun + count);
    };
    await_calls(50);
    let ended = table.revoke();
    crowd::crowd_detached_are_late();
    drop(table);
    let _newcomers = stage.reuse();
    await_calls(50);
    holds(ended == Ended::Now && drops.count() == 1, "the host value has ended")?;
    if crowd::crowd_detached_not_refused() != 0 {
        return Err(Failure::misdirected("a late call was served"));
    }
    crowd::crowd_detached_at_exit();
    Ok(())
}
