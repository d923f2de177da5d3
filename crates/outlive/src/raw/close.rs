//! How a registration ends: refuse, wait or defer, end the host value, release the slot.
//!
//! ONE-ENDER: the host value is ended by the one who moved the registration to
//! [`State::Finalising`], and the slot is released by the one who moved it to
//! [`State::Releasing`]. Nobody moves it to the first before a scan, made after the heavy barrier
//! that followed the refusal, has found nobody inside.
//!
//! LEAKED: `leak` swaps the flag, then looks at the state; the one who ends the value moves the
//! state, then swaps the flag. Of two swaps one comes second and sees what came before the first, so
//! that a value that was leaked in time is not ended.

use core::ptr::NonNull;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::handle::{Handle, Kind, State};
use super::hold::Entry;
use super::incident::{Detail, Report};
use super::place::Place;
use super::record::Record;
use super::slot::{SLOTS, Slot};
use super::thread::{self, RECORDS};
use super::{barrier, platform};
use crate::ended::Ended;
use crate::incident::IncidentKind;
use crate::primitive::{AtomicUsize, MODELLED, Ordering, fence, per_process, yield_now};

/// How long a closer may wait for the calls inside.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    Never,
    Until(Instant),
    Forever,
}

impl Wait {
    /// A close from inside any call does not wait: its own frames, or a cycle, could stand in the way.
    pub(crate) fn unless_inside() -> Wait {
        if thread::is_inside_any() { Wait::Never } else { Wait::Forever }
    }

    /// Waits as long as asked, unless the caller's own frames stand in the way for sure.
    pub(crate) fn at_most(handle: Handle, limit: Duration) -> Wait {
        if thread::is_inside(handle) {
            return Wait::Never;
        }
        Instant::now().checked_add(limit).map_or(Wait::Forever, Wait::Until)
    }

    fn is_over(self) -> bool {
        match self {
            Wait::Never => true,
            Wait::Until(deadline) => Instant::now() >= deadline,
            Wait::Forever => false,
        }
    }
}

/// What a close is to do with the host value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// End it, now or later.
    End,
    /// Take it out, now or not at all.
    Take,
}

/// What a close came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Nobody is inside, and the host value has ended.
    Now,
    /// Nobody is inside, and the host value is the caller's.
    Taken(NonNull<()>),
    /// Calls are refused; somebody is still inside, or the value cannot be ended here.
    Later,
}

per_process! {
    /// How often something was left to the host's next operation since all of it was done; 0 if nothing
    /// waits. Not a flag: a thread that sweeps must not hide from another what only that one may end.
    static PENDING: AtomicUsize = AtomicUsize::new(0);
}

/// Leaves something to the host's next operation.
fn leave_pending() {
    PENDING.fetch_add(1, Ordering::SeqCst);
}

/// Refuses calls from here on and takes the close upon itself. `Err` is the state in which another
/// closer, or nobody any more, has it.
pub(crate) fn refuse(handle: Handle, slot: &Slot) -> Result<(), State> {
    loop {
        let state = slot.gate.state(handle).unwrap_or(State::Ended);
        match state {
            State::Live | State::Deferred | State::Parked => {
                if slot.gate.advance(handle, state, State::Closing) {
                    return Ok(());
                }
            }
            _ => return Err(state),
        }
    }
}

/// Notes the line that ends a registration.
pub(crate) fn note_end(slot: &Slot, at: Place) {
    let none = core::ptr::null_mut();
    let _ = slot.ended.compare_exchange(none, at.into_raw(), Ordering::AcqRel, Ordering::Relaxed);
}

/// Closes one registration.
///
/// # Safety
///
/// The caller owns the registration or is inside it, so that the slot is not released meanwhile.
pub(crate) unsafe fn close(
    handle: Handle,
    slot: &'static Slot,
    wait: Wait,
    purpose: Purpose,
) -> Closed {
    match refuse(handle, slot) {
        Ok(()) if barrier::heavy().is_err() || is_haunted(slot) => keep_for_good(handle, slot),
        // SAFETY: the caller's promise.
        Ok(()) => unsafe { finish(handle, slot, wait, purpose) },
        Err(state) => await_other(handle, slot, wait, state),
    }
}

