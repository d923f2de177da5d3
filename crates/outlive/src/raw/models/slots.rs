//! The release of a slot and its reuse.

use loom::thread;

use super::super::close::{Closed, Purpose, Wait};
use super::super::handle::{Kind, State};
use super::super::slot::SLOTS;
use super::{Table, explore};

/// GUARDED: a refused call reads the registration for its report, or leaves it alone.
#[test]
fn a_late_call_never_reads_a_registration_that_is_released() {
    explore(|| {
        let table = Table::shared();
        let handle = table.handle;
        let late = thread::spawn(move || super::call(handle, |_, host| host.touch()));
        table.close_and_release();
        assert_eq!(table.slot.gate.state(handle), None);
        late.join().unwrap();
    });
}

/// UNIQUE: a call with an old handle never reaches the slot's next registration.
#[test]
fn an_old_handle_never_reaches_the_next_registration() {
    explore(|| {
        let table = Table::shared();
        let late = thread::spawn({
            let table = table.clone();
            move || {
                super::call(table.handle, |_, host| {
                    assert!(core::ptr::eq(host, &*table.host), "reached another's host value");
                })
            }
        });
        table.close_and_release();
        let next = Table::shared();
        assert!(core::ptr::eq(next.slot, table.slot));
        assert_eq!(next.close(Wait::Forever, Purpose::End), Closed::Now);
        assert_eq!(next.host.ended(), 1);
        late.join().unwrap();
    });
}

/// Whoever ends the value late releases that registration, and never the slot's next one.
#[test]
fn a_release_is_of_its_own_registration_alone() {
    explore(|| {
        let table = Table::shared();
        let inside = table.enter();
        let leaver = thread::spawn(move || inside.leave());
        table.close(Wait::Never, Purpose::End);
        table.release(Wait::Never);
        let next = Table::shared();
        assert_eq!(next.close(Wait::Forever, Purpose::End), Closed::Now);
        leaver.join().unwrap();
        assert_eq!(next.slot.gate.state(next.handle), Some(State::Ended));
        assert_eq!(table.host.ended(), 1);
    });
}

/// A release that had to wait is done by the host's next operation at the latest, also where an
/// operation in the middle of the end came too early.
#[test]
fn a_release_is_not_forgotten() {
    explore(|| {
        let table = Table::shared();
        let inside = table.enter();
        let leaver = thread::spawn(move || inside.leave());
        table.close(Wait::Never, Purpose::End);
        super::close::sweep();
        table.release(Wait::Never);
        super::close::sweep();
        leaver.join().unwrap();
        super::close::sweep();
        assert_eq!(table.slot.gate.state(table.handle), None);
        assert_eq!(table.host.ended(), 1);
    });
}

/// The free list gives each slot to one taker.
#[test]
fn a_freed_slot_is_taken_once() {
    explore(|| {
        let tables = [Table::shared(), Table::shared()];
        tables.iter().for_each(Table::close_and_release);
        let taker = thread::spawn(|| SLOTS.take(Kind::Shared).unwrap().handle());
        let [first, second] = [SLOTS.take(Kind::Shared), SLOTS.take(Kind::Shared)];
        // The list's head is as it was, what is behind it is not.
        first.unwrap().give_back();
        let second = second.unwrap().handle();
        let third = SLOTS.take(Kind::Shared).unwrap().handle();
        let theirs = taker.join().unwrap();
        assert_ne!(second.index(), third.index());
        assert_ne!(second.index(), theirs.index());
        assert_ne!(third.index(), theirs.index());
    });
}

/// A slot that one thread frees is whole for the one that takes it.
#[test]
fn a_freed_slot_is_whole_for_its_next_taker() {
    explore(|| {
        let table = Table::shared();
        let taker = thread::spawn(|| {
            let next = Table::shared();
            assert!(next.call(), "a slot that was not cleared yet");
        });
        table.close_and_release();
        taker.join().unwrap();
    });
}
