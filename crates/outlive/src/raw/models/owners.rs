//! Owners by number: several threads give one back, use it, or have an old one.

use loom::thread;

use super::super::close::{self, Purpose, Wait};
use super::super::destroy::destroy_notify;
use super::super::handle::Handle;
use super::super::owner::{Last, User, own};
use super::{Table, Watched, explore};

/// Ends a registration by its number and gives it up; whether it was this that did.
fn give_up(handle: Handle, last: Last) -> bool {
    let Some(user) = User::of(handle) else { return false };
    if !user.give_up(last) {
        return false;
    }
    // SAFETY: BY-NUMBER.
    unsafe { close::close(user.handle(), user.slot(), Wait::Never, Purpose::End) };
    true
}

/// Reads a registration by its number, if it is still there.
fn look(handle: Handle) -> bool {
    let Some(user) = User::of(handle) else { return false };
    // SAFETY: BY-NUMBER: a user keeps the registration.
    let registration = unsafe { user.slot().registration() };
    assert!(registration.drop_value.is_some());
    true
}

/// BY-NUMBER: of two releases one does it; a user that reads meanwhile keeps the slot, and frees it if it is the
/// last.
#[test]
fn one_of_two_releases_does_it() {
    explore(|| {
        let table = Table::shared();
        own(table.slot);
        let handle = table.handle;
        let other = thread::spawn(move || give_up(handle, Last::Release));
        let user = thread::spawn(move || look(handle));
        let own = give_up(handle, Last::Release);
        let other = other.join().unwrap();
        user.join().unwrap();
        assert!(own != other);
        close::sweep();
        assert_eq!(table.slot.gate.state(handle), None);
        assert_eq!(table.host.ended(), 1);
        assert!(!look(handle));
    });
}

/// BY-NUMBER: an old number, whose slot has another registration, reads nothing of it and leaves it as it
/// is, but for a release that it is the last to see.
#[test]
fn an_old_number_finds_nothing_in_a_new_registration() {
    explore(|| {
        let old = Table::shared();
        own(old.slot);
        let handle = old.handle;
        assert!(give_up(handle, Last::Release));
        // Before there is another registration, of which it knows by the slot alone.
        let stale = thread::spawn(move || {
            assert!(!look(handle));
            assert!(!give_up(handle, Last::Release));
        });
        let new = Table::shared();
        assert_eq!(new.handle.index(), handle.index());
        own(new.slot);
        assert!(look(new.handle));
        assert!(give_up(new.handle, Last::Release));
        stale.join().unwrap();
        close::sweep();
        assert_eq!(new.slot.gate.state(new.handle), None);
        assert_eq!(new.host.ended(), 1);
    });
}

/// BY-NUMBER and NOTICE: a user that reads while the number is handed over and C's notice comes keeps the slot.
#[test]
fn a_user_keeps_what_is_handed_over() {
    explore(|| {
        let table = Table::shared();
        own(table.slot);
        let handle = table.handle;
        let user = thread::spawn(move || look(handle));
        let c = thread::spawn(move || {
            let user_data = core::ptr::without_provenance_mut(handle.bits() as usize);
            // SAFETY: none is asked for.
            unsafe { destroy_notify::<Watched>(user_data) };
        });
        let number = User::of(handle).unwrap();
        assert!(number.give_up(Last::HandOver));
        drop(number);
        c.join().unwrap();
        user.join().unwrap();
        close::sweep();
        assert_eq!(table.slot.gate.state(handle), None);
        assert_eq!(table.host.ended(), 1);
    });
}
