//! Which Rust types a callback method may have where the C struct has its own.
//!
//! `#[callbacks]` reads the C type of each argument from the struct's member; these traits say what
//! a method may write for it. They are sealed: a type of yours enters through
//! `#[try_from]` or as the raw C type.

use core::ffi::CStr;

use crate::seal::Seal;
use crate::tokens::Token;

/// Why an argument was refused.
pub(crate) type Reason = &'static str;

pub(crate) const NULL: Reason = "is NULL";
pub(crate) const MISALIGNED: Reason = "is misaligned";
const NO_VALUE: Reason = "is not a value of the method's type";

/// A type that a method may have where C has a `Raw`.
///
/// | the method has | where C has | |
/// | --- | --- | --- |
/// | the very same type | any type | as it is |
/// | `*const T` | `*mut T` | as it is |
/// | `Option<T>`, `T: Copy` | `*const T`, `*mut T` | copied; NULL is `None`, a misaligned pointer is refused |
/// | [`Token`] | any pointer | not read; may be [null](Token::is_null) |
/// | `Option<Token>` | any pointer | not read; NULL is `None` |
///
/// [`BorrowedArgument`] has the references and the out parameters, [`CountedArgument`](crate::CountedArgument) the slices and
/// the buffers, [`CheckedArgument`] the types behind `#[try_from]`.
///
/// ```
/// use std::ffi::{c_int, c_void};
/// use outlive::{Held, Token, callbacks};
///
/// #[derive(Clone, Copy)]
/// #[repr(C)]
/// pub struct point {
///     pub x: c_int,
///     pub y: c_int,
/// }
///
/// #[repr(C)]
/// pub struct canvas {
///     pub draw: Option<unsafe extern "C" fn(at: *const point, pen: *mut c_void, arg: *mut c_void) -> c_int>,
/// }
///
/// struct Canvas;
///
/// #[callbacks(canvas, state = arg)]
/// impl Canvas {
///     #[callback(fallback = -1)]
///     fn draw(&self, at: Option<point>, pen: Token) -> c_int {
///         if pen.is_null() { 0 } else { at.map_or(0, |at| at.x + at.y) }
///     }
/// }
///
/// let held = Held::new(Canvas).unwrap();
/// // What C does:
/// let (draw, pen) = (unsafe { (*held.as_ptr()).draw }.unwrap(), std::ptr::without_provenance_mut(1));
/// assert_eq!(unsafe { draw(&point { x: 1, y: 2 }, pen, held.user_data()) }, 3);
/// assert_eq!(unsafe { draw(std::ptr::null(), pen, held.user_data()) }, 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "a method cannot take `{Self}` where C passes `{Raw}`",
    label = "the C struct has `{Raw}` here",
    note = "write `{Raw}`; or `Option<T>` for a pointer to plain data, `#[try_from]` for an enum, `Token` for a handle of your own",
    note = "with `unsafe(borrow)` in the block: `Option<&CStr>` for a string, `#[len(size)] data: &[T]` for an array, `Out<'_, T>` and `Buffer<'_, T>` for what the method writes"
)]
pub trait Argument<Raw>: Sized {
    /// Reads what C passed, or says why it cannot be read.
    ///
    /// # Safety
    ///
    /// RAW-ARGUMENT: `raw` was passed by C to a call that is still running, and a pointer is NULL or
    /// points to what C's header says of it.
    #[doc(hidden)]
    unsafe fn from_c(raw: Raw, _: Seal) -> Result<Self, Reason>;
}

impl<T> Argument<T> for T {
    #[inline]
    unsafe fn from_c(raw: T, _: Seal) -> Result<Self, Reason> {
        Ok(raw)
    }
}

impl<T> Argument<*mut T> for *const T {
    #[inline]
    unsafe fn from_c(raw: *mut T, _: Seal) -> Result<Self, Reason> {
        Ok(raw)
    }
}

impl<T: Copy> Argument<*const T> for Option<T> {
    #[inline]
    unsafe fn from_c(raw: *const T, _: Seal) -> Result<Self, Reason> {
        if raw.is_null() {
            return Ok(None);
        }
        if !raw.is_aligned() {
            return Err(MISALIGNED);
        }
        // SAFETY: RAW-ARGUMENT, and neither NULL nor misaligned.
        Ok(Some(unsafe { raw.read() }))
    }
}

impl<T: Copy> Argument<*mut T> for Option<T> {
    #[inline]
    unsafe fn from_c(raw: *mut T, seal: Seal) -> Result<Self, Reason> {
        // SAFETY: the contract is this function's own.
        unsafe { Argument::from_c(raw.cast_const(), seal) }
    }
}

