//! Callbacks that do not return.

use core::ffi::{c_int, c_void};
use std::time::Duration;

use outlive::{Ended, IncidentKind};
use outlive_child::Signal;

use super::checks::{holds, refused, reported, returns};
use super::crowd::Member;
use super::hosts::{WAIT, waiting};
use super::way::Way;
use super::{dies, survives};
use crate::binding::Host;
use crate::door::Door;
use crate::drops::Drops;
use crate::need::Need;
use crate::scenario::{Failure, Outcome, Scenario, Stage, Verdict};
use crate::sys::{
    keeper_door, keeper_door_await, keeper_door_free, keeper_door_new, keeper_door_open,
    keeper_table,
};

pub const SCENARIOS: &[Scenario] = &[
    survives("longjmp_over_a_callback", "G4 G12", "C's thread jumps out of a callback", jump),
    survives("longjmp_many_times", "G4 G8", "C jumps out of callbacks a hundred times", jumps),
    survives("longjmp_from_a_handler", "G4", "C's signal handler jumps out of a callback", handler)
        .needing(&[Need::Signals]),
    dies("pthread_exit_inside", "G7 G8", "C ends the thread in a callback", LEFT, leave_thread)
        .needing(&[Need::ForcedUnwinding]),
    dies("pthread_cancel_inside", "G7 G8", "C cancels its thread in a callback", LEFT, cancel)
        .needing(&[Need::ForcedUnwinding]),
    dies("foreign_exception", "G7", "C throws an exception in a callback", LEFT, throw),
    survives("exit_inside", "G6 G12", "C exits in a callback", exit).needing(&[Need::Fork]),
    survives("exit_around", "G8 G12", "C exits while its thread is in a callback", exit_around)
        .needing(&[Need::Fork]),
    survives(
        "quick_exit_inside",
        "G6 G8",
        "C exits quickly in a callback, and calls from the handler of that",
        quick_exit,
    )
    .needing(&[Need::Fork]),
    survives("exec_inside", "G6", "C replaces the program in a callback", exec)
        .needing(&[Need::Fork]),
    dies(
        "abort_on_incident",
        "G12",
        "C calls late where the user asks to stop at once",
        (Signal::Abort, "outlive: late call: keeper_table.on_event"),
        abort_on_incident,
    ),
    survives(
        "handles_dropped_where_incidents_abort",
        "G6 G12",
        "the user asks to stop at any incident, and the host drops its handles, C inside or not, and exits",
        dropped_where_incidents_abort,
    ),
];

/// How a callback ends that is left by an unwinding not ours. With `panic = "abort"` Rust's own runtime stops the
/// unwinding before it comes to the library.
const LEFT: (Signal, &str) = if cfg!(panic = "unwind") {
    (Signal::Abort, "outlive: keeper_table.on_event: left by")
} else {
    (Signal::Abort, "panic in a function that cannot unwind")
};

#[repr(C)]
struct exits_thread(());

unsafe extern "C" {
    fn exits_call_or_jump(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
        result: *mut c_int,
    );
    fn exits_jump();
    fn exits_jump_from_handler();
    fn exits_start(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
        door: *mut keeper_door,
    ) -> *mut exits_thread;
    fn exits_join(thread: *mut exits_thread) -> c_int;
    fn exits_call_on_thread(table: *const keeper_table, arg: *mut c_void, value: c_int) -> c_int;
    fn exits_cancel_inside(table: *const keeper_table, arg: *mut c_void, value: c_int);
    safe fn exits_exec(status: c_int);
    fn exits_quick(table: *const keeper_table, arg: *mut c_void, value: c_int);
    fn exits_exit_around(
        table: *const keeper_table,
        arg: *mut c_void,
        value: c_int,
        status: c_int,
    ) -> c_int;
    safe fn exits_stay();
    fn exits_call_in_child(table: *const keeper_table, arg: *mut c_void, value: c_int) -> c_int;
}

unsafe extern "C-unwind" {
    safe fn exits_leave_thread();
    safe fn exits_await_cancel();
    safe fn exits_throw();
}

/// A host that leaves by `f` at 0.
fn leaving(id: c_int, f: impl Fn() + Send + Sync + 'static) -> Host {
    Host::doing(id, move |_, value| {
        if value == 0 {
            f();
        }
        id + value
    })
}

