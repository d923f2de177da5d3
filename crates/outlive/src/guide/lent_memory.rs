//! Strings, slices, buffers and out parameters.
//!
//! In C's header:
//!
//! ```c
//! struct filter {
//!     int (*run)(const float *from, float *into, int count, void *arg);
//! };
//! ```
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
//! Ask the manual:
//!
//! * How many values does each pointer lead to, and in which argument does C say so? Bytes or elements?
//! * May it be NULL? Then the parameter is an `Option`.
//! * Does anything write there during the call: another thread, C inside of a function that the method calls, or another
//!   parameter? Then take the raw pointer.
//! * Does C keep using what a method returns or stores there? That memory has to live on: see
//!   [memory that C keeps](super::refusals#memory-that-c-keeps).
