//! Host values that know who uses them, and their registrations.

use core::any::TypeId;
use core::cell::Cell;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use std::alloc::Layout;
use std::rc::Rc;
use std::time::Duration;

use crate::barrier;
use crate::by_address::user_data_at;
use crate::call::Call;
use crate::checker::Tracked;
use crate::child;
use crate::ended::Ended;
use crate::enter::{Key, Pass, Site, admit, enter_lightly};
use crate::handle::{Handle, Kind};
use crate::hold::{Storage, Value, hold};
use crate::inbox::elsewhere;
use crate::incident::IncidentKind;
use crate::life::{Phase, State};
use crate::notify::{after_last_call, notify};
use crate::outgoing::Outgoing;
use crate::owned::{Guest, Owned, Registered, Taken};
use crate::place::Place;
use crate::primitive::per_process;
use crate::record::RECORDS_OF_THREADS;
use crate::report::next_incident;
use crate::settle::settle;
use crate::slot::ALL_SLOTS;
use crate::table::{HostName, MemberInfo, MemberKind, PanicPolicy, TableInfo};
use crate::table_type::TableType;
use crate::thread;
use crate::threads::{MACHINE, Machine};

/// What a panic carries that a model asks for.
pub(crate) struct Expected;

/// How calls and closes are ordered (`barrier.rs`), and how a child is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum World {
    Asymmetric,
    Fenced,
    Counted,
    /// Asymmetric, on a system without memory that is wiped in children.
    Unwiped,
    /// Asymmetric, and a child has its parent's number, each in a namespace of its own.
    Namespaces,
    /// Asymmetric, and nothing was done yet.
    Unbegun,
}

/// A run begins: what a process does before its first registration, and its statics.
pub(crate) fn begin(world: World) {
    Machine::reset();
    MACHINE.with(|machine| {
        machine.wipes.set(world != World::Unwiped);
        machine.has_namespaces.set(world == World::Namespaces);
    });
    barrier::choose(match world {
        World::Fenced => Some("fenced"),
        World::Counted => Some("counted"),
        World::Asymmetric | World::Unwiped | World::Namespaces | World::Unbegun => None,
    });
    if world != World::Unbegun {
        child::begin();
    }
    ALL_SLOTS.begin_at(1);
    TYPE.info();
    RECORDS_OF_THREADS.tidy();
    settle();
}

/// A host value. Each use is seen by the checker, and counted.
pub(crate) struct Host {
    value: Tracked,
    /// Written by each call, where the model has one caller.
    calls: Tracked,
    has_one_caller: Cell<bool>,
    /// Whether a close may say `Now` without the value's end.
    may_stay: Cell<bool>,
    ended: Cell<usize>,
    ended_on: Cell<u64>,
    taken: Cell<usize>,
    leaked: Cell<usize>,
    inside: Cell<usize>,
    /// What the destructor does beside its own work.
    at_end: Cell<Option<Box<dyn FnOnce()>>>,
}

impl Host {
    fn new() -> Rc<Self> {
        Rc::new(Host {
            value: Tracked::new(),
            calls: Tracked::new(),
            has_one_caller: Cell::new(true),
            may_stay: Cell::new(false),
            ended: Cell::new(0),
            ended_on: Cell::new(0),
            taken: Cell::new(0),
            leaked: Cell::new(0),
            inside: Cell::new(0),
            at_end: Cell::new(None),
        })
    }

    /// What a method does.
    pub(crate) fn touch(&self) {
        assert!(!self.is_over(), "used after its end");
        self.value.read();
    }

    /// What a method does that is alone inside.
    pub(crate) fn change(&self) {
        assert!(!self.is_over(), "used after its end");
        self.value.write();
    }

    fn is_over(&self) -> bool {
        self.ended.get() + self.taken.get() != 0
    }

    /// How often the value was ended.
    pub(crate) fn ended(&self) -> usize {
        self.ended.get()
    }

    /// The number of the thread that ended it.
    pub(crate) fn ended_on(&self) -> u64 {
        self.ended_on.get()
    }

    pub(crate) fn is_inside(&self) -> bool {
        self.inside.get() != 0
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken.get()
    }

    pub(crate) fn leaked(&self) -> usize {
        self.leaked.get()
    }

