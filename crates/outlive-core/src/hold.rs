//! How a registration begins.

use core::cell::Cell;
use core::ptr::NonNull;

use crate::adopt;
use crate::close::Reached;
use crate::error::HoldErrorKind;
use crate::handle::{Handle, Kind};
use crate::incident::{Detail, IncidentKind};
use crate::instance::Instance;
use crate::owned::Owned;
use crate::place::Place;
use crate::report::Report;
use crate::result::KeptResult;
use crate::settle::{begin, notice_thread_exit, settle};
use crate::slot::{ALL_SLOTS, Registration, Subject, Vacant};
use crate::table_type::TableType;
use crate::thread;

/// A host value that is to be held.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    /// The host value.
    pub pointer: NonNull<()>,
    /// Where it is to stand.
    pub storage: Storage,
    /// Ends it: `None` where it is not the registration's to end.
    pub drop_value: Option<unsafe fn(NonNull<()>)>,
    /// Which threads may call.
    pub kind: Kind,
    /// Whether the host owns the registration by number ([`Owned::into_number`]).
    pub by_number: bool,
    /// What its refused calls return, where that is not in their code ([`TableType::keep_result`]).
    pub result: Option<&'static KeptResult>,
}

/// Where a host value stands while it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Where it stands already.
    Outside,
    /// The same, on the stack of the calling thread perhaps: in a forked child without that thread calls are refused.
    Lent,
    /// In the registration's slot, into which so many bytes are moved.
    InSlot(usize),
}

/// Holds a host value as a table of this type, made at `created`.
///
/// # Errors
///
/// Where no instance, no slot, no record or no memory is left. The value is then the caller's still, and has not
/// moved.
///
/// # Safety
///
/// The pointer leads to a value that the type's trampolines can use, that stays valid until the registration
/// has ended it, and that may be used as its kind says. One that is to be moved [fits](crate::fits_in_slot), and the caller
/// uses it no more after the success. `drop_value` may be called with it once, on
/// any thread for which the kind allows that.
pub unsafe fn hold(
    table_type: &'static TableType,
    value: Value,
    created: Place,
) -> Result<Owned, HoldErrorKind> {
    adopt::check();
    let thread = thread_of(&value)?;
    let choice = choose_table(table_type, created)?;
    let placed = place(table_type, value.kind, choice);
    let Placed { vacant, table, position } = match placed {
        Ok(placed) => placed,
        Err(error) => {
            if let Some((_, instance)) = choice {
                instance.give_back();
            }
            return Err(error);
        }
    };
    let handle = vacant.handle();
    let Value { pointer, storage, drop_value, by_number, result, .. } = value;
    let instance = choice.map(|(_, instance)| instance);
    let table = table.cast();
    let registration =
        Registration { drop_value, created, instance, table, position, by_number, result };
    let (outside, moved) = match storage {
        Storage::Outside | Storage::Lent => (Some(pointer), None),
        Storage::InSlot(size) => (None, Some((pointer, size))),
    };
    let subject = Subject { value: outside, key: table_type.key(), table_type };
    // SAFETY: the caller's promise.
    let slot = unsafe { vacant.open(subject, moved, registration, thread) };
    if let Some(instance) = instance {
        instance.supply(handle);
    }
    // SAFETY: it begins here, and nobody else owns it.
    Ok(unsafe { Owned::new(Reached { handle, slot }) })
}

/// What the host's side does before it holds a value. It may run code of the host's: what was left to the calling
/// thread ends here.
pub fn prepare() {
    begin();
    settle();
}

/// The calling thread's number, and that of its record, where a value is bound to it, or lent by it.
fn thread_of(value: &Value) -> Result<(u64, u32), HoldErrorKind> {
    let of = |(record, _)| (thread::number(), record);
    match value.kind {
        Kind::Local => {
            let own = thread::record_and_number().ok_or(HoldErrorKind::NoRecordLeft)?;
            notice_thread_exit();
            Ok(of(own))
        }
        Kind::Shared if value.storage == Storage::Lent => {
            Ok(thread::record_and_number().map_or((0, 0), of))
        }
        Kind::Shared | Kind::Exclusive => Ok((0, 0)),
    }
}

/// The instance of a context-free table, with its number.
type Choice = Option<(usize, &'static Instance)>;

fn choose_table(table_type: &'static TableType, created: Place) -> Result<Choice, HoldErrorKind> {
    let instances = table_type.instances();
    if instances.is_empty() {
        return Ok(None);
    }
    if let Some(choice) = Instance::reserve(instances) {
        return Ok(Some(choice));
    }
    let limit = instances.len();
    let table = table_type.info().table;
    let mut report = Report::unnamed(IncidentKind::NoInstanceLeft, table, "");
    report.detail =
        Detail::of(format_args!("all {limit} are taken: release some, or raise `instances`"));
    report.created = Some(created);
    report.file();
    Err(HoldErrorKind::NoInstanceLeft(limit))
}

/// A slot, with the table that C is to get.
struct Placed {
    vacant: Vacant,
    table: NonNull<u8>,
    position: Option<crate::arena::Position>,
}

fn place(
    table_type: &'static TableType,
    kind: Kind,
    choice: Choice,
) -> Result<Placed, HoldErrorKind> {
    let number = choice.map_or(0, |(number, _)| number);
    if !table_type.has_own_tables() {
        let vacant = ALL_SLOTS.take(kind)?;
        let table = table_type.template(number).shared().cast();
        return Ok(Placed { vacant, table, position: None });
    }
    if table_type.info().is_written_by_c() {
        return place_writable(table_type, kind, number);
    }
    place_sealed(table_type, kind)
}

/// In memory that stays writable, so that the table is written when it is given out.
fn place_writable(
    table_type: &'static TableType,
    kind: Kind,
    number: usize,
) -> Result<Placed, HoldErrorKind> {
    let vacant = ALL_SLOTS.take(kind)?;
    let Some(position) = table_type.arena(kind).take(|_| true) else {
        vacant.give_back();
        return Err(HoldErrorKind::NoMemory);
    };
    let table = position.table();
    // SAFETY: the position was given out just now.
    unsafe { table_type.write(number, vacant.handle(), table) };
    Ok(Placed { vacant, table, position: Some(position) })
}

/// In sealed memory, where the table stands already, with the handle of a slot that was taken for it.
fn place_sealed(table_type: &'static TableType, kind: Kind) -> Result<Placed, HoldErrorKind> {
    let missing = Cell::new(HoldErrorKind::NoMemory);
    let fill = |to| match ALL_SLOTS.take(kind) {
        Ok(vacant) => {
            // SAFETY: nobody has the position yet.
            unsafe { table_type.write(0, vacant.handle(), to) };
            true
        }
        Err(error) => {
            missing.set(error);
            false
        }
    };
    let position = table_type.arena(kind).take(fill).ok_or_else(|| missing.get())?;
    let table = position.table();
    // SAFETY: FILLED (`arena.rs`).
    let handle: Handle = unsafe { table_type.read_handle(table) };
    // SAFETY: it was taken when the position was filled, and the position is given out once.
    let vacant = unsafe { Vacant::again(handle) }.ok_or(HoldErrorKind::NoSlotLeft)?;
    Ok(Placed { vacant, table, position: Some(position) })
}
