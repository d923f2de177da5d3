//! A struct of functions that C passes to each of them, as `self`.
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
//! A method that needs the pointer, for a function of C's that asks for it, takes `&Call` and has it from
//! [`Call::as_ptr`](crate::Call::as_ptr).
//!
//! The parameter may have another type (`void *`, or a struct that begins with the table): only its address counts. Where
//! it points to a member of the struct, as `container_of` is for, say `table_offset = -offset_of!(stream, member)`; where
//! it points to something that has the table in it, `table_offset = offset_of!(outer, table)`.
//!
//! Ask the manual, or the source:
//!
//! * Is the pointer that comes back the one that was given? A library that copies the struct passes its copy: that address
//!   leads to no value, and each such call is refused and reported.
//! * Does the library write members? They go into `written_by_c(...)`.
//! * Who frees the struct? It is the host's here. A library that calls `free` on it needs another way
//!   ([`to_malloc`](crate::Held::to_malloc) does not compile with `state = table`); one that calls a function of the struct
//!   for that has a last call, `unsafe(last)`.
//! * When does the library forget the pointer? A late call is refused, as with user data, until the table is released. After
//!   that its memory may be another table's of the same type: it is used again when all the tables around it (a few dozen)
//!   have been released, the oldest first. So `release` and `unsafe(last)` promise what they say.
//!
//! Any address is checked by arithmetic before something is read there: NULL, an address inside of a table, and one that is of no
//! table are refused, and the incident says which.
