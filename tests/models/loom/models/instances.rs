//! The instances of a context-free table: SUPPLIES.

use crate::explore::{explore, explore_without_light_fences, run};
use crate::handle::{Handle, Kind};
use crate::host::{INSTANCES, Owner, Table, here};
use crate::instance::Instance;
use crate::threads::spawn;

fn release(owner: Owner) {
    // SAFETY: C has the instance's code, which is always there.
    let _ = unsafe { owner.into_inner().release(here()) };
}

/// A call by an instance's own trampoline: the handle that it read.
fn call(instance: &Instance, tables: &[Table]) -> usize {
    let user_data = instance.user_data();
    let handle = Handle::from_user_data(user_data);
    match tables.iter().find(|table| table.handle == handle) {
        Some(table) => {
            table.call();
        }
        None => assert!(crate::enter::enter_lightly(handle, |_| true).is_none()),
    }
    user_data
}

/// Two registrations never share an instance.
#[test]
fn an_instance_is_reserved_once() {
    explore(|| {
        assert_eq!(INSTANCES.len(), 2);
        let reserve = || Instance::reserve(&*INSTANCES).map(|(number, _)| number);
        let other = spawn(reserve);
        let own = reserve();
        let other = other.join().unwrap();
        assert!(own.is_some() && other.is_some() && own != other, "{own:?} {other:?}");
        assert_eq!(reserve(), None);
    });
}

/// A call that finds a handle in the instance finds its gate open.
#[test]
fn a_call_through_a_supplied_instance_is_admitted() {
    explore_without_light_fences(|| {
        assert_eq!(INSTANCES[0].user_data(), 0);
        let caller = spawn(|| {
            let handle = Handle::from_user_data(INSTANCES[0].user_data());
            if handle.is_well_formed() {
                assert!(Table::call_by(handle).is_some(), "refused");
            }
        });
        let _table = Table::with_instance(Kind::Shared).unwrap();
        caller.join();
    });
}

/// A late call through the instance is refused, or reaches the very registration that it read, while the instance
/// goes from one to the next.
#[test]
fn a_late_call_through_an_instance_never_reaches_another_registration() {
    explore(|| {
        let (first, owner) = Table::with_instance(Kind::Shared).unwrap();
        let (_, other) = Table::with_instance(Kind::Shared).unwrap();
        assert!(Table::with_instance(Kind::Shared).is_none(), "two share an instance");
        let caller = spawn({
            let first = first.clone();
            move || {
                let handle = Handle::from_user_data(INSTANCES[0].user_data());
                if handle == first.handle {
                    first.call();
                } else {
                    let old = core::ptr::from_ref(&*first.host).addr();
                    assert_ne!(Table::call_by(handle), Some(old), "reached another's host value");
                }
            }
        });
        release(owner);
        // A late call that reads the registration keeps its slot and its instance until it is out.
        if let Some((next, owner)) = Table::with_instance(Kind::Shared) {
            assert!(next.call());
            release(owner);
        }
        caller.join();
        release(other);
    });
}

/// The instance that was given back last is the last of all to be used again.
#[test]
fn instances_are_used_again_in_the_order_of_their_release() {
    run(|| {
        let held = [(); 2].map(|()| Table::with_instance(Kind::Shared).unwrap());
        let handles = held.each_ref().map(|(table, _)| table.handle.user_data());
        assert_eq!([0, 1].map(|n| INSTANCES[n].user_data()), handles);
        let [one, other] = held.map(|(_, owner)| owner);
        release(other);
        assert!(!Handle::from_user_data(INSTANCES[1].user_data()).is_well_formed());
        release(one);
        let (next, owner) = Table::with_instance(Kind::Shared).unwrap();
        assert_eq!(INSTANCES[1].user_data(), next.handle.user_data());
        call(&INSTANCES[0], &[]);
        call(&INSTANCES[1], &[next]);
        release(owner);
    });
}

/// An instance is given back where no slot is left.
#[test]
fn an_instance_without_a_slot_is_given_back() {
    run(|| {
        let tables = [(); 3].map(|()| Table::new(Kind::Shared));
        assert!(Table::with_instance(Kind::Shared).is_none());
        tables[0].release();
        tables[1].release();
        let held = [(); 2].map(|()| Table::with_instance(Kind::Shared));
        assert!(held.iter().all(Option::is_some));
    });
}

/// Two give an instance back at once: each has a ticket of its own.
#[test]
fn instances_that_are_given_back_at_once_have_an_order() {
    explore(|| {
        let [one, other] = [(); 2].map(|()| Instance::reserve(&*INSTANCES).unwrap());
        let thread = spawn(move || one.1.give_back());
        other.1.give_back();
        thread.join();
        assert_ne!(one.1.user_data(), other.1.user_data());
        assert!(
            Instance::reserve(&*INSTANCES).is_some() && Instance::reserve(&*INSTANCES).is_some()
        );
    });
}
