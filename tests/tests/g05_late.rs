//! G5 late is harmless: a call after the end returns the fallback, is reported with its lines, and
//! never reaches another registration.
//!
//! Caught when taken out: the generation in a handle, the comparison of the host type, the instance
//! that is not reused before its release, the fallback.

#![allow(
    coherence_leak_check,
    reason = "two types that differ in a lifetime are what a test is about"
)]

use core::ffi::c_int;
use core::ptr::without_provenance_mut;

use outlive::{Held, HoldErrorKind, IncidentKind, callbacks};
use outlive_tests::host::{OnEvent, hold, on_event, plain_event};
use outlive_tests::incidents;
use outlive_tests::keeper::{Keeper, Plain, call_with};
use outlive_tests::sys::keeper_table;

struct Other;

#[callbacks(keeper_table, state = arg)]
impl Other {
    #[callback(fallback = -2)]
    fn on_event(&self, value: c_int) -> c_int {
        value + 1000
    }
}

#[test]
fn a_late_call_returns_the_fallback_and_names_the_lines() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let created = line!() - 1;
    let keeper = Keeper::of(&held);
    let _ = held.revoke();
    let ended = line!() - 1;
    assert_eq!((keeper.call(1), keeper.call_from_thread(1), keeper.call_copy(1)), (-1, -1, -1));

    let late = incidents::of(held.id(), 3);
    assert_eq!(late.len(), 3);
    for (number, incident) in (1..).zip(&late) {
        assert_eq!((incident.table(), incident.callback()), ("keeper_table", "on_event"));
        assert_eq!((incident.kind(), incident.count()), (IncidentKind::LateCall, number));
        let (made, end) = (incident.created().unwrap(), incident.ended().unwrap());
        assert_eq!((made.file(), made.line()), (file!(), created));
        assert_eq!((end.file(), end.line()), (file!(), ended));
    }
    assert_eq!(late[0].thread(), late[2].thread());
    assert_ne!(late[0].thread(), late[1].thread());
}

#[test]
fn swapped_user_data_reaches_no_value_of_another_type() {
    let one = Held::new(on_event(|_, value| value)).unwrap();
    let other = Held::new(Other).unwrap();
    assert_eq!(call_with(&one, 5, other.user_data()), -1);
    assert_eq!(call_with(&other, 5, one.user_data()), -2);
    assert_eq!(
        (call_with(&one, 5, one.user_data()), call_with(&other, 5, other.user_data())),
        (5, 1005)
    );
    for id in [one.id(), other.id()] {
        incidents::only(id, IncidentKind::BadArgument);
    }
}

#[test]
fn swapped_user_data_of_restricted_tables_is_refused_too() {
    let exclusive = Held::exclusive(on_event(|_, value| value)).unwrap();
    let local = Held::local(Other).unwrap();
    assert_eq!(call_with(&local, 5, exclusive.user_data()), -2);
    assert_eq!(call_with(&exclusive, 5, local.user_data()), -1);
    assert_eq!(call_with(&local, 5, local.user_data()), 1005);
}

#[test]
fn the_words_of_a_closed_gate_are_no_user_data() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    let real = held.user_data().addr();
    let _ = held.revoke();
    for state in 0..8 {
        assert_eq!(call_with(&held, 5, without_provenance_mut(real | state << 5)), -1);
    }
}

#[test]
fn a_context_free_instance_is_not_reused_before_its_release() {
    struct Few<const N: c_int>;
    #[callbacks(outlive_tests::sys::keeper_plain, state = none, instances = 2)]
    impl<const N: c_int> Few<N> {
        #[callback(fallback = -1)]
        fn on_event(&self, value: c_int) -> c_int {
            value + N
        }
    }

    let first = Held::new(Few::<10>).unwrap();
    let (stale, address) = (Plain::of(&first), Plain::of(&first).address());
    let _ = first.revoke();
    let second = Held::new(Few::<20>).unwrap();
    assert_ne!(Plain::of(&second).address(), address);
    assert_eq!((stale.call(1), Plain::of(&second).call(1)), (-1, 21));

    let error = Held::new(Few::<20>).unwrap_err();
    assert!(matches!(error.kind(), HoldErrorKind::NoInstanceLeft(2)), "{error}");
    assert!(error.to_string().contains("instances = N"), "{error}");
    let Few::<20> = error.into_value();
    drop(Held::new(Few::<20>)); // Refused as well: nothing of the first attempt stays.

    // SAFETY: C calls through `stale` later on purpose; it is a static.
    let _ = unsafe { first.release() };
    let third = Held::new(Few::<10>).unwrap();
    assert_eq!((Plain::of(&third).address(), stale.call(1)), (address, 11));
}

