//! Where the tables of a scenario come from: the library, or trampolines written by hand.

mod hand;
mod library;
mod owed;

use core::any::Any;
use core::ffi::{c_int, c_void};
use core::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use outlive::Ended;

pub use hand::Hand;
pub use library::Library;
pub use owed::{Owed, Watching, owed, watching};

use crate::drops::{Drops, Witness};
use crate::pool::Pool;
use crate::scenario::{Failure, Outcome, Verdict};
use crate::sys::{
    asker_table, carrier_read_cb, carrier_seek_cb, carrier_table, cursor_module, filter,
    filter_node, keeper_linked, keeper_object, keeper_plain, keeper_table, lender_table,
    store_table, stream_done, stream_hooks, stream_table,
};

/// What a refused call returns.
pub const REFUSED: c_int = -1;
/// What the host gets for a close.
pub const CLOSE: c_int = 99;
/// What a module's host gets for an object that it is about to have opened; below 0 it opens none.
pub const OPEN: c_int = 98;
/// The value with which what looks for the user data panics.
pub const PANICS: c_int = 77;
/// What the host gets for what C gives back.
pub const BACK: c_int = 98;
/// What a callback returns to which C gives back what it does not have.
pub const NOT_LENT: c_int = -3;
/// What a callback returns that two threads are inside of, where only one may be.
pub const OVERLAP: c_int = -2;

/// The value behind a table, the same whoever holds it.
pub struct Host {
    id: c_int,
    body: Body,
    alive: Alive,
    busy: AtomicU32,
    exclusive: bool,
    pool: Pool,
    witness: Option<Witness>,
    open: Option<Open>,
}

/// What makes the hosts of a module's objects.
pub type Open = Box<dyn Fn() -> Host + Send + Sync>;

/// What a callback does, in place of the usual: `id + value`.
pub type Body = Option<Box<dyn Fn(&dyn Inside, c_int) -> c_int + Send + Sync>>;

/// The running call's own table.
pub trait Inside {
    /// Ends it from inside.
    fn revoke(&self);
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Host {
    /// A host whose `on_event` returns `id + value`, so that the result tells whose it was. Ids are
    /// positive multiples of 1000.
    pub fn new(id: c_int) -> Self {
        Host {
            id,
            body: None,
            alive: Alive::new(),
            busy: AtomicU32::new(0),
            exclusive: false,
            pool: Pool::default(),
            witness: None,
            open: None,
        }
    }

    /// A host whose `on_event` is `body`.
    pub fn doing(
        id: c_int,
        body: impl Fn(&dyn Inside, c_int) -> c_int + Send + Sync + 'static,
    ) -> Self {
        Host { body: Some(Box::new(body)), ..Host::new(id) }
    }

    /// The same, with a witness of its drop.
    #[must_use]
    pub fn counted(mut self, drops: &Drops) -> Self {
        self.witness = Some(drops.witness());
        self
    }

    /// The same, whose `on_event` notices when two calls are inside.
    #[must_use]
    pub fn one_at_a_time(mut self) -> Self {
        self.exclusive = true;
        self
    }

    /// The same, whose objects have the hosts that `open` makes.
    #[must_use]
    pub fn opening(mut self, open: impl Fn() -> Host + Send + Sync + 'static) -> Self {
        self.open = Some(Box::new(open));
        self
    }

    /// A host for an object, if this opens any.
    fn open(&self) -> Option<Host> {
        self.open.as_ref().map(|open| open())
    }

    /// Its number.
    pub fn id(&self) -> c_int {
        self.id
    }

    /// What every `on_event` does.
    pub fn on_event(&self, inside: &dyn Inside, value: c_int) -> c_int {
        self.alive.check();
        let result =
            if self.exclusive { self.alone(inside, value) } else { self.do_it(inside, value) };
        // It is not to end before the call has left.
        self.alive.check();
        result
    }

    /// What every `lend` does: the int is what `on_event` says.
    pub fn lend(&self, inside: &dyn Inside, value: c_int) -> *mut c_int {
        self.pool.lend(self.on_event(inside, value))
    }

    /// What every `take_back` does.
    pub fn take_back(&self, inside: &dyn Inside, lent: *mut c_int) -> c_int {
        let result = self.on_event(inside, BACK);
        if self.pool.take_back(lent) { result } else { NOT_LENT }
    }

    fn alone(&self, inside: &dyn Inside, value: c_int) -> c_int {
        struct Busy<'a>(&'a AtomicU32);
        impl Drop for Busy<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let before = self.busy.fetch_add(1, Ordering::SeqCst);
        // A panic ends it too.
        let _busy = Busy(&self.busy);
        let result = self.do_it(inside, value);
        if before == 0 { result } else { OVERLAP }
    }

