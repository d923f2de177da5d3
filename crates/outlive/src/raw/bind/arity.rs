//! One trampoline for each number of arguments, generic over everything else.

use super::{Field, Instanced, Raw, Returns, Slot};
use crate::raw::{BadArgument, Call, Callbacks, Failed, MemberKind, call, call_lightly};

/// A member that holds a C function of `N` arguments: `Option` or bare, `unsafe` or not.
#[diagnostic::on_unimplemented(
    message = "a callback with {N} arguments does not fit the member's type `{Self}`",
    label = "the member of the C struct is `{Self}`",
    note = "with `state = arg` C's user data is an argument too, one that the method does not have"
)]
pub trait Takes<const N: usize>: Copy {
    /// The member as a bare `unsafe` function pointer, of the same size.
    type Fn;
    /// The C types of the arguments, as a tuple.
    type Args;
    /// The C type of the result.
    type Ret;
}

/// Makes a value of a closure type without captures.
///
/// # Safety
///
/// CONJURED holds for `C`, but for its size, which is checked here.
#[inline(always)]
unsafe fn conjure<C: Copy>() -> C {
    const { assert!(size_of::<C>() == 0, "a callback's closures capture nothing") }
    // SAFETY: a value existed and may be copied; a copy of no bytes reads nothing.
    unsafe { core::ptr::NonNull::<C>::dangling().read() }
}

