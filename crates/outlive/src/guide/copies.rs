//! Libraries that copy what they were registered with.
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
//! registration over ([G10](super::guarantees#g10-last-call)) only where C calls it once, after the last.
