//! `git_refdb_backend`: libgit2 asks a reference store.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::{NonNull, null};
use std::ffi::CString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use libgit2_sys as git;
use outlive::{Group, Held, Out, Token, Tokens, callbacks};

use crate::error::{Error, answer, panicked, refused};
use crate::give::give;
use crate::handle::Handle;
use crate::object::Oid;
use crate::ref_iterator::RefIterator;
use crate::store::{RefStore, RefUpdate, Target};

// `git2/sys/refs.h` has them, `libgit2-sys` has not. The test `layout` compares them with the header.
unsafe extern "C" {
    fn git_reference__alloc(
        name: *const c_char,
        id: *const git::git_oid,
        peel: *const git::git_oid,
    ) -> *mut git::git_reference;
    fn git_reference__alloc_symbolic(
        name: *const c_char,
        target: *const c_char,
    ) -> *mut git::git_reference;
}

/// A store that libgit2 has.
struct References {
    store: Arc<dyn RefStore>,
    /// The names of those that a transaction has locked.
    locks: Mutex<Tokens<String>>,
}

/// Gives a store to a reference database, which ends with the group, and is libgit2's until it frees the database.
pub(crate) fn set(
    database: &Handle<git::git_refdb>,
    store: Arc<dyn RefStore>,
    group: &Group,
) -> Result<(), Error> {
    let references = References { store, locks: Mutex::new(Tokens::new("lock of a reference")) };
    let register = |held: &Held<References>| {
        // SAFETY: OWNED; the table is valid until libgit2 calls its `free`.
        unsafe { git::git_refdb_set_backend(database.as_ptr(), held.as_ptr()) }
    };
    // SAFETY: libgit2 keeps a backend where it says so, and else leaves it to the caller.
    unsafe { give(references, group, register) }
}

/// A reference that libgit2 frees.
pub(crate) fn reference(name: &CStr, target: &Target) -> Result<*mut git::git_reference, Error> {
    let made = match target {
        // SAFETY: LENT: libgit2 copies both.
        Target::Object(id) => unsafe { git_reference__alloc(name.as_ptr(), &id.to_c(), null()) },
        Target::Reference(target) => {
            let target = c_string(target)?;
            // SAFETY: LENT: libgit2 copies both.
            unsafe { git_reference__alloc_symbolic(name.as_ptr(), target.as_ptr()) }
        }
    };
    NonNull::new(made).map(NonNull::as_ptr).ok_or_else(|| Error::new("no memory"))
}

pub(crate) fn c_string(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::new(format!("{text:?} has a NUL in it")))
}

fn utf8(text: &CStr) -> Result<&str, Error> {
    text.to_str().map_err(|_| Error::new(format!("{text:?} is not UTF-8")))
}

fn message(text: Option<&CStr>) -> Result<Option<&str>, Error> {
    text.map(utf8).transpose()
}

/// What libgit2 says that a reference pointed to.
fn expected(id: Option<&git::git_oid>, target: Option<&CStr>) -> Result<Option<Target>, Error> {
    match (id, target) {
        (Some(id), _) => Ok(Some(Target::Object(Oid::from_c(id)))),
        (None, Some(target)) => Ok(Some(Target::Reference(utf8(target)?.into()))),
        (None, None) => Ok(None),
    }
}

/// Name and target of a reference of libgit2's.
///
/// # Safety
///
/// TOLD.
unsafe fn described<'a>(reference: *const git::git_reference) -> Result<(&'a str, Target), Error> {
    // SAFETY: TOLD.
    let name = unsafe { git::git_reference_name(reference) };
    // SAFETY: TOLD.
    let id = unsafe { git::git_reference_target(reference) };
    // SAFETY: the name is the reference's, and ends in NUL.
    let name = utf8(unsafe { CStr::from_ptr(name) })?;
    // SAFETY: the name of an object is the reference's, and NULL in one that is symbolic.
    if let Some(id) = unsafe { id.as_ref() } {
        return Ok((name, Target::Object(Oid::from_c(id))));
    }
    // SAFETY: TOLD.
    let target = unsafe { git::git_reference_symbolic_target(reference) };
    // SAFETY: a symbolic reference has a target, which ends in NUL.
    Ok((name, Target::Reference(utf8(unsafe { CStr::from_ptr(target) })?.into())))
}

