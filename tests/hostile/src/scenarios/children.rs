//! Forked children, and the last moments of a process.

use core::ffi::{c_int, c_void};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use outlive::Ended;

use super::checks::{holds, refused, returns};
use super::crowd::{Member, call_once_each};
use super::hosts::{WAIT, await_refusal, counting, joined, waiting};
use super::survives;
use super::way::Way;
use crate::binding::{Host, REFUSED, alive_throughout};
use crate::door::Door;
use crate::drops::Drops;
use crate::keeper::Keeper;
use crate::need::Need;
use crate::scenario::{Failure, Outcome, Scenario, Stage, Verdict};
use crate::sys::keeper_table;

pub const SCENARIOS: &[Scenario] = &[
    survives("call_in_a_child", "G5 G8", "C calls, live and late, in a forked child", in_a_child)
        .needing(&[Need::Fork]),
    survives(
        "fork_inside",
        "G1 G6 G8",
        "C forks in a callback; parent and child leave it, call, and end the table",
        inside,
    )
    .needing(&[Need::Fork]),
    survives(
        "fork_while_a_thread_is_inside",
        "G1 G8",
        "C forks while its thread is inside; the child ends the table",
        around_a_thread,
    )
    .needing(&[Need::Fork]),
    survives(
        "fork_while_a_thread_is_deep_inside",
        "G1 G8",
        "C forks while its thread is twenty calls deep inside; the child ends the table",
        around_a_deep_thread,
    )
    .needing(&[Need::Fork]),
    survives(
        "fork_while_a_table_ends",
        "G4 G8",
        "C forks while a thread waits for a call to leave; the child goes on",
        around_a_close,
    )
    .needing(&[Need::Fork]),
    survives(
        "fork_of_a_fork",
        "G5 G8",
        "C forks in a forked child, each time inside a callback",
        of_a_fork,
    )
    .needing(&[Need::Fork]),
    survives(
        "fork_while_threads_call",
        "G5 G8",
        "C forks while its threads call and tables come and go",
        under_load,
    )
    .needing(&[Need::Fork]),
    survives("call_at_exit", "G5 G8", "C calls, live and late, from an atexit handler", at_exit),
    survives(
        "call_in_a_library_destructor",
        "G5 G8",
        "C calls, live and late, from a destructor of its library when the process exits",
        in_a_destructor,
    ),
];

unsafe extern "C" {
    safe fn child_can(how: c_int) -> c_int;
    fn child_fork_by(how: c_int) -> c_int;
    fn child_await(child: c_int) -> c_int;
    safe fn ends_exit_child(status: c_int) -> !;
    fn ends_call_at_exit(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
        expected: c_int,
    );
    fn ends_call_in_destructor(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
        expected: c_int,
    );
}

/// How a child is made: `enum child_how`.
#[derive(Clone, Copy)]
pub enum How {
    Fork = 0,
    UnderscoreFork = 1,
    SystemCall = 2,
}

impl How {
    /// Each way that the C library has.
    pub fn each() -> impl Iterator<Item = How> {
        [How::Fork, How::UnderscoreFork, How::SystemCall].into_iter().filter(|how| how.is_there())
    }

    /// Whether the C library has it.
    pub fn is_there(self) -> bool {
        child_can(self as c_int) != 0
    }
}

/// Makes a child; 0 in it.
pub fn fork_by(how: How) -> c_int {
    // SAFETY: what the child does is what the scenario is about.
    unsafe { child_fork_by(how as c_int) }
}

/// Forks; 0 in the child.
fn fork() -> c_int {
    fork_by(How::Fork)
}

/// Ends a child with what it found, which [`verdict_of`] reads.
pub fn finish(verdict: Verdict) -> ! {
    let verdict = verdict.and_then(|()| alive_throughout());
    let status = match &verdict {
        Ok(()) => 0,
        Err(failure) => {
            // One that cannot say it says it by its status.
            let _ = writeln!(std::io::stderr(), "fatal: in a child: {}", failure.detail);
            if failure.outcome == Outcome::Misdirected { 2 } else { 1 }
        }
    };
    ends_exit_child(status)
}

