//! What a file system is to SQLite.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use libsqlite3_sys as ffi;

use crate::Error;

/// Where SQLite keeps its files. Any thread may call its methods, several at the same time.
///
/// An error's code is what SQLite acts by, such as `SQLITE_CANTOPEN` or `SQLITE_IOERR_DELETE`; a method that panics is an error
/// of that kind.
pub trait FileSystem: Send + Sync + 'static {
    /// Opens a file, and makes it unless `access` forbids that. No path is for a file of SQLite's own, which is gone when
    /// it is closed.
    ///
    /// # Errors
    ///
    /// SQLite reports them, here and below.
    fn open(&self, path: Option<&str>, access: Access) -> Result<Box<dyn File>, Error>;

    /// Deletes a file.
    ///
    /// # Errors
    ///
    /// `SQLITE_IOERR_DELETE_NOENT` where there is none.
    fn delete(&self, path: &str) -> Result<(), Error>;

    /// Whether there is a file.
    ///
    /// # Errors
    ///
    /// Where that cannot be known.
    fn exists(&self, path: &str) -> Result<bool, Error>;

    /// Fills the buffer with random bytes.
    fn randomness(&self, into: &mut [u8]) {
        for chunk in into.chunks_mut(8) {
            let random = RandomState::new().build_hasher().finish().to_ne_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }

    /// Waits.
    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }

    /// The time since the epoch of Unix.
    fn now(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// What SQLite wants to do with a file that it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// To write.
    pub write: bool,
    /// To make it where there is none.
    pub create: bool,
    /// To have it deleted when it is closed.
    pub delete_on_close: bool,
}

/// How much of a file a connection has to itself. Each has what those before it have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// Nothing.
    None,
    /// It reads, beside others that read.
    Shared,
    /// It is going to write, and others read.
    Reserved,
    /// It waits for those who read, and nobody begins to.
    Pending,
    /// It writes, alone.
    Exclusive,
}

/// A file that SQLite has open. One thread at a time calls its methods; it is closed by being dropped.
///
/// The codes of its errors are those of SQLite that begin with `SQLITE_IOERR`, or `SQLITE_FULL`; a panic is an error of
/// that kind.
pub trait File: Send + Sync + 'static {
    /// Reads from `offset` on, and says how many bytes there were.
    ///
    /// # Errors
    ///
    /// SQLite reports them, here and below.
    fn read(&self, into: &mut [u8], offset: u64) -> Result<usize, Error>;

    /// Writes all of `data`.
    ///
    /// # Errors
    ///
    /// As for `read`.
    fn write(&self, data: &[u8], offset: u64) -> Result<(), Error>;

    /// Makes the file shorter.
    ///
    /// # Errors
    ///
    /// As for `read`.
    fn truncate(&self, size: u64) -> Result<(), Error>;

    /// Returns when all that was written survives a loss of power.
    ///
    /// # Errors
    ///
    /// As for `read`.
    fn sync(&self) -> Result<(), Error>;

    /// How long the file is.
    ///
    /// # Errors
    ///
    /// As for `read`.
    fn size(&self) -> Result<u64, Error>;

    /// Takes a lock that is more than the connection has.
    ///
    /// # Errors
    ///
    /// `SQLITE_BUSY` where others have what forbids it.
    fn lock(&self, lock: Lock) -> Result<(), Error>;

    /// Goes back to a lock that is less: `Shared` or `None`.
    ///
    /// # Errors
    ///
    /// As for `read`.
    fn unlock(&self, lock: Lock) -> Result<(), Error>;

    /// Whether anybody has `Reserved` or more.
    ///
    /// # Errors
    ///
    /// As for `read`.
    fn is_reserved(&self) -> Result<bool, Error>;

    /// How many bytes a loss of power can damage around those that are written.
    fn sector_size(&self) -> u32 {
        512
    }
}

impl Lock {
    /// SQLite's number.
    pub(super) fn of_number(number: std::ffi::c_int) -> Self {
        match number {
            ffi::SQLITE_LOCK_NONE => Lock::None,
            ffi::SQLITE_LOCK_SHARED => Lock::Shared,
            ffi::SQLITE_LOCK_RESERVED => Lock::Reserved,
            ffi::SQLITE_LOCK_PENDING => Lock::Pending,
            _ => Lock::Exclusive,
        }
    }
}
