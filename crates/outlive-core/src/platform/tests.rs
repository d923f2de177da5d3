//! What the contract says, of the system at hand.

use super::{Pages, Platform, System};
use crate::primitive::AtomicU32;
use std::sync::mpsc;
use std::time::{Duration, Instant};

#[test]
fn a_thread_runs_until_it_has_ended() {
    let (tell, told) = mpsc::channel();
    let (end, ends) = mpsc::channel::<()>();
    let thread = std::thread::Builder::new().name("a (strange) name".into());
    let thread = thread
        .spawn(move || {
            tell.send((System::thread(), System::mark())).unwrap();
            ends.recv().unwrap();
        })
        .unwrap();
    let (number, mark) = told.recv().unwrap();
    assert!(System::is_running(number, mark));
    let name = System::thread_name(number).to_string();
    assert!("a (strange) name".starts_with(&name) && name.len() >= 15, "{name}");
    // On Linux a mark is a time, and one before the thread began; on Windows it is when it began.
    assert!(!System::is_running(number, 1), "a thread that began later has the number");
    end.send(()).unwrap();
    thread.join().unwrap();
    // The kernel removes the thread shortly after the join sees it leave.
    let deadline = Instant::now() + Duration::from_secs(5);
    while System::is_running(number, mark) {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
}

#[test]
fn pages_are_aligned_as_asked_for() {
    for align in [1, 64, 4096, 65536, 1 << 21] {
        let length = 3 * System::page_size();
        let pages = System::map(length, align).unwrap();
        assert_eq!(pages.as_ptr().align_offset(align), 0);
        // SAFETY: they are mapped and writable.
        unsafe { pages.as_ptr().write_bytes(7, length) };
        // SAFETY: they were mapped above.
        unsafe { System::unreserve(pages, length) };
    }
}

#[test]
fn sealed_pages_open_again() {
    let length = System::page_size();
    let pages = System::map(length, 1).unwrap();
    for sealed in [true, false] {
        // SAFETY: they were mapped above, and nobody writes.
        assert!(unsafe { System::seal(pages, length, sealed) });
    }
    // SAFETY: they are writable again.
    unsafe { pages.as_ptr().write(1) };
}

#[test]
fn a_parked_thread_is_woken() {
    let word: &'static AtomicU32 = Box::leak(Box::new(AtomicU32::new(0)));
    System::park(word, 1, Duration::from_secs(60)); // another value: it does not sleep
    let thread = std::thread::spawn(|| System::park(word, 0, Duration::from_secs(60)));
    while !thread.is_finished() {
        word.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        System::wake_all(word);
    }
    thread.join().unwrap();
}
