//! Tables that libgit2 does not take: they stay the host's, and are dropped once.

use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use libgit2_sys::*;
use outlive::{Held, callbacks, ledger};

/// Counts its drops.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Of a version that libgit2 does not know.
struct FromTheFuture(#[expect(dead_code, reason = "to be dropped")] Counted);

#[callbacks(git_odb_backend, state = table, constant(version = 99), written_by_c(odb))]
impl FromTheFuture {
    #[callback(unsafe(last))]
    fn free(&self) {}
}

/// As small as an object database may be.
struct Empty(#[expect(dead_code, reason = "to be dropped")] Counted);

#[callbacks(git_odb_backend, state = table, constant(version = 1), written_by_c(odb))]
impl Empty {
    #[callback(unsafe(last))]
    fn free(&self) {}
}

/// Without all that libgit2 requires.
struct Incomplete(#[expect(dead_code, reason = "to be dropped")] Counted);

#[callbacks(git_refdb_backend, state = table, constant(version = 1))]
impl Incomplete {
    #[callback(fallback = -1)]
    fn has_log(&self, _name: *const std::ffi::c_char) -> i32 {
        0
    }

    #[callback(unsafe(last))]
    fn free(&self) {}
}

fn database() -> *mut git_odb {
    let mut database = null_mut();
    // SAFETY: libgit2 writes the pointer.
    assert!(unsafe { git_libgit2_init() } > 0);
    // SAFETY: libgit2 writes the pointer.
    assert_eq!(unsafe { git_odb_new(&raw mut database) }, 0);
    database
}

fn add(database: *mut git_odb, held: *mut git_odb_backend) -> Result<(), i32> {
    // SAFETY: both are valid.
    match unsafe { git_odb_add_backend(database, held, 1) } {
        0 => Ok(()),
        code => Err(code),
    }
}

fn free(database: *mut git_odb) {
    // SAFETY: it is not used after this.
    unsafe { git_odb_free(database) };
}

#[test]
fn what_libgit2_does_not_take_stays_the_hosts() {
    let drops = Arc::new(AtomicUsize::new(0));
    let dropped = || drops.swap(0, Ordering::Relaxed);

    // A version that is unknown.
    let odb = database();
    let held = Held::new(FromTheFuture(Counted(drops.clone()))).unwrap();
    let (code, held) = held.hand_over(|held| add(odb, held.as_ptr())).unwrap_err().into_held();
    assert_eq!((code, dropped()), (-1, 0));
    // SAFETY: libgit2 has not taken it.
    let _ = unsafe { held.unwrap().release() };
    assert_eq!(dropped(), 1);

    // One that another database has already: the first one wins.
    let held = Held::new(Empty(Counted(drops.clone()))).unwrap();
    let table = held.hand_over(|held| add(odb, held.as_ptr()).map(|()| held.as_ptr())).unwrap();
    let other = database();
    assert_eq!(add(other, table), Err(-1));
    free(other);
    assert_eq!(dropped(), 0);
    free(odb);
    assert_eq!(dropped(), 1);

    // Members that libgit2 requires are missing.
    let mut repository = null_mut();
    // SAFETY: libgit2 writes the pointer.
    assert_eq!(unsafe { git_repository_new(&raw mut repository) }, 0);
    let mut refdb = null_mut();
    // SAFETY: the repository is valid, and libgit2 writes the pointer.
    assert_eq!(unsafe { git_refdb_new(&raw mut refdb, repository) }, 0);
    let held = Held::new(Incomplete(Counted(drops.clone()))).unwrap();
    let set = |held: &Held<Incomplete>| {
        // SAFETY: both are valid.
        let code = unsafe { git_refdb_set_backend(refdb, held.as_ptr()) };
        if code == 0 { Ok(()) } else { Err(code) }
    };
    let (code, held) = held.hand_over(set).unwrap_err().into_held();
    assert_eq!((code, dropped()), (GIT_EINVALID, 0));
    // SAFETY: libgit2 has not taken it.
    let _ = unsafe { held.unwrap().release() };
    assert_eq!(dropped(), 1);
    // SAFETY: it is not used after this.
    unsafe { git_refdb_free(refdb) };
    // SAFETY: it is not used after this.
    unsafe { git_repository_free(repository) };

    assert_eq!(ledger().tables.len(), 0, "{}", ledger());
}
