//! Closes of every kind, against each other and against the calls.

use std::time::Duration;

use super::{join, threads};
use crate::ended::Ended;
use crate::explore::{explore, explore_fairly};
use crate::handle::Kind;
use crate::host::{Table, here};
use crate::ledger::ledger;
use crate::owned::{Taken, revoke_all};
use crate::primitive::yield_now;
use crate::settle::settle;
use crate::threads::{die, expect_fork, fork, spawn};

/// G6: a close from inside, with other calls inside. The last one out ends the value, without the host.
#[test]
fn the_last_of_three_calls_ends_a_value_that_was_closed_from_inside() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        table.host.expect_several_calls();
        let callers = threads(3, &table, |number, table| {
            table.call_and(|| {
                if number != 2 {
                    table.revoke();
                }
                yield_now();
            });
        });
        join(callers);
        assert_eq!(table.host.ended(), 1);
        table.finish();
    });
}

/// G6: three threads, each inside one registration, each end the next one's.
#[test]
fn a_cycle_of_three_closers_from_inside_ends_all() {
    explore(|| {
        let tables = [(); 3].map(|()| Table::new(Kind::Shared));
        let threads: Vec<_> = (0..3)
            .map(|n| {
                let (own, next) = (tables[n].clone(), tables[(n + 1) % 3].clone());
                spawn(move || {
                    own.call_and(|| {
                        next.revoke();
                    })
                })
            })
            .collect();
        join(threads);
        for table in &tables {
            table.revoke();
            assert_eq!(table.host.ended(), 1);
        }
    });
}

/// G6: three threads each end a registration whose destructor ends the next one's. None hangs.
#[test]
fn a_ring_of_three_destructors_ends_all() {
    explore(|| {
        let tables = [(); 3].map(|()| Table::new(Kind::Shared));
        for n in 0..3 {
            let next = tables[(n + 1) % 3].clone();
            tables[n].host.at_end(move || {
                next.revoke();
            });
        }
        let threads: Vec<_> = tables
            .iter()
            .map(|table| {
                let table = table.clone();
                spawn(move || table.revoke())
            })
            .collect();
        join(threads);
        assert!(tables.iter().all(|table| table.host.ended() == 1));
    });
}

/// G4 and G6: closes from outside and one from inside, and calls. Those from outside wait for all.
#[test]
fn closes_from_outside_and_inside_end_a_value_once() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        table.host.expect_several_calls();
        let others = threads(4, &table, |number, table| match number {
            0 => {
                table.call_and(|| {
                    table.revoke();
                });
            }
            1 => while table.call_and(yield_now) {},
            2 => {
                table.revoke_within(Duration::ZERO);
            }
            _ => {
                assert_eq!(table.revoke(), Some(Ended::Now));
            }
        });
        assert_eq!(table.revoke(), Some(Ended::Now));
        assert_eq!(table.host.ended(), 1);
        join(others);
        table.finish();
    });
}

/// G1: a value that is taken out is whole, and nobody is inside.
#[test]
fn a_value_that_is_taken_out_is_nobody_elses() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        table.host.expect_several_calls();
        table.host.expect_to_stay();
        let callers = threads(2, &table, |_, table| while table.call_and(yield_now) {});
        yield_now();
        assert!(matches!(table.take(), Some(Taken::Value(_))));
        join(callers);
        table.finish();
    });
}

/// G4: one barrier and one look for three registrations.
#[test]
fn a_close_of_many_waits_for_each_call() {
    explore(|| {
        let many = [(); 3].map(|()| Table::owned(Kind::Shared));
        let callers: Vec<_> = (0..3)
            .map(|n| {
                let (outer, inner) = (many[n].0.clone(), many[(n + 1) % 3].0.clone());
                outer.host.expect_several_calls();
                spawn(move || {
                    while outer.call_and(|| {
                        inner.call();
                        yield_now();
                    }) {}
                })
            })
            .collect();
        yield_now();
        let all = [&*many[0].1, &*many[1].1, &*many[2].1];
        assert_eq!(revoke_all(&all, here()), Ended::Now);
        many.iter().for_each(|(table, _)| table.host.assert_quiet());
        join(callers);
    });
}

/// G10: the number is given to C, while C calls, and calls its destroy notify once too often.
#[test]
fn a_value_that_c_destroys_ends_once() {
    explore(|| {
        let table = Table::new(Kind::Shared);
        let others = threads(3, &table, |number, table| match number {
            0 => {
                table.call_and(yield_now);
            }
            1 => {
                table.notify();
                table.notify();
            }
            _ => {
                ledger();
            }
        });
        assert!(table.hand_over());
        join(others);
        assert_eq!(table.host.ended(), 1);
        table.assert_free();
    });
}

/// A thread that is gone inside keeps the value, whoever closes, and nobody hangs.
#[test]
fn closers_do_not_wait_for_a_thread_that_is_gone() {
    explore_fairly(|| {
        let table = Table::new(Kind::Shared);
        table.host.expect_several_calls();
        // As many threads as there are records: of one that has none nobody can know that it is gone.
        let others = threads(2, &table, |number, table| {
            if number != 0 {
                table.call_and(yield_now);
            } else if let Some(inside) = table.enter() {
                yield_now();
                inside.stay();
                die();
            }
        });
        let closer = spawn({
            let table = table.clone();
            move || table.revoke()
        });
        let own = table.revoke();
        let is_gone = others.into_iter().map(|other| other.join()).filter(Option::is_none).count();
        let other = closer.join().unwrap();
        let expected = if is_gone == 0 { Ended::Now } else { Ended::Later };
        assert_eq!((own, other), (Some(expected), Some(expected)));
        assert_eq!(table.host.ended(), 1 - is_gone);
    });
}

/// A child goes on, wherever the parent's threads were.
#[test]
fn a_child_brings_all_to_an_end_that_its_parents_threads_began() {
    explore(|| {
        let (table, other) = (Table::new(Kind::Shared), Table::new(Kind::Exclusive));
        expect_fork();
        let callers = [table.clone(), other.clone()].map(|table| {
            table.host.expect_several_calls();
            spawn(move || while table.call_and(yield_now) {})
        });
        let closers = [table.clone(), other.clone()].map(|table| {
            spawn(move || {
                yield_now();
                table.revoke();
            })
        });
        (0..8).for_each(|_| yield_now());
        fork();
        drop((callers, closers));
        for table in [&table, &other] {
            let ended = table.revoke();
            assert!(!table.call());
            let has_ended = table.host.ended() == 1;
            assert_eq!(ended, Some(if has_ended { Ended::Now } else { Ended::Later }));
            assert!(has_ended || !matches!(table.phase(), None | Some(crate::life::Phase::Live)));
        }
        settle();
        let next = Table::new(Kind::Shared);
        assert!(next.call());
        next.finish();
    });
}
