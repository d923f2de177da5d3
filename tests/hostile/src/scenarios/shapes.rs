//! Structs and host values of every shape: atomic, packed, aligned to more than a page, of no size.

use core::ffi::{c_char, c_int, c_long, c_short, c_void};
use core::mem::offset_of;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use outlive::{Arg, Callbacks, Ended, Held, HoldError, MallocTable, Threads, callbacks};

use super::checks::{holds, refused, returns};
use super::crowd::{Member, call_from_a_thread};
use super::hosts::{WAIT, joined};
use super::survives;
use super::way::Way;
use crate::binding::REFUSED;
use crate::door::Door;
use crate::keeper::Kept;
use crate::need::Need;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::{keeper_table, keeper_write_in_child};
use crate::system::was_stopped;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "atomic_member_written_by_threads",
        "G3 G5",
        "C's threads count their calls in the table, while it is looked at, and after its end",
        counted,
    )
    .needing(&[Need::Library]),
    survives(
        "atomic_member_in_a_sealed_table",
        "G3",
        "C reads an atomic member of a table, and then writes it, which it must not",
        flagged,
    )
    .needing(&[Need::Fork, Need::Library]),
    survives(
        "table_aligned_to_more_than_a_page",
        "G1 G11",
        "C calls through tables and copies that are aligned to 64 bytes, 128, and four pages",
        aligned,
    )
    .needing(&[Need::Library]),
    survives(
        "table_larger_than_a_page",
        "G1 G11",
        "C calls through tables and copies of 5,024 bytes, by their first and last members",
        long,
    )
    .needing(&[Need::Library]),
    survives(
        "table_packed_or_with_a_union",
        "G1 G3 G11",
        "C calls through members at odd addresses, and beside a union",
        packed,
    )
    .needing(&[Need::Library]),
    survives(
        "host_values_of_every_size",
        "G1 G5",
        "C calls values of no size, of 64 bytes and more, that end, are taken out, and come again",
        sizes,
    )
    .needing(&[Need::Library]),
];

type Callback = Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>;

/// A struct of C's.
macro_rules! shape {
    ($name:ident $(, $repr:meta)? { $($member:ident: $type:ty),* $(,)? }) => {
        #[repr(C)]
        $(#[$repr])?
        struct $name {
            $($member: $type),*
        }
    };
}

shape!(shapes_counted { on_event: Callback, calls: AtomicI64 });
shape!(shapes_flagged { on_event: Callback, is_stopped: AtomicI32 });
shape!(shapes_line, repr(align(64)) { on_event: Callback, on_last: Callback, data: *mut c_void });
shape!(shapes_pair, repr(align(128)) { on_event: Callback, on_last: Callback, data: *mut c_void });
shape!(shapes_long {
    on_event: Callback,
    names: [c_char; 5000],
    on_last: Callback,
    data: *mut c_void,
});
shape!(shapes_pages, repr(align(8192)) {
    on_event: Callback,
    on_last: Callback,
    data: *mut c_void,
});
shape!(shapes_packed, repr(packed) {
    kind: c_char,
    on_event: Callback,
    version: c_short,
    on_last: Callback,
    data: *mut c_void,
});
shape!(shapes_union {
    either: shapes_either,
    on_event: Callback,
    on_last: Callback,
    data: *mut c_void,
});

#[repr(C)]
#[derive(Clone, Copy)]
union shapes_either {
    number: c_int,
    real: f64,
    pointer: *mut c_void,
}

type CallThrough = unsafe extern "C" fn(*const c_void, *mut c_void, c_int) -> c_int;
type DataOf = unsafe extern "C" fn(*const c_void) -> *mut c_void;

macro_rules! calls {
    ($($call:ident $data:ident),* $(,)?) => {
        unsafe extern "C" {
            $(fn $call(table: *const c_void, arg: *mut c_void, value: c_int) -> c_int;)*
            $(fn $data(table: *const c_void) -> *mut c_void;)*
        }
    };
}

calls! {
    shapes_call_line shapes_data_line,
    shapes_call_pair shapes_data_pair,
    shapes_call_long shapes_data_long,
    shapes_call_pages shapes_data_pages,
    shapes_call_packed shapes_data_packed,
    shapes_call_union shapes_data_union,
}

unsafe extern "C" {
    fn memory_free(memory: *mut c_void);
    fn shapes_number_of_union(table: *const shapes_union) -> c_int;
    fn shapes_is_stopped(table: *const shapes_flagged) -> c_int;
    fn shapes_count(
        table: *mut shapes_counted,
        arg: *mut c_void,
        threads: c_int,
        calls: c_long,
    ) -> c_long;
    fn shapes_calls(table: *const shapes_counted) -> c_long;
}

/// A host of a struct of a shape of its own: both callbacks add its id.
trait Shaped: Callbacks<Locator = Arg> + Send + Sync + 'static {
    /// C calls both callbacks through a table, or finds that it does not stand as its type asks for.
    const CALL: CallThrough;
    /// What C finds in the table to pass.
    const DATA: DataOf;

    fn of(id: c_int) -> Self;
}