impl<T> Argument<*const T> for Token {
    #[inline]
    unsafe fn from_c(raw: *const T, _: Seal) -> Result<Self, Reason> {
        Ok(Token::from_ptr(raw.cast()))
    }
}

impl<T> Argument<*mut T> for Token {
    #[inline]
    unsafe fn from_c(raw: *mut T, _: Seal) -> Result<Self, Reason> {
        Ok(Token::from_ptr(raw.cast_const().cast()))
    }
}

/// `Option<Token>`, where C has a pointer of any type.
///
/// It stands apart from [`Argument`] because `Option<T>` means a copy of what the pointer points to,
/// there.
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// use outlive::{Held, Token, callbacks};
///
/// #[repr(C)]
/// pub struct table {
///     pub run: Option<unsafe extern "C" fn(timer: *mut c_void, arg: *mut c_void) -> c_int>,
/// }
///
/// struct Host;
///
/// #[callbacks(table, state = arg)]
/// impl Host {
///     #[callback(fallback = -1)]
///     fn run(&self, timer: Option<Token>) -> c_int {
///         c_int::from(timer.is_some())
///     }
/// }
///
/// let held = Held::new(Host).unwrap();
/// // What C does:
/// let run = unsafe { (*held.as_ptr()).run }.unwrap();
/// assert_eq!(unsafe { run(std::ptr::null_mut(), held.user_data()) }, 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "a method cannot take `{Self}` where C passes `{Raw}`",
    label = "the C struct has `{Raw}` here",
    note = "a `Token` parameter of a callback is an `outlive::Token`, and C has a pointer for it"
)]
pub trait TokenArgument<Raw>: Sized {
    /// Reads the handle that C passed back.
    #[doc(hidden)]
    fn from_c(raw: Raw, _: Seal) -> Self;
}

impl<T> TokenArgument<*const T> for Option<Token> {
    #[inline]
    fn from_c(raw: *const T, _: Seal) -> Self {
        (!raw.is_null()).then(|| Token::from_ptr(raw.cast()))
    }
}

impl<T> TokenArgument<*mut T> for Option<Token> {
    #[inline]
    fn from_c(raw: *mut T, seal: Seal) -> Self {
        TokenArgument::from_c(raw.cast_const(), seal)
    }
}

/// A reference that a method may have where C has a pointer, in a block that says `unsafe(borrow)`.
///
/// | the method has | where C has | |
/// | --- | --- | --- |
/// | `Option<&T>` | `*const T`, `*mut T` | NULL is `None`, a misaligned pointer is refused |
/// | `&T` | `*const T`, `*mut T` | NULL is refused, a misaligned pointer is refused |
/// | `Option<&CStr>`, `&CStr` | pointers to `c_char`, `i8` and `u8` | the same |
/// | [`Option<Out<'_, T>>`](crate::Out), `Out<'_, T>` | `*mut T` | the same, to be written |
///
/// [`CountedArgument`](crate::CountedArgument) has the slices, and the buffers that a method writes.
///
/// The lifetime is that of the call: a method cannot keep what it gets.
///
/// ```
/// # use std::ffi::{CStr, c_char, c_int, c_void};
/// use outlive::{Held, Out, callbacks};
///
/// #[repr(C)]
/// pub struct table {
///     pub run: Option<unsafe extern "C" fn(name: *const c_char, length: *mut usize, arg: *mut c_void) -> c_int>,
/// }
///
/// struct Host;
///
/// #[callbacks(table, state = arg, unsafe(borrow))]
/// impl Host {
///     #[callback(fallback = -1)]
///     fn run(&self, name: &CStr, length: Option<Out<'_, usize>>) -> c_int {
///         if let Some(length) = length {
///             length.write(name.count_bytes());
///         }
///         0
///     }
/// }
///
/// let held = Held::new(Host).unwrap();
/// // What C does:
/// let run = unsafe { (*held.as_ptr()).run }.unwrap();
/// let mut length = 0;
/// assert_eq!(unsafe { run(c"name".as_ptr(), &mut length, held.user_data()) }, 0);
/// assert_eq!(length, 4);
/// assert_eq!(unsafe { run(std::ptr::null(), &mut length, held.user_data()) }, -1); // NULL is refused
/// ```
///
/// # What `unsafe(borrow)` promises
///
/// For each such parameter of the block's methods, until the method has returned:
///
/// * where it reads (`&T`, `&CStr`, `&[T]`), C passes NULL or a pointer to a valid `T`, to a string that ends in NUL, or
///   to as many valid `T` as the length says, and nobody writes there;
/// * where it writes ([`Out`](crate::Out), [`Buffer`](crate::Buffer)), C passes NULL or a pointer to memory for a `T`, or
///   for as many as the length says. Nobody else reads or writes there, and it shares no byte with what another parameter of
///   the call has.
///
/// That is said of C on other threads, of C that the method itself calls, and of other calls of C's.
#[diagnostic::on_unimplemented(
    message = "a method cannot borrow `{Self}` from the `{Raw}` that C passes",
    label = "the C struct has `{Raw}` here",
    note = "`Option<&T>` needs a pointer to `T`, `Out<'_, T>` a `*mut T`, and `Option<&CStr>`, for a string, a pointer to `c_char`"
)]
pub trait BorrowedArgument<'call, Raw>: Sized {
    /// Borrows what C passed, or says why it cannot be borrowed.
    ///
    /// # Safety
    ///
    /// RAW-ARGUMENT, the call runs for all of `'call`, and what `unsafe(borrow)` promises.
    #[doc(hidden)]
    unsafe fn from_c(raw: Raw, _: Seal) -> Result<Self, Reason>;
}