/// How a child ended, as waitpid(2) says it.
fn status_of(child: c_int) -> c_int {
    // SAFETY: it is awaited once.
    unsafe { child_await(child) }
}

/// What a child found.
pub fn verdict_of(child: c_int) -> Verdict {
    judge(status_of(child))
}

fn judge(status: c_int) -> Verdict {
    let fail = |outcome, detail: String| Err(Failure { outcome, detail });
    if libc::WIFSIGNALED(status) {
        return match libc::WTERMSIG(status) {
            libc::SIGALRM => fail(Outcome::Hung, "a child does not end".into()),
            signal => fail(Outcome::Crashed, format!("a child was killed by signal {signal}")),
        };
    }
    match libc::WEXITSTATUS(status) {
        0 => Ok(()),
        2 => fail(Outcome::Misdirected, "in a child, a call reached another table".into()),
        _ => fail(Outcome::Wrong, "a child found something wrong".into()),
    }
}

/// Runs `f` in a child, which may also end by SIGABRT.
pub fn exit_or_abort(f: impl FnOnce() -> Verdict) -> Verdict {
    match fork() {
        0 => finish(f()),
        child => match status_of(child) {
            libc::SIGABRT => Ok(()),
            status => judge(status),
        },
    }
}

/// Runs `f` in a child.
fn in_child(f: impl FnOnce() -> Verdict) -> Verdict {
    in_child_by(How::Fork, f)
}

/// Runs `f` in a child that is made so.
pub fn in_child_by(how: How, f: impl FnOnce() -> Verdict) -> Verdict {
    match fork_by(how) {
        0 => finish(f()),
        child => verdict_of(child),
    }
}

fn in_a_child(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(Host::new(1000).counted(&drops));
    let way = Way::to(&*table);
    in_child(|| {
        returns(way.call(7), 1007)?;
        holds(call_once_each(&way, 8, 7, 1007) == 8, "its threads may call too")
    })?;
    returns(way.call(7), 1007)?;
    drop(table);
    let _newcomers = stage.reuse();
    in_child(|| {
        refused(way.call(7))?;
        holds(call_once_each(&way, 8, 7, REFUSED) == 8, "its threads are refused too")
    })?;
    refused(way.call(7))?;
    holds(drops.count() == 1, "the host value was dropped once")
}

/// A host that makes a child for [`WAIT`], and notes what came of it.
pub fn forking(id: c_int, how: How, forked: &Arc<AtomicI32>) -> Host {
    let (forked, own) = (Arc::clone(forked), Box::new(id));
    Host::doing(id, move |_, value| {
        if value == WAIT {
            forked.store(fork_by(how), Ordering::SeqCst);
        }
        *own + value
    })
}

fn inside(stage: &Stage) -> Verdict {
    let (drops, forked) = (Drops::default(), Arc::default());
    let table = stage.binding.events(forking(1000, How::Fork, &forked).counted(&drops));
    let way = Way::to(&*table);
    let result = way.call(WAIT);
    // Both are here, and do the same.
    let go_on = || {
        returns(result, 1000)?;
        returns(way.call(7), 1007)?;
        holds(table.revoke() == Ended::Now && drops.count() == 1, "nobody is inside")?;
        let _newcomers = stage.reuse();
        refused(way.call(7))?;
        let next = stage.binding.events(Host::new(2000));
        returns(Way::to(&*next).call(7), 2007)
    };
    match forked.load(Ordering::SeqCst) {
        0 => finish(go_on()),
        child => verdict_of(child).and_then(|()| go_on()),
    }
}

