//! Table types that a host of another language describes at run time, and what such a host's trampolines do.
//!
//! DESCRIBED: a foreign type is never freed, with all that it is made of. Its members lie within its layout; a
//! member of user data is as long as a pointer. Its templates are valid for its layout, and there is one
//! for each instance. That a member's function pointer is a trampoline which enters for this very type and
//! this very callback is the word of the one who describes.
//!
//! FOREIGN: the address of a foreign type's [`TableInfo`] is that of no other type, Rust's or described, so that it names the type in
//! a registration. The key of a foreign registration is [`Foreign`], which is no host type; its value is a
//! [`ForeignValue`].

use core::any::TypeId;
use core::ffi::c_void;
use core::ptr::{self, NonNull};
use std::io;

use super::call::Call;
use super::callbacks::{PanicPolicy, TableInfo};
use super::destroy::{self, notified};
use super::enter::{Pass, Refusal, Standing, enter_if, enter_lightly_if};
use super::gate::Way;
use super::handle::{Handle, Kind};
use super::hold::{Entry, Subject, Template, Value, hold_as, pin_trampolines, prepare};
use super::incident::Report;
use super::instance::Instance;
use super::list::List;
use super::original::words_of;
use super::owner;
use super::place::Place;
use super::platform::{self, Pages};
use super::slot::{Registration, Slot};
use crate::error::HoldErrorKind;
use crate::incident::IncidentKind;
use crate::primitive::Ordering;

/// The key of every foreign registration.
pub(crate) enum Foreign {}

/// What a host of another language has held: a number, and whom to tell when it is let go.
pub(crate) struct ForeignValue {
    number: usize,
    end: Option<EndFunction>,
}

/// Called once when a number is let go: on the thread that ends the table, or on that of the last call out.
pub type EndFunction = unsafe extern "C-unwind" fn(number: usize);

/// A table type that was described at run time.
pub struct ForeignType {
    info: TableInfo,
    instances: Box<[Instance]>,
    templates: Box<[Template]>,
    /// Read-only memory that has the templates' tables.
    _pages: Pages,
}

/// All types: what is kept for good can be reached from here, so that leak checkers do not take it for lost.
static TYPES: List<ForeignType> = List::new();

// SAFETY: DESCRIBED: all that it points to is leaked, and never written again but for the instances'
// atomics.
unsafe impl Send for ForeignType {}
// SAFETY: as above.
unsafe impl Sync for ForeignType {}

