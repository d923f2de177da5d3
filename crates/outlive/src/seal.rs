//! What keeps the conversion traits to this crate.

/// Only this crate has one to give.
#[derive(Clone, Copy, Debug)]
pub struct Seal(pub(crate) ());