/// The thread is not in the child, and never leaves: nothing waits for it, and the value is kept.
fn around_a_thread(stage: &Stage) -> Verdict {
    let (door, drops) = (Door::new(), Drops::default());
    let table = stage.binding.events(waiting(1000, door).counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    member.send(&way, WAIT);
    door.wait_for(1);
    let in_the_child = in_child(|| {
        returns(way.call(7), 1007)?;
        holds(table.revoke() == Ended::Later, "a thread was inside that is gone")?;
        let _newcomers = stage.reuse();
        refused(way.call(7))?;
        holds(drops.count() == 0, "the host value is kept")
    });
    let later = table.revoke_timeout(Duration::ZERO);
    let early = drops.count();
    let _newcomers = stage.reuse();
    door.open();
    let result = member.wait();
    member.dismiss();
    in_the_child?;
    returns(result, 1000)?;
    holds(later == Ended::Later && early == 0, "the child's end is not the parent's")?;
    holds(table.revoke() == Ended::Now && drops.count() == 1, "the host value was dropped once")
}

/// Its calls are more than a record tells of: the child cannot know that they are gone.
fn around_a_deep_thread(stage: &Stage) -> Verdict {
    let (door, drops, way) = (Door::new(), Drops::default(), Way::default());
    let (down, own) = (way.clone(), Box::new(1000));
    let host = Host::doing(1000, move |_, value| {
        if value == WAIT {
            door.enter();
            return *own;
        }
        if value > 20 { *own + value } else { down.call(value - 1) }
    });
    let table = stage.binding.events(host.counted(&drops));
    way.lead_to(&*table);
    let member = Member::hire();
    member.send(&way, 20);
    door.wait_for(1);
    let in_the_child = in_child(|| {
        returns(way.call(27), 1027)?;
        holds(table.revoke() == Ended::Later, "a thread was inside that is gone")?;
        let _newcomers = stage.reuse();
        refused(way.call(27))?;
        holds(drops.count() == 0, "the host value is kept")?;
        let next = stage.binding.events(Host::new(2000));
        returns(Way::to(&*next).call(7), 2007)?;
        holds(next.revoke() == Ended::Now, "nobody is inside another table")
    });
    let later = table.revoke_timeout(Duration::ZERO);
    let _newcomers = stage.reuse();
    door.open();
    let result = member.wait();
    member.dismiss();
    in_the_child?;
    returns(result, 1000)?;
    holds(later == Ended::Later, "the calls were inside")?;
    holds(table.revoke() == Ended::Now && drops.count() == 1, "the host value was dropped once")
}

fn around_a_close(stage: &Stage) -> Verdict {
    let (door, drops) = (Door::new(), Drops::default());
    let table = Arc::new(stage.binding.events(waiting(1000, door).counted(&drops)));
    let (way, member) = (Way::to(&**table), Member::hire());
    member.send(&way, WAIT);
    door.wait_for(1);
    let ends = Arc::clone(&table);
    let closer = std::thread::spawn(move || ends.revoke());
    await_refusal(&way)?;
    let in_the_child = in_child(|| {
        refused(way.call(7))?;
        let _newcomers = stage.reuse();
        let next = stage.binding.events(Host::new(2000));
        returns(Way::to(&*next).call(7), 2007)?;
        holds(next.revoke() == Ended::Now, "nobody is inside another table")?;
        // Its closer is not in the child, and the call never leaves.
        holds(table.revoke() == Ended::Later && drops.count() == 0, "the host value is kept")
    });
    let _newcomers = stage.reuse();
    door.open();
    let (result, ended) = (member.wait(), joined(closer)?);
    member.dismiss();
    in_the_child?;
    returns(result, 1000)?;
    holds(ended == Ended::Now && drops.count() == 1, "the close has waited")
}

/// Each generation is inside, forks, and the youngest ends the table.
fn of_a_fork(stage: &Stage) -> Verdict {
    let (drops, forked, way) = (Drops::default(), Arc::new(AtomicI32::new(0)), Way::default());
    let (noted, again, own) = (Arc::clone(&forked), way.clone(), Box::new(1000));
    let host = Host::doing(1000, move |inside, value| {
        if value == 0 {
            inside.revoke();
            return *own;
        }
        let child = fork();
        if child == 0 {
            return again.call(value - 1);
        }
        noted.store(child, Ordering::SeqCst);
        *own + value
    });
    let table = stage.binding.events(host.counted(&drops));
    way.lead_to(&*table);
    let result = way.call(3);
    let child = forked.load(Ordering::SeqCst);
    let go_on = || {
        if child != 0 {
            verdict_of(child)?;
        }
        let _newcomers = stage.reuse();
        holds(result >= 1000, "the call has come back")?;
        let (ended, late) = (table.revoke(), way.call(7));
        refused(late)?;
        holds(ended == Ended::Now && drops.count() == 1, "the host value was dropped once")
    };
    let verdict = go_on();
    // Only the eldest's result is 1003: the others returned from a callback in between.
    if result == 1003 { verdict } else { finish(verdict) }
}

fn under_load(stage: &Stage) -> Verdict {
    let (drops, calls) = (Drops::default(), Arc::default());
    let busy = stage.binding.events(counting(1000, &calls).counted(&drops));
    let keeper = Keeper::of(&*busy);
    let way = Way::to(&*busy);
    let hammer = keeper.hammer(2);
    hammer.await_calls(20);
    for _ in 0..10 {
        let table = stage.binding.events(Host::new(2000).counted(&drops));
        let (other, before) = (Way::to(&*table), drops.count());
        in_child(|| {
            returns(other.call(7), 2007)?;
            let _ = table.revoke();
            refused(other.call(7))?;
            let next = stage.binding.events(Host::new(3000));
            returns(Way::to(&*next).call(7), 3007)?;
            // Its threads were inside, and are not here.
            returns(way.call(7), 1007)?;
            let _ = busy.revoke_timeout(Duration::ZERO);
            refused(way.call(7))
        })?;
        holds(table.revoke() == Ended::Now, "nobody is inside")?;
        holds(drops.count() == before + 1, "the host value was dropped once")?;
        refused(other.call(7))?;
    }
    let ended = busy.revoke();
    let _newcomers = stage.reuse();
    hammer.await_calls(20);
    hammer.stop();
    holds(ended == Ended::Now && drops.count() == 11, "each host value was dropped once")
}

type Last = unsafe extern "C" fn(*const keeper_table, *mut c_void, c_int, c_int);

/// C calls a live table and a late one, when the process exits.
fn last_calls(stage: &Stage, last: Last) -> Verdict {
    let drops = Drops::default();
    let call_last = |way: &Way, expected| {
        // SAFETY: STATIC-TABLE.
        unsafe { last(way.raw(), way.arg(), 7, expected) };
    };
    let (live, late) =
        (stage.binding.events(Host::new(1000)), stage.binding.events(Host::new(2000)));
    let ended = stage.binding.events(Host::new(3000).counted(&drops));
    let (live_way, late_way, ended_way) = (Way::to(&*live), Way::to(&*late), Way::to(&*ended));
    call_last(&live_way, 1007);
    call_last(&late_way, REFUSED);
    call_last(&ended_way, REFUSED);
    holds(ended.revoke() == Ended::Now, "nobody is inside")?;
    drop(late);
    // What takes their place stays for as long.
    core::mem::forget(stage.reuse());
    core::mem::forget(live);
    returns(live_way.call(7), 1007)?;
    refused(late_way.call(7))?;
    holds(drops.count() == 1, "the host value was dropped once")
}

fn at_exit(stage: &Stage) -> Verdict {
    last_calls(stage, ends_call_at_exit)
}

fn in_a_destructor(stage: &Stage) -> Verdict {
    last_calls(stage, ends_call_in_destructor)
}
