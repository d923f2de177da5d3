//! C copies tables, frees them, and writes where it must not.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use outlive::IncidentKind;

use super::checks::{holds, refused, reported, returns};
use super::survives;
use crate::binding::{Host, Table};
use crate::drops::Drops;
use crate::keeper::call_with;
use crate::need::Need;
use crate::scenario::{Failure, Outcome, Scenario, Stage, Verdict};
use crate::sys::{
    keeper_call_and_free, keeper_call_object, keeper_call_with, keeper_link, keeper_linked,
    keeper_object, keeper_table,
};

pub const SCENARIOS: &[Scenario] = &[
    survives("table_copied", "G1 G5", "C calls through a copy of the table, also late", copied),
    survives(
        "table_left_function_pointer",
        "G1 G5",
        "C keeps no more than a function pointer",
        bare,
    ),
    survives("table_freed_by_c", "G11", "C scribbles over a table and frees it, as it may", freed),
    survives(
        "table_freed_by_c_late",
        "G5 G11",
        "C frees a table of its own after the end",
        freed_late,
    ),
    survives(
        "table_overwritten",
        "G3",
        "C writes a function pointer into a sealed table",
        redirect,
    )
    .needing(&[Need::Fork]),
    survives("table_user_data_overwritten", "G3", "C writes user data into a sealed table", swap)
        .needing(&[Need::Fork]),
    survives(
        "table_overwritten_after_the_end",
        "G1 G3",
        "C writes into a sealed table that has ended",
        redirect_late,
    )
    .needing(&[Need::Fork]),
    survives(
        "table_watched_overwritten",
        "G3",
        "C overwrites a pointer where it may write",
        watched,
    ),
    survives("table_forced_open", "G3", "C makes a sealed table writable, and writes", forced),
    survives(
        "table_forced_open_shared",
        "G3",
        "C makes the page of a program's constant writable, and writes",
        forced_shared,
    ),
    survives(
        "table_linked_by_c",
        "G2 G3",
        "C puts tables on its own list, writing into them",
        linked,
    ),
    survives(
        "table_linked_after_the_end",
        "G1 G5",
        "C walks its list, writing and calling, after the tables on it have ended",
        linked_late,
    ),
];

/// What `memory_foreign` returns.
const FOREIGN: c_int = 9999;
/// The write stopped, at its very address.
const STOPPED: c_int = 42;
/// The write went through, and the next call went where it said.
const REACHED: c_int = 43;

unsafe extern "C" {
    fn memory_copy(table: *const keeper_table) -> *mut keeper_table;
    fn memory_free(memory: *mut c_void);
    fn memory_foreign(value: c_int, arg: *mut c_void) -> c_int;
    fn memory_redirect_in_child(table: *mut keeper_table, arg: *mut c_void) -> c_int;
    fn memory_swap_in_child(
        table: *mut keeper_object,
        other: *mut c_void,
        expected: c_int,
    ) -> c_int;
    fn memory_force(member: *mut c_void, callback: *mut c_void) -> *mut c_void;
    fn memory_redirect_linked(table: *mut keeper_linked, callback: *mut c_void) -> *mut c_void;
    fn memory_call_linked(table: *const keeper_linked, arg: *mut c_void, value: c_int) -> c_int;
    fn memory_walk(head: *mut keeper_linked, args: *const *mut c_void, value: c_int) -> c_int;
    fn memory_keep_pointer(table: *const keeper_table) -> Callback;
    fn memory_call_pointer(callback: Callback, arg: *mut c_void, value: c_int) -> c_int;
}

type Callback = unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int;

fn foreign() -> *mut c_void {
    memory_foreign as Callback as *mut c_void
}

fn call_object(table: *const keeper_object, value: c_int) -> c_int {
    // SAFETY: the table stays until it is released (G1), which it is not.
    unsafe { keeper_call_object(table, value) }
}

