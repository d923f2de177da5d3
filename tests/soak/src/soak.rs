//! Rounds, one after the other, and what is compared after each.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use outlive::{Ledger, TableEntry, TableState};
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};

use crate::allocator::{self, Live};
use crate::entry::{Entry, Shape};
use crate::faults::Faults;
use crate::round::{Budget, Figures, Round};
use crate::sys;
use crate::tally::Tally;
use crate::worker;

/// Tables of earlier rounds that C still calls.
const GRAVES: usize = 200;
/// Threads of a round, C's and the host's, at most.
pub const THREADS: usize = 64;
/// What the process may grow beside the library's own memory: heaps of threads, pages that are cut up.
const RSS_SLACK: u64 = 24 << 20;

/// What the library allocates for each chunk of tables that have memory of their own.
const CHUNK: i64 = 48;
/// Chunks that pools may grow by after the first rounds, when more is alive at once than then. A leak is more.
const GROWTH: i64 = 8;

/// Tables that are alive in a round at once, at most, with those that C was not given.
const MOST_ALIVE: usize = 800;

/// What C did, in all rounds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    pub rounds: u64,
    pub threads: u64,
    pub calls: i64,
    pub served: i64,
    pub refused: i64,
    pub invented: i64,
    pub answered: i64,
    pub unanswered: i64,
}

/// A run.
pub struct Soak {
    pub faults: Arc<Faults>,
    pub figures: Arc<Figures>,
    pub totals: Totals,
    budget: &'static Budget,
    dice: SmallRng,
    /// Abandoned tables that C still calls.
    graves: Vec<Arc<Entry>>,
    /// The numbers of all abandoned tables.
    reserved: Vec<u64>,
    base: Live,
    pub rss: Vec<u64>,
}

impl Soak {
    /// Has what is made once be made, by a table of each type and a few short rounds, and takes the base
    /// line.
    pub fn new(seed: u64) -> Self {
        let faults = Arc::new(Faults::default());
        let figures = Arc::new(Figures::default());
        let mut soak = Soak {
            faults,
            figures,
            totals: Totals::default(),
            budget: Box::leak(Box::new(Budget::new())),
            dice: SmallRng::seed_from_u64(seed),
            graves: Vec::with_capacity(GRAVES),
            reserved: Vec::with_capacity(1 << 15),
            base: Live::default(),
            rss: Vec::with_capacity(1 << 16),
        };
        Round::new(&soak.faults, &soak.figures, soak.budget).hold_each_type();
        for _ in 0..3 {
            soak.play(Duration::from_millis(50));
        }
        let (now, known) = (allocator::live(), soak.known_memory());
        soak.base = Live { bytes: now.bytes - known.bytes, blocks: now.blocks - known.blocks };
        soak.rss.clear();
        soak
    }

    /// One round of random length and number of threads, and all that is to be compared after it.
    pub fn round(&mut self) {
        let length = Duration::from_millis(self.dice.random_range(60..300));
        self.play(length);
        self.check_memory();
        self.rss.push(rss());
    }

    fn play(&mut self, length: Duration) {
        let round = Round::new(&self.faults, &self.figures, self.budget);
        // Few threads as often as many.
        let most = 1_usize << self.dice.random_range(0..=THREADS.ilog2());
        let threads = self.dice.random_range(most / 2 + 1..=most.max(1));
        let hosts = threads.div_ceil(2);
        let pause = Barrier::new(hosts + 1);
        let seed = self.dice.next_u64();
        thread::scope(|scope| {
            let spawn = |number| {
                let (round, pause) = (&round, &pause);
                scope.spawn(move || worker::run(round, seed ^ number, pause))
            };
            let workers: Vec<_> = (0..hosts as u64).map(spawn).collect();
            // SAFETY: the round outlives the threads, which are stopped below.
            let of_c =
                unsafe { sys::load_threads_start(round.board, (threads - hosts) as i32, seed) };
            let begun = Instant::now();
            while begun.elapsed() < length {
                thread::sleep(Duration::from_millis(20).min(length));
                drop(outlive::take_incidents());
            }
            round.stop.store(true, Ordering::Relaxed);
            // SAFETY: they were started above, and are stopped once.
            unsafe { sys::load_threads_stop(of_c) };
            pause.wait();
            pause.wait();
            round.owed.answer_all();
            self.call_graves();
            self.compare(&round);
            pause.wait();
            // The scope's end does not wait for what a thread frees last.
            let joined = workers.into_iter().filter_map(|worker| worker.join().ok()).count();
            self.faults.expect("threads that ended well", joined, hosts);
        });
        self.totals.rounds += 1;
        self.totals.threads += threads as u64;
        round.release_all();
        self.bury(&round);
        self.check_slots();
        round.check_instances();
    }

    /// C calls tables that ended in earlier rounds.
    fn call_graves(&mut self) {
        let mut random = self.dice.next_u64() | 1;
        for entry in &self.graves {
            // SAFETY: abandoned tables stay valid.
            unsafe { sys::load_account_step(entry.account, &raw mut random) };
        }
    }

