//! C passes user data that it was never given, or no longer has.

use core::ffi::{c_int, c_void};
use core::ptr::{null_mut, without_provenance_mut};

use outlive::IncidentKind;

use super::checks::{holds, refused, reported, returns};
use super::survives;
use crate::binding::{Host, Shared, Table};
use crate::drops::Drops;
use crate::keeper::{Keeper, call_with};
use crate::need::Need;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::{keeper_call_plain, keeper_plain, store_read};

pub const SCENARIOS: &[Scenario] = &[
    survives("user_data_null", "G5", "C passes NULL to each callback", null),
    survives("user_data_ones", "G5", "C passes a word of ones", ones),
    survives("user_data_random", "G5", "C passes thousands of random words", random),
    survives("user_data_one_bit_flipped", "G5", "C passes good data with one bit flipped", flipped),
    survives("user_data_truncated", "G5", "C keeps 32 bits of the user data in an int", truncated),
    survives("user_data_is_an_address", "G5", "C passes the address of its own memory", address),
    survives("user_data_swapped", "G5", "C swaps two tables' data", swapped),
    survives("user_data_of_another_type", "G5", "C passes another struct's data", other_type),
    survives(
        "user_data_of_a_reused_slot",
        "G5",
        "C passes old data when another table has taken its place",
        reused_slot,
    ),
    survives(
        "user_data_changed_while_threads_call",
        "G5",
        "C changes the data to another table's while its threads call",
        changed_meanwhile,
    ),
    survives("plain_two_at_once", "G5", "C calls two tables without user data in turn", two_plain),
    survives(
        "plain_late_while_others_live",
        "G5",
        "C calls an ended table without user data while others of its type live",
        late_plain,
    ),
    survives(
        "plain_of_all_instances_used_up",
        "G5",
        "C keeps every table without user data that there is, and calls each late",
        used_up,
    )
    .needing(&[Need::Unwinding]),
];

fn null(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let keeper = Keeper::of(&*table);
    keeper.set_arg(null_mut());
    // Five of the callbacks return an int.
    returns(keeper.call_each(), -5)?;
    reported(stage, IncidentKind::BadArgument, 7)?;
    keeper.set_arg(Table::arg(&*table));
    returns(keeper.call(7), 1007)
}

fn ones(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    refused(call_with(&*table, 7, without_provenance_mut(usize::MAX)))?;
    reported(stage, IncidentKind::BadArgument, 1)?;
    returns(call_with(&*table, 7, Table::arg(&*table)), 1007)
}

fn random(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let mut word = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..2000 {
        // Marsaglia's xorshift.
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        refused(call_with(&*table, 7, without_provenance_mut(word as usize)))?;
    }
    reported(stage, IncidentKind::BadArgument, 2000)?;
    returns(call_with(&*table, 7, Table::arg(&*table)), 1007)
}

fn flipped(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let good = Table::arg(&*table);
    for bit in 0..usize::BITS {
        refused(call_with(&*table, 7, good.map_addr(|data| data ^ 1 << bit)))?;
    }
    reported(stage, IncidentKind::BadArgument, 64)?;
    returns(call_with(&*table, 7, good), 1007)
}

fn truncated(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let good = Table::arg(&*table).addr();
    refused(call_with(&*table, 7, without_provenance_mut(good as u32 as usize)))?;
    // An int is extended by its sign.
    refused(call_with(&*table, 7, without_provenance_mut(good as i32 as usize)))?;
    reported(stage, IncidentKind::BadArgument, 2)
}

fn address(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let (mut local, heap) = ([0usize; 8], Box::new([0usize; 8]));
    let addresses: [*mut c_void; 4] = [
        (&raw mut local).cast(),
        (&raw const *heap).cast_mut().cast(),
        table.raw().cast(),
        null as fn(&Stage) -> Verdict as *mut c_void,
    ];
    for address in addresses {
        refused(call_with(&*table, 7, address))?;
    }
    reported(stage, IncidentKind::BadArgument, 4)
}

/// Data of a live table of the same type is that table's, whichever pointer C calls through.
fn swapped(stage: &Stage) -> Verdict {
    let (one, two) = (stage.binding.events(Host::new(1000)), stage.binding.events(Host::new(2000)));
    returns(call_with(&*one, 7, Table::arg(&*two)), 2007)?;
    returns(call_with(&*two, 7, Table::arg(&*one)), 1007)?;
    let stale = Table::arg(&*two);
    drop(two);
    let _newcomers = stage.reuse();
    refused(call_with(&*one, 7, stale))?;
    reported(stage, IncidentKind::LateCall, 1)?;
    returns(call_with(&*one, 7, Table::arg(&*one)), 1007)
}

