//! What is promised: a section for each guarantee, with code that runs.
//!
//! # G1: alive
//!
//! The table is valid until [`release`](crate::Held::release), the host value until the close has
//! finished, whoever drops what. Dropping a handle ends its table, and leaves what C can reach as it is, at the
//! cost of a small slot that the [ledger](crate::ledger()) lists. `release` gives that back too, and is
//! `unsafe` because only you can know that C has forgotten the pointer. A binding calls it after the C
//! library's own close function has returned, as `outlive-vde`'s `VdeContext` does.
//!
//! A host value of at most 64 bytes stands in the registration itself; a larger one is boxed. Where there is no
//! memory left, the constructors of [`Held`](crate::Held) return an error with the value.
//!
//! ```
#![doc = include_str!("adder.md")]
//! let held = Held::new(Adder(1)).unwrap();
//! let (table, arg) = (held.as_ptr(), held.user_data());
//! drop(held); // C still has both
//! let on_event = unsafe { (*table).on_event }.unwrap(); // the table is there
//! assert_eq!(unsafe { on_event(1, arg) }, -1);
//! ```
//!
//! # G2: still
//!
//! [`as_ptr`](crate::Held::as_ptr) is the same at any time, wherever the handle is moved.
//!
//! ```
#![doc = include_str!("adder.md")]
//! let held = Held::new(Adder(1)).unwrap();
//! let before = held.as_ptr();
//! let boxed = Box::new(held);
//! assert_eq!(boxed.as_ptr(), before);
//! ```
//!
//! # G3: sealed
//!
//! The function pointers are in read-only memory: a stray write faults at the write, with the culprit on
//! the stack. Members that C itself writes are declared with `written_by_c(...)`. Such a table stays writable, and
//! [`inspect`](crate::Held::inspect) detects changes: it shows each member, what it points to, and whether it
//! is intact. The struct may have any layout: aligned to a page, packed, with unions and with atomic members.
//!
//! ```
#![doc = include_str!("adder.md")]
//! let held = Held::new(Adder(1)).unwrap();
//! let inspection = held.inspect();
//! assert!(inspection.is_intact());
//! println!("{inspection}"); // events at 0x…, on_event 0x… <Adder::on_event> Intact
//! ```
//!
//! # G4: quiet
//!
//! When [`revoke`](crate::Held::revoke) has returned [`Ended::Now`](crate::Ended), no callback is running
//! and none will start. It waits for the calls inside its own table and for no others, and the last of them wakes
//! it. A wait of more than a second is reported: for which thread it waits, and which lines made and ended the
//! table. [`revoke_timeout`](crate::Held::revoke_timeout) bounds the wait,
//! [`revoke_all`](crate::revoke_all) ends many tables with one barrier. Dropping never waits. The host
//! reaches its own value by [`with`](crate::Held::with), which is a call like C's.
//!
//! [`Ended::Later`](crate::Ended) says that a call may still be inside: where the close did not wait, where its limit
//! has passed, or where the thread that is inside is gone (it was cancelled, say) and nobody can know what it
//! still borrows. Then the value is kept.
//!
//! ```
#![doc = include_str!("adder.md")]
//! use outlive::{Ended, WithError};
//! let held = Held::new(Adder(1)).unwrap();
//! assert_eq!(held.with(|adder| adder.0), Ok(1));
//! assert_eq!(held.revoke(), Ended::Now);
//! assert_eq!(held.with(|adder| adder.0), Err(WithError::Closed));
//! ```
//!
//! Several tables and callbacks are ended by one call, with one barrier for all: by [`revoke_all`](crate::revoke_all()), or by
//! a [`Group`](crate::Group) that they have joined, which takes no newcomers once it is closing.
//!
//! # G5: late is harmless
//!
//! A call after the end returns the fallback, and is reported with the table, the callback and the lines
//! that made and ended the table. (C's last call after the end is no fault: C says that it is done, and that is not reported.) User data is an index with a generation of 31 bits, checked on each
//! call, so that a late call never reaches another registration. A context-free instance is used again after its
//! release only, and the instance that was released first before the others.
//!
//! [`into_inner`](crate::Held::into_inner) ends a table and gives the value back. Where C passes user data the slot is
//! given back with it, for a late call is recognised; with `destroy = member`, or a last call, that is left to C. A table without
//! user data comes with a [`Remainder`](crate::Remainder), whose `unsafe` release gives the instance back. What comes
//! after a release is told by the table's name alone: nothing is left of the registration.
//!
//! ```
#![doc = include_str!("adder.md")]
//! let old = Held::new(Adder(1)).unwrap();
//! let (table, stale) = (old.as_ptr(), old.user_data());
//! unsafe { old.release() }; // "C has forgotten it", which is not true
//! let new = Held::new(Adder(100)).unwrap(); // in the same slot
//! let on_event = unsafe { (*table).on_event }.unwrap();
//! assert_eq!(unsafe { on_event(1, stale) }, -1);
//! assert_eq!(unsafe { on_event(1, new.user_data()) }, 101);
//! ```
//!
//! # G6: re-entrant
//!
//! Holding, revoking and dropping work from inside a callback, at any depth. A close with a call of C's below it on
//! the stack refuses new calls at once and does not wait, for the caller's own frames could stand in the
//! way; it says so by [`Ended::Later`](crate::Ended). The value is then dropped when the last call has
//! left. A method that takes `&Call` can name, and end, its own table.
//!
//! [`is_inside`](crate::is_inside) tells. What must not run there, such as a stop function of C's that joins the thread
//! one is on, is given to [`outside`](crate::outside()).
//!
//! A destructor that is run by a close from outside may wait like its closer: a value that owns another `Held`
//! ends it before it frees what that table's calls use. Only a wait that would lead back to its own thread is
//! given up: where two destructors end each other's tables, one of them gets `Ended::Later`.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # use outlive::{Call, Ended, Held, callbacks};
//! # #[repr(C)]
//! # pub struct events {
//! #     pub on_event: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
//! # }
//! struct Once;
//!
//! #[callbacks(events, state = arg)]
//! impl Once {
//!     #[callback(fallback = -1)]
//!     fn on_event(&self, call: &Call, value: c_int) -> c_int {
//!         assert_eq!(call.revoke(), Ended::Later);
//!         value
//!     }
//! }
//!
//! let held = Held::new(Once).unwrap();
//! let on_event = unsafe { (*held.as_ptr()).on_event }.unwrap();
//! assert_eq!(unsafe { on_event(7, held.user_data()) }, 7);
//! assert_eq!(unsafe { on_event(7, held.user_data()) }, -1);
//! ```
//!
//! # G7: panics stay home
//!
//! No unwind crosses into C, so that C's own code after the call still runs: it may hold a lock. The
//! callback returns its fallback, and the panic is an incident; with `panic = abort` in the block the
//! process writes the line and aborts. With `panic = resume` it goes on where the host is entered
//! again: C's own code has run by then. [`Held::calling`](crate::Held::calling) is such a place, for a C
//! function that calls back; [`with`](crate::Held::with) and
//! [`resume_panic`](crate::Held::resume_panic) are others, also for a panic on a thread of C's.
//! A fallback expression that panics aborts the process. In a program that is compiled with `panic = "abort"` any
//! panic of a method does, and no code of the library runs.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # use outlive::{Held, IncidentKind, callbacks, take_incidents};
//! # #[repr(C)]
//! # pub struct events {
//! #     pub on_event: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
//! # }
//! struct Careless;
//!
//! #[callbacks(events, state = arg)]
//! impl Careless {
//!     #[callback(fallback = -1)]
//!     fn on_event(&self, value: c_int) -> c_int {
//!         [1, 2, 3][value as usize]
//!     }
//! }
//!
//! let held = Held::new(Careless).unwrap();
//! let on_event = unsafe { (*held.as_ptr()).on_event }.unwrap();
//! assert_eq!(unsafe { on_event(9, held.user_data()) }, -1);
//! assert_eq!(take_incidents()[0].kind(), IncidentKind::Panic);
//! ```
//!
//! ```
#![doc = include_str!("resume.md")]
//! let run = || held.calling(|| unsafe { on_event(9, held.user_data()) });
//! assert!(catch_unwind(AssertUnwindSafe(run)).is_err()); // "index out of bounds", in Rust
//! ```
//!
//! # G8: threads
//!
//! [`Held::new`](crate::Held::new) takes `Send + Sync` values: any thread may call, one that C made
//! included. [`Held::exclusive`](crate::Held::exclusive) takes `Send` values: a call that comes while
//! another is inside is refused. [`Held::local`](crate::Held::local) takes any value: a call from another
//! thread is refused. A thread that is being torn down, a process that is exiting and a child process may
//! call too, however the child was made (`fork`, `_Fork`, the system call). A child by `vfork`, or by `clone` with
//! `CLONE_VM`, runs in its parent's memory, and may only exec. The parent's other threads do not exist in a child, and
//! nobody waits for them there. A host value that one of them was inside of may be half changed: it is kept, as where a
//! thread is gone, and an exclusive one is not called any more. What one of them had lent to a scope is on a stack that is
//! nobody's: it is refused as soon as the child's first thread has done anything else than call. A child that goes on
//! does best to call [`ledger`](crate::ledger()) first, on that thread.
//!
//! ```
#![doc = include_str!("adder.md")]
//! let held = Held::local(Adder(1)).unwrap();
//! let (on_event, arg) = (unsafe { (*held.as_ptr()).on_event }.unwrap(), held.user_data().addr());
//! let call = move || unsafe { on_event(1, std::ptr::without_provenance_mut(arg)) };
//! assert_eq!(call(), 2);
//! assert_eq!(std::thread::spawn(call).join().unwrap(), -1);
//! ```
//!
//! # G9: tokens
//!
//! [`Tokens`](crate::Tokens) keeps the values behind the `void *` that a callback returns and C hands back.
//! A stale, doubly deleted or invented token, or one of another `Tokens`, finds nothing and is an
//! incident.
//!
//! ```
//! use outlive::{Token, Tokens};
//! let (mut timers, mut watches) = (Tokens::new("timer"), Tokens::new("watch"));
//! let timer = timers.insert(1);
//! watches.insert(2);
//! assert_eq!(watches.take(timer), None);
//! assert_eq!(timers.take(timer), Some(1));
//! assert_eq!(timers.take(timer), None);
//! assert_eq!(timers.take(Token::from_ptr(std::ptr::null())), None);
//! ```
//!
//! # G10: last call
//!
//! Many C libraries say that they are done: by a destroy notify, by a `close` callback, by the only call of a completion.
//! After that call they use neither the table nor the user data. The host value is then dropped exactly once: by that
//! call, or when the last call inside has left, on its own thread where it is [`Local`](crate::Local). A last call
//! that is refused, or that panics, is still C's word.
//!
//! A callback of the table is marked with `last`, whatever its signature. Without user data (`state = none`), or
//! where the table leads to the value (by a member, or with `state = table`), the mark is `unsafe(last)`: it
//! promises that C calls nothing afterwards, because such a call could reach the next table.
//!
//! ```
//! # use std::ffi::{c_char, c_int, c_void};
//! use outlive::{Held, callbacks};
//!
//! #[repr(C)]
//! pub struct stream {
//!     pub read: Option<unsafe extern "C" fn(buffer: *mut c_char, size: usize, arg: *mut c_void) -> isize>,
//!     pub close: Option<unsafe extern "C" fn(flags: c_int, arg: *mut c_void) -> c_int>,
//! }
//!
//! struct File;
//!
//! #[callbacks(stream, state = arg)]
//! impl File {
//!     #[callback(fallback = -1)]
//!     fn read(&self, _buffer: *mut c_char, _size: usize) -> isize { 0 }
//!     #[callback(last, fallback = -1)]
//!     fn close(&self, _flags: c_int) -> c_int { 0 }
//! }
//! # unsafe fn stream_open(table: *const stream, arg: *mut c_void) -> c_int {
//! #     unsafe { (*table).close.unwrap()(0, arg) }
//! # }
//! let held = Held::new(File).unwrap();
//! // After this the handle is C's; its call of `close` gives everything back.
//! held.hand_over(|held| match unsafe { stream_open(held.as_ptr(), held.user_data()) } {
//!     0 => Ok(()),
//!     error => Err(error),
//! })
//! .unwrap();
//! ```
//!
//! The only call of a closure ([one-shot](super::one_shot)) and a [destroy notify](super::destroy_notify) are last calls without
//! the mark.
//!
//! # G11: C's own memory
//!
//! [`Held::to_malloc`](crate::Held::to_malloc) copies the table into memory from `malloc`, for a C library
//! that will `free` it. We never read that memory after the hand-over,
//! [`into_raw`](crate::MallocTable::into_raw); until then it is ours, and freed where C does not take it.
//!
//! ```
#![doc = include_str!("adder.md")]
//! let held = Held::new(Adder(1)).unwrap();
//! let table = held.to_malloc().unwrap();
//! let on_event = unsafe { (*table.as_ptr()).on_event }.unwrap();
//! unsafe { libc::free(table.into_raw().cast()) }; // what C does
//! assert_eq!(unsafe { on_event(1, held.user_data()) }, 2);
//! ```
//!
//! # G12: accounted for
//!
//! The [`ledger()`](crate::ledger()) lists every table that is alive or kept: by whom, since which line, the calls inside,
//! refused and panicked (and served, where the block says `count = true`: a count that threads share costs more than the
//! gate). `OUTLIVE_REPORT=exit` in the environment has what was never released listed when the process exits: the first eight
//! tables, and how many more there are. By default an incident writes one line on stderr for each kind and table, and at most
//! a few for each table type; [`on_incident`](crate::on_incident) sets a hook in their place, and `OUTLIVE_ON_INCIDENT=abort`
//! turns the first incident into an abort. Dropping a handle is no incident.
//!
//! ```
#![doc = include_str!("adder.md")]
//! let held = Held::new(Adder(1)).unwrap();
//! let ledger = outlive::ledger();
//! let entry = ledger.tables.iter().find(|entry| entry.id == held.id()).unwrap();
//! assert_eq!(entry.created.file(), file!());
//! println!("{ledger}");
//! ```
//!
//! # G13: flat
//!
//! A call costs the same with one table or a million, with one thread or a thousand, and with none or many ends
//! pending; so does holding and releasing a table. A close costs a few nanoseconds for each thread that is
//! alive and has called. `cargo run --release -p outlive-bench -- scale` measures it.
//!
//! # G14: nothing by accident
//!
//! Safe code cannot reach undefined behaviour through this crate, its hidden items included. The attribute works
//! in a crate with `#![forbid(unsafe_code)]`; only `unsafe(borrow)` and `unsafe(last)` do not, which are promises about C, nor
//! an expression for the user data that reads C's memory.
//!
//! ```
//! #![forbid(unsafe_code)]
//! # use std::ffi::{c_int, c_void};
//! # use outlive::{Held, callbacks};
//! # #[repr(C)]
//! # pub struct events {
//! #     pub on_event: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
//! # }
//! struct Counter;
//!
//! #[callbacks(events, state = arg)]
//! impl Counter {
//!     #[callback(fallback = -1)]
//!     fn on_event(&self, value: c_int) -> c_int {
//!         value + 1
//!     }
//! }
//!
//! let held = Held::new(Counter).unwrap();
//! assert!(!held.as_ptr().is_null());
//! ```
