//! G6 re-entrant: revoke, drop and hold work from inside a callback, at any depth, without deadlock and
//! without freeing what is in use; a callback can name its own table.
//!
//! Caught when taken out: `Wait::unless_inside` (these tests would hang), the scan that keeps the value
//! while its own frames are inside, the last call out that ends it (`after_last_call`).

use std::sync::{Arc, Mutex, OnceLock};

use outlive::{Ended, Held, IncidentKind, IntoInnerError};
use outlive_tests::host::{Boxed, Drops, hold, on_event};
use outlive_tests::incidents;
use outlive_tests::keeper::{Keeper, Kept};
use outlive_tests::wait::{until, without_deadlock};

/// Something for a callback to find once its table exists.
type Late<T> = Arc<OnceLock<T>>;

fn set<T>(late: &Late<T>, value: T) {
    assert!(late.set(value).is_ok());
}

/// A table whose callback with `n > 0` calls itself through C with `n - 1`, and at 0 does `f`.
fn descend(
    f: impl Fn(&outlive::Call<'_>) -> i32 + Send + Sync + 'static,
) -> (Held<Boxed>, Late<Keeper>) {
    let keeper = Late::<Keeper>::default();
    let own = Arc::clone(&keeper);
    let held =
        hold(move |call, n| if n > 0 { own.get().unwrap().call(n - 1) + 1 } else { f(call) });
    set(&keeper, Keeper::of(&held));
    (held, keeper)
}

#[test]
fn a_callback_revokes_its_own_table_and_goes_on() {
    without_deadlock(|| {
        let drops = Drops::default();
        let (witness, counted) = (drops.witness(), drops.clone());
        let held = Held::new(on_event(move |call, value| {
            assert_eq!(call.revoke(), Ended::Later);
            assert_eq!(counted.count(), 0);
            witness.assert_alive();
            value
        }))
        .unwrap();
        let keeper = Keeper::of(&held);
        assert_eq!(keeper.call(8), 8, "the call that revokes still returns its result");
        until(|| drops.count() == 1); // the last call out ends the value
        assert_eq!(keeper.call(8), -1);
        assert_eq!(held.revoke(), Ended::Now);
    });
}

#[test]
fn a_table_can_be_revoked_fifty_calls_deep() {
    without_deadlock(|| {
        let drops = Drops::default();
        let witness = drops.witness();
        let (held, keeper) = descend(move |call| {
            assert_eq!(call.revoke(), Ended::Later);
            witness.assert_alive();
            0
        });
        assert_eq!(keeper.get().unwrap().call(50), 50);
        until(|| drops.count() == 1);
        assert_eq!(keeper.get().unwrap().call(50), -1);
        drop(held);
    });
}

#[test]
fn a_nested_call_after_the_revoke_is_refused_and_the_outer_ones_return() {
    without_deadlock(|| {
        let keeper = Late::<Keeper>::default();
        let own = Arc::clone(&keeper);
        let held = Held::new(on_event(move |call, value| {
            let _ = call.revoke();
            own.get().unwrap().call(value) + 100
        }))
        .unwrap();
        set(&keeper, Keeper::of(&held));
        assert_eq!(keeper.get().unwrap().call(1), 99);
    });
}

#[test]
fn a_callback_drops_the_handle_of_its_own_table() {
    without_deadlock(|| {
        let drops = Drops::default();
        let witness = drops.witness();
        let handle: Arc<Mutex<Option<Box<dyn std::any::Any + Send>>>> = Arc::default();
        let own = Arc::clone(&handle);
        let held = Held::new(on_event(move |_, value| {
            let handle = own.lock().unwrap().take();
            drop(handle);
            witness.assert_alive();
            value
        }))
        .unwrap();
        let keeper = Keeper::of(&held);
        *handle.lock().unwrap() = Some(Box::new(held));
        assert_eq!(keeper.call(6), 6);
        drops.wait_for(1);
        assert_eq!(keeper.call(6), -1);
    });
}

#[test]
fn a_callback_holds_calls_and_releases_another_table() {
    let host = on_event(|_, value| {
        let inner = Held::new(on_event(|_, value| value * 2)).unwrap();
        let result = Keeper::of(&inner).call(value);
        // SAFETY: C has forgotten it: its keeper is gone.
        assert_eq!(unsafe { inner.release() }, Ended::Now);
        result
    });
    let held = Held::new(host).unwrap();
    assert_eq!(Keeper::of(&held).call(21), 42);
}

#[test]
fn into_inner_from_inside_gives_the_handle_back_and_later_the_value() {
    without_deadlock(|| {
        let handle = Arc::new(Mutex::new(None));
        let drops = Drops::default();
        let witness = drops.witness();
        let own: Arc<Mutex<Option<Held<Boxed>>>> = Arc::clone(&handle);
        let inside = move |_: &outlive::Call<'_>, value| {
            witness.assert_alive();
            let held = own.lock().unwrap().take().unwrap();
            match held.into_inner() {
                Err(IntoInnerError::StillInside(held)) => *own.lock().unwrap() = Some(held),
                _ => panic!("the call itself is still inside"),
            }
            value
        };
        let held = hold(inside);
        let keeper = Keeper::of(&held);
        *handle.lock().unwrap() = Some(held);
        assert_eq!(keeper.call(3), 3);
        assert_eq!(keeper.call(3), -1, "no new call is admitted any more");
        let held = handle.lock().unwrap().take().unwrap();
        let value = held.into_inner().unwrap();
        assert_eq!(drops.count(), 0);
        drop(value);
        until(|| drops.count() == 1);
    });
}

#[test]
fn release_from_inside_reuses_the_slot_only_after_the_call() {
    without_deadlock(|| {
        type Release = Box<dyn FnOnce() -> Ended + Send>;
        let handle: Arc<Mutex<Option<Release>>> = Arc::default();
        let own = Arc::clone(&handle);
        let held = Held::new(on_event(move |_, value| {
            let release = own.lock().unwrap().take().unwrap();
            assert_eq!(release(), Ended::Later);
            for n in 0..100 {
                let other = Held::new(on_event(move |_, _| n)).unwrap();
                // The lower half is index and kind: another slot while this call is inside.
                assert_eq!(Keeper::of(&other).call(0), n);
            }
            value
        }))
        .unwrap();
        let keeper = Keeper::of(&held);
        // SAFETY: `keeper` calls once more, to see that it is refused; its table is a static.
        *handle.lock().unwrap() = Some(Box::new(move || unsafe { held.release() }));
        assert_eq!(keeper.call(5), 5);
        assert_eq!(keeper.call(5), -1);
    });
}

#[test]
fn a_callback_names_its_own_table() {
    let held = Held::new(on_event(|call, value| {
        assert_eq!((call.table(), call.callback()), ("keeper_table", "on_event"));
        // The lower half of the number is the same for all tables of a slot.
        call.id() as i32 ^ value
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!(keeper.call(4), held.id() as i32 ^ 4);
    assert!(incidents::of(held.id(), 0).is_empty());
    let _ = held.revoke();
    keeper.call(4);
    incidents::only(held.id(), IncidentKind::LateCall);
}

#[test]
fn with_may_revoke_its_own_table() {
    without_deadlock(|| {
        let drops = Drops::default();
        let witness = drops.witness();
        let held = Held::new(on_event(move |_, value| {
            witness.assert_alive();
            value
        }))
        .unwrap();
        held.with(|_| {
            assert_eq!(held.revoke(), Ended::Later);
            assert_eq!(drops.count(), 0);
        })
        .unwrap();
        until(|| drops.count() == 1);
        assert!(!held.arg().is_null());
    });
}
