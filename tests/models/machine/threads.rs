//! The threads of a model, and the machine that they run on: what the kernel knows of them.
//!
//! A thread may be gone before its end: it [dies](die) inside, or the process [forks](fork) and it is no part of
//! the child. None of its further steps [happens].

use core::cell::{Cell, RefCell};
use std::alloc::Layout;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::time::Duration;

use crate::checker::{self, Ordering};

/// What is not the checker's: it is changed only together with a step of the checker's, or decides nothing.
pub(crate) struct Machine {
    pub(crate) now: Cell<Duration>,
    /// Whether time passes while somebody sleeps.
    pub(crate) time_passes: Cell<bool>,
    process: Cell<u32>,
    /// Whether a child is the first of a namespace, and so has the number that its parent has in another.
    pub(crate) has_namespaces: Cell<bool>,
    /// Whether a thread may be gone before its end.
    threads_may_go: Cell<bool>,
    next_number: Cell<u32>,
    /// A signal handler, which interrupts a thread when it registers for the barrier.
    handler: Cell<Option<fn()>>,
    /// When each thread was started.
    started: [Cell<Duration>; 32],
    /// How often the system will allow the barrier.
    pub(crate) barriers_left: Cell<usize>,
    /// Whether the system has memory that is wiped in children.
    pub(crate) wipes: Cell<bool>,
    /// The address of a word, and who sleeps there.
    pub(crate) sleepers: RefCell<Vec<(usize, checker::thread::Thread)>>,
    threads: RefCell<Vec<(u32, checker::thread::JoinHandle<()>)>>,
    pub(crate) mapped: RefCell<Vec<(*mut u8, Layout)>>,
}

std::thread_local! {
    pub(crate) static MACHINE: Machine = const { Machine {
        now: Cell::new(Duration::from_secs(1)),
        time_passes: Cell::new(false),
        process: Cell::new(0),
        has_namespaces: Cell::new(false),
        threads_may_go: Cell::new(false),
        next_number: Cell::new(0),
        handler: Cell::new(None),
        started: [const { Cell::new(Duration::ZERO) }; 32],
        barriers_left: Cell::new(0),
        wipes: Cell::new(true),
        sleepers: RefCell::new(Vec::new()),
        threads: RefCell::new(Vec::new()),
        mapped: RefCell::new(Vec::new()),
    } };
}

/// The first process and its first thread; those of a child.
const PARENT: u32 = 1;
const CHILD: u32 = 2;
/// The numbers of other threads follow this one.
const FIRST_SPAWNED: u32 = 8;

impl Machine {
    /// The machine as each run of a model finds it.
    pub(crate) fn reset() {
        MACHINE.with(|machine| {
            machine.now.set(Duration::from_secs(1));
            machine.time_passes.set(false);
            machine.process.set(PARENT);
            machine.has_namespaces.set(false);
            machine.threads_may_go.set(false);
            machine.next_number.set(FIRST_SPAWNED);
            machine.handler.set(None);
            machine.started.iter().for_each(|started| started.set(Duration::ZERO));
            machine.barriers_left.set(usize::MAX);
            machine.wipes.set(true);
            machine.sleepers.borrow_mut().clear();
            machine.threads.borrow_mut().clear();
            for (start, layout) in machine.mapped.borrow_mut().drain(..) {
                // SAFETY: `System::map` allocated it, and the run that had it is over.
                unsafe { std::alloc::dealloc(start, layout) };
            }
        });
        // Made before there are threads.
        GONE.load(Ordering::Relaxed);
        ME.with(|me| {
            me.number.set(PARENT);
            me.address.set(PARENT as usize);
            me.process.set(PARENT);
        });
    }

    /// A second has passed for all who sleep, and passes for all who go to sleep later.
    fn pass_time(&self) {
        self.time_passes.set(true);
        self.now.set(self.now.get() + Duration::from_secs(1));
        self.wake(|_| true);
    }

    pub(crate) fn wake(&self, is_it: impl Fn(usize) -> bool) {
        let (woken, others): (Vec<_>, Vec<_>) =
            self.sleepers.take().into_iter().partition(|sleeper| is_it(sleeper.0));
        self.sleepers.replace(others);
        woken.iter().for_each(|(_, sleeper)| sleeper.unpark());
    }
}

/// What the kernel knows of a thread.
pub(crate) struct Me {
    pub(crate) number: Cell<u32>,
    pub(crate) address: Cell<usize>,
    pub(crate) process: Cell<u32>,
    is_gone: Cell<bool>,
    last: Cell<Option<fn()>>,
}

checker::lazy_static! {
    /// The threads that are gone, a bit each.
    static ref GONE: checker::AtomicU32 = checker::AtomicU32::new(0);
}

checker::thread_local! {
    pub(crate) static ME: Me = Me {
        number: Cell::new(0),
        address: Cell::new(0),
        process: Cell::new(0),
        is_gone: Cell::new(false),
        last: Cell::new(None),
    };
}

/// What unwinds the stack of a thread that is gone.
struct Gone;

fn bit(number: u32) -> u32 {
    1 << (number % 32)
}

/// The number that the system gives for a process or a thread.
pub(crate) fn seen_as(number: u32) -> u32 {
    let has_namespaces = MACHINE.with(|machine| machine.has_namespaces.get());
    if has_namespaces && number == CHILD { PARENT } else { number }
}

/// Whether the thread of this number runs that was there at the time `since`.
pub(crate) fn is_running(number: u32, since: Duration) -> bool {
    let was_there = MACHINE.with(|machine| machine.started[number as usize % 32].get()) <= since;
    // The newest value, as the kernel knows it.
    was_there && GONE.fetch_or(0, Ordering::AcqRel) & bit(number) == 0
}

