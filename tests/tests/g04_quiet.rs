//! G4 quiet: when `revoke` has returned `Ended::Now`, no callback is running and none will start.
//!
//! Caught when taken out: the check of the gate's word in `admits`, the wait for the calls inside. The
//! barrier between the refusal and the scan (`heavy`) is not: its window is a few nanoseconds wide, and
//! tests on real threads do not hit it. That is a model checker's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use outlive::{Ended, Held, revoke_all};
use outlive_tests::host::{Door, on_event, plain_event};
use outlive_tests::keeper::{Keeper, Plain};
use outlive_tests::wait::without_deadlock;

/// Whether callbacks run, and whether they may.
#[derive(Default)]
struct Watch {
    running: AtomicUsize,
    over: AtomicBool,
    broken: AtomicUsize,
}

impl Watch {
    fn enter(&self) {
        self.running.fetch_add(1, Ordering::SeqCst);
        if self.over.load(Ordering::SeqCst) {
            self.broken.fetch_add(1, Ordering::SeqCst);
        }
        core::hint::spin_loop();
        if self.over.load(Ordering::SeqCst) {
            self.broken.fetch_add(1, Ordering::SeqCst);
        }
        self.running.fetch_sub(1, Ordering::SeqCst);
    }

    fn assert_quiet(&self) {
        assert_eq!(self.running.load(Ordering::SeqCst), 0, "a callback runs after revoke");
        self.over.store(true, Ordering::SeqCst);
    }
}

#[test]
fn no_callback_runs_once_revoke_has_returned() {
    for _ in 0..20 {
        let watch = Arc::new(Watch::default());
        let inside = Arc::clone(&watch);
        let held = Held::new(on_event(move |_, value| {
            inside.enter();
            value
        }))
        .unwrap();
        let keeper = Keeper::of(&held);
        let hammer = keeper.hammer(3);
        hammer.await_calls(20);
        assert_eq!(held.revoke(), Ended::Now);
        watch.assert_quiet();
        hammer.await_calls(20);
        hammer.stop();
        assert_eq!(watch.broken.load(Ordering::SeqCst), 0, "a callback ran after revoke");
    }
}

#[test]
fn no_callback_runs_once_revoke_all_has_returned() {
    let watches: Vec<_> = (0..20).map(|_| Arc::new(Watch::default())).collect();
    let held: Vec<_> = watches
        .iter()
        .map(|watch| {
            let inside = Arc::clone(watch);
            let enter = move |_: &outlive::Call<'_>, value| {
                inside.enter();
                value
            };
            Held::new(on_event(enter)).unwrap()
        })
        .collect();
    let keepers: Vec<_> = held.iter().map(Keeper::of).collect();
    let hammers: Vec<_> = keepers.iter().map(|keeper| keeper.hammer(1)).collect();
    hammers.iter().for_each(|hammer| hammer.await_calls(20));
    let all: Vec<_> = held.iter().map(|held| held as &dyn outlive::Revocable).collect();
    assert_eq!(revoke_all(&all), Ended::Now);
    watches.iter().for_each(|watch| watch.assert_quiet());
    for hammer in hammers {
        hammer.await_calls(5);
        hammer.stop();
    }
    for watch in watches {
        assert_eq!(watch.broken.load(Ordering::SeqCst), 0, "a callback ran after revoke_all");
    }
}

#[test]
fn revoke_waits_for_a_call_that_is_held_inside() {
    without_deadlock(|| {
        let (watch, door) = (Arc::new(Watch::default()), Door::new());
        let inside = Arc::clone(&watch);
        let held = Held::new(on_event(move |_, value| {
            inside.running.fetch_add(1, Ordering::SeqCst);
            door.enter();
            inside.running.fetch_sub(1, Ordering::SeqCst);
            value
        }))
        .unwrap();
        let keeper = Keeper::of(&held);
        let jobs: Vec<_> = (0..3).map(|n| keeper.start(n)).collect();
        door.wait_for(3);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(held.revoke(), Ended::Now);
                watch.assert_quiet();
            });
            std::thread::sleep(std::time::Duration::from_millis(50));
            assert_eq!(keeper.call(1), -1, "a closing table admits no call");
            door.open();
        });
        for (n, job) in (0..).zip(jobs) {
            assert_eq!(job.join(), n);
        }
    });
}

#[test]
fn two_that_revoke_at_once_both_return_when_it_is_quiet() {
    without_deadlock(|| {
        let door = Door::new();
        let held = Held::new(on_event(move |_, value| {
            door.enter();
            value
        }))
        .unwrap();
        let keeper = Keeper::of(&held);
        let job = keeper.start(1);
        door.wait_for(1);
        std::thread::scope(|scope| {
            let closers = [0, 1].map(|_| scope.spawn(|| held.revoke()));
            std::thread::sleep(std::time::Duration::from_millis(50));
            assert!(closers.iter().all(|closer| !closer.is_finished()));
            door.open();
            for closer in closers {
                assert_eq!(closer.join().unwrap(), Ended::Now);
            }
        });
        job.join();
    });
}

#[test]
fn a_revoked_context_free_table_is_quiet() {
    let held = Held::new(plain_event(|_, value| value)).unwrap();
    let plain = Plain::of(&held);
    assert_eq!(plain.call(1), 1);
    assert_eq!(held.revoke(), Ended::Now);
    assert_eq!((plain.call(1), plain.call_from_thread(1)), (-1, -1));
}
