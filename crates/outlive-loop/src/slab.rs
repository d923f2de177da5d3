//! Values that are found by index, and told from those that had the index before by a generation.

use std::num::NonZero;

/// An entry that has had as many values is not used again.
pub(crate) const LAST_GENERATION: u32 = (1 << 24) - 1;

/// Where a value is. No other value of the same slab ever has the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) index: u32,
    generation: NonZero<u32>,
}

impl Key {
    /// The key of an index and a generation, which is never 0.
    pub(crate) fn new(index: u32, generation: u32) -> Option<Self> {
        Some(Key { index, generation: NonZero::new(generation)? })
    }

    pub(crate) fn generation(self) -> u32 {
        self.generation.get()
    }

    /// One number for both, which is not 0.
    pub(crate) fn to_bits(self) -> u64 {
        u64::from(self.index) << 32 | u64::from(self.generation())
    }

    pub(crate) fn from_bits(bits: u64) -> Option<Self> {
        Key::new((bits >> 32) as u32, bits as u32)
    }
}

/// The values. The memory of one that was removed is used again, the newest first.
pub(crate) struct Slab<T> {
    entries: Vec<Entry<T>>,
    free: Vec<u32>,
    live: usize,
}

struct Entry<T> {
    generation: NonZero<u32>,
    value: Option<T>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab { entries: Vec::new(), free: Vec::new(), live: 0 }
    }
}

impl<T> Slab<T> {
    pub(crate) fn insert(&mut self, value: T) -> Key {
        let index = self.free.pop().unwrap_or_else(|| self.grow());
        let entry = &mut self.entries[index as usize];
        entry.value = Some(value);
        self.live += 1;
        Key { index, generation: entry.generation }
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let entry = self.entry_mut(key)?;
        let value = entry.value.take()?;
        if entry.generation.get() < LAST_GENERATION {
            entry.generation = entry.generation.saturating_add(1);
            self.free.push(key.index);
        }
        self.live -= 1;
        Some(value)
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        let entry = self.entries.get(key.index as usize)?;
        if entry.generation == key.generation { entry.value.as_ref() } else { None }
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.entry_mut(key)?.value.as_mut()
    }

    /// The value with this index now.
    ///
    /// # Panics
    ///
    /// If there is none: only for indices whose value is known to be there.
    pub(crate) fn at(&mut self, index: u32) -> &mut T {
        self.entries[index as usize].value.as_mut().expect("the index of a live value")
    }

    /// The key of the value with this index now.
    pub(crate) fn key_at(&self, index: u32) -> Option<Key> {
        let entry = self.entries.get(index as usize)?;
        entry.value.as_ref().map(|_| Key { index, generation: entry.generation })
    }

    pub(crate) fn keys(&self) -> Vec<Key> {
        (0..self.entries.len()).filter_map(|index| self.key_at(index as u32)).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.live
    }

    fn entry_mut(&mut self, key: Key) -> Option<&mut Entry<T>> {
        let entry = self.entries.get_mut(key.index as usize)?;
        (entry.generation == key.generation).then_some(entry)
    }

    fn grow(&mut self) -> u32 {
        let index = u32::try_from(self.entries.len()).expect("there is no memory for so many");
        self.entries.push(Entry { generation: NonZero::<u32>::MIN, value: None });
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_finds_its_value_and_no_other_that_has_its_index_later() {
        let mut slab = Slab::default();
        let first = slab.insert('a');
        assert_eq!(slab.get(first), Some(&'a'));
        assert_eq!(slab.remove(first), Some('a'));
        let second = slab.insert('b');
        assert_eq!(first.index, second.index, "the memory is used again");
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get_mut(second), Some(&mut 'b'));
        assert_eq!(Key::from_bits(second.to_bits()), Some(second));
    }

    #[test]
    fn an_index_whose_generations_are_used_up_is_not_used_again() {
        let mut slab = Slab::default();
        let first = slab.insert(());
        slab.entries[0].generation = NonZero::new(LAST_GENERATION).unwrap();
        let last = Key::new(first.index, LAST_GENERATION).unwrap();
        assert_eq!(slab.remove(last), Some(()));
        assert_ne!(slab.insert(()).index, first.index);
        assert_eq!(slab.remove(last), None);
        assert_eq!(slab.len(), 1);
    }
}