macro_rules! arity {
    ($count:literal $bind:ident $trampoline:ident $shared:ident $served:ident $any:ident $instance:ident $($value:ident: $type:ident),*) => {
        impl<$($type,)* R> Takes<$count> for unsafe extern "C" fn($($type),*) -> R {
            type Fn = Self;
            type Args = ($($type,)*);
            type Ret = R;
        }

        impl<$($type,)* R> Takes<$count> for extern "C" fn($($type),*) -> R {
            type Fn = unsafe extern "C" fn($($type),*) -> R;
            type Args = ($($type,)*);
            type Ret = R;
        }

        impl<$($type,)* R> Takes<$count> for Option<unsafe extern "C" fn($($type),*) -> R> {
            type Fn = unsafe extern "C" fn($($type),*) -> R;
            type Args = ($($type,)*);
            type Ret = R;
        }

        impl<$($type,)* R> Takes<$count> for Option<extern "C" fn($($type),*) -> R> {
            type Fn = unsafe extern "C" fn($($type),*) -> R;
            type Args = ($($type,)*);
            type Ret = R;
        }

        /// C calls this for a callback of the table, on any thread, at any time until the table is
        /// released, and later still if C breaks its word. C owns what the arguments point to, and
        /// gets what the result is.
        ///
        /// # Safety
        ///
        /// The arguments are what C's header says, until the call has returned. U, B and F are
        /// CONJURED.
        unsafe extern "C" fn $trampoline<H, const INDEX: usize, U, B, F, $($type,)* R>(
            $($value: $type),*
        ) -> R
        where
            H: Callbacks,
            U: Fn($($type),*) -> usize + Copy,
            B: for<'a> Fn(&'a H, &'a Call<'a>, Returns<R>, $(Raw<'a, $type>),*)
                -> Result<R, BadArgument> + Copy,
            F: Fn($($type),*) -> R + Copy,
            $($type: Copy,)*
        {
            // SAFETY: CONJURED, by the contract.
            let user_data = unsafe { conjure::<U>() };
            let user_data = user_data($($value),*);
            // SAFETY: the contract is the same.
            unsafe { $served::<H, INDEX, B, F, $($type,)* R>($($value,)* user_data) }
        }

        /// A callback of a context-free table ends here, whichever instance C called. What holds for the
        /// trampoline above holds here; the user data comes last, from the instance.
        ///
        /// # Safety
        ///
        /// The arguments are what C's header says, until the call has returned. B and F are CONJURED.
        unsafe extern "C" fn $shared<H, const INDEX: usize, B, F, $($type,)* R>(
            $($value: $type,)*
            user_data: usize,
        ) -> R
        where
            H: Callbacks,
            B: for<'a> Fn(&'a H, &'a Call<'a>, Returns<R>, $(Raw<'a, $type>),*)
                -> Result<R, BadArgument> + Copy,
            F: Fn($($type),*) -> R + Copy,
            $($type: Copy,)*
        {
            // SAFETY: the contract is the same.
            unsafe { $served::<H, INDEX, B, F, $($type,)* R>($($value,)* user_data) }
        }

        /// Serves a call by the short way, or hands it on as it came.
        ///
        /// # Safety
        ///
        /// That of the shared trampoline.
        #[inline(always)]
        #[allow(clippy::too_many_arguments, reason = "as many as C has")]
        unsafe fn $served<H, const INDEX: usize, B, F, $($type,)* R>(
            $($value: $type,)*
            user_data: usize,
        ) -> R
        where
            H: Callbacks,
            B: for<'a> Fn(&'a H, &'a Call<'a>, Returns<R>, $(Raw<'a, $type>),*)
                -> Result<R, BadArgument> + Copy,
            F: Fn($($type),*) -> R + Copy,
            $($type: Copy,)*
        {
            // SAFETY: CONJURED, by the contract.
            let body = unsafe { conjure::<B>() };
            // SAFETY: CONJURED, by the contract.
            let fallback = unsafe { conjure::<F>() };
            let served = call_lightly::<H, R>(user_data, INDEX, move |host, call| {
                body(host, call, Returns::new(), $(
                    // SAFETY: C passed it to this call, which outlives the body.
                    unsafe { Raw::new($value) }
                ),*)
            });
            match served {
                Some(Ok(value)) => value,
                Some(Err(Failed)) => fallback($($value),*),
                // SAFETY: the contract is the same.
                None => unsafe { $any::<H, INDEX, B, F, $($type,)* R>($($value,)* user_data) },
            }
        }

        /// Serves or refuses any call.
        ///
        /// # Safety
        ///
        /// That of the shared trampoline.
        #[inline(never)]
        unsafe extern "C" fn $any<H, const INDEX: usize, B, F, $($type,)* R>(
            $($value: $type,)*
            user_data: usize,
        ) -> R
        where
            H: Callbacks,
            B: for<'a> Fn(&'a H, &'a Call<'a>, Returns<R>, $(Raw<'a, $type>),*)
                -> Result<R, BadArgument> + Copy,
            F: Fn($($type),*) -> R + Copy,
            $($type: Copy,)*
        {
            // SAFETY: CONJURED, by the contract.
            let body = unsafe { conjure::<B>() };
            // SAFETY: CONJURED, by the contract.
            let fallback = unsafe { conjure::<F>() };
            call::<H, R>(
                user_data,
                INDEX,
                move || fallback($($value),*),
                move |host, call| {
                    body(host, call, Returns::new(), $(
                        // SAFETY: C passed it to this call, which outlives the body.
                        unsafe { Raw::new($value) }
                    ),*)
                },
            )
        }

        /// C calls this for a callback of the instance `I` of a context-free table, on any thread, at
        /// any time. All it does is to add what the instance says to the arguments.
        ///
        /// # Safety
        ///
        /// The arguments are what C's header says, until the call has returned. SAME-MEMBER holds.
        unsafe extern "C" fn $instance<H, const I: usize, const INDEX: usize, $($type,)* R>(
            $($value: $type),*
        ) -> R
        where
            H: Callbacks,
        {
            let shared = const { H::SHARED[INDEX] };
            type Shared<$($type,)* R> = unsafe extern "C" fn($($type,)* usize) -> R;
            // SAFETY: SAME-MEMBER.
            let shared = unsafe { core::mem::transmute::<*const (), Shared<$($type,)* R>>(shared) };
            let user_data = H::instances()[I].user_data();
            // SAFETY: the arguments are C's, by the contract.
            unsafe { shared($($value,)* user_data) }
        }

        impl<H: Callbacks, const K: usize, const INDEX: usize, const I: usize>
            Instanced<'_, H, K, INDEX, I>
        {
            /// Puts the instance's trampoline into the member, and notes the shared one.
            pub const fn $bind<M, B, F, $($type,)* R>(
                self,
                field: Field<H::Table, M>,
                _body: B,
                _fallback: F,
            ) where
                M: Takes<
                    $count,
                    Fn = unsafe extern "C" fn($($type),*) -> R,
                    Args = ($($type,)*),
                    Ret = R,
                >,
                B: for<'a> Fn(&'a H, &'a Call<'a>, Returns<R>, $(Raw<'a, $type>),*)
                    -> Result<R, BadArgument> + Copy,
                F: Fn($($type),*) -> R + Copy,
                $($type: Copy,)*
            {
                let Slot { builder, name } = self.slot;
                builder.note(name, MemberKind::Callback, &field);
                let trampoline: M::Fn = $instance::<H, I, INDEX, $($type,)* R>;
                builder.write(&field, trampoline);
                let shared: unsafe extern "C" fn($($type,)* usize) -> R =
                    $shared::<H, INDEX, B, F, $($type,)* R>;
                builder.share::<INDEX>(shared as *const ());
            }
        }

        impl<H: Callbacks, const K: usize, const INDEX: usize> Slot<'_, H, K, INDEX> {
            /// Puts the trampoline for these closures into the member.
            pub const fn $bind<M, U, B, F, $($type,)* R>(
                self,
                field: Field<H::Table, M>,
                _user_data: U,
                _body: B,
                _fallback: F,
            ) where
                M: Takes<
                    $count,
                    Fn = unsafe extern "C" fn($($type),*) -> R,
                    Args = ($($type,)*),
                    Ret = R,
                >,
                U: Fn($($type),*) -> usize + Copy,
                B: for<'a> Fn(&'a H, &'a Call<'a>, Returns<R>, $(Raw<'a, $type>),*)
                    -> Result<R, BadArgument> + Copy,
                F: Fn($($type),*) -> R + Copy,
                $($type: Copy,)*
            {
                self.builder.note(self.name, MemberKind::Callback, &field);
                let trampoline: M::Fn = $trampoline::<H, INDEX, U, B, F, $($type,)* R>;
                self.builder.write(&field, trampoline);
            }
        }
    };
}

arity!(0 bind_0 trampoline_0 shared_0 served_0 any_0 instance_0);
arity!(1 bind_1 trampoline_1 shared_1 served_1 any_1 instance_1 a0: A0);
arity!(2 bind_2 trampoline_2 shared_2 served_2 any_2 instance_2 a0: A0, a1: A1);
arity!(3 bind_3 trampoline_3 shared_3 served_3 any_3 instance_3 a0: A0, a1: A1, a2: A2);
arity!(4 bind_4 trampoline_4 shared_4 served_4 any_4 instance_4 a0: A0, a1: A1, a2: A2, a3: A3);
arity!(5 bind_5 trampoline_5 shared_5 served_5 any_5 instance_5 a0: A0, a1: A1, a2: A2, a3: A3, a4: A4);
arity!(6 bind_6 trampoline_6 shared_6 served_6 any_6 instance_6 a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5);
arity!(7 bind_7 trampoline_7 shared_7 served_7 any_7 instance_7 a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6);
arity!(8 bind_8 trampoline_8 shared_8 served_8 any_8 instance_8 a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7);
arity!(
    9 bind_9 trampoline_9 shared_9 served_9 any_9 instance_9
    a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7, a8: A8
);
arity!(
    10 bind_10 trampoline_10 shared_10 served_10 any_10 instance_10
    a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7, a8: A8, a9: A9
);
arity!(
    11 bind_11 trampoline_11 shared_11 served_11 any_11 instance_11
    a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7, a8: A8, a9: A9, a10: A10
);
arity!(
    12 bind_12 trampoline_12 shared_12 served_12 any_12 instance_12
    a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7, a8: A8, a9: A9, a10: A10, a11:
    A11
);
arity!(
    13 bind_13 trampoline_13 shared_13 served_13 any_13 instance_13
    a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7, a8: A8, a9: A9, a10: A10, a11:
    A11, a12: A12
);
arity!(
    14 bind_14 trampoline_14 shared_14 served_14 any_14 instance_14
    a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7, a8: A8, a9: A9, a10: A10, a11:
    A11, a12: A12, a13: A13
);
arity!(
    15 bind_15 trampoline_15 shared_15 served_15 any_15 instance_15
    a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7, a8: A8, a9: A9, a10: A10, a11:
    A11, a12: A12, a13: A13, a14: A14
);
arity!(
    16 bind_16 trampoline_16 shared_16 served_16 any_16 instance_16
    a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6, a7: A7, a8: A8, a9: A9, a10: A10, a11:
    A11, a12: A12, a13: A13, a14: A14, a15: A15
);
