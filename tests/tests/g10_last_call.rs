//! G10 last call: a callback of any signature after which C uses the registration no more. The host value is dropped
//! exactly once, when the last call inside is out, and everything is given back.
//!
//! Caught when taken out: `after_last_call` (all of them), its look at the type, the result that is made before it, and the
//! member's kind.

use core::cell::{Cell, RefCell};
use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use outlive::{Callback, Ended, Exclusive, Held, IncidentKind, Local, Threads, callbacks, ledger};
use outlive_tests::host::{Door, Drops, Witness};
use outlive_tests::sys::{
    stream_close, stream_complete, stream_done, stream_hooks, stream_note, stream_read,
    stream_shutdown, stream_table,
};
use outlive_tests::{incidents, wait, ways};

struct File {
    read: Box<dyn Fn(c_int) -> c_int + Send + Sync>,
    close: Box<dyn Fn() -> c_int + Send + Sync>,
    _witness: Witness,
}

#[callbacks(stream_table, state = arg, user_data = first)]
impl File {
    #[callback(fallback = -1)]
    fn read(&self, value: c_int) -> c_int {
        (self.read)(value)
    }

    #[callback(last, fallback = -2)]
    fn close(&self, _error: *mut *const c_char) -> c_int {
        (self.close)()
    }
}

fn file(drops: &Drops) -> File {
    File { read: Box::new(|value| value), close: Box::new(|| 0), _witness: drops.witness() }
}

/// What C keeps of a stream.
#[derive(Clone, Copy)]
struct Kept {
    table: *const stream_table,
    file: *mut c_void,
}

// SAFETY: C's threads may have both.
unsafe impl Send for Kept {}

impl Kept {
    fn of<K: Threads>(held: &Held<File, K>) -> Self {
        Kept { table: held.as_ptr(), file: held.user_data() }
    }

    fn read(self, value: c_int) -> c_int {
        // SAFETY: the table is sealed for good, and takes any user data.
        unsafe { stream_read(self.table, self.file, value) }
    }

    fn close(self) -> c_int {
        // SAFETY: as above.
        unsafe { stream_close(self.table, self.file) }
    }
}

fn given<K: Threads>(held: Held<File, K>) -> Kept {
    held.hand_over(|held| Ok::<_, ()>(Kept::of(held))).unwrap()
}

fn is_listed(id: u64) -> bool {
    ledger().tables.iter().any(|entry| entry.id == id)
}

/// Another test's operation may be freeing the slot at this moment.
fn await_free(id: u64) {
    wait::until(|| !is_listed(id));
}

#[test]
fn the_last_call_is_served_and_everything_is_given_back() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let held = Held::new(file(&drops)).unwrap();
        let id = held.id();
        let kept = given(held);
        assert_eq!((kept.read(5), drops.count(), is_listed(id)), (5, 0, true));
        assert_eq!((kept.close(), drops.count()), (0, 1));
        await_free(id);
    });
}

#[test]
fn a_handle_that_is_still_there_keeps_the_slot_and_its_release_does_nothing() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let held = Held::new(file(&drops)).unwrap();
        let (id, kept) = (held.id(), Kept::of(&held));
        assert_eq!((kept.close(), drops.count(), is_listed(id)), (0, 1, true));
        assert_eq!(held.revoke(), Ended::Now);
        // SAFETY: C is done with it.
        assert_eq!((unsafe { held.release() }, drops.count()), (Ended::Now, 1));
        await_free(id);
    });
}

#[test]
fn a_last_call_that_is_late_is_refused_and_is_still_cs_word() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let held = Held::new(file(&drops)).unwrap();
        let (id, kept) = (held.id(), Kept::of(&held));
        drop(held);
        assert_eq!((drops.count(), is_listed(id)), (1, true), "C may still call");
        assert_eq!(kept.close(), -2);
        await_free(id);
        assert!(incidents::all().iter().all(|one| one.id() != Some(id)), "C owes this call");
    });
}

#[test]
fn a_last_call_that_panics_is_still_cs_word() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let close = Box::new(|| panic!("on purpose"));
        let held = Held::new(File { close, ..file(&drops) }).unwrap();
        let id = held.id();
        let kept = given(held);
        assert_eq!((kept.close(), drops.count()), (-2, 1));
        assert_eq!(incidents::only(id, IncidentKind::Panic).callback(), "close");
        await_free(id);
    });
}

