//! The registration of a file system, and what SQLite calls of it.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_int};
use std::ptr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use libsqlite3_sys as ffi;
use outlive::{Buffer, Held, Out, callbacks};

use super::file::{self, FileObject, code};
use super::file_system::{Access, FileSystem};
use crate::Error;
use crate::connection::c_string;
use crate::function::no_slot;

/// How long a path may be, in bytes, with the zero at its end.
const LONGEST_PATH: c_int = 1024;

/// The days from SQLite's epoch, a noon, to that of Unix, in milliseconds.
const EPOCH: i64 = 210_866_760_000_000;

/// A file system that is registered with SQLite, until this is dropped.
///
/// Connections that have it go on: the files that they have open are theirs until they close them, and what they ask for beyond
/// that is refused, with `SQLITE_CANTOPEN` or `SQLITE_IOERR`. SQLite does not say when the last of them is gone, so that the
/// memory of a registration, some hundred bytes, stays until the process ends.
///
/// ```
/// use outlive_sqlite::{Connection, MemoryDisk, RegisteredVfs};
///
/// let disk = MemoryDisk::new();
/// let vfs = RegisteredVfs::new("memory", disk.clone())?;
/// let db = Connection::open("a.db", Some(vfs.name()))?;
/// db.execute("CREATE TABLE t(a)")?;
/// assert_eq!(disk.files(), ["a.db"]);
/// # Ok::<(), outlive_sqlite::Error>(())
/// ```
#[derive(Debug)]
pub struct RegisteredVfs {
    held: Held<Vfs>,
    name: String,
}

/// The names that were ever registered. SQLite reads one for as long as a connection has the file system, which it does
/// not say, so that they stay. To look for a name and to register it is one step, under this lock.
static NAMES: Mutex<BTreeSet<CString>> = Mutex::new(BTreeSet::new());

impl RegisteredVfs {
    /// Registers a file system under a name.
    ///
    /// # Errors
    ///
    /// `SQLITE_MISUSE` where the name is taken: of two file systems of a name SQLite would find only one. `SQLITE_NOMEM`
    /// where no slot or no memory is left. The file system is dropped.
    #[track_caller]
    pub fn new(name: &str, file_system: impl FileSystem) -> Result<Self, Error> {
        let c_name = c_string(name)?;
        let held = Held::new(Vfs(Box::new(file_system))).map_err(no_slot)?;
        let registered = register(&held, c_name);
        if let Err(error) = registered {
            // SAFETY: SQLite has not taken it.
            let _ = unsafe { held.release() };
            return Err(error);
        }
        Ok(RegisteredVfs { held, name: name.to_owned() })
    }

    /// The name by which a connection is opened.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for RegisteredVfs {
    fn drop(&mut self) {
        // SAFETY: it was registered. A connection that has it goes on to call, so that it is not released.
        unsafe { ffi::sqlite3_vfs_unregister(self.held.as_ptr()) };
    }
}

fn register(held: &Held<Vfs>, name: CString) -> Result<(), Error> {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: the name is a string.
    if !unsafe { ffi::sqlite3_vfs_find(name.as_ptr()) }.is_null() {
        let words = format!("there is a file system {} already", name.to_string_lossy());
        return Err(Error::new(ffi::SQLITE_MISUSE, words));
    }
    let start = match names.get(&name) {
        Some(name) => name.as_ptr(),
        None => {
            let start = name.as_ptr();
            names.insert(name);
            start
        }
    };
    let vfs = held.as_ptr();
    // SAFETY: the block says that this member is written, and nobody else has the table yet.
    unsafe { (*vfs).zName = start };
    // SAFETY: the table and the name are valid for good; the functions' arguments are what SQLite's manual says.
    match unsafe { ffi::sqlite3_vfs_register(vfs, 0) } {
        ffi::SQLITE_OK => Ok(()),
        code => Err(Error::of_code(code)),
    }
}

struct Vfs(Box<dyn FileSystem>);

