//! libdbus: watches, timeouts, and dispatching on an [`outlive_loop::Loop`].
//!
//! # What to write
//!
//! ```no_run
//! use std::ptr;
//! use std::rc::Rc;
//!
//! use libdbus_sys as sys;
//! use outlive_dialects::dbus::Attached;
//! use outlive_loop::Loop;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let events = Rc::new(Loop::new()?);
//! // Any connection will do: one of `dbus_bus_get`, or one of a server of yours.
//! let connection = unsafe { sys::dbus_bus_get_private(sys::DBusBusType::Session, ptr::null_mut()) };
//! assert!(!connection.is_null());
//! let attached = unsafe { Attached::new(events.clone(), connection) }?;
//!
//! // ... add filters and object paths, send messages ...
//! events.run()?; // or `events.run_on_tokio().await?`
//!
//! drop(attached);
//! unsafe { sys::dbus_connection_close(connection) }; // of a private connection
//! unsafe { sys::dbus_connection_unref(connection) };
//! # Ok(())
//! # }
//! ```
//!
//! [`Attached::new`] sets the connection's watch functions, timeout functions, dispatch status function and wakeup function.
//! Replies, filters and object paths are called as the loop runs; nobody calls `dbus_connection_dispatch`. A program whose
//! declarations of libdbus are not those of `libdbus-sys` casts its pointer.
//!
//! # Who owns what
//!
//! The `DBusWatch` and `DBusTimeout` objects are libdbus'; their watchers in the loop are the handler's, and end with it. The
//! handle has a reference to the connection, so that it may be dropped before or after yours. A connection of `dbus_bus_get`
//! ends the process when the bus goes away, unless `dbus_connection_set_exit_on_disconnect` says otherwise.
//!
//! # Which thread
//!
//! The loop's. libdbus calls the handlers on whatever thread uses the connection: on another one they are refused, and libdbus
//! is told that there is no memory, or a watch is not heard in time. Where other threads send, have the loop serve them, by
//! [`Loop::inbox`], and keep none of your locks during a send that a filter waits for: the send waits for the loop.
//!
//! # At the end
//!
//! Drop the handle: libdbus gives its watches and timeouts back, and forgets the handlers. It may be dropped in a filter, too.
//! A handle that is [revoked](Attached::revoke) has removed its watchers at once; what libdbus asks of it later, such as to
//! remove a watch, is refused, and is harmless. One whose connection was attached to another loop takes nothing from that.

use core::ffi::{c_uint, c_void};
use core::fmt;
use core::ptr;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use libdbus_sys::{DBusConnection, DBusDispatchStatus, DBusTimeout, DBusWatch};
use outlive::{Callback, Ended, Held, Local, Token, callbacks, revoke_all};
use outlive_loop::{Interest, Loop, Ready, WatcherSet};

use crate::error::AttachError;
use crate::watches::Watches;

/// `DBUS_WATCH_READABLE` and `DBUS_WATCH_WRITABLE` of `dbus-connection.h`.
const READABLE: c_uint = 1;
const WRITABLE: c_uint = 2;

/// How many messages are dispatched before the loop goes on with other watchers.
const BATCH: usize = 16;

/// When libdbus is asked again after it had no memory.
const AGAIN: Duration = Duration::from_millis(100);

/// libdbus' `dbus_bool_t`.
type Bool = u32;
const FALSE: Bool = 0;
const TRUE: Bool = 1;

/// A connection whose watches, timeouts and messages a loop serves. Dropped, it detaches the connection.
pub struct Attached {
    connection: Connection,
    watches: Held<WatchFunctions, Local>,
    timeouts: Held<TimeoutFunctions, Local>,
    dispatch: Held<DispatchFunction, Local>,
    wakeup: Callback<c::Wakeup>,
}

