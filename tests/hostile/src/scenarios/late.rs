//! C calls after the end.

use super::checks::{newcomers, refused, returns};
use super::survives;
use crate::binding::Host;
use crate::keeper::Keeper;
use crate::scenario::{Scenario, Stage, Verdict};

pub const SCENARIOS: &[Scenario] = &[
    survives("late_call_at_once", "G5", "C calls right after the end", at_once),
    survives(
        "late_call_after_thousands",
        "G5",
        "C calls after thousands of other tables came and went",
        after_thousands,
    ),
];

fn at_once(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let keeper = Keeper::of(&*table);
    returns(keeper.call(7), 1007)?;
    drop(table);
    let _newcomers = stage.reuse();
    refused(keeper.call(7))
}

fn after_thousands(stage: &Stage) -> Verdict {
    let table = stage.binding.events(Host::new(1000));
    let keeper = Keeper::of(&*table);
    table.release();
    let _kept = newcomers(stage.binding);
    let _newcomers = stage.reuse();
    for _ in 0..100 {
        refused(keeper.call(7))?;
    }
    Ok(())
}
