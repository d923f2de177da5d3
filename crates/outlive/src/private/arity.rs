//! What depends on the number of a callback's arguments: the function types, and the functions that C calls.

use core::mem::transmute;

use outlive_core::{BadArgument, Call, Unserved};

use super::argument::{Raw, Returns};
use super::serve::serve;
use super::tuple::{Arguments, Sealed};
use crate::callbacks::Callbacks;

/// A bare C function type with `N` arguments, `unsafe` or not.
pub trait Function<const N: usize>: Copy + Sealed {
    /// The same, `unsafe`.
    type Unsafe: Copy;
    /// The C types of the arguments.
    type Args: Arguments;
    /// The C type of the result.
    type Ret;
}

/// A member that holds a C function of `N` arguments: `Option` or bare, `unsafe` or not.
#[diagnostic::on_unimplemented(
    message = "a callback with {N} arguments does not fit the member's type `{Self}`",
    label = "the member of the C struct is `{Self}`",
    note = "with `state = arg` C's user data is an argument too, one that the method does not have"
)]
pub trait Takes<const N: usize>: Copy + Sealed {
    /// The member as a bare `unsafe` function pointer, of the same size.
    type Fn: Copy;
    /// The C types of the arguments.
    type Args: Arguments;
    /// The C type of the result.
    type Ret;
}

impl<F: Sealed> Sealed for Option<F> {}

// So that a mistake is said of the member's type.
#[diagnostic::do_not_recommend]
impl<F: Function<N>, const N: usize> Takes<N> for F {
    type Fn = F::Unsafe;
    type Args = F::Args;
    type Ret = F::Ret;
}

#[diagnostic::do_not_recommend]
impl<F: Function<N>, const N: usize> Takes<N> for Option<F> {
    type Fn = F::Unsafe;
    type Args = F::Args;
    type Ret = F::Ret;
}

/// A C function type that has a trampoline for these closures.
pub trait Trampoline<H, const INDEX: usize, L, B, F>: Sealed {
    /// The trampoline.
    const TRAMPOLINE: Self;
}

/// A C function type, and the one that has user data after its arguments.
pub trait WithUserData: Sealed {
    /// The latter.
    type Shared;
    /// Its arguments.
    type Args: Arguments;
}

/// A C function type that has a trampoline for the instance `I` of a context-free table.
pub trait InstanceShell<H, const I: usize, const INDEX: usize>: Sealed {
    /// The trampoline.
    const SHELL: Self;
}

