//! Closes against each other and against the calls that leave.

use std::time::Duration;

use crate::close::{self, Reached};
use crate::end::{Closed, Purpose};
use crate::ended::Ended;
use crate::explore::{explore, explore_without_light_fences, run};
use crate::handle::Kind;
use crate::host::{Expected, Inside, Table, here, incidents};
use crate::incident::IncidentKind;
use crate::life::Phase;
use crate::owned::{Taken, revoke_by_handle};
use crate::report::next_incident;
use crate::slot::ALL_SLOTS;
use crate::threads::spawn;
use crate::wait::Wait;

/// LAST-OUT: two that leave together, when all else is settled, each by a full fence of its own.
#[test]
fn one_of_two_that_leave_together_ends_the_value() {
    explore_without_light_fences(|| {
        let table = Table::new(Kind::Shared);
        table.host.expect_several_calls();
        let [one, other] = [table.enter().unwrap(), table.enter().unwrap()];
        assert_eq!(table.revoke(), Some(Ended::Later));
        let leaver = spawn(move || one.leave());
        other.leave();
        leaver.join();
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// LAST-OUT: two that leave while the close goes on.
#[test]
fn a_deferred_value_ends_once_with_two_calls_inside() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        table.host.expect_several_calls();
        let [one, other] = [table.enter().unwrap(), table.enter().unwrap()];
        let leavers = [one, other].map(|inside| spawn(move || inside.leave()));
        assert!(table.let_go());
        leavers.into_iter().for_each(|leaver| {
            leaver.join();
        });
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// A call that is inside on this thread, and leaves on another while this one goes on from outside.
fn inside(table: &Table) -> Inside {
    table.enter().unwrap()
}

/// ONE-ENDER: a close from inside, which does not wait, and one from outside, which does.
#[test]
fn a_close_from_inside_and_one_from_outside_end_the_value_once() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let caller = spawn({
            let table = table.clone();
            move || {
                table.call_and(|| {
                    table.revoke();
                })
            }
        });
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!(table.host.ended(), 1);
        caller.join();
        table.finish();
    });
}

/// A close that gave up has left the value to the last call out. One that comes later waits for it, and says so.
#[test]
fn a_close_after_one_that_gave_up_meets_the_last_call() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = inside(&table);
        assert_eq!(table.revoke_within(Duration::ZERO), Some(Ended::Later));
        let leaver = spawn(move || inside.leave());
        let closer = spawn({
            let table = table.clone();
            move || assert_eq!(table.revoke(), Some(Ended::Now))
        });
        leaver.join();
        closer.join();
        table.finish();
    });
}

/// The same, with two that come later.
#[test]
fn two_closes_after_one_that_gave_up_both_say_now() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = inside(&table);
        assert_eq!(table.revoke_within(Duration::ZERO), Some(Ended::Later));
        let threads = [(); 2].map(|()| {
            let table = table.clone();
            spawn(move || assert_eq!(table.revoke(), Some(Ended::Now)))
        });
        inside.leave();
        threads.into_iter().for_each(|thread| {
            thread.join();
        });
        table.finish();
    });
}

/// A close of many that meets one of which another has given up.
#[test]
fn a_close_of_many_after_one_that_gave_up_meets_the_last_call() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = inside(&table);
        assert_eq!(table.revoke_within(Duration::ZERO), Some(Ended::Later));
        let leaver = spawn(move || inside.leave());
        let closer = spawn({
            let table = table.clone();
            move || {
                let at =
                    Reached { handle: table.handle, slot: ALL_SLOTS.get(table.handle).unwrap() };
                // SAFETY: GUARDED: nobody gives the registration up before.
                assert_eq!(unsafe { close::close_all(&[at], Wait::unless_inside()) }, Ended::Now);
                table.host.assert_quiet();
            }
        });
        leaver.join();
        closer.join();
        table.finish();
    });
}

/// Whoever comes second sees to it, too, that no call is admitted when it returns: the first may be about to.
#[test]
fn no_call_is_admitted_after_a_close_that_came_second() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let closer = spawn({
            let table = table.clone();
            move || assert_eq!(table.revoke(), Some(Ended::Now))
        });
        table.revoke_within(Duration::ZERO);
        assert!(!table.call(), "a call is admitted after a close");
        closer.join();
        table.finish();
    });
}

