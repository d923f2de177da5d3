//! Windows: `FlushProcessWriteBuffers`, `WaitOnAddress`, threads by their numbers, `VirtualAlloc`, the C runtime.
//!
//! A process has no children here that share its memory. What a process ends with (`ExitProcess`, `TerminateThread`) lets no
//! destructor run, and neither does the library count on one.

use core::alloc::Layout;
use core::ffi::{c_int, c_void};
use core::hash::{BuildHasher, Hasher};
use core::ptr::{self, NonNull};
use std::hash::RandomState;
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_INVALID_PARAMETER, FILETIME, GetLastError, HANDLE, HMODULE, LocalFree,
    SetLastError, WAIT_OBJECT_0,
};
use windows_sys::Win32::Storage::FileSystem::{SYNCHRONIZE, WriteFile};
use windows_sys::Win32::System::Console::{GetStdHandle, STD_ERROR_HANDLE};
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN,
    GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, GetModuleFileNameW, GetModuleHandleExW,
    GetModuleHandleW, GetProcAddress,
};
use windows_sys::Win32::System::Memory::{
    MEM_COMMIT, MEM_RELEASE, MEM_RESERVE, MEMORY_BASIC_INFORMATION, PAGE_NOACCESS, PAGE_READONLY,
    PAGE_READWRITE, VirtualAlloc, VirtualFree, VirtualProtect, VirtualQuery,
};
use windows_sys::Win32::System::SystemInformation::{GetSystemInfo, SYSTEM_INFO};
use windows_sys::Win32::System::Threading::{
    FlushProcessWriteBuffers, GetCurrentProcessId, GetCurrentThread, GetCurrentThreadId,
    GetProcessIdOfThread, GetThreadDescription, GetThreadTimes, OpenThread,
    THREAD_QUERY_LIMITED_INFORMATION, WaitForSingleObject, WaitOnAddress, WakeByAddressAll,
};
use windows_sys::core::{PCWSTR, w};

use super::contract::{CLibrary, Pages, Platform, System, ThreadName};
use crate::primitive::AtomicU32;

// The C runtime that the target links: UCRT, or msvcrt.
unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(block: *mut c_void);
    fn _errno() -> *mut c_int;
    fn atexit(handler: extern "C" fn()) -> c_int;
}

impl Platform for System {
    const LOCKED_AT_THREAD_EXIT: bool = true;

    /// Under Wine the barrier does nothing in the versions that Debian has.
    fn register_barrier() -> bool {
        !Self::keep_errno(is_wine)
    }

    /// It interrupts every processor on which a thread of the process runs.
    fn barrier() -> bool {
        // SAFETY: it has no preconditions.
        unsafe { FlushProcessWriteBuffers() };
        true
    }

    fn process() -> u32 {
        // SAFETY: it has no preconditions.
        unsafe { GetCurrentProcessId() }
    }

    fn thread() -> u32 {
        // SAFETY: it has no preconditions.
        unsafe { GetCurrentThreadId() }
    }

    /// It is asked in a child only, and there are none.
    fn is_first_thread() -> bool {
        true
    }

    fn thread_address<T>(local: &T) -> usize {
        ptr::from_ref(local).addr()
    }

    #[cfg(all(target_arch = "x86_64", target_env = "gnu", not(target_abi = "llvm")))]
    fn is_kept<T>(local: &T) -> bool {
        super::local::is_copied(local)
    }

    /// When the thread began.
    fn mark() -> u64 {
        // SAFETY: the pseudo handle stands for the calling thread.
        Self::keep_errno(|| began(unsafe { GetCurrentThread() }).unwrap_or(0))
    }

    fn is_running(thread: u32, mark: u64) -> bool {
        Self::keep_errno(|| match ThreadHandle::open(thread) {
            Ok(handle) => handle.is_ours() && !handle.has_ended() && handle.has_mark(mark),
            Err(error) => error != ERROR_INVALID_PARAMETER,
        })
    }

    fn thread_name(thread: u32) -> ThreadName {
        Self::keep_errno(|| {
            ThreadHandle::open(thread).map(|handle| handle.name()).unwrap_or_default()
        })
    }

    fn park(word: &AtomicU32, expected: u32, limit: Duration) {
        // A wait of 0 would not wait, and the highest number would be for good.
        let limit = limit.as_millis().clamp(1, 1 << 30) as u32;
        let (word, expected) = (ptr::from_ref(word).cast(), ptr::from_ref(&expected).cast());
        // SAFETY: both are valid for the call, and have the size that is given.
        Self::keep_errno(|| unsafe { WaitOnAddress(word, expected, size_of::<u32>(), limit) });
    }

    fn wake_all(word: &AtomicU32) {
        // SAFETY: the address is only compared.
        unsafe { WakeByAddressAll(ptr::from_ref(word).cast()) };
    }

