//! Slots and instances that change hands while C keeps what it was given.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Given, Host, INSTANCES, Table, Watch, c_thread, call_from_c, explore, join};
use crate::raw::{Arg, NoState};
use crate::{Ended, Held};

/// G5: calls with old user data, while the slot goes through four registrations.
#[test]
fn an_old_handle_never_reaches_a_later_registration() {
    explore(|| {
        let given = Given::default();
        let callers: Vec<_> = (0..3)
            .map(|back| {
                let given = given.clone();
                c_thread(move || {
                    for _ in 0..4 {
                        if let Some((user_data, watch)) = given.get(back) {
                            call_what_was_given(user_data, &watch);
                        }
                        shuttle::thread::yield_now();
                    }
                })
            })
            .collect();
        let mut watches = Vec::new();
        for _ in 0..4 {
            let table = Table::new();
            given.give(table.held.user_data(), &table.watch);
            assert!(table.call());
            watches.push(table.watch.clone());
            assert_eq!(table.release(), Ended::Now);
        }
        join(callers);
        watches.iter().for_each(|watch| watch.assert_ended());
    });
}

/// A call reaches the value whose user data it has, or none.
fn call_what_was_given(user_data: usize, watch: &Arc<Watch>) {
    call_from_c::<Host<Arg>>(user_data, |host, _| {
        watch.expect(Arc::ptr_eq(&host.watch, watch));
        host.visit();
    });
}

/// UNIQUE: threads that hold and release at once never get each other's slot.
#[test]
fn threads_that_hold_and_release_at_once_have_slots_of_their_own() {
    explore(|| {
        let threads: Vec<_> = (0..3)
            .map(|_| {
                c_thread(|| {
                    for _ in 0..2 {
                        let table = Table::new();
                        let watch = table.watch.clone();
                        call_what_was_given(table.user_data(), &watch);
                        assert_eq!(watch.served(), 1, "not reached, or by others");
                        assert_eq!(table.release(), Ended::Now);
                        watch.assert_ended();
                    }
                })
            })
            .collect();
        join(threads);
    });
}

/// SUPPLIES: three threads hold two instances in turn, while C calls through both.
#[test]
fn an_instance_leads_to_one_registration_at_a_time() {
    explore(|| {
        let holders: Vec<_> = (0..3)
            .map(|_| {
                c_thread(|| {
                    for _ in 0..2 {
                        hold_an_instance();
                    }
                })
            })
            .collect();
        for n in 0..4 {
            call_from_c::<Host<NoState>>(INSTANCES[n % 2].user_data(), |host, _| host.visit());
        }
        join(holders);
        assert!(INSTANCES.iter().all(|instance| instance.user_data() == 0), "not given back");
    });
}

fn hold_an_instance() {
    static HELD: AtomicUsize = AtomicUsize::new(0);
    let (host, watch) = Host::<NoState>::new();
    let Ok(held) = Held::new(host) else { return };
    let own = INSTANCES.iter().filter(|one| one.user_data() as u64 == held.id()).count();
    assert_eq!(own, 1, "the instance was given to another");
    assert!(HELD.fetch_add(1, Ordering::Relaxed) < 2, "an instance has two registrations");
    let served = watch.served();
    let instance = INSTANCES.iter().find(|one| one.user_data() as u64 == held.id()).unwrap();
    call_from_c::<Host<NoState>>(instance.user_data(), |host, _| {
        watch.expect(Arc::ptr_eq(&host.watch, &watch));
        host.visit();
    });
    assert!(watch.served() > served, "not reached");
    HELD.fetch_sub(1, Ordering::Relaxed);
    // SAFETY: C has forgotten the table; it has the instance's code, which is always there.
    assert_eq!(unsafe { held.release() }, Ended::Now);
    watch.assert_ended();
}

/// A release that had to wait, from inside, is done by the last call out or the next operation.
#[test]
fn a_release_from_inside_is_not_forgotten() {
    explore(|| {
        let table = Table::new();
        let (user_data, watch) = (table.user_data(), table.watch.clone());
        let caller = c_thread(move || {
            for _ in 0..2 {
                call_from_c::<Host<Arg>>(user_data, |host, _| host.visit());
            }
        });
        let other = Table::new();
        let table = std::cell::Cell::new(Some(table));
        other.call_and(|_| {
            if let Some(table) = table.take() {
                table.release();
            }
        });
        join([caller]);
        assert_eq!(other.release(), Ended::Now);
        watch.assert_ended();
        let next = [Table::new(), Table::new()];
        let is_reused = |table: &Table| (table.user_data() as u32) >> 8 < 2;
        assert!(next.iter().all(is_reused), "the slots were not given back");
    });
}
