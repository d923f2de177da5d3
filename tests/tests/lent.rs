//! What C was lent lives until the release (`keep = release`), and the callbacks by which C takes back are served until
//! then (`takes_back`), while the others are refused.
//!
//! Caught when taken out: `lent` at the beginning of a life, the gate's word of what serves, `takes_back` in the general way
//! in, the order of the release.

use core::ffi::{c_int, c_void};
use core::ptr::NonNull;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use outlive::{
    Callback, Ended, Group, Held, IncidentKind, Local, TableState, Threads, callbacks, ledger,
    revoke_all, scope,
};
use outlive_tests::host::{Door, Drops, Witness};
#[cfg(unix)]
use outlive_tests::process::{Status, in_forked_child};
use outlive_tests::sys::{
    lender, lender_borrow, lender_close, lender_finish, lender_give_all_back, lender_give_back,
    lender_open, lender_sum, lender_table,
};
use outlive_tests::{incidents, wait, ways};

/// Lends what it owns, and frees what it still has at its end.
struct Pool {
    lent: Mutex<Vec<Lent>>,
    /// Runs in each call by which C takes back.
    when_taken_back: Box<dyn Fn() + Send + Sync>,
    _witness: Witness,
}

/// A boxed number that C may use.
#[derive(Clone, Copy, PartialEq)]
struct Lent(NonNull<c_int>);

// SAFETY: it is a box, whoever has it.
unsafe impl Send for Lent {}

