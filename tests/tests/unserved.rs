//! What C gets for a call that was not served: by what kept it from being served, and with C's own arguments.
//!
//! Caught when taken out: each arm of the fallback, the reason that `call` gives, `refuse = abort`.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use outlive::{Held, IncidentKind, callbacks, is_inside};
use outlive_tests::host::hold;
use outlive_tests::incidents;
use outlive_tests::keeper::Keeper;
use outlive_tests::process::{is_aborted, lines, scene};
use outlive_tests::sys::{
    keeper_mode, keeper_table, stream_close, stream_hooks, stream_note, stream_read,
    stream_shutdown, stream_table,
};

const REFUSED: c_int = -1;
const LATE: c_int = -2;
const PANICKED: c_int = -3;

enum Mode {
    Idle,
}

impl TryFrom<keeper_mode> for Mode {
    type Error = ();

    fn try_from(mode: keeper_mode) -> Result<Self, ()> {
        if mode == 0 { Ok(Mode::Idle) } else { Err(()) }
    }
}

/// Panics for 0, and calls itself for 1.
struct Host;

#[callbacks(keeper_table, state = arg)]
impl Host {
    #[callback(fallback = REFUSED, late = LATE - value, panicked = PANICKED - value, errno = libc::ECANCELED)]
    fn on_event(&self, value: c_int) -> c_int {
        assert_ne!(value, 0, "on purpose");
        value
    }

    #[callback(fallback = REFUSED, late = LATE)]
    fn on_mode(&self, #[try_from] mode: Mode) -> c_int {
        match mode {
            Mode::Idle => 7,
        }
    }
}

#[test]
fn a_late_call_and_one_that_panicked_are_told_apart() {
    for has_called in [false, true] {
        let held = Held::new(Host).unwrap();
        let keeper = Keeper::of(&held);
        assert!(!has_called || keeper.call(5) == 5);
        assert_eq!(keeper.call_errno(0, 0), (PANICKED, libc::ECANCELED));
        assert_eq!(keeper.call_errno(6, 0), (6, 0));
        let _ = held.revoke();
        assert_eq!(keeper.call_errno(6, 0), (LATE - 6, libc::ECANCELED));
        assert_eq!(keeper.call_errno(0, 0), (LATE, libc::ECANCELED), "nothing ran");
    }
}

#[test]
fn a_bad_argument_is_neither_late_nor_a_panic() {
    let held = Held::new(Host).unwrap();
    // SAFETY: the table is live.
    let on_mode = unsafe { (*held.as_ptr()).on_mode }.unwrap();
    // SAFETY: the callback takes any number and any user data.
    let call = |mode| unsafe { on_mode(mode, held.user_data()) };
    assert_eq!([call(0), call(9)], [7, REFUSED]);
    let _ = held.revoke();
    assert_eq!([call(0), call(9)], [LATE, LATE]);
}

#[test]
fn a_call_on_another_thread_or_of_another_type_is_not_late() {
    let held = Held::local(Host).unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!(thread::scope(|scope| scope.spawn(|| keeper.call(5)).join().unwrap()), REFUSED);
    let other = hold(|_, value| value);
    // SAFETY: the table is live.
    let on_event = unsafe { (*held.as_ptr()).on_event }.unwrap();
    // SAFETY: the callback takes any user data.
    assert_eq!(unsafe { on_event(5, other.user_data()) }, REFUSED);
    assert_eq!(keeper.call(5), 5);
    drop(held);
    assert_eq!(thread::scope(|scope| scope.spawn(|| keeper.call(5)).join().unwrap()), LATE - 5);
}

#[test]
fn a_concurrent_call_is_not_late() {
    let held = Held::exclusive(Host).unwrap();
    let keeper = Keeper::of(&held);
    let inside = held.with(|_| keeper.call(5));
    assert_eq!((inside, keeper.call(5)), (Ok(REFUSED), 5));
    assert_eq!(incidents::only(held.id(), IncidentKind::ConcurrentCall).count(), 1);
}

/// A table without user data, and one whose last call is refused.
struct Plain;

#[callbacks(stream_hooks, state = none)]
impl Plain {
    #[callback(fallback = REFUSED, late = LATE, panicked = PANICKED)]
    fn note(&self, value: c_int) -> c_int {
        assert_ne!(value, 0, "on purpose");
        value
    }

    #[callback(unsafe(last), fallback = REFUSED, late = LATE)]
    fn shutdown(&self) -> c_int {
        0
    }
}

static FREED: AtomicUsize = AtomicUsize::new(0);

struct Stream;

