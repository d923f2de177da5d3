//! A file system in Rust: what SQLite does on it, and what it survives.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use libsqlite3_sys as ffi;
use outlive_sqlite::{
    Access, Connection, Error, Fault, File, FileSystem, Lock, MemoryDisk, RegisteredVfs, Value,
};

/// Registers a file system under a name that no other test has.
fn registered(file_system: impl FileSystem) -> RegisteredVfs {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("disk-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    RegisteredVfs::new(&name, file_system).unwrap()
}

fn integer(db: &Connection, sql: &str) -> Result<i64, Error> {
    match db.query(sql, &[])?.as_slice() {
        [row] => match row.as_slice() {
            [Value::Integer(value)] => Ok(*value),
            other => panic!("{other:?} is no integer"),
        },
        other => panic!("{} rows", other.len()),
    }
}

/// How a database is written.
#[derive(Clone, Copy, Debug)]
struct Mode {
    pragmas: &'static str,
}

const MODES: [Mode; 4] = [
    Mode { pragmas: "PRAGMA journal_mode = DELETE" },
    Mode { pragmas: "PRAGMA journal_mode = TRUNCATE; PRAGMA cache_size = 2" },
    Mode { pragmas: "PRAGMA journal_mode = PERSIST; PRAGMA synchronous = EXTRA" },
    Mode {
        pragmas: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
    },
];

/// Adds three rows in each of so many transactions. Says how many were committed, and what kept it from more.
fn work(vfs: &RegisteredVfs, mode: Mode, transactions: i64) -> (i64, Option<Error>) {
    let mut committed = 0;
    let result = (|| {
        let db = Connection::open("a.db", Some(vfs.name()))?;
        db.execute("PRAGMA page_size = 1024")?;
        db.execute(mode.pragmas)?;
        let table = "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, text TEXT, part INTEGER)";
        db.execute(&format!("{table}; CREATE INDEX IF NOT EXISTS by_text ON t(text, part)"))?;
        let begun = integer(&db, "SELECT count(*) / 3 FROM t")?;
        for transaction in begun..begun + transactions {
            db.execute("BEGIN IMMEDIATE")?;
            for part in 0..3 {
                let text = Value::from("x".repeat(300 + part as usize));
                db.query("INSERT INTO t(text, part) VALUES (?, ?)", &[text, part.into()])?;
            }
            db.execute(&format!(
                "UPDATE t SET part = part + 10 WHERE id % 5 = {}",
                transaction % 5
            ))?;
            db.execute("COMMIT")?;
            committed += 1;
        }
        Ok(())
    })();
    (committed, result.err())
}

/// What is there after a restart: how many transactions, and whether SQLite finds the database whole.
fn found(vfs: &RegisteredVfs, mode: Mode) -> Result<(i64, bool), Error> {
    let db = Connection::open("a.db", Some(vfs.name()))?;
    db.execute(mode.pragmas.split_inclusive("EXCLUSIVE;").next().unwrap_or(""))?;
    let tables = integer(&db, "SELECT count(*) FROM sqlite_schema WHERE name = 't'")?;
    let rows = if tables == 0 { 0 } else { integer(&db, "SELECT count(*) FROM t")? };
    let is_whole = db.query("PRAGMA integrity_check", &[])? == [[Value::from("ok")]];
    Ok((rows / 3, is_whole && rows % 3 == 0))
}

/// Stops the machine at each operation of the work. The crashes after which the database is not as it should be.
fn damaging_crashes(mode: Mode, seeds: std::ops::Range<u64>) -> (u64, Vec<String>) {
    let (mut crashes, mut damages) = (0, Vec::new());
    for operation in 1.. {
        for seed in seeds.clone() {
            let disk = MemoryDisk::new();
            let vfs = registered(disk.clone());
            disk.fault_in(operation, Fault::Crash);
            let (committed, error) = work(&vfs, mode, 3);
            if error.is_none() {
                return (crashes, damages);
            }
            crashes += 1;
            disk.restart(seed);
            match found(&vfs, mode) {
                // The one on its way may be there, or not.
                Ok((there, true)) if there == committed || there == committed + 1 => {}
                other => damages.push(format!("{operation} {seed}: {other:?} after {committed}")),
            }
        }
    }
    unreachable!("the work comes to its end without a crash")
}

#[test]
fn a_database_survives_a_crash_and_torn_writes_at_every_operation() {
    for mode in MODES {
        let (crashes, damages) = damaging_crashes(mode, 0..4);
        assert!(crashes > 100, "{mode:?}: {crashes} crashes");
        assert!(damages.is_empty(), "{mode:?}: {damages:#?}");
    }
}

#[test]
fn a_crash_does_damage_where_nothing_is_synced() {
    let careless = Mode { pragmas: "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF" };
    let (_, damages) = damaging_crashes(careless, 0..4);
    assert!(!damages.is_empty());
}

#[test]
fn an_error_at_any_operation_loses_nothing_that_was_committed() {
    for mode in MODES {
        for code in [ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_FULL] {
            for operation in 1.. {
                let disk = MemoryDisk::new();
                let vfs = registered(disk.clone());
                disk.fault_in(operation, Fault::Error(code));
                let (committed, error) = work(&vfs, mode, 3);
                if error.is_none() && disk.operations() < operation {
                    break;
                }
                let (there, is_whole) = found(&vfs, mode).unwrap();
                let expected = [committed, committed + 1];
                assert!(is_whole && expected.contains(&there), "{mode:?} {operation}: {there}");
                // And the disk is good for more.
                assert_eq!(work(&vfs, mode, 1).1, None);
            }
        }
    }
}

#[test]
fn a_panic_at_any_operation_is_an_error_of_the_statement() {
    for operation in 1.. {
        let disk = MemoryDisk::new();
        let vfs = registered(disk.clone());
        disk.fault_in(operation, Fault::Panic);
        let (committed, error) = work(&vfs, MODES[0], 1);
        if disk.operations() < operation {
            assert!(operation > 20);
            break;
        }
        if let Some(error) = error {
            assert_eq!(error.primary_code(), ffi::SQLITE_IOERR, "{operation}: {error}");
        }
        let (there, is_whole) = found(&vfs, MODES[0]).unwrap();
        assert!(is_whole && (committed..=committed + 1).contains(&there), "{operation}");
    }
}

#[test]
fn a_name_that_is_taken_is_refused_and_the_first_goes_on() {
    let (first, second) = (MemoryDisk::new(), MemoryDisk::new());
    let vfs = RegisteredVfs::new("taken", first.clone()).unwrap();
    let refused = RegisteredVfs::new("taken", second).unwrap_err();
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (ffi::SQLITE_MISUSE, "there is a file system taken already")
    );
    let db = Connection::open("a.db", Some("taken")).unwrap();
    db.execute("CREATE TABLE t(a)").unwrap();
    assert_eq!(first.files(), ["a.db"]);
    drop((db, vfs));
    let again = RegisteredVfs::new("taken", first).unwrap();
    let db = Connection::open("a.db", Some(again.name())).unwrap();
    assert_eq!(integer(&db, "SELECT count(*) FROM t").unwrap(), 0);
}