    /// No call is inside, and the value was ended, given out or leaked before: what `Ended::Now` says.
    pub(crate) fn assert_quiet(&self) {
        assert!(self.may_stay.get() || self.ended() == 1, "neither ended, given out nor leaked");
        if self.ended() == 1 {
            self.value.read();
        }
        self.calls.read();
        assert_eq!(self.inside.get(), 0, "a call is inside");
    }

    /// Several threads call it, or one that is inside already.
    pub(crate) fn expect_several_calls(&self) {
        self.has_one_caller.set(false);
    }

    /// The value may be given out or leaked.
    pub(crate) fn expect_to_stay(&self) {
        self.may_stay.set(true);
    }

    /// Has the destructor do this too.
    pub(crate) fn at_end(&self, action: impl FnOnce() + 'static) {
        self.at_end.set(Some(Box::new(action)));
    }
}

/// Ends a value.
///
/// # Safety
///
/// `value` is a `Host`.
unsafe fn end(value: NonNull<()>) {
    // SAFETY: the caller's promise; the model keeps it until its end.
    let host: &Host = unsafe { value.cast().as_ref() };
    assert_eq!(host.inside.get(), 0, "ended while a call is inside");
    host.change();
    assert_eq!(host.leaked.get(), 0, "ended, though it was leaked");
    host.ended.set(host.ended.get() + 1);
    host.ended_on.set(thread::number());
    if let Some(action) = host.at_end.take() {
        action();
    }
}

const fn info(members: &'static [MemberInfo]) -> TableInfo {
    TableInfo {
        table: "watched",
        host: HostName::Given("Host"),
        layout: Layout::new::<[usize; 4]>(),
        members,
        panic: PanicPolicy::Resume,
        count: false,
        keep: false,
        delivers: false,
        by_address: false,
    }
}

const CALLBACK: MemberInfo =
    MemberInfo { name: "call", kind: MemberKind::Callback, offset: 0, size: 8 };
static INFO: TableInfo = info(&[CALLBACK]);
static BY_ADDRESS: TableInfo = TableInfo { by_address: true, ..info(&[CALLBACK]) };
const USER_DATA: MemberInfo =
    MemberInfo { name: "user_data", kind: MemberKind::UserData, offset: 8, size: 8 };
static OWN_TABLE: TableInfo = info(&[CALLBACK, USER_DATA]);
const TAKING_BACK: MemberInfo =
    MemberInfo { name: "take_back", kind: MemberKind::TakesBack, offset: 8, size: 8 };
static LENT: TableInfo = TableInfo { keep: true, ..info(&[CALLBACK, TAKING_BACK]) };

fn new_type(
    info: &'static TableInfo,
    instances: &'static [crate::instance::Instance],
) -> TableType {
    // SAFETY: DESCRIBED: each member is NULL, and no C calls it.
    unsafe { TableType::new(TypeId::of::<Host>(), info, instances, &|_, _| ()) }.unwrap()
}

per_process! {
    /// The type of tables that all registrations share.
    static TYPE: TableType = new_type(&INFO, &[]);
}
per_process! {
    /// The type of tables that each registration has of its own.
    static TYPE_OF_OWN_TABLES: TableType = new_type(&OWN_TABLE, &[]);
}
per_process! {
    /// The type of tables that are found by their own address.
    static TYPE_BY_ADDRESS: TableType = new_type(&BY_ADDRESS, &[]);
}
per_process! {
    /// The type of tables whose values are lent to C.
    static TYPE_OF_LENT: TableType = new_type(&LENT, &[]);
}
per_process! {
    pub(crate) static INSTANCES: [crate::instance::Instance; 2] =
        [crate::instance::Instance::new(), crate::instance::Instance::new()];
}
per_process! {
    /// The type of tables without user data.
    static TYPE_OF_INSTANCES: TableType = new_type(&INFO, &*INSTANCES);
}

pub(crate) fn key() -> Key {
    Key::Host(TypeId::of::<Host>())
}

const SITE: Site = Site { info: &INFO, callback: 0 };
const TAKES_BACK: Site = Site { info: &LENT, callback: 1 };

/// Takes the incidents out, and says how many are of this kind.
pub(crate) fn incidents(kind: IncidentKind) -> usize {
    core::iter::from_fn(next_incident).filter(|incident| incident.kind() == kind).count()
}

pub(crate) fn here() -> Place {
    Place::caller()
}

/// The user data in a table of its own, whose memory stays.
pub(crate) fn user_data_of(table: NonNull<()>) -> usize {
    let member = table.cast::<usize>();
    // SAFETY: the table has four words, of which the second is the member.
    let member = unsafe { member.add(1) };
    // SAFETY: as above; it was written when the table was filled.
    unsafe { member.read() }
}

