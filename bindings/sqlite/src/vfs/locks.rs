//! SQLite's locks, between the connections of one process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use libsqlite3_sys as ffi;

use super::file_system::Lock;
use crate::Error;

/// Who has what of a file.
#[derive(Debug, Default)]
pub(super) struct Locks {
    shared: u32,
    /// At most one connection has this or more.
    reserved: bool,
    pending: bool,
    exclusive: bool,
}

/// What one connection has of a file. It gives everything back when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    locks: Arc<Mutex<Locks>>,
    own: Mutex<Lock>,
}

impl Share {
    pub fn new(locks: Arc<Mutex<Locks>>) -> Self {
        Share { locks, own: Mutex::new(Lock::None) }
    }

    /// Goes up to `wanted`.
    pub fn lock(&self, wanted: Lock) -> Result<(), Error> {
        let (mut all, mut own) = (guard(&self.locks), guard(&self.own));
        if wanted <= *own {
            return Ok(());
        }
        let others_wait = all.pending && *own < Lock::Pending;
        if *own == Lock::None {
            if others_wait || all.exclusive {
                return Err(busy());
            }
            all.shared += 1;
            *own = Lock::Shared;
        }
        if wanted >= Lock::Reserved && *own < Lock::Reserved {
            if all.reserved {
                return Err(busy());
            }
            all.reserved = true;
            *own = Lock::Reserved;
        }
        if wanted >= Lock::Pending {
            all.pending = true;
            *own = Lock::Pending;
        }
        if wanted == Lock::Exclusive {
            if all.shared > 1 {
                return Err(busy());
            }
            all.exclusive = true;
            *own = Lock::Exclusive;
        }
        Ok(())
    }

    /// Goes down to `wanted`.
    pub fn unlock(&self, wanted: Lock) {
        let (mut all, mut own) = (guard(&self.locks), guard(&self.own));
        if *own >= Lock::Reserved && wanted < Lock::Reserved {
            (all.reserved, all.pending, all.exclusive) = (false, false, false);
        }
        if *own >= Lock::Shared && wanted == Lock::None {
            all.shared -= 1;
        }
        *own = wanted.min(*own);
    }

    pub fn is_reserved(&self) -> bool {
        guard(&self.locks).reserved
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.unlock(Lock::None);
    }
}

fn busy() -> Error {
    Error::of_code(ffi::SQLITE_BUSY)
}

/// A panic of another call leaves nothing half done here.
pub(super) fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
