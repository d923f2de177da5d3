//! A thread's inbox: calls of C's into registrations that are bound to it, which came on other threads.
//!
//! OPEN-INBOX: a queue belongs to a thread while it has its number. Whoever uses it counts itself first and then looks for
//! the number; its owner takes the number away first and then looks for users. Both with a full fence in between, so that
//! one of them sees the other: nobody uses the waker when it is dropped.

use core::any::TypeId;
use core::fmt;
use core::marker::PhantomData;
use core::ptr;
use core::task::Waker;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::child;
use crate::close::Reached;
use crate::enter::{Key, Site};
use crate::errand::{Errand, Work};
use crate::handle::{Handle, Kind};
use crate::hook::wake;
use crate::limits::ERRANDS;
use crate::list::List;
use crate::platform::{CLibrary, System};
use crate::primitive::{
    AtomicU32, AtomicU64, Guarded, Instant, Ordering, fence, per_process, yield_now,
};
use crate::record::RECORDS_OF_THREADS;
use crate::slot::{ALL_SLOTS, Reader};
use crate::stack::Stack;
use crate::thread;
use crate::until_ended::is_closed;
use crate::wait::A_SECOND;

/// What belongs to no thread.
const FREE: u64 = 0;
/// What is being opened or closed.
const CHANGING: u64 = u64::MAX;

/// Where the calls for one thread wait. It is never freed.
struct Queue {
    /// The number of the thread it belongs to.
    thread: AtomicU64,
    /// The process whose thread that is: a child's threads have numbers of their parent's.
    process: AtomicU32,
    users: AtomicU32,
    waiting: AtomicU32,
    came: Stack<Errand>,
    owner: Guarded<Option<Owner>>,
    /// What was taken out and is to be served, the oldest first. Only the thread that the queue belongs to touches it.
    line: Guarded<VecDeque<Arc<Errand>>>,
}

// SAFETY: OPEN-INBOX: what is guarded is written while nobody uses it; all else is atomic.
unsafe impl Sync for Queue {}
// SAFETY: as above.
unsafe impl Send for Queue {}

struct Owner {
    waker: Waker,
    limit: Duration,
}

per_process! { static QUEUES: List<Queue> = List::new(); }

impl Queue {
    fn changing() -> Self {
        Queue {
            thread: AtomicU64::new(CHANGING),
            process: AtomicU32::new(0),
            users: AtomicU32::new(0),
            waiting: AtomicU32::new(0),
            came: Stack::empty(),
            owner: Guarded::new(None),
            line: Guarded::new(VecDeque::new()),
        }
    }

    fn of(thread: u64) -> Option<&'static Queue> {
        let process = child::process();
        QUEUES.find(|queue| {
            // Acquire pairs with the Release of `open`.
            queue.thread.load(Ordering::Acquire) == thread
                && queue.process.load(Ordering::Relaxed) == process
        })
    }

    /// Puts an errand in and wakes the thread: how long the caller is to wait at most. `None` where the queue is full, or
    /// not that thread's any more.
    fn put(&self, thread: u64, errand: &Arc<Errand>) -> Option<Duration> {
        self.users.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst); // OPEN-INBOX
        // Acquire pairs with the Release of `open`.
        let is_open = self.thread.load(Ordering::Acquire) == thread;
        let limit = (is_open && self.has_room()).then(|| {
            self.came.push(Arc::clone(errand));
            // SAFETY: OPEN-INBOX: nobody writes it.
            let owner = unsafe { &*self.owner.read() };
            owner.as_ref().map_or(Duration::ZERO, |owner| {
                wake(&owner.waker);
                owner.limit
            })
        });
        // Release pairs with the Acquire of `close`.
        self.users.fetch_sub(1, Ordering::Release);
        limit
    }

    fn has_room(&self) -> bool {
        let more = |waiting: u32| (waiting < ERRANDS).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Serves what waits, on the queue's thread. How many calls there were.
    fn serve(&self) -> usize {
        let waiting = self.line_up();
        let due = (0..waiting).map_while(|_| self.next());
        due.filter(|errand| errand.run()).count()
    }

    /// Whether the queue is the calling thread's. What a child finds there is its parent's.
    fn is_own(&self) -> bool {
        self.thread.load(Ordering::Relaxed) == thread::number()
            && self.process.load(Ordering::Relaxed) == child::process()
    }

    /// Takes all errands that have come into the line. How many are in it.
    fn line_up(&self) -> usize {
        if !self.is_own() {
            return 0;
        }
        let came = self.came.take_all();
        // SAFETY: it is this thread's, and nothing of the host's runs meanwhile.
        let line = unsafe { &mut *self.line.write() };
        line.extend(came.into_iter().rev());
        line.len()
    }

    /// The next one in the line. A call that is served may have served others, or dropped the inbox: that may be another
    /// thread's then.
    fn next(&self) -> Option<Arc<Errand>> {
        if !self.is_own() {
            return None;
        }
        // SAFETY: it is this thread's, and nothing of the host's runs meanwhile.
        let next = unsafe { &mut *self.line.write() }.pop_front()?;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        Some(next)
    }

    /// Refuses all, on the thread that has the queue.
    fn refuse_all(&self) {
        // SAFETY: it is this thread's, and nothing of the host's runs meanwhile.
        let line = core::mem::take(unsafe { &mut *self.line.write() });
        let refused = line.into_iter().chain(self.came.take_all());
        let count = refused.inspect(|errand| errand.refuse()).count();
        self.waiting.fetch_sub(count as u32, Ordering::Relaxed);
    }
}

