//! A call into each of many live tables, in random order. Hand-written trampolines over as many boxed
//! values are what it is compared with.
//!
//! When the calls begin, the core's caches are full of something else, as where C calls each table once in
//! a while. Otherwise it would depend on the case that took its sample before how much is still there.

use core::ffi::c_void;

use outlive::Held;

use crate::c::{bench_call_all, bench_callback, bench_tally};
use crate::clock::thread_time;
use crate::held::hold;
use crate::rows::peers::{Seeded, hand_seeded};
use crate::scale::case::{Bound, Case, Family, Ready, Setting};

const NAME: &str = "call-all";
/// A sample has this many calls at least.
const CALLS: usize = 100_000;
/// More bytes than a core's share of the caches.
const CACHES: usize = 256 << 20;

pub fn family() -> Family {
    let cases = [
        Case::new("call-all-hand", 1_000_000, by_hand),
        Case::new(NAME, 1_000_000, kept).within(&[Bound::Ratio(1.5)]),
    ];
    Family::new(NAME, cases.to_vec())
}

/// The number in the host value of this place; a sum of many says that each of them was reached.
fn seed(place: usize) -> usize {
    place.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn kept(setting: &Setting) -> Result<Ready, String> {
    let tables: Result<Vec<Held<Seeded>>, _> =
        (0..setting.n).map(|place| hold(Seeded(seed(place)))).collect();
    let tables = tables?;
    let callbacks = tables.iter().map(|held| {
        // SAFETY: the table is valid until it is released, and nobody writes it.
        let on_event = unsafe { (*held.as_ptr()).on_event };
        bench_callback { on_event, user_data: held.user_data() }
    });
    called_in_random_order(setting, callbacks.collect(), tables)
}

fn by_hand(setting: &Setting) -> Result<Ready, String> {
    let hosts: Vec<Box<Seeded>> =
        (0..setting.n).map(|place| Box::new(Seeded(seed(place)))).collect();
    let callbacks = hosts.iter().map(|host| {
        let user_data = core::ptr::from_ref::<Seeded>(host).cast_mut().cast::<c_void>();
        bench_callback { on_event: Some(hand_seeded), user_data }
    });
    called_in_random_order(setting, callbacks.collect(), hosts)
}

/// Calls all callbacks, whose host values `kept` keeps. The cost is that of one call.
fn called_in_random_order<T: 'static>(
    setting: &Setting,
    mut callbacks: Vec<bench_callback>,
    kept: T,
) -> Result<Ready, String> {
    shuffle(&mut callbacks);
    let calls = callbacks.len();
    let passes = CALLS.div_ceil(calls);
    let (mut elsewhere, caches) = (Vec::new(), setting.of(CACHES));
    let seeds = (0..calls).fold(0, |sum: usize, place| sum.wrapping_add(seed(place)));
    Ok(Ready::once(move || {
        let _kept = &kept;
        let (mut tally, mut results) = (bench_tally::default(), 0);
        elsewhere.resize(caches, 0);
        use_caches(&mut elsewhere);
        let begun = thread_time();
        for _ in 0..passes {
            // SAFETY: `kept` keeps what they lead to, and nobody else has the tally.
            let sum = unsafe { bench_call_all(callbacks.as_ptr(), &raw mut tally, calls as i64) };
            results += sum;
        }
        let spent = thread_time() - begun;
        verify(&tally, results, passes, calls, seeds)?;
        Ok(spent / (passes * calls) as f64)
    }))
}

/// Fills the caches with lines of `memory`.
fn use_caches(memory: &mut [u8]) {
    for line in memory.chunks_mut(64) {
        line[0] = core::hint::black_box(line[0]).wrapping_add(1);
    }
}

/// Whether each call has reached its own host value.
fn verify(
    tally: &bench_tally,
    results: i64,
    passes: usize,
    calls: usize,
    seeds: usize,
) -> Result<(), String> {
    let values = passes * (calls * (calls - 1) / 2);
    let sum = passes.wrapping_mul(seeds).wrapping_add(values);
    let wanted = ((passes * calls) as u64, sum as u64, values as i64);
    if wanted == (tally.calls, tally.sum, results) {
        return Ok(());
    }
    Err(format!("{} calls were made, {} reached their host values right", wanted.0, tally.calls))
}

/// Brings the callbacks into an order that is the same in each process: xorshift64, Fisher-Yates.
fn shuffle(callbacks: &mut [bench_callback]) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for last in (1..callbacks.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        callbacks.swap(last, (state % (last as u64 + 1)) as usize);
    }
}
