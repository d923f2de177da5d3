//! Children that no handler of `fork` announces, and what a thread had half done when a child was made.

use core::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use outlive::Ended;

use super::checks::{holds, refused, returns};
use super::children::{How, finish, fork_by, forking, in_child_by, verdict_of};
use super::crowd::{Member, call_once_each};
use super::hosts::{Ends, Shelf, WAIT, await_refusal, ending, joined, waiting};
use super::survives;
use super::way::Way;
use crate::binding::{Host, OVERLAP, Shared};
use crate::door::Door;
use crate::drops::Drops;
use crate::need::Need;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::keeper_table;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "underscore_fork_while_threads_are_inside",
        "G1 G4 G8",
        "C makes a child by _Fork while its threads are inside; the child calls and ends the tables",
        around_threads,
    )
    .needing(&[Need::Fork]),
    survives(
        "clone_inside",
        "G1 G4 G8",
        "C makes a child by the system call in a callback; both leave it, are inside again, and end tables",
        inside,
    )
    .needing(&[Need::Fork]),
    survives(
        "new_thread_of_a_clone_calls_first",
        "G1 G8",
        "C makes a child by the system call in a callback, where a new thread calls and ends the table first",
        new_thread_first,
    )
    .needing(&[Need::Fork]),
    survives(
        "vfork_inside",
        "G4 G8",
        "C replaces a child of vfork in a callback, and the table ends meanwhile",
        vfork_inside,
    )
    .needing(&[Need::Fork]),
    survives(
        "fork_in_the_middle_of_a_destructor",
        "G1 G8",
        "C forks while a thread is half-way in a host value's destructor; the child ends the table",
        around_a_destructor,
    )
    .needing(&[Need::Fork]),
    survives(
        "fork_while_a_thread_changes_a_value",
        "G1 G8",
        "C forks while a thread is changing a host value, alone; the child calls, and ends the table",
        around_a_change,
    )
    .needing(&[Need::Fork]),
    survives(
        "fork_around_a_late_call",
        "G4 G8",
        "C forks while its threads call late, deep inside; the child has a new table in that slot",
        around_a_late_call,
    )
    .needing(&[Need::Fork]),
];

unsafe extern "C" {
    safe fn child_wipes_memory() -> c_int;
    safe fn child_vfork_and_exec(milliseconds: c_int, status: c_int) -> c_int;
}

fn around_threads(stage: &Stage) -> Verdict {
    if !How::UnderscoreFork.is_there() {
        return Err(Failure::skipped("the C library has no _Fork"));
    }
    let (door, drops) = (Door::new(), Drops::default());
    let table = stage.binding.events(waiting(1000, door).counted(&drops));
    let alone = stage.binding.exclusive(waiting(2000, door).counted(&drops));
    let (way, alone_way) = (Way::to(&*table), Way::to(&*alone));
    let members = [Member::hire(), Member::hire()];
    members[0].send(&way, WAIT);
    members[1].send(&alone_way, WAIT);
    door.wait_for(2);
    let in_the_child = in_child_by(How::UnderscoreFork, || {
        returns(way.call(7), 1007)?;
        // The threads that were inside are not here, and what they have left may be half done.
        refused(alone_way.call(7))?;
        let ended = [table.revoke(), alone.revoke()];
        holds(ended == [Ended::Later; 2] && drops.count() == 0, "the host values are kept")?;
        let _newcomers = stage.reuse();
        refused(way.call(7))?;
        let next = stage.binding.events(Host::new(3000));
        holds(call_once_each(&Way::to(&*next), 80, 7, 3007) == 80, "its own threads call")?;
        holds(next.revoke() == Ended::Now, "and leave")
    });
    let later = table.revoke_timeout(Duration::ZERO);
    let early = drops.count();
    let _newcomers = stage.reuse();
    door.open();
    let results = members.map(|member| {
        let result = member.wait();
        member.dismiss();
        result
    });
    in_the_child?;
    returns(results[0], 1000)?;
    returns(results[1], 2000)?;
    holds(later == Ended::Later && early == 0, "the child's ends are not the parent's")?;
    holds(table.revoke() == Ended::Now && alone.revoke() == Ended::Now, "all have left")?;
    holds(drops.count() == 2, "each host value was dropped once")
}

