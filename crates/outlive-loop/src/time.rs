//! C's `struct timeval`, and what a loop counts in.

use std::time::Duration;

use libc::timeval;

/// The most seconds that C can express: on Windows they have 32 bits.
const LONGEST: i64 = if cfg!(windows) { i32::MAX as i64 } else { i64::MAX };

/// The length of time that C means. A time that has a negative part counts as zero, as a timeout that has passed.
///
/// ```
/// use std::time::Duration;
/// use outlive_loop::{from_timeval, timeval};
///
/// let time = timeval { tv_sec: 1, tv_usec: 500_000 };
/// assert_eq!(from_timeval(time), Duration::from_millis(1500));
/// assert_eq!(from_timeval(timeval { tv_sec: -1, tv_usec: 999_999 }), Duration::ZERO);
/// ```
pub fn from_timeval(time: timeval) -> Duration {
    let parts = (u64::try_from(time.tv_sec), u64::try_from(time.tv_usec));
    let (Ok(seconds), Ok(micros)) = parts else { return Duration::ZERO };
    Duration::from_secs(seconds).saturating_add(Duration::from_micros(micros))
}

/// The length of time for C: rounded up to a microsecond, so that a wait is not too short; the longest one that C can
/// express, if it is longer.
///
/// ```
/// use std::time::Duration;
/// use outlive_loop::to_timeval;
///
/// let time = to_timeval(Duration::new(2, 1));
/// assert_eq!((time.tv_sec, time.tv_usec), (2, 1));
/// ```
pub fn to_timeval(time: Duration) -> timeval {
    let micros = time.as_nanos().div_ceil(1000);
    match (micros / 1_000_000).try_into() {
        Ok(tv_sec) => timeval { tv_sec, tv_usec: (micros % 1_000_000) as _ },
        Err(_) => timeval { tv_sec: LONGEST as _, tv_usec: 999_999 },
    }
}
