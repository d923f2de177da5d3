//! The last moments of a process.

use core::ffi::{c_int, c_void};

use outlive::Ended;

use super::checks::{holds, refused, returns};
use super::survives;
use super::way::Way;
use crate::binding::{Host, REFUSED};
use crate::drops::Drops;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::keeper_table;

pub const SCENARIOS: &[Scenario] = &[
    survives("call_at_exit", "G5 G8", "C calls, live and late, from an atexit handler", at_exit),
    survives(
        "call_in_a_library_destructor",
        "G5 G8",
        "C calls, live and late, from a destructor of its library when the process exits",
        in_a_destructor,
    ),
];

unsafe extern "C" {
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
