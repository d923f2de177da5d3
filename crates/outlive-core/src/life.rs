//! The one life of a registration: its states, the events that change them, and the word that holds them.
//!
//! A state is a [`Phase`], the [`Claims`] on the slot, and who is ending the value. [`next`] is the whole
//! machine. All that becomes of a registration is decided by a compare-exchange on its word, so that
//! two that act at once come one after the other. An event that has no entry does nothing, and whoever
//! brought it gets to know the state.
//!
//! | event | Live | Closing | Deferred | Serving | Left | Parked | Ending | Ended | Kept | Freeing |
//! | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
//! | `Close` | Closing | | Closing | Closing ⁸ | | Closing | | | | |
//! | `Serve` ⁹ | | Serving | Serving | | | | | | | |
//! | `Defer` | | Deferred | | | | | | | | |
//! | `Leave` | | | Left | | | | | | | |
//! | `Park` | | Parked | | | | | | | | |
//! | `End` | | Ending ¹ | Ending ¹ | | | | | | | |
//! | `EndLeft` | | | | | Ending ¹ | | | | | |
//! | `Finish` | | | | | | | Ended ² | | | |
//! | `Keep` | | Kept | Kept | | Kept | | | | | |
//! | `EnderGone` | | Deferred | | | | | Kept | | | |
//! | `Leak` ³ | Live | Closing | Deferred | Serving | Left | Parked | | | | |
//! | `LetGo` ⁴ | Live | Closing | Deferred | Serving | Left | Parked | Ending | Ended ² | Kept | |
//! | `Release` ⁵ | Live | Closing | Deferred | Serving | Left | Parked | Ending | Ended ² | Kept | |
//! | `GiveBack` ⁶ | | | | | | | | Freeing | | |
//! | `Notify` ⁷ | Live | Closing | Deferred | Serving | Left | Parked | Ending | Ended ² | Kept | |
//! | `Free` | | | | | | | | | | Free |
//!
//! 1. Kept where the registration was leaked.
//! 2. Freeing where neither the host nor C has a claim any more.
//! 3. The host gives its claim up, and the value will not be ended.
//! 4. The host gives its claim up: the handle was dropped, or handed over to C.
//! 5. The host gives its claim up and says that C's is over. Refused where the host has none.
//! 6. The host gives its claim up, and C's pointers lead to nothing that is used again: the handle that C has
//!    is refused by its generation.
//! 7. C's claim is over: it has called the destroy notify, or made its last call, however that went. Refused where C has
//!    none.
//! 8. Only where C's claim is over. A close that comes then ends the value: it is not lent any more.
//! 9. Only where the value is lent. What is lent does not end.
//!
//! Who may bring an event, and when:
//!
//! * ONE-ENDER: the value is ended, or given out, by the one whose event moved the registration to Ending, and
//!   by nobody else. `End` is brought only after a scan that came after the heavy barrier and found nobody
//!   inside, and on the value's own thread where it has one.
//! * LENT: while the value is lent, a close shuts the gate but to those callbacks that take back, and brings `Serve`
//!   where the others are out. The first close after the end of C's claim finds it lent no more, and shuts the gate to
//!   all before its barrier and its scan. So `End` is brought by a scan that has found those out that take back, too:
//!   by that of the closer, or by that of one who had read Deferred, lent no more, before it scanned.
//! * ONE-FREER: the slot is cleared and used again by the one whose event moved it to Free.
//! * ONE-LIST: `Leave` is brought where only another thread may end the value. Whoever moved it puts the slot on
//!   that thread's list (`left.rs`), and nobody else does. It leaves Left by the hand of the one who has taken it
//!   from the list, or who could not put it there: so no slot is on two lists, or on one in another life.

use crate::handle::Handle;
use crate::primitive::{AtomicU64, Ordering, const_fn};

