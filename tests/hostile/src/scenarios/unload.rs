//! Shared objects that go: C's, and one that this library is part of.

use core::ffi::{CStr, c_int, c_void};
use core::ptr::null_mut;
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use outlive::Ended;

use super::checks::{holds, refused, returns};
use super::survives;
use super::way::Way;
use crate::binding::Host;
use crate::need::Need;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::{keeper_call_with, keeper_table};

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "library_unloaded_after_the_end",
        "G5 G8",
        "C's library is unloaded late, and calls from its destructor and its thread",
        late,
    )
    .needing(&[Need::Loading]),
    survives(
        "library_unloaded_while_it_holds",
        "G4 G8",
        "C's library is unloaded while it has a table, and calls from its destructor",
        while_held,
    )
    .needing(&[Need::Loading]),
    survives(
        "outlive_unloaded_while_held",
        "G1",
        "the object that the trampolines are in is unloaded, and C calls",
        unloaded_while_held,
    )
    .needing(&[Need::Loading]),
    survives(
        "outlive_unloaded_after_the_end",
        "G1 G5",
        "the object that the trampolines are in is unloaded after the end, and C calls",
        unloaded_late,
    )
    .needing(&[Need::Loading]),
];

/// An object from `dlopen`. It is not closed by itself.
struct Object(*mut c_void);

impl Object {
    /// Loads an object from the bytes of its file.
    fn from_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        // SAFETY: the name is a string.
        let file = unsafe { libc::memfd_create(c"object".as_ptr(), 0) };
        if file < 0 {
            let refusal = std::io::Error::last_os_error();
            return Err(Failure::skipped(format!("the system refuses memfd_create: {refusal}")));
        }
        // SAFETY: the descriptor is new.
        let mut file = unsafe { std::fs::File::from_raw_fd(file) };
        file.write_all(bytes).map_err(|error| Failure::wrong(error.to_string()))?;
        Object::open(&format!("/proc/self/fd/{}\0", file.as_raw_fd()))
    }

    fn open(path: &str) -> Result<Self, Failure> {
        let path = CStr::from_bytes_with_nul(path.as_bytes())
            .map_err(|error| Failure::wrong(error.to_string()))?;
        // SAFETY: the objects here may be loaded at any time.
        let object = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if object.is_null() {
            return Err(Failure::wrong(format!("cannot load {}", path.to_string_lossy())));
        }
        Ok(Object(object))
    }

    fn find(&self, name: &CStr) -> Result<*mut c_void, Failure> {
        // SAFETY: the object is loaded.
        let found = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        if found.is_null() {
            return Err(Failure::wrong(format!("there is no {}", name.to_string_lossy())));
        }
        Ok(found)
    }

    fn close(self) {
        // SAFETY: the object is loaded, and is closed once.
        unsafe { libc::dlclose(self.0) };
    }
}

type Take = unsafe extern "C" fn(*const keeper_table, *mut c_void, *mut c_int);

/// Where the library notes its last call's result.
static LAST: AtomicI32 = AtomicI32::new(0);

/// Loads C's library and gives it a table, which its thread calls. How often it did is counted.
fn plugin(way: &Way) -> Result<Object, Failure> {
    let object = Object::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/plugin.so")))?;
    let take = object.find(c"plugin_take")?;
    // SAFETY: `plugin.c` has it so.
    let take = unsafe { core::mem::transmute::<*mut c_void, Take>(take) };
    // SAFETY: STATIC-TABLE; the number stays.
    unsafe { take(way.raw(), way.arg(), LAST.as_ptr()) };
    Ok(object)
}

fn counting(calls: &Arc<AtomicUsize>) -> Host {
    let calls = Arc::clone(calls);
    Host::doing(1000, move |_, value| {
        calls.fetch_add(1, Ordering::SeqCst);
        1000 + value
    })
}

fn late(stage: &Stage) -> Verdict {
    let calls = Arc::new(AtomicUsize::new(0));
    let table = stage.binding.events(counting(&calls));
    let object = plugin(&Way::to(&*table))?;
    crate::wait::until(|| calls.load(Ordering::SeqCst) > 3);
    let ended = table.revoke();
    let before = calls.load(Ordering::SeqCst);
    drop(table);
    let _newcomers = stage.reuse();
    object.close();
    refused(LAST.load(Ordering::SeqCst))?;
    holds(ended == Ended::Now && calls.load(Ordering::SeqCst) == before, "no call came late")
}

fn while_held(stage: &Stage) -> Verdict {
    let calls = Arc::new(AtomicUsize::new(0));
    let table = stage.binding.events(counting(&calls));
    let object = plugin(&Way::to(&*table))?;
    crate::wait::until(|| calls.load(Ordering::SeqCst) > 3);
    object.close();
    returns(LAST.load(Ordering::SeqCst), 1007)?;
    holds(table.revoke() == Ended::Now, "nobody is inside")
}

type Hold = unsafe extern "C" fn(bool, c_int, *mut *mut c_void) -> *mut keeper_table;
type End = unsafe extern "C" fn();

/// The shared object that this crate is built as, too.
const OURS: &str = "liboutlive_hostile.so";

/// Beside the program, where cargo puts it, or where this crate was built.
fn ours() -> Result<Object, Failure> {
    let built = PathBuf::from(env!("OUT_DIR"));
    let beside = std::env::current_exe().ok().and_then(|program| program.parent().map(Into::into));
    let mut folders: Vec<PathBuf> = beside.into_iter().collect();
    folders.extend(built.ancestors().nth(3).map(Into::into));
    let within = |folder: &PathBuf| [folder.join(OURS), folder.join("deps").join(OURS)];
    let found = folders.iter().flat_map(within).find(|path| path.exists());
    let path = found.ok_or_else(|| {
        Failure::wrong(format!("there is no {OURS} beside the program: build outlive-hostile"))
    })?;
    Object::open(&format!("{}\0", path.display()))
}

/// Another copy of this crate, which holds a table; what C gets of it.
fn hold_elsewhere(stage: &Stage) -> Result<(Object, *mut keeper_table, *mut c_void), Failure> {
    let object = ours()?;
    let hold = object.find(c"outlive_hostile_hold")?;
    // SAFETY: `loaded.rs` has it so.
    let hold = unsafe { core::mem::transmute::<*mut c_void, Hold>(hold) };
    let mut arg = null_mut();
    // SAFETY: there is room for the user data.
    let table = unsafe { hold(!stage.binding.is_library(), 1000, &raw mut arg) };
    Ok((object, table, arg))
}

fn unloaded_while_held(stage: &Stage) -> Verdict {
    let (object, table, arg) = hold_elsewhere(stage)?;
    // SAFETY: STATIC-TABLE, and the object is pinned.
    let call = || unsafe { keeper_call_with(table, 7, arg) };
    returns(call(), 1007)?;
    object.close();
    returns(call(), 1007)
}

fn unloaded_late(stage: &Stage) -> Verdict {
    let (object, table, arg) = hold_elsewhere(stage)?;
    // SAFETY: STATIC-TABLE, and the object is pinned.
    let call = || unsafe { keeper_call_with(table, 7, arg) };
    returns(call(), 1007)?;
    let end = object.find(c"outlive_hostile_end")?;
    // SAFETY: `loaded.rs` has it so.
    let end = unsafe { core::mem::transmute::<*mut c_void, End>(end) };
    // SAFETY: it takes nothing.
    unsafe { end() };
    object.close();
    let _newcomers = stage.reuse();
    refused(call())
}
