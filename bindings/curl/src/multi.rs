//! Many transfers on one thread.

use std::ffi::{c_int, c_void};
use std::fmt;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use curl_sys as sys;
use outlive::{Callback, Exclusive};

use crate::easy::Easy;
use crate::error::{self, Error, multi};
use crate::transfer::Transfer;
use crate::user::{Entry, Shared, State, User};

pub use curl_sys::curl_socket_t as Socket;

/// What is to be watched for at a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Nothing, for now.
    Nothing,
    /// That it can be read.
    Read,
    /// That it can be written.
    Write,
    /// Both.
    Both,
    /// It is not to be watched any more.
    Remove,
}

/// Runs many transfers at once, on the thread that calls its functions.
///
/// It may be sent to another thread. Dropped, it drops all its transfers, and then has libcurl clean up; where a function of
/// the same multi is running just then, which can only be that of a [`Transfer`], that one does so when it is done.
///
/// ```
/// # let file = tempfile::NamedTempFile::new()?;
/// # let url = format!("file://{}", file.path().display());
/// use outlive_curl::{Easy, Multi};
///
/// let mut multi = Multi::new()?;
/// let mut transfers = Vec::new();
/// for _ in 0..3 {
///     let mut easy = Easy::new()?;
///     easy.url(&url)?;
///     transfers.push(multi.add(easy)?);
/// }
/// multi.run()?;
/// assert!(transfers.iter().all(|transfer| transfer.result().is_some_and(|result| result.is_ok())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Multi {
    shared: Arc<Shared>,
}

impl Multi {
    /// One without transfers.
    ///
    /// # Errors
    ///
    /// Where there is no memory.
    pub fn new() -> Result<Multi, Error> {
        Ok(Multi { shared: Arc::new(Shared::new()?) })
    }

    /// Adds a transfer, which [`perform`](Multi::perform) begins.
    ///
    /// # Errors
    ///
    /// libcurl's, such as `CURLM_ABORTED_BY_CALLBACK` where the [timer's callback](Multi::on_timer) has failed;
    /// [`Error::Inside`] in a callback. The error has the transfer, which is as it was.
    pub fn add(&mut self, easy: Easy) -> Result<Transfer, AddError> {
        let user = match self.shared.enter() {
            Ok(user) => user,
            Err(error) => return Err(AddError { easy: Box::new(easy), error }),
        };
        self.shared.state().keep(&easy);
        // SAFETY: USER, and this thread has the handle.
        let added = multi(unsafe { sys::curl_multi_add_handle(user.as_ptr(), easy.as_ptr()) });
        if let Err(error) = added {
            return Err(AddError { easy: Box::new(easy), error });
        }
        let key = easy.as_ptr().addr();
        self.shared.state().transfers.insert(key, Entry { easy, result: None });
        Ok(Transfer::new(Arc::clone(&self.shared), key))
    }

    /// Does what can be done without waiting, and runs the callbacks. The result is how many transfers go on.
    ///
    /// # Errors
    ///
    /// libcurl's; those of the transfers are [theirs](Transfer::result). [`Error::Inside`] in a callback.
    pub fn perform(&mut self) -> Result<usize, Error> {
        self.drive(|raw, running| {
            // SAFETY: USER.
            unsafe { sys::curl_multi_perform(raw, running) }
        })
    }

    /// As [`perform`](Multi::perform), for what a program that watches sockets itself has seen: this socket has become
    /// ready, or with `None` the [time](Multi::on_timer) is up.
    ///
    /// # Errors
    ///
    /// As for [`perform`](Multi::perform).
    pub fn socket_action(&mut self, ready: Option<(Socket, Interest)>) -> Result<usize, Error> {
        let (socket, events) = match ready {
            None => (sys::CURL_SOCKET_TIMEOUT, 0),
            Some((socket, interest)) => (socket, interest.ready()),
        };
        self.drive(|raw, running| {
            // SAFETY: USER; what the socket's number is libcurl looks up.
            unsafe { sys::curl_multi_socket_action(raw, socket, events, running) }
        })
    }