    /// Compares C's books with the hosts' and the ledger. Nobody is inside.
    fn compare(&mut self, round: &Round) {
        let ledger = outlive::ledger();
        let by_id: HashMap<u64, &TableEntry> =
            ledger.tables.iter().map(|entry| (entry.id, entry)).collect();
        let entries = round.entries.lock().unwrap();
        for entry in entries.iter().chain(&self.graves) {
            entry.check(by_id.get(&entry.id).copied(), &self.faults);
        }
        for entry in entries.iter() {
            let counts = entry.counts();
            self.totals.calls += counts.calls;
            self.totals.served += counts.served;
            self.totals.refused += counts.refused;
            self.totals.answered += counts.answered;
            self.totals.unanswered += counts.dropped;
        }
        let (mut invented, mut served) = (0, 0);
        // SAFETY: the round owns its board.
        unsafe { sys::load_board_invented(round.board, &raw mut invented, &raw mut served) };
        self.totals.invented += invented;
        self.faults.expect("calls that were served with invented user data", served, 0);
    }

    /// Keeps some of the abandoned tables for later calls.
    fn bury(&mut self, round: &Round) {
        let entries = std::mem::take(&mut *round.entries.lock().unwrap());
        for entry in entries {
            // A slot that was given back is taken again before a new one is.
            let index = (entry.id >> 8 & 0xff_ffff) as usize;
            if index >= self.reserved.len() + MOST_ALIVE {
                self.faults
                    .add(format_args!("slot {index}, where {} are left", self.reserved.len()));
            }
            if !entry.abandoned.load(Ordering::SeqCst) {
                self.faults.expect(
                    "whether a table that was not given up was given back",
                    entry.released.load(Ordering::SeqCst),
                    true,
                );
                continue;
            }
            if !entry.released.load(Ordering::SeqCst) {
                self.reserved.push(entry.id);
            }
            if self.graves.len() < GRAVES {
                self.graves.push(entry);
            } else {
                let place = self.dice.random_range(0..GRAVES);
                self.graves[place] = entry;
            }
        }
    }

    /// What the ledger lists is what was abandoned, and nothing else.
    fn check_slots(&mut self) {
        let Ledger { tables, .. } = outlive::ledger();
        self.reserved.sort_unstable();
        let mut listed: Vec<u64> = tables.iter().map(|entry| entry.id).collect();
        listed.sort_unstable();
        if listed != self.reserved {
            let (listed, reserved) = (listed.len(), self.reserved.len());
            self.faults.add(format_args!("the ledger has {listed} tables, {reserved} were left"));
        }
        let alive = tables.iter().filter(|entry| entry.state != TableState::Ended).count();
        self.faults.expect("tables that have not ended", alive, 0);
    }

    /// Not one byte more than is known of.
    fn check_memory(&self) {
        let now = allocator::live();
        let known = self.known_memory();
        let blocks = now.blocks - known.blocks - self.base.blocks;
        let bytes = now.bytes - known.bytes - self.base.bytes;
        // Each table with memory of its own that was given up may keep one chunk from being used again.
        let of_their_own = [Shape::Object, Shape::Linked, Shape::Own];
        let given_up: usize = of_their_own.iter().map(|shape| self.budget.given(*shape)).sum();
        let chunks = blocks.clamp(0, given_up as i64 + GROWTH);
        let more = (bytes - chunks * CHUNK, blocks - chunks);
        self.faults.expect("bytes and blocks beyond what is known", more, (0, 0));
    }

    /// Our own books of the graves. Slots, records and tables are not from the allocator.
    fn known_memory(&self) -> Live {
        // An `Arc` has two counts.
        let grave = size_of::<Entry>() + size_of::<Tally>() + 4 * size_of::<usize>();
        let graves = self.graves.len() as i64;
        Live { bytes: graves * grave as i64, blocks: graves * 2 }
    }

    /// The process does not grow with time, beside what the ledger lists.
    pub fn check_rss(&self) {
        let Some(early) = self.rss[..self.rss.len() / 2].iter().max() else { return };
        let last = *self.rss.last().unwrap_or(&0);
        let ledger = outlive::ledger();
        let bytes = |entry: &TableEntry| (outlive::SLOT_BYTES + entry.table_bytes) as u64;
        let listed: u64 = ledger.tables.iter().map(bytes).sum();
        if last > early + listed + RSS_SLACK {
            self.faults.add(format_args!("the process grew from {early} to {last} bytes"));
        }
    }

    /// How many tables are left in the ledger.
    pub fn left(&self) -> usize {
        self.reserved.len()
    }
}

/// The process's resident bytes.
pub fn rss() -> u64 {
    allocator::uncounted(|| {
        // Not /proc/self/statm, which counts in pages of whatever size.
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = resident.and_then(|kib| kib.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.unwrap_or(0) * 1024
    })
}