    fn word_wiped_in_children() -> Option<&'static AtomicU32> {
        None
    }

    fn write_stderr(line: &[u8]) {
        Self::keep_errno(|| {
            // SAFETY: it has no preconditions.
            let stderr = unsafe { GetStdHandle(STD_ERROR_HANDLE) };
            let (start, length) = (line.as_ptr(), line.len() as u32);
            let mut written = 0;
            // SAFETY: `line` is valid for its length. A process without stderr has NULL or INVALID_HANDLE_VALUE,
            // which are refused.
            unsafe { WriteFile(stderr, start, length, &mut written, ptr::null_mut()) };
        });
    }

    fn seed() -> u32 {
        Self::keep_errno(|| RandomState::new().build_hasher().finish() as u32)
    }
}

/// Whether this is Wine, by what only its `ntdll` has.
fn is_wine() -> bool {
    // SAFETY: the name is a string.
    let library = unsafe { GetModuleHandleW(w!("ntdll.dll")) };
    // SAFETY: the library is never unloaded, and the name is a string.
    !library.is_null()
        && unsafe { GetProcAddress(library, c"wine_get_version".as_ptr().cast()) }.is_some()
}

/// A handle of a thread, which is closed when this is dropped.
struct ThreadHandle(HANDLE);

impl ThreadHandle {
    /// A thread of this number, or why there is none.
    fn open(thread: u32) -> Result<Self, u32> {
        let rights = THREAD_QUERY_LIMITED_INFORMATION | SYNCHRONIZE;
        // SAFETY: it takes integers.
        let handle = unsafe { OpenThread(rights, 0, thread) };
        if handle.is_null() {
            // SAFETY: it has no preconditions.
            return Err(unsafe { GetLastError() });
        }
        Ok(ThreadHandle(handle))
    }

    /// `true` where the system does not say.
    fn is_ours(&self) -> bool {
        // SAFETY: the handle is open.
        let process = unsafe { GetProcessIdOfThread(self.0) };
        process == 0 || process == System::process()
    }

    fn has_ended(&self) -> bool {
        // SAFETY: the handle is open.
        unsafe { WaitForSingleObject(self.0, 0) == WAIT_OBJECT_0 }
    }

    /// `true` where the system does not say.
    fn has_mark(&self, mark: u64) -> bool {
        mark == 0 || began(self.0).is_none_or(|began| began == mark)
    }

    fn name(&self) -> ThreadName {
        let mut wide = ptr::null_mut();
        // SAFETY: the handle is open, and there is room for the pointer.
        let result = unsafe { GetThreadDescription(self.0, &mut wide) };
        if result < 0 || wide.is_null() {
            return ThreadName::default();
        }
        // SAFETY: the system gave it.
        let name = ThreadName::of(unsafe { text(wide) }.as_bytes());
        // SAFETY: the system gave it for this, and nobody else has it.
        unsafe { LocalFree(wide.cast()) };
        name
    }
}

impl Drop for ThreadHandle {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and nobody uses it after this.
        unsafe { CloseHandle(self.0) };
    }
}

/// When a thread began, in units of 100 nanoseconds.
fn began(thread: HANDLE) -> Option<u64> {
    const NEVER: FILETIME = FILETIME { dwLowDateTime: 0, dwHighDateTime: 0 };
    let [mut begun, mut ended, mut kernel, mut user] = [NEVER; 4];
    // SAFETY: the handle is open, and there is room for the times.
    let done = unsafe { GetThreadTimes(thread, &mut begun, &mut ended, &mut kernel, &mut user) };
    let began = u64::from(begun.dwHighDateTime) << 32 | u64::from(begun.dwLowDateTime);
    (done != 0).then_some(began)
}

impl Pages for System {
    /// More is reserved than `length`, for a part of what was reserved cannot be given back.
    fn reserve(length: usize, align: usize) -> Option<NonNull<u8>> {
        let total = length.checked_add(align.saturating_sub(Self::page_size()))?;
        // SAFETY: it is new address space, at an address of the system's choice.
        let start = Self::keep_errno(|| unsafe {
            VirtualAlloc(ptr::null(), total, MEM_RESERVE, PAGE_NOACCESS)
        });
        let start = NonNull::new(start.cast::<u8>())?;
        let before = start.as_ptr().align_offset(align.max(1));
        // SAFETY: so much more was reserved.
        Some(unsafe { start.add(before) })
    }

    unsafe fn unreserve(start: NonNull<u8>, _length: usize) {
        Self::keep_errno(|| {
            if let Some(info) = memory_at(start.as_ptr().cast()) {
                // SAFETY: the caller's promise: it is all that was reserved at once.
                unsafe { VirtualFree(info.AllocationBase, 0, MEM_RELEASE) };
            }
        });
    }

    unsafe fn commit(start: NonNull<u8>, length: usize, _large: bool) -> bool {
        // SAFETY: the caller's promise. What is memory stays as it is, but for its protection.
        let made = Self::keep_errno(|| unsafe {
            VirtualAlloc(start.as_ptr().cast(), length, MEM_COMMIT, PAGE_READWRITE)
        });
        length == 0 || !made.is_null()
    }

