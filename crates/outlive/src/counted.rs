//! Slices and buffers: where C passes a pointer, and a count in another argument.

use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::argument::{MISALIGNED, NULL, Reason};
use crate::buffer::Buffer;
use crate::seal::Seal;

const NEGATIVE: Reason = "has a negative length";
const TOO_LONG: Reason = "is longer than memory can be";

/// The type of a parameter marked `#[len(...)]`, in a block that says `unsafe(borrow)`: many values where C has a pointer
/// to the first, and their number in another argument.
///
/// | the method has | where C has | |
/// | --- | --- | --- |
/// | `&[T]` | `*const T`, `*mut T` | NULL with a length of 0 is an empty slice |
/// | `Option<&[T]>` | `*const T`, `*mut T` | NULL is `None` |
/// | `&[u8]`, `Option<&[u8]>` | pointers to `c_char`, `i8` and `c_void`, too | the same |
/// | [`Buffer`]`<'_, T>`, `Option<Buffer<'_, T>>` | `*mut T` | the same, to be written |
/// | `Buffer<'_>`, `Option<Buffer<'_>>` | `*mut u8`, `*mut i8`, `*mut c_char`, `*mut c_void` | the same, to be written |
///
/// The length is an expression: the name of the parameter that has it, `#[len(size)]`, which may stand before or after,
/// or a calculation such as `#[len(rows * columns)]`. It has C's arguments, raw, by the names of the method's parameters,
/// is an integer of whatever type, and counts values of `T`, not bytes. A panic in it is one of the method's.
///
/// The call is refused where the length is negative, where so many values cannot be in memory, and, unless the length is 0,
/// where the pointer is misaligned, or NULL for a type that is no `Option`. A pointer with a length of 0 is not looked at
/// otherwise.
///
/// The lifetime is that of the call: a method cannot keep what it gets. What `unsafe(borrow)` promises, beyond what
/// [`BorrowedArgument`](crate::BorrowedArgument) says: so many values are there, or for a [`Buffer`] memory for so many.
///
/// ```
/// use std::ffi::{c_int, c_void};
/// use outlive::{Held, callbacks};
///
/// #[repr(C)]
/// pub struct sink {
///     pub write: Option<unsafe extern "C" fn(size: c_int, data: *const c_void, arg: *mut c_void) -> c_int>,
///     pub plot: Option<unsafe extern "C" fn(grid: *const f64, rows: u16, columns: u16, arg: *mut c_void) -> f64>,
/// }
///
/// struct Sink;
///
/// #[callbacks(sink, state = arg, unsafe(borrow))]
/// impl Sink {
///     #[callback(fallback = -1)]
///     fn write(&self, size: c_int, #[len(size)] data: &[u8]) -> c_int {
///         data.iter().map(|byte| c_int::from(*byte)).sum()
///     }
///
///     #[callback(fallback = f64::NAN)]
///     fn plot(&self, #[len(usize::from(rows) * usize::from(columns))] grid: &[f64], rows: u16, columns: u16) -> f64 {
///         grid.iter().sum()
///     }
/// }
///
/// let held = Held::new(Sink)?;
/// // What C does:
/// let table = unsafe { &*held.as_ptr() };
/// let (write, plot) = (table.write.unwrap(), table.plot.unwrap());
/// assert_eq!(unsafe { write(3, [1_u8, 2, 3].as_ptr().cast(), held.user_data()) }, 6);
/// assert_eq!(unsafe { write(-3, [1_u8, 2, 3].as_ptr().cast(), held.user_data()) }, -1); // an incident
/// assert_eq!(unsafe { plot([0.5; 6].as_ptr(), 2, 3, held.user_data()) }, 3.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a method cannot take `{Self}` with `#[len(...)]` where C passes `{Raw}`",
    label = "the C struct has `{Raw}` here",
    note = "`&[T]` needs a pointer to `T`, and `Buffer<'_, T>` one that is `*mut`; `&[u8]` and `Buffer<'_>` may have pointers to `c_char` and `c_void`"
)]
pub trait CountedArgument<'call, Raw>: Sized {
    /// Lends `count` values of what C passed, or says why not.
    ///
    /// # Safety
    ///
    /// RAW-ARGUMENT, the call runs for all of `'call`, and what `unsafe(borrow)` promises.
    #[doc(hidden)]
    unsafe fn from_c(raw: Raw, count: usize, _: Seal) -> Result<Self, Reason>;
}

/// What `#[len(...)]` says, of whatever integer type of C's.
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// use outlive::{Held, callbacks};
///
/// #[repr(C)]
/// pub struct table {
///     pub run: Option<unsafe extern "C" fn(data: *const u8, count: u16, arg: *mut c_void) -> c_int>,
/// }
///
/// struct Host;
///
/// #[callbacks(table, state = arg, unsafe(borrow))]
/// impl Host {
///     #[callback(fallback = -1)]
///     fn run(&self, #[len(count)] data: &[u8], count: u16) -> c_int {
///         data.len() as c_int
///     }
/// }
///
/// let held = Held::new(Host).unwrap();
/// // What C does:
/// let run = unsafe { (*held.as_ptr()).run }.unwrap();
/// assert_eq!(unsafe { run([1, 2, 3].as_ptr(), 3, held.user_data()) }, 3);
/// ```
#[diagnostic::on_unimplemented(
    message = "`#[len(...)]` says how many values C passes, and `{Self}` is no integer",
    label = "this is `{Self}`",
    note = "the expression has C's own arguments, raw, by the names of the method's parameters"
)]
pub trait Count: Copy + count::Sealed {
    /// The number, or why it is none of values.
    #[doc(hidden)]
    fn count(self, _: Seal) -> Result<usize, Reason>;
}

