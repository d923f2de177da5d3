//! What every Unix has: pages, the C library, the dynamic linker.

use core::alloc::Layout;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::{self, NonNull};

#[cfg(any(target_os = "openbsd", target_os = "netbsd", target_os = "android"))]
use libc::__errno as errno_location;
#[cfg(target_os = "linux")]
use libc::__errno_location as errno_location;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
use libc::__error as errno_location;

use super::contract::{CLibrary, Pages, System};

/// FreeBSD counts no memory before it is used, and has no such flag.
#[cfg(target_os = "freebsd")]
const NO_RESERVE: c_int = 0;
#[cfg(not(target_os = "freebsd"))]
const NO_RESERVE: c_int = libc::MAP_NORESERVE;

impl Pages for System {
    fn reserve(length: usize, align: usize) -> Option<NonNull<u8>> {
        map_aligned(length, align, libc::PROT_NONE, NO_RESERVE)
    }

    unsafe fn unreserve(start: NonNull<u8>, length: usize) {
        // SAFETY: the caller's promise.
        System::keep_errno(|| unsafe { unmap(start, length) });
    }

    unsafe fn commit(start: NonNull<u8>, length: usize, large: bool) -> bool {
        #[cfg(target_os = "linux")]
        if large {
            let start = start.as_ptr().cast();
            // A hint, which a kernel without large pages refuses.
            // SAFETY: the caller's promise.
            System::keep_errno(|| unsafe { libc::madvise(start, length, libc::MADV_HUGEPAGE) });
        }
        #[cfg(not(target_os = "linux"))]
        let _ = large;
        // SAFETY: the caller's promise.
        unsafe { protect(start, length, libc::PROT_READ | libc::PROT_WRITE) }
    }

    fn map(length: usize, align: usize) -> Option<NonNull<u8>> {
        map_aligned(length, align, libc::PROT_READ | libc::PROT_WRITE, 0)
    }

    unsafe fn seal(start: NonNull<u8>, length: usize, sealed: bool) -> bool {
        let write = if sealed { 0 } else { libc::PROT_WRITE };
        // SAFETY: the caller's promise.
        unsafe { protect(start, length, libc::PROT_READ | write) }
    }

    fn page_size() -> usize {
        // SAFETY: sysconf(3) has no preconditions.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).unwrap_or(1 << 16)
    }
}

fn map_aligned(
    length: usize,
    align: usize,
    protection: c_int,
    flags: c_int,
) -> Option<NonNull<u8>> {
    let page = System::page_size();
    let slack = align.saturating_sub(page);
    let total = length.checked_add(slack)?;
    let start = map_anywhere(total, protection, flags)?;
    let before = start.as_ptr().align_offset(align.max(page));
    // SAFETY: `slack` is enough for the alignment; both ends are whole pages.
    let aligned = unsafe { start.add(before) };
    // SAFETY: what lies before the aligned start was mapped above.
    unsafe { unmap(start, before) };
    // SAFETY: the end is within what was mapped.
    let end = unsafe { aligned.add(length) };
    // SAFETY: what lies behind it was mapped above.
    unsafe { unmap(end, slack - before) };
    Some(aligned)
}

/// New pages of this protection, at an address of the kernel's choice.
fn map_anywhere(length: usize, protection: c_int, flags: c_int) -> Option<NonNull<u8>> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | flags;
    let anywhere = ptr::null_mut();
    // SAFETY: an anonymous mapping at an address of the kernel's choice touches nothing of ours.
    let start =
        System::keep_errno(|| unsafe { libc::mmap(anywhere, length, protection, flags, -1, 0) });
    NonNull::new(start.cast()).filter(|_| start != libc::MAP_FAILED)
}

/// Gives pages back.
///
/// # Safety
///
/// The range is mapped, page-aligned, and nobody uses it.
pub(super) unsafe fn unmap(start: NonNull<u8>, length: usize) {
    if length != 0 {
        debug_assert!(begins_a_page(start));
        // SAFETY: the caller's promise.
        unsafe { libc::munmap(start.as_ptr().cast(), length) };
    }
}

/// A kernel refuses what does not, but an emulator of larger pages need not.
fn begins_a_page(start: NonNull<u8>) -> bool {
    start.addr().get() % System::page_size() == 0
}

