//! The measurement of the rows: rounds of one sample each, in an order that turns.
//!
//! A sample is the CPU time of the calling threads. With several threads they start at a barrier and
//! run at the same time on one table; the sample is their mean.

use core::ffi::c_long;
use std::sync::Barrier;
use std::thread;

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

/// The samples of a row with a number of threads, in nanoseconds a call, one for each round.
#[derive(Debug)]
pub struct Series {
    pub name: &'static str,
    pub threads: usize,
    /// The calls that each thread makes for a sample.
    pub calls: c_long,
    pub samples: Vec<f64>,
}

/// Measures all rows. Every call is accounted for, or this fails.
pub fn measure(rows: &[Row], plan: Plan, progress: &Progress) -> Result<Vec<Series>, Miscounted> {
    let mut measured = Vec::new();
    for row in rows {
        let calls = calibrate(row, plan.sample)?;
        for &threads in row.threads {
            // Threads do not start at the very same moment: more calls, more time together.
            let calls = if threads == 1 { calls } else { 2 * calls };
            let samples = Vec::with_capacity(plan.rounds);
            measured.push((row, Series { name: row.name, threads, calls, samples }));
        }
    }
    for round in 0..plan.rounds {
        let count = measured.len();
        for place in 0..count {
            let (row, series) = &mut measured[(place + round) % count];
            series.samples.push(sample(row, series.threads, series.calls)?);
        }
        progress.step();
    }
    Ok(measured.into_iter().map(|(_, series)| series).collect())
}

/// How many calls take about `wanted` nanoseconds.
fn calibrate(row: &Row, wanted: f64) -> Result<c_long, Miscounted> {
    let mut calls = 1000;
    loop {
        let cost = time(row, calls)?;
        if cost * calls as f64 >= wanted / 4.0 {
            return Ok((wanted / cost) as c_long + 1);
        }
        calls *= 2;
    }
}

fn sample(row: &Row, threads: usize, calls: c_long) -> Result<f64, Miscounted> {
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
fn time(row: &Row, calls: c_long) -> Result<f64, Miscounted> {
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
