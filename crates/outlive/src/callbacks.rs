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
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::{Callbacks, Locator};
///
/// /// Takes the value out of a table, of whatever kind.
/// fn value_of<T: Callbacks + 'static>(held: Held<T>) -> Option<<T::Locator as Locator>::Taken<T>> {
///     held.into_inner().ok()
/// }
/// # let held = Held::new(Adder(1)).unwrap();
/// assert_eq!(value_of(held).unwrap().0, 1);
/// ```
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
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::{Arg, Callbacks};
///
/// fn user_data_of<T: Callbacks<Locator = Arg> + 'static>(held: &Held<T>) -> *mut c_void {
///     held.user_data()
/// }
/// # let held = Held::new(Adder(1)).unwrap();
/// assert_eq!(user_data_of(&held), held.user_data());
/// ```
#[derive(Debug)]
pub enum Arg {}

/// `state = none`: nothing in the arguments leads to the host value; each instance of the table
/// has code of its own.
///
/// ```
#[doc = include_str!("guide/hooks.md")]
/// use outlive::{Callbacks, ContextFree};
///
/// fn value_of<T: Callbacks<Locator = ContextFree> + 'static>(held: Held<T>) -> Option<T> {
///     let (value, remainder) = held.into_inner().ok()?;
///     drop(remainder); // C may still call
///     Some(value)
/// }
/// # let held = Held::new(Clock(1)).unwrap();
/// assert_eq!(value_of(held).unwrap().0, 1);
/// ```
#[derive(Debug)]
pub enum ContextFree {}

/// `state = table`: the address of the table, which C passes to each callback, leads to the host value.
///
/// ```
/// # use outlive::{Held, callbacks};
/// use outlive::{Callbacks, TableAddress};
/// # #[repr(C)]
/// # pub struct stream {
/// #     pub close: Option<unsafe extern "C" fn(this: *mut stream)>,
/// # }
/// # struct Empty;
/// # #[callbacks(stream, state = table)]
/// # impl Empty {
/// #     fn close(&self) {}
/// # }
///
/// fn for_c<T: Callbacks<Locator = TableAddress> + 'static>(held: &Held<T>) -> *mut T::Table {
///     held.as_ptr() // all that C gets
/// }
/// # let held = Held::new(Empty).unwrap();
/// assert_eq!(for_c(&held), held.as_ptr());
/// ```
#[derive(Debug)]
pub enum TableAddress {}

/// A way to find the host value that a copy of the table leaves as it is.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::{Callbacks, Copyable, MallocTable};
///
/// fn copy_of<T: Callbacks<Locator: Copyable> + 'static>(held: &Held<T>) -> Option<MallocTable<T::Table>> {
///     held.to_malloc()
/// }
/// # let held = Held::new(Adder(1)).unwrap();
/// assert!(copy_of(&held).is_some());
/// ```
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
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::Callbacks;
///
/// /// Holds a value whose table has a given type.
/// fn hold<T: Callbacks<Table = events> + Send + Sync + 'static>(value: T) -> Held<T> {
///     Held::new(value).unwrap()
/// }
/// assert!(!hold(Adder(1)).as_ptr().is_null());
/// ```
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