/// A registration in a model: what its host and C know of it.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) host: Rc<Host>,
    pub(crate) handle: Handle,
}

/// The owner of a registration, which gives it up where the model says so, and not while a stack is unwound. It
/// keeps the host value's memory.
pub(crate) struct Owner(ManuallyDrop<Owned>, Table);

impl Owner {
    fn new(table: &Table, owned: Owned) -> Self {
        Owner(ManuallyDrop::new(owned), table.clone())
    }

    pub(crate) fn into_inner(self) -> Owned {
        ManuallyDrop::into_inner(self.0)
    }
}

impl core::ops::Deref for Owner {
    type Target = Registered;

    fn deref(&self) -> &Registered {
        &self.0
    }
}

fn hold_as(table_type: &'static TableType, kind: Kind, by_number: bool) -> Option<(Table, Owned)> {
    hold_in(table_type, kind, by_number, Storage::Outside)
}

fn hold_in(
    table_type: &'static TableType,
    kind: Kind,
    by_number: bool,
    storage: Storage,
) -> Option<(Table, Owned)> {
    let host = Host::new();
    let value = Value {
        pointer: NonNull::from(&*host).cast(),
        storage,
        drop_value: (storage != Storage::Lent).then_some(end),
        kind,
        by_number,
        result: None,
    };
    // SAFETY: `Table` keeps the value, and `end` is for it.
    let owned = unsafe { hold(table_type, value, here()) }.ok()?;
    Some((Table { host, handle: owned.handle() }, owned))
}

impl Table {
    /// A registration with an owner.
    pub(crate) fn owned(kind: Kind) -> (Table, Owner) {
        let (table, owned) = hold_as(&TYPE, kind, false).unwrap();
        let owner = Owner::new(&table, owned);
        (table, owner)
    }

    /// One that is owned by number.
    pub(crate) fn new(kind: Kind) -> Table {
        let (table, owned) = hold_as(&TYPE, kind, true).unwrap();
        owned.into_number();
        table
    }

    /// As [`Table::new`], of a value that is lent to C.
    pub(crate) fn kept_for_c(kind: Kind) -> Table {
        let (table, owned) = hold_as(&TYPE_OF_LENT, kind, true).unwrap();
        owned.into_number();
        table
    }

    /// As [`Table::owned`], of a value that is lent to C.
    pub(crate) fn owned_and_kept_for_c(kind: Kind) -> (Table, Owner) {
        let (table, owned) = hold_as(&TYPE_OF_LENT, kind, false).unwrap();
        let owner = Owner::new(&table, owned);
        (table, owner)
    }

    /// As [`Table::new`], of a value that the calling thread lends.
    pub(crate) fn lent() -> Table {
        Table::lent_as(&TYPE)
    }

    /// As [`Table::lent`], and C takes back what it is lent.
    pub(crate) fn lent_and_kept_for_c() -> Table {
        Table::lent_as(&TYPE_OF_LENT)
    }

    fn lent_as(table_type: &'static TableType) -> Table {
        let (table, owned) = hold_in(table_type, Kind::Shared, true, Storage::Lent).unwrap();
        table.host.expect_to_stay();
        owned.into_number();
        table
    }

    /// As [`Table::new`], where there may be no slot left.
    pub(crate) fn try_new(kind: Kind) -> Option<Table> {
        let (table, owned) = hold_as(&TYPE, kind, true)?;
        owned.into_number();
        Some(table)
    }

    /// A registration with a table of its own.
    pub(crate) fn with_own_table(kind: Kind) -> Option<(Table, Owner)> {
        let (table, owned) = hold_as(&TYPE_OF_OWN_TABLES, kind, false)?;
        let owner = Owner::new(&table, owned);
        Some((table, owner))
    }

    /// A registration whose table's address leads to it.
    pub(crate) fn by_address(kind: Kind) -> Option<(Table, Owner)> {
        let (table, owned) = hold_as(&TYPE_BY_ADDRESS, kind, false)?;
        let owner = Owner::new(&table, owned);
        Some((table, owner))
    }

    /// A call with an address; what it reached.
    pub(crate) fn call_at(address: usize) -> Option<usize> {
        Table::call_by(Handle::from_user_data(user_data_at(address, &SITE)?))
    }

