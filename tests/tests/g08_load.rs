//! G8 threads, under load: an exclusive value is never entered twice. A program of its own, for its
//! many incidents fill the ring, and another test's would be missed.
//!
//! Caught when taken out: the `busy` flag.

use core::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use outlive::Held;
use outlive_tests::host::on_event;
use outlive_tests::keeper::Keeper;

#[test]
fn an_exclusive_value_is_never_entered_twice_under_load() {
    static INSIDE: AtomicUsize = AtomicUsize::new(0);
    static TWICE: AtomicBool = AtomicBool::new(false);
    let served = Cell::new(0u64);
    let held = Held::exclusive(on_event(move |_, value| {
        if INSIDE.fetch_add(1, Ordering::SeqCst) != 0 {
            TWICE.store(true, Ordering::SeqCst);
        }
        served.set(served.get() + 1);
        INSIDE.fetch_sub(1, Ordering::SeqCst);
        if value == 0 { served.get() as i32 } else { value }
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    let hammer = keeper.hammer(4);
    hammer.await_calls(5000);
    let hammered = hammer.stop();
    assert!(!TWICE.load(Ordering::SeqCst), "two calls were inside at once");
    // Counted without an atomic: the gate orders one call after the other.
    assert_eq!(keeper.call(0) as u64, hammered.served + 1);
}
