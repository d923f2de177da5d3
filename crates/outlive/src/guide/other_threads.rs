//! A thread of your own that makes C's calls: tables for one thread, called on others.
//!
//! A value that only one thread may touch (a window, an event loop, an `Rc`) is held with [`Held::local`](crate::Held::local),
//! and calls on other threads are refused. Some libraries do call on others: libvirt has `update_timeout` called by whichever
//! thread changes a timeout. With `deliver = true` such a call waits in the [`Inbox`](crate::Inbox) of the table's thread, which
//! makes it when it comes round, and its caller gets the result and `errno`.
//!
//! ```
//! use std::cell::Cell;
//! use std::ffi::{c_int, c_void};
//! use std::rc::Rc;
//! use std::sync::mpsc;
//! use std::task::{Wake, Waker};
//! use std::time::Duration;
//!
//! use outlive::{Held, Inbox, callbacks};
//!
//! #[repr(C)] // from the header
//! #[derive(Clone, Copy)]
//! pub struct timers {
//!     pub update: Option<unsafe extern "C" fn(timer: c_int, ms: c_int, arg: *mut c_void)>,
//!     pub remove: Option<unsafe extern "C" fn(timer: c_int, arg: *mut c_void) -> c_int>,
//! }
//!
//! struct Timers(Rc<Cell<c_int>>);
//!
//! #[callbacks(timers, state = arg, deliver = true)]
//! impl Timers {
//!     #[callback(posted)] // C goes on at once
//!     fn update(&self, _timer: c_int, ms: c_int) {
//!         self.0.set(ms);
//!     }
//!
//!     #[callback(fallback = -1)] // C waits for the result
//!     fn remove(&self, _timer: c_int) -> c_int {
//!         self.0.take()
//!     }
//! }
//!
//! /// Tells the thread that something has come in. `outlive_loop::Loop::inbox` does this for a loop.
//! struct Ring(mpsc::Sender<()>);
//! impl Wake for Ring {
//!     fn wake(self: std::sync::Arc<Self>) {
//!         let _ = self.0.send(());
//!     }
//! }
//!
//! let (ring, rung) = mpsc::channel();
//! let inbox = Inbox::open(Waker::from(std::sync::Arc::new(Ring(ring))), Duration::from_secs(1))?;
//! let held = Held::local(Timers(Rc::default()))?;
//!
//! // What C does, on a thread of its own:
//! let (update, remove) = (held.table().update.unwrap(), held.table().remove.unwrap());
//! let arg = held.user_data().addr();
//! let c = std::thread::spawn(move || {
//!     let arg = std::ptr::without_provenance_mut(arg);
//!     unsafe { update(1, 250, arg) };
//!     unsafe { remove(1, arg) }
//! });
//! while !c.is_finished() {
//!     let _ = rung.recv_timeout(Duration::from_millis(10));
//!     inbox.serve();
//! }
//! assert_eq!(c.join().unwrap(), 250);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Who waits
//!
//! | | |
//! | --- | --- |
//! | a callback | Its caller waits until the call was made, for the inbox's limit at most. After that it is refused, and reported as a call from the wrong thread. |
//! | `posted` | Nobody waits. There is no result, and the arguments are numbers, for C may free what others lead to. An inbox has room for 1024 calls; one more is refused, and reported. |
//! | the table's own thread | Its calls are made at once, as without an inbox. |
//! | `revoke`, `release`, a drop | They first refuse the calls that wait, and wake their callers: a thread that ends a table, and then joins C's threads, waits for nobody who waits for it. A posted call that was not made is dropped. |
//!
//! # C's locks
//!
//! A caller that waits keeps the locks that C has taken before the call. If your thread needs one of them, in a function of
//! C's that it calls before it serves its inbox, both wait for each other until the limit is over, and the call is refused.
//! Ask the manual whether the callback is called with a lock held; if so, use `posted`, or a limit of a few milliseconds, or
//! a value that any thread may call ([`Held::new`](crate::Held::new)).
//!
//! # Where it does not apply
//!
//! Tables that any thread may call need no inbox, and ignore `deliver`. A thread has one inbox at most, for all its tables. A
//! forked child has none: what waits in its parent's is made by the parent.
