//! G11 C's own memory: a table that C frees can be handed over as such; after the hand-over we never
//! read that memory.
//!
//! Caught when taken out: `to_malloc` as a copy from `malloc` that nothing else points to (`free` would
//! abort, a read of the scribbled block would crash).

use core::ffi::{c_int, c_void};

use outlive::{Ended, Held, MallocTable};
use outlive_tests::host::{Drops, on_event};
use outlive_tests::keeper::{Keeper, Kept};
use outlive_tests::sys::{keeper_call_and_free, keeper_table};

fn call_and_free(table: MallocTable<keeper_table>, arg: *mut c_void, value: c_int) -> c_int {
    // SAFETY: the table came from `to_malloc`, and this is C's to free.
    unsafe { keeper_call_and_free(table.into_raw(), arg, value) }
}

#[test]
fn c_calls_through_its_own_copy_and_frees_it() {
    let held = Held::new(on_event(|_, value| value * 2)).unwrap();
    let given = held.to_malloc().unwrap();
    assert_ne!(given.as_ptr(), held.as_ptr());
    assert_eq!(call_and_free(given, held.user_data(), 21), 42);
}

#[test]
fn the_registration_lives_on_when_c_has_freed_its_copy() {
    let drops = Drops::default();
    let witness = drops.witness();
    let held = Held::new(on_event(move |_, value| {
        witness.assert_alive();
        value
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    for n in 0..100 {
        assert_eq!(call_and_free(held.to_malloc().unwrap(), held.user_data(), n), n);
    }
    assert_eq!(keeper.call(5), 5);
    assert!(held.inspect().is_intact(), "inspect reads the table, not C's scribbles");
    assert!(outlive::ledger().tables.iter().any(|entry| entry.id == held.id()));
    assert_eq!((held.revoke(), drops.count()), (Ended::Now, 1));
}

#[test]
fn a_copy_that_outlives_its_handle_refuses_calls() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let (given, arg) = (held.to_malloc().unwrap(), held.arg());
    drop(held);
    assert_eq!(call_and_free(given, arg, 5), -1);
}
