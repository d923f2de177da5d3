//! Lone functions that share one host value: C keeps some of them, mixes them up, and calls them when all is over.

use core::ffi::c_int;

use outlive::IncidentKind;

use super::checks::{holds, refused, reported, returns};
use super::survives;
use crate::binding::{CLOSE, Functions, Host, REFUSED, Table, Together};
use crate::drops::Drops;
use crate::need::Need;
use crate::scenario::{Scenario, Stage, Verdict};
use crate::sys::{carrier_free, carrier_new, carrier_read, carrier_seek, stream_complete};
use crate::warm::warm_up;

pub const SCENARIOS: &[Scenario] = &[
    survives("functions_late", "G5", "C calls each of several lone functions late", late),
    survives(
        "functions_of_another_type",
        "G5",
        "C calls lone functions with the user data of a struct's callbacks, and the other way round",
        other_type,
    ),
    survives(
        "functions_after_the_last",
        "G5 G10",
        "C calls the last of several lone functions twice, and others after it",
        after_the_last,
    ),
    survives(
        "functions_that_panic",
        "G7",
        "one of several lone functions panics, and C calls on",
        panics,
    )
    .needing(&[Need::Unwinding]),
];

/// What C has: the functions, and their user data.
#[derive(Clone, Copy)]
struct Given {
    functions: Functions,
    arg: *mut core::ffi::c_void,
}

impl Given {
    fn of(together: &dyn Together) -> Self {
        Given { functions: together.functions(), arg: together.arg() }
    }

    fn read(self, value: c_int) -> c_int {
        warm_up();
        // SAFETY: the functions are there for good, and take any user data.
        unsafe { carrier_read(self.functions.read, self.arg, value) }
    }

    fn seek(self, offset: c_int) -> c_int {
        warm_up();
        // SAFETY: it takes any pointer.
        let carrier = unsafe { carrier_new(self.arg) };
        // SAFETY: as for `read`, and the object is there.
        let result = unsafe { carrier_seek(self.functions.seek, carrier, offset.into()) };
        // SAFETY: nobody else has it.
        unsafe { carrier_free(carrier) };
        result
    }

    fn done(self) -> c_int {
        warm_up();
        // SAFETY: as for `read`.
        unsafe { stream_complete(self.functions.done, CLOSE, self.arg) }
    }

    fn each(self, value: c_int) -> [c_int; 2] {
        [self.read(value), self.seek(value)]
    }
}

const BOTH_REFUSED: [c_int; 2] = [REFUSED; 2];

fn late(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let together = stage.binding.together(Host::new(1000).counted(&drops));
    let given = Given::of(&*together);
    holds(given.each(7) == [1007; 2], "each is served")?;
    drop(together);
    let _newcomers = stage.reuse();
    let others: Vec<_> = (2..20).map(|n| stage.binding.together(Host::new(n * 1000))).collect();
    for result in given.each(7) {
        refused(result)?;
    }
    holds(others.len() == 18 && drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 2)
}

fn other_type(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let together = stage.binding.together(Host::new(1000).counted(&drops));
    let carried = stage.binding.carried(Host::new(2000).counted(&drops));
    let wrong = Given { arg: Table::arg(&*carried), ..Given::of(&*together) };
    holds(wrong.each(7) == BOTH_REFUSED, "each is refused")?;
    refused(wrong.done())?;
    // SAFETY: STATIC-TABLE (`keeper.rs`) holds for a `carrier_table` too.
    refused(unsafe { crate::sys::carrier_call_indirect(carried.raw(), together.arg(), 7) })?;
    reported(stage, IncidentKind::BadArgument, 4)?;
    holds(drops.count() == 0, "no word on either")?;
    holds(Given::of(&*together).each(7) == [1007; 2], "each is served")
}

fn after_the_last(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let together = stage.binding.together(Host::new(1000).counted(&drops));
    let given = Given::of(&*together);
    together.hand_over();
    returns(given.read(7), 1007)?;
    returns(given.done(), 1000 + CLOSE)?;
    let _newcomers = stage.reuse();
    let others: Vec<_> = (2..20).map(|n| stage.binding.together(Host::new(n * 1000))).collect();
    refused(given.done())?;
    holds(given.each(7) == BOTH_REFUSED, "each is refused")?;
    holds(others.len() == 18 && drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 3)
}

fn panics(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let host =
        Host::doing(1000, |_, value| if value == 0 { panic!("in one") } else { 1000 + value });
    let together = stage.binding.together(host.counted(&drops));
    let given = Given::of(&*together);
    holds(given.each(0) == BOTH_REFUSED, "a panic is a refusal")?;
    reported(stage, IncidentKind::Panic, 2)?;
    holds(given.each(7) == [1007; 2], "others are served")?;
    together.hand_over();
    returns(given.done(), 1000 + CLOSE)?;
    holds(drops.count() == 1, "the host value was dropped once")
}
