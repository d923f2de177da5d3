//! User data that is no argument of its own: an expression over C's arguments finds it.
//!
//! Caught when taken out: the expression (all of them), the `catch_unwind` around it and its report, `above_c` around it,
//! and the fallback of a call whose user data was not found.

use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

use outlive::{Callback, Ended, Held, Incident, IncidentKind, callbacks, is_inside};
use outlive_tests::errno::errno;
use outlive_tests::host::{Drops, Witness};
use outlive_tests::process::{is_aborted, lines, scene};
use outlive_tests::sys::{
    carrier, carrier_call_accessor, carrier_call_event, carrier_call_id, carrier_call_indirect,
    carrier_call_member, carrier_call_number, carrier_call_often, carrier_call_signed,
    carrier_event, carrier_free, carrier_new, carrier_set_user_data, carrier_table,
    carrier_user_data,
};
use outlive_tests::{incidents, ways};

const REFUSED: c_int = -1;
const LATE: c_int = -2;

/// Adds its number to what C passes.
struct Adder(c_int);

/// The user data of the only id that C has.
static OF_ID: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

#[callbacks(carrier_table, state = arg, user_data = unsafe { (*carrier).user_data })]
impl Adder {
    #[callback(fallback = REFUSED, late = LATE)]
    fn on_member(&self, carrier: *mut carrier, value: c_int) -> c_int {
        self.0 + value
    }

    #[callback(fallback = REFUSED, user_data = unsafe { carrier_user_data(carrier) })]
    fn on_accessor(&self, carrier: *const carrier, value: c_int) -> c_int {
        self.0 + value
    }

    #[callback(fallback = REFUSED, user_data = event.user_data)]
    fn on_event(&self, event: carrier_event) -> c_int {
        self.0 + event.value
    }

    #[callback(fallback = REFUSED, user_data = if at.is_null() { ptr::null_mut() } else { unsafe { *at } })]
    fn on_indirect(&self, at: *mut *mut c_void, value: c_int) -> c_int {
        self.0 + value
    }

    #[callback(fallback = REFUSED, user_data = number)]
    fn on_number(&self, number: u64, value: c_int) -> c_int {
        self.0 + value
    }

    #[callback(fallback = REFUSED, user_data = last)]
    fn on_signed(&self, value: c_int) -> c_int {
        self.0 + value
    }

    #[callback(fallback = REFUSED, user_data = OF_ID.load(Ordering::Relaxed))]
    fn on_id(&self, id: u32, value: c_int) -> c_int {
        self.0 + value + id as c_int
    }
}

/// What C has: a table, and an object with the user data.
struct Carried {
    table: *const carrier_table,
    carrier: *mut carrier,
}

impl Carried {
    fn of(held: &Held<Adder>) -> Self {
        // SAFETY: it takes any pointer.
        Carried { table: held.as_ptr(), carrier: unsafe { carrier_new(held.user_data()) } }
    }

    fn call(&self, value: c_int) -> c_int {
        // SAFETY: the table is sealed for good, and the object is there.
        unsafe { carrier_call_member(self.table, self.carrier, value) }
    }

    fn set(&self, user_data: *mut c_void) {
        // SAFETY: as above.
        unsafe { carrier_set_user_data(self.carrier, user_data) };
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        // SAFETY: it was made for this.
        unsafe { carrier_free(self.carrier) };
    }
}

#[test]
fn user_data_is_found_in_each_place() {
    ways::on_both_ways(|| {
        let (held, other) = (Held::new(Adder(100)).unwrap(), Held::new(Adder(500)).unwrap());
        for (held, of) in [(&held, 100), (&other, 500)] {
            let (carried, arg) = (Carried::of(held), held.user_data());
            let Carried { table, carrier } = carried;
            OF_ID.store(arg, Ordering::Relaxed);
            assert_eq!(carried.call(1), of + 1);
            // SAFETY: the table is sealed for good, and the object is there.
            assert_eq!(unsafe { carrier_call_accessor(table, carrier, 2) }, of + 2);
            // SAFETY: as above.
            assert_eq!(unsafe { carrier_call_event(table, arg, 3) }, of + 3);
            // SAFETY: as above.
            assert_eq!(unsafe { carrier_call_indirect(table, arg, 4) }, of + 4);
            // SAFETY: as above.
            assert_eq!(unsafe { carrier_call_number(table, arg, 5) }, of + 5);
            // SAFETY: as above.
            assert_eq!(unsafe { carrier_call_signed(table, arg, 6) }, of + 6);
            // SAFETY: as above.
            assert_eq!(unsafe { carrier_call_id(table, 7, 7) }, of + 14);
        }
    });
}

