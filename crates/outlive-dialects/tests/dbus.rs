//! A connection of libdbus to a real bus, served by a loop.

mod common;

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_int, c_void};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use libdbus_sys as sys;
use outlive::{Callback, Ended, Local};
use outlive_dialects::dbus::Attached;
use outlive_loop::Loop;

use common::{RUNNERS, Runner};

type Notify = unsafe extern "C" fn(pending: *mut sys::DBusPendingCall, data: *mut c_void);
type Filter = unsafe extern "C" fn(
    connection: *mut sys::DBusConnection,
    message: *mut sys::DBusMessage,
    data: *mut c_void,
) -> c_int;
type Free = Option<unsafe extern "C" fn(data: *mut c_void)>;

// libdbus-sys lacks one of them, and has the callbacks of the others as functions that are safe to call.
unsafe extern "C" {
    fn dbus_connection_get_unix_fd(connection: *mut sys::DBusConnection, fd: *mut c_int) -> u32;
    fn dbus_pending_call_set_notify(
        pending: *mut sys::DBusPendingCall,
        notify: Notify,
        data: *mut c_void,
        free: Free,
    ) -> u32;
    fn dbus_connection_add_filter(
        connection: *mut sys::DBusConnection,
        filter: Filter,
        data: *mut c_void,
        free: Free,
    ) -> u32;
}

const HANDLED: c_int = 0;
const NOT_HANDLED: c_int = 1;

/// A bus of the test's own.
struct Bus {
    daemon: Child,
    address: CString,
}

impl Bus {
    /// `None` where there is no `dbus-daemon`.
    fn new() -> Option<Bus> {
        let daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut daemon) = daemon else {
            eprintln!("skipped: there is no dbus-daemon; ci/dialects.sh installs it");
            return None;
        };
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Some(Bus { daemon, address: CString::new(address.trim()).unwrap() })
    }

    fn connect(&self) -> Connection {
        // SAFETY: the address is a C string.
        let raw =
            unsafe { sys::dbus_connection_open_private(self.address.as_ptr(), ptr::null_mut()) };
        assert!(!raw.is_null());
        // SAFETY: it is open.
        assert_ne!(unsafe { sys::dbus_bus_register(raw, ptr::null_mut()) }, 0);
        // SAFETY: the same.
        unsafe { sys::dbus_connection_set_exit_on_disconnect(raw, 0) };
        Connection(raw)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
    }
}

struct Connection(*mut sys::DBusConnection);

impl Connection {
    fn attach(&self, events: &Rc<Loop>) -> Attached {
        // SAFETY: it is open, and used on this thread.
        unsafe { Attached::new(events.clone(), self.0) }.unwrap()
    }

    fn name(&self) -> &CStr {
        // SAFETY: it is registered.
        let name = unsafe { sys::dbus_bus_get_unique_name(self.0) };
        // SAFETY: so it has a name, which it keeps.
        unsafe { CStr::from_ptr(name) }
    }

    fn dispatch_status(&self) -> sys::DBusDispatchStatus {
        // SAFETY: it is open.
        unsafe { sys::dbus_connection_get_dispatch_status(self.0) }
    }

    fn fd(&self) -> c_int {
        let mut fd = -1;
        // SAFETY: it is open.
        assert_ne!(unsafe { dbus_connection_get_unix_fd(self.0, &mut fd) }, 0);
        fd
    }

    /// Calls a method, and says later of what type the answer was.
    fn call(&self, destination: &CStr, method: &CStr, limit: c_int) -> Rc<Cell<Option<c_int>>> {
        let answer = Rc::new(Cell::new(None));
        let interface = c"org.freedesktop.DBus";
        let (to, path) = (destination.as_ptr(), c"/org/freedesktop/DBus".as_ptr());
        // SAFETY: all four are C strings.
        let message = unsafe {
            sys::dbus_message_new_method_call(to, path, interface.as_ptr(), method.as_ptr())
        };
        let mut pending = ptr::null_mut();
        // SAFETY: it is open, and the message is valid.
        let sent =
            unsafe { sys::dbus_connection_send_with_reply(self.0, message, &mut pending, limit) };
        assert_ne!(sent, 0);
        // SAFETY: the reference is ours.
        unsafe { sys::dbus_message_unref(message) };
        let into = answer.clone();
        let notify = Callback::<Notify, _>::local_once(move |pending| {
            // SAFETY: libdbus calls this when the answer is there.
            let reply = unsafe { sys::dbus_pending_call_steal_reply(pending) };
            // SAFETY: the answer is valid.
            into.set(Some(unsafe { sys::dbus_message_get_type(reply) }));
            // SAFETY: it was given to us.
            unsafe { sys::dbus_message_unref(reply) };
        })
        .unwrap();
        let given = notify.hand_over(|notify| {
            let (function, data) = (notify.function(), notify.user_data());
            // SAFETY: the call is pending.
            match unsafe { dbus_pending_call_set_notify(pending, function, data, None) } {
                0 => Err(()),
                _ => Ok(()),
            }
        });
        assert!(given.is_ok());
        // SAFETY: the connection has a reference of its own.
        unsafe { sys::dbus_pending_call_unref(pending) };
        answer
    }

