//! Closures of C's: what C passed with a destructor is called often, freed once, and neither after the release.
//!
//! Caught when taken out: the destructor, the look at the release, and the wait of the release for a call.

use core::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use outlive::{AnyThread, CClosure, Call, Callback, Ended, First, Held, NotCalledError, callbacks};
use outlive_tests::asker::Asker;
use outlive_tests::host::Door;
use outlive_tests::sys::{asker_changed, asker_free, asker_table};
use outlive_tests::wait::without_deadlock;

type Watching = AnyThread<CClosure<asker_changed>>;

/// What C watches with, outside of the host value.
#[derive(Clone, Default)]
struct Watchers(Arc<Mutex<Vec<Watching>>>);

impl Watchers {
    fn all(&self) -> MutexGuard<'_, Vec<Watching>> {
        self.0.lock().unwrap()
    }
}

struct Source(Watchers);

#[callbacks(asker_table, state = arg)]
impl Source {
    #[callback(fallback = refuse(free, data), panicked = -1)]
    fn watch(
        &self,
        call: &Call<'_>,
        value: c_int,
        changed: asker_changed,
        data: *mut c_void,
        free: asker_free,
    ) -> c_int {
        // SAFETY: `asker.h`: C may be called by `changed` until its data is freed, and then by `free`, once.
        let watching = unsafe { CClosure::of(call, changed, data, free) };
        // SAFETY: `asker.h`: on any thread.
        let watching = unsafe { watching.assume_send() };
        assert!(value != 0, "on purpose");
        watching.call(value).unwrap();
        self.0.all().push(watching);
        0
    }

    #[callback(last)]
    fn close(&self) {}
}

/// What a call that is refused does, of which no method gets to know.
fn refuse(free: asker_free, data: *mut c_void) -> c_int {
    if let Some(free) = free {
        // SAFETY: C's destructor with its data.
        unsafe { free(data) };
    }
    -1
}

fn source() -> (Held<Source>, Asker, Watchers) {
    let watchers = Watchers::default();
    let held = Held::new(Source(watchers.clone())).unwrap();
    let asker = Asker::of(&held);
    (held, asker, watchers)
}

/// C forgets all that it has passed, by the end of a release.
fn release(held: Held<Source>, asker: Asker) -> Ended {
    // SAFETY: C calls no more.
    let ended = unsafe { held.release() };
    asker.forget();
    ended
}

/// How often C was called, and how often it freed its data.
fn seen(asker: Asker) -> (c_int, c_int) {
    (asker.changes(), asker.freed())
}

#[test]
fn c_is_called_often_and_frees_its_data_once() {
    let (_held, asker, watchers) = source();
    assert_eq!(asker.watch(1), 0);
    for value in 2..10 {
        assert_eq!(watchers.all()[0].call(value), Ok(()));
        assert_eq!((asker.status(), seen(asker)), (value, (value, 0)));
    }
    watchers.all().clear();
    assert_eq!(seen(asker), (9, 1));
}

#[test]
fn a_method_that_panics_has_freed_the_data_and_its_fallback_does_not_free_it_again() {
    let (held, asker, watchers) = source();
    assert_eq!((asker.watch(0), seen(asker)), (-1, (0, 1)));
    assert!(watchers.all().is_empty());
    drop(held);
    // A call that comes too late is for the fallback.
    assert_eq!((asker.watch(1), seen(asker)), (-1, (0, 2)));
}

#[test]
fn c_is_called_after_the_end_and_after_its_last_call() {
    let (held, asker, watchers) = source();
    assert_eq!((asker.watch(1), held.revoke()), (0, Ended::Now));
    assert_eq!(watchers.all()[0].call(2), Ok(()));
    watchers.all().clear();
    assert_eq!(seen(asker), (2, 1));

    let (held, asker, watchers) = source();
    held.hand_over(|_| Ok::<_, ()>(asker.watch(1))).unwrap();
    asker.close();
    let _others: Vec<_> = (0..100).map(|_| source()).collect();
    assert_eq!(watchers.all()[0].call(2), Ok(()));
    watchers.all().clear();
    assert_eq!(seen(asker), (2, 1));
}

