//! The number by which C names a registration.

use core::fmt;

/// How many bits of a handle number the slot.
pub(crate) const INDEX_BITS: u32 = 24;
const INDEX_SHIFT: u32 = 8;
const GENERATION_SHIFT: u32 = 32;
const MARK: u64 = 1;
const KIND_SHIFT: u32 = 1;
const KIND_MASK: u64 = 0b11 << KIND_SHIFT;
const STATE_MASK: u64 = 0b111 << 5;

const _: () = assert!(usize::BITS == 64, "a handle needs pointers of 64 bits");
const _: () = assert!(INDEX_SHIFT + INDEX_BITS == GENERATION_SHIFT);

/// Which threads may call into a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Any thread, at the same time.
    Shared = 0,
    /// Any thread, one at a time.
    Exclusive = 1,
    /// The thread that made it.
    Local = 2,
}

/// Where a registration stands in its life. In a gate's word the state takes bits that are 0 in a
/// handle, so that one comparison answers "live, and this very registration".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum State {
    /// Calls are admitted.
    Live = 0,
    /// Calls are refused; a closer waits for the ones inside and will end the host value.
    Closing = 1 << 5,
    /// Calls are refused; whoever finds nobody inside ends the host value.
    Deferred = 2 << 5,
    /// Calls are refused; the value waits for its handle's next operation.
    Parked = 3 << 5,
    /// Somebody is ending the host value.
    Finalising = 4 << 5,
    /// The host value is gone, the slot stays reserved.
    Ended = 5 << 5,
    /// Calls are refused and the host value stays for good.
    Kept = 6 << 5,
    /// The slot is about to be reused: nobody may start to read its registration.
    Releasing = 7 << 5,
}

impl State {
    fn from_bits(bits: u64) -> State {
        match bits >> 5 {
            0 => State::Live,
            1 => State::Closing,
            2 => State::Deferred,
            3 => State::Parked,
            4 => State::Finalising,
            5 => State::Ended,
            6 => State::Kept,
            _ => State::Releasing,
        }
    }
}

/// A registration's number: slot index, generation and kind. It is what C gets as user data.
///
/// A handle is never 0, and it is never an address: nothing dereferences it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Handle(u64);

impl Handle {
    /// The handle of generation `generation` of the slot `index`.
    pub(crate) fn new(index: u32, generation: u32, kind: Kind) -> Self {
        debug_assert!(index < 1 << INDEX_BITS && generation != 0);
        Handle(
            u64::from(generation) << GENERATION_SHIFT
                | u64::from(index) << INDEX_SHIFT
                | (kind as u64) << KIND_SHIFT
                | MARK,
        )
    }

    /// Takes whatever C passed. Only a gate's comparison says whether it means anything.
    #[inline(always)]
    pub(crate) fn from_user_data(user_data: usize) -> Self {
        Handle(user_data as u64)
    }

    #[inline(always)]
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    #[inline(always)]
    pub(crate) fn index(self) -> u32 {
        (self.0 >> INDEX_SHIFT) as u32 & ((1 << INDEX_BITS) - 1)
    }

    pub(crate) fn generation(self) -> u32 {
        (self.0 >> GENERATION_SHIFT) as u32
    }

    /// Whether this could be a handle of the kind [`Kind::Shared`], for which the gate's comparison
    /// is all there is to check, with an index below `limit`, a power of two.
    #[inline(always)]
    pub(crate) fn is_plain_below(self, limit: u32) -> bool {
        self.0 as u32 & !((limit - 1) << INDEX_SHIFT) == MARK as u32
    }

    /// Whether this could be a handle at all. Other words, such as NULL or a handle with a state
    /// added to it, might equal the word of a gate that is not open.
    #[inline(always)]
    pub(crate) fn is_well_formed(self) -> bool {
        self.0 & (STATE_MASK | MARK) == MARK
    }

    #[inline(always)]
    pub(crate) fn kind(self) -> Kind {
        match (self.0 & KIND_MASK) >> KIND_SHIFT {
            0 => Kind::Shared,
            1 => Kind::Exclusive,
            _ => Kind::Local,
        }
    }

    /// The word of a gate for this registration in `state`.
    pub(crate) fn word(self, state: State) -> u64 {
        self.0 | state as u64
    }

    /// What a gate's word says of this registration: `None` where the word is another's, or where
    /// this is no handle (NULL equals the word of a free slot).
    pub(crate) fn state_in(self, word: u64) -> Option<State> {
        (self.0 & MARK != 0 && word & !STATE_MASK == self.0)
            .then(|| State::from_bits(word & STATE_MASK))
    }

    /// The registration that a gate's word is of, with its state; `None` for a free slot.
    pub(crate) fn from_word(word: u64) -> Option<(Handle, State)> {
        (word & MARK != 0)
            .then(|| (Handle(word & !STATE_MASK), State::from_bits(word & STATE_MASK)))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}v{}", self.index(), self.generation())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_keeps_its_parts_apart() {
        let handle = Handle::new((1 << INDEX_BITS) - 1, u32::MAX, Kind::Local);
        assert_eq!(handle.index(), (1 << INDEX_BITS) - 1);
        assert_eq!(handle.generation(), u32::MAX);
        assert_eq!(handle.kind(), Kind::Local);
        for state in [State::Live, State::Parked, State::Kept, State::Releasing] {
            let word = handle.word(state);
            assert_eq!(handle.state_in(word), Some(state));
            assert_eq!(Handle::from_word(word), Some((handle, state)));
        }
    }

    #[test]
    fn another_generation_is_not_this_registration() {
        let old = Handle::new(7, 1, Kind::Shared);
        let new = Handle::new(7, 2, Kind::Shared);
        assert_eq!(old.state_in(new.word(State::Live)), None);
        assert_eq!(Handle::from_word(0), None);
    }

    #[test]
    fn null_is_nothing_in_a_free_slot() {
        assert_eq!(Handle::from_user_data(0).state_in(0), None);
    }
}
