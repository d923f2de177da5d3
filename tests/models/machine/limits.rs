//! How many there may be of what on the machine of the models: so few that a model reaches every limit.

/// How deeply the calls of one thread nest before they are counted in the slot instead.
pub(crate) const CELLS: usize = 2;

/// The most threads that have a record at one time.
pub(crate) const RECORDS: u32 = 4;
pub(crate) const RECORDS_OF_A_CHUNK: u32 = 4;
/// So few records are never looked at for threads that are gone.
pub(crate) const FEW: u32 = 2;
/// Each scan looks at a record.
pub(crate) const SCANS_OF_A_LOOK: u32 = 1;
/// Threads of different numbers share entries.
pub(crate) const ADDRESSES: usize = 2;

/// The most registrations at one time.
pub(crate) const SLOTS: u32 = 3;
pub(crate) const SLOTS_OF_A_CHUNK: u32 = 3;

/// A chunk has two positions of a page.
pub(crate) const POSITIONS: usize = 2;
pub(crate) const MOST_BYTES: usize = 2 * crate::platform::PAGE;
pub(crate) const MOST_POSITIONS: usize = 2;

/// The size of a chunk of tables that are found by their own address, and how many chunks there may be.
pub(crate) const CHUNK_BYTES: usize = 2 * crate::platform::PAGE;
pub(crate) const CHUNKS: usize = 4;
pub(crate) const FEWER_CHUNKS: usize = 2;

/// How many incidents wait for the host's side.
pub(crate) const INCIDENTS: usize = 2;

/// How many calls wait in the inbox of a thread.
pub(crate) const ERRANDS: u32 = 2;

/// A closer that must wait sleeps at once.
pub(crate) const SPINS: u32 = 0;
pub(crate) const YIELDS: u32 = 0;

/// Each look at a lock asks for its holder.
pub(crate) const LOOKS: u32 = 1;
