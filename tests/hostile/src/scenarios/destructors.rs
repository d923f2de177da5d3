//! Destructors of host values that end tables, hold tables, and meet each other.

use core::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::time::Duration;

use outlive::{Ended, IncidentKind};

use super::checks::{holds, refused, reported, returns};
use super::crowd::Member;
use super::hosts::{
    Ends, Handles, Shelf, WAIT, WhenDropped, await_refusal, ending, joined, leaving, waiting,
};
use super::survives;
use super::way::Way;
use crate::binding::{Binding, Host, Shared};
use crate::door::Door;
use crate::drops::Drops;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::keeper_table;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "ended_in_its_own_destructor",
        "G4 G6",
        "the host value's destructor ends the table that is ending",
        itself,
    ),
    survives(
        "two_end_each_other_in_destructors",
        "G4 G6",
        "two threads end two tables, whose destructors end each other at the same time",
        two,
    ),
    survives(
        "three_end_in_a_circle_of_destructors",
        "G4 G6",
        "three threads end three tables, each of which ends the next in its destructor",
        three,
    ),
    survives(
        "destructor_waits_for_a_call_into_another_table",
        "G4 G6",
        "C is inside a table that another one's destructor ends",
        waits,
    ),
    survives(
        "destructor_under_a_call_does_not_wait",
        "G1 G6",
        "C is inside a table that another one's destructor ends, below which C has called",
        under_a_call,
    ),
    survives(
        "ended_together_where_destructors_end_the_next",
        "G4 G6",
        "tables that end together end each other in their destructors, and C is inside one",
        together,
    ),
    survives(
        "destructor_holds_hundreds",
        "G1 G6",
        "a destructor releases its own table, and has hundreds of others come and go",
        holds_hundreds,
    ),
];

/// Each way to end a table and to wait for it.
const WAYS_TO_END: [fn(&Shared<keeper_table>) -> Ended; 2] =
    [|table| table.revoke(), |table| table.revoke_timeout(Duration::from_secs(3600))];

/// The end from outside, and the one of the last call out.
fn itself(stage: &Stage) -> Verdict {
    for end in WAYS_TO_END {
        for by_a_call in [false, true] {
            let (drops, handles, inner) = (Drops::default(), Handles::default(), Ends::default());
            let (reach, noted) = (handles.reach(), inner.clone());
            let host = ending(1000, move || noted.note(reach.end(0, end)));
            handles.fill(vec![stage.binding.events(host.counted(&drops))]);
            let way = Way::to(&*handles.all()[0]);
            if by_a_call {
                returns(way.call(WAIT), 1000)?;
            }
            let ended = end(&handles.all()[0]);
            let _newcomers = stage.reuse();
            refused(way.call(7))?;
            holds(inner.take() == [Ended::Later], "the inner end did not wait for itself")?;
            holds(ended == Ended::Now && drops.count() == 1, "the host value was dropped once")?;
        }
    }
    reported(stage, IncidentKind::LateCall, 4)
}

/// So many threads, each of which ends a table whose destructor then ends the next one's. All destructors run at
/// the same time.
fn circle(stage: &Stage, count: usize) -> Verdict {
    for round in 1..=20 {
        let (drops, handles, inner) = (Drops::default(), Handles::default(), Ends::default());
        let meet = Arc::new(Barrier::new(count));
        let hold = |n: usize| {
            let (meet, reach, noted) = (Arc::clone(&meet), handles.reach(), inner.clone());
            let host = ending((n as c_int + 1) * 1000, move || {
                meet.wait();
                noted.note(reach.end((n + 1) % count, |next| next.revoke()));
            });
            stage.binding.events(host.counted(&drops))
        };
        handles.fill((0..count).map(hold).collect());
        let ended: Vec<Ended> = std::thread::scope(|scope| {
            let closers: Vec<_> =
                handles.all().iter().map(|table| scope.spawn(|| table.revoke())).collect();
            closers.into_iter().flat_map(|closer| closer.join()).collect()
        });
        if round == 20 {
            let _newcomers = stage.reuse();
            handles.ways().iter().try_for_each(|way| refused(way.call(7)))?;
        }
        let inner = inner.take();
        holds(ended == vec![Ended::Now; count], "each end from outside has finished")?;
        holds(inner.len() == count, "each destructor has come to its end")?;
        holds(!stage.binding.is_library() || inner.contains(&Ended::Later), "one did not wait")?;
        holds(drops.count() == count, "each host value was dropped once")?;
    }
    Ok(())
}

