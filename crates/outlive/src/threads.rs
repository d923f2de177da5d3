//! Which threads may call into a table.

use outlive_core::Kind;

/// Any thread may call, several at the same time: for values that are `Send + Sync`.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::Shared;
///
/// struct Binding {
///     events: Held<Adder, Shared>,
/// }
/// let binding = Binding { events: Held::new(Adder(1)).unwrap() };
/// # assert!(!binding.events.as_ptr().is_null());
/// ```
#[derive(Debug)]
pub enum Shared {}

/// Any thread may call, one at a time: for values that are `Send`. A call that comes while another is
/// inside is refused, from the same thread too.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::Exclusive;
///
/// struct Binding {
///     events: Held<Adder, Exclusive>,
/// }
/// let binding = Binding { events: Held::exclusive(Adder(1)).unwrap() };
/// # assert!(!binding.events.as_ptr().is_null());
/// ```
#[derive(Debug)]
pub enum Exclusive {}

/// Only the thread that made the table may call; the handle stays there.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::Local;
///
/// struct Binding {
///     events: Held<Adder, Local>,
/// }
/// let binding = Binding { events: Held::local(Adder(1)).unwrap() };
/// # assert!(!binding.events.as_ptr().is_null());
/// ```
#[derive(Debug)]
pub enum Local {}

/// [`Shared`], [`Exclusive`] or [`Local`].
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::{Ended, Threads};
///
/// fn end<K: Threads>(held: &Held<Adder, K>) -> Ended {
///     held.revoke()
/// }
/// assert_eq!(end(&Held::local(Adder(1)).unwrap()), Ended::Now);
/// ```
pub trait Threads: sealed::Sealed {
    #[doc(hidden)]
    const KIND: Kind;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Shared {}
    impl Sealed for super::Exclusive {}
    impl Sealed for super::Local {}
}

impl Threads for Shared {
    const KIND: Kind = Kind::Shared;
}

impl Threads for Exclusive {
    const KIND: Kind = Kind::Exclusive;
}

impl Threads for Local {
    const KIND: Kind = Kind::Local;
}