/// Changes the protection of pages.
///
/// # Safety
///
/// The range is mapped and page-aligned, and nobody uses it as it is allowed no more.
unsafe fn protect(start: NonNull<u8>, length: usize, protection: c_int) -> bool {
    debug_assert!(begins_a_page(start));
    // SAFETY: the caller's promise.
    System::keep_errno(|| unsafe { libc::mprotect(start.as_ptr().cast(), length, protection) == 0 })
}

impl CLibrary for System {
    fn malloc(layout: Layout) -> Option<NonNull<u8>> {
        let align = layout.align().max(size_of::<usize>());
        let mut block = ptr::null_mut();
        // SAFETY: the alignment is a power of two, and a multiple of a pointer's size; there is room for the
        // result. free(3) frees what posix_memalign(3) gives.
        let failed = unsafe { libc::posix_memalign(&mut block, align, layout.size().max(1)) };
        NonNull::new(block.cast()).filter(|_| failed == 0)
    }

    unsafe fn free(block: NonNull<u8>) {
        // SAFETY: the caller's promise.
        unsafe { libc::free(block.as_ptr().cast()) };
    }

    fn keep_errno<R>(body: impl FnOnce() -> R) -> R {
        let errno = errno();
        let result = body();
        Self::set_errno(errno);
        result
    }

    fn errno() -> i32 {
        errno()
    }

    fn set_errno(value: i32) {
        // SAFETY: the C library returns the calling thread's own errno.
        let errno = unsafe { errno_location() };
        // SAFETY: it is valid while the thread runs.
        unsafe { errno.write(value) };
    }

    /// The executable itself needs no pin.
    fn pin(address: *const c_void) {
        let Some(info) = object_of(address) else { return };
        if info.dli_fname.is_null() {
            return;
        }
        let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
        // SAFETY: `dli_fname` is the linker's own string. The object is loaded already, so that no
        // constructor runs; the handle is given up on purpose.
        System::keep_errno(|| unsafe { libc::dlopen(info.dli_fname, flags) });
    }

    fn symbol(address: *const c_void) -> Option<String> {
        let info = object_of(address)?;
        if !info.dli_sname.is_null() && info.dli_saddr.cast_const() == address {
            return Some(text(info.dli_sname));
        }
        let object =
            if info.dli_fname.is_null() { String::from("?") } else { text(info.dli_fname) };
        let object = object.rsplit('/').next().unwrap_or_default();
        Some(format!("{object}+{:#x}", address.addr().wrapping_sub(info.dli_fbase.addr())))
    }

    fn on_exit(handler: extern "C" fn()) {
        // SAFETY: the handler is a plain function that does not unwind.
        unsafe { libc::atexit(handler) };
    }

    /// For LeakSanitizer.
    fn are_roots(start: NonNull<u8>, length: usize) {
        type Register = unsafe extern "C" fn(*const c_void, usize);
        let name = c"__lsan_register_root_region".as_ptr();
        // SAFETY: the name is a string.
        let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name) };
        if !found.is_null() {
            // SAFETY: <sanitizer/lsan_interface.h> declares it so.
            let register = unsafe { core::mem::transmute::<*mut c_void, Register>(found) };
            // SAFETY: the range is mapped for good.
            unsafe { register(start.as_ptr().cast(), length) };
        }
    }
}

/// The dynamic linker's view of an address.
fn object_of(address: *const c_void) -> Option<libc::Dl_info> {
    // SAFETY: all-zero is a valid Dl_info: integers and NULL pointers.
    let mut info: libc::Dl_info = unsafe { core::mem::zeroed() };
    // SAFETY: dladdr takes any address and fills `info` where it knows it.
    let is_known = System::keep_errno(|| unsafe { libc::dladdr(address, &mut info) }) != 0;
    is_known.then_some(info)
}

fn text(name: *const c_char) -> String {
    // SAFETY: `object_of` got it from the linker, whose strings live as long as the object.
    let name = unsafe { CStr::from_ptr(name) };
    name.to_string_lossy().into_owned()
}

/// The calling thread's `errno`.
pub(super) fn errno() -> i32 {
    // SAFETY: the C library returns the calling thread's own errno.
    let errno = unsafe { errno_location() };
    // SAFETY: it is valid while the thread runs.
    unsafe { errno.read() }
}
