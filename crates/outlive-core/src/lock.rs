//! A lock for what is rare, and short: the filling of memory for tables.

use crate::child;
use crate::limits::LOOKS;
use crate::primitive::{AtomicU64, Ordering, yield_now};
use crate::record::RECORDS_OF_THREADS;
use crate::thread;

/// A lock that is held. It belongs to a process and to a thread of it, so that a child does not wait for a thread of its
/// parent's, nor anybody for a thread that has ended with it (by `TerminateThread`, say). What that one had in hand is then
/// lost, and nothing else.
///
/// WHOLE: so whatever a lock guards is fit for the next holder after each single step of one before.
pub(crate) struct Locked<'a>(&'a AtomicU64);

impl<'a> Locked<'a> {
    /// Waits until `lock` is free, and takes it: who has it ([`Holder`]), or 0.
    pub(crate) fn wait(lock: &'a AtomicU64) -> Self {
        let own = Holder::of_this_thread().0;
        let (mut free, mut looks) = (0, 0_u32);
        loop {
            // Release pairs with the Acquire, so that who looks for the holder finds its record.
            match lock.compare_exchange(free, own, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Locked(lock),
                Err(0) => free = 0,
                Err(seen) => {
                    looks = if looks + 1 < LOOKS { looks + 1 } else { 0 };
                    let holder = Holder(seen);
                    let is_gone = holder.is_of_a_parent() || looks == 0 && holder.is_gone();
                    // One that is gone does nothing more: while its number stands there, the lock is still its own.
                    free = if is_gone { seen } else { 0 };
                    if !is_gone {
                        yield_now();
                    }
                }
            }
        }
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Release);
    }
}

/// The number of a process in the upper half; in the lower one the lower half of a thread's number, or 0 where that has no
/// record by which others could know it.
struct Holder(u64);

impl Holder {
    fn of_this_thread() -> Self {
        let thread = thread::record().map_or(0, |_| thread::number() as u32);
        Holder(u64::from(child::process()) << 32 | u64::from(thread))
    }

    /// Then no thread of this process has the lock.
    fn is_of_a_parent(&self) -> bool {
        (self.0 >> 32) as u32 != child::process()
    }

    /// Whether it is a thread of this process that has ended. What it did comes before: the system knows of its end.
    fn is_gone(&self) -> bool {
        let thread = self.0 as u32;
        thread != 0 && !RECORDS_OF_THREADS.may_run(thread, child::process())
    }
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::thread::{sleep, spawn};
    use std::time::Duration;

    #[test]
    fn a_child_does_not_wait_for_its_parents_lock() {
        let lock = AtomicU64::new(Holder::of_this_thread().0 ^ 1 << 32);
        drop(Locked::wait(&lock));
        assert_eq!(lock.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn nobody_waits_for_a_thread_that_has_ended_with_the_lock() {
        static LOCK: AtomicU64 = AtomicU64::new(0);
        spawn(|| core::mem::forget(Locked::wait(&LOCK))).join().unwrap();
        assert_ne!(LOCK.load(Ordering::Relaxed), 0);
        drop(Locked::wait(&LOCK));
        assert_eq!(LOCK.load(Ordering::Relaxed), 0);
    }

    #[cfg(windows)]
    #[test]
    fn nobody_waits_for_a_thread_that_was_terminated_with_the_lock() {
        use std::os::windows::io::AsRawHandle;
        use windows_sys::Win32::System::Threading::TerminateThread;
        static LOCK: AtomicU64 = AtomicU64::new(0);
        static HOLDS: AtomicBool = AtomicBool::new(false);
        let holder = spawn(|| {
            let _locked = Locked::wait(&LOCK);
            HOLDS.store(true, Ordering::Release);
            loop {
                core::hint::spin_loop();
            }
        });
        while !HOLDS.load(Ordering::Acquire) {
            yield_now();
        }
        // SAFETY: it is a thread, which has nothing in hand but the lock.
        assert_ne!(unsafe { TerminateThread(holder.as_raw_handle(), 0) }, 0);
        drop(Locked::wait(&LOCK));
    }

    #[test]
    fn a_thread_that_runs_keeps_the_lock() {
        static LOCK: AtomicU64 = AtomicU64::new(0);
        static IS_HELD: AtomicBool = AtomicBool::new(true);
        let locked = Locked::wait(&LOCK);
        let next = spawn(|| {
            let _locked = Locked::wait(&LOCK);
            assert!(!IS_HELD.load(Ordering::Relaxed));
        });
        sleep(Duration::from_millis(50));
        assert!(!next.is_finished());
        IS_HELD.store(false, Ordering::Relaxed);
        drop(locked);
        next.join().unwrap();
    }
}
