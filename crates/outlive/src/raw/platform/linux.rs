//! Linux: `membarrier(2)`, thread numbers, `errno`.

use core::ffi::{c_int, c_long};

const CMD_PRIVATE_EXPEDITED: c_int = 1 << 3;
const CMD_REGISTER_PRIVATE_EXPEDITED: c_int = 1 << 4;

fn membarrier(command: c_int) -> bool {
    // SAFETY: membarrier(2) takes integers only and touches no memory of ours.
    let done: c_long =
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0 as c_int, 0 as c_int) };
    done == 0
}

/// Registers the process for [`barrier`]; `false` where the kernel has no such call or forbids it.
pub(crate) fn register_barrier() -> bool {
    cfg!(not(outlive_portable)) && membarrier(CMD_REGISTER_PRIVATE_EXPEDITED)
}

/// A full memory barrier on every running thread of the process (membarrier(2),
/// `PRIVATE_EXPEDITED`).
pub(crate) fn barrier() -> bool {
    let errno = errno();
    let done = membarrier(CMD_PRIVATE_EXPEDITED);
    set_errno(errno);
    done
}

/// write(2), but no cancellation point (pthreads(7)): C may call from a thread that is being cancelled,
/// and the unwinding must not begin in here.
pub(crate) fn write(fd: c_int, bytes: &[u8]) {
    // SAFETY: `bytes` is valid for its length.
    unsafe { libc::syscall(libc::SYS_write, fd, bytes.as_ptr(), bytes.len()) };
}

/// The kernel's number of the calling thread.
///
/// No system call: the C library has it in the thread's CPU clock, whose number is the thread's
/// number inverted, shifted by three bits (linux/posix-timers.h, `MAKE_THREAD_CPUCLOCK`).
pub(crate) fn thread_number() -> u32 {
    let mut clock = 0;
    // SAFETY: pthread_self has no preconditions.
    let this = unsafe { libc::pthread_self() };
    // SAFETY: `this` names the calling thread, which exists.
    let failed = unsafe { libc::pthread_getcpuclockid(this, &mut clock) };
    if failed == 0 && clock < 0 {
        return !(clock >> 3) as u32;
    }
    // SAFETY: gettid(2) has no preconditions.
    (unsafe { libc::syscall(libc::SYS_gettid) }) as u32
}

/// Whether the process still has a thread of this number.
pub(crate) fn is_alive(thread: u32) -> bool {
    let saved = errno();
    // SAFETY: getpid(2) has no preconditions.
    let process = unsafe { libc::getpid() };
    // SAFETY: signal 0 only asks; tgkill(2) takes integers.
    let found = unsafe { libc::syscall(libc::SYS_tgkill, process, thread as c_int, 0 as c_int) };
    let alive = found == 0 || errno() != libc::ESRCH;
    set_errno(saved);
    alive
}

pub(crate) fn errno() -> c_int {
    // SAFETY: the C library returns the calling thread's own errno.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above; it is valid while the thread runs.
    unsafe { *errno }
}

pub(crate) fn set_errno(value: c_int) {
    // SAFETY: the C library returns the calling thread's own errno.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above; it is valid while the thread runs.
    unsafe { *errno = value };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_number_is_the_kernels() {
        // SAFETY: gettid(2) has no preconditions.
        let kernel = unsafe { libc::syscall(libc::SYS_gettid) };
        assert_eq!(i64::from(thread_number()), kernel);
        assert!(is_alive(thread_number()));
    }

    #[test]
    fn a_joined_thread_is_not_alive() {
        let number = std::thread::spawn(thread_number).join().unwrap();
        // The kernel removes the thread shortly after the join sees it leave.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while is_alive(number) {
            assert!(std::time::Instant::now() < deadline);
            std::thread::yield_now();
        }
    }
}
