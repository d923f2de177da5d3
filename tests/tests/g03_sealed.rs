//! G3 sealed: nobody can change the function pointers; what C may write is watched instead.
//!
//! Caught when taken out: tables as statics in read-only memory, the `mprotect` of a table of its own
//! (`seal`), the comparison with the template in `inspect`.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use outlive::{Held, IncidentKind, MemberKind, MemberState, callbacks};
use outlive_tests::host::{on_event, plain_event};
use outlive_tests::incidents;
use outlive_tests::process::{Status, write_in_child};
use outlive_tests::sys::{keeper_call_object, keeper_link, keeper_linked, keeper_object};

struct Object;

#[callbacks(keeper_object, state = arg, user_data_member = opaque)]
impl Object {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        value
    }
}

struct Linked;

#[callbacks(
    keeper_linked,
    state = arg,
    constant(version = 3, size = size_of::<keeper_linked>()),
    written_by_c(next, seen)
)]
impl Linked {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        value
    }
}

const FAULT: Status = Status::Killed(libc::SIGSEGV);

#[test]
fn a_write_to_a_shared_table_stops_at_the_write() {
    let held = Held::new(on_event(|_, value| value)).unwrap();
    assert_eq!(write_in_child(held.as_ptr().cast()), FAULT);
}

#[test]
fn a_write_to_a_context_free_table_stops_at_the_write() {
    let held = Held::new(plain_event(|_, value| value)).unwrap();
    assert_eq!(write_in_child(held.as_ptr().cast()), FAULT);
}

#[test]
fn a_write_to_a_table_that_carries_its_user_data_stops_at_the_write() {
    let held = Held::new(Object).unwrap();
    let opaque = held.as_ptr().cast::<*mut c_void>().wrapping_add(1);
    assert_eq!(write_in_child(held.as_ptr().cast()), FAULT);
    assert_eq!(write_in_child(opaque.cast()), FAULT);
    let _ = held.revoke();
    assert_eq!(write_in_child(held.as_ptr().cast()), FAULT);
    // SAFETY: G1: the table is not released.
    assert_eq!(unsafe { keeper_call_object(held.as_ptr(), 1) }, -1);
}

#[test]
fn c_can_write_the_members_that_are_declared_so() {
    let (first, second) = (Held::new(Linked).unwrap(), Held::new(Linked).unwrap());
    // SAFETY: G1: the tables are not released, and `next` and `seen` may be written.
    let linked = unsafe { keeper_link(first.as_ptr(), null_mut(), first.user_data(), 1) };
    // SAFETY: as above.
    let again = unsafe { keeper_link(second.as_ptr(), first.as_ptr(), second.user_data(), 2) };
    assert_eq!((linked, again), (1, 2));

    let seen = second.inspect();
    assert!(seen.is_intact());
    let next = seen.member("next").unwrap();
    assert_eq!((next.state, next.kind), (MemberState::WrittenByC, MemberKind::WrittenByC));
    assert_eq!(next.value, first.as_ptr().addr());
    assert_eq!(seen.member("version").unwrap().state, MemberState::Intact);
    assert_eq!(write_in_child(second.as_ptr().cast()), Status::Exited(0));
}

#[test]
fn a_table_that_c_writes_starts_with_its_constants_and_zeros() {
    let held = Held::new(Linked).unwrap();
    // SAFETY: G1: the table is not released, and nobody writes it meanwhile.
    let table = unsafe { &*held.as_ptr() };
    assert_eq!((table.version, table.size), (3, size_of::<keeper_linked>()));
    assert_eq!((table.next, table.seen), (null_mut(), 0));
}

#[test]
fn inspect_names_each_member_and_what_stands_behind_it() {
    let held = Held::new(Object).unwrap();
    let seen = held.inspect();
    assert!(seen.is_intact());
    assert_eq!((seen.table, seen.address), ("keeper_object", held.as_ptr().addr()));
    let on_event = seen.member("on_event").unwrap();
    assert_eq!((on_event.kind, on_event.state), (MemberKind::Callback, MemberState::Intact));
    // SAFETY: G1: the table is not released.
    let given = unsafe { (*held.as_ptr()).on_event }.unwrap();
    assert_eq!(on_event.value, given as usize);
    assert!(on_event.symbol.as_deref().unwrap().ends_with("Object::on_event"), "{seen}");
    let opaque = seen.member("opaque").unwrap();
    assert_eq!((opaque.value, opaque.state), (held.user_data().addr(), MemberState::Intact));
    assert!(seen.to_string().contains("on_event"), "{seen}");
}

#[test]
fn an_altered_callback_is_seen_named_and_reported() {
    let held = Held::new(Linked).unwrap();
    // SAFETY: the table is writable, and nobody calls through it after this.
    let member = unsafe { &raw mut (*held.as_ptr()).on_event };
    let stray: *const c_void = (libc::abs as unsafe extern "C" fn(c_int) -> c_int as usize) as _;
    // SAFETY: as above; the word is a function's address.
    unsafe { member.cast::<*const c_void>().write(stray) };

    let seen = held.inspect();
    assert!(!seen.is_intact());
    let altered = seen.member("on_event").unwrap();
    assert_eq!((altered.state, altered.value), (MemberState::Altered, stray.addr()));
    // A static program may have no name for it, and Windows names what it is in.
    let is_named = |of: &str| altered.symbol.as_deref().is_some_and(|name| name.contains(of));
    assert!(!is_named("Linked"), "{seen}");
    let is_in = if cfg!(windows) { ".exe+0x" } else { "abs" };
    assert!(is_named(is_in) || cfg!(target_feature = "crt-static"), "{seen}");
    let incident = incidents::only(held.id(), IncidentKind::AlteredTable);
    assert_eq!((incident.table(), incident.callback()), ("keeper_linked", "on_event"));
}

#[test]
fn an_altered_constant_is_seen() {
    let held = Held::new(Linked).unwrap();
    // SAFETY: the table is writable, and nobody reads it meanwhile.
    unsafe { (*held.as_ptr()).version = 4 };
    assert_eq!(held.inspect().member("version").unwrap().state, MemberState::Altered);
}
