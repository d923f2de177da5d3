//! The heavy side of the gate, chosen once before the first registration.

use crate::platform::{Platform, System};
use crate::primitive::{AtomicU32, Ordering, fence, per_process};

const UNCHOSEN: u32 = 0;
const ASYMMETRIC: u32 = 1;
const FENCED: u32 = 2;
const COUNTED: u32 = 3;

per_process! { static MODE: AtomicU32 = AtomicU32::new(UNCHOSEN); }

/// The system forbade the barrier after it had allowed it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BarrierLost;

/// Chooses how calls and closes are ordered: by the system's barrier if it has one, else by a fence in
/// each call. `asked` is what the environment says: `fenced`, or `counted`, by which each call is counted
/// in its slot. The ways other than the first are slower; a test asks for them.
pub(crate) fn choose(asked: Option<&str>) {
    let mode = match asked {
        Some("fenced") => FENCED,
        Some("counted") => COUNTED,
        _ if System::register_barrier() => ASYMMETRIC,
        _ => FENCED,
    };
    // Relaxed: whoever must know it has a registration, which began later.
    let _ = MODE.compare_exchange(UNCHOSEN, mode, Ordering::Relaxed, Ordering::Relaxed);
}

/// Whether calls may publish without a fence of their own.
pub(crate) fn is_asymmetric() -> bool {
    MODE.load(Ordering::Relaxed) == ASYMMETRIC
}

/// Whether calls are counted, though there are cells for them.
pub(crate) fn is_counted() -> bool {
    MODE.load(Ordering::Relaxed) == COUNTED
}

/// Orders the caller's writes before its reads against every thread's publication (PUBLISH, LAST-OUT
/// in `gate.rs`).
pub(crate) fn heavy() -> Result<(), BarrierLost> {
    // The system's barrier, where there is one, is one for the caller as well.
    fence(Ordering::SeqCst);
    let done = !is_asymmetric() || System::barrier();
    done.then_some(()).ok_or(BarrierLost)
}

/// Registers a child process for the barrier, if its parent used it.
pub(crate) fn register_child() {
    if is_asymmetric() {
        System::register_barrier();
    }
}
