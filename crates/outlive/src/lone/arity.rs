//! What depends on the number of a lone function's arguments, and on the place of its user data.

use super::host::Lone;
use super::{At, CallbackType, First, Last, LoneFunction, Once};
use crate::abi::{CFunction, bare};
use crate::argument::UserData;
use crate::seal::Seal;
use crate::threads::{Exclusive, Local, Shared};

/// A bare `unsafe extern "C" fn` that has user data at the place `P`.
pub trait Signature<P>: Copy + Send + Sync + 'static {
    /// As [`CallbackType::Ret`].
    type Ret: Copy + 'static;
    /// As [`CallbackType::UserData`].
    type UserData;
    /// As [`CallbackType::Others`].
    type Others: 'static;

    /// Calls it.
    ///
    /// # Safety
    ///
    /// As for the function itself.
    unsafe fn call(self, user_data: Self::UserData, others: Self::Others) -> Self::Ret;
}

/// A function that has a trampoline for closures of the type `F`; as for [`LoneFunction`].
pub trait Trampoline<F, U, P>: Signature<P> {
    /// The trampoline, which enters for `Lone<Self, F, U, P>`. Safe code may call it.
    fn trampoline() -> Self;
}

#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl<S, P> CallbackType<P> for S
where
    S: CFunction<Bare: Signature<P>> + Send + Sync + 'static,
{
    type Ret = <S::Bare as Signature<P>>::Ret;
    type UserData = <S::Bare as Signature<P>>::UserData;
    type Others = <S::Bare as Signature<P>>::Others;
    type Destructor = S::Taking<Self::UserData>;

    fn is_null(self, _: Seal) -> bool {
        bare(self).is_none()
    }

    unsafe fn call(
        self,
        user_data: Self::UserData,
        others: Self::Others,
        _: Seal,
    ) -> Option<Self::Ret> {
        // SAFETY: the contract is the function's own; one that is declared safe has none.
        bare(self).map(|function| unsafe { function.call(user_data, others) })
    }
}

#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl<S, F, U, P> LoneFunction<F, U, P> for S
where
    S: CallbackType<P> + CFunction<Bare: Trampoline<F, U, P>>,
{
    fn trampoline(_: Seal) -> Self::Bare {
        S::Bare::trampoline()
    }
}

/// C's arguments beside the user data, as a type or as a pattern.
macro_rules! others {
    ($only:ident) => { $only };
    ($($each:ident)*) => { ($($each),*) };
}