    fn do_it(&self, inside: &dyn Inside, value: c_int) -> c_int {
        match &self.body {
            Some(body) => body(inside, value),
            None => self.id.wrapping_add(value),
        }
    }
}

/// Whether a host value is one: its bytes say so until it is dropped.
struct Alive(AtomicU64);

const ALIVE: u64 = 0x0a11_0e5a_5eed_f00d;
static DANGLING: AtomicUsize = AtomicUsize::new(0);

impl Alive {
    fn new() -> Self {
        Alive(AtomicU64::new(ALIVE))
    }

    fn check(&self) {
        if self.0.load(Ordering::SeqCst) != ALIVE {
            DANGLING.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        if self.0.swap(!ALIVE, Ordering::SeqCst) != ALIVE {
            DANGLING.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Whether no callback of this process ran on a host value that had ended.
pub(crate) fn alive_throughout() -> Verdict {
    match DANGLING.load(Ordering::SeqCst) {
        0 => Ok(()),
        count => Err(Failure {
            outcome: Outcome::Dangling,
            detail: format!("{count} uses of host values that had ended"),
        }),
    }
}

/// Tables of each shape.
pub trait Binding: Sync {
    /// Whether these are the library's tables, which report what happens to them.
    fn is_library(&self) -> bool;
    /// A table that any thread may call.
    fn events(&self, host: Host) -> Shared<keeper_table>;
    /// A table whose callbacks' panics go on at the host's side, in [`Table::calling`].
    fn resuming(&self, host: Host) -> Shared<keeper_table>;
    /// A table whose callbacks' panics end the process.
    fn aborting(&self, host: Host) -> Shared<keeper_table>;
    /// A table that any thread may call, one at a time.
    fn exclusive(&self, host: Host) -> Shared<keeper_table>;
    /// A table that this thread may call.
    fn local(&self, host: Host) -> Local<keeper_table>;
    /// A table without user data.
    fn plain(&self, host: Host) -> Shared<keeper_plain>;
    /// A table that carries its user data.
    fn object(&self, host: Host) -> Shared<keeper_object>;
    /// A table that C writes into.
    fn linked(&self, host: Host) -> Shared<keeper_linked>;
    /// A table whose callbacks give out handles, and that has a destroy notify.
    fn store(&self, host: Host) -> Shared<store_table>;
    /// A table whose `close` is C's last call, for any thread.
    fn stream(&self, host: Host) -> Shared<stream_table>;
    /// The same, for one call at a time.
    fn exclusive_stream(&self, host: Host) -> Shared<stream_table>;
    /// The same, for this thread.
    fn local_stream(&self, host: Host) -> Local<stream_table>;
    /// A table without user data whose `shutdown` is C's last call.
    fn hooks(&self, host: Host) -> Shared<stream_hooks>;
    /// A table that C passes to its functions; `drop` is C's last call.
    fn filter(&self, host: Host) -> Shared<filter>;
    /// The same, for one call at a time.
    fn exclusive_filter(&self, host: Host) -> Shared<filter>;
    /// The same, for this thread.
    fn local_filter(&self, host: Host) -> Local<filter>;
    /// A table of whose parts C passes one, and writes it.
    fn node(&self, host: Host) -> Shared<filter_node>;
    /// Callbacks that find their user data in what they are about; what looks for it panics for [`PANICS`].
    fn carried(&self, host: Host) -> Shared<carrier_table>;
    /// A module, whose objects have hosts of their own ([`Host::opening`]).
    fn module(&self, host: Host) -> Shared<cursor_module>;
    /// Lone functions that share the host.
    fn together(&self, host: Host) -> Box<dyn Together>;
    /// A host that is asked: what it owes is found by [`owed`] and [`watching`].
    fn asked(&self, host: Host) -> Shared<asker_table>;
    /// A table that lends memory, which lives until the release, for any thread.
    fn lender(&self, host: Host) -> Shared<lender_table>;
    /// The same, for one call at a time.
    fn exclusive_lender(&self, host: Host) -> Shared<lender_table>;
    /// The same, for this thread.
    fn local_lender(&self, host: Host) -> Local<lender_table>;
    /// A lone function, whose `on_event` any thread may call.
    fn lone(&self, host: Host) -> Box<dyn Lone>;
    /// The same, for one call at a time.
    fn exclusive_lone(&self, host: Host) -> Box<dyn Lone>;
    /// A lone function that C calls once.
    fn once(&self, host: Host) -> Box<dyn Lone>;
    /// The same, on this thread.
    fn local_once(&self, host: Host) -> Box<dyn Lone>;
    /// A copy of a table in memory that C frees.
    fn in_c_memory(&self, table: &dyn Table<keeper_table>) -> *mut keeper_table;
    /// Ends many tables of [`events`](Binding::events) at once.
    fn revoke_all(&self, tables: &[Shared<keeper_table>]) -> Ended;
}

/// A lone function, with its user data. Dropping it ends it.
pub trait Lone {
    /// What C gets.
    fn function(&self) -> stream_done;
    /// What C gets with it.
    fn arg(&self) -> *mut c_void;
    /// Ends it, and waits if it may.
    fn revoke(&self) -> Ended;
    /// Ends it, and gives all memory back: "C has forgotten it", whether that is so or not.
    fn release(self: Box<Self>);
    /// Gives it to C, whose only call, or destroy notify, ends it.
    fn hand_over(self: Box<Self>);
    /// The destroy notify that goes with it.
    fn notify(&self) -> unsafe extern "C" fn(*mut c_void);
}

/// Lone functions that share one host.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "they are named as in the header")]
pub struct Functions {
    pub read: carrier_read_cb,
    pub seek: carrier_seek_cb,
    /// The last call.
    pub done: stream_done,
}

/// Lone functions that share one host, with its user data. Dropping it ends them.
pub trait Together {
    /// What C gets.
    fn functions(&self) -> Functions;
    /// What C gets with them.
    fn arg(&self) -> *mut c_void;
    /// Gives them to C, whose last call ends them.
    fn hand_over(self: Box<Self>);
}

/// The call of a lone function, which names no table.
pub(crate) struct Unnamed;

impl Inside for Unnamed {
    fn revoke(&self) {}
}

/// A held table that may go to other threads.
pub type Shared<R> = Box<dyn Table<R> + Send + Sync>;
/// A held table that stays on its thread.
pub type Local<R> = Box<dyn Table<R>>;

/// A held table of the C struct `R`. Dropping it ends it.
pub trait Table<R> {
    /// What C gets.
    fn raw(&self) -> *mut R;
    /// What C gets with it; NULL for a table without user data.
    fn arg(&self) -> *mut c_void;
    /// Ends it, and waits if it may.
    fn revoke(&self) -> Ended;
    /// Ends it, and waits for so long.
    fn revoke_timeout(&self, limit: Duration) -> Ended;
    /// Reaches the host value; `false` once it has ended.
    fn with(&self, f: &mut dyn FnMut(&Host)) -> bool;
    /// Ends it, and gives all memory back: "C has forgotten it", whether that is so or not.
    fn release(self: Box<Self>);
    /// Takes the host value out. Where a call is inside, the handle comes back; `Err(None)` where the
    /// value has ended.
    fn into_inner(self: Box<Self>) -> Result<Host, Option<Local<R>>>;
    /// Gives it to C, which will call [`notify`](Table::notify) with the user data: `register` says
    /// whether C took it. What C did not take ends here.
    fn hand_over(self: Box<Self>, register: &mut dyn FnMut() -> bool);
    /// Runs `f`, which calls C; where the table is a resuming one, a callback's panic goes on behind it.
    fn calling(&self, f: &mut dyn FnMut());
    /// How many members are not what was given to C; `None` where nothing can tell.
    fn altered(&self) -> Option<usize>;
    /// The destroy notify that goes with the table.
    fn notify(&self) -> unsafe extern "C" fn(*mut c_void);
    /// What else the binding has to offer.
    fn as_any(&self) -> &dyn Any;
}
