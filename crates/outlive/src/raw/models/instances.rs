//! The instances of a context-free table: SUPPLIES.

use loom::thread;

use super::super::handle::{Handle, Kind};
use super::super::instance::Instance;
use super::{Table, explore, explore_without_light_fences, run};
use crate::primitive::per_process;

per_process! { static INSTANCE: Instance = Instance::new(); }

/// What `hold` does for a context-free table, where the instance is free.
fn hold() -> Option<Table> {
    INSTANCE.reserve().then(|| {
        let table = Table::with_instance(Kind::Shared, Some(&INSTANCE));
        INSTANCE.supply(table.handle);
        table
    })
}

/// A call by the instance's own trampoline: the handle that it read, and the host value it reached.
fn call() -> (usize, Option<usize>) {
    let user_data = INSTANCE.user_data();
    let mut reached = None;
    super::call(Handle::from_user_data(user_data), |_, host| {
        host.touch();
        reached = Some(core::ptr::from_ref(host).addr());
    });
    (user_data, reached)
}

/// Two registrations never share an instance.
#[test]
fn an_instance_is_reserved_once() {
    explore(|| {
        let other = thread::spawn(|| INSTANCE.reserve());
        let own = INSTANCE.reserve();
        assert!(own != other.join().unwrap());
    });
}

/// A call that finds a handle in the instance finds its gate open.
#[test]
fn a_call_through_a_supplied_instance_is_admitted() {
    explore_without_light_fences(|| {
        assert_eq!(INSTANCE.user_data(), 0);
        let caller = thread::spawn(|| {
            let (user_data, reached) = call();
            let is_handle = Handle::from_user_data(user_data).is_well_formed();
            assert_eq!(reached.is_some(), is_handle, "refused, or admitted without a handle");
        });
        let _table = hold().unwrap();
        caller.join().unwrap();
    });
}

/// A late call through the instance is refused, or reaches the very registration that it read, while
/// the instance goes from one to the next.
#[test]
fn a_late_call_through_an_instance_never_reaches_another_registration() {
    explore(|| {
        let first = hold().unwrap();
        let caller = thread::spawn(call);
        assert!(hold().is_none(), "two registrations share an instance");
        first.close_and_release();
        let next = hold().expect("the instance is given back");
        let (user_data, reached) = caller.join().unwrap();
        for table in [&first, &next] {
            let is_own = user_data == table.handle.bits() as usize;
            let host = core::ptr::from_ref(&*table.host).addr();
            assert!(is_own || reached != Some(host), "reached another's host value");
        }
    });
}

/// An instance that nobody uses leads nowhere: its 0 is not the word of the free slot 0.
#[test]
fn a_call_through_a_free_instance_is_refused() {
    run(|| {
        hold().unwrap().close_and_release();
        assert_eq!(call(), (0, None));
    });
}
