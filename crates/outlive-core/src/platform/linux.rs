//! Linux: `membarrier(2)`, `futex(2)`, `/proc/self/task`, and memory that is wiped in children.

use core::ffi::{CStr, c_int, c_long};
use std::time::Duration;

use super::contract::{CLibrary, Pages, Platform, System, ThreadName};
use super::posix::{errno, unmap};
use crate::primitive::AtomicU32;

const CMD_PRIVATE_EXPEDITED: c_int = 1 << 3;
const CMD_REGISTER_PRIVATE_EXPEDITED: c_int = 1 << 4;

/// No advice of madvise(2)'s.
const NO_ADVICE: c_int = -1;

fn membarrier(command: c_int) -> bool {
    System::keep_errno(|| {
        // SAFETY: membarrier(2) takes integers only and touches no memory of ours.
        let done: c_long =
            unsafe { libc::syscall(libc::SYS_membarrier, command, 0 as c_int, 0 as c_int) };
        done == 0
    })
}

impl Platform for System {
    fn register_barrier() -> bool {
        membarrier(CMD_REGISTER_PRIVATE_EXPEDITED)
    }

    fn barrier() -> bool {
        membarrier(CMD_PRIVATE_EXPEDITED)
    }

    fn process() -> u32 {
        // SAFETY: getpid(2) has no preconditions. (The C library does not cache it.)
        (unsafe { libc::getpid() }) as u32
    }

    fn thread() -> u32 {
        // SAFETY: gettid(2) has no preconditions. The C library's own record of the number is that of
        // the parent in a child that was made by the system call alone.
        (unsafe { libc::syscall(libc::SYS_gettid) }) as u32
    }

    fn is_first_thread() -> bool {
        Self::thread() == Self::process()
    }

    fn thread_address<T>(local: &T) -> usize {
        core::ptr::from_ref(local).addr()
    }

    /// The time: reading when the thread began would take a file of `/proc`.
    fn mark() -> u64 {
        now()
    }

    fn is_running(thread: u32, mark: u64) -> bool {
        Self::keep_errno(|| exists(thread) && task(thread).is_none_or(|task| task.is_same(mark)))
    }

    fn thread_name(thread: u32) -> ThreadName {
        let mut bytes = [0; 32];
        Self::keep_errno(|| {
            let length = read_task_file(thread, b"comm", &mut bytes).unwrap_or(0);
            ThreadName::of(&bytes[..length])
        })
    }

    fn park(word: &AtomicU32, expected: u32, limit: Duration) {
        let limit = libc::timespec {
            tv_sec: limit.as_secs().min(1 << 30) as _,
            tv_nsec: limit.subsec_nanos() as libc::c_long,
        };
        futex(word, libc::FUTEX_WAIT, expected, &raw const limit);
    }

    fn wake_all(word: &AtomicU32) {
        futex(word, libc::FUTEX_WAKE, i32::MAX as u32, core::ptr::null());
    }

    fn word_wiped_in_children() -> Option<&'static AtomicU32> {
        let page = Self::page_size();
        let start = Self::map(page, page)?;
        let is_taken = |advice| {
            // SAFETY: the page was mapped just now, and nobody else has it.
            Self::keep_errno(|| unsafe { libc::madvise(start.as_ptr().cast(), page, advice) == 0 })
        };
        // An emulator may take any advice and do nothing, as qemu-user did before 8.0: there, what is none is taken, too.
        if is_taken(NO_ADVICE) || !is_taken(libc::MADV_WIPEONFORK) {
            // SAFETY: as above.
            unsafe { unmap(start, page) };
            return None;
        }
        // SAFETY: it is mapped for good, and all-zero is a valid atomic.
        Some(unsafe { start.cast::<AtomicU32>().as_ref() })
    }

    /// By the bare system call, for write(2) is a cancellation point (pthreads(7)): C may call from a
    /// thread that is being cancelled, and the unwinding must not begin in here.
    fn write_stderr(line: &[u8]) {
        let (start, length) = (line.as_ptr(), line.len());
        // SAFETY: `line` is valid for its length.
        Self::keep_errno(|| unsafe {
            libc::syscall(libc::SYS_write, libc::STDERR_FILENO, start, length)
        });
    }

    fn seed() -> u32 {
        let mut seed = [0u8; 4];
        // SAFETY: there is room for the bytes. Without the call, the clock has to do.
        let got = Self::keep_errno(|| unsafe {
            libc::syscall(libc::SYS_getrandom, seed.as_mut_ptr(), seed.len(), libc::GRND_NONBLOCK)
        });
        if got == seed.len() as c_long { u32::from_ne_bytes(seed) } else { now() as u32 }
    }
}

