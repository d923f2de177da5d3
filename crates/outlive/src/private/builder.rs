//! Builds a table at compile time, by writing members into zeroed memory.

use core::alloc::Layout;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use outlive_core::{
    BadArgument, Call, HostName, Instance, MemberInfo, MemberKind, TableInfo, Unserved,
    fits_in_chunk,
};

use super::argument::Returns;
use super::arity::{InstanceShell, Takes, Trampoline, WithUserData};
use super::description::{Description, InstanceFunction, Options};
use super::serve::destroy_notify;
use super::template::Template;
use super::tuple::Arguments;
use crate::argument::UserData;
use crate::callbacks::{Arg, Callbacks, Locator};

type Notify = unsafe extern "C" fn(*mut c_void);

/// A member of type `M` of the C struct `S`.
///
/// INVARIANT: an `M` lies at `offset` in `S`.
pub struct Field<S, M> {
    offset: usize,
    types: PhantomData<fn() -> (S, M)>,
}

impl<S, M> Clone for Field<S, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, M> Copy for Field<S, M> {}

impl<S, M> Field<S, M> {
    /// The member that `member` points to in `base`.
    ///
    /// # Safety
    ///
    /// Both pointers were made from one `S`, `member` by naming a member of it.
    pub const unsafe fn new(base: *const S, member: *const M) -> Self {
        // SAFETY: both point into the same object by the contract.
        let offset = unsafe { member.byte_offset_from(base) };
        Field { offset: offset as usize, types: PhantomData }
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
    has_safe_functions: bool,
}

impl<H: Callbacks, const K: usize> TableBuilder<H, K> {
    /// A table whose members are all zero.
    ///
    /// # Safety
    ///
    /// What is built is used in the [`Description`](super::Description) of `H` alone.
    pub const unsafe fn new() -> Self {
        let unset = MemberInfo { name: "", kind: MemberKind::Constant, offset: 0, size: 0 };
        TableBuilder {
            table: MaybeUninit::zeroed(),
            members: [unset; K],
            shared: [core::ptr::null(); K],
            len: 0,
            has_safe_functions: false,
        }
    }

    /// Puts the trampoline for these closures into the member, which is called `name`: the callback number
    /// `INDEX`, with `N` arguments.
    pub const fn callback<const N: usize, const INDEX: usize, M, L, B, F>(
        &mut self,
        name: &'static str,
        field: Field<H::Table, M>,
        _locator: L,
        _body: B,
        _fallback: F,
    ) where
        M: Takes<N>,
        L: Fn(M::Args) -> Option<usize> + Copy,
        B: for<'a> Fn(
                &'a H,
                &'a Call<'a>,
                Returns<M::Ret>,
                <M::Args as Arguments>::Raws<'a>,
            ) -> Result<M::Ret, BadArgument>
            + Copy,
        F: Fn(M::Args, Unserved) -> M::Ret + Copy,
        M::Fn: Trampoline<H, INDEX, L, B, F>,
    {
        self.note_callback::<N, INDEX, M>(name, field);
        self.write(field, <M::Fn as Trampoline<H, INDEX, L, B, F>>::TRAMPOLINE);
    }

