//! G10, as far as a table goes without a destroy notify of its own: the host value is dropped exactly
//! once, whatever ends it and however many do.
//!
//! Caught when taken out: the one move to `Finalising` that only one closer makes (ONE-ENDER).

use std::sync::Arc;

use outlive::{Ended, Held, revoke_all};
use outlive_tests::host::{Boxed, Drops, hold};
use outlive_tests::keeper::Keeper;
use outlive_tests::wait::{until, without_deadlock};

fn held(drops: &Drops) -> Held<Boxed> {
    let witness = drops.witness();
    hold(move |_, value| {
        let _kept = &witness;
        value
    })
}

#[test]
fn each_way_to_end_a_table_drops_its_value_once() {
    let drops = Drops::default();
    drop(held(&drops));
    drops.wait_for(1);
    let revoked = held(&drops);
    assert_eq!((revoked.revoke(), revoked.revoke(), drops.count()), (Ended::Now, Ended::Now, 2));
    drop(revoked);
    assert_eq!(drops.count(), 2);
    // SAFETY: C never had it.
    assert_eq!(unsafe { held(&drops).release() }, Ended::Now);
    assert_eq!(drops.count(), 3);
    let (one, two) = (held(&drops), held(&drops));
    assert_eq!(revoke_all(&[&one, &two, &one]), Ended::Now);
    assert_eq!(drops.count(), 5);
    drop(one.into_inner());
    drop(two);
    assert_eq!(drops.count(), 5);
    drop(held(&drops).into_inner().unwrap());
    assert_eq!(drops.count(), 6);
}

#[test]
fn a_value_is_dropped_once_however_many_end_it_while_c_calls() {
    without_deadlock(|| {
        for _ in 0..20 {
            let drops = Drops::default();
            let held = Arc::new(held(&drops));
            let keeper = Keeper::of(&*held);
            let hammer = keeper.hammer(2);
            hammer.await_calls(10);
            let closers: Vec<_> = (0..3)
                .map(|_| {
                    let held = Arc::clone(&held);
                    std::thread::spawn(move || held.revoke())
                })
                .collect();
            for closer in closers {
                assert_eq!(closer.join().unwrap(), Ended::Now);
            }
            until(|| drops.count() == 1);
            drop(held);
            hammer.stop();
            assert_eq!(drops.count(), 1);
        }
    });
}