/// Is inside once more, on this thread, while threads come and go and one of them ends the table.
fn again_inside(stage: &Stage) -> Verdict {
    let (shelf, drops) = (Shelf::default(), Drops::default());
    let other = stage.binding.events(Host::new(3000));
    let (way, others) = (Way::default(), Way::to(&*other));
    let verdict = Arc::new(Mutex::new(None));
    let (own, from, noted, seen) =
        (way.clone(), shelf.clone(), Arc::clone(&verdict), drops.clone());
    let host = Host::doing(4000, move |_, value| {
        let Some(table) = from.take() else { return 4000 + value };
        let closer = std::thread::spawn(move || table.revoke());
        let found = await_refusal(&own).and_then(|()| {
            let calls = call_once_each(&others, 80, 7, 3007);
            holds(calls == 80, "other threads call meanwhile")?;
            let early = (closer.is_finished(), seen.count());
            holds(early == (false, 0), "the end waits for the call on the first thread")
        });
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some((found, closer));
        4000 + value
    });
    let table = stage.binding.events(host.counted(&drops));
    way.lead_to(&*table);
    drop(shelf.put(table));
    returns(way.call(7), 4007)?;
    let found = verdict.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (verdict, closer) = found.ok_or_else(|| Failure::wrong("the callback has not run"))?;
    let ended = joined(closer)?;
    verdict?;
    holds(ended == Ended::Now && drops.count() == 1, "the host value was dropped once")?;
    holds(other.revoke() == Ended::Now, "the others have left")
}

fn inside(stage: &Stage) -> Verdict {
    let (drops, forked) = (Drops::default(), Arc::default());
    let host = forking(1000, How::SystemCall, &forked);
    let table = stage.binding.events(host.counted(&drops));
    let way = Way::to(&*table);
    let result = way.call(WAIT);
    // Both are here, and do the same.
    let go_on = || {
        returns(result, 1000)?;
        returns(way.call(7), 1007)?;
        again_inside(stage)?;
        holds(table.revoke() == Ended::Now && drops.count() == 1, "nobody is inside")?;
        let _newcomers = stage.reuse();
        refused(way.call(7))
    };
    match forked.load(Ordering::SeqCst) {
        0 => finish(go_on()),
        child => verdict_of(child).and_then(|()| go_on()),
    }
}

/// The first thread of the child is inside, and has done nothing there that the library could have noticed.
fn new_thread_first(stage: &Stage) -> Verdict {
    let (drops, way, shelf) = (Drops::default(), Way::default(), Shelf::default());
    let other = stage.binding.events(Host::new(2000));
    let (child, verdict) = (Arc::new(AtomicI32::new(0)), Arc::new(Mutex::new(Ok(()))));
    let (own, others, from, seen) = (way.clone(), Way::to(&*other), shelf.clone(), drops.clone());
    let (forked, noted) = (Arc::clone(&child), Arc::clone(&verdict));
    let in_the_child = move || {
        let member = Member::hire();
        returns(member.call(&own, 7), 1007)?;
        let table = from.take().ok_or_else(|| Failure::wrong("there is no table"))?;
        let ended = joined(std::thread::spawn(move || table.revoke()))?;
        holds(ended == Ended::Later, "the first thread is inside")?;
        refused(member.call(&own, 7))?;
        member.dismiss();
        holds(call_once_each(&others, 80, 7, 2007) == 80, "more threads call")?;
        holds(seen.count() == 0, "the host value lives while the first thread is inside")
    };
    let text = String::from("of the host value");
    let host = Host::doing(1000, move |_, value| {
        if value == WAIT {
            forked.store(fork_by(How::SystemCall), Ordering::SeqCst);
            if forked.load(Ordering::SeqCst) == 0 {
                *noted.lock().unwrap_or_else(PoisonError::into_inner) = in_the_child();
            }
        }
        if text == "of the host value" { 1000 + value } else { -7 }
    });
    let table = stage.binding.events(host.counted(&drops));
    way.lead_to(&*table);
    drop(shelf.put(table));
    let result = way.call(WAIT);
    let go_on = || {
        verdict.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        returns(result, 1000)?;
        // In the parent it ends here.
        drop(shelf.take());
        holds(drops.count() == 1, "the host value was dropped once")?;
        let _newcomers = stage.reuse();
        refused(way.call(7))?;
        holds(other.revoke() == Ended::Now, "nobody is inside another table")
    };
    match child.load(Ordering::SeqCst) {
        0 => finish(go_on()),
        child => verdict_of(child).and_then(|()| go_on()),
    }
}

