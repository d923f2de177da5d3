//! Who uses a multi of libcurl's: one thread at a time, and not from inside.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use curl_sys as sys;
use outlive::{Callback, Exclusive};

use crate::callbacks::OnCloseSocket;
use crate::easy::Easy;
use crate::error::Error;
use crate::slot::Slot;

/// libcurl's handle of many transfers, and what belongs to it.
///
/// USER: only the thread that is the user calls functions of libcurl's with it, or with handles of its transfers. Who stops
/// using it cleans up what has been dropped meanwhile, wherever that was.
pub(crate) struct Shared {
    raw: *mut sys::CURLM,
    state: Mutex<State>,
    /// Notified when nobody uses it any more.
    is_free: Condvar,
}

// SAFETY: USER, and a handle may be used by one thread after the other.
unsafe impl Send for Shared {}
// SAFETY: USER: all else is under the lock.
unsafe impl Sync for Shared {}

#[derive(Default)]
pub(crate) struct State {
    user: Option<ThreadId>,
    /// By the addresses of their handles.
    pub(crate) transfers: HashMap<usize, Entry>,
    /// What is to be removed from libcurl's list and dropped.
    doomed: Vec<Easy>,
    /// The owner has been dropped, and so are all transfers.
    is_closing: bool,
    /// libcurl's handle is about to be cleaned up, or has been.
    is_closed: bool,
    /// What connections have, until they are closed: with libcurl's handle at the latest.
    kept: Vec<Arc<Slot<OnCloseSocket>>>,
    pub(crate) on_socket: Option<Callback<sys::curl_socket_callback, Exclusive>>,
    pub(crate) on_timer: Option<Callback<sys::curl_multi_timer_callback, Exclusive>>,
}

/// A transfer that libcurl's list has.
pub(crate) struct Entry {
    pub(crate) easy: Easy,
    /// The status of the last response, when it is done.
    pub(crate) result: Option<Result<u32, Error>>,
}

/// The calling thread is the user until this is dropped.
pub(crate) struct User<'shared>(&'shared Shared);

impl Shared {
    pub(crate) fn new() -> Result<Shared, Error> {
        crate::easy::initialise();
        // SAFETY: libcurl is initialised.
        let raw = unsafe { sys::curl_multi_init() };
        if raw.is_null() {
            return Err(Error::Multi(sys::CURLM_OUT_OF_MEMORY));
        }
        Ok(Shared { raw, state: Mutex::default(), is_free: Condvar::new() })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the calling thread the user, as soon as no other thread is.
    ///
    /// # Errors
    ///
    /// [`Error::Inside`] where it is the user already, and inside of a callback, [`Error::Closed`] where the owner is gone.
    pub(crate) fn enter(&self) -> Result<User<'_>, Error> {
        let me = thread::current().id();
        let mut state = self.state();
        loop {
            match state.user {
                _ if state.is_closing => return Err(Error::Closed),
                None => break,
                Some(user) if user == me => return Err(Error::Inside),
                Some(_) => {}
            }
            state = self.is_free.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.user = Some(me);
        Ok(User(self))
    }

    /// Drops a transfer: at once where nobody uses the multi, else its callbacks end now, and the user drops the rest.
    pub(crate) fn doom(&self, key: usize) {
        let mut state = self.state();
        let Some(entry) = state.transfers.remove(&key) else { return };
        let callbacks = state.doom(entry);
        drop(state);
        drop(callbacks);
        self.clean_up();
    }

    /// Drops all transfers and libcurl's handle, as [`doom`](Shared::doom) does with one.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.is_closing = true;
        let entries = mem::take(&mut state.transfers);
        let callbacks: Vec<_> = entries.into_values().map(|entry| state.doom(entry)).collect();
        drop(state);
        drop(callbacks);
        self.clean_up();
    }

    /// Has the doomed dropped, by the user if there is one.
    fn clean_up(&self) {
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        if state.user.is_none() {
            state.user = Some(thread::current().id());
            drop(state);
            drop(User(self));
            return;
        }
        // SAFETY: any thread may call it while the handle is there, as it is under the lock: it is not closed.
        let _ = unsafe { sys::curl_multi_wakeup(self.raw) };
    }
}

impl State {
    /// Keeps what connections of this transfer have.
    pub(crate) fn keep(&mut self, easy: &Easy) {
        for slot in easy.close_socket() {
            if !self.kept.iter().any(|kept| Arc::ptr_eq(kept, slot)) {
                self.kept.push(Arc::clone(slot));
            }
        }
    }

    /// Has the user drop a transfer. Its callbacks end with the result, which is not to be dropped under the lock: it runs
    /// what the closures have for destructors.
    fn doom(&mut self, mut entry: Entry) -> impl Sized + use<> {
        let callbacks = entry.easy.take_group();
        self.doomed.push(entry.easy);
        callbacks
    }
}

impl User<'_> {
    pub(crate) fn as_ptr(&self) -> *mut sys::CURLM {
        self.0.raw
    }

    /// Drops what is doomed. Nothing is under the lock while libcurl runs, or a destructor.
    fn drop_doomed(&self, doomed: Vec<Easy>) {
        for easy in doomed {
            // SAFETY: USER: no function of libcurl's is running, and the list has it.
            let _ = unsafe { sys::curl_multi_remove_handle(self.0.raw, easy.as_ptr()) };
            drop(easy);
        }
    }

    /// Cleans libcurl's handle up, and gives back what it had. No thread is the user any more.
    fn close(&self, mut state: MutexGuard<'_, State>) {
        state.is_closed = true;
        let (on_socket, on_timer) = (state.on_socket.take(), state.on_timer.take());
        let kept = mem::take(&mut state.kept);
        drop(state);
        self.0.is_free.notify_all();
        // SAFETY: USER: this is the last one, and there is no transfer any more. It may call the callbacks once more.
        let _ = unsafe { sys::curl_multi_cleanup(self.0.raw) };
        drop(kept);
        if let Some(on_socket) = on_socket {
            // SAFETY: libcurl has cleaned up.
            let _ = unsafe { on_socket.release() };
        }
        if let Some(on_timer) = on_timer {
            // SAFETY: libcurl has cleaned up.
            let _ = unsafe { on_timer.release() };
        }
    }
}

impl Drop for User<'_> {
    fn drop(&mut self) {
        loop {
            let mut state = self.0.state();
            let doomed = mem::take(&mut state.doomed);
            if !doomed.is_empty() {
                drop(state);
                self.drop_doomed(doomed);
            } else if state.is_closing {
                return self.close(state);
            } else {
                state.user = None;
                self.0.is_free.notify_one();
                return;
            }
        }
    }
}