/// Where a registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Phase {
    /// No registration: the slot is on the free list, or about to be.
    Free = 0,
    /// Calls are admitted.
    Live = 1,
    /// Calls are refused; a closer waits for the ones inside.
    Closing = 2,
    /// Calls are refused; whoever finds nobody inside ends the value.
    Deferred = 3,
    /// Calls are refused, but those that take back; the value is lent to C until the release.
    Serving = 4,
    /// Calls are refused and nobody is inside; the value is left to the only thread that may end it.
    Left = 5,
    /// Calls are refused; the value waits for its handle's next operation.
    Parked = 6,
    /// Somebody is ending the value, or giving it out.
    Ending = 7,
    /// The value is gone.
    Ended = 8,
    /// Calls are refused and the value stays for good.
    Kept = 9,
    /// The slot is used again as soon as nobody reads the registration: nobody may start to.
    Freeing = 10,
}

impl Phase {
    const ALL: [Phase; 11] = [
        Phase::Free,
        Phase::Live,
        Phase::Closing,
        Phase::Deferred,
        Phase::Serving,
        Phase::Left,
        Phase::Parked,
        Phase::Ending,
        Phase::Ended,
        Phase::Kept,
        Phase::Freeing,
    ];

    /// Whether somebody has ended the value, or keeps it, and so waits for no call.
    pub(crate) fn is_past_calls(self) -> bool {
        use Phase::{Ended, Ending, Free, Freeing, Kept};
        matches!(self, Ending | Ended | Kept | Freeing | Free)
    }
}

/// Who may still use the slot, and whether the value was kept on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    /// The host has a handle.
    pub(crate) host: bool,
    /// C may have the pointers.
    pub(crate) c: bool,
    /// The host leaked it.
    pub(crate) leaked: bool,
    /// C may have memory of the value's, and gives it back, until its claim is over and a close has come since.
    pub(crate) lent: bool,
}

impl Claims {
    const BOTH: Claims = Claims { host: true, c: true, leaked: false, lent: false };

    pub(crate) fn is_none(self) -> bool {
        !self.host && !self.c
    }
}

/// All that is known of what becomes of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) phase: Phase,
    pub(crate) claims: Claims,
    /// In Closing and Ending: the number of the record of the thread that does it, plus 1; 0 where it has
    /// none. 0 in all other phases.
    pub(crate) ender: u32,
}

const HOST: u32 = 1 << 4;
const C: u32 = 1 << 5;
const LEAKED: u32 = 1 << 6;
const LENT: u32 = 1 << 7;
const ENDER_SHIFT: u32 = 8;

impl State {
    fn bits(self) -> u32 {
        let bit = |set, bit| if set { bit } else { 0 };
        let Claims { host, c, leaked, lent } = self.claims;
        self.phase as u32
            | bit(host, HOST)
            | bit(c, C)
            | bit(leaked, LEAKED)
            | bit(lent, LENT)
            | self.ender << ENDER_SHIFT
    }

    fn from_bits(bits: u32) -> Self {
        let has = |bit| bits & bit != 0;
        let claims = Claims { host: has(HOST), c: has(C), leaked: has(LEAKED), lent: has(LENT) };
        let phase = Phase::ALL.get((bits & 0xf) as usize).copied().unwrap_or(Phase::Free);
        State { phase, claims, ender: bits >> ENDER_SHIFT }
    }

    /// Whether the registration may be read by those who stand as readers.
    pub(crate) fn is_readable(self) -> bool {
        !matches!(self.phase, Phase::Free | Phase::Freeing)
    }
}

/// What happens to a registration; the number is that of the one who ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Close(u32),
    Serve,
    Defer,
    Leave,
    Park,
    End(u32),
    EndLeft(u32),
    Finish,
    Keep,
    EnderGone(u32),
    Leak,
    LetGo,
    Release,
    GiveBack,
    Notify,
    Free,
}