fn copied(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let arg = Table::arg(&*table);
    // SAFETY: the table lives.
    let copy = unsafe { memory_copy(table.raw()) };
    // SAFETY: C has the copy until it frees it.
    let call = || unsafe { keeper_call_with(copy, 7, arg) };
    returns(call(), 1007)?;
    drop(table);
    let _newcomers = stage.reuse();
    refused(call())?;
    reported(stage, IncidentKind::LateCall, 1)?;
    // SAFETY: nobody else frees it.
    unsafe { memory_free(copy.cast()) };
    Ok(())
}

fn bare(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let arg = Table::arg(&*table);
    // SAFETY: the table lives.
    let pointer = unsafe { memory_keep_pointer(table.raw()) };
    // SAFETY: code is never unmapped.
    let call = || unsafe { memory_call_pointer(pointer, arg, 7) };
    returns(call(), 1007)?;
    table.release();
    let _newcomers = stage.reuse();
    refused(call())?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn freed(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(Host::new(1000).counted(&drops));
    let in_c_memory = stage.binding.in_c_memory(&*table);
    // SAFETY: it is C's to free.
    returns(unsafe { keeper_call_and_free(in_c_memory, Table::arg(&*table), 7) }, 1007)?;
    let _newcomers = stage.reuse();
    returns(call_with(&*table, 8, Table::arg(&*table)), 1008)?;
    let _ended = table.revoke();
    holds(drops.count() == 1, "the host value was dropped once")?;
    drop(table);
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 0)
}

fn freed_late(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = stage.binding.events(Host::new(1000).counted(&drops));
    let in_c_memory = stage.binding.in_c_memory(&*table);
    let arg = Table::arg(&*table);
    drop(table);
    let _newcomers = stage.reuse();
    // SAFETY: it is C's to free.
    refused(unsafe { keeper_call_and_free(in_c_memory, arg, 7) })?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 1)
}

/// How a write of C's in a forked child ended.
fn stopped(end: c_int) -> Verdict {
    match end {
        STOPPED => Ok(()),
        REACHED => Err(Failure::misdirected("the write went through, and so did the next call")),
        end => {
            let detail = format!("C crashed, but not where it wrote: {end}");
            Err(Failure { outcome: Outcome::Crashed, detail })
        }
    }
}

fn redirect(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let arg = Table::arg(&*table);
    // SAFETY: the table lives, and a child has a copy of all memory.
    stopped(unsafe { memory_redirect_in_child(table.raw(), arg) })?;
    returns(call_with(&*table, 7, arg), 1007)
}

fn swap(stage: &Stage) -> Verdict {
    let table = stage.binding.object(Host::new(1000));
    let other = stage.binding.object(Host::new(2000));
    // SAFETY: as above.
    stopped(unsafe { memory_swap_in_child(table.raw(), other.arg(), 2001) })?;
    returns(call_object(table.raw(), 7), 1007)
}

fn redirect_late(stage: &Stage) -> Verdict {
    let table = stage.binding.object(Host::new(1000));
    let raw = table.raw();
    drop(table);
    let _newcomers = stage.reuse();
    let other = stage.binding.object(Host::new(2000));
    // SAFETY: the table stays until it is released (G1).
    stopped(unsafe { memory_swap_in_child(raw, other.arg(), 2001) })?;
    refused(call_object(raw, 7))
}

/// Of a table that C has overwritten a pointer of: what `inspect` found, and what a call returned.
fn found(altered: Option<usize>, result: c_int) -> Verdict {
    returns(result, FOREIGN)?;
    match altered {
        Some(count) => holds(count == 1, "an altered member is found"),
        None => Err(Failure::misdirected("calls go to another function, and nothing tells")),
    }
}

