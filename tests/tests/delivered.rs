//! A call on another thread than the one that a table is bound to is made on that one, where it has an inbox.
//!
//! Caught when taken out: the close that refuses who waits (`changed` in `close.rs`), ERRAND (a caller that gives up while
//! it is served), OPEN-INBOX, the room of an inbox, `errno` that comes along.

use core::cell::{Cell, RefCell};
use core::ffi::{c_int, c_void};
use core::ptr;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Wake, Waker};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use outlive::{Ended, Held, Inbox, IncidentKind, Local, callbacks};
use outlive_tests::incidents;
use outlive_tests::wait::{until, without_deadlock};

#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
struct library {
    on_sum: Option<
        unsafe extern "C" fn(numbers: *const c_int, count: usize, arg: *mut c_void) -> c_int,
    >,
    on_number: Option<unsafe extern "C" fn(number: c_int, arg: *mut c_void)>,
    on_back: Option<unsafe extern "C" fn(number: c_int, arg: *mut c_void)>,
}

type Then = Box<dyn Fn(c_int)>;

/// A host that no other thread may touch.
#[derive(Default)]
struct Host {
    numbers: Rc<RefCell<Vec<c_int>>>,
    back: Rc<Cell<c_int>>,
    made_on: Cell<Option<thread::ThreadId>>,
    /// What it does in each call with a number.
    then: RefCell<Option<Then>>,
}

#[callbacks(library, state = arg, deliver = true, keep = release, unsafe(borrow))]
impl Host {
    #[callback(fallback = -1)]
    fn on_sum(&self, #[len(count)] numbers: &[c_int], count: usize) -> c_int {
        self.made_on.set(Some(thread::current().id()));
        outlive_tests::errno::set_errno(77);
        numbers[..count].iter().sum()
    }

    #[callback(posted)]
    fn on_number(&self, number: c_int) {
        self.numbers.borrow_mut().push(number);
        if let Some(then) = &*self.then.borrow() {
            then(number);
        }
    }

    #[callback(takes_back)]
    fn on_back(&self, number: c_int) {
        self.back.set(number);
    }
}

/// C's side: what it has of a table.
#[derive(Clone, Copy)]
struct C(library, usize);

impl C {
    fn of(held: &Held<Host, Local>) -> Self {
        C(held.functions(), held.user_data().addr())
    }

    fn arg(&self) -> *mut c_void {
        ptr::without_provenance_mut(self.1)
    }

    fn sum(&self, numbers: &[c_int]) -> c_int {
        // SAFETY: the numbers are there until the call has returned.
        unsafe { self.0.on_sum.unwrap()(numbers.as_ptr(), numbers.len(), self.arg()) }
    }

    fn number(&self, number: c_int) {
        // SAFETY: numbers alone.
        unsafe { self.0.on_number.unwrap()(number, self.arg()) };
    }

    fn back(&self, number: c_int) {
        // SAFETY: numbers alone.
        unsafe { self.0.on_back.unwrap()(number, self.arg()) };
    }
}

/// Counts what has come in.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Bell {
    fn has_rung(&self, times: usize) {
        until(|| self.0.load(Ordering::SeqCst) >= times);
    }
}

fn inbox(limit: Duration) -> (Inbox, Arc<Bell>) {
    let bell = Arc::new(Bell::default());
    (Inbox::open(Waker::from(Arc::clone(&bell)), limit).unwrap(), bell)
}

const LONG: Duration = Duration::from_secs(60);

fn on_a_thread<T: Send + 'static>(
    c: C,
    call: impl FnOnce(C) -> T + Send + 'static,
) -> JoinHandle<T> {
    thread::spawn(move || call(c))
}

#[test]
fn a_call_from_another_thread_is_made_here_and_its_result_goes_back() {
    without_deadlock(|| {
        let (inbox, bell) = inbox(LONG);
        let held = Held::local(Host::default()).unwrap();
        let caller = on_a_thread(C::of(&held), |c| {
            let sum = c.sum(&[1, 2, 3]);
            (sum, outlive_tests::errno::errno())
        });
        bell.has_rung(1);
        assert_eq!(inbox.serve(), 1);
        assert_eq!(caller.join().unwrap(), (6, 77), "the result, and what errno was left at");
        let made_on = held.with(|host| host.made_on.get()).unwrap();
        assert_eq!(made_on, Some(thread::current().id()));
        assert_eq!(inbox.serve(), 0);
        // On the table's own thread nothing waits.
        assert_eq!(C::of(&held).sum(&[4]), 4);
    });
}

