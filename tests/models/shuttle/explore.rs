//! How a scenario is run.

use std::cell::Cell;
use std::env;
use std::panic::PanicHookInfo;
use std::sync::{Arc, Once};

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, MaxSteps, Runner};

use crate::host::{Expected, World, begin};

std::thread_local! { static HAS_PANICKED: Cell<bool> = const { Cell::new(false) }; }

/// Runs a scenario in random interleavings, then in those that preempt at few but arbitrary steps. `OUTLIVE_RUNS` says
/// how many of each.
pub(crate) fn explore(scenario: impl Fn() + Send + Sync + 'static) {
    run_all(true, scenario);
}

/// As [`explore`], of threads that look again and again where time passes: only in random interleavings, which are fair.
pub(crate) fn explore_fairly(scenario: impl Fn() + Send + Sync + 'static) {
    run_all(false, scenario);
}

fn run_all(is_finite: bool, scenario: impl Fn() + Send + Sync + 'static) {
    notice_panics();
    let runs = env::var("OUTLIVE_RUNS").map_or(1000, |runs| runs.parse().unwrap());
    let scenario = Arc::new(move || {
        begin(World::Asymmetric);
        scenario();
        // The engine catches panics of host values.
        assert!(!HAS_PANICKED.replace(false), "a panic was caught: its message is above");
    });
    let mut config = Config::new();
    config.stack_size = 0x40000;
    config.max_steps = MaxSteps::FailAfter(100_000);
    config.silence_warnings = true;
    let random = scenario.clone();
    Runner::new(RandomScheduler::new(runs), config.clone()).run(move || random());
    for depth in if is_finite { &[2, 4][..] } else { &[] } {
        let preempting = scenario.clone();
        Runner::new(PctScheduler::new(*depth, runs), config.clone()).run(move || preempting());
    }
}

/// Takes note of each panic, but for those that a scenario asks for.
fn notice_panics() {
    static NOTICED: Once = Once::new();
    NOTICED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if !info.payload().is::<Expected>() {
                HAS_PANICKED.set(true);
                before(info);
            }
        }));
    });
    HAS_PANICKED.set(false);
}
