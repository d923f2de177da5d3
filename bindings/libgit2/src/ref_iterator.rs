//! `git_reference_iterator`: libgit2 goes through references.

use core::cell::Cell;
use core::ffi::{c_char, c_int};
use std::ffi::CString;

use libgit2_sys as git;
use outlive::{Held, Out, callbacks};

use crate::error::{Error, answer, panicked, refused};
use crate::refs::reference;
use crate::store::Target;

/// The references as they were when the iteration began.
pub(crate) struct RefIterator {
    references: Vec<(CString, Target)>,
    next: Cell<usize>,
}

impl RefIterator {
    /// A table for libgit2, which frees it, and until then keeps the names that it has been given.
    pub fn begin(
        references: Vec<(CString, Target)>,
    ) -> Result<*mut git::git_reference_iterator, Error> {
        let held =
            Held::exclusive(RefIterator { references, next: Cell::new(0) }).map_err(Error::told)?;
        held.hand_over(|held| Ok::<_, Error>(held.as_ptr())).map_err(|refused| refused.into_error())
    }

    fn advance(&self) -> Result<&(CString, Target), Error> {
        let next = self.next.replace(self.next.get() + 1);
        self.references
            .get(next)
            .ok_or_else(|| Error::coded(git::GIT_ITEROVER, "there are no more references"))
    }
}

// The header: the table is freed last, once. libgit2 sets `db` itself.
#[callbacks(git::git_reference_iterator, state = table, written_by_c(db), required(next, next_name, free), unsafe(borrow))]
impl RefIterator {
    /// Called for the next reference.
    #[callback(table = last, fallback = refused(), panicked = panicked())]
    fn next(&self, out: Out<'_, *mut git::git_reference>) -> c_int {
        answer(
            self.advance()
                .and_then(|(name, target)| reference(name, target))
                .map(|made| out.write(made)),
        )
    }

    /// Called for the next reference's name, which libgit2 uses until the next call, or until the table is freed.
    #[callback(table = last, fallback = refused(), panicked = panicked())]
    fn next_name(&self, out: Out<'_, *const c_char>) -> c_int {
        answer(self.advance().map(|(name, _)| out.write(name.as_ptr())))
    }

    /// Called once, at the end: after that nothing is called, and the names are not used.
    #[callback(unsafe(last))]
    fn free(&self) {}
}
