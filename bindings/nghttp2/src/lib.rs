//! HTTP/2 by nghttp2, with its callbacks in Rust.
//!
//! A [`Builder`] sets the callbacks, one by one; those that are not set are NULL for C. All of them share one state, and
//! get it as `&mut`. A [`Session`] is one end of a connection, and does no input or output of its own: bytes go in by
//! [`Session::receive`] and come out by [`Session::send`], or by the callbacks [`Builder::recv`] and [`Builder::send`].
//!
//! ```
//! use std::io::Cursor;
//! use outlive_nghttp2::{Builder, Error, Session};
//!
//! let mut server = Builder::new(())
//!     .on_frame_recv(|_, outbound, frame| {
//!         if frame.ends_stream() {
//!             outbound.response(frame.stream_id(), &[(":status", "200")], Some(Cursor::new("hello")))?;
//!         }
//!         Ok(())
//!     })
//!     .server()?;
//! let mut client = Builder::new(Vec::new())
//!     .on_data_chunk_recv(|body: &mut Vec<u8>, _, _, data| {
//!         body.extend_from_slice(data);
//!         Ok(())
//!     })
//!     .client()?;
//!
//! server.outbound().settings(&[])?;
//! client.outbound().settings(&[])?;
//! let head = [(":method", "GET"), (":scheme", "http"), (":authority", "here"), (":path", "/")];
//! client.outbound().request(&head, outlive_nghttp2::NO_BODY)?;
//!
//! /// Carries what one end has to send to the other one; whether there was something.
//! fn carry<A: Send + 'static, B: Send + 'static>(from: &mut Session<A>, to: &mut Session<B>) -> Result<bool, Error> {
//!     let mut carried = false;
//!     while let Some(bytes) = from.send()? {
//!         to.receive(bytes)?;
//!         carried = true;
//!     }
//!     Ok(carried)
//! }
//! while carry(&mut client, &mut server)? | carry(&mut server, &mut client)? {}
//! assert_eq!(client.with_state(|body| body.clone())?, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When callbacks fail
//!
//! A callback that returns [`Failure::Session`], or panics, makes the function of nghttp2's that called it fail with
//! `NGHTTP2_ERR_CALLBACK_FAILURE`, which is an [`Error`] here. That is fatal: the session refuses everything afterwards with
//! [`Error::Ended`], and is there to be dropped. A body that fails or panics costs its stream only.
//!
//! A [`Canceller`] ends all callbacks and bodies of a session, from any thread or from one of them.

mod bodies;
mod body;
mod builder;
mod canceller;
mod error;
mod frame;
mod host;
mod memory;
mod outbound;
mod session;

pub use bodies::NO_BODY;
pub use builder::Builder;
pub use canceller::Canceller;
pub use error::{Error, Failure};
pub use frame::{Category, Frame, Kind};
pub use host::{DataRoom, Header};
pub use memory::Memory;
pub use outbound::{Outbound, Setting};
pub use session::Session;
