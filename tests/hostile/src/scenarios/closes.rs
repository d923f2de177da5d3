//! Ends from outside, and by what else goes.

use core::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use outlive::{Ended, IncidentKind};

use super::checks::{holds, refused, reported, returns};
use super::crowd::{Member, call_from_a_thread};
use super::hosts::{Shelf, WAIT, await_refusal, joined, leaving, waiting};
use super::survives;
use super::way::Way;
use crate::binding::{Host, REFUSED, Shared};
use crate::door::Door;
use crate::drops::Drops;
use crate::keeper::Keeper;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::keeper_table;
use crate::system::this_thread;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "dropped_while_inside",
        "G1 G6",
        "C is inside a table that another callback drops",
        dropped_by_another,
    ),
    survives(
        "dropped_by_the_last_thread_out",
        "G1 G8",
        "C's thread leaves a table, as the last one, that was dropped",
        by_the_last_out,
    ),
    survives(
        "ended_from_both_sides",
        "G6",
        "C's callback ends its table at the moment when the host does",
        both_sides,
    ),
    survives("end_waits", "G1 G4", "C is inside a table that ends", waits),
    survives("end_runs_out_of_time", "G4", "C stays inside for longer than an end waits", too_long),
    survives(
        "host_reaches_its_value_during_an_end",
        "G4 G6",
        "C is inside a table that ends, and the callback reaches for its host",
        reaches,
    ),
    survives(
        "released_under_late_calls",
        "G5",
        "C calls with old user data all the time while others take its place",
        under_late_calls,
    ),
    survives("many_ended_at_once", "G4", "C is inside half of the tables that end together", many),
    survives(
        "ended_by_a_destructor",
        "G1 G6",
        "C is inside the last of fifty tables, each of which ends the next in its destructor",
        chain,
    ),
    survives(
        "destructor_waits_for_a_call",
        "G1 G5",
        "the host value's destructor waits for a thread of C that calls the table",
        destructor_waits,
    ),
];

fn revoked(ended: Ended, what: &str) -> Verdict {
    holds(ended == Ended::Now, what)
}

fn dropped_by_another(stage: &Stage) -> Verdict {
    let (door, drops, shelf) = (Door::new(), Drops::default(), Shelf::default());
    let table = stage.binding.events(waiting(1000, door).counted(&drops));
    let (way, member, from) = (Way::to(&*table), Member::hire(), shelf.clone());
    shelf.put(table);
    member.send(&way, WAIT);
    door.wait_for(1);
    let other = stage.binding.events(Host::doing(2000, move |_, value| {
        drop(from.take());
        2000 + value
    }));
    returns(Way::to(&*other).call(7), 2007)?;
    let dropped = drops.count();
    let _newcomers = stage.reuse();
    let late = way.call(7);
    door.open();
    let result = member.wait();
    member.dismiss();
    holds(dropped == 0, "the host value lives while a call is inside")?;
    refused(late)?;
    returns(result, 1000)?;
    holds(drops.count() == 1, "the host value ended when the call had left")?;
    reported(stage, IncidentKind::LateCall, 1)
}

/// Notes the thread that drops it.
struct WhereDropped(Arc<AtomicI32>);

impl Drop for WhereDropped {
    fn drop(&mut self) {
        self.0.store(this_thread(), Ordering::SeqCst);
    }
}