#[test]
fn all_of_cs_threads_find_it() {
    let held = Held::new(Adder(100)).unwrap();
    let Carried { table, carrier } = &Carried::of(&held);
    // SAFETY: the table and the object are there until the threads have ended.
    assert_eq!(unsafe { carrier_call_often(*table, *carrier, 4, 5000) }, 0);
}

#[test]
fn what_is_found_is_checked_as_user_data_that_c_passes() {
    ways::on_both_ways(|| {
        let held = Held::new(Adder(100)).unwrap();
        let carried = Carried::of(&held);
        carried.set(ptr::null_mut());
        assert_eq!(carried.call(1), REFUSED);
        carried.set(ptr::without_provenance_mut(8));
        assert_eq!(carried.call(1), REFUSED);
        let other = Callback::<Option<unsafe extern "C" fn(*mut c_void)>>::new(|| ()).unwrap();
        carried.set(other.user_data());
        assert_eq!(carried.call(1), REFUSED);
        let told = incidents::only(other.id(), IncidentKind::BadArgument);
        assert!(
            told.to_string().contains("carrier_table.on_member: the user data is of"),
            "{told}"
        );
        carried.set(held.user_data());
        assert_eq!(held.revoke(), Ended::Now);
        assert_eq!(carried.call(1), LATE);
        assert_eq!(incidents::only(held.id(), IncidentKind::LateCall).callback(), "on_member");
    });
    let is_null = |one: &Incident| one.detail() == "the user data is NULL";
    assert_eq!(incidents::those(3, is_null)[0].callback(), "on_member");
    incidents::those(3, |one| one.detail() == "0x8 is the user data of no table");
}

/// Its expressions panic where C passes 0.
struct Panicking(Witness);

fn checked(user_data: *mut c_void, value: c_int) -> *mut c_void {
    assert_ne!(value, 0, "no {value} here");
    user_data
}

#[callbacks(carrier_table, state = arg)]
impl Panicking {
    #[callback(
        fallback = REFUSED - value,
        late = LATE,
        panicked = -99,
        errno = libc::ECANCELED,
        user_data = checked(unsafe { carrier_user_data(carrier) }, value)
    )]
    fn on_member(&self, carrier: *mut carrier, value: c_int) -> c_int {
        self.0.assert_alive();
        value
    }

    #[callback(last, fallback = REFUSED, user_data = checked(unsafe { (*carrier).user_data }, value))]
    fn on_accessor(&self, carrier: *const carrier, value: c_int) -> c_int {
        value
    }
}

#[test]
fn an_expression_that_panics_is_told_and_the_call_is_refused() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let held = Held::new(Panicking(drops.witness())).unwrap();
        // SAFETY: it takes any pointer.
        let carrier = unsafe { carrier_new(held.user_data()) };
        // SAFETY: the table and the object are there.
        assert_eq!(unsafe { carrier_call_member(held.as_ptr(), carrier, 0) }, REFUSED);
        assert_eq!(errno(), libc::ECANCELED);
        // SAFETY: as above.
        assert_eq!(unsafe { carrier_call_member(held.as_ptr(), carrier, 5) }, 5);
        // SAFETY: nobody else has it.
        unsafe { carrier_free(carrier) };
    });
    let told = incidents::those(3, |one| one.detail().contains("no 0 here"));
    for one in told.iter().filter(|one| one.callback() == "on_member") {
        assert_eq!(
            (one.kind(), one.table(), one.id()),
            (IncidentKind::Panic, "carrier_table", None)
        );
        assert!(one.detail().starts_with("looking for the user data: "), "{one}");
    }
}

#[test]
fn an_expression_that_panics_aborts_where_the_block_asks_for_it() {
    let output = scene(env!("CARGO_BIN_EXE_scenes"), "panic-while-looking-aborts");
    assert!(is_aborted(output.status));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "3\n");
    let [panic, .., abort] = &lines(&output)[..] else { panic!("{output:?}") };
    assert!(
        panic.contains("stream_table.read: looking for the user data: not positive"),
        "{panic}"
    );
    assert!(abort.contains("stream_table.read panicked, and its table asks to abort"), "{abort}");
}

