//! Values that are lent to C until the release (`keep = release`), and the calls by which C takes back.

use std::time::Duration;

use super::pairs::{Act, both, pairs};
use crate::ended::Ended;
use crate::explore::{explore, explore_all, explore_widely};
use crate::handle::Kind;
use crate::host::{Table, here};
use crate::life::Phase;
use crate::owned::revoke_all;
use crate::threads::spawn;

pairs! {
    Table::kept_for_c;
    a_take_back_and_a_revoke: TakeBack, Revoke;
    a_take_back_and_a_revoke_that_gives_up: TakeBack, RevokeWithin;
    a_take_back_and_a_release: TakeBack, Release;
    a_take_back_and_a_drop: TakeBack, LetGo;
    a_take_back_and_a_notify: TakeBack, Notify;
    a_take_back_and_a_last_call: TakeBack, LastCall;
    a_take_back_and_a_leak: TakeBack, Leak;
    a_revoke_and_a_call_of_what_is_lent: Revoke, Call;
    a_revoke_and_a_notify_of_what_is_lent: Revoke, Notify;
    a_revoke_and_a_last_call_of_what_is_lent: Revoke, LastCall;
    a_revoke_and_a_release_of_what_is_lent: Revoke, Release;
    a_revoke_and_a_leak_of_what_is_lent: Revoke, Leak;
    a_revoke_that_gives_up_and_a_call_of_what_is_lent: RevokeWithin, Call;
    a_revoke_that_gives_up_and_a_notify_of_what_is_lent: RevokeWithin, Notify;
    a_revoke_that_gives_up_and_a_release_of_what_is_lent: RevokeWithin, Release;
    two_revokes_of_what_is_lent: Revoke, Revoke;
    two_releases_of_what_is_lent: Release, Release;
    a_release_and_a_call_of_what_is_lent: Release, Call;
    a_release_and_a_notify_of_what_is_lent: Release, Notify;
    a_drop_and_a_call_of_what_is_lent: LetGo, Call;
    a_drop_and_a_notify_of_what_is_lent: LetGo, Notify;
    a_look_and_a_release_of_what_is_lent: Look, Release;
}

/// LENT: a revoke waits for the calls inside, and the value goes on to serve what takes back, and nothing else.
#[test]
fn a_revoke_serves_what_takes_back() {
    explore_all(|| {
        let (table, owner) = Table::owned_and_kept_for_c(Kind::Shared);
        table.host.expect_several_calls();
        let caller = spawn({
            let table = table.clone();
            move || table.call()
        });
        assert_eq!(owner.revoke(here()), Ended::Serving);
        assert_eq!(table.host.ended(), 0, "ended while it is lent");
        assert!(!table.host.is_inside(), "the revoke did not wait");
        assert!(table.take_back(), "refused what takes back");
        assert!(!table.call(), "served what does not");
        caller.join();
        assert_eq!(owner.revoke(here()), Ended::Serving);
        // SAFETY: no C has anything but a number, and each is refused.
        assert_eq!(unsafe { owner.into_inner().release(here()) }, Ended::Now);
        assert_eq!(table.host.ended(), 1);
        assert!(!table.take_back(), "served after the release");
        table.finish();
    });
}

/// LENT: a release waits for what takes back, whether a revoke came before it or not.
#[test]
fn a_release_waits_for_what_takes_back() {
    for is_revoked_before in [true, false] {
        explore_all(move || {
            let (table, owner) = Table::owned_and_kept_for_c(Kind::Shared);
            let c = spawn({
                let table = table.clone();
                move || table.take_back()
            });
            if is_revoked_before {
                assert_eq!(owner.revoke(here()), Ended::Serving);
            }
            // SAFETY: no C has anything but a number, and each is refused.
            assert_eq!(unsafe { owner.into_inner().release(here()) }, Ended::Now);
            table.host.assert_quiet();
            c.join();
            table.finish();
        });
    }
}

/// LENT: whoever finds the others out serves, and whoever comes after the end of C's claim ends the value: the last call
/// out, or a closer, or C itself.
#[test]
fn what_is_lent_ends_once_when_c_says_so_while_it_is_closed() {
    explore_widely(|| {
        let table = Table::kept_for_c(Kind::Shared);
        let others = [Act::TakeBack, Act::Notify].map(|act| {
            let table = table.clone();
            spawn(move || act.run(&table))
        });
        table.revoke_within(Duration::ZERO);
        others.into_iter().for_each(|other| {
            other.join();
        });
        assert_eq!(table.host.ended(), 1, "nobody ended it, though C's claim is over");
        table.finish();
    });
}

/// As above, where the close is left to a call, and C's word may come before it is.
#[test]
fn what_is_lent_and_is_deferred_ends_once_when_c_says_so() {
    explore_widely(|| {
        let table = Table::kept_for_c(Kind::Shared);
        let inside = table.enter().unwrap();
        let c = spawn({
            let table = table.clone();
            move || table.notify()
        });
        table.revoke_within(Duration::ZERO);
        inside.leave();
        c.join();
        assert_eq!(table.host.ended(), 1, "nobody ended it, though C's claim is over");
        table.finish();
    });
}

/// LENT: the last call out leaves the value to C.
#[test]
fn what_is_lent_and_was_deferred_serves() {
    explore_all(|| {
        let table = Table::kept_for_c(Kind::Shared);
        table.host.expect_several_calls();
        let c = spawn({
            let table = table.clone();
            move || table.call()
        });
        let inside = table.enter().unwrap();
        table.revoke_within(Duration::ZERO);
        inside.leave();
        c.join();
        assert_eq!(table.phase(), Some(Phase::Serving));
        table.finish();
    });
}

/// LENT: one barrier for many does not end what is lent.
#[test]
fn a_close_of_many_serves_what_takes_back() {
    explore(|| {
        let (table, owner) = Table::owned_and_kept_for_c(Kind::Shared);
        let (other, its_owner) = Table::owned(Kind::Shared);
        let c = spawn({
            let table = table.clone();
            move || table.take_back()
        });
        assert_eq!(revoke_all(&[&*owner, &*its_owner], here()), Ended::Serving);
        assert_eq!((table.host.ended(), other.host.ended()), (0, 1));
        assert_eq!(c.join(), Some(true), "refused what takes back");
        // SAFETY: no C has anything but a number, and each is refused.
        assert_eq!(unsafe { owner.into_inner().release(here()) }, Ended::Now);
        drop(its_owner.into_inner());
        table.finish();
        other.finish();
    });
}
