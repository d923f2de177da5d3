//! How a registration begins.

use core::any::TypeId;
use core::panic::Location;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering};
use std::alloc::Layout;
use std::io;

use super::callbacks::{Callbacks, TableInfo};
use super::handle::{Handle, Kind};
use super::incident::{self, Detail, Report};
use super::instance::Instance;
use super::slot::{Block, Memory, Registration, SLOTS, Slot};
use super::thread::{self, RECORDS};
use super::{barrier, close, original, platform};
use crate::error::HoldErrorKind;
use crate::incident::{IncidentKind, deliver_incidents};
use crate::ledger;
use crate::primitive::MODELLED;

/// A registration, as its handle keeps it.
#[derive(Debug)]
pub struct Entry {
    pub(crate) handle: Handle,
    pub(crate) slot: &'static Slot,
    pub(crate) table: *mut (),
}

/// A host value that is to be registered.
pub(crate) struct Value {
    pub(crate) pointer: NonNull<()>,
    pub(crate) drop_value: Option<unsafe fn(NonNull<()>)>,
    pub(crate) kind: Kind,
}

/// Registers a host value.
///
/// # Safety
///
/// `value.pointer` is an `H` that stays valid until the registration has ended it, and that may be
/// used as `value.kind` says; `drop_value` ends it. [`prepare`] was called before, for this kind.
pub(crate) unsafe fn hold<H: Callbacks>(
    value: Value,
    created: &'static Location<'static>,
) -> Result<Entry, HoldErrorKind> {
    let (instance, template) = choose_table::<H>(created)?;
    let entry = place::<H>(value, created, instance, template);
    match (&entry, instance) {
        (Ok(entry), Some(instance)) => instance.supply(entry.handle),
        (Err(_), Some(instance)) => instance.give_back(),
        (_, None) => {}
    }
    entry
}

/// What the host's side does before it registers a value. It may run code of the host's that unwinds.
pub(crate) fn prepare(kind: Kind) {
    static HANDLERS: AtomicBool = AtomicBool::new(false);
    barrier::choose();
    // A model has no process of its own, whose forks and exit it could see.
    if !MODELLED && !HANDLERS.swap(true, Ordering::SeqCst) {
        incident::configure();
        platform::on_fork_in_child(after_fork);
        platform::on_exit(ledger::report_at_exit);
    }
    RECORDS.replenish(thread::is_alive);
    if kind == Kind::Local {
        notice_thread_exit();
    }
    settle();
}

/// Ends what was left for later and hands out incidents. Every operation of the host's side that
/// may run code of the host ends with it.
pub(crate) fn settle() {
    close::sweep();
    deliver_incidents();
}

/// Has the calling thread, when it ends, end what only it may end and what was left to it.
fn notice_thread_exit() {
    struct LastOperation;
    impl Drop for LastOperation {
        fn drop(&mut self) {
            close::end_thread();
        }
    }
    std::thread_local! { static LAST_OPERATION: LastOperation = const { LastOperation }; }
    // A thread that is being torn down already has no later moment.
    let _ = LAST_OPERATION.try_with(|_| {});
}

/// Called by the C library in a forked child, on its only thread.
extern "C" fn after_fork() {
    thread::forget_others_after_fork();
    close::adopt_after_fork();
}

/// The table for a new registration, with its instance where the table is context-free.
fn choose_table<H: Callbacks>(
    created: &'static Location<'static>,
) -> Result<(Option<&'static Instance>, &'static H::Table), HoldErrorKind> {
    let instances = H::instances();
    if instances.is_empty() {
        return Ok((None, H::TABLES[0]));
    }
    let mut numbered = instances.iter().zip(H::TABLES);
    if let Some((instance, template)) = numbered.find(|(instance, _)| instance.reserve()) {
        return Ok((Some(instance), template));
    }
    let limit = instances.len();
    let mut report = Report::unnamed(IncidentKind::NoInstanceLeft, H::INFO.table, "");
    report.detail =
        Detail::of(format_args!("all {limit} are taken: release some, or raise `instances`"));
    report.created = Some(created);
    report.file();
    Err(HoldErrorKind::NoInstanceLeft(limit))
}

