//! The asymmetric pairs of the gate, PUBLISH and LAST-OUT, as the compiler made them and on the machine at hand: no
//! model checker knows `membarrier`. Two threads on two cores run the two sides of a pair at the same moment,
//! very often, and the outcome that the pair excludes must never come up.
//!
//! Without the heavy barrier it does come up, which shows that the test can see it: in optimised code, in some
//! percent of the rounds (`ci/litmus.sh` prints them). Code that is not optimised takes so long from the store to the
//! load that the store has arrived.

#![allow(dead_code, unused_imports, reason = "the test uses a part of the core")]
#![allow(
    clippy::enum_variant_names,
    unfulfilled_lint_expectations,
    reason = "the core is a library, in which these are public"
)]

include!("../engine.rs");

#[path = "../../../crates/outlive-core/src/limits.rs"]
mod limits;
#[path = "../../../crates/outlive-core/src/platform/mod.rs"]
mod platform;
#[path = "../../../crates/outlive-core/src/primitive.rs"]
mod primitive;
#[path = "../../../crates/outlive-core/src/region.rs"]
mod region;

use core::hint::spin_loop;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::gate::{Gate, Way};
use crate::handle::{Handle, Kind};
use crate::record::Record;

/// How long one run takes, at most.
const TIME: Duration = Duration::from_millis(700);
const ROUNDS: usize = 300_000;
/// Whether a missing barrier shows in code as it is built here, on a machine of two cores.
const CAN_SEE: bool = cfg!(all(not(debug_assertions), target_arch = "x86_64"));

/// One pair of threads at a time, for the cores' sake.
static CORES: Mutex<()> = Mutex::new(());

/// What stands in cache lines of its own.
#[derive(Default)]
#[repr(align(128))]
struct Line<T>(T);

/// Where the two sides meet.
struct Stage {
    handle: Handle,
    gate: Line<Gate>,
    /// The calls that are counted in the slot.
    callers: Line<AtomicU32>,
    record: Record,
    /// What the caller writes just before, and the closer just had: it delays the caller's stores.
    clutter: [Line<AtomicU64>; 12],
    /// How often each side has come to a meeting.
    arrived: [Line<AtomicUsize>; 2],
    is_over: AtomicBool,
    /// The gate admitted the caller.
    admitted: AtomicBool,
}

/// The light side of a pair: what comes before, then `store; light fence; load`. It says whether the gate
/// admitted, and what is still published.
trait Light {
    fn before(stage: &Stage) -> Option<Way<'_>>;
    fn run<'a>(stage: &'a Stage, way: Option<Way<'a>>) -> (bool, Option<Way<'a>>);
}

/// PUBLISH, by the way of an outermost call.
struct Outermost;

impl Light for Outermost {
    fn before(_: &Stage) -> Option<Way<'_>> {
        None
    }

    #[inline(always)]
    fn run<'a>(stage: &'a Stage, _: Option<Way<'a>>) -> (bool, Option<Way<'a>>) {
        let way = Way::outermost(&stage.record, stage.handle);
        (stage.gate.0.admits(stage.handle), way)
    }
}

/// PUBLISH, by the way of any other call: with a fence of its own where closers have no barrier.
struct AnyCell<const FENCED: bool>;

impl<const FENCED: bool> Light for AnyCell<FENCED> {
    fn before(_: &Stage) -> Option<Way<'_>> {
        None
    }

    #[inline(always)]
    fn run<'a>(stage: &'a Stage, _: Option<Way<'a>>) -> (bool, Option<Way<'a>>) {
        let way = Way::cell(&stage.record, stage.handle, FENCED);
        (stage.gate.0.admits(stage.handle), way)
    }
}

/// PUBLISH, of a call that is counted in the slot.
struct Counted;

impl Light for Counted {
    fn before(_: &Stage) -> Option<Way<'_>> {
        None
    }

    fn run<'a>(stage: &'a Stage, _: Option<Way<'a>>) -> (bool, Option<Way<'a>>) {
        let way = Way::counted(&stage.callers.0, None, 1);
        (stage.gate.0.admits(stage.handle), Some(way))
    }
}

/// LAST-OUT, of a call that took a cell.
struct Leave<const FENCED: bool>;

impl<const FENCED: bool> Light for Leave<FENCED> {
    fn before(stage: &Stage) -> Option<Way<'_>> {
        Way::cell(&stage.record, stage.handle, FENCED)
    }

    #[inline(always)]
    fn run<'a>(stage: &'a Stage, way: Option<Way<'a>>) -> (bool, Option<Way<'a>>) {
        if let Some(way) = way {
            if FENCED { way.leave(&stage.callers.0) } else { way.leave_lightly() }
        }
        (stage.gate.0.admits(stage.handle), None)
    }
}

/// What a run has seen.
#[derive(Debug)]
struct Seen {
    rounds: usize,
    excluded: usize,
    /// Rounds in which the call came first, and in which the closer did: the sides do meet.
    admitted: usize,
    refused: usize,
}

impl Stage {
    fn new() -> Self {
        Stage {
            handle: Handle::new(0, 1, Kind::Shared),
            gate: Line(Gate::new()),
            callers: Line::default(),
            record: Record::unused(),
            clutter: Default::default(),
            arrived: Default::default(),
            is_over: AtomicBool::new(false),
            admitted: AtomicBool::new(false),
        }
    }

