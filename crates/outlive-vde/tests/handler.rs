//! The handler serves a hub that the program has from elsewhere; the tests are that hub.

use std::ffi::{c_int, c_short, c_void};
use std::net::{Ipv4Addr, UdpSocket};
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use outlive::{Ended, Held};
use outlive_loop::Loop;
use outlive_vde::LoopHandler;
use outlive_vde::sys::*;

const READ_PERSIST: c_short = VDE_EV_READ | VDE_EV_PERSIST;

/// What the hub was told.
#[derive(Default)]
struct Told {
    calls: u32,
    fd: c_int,
    events: c_short,
}

unsafe extern "C" fn tell(fd: c_int, events: c_short, arg: *mut c_void) {
    // SAFETY: the tests pass a `Told` that lives longer than its watchers.
    let told = unsafe { &mut *arg.cast::<Told>() };
    *told = Told { calls: told.calls + 1, fd, events };
}

fn sockets() -> (UdpSocket, UdpSocket) {
    let [here, there] = [(); 2].map(|()| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    there.connect(here.local_addr().unwrap()).unwrap();
    (here, there)
}

#[cfg(unix)]
fn number(socket: &UdpSocket) -> c_int {
    std::os::fd::AsRawFd::as_raw_fd(socket)
}

#[cfg(windows)]
fn number(socket: &UdpSocket) -> c_int {
    std::os::windows::io::AsRawSocket::as_raw_socket(socket) as c_int
}

#[cfg(unix)]
fn errno() -> Option<c_int> {
    std::io::Error::last_os_error().raw_os_error()
}

#[cfg(windows)]
fn errno() -> Option<c_int> {
    unsafe extern "C" {
        fn _errno() -> *mut c_int;
    }
    // SAFETY: the C runtime returns the thread's own errno.
    let errno = unsafe { _errno() };
    // SAFETY: it is valid while the thread runs.
    Some(unsafe { errno.read() })
}

#[test]
fn a_hub_is_called_for_its_socket_and_its_timeout_until_it_gives_them_back() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let held = Held::local(LoopHandler::new(event_loop.clone())).unwrap();
    // SAFETY: the table is valid until the release.
    let hub = unsafe { *held.as_ptr() };
    let (add, delete) = (hub.event_add.unwrap(), hub.event_del.unwrap());
    let (start, end) = (hub.timeout_add.unwrap(), hub.timeout_del.unwrap());
    let (here, there) = sockets();
    let mut told = Told::default();
    let arg = (&raw mut told).cast::<c_void>();

    // SAFETY: `tell` may be called with `arg` until the end of the test.
    let event = unsafe { add(number(&here), READ_PERSIST, ptr::null(), Some(tell), arg) };
    assert!(!event.is_null());
    there.send(b"frame").unwrap();
    assert_eq!(event_loop.run_once(None).unwrap(), 1);
    assert_eq!((told.calls, told.fd, told.events), (1, number(&here), VDE_EV_READ));
    // SAFETY: the hub gives its event back, once.
    unsafe { delete(event) };
    assert_eq!(event_loop.run_once(Some(Duration::ZERO)).unwrap(), 0);

    let soon = timeval { tv_sec: 0, tv_usec: 1000 };
    // SAFETY: as for the event.
    let timeout = unsafe { start(&soon, 0, Some(tell), arg) };
    assert_eq!(event_loop.run_once(None).unwrap(), 1);
    assert_eq!((told.calls, told.fd, told.events), (2, -1, VDE_EV_TIMEOUT));
    // SAFETY: the hub gives its timeout back, once.
    unsafe { end(timeout) };
    assert_eq!(held.with(LoopHandler::watchers), Ok(0));
    // SAFETY: the hub has forgotten the table.
    assert_eq!(unsafe { held.release() }, Ended::Now);
}

#[test]
fn a_hub_that_is_refused_finds_the_reason_in_errno() {
    let held = Held::local(LoopHandler::new(Rc::new(Loop::new().unwrap()))).unwrap();
    // SAFETY: the table is valid until the release.
    let add = unsafe { *held.as_ptr() }.event_add.unwrap();
    let watch = |fd, events| {
        // SAFETY: every call is refused, so that `tell` is never called.
        let event = unsafe { add(fd, events, ptr::null(), Some(tell), ptr::null_mut()) };
        (event.is_null(), errno())
    };
    assert_eq!(watch(-1, READ_PERSIST), (true, Some(libc::EBADF)));
    let (here, _there) = sockets();
    assert_eq!(watch(number(&here), VDE_EV_PERSIST), (true, Some(libc::EINVAL)));
    assert_eq!(held.revoke(), Ended::Serving);
    assert_eq!(watch(number(&here), READ_PERSIST), (true, Some(libc::ECANCELED)));
}

#[test]
fn a_watcher_whose_delete_is_refused_because_the_table_has_ended_is_not_called() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let held = Held::local(LoopHandler::new(event_loop.clone())).unwrap();
    // SAFETY: the table is valid until the release.
    let hub = unsafe { *held.as_ptr() };
    let (add, start, delete) =
        (hub.event_add.unwrap(), hub.timeout_add.unwrap(), hub.event_del.unwrap());
    let (here, there) = sockets();
    let mut told = Told::default();
    let arg = (&raw mut told).cast::<c_void>();
    // SAFETY: `tell` may be called with `arg` until the end of the test.
    let event = unsafe { add(number(&here), READ_PERSIST, ptr::null(), Some(tell), arg) };
    let soon = timeval { tv_sec: 0, tv_usec: 1 };
    // SAFETY: as for the event.
    let timeout = unsafe { start(&soon, VDE_EV_PERSIST, Some(tell), arg) };
    assert!(!event.is_null() && !timeout.is_null());

    // SAFETY: this is too early, and breaks what the release asks for; the functions of a table without user data stay.
    assert_eq!(unsafe { held.release() }, Ended::Now);
    // SAFETY: as above: the table has ended, so that this is refused.
    unsafe { delete(event) };
    // From here on the hub's memory would be gone.
    there.send(b"frame").unwrap();
    event_loop.run_for(Duration::from_millis(20)).unwrap();
    assert_eq!(told.calls, 0);
    assert!(event_loop.is_empty());
}

#[test]
fn a_hub_cannot_give_back_what_is_not_its_own() {
    let event_loop = Rc::new(Loop::new().unwrap());
    let held = Held::local(LoopHandler::new(event_loop.clone())).unwrap();
    // SAFETY: the table is valid until the release.
    let hub = unsafe { *held.as_ptr() };
    let others = event_loop.timer(Duration::from_secs(1000), false, |_, _| {});
    for delete in [hub.event_del.unwrap(), hub.timeout_del.unwrap()] {
        // SAFETY: a token that is not live in the handler is an incident, and harmless.
        unsafe { delete(others.as_ptr()) };
        assert!(event_loop.contains(others));
    }
    // SAFETY: the hub has forgotten the table.
    assert_eq!(unsafe { held.release() }, Ended::Now);
}