#[test]
#[cfg_attr(any(target_env = "musl", windows), ignore = "threads end without unwinding there")]
fn a_thread_that_exits_in_an_expression_aborts_by_name() {
    let output = scene(env!("CARGO_BIN_EXE_scenes"), "thread-exit-while-looking");
    assert!(is_aborted(output.status));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0\n");
    let lines = lines(&output);
    assert!(lines[0].contains("stream_table.close: left by pthread_exit"), "{lines:?}");
}

#[test]
fn a_last_call_whose_user_data_was_not_found_is_no_word() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let held = Held::new(Panicking(drops.witness())).unwrap();
        // SAFETY: it takes any pointer.
        let carrier = unsafe { carrier_new(held.user_data()) };
        // SAFETY: the table and the object are there.
        assert_eq!(unsafe { carrier_call_accessor(held.as_ptr(), carrier, 0) }, REFUSED);
        assert_eq!(drops.count(), 0);
        // SAFETY: as above.
        assert_eq!(unsafe { carrier_call_accessor(held.as_ptr(), carrier, 5) }, 5);
        assert_eq!(drops.count(), 1);
        // SAFETY: nobody else has it.
        unsafe { carrier_free(carrier) };
    });
}

/// What its expressions and its fallback are to see of the thread.
struct Noting;

thread_local! { static SEEN: Cell<[bool; 2]> = const { Cell::new([false; 2]) }; }
static ENDED: Mutex<Option<Held<Noting>>> = Mutex::new(None);

fn note(place: usize) {
    let mut seen = SEEN.get();
    seen[place] = is_inside();
    SEEN.set(seen);
}

#[callbacks(carrier_table, state = arg)]
impl Noting {
    #[callback(fallback = { note(1); REFUSED }, user_data = {
        note(0);
        assert_ne!(value, 0, "nothing is looked for");
        // From inside, so that nobody waits; and the call that looks for it is late.
        if let Some(held) = ENDED.lock().unwrap().take() {
            let _ = held.revoke();
        }
        unsafe { (*carrier).user_data }
    })]
    fn on_member(&self, carrier: *mut carrier, value: c_int) -> c_int {
        value
    }
}

#[test]
fn an_expression_runs_as_what_c_has_called() {
    ways::on_both_ways(|| {
        let held = Held::new(Noting).unwrap();
        let (id, table) = (held.id(), held.as_ptr());
        // SAFETY: it takes any pointer.
        let carrier = unsafe { carrier_new(held.user_data()) };
        SEEN.set([false; 2]);
        // SAFETY: the table is sealed for good, and the object is there.
        assert_eq!(unsafe { carrier_call_member(table, carrier, 5) }, 5);
        assert_eq!((SEEN.get(), is_inside()), ([true, false], false));
        SEEN.set([false; 2]);
        // SAFETY: as above.
        assert_eq!(unsafe { carrier_call_member(table, carrier, 0) }, REFUSED);
        assert_eq!((SEEN.get(), is_inside()), ([true, true], false));
        *ENDED.lock().unwrap() = Some(held);
        // SAFETY: as above.
        assert_eq!(unsafe { carrier_call_member(table, carrier, 5) }, REFUSED);
        assert_eq!((SEEN.get(), is_inside()), ([true, true], false));
        assert_eq!(incidents::only(id, IncidentKind::LateCall).callback(), "on_member");
        // SAFETY: nobody else has it.
        unsafe { carrier_free(carrier) };
    });
}

#[test]
fn numbers_of_64_bits_are_user_data_of_lone_functions_too() {
    type Numbered = unsafe extern "C" fn(value: c_int, user: u64) -> c_int;
    type Signed = unsafe extern "C" fn(value: c_int, user: isize) -> c_int;
    let one = Callback::<Numbered>::new_or(-1, |value| value + 1).unwrap();
    let two = Callback::<Signed>::new_or(-1, |value| value + 2).unwrap();
    // SAFETY: they take any user data.
    assert_eq!(unsafe { one.function()(1, one.user_data().addr() as u64) }, 2);
    // SAFETY: as above.
    assert_eq!(unsafe { two.function()(1, two.user_data().addr() as isize) }, 3);
}
