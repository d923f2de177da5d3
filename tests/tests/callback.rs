//! Lone functions: a closure behind a C function pointer with user data.

use core::cell::{Cell, RefCell};
use core::ffi::{c_int, c_void};
use core::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use outlive::{Callback, Ended, IncidentKind, ledger, revoke_all};
use outlive_tests::incidents;

/// As bindgen declares `int (*)(int value, void *user)`.
type Event = Option<unsafe extern "C" fn(value: c_int, user: *mut c_void) -> c_int>;

/// Calls as C does.
fn call(event: Event, value: c_int, user_data: *mut c_void) -> c_int {
    // SAFETY: a callback takes any user data.
    unsafe { event.unwrap()(value, user_data) }
}

/// Counts its drops.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn c_calls_a_closure_by_its_own_type() {
    type Visit = unsafe extern "C" fn(*mut libc::dl_phdr_info, libc::size_t, *mut c_void) -> c_int;
    let seen = Arc::new(AtomicUsize::new(0));
    let visit = Callback::<Visit>::new_or(1, {
        let seen = seen.clone();
        move |_, size| {
            assert_eq!(size, size_of::<libc::dl_phdr_info>());
            seen.fetch_add(1, Ordering::Relaxed);
            0
        }
    })
    .unwrap();
    // SAFETY: dl_iterate_phdr(3) calls the function with the data before it returns.
    let iterate = || unsafe { libc::dl_iterate_phdr(Some(visit.function()), visit.user_data()) };
    assert_eq!(iterate(), 0);
    let objects = seen.load(Ordering::Relaxed);
    assert!(objects > 0);
    assert_eq!(visit.revoke(), Ended::Now);
    assert_eq!((iterate(), seen.load(Ordering::Relaxed)), (1, objects), "served after its end");
}

#[test]
#[cfg(target_os = "linux")] // qsort_r(3) as glibc and musl have it
fn c_sorts_by_a_closure_that_stays_on_its_thread() {
    unsafe extern "C" {
        fn qsort_r(
            base: *mut c_void,
            count: usize,
            size: usize,
            compare: Compare,
            user: *mut c_void,
        );
    }
    type Compare = Option<unsafe extern "C" fn(*const c_void, *const c_void, *mut c_void) -> c_int>;
    let comparisons = Rc::new(Cell::new(0));
    let backwards = Callback::<Compare>::local_or(0, {
        let comparisons = comparisons.clone();
        move |one, other| {
            comparisons.set(comparisons.get() + 1);
            // SAFETY: qsort_r(3) passes pointers to elements.
            let [one, other] = [one, other].map(|at| unsafe { at.cast::<i32>().read() });
            other.cmp(&one) as c_int
        }
    })
    .unwrap();
    let mut numbers = [3, 1, 4, 1, 5, 9, 2, 6];
    // SAFETY: the array has so many elements of this size.
    unsafe {
        qsort_r(
            numbers.as_mut_ptr().cast(),
            numbers.len(),
            size_of::<i32>(),
            backwards.function(),
            backwards.user_data(),
        );
    }
    assert_eq!(numbers, [9, 6, 5, 4, 3, 2, 1, 1]);
    assert!(comparisons.get() >= numbers.len() - 1);
}

#[test]
fn a_late_call_returns_what_was_declared_and_names_the_lines() {
    for has_called in [false, true] {
        let event = Callback::<Event>::new_or(-7, |value| value + 1).unwrap();
        let (function, user_data) = (event.function(), event.user_data());
        assert!(!has_called || call(function, 1, user_data) == 2);
        assert_eq!(event.revoke(), Ended::Now);
        assert_eq!(call(function, 1, user_data), -7);
        assert_eq!(
            thread::spawn({
                let user_data = user_data.addr();
                move || call(function, 1, ptr::without_provenance_mut(user_data))
            })
            .join()
            .unwrap(),
            -7
        );
        let late = incidents::of(event.id(), 2);
        assert_eq!(late[0].kind(), IncidentKind::LateCall);
        assert_eq!(
            (late[0].created().unwrap().file(), late[0].ended().unwrap().file()),
            (file!(), file!())
        );
        // SAFETY: nobody calls any more, but against the promise below.
        assert_eq!(unsafe { event.release() }, Ended::Now);
        assert_eq!(call(function, 1, user_data), -7, "after the release");
    }
}

#[test]
fn callbacks_with_one_closure_each_return_their_own() {
    let make = |refused| Callback::<Event>::new_or(refused, |value| value).unwrap();
    let all = [-1, -2, -1, -3].map(make);
    assert_eq!(all.each_ref().map(Callback::revoke), [Ended::Now; 4]);
    let late = all.each_ref().map(|one| call(one.function(), 5, one.user_data()));
    assert_eq!(late, [-1, -2, -1, -3]);
}