#[test]
fn without_an_inbox_the_call_is_refused() {
    let held = Held::local(Host::default()).unwrap();
    let id = held.id();
    assert_eq!(on_a_thread(C::of(&held), |c| c.sum(&[1])).join().unwrap(), -1);
    incidents::only(id, IncidentKind::WrongThread);
}

#[test]
fn a_caller_does_not_wait_for_ever() {
    without_deadlock(|| {
        let (inbox, _bell) = inbox(Duration::from_millis(30));
        let held = Held::local(Host::default()).unwrap();
        let begun = Instant::now();
        assert_eq!(on_a_thread(C::of(&held), |c| c.sum(&[1])).join().unwrap(), -1);
        assert!(begun.elapsed() >= Duration::from_millis(30));
        assert_eq!(inbox.serve(), 0, "nobody makes the call after its caller has gone on");
        assert_eq!(held.with(|host| host.made_on.get()), Ok(None));
    });
}

#[test]
fn a_close_refuses_who_waits_so_that_the_host_can_join_them() {
    without_deadlock(|| {
        let (inbox, bell) = inbox(LONG);
        let held = Held::local(Host::default()).unwrap();
        let callers: Vec<_> = (0..3).map(|_| on_a_thread(C::of(&held), |c| c.sum(&[1]))).collect();
        bell.has_rung(3);
        assert_eq!(held.revoke(), Ended::Serving);
        // What C's own close function does.
        for caller in callers {
            assert_eq!(caller.join().unwrap(), -1);
        }
        assert_eq!(inbox.serve(), 0);
    });
}

#[test]
fn a_drop_refuses_who_waits() {
    without_deadlock(|| {
        let (_inbox, bell) = inbox(LONG);
        let held = Held::local(Host::default()).unwrap();
        let caller = on_a_thread(C::of(&held), |c| c.sum(&[1]));
        bell.has_rung(1);
        drop(held);
        assert_eq!(caller.join().unwrap(), -1);
    });
}

#[test]
fn an_inbox_that_is_dropped_refuses_who_waits() {
    without_deadlock(|| {
        let (inbox, bell) = inbox(LONG);
        let held = Held::local(Host::default()).unwrap();
        let caller = on_a_thread(C::of(&held), |c| c.sum(&[1]));
        bell.has_rung(1);
        drop(inbox);
        assert_eq!(caller.join().unwrap(), -1);
        assert_eq!(C::of(&held).sum(&[1]), 1, "the table is as it was");
    });
}

#[test]
fn a_posted_call_does_not_wait_and_comes_in_order() {
    let (inbox, bell) = inbox(LONG);
    let host = Host::default();
    let numbers = Rc::clone(&host.numbers);
    let held = Held::local(host).unwrap();
    let c = C::of(&held);
    on_a_thread(c, |c| (1..=3).for_each(|number| c.number(number))).join().unwrap();
    bell.has_rung(3);
    assert!(numbers.borrow().is_empty());
    assert_eq!(inbox.serve(), 3);
    assert_eq!(*numbers.borrow(), [1, 2, 3]);
}

#[test]
fn a_posted_call_whose_table_has_ended_is_dropped() {
    let (inbox, _bell) = inbox(LONG);
    let held = Held::local(Host::default()).unwrap();
    let id = held.id();
    on_a_thread(C::of(&held), |c| c.number(1)).join().unwrap();
    assert_eq!(held.revoke(), Ended::Serving);
    inbox.serve();
    held.with(|host| assert!(host.numbers.borrow().is_empty())).unwrap();
    assert!(incidents::of(id, 0).is_empty(), "it is no fault of C's: the call came in time");
}

#[test]
fn an_inbox_has_room_for_so_many_calls() {
    let (inbox, _bell) = inbox(LONG);
    let held = Held::local(Host::default()).unwrap();
    let id = held.id();
    on_a_thread(C::of(&held), |c| (0..1025).for_each(|number| c.number(number))).join().unwrap();
    assert_eq!(inbox.serve(), 1024);
    incidents::only(id, IncidentKind::WrongThread); // the one for which there was no room
    on_a_thread(C::of(&held), |c| c.number(1)).join().unwrap();
    assert_eq!(inbox.serve(), 1, "there is room again");
}

