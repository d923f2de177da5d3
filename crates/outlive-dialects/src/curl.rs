//! libcurl: the multi interface with its socket and timer callbacks, on an [`outlive_loop::Loop`].
//!
//! # What to write
//!
//! ```no_run
//! use std::rc::Rc;
//!
//! use curl_sys as sys;
//! use outlive_dialects::curl::Attached;
//! use outlive_loop::Loop;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let events = Rc::new(Loop::new()?);
//! let multi = unsafe { sys::curl_multi_init() };
//! let stops = events.clone();
//! let attached = unsafe {
//!     Attached::new(events.clone(), multi, move |done| {
//!         println!("{:?}: {}", done.easy, done.result);
//!         sys::curl_multi_remove_handle(multi, done.easy); // or add it again, or another
//!         sys::curl_easy_cleanup(done.easy);
//!         stops.stop();
//!     })
//! }?;
//!
//! let easy = unsafe { sys::curl_easy_init() };
//! unsafe { sys::curl_easy_setopt(easy, sys::CURLOPT_URL, c"http://localhost/".as_ptr()) };
//! unsafe { sys::curl_multi_add_handle(multi, easy) }; // at any time, in a callback of the loop too
//! events.run()?; // or `events.run_on_tokio().await?`
//!
//! drop(attached);
//! unsafe { sys::curl_multi_cleanup(multi) };
//! # Ok(())
//! # }
//! ```
//!
//! [`Attached::new`] sets `CURLMOPT_SOCKETFUNCTION` and `CURLMOPT_TIMERFUNCTION` with their data. The loop calls
//! `curl_multi_socket_action`, and then the closure for each transfer that `curl_multi_info_read` says is done. Nobody
//! else calls `curl_multi_perform`, `curl_multi_poll` or `curl_multi_info_read`. `curl_multi_assign` is left to the program.
//!
//! # Who owns what
//!
//! The multi and easy handles are the program's. What the loop watches is the handler's, and ends with it. libcurl opens and
//! closes its sockets itself, and says so first.
//!
//! # Which thread
//!
//! The loop's, for the multi handle and its transfers. `curl_multi_wakeup` is not needed: to add a transfer from another
//! thread, [post](outlive_loop::Remote::post) to the loop.
//!
//! # At the end
//!
//! Drop the handle, then call `curl_multi_cleanup`: libcurl calls the socket callback in there if it still has one. In the
//! closure the handle may be dropped, and the multi handle cleaned up after that. In a callback of a transfer (a write function)
//! libcurl does not let go of its callbacks: the handle may be dropped there too, and what libcurl asks for later is refused,
//! which fails its transfers.

use core::ffi::{c_int, c_long, c_void};
use core::fmt;
use core::mem::ManuallyDrop;
use core::ptr;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use curl_sys::{CURL, CURLM, CURLMcode, CURLMoption, CURLcode, curl_socket_t};
use outlive::{Ended, Held, Local, Token, callbacks};
use outlive_loop::{Interest, Loop, Ready, WatcherSet};

use crate::error::AttachError;
use crate::watches::Watches;

// As `multi.h` has them; to `curl-sys` these are functions that Rust may call without `unsafe`.
type SocketFunction = unsafe extern "C" fn(
    easy: *mut CURL,
    socket: curl_socket_t,
    what: c_int,
    user: *mut c_void,
    of_socket: *mut c_void,
) -> c_int;
type TimerFunction =
    unsafe extern "C" fn(multi: *mut CURLM, milliseconds: c_long, user: *mut c_void) -> c_int;

/// A transfer that is done.
#[derive(Clone, Copy, Debug)]
pub struct Done {
    /// Its handle, which is still added to the multi handle.
    pub easy: *mut CURL,
    /// What came of it; `CURLE_OK` is 0.
    pub result: CURLcode,
}

/// A multi handle whose sockets and timer a loop serves. Dropped, it detaches the handle.
pub struct Attached {
    /// Taken by `drop`.
    handler: ManuallyDrop<Held<Handler, Local>>,
    driver: Rc<Driver>,
}