#[test]
fn user_data_of_another_closure_is_refused() {
    let one = Callback::<Event>::new_or(-1, |value| value).unwrap();
    let other = Callback::<Event>::new_or(-2, |value| value * 100).unwrap();
    assert_eq!(call(one.function(), 5, other.user_data()), -1);
    assert_eq!(call(other.function(), 5, ptr::null_mut()), -2);
    assert_eq!(call(other.function(), 5, other.user_data()), 500);
    let told = incidents::only(other.id(), IncidentKind::BadArgument);
    assert_eq!(told.count(), 1);
    assert!(told.to_string().contains(", for another callback::"), "{told}");
}

#[test]
fn a_closure_that_changes_is_called_once_at_a_time() {
    let again = Rc::new(RefCell::new(None));
    thread_local! { static AGAIN: Cell<Option<(Event, *mut c_void)>> = const { Cell::new(None) }; }
    let mut calls = 0;
    let event = Callback::<Event>::exclusive_or(-1, move |value| {
        calls += 1;
        match AGAIN.get() {
            Some((function, user_data)) if value == 0 => call(function, 1, user_data),
            _ => calls,
        }
    })
    .unwrap();
    AGAIN.set(Some((event.function(), event.user_data())));
    *again.borrow_mut() = Some(event.id());
    let serve = |value| call(event.function(), value, event.user_data());
    assert_eq!([serve(5), serve(5), serve(0), serve(5)], [1, 2, -1, 4]);
    assert_eq!(incidents::only(event.id(), IncidentKind::ConcurrentCall).count(), 1);
    assert_eq!(event.revoke(), Ended::Now);
}

#[test]
fn a_closure_of_one_thread_is_not_called_on_another() {
    let event = Callback::<Event>::local_or(-1, |value| value).unwrap();
    let (function, user_data) = (event.function(), event.user_data().addr());
    let elsewhere = move || call(function, 5, ptr::without_provenance_mut(user_data));
    assert_eq!(elsewhere(), 5);
    assert_eq!(thread::spawn(elsewhere).join().unwrap(), -1);
    assert_eq!(incidents::only(event.id(), IncidentKind::WrongThread).count(), 1);
}

#[test]
fn a_panic_stays_home_and_returns_what_was_declared() {
    let event = Callback::<Event>::new_or(-1, |_| panic!("on purpose")).unwrap();
    assert_eq!(call(event.function(), 5, event.user_data()), -1);
    let panic = incidents::only(event.id(), IncidentKind::Panic);
    assert!(panic.to_string().contains("on purpose"), "{panic}");
}

#[test]
fn nothing_is_declared_where_c_gets_nothing_or_a_pointer() {
    let seen = Arc::new(AtomicUsize::new(0));
    let log = Callback::<unsafe extern "C" fn(c_int, *mut c_void)>::new({
        let seen = seen.clone();
        move |value| seen.store(value as usize, Ordering::Relaxed)
    })
    .unwrap();
    // SAFETY: a callback takes any user data.
    unsafe { log.function()(7, log.user_data()) };
    assert_eq!((log.revoke(), seen.load(Ordering::Relaxed)), (Ended::Now, 7));
    // SAFETY: as above.
    unsafe { log.function()(8, log.user_data()) };
    assert_eq!(seen.load(Ordering::Relaxed), 7);

    let allocate = Callback::<extern "C" fn(usize, *mut c_void) -> *mut c_void>::new(|size| {
        ptr::without_provenance_mut(size)
    })
    .unwrap();
    assert_eq!(allocate.function()(16, allocate.user_data()).addr(), 16);
    let _ = allocate.revoke();
    assert!(allocate.function()(16, allocate.user_data()).is_null());
}

