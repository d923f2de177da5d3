//! Host types, and how a call finds its host value.

use outlive_core::Owned;

use crate::private::{Description, Template};
use crate::remainder::Remainder;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Arg {}
    impl Sealed for super::ContextFree {}
}

/// How a call finds its host value: [`Arg`] or [`ContextFree`].
pub trait Locator: sealed::Sealed + 'static {
    /// What [`Held::into_inner`](crate::Held::into_inner) gives: the host value, and where only the caller
    /// can know when C has forgotten the table, the rest of the registration.
    type Taken<T>;

    #[doc(hidden)]
    fn taken<T>(value: T, owned: Owned) -> Self::Taken<T>;
}

/// `state = arg`: user data leads to the host value, which C passes, or has in what it passes.
#[derive(Debug)]
pub enum Arg {}

/// `state = none`: nothing in the arguments leads to the host value; each instance of the table
/// has code of its own.
#[derive(Debug)]
pub enum ContextFree {}

impl Locator for Arg {
    type Taken<T> = T;

    fn taken<T>(value: T, owned: Owned) -> T {
        owned.give_back();
        value
    }
}

impl Locator for ContextFree {
    type Taken<T> = (T, Remainder);

    fn taken<T>(value: T, owned: Owned) -> (T, Remainder) {
        (value, Remainder::new(owned))
    }
}

/// A type whose methods are the callbacks of a C struct. `#[callbacks]` implements it.
///
/// # Safety
///
/// `Key` is the type itself with each lifetime replaced by `'static`, so that two types with one key are one type. That
/// `DESCRIPTION` and `TEMPLATE` are true is by their own types: what they are made of can be had from the private
/// builder only.
pub unsafe trait Callbacks: Sized {
    /// The C struct.
    type Table: 'static;
    /// How a call finds its host value: [`Arg`] or [`ContextFree`].
    type Locator: Locator;
    /// The type itself under `'static`, to tell tables of different types apart.
    #[doc(hidden)]
    type Key: 'static;
    /// The table before anything was written there for a registration.
    #[doc(hidden)]
    const TEMPLATE: Template<Self, Self::Table>;
    /// What is the same for every table of this type.
    #[doc(hidden)]
    const DESCRIPTION: &'static Description;
}
