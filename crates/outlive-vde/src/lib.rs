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
//! * [`Plug`] is the other end: a client of a hub or switch.

pub mod sys;

mod context;
mod error;
mod handler;
mod hub;
mod plug;

pub use context::VdeContext;
pub use error::ContextError;
pub use handler::LoopHandler;
pub use hub::{Hub, Limits, Listener, Port, Stats};
pub use plug::Plug;