    /// Waits for the other side. A core that somebody else needs is given up.
    fn meet(&self, side: usize, meeting: usize) {
        self.arrived[side].0.store(meeting, Ordering::Release);
        let mut spins = 0u32;
        while self.arrived[1 - side].0.load(Ordering::Acquire) < meeting {
            spins += 1;
            if spins % 4096 == 0 { std::thread::yield_now() } else { spin_loop() }
        }
    }

    fn calls<L: Light>(&self) {
        for round in 0.. {
            let way = L::before(self);
            self.meet(0, 2 * round + 1);
            for line in &self.clutter {
                line.0.store(round as u64, Ordering::Relaxed);
            }
            let (admitted, way) = L::run(self, way);
            self.admitted.store(admitted, Ordering::Relaxed);
            self.meet(0, 2 * round + 2);
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            if let Some(way) = way {
                way.leave(&self.callers.0);
            }
        }
    }

    /// A closer's scan: whether nobody is inside.
    fn is_quiet(&self) -> bool {
        self.callers.0.load(Ordering::Acquire) == 0 && !self.record.holds(self.handle.bits())
    }

    /// The closer's side. `excluded` is the answer of a scan, "nobody is inside", that an admitted call must not meet.
    fn closes(&self, excluded: bool, heavy: bool) -> Seen {
        let mut seen = Seen { rounds: 0, excluded: 0, admitted: 0, refused: 0 };
        let begun = Instant::now();
        for round in 0.. {
            self.gate.0.open(self.handle);
            for line in &self.clutter {
                line.0.store(0, Ordering::Relaxed);
            }
            self.meet(1, 2 * round + 1);
            (0..round % 64).for_each(|_| spin_loop());
            self.gate.0.close(self.handle);
            if heavy {
                barrier::heavy().expect("the barrier was allowed a moment ago");
            }
            let quiet = self.is_quiet();
            let is_last = round + 1 == ROUNDS || begun.elapsed() > TIME;
            self.is_over.store(is_last, Ordering::Relaxed);
            self.meet(1, 2 * round + 2);
            let admitted = self.admitted.load(Ordering::Relaxed);
            seen.rounds += 1;
            seen.admitted += usize::from(admitted);
            seen.refused += usize::from(!admitted);
            seen.excluded += usize::from(admitted && quiet == excluded);
            if is_last {
                return seen;
            }
        }
        seen
    }
}

/// Runs both sides, each on a core of its own where there are two.
fn run<L: Light>(excluded: bool, heavy: bool) -> Seen {
    let _cores = CORES.lock().unwrap_or_else(PoisonError::into_inner);
    barrier::choose(None);
    let stage = Stage::new();
    let cores = cores();
    let pin = |side: usize| cores.get(side).map(|core| pin_to(*core));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pin(0);
            stage.calls::<L>();
        });
        scope
            .spawn(|| {
                pin(1);
                stage.closes(excluded, heavy)
            })
            .join()
            .unwrap()
    })
}

/// The cores that this thread may run on.
fn cores() -> Vec<usize> {
    // SAFETY: all zero is an empty set.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: `set` is valid for its size.
    unsafe { libc::sched_getaffinity(0, size_of_val(&set), &mut set) };
    // SAFETY: the index is below CPU_SETSIZE.
    (0..libc::CPU_SETSIZE as usize).filter(|core| unsafe { libc::CPU_ISSET(*core, &set) }).collect()
}

fn pin_to(core: usize) {
    // SAFETY: all zero is an empty set.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: `cores` found the core in a set.
    unsafe { libc::CPU_SET(core, &mut set) };
    // SAFETY: `set` is valid for its size.
    unsafe { libc::sched_setaffinity(0, size_of_val(&set), &set) };
}

fn publish<L: Light>(heavy: bool) -> Seen {
    run::<L>(true, heavy)
}

fn leave<L: Light>(heavy: bool) -> Seen {
    run::<L>(false, heavy)
}

fn assert_excluded(seen: &Seen) {
    println!("{seen:?}");
    assert_eq!(seen.excluded, 0, "{seen:?}");
}

fn has_a_barrier() -> bool {
    let is_there = barrier::is_asymmetric();
    if !is_there {
        eprintln!("skipped: the pairs that need membarrier(2), which is missing here");
    }
    is_there
}

#[test]
fn a_closer_sees_each_call_that_was_admitted() {
    barrier::choose(None);
    if has_a_barrier() {
        assert_excluded(&publish::<Outermost>(true));
        assert_excluded(&publish::<AnyCell<false>>(true));
    }
    assert_excluded(&publish::<AnyCell<true>>(false));
    assert_excluded(&publish::<Counted>(false));
}

#[test]
fn a_closer_sees_a_call_out_or_the_call_sees_the_closer() {
    barrier::choose(None);
    if has_a_barrier() {
        assert_excluded(&leave::<Leave<false>>(true));
    }
    assert_excluded(&leave::<Leave<true>>(false));
}

/// The control: the excluded outcomes do come up where nothing orders the two sides.
#[test]
fn without_the_barrier_a_closer_misses_calls() {
    if !CAN_SEE || cores().len() < 2 {
        eprintln!("skipped: a missing barrier shows in optimised code for x86-64, on two cores");
        return;
    }
    let sides =
        [("publish", publish::<Outermost> as fn(bool) -> Seen), ("leave", leave::<Leave<false>>)];
    for (name, run) in sides {
        // On a busy machine the two sides hardly meet.
        let seen = (0..20).map(|_| run(false)).inspect(|seen| println!("{name}: {seen:?}"));
        let missed = seen.map(|seen| seen.excluded).find(|excluded| *excluded > 0);
        assert!(missed.is_some(), "{name}: the test does not see a missing barrier");
    }
}
