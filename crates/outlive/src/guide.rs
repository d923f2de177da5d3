//! The user guide: a section for each guarantee, with code that runs.
//!
//! The examples share this C struct and this host type. Calls through the table are what C does.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # use outlive::{Held, callbacks};
//! #[repr(C)]
//! pub struct events {
//!     pub on_event: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
//! }
//!
//! struct Adder(c_int);
//!
//! #[callbacks(events, state = arg)]
//! impl Adder {
//!     #[callback(fallback = -1)]
//!     fn on_event(&self, value: c_int) -> c_int {
//!         value + self.0
//!     }
//! }
//! ```
//!
//! What a block can say is on the page of the attribute, [`callbacks`](macro@crate::callbacks). This one is for a table without
//! user data, of which two can be alive at once; C requires `log`, and reads a version:
//!
//! ```
//! # use std::ffi::{CStr, c_char, c_int};
//! # use outlive::{Held, callbacks};
//! #[repr(C)]
//! pub struct hooks {
//!     pub version: c_int,
//!     pub log: Option<unsafe extern "C" fn(level: c_int, text: *const c_char)>,
//!     pub open: Option<unsafe extern "C" fn(name: *const c_char) -> c_int>,
//! }
//!
//! struct Logger;
//!
//! #[callbacks(hooks, state = none, instances = 2, constant(version = 3), required(log), unsafe(borrow))]
//! impl Logger {
//!     fn log(&self, level: c_int, text: &CStr) {
//!         println!("{level}: {text:?}");
//!     }
//!
//!     #[callback(member = open, fallback = -1, errno = libc::ECANCELED)]
//!     fn open_file(&self, name: Option<&CStr>) -> c_int {
//!         name.map_or(-1, |name| name.count_bytes() as c_int)
//!     }
//! }
//!
//! let held = Held::new(Logger).unwrap();
//! let table = unsafe { &*held.as_ptr() };
//! assert_eq!(table.version, 3);
//! assert_eq!(unsafe { table.open.unwrap()(c"file".as_ptr()) }, 4);
//! ```
//!
//! # Where C passes the table itself
//!
//! Many libraries have no user data: they pass the struct of functions to each function, as an object (`self`, `this`, a
//! backend, a plugin). A C programmer puts the state behind the struct, in the same memory. In C's header:
//!
//! ```c
//! struct stream {
//!     int (*read)(struct stream *self, char *buffer, int size);
//!     int (*copy)(struct stream *from, struct stream *self);
//!     void (*free)(struct stream *self);
//!     void *context;                      /* for the library */
//! };
//! ```
//!
//! With `state = table` the address of the table leads to the host value, and there is no limit to how many there are. The
//! pointer is none of the method's parameters. `table = last`, or a position, says where it is if it is not the first.
//!
//! ```
//! # use std::ffi::{c_char, c_int, c_void};
//! # use outlive::{Held, callbacks};
//! #[repr(C)]
//! pub struct stream {
//!     pub read: Option<unsafe extern "C" fn(this: *mut stream, buffer: *mut c_char, size: c_int) -> c_int>,
//!     pub copy: Option<unsafe extern "C" fn(from: *mut stream, this: *mut stream) -> c_int>,
//!     pub free: Option<unsafe extern "C" fn(this: *mut stream)>,
//!     pub context: *mut c_void,
//! }
//!
//! struct Zeros;
//!
//! #[callbacks(stream, state = table, written_by_c(context))]
//! impl Zeros {
//!     #[callback(fallback = -1)]
//!     fn read(&self, buffer: *mut c_char, size: c_int) -> c_int {
//!         unsafe { buffer.write_bytes(0, size as usize) };
//!         size
//!     }
//!
//!     #[callback(fallback = -1, table = last)]
//!     fn copy(&self, _from: *mut stream) -> c_int { 0 }
//!
//!     #[callback(unsafe(last))] // the manual: "free is called once, and the stream is not used after it"
//!     fn free(&self) {}
//! }
//!
//! let held = Held::new(Zeros).unwrap();
//! let table = held.hand_over(|held| Ok::<_, ()>(held.as_ptr())).unwrap();
//! // What C does:
//! let (read, free) = unsafe { ((*table).read.unwrap(), (*table).free.unwrap()) };
//! let mut buffer = [1; 4];
//! assert_eq!(unsafe { read(table, buffer.as_mut_ptr(), 4) }, 4);
//! unsafe { free(table) };
//! ```
//!
//! The parameter may have another type (`void *`, or a struct that begins with the table): only its address counts. Where
//! it points to a member of the struct, as `container_of` is for, say `table_offset = -offset_of!(stream, member)`; where
//! it points to something that has the table in it, `table_offset = offset_of!(outer, table)`.
//!
//! Ask of the manual, or of the source:
//!
//! * Is the pointer that comes back the one that was given? A library that copies the struct passes its copy: that address
//!   leads to no value, and each such call is refused and named.
//! * Does the library write members? They go into `written_by_c(...)`.
//! * Who frees the struct? It is the host's here. A library that calls `free` on it needs another way
//!   ([`to_malloc`](crate::Held::to_malloc) does not compile with `state = table`); one that calls a function of the struct
//!   for that has a last call, `unsafe(last)`.
//! * When does the library forget the pointer? A late call is refused, as with user data, until the table is released. After
//!   that its memory may be another table's of the same type: it is used again when all the tables around it (a few dozen) have been released, the
//!   oldest first. So `release` and `unsafe(last)` promise what they say.
//!
//! Any address is checked by arithmetic before something is read there: NULL, an address inside of a table, and one that is of no
//! table are refused, and the incident says which.
//!
//! # Memory that C lends
//!
//! C passes pointers, and its header says what is there. Methods may have them as they are. A block that says
//! `unsafe(borrow)` promises that the header is right, and its methods get safe types that last for the call:
//!
//! * to read: `&T`, `&CStr`, and `#[len(size)] data: &[T]`, where another argument has the number of values;
//! * to write: [`Out<'_, T>`](crate::Out), which is written once, and `#[len(size)] into: Buffer<'_, T>`
//!   ([`Buffer`](crate::Buffer)), which cannot be written beyond its end. C need not have written there before.
//!
//! In an `Option` NULL is `None`; else NULL is a bad argument, as misaligned pointers and impossible lengths are: they are
//! reported, and C gets the fallback. [`BorrowedArgument`](crate::BorrowedArgument) has the words of the promise. It covers
//! overlaps: what one parameter writes, no other one may see.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # use outlive::{Buffer, Held, callbacks};
//! # #[repr(C)]
//! # pub struct filter {
//! #     pub run: Option<unsafe extern "C" fn(from: *const f32, into: *mut f32, count: c_int, arg: *mut c_void) -> c_int>,
//! # }
//! struct Louder;
//!
//! #[callbacks(filter, state = arg, unsafe(borrow))]
//! impl Louder {
//!     #[callback(fallback = -1)]
//!     fn run(&self, #[len(count)] from: &[f32], #[len(count)] mut into: Buffer<'_, f32>, count: c_int) -> c_int {
//!         from.iter().map(|sample| into.put(&[sample * 2.0]) as c_int).sum()
//!     }
//! }
//!
//! let held = Held::new(Louder).unwrap();
//! let run = unsafe { (*held.as_ptr()).run }.unwrap();
//! let mut into = [0.0; 2];
//! assert_eq!(unsafe { run([1.0, 2.0].as_ptr(), into.as_mut_ptr(), 2, held.user_data()) }, 2);
//! assert_eq!(into, [2.0, 4.0]);
//! assert_eq!(unsafe { run(std::ptr::null(), into.as_mut_ptr(), 2, held.user_data()) }, -1); // and a line that says why
//! ```
//!
//! # When refusing is not harmless
//!
//! A refused call returns its fallback, and C goes on. Ask of each callback what C does then:
//!
//! * Does it count on what the callback does? A fallback is an expression, which may use C's arguments, and stands also for
//!   a callback that returns nothing: one by which C frees memory frees it there, too
//!   (`fallback = unsafe { libc::free(memory) }`).
//! * Does it tell "not done" from "done half-way"? A method that panics may have done half of its work, while a call that
//!   comes too late did nothing: `panicked = EXPR` and `late = EXPR` stand in for the fallback then.
//! * Does C take something back by it: an event that it deletes, memory that it returns, a lock that it gives up
//!   (`event_del`, `io_free`, `unlock`)? Refused, C frees its own part, and what the host still has of it is used. Or does
//!   C go on to use memory that a method has returned? Say `keep = release` in the block, and `takes_back` on such a
//!   callback: see below.
//! * Has C passed a function that it waits for? [What the host owes to C](#what-the-host-owes-to-c) is called, at the latest
//!   when it is dropped.
//! * Is there nothing that could be returned, such as for a lock that C takes for granted? With `refuse = abort` the
//!   process ends instead, with a line that says which callback it was.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # use outlive::{Held, callbacks};
//! # #[repr(C)]
//! # pub struct sink {
//! #     pub write: Option<unsafe extern "C" fn(buffer: *mut c_void, arg: *mut c_void) -> c_int>,
//! # }
//! const RETRY: c_int = 1; // C keeps the buffer
//! const BROKEN: c_int = 2; // C closes the sink
//!
//! struct Sink;
//!
//! #[callbacks(sink, state = arg)]
//! impl Sink {
//!     // Before it panics, the method has taken the buffer.
//!     #[callback(fallback = RETRY, late = BROKEN, panicked = BROKEN)]
//!     fn write(&self, buffer: *mut c_void) -> c_int {
//!         unsafe { libc::free(buffer) };
//!         panic!("the disk is full")
//!     }
//! }
//!
//! let held = Held::new(Sink).unwrap();
//! let write = unsafe { (*held.as_ptr()).write }.unwrap();
//! let buffer = unsafe { libc::malloc(8) };
//! assert_eq!(unsafe { write(buffer, held.user_data()) }, BROKEN);
//! ```
//!
//! With `keep = release` the host value lives until the release, or until C's last call, and not only until the end of the
//! table. [`revoke`](crate::Held::revoke) then says [`Ended::Serving`](crate::Ended::Serving): no callback is running, and
//! none will start but those by which C takes back and its last call. The release refuses these, too, and waits for them.
//! A handle of such a table that is dropped without a release keeps the value for as long as C has not said that it
//! is done; the [`ledger()`](crate::ledger()) names it.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # use std::sync::Mutex;
//! # use outlive::{Ended, Held, callbacks};
//! # #[repr(C)]
//! # #[derive(Clone, Copy)]
//! # pub struct lender {
//! #     pub lend: Option<unsafe extern "C" fn(arg: *mut c_void) -> *mut c_int>,
//! #     pub take_back: Option<unsafe extern "C" fn(lent: *mut c_int, arg: *mut c_void)>,
//! # }
//! struct Pool(Mutex<Vec<Box<c_int>>>);
//!
//! #[callbacks(lender, state = arg, keep = release)]
//! impl Pool {
//!     fn lend(&self) -> *mut c_int {
//!         let mut pool = self.0.lock().unwrap();
//!         pool.push(Box::new(7));
//!         &raw mut **pool.last_mut().unwrap()
//!     }
//!     #[callback(takes_back)]
//!     fn take_back(&self, lent: *mut c_int) {
//!         self.0.lock().unwrap().retain(|one| &raw const **one != lent);
//!     }
//! }
//!
//! let held = Held::new(Pool(Mutex::default())).unwrap();
//! let (table, user) = (held.table(), held.user_data());
//! let lent = unsafe { table.lend.unwrap()(user) };
//! assert_eq!(held.revoke(), Ended::Serving);
//! assert!(unsafe { table.lend.unwrap()(user) }.is_null()); // late
//! assert_eq!(unsafe { lent.read() }, 7); // C goes on
//! unsafe { table.take_back.unwrap()(lent, user) }; // and gives it back
//! assert_eq!(unsafe { held.release() }, Ended::Now);
//! ```
//!
//! A lone function with user data, the commonest callback of all, needs neither struct nor macro: see
//! [`Callback`](crate::Callback). All that is said of a table here holds for it, too.
//!
//! # User data elsewhere
//!
//! C does not always pass the user data as an argument of its own. `user_data = EXPR` says how a call finds it, over C's
//! arguments by the names of the method's parameters. The header tells which of these it is:
//!
//! | in the header | in the block | ask the manual |
//! | --- | --- | --- |
//! | `int (*cb)(struct transfer *t)`, with `t->user_data` | `user_data = unsafe { (*t).user_data }` | Is `t` never NULL? Is the member written before the first call, and by nobody later? |
//! | the same, but only the library knows the struct | `user_data = unsafe { transfer_user_data(t) }` | May the function be called inside the callback, on its thread? |
//! | `int (*cb)(struct event e)`, by value | `user_data = e.user_data` | |
//! | `int (*cb)(void **data)` | `user_data = unsafe { *data }` | Is it the same pointer in each call, and who writes there? |
//! | `int (*cb)(uint64_t cookie)`, `unsigned long`, `intptr_t` | `user_data = last`, as for a pointer; C gets `held.user_data().addr()` | Does C keep all 64 bits? |
//! | `int (*cb)(uint32_t id)` | `user_data = find(id)`, a map of your own | How long is an id the same thing's? |
//!
//! Where the pointer may be NULL, the expression says so: `if t.is_null() { null_mut() } else { ... }` finds NULL, which is
//! reported by name, and the call is refused.
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! use outlive::{Held, callbacks};
//!
//! // struct transfer { int length; void *user_data; };
//! // struct driver { int (*done)(struct transfer *transfer); };
//! #[repr(C)]
//! pub struct transfer {
//!     pub length: c_int,
//!     pub user_data: *mut c_void,
//! }
//!
//! #[repr(C)]
//! pub struct driver {
//!     pub done: Option<unsafe extern "C" fn(transfer: *mut transfer) -> c_int>,
//! }
//!
//! struct Request;
//!
//! // The driver keeps the transfer until `done` has returned, and leaves `user_data` alone.
//! #[callbacks(driver, state = arg, user_data = unsafe { (*transfer).user_data }, unsafe(borrow))]
//! impl Request {
//!     #[callback(fallback = -1)]
//!     fn done(&self, transfer: &transfer) -> c_int {
//!         transfer.length
//!     }
//! }
//!
//! let held = Held::new(Request).unwrap();
//! let mut transfer = transfer { length: 8, user_data: held.user_data() };
//! // What C does:
//! let done = unsafe { (*held.as_ptr()).done }.unwrap();
//! assert_eq!(unsafe { done(&raw mut transfer) }, 8);
//! ```
//!
//! An expression that panics is an incident, and the call is refused: C gets the fallback. The memory that it reads is C's
//! word: an object that C has freed is no user data that could be recognised as old.
//!
//! # Lone functions
//!
//! One closure behind one C function with user data is a [`Callback`](crate::Callback). Several functions that C takes one
//! by one, and that are to share one value, are a block without a struct: each method names the type that C has for it, and
//! [`functions`](crate::Held::functions) gives the pointers. All else is as for a table; reports name it by the host type.
//!
//! ```
#![doc = include_str!("guide/lone.md")]
//! # unsafe fn set_callbacks(value: value_cb, end: end_cb, user: *mut c_void) {
//! #     unsafe { value.unwrap()(user, 2) };
//! #     assert_eq!(unsafe { end.unwrap()(0, user) }, 2);
//! # }
//!
//! let held = Held::new(Sum::default()).unwrap();
//! let functions = held.functions();
//! unsafe { set_callbacks(functions.on_value, functions.on_end, held.user_data()) };
//! ```
//!
//! # Objects
//!
//! In many libraries C has objects, each with a state of the host's: a parent's callback opens one (`xOpen`), further
//! callbacks are about it (`xNext`), and one closes it (`xClose`). Often one C struct holds the callbacks of several kinds
//! of object. Each kind is a host type with a block of its own for that struct, and the parent's names the functions of the
//! others as constants, which [`functions`](crate::functions()) has without any registration:
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # use std::sync::atomic::{AtomicI32, Ordering};
//! use outlive::{Held, callbacks, functions};
//!
//! // Only the library makes and frees cursors; `data` is for the module.
//! #[repr(C)]
//! pub struct cursor {
//!     pub data: *mut c_void,
//! }
//!
//! #[derive(Clone, Copy)]
//! #[repr(C)]
//! pub struct module {
//!     pub open: Option<unsafe extern "C" fn(aux: *mut c_void, cursor: *mut cursor) -> c_int>,
//!     pub next: Option<unsafe extern "C" fn(cursor: *mut cursor) -> c_int>,
//!     pub close: Option<unsafe extern "C" fn(cursor: *mut cursor) -> c_int>,
//! }
//!
//! struct Numbers;
//!
//! #[callbacks(
//!     module,
//!     state = arg,
//!     user_data = first,
//!     constant(next = functions::<Rows>().next, close = functions::<Rows>().close)
//! )]
//! impl Numbers {
//!     #[callback(fallback = -1)]
//!     fn open(&self, cursor: *mut cursor) -> c_int {
//!         // What can fail comes first: from `into_user_data` on the value is C's.
//!         let Ok(rows) = Held::new(Rows(AtomicI32::new(0))) else { return -1 };
//!         unsafe { (*cursor).data = rows.into_user_data() };
//!         0
//!     }
//! }
//!
//! struct Rows(AtomicI32);
//!
//! #[callbacks(module, state = arg, user_data = unsafe { (*cursor).data })]
//! impl Rows {
//!     #[callback(fallback = -1)]
//!     fn next(&self, cursor: *mut cursor) -> c_int {
//!         self.0.fetch_add(1, Ordering::Relaxed)
//!     }
//!
//!     #[callback(last, fallback = -1)]
//!     fn close(&self, cursor: *mut cursor) -> c_int {
//!         0
//!     }
//! }
//!
//! let numbers = Held::new(Numbers).unwrap();
//! // What C does:
//! let (table, mut cursor) = (unsafe { &*numbers.as_ptr() }, cursor { data: std::ptr::null_mut() });
//! assert_eq!(unsafe { table.open.unwrap()(numbers.user_data(), &raw mut cursor) }, 0);
//! assert_eq!(unsafe { table.next.unwrap()(&raw mut cursor) }, 0);
//! assert_eq!(unsafe { table.next.unwrap()(&raw mut cursor) }, 1);
//! assert_eq!(unsafe { table.close.unwrap()(&raw mut cursor) }, 0); // drops the `Rows`
//! assert_eq!(unsafe { table.close.unwrap()(&raw mut cursor) }, -1); // late, and reported
//! ```
//!
//! Who owns what: the object's memory is whose the manual says it is; where the host allocates it in `open` and frees it in
//! `close`, that is the methods' work, and the fallback's of `close` too, for a call that is refused. The host value is C's
//! from [`into_user_data`](crate::Held::into_user_data) on, until `close`: it lives on when its parent has ended. An object
//! that C never closes keeps its value, and the [ledger](crate::ledger()) lists it.
//!
//! Ask the manual what happens where the opener fails: does C then call `close`? If so, let it find NULL in the object, which
//! is reported and ends nothing, or the user data that it is to end. A `Held` that is dropped before C had its user data ends
//! its value, and keeps a small slot, for its last call is C's to make; [`release`](crate::Held::release) gives that back, too.
//!
//! # What the host owes to C
//!
//! C may pass a function to a callback, to be called with a cookie when the work is done: exactly once, for C waits. A
//! [`Completion`](crate::Completion) calls it, or has C hear what was declared where nobody does: where a method returns early
//! or panics, or the host value ends. A function that comes with a destructor, to be called any number of times until that is
//! called, is a [`CClosure`](crate::CClosure). Both are made from the running [`Call`](crate::Call), and know from it how long
//! C may be called: until the registration is released, which waits for a call that is under way.
//!
//! The end of the registration does not matter, nor does C's last call: C has said that it will not use the registration
//! again, and still waits for its answer. Where it does not, for its last call takes its cookies, too, keep the completion in
//! the host value: that is ended by the last call, and answers before C goes on.
//!
//! A refused call does not reach the method. Its answer is the fallback's, and where the method has panicked, the completion's:
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! use std::sync::mpsc::{Receiver, Sender, channel};
//! use outlive::{AnyThread, Call, Completion, Held, callbacks};
//!
//! type done_cb = Option<unsafe extern "C" fn(status: c_int, cookie: *mut c_void)>;
//!
//! #[repr(C)]
//! pub struct worker {
//!     pub start: Option<unsafe extern "C" fn(job: c_int, done: done_cb, cookie: *mut c_void, arg: *mut c_void)>,
//! }
//!
//! const CANCELLED: c_int = -125;
//!
//! struct Worker(Sender<(c_int, AnyThread<Completion<done_cb>>)>);
//!
//! #[callbacks(worker, state = arg)]
//! impl Worker {
//!     #[callback(fallback = done.map_or((), |done| unsafe { done(CANCELLED, cookie) }), panicked = ())]
//!     fn start(&self, call: &Call, job: c_int, done: done_cb, cookie: *mut c_void) {
//!         let owed = unsafe { Completion::of(call, done, cookie, CANCELLED) };
//!         // Any thread may answer, says the header of this library.
//!         let _ = self.0.send((job, unsafe { owed.assume_send() })); // what is not sent is dropped
//!     }
//! }
//!
//! fn work(jobs: Receiver<(c_int, AnyThread<Completion<done_cb>>)>) {
//!     for (job, owed) in jobs {
//!         if let Err(error) = owed.into_inner().complete(job * 2) {
//!             println!("nobody waits for job {job}: {error}");
//!         }
//!     }
//! }
//! # unsafe extern "C" fn done(status: c_int, cookie: *mut c_void) { unsafe { cookie.cast::<c_int>().write(status) }; }
//! # let (sender, receiver) = channel();
//! # let held = Held::new(Worker(sender)).unwrap();
//! # let mut heard = 0;
//! # let thread = std::thread::spawn(|| work(receiver));
//! # unsafe { (*held.as_ptr()).start.unwrap()(21, Some(done), (&raw mut heard).cast(), held.user_data()) };
//! # drop(held);
//! # thread.join().unwrap();
//! # assert_eq!(heard, 42);
//! ```
//!
//! # What C copies
//!
//! Some libraries copy what they were registered with: `ares_dup` makes a second channel with the callback and the user
//! data of the first, and a configuration of the whole library is copied into each object that is made later. One
//! registration then stands behind several of C's objects. It serves them all, on whatever threads they are, and its end is
//! an end for all.
//!
//! Nobody but your program can count the copies, and the release comes after the last of them. Let each object share the
//! handle, close C's part first, and release where no other has it:
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # type query_cb = Option<unsafe extern "C" fn(value: c_int, user: *mut c_void) -> c_int>;
//! # pub struct channel(query_cb, *mut c_void);
//! # unsafe fn channel_open(callback: query_cb, user: *mut c_void) -> *mut channel {
//! #     Box::into_raw(Box::new(channel(callback, user)))
//! # }
//! # unsafe fn channel_dup(of: *mut channel) -> *mut channel { unsafe { channel_open((*of).0, (*of).1) } }
//! # unsafe fn channel_query(of: *mut channel) -> c_int { unsafe { (*of).0.unwrap()(1, (*of).1) } }
//! # unsafe fn channel_close(of: *mut channel) { drop(unsafe { Box::from_raw(of) }) }
//! use std::sync::Arc;
//! use outlive::Callback;
//!
//! struct Channel {
//!     raw: *mut channel,
//!     callback: Option<Arc<Callback<query_cb>>>, // taken by drop
//! }
//!
//! impl Channel {
//!     fn dup(&self) -> Channel {
//!         Channel { raw: unsafe { channel_dup(self.raw) }, callback: self.callback.clone() }
//!     }
//! }
//!
//! impl Drop for Channel {
//!     fn drop(&mut self) {
//!         unsafe { channel_close(self.raw) };
//!         // Of all copies, whichever is last, on whatever thread.
//!         if let Some(last) = self.callback.take().and_then(Arc::into_inner) {
//!             let _ = unsafe { last.release() };
//!         }
//!     }
//! }
//!
//! let callback = Arc::new(Callback::<query_cb>::new_or(-1, |value| value + 1).unwrap());
//! let raw = unsafe { channel_open(callback.function(), callback.user_data()) };
//! let first = Channel { raw, callback: Some(callback) };
//! let copy = first.dup();
//! drop(first);
//! assert_eq!(unsafe { channel_query(copy.raw) }, 2);
//! ```
//!
//! A configuration of the library is one more copy: it is there until C is given another, or for good
//! ([`leak`](crate::Callback::leak)). A destructor that C calls for each copy is not C's last word: hand the
//! registration over ([G10](#g10-last-call)) only where C calls it once, after the last.
//!
//! # Where nothing may allocate
//!
//! Functions by which C allocates (`sqlite3_mem_methods`, `lzma_allocator`, those of jansson and of libxml2) are called on
//! any thread, at any time, perhaps inside of an allocation of the program's own. So are hooks for logging, and whatever runs
//! in a signal handler. What this crate does on the way to a method keeps to that:
//!
//! | | |
//! | --- | --- |
//! | a served call, the first one of a thread too | allocates nothing, and takes no lock |
//! | one that is refused | the same: the incident goes to a place of fixed size, and its line, if it is the first, to stderr by a bare system call. A hook of [`on_incident`](crate::on_incident()) runs instead of that, and is your code |
//! | one whose method panics | C gets its fallback, but a panic itself allocates, and prints by the locks of the standard library: use nothing in such a method that panics |
//!
//! C has memory of the table's for long, so say `keep = release` and `takes_back` on what frees it, or free it in the fallback. A
//! refused allocation returns NULL, which C takes for "no memory". A value for one call at a time refuses others
//! meanwhile: have a [`Shared`](crate::Shared) one. Most programs keep such a table for good ([`leak`](crate::Held::leak)).
//!
//! ```
//! # use std::ffi::c_void;
//! use outlive::{Held, callbacks};
//!
//! #[repr(C)]
//! #[derive(Clone, Copy)]
//! pub struct mem_methods {
//!     pub malloc: Option<unsafe extern "C" fn(size: usize) -> *mut c_void>,
//!     pub free: Option<unsafe extern "C" fn(memory: *mut c_void)>,
//! }
//!
//! struct Heap;
//!
//! #[callbacks(mem_methods, state = none, instances = 1, keep = release)]
//! impl Heap {
//!     fn malloc(&self, size: usize) -> *mut c_void {
//!         unsafe { libc::malloc(size) }
//!     }
//!     #[callback(takes_back, fallback = unsafe { libc::free(memory) })]
//!     fn free(&self, memory: *mut c_void) {
//!         unsafe { libc::free(memory) }
//!     }
//! }
//!
//! let held = Held::new(Heap).unwrap();
//! let methods = held.table();
//! let memory = unsafe { methods.malloc.unwrap()(8) };
//! let _ = held.revoke();
//! assert!(unsafe { methods.malloc.unwrap()(8) }.is_null()); // late
//! unsafe { methods.free.unwrap()(memory) }; // and the host still frees
//! ```
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
#![doc = include_str!("guide/adder.md")]
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
#![doc = include_str!("guide/adder.md")]
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
#![doc = include_str!("guide/adder.md")]
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
#![doc = include_str!("guide/adder.md")]
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
//! that made and ended the table. User data is an index with a generation of 32 bits, checked on each
//! call, so that a late call never reaches another registration. A context-free instance is used again after its
//! release only, and the instance that was released first before the others.
//!
//! [`into_inner`](crate::Held::into_inner) ends a table and gives the value back. Where C passes user data the slot is
//! given back with it, for a late call is recognised; with `destroy = member`, or a last call, that is left to C. A table without
//! user data comes with a [`Remainder`](crate::Remainder), whose `unsafe` release gives the instance back. What comes
//! after a release is told by the table's name alone: nothing is left of the registration.
//!
//! ```
#![doc = include_str!("guide/adder.md")]
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
//! # use std::ffi::{c_int, c_void};
//! # use std::panic::{AssertUnwindSafe, catch_unwind};
//! # use outlive::{Held, callbacks};
//! # #[repr(C)]
//! # pub struct events {
//! #     pub on_event: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
//! # }
//! struct Careless;
//!
//! #[callbacks(events, state = arg, panic = resume)]
//! impl Careless {
//!     #[callback(fallback = -1)]
//!     fn on_event(&self, value: c_int) -> c_int {
//!         [1, 2, 3][value as usize]
//!     }
//! }
//!
//! let held = Held::new(Careless).unwrap();
//! let on_event = unsafe { (*held.as_ptr()).on_event }.unwrap();
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
#![doc = include_str!("guide/adder.md")]
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
//! where the table leads to the value (by a member, or with `state = table`), it takes a promise, `unsafe(last)`, for a call that C makes all the same may then
//! reach the next table.
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
//! A closure that C calls once is made by [`Callback::once`](crate::Callback::once), with an `FnOnce`:
//!
//! ```
//! # use std::ffi::{c_int, c_void};
//! # type done_cb = unsafe extern "C" fn(status: c_int, arg: *mut c_void);
//! # unsafe fn submit(done: done_cb, arg: *mut c_void) { unsafe { done(0, arg) } }
//! use outlive::Callback;
//!
//! let name = String::from("request");
//! let done = Callback::<done_cb>::once(move |status| println!("{name}: {status}")).unwrap();
//! done.hand_over(|done| Ok::<_, ()>(unsafe { submit(done.function(), done.user_data()) })).unwrap();
//! ```
//!
//! Where C takes a destructor with the user data, give it
//! [`destroy_notify`](crate::Held::destroy_notify), inside of [`hand_over`](crate::Held::hand_over); where
//! the table has a member for it, say `destroy = member` in the block. Where C fails to register, the handle comes
//! back, unless C has called the notify: some libraries do, some do not.
//!
//! ```
#![doc = include_str!("guide/adder.md")]
//! /// A C library that may call `destroy` when it fails.
//! unsafe fn register(arg: *mut c_void, destroy: unsafe extern "C" fn(*mut c_void)) -> c_int {
//!     unsafe { destroy(arg) };
//!     -1
//! }
//! let held = Held::new(Adder(1)).unwrap();
//! let taken = held.hand_over(|held| {
//!     match unsafe { register(held.user_data(), held.destroy_notify()) } {
//!         0 => Ok(()),
//!         error => Err(error),
//!     }
//! });
//! let (error, held) = taken.unwrap_err().into_held();
//! assert_eq!(error, -1);
//! assert!(held.is_none()); // C has destroyed it
//! ```
//!
//! # G11: C's own memory
//!
//! [`Held::to_malloc`](crate::Held::to_malloc) copies the table into memory from `malloc`, for a C library
//! that will `free` it. We never read that memory after the hand-over,
//! [`into_raw`](crate::MallocTable::into_raw); until then it is ours, and freed where C does not take it.
//!
//! ```
#![doc = include_str!("guide/adder.md")]
//! let held = Held::new(Adder(1)).unwrap();
//! let table = held.to_malloc().unwrap();
//! let on_event = unsafe { (*table.as_ptr()).on_event }.unwrap();
//! unsafe { libc::free(table.into_raw().cast()) }; // what C does
//! assert_eq!(unsafe { on_event(1, held.user_data()) }, 2);
//! ```
//!
//! # G12: accounted for
//!
//! The [`ledger()`](crate::ledger()) lists every table that is alive or kept: by whom, since which line, the
//! calls inside, refused and panicked (and served, where the block says `count = true`: a count that
//! threads share costs more than the gate). `OUTLIVE_REPORT=exit` in the environment has what was never released
//! listed when the process exits: the first eight tables, and how many more there are. By default an incident writes one line on stderr for each kind and table, and at
//! most a few for each table type; [`on_incident`](crate::on_incident) sets a hook in their place, and
//! `OUTLIVE_ON_INCIDENT=abort` turns the first incident into an abort. Dropping a handle is no incident.
//!
//! ```
#![doc = include_str!("guide/adder.md")]
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
