//! What the macro says of a host type.

use core::alloc::Layout;
use core::any::TypeId;
use core::ptr::NonNull;

use outlive_core::{
    HostName, Instance, MemberKind, NoMemoryError, PanicPolicy, TableInfo, TableType,
};

/// What the macro says of a host type. Nobody but this crate can do anything with it.
///
/// INVARIANT: TRUE-TABLE: `template` writes a valid value of the C struct, whose function pointers are NULL or
/// trampolines of this crate for the described host type and for the callback at whose place they stand. Where there are
/// instances, `functions` has the trampolines of each of them, in the order of the members that are
/// callbacks, and `shared` those that they go on to: SAME-MEMBER: with the arguments of the same member of the
/// C struct, and the user data after them. `info` describes the struct truly.
pub struct Description<S> {
    pub(super) info: TableInfo,
    pub(super) instances: fn() -> &'static [Instance],
    pub(super) functions: &'static [&'static [*const ()]],
    pub(super) shared: &'static [*const ()],
    template: unsafe fn(NonNull<S>),
}

impl<S> Description<S> {
    /// # Safety
    ///
    /// TRUE-TABLE, of all of it; `template` may be called with room for a table.
    pub const unsafe fn new(
        info: TableInfo,
        instances: fn() -> &'static [Instance],
        functions: &'static [&'static [*const ()]],
        shared: &'static [*const ()],
        template: unsafe fn(NonNull<S>),
    ) -> Self {
        Description { info, instances, functions, shared, template }
    }

    /// Stands for the description of a block that did not compile, so that its uses add no errors.
    ///
    /// # Safety
    ///
    /// It is never used.
    pub const unsafe fn of_a_mistake() -> Self {
        unsafe fn nothing<S>(_: NonNull<S>) {}
        let info = TableInfo {
            table: "",
            host: HostName::Given(""),
            layout: Layout::new::<()>(),
            members: &[],
            panic: PanicPolicy::Fallback,
            count: false,
        };
        Description { info, instances: || &[], functions: &[], shared: &[], template: nothing::<S> }
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
        unsafe { (self.template)(to.cast()) };
        let Some(functions) = self.functions.get(number) else { return };
        let callbacks = self.info.members.iter().filter(|one| one.kind == MemberKind::Callback);
        for (member, function) in callbacks.zip(*functions) {
            // SAFETY: TRUE-TABLE: the member lies within the table.
            let member = unsafe { to.byte_add(member.offset) }.cast::<*const ()>();
            // SAFETY: as above; in a packed struct it may be unaligned.
            unsafe { member.as_ptr().write_unaligned(*function) };
        }
    }
}
