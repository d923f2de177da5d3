//! Callbacks by which C allocates: on their way nothing allocates, waits for a lock, or depends on what the process is
//! doing, be the call served or refused.
//!
//! The allocator of this program counts, and can have C call the host in each allocation.
//!
//! Caught: an allocation on the general way in, a line that takes the lock of `std::io::stderr`.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ffi::c_void;
use std::alloc::System;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use outlive::{Callback, Ended, Held, callbacks, ledger};
use outlive_tests::sys::{
    channel_cb, heap, heap_allocator, heap_close, heap_grow, heap_methods, heap_open, heap_use,
    heap_use_allocator,
};
use outlive_tests::{incidents, wait};

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: it is the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note();
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

std::thread_local! {
    /// How often the thread has used the allocator.
    static USES: Cell<usize> = const { Cell::new(0) };
    /// What each use of the allocator by this thread calls, if anything.
    static CALLED: Cell<Option<heap_methods>> = const { Cell::new(None) };
    static IS_CALLING: Cell<bool> = const { Cell::new(false) };
}

/// How many of these calls were served, and how many uses there were in them.
static SERVED: AtomicUsize = AtomicUsize::new(0);
static NESTED: AtomicUsize = AtomicUsize::new(0);

fn note() {
    USES.set(USES.get() + 1);
    if IS_CALLING.get() {
        NESTED.fetch_add(1, Ordering::SeqCst);
    } else if let Some(methods) = CALLED.get() {
        IS_CALLING.set(true);
        // SAFETY: its functions are those of a table that was leaked.
        let served = unsafe { heap_use(&methods) };
        SERVED.fetch_add(served as usize, Ordering::SeqCst);
        IS_CALLING.set(false);
    }
}

/// How often `f` uses this program's allocator, on this thread.
fn uses(f: impl FnOnce()) -> usize {
    let before = USES.get();
    f();
    USES.get() - before
}

/// What allocates for C, and counts the blocks that C has.
#[derive(Clone, Default)]
struct Blocks(Arc<AtomicUsize>);

impl Blocks {
    fn take(&self, size: usize) -> *mut c_void {
        // SAFETY: malloc takes any size.
        let memory = unsafe { libc::malloc(size) };
        self.0.fetch_add(usize::from(!memory.is_null()), Ordering::SeqCst);
        memory
    }

    fn give(&self, memory: *mut c_void) {
        self.0.fetch_sub(1, Ordering::SeqCst);
        // SAFETY: C gives back what it was given.
        unsafe { libc::free(memory) };
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

struct Methods(Blocks);

#[callbacks(heap_methods, state = none, instances = 8, keep = release)]
impl Methods {
    fn allocate(&self, size: usize) -> *mut c_void {
        self.0.take(size)
    }

    #[callback(takes_back, fallback = unsafe { libc::free(memory) })]
    fn release(&self, memory: *mut c_void) {
        self.0.give(memory);
    }

    fn resize(&self, memory: *mut c_void, size: usize) -> *mut c_void {
        // SAFETY: C resizes what it was given.
        unsafe { libc::realloc(memory, size) }
    }
}

struct Allocator(Blocks);

#[callbacks(heap_allocator, state = arg, user_data = first, user_data_member = opaque)]
impl Allocator {
    fn allocate(&self, count: usize, size: usize) -> *mut c_void {
        self.0.take(count * size)
    }

    #[callback(fallback = unsafe { libc::free(memory) })]
    fn release(&self, memory: *mut c_void) {
        self.0.give(memory);
    }
}

/// Runs `f` on a thread that has called nothing.
fn on_a_new_thread<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| scope.spawn(f).join().unwrap())
}

/// C's side: whether there was memory.
fn is_served(methods: &Held<Methods>) -> bool {
    // SAFETY: the table is there while the handle is.
    unsafe { heap_use(methods.as_ptr()) != 0 }
}

fn is_served_by(allocator: &Held<Allocator>) -> bool {
    // SAFETY: as above.
    unsafe { heap_use_allocator(allocator.as_ptr()) != 0 }
}

/// Memory that C has. It may move to any thread.
struct Heap(*mut heap);

// SAFETY: one thread at a time has it.
unsafe impl Send for Heap {}

impl Heap {
    fn open(methods: &Held<Methods>) -> Self {
        // SAFETY: the table stays until the release, which comes later.
        let heap = unsafe { heap_open(methods.as_ptr()) };
        assert!(!heap.is_null());
        Heap(heap)
    }

