//! A repository whose databases are in Rust.

use core::ffi::{CStr, c_int};
use core::ptr::null;
use core::slice;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Once};

use libgit2_sys as git;
use outlive::{Callback, Ended, Group};
use tempfile::TempDir;

use crate::error::{Error, check};
use crate::fetch::{self, Progress};
use crate::handle::Handle;
use crate::object::{ObjectKind, Oid};
use crate::refs::c_string;
use crate::store::{ObjectStore, RefStore, Target};
use crate::{objects, refs};

/// A repository whose objects and references are in stores of yours. libgit2 owns both until this is dropped, or a
/// [`Stopper`] takes them away.
pub struct Repository {
    raw: Handle<git::git_repository>,
    objects: Handle<git::git_odb>,
    group: Arc<Group>,
    /// The last to be dropped: for libgit2's lock files during a transfer.
    _directory: TempDir,
}

// SAFETY: libgit2 lets any thread use a repository, one at a time; the stores are `Send + Sync`.
unsafe impl Send for Repository {}

/// Takes the stores of a repository away from libgit2; any thread may have one.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Group>);

impl Stopper {
    /// From here on all that libgit2 asks of the stores fails, and says so. Both are dropped when the last call has left:
    /// [`Ended::Now`] means that this has happened, and [`Ended::Later`] that a call is inside, which may be the caller's own.
    pub fn stop(&self) -> Ended {
        self.0.revoke()
    }
}

impl Repository {
    /// A repository with these stores, of which it is the only user.
    ///
    /// # Errors
    ///
    /// What libgit2 says; the stores are dropped.
    pub fn new(objects: Arc<dyn ObjectStore>, refs: Arc<dyn RefStore>) -> Result<Self, Error> {
        Repository::stopped_by(&Stopper(Arc::new(Group::new())), objects, refs)
    }

    /// As [`new`](Repository::new), ending with others that the stopper has.
    ///
    /// # Errors
    ///
    /// As for [`new`](Repository::new), and where the stopper has been used.
    pub fn stopped_by(
        stopper: &Stopper,
        objects: Arc<dyn ObjectStore>,
        refs: Arc<dyn RefStore>,
    ) -> Result<Self, Error> {
        initialise();
        let group = stopper.0.clone();
        let directory = tempfile::tempdir().map_err(Error::told)?;
        let path = c_string(&directory.path().to_string_lossy())?;
        let raw = Handle::made(git::git_repository_free, |out| {
            // SAFETY: LENT.
            unsafe { git::git_repository_init(out, path.as_ptr(), 1) }
        })?;
        // SAFETY: LENT.
        let database = Handle::made(git::git_odb_free, |out| unsafe { git::git_odb_new(out) })?;
        objects::add(&database, objects, &group)?;
        // SAFETY: OWNED: the repository counts the database.
        check(unsafe { git::git_repository_set_odb(raw.as_ptr(), database.as_ptr()) })?;
        let references = Handle::made(git::git_refdb_free, |out| {
            // SAFETY: OWNED and LENT.
            unsafe { git::git_refdb_new(out, raw.as_ptr()) }
        })?;
        refs::set(&references, refs, &group)?;
        // SAFETY: OWNED: the repository counts the database.
        check(unsafe { git::git_repository_set_refdb(raw.as_ptr(), references.as_ptr()) })?;
        Ok(Repository { raw, objects: database, group, _directory: directory })
    }

