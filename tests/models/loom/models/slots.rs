//! The release of a slot and its reuse.

use crate::end::after_withdrawal;
use crate::ended::Ended;
use crate::explore::{explore, run};
use crate::gate::Way;
use crate::handle::{Handle, Kind};
use crate::host::{Table, here};
use crate::life::{Claims, Event, Phase, State, next};
use crate::slot::{ALL_SLOTS, Reader, Vacant};
use crate::threads::spawn;

/// UNIQUE: a call with an old handle never reaches the slot's next registration, whichever way it comes in.
#[test]
fn an_old_handle_never_reaches_the_next_registration() {
    explore(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Shared));
        let late = spawn({
            let table = table.clone();
            move || {
                other.call();
                table.call();
            }
        });
        assert_eq!(table.release(), Some(Ended::Now));
        if let Some(next) = Table::try_new(Kind::Shared) {
            assert!(next.call());
            assert_eq!(next.revoke(), Some(Ended::Now));
        }
        late.join();
        assert_eq!(table.host.ended(), 1);
    });
}

/// UNIQUE: an old number says nothing of the slot's next registration, whatever is asked for.
#[test]
fn an_old_number_does_nothing_to_the_next_registration() {
    run(|| {
        let table = Table::new(Kind::Shared);
        assert_eq!(table.release(), Some(Ended::Now));
        let next = Table::new(Kind::Shared);
        assert_eq!(next.handle.index(), table.handle.index());
        assert!(table.guest().is_none() && table.state().is_none());
        table.notify();
        assert_eq!(
            next.state().map(|state| (state.phase, state.claims.c)),
            Some((Phase::Live, true))
        );
        assert!(next.call());
        next.finish();
    });
}

/// The free list gives each slot to one taker; its head may come back with other slots behind it.
#[test]
fn a_freed_slot_is_taken_once() {
    explore(|| {
        let tables = [Table::new(Kind::Shared), Table::new(Kind::Shared)];
        tables.iter().for_each(|table| assert_eq!(table.release(), Some(Ended::Now)));
        let taker = spawn(|| ALL_SLOTS.take(Kind::Shared).ok().map(|vacant| vacant.handle()));
        let [first, second] = [(); 2].map(|()| ALL_SLOTS.take(Kind::Shared));
        // The list's head is as it was, what is behind it is not.
        if let Ok(first) = first {
            first.give_back();
        }
        let third = ALL_SLOTS.take(Kind::Shared);
        let own =
            [second, third].map(|vacant| vacant.ok().map(|vacant: Vacant| vacant.handle().index()));
        let theirs = taker.join().unwrap().map(Handle::index);
        let mut taken: Vec<u32> = own.into_iter().chain([theirs]).flatten().collect();
        let count = taken.len();
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken.len(), count, "a slot was taken twice");
        assert!(count >= 2);
    });
}

/// Two threads hold and release at once: each has a slot of its own.
#[test]
fn threads_that_hold_and_release_at_once_have_slots_of_their_own() {
    explore(|| {
        Table::new(Kind::Shared).release();
        let hold = || {
            let table = Table::new(Kind::Shared);
            assert!(table.call(), "not reached");
            assert_eq!(table.release(), Some(Ended::Now));
            assert_eq!(table.host.ended(), 1);
        };
        let other = spawn(hold);
        hold();
        other.join();
    });
}

/// A slot that one thread frees is whole for the one that takes it.
#[test]
fn a_freed_slot_is_whole_for_its_next_taker() {
    explore(|| {
        let tables = [(); 3].map(|()| Table::new(Kind::Shared));
        let taker = spawn(|| {
            if let Some(next) = Table::try_new(Kind::Exclusive) {
                assert!(next.call(), "a slot that was not cleared yet");
                assert_eq!(next.release(), Some(Ended::Now));
            }
        });
        assert_eq!(tables[0].release(), Some(Ended::Now));
        taker.join();
        assert_eq!(tables[0].host.ended(), 1);
    });
}

/// A late call that is counted in its slot keeps that from its next registration, and frees it when it leaves.
#[test]
fn a_late_call_that_is_counted_frees_the_slot_it_kept() {
    explore(|| {
        super::take_every_record();
        let table = Table::new(Kind::Shared);
        let late = spawn({
            let table = table.clone();
            move || table.call()
        });
        table.release();
        late.join();
        assert_eq!(table.host.ended(), 1);
        table.assert_free();
    });
}

