//! What `#[callbacks]` says of a host type.

use core::alloc::Layout;

use super::instance::Instance;

/// How a call finds its host value.
pub trait State: 'static {}

/// The `arg` shape: a `void *` parameter of each callback leads to the host value.
#[derive(Debug)]
pub enum Arg {}

/// The `none` shape: nothing in the arguments leads to the host value; each instance of the table
/// has code of its own.
#[derive(Debug)]
pub enum NoState {}

impl State for Arg {}
impl State for NoState {}

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A method of the host value stands behind it.
    Callback,
    /// A constant that the table carries, such as a version or a size.
    Constant,
    /// The C library writes it.
    WrittenByC,
    /// It carries the user data of the registration.
    UserData,
    /// C calls it when it has used the user data for the last time.
    DestroyNotify,
}

/// A member of the C struct that the block names.
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

/// What is the same for every table of a host type.
#[derive(Debug)]
pub struct TableInfo {
    /// The C struct's name.
    pub table: &'static str,
    /// The host type's name.
    pub host: HostName,
    /// The C struct's size and alignment.
    pub layout: Layout,
    /// The members that the block names; the callbacks come first, in the order of the methods.
    pub members: &'static [MemberInfo],
    /// What a panic does.
    pub panic: PanicPolicy,
    /// Whether served calls are counted.
    pub count: bool,
    /// Where the table's own user data is kept, as an offset in bytes, if it carries it.
    pub user_data: Option<usize>,
    /// Whether C writes into the table, so that it stays writable and is watched.
    pub written_by_c: bool,
}

impl TableInfo {
    /// The name of the callback of this number, or "".
    pub(crate) fn callback_name(&self, callback: usize) -> &'static str {
        self.members.get(callback).map_or("", |member| member.name)
    }
}

/// A type whose methods are the callbacks of a C struct. `#[callbacks]` implements it.
///
/// # Safety
///
/// TRUE-TABLE: each element of `TABLES` is a valid value of the C struct whose function pointers are
/// NULL or trampolines that end in the `call` of this module for this very type, with the user data
/// that belongs to the element: that of `instances()[i]` for the element `i` where `State` is
/// [`NoState`], the one C passes where it is [`Arg`]. `Key` is the type itself with each lifetime
/// replaced by `'static`. `SHARED` is SAME-MEMBER (`raw/bind.rs`). `INFO` describes the struct truly.
pub unsafe trait Callbacks: Sized {
    /// The C struct.
    type Table: 'static;
    /// How a call finds its host value: [`Arg`] or [`NoState`].
    type State: State;
    /// The type itself under `'static`, to tell tables of different types apart.
    #[doc(hidden)]
    type Key: 'static;
    /// What is the same for every table of this type.
    #[doc(hidden)]
    const INFO: &'static TableInfo;
    /// The tables: one where C passes user data, one for each instance where it does not.
    #[doc(hidden)]
    const TABLES: &'static [&'static Self::Table];
    /// The trampolines that the instances of a context-free table share, by the callbacks' numbers;
    /// none where C passes user data.
    #[doc(hidden)]
    const SHARED: &'static [*const ()];
    /// The instances of a context-free table; none where C passes user data.
    #[doc(hidden)]
    fn instances() -> &'static [Instance];
}
