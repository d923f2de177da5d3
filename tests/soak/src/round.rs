//! One round of the load: the tables that all its threads share.

use core::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use outlive::{Ended, Held, HoldError, HoldErrorKind, Tokens, revoke_all};

use crate::entry::{Entry, SHAPES, Shape};
use crate::faults::Faults;
use crate::host::{
    Admits, Body, Counted, INSTANCES, Lent, Linked, Object, Own as OwnTable, Plain, Static, Table,
};
use crate::owed::Waiting;
use crate::sys;
use crate::tally::Tally;

/// Places for tables that any thread may end.
const SEATS: usize = 40;
/// How many tables C may have in a round.
const TABLES: i64 = 600;
/// How deeply C and the hosts call each other.
const DEPTH: u32 = 10;
/// Tables that are given up without a release in a round.
const ABANDONED_IN_A_ROUND: i64 = 24;

thread_local! {
    static NUMBER: Cell<u64> = const { Cell::new(0) };
    static NESTED: Cell<u32> = const { Cell::new(0) };
    static TAKEN_OUT: Cell<bool> = const { Cell::new(false) };
}

/// This thread's number, which no other thread ever has.
pub fn thread_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    if NUMBER.get() == 0 {
        NUMBER.set(NEXT.fetch_add(1, Ordering::Relaxed));
    }
    NUMBER.get()
}

/// Whether a value that `into_inner` gave back is being dropped on this thread.
pub fn is_taken_out() -> bool {
    TAKEN_OUT.get()
}

/// Drops a value that `into_inner` gave back; its destructor may panic.
pub fn drop_taken(value: impl Sized) {
    TAKEN_OUT.set(true);
    let _ = catch_unwind(AssertUnwindSafe(|| drop(value)));
    TAKEN_OUT.set(false);
}

fn boxed<T: Table + Send + Sync + 'static>(table: T) -> Box<dyn Table + Send + Sync> {
    Box::new(table)
}

/// Why there is no table, unless all instances are taken, which may be. The value is dropped.
fn why<T>(error: HoldError<T>) -> Option<String> {
    let taken = matches!(error.kind(), HoldErrorKind::NoInstanceLeft(_));
    let why = (!taken).then(|| error.to_string());
    drop_taken(error);
    why
}

/// A table and its books.
pub struct Seat<T: ?Sized> {
    pub entry: Arc<Entry>,
    pub table: Box<T>,
}

/// A table that any thread may end.
type Shared = Seat<dyn Table + Send + Sync>;
/// A table of one thread's.
pub type Own = Seat<dyn Table>;

/// What a run may leave reserved, by shape. A context-free table takes its instance along; what is lent would keep its value.
const BUDGET: [i64; SHAPES] = [6000, 6000, 1500, 1500, 48, 1500, 0];

/// How many tables of each shape may still be given up without a release.
#[derive(Debug)]
pub struct Budget([AtomicI64; SHAPES]);

impl Budget {
    /// All of it.
    pub fn new() -> Self {
        Budget(BUDGET.map(AtomicI64::new))
    }

    fn take(&self, shape: Shape) -> bool {
        let left = &self.0[shape as usize];
        left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| (left > 0).then(|| left - 1))
            .is_ok()
    }

    /// How many were taken.
    pub fn given(&self, shape: Shape) -> usize {
        (BUDGET[shape as usize] - self.0[shape as usize].load(Ordering::SeqCst)) as usize
    }
}

/// What happened in all rounds, for the summary.
#[derive(Debug, Default)]
pub struct Figures {
    pub tables: AtomicI64,
    pub no_instance: AtomicI64,
    pub now: AtomicI64,
    pub serving: AtomicI64,
    pub later: AtomicI64,
    pub dropped: AtomicI64,
    pub taken: AtomicI64,
    pub released: AtomicI64,
    pub from_inside: AtomicI64,
    pub short_lived: AtomicI64,
}

/// What all threads of a round share.
///
/// INVARIANT: OWN-BOARD: the board came from `load_board_new`, is freed by this, and C's threads have
/// been joined by then.
pub struct Round {
    pub board: *mut sys::load_board,
    pub stop: AtomicBool,
    pub entries: Mutex<Vec<Arc<Entry>>>,
    pub faults: Arc<Faults>,
    pub figures: Arc<Figures>,
    pub owed: Waiting,
    seats: [RwLock<Option<Shared>>; SEATS],
    retired: Mutex<Vec<Shared>>,
    budget: &'static Budget,
    abandoned: AtomicI64,
}

