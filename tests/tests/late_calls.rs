//! C threads call as fast as they can while the host makes, ends and releases tables: what was accepted
//! was served, by the value it was for, and nothing else was.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use outlive::{Ended, Held};
use outlive_tests::host::{OnEvent, hold};
use outlive_tests::keeper::{Hammered, Keeper};
use outlive_tests::wait::without_deadlock;

/// Counts the calls that methods served, and those that came to a value after its end.
#[derive(Default)]
struct Served {
    all: AtomicU64,
    after_end: AtomicU64,
}

/// One registration's value.
struct Life {
    served: Arc<Served>,
    over: Arc<AtomicBool>,
}

impl Life {
    fn serve(&self) {
        self.served.all.fetch_add(1, Ordering::Relaxed);
        if self.over.load(Ordering::SeqCst) {
            self.served.after_end.fetch_add(1, Ordering::Relaxed);
        }
    }
}

type Method = Box<dyn Fn(&outlive::Call<'_>, i32) -> i32 + Send + Sync>;

fn make(served: &Arc<Served>) -> (Held<OnEvent<Method>>, Arc<AtomicBool>) {
    let over = Arc::new(AtomicBool::new(false));
    let life = Life { served: Arc::clone(served), over: Arc::clone(&over) };
    let held = hold(move |_, value| {
        life.serve();
        value
    });
    (held, over)
}

/// Ends a table in one of the ways there are.
fn end(held: Held<OnEvent<Method>>, over: &AtomicBool, way: usize) {
    match way % 4 {
        0 => {
            assert_eq!(held.revoke(), Ended::Now);
            over.store(true, Ordering::SeqCst);
        }
        1 => {
            // SAFETY: C goes on with the user data, on purpose; the table is a static.
            let ended = unsafe { held.release() };
            assert_eq!(ended, Ended::Now);
            over.store(true, Ordering::SeqCst);
        }
        2 => {
            drop(held.into_inner().unwrap());
            over.store(true, Ordering::SeqCst);
        }
        _ => drop(held),
    }
}

fn assert_all_served(hammered: Hammered, served: &Served) {
    assert_eq!(hammered.served, served.all.load(Ordering::SeqCst), "accepted is not served");
    assert_eq!(served.after_end.load(Ordering::SeqCst), 0, "a call reached an ended value");
    assert!(hammered.served > 0 && hammered.served < hammered.calls, "{hammered:?}");
}

#[test]
fn what_is_accepted_is_served_while_tables_come_and_go() {
    without_deadlock(|| {
        let served = Arc::new(Served::default());
        let (first, over) = make(&served);
        let keeper = Keeper::of(&first);
        let hammer = keeper.hammer(4);
        end(first, &over, 0);
        for round in 0..60 {
            let (held, over) = make(&served);
            keeper.set_arg(held.user_data());
            hammer.await_calls(10);
            end(held, &over, round);
            hammer.await_calls(5);
        }
        assert_all_served(hammer.stop(), &served);
    });
}

#[test]
fn stale_calls_never_reach_the_slots_next_registrations() {
    without_deadlock(|| {
        let (old, new) = (Arc::new(Served::default()), Arc::new(Served::default()));
        let (held, over) = make(&old);
        let keeper = Keeper::of(&held);
        let hammer = keeper.hammer(3);
        hammer.await_calls(10);
        end(held, &over, 1);
        let at_end = old.all.load(Ordering::SeqCst);
        for _ in 0..5_000 {
            let (held, over) = make(&new);
            end(held, &over, 1);
        }
        hammer.await_calls(10);
        let hammered = hammer.stop();
        assert_eq!(new.all.load(Ordering::SeqCst), 0, "a stale call reached a new value");
        assert_eq!((old.all.load(Ordering::SeqCst), hammered.served), (at_end, at_end));
    });
}

#[test]
fn restricted_tables_serve_what_they_accept_too() {
    without_deadlock(|| {
        let served = Arc::new(Served::default());
        let make = || {
            let life = Life { served: Arc::clone(&served), over: Arc::default() };
            let host = OnEvent(Box::new(move |_: &outlive::Call<'_>, value: i32| {
                life.serve();
                value
            }) as Method);
            Held::exclusive(host).unwrap()
        };
        let mut held = make();
        let keeper = Keeper::of(&held);
        let hammer = keeper.hammer(3);
        for _ in 0..40 {
            hammer.await_calls(10);
            assert_eq!(held.revoke(), Ended::Now);
            hammer.await_calls(5);
            // SAFETY: C goes on with the user data, on purpose; the table is a static.
            let _ = unsafe { held.release() };
            held = make();
            keeper.set_arg(held.user_data());
        }
        let _ = held.revoke();
        hammer.await_calls(5);
        assert_all_served(hammer.stop(), &served);
    });
}
