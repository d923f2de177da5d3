//! What every Unix has: pages, the dynamic linker, fork and exit handlers.

use core::ffi::{CStr, c_int, c_void};
use core::ptr::{self, NonNull};
use std::io;

/// Writes once and never fails: there is nowhere to report to. It is async-signal-safe, and keeps
/// `errno`.
pub(crate) fn write_stderr(line: &[u8]) {
    let saved = super::errno();
    super::write(libc::STDERR_FILENO, line);
    super::set_errno(saved);
}

/// Pages of their own, which are unmapped on drop.
#[derive(Debug)]
pub(crate) struct Pages {
    start: NonNull<c_void>,
    length: usize,
}

impl Pages {
    pub(crate) fn start(&self) -> *mut c_void {
        self.start.as_ptr()
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: `seal` mapped exactly this range, and nobody unmaps it twice.
        unsafe { libc::munmap(self.start.as_ptr(), self.length) };
    }
}

/// Copies `bytes` into private pages and makes them read-only.
pub(crate) fn seal(bytes: &[u8]) -> io::Result<Pages> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let length = bytes.len().max(1);
    // SAFETY: an anonymous mapping at an address of the kernel's choice touches nothing of ours.
    let start = unsafe { libc::mmap(ptr::null_mut(), length, protection, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    let start = NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?;
    let pages = Pages { start, length };
    // SAFETY: the new pages are writable, at least this long, and nobody else has them.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), start.as_ptr().cast(), bytes.len()) };
    // SAFETY: the range is the one mapped above.
    if unsafe { libc::mprotect(start.as_ptr(), length, libc::PROT_READ) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(pages)
}

/// The dynamic linker's view of an address.
fn object_of(address: *const c_void) -> Option<libc::Dl_info> {
    // SAFETY: all-zero is a valid Dl_info: integers and NULL pointers.
    let mut info: libc::Dl_info = unsafe { core::mem::zeroed() };
    // SAFETY: dladdr takes any address and fills `info` where it knows it.
    (unsafe { libc::dladdr(address, &mut info) } != 0).then_some(info)
}

/// Keeps the object that contains `address` loaded for good. The executable itself needs none.
pub(crate) fn pin(address: *const c_void) {
    let Some(info) = object_of(address) else { return };
    if info.dli_fname.is_null() {
        return;
    }
    let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
    // SAFETY: `dli_fname` is the linker's own string. The object is loaded already, so that no
    // constructor runs; the handle is given up on purpose.
    unsafe { libc::dlopen(info.dli_fname, flags) };
}

/// `function` or `object+0x1f`, as far as the dynamic symbols tell.
pub(crate) fn symbol(address: *const c_void) -> Option<String> {
    let info = object_of(address)?;
    if !info.dli_sname.is_null() && info.dli_saddr.cast_const() == address {
        return Some(text(info.dli_sname));
    }
    let object = if info.dli_fname.is_null() { String::from("?") } else { text(info.dli_fname) };
    let object = object.rsplit('/').next().unwrap_or_default();
    Some(format!("{object}+{:#x}", address.addr().wrapping_sub(info.dli_fbase.addr())))
}

fn text(name: *const core::ffi::c_char) -> String {
    // SAFETY: `object_of` got it from the linker, whose strings live as long as the object.
    let name = unsafe { CStr::from_ptr(name) };
    name.to_string_lossy().into_owned()
}

unsafe extern "C" {
    fn pthread_atfork(
        prepare: Option<extern "C" fn()>,
        parent: Option<extern "C" fn()>,
        child: Option<extern "C" fn()>,
    ) -> c_int;
}

/// Has `handler` called in each forked child, on its only thread.
pub(crate) fn on_fork_in_child(handler: extern "C" fn()) {
    // SAFETY: the handler only stores into atomics, which a child of a threaded process may do.
    unsafe { pthread_atfork(None, None, Some(handler)) };
}

/// Has `handler` called when the process exits.
pub(crate) fn on_exit(handler: extern "C" fn()) {
    // SAFETY: the handler is a plain function that does not unwind.
    unsafe { libc::atexit(handler) };
}
