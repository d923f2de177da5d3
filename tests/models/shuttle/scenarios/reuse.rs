//! Slots, instances and tables that change hands while C keeps what it was given.

use std::cell::RefCell;
use std::rc::Rc;

use super::join;
use crate::ended::Ended;
use crate::explore::explore;
use crate::handle::{Handle, Kind};
use crate::host::{INSTANCES, Table, here, user_data_of};
use crate::primitive::yield_now;
use crate::threads::spawn;

/// G5: calls with old user data, while the slot goes through four registrations.
#[test]
fn an_old_handle_never_reaches_a_later_registration() {
    explore(|| {
        let given = Rc::new(RefCell::new(Vec::<Table>::new()));
        let callers: Vec<_> = (0..3)
            .map(|back| {
                let given = given.clone();
                spawn(move || {
                    for _ in 0..4 {
                        let table = given.borrow().iter().rev().nth(back).cloned();
                        if let Some(table) = table {
                            table.call();
                        }
                        yield_now();
                    }
                })
            })
            .collect();
        for _ in 0..4 {
            let Some(table) = Table::try_new(Kind::Shared) else { continue };
            table.host.expect_several_calls();
            given.borrow_mut().push(table.clone());
            assert!(table.call());
            assert_eq!(table.release(), Some(Ended::Now));
        }
        join(callers);
        given.borrow().iter().for_each(Table::finish);
    });
}

/// UNIQUE: threads that hold and release at once never get each other's slot.
#[test]
fn threads_that_hold_and_release_at_once_have_slots_of_their_own() {
    explore(|| {
        let hold = || {
            for _ in 0..3 {
                let Some(table) = Table::try_new(Kind::Shared) else { continue };
                assert!(table.call(), "not reached");
                assert_eq!(table.release(), Some(Ended::Now));
                assert_eq!(table.host.ended(), 1);
            }
        };
        join([(); 4].map(|()| spawn(hold)));
        let tables = [(); 3].map(|()| Table::new(Kind::Shared));
        tables.iter().for_each(Table::finish);
    });
}

/// SUPPLIES: three threads hold two instances in turn, while C calls through both.
#[test]
fn an_instance_leads_to_one_registration_at_a_time() {
    explore(|| {
        let hold = || {
            for _ in 0..2 {
                let Some((table, owner)) = Table::with_instance(Kind::Shared) else { continue };
                let user_data = table.handle.user_data();
                let own = INSTANCES.iter().filter(|one| one.user_data() == user_data);
                assert_eq!(own.count(), 1, "the instance was given to another");
                // SAFETY: C has the instance's code, which is always there.
                assert_eq!(unsafe { owner.into_inner().release(here()) }, Ended::Now);
            }
        };
        let holders = [(); 3].map(|()| spawn(hold));
        for n in 0..4 {
            Table::call_by(Handle::from_user_data(INSTANCES[n % 2].user_data()));
        }
        join(holders);
        let is_free = |n: usize| !Handle::from_user_data(INSTANCES[n].user_data()).is_well_formed();
        assert!(is_free(0) && is_free(1), "not given back");
    });
}

/// FILLED: registrations with tables of their own, which several threads hold and release.
#[test]
fn each_registration_has_a_table_with_its_handle() {
    explore(|| {
        let hold = || {
            for _ in 0..2 {
                let Some((table, owner)) = Table::with_own_table(Kind::Shared) else { continue };
                assert_eq!(user_data_of(owner.table()), table.handle.user_data());
                assert!(table.call());
                // SAFETY: no C reads the table.
                assert_eq!(unsafe { owner.into_inner().release(here()) }, Ended::Now);
                assert_eq!(table.host.ended(), 1);
            }
        };
        join([(); 3].map(|()| spawn(hold)));
    });
}

/// Numbers that several threads use and give up: one does, and the others find nothing.
#[test]
fn a_number_is_given_up_once() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        table.host.expect_to_stay();
        table.host.expect_several_calls();
        let acts: [fn(&Table) -> bool; 4] = [
            |table| table.release().is_some(),
            Table::let_go,
            Table::hand_over,
            |table| {
                table.call();
                table.revoke();
                false
            },
        ];
        let threads = acts.map(|act| {
            let table = table.clone();
            spawn(move || act(&table))
        });
        let given_up = threads.into_iter().filter_map(|thread| thread.join()).filter(|done| *done);
        assert_eq!(given_up.count(), 1);
        table.finish();
    });
}
