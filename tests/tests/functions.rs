//! Lone functions that share one host value: a block without a C struct.
//!
//! Caught when taken out: the type of a function, its place for the user data, its last call, the name in reports, and what
//! a call says that it came by.

use core::ffi::{c_int, c_void};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use outlive::{Call, Callbacks, Ended, Held, IncidentKind, callbacks, scope};
use outlive_tests::host::{Drops, Witness};
use outlive_tests::incidents;
use outlive_tests::sys::{
    carrier, carrier_free, carrier_new, carrier_note, carrier_note_cb, carrier_read,
    carrier_read_cb, carrier_seek, carrier_seek_cb, stream_complete, stream_done,
};

/// A file whose functions C takes one by one.
struct File {
    notes: Mutex<Vec<c_int>>,
    /// By which user data the last note came.
    came_by: AtomicUsize,
    _witness: Witness,
}

#[callbacks(state = arg, count = true)]
impl File {
    #[callback(type = carrier_read_cb, user_data = first, fallback = -1, late = -2, panicked = -3)]
    fn read(&self, value: c_int) -> c_int {
        assert_ne!(value, 0, "on purpose");
        value + 1
    }

    #[callback(type = carrier_note_cb)]
    fn note(&self, call: &Call<'_>, value: c_int) {
        self.came_by.store(call.user_data().addr(), Ordering::Relaxed);
        self.notes.lock().unwrap().push(value);
    }

    #[callback(type = carrier_seek_cb, user_data = unsafe { (*carrier).user_data }, fallback = -1)]
    fn seek(&self, carrier: *mut carrier, offset: i64) -> c_int {
        offset as c_int
    }

    #[callback(type = stream_done, last, fallback = -1)]
    fn done(&self, status: c_int) -> c_int {
        status
    }

    #[callback(type = unsafe extern "C" fn(*mut c_void, *mut c_void, u8) -> u8, user_data = 1, fallback = 0)]
    fn r#type(&self, _other: *mut c_void, value: u8) -> u8 {
        value
    }
}

fn file(drops: &Drops) -> File {
    File { notes: Mutex::default(), came_by: AtomicUsize::new(0), _witness: drops.witness() }
}

