//! Panics that go on at the host's side, in a block that says `panic = resume`.

use core::any::Any;
use std::panic::resume_unwind;

use crate::callbacks::Callbacks;
use crate::held::Held;
use crate::threads::Threads;

impl<T: Callbacks + 'static, K: Threads> Held<T, K> {
    /// Runs `f`, which calls C, and lets a panic go on that a callback of this table had meanwhile, on
    /// any thread, or before.
    ///
    /// This is where the host is entered again: C's own code has run to its end, and no frame of C is
    /// skipped. [`with`](Held::with) does the same before it runs its closure.
    ///
    /// ```
    #[doc = include_str!("guide/resume.md")]
    /// let run = || held.calling(|| unsafe { on_event(9, arg) });
    /// assert!(catch_unwind(AssertUnwindSafe(run)).is_err()); // "index out of bounds", in Rust
    /// ```
    ///
    /// # Panics
    ///
    /// With the payload of that panic; where there were several, with the first one's.
    pub fn calling<R>(&self, f: impl FnOnce() -> R) -> R {
        let result = f();
        self.resume_panic();
        result
    }

    /// Lets a panic go on that a callback of this table had.
    ///
    /// ```
    #[doc = include_str!("guide/resume.md")]
    /// assert_eq!(unsafe { on_event(9, arg) }, -1); // on any thread
    /// assert!(catch_unwind(AssertUnwindSafe(|| held.resume_panic())).is_err());
    /// ```
    ///
    /// # Panics
    ///
    /// With the payload of that panic.
    pub fn resume_panic(&self) {
        if let Some(payload) = self.take_panic() {
            resume_unwind(payload);
        }
    }

    /// The payload of the first panic that a callback of this table had since the last time. `None`
    /// where there was none, or where the block does not say `panic = resume`. What nobody takes is
    /// dropped with the handle.
    ///
    /// ```
    #[doc = include_str!("guide/resume.md")]
    /// assert_eq!(unsafe { on_event(9, arg) }, -1); // on any thread
    /// assert!(held.take_panic().is_some());
    /// assert!(held.take_panic().is_none());
    /// ```
    #[must_use = "a panic that nobody takes further is lost"]
    pub fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.owned().take_panic()
    }
}