fn place<H: Callbacks>(
    value: Value,
    created: &'static Location<'static>,
    instance: Option<&'static Instance>,
    template: &'static H::Table,
) -> Result<Entry, HoldErrorKind> {
    let vacant = SLOTS.take(value.kind).ok_or(HoldErrorKind::NoSlotLeft)?;
    let handle = vacant.handle();
    let template: *const H::Table = template;
    let original = original::of(template, || pin_trampolines(H::INFO, template.cast()));
    let (table, memory) = match own_memory::<H::Table>(H::INFO, template, handle) {
        Ok(placed) => placed,
        Err(error) => {
            vacant.give_back();
            return Err(HoldErrorKind::NoMemory(error));
        }
    };
    let slot = vacant.open(Registration {
        value: value.pointer,
        key: TypeId::of::<H::Key>(),
        info: H::INFO,
        drop_value: value.drop_value,
        created,
        instance,
        table: table.cast_const(),
        template: original,
        memory,
    });
    Ok(Entry { handle, slot, table })
}

/// The memory that C gets: the static itself, or a copy where the table carries its own user data
/// or C writes into it.
fn own_memory<S>(
    info: &TableInfo,
    template: *const S,
    handle: Handle,
) -> io::Result<(*mut (), Memory)> {
    if info.user_data.is_none() && !info.written_by_c {
        return Ok((template.cast_mut().cast(), Memory::Static));
    }
    let layout = Layout::new::<S>();
    let mut copy = original::words_of(template);
    if let Some(offset) = info.user_data {
        // SAFETY: TRUE-TABLE: a pointer-sized member is at this offset.
        let member = unsafe { copy.as_mut_ptr().byte_add(offset) };
        // SAFETY: as above; members of a packed struct may be unaligned.
        unsafe { member.write_unaligned(handle.bits() as usize) };
    }
    if info.written_by_c { watched(layout, &copy) } else { sealed(layout, &copy) }
}

fn sealed(layout: Layout, copy: &[usize]) -> io::Result<(*mut (), Memory)> {
    // SAFETY: a slice of integers, seen as bytes; it is at least this long.
    let bytes = unsafe { core::slice::from_raw_parts(copy.as_ptr().cast(), layout.size()) };
    let pages = platform::seal(bytes)?;
    Ok((pages.start().cast(), Memory::Sealed(pages)))
}

fn watched(layout: Layout, copy: &[usize]) -> io::Result<(*mut (), Memory)> {
    let layout = Layout::from_size_align(layout.size().max(1), layout.align())
        .map_err(|_| io::ErrorKind::OutOfMemory)?;
    // SAFETY: the layout is not empty.
    let block = unsafe { std::alloc::alloc(layout) };
    let block = NonNull::new(block).ok_or(io::ErrorKind::OutOfMemory)?;
    // SAFETY: both are at least this long, and the block is new.
    unsafe { block.as_ptr().copy_from_nonoverlapping(copy.as_ptr().cast(), layout.size()) };
    Ok((block.as_ptr().cast(), Memory::Watched(Block(block, layout))))
}

/// Pins the object that has a table's trampolines, at the table's first hold.
fn pin_trampolines(info: &TableInfo, template: *const ()) {
    platform::pin(template.cast());
    let callbacks = info.members.iter().filter(|m| m.kind == super::MemberKind::Callback);
    for member in callbacks.take(1) {
        // SAFETY: TRUE-TABLE: the member lies within the template.
        let callback = unsafe { template.byte_add(member.offset) }.cast::<usize>();
        // SAFETY: TRUE-TABLE: it is a function pointer, in a packed struct maybe unaligned.
        let callback = unsafe { callback.read_unaligned() };
        platform::pin(core::ptr::without_provenance(callback));
    }
}
