//! One end of a connection.

use std::cell::RefMut;
use std::ffi::c_int;
use std::ptr;
use std::slice;
use std::sync::Arc;

use libnghttp2_sys as sys;
use outlive::{Exclusive, Held, Shared};

use crate::bodies::Bodies;
use crate::canceller::Canceller;
use crate::error::Error;
use crate::host::{Closures, Host};
use crate::memory::Memory;
use crate::outbound::Outbound;

/// One end of an HTTP/2 connection, made by a [`Builder`](crate::Builder).
///
/// It may be sent to another thread. The callbacks run in [`send`](Session::send), [`receive`](Session::receive) and their
/// like, which have the session borrowed: so none of them can drop its own session. Dropped at any other moment, with
/// streams open and bodies half sent, it deletes nghttp2's session first, and then gives back all that C had.
pub struct Session<S: Send + 'static> {
    raw: *mut sys::nghttp2_session,
    /// `None` when it has been released.
    host: Option<Held<Host<S>, Exclusive>>,
    bodies: Arc<Bodies>,
    memory: Option<Held<Memory, Shared>>,
    /// nghttp2 has failed so that it must not go on.
    has_failed: bool,
}

// SAFETY: nghttp2 keeps nothing of a thread's, and this is the session's only owner; the closures, the state and the bodies
// are `Send`.
unsafe impl<S: Send + 'static> Send for Session<S> {}

impl<S: Send + 'static> Session<S> {
    /// A session that C does not know yet.
    pub(crate) fn without_c(host: Held<Host<S>, Exclusive>, bodies: Arc<Bodies>) -> Session<S> {
        Session { raw: ptr::null_mut(), host: Some(host), bodies, memory: None, has_failed: false }
    }

    #[track_caller]
    pub(crate) fn give_memory(&mut self, memory: Memory) -> Result<(), Error> {
        self.memory = Some(Held::new(memory).map_err(|error| Error::Hold(*error.kind()))?);
        Ok(())
    }

    pub(crate) fn memory(&self) -> *mut sys::nghttp2_mem {
        self.memory.as_ref().map_or(ptr::null_mut(), Held::as_ptr)
    }

    pub(crate) fn host(&self) -> &Held<Host<S>, Exclusive> {
        self.host.as_ref().expect("it is there until the drop")
    }

    pub(crate) fn set_raw(&mut self, raw: *mut sys::nghttp2_session) {
        self.raw = raw;
    }

    /// Takes bytes from the peer, and runs the callbacks that they lead to. All of them are taken.
    ///
    /// # Errors
    ///
    /// nghttp2's: each is fatal. [`Error::Ended`] after a fatal one, or a [cancel](Canceller::cancel).
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.call(|raw| {
            // SAFETY: LIVE, and nghttp2 keeps no pointer to the bytes: no callback pauses it.
            unsafe { sys::nghttp2_session_mem_recv2(raw, bytes.as_ptr(), bytes.len()) }
        })
        .map(drop)
    }

    /// The next bytes for the peer; `None` where there are none for now. Runs the callbacks about what is sent, and reads
    /// bodies.
    ///
    /// # Errors
    ///
    /// As for [`receive`](Session::receive).
    pub fn send(&mut self) -> Result<Option<&[u8]>, Error> {
        let mut first = ptr::null();
        let length = self.call(|raw| {
            // SAFETY: LIVE, and it writes the pointer.
            unsafe { sys::nghttp2_session_mem_send2(raw, &mut first) }
        })?;
        // SAFETY: by nghttp2.h so many bytes are there until the next call, for which this session is borrowed.
        Ok((length > 0).then(|| unsafe { slice::from_raw_parts(first, length as usize) }))
    }

    /// Receives by the callback [`recv`](crate::Builder::recv), until that has nothing more for now.
    ///
    /// # Errors
    ///
    /// `NGHTTP2_ERR_EOF` at the end of the connection; else as for [`receive`](Session::receive).
    pub fn receive_by_callback(&mut self) -> Result<(), Error> {
        self.needs("recv", |closures| closures.recv.is_some())?;
        // SAFETY: LIVE; the callback that it needs is there.
        self.call(|raw| unsafe { sys::nghttp2_session_recv(raw) as isize }).map(drop)
    }

    /// Sends by the callback [`send`](crate::Builder::send), until that takes no more or there is nothing to send.
    ///
    /// # Errors
    ///
    /// As for [`receive`](Session::receive).
    pub fn send_by_callback(&mut self) -> Result<(), Error> {
        self.needs("send", |closures| closures.send.is_some())?;
        // SAFETY: LIVE; the callback that it needs is there.
        self.call(|raw| unsafe { sys::nghttp2_session_send(raw) as isize }).map(drop)
    }

    /// What the session is to send.
    pub fn outbound(&mut self) -> Outbound<'_> {
        // SAFETY: LIVE, for as long as this session is borrowed.
        unsafe { Outbound::new(self.raw, &self.bodies) }
    }

    /// Runs a closure on the state.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`] after a [cancel](Canceller::cancel), which has dropped the state.
    pub fn with_state<R>(&mut self, f: impl FnOnce(&mut S) -> R) -> Result<R, Error> {
        self.with_closures(|mut closures| f(&mut closures.state))
    }

    /// Whether the session has a use for bytes of the peer's. It is at its end when it wants neither these nor to write.
    pub fn wants_read(&self) -> bool {
        // SAFETY: LIVE; it only reads.
        unsafe { sys::nghttp2_session_want_read(self.raw) != 0 }
    }

    /// Whether the session has something to send.
    pub fn wants_write(&self) -> bool {
        // SAFETY: LIVE; it only reads.
        unsafe { sys::nghttp2_session_want_write(self.raw) != 0 }
    }

    /// Ends the callbacks of this session from anywhere.
    pub fn canceller(&self) -> Canceller {
        Canceller(Arc::clone(&self.bodies.group))
    }

    fn needs(&self, name: &'static str, is_there: fn(&Closures<S>) -> bool) -> Result<(), Error> {
        match self.with_closures(|closures| is_there(&closures))? {
            true => Ok(()),
            false => Err(Error::MissingCallback(name)),
        }
    }

    fn with_closures<R>(&self, f: impl FnOnce(RefMut<'_, Closures<S>>) -> R) -> Result<R, Error> {
        self.host().with(|host| f(host.closures.borrow_mut())).map_err(|_| Error::Ended)
    }

    /// Runs a function of nghttp2's, and gives back what it has forgotten.
    fn call(&mut self, f: impl FnOnce(*mut sys::nghttp2_session) -> isize) -> Result<isize, Error> {
        if self.has_failed {
            return Err(Error::Ended);
        }
        self.with_closures(|_| ())?;
        let returned = f(self.raw);
        self.bodies.settle();
        if returned < 0 {
            let error = Error::Nghttp2(c_int::try_from(returned).unwrap_or(c_int::MIN));
            self.has_failed = error.is_fatal();
            return Err(error);
        }
        Ok(returned)
    }
}

impl<S: Send + 'static> Drop for Session<S> {
    fn drop(&mut self) {
        // SAFETY: no call is inside, for those borrow the session. NULL is allowed.
        unsafe { sys::nghttp2_session_del(self.raw) };
        if let Some(host) = self.host.take() {
            // SAFETY: nghttp2 has forgotten the session's callbacks.
            let _ = unsafe { host.release() };
        }
        self.bodies.clear();
        if let Some(memory) = self.memory.take() {
            // SAFETY: nghttp2 has freed all its memory, and forgotten the functions.
            let _ = unsafe { memory.release() };
        }
    }
}
