//! How far the end of a table has come.

/// How far the end of a table has come when a close returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "after `Later` a call may still be inside, and use what the host value refers to"]
pub enum Ended {
    /// No callback is running and none will start; the host value is gone, or was leaked.
    Now,
    /// No new call is admitted, but the host value is not gone. Calls are still inside, and the close was not to
    /// wait for them: the value is dropped when the last one has left. Or only another thread may drop it: that
    /// thread does, at its next operation. Or it is kept for good, and an incident says why
    /// ([`BarrierLost`](crate::IncidentKind::BarrierLost), [`ThreadGone`](crate::IncidentKind::ThreadGone)).
    Later,
}