/// The time since the system was started, in nanoseconds.
fn now() -> u64 {
    // SAFETY: all-zero is a valid timespec.
    let mut now: libc::timespec = unsafe { core::mem::zeroed() };
    // SAFETY: the clock exists since Linux 2.6.39, and there is room.
    System::keep_errno(|| unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &mut now) });
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

fn futex(word: &AtomicU32, operation: c_int, value: u32, limit: *const libc::timespec) {
    let operation = operation | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word is valid for the call, and `limit` is NULL or a timespec.
    System::keep_errno(|| unsafe {
        libc::syscall(libc::SYS_futex, core::ptr::from_ref(word), operation, value, limit)
    });
}

/// Whether the process has a thread of this number, one that has ended and waits to be collected
/// included.
fn exists(thread: u32) -> bool {
    let process = System::process() as c_int;
    // SAFETY: signal 0 only asks; tgkill(2) takes integers.
    let found = unsafe { libc::syscall(libc::SYS_tgkill, process, thread as c_int, 0 as c_int) };
    found == 0 || errno() != libc::ESRCH
}

/// What the kernel says of a thread: proc_pid_stat(5).
struct Task {
    state: u8,
    /// When it began, in clock ticks since the system was started.
    begun: u64,
}

impl Task {
    /// Whether it runs, and has since before the time `mark`.
    fn is_same(&self, mark: u64) -> bool {
        // SAFETY: sysconf(3) has no preconditions.
        let a_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1) as u64;
        let tick = 1_000_000_000 / a_second;
        // The kernel cuts the time to ticks.
        !matches!(self.state, b'Z' | b'X' | b'x') && self.begun.saturating_mul(tick) <= mark
    }
}

fn task(thread: u32) -> Option<Task> {
    let mut bytes = [0; 1024];
    let length = read_task_file(thread, b"stat", &mut bytes)?;
    // The second field, the name, is in parentheses and may contain anything.
    let name_end = bytes[..length].iter().rposition(|byte| *byte == b')')?;
    let mut fields = bytes[..length].get(name_end + 2..)?.split(|byte| *byte == b' ');
    let state = *fields.next()?.first()?;
    // The state is field 3, the start time field 22.
    let begun = core::str::from_utf8(fields.nth(18)?).ok()?.parse().ok()?;
    Some(Task { state, begun })
}

/// Reads a small file of a thread in `/proc`, without allocating.
fn read_task_file(thread: u32, name: &[u8], bytes: &mut [u8]) -> Option<usize> {
    let mut path = [0u8; 48];
    let mut length = 0;
    let mut push = |part: &[u8]| {
        path[length..length + part.len()].copy_from_slice(part);
        length += part.len();
    };
    push(b"/proc/self/task/");
    let mut divisor = 1_000_000_000;
    while divisor > 0 {
        let digit = thread / divisor % 10;
        if thread >= divisor || divisor == 1 {
            push(&[b'0' + digit as u8]);
        }
        divisor /= 10;
    }
    push(b"/");
    push(name);
    let path = CStr::from_bytes_until_nul(&path).ok()?;
    let flags = libc::O_RDONLY | libc::O_CLOEXEC;
    // SAFETY: the path ends with a NUL. The bare system calls are no cancellation points.
    let file = unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags) };
    if file < 0 {
        return None;
    }
    // SAFETY: `bytes` is valid for its length.
    let got = unsafe { libc::syscall(libc::SYS_read, file, bytes.as_mut_ptr(), bytes.len()) };
    // SAFETY: the descriptor was opened above.
    unsafe { libc::syscall(libc::SYS_close, file) };
    usize::try_from(got).ok()
}