fn by_the_last_out(stage: &Stage) -> Verdict {
    let (dropped_on, called_on) = (Arc::new(AtomicI32::new(0)), Arc::new(AtomicI32::new(0)));
    let (door, drops) = (Door::new(), Drops::default());
    let (note, on) = (WhereDropped(Arc::clone(&dropped_on)), Arc::clone(&called_on));
    let host = Host::doing(1000, move |_, value| {
        let _own = &note;
        door.enter();
        on.store(this_thread(), Ordering::SeqCst);
        1000 + value
    });
    let table = stage.binding.events(host.counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    member.send(&way, 7);
    door.wait_for(1);
    drop(table);
    let _newcomers = stage.reuse();
    door.open();
    returns(member.wait(), 1007)?;
    member.dismiss();
    let (dropped, called) = (&dropped_on.load(Ordering::SeqCst), called_on.load(Ordering::SeqCst));
    holds(drops.count() == 1, "the host value was dropped once")?;
    holds(*dropped == called && called != this_thread(), "the last thread out has dropped it")?;
    refused(way.call(7))
}

fn both_sides(stage: &Stage) -> Verdict {
    let (drops, member) = (Drops::default(), Member::hire());
    for n in 1..=50 {
        let (door, own) = (Door::new(), Box::new(1000));
        let host = Host::doing(1000, move |inside, value| {
            door.enter();
            inside.revoke();
            *own + value
        });
        let table = stage.binding.events(host.counted(&drops));
        let way = Way::to(&*table);
        member.send(&way, 7);
        door.wait_for(1);
        door.open();
        let ended = table.revoke();
        let dropped = drops.count();
        let result = member.wait();
        returns(result, 1007)?;
        revoked(ended, "the host has waited for the callback")?;
        holds(dropped == n && drops.count() == n, "each host value was dropped once, in time")?;
    }
    member.dismiss();
    Ok(())
}

fn waits(stage: &Stage) -> Verdict {
    let (door, drops, left) = (Door::new(), Drops::default(), Arc::new(AtomicBool::new(false)));
    let table = stage.binding.events(leaving(1000, door, &left).counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    member.send(&way, WAIT);
    door.wait_for(1);
    let seen = Arc::clone(&left);
    let closer = std::thread::spawn(move || (table.revoke(), seen.load(Ordering::SeqCst)));
    await_refusal(&way)?;
    let early = drops.count();
    let _newcomers = stage.reuse();
    door.open();
    let (result, (ended, had_left)) = (member.wait(), joined(closer)?);
    member.dismiss();
    returns(result, 1000)?;
    holds(early == 0 && had_left, "the end has waited for the call")?;
    revoked(ended, "nobody is inside any more")?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    refused(way.call(7))
}

fn too_long(stage: &Stage) -> Verdict {
    let (door, drops) = (Door::new(), Drops::default());
    let table = stage.binding.events(waiting(1000, door).counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    member.send(&way, WAIT);
    door.wait_for(1);
    let tries = [0, 5, 20].map(|ms| table.revoke_timeout(Duration::from_millis(ms)));
    let early = drops.count();
    let _newcomers = stage.reuse();
    let late = way.call(7);
    let closer = std::thread::spawn(move || table.revoke_timeout(Duration::MAX));
    door.open();
    let (result, ended) = (member.wait(), joined(closer)?);
    member.dismiss();
    returns(result, 1000)?;
    refused(late)?;
    holds(tries == [Ended::Later; 3] && early == 0, "the call was inside all the time")?;
    revoked(ended, "it has left")?;
    holds(drops.count() == 1, "the host value was dropped once")
}

fn reaches(stage: &Stage) -> Verdict {
    let (door, drops) = (Door::new(), Drops::default());
    let handle: Arc<OnceLock<Shared<keeper_table>>> = Arc::default();
    let other = Arc::new(stage.binding.events(Host::new(2000)));
    let reached = Arc::new(Mutex::new(None));
    let (own, live, noted, id) =
        (Arc::downgrade(&handle), Arc::clone(&other), Arc::clone(&reached), Box::new(1000));
    let table = stage.binding.events(
        Host::doing(1000, move |_, value| {
            let reaches = || {
                let own = own
                    .upgrade()
                    .is_some_and(|own| own.get().is_some_and(|own| own.with(&mut |_| ())));
                (own, live.with(&mut |_| ()))
            };
            let before = reaches();
            door.enter();
            let seen = Some((before, reaches()));
            *noted.lock().unwrap_or_else(PoisonError::into_inner) = seen;
            *id + value
        })
        .counted(&drops),
    );
    let way = Way::to(&*table);
    let _ = handle.set(table);
    let member = Member::hire();
    member.send(&way, 7);
    door.wait_for(1);
    let ends = Arc::clone(&handle);
    let closer = std::thread::spawn(move || ends.get().map(|table| table.revoke()));
    // Each of these calls stands at the door, or is refused.
    let asks = handle.get();
    for _ in 0..2000 {
        if !asks.is_some_and(|table| table.with(&mut |_| ())) {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let _newcomers = stage.reuse();
    door.open();
    let (result, ended) = (member.wait(), joined(closer)?);
    member.dismiss();
    returns(result, 1007)?;
    let seen = reached.lock().unwrap_or_else(PoisonError::into_inner).take();
    holds(seen == Some(((true, true), (false, true))), "a table that ends is closed to its host")?;
    holds(ended == Some(Ended::Now) && drops.count() == 1, "the host value was dropped once")
}

fn under_late_calls(stage: &Stage) -> Verdict {
    let (drops, foreign) = (Drops::default(), Arc::new(AtomicUsize::new(0)));
    let first = stage.binding.events(Host::new(9000).counted(&drops));
    let keeper = Keeper::of(&*first);
    first.release();
    // Its calls pass 1.
    let hammer = keeper.hammer(2);
    hammer.await_calls(10);
    for _ in 0..300 {
        let noted = Arc::clone(&foreign);
        let next = stage.binding.events(
            Host::doing(1000, move |_, value| {
                if value == 1 {
                    noted.fetch_add(1, Ordering::SeqCst);
                }
                1000 + value
            })
            .counted(&drops),
        );
        returns(Way::to(&*next).call(7), 1007)?;
        next.release();
    }
    let _newcomers = stage.reuse();
    let hammered = hammer.stop();
    if hammered.served != 0 || foreign.load(Ordering::SeqCst) != 0 {
        return Err(Failure::misdirected(format!("{} late calls were served", hammered.served)));
    }
    holds(drops.count() == 301, "each host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, hammered.calls as usize)
}

fn many(stage: &Stage) -> Verdict {
    const COUNT: c_int = 16;
    let (door, drops) = (Door::new(), Drops::default());
    let hold = |n| stage.binding.events(waiting((n + 1) * 1000, door).counted(&drops));
    let tables: Vec<Shared<keeper_table>> = (0..2 * COUNT).map(hold).collect();
    let ways: Vec<Way> = tables.iter().map(|table| Way::to(&**table)).collect();
    let members: Vec<Member> = (0..COUNT).map(|_| Member::hire()).collect();
    for (member, way) in members.iter().zip(ways.iter().step_by(2)) {
        member.send(way, WAIT);
    }
    door.wait_for(COUNT);
    let binding = stage.binding;
    let closer = std::thread::spawn(move || (binding.revoke_all(&tables), tables));
    for way in &ways {
        await_refusal(way)?;
    }
    let _newcomers = stage.reuse();
    door.open();
    for (n, member) in (0..).zip(members) {
        returns(member.wait(), (2 * n + 1) * 1000)?;
        member.dismiss();
    }
    let (ended, tables) = joined(closer)?;
    revoked(ended, "all have left")?;
    holds(drops.count() == 2 * COUNT as usize, "each host value was dropped once")?;
    drop(tables);
    holds(drops.count() == 2 * COUNT as usize, "and not again with its handle")
}

fn chain(stage: &Stage) -> Verdict {
    const COUNT: usize = 50;
    let (door, drops) = (Door::new(), Drops::default());
    let mut table = stage.binding.events(waiting(1000, door).counted(&drops));
    let mut ways = vec![Way::to(&*table)];
    for n in 2..=COUNT as c_int {
        let next = table;
        let host = Host::doing(n * 1000, move |_, value| {
            let _owned = &next;
            n * 1000 + value
        });
        table = stage.binding.events(host.counted(&drops));
        ways.push(Way::to(&*table));
    }
    let member = Member::hire();
    member.send(&ways[0], WAIT);
    door.wait_for(1);
    drop(table);
    let dropped = drops.count();
    let _newcomers = stage.reuse();
    let late: Vec<c_int> = ways.iter().map(|way| way.call(7)).collect();
    door.open();
    let result = member.wait();
    member.dismiss();
    for result in late {
        refused(result)?;
    }
    returns(result, 1000)?;
    holds(dropped == COUNT - 1, "all but the one with a call inside ended at once")?;
    holds(drops.count() == COUNT, "that one ended when the call had left")?;
    reported(stage, IncidentKind::LateCall, COUNT)
}

/// Has C call when it is dropped.
struct CallsWhenDropped(Way, Arc<Mutex<Vec<c_int>>>);

impl Drop for CallsWhenDropped {
    fn drop(&mut self) {
        let result = call_from_a_thread(&self.0, 7);
        self.1.lock().unwrap_or_else(PoisonError::into_inner).push(result);
    }
}

fn destructor_waits(stage: &Stage) -> Verdict {
    let (drops, way, results) = (Drops::default(), Way::default(), Arc::default());
    let last = CallsWhenDropped(way.clone(), Arc::clone(&results));
    let host = Host::doing(1000, move |_, value| {
        let _owned = &last;
        1000 + value
    });
    let table = stage.binding.events(host.counted(&drops));
    way.lead_to(&*table);
    returns(way.call(7), 1007)?;
    let ended = table.revoke();
    let _newcomers = stage.reuse();
    let results = results.lock().unwrap_or_else(PoisonError::into_inner).clone();
    holds(results == [REFUSED], "a value that is being dropped is not called")?;
    revoked(ended, "its own destructor does not keep it")?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 1)
}
