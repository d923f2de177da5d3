//! What C finds in `GetLastError` after a call: what the method has left, be the call served or refused.
//!
//! Caught: the standard library's thread-locals on `windows-gnu`, which set it to 0.
#![cfg(windows)]

use core::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::thread;

use outlive::{Call, Ended, Exclusive, Held, Local};
use outlive_tests::host::{hold, on_event};
use outlive_tests::keeper::Kept;

#[link(name = "kernel32")]
unsafe extern "system" {
    #[link_name = "SetLastError"]
    safe fn set_last_error(error: u32);
    #[link_name = "GetLastError"]
    safe fn last_error() -> u32;
}

const BEFORE: u32 = 5;
const BY_METHOD: u32 = 6;

type Function = unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int;

/// What C has of a table: its function, and the user data.
#[derive(Clone, Copy)]
struct Way(Function, usize);

impl Way {
    fn to(held: &impl Kept) -> Self {
        // SAFETY: STATIC-TABLE (`keeper.rs`).
        let on_event = unsafe { (*held.table()).on_event };
        Way(on_event.unwrap(), held.arg().addr())
    }

    fn call(&self, value: c_int) -> c_int {
        // SAFETY: the function takes any user data.
        unsafe { (self.0)(value, core::ptr::without_provenance_mut(self.1)) }
    }

    /// What a call gives that C makes with [`BEFORE`], and what C finds then.
    fn call_with_error(&self, value: c_int) -> (c_int, u32) {
        set_last_error(BEFORE);
        let result = self.call(value);
        (result, last_error())
    }
}

/// Sets it where the value is not 0.
fn setter(value: c_int) -> c_int {
    if value != 0 {
        set_last_error(BY_METHOD);
    }
    value
}

#[test]
fn a_served_call_leaves_the_last_error_as_the_method_left_it() {
    let held = hold(|_, value| setter(value));
    let way = Way::to(&held);
    let both = move || {
        for _ in 0..3 {
            assert_eq!(way.call_with_error(0), (0, BEFORE));
            assert_eq!(way.call_with_error(7), (7, BY_METHOD));
        }
    };
    both();
    thread::spawn(both).join().unwrap(); // whose first call is another way in
}

#[test]
fn a_nested_call_leaves_it_alone() {
    let inner = hold(|_, value| value);
    let way = Way::to(&inner);
    let outer = hold(move |_, value| {
        (0..20).for_each(|_| assert_eq!(way.call(value), value));
        value
    });
    assert_eq!(Way::to(&outer).call_with_error(7), (7, BEFORE));
}

#[test]
fn a_refused_call_leaves_it_alone() {
    let held = hold(|_, value| value);
    let late = Way::to(&held);
    let _ = held.revoke();
    let unknown = Way(late.0, 0); // NULL
    let local = Held::<_, Local>::local(on_event(|_, value| value)).unwrap();
    let elsewhere = Way::to(&local);
    thread::spawn(move || {
        // The first ones write their lines to stderr.
        for _ in 0..10 {
            for way in [late, unknown, elsewhere] {
                assert_eq!(way.call_with_error(7), (-1, BEFORE));
            }
        }
    })
    .join()
    .unwrap();
}

#[test]
fn a_call_that_finds_another_inside_leaves_it_alone() {
    static WAY: OnceLock<Way> = OnceLock::new();
    let again = |_: &Call<'_>, value| WAY.get().unwrap().call(value);
    let held = Held::<_, Exclusive>::exclusive(on_event(again)).unwrap();
    let way = WAY.get_or_init(|| Way::to(&held));
    assert_eq!(way.call_with_error(7), (-1, BEFORE));
}

#[test]
fn the_last_call_out_that_ends_the_value_leaves_it_alone() {
    struct Noisy;
    impl Drop for Noisy {
        fn drop(&mut self) {
            set_last_error(BY_METHOD);
        }
    }
    let noisy = Noisy;
    let held = hold(move |call, value| {
        let _kept = &noisy;
        assert_eq!(call.revoke(), Ended::Later);
        set_last_error(BEFORE + 10);
        value
    });
    assert_eq!(Way::to(&held).call_with_error(7), (7, BEFORE + 10));
}
