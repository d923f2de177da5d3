//! Two things that happen to one registration at once, on two threads, of all that can happen to it. Whatever
//! comes first: the value is ended, given out or leaked exactly once, never while a call is inside; the slot
//! is freed at most once, and is free when both claims are gone; what comes late is refused.

use std::time::Duration;

use crate::ended::Ended;
use crate::explore::{explore, explore_all, explore_widely};
use crate::handle::Kind;
use crate::host::Table;
use crate::slot::Reader;
use crate::threads::spawn;

/// What happens to a registration that each thread knows by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Call,
    TakeBack,
    Revoke,
    RevokeWithin,
    Take,
    Release,
    LetGo,
    Leak,
    HandOver,
    Notify,
    LastCall,
    Look,
}

impl Act {
    pub(super) fn run(self, table: &Table) {
        match self {
            Act::Call => {
                table.call();
            }
            Act::TakeBack => {
                table.take_back();
            }
            Act::Revoke => {
                table.revoke();
            }
            Act::RevokeWithin => {
                table.revoke_within(Duration::ZERO);
            }
            Act::Take => {
                table.take();
            }
            Act::Release => {
                table.release();
            }
            Act::LetGo => {
                table.let_go();
            }
            Act::Leak => {
                table.leak();
            }
            Act::HandOver => {
                table.hand_over();
            }
            Act::Notify => table.notify(),
            Act::LastCall => {
                table.last_call();
            }
            Act::Look => look(table),
        }
    }

    /// Whether no call is admitted and none is inside after the act, where nobody else has a hand in the end.
    fn ends(self) -> bool {
        matches!(self, Act::Revoke | Act::Release)
    }
}

/// GUARDED: reads a registration as the ledger does, if it is still there.
fn look(table: &Table) {
    let Some(reader) = Reader::of(table.handle) else { return };
    // SAFETY: GUARDED (b).
    let registration = unsafe { reader.slot.details().registration() };
    assert!(registration.drop_value.is_some());
    // SAFETY: GUARDED (b).
    assert_eq!(unsafe { reader.slot.subject() }.table_type.info().table, "watched");
}

/// `own` happens on the thread that made the registration, `other` on another.
pub(super) fn both(new: fn(Kind) -> Table, kind: Kind, own: Act, other: Act) {
    explore_all(move || {
        let table = new(kind);
        if [own, other].iter().any(|act| matches!(act, Act::Take | Act::Leak)) {
            table.host.expect_to_stay();
        }
        let calls = |act: &Act| matches!(act, Act::Call | Act::LastCall | Act::TakeBack);
        if [own, other].iter().all(calls) {
            table.host.expect_several_calls();
        }
        let thread = spawn({
            let table = table.clone();
            move || other.run(&table)
        });
        own.run(&table);
        if own.ends() && other == Act::Call && !(table.is_kept_for_c() && own == Act::Revoke) {
            assert_eq!(table.host.ended(), 1, "the close did not wait, or did not end");
        }
        thread.join();
        table.finish();
    });
}

macro_rules! pairs {
    ($new:expr; $($name:ident: $one:ident, $other:ident;)*) => { $(
        mod $name {
            use super::*;

            #[test]
            fn agree_on_a_shared_registration() {
                both($new, Kind::Shared, Act::$one, Act::$other);
            }

            #[test]
            fn agree_on_an_exclusive_registration() {
                both($new, Kind::Exclusive, Act::$one, Act::$other);
            }

            #[test]
            fn agree_on_a_thread_bound_registration() {
                both($new, Kind::Local, Act::$one, Act::$other);
                if Act::$one != Act::$other {
                    both($new, Kind::Local, Act::$other, Act::$one);
                }
            }
        }
    )* };
}
pub(super) use pairs;

pairs! {
    Table::new;
    a_revoke_and_a_call: Revoke, Call;
    a_revoke_that_gives_up_and_a_call: RevokeWithin, Call;
    a_take_and_a_call: Take, Call;
    a_release_and_a_call: Release, Call;
    a_drop_and_a_call: LetGo, Call;
    a_leak_and_a_call: Leak, Call;
    a_hand_over_and_a_call: HandOver, Call;
    a_notify_and_a_call: Notify, Call;
    two_revokes: Revoke, Revoke;
    a_revoke_and_one_that_gives_up: Revoke, RevokeWithin;
    a_revoke_and_a_take: Revoke, Take;
    a_revoke_and_a_release: Revoke, Release;
    a_revoke_and_a_drop: Revoke, LetGo;
    a_revoke_and_a_leak: Revoke, Leak;
    a_revoke_and_a_hand_over: Revoke, HandOver;
    a_revoke_and_a_notify: Revoke, Notify;
    a_revoke_and_a_look: Revoke, Look;
    a_revoke_that_gives_up_and_a_take: RevokeWithin, Take;
    a_revoke_that_gives_up_and_a_release: RevokeWithin, Release;
    a_revoke_that_gives_up_and_a_notify: RevokeWithin, Notify;
    two_takes: Take, Take;
    a_take_and_a_release: Take, Release;
    a_take_and_a_drop: Take, LetGo;
    a_take_and_a_leak: Take, Leak;
    a_take_and_a_notify: Take, Notify;
    two_releases: Release, Release;
    a_release_and_a_drop: Release, LetGo;
    a_release_and_a_leak: Release, Leak;
    a_release_and_a_hand_over: Release, HandOver;
    a_release_and_a_notify: Release, Notify;
    a_release_and_a_look: Release, Look;
    two_drops: LetGo, LetGo;
    a_drop_and_a_leak: LetGo, Leak;
    a_drop_and_a_hand_over: LetGo, HandOver;
    a_drop_and_a_notify: LetGo, Notify;
    two_leaks: Leak, Leak;
    a_leak_and_a_hand_over: Leak, HandOver;
    a_leak_and_a_notify: Leak, Notify;
    a_leak_and_a_look: Leak, Look;
    two_hand_overs: HandOver, HandOver;
    a_hand_over_and_a_notify: HandOver, Notify;
    two_notifies: Notify, Notify;
    a_notify_and_a_look: Notify, Look;
    a_last_call_and_a_call: LastCall, Call;
    a_last_call_and_a_revoke: LastCall, Revoke;
    a_last_call_and_a_take: LastCall, Take;
    a_last_call_and_a_release: LastCall, Release;
    a_last_call_and_a_drop: LastCall, LetGo;
    a_last_call_and_a_leak: LastCall, Leak;
    a_last_call_and_a_hand_over: LastCall, HandOver;
    a_last_call_and_a_notify: LastCall, Notify;
    two_last_calls: LastCall, LastCall;
}

/// GUARDED: one that looks, while another gives the registration up and C's notify frees it.
#[test]
fn a_look_keeps_what_a_hand_over_and_a_notify_would_free() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let reader = spawn({
            let table = table.clone();
            move || look(&table)
        });
        let c = spawn({
            let table = table.clone();
            move || table.notify()
        });
        assert!(table.hand_over());
        c.join();
        reader.join();
        table.finish();
    });
}

/// A revoke from outside waits for a call, whoever else ends the registration meanwhile.
#[test]
fn a_revoke_beside_a_notify_waits_for_a_call() {
    explore_widely(|| {
        let table = Table::new(Kind::Shared);
        let others = [Act::Call, Act::Notify].map(|act| {
            let table = table.clone();
            spawn(move || act.run(&table))
        });
        assert_eq!(table.revoke(), Some(Ended::Now));
        others.into_iter().for_each(|other| {
            other.join();
        });
        table.finish();
    });
}