impl Lent {
    /// # Safety
    ///
    /// Nobody uses it any more.
    unsafe fn free(self) {
        // SAFETY: it was a box; the rest is the caller's promise.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

#[callbacks(lender_table, state = arg, keep = release)]
impl Pool {
    fn lend(&self, value: c_int) -> *mut c_int {
        let lent = NonNull::from(Box::leak(Box::new(value)));
        self.lent.lock().unwrap().push(Lent(lent));
        lent.as_ptr()
    }

    #[callback(takes_back, fallback = -1)]
    fn take_back(&self, lent: *mut c_int) -> c_int {
        (self.when_taken_back)();
        let Some(lent) = NonNull::new(lent).map(Lent) else { return -2 };
        let mut all = self.lent.lock().unwrap();
        let Some(at) = all.iter().position(|one| *one == lent) else { return -3 };
        // SAFETY: C has given it back.
        unsafe { all.swap_remove(at).free() };
        0
    }

    #[callback(last, fallback = -4)]
    fn done(&self) -> c_int {
        self.lent.lock().unwrap().len() as c_int
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for lent in self.lent.get_mut().unwrap().drain(..) {
            // SAFETY: C has forgotten it, or has had its last call.
            unsafe { lent.free() };
        }
    }
}

fn pool(drops: &Drops) -> Pool {
    pool_that(drops, || ())
}

fn pool_that(drops: &Drops, when_taken_back: impl Fn() + Send + Sync + 'static) -> Pool {
    let when_taken_back = Box::new(when_taken_back);
    Pool { lent: Mutex::default(), when_taken_back, _witness: drops.witness() }
}

/// C's side. It may move to any thread.
struct Borrower(*mut lender);

// SAFETY: one thread at a time has it.
unsafe impl Send for Borrower {}

impl Borrower {
    fn of<K: Threads>(held: &Held<Pool, K>, count: c_int) -> Self {
        Borrower::open(held.as_ptr(), held.user_data(), count)
    }

    fn open(table: *mut lender_table, user: *mut c_void, count: c_int) -> Self {
        // SAFETY: the table stays until each test's release, and takes any user data.
        Borrower(unsafe { lender_open(table, user, count) })
    }

    fn sum(&self) -> c_int {
        // SAFETY: it is open, and what was lent is what the tests are about.
        unsafe { lender_sum(self.0) }
    }

    fn borrows(&self) -> bool {
        // SAFETY: it is open.
        unsafe { lender_borrow(self.0, 100) != 0 }
    }

    fn give_back(&self) -> c_int {
        // SAFETY: it is open.
        unsafe { lender_give_back(self.0) }
    }

    /// How many were not taken.
    fn close(self) -> c_int {
        // SAFETY: it is open, and is used no more.
        unsafe { lender_close(self.0) }
    }

    fn finish(self) -> c_int {
        // SAFETY: as above.
        unsafe { lender_finish(self.0) }
    }
}

fn state_of(id: u64) -> Option<TableState> {
    ledger().tables.iter().find(|entry| entry.id == id).map(|entry| entry.state)
}

#[test]
fn what_c_was_lent_is_valid_until_the_release_whoever_drops_the_handle() {
    let drops = Drops::default();
    let held = Held::new(pool(&drops)).unwrap();
    let id = held.id();
    let borrower = Borrower::of(&held, 10);
    drop(held);
    assert_eq!(borrower.sum(), 45);
    assert_eq!(drops.count(), 0);
    assert_eq!(state_of(id), Some(TableState::Serving));
    assert_eq!(borrower.close(), 0, "all was taken back");
    assert_eq!(drops.count(), 0, "only C can end it now, by its last call");
}

#[test]
fn a_revoke_serves_what_takes_back_and_refuses_all_else() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let held = Held::new(pool(&drops)).unwrap();
        let borrower = Borrower::of(&held, 3);
        assert_eq!(held.revoke(), Ended::Serving);
        assert_eq!(held.revoke(), Ended::Serving);
        assert!(!borrower.borrows());
        incidents::only(held.id(), IncidentKind::LateCall);
        assert_eq!((borrower.give_back(), borrower.sum(), drops.count()), (0, 1, 0));
        assert_eq!(borrower.close(), 0);
        // SAFETY: C has closed.
        assert_eq!(unsafe { held.release() }, Ended::Now);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_release_refuses_what_takes_back() {
    ways::on_both_ways(|| {
        for is_revoked_before in [true, false] {
            let drops = Drops::default();
            let held = Held::new(pool(&drops)).unwrap();
            let borrower = Borrower::of(&held, 0);
            let take_back = held.table().take_back.unwrap();
            let user_data = held.user_data();
            if is_revoked_before {
                assert_eq!(held.revoke(), Ended::Serving);
            }
            assert_eq!(borrower.close(), 0);
            // SAFETY: C has closed; that it calls once more is for the test.
            assert_eq!(unsafe { held.release() }, Ended::Now);
            assert_eq!(drops.count(), 1);
            // SAFETY: the function takes any user data.
            assert_eq!(unsafe { take_back(core::ptr::null_mut(), user_data) }, -1);
        }
    });
}

#[test]
fn a_release_waits_for_what_takes_back() {
    for is_revoked_before in [true, false] {
        let drops = Drops::default();
        let door = Door::new();
        let held = Held::new(pool_that(&drops, move || door.enter())).unwrap();
        let borrower = Borrower::of(&held, 1);
        if is_revoked_before {
            assert_eq!(held.revoke(), Ended::Serving);
        }
        thread::scope(|scope| {
            let c = scope.spawn(move || borrower.close());
            door.wait_for(1);
            // SAFETY: C is about to have closed.
            let releases = scope.spawn(move || unsafe { held.release() });
            thread::sleep(Duration::from_millis(50));
            assert!(!releases.is_finished(), "the release did not wait");
            assert_eq!(drops.count(), 0);
            door.open();
            assert_eq!(releases.join().unwrap(), Ended::Now);
            assert_eq!(c.join().unwrap(), 0);
        });
        assert_eq!(drops.count(), 1);
    }
}

#[test]
fn a_revoke_from_inside_what_takes_back_comes_later_and_goes_on_to_serve() {
    static HELD: Mutex<Option<Held<Pool>>> = Mutex::new(None);
    let drops = Drops::default();
    let held = Held::new(pool_that(&drops, || {
        let held = HELD.lock().unwrap();
        if let Some(held) = &*held {
            assert!(matches!(held.revoke(), Ended::Later | Ended::Serving));
        }
    }))
    .unwrap();
    let borrower = Borrower::of(&held, 2);
    let id = held.id();
    *HELD.lock().unwrap() = Some(held);
    assert_eq!(borrower.give_back(), 0);
    assert_eq!(state_of(id), Some(TableState::Serving));
    assert_eq!(borrower.close(), 0);
    let held = HELD.lock().unwrap().take().unwrap();
    // SAFETY: C has closed.
    assert_eq!(unsafe { held.release() }, Ended::Now);
    assert_eq!(drops.count(), 1);
}

#[test]
fn the_last_call_of_c_ends_what_is_lent() {
    ways::on_both_ways(|| {
        for ends_before in [true, false] {
            let drops = Drops::default();
            let held = Held::new(pool(&drops)).unwrap();
            let id = held.id();
            let borrower = Borrower::of(&held, 4);
            if ends_before {
                assert_eq!(held.revoke(), Ended::Serving);
            }
            drop(held);
            assert_eq!((borrower.sum(), drops.count()), (6, 0));
            assert_eq!(borrower.finish(), 0, "the last call is served, too");
            assert_eq!(drops.count(), 1);
            wait::until(|| state_of(id).is_none());
        }
    });
}

#[test]
fn many_threads_give_back_while_the_host_ends_the_table() {
    for _ in 0..20 {
        let drops = Drops::default();
        let held = Held::new(pool(&drops)).unwrap();
        let borrower = Borrower::of(&held, 200);
        let refused = thread::scope(|scope| {
            // SAFETY: it is open.
            let c = scope.spawn(move || (unsafe { lender_give_all_back(borrower.0, 4) }, borrower));
            assert_eq!(held.revoke(), Ended::Serving);
            let (refused, borrower) = c.join().unwrap();
            refused + borrower.close()
        });
        assert_eq!((refused, drops.count()), (0, 0));
        // SAFETY: C has closed.
        assert_eq!(unsafe { held.release() }, Ended::Now);
        assert_eq!(drops.count(), 1);
    }
}

#[test]
fn an_exclusive_value_takes_back_one_call_at_a_time() {
    let drops = Drops::default();
    let held = Held::exclusive(pool(&drops)).unwrap();
    let borrower = Borrower::of(&held, 3);
    assert_eq!(held.revoke(), Ended::Serving);
    assert_eq!(borrower.close(), 0);
    // SAFETY: C has closed.
    assert_eq!(unsafe { held.release() }, Ended::Now);
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_thread_bound_value_takes_back_on_its_thread() {
    let drops = Drops::default();
    let held: Held<Pool, Local> = Held::local(pool(&drops)).unwrap();
    let borrower = Borrower::of(&held, 3);
    assert_eq!(held.revoke(), Ended::Serving);
    let elsewhere = thread::spawn(move || (borrower.give_back(), borrower));
    let (result, borrower) = elsewhere.join().unwrap();
    assert_eq!(result, -1);
    incidents::only(held.id(), IncidentKind::WrongThread);
    assert_eq!(borrower.close(), 0);
    // SAFETY: C has closed.
    assert_eq!(unsafe { held.release() }, Ended::Now);
    assert_eq!(drops.count(), 1);
}

#[test]
fn ending_many_says_that_one_of_them_serves() {
    let drops = Drops::default();
    let lent = Held::new(pool(&drops)).unwrap();
    let other = Callback::<Option<unsafe extern "C" fn(*mut c_void)>>::new(|| ()).unwrap();
    let borrower = Borrower::of(&lent, 1);
    assert_eq!(revoke_all(&[&lent, &other]), Ended::Serving);
    assert_eq!((borrower.close(), drops.count()), (0, 0));
    let group = Group::new();
    let lent = group.join(lent).unwrap();
    assert_eq!(group.revoke(), Ended::Serving);
    // SAFETY: C has closed.
    assert_eq!(unsafe { lent.release() }, Ended::Now);
    assert_eq!(drops.count(), 1);
}

#[test]
fn the_host_has_its_value_until_the_release() {
    let drops = Drops::default();
    let held = Held::new(pool(&drops)).unwrap();
    let borrower = Borrower::of(&held, 3);
    assert_eq!(held.revoke(), Ended::Serving);
    let lent = || held.with(|pool| pool.lent.lock().unwrap().len());
    assert_eq!(lent(), Ok(3));
    assert_eq!((borrower.close(), lent()), (0, Ok(0)));
    // SAFETY: C has closed.
    assert_eq!(unsafe { held.release() }, Ended::Now);
}

#[test]
#[cfg(unix)]
fn what_a_lost_thread_has_lent_to_a_scope_is_not_taken_back_in_a_child() {
    for is_ended_before in [false, true] {
        let (door, drops) = (Door::new(), Drops::default());
        let (given, got) = std::sync::mpsc::channel();
        let lender = thread::spawn({
            let pool = pool(&drops);
            move || {
                outlive::scope_shared(&pool, |table| {
                    let borrower = Borrower::open(table.as_ptr(), table.user_data(), 1);
                    given.send((table.functions(), table.user_data().addr(), borrower)).unwrap();
                    door.enter();
                })
                .unwrap();
            }
        });
        let (table, user_data, borrower) = got.recv().unwrap();
        let user_data = core::ptr::without_provenance_mut(user_data);
        if is_ended_before {
            // SAFETY: it takes any user data; the host says that this ends the table.
            assert_eq!(unsafe { table.take_back.unwrap()(core::ptr::null_mut(), user_data) }, -2);
        }
        let status = in_forked_child(|| {
            ledger();
            assert_eq!(borrower.give_back(), -1, "served on a stack that is nobody's");
            // SAFETY: it takes any user data.
            assert_eq!(unsafe { table.done.unwrap()(user_data) }, -4);
        });
        assert_eq!(status, Status::Exited(0));
        assert_eq!(borrower.close(), 0, "the scope goes on in the parent");
        door.open();
        lender.join().unwrap();
    }
}

#[test]
fn what_serves_can_be_leaked() {
    let drops = Drops::default();
    let held = Held::new(pool(&drops)).unwrap();
    let borrower = Borrower::of(&held, 2);
    assert_eq!(held.revoke(), Ended::Serving);
    let leaked = held.leak().unwrap();
    assert_eq!(borrower.close(), 0);
    assert_eq!((leaked.lent.lock().unwrap().len(), drops.count()), (0, 0));
}

#[test]
fn a_panic_in_what_takes_back_refuses_that_call_alone() {
    let drops = Drops::default();
    let is_first = std::sync::atomic::AtomicBool::new(true);
    let held = Held::new(pool_that(&drops, move || {
        assert!(!is_first.swap(false, std::sync::atomic::Ordering::Relaxed));
    }))
    .unwrap();
    let borrower = Borrower::of(&held, 2);
    assert_eq!(held.revoke(), Ended::Serving);
    assert_eq!(borrower.close(), 1);
    // SAFETY: C has closed.
    assert_eq!(unsafe { held.release() }, Ended::Now);
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_scope_ends_with_what_is_lent() {
    let drops = Drops::default();
    let pool = pool(&drops);
    let borrower = scope(&pool, |table| {
        let borrower = Borrower::open(table.as_ptr(), table.user_data(), 2);
        assert_eq!(borrower.give_back(), 0);
        borrower
    })
    .unwrap();
    assert_eq!(borrower.close(), 1, "refused after the scope");
}
