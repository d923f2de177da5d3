//! The ways in: a thread's first call takes the general one, and its later ones the fast one.

use core::ffi::c_void;

use outlive::Callback;

/// Runs a test on a thread that may have called nothing, and on one that has.
///
/// # Panics
///
/// If no slot is left.
pub fn on_both_ways(test: impl Fn()) {
    let warm = Callback::<Option<unsafe extern "C" fn(*mut c_void)>>::new(|| ()).unwrap();
    test();
    for _ in 0..2 {
        // SAFETY: it takes any user data.
        unsafe { warm.function().unwrap()(warm.user_data()) };
        test();
    }
}