    /// Waits until something can be done, for this long at most, or until a transfer is dropped on another thread.
    ///
    /// # Errors
    ///
    /// libcurl's.
    pub fn wait(&mut self, limit: Duration) -> Result<(), Error> {
        let user = self.shared.enter()?;
        let limit = c_int::try_from(limit.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: USER; there are no other sockets.
        multi(unsafe {
            sys::curl_multi_poll(user.as_ptr(), ptr::null_mut(), 0, limit, ptr::null_mut())
        })
    }

    /// Performs and waits until all transfers are done.
    ///
    /// # Errors
    ///
    /// As for [`perform`](Multi::perform).
    pub fn run(&mut self) -> Result<(), Error> {
        while self.perform()? > 0 {
            self.wait(Duration::from_secs(1))?;
        }
        Ok(())
    }

    /// Is called with the sockets that are to be watched, for a program that does so itself. `false` fails the function
    /// that has called it, and all transfers.
    ///
    /// # Errors
    ///
    /// [`Error::Hold`] where there is no slot; libcurl's. The callback that was there before stays then.
    #[track_caller]
    pub fn on_socket(
        &mut self,
        mut f: impl FnMut(Socket, Interest) -> bool + Send + 'static,
    ) -> Result<(), Error> {
        let call = move |_easy, socket, what, _of_socket: *mut c_void| -> c_int {
            if f(socket, Interest::new(what)) { 0 } else { -1 }
        };
        let new = Callback::<sys::curl_socket_callback>::user_data_at::<3>().exclusive_or(-1, call);
        let new = new.map_err(|error| Error::Hold(*error.kind()))?;
        self.set(SOCKET, new, |function| function as *const c_void, |state| &mut state.on_socket)
    }

    /// Is called with the time after which [`socket_action`](Multi::socket_action) is to be called with `None`; `None` is
    /// never. `false` fails the function that has called it.
    ///
    /// # Errors
    ///
    /// As for [`on_socket`](Multi::on_socket).
    #[track_caller]
    pub fn on_timer(
        &mut self,
        mut f: impl FnMut(Option<Duration>) -> bool + Send + 'static,
    ) -> Result<(), Error> {
        let call = move |_multi, milliseconds| -> c_int {
            if f(u64::try_from(milliseconds).ok().map(Duration::from_millis)) { 0 } else { -1 }
        };
        let new = Callback::<sys::curl_multi_timer_callback>::exclusive_or(-1, call);
        let new = new.map_err(|error| Error::Hold(*error.kind()))?;
        self.set(TIMER, new, |function| function as *const c_void, |state| &mut state.on_timer)
    }

    /// Gives C a new callback in the place of the one before; where that fails, the one before stays. The function comes first,
    /// as for a transfer: until its own user data is there it refuses what is.
    fn set<S: Copy>(
        &self,
        [function, data]: [sys::CURLMoption; 2],
        new: Callback<S, Exclusive>,
        pointer: fn(S) -> *const c_void,
        slot: fn(&mut State) -> &mut Option<Callback<S, Exclusive>>,
    ) -> Result<(), Error> {
        let user = match self.shared.enter() {
            Ok(user) => user,
            Err(error) => {
                // SAFETY: C has never had it.
                let _ = unsafe { new.release() };
                return Err(error);
            }
        };
        let set = |option, value: *const c_void| {
            // SAFETY: USER; a function has the size of a pointer, and is passed as one.
            multi(unsafe { sys::curl_multi_setopt(user.as_ptr(), option, value) })
        };
        let was_set =
            set(function, pointer(new.function())).and_then(|()| set(data, new.user_data()));
        let forgotten = if was_set.is_ok() {
            slot(&mut self.shared.state()).replace(new)
        } else {
            let before = slot(&mut self.shared.state()).as_ref().map(Callback::function);
            // It has been set before, or NULL, which libcurl takes.
            let _ = set(function, before.map_or(ptr::null(), pointer));
            Some(new)
        };
        if let Some(forgotten) = forgotten {
            // SAFETY: C has the user data of the other one.
            let _ = unsafe { forgotten.release() };
        }
        was_set
    }

    fn drive(
        &mut self,
        f: impl FnOnce(*mut sys::CURLM, *mut c_int) -> sys::CURLMcode,
    ) -> Result<usize, Error> {
        let user = self.shared.enter()?;
        let mut running = 0;
        let driven = multi(f(user.as_ptr(), &mut running));
        self.note_results(&user);
        driven?;
        // libcurl's own number is too large for good when a transfer could not be added.
        let state = self.shared.state();
        Ok(state.transfers.values().filter(|entry| entry.result.is_none()).count())
    }

    /// Notes what has become of transfers that are done.
    fn note_results(&self, user: &User<'_>) {
        let mut left = 0;
        loop {
            // SAFETY: USER.
            let message = unsafe { sys::curl_multi_info_read(user.as_ptr(), &mut left) };
            // SAFETY: what it returns is valid until its next call, or NULL.
            let Some(message) = (unsafe { message.as_ref() }) else { return };
            if message.msg != sys::CURLMSG_DONE {
                continue;
            }
            // The union with the result in it is a pointer for curl-sys.
            let result = error::easy(message.data.addr() as sys::CURLcode);
            // A transfer that has been dropped is not there any more.
            let mut state = self.shared.state();
            if let Some(entry) = state.transfers.get_mut(&message.easy_handle.addr()) {
                entry.result = Some(result.map(|()| entry.easy.response_code()));
            }
        }
    }
}

impl Drop for Multi {
    fn drop(&mut self) {
        self.shared.close();
    }
}

/// The two options of a callback.
const SOCKET: [sys::CURLMoption; 2] = [sys::CURLMOPT_SOCKETFUNCTION, sys::CURLMOPT_SOCKETDATA];
const TIMER: [sys::CURLMoption; 2] = [sys::CURLMOPT_TIMERFUNCTION, sys::CURLMOPT_TIMERDATA];

impl Interest {
    fn new(what: c_int) -> Interest {
        match what {
            sys::CURL_POLL_IN => Interest::Read,
            sys::CURL_POLL_OUT => Interest::Write,
            sys::CURL_POLL_INOUT => Interest::Both,
            sys::CURL_POLL_REMOVE => Interest::Remove,
            _ => Interest::Nothing,
        }
    }

