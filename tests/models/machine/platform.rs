//! The system of the models, in the place of the core's.

use core::alloc::Layout;
use core::ffi::c_void;
use core::ptr::NonNull;
use std::alloc::alloc_zeroed;
use std::time::Duration;

use crate::checker;
use crate::primitive::{AtomicU32, Ordering, per_process};
use crate::threads::{self, MACHINE, ME};

/// The traits of these names have in the core what is inherent here.
pub(crate) trait Platform {}
pub(crate) trait Pages {}
pub(crate) trait CLibrary {}

pub(crate) enum System {}

/// The size of a page.
pub(crate) const PAGE: usize = 64;

per_process! { static WIPED: AtomicU32 = AtomicU32::new(0); }

/// What the kernel does with the memory of a child.
pub(crate) fn wipe() {
    WIPED.store(0, Ordering::SeqCst);
}

impl System {
    pub(crate) const LOCKED_AT_THREAD_EXIT: bool = false;

    pub(crate) fn register_barrier() -> bool {
        threads::be_interrupted();
        true
    }

    /// Loom has no asymmetric fences: the full fences around this one do its work, and the light sides take full
    /// fences too.
    pub(crate) fn barrier() -> bool {
        MACHINE.with(|machine| {
            let left = machine.barriers_left.get();
            machine.barriers_left.set(left.saturating_sub(1));
            left > 0
        })
    }

    pub(crate) fn process() -> u32 {
        threads::seen_as(ME.with(|me| me.process.get()))
    }

    pub(crate) fn thread() -> u32 {
        threads::seen_as(ME.with(|me| me.number.get()))
    }

    pub(crate) fn is_first_thread() -> bool {
        System::thread() == System::process()
    }

    pub(crate) fn thread_address<T>(_: &T) -> usize {
        ME.with(|me| me.address.get()) << 6
    }

    pub(crate) fn is_kept<T>(_: &T) -> bool {
        true
    }

    pub(crate) fn now() -> u64 {
        MACHINE.with(|machine| machine.now.get().as_nanos() as u64)
    }

    pub(crate) fn mark() -> u64 {
        System::now()
    }

    pub(crate) fn is_running(thread: u32, since: u64) -> bool {
        threads::is_running(thread, Duration::from_nanos(since))
    }

    pub(crate) fn thread_name(_: u32) -> &'static str {
        ""
    }

    /// It never returns early, and goes on only when it is woken, or when time passes: a wake-up that is lost is a
    /// deadlock, which the checker finds.
    pub(crate) fn park(word: &AtomicU32, expected: u32, limit: Duration) {
        // This reads the newest value, and nobody comes between the look and the sleep.
        if word.fetch_or(0, Ordering::Relaxed) != expected || threads::was_left_behind() {
            return;
        }
        let is_short = limit < Duration::from_secs(1);
        let is_asleep = MACHINE.with(|machine| {
            if is_short || machine.time_passes.get() {
                machine.now.set(machine.now.get() + limit);
                return false;
            }
            let sleeper = (core::ptr::from_ref(word).addr(), checker::thread::current());
            machine.sleepers.borrow_mut().push(sleeper);
            true
        });
        if is_asleep { checker::thread::park() } else { checker::thread::yield_now() }
    }

    pub(crate) fn wake_all(word: &AtomicU32) {
        // So that the checker tries this before and after a sleeper's look.
        word.fetch_or(0, Ordering::Relaxed);
        MACHINE.with(|machine| {
            machine.wake(|asleep_at| asleep_at == core::ptr::from_ref(word).addr())
        });
    }

    pub(crate) fn word_wiped_in_children() -> Option<&'static AtomicU32> {
        MACHINE.with(|machine| machine.wipes.get()).then(|| &*WIPED)
    }

    pub(crate) fn are_roots(_: NonNull<u8>, _: usize) {}

    pub(crate) fn map(length: usize, align: usize) -> Option<NonNull<u8>> {
        let layout = Layout::from_size_align(length, align).ok()?;
        // SAFETY: no length is 0.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        MACHINE.with(|machine| machine.mapped.borrow_mut().push((start.as_ptr(), layout)));
        Some(start)
    }

    pub(crate) fn reserve(length: usize, align: usize) -> Option<NonNull<u8>> {
        System::map(length, align)
    }

    /// # Safety
    ///
    /// None is asked for: what is reserved is memory.
    pub(crate) unsafe fn commit(_: NonNull<u8>, _: usize, _: bool) -> bool {
        true
    }

    /// # Safety
    ///
    /// None is asked for.
    pub(crate) unsafe fn seal(_: NonNull<u8>, _: usize, _: bool) -> bool {
        true
    }

    pub(crate) fn malloc(_: Layout) -> Option<NonNull<u8>> {
        None
    }

    /// # Safety
    ///
    /// It is never called.
    pub(crate) unsafe fn free(_: NonNull<u8>) {
        unreachable!()
    }

    pub(crate) fn page_size() -> usize {
        PAGE
    }

    pub(crate) fn keep_errno<R>(body: impl FnOnce() -> R) -> R {
        body()
    }

    pub(crate) fn errno() -> i32 {
        0
    }

    pub(crate) fn set_errno(_: i32) {}

    pub(crate) fn write_stderr(_: &[u8]) {}

    pub(crate) fn pin(_: *const c_void) {}

    pub(crate) fn symbol(_: *const c_void) -> Option<String> {
        None
    }

    pub(crate) fn on_exit(_: extern "C" fn()) {}

    pub(crate) fn seed() -> u32 {
        1
    }
}