/// Leaves a callback that C called with a place to jump back to.
fn jump_back() {
    // SAFETY: `leaving` is called so; no frame of ours in between has anything to drop.
    unsafe { exits_jump() };
}

fn jump_from_handler() {
    // SAFETY: as above.
    unsafe { exits_jump_from_handler() };
}

/// C calls, with a place to jump back to; -9 where the callback did not return.
fn call_or_jump(way: &Way, value: c_int) -> c_int {
    let mut result = -9;
    // SAFETY: STATIC-TABLE; there is room for the result.
    unsafe { exits_call_or_jump(way.raw(), way.arg(), value, &raw mut result) };
    result
}

/// The call never leaves: a close says so, names the thread, and keeps the host value.
fn jump(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(leaving(1000, jump_back).counted(&drops));
    let way = Way::to(&*table);
    // SAFETY: it has no preconditions.
    let door = unsafe { keeper_door_new() };
    // SAFETY: STATIC-TABLE; the door is freed when the thread has ended.
    let thread = unsafe { exits_start(way.raw(), way.arg(), 0, door) };
    // SAFETY: the door is there.
    unsafe { keeper_door_await(door, 1) };
    let ended = table.revoke_timeout(Duration::from_millis(1100));
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    holds(ended == Ended::Later, "a call is inside")?;
    holds(drops.count() == 0, "its host value is kept")?;
    if stage.binding.is_library() {
        let incidents = outlive::take_incidents();
        let slow = incidents.iter().find(|incident| incident.kind() == IncidentKind::SlowClose);
        let named = slow.is_some_and(|slow| slow.detail().contains("thread"));
        holds(named, "the close names the thread that it waits for")?;
    }
    // SAFETY: the door is there.
    unsafe { keeper_door_open(door) };
    // SAFETY: it is joined once.
    returns(unsafe { exits_join(thread) }, 0)?;
    // SAFETY: nobody is at the door any more.
    unsafe { keeper_door_free(door) };
    // The host goes on.
    let other = stage.binding.events(Host::new(2000));
    returns(Way::to(&*other).call(7), 2007)?;
    holds(other.revoke() == Ended::Now, "nobody is inside another table")
}

/// More often than a thread's record has cells.
fn jumps(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(leaving(1000, jump_back).counted(&drops));
    let other = stage.binding.events(Host::new(2000));
    let (way, aside) = (Way::to(&*table), Way::to(&*other));
    for _ in 0..100 {
        returns(call_or_jump(&way, 0), -9)?;
        returns(aside.call(7), 2007)?;
        returns(call_or_jump(&way, 7), 1007)?;
    }
    let ended = table.revoke();
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    holds(ended == Ended::Later && drops.count() == 0, "calls are inside for good")?;
    holds(other.revoke() == Ended::Now, "nobody is inside another table")?;
    refused(aside.call(7))?;
    reported(stage, IncidentKind::LateCall, 2)
}

