//! What a refused call returns, where that was given when the registration was made, and is not in the callback's
//! code.
//!
//! It is kept for good, once for each value and table type, so that a call that comes when the registration is over
//! still has something to return.

use core::ptr::NonNull;

use crate::list::List;

/// A value that is kept for good.
#[derive(Debug)]
pub struct KeptResult(NonNull<()>);

// SAFETY: it is never written, and whoever reads it knows its type, which is `Send`, or the value is NULL
// (`TableType::keep_result`).
unsafe impl Send for KeptResult {}
// SAFETY: as above.
unsafe impl Sync for KeptResult {}

impl KeptResult {
    /// Where the value is, of the type for which it was kept ([`TableType::keep_result`](crate::TableType::keep_result)).
    pub fn value(&self) -> NonNull<()> {
        self.0
    }
}

/// The values of one table type.
#[derive(Debug)]
pub(crate) struct Results(List<KeptResult>);

impl Results {
    pub(crate) const fn new() -> Self {
        Results(List::new())
    }

    /// The value that `is_it` knows, or else `new`, which stays for good. Two threads that bring one value may both keep
    /// theirs.
    pub(crate) fn keep(
        &self,
        is_it: impl Fn(NonNull<()>) -> bool,
        new: impl FnOnce() -> Option<NonNull<()>>,
    ) -> Option<&'static KeptResult> {
        self.0.find(|known| is_it(known.0)).or_else(|| Some(self.0.add(KeptResult(new()?))))
    }

    /// Any of them.
    pub(crate) fn any(&self) -> Option<&'static KeptResult> {
        self.0.find(|_| true)
    }
}
