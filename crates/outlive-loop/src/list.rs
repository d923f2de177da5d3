//! Lists of watchers, whose links are in the watchers themselves, so that no call or change of a list allocates or
//! searches. A watcher is in at most one list of each kind.

use crate::links::{Index, Links, down, up};
use crate::slab::Slab;
use crate::watcher::Watcher;

/// The kind of list that a registration has of its armed watchers.
pub(crate) const ARMED: usize = 0;
/// The kind of list that a set has of its watchers.
pub(crate) const OWNED: usize = 1;

/// Invariant LINKED: what a list leads to are the indices of live watchers, for whoever removes a watcher takes it out of
/// its lists first.
#[derive(Debug, Default)]
pub(crate) struct List<const KIND: usize> {
    first: Option<Index>,
    last: Option<Index>,
}

impl<const KIND: usize> List<KIND> {
    pub(crate) fn first(&self) -> Option<u32> {
        down(self.first)
    }

    pub(crate) fn is_last(&self, index: u32) -> bool {
        self.last == up(index)
    }

    pub(crate) fn after(watchers: &mut Slab<Watcher>, index: u32) -> Option<u32> {
        down(watchers.at(index).links[KIND].next)
    }

    pub(crate) fn push_back(&mut self, watchers: &mut Slab<Watcher>, index: u32) {
        watchers.at(index).links[KIND] = Links { previous: self.last, next: None };
        match down(self.last) {
            Some(last) => watchers.at(last).links[KIND].next = up(index),
            None => self.first = up(index),
        }
        self.last = up(index);
    }

    /// Takes out a watcher that is in this list.
    pub(crate) fn remove(&mut self, watchers: &mut Slab<Watcher>, index: u32) {
        let Links { previous, next } = std::mem::take(&mut watchers.at(index).links[KIND]);
        match down(previous) {
            Some(previous) => watchers.at(previous).links[KIND].next = next,
            None => self.first = next,
        }
        match down(next) {
            Some(next) => watchers.at(next).links[KIND].previous = previous,
            None => self.last = previous,
        }
    }
}