#[test]
fn user_data_may_be_anywhere_and_a_number() {
    let first =
        Callback::<unsafe extern "C" fn(*const u8, c_int, c_int) -> c_int>::user_data_first()
            .new_or(0, |a, b| a * b)
            .unwrap();
    // SAFETY: a callback takes any user data.
    assert_eq!(unsafe { first.function()(first.user_data().cast(), 6, 7) }, 42);

    type Third = Option<unsafe extern "C" fn(u8, u16, usize, u32, u64) -> u64>;
    let third = Callback::<Third>::user_data_at::<2>()
        .exclusive_or(0, |a, b, c, d| u64::from(a) + u64::from(b) + u64::from(c) + d)
        .unwrap();
    // SAFETY: as above.
    assert_eq!(unsafe { third.function().unwrap()(1, 2, third.user_data().addr(), 3, 4) }, 10);

    type Many = unsafe extern "C" fn(
        u8,
        u8,
        u8,
        u8,
        u8,
        u8,
        u8,
        u8,
        u8,
        u8,
        u8,
        u8,
        u8,
        u8,
        u8,
        *mut c_void,
    ) -> u8;
    let many = Callback::<Many>::new_or(0, |a, b, c, d, e, f, g, h, i, j, k, l, m, n, o| {
        a + b + c + d + e + f + g + h + i + j + k + l + m + n + o
    })
    .unwrap();
    // SAFETY: as above.
    let sum = unsafe {
        many.function()(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, many.user_data())
    };
    assert_eq!(sum, 120);
}

#[test]
fn a_closure_is_dropped_once_however_it_ends() {
    let drops = Arc::new(AtomicUsize::new(0));
    let make = |padding: [u64; 16]| {
        let counted = Counted(drops.clone());
        Callback::<Event>::new_or(-1, move |value| {
            let _ = (&counted, padding);
            value
        })
        .unwrap()
    };
    let dropped = || drops.swap(0, Ordering::Relaxed);
    drop(make([0; 16]));
    assert_eq!(dropped(), 1);
    let revoked = make([0; 16]);
    assert_eq!((revoked.revoke(), dropped()), (Ended::Now, 1));
    drop(revoked);
    // SAFETY: no C has it.
    assert_eq!((unsafe { make([0; 16]).release() }, dropped()), (Ended::Now, 1));
    let notified = make([0; 16]);
    // SAFETY: C is done with it.
    unsafe { notified.destroy_notify()(notified.user_data()) };
    assert_eq!(dropped(), 1);
    let late = call(notified.function(), 5, notified.user_data());
    assert_eq!((late, notified.revoke(), dropped()), (-1, Ended::Now, 0));
}

#[test]
fn the_ledger_has_a_callback_with_the_closure_and_the_line() {
    let event = Callback::<Event>::new_or(-1, |value| value).unwrap();
    let line = line!() - 1;
    let ledger = ledger();
    let entry = ledger.tables.iter().find(|entry| entry.id == event.id()).unwrap();
    assert_eq!((entry.table, entry.created.line()), ("callback", line));
    assert!(entry.host.contains("closure"), "{}", entry.host);
}

#[test]
fn callbacks_and_tables_end_together() {
    let event = Callback::<Event>::new_or(-1, |value| value).unwrap();
    let once = Callback::<Event>::once_or(-2, |value| value).unwrap();
    let table = outlive_tests::host::hold(|_, value| value);
    assert_eq!(revoke_all(&[&event, &table, &once]), Ended::Now);
    assert_eq!(call(event.function(), 5, event.user_data()), -1);
    assert_eq!(call(once.function(), 5, once.user_data()), -2);
    assert!(table.with(|_| ()).is_err());
}

#[test]
fn a_leaked_callback_serves_for_the_rest_of_the_process() {
    let event = Callback::<Event>::new_or(-1, |value| value + 1).unwrap();
    let (id, function, user_data) = (event.id(), event.function(), event.user_data());
    event.leak().unwrap();
    assert_eq!(call(function, 5, user_data), 6);
    assert!(ledger().tables.iter().any(|entry| entry.id == id && entry.leaked));
    let ended = Callback::<Event>::new_or(-1, |value| value).unwrap();
    assert_eq!(ended.revoke(), Ended::Now);
    let ended = ended.leak().unwrap_err().into_held();
    // SAFETY: no C has it.
    assert_eq!(unsafe { ended.release() }, Ended::Now);
}

#[test]
fn a_result_that_does_not_equal_itself_is_kept_once() {
    static COMPARED: AtomicUsize = AtomicUsize::new(0);

    /// As NaN.
    #[derive(Clone, Copy)]
    struct Unequal;

    impl PartialEq for Unequal {
        fn eq(&self, _: &Self) -> bool {
            COMPARED.fetch_add(1, Ordering::Relaxed);
            false
        }
    }

    for round in 1..=1000 {
        let measure =
            Callback::<extern "C" fn(*mut c_void) -> Unequal>::new_or(Unequal, || Unequal).unwrap();
        // SAFETY: no C has it.
        assert_eq!(unsafe { measure.release() }, Ended::Now);
        let compared = COMPARED.load(Ordering::Relaxed);
        assert!(compared <= 3 * round, "{compared} in {round} rounds: one is kept for each");
    }
}
