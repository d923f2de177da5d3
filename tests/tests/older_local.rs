//! What a thread is to the library in the destructor of a thread-local that was there before the library knew the thread,
//! and so is the last to go. There is no other test here: none is to be before it.
//!
//! Caught: the standard library's thread-locals on `windows-gnu`, which are gone before the thread is.

use core::cell::RefCell;
use core::ffi::c_int;
use std::thread;

use outlive::{Call, Ended, Held, Local, take_incidents};
use outlive_tests::host::{Drops, OnEvent};
use outlive_tests::keeper::Keeper;

/// Bound to the thread that made it.
type Bound = Held<OnEvent<Box<dyn Fn(&Call<'_>, c_int) -> c_int>>, Local>;

/// Ends what is bound to its thread, when that thread ends.
struct Older(Bound);

impl Drop for Older {
    fn drop(&mut self) {
        assert_eq!(Keeper::of(&self.0).call(7), 7, "it is the thread's still");
        assert_eq!(self.0.revoke(), Ended::Now);
    }
}

thread_local! { static OLDER: RefCell<Option<Older>> = const { RefCell::new(None) }; }

#[test]
fn a_thread_local_older_than_the_librarys_ends_what_is_bound_to_its_thread() {
    let drops = Drops::default();
    let witness = drops.witness();
    let call = move |_: &Call<'_>, value| {
        witness.assert_alive();
        value
    };
    let thread = thread::spawn(move || {
        // Touched before the library is.
        OLDER.with_borrow(|older| assert!(older.is_none()));
        OLDER.set(Some(Older(Held::local(OnEvent(Box::new(call) as Box<_>)).unwrap())));
    });
    thread.join().unwrap();
    assert_eq!(drops.count(), 1);
    assert!(take_incidents().is_empty());
}
