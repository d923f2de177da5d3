//! How far the end of a table has come.

/// How far the end of a table has come when a close returns.
///
/// ```
#[doc = include_str!("late.md")]
/// use outlive::Ended;
///
/// match done.revoke() {
///     Ended::Now => {} // what the closure used may be freed
///     Ended::Serving => unreachable!("only with `keep = release`"),
///     Ended::Later => {} // a call is inside: the closure goes with it
/// }
/// # let _ = (function, user_data);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "after `Later` a call may still be inside, and use what the host value refers to"]
pub enum Ended {
    /// No callback is running and none will start; the host value is gone, or was leaked.
    Now,
    /// No callback is running and none will start, but those by which C takes back what it was lent, and its last call.
    /// The block says `keep = release`, so that the host value lives until the release, or until C's last call is out.
    Serving,
    /// No new call is admitted, but the host value is not gone. Calls are still inside, and the close was not to
    /// wait for them: the value is dropped when the last one has left. Or only another thread may drop it: that
    /// thread does, at its next operation. Or it is kept for good, and an incident says why
    /// ([`BarrierLost`](crate::IncidentKind::BarrierLost), [`ThreadGone`](crate::IncidentKind::ThreadGone)).
    Later,
}

impl Ended {
    /// What the ends of two tables come to: [`Later`](Ended::Later) if one is, else [`Serving`](Ended::Serving) if one is.
    ///
    /// ```
    /// use outlive_core::Ended;
    ///
    /// assert_eq!(Ended::Now.and(Ended::Serving), Ended::Serving);
    /// assert_eq!(Ended::Later.and(Ended::Serving), Ended::Later);
    /// ```
    pub fn and(self, other: Ended) -> Ended {
        match (self, other) {
            (Ended::Later, _) | (_, Ended::Later) => Ended::Later,
            (Ended::Serving, _) | (_, Ended::Serving) => Ended::Serving,
            (Ended::Now, Ended::Now) => Ended::Now,
        }
    }
}
