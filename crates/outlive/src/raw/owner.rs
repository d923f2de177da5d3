//! Registrations whose owner has a number instead of a handle: hosts of other languages, which may give
//! one back twice, or on two threads at the same time.
//!
//! BY-NUMBER: while the word has `OWNED`, or counts a user, the slot is not released. A user counts
//! itself only while the word has `OWNED`, and then looks whose registration this is. The owner gives up once,
//! by taking `OWNED` away; what it leaves to be done, the last user does. A word of 0 stays 0 until
//! the slot has its next registration.
//!
//! A forked child counts the users that were inside at the fork for good: what they would have done is left
//! undone there.

use super::close::{self, Wait};
use super::destroy;
use super::handle::{Handle, State};
use super::slot::{SLOTS, Slot};
use crate::primitive::{AtomicU32, Ordering, const_fn};

const OWNED: u32 = 1 << 31;
const RELEASE: u32 = 1 << 30;
const HAND_OVER: u32 = 1 << 29;
const USERS: u32 = HAND_OVER - 1;

/// Who owns a registration by number.
#[derive(Debug)]
pub(crate) struct Owner(AtomicU32);

/// What an owner leaves to the last user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// The registration stays as it is.
    Nothing,
    /// C has forgotten the table: the slot may be reused.
    Release,
    /// C answers for the registration from now on.
    HandOver,
}

impl Owner {
    const_fn! {
        pub(crate) fn new() -> Self {
            Owner(AtomicU32::new(0))
        }
    }

    fn begin(&self) -> bool {
        // Acquire pairs with the Release of `own`: who meets the slot's next owner also reads its word.
        let count = |word: u32| (word & OWNED != 0 && word & USERS != USERS).then(|| word + 1);
        self.0.fetch_update(Ordering::Acquire, Ordering::Relaxed, count).is_ok()
    }

    /// Takes the ownership away from the number; `false` if somebody did before.
    fn give_up(&self, last: Last) -> bool {
        let left = match last {
            Last::Nothing => 0,
            Last::Release => RELEASE,
            Last::HandOver => HAND_OVER,
        };
        let take = |word: u32| (word & OWNED != 0).then_some(word & !OWNED | left);
        // Relaxed: this is a user too, which goes by `end`.
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// A user goes, and gets to know what it has to do.
    fn end(&self) -> Last {
        let go = |word: u32| {
            let last = word & USERS == 1 && word & OWNED == 0;
            Some(if last { 0 } else { word - 1 })
        };
        // AcqRel: the last user does what it does after all that the others did.
        let Ok(word) = self.0.fetch_update(Ordering::AcqRel, Ordering::Relaxed, go) else {
            return Last::Nothing;
        };
        match word & !USERS {
            _ if word & USERS != 1 => Last::Nothing,
            RELEASE => Last::Release,
            HAND_OVER => Last::HandOver,
            _ => Last::Nothing,
        }
    }
}

/// Somebody who uses a registration by its owner's number. Meanwhile it counts as an owner for GUARDED (b).
pub(crate) struct User {
    handle: Handle,
    slot: &'static Slot,
}

/// Has a registration owned by a number. The caller owned it until now.
pub(crate) fn own(slot: &Slot) {
    slot.owner.0.store(OWNED, Ordering::Release);
}

impl User {
    /// Looks a number's registration up; `None` if the number owns none, or none any more.
    pub(crate) fn of(handle: Handle) -> Option<Self> {
        let slot = SLOTS.get(handle).filter(|_| handle.is_well_formed())?;
        if !slot.owner.begin() {
            return None;
        }
        // BY-NUMBER: from here on the slot keeps its registration, whosever it is.
        let user = User { handle, slot };
        slot.gate.state(handle).map(|_: State| user)
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    pub(crate) fn slot(&self) -> &'static Slot {
        self.slot
    }

    /// Gives the registration up for its owner; `false` if somebody did before.
    pub(crate) fn give_up(&self, last: Last) -> bool {
        self.slot.owner.give_up(last)
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // BY-NUMBER: before `end`, so that it is still there.
        let occupant = self.slot.gate.occupant();
        let (last, Some((handle, _))) = (self.slot.owner.end(), occupant) else { return };
        match last {
            Last::Nothing => {}
            Last::Release => close::release(handle, self.slot, Wait::unless_inside()),
            Last::HandOver => destroy::hand_over(handle, self.slot),
        }
    }
}
