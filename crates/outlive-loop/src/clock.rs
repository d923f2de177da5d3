//! Time, as a loop counts it.

use std::time::{Duration, Instant};

/// A time in nanoseconds since the loop's first one, or the length of a wait.
pub(crate) type Nanos = u64;

/// A time that never comes.
pub(crate) const NEVER: Nanos = Nanos::MAX;

/// The system's monotonic clock.
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn new() -> Self {
        Clock(Instant::now())
    }

    pub(crate) fn now(&self) -> Nanos {
        nanos(self.0.elapsed())
    }
}

/// A length of time; one that is too long is without end.
pub(crate) fn nanos(time: Duration) -> Nanos {
    Nanos::try_from(time.as_nanos()).unwrap_or(NEVER)
}
