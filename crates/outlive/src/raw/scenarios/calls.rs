//! Calls by every way in, against one close.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use shuttle::thread;

use super::{Host, Table, Watch, c_thread, call_from_c, explore, join};
use crate::raw::{Arg, NoState};
use crate::{Ended, Held, Token, Tokens, WithError, missed_incidents, take_incidents};

/// G4: a close waits for what is inside, by the first way, by a cell and, when other tables' calls
/// have taken all cells, by the counter.
#[test]
fn a_close_waits_for_nested_calls_of_three_threads() {
    explore(|| {
        let (table, other) = (Table::new(), Table::new());
        let callers: Vec<_> = (0..3)
            .map(|n| {
                let (table, other) = (table.clone(), other.clone());
                c_thread(move || while nest(&other, n, &table) {})
            })
            .collect();
        thread::yield_now();
        assert_eq!(table.held.revoke(), Ended::Now);
        table.watch.assert_ended();
        assert!(!table.call());
        join(callers);
        table.watch.assert_ended();
    });
}

/// Calls `table` from inside `depth` calls of another: whether it was admitted.
fn nest(other: &Table, depth: usize, table: &Table) -> bool {
    if depth == 0 {
        return table.call();
    }
    let admitted = Cell::new(false);
    call_from_c::<Host<Arg>>(other.user_data(), |_, _| {
        admitted.set(nest(other, depth - 1, table));
    });
    admitted.get()
}

/// G8: calls into an exclusive table never overlap, whether they come from another thread, from
/// inside, or from the host's own side.
#[test]
fn exclusive_calls_of_three_threads_never_overlap() {
    explore(|| {
        let (host, watch) = Host::<Arg>::new();
        let held = Arc::new(Held::exclusive(host).unwrap());
        let user_data = held.user_data().addr();
        let callers: Vec<_> = (0..2)
            .map(|_| {
                c_thread(move || {
                    for _ in 0..3 {
                        call_from_c::<Host<Arg>>(user_data, |host, _| {
                            host.visit_alone();
                            let again = call_from_c::<Host<Arg>>(user_data, |host, _| host.visit());
                            assert!(!again, "a call was admitted from inside");
                        });
                    }
                })
            })
            .collect();
        let own = held.with(Host::visit_alone);
        assert!(matches!(own, Ok(()) | Err(WithError::Busy)));
        join(callers);
        assert_eq!(held.revoke(), Ended::Now);
        watch.assert_ended();
    });
}

/// G8: threads that each call once find a record, or the counter.
#[test]
fn short_lived_threads_call_once_each() {
    explore(|| {
        let table = Table::new();
        let callers: Vec<_> = (0..5)
            .map(|_| {
                let table = table.clone();
                c_thread(move || {
                    table.call();
                })
            })
            .collect();
        let other = Table::new();
        assert!(other.call());
        assert_eq!(table.held.revoke(), Ended::Now);
        table.watch.assert_ended();
        join(callers);
        other.release();
    });
}

/// G5: each late call leaves one incident, or is counted as missed.
#[test]
fn no_incident_is_lost() {
    explore(|| {
        let table = Table::new();
        let user_data = table.user_data();
        table.held.revoke();
        let callers: Vec<_> = (0..2)
            .map(|_| {
                c_thread(move || {
                    for _ in 0..2 {
                        assert!(!call_from_c::<Host<Arg>>(user_data, |_, _| ()));
                    }
                })
            })
            .collect();
        let taken = Arc::new(AtomicUsize::new(0));
        let taker = c_thread({
            let taken = taken.clone();
            move || {
                taken.fetch_add(take_incidents().len(), Ordering::Relaxed);
            }
        });
        let own = take_incidents().len();
        join(callers);
        join([taker]);
        let all = own + taken.load(Ordering::Relaxed) + take_incidents().len();
        assert_eq!(all as u64 + missed_incidents(), 4);
    });
}

/// G9: a token is given out once, whichever containers ask for serial numbers at once.
#[test]
fn a_token_is_given_out_once() {
    explore(|| {
        let given: Arc<Mutex<Vec<Token>>> = Arc::default();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let given = given.clone();
                c_thread(move || {
                    let mut tokens = Tokens::new("timer");
                    let token = tokens.insert(());
                    let others: Vec<Token> = given.lock().unwrap().clone();
                    assert!(!others.contains(&token), "given out twice");
                    assert!(others.iter().all(|other| tokens.get(*other).is_none()));
                    given.lock().unwrap().push(token);
                })
            })
            .collect();
        join(threads);
    });
}

/// Types are told apart: user data of one type's table never reaches another type's value.
#[test]
fn user_data_of_another_type_is_refused_while_slots_change_hands() {
    explore(|| {
        let table = Table::new();
        let user_data = table.user_data();
        let c = c_thread(move || {
            for _ in 0..2 {
                let reached = call_from_c::<Host<NoState>>(user_data, |_, _| ());
                assert!(!reached, "reached a value of another type");
            }
        });
        let watch: Arc<Watch> = table.watch.clone();
        table.release();
        let next = Held::new(Host::<NoState>::new().0).unwrap();
        join([c]);
        watch.assert_ended();
        drop(next);
    });
}
