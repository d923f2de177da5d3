//! `git_remote_callbacks`: libgit2 tells how a transfer goes.

use core::ffi::{CStr, c_char, c_int};
use core::mem::MaybeUninit;
use core::ops::ControlFlow;
use core::ptr::{self, null, null_mut};
use core::slice;
use std::ffi::CString;

use libgit2_sys as git;
use outlive::callbacks;

use crate::error::{Error, check, panicked, refused};
use crate::handle::Handle;
use crate::object::Oid;
use crate::refs::c_string;
use crate::store::Target;

/// Hears how a transfer goes. Whatever returns [`ControlFlow::Break`] ends it.
///
/// libgit2 calls on the thread of the transfer, and also on those that it makes to compress a pack, one call at a time.
pub trait Progress: Sync {
    /// What the other side says, such as how many objects it has counted.
    fn message(&self, _text: &str) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// How much has come: `indexed` of `total` objects are in the store, `bytes` have come so far.
    fn transfer(&self, _indexed: u32, _total: u32, _bytes: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Nobody hears it.
impl Progress for () {}

/// A progress that libgit2 has during one transfer.
struct Heard<'a>(&'a dyn Progress);

fn to_c(flow: ControlFlow<()>) -> c_int {
    if flow.is_break() { git::GIT_EUSER } else { 0 }
}

// The header: what is passed is valid for the call.
#[callbacks(
    git::git_remote_callbacks,
    state = arg,
    user_data_member = payload,
    constant(version = 1),
    panic = resume,
    unsafe(borrow)
)]
impl Heard<'_> {
    /// Called for each line of the other side's.
    #[callback(fallback = refused(), panicked = panicked())]
    fn sideband_progress(&self, #[len(length)] text: &[u8], length: c_int) -> c_int {
        to_c(self.0.message(&String::from_utf8_lossy(text)))
    }

    /// Called for each piece of the pack, and by our own reading of it for each object.
    #[callback(fallback = refused(), panicked = panicked())]
    fn transfer_progress(&self, stats: &git::git_indexer_progress) -> c_int {
        to_c(self.0.transfer(stats.indexed_objects, stats.total_objects, stats.received_bytes))
    }
}

/// A reference of the other side's.
pub(crate) struct Head {
    pub name: CString,
    pub target: Target,
}

/// Transfers all that the other side's references lead to; these references.
pub(crate) fn download(
    repository: &Handle<git::git_repository>,
    url: &str,
    progress: &dyn Progress,
) -> Result<Vec<Head>, Error> {
    let url = c_string(url)?;
    let heard = outlive::scope_shared(&Heard(progress), |heard| {
        // The remote copies the table, and is freed before the scope is over.
        let remote = Handle::made(git::git_remote_free, |out| {
            // SAFETY: OWNED and LENT.
            unsafe { git::git_remote_create_anonymous(out, repository.as_ptr(), url.as_ptr()) }
        })?;
        let mut options = options()?;
        // SAFETY: the table is valid in the scope, and a plain struct.
        options.callbacks = unsafe { ptr::read(heard.as_ptr()) };
        let fetch = git::GIT_DIRECTION_FETCH;
        // SAFETY: OWNED and LENT; no proxy and no headers.
        check(unsafe {
            git::git_remote_connect(
                remote.as_ptr(),
                fetch,
                &raw const options.callbacks,
                null(),
                null(),
            )
        })?;
        let mut all = c"+refs/*:refs/*".as_ptr().cast_mut();
        let all = git::git_strarray { strings: &raw mut all, count: 1 };
        // SAFETY: OWNED and LENT: libgit2 copies the string.
        check(unsafe {
            git::git_remote_download(remote.as_ptr(), &raw const all, &raw const options)
        })?;
        heads(&remote)
    });
    heard.map_err(Error::told)?
}

/// libgit2's defaults.
fn options() -> Result<git::git_fetch_options, Error> {
    let mut options = MaybeUninit::zeroed();
    // SAFETY: LENT.
    check(unsafe { git::git_fetch_init_options(options.as_mut_ptr(), 1) })?;
    // SAFETY: libgit2 has written all of it.
    Ok(unsafe { options.assume_init() })
}

fn heads(remote: &Handle<git::git_remote>) -> Result<Vec<Head>, Error> {
    let (mut heads, mut count) = (null_mut(), 0);
    // SAFETY: OWNED and LENT.
    check(unsafe { git::git_remote_ls(&raw mut heads, &raw mut count, remote.as_ptr()) })?;
    if count == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: so many are there until the remote is connected again.
    let heads = unsafe { slice::from_raw_parts(heads, count) };
    heads.iter().map(|head| described(*head)).collect()
}

fn described(head: *const git::git_remote_head) -> Result<Head, Error> {
    // SAFETY: the list of the remote has it, which is not changed before the caller is done.
    let head = unsafe { &*head };
    let name = string(head.name).unwrap_or_default();
    let target = match string(head.symref_target) {
        Some(target) => Target::Reference(target.to_string_lossy().into_owned()),
        None => Target::Object(Oid::from_c(&head.oid)),
    };
    Ok(Head { name, target })
}

/// A string of a head's.
fn string(text: *const c_char) -> Option<CString> {
    // SAFETY: the list of the remote has it, NULL or ending in NUL.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_owned())
}
