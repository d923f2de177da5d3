//! One transfer.

use std::cell::RefCell;
use std::ffi::{CString, c_long, c_void};
use std::io::SeekFrom;
use std::ops::ControlFlow;
use std::sync::{Arc, Once, Weak};
use std::time::Duration;

use curl_sys as sys;
use outlive::{Buffer, Group};

use crate::callbacks::{
    Function, Given, Info, LentWrite, OnCloseSocket, OnDebug, OnHeader, OnProgress, OnRead, OnSeek,
    OnWrite, Progress, Sought, Taken,
};
use crate::canceller::Canceller;
use crate::error::{Error, easy};
use crate::list::List;
use crate::slot::{Slot, set_pointer};

/// One transfer: what is set here, [`perform`](Easy::perform) does, again and again if you like, or a
/// [`Multi`](crate::Multi) beside others.
///
/// It may be sent to another thread. Its callbacks run in functions that have it borrowed, or own it, so that none of them
/// can drop it. Dropped at any other moment, it has libcurl clean up first, and then gives back what C had.
pub struct Easy {
    /// It is dropped first, before what C has of the others.
    handle: Handle,
    write: Slot<OnWrite>,
    header: Slot<OnHeader>,
    read: Slot<OnRead>,
    seek: Slot<OnSeek>,
    progress: Slot<OnProgress>,
    debug: Slot<OnDebug>,
    /// Those of connections that the handle has made: all of them, until it is dropped.
    close_socket: Vec<Arc<Slot<OnCloseSocket>>>,
    head: Option<List>,
    /// `None` when the callbacks have been ended for good.
    group: Option<Arc<Group>>,
}

impl Easy {
    /// A transfer that nothing is set for. Until [`on_write`](Easy::on_write) is, what is received is dropped.
    ///
    /// # Errors
    ///
    /// Where there is no memory.
    #[track_caller]
    pub fn new() -> Result<Easy, Error> {
        initialise();
        // SAFETY: libcurl is initialised.
        let raw = unsafe { sys::curl_easy_init() };
        if raw.is_null() {
            return Err(Error::Easy(sys::CURLE_OUT_OF_MEMORY));
        }
        let mut new = Easy {
            handle: Handle(raw),
            write: Slot::empty(),
            header: Slot::empty(),
            read: Slot::empty(),
            seek: Slot::empty(),
            progress: Slot::empty(),
            debug: Slot::empty(),
            close_socket: Vec::new(),
            head: None,
            group: Some(Arc::new(Group::new())),
        };
        new.set_long(sys::CURLOPT_NOSIGNAL, 1)?;
        new.set_long(sys::CURLOPT_NOPROGRESS, 0)?;
        new.on_write(|_| Taken::All)?;
        // libcurl's own would read the standard input.
        new.on_read(|_| Given::Data)?;
        // By this one a cancelled transfer ends that has nothing to say otherwise.
        new.on_progress(|_| ControlFlow::Continue(()))?;
        Ok(new)
    }

    /// Where the transfer goes to.
    ///
    /// # Errors
    ///
    /// Where the string has a NUL in it, or there is no memory.
    pub fn url(&mut self, url: &str) -> Result<(), Error> {
        self.set_string(sys::CURLOPT_URL, url)
    }

    /// Hosts that are not asked for by a proxy, such as `*`, in the place of what the environment says.
    ///
    /// # Errors
    ///
    /// As for [`url`](Easy::url).
    pub fn no_proxy(&mut self, hosts: &str) -> Result<(), Error> {
        self.set_string(sys::CURLOPT_NOPROXY, hosts)
    }

    /// Lines of the request's head, such as `Accept: text/plain`, beside those of libcurl's, or in their place; `Expect:`
    /// takes one away.
    ///
    /// # Errors
    ///
    /// As for [`url`](Easy::url).
    pub fn head(&mut self, lines: &[&str]) -> Result<(), Error> {
        let list = List::new(lines)?;
        self.set_pointer(sys::CURLOPT_HTTPHEADER, list.as_ptr().cast())?;
        self.head = Some(list); // and drops the one before, which libcurl has forgotten
        Ok(())
    }