fn two(stage: &Stage) -> Verdict {
    circle(stage, 2)
}

fn three(stage: &Stage) -> Verdict {
    circle(stage, 3)
}

/// The end of the outer table waits with its destructor, which must not free what C's call uses.
fn waits(stage: &Stage) -> Verdict {
    let (door, drops, left) = (Door::new(), Drops::default(), Arc::new(AtomicBool::new(false)));
    let inner = stage.binding.events(leaving(1000, door, &left).counted(&drops));
    let (way, member, ends) = (Way::to(&*inner), Member::hire(), Ends::default());
    let (noted, seen) = (ends.clone(), Arc::new(AtomicBool::new(false)));
    let saw = Arc::clone(&seen);
    let host = ending(2000, move || {
        noted.note([inner.revoke()]);
        saw.store(left.load(Ordering::SeqCst), Ordering::SeqCst);
    });
    let outer = stage.binding.events(host.counted(&drops));
    member.send(&way, WAIT);
    door.wait_for(1);
    let closer = std::thread::spawn(move || outer.revoke());
    await_refusal(&way)?;
    let _newcomers = stage.reuse();
    std::thread::sleep(Duration::from_millis(20));
    let early = (closer.is_finished(), drops.count());
    door.open();
    let (result, ended) = (member.wait(), joined(closer)?);
    member.dismiss();
    returns(result, 1000)?;
    holds(early == (false, 0), "the end waits while the call is inside")?;
    let had_left = seen.load(Ordering::SeqCst);
    holds(ends.take() == [Ended::Now] && had_left, "the destructor has waited for the call")?;
    holds(ended == Ended::Now && drops.count() == 2, "each host value was dropped once")?;
    refused(way.call(7))
}

/// Ends a table with a call of C's below: the ways that there are.
const WITH_A_CALL_BELOW: [fn(&Stage, Shared<keeper_table>) -> Verdict; 3] =
    [in_anothers_callback, by_its_last_call, by_the_destroy_notify];

fn in_anothers_callback(stage: &Stage, outer: Shared<keeper_table>) -> Verdict {
    let shelf = Shelf::default();
    let from = shelf.clone();
    drop(shelf.put(outer));
    let ends = stage.binding.events(Host::doing(3000, move |_, value| {
        let ended = from.take().map(|outer| outer.revoke());
        // It does not say that all is over: the inner call is not.
        if ended == Some(Ended::Now) { 3000 + value } else { -7 }
    }));
    returns(Way::to(&*ends).call(7), 3007)
}

fn by_its_last_call(_stage: &Stage, outer: Shared<keeper_table>) -> Verdict {
    returns(Way::to(&*outer).call(WAIT), 2000)
}

fn by_the_destroy_notify(_stage: &Stage, outer: Shared<keeper_table>) -> Verdict {
    let (arg, destroy) = (outer.arg(), outer.notify());
    outer.hand_over(&mut || true);
    // SAFETY: the destructor takes any number.
    unsafe { destroy(arg) };
    Ok(())
}

fn under_a_call(stage: &Stage) -> Verdict {
    for end in WITH_A_CALL_BELOW {
        let (door, drops, outer_drops) = (Door::new(), Drops::default(), Drops::default());
        let inner = stage.binding.events(waiting(1000, door).counted(&drops));
        let (way, member, ends) = (Way::to(&*inner), Member::hire(), Ends::default());
        let noted = ends.clone();
        let host = ending(2000, move || noted.note([inner.revoke()]));
        let outer = stage.binding.events(host.counted(&outer_drops));
        member.send(&way, WAIT);
        door.wait_for(1);
        let verdict = end(stage, outer);
        let (early, outer_dropped) = (drops.count(), outer_drops.count());
        let _newcomers = stage.reuse();
        let late = way.call(7);
        door.open();
        let result = member.wait();
        member.dismiss();
        verdict?;
        refused(late)?;
        returns(result, 1000)?;
        holds(ends.take() == [Ended::Later] && outer_dropped == 1, "the destructor did not wait")?;
        holds(early == 0, "the host value lives while a call is inside")?;
        holds(drops.count() == 1, "the last call out has dropped it")?;
    }
    Ok(())
}

