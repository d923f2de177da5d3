//! What depends on the number of a lone function's arguments, and on the place of its user data.

use super::host::Lone;
use super::{At, CallbackType, First, Last, LoneFunction, Once, sealed::Sealed};
use crate::argument::UserData;
use crate::seal::Seal;
use crate::threads::{Exclusive, Local, Shared};

/// The four forms of a C function type.
macro_rules! sealed {
    ($($type:ident),*) => {
        impl<$($type,)* R> Sealed for unsafe extern "C" fn($($type),*) -> R {}
        impl<$($type,)* R> Sealed for Option<unsafe extern "C" fn($($type),*) -> R> {}
        impl<$($type,)* R> Sealed for extern "C" fn($($type),*) -> R {}
        impl<$($type,)* R> Sealed for Option<extern "C" fn($($type),*) -> R> {}
    };
}

/// C's arguments beside the user data, as a type or as a pattern.
macro_rules! others {
    ($only:ident) => { $only };
    ($($each:ident)*) => { ($($each),*) };
}

/// The trampolines of a function whose user data is at `$place`, with the first arguments before it and the others after it:
/// for each kind of closure, and for each form of the function type.
macro_rules! lone {
    ($place:ty; $before:tt $after:tt) => {
        lone!(@type $place; $before $after);
        lone!(@kind $place, Shared, serve_shared, Fn; $before $after);
        lone!(@kind $place, Exclusive, serve_exclusive, FnMut; $before $after);
        lone!(@kind $place, Local, serve_shared, Fn; $before $after);
        lone!(@kind $place, Once<Exclusive>, serve_once, FnOnce; $before $after);
        lone!(@kind $place, Once<Local>, serve_once, FnOnce; $before $after);
    };
    (@type $place:ty; ($($b:ident: $B:ident),*) ($($a:ident: $A:ident),*)) => {
        lone!(@type $place, Some, unsafe extern "C" fn($($B,)* U $(, $A)*) -> R; ($($b: $B),*) ($($a: $A),*));
        lone!(@type $place, core::convert::identity, Option<unsafe extern "C" fn($($B,)* U $(, $A)*) -> R>;
            ($($b: $B),*) ($($a: $A),*));
        lone!(@type $place, Some, extern "C" fn($($B,)* U $(, $A)*) -> R; ($($b: $B),*) ($($a: $A),*));
        lone!(@type $place, core::convert::identity, Option<extern "C" fn($($B,)* U $(, $A)*) -> R>;
            ($($b: $B),*) ($($a: $A),*));
    };
    (@type $place:ty, $as_option:path, $function:ty; ($($b:ident: $B:ident),*) ($($a:ident: $A:ident),*)) => {
        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl<$($B: 'static,)* U: 'static, $($A: 'static,)* R: Copy + 'static> CallbackType<$place> for $function {
            type Ret = R;
            type UserData = U;
            type Others = others!($($B)* $($A)*);

            fn is_null(self, _: Seal) -> bool {
                $as_option(self).is_none()
            }

            #[allow(unused_unsafe, reason = "two of the forms are safe to call")]
            unsafe fn call(self, user_data: U, others!($($b)* $($a)*): Self::Others, _: Seal) -> Option<R> {
                // SAFETY: the contract is the function's own; one that is declared safe has none.
                $as_option(self).map(|function| unsafe { function($($b,)* user_data $(, $a)*) })
            }
        }
    };
    (@kind $place:ty, $kind:ty, $serve:ident, $closure:tt; ($($b:ident: $B:ident),*) ($($a:ident: $A:ident),*)) => {
        lone!(@impl $place, $kind, $serve, $closure, core::convert::identity,
            unsafe extern "C" fn($($B,)* U $(, $A)*) -> R; ($($b: $B),*) ($($a: $A),*));
        lone!(@impl $place, $kind, $serve, $closure, Some,
            Option<unsafe extern "C" fn($($B,)* U $(, $A)*) -> R>; ($($b: $B),*) ($($a: $A),*));
        lone!(@impl $place, $kind, $serve, $closure, core::convert::identity,
            extern "C" fn($($B,)* U $(, $A)*) -> R; ($($b: $B),*) ($($a: $A),*));
        lone!(@impl $place, $kind, $serve, $closure, Some,
            Option<extern "C" fn($($B,)* U $(, $A)*) -> R>; ($($b: $B),*) ($($a: $A),*));
    };
    (@impl $place:ty, $kind:ty, $serve:ident, $closure:ident, $form:path, $function:ty;
        ($($b:ident: $B:ident),*) ($($a:ident: $A:ident),*)) => {
        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl<F, $($B,)* U, $($A,)* R> LoneFunction<F, $kind, $place> for $function
        where
            F: $closure($($B,)* $($A),*) -> R + 'static,
            $($B: 'static,)*
            U: UserData + 'static,
            $($A: 'static,)*
            R: Copy + 'static,
        {
            fn trampoline(_: Seal) -> Self {
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
                    let user_data = user_data.bits(Seal(()));
                    Lone::<$function, F, $kind, $place>::$serve(user_data, |closure| closure($($b,)* $($a),*))
                }
                $form(trampoline::<F, $($B,)* U, $($A,)* R>)
            }
        }
    };
}

/// Functions with these arguments beside the user data, which is the first or the last, and with fewer of them.
macro_rules! first_and_last {
    ($($value:ident $type:ident,)*) => { first_and_last!(@ [] $($value $type,)*); };
    (@ [$($value:ident $type:ident,)*] $next:ident $next_type:ident, $($rest:tt)*) => {
        sealed!($($type),*);
        lone!(Last; ($($value: $type),*) ());
        lone!(First; () ($($value: $type),*));
        first_and_last!(@ [$($value $type,)* $next $next_type,] $($rest)*);
    };
    (@ [$($value:ident $type:ident,)*]) => { sealed!($($type),*); };
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
