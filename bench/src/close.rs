//! How long closing takes.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use outlive::{Ended, Held, Revocable, callbacks, revoke_all};
use serde::Serialize;

use crate::c::{bench_table, bench_tally};
use crate::held::{hold, release};
use crate::measure::interleave;
use crate::progress::Progress;
use crate::stats::{median, min};
use crate::waiting::{Waiting, call_once};

/// How many tables are closed at once.
const MANY: usize = 1000;

/// How long closing takes, in nanoseconds of the clock on the wall.
#[derive(Debug, Serialize)]
pub struct CloseCost {
    revoke: Vec<RevokeLatency>,
    many: ManyTables,
    beside_a_call: BesideACall,
}

/// From the end of the last callback's body to the return of `revoke`.
#[derive(Debug, Serialize)]
struct RevokeLatency {
    in_flight: usize,
    /// With no call in flight, all of `revoke`.
    median_ns: f64,
    min_ns: f64,
    /// From the moment at which all callbacks were told to go on.
    from_go_median_ns: f64,
}

/// Closing many tables.
#[derive(Debug, Serialize)]
struct ManyTables {
    tables: usize,
    revoke_all_ns: f64,
    one_by_one_ns: f64,
}

/// A `revoke`, while a callback of another table does not return.
#[derive(Debug, Serialize)]
struct BesideACall {
    alone_ns: f64,
    beside_ns: f64,
    delay_ns: f64,
}

#[derive(Default)]
struct Plain {
    seed: i64,
}

#[callbacks(bench_table, state = arg)]
impl Plain {
    #[callback(fallback = -1)]
    fn on_event(&self, _tally: *mut bench_tally, value: i64) -> i64 {
        value + self.seed
    }
}

/// Measures all of it, `rounds` times.
pub fn measure(rounds: usize, progress: &Progress) -> Result<CloseCost, String> {
    let mut revoke = [0, 8, 64].map(Revokes::with);
    interleave(&mut revoke, rounds, progress, Revokes::sample)?;
    let revoke = revoke.iter().map(Revokes::latency).collect();
    let many = many_tables(rounds)?;
    progress.step();
    let beside_a_call = beside_a_call(rounds)?;
    progress.step();
    Ok(CloseCost { revoke, many, beside_a_call })
}

impl CloseCost {
    /// The median of each `revoke` that had calls to wait for, with their number.
    pub fn waits(&self) -> impl Iterator<Item = (usize, f64)> {
        let waits = self.revoke.iter().filter(|revoke| revoke.in_flight > 0);
        waits.map(|revoke| (revoke.in_flight, revoke.median_ns))
    }
}

/// The samples of a `revoke` with some calls in flight.
struct Revokes {
    in_flight: usize,
    from_last: Vec<f64>,
    from_go: Vec<f64>,
}

impl Revokes {
    fn with(in_flight: usize) -> Self {
        Revokes { in_flight, from_last: Vec::new(), from_go: Vec::new() }
    }

    fn sample(&mut self) -> Result<(), String> {
        let (last, go) = if self.in_flight == 0 {
            let alone = revoke_several()?;
            (alone, alone)
        } else {
            revoke_with_calls(self.in_flight)?
        };
        self.from_last.push(last);
        self.from_go.push(go);
        Ok(())
    }

    fn latency(&self) -> RevokeLatency {
        RevokeLatency {
            in_flight: self.in_flight,
            median_ns: median(&self.from_last),
            min_ns: min(&self.from_last),
            from_go_median_ns: median(&self.from_go),
        }
    }
}

/// The time of a `revoke` that waits for nobody.
fn revoke_once() -> Result<f64, String> {
    let held = hold(Plain::default())?;
    let begun = Instant::now();
    let ended = held.revoke();
    let spent = nanoseconds(begun.elapsed());
    release(held);
    if ended == Ended::Now { Ok(spent) } else { Err("a table without a call did not end".into()) }
}

