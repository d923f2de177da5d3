//! What the closures of the expansion get: C's arguments, and the type that C expects.

use core::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use outlive_core::{BadArgument, drop_payload};

use crate::argument::{
    Argument, BorrowedArgument, CheckedArgument, Refused, ReturnValue, TableArgument,
    TokenArgument, UserData,
};
use crate::counted::{Count, CountedArgument};
use crate::seal::Seal;

/// An argument of a call from C that runs for `'call`.
///
/// INVARIANT: RAW-ARGUMENT holds for `value` (see [`Argument::from_c`]); only a trampoline makes one.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'call, R> {
    value: R,
    call: PhantomData<&'call ()>,
}

impl<'call, R> Raw<'call, R> {
    /// # Safety
    ///
    /// C passed `value` to a call that runs for all of `'call`.
    #[inline]
    pub(super) unsafe fn new(value: R) -> Self {
        // INVARIANT: RAW-ARGUMENT by the contract, and by the promise at registration.
        Raw { value, call: PhantomData }
    }

    /// What C passed, for an expression of the user's.
    #[inline]
    pub fn value(self) -> R {
        self.value
    }

    /// The argument number `argument` as a `T`.
    #[inline]
    pub fn argument<T: Argument<R>>(self, argument: usize) -> Result<T, BadArgument> {
        // SAFETY: RAW-ARGUMENT, the invariant of `Raw`.
        unsafe { T::from_c(self.value, Seal(())) }
            .map_err(|reason| BadArgument { argument, reason })
    }

    /// The argument number `argument` as an `Option<Token>`.
    #[inline]
    pub fn token<T: TokenArgument<R>>(self, _argument: usize) -> Result<T, BadArgument> {
        Ok(T::from_c(self.value, Seal(())))
    }

    /// The argument number `argument` through `TryFrom`.
    #[inline]
    pub fn checked<T: CheckedArgument<R>>(self, argument: usize) -> Result<T, BadArgument> {
        before_the_method(argument, CONVERSION, || T::from_c(self.value, Seal(())))?
            .map_err(|reason| BadArgument { argument, reason })
    }

    /// The argument number `argument` as a reference for the time of the call.
    ///
    /// # Safety
    ///
    /// What `unsafe(borrow)` promises, see [`BorrowedArgument`].
    #[inline]
    pub unsafe fn borrowed<T: BorrowedArgument<'call, R>>(
        self,
        argument: usize,
    ) -> Result<T, BadArgument> {
        // SAFETY: RAW-ARGUMENT, the invariant of `Raw`, and the caller's promise.
        unsafe { T::from_c(self.value, Seal(())) }
            .map_err(|reason| BadArgument { argument, reason })
    }

    /// The argument number `argument` as `count` values, or as memory for them, for the time of the call.
    ///
    /// # Safety
    ///
    /// As for [`borrowed`](Raw::borrowed), and `count` is what the block says.
    #[inline]
    pub unsafe fn counted<T: CountedArgument<'call, R>>(
        self,
        count: impl Count,
        argument: usize,
    ) -> Result<T, BadArgument> {
        let count = count.count(Seal(())).map_err(|reason| BadArgument { argument, reason })?;
        // SAFETY: RAW-ARGUMENT, the invariant of `Raw`, and the caller's promise.
        unsafe { T::from_c(self.value, count, Seal(())) }
            .map_err(|reason| BadArgument { argument, reason })
    }
}

const CONVERSION: &str = "cannot be converted: its `TryFrom` panicked";
const LENGTH: &str = "has no length: its `#[len(...)]` panicked";

/// The length of the argument number `argument`, as an expression of the user's has it.
#[inline]
pub fn length<C>(argument: usize, expression: impl FnOnce() -> C) -> Result<C, BadArgument> {
    before_the_method(argument, LENGTH, expression)
}

/// Runs code of the user's that comes before the method: a panic in it is a bad argument, for the method has not begun.
fn before_the_method<T>(
    argument: usize,
    reason: &'static str,
    code: impl FnOnce() -> T,
) -> Result<T, BadArgument> {
    catch_unwind(AssertUnwindSafe(code)).map_err(|payload| {
        drop_payload(payload);
        BadArgument { argument, reason }
    })
}

/// Knows the type that C expects, before the method's own result does.
#[derive(Clone, Copy, Debug)]
pub struct Returns<R>(PhantomData<fn() -> R>);

impl<R> Returns<R> {
    #[inline]
    pub(super) fn new() -> Self {
        Returns(PhantomData)
    }

    /// What C gets for the method's result.
    #[inline]
    pub fn value<T: ReturnValue<R>>(self, result: T) -> Result<R, BadArgument> {
        Ok(result.into_c(Seal(())))
    }
}

/// What a refused call returns where no fallback was given.
#[inline]
pub fn refused<R: Refused>() -> R {
    R::refused(Seal(()))
}

/// How far the table is from what its parameter points to, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Offset(usize);

impl Offset {
    /// The parameter points to the table.
    pub const NONE: Offset = Offset(0);

    /// The table begins so many bytes after it.
    pub const fn after(bytes: usize) -> Self {
        Offset(bytes)
    }

    /// The table begins so many bytes before it.
    pub const fn before(bytes: usize) -> Self {
        Offset(bytes.wrapping_neg())
    }
}

/// The address of the table, of which C passed this; 0 for NULL.
#[inline(always)]
pub fn table_address<P: TableArgument>(pointer: P, offset: Offset) -> Option<usize> {
    Some(match pointer.address(Seal(())) {
        0 => 0,
        address => address.wrapping_add(offset.0),
    })
}

/// The user data that C passed, as a number.
#[inline]
pub fn user_data<U: UserData>(user_data: U) -> Option<usize> {
    Some(found(user_data))
}

/// The user data that an expression has found, as a number.
#[inline]
pub fn found<U: UserData>(user_data: U) -> usize {
    user_data.bits(Seal(()))
}