    /// Sends data, which [`on_read`](Easy::on_read) gives: by PUT, where it is HTTP. A size that is not known is `None`.
    ///
    /// # Errors
    ///
    /// libcurl's.
    pub fn upload(&mut self, size: Option<u64>) -> Result<(), Error> {
        self.set_long(sys::CURLOPT_UPLOAD, 1)?;
        let size = size.map_or(-1, |size| sys::curl_off_t::try_from(size).unwrap_or(-1));
        // SAFETY: OWN; the option takes a `curl_off_t`.
        easy(unsafe { sys::curl_easy_setopt(self.handle.0, sys::CURLOPT_INFILESIZE_LARGE, size) })
    }

    /// Follows redirections.
    ///
    /// # Errors
    ///
    /// libcurl's.
    pub fn follow(&mut self, follows: bool) -> Result<(), Error> {
        self.set_long(sys::CURLOPT_FOLLOWLOCATION, follows.into())
    }

    /// After how long the transfer fails with `CURLE_OPERATION_TIMEDOUT`.
    ///
    /// # Errors
    ///
    /// libcurl's.
    pub fn timeout(&mut self, limit: Duration) -> Result<(), Error> {
        let limit = c_long::try_from(limit.as_millis()).unwrap_or(c_long::MAX);
        self.set_long(sys::CURLOPT_TIMEOUT_MS, limit)
    }

    /// Is called with data that has been received, in pieces.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] after a cancel, [`Error::Hold`] where there is no slot; else libcurl's. The callback that was
    /// there before stays then. So it is for all callbacks.
    #[track_caller]
    pub fn on_write(
        &mut self,
        f: impl FnMut(&[u8]) -> Taken + Send + 'static,
    ) -> Result<(), Error> {
        let group = Some(open(&self.group)?);
        self.handle.set(&mut self.write, group, OnWrite(RefCell::new(Box::new(f))))
    }

    /// Is called with each line of a response's head, its end included. With a break the transfer fails.
    ///
    /// # Errors
    ///
    /// As for [`on_write`](Easy::on_write).
    #[track_caller]
    pub fn on_header(
        &mut self,
        f: impl FnMut(&[u8]) -> ControlFlow<()> + Send + 'static,
    ) -> Result<(), Error> {
        let group = Some(open(&self.group)?);
        self.handle.set(&mut self.header, group, OnHeader(RefCell::new(Box::new(f))))
    }

