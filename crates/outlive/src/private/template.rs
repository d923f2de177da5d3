//! A finished table.

use core::marker::PhantomData;

/// The finished table of the host type `H`. It has functions that C may call, and the host only where it promises what
/// C's header says; so nobody gets it out but this crate.
#[repr(transparent)]
pub struct Template<H, S> {
    // The compiler names this where the table is no value, such as for a bare function pointer that is NULL.
    members_without_a_method_or_constant_are_zero: S,
    host: PhantomData<fn() -> H>,
}

impl<H, S> Template<H, S> {
    pub(super) const fn new(table: S) -> Self {
        Template { members_without_a_method_or_constant_are_zero: table, host: PhantomData }
    }

    /// Stands for the template of a block that did not compile.
    ///
    /// # Safety
    ///
    /// It is never used.
    pub const unsafe fn of_a_mistake() -> Self {
        panic!("the block did not compile")
    }

    pub(super) fn into_table(self) -> S {
        self.members_without_a_method_or_constant_are_zero
    }

    /// A copy of the table, for those who have asked [`Description::assert_for_c_alone`](super::Description).
    pub(crate) const fn copy(&self) -> S
    where
        S: Copy,
    {
        self.members_without_a_method_or_constant_are_zero
    }
}
