//! Host types, and how a call finds its host value.

use outlive_core::Owned;

use crate::private::{Description, Template};
use crate::remainder::Remainder;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Arg {}
    impl Sealed for super::ContextFree {}
    impl Sealed for super::TableAddress {}
}

/// How a call finds its host value: [`Arg`], [`TableAddress`] or [`ContextFree`].
pub trait Locator: sealed::Sealed + 'static {
    /// Whether the locating closures give the address of a table, and not user data.
    #[doc(hidden)]
    const BY_ADDRESS: bool = false;

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

/// `state = table`: the address of the table, which C passes to each callback, leads to the host value.
#[derive(Debug)]
pub enum TableAddress {}

/// A way to find the host value that a copy of the table leaves as it is.
#[diagnostic::on_unimplemented(
    message = "a copy of this table leads to no value: a call finds its value by the table's own address",
    label = "the block says `state = table`",
    note = "give C the table itself (`as_ptr`), which stays where it is; a library that frees it with `free` needs `state = arg` or `state = none`"
)]
pub trait Copyable: Locator {}

/// A way to find the host value by user data, which C is given.
#[diagnostic::on_unimplemented(
    message = "C gets no user data for this table",
    label = "the block does not say `state = arg`",
    note = "with `state = table` C passes the table itself (`as_ptr`), and with `state = none` it passes nothing of the host's"
)]
pub trait ByUserData: Locator {}

impl ByUserData for Arg {}

impl Copyable for Arg {}
impl Copyable for ContextFree {}

impl Locator for TableAddress {
    const BY_ADDRESS: bool = true;

    type Taken<T> = T;

    fn taken<T>(value: T, owned: Owned) -> T {
        owned.give_back();
        value
    }
}

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
    /// How a call finds its host value: [`Arg`], [`TableAddress`] or [`ContextFree`].
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