    fn list_names(&self) -> Rc<Cell<Option<c_int>>> {
        self.call(c"org.freedesktop.DBus", c"ListNames", 20_000)
    }

    /// Sends a signal to `other`.
    fn signal(&self, other: &Connection) {
        let (path, interface) = (c"/a".as_ptr(), c"a.b".as_ptr());
        // SAFETY: these are C strings.
        let message = unsafe { sys::dbus_message_new_signal(path, interface, c"Hello".as_ptr()) };
        // SAFETY: the message is valid, and the name is a C string.
        assert_ne!(unsafe { sys::dbus_message_set_destination(message, other.name().as_ptr()) }, 0);
        // SAFETY: both are valid.
        assert_ne!(unsafe { sys::dbus_connection_send(self.0, message, ptr::null_mut()) }, 0);
        // SAFETY: the reference is ours.
        unsafe { sys::dbus_message_unref(message) };
    }

    /// Has `f` called with each signal that comes from another connection.
    fn on_signal(&self, f: impl Fn() -> c_int + 'static) -> Callback<Filter, Local> {
        let filter = Callback::<Filter, _>::local_or(HANDLED, move |_, message| {
            // SAFETY: libdbus lends the message.
            match unsafe {
                sys::dbus_message_is_signal(message, c"a.b".as_ptr(), c"Hello".as_ptr())
            } {
                0 => NOT_HANDLED,
                _ => f(),
            }
        })
        .unwrap();
        let (function, data, free) =
            (filter.function(), filter.user_data(), filter.destroy_notify());
        // SAFETY: libdbus calls the destroy notify when it is done with the filter.
        assert_ne!(unsafe { dbus_connection_add_filter(self.0, function, data, Some(free)) }, 0);
        filter
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: it is private, and closed once.
        unsafe { sys::dbus_connection_close(self.0) };
        // SAFETY: the reference is ours.
        unsafe { sys::dbus_connection_unref(self.0) };
    }
}

fn events() -> Rc<Loop> {
    Rc::new(Loop::new().unwrap())
}

#[test]
fn a_call_is_sent_and_its_reply_dispatched() {
    let Some(bus) = Bus::new() else { return };
    for runner in RUNNERS {
        let (events, connection) = (events(), bus.connect());
        let attached = connection.attach(&events);
        assert!(attached.watchers() > 0);
        let answer = connection.list_names();
        runner.run_until(&events, move || answer.get() == Some(2)); // a method return
        drop(attached);
        assert!(events.is_empty());
    }
}

#[test]
fn a_call_that_nobody_answers_times_out() {
    let Some(bus) = Bus::new() else { return };
    for runner in RUNNERS {
        let (events, connection, deaf) = (events(), bus.connect(), bus.connect());
        let _attached = connection.attach(&events);
        let answer = connection.call(deaf.name(), c"Hello", 50);
        runner.run_until(&events, move || answer.get() == Some(3)); // an error
    }
}

#[test]
fn many_messages_come_in_batches_and_none_is_lost() {
    let Some(bus) = Bus::new() else { return };
    let (events, sender, receiver) = (events(), bus.connect(), bus.connect());
    let count = Rc::new(Cell::new(0));
    let counter = count.clone();
    let _filter = receiver.on_signal(move || {
        counter.set(counter.get() + 1);
        HANDLED
    });
    let _attached = (sender.attach(&events), receiver.attach(&events));
    for _ in 0..500 {
        sender.signal(&receiver);
    }
    Runner::Itself.run_until(&events, move || count.get() == 500);
}

#[test]
fn messages_that_came_before_the_loop_are_dispatched() {
    let Some(bus) = Bus::new() else { return };
    let (events, connection) = (events(), bus.connect());
    let answer = connection.list_names();
    while connection.dispatch_status() != sys::DBusDispatchStatus::DataRemains {
        // SAFETY: it is open. This reads the answer, and dispatches nothing.
        unsafe { sys::dbus_connection_read_write(connection.0, 100) };
    }
    let _attached = connection.attach(&events);
    Runner::Itself.run_until(&events, move || answer.get().is_some());
}

