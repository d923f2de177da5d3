//! A cycle of closers. A program of its own: its calls come when the handles are gone, and would stand in the
//! gates of other tests' tables for a moment.

use std::sync::{Arc, Barrier, Mutex, OnceLock};
use std::time::Duration;

use outlive::{Ended, Held, IncidentKind, on_incident};
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

/// A capture that ends a table when it is dropped, some time after it has begun to be.
struct Ends {
    table: Arc<OnceLock<Held<Boxed>>>,
    after: Duration,
}

impl Drop for Ends {
    fn drop(&mut self) {
        std::thread::sleep(self.after);
        let _ = self.table.get().unwrap().revoke();
    }
}

/// Three destructors end each other's tables in a circle. Two of the threads wait already when a hook that is told so
/// closes on them too; the third one then closes the circle.
#[test]
fn a_hook_that_closes_while_its_thread_waits_hides_no_circle() {
    without_deadlock(|| {
        let tables: [Arc<OnceLock<Held<Boxed>>>; 3] = Default::default();
        for (n, table) in tables.iter().enumerate() {
            let after = Duration::from_millis([0, 2500, 300][n]);
            let ends = Ends { table: Arc::clone(&tables[(n + 1) % 3]), after };
            let held = hold(move |_, value| {
                let _kept = &ends;
                value
            });
            let Ok(()) = table.set(held) else { panic!("set before") };
        }
        let of_hook = tables.clone();
        on_incident(move |incident| {
            let told = of_hook.iter().filter_map(|table| table.get());
            for table in told.filter(|table| incident.id() == Some(table.id())) {
                assert_eq!(incident.kind(), IncidentKind::SlowClose);
                assert_eq!(table.revoke_timeout(Duration::from_millis(5)), Ended::Later);
            }
        });
        std::thread::scope(|scope| {
            for n in [1, 0, 2] {
                let table = &tables[n];
                scope.spawn(move || table.get().unwrap().revoke());
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        // What a destructor waits for in vain ends when the circle is broken.
        assert!(tables.iter().all(|table| table.get().unwrap().revoke() == Ended::Now));
    });
}