/// Two host types for a struct: one whose tables are all the same, and one whose tables carry their user data.
macro_rules! hosts {
    ($shared:ident $own:ident: $table:ident $call:ident $data:ident $(, $($option:tt)*)?) => {
        hosts!(@one $shared: $table $call $data $(, $($option)*)?);
        hosts!(@one $own: $table $call $data, user_data_member = data $(, $($option)*)?);
    };
    (@one $host:ident: $table:ident $call:ident $data:ident $(, $($option:tt)*)?) => {
        struct $host(c_int);

        #[callbacks($table, state = arg $(, $($option)*)?)]
        impl $host {
            #[callback(fallback = REFUSED)]
            fn on_event(&self, value: c_int) -> c_int {
                self.0 + value
            }

            #[callback(fallback = REFUSED)]
            fn on_last(&self, value: c_int) -> c_int {
                self.0 + value
            }
        }

        impl Shaped for $host {
            const CALL: CallThrough = $call;
            const DATA: DataOf = $data;

            fn of(id: c_int) -> Self {
                $host(id)
            }
        }
    };
}

hosts!(Line OwnLine: shapes_line shapes_call_line shapes_data_line);
hosts!(Pair OwnPair: shapes_pair shapes_call_pair shapes_data_pair);
hosts!(Long OwnLong: shapes_long shapes_call_long shapes_data_long);
hosts!(Pages OwnPages: shapes_pages shapes_call_pages shapes_data_pages);
hosts!(Packed OwnPacked: shapes_packed shapes_call_packed shapes_data_packed,
    constant(kind = 3, version = 2));
hosts!(Union OwnUnion: shapes_union shapes_call_union shapes_data_union,
    constant(either = shapes_either { number: 7 }));

fn held<T, K: Threads>(result: Result<Held<T, K>, HoldError<T>>) -> Result<Held<T, K>, Failure>
where
    T: Callbacks + 'static,
{
    result.map_err(|error| Failure::wrong(error.to_string()))
}

fn call<H: Shaped>(table: *const H::Table, arg: *mut c_void) -> c_int {
    // SAFETY: it is a table of this type, or a copy that is not freed yet.
    unsafe { H::CALL(table.cast(), arg, 7) }
}

/// A copy for C to free; `None` where C's `free` takes nothing that is aligned as the table is.
fn copy_of<H: Shaped>(table: &Held<H>) -> Result<Option<*mut H::Table>, Failure> {
    let copy = table.to_malloc().map(MallocTable::into_raw);
    let is_refused = copy.is_none() && cfg!(windows) && align_of::<H::Table>() > 16;
    holds(copy.is_some() || is_refused, "there is a copy")?;
    Ok(copy)
}

/// C has tables of this type, and copies of them, live and late.
fn through_c<H: Shaped>() -> Verdict {
    let mut given = Vec::new();
    for id in (1..=20).map(|n| n * 1000) {
        let table = held(Held::new(H::of(id)))?;
        let (raw, arg) = (table.as_ptr(), table.user_data());
        let copy = copy_of(&table)?;
        for at in [Some(raw), copy].into_iter().flatten() {
            returns(call::<H>(at, arg), 2 * id + 7)?;
            // SAFETY: as for `call`.
            let data = unsafe { H::DATA(at.cast()) };
            holds(data.is_null() || data == arg, "the table carries its user data, or none")?;
        }
        holds(table.inspect().is_intact(), "the members are what was given to C")?;
        given.push((table, raw, copy, arg));
    }
    // Others come and go, so that memory is used again.
    for id in (1..=300).map(|n| n * 1000) {
        let table = held(Held::exclusive(H::of(id)))?;
        returns(call::<H>(table.as_ptr(), table.user_data()), 2 * id + 7)?;
        // SAFETY: C has forgotten it.
        let _ = unsafe { table.release() };
    }
    for (table, raw, copy, arg) in given {
        drop(table);
        refused(call::<H>(raw, arg))?;
        if let Some(copy) = copy {
            refused(call::<H>(copy, arg))?;
            // SAFETY: it came from `malloc`, and C frees it.
            unsafe { memory_free(copy.cast()) };
        }
    }
    Ok(())
}

fn aligned(_: &Stage) -> Verdict {
    through_c::<Line>()?;
    through_c::<OwnLine>()?;
    through_c::<Pair>()?;
    through_c::<OwnPair>()?;
    through_c::<Pages>()?;
    through_c::<OwnPages>()
}

