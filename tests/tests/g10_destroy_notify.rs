//! G10 destroy notify: where C takes a destructor with the user data, the host value is dropped exactly
//! once, by it; on another thread only if it is `Send`, else on its own thread later.
//!
//! Caught when taken out: the custody's swap (NOTICE), `may_end_here` in the notify's close, the look at
//! the type, the release behind the last notice.

use core::ffi::c_int;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

#[cfg(windows)]
use outlive::Ended;
use outlive::{
    Call, Exclusive, Held, IncidentKind, IntoInnerError, Local, TableState, Threads, callbacks,
    ledger,
};
#[cfg(windows)]
use outlive_tests::host::Boxed;
use outlive_tests::host::{Door, Drops, Witness, hold};
#[cfg(windows)]
use outlive_tests::keeper::Keeper;
use outlive_tests::sys::{
    store, store_destroy, store_register, store_table, store_unregister,
    store_unregister_on_thread, store_use,
};
use outlive_tests::{incidents, wait};

/// A host that gives out no handles; `read` runs its closure.
struct Reader {
    read: Box<dyn Fn(&Call<'_>) -> c_int + Send + Sync>,
    _witness: Witness,
}

#[callbacks(store_table, state = arg, destroy = destroy)]
impl Reader {
    #[callback(fallback = -1)]
    fn read(&self, call: &Call<'_>, _handle: *mut core::ffi::c_void) -> c_int {
        (self.read)(call)
    }