/// The trampolines of a function whose user data is at `$place`, with the first arguments before it and the others after it:
/// for each kind of closure.
macro_rules! lone {
    ($place:ty; $before:tt $after:tt) => {
        lone!(@signature $place; $before $after);
        lone!(@kind $place, Shared, serve_shared, Fn; $before $after);
        lone!(@kind $place, Exclusive, serve_exclusive, FnMut; $before $after);
        lone!(@kind $place, Local, serve_shared, Fn; $before $after);
        lone!(@kind $place, Once<Exclusive>, serve_once, FnOnce; $before $after);
        lone!(@kind $place, Once<Local>, serve_once, FnOnce; $before $after);
    };
    (@signature $place:ty; ($($b:ident: $B:ident),*) ($($a:ident: $A:ident),*)) => {
        #[diagnostic::do_not_recommend]
        impl<$($B: 'static,)* U: 'static, $($A: 'static,)* R: Copy + 'static> Signature<$place>
            for unsafe extern "C" fn($($B,)* U $(, $A)*) -> R
        {
            type Ret = R;
            type UserData = U;
            type Others = others!($($B)* $($A)*);

            unsafe fn call(self, user_data: U, others!($($b)* $($a)*): Self::Others) -> R {
                // SAFETY: the contract is the same.
                unsafe { self($($b,)* user_data $(, $a)*) }
            }
        }
    };
    (@kind $place:ty, $kind:ty, $serve:ident, $closure:ident;
        ($($b:ident: $B:ident),*) ($($a:ident: $A:ident),*)) => {
        #[diagnostic::do_not_recommend]
        impl<F, $($B,)* U, $($A,)* R> Trampoline<F, $kind, $place>
            for unsafe extern "C" fn($($B,)* U $(, $A)*) -> R
        where
            F: $closure($($B,)* $($A),*) -> R + 'static,
            $($B: 'static,)*
            U: UserData + 'static,
            $($A: 'static,)*
            R: Copy + 'static,
        {
            fn trampoline() -> Self {
                /// C calls this for the callback, on any thread, at any time until the registration is released, and
                /// later still if C breaks its word. C owns what the arguments point to, and gets what the
                /// result is.
                extern "C" fn trampoline<F, $($B,)* U, $($A,)* R>($($b: $B,)* user_data: U $(, $a: $A)*) -> R
                where
                    F: $closure($($B,)* $($A),*) -> R + 'static,
                    $($B: 'static,)*
                    U: UserData + 'static,
                    $($A: 'static,)*
                    R: Copy + 'static,
                {
                    type Function<$($B,)* U, $($A,)* R> = unsafe extern "C" fn($($B,)* U $(, $A)*) -> R;
                    let user_data = user_data.bits(Seal(()));
                    Lone::<Function<$($B,)* U, $($A,)* R>, F, $kind, $place>::$serve(
                        user_data,
                        |closure| closure($($b,)* $($a),*),
                    )
                }
                trampoline::<F, $($B,)* U, $($A,)* R>
            }
        }
    };
}

/// Functions with these arguments beside the user data, which is the first or the last, and with fewer of them.
macro_rules! first_and_last {
    ($($value:ident $type:ident,)*) => { first_and_last!(@ [] $($value $type,)*); };
    (@ [$($value:ident $type:ident,)*] $next:ident $next_type:ident, $($rest:tt)*) => {
        lone!(Last; ($($value: $type),*) ());
        lone!(First; () ($($value: $type),*));
        first_and_last!(@ [$($value $type,)* $next $next_type,] $($rest)*);
    };
    (@ [$($value:ident $type:ident,)*]) => {};
}

first_and_last!(
    a0 A0, a1 A1, a2 A2, a3 A3, a4 A4, a5 A5, a6 A6, a7 A7, a8 A8, a9 A9, a10 A10, a11 A11, a12 A12, a13 A13,
    a14 A14, a15 A15,
);

/// Functions whose user data has arguments before and after it.
macro_rules! between {
    ($($number:literal: $before:tt $after:tt;)*) => { $(lone!(At<$number>; $before $after);)* };
}

between! {
    1: (a0: A0) (a1: A1);
    1: (a0: A0) (a1: A1, a2: A2);
    1: (a0: A0) (a1: A1, a2: A2, a3: A3);
    1: (a0: A0) (a1: A1, a2: A2, a3: A3, a4: A4);
    1: (a0: A0) (a1: A1, a2: A2, a3: A3, a4: A4, a5: A5);
    1: (a0: A0) (a1: A1, a2: A2, a3: A3, a4: A4, a5: A5, a6: A6);
    2: (a0: A0, a1: A1) (a2: A2);
    2: (a0: A0, a1: A1) (a2: A2, a3: A3);
    2: (a0: A0, a1: A1) (a2: A2, a3: A3, a4: A4);
    2: (a0: A0, a1: A1) (a2: A2, a3: A3, a4: A4, a5: A5);
    2: (a0: A0, a1: A1) (a2: A2, a3: A3, a4: A4, a5: A5, a6: A6);
    3: (a0: A0, a1: A1, a2: A2) (a3: A3);
    3: (a0: A0, a1: A1, a2: A2) (a3: A3, a4: A4);
    3: (a0: A0, a1: A1, a2: A2) (a3: A3, a4: A4, a5: A5);
    3: (a0: A0, a1: A1, a2: A2) (a3: A3, a4: A4, a5: A5, a6: A6);
    4: (a0: A0, a1: A1, a2: A2, a3: A3) (a4: A4);
    4: (a0: A0, a1: A1, a2: A2, a3: A3) (a4: A4, a5: A5);
    4: (a0: A0, a1: A1, a2: A2, a3: A3) (a4: A4, a5: A5, a6: A6);
    5: (a0: A0, a1: A1, a2: A2, a3: A3, a4: A4) (a5: A5);
    5: (a0: A0, a1: A1, a2: A2, a3: A3, a4: A4) (a5: A5, a6: A6);
    6: (a0: A0, a1: A1, a2: A2, a3: A3, a4: A4, a5: A5) (a6: A6);
}
