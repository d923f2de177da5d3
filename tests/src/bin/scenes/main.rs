//! What happens to a whole process: the tests run a scene and read what it wrote.

#[cfg(unix)]
mod little_memory;

use core::ffi::{c_char, c_int, c_void};
use core::sync::atomic::{AtomicUsize, Ordering};

use outlive::{Held, callbacks, ledger, on_incident};
use outlive_tests::host::{OnEvent, on_event, plain_event};
use outlive_tests::keeper::{Keeper, Plain};
use outlive_tests::sys::{keeper_table, stream_close_on_thread, stream_read, stream_table};

fn main() {
    let scene = std::env::args().nth(1).unwrap_or_default();
    match scene.as_str() {
        "call-at-exit" => call_at_exit(),
        "late-at-exit" => late_at_exit(),
        "late-calls" => late_calls(),
        "without-stderr" => without_stderr(),
        "late-after-release" => late_after_release(),
        "many-tables" => many_tables(),
        "never-released" => never_released(),
        "released" => released(),
        "dropped" => dropped(),
        "hooked" => hooked(),
        #[cfg(unix)]
        "no-memory" => little_memory::no_memory(),
        #[cfg(unix)]
        "found-by-address-in-little" => little_memory::found_by_address_in_little(),
        "fifty-never-released" => fifty_never_released(),
        "panicking-hook" => panicking_hook(),
        "panic-aborts" => panic_aborts(),
        "panic-while-looking-aborts" => panic_while_looking_aborts(),
        "refusal-aborts" => refusal_aborts(),
        "thread-exit-inside" => thread_exit_inside(),
        "thread-exit-while-looking" => thread_exit_while_looking(),
        "slow-after-many-lines" => {
            many_tables();
            slow_close();
        }
        "thread-exit-after-many-lines" => {
            many_tables();
            thread_exit_inside();
        }
        other => panic!("no scene {other:?}"),
    }
}

/// A panic in a table that asks to abort.
fn panic_aborts() {
    struct Strict;
    #[callbacks(keeper_table, state = arg, panic = abort)]
    impl Strict {
        #[callback(fallback = -1)]
        fn on_event(&self, value: c_int) -> c_int {
            assert!(value > 0, "not positive");
            value
        }
    }
    let held = Held::new(Strict).unwrap();
    let keeper = Keeper::of(&held);
    println!("{}", keeper.call(3));
    keeper.call(0);
    println!("still here");
}

/// A panic in what looks for the user data, in a table that asks to abort.
fn panic_while_looking_aborts() {
    struct Strict;
    #[callbacks(stream_table, state = arg, panic = abort)]
    impl Strict {
        #[callback(fallback = -1, user_data = { assert!(value > 0, "not positive"); file })]
        fn read(&self, file: *mut c_void, value: c_int) -> c_int {
            value
        }
    }
    let held = Held::new(Strict).unwrap();
    let call = |value| {
        // SAFETY: the table is sealed for good, and takes any user data.
        unsafe { stream_read(held.as_ptr(), held.user_data(), value) }
    };
    println!("{}", call(3));
    call(0);
    println!("still here");
}

/// A call after the end of a table whose refusal C cannot survive.
fn refusal_aborts() {
    struct Lock;
    #[callbacks(keeper_table, state = arg)]
    impl Lock {
        #[callback(refuse = abort)]
        fn on_event(&self, value: c_int) -> c_int {
            value
        }
    }
    let held = Held::new(Lock).unwrap();
    let keeper = Keeper::of(&held);
    println!("{}", keeper.call(3));
    let _ = held.revoke();
    keeper.call(3);
    println!("still here");
}

/// Calls that come when nothing is left of their registration, of two callbacks.
fn late_after_release() {
    /// As C declares it.
    #[repr(C)]
    pub struct listener {
        pub first: Option<unsafe extern "C" fn(arg: *mut c_void)>,
        pub second: Option<unsafe extern "C" fn(arg: *mut c_void)>,
    }
    struct Listener;
    #[callbacks(listener, state = arg)]
    impl Listener {
        fn first(&self) {}
        fn second(&self) {}
    }
    for _ in 0..3 {
        let held = Held::new(Listener).unwrap();
        // SAFETY: the table is held.
        let listener { first, second } = unsafe { held.as_ptr().read() };
        let user_data = held.user_data();
        // SAFETY: C goes on with the user data, on purpose, and not with the table.
        let _ = unsafe { held.release() };
        for function in [first, second] {
            // SAFETY: the function may be called with any user data.
            unsafe { function.unwrap()(user_data) };
        }
    }
}