impl ForeignType {
    /// Makes a type, for good.
    ///
    /// # Safety
    ///
    /// DESCRIBED, of `info` and the tables, each of which is valid for `info.layout` now.
    pub(crate) unsafe fn leak(
        info: TableInfo,
        context_free: bool,
        tables: &[*const ()],
    ) -> io::Result<&'static Self> {
        // A host may have found this by dlsym, and its trampolines need it for good.
        platform::pin(notified as *const c_void);
        let stride = info.layout.pad_to_align().size();
        let mut sealed = vec![0u8; stride * tables.len()];
        for (copy, table) in sealed.chunks_exact_mut(stride).zip(tables) {
            // SAFETY: the caller's promise; a copy has room for it.
            unsafe {
                ptr::copy_nonoverlapping(table.cast(), copy.as_mut_ptr(), info.layout.size())
            };
            pin_trampolines(&info, *table);
        }
        let pages = platform::seal(&sealed)?;
        let templates = (0..tables.len()).map(|index| {
            let table = pages.start().wrapping_byte_add(stride * index).cast_const().cast();
            // SAFETY: it was copied there.
            let copy = Box::leak(unsafe { words_of(table, info.layout.size()) });
            Template { table, original: copy.as_ptr().cast() }
        });
        let templates = templates.collect();
        let count = if context_free { tables.len() } else { 0 };
        let instances = (0..count).map(|_| Instance::new()).collect();
        Ok(TYPES.add(ForeignType { info, instances, templates, _pages: pages }))
    }

    /// The C struct's name.
    pub fn table(&self) -> &'static str {
        self.info.table
    }

    /// How many instances there are; 0 where C passes user data.
    pub fn instances(&self) -> usize {
        self.instances.len()
    }

    /// Holds a number.
    ///
    /// # Safety
    ///
    /// `end` may be called once with `number`, on any thread for which `kind` allows that.
    pub(crate) unsafe fn hold(
        &'static self,
        number: usize,
        end: Option<EndFunction>,
        kind: Kind,
        created: Place,
    ) -> Result<Entry, HoldErrorKind> {
        prepare(kind);
        let boxed = NonNull::from(Box::leak(Box::new(ForeignValue { number, end })));
        let value = Value { pointer: boxed.cast(), drop_value: Some(end_foreign), kind };
        let subject = Subject {
            key: TypeId::of::<Foreign>(),
            info: &self.info,
            instances: &self.instances,
            template: &|index| self.templates[index],
        };
        // SAFETY: the box is the registration's until it ends it; the rest is the caller's promise.
        let held = unsafe { hold_as(&subject, value, created) };
        match &held {
            Ok(entry) => owner::own(entry.slot),
            // SAFETY: it was leaked above, and no registration has it.
            Err(_) => drop(unsafe { Box::from_raw(boxed.as_ptr()) }),
        }
        held
    }

    /// FOREIGN.
    #[inline(always)]
    fn is_of(&self, registration: &Registration) -> bool {
        ptr::eq(registration.info, &self.info)
    }

    /// Admits an outermost call of C's into a live shared table, and writes its pass to `to`. `false` says nothing
    /// but that this is not one: nothing was done, and [`enter`](ForeignType::enter) has the same arguments.
    ///
    /// # Safety
    ///
    /// `to` is writable.
    #[inline(always)]
    pub unsafe fn enter_lightly(
        &'static self,
        callback: u32,
        user_data: usize,
        to: *mut ForeignPass,
    ) -> bool {
        let handle = Handle::from_user_data(user_data);
        let pass = enter_lightly_if(handle, |registration| self.is_of(registration));
        let is_inside = pass.is_some();
        if let Some(pass) = pass {
            // SAFETY: the caller's promise.
            unsafe { to.write(self.admitted(pass, callback)) };
        }
        is_inside
    }

    /// Admits any call of C's of the callback number `callback`, and writes its pass to `to`; or refuses, counts
    /// and reports it.
    ///
    /// # Safety
    ///
    /// `to` is writable.
    pub unsafe fn enter(
        &'static self,
        callback: u32,
        user_data: usize,
        to: *mut ForeignPass,
    ) -> bool {
        let handle = Handle::from_user_data(user_data);
        match enter_if(handle, |registration| self.is_of(registration)) {
            Ok(pass) => {
                // SAFETY: the caller's promise.
                unsafe { to.write(self.admitted(pass, callback)) };
                true
            }
            Err(refused) => {
                refused.report(&self.info, callback as usize);
                false
            }
        }
    }

    #[inline(always)]
    fn admitted(&'static self, pass: Pass, callback: u32) -> ForeignPass {
        if self.info.count {
            pass.slot().counts.served.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: the registration's type was compared.
        unsafe { ForeignPass::of(pass, &self.info, callback) }
    }

    /// The user data of the registration that uses an instance of this context-free table, or 0.
    #[inline(always)]
    pub fn user_data_of(&self, instance: u32) -> Option<usize> {
        self.instances.get(instance as usize).map(Instance::user_data)
    }

    /// Reports a call of an instance that there is not.
    #[cold]
    pub fn no_instance(&self, callback: u32) {
        let name = self.info.callback_name(callback as usize);
        Report::unnamed(IncidentKind::BadArgument, self.info.table, name).file();
    }

    /// What the trampoline of a destroy notify does.
    pub fn destroy_notify(&'static self, user_data: *mut c_void) {
        let handle = Handle::from_user_data(user_data.addr());
        let is_it = |registration: &Registration| self.is_of(registration);
        if let Some(standing) = Standing::enter_if(handle, self.info.table, destroy::NAME, is_it) {
            notified(standing);
        }
    }
}

