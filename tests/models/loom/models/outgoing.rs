//! The host's calls into C, against releases, closes and each other.

use std::rc::Rc;

use crate::checker::Tracked;
use crate::ended::Ended;
use crate::explore::{explore, explore_in, explore_without_light_fences, run};
use crate::handle::Kind;
use crate::host::{Table, World, here};
use crate::life::Phase;
use crate::outgoing::Outgoing;
use crate::threads::spawn;

/// What C keeps behind a cookie, until it is told that it may forget it.
#[derive(Clone)]
struct Cookie(Rc<Tracked>);

impl Cookie {
    fn new() -> Self {
        Cookie(Rc::new(Tracked::new()))
    }

    /// C uses it, in a call of the host's.
    fn call(&self, outgoing: &Outgoing) -> bool {
        outgoing.call(|| self.0.read()).is_some()
    }

    /// C frees it.
    fn forget(&self) {
        self.0.write();
    }
}

/// What C has passed to a call that has left.
fn passed(table: &Table) -> Outgoing {
    let inside = table.enter().unwrap();
    let outgoing = inside.outgoing();
    inside.leave();
    outgoing
}

/// The release, which is over before C forgets.
fn release(table: &Table, cookie: &Cookie) {
    assert_eq!(table.release(), Some(Ended::Now));
    cookie.forget();
}

fn a_call_against_a_release(is_ended: bool) {
    let (table, cookie) = (Table::new(Kind::Shared), Cookie::new());
    let outgoing = passed(&table);
    if is_ended {
        assert_eq!(table.revoke(), Some(Ended::Now));
    }
    let caller = spawn({
        let cookie = cookie.clone();
        move || {
            cookie.call(&outgoing);
        }
    });
    release(&table, &cookie);
    caller.join();
    table.finish();
}

/// RELEASED: the call is refused, or the release waits for it; the one out of both that comes last frees the slot.
#[test]
fn a_release_waits_for_a_call_into_c_or_refuses_it() {
    explore(|| a_call_against_a_release(false));
}

/// The same, where nothing else is left to be ended, and so no heavy barrier is issued: both sides fence.
#[test]
fn a_release_of_what_has_ended_waits_for_a_call_into_c_or_refuses_it() {
    explore_without_light_fences(|| a_call_against_a_release(true));
}

/// The same, by an owner, who does nothing that orders what C does next.
#[test]
fn an_owner_that_has_released_comes_after_a_call_into_c() {
    explore_without_light_fences(|| {
        let (table, owner) = Table::owned(Kind::Shared);
        let (outgoing, cookie) = (passed(&table), Cookie::new());
        assert_eq!(owner.revoke(here()), Ended::Now);
        let caller = spawn({
            let cookie = cookie.clone();
            move || {
                cookie.call(&outgoing);
            }
        });
        // SAFETY: no C has anything but a number, and each is refused.
        assert_eq!(unsafe { owner.into_inner().release(here()) }, Ended::Now);
        cookie.forget();
        caller.join();
        table.finish();
    });
}

/// The same, where the call is counted in its slot.
#[test]
fn a_release_waits_for_a_call_into_c_that_is_counted() {
    explore_in(World::Counted, || a_call_against_a_release(true));
}

/// The same, where C passes it to a call that is inside during the release.
#[test]
fn what_c_passes_to_a_call_during_the_release_is_refused() {
    explore(|| {
        let (table, cookie) = (Table::new(Kind::Shared), Cookie::new());
        let caller = spawn({
            let (table, cookie) = (table.clone(), cookie.clone());
            move || {
                let Some(inside) = table.enter() else { return };
                let outgoing = inside.outgoing();
                inside.leave();
                cookie.call(&outgoing);
            }
        });
        release(&table, &cookie);
        caller.join();
        table.finish();
    });
}

/// LAST-OUT: the value is left to a call into C as it is to one of C's.
#[test]
fn a_value_is_ended_by_the_call_into_c_that_leaves_last() {
    explore(|| {
        let (table, cookie) = (Table::new(Kind::Shared), Cookie::new());
        let outgoing = passed(&table);
        let caller = spawn(move || {
            assert!(cookie.call(&outgoing));
        });
        assert!(table.let_go());
        caller.join();
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// C's last call and the host's word free the slot, unless a call into C can still be made: what is dropped last does.
#[test]
fn the_slot_stays_until_no_call_into_c_can_be_made() {
    explore(|| {
        let (table, cookie) = (Table::new(Kind::Shared), Cookie::new());
        let outgoing = passed(&table);
        let caller = spawn({
            let cookie = cookie.clone();
            move || assert!(cookie.call(&outgoing), "C was not told to forget it")
        });
        assert!(table.let_go());
        table.notify();
        caller.join();
        cookie.forget();
        assert_eq!(table.host.ended(), 1);
        table.assert_free();
    });
}

/// Two calls into C, of which the last frees what was released.
#[test]
fn two_that_are_dropped_free_the_slot_once() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let [one, other] = [passed(&table), passed(&table)];
        assert_eq!(table.release(), Some(Ended::Now));
        assert_eq!(table.phase(), Some(Phase::Freeing));
        let dropper = spawn(move || drop(one));
        drop(other);
        dropper.join();
        table.assert_free();
    });
}

/// From inside a call into C nobody waits for it.
#[test]
fn a_release_from_inside_a_call_into_c_does_not_wait() {
    run(|| {
        let table = Table::new(Kind::Shared);
        let outgoing = passed(&table);
        let released = outgoing.call(|| table.release());
        assert_eq!(released, Some(Some(Ended::Later)));
        assert_eq!(outgoing.call(|| ()), None);
        assert_eq!(table.host.ended(), 1);
        drop(outgoing);
        table.finish();
    });
}
