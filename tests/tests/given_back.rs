//! What is given up is given back: slots, instances, and tables with memory of their own.
//!
//! Caught when taken out: the release of a scope, of what was handed over and destroyed, of what a value was taken
//! out of; the turns of instances. A program of its own: no other test takes the memory.

use core::ffi::{c_int, c_void};
use std::collections::HashSet;

use outlive::{
    Callbacks, Ended, Held, HoldErrorKind, IntoInnerError, callbacks, ledger, scope, take_incidents,
};

/// A table that C gets with its user data in it.
#[repr(C)]
struct Own {
    on_event: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
    arg: *mut c_void,
    destroy: Option<unsafe extern "C" fn(arg: *mut c_void)>,
}

struct Host(c_int);

#[callbacks(Own, state = arg, user_data_member = arg, destroy = destroy)]
impl Host {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        value + self.0
    }
}

/// The same for a C library that never calls `destroy`.
struct Undestroyed(c_int);

#[callbacks(Own, state = arg, user_data_member = arg)]
impl Undestroyed {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        value + self.0
    }
}

/// A table without user data.
#[repr(C)]
struct Plain {
    on_event: Option<unsafe extern "C" fn(value: c_int) -> c_int>,
}

struct ContextFree(c_int);

#[callbacks(Plain, state = none, instances = 4)]
impl ContextFree {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        value + self.0
    }
}

const ROUNDS: usize = 5000;

/// The slot of a table.
fn slot_of(id: u64) -> u32 {
    id as u32 >> 8
}

/// Runs `round` often, which says which slot and which memory it took; few of either are taken, and none is left.
fn uses_memory_again(round: impl Fn(c_int) -> (u64, usize)) {
    let before = ledger().tables.len();
    let (ids, addresses): (Vec<u64>, HashSet<usize>) = (0..ROUNDS as c_int).map(round).unzip();
    let slots: HashSet<u32> = ids.iter().copied().map(slot_of).collect();
    let different: HashSet<u64> = ids.into_iter().collect();
    assert_eq!(different.len(), ROUNDS, "no number comes twice");
    assert!(addresses.len() < ROUNDS / 10, "{} places", addresses.len());
    assert!(slots.len() < ROUNDS / 10, "{} slots", slots.len());
    assert_eq!(ledger().tables.len(), before, "nothing is left");
}

fn call(table: *const Own, arg: *mut c_void, value: c_int) -> c_int {
    // SAFETY: the table is there, or its memory stays what it was.
    let on_event = unsafe { (*table).on_event }.unwrap();
    // SAFETY: the user data is a number.
    unsafe { on_event(value, arg) }
}

#[test]
fn all_memory_is_used_again() {
    a_release_gives_back_a_table_with_memory_of_its_own();
    a_scope_gives_back_a_table_with_memory_of_its_own();
    a_table_that_c_destroyed_is_given_back_with_its_memory();
    a_value_that_is_taken_out_gives_its_slot_back();
    a_value_that_is_taken_out_before_cs_notice_gives_its_slot_back_then();
    an_ended_table_whose_value_is_asked_for_can_be_released();
    a_dropped_handle_keeps_what_c_can_reach();
    a_context_free_table_gives_its_instance_back_by_its_remainder();
}

fn a_release_gives_back_a_table_with_memory_of_its_own() {
    uses_memory_again(|n| {
        let held = Held::new(Host(n)).unwrap();
        let (id, table) = (held.id(), held.as_ptr());
        assert_eq!(call(table, held.user_data(), 1), n + 1);
        // SAFETY: C has forgotten it.
        assert_eq!(unsafe { held.release() }, Ended::Now);
        (id, table.addr())
    });
}

fn a_scope_gives_back_a_table_with_memory_of_its_own() {
    uses_memory_again(|n| {
        scope(&Host(n), |scoped| {
            assert_eq!(call(scoped.as_ptr(), scoped.user_data(), 1), n + 1);
            (scoped.id(), scoped.as_ptr().addr())
        })
        .unwrap()
    });
}

fn a_table_that_c_destroyed_is_given_back_with_its_memory() {
    uses_memory_again(|n| {
        let held = Held::new(Host(n)).unwrap();
        let (id, table, arg) = (held.id(), held.as_ptr(), held.user_data());
        // SAFETY: the table is there.
        let destroy = unsafe { (*table).destroy }.unwrap();
        held.hand_over(|_| Ok::<(), ()>(())).unwrap();
        assert_eq!(call(table, arg, 1), n + 1);
        // SAFETY: a destroy notify takes any number.
        unsafe { destroy(arg) };
        (id, table.addr())
    });
}