impl References {
    fn locks(&self) -> MutexGuard<'_, Tokens<String>> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An error where a transaction has locked the reference.
    fn unlocked(&self, name: &str) -> Result<(), Error> {
        let is_locked = self.locks().iter().any(|(_, locked)| locked == name);
        if is_locked { Err(Error::locked(name)) } else { Ok(()) }
    }

    fn list(&self, glob: Option<&CStr>) -> Result<Vec<(CString, Target)>, Error> {
        let glob = message(glob)?.map(glob::Pattern::new).transpose();
        let glob = glob.map_err(Error::told)?;
        let mut listed = Vec::new();
        for name in self.store.names()? {
            if glob.as_ref().is_none_or(|glob| glob.matches(&name))
                && let Some(target) = self.store.lookup(&name)?
            {
                listed.push((c_string(&name)?, target));
            }
        }
        Ok(listed)
    }

    /// What a transaction has decided: 0 to leave it, 1 to write the reference, 2 to delete it.
    ///
    /// # Safety
    ///
    /// TOLD.
    unsafe fn finish(
        &self,
        lock: Token,
        decision: c_int,
        reference: *const git::git_reference,
        log: Option<&CStr>,
    ) -> Result<(), Error> {
        let name = self.locks().take(lock).ok_or_else(|| Error::new("there is no such lock"))?;
        match decision {
            1 => {
                // SAFETY: the contract is this function's own.
                let (_, target) = unsafe { described(reference) }?;
                let update = RefUpdate { force: true, expected: None, message: message(log)? };
                self.store.write(&name, target, &update)
            }
            2 => self.store.delete(&name, None),
            _ => Ok(()),
        }
    }
}

// The header: what is passed is valid for the call, and the backend is freed last, once.
#[callbacks(
    git::git_refdb_backend,
    state = table,
    constant(version = 1),
    required(
        exists, lookup, iterator, write, rename, del, has_log, ensure_log, free, reflog_read, reflog_write, reflog_rename,
        reflog_delete, unlock
    ),
    unsafe(borrow)
)]
impl References {
    /// Called where only the presence of a reference matters.
    #[callback(table = 1, fallback = refused(), panicked = panicked())]
    fn exists(&self, exists: Out<'_, c_int>, name: &CStr) -> c_int {
        let found = utf8(name).and_then(|name| self.store.lookup(name));
        answer(found.map(|found| exists.write(c_int::from(found.is_some()))))
    }

    /// Called where a reference is looked up.
    #[callback(table = 1, fallback = refused(), panicked = panicked())]
    fn lookup(&self, out: Out<'_, *mut git::git_reference>, name: &CStr) -> c_int {
        let found = utf8(name)
            .and_then(|text| self.store.lookup(text)?.ok_or_else(|| Error::not_found(text)));
        answer(found.and_then(|target| reference(name, &target)).map(|made| out.write(made)))
    }

    /// Called where references are listed. The iterator is libgit2's.
    #[callback(table = 1, fallback = refused(), panicked = panicked())]
    fn iterator(
        &self,
        out: Out<'_, *mut git::git_reference_iterator>,
        glob: Option<&CStr>,
    ) -> c_int {
        answer(self.list(glob).and_then(RefIterator::begin).map(|iterator| out.write(iterator)))
    }