impl<'call, T> BorrowedArgument<'call, *const T> for Option<&'call T> {
    #[inline]
    unsafe fn from_c(raw: *const T, _: Seal) -> Result<Self, Reason> {
        if !raw.is_aligned() {
            return Err(MISALIGNED);
        }
        // SAFETY: the contract of this function, and the pointer is aligned.
        Ok(unsafe { raw.as_ref() })
    }
}

macro_rules! strings {
    ($($char:ty)*) => {
        $(
            impl<'call> BorrowedArgument<'call, *const $char> for Option<&'call CStr> {
                #[inline]
                unsafe fn from_c(raw: *const $char, _: Seal) -> Result<Self, Reason> {
                    if raw.is_null() {
                        return Ok(None);
                    }
                    // SAFETY: the contract of this function, and the pointer is not NULL.
                    Ok(Some(unsafe { CStr::from_ptr(raw.cast()) }))
                }
            }
        )*
    };
}

// One of them is `c_char`, which is the other one elsewhere.
strings!(i8 u8);

impl<'call, T: ?Sized, P> BorrowedArgument<'call, *const P> for &'call T
where
    Option<&'call T>: BorrowedArgument<'call, *const P>,
{
    #[inline]
    unsafe fn from_c(raw: *const P, seal: Seal) -> Result<Self, Reason> {
        // SAFETY: the contract is this function's own.
        let borrowed: Option<&'call T> = unsafe { BorrowedArgument::from_c(raw, seal) }?;
        borrowed.ok_or(NULL)
    }
}

impl<'call, B, P> BorrowedArgument<'call, *mut P> for B
where
    B: BorrowedArgument<'call, *const P>,
{
    #[inline]
    unsafe fn from_c(raw: *mut P, seal: Seal) -> Result<Self, Reason> {
        // SAFETY: the contract is this function's own.
        unsafe { BorrowedArgument::from_c(raw.cast_const(), seal) }
    }
}

/// The type of a parameter marked `#[try_from]`: C passes a `Raw`, most often an integer that
/// stands for an enum, and a value that `TryFrom` refuses is a bad argument.
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// use outlive::{Held, callbacks};
///
/// #[repr(C)]
/// pub struct table {
///     pub run: Option<unsafe extern "C" fn(level: c_int, arg: *mut c_void) -> c_int>,
/// }
///
/// #[derive(Clone, Copy)]
/// enum Level {
///     Low,
///     High,
/// }
///
/// impl TryFrom<c_int> for Level {
///     type Error = ();
///
///     fn try_from(level: c_int) -> Result<Self, ()> {
///         [Level::Low, Level::High].into_iter().find(|one| *one as c_int == level).ok_or(())
///     }
/// }
///
/// struct Host;
///
/// #[callbacks(table, state = arg)]
/// impl Host {
///     #[callback(fallback = -1)]
///     fn run(&self, #[try_from] level: Level) -> c_int {
///         level as c_int
///     }
/// }
///
/// let held = Held::new(Host).unwrap();
/// // What C does:
/// let run = unsafe { (*held.as_ptr()).run }.unwrap();
/// assert_eq!(unsafe { run(1, held.user_data()) }, 1);
/// assert_eq!(unsafe { run(7, held.user_data()) }, -1); // an incident
/// ```
#[diagnostic::on_unimplemented(
    message = "`#[try_from]` needs `impl TryFrom<{Raw}> for {Self}`",
    label = "C passes `{Raw}` here"
)]
pub trait CheckedArgument<Raw>: Sized {
    /// Reads what C passed, or says why it is refused.
    #[doc(hidden)]
    fn from_c(raw: Raw, _: Seal) -> Result<Self, Reason>;
}