/// The machine: what a state becomes by an event, or `None` where the event does not apply.
pub(crate) fn next(state: State, event: Event) -> Option<State> {
    use Phase::{
        Closing, Deferred, Ended, Ending, Free, Freeing, Kept, Left, Live, Parked, Serving,
    };
    let State { phase, claims, ender } = state;
    let to = |phase| Some(State { phase, ender: 0, ..state });
    let by = |phase, ender| Some(State { phase, ender, ..state });
    let claiming = |claims| Some(unclaimed(State { claims, ..state }));
    match (event, phase) {
        (Event::Close(_), Serving) if claims.c => None,
        (Event::Close(ender), Live | Deferred | Parked | Serving) => {
            let claims = Claims { lent: claims.lent && claims.c, ..claims };
            Some(State { phase: Closing, claims, ender })
        }
        (Event::Serve, Closing | Deferred) if claims.lent => to(Serving),
        (Event::Defer, Closing) => to(Deferred),
        (Event::Leave, Deferred) if !claims.lent => to(Left),
        (Event::Park, Closing) => to(Parked),
        (Event::End(_), Closing | Deferred) if claims.lent => None,
        (Event::End(_), Closing | Deferred) if claims.leaked => to(Kept),
        (Event::End(ender), Closing | Deferred) => by(Ending, ender),
        (Event::EndLeft(_), Left) if claims.leaked => to(Kept),
        (Event::EndLeft(ender), Left) => by(Ending, ender),
        (Event::Finish, Ending) => to(Ended).map(unclaimed),
        (Event::Keep, Closing | Deferred | Left) => to(Kept),
        (Event::EnderGone(gone), Closing) if gone == ender => to(Deferred),
        (Event::EnderGone(gone), Ending) if gone == ender => to(Kept),
        (Event::Leak, Live | Closing | Deferred | Serving | Left | Parked) if claims.host => {
            claiming(Claims { host: false, leaked: true, ..claims })
        }
        (_, Free | Freeing) if event != Event::Free => None,
        (Event::LetGo, _) if claims.host => claiming(Claims { host: false, ..claims }),
        (Event::Release, _) if claims.host => claiming(Claims { host: false, c: false, ..claims }),
        (Event::GiveBack, Ended) if claims.host => {
            Some(State { phase: Freeing, claims: Claims { host: false, ..claims }, ender })
        }
        (Event::Notify, _) if claims.c => claiming(Claims { c: false, ..claims }),
        (Event::Free, Freeing) => to(Free),
        _ => None,
    }
}

/// A value that has ended, and whose slot nobody claims, is no registration any more.
fn unclaimed(state: State) -> State {
    if state.phase == Phase::Ended && state.claims.is_none() {
        return State { phase: Phase::Freeing, ..state };
    }
    state
}

/// A change that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) from: State,
    pub(crate) to: State,
}

/// The word: the registration's handle, with the state in the place of the index; 0 in a slot that was
/// never used.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Life(AtomicU64);

impl Life {
    const_fn! {
        pub(crate) fn new() -> Self {
            Life(AtomicU64::new(0))
        }
    }

    /// A new registration begins, live and claimed by both; its value is lent to C, or not. The slot was free, and is
    /// the caller's.
    pub(crate) fn begin(&self, handle: Handle, lent: bool) {
        let claims = Claims { lent, ..Claims::BOTH };
        let state = State { phase: Phase::Live, claims, ender: 0 };
        self.0.store(handle.with_index_bits(state.bits()), Ordering::SeqCst);
    }

    /// The state of this registration; `None` where the slot has another, or none.
    pub(crate) fn state(&self, handle: Handle) -> Option<State> {
        self.read(handle, self.0.load(Ordering::SeqCst))
    }

    /// The registration in this slot, of the number `index`, with its state.
    pub(crate) fn occupant(&self, index: u32) -> Option<(Handle, State)> {
        let (handle, bits) = Handle::from_word(self.0.load(Ordering::SeqCst), index)?;
        let state = State::from_bits(bits);
        (state.phase != Phase::Free).then_some((handle, state))
    }

    fn read(&self, handle: Handle, word: u64) -> Option<State> {
        let (found, bits) = Handle::from_word(word, handle.index())?;
        let state = State::from_bits(bits);
        (found == handle && state.phase != Phase::Free).then_some(state)
    }

    /// Brings an event. `Err` has the state in which it does not apply, `None` where the slot has another
    /// registration, or none.
    pub(crate) fn apply(&self, handle: Handle, event: Event) -> Result<Step, Option<State>> {
        let mut word = self.0.load(Ordering::SeqCst);
        loop {
            let from = self.read(handle, word).ok_or(None)?;
            let to = next(from, event).ok_or(Some(from))?;
            let new = handle.with_index_bits(to.bits());
            match self.0.compare_exchange(word, new, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return Ok(Step { from, to }),
                Err(seen) => word = seen,
            }
        }
    }
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;
    use crate::handle::Kind;