impl Attached {
    /// Has `events` drive the transfers of `multi`, and calls `done` for each that is done, outside of libcurl.
    ///
    /// A panic of `done` comes out of the loop's `run`, which may be called again.
    ///
    /// # Errors
    ///
    /// There is no slot for the handler, or libcurl does not take it.
    ///
    /// # Safety
    ///
    /// `multi` is valid until the `Attached` is dropped, is used on this thread only, is attached once at a time, and nothing
    /// has been transferred with it yet.
    #[track_caller]
    pub unsafe fn new(
        events: Rc<Loop>,
        multi: *mut CURLM,
        done: impl FnMut(Done) + 'static,
    ) -> Result<Self, AttachError> {
        let done = RefCell::new(Box::new(done) as Box<dyn FnMut(Done)>);
        let driver = Rc::new(Driver { multi, done, is_attached: Cell::new(true) });
        let handler = ManuallyDrop::new(Held::local(Handler::new(events, &driver))?);
        let attached = Attached { handler, driver };
        attached.give()?;
        Ok(attached)
    }

    fn give(&self) -> Result<(), AttachError> {
        let (functions, data) = (self.handler.functions(), self.handler.user_data());
        let socket = functions.socket as *const c_void;
        let timer = functions.timer as *const c_void;
        match self.set(socket, timer, data) {
            curl_sys::CURLM_OK => Ok(()),
            error => Err(AttachError::Refused(error)),
        }
    }

    /// The data first, for where there is a function it finds its data.
    fn set(&self, socket: *const c_void, timer: *const c_void, data: *mut c_void) -> CURLMcode {
        let options: [(CURLMoption, *const c_void); 4] = [
            (curl_sys::CURLMOPT_SOCKETDATA, data),
            (curl_sys::CURLMOPT_SOCKETFUNCTION, socket),
            (curl_sys::CURLMOPT_TIMERDATA, data),
            (curl_sys::CURLMOPT_TIMERFUNCTION, timer),
        ];
        let set = options.into_iter().map(|(option, value)| {
            // SAFETY: MULTI; each option takes a pointer, to a function of its type or what goes with that.
            unsafe { curl_sys::curl_multi_setopt(self.driver.multi, option, value) }
        });
        set.into_iter().find(|set| *set != curl_sys::CURLM_OK).unwrap_or(curl_sys::CURLM_OK)
    }

    /// How many sockets the loop watches for libcurl.
    pub fn sockets(&self) -> usize {
        self.handler.with(|handler| handler.sockets.len()).unwrap_or(0)
    }

    /// Ends the handler without a word to libcurl, which keeps its functions: the watchers are removed at once, and what
    /// libcurl asks for from now on is refused, which fails its transfers.
    ///
    /// To be done with a multi handle, drop this instead.
    #[track_caller]
    pub fn revoke(&self) -> Ended {
        self.handler.revoke()
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let set = self.set(ptr::null(), ptr::null(), ptr::null_mut());
        self.driver.is_attached.set(false);
        // SAFETY: nothing uses the field after this.
        let handler = unsafe { ManuallyDrop::take(&mut self.handler) };
        // In one of its callbacks libcurl sets nothing: it goes on calling, and is refused.
        if set == curl_sys::CURLM_OK {
            // SAFETY: libcurl has neither the functions nor the data any more, and is in no call of them: they call nothing
            // that could drop this.
            let _ = unsafe { handler.release() };
        }
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attached").field("sockets", &self.sockets()).finish_non_exhaustive()
    }
}

/// What libcurl asks for.
struct Handler {
    sockets: Watches<curl_socket_t>,
    timers: WatcherSet,
    timer: Token,
    driver: Rc<Driver>,
}