/// A close from inside does not wait for itself, however long it may wait.
#[test]
fn a_close_from_inside_does_not_wait_for_itself_within_any_limit() {
    run(|| {
        let table = Table::new(Kind::Shared);
        assert!(table.call_and(|| {
            assert_eq!(table.revoke_within(Duration::MAX), Some(Ended::Later));
        }));
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// A timed close that gives up while the call leaves: it says `Now` if the value has ended, or the call ends it.
#[test]
fn a_close_that_gives_up_leaves_the_value_to_the_call() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = inside(&table);
        let leaver = spawn(move || inside.leave());
        let closer = spawn({
            let table = table.clone();
            move || table.revoke_within(Duration::from_nanos(1))
        });
        leaver.join();
        closer.join();
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// A value that was to be given out and could not be is parked: no call ends it, and a later take has it.
#[test]
fn a_value_that_cannot_be_taken_stays_until_the_next_operation() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        table.host.expect_to_stay();
        let other = Table::new(Kind::Shared);
        let inside = inside(&table);
        let leaver = spawn(move || inside.leave());
        let taken = other.enter().map(|outer| {
            let taken = table.take();
            outer.leave();
            taken
        });
        leaver.join();
        if taken == Some(Some(Taken::Inside)) {
            assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Parked), 0));
            assert!(matches!(table.take(), Some(Taken::Value(_))));
        }
        assert_eq!((table.host.taken(), table.host.ended()), (1, 0));
        table.finish();
    });
}

/// The same, where the next operation ends it.
#[test]
fn a_value_that_was_not_taken_is_ended_by_a_revoke() {
    run(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        table.host.expect_to_stay();
        let inside = inside(&table);
        assert!(other.call_and(|| assert_eq!(table.take(), Some(Taken::Inside))));
        inside.leave();
        assert_eq!(table.host.ended(), 0);
        assert_eq!(table.take().map(|taken| taken != Taken::Inside), Some(true));
        table.finish();
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        assert!(other.call_and(|| assert_eq!(table.take(), Some(Taken::Inside))));
        inside.leave();
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// A parked value that is leaked stays, whoever closes later.
#[test]
fn a_value_that_was_not_taken_can_be_leaked() {
    run(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        let inside = inside(&table);
        assert!(other.call_and(|| assert_eq!(table.take(), Some(Taken::Inside))));
        assert!(table.leak());
        inside.leave();
        table.notify();
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 0));
        table.finish();
    });
}

/// Each claim is given up at most once, and in every phase; the slot is freed by the last.
#[test]
fn claims_that_are_given_up_in_any_phase_free_the_slot_when_the_value_has_ended() {
    for give_up in
        [Table::let_go as fn(&Table) -> bool, Table::hand_over, |table| table.release().is_some()]
    {
        run(move || {
            // Live.
            let table = Table::new(Kind::Shared);
            assert!(give_up(&table) && !give_up(&table));
            table.finish();
            // Deferred, with a call inside.
            let table = Table::new(Kind::Shared);
            let inside = inside(&table);
            assert_eq!(table.revoke(), Some(Ended::Later));
            assert_eq!(table.phase(), Some(Phase::Deferred));
            assert!(give_up(&table) && !give_up(&table));
            assert_eq!(table.phase(), Some(Phase::Deferred));
            inside.leave();
            assert_eq!(table.host.ended(), 1);
            table.finish();
            // Parked.
            let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
            let inside = table.enter().unwrap();
            assert!(other.call_and(|| assert_eq!(table.take(), Some(Taken::Inside))));
            assert!(give_up(&table) && !give_up(&table));
            inside.leave();
            table.finish();
            other.finish();
            // Ended.
            let table = Table::new(Kind::Shared);
            assert_eq!(table.revoke(), Some(Ended::Now));
            assert!(give_up(&table) && !give_up(&table));
            table.finish();
            // Ending: from the value's own destructor.
            let table = Table::new(Kind::Shared);
            table.host.at_end({
                let table = table.clone();
                move || assert!(give_up(&table) && !give_up(&table))
            });
            table.revoke();
            table.finish();
        });
    }
}