    fn map(length: usize, align: usize) -> Option<NonNull<u8>> {
        let start = Self::reserve(length, align)?;
        // SAFETY: it was reserved just now.
        if unsafe { Self::commit(start, length, false) } {
            return Some(start);
        }
        // SAFETY: as above, and nobody has it.
        unsafe { Self::unreserve(start, length) };
        None
    }

    unsafe fn seal(start: NonNull<u8>, length: usize, sealed: bool) -> bool {
        let protection = if sealed { PAGE_READONLY } else { PAGE_READWRITE };
        let mut before = 0;
        // SAFETY: the caller's promise.
        Self::keep_errno(|| unsafe {
            VirtualProtect(start.as_ptr().cast(), length, protection, &mut before) != 0
        })
    }

    fn page_size() -> usize {
        let mut info = SYSTEM_INFO::default();
        // SAFETY: there is room.
        unsafe { GetSystemInfo(&mut info) };
        info.dwPageSize as usize
    }
}

/// What the system says of the memory at an address.
fn memory_at(address: *const c_void) -> Option<MEMORY_BASIC_INFORMATION> {
    let mut info = MEMORY_BASIC_INFORMATION::default();
    // SAFETY: there is room, and any address may be asked about.
    let got = unsafe { VirtualQuery(address, &mut info, size_of_val(&info)) };
    (got != 0).then_some(info)
}

impl CLibrary for System {
    /// `free` takes nothing that is aligned more than `malloc` aligns.
    fn malloc(layout: Layout) -> Option<NonNull<u8>> {
        const ALIGN: usize = 16;
        if layout.align() > ALIGN {
            return None;
        }
        // SAFETY: it takes an integer.
        NonNull::new(unsafe { malloc(layout.size().max(1)) }.cast())
    }

    unsafe fn free(block: NonNull<u8>) {
        // SAFETY: the caller's promise.
        unsafe { free(block.as_ptr().cast()) };
    }

    fn keep_errno<R>(body: impl FnOnce() -> R) -> R {
        // SAFETY: the C runtime returns the calling thread's own errno.
        let errno = unsafe { _errno() };
        // SAFETY: it is valid while the thread runs.
        let value = unsafe { errno.read() };
        // SAFETY: it has no preconditions.
        let last_error = unsafe { GetLastError() };
        let result = body();
        // SAFETY: it has no preconditions.
        unsafe { SetLastError(last_error) };
        Self::set_errno(value);
        result
    }

    fn errno() -> i32 {
        // SAFETY: the C runtime returns the calling thread's own errno.
        let errno = unsafe { _errno() };
        // SAFETY: as above.
        unsafe { errno.read() }
    }

    fn set_errno(value: i32) {
        // SAFETY: the C runtime returns the calling thread's own errno.
        let errno = unsafe { _errno() };
        // SAFETY: it is valid while the thread runs.
        unsafe { errno.write(value) };
    }

    /// It takes the loader's lock.
    fn pin(address: *const c_void) {
        Self::keep_errno(|| module_of(address, GET_MODULE_HANDLE_EX_FLAG_PIN));
    }

    /// The name of the module only: what knows the names of functions (`dbghelp.dll`) is for one thread at a time.
    fn symbol(address: *const c_void) -> Option<String> {
        Self::keep_errno(|| {
            let module = module_of(address, GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT)?;
            let mut path = [0; 1024];
            // SAFETY: there is room for so many; the last one stays 0.
            unsafe { GetModuleFileNameW(module, path.as_mut_ptr(), path.len() as u32 - 1) };
            // SAFETY: it ends with a 0.
            let path = unsafe { text(path.as_ptr()) };
            let name = path.rsplit(['\\', '/']).next().unwrap_or_default();
            Some(format!("{name}+{:#x}", address.addr().wrapping_sub(module.addr())))
        })
    }

    /// In a DLL it is called when that is unloaded, or the process exits.
    fn on_exit(handler: extern "C" fn()) {
        // SAFETY: the handler is a plain function that does not unwind.
        unsafe { atexit(handler) };
    }

    /// No leak checker is known.
    fn are_roots(_start: NonNull<u8>, _length: usize) {}
}

/// The loaded module that contains an address.
fn module_of(address: *const c_void, flag: u32) -> Option<HMODULE> {
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | flag;
    let mut module = ptr::null_mut();
    // SAFETY: with this flag the name is an address, of which any may be asked about.
    let found = unsafe { GetModuleHandleExW(flags, address.cast(), &mut module) };
    (found != 0).then_some(module)
}

/// The text of a wide string.
///
/// # Safety
///
/// It ends with a 0, and lives meanwhile.
unsafe fn text(wide: PCWSTR) -> String {
    let at = |index| {
        // SAFETY: the caller's promise: what comes before the 0 is there, and the 0.
        let place = unsafe { wide.add(index) };
        // SAFETY: as above.
        unsafe { place.read() }
    };
    let length = (0..).take_while(|index| at(*index) != 0).count();
    // SAFETY: as above.
    String::from_utf16_lossy(unsafe { core::slice::from_raw_parts(wide, length) })
}