/// Waits for the calls inside and ends the value, after [`refuse`] and the heavy barrier.
///
/// # Safety
///
/// As for [`close`]; the caller moved the registration to [`State::Closing`].
pub(crate) unsafe fn finish(
    handle: Handle,
    slot: &'static Slot,
    wait: Wait,
    purpose: Purpose,
) -> Closed {
    let quiet = wait_quiet(handle, slot, wait, || report_slow(handle, slot));
    if quiet && may_end_here(handle, slot) {
        return finalise(handle, slot, State::Closing, purpose).unwrap_or(Closed::Later);
    }
    match purpose {
        Purpose::Take => {
            slot.gate.advance(handle, State::Closing, State::Parked);
            Closed::Later
        }
        Purpose::End => defer(handle, slot),
    }
}

/// Leaves the end to the last call out, or to the host's next operation.
fn defer(handle: Handle, slot: &'static Slot) -> Closed {
    slot.gate.advance(handle, State::Closing, State::Deferred);
    leave_pending();
    if barrier::heavy().is_err() {
        return keep_for_good(handle, slot);
    }
    // LAST-OUT: whoever left before the barrier is not seen any more.
    try_deferred(handle, slot).unwrap_or(Closed::Later)
}

/// Ends a deferred value if nobody is inside and this thread may.
fn try_deferred(handle: Handle, slot: &'static Slot) -> Option<Closed> {
    if is_quiet(handle, slot) && may_end_here(handle, slot) {
        return finalise(handle, slot, State::Deferred, Purpose::End);
    }
    None
}

/// What a call does that finds its gate closed when it has left. The slot may be another registration's
/// by now, in whose counter a late call of an earlier one stood too.
#[cold]
#[inline(never)]
pub(crate) fn after_last_call(slot: &'static Slot) {
    let errno = platform::errno();
    fence(Ordering::SeqCst); // LAST-OUT: two that leave together see each other
    match slot.gate.occupant() {
        Some((handle, State::Deferred)) => {
            try_deferred(handle, slot);
        }
        Some((_, State::Ended)) if slot.release.load(Ordering::SeqCst) => {
            leave_pending();
        }
        _ => {}
    }
    platform::set_errno(errno);
}

fn is_quiet(handle: Handle, slot: &Slot) -> bool {
    !is_haunted(slot) && slot.gate.is_quiet(handle, RECORDS.iter())
}

/// Whether the counter holds calls of threads that this process, a forked child, does not have.
fn is_haunted(slot: &Slot) -> bool {
    slot.haunted.load(Ordering::Acquire)
}

/// THREAD-BOUND: whether the value may be ended on this thread. The answer for a registration that
/// is gone means nothing, and its state cannot be moved any more.
fn may_end_here(handle: Handle, slot: &Slot) -> bool {
    handle.kind() != Kind::Local || slot.thread.load(Ordering::Relaxed) == thread::number()
}

/// Ends the value, or hands it out; `None` if another was first.
fn finalise(handle: Handle, slot: &'static Slot, from: State, purpose: Purpose) -> Option<Closed> {
    if !slot.gate.advance(handle, from, State::Finalising) {
        return None;
    }
    // LEAKED: not a load, so that it is ordered against the swap of `leak`.
    if slot.leaked.fetch_or(false, Ordering::AcqRel) {
        slot.gate.advance(handle, State::Finalising, State::Kept);
        return Some(Closed::Now);
    }
    // SAFETY: ONE-ENDER: the value is ours, and the slot cannot be released before it has ended.
    let registration = unsafe { slot.registration() };
    let value = registration.value;
    if purpose == Purpose::End
        && let Some(drop_value) = registration.drop_value
    {
        end_value(handle, slot, value, drop_value);
    }
    slot.gate.advance(handle, State::Finalising, State::Ended);
    if slot.release.load(Ordering::SeqCst) {
        release_ended(handle, slot, Wait::Never);
    }
    Some(if purpose == Purpose::Take { Closed::Taken(value) } else { Closed::Now })
}

