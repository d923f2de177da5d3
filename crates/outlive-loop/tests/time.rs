//! C's times.

use std::time::Duration;

use outlive_loop::{from_timeval, timeval, to_timeval};

fn of(tv_sec: i64, tv_usec: i64) -> timeval {
    timeval { tv_sec: tv_sec as _, tv_usec: tv_usec as _ }
}

#[test]
fn a_timeval_is_a_length_of_time_whatever_is_in_it() {
    for (time, expected) in [
        (of(0, 0), Duration::ZERO),
        (of(2, 500_000), Duration::from_millis(2500)),
        (of(0, 3_000_000), Duration::from_secs(3)),
        (of(-1, 0), Duration::ZERO),
        (of(1, -1), Duration::ZERO),
    ] {
        assert_eq!(from_timeval(time), expected);
    }
}

#[test]
fn a_length_of_time_is_a_timeval_that_is_not_shorter() {
    for nanos in [0, 1, 999, 1000, 1001, 999_999_999, 1_000_000_000, 1_999_999_001] {
        let time = Duration::from_nanos(nanos);
        let back = from_timeval(to_timeval(time));
        assert!(back >= time && back - time < Duration::from_micros(1), "{nanos}");
    }
    let longest = to_timeval(Duration::MAX);
    assert!(from_timeval(longest) > Duration::from_secs(1 << 30));
    assert!(longest.tv_usec < 1_000_000);
}
