//! What depends on the number of a callback's arguments: the function types, and the functions that C calls.

use core::mem::transmute;

use outlive_core::{BadArgument, Call, Unserved};

use super::argument::{Raw, Returns};
use super::serve::serve;
use super::tuple::{Arguments, Sealed};
use crate::abi::CFunction;
use crate::callbacks::Callbacks;

/// A member that holds a C function, in any form of its type.
#[diagnostic::on_unimplemented(
    message = "this is no callback that Rust can stand behind: C has the type `{Self}` for it",
    label = "C has `{Self}` here",
    note = "a callback is an `extern \"C\" fn` or an `extern \"system\" fn`, `unsafe` or not, in an `Option` or bare, of at most 16 arguments",
    note = "no panic leaves a callback: declare a function of the ABI `C-unwind` or `system-unwind` as one of the ABI `C` or `system`",
    note = "where it is in a union, an array or a struct within, declare the C struct with a member for each function, which has the same layout",
    note = "for a variadic one put a C function with a `va_list` before it; a member that is no callback is named in `constant(...)` or `written_by_c(...)`"
)]
pub trait Callable: Copy + Sealed {
    /// The same as a bare `unsafe extern "C" fn`, of the same size.
    type Bare: Copy;
    /// The C types of the arguments.
    type Args: Arguments;
    /// The C type of the result.
    type Ret;
    /// How many arguments there are.
    type Count;
    /// Whether safe code may call the function.
    const IS_SAFE: bool;
}

impl<M: CFunction> Sealed for M {}

#[diagnostic::do_not_recommend]
impl<M: CFunction<Bare: Signature>> Callable for M {
    type Bare = M::Bare;
    type Args = <M::Bare as Signature>::Args;
    type Ret = <M::Bare as Signature>::Ret;
    type Count = <M::Bare as Signature>::Count;
    const IS_SAFE: bool = M::IS_SAFE;
}

/// A bare `unsafe extern "C" fn`.
pub trait Signature: Copy {
    /// The C types of the arguments.
    type Args: Arguments;
    /// The C type of the result.
    type Ret;
    /// How many arguments there are.
    type Count;
}

/// So many arguments.
pub struct Passes<const N: usize>;

/// The number of C's arguments is `N`: only then the function of `M` is known, or one mistake would be several.
#[diagnostic::on_unimplemented(
    message = "a callback with {N} arguments does not fit C's function, which has another number: `{Self}`",
    label = "has another number of arguments than C's function",
    note = "with `state = arg` the user data is one of C's arguments, and none of the method's, and with `state = table` the table is; where an expression finds the user data, and with `state = none`, all of C's arguments are the method's"
)]
pub trait AsMany<M, const N: usize> {
    /// As [`Callable::Bare`].
    type Fn: Copy;
    /// The C types of the arguments.
    type Args: Arguments;
    /// The C type of the result.
    type Ret;
}

#[diagnostic::do_not_recommend]
impl<M: Callable, const N: usize> AsMany<M, N> for Passes<N> {
    type Fn = M::Bare;
    type Args = M::Args;
    type Ret = M::Ret;
}

/// A member that holds a C function of `N` arguments.
pub trait Takes<const N: usize>: Copy + Sealed {
    /// The member as a bare `unsafe extern "C" fn`, of the same size.
    type Fn: Copy;
    /// The C types of the arguments.
    type Args: Arguments;
    /// The C type of the result.
    type Ret;
    /// As [`Callable::IS_SAFE`].
    const IS_SAFE: bool;
}

impl<M: Callable<Count: AsMany<M, N>>, const N: usize> Takes<N> for M {
    type Fn = <M::Count as AsMany<M, N>>::Fn;
    type Args = <M::Count as AsMany<M, N>>::Args;
    type Ret = <M::Count as AsMany<M, N>>::Ret;
    const IS_SAFE: bool = M::IS_SAFE;
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

        impl<$($type: Copy,)* R> Signature for unsafe extern "C" fn($($type),*) -> R {
            type Args = ($($type,)*);
            type Ret = R;
            type Count = Passes<$count>;
        }

        impl<H, const INDEX: usize, L, B, F, $($type,)* R> Trampoline<H, INDEX, L, B, F>
            for unsafe extern "C" fn($($type),*) -> R
        where
            H: Callbacks,
            L: Fn(($($type,)*)) -> Option<usize> + Copy,
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
                    L: Fn(($($type,)*)) -> Option<usize> + Copy,
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
                    // Not the description itself: it names the shells of all instances.
                    let shared = const { H::DESCRIPTION.shared[INDEX] };
                    let instances = const { H::DESCRIPTION.instances };
                    // SAFETY: SAME-MEMBER.
                    let shared = unsafe { transmute::<*const (), Shared<$($type,)* R>>(shared) };
                    let user_data = instances()[I].user_data();
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
