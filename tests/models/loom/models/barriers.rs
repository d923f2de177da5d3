//! The barrier is forbidden after the first registration: neither side is ordered any more.

use crate::ended::Ended;
use crate::explore::{explore, explore_without_light_fences, run};
use crate::handle::Kind;
use crate::host::{Table, here};
use crate::life::Phase;
use crate::owned::revoke_all;
use crate::settle::settle;
use crate::threads::{MACHINE, spawn};

fn allow_barriers(left: usize) {
    MACHINE.with(|machine| machine.barriers_left.set(left));
}

/// PUBLISH: nobody can know who is inside, so the value stays.
#[test]
fn a_close_without_its_barrier_keeps_the_value() {
    explore_without_light_fences(|| {
        let table = Table::new(Kind::Shared);
        let caller = spawn({
            let table = table.clone();
            move || table.call()
        });
        allow_barriers(0);
        assert_eq!(table.revoke(), Some(Ended::Later));
        assert_eq!(table.revoke(), Some(Ended::Later));
        caller.join();
        assert!(!table.call(), "a call is admitted after the close");
        assert_eq!(table.release(), Some(Ended::Later));
        settle();
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 0));
    });
}

/// The same, for many.
#[test]
fn a_close_of_many_without_its_barrier_keeps_each_value() {
    explore_without_light_fences(|| {
        let (table, owner) = Table::owned(Kind::Shared);
        let caller = spawn({
            let table = table.clone();
            move || table.call()
        });
        allow_barriers(0);
        assert_eq!(revoke_all(&[&*owner], here()), Ended::Later);
        caller.join();
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 0));
    });
}

/// LAST-OUT: the barrier of the refusal was there, the one of the deferral is not. The value is kept, or a call that
/// left has ended it, which it may.
#[test]
fn a_deferral_without_its_barrier_keeps_the_value_or_leaves_it() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        let leaver = spawn(move || inside.leave());
        allow_barriers(1);
        let closed = table.revoke_within(std::time::Duration::ZERO);
        leaver.join();
        settle();
        match (table.phase(), table.host.ended()) {
            (Some(Phase::Kept), 0) => assert_eq!(closed, Some(Ended::Later)),
            (phase, ended) => assert_eq!((phase, ended), (Some(Phase::Ended), 1)),
        }
    });
}

/// The same, where a call is still inside: the value is not left to it.
#[test]
fn a_deferral_without_its_barrier_leaves_nothing_to_the_call_inside() {
    run(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        allow_barriers(1);
        assert_eq!(table.revoke_within(std::time::Duration::ZERO), Some(Ended::Later));
        assert_eq!(table.phase(), Some(Phase::Kept));
        inside.leave();
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 0));
    });
}

/// A closer that waits for one that loses its barrier is woken.
#[test]
fn a_closer_does_not_wait_for_one_that_lost_its_barrier() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        allow_barriers(0);
        let closers = [(); 2].map(|()| {
            let table = table.clone();
            spawn(move || assert_eq!(table.revoke(), Some(Ended::Later)))
        });
        closers.into_iter().for_each(|closer| {
            closer.join();
        });
        inside.leave();
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 0));
    });
}