/// A tuple of arguments, the functions that have them, and their trampolines.
macro_rules! arity {
    ($count:literal $($value:ident: $type:ident),*) => {
        impl<$($type),*> Sealed for ($($type,)*) {}
        impl<$($type,)* R> Sealed for unsafe extern "C" fn($($type),*) -> R {}
        impl<$($type,)* R> Sealed for extern "C" fn($($type),*) -> R {}

        impl<$($type: Copy),*> Arguments for ($($type,)*) {
            type Raws<'call> = ($(Raw<'call, $type>,)*);

            #[inline(always)]
            #[allow(
                clippy::unused_unit,
                clippy::unnecessary_safety_comment,
                reason = "there may be no argument"
            )]
            unsafe fn raws<'call>(self) -> Self::Raws<'call> {
                let ($($value,)*) = self;
                // SAFETY: the caller's promise.
                ($(unsafe { Raw::new($value) },)*)
            }
        }

        impl<$($type: Copy,)* R> Function<$count> for unsafe extern "C" fn($($type),*) -> R {
            type Unsafe = Self;
            type Args = ($($type,)*);
            type Ret = R;
        }

        impl<$($type: Copy,)* R> Function<$count> for extern "C" fn($($type),*) -> R {
            type Unsafe = unsafe extern "C" fn($($type),*) -> R;
            type Args = ($($type,)*);
            type Ret = R;
        }

        impl<H, const INDEX: usize, L, B, F, $($type,)* R> Trampoline<H, INDEX, L, B, F>
            for unsafe extern "C" fn($($type),*) -> R
        where
            H: Callbacks,
            L: Fn(($($type,)*)) -> usize + Copy,
            B: for<'a> Fn(&'a H, &'a Call<'a>, Returns<R>, ($(Raw<'a, $type>,)*))
                -> Result<R, BadArgument> + Copy,
            F: Fn(($($type,)*), Unserved) -> R + Copy,
            $($type: Copy,)*
        {
            const TRAMPOLINE: Self = {
                /// C calls this for a callback of the table, on any thread, at any time until the table is
                /// released, and later still if C breaks its word. C owns what the arguments point to, and
                /// gets what the result is.
                ///
                /// # Safety
                ///
                /// The arguments are what C's header says, until the call has returned. L, B and F are
                /// CONJURED.
                unsafe extern "C" fn trampoline<H, const INDEX: usize, L, B, F, $($type,)* R>(
                    $($value: $type),*
                ) -> R
                where
                    H: Callbacks,
                    L: Fn(($($type,)*)) -> usize + Copy,
                    B: for<'a> Fn(&'a H, &'a Call<'a>, Returns<R>, ($(Raw<'a, $type>,)*))
                        -> Result<R, BadArgument> + Copy,
                    F: Fn(($($type,)*), Unserved) -> R + Copy,
                    $($type: Copy,)*
                {
                    // SAFETY: the contract is the same.
                    unsafe { serve::<H, INDEX, L, B, F, ($($type,)*), R>(($($value,)*)) }
                }
                trampoline::<H, INDEX, L, B, F, $($type,)* R>
            };
        }

    };
}

/// The functions of a context-free table, which pass no user data: each instance goes on to one that has it after
/// its arguments.
macro_rules! with_user_data {
    ($($value:ident: $type:ident),*) => {
        impl<$($type: Copy,)* R> WithUserData for unsafe extern "C" fn($($type),*) -> R {
            type Shared = unsafe extern "C" fn($($type,)* usize) -> R;
            type Args = ($($type,)* usize,);
        }

        impl<H: Callbacks, const I: usize, const INDEX: usize, $($type: Copy,)* R>
            InstanceShell<H, I, INDEX> for unsafe extern "C" fn($($type),*) -> R
        {
            const SHELL: Self = {
                /// C calls this for a callback of the instance `I` of a context-free table, on any thread, at
                /// any time. All it does is to add what the instance says to the arguments.
                ///
                /// # Safety
                ///
                /// The arguments are what C's header says, until the call has returned.
                unsafe extern "C" fn shell<H, const I: usize, const INDEX: usize, $($type,)* R>(
                    $($value: $type),*
                ) -> R
                where
                    H: Callbacks,
                {
                    type Shared<$($type,)* R> = unsafe extern "C" fn($($type,)* usize) -> R;
                    let shared = const { H::DESCRIPTION.shared[INDEX] };
                    // SAFETY: SAME-MEMBER.
                    let shared = unsafe { transmute::<*const (), Shared<$($type,)* R>>(shared) };
                    let user_data = (H::DESCRIPTION.instances)()[I].user_data();
                    // SAFETY: the arguments are C's, by the contract.
                    unsafe { shared($($value,)* user_data) }
                }
                shell::<H, I, INDEX, $($type,)* R>
            };
        }
    };
}

/// Runs both macros for the arguments listed, and for each shorter list.
macro_rules! arities {
    ($($count:literal: $value:ident $type:ident,)*) => {
        arities!(@ [] $($count: $value $type,)*);
    };
    (@ [$($value:ident $type:ident,)*] $count:literal: $next:ident $next_type:ident, $($rest:tt)*) => {
        arity!($count $($value: $type),*);
        with_user_data!($($value: $type),*);
        arities!(@ [$($value $type,)* $next $next_type,] $($rest)*);
    };
    (@ [$($value:ident $type:ident,)*]) => {
        arity!(17 $($value: $type),*);
    };
}

arities!(
    0: a0 A0, 1: a1 A1, 2: a2 A2, 3: a3 A3, 4: a4 A4, 5: a5 A5, 6: a6 A6, 7: a7 A7, 8: a8 A8, 9: a9 A9,
    10: a10 A10, 11: a11 A11, 12: a12 A12, 13: a13 A13, 14: a14 A14, 15: a15 A15, 16: a16 A16,
);