#[test]
fn a_file_system_that_is_dropped_under_a_connection_refuses_what_is_new() {
    let disk = MemoryDisk::new();
    let vfs = registered(disk.clone());
    let name = vfs.name().to_owned();
    let db = Connection::open("a.db", Some(&name)).unwrap();
    db.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1); BEGIN; SELECT a FROM t").unwrap();
    drop(vfs);
    // Its file is still its own, but the journal would be a new one.
    assert_eq!(integer(&db, "SELECT a FROM t").unwrap(), 1);
    let error = db.execute("INSERT INTO t VALUES (2)").unwrap_err();
    assert!([ffi::SQLITE_CANTOPEN, ffi::SQLITE_IOERR].contains(&error.primary_code()), "{error}");
    assert!(Connection::open("b.db", Some(&name)).is_err());
    drop(db);
    let vfs = registered(disk.clone());
    let db = Connection::open("a.db", Some(vfs.name())).unwrap();
    assert_eq!(integer(&db, "SELECT count(*) FROM t").unwrap(), 1);
}

#[test]
fn methods_that_a_file_has_not_keep_sqlite_from_what_needs_them() {
    let vfs = registered(MemoryDisk::new());
    let db = Connection::open("a.db", Some(vfs.name())).unwrap();
    // A WAL that several connections share needs shared memory, which these files do not have.
    assert_eq!(db.query("PRAGMA journal_mode = WAL", &[]).unwrap(), [[Value::from("delete")]]);
}