    /// What is ready, for libcurl.
    fn ready(self) -> c_int {
        match self {
            Interest::Read => sys::CURL_CSELECT_IN,
            Interest::Write => sys::CURL_CSELECT_OUT,
            Interest::Both => sys::CURL_CSELECT_IN | sys::CURL_CSELECT_OUT,
            Interest::Nothing | Interest::Remove => 0,
        }
    }
}

/// A transfer that was not added. It is in here, as it was.
pub struct AddError {
    easy: Box<Easy>,
    error: Error,
}

impl AddError {
    /// Why not.
    pub fn error(&self) -> Error {
        self.error
    }

    /// The transfer.
    pub fn into_easy(self) -> Easy {
        *self.easy
    }
}

impl fmt::Debug for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AddError").field(&self.error).finish()
    }
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the transfer was not added: {}", self.error)
    }
}

impl std::error::Error for AddError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_that_is_set_half_way_leaves_the_one_before() {
        let mut multi = Multi::new().unwrap();
        multi.on_timer(|_| true).unwrap();
        let call = |_multi, _milliseconds| -> c_int { panic!("not set") };
        let new = Callback::<sys::curl_multi_timer_callback>::exclusive_or(-1, call).unwrap();
        let options = [TIMER[0], sys::CURLOPTTYPE_OBJECTPOINT + 9999];
        let set = multi.set(
            options,
            new,
            |function| function as *const c_void,
            |state| &mut state.on_timer,
        );
        assert_eq!(set, Err(Error::Multi(sys::CURLM_UNKNOWN_OPTION)));
        assert!(
            multi.add(Easy::new().unwrap()).is_ok(),
            "the timer's callback was called, and is fine"
        );
    }
}
