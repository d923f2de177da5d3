//! Objects of C's, each with a host value that its opener has left there: C loses what is in them, swaps it, and closes
//! them early, twice, never and from anywhere.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};

use outlive::IncidentKind;

use super::checks::{holds, refused, reported, returns};
use super::survives;
use crate::binding::{CLOSE, Host, OPEN, Shared};
use crate::drops::Drops;
use crate::need::Need;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::{
    cursor, cursor_close, cursor_close_on_thread, cursor_free, cursor_module, cursor_next,
    cursor_open, cursor_open_or_close,
};
use crate::warm::warm_up;

pub const SCENARIOS: &[Scenario] = &[
    survives("object_null", "G5", "C loses what is in an object", null),
    survives(
        "object_stale",
        "G5 G10",
        "C overwrites what is in an object by what was in a closed one",
        stale,
    ),
    survives(
        "object_of_another_type",
        "G5 G10",
        "C puts its module's user data into an object",
        other_type,
    ),
    survives("object_swapped", "G5", "C swaps what is in two objects", swapped),
    survives(
        "object_closed_first",
        "G5 G10",
        "C closes an object that was never opened",
        closed_first,
    ),
    survives("object_closed_twice", "G5 G10", "C closes an object three times", closed_twice),
    survives(
        "object_never_closed",
        "G10 G12",
        "C frees objects by the hundred that it never closes",
        never_closed,
    ),
    survives(
        "object_half_opened",
        "G5 G10",
        "the opener fails when the host value is made, and C closes the object all the same",
        half_opened,
    ),
    survives(
        "object_half_opened_by_a_panic",
        "G7 G10",
        "the opener panics when the host value is made, and C closes the object all the same",
        half_opened_by_a_panic,
    )
    .needing(&[Need::Unwinding]),
    survives(
        "object_outlives_its_module",
        "G1 G10",
        "C uses and closes objects whose module is gone",
        outlives,
    ),
    survives(
        "object_closed_inside",
        "G6 G10",
        "C closes an object in a callback of it",
        closed_inside,
    ),
    survives(
        "object_closed_on_a_thread",
        "G8 G10",
        "C closes an object on a thread of its own",
        on_thread,
    ),
    survives("object_close_panics", "G7 G10", "an object's destructor panics", close_panics)
        .needing(&[Need::Unwinding]),
];

/// What a module opens: objects whose hosts have the numbers 2000, 3000 and so on.
struct Module {
    table: Shared<cursor_module>,
    drops: Drops,
}

impl Module {
    /// A module that makes its objects' hosts by `make`, of a number.
    fn making(
        stage: &Stage,
        host: Host,
        make: impl Fn(c_int) -> Host + Send + Sync + 'static,
    ) -> Self {
        let (drops, next) = (Drops::default(), AtomicI32::new(2000));
        let seen = drops.clone();
        let open = move || make(next.fetch_add(1000, Ordering::SeqCst)).counted(&seen);
        Module { table: stage.binding.module(host.opening(open)), drops }
    }

    fn new(stage: &Stage) -> Self {
        Module::making(stage, Host::new(1000), Host::new)
    }

    /// C's view of it.
    fn functions(&self) -> Functions {
        Functions(self.table.raw())
    }

    fn open(&self) -> Result<Object, Failure> {
        warm_up();
        // SAFETY: STATIC-TABLE (`keeper.rs`) holds for a `cursor_module` too.
        let cursor = unsafe { cursor_open(self.table.raw(), self.table.arg()) };
        if cursor.is_null() {
            Err(Failure::wrong("nothing was opened"))
        } else {
            Ok(Object(cursor))
        }
    }

    /// Has C open an object that is not to be, and close it.
    fn fail_to_open(&self) -> Verdict {
        warm_up();
        // SAFETY: as above.
        let cursor = unsafe { cursor_open_or_close(self.table.raw(), self.table.arg()) };
        holds(cursor.is_null(), "nothing was opened")
    }
}

/// The functions that C has of the module, and of its objects.
#[derive(Clone, Copy)]
struct Functions(*const cursor_module);

// SAFETY: C may use the table on any thread.
unsafe impl Send for Functions {}
// SAFETY: as above.
unsafe impl Sync for Functions {}

impl Functions {
    fn next(self, object: &Object, step: c_int) -> c_int {
        warm_up();
        // SAFETY: STATIC-TABLE holds for a `cursor_module` too, and the object is there.
        unsafe { cursor_next(self.0, object.0, step) }
    }

    fn close(self, object: &Object) -> c_int {
        warm_up();
        // SAFETY: as above.
        unsafe { cursor_close(self.0, object.0) }
    }
}

/// An object's memory, which is C's, and freed here without a word.
struct Object(*mut cursor);