#[test]
fn two_connections_wait_for_each_other() {
    let vfs = registered(MemoryDisk::new());
    let open = || Connection::open("a.db", Some(vfs.name())).unwrap();
    let (one, other) = (open(), open());
    one.execute("CREATE TABLE t(a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)").unwrap();
    let one = std::rc::Rc::new(one);
    let (holder, waits) = (one.clone(), std::rc::Rc::new(std::cell::Cell::new(0)));
    let (own, seen) = (std::rc::Rc::new(other), waits.clone());
    let itself = std::rc::Rc::downgrade(&own);
    own.on_busy(Some(Box::new(move |attempts| {
        seen.set(attempts + 1);
        if attempts == 2 {
            holder.execute("COMMIT").unwrap();
            itself.upgrade().unwrap().on_busy(None).unwrap(); // and that is the last time
        }
        true
    })))
    .unwrap();
    own.execute("INSERT INTO t VALUES (2)").unwrap();
    assert_eq!((waits.get(), integer(&one, "SELECT count(*) FROM t").unwrap()), (3, 2));

    one.execute("BEGIN IMMEDIATE").unwrap();
    assert_eq!(own.execute("INSERT INTO t VALUES (3)").unwrap_err().code, ffi::SQLITE_BUSY);
    own.on_busy(Some(Box::new(|_| panic!("busy")))).unwrap();
    assert_eq!(own.execute("INSERT INTO t VALUES (3)").unwrap_err().code, ffi::SQLITE_BUSY);
}

/// A file system whose methods do what a test says.
#[derive(Clone)]
struct Odd {
    disk: MemoryDisk,
    panics_in: &'static str,
    /// How many files are open.
    open: Arc<()>,
}

impl Odd {
    fn step(&self, name: &str) {
        assert_ne!(name, self.panics_in, "told to");
    }
}