type Doubler = fn(&outlive::Call<'_>, c_int) -> c_int;

fn doubler() -> Held<OnEvent<Doubler>> {
    Held::new(OnEvent(double as Doubler)).unwrap()
}

fn double(_: &outlive::Call<'_>, value: c_int) -> c_int {
    value * 2
}

fn call_at_exit() {
    let held = doubler();
    Keeper::of(&held).call_at_exit(21);
    held.leak().unwrap();
}

fn late_at_exit() {
    let held = doubler();
    Keeper::of(&held).call_at_exit(21);
    drop(held);
}

/// Many late calls of two kinds into two tables.
/// Nobody has told the library, which then has nowhere to write.
fn without_stderr() {
    close_stderr();
    late_calls();
    println!("still here");
}

#[cfg(unix)]
fn close_stderr() {
    // SAFETY: nothing else in this process has the descriptor.
    assert_eq!(unsafe { libc::close(libc::STDERR_FILENO) }, 0);
}

#[cfg(windows)]
fn close_stderr() {
    unsafe extern "system" {
        safe fn SetStdHandle(which: u32, handle: *mut c_void) -> c_int;
    }
    assert_ne!(SetStdHandle(-12_i32 as u32, core::ptr::null_mut()), 0);
}

fn late_calls() {
    let held = doubler();
    let local = Held::local(on_event(|_, value| value)).unwrap();
    let (keeper, of_local) = (Keeper::of(&held), Keeper::of(&local));
    let _ = held.revoke();
    for _ in 0..1000 {
        assert_eq!(keeper.call(1), -1);
        assert_eq!(of_local.call_from_thread(1), -1);
    }
    let entry = ledger().tables.into_iter().find(|one| one.id == held.id()).unwrap();
    println!("refused: {}", entry.refused);
    release(held);
    release(local);
}

/// One late call into each of many tables.
fn many_tables() {
    for _ in 0..500 {
        let held = doubler();
        let keeper = Keeper::of(&held);
        let _ = held.revoke();
        assert_eq!(keeper.call(1), -1);
        release(held);
    }
}

/// A close that waits for more than a second.
fn slow_close() {
    let held = Held::new(on_event(|_, value| {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        value
    }))
    .unwrap();
    let keeper = Keeper::of(&held);
    let job = keeper.start(1);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(held.revoke(), outlive::Ended::Now);
    assert_eq!(job.join(), 1);
}

fn never_released() {
    let held = doubler();
    let plain = Held::new(plain_event(|_, value| value)).unwrap();
    assert_eq!(Plain::of(&plain).call(1), 1);
    let _ = held.revoke();
    core::mem::forget(plain);
}

fn released() {
    let held = doubler();
    assert_eq!(Keeper::of(&held).call(1), 2);
    release(held);
}

/// Handles that are dropped, in the middle of a program and at its end.
fn dropped() {
    for _ in 0..10 {
        drop(doubler());
    }
    core::mem::forget(doubler());
    drop(doubler());
}

/// Late calls, of which a hook hears.
fn hooked() {
    static HEARD: AtomicUsize = AtomicUsize::new(0);
    on_incident(|incident| {
        assert_eq!(incident.kind(), outlive::IncidentKind::LateCall);
        HEARD.fetch_add(1, Ordering::Relaxed);
    });
    for _ in 0..10 {
        let held = doubler();
        let keeper = Keeper::of(&held);
        let _ = held.revoke();
        assert_eq!(keeper.call(1), -1);
    }
    outlive::deliver_incidents();
    println!("late call: {}", HEARD.load(Ordering::Relaxed));
}

fn fifty_never_released() {
    for _ in 0..50 {
        drop(doubler());
    }
}

/// The hook's panic stays in the library.
fn panicking_hook() {
    on_incident(|_| panic!("the hook"));
    let held = doubler();
    let keeper = Keeper::of(&held);
    let _ = held.revoke();
    assert_eq!(keeper.call(1), -1);
    outlive::deliver_incidents();
    println!("went on");
}

fn release<T: outlive::Callbacks + 'static, K: outlive::Threads>(held: Held<T, K>) {
    // SAFETY: C calls no more; the tables are statics.
    let _ = unsafe { held.release() };
}

/// C ends the thread from inside a callback.
fn thread_exit_inside() {
    // SAFETY: the frames up to the trampoline may be unwound.
    let held = Held::new(on_event(|_, _| unsafe { pthread_exit(core::ptr::null_mut()) })).unwrap();
    Keeper::of(&held).call_from_thread(1);
    println!("still here");
}

unsafe extern "C-unwind" {
    fn pthread_exit(value: *mut c_void) -> !;
}

/// C ends its thread in what looks for the user data.
fn thread_exit_while_looking() {
    struct File;
    #[callbacks(stream_table, state = arg)]
    impl File {
        // SAFETY: the frames up to the trampoline may be unwound.
        #[callback(fallback = -1, user_data = if file.is_null() { unsafe { pthread_exit(file) } } else { file })]
        fn close(&self, file: *mut c_void, _error: *mut *const c_char) -> c_int {
            0
        }
    }
    let held = Held::new(File).unwrap();
    for file in [held.user_data(), core::ptr::null_mut()] {
        // SAFETY: the table is sealed for good, and takes any user data.
        println!("{}", unsafe { stream_close_on_thread(held.as_ptr(), file) });
    }
    println!("still here");
}
