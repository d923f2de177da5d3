//! C's destroy notify against hand-overs, calls and sweeps; panics that wait for the host's side.

use core::ffi::c_void;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::thread;

use super::super::close;
use super::super::custody::{Custody, Notice};
use super::super::destroy::{destroy_notify, hand_over};
use super::super::handle::Kind;
use super::super::slot::Memory;
use super::super::stash::{Payload, Stash};
use super::{Table, Watched, explore, explore_without_light_fences};

impl Table {
    /// C's notice.
    fn notify(&self) {
        let user_data: *mut c_void = core::ptr::without_provenance_mut(self.handle.bits() as usize);
        // SAFETY: none is asked for.
        unsafe { destroy_notify::<Watched>(user_data) };
    }

    /// What an owner may do until it has given the registration up.
    fn look(&self) {
        // SAFETY: GUARDED (b).
        let registration = unsafe { self.slot.registration() };
        assert!(matches!(registration.memory, Memory::Static));
    }

    fn is_gone(&self) -> bool {
        self.slot.gate.state(self.handle).is_none()
    }
}

/// NOTICE: the second of hand-over and notice releases, and nobody before: the owner may read the
/// registration until it has handed it over.
#[test]
fn a_notice_and_a_hand_over_release_between_them() {
    explore(|| {
        let table = Table::shared();
        let c = thread::spawn({
            let table = table.clone();
            move || table.notify()
        });
        table.look();
        hand_over(table.handle, table.slot);
        c.join().unwrap();
        close::sweep();
        assert!(table.is_gone());
        assert_eq!(table.host.ended(), 1);
    });
}

/// A notice that comes twice, on two threads, ends one value and frees one slot.
#[test]
fn a_second_notice_ends_nothing() {
    explore(|| {
        let table = Table::shared();
        hand_over(table.handle, table.slot);
        let c = thread::spawn({
            let table = table.clone();
            move || table.notify()
        });
        table.notify();
        let next = Table::shared();
        c.join().unwrap();
        close::sweep();
        assert_eq!((table.host.ended(), next.host.ended()), (1, 0));
        assert!(table.is_gone() && next.call());
    });
}

/// A notice while a call is inside leaves the value to that call, and the slot is freed after it.
#[test]
fn a_notice_leaves_the_value_to_the_call_inside() {
    explore(|| {
        let table = Table::shared();
        hand_over(table.handle, table.slot);
        let inside = table.enter();
        let leaver = thread::spawn(move || inside.leave());
        table.notify();
        leaver.join().unwrap();
        close::sweep();
        assert!(table.is_gone());
        assert_eq!(table.host.ended(), 1);
    });
}

/// What only its own thread may end is there for that thread's next operation, also while another
/// thread sweeps.
#[test]
fn a_sweep_hides_nothing_from_the_only_thread_that_may_end_it() {
    explore(|| {
        let table = Table::new(Kind::Local);
        let c = thread::spawn({
            let table = table.clone();
            move || table.notify()
        });
        let sweeper = thread::spawn(close::sweep);
        c.join().unwrap();
        close::sweep();
        assert_eq!(table.host.ended(), 1);
        sweeper.join().unwrap();
    });
}

/// NOTICE: the one that releases sees what the other did before, and what C did before its notice.
#[test]
fn the_one_that_releases_sees_what_the_other_did() {
    explore_without_light_fences(|| {
        let shared = Arc::new((Custody::new(), [UnsafeCell::new(()), UnsafeCell::new(())]));
        let c = thread::spawn({
            let shared = shared.clone();
            move || {
                let (custody, [hosts, cs]) = &*shared;
                cs.with_mut(|_| ());
                if custody.notify() == Notice::Last {
                    hosts.with_mut(|_| ());
                }
            }
        });
        let (custody, [hosts, cs]) = &*shared;
        hosts.with_mut(|_| ());
        if !custody.hand_over() {
            cs.with_mut(|_| ());
        }
        c.join().unwrap();
    });
}

/// What a panic carries, which tells loom who made and who drops it.
struct Counted {
    dropped: Arc<AtomicUsize>,
    watched: UnsafeCell<()>,
}

impl Counted {
    fn payload(dropped: &Arc<AtomicUsize>) -> Payload {
        let made = Counted { dropped: dropped.clone(), watched: UnsafeCell::new(()) };
        made.watched.with_mut(|_| ());
        Box::new(made)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.watched.with_mut(|_| ());
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// Each panic is taken once or dropped once, whoever is first.
#[test]
fn a_stashed_panic_is_taken_or_dropped_once() {
    explore(|| {
        let dropped = Arc::new(AtomicUsize::new(0));
        let stash = Arc::new(Stash::new());
        let caller = thread::spawn({
            let (stash, dropped) = (stash.clone(), dropped.clone());
            move || drop(stash.put(Counted::payload(&dropped)))
        });
        drop(stash.put(Counted::payload(&dropped)));
        drop(stash.take());
        drop(stash.close());
        caller.join().unwrap();
        assert!(stash.take().is_none());
        assert_eq!(dropped.load(Ordering::Relaxed), 2);
    });
}