    fn open(&self, _value: c_int) -> *mut core::ffi::c_void {
        core::ptr::null_mut()
    }
}

fn reader(drops: &Drops) -> Reader {
    reading(drops, |_| 7)
}

fn reading(drops: &Drops, read: impl Fn(&Call<'_>) -> c_int + Send + Sync + 'static) -> Reader {
    Reader { read: Box::new(read), _witness: drops.witness() }
}

#[derive(Clone, Copy)]
enum OnFailure {
    Destroys,
    LeavesIt,
}

/// The C call that takes a table with its destroy notify; it fails where it is told how.
fn register<K: Threads>(
    held: &Held<Reader, K>,
    failure: Option<OnFailure>,
) -> Result<*mut store, &'static str> {
    let destroys = matches!(failure, Some(OnFailure::Destroys));
    // SAFETY: the table is a static, and the user data a number.
    let store = unsafe {
        store_register(
            held.as_ptr(),
            held.user_data(),
            held.destroy_notify(),
            failure.is_some().into(),
            destroys.into(),
        )
    };
    if store.is_null() { Err("C is full") } else { Ok(store) }
}

fn given<K: Threads>(held: Held<Reader, K>) -> *mut store {
    held.hand_over(|held| register(held, None)).unwrap()
}

fn call(store: *mut store) -> c_int {
    // SAFETY: `given` made it, and it is not unregistered yet.
    unsafe { store_use(store, 0) }
}

fn unregister(store: *mut store, times: c_int) {
    // SAFETY: `given` made it; this is its end.
    unsafe { store_unregister(store, times) };
}

fn unregister_on_thread(store: *mut store, times: c_int) {
    // SAFETY: as above.
    unsafe { store_unregister_on_thread(store, times) };
}

/// Another test's operation may be ending the value at this moment, on its thread.
fn await_end(drops: &Drops, id: u64) {
    drops.wait_for(1);
    wait::until(|| !is_listed(id));
}

fn is_listed(id: u64) -> bool {
    ledger().tables.iter().any(|entry| entry.id == id)
}

#[test]
fn c_ends_what_it_was_given_and_the_slot_is_free_again() {
    let drops = Drops::default();
    let held = Held::new(reader(&drops)).unwrap();
    let id = held.id();
    let store = given(held);
    assert_eq!((call(store), drops.count(), is_listed(id)), (7, 0, true));
    unregister(store, 1);
    await_end(&drops, id);
}

#[test]
fn a_second_notice_drops_nothing_and_is_reported() {
    let drops = Drops::default();
    let held = Held::new(reader(&drops)).unwrap();
    let (table, arg) = (held.as_ptr(), held.user_data());
    let store = given(held);
    unregister(store, 3);
    drops.wait_for(1);
    let newcomer = Held::new(reader(&drops)).unwrap(); // in the same slot
    // SAFETY: the table is a static, and the user data a number.
    unsafe { store_destroy(table, arg) };
    assert_eq!(drops.count(), 1);
    assert_eq!(newcomer.with(|_| ()), Ok(()));
    incidents::those(1, |one| {
        one.kind() == IncidentKind::LateCall
            && one.table() == "store_table"
            && one.callback() == "destroy notify"
    });
}

#[test]
fn a_failed_registration_gives_the_handle_back_where_c_leaves_it() {
    let drops = Drops::default();
    let held = Held::new(reader(&drops)).unwrap();
    let failed = held.hand_over(|held| register(held, Some(OnFailure::LeavesIt))).unwrap_err();
    let (error, held) = failed.into_held();
    assert_eq!((error, drops.count()), ("C is full", 0));
    let store = given(held.unwrap());
    assert_eq!(call(store), 7);
    unregister(store, 1);
    drops.wait_for(1);
}

#[test]
fn a_failed_registration_gives_nothing_back_where_c_has_destroyed_it() {
    let drops = Drops::default();
    let held = Held::new(reader(&drops)).unwrap();
    let id = held.id();
    let failed = held.hand_over(|held| register(held, Some(OnFailure::Destroys))).unwrap_err();
    assert_eq!(failed.to_string(), "C did not take the store_table, and destroyed it: C is full");
    assert!(failed.into_held().1.is_none());
    await_end(&drops, id);
}

#[test]
fn a_notice_while_a_call_is_inside_leaves_the_value_to_it() {
    let drops = Drops::default();
    let door = Door::new();
    let held = Held::new(reading(&drops, move |_| {
        door.enter();
        7
    }))
    .unwrap();
    let (table, arg) = (held.as_ptr(), held.user_data());
    let store = given(held).expose_provenance();
    let store = move || core::ptr::with_exposed_provenance_mut(store);
    let inside = thread::spawn(move || call(store()));
    door.wait_for(1);
    // SAFETY: the table is a static, and the user data a number.
    unsafe { store_destroy(table, arg) };
    assert_eq!(drops.count(), 0);
    door.open();
    assert_eq!(inside.join().unwrap(), 7);
    drops.wait_for(1);
    unregister(store(), 0);
}

#[test]
fn a_notice_from_inside_an_exclusive_table_is_not_refused() {
    let drops = Drops::default();
    let held = Held::<_, Exclusive>::exclusive(reading(&drops, |call| {
        notify(call.id());
        7
    }))
    .unwrap();
    let store = given(held);
    assert_eq!(call(store), 7);
    drops.wait_for(1);
    assert_eq!(call(store), -1);
    unregister(store, 0);
}

/// C's notice, with this number as user data.
fn notify(id: u64) {
    let any = Held::new(reader(&Drops::default())).unwrap();
    // SAFETY: the table is a static, and the user data a number.
    unsafe { store_destroy(any.as_ptr(), core::ptr::without_provenance_mut(id as usize)) };
}

#[test]
fn a_value_that_is_not_send_waits_for_its_own_thread() {
    thread_local! { static DROPPED_ON: RefCell<Option<ThreadId>> = const { RefCell::new(None) }; }
    struct Own(Rc<()>);
    impl Drop for Own {
        fn drop(&mut self) {
            DROPPED_ON.set(Some(thread::current().id()));
        }
    }
    #[callbacks(store_table, state = arg, destroy = destroy)]
    impl Own {
        #[callback(fallback = -1)]
        fn read(&self, _handle: *mut core::ffi::c_void) -> c_int {
            Rc::strong_count(&self.0) as c_int
        }

        fn open(&self, _value: c_int) -> *mut core::ffi::c_void {
            core::ptr::null_mut()
        }
    }
    let held = Held::<_, Local>::local(Own(Rc::new(()))).unwrap();
    let store = held
        .hand_over(|held| {
            // SAFETY: the table is a static, and the user data a number.
            let store = unsafe {
                store_register(held.as_ptr(), held.user_data(), held.destroy_notify(), 0, 0)
            };
            if store.is_null() { Err(()) } else { Ok(store) }
        })
        .unwrap();
    assert_eq!(call(store), 1);
    unregister_on_thread(store, 1);
    assert_eq!(DROPPED_ON.with_borrow(Clone::clone), None);
    // Any operation of the host's on this thread, while no other test looks at the ledger.
    wait::until(|| {
        ledger();
        drop(hold(|_, value| value));
        DROPPED_ON.with_borrow(Option::is_some)
    });
    assert_eq!(DROPPED_ON.take(), Some(thread::current().id()));
}

#[test]
fn a_value_that_is_not_send_is_dropped_at_the_latest_when_its_thread_ends() {
    let drops = Drops::default();
    let of_thread = drops.clone();
    thread::spawn(move || {
        let held = Held::<_, Local>::local(reader(&of_thread)).unwrap();
        let store = given(held);
        unregister_on_thread(store, 1);
        assert_eq!(of_thread.count(), 0);
    })
    .join()
    .unwrap();
    wait::until(|| drops.count() == 1);
}

/// It has the loader's lock then, without which no thread ends, nor begins.
#[cfg(windows)]
#[test]
fn a_value_that_is_dropped_when_its_thread_ends_waits_for_nobody() {
    struct Ender(Held<Boxed>, Arc<Mutex<Option<Ended>>>);
    impl Drop for Ender {
        fn drop(&mut self) {
            *self.1.lock().unwrap() = Some(self.0.revoke());
        }
    }
    wait::without_deadlock(|| {
        let (door, ended) = (Door::new(), Arc::new(Mutex::new(None)));
        let other = hold(move |_, value| {
            door.enter();
            value
        });
        let keeper = Keeper::of(&other);
        let inside = keeper.start(5);
        door.wait_for(1);
        let ender = Ender(other, ended.clone());
        thread::spawn(move || {
            let read = move |_: &Call<'_>| c_int::from(ender.1.lock().is_ok());
            let held = Held::<_, Local>::local(reading(&Drops::default(), read)).unwrap();
            unregister_on_thread(given(held), 1);
        })
        .join()
        .unwrap();
        assert_eq!(ended.lock().unwrap().take(), Some(Ended::Later));
        door.open();
        assert_eq!(inside.join(), 5);
    });
}

#[test]
fn a_value_whose_thread_is_gone_is_kept_and_the_ledger_says_so() {
    let drops = Drops::default();
    let of_thread = drops.clone();
    let given = thread::spawn(move || {
        let held = Held::<_, Local>::local(reader(&of_thread)).unwrap();
        (held.id(), given(held).expose_provenance())
    });
    let (id, store) = given.join().unwrap();
    unregister_on_thread(core::ptr::with_exposed_provenance_mut(store), 1);
    wait::until(|| {
        drop(hold(|_, value| value)); // the host's next operations
        ledger().tables.iter().any(|one| one.id == id && one.state == TableState::Kept)
    });
    assert_eq!(drops.count(), 0);
}

#[test]
fn the_end_from_inside_comes_before_cs_notice_and_neither_is_late() {
    let drops = Drops::default();
    let held = Held::new(reading(&drops, |call| {
        let _ = call.revoke();
        7
    }))
    .unwrap();
    let id = held.id();
    let store = given(held);
    assert_eq!(call(store), 7);
    drops.wait_for(1);
    assert!(is_listed(id));
    unregister(store, 1);
    await_end(&drops, id);
    assert!(incidents::of(id, 0).is_empty());
}

#[test]
fn a_value_that_was_asked_for_after_cs_notice_ends_where_its_handle_is_handed_over() {
    let drops = Drops::default();
    let place = Arc::new(Mutex::new(None::<Held<Reader>>));
    let mine = Arc::clone(&place);
    let held = Held::new(reading(&drops, move |call| {
        notify(call.id());
        let held = mine.lock().unwrap().take().unwrap();
        let Err(IntoInnerError::StillInside(held)) = held.into_inner() else { return -2 };
        held.hand_over(|_| Ok::<_, ()>(7)).unwrap()
    }))
    .unwrap();
    let (id, store) = (held.id(), register(&held, None).unwrap());
    *place.lock().unwrap() = Some(held);
    assert_eq!(call(store), 7);
    await_end(&drops, id);
    unregister(store, 0);
}

#[test]
fn a_notice_with_another_tables_user_data_ends_nothing() {
    let other = hold(|_, value| value);
    let mine = Held::new(reader(&Drops::default())).unwrap();
    // SAFETY: the table is a static, and the user data a number.
    unsafe { store_destroy(mine.as_ptr(), other.user_data()) };
    assert!(other.with(|_| ()).is_ok());
    let bad = incidents::only(other.id(), IncidentKind::BadArgument);
    assert_eq!(bad.callback(), "destroy notify");
}

#[test]
fn inspect_knows_the_member() {
    let held = Held::new(reader(&Drops::default())).unwrap();
    let inspection = held.inspect();
    assert!(inspection.is_intact());
    let member = inspection.member("destroy").unwrap();
    assert_ne!(member.value, 0);
    assert_eq!(member.kind, outlive::MemberKind::DestroyNotify);
}
