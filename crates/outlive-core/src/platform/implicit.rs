//! Thread-locals where the standard library has none of the compiler's (`x86_64-pc-windows-gnu`): its own are on the heap
//! behind `TlsAlloc` slots, which are freed while the thread is torn down, and each read of which sets `GetLastError`.
//!
//! These are laid out as MSVC lays them out. A static in the section `.tls` is a template, of which the loader gives each
//! thread a copy: before the thread runs, or when the module is loaded. It frees that after all else of the thread's.
//!
//! IMPLICIT: the TEB has (at 0x58) the address of an array, in which each module has the address of the calling thread's
//! copy of its section. The module's place there is `_tls_index`, which the C runtime defines and the loader writes. A
//! local is as far from the beginning of the copy as its static is from that of the section.

use core::arch::asm;
use core::ptr;

/// What a thread's copy begins with. Nobody but the loader reads it.
#[repr(transparent)]
pub(crate) struct Template<T>(#[allow(dead_code, reason = "the loader reads it")] T);

// SAFETY: it is not used; each thread uses a copy of its own.
unsafe impl<T> Sync for Template<T> {}

impl<T> Template<T> {
    /// Copies are aligned as the heap's memory is, and nobody drops them.
    pub(crate) const fn new(value: T) -> Self {
        assert!(align_of::<T>() <= 16 && !core::mem::needs_drop::<T>());
        Template(value)
    }
}

/// A local of each thread.
pub(crate) struct Local<T: 'static>(fn() -> *const T);

impl<T> Local<T> {
    /// # Safety
    ///
    /// The function gives the calling thread's copy of a [`Template`] of this type.
    pub(crate) const unsafe fn new(own: fn() -> *const T) -> Self {
        Local(own)
    }

    /// As [`LocalKey::with`](std::thread::LocalKey::with), at any time of the thread.
    #[inline(always)]
    pub(crate) fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        // SAFETY: the promise of `new`: it lives as long as the thread, and no other thread has it.
        f(unsafe { &*(self.0)() })
    }
}

/// A static of each thread, which has no destructor.
///
/// The function is not inlined: code of another DLL would look into that one's section.
macro_rules! per_thread {
    (static $name:ident: $type:ty = $value:expr;) => {
        static $name: $crate::platform::local::Local<$type> = {
            #[unsafe(link_section = ".tls$")]
            static TEMPLATE: $crate::platform::local::Template<$type> =
                $crate::platform::local::Template::new($value);
            #[inline(never)]
            fn own() -> *const $type {
                let own: *const $type;
                // SAFETY: IMPLICIT.
                unsafe {
                    core::arch::asm!(
                        "mov {own}, gs:[0x58]",
                        "mov {module:e}, dword ptr [rip + _tls_index]",
                        "mov {own}, [{own} + 8*{module}]",
                        "lea {own}, [{own} + {template}@SECREL32]",
                        own = out(reg) own,
                        module = out(reg) _,
                        template = sym TEMPLATE,
                        options(pure, readonly, nostack, preserves_flags),
                    );
                }
                own
            }
            // SAFETY: it does.
            unsafe { $crate::platform::local::Local::new(own) }
        };
    };
}
pub(crate) use per_thread;

/// Whether a local is within the calling thread's copy, as it is unless the linker has put its static outside of what
/// the loader copies.
pub(super) fn is_copied<T>(local: &T) -> bool {
    /// The beginning of an `IMAGE_TLS_DIRECTORY64`.
    #[repr(C)]
    struct Directory {
        start: usize,
        end: usize,
    }
    unsafe extern "C" {
        /// What the C runtime tells the loader.
        #[link_name = "_tls_used"]
        static DIRECTORY: Directory;
    }
    let copy: usize;
    // SAFETY: IMPLICIT.
    unsafe {
        asm!(
            "mov {copy}, gs:[0x58]",
            "mov {module:e}, dword ptr [rip + _tls_index]",
            "mov {copy}, [{copy} + 8*{module}]",
            copy = out(reg) copy,
            module = out(reg) _,
            options(pure, readonly, nostack, preserves_flags),
        );
    }
    // SAFETY: the C runtime has it, and nobody writes it once the loader has adjusted it.
    let directory = unsafe { (&raw const DIRECTORY).read() };
    let offset = ptr::from_ref(local).addr().wrapping_sub(copy);
    offset.saturating_add(size_of::<T>()) <= directory.end.wrapping_sub(directory.start)
}
