//! The measurement of the rows: rounds of one sample each, in an order that turns.
//!
//! A sample is the CPU time of the calling threads. With several threads they start at a barrier and
//! run at the same time on one table; the sample is their mean.

use std::sync::Barrier;
use std::thread;

use clap::Args;

use crate::c::bench_tally;
use crate::clock::thread_time;
use crate::progress::Progress;
use crate::rows::{Miscounted, Row};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub rounds: usize,
    /// How long one sample takes, in nanoseconds.
    pub sample: f64,
}

/// The options that say how long to measure.
#[derive(Args)]
pub struct Sampling {
    /// How many samples to take of each row
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// Takes few and short samples, beside small numbers: for a test, not for figures
    #[arg(long)]
    pub quick: bool,
}

impl Sampling {
    pub fn plan(&self) -> Plan {
        let plan = Plan::new(self.quick);
        Plan { rounds: self.rounds.map_or(plan.rounds, usize::from), ..plan }
    }
}

impl Plan {
    /// By ten rounds the targets are measured.
    pub fn new(quick: bool) -> Self {
        if quick { Plan { rounds: 3, sample: 1e5 } } else { Plan { rounds: 10, sample: 3e6 } }
    }
}

/// The samples of a row with a number of threads, in nanoseconds a call, one for each round.
#[derive(Debug)]
pub struct Series {
    pub name: &'static str,
    pub threads: usize,
    /// The calls that each thread makes for a sample.
    pub calls: i64,
    pub samples: Vec<f64>,
}

/// Measures all rows. Every call is accounted for, or this fails.
pub fn measure(rows: &[Row], plan: Plan, progress: &Progress) -> Result<Vec<Series>, Miscounted> {
    let mut measured = Vec::new();
    for row in rows {
        let calls = calibrate(plan.sample, |calls| time(row, calls))?;
        for &threads in row.threads {
            // Threads do not start at the very same moment: more calls, more time together.
            let calls = if threads == 1 { calls } else { 2 * calls };
            let samples = Vec::with_capacity(plan.rounds);
            measured.push((row, Series { name: row.name, threads, calls, samples }));
        }
    }
    interleave(&mut measured, plan.rounds, progress, |(row, series)| {
        series.samples.push(sample(row, series.threads, series.calls)?);
        Ok(())
    })?;
    Ok(measured.into_iter().map(|(_, series)| series).collect())
}

/// Takes a step of each item in each round, in an order that turns.
pub fn interleave<T, E>(
    items: &mut [T],
    rounds: usize,
    progress: &Progress,
    mut step: impl FnMut(&mut T) -> Result<(), E>,
) -> Result<(), E> {
    let count = items.len();
    for round in 0..rounds {
        for place in 0..count {
            step(&mut items[(place + round) % count])?;
        }
        progress.step();
    }
    Ok(())
}

/// How often to do something, so that it takes about `wanted` nanoseconds. `cost` does it some times and
/// says what one time costs.
pub fn calibrate<E>(wanted: f64, mut cost: impl FnMut(i64) -> Result<f64, E>) -> Result<i64, E> {
    let mut count = 16;
    loop {
        let cost = cost(count)?;
        if cost * count as f64 >= wanted / 4.0 {
            return Ok((wanted / cost) as i64 + 1);
        }
        count *= 2;
    }
}

fn sample(row: &Row, threads: usize, calls: i64) -> Result<f64, Miscounted> {
    if threads == 1 {
        return time(row, calls);
    }
    let start = Barrier::new(threads);
    let one = || {
        // A thread's first call is not what is measured.
        let warm = time(row, 100);
        start.wait();
        warm.and_then(|_| time(row, calls))
    };
    let times: Result<Vec<f64>, Miscounted> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        running.into_iter().map(|thread| thread.join().expect("a sample does not panic")).collect()
    });
    Ok(times?.iter().sum::<f64>() / threads as f64)
}

/// Nanoseconds a call, on the calling thread.
pub fn time(row: &Row, calls: i64) -> Result<f64, Miscounted> {
    // In a cache line of its own: two threads' tallies must not meet.
    #[repr(align(128))]
    struct Own(bench_tally);

    let mut tally = Own(bench_tally::default());
    let begun = thread_time();
    let results = row.call(&mut tally.0, calls);
    let spent = thread_time() - begun;
    row.verify(&tally.0, results, calls)?;
    Ok(spent / calls as f64)
}