// SQLite's strings and other memory are valid for the call.
#[callbacks(
    ffi::sqlite3_vfs,
    state = arg,
    user_data = unsafe { (*vfs).pAppData },
    user_data_member = pAppData,
    unsafe(borrow),
    constant(iVersion = 2, szOsFile = size_of::<FileObject>() as c_int, mxPathname = LONGEST_PATH),
    written_by_c(pNext, zName),
    required(xOpen, xDelete, xAccess, xFullPathname, xRandomness, xSleep, xCurrentTime)
)]
#[allow(non_snake_case, unused_variables, reason = "these are SQLite's names; `vfs` has led here")]
impl Vfs {
    /// Where it fails, SQLite does not close the file if it has no methods.
    #[callback(fallback = refuse_file(file))]
    fn xOpen(
        &self,
        vfs: *mut ffi::sqlite3_vfs,
        path: Option<&CStr>,
        file: *mut ffi::sqlite3_file,
        flags: c_int,
        granted: Option<Out<'_, c_int>>,
    ) -> c_int {
        let can_not_open = refuse_file(file);
        let access = Access {
            write: flags & ffi::SQLITE_OPEN_READWRITE != 0,
            create: flags & ffi::SQLITE_OPEN_CREATE != 0,
            delete_on_close: flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0,
        };
        let Ok(path) = path.map(CStr::to_str).transpose() else { return can_not_open };
        let opened = match self.0.open(path, access) {
            Ok(opened) => opened,
            Err(error) => return error.code,
        };
        // SAFETY: SQLite has as much room there as `szOsFile` says.
        if unsafe { file::open(file, opened) }.is_err() {
            return ffi::SQLITE_NOMEM;
        }
        if let Some(granted) = granted {
            granted.write(flags);
        }
        ffi::SQLITE_OK
    }

    #[callback(fallback = ffi::SQLITE_IOERR_DELETE)]
    fn xDelete(&self, vfs: *mut ffi::sqlite3_vfs, path: &CStr, sync: c_int) -> c_int {
        code(text(path).and_then(|path| self.0.delete(path)))
    }

    #[callback(fallback = ffi::SQLITE_IOERR_ACCESS)]
    fn xAccess(
        &self,
        vfs: *mut ffi::sqlite3_vfs,
        path: &CStr,
        flags: c_int,
        answer: Out<'_, c_int>,
    ) -> c_int {
        let exists = text(path).and_then(|path| self.0.exists(path));
        code(exists.map(|exists| answer.write(exists.into())))
    }

    /// All paths are full ones.
    #[callback(fallback = ffi::SQLITE_CANTOPEN)]
    fn xFullPathname(
        &self,
        vfs: *mut ffi::sqlite3_vfs,
        path: &CStr,
        size: c_int,
        #[len(size)] mut full: Buffer<'_>,
    ) -> c_int {
        let path = path.to_bytes_with_nul();
        match full.fill(0).get_mut(..path.len()) {
            Some(full) => {
                full.copy_from_slice(path);
                ffi::SQLITE_OK
            }
            None => ffi::SQLITE_CANTOPEN,
        }
    }

    #[callback(fallback = 0)]
    fn xRandomness(
        &self,
        vfs: *mut ffi::sqlite3_vfs,
        size: c_int,
        #[len(size)] mut into: Buffer<'_>,
    ) -> c_int {
        self.0.randomness(into.fill(0));
        size
    }

    #[callback(fallback = 0)]
    fn xSleep(&self, vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
        self.0.sleep(Duration::from_micros(microseconds.unsigned_abs().into()));
        microseconds
    }

    /// The day, since the epoch of SQLite.
    #[callback(fallback = ffi::SQLITE_ERROR)]
    fn xCurrentTime(&self, vfs: *mut ffi::sqlite3_vfs, day: Out<'_, f64>) -> c_int {
        day.write(milliseconds(self.0.now()) as f64 / 86_400_000.0);
        ffi::SQLITE_OK
    }

    #[callback(fallback = ffi::SQLITE_ERROR)]
    fn xCurrentTimeInt64(&self, vfs: *mut ffi::sqlite3_vfs, time: Out<'_, i64>) -> c_int {
        time.write(milliseconds(self.0.now()));
        ffi::SQLITE_OK
    }
}

/// A file that could not be opened has no methods, so that SQLite does not close it.
fn refuse_file(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: it is called in `xOpen`, with SQLite's memory for the file.
    unsafe { (*file).pMethods = ptr::null() };
    ffi::SQLITE_CANTOPEN
}

fn text(path: &CStr) -> Result<&str, Error> {
    path.to_str().map_err(|_| Error::new(ffi::SQLITE_CANTOPEN, "the path is not UTF-8"))
}

fn milliseconds(now: Duration) -> i64 {
    EPOCH.saturating_add(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}