#[test]
fn context_free_tables_of_a_dropped_handle_refuse_and_name_the_line() {
    let held = Held::new(plain_event(|_, value| value)).unwrap();
    let (line, id, plain) = (line!() - 1, held.id(), Plain::of(&held));
    drop(held);
    assert_eq!(plain.call(1), -1);
    let incident = incidents::only(id, IncidentKind::LateCall);
    assert_eq!(incident.table(), "keeper_plain");
    assert_eq!(incident.created().unwrap().line(), line);
    assert!(incident.ended().is_none(), "a drop names no line");
}

#[test]
fn a_fallback_may_use_the_arguments_c_passed() {
    struct Echo;
    #[callbacks(keeper_table, state = arg)]
    impl Echo {
        #[callback(fallback = -100 - value)]
        fn on_event(&self, value: c_int) -> c_int {
            value
        }
    }
    let held = Held::new(Echo).unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!(keeper.call(7), 7);
    let _ = held.revoke();
    assert_eq!(keeper.call(7), -107);
}

/// Closures that differ in what their argument is bound by.
struct Wrapped<F: ?Sized>(Box<F>);

type AnyLife = dyn Fn(&String) -> c_int + Send + Sync;
type StaticLife = dyn Fn(&'static String) -> c_int + Send + Sync;

#[callbacks(keeper_table, state = arg)]
impl Wrapped<AnyLife> {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        value + (self.0)(&String::from("local"))
    }
}

#[callbacks(keeper_table, state = arg)]
impl Wrapped<StaticLife> {
    #[callback(member = on_event, fallback = -1)]
    fn on_long(&self, value: c_int) -> c_int {
        static TEXT: String = String::new();
        value + (self.0)(&TEXT)
    }
}

#[test]
fn closures_that_differ_in_a_lifetime_are_told_apart() {
    let any = Held::new(Wrapped(Box::new(|_: &String| 10) as Box<AnyLife>)).unwrap();
    let long = Held::new(Wrapped(Box::new(|_: &'static String| 20) as Box<StaticLife>)).unwrap();
    let (of_any, of_long) = (Keeper::of(&any), Keeper::of(&long));
    assert_eq!((of_any.call(1), of_long.call(1)), (11, 21));
    of_any.set_arg(long.user_data());
    of_long.set_arg(any.user_data());
    assert_eq!((of_any.call(1), of_long.call(1)), (-1, -1), "C swaps them");
    incidents::only(any.id(), IncidentKind::BadArgument);
    incidents::only(long.id(), IncidentKind::BadArgument);
}

#[test]
fn a_wrapped_host_is_told_apart_from_another_with_the_same_closure_type() {
    // The same closure, so the same type: user data decides alone.
    let make = |bonus: c_int| OnEvent(move |_: &outlive::Call<'_>, value| value + bonus);
    let (one, two) = (Held::new(make(1)).unwrap(), Held::new(make(2)).unwrap());
    assert_eq!(call_with(&one, 10, two.user_data()), 12);
    drop(two);
    assert_eq!(call_with(&one, 10, one.user_data()), 11);
}

#[test]
fn a_late_call_after_a_drop_says_that_the_handle_was_dropped() {
    let held = hold(|_, value| value);
    let keeper = Keeper::of(&held);
    let id = held.id();
    drop(held);
    assert_eq!(keeper.call(1), -1);
    let late = incidents::only(id, IncidentKind::LateCall);
    assert_eq!(late.detail(), "its handle was dropped: keep it as long as C calls");
}

#[test]
fn a_late_call_after_a_release_names_the_host_type() {
    let callback =
        outlive::Callback::<Option<unsafe extern "C" fn(*mut core::ffi::c_void)>>::new(|| ());
    let callback = callback.unwrap();
    let (function, user_data) = (callback.function().unwrap(), callback.user_data());
    // SAFETY: that C calls all the same is for the test.
    let _ = unsafe { callback.release() };
    // SAFETY: it takes any user data.
    unsafe { function(user_data) };
    let is_it = |one: &outlive::Incident| {
        one.callback() == "function" && one.detail().contains("names_the_host")
    };
    assert!(!incidents::those(1, is_it).is_empty());
}

#[test]
fn an_error_of_a_value_for_one_thread_at_a_time_is_any_threads() {
    fn is_any_threads<E: std::error::Error + Send + Sync>() {}
    is_any_threads::<outlive::HoldError<core::cell::Cell<u8>>>();
}
