//! Stores in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::object::{Object, ObjectKind, Oid};
use crate::store::{ObjectStore, RefStore, RefUpdate, Target};

/// Objects in memory.
#[derive(Debug, Default)]
pub struct MemoryObjects(Mutex<HashMap<Oid, Object>>);

impl MemoryObjects {
    /// How many there are.
    pub fn len(&self) -> usize {
        lock(&self.0).len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ObjectStore for MemoryObjects {
    fn read(&self, id: &Oid) -> Result<Option<Object>, Error> {
        Ok(lock(&self.0).get(id).cloned())
    }

    fn write(&self, id: Oid, object: Object) -> Result<(), Error> {
        lock(&self.0).insert(id, object);
        Ok(())
    }

    fn ids(&self) -> Result<Vec<Oid>, Error> {
        Ok(lock(&self.0).keys().copied().collect())
    }

    fn contains(&self, id: &Oid) -> bool {
        lock(&self.0).contains_key(id)
    }

    fn header(&self, id: &Oid) -> Result<Option<(ObjectKind, usize)>, Error> {
        Ok(lock(&self.0).get(id).map(|object| (object.kind, object.data.len())))
    }
}

/// A change of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The reference.
    pub name: String,
    /// What it points to since then; `None` where it is gone.
    pub target: Option<Target>,
    /// What libgit2 was told of the change.
    pub message: Option<String>,
}

/// References in memory, with a log of all changes.
#[derive(Debug, Default)]
pub struct MemoryRefs(Mutex<References>);

#[derive(Debug, Default)]
struct References {
    targets: BTreeMap<String, Target>,
    log: Vec<LogEntry>,
}

impl MemoryRefs {
    /// All changes, the oldest first.
    pub fn log(&self) -> Vec<LogEntry> {
        lock(&self.0).log.clone()
    }
}

impl References {
    fn set(&mut self, name: &str, target: Option<Target>, message: Option<&str>) {
        match target.clone() {
            Some(target) => self.targets.insert(name.into(), target),
            None => self.targets.remove(name),
        };
        self.log.push(LogEntry { name: name.into(), target, message: message.map(String::from) });
    }

    fn expect(&self, name: &str, expected: Option<&Target>) -> Result<(), Error> {
        match expected {
            Some(expected) if self.targets.get(name) != Some(expected) => {
                Err(Error::modified(name))
            }
            _ => Ok(()),
        }
    }

    fn vacant(&self, name: &str, force: bool) -> Result<(), Error> {
        if !force && self.targets.contains_key(name) { Err(Error::exists(name)) } else { Ok(()) }
    }
}

impl RefStore for MemoryRefs {
    fn lookup(&self, name: &str) -> Result<Option<Target>, Error> {
        Ok(lock(&self.0).targets.get(name).cloned())
    }

    fn names(&self) -> Result<Vec<String>, Error> {
        Ok(lock(&self.0).targets.keys().cloned().collect())
    }

    fn write(&self, name: &str, target: Target, update: &RefUpdate<'_>) -> Result<(), Error> {
        let mut references = lock(&self.0);
        references.expect(name, update.expected.as_ref())?;
        references.vacant(name, update.force || update.expected.is_some())?;
        references.set(name, Some(target), update.message);
        Ok(())
    }

    fn rename(&self, old: &str, new: &str, update: &RefUpdate<'_>) -> Result<Target, Error> {
        let mut references = lock(&self.0);
        let target = references.targets.get(old).cloned().ok_or_else(|| Error::not_found(old))?;
        references.vacant(new, update.force)?;
        references.set(old, None, update.message);
        references.set(new, Some(target.clone()), update.message);
        Ok(target)
    }

    fn delete(&self, name: &str, expected: Option<&Target>) -> Result<(), Error> {
        let mut references = lock(&self.0);
        references.targets.get(name).ok_or_else(|| Error::not_found(name))?;
        references.expect(name, expected)?;
        references.set(name, None, None);
        Ok(())
    }
}

/// Nothing here panics under the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
