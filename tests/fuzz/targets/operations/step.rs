//! What can happen in a run.

use arbitrary::Arbitrary;

use crate::model::{How, Kind, Member, Shape};

/// One thing that C or the host does. What stands inside a call happens there.
#[derive(Arbitrary, Debug)]
pub enum Step {
    Hold(Kind, Shape),
    Call {
        table: u8,
        member: Member,
        value: i16,
        how: How,
        inside: Vec<Step>,
    },
    CallFromThread {
        table: u8,
        member: Member,
    },
    /// With the user data, or the address, of another table.
    CallSwapped {
        table: u8,
        member: Member,
        with: u8,
        inside: Vec<Step>,
    },
    CallInvented {
        table: u8,
        bits: u64,
    },
    /// C calls the destroy notify.
    Notify {
        table: u8,
        from_thread: bool,
    },
    With {
        table: u8,
        inside: Vec<Step>,
    },
    Revoke(u8),
    RevokeTimeout(u8),
    RevokeAll(u8, u8, u8),
    /// By the running call itself.
    RevokeOwn,
    Join {
        table: u8,
        second: bool,
    },
    RevokeGroup {
        second: bool,
    },
    /// The group is dropped, and there is another.
    RenewGroup {
        second: bool,
    },
    /// The running call is passed a function of C's, which is answered once or, being a closure, called often.
    Owe {
        is_closure: bool,
        in_value: bool,
    },
    /// The host calls C by what it owes.
    Answer {
        owed: u8,
        inside: Vec<Step>,
    },
    DropOwed(u8),
    Drop(u8),
    /// The handle becomes C's, unless C fails.
    HandOver {
        table: u8,
        fails: bool,
    },
    Release(u8),
    IntoInner(u8),
    Ledger,
}

impl Step {
    /// The table that it is about, if it is about one.
    pub fn table(&self) -> Option<u8> {
        match *self {
            Step::Call { table, .. }
            | Step::CallFromThread { table, .. }
            | Step::CallSwapped { table, .. }
            | Step::CallInvented { table, .. }
            | Step::Notify { table, .. }
            | Step::With { table, .. }
            | Step::Revoke(table)
            | Step::RevokeTimeout(table)
            | Step::RevokeAll(table, ..)
            | Step::Join { table, .. }
            | Step::Drop(table)
            | Step::HandOver { table, .. }
            | Step::Release(table)
            | Step::IntoInner(table) => Some(table),
            Step::Hold(..)
            | Step::RevokeOwn
            | Step::RevokeGroup { .. }
            | Step::RenewGroup { .. }
            | Step::Owe { .. }
            | Step::Answer { .. }
            | Step::DropOwed(_)
            | Step::Ledger => None,
        }
    }
}