/// Whether what the calling thread is about to do happens. Where the thread is gone it does not, and the stack is
/// unwound.
pub(crate) fn happens() -> bool {
    if !MACHINE.with(|machine| machine.threads_may_go.get()) {
        return true;
    }
    let is_gone = ME.with(|me| {
        if !me.is_gone.get() {
            // So that the checker tries a fork between any two steps; the value may be an old one.
            GONE.load(Ordering::Relaxed);
            me.is_gone.set(was_left_behind());
        }
        me.is_gone.get()
    });
    if is_gone && !std::thread::panicking() {
        resume_unwind(Box::new(Gone));
    }
    !is_gone
}

/// Whether the process has forked, and the calling thread is not in the child.
pub(crate) fn was_left_behind() -> bool {
    ME.with(|me| me.process.get()) != MACHINE.with(|machine| machine.process.get())
}

/// Has the calling thread run `last` when it ends.
pub(crate) fn at_thread_exit(last: fn()) {
    ME.with(|me| me.last.set(Some(last)));
}

/// The calling thread is gone from here on, wherever it is. The next look of those who wait for it finds it so.
pub(crate) fn die() -> ! {
    let number = ME.with(|me| me.number.get());
    GONE.fetch_or(bit(number), Ordering::AcqRel);
    MACHINE.with(|machine| {
        machine.threads_may_go.set(true);
        machine.pass_time();
    });
    ME.with(|me| me.is_gone.set(true));
    resume_unwind(Box::new(Gone))
}

/// A thread of this number, which no thread of the model has, is gone.
pub(crate) fn gone(number: u32) {
    GONE.fetch_or(bit(number), Ordering::AcqRel);
}

/// The calling thread does nothing more until the process forks.
pub(crate) fn stay() {
    while happens() {
        checker::thread::yield_now();
    }
}

/// Threads may be gone in this run: a model that forks says so before it starts them.
pub(crate) fn expect_fork() {
    MACHINE.with(|machine| machine.threads_may_go.set(true));
}

/// The first thread goes on in a child process. All others are gone, wherever they were.
pub(crate) fn fork() {
    GONE.fetch_or(bit(PARENT) & !bit(seen_as(CHILD)), Ordering::AcqRel);
    ME.with(|me| {
        me.number.set(CHILD);
        me.process.set(CHILD);
    });
    MACHINE.with(|machine| {
        machine.process.set(CHILD);
        machine.wake(|_| true);
    });
    let others = MACHINE.with(|machine| machine.threads.take());
    others.into_iter().for_each(|(_, thread)| thread.join().unwrap());
    crate::platform::wipe();
}

/// A signal comes when a thread registers for the barrier the next time, as a child does while it takes over.
pub(crate) fn expect_signal(handler: fn()) {
    MACHINE.with(|machine| machine.handler.set(Some(handler)));
}

pub(crate) fn be_interrupted() {
    if let Some(handler) = MACHINE.with(|machine| machine.handler.take()) {
        handler();
    }
}

/// A thread of a model.
pub(crate) struct Thread<R> {
    number: u32,
    result: Rc<Cell<Option<R>>>,
}

/// Lets a result that is not `Send` cross: a checker runs one thread at a time.
struct Crossing<T>(T);

// SAFETY: a checker runs all of a model's threads on one of the kernel's.
unsafe impl<T> Send for Crossing<T> {}

/// Starts a thread.
pub(crate) fn spawn<R: 'static>(body: impl FnOnce() -> R + 'static) -> Thread<R> {
    let number = MACHINE.with(|machine| machine.next_number.get());
    let process = MACHINE.with(|machine| machine.process.get());
    MACHINE.with(|machine| {
        machine.next_number.set(number + 1);
        machine.now.set(machine.now.get() + Duration::from_nanos(1));
        machine.started[number as usize % 32].set(machine.now.get());
    });
    let result = Rc::new(Cell::new(None));
    let crossing = Crossing((body, result.clone()));
    let thread = checker::thread::spawn(move || {
        let Crossing((body, result)) = { crossing };
        ME.with(|me| {
            me.number.set(number);
            me.address.set(number as usize);
            me.process.set(process);
        });
        match catch_unwind(AssertUnwindSafe(|| run(body))) {
            Ok(value) => result.set(Some(value)),
            Err(payload) => forget_if_gone(payload),
        }
    });
    MACHINE.with(|machine| machine.threads.borrow_mut().push((number, thread)));
    Thread { number, result }
}

fn run<R>(body: impl FnOnce() -> R) -> R {
    let value = body();
    if let Some(last) = ME.with(|me| me.last.get()) {
        last();
    }
    if happens() {
        let number = ME.with(|me| me.number.get());
        GONE.fetch_or(bit(number), Ordering::AcqRel);
    }
    value
}

fn forget_if_gone(payload: Box<dyn Any + Send>) {
    if !payload.is::<Gone>() {
        resume_unwind(payload);
    }
}

impl<R> Thread<R> {
    pub(crate) fn is_running(&self) -> bool {
        is_running(self.number, Duration::MAX)
    }

    /// What the thread came to; `None` where it was gone before its end.
    pub(crate) fn join(self) -> Option<R> {
        let thread = MACHINE.with(|machine| {
            let mut threads = machine.threads.borrow_mut();
            let position = threads.iter().position(|(number, _)| *number == self.number);
            position.map(|position| threads.swap_remove(position).1)
        });
        if let Some(thread) = thread {
            thread.join().unwrap();
        }
        self.result.take()
    }
}
