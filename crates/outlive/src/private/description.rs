//! What the macro says of a host type.

use core::alloc::Layout;
use core::any::TypeId;
use core::ptr::NonNull;

use outlive_core::{
    HostName, Instance, MemberInfo, MemberKind, NoMemoryError, PanicPolicy, TableInfo, TableType,
};

use super::builder::InstanceFunction;
use crate::callbacks::Callbacks;

/// What the macro says of a host type, whose key is `K`. Nobody but this crate can do anything with it, and what it is
/// made of comes from [`TableBuilder`](super::TableBuilder), or was made for this very key.
///
/// INVARIANT: TRUE-TABLE: `template` writes a valid value of the C struct, whose function pointers are NULL or
/// trampolines of this crate for the described host type and for the callback at whose place they stand. Where there are
/// instances, `functions` has the trampolines of each of them, in the order of the members that are
/// callbacks, and `shared` those that they go on to: SAME-MEMBER: with the arguments of the same member of the
/// C struct, and the user data after them. `info` describes the struct truly.
pub struct Description<K: 'static> {
    pub(super) info: TableInfo,
    pub(super) instances: fn() -> &'static [Instance],
    functions: &'static [&'static [InstanceFunction<K>]],
    pub(super) shared: &'static [*const ()],
    template: unsafe fn(NonNull<u8>),
}

/// What a block's options say.
pub struct Options {
    /// The C struct's name.
    pub table: &'static str,
    /// What becomes of a panic.
    pub panic: PanicPolicy,
    /// Whether the ledger has the number of calls.
    pub count: bool,
}

impl<K: 'static> Description<K> {
    /// The description of `H`.
    ///
    /// # Safety
    ///
    /// `members` and `shared` are those of the builder that made `H`'s template, and `functions` has each callback's
    /// function of each instance, in the order of the callbacks.
    pub const unsafe fn new<H: Callbacks<Key = K>, const N: usize>(
        options: Options,
        members: &'static [MemberInfo; N],
        shared: &'static [*const (); N],
        instances: fn() -> &'static [Instance],
        functions: &'static [&'static [InstanceFunction<K>]],
    ) -> Self {
        let Options { table, panic, count } = options;
        let host = HostName::Of(core::any::type_name::<H>);
        let layout = Layout::new::<H::Table>();
        let info = TableInfo { table, host, layout, members, panic, count };
        Description { info, instances, functions, shared, template: write::<H> }
    }

    /// What is known of the table type.
    pub(crate) const fn info(&self) -> &TableInfo {
        &self.info
    }

    /// The engine's type of the tables, of the host type `key`.
    pub(crate) fn table_type(
        &'static self,
        key: TypeId,
    ) -> Result<&'static TableType, NoMemoryError> {
        let fill = |number: usize, to: NonNull<u8>| self.fill(number, to);
        // SAFETY: TRUE-TABLE is DESCRIBED.
        unsafe { TableType::of(key, &self.info, (self.instances)(), &fill) }
    }

    /// Writes the table of the instance `number`, or the only one.
    fn fill(&self, number: usize, to: NonNull<u8>) {
        // SAFETY: TRUE-TABLE; the engine gives room for a table.
        unsafe { (self.template)(to) };
        let Some(functions) = self.functions.get(number) else { return };
        let callbacks = self.info.members.iter().filter(|one| one.kind == MemberKind::Callback);
        for (member, function) in callbacks.zip(*functions) {
            // SAFETY: TRUE-TABLE: the member lies within the table.
            let member = unsafe { to.byte_add(member.offset) }.cast::<*const ()>();
            // SAFETY: as above; in a packed struct it may be unaligned.
            unsafe { member.as_ptr().write_unaligned(function.pointer()) };
        }
    }
}

/// Writes the template of `H`.
///
/// # Safety
///
/// There is room for a table.
unsafe fn write<H: Callbacks>(to: NonNull<u8>) {
    // SAFETY: the caller's promise.
    unsafe { to.cast::<H::Table>().write(H::TEMPLATE.into_table()) };
}
