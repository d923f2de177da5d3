//! Closes of every kind, against each other and against the calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use shuttle::thread;

use super::{Host, Table, c_thread, call_from_c, explore, join};
use crate::raw::{Arg, destroy_notify};
use crate::{Ended, Held, IntoInnerError, Revocable, ledger, revoke_all};

/// G6: a close from inside, with other calls inside. The last one out ends the value, without the host.
#[test]
fn the_last_of_three_calls_ends_a_value_that_was_closed_from_inside() {
    explore(|| {
        let table = Table::new();
        let (user_data, watch) = (table.user_data(), table.watch.clone());
        let callers: Vec<_> = (0..3)
            .map(|n| {
                c_thread(move || {
                    call_from_c::<Host<Arg>>(user_data, |host, call| {
                        host.visit();
                        if n != 2 {
                            call.revoke();
                        }
                        host.visit();
                    });
                })
            })
            .collect();
        join(callers);
        watch.assert_ended();
        drop(table);
    });
}

/// G6: three threads, each inside one table, each end the next one's.
#[test]
fn a_cycle_of_three_closers_ends_all() {
    explore(|| {
        let tables: Arc<[Table; 3]> = Arc::new([Table::new(), Table::new(), Table::new()]);
        let threads: Vec<_> = (0..3)
            .map(|n| {
                let tables = tables.clone();
                c_thread(move || {
                    let next = tables[(n + 1) % 3].clone();
                    tables[n].call_and(|_| {
                        next.held.revoke();
                    });
                })
            })
            .collect();
        join(threads);
        tables.iter().for_each(|table| {
            table.held.revoke();
            table.watch.assert_ended();
        });
    });
}

/// G4 and G6: a close from outside and one from inside. The one from outside waits for both.
#[test]
fn closes_from_outside_and_inside_end_a_value_once() {
    explore(|| {
        let table = Table::new();
        let inside = c_thread({
            let table = table.clone();
            move || {
                table.call_and(|call| {
                    call.revoke();
                });
            }
        });
        let outside = c_thread({
            let table = table.clone();
            move || {
                assert_eq!(table.held.revoke(), Ended::Now);
                table.watch.assert_ended();
            }
        });
        assert_eq!(table.held.revoke(), Ended::Now);
        table.watch.assert_ended();
        join([inside, outside]);
        table.watch.assert_ended();
    });
}

/// G1: a value that is taken out is whole, and nobody is inside; or the handle comes back.
#[test]
fn a_value_that_is_taken_out_is_nobody_elses() {
    explore(|| {
        let (host, watch) = Host::<Arg>::new();
        let held = Held::new(host).unwrap();
        let user_data = held.user_data().addr();
        let callers: Vec<_> = (0..2)
            .map(|_| {
                c_thread(
                    move || while call_from_c::<Host<Arg>>(user_data, |host, _| host.visit()) {},
                )
            })
            .collect();
        thread::yield_now();
        let host = held.into_inner().unwrap();
        host.visit_alone();
        join(callers);
        watch.assert_sound();
        drop(host);
        watch.assert_ended();
    });
}

/// G1: the same from inside a callback of another table, which does not wait.
#[test]
fn a_value_that_cannot_be_taken_out_leaves_its_handle() {
    explore(|| {
        let (host, watch) = Host::<Arg>::new();
        let held = Held::new(host).unwrap();
        let user_data = held.user_data().addr();
        let caller =
            c_thread(move || while call_from_c::<Host<Arg>>(user_data, |host, _| host.visit()) {});
        let (other, held) = (Table::new(), std::cell::Cell::new(Some(held)));
        other.call_and(|_| match held.take().map(Held::into_inner) {
            Some(Ok(host)) => host.visit_alone(),
            Some(Err(IntoInnerError::StillInside(back))) => held.set(Some(back)),
            _ => panic!("the value has ended"),
        });
        join([caller]);
        if let Some(held) = held.take() {
            held.into_inner().unwrap().visit_alone();
        }
        watch.assert_ended();
        other.release();
    });
}

/// G4: one barrier and one look for three tables.
#[test]
fn a_close_of_many_waits_for_each_call() {
    explore(|| {
        let tables = [Table::new(), Table::new(), Table::new()];
        let callers: Vec<_> = (0..3)
            .map(|n| {
                let tables = tables.clone();
                c_thread(move || {
                    let (outer, inner) = (&tables[n], &tables[(n + 1) % 3]);
                    while outer.call_and(|_| {
                        inner.call();
                    }) {}
                })
            })
            .collect();
        thread::yield_now();
        let all = tables.each_ref().map(|table| &*table.held as &dyn Revocable);
        assert_eq!(revoke_all(&all), Ended::Now);
        tables.iter().for_each(|table| table.watch.assert_ended());
        join(callers);
    });
}

/// LEAKED: a reference that was leaked stays valid, whoever closes at the same time.
#[test]
fn a_leaked_value_is_never_ended() {
    explore(|| {
        let (host, watch) = Host::<Arg>::new();
        let held = Held::new(host).unwrap();
        let user_data = held.user_data().addr();
        let callers: Vec<_> = (0..2)
            .map(|_| {
                c_thread(move || {
                    call_from_c::<Host<Arg>>(user_data, |host, call| {
                        host.visit();
                        call.revoke();
                    });
                })
            })
            .collect();
        let leaked = held.leak();
        if let Ok(host) = &leaked {
            host.visit();
        }
        join(callers);
        ledger();
        watch.assert_sound();
        assert_eq!(watch.ended(), usize::from(leaked.is_err()));
    });
}

/// G10: the handle is given to C, while C calls, and calls its destroy notify once too often.
#[test]
fn a_value_that_c_destroys_ends_once() {
    explore(|| {
        let (host, watch) = Host::<Arg>::new();
        let held = Held::new(host).unwrap();
        let user_data = held.user_data().addr();
        let caller = c_thread(move || {
            call_from_c::<Host<Arg>>(user_data, |host, _| host.visit());
        });
        let destroyed = Arc::new(AtomicBool::new(false));
        let notifier = c_thread({
            let destroyed = destroyed.clone();
            move || {
                let user_data = core::ptr::without_provenance_mut(user_data);
                for _ in 0..2 {
                    // SAFETY: any number will do.
                    unsafe { destroy_notify::<Host<Arg>>(user_data) };
                }
                destroyed.store(true, Ordering::Relaxed);
            }
        });
        assert!(held.hand_over(|_| Ok::<(), ()>(())).is_ok());
        join([caller, notifier]);
        ledger();
        watch.assert_ended();
        // The slot is free again.
        let next = Table::new();
        assert_eq!(next.user_data() as u32, user_data as u32, "the slot was not given back");
    });
}
