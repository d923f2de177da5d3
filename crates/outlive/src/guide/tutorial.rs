//! Binding a small C library, from its header to a test.
//!
//! # Read the header
//!
//! ```c
//! typedef struct sensor sensor;
//! typedef int (*sensor_cb)(double celsius, void *user);
//!
//! sensor *sensor_open(void);
//! int sensor_watch(sensor *, sensor_cb callback, void *user);
//! int sensor_watch_full(sensor *, sensor_cb callback, void *user, void (*destroy)(void *user));
//! int sensor_poll(sensor *);
//! void sensor_close(sensor *);
//! ```
//!
//! There is one function pointer, and C passes it the `void *` that it was given with it. The [table of
//! shapes](super#which-shape) calls this a [lone function](super::lone_function).
//!
//! # Ask the manual
//!
//! | question | what this library's manual says | what follows |
//! | --- | --- | --- |
//! | How long does C keep the function and the user data? | Until another function is set, or the sensor is closed. | The [`Callback`](crate::Callback) is kept beside the sensor. |
//! | On which threads does C call? | On whichever thread polls; several may poll at once. | The closure is `Send + Sync`: [`Callback::new_or`](crate::Callback::new_or). |
//! | What does C do with the result? | 0 goes on; anything else makes `sensor_poll` return it. | A refused call returns -1. |
//! | May C call after `sensor_close` has returned? | No: it waits for those that poll. | `release` is right after it. |
//! | Does C say when it is done with the user data? | `sensor_watch_full` calls `destroy`, once, unless it fails. | Where we do not want to keep the callback, `hand_over`. |
//!
//! Where the manual does not answer, read the source; where that is not to be had, choose what is safe without an answer: drop
//! the handle and never `release` it. Late calls are then refused for as long as the process lives.
//!
//! # Declare what C has
//!
//! As bindgen does it, or a `-sys` crate: function pointers are `Option<unsafe extern "C" fn(...)>`. The library needs nothing
//! more, and takes the types of the closure's arguments from here.
//!
//! ```no_run
//! # #![allow(non_camel_case_types)]
//! use std::ffi::{c_int, c_void};
//!
//! pub type sensor_cb = Option<unsafe extern "C" fn(celsius: f64, user: *mut c_void) -> c_int>;
//!
//! #[repr(C)]
//! pub struct sensor {
//!     _opaque: [u8; 0],
//! }
//!
//! unsafe extern "C" {
//!     pub fn sensor_open() -> *mut sensor;
//!     pub fn sensor_watch(of: *mut sensor, callback: sensor_cb, user: *mut c_void) -> c_int;
//!     pub fn sensor_watch_full(
//!         of: *mut sensor,
//!         callback: sensor_cb,
//!         user: *mut c_void,
//!         destroy: Option<unsafe extern "C" fn(user: *mut c_void)>,
//!     ) -> c_int;
//!     pub fn sensor_poll(of: *mut sensor) -> c_int;
//!     pub fn sensor_close(of: *mut sensor);
//! }
//! ```
//!
//! # Hand a closure to C, and end it
//!
//! Making a callback is safe; the call that gives it to C is a call into C, and `unsafe`. It promises what the header says of
//! the arguments, and nothing about lifetimes or threads.
//!
//! ```
#![doc = include_str!("sensor.md")]
//! use outlive::{Callback, Ended};
//!
//! # let sensor = unsafe { sensor_open() };
//! let watch = Callback::<sensor_cb>::new_or(-1, |celsius| if celsius > 100.0 { 1 } else { 0 })?;
//! unsafe { sensor_watch(sensor, watch.function(), watch.user_data()) };
//! assert_eq!(unsafe { sensor_poll(sensor) }, 0); // C calls the closure
//!
//! assert_eq!(watch.revoke(), Ended::Now); // no call is running, and none will start
//! # unsafe { sensor_close(sensor) };
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When C calls late
//!
//! The sensor above still has the function and the user data. It may call: the call is refused, returns what was declared,
//! and is reported with the lines that made and ended the callback. By default the report is one line on stderr.
//!
//! ```
#![doc = include_str!("sensor.md")]
//! use outlive::{Callback, IncidentKind, take_incidents};
//!
//! # let sensor = unsafe { sensor_open() };
//! let watch = Callback::<sensor_cb>::new_or(-1, |_| 0)?;
//! unsafe { sensor_watch(sensor, watch.function(), watch.user_data()) };
//! drop(watch); // too early, and harmless
//!
//! assert_eq!(unsafe { sensor_poll(sensor) }, -1);
//! assert_eq!(take_incidents()[0].kind(), IncidentKind::LateCall);
//! # unsafe { sensor_close(sensor) };
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When C says that it is done
//!
//! `sensor_watch_full` takes a destructor for the user data. [`hand_over`](crate::Callback::hand_over) gives the callback
//! to C, and nothing is left to keep: C's call of [`destroy_notify`](crate::Callback::destroy_notify) drops the closure.
//!
//! ```
#![doc = include_str!("sensor.md")]
//! use std::sync::Arc;
//! use outlive::Callback;
//!
//! # let sensor = unsafe { sensor_open() };
//! let name = Arc::new("kitchen");
//! let of_closure = Arc::clone(&name);
//! let watch = Callback::<sensor_cb>::new_or(-1, move |celsius| {
//!     println!("{of_closure}: {celsius}");
//!     0
//! })?;
//! watch.hand_over(|watch| {
//!     let destroy = Some(watch.destroy_notify());
//!     match unsafe { sensor_watch_full(sensor, watch.function(), watch.user_data(), destroy) } {
//!         0 => Ok(()),
//!         error => Err(std::io::Error::from_raw_os_error(error)), // the callback comes back with it
//!     }
//! })?;
//! unsafe { sensor_close(sensor) }; // C's last call
//! assert_eq!(Arc::strong_count(&name), 1); // the closure is gone
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A safe type, with a test
//!
//! The binding has the sensor and the callback as fields. Its `Drop` closes C first; then nobody has the pointers any more,
//! which is what `release` asks for. The test polls, and looks whether the closure was dropped with the sensor.
//!
//! ```
#![doc = include_str!("sensor.md")]
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use outlive::{Callback, HoldErrorKind};
//!
//! pub struct Sensor {
//!     raw: *mut sensor,
//!     watch: Option<Callback<sensor_cb>>, // taken by drop
//! }
//!
//! impl Sensor {
//!     /// Has `on_reading` called for each reading, on the thread that polls; what is not 0 ends the poll.
//!     pub fn open(
//!         on_reading: impl Fn(f64) -> c_int + Send + Sync + 'static,
//!     ) -> Result<Self, HoldErrorKind> {
//!         let watch = Callback::<sensor_cb>::new_or(-1, on_reading).map_err(|error| error.into_kind())?;
//!         // SAFETY: a new sensor, and the types of its header. `watch` is released after it is closed.
//!         let raw = unsafe { sensor_open() };
//!         unsafe { sensor_watch(raw, watch.function(), watch.user_data()) };
//!         Ok(Sensor { raw, watch: Some(watch) })
//!     }
//!
//!     pub fn poll(&self) -> c_int {
//!         // SAFETY: the sensor is open.
//!         unsafe { sensor_poll(self.raw) }
//!     }
//! }
//!
//! impl Drop for Sensor {
//!     fn drop(&mut self) {
//!         // SAFETY: it was open, and nobody polls: `poll` borrows it.
//!         unsafe { sensor_close(self.raw) };
//!         if let Some(watch) = self.watch.take() {
//!             // SAFETY: the manual: after `sensor_close` has returned, nothing is called.
//!             let _ = unsafe { watch.release() };
//!         }
//!     }
//! }
//!
//! // #[test]
//! fn a_reading_reaches_the_closure_which_ends_with_the_sensor() {
//!     let readings = Arc::new(AtomicU32::new(0));
//!     let counted = Arc::clone(&readings);
//!     let sensor = Sensor::open(move |_| {
//!         counted.fetch_add(1, Ordering::Relaxed);
//!         0
//!     })
//!     .unwrap();
//!     assert_eq!(sensor.poll(), 0);
//!     assert_eq!(readings.load(Ordering::Relaxed), 1);
//!     drop(sensor);
//!     assert_eq!(Arc::strong_count(&readings), 1);
//! }
//! # a_reading_reaches_the_closure_which_ends_with_the_sensor();
//! ```
//!
//! Run such tests with `OUTLIVE_ON_INCIDENT=abort`: then a call that was refused ends the test. With `OUTLIVE_REPORT=exit`
//! the process lists, when it exits, what was never released.
