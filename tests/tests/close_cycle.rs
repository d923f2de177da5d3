//! A cycle of closers. A program of its own: its calls come when the handles are gone, and would stand in the
//! gates of other tests' tables for a moment.

use std::sync::{Arc, Barrier, Mutex};

use outlive::Held;
use outlive_tests::host::{Boxed, Drops, hold};
use outlive_tests::keeper::Keeper;
use outlive_tests::wait::without_deadlock;

#[test]
fn two_threads_that_end_each_the_table_the_other_is_inside_of_do_not_deadlock() {
    without_deadlock(|| {
        for _ in 0..200 {
            let drops = Drops::default();
            let meet = Arc::new(Barrier::new(2));
            let slots: [Arc<Mutex<Option<Held<Boxed>>>>; 2] = Default::default();
            let make = |other: &Arc<Mutex<Option<Held<Boxed>>>>| {
                let (witness, other, meet) =
                    (drops.witness(), Arc::clone(other), Arc::clone(&meet));
                hold(move |_, value| {
                    meet.wait(); // Both are inside.
                    let handle = other.lock().unwrap().take().unwrap();
                    let _ = handle.revoke();
                    drop(handle);
                    let _kept = &witness;
                    value
                })
            };
            let (one, two) = (make(&slots[1]), make(&slots[0]));
            let keepers = [Keeper::of(&one), Keeper::of(&two)];
            *slots[0].lock().unwrap() = Some(one);
            *slots[1].lock().unwrap() = Some(two);
            let jobs = [keepers[0].start(1), keepers[1].start(2)];
            assert_eq!(jobs.map(|job| job.join()), [1, 2]);
            drops.wait_for(2);
            assert_eq!((keepers[0].call(1), keepers[1].call(1)), (-1, -1));
        }
    });
}
