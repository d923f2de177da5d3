//! The engine under `outlive`: registrations that C may call at any time, and that end at any moment.
//!
//! Use the crate `outlive` for Rust values, and `outlive.h` for hosts of other languages. This crate is what both
//! are made of, and knows nothing of either: a host value is a pointer, and a type is a key.
//!
//! A [`TableType`] is described once. [`hold`] makes a registration, which its [`Owned`] gives up. A trampoline
//! goes through [`call`], or [enters](TableType::enter) and [leaves](Pass::leave) by itself. What goes wrong
//! is an [`Incident`], and what there is stands in the [`ledger()`].
//!
//! `ARCHITECTURE.md` in the repository says how the files build on each other, and `SOUNDNESS.md` why the whole is
//! sound.

#[cfg(not(target_pointer_width = "64"))]
compile_error!("outlive needs pointers of 64 bits: a table's user data holds a generation of 31");

mod account;
mod adopt;
mod arena;
mod barrier;
mod boxed;
mod by_address;
mod call;
mod child;
mod chunks;
mod close;
mod end;
mod ended;
mod enter;
mod environment;
mod errand;
mod error;
mod exit;
mod gate;
mod handle;
mod hold;
mod hook;
mod inbox;
mod incident;
mod inspect;
mod instance;
mod ledger;
mod left;
mod life;
mod limits;
mod list;
mod locate;
mod lock;
mod malloc;
mod notify;
mod outgoing;
mod owned;
mod pass;
mod place;
mod platform;
mod primitive;
mod record;
mod region;
mod report;
mod result;
mod ring;
mod settle;
mod slot;
mod stack;
mod stash;
mod table;
mod table_type;
mod tasks;
mod text;
mod thread;
mod ties;
mod until_ended;
mod wait;

pub use boxed::{boxed, drop_boxed};
pub use by_address::user_data_at;
pub use call::{
    AboveC, BadArgument, Call, Entered, Failure, HostType, Inside, Unserved, call, kept_result,
    note_used_up,
};
pub use chunks::fits_in_chunk;
pub use ended::Ended;
pub use enter::{Key, Pass, Refusal, Site};
pub use error::HoldErrorKind;
pub use handle::{Handle, Kind};
pub use hold::{Storage, Value, hold, prepare};
pub use hook::{deliver_incidents, drop_payload, on_incident, take_incidents};
pub use inbox::{Elsewhere, Inbox, InboxOpenError, elsewhere};
pub use incident::{Incident, IncidentKind};
pub use inspect::{Inspection, Member, MemberState};
pub use instance::Instance;
pub use ledger::{Ledger, SLOT_BYTES, TableEntry, TableState, ledger};
pub use locate::locate;
pub use malloc::MallocBlock;
pub use notify::{after_last_call, notify};
pub use outgoing::Outgoing;
pub use owned::{
    Guest, NotHeldError, Owned, Registered, Taken, is_there, revoke_all, revoke_by_handle,
};
pub use pass::RawPass;
pub use place::{Place, text};
pub use platform::{errno, set_errno};
pub use report::{
    Told, abort_process, missed_incidents, next_incident as take_incident, report_of_host,
};
pub use result::KeptResult;
pub use slot::fits_in_slot;
pub use table::{HostName, MemberInfo, MemberKind, PanicPolicy, TableInfo};
pub use table_type::{NoMemoryError, TableType};
pub use tasks::Task;
pub use thread::is_inside_any as is_inside;
