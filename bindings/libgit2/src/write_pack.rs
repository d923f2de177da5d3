//! `git_odb_writepack`: libgit2 hands over a pack, piece by piece.

use core::cell::RefCell;
use core::ffi::c_int;
use std::sync::Arc;

use libgit2_sys as git;
use outlive::{AnyThread, CClosure, Group, Held, callbacks};

use crate::error::{Error, answer, panicked, refused};
use crate::give::joined;
use crate::object::ObjectKind;
use crate::pack;
use crate::store::ObjectStore;

/// A pack that is being transferred.
pub(crate) struct WritePack {
    store: Arc<dyn ObjectStore>,
    bytes: RefCell<Vec<u8>>,
    progress: AnyThread<CClosure<git::git_indexer_progress_cb>>,
}

impl WritePack {
    /// A table for libgit2, which calls and frees it on the thread of the transfer. It ends with the group.
    pub fn begin(
        store: Arc<dyn ObjectStore>,
        progress: AnyThread<CClosure<git::git_indexer_progress_cb>>,
        backend: *mut git::git_odb_backend,
        group: &Group,
    ) -> Result<*mut git::git_odb_writepack, Error> {
        let pack = WritePack { store, bytes: RefCell::default(), progress };
        let held = joined(Held::exclusive(pack).map_err(Error::told)?, group)?;
        let table = held.as_ptr();
        // SAFETY: nobody else has the table yet, and the member is declared to be written.
        unsafe { (*table).backend = backend };
        held.hand_over(|_| Ok::<_, Error>(table)).map_err(|refused| refused.into_error())
    }

    /// Tells how it goes; an error where the caller wants no more.
    fn tell(&self, stats: *const git::git_indexer_progress) -> Result<(), Error> {
        match self.progress.call(stats) {
            Ok(answer) if answer != 0 => {
                Err(Error::coded(answer, "the transfer has been given up"))
            }
            _ => Ok(()), // Without a function to be called, too.
        }
    }

    /// Reads all, and then stores all, in an order in which what leads to others comes after them: libgit2 takes what is
    /// there for complete.
    fn store(&self, stats: *mut git::git_indexer_progress) -> Result<(), Error> {
        let bytes = self.bytes.take();
        let counted = || {
            // SAFETY: TOLD: the statistics are ours to keep during the call, and nobody else writes them.
            unsafe { (*stats).indexed_objects += 1 };
            self.tell(stats)
        };
        let mut objects = pack::objects(&bytes, |id| self.store.read(id), counted)?;
        objects.reverse(); // The newest commits are the first in a pack.
        objects.sort_by_key(|(_, object)| match object.kind {
            ObjectKind::Blob => 0,
            ObjectKind::Tree => 1,
            ObjectKind::Commit => 2,
            ObjectKind::Tag => 3,
        });
        objects.into_iter().try_for_each(|(id, object)| self.store.write(id, object))
    }
}

// The header and the transports: one thread uses a pack, and the statistics are valid for the call.
#[callbacks(git::git_odb_writepack, state = table, written_by_c(backend), required(append, commit, free), unsafe(borrow))]
impl WritePack {
    /// Called with each piece, as it comes.
    #[callback(fallback = refused(), panicked = panicked())]
    fn append(
        &self,
        #[len(size)] piece: &[u8],
        size: usize,
        stats: *mut git::git_indexer_progress,
    ) -> c_int {
        let mut bytes = self.bytes.borrow_mut();
        bytes.extend_from_slice(piece);
        if let Some(count) = pack::object_count(&bytes) {
            // SAFETY: TOLD: the statistics are ours to keep during the call, and nobody else writes them.
            unsafe { (*stats).total_objects = count };
        }
        drop(bytes);
        answer(self.tell(stats))
    }

    /// Called when all pieces have come.
    #[callback(fallback = refused(), panicked = panicked())]
    fn commit(&self, stats: *mut git::git_indexer_progress) -> c_int {
        answer(self.store(stats))
    }

    /// Called once, however the transfer went: after that nothing is called.
    #[callback(unsafe(last))]
    fn free(&self) {}
}
