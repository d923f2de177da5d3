//! A disk in memory, whose faults can be chosen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use libsqlite3_sys as ffi;

use super::file_system::{Access, File, FileSystem, Lock};
use super::locks::{Locks, Share, guard};
use crate::Error;

/// What a loss of power keeps or loses as a whole.
const SECTOR: usize = 512;

/// What happens at one of the operations by which a disk is changed: a write, a truncation, a sync, a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this code, and the disk goes on: `SQLITE_IOERR_WRITE`, `SQLITE_FULL`.
    Error(i32),
    /// The machine stops: nothing is done any more until [`MemoryDisk::restart`].
    Crash,
    /// The method panics.
    Panic,
}

/// A disk in memory that behaves as real ones do at a loss of power: what was not synced survives or not, in sectors of
/// 512 bytes, each on its own, in any order, and a sector that was being written may be half old, half new. A deletion
/// and a file's making survive at once.
///
/// Clones are the same disk.
///
/// ```
/// use outlive_sqlite::{Connection, Fault, MemoryDisk, RegisteredVfs, Value};
///
/// let disk = MemoryDisk::new();
/// let vfs = RegisteredVfs::new("faulty", disk.clone())?;
/// Connection::open("a.db", Some(vfs.name()))?.execute("CREATE TABLE t(a)")?;
///
/// disk.fault_in(3, Fault::Crash); // at the third operation from here
/// let db = Connection::open("a.db", Some(vfs.name()))?;
/// assert!(db.execute("INSERT INTO t VALUES (1)").is_err());
/// drop(db);
///
/// disk.restart(7); // which sectors survive depends on this number
/// let db = Connection::open("a.db", Some(vfs.name()))?;
/// assert_eq!(db.query("SELECT count(*) FROM t", &[])?, [[Value::Integer(0)]]);
/// # Ok::<(), outlive_sqlite::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk(Arc<Mutex<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    files: BTreeMap<String, Arc<Mutex<Contents>>>,
    operations: u64,
    /// At the operation of this number.
    fault: Option<(u64, Fault)>,
    is_stopped: bool,
    /// How often it was started: a file that was opened before is of no use.
    start: u64,
}

#[derive(Debug, Default)]
struct Contents {
    /// What a reader finds.
    current: Vec<u8>,
    /// What is there after a loss of power.
    synced: Vec<u8>,
    /// What was done since, in this order.
    pending: Vec<Change>,
    locks: Arc<Mutex<Locks>>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, data: Vec<u8> },
    Truncate(usize),
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Change::Write { offset, data } => {
                let end = offset + data.len();
                if to.len() < end {
                    to.resize(end, 0);
                }
                to[*offset..end].copy_from_slice(data);
            }
            Change::Truncate(size) => to.truncate(*size),
        }
    }

    /// The parts of it that survive, or not, on their own.
    fn sectors(&self) -> Vec<Change> {
        let Change::Write { offset, data } = self else { return vec![self.clone()] };
        let (mut sectors, mut from) = (Vec::new(), 0);
        while from < data.len() {
            let at = offset + from;
            let to = data.len().min(from + SECTOR - at % SECTOR);
            sectors.push(Change::Write { offset: at, data: data[from..to].to_vec() });
            from = to;
        }
        sectors
    }

    /// What is left of it when the power went while it was made.
    fn torn(mut self, random: u64) -> Self {
        if let Change::Write { data, .. } = &mut self {
            data.truncate(random as usize % (data.len() + 1));
        }
        self
    }
}

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> Self {
        MemoryDisk::default()
    }

    /// The names of all files, in their order.
    pub fn files(&self) -> Vec<String> {
        guard(&self.0).files.keys().cloned().collect()
    }

    /// Takes all files away, and every fault.
    pub fn format(&self) {
        let mut disk = guard(&self.0);
        *disk = Disk { start: disk.start + 1, ..Disk::default() };
    }

    /// How many operations have changed the disk so far, or have failed to.
    pub fn operations(&self) -> u64 {
        guard(&self.0).operations
    }

    /// Has the operation of this number, counted from 1 and from here, go wrong; 0 is for none.
    pub fn fault_in(&self, operations: u64, fault: Fault) {
        let mut disk = guard(&self.0);
        disk.fault = (operations > 0).then(|| (disk.operations + operations, fault));
    }

    /// Whether the machine has stopped.
    pub fn is_stopped(&self) -> bool {
        guard(&self.0).is_stopped
    }

    /// Takes the power away, and starts again. What survives of what was not synced depends on `seed`, and on nothing
    /// else. A connection that is open has lost its files: everything that it does fails.
    pub fn restart(&self, seed: u64) {
        let mut random = Random(seed);
        let mut disk = guard(&self.0);
        for contents in disk.files.values_mut() {
            let survives = guard(contents).after_power_loss(&mut random);
            let (current, synced) = (survives.clone(), survives);
            *contents = Arc::new(Mutex::new(Contents { current, synced, ..Contents::default() }));
        }
        disk.start += 1;
        disk.is_stopped = false;
        disk.fault = None;
    }

    /// One more operation, which may go wrong; `Err(true)` is for one during which the machine stops.
    fn operate(&self, start: u64) -> Result<(), (Error, bool)> {
        let mut disk = guard(&self.0);
        disk.check(start).map_err(|error| (error, false))?;
        disk.operations += 1;
        let fault = disk.fault.filter(|(at, _)| *at == disk.operations);
        match fault.map(|(_, fault)| fault) {
            None => Ok(()),
            Some(Fault::Error(code)) => Err((Error::of_code(code), false)),
            Some(Fault::Crash) => {
                disk.is_stopped = true;
                Err((stopped(), true))
            }
            Some(Fault::Panic) => {
                drop(disk);
                panic!("the disk was told to panic")
            }
        }
    }
}

