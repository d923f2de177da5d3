//! Taking the host value out of its table.

use core::error::Error;
use core::fmt;

use outlive_core::{Place, Taken};

use crate::callbacks::{Callbacks, Locator};
use crate::held::Held;
use crate::hold::take_value;
use crate::threads::Threads;

impl<T: Callbacks + 'static, K: Threads> Held<T, K> {
    /// Ends the table and gives the host value back. It waits as [`revoke`](Held::revoke) does.
    ///
    /// Where C passes user data the slot is given back, too: the value that C has is refused from here on. (Memory of
    /// the table's own, if it has any, is not used again, for C may still read it.) Where the block says
    /// `destroy = member`, or has a callback that is C's last, that call gives it back: without it the slot stays
    /// reserved. With `keep = release` the value cannot be taken out, which is an error of the compilation. A context-free table comes with a [`Remainder`](crate::Remainder), for only the caller can know when C has forgotten it.
    ///
    /// ```
    #[doc = include_str!("guide/adder.md")]
    /// let held = Held::new(Adder(1)).unwrap();
    /// let Adder(number) = held.into_inner().unwrap();
    /// assert_eq!(number, 1);
    /// ```
    ///
    /// # Errors
    ///
    /// [`IntoInnerError::StillInside`] gives the handle back where calls are inside the table and this was not to
    /// wait for them: no new call is admitted any more, so try again later, unless the last call out ends the value
    /// first. [`IntoInnerError::Ended`] gives it back where the value has ended before.
    #[track_caller]
    pub fn into_inner(self) -> Result<<T::Locator as Locator>::Taken<T>, IntoInnerError<T, K>> {
        const {
            assert!(
                !T::DESCRIPTION.info().keep,
                "this value is lent to C until the release (`keep = release`): it cannot be taken out before"
            );
        }
        match self.owned().take(Place::caller()) {
            Taken::Value(value) => {
                // SAFETY: ONE-ENDER: the value is ours alone, and it is taken once.
                let value = unsafe { take_value(value) };
                Ok(T::Locator::taken(value, self.into_owned()))
            }
            Taken::Ended => Err(IntoInnerError::Ended(self)),
            Taken::Inside => Err(IntoInnerError::StillInside(self)),
        }
    }
}

/// Why [`Held::into_inner`] has no value to give.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::{Ended, IntoInnerError};
///
/// let held = Held::new(Adder(1)).unwrap();
/// assert_eq!(held.revoke(), Ended::Now);
/// let Err(IntoInnerError::Ended(held)) = held.into_inner() else { panic!("the value is gone") };
/// drop(held);
/// ```
pub enum IntoInnerError<T: Callbacks + 'static, K: Threads> {
    /// Calls are inside, and a close from inside a callback does not wait: here is the handle, whose
    /// table admits no new call.
    StillInside(Held<T, K>),
    /// The value has ended before: here is the handle, to be released or dropped.
    Ended(Held<T, K>),
}

impl<T: Callbacks, K: Threads> fmt::Display for IntoInnerError<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntoInnerError::StillInside(_) => {
                f.write_str("calls are still inside the table: try again when they have left")
            }
            IntoInnerError::Ended(_) => {
                f.write_str("the value has ended before: release the table")
            }
        }
    }
}

impl<T: Callbacks, K: Threads> fmt::Debug for IntoInnerError<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntoInnerError::StillInside(held) => f.debug_tuple("StillInside").field(held).finish(),
            IntoInnerError::Ended(held) => f.debug_tuple("Ended").field(held).finish(),
        }
    }
}

impl<T: Callbacks, K: Threads> Error for IntoInnerError<T, K> {}