#[callbacks(stream_table, state = arg, user_data = first)]
impl Stream {
    #[callback(panicked = PANICKED, fallback = REFUSED)]
    fn read(&self, value: c_int) -> c_int {
        assert_ne!(value, 0, "on purpose");
        value
    }

    #[callback(last, late = { FREED.fetch_add(1, Ordering::Relaxed); LATE }, fallback = REFUSED)]
    fn close(&self, _error: *mut *const c_char) -> c_int {
        0
    }
}

#[test]
fn it_holds_without_user_data_and_for_a_last_call() {
    let held = Held::new(Plain).unwrap();
    let table = held.as_ptr();
    // SAFETY: the table is a static.
    let note = |value| unsafe { stream_note(table, value) };
    assert_eq!([note(3), note(0)], [3, PANICKED]);
    let _ = held.revoke();
    // SAFETY: as above.
    assert_eq!([note(3), unsafe { stream_shutdown(table) }], [LATE; 2]);

    let held = Held::new(Stream).unwrap();
    let (table, file): (_, *mut c_void) = (held.as_ptr(), held.user_data());
    // SAFETY: the table is a static, and takes any user data.
    let read = |value| unsafe { stream_read(table, file, value) };
    assert_eq!([read(3), read(0)], [3, PANICKED]);
    drop(held);
    // SAFETY: as above.
    assert_eq!((read(3), unsafe { stream_close(table, file) }), (REFUSED, LATE));
    // SAFETY: as above.
    assert_eq!(unsafe { stream_close(table, ptr::null_mut()) }, REFUSED);
    assert_eq!(FREED.load(Ordering::Relaxed), 1, "what C counts on was done");
}

/// What it says where it is not served: whether that runs inside.
struct Asking;

#[callbacks(keeper_table, state = arg)]
impl Asking {
    #[callback(fallback = c_int::from(is_inside()), panicked = 10 + c_int::from(is_inside()))]
    fn on_event(&self, value: c_int) -> c_int {
        assert_ne!(value, 0, "on purpose");
        value
    }
}

#[test]
fn what_stands_in_for_the_method_is_inside_as_well() {
    let held = Held::new(Asking).unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!((keeper.call(0), is_inside()), (11, false));
    let _ = held.revoke();
    assert_eq!((keeper.call(5), is_inside()), (1, false));
}

#[test]
fn a_refusal_that_c_cannot_survive_ends_the_process_by_name() {
    let output = scene(env!("CARGO_BIN_EXE_scenes"), "refusal-aborts");
    assert!(is_aborted(output.status));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "3\n");
    let [late, abort] = &lines(&output)[..] else { panic!("{output:?}") };
    assert!(late.contains("late call: keeper_table.on_event"), "{late}");
    assert!(abort.contains("on_event was not served, and its block asks to abort"), "{abort}");
}

/// C gives its buffer away with the call.
#[repr(C)]
#[allow(non_camel_case_types)]
struct sink {
    take: Option<unsafe extern "C" fn(buffer: *mut c_char, len: usize, arg: *mut c_void) -> c_int>,
}

static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// C's buffer, which whoever has it frees.
struct Buffer(*mut c_char);

impl Drop for Buffer {
    fn drop(&mut self) {
        TAKEN.fetch_add(1, Ordering::Relaxed);
        // SAFETY: C has given it away, and nobody else has it.
        unsafe { libc::free(self.0.cast()) };
    }
}

struct Sink;

#[callbacks(sink, state = arg)]
impl Sink {
    // A method that panics has the buffer already; one that does not run leaves it to the fallback.
    #[callback(fallback = { drop(Buffer(buffer)); REFUSED }, panicked = PANICKED)]
    fn take(&self, buffer: *mut c_char, len: usize) -> c_int {
        let _buffer = Buffer(buffer);
        assert_ne!(len, 0, "on purpose");
        0
    }
}

#[test]
fn a_buffer_that_c_gives_away_is_freed_once_however_the_call_goes() {
    let held = Held::new(Sink).unwrap();
    // SAFETY: the table is a static.
    let (take, arg) = (unsafe { (*held.as_ptr()).take }.unwrap(), held.user_data());
    // SAFETY: it has no preconditions.
    let buffer = |len| unsafe { libc::malloc(len + 1) }.cast();
    // SAFETY: the callback takes a buffer from `malloc`, and any user data.
    let give = |len| unsafe { take(buffer(len), len, arg) };
    assert_eq!(([give(7), give(0)], TAKEN.load(Ordering::Relaxed)), ([0, PANICKED], 2));
    drop(held);
    assert_eq!((give(7), TAKEN.load(Ordering::Relaxed)), (REFUSED, 3));
}