#[test]
fn a_second_last_call_is_late_and_reaches_nobody() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let held = Held::new(file(&drops)).unwrap();
        let kept = given(held);
        assert_eq!((kept.close(), drops.count()), (0, 1));
        let newcomer = Held::new(file(&drops)).unwrap(); // perhaps in the same slot
        assert_eq!((kept.close(), kept.read(5), drops.count()), (-2, -1, 1));
        assert_eq!(newcomer.with(|_| ()), Ok(()));
    });
    incidents::those(6, |one| {
        one.kind() == IncidentKind::LateCall && one.table() == "stream_table"
    });
}

#[test]
fn a_second_last_call_that_comes_in_the_first_is_told() {
    thread_local! { static AGAIN: Cell<Option<Kept>> = const { Cell::new(None) }; }
    let drops = Drops::default();
    let close = Box::new(|| AGAIN.take().map_or(0, |kept| kept.close() + 10));
    let held = Held::new(File { close, ..file(&drops) }).unwrap();
    let (id, kept) = (held.id(), Kept::of(&held));
    AGAIN.set(Some(kept));
    assert_eq!((kept.close(), drops.count()), (10, 1));
    let told = incidents::only(id, IncidentKind::ConcurrentCall);
    assert!(told.to_string().contains("two last calls at the same time"), "{told}");
}

#[test]
fn user_data_of_another_type_is_no_word() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let held = Held::new(file(&drops)).unwrap();
        let kept = Kept::of(&held);
        let other = Callback::<Option<unsafe extern "C" fn(*mut c_void)>>::new(|| ()).unwrap();
        let wrong = Kept { file: other.user_data(), ..kept };
        assert_eq!((wrong.close(), Kept { file: ptr::null_mut(), ..kept }.close()), (-2, -2));
        // SAFETY: it takes any user data.
        unsafe { other.function().unwrap()(other.user_data()) };
        assert_eq!(
            (incidents::only(other.id(), IncidentKind::BadArgument).count(), kept.read(3)),
            (1, 3)
        );
    });
}

#[test]
fn a_last_call_that_comes_with_what_another_type_has_ended_is_told() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let held = Held::new(file(&drops)).unwrap();
        let other = Callback::<Option<unsafe extern "C" fn(*mut c_void)>>::new(|| ()).unwrap();
        assert_eq!(other.revoke(), Ended::Now);
        let wrong = Kept { file: other.user_data(), ..Kept::of(&held) };
        assert_eq!((wrong.close(), drops.count()), (-2, 0));
        incidents::only(other.id(), IncidentKind::LateCall);
    });
}

#[test]
fn the_value_lives_until_the_last_call_inside_is_out() {
    let (drops, door) = (Drops::default(), Door::new());
    let reading = Box::new(move |value| {
        door.enter();
        value
    });
    let held = Held::new(File { read: reading, ..file(&drops) }).unwrap();
    let id = held.id();
    let kept = given(held);
    let reader = thread::spawn(move || { kept }.read(9));
    door.wait_for(1);
    assert_eq!((kept.close(), drops.count(), kept.read(5)), (0, 0, -1));
    door.open();
    assert_eq!((reader.join().unwrap(), drops.count()), (9, 1));
    await_free(id);
}

#[test]
fn a_last_call_from_inside_another_call_ends_the_value_behind_it() {
    thread_local! { static CLOSE: Cell<Option<Kept>> = const { Cell::new(None) }; }
    fn closing(_: c_int) -> c_int {
        CLOSE.take().map_or(-9, Kept::close)
    }
    let drops = Drops::default();
    let shared = given(Held::new(File { read: Box::new(closing), ..file(&drops) }).unwrap());
    CLOSE.set(Some(shared));
    assert_eq!((shared.read(1), drops.count()), (0, 1));
    // One call at a time: the inner one is refused, and is C's word all the same.
    let drops = Drops::default();
    let held = Held::<File, Exclusive>::exclusive(File { read: Box::new(closing), ..file(&drops) });
    let held = held.unwrap();
    let id = held.id();
    let exclusive = given(held);
    CLOSE.set(Some(exclusive));
    assert_eq!((exclusive.read(1), drops.count()), (-2, 1));
    assert_eq!(incidents::only(id, IncidentKind::ConcurrentCall).callback(), "close");
    await_free(id);
}

