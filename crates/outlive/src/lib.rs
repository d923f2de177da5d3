//! Under construction.

mod argument;
mod ended;
mod error;
mod held;
mod incident;
mod inspect;
mod ledger;
mod primitive;
#[doc(hidden)]
pub mod raw;
mod scope;
mod threads;
mod tokens;

pub use argument::{
    Argument, BorrowedArgument, CheckedArgument, Refused, ReturnValue, TokenArgument,
};
pub use ended::Ended;
pub use error::{ClosedError, HoldError, HoldErrorKind, IntoInnerError, WithError};
pub use held::{Held, Revocable, revoke_all};
pub use incident::{
    Incident, IncidentKind, deliver_incidents, missed_incidents, on_incident, take_incidents,
};
pub use inspect::{Inspection, Member, MemberState};
pub use ledger::{Ledger, SLOT_BYTES, TableEntry, TableState, ledger};
pub use outlive_macros::callbacks;
pub use raw::{Arg, Call, Callbacks, MemberKind, NoState};
pub use scope::{Scoped, scope, scope_shared};
pub use threads::{Exclusive, Local, Shared, Threads};
pub use tokens::{Token, Tokens};