    /// What takes the stores away, at any moment.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.group.clone())
    }

    /// Transfers all that the references of another repository lead to, and takes its references over, `HEAD` too.
    /// `url` is a path, or begins with `file://`.
    ///
    /// # Errors
    ///
    /// What libgit2 or a store says, or that `progress` has given up.
    ///
    /// # Panics
    ///
    /// With the panic of `progress`, when libgit2 has cleaned up.
    pub fn fetch(&self, url: &str, progress: &dyn Progress) -> Result<(), Error> {
        for head in fetch::download(&self.raw, url, progress)? {
            // SAFETY: LENT.
            let is_name = unsafe { git::git_reference_is_valid_name(head.name.as_ptr()) } == 1;
            if is_name {
                self.set(&head.name, &head.target, true, Some("fetch"))?;
            } // else it is what a tag leads to: `refs/tags/x^{}`
        }
        Ok(())
    }

    /// Makes a reference, or changes it where `force` says so.
    ///
    /// # Errors
    ///
    /// What libgit2 or the store says; where the reference is there already, its code is -4.
    pub fn set_reference(
        &self,
        name: &str,
        target: &Target,
        force: bool,
        message: Option<&str>,
    ) -> Result<(), Error> {
        self.set(&c_string(name)?, target, force, message)
    }

    fn set(
        &self,
        name: &CStr,
        target: &Target,
        force: bool,
        message: Option<&str>,
    ) -> Result<(), Error> {
        let message = message.map(c_string).transpose()?;
        let message = message.as_deref().map_or(null(), CStr::as_ptr);
        let (raw, name, force) = (self.raw.as_ptr(), name.as_ptr(), c_int::from(force));
        let made = Handle::made(git::git_reference_free, |out| match target {
            // SAFETY: OWNED and LENT.
            Target::Object(id) => unsafe {
                git::git_reference_create(out, raw, name, &id.to_c(), force, message)
            },
            Target::Reference(target) => {
                let Ok(target) = c_string(target) else { return git::GIT_EINVALIDSPEC };
                // SAFETY: OWNED and LENT.
                unsafe {
                    git::git_reference_symbolic_create(
                        out,
                        raw,
                        name,
                        target.as_ptr(),
                        force,
                        message,
                    )
                }
            }
        });
        made.map(drop)
    }

    fn reference(&self, name: &str) -> Result<Handle<git::git_reference>, Error> {
        let name = c_string(name)?;
        // SAFETY: OWNED and LENT.
        Handle::made(git::git_reference_free, |out| unsafe {
            git::git_reference_lookup(out, self.raw.as_ptr(), name.as_ptr())
        })
    }

    /// Gives a reference another name.
    ///
    /// # Errors
    ///
    /// What libgit2 or the store says.
    pub fn rename_reference(&self, old: &str, new: &str, force: bool) -> Result<(), Error> {
        let (old, new) = (self.reference(old)?, c_string(new)?);
        let renamed = Handle::made(git::git_reference_free, |out| {
            // SAFETY: OWNED and LENT.
            unsafe {
                git::git_reference_rename(
                    out,
                    old.as_ptr(),
                    new.as_ptr(),
                    c_int::from(force),
                    c"rename".as_ptr(),
                )
            }
        });
        renamed.map(drop)
    }

    /// Deletes a reference.
    ///
    /// # Errors
    ///
    /// What libgit2 or the store says.
    pub fn delete_reference(&self, name: &str) -> Result<(), Error> {
        let reference = self.reference(name)?;
        // SAFETY: OWNED.
        check(unsafe { git::git_reference_delete(reference.as_ptr()) }).map(drop)
    }

    /// Has `change` decide on a reference that is locked meanwhile: what it returns is written; `None` deletes it, an error
    /// leaves it as it was.
    ///
    /// # Errors
    ///
    /// What libgit2, the store or `change` says.
    pub fn locked<E: From<Error>>(
        &self,
        name: &str,
        change: impl FnOnce() -> Result<Option<Oid>, E>,
    ) -> Result<(), E> {
        let name = c_string(name)?;
        let transaction = Handle::made(git::git_transaction_free, |out| {
            // SAFETY: OWNED and LENT.
            unsafe { git::git_transaction_new(out, self.raw.as_ptr()) }
        })?;
        // SAFETY: OWNED and LENT.
        check(unsafe { git::git_transaction_lock_ref(transaction.as_ptr(), name.as_ptr()) })?;
        let (raw, message) = (transaction.as_ptr(), c"transaction".as_ptr());
        check(match change()? {
            // SAFETY: OWNED and LENT; libgit2 makes the signature.
            Some(id) => unsafe {
                git::git_transaction_set_target(raw, name.as_ptr(), &id.to_c(), null(), message)
            },
            // SAFETY: OWNED and LENT.
            None => unsafe { git::git_transaction_remove(raw, name.as_ptr()) },
        })?;
        // SAFETY: OWNED.
        check(unsafe { git::git_transaction_commit(raw) })?;
        Ok(())
    }

    /// The names of the references that match, or of all.
    ///
    /// # Errors
    ///
    /// What libgit2 or the store says.
    pub fn references(&self, glob: Option<&str>) -> Result<Vec<String>, Error> {
        let mut references = self.iterate(glob)?;
        references.by_ref().collect()
    }

    /// Goes through the references that match, or all, as they are now.
    ///
    /// # Errors
    ///
    /// What libgit2 or the store says.
    pub fn iterate(&self, glob: Option<&str>) -> Result<ReferenceNames, Error> {
        let glob = glob.map(c_string).transpose()?;
        let raw = self.raw.as_ptr();
        let iterator = Handle::made(git::git_reference_iterator_free, |out| match &glob {
            // SAFETY: OWNED and LENT.
            Some(glob) => unsafe { git::git_reference_iterator_glob_new(out, raw, glob.as_ptr()) },
            // SAFETY: OWNED and LENT.
            None => unsafe { git::git_reference_iterator_new(out, raw) },
        })?;
        Ok(ReferenceNames(iterator))
    }

    /// The object that a reference leads to, through all that are symbolic.
    ///
    /// # Errors
    ///
    /// What libgit2 or the store says; where it is not there, its code is -3.
    pub fn resolve(&self, name: &str) -> Result<Oid, Error> {
        let (name, mut id) = (c_string(name)?, git::git_oid { id: [0; 20] });
        // SAFETY: OWNED and LENT.
        check(unsafe {
            git::git_reference_name_to_id(&raw mut id, self.raw.as_ptr(), name.as_ptr())
        })?;
        Ok(Oid::from_c(&id))
    }

    fn object(&self, spec: &str) -> Result<Handle<git::git_object>, Error> {
        let spec = c_string(spec)?;
        // SAFETY: OWNED and LENT.
        Handle::made(git::git_object_free, |out| unsafe {
            git::git_revparse_single(out, self.raw.as_ptr(), spec.as_ptr())
        })
    }

    /// The object that a revision means: `HEAD`, `main~2`, `v1^{tree}`, the beginning of a name.
    ///
    /// # Errors
    ///
    /// What libgit2 or a store says.
    pub fn revision(&self, spec: &str) -> Result<Oid, Error> {
        let object = self.object(spec)?;
        // SAFETY: OWNED.
        let id = unsafe { git::git_object_id(object.as_ptr()) };
        // SAFETY: it is the object's.
        Ok(Oid::from_c(unsafe { &*id }))
    }

    /// The contents of a file, such as `HEAD:README.md`.
    ///
    /// # Errors
    ///
    /// What libgit2 or a store says, or that it is no file.
    pub fn blob(&self, spec: &str) -> Result<Vec<u8>, Error> {
        let object = self.object(spec)?;
        // SAFETY: OWNED.
        if unsafe { git::git_object_type(object.as_ptr()) } != git::GIT_OBJECT_BLOB {
            return Err(Error::new(format!("{spec} is no file")));
        }
        let blob = object.as_ptr().cast_const().cast();
        // SAFETY: OWNED, and it is a blob.
        let length = unsafe { git::git_blob_rawsize(blob) } as usize;
        // SAFETY: OWNED, and it is a blob.
        let data = unsafe { git::git_blob_rawcontent(blob) }.cast::<u8>();
        if length == 0 {
            return Ok(Vec::new());
        }
        // SAFETY: so many bytes are there until the object is freed.
        Ok(unsafe { slice::from_raw_parts(data, length) }.to_vec())
    }

    /// Writes an object.
    ///
    /// # Errors
    ///
    /// What libgit2 or the store says.
    pub fn write(&self, kind: ObjectKind, data: &[u8]) -> Result<Oid, Error> {
        let mut id = git::git_oid { id: [0; 20] };
        let (objects, bytes) = (self.objects.as_ptr(), data.as_ptr().cast());
        // SAFETY: OWNED and LENT.
        check(unsafe { git::git_odb_write(&raw mut id, objects, bytes, data.len(), kind.to_c()) })?;
        Ok(Oid::from_c(&id))
    }

    /// Whether an object is there.
    pub fn contains(&self, id: Oid) -> bool {
        // SAFETY: OWNED and LENT.
        unsafe { git::git_odb_exists(self.objects.as_ptr(), &id.to_c()) == 1 }
    }

    /// What an object is, and its length.
    ///
    /// # Errors
    ///
    /// What libgit2 or the store says.
    pub fn header(&self, id: Oid) -> Result<(ObjectKind, usize), Error> {
        let (mut length, mut kind) = (0, 0);
        let objects = self.objects.as_ptr();
        // SAFETY: OWNED and LENT.
        check(unsafe {
            git::git_odb_read_header(&raw mut length, &raw mut kind, objects, &id.to_c())
        })?;
        let kind = ObjectKind::try_from(kind).map_err(|()| Error::new("an object of no kind"))?;
        Ok((kind, length))
    }

    /// Runs `visit` for the name of each object; the first error ends it.
    ///
    /// # Errors
    ///
    /// What libgit2, the store or `visit` says.
    pub fn each_object(
        &self,
        visit: impl FnMut(Oid) -> Result<(), Error> + 'static,
    ) -> Result<(), Error> {
        let (visit, failed) = (RefCell::new(visit), Rc::new(RefCell::new(None)));
        let failure = failed.clone();
        let visitor = Callback::<git::git_odb_foreach_cb>::local_or(git::GIT_EUSER, move |id| {
            // SAFETY: TOLD.
            let visited = visit.borrow_mut()(Oid::from_c(unsafe { &*id }));
            visited.map_or_else(
                |error| {
                    failure.replace(Some(error));
                    git::GIT_EUSER
                },
                |()| 0,
            )
        });
        let visitor = visitor.map_err(Error::told)?;
        // SAFETY: OWNED; the function and its user data are valid until `visitor` is released.
        let code = unsafe {
            git::git_odb_foreach(self.objects.as_ptr(), visitor.function(), visitor.user_data())
        };
        // SAFETY: the function has returned, and libgit2 keeps neither.
        let _ = unsafe { visitor.release() };
        match failed.take() {
            Some(error) => Err(error),
            None if code == git::GIT_EUSER => Err(Error::new("the visit has panicked")),
            None => check(code).map(drop),
        }
    }
}

/// The names of references, as they were when this was made; it may outlive the repository.
pub struct ReferenceNames(Handle<git::git_reference_iterator>);

impl Iterator for ReferenceNames {
    type Item = Result<String, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut name = null();
        // SAFETY: OWNED and LENT.
        match check(unsafe { git::git_reference_next_name(&raw mut name, self.0.as_ptr()) }) {
            Err(error) if error.code() == git::GIT_ITEROVER => None,
            Err(error) => Some(Err(error)),
            // SAFETY: the iterator keeps the name until the next call.
            Ok(_) => Some(Ok(unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())),
        }
    }
}

fn initialise() {
    static ONCE: Once = Once::new();
    // SAFETY: it may be called at any time; it is never shut down.
    ONCE.call_once(|| drop(check(unsafe { git::git_libgit2_init() })));
}
