//! How many there may be of what. The models have other, smaller numbers.

/// How deeply the calls of one thread nest before they are counted in the slot instead.
pub(crate) const CELLS: usize = 7;

/// The most threads that have a record at one time. A thread without one is counted.
pub(crate) const RECORDS: u32 = 1 << 15;
/// How many records are made at a time, where no address space could be reserved.
pub(crate) const RECORDS_OF_A_CHUNK: u32 = 1 << 10;
/// So few records are never looked at for threads that are gone.
pub(crate) const FEW: u32 = 32;
/// How many short scans there are to one look at a record.
pub(crate) const SCANS_OF_A_LOOK: u32 = 64;
/// How many entries the index of the records' addresses has.
pub(crate) const ADDRESSES: usize = 1 << 11;

/// The most registrations at one time.
pub(crate) const SLOTS: u32 = 1 << crate::handle::INDEX_BITS;
/// How many slots are made at a time.
pub(crate) const SLOTS_OF_A_CHUNK: u32 = 1 << 14;

/// How many positions a chunk of tables has at least, unless it would have more bytes than this.
pub(crate) const POSITIONS: usize = 16;
pub(crate) const MOST_BYTES: usize = 1 << 16;
/// How many it has at most, for each has a slot from the beginning.
pub(crate) const MOST_POSITIONS: usize = 64;

/// The size of a chunk of tables that are found by their own address, and how many chunks there may be: or so many where
/// address space is short.
pub(crate) const CHUNK_BYTES: usize = 1 << 16;
pub(crate) const CHUNKS: usize = 1 << 18;
pub(crate) const FEWER_CHUNKS: usize = 1 << 8;

/// How many incidents wait for the host's side.
pub(crate) const INCIDENTS: usize = 256;

/// How many calls wait in the inbox of a thread.
pub(crate) const ERRANDS: u32 = 1024;

/// How often a closer that must wait looks again at once, and how often it only lets others run first, before
/// it sleeps.
pub(crate) const SPINS: u32 = 128;
pub(crate) const YIELDS: u32 = 4;

/// How often a thread looks at a lock that another has, before it asks whether that one still runs.
pub(crate) const LOOKS: u32 = 100;