/// C's notify in every phase, from inside too.
#[test]
fn a_notify_in_any_phase_gives_up_cs_claim_once() {
    run(|| {
        // Deferred, with a call inside; then again.
        let table = Table::new(Kind::Shared);
        let inside = inside(&table);
        table.notify();
        table.notify();
        assert_eq!((table.phase(), incidents(IncidentKind::LateCall)), (Some(Phase::Deferred), 1));
        inside.leave();
        assert_eq!((table.host.ended(), table.phase()), (1, Some(Phase::Ended)));
        assert!(table.let_go());
        table.assert_free();
        // Ended.
        let table = Table::new(Kind::Shared);
        table.revoke();
        table.notify();
        table.notify();
        assert_eq!(incidents(IncidentKind::LateCall), 1);
        assert!(table.let_go());
        table.assert_free();
        // Ending.
        let table = Table::new(Kind::Shared);
        table.host.at_end({
            let table = table.clone();
            move || table.notify()
        });
        assert!(table.let_go());
        table.assert_free();
        // Parked.
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        let inside = table.enter().unwrap();
        assert!(other.call_and(|| assert_eq!(table.take(), Some(Taken::Inside))));
        table.notify();
        inside.leave();
        assert!(table.let_go());
        table.assert_free();
        // Of another type.
        let table = Table::new(Kind::Shared);
        let key = crate::enter::Key::Host(core::any::TypeId::of::<Expected>());
        let info = table.guest().unwrap().table_type().info();
        // SAFETY: no C has anything but a number, and each is refused.
        unsafe { crate::notify::notify(table.handle.user_data(), key, info) };
        assert!(table.call(), "a notify of another type has ended it");
        table.finish();
    });
}

/// C's last call, however it goes.
#[test]
fn a_last_call_is_cs_word_however_it_goes() {
    run(|| {
        // Served, with another call inside.
        let table = Table::new(Kind::Shared);
        let inside = inside(&table);
        assert!(table.last_call());
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Deferred), 0));
        inside.leave();
        assert_eq!((table.host.ended(), table.phase()), (1, Some(Phase::Ended)));
        // Refused, and C has no claim any more: that it was late is all that is told.
        assert!(!table.last_call());
        assert_eq!(core::iter::from_fn(next_incident).count(), 1);
        assert!(table.let_go());
        table.assert_free();
        // Refused as late, and C has one.
        let table = Table::new(Kind::Shared);
        assert!(table.let_go() && !table.last_call());
        assert_eq!(incidents(IncidentKind::LateCall), 1);
        table.assert_free();
        // Handed over: nothing is left.
        let table = Table::new(Kind::Shared);
        assert!(table.hand_over() && table.last_call());
        table.assert_free();
        assert!(!table.last_call());
        assert_eq!(incidents(IncidentKind::LateCall), 1);
        // In another of its own, which is told and changes nothing.
        let table = Table::new(Kind::Shared);
        table.host.expect_several_calls();
        assert!(table.last_call_and({
            let table = table.clone();
            move || assert!(table.last_call())
        }));
        assert_eq!(incidents(IncidentKind::ConcurrentCall), 1);
        assert!(table.let_go());
        table.assert_free();
        // The host releases the registration in the last call, beside another: nothing is told.
        let table = Table::new(Kind::Shared);
        table.host.expect_several_calls();
        let inside = self::inside(&table);
        assert!(table.last_call_and({
            let table = table.clone();
            move || assert_eq!(table.release(), Some(Ended::Later))
        }));
        assert_eq!((incidents(IncidentKind::ConcurrentCall), table.host.ended()), (0, 0));
        inside.leave();
        table.assert_free();
        // In a call of an exclusive one, which refuses it.
        let table = Table::new(Kind::Exclusive);
        assert!(table.hand_over());
        assert!(table.call_and({
            let table = table.clone();
            move || assert!(!table.last_call())
        }));
        assert_eq!(incidents(IncidentKind::ConcurrentCall), 1);
        table.assert_free();
        // In another last call of an exclusive one: the one that was refused is told, and the other is not.
        let table = Table::new(Kind::Exclusive);
        assert!(table.last_call_and({
            let table = table.clone();
            move || assert!(!table.last_call())
        }));
        assert_eq!(incidents(IncidentKind::ConcurrentCall), 1);
        assert!(table.let_go());
        table.assert_free();
        // Of another type.
        let table = Table::new(Kind::Shared);
        let key = crate::enter::Key::Host(core::any::TypeId::of::<Expected>());
        let info = table.guest().unwrap().table_type().info();
        let site = crate::enter::Site { info, callback: 0 };
        // SAFETY: no C has anything but a number, and each is refused.
        unsafe { crate::notify::after_last_call(table.handle.user_data(), key, &site, false) };
        assert!(table.call(), "a last call of another type has ended it");
        table.finish();
    });
}