impl Attached {
    /// Has `events` watch the descriptors and timeouts of `connection`, and dispatch its messages.
    ///
    /// It replaces the functions that the connection had before, so that a connection is attached to one loop at a time.
    ///
    /// # Errors
    ///
    /// There is no slot for a handler, or libdbus has no memory, or the connection's descriptor cannot be watched. The
    /// connection may have no functions then, where it had others before.
    ///
    /// # Safety
    ///
    /// `connection` is valid; a reference to it is taken here. It is used on this thread alone; or, where the loop has an
    /// [inbox](Loop::inbox), also on others, after `dbus_threads_init_default`.
    #[track_caller]
    pub unsafe fn new(
        events: Rc<Loop>,
        connection: *mut DBusConnection,
    ) -> Result<Self, AttachError> {
        let remote = events.remote();
        // SAFETY: the caller's promise.
        let connection = unsafe { Connection::of(connection) };
        let watches = WatchFunctions::new(Rc::clone(&events), connection.0);
        let attached = Attached {
            watches: Held::local(watches)?,
            timeouts: Held::local(TimeoutFunctions::new(Rc::clone(&events), connection.0))?,
            dispatch: Held::local(DispatchFunction::new(events, connection.0))?,
            wakeup: Callback::new(move || remote.wake())?,
            connection,
        };
        attached.give()?;
        Ok(attached)
    }

    /// Hands all functions to libdbus, which calls for each watch and timeout that the connection has already.
    fn give(&self) -> Result<(), AttachError> {
        let connection = self.connection.0;
        let (watch, timeout) = (self.watches.functions(), self.timeouts.functions());
        let (data, free) = (self.watches.user_data(), Some(self.watches.destroy_notify()));
        // SAFETY: CONNECTION; libdbus keeps the functions and the data until it calls `free` with the data.
        let given = unsafe {
            c::dbus_connection_set_watch_functions(
                connection,
                watch.add,
                watch.remove,
                watch.toggled,
                data,
                free,
            )
        };
        let (data, free) = (self.timeouts.user_data(), Some(self.timeouts.destroy_notify()));
        // SAFETY: as for the watches.
        let given = given != FALSE
            && FALSE
                != unsafe {
                    c::dbus_connection_set_timeout_functions(
                        connection,
                        timeout.add,
                        timeout.remove,
                        timeout.toggled,
                        data,
                        free,
                    )
                };
        if !given {
            return Err(AttachError::Refused(0));
        }
        let (status, data) = (self.dispatch.functions().status, self.dispatch.user_data());
        let free = Some(self.dispatch.destroy_notify());
        // SAFETY: as for the watches.
        unsafe { c::dbus_connection_set_dispatch_status_function(connection, status, data, free) };
        let (wakeup, data) = (self.wakeup.function(), self.wakeup.user_data());
        let free = Some(self.wakeup.destroy_notify());
        // SAFETY: as for the watches.
        unsafe { c::dbus_connection_set_wakeup_main_function(connection, wakeup, data, free) };
        // SAFETY: CONNECTION.
        let status = unsafe { libdbus_sys::dbus_connection_get_dispatch_status(connection) };
        let _ = self.dispatch.with(|dispatch| dispatch.note(status));
        Ok(())
    }

    /// How many watches and timeouts the loop has of this connection.
    pub fn watchers(&self) -> usize {
        let watches = self.watches.with(|functions| functions.watches.len()).unwrap_or(0);
        watches + self.timeouts.with(|functions| functions.tokens.borrow().len()).unwrap_or(0)
    }