#[test]
fn a_value_of_one_thread_is_dropped_there_whoever_makes_the_last_call() {
    let drops = Drops::default();
    let held = Held::<File, Local>::local(file(&drops)).unwrap();
    let id = held.id();
    let kept = given(held);
    assert_eq!(thread::spawn(move || { kept }.close()).join().unwrap(), -2);
    assert_eq!(incidents::only(id, IncidentKind::WrongThread).callback(), "close");
    drop(Held::local(file(&Drops::default())).unwrap()); // this thread's next operation
    assert_eq!(drops.count(), 1);
    await_free(id);
}

#[test]
fn a_handle_that_is_released_in_the_last_call_is_no_incident() {
    let drops = Drops::default();
    let own = Arc::new(Mutex::new(None::<Held<File>>));
    let close = Box::new({
        let own = own.clone();
        move || {
            let held = own.lock().unwrap().take().unwrap();
            // SAFETY: C is done with it.
            c_int::from(unsafe { held.release() } == Ended::Later)
        }
    });
    let held = Held::new(File { close, ..file(&drops) }).unwrap();
    let (id, kept) = (held.id(), Kept::of(&held));
    *own.lock().unwrap() = Some(held);
    assert_eq!((kept.close(), drops.count()), (1, 1));
    await_free(id);
    assert!(incidents::all().iter().all(|one| one.id() != Some(id)));
}

#[test]
fn a_value_that_was_taken_out_leaves_the_slot_to_the_last_call() {
    let drops = Drops::default();
    let held = Held::new(file(&drops)).unwrap();
    let (id, kept) = (held.id(), Kept::of(&held));
    let value = held.into_inner().unwrap();
    assert_eq!((drops.count(), is_listed(id)), (0, true), "C is not done with it");
    assert_eq!((kept.close(), drops.count()), (-2, 0));
    await_free(id);
    drop(value);
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_last_call_beside_a_revoke_drops_the_value_once() {
    for _ in 0..200 {
        let drops = Drops::default();
        let held = Held::new(file(&drops)).unwrap();
        let kept = Kept::of(&held);
        let c = thread::spawn(move || { kept }.close());
        let ended = held.revoke();
        let result = c.join().unwrap();
        assert!(result == 0 || result == -2, "{result}");
        assert_eq!((ended, drops.count()), (Ended::Now, 1));
    }
}

struct Hooks(Witness);

#[callbacks(stream_hooks, state = none, instances = 2)]
impl Hooks {
    #[callback(fallback = -1)]
    fn note(&self, value: c_int) -> c_int {
        self.0.assert_alive();
        value
    }

    #[callback(unsafe(last), fallback = -2)]
    fn shutdown(&self) -> c_int {
        0
    }
}

#[test]
fn a_table_without_user_data_is_given_back_by_its_last_call_under_a_promise() {
    for _ in 0..10 {
        let drops = Drops::default();
        let held = Held::new(Hooks(drops.witness())).unwrap();
        let id = held.id();
        let table = held.hand_over(|held| Ok::<_, ()>(held.as_ptr())).unwrap();
        // SAFETY: the table is sealed for good.
        assert_eq!(unsafe { stream_note(table, 4) }, 4);
        // SAFETY: as above.
        assert_eq!((unsafe { stream_shutdown(table) }, drops.count()), (0, 1));
        await_free(id);
    }
}

type Done = stream_done;

fn call(done: Done, status: c_int, user_data: *mut c_void) -> c_int {
    // SAFETY: a callback takes any user data.
    unsafe { stream_complete(done, status, user_data) }
}

fn given_once(callback: Callback<Done, Exclusive>) -> (Done, *mut c_void) {
    callback.hand_over(|once| Ok::<_, ()>((once.function(), once.user_data()))).unwrap()
}

#[test]
fn a_closure_that_is_called_once_gives_everything_back_by_itself() {
    ways::on_both_ways(|| {
        let (drops, before) = (Drops::default(), Rc::new(RefCell::new(Vec::new())));
        for status in 0..100 {
            let witness = drops.witness();
            let once = Callback::<Done>::once_or(-1, move |status| {
                drop(witness);
                status * 2
            });
            let once = once.unwrap();
            before.borrow_mut().push(once.id());
            let (function, user_data) = given_once(once);
            assert_eq!(call(function, status, user_data), status * 2);
            assert_eq!(drops.count() as c_int, status + 1);
        }
        for id in before.borrow().iter() {
            await_free(*id);
        }
    });
}

#[test]
fn a_closure_that_was_called_once_is_not_called_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let once = Callback::<Done>::once_or(-1, {
        let calls = calls.clone();
        move |_| calls.fetch_add(1, Ordering::Relaxed) as c_int
    })
    .unwrap();
    let (id, function, user_data) = (once.id(), once.function(), once.user_data());
    let twice = [call(function, 1, user_data), call(function, 1, user_data)];
    assert_eq!((twice, calls.load(Ordering::Relaxed)), ([0, -1], 1));
    assert_eq!(incidents::only(id, IncidentKind::LateCall).callback(), "function");
}

