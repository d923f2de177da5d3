//! What the engine asks of the operating system.

use core::alloc::Layout;
use core::ffi::c_void;
use core::fmt;
use core::ptr::NonNull;
use std::time::Duration;

use crate::primitive::AtomicU32;

/// The system that the program runs on.
pub(crate) enum System {}

/// Threads, processes and time.
///
/// Nothing here, or in the other traits, allocates or takes a lock of ours, and `errno` stays as it is, unless a
/// function says otherwise.
pub(crate) trait Platform {
    /// Whether a thread that ends has a lock which those inside may want (the loader's), so that no close is to wait for
    /// them there.
    const LOCKED_AT_THREAD_EXIT: bool = false;

    /// Registers the process for [`barrier`](Platform::barrier); `false` where that will not work.
    fn register_barrier() -> bool;

    /// Makes every other running thread of the process pass a full memory barrier; `false` where the
    /// system refuses.
    fn barrier() -> bool;

    /// The kernel's number of the calling process.
    fn process() -> u32;

    /// The kernel's number of the calling thread, never 0. It is asked for anew each time, for a child
    /// process has another.
    fn thread() -> u32;

    /// Whether the calling thread is the one that its process began with: in a child, the one that made it.
    fn is_first_thread() -> bool;

    /// The address of the calling thread's locals, of which `local` is one. No two threads that run
    /// have the same.
    fn thread_address<T>(local: &T) -> usize;

    /// Whether `local`, one of the calling thread's locals, is where such are kept. It is not where the program was
    /// linked wrong.
    fn is_kept<T>(_local: &T) -> bool {
        true
    }

    /// What tells the calling thread from one that ended before and had its number, for
    /// [`is_running`](Platform::is_running): when it began, or a time since then.
    fn mark() -> u64;

    /// Whether this process still has the thread of the number `thread` that had this [`mark`](Platform::mark). A
    /// thread that has ended and not been collected does not run. `true` where the system does not say.
    fn is_running(thread: u32, mark: u64) -> bool;

    /// The name of a thread of this process, as the system has it. The system may allocate.
    fn thread_name(thread: u32) -> ThreadName;

    /// Sleeps while `word` is `expected`, for `limit` at most; it may return early. It is no
    /// cancellation point.
    fn park(word: &AtomicU32, expected: u32, limit: Duration);

    /// Wakes all that sleep on `word`.
    fn wake_all(word: &AtomicU32);

    /// A word that is 0 now, and 0 again in a child process whatever the parent wrote to it; `None`
    /// where the system has no such memory.
    fn word_wiped_in_children() -> Option<&'static AtomicU32>;

    /// Writes to stderr, once. It is safe in a signal handler, and no cancellation point where the
    /// system allows for that.
    fn write_stderr(line: &[u8]);

    /// A number that differs from process to process.
    fn seed() -> u32;
}

/// Memory in whole pages.
pub(crate) trait Pages {
    /// Address space of `length` bytes, aligned to `align`, that nobody can read or write yet; `None`
    /// where there is not as much.
    fn reserve(length: usize, align: usize) -> Option<NonNull<u8>>;

    /// Gives address space back.
    ///
    /// # Safety
    ///
    /// It is the whole of what [`reserve`](Pages::reserve) or [`map`](Pages::map) gave, and nobody uses it.
    unsafe fn unreserve(start: NonNull<u8>, length: usize);

    /// Makes reserved address space memory that can be read and written, and that is zero. If `large`, the system
    /// may take large pages for it, all of which become memory with the first byte.
    ///
    /// # Safety
    ///
    /// It is page-aligned and within what [`reserve`](Pages::reserve) gave. (Memory that has been
    /// made usable before stays as it is.)
    unsafe fn commit(start: NonNull<u8>, length: usize, large: bool) -> bool;

    /// New zeroed memory of whole pages, for good, aligned to `align`.
    fn map(length: usize, align: usize) -> Option<NonNull<u8>>;

    /// Lets nobody write to memory any more, or lets everybody again.
    ///
    /// # Safety
    ///
    /// It is page-aligned and within what [`map`](Pages::map) gave or [`commit`](Pages::commit) made; nobody writes there
    /// meanwhile.
    unsafe fn seal(start: NonNull<u8>, length: usize, sealed: bool) -> bool;

    /// The size of a page in bytes.
    fn page_size() -> usize;
}

/// What the C library and the dynamic linker do.
pub(crate) trait CLibrary {
    /// Memory that C's `free` frees; `None` where there is none, or none of this alignment. It allocates.
    fn malloc(layout: Layout) -> Option<NonNull<u8>>;

    /// C's `free`.
    ///
    /// # Safety
    ///
    /// The block came from [`malloc`](CLibrary::malloc), and nobody uses it.
    unsafe fn free(block: NonNull<u8>);

    /// Runs `body`, and puts back `errno`, and what else the system keeps of the calling thread's last failure.
    fn keep_errno<R>(body: impl FnOnce() -> R) -> R;

    /// The calling thread's `errno`.
    fn errno() -> i32;

    /// Sets the calling thread's `errno`.
    fn set_errno(value: i32);

    /// Keeps the loaded object that contains an address from being unloaded. It may take the dynamic
    /// linker's lock.
    fn pin(address: *const c_void);

    /// What the dynamic linker knows of an address: `function`, or `object+0x1f`. It allocates.
    fn symbol(address: *const c_void) -> Option<String>;

    /// Has `handler` called when the process exits.
    fn on_exit(handler: extern "C" fn());

    /// Tells a leak checker, where there is one in the program, that nothing is lost which this memory points to.
    /// It may take the dynamic linker's lock.
    fn are_roots(start: NonNull<u8>, length: usize);
}

/// A thread's name, cut to what the systems store; it may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ThreadName {
    bytes: [u8; 16],
    length: usize,
}

impl ThreadName {
    /// The name in `bytes`, up to the end of the line.
    #[cfg_attr(
        not(any(target_os = "linux", windows)),
        allow(dead_code, reason = "not asked for there")
    )]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut name = ThreadName::default();
        for byte in bytes.iter().take_while(|byte| **byte != b'\n').take(name.bytes.len()) {
            name.bytes[name.length] = *byte;
            name.length += 1;
        }
        name
    }
}

impl fmt::Display for ThreadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A character may have been cut.
        let text = self.bytes[..self.length].utf8_chunks().next().map_or("", |chunk| chunk.valid());
        f.write_str(text)
    }
}