    /// Ends the handlers without a word to libdbus, which keeps the functions: its watchers are removed, and what it asks
    /// for from now on is refused and reported. The connection stands still until other functions are set.
    ///
    /// To be done with a connection, drop this instead.
    #[track_caller]
    pub fn revoke(&self) -> Ended {
        revoke_all(&[&self.watches, &self.timeouts, &self.dispatch, &self.wakeup])
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let connection = self.connection.0;
        // Where a table has ended, libdbus may have the functions of somebody else by now: they stay.
        if self.watches.with(|_| ()).is_ok() {
            // SAFETY: CONNECTION; libdbus removes the watches and calls the destroy notify.
            let _ = unsafe {
                c::dbus_connection_set_watch_functions(
                    connection,
                    None,
                    None,
                    None,
                    ptr::null_mut(),
                    None,
                )
            };
        }
        if self.timeouts.with(|_| ()).is_ok() {
            // SAFETY: as for the watches.
            let _ = unsafe {
                c::dbus_connection_set_timeout_functions(
                    connection,
                    None,
                    None,
                    None,
                    ptr::null_mut(),
                    None,
                )
            };
        }
        if self.dispatch.with(|_| ()).is_ok() {
            // SAFETY: as for the watches.
            unsafe {
                c::dbus_connection_set_dispatch_status_function(
                    connection,
                    None,
                    ptr::null_mut(),
                    None,
                )
            };
            // SAFETY: as for the watches; who replaces the one function replaces the other.
            unsafe {
                c::dbus_connection_set_wakeup_main_function(connection, None, ptr::null_mut(), None)
            };
        }
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attached").field("watchers", &self.watchers()).finish_non_exhaustive()
    }
}

/// The watches of a connection.
///
/// WATCH: a `DBusWatch` is valid from the call that adds it until the one that removes it has returned
/// (`dbus_connection_set_watch_functions`); its watcher is removed in that call, or before with the set.
struct WatchFunctions {
    watches: Watches<*mut DBusWatch>,
    connection: *mut DBusConnection,
}

impl WatchFunctions {
    fn new(events: Rc<Loop>, connection: *mut DBusConnection) -> Self {
        WatchFunctions { watches: Watches::new(events), connection }
    }

    fn follow(&self, watch: *mut DBusWatch) -> Bool {
        // SAFETY: WATCH.
        let fd = unsafe { libdbus_sys::dbus_watch_get_unix_fd(watch) };
        // SAFETY: WATCH.
        let is_enabled = unsafe { libdbus_sys::dbus_watch_get_enabled(watch) } != FALSE;
        // SAFETY: WATCH.
        let flags = unsafe { libdbus_sys::dbus_watch_get_flags(watch) };
        let mut interest = Interest::empty();
        interest.set(Interest::READ, is_enabled && flags & READABLE != 0);
        interest.set(Interest::WRITE, is_enabled && flags & WRITABLE != 0);
        let connection = self.connection;
        let wanted = self.watches.want(watch, fd, interest, move |_, event| {
            // SAFETY: CONNECTION: this watcher ends with the handle that has the reference.
            let _connection = unsafe { Connection::of(connection) };
            let mut flags = 0;
            flags |= if event.ready.contains(Ready::READ) { READABLE } else { 0 };
            flags |= if event.ready.contains(Ready::WRITE) { WRITABLE } else { 0 };
            // SAFETY: WATCH. Without memory it does nothing, and is called again, for the descriptor stays ready.
            let _ = unsafe { libdbus_sys::dbus_watch_handle(watch, flags) };
        });
        if wanted.is_ok() { TRUE } else { FALSE }
    }
}

#[callbacks(state = arg, deliver = true)]
impl WatchFunctions {
    /// Called by libdbus when it has a descriptor to watch, on whatever thread uses the connection. FALSE says that this
    /// cannot be done. The watch stays libdbus'.
    #[callback(type = c::WithWatch<Bool>, fallback = FALSE)]
    fn add(&self, watch: *mut DBusWatch) -> Bool {
        self.follow(watch)
    }

    /// Called by libdbus before the watch is freed and its descriptor closed.
    #[callback(type = c::WithWatch<()>)]
    fn remove(&self, watch: *mut DBusWatch) {
        self.watches.forget(watch);
    }