#[test]
fn c_is_neither_called_nor_told_to_free_after_the_release() {
    let (held, asker, watchers) = source();
    assert_eq!(asker.watch(1), 0);
    assert_eq!(release(held, asker), Ended::Now);
    assert_eq!(watchers.all()[0].call(2), Err(NotCalledError::Released));
    watchers.all().clear();
    assert_eq!(seen(asker), (1, 0));
}

#[test]
fn a_release_waits_for_a_call_that_is_under_way() {
    let (held, asker, watchers) = source();
    assert_eq!(asker.watch(1), 0);
    let (door, is_released) = (Door::new(), Arc::new(AtomicBool::new(false)));
    asker.during(move || door.enter());
    let caller = thread::spawn(move || {
        let watching = watchers.all().pop().unwrap();
        // The data is freed here, too, unless the release has begun.
        watching.call(2)
    });
    door.wait_for(1);
    let releaser = thread::spawn({
        let is_released = Arc::clone(&is_released);
        move || {
            let ended = release(held, asker);
            is_released.store(true, Ordering::SeqCst);
            ended
        }
    });
    thread::sleep(Duration::from_millis(50));
    assert!(!is_released.load(Ordering::SeqCst), "C is still in the call");
    door.open();
    assert_eq!(without_deadlock(|| releaser.join().unwrap()), Ended::Now);
    assert_eq!((caller.join().unwrap(), seen(asker)), (Ok(()), (2, 0)));
}

#[test]
fn c_may_be_called_and_free_from_inside_its_own_function() {
    let (_held, asker, watchers) = source();
    assert_eq!((asker.watch(1), asker.watch(1)), (0, 0));
    let (outer, inner) = {
        let mut all = watchers.all();
        (all.pop().unwrap(), Mutex::new(all.pop()))
    };
    asker.during(move || {
        let inner = inner.lock().unwrap().take();
        if let Some(inner) = inner {
            assert_eq!(inner.call(3), Ok(()));
        }
    });
    assert_eq!(outer.call(2), Ok(()));
    assert_eq!(seen(asker), (4, 1));
}

#[test]
fn null_is_neither_called_nor_freed() {
    struct Null;
    #[callbacks(asker_table, state = arg)]
    impl Null {
        #[callback(fallback = -1)]
        fn watch(
            &self,
            call: &Call<'_>,
            _: c_int,
            _: asker_changed,
            data: *mut c_void,
            free: asker_free,
        ) -> c_int {
            // SAFETY: C's destructor with its data, and nothing to be called.
            let none = unsafe { CClosure::<asker_changed>::of(call, None, data, free) };
            assert_eq!(none.call(1), Err(NotCalledError::Null));
            drop(none);
            // SAFETY: nothing is to be freed.
            drop(unsafe { CClosure::<asker_changed>::of(call, None, data, None) });
            0
        }
    }
    let held = Held::new(Null).unwrap();
    let asker = Asker::of(&held);
    assert_eq!((asker.watch(1), seen(asker)), (0, (0, 1)));
}

/// Gets its data first, and says what it was told.
type Sum = Option<unsafe extern "C" fn(data: *mut c_void, left: c_int, right: c_int) -> c_int>;

#[test]
fn the_data_may_be_first_and_c_may_return_something() {
    let sum = Callback::<Sum>::user_data_first().new_or(-1, |left, right| left + right).unwrap();
    struct Summing(Callback<Sum>);
    #[callbacks(asker_table, state = arg)]
    impl Summing {
        #[callback(fallback = -1)]
        fn request(
            &self,
            call: &Call<'_>,
            value: c_int,
            _: outlive_tests::sys::asker_done,
            _: *mut c_void,
        ) -> c_int {
            let (function, data) = (self.0.function(), self.0.user_data());
            // SAFETY: the function is a callback's, with its user data.
            let sum: CClosure<Sum, First> =
                unsafe { CClosure::data_first(call, function, data, None) };
            sum.call((value, 2)).unwrap() + sum.call((value, 3)).unwrap()
        }
    }
    let held = Held::new(Summing(sum)).unwrap();
    assert_eq!(Asker::of(&held).request(10), 25);
}