/// A call of a foreign trampoline that was admitted, as it stands on the trampoline's stack. It must be left by
/// [`ForeignPass::leave`], on whatever thread.
#[repr(C)]
pub struct ForeignPass {
    /// The number that is held.
    pub number: usize,
    handle: Handle,
    slot: &'static Slot,
    way: Way<'static>,
    info: &'static TableInfo,
    callback: u32,
}

/// A handle is never 0, and so is that word of a pass never 0.
const _: () = assert!(
    core::mem::offset_of!(ForeignPass, handle) == ForeignPass::HANDLE_WORD * size_of::<usize>()
);

impl ForeignPass {
    /// The number of the word, from 0, that is never 0 in a pass: bindings that keep passes in memory of their
    /// own mark there that they have none.
    pub const HANDLE_WORD: usize = 1;

    /// # Safety
    ///
    /// The pass was entered for a foreign registration.
    #[inline(always)]
    unsafe fn of(pass: Pass, info: &'static TableInfo, callback: u32) -> Self {
        let value = pass.registration().value.cast::<ForeignValue>();
        // SAFETY: FOREIGN; G1: it is not ended before this call has left.
        let number = unsafe { value.as_ref() }.number;
        let (handle, slot, way) = (pass.handle(), pass.slot(), pass.way());
        ForeignPass { number, handle, slot, way, info, callback }
    }

    /// Enters for the host's own side. The callback has no name.
    pub(crate) fn with(handle: Handle) -> Result<Self, Refusal> {
        let is_it = |registration: &Registration| registration.key == TypeId::of::<Foreign>();
        match enter_if(handle, is_it) {
            Ok(pass) => {
                let info = pass.registration().info;
                // SAFETY: its key was compared.
                Ok(unsafe { ForeignPass::of(pass, info, u32::MAX) })
            }
            Err(refused) => Err(refused.leave()),
        }
    }

    fn call(&self) -> Call<'_> {
        Call::of(self.handle, self.slot, self.info, self.callback as usize)
    }

    /// Counts and reports a panic, or an exception, of the host's; aborts where the type asks for it.
    #[cold]
    pub fn panicked(&self, message: &str) {
        let call = self.call();
        call.note_panic(message);
        if self.info.panic == PanicPolicy::Abort {
            call.abort();
        }
    }

    /// Counts and reports an argument of C's that the host does not admit.
    #[cold]
    pub fn bad_argument(&self, argument: usize, reason: &str) {
        self.call().note_argument(argument, reason);
    }

    /// Leaves, and ends the host value where that was left to the last call out.
    #[inline(always)]
    pub fn leave(self) {
        let ForeignPass { handle, slot, way, .. } = self;
        if handle.kind() == Kind::Shared && way.is_light() {
            Pass::from_parts(handle, slot, way).leave_lightly(())
        } else {
            leave_otherwise(handle, slot, way)
        }
    }
}

#[inline(never)]
fn leave_otherwise(handle: Handle, slot: &'static Slot, way: Way<'static>) {
    Pass::from_parts(handle, slot, way).leave();
}

/// Ends a foreign value.
///
/// # Safety
///
/// `value` came from `ForeignType::hold`, and nobody else uses it.
unsafe fn end_foreign(value: NonNull<()>) {
    // SAFETY: the caller's promise.
    let value = unsafe { Box::from_raw(value.cast::<ForeignValue>().as_ptr()) };
    if let Some(end) = value.end {
        // SAFETY: the promise of `hold`'s caller; ONE-ENDER: it is called once.
        unsafe { end(value.number) };
    }
}
