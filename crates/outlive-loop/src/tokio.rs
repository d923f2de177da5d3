//! A loop that runs on tokio: the runtime watches the loop's set of descriptors, and keeps its time.

use std::io;
use std::time::Duration;

use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use ::tokio::io::Interest;
use ::tokio::io::unix::AsyncFd;
use ::tokio::task::consume_budget;
use ::tokio::time::timeout;

use crate::event_loop::Loop;
use crate::run::Polled;

impl Loop {
    /// Runs the loop on a tokio runtime until [`stop`](Loop::stop): its watchers are called as with [`run`](Loop::run), on
    /// this thread, between the other tasks, and no thread is needed for them. Other tasks of this thread may use the loop
    /// meanwhile, and a [`Remote`](crate::Remote) may from any.
    ///
    /// A loop belongs to its thread, and so does the future: await it in `Runtime::block_on` of either kind of runtime, or
    /// spawn it with `spawn_local`. It may be dropped at any time: the loop stands still then, and may be run again by
    /// whatever means.
    ///
    /// tokio's clock counts milliseconds, so that a timer comes up to a millisecond later than with `run`; never earlier.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use std::time::Duration;
    /// use outlive_loop::Loop;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// runtime.block_on(async {
    ///     let events = Rc::new(Loop::new()?);
    ///     events.timer(Duration::from_millis(5), false, |events, _| events.stop());
    ///     events.run_on_tokio().await // C libraries that watch with `events` are served
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`run_once`](Loop::run_once); there is no runtime; another task runs this loop
    /// ([`NestedRunError`](crate::NestedRunError)).
    ///
    /// # Panics
    ///
    /// A panic of a callback comes out here; the loop can be run again. Where the runtime was built without
    /// `enable_io` and `enable_time`.
    pub async fn run_on_tokio(&self) -> io::Result<()> {
        ::tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
        let _driven = Driven::begin(self)?;
        // SAFETY: it is the loop's own, which is borrowed for as long as this is there, and always the same.
        let set =
            unsafe { AsyncFd::register_with_interest(Set(self.watchable()?), Interest::READABLE) };
        let set = set.map_err(|error| error.into_parts().1)?;
        loop {
            match self.poll()? {
                Polled::Stopped => return Ok(()),
                Polled::Busy => consume_budget().await,
                Polled::Idle(next) => wait(&set, next).await?,
            }
        }
    }
}

impl Loop {
    /// The descriptor that becomes readable when the loop has something to do, but for its timers: for another loop that is
    /// to run this one by [`run_for`](Loop::run_for) with a time of zero. It may be readable in vain.
    ///
    /// # Errors
    ///
    /// The system has no descriptors left; it is made by the first call.
    pub fn watchable(&self) -> io::Result<BorrowedFd<'_>> {
        let descriptor = self.state().watchable()?;
        // SAFETY: it is the loop's own, and stays open as long as that lives.
        Ok(unsafe { BorrowedFd::borrow_raw(descriptor) })
    }
}

/// Waits for a report, or until the next timer is due.
async fn wait(set: &AsyncFd<Set<'_>>, next: Option<Duration>) -> io::Result<()> {
    let reported = async {
        // Before the reports are fetched: whatever comes after that is reported to tokio once more.
        set.readable().await?.clear_ready();
        Ok(())
    };
    match next {
        None => reported.await,
        // What is due needs no report.
        Some(next) => timeout(next, reported).await.unwrap_or(Ok(())),
    }
}

/// The loop's set of descriptors.
struct Set<'a>(BorrowedFd<'a>);

impl AsRawFd for Set<'_> {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// While it lives, whoever starts a timer from outside, or stops the loop, wakes it.
struct Driven<'a>(&'a Loop);

impl<'a> Driven<'a> {
    fn begin(on: &'a Loop) -> io::Result<Self> {
        (!on.is_driven().replace(true)).then(|| Driven(on)).ok_or_else(Loop::nested)
    }
}

impl Drop for Driven<'_> {
    fn drop(&mut self) {
        self.0.is_driven().set(false);
    }
}