    /// Called where a reference is made or changed.
    #[callback(fallback = refused(), panicked = panicked())]
    fn write(
        &self,
        reference: *const git::git_reference,
        force: c_int,
        _who: *const git::git_signature,
        log: Option<&CStr>,
        old: Option<&git::git_oid>,
        old_target: Option<&CStr>,
    ) -> c_int {
        let write = || {
            // SAFETY: TOLD.
            let (name, target) = unsafe { described(reference) }?;
            self.unlocked(name)?;
            let expected = expected(old, old_target)?;
            self.store.write(
                name,
                target,
                &RefUpdate { force: force != 0, expected, message: message(log)? },
            )
        };
        answer(write())
    }

    /// Called where a reference gets another name.
    #[callback(table = 1, fallback = refused(), panicked = panicked())]
    fn rename(
        &self,
        out: Out<'_, *mut git::git_reference>,
        old: &CStr,
        new: &CStr,
        force: c_int,
        _who: *const git::git_signature,
        log: Option<&CStr>,
    ) -> c_int {
        let rename = || {
            let (from, to) = (utf8(old)?, utf8(new)?);
            self.unlocked(from).and_then(|()| self.unlocked(to))?;
            let update = RefUpdate { force: force != 0, expected: None, message: message(log)? };
            reference(new, &self.store.rename(from, to, &update)?)
        };
        answer(rename().map(|made| out.write(made)))
    }

    /// Called where a reference is deleted.
    #[callback(fallback = refused(), panicked = panicked())]
    fn del(&self, name: &CStr, old: Option<&git::git_oid>, old_target: Option<&CStr>) -> c_int {
        let delete = || {
            let name = utf8(name)?;
            self.unlocked(name)?;
            self.store.delete(name, expected(old, old_target)?.as_ref())
        };
        answer(delete())
    }

    /// Called where it matters whether changes are logged. The store logs what it likes; libgit2 has no way to be given a log.
    #[callback(fallback = 0)]
    fn has_log(&self, _name: *const c_char) -> c_int {
        0
    }

    /// Called where changes are to be logged from now on.
    #[callback(fallback = 0)]
    fn ensure_log(&self, _name: *const c_char) -> c_int {
        0
    }

    /// Called where a log is read: there is none that libgit2 could be given.
    #[callback(table = 1, fallback = refused())]
    fn reflog_read(&self, _out: *mut *mut git::git_reflog, name: &CStr) -> c_int {
        Error::not_found(format_args!("the log of {name:?}")).raise()
    }

    /// Called where a log is written.
    #[callback(fallback = refused())]
    fn reflog_write(&self, _log: *mut git::git_reflog) -> c_int {
        Error::new("the log is the store's").raise()
    }

    /// Called where a log gets another name.
    #[callback(fallback = 0)]
    fn reflog_rename(&self, _old: *const c_char, _new: *const c_char) -> c_int {
        0
    }

    /// Called where a log is deleted.
    #[callback(fallback = 0)]
    fn reflog_delete(&self, _name: *const c_char) -> c_int {
        0
    }

    /// Called where a transaction begins to change a reference. What it is given it gives back to `unlock`.
    #[callback(table = 1, fallback = refused(), panicked = panicked())]
    fn lock(&self, payload: Out<'_, *mut c_void>, name: &CStr) -> c_int {
        let lock = || {
            let name = utf8(name)?;
            self.unlocked(name)?;
            Ok(self.locks().insert(name.into()))
        };
        answer(lock().map(|token| payload.write(token.as_ptr())))
    }

    /// Called where a transaction has decided what becomes of the reference.
    #[callback(fallback = refused(), panicked = panicked())]
    fn unlock(
        &self,
        payload: Token,
        decision: c_int,
        _update_log: c_int,
        reference: *const git::git_reference,
        _who: *const git::git_signature,
        log: Option<&CStr>,
    ) -> c_int {
        // SAFETY: TOLD.
        answer(unsafe { self.finish(payload, decision, reference, log) })
    }

    /// Called once, when the database is freed: after that nothing is called.
    #[callback(unsafe(last))]
    fn free(&self) {}
}