    /// A registration without user data, if an instance is left.
    pub(crate) fn with_instance(kind: Kind) -> Option<(Table, Owner)> {
        let (table, owned) = hold_as(&TYPE_OF_INSTANCES, kind, false)?;
        let owner = Owner::new(&table, owned);
        Some((table, owner))
    }

    /// A call as the trampolines make it. Whether it reached the host value.
    pub(crate) fn call(&self) -> bool {
        self.call_and(|| ())
    }

    /// A call by which C takes back what it was lent. Whether it reached the host value.
    pub(crate) fn take_back(&self) -> bool {
        let inside = self.enter_to_take_back();
        let is_served = inside.is_some();
        if let Some(inside) = inside {
            inside.leave();
        }
        is_served
    }

    /// A call by which C takes back, which is to be left.
    pub(crate) fn enter_to_take_back(&self) -> Option<Inside> {
        self.enter_at(&TAKES_BACK)
    }

    /// As [`Table::call`]; inside, C does something else too.
    pub(crate) fn call_and(&self, then: impl FnOnce()) -> bool {
        let Some(inside) = self.enter() else { return false };
        then();
        inside.leave();
        true
    }

    /// A call that is to be left, on this thread or on another.
    pub(crate) fn enter(&self) -> Option<Inside> {
        self.enter_at(&SITE)
    }

    fn enter_at(&self, site: &Site) -> Option<Inside> {
        let handle = self.handle;
        let pass = enter_lightly(handle, |subject| key().is_of(subject));
        let pass = pass.or_else(|| admit(handle, key(), site).ok())?;
        Some(Inside::of(self, pass))
    }

    /// As [`Table::enter`], and only by the light way.
    pub(crate) fn enter_lightly(&self) -> Option<Inside> {
        let pass = enter_lightly(self.handle, |subject| key().is_of(subject))?;
        Some(Inside::of(self, pass))
    }

    /// A call with a handle that the model does not know; what it reached.
    pub(crate) fn call_by(handle: Handle) -> Option<usize> {
        let pass = enter_lightly(handle, |subject| key().is_of(subject));
        let pass = pass.or_else(|| admit(handle, key(), &SITE).ok())?;
        let reached = pass.value().addr().get();
        // SAFETY: it was entered by this handle.
        unsafe { pass.leave(handle) };
        Some(reached)
    }

    /// A call by the trampoline of another type.
    pub(crate) fn call_as_another_type(&self) -> bool {
        admit(self.handle, Key::Host(TypeId::of::<Expected>()), &SITE).is_ok()
    }

    /// A call on another thread than the registration is bound to, which has that one make it. Whether it was made.
    pub(crate) fn deliver(&self) -> bool {
        let key = TypeId::of::<Host>();
        let Some(elsewhere) = elsewhere(self.handle.user_data(), key, &SITE) else { return false };
        let mut made = 0;
        // SAFETY: a checker runs one thread at a time.
        let is_served = unsafe { elsewhere.wait_for(&mut || made += u32::from(self.call())) };
        assert_eq!(made, is_served.into());
        is_served
    }

    pub(crate) fn guest(&self) -> Option<Guest> {
        Guest::of(self.handle.number()).ok()
    }

    /// Ends the registration by its number; `None` where nobody owns it any more.
    pub(crate) fn revoke(&self) -> Option<Ended> {
        let ended = self.guest()?.revoke(here());
        self.check(ended);
        Some(ended)
    }

    /// As [`Table::revoke`], and gives up at once.
    pub(crate) fn revoke_within(&self, limit: Duration) -> Option<Ended> {
        let ended = self.guest()?.revoke_timeout(limit, here());
        self.check(ended);
        Some(ended)
    }

    pub(crate) fn take(&self) -> Option<Taken> {
        let guest = self.guest()?;
        let taken = guest.take(here());
        if let Taken::Value(_) = taken {
            self.note_taken();
        }
        Some(taken)
    }

    /// The value is the model's now.
    pub(crate) fn note_taken(&self) {
        self.host.change();
        self.host.taken.set(self.host.taken.get() + 1);
    }

    pub(crate) fn note_leaked(&self) {
        if self.handle.is_shared() {
            self.host.touch();
        }
        self.host.leaked.set(self.host.leaked.get() + 1);
    }

    pub(crate) fn release(&self) -> Option<Ended> {
        // SAFETY: no C has anything but a number, and each is refused.
        let ended = unsafe { self.guest()?.release(here()) }.ok()?;
        self.check(ended);
        Some(ended)
    }