/// Until the child is another program it uses the parent's memory, and the thread that made it does not run.
fn vfork_inside(stage: &Stage) -> Verdict {
    let (drops, begun, status) =
        (Drops::default(), Arc::new(AtomicBool::new(false)), Arc::new(AtomicI32::new(0)));
    let (begins, noted, own) = (Arc::clone(&begun), Arc::clone(&status), Box::new(1000));
    let host = Host::doing(1000, move |_, value| {
        if value == WAIT {
            begins.store(true, Ordering::SeqCst);
            noted.store(child_vfork_and_exec(400, 9), Ordering::SeqCst);
        }
        *own + value
    });
    let table = stage.binding.events(host.counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    member.send(&way, WAIT);
    crate::wait::until(|| begun.load(Ordering::SeqCst));
    // It is most likely in the middle of it.
    std::thread::sleep(Duration::from_millis(100));
    let (ended, dropped) = (table.revoke(), drops.count());
    let status = status.load(Ordering::SeqCst);
    let result = member.wait();
    let _newcomers = stage.reuse();
    refused(member.call(&way, 7))?;
    member.dismiss();
    returns(result, 1000)?;
    holds(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 9, "the child was replaced")?;
    holds(ended == Ended::Now && dropped == 1, "the end has waited for the call")?;
    holds(drops.count() == 1, "the host value was dropped once")
}

/// In the child nobody will finish it, and nobody may begin it again.
fn around_a_destructor(stage: &Stage) -> Verdict {
    let (door, drops, ends) = (Door::new(), Drops::default(), Ends::default());
    let table = Arc::new(stage.binding.events(ending(1000, move || door.enter()).counted(&drops)));
    let way = Way::to(&**table);
    let (closes, noted) = (Arc::clone(&table), ends.clone());
    let closer = std::thread::spawn(move || noted.note([closes.revoke()]));
    door.wait_for(1);
    let mut verdict = Ok(());
    for how in How::each() {
        let in_the_child = in_child_by(how, || {
            refused(way.call(7))?;
            let next = stage.binding.events(Host::new(2000));
            returns(Way::to(&*next).call(7), 2007)?;
            holds(next.revoke() == Ended::Now, "another table ends")?;
            holds(table.revoke() == Ended::Later, "this one is not to end any more")?;
            let _newcomers = stage.reuse();
            holds(drops.count() == 0, "the destructor has not gone on, and not begun again")?;
            refused(way.call(7))
        });
        verdict = verdict.and(in_the_child);
    }
    door.open();
    joined(closer)?;
    verdict?;
    holds(ends.take() == [Ended::Now] && drops.count() == 1, "the parent's destructor goes on")?;
    holds(table.revoke() == Ended::Now, "nobody is inside")
}

/// A box that a call takes out and puts back: in between, what stands here is gone.
struct Changing(*mut c_int);

// SAFETY: it is a box.
unsafe impl Send for Changing {}

impl Changing {
    fn change(&mut self, between: impl FnOnce()) -> c_int {
        // SAFETY: it came from a box, here or in `new`.
        let value = *unsafe { Box::from_raw(self.0) };
        between();
        self.0 = Box::into_raw(Box::new(value + 1));
        value
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        self.change(|| ());
        // SAFETY: `change` has made it.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// In the child nobody will complete the change, and nobody may meet it.
fn around_a_change(stage: &Stage) -> Verdict {
    let (door, drops) = (Door::new(), Drops::default());
    let changing = Mutex::new(Changing(Box::into_raw(Box::new(1000))));
    let host = Host::doing(1000, move |_, value| {
        // The table is exclusive, so this never fails; in a child of a locked mutex it would.
        let Ok(mut changing) = changing.try_lock() else { return OVERLAP };
        changing.change(|| {
            if value == WAIT {
                door.enter();
            }
        })
    });
    let table = stage.binding.exclusive(host.counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    returns(way.call(7), 1000)?;
    member.send(&way, WAIT);
    door.wait_for(1);
    let mut verdict = Ok(());
    for how in How::each() {
        verdict = verdict.and(in_child_by(how, || {
            refused(way.call(7))?;
            holds(table.revoke() == Ended::Later, "it is not to end any more")?;
            refused(way.call(7))?;
            let next = stage.binding.exclusive(Host::new(2000));
            returns(Way::to(&*next).call(7), 2007)?;
            holds(next.revoke() == Ended::Now && drops.count() == 0, "another table ends, alone")
        }));
    }
    door.open();
    let result = member.wait();
    member.dismiss();
    verdict?;
    returns(result, 1001)?;
    returns(way.call(7), 1002)?;
    holds(table.revoke() == Ended::Now && drops.count() == 1, "the parent's change is complete")
}

/// A late call of a thread whose record is full stands in its old slot for a moment. Where the child is made in
/// that moment, nobody takes it out.
fn around_a_late_call(stage: &Stage) -> Verdict {
    const DEEP: c_int = 10;
    // Without such memory a child does not know that it alone is here, and takes the call for one inside.
    if child_wipes_memory() == 0 {
        return Err(Failure::skipped("the system wipes no memory in children"));
    }
    let (is_over, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (down, late) = (Way::default(), Way::default());
    let (own, calls_late, over, made) =
        (down.clone(), late.clone(), Arc::clone(&is_over), Arc::clone(&calls));
    let host = Host::doing(1000, move |_, depth| {
        if depth > 0 {
            return own.call(depth - 1);
        }
        let mut misdirected = 0;
        while !over.load(Ordering::SeqCst) {
            misdirected += c_int::from(calls_late.call(7) >= 0);
            made.fetch_add(1, Ordering::SeqCst);
        }
        1000 + misdirected
    });
    let deep = stage.binding.events(host);
    down.lead_to(&*deep);
    let gone = stage.binding.events(Host::new(2000));
    late.lead_to(&*gone);
    gone.release();
    let members = [Member::hire(), Member::hire()];
    members.iter().for_each(|member| member.send(&down, DEEP));
    crate::wait::until(|| calls.load(Ordering::SeqCst) > 100);
    let mut verdict = Ok(());
    for _ in 0..100 {
        verdict = verdict.and_then(|()| {
            in_child_by(How::Fork, || {
                let hold = |n| stage.binding.events(Host::new(n * 1000));
                let tables: Vec<Shared<keeper_table>> = (3..6).map(hold).collect();
                for (n, table) in (3..).zip(&tables) {
                    returns(Way::to(&**table).call(7), n * 1000 + 7)?;
                    holds(table.revoke() == Ended::Now, "nobody is inside a new table")?;
                }
                Ok(())
            })
        });
    }
    is_over.store(true, Ordering::SeqCst);
    for member in members {
        returns(member.wait(), 1000)?;
        member.dismiss();
    }
    let _newcomers = stage.reuse();
    verdict?;
    holds(deep.revoke() == Ended::Now, "all have left")
}
