//! One of many transfers.

use std::ffi::c_int;
use std::fmt;
use std::sync::Arc;

use crate::canceller::Canceller;
use crate::easy::Easy;
use crate::error::{Error, easy, multi};
use crate::user::Shared;

/// Neither direction is paused: `CURLPAUSE_CONT`, which curl-sys does not declare.
const GO_ON: c_int = curl_sys::CURLPAUSE_RECV_CONT | curl_sys::CURLPAUSE_SEND_CONT;

/// A transfer that a [`Multi`](crate::Multi) runs.
///
/// It may be dropped at any moment, on any thread, inside of its own callbacks and of those of others, and never waits. From
/// then on none of its callbacks is called; one that is running ends as it would have. Where libcurl is at work just then,
/// it fails the transfer when it calls back, and the thread that drives the multi has libcurl clean up when its function
/// returns: libcurl itself allows neither inside of a callback.
///
/// ```
/// # let file = tempfile::NamedTempFile::new()?;
/// # std::fs::write(file.path(), "enough")?;
/// # let url = format!("file://{}", file.path().display());
/// use std::sync::{Arc, Mutex};
/// use outlive_curl::{Easy, Multi, Taken};
///
/// let own = Arc::new(Mutex::new(None));
/// let place = Arc::clone(&own);
/// let mut easy = Easy::new()?;
/// easy.url(&url)?;
/// easy.on_write(move |_| {
///     drop(place.lock().unwrap().take()); // the transfer itself
///     Taken::All
/// })?;
/// let mut multi = Multi::new()?;
/// *own.lock().unwrap() = Some(multi.add(easy)?);
/// multi.run()?;
/// assert!(own.lock().unwrap().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Transfer {
    shared: Arc<Shared>,
    key: usize,
}

impl Transfer {
    pub(crate) fn new(shared: Arc<Shared>, key: usize) -> Transfer {
        Transfer { shared, key }
    }

    /// What has become of the transfer, as far as it is done: the status of its last response, or its error.
    pub fn result(&self) -> Option<Result<u32, Error>> {
        self.shared.state().transfers.get(&self.key)?.result
    }

    /// Ends the callbacks of this transfer from anywhere.
    pub fn canceller(&self) -> Option<Canceller> {
        Some(self.shared.state().transfers.get(&self.key)?.easy.canceller())
    }

    /// Goes on after a callback that has paused the transfer. A callback of a transfer may do so, too.
    ///
    /// # Errors
    ///
    /// libcurl's, such as in a callback of the multi's, or where the transfer is over.
    pub fn resume(&self) -> Result<(), Error> {
        // In a callback this thread is the user already.
        let user = match self.shared.enter() {
            Ok(user) => Some(user),
            Err(Error::Inside) => None,
            Err(error) => return Err(error),
        };
        let raw = self.shared.state().transfers.get(&self.key).map(|entry| entry.easy.as_ptr());
        let raw = raw.ok_or(Error::Closed)?;
        // SAFETY: USER, by which only this thread could drop it.
        let resumed = easy(unsafe { curl_sys::curl_easy_pause(raw, GO_ON) });
        drop(user);
        resumed
    }

    /// Takes the transfer out of the multi, to be used again. Where it was not done, it is broken off.
    ///
    /// # Errors
    ///
    /// [`Error::Inside`] in a callback, [`Error::Closed`] where the multi has been dropped. The error has the transfer.
    pub fn into_easy(self) -> Result<Easy, IntoEasyError> {
        let removed = self.remove();
        removed.map_err(|error| IntoEasyError { transfer: self, error })
    }

    fn remove(&self) -> Result<Easy, Error> {
        let user = self.shared.enter()?;
        let raw = self.shared.state().transfers.get(&self.key).map(|entry| entry.easy.as_ptr());
        let raw = raw.ok_or(Error::Closed)?;
        // SAFETY: USER, and the list has it.
        multi(unsafe { curl_sys::curl_multi_remove_handle(user.as_ptr(), raw) })?;
        let entry = self.shared.state().transfers.remove(&self.key);
        entry.map(|entry| entry.easy).ok_or(Error::Closed)
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.shared.doom(self.key);
    }
}

/// A transfer that was not taken out. It is in here, as it was.
pub struct IntoEasyError {
    transfer: Transfer,
    error: Error,
}

impl IntoEasyError {
    /// Why not.
    pub fn error(&self) -> Error {
        self.error
    }

    /// The transfer.
    pub fn into_transfer(self) -> Transfer {
        self.transfer
    }
}

impl fmt::Debug for IntoEasyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoEasyError").field(&self.error).finish()
    }
}

impl fmt::Display for IntoEasyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the transfer was not taken out: {}", self.error)
    }
}

impl std::error::Error for IntoEasyError {}