/// The list is ended from its first table to the last, whose destructors end the next or the one before.
fn together(stage: &Stage) -> Verdict {
    const COUNT: usize = 8;
    for step in [1, COUNT - 1] {
        let (door, drops, ends) = (Door::new(), Drops::default(), Ends::default());
        let handles = Handles::default();
        let hold = |n: usize| {
            let (reach, noted) = (handles.reach(), ends.clone());
            let last = WhenDropped(move || {
                noted.note(reach.end((n + step) % COUNT, |next| next.revoke()));
            });
            let own = (n as c_int + 1) * 1000;
            let host = Host::doing(own, move |_, value| {
                let _captured = &last;
                if value == WAIT {
                    door.enter();
                }
                own + value
            });
            stage.binding.events(host.counted(&drops))
        };
        handles.fill((0..COUNT).map(hold).collect());
        let (ways, member) = (handles.ways(), Member::hire());
        member.send(&ways[4], WAIT);
        door.wait_for(1);
        let ended = std::thread::scope(|scope| {
            let closer = scope.spawn(|| stage.binding.revoke_all(handles.all()));
            let refused = ways.iter().try_for_each(await_refusal);
            door.open();
            let ended = closer.join().map_err(|_| Failure::wrong("a thread has panicked"));
            ended.and_then(|ended| refused.map(|()| ended))
        });
        let result = member.wait();
        member.dismiss();
        let _newcomers = stage.reuse();
        ways.iter().try_for_each(|way| refused(way.call(7)))?;
        returns(result, 5000)?;
        holds(ended? == Ended::Now, "all have ended")?;
        holds(ends.take().len() == COUNT, "each destructor has come to its end")?;
        holds(drops.count() == COUNT, "each host value was dropped once")?;
    }
    Ok(())
}

/// Ids of what a destructor holds.
const HELD: c_int = 100_000;

/// Tables come and go, and some stay.
fn come_and_go(binding: &dyn Binding) -> Vec<Shared<keeper_table>> {
    let hold = |n: c_int| binding.events(Host::new(HELD + n * 1000));
    for n in 0..300 {
        let table = hold(n);
        let way = Way::to(&*table);
        table.release();
        way.call(7);
    }
    (0..64).map(hold).collect()
}

/// The slot is the registration's, and what is in it the value, until the destructor has returned.
fn holds_hundreds(stage: &Stage) -> Verdict {
    let (drops, shelf, own) = (Drops::default(), Shelf::default(), Way::default());
    let stay: Arc<Mutex<Vec<Shared<keeper_table>>>> = Arc::default();
    let (binding, from, way, kept) = (stage.binding, shelf.clone(), own.clone(), Arc::clone(&stay));
    let host = ending(1000, move || {
        if let Some(own) = from.take() {
            own.release();
        }
        let held = come_and_go(binding);
        way.call(7);
        kept.lock().unwrap_or_else(PoisonError::into_inner).extend(held);
    });
    let table = stage.binding.events(host.counted(&drops));
    own.lead_to(&*table);
    drop(shelf.put(table));
    returns(own.call(WAIT), 1000)?;
    let _newcomers = stage.reuse();
    refused(own.call(7))?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    let stay = core::mem::take(&mut *stay.lock().unwrap_or_else(PoisonError::into_inner));
    holds(stay.len() == 64, "the destructor has come to its end")?;
    for (n, table) in (0..).zip(&stay) {
        returns(Way::to(&**table).call(7), HELD + n * 1000 + 7)?;
    }
    drop(stay);
    reported(stage, IncidentKind::LateCall, 302)
}
