//! Objects of C's whose callbacks find their host value in the object, and whose destructor is the last call; and a C
//! struct that holds the callbacks of several host types.
//!
//! Caught when taken out: what `into_user_data` gives to C, and the constants of the module's table.

use core::ffi::{c_int, c_void};
use core::ptr;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use outlive::{Callback, Held, Incident, IncidentKind, callbacks, functions, ledger};
use outlive_tests::host::{Drops, Witness};
use outlive_tests::sys::{
    cursor, cursor_close, cursor_close_on_thread, cursor_free, cursor_module, cursor_next,
    cursor_open, cursor_open_or_close,
};
use outlive_tests::{incidents, wait};

const REFUSED: c_int = -1;
/// What C gets of a module that cannot open.
const FULL: c_int = 7;

/// Opens cursors until it is full.
struct Module {
    room: AtomicI32,
    drops: Drops,
}

#[callbacks(
    cursor_module,
    state = arg,
    user_data = first,
    constant(next = functions::<Rows>().next, close = functions::<Rows>().close)
)]
impl Module {
    #[callback(fallback = REFUSED)]
    fn open(&self, cursor: *mut cursor) -> c_int {
        let rows = Rows { row: AtomicI32::new(100), _witness: self.drops.witness() };
        let Ok(held) = Held::new(rows) else { return REFUSED };
        if self.room.fetch_sub(1, Ordering::Relaxed) <= 0 {
            return FULL; // the value is dropped here
        }
        // SAFETY: C lends its cursor for this call, and keeps it until it has closed it.
        unsafe { (*cursor).user_data = held.into_user_data() };
        0
    }
}

/// What a cursor of C's stands on.
struct Rows {
    row: AtomicI32,
    _witness: Witness,
}

#[callbacks(cursor_module, state = arg, user_data = unsafe { (*cursor).user_data })]
impl Rows {
    #[callback(fallback = REFUSED)]
    fn next(&self, cursor: *mut cursor, step: c_int) -> c_int {
        self.row.fetch_add(step, Ordering::Relaxed) + step
    }

    #[callback(last, fallback = REFUSED)]
    fn close(&self, cursor: *mut cursor) -> c_int {
        0
    }
}

/// A module, as C has it.
struct Opened {
    held: Held<Module>,
    drops: Drops,
}

impl Opened {
    fn with_room(room: c_int) -> Self {
        let drops = Drops::default();
        let room = AtomicI32::new(room);
        Opened { held: Held::new(Module { room, drops: drops.clone() }).unwrap(), drops }
    }

    fn open(&self) -> *mut cursor {
        // SAFETY: the table is sealed for good.
        unsafe { cursor_open(self.held.as_ptr(), self.held.user_data()) }
    }

    fn next(&self, cursor: *mut cursor, step: c_int) -> c_int {
        // SAFETY: as above, and the cursor is not freed yet.
        unsafe { cursor_next(self.held.as_ptr(), cursor, step) }
    }

    fn close(&self, cursor: *mut cursor) -> c_int {
        // SAFETY: as above.
        unsafe { cursor_close(self.held.as_ptr(), cursor) }
    }
}

fn free(cursor: *mut cursor) {
    // SAFETY: C gave it to the test, which frees it once.
    unsafe { cursor_free(cursor) };
}

fn user_data(cursor: *mut cursor) -> *mut c_void {
    // SAFETY: it is not freed yet.
    unsafe { (*cursor).user_data }
}

fn set_user_data(cursor: *mut cursor, user_data: *mut c_void) {
    // SAFETY: as above.
    unsafe { (*cursor).user_data = user_data };
}

/// The number in the ledger of a cursor's host value.
fn id(cursor: *mut cursor) -> u64 {
    user_data(cursor).addr() as u64
}

fn is_listed(id: u64) -> bool {
    ledger().tables.iter().any(|entry| entry.id == id)
}

#[test]
fn each_object_has_its_own_value_until_its_destructor() {
    let opened = Opened::with_room(100);
    let (one, other) = (opened.open(), opened.open());
    assert_eq!((opened.next(one, 1), opened.next(other, 10), opened.next(one, 1)), (101, 110, 102));
    let ids = [id(one), id(other)];
    assert_eq!((opened.close(one), opened.drops.count()), (0, 1));
    assert_eq!((opened.next(other, 10), opened.close(other), opened.drops.count()), (120, 0, 2));
    wait::until(|| !ids.iter().any(|id| is_listed(*id)));
    free(one);
    free(other);
}

#[test]
fn an_object_outlives_the_module_that_opened_it() {
    let opened = Opened::with_room(100);
    let cursor = opened.open();
    let _ = opened.held.revoke();
    assert!(opened.open().is_null());
    assert_eq!((opened.next(cursor, 1), opened.close(cursor), opened.drops.count()), (101, 0, 1));
    free(cursor);
}

