//! What the engine asks of the operating system. A platform provides:
//!
//! * `register_barrier() -> bool`: whether `barrier` will work, asked once before the first table;
//! * `barrier() -> bool`: makes every other running thread of the process pass a full memory
//!   barrier; `false` where that is refused;
//! * `thread_number() -> u32`: the kernel's number of the calling thread, never 0, without a system
//!   call; and `is_alive(u32) -> bool`: whether such a thread still exists in this process;
//! * `errno() -> i32` and `set_errno(i32)`;
//! * `write_stderr(&[u8])`: one write, safe in a signal handler;
//! * `seal(&[u8]) -> io::Result<Pages>`: bytes in pages of their own that nobody can write any more;
//! * `pin(*const c_void)`: keeps the loaded object that contains an address from being unloaded;
//! * `symbol(*const c_void) -> Option<String>`: what the dynamic linker knows of an address;
//! * `on_fork_in_child(extern "C" fn())` and `on_exit(extern "C" fn())`.

#[cfg(target_os = "linux")]
#[cfg_attr(
    any(outlive_loom, outlive_shuttle),
    expect(dead_code, reason = "a model has a barrier of its own")
)]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;

#[cfg(all(unix, not(target_os = "linux")))]
mod unix;
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) use unix::*;

#[cfg(unix)]
mod posix;
#[cfg(unix)]
pub(crate) use posix::*;