#[diagnostic::do_not_recommend]
impl<Raw, T: TryFrom<Raw>> CheckedArgument<Raw> for T {
    #[inline]
    fn from_c(raw: Raw, _: Seal) -> Result<Self, Reason> {
        T::try_from(raw).map_err(|_| NO_VALUE)
    }
}

/// A type that a method may return where C expects a `Raw`.
///
/// | the method returns | where C expects | |
/// | --- | --- | --- |
/// | the very same type | any type | as it is |
/// | `*mut T` | `*const T` | as it is |
/// | [`Token`] | any pointer | a handle that C must not dereference |
/// | `Option<Token>` | any pointer | the same, `None` is NULL |
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// use outlive::{Held, Token, Tokens, callbacks};
///
/// #[repr(C)]
/// pub struct table {
///     pub run: Option<unsafe extern "C" fn(arg: *mut c_void) -> *mut c_void>,
/// }
///
/// struct Host(std::sync::Mutex<Tokens<&'static str>>);
///
/// #[callbacks(table, state = arg)]
/// impl Host {
///     fn run(&self) -> Token {
///         self.0.lock().unwrap().insert("timer")
///     }
/// }
///
/// let held = Held::new(Host(Tokens::new("timer").into())).unwrap();
/// // What C does:
/// let run = unsafe { (*held.as_ptr()).run }.unwrap();
/// let token = Token::from_ptr(unsafe { run(held.user_data()) });
/// assert_eq!(held.with(|host| host.0.lock().unwrap().take(token)), Ok(Some("timer")));
/// ```
#[diagnostic::on_unimplemented(
    message = "a method cannot return `{Self}` where C expects `{Raw}`",
    label = "the C struct has `{Raw}` as the result",
    note = "return `{Raw}`; or `Token` or `Option<Token>` for a pointer that is a handle of your own"
)]
pub trait ReturnValue<Raw> {
    /// What C gets.
    #[doc(hidden)]
    fn into_c(self, _: Seal) -> Raw;
}

impl<T> ReturnValue<T> for T {
    #[inline]
    fn into_c(self, _: Seal) -> T {
        self
    }
}

impl<T> ReturnValue<*const T> for *mut T {
    #[inline]
    fn into_c(self, _: Seal) -> *const T {
        self
    }
}

impl<T> ReturnValue<*mut T> for Token {
    #[inline]
    fn into_c(self, _: Seal) -> *mut T {
        self.as_ptr().cast()
    }
}

impl<T> ReturnValue<*const T> for Token {
    #[inline]
    fn into_c(self, _: Seal) -> *const T {
        self.as_ptr().cast_const().cast()
    }
}

impl<T> ReturnValue<*mut T> for Option<Token> {
    #[inline]
    fn into_c(self, _: Seal) -> *mut T {
        self.map_or(core::ptr::null_mut(), |token| token.as_ptr().cast())
    }
}

impl<T> ReturnValue<*const T> for Option<Token> {
    #[inline]
    fn into_c(self, seal: Seal) -> *const T {
        ReturnValue::<*mut T>::into_c(self, seal)
    }
}

/// A C result that needs no `fallback`: a refused call returns nothing, or NULL.
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// use outlive::{Held, callbacks};
///
/// #[repr(C)]
/// pub struct table {
///     pub run: Option<unsafe extern "C" fn(arg: *mut c_void) -> *mut c_void>,
/// }
///
/// struct Host;
///
/// #[callbacks(table, state = arg)]
/// impl Host {
///     fn run(&self) -> *mut c_void { // no fallback: it is NULL
///         panic!("no memory")
///     }
/// }
///
/// let held = Held::new(Host).unwrap();
/// // What C does:
/// let run = unsafe { (*held.as_ptr()).run }.unwrap();
/// assert!(unsafe { run(held.user_data()) }.is_null());
/// ```
#[diagnostic::on_unimplemented(
    message = "this callback returns `{Self}` and does not say what a refused call returns",
    label = "needs `#[callback(fallback = ...)]`, or a constructor of `Callback` whose name ends in `_or`",
    note = "no `{Self}` says failure by itself; a `fallback` may use the raw arguments, under the names of the method's parameters"
)]
pub trait Refused {
    /// What a refused call returns.
    #[doc(hidden)]
    fn refused(_: Seal) -> Self;
}

