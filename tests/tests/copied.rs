//! C copies what it was registered with, as c-ares' `ares_dup` does: one registration stands behind several objects of
//! C's, serves them all, ends for all, and is released after the last of them.

use core::ffi::c_int;
use core::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use outlive::{Callback, Ended, IncidentKind, ledger};
use outlive_tests::host::Drops;
use outlive_tests::incidents;
use outlive_tests::sys::{
    channel, channel_cb, channel_close, channel_configure, channel_dup, channel_open,
    channel_options, channel_query,
};

/// A channel of C's. The last one to be closed releases what all its copies share.
struct Channel {
    raw: *mut channel,
    /// Taken by `drop`.
    callback: Option<Arc<Callback<channel_cb>>>,
}

// SAFETY: one thread at a time has the channel, and the callback is for any.
unsafe impl Send for Channel {}

impl Channel {
    fn open(callback: Arc<Callback<channel_cb>>) -> Self {
        let options = options_of(&callback);
        // SAFETY: the options are copied; the callback stays until the last copy is closed.
        Channel { raw: unsafe { channel_open(&options) }, callback: Some(callback) }
    }

    fn dup(&self) -> Self {
        // SAFETY: it is open.
        Channel { raw: unsafe { channel_dup(self.raw) }, callback: self.callback.clone() }
    }

    fn query(&self, value: c_int) -> c_int {
        // SAFETY: it is open.
        unsafe { channel_query(self.raw, value) }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        // SAFETY: it is open, and is used no more.
        unsafe { channel_close(self.raw) };
        if let Some(last) = self.callback.take().and_then(Arc::into_inner) {
            // SAFETY: no channel has it any more.
            let _ = unsafe { last.release() };
        }
    }
}

fn options_of(callback: &Callback<channel_cb>) -> channel_options {
    channel_options { callback: callback.function(), user: callback.user_data() }
}

/// A callback that adds, and counts the channels that say that they close.
fn adding(drops: &Drops, closed: &Arc<AtomicI32>) -> Arc<Callback<channel_cb>> {
    let (witness, closed) = (drops.witness(), closed.clone());
    let adding = move |value| {
        witness.assert_alive();
        if value < 0 { closed.fetch_add(1, Ordering::Relaxed) } else { value + 1 }
    };
    Arc::new(Callback::new_or(-2, adding).unwrap())
}

fn is_in_the_ledger(id: u64) -> bool {
    ledger().tables.iter().any(|entry| entry.id == id)
}

#[test]
fn one_registration_serves_every_copy_and_is_released_after_the_last() {
    let (drops, closed) = (Drops::default(), Arc::default());
    let callback = adding(&drops, &closed);
    let id = callback.id();
    let first = Channel::open(callback);
    let second = first.dup();
    let third = second.dup();
    assert_eq!([&first, &second, &third].map(|channel| channel.query(1)), [2; 3]);
    drop(first);
    assert_eq!([&second, &third].map(|channel| channel.query(1)), [2; 2]);
    drop(third);
    assert_eq!((second.query(1), drops.count(), is_in_the_ledger(id)), (2, 0, true));
    drop(second);
    assert_eq!((closed.load(Ordering::Relaxed), drops.count()), (3, 1), "each has said so");
    assert!(!is_in_the_ledger(id));
}

#[test]
fn copies_are_closed_on_threads_of_their_own_and_one_of_them_releases() {
    let (drops, closed) = (Drops::default(), Arc::default());
    let callback = adding(&drops, &closed);
    let id = callback.id();
    let first = Channel::open(callback);
    thread::scope(|scope| {
        for _ in 0..8 {
            let copy = first.dup();
            scope.spawn(move || {
                assert_eq!(copy.query(1), 2);
                drop(copy.dup());
            });
        }
        drop(first);
    });
    assert_eq!((closed.load(Ordering::Relaxed), drops.count()), (17, 1));
    assert!(!is_in_the_ledger(id));
}

#[test]
fn an_end_is_one_for_every_copy() {
    let (drops, closed) = (Drops::default(), Arc::default());
    let callback = adding(&drops, &closed);
    let first = Channel::open(callback.clone());
    let second = first.dup();
    assert_eq!(callback.revoke(), Ended::Now);
    assert_eq!(drops.count(), 1);
    let late = first.dup();
    assert_eq!([&first, &second, &late].map(|channel| channel.query(1)), [-2; 3]);
    let late = incidents::of(callback.id(), 3);
    assert!(late.iter().all(|incident| incident.kind() == IncidentKind::LateCall), "{late:?}");
    assert_eq!(closed.load(Ordering::Relaxed), 0);
}

#[test]
fn a_configuration_of_the_library_is_one_more_copy() {
    let (drops, closed) = (Drops::default(), Arc::default());
    let callback = adding(&drops, &closed);
    // SAFETY: the options are copied; the callback is released when nothing has it any more.
    unsafe { channel_configure(&options_of(&callback)) };
    let open = || Channel {
        // SAFETY: as above.
        raw: unsafe { channel_open(ptr::null()) },
        callback: Some(callback.clone()),
    };
    drop(open());
    let channel = open();
    assert_eq!((channel.query(1), drops.count()), (2, 0), "without a channel it was there");
    // SAFETY: there is none now.
    unsafe { channel_configure(ptr::null()) };
    // SAFETY: as above.
    let other = unsafe { channel_open(ptr::null()) };
    // SAFETY: it is open.
    assert_eq!(unsafe { channel_query(other, 1) }, 0, "channels of now have nobody");
    // SAFETY: as above, and it is used no more.
    unsafe { channel_close(other) };
    drop(callback);
    assert_eq!((channel.query(1), drops.count()), (2, 0), "the channel of before has its copy");
    drop(channel);
    assert_eq!((closed.load(Ordering::Relaxed), drops.count()), (2, 1));
}
