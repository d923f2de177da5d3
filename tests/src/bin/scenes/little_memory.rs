//! Tables where there is little memory.

use core::ffi::c_int;

use outlive::{Held, callbacks};
use outlive_tests::sys::{filter, filter_feed, keeper_table};

/// Tables until there is no memory, whose values are boxed, or stand in their slots.
#[expect(clippy::result_large_err, reason = "the error gives the value back")]
pub fn no_memory() {
    // SAFETY: the limit is a valid one.
    let limited = unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit(64 << 20)) };
    assert_eq!(limited, 0);
    // One table before: what is made once for a type is there.
    core::mem::forget((holder([1; 4096]).unwrap(), holder([1; 1]).unwrap()));
    hold_until_refused("large", || holder([1; 4096]));
    hold_until_refused("small", || holder([1; 1]));
}

/// Tables that are found by their own address, until there is no address space.
pub fn found_by_address_in_little() {
    struct Filter(c_int);
    #[callbacks(filter, state = table)]
    impl Filter {
        #[callback(fallback = -1)]
        fn feed(&self, value: c_int) -> c_int {
            self.0 + value
        }
    }
    // SAFETY: the limit is a valid one.
    let limited = unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit(64 << 20)) };
    assert_eq!(limited, 0);
    for n in 0.. {
        let held = match Held::new(Filter(n)) {
            Ok(held) => held,
            Err(error) => {
                let kind = *error.kind();
                let is_back = error.into_value().0 == n;
                println!("{n} held: {kind:?}{}", if is_back { ", the value is back" } else { "" });
                return;
            }
        };
        // SAFETY: the table is alive.
        assert_eq!(unsafe { filter_feed(held.as_ptr(), 1) }, n + 1);
        core::mem::forget(held);
    }
}

fn limit(bytes: libc::rlim_t) -> libc::rlimit {
    libc::rlimit { rlim_cur: bytes, rlim_max: bytes }
}

/// Holds a value of this size.
fn holder<const SIZE: usize>(
    bytes: [u8; SIZE],
) -> Result<Held<Bytes<SIZE>>, outlive::HoldError<Bytes<SIZE>>> {
    Held::new(Bytes(bytes))
}

struct Bytes<const SIZE: usize>([u8; SIZE]);

#[callbacks(keeper_table, state = arg)]
impl<const SIZE: usize> Bytes<SIZE> {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        value + c_int::from(self.0[0])
    }
}

/// Keeps as many tables as there is memory for.
fn hold_until_refused<const SIZE: usize>(
    name: &str,
    hold: impl Fn() -> Result<Held<Bytes<SIZE>>, outlive::HoldError<Bytes<SIZE>>>,
) {
    loop {
        match hold() {
            Ok(held) => core::mem::forget(held),
            Err(error) => {
                let kind = *error.kind();
                let is_back = error.into_value().0 == [1; SIZE];
                println!("{name}: {kind:?}{}", if is_back { ", the value is back" } else { "" });
                return;
            }
        }
    }
}
