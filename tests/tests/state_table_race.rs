//! `state = table`: C's threads call by the table's address while it ends. A program of its own, for its thousands of
//! incidents leave no room for those that other tests look for.

use core::ffi::c_int;

use outlive::{Ended, Held, callbacks};
use outlive_tests::sys::{filter, filter_feed, filter_feed_often};

struct Same;

#[callbacks(filter, state = table)]
impl Same {
    #[callback(fallback = -1)]
    fn feed(&self, value: c_int) -> c_int {
        value
    }
}

/// What C keeps of a filter.
#[derive(Clone, Copy)]
struct Kept(*mut filter);

// SAFETY: C's threads may have it.
unsafe impl Send for Kept {}

/// G4, G5.
#[test]
fn threads_of_c_call_through_an_end() {
    for _ in 0..20 {
        let held = Held::new(Same).unwrap();
        let kept = Kept(held.as_ptr());
        // SAFETY: the memory of a table is never unmapped.
        let calls = std::thread::spawn(move || unsafe { filter_feed_often({ kept }.0, 1, 4, 500) });
        assert_eq!(held.revoke(), Ended::Now);
        assert!((0..=4).contains(&calls.join().unwrap()));
        // SAFETY: as above.
        assert_eq!(unsafe { filter_feed(kept.0, 1) }, -1);
    }
}