/// The same, step by step: a slot in which a call is counted is not used again.
#[test]
fn a_slot_in_which_a_late_call_is_counted_is_not_free() {
    run(|| {
        let table = Table::new(Kind::Shared);
        let slot = ALL_SLOTS.get(table.handle).unwrap();
        let callers = &slot.details().callers;
        assert_eq!(table.revoke(), Some(Ended::Now));
        let late = Way::counted(callers, None, 100);
        table.release();
        assert_eq!(table.phase(), Some(Phase::Freeing));
        late.leave(callers);
        after_withdrawal(table.handle.index(), slot);
        table.assert_free();
    });
}

/// LAST-OUT, in a count where a late call of an earlier registration stands too.
#[test]
fn a_late_call_of_the_slots_last_registration_does_not_keep_a_deferred_value() {
    explore(|| {
        super::take_every_record();
        let before = Table::new(Kind::Shared);
        before.release();
        let late = spawn({
            let before = before.clone();
            move || assert!(!before.call())
        });
        let Some(table) = Table::try_new(Kind::Shared) else { panic!("no slot") };
        table.call_and(|| {
            table.revoke();
        });
        late.join();
        assert_eq!(table.host.ended(), 1);
    });
}

/// UNIQUE: each registration in a slot has another generation, and a slot without any is retired.
#[test]
fn generations_grow_until_the_slot_is_retired() {
    run(|| {
        let table = Table::new(Kind::Shared);
        table.release();
        let next = Table::new(Kind::Shared);
        assert_eq!(next.handle.index(), table.handle.index());
        assert_eq!(next.handle.bits() >> 32, (table.handle.bits() >> 32) + 1);
        // The last generation of all.
        let details = ALL_SLOTS.at(next.handle.index()).unwrap().details();
        details.generations.store(crate::slot::GENERATIONS, crate::primitive::Ordering::Relaxed);
        next.release();
        let other = Table::new(Kind::Shared);
        assert_ne!(other.handle.index(), next.handle.index());
    });
}

/// A slot is given out until all are taken.
#[test]
fn there_are_as_many_registrations_as_slots() {
    run(|| {
        let tables = [(); 3].map(|()| Table::new(Kind::Shared));
        assert!(Table::try_new(Kind::Shared).is_none());
        tables[1].release();
        assert!(Table::try_new(Kind::Shared).is_some());
        assert!(Table::try_new(Kind::Shared).is_none());
    });
}

/// GUARDED (b): a registration that is read is not freed, and one that is being freed is not read.
#[test]
fn a_reader_never_meets_the_slots_next_registration() {
    explore(|| {
        let (table, owner) = Table::owned(Kind::Shared);
        let reader = spawn({
            let table = table.clone();
            // It reads that the registration is not owned by number.
            move || table.guest().is_none()
        });
        // SAFETY: no C has anything but a number, and each is refused.
        let _ = unsafe { owner.into_inner().release(here()) };
        let next = Table::new(Kind::Shared);
        assert_eq!(reader.join(), Some(true));
        next.finish();
        table.assert_free();
    });
}

/// GUARDED (b): what was read was read before the slot's next registration is written.
#[test]
fn a_reader_has_read_when_the_slot_is_freed() {
    explore(|| {
        let (table, owner) = Table::owned(Kind::Shared);
        let reader = Reader::of(table.handle).unwrap();
        let reading = spawn(move || {
            // SAFETY: GUARDED (b).
            let _ = unsafe { reader.slot.subject() };
            drop(reader);
        });
        // SAFETY: no C has anything but a number, and each is refused.
        let _ = unsafe { owner.into_inner().release(here()) };
        let next = Table::new(Kind::Shared);
        reading.join();
        next.finish();
        table.assert_free();
    });
}

/// A close that comes late, as it may in a child, leaves the slot's next registration open.
#[test]
fn a_gate_is_closed_for_its_own_registration_only() {
    run(|| {
        let old = Table::new(Kind::Shared);
        assert_eq!(old.release(), Some(Ended::Now));
        let next = Table::new(Kind::Shared);
        ALL_SLOTS.get(next.handle).unwrap().gate.close(old.handle);
        assert!(next.call());
        assert_eq!(next.release(), Some(Ended::Now));
    });
}

/// A slot that is being freed takes no event but the one that frees it, though C has its claim on the table.
#[test]
fn a_slot_that_is_being_freed_takes_no_other_event() {
    run(|| {
        let claims = Claims { host: false, c: true, leaked: false, lent: false };
        let freeing = State { phase: Phase::Freeing, claims, ender: 0 };
        assert_eq!(next(freeing, Event::Notify), None);
        assert_eq!(next(freeing, Event::Free).map(|state| state.phase), Some(Phase::Free));
    });
}
