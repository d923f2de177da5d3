//! How a registration begins.

use core::any::TypeId;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering};
use std::alloc::Layout;
use std::io;

use super::callbacks::{Callbacks, TableInfo};
use super::handle::{Handle, Kind};
use super::incident::{self, Detail, Report};
use super::instance::Instance;
use super::place::Place;
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

/// What a registration is to be a table of.
///
/// INVARIANT: TRUE-TABLE, or DESCRIBED (`foreign.rs`), holds of it. `template(0)`, or `template(i)` for each
/// instance `i`, is valid for `info.layout` for the rest of the process.
pub(crate) struct Subject<'a> {
    pub(crate) key: TypeId,
    pub(crate) info: &'static TableInfo,
    pub(crate) instances: &'static [Instance],
    pub(crate) template: &'a dyn Fn(usize) -> Template,
}

/// A table that all registrations of one type, or of one instance, begin with.
#[derive(Clone, Copy)]
pub(crate) struct Template {
    pub(crate) table: *const (),
    /// What is the same, in a copy of ours.
    pub(crate) original: *const (),
}

/// Registers a host value.
///
/// # Safety
///
/// `value.pointer` is an `H` that stays valid until the registration has ended it, and that may be
/// used as `value.kind` says; `drop_value` ends it. [`prepare`] was called before, for this kind.
pub(crate) unsafe fn hold<H: Callbacks>(
    value: Value,
    created: Place,
) -> Result<Entry, HoldErrorKind> {
    let template = |index: usize| {
        let table = core::ptr::from_ref(H::TABLES[index]).cast();
        let pin = || pin_trampolines(H::INFO, table);
        // SAFETY: TRUE-TABLE: it is a static.
        let original = unsafe { original::of(table, size_of::<H::Table>(), pin) };
        Template { table, original }
    };
    let key = TypeId::of::<H::Key>();
    let (info, instances) = (H::INFO, H::instances());
    // SAFETY: the caller's promise.
    unsafe { hold_as(&Subject { key, info, instances, template: &template }, value, created) }
}

/// Registers a host value of any description.
///
/// # Safety
///
/// As for [`hold`], with a value that the subject's trampolines can use for `H`.
pub(crate) unsafe fn hold_as(
    subject: &Subject<'_>,
    value: Value,
    created: Place,
) -> Result<Entry, HoldErrorKind> {
    let (instance, template) = choose_table(subject, created)?;
    let entry = place(subject, value, created, instance, template);
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
fn choose_table(
    subject: &Subject<'_>,
    created: Place,
) -> Result<(Option<&'static Instance>, Template), HoldErrorKind> {
    let instances = subject.instances;
    if instances.is_empty() {
        return Ok((None, (subject.template)(0)));
    }
    let mut numbered = instances.iter().enumerate();
    if let Some((index, instance)) = numbered.find(|(_, instance)| instance.reserve()) {
        return Ok((Some(instance), (subject.template)(index)));
    }
    let limit = instances.len();
    let mut report = Report::unnamed(IncidentKind::NoInstanceLeft, subject.info.table, "");
    report.detail =
        Detail::of(format_args!("all {limit} are taken: release some, or raise `instances`"));
    report.created = Some(created);
    report.file();
    Err(HoldErrorKind::NoInstanceLeft(limit))
}

fn place(
    subject: &Subject<'_>,
    value: Value,
    created: Place,
    instance: Option<&'static Instance>,
    template: Template,
) -> Result<Entry, HoldErrorKind> {
    let vacant = SLOTS.take(value.kind).ok_or(HoldErrorKind::NoSlotLeft)?;
    let handle = vacant.handle();
    let (table, memory) = match own_memory(subject.info, template.table, handle) {
        Ok(placed) => placed,
        Err(error) => {
            vacant.give_back();
            return Err(HoldErrorKind::NoMemory(error));
        }
    };
    let slot = vacant.open(Registration {
        value: value.pointer,
        key: subject.key,
        info: subject.info,
        drop_value: value.drop_value,
        created,
        instance,
        table: table.cast_const(),
        template: template.original,
        memory,
    });
    Ok(Entry { handle, slot, table })
}

/// The memory that C gets: the static itself, or a copy where the table carries its own user data
/// or C writes into it.
fn own_memory(
    info: &TableInfo,
    template: *const (),
    handle: Handle,
) -> io::Result<(*mut (), Memory)> {
    if info.user_data.is_none() && !info.written_by_c {
        return Ok((template.cast_mut(), Memory::Static));
    }
    let layout = info.layout;
    // SAFETY: the INVARIANT of `Subject`.
    let mut copy = unsafe { original::words_of(template, layout.size()) };
    if let Some(offset) = info.user_data {
        // SAFETY: TRUE-TABLE, or DESCRIBED: a pointer-sized member is at this offset.
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
pub(crate) fn pin_trampolines(info: &TableInfo, template: *const ()) {
    platform::pin(template.cast());
    let callbacks = info.members.iter().filter(|m| m.kind == super::MemberKind::Callback);
    for member in callbacks.take(1) {
        // SAFETY: TRUE-TABLE, or DESCRIBED: the member lies within the template.
        let callback = unsafe { template.byte_add(member.offset) }.cast::<usize>();
        // SAFETY: TRUE-TABLE, or DESCRIBED: it is a function pointer, in a packed struct maybe unaligned.
        let callback = unsafe { callback.read_unaligned() };
        platform::pin(core::ptr::without_provenance(callback));
    }
}
