//! What is taken out of tables, or given to C for good, thousands of times: all of it is used again, and nothing
//! of it reaches anybody else.

use core::ffi::c_int;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use outlive::{Held, HoldErrorKind, IncidentKind, callbacks};

use super::checks::{holds, refused, reported, returns};
use super::survives;
use crate::binding::{Host, REFUSED, Table};
use crate::drops::{Drops, Witness};
use crate::keeper::{Keeper, Plain, call_with};
use crate::need::Need;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::{keeper_call_object, keeper_object, keeper_plain};

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "taken_out_under_late_calls",
        "G5 G12",
        "C calls late with the data of thousands of tables whose values were taken out",
        taken_out,
    ),
    survives(
        "plain_taken_out_is_used_again_last",
        "G5",
        "C calls a table without user data whose value was taken out, until its last place is needed",
        plain,
    )
    .needing(&[Need::Library]),
    survives(
        "handed_over_and_destroyed_thousands_of_times",
        "G5 G10 G12",
        "C destroys thousands of tables that carry their user data, and calls each of them late",
        handed_over,
    ),
];

/// How many tables the library knows of.
fn known(stage: &Stage) -> usize {
    if stage.binding.is_library() { outlive::ledger().tables.len() } else { 0 }
}

/// C's threads always pass the data of a table that is no more.
fn taken_out(stage: &Stage) -> Verdict {
    const ROUNDS: c_int = 3000;
    let (drops, foreign) = (Drops::default(), Arc::new(AtomicUsize::new(0)));
    let first = stage.binding.events(Host::new(1000));
    let keeper = Keeper::of(&*first);
    drop(first.into_inner());
    let before = known(stage);
    // Its calls pass 1.
    let hammer = keeper.hammer(2);
    hammer.await_calls(10);
    let mut slots = HashSet::new();
    for n in 0..ROUNDS {
        let (noted, own) = (Arc::clone(&foreign), Box::new(1000));
        let host = Host::doing(1000, move |_, value| {
            if value == 1 {
                noted.fetch_add(1, Ordering::SeqCst);
            }
            *own + value
        });
        let table = stage.binding.events(host.counted(&drops));
        let arg = Table::arg(&*table);
        // The generation stands above.
        slots.insert(arg.addr() as u32);
        returns(call_with(&*table, 7, arg), 1007)?;
        let taken = table.into_inner().map_err(|_| Failure::wrong("the value did not come out"))?;
        keeper.set_arg(arg);
        refused(keeper.call(7))?;
        holds(taken.id() == 1000 && drops.count() == n as usize, "it is the host value, alive")?;
    }
    let hammered = hammer.stop();
    let left = known(stage) - before;
    let _newcomers = stage.reuse();
    refused(keeper.call(7))?;
    if hammered.served != 0 || foreign.load(Ordering::SeqCst) != 0 {
        return Err(Failure::misdirected(format!("{} late calls were served", hammered.served)));
    }
    holds(slots.len() < 32, "slots are used again")?;
    holds(drops.count() == ROUNDS as usize, "each host value was dropped once")?;
    holds(left == 0, "nothing is left of them")?;
    reported(stage, IncidentKind::LateCall, hammered.calls as usize + ROUNDS as usize + 1)
}

const INSTANCES: usize = 8;

/// The host of a table without user data.
struct Numbered(c_int, #[expect(dead_code, reason = "its drop counts")] Witness);

#[callbacks(keeper_plain, state = none, instances = 8)]
impl Numbered {
    #[callback(fallback = REFUSED)]
    fn on_event(&self, value: c_int) -> c_int {
        self.0 + value
    }
}

/// Nothing but the address tells such tables apart.
fn plain(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let hold = |n: usize| Held::new(Numbered(n as c_int * 1000, drops.witness()));
    let held = |n| hold(n).map_err(|error| Failure::wrong(error.to_string()));
    let stale = held(1)?;
    let given = Plain::of(&stale);
    returns(given.call(7), 1007)?;
    let (value, remainder) =
        stale.into_inner().map_err(|_| Failure::wrong("the value did not come out"))?;
    refused(given.call(7))?;
    holds(value.0 == 1000 && drops.count() == 0, "it is the host value, alive")?;
    drop(value);
    // The instance stays reserved while there is a remainder.
    let others = (2..=INSTANCES).map(held).collect::<Result<Vec<_>, _>>()?;
    let none_left = hold(9).err().map(|error| *error.kind());
    let is_full = matches!(none_left, Some(HoldErrorKind::NoInstanceLeft(INSTANCES)));
    holds(is_full, "the instance is not used while C may call it")?;
    refused(given.call_from_thread(7))?;
    for other in others {
        // SAFETY: C never had it.
        let _ = unsafe { other.release() };
    }
    // SAFETY: C has not forgotten it: that is what is tried here. Its table is a static.
    unsafe { remainder.release() };
    let _newcomers = stage.reuse();
    refused(given.call(7))?;
    let mut again = Vec::new();
    for n in 11..11 + INSTANCES - 1 {
        let next = held(n)?;
        holds(Plain::of(&next).address() != given.address(), "an older instance is left")?;
        refused(given.call(7))?;
        returns(Plain::of(&next).call(7), n as c_int * 1000 + 7)?;
        again.push(next);
    }
    let last = held(20)?;
    holds(Plain::of(&last).address() == given.address(), "it is the last one")?;
    drop((again, last));
    holds(drops.count() == 2 * INSTANCES + 1, "each host value was dropped once")
}

/// Tables that were destroyed so many tables ago are called late: fewer than stand in a page.
const AGO: usize = 100;

fn handed_over(stage: &Stage) -> Verdict {
    const ROUNDS: usize = 5000;
    let drops = Drops::default();
    let before = known(stage);
    let (mut addresses, mut late) = (HashSet::new(), VecDeque::<*mut keeper_object>::new());
    // SAFETY: memory of tables that carry their user data stays what it is.
    let call = |table: *mut keeper_object| unsafe { keeper_call_object(table, 7) };
    for round in 1..=ROUNDS {
        let table = stage.binding.object(Host::new(1000).counted(&drops));
        let (raw, arg, destroy) = (table.raw(), table.arg(), table.notify());
        table.hand_over(&mut || true);
        returns(call(raw), 1007)?;
        // SAFETY: the destructor takes any number.
        unsafe { destroy(arg) };
        holds(drops.count() == round, "each host value was dropped once")?;
        refused(call(raw))?;
        addresses.insert(raw.addr());
        late.push_back(raw);
        if late.len() > AGO {
            late.pop_front().map_or(Ok(()), |table| refused(call(table)))?;
        }
    }
    let left = known(stage) - before;
    let _newcomers = stage.reuse();
    late.into_iter().try_for_each(|table| refused(call(table)))?;
    holds(addresses.len() < 1000, "memory of tables is used again")?;
    holds(left == 0, "nothing is left of them")?;
    reported(stage, IncidentKind::LateCall, 2 * ROUNDS)
}
