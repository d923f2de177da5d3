//! Taking the host value out of its table.

use core::error::Error;
use core::fmt;

use outlive_core::{Place, Taken};

use crate::callbacks::{Callbacks, Locator};
use crate::error::ClosedError;
use crate::held::Held;
use crate::hold::take_value;
use crate::threads::Threads;

impl<T: Callbacks + 'static, K: Threads> Held<T, K> {
    /// Ends the table and gives the host value back. It waits as [`revoke`](Held::revoke) does.
    ///
    /// Where C passes user data the slot is given back, too: the value that C has is refused from here on. (Memory of
    /// the table's own, if it has any, is not used again, for C may still read it.) A context-free table comes
    /// with a [`Remainder`](crate::Remainder), for only the caller can know when C has forgotten it.
    ///
    /// # Errors
    ///
    /// [`IntoInnerError::StillInside`] gives the handle back where calls are inside the table and this was not to
    /// wait for them: no new call is admitted any more, so try again later. [`IntoInnerError::Ended`] where the
    /// value has ended before.
    #[track_caller]
    pub fn into_inner(self) -> Result<<T::Locator as Locator>::Taken<T>, IntoInnerError<T, K>> {
        match self.owned().take(Place::caller()) {
            Taken::Value(value) => {
                // SAFETY: ONE-ENDER: the value is ours alone, and it is taken once.
                let value = unsafe { take_value(value) };
                Ok(T::Locator::taken(value, self.into_owned()))
            }
            Taken::Ended => Err(IntoInnerError::Ended(ClosedError)),
            Taken::Inside => Err(IntoInnerError::StillInside(self)),
        }
    }
}

/// Why [`Held::into_inner`] has no value to give.
pub enum IntoInnerError<T: Callbacks + 'static, K: Threads> {
    /// Calls are inside, and a close from inside a callback does not wait: here is the handle, whose
    /// table admits no new call.
    StillInside(Held<T, K>),
    /// The value has ended before.
    Ended(ClosedError),
}

impl<T: Callbacks, K: Threads> fmt::Display for IntoInnerError<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntoInnerError::StillInside(_) => {
                f.write_str("calls are still inside the table: try again when they have left")
            }
            IntoInnerError::Ended(closed) => closed.fmt(f),
        }
    }
}

impl<T: Callbacks, K: Threads> fmt::Debug for IntoInnerError<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntoInnerError::StillInside(held) => f.debug_tuple("StillInside").field(held).finish(),
            IntoInnerError::Ended(closed) => f.debug_tuple("Ended").field(closed).finish(),
        }
    }
}

impl<T: Callbacks, K: Threads> Error for IntoInnerError<T, K> {}
