//! What C finds in `errno` after a call.

use core::ffi::c_int;

use outlive::{Held, callbacks};
use outlive_tests::errno::set_errno;
use outlive_tests::host::hold;
use outlive_tests::keeper::Keeper;
use outlive_tests::sys::keeper_table;

/// Sets `errno` to a positive value and leaves it alone otherwise; panics with the negative ones.
struct Setter;

#[callbacks(keeper_table, state = arg)]
impl Setter {
    #[callback(fallback = -1, errno = libc::ECANCELED)]
    fn on_event(&self, value: c_int) -> c_int {
        assert!(value >= 0, "negative");
        if value > 0 {
            set_errno(value);
        }
        value
    }
}

#[test]
fn a_served_call_leaves_errno_as_the_method_left_it() {
    let held = Held::new(Setter).unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!(keeper.call_errno(0, libc::EINTR), (0, libc::EINTR));
    assert_eq!(keeper.call_errno(libc::EBADF, 0), (libc::EBADF, libc::EBADF));
}

#[test]
fn a_refused_call_sets_the_errno_that_the_callback_names() {
    let held = Held::new(Setter).unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!(keeper.call_errno(-5, 0), (-1, libc::ECANCELED), "after a panic");
    let _ = held.revoke();
    for _ in 0..3 {
        assert_eq!(keeper.call_errno(5, 0), (-1, libc::ECANCELED));
    }
}

#[test]
fn a_refused_call_without_an_errno_of_its_own_leaves_it_alone() {
    let held = hold(|_, value| value);
    let keeper = Keeper::of(&held);
    let _ = held.revoke();
    // The first one writes its line to stderr; none of it shows.
    for _ in 0..3 {
        assert_eq!(keeper.call_errno(1, libc::EXDEV), (-1, libc::EXDEV));
    }
}

#[test]
fn the_last_call_out_that_ends_the_value_keeps_errno() {
    struct Noisy;
    impl Drop for Noisy {
        fn drop(&mut self) {
            set_errno(libc::EIO);
        }
    }
    let noisy = Noisy;
    let held = hold(move |call, value| {
        let _kept = &noisy;
        let _ = call.revoke();
        set_errno(libc::EDOM);
        value
    });
    assert_eq!(Keeper::of(&held).call_errno(1, 0), (1, libc::EDOM));
}
