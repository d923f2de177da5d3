//! C passes arguments that its header forbids.

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null;

use outlive::IncidentKind;

use super::checks::{holds, refused, reported, returns};
use super::survives;
use crate::binding::{Host, REFUSED, Table};
use crate::keeper::Keeper;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::{keeper_point, keeper_table};

pub const SCENARIOS: &[Scenario] = &[
    survives("argument_null_text", "G5", "C passes NULL for a string", null_text),
    survives("argument_null_struct", "G5", "C passes NULL for a struct", null_struct),
    survives("argument_misaligned", "G5", "C passes a struct at an odd address", misaligned),
    survives("argument_no_such_enum", "G5", "C passes numbers that its enum does not have", mode),
    survives("argument_overflows", "G7", "C passes the largest numbers there are", overflows),
    survives("argument_dangling_after_the_end", "G5", "C passes dangling arguments late", dangling),
];

unsafe extern "C" {
    fn data_text(table: *const keeper_table, arg: *mut c_void, text: *const c_char) -> c_int;
    fn data_point(
        table: *const keeper_table,
        arg: *mut c_void,
        point: *const keeper_point,
    ) -> c_int;
    fn data_point_misaligned(table: *const keeper_table, arg: *mut c_void) -> c_int;
    fn data_mode(table: *const keeper_table, arg: *mut c_void, mode: c_int) -> c_int;
    fn data_between(
        table: *const keeper_table,
        arg: *mut c_void,
        left: c_int,
        right: c_int,
    ) -> c_int;
    safe fn data_unmapped() -> *mut c_void;
}

type Events = dyn Table<keeper_table> + Send + Sync;

fn text(table: &Events, text: *const c_char) -> c_int {
    // SAFETY: STATIC-TABLE; whether the text is one is what the scenario is about.
    unsafe { data_text(table.raw(), Table::arg(table), text) }
}

fn point(table: &Events, point: *const keeper_point) -> c_int {
    // SAFETY: as above.
    unsafe { data_point(table.raw(), Table::arg(table), point) }
}

fn null_text(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    refused(text(&*table, null()))?;
    reported(stage, IncidentKind::BadArgument, 1)?;
    returns(text(&*table, c"four".as_ptr()), 1004)
}

fn null_struct(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    returns(point(&*table, null()), 0)?;
    reported(stage, IncidentKind::BadArgument, 1)?;
    returns(point(&*table, &keeper_point { x: 1, y: 2 }), 1)
}

fn misaligned(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    // SAFETY: STATIC-TABLE.
    returns(unsafe { data_point_misaligned(table.raw(), Table::arg(&*table)) }, 0)?;
    reported(stage, IncidentKind::BadArgument, 1)?;
    returns(point(&*table, &keeper_point { x: 1, y: 2 }), 1)
}

fn mode(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    // SAFETY: STATIC-TABLE; a C enum may be any int.
    let call = |mode| unsafe { data_mode(table.raw(), Table::arg(&*table), mode) };
    for mode in [2, 77, -1, c_int::MIN, c_int::MAX] {
        refused(call(mode))?;
    }
    reported(stage, IncidentKind::BadArgument, 5)?;
    returns(call(1), 1004)
}

/// A method that adds them panics where its arithmetic is checked, and wraps where it is not.
fn overflows(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let keeper = Keeper::of(&*table);
    returns(keeper.call(c_int::MIN), c_int::MIN + 1000)?;
    // SAFETY: STATIC-TABLE.
    let call = |a, b| unsafe { data_between(table.raw(), Table::arg(&*table), a, b) };
    let wrapped = c_int::MAX.wrapping_add(1).wrapping_add(1000);
    let result = call(c_int::MAX, 1);
    holds(result == REFUSED || result == wrapped, "the call failed, or the sum wrapped")?;
    if result == REFUSED {
        reported(stage, IncidentKind::Panic, 1)?;
    }
    returns(call(300, 50), 1350)
}

/// A call that is refused does not look at its arguments.
fn dangling(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let _ended = table.revoke();
    let _newcomers = stage.reuse();
    let nowhere = data_unmapped();
    refused(text(&*table, nowhere.cast()))?;
    returns(point(&*table, nowhere.cast()), 0)?;
    reported(stage, IncidentKind::LateCall, 2)
}
