//! An open file, in memory that SQLite has for it.

use std::ffi::{c_int, c_void};

use libsqlite3_sys as ffi;
use outlive::{Buffer, Held, HoldError, Out, callbacks};

use super::file_system::{File, Lock};
use crate::Error;

/// What stands in SQLite's memory for a file.
#[repr(C)]
pub(super) struct FileObject {
    base: ffi::sqlite3_file,
    user_data: *mut c_void,
}

/// Puts a file where SQLite wants it, which closes it.
///
/// # Safety
///
/// There is room for a `FileObject`, which is SQLite's.
pub(super) unsafe fn open(
    place: *mut ffi::sqlite3_file,
    file: Box<dyn File>,
) -> Result<(), HoldError<OpenFile>> {
    let held = Held::new(OpenFile(file))?;
    let base = ffi::sqlite3_file { pMethods: held.as_ptr() };
    let object = FileObject { base, user_data: held.into_user_data() };
    // SAFETY: the caller's promise.
    unsafe { place.cast::<FileObject>().write(object) };
    Ok(())
}

/// The file, which is SQLite's until it is closed.
pub(super) struct OpenFile(Box<dyn File>);

// SQLite calls the methods in one thread at a time, each with memory that is valid for the call.
#[callbacks(
    ffi::sqlite3_io_methods,
    state = arg,
    user_data = unsafe { (*file.cast::<FileObject>()).user_data },
    unsafe(borrow),
    constant(iVersion = 1),
    required(
        xClose, xRead, xWrite, xTruncate, xSync, xFileSize, xLock, xUnlock, xCheckReservedLock,
        xFileControl, xSectorSize, xDeviceCharacteristics
    )
)]
#[allow(non_snake_case, unused_variables, reason = "these are SQLite's names; `file` has led here")]
impl OpenFile {
    /// SQLite calls it last, and then frees the object.
    #[callback(last, fallback = ffi::SQLITE_OK)]
    fn xClose(&self, file: *mut ffi::sqlite3_file) -> c_int {
        ffi::SQLITE_OK
    }

    #[callback(fallback = ffi::SQLITE_IOERR_READ)]
    fn xRead(
        &self,
        file: *mut ffi::sqlite3_file,
        #[len(size)] mut into: Buffer<'_>,
        size: c_int,
        offset: i64,
    ) -> c_int {
        // What is not there is zero, says SQLite.
        let into = into.fill(0);
        match self.0.read(into, offset.unsigned_abs()) {
            Ok(read) if read == into.len() => ffi::SQLITE_OK,
            Ok(_) => ffi::SQLITE_IOERR_SHORT_READ,
            Err(error) => error.code,
        }
    }

    #[callback(fallback = ffi::SQLITE_IOERR_WRITE)]
    fn xWrite(
        &self,
        file: *mut ffi::sqlite3_file,
        #[len(size)] data: &[u8],
        size: c_int,
        offset: i64,
    ) -> c_int {
        code(self.0.write(data, offset.unsigned_abs()))
    }

    #[callback(fallback = ffi::SQLITE_IOERR_TRUNCATE)]
    fn xTruncate(&self, file: *mut ffi::sqlite3_file, size: i64) -> c_int {
        code(self.0.truncate(size.unsigned_abs()))
    }

    #[callback(fallback = ffi::SQLITE_IOERR_FSYNC)]
    fn xSync(&self, file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
        code(self.0.sync())
    }

    #[callback(fallback = ffi::SQLITE_IOERR_FSTAT)]
    fn xFileSize(&self, file: *mut ffi::sqlite3_file, size: Out<'_, i64>) -> c_int {
        let found = self.0.size();
        code(found.map(|bytes| size.write(i64::try_from(bytes).unwrap_or(i64::MAX))))
    }

    #[callback(fallback = ffi::SQLITE_IOERR_LOCK)]
    fn xLock(&self, file: *mut ffi::sqlite3_file, lock: c_int) -> c_int {
        code(self.0.lock(Lock::of_number(lock)))
    }

    #[callback(fallback = ffi::SQLITE_IOERR_UNLOCK)]
    fn xUnlock(&self, file: *mut ffi::sqlite3_file, lock: c_int) -> c_int {
        code(self.0.unlock(Lock::of_number(lock)))
    }

    #[callback(fallback = ffi::SQLITE_IOERR_CHECKRESERVEDLOCK)]
    fn xCheckReservedLock(
        &self,
        file: *mut ffi::sqlite3_file,
        is_reserved: Out<'_, c_int>,
    ) -> c_int {
        code(self.0.is_reserved().map(|answer| is_reserved.write(answer.into())))
    }

    /// SQLite asks for much by it that only some file systems have.
    #[callback(fallback = ffi::SQLITE_NOTFOUND)]
    fn xFileControl(&self, file: *mut ffi::sqlite3_file, what: c_int, how: *mut c_void) -> c_int {
        ffi::SQLITE_NOTFOUND
    }

    #[callback(fallback = 4096)]
    fn xSectorSize(&self, file: *mut ffi::sqlite3_file) -> c_int {
        c_int::try_from(self.0.sector_size()).unwrap_or(4096)
    }

    /// Nothing that SQLite could count on.
    #[callback(fallback = 0)]
    fn xDeviceCharacteristics(&self, file: *mut ffi::sqlite3_file) -> c_int {
        0
    }
}

pub(super) fn code(result: Result<(), Error>) -> c_int {
    result.map_or_else(|error| error.code, |()| ffi::SQLITE_OK)
}
