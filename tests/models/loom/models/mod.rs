//! The models, by what they are about.

mod addresses;
mod barriers;
mod calls;
mod closes;
mod destructors;
mod forks;
mod gone;
mod inboxes;
mod instances;
mod lent;
mod local;
mod outgoing;
mod owners;
mod pairs;
mod records;
mod ring;
mod slots;
mod stash;
mod tables;
mod wakes;

use crate::gate::Way;
use crate::record::{Claimer, RECORDS_OF_THREADS, Record};

/// A thread that the kernel knows by this number, and that does nothing by itself.
fn claimer(thread: u32) -> Claimer {
    Claimer { address: (thread as usize) << 6, number: 100 + u64::from(thread), thread, process: 1 }
}

/// A record of such a thread.
fn claim(thread: u32) -> Option<(u32, &'static Record)> {
    RECORDS_OF_THREADS.claim(&claimer(thread))
}

/// No thread that has no record will get one.
fn take_every_record() {
    (20..30).take_while(|thread| claim(*thread).is_some()).for_each(drop);
}

/// Lets what only one thread uses cross to the thread that goes on with it.
struct Carried<T>(T);

impl Carried<Way<'static>> {
    fn leave(self, callers: &crate::primitive::AtomicU32) {
        self.0.leave(callers);
    }
}