#[test]
fn a_constructor_that_fails_half_way_leaves_nothing_to_c() {
    let opened = Opened::with_room(0);
    assert!(opened.open().is_null());
    assert_eq!(opened.drops.count(), 1);
    // SAFETY: the table is sealed for good.
    let closed = unsafe { cursor_open_or_close(opened.held.as_ptr(), opened.held.user_data()) };
    assert!(closed.is_null());
    assert_eq!(opened.drops.count(), 2);
    let is_it =
        |one: &Incident| one.callback() == "close" && one.detail() == "the user data is NULL";
    assert_eq!(incidents::those(1, is_it)[0].kind(), IncidentKind::BadArgument);
}

#[test]
fn an_object_that_is_closed_or_used_again_reaches_nobody() {
    let opened = Opened::with_room(100);
    let cursor = opened.open();
    let id = id(cursor);
    assert_eq!((opened.close(cursor), opened.drops.count()), (0, 1));
    let newcomer = opened.open(); // perhaps in the same slot
    assert_eq!((opened.close(cursor), opened.next(cursor, 1)), (REFUSED, REFUSED));
    assert_eq!((opened.next(newcomer, 1), opened.drops.count()), (101, 1));
    incidents::those(2, |one| {
        one.kind() == IncidentKind::LateCall && one.table() == "cursor_module"
    });
    assert!(!is_listed(id));
    assert_eq!(opened.close(newcomer), 0);
    free(cursor);
    free(newcomer);
}

#[test]
fn what_c_has_put_into_the_object_is_checked() {
    let opened = Opened::with_room(100);
    let cursor = opened.open();
    let own = user_data(cursor);
    let other = Callback::<Option<unsafe extern "C" fn(*mut c_void)>>::new(|| ()).unwrap();
    for wrong in [ptr::null_mut(), opened.held.user_data(), other.user_data()] {
        set_user_data(cursor, wrong);
        assert_eq!((opened.next(cursor, 1), opened.close(cursor)), (REFUSED, REFUSED));
    }
    assert_eq!(opened.held.with(|_| ()), Ok(()), "no word on the module");
    set_user_data(cursor, own);
    assert_eq!((opened.next(cursor, 1), opened.close(cursor), opened.drops.count()), (101, 0, 1));
    free(cursor);
}

/// A value of one thread, with a destroy notify in place of a last call.
struct Local(Rc<Cell<c_int>>);

#[repr(C)]
#[derive(Clone, Copy)]
struct hooks {
    next: Option<unsafe extern "C" fn(*mut cursor, c_int) -> c_int>,
    destroy: Option<unsafe extern "C" fn(*mut c_void)>,
}

#[callbacks(hooks, state = arg, user_data = unsafe { (*cursor).user_data }, destroy = destroy)]
impl Local {
    #[callback(fallback = REFUSED)]
    fn next(&self, cursor: *mut cursor, step: c_int) -> c_int {
        self.0.set(self.0.get() + step);
        self.0.get()
    }
}

#[test]
fn a_value_of_one_thread_with_a_destroy_notify_is_given_to_c_as_well() {
    let state = Rc::new(Cell::new(0));
    let user_data = Held::local(Local(Rc::clone(&state))).unwrap().into_user_data();
    let mut object = cursor { opened: 1, user_data };
    let hooks { next, destroy } = functions::<Local>();
    // SAFETY: the object is there.
    assert_eq!(unsafe { next.unwrap()(&raw mut object, 5) }, 5);
    assert_eq!((state.get(), Rc::strong_count(&state)), (5, 2));
    // SAFETY: it takes any user data.
    unsafe { destroy.unwrap()(user_data) };
    assert_eq!(Rc::strong_count(&state), 1);
}

#[test]
fn cs_own_thread_closes_what_another_has_opened() {
    let opened = Opened::with_room(100);
    let cursor = opened.open();
    // SAFETY: the table is sealed for good, and the cursor is not freed yet.
    assert_eq!(unsafe { cursor_close_on_thread(opened.held.as_ptr(), cursor) }, 0);
    assert_eq!(opened.drops.count(), 1);
    free(cursor);
}

#[test]
fn many_objects_come_and_go_on_many_threads() {
    let before = ledger().tables.len();
    let opened = &Opened::with_room(100_000);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    let cursor = opened.open();
                    assert_eq!((opened.next(cursor, 1), opened.close(cursor)), (101, 0));
                    free(cursor);
                }
            });
        }
    });
    assert_eq!(opened.drops.count(), 4000);
    wait::until(|| ledger().tables.len() < before + 100);
}
