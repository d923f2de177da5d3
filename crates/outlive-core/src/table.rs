//! What is the same for every registration of one table type.

use core::alloc::Layout;

/// What happens when a method panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanicPolicy {
    /// The callback returns its fallback.
    Fallback,
    /// The process writes the incident's line and aborts.
    Abort,
    /// The callback returns its fallback, and the panic waits for the host's side.
    Resume,
}

/// What a member of the C struct is to the table.
///
/// ```
#[doc = include_str!("hooks.md")]
/// use outlive::MemberKind;
///
/// let inspection = held.inspect();
/// assert!(inspection.member("tick").unwrap().kind.is_callback());
/// assert_eq!(inspection.member("version").unwrap().kind, MemberKind::Constant);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A method of the host value stands behind it.
    Callback,
    /// A method of the host value stands behind it, too, and C calls nothing after it.
    LastCall,
    /// A method of the host value stands behind it, too, and C takes back by it what it was lent.
    TakesBack,
    /// A method of the host value stands behind it, too, and a call on another thread does not wait for it.
    Posted,
    /// A constant that the table carries, such as a version or a size.
    Constant,
    /// The C library writes it.
    WrittenByC,
    /// It carries the user data of the registration.
    UserData,
    /// C calls it when it has used the user data for the last time.
    DestroyNotify,
}

impl MemberKind {
    /// Whether a method of the host value stands behind it.
    pub fn is_callback(self) -> bool {
        use MemberKind::{Callback, LastCall, Posted, TakesBack};
        matches!(self, Callback | LastCall | TakesBack | Posted)
    }
}

/// A member of the C struct that is described.
#[derive(Clone, Copy, Debug)]
pub struct MemberInfo {
    /// The member's name in the C struct.
    pub name: &'static str,
    /// What the member is to the table.
    pub kind: MemberKind,
    /// Where the member begins, in bytes from the start of the struct.
    pub offset: usize,
    /// How long the member is, in bytes.
    pub size: usize,
}

/// The name of a host type.
#[derive(Clone, Copy, Debug)]
pub enum HostName {
    /// As `core::any::type_name` gives it, which is no constant yet.
    Of(fn() -> &'static str),
    /// As a host of another language gave it.
    Given(&'static str),
}

impl HostName {
    /// The name.
    pub fn get(self) -> &'static str {
        match self {
            HostName::Of(name) => name(),
            HostName::Given(name) => name,
        }
    }
}

/// What is known of a table type without a registration of it.
#[derive(Debug)]
pub struct TableInfo {
    /// The C struct's name.
    pub table: &'static str,
    /// The host type's name.
    pub host: HostName,
    /// The C struct's size and alignment.
    pub layout: Layout,
    /// The members that are described; the callbacks come first, and are numbered from 0.
    pub members: &'static [MemberInfo],
    /// What a panic does.
    pub panic: PanicPolicy,
    /// Whether served calls are counted.
    pub count: bool,
    /// Whether the host value lives until the release, or C's last call, lent to C.
    pub keep: bool,
    /// Whether a call finds its registration by the table's own address.
    pub by_address: bool,
    /// Whether a call that comes on another thread than its registration is bound to waits in the inbox of that.
    pub delivers: bool,
}

impl TableInfo {
    /// The name of the callback of this number, or "".
    pub fn callback_name(&self, callback: usize) -> &'static str {
        self.members.get(callback).map_or("", |member| member.name)
    }

    /// The members that methods stand behind, in their order.
    pub fn callbacks(&self) -> impl Iterator<Item = &'static MemberInfo> {
        self.members.iter().filter(|member| member.kind.is_callback())
    }

    /// Whether a call of the callback of this number is not waited for, where another thread serves it.
    pub const fn is_posted(&self, callback: usize) -> bool {
        callback < self.members.len() && matches!(self.members[callback].kind, MemberKind::Posted)
    }

    /// Whether C calls nothing after the callback of this number.
    pub const fn is_last_call(&self, callback: usize) -> bool {
        callback < self.members.len() && matches!(self.members[callback].kind, MemberKind::LastCall)
    }

    /// Whether the callback of this number is served as long as the value is lent.
    pub(crate) fn takes_back(&self, callback: usize) -> bool {
        let member = self.members.get(callback);
        member.is_some_and(|one| matches!(one.kind, MemberKind::TakesBack | MemberKind::LastCall))
    }

    /// Whether C is to say when it is done.
    pub const fn has_last_call(&self) -> bool {
        let mut number = 0;
        while number < self.members.len() {
            if matches!(self.members[number].kind, MemberKind::DestroyNotify | MemberKind::LastCall)
            {
                return true;
            }
            number += 1;
        }
        false
    }

    /// The first member of this kind.
    pub(crate) fn member(&self, kind: MemberKind) -> Option<&'static MemberInfo> {
        self.members.iter().find(|member| member.kind == kind)
    }

    /// Whether C writes into the table, so that it stays writable and is watched.
    pub const fn is_written_by_c(&self) -> bool {
        let mut number = 0;
        while number < self.members.len() {
            if matches!(self.members[number].kind, MemberKind::WrittenByC) {
                return true;
            }
            number += 1;
        }
        false
    }
}
