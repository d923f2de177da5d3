//! G1 alive: the table is valid until release, the host value until the close has finished.
//!
//! Caught when taken out: the scan for calls inside before the value is dropped (`is_quiet`), the box
//! of its own that holds the value, the slot that outlives the handle.

use outlive::{Ended, Held};
use outlive_tests::host::{Boxed, Door, Drops, hold, on_event, plain_event};
use outlive_tests::keeper::{Keeper, Plain};
use outlive_tests::wait::without_deadlock;

#[test]
fn a_table_works_after_the_scope_that_made_it_and_after_moves() {
    fn make() -> Held<Boxed> {
        let bonus = String::from("seven");
        hold(move |_, value| value + bonus.len() as i32)
    }
    let held = make();
    let keeper = Keeper::of(&held);
    let kept = vec![Box::new(held)];
    assert_eq!(keeper.call(1), 6);
    let moved = std::thread::spawn(move || kept).join().unwrap();
    assert_eq!(keeper.call(2), 7);
    drop(moved);
}

#[test]
fn a_value_is_not_dropped_while_a_call_is_inside_whoever_drops_the_handle() {
    let (drops, door) = (Drops::default(), Door::new());
    let witness = drops.witness();
    let held = Held::new(on_event(move |_, value| {
        door.enter();
        witness.assert_alive();
        value
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    let job = keeper.start(3);
    door.wait_for(1);

    drop(held);
    assert_eq!(drops.count(), 0, "dropped under a running call");
    door.open();
    assert_eq!(job.join(), 3);
    drops.wait_for(1);
}

#[test]
fn a_revoke_drops_the_value_only_when_the_call_inside_has_left() {
    without_deadlock(|| {
        let (drops, door) = (Drops::default(), Door::new());
        let witness = drops.witness();
        let held = Held::new(on_event(move |_, value| {
            door.enter();
            witness.assert_alive();
            value
        }))
        .unwrap();
        let keeper = Keeper::of(&held);
        let job = keeper.start(4);
        door.wait_for(1);

        std::thread::scope(|scope| {
            let closer = scope.spawn(|| held.revoke());
            std::thread::sleep(std::time::Duration::from_millis(50));
            assert!(!closer.is_finished(), "revoke did not wait");
            assert_eq!(drops.count(), 0, "dropped under a running call");
            door.open();
            assert_eq!(closer.join().unwrap(), Ended::Now);
        });
        assert_eq!(job.join(), 4);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn the_table_can_be_called_after_its_handle_was_dropped() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let plain = Held::new(plain_event(|_, value| value)).unwrap();
    let (keeper, kept_plain) = (Keeper::of(&held), Plain::of(&plain));
    drop(held);
    drop(plain);
    let _churn: Vec<_> = (0..1000).map(|n| vec![n as u8; 4096]).collect();
    assert_eq!(keeper.call(1), -1);
    assert_eq!(kept_plain.call(1), -1);
}

#[test]
fn into_inner_gives_the_value_back_undropped() {
    let drops = Drops::default();
    let witness = drops.witness();
    let held = Held::new(on_event(move |_, value| {
        witness.assert_alive();
        value
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    let value = held.into_inner().unwrap();
    assert_eq!((drops.count(), keeper.call(1)), (0, -1));
    drop(value);
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_leaked_value_serves_calls_for_good() {
    let drops = Drops::default();
    let witness = drops.witness();
    let held = Held::new(on_event(move |_, value| {
        witness.assert_alive();
        value * 2
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    held.leak().unwrap();
    assert_eq!((keeper.call(4), drops.count()), (8, 0));
}
