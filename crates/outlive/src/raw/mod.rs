//! The engine under the safe face, and what the expansion of `#[callbacks]` calls.

mod barrier;
pub mod bind;
mod call;
mod callbacks;
pub(crate) mod close;
mod custody;
pub(crate) mod destroy;
pub(crate) mod enter;
pub(crate) mod foreign;
mod gate;
pub(crate) mod handle;
pub(crate) mod hold;
pub(crate) mod incident;
mod instance;
mod list;
#[cfg(all(test, target_os = "linux", not(any(outlive_loom, outlive_shuttle))))]
mod litmus;
#[cfg(all(test, outlive_loom))]
mod models;
mod original;
pub(crate) mod owner;
pub(crate) mod place;
pub(crate) mod platform;
mod record;
mod ring;
#[cfg(all(test, outlive_shuttle))]
mod scenarios;
pub(crate) mod slot;
mod stash;
pub(crate) mod thread;

pub use call::{BadArgument, Call, Failed, call, call_lightly};
pub use callbacks::*;
pub use destroy::destroy_notify;
pub use instance::Instance;
pub use place::Place;