impl Object {
    fn user_data(&self) -> *mut c_void {
        // SAFETY: the memory is there.
        unsafe { (*self.0).user_data }
    }

    fn set(&self, user_data: *mut c_void) {
        // SAFETY: as above.
        unsafe { (*self.0).user_data = user_data };
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: C gave it to the scenario.
        unsafe { cursor_free(self.0) };
    }
}

fn null(stage: &Stage) -> Verdict {
    let module = Module::new(stage);
    let (functions, object) = (module.functions(), module.open()?);
    returns(functions.next(&object, 7), 2007)?;
    let own = object.user_data();
    object.set(null_mut());
    refused(functions.next(&object, 7))?;
    refused(functions.close(&object))?;
    reported(stage, IncidentKind::BadArgument, 2)?;
    holds(module.drops.count() == 0, "nothing was dropped")?;
    object.set(own);
    returns(functions.close(&object), 2000 + CLOSE)?;
    holds(module.drops.count() == 1, "the host value was dropped once")
}

fn stale(stage: &Stage) -> Verdict {
    let module = Module::new(stage);
    let functions = module.functions();
    let (old, object) = (module.open()?, module.open()?);
    returns(functions.close(&old), 2000 + CLOSE)?;
    let _newcomers = stage.reuse();
    let heirs: Vec<_> = (0..20).map(|_| module.open()).collect::<Result<_, _>>()?;
    let own = object.user_data();
    object.set(old.user_data());
    refused(functions.next(&object, 7))?;
    refused(functions.close(&object))?;
    reported(stage, IncidentKind::LateCall, 2)?;
    object.set(own);
    returns(functions.next(&object, 7), 3007)?;
    returns(functions.next(&heirs[0], 7), 4007)?;
    holds(module.drops.count() == 1, "one host value was dropped")
}

fn other_type(stage: &Stage) -> Verdict {
    let module = Module::new(stage);
    let (functions, object) = (module.functions(), module.open()?);
    let own = object.user_data();
    object.set(module.table.arg());
    refused(functions.next(&object, 7))?;
    refused(functions.close(&object))?;
    reported(stage, IncidentKind::BadArgument, 2)?;
    // SAFETY: STATIC-TABLE holds for a `cursor_module` too.
    let opened = unsafe { cursor_open(module.table.raw(), own) };
    holds(opened.is_null(), "an object opens nothing")?;
    reported(stage, IncidentKind::BadArgument, 1)?;
    object.set(own);
    returns(functions.next(&object, 7), 2007)?;
    drop(module.open()?);
    returns(functions.close(&object), 2000 + CLOSE)
}

/// Data of a live object of the same type is that object's, wherever C has it.
fn swapped(stage: &Stage) -> Verdict {
    let module = Module::new(stage);
    let functions = module.functions();
    let (one, other) = (module.open()?, module.open()?);
    let (first, second) = (one.user_data(), other.user_data());
    one.set(second);
    other.set(first);
    returns(functions.next(&one, 7), 3007)?;
    returns(functions.close(&one), 3000 + CLOSE)?;
    returns(functions.next(&other, 7), 2007)?;
    returns(functions.close(&other), 2000 + CLOSE)?;
    holds(module.drops.count() == 2, "each host value was dropped once")
}

fn closed_first(stage: &Stage) -> Verdict {
    let module = Module::new(stage);
    let functions = module.functions();
    let object = module.open()?;
    let own = object.user_data();
    for never in [null_mut(), own.map_addr(|data| data + (1 << 33))] {
        object.set(never);
        refused(functions.close(&object))?;
    }
    reported(stage, IncidentKind::BadArgument, 2)?;
    let _newcomers = stage.reuse();
    object.set(own);
    returns(functions.next(&object, 7), 2007)?;
    returns(functions.close(&object), 2000 + CLOSE)?;
    holds(module.drops.count() == 1, "the host value was dropped once")
}

fn closed_twice(stage: &Stage) -> Verdict {
    let module = Module::new(stage);
    let (functions, object) = (module.functions(), module.open()?);
    returns(functions.close(&object), 2000 + CLOSE)?;
    let _newcomers = stage.reuse();
    let heirs: Vec<_> = (0..20).map(|_| module.open()).collect::<Result<_, _>>()?;
    refused(functions.close(&object))?;
    refused(functions.next(&object, 7))?;
    refused(functions.close(&object))?;
    holds(module.drops.count() == 1, "the host value was dropped once")?;
    for (heir, id) in heirs.iter().zip((3000..).step_by(1000)) {
        returns(functions.next(heir, 7), id + 7)?;
    }
    reported(stage, IncidentKind::LateCall, 3)
}

