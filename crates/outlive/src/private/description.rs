//! What the macro says of a host type.

use core::any::TypeId;
use core::ptr::NonNull;

use outlive_core::{Instance, NoMemoryError, PanicPolicy, TableInfo, TableType};

/// What the macro says of a host type. Nobody but this crate can do anything with it, and nobody has one that was not
/// made for the host type by [`TableBuilder::describe`](super::TableBuilder::describe): it is neither copied nor given
/// out.
///
/// INVARIANT: TRUE-TABLE: `template` writes a valid value of the C struct, whose function pointers are NULL or
/// trampolines of this crate for the described host type and for the callback at whose place they stand. Where there are
/// instances, `functions` has the trampolines of each of them, in the order of the members that are
/// callbacks, and `shared` those that they go on to: SAME-MEMBER: with the arguments of the same member of the
/// C struct, and the user data after them. `info` describes the struct truly.
pub struct Description {
    pub(super) info: TableInfo,
    pub(super) instances: fn() -> &'static [Instance],
    pub(super) functions: &'static [&'static [InstanceFunction]],
    pub(super) shared: &'static [*const ()],
    pub(super) template: unsafe fn(NonNull<u8>),
    /// Whether a member is a function that safe code could call, with arguments that only C may pass.
    pub(super) has_safe_functions: bool,
}

/// The trampoline of one instance. Nobody has one that was not made for its host type by
/// [`instance_function`](super::instance_function): it is neither copied nor given out.
pub struct InstanceFunction(pub(super) *const ());

/// What a block's options say.
pub struct Options {
    /// The C struct's name.
    pub table: &'static str,
    /// What becomes of a panic.
    pub panic: PanicPolicy,
    /// Whether the ledger has the number of calls.
    pub count: bool,
    /// Whether the host value lives until the release.
    pub keep: bool,
    /// Whether calls on other threads wait in the inbox of the one that the table is bound to.
    pub delivers: bool,
    /// As [`TableBuilder::has_safe_functions`](super::TableBuilder::has_safe_functions) says.
    pub has_safe_functions: bool,
}

impl Description {
    /// What is known of the table type.
    pub(crate) const fn info(&self) -> &TableInfo {
        &self.info
    }

    /// Stops the compilation where safe code that has the table could call what is for C alone.
    pub(crate) const fn assert_for_c_alone(&self) {
        assert!(
            !self.has_safe_functions,
            "members of this table are no `unsafe fn`, and only C may call them: read them through `as_ptr`"
        );
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
        for (member, function) in self.info.callbacks().zip(*functions) {
            // SAFETY: TRUE-TABLE: the member lies within the table.
            let member = unsafe { to.byte_add(member.offset) }.cast::<*const ()>();
            // SAFETY: as above; in a packed struct it may be unaligned.
            unsafe { member.as_ptr().write_unaligned(function.0) };
        }
    }
}
