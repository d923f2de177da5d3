//! What every Unix has: pages, the dynamic linker, exit handlers.

use core::alloc::Layout;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::{self, NonNull};

/// New pages of this protection, at an address of the kernel's choice.
fn map_pages(length: usize, protection: c_int, flags: c_int) -> Option<NonNull<u8>> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | flags;
    // SAFETY: an anonymous mapping at an address of the kernel's choice touches nothing of ours.
    let start = unsafe { libc::mmap(ptr::null_mut(), length, protection, flags, -1, 0) };
    NonNull::new(start.cast()).filter(|_| start != libc::MAP_FAILED)
}

pub(super) fn reserve(length: usize, align: usize) -> Option<NonNull<u8>> {
    map_aligned(length, align, libc::PROT_NONE, libc::MAP_NORESERVE)
}

pub(super) fn map(length: usize, align: usize) -> Option<NonNull<u8>> {
    map_aligned(length, align, libc::PROT_READ | libc::PROT_WRITE, 0)
}

fn map_aligned(
    length: usize,
    align: usize,
    protection: c_int,
    flags: c_int,
) -> Option<NonNull<u8>> {
    let page = page_size();
    let slack = align.saturating_sub(page);
    let total = length.checked_add(slack)?;
    let start = map_pages(total, protection, flags)?;
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

/// Gives pages back.
///
/// # Safety
///
/// The range is mapped, page-aligned, and nobody uses it.
pub(super) unsafe fn unmap(start: NonNull<u8>, length: usize) {
    if length != 0 {
        // SAFETY: the caller's promise.
        unsafe { libc::munmap(start.as_ptr().cast(), length) };
    }
}

/// Changes the protection of pages.
///
/// # Safety
///
/// The range is mapped and page-aligned, and nobody uses it as it is allowed no more.
pub(super) unsafe fn protect(start: NonNull<u8>, length: usize, protection: c_int) -> bool {
    // SAFETY: the caller's promise.
    unsafe { libc::mprotect(start.as_ptr().cast(), length, protection) == 0 }
}

/// For LeakSanitizer.
pub(super) fn are_roots(start: NonNull<u8>, length: usize) {
    type Register = unsafe extern "C" fn(*const c_void, usize);
    // SAFETY: the name is a string.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"__lsan_register_root_region".as_ptr()) };
    if !found.is_null() {
        // SAFETY: <sanitizer/lsan_interface.h> declares it so.
        let register = unsafe { core::mem::transmute::<*mut c_void, Register>(found) };
        // SAFETY: the range is mapped for good.
        unsafe { register(start.as_ptr().cast(), length) };
    }
}

pub(super) fn malloc(layout: Layout) -> Option<NonNull<u8>> {
    let align = layout.align().max(size_of::<usize>());
    let mut block = ptr::null_mut();
    // SAFETY: the alignment is a power of two, and a multiple of a pointer's size; there is room for the
    // result. free(3) frees what posix_memalign(3) gives.
    let failed = unsafe { libc::posix_memalign(&mut block, align, layout.size().max(1)) };
    NonNull::new(block.cast()).filter(|_| failed == 0)
}

pub(super) fn page_size() -> usize {
    // SAFETY: sysconf(3) has no preconditions.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(1 << 16)
}

/// The dynamic linker's view of an address.
fn object_of(address: *const c_void) -> Option<libc::Dl_info> {
    // SAFETY: all-zero is a valid Dl_info: integers and NULL pointers.
    let mut info: libc::Dl_info = unsafe { core::mem::zeroed() };
    // SAFETY: dladdr takes any address and fills `info` where it knows it.
    (unsafe { libc::dladdr(address, &mut info) } != 0).then_some(info)
}

/// The executable itself needs no pin.
pub(super) fn pin(address: *const c_void) {
    let Some(info) = object_of(address) else { return };
    if info.dli_fname.is_null() {
        return;
    }
    let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
    // SAFETY: `dli_fname` is the linker's own string. The object is loaded already, so that no
    // constructor runs; the handle is given up on purpose.
    unsafe { libc::dlopen(info.dli_fname, flags) };
}

pub(super) fn symbol(address: *const c_void) -> Option<String> {
    let info = object_of(address)?;
    if !info.dli_sname.is_null() && info.dli_saddr.cast_const() == address {
        return Some(text(info.dli_sname));
    }
    let object = if info.dli_fname.is_null() { String::from("?") } else { text(info.dli_fname) };
    let object = object.rsplit('/').next().unwrap_or_default();
    Some(format!("{object}+{:#x}", address.addr().wrapping_sub(info.dli_fbase.addr())))
}

fn text(name: *const c_char) -> String {
    // SAFETY: `object_of` got it from the linker, whose strings live as long as the object.
    let name = unsafe { CStr::from_ptr(name) };
    name.to_string_lossy().into_owned()
}

pub(super) fn on_exit(handler: extern "C" fn()) {
    // SAFETY: the handler is a plain function that does not unwind.
    unsafe { libc::atexit(handler) };
}

/// Runs `body`, and puts `errno` back.
///
/// # Safety
///
/// `location` gives the calling thread's own `errno`.
pub(super) unsafe fn keep_errno<R>(
    location: unsafe extern "C" fn() -> *mut c_int,
    body: impl FnOnce() -> R,
) -> R {
    // SAFETY: the caller's promise.
    let errno = unsafe { location() };
    // SAFETY: it is valid while the thread runs.
    let saved = unsafe { errno.read() };
    let result = body();
    // SAFETY: as above, of the same thread.
    unsafe { errno.write(saved) };
    result
}