impl Disk {
    fn check(&self, start: u64) -> Result<(), Error> {
        if self.is_stopped || self.start != start { Err(stopped()) } else { Ok(()) }
    }
}

impl Contents {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.current);
        self.pending.push(change);
    }

    fn sync(&mut self) {
        self.synced.clone_from(&self.current);
        self.pending.clear();
    }

    fn after_power_loss(&self, random: &mut Random) -> Vec<u8> {
        let mut survives = self.synced.clone();
        let sectors = self.pending.iter().flat_map(Change::sectors);
        for sector in sectors.filter(|_| random.next().is_multiple_of(2)) {
            sector.apply(&mut survives);
        }
        survives
    }
}

fn stopped() -> Error {
    Error::new(ffi::SQLITE_IOERR, "the machine has stopped")
}

impl FileSystem for MemoryDisk {
    fn open(&self, path: Option<&str>, access: Access) -> Result<Box<dyn File>, Error> {
        let mut disk = guard(&self.0);
        disk.check(disk.start)?;
        let contents = match path {
            None => Arc::default(),
            Some(path) => match disk.files.get(path) {
                Some(contents) => contents.clone(),
                None if access.create => disk.files.entry(path.to_owned()).or_default().clone(),
                None => return Err(Error::of_code(ffi::SQLITE_CANTOPEN)),
            },
        };
        let share = Share::new(guard(&contents).locks.clone());
        let deleted = access.delete_on_close.then(|| path.map(str::to_owned)).flatten();
        Ok(Box::new(MemoryFile { disk: self.clone(), start: disk.start, contents, share, deleted }))
    }

    fn delete(&self, path: &str) -> Result<(), Error> {
        let start = guard(&self.0).start;
        self.operate(start).map_err(|(error, _)| error)?;
        let deleted = guard(&self.0).files.remove(path);
        deleted.map(drop).ok_or_else(|| Error::of_code(ffi::SQLITE_IOERR_DELETE_NOENT))
    }

    fn exists(&self, path: &str) -> Result<bool, Error> {
        let disk = guard(&self.0);
        disk.check(disk.start)?;
        Ok(disk.files.contains_key(path))
    }

    fn now(&self) -> std::time::Duration {
        std::time::Duration::from_secs(1_700_000_000)
    }

    /// The same bytes on each run, so that a fault can be had again.
    fn randomness(&self, into: &mut [u8]) {
        let mut random = Random(self.operations());
        into.fill_with(|| random.next() as u8);
    }
}

struct MemoryFile {
    disk: MemoryDisk,
    start: u64,
    contents: Arc<Mutex<Contents>>,
    share: Share,
    /// To be deleted at the end.
    deleted: Option<String>,
}

impl MemoryFile {
    fn change(&self, change: Change) -> Result<(), Error> {
        let done = self.disk.operate(self.start);
        let mut contents = guard(&self.contents);
        match done {
            Ok(()) => contents.change(change),
            // It was on its way to the disk.
            Err((error, true)) => {
                let torn = change.torn(Random(self.disk.operations()).next());
                contents.pending.push(torn);
                return Err(error);
            }
            Err((error, false)) => return Err(error),
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Error> {
        guard(&self.disk.0).check(self.start)
    }
}

impl File for MemoryFile {
    fn read(&self, into: &mut [u8], offset: u64) -> Result<usize, Error> {
        self.check()?;
        let contents = guard(&self.contents);
        let rest = contents.current.get(place(offset)?..).unwrap_or_default();
        let size = rest.len().min(into.len());
        into[..size].copy_from_slice(&rest[..size]);
        Ok(size)
    }

    fn write(&self, data: &[u8], offset: u64) -> Result<(), Error> {
        self.change(Change::Write { offset: place(offset)?, data: data.to_vec() })
    }

    fn truncate(&self, size: u64) -> Result<(), Error> {
        self.change(Change::Truncate(place(size)?))
    }

    fn sync(&self) -> Result<(), Error> {
        self.disk.operate(self.start).map_err(|(error, _)| error)?;
        guard(&self.contents).sync();
        Ok(())
    }

    fn size(&self) -> Result<u64, Error> {
        self.check()?;
        Ok(guard(&self.contents).current.len() as u64)
    }

    fn lock(&self, lock: Lock) -> Result<(), Error> {
        self.check()?;
        self.share.lock(lock)
    }

    fn unlock(&self, lock: Lock) -> Result<(), Error> {
        self.share.unlock(lock);
        Ok(())
    }

    fn is_reserved(&self) -> Result<bool, Error> {
        self.check()?;
        Ok(self.share.is_reserved())
    }

    fn sector_size(&self) -> u32 {
        SECTOR as u32
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        if let Some(path) = self.deleted.take() {
            guard(&self.disk.0).files.remove(&path);
        }
    }
}

fn place(offset: u64) -> Result<usize, Error> {
    let full = |_| Error::of_code(ffi::SQLITE_FULL);
    usize::try_from(offset).map_err(full)
}

/// SplitMix64: enough to choose sectors by, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}
