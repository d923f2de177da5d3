//! Queries of c-ares to a server on this machine, driven by a loop.

mod common;

use std::cell::{Cell, RefCell};
use std::ffi::{CString, c_int, c_uchar, c_void};
use std::net::UdpSocket;
use std::rc::Rc;
use std::time::Duration;

use c_ares_sys as sys;
use outlive::{Callback, Ended};
use outlive_dialects::ares::Attached;
use outlive_loop::Loop;

use common::{RUNNERS, Runner};

type Answered = Option<
    unsafe extern "C" fn(arg: *mut c_void, status: c_int, timeouts: c_int, *mut c_uchar, c_int),
>;

const SUCCESS: c_int = 0;
const TIMEOUT: c_int = 12;
const DESTRUCTION: c_int = 16;

/// A server that knows one address, or with `is_silent` never answers.
fn serve(is_silent: bool) -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((size, from)) = socket.recv_from(&mut query) {
            if !is_silent {
                socket.send_to(&answer(&query[..size]), from).unwrap();
            }
        }
    });
    port
}

/// The header says one question and one answer, without other records; the question again; 127.0.0.1 for its name.
fn answer(query: &[u8]) -> Vec<u8> {
    let name = query[12..].iter().position(|byte| *byte == 0).unwrap();
    let question = &query[12..12 + name + 5];
    let header = [query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    let record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1];
    [&header[..], question, &record].concat()
}

fn attach(events: &Rc<Loop>, port: u16, milliseconds: c_int) -> Attached {
    // SAFETY: it may be called as often as one likes.
    unsafe { sys::ares_library_init(sys::ARES_LIB_INIT_ALL) };
    // SAFETY: the options are plain C data, of which the mask names those that count.
    let mut options: sys::ares_options = unsafe { std::mem::zeroed() };
    (options.timeout, options.tries) = (milliseconds, 1);
    let mask = sys::ARES_OPT_TIMEOUTMS | sys::ARES_OPT_TRIES;
    // SAFETY: the channel stays on this thread.
    let attached = unsafe { Attached::new(events.clone(), &options, mask) }.unwrap();
    let server = CString::new(format!("127.0.0.1:{port}")).unwrap();
    // SAFETY: the channel is there, and the text is a C string.
    let set = unsafe { sys::ares_set_servers_ports_csv(attached.channel(), server.as_ptr()) };
    assert_eq!(set, SUCCESS);
    attached
}

/// Asks for an address, and has `f` called with what came of it.
fn query(attached: &Attached, f: impl FnOnce(c_int) + 'static) {
    let done = Callback::<Answered>::user_data_first()
        .local_once(move |status, _timeouts, _answer, _length| f(status))
        .unwrap();
    let given = done.hand_over(|done| {
        let (class, of_type) = (1, 1); // an address, in the internet
        let (channel, name) = (attached.channel(), c"host.test".as_ptr());
        // SAFETY: the channel is there; the callback is called once.
        unsafe {
            sys::ares_query(channel, name, class, of_type, done.function(), done.user_data());
        }
        Ok::<_, ()>(())
    });
    assert!(given.is_ok());
}

/// As `query`, and says the status later.
fn asked(attached: &Attached) -> Rc<Cell<Option<c_int>>> {
    let status = Rc::new(Cell::new(None));
    let into = status.clone();
    query(attached, move |status| into.set(Some(status)));
    status
}

fn events() -> Rc<Loop> {
    Rc::new(Loop::new().unwrap())
}

#[test]
fn queries_are_answered() {
    let port = serve(false);
    for runner in RUNNERS {
        let events = events();
        let attached = attach(&events, port, 10_000);
        let all = [(); 5].map(|()| asked(&attached));
        let answered = all.clone();
        runner.run_until(&events, move || answered.iter().all(|one| one.get().is_some()));
        assert!(all.iter().all(|one| one.get() == Some(SUCCESS)));
        drop(attached);
        assert!(events.is_empty());
    }
}

#[test]
fn a_query_that_nobody_answers_times_out() {
    let port = serve(true);
    for runner in RUNNERS {
        let events = events();
        let attached = attach(&events, port, 50);
        let status = asked(&attached);
        let answered = status.clone();
        runner.run_until(&events, move || answered.get().is_some());
        assert_eq!(status.get(), Some(TIMEOUT));
    }
}

#[test]
fn a_dropped_channel_answers_its_queries_and_leaves_no_watcher() {
    let (events, port) = (events(), serve(true));
    let attached = attach(&events, port, 10_000);
    let status = asked(&attached);
    common::run_for(&events, 20);
    drop(attached);
    assert_eq!(status.get(), Some(DESTRUCTION));
    assert!(events.is_empty());
}

#[test]
fn a_channel_may_be_dropped_when_a_query_is_answered() {
    let (events, port) = (events(), serve(false));
    let slot = Rc::new(RefCell::new(None));
    let attached = attach(&events, port, 10_000);
    let own = slot.clone();
    query(&attached, move |_| drop(own.take()));
    let second = asked(&attached);
    slot.replace(Some(attached));
    let ended = second.clone();
    Runner::Itself.run_until(&events, move || ended.get().is_some());
    assert!(slot.borrow().is_none());
    assert!(events.is_empty());
}

#[test]
fn an_ended_callback_leaves_no_watcher_and_c_ares_lives_on() {
    let (events, port) = (events(), serve(false));
    let attached = attach(&events, port, 10_000);
    let status = asked(&attached);
    assert_eq!(attached.revoke(), Ended::Now);
    assert!(events.is_empty());
    common::run_for(&events, 20);
    assert_eq!(status.get(), None);
    attached.query_started(); // there is no timer any more
    drop(attached); // c-ares says that it closes its socket, which is refused
    assert_eq!(status.get(), Some(DESTRUCTION));
    common::assert_runs(&events);
}

#[test]
fn a_query_whose_callback_panics_does_not_disturb_the_others() {
    let (events, port) = (events(), serve(false));
    let attached = attach(&events, port, 10_000);
    query(&attached, |_| panic!("no such answer was expected"));
    let status = asked(&attached);
    let answered = status.clone();
    Runner::Itself.run_until(&events, move || answered.get().is_some());
    assert_eq!(status.get(), Some(SUCCESS));
}

#[test]
fn a_socket_that_is_closed_and_reused_before_c_ares_says_so_harms_nobody() {
    let (events, port) = (events(), serve(true));
    let attached = attach(&events, port, 200);
    let status = asked(&attached);
    common::run_for(&events, 20);
    let mut socket = sys::ARES_SOCKET_BAD;
    // SAFETY: the channel is there, and there is room for one socket.
    assert_ne!(unsafe { sys::ares_getsock(attached.channel(), &raw mut socket, 1) }, 0);
    let _other = common::close_behind(socket);
    let answered = status.clone();
    Runner::Itself.run_until(&events, move || answered.get().is_some());
    drop(attached);
    assert!(events.is_empty());
}

#[test]
fn a_channel_with_a_thread_of_its_own_is_refused() {
    let events = events();
    // SAFETY: the options are plain C data.
    let options: sys::ares_options = unsafe { std::mem::zeroed() };
    // SAFETY: nothing is made.
    let refused = unsafe { Attached::new(events.clone(), &options, sys::ARES_OPT_EVENT_THREAD) };
    assert!(refused.is_err());
    assert!(events.is_empty());
    assert_eq!(events.run_for(Duration::ZERO).unwrap(), 0);
}