fn a_value_that_is_taken_out_gives_its_slot_back() {
    let before = ledger().tables.len();
    let mut slots = HashSet::new();
    let mut given = Vec::new();
    for n in 0..ROUNDS as c_int {
        let held = Held::new(Undestroyed(n)).unwrap();
        slots.insert(slot_of(held.id()));
        given.push((held.as_ptr(), held.user_data()));
        let Undestroyed(taken) = held.into_inner().unwrap();
        assert_eq!(taken, n);
    }
    assert!(slots.len() < ROUNDS / 10, "{} slots", slots.len());
    assert_eq!(ledger().tables.len(), before, "nothing is left");
    // C may go on reading what it has.
    let newcomer = Held::new(Undestroyed(100_000)).unwrap();
    assert!(given.iter().all(|(table, arg)| call(*table, *arg, 1) == -1));
    assert!(given.iter().all(|(table, _)| *table != newcomer.as_ptr()), "C's memory is C's");
    assert_eq!(call(newcomer.as_ptr(), newcomer.user_data(), 1), 100_001);
}

fn a_value_that_is_taken_out_before_cs_notice_gives_its_slot_back_then() {
    uses_memory_again(|n| {
        let held = Held::new(Host(n)).unwrap();
        let (id, table, arg) = (held.id(), held.as_ptr(), held.user_data());
        // SAFETY: the table is there.
        let destroy = unsafe { (*table).destroy }.unwrap();
        let Host(taken) = held.into_inner().unwrap();
        assert_eq!((taken, call(table, arg, 1)), (n, -1));
        // SAFETY: a destroy notify takes any number.
        unsafe { destroy(arg) };
        (id, table.addr())
    });
    let notices = take_incidents().into_iter().filter(|one| one.callback() == "destroy notify");
    assert_eq!(notices.count(), 0, "the first notice is not late");
}

fn an_ended_table_whose_value_is_asked_for_can_be_released() {
    fn ended<T: Callbacks + 'static>(held: Held<T>) -> Held<T> {
        assert_eq!(held.revoke(), Ended::Now);
        let Err(IntoInnerError::Ended(held)) = held.into_inner() else { panic!("it has ended") };
        held.leak().err().expect("it has ended").into_held()
    }
    uses_memory_again(|n| {
        let held = ended(Held::new(Host(n)).unwrap());
        let (id, table) = (held.id(), held.as_ptr());
        // SAFETY: C has forgotten it.
        assert_eq!(unsafe { held.release() }, Ended::Now);
        (id, table.addr())
    });
    for n in 0..100 {
        // SAFETY: as above.
        assert_eq!(unsafe { ended(Held::new(ContextFree(n)).unwrap()).release() }, Ended::Now);
    }
}

fn a_dropped_handle_keeps_what_c_can_reach() {
    let held = Held::new(Host(1)).unwrap();
    let (id, table, arg) = (held.id(), held.as_ptr(), held.user_data());
    drop(held);
    let others: Vec<_> = (0..100).map(|n| Held::new(Host(n)).unwrap()).collect();
    assert!(
        others.iter().all(|other| other.as_ptr() != table && slot_of(other.id()) != slot_of(id))
    );
    assert_eq!(call(table, arg, 1), -1);
    assert!(ledger().tables.iter().any(|entry| entry.id == id), "the ledger names it");
}

fn a_context_free_table_gives_its_instance_back_by_its_remainder() {
    let make = |n| Held::new(ContextFree(n));
    let call = |table: *const Plain, value| {
        // SAFETY: the table is a static.
        let on_event = unsafe { (*table).on_event }.unwrap();
        // SAFETY: the callback takes any number.
        unsafe { on_event(value) }
    };
    let remainders: Vec<_> = (0..4)
        .map(|n| {
            let held = make(n).unwrap();
            let table = held.as_ptr();
            let (ContextFree(taken), remainder) = held.into_inner().unwrap();
            assert_eq!((taken, call(table, 1)), (n, -1));
            (table, remainder)
        })
        .collect();
    let error = make(9).unwrap_err();
    assert!(matches!(error.kind(), HoldErrorKind::NoInstanceLeft(4)), "{error}");
    let before = ledger().tables.len();
    for (n, (table, remainder)) in (10..).zip(remainders) {
        // SAFETY: C calls late on purpose; the table is a static.
        unsafe { remainder.release() };
        let next = make(n).unwrap();
        assert_eq!((next.as_ptr().cast_const(), call(table, 1)), (table.cast_const(), n + 1));
        // SAFETY: as above.
        assert_eq!(unsafe { next.release() }, Ended::Now);
        // Only this one was free.
        let again = make(n).unwrap();
        core::mem::forget(again);
    }
    assert_eq!(ledger().tables.len(), before);
}