    /// Is called for data to [send](Easy::upload), which it writes into the buffer.
    ///
    /// # Errors
    ///
    /// As for [`on_write`](Easy::on_write).
    #[track_caller]
    pub fn on_read(
        &mut self,
        f: impl FnMut(&mut Buffer<'_>) -> Given + Send + 'static,
    ) -> Result<(), Error> {
        let group = Some(open(&self.group)?);
        self.handle.set(&mut self.read, group, OnRead(RefCell::new(Box::new(f))))
    }

    /// Is called where data is to be sent from another place on: from the start, after a redirection.
    ///
    /// # Errors
    ///
    /// As for [`on_write`](Easy::on_write).
    #[track_caller]
    pub fn on_seek(
        &mut self,
        f: impl FnMut(SeekFrom) -> Sought + Send + 'static,
    ) -> Result<(), Error> {
        let group = Some(open(&self.group)?);
        self.handle.set(&mut self.seek, group, OnSeek(RefCell::new(Box::new(f))))
    }

    /// Is called about once a second, and whenever something moves. With a break the transfer fails.
    ///
    /// # Errors
    ///
    /// As for [`on_write`](Easy::on_write).
    #[track_caller]
    pub fn on_progress(
        &mut self,
        f: impl FnMut(Progress) -> ControlFlow<()> + Send + 'static,
    ) -> Result<(), Error> {
        let group = Some(open(&self.group)?);
        self.handle.set(&mut self.progress, group, OnProgress(RefCell::new(Box::new(f))))
    }

    /// Is called with what libcurl does, sends and receives.
    ///
    /// # Errors
    ///
    /// As for [`on_write`](Easy::on_write).
    #[track_caller]
    pub fn on_debug(&mut self, f: impl FnMut(Info, &[u8]) + Send + 'static) -> Result<(), Error> {
        let group = Some(open(&self.group)?);
        self.handle.set(&mut self.debug, group, OnDebug(RefCell::new(Box::new(f))))?;
        self.set_long(sys::CURLOPT_VERBOSE, 1)
    }

    /// Is called with each socket before it is closed.
    ///
    /// A connection may be kept for the next transfer, so that this callback lives for as long as the transfer and the
    /// [`Multi`](crate::Multi)s that it has been added to: no [`Canceller`] ends it. Where it panics, or is running on another
    /// thread just then, the socket is closed all the same.
    ///
    /// # Errors
    ///
    /// [`Error::Hold`] where there is no slot; else libcurl's.
    #[track_caller]
    pub fn on_close_socket(
        &mut self,
        f: impl FnMut(sys::curl_socket_t) + Send + 'static,
    ) -> Result<(), Error> {
        let (mut slot, value) = (Slot::empty(), OnCloseSocket(RefCell::new(Box::new(f))));
        self.handle.set(&mut slot, None, value)?; // who has connections of the handle's keeps the slot, too
        self.close_socket.push(Arc::new(slot));
        Ok(())
    }

    /// Does the transfer, and runs the callbacks.
    ///
    /// # Errors
    ///
    /// libcurl's, also where a callback has failed.
    pub fn perform(&mut self) -> Result<(), Error> {
        open(&self.group)?;
        // SAFETY: OWN.
        easy(unsafe { sys::curl_easy_perform(self.handle.0) })
    }

    /// As [`perform`](Easy::perform), with a callback in the place of [`on_write`](Easy::on_write)'s that may use what is
    /// borrowed.
    ///
    /// ```
    /// # let file = tempfile::NamedTempFile::new()?;
    /// # std::fs::write(file.path(), "hello")?;
    /// use outlive_curl::{Easy, Taken};
    ///
    /// let mut easy = Easy::new()?;
    /// easy.url(&format!("file://{}", file.path().display()))?;
    /// let mut body = Vec::new();
    /// easy.perform_with(|data| {
    ///     body.extend_from_slice(data);
    ///     Taken::All
    /// })?;
    /// assert_eq!(body, b"hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`perform`](Easy::perform); [`Error::Hold`] where there is no slot.
    #[track_caller]
    pub fn perform_with(&mut self, mut f: impl FnMut(&[u8]) -> Taken) -> Result<(), Error> {
        let lent = LentWrite(RefCell::new(&mut f));
        let performed = outlive::scope(&lent, |scoped| {
            // SAFETY: ALIVE: the table is there during the scope. Only C calls the function.
            let function = unsafe { (*scoped.as_ptr()).call as *const c_void };
            let (raw, lent) = (self.handle.0, [function, scoped.user_data()]);
            let perform = || {
                // SAFETY: OWN.
                easy(unsafe { sys::curl_easy_perform(raw) })
            };
            open(&self.group)?;
            // SAFETY: OWN; it is a callback for writing, and C has it during the scope only.
            unsafe { self.write.lend(raw, lent, perform) }
        });
        performed.unwrap_or_else(|kind| Err(Error::Hold(kind)))
    }

    /// The status of the last response; 0 where there was none.
    pub fn response_code(&self) -> u32 {
        let mut code: c_long = 0;
        // SAFETY: OWN; it writes a `long`.
        let got = unsafe {
            sys::curl_easy_getinfo(self.handle.0, sys::CURLINFO_RESPONSE_CODE, &raw mut code)
        };
        if got == sys::CURLE_OK { u32::try_from(code).unwrap_or(0) } else { 0 }
    }

    /// Ends the callbacks of this transfer from anywhere.
    pub fn canceller(&self) -> Canceller {
        Canceller(self.group.as_ref().map_or_else(Weak::new, Arc::downgrade))
    }

    /// The callbacks end when this is dropped, which does not wait for one that is running.
    pub(crate) fn take_group(&mut self) -> Option<Arc<Group>> {
        self.group.take()
    }

    /// What connections have of this handle.
    pub(crate) fn close_socket(&self) -> &[Arc<Slot<OnCloseSocket>>] {
        &self.close_socket
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::CURL {
        self.handle.0
    }

    fn set_long(&mut self, option: sys::CURLoption, value: c_long) -> Result<(), Error> {
        // SAFETY: OWN; the callers' options take a `long`.
        easy(unsafe { sys::curl_easy_setopt(self.handle.0, option, value) })
    }

    fn set_string(&mut self, option: sys::CURLoption, value: &str) -> Result<(), Error> {
        let value = CString::new(value)?;
        self.set_pointer(option, value.as_ptr().cast()) // which libcurl copies
    }

    fn set_pointer(&mut self, option: sys::CURLoption, value: *const c_void) -> Result<(), Error> {
        // SAFETY: OWN; the callers have the options copy what it leads to, or keep it.
        unsafe { set_pointer(self.handle.0, option, value) }
    }
}

/// The group that new callbacks join.
fn open(group: &Option<Arc<Group>>) -> Result<&Group, Error> {
    group.as_deref().ok_or(Error::Cancelled)
}

/// Initialises libcurl, once for all.
pub(crate) fn initialise() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: by curl's manual page, one thread at a time, before its other functions.
        let _ = unsafe { sys::curl_global_init(sys::CURL_GLOBAL_ALL) };
    });
}

