//! A place of C's that a method writes once.

use core::mem::MaybeUninit;

use crate::argument::{BorrowedArgument, MISALIGNED, NULL, Reason};
use crate::seal::Seal;

/// An out parameter: C's place for one value, which a method writes at most once.
///
/// A method takes `Out<'_, T>` where C has a `*mut T`, or `Option<Out<'_, T>>` where C may pass NULL, in a block that says
/// `unsafe(borrow)`; see [`BorrowedArgument`]. C need not have written anything there, and an `Out` reads nothing. Where a
/// method drops it, C finds what was there before. It cannot be kept beyond the call.
///
/// ```
/// use std::ffi::{c_int, c_void};
/// use outlive::{Held, Out, callbacks};
///
/// #[repr(C)]
/// pub struct device {
///     pub size: Option<unsafe extern "C" fn(bytes: *mut u64, arg: *mut c_void) -> c_int>,
/// }
///
/// struct Disk;
///
/// #[callbacks(device, state = arg, unsafe(borrow))]
/// impl Disk {
///     #[callback(fallback = -1)]
///     fn size(&self, bytes: Out<'_, u64>) -> c_int {
///         bytes.write(4096);
///         0
///     }
/// }
///
/// let held = Held::new(Disk)?;
/// // What C does:
/// let size = unsafe { (*held.as_ptr()).size }.unwrap();
/// let mut bytes = 0;
/// assert_eq!(unsafe { size(&mut bytes, held.user_data()) }, 0);
/// assert_eq!(bytes, 4096);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Out<'call, T>(&'call mut MaybeUninit<T>);

impl<T> Out<'_, T> {
    /// Writes the value for C. What was there before is neither read nor dropped.
    #[inline]
    pub fn write(self, value: T) {
        self.0.write(value);
    }
}

impl<'call, T> BorrowedArgument<'call, *mut T> for Option<Out<'call, T>> {
    #[inline(always)]
    unsafe fn from_c(raw: *mut T, _: Seal) -> Result<Self, Reason> {
        if !raw.is_aligned() {
            return Err(MISALIGNED);
        }
        // SAFETY: the contract of this function: nobody else uses the place. The pointer is aligned.
        Ok(unsafe { raw.cast::<MaybeUninit<T>>().as_mut() }.map(Out))
    }
}

impl<'call, T> BorrowedArgument<'call, *mut T> for Out<'call, T> {
    #[inline(always)]
    unsafe fn from_c(raw: *mut T, seal: Seal) -> Result<Self, Reason> {
        // SAFETY: the contract is this function's own.
        let out: Option<Self> = unsafe { BorrowedArgument::from_c(raw, seal) }?;
        out.ok_or(NULL)
    }
}
