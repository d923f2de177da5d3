//! Transfers of libcurl's multi interface, from a real server, driven by a loop.

mod common;
#[path = "common/http.rs"]
mod http;

use std::cell::{Cell, RefCell};
use std::ffi::{CString, c_char, c_long, c_void};
use std::rc::Rc;

use curl_sys as sys;
use outlive::{Callback, Ended, Local};
use outlive_dialects::curl::{Attached, Done};
use outlive_loop::Loop;

use common::{RUNNERS, Runner};

type Write = unsafe extern "C" fn(*mut c_char, usize, usize, *mut c_void) -> usize;

struct Multi(*mut sys::CURLM);

impl Multi {
    fn new() -> Multi {
        // SAFETY: it initialises libcurl, too.
        Multi(unsafe { sys::curl_multi_init() })
    }

    fn attach(&self, events: &Rc<Loop>, done: impl FnMut(Done) + 'static) -> Attached {
        // SAFETY: the tests drop what is attached before the multi handle, and use one thread.
        unsafe { Attached::new(events.clone(), self.0, done) }.unwrap()
    }
}

impl Drop for Multi {
    fn drop(&mut self) {
        // SAFETY: it is open.
        unsafe { sys::curl_multi_cleanup(self.0) };
    }
}

/// A transfer, with what it has received.
struct Easy {
    raw: *mut sys::CURL,
    multi: *mut sys::CURLM,
    _write: Callback<Write, Local>,
}

impl Easy {
    fn new(multi: &Multi, url: String, on_data: impl Fn(usize) + 'static) -> Easy {
        // SAFETY: libcurl is initialised.
        let raw = unsafe { sys::curl_easy_init() };
        let write = Callback::<Write, _>::local_or(0, move |_, size, count| {
            on_data(size * count);
            size * count
        })
        .unwrap();
        let url = CString::new(url).unwrap();
        // SAFETY: libcurl copies the string.
        unsafe { sys::curl_easy_setopt(raw, sys::CURLOPT_URL, url.as_ptr()) };
        let function = write.function() as *const c_void;
        // SAFETY: the function is of the type that the option takes.
        unsafe { sys::curl_easy_setopt(raw, sys::CURLOPT_WRITEFUNCTION, function) };
        // SAFETY: it is what goes with the function.
        unsafe { sys::curl_easy_setopt(raw, sys::CURLOPT_WRITEDATA, write.user_data()) };
        Easy { raw, multi: multi.0, _write: write }
    }

    fn start(&self) {
        // SAFETY: both are open.
        assert_eq!(unsafe { sys::curl_multi_add_handle(self.multi, self.raw) }, sys::CURLM_OK);
    }

    fn limit(&self, milliseconds: i64) {
        // SAFETY: the option takes a long.
        unsafe { sys::curl_easy_setopt(self.raw, sys::CURLOPT_TIMEOUT_MS, milliseconds) };
    }
}

impl Drop for Easy {
    fn drop(&mut self) {
        // SAFETY: both are open; one that was not added is refused.
        unsafe { sys::curl_multi_remove_handle(self.multi, self.raw) };
        // SAFETY: it is open, and in no multi handle.
        unsafe { sys::curl_easy_cleanup(self.raw) };
    }
}

fn events() -> Rc<Loop> {
    Rc::new(Loop::new().unwrap())
}

/// Collects the results of transfers.
fn results() -> (Rc<RefCell<Vec<u32>>>, impl FnMut(Done)) {
    let results = Rc::new(RefCell::new(Vec::new()));
    let into = results.clone();
    (results, move |done: Done| into.borrow_mut().push(done.result))
}

#[test]
fn transfers_side_by_side_are_all_done() {
    let server = http::serve();
    for runner in RUNNERS {
        let (events, multi) = (events(), Multi::new());
        let (results, done) = results();
        let attached = multi.attach(&events, done);
        let received = Rc::new(Cell::new(0));
        let easies: Vec<Easy> = (0..10)
            .map(|number| {
                let path = if number % 2 == 0 { "hello" } else { "large" };
                let into = received.clone();
                Easy::new(&multi, format!("{server}/{path}"), move |size| {
                    into.set(into.get() + size)
                })
            })
            .collect();
        easies.iter().for_each(Easy::start);
        let all = results.clone();
        runner.run_until(&events, move || all.borrow().len() == 10);
        assert_eq!(*results.borrow(), [0; 10]);
        assert_eq!(received.get(), 5 * http::LARGE + 5 * 5);
        drop(easies);
        drop(attached);
        assert!(events.is_empty());
    }
}

#[test]
fn a_transfer_without_an_answer_times_out() {
    let server = http::serve();
    for runner in RUNNERS {
        let (events, multi) = (events(), Multi::new());
        let (results, done) = results();
        let _attached = multi.attach(&events, done);
        let easy = Easy::new(&multi, format!("{server}/silent"), |_| ());
        easy.limit(50);
        easy.start();
        let all = results.clone();
        runner.run_until(&events, move || !all.borrow().is_empty());
        assert_eq!(*results.borrow(), [sys::CURLE_OPERATION_TIMEDOUT]);
    }
}

#[test]
fn a_transfer_may_be_added_when_another_is_done() {
    let (server, events, multi) = (http::serve(), events(), Multi::new());
    let next = Rc::new(Easy::new(&multi, format!("{server}/hello"), |_| ()));
    let first = Easy::new(&multi, format!("{server}/hello"), |_| ());
    let (count, starts, first_raw) = (Rc::new(Cell::new(0)), next.clone(), first.raw);
    let counter = count.clone();
    let attached = multi.attach(&events, move |done| {
        counter.set(counter.get() + 1);
        if done.easy == first_raw {
            starts.start();
        }
    });
    first.start();
    Runner::Itself.run_until(&events, move || count.get() == 2);
    drop((first, attached, next));
}

