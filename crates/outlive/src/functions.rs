//! The functions of a host type, without a registration.

use crate::callbacks::{ByUserData, Callbacks};

/// The functions of a host type, as its table has them, without any registration: a call finds its own by the user data.
///
/// It is for a C struct that holds the callbacks of several host types, as `sqlite3_module` has those of tables and of their
/// cursors: the block of the one names the functions of the others in `constant(...)`. The guide has an example, under
/// [objects](crate::guide::objects).
///
/// A member for the user data is NULL, for there is no registration that it could be of. Any thread may have the functions,
/// at any time. A first [`Held`](crate::Held), of this type or of one that has the functions as constants, sees to it that
/// `dlclose` does not unload their code.
///
/// A struct that is not `Copy`, or one whose functions are no `unsafe fn`, is an error of the compilation: its functions are
/// to be called by C alone.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::functions;
///
/// let functions = functions::<Adder>(); // for a struct of C's that has others beside it
/// let held = Held::new(Adder(1)).unwrap();
/// assert_eq!(unsafe { functions.on_event.unwrap()(2, held.user_data()) }, 3);
/// ```
pub const fn functions<T: Callbacks>() -> T::Table
where
    T::Locator: ByUserData,
    T::Table: Copy,
{
    const { T::DESCRIPTION.assert_for_c_alone() };
    T::TEMPLATE.copy()
}
