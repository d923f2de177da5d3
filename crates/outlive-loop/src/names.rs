//! The tokens by which C names the watchers of a loop: the keys of a slab, as numbers that are unique in the process.
//!
//! A token has 39 bits for the entry of the slab, then 24 for its generation, then a 1. The entries' numbers come from a
//! counter of the process, in blocks: each block of a loop is as large as all before it, so that few are to be looked
//! through.

use std::sync::atomic::{AtomicU64, Ordering};

use outlive::Token;

use crate::slab::{Key, LAST_GENERATION};

/// The size of a loop's first block.
const FIRST: u32 = 64;

/// How many entries there can be in a process.
const ENTRIES: u64 = 1 << 39;

/// The number of the next entry that no loop has taken.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The indices from `first`, `size` of them, with the numbers from `number`.
struct Block {
    number: u64,
    first: u32,
    size: u32,
}

#[derive(Default)]
pub(crate) struct Names {
    blocks: Vec<Block>,
}

impl Names {
    /// The token of a key.
    ///
    /// # Panics
    ///
    /// When the process has used up 2³⁹ entries, each of which has had 2²⁴ watchers or was there at once with others.
    pub(crate) fn token(&mut self, key: Key) -> Token {
        let place =
            key.index.checked_ilog2().map_or(0, |log| (log + 1).saturating_sub(FIRST.ilog2()));
        while self.blocks.len() <= place as usize {
            self.take_block();
        }
        let block = &self.blocks[place as usize];
        let number = block.number + u64::from(key.index - block.first);
        let bits = number << 25 | u64::from(key.generation()) << 1 | 1;
        Token::from_ptr(std::ptr::without_provenance(bits as usize))
    }

    /// The key that a token names, if it is of this loop.
    pub(crate) fn key(&self, token: Token) -> Option<Key> {
        let bits = token.as_ptr().addr() as u64;
        let (number, generation) = (bits >> 25, bits as u32 >> 1 & LAST_GENERATION);
        let is_in = |block: &&Block| number.wrapping_sub(block.number) < u64::from(block.size);
        let block = self.blocks.iter().rev().find(is_in).filter(|_| bits & 1 == 1)?;
        Key::new(block.first + (number - block.number) as u32, generation)
    }

    fn take_block(&mut self) {
        let (first, size) = match self.blocks.last() {
            None => (0, FIRST),
            Some(last) => (last.first + last.size, last.first + last.size),
        };
        let next = |number: u64| number.checked_add(size.into()).filter(|next| *next <= ENTRIES);
        let taken = NEXT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        let number = taken.expect("all 2^39 entries for watchers of this process are used up");
        self.blocks.push(Block { number, first, size });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_a_token_of_its_own_that_leads_back_to_it() {
        let mut names = Names::default();
        let mut seen = std::collections::HashSet::new();
        for index in (0..300).chain([1023, 1024, 1_000_000]) {
            for generation in [1, 2, LAST_GENERATION] {
                let key = Key::new(index, generation).unwrap();
                let token = names.token(key);
                assert!(!token.is_null() && seen.insert(token));
                assert_eq!(names.key(token), Some(key));
                let even = Token::from_ptr(token.as_ptr().wrapping_byte_add(1));
                assert_eq!(names.key(even), None);
            }
        }
    }

    #[test]
    fn a_token_of_another_loop_leads_nowhere() {
        let (mut one, mut two) = (Names::default(), Names::default());
        let key = Key::new(0, 1).unwrap();
        let (of_one, of_two) = (one.token(key), two.token(key));
        assert_eq!((one.key(of_two), two.key(of_one)), (None, None));
        assert_eq!(one.key(Token::from_ptr(std::ptr::null())), None);
    }
}