    /// As [`callback`](TableBuilder::callback), for a context-free table: the closures get the user data after
    /// the arguments, and the member the trampoline of the instance 0.
    pub const fn shared_callback<const N: usize, const INDEX: usize, M, L, B, F>(
        &mut self,
        name: &'static str,
        field: Field<H::Table, M>,
        _locator: L,
        _body: B,
        _fallback: F,
    ) where
        M: Takes<N>,
        M::Fn: WithUserData + InstanceShell<H, 0, INDEX>,
        L: Fn(<M::Fn as WithUserData>::Args) -> Option<usize> + Copy,
        B: for<'a> Fn(
                &'a H,
                &'a Call<'a>,
                Returns<M::Ret>,
                <<M::Fn as WithUserData>::Args as Arguments>::Raws<'a>,
            ) -> Result<M::Ret, BadArgument>
            + Copy,
        F: Fn(<M::Fn as WithUserData>::Args, Unserved) -> M::Ret + Copy,
        <M::Fn as WithUserData>::Shared: Trampoline<H, INDEX, L, B, F> + Copy,
    {
        self.note_callback::<N, INDEX, M>(name, field);
        self.write(field, <M::Fn as InstanceShell<H, 0, INDEX>>::SHELL);
        let shared = <<M::Fn as WithUserData>::Shared as Trampoline<H, INDEX, L, B, F>>::TRAMPOLINE;
        self.shared[INDEX] = as_pointer(shared);
    }

    /// Says that C calls nothing after the callback that was put in before.
    pub const fn last_call(&mut self)
    where
        H: Callbacks<Locator = Arg>,
    {
        self.mark_last();
    }

    const fn mark_last(&mut self) {
        self.mark(MemberKind::LastCall);
    }

    /// Says that C takes back by the callback that was put in before.
    pub const fn takes_back(&mut self) {
        self.mark(MemberKind::TakesBack);
    }

    /// Says that nobody waits for a call of the callback that was put in before, where another thread serves it.
    ///
    /// # Safety
    ///
    /// POSTED: C's arguments are numbers, but for the user data, and the result is `()`.
    pub const unsafe fn posted<const N: usize, M: Takes<N, Ret = ()>>(
        &mut self,
        _field: Field<H::Table, M>,
    ) {
        self.mark(MemberKind::Posted);
    }

    const fn mark(&mut self, kind: MemberKind) {
        let member = &mut self.members[self.len - 1];
        assert!(matches!(member.kind, MemberKind::Callback), "it is a callback");
        member.kind = kind;
    }

    /// As [`last_call`](TableBuilder::last_call), where C passes no user data, or takes it from the table.
    ///
    /// # Safety
    ///
    /// C calls nothing after it, nor reads the table: such a call could reach the next registration that has the instance, or
    /// the table's memory.
    pub const unsafe fn last_call_by_address(&mut self) {
        self.mark_last();
    }

    /// Gives a member the same value in each table.
    pub const fn constant<M: Copy>(
        &mut self,
        name: &'static str,
        field: Field<H::Table, M>,
        value: M,
    ) {
        self.note(name, MemberKind::Constant, field);
        self.write(field, value);
    }

    /// Leaves a member at zero, for C to write.
    pub const fn written_by_c<M>(&mut self, name: &'static str, field: Field<H::Table, M>) {
        self.note(name, MemberKind::WrittenByC, field);
    }

    /// Leaves a member at zero, for the user data of the registration.
    pub const fn user_data<M: UserData>(&mut self, name: &'static str, field: Field<H::Table, M>) {
        self.note(name, MemberKind::UserData, field);
    }

    /// Puts the destroy notify into a member.
    pub const fn destroy_notify<M>(&mut self, name: &'static str, field: Field<H::Table, M>)
    where
        H: Callbacks<Locator = Arg>,
        M: Takes<1, Fn = Notify>,
    {
        self.has_safe_functions |= M::IS_SAFE;
        self.note(name, MemberKind::DestroyNotify, field);
        self.write::<M, Notify>(field, destroy_notify::<H>);
    }

    /// What is known of the members, in the order they were named.
    pub const fn members(&self) -> [MemberInfo; K] {
        assert!(self.len == K, "a member was not named");
        self.members
    }

    /// The trampolines that the instances of a context-free table share, by the callbacks' numbers.
    pub const fn shared(&self) -> [*const (); K] {
        self.shared
    }

    /// Whether a member is a function that safe code could call.
    pub const fn has_safe_functions(&self) -> bool {
        self.has_safe_functions
    }

    /// The finished table; a member that was not named is zero.
    ///
    /// # Safety
    ///
    /// The result is the value of a constant: the compiler then refuses a struct that is not valid with
    /// the members that were left at zero, and names the member.
    pub const unsafe fn template(self) -> Template<H, H::Table> {
        // SAFETY: the compiler checks the value, by the contract.
        Template::new(unsafe { self.table.assume_init() })
    }

    /// The description of `H`.
    ///
    /// # Safety
    ///
    /// `members`, `shared` and what `options` says of safe functions are those of the builder that made `H`'s template, and `functions` has each callback's
    /// function of each instance, in the order of the callbacks.
    pub const unsafe fn describe(
        options: Options,
        members: &'static [MemberInfo; K],
        shared: &'static [*const (); K],
        instances: fn() -> &'static [Instance],
        functions: &'static [&'static [InstanceFunction]],
    ) -> Description {
        let Options { table, panic, count, keep, delivers, has_safe_functions } = options;
        let host = HostName::Of(core::any::type_name::<H>);
        let layout = Layout::new::<H::Table>();
        let by_address = <H::Locator as Locator>::BY_ADDRESS;
        assert!(
            !by_address || fits_in_chunk(layout),
            "`state = table` is for structs of less than 64 KiB, with their alignment"
        );
        let info =
            TableInfo { table, host, layout, members, panic, count, keep, by_address, delivers };
        let template = write_template::<H>;
        Description { info, instances, functions, shared, template, has_safe_functions }
    }

    const fn note_callback<const N: usize, const INDEX: usize, M: Takes<N>>(
        &mut self,
        name: &'static str,
        field: Field<H::Table, M>,
    ) {
        assert!(self.len == INDEX, "callbacks come first, in the order of the methods");
        self.has_safe_functions |= M::IS_SAFE;
        self.note(name, MemberKind::Callback, field);
    }

    const fn note<M>(&mut self, name: &'static str, kind: MemberKind, field: Field<H::Table, M>) {
        let size = size_of::<M>();
        self.members[self.len] = MemberInfo { name, kind, offset: field.offset, size };
        self.len += 1;
    }

    /// Writes a member as a `V`, which is `M` or a function pointer for an `M` that [`Takes`] it.
    const fn write<M, V: Copy>(&mut self, field: Field<H::Table, M>, value: V) {
        assert!(size_of::<V>() == size_of::<M>());
        let base = self.table.as_mut_ptr().cast::<u8>();
        // SAFETY: an `M` lies at `offset` in the table, the invariant of `Field`.
        let member = unsafe { base.add(field.offset) }.cast::<V>();
        // SAFETY: the member is within the table, and a `V` is as long, and as good as an `M` (ABI-SAME); a packed struct
        // may have it unaligned.
        unsafe { member.write_unaligned(value) };
    }
}

/// Writes the template of `H`.
///
/// # Safety
///
/// There is room for a table.
unsafe fn write_template<H: Callbacks>(to: NonNull<u8>) {
    // SAFETY: the caller's promise.
    unsafe { to.cast::<H::Table>().write(H::TEMPLATE.into_table()) };
}

/// The trampoline of the instance `I` for a member, where [`Field`] only says which one is meant.
///
/// # Safety
///
/// As for [`TableBuilder::new`].
pub const unsafe fn instance_function<H, const N: usize, const I: usize, const INDEX: usize, M>(
    _field: Field<H::Table, M>,
) -> InstanceFunction
where
    H: Callbacks,
    M: Takes<N>,
    M::Fn: InstanceShell<H, I, INDEX>,
{
    InstanceFunction(as_pointer(<M::Fn as InstanceShell<H, I, INDEX>>::SHELL))
}

/// A function pointer without its type.
const fn as_pointer<F: Copy>(function: F) -> *const () {
    const { assert!(size_of::<F>() == size_of::<*const ()>()) }
    let function = MaybeUninit::new(function);
    // SAFETY: it is a function pointer, which is as long.
    unsafe { function.as_ptr().cast::<*const ()>().read() }
}