fn other_type(stage: &Stage) -> Verdict {
    let events = stage.binding.events(Host::new(1000));
    let object = stage.binding.object(Host::new(2000));
    let store = stage.binding.store(Host::new(3000));
    for other in [object.arg(), store.arg()] {
        match call_with(&*events, 7, other) {
            2007 | 3007 => return Err(Failure::misdirected("a table of another type was called")),
            result => refused(result)?,
        }
    }
    // SAFETY: the table lives.
    let read = unsafe { store_read(store.raw(), Table::arg(&*events), null_mut()) };
    refused(read)?;
    reported(stage, IncidentKind::BadArgument, 3)?;
    returns(call_with(&*events, 7, Table::arg(&*events)), 1007)
}

fn reused_slot(stage: &Stage) -> Verdict {
    let old = stage.binding.events(Host::new(1000));
    let stale = Table::arg(&*old);
    old.release();
    let slot = stale.addr() as u32;
    let mut new = stage.binding.events(Host::new(2000));
    for _ in 0..100_000 {
        if !stage.binding.is_library() || Table::arg(&*new).addr() as u32 == slot {
            break;
        }
        new.release();
        new = stage.binding.events(Host::new(2000));
    }
    if stage.binding.is_library() {
        holds(Table::arg(&*new).addr() as u32 == slot, "the slot was taken again")?;
    }
    match call_with(&*new, 7, stale) {
        2007 => Err(Failure::misdirected("old data led to the next table of its slot")),
        result => refused(result),
    }?;
    reported(stage, IncidentKind::LateCall, 1)?;
    returns(call_with(&*new, 7, Table::arg(&*new)), 2007)
}

/// A call reaches the one or the other, or is refused: never anything else.
fn changed_meanwhile(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let keep = stage.binding.events(Host::doing(1000, |_, value| value));
    let keeper = Keeper::of(&*keep);
    let hammer = keeper.hammer(2);
    for n in 0..50 {
        let passing =
            stage.binding.events(Host::doing(2000 + n * 1000, |_, value| value).counted(&drops));
        keeper.set_arg(Table::arg(&*passing));
        hammer.await_calls(5);
        passing.release();
        hammer.await_calls(5);
    }
    keeper.set_arg(Table::arg(&*keep));
    hammer.await_calls(5);
    let hammered = hammer.stop();
    drops.wait_for(50);
    holds(hammered.served > 0 && hammered.served <= hammered.calls, "some calls were served")?;
    returns(call_with(&*keep, 7, Table::arg(&*keep)), 7)
}

fn call_plain(table: *const keeper_plain, value: c_int) -> c_int {
    // SAFETY: STATIC-TABLE.
    unsafe { keeper_call_plain(table, value) }
}

fn two_plain(stage: &Stage) -> Verdict {
    let (one, two) = (stage.binding.plain(Host::new(1000)), stage.binding.plain(Host::new(2000)));
    for _ in 0..10 {
        returns(call_plain(one.raw(), 7), 1007)?;
        returns(call_plain(two.raw(), 7), 2007)?;
    }
    Ok(())
}

fn late_plain(stage: &Stage) -> Verdict {
    let (before, old) =
        (stage.binding.plain(Host::new(1000)), stage.binding.plain(Host::new(2000)));
    let table = old.raw();
    returns(call_plain(table, 7), 2007)?;
    drop(old);
    let _newcomers = stage.reuse();
    let after: Vec<_> = (3..20).map(|n| stage.binding.plain(Host::new(n * 1000))).collect();
    match call_plain(table, 7) {
        result if result >= 1000 => {
            return Err(Failure::misdirected(format!("an ended table's call reached {result}")));
        }
        result => refused(result)?,
    }
    reported(stage, IncidentKind::LateCall, 1)?;
    returns(call_plain(before.raw(), 7), 1007)?;
    for (n, table) in (3..).zip(&after) {
        returns(call_plain(table.raw(), 7), n * 1000 + 7)?;
    }
    Ok(())
}

/// Nobody gets an instance that C still has: the next hold fails instead.
fn used_up(stage: &Stage) -> Verdict {
    let hold = |n| stage.binding.plain(Host::new(n * 1000));
    let ended: Vec<_> = (1..=64).map(|n| end_and_keep(hold(n))).collect();
    for table in &ended {
        refused(call_plain(*table, 7))?;
    }
    reported(stage, IncidentKind::LateCall, 64)?;
    let another = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| drop(hold(65))));
    holds(another.is_err(), "there is no instance for another table")?;
    reported(stage, IncidentKind::NoInstanceLeft, 1)
}

fn end_and_keep(table: Shared<keeper_plain>) -> *mut keeper_plain {
    table.raw()
}