    fn grows(&self) -> bool {
        // SAFETY: it is open.
        unsafe { heap_grow(self.0) != 0 }
    }

    fn close(self) {
        // SAFETY: it is open, and is used no more.
        unsafe { heap_close(self.0) };
    }
}

#[test]
fn a_served_call_allocates_nothing_the_first_of_a_thread_neither() {
    let methods = Held::new(Methods(Blocks::default())).unwrap();
    let allocator = Held::new(Allocator(Blocks::default())).unwrap();
    for is_served in
        [&|| is_served(&methods), &|| is_served_by(&allocator)] as [&(dyn Fn() -> bool + Sync); 2]
    {
        on_a_new_thread(|| {
            for _ in 0..2 {
                assert_eq!(uses(|| assert!(is_served())), 0);
            }
        });
    }
}

#[test]
fn memory_that_c_has_is_released_after_the_end_without_an_allocation() {
    let blocks = Blocks::default();
    let methods = Held::new(Methods(blocks.clone())).unwrap();
    let heap = Heap::open(&methods);
    assert!(blocks.count() > 1);
    assert_eq!(methods.revoke(), Ended::Serving);
    on_a_new_thread(|| {
        assert_eq!(uses(|| assert!(!heap.grows(), "there is no more memory")), 0);
        assert_eq!(uses(|| heap.close()), 0);
    });
    assert_eq!(blocks.count(), 0);
    // SAFETY: C has closed.
    assert_eq!(unsafe { methods.release() }, Ended::Now);
}

#[test]
fn a_refused_call_allocates_nothing_and_says_so_without_the_locks_of_stderr() {
    let allocator = Arc::new(Held::new(Allocator(Blocks::default())).unwrap());
    let methods = Arc::new(Held::new(Methods(Blocks::default())).unwrap());
    assert_eq!(allocator.revoke(), Ended::Now);
    assert_eq!(methods.revoke(), Ended::Serving);
    let (by_allocator, by_methods) = (allocator.clone(), methods.clone());
    let stderr = std::io::stderr().lock();
    let calls = thread::spawn(move || {
        // The first writes its line.
        for _ in 0..3 {
            assert_eq!(uses(|| assert!(!is_served_by(&by_allocator))), 0);
            assert_eq!(uses(|| assert!(!is_served(&by_methods))), 0);
        }
    });
    wait::until(|| calls.is_finished());
    drop(stderr);
    calls.join().unwrap();
    for id in [allocator.id(), methods.id()] {
        let late = incidents::of(id, 3);
        assert!(late.iter().all(|incident| incident.callback() == "allocate"), "{late:?}");
    }
}

#[test]
fn a_refused_release_frees_by_its_fallback() {
    let blocks = Blocks::default();
    let allocator = Held::new(Allocator(blocks.clone())).unwrap();
    let table = allocator.table();
    // SAFETY: the functions take any user data.
    let memory = unsafe { table.allocate.unwrap()(table.opaque, 1, 8) };
    assert_eq!(allocator.revoke(), Ended::Now);
    // SAFETY: as above; the memory is what was given.
    assert_eq!(uses(|| unsafe { table.release.unwrap()(table.opaque, memory) }), 0);
    assert_eq!(blocks.count(), 1, "the host was not called");
}

/// Whatever the library does meanwhile, with whatever lock: where it allocates, C calls.
#[test]
fn a_call_is_served_inside_of_every_allocation() {
    let methods = Held::new(Methods(Blocks::default())).unwrap();
    let table = *methods.table();
    let _: &Methods = methods.leak().unwrap();
    wait::without_deadlock(|| {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    CALLED.set(Some(table));
                    work();
                });
            }
        });
    });
    assert!(SERVED.load(Ordering::SeqCst) > 1000, "{SERVED:?}");
    assert_eq!(NESTED.load(Ordering::SeqCst), 0, "a call has allocated");
}

/// What a host does with the library.
fn work() {
    for n in 0..100 {
        let large = [n; 100];
        let add = Callback::<channel_cb>::new_or(-1, move |value| value + large[0]).unwrap();
        let methods = Held::new(Methods(Blocks::default())).unwrap();
        assert!(is_served(&methods));
        let _ = outlive::revoke_all(&[&add, &methods]);
        assert!(!ledger().to_string().is_empty());
        assert!(methods.inspect().is_intact());
        // SAFETY: C does not know it.
        let _ = unsafe { add.release() };
        // SAFETY: as above.
        let _ = unsafe { methods.release() };
        drop(Held::new(Allocator(Blocks::default())).unwrap());
    }
}