#[test]
fn each_function_has_cs_own_type_and_reaches_the_one_value() {
    let drops = Drops::default();
    let held = Held::new(file(&drops)).unwrap();
    let (functions, arg) = (held.functions(), held.user_data());
    // SAFETY: the functions take any user data.
    unsafe { carrier_note(functions.note, arg, 4) };
    // SAFETY: as above.
    assert_eq!(unsafe { carrier_read(functions.read, arg, 4) }, 5);
    // SAFETY: as above.
    let carrier = unsafe { carrier_new(arg) };
    // SAFETY: the object is there.
    assert_eq!(unsafe { carrier_seek(functions.seek, carrier, 6) }, 6);
    // SAFETY: nobody else has it.
    unsafe { carrier_free(carrier) };
    // SAFETY: the functions take any user data.
    assert_eq!(unsafe { (functions.r#type)(core::ptr::null_mut(), arg, 8) }, 8);
    held.with(|file| assert_eq!(*file.notes.lock().unwrap(), [4])).unwrap();
    assert_eq!(held.with(|file| file.came_by.load(Ordering::Relaxed)), Ok(arg.addr()));
    let ledger = outlive::ledger();
    let entry = ledger.tables.iter().find(|entry| entry.id == held.id()).unwrap();
    assert_eq!((entry.table, entry.served), ("File", Some(4)));
}

#[test]
fn refusals_panics_and_the_last_call_are_as_those_of_a_table() {
    let drops = Drops::default();
    let held = Held::new(file(&drops)).unwrap();
    let (id, functions, arg) = (held.id(), held.functions(), held.user_data());
    // SAFETY: the functions take any user data.
    let read = |value| unsafe { carrier_read(functions.read, arg, value) };
    assert_eq!(read(0), -3);
    let told = incidents::only(id, IncidentKind::Panic);
    assert!(told.to_string().starts_with("panic: File.read: "), "{told}");
    held.hand_over(|_| Ok::<_, ()>(())).unwrap();
    assert_eq!((read(1), drops.count()), (2, 0));
    // SAFETY: as above.
    assert_eq!(unsafe { stream_complete(functions.done, 9, arg) }, 9);
    assert_eq!((read(1), drops.count()), (-2, 1));
}

#[test]
fn what_c_has_may_be_called_when_all_is_over() {
    let drops = Drops::default();
    let held = Held::new(file(&drops)).unwrap();
    let (id, functions, arg) = (held.id(), held.functions(), held.user_data());
    assert_eq!(held.revoke(), Ended::Now);
    // SAFETY: the functions take any user data.
    assert_eq!(unsafe { carrier_read(functions.read, arg, 1) }, -2);
    assert_eq!(incidents::only(id, IncidentKind::LateCall).table(), "File");
    drop(held);
    // SAFETY: as above.
    unsafe { carrier_note(functions.note, arg, 1) };
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_scope_has_the_functions_too() {
    let drops = Drops::default();
    let file = file(&drops);
    let (functions, arg) = scope(&file, |scoped| {
        let (functions, arg) = (scoped.functions(), scoped.user_data());
        // SAFETY: the functions take any user data.
        assert_eq!(unsafe { carrier_read(functions.read, arg, 1) }, 2);
        (functions, arg)
    })
    .unwrap();
    // SAFETY: as above.
    assert_eq!(unsafe { carrier_read(functions.read, arg, 1) }, -2);
}

/// One value of several that has its functions from a generic type.
struct Generic<T>(T);

#[callbacks(state = arg)]
impl<T: Copy + Into<c_int> + 'static> Generic<T> {
    #[callback(type = stream_done, fallback = -1)]
    fn done(&self, status: c_int) -> c_int {
        self.0.into() + status
    }
}

#[test]
fn each_type_of_a_generic_one_has_functions_of_its_own() {
    let (one, other) = (Held::new(Generic(1_u8)).unwrap(), Held::new(Generic(1000_u16)).unwrap());
    let call = |done, arg| {
        // SAFETY: the functions take any user data.
        unsafe { stream_complete(done, 1, arg) }
    };
    assert_eq!(call(one.functions().done, one.user_data()), 2);
    assert_eq!(call(other.functions().done, other.user_data()), 1001);
    assert_eq!(call(one.functions().done, other.user_data()), -1, "of another type");
}

/// Without user data: each value has functions of its own.
struct Plain(c_int);

type Query = unsafe extern "C" fn(value: c_int) -> c_int;

#[callbacks(state = none, instances = 2)]
impl Plain {
    #[callback(type = Query, fallback = -1)]
    fn query(&self, value: c_int) -> c_int {
        self.0 + value
    }
}

#[test]
fn functions_without_user_data_are_those_of_their_instance() {
    let (one, other) = (Held::new(Plain(100)).unwrap(), Held::new(Plain(500)).unwrap());
    let (first, second) = (one.functions().query, other.functions().query);
    // SAFETY: they may be called at any time.
    assert_eq!((unsafe { first(1) }, unsafe { second(1) }), (101, 501));
    drop(one);
    // SAFETY: as above.
    assert_eq!((unsafe { first(1) }, unsafe { second(1) }), (-1, 501));
}

#[test]
fn the_functions_are_a_constant_of_the_type() {
    const READ: carrier_read_cb = outlive::functions::<File>().read;
    let drops = Drops::default();
    let held = Held::new(file(&drops)).unwrap();
    // SAFETY: the functions take any user data.
    assert_eq!(unsafe { carrier_read(READ, held.user_data(), 1) }, 2);
    let _: fn() -> <File as Callbacks>::Table = outlive::functions::<File>;
}
