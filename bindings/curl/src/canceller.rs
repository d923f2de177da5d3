//! Ending a transfer's callbacks from anywhere.

use std::sync::Weak;

use outlive::{Ended, Group};

/// Ends the callbacks of one transfer, from any thread and from inside of one of them.
///
/// libcurl ends the transfer with an error when it calls the next one: with data, or once a second for its progress. A
/// canceller that outlives its transfer does nothing.
///
/// ```
/// # let file = tempfile::NamedTempFile::new()?;
/// # std::fs::write(file.path(), "hello")?;
/// # let url = format!("file://{}", file.path().display());
/// use outlive_curl::Easy;
///
/// let mut easy = Easy::new()?;
/// easy.url(&url)?;
/// let canceller = easy.canceller();
/// std::thread::spawn(move || canceller.cancel()).join().unwrap();
/// assert!(easy.perform().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Canceller(pub(crate) Weak<Group>);

impl Canceller {
    /// Ends them. From outside it waits for the one that is running, and has dropped all of them when it returns
    /// [`Ended::Now`]; from inside it does not wait, and what runs is dropped when it has returned.
    pub fn cancel(&self) -> Ended {
        self.0.upgrade().map_or(Ended::Now, |group| group.revoke())
    }
}