#[test]
fn what_takes_back_is_delivered_until_the_release() {
    without_deadlock(|| {
        let (inbox, bell) = inbox(LONG);
        let host = Host::default();
        let back = Rc::clone(&host.back);
        let held = Held::local(host).unwrap();
        assert_eq!(held.revoke(), Ended::Serving);
        let caller = on_a_thread(C::of(&held), |c| c.back(5));
        bell.has_rung(1);
        inbox.serve();
        caller.join().unwrap();
        assert_eq!(back.get(), 5);
    });
}

#[test]
fn a_thread_has_one_inbox_and_may_open_another_later() {
    let (first, _bell) = inbox(LONG);
    assert!(Inbox::open(Waker::noop().clone(), LONG).is_err());
    drop(first);
    drop(Inbox::open(Waker::noop().clone(), LONG).unwrap());
}

/// A host that does this in each call with a number.
fn host_that(then: impl Fn(c_int) + 'static) -> Host {
    Host { then: RefCell::new(Some(Box::new(then))), ..Host::default() }
}

#[test]
fn what_leaves_errno_alone_leaves_both_threads_theirs() {
    use outlive_tests::errno::{errno, set_errno};
    without_deadlock(|| {
        let (inbox, bell) = inbox(LONG);
        let held = Held::local(Host::default()).unwrap();
        let caller = on_a_thread(C::of(&held), |c| {
            set_errno(5);
            c.back(1);
            errno()
        });
        bell.has_rung(1);
        set_errno(11);
        assert_eq!(inbox.serve(), 1);
        assert_eq!(errno(), 11);
        assert_eq!(caller.join().unwrap(), 5);
    });
}

#[test]
fn a_call_that_serves_the_inbox_makes_those_that_came_with_it() {
    let (inbox, bell) = inbox(LONG);
    let nested = Rc::new(Cell::new(None));
    let served = Rc::clone(&nested);
    let host = host_that(move |number| {
        if number == 1 {
            served.set(Some(Inbox::serve_here()));
        }
    });
    let numbers = Rc::clone(&host.numbers);
    let held = Held::local(host).unwrap();
    on_a_thread(C::of(&held), |c| (1..=3).for_each(|number| c.number(number))).join().unwrap();
    bell.has_rung(3);
    assert_eq!(inbox.serve(), 1);
    assert_eq!(nested.get(), Some(2));
    assert_eq!(*numbers.borrow(), [1, 2, 3]);
}

#[test]
fn a_call_that_drops_the_inbox_is_the_last_one_in_it() {
    let (inbox, bell) = inbox(LONG);
    let inbox = Rc::new(RefCell::new(Some(inbox)));
    let dropped = Rc::clone(&inbox);
    let host = host_that(move |_| drop(dropped.borrow_mut().take()));
    let numbers = Rc::clone(&host.numbers);
    let held = Held::local(host).unwrap();
    on_a_thread(C::of(&held), |c| (1..=3).for_each(|number| c.number(number))).join().unwrap();
    bell.has_rung(3);
    assert_eq!(Inbox::serve_here(), 1);
    assert_eq!(*numbers.borrow(), [1]);
    assert!(inbox.borrow().is_none());
}

#[test]
fn a_thread_that_ends_with_its_inbox_open_keeps_no_caller() {
    without_deadlock(|| {
        let (tell, told) = mpsc::channel();
        let owner = thread::spawn(move || {
            let (inbox, bell) = inbox(Duration::MAX);
            let held = Held::local(Host::default()).unwrap();
            tell.send(C::of(&held)).unwrap();
            bell.has_rung(1);
            core::mem::forget((inbox, held));
        });
        let c = told.recv().unwrap();
        assert_eq!(c.sum(&[1]), -1);
        owner.join().unwrap();
    });
}

#[test]
fn callers_inboxes_and_tables_come_and_go_at_once() {
    without_deadlock(|| {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for round in 0..50 {
                        let (inbox, bell) = inbox(LONG);
                        let held = Held::local(Host::default()).unwrap();
                        let callers: Vec<_> = (0..2)
                            .map(|_| {
                                on_a_thread(C::of(&held), |c| {
                                    (c.sum(&[1, 1]), c.number(1), c.sum(&[2])).0
                                })
                            })
                            .collect();
                        incidents::keep(); // they are more than wait
                        bell.has_rung(1);
                        inbox.serve();
                        match round % 3 {
                            0 => drop(inbox),
                            1 => drop(held),
                            _ => {
                                while callers.iter().any(|caller| !caller.is_finished()) {
                                    inbox.serve();
                                }
                            }
                        }
                        for caller in callers {
                            assert!([2, -1].contains(&caller.join().unwrap()));
                        }
                    }
                });
            }
        });
    });
}