    /// Called by libdbus when the watch is to be heard, or not to be heard any more. It has no way to fail.
    #[callback(type = c::WithWatch<()>)]
    fn toggled(&self, watch: *mut DBusWatch) {
        self.follow(watch);
    }
}

/// The timeouts of a connection.
///
/// TIMEOUT: a `DBusTimeout` is valid as a `DBusWatch` is (`dbus_connection_set_timeout_functions`), and its timer is
/// removed likewise.
struct TimeoutFunctions {
    set: WatcherSet,
    tokens: RefCell<HashMap<*mut DBusTimeout, Token>>,
    connection: *mut DBusConnection,
}

impl TimeoutFunctions {
    fn new(events: Rc<Loop>, connection: *mut DBusConnection) -> Self {
        TimeoutFunctions { set: WatcherSet::new(events), tokens: RefCell::default(), connection }
    }

    fn follow(&self, timeout: *mut DBusTimeout, token: Token) {
        // SAFETY: TIMEOUT.
        let interval = unsafe { libdbus_sys::dbus_timeout_get_interval(timeout) };
        // SAFETY: TIMEOUT.
        let is_enabled = unsafe { libdbus_sys::dbus_timeout_get_enabled(timeout) } != FALSE;
        let interval = Duration::from_millis(interval.try_into().unwrap_or(0));
        self.set.event_loop().set_timeout(token, is_enabled.then_some(interval));
    }
}

#[callbacks(state = arg, deliver = true)]
impl TimeoutFunctions {
    /// Called by libdbus when it waits for something, such as a reply, on whatever thread uses the connection. The timeout
    /// stays libdbus'.
    #[callback(type = c::WithTimeout<Bool>, fallback = FALSE)]
    fn add(&self, timeout: *mut DBusTimeout) -> Bool {
        let connection = self.connection;
        let token = self.set.timer(Duration::MAX, true, move |_, _| {
            // SAFETY: CONNECTION: this timer ends with the handle that has the reference.
            let _connection = unsafe { Connection::of(connection) };
            // SAFETY: TIMEOUT. Without memory it does nothing, and is called again after the same time.
            let _ = unsafe { libdbus_sys::dbus_timeout_handle(timeout) };
        });
        self.tokens.borrow_mut().insert(timeout, token);
        self.follow(timeout, token);
        TRUE
    }

    /// Called by libdbus before the timeout is freed.
    #[callback(type = c::WithTimeout<()>)]
    fn remove(&self, timeout: *mut DBusTimeout) {
        let known = self.tokens.borrow_mut().remove(&timeout);
        if let Some(token) = known {
            self.set.remove(token);
        }
    }

    /// Called by libdbus when the timeout is enabled or disabled, and when its interval has changed.
    #[callback(type = c::WithTimeout<()>)]
    fn toggled(&self, timeout: *mut DBusTimeout) {
        let known = self.tokens.borrow().get(&timeout).copied();
        if let Some(token) = known {
            self.follow(timeout, token);
        }
    }
}

/// What dispatches the messages of a connection, for that must not be done where libdbus says that there are some.
struct DispatchFunction {
    set: WatcherSet,
    timer: Token,
}

impl DispatchFunction {
    fn new(events: Rc<Loop>, connection: *mut DBusConnection) -> Self {
        let set = WatcherSet::new(events);
        let timer = set.timer(Duration::MAX, false, move |events, event| {
            // SAFETY: CONNECTION: the set, and with it this timer, ends with the handle that has the reference.
            let connection = unsafe { Connection::of(connection) };
            dispatch(&connection, events, event.token);
        });
        DispatchFunction { set, timer }
    }

    fn note(&self, status: DBusDispatchStatus) {
        arm(self.set.event_loop(), self.timer, status);
    }
}

#[callbacks(state = arg, deliver = true)]
impl DispatchFunction {
    /// Called by libdbus when there are messages, and when there are none any more, on whatever thread uses the connection,
    /// from inside its own functions: messages may not be dispatched here.
    #[callback(type = c::Status)]
    fn status(&self, _connection: *mut DBusConnection, status: DBusDispatchStatus) {
        self.note(status);
    }
}