/// The time of a `revoke` after the last of `in_flight` calls, and after they were told to go on.
fn revoke_with_calls(in_flight: usize) -> Result<(f64, f64), String> {
    let (host, calls) = Waiting::new();
    let held = hold(host)?;
    let measured = thread::scope(|scope| {
        for _ in 0..in_flight {
            scope.spawn(|| call_once(&held));
        }
        calls.await_inside(in_flight)?;
        // The closer must be waiting when they go on.
        scope.spawn(|| calls.let_go_after(Duration::from_millis(3)));
        let ended = held.revoke();
        let returned = Instant::now();
        let out = calls.out();
        if ended != Ended::Now || out != in_flight {
            return Err(format!("revoke returned {ended:?} with {out} of {in_flight} calls out"));
        }
        let since = |then: Instant| nanoseconds(returned.saturating_duration_since(then));
        Ok((since(calls.last_out()), since(calls.went_on())))
    });
    release(held);
    measured
}

fn many_tables(rounds: usize) -> Result<ManyTables, String> {
    let (mut at_once, mut one_by_one) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        at_once.push(close_many(|tables| {
            let tables: Vec<&dyn Revocable> = tables.iter().map(|held| held as _).collect();
            revoke_all(&tables)
        })?);
        one_by_one.push(close_many(|tables| {
            let ended = tables.iter().map(Held::revoke);
            ended.fold(Ended::Now, |all, one| if one == Ended::Now { all } else { one })
        })?);
    }
    Ok(ManyTables {
        tables: MANY,
        revoke_all_ns: median(&at_once),
        one_by_one_ns: median(&one_by_one),
    })
}

fn close_many(close: impl FnOnce(&[Held<Plain>]) -> Ended) -> Result<f64, String> {
    let tables: Result<Vec<_>, _> = (0..MANY).map(|_| hold(Plain::default())).collect();
    let tables = tables?;
    let begun = Instant::now();
    let ended = close(&tables);
    let spent = nanoseconds(begun.elapsed());
    tables.into_iter().for_each(release);
    if ended == Ended::Now { Ok(spent) } else { Err("a table without a call did not end".into()) }
}

fn beside_a_call(rounds: usize) -> Result<BesideACall, String> {
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        alone.push(revoke_several()?);
        beside.push(revoke_beside_a_call()?);
    }
    let (alone_ns, beside_ns) = (median(&alone), median(&beside));
    Ok(BesideACall { alone_ns, beside_ns, delay_ns: beside_ns - alone_ns })
}

/// The median of some closes in a row.
fn revoke_several() -> Result<f64, String> {
    let times: Result<Vec<f64>, String> = (0..8).map(|_| revoke_once()).collect();
    Ok(median(&times?))
}

fn revoke_beside_a_call() -> Result<f64, String> {
    let (host, calls) = Waiting::new();
    let held = hold(host)?;
    let measured = thread::scope(|scope| {
        scope.spawn(|| call_once(&held));
        let inside = calls.await_inside(1);
        let measured = inside.and_then(|()| revoke_several());
        let still_inside = calls.out() == 0;
        calls.let_go_after(Duration::ZERO);
        if still_inside { measured } else { Err("the call beside did not last".into()) }
    });
    release(held);
    measured
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_nanos() as f64
}

impl fmt::Display for CloseCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for RevokeLatency { in_flight, median_ns, min_ns, from_go_median_ns } in &self.revoke {
            let name = format!("revoke, {in_flight} calls in flight: last leave to return");
            write!(f, "{name:<56}{median_ns:>12.0} ns, min {min_ns:.0}")?;
            writeln!(f, ", from go {from_go_median_ns:.0}")?;
        }
        let ManyTables { tables, revoke_all_ns, one_by_one_ns } = self.many;
        let name = format!("{tables} tables at once (revoke_all)");
        writeln!(f, "{name:<56}{revoke_all_ns:>12.0} ns")?;
        let name = format!("{tables} tables one by one");
        writeln!(f, "{name:<56}{one_by_one_ns:>12.0} ns")?;
        let BesideACall { alone_ns, beside_ns, .. } = self.beside_a_call;
        let name = "revoke, a call inside another table";
        writeln!(f, "{name:<56}{beside_ns:>12.0} ns, without that call {alone_ns:.0}")
    }
}