impl Refused for () {
    #[inline]
    fn refused(_: Seal) {}
}

impl<T> Refused for *const T {
    #[inline]
    fn refused(_: Seal) -> Self {
        core::ptr::null()
    }
}

impl<T> Refused for *mut T {
    #[inline]
    fn refused(_: Seal) -> Self {
        core::ptr::null_mut()
    }
}

/// A type by which C passes user data back: a pointer to anything, `usize`, `isize`, `u64` or `i64`, which are C's `uintptr_t`,
/// `unsigned long`, `uint64_t` and the like. What C has as a number gets `held.user_data().addr()`.
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// use outlive::{Held, callbacks};
///
/// #[repr(C)]
/// pub struct table {
///     pub run: Option<unsafe extern "C" fn(cookie: u64) -> c_int>,
/// }
///
/// struct Host;
///
/// #[callbacks(table, state = arg)]
/// impl Host {
///     #[callback(fallback = -1)]
///     fn run(&self) -> c_int {
///         7
///     }
/// }
///
/// let held = Held::new(Host).unwrap();
/// // What C does:
/// let run = unsafe { (*held.as_ptr()).run }.unwrap();
/// assert_eq!(unsafe { run(held.user_data().addr() as u64) }, 7);
/// ```
#[diagnostic::on_unimplemented(
    message = "user data is a pointer or has 64 bits, and here it is `{Self}`",
    label = "`{Self}` cannot be user data",
    note = "in a block, say where the user data is: `user_data = first`, `user_data = last`, a position among C's arguments counted from 0, or an expression over them, for the block or in `#[callback(...)]`",
    note = "where C carries 32 bits, keep a number of your own there, and find the user data by it in the expression",
    note = "for a lone function, `Callback::user_data_first` and `Callback::user_data_at` say it",
    note = "where C passes no user data at all, it may pass the table itself (`state = table`), or nothing (`state = none`)"
)]
pub trait UserData: Copy + user_data::Sealed {
    /// The user data as a number; nothing is read through it.
    #[doc(hidden)]
    fn bits(self, _: Seal) -> usize;
}

mod user_data {
    pub trait Sealed {}
    impl<T> Sealed for *mut T {}
    impl<T> Sealed for *const T {}
    impl Sealed for usize {}
    impl Sealed for isize {}
    impl Sealed for u64 {}
    impl Sealed for i64 {}
}

impl<T> UserData for *mut T {
    #[inline]
    fn bits(self, _: Seal) -> usize {
        self.addr()
    }
}

impl<T> UserData for *const T {
    #[inline]
    fn bits(self, _: Seal) -> usize {
        self.addr()
    }
}

/// A type by which C passes the table's own address: a pointer.
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// use outlive::{Held, callbacks};
///
/// #[repr(C)]
/// pub struct table {
///     pub run: Option<unsafe extern "C" fn(this: *mut table) -> c_int>,
/// }
///
/// struct Host;
///
/// #[callbacks(table, state = table)]
/// impl Host {
///     #[callback(fallback = -1)]
///     fn run(&self) -> c_int {
///         7
///     }
/// }
///
/// let held = Held::new(Host).unwrap();
/// // What C does:
/// let run = unsafe { (*held.as_ptr()).run }.unwrap();
/// assert_eq!(unsafe { run(held.as_ptr()) }, 7);
/// ```
#[diagnostic::on_unimplemented(
    message = "with `state = table` C passes a pointer to the table, and has `{Self}` in its place",
    label = "C has `{Self}` at the place of the table",
    note = "say where the table is among C's arguments: `table = first`, `table = last` or a position counted from 0, for the block or in `#[callback(...)]`"
)]
pub trait TableArgument: Copy + table_argument::Sealed {
    /// The address; nothing is read there.
    #[doc(hidden)]
    fn address(self, _: Seal) -> usize;
}

mod table_argument {
    pub trait Sealed {}
    impl<T> Sealed for *mut T {}
    impl<T> Sealed for *const T {}
}

impl<T> TableArgument for *mut T {
    #[inline(always)]
    fn address(self, _: Seal) -> usize {
        self.addr()
    }
}

impl<T> TableArgument for *const T {
    #[inline(always)]
    fn address(self, _: Seal) -> usize {
        self.addr()
    }
}

/// Numbers of 64 bits, as pointers are.
macro_rules! numbers {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl UserData for $type {
            #[inline]
            fn bits(self, _: Seal) -> usize {
                const { assert!(size_of::<$type>() == size_of::<usize>()) }
                self as usize
            }
        }
    )*};
}

numbers!(usize, isize, u64, i64);