    const EVENTS: [Event; 16] = [
        Event::Close(7),
        Event::Serve,
        Event::Defer,
        Event::Leave,
        Event::Park,
        Event::End(7),
        Event::EndLeft(7),
        Event::Finish,
        Event::Keep,
        Event::EnderGone(3),
        Event::Leak,
        Event::LetGo,
        Event::Release,
        Event::GiveBack,
        Event::Notify,
        Event::Free,
    ];

    fn states() -> impl Iterator<Item = State> {
        let claims = (0..16).map(|n| {
            let has = |bit| n & bit != 0;
            Claims { host: has(1), c: has(2), leaked: has(4), lent: has(8) }
        });
        claims.flat_map(|claims| {
            Phase::ALL.into_iter().map(move |phase| {
                let ender = if matches!(phase, Phase::Closing | Phase::Ending) { 3 } else { 0 };
                State { phase, claims, ender }
            })
        })
    }

    fn state(phase: Phase, claims: Claims) -> State {
        State { phase, claims, ender: 0 }
    }

    #[test]
    fn a_word_holds_every_state() {
        for state in states() {
            assert_eq!(State::from_bits(state.bits()), state);
            assert!(state.bits() < 1 << 24);
        }
        let last = State { ender: crate::limits::RECORDS, ..states().next().unwrap() };
        assert_eq!(State::from_bits(last.bits()), last);
    }

