//! Ending a session's callbacks from anywhere.

use std::sync::Arc;

use outlive::{Ended, Group};

/// Ends the callbacks and the bodies of a session: from any thread, and from inside of one of them.
///
/// nghttp2 fails with `NGHTTP2_ERR_CALLBACK_FAILURE` when it calls the next one, and the session refuses everything from
/// then on. It is to be dropped by its owner, as ever; a canceller that outlives it does nothing.
///
/// ```
/// use outlive::Ended;
/// use outlive_nghttp2::{Builder, Error};
///
/// let mut client = Builder::new(()).client()?;
/// client.outbound().settings(&[])?;
/// let canceller = client.canceller();
/// assert_eq!(std::thread::spawn(move || canceller.cancel()).join().unwrap(), Ended::Now);
/// assert_eq!(client.send(), Err(Error::Ended));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Canceller(pub(crate) Arc<Group>);

impl Canceller {
    /// Ends them. From outside it waits for those that are running, and has dropped them when it returns
    /// [`Ended::Now`]; from inside it does not wait, and they are dropped when the last one has returned.
    pub fn cancel(&self) -> Ended {
        self.0.revoke()
    }
}
