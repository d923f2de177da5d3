//! The ways to keep a handler's table for as long as the C library needs it.
#![cfg(feature = "hub")]

use std::ffi::{c_int, c_short, c_void};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use outlive::{Ended, Exclusive, Held, Shared, TableState, Token, callbacks, ledger};
use outlive_loop::{Interest, Loop};
use outlive_vde::sys::{event_cb, timeval, vde_event_handler};
use outlive_vde::{Hub, LoopHandler, Plug, VdeContext};

const FRAMES: u32 = 200;

fn directory() -> (tempfile::TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let hub = parent.path().join("hub");
    (parent, hub)
}

/// Two plugs that send each other frames, in a thread; it returns how many have arrived.
fn exchange(directory: &Path) -> thread::JoinHandle<u32> {
    let directory = directory.to_owned();
    thread::spawn(move || {
        let plugs = ["one", "two"].map(|name| Plug::connect(&directory, name).unwrap());
        for plug in &plugs {
            plug.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        }
        let mut arrived = 0;
        for number in 0..FRAMES {
            let (from, to) = (&plugs[number as usize % 2], &plugs[(number as usize + 1) % 2]);
            let frame = number.to_ne_bytes().repeat(16);
            from.send(&frame).unwrap();
            let mut got = [0; 2048];
            let length = to.recv(&mut got).unwrap();
            arrived += u32::from(got[..length] == frame);
        }
        arrived
    })
}

/// Turns `event_loop` until the plugs are done.
fn serve(event_loop: &Loop, directory: &Path) -> u32 {
    let exchange = exchange(directory);
    let deadline = Instant::now() + Duration::from_secs(30);
    while !exchange.is_finished() && Instant::now() < deadline {
        event_loop.run_once(Some(Duration::from_millis(10))).unwrap();
    }
    exchange.join().unwrap()
}

fn state_of(id: u64) -> Option<TableState> {
    ledger().tables.iter().find(|entry| entry.id == id).map(|entry| entry.state)
}

#[test]
fn a_context_keeps_its_table_until_c_has_closed_and_releases_it_after() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let (_parent, directory) = directory();
    let context = VdeContext::new(LoopHandler::new(event_loop.clone())).unwrap();
    context.listen(&directory).unwrap();
    assert_eq!(serve(&event_loop, &directory), FRAMES);
    let id = context.handler().id();
    assert!(context.handler().inspect().is_intact());
    assert_eq!(state_of(id), Some(TableState::Live));
    context.close();
    assert_eq!(state_of(id), None);
    assert!(event_loop.is_empty(), "the hub has deleted its events");
    assert!(!directory.exists());
}

#[test]
fn a_leaked_table_serves_contexts_for_the_rest_of_the_process() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let held = Held::local(LoopHandler::new(event_loop.clone())).unwrap();
    let (id, table) = (held.id(), held.as_ptr());
    let handler: &'static LoopHandler = held.leak().unwrap();
    for _ in 0..2 {
        let (_parent, directory) = directory();
        // SAFETY: KEPT: the table is never released.
        let hub = unsafe { Hub::new(table) }.unwrap();
        hub.listen(&directory).unwrap();
        assert_eq!(serve(&event_loop, &directory), FRAMES);
        drop(hub);
        assert_eq!(handler.watchers(), 0);
    }
    assert_eq!(state_of(id), Some(TableState::Live));
}

#[test]
fn a_table_in_memory_that_c_frees_is_not_read_after_the_hand_over() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let (_parent, directory) = directory();
    let held = Held::local(LoopHandler::new(event_loop.clone())).unwrap();
    let table = held.to_malloc().unwrap();
    // SAFETY: KEPT, by the hub itself; the memory is from malloc, and given up here.
    let hub = unsafe { Hub::owning(table) }.unwrap();
    hub.listen(&directory).unwrap();
    assert_eq!(serve(&event_loop, &directory), FRAMES);
    drop(hub); // frees the table
    assert_eq!(held.with(LoopHandler::watchers), Ok(0));
    assert!(held.inspect().is_intact());
    // SAFETY: the hub has ended.
    assert_eq!(unsafe { held.release() }, Ended::Now);
}

