//! The neighbours of an element in a list.

use std::num::NonZero;

/// The index of an element, one up, so that none takes no room.
pub(crate) type Index = NonZero<u32>;

/// The neighbours of an element in a list of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Links {
    pub(crate) previous: Option<Index>,
    pub(crate) next: Option<Index>,
}

pub(crate) fn up(index: u32) -> Option<Index> {
    Index::new(index + 1)
}

pub(crate) fn down(index: Option<Index>) -> Option<u32> {
    index.map(|index| index.get() - 1)
}