/// The calling thread has an inbox already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxOpenError;

impl fmt::Display for InboxOpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this thread has an inbox already: serve that, or drop it first")
    }
}

impl core::error::Error for InboxOpenError {}

/// The inbox of the calling thread: a call of C's into a table that is bound to this thread, and whose block says
/// `deliver = true`, waits here when it comes on another thread, until this thread [serves](Inbox::serve) it.
///
/// A thread has one inbox at most. Without one such calls are refused, as those into any table that is bound to a thread.
/// `outlive_loop::Loop::inbox` opens one that a loop serves. The guide has a page on it, with an example: "calls on other
/// threads".
///
/// ```
/// use std::task::Waker;
/// use std::time::Duration;
/// use outlive::Inbox;
///
/// let inbox = Inbox::open(Waker::noop().clone(), Duration::from_secs(1))?;
/// assert_eq!(inbox.serve(), 0); // nothing has come in
/// assert!(Inbox::open(Waker::noop().clone(), Duration::from_secs(1)).is_err()); // a thread has one
/// # Ok::<(), outlive::InboxOpenError>(())
/// ```
#[derive(Debug)]
pub struct Inbox {
    queue: &'static Queue,
    _thread: PhantomData<*mut ()>,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

impl Inbox {
    /// Opens the inbox of the calling thread. `waker` is called, on C's threads, for each call that comes in: it is to have
    /// this thread serve the inbox. A caller waits for `limit` at most, and is refused then.
    ///
    /// # Errors
    ///
    /// The thread has one already.
    pub fn open(waker: Waker, limit: Duration) -> Result<Self, InboxOpenError> {
        let (thread, process) = (thread::number(), child::process());
        if Queue::of(thread).is_some() {
            return Err(InboxOpenError);
        }
        let claim = |queue: &Queue| {
            let (to, free) = (Ordering::Acquire, Ordering::Relaxed);
            queue.thread.compare_exchange(FREE, CHANGING, to, free).is_ok()
        };
        let queue = QUEUES.find(claim).unwrap_or_else(|| QUEUES.add(Queue::changing()));
        // SAFETY: OPEN-INBOX: it has no thread's number.
        unsafe { *queue.owner.write() = Some(Owner { waker, limit }) };
        queue.process.store(process, Ordering::Relaxed);
        // Release pairs with the Acquires of `of` and `put`.
        queue.thread.store(thread, Ordering::Release);
        Ok(Inbox { queue, _thread: PhantomData })
    }

    /// Serves the calls that wait, in the order in which they came. How many there were.
    pub fn serve(&self) -> usize {
        self.queue.serve()
    }