#[test]
fn a_closure_of_one_thread_is_not_called_again_from_inside_itself() {
    thread_local! { static AGAIN: Cell<Option<(Done, *mut c_void)>> = const { Cell::new(None) }; }
    let state = Rc::new(Cell::new(0));
    let once = Callback::<Done>::local_once_or(-1, {
        let state = state.clone();
        move |status| {
            state.set(state.get() + 1);
            let (function, user_data) = AGAIN.take().unwrap();
            status + call(function, 100, user_data)
        }
    })
    .unwrap();
    AGAIN.set(Some((once.function(), once.user_data())));
    assert_eq!((call(once.function(), 5, once.user_data()), state.get()), (4, 1));
    assert_eq!(Rc::strong_count(&state), 1, "the closure was used up");
    let told = incidents::only(once.id(), IncidentKind::LateCall);
    assert!(told.to_string().contains("it serves one call only"), "{told}");
}

#[test]
fn a_completion_that_is_refused_in_the_completion_is_told_and_the_first_is_not() {
    thread_local! { static AGAIN: Cell<Option<(Done, *mut c_void)>> = const { Cell::new(None) }; }
    let once = Callback::<Done>::once_or(-1, |status| {
        let (function, user_data) = AGAIN.take().unwrap();
        status + call(function, 100, user_data)
    })
    .unwrap();
    AGAIN.set(Some((once.function(), once.user_data())));
    assert_eq!(call(once.function(), 5, once.user_data()), 4);
    assert_eq!(incidents::only(once.id(), IncidentKind::ConcurrentCall).count(), 1);
}

#[test]
fn a_destroy_notify_after_the_only_call_is_no_incident() {
    for calls in [false, true] {
        let drops = Drops::default();
        let witness = drops.witness();
        let once = Callback::<Done>::once_or(-1, move |status| {
            drop(witness);
            status
        })
        .unwrap();
        let (id, destroy) = (once.id(), once.destroy_notify());
        let (function, user_data) = given_once(once);
        assert!(!calls || call(function, 5, user_data) == 5);
        // SAFETY: C's notice takes any number.
        unsafe { destroy(user_data) };
        assert_eq!(drops.count(), 1);
        await_free(id);
        // SAFETY: as above.
        unsafe { destroy(user_data) };
        assert!(incidents::all().iter().all(|one| one.id() != Some(id)));
    }
}

#[test]
fn a_closure_that_releases_itself_and_panics_returns_its_own_result() {
    let own = Arc::new(Mutex::new(None::<Callback<Done>>));
    let make = |refused, own: Arc<Mutex<Option<Callback<Done>>>>| {
        Callback::<Done>::new_or(refused, move |_| {
            let callback = own.lock().unwrap().take();
            // SAFETY: the test calls no more.
            let _ = callback.map(|callback| unsafe { callback.release() });
            panic!("on purpose")
        })
        .unwrap()
    };
    let other = make(-20, Arc::default());
    let callback = make(-10, own.clone());
    let (function, user_data) = (callback.function(), callback.user_data());
    *own.lock().unwrap() = Some(callback);
    assert_eq!(call(function, 1, user_data), -10);
    drop(other);
}

#[test]
fn a_closure_that_panics_in_its_only_call_returns_its_own_result() {
    let make = |refused| {
        Callback::<Done>::once_or(refused, |status| match status {
            0 => panic!("on purpose"),
            status => status,
        })
        .unwrap()
    };
    let all = [-1, -2, -3].map(make).map(given_once);
    assert_eq!(all.map(|(function, user_data)| call(function, 0, user_data)), [-1, -2, -3]);
}

#[test]
fn a_closure_that_c_never_calls_is_dropped_with_its_handle() {
    let drops = Drops::default();
    let witness = drops.witness();
    let once = Callback::<Done>::once_or(-1, move |_| {
        drop(witness);
        0
    })
    .unwrap();
    let (id, function, user_data) = (once.id(), once.function(), once.user_data());
    drop(once);
    assert_eq!((drops.count(), call(function, 0, user_data), drops.count()), (1, -1, 1));
    await_free(id);
}