/// Keeps the host value for good; `false` where its end was first. The caller owns the registration
/// and gives it up.
pub(crate) fn leak(handle: Handle, slot: &'static Slot) -> bool {
    slot.leaked.swap(true, Ordering::AcqRel); // LEAKED
    matches!(
        slot.gate.state(handle),
        Some(State::Live | State::Closing | State::Deferred | State::Parked | State::Kept)
    )
}

/// Drops a panic that the host's side did not take, and those that come later. The caller owns the
/// registration and gives it up.
pub(crate) fn forget_panic(slot: &Slot) {
    if let Some(payload) = slot.stash.close() {
        super::call::drop_payload(payload);
    }
}

/// Drops the host value; its panic stays here.
fn end_value(
    handle: Handle,
    slot: &'static Slot,
    value: NonNull<()>,
    drop_value: unsafe fn(NonNull<()>),
) {
    // SAFETY: ONE-ENDER: nobody else uses the value, and it is of the type `drop_value` is for.
    let ended = catch_unwind(AssertUnwindSafe(|| unsafe { drop_value(value) }));
    if let Err(payload) = ended {
        slot.counts.panicked.fetch_add(1, Ordering::Relaxed);
        let detail = Detail::of(format_args!("in the host value's destructor"));
        // SAFETY: GUARDED (b): ONE-ENDER keeps the slot.
        unsafe { Report::of(IncidentKind::Panic, handle, slot, "", detail) }.file();
        super::call::drop_payload(payload);
    }
}

/// Another closer is at work, or the end is behind us.
fn await_other(handle: Handle, slot: &'static Slot, wait: Wait, state: State) -> Closed {
    let has_ended = || {
        matches!(
            slot.gate.state(handle),
            None | Some(State::Ended | State::Releasing | State::Kept)
        )
    };
    if state == State::Kept {
        return if slot.leaked.load(Ordering::SeqCst) { Closed::Now } else { Closed::Later };
    }
    let ended = wait_until(wait, has_ended, || {});
    if ended { Closed::Now } else { Closed::Later }
}

/// The barrier is forbidden: nobody can know that a call is not inside, so the value stays.
fn keep_for_good(handle: Handle, slot: &'static Slot) -> Closed {
    for from in [State::Closing, State::Deferred] {
        if slot.gate.advance(handle, from, State::Kept) {
            let detail = Detail::of(format_args!("the host value is kept for good"));
            // SAFETY: GUARDED (b): a kept registration is never released.
            unsafe { Report::of(IncidentKind::BarrierLost, handle, slot, "", detail) }.file();
        }
    }
    Closed::Later
}

/// Lets the slot be reused, once the value has ended and nobody reads the registration. The caller
/// owns the registration and gives it up.
pub(crate) fn release(handle: Handle, slot: &'static Slot, wait: Wait) {
    // SeqCst pairs with that of `finalise`: it sees this, or `advance` sees what it did.
    slot.release.store(true, Ordering::SeqCst);
    release_ended(handle, slot, wait);
}

/// Does what [`release`] asked for, if the value has ended. The slot may be another's by now, so
/// nothing but its word, which names the registration, is written.
fn release_ended(handle: Handle, slot: &'static Slot, wait: Wait) {
    if slot.gate.advance(handle, State::Ended, State::Releasing) {
        finish_release(handle, slot, wait);
    } else {
        leave_pending();
    }
}