    /// As [`serve`](Inbox::serve), for the calling thread's inbox, if it has one.
    pub fn serve_here() -> usize {
        Queue::of(thread::number()).map_or(0, Queue::serve)
    }
}

impl Drop for Inbox {
    /// Refuses the calls that wait.
    fn drop(&mut self) {
        if self.queue.process.load(Ordering::Relaxed) != child::process() {
            return; // a child's copy: it is its parent's
        }
        self.queue.thread.store(CHANGING, Ordering::Relaxed);
        fence(Ordering::SeqCst); // OPEN-INBOX
        let begun = Instant::now();
        // Acquire pairs with the Release of `put`.
        while self.queue.users.load(Ordering::Acquire) != 0 {
            if begun.elapsed() >= A_SECOND {
                // One of them is gone, or stands still: what it uses is kept.
                self.queue.refuse_all();
                return;
            }
            yield_now();
        }
        self.queue.refuse_all();
        // SAFETY: OPEN-INBOX: it has no thread's number, and no user.
        let owner = unsafe { &mut *self.queue.owner.write() }.take();
        self.queue.thread.store(FREE, Ordering::Release);
        drop(owner); // the host's code, which may panic, or open an inbox
    }
}

/// A call that has come on another thread than its registration is bound to, where that thread has an inbox.
pub struct Elsewhere {
    reader: Reader,
    queue: &'static Queue,
    thread: u64,
    takes_back: bool,
}

/// Whether this call is for another thread's inbox. It is nothing where the registration is open on this thread, or not
/// open: the call goes its common way then.
#[inline]
pub fn elsewhere(user_data: usize, key: TypeId, site: &Site) -> Option<Elsewhere> {
    let handle = Handle::from_user_data(user_data);
    if handle.kind() != Kind::Local {
        return None;
    }
    let slot = ALL_SLOTS.get(handle).filter(|slot| slot.was_taken())?;
    if slot.thread() == thread::number() { None } else { found(handle, key, site) }
}

#[cold]
#[inline(never)]
fn found(handle: Handle, key: TypeId, site: &Site) -> Option<Elsewhere> {
    let reader = Reader::of(handle)?;
    // SAFETY: GUARDED (b).
    let is_it = Key::Host(key).is_of(unsafe { reader.slot.subject() });
    let takes_back = site.info.takes_back(site.callback);
    if !is_it || is_closed(reader.slot.life.state(handle), takes_back) {
        return None;
    }
    let thread = reader.slot.thread();
    Some(Elsewhere { queue: Queue::of(thread)?, reader, thread, takes_back })
}

impl Elsewhere {
    /// Has `work` done on the other thread, and waits for it. `false` where it is refused: nobody does it then.
    ///
    /// `errno` is as it was before.
    ///
    /// # Safety
    ///
    /// `work` may be done on the other thread.
    pub unsafe fn wait_for(self, work: &mut (dyn FnMut() + '_)) -> bool {
        System::keep_errno(|| {
            let lent = ptr::from_mut(work);
            // SAFETY: only the lifetime is another: ERRAND.
            let lent = unsafe {
                core::mem::transmute::<*mut (dyn FnMut() + '_), *mut (dyn FnMut() + 'static)>(lent)
            };
            // SAFETY: this waits; the rest is the caller's promise.
            let errand = unsafe { Errand::new(Work::Lent(lent)) };
            let runs = || RECORDS_OF_THREADS.may_run(self.thread as u32, child::process());
            let had_record = runs(); // before the thread can be gone with the errand
            let Some(limit) = self.queue.put(self.thread, &errand) else { return false };
            let at = Reached { handle: self.reader.handle, slot: self.reader.slot };
            // SAFETY: GUARDED (b).
            unsafe { errand.wait(at, self.takes_back, limit, || had_record && !runs()) }
        })
    }

    /// Has `work` done on the other thread, some time. `false` where it is refused: nobody does it then. It is dropped
    /// undone where the registration, or the inbox, is closed before.
    ///
    /// # Safety
    ///
    /// `work` may be done, and dropped, on the other thread, at any time.
    pub unsafe fn post(self, work: Box<dyn FnOnce() + '_>) -> bool {
        let (handle, slot, takes_back) = (self.reader.handle, self.reader.slot, self.takes_back);
        // SAFETY: only the lifetime is another; the caller's promise.
        let work = unsafe {
            core::mem::transmute::<Box<dyn FnOnce() + '_>, Box<dyn FnOnce() + 'static>>(work)
        };
        let unless_closed = move || {
            if !is_closed(slot.life.state(handle), takes_back) {
                work();
            }
        };
        System::keep_errno(|| {
            // SAFETY: the caller's promise.
            let errand = unsafe { Errand::new(Work::Own(Box::new(unless_closed))) };
            self.queue.put(self.thread, &errand).is_some()
        })
    }
}