// SAFETY: all that C changes in a board is atomic.
unsafe impl Send for Round {}
// SAFETY: as above.
unsafe impl Sync for Round {}

impl Drop for Round {
    fn drop(&mut self) {
        // SAFETY: OWN-BOARD.
        unsafe { sys::load_board_free(self.board) };
    }
}

impl Round {
    /// An empty one.
    pub fn new(faults: &Arc<Faults>, figures: &Arc<Figures>, budget: &'static Budget) -> Arc<Self> {
        Arc::new(Round {
            // SAFETY: it has no preconditions.
            board: unsafe { sys::load_board_new(TABLES) },
            stop: AtomicBool::new(false),
            entries: Mutex::default(),
            faults: Arc::clone(faults),
            figures: Arc::clone(figures),
            owed: Waiting::new(),
            seats: [const { RwLock::new(None) }; SEATS],
            retired: Mutex::default(),
            budget,
            abandoned: AtomicI64::new(0),
        })
    }

    /// C makes a random call on this thread.
    pub fn step(&self, random: &mut u64) {
        // SAFETY: OWN-BOARD; the hosts' methods take what `load.h` passes, and tables that do not
        // survive a release are released when nobody calls any more.
        unsafe { sys::load_board_step(self.board, random) };
    }

    /// C makes a random call, or two, on a thread that lives no longer.
    pub fn step_in_thread(&self, random: &mut u64) {
        self.figures.short_lived.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as for `step`.
        unsafe { sys::load_board_step_in_thread(self.board, random) };
    }

    /// C calls again, from inside a call.
    pub fn nest(&self, dice: u64) {
        if NESTED.get() < DEPTH {
            NESTED.set(NESTED.get() + 1);
            let mut random = dice.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            for _ in 0..1 + dice % 2 {
                self.step(&mut random);
            }
            NESTED.set(NESTED.get() - 1);
        }
    }

    /// Makes a table that any thread may end. The one that had its seat is given up.
    pub fn make_shared(self: &Arc<Self>, dice: u64) {
        let exclusive = dice % 4 == 0;
        let admits = if exclusive { Admits::OneAtATime } else { Admits::Any };
        macro_rules! make {
            ($host:ident, $body:expr) => {
                match exclusive {
                    true => Held::exclusive($host($body)).map(boxed).map_err(why),
                    false => Held::new($host($body)).map(boxed).map_err(why),
                }
            };
        }
        let (shape, body) = self.body(dice / 4, admits);
        let tally = Arc::clone(&body.tally);
        let tag = body.tag;
        let made: Result<Box<dyn Table + Send + Sync>, _> = match shape {
            Shape::Static => make!(Static, body),
            Shape::Counted => make!(Counted, body),
            Shape::Object => make!(Object, body),
            Shape::Linked => make!(Linked, body),
            Shape::Plain => make!(Plain, body),
            Shape::Own => make!(OwnTable, body),
            Shape::Lent => make!(Lent, body),
        };
        let Some(table) = self.made(made) else { return };
        let Some(entry) = self.give_to_c(&*table, tally, shape, tag) else {
            // SAFETY: C never had it.
            let _ = unsafe { table.release() };
            return;
        };
        let seat = Seat { entry, table };
        let place = &self.seats[(dice >> 20) as usize % SEATS];
        let displaced = place.write().unwrap().replace(seat);
        if let Some(displaced) = displaced {
            self.give_up(displaced, dice >> 30);
        }
    }

    /// Makes a table of this thread's.
    pub fn make_local(self: &Arc<Self>, dice: u64) -> Option<Own> {
        macro_rules! make {
            ($host:ident, $body:expr) => {
                Held::local($host($body)).map(|held| Box::new(held) as Box<_>).map_err(why)
            };
        }
        let (shape, body) = self.body(dice, Admits::Only(thread_number()));
        let tally = Arc::clone(&body.tally);
        let tag = body.tag;
        let made: Result<Box<dyn Table>, _> = match shape {
            Shape::Static => make!(Static, body),
            Shape::Counted => make!(Counted, body),
            Shape::Object => make!(Object, body),
            Shape::Linked => make!(Linked, body),
            Shape::Plain => make!(Plain, body),
            Shape::Own => make!(OwnTable, body),
            Shape::Lent => make!(Lent, body),
        };
        let table = self.made(made)?;
        let entry = self.give_to_c(&*table, tally, shape, tag);
        if entry.is_none() {
            // SAFETY: C never had it.
            let _ = unsafe { table.release() };
            return None;
        }
        Some(Seat { entry: entry?, table })
    }

