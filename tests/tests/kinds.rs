//! Shared, exclusive and local values: what the host itself may do with them. Which threads C may call
//! from is in `g08_threads.rs`.

use std::cell::Cell;
use std::rc::Rc;

use outlive::{Ended, Held, WithError};
use outlive_tests::host::{Door, hold, on_event, plain_event};
use outlive_tests::keeper::{Keeper, Plain};
use outlive_tests::wait::without_deadlock;

#[test]
fn the_host_reaches_a_shared_value_while_c_is_inside() {
    let door = Door::new();
    let held = hold(move |_, value| {
        door.enter();
        value
    });
    let keeper = Keeper::of(&held);
    let job = keeper.start(1);
    door.wait_for(1);
    assert_eq!(held.with(|_| 5), Ok(5));
    door.open();
    assert_eq!(job.join(), 1);
}

#[test]
fn with_holds_c_out_of_an_exclusive_value_and_a_close_back() {
    without_deadlock(|| {
        let held = Held::exclusive(on_event(|_, value| value)).unwrap();
        let keeper = Keeper::of(&held);
        let result = held.with(|_| {
            assert_eq!(held.with(|_| ()), Err(WithError::Busy));
            (keeper.call(1), keeper.call_from_thread(2), held.revoke())
        });
        assert_eq!(result, Ok((-1, -1, Ended::Later)));
        assert_eq!(held.with(|_| ()), Err(WithError::Closed));
        assert_eq!(held.revoke(), Ended::Now);
    });
}

#[test]
fn an_exclusive_value_moves_between_threads() {
    let count = Cell::new(0); // `Send`, not `Sync`.
    let held = Held::exclusive(on_event(move |_, value| {
        count.set(count.get() + value);
        count.get()
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!((keeper.call(1), keeper.call_from_thread(2)), (1, 3));
    let value = std::thread::spawn(move || held.into_inner().unwrap()).join().unwrap();
    let again = Held::exclusive(value).unwrap();
    assert_eq!(Keeper::of(&again).call(4), 7);
}

#[test]
fn a_local_value_may_be_neither_send_nor_sync() {
    let count = Rc::new(Cell::new(0));
    let inside = Rc::clone(&count);
    let held = Held::local(plain_event(move |_, value| {
        inside.set(inside.get() + 1);
        value
    }))
    .unwrap();
    let plain = Plain::of(&held);
    assert_eq!((plain.call(3), plain.call_from_thread(3), count.get()), (3, -1, 1));
    assert_eq!(Rc::strong_count(&count), 2);
    assert_eq!((held.revoke(), Rc::strong_count(&count)), (Ended::Now, 1));
}

#[test]
fn a_local_value_may_be_called_again_from_inside() {
    let keeper = Rc::new(std::cell::OnceCell::<Keeper>::new());
    let own = Rc::clone(&keeper);
    let held =
        Held::local(on_event(
            move |_, value| {
                if value > 0 { own.get().unwrap().call(value - 1) + 1 } else { 0 }
            },
        ))
        .unwrap();
    assert!(keeper.set(Keeper::of(&held)).is_ok());
    assert_eq!(keeper.get().unwrap().call(20), 20);
}

#[test]
fn with_is_refused_after_the_end_of_each_kind() {
    let (shared, exclusive, local) = (
        hold(|_, value| value),
        Held::exclusive(on_event(|_, value| value)).unwrap(),
        Held::local(on_event(|_, value| value)).unwrap(),
    );
    let _ = shared.revoke();
    let _ = exclusive.revoke();
    let _ = local.revoke();
    assert_eq!(shared.with(|_| ()), Err(WithError::Closed));
    assert_eq!(exclusive.with(|_| ()), Err(WithError::Closed));
    assert_eq!(local.with(|_| ()), Err(WithError::Closed));
}

#[test]
fn what_the_host_does_in_with_is_no_incident() {
    let held = hold(|_, value| value);
    let _ = held.revoke();
    assert!(held.with(|_| ()).is_err());
    let own = outlive::ledger().tables.into_iter().find(|one| one.id == held.id()).unwrap();
    assert!(own.incidents.is_empty() && own.refused == 0, "{own}");
}
