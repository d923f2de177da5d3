//! C has something else where the user data is to be found: in an object, in a struct, behind a pointer, in a number.

use core::ffi::{c_int, c_void};
use core::ptr::{null_mut, without_provenance_mut};

use outlive::IncidentKind;

use super::checks::{holds, refused, reported, returns};
use super::survives;
use crate::binding::{Host, PANICS, Shared, Table};
use crate::drops::Drops;
use crate::need::Need;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::{
    carrier, carrier_call_accessor, carrier_call_event, carrier_call_indirect, carrier_call_member,
    carrier_call_number, carrier_call_often, carrier_call_signed, carrier_free, carrier_new,
    carrier_set_user_data, carrier_table,
};
use crate::warm::warm_up;

pub const SCENARIOS: &[Scenario] = &[
    survives("found_null", "G5", "C has NULL where the user data is to be found", null),
    survives(
        "found_stale",
        "G5",
        "C writes an ended table's user data into an object, while another has its place",
        stale,
    ),
    survives("found_of_another_type", "G5", "C's object has another struct's data", other_type),
    survives("found_invented", "G5", "C has made up what is found, in each place", invented),
    survives("found_late", "G5", "C's object has the user data of a table that has ended", late),
    survives("found_by_threads", "G8", "C's threads find the data in one object", by_threads),
    survives("found_with_a_panic", "G7", "what looks for the user data panics", panics)
        .needing(&[Need::Unwinding]),
];

/// An object of C's, with what it has as user data.
struct Object(*mut carrier);

impl Object {
    fn with(user_data: *mut c_void) -> Self {
        // SAFETY: it takes any pointer.
        Object(unsafe { carrier_new(user_data) })
    }

    fn set(&self, user_data: *mut c_void) {
        // SAFETY: the object is there, and takes any pointer.
        unsafe { carrier_set_user_data(self.0, user_data) };
    }

    /// C's calls of both callbacks that are about the object, which are to have one result.
    fn call(&self, table: *const carrier_table, value: c_int) -> c_int {
        warm_up();
        // SAFETY: STATIC-TABLE (`keeper.rs`) holds for a `carrier_table` too, and the object is there.
        let member = unsafe { carrier_call_member(table, self.0, value) };
        // SAFETY: as above.
        let accessor = unsafe { carrier_call_accessor(table, self.0, value) };
        if member == accessor { member } else { -7 }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: it was made for this.
        unsafe { carrier_free(self.0) };
    }
}

/// C's calls that pass the user data in other ways than in an object.
fn others(table: *const carrier_table, user_data: *mut c_void, value: c_int) -> [c_int; 4] {
    warm_up();
    [
        // SAFETY: STATIC-TABLE holds for a `carrier_table` too.
        unsafe { carrier_call_event(table, user_data, value) },
        // SAFETY: as above.
        unsafe { carrier_call_indirect(table, user_data, value) },
        // SAFETY: as above.
        unsafe { carrier_call_number(table, user_data, value) },
        // SAFETY: as above.
        unsafe { carrier_call_signed(table, user_data, value) },
    ]
}

fn all_refused(results: [c_int; 4]) -> Verdict {
    results.into_iter().try_for_each(refused)
}

fn carried(stage: &Stage, id: c_int, drops: &Drops) -> Shared<carrier_table> {
    stage.binding.carried(Host::new(id).counted(drops))
}

fn null(stage: &Stage) -> Verdict {
    let table = carried(stage, 1000, &Drops::default());
    let object = Object::with(null_mut());
    refused(object.call(table.raw(), 7))?;
    all_refused(others(table.raw(), null_mut(), 7))?;
    reported(stage, IncidentKind::BadArgument, 6)?;
    object.set(table.arg());
    returns(object.call(table.raw(), 7), 1007)
}

fn stale(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let (old, table) = (carried(stage, 1000, &drops), carried(stage, 2000, &Drops::default()));
    let stale = old.arg();
    old.release();
    let _newcomers = stage.reuse();
    let heirs: Vec<_> = (3..20).map(|n| carried(stage, n * 1000, &Drops::default())).collect();
    let object = Object::with(table.arg());
    returns(object.call(table.raw(), 7), 2007)?;
    object.set(stale);
    refused(object.call(table.raw(), 7))?;
    all_refused(others(table.raw(), stale, 7))?;
    reported(stage, IncidentKind::LateCall, 6)?;
    object.set(table.arg());
    returns(object.call(table.raw(), 7), 2007)?;
    holds(heirs.len() == 17 && drops.count() == 1, "the host value was dropped once")
}

fn other_type(stage: &Stage) -> Verdict {
    let table = carried(stage, 1000, &Drops::default());
    let (events, lone) =
        (stage.binding.events(Host::new(2000)), stage.binding.lone(Host::new(3000)));
    let object = Object::with(null_mut());
    for wrong in [Table::arg(&*events), lone.arg()] {
        object.set(wrong);
        refused(object.call(table.raw(), 7))?;
        all_refused(others(table.raw(), wrong, 7))?;
    }
    reported(stage, IncidentKind::BadArgument, 12)?;
    object.set(table.arg());
    returns(object.call(table.raw(), 7), 1007)
}

fn invented(stage: &Stage) -> Verdict {
    let table = carried(stage, 1000, &Drops::default());
    let good = table.arg().addr();
    let object = Object::with(null_mut());
    let words = [8, usize::MAX, good ^ 1 << 32, good as u32 as usize, good as i32 as usize];
    for word in words.map(without_provenance_mut) {
        object.set(word);
        refused(object.call(table.raw(), 7))?;
        all_refused(others(table.raw(), word, 7))?;
    }
    reported(stage, IncidentKind::BadArgument, 30)?;
    for result in others(table.raw(), table.arg(), 7) {
        returns(result, 1007)?;
    }
    Ok(())
}

fn late(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = carried(stage, 1000, &drops);
    let (functions, user_data) = (table.raw(), table.arg());
    let object = Object::with(user_data);
    drop(table);
    let _newcomers = stage.reuse();
    refused(object.call(functions, 7))?;
    all_refused(others(functions, user_data, 7))?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 6)
}

fn by_threads(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = carried(stage, 1000, &drops);
    let (functions, object) = (table.raw(), Object::with(table.arg()));
    // SAFETY: STATIC-TABLE holds for a `carrier_table` too, and the object is there.
    let often = || unsafe { carrier_call_often(functions, object.0, 4, 2000) };
    holds(often() == 0, "no call was refused")?;
    drop(table);
    let _newcomers = stage.reuse();
    holds(often() == 8000, "each late call was refused")?;
    holds(drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 8000)
}

fn panics(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let table = carried(stage, 1000, &drops);
    let (functions, object) = (table.raw(), Object::with(table.arg()));
    refused(object.call(functions, PANICS))?;
    reported(stage, IncidentKind::Panic, 2)?;
    returns(object.call(functions, 7), 1007)?;
    // Nobody was inside.
    let ended = table.revoke();
    holds(ended == outlive::Ended::Now && drops.count() == 1, "the end waits for nobody")?;
    let _newcomers = stage.reuse();
    refused(object.call(functions, PANICS))?;
    reported(stage, IncidentKind::Panic, 2)
}