fn handler(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(leaving(1000, jump_from_handler).counted(&drops));
    let way = Way::to(&*table);
    returns(call_or_jump(&way, 0), -9)?;
    returns(way.call(7), 1007)?;
    drop(table);
    let _newcomers = stage.reuse();
    refused(way.call(7))?;
    holds(drops.count() == 0, "the host value of a call inside is kept")?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn leave_thread(stage: &Stage) -> Verdict {
    let table = stage.binding.events(leaving(1000, || exits_leave_thread()));
    let way = Way::to(&*table);
    // SAFETY: STATIC-TABLE.
    unsafe { exits_call_on_thread(way.raw(), way.arg(), 0) };
    Ok(())
}

fn throw(stage: &Stage) -> Verdict {
    let table = stage.binding.events(leaving(1000, || exits_throw()));
    let way = Way::to(&*table);
    returns(way.call(7), 1007)?;
    way.call(0);
    Err(Failure::wrong("the exception is gone"))
}

fn cancel(stage: &Stage) -> Verdict {
    let table = stage.binding.events(leaving(1000, || exits_await_cancel()));
    let way = Way::to(&*table);
    // SAFETY: STATIC-TABLE.
    unsafe { exits_cancel_inside(way.raw(), way.arg(), 0) };
    Ok(())
}

/// A child that exited by itself with this status.
fn exited(status: c_int, expected: c_int) -> Verdict {
    if libc::WIFSIGNALED(status) {
        let detail = format!("signal {} killed the child", libc::WTERMSIG(status));
        return Err(Failure { outcome: Outcome::Crashed, detail });
    }
    let so = libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == expected;
    holds(so, &format!("the child exited with {expected}: its status is {status:#x}"))
}

fn exit(stage: &Stage) -> Verdict {
    // SAFETY: nothing runs in the child but this thread.
    let table = stage.binding.events(leaving(1000, || unsafe { libc::exit(9) }));
    let way = Way::to(&*table);
    // SAFETY: STATIC-TABLE.
    exited(unsafe { exits_call_in_child(way.raw(), way.arg(), 0) }, 9)?;
    returns(way.call(7), 1007)
}

fn exit_around(stage: &Stage) -> Verdict {
    let table = stage.binding.events(leaving(1000, || exits_stay()));
    let way = Way::to(&*table);
    // SAFETY: STATIC-TABLE.
    exited(unsafe { exits_exit_around(way.raw(), way.arg(), 0, 9) }, 9)?;
    returns(way.call(7), 1007)
}

fn quick_exit(stage: &Stage) -> Verdict {
    let way = Way::default();
    let own = way.clone();
    let host = Host::doing(1000, move |inside, value| {
        if value == 0 {
            inside.revoke();
            // SAFETY: STATIC-TABLE.
            unsafe { exits_quick(own.raw(), own.arg(), 7) };
        }
        1000 + value
    });
    let table = stage.binding.events(host);
    way.lead_to(&*table);
    // The late call's result is the child's status.
    // SAFETY: STATIC-TABLE.
    exited(unsafe { exits_call_in_child(way.raw(), way.arg(), 0) }, 255)?;
    returns(way.call(7), 1007)
}

fn exec(stage: &Stage) -> Verdict {
    let table = stage.binding.events(leaving(1000, || exits_exec(9)));
    let way = Way::to(&*table);
    // SAFETY: STATIC-TABLE.
    exited(unsafe { exits_call_in_child(way.raw(), way.arg(), 0) }, 9)?;
    returns(way.call(7), 1007)
}

/// Has the library abort at any incident. This comes before the first table.
fn ask_to_abort() {
    // SAFETY: no other thread runs yet.
    unsafe { std::env::set_var("OUTLIVE_ON_INCIDENT", "abort") };
}

fn abort_on_incident(stage: &Stage) -> Verdict {
    ask_to_abort();
    let table = stage.binding.events(Host::new(1000));
    let way = Way::to(&*table);
    drop(table);
    let _newcomers = stage.reuse();
    refused(way.call(7))
}

/// C calls none of them late: a drop is an end like any other, and no incident.
fn dropped_where_incidents_abort(stage: &Stage) -> Verdict {
    ask_to_abort();
    let (door, drops, binding) = (Door::new(), Drops::default(), stage.binding);
    let new = || Host::new(1000).counted(&drops);
    let table = binding.events(waiting(1000, door).counted(&drops));
    let (way, member) = (Way::to(&*table), Member::hire());
    member.send(&way, WAIT);
    door.wait_for(1);
    drop(table);
    let early = drops.count();
    drop(binding.events(new()));
    drop(binding.resuming(new()));
    drop(binding.exclusive(new()));
    drop(binding.local(new()));
    drop(binding.plain(new()));
    drop(binding.object(new()));
    drop(binding.linked(new()));
    drop(binding.store(new()));
    binding.events(new()).hand_over(&mut || false);
    drop(binding.events(new()).into_inner());
    let _newcomers = stage.reuse();
    let dropped = drops.count();
    door.open();
    returns(member.wait(), 1000)?;
    member.dismiss();
    holds(early == 0 && dropped == 10, "each host value was dropped, but that of the call inside")?;
    holds(drops.count() == 11, "that one was dropped when the call had left")?;
    // These live on when the process exits.
    core::mem::forget([binding.events(new()), binding.exclusive(new())]);
    Ok(())
}