fn finish_release(handle: Handle, slot: &'static Slot, wait: Wait) {
    if barrier::heavy().is_err() || is_haunted(slot) {
        return; // The slot is never reused: a refused call may be reading it.
    }
    if !wait_quiet(handle, slot, wait, || {}) {
        slot.gate.advance(handle, State::Releasing, State::Ended);
        leave_pending();
        return;
    }
    // SAFETY: the state is Releasing, nobody is inside, the value has ended; ONE-ENDER.
    let registration = unsafe { SLOTS.free(handle, slot) };
    if let Some(instance) = registration.instance {
        instance.give_back();
    }
}

/// Ends and releases what earlier operations had to leave. Host's side.
pub(crate) fn sweep() {
    let seen = PENDING.load(Ordering::SeqCst);
    if seen == 0 {
        return;
    }
    let left = SLOTS.iter().filter(|slot| !sweep_one(slot)).count();
    if left == 0 {
        // What was left meanwhile has changed the number.
        let _ = PENDING.compare_exchange(seen, 0, Ordering::SeqCst, Ordering::SeqCst);
    }
}

/// Whether nothing is left to do in this slot.
fn sweep_one(slot: &'static Slot) -> bool {
    let Some((handle, state)) = slot.gate.occupant() else { return true };
    match state {
        State::Deferred => try_deferred(handle, slot).is_some() || keep_orphan(handle, slot),
        State::Ended if slot.release.load(Ordering::SeqCst) => {
            release_ended(handle, slot, Wait::Never);
            true
        }
        // Whoever is at work there may have looked at the flag too early.
        State::Closing | State::Finalising => !slot.release.load(Ordering::SeqCst),
        _ => true,
    }
}

/// Keeps a value for good that only a thread could end that is gone; `false` for any other.
fn keep_orphan(handle: Handle, slot: &Slot) -> bool {
    slot.orphaned.load(Ordering::Relaxed)
        && !may_end_here(handle, slot)
        && slot.gate.advance(handle, State::Deferred, State::Kept)
}

/// How long a thread that ends waits for what stands in the gate of a value that only it may end: no call
/// that was admitted, but one that is being refused, or a look at the ledger, on another thread.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// The calling thread ends: ends what was left to it, and notes what only it may end.
pub(crate) fn end_thread() {
    sweep();
    for slot in SLOTS.iter() {
        let Some((handle, state)) = slot.gate.occupant() else { continue };
        let is_own = handle.kind() == Kind::Local && may_end_here(handle, slot);
        let has_value =
            matches!(state, State::Live | State::Closing | State::Deferred | State::Parked);
        if is_own && has_value && !end_at_last(handle, slot) {
            slot.orphaned.store(true, Ordering::Relaxed);
        }
    }
}

/// Ends a deferred value that no later operation can end. The state says that the barrier which followed
/// the refusal is behind us, so that waiting for those inside is enough.
fn end_at_last(handle: Handle, slot: &'static Slot) -> bool {
    slot.gate.state(handle) == Some(State::Deferred)
        && wait_quiet(handle, slot, Wait::at_most(handle, LAST_WAIT), || {})
        && finalise(handle, slot, State::Deferred, Purpose::End).is_some()
}

/// The handles that calls are inside of, sorted: one look at the records for many closers.
pub(crate) fn published() -> Vec<u64> {
    let mut inside: Vec<u64> = RECORDS.iter().flat_map(Record::published).collect();
    inside.sort_unstable();
    inside
}

/// How many calls are inside a registration.
pub(crate) fn in_flight(handle: Handle, slot: &Slot) -> usize {
    let cells = RECORDS.iter().flat_map(Record::published);
    cells.filter(|bits| *bits == handle.bits()).count() + slot.gate.counted()
}

