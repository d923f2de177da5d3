//! A thread of the host's: it makes tables, ends them, and has C call.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::round::{Own, Round};

/// Tables of its own that a thread has at most.
const OWN: usize = 6;

/// Runs until the round stops; then waits while the books are compared, and gives back its own.
///
/// `pause` is passed three times: when no thread calls any more, when each thread has ended what only
/// it may end, and when the books have been compared.
pub fn run(round: &Arc<Round>, seed: u64, pause: &Barrier) {
    let mut dice = SmallRng::seed_from_u64(seed);
    let mut own = Vec::with_capacity(OWN);
    while !round.stop.load(Ordering::Relaxed) {
        let acted = catch_unwind(AssertUnwindSafe(|| act(round, &mut dice, &mut own)));
        if acted.is_err() {
            round.faults.add("a panic came through to the host's side");
        }
    }
    pause.wait();
    drop(outlive::ledger());
    pause.wait();
    pause.wait();
    own.into_iter().for_each(|seat| round.release(seat));
}

fn act(round: &Arc<Round>, dice: &mut SmallRng, own: &mut Vec<Own>) {
    let number = dice.next_u64();
    match number % 1024 {
        0..6 => round.make_shared(dice.next_u64()),
        6..9 if own.len() < OWN => own.extend(round.make_local(dice.next_u64())),
        9..14 => round.close_one(dice.next_u64()),
        14..16 => end_own(round, dice.next_u64(), own),
        16..18 => round.step_in_thread(&mut (dice.next_u64() | 1)),
        18 => drop(outlive::ledger()),
        19..40 => round.visit_one(number >> 10),
        40..60 => round.owed.settle_one(number >> 10),
        _ => {
            let mut random = number | 1;
            for _ in 0..8 {
                round.step(&mut random);
            }
        }
    }
}

fn end_own(round: &Round, dice: u64, own: &mut Vec<Own>) {
    if own.is_empty() {
        return;
    }
    let place = (dice >> 8) as usize % own.len();
    if dice % 2 == 0 {
        round.end(&own[place], dice >> 1 & 1);
    } else {
        let seat = own.swap_remove(place);
        own.extend(round.let_go(seat, dice >> 16));
    }
}