#[test]
fn an_ended_handler_leaves_no_watcher_and_libcurl_is_refused() {
    let (server, events, multi) = (http::serve(), events(), Multi::new());
    let (results, done) = results();
    let attached = multi.attach(&events, done);
    let easy = Easy::new(&multi, format!("{server}/silent"), |_| ());
    easy.start();
    common::run_for(&events, 50);
    assert!(attached.sockets() > 0);
    assert_eq!(attached.revoke(), Ended::Now);
    assert!(events.is_empty());
    common::run_for(&events, 20);
    assert!(results.borrow().is_empty());
    // libcurl removes its socket now, which is refused.
    drop(easy);
    drop(attached);
    common::assert_runs(&events);
}

#[test]
fn the_multi_handle_may_be_cleaned_up_while_a_transfer_goes_on() {
    let (server, events, multi) = (http::serve(), events(), Multi::new());
    let attached = multi.attach(&events, |_| ());
    let easy = Easy::new(&multi, format!("{server}/silent"), |_| ());
    easy.start();
    common::run_for(&events, 50);
    drop(attached);
    assert!(events.is_empty());
    drop(easy);
    drop(multi);
    common::assert_runs(&events);
}

#[test]
fn what_is_attached_may_be_dropped_when_a_transfer_is_done() {
    let (server, events, multi) = (http::serve(), events(), Multi::new());
    let slot: Rc<RefCell<Option<(Attached, Multi)>>> = Rc::default();
    let easies = Rc::new(RefCell::new(Vec::new()));
    let (own, ended) = (slot.clone(), Rc::new(Cell::new(false)));
    let (into, of_multi) = (ended.clone(), easies.clone());
    let attached = multi.attach(&events, move |_| {
        of_multi.borrow_mut().clear();
        drop(own.take()); // the `Attached`, and after it the multi handle
        into.set(true);
    });
    for _ in 0..2 {
        let easy = Easy::new(&multi, format!("{server}/hello"), |_| ());
        easy.start();
        easies.borrow_mut().push(easy);
    }
    slot.replace(Some((attached, multi)));
    Runner::Itself.run_until(&events, move || ended.get());
    assert!(events.is_empty());
}

#[test]
fn what_is_attached_may_be_dropped_inside_a_transfer() {
    let (server, events, multi) = (http::serve(), events(), Multi::new());
    let (results, done) = results();
    let slot = Rc::new(RefCell::new(Some(multi.attach(&events, done))));
    let own = slot.clone();
    let easy = Easy::new(&multi, format!("{server}/hello"), move |_| drop(own.take()));
    easy.start();
    let ended = slot.clone();
    Runner::Itself.run_until(&events, move || ended.borrow().is_none());
    assert!(events.is_empty());
    assert!(results.borrow().is_empty()); // nobody was to be told any more
    drop(easy);
    drop(multi);
}

#[test]
fn a_write_function_that_panics_fails_its_transfer_only() {
    let (server, events, multi) = (http::serve(), events(), Multi::new());
    let (results, done) = results();
    let _attached = multi.attach(&events, done);
    let bad = Easy::new(&multi, format!("{server}/hello"), |_| panic!("no such data was expected"));
    let good = Easy::new(&multi, format!("{server}/hello"), |_| ());
    bad.start();
    good.start();
    let all = results.clone();
    Runner::Itself.run_until(&events, move || all.borrow().len() == 2);
    results.borrow_mut().sort();
    assert_eq!(*results.borrow(), [sys::CURLE_OK, sys::CURLE_WRITE_ERROR]);
}

#[test]
fn a_panic_of_the_closure_comes_out_of_the_loop_which_goes_on() {
    let (server, events, multi) = (http::serve(), events(), Multi::new());
    let count = Rc::new(Cell::new(0));
    let counter = count.clone();
    let _attached = multi.attach(&events, move |_| {
        counter.set(counter.get() + 1);
        assert_ne!(counter.get(), 1, "the first one");
    });
    let easies = [0, 1].map(|_| Easy::new(&multi, format!("{server}/hello"), |_| ()));
    easies[0].start();
    let runs = events.clone();
    let run = std::panic::AssertUnwindSafe(move || runs.run());
    assert!(std::panic::catch_unwind(run).is_err());
    easies[1].start();
    Runner::Itself.run_until(&events, move || count.get() == 2);
}

#[test]
fn a_socket_that_is_closed_and_reused_before_libcurl_says_so_harms_nobody() {
    let (server, events, multi) = (http::serve(), events(), Multi::new());
    let (results, done) = results();
    let _attached = multi.attach(&events, done);
    let easy = Easy::new(&multi, format!("{server}/silent"), |_| ());
    easy.limit(300);
    easy.start();
    common::run_for(&events, 50);
    let mut socket: c_long = -1;
    // SAFETY: the option gives a long.
    unsafe { sys::curl_easy_getinfo(easy.raw, sys::CURLINFO_LASTSOCKET, &raw mut socket) };
    let _other =
        (socket >= 0).then(|| common::close_behind(socket as i32)).expect("it is connected");
    Runner::Itself.run_until(&events, move || !results.borrow().is_empty());
    drop(easy);
    common::assert_runs(&events);
}
