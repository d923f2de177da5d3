//! The number by which C names a registration.

use core::fmt;

/// How many bits of a handle are the index of its slot.
pub(crate) const INDEX_BITS: u32 = 24;
const INDEX_SHIFT: u32 = 8;
const GENERATION_SHIFT: u32 = 32;
/// How many bits of a handle are the generation.
pub(crate) const GENERATION_BITS: u32 = 31;
const GENERATION_MASK: u32 = (1 << GENERATION_BITS) - 1;
/// Set in every handle: no memory of a program lies so high, so that a collector that follows pointers (Go's) takes none
/// for one of its own.
const HIGH: u64 = 1 << 63;
const MARK: u64 = 1;
const KIND_SHIFT: u32 = 1;
const KIND_MASK: u64 = 0b11 << KIND_SHIFT;
/// Bits that are 0 in every handle.
const ZERO_MASK: u64 = 0b1_1111 << 3;
/// The bits of the index, in which a life word has its state instead.
pub(crate) const INDEX_MASK: u64 = ((1 << INDEX_BITS) - 1) << INDEX_SHIFT;
/// Set in the number by which a host owns a registration, and never in a handle.
const NUMBER: u64 = 1 << 5;

const _: () = assert!(usize::BITS == 64, "a handle needs pointers of 64 bits");
const _: () = assert!(INDEX_SHIFT + INDEX_BITS == GENERATION_SHIFT);
const _: () = assert!(HIGH == 1 << (GENERATION_SHIFT + GENERATION_BITS));

/// Which threads may call into a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Any thread, several at the same time.
    Shared = 0,
    /// Any thread, one at a time.
    Exclusive = 1,
    /// The thread that made it.
    Local = 2,
}

impl Kind {
    /// Every kind there is, in the order of their numbers.
    pub const ALL: [Kind; 3] = [Kind::Shared, Kind::Exclusive, Kind::Local];
}

/// A registration's number: slot index, generation and kind. It is what C gets as user data.
///
/// A handle is never 0, and it is never an address: nothing dereferences it, and it is higher than any.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Handle(u64);

impl Handle {
    /// The handle of generation `generation` of the slot `index`, of which the lower bits count.
    pub(crate) fn new(index: u32, generation: u32, kind: Kind) -> Self {
        debug_assert!(index < 1 << INDEX_BITS);
        Handle(
            HIGH | u64::from(generation & GENERATION_MASK) << GENERATION_SHIFT
                | u64::from(index) << INDEX_SHIFT
                | (kind as u64) << KIND_SHIFT
                | MARK,
        )
    }

    /// Takes whatever C passed. Only a gate's comparison says whether it means anything.
    #[inline(always)]
    pub fn from_user_data(user_data: usize) -> Self {
        Handle(user_data as u64)
    }

    /// Takes the number by which a host owns a registration, or anything else.
    pub fn from_number(number: usize) -> Self {
        Handle(number as u64 ^ NUMBER)
    }

    /// The number by which a host owns the registration. It is not the user data that C has.
    pub fn number(self) -> usize {
        (self.0 ^ NUMBER) as usize
    }

    /// The handle as a number.
    #[inline(always)]
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The user data that C gets.
    pub fn user_data(self) -> usize {
        self.0 as usize
    }

    #[inline(always)]
    pub(crate) fn index(self) -> u32 {
        (self.0 >> INDEX_SHIFT) as u32 & ((1 << INDEX_BITS) - 1)
    }

    pub(crate) fn generation(self) -> u32 {
        (self.0 >> GENERATION_SHIFT) as u32 & GENERATION_MASK
    }

    /// Whether this is NULL, which equals the word of a closed gate.
    #[inline(always)]
    pub(crate) fn is_null(self) -> bool {
        self.0 == 0
    }

    /// Whether any call may enter, of a handle that is well formed.
    #[inline(always)]
    pub(crate) fn is_shared(self) -> bool {
        self.0 & KIND_MASK == 0
    }

    /// Whether one call at a time may enter, of a handle that is well formed.
    #[inline(always)]
    pub(crate) fn is_exclusive(self) -> bool {
        self.0 & KIND_MASK == (Kind::Exclusive as u64) << KIND_SHIFT
    }

    /// Whether this could be a handle at all. NULL, for one, equals the word of a closed gate.
    #[inline(always)]
    pub(crate) fn is_well_formed(self) -> bool {
        self.0 & (HIGH | ZERO_MASK | MARK) == HIGH | MARK && self.0 & KIND_MASK != KIND_MASK
    }

    /// Who may call, of a handle that is well formed.
    #[inline(always)]
    pub fn kind(self) -> Kind {
        match (self.0 & KIND_MASK) >> KIND_SHIFT {
            0 => Kind::Shared,
            1 => Kind::Exclusive,
            _ => Kind::Local,
        }
    }

    /// This handle with other bits in the place of its index.
    pub(crate) fn with_index_bits(self, bits: u32) -> u64 {
        self.0 & !INDEX_MASK | u64::from(bits) << INDEX_SHIFT
    }

    /// Takes a word of [`with_index_bits`](Handle::with_index_bits) apart; `None` where it is 0.
    pub(crate) fn from_word(word: u64, index: u32) -> Option<(Handle, u32)> {
        let bits = (word & INDEX_MASK) >> INDEX_SHIFT;
        let handle = Handle(word & !INDEX_MASK | u64::from(index) << INDEX_SHIFT);
        (word & MARK != 0).then_some((handle, bits as u32))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}v{}", self.index(), self.generation())
    }
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;

    #[test]
    fn a_handle_keeps_its_parts_apart() {
        for kind in Kind::ALL {
            let handle = Handle::new((1 << INDEX_BITS) - 1, u32::MAX, kind);
            assert_eq!((handle.index(), handle.kind()), ((1 << INDEX_BITS) - 1, kind));
            assert_eq!(handle.generation(), GENERATION_MASK);
            assert!(handle.is_well_formed());
            let word = handle.with_index_bits(0x12_3456);
            assert_eq!(Handle::from_word(word, handle.index()), Some((handle, 0x12_3456)));
        }
    }

    #[test]
    fn what_is_no_handle_is_not_well_formed() {
        let high = HIGH as usize;
        for bits in
            [0, 1, 2, high, high | 8 | 1, high | 0x20 | 1, high | 0b110 | 1, 0xdead_beef_0001]
        {
            assert!(!Handle::from_user_data(bits).is_well_formed(), "{bits:#x}");
        }
        assert!(Handle::from_user_data(high | 1).is_well_formed());
    }

    #[test]
    fn no_handle_is_as_low_as_an_address() {
        for generation in [0, 1, 0xc0, GENERATION_MASK, GENERATION_MASK + 1, u32::MAX] {
            for kind in Kind::ALL {
                let handle = Handle::new(0, generation, kind);
                assert!(handle.user_data() > isize::MAX as usize && handle.is_well_formed());
            }
        }
    }

    #[test]
    fn the_number_of_a_registration_is_not_its_user_data() {
        let handle = Handle::new(7, 1, Kind::Local);
        assert_eq!(Handle::from_number(handle.number()), handle);
        assert!(!Handle::from_user_data(handle.number()).is_well_formed());
        assert!(!Handle::from_number(handle.user_data()).is_well_formed());
    }
}
