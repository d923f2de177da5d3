//! A function that C passes to a callback, which the host is to call.
//!
//! In C's header:
//!
//! ```c
//! typedef void (*done_cb)(int status, void *cookie);
//! struct worker {
//!     void (*start)(int job, done_cb done, void *cookie, void *arg);
//! };
//! ```
//!
//! C may pass a function to a callback, to be called with a cookie when the work is done: exactly once, because C waits. A
//! [`Completion`](crate::Completion) calls it, or has C hear what was declared where nobody does: where a method returns early
//! or panics, or the host value ends. A function that comes with a destructor, to be called any number of times until that is
//! called, is a [`CClosure`](crate::CClosure). Both are made from the running [`Call`](crate::Call), and know from it how long
//! C may be called: until the registration is released, which waits for a call that is under way.
//!
//! The end of the registration does not matter, nor does C's last call: C has said that it will not use the registration
//! again, and still waits for its answer. If C's last call takes its cookies as well, complete or drop what is owed in the
//! method of that call, before it returns, and let no other thread answer meanwhile. (The value's own drop may come too late
//! for that: behind another call that is still inside.) With `keep = release` the value does not end before the release, when
//! C is not called any more: complete what it has before, by [`Held::with`](crate::Held::with).
//!
//! A call that is refused does not reach the method, so its fallback has to answer C. When the method has panicked, the drop of
//! the completion has answered, and `panicked = ()` keeps the fallback from doing so again:
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
//! Ask the manual:
//!
//! * How often may the function be called: exactly once ([`Completion`](crate::Completion)), or until its destructor
//!   ([`CClosure`](crate::CClosure))?
//! * On which threads? On others than the callback's, [`assume_send`](crate::Completion::assume_send) says so.
//! * May it be called before the callback has returned?
//! * What does C expect where the work cannot be done? That is the completion's last argument, and the fallback's answer.
//! * Does C's last call take its cookies, too? Then answer in its method.
