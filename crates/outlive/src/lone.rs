//! Lone functions: a C function pointer with user data, behind which a closure stands.
//!
//! A closure's type is known where its trampoline is made and nowhere else. So the trampoline is found by a trait that
//! is implemented for each C function type, with the closure's type as a parameter ([`LoneFunction`]); that is what lets
//! the compiler infer the types of the closure's arguments from C's typedef.

mod arity;
mod host;

mod kept;

pub(crate) use host::Lone;
pub use kept::Once;
pub(crate) use kept::Use;

use crate::abi::CFunction;
use crate::seal::Seal;
use crate::threads::Shared;

/// The user data is the last of C's arguments.
///
/// ```
/// # use std::ffi::c_void;
/// use outlive::{CallbackType, Last};
///
/// type done_cb = unsafe extern "C" fn(status: i32, user: *mut c_void);
///
/// fn is_callback<S: CallbackType<Last>>() {}
/// is_callback::<done_cb>();
/// ```
#[derive(Debug)]
pub enum Last {}

/// The user data is the first of C's arguments.
///
/// ```
/// # use std::ffi::c_void;
/// use outlive::{Callback, CallbackAt, First};
///
/// type done_cb = unsafe extern "C" fn(user: *mut c_void, status: i32);
///
/// let at: CallbackAt<done_cb, First> = Callback::user_data_first();
/// let done = at.new(|status| println!("{status}")).unwrap();
/// ```
#[derive(Debug)]
pub enum First {}

/// The user data is the argument of this number, counted from 0; so many come before it.
///
/// ```
/// # use std::ffi::c_void;
/// use outlive::{At, Callback, CallbackAt};
///
/// type done_cb = unsafe extern "C" fn(status: i32, user: *mut c_void, line: u32);
///
/// let at: CallbackAt<done_cb, At<1>> = Callback::user_data_at::<1>();
/// let done = at.new(|status, line| println!("{status} {line}")).unwrap();
/// ```
#[derive(Debug)]
pub enum At<const NUMBER: usize> {}

/// The type of a C callback: `Option` or a bare function pointer, of the ABI `C` or `system`, `unsafe` or not, of at most 16
/// arguments, one of which is at the place `P` for user data: [`Last`], [`First`], or [`At`] a number of 1 to 6 in a function
/// of at most 8 arguments.
///
/// ```
/// # use std::ffi::c_void;
/// use outlive::{CallbackType};
///
/// type done_cb = unsafe extern "C" fn(status: i32, user: *mut c_void);
///
/// /// A function whose user data is a `void *`, and that returns nothing.
/// fn is_notice<S: CallbackType<UserData = *mut c_void, Ret = ()>>() {}
/// is_notice::<done_cb>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no C callback with room for user data at the place `{P}`",
    label = "not an `extern \"C\" fn` or an `extern \"system\" fn`, `unsafe` or not, or an `Option` of one, with plain arguments",
    note = "it has at most 16 arguments, none of them a reference; a variadic function needs a shim in C",
    note = "no panic leaves a callback: declare a function of the ABI `C-unwind` or `system-unwind` as one of the ABI `C` or `system`"
)]
pub trait CallbackType<P = Last>: CFunction<Bare: 'static> + Send + Sync + 'static {
    /// What C gets back.
    type Ret: Copy + 'static;
    /// What C has at that place.
    type UserData;
    /// The other arguments: a tuple of them, or what there is to be passed where that is one.
    type Others: 'static;
    /// C's destructor of such user data, of the same ABI: an `Option` of an `unsafe extern "C" fn`, or of an
    /// `unsafe extern "system" fn`.
    type Destructor: CFunction<Bare = unsafe extern "C" fn(Self::UserData)>;

    /// Whether it is NULL.
    #[doc(hidden)]
    fn is_null(self, _: Seal) -> bool;

    /// Calls it; `None` where it is NULL.
    ///
    /// # Safety
    ///
    /// As for the function itself.
    #[doc(hidden)]
    unsafe fn call(
        self,
        user_data: Self::UserData,
        others: Self::Others,
        _: Seal,
    ) -> Option<Self::Ret>;
}

/// A C callback's type, behind which a closure of the type `F` can stand: one with C's other arguments and result.
///
/// `U` says who may call, and so what the closure has to be: `Fn` for [`Shared`] and [`Local`](crate::Local), `FnMut` for
/// [`Exclusive`](crate::Exclusive), `FnOnce` for [`Once`].
///
/// ```
/// # use std::ffi::c_void;
/// use outlive::{Callback, CallbackType, LoneFunction};
///
/// type done_cb = unsafe extern "C" fn(status: i32, user: *mut c_void);
///
/// /// Holds a closure behind any function that returns nothing.
/// fn hold<S, F>(closure: F) -> Callback<S>
/// where
///     S: CallbackType<UserData = *mut c_void, Ret = ()> + LoneFunction<F>,
///     F: Send + Sync + 'static,
/// {
///     Callback::<S>::new(closure).unwrap()
/// }
/// let done = hold::<done_cb, _>(|status: i32| println!("{status}"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no user data at the place `{P}`",
    label = "a pointer or 64 bits of user data are looked for at the place `{P}`",
    note = "`Callback::user_data_first` and `Callback::user_data_at` say that it is elsewhere; in 32 bits there is no room for it"
)]
pub trait LoneFunction<F, U = Shared, P = Last>: CallbackType<P> {
    /// The function that C calls. Safe code may call it.
    #[doc(hidden)]
    fn trampoline(_: Seal) -> Self::Bare;
}
