//! The heavy side of the gate, chosen once before the first table.

use core::sync::atomic::AtomicU8;

#[cfg(any(outlive_loom, outlive_shuttle))]
use crate::primitive::barrier;
use crate::primitive::{MODELLED, Ordering, fence};

use super::platform;
#[cfg(not(any(outlive_loom, outlive_shuttle)))]
use super::platform::barrier;

const UNCHOSEN: u8 = 0;
const ASYMMETRIC: u8 = 1;
const FENCED: u8 = 2;

static MODE: AtomicU8 = AtomicU8::new(UNCHOSEN);

/// The system forbade the barrier after it had allowed it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BarrierLost;

/// Chooses between `membarrier` and full fences in each call. Later calls change nothing.
pub(crate) fn choose() {
    let mode = if platform::register_barrier() { ASYMMETRIC } else { FENCED };
    let _ = MODE.compare_exchange(UNCHOSEN, mode, Ordering::SeqCst, Ordering::SeqCst);
}

/// Whether calls may publish without a fence of their own.
pub(crate) fn is_asymmetric() -> bool {
    MODELLED || MODE.load(Ordering::Relaxed) == ASYMMETRIC
}

/// Orders the caller's writes before its reads against every thread's publication (PUBLISH,
/// LAST-OUT in `gate.rs`).
pub(crate) fn heavy() -> Result<(), BarrierLost> {
    fence(Ordering::SeqCst);
    let done = !is_asymmetric() || barrier();
    fence(Ordering::SeqCst);
    done.then_some(()).ok_or(BarrierLost)
}
