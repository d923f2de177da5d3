//! G1 and G4 by brute force: C calls without a pause through real trampolines, while one table after
//! the other is made, ended at some moment, and released. A host value that has ended is poisoned.
//!
//! The few nanoseconds in which a missing barrier shows are not hit this way: for them there are the
//! litmus tests of the core. Caught when taken out: the wait for the calls inside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use outlive::Ended;
use outlive_tests::host::{Boxed, hold};
use outlive_tests::keeper::Keeper;

const TIME: Duration = Duration::from_secs(2);
const ALIVE: u64 = 0x0a11_0e0a_110e_0a11;
const POISON: u64 = 0xdead_dead_dead_dead;

/// Host values share their memory, one after the other, so that nothing that was freed is read. It
/// has the number of the value, too.
struct Memory {
    number: AtomicU64,
    life: AtomicU64,
}

/// A host value, which poisons its memory when it is dropped.
struct Value {
    memory: Arc<Memory>,
    number: u64,
}

impl Value {
    fn new(memory: &Arc<Memory>, number: u64) -> Self {
        memory.number.store(number, Ordering::Relaxed);
        memory.life.store(ALIVE, Ordering::Release);
        Value { memory: memory.clone(), number }
    }

    /// Whether the value is alive, and the one that this call was meant for.
    fn is_sound(&self) -> bool {
        self.memory.life.load(Ordering::Relaxed) == ALIVE
            && self.memory.number.load(Ordering::Relaxed) == self.number
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.memory.life.store(POISON, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Counts {
    served: AtomicUsize,
    broken: AtomicUsize,
}

fn held(memory: &Arc<Memory>, number: u64, counts: &Arc<Counts>) -> outlive::Held<Boxed> {
    let (value, counts) = (Value::new(memory, number), counts.clone());
    hold(move |_, argument| {
        let mut sound = value.is_sound();
        (0..8).for_each(|_| core::hint::spin_loop());
        sound &= value.is_sound();
        counts.broken.fetch_add(usize::from(!sound), Ordering::Relaxed);
        counts.served.fetch_add(1, Ordering::Relaxed);
        argument
    })
}

#[test]
fn no_call_ever_sees_a_value_that_has_ended() {
    let memory = Arc::new(Memory { number: AtomicU64::new(0), life: AtomicU64::new(POISON) });
    let counts = Arc::new(Counts::default());
    let first = held(&memory, 0, &counts);
    let keeper = Keeper::of(&first);
    let hammer = keeper.hammer(1);
    hammer.await_calls(100);
    assert_eq!(first.revoke(), Ended::Now);
    let (begun, mut tables) = (Instant::now(), 0);
    while begun.elapsed() < TIME {
        tables += 1;
        let held = held(&memory, tables, &counts);
        let before = counts.served.load(Ordering::Relaxed);
        keeper.set_arg(held.user_data());
        // Ends at a moment that has nothing to do with the calls.
        while counts.served.load(Ordering::Relaxed) == before && begun.elapsed() < TIME {}
        (0..tables % 97).for_each(|_| core::hint::spin_loop());
        assert_eq!(held.revoke(), Ended::Now);
        assert_eq!(memory.life.load(Ordering::Relaxed), POISON, "the value has not ended");
        // SAFETY: C has a number, which leads to no other registration.
        assert_eq!(unsafe { held.release() }, Ended::Now);
    }
    hammer.stop();
    let served = counts.served.load(Ordering::Relaxed);
    println!("{tables} tables ended under {served} calls");
    assert_eq!(counts.broken.load(Ordering::Relaxed), 0, "a call saw a value that has ended");
}