/// libcurl's handle. It is cleaned up when it is dropped.
///
/// INVARIANT: it has one owner, which lets go of the slots that were set with it when it has dropped it.
struct Handle(*mut sys::CURL);

// SAFETY: a handle of libcurl's may be used by one thread after the other.
unsafe impl Send for Handle {}

impl Handle {
    #[track_caller]
    fn set<T: Function>(
        &self,
        slot: &mut Slot<T>,
        group: Option<&Group>,
        value: T,
    ) -> Result<(), Error> {
        // SAFETY: OWN, by the invariant.
        unsafe { slot.set(self.0, group, value) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: no function of libcurl's is at work on it: they borrow it, and a multi removes it first.
        unsafe { sys::curl_easy_cleanup(self.0) };
    }
}

/// Registrations of which libcurl refuses the second half.
#[cfg(test)]
mod tests {
    use std::ffi::{CString, c_char, c_void};
    use std::fs;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use curl_sys::{self as sys, CURLoption};
    use outlive::{Exclusive, Group, Held, callbacks};

    use super::Easy;
    use crate::callbacks::Function;
    use crate::error::Error;
    use crate::slot::{Slot, set_pointer};

    /// A callback for writing, whose second option libcurl does not know.
    struct HalfWay(Arc<AtomicUsize>);

    #[callbacks(state = arg)]
    impl HalfWay {
        #[callback(type = sys::curl_write_callback, fallback = 0)]
        fn call(&self, _data: *mut c_char, size: usize, count: usize) -> usize {
            self.0.fetch_add(1, Ordering::Relaxed);
            size * count
        }
    }

    impl Function for HalfWay {
        const FUNCTION: CURLoption = sys::CURLOPT_WRITEFUNCTION;
        const DATA: CURLoption = sys::CURLOPTTYPE_OBJECTPOINT + 9999;

        fn pointer(held: &Held<Self, Exclusive>) -> *const c_void {
            // SAFETY: ALIVE: the table is there for as long as the handle.
            unsafe { (*held.as_ptr()).call as *const c_void }
        }
    }

    #[test]
    fn a_registration_that_fails_half_way_is_undone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "\n").unwrap();
        let url = CString::new(format!("file://{}", file.path().display())).unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let (mut slot, group, easy) = (Slot::empty(), Group::new(), Easy::new().unwrap());
        // SAFETY: OWN. Now as when it was new, with libcurl's own function, which prints.
        unsafe { sys::curl_easy_reset(easy.as_ptr()) };
        // SAFETY: OWN, and libcurl copies the string.
        unsafe { set_pointer(easy.as_ptr(), sys::CURLOPT_URL, url.as_ptr().cast()) }.unwrap();
        for _ in 0..3 {
            // SAFETY: OWN.
            let set = unsafe { slot.set(easy.as_ptr(), Some(&group), HalfWay(Arc::clone(&calls))) };
            assert_eq!(set, Err(Error::Easy(sys::CURLE_UNKNOWN_OPTION)));
            assert_eq!(Arc::strong_count(&calls), 1, "the closure is dropped");
            // SAFETY: OWN.
            let done = unsafe { sys::curl_easy_perform(easy.as_ptr()) };
            assert_eq!(done, sys::CURLE_OK, "libcurl's own is there again");
        }
        assert_eq!(calls.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn where_the_second_option_fails_nothing_wrong_is_called() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "text").unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let mut easy = Easy::new().unwrap();
        easy.url(&format!("file://{}", file.path().display())).unwrap();
        let held = Held::exclusive(HalfWay(Arc::clone(&calls))).unwrap();
        let pointer = HalfWay::pointer(&held);
        // SAFETY: OWN. The user data there is that of `on_write`'s first callback.
        unsafe { set_pointer(easy.as_ptr(), HalfWay::FUNCTION, pointer) }.unwrap();
        assert_eq!(easy.perform(), Err(Error::Easy(sys::CURLE_WRITE_ERROR)), "it is refused");
        assert_eq!(calls.load(Ordering::Relaxed), 0);
        drop(easy);
        // SAFETY: libcurl has cleaned up.
        let _ = unsafe { held.release() };
    }
}
