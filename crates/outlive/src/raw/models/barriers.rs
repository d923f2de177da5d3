//! The barrier is forbidden after the first table: neither side is ordered any more.

use loom::thread;

use super::super::close::{self, Closed, Purpose, Wait};
use super::super::handle::State;
use super::super::hold::Entry;
use super::super::place::Place;
use super::{Table, explore, explore_without_light_fences};
use crate::ended::Ended;
use crate::primitive::allow_barriers;

/// PUBLISH: nobody can know who is inside, so the value stays.
#[test]
fn a_close_without_its_barrier_keeps_the_value() {
    explore_without_light_fences(|| {
        let table = Table::shared();
        let caller = thread::spawn({
            let table = table.clone();
            move || table.call()
        });
        allow_barriers(Some(0));
        assert_eq!(table.close(Wait::Forever, Purpose::End), Closed::Later);
        assert_eq!(table.close(Wait::Forever, Purpose::End), Closed::Later);
        caller.join().unwrap();
        assert!(!table.call(), "a call is admitted after the close");
        table.release(Wait::Never);
        close::sweep();
        assert_eq!(table.slot.gate.state(table.handle), Some(State::Kept));
        assert_eq!(table.host.ended(), 0);
    });
}

/// The same, for many.
#[test]
fn a_close_of_many_without_its_barrier_keeps_each_value() {
    explore_without_light_fences(|| {
        let table = Table::shared();
        let caller = thread::spawn({
            let table = table.clone();
            move || table.call()
        });
        let entry = Entry { handle: table.handle, slot: table.slot, table: core::ptr::null_mut() };
        allow_barriers(Some(0));
        // SAFETY: the model owns the registration.
        let ended = unsafe { close::close_all([entry].iter(), Place::caller()) };
        assert_eq!(ended, Ended::Later);
        caller.join().unwrap();
        assert_eq!(table.host.ended(), 0);
    });
}

/// LAST-OUT: the barrier of the refusal was there, the one of the deferral is not. The value is kept,
/// or a call that left has ended it, which it may.
#[test]
fn a_deferral_without_its_barrier_keeps_the_value_or_leaves_it() {
    explore(|| {
        let table = Table::shared();
        let inside = table.enter();
        let leaver = thread::spawn(move || inside.leave());
        allow_barriers(Some(1));
        let closed = table.close(Wait::Never, Purpose::End);
        leaver.join().unwrap();
        close::sweep();
        let ended = table.host.ended();
        match table.slot.gate.state(table.handle) {
            Some(State::Kept) => assert_eq!((ended, closed), (0, Closed::Later)),
            state => assert_eq!((ended, state), (1, Some(State::Ended))),
        }
    });
}

/// GUARDED: a refused call may be reading the registration, so the slot is never reused.
#[test]
fn a_release_without_its_barrier_keeps_the_slot() {
    explore_without_light_fences(|| {
        let table = Table::shared();
        assert_eq!(table.close(Wait::Forever, Purpose::End), Closed::Now);
        let handle = table.handle;
        let late = thread::spawn(move || super::call(handle, |_, host| host.touch()));
        allow_barriers(Some(0));
        table.release(Wait::Forever);
        allow_barriers(None);
        close::sweep();
        let next = Table::shared();
        assert!(!core::ptr::eq(next.slot, table.slot), "the slot is reused");
        late.join().unwrap();
    });
}