impl Handler {
    fn new(events: Rc<Loop>, driver: &Rc<Driver>) -> Self {
        let timers = WatcherSet::new(Rc::clone(&events));
        let expires = Rc::clone(driver);
        let timer = timers.timer(Duration::MAX, false, move |_, _| {
            expires.act(curl_sys::CURL_SOCKET_TIMEOUT, 0);
        });
        Handler { sockets: Watches::new(events), timers, timer, driver: Rc::clone(driver) }
    }

    fn watch(&self, socket: curl_socket_t, interest: Interest) -> c_int {
        let driver = Rc::clone(&self.driver);
        let watched = self.sockets.want(socket, socket, interest, move |_, event| {
            let mut ready = 0;
            ready |= if event.ready.contains(Ready::READ) { curl_sys::CURL_CSELECT_IN } else { 0 };
            ready |=
                if event.ready.contains(Ready::WRITE) { curl_sys::CURL_CSELECT_OUT } else { 0 };
            driver.act(socket, ready);
        });
        if watched.is_ok() { 0 } else { -1 }
    }
}

#[callbacks(state = arg)]
impl Handler {
    /// Called by libcurl on the thread that uses the multi handle, from inside its own functions, when a socket is to be
    /// watched, or not any more, before it is closed. -1 fails all transfers.
    #[callback(type = SocketFunction, user_data = 3, fallback = -1)]
    fn socket(
        &self,
        _easy: *mut CURL,
        socket: curl_socket_t,
        what: c_int,
        _of_socket: *mut c_void,
    ) -> c_int {
        match what {
            curl_sys::CURL_POLL_IN => self.watch(socket, Interest::READ),
            curl_sys::CURL_POLL_OUT => self.watch(socket, Interest::WRITE),
            curl_sys::CURL_POLL_INOUT => self.watch(socket, Interest::READ | Interest::WRITE),
            curl_sys::CURL_POLL_NONE => self.watch(socket, Interest::empty()),
            _ => {
                self.sockets.forget(socket);
                0
            }
        }
    }

    /// Called by libcurl as [`socket`](Handler::socket) is, when it is to be called after a time; -1: not any more. It may
    /// not be called back from in here, not for a time of zero either.
    #[callback(type = TimerFunction, fallback = -1)]
    fn timer(&self, _multi: *mut CURLM, milliseconds: c_long) -> c_int {
        let after = u64::try_from(milliseconds).ok().map(Duration::from_millis);
        self.timers.event_loop().set_timeout(self.timer, after);
        0
    }
}

/// What calls libcurl.
struct Driver {
    /// MULTI: valid while `is_attached`, says who attached it; the handler's watchers are the only ones that use it.
    multi: *mut CURLM,
    done: RefCell<Box<dyn FnMut(Done)>>,
    is_attached: Cell<bool>,
}

impl Driver {
    /// Has libcurl do what can be done, and then tells of the transfers that are done.
    fn act(&self, socket: curl_socket_t, ready: c_int) {
        let mut running = 0;
        // SAFETY: MULTI: this is called by a watcher, and they end with the `Attached`.
        let acted = unsafe {
            curl_sys::curl_multi_socket_action(self.multi, socket, ready, &raw mut running)
        };
        if acted != curl_sys::CURLM_OK && self.is_attached.get() {
            // One of its callbacks has failed, for which all transfers have to end: this ends them.
            // SAFETY: MULTI.
            unsafe { curl_sys::curl_multi_perform(self.multi, &raw mut running) };
        }
        while let Some(done) = self.next_done() {
            (self.done.borrow_mut())(done);
        }
    }

    fn next_done(&self) -> Option<Done> {
        let mut left = 0;
        while self.is_attached.get() {
            // SAFETY: MULTI.
            let message = unsafe { curl_sys::curl_multi_info_read(self.multi, &raw mut left) };
            if message.is_null() {
                break;
            }
            // SAFETY: libcurl lends it until the next call of its functions.
            let message = unsafe { &*message };
            if message.msg == curl_sys::CURLMSG_DONE {
                // A union in C: the code is where its pointer begins.
                let result = message.data.addr() as CURLcode;
                return Some(Done { easy: message.easy_handle, result });
            }
        }
        None
    }
}
