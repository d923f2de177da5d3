//! Which registration a descriptor's number has.

use crate::descriptor::Descriptor;
use crate::slab::Key;

/// Numbers on Unix are small: an array has a place for each.
#[cfg(unix)]
#[derive(Default)]
pub(crate) struct Numbers(Vec<Option<Key>>);

#[cfg(unix)]
impl Numbers {
    pub(crate) fn get(&self, fd: Descriptor) -> Option<Key> {
        *self.0.get(usize::try_from(fd).ok()?)?
    }

    /// Only for a number under which something is open.
    pub(crate) fn insert(&mut self, fd: Descriptor, key: Key) {
        let Ok(place) = usize::try_from(fd) else { return };
        if place >= self.0.len() {
            self.0.resize(place + 1, None);
        }
        self.0[place] = Some(key);
    }

    pub(crate) fn remove(&mut self, fd: Descriptor) {
        let place = usize::try_from(fd).ok().and_then(|place| self.0.get_mut(place));
        if let Some(place) = place {
            *place = None;
        }
    }
}

/// The number of a socket may be any.
#[cfg(windows)]
#[derive(Default)]
pub(crate) struct Numbers(std::collections::HashMap<Descriptor, Key>);

#[cfg(windows)]
impl Numbers {
    pub(crate) fn get(&self, fd: Descriptor) -> Option<Key> {
        self.0.get(&fd).copied()
    }

    pub(crate) fn insert(&mut self, fd: Descriptor, key: Key) {
        self.0.insert(fd, key);
    }

    pub(crate) fn remove(&mut self, fd: Descriptor) {
        self.0.remove(&fd);
    }
}