/// GUARDED: a group ends a registration that its owner releases at the same time.
#[test]
fn a_close_by_handle_and_a_release_agree() {
    explore(|| {
        let (table, owner) = Table::owned(Kind::Shared);
        let closer = spawn({
            let handle = table.handle;
            move || revoke_by_handle(&[handle], true, Some(here()))
        });
        // SAFETY: no C has anything but a number, and each is refused.
        let released = unsafe { owner.into_inner().release(here()) };
        assert_eq!((released, closer.join()), (Ended::Now, Some(Ended::Now)));
        assert_eq!(table.host.ended(), 1);
        table.assert_free();
    });
}

/// GUARDED: nothing is said of the registration that has the slot next.
#[test]
fn a_close_by_handle_leaves_the_next_registration_alone() {
    explore(|| {
        let (table, owner) = Table::owned(Kind::Shared);
        let closer = spawn({
            let handle = table.handle;
            move || revoke_by_handle(&[handle], true, Some(here()))
        });
        // SAFETY: no C has anything but a number, and each is refused.
        let _ = unsafe { owner.into_inner().release(here()) };
        let next = Table::new(Kind::Shared);
        closer.join();
        let details = ALL_SLOTS.at(next.handle.index()).unwrap().details();
        assert!(details.ended().is_none() && next.call());
        next.finish();
    });
}

/// A group waits for the calls inside of a registration that others own.
#[test]
fn a_close_by_handle_waits_for_a_call() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let caller = spawn({
            let table = table.clone();
            move || table.call()
        });
        assert_eq!(revoke_by_handle(&[table.handle], true, Some(here())), Ended::Now);
        table.host.assert_quiet();
        assert_eq!(table.host.ended(), 1);
        caller.join();
        table.finish();
    });
}

/// A leaked value is kept, whoever closes, whether the leak comes before or in the middle.
#[test]
fn a_leak_in_any_phase_keeps_the_value() {
    run(|| {
        let table = Table::new(Kind::Shared);
        let inside = inside(&table);
        assert!(table.leak() && !table.leak());
        assert_eq!(table.phase(), Some(Phase::Live));
        assert!(table.call());
        table.notify();
        assert_eq!(table.phase(), Some(Phase::Deferred));
        inside.leave();
        assert_eq!(table.phase(), Some(Phase::Kept));
        table.finish();
        // Deferred before.
        let table = Table::new(Kind::Shared);
        let inside = table.enter().unwrap();
        assert_eq!(table.revoke(), Some(Ended::Later));
        assert!(table.leak());
        inside.leave();
        assert_eq!((table.phase(), table.host.ended()), (Some(Phase::Kept), 0));
        table.finish();
        // Ended before.
        let table = Table::new(Kind::Shared);
        table.revoke();
        assert!(!table.leak());
        table.finish();
        // Ending.
        let table = Table::new(Kind::Shared);
        table.host.at_end({
            let table = table.clone();
            move || assert!(!table.leak())
        });
        table.revoke();
        table.finish();
    });
}

/// A leaked value is never ended, but a close may say that nobody is inside, the first and each later one.
#[test]
fn a_close_of_a_leaked_value_says_now() {
    run(|| {
        let table = Table::new(Kind::Shared);
        table.host.expect_to_stay();
        let guests = [table.guest().unwrap(), table.guest().unwrap()];
        assert!(table.leak());
        for guest in guests {
            assert_eq!(guest.revoke(here()), Ended::Now);
            assert_eq!(table.phase(), Some(Phase::Kept));
        }
        table.finish();
    });
}

/// A panic of the destructor stays here, and the value has ended.
#[test]
fn a_value_whose_destructor_panics_has_ended() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        table.host.at_end(|| std::panic::panic_any(Expected));
        let caller = spawn({
            let table = table.clone();
            move || table.call()
        });
        assert_eq!(table.revoke(), Some(Ended::Now));
        caller.join();
        table.finish();
    });
}

/// What the last call out leaves to the host's claim, and the other way round.
#[test]
fn a_release_while_the_last_call_leaves_frees_the_slot_once() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let inside = inside(&table);
        let leaver = spawn(move || inside.leave());
        assert!(table.let_go());
        table.notify();
        leaver.join();
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// Closes that have nothing to wait for do it at once.
#[test]
fn a_close_of_what_has_ended_says_now() {
    run(|| {
        let table = Table::new(Kind::Shared);
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!(table.take(), Some(Taken::Ended));
        let at = Reached { handle: table.handle, slot: ALL_SLOTS.get(table.handle).unwrap() };
        table.release();
        // SAFETY: the memory of slots stays, and nothing of the registration is read where there is none.
        let closed = unsafe { close::close(at, Wait::Forever, Purpose::End) };
        assert_eq!(closed, Closed::Now);
        let _ = here();
    });
}
