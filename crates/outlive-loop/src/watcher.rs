//! One thing that the loop waits for, and whom it calls. The loop's type is a parameter, for it stands above.

use core::cell::{Cell, RefCell};
use core::ffi::{c_int, c_short, c_void};
use core::ptr;
use std::time::{Duration, Instant};

use outlive::Token;

use crate::descriptor::{self, Descriptor};
use crate::flags::{Interest, Ready};

/// A C watcher: libvde's `event_cb`, libevent's `event_callback_fn`.
///
/// `fd` is the watched descriptor, or -1 for a timer; `events` are the bits of [`Ready`]. On Windows a socket is more than
/// an `int`, but the system uses no more of it.
pub type CFunction = unsafe extern "C" fn(fd: c_int, events: c_short, arg: *mut c_void);

/// What a callback is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The watcher that is being called.
    pub token: Token,
    /// The descriptor it watches, or `None` for a timer.
    pub fd: Option<Descriptor>,
    /// What it is called for; never empty.
    pub ready: Ready,
}

type Function<L> = dyn FnMut(&L, Event);

/// Whom a watcher calls.
pub(crate) enum Callback<L> {
    Rust(Box<Function<L>>),
    /// C-WATCHER: the caller of `Loop::add_c` or `Loop::timer_c` has promised that
    /// this pair may be called on the loop's thread until the watcher is removed or the loop is dropped.
    C(CFunction, *mut c_void),
}

impl<L> Callback<L> {
    fn call(&mut self, on: &L, event: Event) {
        match self {
            Callback::Rust(function) => function(on, event),
            Callback::C(function, arg) => {
                // SAFETY: C-WATCHER; the loop is on its own thread, for it is not `Send`, and it
                // calls no watcher that has been removed.
                unsafe { function(descriptor::to_c(event.fd), event.ready.bits(), *arg) }
            }
        }
    }
}

/// The descriptor of a watcher, with the registration it came in by.
#[derive(Clone, Copy)]
pub(crate) struct Watched {
    pub(crate) fd: Descriptor,
    pub(crate) registration: u64,
    pub(crate) interest: Interest,
}

/// One watcher. It is kept by its token; registrations and timers share it while it is armed.
pub(crate) struct Watcher<L> {
    token: Cell<Token>,
    pub(crate) watched: Option<Watched>,
    pub(crate) persist: bool,
    pub(crate) timeout: Option<Duration>,
    /// When its time is up.
    pub(crate) deadline: Cell<Option<Instant>>,
    /// Under which instant the timer queue keeps it: `deadline`, or an earlier one.
    pub(crate) queued: Cell<Option<Instant>>,
    callback: RefCell<Callback<L>>,
}

impl<L> Watcher<L> {
    pub(crate) fn new(
        watched: Option<Watched>,
        persist: bool,
        timeout: Option<Duration>,
        callback: Callback<L>,
    ) -> Self {
        Watcher {
            token: Cell::new(Token::from_ptr(ptr::null())),
            watched,
            persist,
            timeout,
            deadline: Cell::new(None),
            queued: Cell::new(None),
            callback: RefCell::new(callback),
        }
    }

    pub(crate) fn token(&self) -> Token {
        self.token.get()
    }

    pub(crate) fn set_token(&self, token: Token) {
        self.token.set(token);
    }

    /// What it asks the system for.
    pub(crate) fn interest(&self) -> Interest {
        self.watched.map_or(Interest::empty(), |watched| watched.interest.directions())
    }

    /// Calls it. The loop holds no borrow of its own here: the callback may do what it likes.
    ///
    /// A loop does not run inside itself, so that no callback is ever entered twice.
    pub(crate) fn call(&self, on: &L, ready: Ready) {
        let event = Event { token: self.token(), fd: self.watched.map(|w| w.fd), ready };
        self.callback.borrow_mut().call(on, event);
    }
}