mod count {
    pub trait Sealed {}
}

macro_rules! counts {
    ($($integer:ident)*) => {
        $(
            impl count::Sealed for $integer {}

            impl Count for $integer {
                #[inline(always)]
                fn count(self, _: Seal) -> Result<usize, Reason> {
                    #[allow(unused_comparisons, reason = "some have no negative numbers")]
                    let reason = if self < 0 { NEGATIVE } else { TOO_LONG };
                    usize::try_from(self).map_err(|_| reason)
                }
            }
        )*
    };
}

counts!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl<'call, T, P: PointsTo<T>> CountedArgument<'call, P> for Option<&'call [T]> {
    #[inline(always)]
    unsafe fn from_c(raw: P, count: usize, seal: Seal) -> Result<Self, Reason> {
        let values = values(raw.first(seal), count)?;
        // SAFETY: the contract of this function, and `values`.
        Ok(values.map(|values| unsafe { values.as_ref() }))
    }
}

impl<'call, T, P: PointsTo<T>> CountedArgument<'call, P> for &'call [T] {
    #[inline(always)]
    unsafe fn from_c(raw: P, count: usize, seal: Seal) -> Result<Self, Reason> {
        let values = values_or_none(raw.first(seal), count)?;
        // SAFETY: the contract of this function, and `values`.
        Ok(unsafe { values.as_ref() })
    }
}

impl<'call, T, P: HasRoomFor<T>> CountedArgument<'call, P> for Option<Buffer<'call, T>> {
    #[inline(always)]
    unsafe fn from_c(raw: P, count: usize, seal: Seal) -> Result<Self, Reason> {
        let memory = values(raw.first(seal).cast::<MaybeUninit<T>>(), count)?;
        // SAFETY: the contract of this function: nobody else uses the memory; and `values`.
        Ok(memory.map(|mut memory| Buffer::new(unsafe { memory.as_mut() })))
    }
}

impl<'call, T, P: HasRoomFor<T>> CountedArgument<'call, P> for Buffer<'call, T> {
    #[inline(always)]
    unsafe fn from_c(raw: P, count: usize, seal: Seal) -> Result<Self, Reason> {
        let mut memory = values_or_none(raw.first(seal).cast::<MaybeUninit<T>>(), count)?;
        // SAFETY: the contract of this function: nobody else uses the memory; and `values`.
        Ok(Buffer::new(unsafe { memory.as_mut() }))
    }
}

/// Where `count` values are. The pointer is aligned, and the values are no more than memory can have; with a count of 0
/// C's pointer is not looked at. `None` is NULL.
#[inline(always)]
fn values<T>(raw: *mut T, count: usize) -> Result<Option<NonNull<[T]>>, Reason> {
    let Some(mut first) = NonNull::new(raw) else { return Ok(None) };
    if count == 0 {
        first = NonNull::dangling();
    }
    if !first.is_aligned() {
        return Err(MISALIGNED);
    }
    let bytes = count.checked_mul(size_of::<T>()).and_then(|bytes| isize::try_from(bytes).ok());
    bytes.ok_or(TOO_LONG)?;
    Ok(Some(NonNull::slice_from_raw_parts(first, count)))
}

/// As [`values`], where NULL has none.
#[inline(always)]
fn values_or_none<T>(raw: *mut T, count: usize) -> Result<NonNull<[T]>, Reason> {
    match values(raw, count)? {
        None if count == 0 => Ok(NonNull::slice_from_raw_parts(NonNull::dangling(), 0)),
        values => values.ok_or(NULL),
    }
}

/// A pointer behind which there may be values of type `T`.
#[diagnostic::on_unimplemented(
    message = "C passes `{Self}` here, which does not point to `{T}`",
    label = "the C struct has `{Self}` here",
    note = "`&[T]` needs a pointer to `T`; `&[u8]` may have one to `c_char` or `c_void`, too"
)]
pub trait PointsTo<T> {
    /// The pointer to the first of them.
    fn first(self, _: Seal) -> *mut T;
}

/// A pointer behind which there may be memory for values of type `T`, to be written.
#[diagnostic::on_unimplemented(
    message = "C passes `{Self}` here, which has no room for `{T}`",
    label = "the C struct has `{Self}` here",
    note = "`Buffer<'_, T>` needs a `*mut T`; `Buffer<'_>` is for bytes, and may have a `*mut c_char` or a `*mut c_void`, too"
)]
pub trait HasRoomFor<T>: PointsTo<T> {}

macro_rules! pointers {
    ($([$($generic:ident)?] $value:ty: $pointer:ty;)*) => {
        $(
            impl$(<$generic>)? PointsTo<$value> for $pointer {
                #[inline(always)]
                fn first(self, _: Seal) -> *mut $value {
                    self as *mut $value
                }
            }
        )*
    };
}

pointers! {
    [T] T: *const T;
    [T] T: *mut T;
    [] u8: *const i8;
    [] u8: *mut i8;
    [] u8: *const c_void;
    [] u8: *mut c_void;
}

impl<T> HasRoomFor<T> for *mut T {}
impl HasRoomFor<u8> for *mut i8 {}
impl HasRoomFor<u8> for *mut c_void {}