thread_local! {
    static HERE: Rc<Loop> = Rc::new(Loop::new().unwrap());
}

/// A handler that may go anywhere: it watches with the loop of whatever thread it is on.
struct Anywhere(Arc<AtomicU32>);

#[callbacks(
    vde_event_handler,
    state = none,
    keep = release,
    required(event_add, event_del, timeout_add, timeout_del)
)]
impl Anywhere {
    fn event_add(
        &self,
        fd: c_int,
        events: c_short,
        _timeout: Option<timeval>,
        cb: event_cb,
        arg: *mut c_void,
    ) -> Option<Token> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let interest = Interest::from_bits_truncate(events);
        // SAFETY: the hub's header lets `cb` be called until `event_del`, which the test waits for.
        HERE.with(|here| unsafe { here.add_c(fd, interest, None, cb?, arg) }.ok())
    }

    #[callback(takes_back)]
    fn event_del(&self, event: Token) {
        HERE.with(|here| here.remove(event));
    }

    fn timeout_add(
        &self,
        timeout: Option<timeval>,
        _events: c_short,
        cb: event_cb,
        arg: *mut c_void,
    ) -> Option<Token> {
        let after = Duration::from_secs(timeout?.tv_sec as u64);
        // SAFETY: as in `event_add`, with `timeout_del`.
        HERE.with(|here| Some(unsafe { here.timer_c(after, true, cb?, arg) }))
    }

    #[callback(takes_back)]
    fn timeout_del(&self, timeout: Token) {
        HERE.with(|here| here.remove(timeout));
    }
}

#[test]
fn a_table_moved_into_a_thread_lives_as_long_as_the_thread_needs_it() {
    let calls = Arc::new(AtomicU32::new(0));
    let held: Held<_, Shared> = Held::new(Anywhere(calls.clone())).unwrap();
    let id = held.id();
    let (_parent, directory) = directory();
    let hub = thread::spawn(move || {
        let context = VdeContext::with_table(held).unwrap();
        context.listen(&directory).unwrap();
        HERE.with(|here| serve(here, &directory))
    });
    assert_eq!(hub.join().unwrap(), FRAMES);
    assert!(calls.load(Ordering::Relaxed) > 0);
    assert_eq!(state_of(id), None);
}

#[test]
fn a_table_moved_into_a_task_lives_as_long_as_the_task() {
    let held: Held<_, Exclusive> = Held::exclusive(Anywhere(Arc::default())).unwrap();
    let id = held.id();
    let (_parent, directory) = directory();
    let task = async move {
        let context = VdeContext::with_table(held).unwrap();
        context.listen(&directory).unwrap();
        let exchange = exchange(&directory);
        std::future::poll_fn(|task| {
            HERE.with(|here| here.run_once(Some(Duration::from_millis(1)))).unwrap();
            task.waker().wake_by_ref();
            if exchange.is_finished() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        exchange.join().unwrap()
    };
    assert_eq!(pollster::block_on(task), FRAMES);
    assert_eq!(state_of(id), None);
}

#[test]
fn a_task_that_is_dropped_half_way_closes_c_first() {
    let held: Held<_, Exclusive> = Held::exclusive(Anywhere(Arc::default())).unwrap();
    let id = held.id();
    let (_parent, directory) = directory();
    let path = directory.clone();
    let mut task = Box::pin(async move {
        let context = VdeContext::with_table(held).unwrap();
        context.listen(&directory).unwrap();
        std::future::pending::<()>().await;
        drop(context);
    });
    let mut nobody = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(task.as_mut().poll(&mut nobody).is_pending());
    assert!(path.exists());
    drop(task);
    assert!(!path.exists());
    assert_eq!(state_of(id), None);
}