    fn body(self: &Arc<Self>, dice: u64, admits: Admits) -> (Shape, Body) {
        let weighted = [0, 0, 0, 0, 1, 1, 2, 3, 4, 4, 5, 5, 6, 6];
        let shape = Shape::ALL[weighted[dice as usize % weighted.len()]];
        (shape, self.body_of(admits, dice / 16 % 32 == 0))
    }

    fn body_of(self: &Arc<Self>, admits: Admits, grumpy: bool) -> Body {
        static NEXT_TAG: AtomicI32 = AtomicI32::new(1);
        Body {
            tally: Arc::default(),
            round: Arc::clone(self),
            tag: NEXT_TAG.fetch_add(1, Ordering::Relaxed) & 0x3fff_ffff,
            admits,
            grumpy,
            tokens: Mutex::new(Tokens::new("load")),
        }
    }

    fn made<T: ?Sized>(&self, made: Result<Box<T>, Option<String>>) -> Option<Box<T>> {
        match made {
            Ok(table) => return Some(table),
            Err(None) => {
                self.figures.no_instance.fetch_add(1, Ordering::Relaxed);
            }
            Err(Some(error)) => self.faults.add(error),
        }
        None
    }

    fn give_to_c(
        &self,
        table: &(impl Table + ?Sized),
        tally: Arc<Tally>,
        shape: Shape,
        tag: i32,
    ) -> Option<Arc<Entry>> {
        // SAFETY: it keeps what it is given.
        let account = unsafe {
            sys::load_account_new(shape.number(), table.address(), table.user_data(), tag)
        };
        let (released, abandoned) = (AtomicBool::new(false), AtomicBool::new(false));
        let id = table.id();
        let entry = Arc::new(Entry { account, tally, id, shape, released, abandoned });
        // SAFETY: OWN-BOARD; the entry outlives the board, for it is in `entries`.
        let added = unsafe { sys::load_board_add(self.board, account) };
        if added == 0 {
            return None;
        }
        self.figures.tables.fetch_add(1, Ordering::Relaxed);
        self.entries.lock().unwrap().push(Arc::clone(&entry));
        Some(entry)
    }

    /// Reaches a value on the host's side.
    pub fn visit_one(&self, dice: u64) {
        let Ok(seat) = self.seats[dice as usize % SEATS].try_read() else { return };
        let Some(seat) = &*seat else { return };
        // Read first: what is asked for meanwhile may come before the visit.
        let ended = seat.entry.tally.drops.load(Ordering::SeqCst) != 0;
        if seat.table.visit() && ended {
            self.faults.add("the host reached a value that was dropped");
        }
    }

    /// Ends a table of another's, or this call's own, from inside a call: nothing here waits for long.
    pub fn close_one_from_inside(&self, dice: u64) {
        self.figures.from_inside.fetch_add(1, Ordering::Relaxed);
        self.close_one(dice);
    }

    /// Ends a random table in a random way.
    pub fn close_one(&self, dice: u64) {
        let place = &self.seats[dice as usize % SEATS];
        let way = dice / SEATS as u64 % 8;
        if way >= 5 {
            let taken = place.try_write().ok().and_then(|mut seat| seat.take());
            if let Some(seat) = taken {
                self.give_up(seat, dice >> 20);
            }
            return;
        }
        let Ok(seat) = place.try_read() else { return };
        let Some(seat) = &*seat else { return };
        if way < 4 {
            self.end(seat, way);
        } else {
            self.end_some(seat, dice);
        }
    }

    /// Ends a table that keeps its handle.
    pub fn end<T: Table + ?Sized>(&self, seat: &Seat<T>, way: u64) {
        seat.entry.tally.asked_to_end.store(true, Ordering::SeqCst);
        let ended = match way {
            0 => seat.table.revoke_timeout(Duration::from_micros(300)),
            _ => seat.table.revoke(),
        };
        self.ended(ended, &seat.entry);
        // What is lent is the host's until the release.
        if seat.entry.shape != Shape::Lent && seat.table.visit() {
            self.faults.add("the host reached the value of a table that has ended");
        }
    }

