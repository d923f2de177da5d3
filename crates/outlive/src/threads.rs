//! Which threads may call into a table.

use outlive_core::Kind;

/// Any thread may call, several at the same time: for values that are `Send + Sync`.
#[derive(Debug)]
pub enum Shared {}

/// Any thread may call, one at a time: for values that are `Send`. A call that comes while another is
/// inside is refused, from the same thread too.
#[derive(Debug)]
pub enum Exclusive {}

/// Only the thread that made the table may call; the handle stays there.
#[derive(Debug)]
pub enum Local {}

/// [`Shared`], [`Exclusive`] or [`Local`].
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
