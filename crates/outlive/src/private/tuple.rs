//! C's arguments, as a tuple.

mod sealed {
    /// Keeps the traits about argument lists to the types that `arity.rs` lists.
    pub trait Sealed {}
}
pub(super) use sealed::Sealed;

/// C's arguments, as a tuple.
pub trait Arguments: Copy + Sealed {
    /// The arguments as the closures of the expansion get them.
    type Raws<'call>;

    /// The arguments of a running call.
    ///
    /// # Safety
    ///
    /// C passed them to a call that runs for all of `'call`.
    unsafe fn raws<'call>(self) -> Self::Raws<'call>;
}
