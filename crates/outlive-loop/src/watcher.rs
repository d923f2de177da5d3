//! One thing that the loop waits for, and whom it calls. The loop's type is a parameter, for it stands above.

use core::ffi::{c_int, c_short, c_void};

use outlive::Token;

use crate::descriptor::{self, Descriptor};
use crate::flags::{Interest, Ready};
use crate::links::Links;
use crate::slab::Key;

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
    /// C-WATCHER: the caller of `Loop::add_c` or `Loop::timer_c`, or of those of a `WatcherSet`, has promised that
    /// this pair may be called on the loop's thread until the watcher is removed, or the loop or the set is dropped.
    C(CFunction, *mut c_void),
}

impl<L> Callback<L> {
    /// Takes it for a call. A pair of C's is copied, so that only Rust's is put back.
    pub(crate) fn take(kept: &mut Option<Self>) -> Option<Self> {
        match kept {
            Some(Callback::C(function, arg)) => Some(Callback::C(*function, *arg)),
            _ => kept.take(),
        }
    }

    pub(crate) fn call(&mut self, on: &L, event: Event) {
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watched {
    pub(crate) fd: Descriptor,
    pub(crate) registration: Key,
    /// Empty while the watcher is disabled.
    pub(crate) directions: Interest,
}

/// What is known of a watcher, but for its callback and its times.
#[derive(Debug)]
pub(crate) struct Watcher {
    pub(crate) token: Token,
    pub(crate) watched: Option<Watched>,
    pub(crate) persist: bool,
    /// It is in the list of its registration, if that is still there.
    pub(crate) armed: bool,
    /// The set that it belongs to.
    pub(crate) set: Option<Key>,
    /// Its neighbours in the lists that it is in, by their kind.
    pub(crate) links: [Links; 2],
}

impl Watcher {
    pub(crate) fn new(watched: Option<Watched>, persist: bool, set: Option<Key>) -> Self {
        let (token, links) = (Token::from_ptr(core::ptr::null()), Default::default());
        Watcher { token, watched, persist, armed: false, set, links }
    }

    /// What it asks the system for.
    pub(crate) fn directions(&self) -> Interest {
        self.watched.map_or(Interest::empty(), |watched| watched.directions)
    }
}
