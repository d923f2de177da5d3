//! Unix.

use core::ffi::{CStr, c_int, c_void};
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::scenario::Failure;

/// Whether a status of waitpid(2) is that of a write that was stopped.
pub(crate) fn was_stopped(status: c_int) -> bool {
    libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGSEGV
}

/// The kernel's number of the calling thread.
pub fn this_thread() -> i32 {
    // SAFETY: gettid(2) has no preconditions.
    unsafe { libc::gettid() }
}

/// An object from `dlopen`. It is not closed by itself.
pub(crate) struct Object(*mut c_void);

impl Object {
    /// The file in which cargo puts this crate, as an object of its own.
    pub(crate) const OURS: &str = "liboutlive_hostile.so";
    /// C's library that a scenario loads.
    pub(crate) const PLUGIN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/plugin.so"));

    /// Loads an object from the bytes of its file.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        // SAFETY: the name is a string.
        let file = unsafe { libc::memfd_create(c"object".as_ptr(), 0) };
        if file < 0 {
            let refusal = std::io::Error::last_os_error();
            return Err(Failure::skipped(format!("the system refuses memfd_create: {refusal}")));
        }
        // SAFETY: the descriptor is new.
        let mut file = unsafe { std::fs::File::from_raw_fd(file) };
        file.write_all(bytes).map_err(|error| Failure::wrong(error.to_string()))?;
        Object::open(Path::new(&format!("/proc/self/fd/{}", file.as_raw_fd())))
    }

    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let name = std::ffi::CString::new(path.as_os_str().as_bytes())
            .map_err(|error| Failure::wrong(error.to_string()))?;
        // SAFETY: the objects here may be loaded at any time.
        let object = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if object.is_null() {
            return Err(Failure::wrong(format!("cannot load {}", path.display())));
        }
        Ok(Object(object))
    }

    pub(crate) fn find(&self, name: &CStr) -> Result<*mut c_void, Failure> {
        // SAFETY: the object is loaded.
        let found = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        if found.is_null() {
            return Err(Failure::wrong(format!("there is no {}", name.to_string_lossy())));
        }
        Ok(found)
    }

    pub(crate) fn close(self) {
        // SAFETY: the object is loaded, and is closed once.
        unsafe { libc::dlclose(self.0) };
    }
}