#[test]
fn an_ended_handler_leaves_no_watcher_and_libdbus_lives_on() {
    let Some(bus) = Bus::new() else { return };
    let (events, connection) = (events(), bus.connect());
    let attached = connection.attach(&events);
    let answer = connection.list_names();
    assert_eq!(attached.revoke(), Ended::Now);
    assert!(events.is_empty());
    common::run_for(&events, 50);
    assert_eq!(answer.get(), None); // the connection stands still
    drop(attached);

    // Another handler takes over; libdbus' calls of the old one, to remove and to free, are refused.
    let _attached = connection.attach(&events);
    Runner::Itself.run_until(&events, move || answer.get() == Some(2));
}

#[test]
fn a_handler_that_was_replaced_takes_nothing_from_its_successor() {
    let Some(bus) = Bus::new() else { return };
    let (first, second, connection) = (events(), events(), bus.connect());
    let old = connection.attach(&first);
    let new = connection.attach(&second);
    assert!(first.is_empty());
    assert_eq!(old.watchers(), 0);
    drop(old);
    assert!(new.watchers() > 0);
    let answer = connection.list_names();
    Runner::Itself.run_until(&second, move || answer.get() == Some(2));
}

#[test]
fn a_filter_that_panics_stops_neither_libdbus_nor_the_loop() {
    let Some(bus) = Bus::new() else { return };
    let (events, connection, other) = (events(), bus.connect(), bus.connect());
    let seen = Rc::new(Cell::new(false));
    let into = seen.clone();
    let filter = connection.on_signal(move || {
        into.set(true);
        panic!("a message that nobody expected")
    });
    let _attached = (connection.attach(&events), other.attach(&events));
    other.signal(&connection);
    Runner::Itself.run_until(&events, move || seen.get());
    let answer = connection.list_names();
    Runner::Itself.run_until(&events, move || answer.get() == Some(2));
    drop(filter);
}

#[test]
fn a_filter_may_detach_its_connection() {
    let Some(bus) = Bus::new() else { return };
    let (events, connection, other) = (events(), bus.connect(), bus.connect());
    let slot = Rc::new(RefCell::new(None));
    let (own, seen) = (slot.clone(), Rc::new(Cell::new(false)));
    let into = seen.clone();
    let _filter = connection.on_signal(move || {
        drop(own.take());
        into.set(true);
        HANDLED
    });
    slot.replace(Some(connection.attach(&events)));
    let sends = other.attach(&events);
    other.signal(&connection);
    other.signal(&connection);
    Runner::Itself.run_until(&events, move || seen.get());
    drop(sends);
    assert!(events.is_empty());
}

#[test]
fn a_descriptor_that_is_closed_and_reused_before_libdbus_says_so_harms_nobody() {
    let Some(bus) = Bus::new() else { return };
    let (events, connection) = (events(), bus.connect());
    let attached = connection.attach(&events);
    common::run_for(&events, 10);
    let _other = common::close_behind(connection.fd());
    common::run_for(&events, 10);
    let _ = connection.list_names(); // libdbus writes into another file
    common::run_for(&events, 10);
    common::assert_runs(&events);
    drop(attached);
    assert!(events.is_empty());
}

#[test]
fn a_bus_that_goes_away_is_noticed() {
    let Some(bus) = Bus::new() else { return };
    let (events, connection) = (events(), bus.connect());
    let attached = connection.attach(&events);
    drop(bus);
    let raw = connection.0;
    // SAFETY: the connection lives until the end of the test.
    let is_gone = move || unsafe { sys::dbus_connection_get_is_connected(raw) } == 0;
    Runner::Itself.run_until(&events, is_gone);
    common::run_for(&events, 10); // no spinning, no watcher left
    assert_eq!(attached.watchers(), 0);
}

#[test]
fn another_thread_may_send_where_the_loop_has_an_inbox() {
    let Some(bus) = Bus::new() else { return };
    // SAFETY: it may be called at any time.
    assert_ne!(unsafe { sys::dbus_threads_init_default() }, 0);
    let (events, connection, other) = (events(), bus.connect(), bus.connect());
    let _inbox = events.inbox(Duration::from_secs(5)).unwrap();
    let count = Rc::new(Cell::new(0));
    let counter = count.clone();
    let _filter = connection.on_signal(move || {
        counter.set(counter.get() + 1);
        HANDLED
    });
    let _attached = (connection.attach(&events), other.attach(&events));
    struct Anywhere(Connection, Connection);
    // SAFETY: libdbus is told that it has threads; the connections are closed when the thread has ended.
    unsafe impl Send for Anywhere {}
    let connections = Anywhere(other, connection);
    let sender = std::thread::spawn(move || {
        let connections = connections;
        for _ in 0..50 {
            connections.0.signal(&connections.1);
        }
        connections
    });
    Runner::Itself.run_until(&events, move || count.get() == 50);
    drop(sender.join().unwrap());
}