fn long(_: &Stage) -> Verdict {
    through_c::<Long>()?;
    through_c::<OwnLong>()
}

fn packed(_: &Stage) -> Verdict {
    through_c::<Packed>()?;
    through_c::<OwnPacked>()?;
    through_c::<Union>()?;
    through_c::<OwnUnion>()?;
    let table = held(Held::new(OwnUnion(1000)))?;
    // SAFETY: the table lives.
    holds(unsafe { shapes_number_of_union(table.as_ptr()) } == 7, "the union is what it was made")?;
    let table = held(Held::new(OwnPacked(1000)))?;
    // SAFETY: the table lives, and nobody writes it.
    let seen = unsafe { table.as_ptr().read() };
    holds((seen.kind, { seen.version }) == (3, 2), "so are the members beside the callbacks")
}

struct Counted(Arc<AtomicUsize>);

#[callbacks(shapes_counted, state = arg, written_by_c(calls))]
impl Counted {
    #[callback(fallback = REFUSED)]
    fn on_event(&self, value: c_int) -> c_int {
        self.0.fetch_add(1, Ordering::SeqCst);
        value
    }
}

/// A table's address, for another thread.
#[derive(Clone, Copy)]
struct At(*mut shapes_counted, usize);

// SAFETY: C may use the table on any thread, and the user data is a number.
unsafe impl Send for At {}

impl At {
    fn of(table: &Held<Counted>) -> Self {
        At(table.as_ptr(), table.user_data().addr())
    }

    /// C counts so many calls on each of so many threads; how many were served.
    fn count(self, threads: c_int, calls: c_long) -> c_long {
        let arg = core::ptr::without_provenance_mut(self.1);
        // SAFETY: the table is valid until it is released, and C may write what it declares.
        unsafe { shapes_count(self.0, arg, threads, calls) }
    }

    fn calls(self) -> c_long {
        // SAFETY: as above.
        unsafe { shapes_calls(self.0) }
    }
}

fn counted(_: &Stage) -> Verdict {
    let served = Arc::new(AtomicUsize::new(0));
    let table = held(Held::new(Counted(Arc::clone(&served))))?;
    let at = At::of(&table);
    let counting = std::thread::spawn(move || { at }.count(3, 3000));
    while !counting.is_finished() {
        holds(table.inspect().is_intact(), "no callback is altered by what C counts")?;
    }
    holds(joined(counting)? == 9000 && at.calls() == 9000, "C has counted each call")?;
    holds(served.load(Ordering::SeqCst) == 9000, "the host has served each call")?;
    drop(table);
    let counting = std::thread::spawn(move || { at }.count(2, 4000));
    // More than fit into the memory that the first one was in.
    for _ in 0..600 {
        let next = held(Held::new(Counted(Arc::clone(&served))))?;
        let next_at = At::of(&next);
        holds(next_at.0 != at.0 && next_at.calls() == 0, "C counts in its own table only")?;
        holds(next_at.count(1, 1) == 1, "a new table serves")?;
        // SAFETY: C has forgotten it.
        let _ = unsafe { next.release() };
    }
    holds(joined(counting)? == 0, "each late call was refused")?;
    holds(at.calls() == 17_000, "C has counted the late calls, too")?;
    holds(served.load(Ordering::SeqCst) == 9600, "the host has served no late call")
}

struct Flagged(c_int);

#[callbacks(shapes_flagged, state = arg)]
impl Flagged {
    #[callback(fallback = REFUSED)]
    fn on_event(&self, value: c_int) -> c_int {
        self.0 + value
    }
}

/// A constant with an atomic in it is no constant to the compiler, which would put a static of the type where it
/// can be written.
fn flagged(_: &Stage) -> Verdict {
    let table = held(Held::new(Flagged(1000)))?;
    let raw = table.as_ptr();
    // SAFETY: the table lives.
    let is_stopped = || unsafe { shapes_is_stopped(raw) };
    holds(is_stopped() == 0, "the member is 0")?;
    let flag = raw.wrapping_byte_add(offset_of!(shapes_flagged, is_stopped)).cast();
    // SAFETY: a child has a copy of all memory.
    let status = unsafe { keeper_write_in_child(flag) };
    if !was_stopped(status) {
        return Err(Failure::misdirected("the write went through"));
    }
    holds(is_stopped() == 0 && table.inspect().is_intact(), "the table is as it was")
}

/// An alignment.
#[repr(align(64))]
struct Align64;
#[repr(align(128))]
struct Align128;

/// A host value of so many bytes, aligned as `A` is.
struct Value<const BYTES: usize, A> {
    bytes: [u8; BYTES],
    _align: [A; 0],
}