    /// Whether this gave the registration up.
    pub(crate) fn let_go(&self) -> bool {
        self.guest().is_some_and(|guest| guest.let_go().is_ok())
    }

    pub(crate) fn leak(&self) -> bool {
        let Some(guest) = self.guest() else { return false };
        let is_leaked = guest.leak() == Ok(true);
        if is_leaked {
            self.note_leaked();
        }
        is_leaked
    }

    pub(crate) fn hand_over(&self) -> bool {
        self.guest().is_some_and(|guest| guest.hand_over().is_ok())
    }

    /// C's destroy notify.
    pub(crate) fn notify(&self) {
        // SAFETY: no C has anything but a number, and each is refused.
        unsafe { notify(self.handle.user_data(), key(), &INFO) };
    }

    /// A call of C's after which it makes none. Whether it reached the host value.
    pub(crate) fn last_call(&self) -> bool {
        self.last_call_and(|| ())
    }

    /// As [`Table::last_call`]; inside, C does something else too.
    pub(crate) fn last_call_and(&self, then: impl FnOnce()) -> bool {
        let is_served = self.call_and(then);
        // SAFETY: no C has anything but a number, and each is refused.
        unsafe { after_last_call(self.handle.user_data(), key(), &SITE, is_served) };
        is_served
    }

    fn check(&self, ended: Ended) {
        if ended == Ended::Now {
            self.host.assert_quiet();
        }
    }

    /// Whether the value is lent to C, and has not ended.
    pub(crate) fn is_kept_for_c(&self) -> bool {
        self.state().is_some_and(|state| state.claims.lent)
    }

    pub(crate) fn state(&self) -> Option<State> {
        ALL_SLOTS.at(self.handle.index()).unwrap().life.state(self.handle)
    }

    pub(crate) fn phase(&self) -> Option<Phase> {
        self.state().map(|state| state.phase)
    }

    /// All that is left to do is done, on the thread that made the registration and with all others over: the
    /// value has ended exactly once, or is the model's or leaked, and the slot is used again if it may be.
    pub(crate) fn finish(&self) {
        settle();
        self.release();
        self.notify();
        settle();
        assert!(!self.call(), "a late call was admitted");
        let host = &self.host;
        assert_eq!(host.ended() + host.taken() + host.leaked(), 1, "not ended exactly once");
        if host.leaked() == 0 {
            self.assert_free();
        }
    }

    /// The slot was freed once: the next registration of this thread has it, and the one after has another.
    pub(crate) fn assert_free(&self) {
        assert_eq!(self.state(), None, "the slot was not freed");
        let vacant = [(); 4].map(|()| ALL_SLOTS.take(Kind::Shared));
        let same =
            vacant.iter().flatten().filter(|one| one.handle().index() == self.handle.index());
        assert_eq!(same.count(), 1, "the slot is not on the free list, or twice");
        vacant.into_iter().flatten().for_each(|one| one.give_back());
    }
}

/// A call that is inside.
pub(crate) struct Inside {
    table: Table,
    pass: Pass,
}

impl Inside {
    fn of(table: &Table, pass: Pass) -> Self {
        let host = core::ptr::from_ref(&*table.host).addr();
        assert_eq!(pass.value().addr().get(), host, "reached another's host value");
        let inside = Inside { table: table.clone(), pass };
        inside.host().inside.set(inside.host().inside.get() + 1);
        inside.visit();
        inside
    }

    fn host(&self) -> &Host {
        &self.table.host
    }

    fn visit(&self) {
        if self.table.handle.is_exclusive() {
            self.host().change();
        }
        self.host().touch();
        if self.host().has_one_caller.get() {
            self.host().calls.write();
        }
    }

    pub(crate) fn is_light(&self) -> bool {
        self.pass.way.is_light()
    }

    /// What C passes to this call for the host to call.
    pub(crate) fn outgoing(&self) -> Outgoing {
        // SAFETY: the pass is left later.
        Outgoing::of(&unsafe { Call::of(self.table.handle, &self.pass, &SITE) })
    }

    pub(crate) fn leave(self) {
        self.visit();
        self.host().inside.set(self.host().inside.get() - 1);
        // SAFETY: it was entered by this handle, and is left by value.
        unsafe { self.pass.leave(self.table.handle) };
    }

    /// The thread is gone, and the call stays.
    pub(crate) fn stay(self) {
        self.host().inside.set(self.host().inside.get() - 1);
    }
}
