//! A VDE hub, driven by a host's event loop through a table of callbacks.
//!
//! VDE (Virtual Distributed Ethernet) connects virtual machines and programs by Ethernet frames over
//! Unix sockets. The C library under `c/` is a hub: it listens in a directory as `vde_switch` does, so
//! that `vde_plug`, libvdeplug programs and QEMU's `-netdev vde,sock=DIR` connect to it, and hands
//! each frame from one port to all the others. It has no loop of its own: like libvde, it asks its
//! host to watch its sockets through a `vde_event_handler`, a context-free table of four callbacks
//! whose pointer it keeps.
//!
//! * [`VdeContext`] is a hub that owns its handler's table: it ends the hub first and releases the table
//!   after. [`Hub`] is one whose table is kept elsewhere.
//! * [`LoopHandler`] is the handler that runs a hub on an [`outlive_loop::Loop`].
//! * [`sys`] has the C library's declarations, as they are.
//! * `Plug` is the other end, on Unix: a client of a hub or switch.
//!
//! Without the feature `hub` there is no C library, but for [`sys`], and no hub: the handler serves one that the program
//! has from elsewhere. That builds on every system; the hub itself needs Linux.

pub mod sys;

#[cfg(feature = "hub")]
mod context;
#[cfg(feature = "hub")]
mod error;
mod handler;
#[cfg(feature = "hub")]
mod hub;
#[cfg(unix)]
mod plug;

#[cfg(feature = "hub")]
pub use context::VdeContext;
#[cfg(feature = "hub")]
pub use error::ContextError;
pub use handler::LoopHandler;
#[cfg(feature = "hub")]
pub use hub::{Hub, Limits, Listener, Port, Stats};
#[cfg(unix)]
pub use plug::Plug;
