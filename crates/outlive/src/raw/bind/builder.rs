//! Builds a table at compile time, by writing members into zeroed memory.

use core::alloc::Layout;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::{Takes, UserData};
use crate::raw::{Arg, Callbacks, HostName, MemberInfo, MemberKind, TableInfo, destroy_notify};

type Notify = unsafe extern "C" fn(*mut c_void);

/// A member of type `M` of the C struct `S`.
///
/// INVARIANT: an `M` lies at `offset` in `S`.
pub struct Field<S, M> {
    offset: usize,
    types: PhantomData<fn() -> (S, M)>,
}

impl<S, M> Field<S, M> {
    /// The member that `member` points to in `base`.
    ///
    /// # Safety
    ///
    /// Both pointers were made from one `S`, `member` by naming a member of it.
    pub const unsafe fn new(base: *const S, member: *const M) -> Self {
        // SAFETY: both point into the same object by the contract.
        let offset = unsafe { member.byte_offset_from_unsigned(base) };
        Field { offset, types: PhantomData }
    }
}

/// A table in the making, with what is known of its `K` members.
///
/// Used in constants only; a mistake here is an error of the compilation.
pub struct TableBuilder<H: Callbacks, const K: usize> {
    table: MaybeUninit<H::Table>,
    members: [MemberInfo; K],
    shared: [*const (); K],
    len: usize,
}

impl<H: Callbacks, const K: usize> TableBuilder<H, K> {
    /// A table whose members are all zero.
    #[expect(clippy::new_without_default, reason = "made in constants only")]
    pub const fn new() -> Self {
        let unset = MemberInfo { name: "", kind: MemberKind::Constant, offset: 0, size: 0 };
        TableBuilder {
            table: MaybeUninit::zeroed(),
            members: [unset; K],
            shared: [core::ptr::null(); K],
            len: 0,
        }
    }

    /// The callback number `INDEX`, whose member is called `name`, to be bound.
    pub const fn callback<const INDEX: usize>(
        &mut self,
        name: &'static str,
    ) -> Slot<'_, H, K, INDEX> {
        assert!(self.len == INDEX, "callbacks come first, in the order of the methods");
        Slot { builder: self, name }
    }

    /// Gives a member the same value in each table.
    pub const fn constant<M: Copy>(
        &mut self,
        name: &'static str,
        field: Field<H::Table, M>,
        value: M,
    ) {
        self.note(name, MemberKind::Constant, &field);
        self.write(&field, value);
    }

    /// Leaves a member at zero, for C to write.
    pub const fn written_by_c<M>(&mut self, name: &'static str, field: Field<H::Table, M>) {
        self.note(name, MemberKind::WrittenByC, &field);
    }

    /// Leaves a member at zero, for the user data of the registration.
    pub const fn user_data<M: UserData>(&mut self, name: &'static str, field: Field<H::Table, M>) {
        self.note(name, MemberKind::UserData, &field);
    }

    /// Puts the destroy notify into a member.
    pub const fn destroy_notify<M>(&mut self, name: &'static str, field: Field<H::Table, M>)
    where
        H: Callbacks<State = Arg>,
        M: Takes<1, Fn = Notify, Args = (*mut c_void,), Ret = ()>,
    {
        self.note(name, MemberKind::DestroyNotify, &field);
        self.write::<M, Notify>(&field, destroy_notify::<H>);
    }

    /// What is known of the members, in the order they were named.
    pub const fn members(&self) -> [MemberInfo; K] {
        assert!(self.len == K, "a member was not named");
        self.members
    }

    /// The shared trampolines of a context-free table, by the callbacks' numbers.
    pub const fn shared(&self) -> [*const (); K] {
        self.shared
    }

    pub(super) const fn share<const INDEX: usize>(&mut self, trampoline: *const ()) {
        self.shared[INDEX] = trampoline;
    }

    /// The finished table; a member that was not named is zero.
    pub const fn table(self) -> MaybeUninit<H::Table> {
        self.table
    }

    pub(super) const fn note<M>(
        &mut self,
        name: &'static str,
        kind: MemberKind,
        field: &Field<H::Table, M>,
    ) {
        let size = size_of::<M>();
        self.members[self.len] = MemberInfo { name, kind, offset: field.offset, size };
        self.len += 1;
    }

    /// Writes a member as a `V`, which is `M` or a function pointer for an `M` that [`Takes`] it.
    pub(super) const fn write<M, V>(&mut self, field: &Field<H::Table, M>, value: V) {
        assert!(size_of::<V>() == size_of::<M>());
        let base = self.table.as_mut_ptr().cast::<u8>();
        // SAFETY: an `M` lies at `offset` in the table, the invariant of `Field`.
        let member = unsafe { base.add(field.offset) }.cast::<V>();
        // SAFETY: the member is within the table, and a `V` is as long; a packed struct may have it
        // unaligned.
        unsafe { member.write_unaligned(value) };
    }
}

/// The place of a callback in a table; `bind_N`, by the number of C's arguments, fills it.
pub struct Slot<'b, H: Callbacks, const K: usize, const INDEX: usize> {
    pub(super) builder: &'b mut TableBuilder<H, K>,
    pub(super) name: &'static str,
}

impl<'b, H: Callbacks, const K: usize, const INDEX: usize> Slot<'b, H, K, INDEX> {
    /// The same place, in the table of the instance `I`.
    pub const fn instance<const I: usize>(self) -> Instanced<'b, H, K, INDEX, I> {
        Instanced { slot: self }
    }
}

/// The place of a callback in the table of the instance `I`; `bind_N` fills it.
pub struct Instanced<'b, H: Callbacks, const K: usize, const INDEX: usize, const I: usize> {
    pub(super) slot: Slot<'b, H, K, INDEX>,
}

/// The tables, as values of the C struct.
///
/// # Safety
///
/// The result is the value of a constant: the compiler then refuses a struct that is not valid with
/// the members that were left at zero, and names the member.
pub const unsafe fn valid<S>(tables: &'static [&'static MaybeUninit<S>]) -> &'static [&'static S] {
    let valid = core::ptr::from_ref(tables) as *const [&'static S];
    // SAFETY: `MaybeUninit<S>` has the layout of `S`, and the compiler checks the values, by the
    // contract.
    unsafe { &*valid }
}

/// Where the table's own user data is kept.
pub const fn user_data_offset(members: &[MemberInfo]) -> Option<usize> {
    let mut index = 0;
    while index < members.len() {
        if let MemberKind::UserData = members[index].kind {
            return Some(members[index].offset);
        }
        index += 1;
    }
    None
}

/// Stands for the table of a block that did not compile, so that its uses add no errors.
pub static NO_TABLE: TableInfo = TableInfo {
    table: "",
    host: HostName::Given(""),
    layout: Layout::new::<()>(),
    members: &[],
    panic: crate::raw::PanicPolicy::Fallback,
    count: false,
    user_data: None,
    written_by_c: false,
};