/// Dispatches some messages. Each may lead to code of the program's, which may detach the connection.
fn dispatch(connection: &Connection, events: &Loop, timer: Token) {
    let mut status = DBusDispatchStatus::DataRemains;
    for _ in 0..BATCH {
        // SAFETY: CONNECTION.
        status = unsafe { libdbus_sys::dbus_connection_dispatch(connection.0) };
        if !events.contains(timer) {
            return;
        }
        if status != DBusDispatchStatus::DataRemains {
            break;
        }
    }
    arm(events, timer, status);
}

/// Has what is left dispatched, if anything is.
fn arm(events: &Loop, timer: Token, status: DBusDispatchStatus) {
    let after = match status {
        DBusDispatchStatus::DataRemains => Some(Duration::ZERO),
        DBusDispatchStatus::NeedMemory => Some(AGAIN),
        DBusDispatchStatus::Complete => None,
    };
    events.set_timeout(timer, after);
}

/// A reference to a connection.
///
/// CONNECTION: the connection is valid while this lives. It is referred to while libdbus works for a watcher, too, for code
/// of the program's that runs meanwhile may drop the handle.
struct Connection(*mut DBusConnection);

impl Connection {
    /// # Safety
    ///
    /// The connection is valid.
    unsafe fn of(connection: *mut DBusConnection) -> Self {
        // SAFETY: the caller's promise.
        Connection(unsafe { c::dbus_connection_ref(connection) })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: CONNECTION: the reference is this one's, and is given back once.
        unsafe { libdbus_sys::dbus_connection_unref(self.0) };
    }
}

/// Functions of libdbus that take callbacks, as its header has them: to `libdbus-sys` these are functions that Rust may
/// call without `unsafe`.
mod c {
    use super::{Bool, DBusConnection, DBusDispatchStatus, DBusTimeout, DBusWatch, c_void};

    pub(super) type WithWatch<R> =
        Option<unsafe extern "C" fn(watch: *mut DBusWatch, data: *mut c_void) -> R>;
    pub(super) type WithTimeout<R> =
        Option<unsafe extern "C" fn(timeout: *mut DBusTimeout, data: *mut c_void) -> R>;
    pub(super) type Status = Option<
        unsafe extern "C" fn(
            connection: *mut DBusConnection,
            status: DBusDispatchStatus,
            data: *mut c_void,
        ),
    >;
    /// `libdbus-sys` gives it the connection, too, which the header does not.
    pub(super) type Wakeup = Option<unsafe extern "C" fn(data: *mut c_void)>;
    type Free = Option<unsafe extern "C" fn(data: *mut c_void)>;

    unsafe extern "C" {
        pub(super) fn dbus_connection_ref(connection: *mut DBusConnection) -> *mut DBusConnection;

        pub(super) fn dbus_connection_set_watch_functions(
            connection: *mut DBusConnection,
            add: WithWatch<Bool>,
            remove: WithWatch<()>,
            toggled: WithWatch<()>,
            data: *mut c_void,
            free: Free,
        ) -> Bool;

        pub(super) fn dbus_connection_set_timeout_functions(
            connection: *mut DBusConnection,
            add: WithTimeout<Bool>,
            remove: WithTimeout<()>,
            toggled: WithTimeout<()>,
            data: *mut c_void,
            free: Free,
        ) -> Bool;

        pub(super) fn dbus_connection_set_dispatch_status_function(
            connection: *mut DBusConnection,
            status: Status,
            data: *mut c_void,
            free: Free,
        );

        pub(super) fn dbus_connection_set_wakeup_main_function(
            connection: *mut DBusConnection,
            wakeup: Wakeup,
            data: *mut c_void,
            free: Free,
        );
    }
}