/// Nothing stops C where it may write; `inspect` tells, and what C writes back works again.
fn watched(stage: &Stage) -> Verdict {
    let table = stage.binding.linked(Host::new(1000));
    // SAFETY: the table lives, and C may write into it.
    let before = unsafe { memory_redirect_linked(table.raw(), foreign()) };
    // SAFETY: the table lives.
    let call = || unsafe { memory_call_linked(table.raw(), table.arg(), 7) };
    found(table.altered(), call())?;
    reported(stage, IncidentKind::AlteredTable, 1)?;
    // SAFETY: as above.
    unsafe { memory_redirect_linked(table.raw(), before) };
    holds(table.altered() == Some(0), "the table is as it was")?;
    returns(call(), 1007)
}

/// C makes the page of a table's first member, `on_event`, writable and overwrites that; what was
/// there.
fn force<R>(table: &(dyn Table<R> + Send + Sync), callback: *mut c_void) -> *mut c_void {
    // SAFETY: the table lives, and nothing else is written.
    unsafe { memory_force(table.raw().cast(), callback) }
}

/// As above: what C takes the trouble to do is not stopped, but found.
fn forced(stage: &Stage) -> Verdict {
    let table = stage.binding.object(Host::new(1000));
    let neighbour = stage.binding.object(Host::new(2000));
    let before = force(&*table, foreign());
    found(table.altered(), call_object(table.raw(), 7))?;
    holds(neighbour.altered() == Some(0), "no other table is altered")?;
    returns(call_object(neighbour.raw(), 7), 2007)?;
    reported(stage, IncidentKind::AlteredTable, 1)?;
    force(&*table, before);
    returns(call_object(table.raw(), 7), 1007)
}

/// A table that all registrations of its type share.
fn forced_shared(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let arg = Table::arg(&*table);
    let before = force(&*table, foreign());
    found(table.altered(), call_with(&*table, 7, arg))?;
    reported(stage, IncidentKind::AlteredTable, 1)?;
    force(&*table, before);
    returns(call_with(&*table, 7, arg), 1007)
}

fn linked(stage: &Stage) -> Verdict {
    let tables: Vec<_> = (1..=3).map(|n| stage.binding.linked(Host::new(n * 1000))).collect();
    let mut head = null_mut();
    for (n, table) in (1..).zip(&tables) {
        // SAFETY: the tables live, and C may write its own members.
        returns(unsafe { keeper_link(table.raw(), head, table.arg(), 7) }, n * 1000 + 7)?;
        head = table.raw();
    }
    let args: Vec<_> = tables.iter().rev().map(|table| table.arg()).collect();
    // SAFETY: the list has three tables, and there are as many arguments.
    returns(unsafe { memory_walk(head, args.as_ptr(), 7) }, 6021)?;
    for table in &tables {
        // SAFETY: the table lives, and C is not writing.
        holds(unsafe { (*table.raw()).seen } == 2, "C counted two calls")?;
        holds(table.altered().is_none_or(|count| count == 0), "no other member is altered")?;
    }
    reported(stage, IncidentKind::AlteredTable, 0)
}

fn linked_late(stage: &Stage) -> Verdict {
    let mut tables: Vec<_> = (1..=3).map(|n| stage.binding.linked(Host::new(n * 1000))).collect();
    let args: Vec<_> = tables.iter().rev().map(|table| table.arg()).collect();
    let mut head = null_mut();
    for (n, table) in (1..).zip(&tables) {
        // SAFETY: the tables live, and C may write its own members.
        returns(unsafe { keeper_link(table.raw(), head, table.arg(), 7) }, n * 1000 + 7)?;
        head = table.raw();
    }
    // The one in the middle ends, and C has not unlinked it.
    drop(tables.remove(1));
    let _newcomers = stage.reuse();
    let others: Vec<_> = (6..9).map(|n| stage.binding.linked(Host::new(n * 1000))).collect();
    // SAFETY: an ended table stays until it is released, and C may write its own members.
    returns(unsafe { memory_walk(head, args.as_ptr(), 7) }, 4014 - 1)?;
    reported(stage, IncidentKind::LateCall, 1)?;
    for table in &others {
        // SAFETY: the table lives.
        holds(unsafe { (*table.raw()).seen } == 0, "C wrote into no other table")?;
    }
    Ok(())
}
