//! Tables for values that borrow.

use std::cell::RefCell;
use std::sync::Mutex;

use core::ffi::c_int;

use outlive::{IncidentKind, callbacks, scope, scope_shared};
use outlive_tests::incidents;
use outlive_tests::keeper::Keeper;
use outlive_tests::sys::keeper_table;
use outlive_tests::wait::without_deadlock;

struct Borrows<'a>(&'a RefCell<Vec<c_int>>);

#[callbacks(keeper_table, state = arg)]
impl Borrows<'_> {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        self.0.borrow_mut().push(value);
        value
    }
}

struct BorrowsShared<'a>(&'a Mutex<Vec<c_int>>);

#[callbacks(keeper_table, state = arg)]
impl BorrowsShared<'_> {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        self.0.lock().unwrap().push(value);
        value
    }
}

#[test]
fn c_reaches_a_borrowing_value_while_the_scope_runs_and_not_after() {
    let seen = RefCell::new(Vec::new());
    let host = Borrows(&seen);
    let (keeper, id) = scope(&host, |scoped| {
        let keeper = Keeper::of(scoped);
        assert_eq!((keeper.call(1), keeper.call(2)), (1, 2));
        (keeper, scoped.id())
    })
    .unwrap();
    assert_eq!(keeper.call(3), -1);
    assert_eq!(*seen.borrow(), [1, 2]);
    assert!(outlive::ledger().tables.iter().all(|entry| entry.id != id), "released by itself");
}

#[test]
fn a_scope_is_for_its_own_thread() {
    let seen = RefCell::new(Vec::new());
    let id = scope(&Borrows(&seen), |scoped| {
        let keeper = Keeper::of(scoped);
        assert_eq!((keeper.call_from_thread(1), keeper.call(2)), (-1, 2));
        scoped.id()
    })
    .unwrap();
    assert_eq!(*seen.borrow(), [2]);
    incidents::only(id, IncidentKind::WrongThread);
}

#[test]
fn a_scope_that_unwinds_ends_its_table() {
    let seen = RefCell::new(Vec::new());
    let kept = RefCell::new(None);
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        scope(&Borrows(&seen), |scoped| {
            *kept.borrow_mut() = Some(Keeper::of(scoped));
            panic!("in the scope");
        })
    }));
    assert!(unwound.is_err());
    assert_eq!(kept.borrow().as_ref().unwrap().call(1), -1);
    assert!(seen.borrow().is_empty());
}

#[test]
fn a_shared_scope_serves_other_threads_and_waits_for_them() {
    without_deadlock(|| {
        for _ in 0..50 {
            let seen = Mutex::new(Vec::new());
            let host = BorrowsShared(&seen);
            std::thread::scope(|threads| {
                let (send, receive) = std::sync::mpsc::channel::<Keeper>();
                let caller = threads.spawn(move || {
                    let keeper = receive.recv().unwrap();
                    // Ends with a late call, when the scope has.
                    (0..).take_while(|value| keeper.call(*value) == *value).count()
                });
                scope_shared(&host, |scoped| {
                    send.send(Keeper::of(scoped)).unwrap();
                    outlive_tests::wait::until(|| seen.lock().unwrap().len() > 3);
                })
                .unwrap();
                let at_end = seen.lock().unwrap().len();
                assert_eq!(caller.join().unwrap(), at_end);
                assert_eq!(seen.lock().unwrap().len(), at_end, "a call after the scope");
            });
        }
    });
}

#[test]
fn scopes_nest() {
    let (outer_seen, inner_seen) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    scope(&Borrows(&outer_seen), |outer| {
        let outer = Keeper::of(outer);
        let inner = scope(&Borrows(&inner_seen), |inner| {
            let inner = Keeper::of(inner);
            assert_eq!((inner.call(1), outer.call(2)), (1, 2));
            inner
        })
        .unwrap();
        assert_eq!((inner.call(3), outer.call(4)), (-1, 4));
    })
    .unwrap();
    assert_eq!((outer_seen.into_inner(), inner_seen.into_inner()), (vec![2, 4], vec![1]));
}
