//! What a store has to do.

use crate::error::Error;
use crate::object::{Object, ObjectKind, Oid};

/// Keeps objects.
///
/// libgit2 calls on the thread that uses the repository, one call at a time for each repository; a store that several
/// repositories share is called from all their threads. A store must not use a repository that it belongs to: libgit2 holds
/// that one's lock.
pub trait ObjectStore: Send + Sync + 'static {
    /// The object with this name, if it is there.
    fn read(&self, id: &Oid) -> Result<Option<Object>, Error>;

    /// Keeps an object, whose name has been computed already.
    fn write(&self, id: Oid, object: Object) -> Result<(), Error>;

    /// The names of all objects, in any order.
    fn ids(&self) -> Result<Vec<Oid>, Error>;

    /// Whether the object is there.
    fn contains(&self, id: &Oid) -> bool {
        matches!(self.read(id), Ok(Some(_)))
    }

    /// What the object is, and its length.
    fn header(&self, id: &Oid) -> Result<Option<(ObjectKind, usize)>, Error> {
        Ok(self.read(id)?.map(|object| (object.kind, object.data.len())))
    }

    /// The one object whose name begins with the first `digits` digits of `prefix`.
    ///
    /// # Errors
    ///
    /// [`Error::ambiguous`] where there are several.
    fn find(&self, prefix: &Oid, digits: usize) -> Result<Option<Oid>, Error> {
        let mut found = self.ids()?.into_iter().filter(|id| id.begins_with(prefix, digits));
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(Error::ambiguous(prefix)),
            (only, _) => Ok(only),
        }
    }
}

/// What a reference points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An object.
    Object(Oid),
    /// Another reference, by its name.
    Reference(String),
}

/// How a reference is to be changed.
#[derive(Debug)]
pub struct RefUpdate<'a> {
    /// Whether a reference of this name may be replaced.
    pub force: bool,
    /// What the reference has to point to before, if that matters.
    pub expected: Option<Target>,
    /// For the log.
    pub message: Option<&'a str>,
}

/// Keeps references. When, and on which thread, it is called is as for an [`ObjectStore`].
pub trait RefStore: Send + Sync + 'static {
    /// What the reference points to, if it is there.
    fn lookup(&self, name: &str) -> Result<Option<Target>, Error>;

    /// The names of all references, in the order in which they are to be listed.
    fn names(&self) -> Result<Vec<String>, Error>;

    /// Makes or changes a reference.
    ///
    /// # Errors
    ///
    /// [`Error::exists`] and [`Error::modified`], as `update` says.
    fn write(&self, name: &str, target: Target, update: &RefUpdate<'_>) -> Result<(), Error>;

    /// Gives a reference another name; what it points to.
    ///
    /// # Errors
    ///
    /// [`Error::not_found`], and [`Error::exists`] as `update` says.
    fn rename(&self, old: &str, new: &str, update: &RefUpdate<'_>) -> Result<Target, Error>;

    /// Deletes a reference.
    ///
    /// # Errors
    ///
    /// [`Error::not_found`], and [`Error::modified`] where it is not what is expected.
    fn delete(&self, name: &str, expected: Option<&Target>) -> Result<(), Error>;
}