/// Where a call waits that is to be inside.
static DOOR: Mutex<Option<Door>> = Mutex::new(None);
static DROPPED: AtomicUsize = AtomicUsize::new(0);
static BROKEN: AtomicUsize = AtomicUsize::new(0);

impl<const BYTES: usize, A> Value<BYTES, A> {
    fn new() -> Self {
        Value { bytes: core::array::from_fn(pattern), _align: [] }
    }

    /// Notes where it is not what it was, or not where its type asks for.
    fn check(&self) {
        let is_whole = self.bytes.iter().enumerate().all(|(n, byte)| *byte == pattern(n));
        let is_placed = core::ptr::from_ref(self).addr() % align_of::<Self>() == 0;
        if !is_whole || !is_placed {
            BROKEN.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn pattern(n: usize) -> u8 {
    (n * 7 + 13) as u8
}

impl<const BYTES: usize, A> Drop for Value<BYTES, A> {
    fn drop(&mut self) {
        self.check();
        // What is used after its end is to be noticed.
        self.bytes.fill(0xdb);
        DROPPED.fetch_add(1, Ordering::SeqCst);
    }
}

#[callbacks(keeper_table, state = arg)]
impl<const BYTES: usize, A: Send + Sync + 'static> Value<BYTES, A> {
    #[callback(fallback = REFUSED)]
    fn on_event(&self, value: c_int) -> c_int {
        self.check();
        let door = *DOOR.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(door) = door.filter(|_| value == WAIT) {
            door.enter();
            self.check();
        }
        1000 + value
    }
}

/// So many values were dropped since the last time, and none was broken.
fn dropped(count: usize) -> Verdict {
    holds(DROPPED.swap(0, Ordering::SeqCst) == count, "each host value was dropped once")?;
    holds(BROKEN.load(Ordering::SeqCst) == 0, "each host value was whole, and in its place")
}

/// What `hold` makes is released, and called late, over and over.
fn come_and_go<T: Callbacks + 'static, K: Threads>(
    hold: impl Fn() -> Result<Held<T, K>, HoldError<T>>,
) -> Verdict
where
    Held<T, K>: Kept,
{
    for value in 1..100 {
        let table = held(hold())?;
        let way = Way::to(&table);
        returns(way.call(value), 1000 + value)?;
        // SAFETY: C has not forgotten it, but its table stays (STATIC-TABLE).
        let _ = unsafe { table.release() };
        refused(way.call(value))?;
    }
    dropped(99)
}

fn of_size<const BYTES: usize, A: Send + Sync + 'static>() -> Verdict {
    let new = Value::<BYTES, A>::new;
    // It ends while C is inside.
    let door = Door::new();
    *DOOR.lock().unwrap_or_else(PoisonError::into_inner) = Some(door);
    let table = held(Held::new(new()))?;
    let (way, member) = (Way::to(&table), Member::hire());
    returns(way.call(7), 1007)?;
    member.send(&way, WAIT);
    door.wait_for(1);
    let ended = table.revoke_timeout(Duration::ZERO);
    dropped(0)?;
    door.open();
    returns(member.wait(), 1000)?;
    member.dismiss();
    holds(ended == Ended::Later && table.revoke() == Ended::Now, "the call was inside")?;
    dropped(1)?;
    refused(way.call(7))?;
    // It stands beside others.
    let all = (0..16).map(|_| held(Held::new(new()))).collect::<Result<Vec<_>, _>>()?;
    all.iter().try_for_each(|one| returns(Way::to(one).call(7), 1007))?;
    drop(all);
    dropped(16)?;
    // It is taken out.
    let table = held(Held::new(new()))?;
    let way = Way::to(&table);
    returns(call_from_a_thread(&way, 7), 1007)?;
    let taken = table.into_inner().map_err(|_| Failure::wrong("the value did not come out"))?;
    let next = held(Held::new(new()))?;
    refused(way.call(7))?;
    taken.check();
    dropped(0)?;
    drop(taken);
    dropped(1)?;
    returns(Way::to(&next).call(7), 1007)?;
    drop(next);
    dropped(1)?;
    come_and_go(|| Held::new(new()))?;
    come_and_go(|| Held::exclusive(new()))?;
    come_and_go(|| Held::local(new()))
}

/// Values of up to 64 bytes stand in their slots, unless they are aligned to more.
fn sizes(_: &Stage) -> Verdict {
    of_size::<0, ()>()?;
    of_size::<0, Align128>()?;
    of_size::<1, ()>()?;
    of_size::<8, u64>()?;
    of_size::<64, ()>()?;
    of_size::<64, Align64>()?;
    of_size::<64, Align128>()?;
    of_size::<65, ()>()?;
    of_size::<4096, ()>()?;
    of_size::<128, Align128>()
}
