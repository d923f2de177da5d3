//! Children of a test, and what became of them.

use core::ffi::{c_int, c_void};
#[cfg(unix)]
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, ExitStatus, Output};

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It called `exit`.
    Exited(c_int),
    /// A signal ended it.
    Killed(c_int),
}

impl Status {
    /// What `waitpid` says, or C's stand-in for it (`keeper.h`).
    pub fn of(status: c_int) -> Self {
        match status & 0x7f {
            0 => Status::Exited(status >> 8 & 0xff),
            signal => Status::Killed(signal),
        }
    }
}

/// Whether a process ended by `abort`: Rust's, or C's.
pub fn is_aborted(status: ExitStatus) -> bool {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::signal(&status) == Some(libc::SIGABRT);
    #[cfg(windows)]
    return matches!(status.code(), Some(-0x3fff_fbf7 | 3)); // STATUS_STACK_BUFFER_OVERRUN
}

/// Runs `f` in a forked child of this process, which has many threads. A panic exits with 1.
#[cfg(unix)]
pub fn in_forked_child(f: impl FnOnce()) -> Status {
    let child = fork();
    if child == 0 { end_child(f) } else { status_of(child) }
}

/// Forks this process, which has many threads; 0 in the child, which is to [end](end_child).
#[cfg(unix)]
pub fn fork() -> c_int {
    // SAFETY: the child runs on its only thread, with the C library's allocator, and `_exit`s.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork: {}", std::io::Error::last_os_error());
    if child == 0 {
        // SAFETY: it has no preconditions; a child that hangs must not outlive the test.
        unsafe { libc::alarm(60) };
    }
    child
}

/// Ends a child with what `f` finds: a panic exits with 1.
#[cfg(unix)]
pub fn end_child(f: impl FnOnce()) -> ! {
    let code = catch_unwind(AssertUnwindSafe(f)).is_err().into();
    // SAFETY: it has no preconditions.
    unsafe { libc::_exit(code) }
}

/// How a child of [`fork`] has ended.
#[cfg(unix)]
pub fn status_of(child: c_int) -> Status {
    let mut status = 0;
    // SAFETY: `child` is ours, and `status` can be written.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(waited, child);
    Status::of(status)
}

/// Has C write a word at `address`, in a forked child: this process itself is not written.
#[expect(clippy::not_unsafe_ptr_arg_deref, reason = "a copy of this process writes")]
pub fn write_in_child(address: *mut c_void) -> Status {
    // SAFETY: whatever the write does, it does in a copy of this process.
    Status::of(unsafe { crate::sys::keeper_write_in_child(address) })
}

/// Runs a scene of the program `scenes` in a process of its own.
pub fn scene(program: &str, name: &str) -> Output {
    scene_with(program, name, &[])
}

/// As [`scene`], with more in the environment.
pub fn scene_with(program: &str, name: &str, environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program);
    command
        .arg(name)
        .env_remove("OUTLIVE_ON_INCIDENT")
        .env_remove("OUTLIVE_REPORT")
        .envs(environment.iter().copied());
    command.output().unwrap()
}

/// The lines that the library wrote to stderr.
pub fn lines(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().filter(|line| line.starts_with("outlive: ")).map(String::from).collect()
}
