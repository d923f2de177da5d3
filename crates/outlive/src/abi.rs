//! The forms of a C function's type: of the ABI `C` or `system`, `unsafe` or not, bare or in an `Option`.
//!
//! One signature has eight forms, and they come to one: a bare `unsafe extern "C" fn`. What depends on the signature is
//! implemented for that form alone, trampolines included.
//!
//! ABI-SAME: a function of the one ABI may be called through a pointer of the other. For `extern "system"` is equivalent to
//! `extern "C"` except on Windows x86_32, says the Rust Reference (External blocks, ABI: `items.extern.abi.system`), and
//! there pointers have 32 bits, with which `outlive-core` does not compile. The forms that unwind (`C-unwind`,
//! `system-unwind`) are none of these: no unwind crosses into C.

use core::mem::transmute_copy;

/// A pointer to a C function, in one of its forms: of at most 16 arguments, and one that an instance adds.
///
/// INVARIANT: FORM: the type has the bytes of an `Option<Self::Bare>`, is NULL only where it is an `Option`, and points to a
/// function of this very signature. (An `Option` of an `Option` has more bytes: whoever uses one asserts the size.)
pub trait CFunction: Copy {
    /// The bare `unsafe extern "C" fn`.
    type Bare: Copy;
    /// A function of the same ABI that takes a `D`, or NULL.
    type Taking<D>: CFunction<Bare = unsafe extern "C" fn(D)>;
    /// Whether safe code may call the function.
    const IS_SAFE: bool;
}

#[diagnostic::do_not_recommend]
impl<F: CFunction> CFunction for Option<F> {
    type Bare = F::Bare;
    type Taking<D> = F::Taking<D>;
    const IS_SAFE: bool = F::IS_SAFE;
}

/// The function behind any form of its type; `None` where it is NULL.
#[inline(always)]
pub(crate) fn bare<S: CFunction>(function: S) -> Option<S::Bare> {
    const { assert!(size_of::<S>() == size_of::<Option<S::Bare>>()) }
    // SAFETY: FORM, ABI-SAME.
    unsafe { transmute_copy(&function) }
}

/// A function in any form of its type.
///
/// # Safety
///
/// Where safe code may call the form, it may call the function.
#[inline(always)]
pub(crate) unsafe fn in_form<S: CFunction>(function: S::Bare) -> S {
    const { assert!(size_of::<S>() == size_of::<S::Bare>()) }
    // SAFETY: FORM, ABI-SAME; the rest is the caller's promise.
    unsafe { transmute_copy(&function) }
}

/// The bare forms of the functions with these arguments.
macro_rules! forms {
    ($($type:ident)*) => {
        forms!(@ false, unsafe, "C", $($type)*);
        forms!(@ true,, "C", $($type)*);
        forms!(@ false, unsafe, "system", $($type)*);
        forms!(@ true,, "system", $($type)*);
    };
    (@ $is_safe:literal, $($unsafe:ident)?, $abi:literal, $($type:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($type,)* R> CFunction for $($unsafe)? extern $abi fn($($type),*) -> R {
            type Bare = unsafe extern "C" fn($($type),*) -> R;
            type Taking<D> = Option<unsafe extern $abi fn(D)>;
            const IS_SAFE: bool = $is_safe;
        }
    };
}

/// Runs the macro for the arguments listed, and for each shorter list.
macro_rules! all_forms {
    ($($type:ident)*) => { all_forms!(@ [] $($type)*); };
    (@ [$($type:ident)*] $next:ident $($rest:ident)*) => {
        forms!($($type)*);
        all_forms!(@ [$($type)* $next] $($rest)*);
    };
    (@ [$($type:ident)*]) => { forms!($($type)*); };
}

all_forms!(A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);
