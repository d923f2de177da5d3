//! Completions: what the host owes to C is answered exactly once, and not after the release.
//!
//! Caught when taken out: the answer of a drop, the answer that is taken before C is called, the look at the release, the wait
//! of the release for an answer, and of the scope, and the tie that keeps the slot.

use core::cell::Cell;
use core::ffi::{c_int, c_void};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use outlive::{
    AnyThread, Call, Callback, Completion, Ended, First, Held, NotCalledError, callbacks,
    is_inside, scope,
};
use outlive_tests::asker::Asker;
use outlive_tests::host::{Door, Drops};
use outlive_tests::sys::{asker_done, asker_table};
use outlive_tests::wait::without_deadlock;

type Owed = AnyThread<Completion<asker_done>>;

/// What C hears where nobody answers.
const DROPPED: c_int = -9;
/// What it hears where the call was refused.
const LATE: c_int = -125;

/// Does with what it owes as the closure says.
struct Server<F>(F);

#[callbacks(asker_table, state = arg)]
impl<F: Fn(&Call<'_>, c_int, Owed) -> c_int + 'static> Server<F> {
    #[callback(fallback = answer(done, cookie, LATE), panicked = -1)]
    fn request(
        &self,
        call: &Call<'_>,
        value: c_int,
        done: asker_done,
        cookie: *mut c_void,
    ) -> c_int {
        // SAFETY: `asker.h`: C is answered by `done`, once, now or later.
        let owed = unsafe { Completion::of(call, done, cookie, DROPPED) };
        // SAFETY: `asker.h`: on any thread.
        let owed = unsafe { owed.assume_send() };
        (self.0)(call, value, owed)
    }

    #[callback(last)]
    fn close(&self) {}
}

/// What a call that is refused does, of which no method gets to know.
fn answer(done: asker_done, cookie: *mut c_void, status: c_int) -> c_int {
    if let Some(done) = done {
        // SAFETY: C's function with its cookie.
        unsafe { done(status, cookie) };
    }
    -1
}

/// What is owed to C, outside of the host value.
#[derive(Clone, Default)]
struct Queue(Arc<Mutex<Vec<Owed>>>);

impl Queue {
    fn put(&self, owed: Owed) -> c_int {
        self.0.lock().unwrap().push(owed);
        0
    }

    fn take(&self) -> Owed {
        self.0.lock().unwrap().pop().expect("C has asked")
    }
}

type Boxed = Server<Box<dyn Fn(&Call<'_>, c_int, Owed) -> c_int + Send + Sync>>;

fn serve(
    f: impl Fn(&Call<'_>, c_int, Owed) -> c_int + Send + Sync + 'static,
) -> (Held<Boxed>, Asker) {
    let held = Held::new(Server(Box::new(f) as Box<_>)).unwrap();
    let asker = Asker::of(&held);
    (held, asker)
}

/// A host that puts what it owes where the test finds it.
fn queueing() -> (Held<Boxed>, Asker, Queue) {
    let queue = Queue::default();
    let own = queue.clone();
    let (held, asker) = serve(move |_, _, owed| own.put(owed));
    (held, asker, queue)
}

/// A host that keeps what it owes in its value.
fn keeping() -> (Held<Boxed>, Asker) {
    let kept = Mutex::new(Vec::new());
    serve(move |_, _, owed| {
        kept.lock().unwrap().push(owed);
        0
    })
}

/// C forgets all that it has passed, by the end of a release.
fn release(held: Held<Boxed>, asker: Asker) -> Ended {
    // SAFETY: C calls no more.
    let ended = unsafe { held.release() };
    asker.forget();
    ended
}

#[test]
fn an_answer_is_given_once() {
    let (_held, asker) = serve(|_, value, owed| {
        assert_eq!(owed.into_inner().complete(value), Ok(()));
        0
    });
    assert_eq!((asker.request(5), asker.heard()), (0, (1, 5)));
}

#[test]
fn what_is_dropped_answers_what_was_declared_and_what_is_leaked_nothing() {
    let (_held, asker, queue) = queueing();
    asker.request(1);
    assert_eq!(asker.heard(), (0, 0));
    drop(queue.take());
    assert_eq!(asker.heard(), (1, DROPPED));
    asker.request(2);
    core::mem::forget(queue.take());
    assert_eq!(asker.heard(), (1, DROPPED));
}

#[test]
fn a_method_that_panics_has_answered_and_its_fallback_does_not_answer_again() {
    let (_held, asker) = serve(|_, value, owed| {
        assert!(value != 0, "before the answer");
        owed.into_inner().complete(value).unwrap();
        panic!("after the answer");
    });
    assert_eq!((asker.request(0), asker.heard()), (-1, (1, DROPPED)));
    assert_eq!((asker.request(3), asker.heard()), (-1, (2, 3)));
}

#[test]
fn a_request_that_comes_too_late_is_answered_by_its_fallback() {
    let (held, asker, queue) = queueing();
    assert_eq!(held.revoke(), Ended::Now);
    assert_eq!((asker.request(1), asker.heard()), (-1, (1, LATE)));
    assert!(queue.0.lock().unwrap().is_empty());
}

#[test]
fn a_value_that_ends_with_work_undone_answers_for_it() {
    let ends: [fn(&Held<Boxed>) -> Ended; 2] =
        [|held| held.revoke(), |held| held.revoke_timeout(Duration::ZERO)];
    for end in ends {
        let (held, asker) = keeping();
        assert_eq!((asker.request(1), asker.request(2), asker.heard()), (0, 0, (0, 0)));
        assert_eq!(end(&held), Ended::Now);
        assert_eq!(asker.heard(), (2, DROPPED));
    }
    let (held, asker) = keeping();
    asker.request(1);
    drop(held);
    assert_eq!(asker.heard(), (1, DROPPED));
}

#[test]
fn a_value_that_is_released_with_work_undone_does_not_answer() {
    let (held, asker) = keeping();
    asker.request(1);
    // C has forgotten it before the call.
    asker.forget();
    // SAFETY: as above.
    assert_eq!(unsafe { held.release() }, Ended::Now);
    assert_eq!(asker.heard(), (0, 0));
}

#[test]
fn an_answer_is_owed_after_the_end() {
    type End = fn(Held<Boxed>) -> Option<Held<Boxed>>;
    let ends: [End; 4] = [
        |held| {
            assert_eq!(held.revoke(), Ended::Now);
            Some(held)
        },
        |held| {
            drop(held);
            None
        },
        |held| {
            drop(held.into_inner().unwrap());
            None
        },
        |held| {
            held.leak().unwrap();
            None
        },
    ];
    for end in ends {
        let (held, asker, queue) = queueing();
        assert_eq!((asker.request(1), asker.request(2)), (0, 0));
        let held = end(held);
        // Others take the places that are free.
        let _others: Vec<_> = (0..100).map(|_| queueing()).collect();
        assert_eq!(queue.take().into_inner().complete(4), Ok(()));
        assert_eq!(asker.heard(), (1, 4));
        drop(queue.take());
        assert_eq!(asker.heard(), (2, DROPPED));
        drop(held);
    }
}

#[test]
fn an_answer_is_owed_after_c_has_made_its_last_call() {
    let (held, asker, queue) = queueing();
    held.hand_over(|_| Ok::<_, ()>(asker.request(1) + asker.request(2))).unwrap();
    asker.close();
    let others: Vec<_> = (0..100).map(|_| queueing()).collect();
    assert_eq!(queue.take().into_inner().complete(4), Ok(()));
    assert_eq!(asker.heard(), (1, 4));
    // A release of another does not matter.
    others.into_iter().for_each(|(other, asker, _)| assert_eq!(release(other, asker), Ended::Now));
    drop(queue.take());
    assert_eq!(asker.heard(), (2, DROPPED));
}

#[test]
fn the_slot_is_used_again_when_the_last_answer_was_given() {
    let slots = (0..2000).map(|_| {
        let (held, asker, queue) = queueing();
        let slot = held.id() as u32;
        held.hand_over(|_| Ok::<_, ()>(asker.request(1))).unwrap();
        asker.close();
        drop(queue.take());
        slot
    });
    // Other tests have some of them meanwhile.
    assert!(slots.collect::<HashSet<_>>().len() < 1000);
}

#[test]
fn cs_last_call_answers_what_the_value_owes() {
    let (held, asker) = keeping();
    held.hand_over(|_| Ok::<_, ()>(asker.request(1))).unwrap();
    assert_eq!(asker.heard(), (0, 0));
    asker.close();
    assert_eq!(asker.heard(), (1, DROPPED));
}

#[test]
fn nothing_is_owed_after_the_release() {
    let (held, asker, queue) = queueing();
    assert_eq!((asker.request(1), asker.request(2), asker.request(3)), (0, 0, 0));
    assert_eq!(release(held, asker), Ended::Now);
    drop(queue.take());
    assert_eq!(queue.take().into_inner().complete(4), Err(NotCalledError::Released));
    let run = queue.take().into_inner().complete_with(|_| ());
    assert_eq!((run, asker.heard()), (Err(NotCalledError::Released), (0, 0)));
}

#[test]
fn the_release_of_what_has_ended_is_a_release_too() {
    let (held, asker, queue) = queueing();
    asker.request(1);
    assert_eq!(held.revoke(), Ended::Now);
    assert_eq!(release(held, asker), Ended::Now);
    assert_eq!(queue.take().into_inner().complete(4), Err(NotCalledError::Released));
}

/// Has another thread answer, and stay in C until the door opens.
fn answering(asker: Asker, queue: &Queue) -> (Door, thread::JoinHandle<()>) {
    let (door, owed) = (Door::new(), queue.take());
    asker.during(move || door.enter());
    let thread = thread::spawn(move || assert_eq!(owed.into_inner().complete(6), Ok(())));
    door.wait_for(1);
    (door, thread)
}

#[test]
fn a_release_waits_for_an_answer_that_is_being_given() {
    for ends_before in [false, true] {
        let (held, asker, queue) = queueing();
        assert_eq!((asker.request(1), asker.request(2)), (0, 0));
        if ends_before {
            assert_eq!(held.revoke(), Ended::Now);
        }
        let (door, thread) = answering(asker, &queue);
        let is_released = Arc::new(AtomicBool::new(false));
        let releaser = thread::spawn({
            let is_released = Arc::clone(&is_released);
            move || {
                let ended = release(held, asker);
                is_released.store(true, Ordering::SeqCst);
                ended
            }
        });
        thread::sleep(Duration::from_millis(50));
        assert!(!is_released.load(Ordering::SeqCst), "C is still in the answer");
        assert_eq!(queue.take().into_inner().complete(7), Err(NotCalledError::Released));
        door.open();
        assert_eq!(without_deadlock(|| releaser.join().unwrap()), Ended::Now);
        thread.join().unwrap();
        assert_eq!(asker.heard(), (1, 6));
    }
}

#[test]
fn a_drop_leaves_the_value_to_an_answer_that_is_being_given() {
    let (drops, queue) = (Drops::default(), Queue::default());
    let (own, witness) = (queue.clone(), drops.witness());
    let (held, asker) = serve(move |_, _, owed| {
        let _captured = &witness;
        own.put(owed)
    });
    asker.request(1);
    let (door, thread) = answering(asker, &queue);
    drop(held);
    assert_eq!(drops.count(), 0);
    door.open();
    thread.join().unwrap();
    assert_eq!((drops.count(), asker.heard()), (1, (1, 6)));
}

#[test]
fn a_release_from_inside_an_answer_does_not_wait_for_it() {
    let (held, asker, queue) = queueing();
    assert_eq!((asker.request(1), asker.request(2)), (0, 0));
    let (held, said) = (Mutex::new(Some(held)), Arc::new(Mutex::new(None)));
    let seen = Arc::clone(&said);
    asker.during(move || {
        assert!(is_inside());
        // SAFETY: C frees the cookie of the answer that it is in, and has forgotten the other.
        let released = held.lock().unwrap().take().map(|held| unsafe { held.release() });
        *seen.lock().unwrap() = released;
    });
    assert_eq!(without_deadlock(|| queue.take().into_inner().complete(8)), Ok(()));
    assert_eq!(*said.lock().unwrap(), Some(Ended::Later));
    assert_eq!(queue.take().into_inner().complete(9), Err(NotCalledError::Released));
    assert_eq!(asker.heard(), (1, 8));
}

#[test]
fn a_destructor_that_answers_while_c_ends_the_table_again_is_not_waited_for() {
    let (held, asker) = keeping();
    asker.request(1);
    let held = Arc::new(held);
    let own = Arc::downgrade(&held);
    asker.during(move || {
        assert_eq!(own.upgrade().map(|held| held.revoke()), Some(Ended::Later));
    });
    assert_eq!(without_deadlock(|| held.revoke()), Ended::Now);
    assert_eq!(asker.heard(), (1, DROPPED));
}

#[test]
fn what_is_made_in_a_call_that_was_ended_meanwhile_is_owed() {
    let queue = Queue::default();
    let own = queue.clone();
    // The completion itself is made by the method, which has ended its table in the first call.
    struct Ending(Queue);
    #[callbacks(asker_table, state = arg)]
    impl Ending {
        #[callback(fallback = -1)]
        fn request(
            &self,
            call: &Call<'_>,
            _: c_int,
            done: asker_done,
            cookie: *mut c_void,
        ) -> c_int {
            assert_eq!(call.revoke(), Ended::Later);
            // SAFETY: C is answered by `done`, once, now or later.
            let owed = unsafe { Completion::of(call, done, cookie, DROPPED) };
            // SAFETY: on any thread.
            self.0.put(unsafe { owed.assume_send() })
        }
    }
    let held = Held::new(Ending(own)).unwrap();
    let asker = Asker::of(&held);
    assert_eq!((asker.request(1), asker.heard()), (0, (0, 0)));
    assert_eq!(queue.take().into_inner().complete(2), Ok(()));
    assert_eq!(asker.heard(), (1, 2));
}

#[test]
fn what_is_made_in_a_call_that_was_released_meanwhile_is_not_owed() {
    thread_local! { static HELD: Cell<Option<Held<Releasing>>> = const { Cell::new(None) }; }
    struct Releasing;
    #[callbacks(asker_table, state = arg)]
    impl Releasing {
        #[callback(fallback = -1)]
        fn request(
            &self,
            call: &Call<'_>,
            _: c_int,
            done: asker_done,
            cookie: *mut c_void,
        ) -> c_int {
            // SAFETY: C has forgotten both, and this cookie, too.
            let released = HELD.take().map(|held| unsafe { held.release() });
            assert_eq!(released, Some(Ended::Later));
            // SAFETY: C is answered by `done`, once.
            let owed = unsafe { Completion::of(call, done, cookie, DROPPED) };
            assert_eq!(owed.complete(1), Err(NotCalledError::Released));
            0
        }
    }
    let held = Held::new(Releasing).unwrap();
    let asker = Asker::of(&held);
    HELD.set(Some(held));
    assert_eq!((asker.request(1), asker.heard()), (0, (0, 0)));
}

#[test]
fn any_thread_completes_and_drops_what_may_be_sent() {
    let (_held, asker, queue) = queueing();
    assert_eq!((asker.request_on_thread(1), asker.request(2)), (0, 0));
    let (one, other) = (queue.take(), queue.take());
    thread::spawn(move || assert_eq!(one.into_inner().complete(6), Ok(()))).join().unwrap();
    assert_eq!(asker.heard(), (1, 6));
    thread::spawn(move || drop(other)).join().unwrap();
    assert_eq!(asker.heard(), (2, DROPPED));
}

#[test]
fn a_value_of_one_thread_is_answered_for_on_another_and_ended_on_its_own() {
    let ended_on = Arc::new(Mutex::new(None));
    struct Noting(Arc<Mutex<Option<thread::ThreadId>>>);
    impl Drop for Noting {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = Some(thread::current().id());
        }
    }
    let (queue, noting) = (Queue::default(), Noting(Arc::clone(&ended_on)));
    let own = queue.clone();
    let held = Held::local(Server(move |_: &Call<'_>, _, owed| {
        let _captured = &noting;
        own.put(owed)
    }))
    .unwrap();
    let asker = Asker::of(&held);
    asker.request(1);
    let (door, thread) = answering(asker, &queue);
    drop(held);
    door.open();
    thread.join().unwrap();
    // The next operation of the value's thread.
    drop(queueing());
    assert_eq!(*ended_on.lock().unwrap(), Some(thread::current().id()));
}

#[test]
fn nothing_is_owed_after_a_scope() {
    let (queue, asker) = (Queue::default(), Cell::new(None));
    let own = queue.clone();
    let server = Server(move |_: &Call<'_>, _, owed| own.put(owed));
    scope(&server, |scoped| {
        let given = Asker::scoped(scoped);
        assert_eq!((given.request(1), given.request(2)), (0, 0));
        assert_eq!(queue.take().into_inner().complete(3), Ok(()));
        asker.set(Some(given));
    })
    .unwrap();
    let asker = asker.get().unwrap();
    asker.forget();
    assert_eq!(queue.take().into_inner().complete(4), Err(NotCalledError::Released));
    assert_eq!(asker.heard(), (1, 3));
}

#[test]
fn null_asks_for_no_answer() {
    let (held, asker) = serve(|call, _, _| {
        // SAFETY: there is nothing to be called.
        let null = || unsafe { Completion::<asker_done>::of(call, None, core::ptr::null_mut(), 0) };
        drop(null());
        assert_eq!(null().complete(1), Err(NotCalledError::Null));
        0
    });
    assert_eq!(asker.request(1), 0);
    drop(held);
}

/// Gets the cookie first, and says what it was told.
type Sum = unsafe extern "C" fn(cookie: *mut c_void, left: c_int, right: c_int) -> c_int;

#[test]
fn the_cookie_may_be_first_and_c_may_return_something() {
    let done = Callback::<Sum>::user_data_first().new_or(-1, |left, right| left * right);
    let done = done.unwrap();
    let (function, cookie) = (done.function(), done.user_data().addr());
    let (_held, asker) = serve(move |call, _, _| {
        let cookie = core::ptr::without_provenance_mut(cookie);
        // SAFETY: the function is a callback's, with its user data.
        let owed = unsafe { Completion::cookie_first(call, function, cookie, (0, 0)) };
        let owed: Completion<Sum, First> = owed;
        assert_eq!(owed.complete((6, 7)), Ok(42));
        0
    });
    assert_eq!(asker.request(1), 0);
}

#[test]
fn another_function_of_cs_may_answer() {
    let (_held, asker, queue) = queueing();
    asker.request(1);
    let (done, owed) = (queue.take(), Cell::new(0));
    let result = done.into_inner().complete_with(|cookie| {
        owed.set(owed.get() + 1);
        !cookie.is_null()
    });
    // C was answered by something else than `done`, and is not answered again.
    assert_eq!((result, owed.get(), asker.heard()), (Ok(true), 1, (0, 0)));
}

#[test]
fn a_panic_while_c_is_answered_leaves_nothing_inside() {
    let (held, asker, queue) = queueing();
    asker.request(1);
    let owed = queue.take().into_inner();
    let answer = core::panic::AssertUnwindSafe(|| owed.complete_with(|_| panic!("on purpose")));
    assert!(std::panic::catch_unwind(answer).is_err());
    assert!(!is_inside());
    assert_eq!(without_deadlock(|| release(held, asker)), Ended::Now);
}