/// Waits for the calls that are inside, after the refusal and its barrier.
///
/// It is enough that each record is seen without the handle once, not all at one moment: a call that
/// publishes after the barrier is refused. So late calls, however many, do not keep a close waiting.
fn wait_quiet(handle: Handle, slot: &'static Slot, wait: Wait, slow: impl FnOnce()) -> bool {
    let holds = |record: &&Record| record.holds(handle.bits());
    let mut inside: Vec<&Record> = RECORDS.iter().filter(holds).collect();
    let left = move || {
        inside.retain(holds);
        inside.is_empty() && !is_haunted(slot) && slot.gate.counted() == 0
    };
    wait_until(wait, left, slow)
}

/// Polls with back-off: a leaving call wakes nobody.
fn wait_until(wait: Wait, mut done: impl FnMut() -> bool, slow: impl FnOnce()) -> bool {
    let begun = Instant::now();
    let mut slow = Some(slow);
    let mut round = 0u32;
    loop {
        if done() {
            return true;
        }
        // Before the wait gives up, which may be long after the second on a busy machine.
        if !MODELLED
            && begun.elapsed() >= Duration::from_secs(1)
            && let Some(slow) = slow.take()
        {
            slow();
        }
        if wait.is_over() {
            return false;
        }
        back_off(round);
        round = round.saturating_add(1);
    }
}

fn back_off(round: u32) {
    match round {
        _ if MODELLED => yield_now(),
        0..64 => core::hint::spin_loop(),
        64..256 => yield_now(),
        _ => std::thread::sleep(Duration::from_micros(u64::from(round.min(1000)))),
    }
}

/// Names the threads that a close has waited for for a second.
fn report_slow(handle: Handle, slot: &'static Slot) {
    let inside = RECORDS.iter().find(|record| record.holds(handle.bits()));
    let detail = match inside.map(Record::thread) {
        Some(thread) => Detail::of(format_args!("thread {thread} has been inside for a second")),
        None => Detail::of(format_args!("a thread has been inside for a second")),
    };
    // SAFETY: GUARDED (b): the closer owns the registration.
    unsafe { Report::of(IncidentKind::SlowClose, handle, slot, "", detail) }.file();
}

/// In a forked child: what closers that do not exist there were about to do.
pub(crate) fn adopt_after_fork() {
    for slot in SLOTS.iter() {
        if slot.gate.counted() != 0 {
            slot.haunted.store(true, Ordering::Release);
        }
        let Some((handle, state)) = slot.gate.occupant() else { continue };
        match state {
            State::Closing => slot.gate.advance(handle, state, State::Deferred),
            State::Finalising => slot.gate.advance(handle, state, State::Kept),
            _ => continue,
        };
        leave_pending();
    }
}

/// Closes many registrations with one barrier, and one look at the records for those that nobody is
/// inside of.
///
/// # Safety
///
/// The caller owns each registration.
pub(crate) unsafe fn close_all<'a>(entries: impl Iterator<Item = &'a Entry>, at: Place) -> Ended {
    let wait = Wait::unless_inside();
    let refused: Vec<_> = entries
        .map(|entry| {
            note_end(entry.slot, at);
            (entry.handle, entry.slot, refuse(entry.handle, entry.slot))
        })
        .collect();
    let lost = barrier::heavy().is_err();
    let inside = published();
    let close_one = |(handle, slot, refused): (Handle, &'static Slot, Result<(), State>)| {
        if let Err(state) = refused {
            return await_other(handle, slot, wait, state);
        }
        if lost || is_haunted(slot) {
            return keep_for_good(handle, slot);
        }
        let quiet = slot.gate.counted() == 0 && inside.binary_search(&handle.bits()).is_err();
        if quiet && may_end_here(handle, slot) {
            return finalise(handle, slot, State::Closing, Purpose::End).unwrap_or(Closed::Later);
        }
        // SAFETY: the caller's promise; `refuse` moved it to Closing.
        unsafe { finish(handle, slot, wait, Purpose::End) }
    };
    let later = refused.into_iter().filter(|one| close_one(*one) == Closed::Later).count();
    if later == 0 { Ended::Now } else { Ended::Later }
}