    /// The cells of a row of the table above, after the name of its event.
    fn row(event: Event) -> Vec<&'static str> {
        let name = format!("{event:?}");
        let start = format!("//! | `{}`", name.split('(').next().unwrap());
        let table = include_str!("life.rs");
        let row = table.lines().find(|line| line.starts_with(&start)).expect("a row");
        row.split('|').skip(2).map(|cell| cell.trim_matches([' ', '¹', '²', '⁸'])).collect()
    }

    #[test]
    fn the_table_is_what_the_machine_does() {
        for event in EVENTS.map(|event| match event {
            Event::EnderGone(_) => Event::EnderGone(3),
            event => event,
        }) {
            for (phase, cell) in Phase::ALL.into_iter().skip(1).zip(row(event)) {
                let ender = if matches!(phase, Phase::Closing | Phase::Ending) { 3 } else { 0 };
                // Footnotes 8 and 9.
                let lent = phase == Phase::Serving || event == Event::Serve;
                let c = !(phase == Phase::Serving && matches!(event, Event::Close(_)));
                let claims = Claims { lent, c, ..Claims::BOTH };
                let found = next(State { phase, claims, ender }, event);
                let expected = found.map(|state| format!("{:?}", state.phase)).unwrap_or_default();
                // GiveBack and Release of what has ended are what footnote 2 is about.
                let is_freed = expected == "Freeing" && cell == "Ended";
                assert!(cell == expected || is_freed, "{phase:?} {event:?}: {cell}, {expected}");
            }
        }
    }

    #[test]
    fn what_is_over_never_comes_back() {
        for state in states() {
            for event in EVENTS {
                let Some(next) = next(state, event) else { continue };
                let rank = |state: State| match state.phase {
                    Phase::Live => 0,
                    Phase::Closing | Phase::Deferred | Phase::Parked if state.claims.lent => 1,
                    Phase::Serving => 2,
                    Phase::Closing | Phase::Deferred | Phase::Left | Phase::Parked => 3,
                    Phase::Ending => 4,
                    Phase::Ended | Phase::Kept => 5,
                    Phase::Freeing => 6,
                    Phase::Free => 7,
                };
                assert!(rank(state) <= rank(next), "{state:?} {event:?} {next:?}");
                let lost = |before: bool, after: bool| before || !after;
                assert!(lost(state.claims.host, next.claims.host));
                assert!(lost(state.claims.c, next.claims.c));
                assert!(lost(state.claims.lent, next.claims.lent));
            }
        }
    }

    #[test]
    fn nobody_is_named_as_the_ender_where_nobody_ends() {
        for state in states() {
            for next in EVENTS.into_iter().filter_map(|event| next(state, event)) {
                let is_ended_by_somebody = matches!(next.phase, Phase::Closing | Phase::Ending);
                assert_eq!(next.ender != 0, is_ended_by_somebody, "{state:?} {next:?}");
            }
        }
    }

    #[test]
    fn a_slot_is_freed_when_the_value_has_ended_and_the_last_claim_goes() {
        let only_c = Claims { host: false, ..Claims::BOTH };
        let only_host = Claims { c: false, ..Claims::BOTH };
        let freeing = |state, event| next(state, event).unwrap().phase == Phase::Freeing;
        assert!(freeing(state(Phase::Ended, only_c), Event::Notify));
        assert!(freeing(state(Phase::Ended, only_host), Event::LetGo));
        assert!(freeing(state(Phase::Ended, Claims::BOTH), Event::Release));
        assert!(freeing(state(Phase::Ended, Claims::BOTH), Event::GiveBack));
        assert!(!freeing(state(Phase::Ended, Claims::BOTH), Event::LetGo));
        assert!(!freeing(state(Phase::Kept, Claims::BOTH), Event::Release));
        let none = Claims { host: false, ..only_host };
        assert!(freeing(State { ender: 3, ..state(Phase::Ending, none) }, Event::Finish));
        assert!(!freeing(State { ender: 3, ..state(Phase::Ending, only_c) }, Event::Finish));
    }

    #[test]
    fn a_leaked_value_is_never_ended() {
        for state in states().filter(|state| state.claims.leaked) {
            for event in [Event::End(7), Event::EndLeft(7)] {
                assert!(next(state, event).is_none_or(|next| next.phase == Phase::Kept));
            }
        }
    }

    #[test]
    fn a_value_that_is_lent_does_not_end() {
        for state in states().filter(|state| state.claims.lent) {
            for event in EVENTS {
                let ends = next(state, event).is_some_and(|next| next.phase == Phase::Ending);
                // Nobody is in these two with a value that is lent.
                assert!(!ends || matches!(state.phase, Phase::Left | Phase::Ending), "{event:?}");
            }
        }
    }

    #[test]
    fn a_value_is_lent_until_a_close_after_the_end_of_cs_claim() {
        let lent = Claims { lent: true, ..Claims::BOTH };
        let closed =
            |claims| next(state(Phase::Live, claims), Event::Close(7)).unwrap().claims.lent;
        assert!(closed(lent));
        assert!(!closed(Claims { c: false, ..lent }));
        assert_eq!(next(state(Phase::Serving, lent), Event::Close(7)), None);
        let over = Claims { c: false, ..lent };
        assert!(!next(state(Phase::Serving, over), Event::Close(7)).unwrap().claims.lent);
    }

    #[test]
    fn a_claim_is_given_up_once() {
        let claims = Claims { host: false, c: false, ..Claims::BOTH };
        for phase in Phase::ALL {
            for event in [Event::LetGo, Event::Release, Event::GiveBack, Event::Notify, Event::Leak]
            {
                assert_eq!(next(state(phase, claims), event), None);
            }
        }
    }

    #[test]
    fn a_word_answers_for_its_own_registration_alone() {
        let life = Life::new();
        let (handle, next) = (Handle::new(7, 1, Kind::Shared), Handle::new(7, 2, Kind::Shared));
        assert_eq!((life.state(handle), life.occupant(7)), (None, None));
        life.begin(handle, false);
        assert_eq!(life.occupant(7).map(|(found, _)| found), Some(handle));
        assert_eq!(life.apply(next, Event::Close(1)), Err(None));
        assert_eq!(life.apply(Handle::new(7, 1, Kind::Local), Event::Close(1)), Err(None));
        assert_eq!(life.apply(handle, Event::Close(9)).unwrap().to.ender, 9);
        let refused = life.apply(handle, Event::Close(2)).unwrap_err().unwrap();
        assert_eq!((refused.phase, refused.ender), (Phase::Closing, 9));
    }
}