    /// Ends this table and a neighbour with one barrier.
    fn end_some(&self, seat: &Shared, dice: u64) {
        let other = self.seats[(dice as usize + 1) % SEATS].try_read();
        let other = other.as_ref().ok().and_then(|seat| seat.as_ref());
        let seats: Vec<_> = [Some(seat), other].into_iter().flatten().collect();
        for seat in &seats {
            seat.entry.tally.asked_to_end.store(true, Ordering::SeqCst);
        }
        let tables: Vec<_> = seats.iter().map(|seat| seat.table.revocable()).collect();
        let ended = revoke_all(&tables);
        for seat in seats {
            self.ended(ended, &seat.entry);
        }
    }

    fn ended(&self, ended: Ended, entry: &Entry) {
        match ended {
            Ended::Now => {
                self.figures.now.fetch_add(1, Ordering::Relaxed);
                entry.check_quiet(&self.faults);
            }
            Ended::Serving => {
                self.figures.serving.fetch_add(1, Ordering::Relaxed);
            }
            Ended::Later => {
                self.figures.later.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn may_abandon(&self, shape: Shape) -> bool {
        self.abandoned.fetch_add(1, Ordering::SeqCst) < ABANDONED_IN_A_ROUND
            && self.budget.take(shape)
    }

    /// Ends a table whose handle is this thread's, in a random way that takes the handle.
    fn give_up(&self, seat: Shared, dice: u64) {
        if let Some(seat) = self.let_go(seat, dice) {
            self.retired.lock().unwrap().push(seat);
        }
    }

    /// As `give_up`; what must not go before the round's end comes back.
    pub fn let_go<T: Table + ?Sized>(&self, seat: Seat<T>, dice: u64) -> Option<Seat<T>> {
        let Seat { entry, table } = seat;
        let release = entry.shape.survives_release() && dice % 4 < 2;
        if !release && !self.may_abandon(entry.shape) {
            return Some(Seat { entry, table });
        }
        entry.tally.asked_to_end.store(true, Ordering::SeqCst);
        if release {
            entry.released.store(true, Ordering::SeqCst);
            self.figures.released.fetch_add(1, Ordering::Relaxed);
            // SAFETY: C goes on with a static table, and with user data that is refused: that is what is
            // tried here.
            let ended = unsafe { table.release() };
            self.ended(ended, &entry);
            return None;
        }
        entry.abandoned.store(true, Ordering::SeqCst);
        if dice % 2 == 0 {
            self.figures.dropped.fetch_add(1, Ordering::Relaxed);
            drop(table);
        } else {
            self.figures.taken.fetch_add(1, Ordering::Relaxed);
            // C goes on with user data that is refused.
            entry.released.store(table.take(), Ordering::SeqCst);
        }
        None
    }

    /// Gives back a table that nobody calls any more.
    pub fn release<T: Table + ?Sized>(&self, seat: Seat<T>) {
        let Seat { entry, table } = seat;
        // SAFETY: C's threads have been joined, and the board is not used any more.
        let ended = unsafe { table.release() };
        self.faults.expect("the end of a table that nobody is inside of", ended, Ended::Now);
        entry.check_quiet(&self.faults);
        entry.released.store(true, Ordering::SeqCst);
    }

    /// Holds a table of each type, of which the library keeps a copy from the first time on.
    pub fn hold_each_type(self: &Arc<Self>) {
        macro_rules! hold {
            ($($host:ident)*) => {$(
                if let Ok(held) = Held::new($host(self.body_of(Admits::Any, false))).map_err(why) {
                    // SAFETY: C never had it.
                    let _ = unsafe { held.release() };
                }
            )*};
        }
        hold!(Static Counted Object Linked Plain OwnTable Lent);
    }

    /// Every instance of the context-free table is free that no abandoned table has.
    pub fn check_instances(self: &Arc<Self>) {
        let free = INSTANCES - self.budget.given(Shape::Plain);
        let hold = || Held::new(Plain(self.body_of(Admits::Any, false))).map_err(why).ok();
        let held: Vec<_> = std::iter::from_fn(hold).collect();
        self.faults.expect("free instances", held.len(), free);
        for held in held {
            // SAFETY: C never had it.
            let _ = unsafe { held.release() };
        }
    }

    /// Gives back what is left when all threads have been joined.
    pub fn release_all(&self) {
        for seat in &self.seats {
            let seat = seat.write().unwrap().take();
            seat.into_iter().for_each(|seat| self.release(seat));
        }
        let retired = std::mem::take(&mut *self.retired.lock().unwrap());
        retired.into_iter().for_each(|seat| self.release(seat));
    }
}
