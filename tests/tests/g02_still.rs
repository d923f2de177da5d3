//! G2 still: the address given to C never changes.
//!
//! Caught when taken out: tables that stand in statics or in memory of their own, beside the handle,
//! which may move.

use core::ffi::{c_int, c_void};

use outlive::{Held, callbacks};
use outlive_tests::host::{on_event, plain_event};
use outlive_tests::keeper::{Keeper, Plain};
use outlive_tests::sys::{keeper_call_object, keeper_object};

struct Object(c_int);

#[callbacks(keeper_object, state = arg, user_data_member = opaque)]
impl Object {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        self.0 + value
    }
}

fn call(table: *const keeper_object, value: c_int) -> c_int {
    // SAFETY: G1: the table is not released, and it carries its user data.
    unsafe { keeper_call_object(table, value) }
}

#[test]
fn a_table_stays_where_it_is_while_its_handle_moves() {
    let held = Held::new(Object(10)).unwrap();
    let given = held.as_ptr();
    let mut handles = vec![held];
    for n in 0..100 {
        handles.push(Held::new(Object(n)).unwrap());
    }
    handles.swap(0, 100);
    assert_eq!(handles[100].as_ptr(), given);
    assert_eq!(call(given, 5), 15);
    let handles = std::thread::spawn(move || handles).join().unwrap();
    assert_eq!(handles[100].as_ptr(), given);
    assert_eq!(call(given, 6), 16);
}

#[test]
fn a_table_stays_where_it_is_when_it_ends() {
    let held = Held::new(Object(10)).unwrap();
    let given = held.as_ptr();
    let _ = held.revoke();
    assert_eq!(held.as_ptr(), given);
    assert_eq!(call(given, 5), -1);
}

#[test]
fn tables_that_carry_their_user_data_have_addresses_of_their_own() {
    let held: Vec<_> = (0..50).map(|n| Held::new(Object(n * 100)).unwrap()).collect();
    for (n, held) in (0..).zip(&held) {
        assert_eq!(call(held.as_ptr(), 7), n * 100 + 7);
        // SAFETY: G1: the table is not released.
        let opaque: *mut c_void = unsafe { (*held.as_ptr()).opaque };
        assert_eq!(opaque, held.user_data());
    }
}

#[test]
fn user_data_stays_the_same_while_its_handle_moves() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let (keeper, given) = (Keeper::of(&held), held.user_data());
    let held = Box::new(held);
    assert_eq!((held.user_data(), keeper.call(9)), (given, 9));
}

#[test]
fn instances_of_a_context_free_table_stand_apart_and_stay() {
    let first = Held::new(plain_event(|_, value| value + 1)).unwrap();
    let second = Held::new(plain_event(|_, value| value + 2)).unwrap();
    let (one, two) = (Plain::of(&first), Plain::of(&second));
    assert_ne!(one.address(), two.address());
    let (second, first) = (first, second);
    assert_eq!((one.call(10), two.call(10)), (11, 12));
    drop((first, second));
}