fn never_closed(stage: &Stage) -> Verdict {
    let known =
        |stage: &Stage| if stage.binding.is_library() { outlive::ledger().tables.len() } else { 0 };
    let before = known(stage);
    let module = Module::new(stage);
    for _ in 0..500 {
        drop(module.open()?);
    }
    let _newcomers = stage.reuse();
    holds(module.drops.count() == 0, "C may still close what it has lost")?;
    let after = known(stage);
    holds(!stage.binding.is_library() || after >= before + 500, "each is accounted for")?;
    let object = module.open()?;
    returns(module.functions().next(&object, 7), 502_007)?;
    returns(module.functions().close(&object), 502_000 + CLOSE)?;
    holds(module.drops.count() == 1, "one host value was dropped")?;
    reported(stage, IncidentKind::LateCall, 0)
}

fn half_opened(stage: &Stage) -> Verdict {
    let host = Host::doing(1000, |_, value| if value == OPEN { -7 } else { 1000 + value });
    let module = Module::making(stage, host, Host::new);
    for n in 1..=100 {
        module.fail_to_open()?;
        holds(module.drops.count() == n, "the host value was dropped once")?;
    }
    let _newcomers = stage.reuse();
    module.fail_to_open()?;
    reported(stage, IncidentKind::BadArgument, 101)
}

fn half_opened_by_a_panic(stage: &Stage) -> Verdict {
    let host = Host::doing(1000, |_, _| panic!("half-way"));
    let module = Module::making(stage, host, Host::new);
    // SAFETY: STATIC-TABLE holds for a `cursor_module` too.
    let opened = unsafe { cursor_open(module.table.raw(), module.table.arg()) };
    holds(opened.is_null(), "nothing was opened")?;
    holds(module.drops.count() == 1, "the host value was dropped once")?;
    let _newcomers = stage.reuse();
    reported(stage, IncidentKind::Panic, 1)
}

fn outlives(stage: &Stage) -> Verdict {
    let module = Module::new(stage);
    let (functions, drops) = (module.functions(), module.drops.clone());
    let objects: Vec<_> = (0..20).map(|_| module.open()).collect::<Result<_, _>>()?;
    module.table.release();
    let _newcomers = stage.reuse();
    for (object, id) in objects.iter().zip((2000..).step_by(1000)) {
        returns(functions.next(object, 7), id + 7)?;
        returns(functions.close(object), id + CLOSE)?;
    }
    holds(drops.count() == 20, "each host value was dropped once")?;
    reported(stage, IncidentKind::LateCall, 0)
}

fn closed_inside(stage: &Stage) -> Verdict {
    let closing = Arc::new(AtomicPtr::<cursor>::new(null_mut()));
    let functions = Arc::new(AtomicPtr::<cursor_module>::new(null_mut()));
    let (own, table) = (Arc::clone(&closing), Arc::clone(&functions));
    let module = Module::making(stage, Host::new(1000), move |id| {
        let (own, table) = (Arc::clone(&own), Arc::clone(&table));
        let number = Box::new(id);
        Host::doing(id, move |_, value| {
            let cursor = own.swap(null_mut(), Ordering::SeqCst);
            if !cursor.is_null() {
                // SAFETY: STATIC-TABLE holds for a `cursor_module` too, and the object is there.
                unsafe { cursor_close(table.load(Ordering::SeqCst), cursor) };
            }
            *number + value
        })
    });
    functions.store(module.table.raw(), Ordering::SeqCst);
    let object = module.open()?;
    closing.store(object.0, Ordering::SeqCst);
    returns(module.functions().next(&object, 7), 2007)?;
    holds(module.drops.count() == 1, "the host value was dropped once")?;
    let _newcomers = stage.reuse();
    refused(module.functions().next(&object, 7))?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn on_thread(stage: &Stage) -> Verdict {
    let module = Module::new(stage);
    let object = module.open()?;
    // SAFETY: STATIC-TABLE holds for a `cursor_module` too, and the object is there.
    let close = || unsafe { cursor_close_on_thread(module.table.raw(), object.0) };
    returns(close(), 2000 + CLOSE)?;
    holds(module.drops.count() == 1, "the host value was dropped once")?;
    let _newcomers = stage.reuse();
    refused(close())?;
    reported(stage, IncidentKind::LateCall, 1)
}

fn close_panics(stage: &Stage) -> Verdict {
    let module = Module::making(stage, Host::new(1000), |id| {
        Host::doing(id, |_, _| panic!("in a destructor"))
    });
    let (functions, object) = (module.functions(), module.open()?);
    refused(functions.close(&object))?;
    holds(module.drops.count() == 1, "the host value was dropped once")?;
    reported(stage, IncidentKind::Panic, 1)?;
    let _newcomers = stage.reuse();
    refused(functions.close(&object))?;
    reported(stage, IncidentKind::LateCall, 1)
}
