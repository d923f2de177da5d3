//! What a close came to.

/// How a table's end stands when a close returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// No callback is running, none will start, and the host value is gone.
    Now,
    /// No new call is admitted, but calls are still inside, and the close was not to wait for
    /// them. The host value is dropped when the last one has left, at the latest by the next
    /// operation on the host's side. (Where the system forbade what a close needs, the value is
    /// kept for good, and [`BarrierLost`](crate::IncidentKind::BarrierLost) says so.)
    Later,
}