struct OddFile(Box<dyn File>, Odd, #[allow(dead_code)] Arc<()>);

impl FileSystem for Odd {
    fn open(&self, path: Option<&str>, access: Access) -> Result<Box<dyn File>, Error> {
        self.step("open");
        let file = self.disk.open(path, access)?;
        Ok(Box::new(OddFile(file, self.clone(), self.open.clone())))
    }
    fn delete(&self, path: &str) -> Result<(), Error> {
        self.step("delete");
        self.disk.delete(path)
    }
    fn exists(&self, path: &str) -> Result<bool, Error> {
        self.step("exists");
        self.disk.exists(path)
    }
    fn randomness(&self, into: &mut [u8]) {
        self.step("randomness");
        self.disk.randomness(into);
    }
    fn now(&self) -> Duration {
        self.step("now");
        self.disk.now()
    }
}

impl File for OddFile {
    fn read(&self, into: &mut [u8], offset: u64) -> Result<usize, Error> {
        self.1.step("read");
        self.0.read(into, offset)
    }
    fn write(&self, data: &[u8], offset: u64) -> Result<(), Error> {
        self.1.step("write");
        self.0.write(data, offset)
    }
    fn truncate(&self, size: u64) -> Result<(), Error> {
        self.1.step("truncate");
        self.0.truncate(size)
    }
    fn sync(&self) -> Result<(), Error> {
        self.1.step("sync");
        self.0.sync()
    }
    fn size(&self) -> Result<u64, Error> {
        self.1.step("size");
        self.0.size()
    }
    fn lock(&self, lock: Lock) -> Result<(), Error> {
        self.1.step("lock");
        self.0.lock(lock)
    }
    fn unlock(&self, lock: Lock) -> Result<(), Error> {
        self.1.step("unlock");
        self.0.unlock(lock)
    }
    fn is_reserved(&self) -> Result<bool, Error> {
        self.1.step("is_reserved");
        self.0.is_reserved()
    }
    fn sector_size(&self) -> u32 {
        self.1.step("sector_size");
        self.0.sector_size()
    }
}

impl Drop for OddFile {
    fn drop(&mut self) {
        self.1.step("close");
    }
}

#[test]
fn a_panic_in_any_method_is_an_error_or_no_concern_of_sqlite() {
    let statements =
        "PRAGMA journal_mode = TRUNCATE; CREATE TABLE t(a); INSERT INTO t VALUES (randomblob(8));
        SELECT a FROM t WHERE a <> datetime('now'); PRAGMA journal_mode = DELETE; DELETE FROM t";
    let methods = [
        ("open", true),
        ("delete", true),
        ("exists", true),
        ("randomness", false),
        ("now", false),
        ("read", true),
        ("write", true),
        ("truncate", true),
        ("sync", true),
        ("size", true),
        ("lock", true),
        ("unlock", false),
        ("is_reserved", false),
        ("sector_size", false),
        ("close", false),
    ];
    for (method, fails) in methods {
        let odd = Odd { disk: MemoryDisk::new(), panics_in: method, open: Arc::default() };
        let vfs = registered(odd.clone());
        let result =
            Connection::open("a.db", Some(vfs.name())).and_then(|db| db.execute(statements));
        if fails {
            assert!(result.is_err(), "{method}");
        }
        drop(vfs);
        assert_eq!(Arc::strong_count(&odd.open), 1, "{method}: a file was not closed");
    }
}

#[test]
fn temporary_files_are_gone_when_they_are_closed() {
    let disk = MemoryDisk::new();
    let vfs = registered(disk.clone());
    let db = Connection::open("a.db", Some(vfs.name())).unwrap();
    db.execute("PRAGMA temp_store = FILE; PRAGMA cache_size = 1; PRAGMA temp.cache_size = 1")
        .unwrap();
    db.execute("CREATE TEMP TABLE big(a); INSERT INTO big SELECT randomblob(900) FROM json_each('[1,2,3,4,5,6,7,8,9]')").unwrap();
    db.execute("INSERT INTO big SELECT a FROM big; INSERT INTO big SELECT a FROM big").unwrap();
    assert_eq!(
        integer(&db, "SELECT count(*) FROM (SELECT a, count(*) OVER () FROM big ORDER BY a)")
            .unwrap(),
        36
    );
    drop(db);
    assert!(disk.files().is_empty() || disk.files() == ["a.db"], "{:?}", disk.files());
}

#[test]
fn connections_of_several_threads_share_a_file_system() {
    let vfs = registered(MemoryDisk::new());
    let open = || {
        let db = Connection::open("a.db", Some(vfs.name())).unwrap();
        db.on_busy(Some(Box::new(|attempts| {
            std::thread::sleep(Duration::from_micros(50));
            attempts < 100_000
        })))
        .unwrap();
        db
    };
    let db = open();
    db.execute("CREATE TABLE t(a INTEGER)").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let db = open();
                for _ in 0..10 {
                    let add = "BEGIN IMMEDIATE; INSERT INTO t SELECT count(*) FROM t; COMMIT";
                    db.execute(add).unwrap();
                }
            });
        }
    });
    // Each has seen all that were there before it.
    assert_eq!(integer(&db, "SELECT count(DISTINCT a) FROM t WHERE a < 40").unwrap(), 40);
}

#[test]
fn a_file_system_that_drops_itself_in_its_own_method_ends_when_that_returns() {
    #[derive(Clone)]
    struct DropsItself(MemoryDisk, Arc<Mutex<Option<RegisteredVfs>>>, Arc<()>);
    impl FileSystem for DropsItself {
        fn open(&self, path: Option<&str>, access: Access) -> Result<Box<dyn File>, Error> {
            self.0.open(path, access)
        }
        fn delete(&self, path: &str) -> Result<(), Error> {
            let own = self.1.lock().unwrap().take();
            drop(own);
            assert!(Arc::strong_count(&self.2) > 1); // it is still there: this is its call
            self.0.delete(path)
        }
        fn exists(&self, path: &str) -> Result<bool, Error> {
            self.0.exists(path)
        }
    }
    let (place, alive) = (Arc::new(Mutex::new(None)), Arc::new(()));
    let vfs = registered(DropsItself(MemoryDisk::new(), place.clone(), alive.clone()));
    let name = vfs.name().to_owned();
    place.lock().unwrap().replace(vfs);
    let db = Connection::open("a.db", Some(&name)).unwrap();
    // The journal is deleted at the end of the transaction.
    db.execute("CREATE TABLE t(a)").unwrap();
    assert_eq!(Arc::strong_count(&alive), 1);
    assert!(db.execute("INSERT INTO t VALUES (1)").is_err());
    assert!(Connection::open("b.db", Some(&name)).is_err());
}
