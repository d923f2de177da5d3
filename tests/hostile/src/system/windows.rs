//! Windows.

use core::ffi::{CStr, c_int, c_void};
use std::io::Write;
use std::os::windows::ffi::OsStrExt;
use std::path::Path;

use windows_sys::Win32::Foundation::{FreeLibrary, HMODULE};
use windows_sys::Win32::System::LibraryLoader::{GetProcAddress, LoadLibraryW};
use windows_sys::Win32::System::Threading::GetCurrentThreadId;

use crate::scenario::Failure;

/// Whether a write was stopped (`c/windows/writes.c`).
pub(crate) fn was_stopped(status: c_int) -> bool {
    status == libc::SIGSEGV
}

/// The system's number of the calling thread.
pub fn this_thread() -> i32 {
    // SAFETY: it has no preconditions.
    unsafe { GetCurrentThreadId() as i32 }
}

/// A DLL. It is not unloaded by itself.
pub(crate) struct Object(HMODULE);

impl Object {
    /// The file in which cargo puts this crate, as a DLL of its own.
    pub(crate) const OURS: &str = "outlive_hostile.dll";
    /// C's library that a scenario loads.
    pub(crate) const PLUGIN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/plugin.dll"));

    /// Loads a DLL from the bytes of its file, which stays behind, for a DLL in use cannot be deleted.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        let written = tempfile::Builder::new().suffix(".dll").tempfile().and_then(|mut file| {
            file.write_all(bytes)?;
            file.into_temp_path().keep().map_err(Into::into)
        });
        Object::open(&written.map_err(|error| Failure::wrong(error.to_string()))?)
    }

    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let wide: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
        // SAFETY: the DLLs here may be loaded at any time, and the path ends with a 0.
        let object = unsafe { LoadLibraryW(wide.as_ptr()) };
        if object.is_null() {
            return Err(Failure::wrong(format!("cannot load {}", path.display())));
        }
        Ok(Object(object))
    }

    pub(crate) fn find(&self, name: &CStr) -> Result<*mut c_void, Failure> {
        // SAFETY: the DLL is loaded, and the name is a string.
        let found = unsafe { GetProcAddress(self.0, name.as_ptr().cast()) };
        let missing = || Failure::wrong(format!("there is no {}", name.to_string_lossy()));
        found.map(|function| function as *mut c_void).ok_or_else(missing)
    }

    pub(crate) fn close(self) {
        // SAFETY: the DLL is loaded, and is unloaded once.
        unsafe { FreeLibrary(self.0) };
    }
}
